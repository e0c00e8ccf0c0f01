//! The scanner against a reader that is slow and short enough to be seen to be right.
//!
//! It knows client logs and server text, and counts messages by method and status, diagnoses by
//! header and code, and distinct Call-IDs. It goes from line to line with what it is in written
//! out, looks at all of the text at once, and shares no code with the scanner: no chunks, no marks,
//! no searchers, no tables. What it holds to is what `docs/formats.md` says, and no more: wrapped
//! start lines, escapes, list marks and what else people do to a trace are not in it, and are not
//! done to the traces here.
//!
//! `readings.rs` holds the ways of the scanner to each other; a mistake that all of them share is
//! found only here.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod chance;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;

use chance::Chance;
use siptriage_facts::{Carrier, Everything};
use siptriage_generator::{Format, LineEnd, Options, generate, sample_files};
use siptriage_scanner::{ScanOptions, Unwatched, discover, events, messages, scan};

/// What both readers count.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    /// By method of the transaction and status; requests have none.
    messages: BTreeMap<(String, Option<u16>), u64>,
    /// By header, in lower case, and code.
    diagnoses: BTreeMap<(String, u32), u64>,
    /// Of messages.
    call_ids: BTreeSet<String>,
}

// The slow reader.

/// What the slow reader is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between records, or in one without a message.
    Outside,
    /// In the header section of a client's message, or of a server's record.
    Headers { server: bool },
    /// In the body of a client's message of which nothing proves the length.
    Body,
}

/// The message that is read.
#[derive(Debug, Default)]
struct Current {
    start_line: Option<String>,
    headers: Vec<(String, String)>,
}

struct SlowReader<'t> {
    text: &'t [u8],
    counts: Counts,
    state: State,
    current: Current,
}

const DIAGNOSTICS: [&str; 3] = [
    "ms-diagnostics",
    "ms-diagnostics-public",
    "ms-client-diagnostics",
];

impl<'t> SlowReader<'t> {
    fn read(text: &'t [u8]) -> Counts {
        let mut reader = SlowReader {
            text,
            counts: Counts::default(),
            state: State::Outside,
            current: Current::default(),
        };
        let mut at = 0;
        while at < text.len() {
            at = reader.line(at);
        }
        reader.message_ends();
        reader.counts
    }

    /// The text of the line at `at`, and where the next one begins.
    fn line_at(&self, at: usize) -> (&'t [u8], usize) {
        let rest = &self.text[at..];
        match rest.iter().position(|byte| *byte == b'\n') {
            Some(feed) => {
                let line = &rest[..feed];
                (line.strip_suffix(b"\r").unwrap_or(line), at + feed + 1)
            }
            None => (rest.strip_suffix(b"\r").unwrap_or(rest), self.text.len()),
        }
    }

    /// Reads the line at `at` and says where to go on.
    fn line(&mut self, at: usize) -> usize {
        let (line, next) = self.line_at(at);
        match self.state {
            State::Outside => {
                if let Some(said) = entry(line) {
                    if is_start_line(said) {
                        self.current.start_line = Some(text(said));
                        self.state = State::Headers { server: false };
                    }
                    return next;
                }
                if contains(line, b"$$begin_record") {
                    self.state = State::Headers { server: true };
                }
                next
            }
            State::Headers { server: false } => {
                if is_record_start(line) {
                    self.message_ends();
                    return at;
                }
                if line.is_empty() {
                    let length = self.current.content_length();
                    let end = length.and_then(|length| {
                        self.body_end(next, length, &|reader, at| {
                            let at = reader.behind_blank_lines(at);
                            at == reader.text.len() || is_record_start(reader.line_at(at).0)
                        })
                    });
                    return match end {
                        Some(end) => {
                            self.message_ends();
                            end
                        }
                        None => {
                            self.state = State::Body;
                            next
                        }
                    };
                }
                self.current.header(line);
                next
            }
            State::Body => {
                if is_record_start(line) {
                    self.message_ends();
                    return at;
                }
                next
            }
            State::Headers { server: true } => self.server_record(at),
        }
    }

    /// A server's record whose first own line is at `at`: all of it at once, up to its end marker.
    fn server_record(&mut self, at: usize) -> usize {
        // Whichever marker comes first decides: a record that lost its end has the next one's
        // beginning behind it.
        let begin = self.find(at, b"$$begin_record");
        let end = self.find(at, b"$$end_record");
        let end = end.filter(|end| begin.is_none_or(|begin| *end < begin));
        let stops = |at: usize, line: &[u8]| match end {
            Some(end) => at >= end,
            None => is_record_start(line),
        };
        let mut at = at;
        let mut body = None;
        while at < self.text.len() {
            let (line, next) = self.line_at(at);
            if stops(at, line) || line.starts_with(b"$$end_record") {
                break;
            }
            if line.starts_with(b"Message-Body:") {
                let blanks = line[13..].iter().take_while(|byte| **byte == b' ').count();
                body = Some(at + 13 + blanks);
                break;
            }
            if let Some(start_line) = line.strip_prefix(b"Start-Line: ") {
                if self.current.start_line.is_none() && !start_line.trim_ascii().is_empty() {
                    self.current.start_line = Some(text(start_line));
                }
            } else {
                self.current.header(line);
            }
            at = next;
        }
        let ends = |reader: &SlowReader<'_>, at: usize| {
            reader.text[reader.behind_blank_lines(at)..].starts_with(b"$$end_record")
        };
        let length = self.current.content_length().filter(|length| *length > 0);
        let proven = body
            .zip(length)
            .and_then(|(body, length)| self.body_end(body, length, &ends));
        self.message_ends();
        match (proven, end) {
            (Some(proven), _) => self.line_at(self.behind_blank_lines(proven)).1,
            (None, Some(end)) => self.line_at(end).1,
            (None, None) => {
                // The line of the body's beginning is no record's.
                let mut at = body.map_or(at, |body| self.line_at(body).1);
                while at < self.text.len() && !is_record_start(self.line_at(at).0) {
                    at = self.line_at(at).1;
                }
                at
            }
        }
    }

    fn find(&self, from: usize, what: &[u8]) -> Option<usize> {
        let rest = &self.text[from..];
        let at = rest.windows(what.len()).position(|window| window == what)?;
        Some(from + at)
    }

    fn behind_blank_lines(&self, at: usize) -> usize {
        let mut at = at;
        while at < self.text.len() {
            let (line, next) = self.line_at(at);
            if !line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
                break;
            }
            at = next;
        }
        at
    }

    /// Where a body of `length` bytes ends, if what stands there may follow it: as the trace has
    /// it, or with every line end counted as the two bytes that it was on the wire. Of a trace
    /// with LF line ends the second is tried first.
    fn body_end(
        &self,
        body: usize,
        length: usize,
        follows: &dyn Fn(&SlowReader<'_>, usize) -> bool,
    ) -> Option<usize> {
        if length == 0 {
            return Some(body);
        }
        let end = body.checked_add(length)?;
        let as_written = (end <= self.text.len() && follows(self, end)).then_some(end);
        let mut wire = 0;
        let mut at = body;
        let mut as_sent = None;
        while at < self.text.len() && wire < length {
            let (line, next) = self.line_at(at);
            if wire + line.len() == length {
                as_sent = Some(at + line.len());
                break;
            }
            wire += line.len() + 2;
            at = next;
            if wire == length {
                as_sent = Some(at);
            }
        }
        let as_sent = as_sent.filter(|end| follows(self, *end));
        if self.text[..body].ends_with(b"\r\n") {
            as_written.or(as_sent)
        } else {
            as_sent.or(as_written)
        }
    }

    /// Counts the message that was read.
    fn message_ends(&mut self) {
        self.state = State::Outside;
        let current = std::mem::take(&mut self.current);
        if let Some(start_line) = &current.start_line {
            let of_cseq = current.value("cseq").unwrap_or_default();
            let of_cseq = of_cseq.split_whitespace().nth(1).unwrap_or_default();
            // A server's record has a line for it, whatever stands there.
            let is_whole = is_start_line(start_line.as_bytes());
            let words: Vec<&str> = start_line.split(' ').collect();
            let (method, status) = match words.as_slice() {
                ["SIP/2.0", status, ..] if is_whole => (of_cseq, status.parse().ok()),
                [method, _, ..] if method.bytes().all(|b| b.is_ascii_uppercase()) => {
                    (*method, None)
                }
                _ => (of_cseq, None),
            };
            let key = (method.to_owned(), status);
            *self.counts.messages.entry(key).or_default() += 1;
            if let Some(call_id) = current.value("call-id").filter(|id| !id.is_empty()) {
                self.counts.call_ids.insert(call_id.to_owned());
            }
        }
        for (name, value) in &current.headers {
            let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
            if DIAGNOSTICS.contains(&name.as_str())
                && let Ok(code) = digits.parse()
            {
                *self
                    .counts
                    .diagnoses
                    .entry((name.clone(), code))
                    .or_default() += 1;
            }
        }
    }
}

impl Current {
    /// Takes a line of the header section: `Name: value`, or what goes on with the one before.
    fn header(&mut self, line: &[u8]) {
        let line = text(line);
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = self.headers.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let name = name.to_ascii_lowercase();
            self.headers.push((name, value.trim().to_owned()));
        }
    }

    fn value(&self, wanted: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    }

    fn content_length(&self) -> Option<usize> {
        self.value("content-length")?.parse().ok()
    }
}

/// Text that is no UTF-8 is read as Windows-1252, which has the same characters as ISO 8859-1 where
/// this test puts any.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

fn contains(line: &[u8], what: &[u8]) -> bool {
    line.windows(what.len()).any(|window| window == what)
}

/// The text of a client's entry: `MM/DD/YYYY|hh:mm:ss.mmm PID:TID LEVEL :: text`.
fn entry(line: &[u8]) -> Option<&[u8]> {
    let front = line.get(..24)?;
    let like = |byte: &u8, of: &u8| match of {
        b'0' => byte.is_ascii_digit(),
        of => byte == of,
    };
    if !front
        .iter()
        .zip(b"00/00/0000|00:00:00.000 ")
        .all(|(b, of)| like(b, of))
    {
        return None;
    }
    let colons = line.windows(2).position(|pair| pair == b"::")?;
    let words: Vec<&[u8]> = line[24..colons]
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty())
        .collect();
    let [ids, _level] = words.as_slice() else {
        return None;
    };
    let ids: Vec<&[u8]> = ids.split(|byte| *byte == b':').collect();
    let hex = |id: &&[u8]| !id.is_empty() && id.iter().all(u8::is_ascii_hexdigit);
    (ids.len() == 2 && ids.iter().all(hex)).then(|| line[colons + 2..].trim_ascii_start())
}

/// `SIP/2.0 NNN …` or `METHOD uri SIP/2.0`.
fn is_start_line(said: &[u8]) -> bool {
    if let Some(rest) = said.strip_prefix(b"SIP/2.0 ") {
        let code = rest.get(..3).unwrap_or_default();
        return code.len() == 3
            && code.iter().all(u8::is_ascii_digit)
            && (b'1'..=b'7').contains(&code[0])
            && matches!(rest.get(3), None | Some(b' '));
    }
    let words: Vec<&[u8]> = said.split(|byte| *byte == b' ').collect();
    matches!(words.as_slice(), [method, uri, b"SIP/2.0"]
        if (3..=20).contains(&method.len())
            && method.iter().all(u8::is_ascii_uppercase)
            && (uri.starts_with(b"sip:") || uri.starts_with(b"tel:")))
}

/// Whether a record of a client or server begins at this line.
fn is_record_start(line: &[u8]) -> bool {
    entry(line).is_some() || line.starts_with(b"TL_") || contains(line, b"$$begin_record")
}

// The scanner, for the same counts.

fn scanned(path: &Path, options: &ScanOptions) -> Counts {
    let discovery = discover(&[OsString::from(path)], options);
    let mut counts = Counts::default();
    let all = messages(
        &discovery,
        options,
        &Unwatched,
        &Everything,
        &mut |logged| {
            let key = (logged.method.clone().into_owned(), logged.status);
            let has_start_line = logged.message.start_line.is_some();
            if has_start_line {
                *counts.messages.entry(key).or_default() += 1;
            }
            let call_id = logged.message.call_id.as_deref().unwrap_or_default();
            if has_start_line && !call_id.is_empty() {
                counts.call_ids.insert(call_id.to_owned());
            }
            Ok(())
        },
    );
    all.unwrap();
    events(&discovery, options, &Unwatched, &Everything, &mut |event| {
        if let (Carrier::Header, Some(header), Some(code)) =
            (event.carrier, event.header, event.code)
        {
            let key = (header.name().to_ascii_lowercase(), code);
            *counts.diagnoses.entry(key).or_default() += 1;
        }
        Ok(())
    })
    .unwrap();
    // What is counted is what is handed over.
    let facts = scan(&discovery, options, &Unwatched);
    let counted = facts.coverage.messages();
    assert_eq!(counted, counts.messages.values().sum::<u64>());
    for call_id in &counts.call_ids {
        let id = siptriage_facts::CallId::from(call_id.as_str());
        assert!(facts.dialogs.get(&id).is_some(), "{call_id} has no dialog");
    }
    counts
}

/// Holds both readers to each other.
fn assert_same(folder: &Path, bytes: &[u8], what: &str) {
    let want = SlowReader::read(bytes);
    let path = folder.join("trace.txt");
    std::fs::write(&path, bytes).unwrap();
    let options = ScanOptions {
        all_files: true,
        ..ScanOptions::default()
    };
    let found = scanned(&path, &options);
    if found != want {
        let keep = std::env::temp_dir().join("siptriage-slow.txt");
        std::fs::write(&keep, bytes).unwrap();
        let only = |one: &Counts, other: &Counts| {
            let messages = one
                .messages
                .iter()
                .filter(|(key, n)| other.messages.get(key) != Some(n));
            let diagnoses = one.diagnoses.iter();
            let diagnoses = diagnoses.filter(|(key, n)| other.diagnoses.get(key) != Some(n));
            let ids = one.call_ids.difference(&other.call_ids);
            format!(
                "{:?} {:?} {:?}",
                messages.collect::<Vec<_>>(),
                diagnoses.collect::<Vec<_>>(),
                ids.collect::<Vec<_>>()
            )
        };
        panic!(
            "{what}, kept in {}:\nslow:    {}\nscanner: {}",
            keep.display(),
            only(&want, &found),
            only(&found, &want)
        );
    }
}

fn generated(format: Format, bytes: u64, seed: u64, line_end: LineEnd) -> Vec<u8> {
    let mut text = Vec::new();
    let options = Options {
        line_end,
        ..Options::new(seed, bytes, format)
    };
    generate(&options, &mut text).unwrap();
    text
}

const FORMATS: [Format; 2] = [Format::Client, Format::Server];
const LINE_ENDS: [LineEnd; 2] = [LineEnd::CrLf, LineEnd::Lf];

#[test]
fn a_slow_reader_counts_the_same_in_whole_traces() {
    let folder = tempfile::tempdir().unwrap();
    let mut total = 0;
    for format in FORMATS {
        for line_end in LINE_ENDS {
            for seed in 1..6 {
                let text = generated(format, 400_000, seed, line_end);
                let what = format!("{format:?} {line_end:?} {seed}");
                assert_same(folder.path(), &text, &what);
                total += SlowReader::read(&text).messages.values().sum::<u64>();
            }
        }
    }
    assert!(total > 3000, "only {total} messages were compared");
    for file in sample_files().unwrap() {
        let name = file.name.as_str();
        let is_known = name.ends_with("client.UccApilog") || name.ends_with("server.txt");
        if is_known || name.contains("incident/") && !name.ends_with(".json") {
            assert_same(folder.path(), &file.contents, name);
        }
    }
}

/// Where lines begin, and where records do.
fn starts(text: &[u8], of_records: bool) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if !of_records || is_record_start(line) {
            found.push(at);
        }
        at += line.len();
    }
    found
}

/// A text with something done to it of which `docs/formats.md` says what is to be made.
fn damaged(text: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..1 + chance.below(5) {
        let records = starts(&text, true);
        let lines = starts(&text, false);
        if records.len() < 3 {
            break;
        }
        let record = chance.below(records.len() - 1);
        let (from, to) = (records[record], records[record + 1]);
        let at = lines[chance.below(lines.len())];
        let line_end = text[at..].iter().position(|byte| *byte == b'\n');
        let line_end = line_end.map_or(text.len(), |feed| at + feed + 1);
        match chance.below(9) {
            // The disk was full.
            0 => text.truncate(chance.below(text.len())),
            // The log was rotated.
            1 => drop(text.drain(..from)),
            // A record is lost, and one is there twice.
            2 => drop(text.drain(from..to)),
            3 => {
                let copy = text[from..to].to_vec();
                text.splice(from..from, copy);
            }
            // Records of another log.
            4 => {
                let others = starts(other, true);
                let first = chance.below(others.len());
                let last = others.len().min(first + 1 + chance.below(5)) - 1;
                let piece = other[others[first]..others[last]].to_vec();
                text.splice(from..from, piece);
            }
            // A line is lost, there twice, or another one; not the first of a record.
            5 if !is_record_start(&text[at..line_end]) => drop(text.drain(at..line_end)),
            6 => {
                let copy = text[at..line_end].to_vec();
                text.splice(at..at, copy);
            }
            // A digit is another one.
            7 => {
                let line = &mut text[at..line_end];
                let digits = line.iter_mut().filter(|byte| byte.is_ascii_digit());
                let mut digits: Vec<&mut u8> = digits.collect();
                if !digits.is_empty() {
                    let which = chance.below(digits.len());
                    *digits[which] = b'0' + chance.below(10) as u8;
                }
            }
            // Bytes that are no text, in the value of a header or in a body.
            _ => {
                if let Some(colon) = text[at..line_end].iter().position(|b| *b == b' ') {
                    text[at + colon + 1..line_end]
                        .iter_mut()
                        .take_while(|byte| byte.is_ascii_alphabetic())
                        .for_each(|byte| *byte = 0xFC);
                }
            }
        }
        if text.is_empty() {
            text.extend_from_slice(b"x\n");
        }
    }
    text
}

#[test]
fn a_slow_reader_counts_the_same_in_damaged_traces() {
    let folder = tempfile::tempdir().unwrap();
    let mut texts = Vec::new();
    for seed in 11..14 {
        for format in FORMATS {
            for line_end in LINE_ENDS {
                texts.push(generated(format, 20_000, seed, line_end));
            }
        }
    }
    // More of them by hand: each takes some milliseconds.
    let rounds = std::env::var("READINGS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(400);
    let mut chance = Chance(0x5EED_4321);
    for round in 0..rounds {
        let text = &texts[chance.below(texts.len())];
        let other = &texts[chance.below(texts.len())];
        let text = damaged(text, other, &mut chance);
        assert_same(folder.path(), &text, &format!("round {round}"));
    }
}
