//! Events, line by line, in both formats.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use siptriage_diagnostics::{HeaderName, IceWarn, MediaSide};
use siptriage_facts::{Carrier, Event, Media, Message, Place, Stamp, Zone};
use siptriage_report::{EventFormat, EventWriter};

fn written(format: EventFormat, events: &[Event<'_>]) -> String {
    let mut bytes = Vec::new();
    let mut writer = EventWriter::new(format, &mut bytes);
    for event in events {
        writer.write(event).unwrap();
    }
    writer.finish().unwrap();
    String::from_utf8(bytes).unwrap()
}

fn full() -> Event<'static> {
    let media = Media {
        side: Some(MediaSide::Caller),
        label: "application-sharing".into(),
        ice_warn: Some(IceWarn::from_bits(0x320)),
        ice_warn_ex: Some(0x10),
        malformed_ice_warn: None,
        fields: vec![
            ("LocalSite".into(), "192.0.2.7:50041".into()),
            ("localmr".into(), "198.51.100.9:443".into()),
            ("PortRange".into(), "50040:50059".into()),
            ("LocalLocation".into(), "1".into()),
            ("RemoteLocation".into(), "1".into()),
            ("FederationType".into(), "0".into()),
            ("Odd".into(), "a".into()),
            ("Odd".into(), "b".into()),
        ],
    };
    let malformed = Media {
        label: "video".into(),
        malformed_ice_warn: Some("0x123456789".into()),
        ..Media::default()
    };
    Event {
        place: Place {
            file: "traces/client.log".into(),
            offset: 4711,
            line: 120,
        },
        trace_format: "uccapi",
        time: Stamp::from_civil((2026, 1, 31), (9, 15, 1), 250_000, Zone::Local),
        header: Some(HeaderName::MsClientDiagnostics),
        carrier: Carrier::Header,
        code: Some(24),
        sub_code: Some("5".into()),
        reason: Some("Call failed".into()),
        source: Some("fe01.contoso.com".into()),
        params: vec![
            ("reason".into(), "Call failed".into()),
            ("Domain".into(), "contoso.com".into()),
            ("Domain".into(), "fabrikam.com".into()),
            ("Domain#2".into(), "written so".into()),
            ("Domain".into(), "example.com".into()),
        ],
        media: vec![malformed, media],
        cut: true,
        message: Message {
            start_line: Some("BYE sip:bob@contoso.com SIP/2.0".into()),
            call_id: Some("6f2a@contoso.com".into()),
            cseq: Some("2 BYE".into()),
            from: Some("\"Ann\" <sip:Ann@contoso.com>;tag=1".into()),
            to: Some("<sip:bob@fabrikam.com>".into()),
            user_agent: Some("UCCAPI/16.0".into()),
            direction: Some("outgoing".into()),
            peer: Some("192.0.2.1:5061".into()),
            challenge: false,
        },
    }
}

fn bare() -> Event<'static> {
    Event {
        place: Place {
            file: "<stdin>".into(),
            offset: 0,
            line: 1,
        },
        trace_format: "loose-text",
        time: None,
        header: None,
        carrier: Carrier::Cdr,
        code: None,
        sub_code: None,
        reason: None,
        source: None,
        params: Vec::new(),
        media: Vec::new(),
        cut: false,
        message: Message::default(),
    }
}

#[test]
fn an_event_is_one_line_with_the_promised_keys() {
    let text = written(EventFormat::Ndjson, &[full(), bare()]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    let full: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    let flags = |bits: &[u32]| {
        let flags = bits.iter().flat_map(|bit| IceWarn::from_bits(*bit).flags());
        flags
            .map(|f| serde_json::json!({"bit": f.mask.to_string(), "key": f.key, "name": f.name}))
            .collect::<Vec<_>>()
    };
    let want = serde_json::json!({
        "file": "traces/client.log",
        "line": 120,
        "offset": 4711,
        "trace_format": "uccapi",
        "time": "2026-01-31T09:15:01.250",
        "time_zone": "local",
        "header": "ms-client-diagnostics",
        "carrier": "header",
        "code": 24,
        "sub_code": "5",
        "reason": "Call failed",
        "source": "fe01.contoso.com",
        "params": {
            "reason": "Call failed",
            "Domain": "contoso.com",
            "Domain#3": "fabrikam.com",
            "Domain#2": "written so",
            "Domain#4": "example.com"
        },
        "cut": true,
        "media": [
            {
                "side": null,
                "label": "video",
                "ice_warn": null,
                "ice_warn_ex": null,
                "malformed_ice_warn": "0x123456789",
                "flags": [],
                "fields": {}
            },
            {
                "side": "caller",
                "label": "application-sharing",
                "ice_warn": "0x320",
                "ice_warn_ex": "0x10",
                "flags": flags(&[0x20, 0x100, 0x200]),
                "local_site": "192.0.2.7:50041",
                "local_mr": "198.51.100.9:443",
                "port_range": "50040:50059",
                "local_location": "1",
                "remote_location": "1",
                "federation_type": "0",
                "fields": {
                    "LocalSite": "192.0.2.7:50041",
                    "localmr": "198.51.100.9:443",
                    "PortRange": "50040:50059",
                    "LocalLocation": "1",
                    "RemoteLocation": "1",
                    "FederationType": "0",
                    "Odd": "a",
                    "Odd#2": "b"
                }
            }
        ],
        "start_line": "BYE sip:bob@contoso.com SIP/2.0",
        "call_id": "6f2a@contoso.com",
        "cseq": "2 BYE",
        "from": "\"Ann\" <sip:Ann@contoso.com>;tag=1",
        "to": "<sip:bob@fabrikam.com>",
        "from_aor": "sip:Ann@contoso.com",
        "to_aor": "sip:bob@fabrikam.com",
        "user_agent": "UCCAPI/16.0",
        "direction": "outgoing",
        "peer": "192.0.2.1:5061"
    });
    assert_eq!(full, want);
    assert_eq!(full["media"][1]["flags"].as_array().unwrap().len(), 3);

    let bare: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
    assert_eq!(bare["carrier"], "cdr");
    assert_eq!(bare["media"], serde_json::json!([]));
    assert_eq!(bare["params"], serde_json::json!({}));
    // Every key is there, with null where the trace shows nothing.
    let keys = |value: &serde_json::Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&bare), keys(&want));
    for key in [
        "time",
        "time_zone",
        "header",
        "code",
        "sub_code",
        "reason",
        "from",
        "from_aor",
    ] {
        assert_eq!(bare[key], serde_json::Value::Null, "{key}");
    }
}

#[test]
fn no_key_stands_twice_in_an_object() {
    let text = written(EventFormat::Ndjson, &[full()]);
    for name in ["Domain", "Domain#2", "Domain#3", "Domain#4", "Odd", "Odd#2"] {
        assert_eq!(text.matches(&format!("\"{name}\":")).count(), 1, "{name}");
    }
}

#[test]
fn an_event_stays_in_its_line_whatever_it_holds() {
    let mut event = full();
    event.reason = Some("a\r\nb\u{2028}c\u{85}\u{1b}[31m\0".into());
    event.place.file = "odd\nname.log".into();
    let text = written(EventFormat::Ndjson, &[event.clone(), bare()]);
    assert_eq!(text.matches('\n').count(), 2);
    assert!(!text.contains('\u{1b}'));
    let value: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(value["reason"], *event.reason.unwrap());
    assert_eq!(value["file"], "odd\nname.log");
}

#[test]
fn csv_has_one_row_for_each_event_under_a_stable_header() {
    let mut quoted = full();
    quoted.reason = Some("=1+1,\"quoted\"\r\nnext".into());
    quoted.message.user_agent = Some("@SUM(A1)".into());
    let text = written(EventFormat::Csv, &[full(), bare(), quoted]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let of = |record: &csv::StringRecord, name: &str| {
        let index = header.iter().position(|column| column == name).unwrap();
        record[index].to_owned()
    };
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    for (name, want) in [
        ("file", "traces/client.log"),
        ("line", "120"),
        ("offset", "4711"),
        ("time", "2026-01-31T09:15:01.250"),
        ("time_zone", "local"),
        ("header", "ms-client-diagnostics"),
        ("carrier", "header"),
        ("code", "24"),
        ("sub_code", "5"),
        ("cut", "true"),
        // The first medium that has a mask, not the first of all.
        ("side", "caller"),
        ("label", "application-sharing"),
        ("ice_warn", "0x320"),
        ("ice_warn_ex", "0x10"),
        ("local_mr", "198.51.100.9:443"),
        ("remote_mr", ""),
        ("local_location", "1"),
        (
            "media",
            "video malformed 0x123456789; caller application-sharing 0x320",
        ),
        ("from_aor", "sip:Ann@contoso.com"),
        ("peer", "192.0.2.1:5061"),
    ] {
        assert_eq!(of(&rows[0], name), want, "{name}");
    }
    assert_eq!(of(&rows[0], "flags").split("; ").count(), 3);
    assert_eq!(of(&rows[1], "carrier"), "cdr");
    assert_eq!(of(&rows[1], "cut"), "false");
    assert_eq!(rows[1].iter().filter(|field| !field.is_empty()).count(), 6);
    assert_eq!(of(&rows[2], "reason"), "'=1+1,\"quoted\"\r\nnext");
    assert_eq!(of(&rows[2], "user_agent"), "'@SUM(A1)");
}

#[test]
fn without_events_there_is_a_header_or_nothing() {
    assert_eq!(written(EventFormat::Ndjson, &[]), "");
    let text = written(EventFormat::Csv, &[]);
    assert!(text.starts_with("file,line,offset,trace_format,"), "{text}");
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn a_closed_pipe_is_told_as_one() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
    }
    for format in [EventFormat::Ndjson, EventFormat::Csv] {
        let mut writer = EventWriter::new(format, Closed);
        let written = (0..1000).try_for_each(|_| writer.write(&full()));
        assert_eq!(
            written.unwrap_err().kind(),
            std::io::ErrorKind::BrokenPipe,
            "{format:?}"
        );
        let finished = EventWriter::new(format, Closed).finish();
        assert_eq!(
            finished.unwrap_err().kind(),
            std::io::ErrorKind::BrokenPipe,
            "{format:?}"
        );
    }
}
