//! Media lines of quality reports.

use siptriage_diagnostics::{IceWarn, field_value};
use siptriage_facts::QualityKey;

use super::Found;
use super::tallied::{Examples, KeyCells, TalliedTable, Whole, rank_by, rows};
use crate::cells;
use crate::document::{Cell, Column, Section};

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    let (facts, options, unions) = found.counts();
    let mut ranked = rows(&facts.quality);
    // Without a working path first.
    rank_by(&mut ranked, |key| !key.ice.eq_ignore_ascii_case("FAILED"));
    let cells = |key: &&QualityKey| {
        let mask = key.ice_warn.map(IceWarn::from_bits);
        KeyCells {
            lead: vec![
                cells::foreign_or(&key.label, "unnamed"),
                cells::foreign_or(&key.ice, "not stated"),
                mask.map_or(Cell::Missing("not stated"), Cell::Mask),
            ],
            tail: vec![
                mask.map_or(Cell::Empty, cells::flags),
                field_value("Ice", &key.ice).map_or(Cell::Empty, Cell::text),
            ],
        }
    };
    let table = TalliedTable {
        id: "quality",
        title: "Quality reports",
        lead: vec![
            Column::text("label", "Media line").wrapped(18),
            Column::text("ice", "Ice").wrapped(8).or_below(0),
            Column::text("ice_warn", "ICEWarn").wrapped(10),
        ],
        tail: vec![
            Column::text("flags", "Flags")
                .wrapped(40)
                .or_below(1)
                .listed(),
            Column::text("meaning", "Path")
                .wrapped(24)
                .or_below(2)
                .unnamed(),
        ],
        whole: Whole::Rows,
        examples: Examples::Matter,
    };
    vec![table.section(&ranked, options.top, unions, cells)]
}
