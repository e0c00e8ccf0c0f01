//! What a page shows beyond a report adds up to what the report says.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod traces;

use std::collections::BTreeSet;

use siptriage_judge::{Kind, Verdict};
use siptriage_report::{
    Document, Gathered, MAX_LADDERS, PageMessages, ReportOptions, Section, page_sections, report,
    shown_calls,
};
use traces::{Call, Story, cell, count, facts_of, judged, section, written};

/// So many calls, five minutes apart, of all stories.
fn many(calls: u32) -> Vec<Call> {
    let stories = [
        Story::Works,
        Story::MediaFail,
        Story::Busy,
        Story::Refused,
        Story::MediaFail,
        Story::CutOff,
    ];
    let call = |n: u32| {
        let story = stories[n as usize % stories.len()];
        let mut call = Call::new(n, story);
        call.site = format!("198.51.100.{}", n % 200);
        call.second = n * 300;
        call
    };
    (0..calls).map(call).collect()
}

/// The report on these calls with the sections of a page, and how many calls failed.
fn page(calls: &[Call]) -> (Document, u64) {
    let facts = facts_of(calls);
    judged(&facts, |judge| {
        let options = ReportOptions::default();
        let gathered = Gathered::of(&facts, judge, &options);
        let mut document = report(&facts, judge, &gathered, &options);
        let sections = page_sections(judge, &PageMessages::default());
        document.sections.extend(sections);
        let failed = judge.cases().filter(|case| case.is_failed_call());
        (document, failed.count() as u64)
    })
}

fn sum(section: &Section, id: &str) -> u64 {
    let rows = section.rows.iter();
    rows.map(|row| count(cell(section, row, id))).sum()
}

#[test]
fn what_charts_are_drawn_of_adds_up_to_all_calls() {
    // Within an hour, within a day, and some without a time: these calls begin at 9 o'clock, and
    // a day has no more than 24.
    for (calls, timeless) in [(10, 0), (170, 0), (200, 20)] {
        let (document, failed) = page(&many(calls));
        assert!(failed > 0);
        let all = u64::from(calls);
        let of = |id: &str, key: &str| sum(section(&document, id), key);
        assert_eq!(of("summary", "calls"), all);
        assert_eq!(of("summary", "failed"), failed);
        let verdicts = ["failed", "degraded", "benign", "unknown"];
        let by_verdict: u64 = verdicts.iter().map(|id| of("summary", id)).sum();
        assert_eq!(by_verdict, all);
        assert_eq!(of("calls_by_time", "calls"), all - timeless);
        assert_eq!(
            of("failures_by_time", "calls"),
            of("calls_by_time", "failed")
        );
        let notes = &section(&document, "calls_by_time").notes;
        match timeless {
            0 => {
                assert_eq!(of("calls_by_time", "failed"), failed);
                assert_eq!(*notes, Vec::<String>::new());
            }
            timeless => {
                assert!(of("calls_by_time", "failed") < failed);
                let note = format!("{timeless} calls without a time are missing here.");
                assert_eq!(*notes, [note]);
            }
        }
        assert_eq!(of("causes_by_place", "calls"), failed);
        assert_eq!(section(&document, "failed_calls").rows.len() as u64, failed);
        // Of less than a day, hours say nothing that times do not.
        let mut sections = document.sections.iter();
        assert!(sections.all(|section| section.id != "hours_of_day"));
        let findings = section(&document, "findings");
        assert_eq!(count(cell(findings, &findings.total, "calls")), all);
    }
}

#[test]
fn a_page_does_not_depend_on_the_order_of_calls() {
    let calls = many(120);
    let (document, _) = page(&calls);
    let mut turned = calls;
    turned.reverse();
    let (other, _) = page(&turned);
    assert_eq!(document, other);
    assert!(written(&document, "html", 100) == written(&other, "html", 100));
}

#[test]
fn messages_are_shown_of_calls_of_every_cause() {
    let facts = facts_of(&many(1200));
    judged(&facts, |judge| {
        let shown = shown_calls(judge);
        assert_eq!(shown.len(), MAX_LADDERS);
        assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), MAX_LADDERS);
        let cause = |call_id: &str| {
            let case = judge.case(call_id).unwrap();
            assert_eq!(case.decision.verdict, Verdict::Failed);
            case.decision.rule.map(|rule| rule.id.as_str())
        };
        let failed = judge.cases().filter(|case| case.kind == Kind::Call);
        let failed = failed.filter(|case| case.decision.verdict == Verdict::Failed);
        let causes: BTreeSet<_> = failed
            .map(|case| case.decision.rule.map(|rule| rule.id.as_str()))
            .collect();
        assert!(causes.len() > 1);
        let first: BTreeSet<_> = shown[..causes.len()]
            .iter()
            .map(|id| cause(&id.text()))
            .collect();
        assert_eq!(first, causes, "in turn one of each");
    });
}
