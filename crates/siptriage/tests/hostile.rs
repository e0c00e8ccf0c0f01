//! Hostile traces through the program: what they may cost, and what of them reaches the reader.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod desk;

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use desk::{Desk, FAILED_CALL, Run};
use serde_json::Value;

/// A response in a server's record.
fn response(call_id: &str, headers: &str) -> String {
    format!(
        "TL_INFO(TF_PROTOCOL) [0]1B3D.0E5F::06/21/2026-10:20:30.405.0001abcd (a)[1] $$begin_record\r\n\
         Start-Line: SIP/2.0 488 Not Acceptable Here\r\n\
         From: <sip:ann@contoso.com>;tag=1\r\nTo: <sip:bob@fabrikam.com>;tag=3\r\n\
         CSeq: 1 INVITE\r\nCall-ID: {call_id}\r\n{headers}\
         Content-Length: 0\r\nMessage-Body: -\r\n$$end_record\r\n"
    )
}

/// What `--stats` says of the peak of memory, in MiB.
fn peak(run: &Run) -> f64 {
    let row = run.stderr.lines().find(|line| line.contains("MiB at most"));
    let row = row.unwrap_or_else(|| panic!("no peak in {}", run.stderr));
    let mut words = row.split_whitespace();
    words.nth(1).unwrap().parse().unwrap()
}

fn section<'j>(report: &'j Value, id: &str) -> &'j Value {
    let sections = report["sections"].as_array().unwrap();
    sections.iter().find(|section| section["id"] == id).unwrap()
}

/// All rows of a section.
fn rows<'j>(report: &'j Value, id: &str) -> &'j [Value] {
    section(report, id)["rows"].as_array().unwrap()
}

const LARGE: [&str; 6] = [
    "--format",
    "json",
    "--no-mmap",
    "--chunk-size",
    "1000000",
    "--stats",
];

#[cfg(target_os = "linux")]
#[test]
fn very_many_calls_with_a_reason_each_take_the_memory_that_is_said() {
    let desk = Desk::new();
    let calls = 200_000;
    let mut trace = String::new();
    for n in 0..calls {
        // The ends of texts choose where shared texts are kept: here all choose the same place.
        let headers = format!("ms-diagnostics: 1003;reason=\"{n} is not the reason\"\r\n");
        trace.push_str(&response(&format!("{n}-of-many@contoso.com"), &headers));
    }
    desk.put("x.txt", &trace);
    let began = Instant::now();
    let run = desk.run(&[&LARGE[..], &["x.txt"]].concat()).ends_with(0);
    assert!(
        began.elapsed() < Duration::from_secs(120),
        "{:?}",
        began.elapsed()
    );
    let report = run.json();
    // Exact in sum, whatever is shown of it.
    let failures = rows(&report, "failures");
    assert_eq!(failures.len(), 1001);
    let count = |row: &Value| row["occurrences"].as_u64().unwrap();
    assert_eq!(failures.iter().map(count).sum::<u64>(), calls);
    let others = failures
        .iter()
        .find(|row| row["reason"] == "(others)")
        .unwrap();
    assert_eq!(count(others), calls - 1000);
    // A call with one diagnosis: less than 1.2 KB besides what the program takes in any case.
    let allowed = 120.0 + calls as f64 * 1200.0 / f64::from(1 << 20);
    assert!(peak(&run) < allowed, "{} MiB of {allowed}", peak(&run));
}

#[cfg(target_os = "linux")]
#[test]
fn very_many_reasons_of_one_call_take_no_memory() {
    let desk = Desk::new();
    let reasons = 200_000;
    let mut trace = String::new();
    for n in 0..reasons {
        let headers = format!("ms-diagnostics: 1003;reason=\"{n} is not the reason\"\r\n");
        trace.push_str(&response("one@contoso.com", &headers));
    }
    desk.put("x.txt", &trace);
    let run = desk.run(&[&LARGE[..], &["x.txt"]].concat()).ends_with(0);
    let failures = run.json();
    let failures = rows(&failures, "failures");
    let sum = failures
        .iter()
        .map(|row| row["occurrences"].as_u64().unwrap());
    assert_eq!(sum.sum::<u64>(), reasons);
    assert!(peak(&run) < 160.0, "{} MiB", peak(&run));
}

#[test]
fn a_trace_cannot_hide_behind_the_row_of_the_others() {
    let desk = Desk::new();
    desk.put(
        "x.txt",
        response("a", "ms-diagnostics: 1003;reason=\"(others)\"\r\n"),
    );
    let report = desk.run(&["--format", "json", "x.txt"]).ends_with(0).json();
    assert_eq!(rows(&report, "failures")[0]["reason"], "\"(others)\"");
}

#[test]
fn a_header_of_many_megabytes_and_a_million_parameters_are_read_in_time() {
    let desk = Desk::new();
    let mut million = "ms-diagnostics: 1003;reason=\"x\"".to_owned();
    for n in 0..1_000_000 {
        let _ = write!(million, ";p{n}={n}");
    }
    let long = format!("Subject: {}\r\n", "x".repeat(12 << 20));
    let began = Instant::now();
    for (name, header) in [("million.txt", million + "\r\n"), ("long.txt", long)] {
        desk.put(
            name,
            response("a", &header) + &response("b", "") + FAILED_CALL,
        );
        let run = desk.run(&["--format", "json", "--chunk-size", "1000000", name]);
        let report = run.ends_with(0).json();
        // The record was cut where records are; what stands behind it is read.
        let failures = rows(&report, "failures");
        assert!(failures.iter().any(|row| row["code"] == 24), "{name}");
        let coverage = section(&report, "troubles")["rows"].to_string();
        assert!(
            coverage.contains("too-long") || coverage.contains("too long"),
            "{name}: {coverage}"
        );
    }
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn numbers_beyond_every_range_and_days_that_do_not_exist_are_no_numbers_and_no_days() {
    let desk = Desk::new();
    let headers = "ms-diagnostics: 4294967296;reason=\"too large\"\r\n\
        ms-client-diagnostics: 4294967295;reason=\"large\";CallerMediaDebug=\"audio:ICEWarn=0x1FFFFFFFF,ICEWarnEx=99999999999999999999\"\r\n";
    let mut trace = response("a", headers);
    for stamp in [
        "02/30/2024-25:61:61.000",
        "00/00/0000-00:00:00.000",
        "99/99/9999-99:99:99.999",
        "06/21/2026-10:20:30.99999999999999999999999",
    ] {
        trace += &response("b", "Content-Length: 99999999999999999999\r\n")
            .replace("06/21/2026-10:20:30.405", stamp)
            .replace("CSeq: 1 ", "CSeq: 99999999999999999999 ");
    }
    desk.put("x.txt", trace);
    let report = desk.run(&["--format", "json", "x.txt"]).ends_with(0).json();
    let failures = rows(&report, "failures");
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0]["code"], 4_294_967_295_u32);
    let patterns = report["sections"].as_array().unwrap();
    let patterns = patterns.iter().find(|section| section["id"] == "patterns");
    assert!(patterns.is_none_or(|section| section["rows"] == Value::Array(Vec::new())));
    let text = desk
        .run(&["messages", "--format", "ndjson", "x.txt"])
        .ends_with(0)
        .stdout;
    let messages: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(messages.len(), 5);
    for message in &messages[1..4] {
        assert_eq!(message["time"], Value::Null, "{message}");
    }
}

/// What obeys, hides, calculates, or is markup.
const EVIL: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}evil\u{2066}\u{200b}\u{feff}|`<script>alert(1)</script>[x](javascript:1)";

#[test]
fn what_obeys_or_hides_or_is_markup_reaches_nobody_through_any_command() {
    let desk = Desk::new();
    let headers = format!(
        "User-Agent: {EVIL}\r\nms-diagnostics: 1003;reason=\"{EVIL}\";source=\"{EVIL}\"\r\n\
         ms-client-diagnostics: 24;reason=\"=cmd|' /C calc'!A1\";CallerMediaDebug=\"audio:ICEWarn=0x320,{EVIL}={EVIL}\"\r\n"
    );
    let trace = response(&format!("{EVIL}-id"), &headers)
        .replace("ann@contoso.com", &format!("ann{EVIL}@contoso.com"))
        .replace("488 Not", &format!("488 {EVIL}"));
    desk.put("x.txt", trace.repeat(2) + FAILED_CALL);
    let bad = |text: &str| {
        text.chars().find(|c| {
            matches!(*c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
                || c.is_control() && *c != '\n'
        })
    };
    for command in [
        &["scan"][..],
        &["calls"],
        &["call", "0123"],
        &["events"],
        &["messages"],
    ] {
        let run = desk.run(&[command, &["--all", "x.txt"]].concat());
        let run = if run.code == Some(0) {
            run
        } else {
            desk.run(&[command, &["x.txt"]].concat())
        };
        let run = run.ends_with(0);
        // Events and messages go to programs.
        let for_people = !["events", "messages"].contains(&command[0]);
        if for_people {
            assert_eq!(bad(&run.stdout), None, "{command:?}");
        }
        assert_eq!(bad(&run.stderr), None, "{command:?}");
    }
    let page = desk
        .run(&["--format", "markdown", "x.txt"])
        .ends_with(0)
        .stdout;
    assert_eq!(bad(&page), None);
    for markup in ["<script", "[x](javascript"] {
        assert!(!page.contains(markup), "{markup} in {page}");
    }
    let table = desk.run(&["--format", "csv", "x.txt"]).ends_with(0).stdout;
    assert!(table.contains("'=cmd") && !table.contains(",=cmd") && !table.contains(",\"=cmd"));
    // Programs get what the trace says, escaped as JSON has it.
    let report = desk.run(&["--format", "json", "x.txt"]).ends_with(0);
    assert!(!report.stdout.chars().any(|c| c < ' ' && c != '\n'));
    let report = report.json();
    let reasons: Vec<&Value> = rows(&report, "failures")
        .iter()
        .map(|row| &row["reason"])
        .collect();
    // A value ends where an element does, as in the XML of error reports.
    let evil = |reason: &&Value| {
        reason
            .as_str()
            .is_some_and(|text| text.starts_with("\u{1b}]0;owned"))
    };
    assert!(reasons.iter().any(evil), "{reasons:?}");
}

/// As a disk that fills up while the report is written: the system takes no more than a block.
#[cfg(target_os = "linux")]
#[test]
fn a_report_that_does_not_fit_on_the_disk_leaves_the_old_one_and_nothing_else() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    desk.put("report.json", "the old one");
    for arguments in [
        &["-o", "report.json", "x.log"][..],
        &["calls", "-o", "report.json", "x.log"],
    ] {
        let program = desk.command(arguments);
        let mut shell = std::process::Command::new("sh");
        shell
            .arg("-c")
            .arg("trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"");
        shell.arg(program.get_program()).args(program.get_args());
        shell.current_dir(desk.path("."));
        let run = Run::of(shell.output().unwrap());
        run.ends_with(2).tells("report.json");
        assert_eq!(
            fs::read_to_string(desk.path("report.json")).unwrap(),
            "the old one"
        );
        assert_eq!(desk.names(), ["report.json", "x.log"]);
    }
}
