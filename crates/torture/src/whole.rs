//! Bodies for the whole way: from a file to facts, and from facts to text.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use siptriage_facts::{Everything, Facts, Merge};
use siptriage_judge::{Judge, Rules, TimeZones};
use siptriage_report::{EventFormat, EventWriter, Gathered, ReportOptions, Style, outputs};
use siptriage_scanner::{
    Encoding, Reading, ScanOptions, Unwatched, discover, events, events_in_text, laid_open,
};
use tempfile::TempDir;

thread_local! {
    /// A folder of this thread, kept from one input to the next: fuzzers feed thousands a second.
    static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

/// A file with these bytes.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| tempfile::tempdir().unwrap());
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    })
}

/// One chunk, one thread, step by step: how reading would go if nothing had to be fast.
fn slow() -> ScanOptions {
    ScanOptions {
        chunk_len: 1 << 30,
        threads: Some(1),
        reading: Reading::Framed,
        all_files: true,
        ..ScanOptions::default()
    }
}

fn read(paths: &[&Path], options: &ScanOptions) -> Facts {
    let paths: Vec<_> = paths.iter().map(|path| path.as_os_str().into()).collect();
    siptriage_scanner::scan(&discover(&paths, options), options, &Unwatched)
}

/// Whether bytes are read as an archive, as a report of our own or as a binary trace: then they are
/// no text, and what is said of text does not hold.
fn is_text(facts: &Facts) -> bool {
    use siptriage_facts::SkipReason::{Empty, Unrecognised};
    let mut skipped = facts.coverage.skipped.iter();
    skipped.all(|skipped| matches!(skipped.reason, Empty | Unrecognised))
}

/// Facts without what depends on where in a file something stands: offsets, numbers of bytes, and
/// the first words that are shown of a file in which nothing was found, which are cut by bytes.
fn without_bytes(mut facts: Facts) -> Facts {
    facts.for_each_place(&mut |place| place.offset = 0);
    facts.coverage.bytes = 0;
    facts.coverage.skipped.clear();
    for format in facts.coverage.formats.values_mut() {
        format.bytes = 0;
    }
    facts
}

/// A scan of bytes: facts depend neither on chunk length, nor on threads, nor on the way of reading;
/// every byte belongs to one record of one format; events that are handed over are those that are
/// counted; facts that were written down are read again as themselves, and added to nothing they
/// stay what they are.
pub fn scan(bytes: &[u8]) {
    let path = file("trace.txt", bytes);
    let want = read(&[&path], &slow());
    let chunk_len = 1 + bytes
        .iter()
        .take(4)
        .fold(0usize, |len, byte| len * 5 + usize::from(*byte))
        % 3000;
    let quick = ScanOptions {
        chunk_len,
        threads: Some(2),
        reading: Reading::Best,
        ..slow()
    };
    let found = read(&[&path], &quick);
    assert!(found == want, "chunks of {chunk_len} give other facts");

    let mut sum = Facts::default();
    sum.merge(want.clone());
    assert!(sum == want, "nothing and facts are other facts");
    let text = serde_json::to_string(&want).unwrap();
    let again: Facts = serde_json::from_str(&text).unwrap();
    assert!(again == want, "facts that were kept are other facts");

    if !is_text(&want) {
        return;
    }
    assert_eq!(want.coverage.bytes, bytes.len() as u64);
    // A mark that tells the encoding is counted with the first record, and is nobody's alone.
    let by_format = want.coverage.formats.iter().map(|(_, format)| format.bytes);
    let of_records = by_format.sum::<u64>();
    let is_only_mark = bytes.len() == byte_order_mark(bytes);
    assert!(
        is_only_mark || of_records == bytes.len() as u64,
        "{of_records} bytes of records"
    );

    let mut handed_over = 0;
    let discovery = discover(&[path.into()], &quick);
    events(&discovery, &quick, &Unwatched, &Everything, &mut |_| {
        handed_over += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(handed_over, want.coverage.carriers.total());
}

/// Bytes before the text that tell its encoding.
fn byte_order_mark(bytes: &[u8]) -> usize {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => 3,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => 2,
        _ => 0,
    }
}

/// A text in UTF-8 and both kinds of UTF-16, with and without a mark: the same facts but for bytes
/// and offsets. And bytes that are no UTF-16, read as such, do no harm.
pub fn encodings(bytes: &[u8]) {
    for encoding in [Encoding::Utf16Le, Encoding::Utf16Be] {
        laid_open::decoded(bytes, encoding);
        let path = file("trace.txt", bytes);
        let options = ScanOptions {
            encoding: Some(encoding),
            ..slow()
        };
        let facts = read(&[&path], &options);
        let quick = ScanOptions {
            chunk_len: 100,
            threads: Some(2),
            reading: Reading::Best,
            ..options
        };
        assert!(read(&[&path], &quick) == facts, "{encoding:?} in chunks");
    }
    let text = String::from_utf8_lossy(bytes);
    let path = file("trace.txt", text.as_bytes());
    let forced = |encoding| ScanOptions {
        encoding: Some(encoding),
        ..slow()
    };
    let want = read(&[&path], &forced(Encoding::Utf8));
    // What is no text for a forced encoding either: archives, our own reports.
    if !is_text(&want) || text.starts_with('\u{FEFF}') {
        return;
    }
    let want = without_bytes(want);
    for (encoding, order) in [
        (Encoding::Utf16Le, u16::to_le_bytes as fn(u16) -> [u8; 2]),
        (Encoding::Utf16Be, u16::to_be_bytes),
    ] {
        let wide: Vec<u8> = text.encode_utf16().flat_map(order).collect();
        let marked = [&order(0xFEFF)[..], &wide].concat();
        for (bytes, what) in [(wide, "without a mark"), (marked, "with a mark")] {
            let path = file("trace.txt", &bytes);
            let facts = read(&[&path], &forced(encoding));
            if is_text(&facts) {
                assert!(
                    without_bytes(facts) == want,
                    "{encoding:?} {what} gives other facts"
                );
            }
        }
    }
}

/// A file that was divided where a record ends: the parts together have the same messages and
/// diagnoses. Not the same facts: the entry that closes a client's message tells whose log it is,
/// and may be in the other part.
pub fn split(bytes: &[u8]) {
    let records = laid_open::records(bytes, None);
    let Some(cut) = records.get(records.len() / 2).map(|record| record.start) else {
        return;
    };
    let (front, back) = bytes.split_at(cut);
    let options = ScanOptions {
        encoding: Some(Encoding::Utf8),
        ..slow()
    };
    let whole = read(&[&file("whole.txt", bytes)], &options);
    let parts = read(
        &[&file("front.txt", front), &file("back.txt", back)],
        &options,
    );
    if !is_text(&whole) || !is_text(&parts) || byte_order_mark(bytes) + byte_order_mark(back) > 0 {
        return;
    }
    let counts = |facts: &Facts| {
        let formats = facts.coverage.formats.iter().map(|(name, format)| {
            let counts = [format.records, format.requests, format.responses];
            (name.clone(), counts, format.fragments, format.bytes)
        });
        let failures = facts
            .failures
            .iter()
            .map(|(key, tally)| (key.clone(), tally.occurrences, tally.users.len()));
        let responses = facts
            .responses
            .iter()
            .map(|(key, tally)| (key.clone(), tally.occurrences, tally.dialogs.len()));
        let patterns = facts
            .patterns
            .iter()
            .map(|(mask, pattern)| (*mask, pattern.tally.occurrences));
        (
            formats.collect::<Vec<_>>(),
            failures.collect::<Vec<_>>(),
            responses.collect::<Vec<_>>(),
            patterns.collect::<Vec<_>>(),
            facts.coverage.carriers.clone(),
            facts.dialogs.len(),
            facts.stray_messages,
        )
    };
    assert_eq!(counts(&parts), counts(&whole), "divided at {cut}");
}

/// What reaches a terminal, a page or a table from bytes of any kind: no control character but line
/// ends, none that turns text round or hides it, and JSON that is JSON.
pub fn report(bytes: &[u8]) {
    let facts = read(&[&file("trace.txt", bytes)], &slow());
    let zones = TimeZones::default();
    let judge = Judge::new(&facts, Rules::embedded_without_examples(), &zones);
    let options = ReportOptions::default();
    let gathered = Gathered::of(&facts, &judge, &options);
    let document = siptriage_report::report(&facts, &judge, &gathered, &options);
    // Workbooks and archives of tables are no text; tests of their own hold them.
    for output in outputs().iter().filter(|output| output.is_text()) {
        let mut text = Vec::new();
        let style = Style {
            width: Some(80),
            color: false,
        };
        output.write(&document, &style, &mut text).unwrap();
        harmless(output.name(), &text);
    }
    for format in [EventFormat::Ndjson, EventFormat::Csv] {
        let mut text = Vec::new();
        let mut writer = EventWriter::new(format, &mut text);
        for event in events_in_text(bytes) {
            writer.write(&event).unwrap();
        }
        writer.finish().unwrap();
        if format == EventFormat::Ndjson {
            for line in text.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()) {
                let _: serde_json::Value = serde_json::from_slice(line).unwrap();
            }
        }
    }
}

/// Holds the text of an output to what may reach whoever reads it.
fn harmless(name: &str, text: &[u8]) {
    let text = std::str::from_utf8(text).expect("outputs are UTF-8");
    if name == "json" {
        let _: serde_json::Value = serde_json::from_str(text).expect("JSON is JSON");
        // Programs get what the trace says, escaped as JSON has it.
        assert!(!text.chars().any(|c| c < ' ' && c != '\n'));
        return;
    }
    if name == "csv" {
        // Programs get what the trace says here too. Spreadsheets must not calculate it.
        for record in csv::Reader::from_reader(text.as_bytes()).records() {
            for field in &record.expect("CSV is CSV") {
                assert!(
                    !field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
                    "{field:?}"
                );
            }
        }
        return;
    }
    let bad = text.chars().find(|c| {
        let hides = matches!(*c,
            '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
        hides || c.is_control() && *c != '\n'
    });
    assert_eq!(bad, None, "{name}");
}
