//! What cases add up to, as algebra: identity, grouping, order, over shares with all that a report
//! counts.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    clippy::single_range_in_vec_init,
    reason = "a list of one share is meant"
)]

mod traces;

use std::ops::Range;

use siptriage_facts::{Facts, Merge};
use siptriage_judge::{Dimension, Groupings, Judge, Sites};
use siptriage_report::{Document, Gathered, Gathering, ReportOptions, report};
use traces::{Call, Story, cell, count, facts_of, judged, section};

/// Calls of every story, which share callers, callees, files and places with others, and copies.
fn calls() -> Vec<Call> {
    let stories = [
        Story::Works,
        Story::MediaFail,
        Story::Busy,
        Story::MediaFail,
        Story::Refused,
        Story::CutOff,
        Story::Works,
    ];
    let call = |n: u32| {
        let mut call = Call::new(n % 60, stories[n as usize % 60 % stories.len()]);
        call.caller = format!("user{}@contoso.com", n % 60 % 9);
        call.callee = format!("user{}@contoso.com", n % 60 % 7);
        call.agent = format!("agent {}", n % 60 % 3);
        call.site = format!("198.51.{}.7", n % 60 % 4);
        call.file = format!("client-{}.log", n % 60 % 5);
        call.second = n % 60 / 2 * 40;
        call.by_callee = n >= 60;
        call
    };
    (0..75).map(call).collect()
}

fn options() -> ReportOptions {
    ReportOptions {
        by: Dimension::ALL.into(),
        groupings: Groupings {
            sites: Sites::parse("198.51.0.0/24,Lisbon\n198.51.1.0/24,Porto\n").unwrap(),
            ..Groupings::default()
        },
        ..ReportOptions::default()
    }
}

/// All that a report shows of what was gathered: every row, and sums of rows that are cut off.
fn seen(facts: &Facts, judge: &Judge<'_>, gathering: Gathering<'_>) -> Vec<Document> {
    let gathered = gathering.close();
    let documents = [None, Some(0), Some(2)].map(|top| {
        let options = ReportOptions { top, ..options() };
        report(facts, judge, &gathered, &options)
    });
    documents.into()
}

/// The sum of these, from left to right.
fn sum<'v>(parts: impl IntoIterator<Item = Gathering<'v>>) -> Gathering<'v> {
    let mut sum = Gathering::default();
    for part in parts {
        sum.merge(part);
    }
    sum
}

fn with_shares(hold: impl Fn(&Facts, &Judge<'_>, &dyn Fn(&[Range<usize>]) -> Vec<Document>)) {
    let facts = facts_of(&calls());
    assert_eq!(facts.dialogs.len(), 63);
    let options = options();
    judged(&facts, |judge| {
        let of = |shares: &[Range<usize>]| {
            let parts = shares.iter();
            let gather =
                |share: &Range<usize>| Gathering::of(&facts, judge, &options, [share.clone()]);
            seen(&facts, judge, sum(parts.map(gather)))
        };
        hold(&facts, judge, &of);
    });
}

#[test]
fn shares_add_up_to_the_whole_wherever_they_are_cut() {
    with_shares(|facts, judge, of| {
        let options = options();
        let gathered = Gathered::of(facts, judge, &options);
        let whole = report(facts, judge, &gathered, &options);
        let want = of(&[0..63]);
        let all = ReportOptions {
            top: None,
            ..options.clone()
        };
        assert_eq!(want[0], report(facts, judge, &gathered, &all));
        // It has what could be added up wrongly: users and calls that several shares have.
        let findings = section(&whole, "findings");
        assert!(findings.rows.len() >= 4);
        let failures = section(&whole, "failures");
        assert!(count(cell(failures, &failures.total, "calls")) > 10);
        assert!(count(cell(findings, &findings.total, "users")) == 9);
        for cut in 0..=63 {
            assert_eq!(of(&[0..cut, cut..63]), want, "cut at {cut}");
            assert_eq!(of(&[cut..63, 0..cut]), want, "cut at {cut}");
        }
        let one_by_one: Vec<Range<usize>> = (0..63).map(|at| at..at + 1).collect();
        assert_eq!(of(&one_by_one), want);
    });
}

#[test]
fn merging_has_an_identity_and_neither_order_nor_grouping_matters() {
    let facts = facts_of(&calls());
    let options = options();
    judged(&facts, |judge| {
        let gather = |shares: &[Range<usize>]| {
            Gathering::of(&facts, judge, &options, shares.iter().cloned())
        };
        let seen = |gathering| seen(&facts, judge, gathering);
        for (first, second) in [(1, 2), (5, 9), (20, 50), (21, 21), (0, 63), (60, 62)] {
            // Two shares that are no neighbours for the first.
            let a = || gather(&[0..first, second..second + (63 - second) / 2]);
            let b = || gather(&[first..second]);
            let c = || gather(&[second + (63 - second) / 2..63]);
            let e = Gathering::default;
            assert_eq!(seen(sum([a(), e()])), seen(a()));
            let mut left = e();
            left.merge(a());
            assert_eq!(seen(left), seen(a()));
            assert_eq!(seen(sum([a(), b()])), seen(sum([b(), a()])));
            let mut bc = b();
            bc.merge(c());
            let mut right = a();
            right.merge(bc);
            let mut ab = a();
            ab.merge(b());
            ab.merge(c());
            assert_eq!(seen(right), seen(ab));
            let whole = seen(gather(&[0..63]));
            for order in [
                [a(), b(), c()],
                [b(), c(), a()],
                [c(), b(), a()],
                [c(), a(), b()],
            ] {
                assert_eq!(seen(sum(order)), whole);
            }
        }
    });
}
