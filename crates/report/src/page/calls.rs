//! Every failed call, one row each.

use siptriage_diagnostics::{CodeClass, code_class};
use siptriage_facts::{CallId, Place};
use siptriage_judge::{Case, Judge};

use super::{MAX_FAILED_CALLS, failed, order_of};
use crate::cells;
use crate::document::{Cell, Column, Section, grouped};
use crate::visible::visible;

/// The failed calls that began first, at most [`MAX_FAILED_CALLS`].
pub(super) fn failed_calls(judge: &Judge<'_>) -> Section {
    let columns = vec![
        Column::text("start", "Start"),
        Column::text("caller", "Caller"),
        Column::text("callee", "Callee"),
        Column::text("cause", "Cause").wrapped(40),
        Column::text("codes", "Codes"),
        Column::number("status", "Status"),
        Column::text("media", "Media").or_below(1).unnamed(),
        Column::text("locations", "Locations").or_below(3).unnamed(),
        Column::number("set_up", "Set-up")
            .or_below(4)
            .led_in_by("set up in "),
        Column::text("rule", "Rule").or_below(5).led_in_by("rule "),
        Column::text("place", "Evidence").or_below(2).unnamed(),
        Column::text("call_id", "Call-ID").or_below(2).unnamed(),
    ];
    let mut section = Section::new("failed_calls", "Failed calls", columns);
    let mut order: Vec<(i64, &CallId)> = failed(judge).map(|case| order_of(&case)).collect();
    order.sort_unstable();
    let hidden = order.len().saturating_sub(MAX_FAILED_CALLS);
    order.truncate(MAX_FAILED_CALLS);
    let cases = order
        .iter()
        .filter_map(|(_, call_id)| judge.case(&call_id.text()));
    section.rows = cases.map(|case| row(&case)).collect();
    if hidden > 0 {
        section.notes.push(format!(
            "These are the {} that began first; {} more failed and are counted everywhere else on \
             this page. siptriage calls --verdict failed lists all.",
            grouped(cells::count(MAX_FAILED_CALLS)),
            grouped(cells::count(hidden)),
        ));
    }
    section
}

fn row(case: &Case<'_>) -> Vec<Cell> {
    let words = |text: &str| Cell::text(visible(text).into_owned());
    let rule = case.decision.rule;
    let codes: Vec<String> = case.codes().map(|code| code.to_string()).collect();
    let media: Vec<&str> = case.dialog.modalities.words().collect();
    let (caller, callee) = case.location_pair();
    vec![
        cells::stamp(case.start),
        party(case.caller.address),
        party(case.callee.address),
        rule.map_or(Cell::text("No rule explains this call."), |rule| {
            words(&rule.cause)
        }),
        Cell::text(codes.join(", ")),
        (case.dialog.final_status.get())
            .map_or(Cell::Empty, |status| Cell::Number(u64::from(status))),
        Cell::text(media.join(", ")),
        Cell::text(format!("{} / {}", caller.name(), callee.name())),
        case.set_up.map_or(Cell::Empty, Cell::Duration),
        rule.map_or(Cell::Empty, |rule| words(&rule.id)),
        cells::place(evidence(case)),
        Cell::foreign(&case.call_id.text()),
    ]
}

/// An address of record without its scheme.
pub(super) fn party(address: Option<&str>) -> Cell {
    let short = |address: &str| Cell::foreign(address.strip_prefix("sip:").unwrap_or(address));
    address.map_or(Cell::Missing("unknown"), short)
}

/// Where the gravest diagnosis of a call stands first.
fn evidence<'f>(case: &Case<'f>) -> Option<&'f Place> {
    let gravity = |code: Option<u32>| match code.map(code_class) {
        Some(CodeClass::Failure) => 0,
        Some(CodeClass::Unclassified) => 1,
        Some(_) => 2,
        None => 3,
    };
    let dialog: &'f siptriage_facts::Dialog = case.dialog;
    let places = dialog.diagnoses().filter_map(|(diagnosis, sightings)| {
        let place = sightings.places.iter().next()?;
        Some((gravity(diagnosis.code), place))
    });
    places.min().map(|(_, place)| place)
}
