//! Facts of made-up calls, for the tests of what is said about calls.
#![allow(dead_code, reason = "each test uses a part")]

use std::borrow::Cow;

use siptriage_diagnostics::{HeaderName, IceWarn, MediaSide};
use siptriage_facts::{
    Carrier, Event, Facts, Media, Message, Modalities, Names, Place, Signal, Stamp, Zone,
};
use siptriage_judge::{Judge, Rules, TimeZones};
use siptriage_report::{Cell, Document, Section, Style, output};

/// What becomes of a made-up call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Story {
    /// Answered, and ended by the caller.
    Works,
    /// Answered, and given up by the caller because media between two outside users fail.
    MediaFail,
    /// Refused with 486.
    Busy,
    /// Refused with 504, without a diagnosis.
    Refused,
    /// The INVITE and nothing more.
    CutOff,
}

/// A made-up call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) caller: String,
    pub(crate) callee: String,
    pub(crate) agent: String,
    /// Media address of the caller, where media fail.
    pub(crate) site: String,
    pub(crate) file: String,
    /// Seconds from 9 o'clock.
    pub(crate) second: u32,
    pub(crate) story: Story,
    /// Whether the callee's client wrote the log, by a clock of local time that is an hour ahead.
    pub(crate) by_callee: bool,
}

impl Call {
    pub(crate) fn new(n: u32, story: Story) -> Call {
        Call {
            id: format!("{n:04}-call"),
            caller: format!("user{n}@contoso.com"),
            callee: format!("user{}@fabrikam.com", n + 1),
            agent: "UCCAPI/15.0 example".to_owned(),
            site: format!("198.51.100.{n}"),
            file: format!("client-{n}.log"),
            second: n * 60,
            story,
            by_callee: false,
        }
    }
}

fn stamp(second: u32) -> Option<Stamp> {
    of_zone(second, Zone::Utc)
}

fn of_zone(second: u32, zone: Zone) -> Option<Stamp> {
    let time = (9 + second / 3600, second / 60 % 60, second % 60);
    Stamp::from_civil((2026, 3, 2), time, 0, zone)
}

/// Adds all messages of a call.
pub(crate) fn observe(facts: &mut Facts, names: &Names, call: &Call) {
    let from = format!("<sip:{}>;tag=a", call.caller);
    let to = format!("<sip:{}>", call.callee);
    let to_tagged = format!("{to};tag=b");
    let mut second = call.second;
    let mut message = |cseq: &str, status: Option<u16>, diagnoses: Vec<&str>| {
        let begins = status.is_none() && cseq == "1 INVITE";
        let signal = Signal {
            call_id: &call.id,
            file: &call.file,
            trace_format: "uccapi",
            time: if call.by_callee {
                of_zone(second + 3600, Zone::Local)
            } else {
                stamp(second)
            },
            sent: Some(status.is_none() != call.by_callee),
            status,
            cseq,
            from: &from,
            to: if begins { &to } else { &to_tagged },
            agent: if status.is_none() {
                &call.agent
            } else {
                "RTCC/6.0 example"
            },
            described: begins,
            modalities: if begins {
                Modalities::SHARING
            } else {
                Modalities::default()
            },
            diagnoses,
            ..Signal::default()
        };
        facts.observe_message(&signal, names);
        second += 4;
    };
    message("1 INVITE", None, vec![]);
    match call.story {
        Story::CutOff => {}
        Story::Busy => message("1 INVITE", Some(486), vec![]),
        Story::Refused => message("1 INVITE", Some(504), vec![]),
        Story::Works | Story::MediaFail => {
            message("1 INVITE", Some(180), vec![]);
            message("1 INVITE", Some(200), vec![]);
            message("1 ACK", None, vec![]);
            if call.story == Story::Works {
                // Long enough to be no failure of set-up.
                for n in 2..42 {
                    message(&format!("{n} INFO"), None, vec![]);
                }
                message("2 BYE", None, vec![]);
            } else {
                message("2 BYE", None, vec!["24; reason=\"x\""]);
            }
            message("2 BYE", Some(200), vec![]);
        }
    }
    if call.story == Story::MediaFail {
        facts.observe_event(&diagnosis(call, 24, 0x320), names);
    }
}

/// The diagnosis that the BYE of a call carries.
pub(crate) fn diagnosis(call: &Call, code: u32, mask: u32) -> Event<'static> {
    let site = format!("{}:50000", call.site);
    let fields: Vec<(Cow<'static, str>, Cow<'static, str>)> = vec![
        ("LocalSite".into(), site.into()),
        ("RemoteSite".into(), "192.0.2.77:50001".into()),
        ("LocalMR".into(), "192.0.2.1:50010".into()),
        ("RemoteMR".into(), "192.0.2.1:50020".into()),
        ("PortRange".into(), "50000:50059".into()),
        ("LocalLocation".into(), "1".into()),
        ("RemoteLocation".into(), "1".into()),
        ("FederationType".into(), "0".into()),
    ];
    let text = |text: String| Some(Cow::Owned(text));
    Event {
        place: Place {
            file: call.file.as_str().into(),
            offset: 10,
            line: 1,
        },
        trace_format: "uccapi",
        time: stamp(call.second + 20),
        header: Some(HeaderName::MsClientDiagnostics),
        carrier: Carrier::Header,
        code: Some(code),
        sub_code: None,
        reason: Some("media connectivity failure, both endpoints are remote".into()),
        source: None,
        params: Vec::new(),
        media: vec![Media {
            side: Some(MediaSide::Caller),
            label: "application-sharing".into(),
            ice_warn: Some(IceWarn::from_bits(mask)),
            fields,
            ..Media::default()
        }],
        cut: false,
        message: Message {
            start_line: text(format!("BYE sip:{} SIP/2.0", call.callee)),
            call_id: text(call.id.clone()),
            cseq: Some("2 BYE".into()),
            from: text(format!("<sip:{}>;tag=a", call.caller)),
            to: text(format!("<sip:{}>;tag=b", call.callee)),
            ..Message::default()
        },
    }
}

/// A registration that is refused.
pub(crate) fn refused_registration(facts: &mut Facts, names: &Names, n: u32) {
    let from = format!("<sip:user{n}@contoso.com>;tag=r");
    let id = format!("{n:04}-register");
    for status in [None, Some(403)] {
        let signal = Signal {
            call_id: &id,
            file: "client.log",
            trace_format: "uccapi",
            time: stamp(n),
            status,
            cseq: "1 REGISTER",
            from: &from,
            to: &from[..from.len() - ";tag=r".len()],
            ..Signal::default()
        };
        facts.observe_message(&signal, names);
    }
}

/// Calls of every story: 6 whose media fail from one subnet, 1 from elsewhere, 10 that work, and a
/// few others.
pub(crate) fn calls() -> Vec<Call> {
    let mut calls = Vec::new();
    for n in 0..7 {
        let mut call = Call::new(n, Story::MediaFail);
        if n < 6 {
            call.site = format!("203.0.113.{n}");
        }
        calls.push(call);
    }
    calls.extend((10..20).map(|n| Call::new(n, Story::Works)));
    calls.extend((20..23).map(|n| Call::new(n, Story::Busy)));
    calls.extend((30..32).map(|n| Call::new(n, Story::Refused)));
    calls.push(Call::new(40, Story::CutOff));
    calls
}

pub(crate) fn facts_of(calls: &[Call]) -> Facts {
    let (mut facts, names) = (Facts::default(), Names::default());
    for call in calls {
        observe(&mut facts, &names, call);
    }
    for n in 0..3 {
        refused_registration(&mut facts, &names, n);
    }
    facts.coverage.files = 1;
    facts
}

/// What is made of facts with the rules that are built in.
pub(crate) fn judged<T>(facts: &Facts, make: impl FnOnce(&Judge<'_>) -> T) -> T {
    make(&Judge::new(facts, Rules::embedded(), &TimeZones::default()))
}

pub(crate) fn section<'d>(document: &'d Document, id: &str) -> &'d Section {
    let mut sections = document.sections.iter();
    sections.find(|section| section.id == id).unwrap()
}

pub(crate) fn cell<'s>(section: &'s Section, row: &'s [Cell], id: &str) -> &'s Cell {
    let mut columns = section.columns.iter();
    &row[columns.position(|column| column.id == id).unwrap()]
}

pub(crate) fn count(cell: &Cell) -> u64 {
    match cell {
        Cell::Count(count) => *count,
        other => panic!("{other:?} counts nothing"),
    }
}

pub(crate) fn written(document: &Document, format: &str, width: u16) -> String {
    let mut bytes = Vec::new();
    let style = Style {
        width: Some(width),
        color: false,
    };
    output(format)
        .unwrap()
        .write(document, &style, &mut bytes)
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn json(document: &Document) -> serde_json::Value {
    serde_json::from_str(&written(document, "json", 80)).unwrap()
}
