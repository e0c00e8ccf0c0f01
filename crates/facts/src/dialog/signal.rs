//! What one message adds to its dialog.

use serde::{Deserialize, Serialize};
use siptriage_diagnostics::address_of_record;

use super::told::{message_id, tag_digest};
use super::{Candidates, Method, Modalities};
use crate::Stamp;

/// What one SIP message adds to its dialog. Values as written, white space around them aside.
#[derive(Debug, Clone, Default)]
pub struct Signal<'t> {
    /// `Call-ID`.
    pub call_id: &'t str,
    /// The file it stands in.
    pub file: &'t str,
    /// The trace format of its record, as `siptriage formats` names it.
    pub trace_format: &'static str,
    /// When it was logged.
    pub time: Option<Stamp>,
    /// Whether it was sent by the writer of the trace (`Some(true)`) or received by it; absent
    /// where the trace is no end's own log.
    pub sent: Option<bool>,
    /// Whether the start line is missing, so that nobody knows whether it is a request.
    pub is_fragment: bool,
    /// Status of a response.
    pub status: Option<u16>,
    /// `CSeq`; of a request without one, its method alone.
    pub cseq: &'t str,
    /// `RSeq` (RFC 3262): several provisional responses may differ in nothing else.
    pub rseq: &'t str,
    /// URI of a request.
    pub request_uri: &'t str,
    /// `From`.
    pub from: &'t str,
    /// `To`.
    pub to: &'t str,
    /// `User-Agent`, else `Server`.
    pub agent: &'t str,
    /// Whether it asks for credentials.
    pub challenge: bool,
    /// Whether it has a session description.
    pub described: bool,
    /// Media of its session description.
    pub modalities: Modalities,
    /// Candidates of its session description.
    pub candidates: Candidates,
    /// Value of `ms-endpoint-location-data`.
    pub location: &'t str,
    /// Values of its diagnostics headers, in order.
    pub diagnoses: Vec<&'t str>,
}

impl Signal<'_> {
    /// The number that stands for the message in its dialog: see [`Identities`](super::Identities).
    pub fn id(&self) -> MessageId {
        let (method, number) = Method::of_cseq(self.cseq);
        message_id(
            (method.unwrap_or(Method::Other), number),
            self.status,
            (tag_digest(tag_of(self.from)), tag_digest(tag_of(self.to))),
            (self.rseq, self.cseq),
            &self.diagnoses,
        )
    }
}

/// A number that stands for a message in its dialog: the same for all copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub(super) u32);

/// The tag parameter of a `From` or `To` value (RFC 3261, section 19.3).
pub fn tag_of(value: &str) -> Option<&str> {
    // Parameters of the header stand behind the address.
    let behind = value.rfind('>').map_or(value, |close| &value[close + 1..]);
    let tag = behind.split(';').skip(1).find_map(|param| {
        let (name, value) = param.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("tag")
            .then(|| value.trim())
    });
    tag.filter(|tag| !tag.is_empty())
}

/// The client whose log a message stands in, by what it sent and received: its address of record
/// as written.
pub(super) fn owner<'t>(signal: &Signal<'t>) -> Option<&'t str> {
    let sent = signal.sent.filter(|_| !signal.is_fragment)?;
    let own = if sent == signal.status.is_none() {
        signal.from
    } else {
        signal.to
    };
    address_of_record(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_stand_behind_the_address() {
        for (value, want) in [
            ("<sip:a@example.com>;tag=5f;epid=1", Some("5f")),
            (
                "\"x;tag=no\" <sip:a@example.com;tag=no>;epid=1;TAG = 7 ",
                Some("7"),
            ),
            ("sip:a@example.com;tag=9", Some("9")),
            ("<sip:a@example.com>", None),
            ("<sip:a@example.com>;tag=", None),
        ] {
            assert_eq!(tag_of(value), want, "{value}");
        }
    }
}
