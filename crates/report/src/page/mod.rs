//! What a page shows beyond the tables of a report: what its charts are drawn of, every failed
//! call, and the messages of some of them.
//!
//! All of it is sections like any other, marked as [`Section::page_only`], so that whatever is
//! done to a document is done to these too.

mod calls;
mod charts;
mod ladders;
mod span;

use std::collections::{BTreeMap, HashMap};

use siptriage_facts::{CallId, DialogId, Logged};
use siptriage_judge::{Case, Judge, Kind, Verdict};

use crate::document::Section;

/// Failed calls that have a row of their own on a page.
pub const MAX_FAILED_CALLS: usize = 10_000;
/// Failed calls whose messages a page shows.
pub const MAX_LADDERS: usize = 200;
/// Logged messages of one call that are kept for its ladder, copies included.
pub const MAX_LADDER_MESSAGES: usize = 400;

/// Logged messages of the calls that a page shows.
#[derive(Debug, Default)]
pub struct PageMessages {
    /// By dialog, in the order of the input, at most [`MAX_LADDER_MESSAGES`] of each.
    pub of_calls: HashMap<DialogId, Vec<Logged<'static>>>,
    /// Whether their reading was interrupted, so that some are missing.
    pub interrupted: bool,
}

/// The Call-IDs of failed calls whose messages a page shows, at most [`MAX_LADDERS`]: in turn one
/// of each cause, the most frequent cause first, and of one cause those that began first.
pub fn shown_calls<'f>(judge: &Judge<'f>) -> Vec<&'f CallId> {
    let mut by_cause: BTreeMap<Option<&str>, Vec<(i64, &'f CallId)>> = BTreeMap::new();
    for case in failed(judge) {
        let rule = case.decision.rule.map(|rule| rule.id.as_str());
        by_cause.entry(rule).or_default().push(order_of(&case));
    }
    let mut causes: Vec<Vec<(i64, &'f CallId)>> = by_cause.into_values().collect();
    causes.sort_by_key(|calls| std::cmp::Reverse(calls.len()));
    causes.iter_mut().for_each(|calls| calls.sort_unstable());
    let longest = causes.iter().map(Vec::len).max().unwrap_or(0);
    let in_turn = (0..longest).flat_map(|turn| causes.iter().filter_map(move |one| one.get(turn)));
    in_turn
        .take(MAX_LADDERS)
        .map(|(_, call_id)| *call_id)
        .collect()
}

/// What a page shows beyond the tables of the report on the same facts. `messages` are those of
/// [`shown_calls`]. The same facts give the same sections, to the byte.
pub fn page_sections(judge: &Judge<'_>, messages: &PageMessages) -> Vec<Section> {
    let mut charts = charts::Charts::default();
    for case in judge.cases().filter(|case| case.kind == Kind::Call) {
        charts.add(&case);
    }
    let shown = shown_calls(judge);
    let mut sections = charts.sections();
    sections.push(calls::failed_calls(judge));
    sections.push(ladders::ladders(judge, &shown, messages));
    for section in &mut sections {
        section.page_only = true;
    }
    sections
}

/// The calls that failed, in no order that means anything.
fn failed<'f>(judge: &Judge<'f>) -> impl Iterator<Item = Case<'f>> {
    judge
        .cases()
        .filter(|case| case.kind == Kind::Call && case.decision.verdict == Verdict::Failed)
}

/// By start, without one last, then by Call-ID.
fn order_of<'f>(case: &Case<'f>) -> (i64, &'f CallId) {
    let start = case.start.map_or(i64::MAX, |start| start.micros);
    (start, case.call_id)
}
