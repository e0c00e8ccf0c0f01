//! Traces written by hand, with what a reader must find noted beside each piece of text.

use crate::truth::{
    FailureKey, FederationKey, FormatTruth, LabelKey, LocationKey, MessageKey, PatternKey,
    QualityKey, ResponseKey, ServerRecordKey, Truth, count_name,
};

/// A trace that grows piece by piece, and the truth that grows with it.
#[derive(Debug, Default)]
pub(super) struct ByHand {
    pub(super) bytes: Vec<u8>,
    pub(super) truth: Truth,
}

impl ByHand {
    /// Appends lines of text; line ends become CR LF.
    pub(super) fn text(&mut self, text: &str) {
        self.bytes
            .extend_from_slice(text.replace('\n', "\r\n").as_bytes());
    }

    fn format(&mut self, name: &str) -> &mut FormatTruth {
        self.truth.formats.entry(name.to_owned()).or_default()
    }

    /// Notes records of a format.
    pub(super) fn records(&mut self, format: &str, records: u64) {
        self.format(format).records += records;
    }

    /// Notes a SIP request; `format` is empty where the format has no row in a truth.
    pub(super) fn request(&mut self, format: &str, method: &str) {
        self.truth.requests += 1;
        self.truth.messages.count(MessageKey {
            method: method.to_owned(),
            status: None,
        });
        if !format.is_empty() {
            self.format(format).requests += 1;
        }
    }

    /// Notes a SIP response to a request of `user`.
    pub(super) fn response(&mut self, format: &str, method: &str, status: u16, user: &str) {
        self.truth.responses += 1;
        let key = MessageKey {
            method: method.to_owned(),
            status: Some(status),
        };
        self.truth.messages.count(key);
        if !format.is_empty() {
            self.format(format).responses += 1;
        }
        if status >= 400 {
            // The only 401 by hand asks for credentials.
            let (method, challenge) = (method.to_owned(), status == 401);
            let key = ResponseKey {
                method,
                status,
                challenge,
            };
            self.truth.failure_responses.count_for(key, Some(user));
        }
    }

    /// Notes a diagnosis in a header of a message from `user`; empty where nobody is named.
    pub(super) fn header(&mut self, name: &str, code: u32, reason: &str, user: &str) {
        count_name(&mut self.truth.carriers, "header");
        count_name(&mut self.truth.headers, name);
        self.failure(code, reason, user);
    }

    /// Notes a diagnosis in the form of monitoring reports.
    pub(super) fn cdr(&mut self, code: u32, reason: &str) {
        count_name(&mut self.truth.carriers, "cdr");
        self.failure(code, reason, "");
    }

    fn failure(&mut self, code: u32, reason: &str, user: &str) {
        let key = FailureKey {
            code,
            reason: reason.to_owned(),
        };
        self.truth
            .failures
            .count_for(key, (!user.is_empty()).then_some(user));
    }

    /// Notes a media section of the diagnosis noted last.
    pub(super) fn media(
        &mut self,
        label: &str,
        ice_warn: Option<u32>,
        (local, remote): (&str, &str),
        federation: &str,
    ) {
        let owned = str::to_owned;
        if let Some(mask) = ice_warn {
            self.truth.patterns.count(PatternKey { mask });
        }
        self.truth.media.count(LabelKey {
            label: owned(label),
        });
        let locations = LocationKey {
            local: owned(local),
            remote: owned(remote),
        };
        self.truth.locations.count(locations);
        self.truth.federation.count(FederationKey {
            federation: owned(federation),
        });
    }

    /// Notes a quality report with one media line.
    pub(super) fn quality(&mut self, label: &str, ice: &str, ice_warn: u32) {
        count_name(&mut self.truth.carriers, "qoe");
        let (label, ice) = (label.to_owned(), ice.to_owned());
        self.truth.quality.count(QualityKey {
            label,
            ice,
            ice_warn: Some(ice_warn),
        });
    }

    /// Notes a diagnostic record of a server.
    pub(super) fn server_record(&mut self, severity: &str, result: &str, name: &str, text: &str) {
        count_name(&mut self.truth.carriers, "server-record");
        self.truth.server_records.count(ServerRecordKey {
            severity: severity.to_owned(),
            result: result.to_owned(),
            name: name.to_owned(),
            text: text.to_owned(),
        });
    }

    /// Notes a diagnosis that is only quoted.
    pub(super) fn quoted(&mut self) {
        count_name(&mut self.truth.carriers, "text");
    }

    /// Notes something that stands in the way of a reader.
    pub(super) fn trouble(&mut self, kind: &str) {
        count_name(&mut self.truth.troubles, kind);
    }

    /// The trace and its truth.
    pub(super) fn finish(mut self) -> (Vec<u8>, Truth) {
        self.truth.bytes = self.bytes.len() as u64;
        self.truth.lines = self.bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        (self.bytes, self.truth)
    }

    /// Appends an entry of a client log.
    pub(super) fn client_entry(&mut self, stamp: &str, level: &str, text: &str) {
        self.text(&format!("{stamp} 1A2C:{level} :: {text}\n"));
        self.records("client", 1);
    }

    /// Appends a message of a client log as its three entries. `{length}` in `head` becomes the
    /// length of the body on the wire.
    pub(super) fn client_message(&mut self, stamp: &str, way: Way, head: &str, body: &str) {
        let body_len = wire_len(body);
        let head = head.replace("{length}", &body_len.to_string());
        let bytes = wire_len(&head) + 2 + body_len;
        let ends = if body.is_empty() || body.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let (action, address) = match way {
            Way::Received => ("Data Received -", "To Local Address"),
            Way::Sent => ("Sending Packet - ", "From Local Address"),
        };
        let peer = "203.0.113.11:443";
        let frame = format!("{action}{peer} ({address}: 198.51.100.70:49642) {bytes} bytes");
        self.client_entry(stamp, "1C14 INFO ", &format!("{frame}:"));
        self.text(&format!("{stamp} 1A2C:1C14 INFO  :: {head}\n{body}{ends}"));
        self.records("client", 1);
        self.client_entry(stamp, "1C14 INFO ", &format!("End of {frame}"));
        self.truth.body_bytes += body_len as u64;
    }
}

/// Length of `text` on the wire, where lines end with CR LF.
fn wire_len(text: &str) -> usize {
    text.len() + text.matches('\n').count()
}

/// Which way a message went.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    Received,
    Sent,
}
