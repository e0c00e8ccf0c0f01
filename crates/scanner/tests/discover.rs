//! From arguments to inputs: what is taken, what is passed over, what is said of the rest.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::ffi::OsString;
use std::path::Path;

use siptriage_facts::SkipReason;
use siptriage_scanner::{Discovery, ScanOptions, Unwatched, discover, scan};

const RECORD: &str = "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: SIP/2.0 404 Not Found\r\n\
    Call-ID: abc\r\nCSeq: 1 INVITE\r\nms-diagnostics: 1003;reason=\"User does not exist\"\r\n\r\n";

/// A folder with one file of every kind.
fn desk() -> tempfile::TempDir {
    let desk = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = desk.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    put("a.UccApilog", RECORD.as_bytes());
    put("sub/b.txt", RECORD.as_bytes());
    put("sub/deep/c.log", RECORD.as_bytes());
    put("sub/export.dat", RECORD.as_bytes());
    put(
        "sub/wide.dat",
        &RECORD
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<_>>(),
    );
    put(
        "notes.md",
        b"# Notes\nnothing of interest, not even ms-diagnostics\n",
    );
    put("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\0");
    put(".hidden.log", RECORD.as_bytes());
    put("trace.etl", b"\0\x10\0\0binary\0\0\0");
    put("phone.clg", b"\x01\0\0\0binary\0\0\0");
    put("formatted.etl", RECORD.as_bytes());
    put("case.zip", b"PK\x03\x04rest");
    put("report.txt", b"siptriage report\nnothing\n");
    put("empty.log", b"");
    put("prose.txt", b"no trace at all\n");
    desk
}

fn names(discovery: &Discovery, desk: &Path) -> Vec<String> {
    let prefix = desk.to_string_lossy().into_owned();
    let name = |name: &str| {
        name.strip_prefix(&prefix)
            .unwrap_or(name)
            .replace('\\', "/")
    };
    discovery
        .inputs
        .iter()
        .map(|input| name(&input.name))
        .collect()
}

fn run(arguments: &[&Path]) -> Discovery {
    let arguments: Vec<OsString> = arguments.iter().map(|path| (*path).into()).collect();
    discover(&arguments, &ScanOptions::default())
}

#[test]
fn walking_takes_traces_by_extension_and_by_content() {
    let desk = desk();
    let discovery = run(&[desk.path()]);
    assert_eq!(
        names(&discovery, desk.path()),
        [
            "/a.UccApilog",
            "/case.zip",
            "/empty.log",
            "/formatted.etl",
            "/prose.txt",
            "/report.txt",
            "/sub/b.txt",
            "/sub/deep/c.log",
            "/sub/export.dat",
            "/sub/wide.dat",
        ]
    );
    assert!(discovery.inputs.iter().all(|input| !input.named));
    assert_eq!(
        discovery.passed_over, 2,
        "notes.md and picture.png; hidden files are not looked at"
    );
    let skipped: Vec<_> = discovery
        .skipped
        .iter()
        .map(|skipped| skipped.reason)
        .collect();
    assert_eq!(skipped, [SkipReason::BinaryTrace, SkipReason::BinaryTrace]);
    // What its name says is a trace is looked at when it is read.
    let facts = scan(&discovery, &ScanOptions::default(), &Unwatched);
    let own = facts.coverage.skipped.iter();
    let own: Vec<_> = own
        .filter(|skipped| skipped.reason == SkipReason::OwnReport)
        .collect();
    assert_eq!(own.len(), 1);
    assert!(own[0].file.ends_with("report.txt"));
    let etl = discovery
        .skipped
        .iter()
        .find(|skipped| skipped.file.ends_with("trace.etl"))
        .unwrap();
    assert!(etl.detail.contains("format it first"), "{}", etl.detail);
}

#[test]
fn every_file_is_taken_where_all_are_asked_for() {
    let desk = desk();
    let options = ScanOptions {
        all_files: true,
        ..ScanOptions::default()
    };
    let discovery = discover(&[desk.path().into()], &options);
    let names = names(&discovery, desk.path());
    for name in ["/.hidden.log", "/notes.md", "/picture.png"] {
        assert!(names.contains(&name.to_owned()), "{name}");
    }
    assert_eq!(discovery.passed_over, 0);
}

/// Of many files all are asked for on several threads, a few thousand at a time.
#[test]
fn of_very_many_files_each_is_what_it_is_alone() {
    let desk = tempfile::tempdir().unwrap();
    let name = |n: usize, rest: &str| desk.path().join(format!("{n:05}{rest}"));
    for n in 0..5000 {
        match n % 5 {
            0 => std::fs::write(name(n, ".log"), RECORD).unwrap(),
            1 => std::fs::write(name(n, ".dat"), RECORD).unwrap(),
            2 => std::fs::write(name(n, ".dat"), "nothing of interest").unwrap(),
            3 => std::fs::write(name(n, ".etl"), b"\0\x10\0\0binary\0\0\0").unwrap(),
            // The same file again, in another batch too.
            _ => std::fs::hard_link(name(n / 25 * 5, ".log"), name(n, ".log")).unwrap(),
        }
    }
    let of = |threads| {
        let options = ScanOptions {
            threads: Some(threads),
            ..ScanOptions::default()
        };
        discover(&[desk.path().into()], &options)
    };
    let (one, three) = (of(1), of(3));
    assert_eq!(format!("{one:?}"), format!("{three:?}"));
    assert_eq!((one.inputs.len(), one.passed_over), (2000, 1000));
    assert_eq!(one.skipped.len(), 2000);
    assert!(
        one.inputs
            .is_sorted_by(|left, right| left.name < right.name)
    );
}

#[test]
fn named_files_are_always_read_and_each_once() {
    let desk = desk();
    let notes = desk.path().join("notes.md");
    let twice = desk.path().join("sub").join("..").join("notes.md");
    let discovery = run(&[&notes, &twice, desk.path(), &notes]);
    let input = discovery
        .inputs
        .iter()
        .find(|input| input.name.ends_with("notes.md"))
        .unwrap();
    assert!(input.named);
    let count = discovery
        .inputs
        .iter()
        .filter(|input| input.name.ends_with("notes.md"))
        .count();
    assert_eq!(count, 1);
    let repeated: Vec<_> = discovery
        .skipped
        .iter()
        .filter(|s| s.reason == SkipReason::Repeated)
        .collect();
    assert_eq!(
        repeated.len(),
        1,
        "only where it has another name: {repeated:?}"
    );
}

#[test]
fn patterns_are_expanded_here_too() {
    let desk = desk();
    let at = |pattern: &str| {
        let discovery = run(&[&desk.path().join(pattern)]);
        (names(&discovery, desk.path()), discovery.skipped.len())
    };
    assert_eq!(at("*.UccApilog"), (vec!["/a.UccApilog".into()], 0));
    assert_eq!(at("sub/?.txt"), (vec!["/sub/b.txt".into()], 0));
    assert_eq!(
        at("**/*.log").0,
        ["/.hidden.log", "/empty.log", "/sub/deep/c.log"]
    );
    assert_eq!(at("sub/[bx].txt"), (vec!["/sub/b.txt".into()], 0));
    // A folder that matches is walked.
    assert_eq!(at("s*").0.len(), 4);
    assert_eq!(at("*.nothing"), (vec![], 1));
}

#[test]
fn what_cannot_be_read_is_said_and_stops_nothing() {
    let desk = desk();
    let missing = desk.path().join("missing.log");
    let good = desk.path().join("a.UccApilog");
    let empty = desk.path().join("empty.log");
    let prose = desk.path().join("prose.txt");
    let mut arguments = vec![missing.as_path(), &good, &empty, &prose];
    let dangling = desk.path().join("dangling.log");
    if cfg!(unix) {
        #[cfg(unix)]
        std::os::unix::fs::symlink("nowhere", &dangling).unwrap();
        arguments.push(desk.path());
    }
    let discovery = run(&arguments);
    let facts = scan(&discovery, &ScanOptions::default(), &Unwatched);
    let reason = |name: &str| {
        let skipped = facts
            .coverage
            .skipped
            .iter()
            .find(|skipped| skipped.file.ends_with(name));
        skipped.map(|skipped| skipped.reason)
    };
    assert_eq!(reason("missing.log"), Some(SkipReason::Unreadable));
    assert_eq!(reason("empty.log"), Some(SkipReason::Empty));
    assert_eq!(reason("prose.txt"), Some(SkipReason::Unrecognised));
    assert_eq!(reason("a.UccApilog"), None);
    if cfg!(unix) {
        assert_eq!(reason("dangling.log"), Some(SkipReason::Unreadable));
    }
    assert!(facts.failures.iter().any(|(key, _)| key.code == 1003));
    let formats: u64 = facts
        .coverage
        .formats
        .iter()
        .map(|(_, format)| format.bytes)
        .sum();
    assert_eq!(formats, facts.coverage.bytes);
}
