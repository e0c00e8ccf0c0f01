//! The judge: from facts to cases.

use std::ops::Range;

use siptriage_diagnostics::MediaSide;
use siptriage_facts::{CallId, Dialog, Facts, Traits};

use crate::ahead::{dialogs, shares};
use crate::clocks::Shared;
use crate::ends::{caller_address, ends, kind, who, who_ended};
use crate::outcome::outcome;
use crate::reading::Reading;
use crate::times::times;
use crate::{Case, Clocks, Decision, Kind, Outcome, Rules, TimeZones, Verdict};

/// Where outcomes and rules draw lines. Read from a rules file, or the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// A call that ends within so many seconds of its answer is a short one.
    pub short_call: u32,
    /// A media failure within so many seconds of the answer is a failure of set-up where its code
    /// does not say when it happened.
    pub media_set_up: u32,
    /// A call that saw no message for so many seconds before its trace ends is unfinished all the
    /// same, but its trace was not cut in the middle of it: nothing more came.
    pub timeout: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            short_call: 10,
            media_set_up: 60,
            timeout: 180,
        }
    }
}

/// Makes cases of facts and lets rules decide them.
#[derive(Debug)]
pub struct Judge<'f> {
    facts: &'f Facts,
    rules: &'f Rules,
    clocks: Clocks,
    /// Of these facts only, which `'f` holds fast.
    shared: Shared,
    thresholds: Thresholds,
}

/// What a sum of dialogs needs to know of each.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made one by one and never kept: a box for each call would cost more"
)]
pub enum Judged<'f> {
    /// A call, with everything that follows from it.
    Call(Case<'f>),
    /// A dialog that is no call.
    Other(OtherDialog<'f>),
}

/// A dialog that is no call, as far as it is counted: what its [`Case`] says too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherDialog<'f> {
    /// Everything the trace says.
    pub dialog: &'f Dialog,
    /// What kind of dialog it is.
    pub kind: Kind,
    /// What became of it.
    pub outcome: Outcome,
    /// Address of record of who sent the request, lower case.
    pub caller: Option<&'f str>,
}

impl<'f> Judge<'f> {
    /// A judge of these facts. Compares clocks, for which it looks at every dialog once.
    pub fn new(facts: &'f Facts, rules: &'f Rules, zones: &TimeZones) -> Judge<'f> {
        let (clocks, shared) = Clocks::new(facts, zones);
        Judge {
            facts,
            rules,
            clocks,
            shared,
            thresholds: rules.thresholds(),
        }
    }

    /// A judge of a part of the facts that `clocks` are of: what was left out tells of clocks, and
    /// of how long traces went on, all the same.
    pub fn of_part(facts: &'f Facts, rules: &'f Rules, clocks: Clocks) -> Judge<'f> {
        let shared = clocks.shared(facts);
        Judge {
            facts,
            rules,
            clocks,
            shared,
            thresholds: rules.thresholds(),
        }
    }

    /// Every dialog as a case, in no order that means anything. Made one by one: none is kept.
    pub fn cases(&self) -> impl Iterator<Item = Case<'f>> {
        let dialogs = dialogs(self.facts);
        let mut reading = Reading::default();
        dialogs.map(move |(call_id, dialog)| self.judge(call_id, dialog, &mut reading))
    }

    /// The same, in the order of Call-IDs.
    pub fn cases_in_order(&self) -> impl Iterator<Item = Case<'f>> {
        let dialogs = self.facts.dialogs.sorted().into_iter();
        let mut reading = Reading::default();
        dialogs.map(move |(call_id, dialog)| self.judge(call_id, dialog, &mut reading))
    }

    /// The dialogs in these shares of them ([`Dialogs::share`](siptriage_facts::Dialogs::share))
    /// as far as sums need them, in no order that means anything: of those that are no calls, which
    /// are most of them, little has to be found. What several threads judge at the same time they
    /// share out by taking one share after the other.
    pub fn judged(
        &self,
        of: impl IntoIterator<Item = Range<usize>>,
    ) -> impl Iterator<Item = Judged<'f>> {
        let dialogs = shares(self.facts, of);
        let mut reading = Reading::default();
        dialogs.map(move |(call_id, dialog)| match kind(dialog) {
            Kind::Call => Judged::Call(self.judge(call_id, dialog, &mut reading)),
            kind => {
                reading.begin(dialog);
                let who = who(dialog, kind, &reading);
                Judged::Other(OtherDialog {
                    dialog,
                    kind,
                    outcome: outcome(dialog, &reading, kind, None, self.thresholds),
                    caller: caller_address(dialog, &who),
                })
            }
        })
    }

    /// The case of one Call-ID.
    pub fn case(&self, call_id: &str) -> Option<Case<'f>> {
        let call_id = CallId::from(call_id);
        // The facts' own Call-ID, which lives as long as the case.
        let (call_id, dialog) = self.facts.dialogs.get_key_value(&call_id)?;
        Some(self.judge(call_id, dialog, &mut Reading::default()))
    }

    /// The clocks of these facts.
    pub fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    /// The rules that decide.
    pub fn rules(&self) -> &'f Rules {
        self.rules
    }

    fn judge(
        &self,
        call_id: &'f CallId,
        dialog: &'f Dialog,
        reading: &mut Reading<'f>,
    ) -> Case<'f> {
        reading.begin(dialog);
        let kind = kind(dialog);
        let who = who(dialog, kind, reading);
        let ends = ends(dialog, &who, reading);
        let times = times(dialog, kind, &ends.caller, &self.clocks, &self.shared);
        let outcome = outcome(dialog, reading, kind, times.duration, self.thresholds);
        let ended_by = if dialog.traits.has(Traits::ENDED) {
            who_ended(reading, &ends)
        } else {
            (outcome == Outcome::Cancelled).then_some(MediaSide::Caller)
        };
        let mut case = Case {
            call_id,
            dialog,
            kind,
            outcome,
            caller: ends.caller,
            callee: ends.callee,
            start: times.start,
            end: times.end,
            time_to_ring: times.time_to_ring,
            time_to_answer: times.time_to_answer,
            set_up: times.set_up,
            duration: times.duration,
            silence: times.silence,
            ended_by,
            // Until the rules have seen the rest of it.
            decision: Decision {
                verdict: Verdict::Unknown,
                rule: None,
            },
        };
        case.decision = self.rules.decide_read(&case, reading);
        case
    }
}
