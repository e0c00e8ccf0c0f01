//! Which counts the nights before make likely.
//!
//! The rate of a finding is taken for gamma distributed: as far as the earlier nights leave it
//! open, and as far as it differs from night to night. Calls that come at such a rate are negative
//! binomial, and the tails of that are incomplete beta functions. Without a spread the tails are
//! those of the conditional exact test: of `K + x` calls in all, tonight's share is binomial.

use crate::beta::{MAX_PARAMETER, incomplete_beta};

/// How often a finding was met, and among how many calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    /// Calls with the finding in the nights before.
    pub found: f64,
    /// How many times as many calls there are lately, tonight or in a few nights up to it, as
    /// there were in all nights before.
    pub lately: f64,
    /// Calls of the finding that count as one; at least 1.
    pub clump: f64,
    /// Spread of the rate between nights.
    pub spread: f64,
    /// To how many nights of equal length those of lately and those before come.
    pub nights: (f64, f64),
}

/// A gamma distribution of expected calls.
#[derive(Debug, Clone, Copy)]
struct Gamma {
    mean: f64,
    shape: f64,
}

impl Before {
    /// Calls that there would be lately at the rate of the nights before.
    pub(crate) fn expected(&self) -> f64 {
        self.found * self.lately
    }

    /// P(at least `calls`), if the rate is the one of the nights before.
    pub(crate) fn at_least(&self, calls: u64) -> f64 {
        // One call more than was found: so the conditional exact test has it, and so findings
        // that were never met have a rate too.
        let gamma = self.gamma(self.found / self.clump + 1.0);
        let calls = calls as f64 / self.clump;
        if calls <= 0.0 {
            return 1.0;
        }
        let (mean, calls) = scaled(gamma.mean, calls);
        let sum = mean + gamma.shape;
        incomplete_beta(calls, gamma.shape, mean / sum, gamma.shape / sum)
    }

    /// P(at most `calls`), if the rate is the one of the nights before.
    pub(crate) fn at_most(&self, calls: u64) -> f64 {
        if self.found <= 0.0 {
            return 1.0;
        }
        let gamma = self.gamma(self.found / self.clump);
        let (mean, calls) = scaled(gamma.mean, calls as f64 / self.clump + 1.0);
        let sum = mean + gamma.shape;
        incomplete_beta(gamma.shape, calls, gamma.shape / sum, mean / sum)
    }

    /// The calls of a finding that nothing happened to: at most one night in 40 has fewer, and at
    /// most one in 40 more. `most` bounds the answer.
    pub(crate) fn usual(&self, most: u64) -> (u64, u64) {
        const TAIL: f64 = 0.025;
        let low = first(0, most, |calls| self.at_most(calls) > TAIL);
        let beyond = first(low, most, |calls| self.at_least(calls) <= TAIL);
        let high = match self.at_least(beyond) <= TAIL {
            true => beyond.saturating_sub(1).max(low),
            false => most,
        };
        (low, high)
    }

    fn gamma(&self, found: f64) -> Gamma {
        // Both the mean of the nights before and the rate of lately vary.
        let (lately, before) = self.nights;
        let of_nights = 1.0 + self.spread * (1.0 / lately + 1.0 / before);
        Gamma {
            mean: found * self.lately,
            shape: 1.0 / ((1.0 + 1.0 / found) * of_nights - 1.0),
        }
    }
}

/// Mean and calls, brought into what [`incomplete_beta`] takes. So great a mean has no chance of
/// its own left, and what remains, the spread of the rate, does not change with the scale.
fn scaled(mean: f64, calls: f64) -> (f64, f64) {
    let scale = (MAX_PARAMETER / mean.max(calls)).min(1.0);
    (mean * scale, calls * scale)
}

/// The first number of a range for which something holds that goes on to hold; the last one, if it
/// holds for none.
fn first(low: u64, high: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (low, high);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sum of the binomial probabilities of `from` and more of `trials`.
    fn binomial_tail(from: u32, trials: u32, share: f64) -> f64 {
        let mut choose = 1.0;
        let mut sum = 0.0;
        for k in 0..=trials {
            let (hits, misses) = (f64::from(k), f64::from(trials - k));
            if k >= from {
                sum += choose * share.powf(hits) * (1.0 - share).powf(misses);
            }
            choose *= misses / (hits + 1.0);
        }
        sum
    }

    #[test]
    fn without_a_spread_it_is_the_conditional_exact_test() {
        for (found, calls) in [(0_u32, 3_u32), (1, 1), (5, 9), (40, 2), (12, 0)] {
            let before = Before {
                found: found.into(),
                lately: 0.25,
                clump: 1.0,
                spread: 0.0,
                nights: (1.0, 4.0),
            };
            // A quarter as many calls tonight as before: a fifth of all.
            let all = found + calls;
            let least = binomial_tail(calls, all, 0.2);
            let most = 1.0 - binomial_tail(calls + 1, all, 0.2);
            let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
            assert!(
                near(before.at_least(calls.into()), least),
                "{found} {calls}"
            );
            assert!(near(before.at_most(calls.into()), most), "{found} {calls}");
        }
    }

    #[test]
    fn a_spread_makes_every_tail_longer() {
        let with = |spread| Before {
            found: 100.0,
            lately: 0.1,
            clump: 1.0,
            spread,
            nights: (1.0, 10.0),
        };
        let tails = [0.0, 0.01, 0.1, 1.0].map(|spread| {
            let before = with(spread);
            (before.at_least(25), before.at_most(2), before.usual(1000))
        });
        for pair in tails.windows(2) {
            assert!(pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1, "{tails:?}");
            let ((low, high), (lower, higher)) = (pair[0].2, pair[1].2);
            assert!(lower <= low && high < higher, "{tails:?}");
        }
        let (low, high) = tails[0].2;
        assert!(
            (3..=5).contains(&low) && (16..=20).contains(&high),
            "{low} {high}"
        );
    }

    #[test]
    fn so_great_counts_that_they_are_scaled_go_on_where_the_others_end() {
        let with = |found: f64| Before {
            found,
            lately: 0.05,
            clump: 1.0,
            spread: 0.02,
            nights: (1.0, 20.0),
        };
        let tail = |found: u64| with(found as f64).at_least(found / 20 * 3 / 2);
        let (small, great) = (tail(100_000_000), tail(100_000_000_000_000));
        assert!((small / great - 1.0).abs() < 1e-3, "{small:e} {great:e}");
    }
}
