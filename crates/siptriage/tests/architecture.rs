//! What the crates may know of each other, and what the tree may hold.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A crate, the crates of ours it may depend on, and those its tests may use besides.
const GRAPH: [(&str, &[&str], &[&str]); 13] = [
    ("archive", &[], &[]),
    (
        "bench",
        &["generator"],
        &["diagnostics", "facts", "scanner"],
    ),
    ("diagnostics", &[], &[]),
    ("facts", &["diagnostics"], &[]),
    ("generator", &[], &[]),
    ("history", &[], &[]),
    ("judge", &["diagnostics", "facts"], &[]),
    ("redact", &[], &[]),
    (
        "report",
        &["diagnostics", "facts", "history", "judge", "redact"],
        &[],
    ),
    (
        "scanner",
        &["archive", "diagnostics", "facts"],
        &["generator"],
    ),
    (
        "siptriage",
        &[
            "diagnostics",
            "facts",
            "history",
            "judge",
            "redact",
            "report",
            "scanner",
            "store",
        ],
        &["generator"],
    ),
    (
        "store",
        &["diagnostics", "facts", "judge"],
        &["generator", "scanner"],
    ),
    (
        "torture",
        &[
            "archive",
            "diagnostics",
            "facts",
            "judge",
            "report",
            "scanner",
        ],
        &[],
    ),
];

/// Crates that are programs and nothing else.
const PROGRAMS: [&str; 2] = ["bench", "siptriage"];

/// Dependencies that give a crate its part, and the one crate that has it.
const PARTS: [(&str, &str); 15] = [
    ("flate2", "archive"),
    ("lzxd", "archive"),
    ("ruzstd", "archive"),
    ("sevenz-rust2", "archive"),
    ("tar", "archive"),
    ("clap", "siptriage"),
    ("console", "siptriage"),
    ("ctrlc", "siptriage"),
    ("indicatif", "siptriage"),
    ("comfy-table", "report"),
    ("hmac", "redact"),
    ("rusqlite", "store"),
    ("memmap2", "scanner"),
    ("rayon", "scanner"),
    ("walkdir", "scanner"),
];

/// Everything that is at the top of the repository, dot files aside.
const TOP: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "README.md",
    "crates",
    "docs",
    "justfile",
    "sample-logs",
];

/// Configuration of tools, and what a build leaves.
const TOP_OPTIONAL: [&str; 3] = ["clippy.toml", "rustfmt.toml", "target"];

/// The files with `unsafe`: one module.
const UNSAFE: [&str; 3] = [
    "crates/scanner/src/native/guard.rs",
    "crates/scanner/src/native/lanes.rs",
    "crates/scanner/src/native/map.rs",
];

/// The files that begin threads beside the pool of the scanner: of the product one that shares out
/// dialogs and one that draws the bar, besides a test and what is measured with.
const THREADS: [&str; 5] = [
    "crates/bench/src/inflate.rs",
    "crates/bench/src/sum.rs",
    "crates/scanner/src/native/map.rs",
    "crates/siptriage/src/progress.rs",
    "crates/siptriage/src/shares.rs",
];

#[test]
fn crates_know_only_what_is_below_them() {
    let names: Vec<&str> = GRAPH.iter().map(|(name, ..)| *name).collect();
    assert_eq!(
        entries(&root().join("crates")),
        names.iter().copied().map(String::from).collect()
    );
    for (name, allowed, allowed_in_tests) in GRAPH {
        let manifest = manifest(name);
        for (section, dependencies) in &manifest {
            for dependency in dependencies {
                let Some(ours) = dependency.strip_prefix("siptriage-") else {
                    continue;
                };
                let in_tests = section == "dev-dependencies" && allowed_in_tests.contains(&ours);
                assert!(
                    allowed.contains(&ours) || in_tests,
                    "{name} may not know {ours} (in [{section}])"
                );
            }
        }
    }
}

#[test]
fn the_words_depend_on_nothing_and_the_facts_on_little() {
    assert_eq!(manifest("diagnostics").get("dependencies"), None);
    let facts = &manifest("facts")["dependencies"];
    assert_eq!(
        facts.iter().map(String::as_str).collect::<Vec<_>>(),
        [
            "foldhash",
            "hashbrown",
            "serde",
            "siptriage-diagnostics",
            "thin-vec"
        ]
    );
}

#[test]
fn the_comparison_of_nights_depends_on_nothing() {
    assert_eq!(manifest("history"), BTreeMap::new());
}

#[test]
fn each_part_belongs_to_one_crate() {
    for (dependency, owner) in PARTS {
        for (name, ..) in GRAPH {
            let has_it = (manifest(name).get("dependencies"))
                .is_some_and(|dependencies| dependencies.contains(dependency));
            assert_eq!(has_it, name == owner, "{dependency} in {name}");
        }
    }
}

#[test]
fn versions_and_lints_are_inherited() {
    for (name, ..) in GRAPH {
        let text = read(&root().join("crates").join(name).join("Cargo.toml"));
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{name} has no [lints]"
        );
        for line in section_lines(&text, |section| section.ends_with("dependencies")) {
            assert!(line.contains("workspace = true"), "{name}: {line}");
        }
    }
}

#[test]
fn one_module_is_unsafe() {
    let with_unsafe: BTreeSet<String> = (sources().iter())
        .filter(|(_, text)| {
            text.lines()
                .map(without_comment)
                .any(|line| has_word(line, "unsafe"))
        })
        .map(|(path, _)| path.clone())
        .collect();
    assert_eq!(with_unsafe, BTreeSet::from(UNSAFE.map(String::from)));
    for (name, ..) in GRAPH {
        let root_file = if PROGRAMS.contains(&name) {
            "main.rs"
        } else {
            "lib.rs"
        };
        let text = &sources()[&format!("crates/{name}/src/{root_file}")];
        assert_eq!(
            text.contains("#![forbid(unsafe_code)]"),
            name != "scanner",
            "{name}"
        );
    }
}

#[test]
fn threads_begin_in_few_places() {
    let starts = ["thread::spawn", "thread::scope", "thread::Builder"];
    let with_threads: BTreeSet<String> = (sources().iter())
        .filter(|(_, text)| {
            let mut lines = text.lines().map(without_comment);
            lines.any(|line| starts.iter().any(|start| line.contains(start)))
        })
        .map(|(path, _)| path.clone())
        .collect();
    assert_eq!(with_threads, BTreeSet::from(THREADS.map(String::from)));
}

#[test]
fn only_the_arguments_name_clap() {
    for (path, text) in sources() {
        let names_clap = text
            .lines()
            .map(without_comment)
            .any(|line| line.contains("clap"));
        let of_arguments = path.starts_with("crates/siptriage/src/args/");
        assert!(of_arguments || !names_clap, "{path}");
    }
}

#[test]
fn the_main_file_is_short() {
    assert!(sources()["crates/siptriage/src/main.rs"].lines().count() < 80);
}

#[test]
fn modules_are_named_for_what_is_in_them() {
    for path in sources().keys() {
        let empty_name = ["utils", "util", "helpers", "helper", "common", "misc"];
        let parts = path.trim_end_matches(".rs").split('/');
        assert!(
            parts.clone().all(|part| !empty_name.contains(&part)),
            "{path}"
        );
    }
}

#[test]
fn the_top_of_the_tree_is_tidy() {
    let there: BTreeSet<String> = entries(&root())
        .into_iter()
        .filter(|name| !name.starts_with('.'))
        .collect();
    let missing: Vec<&str> = TOP
        .into_iter()
        .filter(|name| !there.contains(*name))
        .collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
    let strangers: Vec<&String> = (there.iter())
        .filter(|name| !TOP.contains(&name.as_str()) && !TOP_OPTIONAL.contains(&name.as_str()))
        .collect();
    assert!(strangers.is_empty(), "not at the top: {strangers:?}");
    assert!(root().join(".ci/run").is_file());
}

#[test]
fn this_test_finds_what_it_looks_for() {
    assert!(has_word("    unsafe { map() }", "unsafe"));
    assert!(!has_word("#![forbid(unsafe_code)]", "unsafe"));
    assert_eq!(without_comment("let x = 1; // unsafe"), "let x = 1; ");
    let manifest =
        "[dependencies]\na.workspace = true\nb = { workspace = true }\n\n[lints]\nc = 1\n";
    assert_eq!(
        sections(manifest)["dependencies"],
        ["a", "b"].map(String::from).into()
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn entries(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Dependencies of a crate by section of its manifest; sections without any are left out.
fn manifest(name: &str) -> BTreeMap<String, BTreeSet<String>> {
    sections(&read(&root().join("crates").join(name).join("Cargo.toml")))
}

fn sections(manifest: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for line in section_lines(manifest, |name| name == section) {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            sections
                .entry(section.to_owned())
                .or_default()
                .insert(name.to_owned());
        }
    }
    sections
}

fn section_lines(manifest: &str, wanted: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            inside = wanted(header.trim_end_matches(']'));
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            lines.push(line);
        }
    }
    lines
}

/// The source files of all crates by path from the top, tests in folders of their own left out.
fn sources() -> BTreeMap<String, String> {
    let mut sources = BTreeMap::new();
    for (name, ..) in GRAPH {
        let mut folders = vec![root().join("crates").join(name).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in entries(&folder) {
                let path = folder.join(entry);
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
                    sources.insert(name.replace('\\', "/"), read(&path));
                }
            }
        }
    }
    sources
}

fn without_comment(line: &str) -> &str {
    line.split("//").next().unwrap_or(line)
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| c != '_' && !c.is_alphanumeric())
        .any(|part| part == word)
}
