//! Calls, one call, and messages.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod desk;

use std::fs;

use desk::{Desk, message};
use serde_json::Value;

const ANN: &str = "sip:ann@contoso.com";
const BEN: &str = "sip:ben@fabrikam.com";

/// Calls that begin with `aaaa1`, `aaaa2`, …, each longer than the one before, the first two of
/// Ann, and the OPTIONS of a server.
fn trace() -> String {
    let mut trace = String::new();
    for (number, from) in [(1, ANN), (2, ANN), (3, "sip:cy@contoso.com")] {
        let call_id = format!("aaaa{number}-x");
        let ends = [from, BEN, call_id.as_str()];
        let at = |second: u32| format!("03/02/2026-09:0{number}:{second:02}");
        let line = "INVITE sip:ben@fabrikam.com SIP/2.0";
        trace += &message(&at(0), line, ends, "");
        trace += &message(&at(1), "SIP/2.0 200 OK", ends, "");
        trace += &message(&at(1), "ACK sip:ben@fabrikam.com SIP/2.0", ends, "");
        trace += &message(
            &at(10 * number),
            "BYE sip:ben@fabrikam.com SIP/2.0",
            ends,
            "",
        );
    }
    let ends = ["sip:pool@contoso.com", "sip:edge@contoso.com", "bbbb"];
    trace += &message(
        "03/02/2026-09:00:00",
        "OPTIONS sip:edge@contoso.com SIP/2.0",
        ends,
        "",
    );
    trace
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("x.log", trace());
    desk
}

fn call_ids(desk: &Desk, options: &[&str]) -> Vec<String> {
    let arguments = [&["calls", "--format", "ndjson"], options, &["x.log"]].concat();
    let rows = desk
        .run(&arguments)
        .ends_with(0)
        .keeps_stderr_empty()
        .rows();
    let ids = rows
        .iter()
        .map(|row| row["call_id"].as_str().unwrap().to_owned());
    ids.collect()
}

// calls.

#[test]
fn calls_are_sorted_by_what_is_asked_for() {
    let desk = desk();
    let forward = ["aaaa1-x", "aaaa2-x", "aaaa3-x"];
    let backward = ["aaaa3-x", "aaaa2-x", "aaaa1-x"];
    assert_eq!(call_ids(&desk, &[]), forward);
    for key in [
        "start", "duration", "call-id", "user", "Verdict", "outcome", "set-up",
    ] {
        assert_eq!(call_ids(&desk, &["--sort", key]), forward, "{key}");
    }
    for key in ["start", "duration", "call-id"] {
        assert_eq!(
            call_ids(&desk, &["--sort", key, "--reverse"]),
            backward,
            "{key}"
        );
    }
    let by_user = ["aaaa3-x", "aaaa1-x", "aaaa2-x"];
    assert_eq!(call_ids(&desk, &["--sort", "user", "--reverse"]), by_user);
    desk.run(&["calls", "--sort", "length", "x.log"])
        .ends_with(2)
        .tells("--sort <KEY>")
        .tells("duration");
}

#[test]
fn what_is_no_call_is_listed_on_request() {
    let desk = desk();
    assert_eq!(call_ids(&desk, &[]).len(), 3);
    assert_eq!(call_ids(&desk, &["--all-dialogs"]).len(), 4);
    assert_eq!(call_ids(&desk, &["--all-dialogs"])[0], "bbbb");
}

#[test]
fn the_list_of_calls_is_cut_for_people_and_never_for_programs() {
    let desk = desk();
    let table = desk.run(&["calls", "--top", "1", "x.log"]).ends_with(0);
    let table = table.prints("aaaa1-x").prints("2 more").stdout;
    assert!(!table.contains("aaaa2-x"), "{table}");
    desk.run(&["calls", "--all", "x.log"])
        .ends_with(0)
        .prints("aaaa3-x");
    assert_eq!(call_ids(&desk, &["--top", "1"]).len(), 3);
    for format in ["json", "csv"] {
        let run = desk.run(&["calls", "--top", "1", "--format", format, "x.log"]);
        run.ends_with(0).prints("aaaa3-x");
    }
    desk.run(&["calls", "--top", "1", "--all", "x.log"])
        .ends_with(2)
        .tells("--all");
}

#[test]
fn a_list_of_calls_can_be_written_in_every_form() {
    let desk = desk();
    for (file, front) in [
        ("a.csv", "start,"),
        ("a.json", "{"),
        ("a.ndjson", "{"),
        ("a.md", "#"),
        ("a.txt", "siptriage calls"),
    ] {
        let run = desk.run(&["calls", "-o", file, "x.log"]).ends_with(0);
        assert_eq!(run.keeps_stderr_empty().stdout, "", "{file}");
        let text = fs::read_to_string(desk.path(file)).unwrap();
        assert!(
            text.contains("aaaa2-x") && text.contains(front),
            "{file}: {text}"
        );
    }
    desk.run(&["calls", "-o", "a.pdf", "x.log"])
        .ends_with(2)
        .tells("a.pdf")
        .tells(".ndjson");
    desk.run(&["calls", "--format", "xml", "x.log"])
        .ends_with(2)
        .tells("ndjson");
}

#[test]
fn the_same_file_twice_and_its_copy_change_no_call() {
    let desk = desk();
    let once = call_ids(&desk, &[]);
    desk.put("copy.log", trace());
    let copied = ["calls", "--format", "ndjson", "copy.log", "x.log", "x.log"];
    let run = (desk.run(&copied).ends_with(0)).tells("x.log: as long as copy.log, with the same");
    let ids: Vec<_> = (run.rows().iter())
        .map(|row| row["call_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, once);
}

// call.

#[test]
fn a_unique_beginning_of_a_call_id_is_enough() {
    let desk = desk();
    for id in ["aaaa2-x", "aaaa2", " aaaa2 "] {
        let run = desk
            .run(&["call", id, "x.log"])
            .ends_with(0)
            .keeps_stderr_empty();
        let page = run.prints("aaaa2-x").prints("ann@contoso.com").stdout;
        assert!(!page.contains("aaaa1-x"), "{page}");
    }
    // What is complete is meant, also where others go on.
    desk.put("x.log", trace() + &trace().replace("aaaa1-x", "aaaa1-xy"));
    desk.run(&["call", "aaaa1-x", "x.log"])
        .ends_with(0)
        .prints("aaaa1-x");
    desk.run(&["call", "aaaa1", "x.log"]).ends_with(2);
    // Not only calls.
    desk.run(&["call", "bb", "x.log"])
        .ends_with(0)
        .prints("OPTIONS");
}

#[test]
fn an_ambiguous_beginning_lists_the_candidates() {
    let desk = desk();
    let run = desk.run(&["call", "aaaa", "x.log"]).ends_with(2);
    let run = run
        .tells("`aaaa`: 3 Call-IDs begin so")
        .tells("aaaa1-x  2026-03-02T09:01:00");
    let run = run
        .tells("sip:ann@contoso.com > sip:ben@fabrikam.com")
        .tells("aaaa3-x");
    assert_eq!(run.tells("call connected").stdout, "");
    let many: String = (100..130)
        .map(|n| trace().replace("aaaa1-x", &format!("cc{n}")))
        .collect();
    desk.put("x.log", many);
    let run = desk.run(&["call", "cc", "x.log"]).ends_with(2);
    run.tells("30 Call-IDs")
        .tells("20 more")
        .tells("--call-id cc");
}

#[test]
fn an_unknown_call_names_the_nearest_ones() {
    let desk = desk();
    let run = desk.run(&["call", "AAAA2-y", "x.log"]).ends_with(3);
    let run = run
        .tells("`AAAA2-y`: no Call-ID begins so")
        .tells("siptriage calls");
    let second_line = run.stderr.lines().nth(1).unwrap();
    assert!(second_line.contains("aaaa2-x"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    let run = desk
        .run(&["call", "aaaa1", "--user", "cy", "x.log"])
        .ends_with(3);
    run.tells("among calls of user cy").tells("aaaa3-x");
    desk.put("notes.txt", "nothing to see\n");
    desk.run(&["call", "aaaa1", "notes.txt"])
        .ends_with(3)
        .tells("siptriage formats");
    desk.run(&["call", " ", "x.log"])
        .ends_with(2)
        .tells("no call is named");
    desk.run(&["call"]).ends_with(2).tells("<ID>");
}

#[test]
fn a_call_can_be_written_in_every_form() {
    let desk = desk();
    let json = desk
        .run(&["call", "aaaa1", "--format", "json", "x.log"])
        .ends_with(0)
        .json();
    assert_eq!(json["call_id"], "aaaa1-x");
    let markdown = desk
        .run(&["call", "aaaa1", "--format", "markdown", "x.log"])
        .ends_with(0);
    markdown.prints("```mermaid").prints("sequenceDiagram");
    desk.run(&["call", "aaaa1", "-o", "a.md", "x.log"])
        .ends_with(0);
    assert!(
        fs::read_to_string(desk.path("a.md"))
            .unwrap()
            .contains("sequenceDiagram")
    );
    let raw = "CSeq: 2 BYE";
    let page = desk.run(&["call", "aaaa1", "x.log"]).ends_with(0).stdout;
    assert!(!page.contains(raw), "{page}");
    let raw_page = desk
        .run(&["call", "aaaa1", "--messages", "x.log"])
        .ends_with(0);
    raw_page.prints(raw).prints("x.log:");
    let ascii = desk
        .run(&["call", "aaaa1", "--ascii", "x.log"])
        .ends_with(0)
        .stdout;
    assert!(ascii.is_ascii() && !page.is_ascii(), "{ascii}");
    desk.run(&["call", "aaaa1", "-o", "a.csv", "x.log"])
        .ends_with(2)
        .tells(".md");
    for width in ["60", "80", "200"] {
        let page = desk
            .run(&["call", "aaaa1", "--width", width, "x.log"])
            .ends_with(0)
            .stdout;
        let longest = page.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(
            longest <= width.parse().unwrap(),
            "{longest} > {width}:\n{page}"
        );
    }
}

#[test]
fn a_call_of_which_messages_are_missing_is_shown() {
    let desk = Desk::new();
    let whole = trace();
    let records: Vec<&str> = whole.split_inclusive("$$end_record\n\n").collect();
    for left_out in 0..4 {
        let rest = records.iter().enumerate().filter(|(at, _)| *at != left_out);
        desk.put("x.log", rest.map(|(_, record)| *record).collect::<String>());
        desk.run(&["call", "aaaa1", "x.log"])
            .ends_with(0)
            .prints("aaaa1-x");
    }
}

#[test]
fn a_call_in_part_of_the_input_ends_as_a_scan_of_it_does() {
    let desk = desk();
    let run = desk
        .run(&["call", "aaaa1", "x.log", "not-there.log"])
        .ends_with(4);
    run.prints("aaaa1-x").tells("not-there.log: cannot be read");
    let run = desk.run(&["calls", "x.log", "not-there.log"]).ends_with(4);
    run.prints("aaaa1-x").tells("not-there.log: cannot be read");
}

#[test]
fn an_output_file_of_calls_never_replaces_what_is_read() {
    let desk = desk();
    for command in [
        &["calls"][..],
        &["call", "aaaa1"],
        &["messages", "--format", "csv"],
    ] {
        let run = desk.run(&[command, &["x.log", "-o", "x.log", "--format", "json"]].concat());
        run.ends_with(2);
        assert_eq!(fs::read_to_string(desk.path("x.log")).unwrap(), trace());
    }
    for command in [
        &["calls", "--format", "json"][..],
        &["messages", "--format", "csv"],
    ] {
        let run = desk
            .run(&[command, &["x.log", "-o", "x.log"]].concat())
            .ends_with(2);
        run.tells("is read as a trace");
    }
}

// messages.

#[test]
fn messages_are_rows_with_their_headers_and_bodies_on_request() {
    let desk = desk();
    let rows = desk
        .run(&["messages", "x.log"])
        .ends_with(0)
        .keeps_stderr_empty()
        .rows();
    assert_eq!(rows.len(), 13);
    let first = &rows[0];
    assert_eq!(first["start_line"], "INVITE sip:ben@fabrikam.com SIP/2.0");
    assert_eq!(first["call_id"], "aaaa1-x");
    assert_eq!(first["file"], "x.log");
    assert!(first["line"].is_u64() && first["headers"].is_array() | first["headers"].is_object());
    assert_eq!(first.get("body"), None);
    let with_bodies = desk
        .run(&["messages", "--body", "x.log"])
        .ends_with(0)
        .rows();
    assert_ne!(with_bodies[0].get("body"), None);
    let csv = desk
        .run(&["messages", "--format", "csv", "x.log"])
        .ends_with(0)
        .stdout;
    assert!(csv.starts_with("file,") && csv.contains("aaaa3-x"), "{csv}");
    desk.run(&["messages", "-o", "a.ndjson", "x.log"])
        .ends_with(0);
    assert!(
        fs::read_to_string(desk.path("a.ndjson"))
            .unwrap()
            .starts_with('{')
    );
    desk.run(&["messages", "-o", "a.json", "x.log"])
        .ends_with(2)
        .tells(".ndjson");
}

#[test]
fn messages_without_any_are_an_empty_table() {
    let desk = Desk::new();
    let entry = "TL_INFO(TF_COMPONENT) [0]1B3D.0E5F::03/02/2026-09:00:00.000.0001abcd \
                 (SIPStack,Startup::Run:Startup.cpp(1))[1] The service has started\n";
    desk.put("x.log", entry);
    let csv = desk
        .run(&["messages", "--format", "csv", "x.log"])
        .ends_with(0);
    assert!(
        csv.stdout.starts_with("file,") && csv.stdout.lines().count() == 1,
        "{csv:#?}"
    );
    assert_eq!(desk.run(&["messages", "x.log"]).ends_with(0).stdout, "");
}

// All of them.

#[test]
fn every_command_reads_files_folders_globs_and_standard_input() {
    let desk = Desk::new();
    desk.put("logs/x.log", trace());
    for command in [
        &["calls", "--format", "json"][..],
        &["call", "aaaa1"],
        &["messages"],
    ] {
        let of_file = desk
            .run(&[command, &["logs/x.log"]].concat())
            .ends_with(0)
            .stdout;
        for path in ["logs", "logs/*.log", "logs/**/*.log"] {
            let run = desk.run(&[command, &[path]].concat()).ends_with(0).stdout;
            assert_eq!(run, of_file, "{command:?} {path}");
        }
        let piped = of_file.replace("logs/x.log", "<stdin>");
        for stdin in [&["-"][..], &[]] {
            let run = desk
                .run_with_stdin(&[command, stdin].concat(), &trace())
                .ends_with(0);
            let same_length = run.stdout.lines().count() == piped.lines().count();
            assert!(
                same_length && run.stdout.contains("aaaa1-x"),
                "{command:?} {stdin:?}"
            );
        }
    }
}

#[test]
fn the_result_of_no_command_depends_on_how_it_is_read() {
    let desk = Desk::new();
    desk.put("logs/a.log", trace());
    desk.put("logs/b.log", trace().replace("aaaa", "cccc"));
    for command in [
        &["calls", "--format", "json"][..],
        &["calls", "--format", "ndjson", "--code", "24"],
        &["call", "aaaa1", "--messages"],
        &["messages"],
        &["messages", "--user", "ann"],
        &["events", "--user", "ann"],
        &["scan", "--user", "ann", "--format", "json"],
    ] {
        let usual = desk.run(&[command, &["logs"]].concat()).ends_with(0).stdout;
        for options in [
            &["--threads", "1"][..],
            &["--threads", "3", "--no-mmap"],
            &["--chunk-size", "1"],
            &["--chunk-size", "100", "--threads", "2"],
        ] {
            let run = desk
                .run(&[command, options, &["logs"]].concat())
                .ends_with(0);
            assert_eq!(run.stdout, usual, "{command:?} {options:?}");
        }
        let run = desk
            .run(&[command, &["logs/b.log", "logs/a.log"]].concat())
            .ends_with(0);
        assert_eq!(run.stdout, usual, "{command:?} the other way round");
    }
}

#[test]
fn rows_of_calls_and_of_the_report_add_up() {
    let desk = desk();
    let report = desk
        .run(&["--format", "json", "--by", "outcome", "x.log"])
        .ends_with(0)
        .json();
    let sections = report["sections"].as_array().unwrap();
    let by: &Value = sections
        .iter()
        .find(|section| section["id"] == "by_outcome")
        .unwrap();
    let rows = by["rows"].as_array().unwrap();
    let sum: u64 = rows.iter().map(|row| row["calls"].as_u64().unwrap()).sum();
    assert_eq!(sum, call_ids(&desk, &[]).len() as u64);
}
