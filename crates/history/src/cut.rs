//! Nights cut in two, those of lately and those before, with a test of every finding.

use crate::expectation::Before;
use crate::spread::{self, Nights, Spread};
use crate::{Count, Key, Night};

/// A night with its findings by the numbers of their keys.
#[derive(Debug)]
pub(crate) struct Counted {
    calls: u64,
    counts: Vec<(usize, Count)>,
}

impl Counted {
    /// `keys` are sorted; findings that are not among them are left out.
    pub(crate) fn new(night: &Night, keys: &[&Key]) -> Counted {
        let mut at = 0;
        let counts = found(night).filter_map(|(key, count)| {
            // Both are sorted.
            while keys.get(at).is_some_and(|known| *known < key) {
                at += 1;
            }
            (keys.get(at) == Some(&key)).then_some((at, count))
        });
        Counted {
            counts: counts.collect(),
            calls: night.calls,
        }
    }
}

/// The findings of a night that calls have.
pub(crate) fn found(night: &Night) -> impl Iterator<Item = (&Key, Count)> {
    let findings = night.findings.iter().map(|(key, count)| (key, *count));
    findings.filter(|(_, count)| count.calls > 0)
}

/// A finding in the latest nights and in those before.
#[derive(Debug)]
pub(crate) struct Tested {
    pub lately: Count,
    pub before: Count,
    /// Nights before that have it.
    pub nights_seen: usize,
    pub model: Before,
    /// How probable a count so far from the expected one is. Not corrected.
    pub p: f64,
}

/// One way to cut the nights in two.
#[derive(Debug)]
pub(crate) struct Cut {
    /// How many nights are looked at together, tonight being the last.
    pub run: usize,
    /// Calls of these.
    pub calls: u64,
    /// How many nights they are compared with.
    pub nights_before: usize,
    /// Calls of these.
    pub calls_before: u64,
    /// By the numbers of their keys.
    pub findings: Vec<Tested>,
    before: Nights,
}

/// A finding while its nights are added up.
#[derive(Debug, Clone, Default)]
struct Row {
    lately: Count,
    before: Count,
    /// Share of the night in all calls of the nights before, and calls with the finding.
    nights: Vec<(f64, u64)>,
}

impl Row {
    /// Calls that count as one, since they are tries of the same users: 1 if each user has one.
    fn clump(&self) -> f64 {
        let calls = self.before.calls.saturating_add(self.lately.calls);
        let users = self.before.users.saturating_add(self.lately.users);
        let of_one = calls as f64 / users.max(1) as f64;
        (2.0 * of_one - 1.0).max(1.0)
    }
}

impl Cut {
    /// Tests every finding in the last `run` of the nights against the others of them. There are
    /// calls on both sides. `others` are nights of other kinds of days, `keys` is how many
    /// findings there are.
    pub(crate) fn new(
        nights: &[Counted],
        run: usize,
        others: &[Vec<Counted>],
        (keys, wary): (usize, bool),
    ) -> Cut {
        let (before, lately) = nights.split_at(nights.len().saturating_sub(run));
        let (of_before, of_lately) = (together(before), together(lately));
        let mut rows = vec![Row::default(); keys];
        for (at, count) in lately.iter().flat_map(|night| &night.counts) {
            add(&mut rows[*at].lately, *count);
        }
        for night in before {
            let share = night.calls as f64 / of_before.calls;
            for (at, count) in &night.counts {
                let row = &mut rows[*at];
                add(&mut row.before, *count);
                row.nights.push((share, count.calls));
            }
        }
        let mut spreads = vec![Spread::default(); keys];
        let clumps: Vec<f64> = rows.iter().map(Row::clump).collect();
        for (at, row) in rows.iter().enumerate() {
            spreads[at].add(&row.nights, clumps[at], of_before);
        }
        for nights in others {
            let of_others = together(nights);
            let mut seen: Vec<Vec<(f64, u64)>> = vec![Vec::new(); keys];
            for night in nights {
                let share = night.calls as f64 / of_others.calls;
                for (at, count) in &night.counts {
                    seen[*at].push((share, count.calls));
                }
            }
            for (at, seen) in seen.iter().enumerate() {
                spreads[at].add(seen, clumps[at], of_others);
            }
        }
        let of_all = spread::of_all(&spreads);
        let tested = rows.into_iter().zip(spreads).map(|(row, spread)| {
            let model = Before {
                found: row.nights.iter().map(|(_, calls)| *calls as f64).sum(),
                lately: of_lately.calls / of_before.calls,
                clump: row.clump(),
                spread: spread::of_one(&spread, of_all, wary),
                nights: (of_lately.effective(), of_before.effective()),
            };
            // Only the tail on whose side the count is can be small.
            let p = match row.lately.calls {
                calls if calls as f64 > model.expected() => model.at_least(calls),
                calls => model.at_most(calls),
            };
            Tested {
                lately: row.lately,
                before: row.before,
                nights_seen: row.nights.len(),
                model,
                p,
            }
        });
        let calls = |nights: &[Counted]| {
            (nights.iter()).fold(0_u64, |sum, night| sum.saturating_add(night.calls))
        };
        Cut {
            run: lately.len(),
            calls: calls(lately),
            nights_before: before.len(),
            calls_before: calls(before),
            findings: tested.collect(),
            before: of_before,
        }
    }

    /// What the nights before make likely for one night alone.
    pub(crate) fn alone(&self, tested: &Tested, night: &Night) -> Before {
        Before {
            lately: night.calls as f64 / self.before.calls,
            nights: (1.0, self.before.effective()),
            ..tested.model
        }
    }
}

fn together(nights: &[Counted]) -> Nights {
    Nights::of(nights.iter().map(|night| night.calls as f64))
}

fn add(to: &mut Count, count: Count) {
    to.calls = to.calls.saturating_add(count.calls);
    to.users = to.users.saturating_add(count.users);
}
