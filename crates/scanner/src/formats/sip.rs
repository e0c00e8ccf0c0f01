//! SIP as it was on the wire, or pasted: with or without line numbers, list marks, quotes and
//! ladder diagrams before the lines, and with or without its beginning.

use siptriage_diagnostics::HeaderName;

use crate::entries::starts_with_stamp;
use crate::formats::{Formats, Sample, Surroundings, TraceFormat};
use crate::frame::{
    Dress, Frame, Kind, View, body_is_plausible, dress_len, header_section, proven_body_end,
};
use crate::lines::{Line, Lines};
use crate::sip::{HeaderLine, StartLine};

#[derive(Debug)]
pub(super) struct Sip;

/// Where the content of a line begins.
fn content_at(bytes: &[u8], line: Line) -> usize {
    let text = line.text(bytes);
    line.start + dress_len(text, Dress::Gutter).min(text.len())
}

/// Whether a message with its start line begins at this line.
fn message_starts(bytes: &[u8], line: Line) -> bool {
    let content = &bytes[content_at(bytes, line)..line.end];
    StartLine::parse(content).is_some()
        || StartLine::has_method(content) && {
            let next = Line::at(bytes, line.next);
            StartLine::is_wrapped(content, &bytes[content_at(bytes, next)..next.end])
        }
}

/// Whether a line is a header that stands in SIP messages and not in ordinary text.
fn fragment_starts(bytes: &[u8], line: Line) -> bool {
    let content = &bytes[content_at(bytes, line)..line.end];
    let Some(header) = HeaderLine::parse(content) else {
        return false;
    };
    if HeaderName::from_name(header.name).is_some() {
        return true;
    }
    let vendor = header.name.len() > 4 && header.name[..3].eq_ignore_ascii_case(b"ms-");
    let address = || {
        let value = header.value;
        value.starts_with(b"<sip:")
            || value.starts_with(b"sip:")
            || memchr::memmem::find(value, b"<sip:").is_some()
    };
    match header.name.to_ascii_lowercase().as_slice() {
        b"via" | b"v" => header.value.starts_with(b"SIP/2.0"),
        b"cseq" => header.value.first().is_some_and(u8::is_ascii_digit),
        b"call-id" | b"call id" | b"record-route" | b"max-forwards" | b"p-asserted-identity" => {
            !header.value.is_empty()
        }
        b"from" | b"to" | b"contact" | b"f" | b"t" | b"route" => address(),
        _ => vendor,
    }
}

impl TraceFormat for Sip {
    fn name(&self) -> &'static str {
        "sip"
    }

    fn title(&self) -> &'static str {
        "SIP messages as they are on the wire, bare or pasted"
    }

    fn starts(&self, bytes: &[u8], line: Line) -> bool {
        message_starts(bytes, line) || fragment_starts(bytes, line)
    }

    /// Header lines without a start line do not count: they stand in HTTP and MIME text as well.
    fn surely_starts(&self, bytes: &[u8], line: Line) -> bool {
        message_starts(bytes, line)
    }

    fn interrupts(&self) -> bool {
        false
    }

    fn frame(&self, view: &View<'_>, formats: &Formats) -> Frame {
        let bytes = view.bytes;
        let first = Line::at(bytes, 0);
        let stops = |line: Line| {
            line.start > 0 && (formats.interrupts(bytes, line) || message_starts(bytes, line))
        };
        if !message_starts(bytes, first) {
            return fragment(bytes, &stops);
        }
        let at = content_at(bytes, first);
        let second = Line::at(bytes, first.next);
        let (start_line, status, headers) = match StartLine::parse(&bytes[at..first.end]) {
            Some(parsed) => {
                let end = at + parsed.len;
                let joined = bytes[end..first.end].trim_ascii().len() > 1;
                (
                    at..end,
                    parsed.status,
                    if joined { end + 1 } else { first.next },
                )
            }
            None => (at..second.end, None, second.next),
        };
        let section = header_section(bytes, headers, Dress::Gutter, false, &stops);
        let (body, len) = match section.body {
            None => (section.end..section.end, section.end),
            Some(body) => body_and_len(view, formats, &section, body),
        };
        Frame {
            len: len.max(first.next),
            kind: Kind::Message,
            dress: Dress::Gutter,
            start_line,
            status,
            headers: headers..section.end.max(headers),
            body,
        }
    }

    fn surroundings<'t>(&self, _bytes: &'t [u8], _frame: &Frame) -> Surroundings<'t> {
        Surroundings::default()
    }

    fn samples(&self) -> &'static [Sample] {
        &[
            Sample {
                text: "SIP/2.0 500 Server Internal Error\n \
                    Via: SIP/2.0/TLS 192.0.2.1:58350\n \
                    From: \"Ann Example\"<sip:ann@contoso.com>;tag=1\n \
                    Call-ID: abc\n \
                    CSeq: 1 INVITE\n \
                    ms-diagnostics: 15000;reason=\"Unable to read the user properties\";source=\"fe01.contoso.com\"\n \
                    Content-Length: 0 \n",
                records: 1,
                messages: 1,
                diagnoses: &[("header", 15000)],
            },
            Sample {
                text: "  1. BYE sip:ann@contoso.com SIP/2.0\n  \
                    2. f: <sip:bob@fabrikam.com>;tag=1\n  \
                    3. i: def\n  \
                    4. CSeq: 2 BYE\n  \
                    5. Ms-client-diagnostics: 24; reason=”Call failed”;CallerMediaDebug=”application-sharing:ICEWarn=0x320,LocalLocation=1,RemoteLocation=1″\n  \
                    6. l: 0\n  \
                    7. \n",
                records: 1,
                messages: 1,
                diagnoses: &[("header", 24)],
            },
            Sample {
                text: "• ms-diagnostics: 15030;reason=”Voice mail cannot be reached”;\n  \
                    source=”fe01.contoso.com”;appName=\n  \
                    ”ExumRouting”\n",
                records: 1,
                messages: 0,
                diagnoses: &[("header", 15030)],
            },
            Sample {
                text: "INVITE sip:bob@fabrikam.com SIP/2.0\n\
                    Call-ID: ghi\n\
                    Content-Type: text/plain\n\
                    Content-Length: 61\n\
                    \n\
                    SIP/2.0 504 no\n\
                    ms-diagnostics: 1;reason=\"quoted\"\n\
                    Call-ID: x\n\
                    SIP/2.0 200 OK\n\
                    Call-ID: ghi\n",
                records: 2,
                messages: 2,
                diagnoses: &[("text", 1)],
            },
        ]
    }
}

/// Header lines without a start line.
fn fragment(bytes: &[u8], stops: &dyn Fn(Line) -> bool) -> Frame {
    let mut len = 0;
    for line in Lines::from(bytes, 0) {
        let text = line.text(bytes);
        let content = &bytes[content_at(bytes, line)..line.end];
        let is_header = HeaderLine::parse(content).is_some();
        let continues = text.starts_with(b" ") || text.starts_with(b"\t");
        let list_mark =
            continues && content_at(bytes, line) > line.start + crate::lines::indent(text);
        if line.start > 0
            && (content.is_empty()
                || stops(line)
                || !(is_header || continues)
                || (list_mark && !is_header))
        {
            break;
        }
        len = line.next;
    }
    // A value that was wrapped without an indent goes on where its open quote is closed.
    if let Some(end) = crate::value::wrapped_end(bytes, len) {
        len = end;
    }
    Frame {
        len,
        kind: Kind::Fragment,
        dress: Dress::Gutter,
        start_line: 0..0,
        status: None,
        headers: 0..len,
        body: len..len,
    }
}

/// The body of a message that nothing frames, and where its record ends.
fn body_and_len(
    view: &View<'_>,
    formats: &Formats,
    section: &crate::frame::HeaderSection,
    body: usize,
) -> (std::ops::Range<usize>, usize) {
    let bytes = view.bytes;
    let follows = |at: usize| {
        let boundary = at == 0
            || starts_with_stamp(&bytes[at.min(bytes.len())..])
            || at >= bytes.len()
            || bytes[at - 1] == b'\n'
            || bytes[at] == b'\r'
            || bytes[at] == b'\n';
        boundary && (formats.follows(view, at) || Line::at(bytes, at).is_blank(bytes))
    };
    let proven = section
        .content_length
        .and_then(|len| proven_body_end(view, body, len, &follows));
    if let Some(end) = proven {
        // The line end that closes the body's last line.
        let rest = &bytes[end..];
        let line_end = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\n', ..] => 1,
            _ => 0,
        };
        let at_line_start = end == 0 || bytes[end - 1] == b'\n';
        return (body..end, end + if at_line_start { 0 } else { line_end });
    }
    if !body_is_plausible(bytes, body, section) {
        return (body..body, body);
    }
    // Nothing proves the length: the body goes on to the next message or entry.
    let mut lines = Lines::from(bytes, body);
    let stop = lines.find(|line| formats.starts(bytes, *line));
    if stop.is_none() {
        view.starve();
    }
    let end = stop.map_or(bytes.len(), |line| line.start);
    (body..end, end)
}
