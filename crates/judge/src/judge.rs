//! The judge: from facts to cases.

use siptriage_diagnostics::MediaSide;
use siptriage_facts::{CallId, Dialog, Facts, Traits};

use crate::clocks::Shared;
use crate::ends::{ends, kind, who_ended};
use crate::outcome::outcome;
use crate::times::times;
use crate::{Case, Clocks, Decision, Outcome, Rules, TimeZones, Verdict};

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
        Judge {
            facts,
            rules,
            clocks,
            shared: Shared::default(),
            thresholds: rules.thresholds(),
        }
    }

    /// Every dialog as a case, in the order of Call-IDs. Made one by one: none is kept.
    pub fn cases(&self) -> impl Iterator<Item = Case<'f>> {
        let dialogs = self.facts.dialogs.sorted().into_iter();
        dialogs.map(|(call_id, dialog)| self.judge(call_id, dialog))
    }

    /// The case of one Call-ID.
    pub fn case(&self, call_id: &str) -> Option<Case<'f>> {
        let call_id = CallId::from(call_id);
        // The facts' own Call-ID, which lives as long as the case.
        let (call_id, dialog) = self.facts.dialogs.get_key_value(&call_id)?;
        Some(self.judge(call_id, dialog))
    }

    /// The clocks of these facts.
    pub fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    /// The rules that decide.
    pub fn rules(&self) -> &'f Rules {
        self.rules
    }

    fn judge(&self, call_id: &'f CallId, dialog: &'f Dialog) -> Case<'f> {
        let kind = kind(dialog);
        let ends = ends(dialog, kind);
        let times = times(dialog, kind, &ends.caller, &self.clocks, &self.shared);
        let outcome = outcome(dialog, kind, times.duration, self.thresholds);
        let ended_by = if dialog.traits.has(Traits::ENDED) {
            who_ended(dialog, &ends)
        } else {
            (outcome == Outcome::Cancelled).then_some(MediaSide::Caller)
        };
        let mut case = Case {
            call_id: call_id.as_str(),
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
        case.decision = self.rules.decide(&case);
        case
    }
}
