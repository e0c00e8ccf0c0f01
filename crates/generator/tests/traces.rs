//! What generated traces promise.

mod naive;

use std::collections::BTreeMap;
use std::io::Write;

use siptriage_generator::{
    ByteOrder, Density, Format, Lengths, LineEnd, Options, Truth, Utf16Writer, files, generate,
};

const FORMATS: [Format; 4] = [
    Format::Client,
    Format::Server,
    Format::Server2010,
    Format::Mixed,
];

fn make(options: &Options) -> (String, Truth) {
    let mut trace = Vec::new();
    let truth = generate(options, &mut trace).expect("memory takes everything");
    assert_eq!(truth.bytes, trace.len() as u64);
    (String::from_utf8(trace).expect("a trace is UTF-8"), truth)
}

/// Dense enough that every part of the generator runs.
fn dense(seed: u64, bytes: u64, format: Format) -> Options {
    let density = Density {
        calls: 500,
        failing: 500,
        client_diagnosed: 90,
        server_diagnosed: 90,
        decoys: 60,
        noise: 200,
    };
    Options {
        density,
        ..Options::new(seed, bytes, format)
    }
}

#[test]
fn a_simple_reader_finds_exactly_the_truth() {
    for format in FORMATS {
        for line_end in [LineEnd::CrLf, LineEnd::Lf] {
            let options = Options {
                line_end,
                ..dense(11, 8_000_000, format)
            };
            let (trace, truth) = make(&options);
            let ends = if line_end == LineEnd::Lf {
                "\n"
            } else {
                "\r\n"
            };
            let found = naive::read(&trace, ends);

            let records = truth
                .formats
                .iter()
                .map(|(name, of)| (name.as_str(), of.records));
            let records: BTreeMap<&str, u64> = records.collect();
            assert_eq!(found.records, records);
            let messages = truth.messages.0.iter();
            let messages: BTreeMap<_, _> = messages
                .map(|(key, value)| ((key.method.clone(), key.status), value.occurrences))
                .collect();
            assert_eq!(found.messages, messages);
            assert_eq!(found.headers, truth.headers);
            let mut codes = BTreeMap::new();
            for (key, tally) in &truth.failures.0 {
                *codes.entry(key.code).or_default() += tally.occurrences;
            }
            assert_eq!(found.codes, codes);
            let masks = truth
                .patterns
                .0
                .iter()
                .map(|(key, value)| (key.mask, value.occurrences));
            assert_eq!(found.masks, masks.collect());
            for (key, tally) in &truth.failures.0 {
                // One code may have several reasons, each with some of the users.
                assert!(found.users[&key.code].is_superset(&tally.users), "{key:?}");
            }
            let users: usize = truth
                .failures
                .0
                .values()
                .map(|tally| tally.users.len())
                .sum();
            assert!(found.users.values().map(|users| users.len()).sum::<usize>() <= users);
            let sum = |wanted: &dyn Fn(&[String; 4]) -> bool| -> u64 {
                let rows = found.media.iter().filter(|(key, _)| wanted(key));
                rows.map(|(_, count)| *count).sum()
            };
            for (key, value) in &truth.media.0 {
                assert_eq!(sum(&|found| found[0] == key.label), value.occurrences);
            }
            for (key, value) in &truth.locations.0 {
                let here = |found: &[String; 4]| found[1] == key.local && found[2] == key.remote;
                assert_eq!(sum(&here), value.occurrences, "{key:?}");
            }
            for (key, value) in &truth.federation.0 {
                assert_eq!(sum(&|found| found[3] == key.federation), value.occurrences);
            }
            assert_eq!(sum(&|_| true), truth.media.total());
            assert_eq!(found.call_ids.len() as u64, truth.call_ids);
            assert_eq!(found.body_bytes, truth.body_bytes);
            let carrier = |name: &str| truth.carriers.get(name).copied().unwrap_or_default();
            assert_eq!(found.diag_headers, carrier("diag-header"));
            assert_eq!(found.reports, carrier("qoe"));
            assert_eq!(found.media_lines, truth.quality.total());
            assert_eq!(found.server_events, carrier("server-record"));
            assert_eq!(found.quoted, carrier("text"));
            let users = truth
                .failure_responses
                .0
                .values()
                .flat_map(|tally| tally.users.clone());
            assert_eq!(found.failed_users, users.collect());
            assert_eq!(trace.matches('\n').count() as u64, truth.lines);

            // Nothing of the above holds by being empty.
            let carriers = ["diag-header", "header", "qoe", "text"];
            assert!(
                carriers.iter().all(|name| carrier(name) > 0),
                "{:?}",
                truth.carriers
            );
            assert!(truth.patterns.0.len() > 8 && truth.headers.len() == 3 && truth.decoys > 0);
        }
    }
}

#[test]
fn the_tables_of_a_truth_add_up() {
    for format in FORMATS {
        let (_, truth) = make(&dense(5, 2_000_000, format));
        assert_eq!(truth.messages.total(), truth.requests + truth.responses);
        let requests: u64 = truth.formats.values().map(|of| of.requests).sum();
        let responses: u64 = truth.formats.values().map(|of| of.responses).sum();
        assert_eq!((requests, responses), (truth.requests, truth.responses));
        let failed = truth
            .messages
            .0
            .iter()
            .filter(|(key, _)| key.status >= Some(400));
        let failed: u64 = failed.map(|(_, value)| value.occurrences).sum();
        assert_eq!(failed, truth.failure_responses.total());
        let carrier = |name: &str| truth.carriers.get(name).copied().unwrap_or_default();
        assert_eq!(truth.headers.values().sum::<u64>(), carrier("header"));
        assert_eq!(
            truth.failures.total(),
            carrier("header") + carrier("diag-header")
        );
        let sections = truth.media.total();
        assert_eq!(truth.patterns.total(), sections);
        assert_eq!(truth.locations.total(), sections);
        assert_eq!(truth.federation.total(), sections);
        assert_eq!(truth.server_records.total(), carrier("server-record"));
        assert!(truth.quality.total() >= carrier("qoe"));
        assert!(truth.troubles.is_empty());
        for tally in truth.failures.0.values() {
            assert!(tally.users.len() as u64 <= tally.occurrences && !tally.users.is_empty());
        }
        let challenged = truth.failure_responses.0.keys().filter(|key| key.challenge);
        assert!(challenged.clone().count() > 0);
        assert!(
            challenged
                .into_iter()
                .all(|key| matches!(key.status, 401 | 407))
        );
    }
}

#[test]
fn equal_options_give_equal_bytes_and_other_seeds_others() {
    for format in FORMATS {
        let options = Options::new(42, 200_000, format);
        let first = make(&options);
        assert!(first == make(&options));
        let other = make(&Options {
            seed: 43,
            ..options
        });
        assert!(first.0 != other.0);
    }
}

#[test]
fn every_size_is_met_about_and_the_smallest_has_a_dialogue() {
    for format in FORMATS {
        for bytes in [0, 1, 10_000, 100_000, 1_000_000, 8_000_000] {
            let (_, truth) = make(&Options::new(3, bytes, format));
            let off = truth.bytes.abs_diff(bytes);
            assert!(
                off < 150_000 + bytes / 20,
                "{format:?} {bytes}: {}",
                truth.bytes
            );
            assert_eq!(truth.requests > 0 && truth.responses > 0, bytes > 0);
        }
    }
}

#[test]
fn shares_are_what_was_asked_for() {
    let share = |truth: &Truth, names: &[&str]| {
        let headers: u64 = names
            .iter()
            .filter_map(|name| truth.headers.get(*name))
            .sum();
        headers * 1000 / (truth.requests + truth.responses)
    };
    let (server, client) = (
        ["ms-diagnostics", "ms-diagnostics-public"],
        ["ms-client-diagnostics"],
    );
    for per_mille in [0, 30, 100, 500, 1000] {
        let density = Density {
            calls: 500,
            failing: 0,
            client_diagnosed: per_mille,
            server_diagnosed: per_mille,
            decoys: 0,
            noise: 0,
        };
        let options = Options {
            density,
            ..Options::new(8, 4_000_000, Format::Server)
        };
        let (_, truth) = make(&options);
        for names in [&server[..], &client] {
            let share = share(&truth, names);
            // Forty messages of slack at the begin.
            assert!(
                share.abs_diff(u64::from(per_mille)) <= 45,
                "{per_mille}: {share}"
            );
        }
        assert_eq!(
            truth.decoys + truth.carriers.get("text").copied().unwrap_or(0),
            0
        );
        let events = truth.server_records.total();
        assert_eq!(
            truth.formats["server"].records,
            truth.messages.total() + events
        );
    }
    // As on a busy day, at full size.
    let (_, truth) = make(&Options::new(8, 10_000_000, Format::Server));
    assert_eq!(
        share(&truth, &client),
        29 + u64::from(share(&truth, &client) == 30)
    );
    let mean = truth.bytes / (truth.requests + truth.responses);
    assert!((2300..2900).contains(&mean), "{mean}");
    assert!((65..85).contains(&(truth.bytes / truth.lines)));
    assert!((36..50).contains(&(truth.body_bytes * 100 / truth.bytes)));
}

#[test]
fn every_message_but_the_first_ones_has_a_diagnosis_if_that_was_asked_for() {
    for format in FORMATS {
        let density = Density {
            client_diagnosed: 1000,
            ..Density::default()
        };
        let (_, truth) = make(&Options {
            density,
            ..Options::new(8, 2_000_000, format)
        });
        let without = truth.messages.total() - truth.headers["ms-client-diagnostics"];
        assert!(without <= 40, "{format:?}: {without}");
    }
}

#[test]
fn false_lengths_never_end_where_something_may_follow_a_body() {
    // Of a body that is longer by one digit, everything behind it is one byte later.
    const PARTS: [&str; 2] = [" bytes", "Content-Length: "];
    for format in [Format::Client, Format::Server, Format::Server2010] {
        let (honest, truth) = make(&dense(12, 1_000_000, format));
        let (trace, _) = make(&Options {
            lengths: Lengths::False,
            ..dense(12, 1_000_000, format)
        });
        let (mut bodies, mut at) = (0, 0);
        for (line, honest_line) in trace
            .split_inclusive('\n')
            .zip(honest.split_inclusive('\n'))
        {
            at += line.len();
            let differs = line != honest_line;
            assert!(
                !differs || PARTS.iter().any(|part| line.contains(part)) || {
                    // Other stacks write header names in capitals.
                    line.contains("CONTENT-LENGTH: ")
                }
            );
            // Where the header section ends with its length, the body begins behind it.
            let length = line.trim_end().strip_prefix("Content-Length: ");
            let Some(length) = length.filter(|_| differs) else {
                continue;
            };
            let start = match format {
                Format::Client => trace[at..].strip_prefix("\r\n").map(|_| at + 2),
                _ => (trace[at..].strip_prefix("Message-Body: ")).map(|_| at + 14),
            };
            if let Some(start) = start {
                bodies += 1;
                let end = start + length.parse::<usize>().unwrap();
                let before = trace.as_bytes()[end - 1];
                assert!(before != b'\n' && !trace[end..].starts_with(['\r', '\n']));
            }
        }
        assert!(bodies > 100 && truth.messages.total() > bodies, "{bodies}");
    }
}

#[test]
fn small_files_have_names_seeds_and_times_of_their_own() {
    let options = Options::new(3, 0, Format::Client);
    let all: Vec<_> = files(&options, 2500, 4_000..=9_000).collect();
    assert_eq!(
        all,
        files(&options, 2500, 4_000..=9_000).collect::<Vec<_>>()
    );
    assert_eq!(all[0].name, "000/client-000000.UccApilog");
    assert_eq!(all[2499].name, "002/client-002499.UccApilog");
    for pair in all.windows(2) {
        assert!(pair[0].name < pair[1].name && pair[0].options.seed != pair[1].options.seed);
        assert!(pair[0].options.start < pair[1].options.start);
    }
    let mean = all.iter().map(|file| file.options.bytes).sum::<u64>() / 2500;
    assert!((6_300..6_700).contains(&mean), "{mean}");
    assert!(
        all.iter()
            .all(|file| (4_000..=9_000).contains(&file.options.bytes))
    );
}

#[test]
fn line_ends_change_nothing_else() {
    let options = dense(9, 500_000, Format::Mixed);
    let (with, mut truth) = make(&options);
    let (without, other) = make(&Options {
        line_end: LineEnd::Lf,
        ..options
    });
    assert!(with.replace("\r\n", "\n") == without);
    assert!(!without.contains('\r'));
    truth.bytes = other.bytes;
    assert_eq!(truth, other);
}

#[test]
fn utf_16_holds_the_same_text() {
    let options = dense(9, 1_500_000, Format::Client);
    let (text, _) = make(&options);
    let mut bytes = Vec::new();
    let mut writer = Utf16Writer::new(&mut bytes, ByteOrder::Little, true);
    generate(&options, &mut writer).unwrap();
    let written = writer.finish().unwrap();
    assert_eq!(written, bytes.len() as u64);
    let units: Vec<u16> = bytes
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    assert_eq!(units[0], 0xfeff);
    assert!(String::from_utf16(&units[1..]).unwrap() == text);
    assert!(!text.is_ascii());
}

#[test]
fn logs_never_go_back_in_time() {
    for format in [Format::Client, Format::Server, Format::Server2010] {
        let (trace, _) = make(&dense(4, 1_000_000, format));
        let stamps = trace
            .lines()
            .filter_map(|line| match line.split_once("::") {
                Some((_, rest)) if line.starts_with("TL_") => Some(&rest[..23]),
                _ => naive::is_client_entry(line).then(|| &line[..23]),
            });
        let stamps: Vec<&str> = stamps.collect();
        assert!(stamps.len() > 500);
        assert!(stamps.is_sorted(), "{format:?}");
        assert!(stamps[0].starts_with("03/02/2026"));
    }
    let (client, _) = make(&Options::new(1, 50_000, Format::Client));
    assert!(
        client.starts_with("03/02/2026|09:00:0"),
        "clients are an hour ahead"
    );
}

#[test]
fn all_names_and_addresses_are_reserved_ones() {
    let (trace, _) = make(&dense(6, 4_000_000, Format::Mixed));
    naive::assert_reserved(&trace);
}

#[test]
fn truths_merge_and_come_back_from_json() {
    let one = make(&dense(1, 300_000, Format::Client)).1;
    let two = make(&dense(2, 300_000, Format::Server)).1;
    assert_eq!(Truth::from_json(&one.to_json().unwrap()).unwrap(), one);
    let mut both = one.clone();
    both.merge(two.clone());
    let mut other = two.clone();
    other.merge(one.clone());
    assert_eq!(both, other);
    let mut same = one.clone();
    same.merge(Truth::default());
    assert_eq!(same, one);
    assert_eq!(both.bytes, one.bytes + two.bytes);
    assert_eq!(
        both.failures.total(),
        one.failures.total() + two.failures.total()
    );
    for (key, tally) in &both.failures.0 {
        let users = [&one, &two]
            .into_iter()
            .filter_map(|truth| truth.failures.0.get(key));
        let users = users.flat_map(|tally| tally.users.clone());
        assert_eq!(tally.users, users.collect(), "{key:?}");
    }
}

#[test]
fn a_writer_that_fails_ends_the_work() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = generate(&Options::new(1, 1 << 40, Format::Server), &mut Full).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
}
