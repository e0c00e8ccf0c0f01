//! What is asked for on the command line.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::goals::Goal;

pub(crate) const HELP: &str = "\
Measures siptriage against its goals and its peers.

Usage: siptriage-bench [OPTIONS]
       siptriage-bench instructions [--accept] [--dir DIR] [--siptriage PATH]
       siptriage-bench sum --threads N FILE
       siptriage-bench inflate --threads N FILE
       siptriage-bench pages FILE

What is measured, and how, stands in docs/performance.md. Without --siptriage
the program is built first, in release mode.

Commands:
  (none)              make the data, run everybody in turn, print the goals
  instructions        count instructions with callgrind and compare them with
                      crates/bench/instructions.tsv
  sum                 map a file, add up its bytes, print the sum
  inflate             inflate all members of a zip, print how many bytes
  pages               map and sum a file, print how much of the map the kernel
                      has in pages of 2 MiB: times depend on it

Options:
  --dir DIR           where data is and is made [default: bench-data in the
                      target folder]; used again by later runs
  --only WORDS        what to measure: G1 to G12, peers, growth; by commas
  --pairs N           counted rounds [default: 11]
  --full              sizes up to 8 GB and five million calls: 38 GB of disk
  --quick             a look: everything a twentieth as large, 3 rounds
  --shrink N          divide all sizes by N
  --cache WORD        how files came into the page cache: read (dropped and
                      read once), or written (copied just before): the
                      kernel may keep them in larger pages [default: read]
  --siptriage PATH    the program to measure
  --portable PATH     another that uses no SIMD, for one line of G4
  --rg PATH           ripgrep, if it is not on PATH
  --json FILE         also write all runs there
  --markdown          print Markdown
  --page FILE         write the Markdown between the marks of this page
  --accept            take the instruction counts of now as those to hold

  -h, --help          show this

Exit codes: 0 measured, or instructions as they should be; 1 something could
not be run or read, or there are more instructions; 2 wrong command.
";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Measure(Box<Measure>),
    Instructions(Instructions),
    /// With so many threads, of this file; or only how much of its map is in large pages.
    Sum(usize, PathBuf),
    Pages(PathBuf),
    Inflate(usize, PathBuf),
    /// Run a command and tell what it took; for this program's own use.
    Timed(Vec<OsString>),
}

/// What to measure, and how to tell it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) goals: Vec<Goal>,
    pub(crate) pairs: usize,
    pub(crate) full: bool,
    pub(crate) shrink: u64,
    pub(crate) cache: Cache,
    pub(crate) siptriage: Option<PathBuf>,
    pub(crate) portable: Option<PathBuf>,
    pub(crate) rg: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) markdown: bool,
    pub(crate) page: Option<PathBuf>,
}

/// How files come into the page cache before they are measured. Whether the kernel keeps them in
/// pages of 4 KiB or of 2 MiB depends on it, and all that maps is up to twice as fast with the
/// latter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    /// Dropped, and read once from begin to end.
    Read,
    /// Copied, piece by piece.
    Written,
}

impl Cache {
    fn from_word(word: &OsStr) -> Result<Cache, String> {
        match word.to_str() {
            Some("read") => Ok(Cache::Read),
            Some("written") => Ok(Cache::Written),
            _ => {
                let word = word.to_string_lossy();
                Err(format!("--cache: '{word}' is neither read nor written"))
            }
        }
    }
}

/// What to count.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Instructions {
    pub(crate) accept: bool,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) siptriage: Option<PathBuf>,
}

/// By what a quick look divides sizes, and its rounds.
const QUICK: (u64, usize) = (20, 3);

/// Reads the arguments behind the program's name.
///
/// # Errors
/// In words, what is wrong.
pub(crate) fn parse(arguments: Vec<OsString>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter().peekable();
    let word = arguments
        .peek()
        .and_then(|word| word.to_str())
        .unwrap_or_default()
        .to_owned();
    match word.as_str() {
        "timed" => Ok(Command::Timed(arguments.skip(1).collect())),
        "sum" | "inflate" | "pages" => {
            let (threads, file) = parse_role(arguments.skip(1))?;
            Ok(match word.as_str() {
                "sum" => Command::Sum(threads, file),
                "pages" => Command::Pages(file),
                _ => Command::Inflate(threads, file),
            })
        }
        "instructions" => parse_instructions(arguments.skip(1)),
        _ => parse_measure(arguments),
    }
}

fn parse_role(mut arguments: impl Iterator<Item = OsString>) -> Result<(usize, PathBuf), String> {
    let (mut threads, mut file) = (1, None);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--threads") => {
                threads =
                    number("--threads", &value("--threads", arguments.next())?, 1, 1024)? as usize;
            }
            _ => file = Some(argument.into()),
        }
    }
    Ok((threads, file.ok_or("which file?")?))
}

fn parse_instructions(mut arguments: impl Iterator<Item = OsString>) -> Result<Command, String> {
    let mut options = Instructions::default();
    while let Some(argument) = arguments.next() {
        let name = argument.to_string_lossy().into_owned();
        let mut path = || value(&name, arguments.next()).map(PathBuf::from);
        match name.as_str() {
            "-h" | "--help" => return Ok(Command::Help),
            "--accept" => options.accept = true,
            "--dir" => options.folder = Some(path()?),
            "--siptriage" => options.siptriage = Some(path()?),
            _ => return Err(format!("'{name}' is no option")),
        }
    }
    Ok(Command::Instructions(options))
}

fn parse_measure(mut arguments: impl Iterator<Item = OsString>) -> Result<Command, String> {
    let mut options = Measure {
        folder: None,
        goals: Goal::ALL.to_vec(),
        pairs: 11,
        full: false,
        shrink: 1,
        cache: Cache::Read,
        siptriage: None,
        portable: None,
        rg: None,
        json: None,
        markdown: false,
        page: None,
    };
    while let Some(argument) = arguments.next() {
        let name = argument.to_string_lossy().into_owned();
        let mut next = || value(&name, arguments.next());
        match name.as_str() {
            "-h" | "--help" => return Ok(Command::Help),
            "--full" => options.full = true,
            "--quick" => (options.shrink, options.pairs) = QUICK,
            "--markdown" => options.markdown = true,
            "--dir" => options.folder = Some(next()?.into()),
            "--only" => options.goals = goals(&next()?)?,
            "--pairs" => options.pairs = number(&name, &next()?, 1, 1000)? as usize,
            // Numbers of files divide by it too; beyond that there would be none.
            "--shrink" => options.shrink = number(&name, &next()?, 1, 2000)?,
            "--cache" => options.cache = Cache::from_word(&next()?)?,
            "--siptriage" => options.siptriage = Some(next()?.into()),
            "--portable" => options.portable = Some(next()?.into()),
            "--rg" => options.rg = Some(next()?.into()),
            "--json" => options.json = Some(next()?.into()),
            "--page" => options.page = Some(next()?.into()),
            _ => return Err(format!("'{name}' is no option")),
        }
    }
    Ok(Command::Measure(Box::new(options)))
}

fn value(name: &str, next: Option<OsString>) -> Result<OsString, String> {
    next.ok_or_else(|| format!("{name} needs a value"))
}

fn number(name: &str, value: &OsStr, least: u64, most: u64) -> Result<u64, String> {
    let text = value.to_string_lossy();
    let number = text
        .parse::<u64>()
        .ok()
        .filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("{name}: '{text}' is no whole number from {least} to {most}"))
}

/// Goals in the order in which all of them stand, each once.
fn goals(value: &OsStr) -> Result<Vec<Goal>, String> {
    let text = value.to_string_lossy();
    let mut goals = Vec::new();
    for word in text.split(',') {
        let goal = Goal::from_word(word.trim());
        goals.push(
            goal.ok_or_else(|| format!("--only: '{word}' is none of G1 to G12, peers, growth"))?,
        );
    }
    goals.sort();
    goals.dedup();
    Ok(goals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        parse(arguments.iter().map(OsString::from).collect())
    }

    fn measure(arguments: &[&str]) -> Measure {
        match parsed(arguments) {
            Ok(Command::Measure(options)) => *options,
            other => panic!("{arguments:?}: {other:?}"),
        }
    }

    #[test]
    fn everything_is_measured_unless_something_is_named() {
        assert_eq!(measure(&[]).goals, Goal::ALL);
        let options = measure(&["--only", "g12,G1, peers,G1", "--pairs", "5", "--full"]);
        assert_eq!(options.goals, [Goal::G1, Goal::G12, Goal::Peers]);
        assert_eq!((options.pairs, options.full, options.shrink), (5, true, 1));
    }

    #[test]
    fn a_look_is_smaller_and_its_rounds_can_be_chosen() {
        let options = measure(&["--quick"]);
        assert_eq!((options.pairs, options.shrink), (3, 20));
        assert_eq!(measure(&["--quick", "--pairs", "9"]).pairs, 9);
        assert_eq!(measure(&["--shrink", "500"]).shrink, 500);
        assert_eq!(measure(&[]).cache, Cache::Read);
        assert_eq!(measure(&["--cache", "written"]).cache, Cache::Written);
    }

    #[test]
    fn other_commands_have_their_own_options() {
        let sum = parsed(&["sum", "--threads", "2", "a.txt"]).unwrap();
        assert_eq!(sum, Command::Sum(2, "a.txt".into()));
        let inflate = parsed(&["inflate", "a.zip"]).unwrap();
        assert_eq!(inflate, Command::Inflate(1, "a.zip".into()));
        let timed = parsed(&["timed", "drained", "--", "rg", "--help"]).unwrap();
        let want = ["drained", "--", "rg", "--help"].map(OsString::from);
        assert_eq!(timed, Command::Timed(want.into()));
        let instructions = parsed(&["instructions", "--accept"]).unwrap();
        assert!(matches!(instructions, Command::Instructions(options) if options.accept));
        assert_eq!(parsed(&["--help"]).unwrap(), Command::Help);
    }

    #[test]
    fn what_is_wrong_is_refused_in_words() {
        for (arguments, why) in [
            (&["--only", "G13"][..], "'G13' is none of"),
            (&["--pairs", "0"], "from 1 to 1000"),
            (&["--pairs"], "--pairs needs a value"),
            (&["--fast"], "'--fast' is no option"),
            (&["--cache", "hot"], "'hot' is neither"),
            (&["sum", "--threads", "2"], "which file"),
            (&["instructions", "--only", "G1"], "'--only' is no option"),
        ] {
            let told = parsed(arguments).unwrap_err();
            assert!(told.contains(why), "{arguments:?}: {told}");
        }
    }
}
