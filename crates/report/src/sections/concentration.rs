//! What the calls of a finding have in common and others have not.

use std::cmp::Reverse;

use siptriage_judge::Dimension;

use super::gathered::{Finding, Gathered};
use super::telling::Telling;
use crate::document::{Cell, per_cent};

/// Fewer calls have something in common by chance.
const LEAST_CALLS: u64 = 3;
/// Of a hundred calls of a finding, so many must share a value.
const LEAST_PER_CENT: u128 = 60;

/// A value that most calls of a finding share, and others less often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Concentration<'g> {
    pub(crate) telling: Telling,
    /// Text of the trace, for most dimensions.
    pub(crate) value: &'g str,
    /// Calls of the finding with this value, and all of the finding.
    pub(crate) calls: (u64, u64),
    /// Other calls with this value, and those that have any value of this dimension.
    pub(crate) others: (u64, u64),
    /// Whether there are other calls at all.
    pub(crate) compared: bool,
}

/// Where a finding concentrates, the clearest first; of each dimension one value at most.
///
/// A value is told if at least [`LEAST_CALLS`] calls and [`LEAST_PER_CENT`] per cent of the
/// finding have it, and if its share of the finding is at least one and a half times that of all
/// other calls of which as much is known: what all calls have in common explains nothing. Without
/// other calls, as a filter may leave it, the share alone is told, but not of a file: that is what
/// was read.
pub(crate) fn concentrations<'g>(
    finding: &'g Finding<'_>,
    gathered: &'g Gathered<'_>,
) -> Vec<Concentration<'g>> {
    let of = finding.calls.count;
    if !finding.is_problem() {
        return Vec::new();
    }
    let compared = gathered.calls.count > of;
    let counts = Telling::ALL
        .into_iter()
        .zip(&finding.values.0)
        .zip(&gathered.values.0);
    let found = counts.filter_map(|((telling, own), all)| {
        let values = own.counts.iter().map(|(value, calls)| {
            let in_all = all.counts.get(value).copied().unwrap_or(*calls);
            Concentration {
                telling,
                value: gathered.texts.get(*value),
                calls: (*calls, of),
                others: (in_all - *calls, all.stated - own.stated),
                compared,
            }
        });
        let is_told = compared || telling != Telling::Of(Dimension::File);
        let told = values.filter(|found| is_told && is_telling(found));
        told.max_by_key(|found| (found.lead(), found.calls, Reverse(found.value)))
    });
    let mut found: Vec<Concentration<'g>> = found.collect();
    // Stable: of equals the more telling one comes first.
    found.sort_by_key(|found| Reverse(found.lead()));
    found
}

fn is_telling(found: &Concentration<'_>) -> bool {
    let [calls, of, others, of_others] = found.numbers();
    found.calls.0 >= LEAST_CALLS
        && calls * 100 >= of * LEAST_PER_CENT
        && (of_others == 0 || calls * of_others * 2 >= others * of * 3)
}

impl Concentration<'_> {
    fn numbers(&self) -> [u128; 4] {
        let ((calls, of), (others, of_others)) = (self.calls, self.others);
        [calls, of, others, of_others].map(u128::from)
    }

    /// By how much its share of the finding is larger than that of others, in millionths.
    fn lead(&self) -> i128 {
        let [calls, of, others, of_others] = self.numbers();
        let share = |part: u128, whole: u128| (part * 1_000_000 / whole.max(1)) as i128;
        share(calls, of) - share(others, of_others)
    }

    /// What the calls do, and the value behind it.
    fn words(&self) -> (&'static str, &'static str) {
        match self.telling {
            Telling::Of(Dimension::User) => ("are calls of ", ""),
            Telling::Callee => ("are calls to ", ""),
            Telling::Of(Dimension::Subnet) => ("have an end in ", ""),
            Telling::Of(Dimension::Site) => ("have an end at the site ", ""),
            Telling::Of(Dimension::UserAgent) => ("have the user agent ", " at an end"),
            Telling::Of(Dimension::Relay) => ("have the relay ", ""),
            Telling::Of(Dimension::LocationPair) => ("have the locations ", ""),
            Telling::Of(Dimension::File) => ("stand in ", ""),
            _ => ("have ", ""),
        }
    }

    /// A sentence with the value in it, which is text of the trace.
    pub(crate) fn sentence(&self) -> String {
        let (before, behind) = self.words();
        self.with_shares(&format!("{before}{}{behind}", self.value))
    }

    /// The same in our own words only, for a headline: values are named where they are ours.
    pub(crate) fn in_own_words(&self) -> String {
        let (before, behind) = self.words();
        let shared = match self.telling {
            // Made of parsed addresses and of our own words.
            Telling::Of(Dimension::Subnet | Dimension::LocationPair) => {
                format!("{before}{}{behind}", self.value)
            }
            Telling::Of(Dimension::User) => "are calls of one user".to_owned(),
            Telling::Callee => "are calls to one user".to_owned(),
            Telling::Of(Dimension::Site) => "have an end at one site".to_owned(),
            Telling::Of(Dimension::UserAgent) => "share one user agent".to_owned(),
            Telling::Of(Dimension::Relay) => "share one relay".to_owned(),
            _ => "stand in one file".to_owned(),
        };
        self.with_shares(&shared)
    }

    fn with_shares(&self, shared: &str) -> String {
        let ((calls, of), (others, of_others)) = (self.calls, self.others);
        let others = match of_others {
            _ if !self.compared => String::new(),
            0 => " (others: not known)".to_owned(),
            _ => format!(" (others: {})", per_cent(others, of_others)),
        };
        format!("{} of these calls {shared}{others}", per_cent(calls, of))
    }

    /// For programs.
    pub(crate) fn cell(&self) -> Cell {
        let ((calls, of), (others, of_others)) = (self.calls, self.others);
        let part = |part, whole| Cell::Share { part, whole };
        Cell::Object {
            shown: Box::new(Cell::Foreign(self.sentence())),
            fields: vec![
                ("dimension", Cell::text(self.telling.name())),
                ("value", Cell::foreign(self.value)),
                ("calls", Cell::Count(calls)),
                ("share", part(calls, of)),
                (
                    "share_of_others",
                    match of_others {
                        0 => Cell::Empty,
                        _ => part(others, of_others),
                    },
                ),
            ],
        }
    }
}
