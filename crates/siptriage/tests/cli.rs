//! The program as its users meet it: arguments, streams, exit codes, files.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod desk;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use desk::{Desk, FAILED_CALL, GOOD_CALL, Run};
use serde_json::Value;

// Exit codes.

#[test]
fn a_report_of_failures_ends_with_0() {
    let desk = Desk::new();
    desk.put("traces/server.log", FAILED_CALL);
    desk.run(&["traces"])
        .ends_with(0)
        .keeps_stderr_empty()
        .prints("0x320");
}

#[test]
fn a_report_without_failures_ends_with_0() {
    let desk = Desk::new();
    desk.put("traces/server.log", GOOD_CALL);
    let run = desk.run(&["traces"]).ends_with(0).keeps_stderr_empty();
    assert!(!run.stdout.contains("0x320"));
}

#[test]
fn a_wrong_command_line_ends_with_2_and_says_what_was_meant() {
    let desk = Desk::new();
    desk.put("x.log", GOOD_CALL);
    for (arguments, words) in [
        (&["--formt", "json", "x.log"][..], "--format"),
        (&["--format", "jsn", "x.log"], "json"),
        (
            &["--trace-format", "no-such-format", "x.log"],
            "possible values",
        ),
        (&["--encoding", "utf-7", "x.log"], "utf-16le"),
        (&["--top", "none", "x.log"], "--top"),
        (&["--width", "20", "x.log"], "60..=1000"),
        (&["-o", "report.pdf", "x.log"], ".csv"),
        (&["-o", "a.md", "-o", "a.md", "x.log"], "twice"),
        (
            &["--format", "json", "-o", "a", "-o", "b", "x.log"],
            "--format is for one output",
        ),
        (&["events", "-o", "rows.json", "x.log"], ".ndjson"),
        (&["--all", "events", "x.log"], "siptriage events"),
        (&["explian", "24"], "siptriage explain"),
        (&["completions", "tcsh"], "zsh"),
        (&["man", "scann"], "scan"),
    ] {
        let run = desk.run(arguments).ends_with(2).tells(words);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
    assert_eq!(desk.names(), ["x.log"]);
}

#[test]
fn input_in_which_nothing_is_recognised_ends_with_3_and_says_what_was_tried() {
    let desk = Desk::new();
    desk.put("notes.txt", "nothing to see\n");
    let run = desk
        .run(&["notes.txt"])
        .ends_with(3)
        .tells("siptriage: notes.txt: ");
    let run = run.tells("siptriage formats");
    assert!(!run.stdout.is_empty(), "the report says what was read");
    for format in formats(&desk) {
        assert!(run.stderr.contains(&format), "{format}: {}", run.stderr);
    }
}

#[test]
fn a_folder_without_traces_ends_with_3() {
    let desk = Desk::new();
    desk.put("pictures/cat.jpg", [0xff, 0xd8, 0xff, 0xe0, 0, 16]);
    desk.run(&["pictures"])
        .ends_with(3)
        .tells("nothing to read")
        .tells("--all-files");
    desk.run(&["events", "pictures"])
        .ends_with(3)
        .tells("nothing to read");
}

#[test]
fn a_path_that_is_not_there_ends_with_3() {
    let desk = Desk::new();
    desk.run(&["not-there.log"])
        .ends_with(3)
        .tells("siptriage: not-there.log: cannot be read");
}

#[test]
fn no_input_at_all_ends_with_3() {
    // Standard input is not a terminal here, as in a scheduled job: it is read, and empty.
    let desk = Desk::new();
    let all = [
        &[][..],
        &["scan"],
        &["events"],
        &["calls"],
        &["call", "0123"],
        &["messages"],
    ];
    for command in all {
        desk.run(command).ends_with(3).tells("<stdin>");
    }
}

#[test]
fn a_report_without_a_named_file_ends_with_4() {
    let desk = Desk::new();
    desk.put("good.log", FAILED_CALL);
    desk.put("notes.txt", "nothing to see\n");
    for arguments in [
        &["good.log", "not-there.log"][..],
        &["good.log", "notes.txt"],
    ] {
        desk.run(arguments)
            .ends_with(4)
            .prints("0x320")
            .tells(arguments[1]);
        let run = desk
            .run(&[&["events"], arguments].concat())
            .ends_with(4)
            .tells(arguments[1]);
        assert_eq!(run.rows().len(), 1);
    }
}

#[test]
fn a_binary_trace_in_a_folder_ends_with_4_and_says_what_to_do() {
    let desk = Desk::new();
    desk.put("traces/good.log", FAILED_CALL);
    desk.put(
        "traces/server.etl",
        [0x00, 0x00, 0x01, 0x00, 0x2c, 0x00, 0x00, 0x00].repeat(64),
    );
    let run = desk.run(&["traces"]).ends_with(4).prints("0x320");
    run.tells("server.etl").tells("format");
}

#[test]
fn a_walked_file_without_a_trace_is_a_note_that_quiet_keeps_back() {
    let desk = Desk::new();
    desk.put("traces/good.log", FAILED_CALL);
    desk.put("traces/empty.log", "");
    desk.put("traces/other.log", "nothing to see\n");
    let run = desk.run(&["traces"]).ends_with(0).tells("empty.log");
    let quiet = desk
        .run(&["--quiet", "traces"])
        .ends_with(0)
        .keeps_stderr_empty();
    assert_eq!(run.stdout, quiet.stdout);
    desk.run(&["-q", "traces", "not-there"])
        .ends_with(4)
        .tells("not-there");
}

/// Waits until the program catches SIGINT and all its threads sleep: it has set its handler and
/// waits for standard input, because there is nothing else to wait for.
#[cfg(target_os = "linux")]
fn wait_until_it_waits(pid: u32) {
    const SIGINT: u64 = 2;
    let value = |status: &str, name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim().to_owned())
    };
    for _ in 0..2000 {
        std::thread::sleep(std::time::Duration::from_millis(5));
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        // A thread may end between its listing and the reading of its state.
        let states: Vec<String> = tasks
            .filter_map(|task| fs::read_to_string(task.ok()?.path().join("status")).ok())
            .collect();
        let waits = states.iter().all(|status| {
            let caught = value(status, "SigCgt:").unwrap_or_default();
            let catches =
                u64::from_str_radix(&caught, 16).is_ok_and(|set| set >> (SIGINT - 1) & 1 == 1);
            catches && value(status, "State:").is_some_and(|state| state.starts_with('S'))
        });
        if waits {
            return;
        }
    }
    panic!("it does not wait after 10 seconds");
}

#[cfg(target_os = "linux")]
fn interrupt(pid: u32) {
    let kill = format!("kill -INT {pid}");
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_scan_prints_what_is_complete_and_ends_with_130() {
    let desk = Desk::new();
    let mut child = desk.command(&["--format", "json", "-"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    wait_until_it_waits(child.id());
    stdin.write_all(FAILED_CALL.as_bytes()).unwrap();
    interrupt(child.id());
    // The note says that the handler ran; what is still piped in comes too late.
    let mut note = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut note).unwrap();
    assert!(note.contains("interrupted"), "{note}");
    stdin.write_all(FAILED_CALL.as_bytes()).unwrap();
    drop(stdin);
    let run = Run::of(child.wait_with_output().unwrap()).ends_with(130);
    assert_eq!(run.json()["partial"], true);
}

#[cfg(target_os = "linux")]
#[test]
fn a_second_interruption_ends_at_once_and_leaves_no_temporary_file() {
    let desk = Desk::new();
    let mut child = desk
        .command(&["events", "-o", "rows.csv", "-"])
        .spawn()
        .unwrap();
    // Kept, because waiting for a child closes its standard input: nothing but the second signal
    // is to end the program.
    let _stdin = child.stdin.take();
    wait_until_it_waits(child.id());
    interrupt(child.id());
    let mut note = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut note).unwrap();
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(desk.names().is_empty(), "{:?}", desk.names());
}

#[test]
fn a_closed_pipe_is_quiet_success() {
    let desk = Desk::new();
    // More rows than any pipe holds.
    desk.put("many.log", FAILED_CALL.repeat(2000));
    let mut child = desk.command(&["events", "many.log"]).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut row = String::new();
    stdout.read_line(&mut row).unwrap();
    drop(stdout);
    Run::of(child.wait_with_output().unwrap())
        .ends_with(0)
        .keeps_stderr_empty();
    assert!(row.starts_with('{'), "{row}");
}

#[test]
fn every_command_takes_a_pipe_that_is_closed_before_it_starts() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    for arguments in [
        &["x.log"][..],
        &["events", "x.log"],
        &["calls", "x.log"],
        &["call", "0123", "x.log"],
        &["messages", "x.log"],
        &["rules"],
        &["decode", "0x320"],
        &["explain", "24"],
        &["formats"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = desk.command(arguments);
        let output = command
            .stdin(Stdio::null())
            .stdout(writer)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_does_not_fit_ends_with_2() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    for arguments in [
        &["x.log"][..],
        &["events", "x.log"],
        &["calls", "x.log"],
        &["call", "0123", "x.log"],
        &["messages", "x.log"],
        &["rules"],
        &["decode", "1"],
        &["man"],
    ] {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = desk
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains("standard output: cannot be written"),
            "{stderr}"
        );
    }
}

// Streams.

#[test]
fn standard_output_has_data_and_standard_error_the_rest() {
    let desk = Desk::new();
    desk.put("good.log", FAILED_CALL);
    let run = desk
        .run(&["--format", "json", "good.log", "not-there.log"])
        .ends_with(4);
    assert!(run.json()["schema_version"].is_u64());
    assert!(
        run.stderr
            .lines()
            .all(|line| line.starts_with("siptriage: ")),
        "{}",
        run.stderr
    );
}

#[test]
fn standard_input_is_read_when_it_is_named_or_nothing_is() {
    let desk = Desk::new();
    let path = desk.put("x.log", FAILED_CALL);
    for arguments in [&[][..], &["-"], &["scan"], &["scan", "-"]] {
        desk.run_with_stdin(arguments, FAILED_CALL)
            .ends_with(0)
            .prints("0x320");
    }
    let run = desk.run_with_stdin(&["events", "-", path.to_str().unwrap()], FAILED_CALL);
    let files: Vec<Value> = run
        .ends_with(0)
        .rows()
        .iter()
        .map(|row| row["file"].clone())
        .collect();
    assert_eq!(files.len(), 2);
    assert!(files.contains(&Value::from("<stdin>")), "{files:?}");
}

#[test]
fn file_names_are_harmless_on_a_terminal() {
    let desk = Desk::new();
    desk.put("good.log", GOOD_CALL);
    let name = if cfg!(windows) {
        "evil\u{202e}gol"
    } else {
        "evil\u{1b}[31m"
    };
    desk.put(name, "nothing to see\n");
    let run = desk.run(&["good.log", name]).ends_with(4).tells("evil\\");
    let is_harmful = |c: char| c == '\u{1b}' || c == '\u{202e}';
    assert!(!run.stderr.contains(is_harmful) && !run.stdout.contains(is_harmful));
    desk.run(&["-o", name, "good.log"])
        .ends_with(if cfg!(windows) { 0 } else { 2 });
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    let escape = '\u{1b}';
    assert!(!desk.run(&["x.log"]).ends_with(0).stdout.contains(escape));
    let always = desk.run(&["--color", "always", "x.log"]).ends_with(0);
    assert!(always.stdout.contains(escape));
    let mut no_color = desk.command(&["--color=always", "x.log"]);
    let no_color = Run::of(
        no_color
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap(),
    );
    assert!(
        no_color.ends_with(0).stdout.contains(escape),
        "what is asked for wins"
    );
    let json = desk
        .run(&["--color", "always", "--format", "json", "x.log"])
        .ends_with(0);
    assert!(!json.stdout.contains(escape));
}

// Options of scan.

#[test]
fn scan_is_the_default_command_and_a_folder_may_be_named_like_one() {
    let desk = Desk::new();
    desk.put("scan/x.log", FAILED_CALL);
    let named = desk.run(&["scan", "scan"]).ends_with(0).stdout;
    assert_eq!(
        desk.run(&["scan", "./scan"])
            .ends_with(0)
            .prints("0x320")
            .code,
        Some(0)
    );
    assert_eq!(
        desk.run(&["--all", "scan"])
            .ends_with(0)
            .prints("0x320")
            .code,
        Some(0)
    );
    assert!(named.contains("0x320"));
    desk.run(&["./scan"]).ends_with(0).prints("0x320");
}

#[test]
fn the_result_does_not_depend_on_how_it_is_read() {
    let desk = Desk::new();
    desk.put(
        "traces/a.log",
        FAILED_CALL.repeat(30) + &GOOD_CALL.repeat(20),
    );
    desk.put("traces/b.log", GOOD_CALL.repeat(10) + FAILED_CALL);
    for format in ["json", "table", "csv", "markdown"] {
        let usual = desk
            .run(&["--format", format, "traces"])
            .ends_with(0)
            .stdout;
        for options in [
            &["--threads", "1"][..],
            &["--threads", "3"],
            &["--no-mmap"],
            &["--chunk-size", "1"],
            &["--chunk-size", "100", "--threads", "2", "--no-mmap"],
        ] {
            let run = desk.run(&[&["--format", format], options, &["traces"]].concat());
            assert_eq!(run.ends_with(0).stdout, usual, "{options:?} {format}");
        }
    }
}

#[test]
fn top_cuts_tables_and_never_json_or_csv() {
    let desk = Desk::new();
    let many: String = (24..44)
        .map(|code| FAILED_CALL.replace("diagnostics: 24;", &format!("diagnostics: {code};")))
        .collect();
    desk.put("x.log", many);
    let rows = |arguments: &[&str]| {
        let arguments = [arguments, &["--format", "json", "x.log"]].concat();
        let json = desk.run(&arguments).ends_with(0).json();
        let sections = json["sections"].as_array().unwrap();
        let failures = sections
            .iter()
            .find(|section| section["id"] == "failures")
            .unwrap();
        failures["rows"].as_array().unwrap().len()
    };
    assert_eq!(rows(&[]), 20);
    assert_eq!(rows(&["--top", "3"]), 20);
    let lines = |arguments: &[&str]| {
        let arguments = [arguments, &["x.log"]].concat();
        desk.run(&arguments).ends_with(0).stdout.lines().count()
    };
    assert!(lines(&["--top", "3"]) < lines(&[]));
    assert!(lines(&[]) < lines(&["--all"]));
    assert_eq!(
        lines(&["--top", "3", "--format", "csv"]),
        lines(&["--all", "--format", "csv"])
    );
}

#[test]
fn tables_keep_to_their_width() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    for width in [60, 80, 250] {
        let run = desk
            .run(&["--width", &width.to_string(), "x.log"])
            .ends_with(0);
        let longest = run
            .stdout
            .lines()
            .map(|line| line.chars().count())
            .max()
            .unwrap();
        assert!(longest <= width, "{longest} > {width}:\n{}", run.stdout);
    }
}

#[test]
fn an_encoding_can_be_forced() {
    let desk = Desk::new();
    let utf_16: Vec<u8> = FAILED_CALL
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let path = desk.put("x.log", utf_16);
    let path = path.to_str().unwrap();
    desk.run(&["--encoding", "UTF-16LE", path])
        .ends_with(0)
        .prints("0x320");
    desk.run(&["--encoding", "utf-8", path]).ends_with(3);
}

// Output files.

#[test]
fn the_extension_of_the_output_file_picks_the_format() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    for (file, format) in [
        ("a.json", "json"),
        ("a.csv", "csv"),
        ("a.md", "markdown"),
        ("a.txt", "table"),
        ("a.CSV", "csv"),
    ] {
        let run = desk
            .run(&["-o", file, "--width", "90", "x.log"])
            .ends_with(0);
        assert_eq!(run.keeps_stderr_empty().stdout, "", "{file}");
        let printed = desk
            .run(&["--format", format, "--width", "90", "x.log"])
            .stdout;
        assert_eq!(
            fs::read_to_string(desk.path(file)).unwrap(),
            printed,
            "{file}"
        );
    }
    desk.run(&["-o", "a.any", "--format", "json", "x.log"])
        .ends_with(0);
    assert!(
        fs::read_to_string(desk.path("a.any"))
            .unwrap()
            .starts_with('{')
    );
    desk.run(&["-o", "-", "x.log"]).ends_with(0).prints("0x320");
    desk.run(&["events", "-o", "rows.ndjson", "x.log"])
        .ends_with(0);
    desk.run(&["events", "-o", "rows.csv", "x.log"])
        .ends_with(0);
    assert!(
        fs::read_to_string(desk.path("rows.ndjson"))
            .unwrap()
            .starts_with('{')
    );
    assert_eq!(
        fs::read_to_string(desk.path("rows.csv"))
            .unwrap()
            .lines()
            .count(),
        2
    );
}

#[test]
fn an_output_file_is_replaced_whole_and_leaves_nothing_beside_it() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    desk.put("report.md", "old ".repeat(100_000));
    desk.run(&["-o", "report.md", "x.log"]).ends_with(0);
    let report = fs::read_to_string(desk.path("report.md")).unwrap();
    assert!(
        report.contains("0x320") && !report.contains("old old"),
        "{report}"
    );
    assert_eq!(desk.names(), ["report.md", "x.log"]);
}

#[test]
fn an_output_file_that_cannot_be_made_is_told_before_the_reading() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    for arguments in [&["x.log"][..], &["events", "x.log"], &["formats"]] {
        let run = desk.run(&[arguments, &["-o", "no/such/folder/a.csv"]].concat());
        let run = run
            .ends_with(2)
            .tells("no/such/folder/a.csv: cannot be written");
        assert_eq!(run.tells("make it first").stdout, "");
    }
    fs::create_dir(desk.path("folder.csv")).unwrap();
    desk.run(&["-o", "folder.csv", "x.log"])
        .ends_with(2)
        .tells("it is a folder");
    assert_eq!(desk.names(), ["folder.csv", "x.log"]);
}

#[test]
fn a_read_only_output_file_is_left_alone() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    let path = desk.put("report.csv", "keep me");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    desk.run(&["-o", "report.csv", "x.log"])
        .ends_with(2)
        .tells("read-only");
    assert_eq!(fs::read_to_string(path).unwrap(), "keep me");
    assert_eq!(desk.names(), ["report.csv", "x.log"]);
}

/// Of folders that are there this one takes no files from anybody, whatever rights a test has.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_is_told_before_the_reading() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    let run = desk.run(&["-o", "/sys/report.csv", "x.log"]).ends_with(2);
    let run = run.tells("/sys/report.csv: cannot be written");
    assert_eq!(run.tells("name another file or folder").stdout, "");
}

#[cfg(unix)]
#[test]
fn an_output_that_is_a_link_or_a_device_stays_what_it_is() {
    use std::os::unix::fs::FileTypeExt;

    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    desk.put("elsewhere/report.md", "old");
    std::os::unix::fs::symlink("elsewhere/report.md", desk.path("link.md")).unwrap();
    desk.run(&["-o", "link.md", "x.log"]).ends_with(0);
    assert!(
        fs::symlink_metadata(desk.path("link.md"))
            .unwrap()
            .is_symlink()
    );
    assert!(
        fs::read_to_string(desk.path("elsewhere/report.md"))
            .unwrap()
            .contains("0x320")
    );

    desk.run(&["--format", "csv", "-o", "/dev/null", "x.log"])
        .ends_with(0);
    assert!(
        fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
}

#[cfg(unix)]
#[test]
fn an_output_file_keeps_its_permissions_and_a_new_one_is_for_all_that_the_mask_allows() {
    use std::os::unix::fs::PermissionsExt;

    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    let mode = |name: &str| fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o777;
    let old = desk.put("old.md", "old");
    fs::set_permissions(old, fs::Permissions::from_mode(0o640)).unwrap();
    desk.run(&["-o", "old.md", "x.log"]).ends_with(0);
    assert_eq!(mode("old.md"), 0o640);
    desk.run(&["-o", "new.md", "x.log"]).ends_with(0);
    // Made the plain way, by the same process: what the mask of this run gives.
    assert_eq!(mode("new.md"), mode("x.log"));
}

#[test]
fn an_output_file_never_replaces_what_is_read() {
    let desk = Desk::new();
    desk.put("traces/x.txt", FAILED_CALL);
    for arguments in [
        &["traces", "-o", "traces/x.txt"][..],
        &["traces/x.txt", "-o", "traces/../traces/x.txt"],
        &["events", "traces", "--format", "csv", "-o", "traces/x.txt"],
    ] {
        let run = desk.run(arguments).ends_with(2);
        assert_eq!(run.tells("is read as a trace").stdout, "");
    }
    assert_eq!(
        fs::read_to_string(desk.path("traces/x.txt")).unwrap(),
        FAILED_CALL
    );
}

#[test]
fn what_siptriage_wrote_into_a_folder_is_not_read_as_a_trace_and_may_be_replaced() {
    let desk = Desk::new();
    desk.put("traces/x.log", FAILED_CALL);
    let read = |desk: &Desk| {
        let json = desk
            .run(&["--format", "json", "traces"])
            .ends_with(0)
            .json();
        let mut sections = json["sections"].as_array().unwrap().iter();
        let row = &sections
            .find(|section| section["id"] == "coverage")
            .unwrap()["rows"][0];
        (row["files"].clone(), row["diagnoses"].clone())
    };
    let want = read(&desk);
    assert_eq!(want, (1.into(), 1.into()));
    for output in [
        "a.txt",
        "a.json",
        "a.csv",
        "a.md",
        "a.html",
        "a.xlsx",
        "a.csv.zip",
    ] {
        for _ in 0..2 {
            desk.run(&["-q", "traces", "-o", &format!("traces/{output}")])
                .ends_with(0);
        }
        assert_eq!(read(&desk), want, "{output}");
    }
    for output in ["rows.ndjson", "rows.csv"] {
        for _ in 0..2 {
            desk.run(&["events", "-q", "traces", "-o", &format!("traces/{output}")])
                .ends_with(0);
        }
        assert_eq!(read(&desk), want, "{output}");
    }
}

// Several outputs of one reading.

#[test]
fn several_outputs_are_each_what_they_are_alone() {
    let desk = Desk::new();
    desk.put("x.log", GOOD_CALL.to_owned() + FAILED_CALL);
    let names = [
        "a.html",
        "a.json",
        "a.md",
        "a.txt",
        "a.csv",
        "a.xlsx",
        "a.csv.zip",
    ];
    let mut arguments = vec!["x.log"];
    for name in names {
        arguments.extend(["-o", name]);
    }
    let run = desk.run(&arguments).ends_with(0).keeps_stderr_empty();
    assert_eq!(run.stdout, "");
    for name in names {
        let together = fs::read(desk.path(name)).unwrap();
        desk.run(&["x.log", "-o", name]).ends_with(0);
        assert!(together == fs::read(desk.path(name)).unwrap(), "{name}");
    }
    // One of them may be standard output.
    let run = desk.run(&[
        "calls", "x.log", "-o", "-", "-o", "b.ndjson", "-o", "b.html",
    ]);
    let run = run.ends_with(0);
    assert!(run.stdout.contains("0123456789abcdef"));
    for name in ["b.ndjson", "b.html"] {
        let text = fs::read_to_string(desk.path(name)).unwrap();
        assert!(text.contains("0123456789abcdef"), "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_fails_is_named_and_loses_no_other() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    std::os::unix::fs::symlink("/dev/full", desk.path("full.json")).unwrap();
    desk.run(&["x.log", "-o", "full.json", "-o", "a.md", "-o", "a.html"])
        .ends_with(2)
        .tells("full.json");
    assert!(
        fs::read_to_string(desk.path("a.md"))
            .unwrap()
            .contains("0x320")
    );
    assert!(
        fs::read_to_string(desk.path("a.html"))
            .unwrap()
            .ends_with("</html>\n")
    );
    // Nothing is left behind.
    assert_eq!(desk.names(), ["a.html", "a.md", "full.json", "x.log"]);
}

// events.

#[test]
fn events_are_rows_with_their_place() {
    let desk = Desk::new();
    desk.put("x.log", GOOD_CALL.to_owned() + FAILED_CALL);
    let rows = desk
        .run(&["events", "x.log"])
        .ends_with(0)
        .keeps_stderr_empty()
        .rows();
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(row["file"], "x.log");
    let trace = GOOD_CALL.to_owned() + FAILED_CALL;
    let (before, at) = trace.split_at(row["offset"].as_u64().unwrap() as usize);
    assert!(at.starts_with("ms-client-diagnostics"));
    assert_eq!(row["line"], before.lines().count() + 1);
    assert_eq!(row["code"], 24);
    assert_eq!(row["carrier"], "header");
    assert_eq!(row["header"], "ms-client-diagnostics");
    assert_eq!(row["media"][0]["ice_warn"], "0x320");
    assert_eq!(row["cseq"], "1 INVITE");
}

#[test]
fn events_without_any_are_an_empty_table() {
    let desk = Desk::new();
    desk.put("x.log", GOOD_CALL);
    assert_eq!(desk.run(&["events", "x.log"]).ends_with(0).stdout, "");
    let csv = desk
        .run(&["events", "--format", "csv", "x.log"])
        .ends_with(0)
        .stdout;
    assert!(
        csv.starts_with("file,") && csv.lines().count() == 1,
        "{csv}"
    );
}

// decode, explain, formats.

#[test]
fn decode_takes_masks_from_arguments_or_standard_input() {
    let desk = Desk::new();
    let arguments = ["decode", "--format", "json"];
    let want = desk
        .run(&[&arguments[..], &["0x320", "0x1"]].concat())
        .ends_with(0)
        .stdout;
    for stdin in ["0x320 0x1", "\u{feff}0x320,0x1\r\n", "0x320\n\n0x1\n"] {
        assert_eq!(
            desk.run_with_stdin(&arguments, stdin).ends_with(0).stdout,
            want
        );
    }
    desk.run(&["decode", "ICEWarn=0x320"])
        .ends_with(0)
        .prints("0x100");
    desk.run(&["decode", "--decimal", "800"])
        .ends_with(0)
        .prints("0x320");
    desk.run(&["decode", "--decimal", "-1"])
        .ends_with(0)
        .prints("0xffffffff");
}

#[test]
fn a_malformed_mask_is_named_and_the_others_are_decoded() {
    let desk = Desk::new();
    let run = desk
        .run(&["decode", "0x320", "0x123456789", "relay"])
        .ends_with(2)
        .prints("0x320");
    let run = run
        .tells("`0x123456789`: not a mask")
        .tells("`relay`: not a mask");
    run.tells("one to eight hexadecimal digits");
    let run = desk.run(&["decode", "relay"]).ends_with(2);
    assert_eq!(run.stdout, "");
    desk.run(&["decode", "--decimal", "0x320"])
        .ends_with(2)
        .tells("decimal");
    desk.run(&["decode"]).ends_with(2).tells("no mask");
}

#[test]
fn explain_takes_codes_masks_flags_fields_and_headers() {
    let desk = Desk::new();
    let header = "ms-client-diagnostics: 24; reason=\"x\";CallerMediaDebug=\"audio:ICEWarn=0x320\"";
    for (what, words) in [
        ("24", "24"),
        ("1034", "1034"),
        ("1008.5", "sub-code 5"),
        ("0x320", "0x100"),
        ("tcp_relay_connectivity_failed", "0x"),
        ("locallocation", "LocalLocation"),
        (header, "0x100"),
    ] {
        desk.run(&["explain", what])
            .ends_with(0)
            .keeps_stderr_empty()
            .prints(words);
        let json = desk
            .run(&["explain", "--format", "json", what])
            .ends_with(0)
            .json();
        assert_eq!(json["schema_version"], 1, "{what}");
    }
    desk.run_with_stdin(&["explain"], header)
        .ends_with(0)
        .prints("0x100");
    desk.run_with_stdin(&["explain", "-"], "24\n")
        .ends_with(0)
        .prints("24");
    // Without quotes, as cmd.exe passes it on.
    let words = ["explain", "ms-client-diagnostics:", "24;", "reason=\"x\""];
    desk.run(&words).ends_with(0).prints("24");
    let both = desk
        .run(&["explain", "--format", "json", "24", "0x320"])
        .ends_with(0)
        .json();
    let titles = both["sections"].to_string();
    assert!(
        titles.contains("Code 24: ") && titles.contains("ICEWarn 0x320: "),
        "{titles}"
    );
}

#[test]
fn explain_says_what_an_unknown_word_may_have_been() {
    let desk = Desk::new();
    let run = desk.run(&["explain", "LocalLocaton"]).ends_with(2);
    assert_eq!(run.tells("did you mean `LocalLocation`").stdout, "");
    desk.run(&["explain", "24", "LocalLocaton"])
        .ends_with(2)
        .prints("24")
        .tells("LocalLocation");
    desk.run(&["explain", "Subject: lunch"])
        .ends_with(2)
        .tells("no diagnosis in the text");
    desk.run(&["explain"])
        .ends_with(2)
        .tells("nothing to explain");
}

#[test]
fn formats_lists_every_format_with_a_sample_that_it_recognises() {
    let desk = Desk::new();
    let names = formats(&desk);
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        desk.run(&["formats"]).ends_with(0).prints(&name);
        // Every listed name is one that --trace-format takes.
        desk.put("x.log", FAILED_CALL);
        let run = desk.run(&["--trace-format", &name, "x.log"]);
        assert!(matches!(run.code, Some(0 | 3)), "{name}: {run:#?}");
    }
}

fn formats(desk: &Desk) -> Vec<String> {
    let json = desk
        .run(&["formats", "--format", "json"])
        .ends_with(0)
        .json();
    let rows = json["sections"][0]["rows"].as_array().unwrap().clone();
    rows.iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect()
}

// Help.

#[test]
fn help_fits_its_place() {
    let desk = Desk::new();
    for arguments in [
        &["-h"][..],
        &["--help"],
        &["help"],
        &["help", "events"],
        &["scan", "--help"],
        &["scan", "-h"],
        &["calls", "--help"],
        &["calls", "-h"],
        &["call", "--help"],
        &["call", "-h"],
        &["messages", "--help"],
        &["messages", "-h"],
        &["events", "--help"],
        &["events", "-h"],
        &["scrub", "--help"],
        &["scrub", "-h"],
        &["redact-key", "--help"],
        &["rules", "--help"],
        &["rules", "test", "--help"],
        &["decode", "--help"],
        &["explain", "--help"],
        &["formats", "--help"],
        &["completions", "--help"],
        &["man", "--help"],
    ] {
        let run = desk.run(arguments).ends_with(0).keeps_stderr_empty();
        for line in run.stdout.lines() {
            assert!(line.chars().count() <= 80, "{arguments:?}: {line}");
        }
    }
    let short = desk.run(&["-h"]).stdout.lines().count();
    assert!(short <= 60, "{short} lines");
}

#[test]
fn long_help_names_every_exit_code() {
    let desk = Desk::new();
    for arguments in [
        &["--help"][..],
        &["scan", "--help"],
        &["calls", "--help"],
        &["call", "--help"],
        &["messages", "--help"],
        &["events", "--help"],
        &["scrub", "--help"],
    ] {
        let help = desk.run(arguments).ends_with(0).stdout;
        let (_, codes) = help.split_once("EXIT STATUS").unwrap();
        let listed: Vec<&str> = codes
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert_eq!(listed, ["0", "1", "2", "3", "4", "130"], "{arguments:?}");
    }
    desk.run(&["--help"])
        .prints("EXAMPLES")
        .prints("Input:")
        .prints("Filter:")
        .prints("Calls:")
        .prints("Output:");
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = concat!("siptriage ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(Desk::new().run(&["-V"]).ends_with(0).stdout, version);
}

#[test]
fn completions_know_commands_and_options() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = desk
            .run(&["completions", shell])
            .ends_with(0)
            .keeps_stderr_empty()
            .stdout;
        for word in [
            "decode",
            "messages",
            "rules",
            "trace-format",
            "markdown",
            "ice-warn",
        ] {
            assert!(
                script.contains(word),
                "{word} is not in the completions of {shell}"
            );
        }
    }
}

#[test]
fn manual_pages_have_their_sections() {
    let desk = Desk::new();
    let page = desk.run(&["man"]).ends_with(0).keeps_stderr_empty().stdout;
    for part in [
        ".TH siptriage 1",
        ".SH NAME",
        ".SH SYNOPSIS",
        ".SH OPTIONS",
        "EXIT STATUS",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    for command in [
        "scan",
        "calls",
        "call",
        "messages",
        "events",
        "rules",
        "decode",
        "explain",
        "formats",
        "completions",
        "man",
    ] {
        let page = desk.run(&["man", command]).ends_with(0).stdout;
        assert!(
            page.contains(&format!(".TH siptriage-{command} 1")),
            "{page}"
        );
    }
}
