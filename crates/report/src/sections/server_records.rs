//! Diagnostic records that servers write about themselves.

use siptriage_facts::ServerRecordKey;

use super::Found;
use super::tallied::{Examples, KeyCells, TalliedTable, Whole, rank_by, rows};
use crate::cells;
use crate::document::{Cell, Column, Section, Tone};

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    let (facts, options, unions) = found.counts();
    let mut ranked = rows(&facts.server_records);
    rank_by(&mut ranked, |key| grade(&key.severity).0);
    let cells = |key: &&ServerRecordKey| KeyCells {
        lead: vec![
            grade(&key.severity)
                .1
                .unwrap_or_else(|| cells::foreign_or(&key.severity, "unknown")),
            Cell::foreign(&key.result),
            Cell::foreign(&key.name),
        ],
        tail: vec![Cell::foreign(&key.text)],
    };
    let table = TalliedTable {
        id: "server_records",
        title: "Server diagnostic records",
        lead: vec![
            Column::text("severity", "Severity").wrapped(12),
            Column::text("result_code", "Result").wrapped(10),
            Column::text("result_name", "Name").or_below(2).unnamed(),
        ],
        tail: vec![
            Column::text("text", "Text")
                .wrapped(40)
                .or_below(1)
                .unnamed(),
        ],
        whole: Whole::Rows,
        examples: Examples::Matter,
    };
    vec![table.section(&ranked, options.top, unions, cells)]
}

/// Where a severity stands in the ranking, and its word if it is one that is known.
fn grade(severity: &str) -> (u8, Option<Cell>) {
    let known = [
        ("error", Tone::Bad),
        ("warning", Tone::Doubtful),
        ("information", Tone::Fine),
    ];
    for (place, (text, tone)) in (0..).zip(known) {
        if severity.eq_ignore_ascii_case(text) {
            return (place, Some(Cell::Word { text, tone }));
        }
    }
    (u8::MAX, None)
}
