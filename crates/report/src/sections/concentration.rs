//! What the calls of a finding have in common and others have not.

use std::cmp::Reverse;

use siptriage_judge::Dimension;

use super::gathered::{Finding, Gathered, TELLING};
use crate::document::{Cell, per_cent};

/// Fewer calls have something in common by chance.
const LEAST_CALLS: u64 = 3;
/// Of a hundred calls of a finding, so many must share a value.
const LEAST_PER_CENT: u128 = 60;

/// A value that most calls of a finding share, and others less often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Concentration<'g> {
    pub(crate) dimension: Dimension,
    /// Text of the trace, for most dimensions.
    pub(crate) value: &'g str,
    /// Calls of the finding with this value, and all of the finding.
    pub(crate) calls: (u64, u64),
    /// Other calls with this value, and those that have any value of this dimension.
    pub(crate) others: (u64, u64),
}

/// Where a finding concentrates, the clearest first; of each dimension one value at most.
///
/// A value is told if at least [`LEAST_CALLS`] calls and [`LEAST_PER_CENT`] per cent of the
/// finding have it, and if its share of the finding is at least one and a half times that of all
/// other calls of which as much is known. What all calls have in common explains nothing, and
/// without other calls there is nothing to compare with.
pub(crate) fn concentrations<'g>(
    finding: &'g Finding<'_>,
    gathered: &'g Gathered<'_>,
) -> Vec<Concentration<'g>> {
    let of = finding.calls.count;
    if !finding.is_problem() || gathered.calls.count == of {
        return Vec::new();
    }
    let counts = TELLING
        .into_iter()
        .zip(&finding.values.0)
        .zip(&gathered.values.0);
    let telling = counts.filter_map(|((dimension, own), all)| {
        let values = own.counts.iter().map(|(value, calls)| {
            let in_all = all.counts.get(value).copied().unwrap_or(*calls);
            Concentration {
                dimension,
                value,
                calls: (*calls, of),
                others: (in_all - *calls, all.stated - own.stated),
            }
        });
        let telling = values.filter(is_telling);
        telling.max_by_key(|found| (found.lead(), found.calls, Reverse(found.value)))
    });
    let mut telling: Vec<Concentration<'g>> = telling.collect();
    // Stable: of equals the more telling dimension comes first.
    telling.sort_by_key(|found| Reverse(found.lead()));
    telling
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
        match self.dimension {
            Dimension::User => ("are calls of ", ""),
            Dimension::Subnet => ("have an end in ", ""),
            Dimension::Site => ("have an end at the site ", ""),
            Dimension::UserAgent => ("have the user agent ", " at an end"),
            Dimension::Relay => ("have the relay ", ""),
            Dimension::LocationPair => ("have the locations ", ""),
            Dimension::File => ("stand in ", ""),
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
        let shared = match self.dimension {
            // Made of parsed addresses and of our own words.
            Dimension::Subnet | Dimension::LocationPair => {
                format!("{before}{}{behind}", self.value)
            }
            Dimension::User => "are calls of one user".to_owned(),
            Dimension::Site => "have an end at one site".to_owned(),
            Dimension::UserAgent => "share one user agent".to_owned(),
            Dimension::Relay => "share one relay".to_owned(),
            _ => "stand in one file".to_owned(),
        };
        self.with_shares(&shared)
    }

    fn with_shares(&self, shared: &str) -> String {
        let ((calls, of), (others, of_others)) = (self.calls, self.others);
        let others = match of_others {
            0 => "not known".to_owned(),
            _ => per_cent(others, of_others),
        };
        format!(
            "{} of these calls {shared} (others: {others})",
            per_cent(calls, of)
        )
    }

    /// For programs.
    pub(crate) fn cell(&self) -> Cell {
        let ((calls, of), (others, of_others)) = (self.calls, self.others);
        let part = |part, whole| Cell::Share { part, whole };
        Cell::Object {
            shown: Box::new(Cell::Foreign(self.sentence())),
            fields: vec![
                ("dimension", Cell::text(self.dimension.name())),
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
