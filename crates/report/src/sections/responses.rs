//! SIP responses of class 4xx, 5xx and 6xx, by method and status.

use siptriage_diagnostics::{CodeClass, status_phrase};
use siptriage_facts::ResponseKey;

use super::Found;
use super::failures::rank;
use super::tallied::{Examples, KeyCells, TalliedTable, Whole, rank_by, rows};
use crate::cells;
use crate::document::{Cell, Column, Section};

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    let (facts, options, unions) = found.counts();
    let mut ranked = rows(&facts.responses);
    rank_by(&mut ranked, |key| rank(class(key)));
    let cells = |key: &&ResponseKey| KeyCells {
        lead: vec![
            cells::foreign_or(&key.method, "unknown"),
            Cell::Number(u64::from(key.status)),
            cells::class(class(key)),
        ],
        tail: vec![
            status_phrase(key.status).map_or(Cell::Empty, Cell::text),
            Cell::Bool(key.challenge),
            why_expected(key).map_or(Cell::Empty, Cell::text),
        ],
    };
    let table = TalliedTable {
        id: "responses",
        title: "SIP failure responses",
        lead: vec![
            Column::text("method", "Method").wrapped(12),
            Column::number("status", "Status"),
            Column::text("class", "Class"),
        ],
        tail: vec![
            Column::text("phrase", "Phrase")
                .wrapped(20)
                .or_below(1)
                .unnamed(),
            Column::text("challenge", "Challenge").for_machines(),
            Column::text("note", "Note")
                .wrapped(20)
                .or_below(2)
                .unnamed(),
        ],
        whole: Whole::Rows,
        examples: Examples::Matter,
    };
    vec![table.section(&ranked, options.top, unions, cells)]
}

fn class(key: &ResponseKey) -> CodeClass {
    match why_expected(key) {
        Some(_) => CodeClass::Expected,
        None => CodeClass::Failure,
    }
}

/// Why a response is part of normal use, if it is.
fn why_expected(key: &ResponseKey) -> Option<&'static str> {
    // RFC 3261, section 22: how a server asks.
    if key.challenge {
        return Some("asks for credentials");
    }
    // RFC 3261, section 15.1.2: what a cancelled INVITE is answered with.
    (key.status == 487).then_some("the request was cancelled")
}
