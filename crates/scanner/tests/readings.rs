//! Every way of reading finds the same: in one walk with each set of registers, or step by step;
//! whatever the text, and however it is cut into chunks, mapped or read.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod chance;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use chance::Chance;
use siptriage_facts::{Event, Facts, Logged, Selection, Signal};
use siptriage_generator::{
    Format, Lengths, LineEnd, Options, ScenarioOptions, generate, sample_files, scenario,
};
use siptriage_scanner::{
    Mapping, Progress, Reading, ScanOptions, Unwatched, discover, events, lanes, messages, recount,
    scan,
};

fn ways() -> Vec<Reading> {
    let forced = lanes().into_iter().map(Reading::Forced);
    forced.chain([Reading::Framed, Reading::Best]).collect()
}

fn read(path: &Path, options: &ScanOptions) -> Facts {
    let options = ScanOptions {
        all_files: true,
        ..options.clone()
    };
    scan(&discover(&[path.into()], &options), &options, &Unwatched)
}

/// Holds all ways of reading a text against the slowest one.
fn same(folder: &Path, text: &[u8], what: &str, chunk_lens: &[usize]) {
    let path = folder.join("trace.txt");
    fs::write(&path, text).unwrap();
    // A file that was changed just now is not mapped.
    let file = fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600))
        .unwrap();
    let slow = ScanOptions {
        reading: Reading::Framed,
        chunk_len: 1 << 24,
        threads: Some(1),
        ..ScanOptions::default()
    };
    let want = read(&path, &slow);
    for reading in ways() {
        for chunk_len in chunk_lens {
            for (threads, mapping) in [(1, Mapping::Auto), (2, Mapping::Never)] {
                let options = ScanOptions {
                    reading,
                    chunk_len: *chunk_len,
                    threads: Some(threads),
                    mapping,
                    ..ScanOptions::default()
                };
                let found = read(&path, &options);
                if found != want {
                    // All of it would be very long.
                    let keep = std::env::temp_dir().join("siptriage-differs.txt");
                    fs::write(&keep, text).unwrap();
                    panic!(
                        "{what}: {reading:?}, chunks of {chunk_len}, {threads} threads, \
                         {mapping:?} find something else in {}",
                        keep.display()
                    );
                }
            }
        }
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

#[test]
fn every_way_of_reading_finds_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for file in sample_files().unwrap() {
        same(folder.path(), &file.contents, &file.name, &[1 << 20, 700]);
    }
    for (seed, format) in (1..).zip([Format::Client, Format::Server, Format::Mixed]) {
        for line_end in [LineEnd::CrLf, LineEnd::Lf] {
            let text = generated(format, 400_000, seed, line_end);
            let what = format!("{format:?} {line_end:?}");
            same(folder.path(), &text, &what, &[1 << 20, 30_000]);
        }
    }
    let played = scenario(&ScenarioOptions::new(5, 40).tangled()).unwrap();
    for file in &played.files {
        same(folder.path(), &file.contents, &file.name, &[1 << 20, 3000]);
    }
}

/// One call in three, and everything that belongs to none.
struct OneInThree;

impl Selection for OneInThree {
    fn takes_event(&self, event: &Event<'_>) -> bool {
        event
            .dialog()
            .is_none_or(|call_id| self.takes_call(&call_id))
    }

    fn takes_message(&self, signal: &Signal<'_>) -> bool {
        signal.call_id.is_empty() || self.takes_call(signal.call_id)
    }

    fn takes_call(&self, call_id: &str) -> bool {
        call_id.bytes().map(u32::from).sum::<u32>() % 3 == 0
    }
}

/// Of messages that nobody asks for the walk reads no more than the Call-ID.
#[test]
fn every_way_of_reading_takes_the_same_of_some_calls() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.txt");
    let mut texts: Vec<(String, Vec<u8>)> = Vec::new();
    for file in sample_files().unwrap() {
        texts.push((file.name, file.contents));
    }
    for (seed, format) in (1..).zip([Format::Client, Format::Server, Format::Mixed]) {
        let text = generated(format, 300_000, seed, LineEnd::CrLf);
        texts.push((format!("{format:?}"), text));
    }
    let (mut all, mut taken) = (0, 0);
    for (name, text) in texts {
        fs::write(&path, text).unwrap();
        let of = |reading| {
            let options = ScanOptions {
                reading,
                all_files: true,
                threads: Some(1),
                ..ScanOptions::default()
            };
            let found = discover(&[path.clone().into()], &options);
            let (mut kept, mut told) = (Vec::new(), Vec::new());
            let keep = &mut |message: &Logged<'_>| {
                kept.push(message.clone().into_owned());
                Ok(())
            };
            messages(&found, &options, &Unwatched, &OneInThree, keep).unwrap();
            let keep = &mut |event: &Event<'_>| {
                told.push(event.clone().into_owned());
                Ok(())
            };
            let counts = events(&found, &options, &Unwatched, &OneInThree, keep).unwrap();
            let again = recount(&found, &options, &Unwatched, &OneInThree);
            (kept, told, counts, again)
        };
        let want = of(Reading::Framed);
        all += want.3.coverage.messages();
        taken += want.0.len() as u64;
        for reading in ways() {
            assert!(of(reading) == want, "{name}: {reading:?}");
        }
    }
    assert!(taken > 300 && taken * 2 < all, "{taken} of {all}");
}

/// A request with a body as a server and as a client log it, each with what is around it.
const PLAIN: [&str; 3] = [
    "TL_INFO(TF_PROTOCOL) [pool01\\fe01]0D1E.1F2A::03/14/2026-09:26:53.589.000001F0 \
     (SIPStack,SIPAdminLog::ProtocolRecord::Flush:ProtocolRecord.cpp(265))[1] $$begin_record\r\n\
     Direction: incoming\r\nPeer: 192.0.2.20:50123\r\n\
     Start-Line: INVITE sip:bob@contoso.com;opaque=app:conf:focus:id:7 SIP/2.0\r\n\
     From: \"Ann\"<sip:ann@contoso.com>;tag=a1;epid=1\r\nTo: <sip:bob@contoso.com>;tag=b1\r\n\
     Call-ID: a1b2\r\nCSeq: 1 INVITE\r\nUser-Agent: UCCAPI/16.0.1\r\n\
     Content-Type: application/sdp\r\nContent-Length: 36\r\n\
     Message-Body: v=0\r\nm=audio 50020 RTP/SAVP 104\r\nx\r\n\r\n$$end_record\r\n\r\n",
    "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: SIP/2.0 401 Unauthorized\r\n\
     From: <sip:ann@contoso.com>;tag=a1\r\nTo: <sip:ann@contoso.com>;tag=b1\r\n\
     Call-ID: c3d4\r\nCSeq: 1 REGISTER\r\nWWW-Authenticate: NTLM realm=\"x\"\r\n\
     WWW-Authenticate: Kerberos realm=\"x\"\r\nContent-Length: 3\r\n\r\nabc\r\n\
     03/14/2026|09:26:53.590 1A2C:F40 INFO  :: End of Data Received -192.0.2.1:5061 (x) 9 bytes\r\n",
    "03/14/2026|09:26:53.591 1A2C:F40 TRACE :: CUccIceAgent::DumpPairs agent=0x1\r\n\
     \x20 pair 1 local=192.0.2.1:1\r\n\r\n\
     03/14/2026|09:26:53.592 1A2C:F40 INFO  :: HTTP/1.1 200 OK\r\nServer: x\r\n\r\nbody\r\n",
];

/// Wherever a plain record has another byte, or one less, the walk sees that it is odd, or it does
/// not matter. Debug builds compare each record that is walked with what the framer finds.
#[test]
fn any_byte_of_a_plain_record_may_be_another() {
    let folder = tempfile::tempdir().unwrap();
    for (nth, plain) in PLAIN.iter().enumerate() {
        let good = PLAIN[nth.min(1)].repeat(2);
        for (line_ends, plain) in [
            ("CR LF", (*plain).to_owned()),
            ("LF", plain.replace('\r', "")),
        ] {
            let mut text = Vec::new();
            for at in 0..plain.len() {
                for other in b" x:|$.0A\\\t\r\n" {
                    let mut damaged = plain.clone().into_bytes();
                    damaged[at] = *other;
                    text.extend_from_slice(&damaged);
                    text.extend_from_slice(good.as_bytes());
                }
                text.extend_from_slice(&plain.as_bytes()[..at]);
                text.extend_from_slice(&plain.as_bytes()[at + 1..]);
                text.extend_from_slice(good.as_bytes());
            }
            let path = folder.path().join("trace.txt");
            let options = |reading| ScanOptions {
                reading,
                chunk_len: 1 << 26,
                threads: Some(1),
                all_files: true,
                ..ScanOptions::default()
            };
            // As they are, they are plain.
            fs::write(&path, plain.clone() + &good).unwrap();
            let watch = Walked::default();
            let best = options(Reading::Best);
            scan(&discover(&[path.clone().into()], &best), &best, &watch);
            let framed = watch.0[1].load(Ordering::Relaxed);
            assert!(
                framed <= 1,
                "record {nth}, {line_ends}: {framed} are framed"
            );
            fs::write(&path, text).unwrap();
            let walked = read(&path, &best);
            let framed = read(&path, &options(Reading::Framed));
            assert!(walked == framed, "record {nth}, {line_ends}");
        }
    }
}

/// Counts what was read in one walk, and what step by step.
#[derive(Default)]
struct Walked([AtomicU64; 2]);

impl Progress for Walked {
    fn advance(&self, _bytes: u64) {}
    fn input_done(&self) {}
    fn records(&self, walked: u64, framed: u64) {
        self.0[0].fetch_add(walked, Ordering::Relaxed);
        self.0[1].fetch_add(framed, Ordering::Relaxed);
    }
    fn cancelled(&self) -> bool {
        false
    }
}

/// A walk that gives up too much finds nothing wrong, and costs time.
#[test]
fn nearly_all_records_are_read_in_one_walk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.txt");
    let options = ScanOptions {
        chunk_len: 1 << 24,
        all_files: true,
        ..ScanOptions::default()
    };
    for (format, most) in [(Format::Client, 2), (Format::Server, 10)] {
        for line_end in [LineEnd::CrLf, LineEnd::Lf] {
            for lengths in [Lengths::True, Lengths::False] {
                let mut text = Vec::new();
                let made = Options {
                    line_end,
                    lengths,
                    ..Options::new(7, 1_000_000, format)
                };
                generate(&made, &mut text).unwrap();
                fs::write(&path, text).unwrap();
                let watch = Walked::default();
                scan(
                    &discover(&[path.clone().into()], &options),
                    &options,
                    &watch,
                );
                let [walked, framed] = watch.0.each_ref().map(|n| n.load(Ordering::Relaxed));
                // Client logs have no marks by which a length that is not true is seen to be so.
                let is_odd = matches!(lengths, Lengths::False) && matches!(format, Format::Client);
                let thousandth = framed * 1000 / (walked + framed);
                assert!(
                    is_odd || thousandth <= most,
                    "{format:?} {line_end:?} {lengths:?}: {framed} of {}",
                    walked + framed
                );
            }
        }
    }
}

/// A worker that begins in a quoted trace, and takes a line of it for a record, has read for
/// nothing: it would all be read again.
#[test]
fn a_run_that_begins_in_a_quoted_trace_is_not_read_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.UccApilog");
    let entry = |second: usize, text: &str| {
        let second = second % 60;
        format!("03/02/2026|09:00:{second:02}.000 19F4:1C14 INFO  :: {text}\r\n")
    };
    let quoted: String = (0..12)
        .map(|n| entry(n, "SIP/2.0 488 Not Acceptable Here"))
        .collect();
    let mut text = String::new();
    for n in 0..800 {
        text += &entry(
            n,
            "Data Received -192.0.2.1:5061 (To Local Address: 192.0.2.9:50482) 1200 bytes:",
        );
        text += &entry(n, "MESSAGE sip:ann@contoso.com SIP/2.0");
        text += &format!(
            "From: <sip:ben@contoso.com>;tag=1\r\nTo: <sip:ann@contoso.com>;tag=2\r\n\
             Call-ID: a{n}@contoso.com\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\n\
             Content-Length: {}\r\n\r\n{quoted}",
            quoted.len()
        );
        text += &entry(n, "End of Data Received");
    }
    fs::write(&path, &text).unwrap();
    let read = |chunk_len, threads| {
        let options = ScanOptions {
            chunk_len,
            threads: Some(threads),
            ..ScanOptions::default()
        };
        let watch = Walked::default();
        let discovery = discover(&[path.clone().into()], &options);
        let facts = scan(&discovery, &options, &watch);
        let records = watch.0.iter().map(|n| n.load(Ordering::Relaxed));
        (facts, records.sum::<u64>())
    };
    let (whole, records) = read(1 << 30, 1);
    assert!(records > 1600);
    assert!(whole.responses.is_empty());
    for (chunk_len, threads) in [(256 << 10, 1), (256 << 10, 2), (200_000, 3)] {
        let (facts, again) = read(chunk_len, threads);
        assert!(facts == whole, "chunks of {chunk_len}");
        assert_eq!(again, records, "chunks of {chunk_len}: read twice");
    }
}

/// A text with something done to it that copies, editors and disks do.
fn damaged(text: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..1 + chance.below(6) {
        let at = chance.below(text.len());
        let line = |at: usize, text: &[u8]| {
            let start = text[..at]
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |at| at + 1);
            let end = text[at..].iter().position(|byte| *byte == b'\n');
            start..end.map_or(text.len(), |end| at + end + 1)
        };
        match chance.below(12) {
            0 => text[at] = chance.below(256) as u8,
            1 => {
                let line = line(at, &text);
                text.drain(line);
            }
            2 => {
                let line = text[line(at, &text)].to_vec();
                text.splice(at..at, line);
            }
            3 => text.truncate(at),
            4 => drop(text.drain(..at)),
            5 => {
                let from = chance.below(other.len());
                let to = from + chance.below(other.len() - from).min(3000);
                text.splice(at..at, other[from..to].iter().copied());
            }
            6 => {
                // A line end lost, or changed.
                if let Some(feed) = text[at..].iter().position(|byte| *byte == b'\n') {
                    let with: &[u8] = [&b" "[..], b"", b"\n", b"\r\n", b"\r\r\n"][chance.below(5)];
                    text.splice(at + feed..=at + feed, with.iter().copied());
                }
            }
            7 => {
                let words: [&[u8]; 12] = [
                    b"$$end_record\r\n",
                    b"$$begin_record\r\n",
                    b" ms-diagnostics: 1003;reason=\"x\"",
                    b"Content-Length: 12\r\n",
                    b"From: <sip:zoe@example.com>;tag=9\r\n",
                    b"\r\n\r\n",
                    b"Via: x\r\n y\r\n",
                    b"i: abc\r\n",
                    b"TL_INFO(TF_X) [0]1.2::03/02/2026-08:00:00.000.1 (x)\r\n",
                    b"03/02/2026|09:00:00.000 1:2 INFO  :: x\r\n",
                    b"\xC3\xBC",
                    b"&amp;\\\"",
                ];
                let word = words[chance.below(words.len())];
                let at = if chance.below(2) == 0 {
                    line(at, &text).start
                } else {
                    at
                };
                text.splice(at..at, word.iter().copied());
            }
            8 => {
                // A digit of a number or a letter of a name.
                let line = line(at, &text);
                if let Some(byte) = text[line].iter_mut().find(|byte| byte.is_ascii_digit()) {
                    *byte = b'0' + chance.below(10) as u8;
                }
            }
            9 => {
                let line = line(at, &text);
                text[line].make_ascii_uppercase();
            }
            10 => {
                let line = line(at, &text);
                let blanks: &[u8] = [&b" "[..], b"\t", b"- ", b"12. ", b"> "][chance.below(5)];
                text.splice(line.start..line.start, blanks.iter().copied());
            }
            _ => {
                let colon = text[at..].iter().position(|byte| *byte == b':');
                if let Some(colon) = colon {
                    text.insert(at + colon, b' ');
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
fn every_way_of_reading_finds_the_same_in_damaged_traces() {
    let folder = tempfile::tempdir().unwrap();
    let mut texts: Vec<Vec<u8>> = Vec::new();
    for seed in 1..4 {
        for format in [Format::Client, Format::Server] {
            for line_end in [LineEnd::CrLf, LineEnd::Lf] {
                texts.push(generated(format, 12_000, seed, line_end));
            }
        }
    }
    let samples = sample_files().unwrap();
    texts.extend(
        samples
            .iter()
            .filter(|file| file.contents.len() < 60_000)
            .map(|file| file.contents.clone()),
    );
    // More of them by hand: each takes some milliseconds.
    let rounds = std::env::var("READINGS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(250);
    let mut chance = Chance(0x5EED_1234);
    for round in 0..rounds {
        let text = &texts[chance.below(texts.len())];
        let other = &texts[chance.below(texts.len())];
        let text = damaged(text, other, &mut chance);
        let chunk_len = [1 << 20, 64, 1000, 5000][chance.below(4)];
        same(
            folder.path(),
            &text,
            &format!("round {round}"),
            &[chunk_len],
        );
    }
}
