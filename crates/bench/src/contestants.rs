//! Who runs: siptriage, its peers, and the limits.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::timed::{Invocation, Output};

/// The header that peers are asked to count.
const ONE: &str = "ms-client-diagnostics";
/// The second one.
const TWO: &str = "ms-diagnostics";

/// A command of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contestant {
    /// `siptriage scan` with so many threads.
    Scan(usize),
    /// The same of the program that `--portable` names.
    Portable(usize),
    /// `siptriage events` with so many threads.
    Events(usize),
    /// `siptriage call` for a call in the middle of the file.
    Call,
    /// `siptriage decode` of one mask.
    Decode,
    /// ripgrep counts lines with one word.
    RgOne,
    /// ripgrep counts lines with either of two.
    RgTwo,
    /// ripgrep counts lines with the Call-ID that [`Contestant::Call`] looks for.
    RgCallId,
    /// `cat` to nowhere.
    Cat,
    /// `wc -l`.
    Wc,
    /// Our loop over a map, with so many threads.
    Sum(usize),
    /// Our inflater alone, with so many threads.
    Inflate(usize),
    /// GNU grep counts lines with one word.
    Grep,
    /// mawk with `peers/full-job.awk`.
    Mawk,
    /// lnav with `peers/lnav`.
    Lnav,
}

impl Contestant {
    /// Its name in tables.
    pub(crate) fn name(self) -> String {
        let threads = |count: usize| if count == 1 { "1 thread" } else { "2 threads" };
        match self {
            Contestant::Scan(count) => format!("siptriage, {}", threads(count)),
            Contestant::Portable(count) => format!("siptriage without SIMD, {}", threads(count)),
            Contestant::Events(count) => format!("siptriage events, {}", threads(count)),
            Contestant::Call => "siptriage call".to_owned(),
            Contestant::Decode => "siptriage decode".to_owned(),
            Contestant::RgOne => "ripgrep, one word".to_owned(),
            Contestant::RgTwo => "ripgrep, two words".to_owned(),
            Contestant::RgCallId => "ripgrep, a Call-ID".to_owned(),
            Contestant::Cat => "cat".to_owned(),
            Contestant::Wc => "wc".to_owned(),
            Contestant::Sum(count) => format!("sum loop, {}", threads(count)),
            Contestant::Inflate(count) => format!("inflater alone, {}", threads(count)),
            Contestant::Grep => "grep".to_owned(),
            Contestant::Mawk => "mawk".to_owned(),
            Contestant::Lnav => "lnav".to_owned(),
        }
    }

    /// What it does with the bytes.
    pub(crate) fn does(self) -> &'static str {
        match self {
            Contestant::Scan(_) | Contestant::Portable(_) => {
                "the whole report: messages, diagnoses, calls, verdicts, all tables"
            }
            Contestant::Events(_) => "every diagnosis with the message around it, as NDJSON",
            Contestant::Call => "one call with its messages: reads the file twice",
            Contestant::Decode => "a mask in words: what starting the program costs",
            Contestant::RgOne => "counts lines with one word, quoted ones too",
            Contestant::RgTwo => "counts lines with either of two words, quoted ones too",
            Contestant::RgCallId => "counts lines with one Call-ID",
            Contestant::Cat => "reads",
            Contestant::Wc => "reads and counts lines",
            Contestant::Sum(_) => "maps, adds up all bytes, unmaps: the limit",
            Contestant::Inflate(_) => "inflates all members to nowhere: the limit",
            Contestant::Grep => "counts lines with one word, quoted ones too",
            Contestant::Mawk => {
                "messages, diagnoses, masks, users and distinct calls of server text alone"
            }
            Contestant::Lnav => "splits the file into entries and counts them",
        }
    }

    /// Whether it takes so long that it runs in a few rounds only.
    pub(crate) fn is_slow(self) -> bool {
        matches!(self, Contestant::Grep | Contestant::Mawk | Contestant::Lnav)
    }

    /// Whether its result is that of a whole scan, so that it can be held against the truth.
    pub(crate) fn is_scan(self) -> bool {
        matches!(self, Contestant::Scan(_) | Contestant::Portable(_))
    }

    /// The command that reads `path`.
    ///
    /// # Errors
    /// In words, why there is none on this machine.
    pub(crate) fn invocation(self, tools: &Tools, path: &Path) -> Result<Invocation, String> {
        let triage = |command: &[&str], threads: usize| {
            Invocation::new(&tools.siptriage, Output::Drained)
                .args(command)
                .args(["--quiet", "--threads"])
                .arg(threads.to_string())
        };
        let rg = |words: &[&str]| {
            let rg = tools.get("rg")?;
            let mut invocation = Invocation::new(rg, Output::Drained).arg("-c");
            match words {
                [word] => invocation = invocation.arg(word),
                _ => {
                    for word in words {
                        invocation = invocation.args(["-e", word]);
                    }
                }
            }
            Ok::<_, String>(invocation.arg(path))
        };
        let role = |role: &str, threads: usize| {
            let own = std::env::current_exe().map_err(|error| error.to_string())?;
            let invocation = Invocation::new(&own, Output::Drained).args([role, "--threads"]);
            Ok::<_, String>(invocation.arg(threads.to_string()).arg(path))
        };
        let call_id = || call_id_in_the_middle(path).map_err(|error| error.to_string());
        match self {
            Contestant::Scan(threads) => Ok(triage(&[], threads).arg(path)),
            Contestant::Portable(threads) => {
                let portable = (tools.portable.as_ref())
                    .ok_or("needs --portable PATH: a siptriage that uses no SIMD")?;
                let mut invocation = triage(&[], threads).arg(path);
                invocation.program.clone_from(portable);
                Ok(invocation)
            }
            Contestant::Events(threads) => {
                let mut invocation = triage(&["events"], threads).args(["--format", "ndjson"]);
                invocation.output = Output::Nowhere;
                Ok(invocation.arg(path))
            }
            Contestant::Call => Ok(triage(&["call"], 2).arg(call_id()?).arg(path)),
            Contestant::Decode => {
                let invocation = Invocation::new(&tools.siptriage, Output::Drained);
                Ok(invocation.args(["decode", "0x320"]))
            }
            Contestant::RgOne => rg(&[ONE]),
            Contestant::RgTwo => rg(&[ONE, TWO]),
            Contestant::RgCallId => rg(&[&call_id()?]),
            Contestant::Cat => Ok(Invocation::new(tools.get("cat")?, Output::Nowhere).arg(path)),
            Contestant::Wc => Ok(Invocation::new(tools.get("wc")?, Output::Drained)
                .arg("-l")
                .arg(path)),
            Contestant::Sum(threads) => role("sum", threads),
            Contestant::Inflate(threads) => role("inflate", threads),
            Contestant::Grep => {
                let grep = Invocation::new(tools.get("grep")?, Output::Drained);
                Ok(grep.args(["-c", "-F", ONE]).arg(path))
            }
            Contestant::Mawk => {
                let mawk = Invocation::new(tools.get("mawk")?, Output::Drained);
                Ok(mawk.arg("-f").arg(peers().join("full-job.awk")).arg(path))
            }
            Contestant::Lnav => {
                let lnav = Invocation::new(tools.get("lnav")?, Output::Drained).arg("-n");
                let lnav = lnav.arg("-I").arg(peers().join("lnav"));
                let count = ";SELECT count(*) FROM siptriage_server";
                Ok(lnav.args(["-c", count]).arg(path))
            }
        }
    }
}

/// Where scripts for peers are: beside the sources, since they belong to the repository.
fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// The first Call-ID behind the middle of a file.
fn call_id_in_the_middle(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let middle = file.metadata()?.len() / 2;
    file.seek(SeekFrom::Start(middle))?;
    let mut text = Vec::new();
    file.take(1 << 20).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let id = text
        .split_once("\nCall-ID: ")
        .and_then(|(_, rest)| rest.split_once('\r'));
    let id = id.ok_or_else(|| io::Error::other("there is no Call-ID in the middle"))?;
    Ok(id.0.to_owned())
}

/// The programs of this machine.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    pub(crate) siptriage: PathBuf,
    pub(crate) portable: Option<PathBuf>,
    found: BTreeMap<&'static str, PathBuf>,
}

impl Tools {
    /// Looks for peers in the folders of `PATH`; ripgrep may be named instead.
    pub(crate) fn find(
        siptriage: PathBuf,
        portable: Option<PathBuf>,
        rg: Option<PathBuf>,
    ) -> Tools {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let names = ["rg", "cat", "wc", "grep", "mawk", "lnav"];
        let mut found: BTreeMap<_, _> = (names.into_iter())
            .filter_map(|name| Some((name, in_folders(&folders, name)?)))
            .collect();
        found.extend(rg.map(|path| ("rg", path)));
        Tools {
            siptriage,
            portable,
            found,
        }
    }

    fn get(&self, name: &str) -> Result<&Path, String> {
        let path = self.found.get(name).map(PathBuf::as_path);
        path.ok_or_else(|| match name {
            "rg" => "there is no rg on PATH, and --rg names none".to_owned(),
            _ => format!("there is no {name} on PATH"),
        })
    }

    /// What the peers that were found say of their versions.
    pub(crate) fn versions(&self) -> BTreeMap<String, String> {
        let version = |path: &Path, name: &str| {
            // mawk knows no long options.
            let option = if name == "mawk" {
                "-Wversion"
            } else {
                "--version"
            };
            let output = Command::new(path)
                .arg(option)
                .stdin(Stdio::null())
                .output()
                .ok()?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines().next().map(|line| line.trim().to_owned())
        };
        let all = self.found.iter().map(|(name, path)| (*name, path));
        all.chain([("siptriage", &self.siptriage)])
            .filter_map(|(name, path)| Some((name.to_owned(), version(path, name)?)))
            .collect()
    }
}

fn in_folders(folders: &OsStr, name: &str) -> Option<PathBuf> {
    std::env::split_paths(folders)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_is_told_and_a_named_one_taken() {
        let mut tools = Tools::find("/bin/siptriage".into(), None, Some("/bin/my-rg".into()));
        let path = Path::new("/data/server.txt");
        let shown = |tools: &Tools, contestant: Contestant| {
            (contestant.invocation(tools, path)).map(|invocation| invocation.shown())
        };
        assert_eq!(
            shown(&tools, Contestant::RgTwo).unwrap(),
            "my-rg -c -e ms-client-diagnostics -e ms-diagnostics server.txt"
        );
        assert_eq!(
            shown(&tools, Contestant::Scan(2)).unwrap(),
            "siptriage --quiet --threads 2 server.txt"
        );
        assert_eq!(
            shown(&tools, Contestant::Events(1)).unwrap(),
            "siptriage events --quiet --threads 1 --format ndjson server.txt > /dev/null"
        );
        assert!(
            shown(&tools, Contestant::Portable(2))
                .unwrap_err()
                .contains("--portable")
        );
        tools.found.clear();
        assert!(
            shown(&tools, Contestant::RgOne)
                .unwrap_err()
                .contains("--rg")
        );
        assert!(
            shown(&tools, Contestant::Cat)
                .unwrap_err()
                .contains("no cat")
        );
        assert!(in_folders(OsStr::new("/no/such/folder"), "cat").is_none());
    }

    #[test]
    fn scripts_for_peers_are_where_they_are_looked_for() {
        assert!(peers().join("full-job.awk").is_file());
        assert!(peers().join("lnav/formats/siptriage/server.json").is_file());
    }
}
