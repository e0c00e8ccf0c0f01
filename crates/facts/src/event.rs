//! One diagnosis at one place, and the message around it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use siptriage_diagnostics::{HeaderName, IceWarn, MediaSide};

use crate::dialog::Digest;
use crate::{Place, Stamp};

/// What a diagnosis stood in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// A named header: of a SIP message, or in loose text that no message frames.
    Header,
    /// The name-less form that monitoring reports print: `25; reason="…"; UserType="Callee"; …`.
    Cdr,
    /// The `diagHeader` element of an error report (MS-OCER 3.1.4.1).
    DiagHeader,
    /// A server's TF_DIAG record. It has an HRESULT and no code.
    ServerRecord,
    /// A quality report (VQReportEvent, MS-QoE). It has ICE flags and no code.
    Qoe,
    /// Quoted: in the body of a message or in a sentence of a log. Listed, never counted.
    Text,
}

impl Carrier {
    /// All of them, in the order of reports.
    pub const ALL: [Carrier; 6] = [
        Carrier::Header,
        Carrier::Cdr,
        Carrier::DiagHeader,
        Carrier::ServerRecord,
        Carrier::Qoe,
        Carrier::Text,
    ];

    /// The word used in every output.
    pub fn name(self) -> &'static str {
        match self {
            Carrier::Header => "header",
            Carrier::Cdr => "cdr",
            Carrier::DiagHeader => "diag-header",
            Carrier::ServerRecord => "server-record",
            Carrier::Qoe => "qoe",
            Carrier::Text => "text",
        }
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The SIP message around a diagnosis; a field is absent where the trace does not show it.
/// Values are as written, without the white space around them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message<'t> {
    /// Request line or status line (RFC 3261, section 7).
    pub start_line: Option<Cow<'t, str>>,
    /// `Call-ID`.
    pub call_id: Option<Cow<'t, str>>,
    /// `CSeq`.
    pub cseq: Option<Cow<'t, str>>,
    /// `From`, with display name and parameters.
    pub from: Option<Cow<'t, str>>,
    /// `To`, with display name and parameters.
    pub to: Option<Cow<'t, str>>,
    /// `User-Agent`, else `Server`.
    pub user_agent: Option<Cow<'t, str>>,
    /// `incoming` or `outgoing`, with what the trace adds, as written.
    pub direction: Option<Cow<'t, str>>,
    /// The other end of the connection, as written.
    pub peer: Option<Cow<'t, str>>,
    /// Whether it has a `WWW-Authenticate` or `Proxy-Authenticate` header: a 401 or 407 that
    /// asks for credentials is normal traffic (RFC 3261, section 22).
    pub challenge: bool,
}

/// One media section of a diagnosis: a `CallerMediaDebug` or `CalleeMediaDebug` entry, the
/// flattened form of monitoring reports, or a media line of a quality report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Media<'t> {
    /// Whose view it is.
    pub side: Option<MediaSide>,
    /// `audio`, `video`, `application-sharing`, … as written.
    pub label: Cow<'t, str>,
    /// `ICEWarn`; absent where the trace has none, or one that is malformed.
    pub ice_warn: Option<IceWarn>,
    /// `ICEWarnEx`, a second mask without published meaning.
    pub ice_warn_ex: Option<u32>,
    /// The text of an `ICEWarn` that is not a mask of at most eight hexadecimal digits.
    pub malformed_ice_warn: Option<Cow<'t, str>>,
    /// All further fields in the order of the trace, names as written.
    pub fields: Vec<(Cow<'t, str>, Cow<'t, str>)>,
}

impl Media<'_> {
    /// The value of a field, whatever the case of its name.
    pub fn field(&self, name: &str) -> Option<&str> {
        let field = self
            .fields
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.as_ref())
    }
}

/// One occurrence of a diagnosis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'t> {
    /// Where the diagnosis stands: the first byte of the header name, of the code where the carrier
    /// has no name, of a server's record, or of a quality report's first element.
    pub place: Place,
    /// The trace format of the record around it, as `siptriage formats` names it.
    pub trace_format: &'static str,
    /// When it was logged.
    pub time: Option<Stamp>,
    /// The header's name; absent for carriers without one.
    pub header: Option<HeaderName>,
    /// What it stood in.
    pub carrier: Carrier,
    /// The code; absent in server records and quality reports.
    pub code: Option<u32>,
    /// What follows the code after a full stop, as written (`5` of `1008.5`).
    pub sub_code: Option<Cow<'t, str>>,
    /// `reason`.
    pub reason: Option<Cow<'t, str>>,
    /// `source`.
    pub source: Option<Cow<'t, str>>,
    /// All parameters in the order of the trace, names as written, media debug included.
    pub params: Vec<(Cow<'t, str>, Cow<'t, str>)>,
    /// Media sections.
    pub media: Vec<Media<'t>>,
    /// Whether the value was cut off: a quote left open, or text that ends in `...`.
    pub cut: bool,
    /// The message around it.
    pub message: Message<'t>,
}

pub(crate) fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

pub(crate) fn owned_pairs(
    pairs: Vec<(Cow<'_, str>, Cow<'_, str>)>,
) -> Vec<(Cow<'static, str>, Cow<'static, str>)> {
    pairs
        .into_iter()
        .map(|(name, value)| (owned(name), owned(value)))
        .collect()
}

impl Message<'_> {
    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Message<'static> {
        Message {
            start_line: self.start_line.map(owned),
            call_id: self.call_id.map(owned),
            cseq: self.cseq.map(owned),
            from: self.from.map(owned),
            to: self.to.map(owned),
            user_agent: self.user_agent.map(owned),
            direction: self.direction.map(owned),
            peer: self.peer.map(owned),
            challenge: self.challenge,
        }
    }
}

impl Media<'_> {
    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Media<'static> {
        Media {
            side: self.side,
            label: owned(self.label),
            ice_warn: self.ice_warn,
            ice_warn_ex: self.ice_warn_ex,
            malformed_ice_warn: self.malformed_ice_warn.map(owned),
            fields: owned_pairs(self.fields),
        }
    }
}

impl Event<'_> {
    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Event<'static> {
        Event {
            place: self.place,
            trace_format: self.trace_format,
            time: self.time,
            header: self.header,
            carrier: self.carrier,
            code: self.code,
            sub_code: self.sub_code.map(owned),
            reason: self.reason.map(owned),
            source: self.source.map(owned),
            params: owned_pairs(self.params),
            media: self.media.into_iter().map(Media::into_owned).collect(),
            cut: self.cut,
            message: self.message.into_owned(),
        }
    }

    /// Call-ID of the dialog that the diagnosis is about: the one that a quality report or an
    /// error report names, else that of the message around it.
    ///
    /// A diagnosis of a call's media that stands alone, pasted into a mail or printed by a
    /// monitoring report, is about a call of which nothing else is known: that call gets a name
    /// made of what the diagnosis says, so that copies of it are one call.
    pub fn dialog(&self) -> Option<Cow<'_, str>> {
        let named = match self.carrier {
            Carrier::Qoe | Carrier::DiagHeader => self.param("callId"),
            _ => None,
        };
        let of_message = self.message.call_id.as_deref();
        let call_id = named.map(str::trim).filter(|named| !named.is_empty());
        let stated = call_id.or(of_message).filter(|call_id| !call_id.is_empty());
        stated.map(Cow::Borrowed).or_else(|| self.unnamed_call())
    }

    fn unnamed_call(&self) -> Option<Cow<'static, str>> {
        let alone = matches!(
            self.carrier,
            Carrier::Header | Carrier::Cdr | Carrier::DiagHeader
        );
        let code = self.code.filter(|_| alone)?;
        // Codes of media failures are about calls, whatever else they say.
        if self.media.is_empty() && !(21..=34).contains(&code) {
            return None;
        }
        let mut digest = Digest::default().number(u64::from(code));
        for (name, value) in &self.params {
            digest = digest.text(&name.to_ascii_lowercase()).text(value);
        }
        Some(format!("no-call-id-{:016x}", digest.end()).into())
    }

    /// The value of a parameter, whatever the case of its name.
    pub fn param(&self, name: &str) -> Option<&str> {
        let param = self
            .params
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        param.map(|(_, value)| value.as_ref())
    }
}
