//! Parsers of this crate, laid open for those who feed them bytes of any kind: the crate `torture`
//! and its fuzz targets. No part of what the crate offers; it may change at any time.
//!
//! Each function asserts what its parser promises of any bytes, besides not to panic.

use siptriage_facts::{Name, Stamp, Zone};

use crate::Encoding;
use crate::chunk::frame_at;
use crate::extract::{Looked, extract};
use crate::formats::Formats;
use crate::frame::{Dress, Frame, View};
use crate::native::lanes::Lanes;
use crate::quality::{Tags, next_report, read_report};
use crate::sip::{HeaderLine, StartLine, header_name_len, joined_header};
use crate::stamps::{PLAIN_STAMP, PlainStamps, client_stamp, iso_stamp, server_stamp};
use crate::value::{next_cdr, next_diag_header, next_name, value_at};
use crate::wide::{Stretches, decode};

/// A record of a text, as its framer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Where it begins.
    pub start: usize,
    /// Behind its last byte.
    pub end: usize,
    /// The word of its trace format.
    pub trace_format: &'static str,
    /// Whether it has a start line, and so is a message.
    pub is_message: bool,
    /// Status, where it is a response.
    pub status: Option<u16>,
    /// Diagnoses in it.
    pub diagnoses: usize,
}

/// The records of a text, framed and extracted step by step; of one trace format and loose text,
/// or of all.
///
/// # Panics
/// If a record has no byte, leaves a gap, or has a part that is not in it.
pub fn records(text: &[u8], only: Option<&str>) -> Vec<Record> {
    let formats = Formats::new(only);
    let file: Name = "<text>".into();
    let mut records = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let rest = &text[start..];
        let (frame, format) = frame_at(&View::new(rest, true), &formats);
        assert_in_record(&frame, rest.len());
        let looked = Looked::at(&rest[..frame.len]);
        let found = extract(rest, &frame, format, &file, looked, None);
        for event in &found.events {
            assert!(event.place.offset < frame.len as u64, "{event:?}");
        }
        for (trouble, at) in &found.troubles {
            assert!(*at <= frame.len, "{trouble:?} at {at} of {}", frame.len);
        }
        records.push(Record {
            start,
            end: start + frame.len,
            trace_format: format.name(),
            is_message: !frame.start_line.is_empty(),
            status: frame.status,
            diagnoses: found.events.len(),
        });
        start += frame.len;
    }
    assert_eq!(start, text.len(), "the last record ends with the text");
    records
}

fn assert_in_record(frame: &Frame, len: usize) {
    assert!(frame.len > 0 && frame.len <= len, "{frame:?} of {len}");
    for part in [&frame.start_line, &frame.headers, &frame.body] {
        assert!(
            part.start <= part.end && part.end <= frame.len,
            "{part:?} of {frame:?}"
        );
    }
}

/// Reads a line as a start line, as a header, and as several headers joined by lost line ends.
///
/// # Panics
/// If one of them is said to be longer than the line.
pub fn sip_line(line: &[u8]) {
    if let Some(start_line) = StartLine::parse(line) {
        assert!(start_line.len <= line.len());
        if let Some(status) = start_line.status {
            assert!((100..=999).contains(&status), "{status}");
        }
    }
    let half = line.len() / 2;
    StartLine::is_wrapped(&line[..half], &line[half..]);
    if let Some(len) = header_name_len(line) {
        assert!(len < line.len(), "a colon stands behind a name");
    }
    if let Some(header) = HeaderLine::parse(line) {
        assert!(header.name.len() + header.value.len() < line.len());
    }
    let mut from = 0;
    while let Some(at) = joined_header(line, from) {
        assert!(at >= from && at < line.len(), "{at} from {from}");
        from = at + 1;
    }
}

/// Looks for diagnoses by header name, by the shape of monitoring reports and by element, and reads
/// the value of each in every dress.
///
/// # Panics
/// If a search does not go on, or a value ends where it cannot.
pub fn values(text: &[u8]) {
    let read = |value: usize| {
        for dress in [Dress::Plain, Dress::Gutter, Dress::Escaped] {
            let read = value_at(text, value, dress);
            assert!(
                (value..=text.len()).contains(&read.end),
                "{read:?} from {value}"
            );
        }
    };
    let searches: [&dyn Fn(usize) -> Option<usize>; 3] = [
        &|from| next_name(text, from).map(|hit| hit.value),
        &|from| next_cdr(text, from, text.len()).map(|hit| hit.value + 1),
        &|from| next_diag_header(text, from).map(|hit| hit.value),
    ];
    for search in searches {
        let mut from = 0;
        while let Some(next) = search(from) {
            assert!(next > from, "{next} from {from}");
            from = next;
            read(next.min(text.len()));
        }
    }
    read(0);
}

/// The stamps that each format reads at the front of a text.
///
/// # Panics
/// If the short way and the long way of a client's stamp differ, or a stamp is of no year.
pub fn stamps(text: &[u8]) -> Vec<Stamp> {
    let client = client_stamp(text);
    let mut plain = PlainStamps::default();
    let short = plain.read(text, b'|', Zone::Local);
    // From what it remembers now, the same.
    assert_eq!(plain.read(text, b'|', Zone::Local), short);
    if let Some(short) = short {
        assert_eq!(
            client,
            Some((Some(short), PLAIN_STAMP)),
            "the long way reads another stamp"
        );
    }
    if let Some((_, len)) = client {
        assert!(len <= text.len());
    }
    let found = [
        client.and_then(|(stamp, _)| stamp),
        server_stamp(text),
        iso_stamp(text),
        short,
    ];
    let found: Vec<Stamp> = found.into_iter().flatten().collect();
    // 0001-01-01 to 9999-12-31, with a leap second.
    for stamp in &found {
        assert!(
            (-62_135_596_800_000_000..=253_402_300_800_999_999).contains(&stamp.micros),
            "{stamp:?}"
        );
    }
    found
}

/// Reads all quality reports of a text: how many, and how many media lines.
///
/// # Panics
/// If a report ends before it begins.
pub fn quality_reports(text: &[u8]) -> (usize, usize) {
    let mut tags = Tags::new(text, Lanes::best());
    let (mut reports, mut media, mut from) = (0, 0, 0);
    while let Some(start) = next_report(text, from) {
        let report = read_report(&mut tags, start);
        assert!((start..=text.len()).contains(&report.end));
        from = report.end.max(start + 1);
        reports += 1;
        media += report.media.len();
    }
    (reports, media)
}

/// UTF-16 as UTF-8, with the place in `raw` of each byte of the text.
///
/// # Panics
/// If a place is behind the end, or places go back.
pub fn decoded(raw: &[u8], encoding: Encoding) -> Vec<u8> {
    let (mut text, mut stretches) = (Vec::new(), Stretches::default());
    decode(raw, 0, encoding, &mut text, &mut stretches);
    let mut last = 0;
    // Only where a character begins: nothing is found in the middle of one.
    let begins = |at: &usize| (text[*at] as i8) >= -0x40;
    for at in (0..text.len()).filter(begins) {
        let place = stretches.original(&text, at);
        assert!(
            place >= last && place < raw.len() as u64,
            "{place} behind {last}"
        );
        last = place;
    }
    text
}
