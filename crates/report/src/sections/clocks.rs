//! Clocks of those who wrote the traces, and how far they are from each other.

use std::cmp::Reverse;

use siptriage_judge::{Clock, OffsetSource, Whose};

use super::Found;
use super::tallied::cut_note;
use crate::document::{Cell, Column, Section};

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    let columns = vec![
        Column::text("name", "Clock").for_people().wrapped(28),
        Column::text("clock", "Clock").for_machines(),
        Column::text("zone", "Zone").or_below(0),
        Column::number("ahead", "Ahead by").for_people(),
        Column::text("of", "Of")
            .for_people()
            .wrapped(20)
            .or_below(3)
            .led_in_by("ahead of "),
        Column::text("reference", "Of").for_machines(),
        Column::number("offset", "Offset").for_machines(),
        Column::text("known", "Known").or_below(1),
        Column::number("calls", "From calls").or_below(2),
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
        let names: Vec<&str> = clocks.iter().map(|clock| clock.whose.name()).collect();
        let short = |clock: &Clock| match &clock.whose {
            Whose::File(name) => Cell::foreign(short(name, &names)),
            _ => name(clock),
        };
        let all: Vec<&Clock> = clocks.clone();
        clocks.sort_by_key(|clock| (!is_estimated(clock), Reverse(clock.dialogs)));
        let shown = found.options.top.unwrap_or(usize::MAX).min(clocks.len());
        for clock in &clocks[..shown] {
            let reference = clock.reference.and_then(|reference| all.get(reference));
            let reference = |name: &dyn Fn(&Clock) -> Cell| {
                let known = clock.offset.map(|_| reference);
                known.map_or(Cell::Empty, |reference| {
                    reference.map_or(Cell::text("UTC"), |clock| name(clock))
                })
            };
            let calls = match clock.source {
                OffsetSource::Estimated { calls } => Cell::Count(calls),
                _ => Cell::Empty,
            };
            section.rows.push(vec![
                short(clock),
                name(clock),
                Cell::text(clock.zone.to_string()),
                clock
                    .offset
                    .map_or(Cell::Missing("unknown"), |micros| Cell::text(ahead(micros))),
                reference(&short),
                reference(&name),
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

/// A file by as little of its path as tells it from the other names: its last part, or all.
fn short<'n>(name: &'n str, names: &[&str]) -> &'n str {
    let last = |name: &'n str| name.rsplit(['/', '\\']).next().unwrap_or(name);
    let own = last(name);
    let is_own = |other: &&&str| other.rsplit(['/', '\\']).next() == Some(own);
    match names.iter().filter(is_own).count() {
        0 | 1 if !own.is_empty() => own,
        _ => name,
    }
}

/// `+01:00`, with seconds where there are some: `-05:00:02.4`; below a minute seconds or
/// milliseconds alone: `-2.4 s`, `+3 ms`.
fn ahead(micros: i64) -> String {
    let sign = if micros < 0 { '-' } else { '+' };
    // Cut, as programs see it.
    let millis = micros.unsigned_abs() / 1000;
    let tenths = (millis + 50) / 100;
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    let (hours, minutes, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (seconds, second, tenth) {
        _ if millis == 0 => "0 s".to_owned(),
        _ if millis < 1000 => format!("{sign}{millis} ms"),
        (0..60, ..) => format!("{sign}{seconds}.{tenth} s"),
        (_, 0, 0) => format!("{sign}{hours:02}:{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{second:02}.{tenth}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_told_in_the_unit_that_suits_it() {
        for (micros, want) in [
            (0, "0 s"),
            (-400, "0 s"),
            (-3_100, "-3 ms"),
            (999_400, "+999 ms"),
            (999_600, "+999 ms"),
            (1_000_000, "+1.0 s"),
            (-2_440_000, "-2.4 s"),
            (59_960_000, "+00:01"),
            (3_600_000_000, "+01:00"),
            (3_599_950_000, "+01:00"),
            (3_599_949_000, "+00:59:59.9"),
            (-18_002_400_000, "-05:00:02.4"),
            (49_999, "+49 ms"),
            (20_700_000_000, "+05:45"),
        ] {
            assert_eq!(ahead(micros), want, "{micros}");
        }
        assert!(ahead(i64::MIN).starts_with('-'));
    }

    #[test]
    fn a_file_is_named_by_as_little_as_tells_it_from_others() {
        let names = [
            "a/fe01.txt",
            "b/fe01.txt",
            r"c:\logs\edge.txt",
            "sip:x@contoso.com",
        ];
        assert_eq!(short(names[0], &names), "a/fe01.txt");
        assert_eq!(short(names[2], &names), "edge.txt");
        assert_eq!(short("-", &["-"]), "-");
        assert_eq!(short("odd/", &["odd/"]), "odd/");
    }
}
