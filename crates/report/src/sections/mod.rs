//! The tables of a report, one file each.

mod coverage;
mod failures;
mod flags;
mod media;
mod patterns;
mod quality;
mod responses;
mod server_records;
mod tallied;

pub(crate) use failures::counts_of_class;

use siptriage_facts::Facts;

use crate::document::{Document, Section};
use crate::headline;

/// What a report shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportOptions {
    /// Rows of each ranked table; all of them if absent. What is cut off is summed up in a last
    /// row, so that tables add up all the same.
    pub top: Option<usize>,
}

impl Default for ReportOptions {
    fn default() -> Self {
        ReportOptions { top: Some(10) }
    }
}

/// One part of a report: the tables it makes of facts.
type Part = fn(&Facts, &ReportOptions) -> Vec<Section>;

/// All parts, in the order of the report.
const PARTS: &[Part] = &[
    coverage::sections,
    failures::sections,
    patterns::sections,
    flags::sections,
    responses::sections,
    media::sections,
    server_records::sections,
    quality::sections,
];

/// The report of a scan. The same facts give the same document, to the byte.
pub fn report(facts: &Facts, options: &ReportOptions) -> Document {
    let partial = facts.coverage.interrupted;
    let title = if partial {
        "PARTIAL report of a scan that was interrupted"
    } else {
        "siptriage report"
    };
    Document {
        kind: "scan",
        title: title.to_owned(),
        partial,
        headline: headline::headline(facts),
        sections: PARTS.iter().flat_map(|part| part(facts, options)).collect(),
    }
}
