//! What all cases add up to, found in one pass over them: none is kept.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use foldhash::fast::RandomState;
use siptriage_facts::{DialogId, Facts, Modalities, Stamp, Tally};
use siptriage_judge::{
    Case, Dimension, Groupings, Judge, Judged, Kind, OtherDialog, Outcome, Rule, Verdict,
};

use super::telling::{Telling, TellingValues};
use super::texts::Texts;
use crate::cells;

/// What all cases add up to.
#[derive(Debug, Default)]
pub(crate) struct Gathered<'v> {
    /// All calls.
    pub(crate) calls: Calls,
    /// Calls by what decided them, gravest and most frequent first.
    pub(crate) findings: Vec<Finding<'v>>,
    /// What all calls have in common.
    pub(crate) values: Values,
    /// Texts of values and users.
    pub(crate) texts: Texts<'v>,
    /// Calls by what became of them.
    pub(crate) outcomes: BTreeMap<Outcome, Calls>,
    /// Dialogs that are no calls.
    pub(crate) others: BTreeMap<Kind, Dialogs>,
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
pub(crate) type ByValue<'v> = HashMap<Option<Cow<'v, str>>, Calls, RandomState>;

/// Users by the numbers of [`Gathered::texts`].
type Users = HashSet<u32, RandomState>;

/// Some calls, counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls {
    pub(crate) count: u64,
    /// By verdict, in the order of [`Verdict::ALL`].
    verdicts: [u64; Verdict::ALL.len()],
    /// Callers.
    users: Users,
    pub(crate) first: Option<Stamp>,
    pub(crate) last: Option<Stamp>,
}

impl Calls {
    /// Adds a call of this caller.
    pub(crate) fn add(&mut self, case: &Case<'_>, caller: Option<u32>) {
        self.count += 1;
        self.verdicts[place_of(case.decision.verdict)] += 1;
        self.users.extend(caller);
        self.first = earliest(self.first, case.start);
        self.last = self.last.max(case.end).max(case.start);
    }

    pub(crate) fn merge(&mut self, other: &Calls) {
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
    pub(crate) calls: Calls,
    /// Calls by each of [`Modalities::ALL`].
    pub(crate) media: [u64; Modalities::ALL.len()],
    /// Calls by the rule that decided them, where one did.
    pub(crate) rules: BTreeMap<&'v str, u64>,
    /// The Call-ID of the first of them.
    pub(crate) example: &'v str,
    /// What they have in common.
    pub(crate) values: Values,
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

/// Calls by value, for each [`Telling`].
#[derive(Debug, Default)]
pub(crate) struct Values(pub(crate) [Valued; Telling::ALL.len()]);

/// Calls by the values of one dimension.
#[derive(Debug, Default)]
pub(crate) struct Valued {
    /// Calls that have any value of it.
    pub(crate) stated: u64,
    /// By the numbers of [`Gathered::texts`].
    pub(crate) counts: HashMap<u32, u64, RandomState>,
}

impl Values {
    fn add(&mut self, values: &TellingValues<'_>) {
        for (valued, values) in self.0.iter_mut().zip(values.all()) {
            valued.stated += u64::from(!values.is_empty());
            for value in values {
                *valued.counts.entry(*value).or_default() += 1;
            }
        }
    }
}

/// Dialogs of one kind, counted.
#[derive(Debug, Default)]
pub(crate) struct Dialogs {
    pub(crate) count: u64,
    pub(crate) failed: u64,
    users: Users,
    /// Final status of those that failed.
    pub(crate) statuses: BTreeMap<u16, u64>,
}

impl Dialogs {
    fn add(&mut self, other: &OtherDialog<'_>, caller: Option<u32>) {
        self.count += 1;
        self.users.extend(caller);
        if other.outcome == Outcome::Failed {
            self.failed += 1;
            if let Some(status) = other.dialog.final_status.get() {
                *self.statuses.entry(status).or_default() += 1;
            }
        }
    }

    /// How many different senders they have.
    pub(crate) fn users(&self) -> u64 {
        cells::count(self.users.len())
    }

    /// How many different senders dialogs of several kinds have.
    pub(crate) fn users_of<'d>(all: impl Iterator<Item = &'d Dialogs>) -> u64 {
        let users: Users = all.flat_map(|dialogs| &dialogs.users).copied().collect();
        cells::count(users.len())
    }
}

/// Which dialogs are calls, each with a number.
#[derive(Debug, Default)]
pub(crate) struct CallIds(HashMap<DialogId, u32, RandomState>);

impl CallIds {
    fn add(&mut self, call_id: &str) {
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.entry(DialogId::of(call_id)).or_insert(number);
    }

    /// The number of this dialog, smaller than [`CallIds::len`]; none if it is no call.
    pub(crate) fn number(&self, dialog: DialogId) -> Option<u32> {
        self.0.get(&dialog).copied()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Findings while cases pass.
#[derive(Debug, Default)]
struct Findings<'v> {
    findings: Vec<Open<'v>>,
    /// By verdict, and where the rule is in memory.
    places: HashMap<(Verdict, usize), usize, RandomState>,
}

/// A finding while cases pass.
#[derive(Debug)]
struct Open<'v> {
    finding: Finding<'v>,
    /// When its example began.
    began: Option<Stamp>,
    /// Calls by the rule that decided them.
    rules: Vec<(&'v Rule, u64)>,
}

impl<'v> Findings<'v> {
    fn add(&mut self, case: &Case<'v>, caller: Option<u32>, values: &TellingValues<'_>) {
        let verdict = case.decision.verdict;
        let rule = case.decision.rule.filter(|_| is_problem(verdict));
        let place = rule.map_or(0, |rule| std::ptr::from_ref(rule).addr());
        let at = *self.places.entry((verdict, place)).or_insert_with(|| {
            self.findings.push(Open {
                finding: Finding {
                    verdict,
                    rule,
                    calls: Calls::default(),
                    media: Default::default(),
                    rules: BTreeMap::new(),
                    example: case.call_id,
                    values: Values::default(),
                },
                began: case.start,
                rules: Vec::new(),
            });
            self.findings.len() - 1
        });
        let open = &mut self.findings[at];
        let finding = &mut open.finding;
        // The first that began; of equals, and where nobody knows, the smallest Call-ID.
        let own = (open.began.is_none(), open.began, finding.example);
        if (case.start.is_none(), case.start, case.call_id) < own {
            open.began = case.start;
            finding.example = case.call_id;
        }
        finding.calls.add(case, caller);
        for (count, (one, _)) in finding.media.iter_mut().zip(Modalities::ALL) {
            *count += u64::from(case.dialog.modalities.has(one));
        }
        if let Some(rule) = case.decision.rule {
            let mut rules = open.rules.iter_mut();
            match rules.find(|(known, _)| std::ptr::eq(*known, rule)) {
                Some((_, count)) => *count += 1,
                None => open.rules.push((rule, 1)),
            }
        }
        if finding.is_problem() {
            finding.values.add(values);
        }
    }

    /// Gravest and most frequent first.
    fn close(self) -> Vec<Finding<'v>> {
        let findings = self.findings.into_iter().map(|open| {
            let Open {
                mut finding, rules, ..
            } = open;
            let rules = rules.into_iter().map(|(rule, count)| (&*rule.id, count));
            finding.rules = rules.collect();
            finding
        });
        let mut findings: Vec<Finding<'v>> = findings.collect();
        findings.sort_by_key(|finding| {
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
                finding.rule.map(|rule| &*rule.id),
            )
        });
        findings
    }
}

impl<'v> Gathered<'v> {
    /// Goes through all cases once. Their order does not matter.
    pub(crate) fn new(
        facts: &Facts,
        judge: &'v Judge<'_>,
        groupings: &'v Groupings,
        by: &[Dimension],
    ) -> Gathered<'v> {
        let mut gathered = Gathered::default();
        for dimension in by {
            if gathered.by.iter().all(|(known, _)| known != dimension) {
                gathered.by.push((*dimension, HashMap::default()));
            }
        }
        let needs_ids = has_tallies(facts);
        let mut findings = Findings::default();
        let mut values = TellingValues::new(groupings);
        let mut outcomes: [Calls; Outcome::ALL.len()] = Default::default();
        let mut others: [Dialogs; Kind::ALL.len()] = Default::default();
        let met = |gathered: &mut Gathered<'_>, dialog: &siptriage_facts::Dialog| {
            gathered.met += dialog.messages.seen();
            gathered.different += dialog.messages.distinct();
        };
        for judged in judge.judged() {
            let case = match judged {
                Judged::Call(case) => case,
                Judged::Other(other) => {
                    met(&mut gathered, other.dialog);
                    let caller = other.caller.map(|caller| gathered.texts.shared(caller));
                    others[other.kind as usize].add(&other, caller);
                    continue;
                }
            };
            met(&mut gathered, case.dialog);
            if needs_ids {
                gathered.ids.add(case.call_id);
            }
            let caller = case.caller.address;
            let caller = caller.map(|caller| gathered.texts.shared(caller));
            values.read(&case, caller, &mut gathered.texts);
            gathered.calls.add(&case, caller);
            gathered.values.add(&values);
            outcomes[case.outcome as usize].add(&case, caller);
            for (dimension, groups) in &mut gathered.by {
                for value in values_or_none(*dimension, &case, groupings) {
                    groups.entry(value).or_default().add(&case, caller);
                }
            }
            findings.add(&case, caller, &values);
        }
        let outcomes = Outcome::ALL.into_iter().zip(outcomes);
        gathered.outcomes = outcomes.filter(|(_, calls)| calls.count > 0).collect();
        let others = Kind::ALL.into_iter().zip(others);
        gathered.others = others.filter(|(_, dialogs)| dialogs.count > 0).collect();
        gathered.findings = findings.close();
        gathered
    }
}

impl Gathered<'_> {
    /// How many different callers had a call that failed.
    pub(crate) fn failed_users(&self) -> u64 {
        let failed = self.findings.iter();
        let failed = failed.filter(|finding| finding.verdict == Verdict::Failed);
        let users: Users = failed
            .flat_map(|finding| &finding.calls.users)
            .copied()
            .collect();
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
