//! How far two clocks are apart, by what both saw.

use std::collections::BinaryHeap;

use siptriage_facts::{DialogId, Micros, Times};

/// Samples that are kept for two clocks.
const MAX_SAMPLES: usize = 64;
/// Milestones of one call, seen by two clocks, that disagree by more are not the same messages:
/// no network takes so long. In microseconds.
const MAX_SPREAD: i64 = 5_000_000;
/// What two clocks saw of the same calls.
#[derive(Debug, Default)]
pub(crate) struct Pair {
    /// How many calls.
    pub(crate) calls: u64,
    /// How far the second is ahead of the first, by the dialogs with the smallest numbers: which
    /// are kept depends on no order.
    samples: BinaryHeap<(DialogId, i64)>,
}

impl Pair {
    /// Adds what one dialog tells.
    pub(crate) fn offer(&mut self, dialog: DialogId, difference: i64) {
        self.calls = self.calls.saturating_add(1);
        self.samples.push((dialog, difference));
        if self.samples.len() > MAX_SAMPLES {
            self.samples.pop();
        }
    }

    /// How far the second is ahead of the first.
    pub(crate) fn median(&self) -> i64 {
        let mut samples: Vec<i64> = self.samples.iter().map(|(_, sample)| *sample).collect();
        median(&mut samples).unwrap_or(0)
    }
}

/// The value in the middle; of two, the middle between them.
fn median(values: &mut [i64]) -> Option<i64> {
    values.sort_unstable();
    let last = values.len().checked_sub(1)?;
    Some(middle(values[last / 2], values[values.len() / 2]))
}

fn middle(one: i64, other: i64) -> i64 {
    ((i128::from(one) + i128::from(other)) / 2) as i64
}

/// How far the second is ahead of the first, by the milestones that both saw.
pub(crate) fn difference(first: &Times, second: &Times) -> Option<i64> {
    let of =
        |one: Option<Micros>, other: Option<Micros>| Some(other?.get().saturating_sub(one?.get()));
    let invite = of(first.invite, second.invite);
    let ring = of(first.ring, second.ring);
    let answer = of(first.answer, second.answer);
    let redirect = of(first.redirect, second.redirect);
    let fail = of(first.fail, second.fail);
    let bye = of(first.bye, second.bye);
    let mut all: Vec<i64> = [invite, ring, answer, redirect, fail, bye]
        .into_iter()
        .flatten()
        .collect();
    let (least, most) = (all.iter().min()?, all.iter().max()?);
    if most.saturating_sub(*least) > MAX_SPREAD {
        // One of the writers did not see the first message of a kind, but a later one.
        return median(&mut all);
    }
    match (invite, answer.or(ring).or(redirect).or(fail)) {
        (Some(there), Some(back)) => Some(middle(there, back)),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => bye,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_the_middle() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3, 1, 2]), Some(2));
        assert_eq!(median(&mut [4, 1, 2, 3]), Some(2));
        assert_eq!(median(&mut [i64::MAX, i64::MAX]), Some(i64::MAX));
    }

    #[test]
    fn delays_of_the_network_cancel_out() {
        let at = |micros| Some(Micros::new(micros));
        let caller = Times {
            invite: at(1_000_000),
            answer: at(5_000_000),
            ..Times::default()
        };
        // One second ahead, and each message takes 30 ms.
        let callee = Times {
            invite: at(2_030_000),
            answer: at(5_970_000),
            ..Times::default()
        };
        assert_eq!(difference(&caller, &callee), Some(1_000_000));
        assert_eq!(difference(&callee, &caller), Some(-1_000_000));
        // Whose log began later and saw the answer to a re-INVITE only.
        let late = Times {
            invite: at(2_030_000),
            answer: at(90_000_000),
            bye: at(101_000_000),
            ..Times::default()
        };
        let caller = Times {
            bye: at(100_000_000),
            ..caller
        };
        assert_eq!(difference(&caller, &late), Some(1_030_000));
        assert_eq!(difference(&Times::default(), &late), None);
        // As far apart as a network can make them, and farther.
        for (answer, want) in [(8_000_000, 2_500_000), (8_000_001, 0)] {
            let slow = Times {
                invite: at(1_000_000),
                ring: at(2_000_000),
                answer: at(answer),
                ..Times::default()
            };
            let caller = Times {
                ring: at(2_000_000),
                answer: at(3_000_000),
                ..caller
            };
            assert_eq!(
                difference(&caller, &Times { bye: None, ..slow }),
                Some(want)
            );
        }
    }

    #[test]
    fn few_samples_are_kept_and_all_calls_counted() {
        let mut pair = Pair::default();
        for n in 0..1000 {
            pair.offer(DialogId::of(&n.to_string()), n);
        }
        assert_eq!((pair.calls, pair.samples.len()), (1000, MAX_SAMPLES));
        let mut other = Pair::default();
        for n in (0..1000).rev() {
            other.offer(DialogId::of(&n.to_string()), n);
        }
        assert_eq!(pair.median(), other.median());
    }
}
