//! What all cases add up to, found in one pass over them: none is kept.
//!
//! Shares of them may be gathered at the same time, each on a thread of its own, and then merged.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::iter::once;
use std::ops::Range;

use foldhash::fast::RandomState;
use siptriage_facts::{CallId, DialogId, Facts, Merge, Modalities, Stamp, Tally};
use siptriage_judge::{
    Case, Dimension, Groupings, Judge, Judged, Kind, OtherDialog, Outcome, Rule, Verdict,
};

use super::ReportOptions;
use super::telling::{Telling, TellingValues};
use super::texts::Texts;
use crate::cells;

/// What all cases add up to: everything that a report has of them.
#[derive(Debug)]
pub struct Gathered<'v> {
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
    pub(crate) by: BTreeMap<Dimension, ByValue<'v>>,
}

/// What the cases of some shares of the dialogs add up to: see [`Gathering::of`] and
/// [`Gathering::close`].
#[derive(Debug, Default)]
pub struct Gathering<'v> {
    findings: Findings<'v>,
    values: Values,
    texts: Texts<'v>,
    /// In the order of [`Outcome::ALL`].
    outcomes: [Calls; Outcome::ALL.len()],
    /// In the order of [`Kind::ALL`].
    others: [Dialogs; Kind::ALL.len()],
    met: u64,
    different: u64,
    /// Calls, in order.
    ids: Vec<DialogId>,
    by: BTreeMap<Dimension, ByValue<'v>>,
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

    /// Adds calls whose users have numbers of the same texts.
    pub(crate) fn merge(&mut self, other: &Calls) {
        self.count += other.count;
        for (own, other) in self.verdicts.iter_mut().zip(other.verdicts) {
            *own += other;
        }
        self.users.extend(&other.users);
        self.first = earliest(self.first, other.first);
        self.last = self.last.max(other.last);
    }

    /// Adds calls of other texts, which have these numbers here.
    fn merge_renumbered(&mut self, mut other: Calls, numbers: &[u32]) {
        renumber(&mut other.users, numbers);
        self.merge(&other);
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

/// Gives users of other texts the numbers that they have here.
fn renumber(users: &mut Users, numbers: &[u32]) {
    let here = users.iter().map(|number| numbers[*number as usize]);
    *users = here.collect();
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
    pub(crate) example: &'v CallId,
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

    fn merge_renumbered(&mut self, other: Values, numbers: &[u32]) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            own.stated += other.stated;
            let counts = other.counts.into_iter();
            counts.for_each(|(value, calls)| {
                *own.counts.entry(numbers[value as usize]).or_default() += calls;
            });
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

    fn merge_renumbered(&mut self, mut other: Dialogs, numbers: &[u32]) {
        self.count += other.count;
        self.failed += other.failed;
        renumber(&mut other.users, numbers);
        self.users.extend(other.users);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
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

/// Which dialogs are calls, in order: the place of each is its number.
#[derive(Debug, Default)]
pub(crate) struct CallIds {
    calls: Vec<DialogId>,
    /// Of as many parts of all numbers as there are calls, how many calls are in those before.
    before: Vec<u32>,
}

impl CallIds {
    /// Of calls in order, each once.
    fn of(calls: Vec<DialogId>) -> CallIds {
        let parts = calls.len();
        let mut before = Vec::with_capacity(parts + 1);
        let mut at = 0;
        for part in 0..=parts {
            let here = calls[at..].iter();
            at += here.take_while(|call| call.part(parts) < part).count();
            before.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        CallIds { calls, before }
    }

    /// The number of this dialog, smaller than [`CallIds::len`]; none if it is no call.
    pub(crate) fn number(&self, dialog: DialogId) -> Option<u32> {
        let part = dialog.part(self.calls.len());
        let first = *self.before.get(part)?;
        let end = *self.before.get(part + 1)?;
        let calls = self.calls.get(first as usize..end as usize)?;
        let at = calls.binary_search(&dialog).ok()?;
        u32::try_from(at).ok().map(|at| first + at)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.calls.len()
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

impl<'v> Open<'v> {
    /// A finding without calls yet, but an example: when it began, and its Call-ID.
    fn new(
        verdict: Verdict,
        rule: Option<&'v Rule>,
        (began, example): (Option<Stamp>, &'v CallId),
    ) -> Open<'v> {
        Open {
            finding: Finding {
                verdict,
                rule,
                calls: Calls::default(),
                media: Default::default(),
                rules: BTreeMap::new(),
                example,
                values: Values::default(),
            },
            began,
            rules: Vec::new(),
        }
    }

    /// Offers a call as the example: the first that began is taken; of equals, and where nobody
    /// knows, the smallest Call-ID.
    fn offer(&mut self, began: Option<Stamp>, call_id: &'v CallId) {
        let own = (self.began.is_none(), self.began, self.finding.example);
        if (began.is_none(), began, call_id) < own {
            self.began = began;
            self.finding.example = call_id;
        }
    }

    fn count(&mut self, rule: &'v Rule, calls: u64) {
        let mut rules = self.rules.iter_mut();
        match rules.find(|(known, _)| std::ptr::eq(*known, rule)) {
            Some((_, count)) => *count += calls,
            None => self.rules.push((rule, calls)),
        }
    }

    fn add(&mut self, case: &Case<'v>, caller: Option<u32>, values: &TellingValues<'_>) {
        self.offer(case.start, case.call_id);
        if let Some(rule) = case.decision.rule {
            self.count(rule, 1);
        }
        let finding = &mut self.finding;
        finding.calls.add(case, caller);
        for (count, (one, _)) in finding.media.iter_mut().zip(Modalities::ALL) {
            *count += u64::from(case.dialog.modalities.has(one));
        }
        if finding.is_problem() {
            finding.values.add(values);
        }
    }

    fn merge_renumbered(&mut self, other: Open<'v>, numbers: &[u32]) {
        let Open {
            finding,
            began,
            rules,
        } = other;
        self.offer(began, finding.example);
        for (rule, calls) in rules {
            self.count(rule, calls);
        }
        let own = &mut self.finding;
        own.calls.merge_renumbered(finding.calls, numbers);
        for (own, other) in own.media.iter_mut().zip(finding.media) {
            *own += other;
        }
        own.values.merge_renumbered(finding.values, numbers);
    }
}

impl<'v> Findings<'v> {
    /// A finding, made with this example where there is none yet.
    fn entry(
        &mut self,
        verdict: Verdict,
        rule: Option<&'v Rule>,
        example: (Option<Stamp>, &'v CallId),
    ) -> &mut Open<'v> {
        let place = rule.map_or(0, |rule| std::ptr::from_ref(rule).addr());
        let at = *self.places.entry((verdict, place)).or_insert_with(|| {
            self.findings.push(Open::new(verdict, rule, example));
            self.findings.len() - 1
        });
        &mut self.findings[at]
    }

    fn add(&mut self, case: &Case<'v>, caller: Option<u32>, values: &TellingValues<'_>) {
        let verdict = case.decision.verdict;
        let rule = case.decision.rule.filter(|_| is_problem(verdict));
        let open = self.entry(verdict, rule, (case.start, case.call_id));
        open.add(case, caller, values);
    }

    fn merge_renumbered(&mut self, other: Findings<'v>, numbers: &[u32]) {
        for open in other.findings {
            let (verdict, rule) = (open.finding.verdict, open.finding.rule);
            let own = self.entry(verdict, rule, (open.began, open.finding.example));
            own.merge_renumbered(open, numbers);
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

impl<'v> Gathering<'v> {
    /// Goes once through the cases of these shares of the dialogs, whose order does not matter.
    /// `judge` is that of the same facts, `options` says what is counted by.
    pub fn of(
        facts: &Facts,
        judge: &'v Judge<'_>,
        options: &'v ReportOptions,
        shares: impl IntoIterator<Item = Range<usize>>,
    ) -> Gathering<'v> {
        let groupings = &options.groupings;
        let needs_ids = has_tallies(facts);
        let mut gathering = Gathering::default();
        for dimension in &options.by {
            gathering.by.entry(*dimension).or_default();
        }
        let mut values = TellingValues::new(groupings);
        for judged in judge.judged(shares) {
            let dialog = match &judged {
                Judged::Call(case) => case.dialog,
                Judged::Other(other) => other.dialog,
            };
            gathering.met += dialog.messages.seen();
            gathering.different += dialog.messages.distinct();
            let texts = &mut gathering.texts;
            let case = match judged {
                Judged::Call(case) => case,
                Judged::Other(other) => {
                    let caller = other.caller.map(|caller| texts.shared(caller));
                    gathering.others[other.kind as usize].add(&other, caller);
                    continue;
                }
            };
            if needs_ids {
                gathering.ids.push(case.call_id.dialog());
            }
            let caller = case.caller.address.map(|caller| texts.shared(caller));
            values.read(&case, caller, texts);
            gathering.values.add(&values);
            gathering.outcomes[case.outcome as usize].add(&case, caller);
            for (dimension, groups) in &mut gathering.by {
                for value in values_or_none(*dimension, &case, groupings) {
                    groups.entry(value).or_default().add(&case, caller);
                }
            }
            gathering.findings.add(&case, caller, &values);
        }
        gathering.ids.sort_unstable();
        gathering
    }

    /// Everything is gathered: puts it in order.
    pub fn close(mut self) -> Gathered<'v> {
        // Of two calls with one number nothing tells which is meant.
        self.ids.dedup();
        let outcomes = Outcome::ALL.into_iter().zip(self.outcomes);
        let others = Kind::ALL.into_iter().zip(self.others);
        let findings = self.findings.close();
        // Each call is in one finding.
        let mut calls = Calls::default();
        for finding in &findings {
            calls.merge(&finding.calls);
        }
        Gathered {
            calls,
            findings,
            values: self.values,
            texts: self.texts,
            outcomes: outcomes.filter(|(_, calls)| calls.count > 0).collect(),
            others: others.filter(|(_, dialogs)| dialogs.count > 0).collect(),
            met: self.met,
            different: self.different,
            ids: CallIds::of(self.ids),
            by: self.by,
        }
    }
}

/// Of the same facts, judge and options; shares that have no dialog in common.
impl Merge for Gathering<'_> {
    fn merge(&mut self, mut other: Self) {
        // The smaller one is added to the larger one.
        if self.texts.len() < other.texts.len() {
            std::mem::swap(self, &mut other);
        }
        let Gathering {
            findings,
            values,
            texts,
            outcomes,
            others,
            met,
            different,
            ids,
            by,
        } = other;
        let numbers = &self.texts.take(texts);
        self.findings.merge_renumbered(findings, numbers);
        self.values.merge_renumbered(values, numbers);
        for (own, other) in self.outcomes.iter_mut().zip(outcomes) {
            own.merge_renumbered(other, numbers);
        }
        for (own, other) in self.others.iter_mut().zip(others) {
            own.merge_renumbered(other, numbers);
        }
        self.met += met;
        self.different += different;
        self.ids.extend(ids);
        // Lists in order are met as such.
        self.ids.sort();
        for (dimension, groups) in by {
            let own = self.by.entry(dimension).or_default();
            groups.into_iter().for_each(|(value, calls)| {
                let own = own.entry(value).or_default();
                own.merge_renumbered(calls, numbers);
            });
        }
    }
}

impl<'v> Gathered<'v> {
    /// What all cases add up to, gathered here and now.
    pub fn of(facts: &Facts, judge: &'v Judge<'_>, options: &'v ReportOptions) -> Gathered<'v> {
        Gathering::of(facts, judge, options, once(0..facts.dialogs.len())).close()
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_a_number_of_its_own_and_no_other_dialog_has_one() {
        for count in [0, 1, 2, 3, 1000] {
            let dialogs = |first: usize| {
                let numbers = (first..first + count).map(|n| DialogId::of(&n.to_string()));
                let mut dialogs: Vec<DialogId> = numbers.collect();
                dialogs.sort_unstable();
                dialogs
            };
            let ids = CallIds::of(dialogs(0));
            assert_eq!(ids.len(), count);
            let numbers = dialogs(0).into_iter().map(|call| ids.number(call));
            assert!(numbers.eq((0..count).map(|n| u32::try_from(n).ok())));
            let mut others = dialogs(count).into_iter();
            assert!(others.all(|other| ids.number(other).is_none()));
            assert_eq!(ids.number(DialogId::of("another")), None);
        }
    }
}
