//! Messages, line by line, in both formats.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(dead_code, reason = "the dialogue is more than this needs")]

mod dialogue;

use dialogue::*;
use siptriage_facts::Logged;
use siptriage_report::{MessageFormat, MessageWriter};

fn written(format: MessageFormat, bodies: bool, messages: &[Logged<'_>]) -> String {
    let mut bytes = Vec::new();
    let mut writer = MessageWriter::new(format, bodies, &mut bytes);
    for message in messages {
        writer.write(message).unwrap();
    }
    writer.finish().unwrap();
    String::from_utf8(bytes).unwrap()
}

fn logged() -> Vec<Logged<'static>> {
    let mut trace = Trace::default();
    let mut invite = founding_case().remove(0);
    invite.headers.push(("Supported", "timer".to_owned()));
    invite.headers.push(("Supported", "100rel".to_owned()));
    trace.log(ANNS, &invite);
    trace.log(ANNS, &founding_case().remove(6));
    trace.log(
        ANNS,
        &Said {
            at: None,
            ..Said::default()
        },
    );
    trace.messages[2].place.line = 0;
    trace.messages[2].message = siptriage_facts::Message::default();
    trace.messages[2].id = None;
    trace.messages
}

#[test]
fn a_message_is_one_line_with_the_promised_keys() {
    let messages = logged();
    let text = written(MessageFormat::Ndjson, false, &messages);
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    let invite = &lines[0];
    for (key, want) in [
        ("file", serde_json::json!(ANNS.file)),
        ("line", serde_json::json!(10)),
        ("offset", serde_json::json!(500)),
        ("trace_format", serde_json::json!("uccapi")),
        ("time", serde_json::json!("2026-03-02T09:14:04.880")),
        ("time_zone", serde_json::json!("local")),
        ("direction", serde_json::json!("outgoing")),
        ("peer", serde_json::json!("203.0.113.11:443")),
        ("method", serde_json::json!("INVITE")),
        ("status", serde_json::json!(null)),
        (
            "start_line",
            serde_json::json!("INVITE sip:ben@fabrikam.com SIP/2.0"),
        ),
        ("call_id", serde_json::json!(CALL)),
        ("cseq", serde_json::json!("1 INVITE")),
        ("from", serde_json::json!(ANN)),
        ("to", serde_json::json!(TO_BEN)),
        ("from_aor", serde_json::json!("sip:ann@contoso.com")),
        ("to_aor", serde_json::json!("sip:ben@fabrikam.com")),
        ("challenge", serde_json::json!(false)),
        ("diagnoses", serde_json::json!([])),
    ] {
        assert_eq!(invite[key], want, "{key}");
    }
    assert!(invite["message_id"].is_u64());
    // Order and repetition of headers are kept.
    let headers = invite["headers"].as_array().unwrap();
    assert_eq!(headers[0], serde_json::json!(["From", ANN]));
    assert_eq!(
        headers[headers.len() - 2],
        serde_json::json!(["Supported", "timer"])
    );
    assert_eq!(
        headers[headers.len() - 1],
        serde_json::json!(["Supported", "100rel"])
    );
    assert_eq!(lines[1]["diagnoses"], serde_json::json!([24]));
    // Where nothing is known, the keys are there all the same.
    let keys = |value: &serde_json::Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&lines[2]), keys(invite));
    for key in [
        "line",
        "time",
        "time_zone",
        "method",
        "start_line",
        "message_id",
        "call_id",
    ] {
        assert!(lines[2][key].is_null(), "{key}");
    }
}

#[test]
fn bodies_are_there_if_asked_for() {
    let messages = logged();
    for format in [MessageFormat::Ndjson, MessageFormat::Csv] {
        assert!(written(format, true, &messages).contains("m=applicationsharing 50045"));
        assert!(!written(format, false, &messages).contains("m=applicationsharing"));
    }
}

#[test]
fn the_table_is_one_rectangle_and_no_formula() {
    let mut messages = logged();
    messages[1].message.peer = Some("=cmd|' /C calc'!A0".into());
    messages[1]
        .headers
        .insert(0, ("@SUM(1)".into(), "+1\r\n\"quoted\"".into()));
    messages[1].body = "-1".into();
    for bodies in [false, true] {
        let text = written(MessageFormat::Csv, bodies, &messages);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        assert_eq!(header.len(), 22 + usize::from(bodies));
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 3);
        let column = |name: &str| header.iter().position(|own| own == name).unwrap();
        assert_eq!(&rows[1][column("peer")], "'=cmd|' /C calc'!A0");
        assert_eq!(&rows[1][column("diagnoses")], "24");
        let headers: Vec<(String, String)> =
            serde_json::from_str(&rows[1][column("headers")]).unwrap();
        assert_eq!(
            headers[0],
            ("@SUM(1)".to_owned(), "+1\r\n\"quoted\"".to_owned())
        );
        if bodies {
            assert_eq!(&rows[1][column("body")], "'-1");
        }
    }
    // A table without rows has its header row.
    let empty = written(MessageFormat::Csv, false, &[]);
    assert_eq!(empty.lines().count(), 1);
    assert_eq!(written(MessageFormat::Ndjson, false, &[]), "");
}

#[test]
fn every_key_and_column_is_described() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md");
    let docs = std::fs::read_to_string(path).unwrap();
    let section = docs
        .split("## NDJSON and CSV of `siptriage messages`")
        .nth(1)
        .unwrap();
    let section = section.split("\n## ").next().unwrap();
    let line = written(MessageFormat::Ndjson, true, &logged()[..1]);
    let json: serde_json::Value = serde_json::from_str(&line).unwrap();
    for key in json.as_object().unwrap().keys() {
        assert!(section.contains(&format!("`{key}`")), "{key}");
    }
    let header = written(MessageFormat::Csv, true, &[]);
    let columns: Vec<&str> = header.trim_end().split(',').collect();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    // A map sorts its keys; the table has them in the order of the page.
    assert_eq!(columns.len(), keys.len());
    for column in columns {
        assert!(keys.iter().any(|key| *key == column), "{column}");
    }
}
