//! `docs/json.md` is held to what the program writes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use siptriage_diagnostics::{HeaderName, IceWarn, MediaSide, field};
use siptriage_facts::{Carrier, Event, Facts, Media, Message, Place, Stamp, Zone};
use siptriage_history::{Night, Options, compare};
use siptriage_judge::{Dimension, Judge, Rules, TimeZones};
use siptriage_report::{
    Audience, CallsOptions, EventFormat, EventWriter, Gathered, NightOptions, NightRun,
    ReportOptions, calls, decode, explain_code, explain_event, explain_field, formats, night,
    report,
};

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md");
    std::fs::read_to_string(path).unwrap()
}

fn event() -> Event<'static> {
    let names = [
        "LocalSite",
        "LocalMR",
        "RemoteSite",
        "RemoteMR",
        "PortRange",
        "LocalLocation",
        "RemoteLocation",
        "FederationType",
        "NetworkName",
        "Interfaces",
        "BaseInterface",
        "BaseAddress",
    ];
    let media = Media {
        side: Some(MediaSide::Callee),
        label: "audio".into(),
        ice_warn: Some(IceWarn::from_bits(1)),
        ice_warn_ex: Some(1),
        malformed_ice_warn: Some("0x".into()),
        fields: names.map(|name| (name.into(), "1".into())).into(),
    };
    let some = || Some("<sip:ann@contoso.com>".into());
    Event {
        place: Place {
            file: "a.log".into(),
            offset: 1,
            line: 1,
        },
        trace_format: "uccapi",
        time: Some(Stamp {
            micros: 0,
            zone: Zone::Utc,
        }),
        header: Some(HeaderName::MsDiagnostics),
        carrier: Carrier::Header,
        code: Some(24),
        sub_code: some(),
        reason: some(),
        source: some(),
        params: Vec::new(),
        media: vec![media],
        cut: false,
        message: Message {
            start_line: some(),
            call_id: some(),
            cseq: some(),
            from: some(),
            to: some(),
            user_agent: some(),
            direction: some(),
            peer: some(),
            challenge: false,
        },
    }
}

#[test]
fn every_table_and_every_key_of_a_report_is_described() {
    let page = page();
    let facts = Facts::default();
    let judge = Judge::new(&facts, Rules::embedded(), &TimeZones::default());
    let everything = ReportOptions {
        by: Dimension::ALL.into(),
        filter: Some("code 24".to_owned()),
        ..ReportOptions::default()
    };
    let of_night = NightOptions {
        comparison: &compare(&Night::default(), &[], &Options::default()),
        causes: &BTreeMap::new(),
        days: &[],
        run: Some(NightRun {
            known: 1,
            new_calls: 2,
            changed_calls: 3,
        }),
        timeless: 0,
        together: None,
        report: everything.clone(),
    };
    let gathered = Gathered::of(&facts, &judge, &everything);
    let documents = [
        night(&facts, &judge, &gathered, &of_night),
        report(&facts, &judge, &gathered, &everything),
        calls(&judge, &CallsOptions::default()),
        decode(&[("1".to_owned(), IceWarn::from_bits(1))]),
        explain_code(24).unwrap(),
        explain_field(field("LocalLocation").unwrap()),
        explain_event(&event()),
        formats(&[("a", "b", "c")]),
    ];
    for document in &documents {
        assert!(
            page.contains(&format!("### `{}`", document.kind)),
            "{}",
            document.kind
        );
        for section in &document.sections {
            assert!(
                page.contains(&format!("`{}`", section.id)),
                "{}",
                section.id
            );
            for column in &section.columns {
                let described = page.contains(&format!("`{}`", column.id));
                let is_read = column.audience != Audience::People;
                assert!(described || !is_read, "{} of {}", column.id, section.id);
            }
        }
    }
}

#[test]
fn every_key_and_column_of_an_event_is_described() {
    let page = page();
    let events = page.split("## NDJSON").nth(1).unwrap();
    let mut line = Vec::new();
    let mut writer = EventWriter::new(EventFormat::Ndjson, &mut line);
    writer.write(&event()).unwrap();
    writer.finish().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&line).unwrap();
    let medium = json["media"][0].as_object().unwrap();
    assert_eq!(medium.len(), 7 + 12);
    for key in json.as_object().unwrap().keys().chain(medium.keys()) {
        assert!(events.contains(&format!("`{key}`")), "{key}");
    }
    let mut table = Vec::new();
    EventWriter::new(EventFormat::Csv, &mut table)
        .finish()
        .unwrap();
    for column in String::from_utf8(table).unwrap().trim_end().split(',') {
        assert!(events.contains(&format!("`{column}`")), "{column}");
    }
}
