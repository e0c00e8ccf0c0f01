//! Single ICEWarn bits, derived from the exact masks.

use siptriage_diagnostics::{IceWarn, ice_warn_flags};

use super::Found;
use super::tallied::{Examples, KeyCells, Ranked, TalliedTable, Whole, rank_by};
use crate::cells;
use crate::document::{Cell, Column, Section, grouped};

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    let (facts, options, unions) = found.counts();
    let masks = facts
        .patterns
        .iter()
        .map(|(_, pattern)| pattern.tally.occurrences);
    let masks = masks.fold(0, u64::saturating_add);

    // Bit 0x0 stands for the masks without any bit.
    let bits = [0].into_iter().chain((0..32).map(|bit| 1u32 << bit));
    let mut ranked: Vec<Ranked<'_, u32>> = bits
        .map(|bit| {
            let has_bit = |mask: u32| mask & bit != 0 || (mask == 0 && bit == 0);
            let patterns = facts.patterns.iter().filter(|(mask, _)| has_bit(**mask));
            (bit, patterns.map(|(_, pattern)| &pattern.tally).collect())
        })
        .filter(|(_, tallies): &Ranked<'_, u32>| !tallies.is_empty())
        .collect();
    rank_by(&mut ranked, |_| ());

    let cells = |&bit: &u32| {
        let flag = ice_warn_flags().iter().find(|flag| flag.mask.bits() == bit);
        let (about, meaning) = match flag {
            Some(flag) => (
                [
                    Cell::text(flag.key),
                    Cell::text(flag.name),
                    cells::expectation(flag.expectation),
                ],
                [
                    Cell::text(flag.meaning),
                    Cell::text(flag.checks),
                    cells::certainty_if_lower(flag.certainty),
                    cells::source_keys(&flag.sources),
                ],
            ),
            None => (
                [Cell::Empty, Cell::text("no warning"), Cell::Empty],
                [
                    Cell::text("No bit is set."),
                    Cell::Empty,
                    Cell::Empty,
                    Cell::Quiet(Box::new(Cell::List(Vec::new()))),
                ],
            ),
        };
        let lead = [Cell::Mask(IceWarn::from_bits(bit))]
            .into_iter()
            .chain(about);
        KeyCells {
            lead: lead.collect(),
            tail: meaning.into(),
        }
    };
    let table = TalliedTable {
        id: "flags",
        title: "ICEWarn flags",
        lead: vec![
            Column::text("bit", "Bit"),
            Column::text("key", "Key").for_machines(),
            Column::text("name", "Flag").wrapped(12),
            Column::text("expectation", "On good calls")
                .wrapped(10)
                .or_below(9),
        ],
        tail: vec![
            Column::text("meaning", "Meaning")
                .wrapped(50)
                .or_below(1)
                .unnamed(),
            Column::text("checks", "Check").wrapped(50).or_below(2),
            Column::text("certainty", "Certainty").or_below(3),
            Column::text("sources", "Sources").for_machines(),
        ],
        whole: Whole::Other(masks),
        examples: Examples::MayGo,
    };
    let mut section = table.section(&ranked, options.top, unions, cells);
    if masks > 0 {
        section.notes.push(format!(
            "Share is of all {} masks. A mask has as many flags as it has bits, so rows do not \
             add up to it.",
            grouped(masks)
        ));
    }
    vec![section]
}
