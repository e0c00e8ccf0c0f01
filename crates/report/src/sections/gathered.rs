//! What all cases add up to, found in one pass over them: none is kept.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use siptriage_facts::{DialogId, Facts, Modalities, Stamp, Tally};
use siptriage_judge::{Case, Dimension, Groupings, Judge, Kind, Outcome, Rule, Verdict};

use crate::cells;

/// What all cases add up to.
#[derive(Debug, Default)]
pub(crate) struct Gathered<'v> {
    /// All calls.
    pub(crate) calls: Calls<'v>,
    /// Calls by what decided them, gravest and most frequent first.
    pub(crate) findings: Vec<Finding<'v>>,
    /// What all calls have in common.
    pub(crate) values: Values<'v>,
    /// Calls by what became of them.
    pub(crate) outcomes: BTreeMap<Outcome, Calls<'v>>,
    /// Dialogs that are no calls.
    pub(crate) others: BTreeMap<Kind, Dialogs<'v>>,
    /// Messages that were met, copies too, of all dialogs.
    pub(crate) met: u64,
    /// Different ones among them.
    pub(crate) different: u64,
    /// Which dialogs are calls.
    pub(crate) ids: CallIds,
    /// Calls by the values of each dimension that was asked for.
    pub(crate) by: Vec<(Dimension, ByValue<'v>)>,
}

/// Calls by a value of a dimension, or by the lack of one.
pub(crate) type ByValue<'v> = HashMap<Option<Cow<'v, str>>, Calls<'v>>;

/// Some calls, counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls<'v> {
    pub(crate) count: u64,
    /// By verdict, in the order of [`Verdict::ALL`].
    verdicts: [u64; Verdict::ALL.len()],
    /// Callers.
    users: HashSet<&'v str>,
    pub(crate) first: Option<Stamp>,
    pub(crate) last: Option<Stamp>,
}

impl<'v> Calls<'v> {
    pub(crate) fn add(&mut self, case: &Case<'v>) {
        self.count += 1;
        self.verdicts[place_of(case.decision.verdict)] += 1;
        self.users.extend(case.caller.address);
        self.first = earliest(self.first, case.start);
        self.last = self.last.max(case.end).max(case.start);
    }

    pub(crate) fn merge(&mut self, other: &Calls<'v>) {
        self.count += other.count;
        for (own, other) in self.verdicts.iter_mut().zip(other.verdicts) {
            *own += other;
        }
        self.users.extend(&other.users);
        self.first = earliest(self.first, other.first);
        self.last = self.last.max(other.last);
    }

    /// How many of them got this verdict.
    pub(crate) fn of(&self, verdict: Verdict) -> u64 {
        self.verdicts[place_of(verdict)]
    }

    /// How many different callers they have.
    pub(crate) fn users(&self) -> u64 {
        cells::count(self.users.len())
    }
}

fn place_of(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Failed => 0,
        Verdict::Degraded => 1,
        Verdict::Benign => 2,
        Verdict::Unknown => 3,
    }
}

/// `None` is later than any stamp.
pub(crate) fn earliest(left: Option<Stamp>, right: Option<Stamp>) -> Option<Stamp> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    }
}

/// Calls that one rule decided, or that share a verdict without one.
#[derive(Debug)]
pub(crate) struct Finding<'v> {
    pub(crate) verdict: Verdict,
    /// The rule; absent where no rule explains the calls, and where the verdict needs none.
    pub(crate) rule: Option<&'v Rule>,
    pub(crate) calls: Calls<'v>,
    /// Calls by each of [`Modalities::ALL`].
    pub(crate) media: [u64; Modalities::ALL.len()],
    /// Calls by the rule that decided them, where one did.
    pub(crate) rules: BTreeMap<&'v str, u64>,
    /// The Call-ID of the first of them.
    pub(crate) example: &'v str,
    /// What they have in common.
    pub(crate) values: Values<'v>,
}

impl Finding<'_> {
    /// Whether somebody has to look at it.
    pub(crate) fn is_problem(&self) -> bool {
        is_problem(self.verdict)
    }
}

fn is_problem(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Failed | Verdict::Degraded)
}

/// In what a finding may concentrate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// In a value of a dimension.
    Of(Dimension),
    /// In the one who is called: what is wrong may well be wrong at that end.
    Callee,
}

impl Telling {
    /// The word that programs read.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Telling::Of(dimension) => dimension.name(),
            Telling::Callee => "callee",
        }
    }

    fn values<'v>(self, case: &Case<'v>, groupings: &'v Groupings) -> Vec<Cow<'v, str>> {
        match self {
            Telling::Of(dimension) => dimension.values(case, groupings),
            Telling::Callee => {
                let address = case.callee.address.filter(|address| !address.is_empty());
                address.map(Cow::Borrowed).into_iter().collect()
            }
        }
    }
}

/// All of them, the most telling first.
pub(crate) const TELLING: [Telling; 8] = [
    Telling::Of(Dimension::User),
    Telling::Callee,
    Telling::Of(Dimension::Subnet),
    Telling::Of(Dimension::Site),
    Telling::Of(Dimension::UserAgent),
    Telling::Of(Dimension::Relay),
    Telling::Of(Dimension::LocationPair),
    Telling::Of(Dimension::File),
];

/// Calls by value, for each of [`TELLING`].
#[derive(Debug, Default)]
pub(crate) struct Values<'v>(pub(crate) [Valued<'v>; TELLING.len()]);

/// Calls by the values of one dimension.
#[derive(Debug, Default)]
pub(crate) struct Valued<'v> {
    /// Calls that have any value of it.
    pub(crate) stated: u64,
    pub(crate) counts: HashMap<Cow<'v, str>, u64>,
}

impl<'v> Values<'v> {
    fn add(&mut self, values: &[Vec<Cow<'v, str>>]) {
        for (valued, values) in self.0.iter_mut().zip(values) {
            valued.stated += u64::from(!values.is_empty());
            for value in values {
                // Cloned where it is new only: nearly every value was met before.
                match valued.counts.get_mut(value) {
                    Some(count) => *count += 1,
                    None => {
                        valued.counts.insert(value.clone(), 1);
                    }
                }
            }
        }
    }
}

/// Dialogs of one kind, counted.
#[derive(Debug, Default)]
pub(crate) struct Dialogs<'v> {
    pub(crate) count: u64,
    pub(crate) failed: u64,
    users: HashSet<&'v str>,
    /// Final status of those that failed.
    pub(crate) statuses: BTreeMap<u16, u64>,
}

impl<'v> Dialogs<'v> {
    fn add(&mut self, case: &Case<'v>) {
        self.count += 1;
        self.users.extend(case.caller.address);
        if case.outcome == Outcome::Failed {
            self.failed += 1;
            if let Some(status) = case.dialog.final_status.get() {
                *self.statuses.entry(status).or_default() += 1;
            }
        }
    }

    /// How many different senders they have.
    pub(crate) fn users(&self) -> u64 {
        cells::count(self.users.len())
    }

    /// How many different senders dialogs of several kinds have.
    pub(crate) fn users_of<'d>(all: impl Iterator<Item = &'d Dialogs<'v>>) -> u64
    where
        'v: 'd,
    {
        let users: HashSet<&str> = all
            .flat_map(|dialogs| dialogs.users.iter().copied())
            .collect();
        cells::count(users.len())
    }
}

/// Which dialogs are calls.
#[derive(Debug, Default)]
pub(crate) struct CallIds {
    /// Sorted.
    ids: Vec<DialogId>,
}

impl CallIds {
    /// Whether this dialog is a call.
    pub(crate) fn has(&self, dialog: DialogId) -> bool {
        self.ids.binary_search(&dialog).is_ok()
    }
}

impl<'v> Gathered<'v> {
    /// Goes through all cases once.
    pub(crate) fn new(
        facts: &Facts,
        judge: &'v Judge<'_>,
        groupings: &'v Groupings,
        by: &[Dimension],
    ) -> Gathered<'v> {
        let mut gathered = Gathered::default();
        for dimension in by {
            if gathered.by.iter().all(|(known, _)| known != dimension) {
                gathered.by.push((*dimension, HashMap::new()));
            }
        }
        let needs_ids = has_tallies(facts);
        let mut findings: BTreeMap<(Verdict, Option<&'v str>), Finding<'v>> = BTreeMap::new();
        for case in judge.cases() {
            gathered.met += case.dialog.messages.seen();
            gathered.different += case.dialog.messages.distinct();
            if case.kind != Kind::Call {
                gathered.others.entry(case.kind).or_default().add(&case);
                continue;
            }
            if needs_ids {
                gathered.ids.ids.push(DialogId::of(case.call_id));
            }
            let values = TELLING.map(|telling| telling.values(&case, groupings));
            gathered.calls.add(&case);
            gathered.values.add(&values);
            gathered
                .outcomes
                .entry(case.outcome)
                .or_default()
                .add(&case);
            for (dimension, groups) in &mut gathered.by {
                for value in values_or_none(*dimension, &case, groupings) {
                    groups.entry(value).or_default().add(&case);
                }
            }
            let verdict = case.decision.verdict;
            let rule = case.decision.rule.filter(|_| is_problem(verdict));
            let key = (verdict, rule.map(|rule| &*rule.id));
            let finding = findings.entry(key).or_insert_with(|| Finding {
                verdict,
                rule,
                calls: Calls::default(),
                media: Default::default(),
                rules: BTreeMap::new(),
                example: case.call_id,
                values: Values::default(),
            });
            // Cases come in the order of Call-IDs, so that of equals the smallest is kept.
            let begins = case.start.is_some()
                && finding
                    .calls
                    .first
                    .is_none_or(|first| case.start < Some(first));
            if begins {
                finding.example = case.call_id;
            }
            finding.calls.add(&case);
            for (count, (one, _)) in finding.media.iter_mut().zip(Modalities::ALL) {
                *count += u64::from(case.dialog.modalities.has(one));
            }
            if let Some(rule) = case.decision.rule {
                *finding.rules.entry(&rule.id).or_default() += 1;
            }
            if is_problem(verdict) {
                finding.values.add(&values);
            }
        }
        gathered.ids.ids.sort_unstable();
        gathered.findings = findings.into_values().collect();
        gathered.findings.sort_by_key(|finding| {
            let gravity = match finding.verdict {
                Verdict::Failed => 0,
                Verdict::Degraded => 1,
                Verdict::Unknown => 2,
                Verdict::Benign => 3,
            };
            // Of equals, those with an explanation first; else they are in the order of rules.
            (
                gravity,
                Reverse(finding.calls.count),
                finding.rule.is_none(),
            )
        });
        gathered
    }
}

impl Gathered<'_> {
    /// How many different callers had a call that failed.
    pub(crate) fn failed_users(&self) -> u64 {
        let failed = self.findings.iter();
        let failed = failed.filter(|finding| finding.verdict == Verdict::Failed);
        let mut users: HashSet<&str> = HashSet::new();
        for finding in failed {
            users.extend(&finding.calls.users);
        }
        cells::count(users.len())
    }
}

/// The values of a call, or none as the one that it has.
pub(crate) fn values_or_none<'v>(
    dimension: Dimension,
    case: &Case<'v>,
    groupings: &'v Groupings,
) -> Vec<Option<Cow<'v, str>>> {
    let values = dimension.values(case, groupings);
    if values.is_empty() {
        vec![None]
    } else {
        values.into_iter().map(Some).collect()
    }
}

/// Whether any tally has a dialog, so that it matters which dialogs are calls.
fn has_tallies(facts: &Facts) -> bool {
    fn any<'t>(mut tallies: impl Iterator<Item = &'t Tally>) -> bool {
        tallies.any(|tally| !tally.dialogs.is_empty())
    }
    any(facts.failures.iter().map(|(_, tally)| tally))
        || any(facts.patterns.iter().map(|(_, pattern)| &pattern.tally))
        || any(facts.responses.iter().map(|(_, tally)| tally))
        || any(facts.media.iter().map(|(_, tally)| tally))
        || any(facts.server_records.iter().map(|(_, tally)| tally))
        || any(facts.quality.iter().map(|(_, tally)| tally))
}
