//! Files that change under a reader: cut, replaced, grown, removed; mapped and read.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod chance;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use chance::Chance;
use siptriage_facts::{Everything, Facts, SkipReason};
use siptriage_generator::{Format, Options, generate};
use siptriage_scanner::{Mapping, Progress, ScanOptions, discover, events, scan};

/// Does something to a file when so many bytes of it have been read.
struct At<F: Fn() + Sync> {
    bytes: u64,
    read: AtomicU64,
    done: AtomicBool,
    act: F,
}

impl<F: Fn() + Sync> At<F> {
    fn new(bytes: u64, act: F) -> At<F> {
        At {
            bytes,
            read: AtomicU64::new(0),
            done: AtomicBool::new(false),
            act,
        }
    }
}

impl<F: Fn() + Sync> Progress for At<F> {
    fn advance(&self, bytes: u64) {
        let read = self.read.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if read >= self.bytes && !self.done.swap(true, Ordering::Relaxed) {
            (self.act)();
        }
    }
    fn input_done(&self) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Bytes of another file.
const BESIDE: u64 = 300_000;

struct Desk {
    folder: tempfile::TempDir,
    text: Vec<u8>,
}

impl Desk {
    fn new() -> Desk {
        let mut text = Vec::new();
        let options = Options::new(5, 2 << 20, Format::Server);
        generate(&options, &mut text).unwrap();
        assert!(text.len() > 1 << 20, "long enough to be mapped");
        let desk = Desk {
            folder: tempfile::tempdir().unwrap(),
            text,
        };
        fs::write(desk.path("beside.txt"), &desk.text[..BESIDE as usize]).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A trace that nobody has written to for an hour.
    fn fresh(&self) -> PathBuf {
        let path = self.path("trace.txt");
        fs::write(&path, &self.text).unwrap();
        settle(&path);
        path
    }
}

fn settle(path: &Path) {
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600))
        .unwrap();
}

fn options(mapping: Mapping, threads: usize) -> ScanOptions {
    ScanOptions {
        mapping,
        threads: Some(threads),
        chunk_len: 40_000,
        ..ScanOptions::default()
    }
}

fn reasons(facts: &Facts, name: &str) -> Vec<SkipReason> {
    let skipped = facts.coverage.skipped.iter();
    let own = skipped.filter(|skipped| skipped.file.ends_with(name));
    own.map(|skipped| skipped.reason).collect()
}

#[test]
fn a_file_that_is_cut_at_any_moment_ends_nothing_and_is_reported() {
    let desk = Desk::new();
    let mut chance = Chance(0x5EED_0FC0_7EAD);
    let len = desk.text.len();
    for round in 0..200 {
        let path = desk.fresh();
        // When more has been read than there is beside it, some of it was; and when less was than
        // it has, it was not read to its end, behind which nobody looks at it again.
        let (when, left) = (
            BESIDE + 1 + chance.below(len - len / 8 - BESIDE as usize) as u64,
            chance.below(len) as u64,
        );
        let mapping = if round % 4 == 3 {
            Mapping::Never
        } else {
            Mapping::Auto
        };
        let options = options(mapping, 1 + round % 3);
        let discovery = discover(
            &[path.clone().into(), desk.path("beside.txt").into()],
            &options,
        );
        let watch = At::new(when, || {
            let file = File::options().write(true).open(&path).unwrap();
            file.set_len(left).unwrap();
        });
        let facts = scan(&discovery, &options, &watch);
        let what = format!("cut to {left} of {len} when {when} were read, {options:?}");
        assert_eq!(
            reasons(&facts, "trace.txt"),
            [SkipReason::Changed],
            "{what}"
        );
        assert_eq!(reasons(&facts, "beside.txt"), [], "{what}");
        // What stands before the cut is there, whole; what stood behind it may be, if it was
        // read before; and bytes that are not in the file are in no record.
        let whole = |text: &[u8]| {
            let path = desk.path("whole.txt");
            fs::write(&path, text).unwrap();
            let options = ScanOptions::default();
            let discovery = discover(&[path.into()], &options);
            let facts = scan(&discovery, &options, &siptriage_scanner::Unwatched);
            facts.coverage.messages()
        };
        if round % 20 == 0 {
            let beside = whole(&desk.text[..BESIDE as usize]);
            // The last record may be cut in two.
            let least = whole(&desk.text[..left as usize]).saturating_sub(1) + beside;
            let most = whole(&desk.text) + beside;
            let found = facts.coverage.messages();
            assert!(
                (least..=most).contains(&found),
                "{what}: {found}, {least} to {most}"
            );
        }
        let bytes = facts
            .coverage
            .formats
            .iter()
            .map(|(_, format)| format.bytes);
        assert_eq!(bytes.sum::<u64>(), facts.coverage.bytes, "{what}");
    }
}

#[test]
fn events_of_a_file_that_is_cut_are_each_given_once() {
    let desk = Desk::new();
    for (when, left) in [(100_000, 200_000), (100_000, 1_000_000), (400_000, 500_000)] {
        let path = desk.fresh();
        let options = options(Mapping::Auto, 2);
        let discovery = discover(&[path.clone().into()], &options);
        let mut want = Vec::new();
        events(
            &discovery,
            &options,
            &siptriage_scanner::Unwatched,
            &Everything,
            &mut |event| {
                want.push((event.place.offset, event.code));
                Ok(())
            },
        )
        .unwrap();
        let watch = At::new(when, || {
            let file = File::options().write(true).open(&path).unwrap();
            file.set_len(left).unwrap();
        });
        let mut found = Vec::new();
        let facts = events(&discovery, &options, &watch, &Everything, &mut |event| {
            found.push((event.place.offset, event.code));
            Ok(())
        })
        .unwrap();
        assert_eq!(reasons(&facts, "trace.txt"), [SkipReason::Changed]);
        assert_eq!(found, want[..found.len()], "in order, and none twice");
        // But for the record that is cut in two.
        let least = want.iter().filter(|(at, _)| *at + 20_000 < left).count();
        assert!(found.len() >= least, "{} of {least}", found.len());
    }
}

#[test]
fn what_else_happens_to_a_file_is_told_too() {
    let desk = Desk::new();
    let other = desk.path("other.txt");
    type Act<'a> = (&'a str, SkipReason, Box<dyn Fn(&Path) + Sync + 'a>);
    let acts: [Act<'_>; 4] = [
        (
            "grown",
            SkipReason::Grown,
            Box::new(|path| {
                use std::io::Write;
                let mut file = File::options().append(true).open(path).unwrap();
                file.write_all(b"\r\nmore").unwrap();
            }),
        ),
        (
            "replaced",
            SkipReason::Changed,
            Box::new(|path| {
                fs::write(&other, &desk.text[..1000]).unwrap();
                fs::rename(&other, path).unwrap();
            }),
        ),
        (
            "removed",
            SkipReason::Changed,
            Box::new(|path| fs::remove_file(path).unwrap()),
        ),
        (
            "written again",
            SkipReason::Changed,
            Box::new(|path| {
                use std::io::Write;
                let mut file = File::options().write(true).open(path).unwrap();
                file.write_all(b"other words").unwrap();
            }),
        ),
    ];
    for (what, reason, act) in acts {
        for mapping in [Mapping::Auto, Mapping::Never] {
            let path = desk.fresh();
            let options = options(mapping, 2);
            let discovery = discover(&[path.clone().into()], &options);
            let untouched = scan(&discovery, &options, &siptriage_scanner::Unwatched);
            assert_eq!(reasons(&untouched, "trace.txt"), []);
            // At the end, so that all of it was read.
            let watch = At::new(desk.text.len() as u64, || act(&path));
            let facts = scan(&discovery, &options, &watch);
            assert_eq!(
                reasons(&facts, "trace.txt"),
                [reason],
                "{what}, {mapping:?}"
            );
            assert_eq!(
                facts.coverage.messages(),
                untouched.coverage.messages(),
                "{what}, {mapping:?}"
            );
        }
    }
}

#[test]
fn a_mistake_of_ours_costs_one_input_and_no_more() {
    let desk = Desk::new();
    let path = desk.fresh();
    let beside = desk.path("beside.txt");
    for threads in [1, 3] {
        let options = options(Mapping::Auto, threads);
        let alone = |path: &Path| {
            let discovery = discover(&[path.into()], &options);
            scan(&discovery, &options, &siptriage_scanner::Unwatched)
        };
        let discovery = discover(&[path.clone().into(), beside.clone().into()], &options);
        // One thread has read the file beside by then; of three any may meet it, in either file.
        let watch = At::new(BESIDE + 1, || panic!("a mistake, made up by a test"));
        let facts = scan(&discovery, &options, &watch);
        let failed: Vec<_> = (facts.coverage.skipped.iter())
            .filter(|skipped| skipped.reason == SkipReason::Failed)
            .collect();
        let [failed] = failed[..] else {
            panic!("{failed:?}");
        };
        let detail = &failed.detail;
        assert!(detail.contains("made up by a test"), "{detail}");
        let is_trace = failed.file.ends_with("trace.txt");
        assert!(is_trace || threads > 1);
        let kept = alone(if is_trace { &beside } else { &path });
        assert_eq!(facts.coverage.messages(), kept.coverage.messages());
        assert_eq!(facts.coverage.bytes, kept.coverage.bytes);
    }
}

#[test]
fn copies_are_named_and_other_files_are_not() {
    let desk = Desk::new();
    let path = desk.fresh();
    let copy = desk.path("z-copy.txt");
    fs::write(&copy, &desk.text).unwrap();
    let mut other = desk.text.clone();
    let last = other.len() - 3;
    other[last] ^= 1;
    fs::write(desk.path("other.txt"), other).unwrap();
    let options = options(Mapping::Auto, 2);
    let discovery = discover(&[desk.folder.path().into()], &options);
    let facts = scan(&discovery, &options, &siptriage_scanner::Unwatched);
    let copies: Vec<_> = (facts.coverage.skipped.iter())
        .filter(|skipped| skipped.reason == SkipReason::Copy)
        .collect();
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert!(copies[0].file.ends_with("z-copy.txt"));
    let first = path.to_string_lossy();
    assert!(copies[0].detail.contains(&*first), "{}", copies[0].detail);
}
