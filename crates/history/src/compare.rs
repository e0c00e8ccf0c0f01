//! The comparison and what comes out of it.

use std::collections::BTreeMap;

use crate::expectation::Before;
use crate::spread::{self, Nights, Spread};
use crate::{Count, Key, Night, Options, holm};

/// With fewer nights than this a comparison is possible, and finds gross changes only.
const FEW: u64 = 3;

/// How many findings are compared at least, met or not: about as many as rules that decide failed
/// or degraded calls. A finding that was met neither tonight nor before might have been.
const LEAST_FINDINGS: usize = 100;

/// From so many nights on the lowest and the highest tenth of them do not count as usual.
const NIGHTS_WITH_TAILS: usize = 10;

/// From a smallest to a greatest value, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band<T> {
    /// The smallest.
    pub low: T,
    /// The greatest.
    pub high: T,
}

impl<T: PartialOrd> Band<T> {
    /// Whether a value is neither below nor above.
    pub fn has(&self, value: T) -> bool {
        self.low <= value && value <= self.high
    }
}

/// On what a comparison rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// No night was given that the options take: nothing was compared.
    NoNights,
    /// None of the nights that were taken has a call: nothing was compared.
    NoCallsBefore,
    /// Tonight has no call, so that nothing can be missing or too frequent: nothing was compared.
    NoCallsTonight,
    /// One night or two. How much nights differ can hardly be known of them, so that it is taken
    /// for much; and *new* means no more than not in these.
    FewNights,
    /// Three nights or more.
    Nights,
}

impl Basis {
    /// Whether there was anything to compare with.
    pub fn is_compared(self) -> bool {
        matches!(self, Basis::FewNights | Basis::Nights)
    }

    /// The word that programs read.
    pub const fn name(self) -> &'static str {
        match self {
            Basis::NoNights => "no-nights",
            Basis::NoCallsBefore => "no-calls-before",
            Basis::NoCallsTonight => "no-calls-tonight",
            Basis::FewNights => "few-nights",
            Basis::Nights => "nights",
        }
    }
}

/// What kind of change one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// In none of the nights that were compared, and tonight more often than chance explains.
    New,
    /// More often than usual.
    Worse,
    /// Less often than usual.
    Better,
    /// Usually there, and tonight not at all, though there were calls enough.
    Gone,
    /// In none of the nights that were compared, and too seldom tonight to say more. No alarm.
    Unseen,
}

impl ChangeKind {
    /// All of them, the most urgent first.
    pub const ALL: [ChangeKind; 5] = [
        ChangeKind::New,
        ChangeKind::Worse,
        ChangeKind::Better,
        ChangeKind::Gone,
        ChangeKind::Unseen,
    ];

    /// The word for people and programs.
    pub const fn name(self) -> &'static str {
        match self {
            ChangeKind::New => "new",
            ChangeKind::Worse => "worse",
            ChangeKind::Better => "better",
            ChangeKind::Gone => "gone",
            ChangeKind::Unseen => "unseen",
        }
    }
}

/// Whether a finding was met before, in all nights that are known and not only in those compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sighting {
    /// In no night that is known.
    FirstEver,
    /// In a known night, but in none of the last so many days.
    FirstIn(u32),
    /// Within these days.
    Seen,
}

/// One finding, tonight and before.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Which finding.
    pub key: Key,
    /// What became of it.
    pub kind: ChangeKind,
    /// Calls that have it tonight.
    pub calls: u64,
    /// Users that have it tonight.
    pub users: u64,
    /// Of 1,000 calls of tonight, how many have it.
    pub rate: f64,
    /// Of 1,000 calls of the nights compared, how many have it.
    pub usual_rate: f64,
    /// Calls that tonight would have at the usual rate.
    pub expected: f64,
    /// Calls that are nothing special tonight: of nights without a change one in 40 has fewer and
    /// one in 40 more.
    pub usual_calls: Band<u64>,
    /// The same of 1,000 calls of tonight.
    pub usual_band: Band<f64>,
    /// Calls that had it in the nights compared.
    pub calls_before: u64,
    /// Nights compared that had it.
    pub nights_seen: u64,
    /// Nights compared.
    pub nights: u64,
    /// How probable so great a difference, or a greater one, is in any finding at all of a night
    /// without a change: p-value after correction for all comparisons.
    pub p: f64,
    /// How much the rate differs from night to night without a change: its coefficient of
    /// variation, as the test took it.
    pub variation: f64,
    /// The first day, before tonight, that is known to have it.
    pub first_seen: Option<i64>,
    /// The last day, before tonight, that is known to have it.
    pub last_seen: Option<i64>,
    /// What these two say.
    pub sighting: Sighting,
}

/// What a night is, compared with others.
///
/// Counts are exact sums; what is greater than a `u64` holds is its greatest value.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The day of tonight.
    pub day: i64,
    /// Calls of tonight.
    pub calls: u64,
    /// Failed calls of tonight.
    pub failed: u64,
    /// Users of tonight.
    pub users: u64,
    /// What this rests on. Where nothing was compared, all lists are empty.
    pub basis: Basis,
    /// Nights compared: those the options take that have calls.
    pub nights: u64,
    /// Nights that the options take and that have no call, so that they say nothing.
    pub nights_without_calls: u64,
    /// First and last day of the nights compared.
    pub days: Option<Band<i64>>,
    /// Calls of the nights compared.
    pub calls_before: u64,
    /// Failed calls of the nights compared.
    pub failed_before: u64,
    /// Different findings of tonight and of the nights compared.
    pub findings: u64,
    /// How many comparisons the p-values are corrected for.
    pub comparisons: u64,
    /// Calls of a usual night: those of the nights compared, of ten and more without the lowest
    /// and the highest tenth.
    pub usual_calls: Option<Band<u64>>,
    /// Failed calls of 1,000 in a usual night, likewise.
    pub usual_failed_rate: Option<Band<f64>>,
    /// See [`ChangeKind::New`]. Each list begins with the greatest difference in calls.
    pub new: Vec<Change>,
    /// See [`ChangeKind::Worse`].
    pub worse: Vec<Change>,
    /// See [`ChangeKind::Better`].
    pub better: Vec<Change>,
    /// See [`ChangeKind::Gone`].
    pub gone: Vec<Change>,
    /// See [`ChangeKind::Unseen`].
    pub unseen: Vec<Change>,
}

impl Comparison {
    /// The changes of one kind.
    pub fn of(&self, kind: ChangeKind) -> &[Change] {
        match kind {
            ChangeKind::New => &self.new,
            ChangeKind::Worse => &self.worse,
            ChangeKind::Better => &self.better,
            ChangeKind::Gone => &self.gone,
            ChangeKind::Unseen => &self.unseen,
        }
    }

    /// Whether nothing is new, worse, better or gone. It is too where nothing was compared.
    pub fn is_quiet(&self) -> bool {
        [&self.new, &self.worse, &self.better, &self.gone]
            .iter()
            .all(|changes| changes.is_empty())
    }

    /// Failed calls of 1,000 of tonight; none without calls.
    pub fn failed_rate(&self) -> Option<f64> {
        (self.calls > 0).then(|| per_thousand(self.failed, self.calls))
    }

    fn list(&mut self, change: Change) {
        match change.kind {
            ChangeKind::New => self.new.push(change),
            ChangeKind::Worse => self.worse.push(change),
            ChangeKind::Better => self.better.push(change),
            ChangeKind::Gone => self.gone.push(change),
            ChangeKind::Unseen => self.unseen.push(change),
        }
    }
}

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
///    each finding, drawn towards what all findings say, and taken for as great as it may well be;
///    never below a tenth of the rate.
/// 4. **Test.** How probable is a count as great as tonight's, or greater, if the rate is the same
///    as before? The rate is gamma distributed, by the nights before and the spread, the count
///    negative binomial. Without spread and runs this is the conditional exact binomial test for
///    two rates. For counts below the expected one: as small, or smaller.
/// 5. **Correction.** Each finding is tested in both directions; of findings 100 are taken to be
///    possible, or as many as were met, if they are more. By Holm's procedure the probability that
///    a night without any change has anything listed stays below
///    [`false_alarms`](Options::false_alarms).
/// 6. **Size.** What is new or worse has at least [`min_calls`](Options::min_calls) and
///    [`min_users`](Options::min_users) tonight, and worse is at least
///    [`min_ratio`](Options::min_ratio) times as frequent as usual. What is better is at most the
///    same part of usual, and at least [`min_calls`](Options::min_calls) would have been usual.
///    What is gone was there besides in half of the nights or more.
///
/// A finding in none of the nights compared that is not new by this is listed as unseen.
pub fn compare(tonight: &Night, before: &[Night], options: &Options) -> Comparison {
    let mut taken: Vec<&Night> = (before.iter())
        .filter(|night| options.takes(tonight.day, night.day))
        .collect();
    let given = taken.len();
    taken.retain(|night| night.calls > 0);
    // Sums of numbers with a point depend on their order, which is to change nothing.
    taken.sort();
    let basis = match (given, taken.len() as u64, tonight.calls) {
        (0, ..) => Basis::NoNights,
        (_, 0, _) => Basis::NoCallsBefore,
        (_, _, 0) => Basis::NoCallsTonight,
        (_, nights, _) if nights < FEW => Basis::FewNights,
        _ => Basis::Nights,
    };
    let sum = |number: fn(&Night) -> u64| {
        (taken.iter()).fold(0_u64, |sum, night| sum.saturating_add(number(night)))
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
        calls_before: sum(|night| night.calls),
        failed_before: sum(|night| night.failed),
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
        changes(&mut comparison, tonight, before, &taken, options);
    }
    comparison
}

/// A finding in tonight and the nights compared.
#[derive(Debug, Default)]
struct Row {
    tonight: Count,
    before: Count,
    /// Share of the night in all calls of the nights compared, and calls with the finding.
    nights: Vec<(f64, u64)>,
}

impl Row {
    /// Calls that count as one, since they are tries of the same users: 1 if each user has one.
    fn clump(&self) -> f64 {
        let calls = self.before.calls.saturating_add(self.tonight.calls);
        let users = self.before.users.saturating_add(self.tonight.users);
        let of_one = calls as f64 / users.max(1) as f64;
        (2.0 * of_one - 1.0).max(1.0)
    }
}

/// Fills the lists.
fn changes(
    comparison: &mut Comparison,
    tonight: &Night,
    before: &[Night],
    taken: &[&Night],
    options: &Options,
) {
    let calls: f64 = taken.iter().map(|night| night.calls as f64).sum();
    let share = |night: &Night| night.calls as f64 / calls;
    let nights = Nights {
        calls,
        squares: taken.iter().map(|night| share(night).powi(2)).sum(),
    };
    let mut rows: BTreeMap<&Key, Row> = BTreeMap::new();
    for (key, count) in found(tonight) {
        rows.entry(key).or_default().tonight = count;
    }
    for night in taken {
        for (key, count) in found(night) {
            let row = rows.entry(key).or_default();
            row.before.calls = row.before.calls.saturating_add(count.calls);
            row.before.users = row.before.users.saturating_add(count.users);
            row.nights.push((share(night), count.calls));
        }
    }
    let spreads: Vec<Spread> = (rows.values())
        .map(|row| {
            let clump = row.clump();
            let counted = |&(share, calls): &(f64, u64)| (share, calls as f64 / clump);
            let total = row.nights.iter().map(counted).map(|(_, calls)| calls).sum();
            Spread::of(total, row.nights.iter().map(counted), nights)
        })
        .collect();
    let of_all = spread::of_all(&spreads);
    let models: Vec<Before> = (rows.values().zip(spreads))
        .map(|(row, spread)| Before {
            found: row.nights.iter().map(|(_, calls)| *calls as f64).sum(),
            tonight: tonight.calls as f64 / nights.calls,
            clump: row.clump(),
            spread: spread::of_one(spread, of_all),
            nights: nights.effective(),
        })
        .collect();
    // Only the tail on whose side tonight is can be small.
    let p: Vec<f64> = (rows.values().zip(&models))
        .map(|(row, model)| match row.tonight.calls {
            calls if calls as f64 > model.expected() => model.at_least(calls),
            calls => model.at_most(calls),
        })
        .collect();
    let comparisons = rows.len().max(LEAST_FINDINGS) * 2;
    comparison.findings = rows.len() as u64;
    comparison.comparisons = comparisons as u64;
    let p = holm::adjusted(&p, comparisons);
    let listed: Vec<Change> = (rows.iter().zip(models.iter().zip(p)))
        .filter_map(|((key, row), (model, p))| {
            let kind = kind(row, model, p, taken.len(), options)?;
            Some(change(key, kind, row, model, p, comparison))
        })
        .collect();
    for mut change in listed {
        sight(&mut change, tonight, before, options);
        comparison.list(change);
    }
    for kind in [
        &mut comparison.new,
        &mut comparison.worse,
        &mut comparison.better,
        &mut comparison.gone,
        &mut comparison.unseen,
    ] {
        let difference = |change: &Change| (change.calls as f64 - change.expected).abs();
        kind.sort_by(|a, b| {
            let by_difference = difference(b).total_cmp(&difference(a));
            by_difference.then_with(|| a.key.cmp(&b.key))
        });
    }
}

/// The findings of a night that calls have.
fn found(night: &Night) -> impl Iterator<Item = (&Key, Count)> {
    let findings = night.findings.iter().map(|(key, count)| (key, *count));
    findings.filter(|(_, count)| count.calls > 0)
}

/// What is to be listed, by the last step of the rule.
fn kind(row: &Row, model: &Before, p: f64, nights: usize, options: &Options) -> Option<ChangeKind> {
    let (calls, expected, ratio) = (row.tonight.calls, model.expected(), options.ratio());
    let is_sure = p <= options.budget() && options.budget() > 0.0;
    let is_grown = is_sure && calls >= options.min_calls && row.tonight.users >= options.min_users;
    if row.before.calls == 0 {
        return Some(match is_grown {
            true => ChangeKind::New,
            false => ChangeKind::Unseen,
        });
    }
    if calls as f64 > expected {
        return (is_grown && calls as f64 >= expected * ratio).then_some(ChangeKind::Worse);
    }
    let is_shrunk = is_sure && expected >= options.min_calls as f64;
    match calls {
        _ if !is_shrunk => None,
        0 => (row.nights.len() * 2 >= nights).then_some(ChangeKind::Gone),
        calls => (calls as f64 * ratio <= expected).then_some(ChangeKind::Better),
    }
}

/// The numbers of a change, but for when it was seen.
fn change(
    key: &Key,
    kind: ChangeKind,
    row: &Row,
    model: &Before,
    p: f64,
    of: &Comparison,
) -> Change {
    let (low, high) = model.usual(of.calls.max(row.tonight.calls));
    Change {
        key: key.clone(),
        kind,
        calls: row.tonight.calls,
        users: row.tonight.users,
        rate: per_thousand(row.tonight.calls, of.calls),
        usual_rate: per_thousand(row.before.calls, of.calls_before),
        expected: model.expected(),
        usual_calls: Band { low, high },
        usual_band: Band {
            low: per_thousand(low, of.calls),
            high: per_thousand(high, of.calls),
        },
        calls_before: row.before.calls,
        nights_seen: row.nights.len() as u64,
        nights: of.nights,
        p,
        variation: model.spread.sqrt(),
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

/// Of 1,000 calls; 0 without calls.
fn per_thousand(part: u64, calls: u64) -> f64 {
    match calls {
        0 => 0.0,
        calls => part as f64 * 1000.0 / calls as f64,
    }
}
