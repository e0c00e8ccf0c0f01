//! One SIP message, as a writer of a trace sees it.

use crate::diagnosis::Diagnosis;
use crate::generate::Lengths;
use crate::put::Endpoint;
use crate::quality::QualityLine;
use crate::truth::{MessageKey, QualityKey, ResponseKey, Truth, count_name};

/// SIP methods (RFC 3261 and its extensions; SERVICE and BENOTIFY are of MS-SIPRE and MS-SIP).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Invite,
    Ack,
    Bye,
    Cancel,
    Prack,
    Update,
    Register,
    Subscribe,
    Notify,
    BeNotify,
    Message,
    Service,
    Options,
    Refer,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Method::Invite => "INVITE",
            Method::Ack => "ACK",
            Method::Bye => "BYE",
            Method::Cancel => "CANCEL",
            Method::Prack => "PRACK",
            Method::Update => "UPDATE",
            Method::Register => "REGISTER",
            Method::Subscribe => "SUBSCRIBE",
            Method::Notify => "NOTIFY",
            Method::BeNotify => "BENOTIFY",
            Method::Message => "MESSAGE",
            Method::Service => "SERVICE",
            Method::Options => "OPTIONS",
            Method::Refer => "REFER",
        }
    }
}

/// Which way it went, seen from the machine that wrote the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Incoming,
    Outgoing,
}

/// A message with everything a trace says about it. Reused: buffers keep their memory.
#[derive(Debug)]
pub(crate) struct Message {
    /// Milliseconds since 1970, UTC.
    pub(crate) at: u64,
    pub(crate) direction: Direction,
    pub(crate) local: Endpoint,
    pub(crate) remote: Endpoint,
    /// Name of the machine at the other end.
    pub(crate) peer: &'static str,
    /// Method; of a response, that of its request.
    pub(crate) method: Method,
    /// Status; `None` in a request.
    pub(crate) status: Option<u16>,
    pub(crate) cseq: u32,
    pub(crate) call_id: String,
    /// Start line without line end.
    pub(crate) start_line: Vec<u8>,
    /// Header lines, each with CR LF.
    pub(crate) headers: Vec<u8>,
    /// Body as it was on the wire.
    pub(crate) body: Vec<u8>,
    /// Address-of-record of `From`, lower case.
    pub(crate) user: String,
    /// Whether it has an authentication challenge.
    pub(crate) challenge: bool,
    /// Diagnoses in headers.
    pub(crate) diagnoses: Vec<Diagnosis>,
    /// Diagnoses in `diagHeader` elements of the body.
    pub(crate) reported: Vec<Diagnosis>,
    /// Media lines, where the body is a quality report.
    pub(crate) quality: Vec<QualityLine>,
    /// Diagnoses that the body quotes.
    pub(crate) quoted: u64,
    /// False friends in headers and body.
    pub(crate) decoys: u64,
    /// What is said of the length of its body.
    pub(crate) lengths: Lengths,
}

/// How much false lengths are too long. Counted from the end of a body, that is in the middle of
/// a line in every format: of the end marker of servers, of the stamp in front of the next entry
/// of clients.
const TOO_LONG: usize = 7;

impl Message {
    pub(crate) fn new() -> Message {
        let nowhere = Endpoint(std::net::Ipv4Addr::UNSPECIFIED, 0);
        Message {
            at: 0,
            direction: Direction::Incoming,
            local: nowhere,
            remote: nowhere,
            peer: "",
            method: Method::Options,
            status: None,
            cseq: 0,
            call_id: String::new(),
            start_line: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
            user: String::new(),
            challenge: false,
            diagnoses: Vec::new(),
            reported: Vec::new(),
            quality: Vec::new(),
            quoted: 0,
            decoys: 0,
            lengths: Lengths::True,
        }
    }

    /// What the trace says the body is long. Nothing can be said falsely of no body: there is
    /// nothing to pass over.
    pub(crate) fn stated_body_len(&self) -> usize {
        match self.lengths {
            Lengths::False if !self.body.is_empty() => self.body.len() + TOO_LONG,
            _ => self.body.len(),
        }
    }

    /// What the trace says were the bytes on the wire.
    pub(crate) fn stated_wire_len(&self) -> usize {
        self.start_line.len() + 2 + self.headers.len() + 2 + self.stated_body_len()
    }

    /// Counts one writing of it in a trace of `format`.
    pub(crate) fn count(&self, truth: &mut Truth, format: &str) {
        let of_format = truth.formats.entry(format.to_owned()).or_default();
        match self.status {
            None => {
                of_format.requests += 1;
                truth.requests += 1;
            }
            Some(_) => {
                of_format.responses += 1;
                truth.responses += 1;
            }
        }
        truth.body_bytes += self.body.len() as u64;
        let method = self.method.name().to_owned();
        truth.messages.count(MessageKey {
            method,
            status: self.status,
        });
        if let Some(status) = self.status.filter(|status| *status >= 400) {
            let method = self.method.name().to_owned();
            let challenge = self.challenge && matches!(status, 401 | 407);
            let response = ResponseKey {
                method,
                status,
                challenge,
            };
            truth
                .failure_responses
                .count_for(response, Some(&self.user));
        }
        for diagnosis in &self.diagnoses {
            diagnosis.count(truth, true, &self.user);
        }
        for diagnosis in &self.reported {
            diagnosis.count(truth, false, &self.user);
        }
        if !self.quality.is_empty() {
            count_name(&mut truth.carriers, "qoe");
        }
        for line in &self.quality {
            let (label, ice) = (line.label.to_owned(), line.ice.to_owned());
            truth.quality.count(QualityKey {
                label,
                ice,
                ice_warn: line.flags,
            });
        }
        for _ in 0..self.quoted {
            count_name(&mut truth.carriers, "text");
        }
        truth.decoys += self.decoys;
    }
}
