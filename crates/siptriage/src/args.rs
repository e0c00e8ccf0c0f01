//! The command line. The only file that names clap: help, completions and manual pages come
//! from these definitions.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use siptriage_scanner::{Encoding, Mapping, ScanOptions};

use crate::exit::{Exit, Stop};
use crate::nearest::nearest;
use crate::stderr;
use crate::terminal::WIDTHS;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report what failed, for whom and why (the default)
    ///
    /// The report says what was read and what was not, ranks failures and ICEWarn patterns,
    /// explains single flags, and counts failure responses, media, locations and federation.
    #[command(after_long_help = exit_status())]
    Scan(ScanArgs),
    /// List every diagnosis, one a row
    ///
    /// Each row has the place of a diagnosis, the message around it, its parameters and its media
    /// sections. Rows come while the traces are read.
    #[command(after_long_help = exit_status())]
    Events(EventsArgs),
    /// Say what the bits of ICEWarn masks mean
    ///
    /// Names every bit of a mask: what it means, whether it is expected on good calls, and what
    /// to check. Needs no trace.
    #[command(after_long_help = DECODE_EXAMPLES)]
    Decode(DecodeArgs),
    /// Say what a code, flag, field or pasted header means
    ///
    /// Explains single words, and decodes a pasted diagnostics header completely. Needs no trace.
    #[command(after_long_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// List the trace formats, each with a sample line
    Formats(FormatsArgs),
    /// Print completions for a shell
    #[command(after_long_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of the program or of one command
    Man {
        /// The command; the program's own page without one
        #[arg(value_parser = PossibleValuesParser::new(COMMANDS))]
        command: Option<String>,
    },
    /// Print the long help, of the program or of one command
    // Hidden, since every help names `--help`; there because it is what people try first.
    #[command(hide = true)]
    Help {
        /// The command; the program's own help without one
        #[arg(value_parser = PossibleValuesParser::new(COMMANDS))]
        command: Option<String>,
    },
}

/// Options of `scan`.
#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Rows of a ranking, not in JSON and CSV
    #[arg(
        long,
        value_name = "N",
        default_value_t = 10,
        value_parser = at_least_one(),
        help_heading = OUTPUT,
        conflicts_with = "all"
    )]
    top: usize,
    /// Show all rows of each ranking
    #[arg(long, help_heading = OUTPUT)]
    all: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) manner: MannerArgs,
}

impl ScanArgs {
    /// Rows to show of each ranking; all if absent.
    pub(crate) fn top(&self) -> Option<usize> {
        (!self.all).then_some(self.top)
    }
}

/// Options of `events`.
#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// ndjson or csv [default: by extension, else ndjson]
    #[arg(long, value_name = "FORMAT", help_heading = OUTPUT, hide_possible_values = true)]
    pub(crate) format: Option<RowFormat>,
    /// Write to FILE; its extension tells the format
    ///
    /// FILE is replaced only when the output is complete.
    #[arg(short, long, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) manner: MannerArgs,
}

/// A form of rows that can be written while traces are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    Ndjson,
    Csv,
}

impl EventsArgs {
    /// The form of the rows.
    ///
    /// # Errors
    /// [`Stop::Usage`] where neither `--format` nor the extension of `--output` tells it.
    pub(crate) fn row_format(&self) -> Result<RowFormat, Stop> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let Some(path) = self
            .output
            .as_deref()
            .filter(|path| *path != Path::new("-"))
        else {
            return Ok(RowFormat::Ndjson);
        };
        match extension(path).as_deref() {
            Some("ndjson" | "jsonl") => Ok(RowFormat::Ndjson),
            Some("csv") => Ok(RowFormat::Csv),
            _ => Err(unknown_extension(path, &["ndjson", "jsonl", "csv"])),
        }
    }
}

/// Options of `decode`.
#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// Masks: 0x320, 320 or ICEWarn=0x320
    ///
    /// Hexadecimal, with or without 0x. Without a MASK, or with `-`, masks are read from standard
    /// input, separated by white space or commas.
    #[arg(value_name = "MASK", allow_negative_numbers = true)]
    pub(crate) masks: Vec<String>,
    /// Masks are decimal numbers, as databases export them
    #[arg(long)]
    pub(crate) decimal: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Code (24), mask (0x320), flag, field or quoted header
    ///
    /// A code may have a sub-code (1008.5); flags and fields are taken in any case
    /// (locallocation); a header is the whole line. Without WHAT, or with `-`, the text is read
    /// from standard input.
    #[arg(value_name = "WHAT")]
    pub(crate) what: Vec<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Options of `formats`.
#[derive(Debug, Args)]
pub(crate) struct FormatsArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What is read, and how.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Files, folders, globs, or - for standard input
    ///
    /// Folders are read with everything below them, and globs are expanded also where the shell
    /// does not. Files named here are always read; files met in a folder are read if their
    /// extension or their content is that of a trace. Without a PATH, standard input is read if
    /// something is piped in.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<OsString>,
    /// Look for one format only; see `siptriage formats`
    ///
    /// Without it each record's format is told from its content, and several may mix in one file.
    #[arg(
        long,
        value_name = "NAME",
        value_parser = trace_format(),
        help_heading = INPUT,
        hide_possible_values = true
    )]
    trace_format: Option<&'static str>,
    /// Encoding of all input [default: told from the content]
    ///
    /// Without it each file's encoding is told from its byte order mark or its zero bytes; text
    /// that is neither UTF-16 nor valid UTF-8 is read all the same.
    #[arg(
        long,
        value_name = "NAME",
        value_parser = encoding(),
        ignore_case = true,
        help_heading = INPUT,
        hide_short_help = true
    )]
    encoding: Option<Encoding>,
    /// Read every file of a folder, whatever it is
    #[arg(long, help_heading = INPUT)]
    all_files: bool,
    /// Worker threads [default: one for each processor]
    ///
    /// The result does not depend on it.
    #[arg(
        long,
        value_name = "N",
        value_parser = at_least_one(),
        help_heading = INPUT,
        hide_short_help = true
    )]
    threads: Option<usize>,
    /// Read files instead of mapping them into memory
    ///
    /// A mapped file that becomes shorter meanwhile may end the program: use this for logs that
    /// are being rotated, and on network drives. The result does not depend on it.
    #[arg(long, help_heading = INPUT, hide_short_help = true)]
    no_mmap: bool,
    /// Bytes that one task reads; for tests, since the result does not depend on it
    #[arg(long, value_name = "BYTES", value_parser = at_least_one(), hide = true)]
    chunk_size: Option<usize>,
}

impl InputArgs {
    /// What to read: the paths, or standard input where something is piped in.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        if self.paths.is_empty() {
            vec![OsString::from("-")]
        } else {
            self.paths.clone()
        }
    }

    /// How to read it.
    pub(crate) fn scan_options(&self) -> ScanOptions {
        let default = ScanOptions::default();
        ScanOptions {
            threads: self.threads,
            chunk_len: self.chunk_size.unwrap_or(default.chunk_len),
            mapping: if self.no_mmap {
                Mapping::Never
            } else {
                Mapping::Auto
            },
            encoding: self.encoding,
            trace_format: self.trace_format,
            all_files: self.all_files,
        }
    }
}

/// How a document is written.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// table, json, csv or markdown [default: by extension]
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = PossibleValuesParser::new(output_names()),
        help_heading = OUTPUT,
        hide_possible_values = true
    )]
    pub(crate) format: Option<String>,
    /// Write to FILE; its extension tells the format
    ///
    /// FILE is replaced only when the output is complete.
    #[arg(short, long, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) output: Option<PathBuf>,
    /// Columns of a table, 60 to 1000 [default: the terminal's, else 100]
    ///
    /// Narrow tables put part of a row below it; no text is cut off.
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(WIDTHS),
        help_heading = OUTPUT,
        hide_short_help = true
    )]
    pub(crate) width: Option<u16>,
    /// Colour tables: auto, always or never
    ///
    /// `auto` colours on a terminal that can show it, unless NO_COLOR is set.
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = OUTPUT,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) color: ColorChoice,
}

/// When tables are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl OutputArgs {
    /// The output that `--format` names, else the one of `--output`'s extension, else tables.
    ///
    /// # Errors
    /// [`Stop::Usage`] where the extension is none that is known.
    pub(crate) fn chosen(&self) -> Result<&'static dyn siptriage_report::Output, Stop> {
        let named = self.format.as_deref().or_else(|| {
            let to_file = self
                .output
                .as_deref()
                .is_some_and(|path| path != Path::new("-"));
            (!to_file).then_some("table")
        });
        if let Some(output) = named.and_then(siptriage_report::output) {
            return Ok(output);
        }
        let path = self.output.as_deref().unwrap_or(Path::new(""));
        let of_extension = extension(path)
            .as_deref()
            .and_then(siptriage_report::output_for_extension);
        of_extension.ok_or_else(|| {
            let known: Vec<&str> = (siptriage_report::outputs().iter())
                .flat_map(|output| output.extensions().iter().copied())
                .collect();
            unknown_extension(path, &known)
        })
    }
}

/// How a long run behaves.
#[derive(Debug, Args)]
pub(crate) struct MannerArgs {
    /// No progress and no notes, errors only
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

const INPUT: &str = "Input";
const OUTPUT: &str = "Output";

/// The whole command line: `scan` is meant where no command is named.
#[derive(Debug, Parser)]
#[command(
    name = "siptriage",
    version,
    about = "Says what failed in Lync / Skype for Business SIP traces, for whom and why",
    long_about = "Reads Lync / Skype for Business SIP traces and says what failed, how often, for \
                  whom, what each ICEWarn pattern means, and what to check.\n\nNothing is sent \
                  anywhere and no trace is changed. Standard output has the report and nothing \
                  else; messages go to standard error.",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    max_term_width = 80,
    after_help = "A folder that is named like a command is ./NAME. Examples and exit codes: --help",
    after_long_help = examples_and_exit_status()
)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    scan: ScanArgs,
}

/// Why there is nothing to run: help was asked for, or the command line is wrong.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// What clap has to say, help and version included.
    Clap(clap::Error),
    /// There is nothing to read: the short help of the command says what could be.
    NoInput(Box<clap::Command>),
    /// The command line asks for something that cannot be.
    Stop(Stop),
}

impl Refusal {
    /// Prints help to standard output or an error to standard error.
    pub(crate) fn tell(self) -> Exit {
        match self {
            Refusal::Clap(error) => {
                // An error of printing help is a closed pipe: the reader has seen enough.
                let _ = error.print();
                if error.use_stderr() {
                    Exit::Usage
                } else {
                    Exit::Done
                }
            }
            Refusal::NoInput(mut command) => {
                stderr::line(format_args!(
                    "nothing to read; name a file or a folder, or pipe a trace in"
                ));
                let _ = writeln!(io::stderr().lock(), "\n{}", command.render_help());
                Exit::Usage
            }
            Refusal::Stop(stop) => stop.tell(),
        }
    }
}

/// Reads the command line, the program's name first.
///
/// # Errors
/// [`Refusal`] where there is nothing to run.
pub(crate) fn parse(argv: impl IntoIterator<Item = OsString>) -> Result<Command, Refusal> {
    let line = CommandLine::try_parse_from(argv).map_err(Refusal::Clap)?;
    let command = match line.command {
        Some(command) => command,
        None => {
            if let Some(stop) = misplaced_command(&line.scan.input.paths) {
                return Err(Refusal::Stop(stop));
            }
            Command::Scan(line.scan)
        }
    };
    let (input, name) = match &command {
        Command::Scan(scan) => (&scan.input, None),
        Command::Events(events) => (&events.input, Some("events")),
        _ => return Ok(command),
    };
    if input.paths.is_empty() && io::stdin().is_terminal() {
        return Err(Refusal::NoInput(Box::new(definition(name))));
    }
    Ok(command)
}

/// The completion script of a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(None), "siptriage", &mut script);
    script
}

/// The long help of the program, or of one of its commands.
pub(crate) fn help(command: Option<&str>) -> String {
    definition(command).render_long_help().to_string()
}

/// The manual page of the program, or of one of its commands.
pub(crate) fn manual(command: Option<&str>) -> Vec<u8> {
    let mut page = Vec::new();
    let manual = clap_mangen::Man::new(definition(command));
    let version = concat!("siptriage ", env!("CARGO_PKG_VERSION"));
    // Writing to memory does not fail.
    let _ = manual
        .source(version)
        .manual("User Commands")
        .render(&mut page);
    page
}

/// The definition of the program, or of one of its commands under its full name.
fn definition(command: Option<&str>) -> clap::Command {
    let mut program = CommandLine::command();
    program.build();
    match command.and_then(|name| program.find_subcommand(name)) {
        Some(command) => command.clone(),
        None => program,
    }
}

/// The names of all commands that help lists.
const COMMANDS: [&str; 7] = [
    "scan",
    "events",
    "decode",
    "explain",
    "formats",
    "completions",
    "man",
];

/// Tells a command that was mistyped or put after an option from a path. Only words that name
/// nothing on the disk are suspected.
fn misplaced_command(paths: &[OsString]) -> Option<Stop> {
    let missing = |path: &&OsString| std::fs::symlink_metadata(path).is_err();
    let is_word = |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let suspects = || {
        let missing = paths.iter().filter(|path| missing(path));
        missing.filter_map(|path| path.to_str()).filter(is_word)
    };
    if let Some(command) = suspects().find(|word| COMMANDS.contains(word)) {
        return Some(Stop::Usage(format!(
            "`{command}` is a command and there is no such file; write the command first, as in \
             `siptriage {command} …`"
        )));
    }
    let first = suspects()
        .next()
        .filter(|_| paths.iter().all(|path| missing(&path)))?;
    let command = nearest(first, COMMANDS)?;
    Some(Stop::Usage(format!(
        "there is no file, folder or command `{first}`; did you mean `siptriage {command}`?"
    )))
}

fn extension(path: &Path) -> Option<String> {
    path.extension()
        .and_then(OsStr::to_str)
        .map(str::to_ascii_lowercase)
}

fn unknown_extension(path: &Path, known: &[&str]) -> Stop {
    let known: Vec<String> = known
        .iter()
        .map(|extension| format!(".{extension}"))
        .collect();
    Stop::Usage(format!(
        "{}: the extension tells no format; use one of {}, or say which with --format",
        siptriage_report::visible(&path.to_string_lossy()),
        known.join(", ")
    ))
}

fn at_least_one() -> impl TypedValueParser<Value = usize> {
    clap::value_parser!(u64)
        .range(1..)
        .map(|n| usize::try_from(n).unwrap_or(usize::MAX))
}

fn trace_format() -> impl TypedValueParser<Value = &'static str> {
    let names = siptriage_scanner::formats()
        .into_iter()
        .map(|format| format.name);
    PossibleValuesParser::new(names).try_map(|name| {
        let mut formats = siptriage_scanner::formats().into_iter();
        formats
            .find(|format| format.name == name)
            .map(|format| format.name)
            .ok_or("unknown")
    })
}

fn encoding() -> impl TypedValueParser<Value = Encoding> {
    PossibleValuesParser::new(Encoding::NAMES)
        .try_map(|name| Encoding::from_name(&name).ok_or("unknown"))
}

fn output_names() -> Vec<&'static str> {
    siptriage_report::outputs()
        .iter()
        .map(|output| output.name())
        .collect()
}

const EXAMPLES: &str = "\
EXAMPLES
  siptriage C:\\traces                     report on everything below a folder
  siptriage --all -o report.md *.log      all rows, as Markdown, into a file
  siptriage - < Lync-UccApi-0.UccApilog   read standard input
  siptriage events traces -o calls.csv    every occurrence, for a spreadsheet
  siptriage decode 0x320                  what the bits of a mask mean
  siptriage explain 24                    what a code means and what to check";

const DECODE_EXAMPLES: &str = "\
EXAMPLES
  siptriage decode 0x320 ICEWarn=0x4000320
  siptriage decode --decimal 800
  siptriage decode --format json < masks.txt";

const EXPLAIN_EXAMPLES: &str = "\
EXAMPLES
  siptriage explain 24
  siptriage explain 0x200
  siptriage explain LocalLocation
  siptriage explain 'ms-client-diagnostics: 24; reason=\"…\"'
  siptriage explain - < header.txt";

const COMPLETIONS_EXAMPLES: &str = "\
EXAMPLES
  siptriage completions bash > ~/.local/share/bash-completion/completions/siptriage
  siptriage completions fish > ~/.config/fish/completions/siptriage.fish
  siptriage completions powershell >> $PROFILE";

fn exit_status() -> String {
    let mut text = String::from("EXIT STATUS");
    for exit in Exit::ALL {
        text.push_str(&format!("\n  {:<5}{}", exit.code(), exit.meaning()));
    }
    text
}

fn examples_and_exit_status() -> String {
    format!("{EXAMPLES}\n\n{}", exit_status())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::error::ErrorKind;

    fn parse_words(words: &[&str]) -> Result<Command, Refusal> {
        parse(
            std::iter::once("siptriage")
                .chain(words.iter().copied())
                .map(OsString::from),
        )
    }

    #[test]
    fn the_definition_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_command_is_listed_by_name() {
        let defined: Vec<String> = (CommandLine::command().get_subcommands())
            .filter(|command| !command.is_hide_set())
            .map(|command| command.get_name().to_owned())
            .collect();
        assert_eq!(defined, COMMANDS);
    }

    #[test]
    fn help_names_every_value_that_an_option_takes() {
        let help = help(None);
        let of_color = ColorChoice::value_variants()
            .iter()
            .map(|choice| format!("{choice:?}"));
        for value in output_names()
            .into_iter()
            .map(str::to_owned)
            .chain(of_color)
        {
            assert!(help.contains(&value.to_lowercase()), "{value}");
        }
        for format in RowFormat::value_variants() {
            assert!(super::help(Some("events")).contains(&format!("{format:?}").to_lowercase()));
        }
    }

    #[test]
    fn scan_is_meant_where_no_command_is_named() {
        for words in [&["traces"][..], &["scan", "traces"], &["--all", "traces"]] {
            let Ok(Command::Scan(scan)) = parse_words(words) else {
                panic!("{words:?}")
            };
            assert_eq!(scan.input.paths, ["traces"], "{words:?}");
        }
    }

    #[test]
    fn a_command_after_an_option_is_told_apart_from_a_path() {
        for words in [
            &["--all", "scan", "x"][..],
            &["--top", "3", "events", "x"],
            &["evnets"],
        ] {
            let Err(Refusal::Stop(Stop::Usage(sentence))) = parse_words(words) else {
                panic!("{words:?}")
            };
            assert!(sentence.contains("siptriage "), "{sentence}");
        }
    }

    #[test]
    fn a_path_that_looks_like_a_command_is_taken_with_its_folder() {
        let Ok(Command::Scan(scan)) = parse_words(&["./events"]) else {
            panic!()
        };
        assert_eq!(scan.input.paths, ["./events"]);
    }

    #[test]
    fn widths_and_counts_have_limits() {
        for (words, kind) in [
            (&["--width", "59", "x"][..], ErrorKind::ValueValidation),
            (&["--width", "1001", "x"], ErrorKind::ValueValidation),
            (&["--top", "0", "x"], ErrorKind::ValueValidation),
            (&["--threads", "0", "x"], ErrorKind::ValueValidation),
            (&["--top", "3", "--all", "x"], ErrorKind::ArgumentConflict),
            (&["--encoding", "utf-7", "x"], ErrorKind::InvalidValue),
            (&["--trace-format", "servr", "x"], ErrorKind::InvalidValue),
            (&["--format", "xml", "x"], ErrorKind::InvalidValue),
        ] {
            let Err(Refusal::Clap(error)) = parse_words(words) else {
                panic!("{words:?}")
            };
            assert_eq!(error.kind(), kind, "{words:?}: {error}");
        }
    }

    #[test]
    fn all_and_top_choose_the_rows() {
        for (words, want) in [
            (&["x"][..], Some(10)),
            (&["--top", "3", "x"], Some(3)),
            (&["--all", "x"], None),
        ] {
            let Ok(Command::Scan(scan)) = parse_words(words) else {
                panic!("{words:?}")
            };
            assert_eq!(scan.top(), want, "{words:?}");
        }
    }

    #[test]
    fn options_of_input_reach_the_scanner() {
        let words = [
            "--threads",
            "3",
            "--no-mmap",
            "--encoding",
            "UTF-16LE",
            "--all-files",
            "x",
        ];
        let Ok(Command::Scan(scan)) = parse_words(&words) else {
            panic!()
        };
        let options = scan.input.scan_options();
        assert_eq!(options.threads, Some(3));
        assert_eq!(options.mapping, Mapping::Never);
        assert_eq!(options.encoding, Some(Encoding::Utf16Le));
        assert!(options.all_files);
    }

    #[test]
    fn the_extension_of_the_output_tells_the_format() {
        for (file, want) in [
            ("a.csv", Some("csv")),
            ("a.JSON", Some("json")),
            ("a.md", Some("markdown")),
            ("-", Some("table")),
            ("a.xlsx", None),
            ("a", None),
        ] {
            let Ok(Command::Scan(scan)) = parse_words(&["-o", file, "x"]) else {
                panic!("{file}")
            };
            assert_eq!(
                scan.output.chosen().ok().map(|output| output.name()),
                want,
                "{file}"
            );
        }
        let Ok(Command::Scan(scan)) = parse_words(&["-o", "a.csv", "--format", "json", "x"]) else {
            panic!()
        };
        assert_eq!(
            scan.output.chosen().ok().map(|output| output.name()),
            Some("json")
        );
    }

    #[test]
    fn the_extension_of_the_output_tells_the_form_of_rows() {
        for (file, want) in [
            ("a.csv", Some(RowFormat::Csv)),
            ("a.ndjson", Some(RowFormat::Ndjson)),
            ("a.jsonl", Some(RowFormat::Ndjson)),
            ("-", Some(RowFormat::Ndjson)),
            ("a.json", None),
        ] {
            let Ok(Command::Events(events)) = parse_words(&["events", "-o", file, "x"]) else {
                panic!("{file}")
            };
            assert_eq!(events.row_format().ok(), want, "{file}");
        }
    }
}
