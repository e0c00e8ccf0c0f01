//! The program: what it writes, and how it ends.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use siptriage_generator::{
    Format, Lengths, LineEnd, Options, ScenarioOptions, Truth, files, generate, scenario,
    scenario_plots, write_calls,
};

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_siptriage-generator"));
    command
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

#[test]
fn a_trace_and_its_truth_are_those_of_the_library() {
    let folder = folder("trace");
    let (trace, truth) = (folder.join("a.txt"), folder.join("a.json"));
    let output = program(&[
        "--format=client",
        "--bytes",
        "80K",
        "--seed",
        "9",
        "--lf",
        "-o",
        trace.to_str().unwrap(),
        "--truth",
        truth.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
    let options = Options {
        line_end: LineEnd::Lf,
        ..Options::new(9, 80_000, Format::Client)
    };
    let mut want = Vec::new();
    let want_truth = generate(&options, &mut want).unwrap();
    assert!(fs::read(&trace).unwrap() == want);
    assert_eq!(
        Truth::from_json(&fs::read_to_string(&truth).unwrap()).unwrap(),
        want_truth
    );
}

#[test]
fn standard_output_takes_utf_16() {
    let output = program(&["--bytes", "20K", "--utf16be", "-o", "-"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"\xfe\xff\0T\0L"));
    let output = program(&["--bytes", "20K", "--utf16le", "--no-bom", "-o", "-"]);
    assert!(output.stdout.starts_with(b"T\0L\0"));
}

#[test]
fn samples_are_written_into_a_folder_that_need_not_exist() {
    let folder = folder("samples").join("new");
    let _ = fs::remove_dir_all(&folder);
    let output = program(&["samples", folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for file in siptriage_generator::sample_files().unwrap() {
        assert!(
            fs::read(folder.join(&file.name)).unwrap() == file.contents,
            "{}",
            file.name
        );
    }
}

#[test]
fn a_scenario_is_written_as_the_library_makes_it() {
    let folder = folder("scenario").join("new");
    let _ = fs::remove_dir_all(&folder);
    let path = folder.to_str().unwrap();
    let output = program(&[
        "scenario",
        path,
        "--calls=12",
        "--seed",
        "4",
        "--tangled",
        "--no-callee-logs",
        "--utc",
        "--edges=0",
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let options = ScenarioOptions {
        callee_logs: false,
        edges: 0,
        offset_minutes: Vec::new(),
        skew_ms: Vec::new(),
        ..ScenarioOptions::new(4, 12).tangled()
    };
    let want = scenario(&options).unwrap();
    for file in &want.files {
        assert!(fs::read(folder.join(&file.name)).unwrap() == file.contents);
        let truth = folder.join(format!("{}.truth.json", file.name));
        let truth = Truth::from_json(&fs::read_to_string(truth).unwrap());
        assert_eq!(truth.unwrap(), file.truth);
    }
    let truth = fs::read_to_string(folder.join("truth.json")).unwrap();
    assert_eq!(truth, want.truth.to_json().unwrap());
    let files = fs::read_dir(&folder).unwrap().count();
    assert_eq!(files, 2 * want.files.len() + 1);
    let plots = String::from_utf8(program(&["scenario", "--plots"]).stdout).unwrap();
    assert_eq!(plots.lines().collect::<Vec<_>>(), scenario_plots());
}

#[test]
fn plain_calls_go_to_a_file_or_to_standard_output() {
    let folder = folder("calls");
    let (log, truth) = (folder.join("a.txt"), folder.join("a.json"));
    let output = program(&[
        "calls",
        log.to_str().unwrap(),
        "--calls",
        "50",
        "--seed=3",
        "--truth",
        truth.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut want = Vec::new();
    let want_truth = write_calls(3, 50, &mut want).unwrap();
    assert!(fs::read(&log).unwrap() == want);
    let truth = fs::read_to_string(&truth).unwrap();
    assert_eq!(truth, want_truth.to_json().unwrap());
    let output = program(&["calls", "-", "--calls=50", "--seed", "3"]);
    assert!(output.stdout == want);
}

#[test]
fn many_small_files_are_those_of_the_library_and_their_truth_is_all_of_theirs() {
    let folder = folder("files").join("new");
    let _ = fs::remove_dir_all(&folder);
    let truth = self::folder("files").join("truth.json");
    let output = program(&[
        "files",
        folder.to_str().unwrap(),
        "--count=5",
        "--bytes-each",
        "20K-60K",
        "--seed",
        "7",
        "--false-lengths",
        "--truth",
        truth.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let options = Options {
        lengths: Lengths::False,
        ..Options::new(7, 0, Format::Client)
    };
    let mut want_truth = Truth::default();
    for file in files(&options, 5, 20_000..=60_000) {
        let mut want = Vec::new();
        want_truth.merge(generate(&file.options, &mut want).unwrap());
        assert!(fs::read(folder.join(&file.name)).unwrap() == want);
    }
    let truth = fs::read_to_string(truth).unwrap();
    assert_eq!(Truth::from_json(&truth).unwrap(), want_truth);
    assert_eq!(fs::read_dir(folder.join("000")).unwrap().count(), 5);
}

#[test]
fn help_and_version_go_to_standard_output() {
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["samples", "--help"],
        &["scenario", "--help"],
        &["calls", "-h"],
    ] {
        let output = program(arguments);
        assert_eq!(output.status.code(), Some(0));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("Usage:") && text.lines().all(|line| line.len() <= 80));
    }
    let version = program(&["--version"]).stdout;
    assert!(version.starts_with(b"siptriage-generator "));
}

#[test]
fn wrong_commands_end_with_2_and_say_why() {
    for (arguments, why) in [
        (&[][..], "-o FILE is missing"),
        (&["-o"], "-o needs a value"),
        (&["--bytes", "12X", "-o", "-"], "'12X' is no size"),
        (&["--bytes", "99999999999G", "-o", "-"], "is no size"),
        (&["--format", "pcap", "-o", "-"], "'pcap' is none of client"),
        (&["--seed=-1", "-o", "-"], "--seed: '-1' is no whole number"),
        (&["--failing", "1001", "-o", "-"], "from 0 to 1000"),
        (
            &["--start", "yesterday", "-o", "-"],
            "'yesterday' is no time",
        ),
        (&["--lf=yes", "-o", "-"], "--lf takes no value"),
        (&["trace.txt"], "'trace.txt' is no option"),
        (&["samples"], "samples takes one folder"),
        (&["samples", "a", "b"], "samples takes one folder"),
        (&["samples", "--all"], "samples takes one folder"),
        (&["scenario"], "scenario takes one folder"),
        (&["scenario", "a", "b"], "'b' is no option"),
        (
            &["scenario", "a", "--tangled=1"],
            "--tangled takes no value",
        ),
        (&["scenario", "a", "--edges", "5"], "from 0 to 4"),
        (&["scenario", "a", "--plot", "party"], "'party' is none of"),
        (&["scenario", "a", "--calls"], "--calls needs a value"),
        (&["calls", "--calls", "1"], "calls takes one file"),
        (&["files", "--count", "1"], "files takes one folder"),
        (&["files", "a", "--bytes-each", "1K"], "needs --count N"),
        (&["files", "a", "--count", "1"], "needs --bytes-each"),
        (&["files", "a", "--bytes-each", "9K-1K"], "the larger size"),
        (&["files", "a", "--bytes", "1K"], "not for files"),
        (&["-o", "-", "--count", "1"], "'--count' is no option"),
        (&["calls", "-"], "calls needs --calls N"),
        (
            &["calls", "-", "--calls", "many"],
            "'many' is no whole number",
        ),
    ] {
        let output = program(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.contains(why) && text.contains("--help"),
            "{arguments:?}: {text}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn what_cannot_be_written_ends_with_1_and_names_the_file() {
    let missing = folder("missing").join("no/such/folder/a.txt");
    let output = program(&["--bytes", "1K", "-o", missing.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("a.txt: ")
    );
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_siptriage-generator"));
    command
        .args(["--bytes", "5M", "-o", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty());
}
