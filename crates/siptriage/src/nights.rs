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
        for case in judge.cases().filter(|case| case.kind == Kind::Call) {
            let Some(stamp) = case.start.or(case.end) else {
                all.timeless += 1;
                continue;
            };
            let day = days
                .entry(stamp.micros.div_euclid(86_400_000_000))
                .or_default();
            let verdict = case.decision.verdict.name();
            let failed = case.decision.verdict == Verdict::Failed;
            day.calls.take(case.caller.address);
            if failed {
                day.failed.take(case.caller.address);
            }
            if is_compared(verdict) {
                let rule = case.decision.rule;
                let key = Key::new(verdict, rule.map_or("", |rule| &rule.id));
                let finding = day.findings.entry(key.clone()).or_default();
                finding.take(case.caller.address);
                let cause = || rule.map_or(String::new(), |rule| rule.cause.clone());
                all.causes.entry(key).or_insert_with(cause);
            }
        }
        for (day, of_day) in days {
            all.days.push(NightDay {
                day,
                calls: of_day.calls.calls,
                failed: of_day.failed.calls,
                users: of_day.calls.users.len() as u64,
                users_hit: of_day.failed.users.len() as u64,
            });
            let findings = of_day.findings.into_iter();
            all.nights.push(Night {
                day,
                calls: of_day.calls.calls,
                failed: of_day.failed.calls,
                users: of_day.calls.users.len() as u64,
                findings: findings.map(|(key, tally)| (key, tally.count())).collect(),
            });
        }
        all
    }

    /// All of it as one night of the last of its days.
    pub(crate) fn together(&self) -> Night {
        let mut night = Night::default();
        for one in &self.nights {
            night.day = one.day;
            night.calls += one.calls;
            night.failed += one.failed;
            night.users += one.users;
            for (key, count) in &one.findings {
                let sum = night.findings.entry(key.clone()).or_default();
                sum.calls += count.calls;
                sum.users += count.users;
            }
        }
        night
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
