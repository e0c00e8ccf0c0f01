//! Exact ICEWarn masks.

use std::cmp::Reverse;

use siptriage_diagnostics::IceWarn;
use siptriage_facts::{Groups, Pattern};

use super::Found;
use super::tallied::{Examples, KeyCells, Ranked, TalliedTable, Whole, rank_by};
use crate::cells;
use crate::document::{Cell, Column, Section};

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    let (facts, options, unions) = found.counts();
    let patterns = facts.patterns.iter();
    let mut ranked: Vec<Ranked<'_, (u32, &Pattern)>> = patterns
        .map(|(mask, pattern)| ((*mask, pattern), vec![&pattern.tally]))
        .collect();
    rank_by(&mut ranked, |_| ());
    let cells = |&(mask, pattern): &(u32, &Pattern)| {
        let mask = IceWarn::from_bits(mask);
        KeyCells {
            lead: vec![Cell::Mask(mask)],
            tail: vec![
                cells::flags(mask),
                most_frequent(&pattern.codes, |code, count| {
                    let code = Cell::Number(u64::from(*code));
                    cells::counted(code.clone(), vec![("code", code)], count)
                }),
                most_frequent(&pattern.media, |label, count| {
                    let label = cells::foreign_or(label, "unnamed");
                    cells::counted(label.clone(), vec![("label", label)], count)
                }),
                most_frequent(&pattern.locations, |pair, count| {
                    let local = cells::value_in_words("LocalLocation", &pair.local);
                    let remote = cells::value_in_words("RemoteLocation", &pair.remote);
                    let fields = vec![("local", local), ("remote", remote)];
                    cells::counted(cells::locations(pair), fields, count)
                }),
            ],
        }
    };
    let table = TalliedTable {
        id: "patterns",
        title: "ICEWarn patterns",
        lead: vec![Column::text("ice_warn", "ICEWarn")],
        tail: vec![
            Column::text("flags", "Flags")
                .wrapped(40)
                .or_below(1)
                .listed(),
            Column::text("codes", "Codes").wrapped(16).or_below(2),
            Column::text("media", "Media").wrapped(20).or_below(3),
            Column::text("locations", "Local / remote")
                .wrapped(24)
                .or_below(4),
        ],
        whole: Whole::Rows,
        examples: Examples::Matter,
    };
    let mut section = table.section(&ranked, options.top, unions, cells);
    if !section.total.is_empty() {
        section.notes.push(
            "Counted once for each medium that a diagnosis reports. Flags are warnings and are set \
             on good calls too: a mask that came with a failing code need not be its cause."
                .to_owned(),
        );
    }
    vec![section]
}

/// What a mask came with, most frequent first.
fn most_frequent<K: Ord>(groups: &Groups<K, u64>, cell: impl Fn(&K, u64) -> Cell) -> Cell {
    let mut ranked: Vec<(&K, &u64)> = groups.iter().collect();
    ranked.sort_by_key(|(key, count)| (Reverse(**count), *key));
    Cell::List(
        ranked
            .into_iter()
            .map(|(key, count)| cell(key, *count))
            .collect(),
    )
}
