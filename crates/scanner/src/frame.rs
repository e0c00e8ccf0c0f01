//! Framing: where a record ends, and where in it the message stands.
//!
//! A trace is a sequence of records without gaps. Where a record ends follows from its own bytes
//! and a bounded look ahead, never from what came before it: any part of a file can be framed on
//! its own, if one knows where a record begins.

use std::cell::Cell;
use std::ops::Range;

use siptriage_diagnostics::is_sip_header;

use crate::lines::{Line, Lines, indent};
use crate::sip::{HeaderLine, StartLine, header_name_len, is_sdp, joined_header, opens_body};

/// Longest record, in bytes. A longer one is cut there and counted as trouble: hostile input must
/// not make a reader hold more. The largest message met was 8 KB; rosters of conferences and
/// one-line XML reach hundreds of kilobytes.
pub(crate) const MAX_RECORD: usize = 4 << 20;

/// How far behind the end of a record a framer may look before it must ask for more bytes.
pub(crate) const LOOK_AHEAD: usize = 4 << 10;

/// The bytes from the start of a record on.
#[derive(Debug)]
pub(crate) struct View<'t> {
    /// At most [`MAX_RECORD`] bytes.
    pub(crate) bytes: &'t [u8],
    /// Whether more bytes could change the answer: false at the end of the file, or where
    /// the record limit is reached.
    pub(crate) may_grow: bool,
    starved: Cell<bool>,
}

impl<'t> View<'t> {
    pub(crate) fn new(bytes: &'t [u8], at_end_of_file: bool) -> View<'t> {
        let may_grow = !at_end_of_file && bytes.len() < MAX_RECORD;
        let bytes = &bytes[..bytes.len().min(MAX_RECORD)];
        View {
            bytes,
            may_grow,
            starved: Cell::new(false),
        }
    }

    /// Notes that bytes behind the end of the view would have been looked at.
    pub(crate) fn starve(&self) {
        self.starved.set(true);
    }

    /// Whether a frame made from this view could be another one with more bytes.
    pub(crate) fn is_short_for(&self, frame: &Frame) -> bool {
        self.may_grow && (self.starved.get() || frame.len + LOOK_AHEAD > self.bytes.len())
    }
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A SIP message with its start line.
    Message,
    /// Headers of a message whose start line is missing.
    Fragment,
    /// A sentence of a log.
    Entry,
    /// A server's TF_DIAG record.
    ServerDiagnostic,
    /// A line of loose text.
    Loose,
}

/// How the lines of a message are dressed in a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dress {
    /// As they are, perhaps indented.
    Plain,
    /// With line numbers, list marks, quotes or a ladder diagram before them.
    Gutter,
    /// All on one physical line, with escapes for line ends.
    Escaped,
}

/// A record: where it ends, and where its parts are. Offsets from the start of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Bytes of the record, line ends included.
    pub(crate) len: usize,
    pub(crate) kind: Kind,
    pub(crate) dress: Dress,
    /// The start line as it stands, a wrapped one with its line end.
    pub(crate) start_line: Range<usize>,
    /// Status code of a response.
    pub(crate) status: Option<u16>,
    /// The header section; in server records with the lines of the record before it.
    pub(crate) headers: Range<usize>,
    /// The body; of a log sentence and a loose line, the whole text.
    pub(crate) body: Range<usize>,
}

impl Frame {
    /// A record without a message: everything is text.
    pub(crate) fn of_text(kind: Kind, len: usize) -> Frame {
        Frame {
            len,
            kind,
            dress: Dress::Plain,
            start_line: 0..0,
            status: None,
            headers: 0..0,
            body: 0..len,
        }
    }
}

/// How many bytes of dress stand before the content of a line.
pub(crate) fn dress_len(line: &[u8], dress: Dress) -> usize {
    match dress {
        Dress::Plain => indent(line),
        Dress::Gutter => gutter_len(line),
        Dress::Escaped => 0,
    }
}

/// Line numbers, list marks, comment marks, quotes and ladder diagrams before pasted text.
fn gutter_len(line: &[u8]) -> usize {
    // Nearly every line of a message begins with a header's name.
    if line.first().is_some_and(u8::is_ascii_alphabetic) {
        return 0;
    }
    let mut at = 0;
    let mut numbered = false;
    loop {
        at += indent(&line[at..]);
        let rest = &line[at..];
        let digits = rest
            .iter()
            .take(7)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let mark = match rest {
            [b'-' | b'*' | b'>' | b'+', b' ' | b'\t', ..] => 2,
            [b'-' | b'*' | b'>' | b'|'] => 1,
            [b'/', b'/', b' ' | b'\t', ..] => 3,
            [0xE2, 0x80, 0xA2, ..] => 3,
            [b'|' | b'"', ..] => 1,
            _ if (1..=6).contains(&digits) && !numbered => {
                let dot = usize::from(matches!(rest.get(digits), Some(b'.' | b':' | b')')));
                match rest.get(digits + dot) {
                    Some(b' ' | b'\t') => {
                        numbered = true;
                        digits + dot
                    }
                    _ => break,
                }
            }
            _ => break,
        };
        at += mark;
    }
    let content = &line[at..];
    if content.is_empty()
        || StartLine::parse(content).is_some()
        || header_name_len(content).is_some()
    {
        return at;
    }
    // A ladder diagram to the left: the text is behind its last bar.
    let bar = content.iter().rposition(|b| *b == b'|' || *b == 0x82);
    if let Some(bar) = bar.map(|bar| at + bar)
        && (line[bar] == b'|' || line[..bar].ends_with(&[0xE2, 0x94]))
    {
        let behind = bar + 1 + indent(&line[bar + 1..]);
        let content = &line[behind..];
        if StartLine::parse(content).is_some() || header_name_len(content).is_some() {
            return behind;
        }
    }
    at
}

/// The header section of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeaderSection {
    /// Behind the last header line.
    pub(crate) end: usize,
    /// Where the body begins; `None` where the section was ended by something else.
    pub(crate) body: Option<usize>,
    /// `Content-Length`, where it can be read.
    pub(crate) content_length: Option<usize>,
    /// Whether there is a `Content-Type`.
    pub(crate) has_content_type: bool,
}

/// Lines that are neither headers nor their continuations, in a row, after which a message that
/// nothing frames is over.
const MAX_STRAY_LINES: usize = 3;

/// Reads header lines from `at` until an empty line, the start of a body, or a line that `stops`.
/// Stray lines (wrapped values, noise of other threads) are passed over; outside of a frame only
/// a few in a row.
pub(crate) fn header_section(
    bytes: &[u8],
    at: usize,
    dress: Dress,
    framed: bool,
    stops: &dyn Fn(Line) -> bool,
) -> HeaderSection {
    let mut section = header_lines(bytes, at, dress, framed, stops);
    note_joined_headers(&mut section, bytes, at);
    section
}

fn header_lines(
    bytes: &[u8],
    at: usize,
    dress: Dress,
    framed: bool,
    stops: &dyn Fn(Line) -> bool,
) -> HeaderSection {
    let mut section = HeaderSection {
        end: at,
        body: None,
        content_length: None,
        has_content_type: false,
    };
    let mut stray = 0;
    let mut double_spaced = false;
    for line in Lines::from(bytes, at) {
        let text = line.text(bytes);
        let content = &text[dress_len(text, dress).min(text.len())..];
        // ngrep shows the carriage return of an empty line as a full stop.
        if content.is_empty() || content == b"." || content == b"\\" || is_literal_line_end(content)
        {
            // Pages show traces with an empty line behind each line. Where one stands before the
            // first header, those that follow divide nothing either.
            let next = Line::at(bytes, line.next);
            let next = next.text(bytes);
            let next = &next[dress_len(next, dress).min(next.len())..];
            let next = HeaderLine::parse(next);
            double_spaced |=
                section.end == at && next.is_some_and(|header| is_sip_header(header.name));
            if double_spaced && next.is_some() {
                continue;
            }
            section.body = Some(line.next);
            return section;
        }
        if stops(line) {
            return section;
        }
        if opens_body(content) {
            section.body = Some(line.start);
            return section;
        }
        if let Some(header) = HeaderLine::parse(content) {
            if header.name == b"Message-Body" {
                let value = content.len() - header_value_offset(content);
                section.body = Some(line.end - value);
                return section;
            }
            stray = 0;
            note_header(&mut section, header);
        } else if !text.starts_with(b" ") && !text.starts_with(b"\t") {
            stray += 1;
            if !framed && stray > MAX_STRAY_LINES {
                return section;
            }
        }
        section.end = line.next;
    }
    section
}

/// Looks for what a section's own lines do not say in headers that lost line ends joined to them.
fn note_joined_headers(section: &mut HeaderSection, bytes: &[u8], from: usize) {
    if section.content_length.is_some() {
        return;
    }
    for line in Lines::from(&bytes[..section.end], from) {
        let mut rest = line.text(bytes);
        while let Some(joined) = joined_header(rest, 1) {
            rest = &rest[joined + 1..];
            if let Some(header) = HeaderLine::parse(rest) {
                note_header(section, header);
            }
        }
    }
}

/// `\r\n"`: the empty line of a message that stands in source code.
fn is_literal_line_end(content: &[u8]) -> bool {
    content.starts_with(b"\\r\\n") && content.len() <= 6
}

/// Where the value of the header at the front of `line` begins, behind the blanks.
fn header_value_offset(line: &[u8]) -> usize {
    let colon = line
        .iter()
        .position(|b| *b == b':')
        .map_or(line.len(), |colon| colon + 1);
    colon + indent(&line[colon..])
}

fn note_header(section: &mut HeaderSection, header: HeaderLine<'_>) {
    if header.is("Content-Length") && section.content_length.is_none() {
        let digits = header
            .value
            .iter()
            .take(8)
            .take_while(|b| b.is_ascii_digit())
            .count();
        if digits > 0 {
            let digits = header.value[..digits].iter();
            let len = digits.fold(0, |n, digit| n * 10 + usize::from(digit - b'0'));
            section.content_length = Some(len);
        }
    } else if header.is("Content-Type") {
        section.has_content_type = true;
    }
}

/// Longest walk that looks for the end of a body whose line ends were changed, in bytes.
pub(crate) const MAX_LINE_END_WALK: usize = 64 << 10;

/// Where the body that begins at `start` ends, if `Content-Length` tells.
///
/// A body may quote anything: pasted logs, markers, whole messages. So the length is what counts,
/// but only where it proves itself: at its end something must stand that can follow a message
/// (`follows`). Lengths count CR LF; where a trace was saved with LF, they are counted so.
pub(crate) fn proven_body_end(
    view: &View<'_>,
    start: usize,
    length: usize,
    follows: &dyn Fn(usize) -> bool,
) -> Option<usize> {
    let bytes = view.bytes;
    if length == 0 {
        return Some(start);
    }
    let end = start.checked_add(length)?;
    if end.saturating_add(LOOK_AHEAD) > bytes.len() {
        view.starve();
    }
    // Line ends that were changed take away at most half of a body.
    if length / 2 > bytes.len() - start.min(bytes.len()) {
        return None;
    }
    let as_written = || (end <= bytes.len() && follows(end)).then_some(end);
    let as_sent = || body_end_as_sent(&bytes[..bytes.len().min(end)], start, length, follows);
    // Where the line ends around the body were changed, those in it were too: counting them as
    // they are would pass over as many bytes of what follows, and can hit a record start there.
    if bytes[..start].ends_with(b"\r\n") {
        as_written().or_else(as_sent)
    } else {
        as_sent().or_else(as_written)
    }
}

/// Where a body of `length` bytes ends if every line end in it was CR LF on the wire.
fn body_end_as_sent(
    bytes: &[u8],
    start: usize,
    length: usize,
    follows: &dyn Fn(usize) -> bool,
) -> Option<usize> {
    let walk = &bytes[start..bytes.len().min(start + MAX_LINE_END_WALK)];
    let mut wire = 0;
    for line in Lines::from(walk, 0) {
        let text = line.end - line.start;
        if wire + text >= length {
            // The last line has no line end of its own.
            return (wire + text == length && follows(start + line.end))
                .then_some(start + line.end);
        }
        wire += text + 2;
        if wire == length {
            return follows(start + line.next).then_some(start + line.next);
        }
    }
    None
}

/// Whether the lines of an unframed message's body from `at` on can be one: a content type was
/// announced, or the text looks like a body.
pub(crate) fn body_is_plausible(bytes: &[u8], at: usize, section: &HeaderSection) -> bool {
    let at = crate::formats::skip_few_blank_lines(bytes, at);
    let line = Line::at(bytes, at);
    let text = line.text(bytes);
    let content = &text[gutter_len(text).min(text.len())..];
    opens_body(content)
        || is_sdp(content)
        || content.starts_with(b"--")
        || (section.has_content_type && section.content_length.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_numbers_marks_and_quotes_are_dress() {
        for (line, want) in [
            ("Via: x", 0),
            ("  Via: x", 2),
            ("> Via: x", 2),
            ("> > Via: x", 4),
            ("// Via: x", 3),
            ("- * + Via: x", 6),
            ("\"Via: x", 1),
            ("| Via: x", 2),
            ("\u{2022} Via: x", 4),
            ("12 Via: x", 3),
            ("12. Via: x", 4),
            ("123456: Via: x", 8),
            // A mark alone is an empty line.
            (">", 1),
            ("-", 1),
            (" *", 2),
            ("|", 1),
            ("", 0),
            // No number stands there, or a second one, or a longer one.
            (". Via: x", 0),
            ("12 34 Via: x", 3),
            ("1234567 Via: x", 0),
            ("12Via: x", 0),
            // A ladder to the left; a bar in a value is none.
            ("192.0.2.1  |  192.0.2.2  | Via: x", 27),
            ("192.0.2.1 \u{2502} SIP/2.0 200 OK", 14),
            ("> From: a|To: b", 2),
            ("> SIP/2.0 200 a|To: b", 2),
            ("12 |no header", 4),
        ] {
            assert_eq!(gutter_len(line.as_bytes()), want, "{line}");
        }
    }

    fn section(text: &str, framed: bool) -> HeaderSection {
        header_section(text.as_bytes(), 0, Dress::Plain, framed, &|line| {
            line.text(text.as_bytes()) == b"STOP"
        })
    }

    #[test]
    fn a_section_ends_where_a_body_begins() {
        for (text, want) in [
            ("Via: a\n\nTo: b\n", "To: b\n"),
            ("Via: a\n.\nx", "x"),
            ("Via: a\n\\\nx", "x"),
            ("Via: a\n\\r\\n\"\nx", "x"),
            ("Via: a\n<?xml?>\n", "<?xml?>\n"),
            ("Via: a\nv=0\n", "v=0\n"),
            ("Via: a\nMessage-Body: x\n", "x\n"),
            // Nothing is double-spaced where no header follows the first empty line.
            ("\nwords\n", "words\n"),
            // An empty line behind each line, headers that nobody knows too.
            ("\nVia: a\n\nX-Own: b\n\nTo: c\n\nwords\n", "words\n"),
        ] {
            let section = section(text, true);
            assert_eq!(section.body.map(|body| &text[body..]), Some(want), "{text}");
        }
        for text in ["Via: a\n", "Via: a\nSTOP\n\nx", "Via: a\n\\r\\n and words"] {
            assert_eq!(section(text, true).body, None, "{text}");
        }
    }

    #[test]
    fn a_few_stray_lines_are_passed_over_and_in_a_frame_any_number() {
        let text = |stray: &str, count: usize| format!("Via: a\n{}To: b\n", stray.repeat(count));
        for (stray, count, framed, whole) in [
            ("stray\n", 3, false, true),
            ("stray\n", 4, false, false),
            ("stray\n", 9, true, true),
            // The rest of a value.
            (" folded\n", 9, false, true),
            ("\tfolded\n", 9, false, true),
        ] {
            let text = text(stray, count);
            let end = section(&text, framed).end;
            let want = match whole {
                true => text.len(),
                false => "Via: a\n".len() + MAX_STRAY_LINES * stray.len(),
            };
            assert_eq!(end, want, "{count} times {stray:?}");
        }
        // Headers between them begin anew.
        let text = "stray\nstray\nVia: a\nstray\nstray\nTo: b\n";
        assert_eq!(section(text, false).end, text.len());
    }

    #[test]
    fn the_first_length_that_can_be_read_is_the_length() {
        for (text, want) in [
            ("Content-Length: 5\nContent-Length: 9\n", Some(5)),
            ("Max-Forwards: 70\nl: 5 bytes\n", Some(5)),
            ("Content-Length: x\nContent-Length: 5\n", Some(5)),
            ("Content-Length: 0\n", Some(0)),
            // Line ends were lost.
            ("CSeq: 1 INVITE Content-Length: 5\n", Some(5)),
            ("CSeq: 1 INVITE Via: a To: b Content-Length: 5\n", Some(5)),
            (
                "CSeq: 1 INVITE Content-Length: 5\nContent-Length: 9\n",
                Some(9),
            ),
            ("Max-Forwards: 70\n", None),
        ] {
            assert_eq!(section(text, true).content_length, want, "{text}");
        }
        assert!(section("c: text/plain\n", true).has_content_type);
        assert!(!section("Content-Length: 5\n", true).has_content_type);
    }

    #[test]
    fn a_view_is_short_if_more_bytes_could_tell_more() {
        let bytes = vec![b'x'; 2 * LOOK_AHEAD];
        let frame = |len| Frame::of_text(Kind::Loose, len);
        let view = View::new(&bytes, false);
        assert!(!view.is_short_for(&frame(LOOK_AHEAD)));
        assert!(view.is_short_for(&frame(LOOK_AHEAD + 1)));
        assert!(view.is_short_for(&frame(2 * LOOK_AHEAD)));
        view.starve();
        assert!(view.is_short_for(&frame(1)));
        // Nothing follows.
        let last = View::new(&bytes, true);
        last.starve();
        assert!(!last.is_short_for(&frame(2 * LOOK_AHEAD)));
    }

    #[test]
    fn a_length_counts_where_something_that_can_follow_stands_at_its_end() {
        let end = |text: &str, start: usize, length: usize, at: usize| {
            let view = View::new(text.as_bytes(), true);
            proven_body_end(&view, start, length, &|end| end == at)
        };
        // As it stands.
        assert_eq!(end("h\r\nbody\r\nnext", 3, 6, 9), Some(9));
        assert_eq!(end("h\r\nbody\r\nnext", 3, 6, 8), None);
        assert_eq!(end("h\r\nbody", 3, 4, 7), Some(7));
        assert_eq!(end("h\r\nbody", 3, 5, 8), None);
        assert_eq!(end("h\r\nbody", 3, 0, 99), Some(3));
        // Line ends that were changed: each counts for two bytes.
        assert_eq!(end("h\na\nb\nnext", 2, 6, 6), Some(6));
        assert_eq!(end("h\na\nb\nnext", 2, 4, 5), Some(5));
        assert_eq!(end("h\na\nb\nnext", 2, 5, 6), None);
        assert_eq!(end("h\n\n\n", 2, 4, 4), Some(4));
        assert_eq!(end("h\n\n\n", 2, 6, 4), None);
        // Where both could be, what was sent counts, if the head was changed too.
        let either = |text: &str, start: usize| {
            let view = View::new(text.as_bytes(), true);
            proven_body_end(&view, start, 4, &|_| true)
        };
        assert_eq!(either("h\n\n\n\n\n", 2), Some(4));
        assert_eq!(either("h\r\n\n\n\n\n", 3), Some(7));
    }

    #[test]
    fn who_cannot_see_behind_a_body_asks_for_more() {
        let starved = |behind: usize| {
            let bytes = vec![b'x'; 3 + 5 + behind];
            let view = View::new(&bytes, false);
            let _ = proven_body_end(&view, 3, 5, &|_| true);
            view.starved.get()
        };
        assert!(starved(0) && starved(LOOK_AHEAD - 1));
        assert!(!starved(LOOK_AHEAD) && !starved(LOOK_AHEAD + 1));
    }

    #[test]
    fn line_ends_of_a_body_are_counted_again_for_some_kilobytes_only() {
        let end = |lines: usize| {
            let text = format!("h\nfrom\n{}", "line\n".repeat(lines));
            let view = View::new(text.as_bytes(), true);
            proven_body_end(&view, 7, 6 * lines, &|end| end == text.len())
        };
        let most = MAX_LINE_END_WALK / 5;
        assert_eq!(end(most), Some(7 + 5 * most));
        assert_eq!(end(most + 2), None);
    }

    #[test]
    fn a_body_without_a_frame_must_look_like_one() {
        let plausible = |head: &str, body: &str| {
            let section = section(head, true);
            body_is_plausible(body.as_bytes(), 0, &section)
        };
        for body in ["<?xml?>", "v=0", "o=x", "--boundary", "\n\n> v=0"] {
            assert!(plausible("Via: a\n", body), "{body}");
        }
        assert!(!plausible("Via: a\n", "words"));
        assert!(!plausible("Content-Type: text/plain\n", "words"));
        assert!(!plausible("Content-Length: 5\n", "words"));
        assert!(plausible("c: text/plain\nl: 5\n", "words"));
    }
}
