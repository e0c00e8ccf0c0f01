//! Everything about one dialog, as plain data: what JSON writes and people's pages are made of.

use serde::Serialize;
use siptriage_diagnostics::CodeClass;

/// Raised when a key changes its meaning or goes away; not when one is added.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// One dialog. Times are in microseconds.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Data {
    pub(super) schema_version: u32,
    pub(super) kind: &'static str,
    pub(super) partial: bool,
    pub(super) call_id: String,
    pub(super) dialog: &'static str,
    pub(super) conference: bool,
    pub(super) outcome: &'static str,
    pub(super) final_status: Option<u16>,
    pub(super) modalities: Vec<&'static str>,
    pub(super) start: Option<String>,
    pub(super) end: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) times: Times,
    pub(super) decision: Decided,
    pub(super) caller: Endpoint,
    pub(super) callee: Endpoint,
    pub(super) media: Vec<Medium>,
    pub(super) diagnoses: Vec<Diagnosed>,
    pub(super) counts: Counts,
    pub(super) clocks: Vec<LogClock>,
    pub(super) messages: Vec<Step>,
}

/// How long what took.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Times {
    pub(super) to_ring_us: Option<i64>,
    pub(super) to_answer_us: Option<i64>,
    pub(super) set_up_us: Option<i64>,
    pub(super) duration_us: Option<i64>,
    pub(super) ended_by: Option<&'static str>,
}

/// What the rules say.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Decided {
    pub(super) verdict: &'static str,
    pub(super) rule: Option<String>,
    pub(super) condition: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) confidence: Option<&'static str>,
    pub(super) checks: Vec<Check>,
    pub(super) sources: Vec<Source>,
}

/// Something to look at.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    pub(super) what: String,
    #[serde(rename = "where")]
    pub(super) at: Option<String>,
    pub(super) path: Option<String>,
    pub(super) disproof: Option<String>,
}

/// A document that a rule or the tables rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Source {
    pub(super) key: String,
    pub(super) title: Option<String>,
    pub(super) address: Option<String>,
    /// Whether it is one of our tables, so that its words are ours.
    #[serde(skip)]
    pub(super) of_tables: bool,
}

/// One end.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Endpoint {
    pub(super) address: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) location: &'static str,
    /// `present`, `absent` or `not stated`.
    pub(super) relay: &'static str,
    pub(super) relay_address: Option<String>,
    pub(super) site: Option<String>,
    pub(super) candidates: Vec<&'static str>,
}

/// A medium, as one diagnosis has it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Medium {
    pub(super) side: Option<&'static str>,
    pub(super) label: Option<String>,
    pub(super) modality: &'static str,
    /// Index of its diagnosis in `diagnoses`.
    pub(super) diagnosis: usize,
    pub(super) ice_warn: Option<String>,
    pub(super) ice_warn_ex: Option<String>,
    pub(super) flags: Vec<Flag>,
    pub(super) local: Option<&'static str>,
    pub(super) remote: Option<&'static str>,
    pub(super) fields: Vec<(String, String)>,
    #[serde(skip)]
    pub(super) mask: Option<u32>,
}

/// A bit of a mask.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Flag {
    pub(super) bit: String,
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) expectation: &'static str,
}

/// A diagnosis, wherever and however often it was logged.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Diagnosed {
    pub(super) code: Option<u32>,
    pub(super) sub_code: Option<String>,
    pub(super) class: Option<&'static str>,
    pub(super) component: Option<&'static str>,
    pub(super) meaning: Option<&'static str>,
    pub(super) checks: Option<&'static str>,
    pub(super) certainty: Option<&'static str>,
    pub(super) sources: Vec<&'static str>,
    pub(super) reason: Option<String>,
    pub(super) source: Option<String>,
    pub(super) header: Option<String>,
    pub(super) carrier: &'static str,
    pub(super) method: Option<&'static str>,
    pub(super) status: Option<u16>,
    pub(super) sender: Option<&'static str>,
    pub(super) params: Vec<(String, String)>,
    pub(super) count: u64,
    pub(super) first: Option<String>,
    pub(super) places: Vec<Spot>,
    #[serde(skip)]
    pub(super) code_class: Option<CodeClass>,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Spot {
    pub(super) file: String,
    pub(super) line: Option<u64>,
    pub(super) offset: u64,
}

/// How many messages there are.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Counts {
    /// Different ones in the whole scan.
    pub(super) distinct: u64,
    /// All that were logged.
    pub(super) logged: u64,
    /// Those that repeat others.
    pub(super) copies: u64,
}

/// A log in which the dialog was seen, and its clock.
#[derive(Debug, Clone, Serialize)]
pub(super) struct LogClock {
    pub(super) file: String,
    pub(super) owner: Option<String>,
    pub(super) time_zone: Option<String>,
    /// What is known of it; none without stamps.
    pub(super) offset: Option<Offset>,
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
    /// Messages read from it, copies too.
    pub(super) messages: u64,
}

/// How far a clock is from another one.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Offset {
    pub(super) known_by: &'static str,
    /// How many calls an estimate rests on.
    pub(super) calls: Option<u64>,
    pub(super) ahead_us: Option<i64>,
    /// `UTC`, or the name of the clock.
    pub(super) reference: Option<String>,
}

/// A message, however often it was logged.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Step {
    /// As written, of the sight that is shown.
    pub(super) time: Option<String>,
    pub(super) time_zone: Option<String>,
    /// The same by the clock that its own is compared with: UTC where that is known.
    pub(super) corrected: Option<String>,
    pub(super) delta_us: Option<i64>,
    pub(super) from: Lane,
    pub(super) to: Lane,
    pub(super) direction: Option<String>,
    pub(super) peer: Option<String>,
    pub(super) method: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) cseq: Option<String>,
    pub(super) start_line: Option<String>,
    /// The sight that is shown first, then the others.
    pub(super) places: Vec<Spot>,
    /// How often it was logged beyond the first time.
    pub(super) copies: u64,
    pub(super) diagnoses: Vec<Option<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) raw: Option<String>,
    /// What people see: as `corrected` where there are several clocks, else as written.
    #[serde(skip)]
    pub(super) shown: Option<siptriage_facts::Stamp>,
    /// Reasons of its diagnoses, for notes.
    #[serde(skip)]
    pub(super) reasons: Vec<String>,
    /// Which of the messages given it is.
    #[serde(skip)]
    pub(super) index: usize,
}

/// Who sent or got a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Lane {
    /// The end that called.
    Caller,
    /// A server or anybody else who is neither end.
    Server,
    /// The end that was called.
    Callee,
    /// The trace does not tell.
    Unknown,
}

impl Lane {
    /// The word used in every output.
    pub(super) fn name(self) -> &'static str {
        match self {
            Lane::Caller => "caller",
            Lane::Server => "server",
            Lane::Callee => "callee",
            Lane::Unknown => "unknown",
        }
    }
}
