//! The tables of a report, one file each.

mod by;
mod clocks;
mod concentration;
mod coverage;
mod failures;
mod filter;
mod findings;
mod flags;
mod gathered;
mod media;
mod outcomes;
mod patterns;
mod quality;
mod responses;
mod server_records;
mod tallied;
mod telling;
mod texts;

pub(crate) use concentration::concentrations;
pub(crate) use failures::counts_of_class;
pub(crate) use filter::filter;
pub(crate) use findings::{cause, rule_words};
pub use gathered::{Gathered, Gathering};

use siptriage_facts::Facts;
use siptriage_judge::{Dimension, Groupings, Judge};

use self::tallied::Unions;
use crate::document::{Document, Section};
use crate::headline;

/// What a report shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportOptions {
    /// Rows of each ranked table; all of them if absent. What is cut off is summed up in a last
    /// row, so that tables add up all the same.
    pub top: Option<usize>,
    /// Dimensions by which calls are counted, a table each; one that is repeated counts once.
    pub by: Vec<Dimension>,
    /// The filter by which facts were chosen, in words. May hold text of any origin.
    pub filter: Option<String>,
    /// What sites and subnets are.
    pub groupings: Groupings,
}

impl Default for ReportOptions {
    fn default() -> Self {
        ReportOptions {
            top: Some(10),
            by: Vec::new(),
            filter: None,
            groupings: Groupings::default(),
        }
    }
}

/// Everything that a report is made of.
#[derive(Debug)]
pub(crate) struct Found<'r> {
    pub(crate) facts: &'r Facts,
    pub(crate) judge: &'r Judge<'r>,
    pub(crate) options: &'r ReportOptions,
    pub(crate) gathered: &'r Gathered<'r>,
    /// What tallies have together.
    pub(crate) unions: Unions<'r>,
}

impl<'r> Found<'r> {
    /// What tables of tallies need.
    fn counts(&self) -> (&'r Facts, &'r ReportOptions, &Unions<'r>) {
        (self.facts, self.options, &self.unions)
    }
}

/// One part of a report: the tables it makes of what was found.
type Part = fn(&Found<'_>) -> Vec<Section>;

/// All parts, in the order of the report.
const PARTS: &[Part] = &[
    |found| filter(found.options.filter.as_deref()),
    findings::sections,
    outcomes::sections,
    by::sections,
    outcomes::rest,
    clocks::sections,
    coverage::sections,
    failures::sections,
    patterns::sections,
    flags::sections,
    responses::sections,
    media::sections,
    server_records::sections,
    quality::sections,
];

/// The parts of the report of a night: those that follow from calls alone, which is what a store
/// keeps, and what was read.
const PARTS_OF_NIGHT: &[Part] = &[
    findings::sections,
    outcomes::sections,
    by::sections,
    outcomes::rest,
    coverage::sections,
];

/// The report of the calls of a night, without a headline.
pub(crate) fn report_of_night(
    facts: &Facts,
    judge: &Judge<'_>,
    gathered: &Gathered<'_>,
    options: &ReportOptions,
) -> Document {
    let found = found(facts, judge, gathered, options);
    Document {
        kind: "nightly",
        title: String::new(),
        partial: facts.coverage.interrupted,
        headline: Vec::new(),
        sections: PARTS_OF_NIGHT
            .iter()
            .flat_map(|part| part(&found))
            .collect(),
    }
}

fn found<'r>(
    facts: &'r Facts,
    judge: &'r Judge<'r>,
    gathered: &'r Gathered<'r>,
    options: &'r ReportOptions,
) -> Found<'r> {
    Found {
        facts,
        judge,
        options,
        unions: Unions::new(&gathered.ids),
        gathered,
    }
}

/// The report of a scan: `judge` is that of the same facts, and `gathered` what its cases add up
/// to, by the same groupings and all dimensions that `options` ask for. The same facts give the
/// same document, to the byte.
pub fn report(
    facts: &Facts,
    judge: &Judge<'_>,
    gathered: &Gathered<'_>,
    options: &ReportOptions,
) -> Document {
    let partial = facts.coverage.interrupted;
    let title = if partial {
        "PARTIAL report of a scan that was interrupted"
    } else {
        "siptriage report"
    };
    let found = found(facts, judge, gathered, options);
    Document {
        kind: "scan",
        title: title.to_owned(),
        partial,
        headline: headline::headline(&found),
        sections: PARTS.iter().flat_map(|part| part(&found)).collect(),
    }
}
