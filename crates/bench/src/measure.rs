//! Running everybody in turn.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::contestants::{Contestant, Tools};
use crate::data::{Data, Held, disk_needed, size};
use crate::goals::{Goal, LARGE};
use crate::options::Cache;
use crate::results::{Entry, Group, Results};
use crate::system;
use crate::timed::{Invocation, Run};

/// Rounds in which slow contestants run.
const SLOW_ROUNDS: usize = 3;

/// Runs of commands that read next to nothing, for each pair that was asked for: they are over at once.
const SHORT_ROUNDS: usize = 5;

/// How often a file is brought into the page cache until most of it is in large pages.
const TRIES: usize = 3;

/// The part of a file in pages of 2 MiB from which on it counts as in large pages.
pub(crate) const MOSTLY: f64 = 0.9;

/// Bytes from which on it matters whether a file is in large pages.
pub(crate) const LEAST_LARGE: u64 = 64 << 20;

/// What to measure, and how.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) goals: Vec<Goal>,
    pub(crate) full: bool,
    /// By what sizes are divided.
    pub(crate) shrink: u64,
    pub(crate) cache: Cache,
    /// Counted rounds.
    pub(crate) pairs: usize,
    pub(crate) folder: PathBuf,
    pub(crate) tools: Tools,
}

impl Plan {
    /// Who runs, each once, in the order of the goals, by group.
    fn groups(&self) -> BTreeMap<Group, Vec<Entry>> {
        let mut groups: BTreeMap<Group, Vec<Entry>> = BTreeMap::new();
        for entry in self.goals.iter().flat_map(|goal| goal.needs(self.full)) {
            let group = groups.entry(entry.group).or_default();
            if !group.contains(&entry) {
                group.push(entry);
            }
        }
        // Sizes and calls in rising order, and the contestants of each side by side.
        for entries in groups.values_mut() {
            entries.sort_by_key(|entry| entry.data);
        }
        groups
    }

    /// Makes the data and runs everybody.
    ///
    /// # Errors
    /// The disk is too small, data cannot be written, or siptriage cannot be run or reads
    /// something else than what was written.
    pub(crate) fn run(&self, log: &mut dyn Write) -> io::Result<Results> {
        let groups = self.groups();
        let mut results = Results::default();
        let paths = self.provide(&groups, &mut results, log)?;
        for (group, entries) in &groups {
            self.run_group(*group, entries, &paths, &mut results, log)?;
        }
        let large_is_scanned = results.runs.keys().any(|entry| is_large_scan(*entry));
        if self.goals.contains(&Goal::G7) && large_is_scanned {
            results.anonymous_kib = self.anonymous(&paths[&LARGE])?;
        }
        Ok(results)
    }

    fn provide(
        &self,
        groups: &BTreeMap<Group, Vec<Entry>>,
        results: &mut Results,
        log: &mut dyn Write,
    ) -> io::Result<BTreeMap<Data, PathBuf>> {
        let all: BTreeSet<Data> = groups.values().flatten().map(|entry| entry.data).collect();
        fs::create_dir_all(&self.folder)?;
        let (missing, together) = disk_needed(all.iter().copied(), &self.folder, self.shrink)?;
        let rounded = |bytes: u64| size(bytes.next_multiple_of(10_000_000));
        writeln!(
            log,
            "Data in {}: about {}B, of which {}B are still to be made.",
            self.folder.display(),
            rounded(together),
            rounded(missing)
        )?;
        let free = system::free_disk(&self.folder)?;
        if missing > free {
            let why = format!("only {}B are free there; see --dir and --only", size(free));
            return Err(io::Error::new(io::ErrorKind::StorageFull, why));
        }
        let mut paths = BTreeMap::new();
        for data in all {
            writeln!(log, "  {}", data.name(self.shrink))?;
            let (path, held) = data.provide(&self.folder, self.shrink)?;
            paths.insert(data, path);
            results.held.insert(data, held);
        }
        // What was written goes to disk now, not while somebody is timed.
        Command::new("sync").stdin(Stdio::null()).status()?;
        Ok(paths)
    }

    fn run_group(
        &self,
        group: Group,
        entries: &[Entry],
        paths: &BTreeMap<Data, PathBuf>,
        results: &mut Results,
        log: &mut dyn Write,
    ) -> io::Result<()> {
        let mut invocations: Vec<(Entry, Invocation)> = Vec::new();
        let mut checked: BTreeMap<(Data, PathBuf), Result<(), String>> = BTreeMap::new();
        for entry in entries {
            let path = &paths[&entry.data];
            let ready = entry.contestant.invocation(&self.tools, path);
            let ready = ready.and_then(|invocation| {
                if entry.contestant.is_scan() {
                    let key = (entry.data, invocation.program.clone());
                    let held = &results.held[&entry.data];
                    let check = || check_scan(&invocation, entry.data, held);
                    checked.entry(key).or_insert_with(check).clone()?;
                }
                Ok(invocation)
            });
            match ready {
                Ok(invocation) => {
                    results.commands.insert(*entry, invocation.shown());
                    invocations.push((*entry, invocation));
                }
                Err(why) => {
                    writeln!(log, "{}: {why}", entry.contestant.name())?;
                    results.missing.insert(*entry, why);
                }
            }
        }
        // Alone nobody is compared: without siptriage the others need not run.
        let ours = |entry: &Entry| {
            use Contestant::{Call, Decode, Events, Scan};
            matches!(entry.contestant, Scan(_) | Events(_) | Call | Decode)
        };
        if !invocations.iter().any(|(entry, _)| ours(entry)) {
            let why = entries
                .iter()
                .filter(|entry| ours(entry))
                .find_map(|entry| results.missing.get(entry).cloned());
            for (entry, _) in invocations {
                let why = why.clone().unwrap_or_default();
                results.missing.insert(entry, why);
            }
            return Ok(());
        }
        let cold = group == Group::Cold;
        if !cold {
            let own: BTreeSet<Data> = entries.iter().map(|entry| entry.data).collect();
            let files = || paths.iter().filter(|(_, path)| path.is_file());
            // With memory full of them, the kernel would find no large pages for these.
            for (_, path) in files().filter(|(data, _)| !own.contains(data)) {
                system::drop_from_cache(path)?;
            }
            for (data, path) in files().filter(|(data, _)| own.contains(data)) {
                let bytes = results.held[data].on_disk;
                if let Some(large) = bring_into_cache(path, bytes, self.cache)? {
                    results.large_pages.insert(*data, large);
                }
            }
            // Uncounted: files come into the page cache, programs too.
            for (_, invocation) in invocations
                .iter()
                .filter(|(entry, _)| !entry.contestant.is_slow())
            {
                invocation.run()?;
            }
        }
        let rounds = if group == Group::Start {
            self.pairs * SHORT_ROUNDS
        } else {
            self.pairs
        };
        for round in 0..rounds {
            if io::stderr().is_terminal() {
                write!(log, "\r{}: round {} of {rounds} ", group.name(), round + 1)?;
                log.flush()?;
            } else if round == 0 {
                write!(log, "{}: {rounds} rounds", group.name())?;
            }
            for (entry, invocation) in &invocations {
                if entry.contestant.is_slow() && round >= SLOW_ROUNDS {
                    continue;
                }
                if cold {
                    system::drop_from_cache(&paths[&entry.data])?;
                }
                let run = invocation.run()?;
                let bytes = results.held[&entry.data].on_disk;
                if cold && run.disk_bytes < bytes / 10 * 9 {
                    let why = "the file stayed in the page cache: the system drops it not";
                    results.missing.insert(*entry, why.to_owned());
                    results.runs.remove(entry);
                    continue;
                }
                results.runs.entry(*entry).or_default().push(run);
            }
        }
        // One that was served from the cache once is not compared at all.
        for entry in results.missing.keys() {
            results.runs.remove(entry);
        }
        writeln!(log)?;
        Ok(())
    }

    /// The most memory, in KiB, that a scan of the large trace has and that is no page of a file:
    /// looked at every millisecond in three runs. `None` if it was over before the first look.
    fn anonymous(&self, path: &Path) -> io::Result<Option<u64>> {
        let Ok(invocation) = Contestant::Scan(2).invocation(&self.tools, path) else {
            return Ok(None);
        };
        let mut most = None;
        for _ in 0..3 {
            let mut child = invocation.command().stdout(Stdio::null()).spawn()?;
            while child.try_wait()?.is_none() {
                // A process that has ended and was not waited for has no memory.
                most = most.max(system::anonymous_kib(child.id()));
                thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(most)
    }
}

/// Brings a file of so many bytes into the page cache, in a way that is the same for all. Gives
/// which part of its map is in pages of 2 MiB, if the system tells.
fn bring_into_cache(path: &Path, bytes: u64, cache: Cache) -> io::Result<Option<f64>> {
    let mut buffer = vec![0; 128 << 10];
    let part = || {
        let kib = large_pages(path)?;
        io::Result::Ok(kib.map(|kib| (kib << 10) as f64 / bytes as f64))
    };
    match cache {
        Cache::Read => {
            let mut large = None;
            for _ in 0..TRIES {
                system::drop_from_cache(path)?;
                let mut file = File::open(path)?;
                while file.read(&mut buffer)? > 0 {}
                large = part()?;
                if bytes < LEAST_LARGE || large.is_none_or(|large| large >= MOSTLY) {
                    break;
                }
            }
            Ok(large)
        }
        Cache::Written => {
            let copied = path.with_extension("copied");
            let (mut from, mut to) = (File::open(path)?, File::create(&copied)?);
            loop {
                let count = from.read(&mut buffer)?;
                if count == 0 {
                    break;
                }
                to.write_all(&buffer[..count])?;
            }
            system::settle(&to)?;
            fs::rename(&copied, path)?;
            part()
        }
    }
}

/// How many KiB of a file's map the kernel has in pages of 2 MiB.
fn large_pages(path: &Path) -> io::Result<Option<u64>> {
    let output = Command::new(std::env::current_exe()?)
        .arg("pages")
        .arg(path)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text
        .trim()
        .strip_suffix(" KiB")
        .and_then(|kib| kib.parse().ok()))
}

fn is_large_scan(entry: Entry) -> bool {
    entry.group == Group::Server && entry.contestant == Contestant::Scan(2)
}

/// Whether a scan finds as many messages as were written. A fast wrong answer is no result.
fn check_scan(invocation: &Invocation, data: Data, held: &Held) -> Result<(), String> {
    let mut command = invocation.command();
    let output = command.args(["--format", "json"]).output();
    let output = output.map_err(|error| format!("{}: {error}", invocation.shown()))?;
    let found = messages_of(&output.stdout);
    match found {
        Some(found) if found == held.messages => Ok(()),
        _ if matches!(data, Data::Archive(_)) => {
            Err("siptriage reads no zip, or not all of it".to_owned())
        }
        Some(found) => Err(format!(
            "wrong: siptriage finds {found} messages where {} were written",
            held.messages
        )),
        None => Err(format!(
            "{} gave no report: {}",
            invocation.shown(),
            String::from_utf8_lossy(&output.stderr).trim()
        )),
    }
}

/// The messages that a report in JSON tells.
fn messages_of(report: &[u8]) -> Option<u64> {
    let report: Value = serde_json::from_slice(report).ok()?;
    let sections = report.get("sections")?.as_array()?;
    let coverage = sections
        .iter()
        .find(|section| section["id"] == "coverage")?;
    coverage["rows"].get(0)?.get("messages")?.as_u64()
}

/// Runs as JSON, for whoever wants to look closer.
pub(crate) fn runs_as_json(results: &Results, shrink: u64) -> Value {
    let one = |(entry, runs): (&Entry, &Vec<Run>)| {
        serde_json::json!({
            "group": entry.group.name(),
            "data": entry.data.name(shrink),
            "contestant": entry.contestant.name(),
            "command": results.commands.get(entry),
            "bytes": results.held.get(&entry.data).map(|held| held.bytes),
            "runs": runs,
        })
    };
    results.runs.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(goals: &[Goal], full: bool) -> Plan {
        Plan {
            goals: goals.to_vec(),
            full,
            shrink: 1,
            cache: Cache::Read,
            pairs: 3,
            folder: PathBuf::new(),
            tools: Tools::find(PathBuf::from("siptriage"), None, None),
        }
    }

    #[test]
    fn each_runs_once_a_round_however_many_goals_need_it() {
        let groups = plan(&[Goal::G1, Goal::G2, Goal::G3, Goal::G5], false).groups();
        assert_eq!(groups.len(), 1);
        let names: Vec<String> = groups[&Group::Server]
            .iter()
            .map(|entry| entry.contestant.name())
            .collect();
        let want = [
            "siptriage, 2 threads",
            "ripgrep, one word",
            "siptriage, 1 thread",
            "ripgrep, two words",
            "cat",
        ];
        assert_eq!(names, want);
    }

    #[test]
    fn large_data_is_for_full_runs() {
        let most = |full: bool| {
            let groups = plan(&Goal::ALL, full).groups();
            let sizes = groups[&Group::Sizes].iter().map(|entry| entry.data);
            sizes.max().unwrap()
        };
        assert_eq!(most(false), Data::Server(2_000_000_000));
        assert_eq!(most(true), Data::Server(8_000_000_000));
        // Contestants of one size run one after the other.
        let groups = plan(&[Goal::Growth], true).groups();
        let data: Vec<Data> = groups[&Group::Sizes]
            .iter()
            .map(|entry| entry.data)
            .collect();
        assert!(data.is_sorted() && data.len() == 10);
    }

    #[test]
    fn messages_are_read_from_a_report() {
        let report = r#"{"sections": [{"id": "failures", "rows": []},
                         {"id": "coverage", "rows": [{"files": 1, "messages": 42}]}]}"#;
        assert_eq!(messages_of(report.as_bytes()), Some(42));
        assert_eq!(messages_of(br#"{"sections": []}"#), None);
        assert_eq!(messages_of(b"no report"), None);
    }
}
