//! Pidgin-SIPE debug logs.
//!
//! ```text
//! (hh:mm:ss) sipe:
//! MESSAGE START <<<<<<<<<< SIP(0x…) - 2026-03-14T09:26:53.589793Z
//! SIP text
//!
//! MESSAGE END <<<<<<<<<< SIP(0x…) - 2026-03-14T09:26:53.589793Z
//! ```
//! `<` is incoming, `>` outgoing. The stamps of the markers are UTC, those of other lines local
//! and without a date. Without its unsafe debug mode SIPE writes markers of one line and no
//! message. Other threads' lines may stand inside a message.

use memchr::memmem;

use crate::formats::{Formats, Sample, Surroundings, TraceFormat};
use crate::frame::{Dress, Frame, Kind, View, header_section};
use crate::lines::{Line, Lines, skip_blank_lines};
use crate::sip::StartLine;
use crate::stamps::iso_stamp;

#[derive(Debug)]
pub(super) struct Sipe;

const START: &[u8] = b"MESSAGE START ";
const END: &[u8] = b"MESSAGE END ";

/// How far behind its start the end of a message is looked for.
const MAX_MARKER_DISTANCE: usize = 256 << 10;

/// Whether a line is a marker: the words, then a row of angle brackets.
fn is_marker(line: &[u8], words: &[u8]) -> bool {
    let line = match log_line_text(line) {
        Some(at) => &line[at..],
        None => line,
    };
    line.strip_prefix(words)
        .is_some_and(|rest| rest.starts_with(b"<<<<") || rest.starts_with(b">>>>"))
}

/// Where the text of a debug line `(hh:mm:ss) name: text` begins.
fn log_line_text(line: &[u8]) -> Option<usize> {
    let [b'(', h1, h2, b':', m1, m2, b':', s1, s2, b')', b' ', ..] = line else {
        return None;
    };
    if ![h1, h2, m1, m2, s1, s2].iter().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let name = line[11..]
        .iter()
        .take(40)
        .take_while(|b| !matches!(b, b':' | b' '))
        .count();
    let colon = 11 + name;
    (name > 0 && line.get(colon) == Some(&b':'))
        .then(|| colon + 1 + usize::from(line.get(colon + 1) == Some(&b' ')))
}

impl TraceFormat for Sipe {
    fn name(&self) -> &'static str {
        "sipe"
    }

    fn title(&self) -> &'static str {
        "Pidgin-SIPE debug log"
    }

    fn starts(&self, bytes: &[u8], line: Line) -> bool {
        let text = line.text(bytes);
        match text.first() {
            Some(b'(') => log_line_text(text).is_some(),
            Some(b'M') => is_marker(text, START) || is_marker(text, END),
            _ => false,
        }
    }

    fn interrupts(&self) -> bool {
        true
    }

    fn frame(&self, view: &View<'_>, formats: &Formats) -> Frame {
        let bytes = view.bytes;
        let first = Line::at(bytes, 0);
        if !is_marker(first.text(bytes), START) {
            return Frame::of_text(Kind::Entry, first.next);
        }
        let end_marker = end_marker(view, first.next);
        let interrupted = |line: Line| {
            is_marker(line.text(bytes), END)
                || is_marker(line.text(bytes), START)
                || (end_marker.is_none() && formats.interrupts(bytes, line))
        };
        let limit = match end_marker {
            Some(end) => end,
            None => {
                let mut lines = Lines::from(bytes, first.next);
                let stop = lines.find(|line| interrupted(*line));
                if stop.is_none() {
                    view.starve();
                }
                stop.map_or(bytes.len(), |line| line.start)
            }
        };
        let message = skip_blank_lines(&bytes[..limit], first.next);
        let line = Line::at(&bytes[..limit], message);
        let parsed = StartLine::parse(line.text(bytes));
        let headers = if parsed.is_some() { line.next } else { message };
        let section = header_section(&bytes[..limit], headers, Dress::Plain, true, &interrupted);
        let closing = Line::at(bytes, limit);
        let closed = is_marker(closing.text(bytes), END);
        Frame {
            len: if closed { closing.next } else { limit },
            kind: match (&parsed, section.end > headers) {
                (Some(_), _) => Kind::Message,
                (None, true) => Kind::Fragment,
                (None, false) => Kind::Entry,
            },
            dress: Dress::Plain,
            start_line: parsed.map_or(0..0, |parsed| line.start..line.start + parsed.len),
            status: parsed.and_then(|parsed| parsed.status),
            headers: headers..section.end,
            body: section.body.unwrap_or(limit).min(limit)..limit,
        }
    }

    fn surroundings<'t>(&self, bytes: &'t [u8], _frame: &Frame) -> Surroundings<'t> {
        let first = Line::at(bytes, 0).text(bytes);
        let direction = if !is_marker(first, START) {
            None
        } else if memmem::find(first, b"<<<<").is_some() {
            Some("incoming".into())
        } else {
            Some("outgoing".into())
        };
        Surroundings {
            time: iso_stamp(first),
            direction,
            peer: None,
        }
    }

    fn is_of_an_end(&self) -> bool {
        true
    }

    fn samples(&self) -> &'static [Sample] {
        &[Sample {
            text: "(10:26:53) sipe: \n\
                MESSAGE START <<<<<<<<<< SIP(0x55d0c0ffee00) - 2026-03-14T09:26:53.589793Z\n\
                SIP/2.0 101 Progress Report\n\
                From: <sip:ann@contoso.com>;tag=1\n\
                Call-ID: abc\n\
                (10:26:53) backend-fs2: got new local candidate: 9\n\
                CSeq: 1 INVITE\n\
                Ms-Diagnostics: 13004;reason=\"Request was proxied to one or more registered endpoints\";source=\"fe01.contoso.com\";Count=\"1\"\n\
                Content-Length: 0\n\
                \n\
                \n\
                MESSAGE END <<<<<<<<<< SIP(0x55d0c0ffee00) - 2026-03-14T09:26:53.589793Z\n\
                (10:26:54) sipe: MESSAGE <<<<<<<<<< SIP(0x55d0c0ffee00)\n\
                (10:26:54) sipe: process_input_message: removing CSeq 6\n",
            records: 4,
            messages: 1,
            diagnoses: &[("header", 13004)],
        }]
    }
}

/// Where the line of the end marker begins, unless another message starts before it.
fn end_marker(view: &View<'_>, from: usize) -> Option<usize> {
    let limit = view.bytes.len().min(from + MAX_MARKER_DISTANCE);
    let slice = &view.bytes[..limit];
    for at in memmem::find_iter(&slice[from.min(limit)..], b"MESSAGE ").map(|at| from + at) {
        let line_start = memchr::memrchr(b'\n', &slice[..at]).map_or(0, |lf| lf + 1);
        let line = Line::at(slice, line_start);
        if is_marker(line.text(slice), END) {
            return Some(line_start);
        }
        if is_marker(line.text(slice), START) {
            return None;
        }
    }
    if limit == view.bytes.len() {
        view.starve();
    }
    None
}
