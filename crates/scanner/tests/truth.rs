//! Generated traces: every count equals what the generator knows, however the trace is read.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use siptriage_facts::{Facts, Tally};
use siptriage_generator::{
    ByteOrder, Format, LineEnd, Options, Truth, Utf16Writer, generate, sample_files,
};
use siptriage_scanner::{Mapping, ScanOptions, Unwatched, discover, scan};

/// Everything that both sides count, as rows of text, so that a difference can be read.
type Rows = BTreeMap<String, (u64, Option<Vec<String>>)>;

fn rows_of_truth(truth: &Truth) -> Rows {
    let mut rows = Rows::new();
    let mut put = |key: String, count: u64, users: Option<Vec<String>>| {
        if count > 0 {
            rows.insert(key, (count, users));
        }
    };
    put("bytes".into(), truth.bytes, None);
    put("requests".into(), truth.requests, None);
    put("responses".into(), truth.responses, None);
    for (name, count) in &truth.carriers {
        put(format!("carrier {name}"), *count, None);
    }
    for (name, count) in &truth.headers {
        put(format!("header {name}"), *count, None);
    }
    for (name, count) in &truth.troubles {
        put(format!("trouble {name}"), *count, None);
    }
    for (name, format) in &truth.formats {
        let name = if name == "client" { "uccapi" } else { name };
        put(format!("format {name} records"), format.records, None);
        put(format!("format {name} requests"), format.requests, None);
        put(format!("format {name} responses"), format.responses, None);
    }
    for (key, tally) in &truth.failures.0 {
        let users = tally.users.iter().cloned().collect();
        put(
            format!("failure {} {}", key.code, key.reason),
            tally.occurrences,
            Some(users),
        );
    }
    for (key, tally) in &truth.failure_responses.0 {
        let users = tally.users.iter().cloned().collect();
        let key = format!("response {} {} {}", key.method, key.status, key.challenge);
        put(key, tally.occurrences, Some(users));
    }
    for (key, n) in &truth.patterns.0 {
        put(format!("mask {:#x}", key.mask), n.occurrences, None);
    }
    for (key, n) in &truth.media.0 {
        put(format!("media {}", key.label), n.occurrences, None);
    }
    for (key, n) in &truth.locations.0 {
        put(
            format!("locations {}/{}", key.local, key.remote),
            n.occurrences,
            None,
        );
    }
    for (key, n) in &truth.federation.0 {
        put(
            format!("federation {}", key.federation),
            n.occurrences,
            None,
        );
    }
    for (key, n) in &truth.server_records.0 {
        let key = format!(
            "record {} {} {} {}",
            key.severity, key.result, key.name, key.text
        );
        put(key, n.occurrences, None);
    }
    for (key, n) in &truth.quality.0 {
        put(
            format!("quality {} {} {:?}", key.label, key.ice, key.ice_warn),
            n.occurrences,
            None,
        );
    }
    rows
}

fn rows_of_facts(facts: &Facts, truth: &Truth) -> Rows {
    let mut rows = Rows::new();
    let users = |tally: &Tally| Some(tally.users.iter().map(|user| user.to_string()).collect());
    let mut put = |key: String, count: u64, users: Option<Vec<String>>| {
        if count > 0 {
            rows.insert(key, (count, users));
        }
    };
    let coverage = &facts.coverage;
    put("bytes".into(), coverage.bytes, None);
    let sum = |of: fn(&siptriage_facts::FormatCoverage) -> u64| {
        coverage.formats.iter().map(|(_, format)| of(format)).sum()
    };
    put("requests".into(), sum(|format| format.requests), None);
    put("responses".into(), sum(|format| format.responses), None);
    assert_eq!(
        sum(|format| format.bytes),
        coverage.bytes,
        "bytes of formats add up"
    );
    for (carrier, count) in coverage.carriers.iter() {
        put(format!("carrier {carrier}"), *count, None);
    }
    for (name, count) in coverage.headers.iter() {
        put(format!("header {name}"), *count, None);
    }
    for (kind, trouble) in coverage.troubles.iter() {
        let kind = serde_kind(kind);
        put(format!("trouble {kind}"), trouble.count, None);
    }
    for (name, format) in coverage.formats.iter() {
        // The truth speaks only of formats whose records it wrote itself.
        let known = if name.as_ref() == "uccapi" {
            "client"
        } else {
            name.as_ref()
        };
        if truth.formats.contains_key(known) {
            put(format!("format {name} records"), format.records, None);
            put(format!("format {name} requests"), format.requests, None);
            put(format!("format {name} responses"), format.responses, None);
        }
    }
    for (key, tally) in facts.failures.iter() {
        put(
            format!("failure {} {}", key.code, key.reason),
            tally.occurrences,
            users(tally),
        );
    }
    for (key, tally) in facts.responses.iter() {
        let key = format!("response {} {} {}", key.method, key.status, key.challenge);
        put(key, tally.occurrences, users(tally));
    }
    for (mask, pattern) in facts.patterns.iter() {
        put(format!("mask {mask:#x}"), pattern.tally.occurrences, None);
    }
    for (label, tally) in facts.media.iter() {
        put(format!("media {label}"), tally.occurrences, None);
    }
    for (pair, tally) in facts.locations.iter() {
        put(
            format!("locations {}/{}", pair.local, pair.remote),
            tally.occurrences,
            None,
        );
    }
    for (federation, tally) in facts.federation.iter() {
        put(format!("federation {federation}"), tally.occurrences, None);
    }
    for (key, tally) in facts.server_records.iter() {
        let key = format!(
            "record {} {} {} {}",
            key.severity, key.result, key.name, key.text
        );
        put(key, tally.occurrences, None);
    }
    for (key, tally) in facts.quality.iter() {
        let key = format!("quality {} {} {:?}", key.label, key.ice, key.ice_warn);
        put(key, tally.occurrences, None);
    }
    rows
}

/// The word that JSON has for a kind of trouble.
fn serde_kind(kind: &siptriage_facts::TroubleKind) -> String {
    let name = format!("{kind:?}");
    let mut word = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.extend(c.to_lowercase());
    }
    word
}

fn read(path: &Path, options: &ScanOptions) -> Facts {
    let discovery = discover(&[path.into()], options);
    scan(&discovery, options, &Unwatched)
}

#[track_caller]
fn assert_true(facts: &Facts, truth: &Truth, what: &str) {
    let (got, want) = (rows_of_facts(facts, truth), rows_of_truth(truth));
    let keys: std::collections::BTreeSet<_> = got.keys().chain(want.keys()).collect();
    let differences: Vec<String> = keys
        .into_iter()
        .filter(|key| got.get(*key) != want.get(*key))
        .map(|key| format!("{key}: {:?}, truth {:?}", got.get(key), want.get(key)))
        .collect();
    assert!(
        differences.is_empty(),
        "{what}:\n{}",
        differences.join("\n")
    );
}

/// Writes a trace whose time of change lies far enough back for it to be mapped.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600))
        .unwrap();
    path
}

fn trace(format: Format, bytes: u64, line_end: LineEnd) -> (Vec<u8>, Truth) {
    let mut trace = Vec::new();
    let options = Options {
        line_end,
        ..Options::new(11, bytes, format)
    };
    let truth = generate(&options, &mut trace).unwrap();
    (trace, truth)
}

const FORMATS: [Format; 4] = [
    Format::Client,
    Format::Server,
    Format::Server2010,
    Format::Mixed,
];

#[test]
fn counts_equal_the_truth_for_any_chunk_length_thread_count_and_way_of_reading() {
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        for line_end in [LineEnd::CrLf, LineEnd::Lf] {
            let (bytes, truth) = trace(format, 1_500_000, line_end);
            let path = write(folder.path(), "trace.txt", &bytes);
            let mut first = None;
            for (threads, chunk_len, mapping) in [
                (1, 8 << 20, Mapping::Auto),
                (1, 8 << 20, Mapping::Never),
                (2, 64 << 10, Mapping::Auto),
                (2, 64 << 10, Mapping::Never),
                (3, 4001, Mapping::Auto),
                (2, 997, Mapping::Never),
            ] {
                let options = ScanOptions {
                    threads: Some(threads),
                    chunk_len,
                    mapping,
                    ..ScanOptions::default()
                };
                let what = format!("{format:?} {line_end:?} {threads} {chunk_len} {mapping:?}");
                let facts = read(&path, &options);
                assert_true(&facts, &truth, &what);
                // Not only what the truth knows: places, times and all else are the same too.
                assert_eq!(*first.get_or_insert_with(|| facts.clone()), facts, "{what}");
            }
        }
    }
}

#[test]
fn counts_equal_the_truth_in_every_encoding() {
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let (bytes, mut truth) = trace(format, 600_000, LineEnd::CrLf);
        let plain = read(
            &write(folder.path(), "plain.txt", &bytes),
            &ScanOptions::default(),
        );
        for (order, mark) in [
            (ByteOrder::Little, true),
            (ByteOrder::Little, false),
            (ByteOrder::Big, true),
            (ByteOrder::Big, false),
        ] {
            let mut wide = Vec::new();
            let mut writer = Utf16Writer::new(&mut wide, order, mark);
            std::io::Write::write_all(&mut writer, &bytes).unwrap();
            writer.finish().unwrap();
            truth.bytes = wide.len() as u64;
            let path = write(folder.path(), "plain.txt", &wide);
            for chunk_len in [8 << 20, 50_000, 3000] {
                let options = ScanOptions {
                    chunk_len,
                    ..ScanOptions::default()
                };
                let mut facts = read(&path, &options);
                let what = format!("{format:?} {order:?} {mark} {chunk_len}");
                assert_true(&facts, &truth, &what);
                // The same lines; the offsets are those of the wide file.
                let mut lines = Vec::new();
                facts.for_each_place(&mut |place| {
                    let unit = &wide[place.offset as usize..place.offset as usize + 2];
                    assert!(unit.contains(&0), "{what}: {place:?} is no code unit");
                    lines.push(place.line);
                });
                let mut want = Vec::new();
                plain
                    .clone()
                    .for_each_place(&mut |place| want.push(place.line));
                // Dialogs have no order.
                lines.sort_unstable();
                want.sort_unstable();
                assert_eq!(lines, want, "{what}");
            }
        }
        let mut marked = b"\xEF\xBB\xBF".to_vec();
        marked.extend_from_slice(&bytes);
        truth.bytes = marked.len() as u64;
        let facts = read(
            &write(folder.path(), "marked.txt", &marked),
            &ScanOptions::default(),
        );
        assert_true(&facts, &truth, "UTF-8 with a byte order mark");
    }
}

#[test]
fn sample_traces_hold_what_is_said_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_files().unwrap();
    let mut checked = 0;
    for file in &files {
        let truth = files
            .iter()
            .find(|other| other.name == format!("{}.truth.json", file.name));
        let Some(truth) = truth else { continue };
        let truth: Truth = serde_json::from_slice(&truth.contents).unwrap();
        let path = write(folder.path(), &file.name.replace('/', "_"), &file.contents);
        for chunk_len in [8 << 20, 4096, 100] {
            let options = ScanOptions {
                chunk_len,
                ..ScanOptions::default()
            };
            assert_true(&read(&path, &options), &truth, &file.name);
        }
        checked += 1;
    }
    assert!(checked >= 5, "{checked} samples have a truth");
}

/// Run by hand, in release: `cargo test --release -p siptriage-scanner --test truth -- --ignored`.
/// `TRACE_BYTES` sets the size, one gigabyte if absent.
#[test]
#[ignore = "writes gigabytes"]
fn counts_of_large_traces_equal_the_truth() {
    let bytes = std::env::var("TRACE_BYTES").map_or(1_000_000_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    for format in [Format::Client, Format::Server] {
        let path = folder.path().join("large.txt");
        let wide_path = folder.path().join("wide.txt");
        let mut truth = generate(
            &Options::new(3, bytes, format),
            &mut File::create(&path).unwrap(),
        )
        .unwrap();
        let mut wide = Utf16Writer::new(
            std::io::BufWriter::new(File::create(&wide_path).unwrap()),
            ByteOrder::Little,
            true,
        );
        std::io::copy(&mut File::open(&path).unwrap(), &mut wide).unwrap();
        let wide_len = wide.finish().unwrap();
        for path in [&path, &wide_path] {
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(3600))
                .unwrap();
        }
        for (threads, mapping) in [
            (1, Mapping::Auto),
            (2, Mapping::Auto),
            (1, Mapping::Never),
            (2, Mapping::Never),
        ] {
            let options = ScanOptions {
                threads: Some(threads),
                mapping,
                ..ScanOptions::default()
            };
            let what = format!("{format:?} {bytes} {threads} {mapping:?}");
            assert_true(&read(&path, &options), &truth, &what);
        }
        truth.bytes = wide_len;
        assert_true(&read(&wide_path, &ScanOptions::default()), &truth, "UTF-16");
    }
}
