//! The last record of a file that may go on: a log that is being written.

use std::io::{self, Read};
use std::path::Path;

use siptriage_archive::kind_of;

use crate::chunk::{frame_at, guess};
use crate::formats::{Formats, TraceFormat};
use crate::frame::{Frame, Kind, View};
use crate::message::all_headers;
use crate::source::{Source, open_shared};
use crate::{Input, ScanOptions};

/// How much of a file tells an archive.
const HEAD: u64 = 4096;

/// How much of the end of a file is looked at. A longer record is taken to be whole.
const END: u64 = 1 << 20;

/// The last record of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRecord {
    /// Where it begins, in bytes of the file; the length of the file where it has none.
    pub start: u64,
    /// The length of the file, in bytes.
    pub len: u64,
    /// Line ends from there to the end of the file.
    pub feeds: u64,
    /// Whether all of it is there, as far as it tells itself: a server's record with its end, a
    /// message with its headers and as much body as `Content-Length` says, a line with its end.
    pub is_whole: bool,
}

/// Looks at the last record of a file.
///
/// # Errors
/// What the system says when the file is opened or read.
pub fn last_record(input: &Input, options: &ScanOptions) -> io::Result<LastRecord> {
    let source = Source::open(input, options)?;
    let len = source.len();
    let start = source.text_start();
    let unit = source.unit();
    let from = len.saturating_sub(END).next_multiple_of(4).max(start);
    let is_front = from <= start;
    // As where chunks begin: with the unit before.
    let from = if is_front { start } else { from - unit };
    let window = source.window(from, len, len)?;
    let formats = Formats::new(options.trace_format);
    let bytes = &window.bytes[..];
    let mut at = if is_front { 0 } else { guess(&formats, bytes) };
    let mut last = LastRecord {
        start: len,
        len,
        feeds: 0,
        is_whole: true,
    };
    let mut begin = bytes.len();
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (frame, format) = frame_at(&View::new(rest, true), &formats);
        begin = at;
        last.start = window.original(at);
        last.is_whole = is_whole(&rest[..frame.len], &frame, format);
        at += frame.len;
    }
    last.feeds = memchr::memchr_iter(b'\n', &bytes[begin..]).count() as u64;
    Ok(last)
}

/// Whether a file is an archive, by its first bytes.
///
/// # Errors
/// What the system says when it is opened or read.
pub fn is_archive(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    open_shared(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(kind_of(&head).is_some())
}

fn is_whole(record: &[u8], frame: &Frame, format: &dyn TraceFormat) -> bool {
    if let Some(mark) = format.end_mark(record) {
        return record.trim_ascii_end().ends_with(mark);
    }
    if frame.kind != Kind::Message {
        return record.ends_with(b"\n");
    }
    if !record[..frame.headers.end].ends_with(b"\n") {
        return false;
    }
    let headers = all_headers(record, frame);
    let mut length =
        (headers.iter()).filter(|(name, _)| name.eq_ignore_ascii_case("Content-Length"));
    let Some(length) = length
        .next()
        .and_then(|(_, value)| value.trim().parse().ok())
    else {
        return record.ends_with(b"\n\n") || record.ends_with(b"\n\r\n");
    };
    // Where line ends were saved as line feeds, each lacks the carriage return that was sent.
    let body = &record[frame.body.clone()];
    let feeds = memchr::memchr_iter(b'\n', body).count();
    let returns = memchr::memchr_iter(b'\r', body).count();
    body.len() + feeds.saturating_sub(returns) >= length
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn last_of(text: &[u8]) -> LastRecord {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        let options = ScanOptions::default();
        let discovery = crate::discover(&[file.path().into()], &options);
        last_record(&discovery.inputs[0], &options).unwrap()
    }

    #[test]
    fn records_that_are_not_whole_are_told() {
        let record = |body: &str| {
            format!(
                "TL_INFO(TF_PROTOCOL) [0]1B3D.0E5F::03/02/2026-09:00:00.000.0001abcd \
                 (SIPStack,SIPAdminLog::ProtocolRecord::Flush:ProtocolRecord.cpp(265))[123] \
                 $$begin_record\r\nInstance-Id: 1\r\nDirection: incoming\r\n\
                 Message-Type: request\r\nStart-Line: INFO sip:a@example.com SIP/2.0\r\n\
                 From: <sip:ann@contoso.com>;tag=1\r\nTo: <sip:bob@example.com>;tag=2\r\n\
                 Call-ID: x\r\nCSeq: 3 INFO\r\nContent-Length: {}\r\n\
                 Message-Body: {body}\r\n$$end_record\r\n\r\n",
                body.len()
            )
        };
        let first = record("");
        let both = format!("{first}{}", record("0123456789"));
        let whole = last_of(both.as_bytes());
        assert_eq!(whole.start, first.len() as u64);
        assert!(whole.is_whole);
        assert_eq!(whole.len, both.len() as u64);
        for cut in first.len() + 200..both.len() {
            let last = last_of(&both.as_bytes()[..cut]);
            assert_eq!(last.start, first.len() as u64, "{cut}");
            let is_whole = both[first.len()..cut].contains("$$end_record");
            assert_eq!(last.is_whole, is_whole, "{}", &both[first.len()..cut]);
        }
        // Without the marks of a server, headers and Content-Length tell.
        let message = "INFO sip:a@example.com SIP/2.0\r\nFrom: <sip:ann@contoso.com>;tag=1\r\n\
                       To: <sip:bob@example.com>;tag=2\r\nCall-ID: x\r\nCSeq: 3 INFO\r\n\
                       Content-Length: 10\r\n\r\n0123456789";
        for cut in 40..message.len() {
            let last = last_of(&message.as_bytes()[..cut]);
            assert!(!last.is_whole, "{}", &message[..cut]);
        }
        assert!(last_of(message.as_bytes()).is_whole);
        let saved = message.replace("56", "\r\n").replace("\r\n", "\n");
        assert!(last_of(saved.as_bytes()).is_whole);
    }

    #[test]
    fn the_last_record_of_a_long_file_is_that_of_a_short_one() {
        let mut text = Vec::new();
        let options =
            siptriage_generator::Options::new(3, 3 << 20, siptriage_generator::Format::Client);
        siptriage_generator::generate(&options, &mut text).unwrap();
        let long = last_of(&text);
        let from = text.len() - (300 << 10);
        let from = from + memchr::memmem::find(&text[from..], b"\r\n\r\n").unwrap() + 4;
        let short = last_of(&text[from..]);
        assert_eq!(long.len - long.start, short.len - short.start);
        assert!(long.start < long.len && long.is_whole);
        let rest = &text[long.start as usize..];
        assert_eq!(
            long.feeds,
            rest.iter().filter(|byte| **byte == b'\n').count() as u64
        );
    }

    #[test]
    fn an_empty_file_has_no_last_record() {
        let last = last_of(b"");
        assert_eq!((last.start, last.len, last.is_whole), (0, 0, true));
        assert!(!last_of(b"half a li").is_whole);
        assert!(last_of(b"a line\n").is_whole);
    }
}
