//! Inputs as they come: piped in, once or twice needed, among files, and odd names.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod desk;

use desk::{Desk, Run, message};
use std::fmt::Write as _;
use std::io::Write as _;

/// Calls that failed with a diagnosis, one after the other.
fn trace(calls: usize) -> String {
    let mut text = String::new();
    for call in 0..calls {
        let (minute, second) = (call / 60 % 60, call % 60);
        let time = format!("03/02/2026-09:{minute:02}:{second:02}");
        let id = format!("piped{call}");
        let user = format!("sip:user{}@contoso.com", call % 7);
        let ends = [user.as_str(), "sip:bob@example.com", id.as_str()];
        text += &message(&time, "INVITE sip:bob@example.com SIP/2.0", ends, "");
        let mut headers = String::new();
        let _ = write!(
            headers,
            "ms-client-diagnostics: 24; reason=\"Call failed to establish\";CallerMediaDebug=\
             \"audio:ICEWarn=0x{:x}\"",
            0x320 + call % 3
        );
        text += &message(&time, "SIP/2.0 504 Server time-out", ends, &headers);
    }
    text
}

/// Runs with bytes on standard input, given piece by piece by a writer of its own: more than a
/// pipe holds.
fn piped(desk: &Desk, arguments: &[&str], bytes: Vec<u8>) -> Run {
    let mut child = desk.command(arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        for piece in bytes.chunks(10_007) {
            stdin.write_all(piece).unwrap();
        }
    });
    let run = Run::of(child.wait_with_output().unwrap());
    writer.join().unwrap();
    run
}

fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// One reading, two readings, rows as they are found, and lists.
const COMMANDS: [&[&str]; 7] = [
    &["scan", "--format", "json"],
    &["scan", "--format", "json", "--user", "user3@contoso.com"],
    &["events", "--format", "ndjson"],
    &[
        "events",
        "--format",
        "ndjson",
        "--user",
        "user3@contoso.com",
    ],
    &["messages", "--format", "ndjson"],
    &["calls", "--format", "json"],
    &["call", "piped5", "--format", "json"],
];

#[test]
fn what_is_piped_in_gives_what_the_file_gives() {
    let desk = Desk::new();
    let text = trace(400);
    for (bytes, chunk) in [
        (text.clone().into_bytes(), "3000"),
        (utf16(&text), "5000"),
        (text.clone().into_bytes(), "100000000"),
    ] {
        desk.put("trace.log", &bytes);
        for command in COMMANDS {
            let with = |input| [command, &["--chunk-size", chunk, input]].concat();
            let want = desk.run(&with("trace.log"));
            let found = piped(&desk, &with("-"), bytes.clone());
            assert_eq!(found.code, want.code, "{command:?}");
            assert_eq!(
                found.stdout.replace("<stdin>", "trace.log"),
                want.stdout,
                "{command:?}"
            );
        }
    }
}

#[test]
fn what_is_piped_in_is_scrubbed_and_redacted_as_the_file_is() {
    let desk = Desk::new();
    let text = trace(300);
    desk.put("trace.log", &text);
    desk.put("our.key", "0123456789abcdef0123456789abcdef");
    let scrub =
        |from: &str, to: &str| ["scrub", "--redact-key", "our.key", from, to].map(String::from);
    let of_file = scrub("trace.log", "a.log");
    desk.run(&of_file.each_ref().map(String::as_str))
        .ends_with(0);
    let of_pipe = scrub("-", "b.log");
    piped(
        &desk,
        &of_pipe.each_ref().map(String::as_str),
        text.clone().into_bytes(),
    )
    .ends_with(0)
    .tells("1 file written");
    let read = |name: &str| std::fs::read(desk.path(name)).unwrap();
    assert!(!read("a.log").is_empty() && read("a.log") == read("b.log"));
    let report = ["scan", "--redact-key", "our.key", "--format", "json"];
    let want = desk.run(&[&report[..], &["trace.log"]].concat());
    let found = piped(&desk, &[&report[..], &["-"]].concat(), text.into_bytes());
    let found = found.ends_with(0).stdout;
    let calls = |text: &str| {
        let report: serde_json::Value = serde_json::from_str(text).unwrap();
        report["headline"].clone()
    };
    assert_eq!(calls(&found), calls(&want.stdout));
}

#[test]
fn what_is_piped_in_is_read_among_files() {
    let desk = Desk::new();
    desk.put("beside.log", trace(3));
    let run = piped(
        &desk,
        &["calls", "--format", "ndjson", "-", "beside.log", "-"],
        trace(400).into_bytes(),
    );
    let lines = run.ends_with(0).stdout.lines().count();
    assert_eq!(lines, 400, "the three calls of the file are among them");
}

#[cfg(unix)]
#[test]
fn named_pipes_are_read_once_and_kept_where_they_are_needed_twice() {
    let desk = Desk::new();
    let text = trace(200);
    desk.put("trace.log", &text);
    for command in COMMANDS {
        let pipe = desk.path("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let (writes, bytes) = (pipe.clone(), text.clone());
        let writer = std::thread::spawn(move || std::fs::write(writes, bytes).unwrap());
        let found = desk.run(&[command, &["pipe"]].concat());
        writer.join().unwrap();
        let want = desk.run(&[command, &["trace.log"]].concat());
        assert_eq!(found.code, want.code, "{command:?}: {}", found.stderr);
        let renamed = found.stdout.replace("\"pipe\"", "\"trace.log\"");
        assert_eq!(renamed, want.stdout, "{command:?}");
        std::fs::remove_file(&pipe).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn what_cannot_be_kept_is_told_with_what_to_do() {
    let desk = Desk::new();
    let mut command = desk.command(&["scan", "--user", "user3@contoso.com", "-"]);
    command.env("TMPDIR", desk.path("nowhere"));
    let mut child = command.spawn().unwrap();
    // Whoever reads may be gone before all is written.
    let _ = (child.stdin.take().unwrap()).write_all(trace(3).as_bytes());
    Run::of(child.wait_with_output().unwrap())
        .ends_with(3)
        .tells("<stdin>: cannot be read: it is needed twice and cannot be kept in")
        .tells("set TMPDIR");
}

#[cfg(unix)]
#[test]
fn loops_of_links_and_names_of_any_kind_are_read() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let desk = Desk::new();
    desk.put("logs/deep/a.log", trace(2));
    symlink("..", desk.path("logs/deep/up")).unwrap();
    symlink("loop", desk.path("logs/loop")).unwrap();
    let long = format!("{}.log", "n".repeat(251));
    desk.put(&format!("logs/{long}"), trace(3));
    let odd = desk
        .path("logs")
        .join(OsStr::from_bytes(b"\xFF\x1B[31m.log"));
    std::fs::write(odd, trace(4)).unwrap();
    let run = desk.run(&["scan", "--format", "json", "logs"]).ends_with(4);
    let report = run.json();
    let mut sections = report["sections"].as_array().unwrap().iter();
    let coverage = sections
        .find(|section| section["id"] == "coverage")
        .unwrap();
    assert_eq!(coverage["rows"][0]["files"], 3, "{coverage}");
    let run = run.tells("logs/loop: cannot be read");
    assert!(!run.stderr.contains('\u{1b}') && !run.stdout.contains('\u{1b}'));
}

/// Whoever sent a trace on may have changed its line ends: places aside, nothing may depend on them.
#[test]
fn line_ends_of_samples_change_nothing_but_offsets() {
    let desk = Desk::new();
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-logs");
    for folder in [samples.clone(), samples.join("incident")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = String::from_utf8(std::fs::read(&path).unwrap_or_default()) else {
                continue;
            };
            let feeds = text.replace("\r\n", "\n");
            let read = |text: &str| {
                desk.put("trace.log", text);
                let events = desk.run(&["events", "--format", "ndjson", "trace.log"]);
                let events = events.stdout.lines().map(|event| {
                    let mut event: serde_json::Value = serde_json::from_str(event).unwrap();
                    event.as_object_mut().unwrap().remove("offset");
                    event
                });
                let calls = desk.run(&["calls", "--format", "ndjson", "trace.log"]);
                (events.collect::<Vec<_>>(), calls.stdout)
            };
            let by_feeds = read(&feeds);
            let by_both = read(&feeds.replace('\n', "\r\n"));
            assert_eq!(by_feeds, by_both, "{}", path.display());
        }
    }
}
