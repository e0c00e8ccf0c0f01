//! Archives give what the folder in them gives.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod desk;

use std::fs;
use std::path::Path;

use desk::{Desk, zip};
use serde_json::Value;

/// The files of the sample incident.
fn incident() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-logs/incident");
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// A desk with the incident as a folder, as a zip, and as a zip in a zip beside other things.
fn desk() -> Desk {
    let desk = Desk::new();
    let files = incident();
    for (name, bytes) in &files {
        desk.put(&format!("logs/{name}"), bytes);
    }
    let members: Vec<(String, &[u8])> = (files.iter())
        .map(|(name, bytes)| (format!("logs/{name}"), &**bytes))
        .collect();
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|(name, bytes)| (&**name, *bytes))
        .collect();
    let case = zip(&members);
    desk.put("case.zip", &case);
    let outer = zip(&[
        ("case.zip", &case),
        ("notes.md", b"# nothing of interest"),
        (
            ".hidden.log",
            b"03/14/2026|09:26:53.589 1A2C:F40 INFO  :: SIP/2.0 404 Not Found\r\n\r\n",
        ),
    ]);
    desk.put("outer.zip", &outer);
    desk
}

/// What a command prints, without what names the files.
fn without_names(text: &str) -> Vec<String> {
    let text = text.replace("outer.zip!case.zip!logs/", "logs/");
    let text = text.replace("case.zip!logs/", "logs/");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn report(desk: &Desk, what: &str) -> Value {
    let mut json = desk.run(&["--format", "json", what]).ends_with(0).json();
    // Of the coverage, what was passed over depends on what else is there.
    let sections = json["sections"].as_array_mut().unwrap();
    sections.retain(|section| section["id"] != "coverage");
    let text = json.to_string();
    let text = text.replace("outer.zip!case.zip!logs/", "logs/");
    serde_json::from_str(&text.replace("case.zip!logs/", "logs/")).unwrap()
}

#[test]
fn an_archive_gives_what_its_folder_gives() {
    let desk = desk();
    let want = report(&desk, "logs");
    for packed in [
        "case.zip",
        "outer.zip",
        "case.zip!logs",
        "outer.zip!case.zip",
    ] {
        assert_eq!(report(&desk, packed), want, "{packed}");
    }
    for command in [
        &["calls", "--format", "ndjson"][..],
        &["events"],
        &["messages", "--body"],
        &["calls", "--format", "ndjson", "--verdict", "failed"],
        &["events", "--code", "24"],
        &["call", "--format", "json", "12fd1"],
    ] {
        let run = |what: &str| {
            let mut arguments = command.to_vec();
            arguments.extend([what, "-q"]);
            without_names(&desk.run(&arguments).ends_with(0).stdout)
        };
        let want = run("logs");
        assert!(want.len() > 3, "{command:?}");
        for packed in ["case.zip", "outer.zip"] {
            assert_eq!(run(packed), want, "{command:?} {packed}");
        }
    }
}

#[test]
fn a_member_is_read_as_the_file_is() {
    let desk = desk();
    let want = report(&desk, "logs/fe01.txt");
    for packed in ["case.zip!logs/fe01.txt", "outer.zip!case.zip!logs/fe01.txt"] {
        assert_eq!(report(&desk, packed), want, "{packed}");
    }
    let missing = desk.run(&["case.zip!logs/none.txt"]);
    assert_eq!(missing.code, Some(3), "{missing:?}");
    assert!(missing.stderr.contains("no such member"), "{missing:?}");
    let none = desk.run(&["logs/fe01.txt!x"]);
    assert!(none.stderr.contains("no archive"), "{none:?}");
}

#[test]
fn the_result_does_not_depend_on_threads() {
    let desk = desk();
    let run = |threads: &str| {
        let arguments = ["--format", "json", "--threads", threads, "outer.zip"];
        desk.run(&arguments).ends_with(0).stdout
    };
    assert_eq!(run("1"), run("3"));
}

#[test]
fn what_is_damaged_is_said_and_loses_nothing_else() {
    let desk = desk();
    let whole = fs::read(desk.path("case.zip")).unwrap();
    desk.put("cut.zip", &whole[..whole.len() / 2]);
    let run = desk.run(&["cut.zip"]);
    assert_eq!(run.code, Some(4), "{run:?}");
    assert!(run.stderr.contains("ends too early"), "{run:?}");
    assert!(run.stdout.contains("Failures "), "{run:?}");
    // An archive that asks for too much: what is beside it is read all the same.
    let bomb = vec![0; 300 << 20];
    desk.put("traces/bomb.zip", zip(&[("a.log", &bomb)]));
    fs::copy(desk.path("logs/fe01.txt"), desk.path("traces/fe01.txt")).unwrap();
    let run = desk.run(&["traces"]);
    assert_eq!(run.code, Some(4), "{run:?}");
    assert!(run.stderr.contains("--archive-ratio"), "{run:?}");
    assert!(run.stdout.contains("Failures "), "{run:?}");
    let raised = desk.run(&["traces", "--archive-ratio", "5000"]);
    assert!(!raised.stderr.contains("--archive-ratio"), "{raised:?}");
}

#[test]
fn what_cannot_be_unpacked_says_once_what_to_do() {
    let desk = Desk::new();
    desk.put("log.xz", b"\xfd7zXZ\0\0\x04and so on");
    let run = desk.run(&["log.xz"]).ends_with(3);
    assert_eq!(run.stderr.matches("unpack it").count(), 1, "{}", run.stderr);
    run.tells("xz is not supported; unpack it")
        .tells("and give what comes out");
}
