//! Calls, one row each: order, columns, lines.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod traces;

use siptriage_report::{Audience, CallWriter, CallsOptions, Document, SortKey, listed};
use traces::{calls, facts_of, json, judged, written};

fn made(options: &CallsOptions<'_>) -> Document {
    judged(&facts_of(&calls()), |judge| {
        siptriage_report::calls(judge, options)
    })
}

fn column(document: &Document, id: &str) -> Vec<serde_json::Value> {
    let json = json(document);
    let section = json["sections"].as_array().unwrap().last().unwrap().clone();
    let rows = section["rows"].as_array().unwrap().clone();
    rows.into_iter().map(|mut row| row[id].take()).collect()
}

#[test]
fn calls_are_listed_in_the_order_of_their_beginning() {
    let document = made(&CallsOptions::default());
    assert_eq!(document.kind, "calls");
    let ids = column(&document, "call_id");
    let want: Vec<String> = calls().into_iter().map(|call| call.id).collect();
    assert_eq!(ids, want);
    let first = &json(&document)["sections"][0]["rows"][0];
    assert_eq!(first["caller"], "sip:user0@contoso.com");
    assert_eq!(first["callee"], "sip:user1@fabrikam.com");
    assert_eq!(first["start"], "2026-03-02T09:00:00.000Z");
    assert_eq!(first["time_to_ring"], 4.0);
    assert_eq!(first["time_to_answer"], 8.0);
    assert_eq!(first["codes"], serde_json::json!([24]));
    assert_eq!(first["masks"], serde_json::json!(["0x320"]));
    assert_eq!(first["media"], serde_json::json!(["application-sharing"]));
    assert_eq!(first["final_status"], 200);
    assert_eq!(first["ended_by"], "caller");
    assert_eq!(first["caller_relay"], "192.0.2.1:50010");
    assert_eq!(first["caller_location"], "outside");
    assert_eq!(first["files"], serde_json::json!(["client-0.log"]));
}

#[test]
fn every_sort_key_orders_all_calls_and_what_lacks_it_comes_last() {
    let all = calls().len();
    for sort in SortKey::ALL {
        assert_eq!(SortKey::from_name(sort.name()), Some(sort));
        for reverse in [false, true] {
            let document = made(&CallsOptions {
                sort,
                reverse,
                ..CallsOptions::default()
            });
            let mut ids = column(&document, "call_id");
            assert_eq!(ids.len(), all, "{sort:?}");
            ids.sort_by_key(ToString::to_string);
            ids.dedup();
            assert_eq!(ids.len(), all, "{sort:?}");
            if sort == SortKey::Duration {
                let durations = column(&document, "duration");
                let known: Vec<f64> = durations.iter().map_while(|one| one.as_f64()).collect();
                assert!(known.len() > 5 && known.len() < all, "{durations:?}");
                assert!(
                    durations[known.len()..]
                        .iter()
                        .all(serde_json::Value::is_null)
                );
                let is_sorted = known.is_sorted_by(|a, b| if reverse { a >= b } else { a <= b });
                assert!(is_sorted, "{known:?}");
            }
        }
    }
    assert_eq!(SortKey::from_name("Start"), None);
}

#[test]
fn what_is_cut_off_or_not_kept_is_told() {
    let document = made(&CallsOptions {
        top: Some(4),
        filter: Some("code 24"),
        ..CallsOptions::default()
    });
    assert_eq!(column(&document, "call_id").len(), 4);
    let text = written(&document, "table", 80);
    let more = format!("{} more", calls().len() - 4);
    assert!(
        text.contains(&more) && text.contains("Only: code 24"),
        "{text}"
    );
    let keep = |case: &siptriage_judge::Case<'_>| case.codes().any(|code| code == 24);
    let document = made(&CallsOptions {
        keep: &keep,
        ..CallsOptions::default()
    });
    assert_eq!(column(&document, "call_id").len(), 7);
    let document = made(&CallsOptions {
        all_kinds: true,
        ..CallsOptions::default()
    });
    assert_eq!(column(&document, "kind").len(), calls().len() + 3);
}

#[test]
fn lines_have_the_rows_of_the_table() {
    let options = CallsOptions {
        sort: SortKey::Verdict,
        reverse: true,
        ..CallsOptions::default()
    };
    let (lines, document) = judged(&facts_of(&calls()), |judge| {
        let mut lines = Vec::new();
        let mut writer = CallWriter::new(&mut lines);
        for case in listed(judge, &options) {
            writer.write(&case, None).unwrap();
        }
        writer.finish().unwrap();
        (
            String::from_utf8(lines).unwrap(),
            siptriage_report::calls(judge, &options),
        )
    });
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        serde_json::Value::Array(lines),
        json(&document)["sections"][0]["rows"]
    );
}

#[test]
fn a_call_has_a_cell_for_each_column_and_fits_every_terminal() {
    let document = made(&CallsOptions::default());
    let section = &document.sections[0];
    for row in &section.rows {
        assert_eq!(row.len(), section.columns.len());
    }
    let people = section.columns.iter();
    assert!(
        people
            .filter(|column| column.audience != Audience::Machines)
            .count()
            > 8
    );
    for width in 60..=250 {
        for line in written(&document, "table", width).lines() {
            let wide = unicode_width::UnicodeWidthStr::width(line);
            assert!(wide <= usize::from(width), "{line:?} at {width}");
        }
    }
}

#[test]
fn the_list_of_an_interrupted_scan_is_called_partial() {
    let document = made(&CallsOptions {
        partial: true,
        ..CallsOptions::default()
    });
    assert!(document.partial && document.title.starts_with("PARTIAL"));
    assert!(
        document.headline[0].starts_with("PARTIAL"),
        "{:?}",
        document.headline
    );
}

#[test]
fn no_calls_are_said_to_be_none() {
    let facts = siptriage_facts::Facts::default();
    let document = judged(&facts, |judge| {
        siptriage_report::calls(judge, &CallsOptions::default())
    });
    assert_eq!(document.headline, ["No call found."]);
    assert!(written(&document, "table", 80).contains("Calls: none found"));
}
