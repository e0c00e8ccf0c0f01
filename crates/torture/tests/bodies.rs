//! The bodies of the fuzz targets, fed with damage to the sample traces for a bounded time, the same
//! on every run.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use siptriage_torture::{BODIES, Body, Mutator, WORDS};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All samples, truths and reports left out.
fn samples() -> Vec<Vec<u8>> {
    let folder = root().join("sample-logs");
    let mut paths: Vec<PathBuf> = [folder.clone(), folder.join("incident")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let extension = path.extension().unwrap_or_default();
            path.is_file() && extension != "json" && extension != "md"
        })
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// How many inputs a body is fed with: `TORTURE` times as many where that is set.
fn rounds(few: usize) -> usize {
    let factor = std::env::var("TORTURE").ok().and_then(|n| n.parse().ok());
    few * factor.unwrap_or(1)
}

fn feed(body: Body, bytes: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| (body.feed)(bytes))).is_err() {
        let keep = std::env::temp_dir().join(format!("siptriage-{}.bin", body.name));
        fs::write(&keep, bytes).unwrap();
        panic!("{} does not hold of {}", body.name, keep.display());
    }
}

fn body(name: &str) -> Body {
    *BODIES.iter().find(|body| body.name == name).unwrap()
}

/// Damage to samples, and to texts of the reader's own kind.
fn torture(name: &str, few: usize) {
    let body = body(name);
    feed(body, b"");
    for word in WORDS {
        feed(body, word);
    }
    let mut damaged = Mutator::new(1, samples());
    for _ in 0..rounds(few) {
        feed(body, &damaged.next_text());
    }
    if body.seeds.is_empty() {
        return;
    }
    let own = body.seeds.iter().map(|seed| seed.to_vec()).collect();
    let mut damaged = Mutator::new(2, own);
    for seed in body.seeds {
        feed(body, seed);
    }
    for _ in 0..rounds(few) {
        feed(body, &damaged.next_text());
    }
}

#[test]
fn framing_holds_of_damaged_samples() {
    torture("framing", 3000);
}

#[test]
fn framing_by_each_format_holds_of_damaged_samples() {
    for format in ["client", "server", "sipe", "syslog", "sip", "text"] {
        torture(&format!("framing_{format}"), 50);
    }
}

#[test]
fn messages_hold_of_damaged_samples() {
    torture("message", 3000);
}

#[test]
fn values_hold_of_damaged_samples() {
    torture("value", 3000);
}

#[test]
fn media_debug_holds_of_damaged_values() {
    torture("media_debug", 3000);
}

#[test]
fn masks_hold_of_any_bits() {
    torture("ice_mask", 20_000);
    // Every bit alone, every pair, and every mask of sixteen bits on either side.
    let body = body("ice_mask");
    for bits in 0..=u32::from(u16::MAX) {
        feed(body, &bits.to_le_bytes());
        feed(body, &(bits << 16).to_le_bytes());
    }
    for one in 0..32 {
        for other in 0..32 {
            feed(body, &(1u32 << one | 1 << other).to_le_bytes());
        }
    }
}

#[test]
fn stamps_hold_of_damaged_stamps() {
    torture("stamp", 20_000);
}

#[test]
fn quality_reports_hold_of_damaged_reports() {
    torture("quality", 3000);
}

#[test]
fn archives_hold_of_damaged_samples() {
    torture("archive", 1500);
}

#[test]
fn rules_files_hold_of_damaged_files() {
    torture("rules_file", 250);
}

#[test]
fn filters_hold_of_damaged_conditions() {
    torture("filters", 5000);
}

#[test]
fn scans_hold_of_damaged_samples() {
    torture("scan", 250);
}

#[test]
fn encodings_hold_of_damaged_samples() {
    torture("encodings", 120);
}

#[test]
fn parts_of_damaged_samples_add_up_to_the_whole() {
    torture("split", 250);
}

#[test]
fn reports_of_damaged_samples_are_harmless() {
    torture("report", 250);
}

#[test]
fn every_body_has_its_fuzz_target_and_every_target_its_body() {
    let manifest = fs::read_to_string(root().join("crates/torture/fuzz/Cargo.toml")).unwrap();
    let mut targets: Vec<String> = fs::read_dir(root().join("crates/torture/fuzz/fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    targets.sort();
    let mut bodies: Vec<&str> = BODIES.iter().map(|body| body.name).collect();
    bodies.sort_unstable();
    assert_eq!(targets, bodies);
    for body in bodies {
        assert!(manifest.contains(&format!("name = \"{body}\"")), "{body}");
        let target = root().join(format!("crates/torture/fuzz/fuzz_targets/{body}.rs"));
        let target = fs::read_to_string(target).unwrap();
        assert!(target.contains(&format!("siptriage_torture::{body}(")));
    }
}
