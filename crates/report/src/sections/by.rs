//! Calls by a dimension that was asked for.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashSet;

use siptriage_judge::{Dimension, Kind, Verdict};

use super::Found;
use super::gathered::{ByValue, Calls, values_or_none};
use super::tallied::cut_note;
use super::texts::Texts;
use crate::cells;
use crate::document::{Cell, Column, Section};
use crate::visible::visible;

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    let mut asked: Vec<Dimension> = Vec::new();
    for dimension in &found.options.by {
        if !asked.contains(dimension) {
            asked.push(*dimension);
        }
    }
    let sections = asked.into_iter().filter_map(|dimension| {
        let groups = found.gathered.by.get(&dimension)?;
        Some(section(found, dimension, groups))
    });
    sections.collect()
}

/// The key and the title of the section of a dimension.
fn names(dimension: Dimension) -> (&'static str, &'static str) {
    match dimension {
        Dimension::User => ("by_user", "Calls by user"),
        Dimension::Subnet => ("by_subnet", "Calls by subnet"),
        Dimension::Site => ("by_site", "Calls by site"),
        Dimension::UserAgent => ("by_user_agent", "Calls by user agent"),
        Dimension::Media => ("by_media", "Calls by media"),
        Dimension::LocationPair => ("by_location_pair", "Calls by locations (caller / callee)"),
        Dimension::Federation => ("by_federation", "Calls by federation"),
        Dimension::Relay => ("by_relay", "Calls by relay"),
        Dimension::Code => ("by_code", "Calls by code"),
        Dimension::Mask => ("by_mask", "Calls by ICEWarn mask"),
        Dimension::Verdict => ("by_verdict", "Calls by verdict"),
        Dimension::Cause => ("by_cause", "Calls by cause"),
        Dimension::Outcome => ("by_outcome", "Calls by outcome"),
        Dimension::File => ("by_file", "Calls by file"),
        Dimension::Hour => ("by_hour", "Calls by hour of their beginning"),
        Dimension::Day => ("by_day", "Calls by day of their beginning"),
    }
}

/// What stands where a call has no value.
fn missing(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Site => "in no listed site",
        Dimension::Cause => "no rule",
        Dimension::Code | Dimension::Mask => "none",
        _ => "not stated",
    }
}

fn section(found: &Found<'_>, dimension: Dimension, groups: &ByValue<'_>) -> Section {
    let (id, title) = names(dimension);
    let columns = vec![
        Column::text("value", "Value").wrapped(14),
        Column::number("calls", "Calls"),
        Column::number("failed", "Failed"),
        Column::number("degraded", "Degraded").or_below(1),
        Column::number("benign", "Benign").or_below(2),
        Column::number("unknown", "Unknown").or_below(2),
        Column::number("users", "Users"),
        Column::number("share_of_failed", "Of failed"),
        Column::text("seen", "Seen").for_people().or_dropped(1),
        Column::text("first", "First").for_machines(),
        Column::text("last", "Last").for_machines(),
    ];
    let mut section = Section::new(id, title, columns);
    let all = &found.gathered.calls;
    let cells = |value: Cell, calls: &Calls, is_part: bool| {
        let failed = calls.of(Verdict::Failed);
        let share = Cell::Share {
            part: failed,
            whole: all.of(Verdict::Failed),
        };
        vec![
            value,
            Cell::Count(calls.count),
            Cell::Count(failed),
            Cell::Count(calls.of(Verdict::Degraded)),
            Cell::Count(calls.of(Verdict::Benign)),
            Cell::Count(calls.of(Verdict::Unknown)),
            Cell::Count(calls.users()),
            if is_part { share } else { Cell::Empty },
            cells::span(calls.first, calls.last),
            cells::stamp(calls.first),
            cells::stamp(calls.last),
        ]
    };

    let mut ranked: Vec<(&Option<Cow<'_, str>>, &Calls)> = groups.iter().collect();
    ranked.sort_unstable_by_key(|(value, calls)| {
        let failed = calls.of(Verdict::Failed);
        // Of equals, what has a value first.
        (
            Reverse(failed),
            Reverse(calls.count),
            value.is_none(),
            *value,
        )
    });
    let shown = found.options.top.unwrap_or(usize::MAX).min(ranked.len());
    let hidden = ranked.split_off(shown);
    if matches!(dimension, Dimension::Hour | Dimension::Day) {
        // What is left is read as a course of time.
        ranked.sort_unstable_by_key(|(value, _)| (value.is_none(), *value));
    }
    for (value, calls) in &ranked {
        let value = match (dimension, value) {
            (_, None) => Cell::Missing(missing(dimension)),
            (Dimension::Cause, Some(cause)) => Cell::text(visible(cause).into_owned()),
            (_, Some(value)) => Cell::foreign(value),
        };
        section.rows.push(cells(value, calls, true));
    }
    if !hidden.is_empty() {
        section.hidden_rows = hidden.len();
        section.notes.push(cut_note(groups.len()));
        section.hidden = cells(Cell::Empty, &sum(found, dimension, &hidden), false);
    }
    if !groups.is_empty() {
        section.total = cells(Cell::Empty, all, false);
    }
    if dimension.is_many() && groups.len() > 1 {
        section.notes.push(
            "A call with several values stands in several rows; sums have it once.".to_owned(),
        );
    }
    section
}

/// The calls of these groups, each once.
fn sum<'v>(
    found: &'v Found<'_>,
    dimension: Dimension,
    groups: &[(&'v Option<Cow<'_, str>>, &'v Calls)],
) -> Calls {
    let mut sum = Calls::default();
    // Numbers of their own.
    let mut texts = Texts::default();
    if !dimension.is_many() {
        for (_, calls) in groups {
            sum.merge(calls);
        }
        return sum;
    }
    // Groups know no calls, only numbers: those that share some are found by a second look.
    let hidden: HashSet<Option<&str>> = groups.iter().map(|(value, _)| value.as_deref()).collect();
    for case in found.judge.cases().filter(|case| case.kind == Kind::Call) {
        let values = values_or_none(dimension, &case, &found.options.groupings);
        if values
            .iter()
            .any(|value| hidden.contains(&value.as_deref()))
        {
            let caller = case.caller.address;
            sum.add(&case, caller.map(|caller| texts.shared(caller)));
        }
    }
    sum
}
