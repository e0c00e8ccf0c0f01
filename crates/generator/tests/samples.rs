//! The traces of `sample-logs` are those the generator writes, and say what they claim.

mod naive;

use std::fs;
use std::path::PathBuf;

use siptriage_generator::{CallOutcome, SampleFile, ScenarioTruth, Truth, sample_files};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../sample-logs")
}

fn samples() -> Vec<(SampleFile, Truth)> {
    let mut files = sample_files().expect("memory takes everything");
    let calls = files.pop().expect("there are files");
    assert_eq!(calls.name, "incident/truth.json");
    let pairs = files.chunks(2).map(|pair| {
        assert_eq!(pair[1].name, format!("{}.truth.json", pair[0].name));
        let truth = std::str::from_utf8(&pair[1].contents).expect("a truth is UTF-8");
        let truth = Truth::from_json(truth).expect("a truth is JSON of its own kind");
        (pair[0].clone(), truth)
    });
    pairs.collect()
}

#[test]
fn committed_files_are_those_the_generator_writes() {
    for file in sample_files().unwrap() {
        let path = folder().join(&file.name);
        let committed = fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let same = committed == file.contents;
        assert!(
            same,
            "{} differs: run 'cargo run -p siptriage-generator -- samples sample-logs'",
            file.name
        );
    }
}

#[test]
fn the_readme_names_every_trace() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    for (file, _) in samples() {
        // The folder has a line of its own.
        let name = file.name.split_inclusive('/').next().unwrap();
        assert!(readme.contains(&format!("`{name}`")), "{}", file.name);
    }
}

#[test]
fn tables_of_hand_written_truths_add_up() {
    for (file, truth) in samples() {
        assert_eq!(truth.bytes, file.contents.len() as u64, "{}", file.name);
        assert_eq!(
            truth.messages.total(),
            truth.requests + truth.responses,
            "{}",
            file.name
        );
        let carriers = ["header", "cdr", "diag-header"].iter();
        let carried: u64 = carriers.filter_map(|name| truth.carriers.get(*name)).sum();
        assert_eq!(truth.failures.total(), carried, "{}", file.name);
        assert_eq!(
            truth.media.total(),
            truth.locations.total(),
            "{}",
            file.name
        );
        assert_eq!(
            truth.media.total(),
            truth.federation.total(),
            "{}",
            file.name
        );
        let malformed = truth
            .troubles
            .get("malformed-mask")
            .copied()
            .unwrap_or_default();
        assert_eq!(
            truth.patterns.total() + malformed,
            truth.media.total(),
            "{}",
            file.name
        );
    }
}

#[test]
fn the_founding_case_is_a_whole_call_with_correct_lengths() {
    let (file, truth) = samples().swap_remove(0);
    assert_eq!(file.name, "founding-case.UccApilog");
    let text = std::str::from_utf8(&file.contents).unwrap();
    let found = naive::read(text, "\r\n");
    assert_eq!(found.records["client"], truth.formats["client"].records);
    assert_eq!(found.messages.values().sum::<u64>(), truth.messages.total());
    assert_eq!(found.body_bytes, truth.body_bytes);
    assert_eq!(found.headers, truth.headers);
    assert_eq!(found.codes, [(24, 1), (13_004, 1)].into());
    assert_eq!(found.masks, [(0x320, 1)].into());
    assert_eq!(found.call_ids.len() as u64, truth.call_ids);
    assert_eq!((found.reports, found.quoted), (1, 0));
}

#[test]
fn samples_of_realistic_size_show_failures_of_many_kinds() {
    for (file, truth) in samples() {
        let realistic = ["client.UccApilog", "server.txt"].contains(&file.name.as_str());
        if realistic {
            assert!(
                (200_000..400_000).contains(&file.contents.len()),
                "{}",
                file.name
            );
            assert!(
                truth.failures.0.len() >= 10,
                "{}: {}",
                file.name,
                truth.failures.0.len()
            );
            assert!(
                truth.patterns.0.len() >= 6,
                "{}: {}",
                file.name,
                truth.patterns.0.len()
            );
            assert!(
                truth.carriers.contains_key("text") && truth.decoys > 0,
                "{}",
                file.name
            );
        }
    }
}

#[test]
fn each_damage_is_there() {
    let files = samples();
    let (file, truth) = files
        .iter()
        .find(|(file, _)| file.name == "damaged.txt")
        .unwrap();
    assert!(std::str::from_utf8(&file.contents).is_err());
    let longest = file
        .contents
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::len)
        .max();
    assert!(longest > Some(20_000));
    assert!(!file.contents.ends_with(b"\n"));
    let text = String::from_utf8_lossy(&file.contents);
    let begins = text.matches("$$begin_record").count();
    assert_eq!(begins - text.matches("$$end_record").count(), 3);
    assert_eq!(
        text.matches("TL_").count() as u64,
        truth.formats["server"].records
    );
    assert_eq!(truth.troubles.len(), 4);
}

#[test]
fn the_utf_16_sample_has_a_mark_and_the_lines_it_should() {
    let files = samples();
    let wanted = "client-utf16.UccApilog";
    let (file, truth) = files.iter().find(|(file, _)| file.name == wanted).unwrap();
    assert!(file.contents.starts_with(b"\xff\xfe"));
    let pairs = file.contents.chunks(2).skip(1);
    let units: Vec<u16> = pairs
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let text = String::from_utf16(&units).unwrap();
    let found = naive::read(&text, "\r\n");
    assert_eq!(found.headers, truth.headers);
    assert_eq!(text.matches('\n').count() as u64, truth.lines);
}

#[test]
fn the_incident_is_an_hour_of_calls_that_several_saw() {
    let files = sample_files().unwrap();
    let incident = || {
        files
            .iter()
            .filter(|file| file.name.starts_with("incident/"))
    };
    let traces = incident().filter(|file| !file.name.ends_with(".json"));
    let size: usize = traces.map(|file| file.contents.len()).sum();
    assert!(size < 600_000, "{size}");
    let truth = incident().find(|file| file.name == "incident/truth.json");
    let truth = std::str::from_utf8(&truth.unwrap().contents).unwrap();
    let truth = ScenarioTruth::from_json(truth).unwrap();
    let totals = &truth.totals;
    assert!((40..=60).contains(&totals.calls), "{totals:?}");
    assert!(totals.copies > 200, "{totals:?}");
    assert!(truth.clients.len() >= 3);
    assert!(
        truth
            .clients
            .iter()
            .all(|client| client.offset_minutes == 60)
    );
    for outcome in [
        CallOutcome::Connected,
        CallOutcome::Failed,
        CallOutcome::Cancelled,
        CallOutcome::Declined,
        CallOutcome::Busy,
        CallOutcome::NoAnswer,
        CallOutcome::Unfinished,
    ] {
        assert!(totals.outcomes.contains_key(&outcome), "{outcome:?}");
    }
    let failed = truth
        .calls
        .iter()
        .filter(|call| call.outcome == CallOutcome::Failed);
    let failed: Vec<_> = failed.collect();
    let blocked = failed
        .iter()
        .filter(|call| call.cause.starts_with("tcp-blocked"));
    assert!(
        blocked.count() * 3 > failed.len() * 2,
        "one cause holds most"
    );
    // All of it within the hour.
    let hour = 1_772_521_200_000..1_772_521_200_000 + 3_600_000;
    for call in &truth.calls {
        let begin = call.invite_at.unwrap();
        let end = begin + call.set_up_ms.unwrap_or(0) + call.duration_ms.unwrap_or(0);
        assert!(hour.contains(&begin) && hour.contains(&end), "{call:?}");
    }
    for file in incident() {
        naive::assert_reserved(std::str::from_utf8(&file.contents).unwrap());
    }
}
