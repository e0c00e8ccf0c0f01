//! The comparison.

use std::collections::{BTreeMap, BTreeSet};

use crate::comparison::{Band, Basis, Change, ChangeKind, Comparison, Sighting, per_thousand};
use crate::cut::{Counted, Cut, Tested, found};
use crate::{Count, Key, Night, Options, holm};

/// With fewer nights than this a comparison is possible, and finds gross changes only.
const FEW: u64 = 3;

/// Besides tonight alone, so many nights together are compared with those before them. A change
/// that stays is found so, even if it is too small for one night.
const RUN: usize = 3;

/// At least so many nights must be before them.
const RUN_BEFORE: usize = 3;

/// From so many nights on the lowest and the highest tenth of them do not count as usual.
const NIGHTS_WITH_TAILS: usize = 10;

/// Compares a night with others: with those of `before` that the options take.
///
/// `before` may have any order and hold nights that are not compared; these still tell when a
/// finding was seen first and last.
///
/// 1. **Rates.** Of each finding tonight's calls, among all calls of tonight, are held to its
///    calls in the nights compared, among all of theirs. Nights without calls say nothing: a
///    system that was down is not better.
/// 2. **Calls that belong together.** A user who fails tries again. Where a finding has `c` calls
///    for each user, its calls are divided by `2c - 1`: as much more than single calls such runs
///    vary, if each try is followed by one more with the same probability.
/// 3. **Spread.** Rates differ from night to night. By how much is estimated from the nights for
///    each finding, from those of other kinds of days too, drawn towards what all findings say,
///    and taken for as great as it may well be, for more where nights are few; never below a tenth
///    of the rate.
/// 4. **Test.** How probable is a count as great as tonight's, or greater, if the rate is the same
///    as before? The rate is gamma distributed, by the nights before and the spread, the count
///    negative binomial. Without spread and runs this is the conditional exact binomial test for
///    two rates. For counts below the expected one: as small, or smaller. The same is asked of
///    tonight and the two nights compared before it together, against those before them, if these
///    are three at least: so changes that stay are found that are too small for one night. It is
///    not asked without [`back`](Options::back), where nights need not follow each other.
/// 5. **Correction.** Each finding is tested in both directions, and both alone and in three
///    nights; of findings [`Options::possible`] are taken to be possible, or as many as were met,
///    if they are more. By Holm's procedure the probability that a night without any change has anything listed stays below
///    [`false_alarms`](Options::false_alarms).
/// 6. **Size.** What is new or worse has at least [`min_calls`](Options::min_calls) and
///    [`min_users`](Options::min_users) tonight, and worse is at least
///    [`min_ratio`](Options::min_ratio) times as frequent as usual, tonight and in the three nights
///    if these show it. What is better is at most the
///    same part of usual, and at least [`min_calls`](Options::min_calls) would have been usual.
///    What is gone was there besides in half of the nights or more.
///
/// A finding in none of the nights compared that is not new by this is listed as unseen.
pub fn compare(tonight: &Night, before: &[Night], options: &Options) -> Comparison {
    // By kind, since other kinds of days tell how much rates vary.
    let mut kinds: BTreeMap<usize, Vec<&Night>> = BTreeMap::new();
    for night in before {
        if options.is_near(tonight.day, night.day) {
            kinds
                .entry(options.kind(night.day))
                .or_default()
                .push(night);
        }
    }
    let given = kinds.get(&options.kind(tonight.day)).map_or(0, Vec::len);
    for nights in kinds.values_mut() {
        nights.retain(|night| night.calls > 0);
        // Sums of numbers with a point depend on their order, which is to change nothing.
        nights.sort();
    }
    let taken = kinds.remove(&options.kind(tonight.day)).unwrap_or_default();
    kinds.retain(|_, nights| !nights.is_empty());
    let others: Vec<Vec<&Night>> = kinds.into_values().collect();
    let basis = match (given, taken.len() as u64, tonight.calls) {
        (0, ..) => Basis::NoNights,
        (_, 0, _) => Basis::NoCallsBefore,
        (_, _, 0) => Basis::NoCallsTonight,
        (_, nights, _) if nights < FEW => Basis::FewNights,
        _ => Basis::Nights,
    };
    let days = taken.first().zip(taken.last());
    let mut comparison = Comparison {
        day: tonight.day,
        calls: tonight.calls,
        failed: tonight.failed,
        users: tonight.users,
        basis,
        nights: taken.len() as u64,
        nights_without_calls: (given - taken.len()) as u64,
        days: days.map(|(first, last)| Band {
            low: first.day,
            high: last.day,
        }),
        calls_before: total(&taken, |night| night.calls),
        failed_before: total(&taken, |night| night.failed),
        findings: 0,
        comparisons: 0,
        usual_calls: usual(taken.iter().map(|night| night.calls).collect(), u64::cmp),
        usual_failed_rate: usual(
            (taken.iter())
                .map(|night| per_thousand(night.failed, night.calls))
                .collect(),
            f64::total_cmp,
        ),
        new: Vec::new(),
        worse: Vec::new(),
        better: Vec::new(),
        gone: Vec::new(),
        unseen: Vec::new(),
    };
    if basis.is_compared() {
        changes(&mut comparison, tonight, before, (&taken, &others), options);
    }
    comparison
}

/// Fills the lists.
fn changes(
    comparison: &mut Comparison,
    tonight: &Night,
    before: &[Night],
    (taken, others): (&[&Night], &[Vec<&Night>]),
    options: &Options,
) {
    let compared = taken.iter().copied().chain([tonight]);
    let keys: BTreeSet<&Key> = compared
        .clone()
        .flat_map(found)
        .map(|(key, _)| key)
        .collect();
    let keys: Vec<&Key> = keys.into_iter().collect();
    // Tonight is the last one.
    let nights: Vec<Counted> = compared.map(|night| Counted::new(night, &keys)).collect();
    let others: Vec<Vec<Counted>> = (others.iter())
        .map(|nights| {
            nights
                .iter()
                .map(|night| Counted::new(night, &keys))
                .collect()
        })
        .collect();
    let mut cuts = vec![Cut::new(&nights, 1, &others, (keys.len(), options.wary))];
    if options.back.is_some() && taken.len() >= RUN - 1 + RUN_BEFORE {
        cuts.push(Cut::new(&nights, RUN, &others, (keys.len(), options.wary)));
    }
    let findings = keys.len();
    let comparisons = findings.max(options.possible) * 2 * cuts.len();
    comparison.findings = findings as u64;
    comparison.comparisons = comparisons as u64;
    let p: Vec<f64> = (cuts.iter())
        .flat_map(|cut| cut.findings.iter().map(|tested| tested.p))
        .collect();
    let p = holm::adjusted(&p, comparisons);
    for (at, key) in keys.into_iter().enumerate() {
        let count = tonight.findings.get(key).copied().unwrap_or_default();
        let is_unseen = cuts[0].findings[at].before.calls == 0;
        // A finding that is new has no earlier nights.
        let ways = if is_unseen { &cuts[..1] } else { &cuts[..] };
        let listed = ways.iter().enumerate().find_map(|(number, cut)| {
            let tested = &cut.findings[at];
            let p = p[number * findings + at];
            let kind = kind(count, tonight, cut, tested, p, is_unseen, options)?;
            Some(change(key, kind, count, tonight, cut, tested, p))
        });
        if let Some(mut change) = listed {
            sight(&mut change, tonight, before, options);
            comparison.list(change);
        }
    }
    for list in [
        &mut comparison.new,
        &mut comparison.worse,
        &mut comparison.better,
        &mut comparison.gone,
        &mut comparison.unseen,
    ] {
        let difference = |change: &Change| (change.calls as f64 - change.expected).abs();
        list.sort_by(|a, b| {
            let by_difference = difference(b).total_cmp(&difference(a));
            by_difference.then_with(|| a.key.cmp(&b.key))
        });
    }
}

/// What is to be listed, by the last step of the rule.
fn kind(
    count: Count,
    tonight: &Night,
    cut: &Cut,
    tested: &Tested,
    p: f64,
    is_unseen: bool,
    options: &Options,
) -> Option<ChangeKind> {
    let ratio = options.ratio();
    let is_sure = p <= options.budget() && options.budget() > 0.0;
    let is_grown = is_sure && count.calls >= options.min_calls && count.users >= options.min_users;
    if is_unseen {
        return Some(match is_grown {
            true => ChangeKind::New,
            false => ChangeKind::Unseen,
        });
    }
    // Tonight has to be of that size itself, not only the nights together.
    let lately = (tested.lately.calls as f64, tested.model.expected());
    let alone = (
        count.calls as f64,
        tested.model.expected() * (tonight.calls as f64 / cut.calls as f64),
    );
    let both = |is: fn(f64, f64, f64) -> bool| {
        [lately, alone]
            .iter()
            .all(|&(calls, usual)| is(calls, usual, ratio))
    };
    if lately.0 > lately.1 {
        let is_worse = is_grown && both(|calls, usual, ratio| calls >= usual * ratio);
        return is_worse.then_some(ChangeKind::Worse);
    }
    let is_enough = lately.1 >= options.min_calls as f64;
    let is_better = is_sure && is_enough && both(|calls, usual, ratio| calls * ratio <= usual);
    match count.calls {
        _ if !is_better => None,
        0 => (tested.nights_seen * 2 >= cut.nights_before).then_some(ChangeKind::Gone),
        _ => Some(ChangeKind::Better),
    }
}

/// The numbers of a change, but for when it was seen.
fn change(
    key: &Key,
    kind: ChangeKind,
    count: Count,
    tonight: &Night,
    cut: &Cut,
    tested: &Tested,
    p: f64,
) -> Change {
    let alone = cut.alone(tested, tonight);
    let (low, high) = alone.usual(tonight.calls.max(count.calls));
    Change {
        key: key.clone(),
        kind,
        calls: count.calls,
        users: count.users,
        rate: per_thousand(count.calls, tonight.calls),
        usual_rate: per_thousand(tested.before.calls, cut.calls_before),
        expected: alone.expected(),
        usual_calls: Band { low, high },
        usual_band: Band {
            low: per_thousand(low, tonight.calls),
            high: per_thousand(high, tonight.calls),
        },
        run: cut.run as u64,
        run_calls: tested.lately.calls,
        run_of: cut.calls,
        calls_before: tested.before.calls,
        nights_seen: tested.nights_seen as u64,
        nights: cut.nights_before as u64,
        p,
        variation: tested.model.spread.sqrt(),
        first_seen: None,
        last_seen: None,
        sighting: Sighting::FirstEver,
    }
}

/// Says when a finding was seen before, in all nights that are known.
fn sight(change: &mut Change, tonight: &Night, before: &[Night], options: &Options) {
    let days = before.iter().filter(|night| {
        let is_known = options.back.is_none() || night.day < tonight.day;
        is_known && (night.findings.get(&change.key)).is_some_and(|count| count.calls > 0)
    });
    let days = days.map(|night| night.day);
    change.first_seen = days.clone().min();
    change.last_seen = days.max();
    change.sighting = match change.last_seen {
        None => Sighting::FirstEver,
        Some(last) => match tonight.day.saturating_sub(last) {
            ago if ago > i64::from(options.first_in) => Sighting::FirstIn(options.first_in),
            _ => Sighting::Seen,
        },
    };
}

/// From the smallest to the greatest, of many without the tails.
fn usual<T: Copy>(mut values: Vec<T>, by: fn(&T, &T) -> std::cmp::Ordering) -> Option<Band<T>> {
    values.sort_by(by);
    let tail = match values.len() {
        few if few < NIGHTS_WITH_TAILS => 0,
        many => many / 10,
    };
    let kept = values.get(tail..values.len() - tail)?;
    let (low, high) = kept.first().zip(kept.last())?;
    Some(Band {
        low: *low,
        high: *high,
    })
}

/// A number of all nights together.
fn total(nights: &[&Night], number: fn(&Night) -> u64) -> u64 {
    (nights.iter()).fold(0, |sum, night| sum.saturating_add(number(night)))
}
