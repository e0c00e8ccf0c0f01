//! Server text: what OCSLogger and ClsLogger make of a server's traces.
//!
//! ```text
//! TL_LEVEL(TF_FLAG) […]PID.TID::MM/DD/YYYY-hh:mm:ss.mmm.SEQ (…) […] $$begin_record
//! Instance-Id: …
//! Direction: incoming;…
//! Peer: …
//! Message-Type: response
//! Start-Line: SIP/2.0 200 OK
//! header lines
//! Message-Body: the body begins on this line
//! $$end_record
//! ```
//! The prefix can be configured, split over two lines, or be missing; either marker can be
//! missing; the lines between come in any order. A diagnostic record (TF_DIAG) has `Severity`,
//! `Text`, `Result-Code` and `SIP-…` lines instead of a message. A `TL_` line without a record
//! is a sentence, or, from the managed stack, is followed by a message as it was on the wire.

use std::sync::LazyLock;

use memchr::memmem;
use siptriage_facts::{Stamp, Zone};

use crate::formats::{Formats, Sample, Surroundings, TraceFormat, iso_or_server_stamp};
use crate::frame::{
    Dress, Frame, Kind, LOOK_AHEAD, MAX_LINE_END_WALK, View, dress_len, header_section,
    proven_body_end,
};
use crate::lines::{Line, Lines, indent, text};
use crate::plain::{Layout, Plain, PlainMessage, Walk, plain_start_line};
use crate::sip::{HeaderLine, StartLine};

#[derive(Debug)]
pub(super) struct Server;

const BEGIN: &[u8] = b"$$begin_record";
const END: &[u8] = b"$$end_record";

/// Where a marker stands in a text. Searchers are made once: lines are many and short.
fn find_begin(text: &[u8]) -> Option<usize> {
    static FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(BEGIN));
    FINDER.find(text)
}

/// Where the first `$$` stands, with which both markers begin.
fn find_marker(text: &[u8]) -> Option<usize> {
    static FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"$$"));
    FINDER.find(text)
}

/// How much of a line may stand before a record's first marker.
const MAX_PREFIX: usize = 1 << 10;

/// How far behind the start of a record its end marker is looked for. Where there is none, the
/// next record's start ends it.
const MAX_MARKER_DISTANCE: usize = 256 << 10;

/// The text of a line behind blanks, list marks and line numbers.
fn content(bytes: &[u8], line: Line) -> &[u8] {
    let text = line.text(bytes);
    &text[dress_len(text, Dress::Gutter).min(text.len())..]
}

/// Whether a line begins as the loggers' standard prefixes do: `TL_LEVEL(TF_…`.
fn has_prefix(line: &[u8]) -> bool {
    // Nearly all.
    if let Some(b"TL_INFO(" | b"TL_WARN(") = line.get(..8) {
        return true;
    }
    let Some(rest) = line.strip_prefix(b"TL_") else {
        return false;
    };
    let level = rest
        .iter()
        .take(12)
        .take_while(|b| b.is_ascii_uppercase())
        .count();
    level >= 4 && rest[level..].starts_with(b"(")
}

/// Whether a line has the loggers' prefix or a record's first marker.
fn has_prefix_or_marker(line: &[u8]) -> bool {
    has_prefix(line) || find_begin(line).is_some()
}

/// Whether a line is one of those that stand before the message in a record. Only ones that are
/// not met in ordinary text: they open a record whose prefix and marker are missing.
fn opens_without_marker(bytes: &[u8], line: Line) -> bool {
    let content = content(bytes, line);
    // Nearly every line begins with a letter that begins none of them.
    let Some(b'D' | b'I' | b'L' | b'M' | b'S' | b'T') = content.first() else {
        return false;
    };
    let Some(header) = HeaderLine::parse(content) else {
        return false;
    };
    match header.name {
        b"Trace-Correlation-Id" | b"Instance-Id" => !header.value.is_empty(),
        b"Direction" => {
            header.value.starts_with(b"incoming") || header.value.starts_with(b"outgoing")
        }
        b"Message-Type" => matches!(header.value, b"request" | b"response"),
        b"Start-Line" => {
            let next = Line::at(bytes, line.next);
            StartLine::parse(header.value).is_some()
                || StartLine::is_wrapped(header.value, next.text(bytes))
        }
        b"LogType" => header.value == b"diagnostic",
        b"SIP-Start-Line" | b"SIP-Call-ID" => true,
        b"Severity" => {
            let next = Line::at(bytes, line.next);
            HeaderLine::parse(self::content(bytes, next)).is_some_and(|next| next.name == b"Text")
        }
        _ => false,
    }
}

/// The markers of a record whose lines begin at `from`.
struct Markers {
    /// The first end marker, unless another record begins before it.
    end: Option<usize>,
}

fn markers(view: &View<'_>, from: usize) -> Markers {
    let limit = view.bytes.len().min(from + MAX_MARKER_DISTANCE);
    let slice = &view.bytes[from.min(limit)..limit];
    // Whichever marker comes first decides.
    let mut at = 0;
    while let Some(found) = find_marker(&slice[at..]) {
        at += found;
        if slice[at..].starts_with(END) {
            return Markers {
                end: Some(from + at),
            };
        }
        if slice[at..].starts_with(BEGIN) {
            return Markers { end: None };
        }
        at += 1;
    }
    if limit == view.bytes.len() {
        view.starve();
    }
    Markers { end: None }
}

impl TraceFormat for Server {
    fn name(&self) -> &'static str {
        "server"
    }

    fn title(&self) -> &'static str {
        "Server trace text from OCSLogger or ClsLogger (Search-CsClsLogging)"
    }

    fn starts(&self, bytes: &[u8], line: Line) -> bool {
        let text = line.text(bytes);
        has_prefix(text)
            || find_begin(text).is_some()
            || (text.first().is_some_and(|b| !b.is_ascii_alphabetic())
                && has_prefix(content(bytes, line)))
            || opens_without_marker(bytes, line)
    }

    fn resumes(&self, bytes: &[u8], line: Line) -> bool {
        has_prefix_or_marker(line.text(bytes))
    }

    fn interrupts(&self) -> bool {
        true
    }

    fn frame(&self, view: &View<'_>, formats: &Formats) -> Frame {
        let bytes = view.bytes;
        let first = Line::at(bytes, 0);
        let second = Line::at(bytes, first.next);
        // The marker, on the first line or, where the prefix was split, on the second.
        let front = |line: Line| {
            let text = line.text(bytes);
            &text[..text.len().min(MAX_PREFIX)]
        };
        let marker = find_begin(front(first)).or_else(|| {
            let split = !has_prefix(content(bytes, second));
            let at = find_begin(front(second)).filter(|_| split)?;
            Some(second.start + at)
        });
        if let Some(marker) = marker {
            let behind = marker + BEGIN.len();
            let line = Line::at(bytes, behind);
            // The first line of the record may stand on the marker's line.
            let from = if line.is_blank(bytes) {
                line.next
            } else {
                behind
            };
            return record(view, formats, from, first.next.max(from.min(bytes.len())));
        }
        let prefixed = has_prefix(content(bytes, first));
        if !prefixed {
            return record(view, formats, 0, 0);
        }
        if opens_without_marker(bytes, second) {
            return record(view, formats, first.next, first.next);
        }
        wire_message(view, formats, first).unwrap_or_else(|| sentence(view, formats, first))
    }

    fn end_mark(&self, record: &[u8]) -> Option<&'static [u8]> {
        // Older servers mark neither.
        memmem::find(record, BEGIN).map(|_| END)
    }

    fn plain_fronts(&self) -> &'static [u8] {
        b"T"
    }

    fn plain<'t>(&self, walk: &mut Walk<'t, '_>, at: usize) -> Option<Plain> {
        let bytes = walk.bytes;
        let feed = walk.marks.feed(bytes, at)?;
        let first = bytes.get(at..walk.text_end(at, feed))?;
        if !has_prefix(first) {
            return None;
        }
        match walk.marks.dollars(bytes, at, feed) {
            Some(marker) => plain_record(walk, at, marker, feed),
            None => plain_sentence(walk, at, feed + 1),
        }
    }

    fn surroundings<'t>(&self, bytes: &'t [u8], frame: &Frame) -> Surroundings<'t> {
        // The prefix: everything before the record's own lines, at most two lines.
        let first = Line::at(bytes, 0);
        let second = Line::at(bytes, first.next);
        let end = if frame.headers.start > first.next {
            second.end
        } else {
            first.end
        };
        let mut surroundings = Surroundings {
            time: iso_or_server_stamp(&bytes[..end.min(512)]),
            ..Surroundings::default()
        };
        for line in Lines::from(&bytes[..frame.headers.end], frame.headers.start) {
            let Some(header) = HeaderLine::parse(content(bytes, line)) else {
                continue;
            };
            match header.name {
                b"Direction" => surroundings.direction = Some(text(header.value)),
                b"Peer" => surroundings.peer = Some(text(header.value)),
                b"Start-Line" if surroundings.peer.is_some() => break,
                _ => {}
            }
        }
        if surroundings.direction.is_none() && frame.start_line.start > first.end {
            let between = &bytes[first.start..frame.start_line.start];
            if memmem::find(between, b"Outgoing SipMessage").is_some() {
                surroundings.direction = Some("outgoing".into());
            } else if memmem::find(between, b"Incoming SipMessage").is_some() {
                surroundings.direction = Some("incoming".into());
            }
        }
        surroundings
    }

    fn samples(&self) -> &'static [Sample] {
        &[
            Sample {
                text: "TL_INFO(TF_PROTOCOL) [pool01\\fe01]0D1E.1F2A::03/14/2026-09:26:53.589.000001F0 (SIPStack,SIPAdminLog::ProtocolRecord::Flush:ProtocolRecord.cpp(265))[123456789] $$begin_record\n\
                    Trace-Correlation-Id: 123456789\n\
                    Instance-Id: 00C0FFEE\n\
                    Direction: outgoing;source=\"local\"\n\
                    Peer: 192.0.2.20:50123\n\
                    Message-Type: response\n\
                    Start-Line: SIP/2.0 504 Server time-out\n\
                    From: <sip:ann@contoso.com>;tag=1\n\
                    To: <sip:bob@fabrikam.com>;tag=2\n\
                    CSeq: 7 INVITE\n\
                    Call-ID: abc\n\
                    ms-diagnostics: 1008;reason=\"Unable to resolve DNS SRV record\";domain=\"fabrikam.com\";source=\"sip.contoso.com\"\n\
                    Content-Length: 0\n\
                    Message-Body: -\n\
                    $$end_record\n",
                records: 1,
                messages: 1,
                diagnoses: &[("header", 1008)],
            },
            Sample {
                text: "TL_WARN(TF_DIAG) [edge01\\edge01]1A2C.0F40::03/14/2026-09:26:53.589.00001A2B (SIPStack,SIPAdminLog::WriteDiagnosticEvent:SIPAdminLog.cpp(830))[1] $$begin_record\n\
                    Severity: warning\n\
                    Text: Routing error occurred\n\
                    Result-Code: 0xc3e93c5e SIPPROXY_E_ROUTING\n\
                    SIP-Start-Line: INVITE sip:bob@fabrikam.com SIP/2.0\n\
                    SIP-Call-ID: abc\n\
                    SIP-CSeq: 7 INVITE\n\
                    Peer: edge.fabrikam.com:5061\n\
                    Data: domain=\"fabrikam.com\"\n\
                    $$end_record\n\
                    TL_ERROR(TF_COMPONENT) [0]1A2C.0F40::03/14/2026-09:26:53.590.00001A2C (SIPStack,X:y.cpp(1))( 0000000008A39D40 ) Exit - saw ms-diagnostics: 1;reason=\"x\" Result 0xC3E93C5E(SIPPROXY_E_ROUTING)\n",
                records: 2,
                messages: 0,
                diagnoses: &[("server-record", 0), ("text", 1)],
            },
            Sample {
                text: "$$begin_record Peer: 192.0.2.20:50123\n\
                    Direction: incoming \n\
                    Start-Line: SERVICE\n\
                    sip:ann@contoso.com;gruu;opaque=app:conf:focusfactory SIP/2.0\n\
                    From: <sip:ann@contoso.com>;tag=1\n\
                    Call-ID: def\n\
                    CSeq: 1 SERVICE\n\
                    Content-Type: application/msrtc-reporterror+xml\n\
                    Message-Body: <reportError><error callId=\"abc\"><diagHeader>10000;reason=\"Gateway returned a SIP failure code\"</diagHeader></error></reportError>\n\
                    $$end_record\n",
                records: 1,
                messages: 1,
                diagnoses: &[("diag-header", 10000)],
            },
            Sample {
                text: "TL_INFO(TF_PROTOCOL) [0]0D1E.1F2A::03/14/2026-09:26:53.589.000001f0 (S4,SipMessage.DataLoggingHelper:sipmessage.cs(686))[123]\n\
                    <<<<<<<<<<<<Incoming SipMessage c=[<SipTlsConnection_1>], 192.0.2.1:5070<-192.0.2.2:5071\n\
                    SIP/2.0 404 Not Found\n\
                    FROM: <sip:ann@contoso.com>;tag=1\n\
                    CALL-ID: ghi\n\
                    CSEQ: 1 INVITE\n\
                    MS-DIAGNOSTICS: 1003;reason=\"User does not exist\"\n\
                    CONTENT-LENGTH: 0\n\
                    \n\
                    ------------EndOfIncoming SipMessage\n",
                records: 1,
                messages: 1,
                diagnoses: &[("header", 1003)],
            },
        ]
    }
}

/// A sentence on one line, where the next record or an empty line follows.
fn plain_sentence<'t>(walk: &Walk<'t, '_>, at: usize, next: usize) -> Option<Plain> {
    let end = walk.behind_empty_lines(next)?;
    if !walk.sees_behind(end) || end == next && !has_prefix(walk.bytes.get(next..)?) {
        return None;
    }
    Some(Plain {
        frame: Frame {
            body: 0..next - at,
            ..Frame::of_text(Kind::Entry, end - at)
        },
        message: None,
    })
}

/// A message between markers, the first of which stands at `marker`, before the line end at
/// `feed`.
fn plain_record<'t>(
    walk: &mut Walk<'t, '_>,
    at: usize,
    marker: usize,
    feed: usize,
) -> Option<Plain> {
    let bytes = walk.bytes;
    let text_end = walk.text_end(at, feed);
    let alone = marker + BEGIN.len() == text_end && bytes[marker..text_end] == *BEGIN;
    if !alone || text_end - at > MAX_PREFIX {
        return None;
    }
    let from = feed + 1;
    let end = walk
        .marks
        .dollars(bytes, from, from + MAX_MARKER_DISTANCE - END.len())?;
    if !bytes[end..].starts_with(END) || bytes[end - 1] != b'\n' {
        return None;
    }
    let section = walk.section(from, end, Layout::Record)?;
    let start_line = section.start_line?;
    let status = plain_start_line(&bytes[start_line.clone()])?;
    let last = walk.marks.feed(bytes, end)?;
    if walk.text_end(end, last) != end + END.len() {
        return None;
    }
    let len = walk.behind_empty_lines(last + 1)? - at;
    if !walk.sees_behind(at + len) {
        return None;
    }
    let body_end = match section.content_length {
        0 => end,
        length => plain_body_end(walk, section.body, length, end)?,
    };
    let prefix = &bytes[at..text_end.min(at + 512)];
    let time = plain_stamp(walk, prefix).or_else(|| iso_or_server_stamp(prefix));
    Some(Plain {
        frame: Frame {
            len,
            kind: Kind::Message,
            dress: Dress::Gutter,
            start_line: start_line.start - at..start_line.end - at,
            status,
            headers: from - at..section.end - at,
            body: section.body - at..body_end - at,
        },
        message: Some(PlainMessage { time, sent: None }),
    })
}

/// Where the body that begins at `body` ends, before the marker at `marker`. `None` where its length
/// can be true in a way that only the framer tells.
fn plain_body_end(
    walk: &mut Walk<'_, '_>,
    body: usize,
    length: usize,
    marker: usize,
) -> Option<usize> {
    let bytes = walk.bytes;
    // Nearly all: the length is that of all lines up to the marker, with or without the last line
    // end.
    if let Some(sent) = walk.sent_len(body, marker)
        && length <= MAX_LINE_END_WALK
    {
        if sent == length {
            return Some(marker);
        }
        if sent == length + 2 {
            return Some(walk.text_end(body, marker - 1));
        }
    }
    let as_sent = walk.end_as_sent(body, length);
    if let Some(end) = as_sent
        && end <= marker
        && matches!(&bytes[end..marker], b"\r\n" | b"\n" | b"")
    {
        return Some(end);
    }
    // A length that is not true is no length: the marker ends the body. It must be seen that it is
    // not, whether line ends are counted as they stand or as they were sent.
    let as_written = body.checked_add(length)?;
    if length > MAX_LINE_END_WALK || as_written + LOOK_AHEAD > bytes.len() {
        return None;
    }
    let closes = |end| {
        let end = super::skip_few_blank_lines(bytes, end);
        bytes[end..].starts_with(END)
    };
    let is_true = as_sent.is_some_and(closes) || closes(as_written);
    (!is_true).then_some(marker)
}

/// The stamp of a prefix, where it stands behind the first two digits that a slash follows.
fn plain_stamp(walk: &mut Walk<'_, '_>, prefix: &[u8]) -> Option<Stamp> {
    let start = memchr::memchr(b'/', prefix)?.checked_sub(2)?;
    walk.known
        .stamps
        .read(&prefix[start..], b'-', Zone::AssumedUtc)
}

/// The record whose own lines begin at `from`; `least` bytes belong to it in any case.
fn record(view: &View<'_>, formats: &Formats, from: usize, least: usize) -> Frame {
    let bytes = view.bytes;
    let from = from.min(bytes.len());
    let end_marker = markers(view, from).end;
    // With both markers in place nothing between them ends the record: other threads write
    // their lines in between. Without, the next record's start does.
    let interrupted = |line: Line| {
        // The marker may also close a line that it does not begin.
        if bytes[line.start..line.end].starts_with(END)
            || end_marker.is_some_and(|end| line.start > end)
        {
            return true;
        }
        // The own lines of a record without markers are no starts of further records.
        end_marker.is_none()
            && line.start >= least.max(1)
            && formats.interrupts(bytes, line)
            && !opens_without_marker(bytes, line)
    };
    let section = header_section(bytes, from, Dress::Gutter, true, &interrupted);
    let mut section_end = section.end;
    let mut body = section.body;
    // An empty line between the headers is the publisher's: the body has a marker of its own.
    let mut content_length = section.content_length;
    while let Some(at) = body {
        let line = Line::at(bytes, at);
        let goes_on = at < bytes.len()
            && at == section_behind_blank(bytes, section_end, at)
            && HeaderLine::parse(content(bytes, line)).is_some()
            && end_marker.is_none_or(|end| at < end)
            && !interrupted(line);
        if !goes_on {
            break;
        }
        let next = header_section(bytes, at, Dress::Gutter, true, &interrupted);
        if next.end <= section_end {
            break;
        }
        (section_end, body) = (next.end, next.body);
        content_length = content_length.or(next.content_length);
    }
    let headers = from..section_end;
    let (kind, start_line, status) = what(bytes, &headers);

    let proven = match (body, content_length) {
        (Some(body), Some(length)) if length > 0 => {
            let follows = |at: usize| {
                let at = super::skip_few_blank_lines(bytes, at);
                bytes[at.min(bytes.len())..].starts_with(END)
            };
            proven_body_end(view, body, length, &follows)
        }
        _ => None,
    };
    let end_of = |marker: usize| {
        let line = Line::at(bytes, marker);
        (marker, line.next)
    };
    let (body_end, len) = match (proven, end_marker) {
        (Some(end), _) => (end, end_of(super::skip_few_blank_lines(bytes, end)).1),
        (None, Some(marker)) => end_of(marker),
        (None, None) => match body {
            Some(body) => {
                let end = interruption_behind_own_lines(view, formats, body);
                (end, end)
            }
            None => (
                section_end,
                section_end.max(Line::at(bytes, section_end).start),
            ),
        },
    };
    let body = body.unwrap_or(section_end);
    Frame {
        len: len.max(least).max(Line::at(bytes, 0).next),
        kind,
        dress: Dress::Gutter,
        start_line,
        status,
        headers,
        body: body..body_end.max(body),
    }
}

/// Where the body of a record without an end marker is interrupted.
fn interruption_behind_own_lines(view: &View<'_>, formats: &Formats, body: usize) -> usize {
    formats.next_interruption(view, Line::at(view.bytes, body).next)
}

/// `body` if only an empty line lies between it and the headers' end.
fn section_behind_blank(bytes: &[u8], headers_end: usize, body: usize) -> usize {
    let blank = Line::at(bytes, headers_end);
    if blank.is_blank(bytes) {
        blank.next
    } else {
        body.wrapping_add(1)
    }
}

/// What a record is, from its own lines: kind, start line and status.
fn what(
    bytes: &[u8],
    lines: &std::ops::Range<usize>,
) -> (Kind, std::ops::Range<usize>, Option<u16>) {
    let mut kind = Kind::Fragment;
    for line in Lines::from(&bytes[..lines.end], lines.start) {
        let content = content(bytes, line);
        let Some(header) = HeaderLine::parse(content) else {
            continue;
        };
        match header.name {
            b"Start-Line" => {
                let start = line.end - (content.len() - value_offset(content));
                let text = &bytes[start..line.end];
                if let Some(parsed) = StartLine::parse(text) {
                    return (Kind::Message, start..start + parsed.len, parsed.status);
                }
                let next = Line::at(bytes, line.next);
                if StartLine::is_wrapped(text, next.text(bytes)) {
                    return (Kind::Message, start..next.end, None);
                }
                // One that was cut to nothing is none.
                if !text.trim_ascii().is_empty() {
                    return (Kind::Message, start..line.end, None);
                }
            }
            b"LogType" | b"Severity" | b"SIP-Start-Line" | b"Result-Code" => {
                kind = Kind::ServerDiagnostic;
            }
            _ => {}
        }
    }
    (kind, 0..0, None)
}

fn value_offset(line: &[u8]) -> usize {
    let colon = line
        .iter()
        .position(|b| *b == b':')
        .map_or(line.len(), |colon| colon + 1);
    colon + indent(&line[colon..])
}

/// A message as it was on the wire, behind a `TL_` line of the managed stack.
fn wire_message(view: &View<'_>, formats: &Formats, first: Line) -> Option<Frame> {
    let bytes = view.bytes;
    let ends = |line: Line| {
        let content = line.text(bytes).trim_ascii_start();
        content.starts_with(b"------------EndOf")
    };
    let interrupted = |line: Line| ends(line) || formats.interrupts(bytes, line);
    // The stack's own marker announces the message; an empty line without it ends the sentence.
    let mut announced = false;
    let start = Lines::from(bytes, first.next)
        .take(4)
        .take_while(|line| {
            announced |= memmem::find(line.text(bytes), b"SipMessage").is_some();
            !interrupted(*line) && (announced || !line.is_blank(bytes))
        })
        .find(|line| StartLine::parse(content(bytes, *line)).is_some())?;
    let text = start.text(bytes);
    let at = start.start + dress_len(text, Dress::Gutter);
    let parsed = StartLine::parse(&bytes[at..start.end])?;
    let section = header_section(bytes, start.next, Dress::Gutter, true, &interrupted);
    let body = section.body.unwrap_or(section.end);
    let follows = |at: usize| {
        let at = super::skip_few_blank_lines(bytes, at);
        formats.follows(view, at) || ends(Line::at(bytes, at))
    };
    let proven = section.body.and(section.content_length);
    let proven = proven.and_then(|length| proven_body_end(view, body, length, &follows));
    let mut len = match proven {
        Some(end) => super::skip_few_blank_lines(bytes, end),
        None => {
            let mut lines = Lines::from(bytes, body);
            let stop = lines.find(|line| interrupted(*line));
            if stop.is_none() {
                view.starve();
            }
            stop.map_or(bytes.len(), |line| line.start)
        }
    };
    let body_end = proven.unwrap_or(len);
    let closing = Line::at(bytes, len);
    if ends(closing) {
        len = closing.next;
    }
    Some(Frame {
        len: len.max(first.next),
        kind: Kind::Message,
        dress: Dress::Gutter,
        start_line: at..at + parsed.len,
        status: parsed.status,
        headers: start.next..section.end.max(start.next),
        body: body..body_end.max(body),
    })
}

/// A `TL_` line without a record, with its continuation lines.
fn sentence(view: &View<'_>, formats: &Formats, first: Line) -> Frame {
    let bytes = view.bytes;
    let mut len = first.next;
    for line in Lines::from(bytes, first.next) {
        if line.is_blank(bytes) || formats.starts(bytes, line) {
            break;
        }
        len = line.next;
        // An end marker whose record has lost its beginning closes this one.
        if line.text(bytes).starts_with(END) {
            break;
        }
    }
    Frame::of_text(Kind::Entry, len)
}
