//! What is true of a scenario: of every call and every other dialog, whatever files show it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallOutcome {
    /// Answered, and ended by somebody's wish.
    Connected,
    /// Refused, or answered and ended because media did not come up.
    Failed,
    /// It worked for minutes and then broke.
    Dropped,
    /// The caller gave up before an answer.
    Cancelled,
    /// The called person refused it (603).
    Declined,
    /// The called person was busy (486, 600).
    Busy,
    /// Nobody answered (480 or 408 after ringing).
    NoAnswer,
    /// Sent elsewhere (3xx), and the caller did not follow.
    Redirected,
    /// The logs end before the call does.
    Unfinished,
    /// The logs begin after its INVITE.
    SeenInPart,
}

impl CallOutcome {
    /// All of them.
    pub const ALL: [CallOutcome; 10] = [
        CallOutcome::Connected,
        CallOutcome::Failed,
        CallOutcome::Dropped,
        CallOutcome::Cancelled,
        CallOutcome::Declined,
        CallOutcome::Busy,
        CallOutcome::NoAnswer,
        CallOutcome::Redirected,
        CallOutcome::Unfinished,
        CallOutcome::SeenInPart,
    ];

    /// The word, as JSON has it.
    pub const fn name(self) -> &'static str {
        match self {
            CallOutcome::Connected => "connected",
            CallOutcome::Failed => "failed",
            CallOutcome::Dropped => "dropped",
            CallOutcome::Cancelled => "cancelled",
            CallOutcome::Declined => "declined",
            CallOutcome::Busy => "busy",
            CallOutcome::NoAnswer => "no-answer",
            CallOutcome::Redirected => "redirected",
            CallOutcome::Unfinished => "unfinished",
            CallOutcome::SeenInPart => "seen-in-part",
        }
    }
}

/// What an engineer must conclude from a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallVerdict {
    /// It did not work.
    Failed,
    /// It worked, but worse than it should.
    Degraded,
    /// Nothing is wrong, whatever codes and flags say.
    Benign,
    /// The files do not tell.
    Unknown,
}

impl CallVerdict {
    /// The word, as JSON has it.
    pub const fn name(self) -> &'static str {
        match self {
            CallVerdict::Failed => "failed",
            CallVerdict::Degraded => "degraded",
            CallVerdict::Benign => "benign",
            CallVerdict::Unknown => "unknown",
        }
    }
}

/// Who sent the BYE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndedBy {
    /// The one who called.
    Caller,
    /// The one who was called, or the server that took the call.
    Callee,
    /// There is no BYE in the files.
    None,
}

/// What is true of one call. Only calls of which the files hold at least one message have one.
///
/// Times are in milliseconds of true time at the caller's end of the call. Another writer saw the
/// same message up to [`ScenarioTruth::tolerance_ms`] earlier or later by the same clock. A time
/// that cannot be known from the files is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTruth {
    /// `Call-ID` as written.
    pub call_id: String,
    /// What was played: a key of the generator's own, such as `forked-answered`.
    pub plot: String,
    /// Address of record of the caller, with scheme, lower case.
    pub caller: String,
    /// Address of record of the one who was called first, with scheme, lower case.
    pub callee: String,
    /// What became of it.
    pub outcome: CallOutcome,
    /// What to conclude.
    pub verdict: CallVerdict,
    /// What is behind it, where that is certain: a key of the generator's own, such as
    /// `tcp-blocked-both-outside`; else empty.
    pub cause: String,
    /// `audio`, `video`, `application-sharing`, `file-transfer`, sorted. Empty where no message
    /// of the files describes the session.
    pub modalities: BTreeSet<String>,
    /// Whether it is a call into a conference.
    pub conference: bool,
    /// Whether a quality report or an error report in the files names it.
    pub reported: bool,
    /// Different messages of it in the files.
    pub distinct: u64,
    /// Messages of it in the files, copies included.
    pub written: u64,
    /// When the INVITE was sent: milliseconds since 1970-01-01T00:00:00 UTC.
    pub invite_at: Option<u64>,
    /// From the INVITE to the first 180 or 183.
    pub ring_ms: Option<u64>,
    /// From the INVITE to the first 2xx of it.
    pub answer_ms: Option<u64>,
    /// From the INVITE to the answer, else to the CANCEL, else to the final refusal.
    pub set_up_ms: Option<u64>,
    /// From the answer to the BYE.
    pub duration_ms: Option<u64>,
    /// Who sent the BYE.
    pub ended_by: EndedBy,
    /// The response to INVITE that decided: 2xx, else the last one that the caller got and that
    /// was no challenge.
    pub final_status: Option<u16>,
    /// Codes of the diagnoses in its messages.
    pub codes: BTreeSet<u32>,
    /// Names of the files that hold messages of it.
    pub files: BTreeSet<String>,
}

/// What kind of dialog a Call-ID is that is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OtherKind {
    /// A session of instant messages, or a single MESSAGE.
    Im,
    /// The control of a conference (its focus).
    Conference,
    /// REGISTER.
    Register,
    /// SUBSCRIBE with its notifications.
    Subscribe,
    /// SERVICE.
    Service,
    /// OPTIONS.
    Options,
}

impl OtherKind {
    /// All of them.
    pub const ALL: [OtherKind; 6] = [
        OtherKind::Im,
        OtherKind::Conference,
        OtherKind::Register,
        OtherKind::Subscribe,
        OtherKind::Service,
        OtherKind::Options,
    ];

    /// The word, as JSON has it.
    pub const fn name(self) -> &'static str {
        match self {
            OtherKind::Im => "im",
            OtherKind::Conference => "conference",
            OtherKind::Register => "register",
            OtherKind::Subscribe => "subscribe",
            OtherKind::Service => "service",
            OtherKind::Options => "options",
        }
    }
}

/// What is true of a dialog that is no call. Only those of which the files hold a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherTruth {
    /// `Call-ID` as written.
    pub call_id: String,
    /// What kind it is.
    pub kind: OtherKind,
    /// Address of record of who began it, with scheme, lower case.
    pub user: String,
    /// Whether it was refused for good.
    pub failed: bool,
    /// The final response that decided, as for calls.
    pub final_status: Option<u16>,
    /// Call-ID of the call that it reports on.
    pub about: Option<String>,
    /// Different messages of it in the files.
    pub distinct: u64,
    /// Messages of it in the files, copies included.
    pub written: u64,
    /// Names of the files that hold messages of it.
    pub files: BTreeSet<String>,
}

/// The clock of one client, and what it wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientTruth {
    /// Address of record, with scheme, lower case.
    pub owner: String,
    /// Its stamps minus UTC, in whole minutes: the zone.
    pub offset_minutes: i32,
    /// How far its clock is wrong beside the zone, in milliseconds; positive is ahead.
    pub skew_ms: i64,
    /// Its files, copies included.
    pub files: BTreeSet<String>,
}

/// Sums over a scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioTotals {
    /// Calls.
    pub calls: u64,
    /// Calls by outcome.
    pub outcomes: BTreeMap<CallOutcome, u64>,
    /// Calls by verdict.
    pub verdicts: BTreeMap<CallVerdict, u64>,
    /// Different callers.
    pub callers: u64,
    /// Dialogs that are no calls, by kind.
    pub others: BTreeMap<OtherKind, u64>,
    /// Different messages of all dialogs.
    pub distinct: u64,
    /// Messages in all files.
    pub written: u64,
    /// `written` minus `distinct`.
    pub copies: u64,
}

/// Everything that is true of a scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioTruth {
    /// Sums.
    pub totals: ScenarioTotals,
    /// How far apart, at most, two writers see one message, in milliseconds of true time. Between
    /// two messages it is at most twice as much, for a writer that saw both: the log of the called
    /// has neither what another device of theirs did nor what came after they sent a call
    /// elsewhere, and a rotated file has only its part.
    pub tolerance_ms: u64,
    /// Clocks of the clients whose logs are there. Servers write UTC.
    pub clients: Vec<ClientTruth>,
    /// Calls in the order of their Call-IDs.
    pub calls: Vec<CallTruth>,
    /// Other dialogs in the order of their Call-IDs.
    pub others: Vec<OtherTruth>,
}

impl ScenarioTruth {
    /// As indented JSON with a final line end.
    ///
    /// # Errors
    ///
    /// None in practice: serde_json's.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// Reads what [`ScenarioTruth::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// Where `text` is not such JSON.
    pub fn from_json(text: &str) -> serde_json::Result<ScenarioTruth> {
        serde_json::from_str(text)
    }

    /// Sorts calls and other dialogs and makes the sums.
    pub(super) fn add_up(&mut self) {
        self.calls.sort_by(|a, b| a.call_id.cmp(&b.call_id));
        self.others.sort_by(|a, b| a.call_id.cmp(&b.call_id));
        let mut totals = ScenarioTotals {
            calls: self.calls.len() as u64,
            ..ScenarioTotals::default()
        };
        for call in &self.calls {
            *totals.outcomes.entry(call.outcome).or_default() += 1;
            *totals.verdicts.entry(call.verdict).or_default() += 1;
            totals.distinct += call.distinct;
            totals.written += call.written;
        }
        for other in &self.others {
            *totals.others.entry(other.kind).or_default() += 1;
            totals.distinct += other.distinct;
            totals.written += other.written;
        }
        let callers: BTreeSet<&str> = self.calls.iter().map(|call| &*call.caller).collect();
        totals.callers = callers.len() as u64;
        totals.copies = totals.written - totals.distinct;
        self.totals = totals;
    }
}
