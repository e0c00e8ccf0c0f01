//! What a report says of calls: verdicts, causes, what failing calls have in common, groupings.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod traces;

use std::collections::{BTreeMap, BTreeSet};

use siptriage_facts::{Facts, Names};
use siptriage_judge::{Dimension, Groupings, Kind, Sites, Verdict};
use siptriage_report::{Cell, Document, Gathered, ReportOptions};
use traces::{
    Call, Story, calls, cell, count, diagnosis, facts_of, json, judged, observe, section, written,
};

fn report(facts: &Facts, options: &ReportOptions) -> Document {
    judged(facts, |judge| {
        let gathered = Gathered::of(facts, judge, options);
        siptriage_report::report(facts, judge, &gathered, options)
    })
}

fn options(top: impl Into<Option<usize>>, by: &[Dimension]) -> ReportOptions {
    ReportOptions {
        top: top.into(),
        by: by.into(),
        ..ReportOptions::default()
    }
}

/// Calls by verdict, counted anew.
fn verdicts(facts: &Facts) -> BTreeMap<&'static str, u64> {
    judged(facts, |judge| {
        let mut counts = BTreeMap::new();
        for case in judge.cases().filter(|case| case.kind == Kind::Call) {
            *counts.entry(case.decision.verdict.name()).or_default() += 1;
        }
        counts
    })
}

#[test]
fn failed_degraded_benign_and_unknown_calls_are_all_calls_however_much_is_cut_off() {
    let facts = facts_of(&calls());
    let truth = verdicts(&facts);
    let all = calls().len() as u64;
    assert_eq!(truth.values().sum::<u64>(), all);
    for top in [None, Some(0), Some(1), Some(2), Some(1000)] {
        let document = report(&facts, &options(top, &[]));
        let findings = section(&document, "findings");
        assert_eq!(count(cell(findings, &findings.total, "calls")), all);
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for row in &findings.rows {
            let Cell::Word { text, .. } = cell(findings, row, "verdict") else {
                panic!("{row:?}");
            };
            *sums.entry(text).or_default() += count(cell(findings, row, "calls"));
        }
        let shown: u64 = sums.values().sum();
        let hidden = match findings.hidden_rows {
            0 => 0,
            _ => count(cell(findings, &findings.hidden, "calls")),
        };
        assert_eq!(shown + hidden, all, "{top:?}");
        if hidden == 0 {
            assert_eq!(sums, truth);
        }
        for verdict in ["benign", "unknown"] {
            assert_eq!(sums.get(verdict), truth.get(verdict), "{top:?}");
        }
        let outcomes = section(&document, "outcomes");
        let sum: u64 = outcomes
            .rows
            .iter()
            .map(|row| count(cell(outcomes, row, "calls")))
            .sum();
        assert_eq!(
            (sum, count(cell(outcomes, &outcomes.total, "calls"))),
            (all, all)
        );
    }
}

#[test]
fn the_finding_of_most_failed_calls_comes_first_with_what_they_have_in_common() {
    let facts = facts_of(&calls());
    let document = report(&facts, &options(None, &[]));
    let json = json(&document);
    let findings = &json["sections"][0];
    assert_eq!(findings["id"], "findings");
    let first = &findings["rows"][0];
    assert_eq!(first["verdict"], "failed");
    assert_eq!(first["calls"], 7);
    assert_eq!(first["users"], 7);
    assert_eq!(first["example"], "0000-call");
    assert_eq!(first["first"], "2026-03-02T09:00:00.000Z");
    let cause = first["cause"].as_str().unwrap();
    assert!(cause.contains("TCP"), "{cause}");
    let media = serde_json::json!([{"media": "application-sharing", "count": 7}]);
    assert_eq!(first["media"], media);
    let subnet = first["concentrations"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["dimension"] == "subnet")
        .unwrap();
    // The other end of all of them is there, and no other call tells where it was.
    assert_eq!(subnet["value"], "192.0.2.0/24");
    assert_eq!(subnet["calls"], 7);
    assert_eq!(subnet["share"], 1.0);
    assert_eq!(subnet["share_of_others"], serde_json::Value::Null);
    assert!(
        document.headline[1].contains("TCP") && document.headline[1].contains("100.0% of these"),
        "{:?}",
        document.headline
    );
    let checks = json["sections"][1]["rows"][0]["checks"].as_array().unwrap();
    assert!(
        checks
            .iter()
            .any(|check| check["path"].as_str().unwrap().contains("443"))
    );
    for width in [80, 200] {
        let text = written(&document, "table", width);
        assert!(text.contains("have an end in 192.0.2.0/24"), "{text}");
    }
}

#[test]
fn what_all_calls_have_in_common_and_what_few_calls_share_is_not_told() {
    let concentrations = |calls: &[Call]| -> BTreeSet<String> {
        let json = json(&report(&facts_of(calls), &options(None, &[])));
        let rows = json["sections"][0]["rows"].as_array().unwrap();
        let failed = rows.iter().find(|row| row["verdict"] == "failed").unwrap();
        let found = failed["concentrations"].as_array().unwrap().iter();
        found
            .map(|one| format!("{} {}", one["dimension"], one["value"]))
            .collect()
    };
    let has = |found: &BTreeSet<String>, word: &str| found.iter().any(|one| one.contains(word));
    let mut made: Vec<Call> = (0..4).map(|n| Call::new(n, Story::MediaFail)).collect();
    made.extend((10..14).map(|n| Call::new(n, Story::Works)));
    for call in &mut made {
        call.file = "one.log".to_owned();
    }
    for call in &mut made[..3] {
        call.agent = "UCCAPI/odd".to_owned();
    }
    let found = concentrations(&made);
    assert!(!has(&found, "one.log"), "{found:?}");
    assert!(has(&found, "UCCAPI/odd"), "{found:?}");
    assert!(!has(&found, "contoso"), "{found:?}");
    // Where the other calls are is not known.
    assert!(has(&found, "outside / outside"), "{found:?}");
    // Two calls are few.
    let few = [
        made[0].clone(),
        made[1].clone(),
        made[5].clone(),
        made[6].clone(),
    ];
    assert_eq!(concentrations(&few), BTreeSet::new());
    // Nothing to compare with: the share says something all the same, but not of what was read.
    let alone = concentrations(&made[..3]);
    assert!(has(&alone, "outside / outside"), "{alone:?}");
    assert!(!has(&alone, "one.log"), "{alone:?}");
    // As often elsewhere.
    for call in &mut made[4..7] {
        call.agent = "UCCAPI/odd".to_owned();
    }
    assert!(!has(&concentrations(&made), "UCCAPI/odd"));
}

#[test]
fn calls_that_no_rule_explains_are_a_row() {
    let document = report(&facts_of(&calls()), &options(None, &[]));
    let findings = section(&document, "findings");
    let unexplained = judged(&facts_of(&calls()), |judge| {
        let calls = judge.cases().filter(|case| case.kind == Kind::Call);
        let failed = calls.filter(|case| case.decision.verdict == Verdict::Failed);
        failed.filter(|case| case.decision.rule.is_none()).count() as u64
    });
    let rows: Vec<&Vec<Cell>> = findings
        .rows
        .iter()
        .filter(|row| *cell(findings, row, "cause") == Cell::text("No rule explains these calls."))
        .collect();
    assert_eq!(rows.len() as u64, unexplained.min(1));
    if let [row] = rows.as_slice() {
        assert_eq!(count(cell(findings, row, "calls")), unexplained);
        assert_eq!(*cell(findings, row, "rule"), Cell::Empty);
    }
}

#[test]
fn every_dimension_adds_up_to_all_calls_however_much_is_cut_off() {
    let facts = facts_of(&calls());
    let all = calls().len() as u64;
    for top in [None, Some(0), Some(1), Some(2), Some(1000)] {
        let document = report(&facts, &options(top, &Dimension::ALL));
        for dimension in Dimension::ALL {
            let id = format!("by_{}", dimension.name().replace('-', "_"));
            let by = section(&document, &id);
            let calls = |row: &[Cell]| count(cell(by, row, "calls"));
            assert_eq!(calls(&by.total), all, "{id}");
            let shown: u64 = by.rows.iter().map(|row| calls(row)).sum();
            let hidden = match by.hidden_rows {
                0 => 0,
                _ => calls(&by.hidden),
            };
            assert!(hidden <= all, "{id}");
            if dimension.is_many() {
                assert!(shown + hidden >= all, "{id} {top:?}");
            } else {
                assert_eq!(shown + hidden, all, "{id} {top:?}");
            }
            for row in by.rows.iter().chain([&by.total]) {
                let verdicts = ["failed", "degraded", "benign", "unknown"];
                let sum: u64 = verdicts
                    .map(|id| count(cell(by, row, id)))
                    .into_iter()
                    .sum();
                assert_eq!(sum, calls(row), "{id}");
            }
        }
    }
}

#[test]
fn hidden_calls_of_several_values_are_counted_once() {
    let document = report(&facts_of(&calls()), &options(0, &[Dimension::UserAgent]));
    let by = section(&document, "by_user_agent");
    assert!(by.hidden_rows > 1);
    assert_eq!(count(cell(by, &by.hidden, "calls")), calls().len() as u64);
    assert_eq!(by.hidden[1..7], by.total[1..7]);
}

#[test]
fn groups_are_ranked_by_failed_calls_and_hours_are_read_in_their_order() {
    let facts = facts_of(&calls());
    let groupings = Groupings {
        sites: Sites::parse("203.0.113.0/24,Lab\n").unwrap(),
        ..Groupings::default()
    };
    let options = ReportOptions {
        by: vec![Dimension::Site, Dimension::Hour, Dimension::Site],
        groupings,
        top: None,
        filter: None,
    };
    let json = json(&report(&facts, &options));
    let sections = json["sections"].as_array().unwrap();
    let by: Vec<&serde_json::Value> = sections
        .iter()
        .filter(|section| section["id"].as_str().unwrap().starts_with("by_"))
        .collect();
    assert_eq!(by.len(), 2, "a dimension that is repeated has one table");
    assert_eq!(by[0]["rows"][0]["value"], "Lab");
    assert_eq!(by[0]["rows"][0]["failed"], 6);
    assert_eq!(by[0]["rows"][1]["value"], serde_json::Value::Null);
    assert_eq!(by[1]["rows"][0]["value"], "2026-03-02 09:00Z");
}

#[test]
fn tables_of_diagnoses_count_calls_beside_occurrences() {
    let mut made = calls();
    made.truncate(3);
    let mut facts = facts_of(&made);
    let names = Names::default();
    // The same diagnosis in a second log, one that stands alone, which is a call by itself, and
    // one of another dialog.
    facts.observe_event(&diagnosis(&made[0], 24, 0x320), &names);
    let mut of_no_call = diagnosis(&made[0], 24, 0x320);
    of_no_call.message.call_id = None;
    facts.observe_event(&of_no_call, &names);
    let mut of_other_dialog = diagnosis(&made[0], 24, 0x320);
    of_other_dialog.message.call_id = Some("0000-register".into());
    facts.observe_event(&of_other_dialog, &names);
    let document = report(&facts, &options(None, &[]));
    for id in [
        "failures",
        "patterns",
        "flags",
        "media",
        "locations",
        "federation",
    ] {
        let table = section(&document, id);
        for row in &table.rows {
            assert_eq!(count(cell(table, row, "occurrences")), 6, "{id}");
            assert_eq!(count(cell(table, row, "calls")), 4, "{id}");
        }
    }
}

#[test]
fn copies_are_dropped_and_told() {
    let made = calls();
    let once = facts_of(&made);
    let mut twice = facts_of(&made);
    let names = Names::default();
    for call in &made {
        observe(&mut twice, &names, call);
    }
    twice.stray_messages = 5;
    let (one, two) = (
        report(&once, &options(None, &[])),
        report(&twice, &options(None, &[])),
    );
    assert_eq!(section(&one, "findings"), section(&two, "findings"));
    let copies = section(&two, "copies");
    let value = |id| count(cell(copies, &copies.rows[0], id));
    assert_eq!(value("messages"), value("distinct") + value("copies"));
    let before = section(&one, "copies");
    assert_eq!(
        value("distinct"),
        count(cell(before, &before.rows[0], "distinct"))
    );
    assert_eq!(value("stray"), 5);
}

#[test]
fn clocks_are_told_where_there_are_several() {
    let mut made = calls();
    let one = json(&report(&facts_of(&made), &options(None, &[])));
    let clocks = |json: &serde_json::Value| {
        let sections = json["sections"].as_array().unwrap();
        let clocks = sections
            .iter()
            .find(|section| section["id"] == "clocks")
            .unwrap();
        clocks["rows"].as_array().unwrap().clone()
    };
    // All stamps say that they are UTC.
    assert_eq!(clocks(&one), [serde_json::Value::Null; 0]);
    for mut call in made.clone().into_iter().take(3) {
        call.callee = "ben@fabrikam.com".to_owned();
        call.by_callee = true;
        call.file = "ben.log".to_owned();
        made.push(call);
    }
    for call in &mut made[..3] {
        call.callee = "ben@fabrikam.com".to_owned();
    }
    let facts = facts_of(&made);
    let document = report(&facts, &options(None, &[]));
    let rows = clocks(&json(&document));
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["clock"], "sip:ben@fabrikam.com");
    assert_eq!(rows[0]["zone"], "local");
    assert_eq!(rows[0]["known"], "estimated");
    assert_eq!(rows[0]["offset"], 3600.0);
    assert_eq!(rows[0]["reference"], "UTC");
    assert_eq!(rows[0]["calls"], 3);
    assert!(written(&document, "table", 80).contains("+01:00"));
}

#[test]
fn other_dialogs_are_no_calls() {
    let document = report(&facts_of(&calls()), &options(None, &[]));
    let json = json(&document);
    let sections = json["sections"].as_array().unwrap();
    let dialogs = sections
        .iter()
        .find(|section| section["id"] == "dialogs")
        .unwrap();
    let register = &dialogs["rows"][0];
    assert_eq!(register["kind"], "register");
    assert_eq!(register["dialogs"], 3);
    assert_eq!(register["failed"], 3);
    assert_eq!(register["users"], 3);
    assert_eq!(
        register["statuses"],
        serde_json::json!([{"status": 403, "count": 3}])
    );
    assert!(
        document
            .headline
            .iter()
            .any(|sentence| sentence.contains("3 register")),
        "{:?}",
        document.headline
    );
}

#[test]
fn the_headline_speaks_of_calls_first() {
    let facts = facts_of(&calls());
    let truth = verdicts(&facts);
    let headline = report(&facts, &options(None, &[])).headline;
    let want = format!("{} of {} calls failed (", truth["failed"], calls().len());
    assert!(headline[0].starts_with(&want), "{headline:?}");
    let good: Vec<Call> = (10..13).map(|n| Call::new(n, Story::Works)).collect();
    let headline = report(&facts_of(&good), &options(None, &[])).headline;
    assert!(
        headline[0].starts_with("No call of 3 failed"),
        "{headline:?}"
    );
}

#[test]
fn an_active_filter_is_told_and_its_text_is_harmless() {
    let facts = facts_of(&calls());
    let with = ReportOptions {
        filter: Some("user \u{1b}[2Jann | <b>".to_owned()),
        ..ReportOptions::default()
    };
    let document = report(&facts, &with);
    assert_eq!(document.sections[0].id, "filter");
    assert!(
        document.headline[0].contains("see Filter"),
        "{:?}",
        document.headline
    );
    let text = written(&document, "table", 80);
    assert!(text.contains(r"Only: user \x1b[2Jann | <b>"), "{text}");
    let without = report(&facts, &ReportOptions::default());
    assert_eq!(without.sections[0].id, "findings");
}

#[test]
fn hostile_names_stay_in_the_terminal_and_reports_are_the_same_each_time() {
    let hostile = format!("\u{1b}[2J{}\u{202e}@contoso.com", "x".repeat(900));
    let mut made = calls();
    for call in &mut made[..5] {
        call.caller.clone_from(&hostile);
        call.agent.clone_from(&hostile);
        call.file.clone_from(&hostile);
    }
    let facts = facts_of(&made);
    let all = options(Some(3), &Dimension::ALL);
    let document = report(&facts, &all);
    assert_eq!(document, report(&facts, &all));
    for width in (60..=250).step_by(5) {
        for line in written(&document, "table", width).lines() {
            let wide = unicode_width::UnicodeWidthStr::width(line);
            assert!(wide <= usize::from(width), "{line:?} at {width}");
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
    }
    for format in ["csv", "markdown", "json"] {
        assert_eq!(
            written(&document, format, 80),
            written(&report(&facts, &all), format, 80)
        );
    }
}
