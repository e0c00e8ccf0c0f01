//! The README and the pages in `docs`, held to the program and to the tree.
//!
//! `UPDATE_DOCS=1 cargo test -p siptriage --test readme` writes the shown output again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use pages::{
    anchors, blocks, code_spans, desk_of, entries, links, page, root, rows, shell, siptriage, text,
};
use tempfile::TempDir;

mod desk;
mod pages;

/// The second of the README's two commands, and what CI runs.
const TEST_COMMAND: &str = "cargo test --workspace";

/// Stands for paragraphs of an output that are not shown.
const GAP: &str = "…";

/// The pages that show what the program prints. Their commands run in a [`desk`].
const SHOWING: [&str; 4] = [
    "README.md",
    "docs/triage.md",
    "docs/nightly.md",
    "docs/store.md",
];

// The README.

#[test]
fn the_two_commands_come_first_and_are_those_of_ci() {
    let readme = page("README.md");
    let first = &blocks(&readme)[0];
    let commands: Vec<&str> = first.text.lines().collect();
    let [run, test] = commands[..] else {
        panic!("two commands are wanted: {commands:?}")
    };
    assert_eq!(test, TEST_COMMAND);
    let ci = page(".ci/run");
    let steps: Vec<&str> = (ci.lines())
        .filter_map(|line| line.strip_prefix("step "))
        .collect();
    assert!(
        steps.last().unwrap().starts_with(TEST_COMMAND),
        "the tests are the last step of CI: {steps:?}"
    );
    // What cargo run would start; cargo itself is not called from its own tests.
    let arguments = run.strip_prefix("cargo run --release -- ").unwrap();
    let report = siptriage(&root(), arguments);
    assert_eq!(report.status.code(), Some(0), "{report:?}");
    assert!(text(&report.stdout).contains("\nFailures "));
    // With two programs in the workspace, cargo must know which one is meant.
    assert!(page("Cargo.toml").contains("default-members = [\"crates/siptriage\"]"));
}

#[test]
#[cfg_attr(not(unix), ignore = "the commands are written for a Unix shell")]
fn every_command_of_the_readme_works() {
    let readme = page("README.md");
    let desk = desk_of("README.md", &readme);
    let mut run = 0;
    for block in blocks(&readme) {
        let commands: Vec<String> = match block.info.as_str() {
            "sh" => block.text.lines().map(str::to_owned).collect(),
            "cron" => (block.text.lines())
                .map(|line| {
                    line.split_whitespace()
                        .skip(5)
                        .collect::<Vec<_>>()
                        .join(" ")
                })
                .collect(),
            "bat" => block.text.lines().map(of_schtasks).collect(),
            "console" => continue,
            _ if block.file().is_some() => continue,
            info => panic!("a block of the README is `{info}`, which no test knows"),
        };
        for command in commands {
            if command.starts_with("cargo ") {
                assert_known_cargo_command(&command);
                continue;
            }
            assert!(command.starts_with("siptriage "), "untested: {command}");
            let output = shell(desk.path(), &command);
            assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
            // What goes elsewhere must be there.
            let written = match command.split_once(" > ") {
                Some((_, file)) => Some(file),
                None if command.starts_with("siptriage scrub ") => command
                    .split_once('#')
                    .and_then(|(command, _)| command.split_whitespace().last()),
                None => None,
            };
            if let Some(written) = written {
                let path = desk.path().join(written.trim());
                assert!(
                    path.is_dir() || fs::read(&path).unwrap().len() > 16,
                    "{command}"
                );
                run += 1;
                continue;
            }
            let file = command.split_once(" -o ").map(|(_, rest)| {
                let name = rest.split_whitespace().next().unwrap();
                fs::read_to_string(desk.path().join(name)).unwrap()
            });
            let shown = file.unwrap_or_else(|| text(&output.stdout));
            assert!(
                shown.lines().count() > 3,
                "{command} shows nothing: {shown}"
            );
            run += 1;
        }
    }
    assert!(run >= 10, "only {run} commands were found");
}

/// The program that a scheduled task starts, without the folders of a Windows machine.
fn of_schtasks(line: &str) -> String {
    let (_, command) = line.split_once("/tr \"").unwrap();
    command
        .trim_end_matches('"')
        .replace(r"C:\siptriage\", "")
        .replace(r"C:\", "")
        .replace("siptriage.exe", "siptriage")
}

fn assert_known_cargo_command(command: &str) {
    let known = [
        "cargo run --release -- sample-logs",
        TEST_COMMAND,
        "cargo install --locked --path crates/siptriage",
    ];
    assert!(known.contains(&command), "untested: {command}");
    assert!(root().join("crates/siptriage/Cargo.toml").is_file());
}

#[test]
fn shown_output_is_what_the_program_prints() {
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    for name in SHOWING {
        let shown = page(name);
        let desk = desk_of(name, &shown);
        let mut now = shown.clone();
        let mut outputs = 0;
        for block in blocks(&shown) {
            if block.info == "console" {
                let printed = as_printed(desk.path(), &block.text);
                now = now.replace(&block.text, &printed);
                outputs += 1;
            }
        }
        assert!(outputs > 0, "{name}");
        if now != shown && update {
            fs::write(root().join(name), &now).unwrap();
            continue;
        }
        let pairs = shown.lines().zip(now.lines());
        let differing = pairs.into_iter().find(|(shown, printed)| shown != printed);
        assert!(
            now == shown,
            "{name} shows another output than the program prints; if that is meant: \
             UPDATE_DOCS=1 cargo test -p siptriage --test readme. First difference: {differing:?}"
        );
    }
}

/// A block `$ siptriage …` with the same paragraphs of its output, as the program prints them.
///
/// A paragraph is known by its first line. Ones that are left out must be marked with a gap.
fn as_printed(folder: &Path, block: &str) -> String {
    let (command, shown) = block.split_once('\n').unwrap();
    let command = command.strip_prefix("$ ").unwrap();
    let output = match command.strip_prefix("siptriage ") {
        Some(arguments) if !arguments.contains(['"', '\'']) => siptriage(folder, arguments),
        _ => shell(folder, command),
    };
    assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
    let printed = text(&output.stdout);
    let printed: Vec<&str> = printed.trim_end().split("\n\n").collect();
    let mut now = format!("$ {command}\n");
    let mut next = 0;
    let mut gap = false;
    let mut paragraphs = 0;
    for shown in shown.trim_end().split("\n\n") {
        if paragraphs + usize::from(gap) > 0 {
            now.push('\n');
        }
        if shown == GAP {
            gap = true;
            now.push_str(GAP);
            now.push('\n');
            continue;
        }
        let title = heading(shown);
        let at = printed[next..]
            .iter()
            .position(|paragraph| heading(paragraph) == title)
            .unwrap_or_else(|| panic!("{command}: there is no `{title}`:\n{printed:#?}"));
        assert_eq!(
            at > 0,
            gap,
            "{command}: before `{title}`: {GAP} stands for what is left out"
        );
        now.push_str(printed[next + at]);
        now.push('\n');
        next += at + 1;
        gap = false;
        paragraphs += 1;
    }
    assert_eq!(
        next < printed.len(),
        gap,
        "{command}: at the end: {GAP} stands for what is left out"
    );
    now
}

/// The first line of a paragraph, without the rule behind it, whose length is a matter of width.
fn heading(paragraph: &str) -> &str {
    let line = paragraph.lines().next().unwrap_or_default();
    line.trim_end_matches('━').trim_end()
}

/// A row for every word, and none besides.
fn assert_rows(page: &str, first_column: &str, words: &[&str]) {
    let named: Vec<String> = rows(page, first_column)
        .into_iter()
        .map(|cells| cells[0].trim_matches('`').to_owned())
        .collect();
    assert_eq!(named, words, "the table of {first_column}");
}

#[test]
fn every_command_filter_outcome_and_dimension_is_named() {
    let readme = page("README.md");
    let help = text(&siptriage(&root(), "--help").stdout);
    let (_, commands) = help.split_once("\nCommands:\n").unwrap();
    let commands: Vec<&str> = (commands.lines())
        .map_while(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    assert_rows(&readme, "command", &commands);
    let (_, filters) = help.split_once("\nFilter:\n").unwrap();
    let (filters, _) = filters.split_once("\nCalls:\n").unwrap();
    let filters: Vec<&str> = (filters.lines())
        .filter_map(|line| line.strip_prefix("      --")?.split_whitespace().next())
        .collect();
    let named: Vec<String> = rows(&readme, "filter")
        .into_iter()
        .map(|cells| {
            let option = cells[0].trim_start_matches("`--");
            option.split([' ', '`']).next().unwrap().to_owned()
        })
        .collect();
    let all: Vec<&str> = filters.into_iter().chain(["trace-format"]).collect();
    assert_eq!(named, all, "the table of filters");
    let outcomes = siptriage_judge::Outcome::ALL.map(siptriage_judge::Outcome::name);
    assert_rows(&readme, "outcome", &outcomes);
    let verdicts = siptriage_judge::Verdict::ALL.map(siptriage_judge::Verdict::name);
    assert_rows(&readme, "verdict", &verdicts);
    for dimension in siptriage_judge::Dimension::ALL {
        let name = format!("`{}`", dimension.name());
        let (_, section) = readme.split_once("`--by`").unwrap();
        assert!(section.contains(&name), "--by {name}");
    }
}

#[test]
fn exit_codes_are_those_of_the_help() {
    let help = text(&siptriage(&root(), "--help").stdout);
    let (_, codes) = help.split_once("EXIT STATUS\n").unwrap();
    let of_help: Vec<(String, String)> = (codes.lines())
        .map_while(|line| line.strip_prefix("  ")?.split_once(' '))
        .map(|(code, meaning)| (code.to_owned(), meaning.trim().to_owned()))
        .collect();
    let of_readme: Vec<(String, String)> = rows(&page("README.md"), "code")
        .into_iter()
        .map(|cells| (cells[0].clone(), cells[1].clone()))
        .collect();
    assert_eq!(of_readme, of_help);
}

#[test]
fn every_trace_format_and_encoding_is_named() {
    let readme = page("README.md");
    let known: Vec<&str> = (siptriage_scanner::formats().iter())
        .map(|format| format.name)
        .collect();
    let named: Vec<String> = rows(&readme, "`--trace-format`")
        .into_iter()
        .map(|cells| cells[0].trim_matches('`').to_owned())
        .collect();
    assert_eq!(named, known);
    for encoding in siptriage_scanner::Encoding::NAMES {
        assert!(readme.contains(&format!("`{encoding}`")), "{encoding}");
    }
}

// The page of formats.

#[test]
fn every_trace_format_has_a_record_that_is_read_as_such() {
    let page = page("docs/formats.md");
    let blocks = blocks(&page);
    for format in siptriage_scanner::formats() {
        let info = format!("text {}", format.name);
        let of_format: Vec<_> = blocks.iter().filter(|block| block.info == info).collect();
        assert!(!of_format.is_empty(), "no record of {}", format.name);
        for block in of_format {
            let folder = TempDir::new().unwrap();
            fs::write(folder.path().join("x.txt"), &block.text).unwrap();
            let output = siptriage(folder.path(), "--format json x.txt");
            assert_eq!(output.status.code(), Some(0), "{}", block.text);
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let sections = report["sections"].as_array().unwrap();
            let rows = |id: &str| {
                let section = sections.iter().find(|section| section["id"] == id);
                section.unwrap()["rows"].as_array().unwrap().clone()
            };
            let formats: Vec<_> = (rows("formats").iter())
                .map(|row| row["trace_format"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(formats, [format.name], "{}", block.text);
            assert!(
                !rows("carriers").is_empty(),
                "nothing found: {}",
                block.text
            );
        }
        assert!(
            page.contains(&format!("`{}`\n", format.name)),
            "no heading that ends with `{}`",
            format.name
        );
    }
}

#[test]
fn quirks_are_listed_by_number_and_none_is_left_out() {
    let page = page("docs/formats.md");
    let numbers: Vec<u32> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
        .collect();
    let all: Vec<u32> = (1..=numbers.len() as u32).collect();
    assert_eq!(numbers, all, "rising, without gaps");
    assert!(numbers.len() >= 100);
}

// All pages.

#[test]
fn links_and_paths_lead_somewhere() {
    let mut checked = 0;
    for (name, page) in all_pages() {
        let folder = root().join(&name).parent().unwrap().to_owned();
        for link in links(&page) {
            let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
            assert!(folder.join(target).exists(), "{name}: {link}");
            if !anchor.is_empty() {
                let there = match target {
                    "" => page.clone(),
                    _ => fs::read_to_string(folder.join(target)).unwrap(),
                };
                let known = anchors(&there);
                assert!(known.contains(anchor), "{name}: {link}: {known:?}");
            }
            checked += 1;
        }
        for path in code_spans(&page).filter(|span| is_path(span)) {
            assert!(root().join(path).exists(), "{name}: {path}");
            checked += 1;
        }
    }
    assert!(checked > 50, "only {checked} were found");
}

/// Whether a span of code is a path of this repository, not one with a placeholder in it.
fn is_path(span: &str) -> bool {
    let top = ["crates/", "docs/", "sample-logs/", ".ci/"];
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-".contains(c);
    top.iter().any(|top| span.starts_with(top)) && span.chars().all(is_plain)
}

#[test]
fn tests_that_are_named_exist() {
    let tests = tests_by_file();
    let names: BTreeSet<&str> = tests.values().flatten().map(String::as_str).collect();
    let mut checked = 0;
    for (page_name, page) in all_pages() {
        // Four words and more joined with underscores are names of tests, but for the pages that
        // list the keys of flags and of outputs.
        let has_keys = ["docs/diagnostics.md", "docs/json.md"].contains(&page_name.as_str());
        let least = if has_keys { usize::MAX } else { 3 };
        let spans = code_spans(&page).filter(|span| span.matches('_').count() >= least);
        for test in spans.filter(|span| span.chars().all(|c| c == '_' || c.is_alphanumeric())) {
            assert!(names.contains(test), "{page_name}: no test is named {test}");
            checked += 1;
        }
        let commands = code_spans(&page).chain(page.lines());
        for command in commands.filter(|text| text.contains("cargo test")) {
            assert_runs_tests(&page_name, command, &tests);
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} were found");
}

#[test]
fn every_promise_of_the_fault_model_is_shown_by_a_test() {
    let tests = tests_by_file();
    let names: BTreeSet<&str> = tests.values().flatten().map(String::as_str).collect();
    let page = page("docs/fault-model.md");
    let rows = rows(&page, "what may go wrong");
    assert!(rows.len() > 15, "only {} rows", rows.len());
    for cells in rows {
        let mut shown = code_spans(&cells[2]).filter(|span| names.contains(span));
        // What no test can show says why in words.
        let says_why = cells[2].starts_with("no test: ");
        assert!(shown.next().is_some() || says_why, "{cells:?}");
    }
}

/// `cargo test -p CRATE --test FILE NAME`: the crate, the file and a test of such a name exist.
fn assert_runs_tests(page: &str, command: &str, tests: &BTreeMap<String, Vec<String>>) {
    let (_, arguments) = command.split_once("cargo test").unwrap();
    let arguments = arguments.split(['`', '#']).next().unwrap();
    let mut words = arguments.split_whitespace();
    let (mut package, mut file) = (None, None);
    while let Some(word) = words.next() {
        match word {
            "-p" => package = words.next().map(crate_folder),
            "--test" => file = words.next(),
            "--" => break,
            word if word.starts_with('-') => {}
            name => {
                let mut known = tests.values().flatten();
                assert!(known.any(|test| test.contains(name)), "{page}: {command}");
            }
        }
    }
    if let Some(package) = &package {
        let manifest = root().join("crates").join(package).join("Cargo.toml");
        assert!(manifest.is_file(), "{page}: {command}");
    }
    if let (Some(package), Some(file)) = (package, file) {
        let file = format!("crates/{package}/tests/{file}.rs");
        assert!(tests.contains_key(&file), "{page}: {command}");
    }
}

fn crate_folder(package: &str) -> String {
    package
        .strip_prefix("siptriage-")
        .unwrap_or(package)
        .to_owned()
}

#[test]
fn every_dependency_has_its_reason() {
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in crates() {
        let manifest = page(&format!("crates/{name}/Cargo.toml"));
        let mut inside = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                inside = line.contains("dependencies");
            } else if inside && !line.is_empty() && !line.starts_with("siptriage-") {
                let dependency = line.split(['.', '=', ' ']).next().unwrap();
                let of = wanted.entry(dependency.to_owned()).or_default();
                of.insert(name.clone());
            }
        }
    }
    let architecture = page("docs/ARCHITECTURE.md");
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for cells in rows(&architecture, "dependency") {
        assert!(cells[2].len() > 20, "a reason, please: {cells:?}");
        let of = cells[1].split(", ").map(str::to_owned).collect();
        listed.insert(cells[0].trim_matches('`').to_owned(), of);
    }
    assert_eq!(listed, wanted, "docs/ARCHITECTURE.md, Dependencies");
}

#[test]
fn this_test_finds_what_it_looks_for() {
    let page = "a [b](c.md#d) `e/f` [g](https://x)\n```sh\n`h`\n```\n| code | x |\n| --- | --- |\n| 1 | y |\n\n| 2 | z |\n";
    assert_eq!(links(page), ["c.md#d"]);
    let headings = anchors("# A `b c`'s d\n## E\n");
    assert_eq!(headings, ["a-b-cs-d", "e"].map(str::to_owned).into());
    assert_eq!(code_spans(page).collect::<Vec<_>>(), ["e/f"]);
    assert_eq!(rows(page, "code"), [["1", "y"]]);
    let blocks = blocks(page);
    assert_eq!(
        (blocks[0].info.as_str(), blocks[0].text.as_str()),
        ("sh", "`h`\n")
    );
    assert!(is_path("crates/scanner/src/map.rs") && !is_path("crates/scanner/NAME.rs"));
    let file = "```toml a.toml\n```\n```text sip\n```\n";
    let files: Vec<Option<String>> = (self::blocks(file).iter())
        .map(|block| block.file().map(str::to_owned))
        .collect();
    assert_eq!(files, [Some("a.toml".to_owned()), None]);
    assert_eq!(heading("Calls ━━━━\na"), "Calls");
    let task = r#"x /tr "C:\siptriage\siptriage.exe -o C:\siptriage\a.md C:\traces""#;
    assert_eq!(of_schtasks(task), "siptriage -o a.md traces");
}

// The tree.

/// The README, that of the samples, and all pages of `docs`, by name.
fn all_pages() -> Vec<(String, String)> {
    let mut names = vec!["README.md".to_owned(), "sample-logs/README.md".to_owned()];
    for folder in ["docs", "docs/decisions"] {
        let files = entries(&root().join(folder)).into_iter();
        names.extend(
            files
                .filter(|file| file.ends_with(".md"))
                .map(|file| format!("{folder}/{file}")),
        );
    }
    names
        .into_iter()
        .map(|name| {
            let page = page(&name);
            (name, page)
        })
        .collect()
}

fn crates() -> BTreeSet<String> {
    entries(&root().join("crates"))
}

/// The names of all functions in the sources and tests of all crates, by file.
fn tests_by_file() -> BTreeMap<String, Vec<String>> {
    let mut tests = BTreeMap::new();
    let mut folders: Vec<String> = (crates().iter())
        .flat_map(|name| ["src", "tests"].map(|folder| format!("crates/{name}/{folder}")))
        .filter(|folder| root().join(folder).is_dir())
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in entries(&root().join(&folder)) {
            let path = format!("{folder}/{entry}");
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.ends_with(".rs") {
                let source = page(&path);
                let attributed = source.split("#[test]\n").skip(1);
                let names = attributed.filter_map(|rest| {
                    let (_, rest) = rest.split_once("fn ")?;
                    Some(rest.split('(').next()?.to_owned())
                });
                tests.insert(path, names.collect());
            }
        }
    }
    tests
}
