//! Nights in numbers: out of a store, or of traces that were just read.

use std::collections::{BTreeMap, BTreeSet};

use siptriage_history::{Count, Key, Night};
use siptriage_judge::{Judge, Kind, Verdict};
use siptriage_report::NightDay;
use siptriage_store::{DayRow, FindingRow, Store, StoreError};

/// What is known of nights.
#[derive(Debug, Default)]
pub(crate) struct Nights {
    /// First day first. Calls without a time are in none.
    pub(crate) nights: Vec<Night>,
    pub(crate) days: Vec<NightDay>,
    pub(crate) causes: BTreeMap<Key, String>,
    /// Calls that have no time, so that they are of no day.
    pub(crate) timeless: u64,
    /// All calls that have a day as one night of the last of their days, and how many users its
    /// failed calls have. Nothing where the days come from a store's sums, which do not tell who
    /// called on several days.
    together: (Night, u64),
}

/// Whether more of a finding is worse: what nights are compared by.
fn is_compared(verdict: &str) -> bool {
    verdict == Verdict::Failed.name() || verdict == Verdict::Degraded.name()
}

impl Nights {
    /// All days of a store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn of_store(store: &Store) -> Result<Nights, StoreError> {
        Ok(Nights::of_rows(&store.days()?, &store.findings()?))
    }

    /// The calls that a run added, as one night; none where there is no such run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn of_run(store: &Store, run: i64) -> Result<Option<Nights>, StoreError> {
        let found = store.of_run(run)?;
        Ok(found.map(|(day, findings)| Nights::of_rows(&[day], &findings)))
    }

    fn of_rows(days: &[DayRow], findings: &[FindingRow]) -> Nights {
        let mut all = Nights::default();
        let mut nights: BTreeMap<i64, Night> = BTreeMap::new();
        for row in days {
            let Some(day) = row.day else {
                all.timeless += row.calls;
                continue;
            };
            all.days.push(NightDay {
                day,
                calls: row.calls,
                failed: row.failed,
                users: row.users,
                users_hit: row.users_hit,
            });
            nights.insert(
                day,
                Night {
                    day,
                    calls: row.calls,
                    failed: row.failed,
                    users: row.users,
                    findings: BTreeMap::new(),
                },
            );
        }
        for row in findings.iter().filter(|row| is_compared(&row.verdict)) {
            let key = Key::new(&row.verdict, &row.rule);
            all.causes.insert(key.clone(), row.cause.clone());
            if let Some(night) = row.day.and_then(|day| nights.get_mut(&day)) {
                let count = Count {
                    calls: row.calls,
                    // Somebody called, known or not.
                    users: row.users.max(1),
                };
                night.findings.insert(key, count);
            }
        }
        all.nights = nights.into_values().collect();
        all
    }

    /// The days of the calls that `judge` knows.
    pub(crate) fn of_calls(judge: &Judge<'_>) -> Nights {
        let mut all = Nights::default();
        let mut days: BTreeMap<i64, Day<'_>> = BTreeMap::new();
        let mut whole = Day::default();
        for case in judge.cases().filter(|case| case.kind == Kind::Call) {
            let Some(stamp) = case.start.or(case.end) else {
                all.timeless += 1;
                continue;
            };
            let of_day = days.entry(stamp.day()).or_default();
            let caller = case.caller.address;
            let verdict = case.decision.verdict;
            let rule = case.decision.rule;
            let key = Key::new(verdict.name(), rule.map_or("", |rule| &rule.id));
            for day in [of_day, &mut whole] {
                day.calls.take(caller);
                if verdict == Verdict::Failed {
                    day.failed.take(caller);
                }
                if is_compared(verdict.name()) {
                    day.findings.entry(key.clone()).or_default().take(caller);
                }
            }
            if is_compared(verdict.name()) {
                let cause = || rule.map_or(String::new(), |rule| rule.cause.clone());
                all.causes.entry(key).or_insert_with(cause);
            }
        }
        if let Some(last) = days.keys().next_back() {
            all.together = (whole.night(*last), whole.failed.users.len() as u64);
        }
        for (day, of_day) in days {
            all.days.push(NightDay {
                day,
                calls: of_day.calls.calls,
                failed: of_day.failed.calls,
                users: of_day.calls.users.len() as u64,
                users_hit: of_day.failed.users.len() as u64,
            });
            all.nights.push(of_day.night(day));
        }
        all
    }

    /// All calls that have a day as one night of the last of their days, and how many users its
    /// failed calls have. Who called on several days counts once.
    pub(crate) fn together(&self) -> (Night, u64) {
        self.together.clone()
    }
}

/// Calls and their users.
#[derive(Debug, Default)]
struct Tally<'c> {
    calls: u64,
    users: BTreeSet<&'c str>,
}

impl<'c> Tally<'c> {
    fn take(&mut self, user: Option<&'c str>) {
        self.calls += 1;
        self.users.extend(user);
    }

    fn count(&self) -> Count {
        Count {
            calls: self.calls,
            users: (self.users.len() as u64).max(1),
        }
    }
}

#[derive(Debug, Default)]
struct Day<'c> {
    calls: Tally<'c>,
    failed: Tally<'c>,
    findings: BTreeMap<Key, Tally<'c>>,
}

impl Day<'_> {
    fn night(&self, day: i64) -> Night {
        let findings = self.findings.iter();
        Night {
            day,
            calls: self.calls.calls,
            failed: self.failed.calls,
            users: self.calls.users.len() as u64,
            findings: findings
                .map(|(key, tally)| (key.clone(), tally.count()))
                .collect(),
        }
    }
}
