//! One SIP message as it was logged, for those who want messages and not counts.

use std::borrow::Cow;

use crate::event::{owned, owned_pairs};
use crate::{Event, Message, MessageId, Place, Signal, Stamp};

/// One SIP message at one place of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged<'t> {
    /// Where its start line stands.
    pub place: Place,
    /// The trace format of its record, as `siptriage formats` names it.
    pub trace_format: &'static str,
    /// When it was logged.
    pub time: Option<Stamp>,
    /// What it is, in a few headers.
    pub message: Message<'t>,
    /// Method of its transaction, from the start line or `CSeq`; empty where neither is there.
    pub method: Cow<'t, str>,
    /// Status of a response.
    pub status: Option<u16>,
    /// All headers in the order of the trace, names and values as written, without the white
    /// space around them; continuation lines are joined.
    pub headers: Vec<(Cow<'t, str>, Cow<'t, str>)>,
    /// The body; bytes that are no UTF-8 are replaced.
    pub body: Cow<'t, str>,
    /// The message as the trace has it: start line, headers and body with everything between.
    pub raw: Cow<'t, str>,
    /// The diagnoses in it, quoted ones (carrier `text`) left out.
    pub diagnoses: Vec<Event<'t>>,
    /// The same for all copies of a message; absent where no Call-ID is known.
    pub id: Option<MessageId>,
}

impl Logged<'_> {
    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Logged<'static> {
        Logged {
            place: self.place,
            trace_format: self.trace_format,
            time: self.time,
            message: self.message.into_owned(),
            method: owned(self.method),
            status: self.status,
            headers: owned_pairs(self.headers),
            body: owned(self.body),
            raw: owned(self.raw),
            diagnoses: self.diagnoses.into_iter().map(Event::into_owned).collect(),
            id: self.id,
        }
    }
}

/// Which part of a trace is counted.
pub trait Selection: Sync {
    /// Whether this diagnosis is.
    fn takes_event(&self, event: &Event<'_>) -> bool;

    /// Whether this message is.
    fn takes_message(&self, signal: &Signal<'_>) -> bool;

    /// Whether a message may be that has this Call-ID and no diagnosis. Where none can be, its other
    /// headers need not be read.
    fn takes_call(&self, _call_id: &str) -> bool {
        true
    }

    /// Whether everything is, so that nobody need ask.
    fn takes_all(&self) -> bool {
        false
    }
}

/// All of a trace.
#[derive(Debug, Clone, Copy, Default)]
pub struct Everything;

impl Selection for Everything {
    fn takes_event(&self, _event: &Event<'_>) -> bool {
        true
    }

    fn takes_message(&self, _signal: &Signal<'_>) -> bool {
        true
    }

    fn takes_all(&self) -> bool {
        true
    }
}
