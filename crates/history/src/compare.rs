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

/// Besides tonight alone, so many nights together are compared with those before them. A change
/// that stays is found so, even if it is too small for one night.
const RUN: usize = 3;

/// At least so many nights must be before them.
const RUN_BEFORE: usize = 3;

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
    /// Of 1,000 calls of the nights before, how many have it.
    pub usual_rate: f64,
    /// Calls that tonight would have at the usual rate.
    pub expected: f64,
    /// Calls that are nothing special tonight: of nights without a change one in 40 has fewer and
    /// one in 40 more.
    pub usual_calls: Band<u64>,
    /// The same of 1,000 calls of tonight.
    pub usual_band: Band<f64>,
    /// How many nights show the change together, tonight being the last: 1 if tonight alone does,
    /// else 3. The nights before are those before all of them.
    pub run: u64,
    /// Calls that have it in these nights.
    pub run_calls: u64,
    /// All calls of these nights.
    pub run_of: u64,
    /// Calls that had it in the nights before.
    pub calls_before: u64,
    /// Nights before that had it.
    pub nights_seen: u64,
    /// Nights before.
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
///    each finding, from those of other kinds of days too, drawn towards what all findings say, and taken for as great as it may well be;
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

/// A finding in the latest nights and in those before.
#[derive(Debug)]
struct Tested {
    lately: Count,
    before: Count,
    /// Nights before that have it.
    nights_seen: usize,
    model: Before,
    /// Not corrected.
    p: f64,
}

/// One way to cut the nights in two, with all findings in the order of their keys.
#[derive(Debug)]
struct Cut<'n> {
    /// How many nights are looked at together, tonight being the last.
    run: usize,
    /// Calls of these.
    calls: u64,
    /// The nights they are compared with.
    before: &'n [&'n Night],
    findings: Vec<(&'n Key, Tested)>,
}

/// A finding while its nights are added up.
#[derive(Debug, Default)]
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

fn add(to: &mut Count, count: Count) {
    to.calls = to.calls.saturating_add(count.calls);
    to.users = to.users.saturating_add(count.users);
}

impl<'n> Cut<'n> {
    /// Tests every finding. There are calls on both sides. `others` are nights of other kinds.
    fn new(lately: &[&'n Night], before: &'n [&'n Night], others: &[Vec<&'n Night>]) -> Cut<'n> {
        let of_before = Nights::of(before);
        let mut rows: BTreeMap<&Key, Row> = BTreeMap::new();
        for (key, count) in lately.iter().flat_map(|night| found(night)) {
            add(&mut rows.entry(key).or_default().lately, count);
        }
        for night in before {
            let share = night.calls as f64 / of_before.calls;
            for (key, count) in found(night) {
                let row = rows.entry(key).or_default();
                add(&mut row.before, count);
                row.nights.push((share, count.calls));
            }
        }
        let mut spreads: Vec<Spread> = vec![Spread::default(); rows.len()];
        for (row, spread) in rows.values().zip(&mut spreads) {
            let clump = row.clump();
            let seen = row.nights.iter();
            spread.add(
                seen.map(|(share, calls)| (*share, *calls as f64 / clump)),
                of_before,
            );
        }
        for nights in others {
            let of_others = Nights::of(nights);
            for ((key, row), spread) in rows.iter().zip(&mut spreads) {
                let clump = row.clump();
                let seen = nights.iter().filter_map(|night| {
                    let count = night.findings.get(*key).filter(|count| count.calls > 0)?;
                    let share = night.calls as f64 / of_others.calls;
                    Some((share, count.calls as f64 / clump))
                });
                spread.add(seen, of_others);
            }
        }
        let of_all = spread::of_all(&spreads);
        let of_lately = Nights::of(lately);
        let findings = (rows.into_iter().zip(spreads)).map(|((key, row), spread)| {
            let model = Before {
                found: row.nights.iter().map(|(_, calls)| *calls as f64).sum(),
                lately: of_lately.calls / of_before.calls,
                clump: row.clump(),
                spread: spread::of_one(&spread, of_all),
                nights: (of_lately.effective(), of_before.effective()),
            };
            // Only the tail on whose side the count is can be small.
            let p = match row.lately.calls {
                calls if calls as f64 > model.expected() => model.at_least(calls),
                calls => model.at_most(calls),
            };
            let tested = Tested {
                lately: row.lately,
                before: row.before,
                nights_seen: row.nights.len(),
                model,
                p,
            };
            (key, tested)
        });
        Cut {
            run: lately.len(),
            calls: total(lately, |night| night.calls),
            before,
            findings: findings.collect(),
        }
    }
}

/// Fills the lists.
fn changes(
    comparison: &mut Comparison,
    tonight: &Night,
    before: &[Night],
    (taken, others): (&[&Night], &[Vec<&Night>]),
    options: &Options,
) {
    let mut cuts = vec![Cut::new(&[tonight], taken, others)];
    if options.back.is_some() && taken.len() >= RUN - 1 + RUN_BEFORE {
        let (earlier, recent) = taken.split_at(taken.len() - (RUN - 1));
        let lately: Vec<&Night> = recent.iter().copied().chain([tonight]).collect();
        cuts.push(Cut::new(&lately, earlier, others));
    }
    let findings = cuts[0].findings.len();
    let comparisons = findings.max(LEAST_FINDINGS) * 2 * cuts.len();
    comparison.findings = findings as u64;
    comparison.comparisons = comparisons as u64;
    let p: Vec<f64> = (cuts.iter())
        .flat_map(|cut| cut.findings.iter().map(|(_, tested)| tested.p))
        .collect();
    let p = holm::adjusted(&p, comparisons);
    for at in 0..findings {
        let key = cuts[0].findings[at].0;
        let count = tonight.findings.get(key).copied().unwrap_or_default();
        let is_unseen = cuts[0].findings[at].1.before.calls == 0;
        // A finding that is new has no earlier nights.
        let ways = if is_unseen { &cuts[..1] } else { &cuts[..] };
        let listed = ways.iter().enumerate().find_map(|(number, cut)| {
            let (_, tested) = &cut.findings[at];
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

/// The findings of a night that calls have.
fn found(night: &Night) -> impl Iterator<Item = (&Key, Count)> {
    let findings = night.findings.iter().map(|(key, count)| (key, *count));
    findings.filter(|(_, count)| count.calls > 0)
}

/// What is to be listed, by the last step of the rule.
fn kind(
    count: Count,
    tonight: &Night,
    cut: &Cut<'_>,
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
    let alone = (count.calls as f64, tested.usual_of(tonight, cut));
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
        0 => (tested.nights_seen * 2 >= cut.before.len()).then_some(ChangeKind::Gone),
        _ => Some(ChangeKind::Better),
    }
}

impl Tested {
    /// Calls that one night would have at the rate of the nights before.
    fn usual_of(&self, night: &Night, cut: &Cut<'_>) -> f64 {
        self.model.expected() * (night.calls as f64 / cut.calls as f64)
    }
}

/// The numbers of a change, but for when it was seen.
fn change(
    key: &Key,
    kind: ChangeKind,
    count: Count,
    tonight: &Night,
    cut: &Cut<'_>,
    tested: &Tested,
    p: f64,
) -> Change {
    let before = Nights::of(cut.before);
    let alone = Before {
        lately: tonight.calls as f64 / before.calls,
        nights: (1.0, before.effective()),
        ..tested.model
    };
    let (low, high) = alone.usual(tonight.calls.max(count.calls));
    Change {
        key: key.clone(),
        kind,
        calls: count.calls,
        users: count.users,
        rate: per_thousand(count.calls, tonight.calls),
        usual_rate: per_thousand(tested.before.calls, total(cut.before, |night| night.calls)),
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
        nights: cut.before.len() as u64,
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

/// Of 1,000 calls; 0 without calls.
fn per_thousand(part: u64, calls: u64) -> f64 {
    match calls {
        0 => 0.0,
        calls => part as f64 * 1000.0 / calls as f64,
    }
}
