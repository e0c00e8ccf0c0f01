//! Messages on one physical line, their line ends escaped: syslog daemons and gateways write
//! `#015`, `#012` or both, others `^M`, ` 0D  0A `, or the `\r\n` of a string literal.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;

use crate::escapes::{line_end_at, pieces};
use crate::formats::{Formats, Sample, Surroundings, TraceFormat};
use crate::frame::{Dress, Frame, Kind, View};
use crate::lines::Line;
use crate::sip::StartLine;
use crate::stamps::iso_stamp;

#[derive(Debug)]
pub(super) struct Syslog;

/// A start line in a piece: at its front, or behind what a syslog daemon or a string literal puts
/// before it. Its offset in the piece.
fn start_in(piece: &[u8]) -> Option<(usize, StartLine)> {
    memmem::find(piece, b"SIP/2.0")?;
    (0..piece.len())
        .filter(|at| {
            *at == 0
                || matches!(
                    piece[*at - 1],
                    b' ' | b'\t' | b'"' | b'[' | b':' | b'>' | b'\''
                )
        })
        .find_map(|at| StartLine::parse(&piece[at..]).map(|start| (at, start)))
}

/// Where the first message of a line stands: the start line, and where the next piece begins.
fn message_in(line: &[u8]) -> Option<(Range<usize>, StartLine, usize)> {
    static VERSION: LazyLock<memmem::Finder<'static>> =
        LazyLock::new(|| memmem::Finder::new(b"SIP/2.0"));
    // Most lines have neither, and are left here.
    VERSION.find(line)?;
    memchr::memchr3_iter(b'#', b'^', b'\\', line)
        .chain(memmem::find_iter(line, b" 0D ").map(|at| at + 1))
        .find(|at| line_end_at(line, *at).is_some())?;
    let mut pieces = pieces(line).peekable();
    while let Some(piece) = pieces.next() {
        if let Some((at, start)) = start_in(&line[piece.clone()]) {
            // Only a piece that an escape ends is a line of a message, and only where more than
            // the end of a string literal is behind it: those have one line of a message each.
            let next = pieces.peek()?.start;
            let behind = &line[next..];
            let end = memchr::memchr(b'\n', behind).unwrap_or(behind.len());
            if behind[..end].iter().all(|b| {
                matches!(
                    b,
                    b'"' | b' ' | b'\t' | b'\r' | b'+' | b';' | b',' | b'\\' | b')'
                )
            }) {
                return None;
            }
            let from = piece.start + at;
            return Some((from..from + start.len, start, next));
        }
    }
    None
}

/// How much of a line is looked at for the beginning of a message.
const FRONT: usize = 16 << 10;

fn message(
    start_line: Range<usize>,
    start: StartLine,
    headers: usize,
    headers_end: Option<usize>,
    body: usize,
    end: usize,
    len: usize,
) -> Frame {
    let headers_end = headers_end.unwrap_or(end).max(headers);
    let body = body.max(headers_end).min(len);
    Frame {
        len,
        kind: Kind::Message,
        dress: Dress::Escaped,
        start_line,
        status: start.status,
        headers: headers..headers_end,
        body: body..end.max(body),
    }
}

impl TraceFormat for Syslog {
    fn name(&self) -> &'static str {
        "syslog"
    }

    fn title(&self) -> &'static str {
        "One-line messages with escaped line ends: syslog, SBC and gateway logs, string literals"
    }

    fn starts(&self, bytes: &[u8], line: Line) -> bool {
        message_in(line.text(bytes)).is_some()
    }

    /// Syslog daemons put much before a message.
    fn front(&self) -> usize {
        FRONT
    }

    fn interrupts(&self) -> bool {
        false
    }

    fn frame(&self, view: &View<'_>, _formats: &Formats) -> Frame {
        let bytes = view.bytes;
        let Some((start_line, start, from)) = message_in(&bytes[..bytes.len().min(FRONT)]) else {
            return Frame::of_text(Kind::Loose, Line::at(bytes, 0).next);
        };
        let mut headers_end = None;
        let mut body = from;
        let mut end = from;
        for piece in pieces(&bytes[from..]).map(|piece| from + piece.start..from + piece.end) {
            // A further message on the same line, in a string of its own, is another record. One
            // that begins with the piece is quoted.
            if headers_end.is_some()
                && let Some((at, _)) = start_in(&bytes[piece.clone()]).filter(|(at, _)| *at > 0)
            {
                let len = piece.start + at;
                return message(start_line, start, from, headers_end, body, len, len);
            }
            if headers_end.is_none() && piece.is_empty() {
                headers_end = Some(piece.start);
                body = piece.end;
            }
            end = piece.end;
        }
        let len = Line::at(bytes, end).next;
        message(start_line, start, from, headers_end, body, end, len)
    }

    fn surroundings<'t>(&self, bytes: &'t [u8], frame: &Frame) -> Surroundings<'t> {
        let prefix = &bytes[..frame.start_line.start.min(512)];
        let direction = if memmem::find(prefix, b"Incoming SIP").is_some() {
            Some("incoming".into())
        } else if memmem::find(prefix, b"Outgoing SIP").is_some() {
            Some("outgoing".into())
        } else {
            None
        };
        Surroundings {
            time: iso_stamp(prefix),
            direction,
            peer: None,
        }
    }

    fn samples(&self) -> &'static [Sample] {
        &[
            Sample {
                text: "2026-03-14T09:26:53.589+01:00 gw01 sbc[77]: SIP/2.0 404 Not Found#015 Via: SIP/2.0/UDP 192.0.2.1:5060#015 From: <sip:ann@contoso.com>;tag=1#015 Call-ID: abc.#015 CSeq: 1 INVITE#015 ms-diagnostics: 1034;reason=\"Previous hop federated peer did not report diagnostic information\";Domain=\"fabrikam.com\"#015 ms-diagnostics-public: 10003;reason=\"Proxy returned a SIP failure code\"#015 X-Remote-Reason: 1409; reason=\"404 - Not Found\"#015 Content-Length: 0#015 #015 \n",
                records: 1,
                messages: 1,
                diagnoses: &[("header", 1034), ("header", 10003)],
            },
            Sample {
                text: "<133>[S=1] [SID=a:1:2]  (N 3) ---- Incoming SIP Message from 192.0.2.9:5061 to SIPInterface #2 ---- #012BYE sip:ann@contoso.com SIP/2.0 #012FROM: <sip:bob@fabrikam.com>;tag=1 #012CALL-ID: def #012CSEQ: 4 BYE #012MS-CLIENT-DIAGNOSTICS: 51004;reason=\"Action initiated by user\" #012CONTENT-LENGTH: 0\n",
                records: 1,
                messages: 1,
                diagnoses: &[("header", 51004)],
            },
            Sample {
                text: "char const *m = \"SIP/2.0 200 OK\\r\\nCall-ID: ghi\\r\\nCSeq: 1 INVITE\\r\\nms-client-diagnostics: 51007;reason=\\\"Callee media connectivity diagnosis info\\\"\\r\\nContent-Length: 0\\r\\n\\r\\n\";\n",
                records: 1,
                messages: 1,
                diagnoses: &[("header", 51007)],
            },
        ]
    }
}
