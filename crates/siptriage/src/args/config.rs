//! The configuration: options that need not be typed each time.
//!
//! A key is the long name of an option, and counts for every command that has it; in a table with
//! the name of a command it counts for that command alone. What is typed wins over what is
//! configured, the user's file over the system's.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Args, Subcommand};
use siptriage_diagnostics::nearest;
use siptriage_report::visible;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::output::OutputArgs;
use crate::exit::Stop;
use crate::stderr;

/// Options of `config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) action: ConfigAction,
    /// The file that `--config` names.
    #[arg(skip)]
    pub(crate) named: Option<PathBuf>,
}

/// What can be done with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Show every key, its value, and where that comes from
    Show {
        /// For this command
        #[arg(value_name = "COMMAND", default_value = "scan")]
        command: String,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Print a file with every key in it, as comments
    Init,
}

/// Names the file of the configuration, in place of those that are found.
pub(crate) const VARIABLE: &str = "SIPTRIAGE_CONFIG";

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Text or a number.
    Value,
    /// A path, which counts from the folder of the file it stands in.
    Path,
    /// `true` or `false`.
    Switch,
    /// A table of numbers: `thresholds`.
    Numbers,
}

/// A key that can be configured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Its name: that of the option.
    pub(crate) name: &'static str,
    holds: Holds,
    /// How it is written in an example.
    pub(crate) example: &'static str,
    /// What it is, in a few words.
    pub(crate) meaning: &'static str,
}

const fn key(
    name: &'static str,
    holds: Holds,
    example: &'static str,
    meaning: &'static str,
) -> Key {
    Key {
        name,
        holds,
        example,
        meaning,
    }
}

/// All keys, in the order of examples.
pub(crate) const KEYS: [Key; 26] = [
    key(
        "paths",
        Holds::Path,
        r#"["D:/traces"]"#,
        "what nightly reads where no PATH is typed",
    ),
    key(
        "store",
        Holds::Path,
        r#""calls.sqlite""#,
        "the store of nightly, trend, sql and store",
    ),
    key(
        "output",
        Holds::Path,
        r#"["night.html"]"#,
        "where output goes",
    ),
    key(
        "log",
        Holds::Path,
        r#""nightly.log""#,
        "a line about each nightly run",
    ),
    key(
        "baseline",
        Holds::Value,
        "28",
        "with what a night is compared",
    ),
    key(
        "alike",
        Holds::Value,
        r#""kind""#,
        "which days of the week are compared",
    ),
    key(
        "fail-on",
        Holds::Value,
        r#"["new>0"]"#,
        "conditions that end a run with 1",
    ),
    key(
        "sites",
        Holds::Path,
        r#""sites.csv""#,
        "names of networks: lines of CIDR,NAME",
    ),
    key(
        "tz",
        Holds::Value,
        r#"["*/lisbon/*=+00:00"]"#,
        "zones of local times, by path",
    ),
    key(
        "rules",
        Holds::Path,
        r#"["our-rules.toml"]"#,
        "rules besides those that are built in",
    ),
    key(
        "thresholds",
        Holds::Numbers,
        "{ short_call = 10 }",
        "where outcomes and rules draw lines",
    ),
    key(
        "redact",
        Holds::Switch,
        "true",
        "tokens in place of names, addresses and IDs",
    ),
    key(
        "redact-key",
        Holds::Path,
        r#""our.key""#,
        "the key of tokens",
    ),
    key(
        "by",
        Holds::Value,
        r#"["site", "hour"]"#,
        "tables of calls of scan",
    ),
    key(
        "subnet-bits",
        Holds::Value,
        r#""24,64""#,
        "bits of a subnet",
    ),
    key("top", Holds::Value, "10", "rows of a ranking"),
    key("width", Holds::Value, "120", "columns of a table"),
    key(
        "color",
        Holds::Value,
        r#""auto""#,
        "colours: auto, always or never",
    ),
    key("quiet", Holds::Switch, "true", "no progress and no notes"),
    key("threads", Holds::Value, "4", "worker threads"),
    key(
        "no-mmap",
        Holds::Switch,
        "true",
        "read files instead of mapping them",
    ),
    key(
        "all-files",
        Holds::Switch,
        "true",
        "read every file of a folder",
    ),
    key(
        "encoding",
        Holds::Value,
        r#""utf-16le""#,
        "encoding of all input",
    ),
    key(
        "trace-format",
        Holds::Value,
        r#""server""#,
        "the one format to look for",
    ),
    key(
        "archive-bytes",
        Holds::Value,
        r#""100G""#,
        "bytes that may come out of an archive",
    ),
    key(
        "archive-ratio",
        Holds::Value,
        "1000",
        "bytes that may come out of each byte of one",
    ),
];

/// A value that is configured.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The command it is for; all that have the option if absent.
    pub(crate) command: Option<String>,
    /// Its key.
    pub(crate) key: Key,
    /// Its values as an option takes them; a switch that is off has none.
    pub(crate) values: Vec<OsString>,
    /// The file it stands in, and the line.
    pub(crate) file: PathBuf,
    /// Counted from 1.
    pub(crate) line: usize,
}

impl Entry {
    /// Where it stands.
    pub(crate) fn place(&self) -> String {
        let file = self.file.to_string_lossy();
        format!("{}:{}", visible(&file), self.line)
    }
}

/// Everything that is configured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config {
    /// Files that were read, the system's first.
    pub(crate) files: Vec<PathBuf>,
    /// What stands in them. Of equals the last one counts.
    pub(crate) entries: Vec<Entry>,
}

/// Where files are looked for that nobody named: the system's, then the user's.
pub(crate) fn places() -> Vec<PathBuf> {
    let of = |variable: &str| env::var_os(variable).filter(|value| !value.is_empty());
    let file = |folder: PathBuf| folder.join("siptriage").join("config.toml");
    let mut places = Vec::new();
    if cfg!(windows) {
        places.extend(of("PROGRAMDATA").map(|folder| file(folder.into())));
        places.extend(of("APPDATA").map(|folder| file(folder.into())));
    } else {
        places.push(file("/etc".into()));
        let home = of("HOME").map(|home| Path::new(&home).join(".config"));
        let own = of("XDG_CONFIG_HOME").map(PathBuf::from).or(home);
        places.extend(own.map(file));
    }
    places
}

impl Config {
    /// What is configured: in `named`, else in the file that [`VARIABLE`] names, else in those
    /// that are found.
    ///
    /// # Errors
    /// [`Stop::Usage`] where a file that is named is not there, or one cannot be used: with its
    /// line and key.
    pub(crate) fn load(named: Option<&Path>) -> Result<Config, Stop> {
        let of_variable = env::var_os(VARIABLE).filter(|value| !value.is_empty());
        let named = named
            .map(Path::to_path_buf)
            .or(of_variable.map(PathBuf::from));
        let mut config = Config::default();
        let places = match &named {
            Some(file) => vec![file.clone()],
            None => places(),
        };
        for file in places {
            let text = match fs::read_to_string(&file) {
                Ok(text) => text,
                Err(error) if named.is_none() => {
                    // Nobody asked for it: it may be somebody else's.
                    if error.kind() != std::io::ErrorKind::NotFound {
                        stderr::line(format_args!(
                            "{}: the configuration cannot be read: {error}; going on without it",
                            visible(&file.to_string_lossy())
                        ));
                    }
                    continue;
                }
                Err(error) => {
                    return Err(Stop::Usage(format!(
                        "{}: the configuration cannot be read: {error}; check the name, or make \
                         one with `siptriage config init`",
                        visible(&file.to_string_lossy())
                    )));
                }
            };
            let entries = parse(&text, &file).map_err(Stop::Usage)?;
            config.entries.extend(entries);
            config.files.push(file);
        }
        Ok(config)
    }

    /// What counts for a command: of each key the last entry, one of its own table before others.
    pub(crate) fn of_command(&self, command: &str) -> Vec<&Entry> {
        KEYS.iter()
            .filter_map(|key| {
                let mut entries = self.entries.iter().rev();
                let same = |entry: &&Entry| entry.key.name == key.name;
                let own = |entry: &&Entry| entry.command.as_deref() == Some(command);
                let all = |entry: &&Entry| entry.command.is_none();
                let own_one = entries.clone().find(|entry| same(entry) && own(entry));
                own_one.or_else(|| entries.find(|entry| same(entry) && all(entry)))
            })
            .collect()
    }
}

/// What stands in a file.
fn parse(text: &str, file: &Path) -> Result<Vec<Entry>, String> {
    let shown = file.to_string_lossy().into_owned();
    let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
    let wrong = |at: usize, words: String| format!("{}:{}: {words}", visible(&shown), line_of(at));
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        wrong(at, format!("no TOML: {}", error.message().trim()))
    })?;
    let mut entries = Vec::new();
    for (name, value) in table.get_ref() {
        let word: &str = name.get_ref();
        // `store` and `rules` are keys too, but none that is a table.
        if let DeValue::Table(own) = value.get_ref()
            && super::COMMANDS.contains(&word)
        {
            for (name, value) in own {
                entries.push(entry(name, value, Some(word), file, &wrong, &line_of)?);
            }
            continue;
        }
        entries.push(entry(name, value, None, file, &wrong, &line_of)?);
    }
    Ok(entries)
}

fn entry(
    name: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
    command: Option<&str>,
    file: &Path,
    wrong: &dyn Fn(usize, String) -> String,
    line_of: &dyn Fn(usize) -> usize,
) -> Result<Entry, String> {
    let at = name.span().start;
    let word: &str = name.get_ref();
    let Some(key) = KEYS.iter().find(|key| key.name == word) else {
        let known = KEYS.iter().map(|key| key.name);
        let advice = match nearest(word, known.chain(super::COMMANDS)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`siptriage config init` shows all keys".to_owned(),
        };
        return Err(wrong(
            at,
            format!("{}: no such key; {advice}", visible(word)),
        ));
    };
    let folder = file.parent().unwrap_or(Path::new(""));
    let text = |value: &DeValue<'_>| -> Option<OsString> {
        let text = match value {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            _ => return None,
        };
        Some(match key.holds {
            // Standard input is no file.
            Holds::Path if text != "-" => folder.join(text).into_os_string(),
            _ => text.into(),
        })
    };
    let wanted = match key.holds {
        Holds::Value => "a text or number, or a list of them",
        Holds::Path => "a path in quotes, or a list of them",
        Holds::Switch => "true or false",
        Holds::Numbers => "a table of whole numbers, as in { short_call = 10 }",
    };
    let refuse = || {
        wrong(
            at,
            format!("{word}: {wanted} is wanted, as in {word} = {}", key.example),
        )
    };
    let values = match (key.holds, value.get_ref()) {
        (Holds::Switch, DeValue::Boolean(true)) => vec![OsString::new()],
        (Holds::Switch, DeValue::Boolean(false)) => Vec::new(),
        (Holds::Numbers, DeValue::Table(table)) => {
            let mut values = Vec::new();
            for (name, value) in table {
                let number = text(value.get_ref()).ok_or_else(refuse)?;
                let mut pair = OsString::from(format!("{}=", name.get_ref()));
                pair.push(number);
                values.push(pair);
            }
            values
        }
        (Holds::Switch | Holds::Numbers, _) => return Err(refuse()),
        (_, DeValue::Array(list)) => {
            let values = list.iter().map(|value| text(value.get_ref()));
            values.collect::<Option<_>>().ok_or_else(refuse)?
        }
        (_, value) => vec![text(value).ok_or_else(refuse)?],
    };
    Ok(Entry {
        command: command.map(str::to_owned),
        key: *key,
        values,
        file: file.to_path_buf(),
        line: line_of(at),
    })
}

/// The command line with what is configured and not typed.
///
/// # Errors
/// [`Stop`] where the configuration cannot be used.
pub(super) fn filled(
    argv: Vec<OsString>,
    definition: impl Fn() -> clap::Command,
) -> Result<Vec<OsString>, Stop> {
    if !may_be_configured(&argv) {
        return Ok(argv);
    }
    let definition = &definition();
    // What is wrong on the command line is told when it is read for good.
    let lenient = definition.clone().ignore_errors(true);
    let Ok(typed) = lenient.try_get_matches_from(argv.clone()) else {
        return Ok(argv);
    };
    let mut command = definition;
    let mut matches = &typed;
    let mut at = 1;
    let mut name = "scan".to_owned();
    let mut depth = 0;
    while let Some((next, inner)) = matches.subcommand() {
        let Some(found) = command.find_subcommand(next) else {
            break;
        };
        let place = argv.iter().skip(at).position(|word| word == next);
        at += place.map_or(0, |place| place + 1);
        if depth == 0 {
            next.clone_into(&mut name);
        }
        (command, matches, depth) = (found, inner, depth + 1);
    }
    if matches!(
        &*name,
        "config" | "man" | "help" | "completions" | "redact-key"
    ) {
        return Ok(argv);
    }
    let named = matches.try_get_one::<PathBuf>("config").ok().flatten();
    let config = Config::load(named.map(PathBuf::as_path))?;
    let mut more = Vec::new();
    let mut behind = Vec::new();
    for entry in config.of_command(&name) {
        if entry.key.name == "paths" {
            let is_typed = matches
                .try_get_many::<OsString>("paths")
                .ok()
                .flatten()
                .is_some_and(|mut paths| paths.next().is_some());
            if name == "nightly" && !is_typed {
                behind.extend(entry.values.iter().cloned());
            }
            continue;
        }
        let option = match entry.key.name {
            "thresholds" => "threshold",
            name => name,
        };
        let Some(argument) = (command.get_arguments()).find(|one| one.get_long() == Some(option))
        else {
            continue;
        };
        let id = argument.get_id().as_str();
        let excluded = matches.value_source(id) == Some(ValueSource::CommandLine)
            || (option == "top"
                && matches.try_get_one::<bool>("all").ok().flatten() == Some(&true));
        if excluded {
            continue;
        }
        let given = given(option, entry);
        check(&argv, at, definition, (entry, &given))?;
        more.extend(given);
    }
    let mut all = argv;
    let at = at.min(all.len());
    all.splice(at..at, more);
    all.extend(behind);
    Ok(all)
}

/// Whether a file of the configuration is named or there: most often there is none.
fn may_be_configured(argv: &[OsString]) -> bool {
    let names_one = |word: &OsString| word.to_string_lossy().starts_with("--config");
    argv.iter().any(names_one)
        || env::var_os(VARIABLE).is_some()
        || places().iter().any(|file| file.exists())
}

fn given(option: &str, entry: &Entry) -> Vec<OsString> {
    let values = entry.values.iter();
    values
        .map(|value| {
            let mut given = OsString::from(format!("--{option}"));
            if entry.key.holds != Holds::Switch {
                given.push("=");
                given.push(value);
            }
            given
        })
        .collect()
}

/// Whether a command line is fine with what is configured, or wrong without it too.
fn check(
    argv: &[OsString],
    at: usize,
    definition: &clap::Command,
    (entry, given): (&Entry, &[OsString]),
) -> Result<(), Stop> {
    let mut with = argv.to_vec();
    let at = at.min(with.len());
    with.splice(at..at, given.iter().cloned());
    let kind = |argv: &[OsString]| {
        let read = definition.clone().try_get_matches_from(argv);
        read.err().map(|error| (error.kind(), error))
    };
    let Some((wrong, error)) = kind(&with) else {
        return Ok(());
    };
    let is_of_value = matches!(
        wrong,
        clap::error::ErrorKind::ValueValidation | clap::error::ErrorKind::InvalidValue
    );
    if !is_of_value || kind(argv).is_some_and(|(before, _)| before == wrong) {
        return Ok(());
    }
    let words = error.to_string();
    let first = words.lines().next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    let name = entry.key.name;
    Err(Stop::Usage(format!(
        "{}: {name}: {first}; write it as in {name} = {}",
        entry.place(),
        entry.key.example
    )))
}

/// A file with every key in it, as a comment.
pub(crate) fn example() -> String {
    let mut text = String::from(
        "# The configuration of siptriage. Keys are the names of options; what is typed wins.\n\
         # Paths count from the folder of this file. A table with the name of a command, as\n\
         # [nightly], is for that command alone.\n\n",
    );
    for key in KEYS {
        text.push_str(&format!(
            "# {}\n# {} = {}\n\n",
            key.meaning, key.name, key.example
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Entry>, String> {
        parse(text, Path::new("/etc/siptriage/config.toml"))
    }

    #[test]
    fn the_example_names_every_key_and_is_read_when_its_comments_are_gone() {
        let text = example();
        let lines = text.lines().filter_map(|line| line.strip_prefix("# "));
        let keys: Vec<&str> = lines.filter(|line| line.contains(" = ")).collect();
        assert_eq!(keys.len(), KEYS.len());
        let entries = read(&keys.join("\n")).unwrap();
        assert_eq!(entries.len(), KEYS.len());
        assert!(read(&text).unwrap().is_empty());
    }

    #[test]
    fn every_key_is_an_option_of_some_command() {
        let program = super::super::definition(None);
        let mut names: Vec<String> = Vec::new();
        for command in std::iter::once(&program).chain(program.get_subcommands()) {
            names.extend(
                command
                    .get_arguments()
                    .filter_map(|one| one.get_long())
                    .map(String::from),
            );
            for inner in command.get_subcommands() {
                let arguments = inner.get_arguments();
                names.extend(arguments.filter_map(|one| one.get_long()).map(String::from));
            }
        }
        for key in KEYS {
            let option = if key.name == "thresholds" {
                "threshold"
            } else {
                key.name
            };
            assert!(
                key.name == "paths" || names.iter().any(|name| name == option),
                "{option}"
            );
        }
    }

    #[test]
    fn mistakes_name_line_and_key_and_suggest() {
        for (text, want) in [
            (
                "top = 5\nstroe = 'x'",
                "config.toml:2: stroe: no such key; did you mean `store`?",
            ),
            ("top = [", "config.toml:1: no TOML"),
            (
                "quiet = 'yes'",
                "quiet: true or false is wanted, as in quiet = true",
            ),
            (
                "[nightly]\nbaseline = true",
                "config.toml:2: baseline: a text or number",
            ),
            ("thresholds = 5", "thresholds: a table of whole numbers"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(want), "{error}");
        }
    }

    #[test]
    fn a_table_of_a_command_wins_and_paths_count_from_the_file() {
        let entries =
            read("top = 5\nsites = 'a/sites.csv'\n[scan]\ntop = 7\n[store]\nstore = 's'").unwrap();
        let config = Config {
            files: Vec::new(),
            entries,
        };
        let value = |command: &str, name: &str| {
            let of = config.of_command(command);
            let entry = of.into_iter().find(|entry| entry.key.name == name)?;
            entry.values[0].to_str().map(String::from)
        };
        assert_eq!(value("scan", "top").as_deref(), Some("7"));
        assert_eq!(value("calls", "top").as_deref(), Some("5"));
        let sites = Path::new("/etc/siptriage").join("a/sites.csv");
        assert_eq!(value("scan", "sites"), sites.to_str().map(String::from));
        assert!(value("store", "store").is_some() && value("scan", "store").is_none());
    }
}
