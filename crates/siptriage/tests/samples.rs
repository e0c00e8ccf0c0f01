//! Golden reports: every trace of `sample-logs` gives the reports in `sample-logs/reports`.
//!
//! `UPDATE_SAMPLES=1 cargo test -p siptriage --test samples` rewrites them.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// One hour in the logs of everybody who saw it.
const INCIDENT: &str = "sample-logs/incident";

/// A call of it that the walk-through in `docs/triage.md` shows: how its Call-ID begins.
const CALL: &str = "12fd1";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the program at the top of the tree, as a newcomer does.
fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_siptriage"))
        .args(arguments)
        .current_dir(root())
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Names of the traces of a folder, sorted.
fn traces(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut traces: Vec<_> = names
        .filter(|name| name.ends_with(".UccApilog") || name.ends_with(".txt"))
        .collect();
    traces.sort();
    traces
}

/// Report files that must exist, with the arguments that make them.
fn reports() -> Vec<(String, Vec<String>)> {
    let mut reports = Vec::new();
    let mut add = |file: &str, arguments: &[&str]| {
        reports.push((
            file.to_owned(),
            arguments.iter().map(|a| (*a).to_owned()).collect(),
        ));
    };
    for trace in traces("sample-logs") {
        let path = format!("sample-logs/{trace}");
        add(&format!("{trace}.table"), &["--width", "100", &path]);
        add(&format!("{trace}.events.ndjson"), &["events", &path]);
    }
    for width in ["60", "80", "200"] {
        add(
            &format!("all.{width}.table"),
            &["--width", width, "--all", "sample-logs"],
        );
    }
    for format in ["json", "csv", "markdown"] {
        add(
            &format!("all.{format}"),
            &["--format", format, "sample-logs"],
        );
    }
    add(
        "founding-case.UccApilog.events.csv",
        &[
            "events",
            "--format",
            "csv",
            "sample-logs/founding-case.UccApilog",
        ],
    );
    add("decode-0x320.table", &["decode", "--width", "100", "0x320"]);
    add(
        "decode-0x320.html",
        &["decode", "--format", "html", "0x320"],
    );
    for width in ["80", "200"] {
        add(
            &format!("incident.{width}.table"),
            &["--width", width, INCIDENT],
        );
    }
    for format in ["json", "markdown"] {
        add(
            &format!("incident.{format}"),
            &["--format", format, INCIDENT],
        );
    }
    add(
        "incident.calls.table",
        &["calls", "--width", "160", INCIDENT],
    );
    add(
        "incident.calls.ndjson",
        &["calls", "--format", "ndjson", INCIDENT],
    );
    add(
        "incident.call.text",
        &["call", "--width", "100", CALL, INCIDENT],
    );
    add(
        "incident.call.markdown",
        &["call", "--format", "markdown", CALL, INCIDENT],
    );
    reports
}

#[test]
fn every_sample_gives_its_golden_reports() {
    let folder = root().join("sample-logs/reports");
    let update = std::env::var_os("UPDATE_SAMPLES").is_some();
    if update {
        // All files first: a report of the folder counts what lies in it.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (file, _) in reports() {
            std::fs::write(folder.join(file), "").unwrap();
        }
    }
    let mut wrong = Vec::new();
    let reports = reports();
    for (file, arguments) in &reports {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let got = run(&arguments);
        let path = folder.join(file);
        if update {
            std::fs::write(&path, &got).unwrap();
        } else if std::fs::read_to_string(&path).ok().as_deref() != Some(got.as_str()) {
            wrong.push(format!("siptriage {}  >  {file}", arguments.join(" ")));
        }
    }
    assert!(
        wrong.is_empty(),
        "other than the golden reports:\n{}\nIf that is meant: \
        UPDATE_SAMPLES=1 cargo test -p siptriage --test samples, and read the difference",
        wrong.join("\n")
    );
    // Nothing lies there that no sample makes.
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            reports.iter().any(|(file, _)| *file == name),
            "{name} is nobody's report"
        );
    }
}

#[test]
fn reports_beside_the_traces_are_not_read_as_traces() {
    let json = run(&["--format", "json", "sample-logs"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let mut sections = json["sections"].as_array().unwrap().iter();
    let coverage = sections
        .find(|section| section["id"] == "coverage")
        .unwrap();
    let files = coverage["rows"][0]["files"].as_u64().unwrap();
    let (alone, incident) = (traces("sample-logs"), traces(INCIDENT));
    assert_eq!((alone.len(), incident.len()), (6, 6));
    assert_eq!(files, 12);
}
