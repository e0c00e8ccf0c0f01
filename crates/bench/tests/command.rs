//! The program: what it runs, what it prints, how it ends. Scripts stand in for siptriage and
//! ripgrep, so that this needs neither and tells what becomes of wrong results.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn bench(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_siptriage-bench"));
    command
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn script(path: &Path, text: &str) -> String {
    fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Tells as many messages as stand in server text, and so many more.
fn reader(folder: &Path, more: u64) -> String {
    let text = format!(
        "for word; do [ -f \"$word\" ] && file=$word; done\n\
         count=$(grep -c '^Start-Line: ' \"$file\")\n\
         echo '{{\"sections\": [{{\"id\": \"coverage\", \"rows\": [{{\"messages\":' \
         $((count + {more})) '}}]}}]}}'"
    );
    script(&folder.join(format!("reader-{more}")), &text)
}

#[test]
fn goals_are_measured_on_data_that_is_made_and_kept() {
    let folder = folder("measure");
    let data = folder.join("data");
    let (json, page) = (folder.join("runs.json"), folder.join("page.md"));
    let marks = "<!-- figures: written by siptriage-bench --page -->\n<!-- end of figures -->";
    fs::write(&page, format!("# Page\n\n{marks}\n\nrest\n")).unwrap();
    let siptriage = reader(&folder, 0);
    let rg = script(&folder.join("rg"), "exec grep -c \"$2\" \"$3\"");
    let arguments = [
        "--shrink=2000",
        "--shrink",
        "2000",
        "--pairs",
        "2",
        "--only",
        "G1,G4,G11",
        "--dir",
        data.to_str().unwrap(),
        "--siptriage",
        &siptriage,
        "--rg",
        &rg,
        "--json",
        json.to_str().unwrap(),
        "--page",
        page.to_str().unwrap(),
    ];
    let output = bench(&arguments[..1]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let output = bench(&arguments[1..]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |words: &str| {
        let line = text.lines().find(|line| line.contains(words));
        line.unwrap_or_else(|| panic!("{words}: {text}")).to_owned()
    };
    assert!(line("G1 ").contains("ripgrep for one word"));
    assert!(line("without SIMD").contains("not measured: needs --portable"));
    // The script reads no archive, and that is told.
    assert!(line("zip of").contains("not measured: siptriage reads no zip"));
    assert!(line("A look, no result").contains("divided by 2000"));

    let told: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    let runs = told["runs"].as_array().unwrap();
    let of = |who: &str| {
        let run = |run: &&Value| run["contestant"] == who && run["group"] == "server";
        runs.iter().find(run).unwrap_or_else(|| panic!("{who}"))
    };
    for who in [
        "siptriage, 2 threads",
        "ripgrep, one word",
        "sum loop, 1 thread",
    ] {
        let all = of(who)["runs"].as_array().unwrap();
        assert_eq!(all.len(), 2, "{who}");
        assert!(all.iter().all(|run| run["wall"].as_f64().unwrap() > 0.0));
    }
    let goal = &told["goals"][0];
    assert_eq!(
        (&goal["goal"], &goal["wanted"]),
        (&"G1".into(), &"at least 1.75x".into())
    );
    assert!(goal["measured"].as_f64().unwrap() > 0.0);

    let page = fs::read_to_string(page).unwrap();
    assert!(page.starts_with("# Page\n") && page.ends_with("<!-- end of figures -->\n\nrest\n"));
    assert!(page.contains("| G1 | scan, 2 threads, to ripgrep"));
    assert!(!page.contains(folder.to_str().unwrap()), "{page}");
}

#[test]
fn a_wrong_result_is_no_figure() {
    let folder = folder("wrong");
    let siptriage = reader(&folder, 1);
    let data = folder.join("data");
    let arguments = ["--shrink", "2000", "--pairs", "1", "--only", "G4"];
    let more = ["--dir", data.to_str().unwrap(), "--siptriage", &siptriage];
    let output = bench(&[&arguments[..], &more].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("not measured: wrong: siptriage finds"),
        "{text}"
    );
    assert!(!text.contains("pass"), "{text}");
}

#[test]
fn what_cannot_be_run_ends_with_1() {
    let folder = folder("fails");
    let siptriage = script(&folder.join("siptriage"), "exit 3");
    let data = folder.join("data");
    let data = data.to_str().unwrap();
    let arguments = ["--shrink", "2000", "--pairs", "1", "--dir", data];
    // decode is not checked before, and its failure is one of siptriage.
    let more = ["--only", "G11", "--siptriage", &siptriage];
    let output = bench(&[&arguments[..], &more].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("ended with 3"), "{text}");
    let output = bench(&["--siptriage", "/no/such/program", "--dir", data]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn the_limits_are_processes_of_their_own() {
    let folder = folder("roles");
    let file = folder.join("a.bin");
    fs::write(&file, [1u8; 100_000]).unwrap();
    let file = file.to_str().unwrap();
    let sum = |threads: &str| {
        let output = bench(&["sum", "--threads", threads, file]);
        String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse::<u64>()
            .unwrap()
    };
    assert!(sum("1") > 0);
    assert_eq!(sum("1"), sum("2"));
    let output = bench(&["sum", "/no/such/file"]);
    assert_eq!(output.status.code(), Some(1));
    let output = bench(&["timed", "drained", "--", "sh", "-c", "exit 7"]);
    let run: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(run["code"], 7);
}
