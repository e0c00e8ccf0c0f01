//! Codes and reasons, gravest and most frequent first, and what to check.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use siptriage_diagnostics::{CodeClass, code, code_class, component};
use siptriage_facts::FailureKey;

use super::tallied::{
    Examples, KeyCells, Ranked, Sum, TalliedTable, Unions, Whole, cut, rank_by, rows,
};
use super::{Found, ReportOptions};
use crate::cells;
use crate::document::{Cell, Column, Section};

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    let (facts, options, unions) = found.counts();
    let mut ranked = rows(&facts.failures);
    rank_by(&mut ranked, |key| rank(code_class(key.code)));
    vec![failures(&ranked, options, unions), checks(&ranked, options)]
}

/// Where a class stands in a ranking: failures first, and before what is normal what nobody has
/// classified.
pub(crate) fn rank(class: CodeClass) -> u8 {
    match class {
        CodeClass::Failure => 0,
        CodeClass::Unclassified => 1,
        CodeClass::Expected => 2,
        CodeClass::Informational => 3,
    }
}

/// Occurrences and distinct users of the diagnoses of a class.
pub(crate) fn counts_of_class(found: &Found<'_>, class: CodeClass) -> (u64, u64) {
    let (facts, _, unions) = found.counts();
    let of_class = facts
        .failures
        .iter()
        .filter(|(key, _)| code_class(key.code) == class);
    let sum = Sum::of(of_class.map(|(_, tally)| tally), unions);
    (sum.occurrences, sum.users)
}

fn failures<'t>(
    ranked: &[Ranked<'t, &FailureKey>],
    options: &ReportOptions,
    unions: &Unions<'t>,
) -> Section {
    let cells = |key: &&FailureKey| KeyCells {
        lead: vec![
            Cell::Number(u64::from(key.code)),
            Cell::foreign(&key.sub_code),
            cells::class(code_class(key.code)),
        ],
        tail: vec![
            Cell::foreign(&key.reason),
            component(key.code).map_or(Cell::Empty, |component| Cell::text(component.name)),
        ],
    };
    let table = TalliedTable {
        id: "failures",
        title: "Failures",
        lead: vec![
            Column::text("code", "Code"),
            Column::text("sub_code", "Sub-code").wrapped(8).or_below(6),
            Column::text("class", "Class"),
        ],
        tail: vec![
            Column::text("reason", "Reason")
                .wrapped(40)
                .or_below(1)
                .unnamed(),
            Column::text("component", "Component")
                .wrapped(24)
                .or_below(7)
                .unnamed(),
        ],
        whole: Whole::Rows,
        examples: Examples::Matter,
    };
    let mut section = table.section(ranked, options.top, unions, cells);
    if !section.total.is_empty() {
        section.notes.push(
            "Class failure: something did not work. Unclassified: the tables do not say. Expected \
             and informational: part of normal use."
                .to_owned(),
        );
        section.notes.push(
            "Times are as the traces write them: clients write local time, servers UTC unless it \
             was changed when the log was formatted."
                .to_owned(),
        );
    }
    section
}

/// What the codes of class failure mean and what to look at, each code once.
fn checks(ranked: &[Ranked<'_, &FailureKey>], options: &ReportOptions) -> Section {
    let columns = vec![
        Column::text("code", "Code"),
        Column::number("occurrences", "Count"),
        Column::text("meaning", "Meaning")
            .wrapped(40)
            .or_below(1)
            .unnamed(),
        Column::text("checks", "Check").wrapped(60).or_below(2),
        Column::text("certainty", "Certainty").or_below(3),
        Column::text("sources", "Sources").for_machines(),
    ];
    let mut section = Section::new("checks", "What the codes mean", columns);
    let mut by_code: BTreeMap<u32, u64> = BTreeMap::new();
    for (key, tallies) in ranked {
        if code_class(key.code) == CodeClass::Failure {
            let occurrences = by_code.entry(key.code).or_default();
            let counts = tallies.iter().map(|tally| tally.occurrences);
            *occurrences = counts.fold(*occurrences, u64::saturating_add);
        }
    }
    let mut codes: Vec<(u32, u64)> = by_code.into_iter().collect();
    codes.sort_by_key(|(code, occurrences)| (Reverse(*occurrences), *code));
    for (number, occurrences) in codes {
        let known = match (code(number), component(number)) {
            (Some(code), _) => [
                Cell::text(code.meaning),
                Cell::text(code.checks),
                cells::certainty_if_lower(code.certainty),
                cells::source_keys(&code.sources),
            ],
            // A range alone can say that its codes are failures.
            (None, Some(range)) => [
                Cell::text(range.note),
                Cell::Empty,
                cells::certainty_if_lower(range.certainty),
                cells::source_keys(&range.sources),
            ],
            (None, None) => [
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::List(Vec::new()),
            ],
        };
        let mut row = vec![Cell::Number(u64::from(number)), Cell::Count(occurrences)];
        row.extend(known);
        section.rows.push(row);
    }
    cut(&mut section, options.top);
    section
}
