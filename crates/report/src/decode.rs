//! Masks, decoded bit by bit.

use siptriage_diagnostics::{Expectation, IceWarn, IceWarnFlag};

use crate::cells::{self, plural};
use crate::document::{Cell, Column, Document, Layout, Section};

/// Every bit of every mask: name, meaning, whether good calls have it too, how sure that is, and
/// what to check. Each mask comes with the text it was typed as.
pub fn decode(masks: &[(String, IceWarn)]) -> Document {
    let mut typed = Section::new(
        "masks",
        "Masks",
        vec![
            Column::text("typed", "As typed").wrapped(10),
            Column::text("ice_warn", "ICEWarn"),
            Column::number("decimal", "Decimal"),
            Column::number("flag_count", "Flags"),
            match masks {
                // Of a single mask, the headline says it.
                [_] => Column::text("summary", "In short").for_machines(),
                _ => Column::text("summary", "In short")
                    .wrapped(40)
                    .or_below(1)
                    .unnamed(),
            },
        ],
    );
    let mut columns = vec![mask_column(masks.len())];
    columns.extend(flag_columns());
    let mut flags = Section::new("flags", "Flags", columns);
    let mut sources = Vec::new();
    for (text, mask) in masks {
        typed.rows.push(vec![
            Cell::foreign(text),
            Cell::Mask(*mask),
            Cell::Number(u64::from(mask.bits())),
            Cell::Count(u64::from(mask.bits().count_ones())),
            Cell::text(summary(*mask)),
        ]);
        for row in flag_rows(*mask) {
            flags
                .rows
                .push([Cell::Mask(*mask)].into_iter().chain(row).collect());
        }
        sources.extend(mask.flags().flat_map(|flag| flag.sources.iter().copied()));
    }
    flags.notes.push(NOT_A_VERDICT.to_owned());

    let (title, headline) = match masks {
        [(_, mask)] => {
            typed.layout = Layout::Line;
            (
                format!("ICEWarn {mask}"),
                vec![format!("{mask}: {}.", summary(*mask))],
            )
        }
        masks => {
            let count = plural(cells::count(masks.len()), "ICEWarn mask", "ICEWarn masks");
            (count, Vec::new())
        }
    };
    Document {
        kind: "decode",
        title,
        partial: false,
        headline,
        sections: vec![typed, flags, cells::sources_section(sources)],
    }
}

/// What to keep in mind when reading flags.
pub(crate) const NOT_A_VERDICT: &str = "Flags are warnings, no verdict: some are set on good calls too. Whether a call failed is \
     told by its SIP messages.";

/// The mask of a row: for people only where there are several.
fn mask_column(masks: usize) -> Column {
    let column = Column::text("ice_warn", "ICEWarn");
    if masks == 1 {
        column.for_machines()
    } else {
        column
    }
}

/// The columns of [`flag_rows`].
pub(crate) fn flag_columns() -> Vec<Column> {
    vec![
        Column::text("bit", "Bit"),
        Column::text("key", "Key").for_machines(),
        Column::text("name", "Flag").wrapped(12),
        Column::text("expectation", "On good calls").wrapped(10),
        Column::text("meaning", "Meaning")
            .wrapped(50)
            .or_below(1)
            .unnamed(),
        Column::text("checks", "Check").wrapped(50).or_below(2),
        Column::text("certainty", "Certainty").or_below(3),
        Column::text("transport", "Transport").or_below(4),
        Column::text("scope", "Scope").for_machines(),
        Column::text("sources", "Sources").or_below(4),
    ]
}

/// Each set bit of a mask, lowest first; of an empty mask one row that says so.
pub(crate) fn flag_rows(mask: IceWarn) -> Vec<Vec<Cell>> {
    if mask.bits() == 0 {
        return vec![vec![
            Cell::Mask(mask),
            Cell::Empty,
            Cell::text("no warning"),
            Cell::Empty,
            Cell::text("No bit is set."),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Quiet(Box::new(Cell::List(Vec::new()))),
        ]];
    }
    mask.flags().map(flag_row).collect()
}

fn flag_row(flag: &'static IceWarnFlag) -> Vec<Cell> {
    vec![
        Cell::Mask(flag.mask),
        Cell::text(flag.key),
        Cell::text(flag.name),
        cells::expectation(flag.expectation),
        Cell::text(flag.meaning),
        Cell::text(flag.checks),
        cells::certainty_if_lower(flag.certainty),
        Cell::text(flag.transport),
        Cell::text(flag.scope),
        cells::source_keys(&flag.sources),
    ]
}

/// A mask as the sum of its bits, and how many of them good calls have too.
fn summary(mask: IceWarn) -> String {
    if mask.bits() == 0 {
        return "no warning".to_owned();
    }
    let bits: Vec<String> = mask.flags().map(|flag| flag.mask.to_string()).collect();
    let mut counts = Vec::new();
    for expectation in [
        Expectation::Unexpected,
        Expectation::MayBeExpected,
        Expectation::Expected,
        Expectation::Unknown,
    ] {
        let count = mask
            .flags()
            .filter(|flag| flag.expectation == expectation)
            .count();
        if count > 0 {
            counts.push(format!("{count} {}", expectation.name()));
        }
    }
    let flags = plural(u64::from(mask.bits().count_ones()), "flag", "flags");
    format!("{}; {flags}: {}", bits.join(" + "), counts.join(", "))
}
