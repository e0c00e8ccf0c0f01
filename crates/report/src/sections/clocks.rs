//! Clocks of those who wrote the traces, and how far they are from each other.

use std::cmp::Reverse;

use siptriage_judge::{Clock, OffsetSource, Whose};

use super::Found;
use super::tallied::cut_note;
use crate::document::{Cell, Column, Section};

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    let columns = vec![
        Column::text("clock", "Clock").wrapped(20),
        Column::text("zone", "Zone"),
        Column::text("ahead", "Ahead by").for_people(),
        Column::text("reference", "Of")
            .wrapped(12)
            .or_below(2)
            .led_in_by("ahead of "),
        Column::number("offset", "Offset").for_machines(),
        Column::text("known", "Known"),
        Column::number("calls", "From calls").or_below(1),
        Column::number("dialogs", "Dialogs"),
    ];
    let mut section = Section::new("clocks", "Clocks", columns);
    let mut clocks: Vec<&Clock> = found.judge.clocks().iter().collect();
    let is_estimated = |clock: &Clock| matches!(clock.source, OffsetSource::Estimated { .. });
    // One clock, as its trace states it, is nothing to tell.
    if clocks.len() > 1 || clocks.iter().any(|clock| is_estimated(clock)) {
        let name = |clock: &Clock| match &clock.whose {
            Whose::Utc => Cell::text("UTC, as traces state it"),
            Whose::Client(name) | Whose::File(name) => Cell::foreign(name),
        };
        let all: Vec<&Clock> = clocks.clone();
        clocks.sort_by_key(|clock| (!is_estimated(clock), Reverse(clock.dialogs)));
        let shown = found.options.top.unwrap_or(usize::MAX).min(clocks.len());
        for clock in &clocks[..shown] {
            let reference = clock.reference.and_then(|reference| all.get(reference));
            let reference = reference.map_or(Cell::text("UTC"), |clock| name(clock));
            let calls = match clock.source {
                OffsetSource::Estimated { calls } => Cell::Count(calls),
                _ => Cell::Empty,
            };
            section.rows.push(vec![
                name(clock),
                Cell::text(clock.zone.to_string()),
                clock
                    .offset
                    .map_or(Cell::Missing("unknown"), |micros| Cell::text(ahead(micros))),
                clock.offset.map_or(Cell::Empty, |_| reference),
                clock.offset.map_or(Cell::Empty, Cell::Duration),
                Cell::text(clock.source.name()),
                calls,
                Cell::Count(clock.dialogs),
            ]);
        }
        if shown < clocks.len() {
            section.hidden_rows = clocks.len() - shown;
            section.hidden = vec![Cell::Empty; section.columns.len()];
            section.notes.push(cut_note(clocks.len()));
        }
    }
    if !section.rows.is_empty() {
        section.notes.push(
            "Estimated: from calls that this clock and the other one both saw. Assumed: a \
             server's log is usually in UTC. Calls are never joined by time."
                .to_owned(),
        );
    }
    vec![section]
}

/// `+01:00`, and seconds where there are some: `-05:00:02.4`.
fn ahead(micros: i64) -> String {
    let sign = if micros < 0 { '-' } else { '+' };
    let tenths = micros.unsigned_abs() / 100_000;
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    let (hours, minutes, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (second, tenth) {
        (0, 0) => format!("{sign}{hours:02}:{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{second:02}.{tenth}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_has_seconds_where_there_are_some() {
        for (micros, want) in [
            (0, "+00:00"),
            (3_600_000_000, "+01:00"),
            (-18_002_400_000, "-05:00:02.4"),
            (49_999, "+00:00"),
            (20_700_000_000, "+05:45"),
        ] {
            assert_eq!(ahead(micros), want);
        }
    }
}
