//! Pages of the repository: what stands in them, and a desk on which their commands run.
#![allow(dead_code, reason = "each file of tests needs a part of it")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use siptriage_generator::{ScenarioOptions, scenario};
use tempfile::TempDir;

use crate::desk;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the repository, with the line ends of Unix.
pub(crate) fn page(name: &str) -> String {
    let path = root().join(name);
    let page = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    page.replace("\r\n", "\n")
}

pub(crate) fn entries(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

// Markdown.

/// A fenced block.
pub(crate) struct Block {
    /// What stands behind the fence.
    pub(crate) info: String,
    pub(crate) text: String,
}

impl Block {
    /// The name of the file that it shows, as in `toml our-rules.toml`.
    pub(crate) fn file(&self) -> Option<&str> {
        let (_, name) = self.info.split_once(' ')?;
        name.contains('.').then_some(name)
    }
}

pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if let Some(info) = line.strip_prefix("```") {
            inside = !inside;
            if inside {
                blocks.push(Block {
                    info: info.to_owned(),
                    text: String::new(),
                });
            }
        } else if inside {
            let block = blocks.last_mut().unwrap();
            block.text.push_str(line);
            block.text.push('\n');
        }
    }
    assert!(!inside, "a block has no end");
    blocks
}

/// The lines outside of fenced blocks.
pub(crate) fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    page.lines().filter(move |line| {
        let fence = line.starts_with("```");
        inside ^= fence;
        !inside && !fence
    })
}

/// Targets of relative links.
pub(crate) fn links(page: &str) -> Vec<String> {
    let parts = prose(page).flat_map(|line| line.split("](").skip(1));
    let targets = parts.filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    targets
        .filter(|target| !target.contains("://"))
        .map(str::to_owned)
        .collect()
}

/// What links may name behind `#`: the headings, as forges write them in addresses.
pub(crate) fn anchors(page: &str) -> BTreeSet<String> {
    let headings = prose(page).filter(|line| line.starts_with('#'));
    let words = headings.map(|line| line.trim_start_matches('#').trim().to_lowercase());
    let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    words
        .map(|words| words.chars().filter(is_kept).collect::<String>())
        .map(|words| words.replace(' ', "-"))
        .collect()
}

/// What stands between single backticks.
pub(crate) fn code_spans(page: &str) -> impl Iterator<Item = &str> {
    prose(page).flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The rows of the table whose first column is titled so.
pub(crate) fn rows(page: &str, first_column: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim().trim_start_matches('|').trim_end_matches('|');
        line.split(" | ")
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let mut lines = page.lines();
    lines
        .find(|line| line.starts_with('|') && cells(line)[0] == first_column)
        .unwrap_or_else(|| panic!("no table of {first_column}"));
    lines
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect()
}

// The program.

/// The pages about nights: their `traces` has a folder for each day of two weeks.
pub(crate) const OF_NIGHTS: [&str; 2] = ["docs/nightly.md", "docs/store.md"];

/// A folder with what the commands of a page name: the samples, traces, a client log by its usual
/// name, and the files that the page shows.
pub(crate) fn desk_of(name: &str, page: &str) -> TempDir {
    let desk = TempDir::new().unwrap();
    if OF_NIGHTS.contains(&name) {
        put_nights(&desk.path().join("traces"));
    } else {
        put_samples(desk.path());
    }
    for block in blocks(page) {
        if let Some(name) = block.file() {
            fs::write(desk.path().join(name), &block.text).unwrap();
        }
    }
    desk
}

/// The samples, the same traces once more as anybody's, a client log and an archive.
fn put_samples(desk: &Path) {
    let samples = root().join("sample-logs");
    for folder in ["sample-logs", "traces"] {
        for part in ["", "incident"] {
            let (from, to) = (samples.join(part), desk.join(folder).join(part));
            fs::create_dir(&to).unwrap();
            for name in entries(&from) {
                if from.join(&name).is_file() {
                    fs::copy(from.join(&name), to.join(name)).unwrap();
                }
            }
        }
    }
    let client = desk.join("Lync-UccApi-0.UccApilog");
    fs::copy(samples.join("client.UccApilog"), client).unwrap();
    let incident = samples.join("incident");
    let logs: Vec<(String, Vec<u8>)> = (entries(&incident).into_iter())
        .map(|name| {
            (
                format!("logs/{name}"),
                fs::read(incident.join(&name)).unwrap(),
            )
        })
        .collect();
    let logs: Vec<(&str, &[u8])> = logs.iter().map(|(name, log)| (&**name, &**log)).collect();
    fs::write(desk.join("case.zip"), desk::zip(&logs)).unwrap();
}

/// A day of a made-up pool: its date, its calls, and how many of them are calls to nobody, are
/// refused by a firewall on the client, and have their sharing blocked.
const NIGHTS: [(&str, usize, [usize; 3]); 9] = [
    ("2026-03-02", 64, [3, 1, 0]),
    ("2026-03-03", 71, [2, 1, 0]),
    ("2026-03-04", 66, [4, 0, 0]),
    ("2026-03-05", 69, [3, 2, 0]),
    ("2026-03-06", 58, [2, 1, 0]),
    ("2026-03-09", 67, [3, 1, 0]),
    ("2026-03-10", 73, [4, 1, 0]),
    ("2026-03-11", 65, [2, 0, 0]),
    ("2026-03-12", 70, [3, 1, 9]),
];

/// What works, or is nobody's fault.
const USUAL: [&str; 12] = [
    "plain",
    "from-telephone",
    "no-edge",
    "video",
    "busy",
    "plain",
    "sharing",
    "no-answer-480",
    "flags-expected",
    "cancelled",
    "plain",
    "declined",
];

/// What goes wrong, in the order of the counts of a night.
const WRONG: [&str; 3] = [
    "user-unknown",
    "host-firewall-inside",
    "tcp-blocked-both-outside",
];

/// The log of a Front End for each day. The same on every machine.
fn put_nights(folder: &Path) {
    for (day, calls, wrong) in NIGHTS {
        let mut plots: Vec<&str> = USUAL.iter().copied().cycle().take(calls).collect();
        let names = WRONG.into_iter().zip(wrong);
        let names: Vec<&str> = names
            .flat_map(|(name, count)| std::iter::repeat_n(name, count))
            .collect();
        for (at, name) in names.iter().enumerate() {
            plots[(at * calls + calls / 2) / names.len()] = name;
        }
        let start = siptriage_generator::parse_time(&format!("{day}T08:00:00")).unwrap();
        let played = scenario(&ScenarioOptions {
            start,
            users: 40,
            pause: 400_000,
            others: 10,
            caller_logs: false,
            callee_logs: false,
            front_ends: 1,
            edges: 0,
            plots: plots.into_iter().map(String::from).collect(),
            ..ScenarioOptions::new(start, calls as u32)
        });
        let folder = folder.join(day);
        fs::create_dir_all(&folder).unwrap();
        for file in played.unwrap().files {
            fs::write(folder.join(file.name), file.contents).unwrap();
        }
    }
}

/// Runs the program in a folder; the arguments have no quotes.
pub(crate) fn siptriage(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_siptriage"));
    let command = command
        .args(arguments.split_whitespace())
        .current_dir(folder);
    command.env_remove("NO_COLOR").output().unwrap()
}

/// Runs a command line that calls `siptriage`.
pub(crate) fn shell(folder: &Path, line: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_siptriage"));
    let mut path = vec![program.parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut command = Command::new("sh");
    let command = command.arg("-c").arg(line).current_dir(folder);
    let command = command.env("PATH", std::env::join_paths(path).unwrap());
    command.env_remove("NO_COLOR").output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
