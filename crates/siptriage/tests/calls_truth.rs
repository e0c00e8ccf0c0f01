//! Scenarios of known truth: outcomes, verdicts, causes, users and copies equal it exactly, for
//! any order of arguments, chunk length and thread count.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../../judge/tests/long_way/mod.rs"]
mod long_way;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use siptriage_diagnostics::MediaSide;
use siptriage_facts::Facts;
use siptriage_generator::{
    CallOutcome, CallTruth, EndedBy, OtherTruth, Scenario, ScenarioOptions, ScenarioTruth,
    sample_files, scenario,
};
use siptriage_judge::{Case, Judge, Rules, TimeZones};
use siptriage_scanner::{Mapping, ScanOptions, Unwatched, discover, scan};

/// What is known of a dialog, field by field, so that a difference can be read.
type Row = BTreeMap<&'static str, String>;

fn row_of_truth(call: &CallTruth) -> Row {
    let mut row = Row::from([
        ("kind", "call".to_owned()),
        ("plot", call.plot.clone()),
        ("outcome", call.outcome.name().to_owned()),
        ("verdict", call.verdict.name().to_owned()),
        ("distinct", call.distinct.to_string()),
        ("written", call.written.to_string()),
        ("conference", call.conference.to_string()),
        (
            "ended by",
            match call.ended_by {
                EndedBy::Caller => "caller",
                EndedBy::Callee => "callee",
                EndedBy::None => "",
            }
            .to_owned(),
        ),
        ("codes", format!("{:?}", call.codes)),
        ("files", format!("{:?}", call.files)),
        ("modalities", format!("{:?}", call.modalities)),
        (
            "status",
            call.final_status.map(|s| s.to_string()).unwrap_or_default(),
        ),
    ]);
    if call.invite_at.is_some() {
        row.insert("caller", call.caller.clone());
    }
    // Without the INVITE nobody can know who of both called.
    if call.outcome == CallOutcome::SeenInPart {
        row.remove("caller");
        row.remove("ended by");
    }
    row
}

fn row_of_case(case: &Case<'_>) -> Row {
    let codes: BTreeSet<u32> = case.codes().collect();
    let files: BTreeSet<&str> = (case.dialog.sights.iter())
        .map(|(writer, _)| file_name(&writer.file))
        .collect();
    let modalities: BTreeSet<&str> = case.dialog.modalities.words().collect();
    let caller = case.caller.address.unwrap_or_default().to_owned();
    let ended_by = case.ended_by.filter(|_| has_bye(case));
    Row::from([
        ("kind", case.kind.name().to_owned()),
        ("outcome", case.outcome.name().to_owned()),
        ("verdict", case.decision.verdict.name().to_owned()),
        ("distinct", case.dialog.messages.distinct().to_string()),
        ("written", case.dialog.messages.seen().to_string()),
        ("conference", case.conference().to_string()),
        (
            "ended by",
            ended_by.map(MediaSide::name).unwrap_or_default().to_owned(),
        ),
        ("codes", format!("{codes:?}")),
        ("files", format!("{files:?}")),
        ("modalities", format!("{modalities:?}")),
        (
            "status",
            case.dialog
                .final_status
                .get()
                .map(|s| s.to_string())
                .unwrap_or_default(),
        ),
        ("caller", caller),
    ])
}

fn has_bye(case: &Case<'_>) -> bool {
    case.dialog.traits.has(siptriage_facts::Traits::ENDED)
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn row_of_other(other: &OtherTruth) -> Row {
    Row::from([
        ("kind", other.kind.name().to_owned()),
        ("failed", other.failed.to_string()),
        ("distinct", other.distinct.to_string()),
        ("written", other.written.to_string()),
    ])
}

/// Differences between what is true and what was found, in words.
fn differences(truth: &ScenarioTruth, facts: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    let judge = Judge::new(facts, Rules::embedded(), &TimeZones::default());
    long_way::check(&judge);
    let cases: BTreeMap<String, Case<'_>> = judge
        .cases()
        .map(|case| (case.call_id.to_string(), case))
        .collect();
    let known: BTreeSet<&str> = (truth.calls.iter().map(|call| &*call.call_id))
        .chain(truth.others.iter().map(|other| &*other.call_id))
        .collect();
    for id in cases.keys().filter(|id| !known.contains(id.as_str())) {
        found.push(format!("{id}: not in the truth"));
    }
    for call in &truth.calls {
        let Some(case) = cases.get(&*call.call_id) else {
            found.push(format!("{}: not found", call.call_id));
            continue;
        };
        let row = row_of_case(case);
        for (field, want) in row_of_truth(call) {
            let got = row.get(field);
            if field != "plot" && got != Some(&want) {
                let rule = case.decision.rule.map_or("none", |rule| &rule.id);
                found.push(format!(
                    "{} {}: {field}: want {want}, got {} (rule {rule})",
                    call.plot,
                    call.call_id,
                    got.map_or("nothing", String::as_str),
                ));
            }
        }
        if let Some(rules) = rules_of_cause(&call.cause) {
            let rule = case.decision.rule.map_or("none", |rule| &rule.id);
            if !rules.contains(&rule) {
                found.push(format!("{}: cause {}: rule {rule}", call.plot, call.cause));
            }
        }
        found.extend(wrong_times(call, case, truth.tolerance_ms));
    }
    for other in &truth.others {
        let Some(case) = cases.get(&*other.call_id) else {
            found.push(format!("{}: not found", other.call_id));
            continue;
        };
        let mut row = row_of_case(case);
        let failed = case.outcome == siptriage_judge::Outcome::Failed;
        row.insert("failed", failed.to_string());
        for (field, want) in row_of_other(other) {
            if row.get(field) != Some(&want) {
                found.push(format!(
                    "{:?} {}: {field}: want {want}, got {}",
                    other.kind, other.call_id, row[field]
                ));
            }
        }
    }
    let calls = cases.values().filter(|case| case.is_call());
    let callers: BTreeSet<&str> = calls.filter_map(|case| case.caller.address).collect();
    let seen_whole = truth.calls.iter().all(|call| call.invite_at.is_some());
    if seen_whole && callers.len() as u64 != truth.totals.callers {
        found.push(format!("callers: {}", callers.len()));
    }
    found
}

/// Times that differ by more than two writers can.
fn wrong_times(call: &CallTruth, case: &Case<'_>, tolerance_ms: u64) -> Vec<String> {
    let times = [
        ("ring", call.ring_ms, case.time_to_ring),
        ("answer", call.answer_ms, case.time_to_answer),
        ("duration", call.duration_ms, case.duration),
    ];
    let mut wrong = Vec::new();
    for (name, want, got) in times {
        let (Some(want), Some(got)) = (want, got) else {
            continue;
        };
        let apart = (got / 1000).abs_diff(want as i64);
        if apart > 2 * tolerance_ms {
            wrong.push(format!(
                "{} {}: {name}: want {want} ms, got {} ms",
                call.plot,
                call.call_id,
                got / 1000
            ));
        }
    }
    wrong
}

/// The rules that say what a cause of the generator's is; none where it is not certain.
fn rules_of_cause(cause: &str) -> Option<&'static [&'static str]> {
    let rules: &[&str] = match cause {
        "tcp-blocked-both-outside" => &["sharing-tcp-blocked-outside"],
        "tcp-blocked-one-outside" => &["sharing-tcp-blocked"],
        "edge-to-edge-tcp" => &["relay-to-relay-tcp-blocked-sharing"],
        "application-firewall" => &["application-aware-firewall"],
        "udp-3478" => &["udp-3478-filtered"],
        "relay-unreachable" => &[
            "relay-unreachable-udp-and-tcp",
            "relay-unreachable-from-inside",
        ],
        "host-firewall-inside" => &["inside-path-blocked"],
        "other-maker" => &["third-party-candidates"],
        "sharing-server-gave-up" => &["conference-sharing-failed"],
        "user-gave-up" => &["given-up-on-silence"],
        "audio-over-tcp" => &["audio-over-tcp-udp-filtered", "audio-over-tcp"],
        "encryption-mismatch" => &["encryption-mismatch"],
        "description-unsupported" => &["session-description-unusable"],
        "dial-plan" => &["number-not-in-dial-plan"],
        "benign-51007-no-edge" => &["no-edge-in-use"],
        "flags-expected" => &[
            "tcp-skipped-after-udp",
            "expected-flags",
            "relay-used-because-of-nat",
        ],
        _ => return None,
    };
    Some(rules)
}

fn write(folder: &Path, scenario: &Scenario) -> Vec<OsString> {
    let files = scenario.files.iter().map(|file| {
        let path = folder.join(&file.name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &file.contents).unwrap();
        path.into_os_string()
    });
    files.collect()
}

fn options(threads: usize, chunk_len: usize) -> ScanOptions {
    ScanOptions {
        threads: Some(threads),
        chunk_len,
        mapping: Mapping::Never,
        ..ScanOptions::default()
    }
}

fn scanned(paths: &[OsString], options: &ScanOptions) -> Facts {
    scan(&discover(paths, options), options, &Unwatched)
}

#[test]
fn calls_equal_the_truth_whoever_logged_them() {
    let new = || ScenarioOptions::new(11, 104);
    let scenarios = [
        ("everybody", new()),
        ("tangled", ScenarioOptions::new(12, 104).tangled()),
        (
            "clients alone",
            ScenarioOptions {
                front_ends: 0,
                edges: 0,
                ..ScenarioOptions::new(13, 104)
            },
        ),
        (
            "callers alone, rotated",
            ScenarioOptions {
                front_ends: 0,
                edges: 0,
                callee_logs: false,
                rotated: true,
                ..ScenarioOptions::new(14, 104)
            },
        ),
        (
            "servers alone",
            ScenarioOptions {
                caller_logs: false,
                callee_logs: false,
                ..ScenarioOptions::new(15, 104)
            },
        ),
        (
            "one server and few clients",
            ScenarioOptions {
                edges: 0,
                front_ends: 1,
                logging_clients: Some(5),
                ..ScenarioOptions::new(16, 104)
            },
        ),
    ];
    let mut all = Vec::new();
    for (name, options_of) in scenarios {
        let played = scenario(&options_of).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let paths = write(folder.path(), &played);
        let facts = scanned(&paths, &options(2, 4096));
        let wrong = differences(&played.truth, &facts);
        all.extend(wrong.into_iter().map(|line| format!("{name}: {line}")));
    }
    assert!(
        all.is_empty(),
        "{} differences:\n{}",
        all.len(),
        all.join("\n")
    );
}

#[test]
fn calls_do_not_depend_on_order_chunks_threads_or_copies() {
    let played = scenario(&ScenarioOptions::new(21, 60).tangled()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut paths = write(folder.path(), &played);
    let want = scanned(&paths, &options(1, 1 << 20));
    for (threads, chunk_len) in [(1, 777), (2, 64), (3, 100_000)] {
        paths.rotate_left(3);
        paths.swap(0, 2);
        let got = scanned(&paths, &options(threads, chunk_len));
        assert_eq!(got.dialogs, want.dialogs, "{threads} {chunk_len}");
        assert_eq!(got, want, "{threads} {chunk_len}");
    }
    // A copy of a file changes the copies and the names of files, and nothing of a call.
    let copy = folder.path().join("zz-copy-of-a-file.log");
    fs::copy(&paths[0], &copy).unwrap();
    paths.push(copy.into_os_string());
    let more = scanned(&paths, &options(2, 5000));
    let (few, many) = (rows(&want), rows(&more));
    assert_eq!(few, many);
    let copies = |facts: &Facts| {
        let dialogs = facts.dialogs.iter();
        dialogs
            .map(|(_, dialog)| dialog.messages.copies())
            .sum::<u64>()
    };
    assert!(copies(&more) > copies(&want));
}

/// Everything of all calls that copies may not change.
fn rows(facts: &Facts) -> Vec<Row> {
    let judge = Judge::new(facts, Rules::embedded(), &TimeZones::default());
    let cases = judge.cases_in_order();
    cases
        .map(|case| {
            let mut row = row_of_case(&case);
            row.remove("written");
            row.remove("files");
            row
        })
        .collect()
}

#[test]
fn the_sample_incident_is_what_it_tells() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    let mut truth = None;
    for file in sample_files().unwrap() {
        if file.name == "incident/truth.json" {
            let text = String::from_utf8(file.contents).unwrap();
            truth = Some(ScenarioTruth::from_json(&text).unwrap());
        } else if file.name.starts_with("incident/") && !file.name.ends_with(".truth.json") {
            let path = folder
                .path()
                .join(file.name.trim_start_matches("incident/"));
            fs::write(&path, &file.contents).unwrap();
            paths.push(path.into_os_string());
        }
    }
    let facts = scanned(&paths, &options(2, 4096));
    let wrong = differences(&truth.unwrap(), &facts);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
