//! The order of messages that were logged by several clocks, or by none.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// What the order of a message is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sight {
    /// The message.
    pub(super) message: usize,
    /// The line of time on which it was seen: one for all clocks whose differences are known,
    /// one for each other clock and for each file without stamps.
    pub(super) timeline: usize,
    /// When, on that line; none without a stamp.
    pub(super) at: Option<i64>,
    /// The order of the input.
    pub(super) place: usize,
}

/// Where a message belongs by what it is, for want of a clock: smaller is earlier.
pub(super) type Rank = (u8, u32, u16);

/// All messages, each once, in the order in which they happened as far as can be told.
///
/// The line of time that saw most messages gives the order. Messages of other lines keep the order
/// of their own line, stand between those that both lines saw, and among strangers go by `rank`.
pub(super) fn merged(sights: &[Sight], rank: impl Fn(usize) -> Rank) -> Vec<usize> {
    let mut lines: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut sorted: Vec<&Sight> = sights.iter().collect();
    // Total, so that the order of the sights given does not matter.
    sorted.sort_by_key(|sight| {
        let at = sight.at.map_or((1, 0), |at| (0, at));
        (sight.timeline, at, sight.place)
    });
    let mut seen = HashSet::new();
    for sight in sorted {
        if !seen.insert((sight.timeline, sight.message)) {
            continue;
        }
        match lines.last_mut() {
            Some((line, messages)) if *line == sight.timeline => messages.push(sight.message),
            _ => lines.push((sight.timeline, vec![sight.message])),
        }
    }
    // A stable sort: of lines that saw equally many, the first one gives the order.
    lines.sort_by_key(|(_, messages)| usize::MAX - messages.len());
    let mut order = Vec::new();
    for (_, messages) in lines {
        order = two(&order, &messages, &rank);
    }
    order
}

/// `other` sorted into `order`.
fn two(order: &[usize], other: &[usize], rank: &impl Fn(usize) -> Rank) -> Vec<usize> {
    let places: HashMap<usize, usize> = order.iter().copied().zip(0..).collect();
    let mut merged = Vec::with_capacity(order.len() + other.len());
    let mut next = 0;
    let mut strangers: Vec<usize> = Vec::new();
    for message in other {
        match places.get(message) {
            None => strangers.push(*message),
            Some(place) if *place >= next => {
                by_rank(&order[next..*place], &strangers, rank, &mut merged);
                strangers.clear();
                merged.push(*message);
                next = place + 1;
            }
            // The two lines contradict each other; the first one stands.
            Some(_) => {}
        }
    }
    by_rank(&order[next..], &strangers, rank, &mut merged);
    merged
}

/// Two rows that have nothing in common, each in its own order.
fn by_rank(
    left: &[usize],
    right: &[usize],
    rank: &impl Fn(usize) -> Rank,
    merged: &mut Vec<usize>,
) {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    loop {
        let from_right = match (left.peek(), right.peek()) {
            (None, None) => return,
            (Some(left), Some(right)) => rank(**right) < rank(**left),
            (left, _) => left.is_none(),
        };
        let taken = if from_right {
            right.next()
        } else {
            left.next()
        };
        merged.extend(taken);
    }
}

/// The same order with no response before its request: clocks that differ by a little more or
/// less than was estimated would put it there. `transaction` gives the key of a message's
/// transaction, and whether the message is the response.
pub(super) fn answers_follow<K: Eq + Hash + Clone>(
    order: &[usize],
    transaction: impl Fn(usize) -> Option<(K, bool)>,
) -> Vec<usize> {
    let transactions = order.iter().map(|message| transaction(*message));
    let asked: HashSet<K> = transactions
        .filter_map(|transaction| transaction.filter(|(_, is_response)| !is_response))
        .map(|(key, _)| key)
        .collect();
    let mut begun = HashSet::new();
    let mut early: HashMap<K, Vec<usize>> = HashMap::new();
    let mut followed = Vec::with_capacity(order.len());
    for message in order {
        match transaction(*message) {
            Some((key, true)) if asked.contains(&key) && !begun.contains(&key) => {
                early.entry(key).or_default().push(*message);
            }
            Some((key, false)) => {
                followed.push(*message);
                followed.extend(early.remove(&key).into_iter().flatten());
                begun.insert(key);
            }
            _ => followed.push(*message),
        }
    }
    followed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(message: usize, timeline: usize, at: Option<i64>, place: usize) -> Sight {
        Sight {
            message,
            timeline,
            at,
            place,
        }
    }

    fn rank(message: usize) -> Rank {
        (0, message as u32, 0)
    }

    #[test]
    fn one_clock_orders_by_time_then_by_place() {
        let sights = [
            sight(0, 0, Some(30), 0),
            sight(1, 0, Some(10), 1),
            sight(2, 0, Some(10), 2),
            sight(3, 0, None, 3),
        ];
        assert_eq!(merged(&sights, rank), [1, 2, 0, 3]);
    }

    #[test]
    fn a_second_clock_is_hung_on_what_both_saw() {
        // The second clock is far off; 1 and 4 were seen by both.
        let sights = [
            sight(0, 0, Some(10), 0),
            sight(1, 0, Some(20), 1),
            sight(4, 0, Some(50), 2),
            sight(1, 1, Some(9_000), 3),
            sight(2, 1, Some(9_001), 4),
            sight(3, 1, Some(9_002), 5),
            sight(4, 1, Some(9_003), 6),
            sight(5, 1, Some(9_004), 7),
        ];
        assert_eq!(merged(&sights, rank), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn strangers_go_by_what_they_are_and_keep_their_order() {
        let sights = [
            sight(0, 0, None, 0),
            sight(3, 0, None, 1),
            sight(2, 1, None, 2),
            sight(1, 1, None, 3),
            sight(9, 1, None, 4),
        ];
        assert_eq!(merged(&sights, rank), [0, 2, 1, 3, 9]);
    }

    #[test]
    fn lines_that_contradict_each_other_lose_nothing() {
        let sights = [
            sight(0, 0, Some(1), 0),
            sight(1, 0, Some(2), 1),
            sight(2, 0, Some(3), 2),
            sight(2, 1, Some(1), 3),
            sight(7, 1, Some(2), 4),
            sight(0, 1, Some(3), 5),
        ];
        let mut order = merged(&sights, rank);
        assert_eq!(order, [0, 1, 2, 7]);
        order.sort_unstable();
        order.dedup();
        assert_eq!(order.len(), 4);
    }

    #[test]
    fn no_response_stands_before_its_request() {
        let transaction = |message: usize| match message {
            0 => Some(("invite", false)),
            1 | 2 => Some(("invite", true)),
            3 => Some(("bye", true)),
            _ => None,
        };
        assert_eq!(
            answers_follow(&[1, 9, 2, 0, 3], transaction),
            [9, 0, 1, 2, 3]
        );
    }
}
