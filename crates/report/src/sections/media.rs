//! Media, location pairs and federation of the media sections of diagnoses.

use siptriage_diagnostics::{field, field_value};
use siptriage_facts::{Groups, Tally};

use super::Found;
use super::tallied::{Examples, KeyCells, TalliedTable, Whole, rank_by, rows};
use crate::cells;
use crate::document::{Cell, Column, Section};

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    vec![media(found), locations(found), federation(found)]
}

/// The table of these groups, most frequent first.
fn table<'r, K: Ord>(
    (id, title): (&'static str, &'static str),
    lead: Vec<Column>,
    groups: &'r Groups<K, Tally>,
    found: &Found<'r>,
    cells: impl Fn(&K) -> Vec<Cell>,
) -> Section {
    let (_, options, unions) = found.counts();
    let mut ranked = rows(groups);
    rank_by(&mut ranked, |_| ());
    let table = TalliedTable {
        id,
        title,
        lead,
        tail: Vec::new(),
        whole: Whole::Rows,
        examples: Examples::MayGo,
    };
    table.section(&ranked, options.top, unions, |key| KeyCells {
        lead: cells(key),
        tail: Vec::new(),
    })
}

fn media(found: &Found<'_>) -> Section {
    let columns = vec![Column::text("label", "Media").wrapped(20)];
    let names = ("media", "Media");
    table(names, columns, &found.facts.media, found, |label| {
        vec![cells::foreign_or(label, "unnamed")]
    })
}

fn locations(found: &Found<'_>) -> Section {
    let columns = vec![
        Column::text("local", "Local").wrapped(12),
        Column::text("remote", "Remote").wrapped(12),
        Column::text("local_location", "LocalLocation").for_machines(),
        Column::text("remote_location", "RemoteLocation").for_machines(),
    ];
    let names = ("locations", "Locations of the two endpoints");
    let mut section = table(names, columns, &found.facts.locations, found, |pair| {
        vec![
            cells::value_in_words("LocalLocation", &pair.local),
            cells::value_in_words("RemoteLocation", &pair.remote),
            Cell::foreign(&pair.local),
            Cell::foreign(&pair.remote),
        ]
    });
    if let Some(field) = field("LocalLocation").filter(|_| !section.total.is_empty()) {
        let certainty = field.certainty.name();
        section
            .notes
            .push(format!("Certainty of these words: {certainty}."));
    }
    section
}

fn federation(found: &Found<'_>) -> Section {
    let columns = vec![
        Column::text("federation_type", "FederationType").wrapped(14),
        Column::text("meaning", "In words").wrapped(12),
    ];
    let names = ("federation", "Federation");
    let mut section = table(names, columns, &found.facts.federation, found, |value| {
        let meaning = field_value("FederationType", value);
        vec![
            cells::foreign_or(value, "not stated"),
            meaning.map_or(Cell::Empty, Cell::text),
        ]
    });
    if let Some(field) = field("FederationType").filter(|_| !section.total.is_empty()) {
        let certainty = field.certainty.name();
        section
            .notes
            .push(format!("Certainty of these words: {certainty}."));
    }
    section
}
