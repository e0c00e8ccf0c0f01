//! The command line. The only folder that names clap: help, completions and manual pages come
//! from these definitions.

mod archives;
mod commands;
mod config;
mod filters;
mod history;
mod input;
mod output;

pub(crate) use commands::{
    CallArgs, CallsArgs, DecodeArgs, EventsArgs, ExplainArgs, FormatsArgs, MessagesArgs, ReadArgs,
    RulesAction, RulesArgs, ScanArgs, ScrubArgs,
};
pub(crate) use config::{Config, ConfigAction, ConfigArgs, KEYS, VARIABLE, example, places};
pub(crate) use filters::JudgeArgs;
pub(crate) use history::{
    CompareArgs, CompareOptions, NightlyArgs, SqlArgs, StoreAction, StoreArgs, TrendArgs,
};
pub(crate) use input::ReadingArgs;
pub(crate) use output::{
    ColorChoice, ListForm, LookArgs, MannerArgs, OutputArgs, RedactArgs, RowFormat,
};

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{CommandFactory, Parser, Subcommand};

use siptriage_diagnostics::nearest;

use crate::exit::{Exit, Stop};
use crate::stderr;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report what failed, for whom and why (the default)
    ///
    /// The report begins with findings: causes with their verdict, calls and users, and what the
    /// calls of each have in common. Then it says what was read and what was not, ranks failures
    /// and ICEWarn patterns, explains single flags, and counts failure responses, media,
    /// locations and federation.
    #[command(after_long_help = exit_status())]
    Scan(ScanArgs),
    /// List calls, one a row
    ///
    /// Each row has the parties of a call, its times, outcome, verdict and cause.
    #[command(after_long_help = calls_examples())]
    Calls(CallsArgs),
    /// Show everything about one call
    ///
    /// Verdict and checks, what both ends say of their media, and all messages in their order.
    /// What a trace lacks is said and stops nothing.
    #[command(after_long_help = call_examples())]
    Call(CallArgs),
    /// List every SIP message, one a row
    ///
    /// Each row has the place of a message, its start line and headers, what siptriage knows of
    /// it, and with --body its body. Rows come while the traces are read.
    #[command(after_long_help = exit_status())]
    Messages(MessagesArgs),
    /// List every diagnosis, one a row
    ///
    /// Each row has the place of a diagnosis, the message around it, its parameters and its media
    /// sections. Rows come while the traces are read.
    #[command(after_long_help = exit_status())]
    Events(EventsArgs),
    /// Read what is new into a store, and report on last night
    ///
    /// Files that were read before are passed over, logs that go on are read from where they
    /// ended, and a call that is seen again is completed. The report says what is new, worse,
    /// better or gone against earlier nights, then what the calls of the night came to.
    #[command(after_long_help = nightly_examples())]
    Nightly(NightlyArgs),
    /// Compare two folders of traces, or two stores
    ///
    /// Says what is new, worse, better or gone in the second one, by the same rule as `nightly`.
    #[command(after_long_help = exit_status())]
    Compare(CompareArgs),
    /// Show how calls, failures and causes go from day to day
    #[command(after_long_help = exit_status())]
    Trend(TrendArgs),
    /// Ask a store in SQL
    #[command(after_long_help = SQL_EXAMPLES)]
    Sql(SqlArgs),
    /// Look into a store, check it, take old calls out of it
    Store(StoreArgs),
    /// Write a copy of traces without names, addresses and IDs
    ///
    /// Tokens are in their place, and the copy can be shared. It has the format and encoding of the
    /// traces, and gives the same report but for names, addresses, hosts, IDs and places. What
    /// people wrote in messages, and lines of no trace format without a diagnosis near them, are
    /// left out. Nothing that is there is replaced without --force.
    #[command(after_long_help = scrub_examples())]
    Scrub(ScrubArgs),
    /// Print a new key for --redact-key
    RedactKey,
    /// List the rules by which calls are judged, or check a file of them
    #[command(after_long_help = RULES_EXAMPLES)]
    Rules(RulesArgs),
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
    /// Show what is configured, or make a file of it
    #[command(after_long_help = CONFIG_EXAMPLES)]
    Config(ConfigArgs),
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

/// The whole command line: `scan` is meant where no command is named.
#[derive(Debug, Parser)]
#[command(
    name = "siptriage",
    version,
    about = "Says what failed in Lync / Skype for Business SIP traces, for whom and why",
    long_about = "Reads Lync / Skype for Business SIP traces and says what failed, how often, for \
                  whom, why, what each ICEWarn pattern means, and what to check.\n\nNothing is sent \
                  anywhere and no trace is changed. Standard output has the report and nothing \
                  else; messages go to standard error.",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    max_term_width = 80,
    after_help = "A folder named like a command is ./NAME. More options and examples: --help",
    after_long_help = examples_and_exit_status()
)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    /// Take options that are not typed from FILE
    ///
    /// Else from the file that SIPTRIAGE_CONFIG names, or from config.toml in the user's and the
    /// system's folder for siptriage; see `siptriage config`.
    #[arg(long, value_name = "FILE", global = true, hide_short_help = true)]
    config: Option<std::path::PathBuf>,
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
    let argv = argv.into_iter().collect();
    let argv = config::filled(argv, CommandLine::command).map_err(Refusal::Stop)?;
    let line = CommandLine::try_parse_from(argv).map_err(Refusal::Clap)?;
    let command = match line.command {
        Some(Command::Config(args)) => Command::Config(ConfigArgs {
            named: line.config,
            ..args
        }),
        Some(command) => command,
        None => {
            if let Some(stop) = misplaced_command(&line.scan.read.input.paths) {
                return Err(Refusal::Stop(stop));
            }
            Command::Scan(line.scan)
        }
    };
    let (read, name) = match &command {
        Command::Scan(args) => (&args.read, None),
        Command::Calls(args) => (&args.read, Some("calls")),
        Command::Call(args) => (&args.read, Some("call")),
        Command::Messages(args) => (&args.read, Some("messages")),
        Command::Events(args) => (&args.read, Some("events")),
        _ => return Ok(command),
    };
    if read.input.paths.is_empty() && io::stdin().is_terminal() {
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
const COMMANDS: [&str; 19] = [
    "scan",
    "calls",
    "call",
    "messages",
    "events",
    "nightly",
    "compare",
    "trend",
    "sql",
    "store",
    "scrub",
    "redact-key",
    "rules",
    "decode",
    "explain",
    "formats",
    "config",
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

fn at_least_one() -> impl TypedValueParser<Value = usize> {
    clap::value_parser!(u64)
        .range(1..)
        .map(|n| usize::try_from(n).unwrap_or(usize::MAX))
}

const EXAMPLES: &str = "\
EXAMPLES
  siptriage C:\\traces                     report on everything below a folder
  siptriage --all -o report.md *.log      all rows, as Markdown, into a file
  siptriage - < Lync-UccApi-0.UccApilog   read standard input
  siptriage --since yesterday traces      only what happened since then
  siptriage calls --verdict failed traces the calls that failed
  siptriage call 4f2a91 traces            everything about one of them
  siptriage events traces -o events.csv   every diagnosis, for a spreadsheet
  siptriage nightly traces --store c.db   what is new, worse or gone since
  siptriage decode 0x320                  what the bits of a mask mean
  siptriage explain 24                    what a code means and what to check";

const CALLS_EXAMPLES: &str = "\
EXAMPLES
  siptriage calls --verdict failed --since 2h traces
  siptriage calls --user ann@contoso.com --sort duration --reverse traces
  siptriage calls --code 21-25 traces -o calls.csv";

const CALL_EXAMPLES: &str = "\
EXAMPLES
  siptriage call 4f2a91 traces
  siptriage call 4f2a91 traces --messages
  siptriage call 4f2a91 traces -o ticket.md";

const NIGHTLY_EXAMPLES: &str = "\
EXAMPLES
  siptriage nightly D:\\traces --store calls.sqlite -o night.html
  siptriage nightly traces --store calls.sqlite --fail-on 'new>0,failed_rate>5%'
  siptriage nightly traces --store calls.sqlite --day 2026-03-05 -o night.md";

const SQL_EXAMPLES: &str = "\
EXAMPLES
  siptriage sql 'SELECT day, calls, failed FROM days' --store calls.sqlite
  siptriage sql \"SELECT caller, count(*) FROM calls WHERE verdict = 'failed' GROUP BY 1\" \\
      --store calls.sqlite --format csv";

const SCRUB_EXAMPLES: &str = "\
EXAMPLES
  siptriage scrub traces shareable
  siptriage redact-key > our.key
  siptriage scrub --redact-key our.key Lync-UccApi-0.UccApilog copy.UccApilog";

const CONFIG_EXAMPLES: &str = "\
EXAMPLES
  siptriage config show nightly
  siptriage config init > ~/.config/siptriage/config.toml
  siptriage nightly --config D:\\triage\\config.toml";

const RULES_EXAMPLES: &str = "\
EXAMPLES
  siptriage rules
  siptriage rules sharing-tcp-blocked
  siptriage rules test our-rules.toml";

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

fn nightly_examples() -> String {
    format!("{NIGHTLY_EXAMPLES}\n\n{}", exit_status())
}

fn calls_examples() -> String {
    format!("{CALLS_EXAMPLES}\n\n{}", exit_status())
}

fn call_examples() -> String {
    format!("{CALL_EXAMPLES}\n\n{}", exit_status())
}

fn scrub_examples() -> String {
    format!("{SCRUB_EXAMPLES}\n\n{}", exit_status())
}

#[cfg(test)]
mod tests;
