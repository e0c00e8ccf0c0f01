//! What comes out of a comparison.

use crate::Key;

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

    pub(crate) fn list(&mut self, change: Change) {
        match change.kind {
            ChangeKind::New => self.new.push(change),
            ChangeKind::Worse => self.worse.push(change),
            ChangeKind::Better => self.better.push(change),
            ChangeKind::Gone => self.gone.push(change),
            ChangeKind::Unseen => self.unseen.push(change),
        }
    }
}

/// Of 1,000 calls; 0 without calls.
pub(crate) fn per_thousand(part: u64, calls: u64) -> f64 {
    match calls {
        0 => 0.0,
        calls => part as f64 * 1000.0 / calls as f64,
    }
}
