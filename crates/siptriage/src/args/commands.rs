//! The options of each command.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use siptriage_judge::{Dimension, Groupings};
use siptriage_report::SortKey;

use super::at_least_one;
use super::filters::{FilterArgs, JudgeArgs};
use super::input::{InputArgs, ReadingArgs, arguments};
use super::output::{ListArgs, MannerArgs, OUTPUT, OutputArgs, PageArgs, RedactArgs, RowArgs};

/// What commands that read traces have in common.
#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
    #[command(flatten)]
    pub(crate) redact: RedactArgs,
    #[command(flatten)]
    pub(crate) manner: MannerArgs,
}

impl ReadArgs {
    /// What to read.
    pub(crate) fn arguments(&self) -> Vec<std::ffi::OsString> {
        arguments(&self.input.paths)
    }
}

/// How long rankings are.
#[derive(Debug, Args)]
pub(crate) struct RankArgs {
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
}

impl RankArgs {
    /// Rows to show of each ranking; all if absent.
    pub(crate) fn top(&self) -> Option<usize> {
        (!self.all).then_some(self.top)
    }
}

/// Options of `scan`.
#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Count calls by user, subnet, site, media, hour, …
    ///
    /// user, subnet, site, user-agent, media, location-pair, federation, relay, code, mask,
    /// verdict, cause, outcome, file, hour or day. One table for each; may be repeated.
    #[arg(
        long,
        value_name = "WHAT",
        value_delimiter = ',',
        value_parser = dimension(),
        ignore_case = true,
        help_heading = OUTPUT,
        hide_possible_values = true
    )]
    pub(crate) by: Vec<Dimension>,
    /// Bits of a subnet: of IPv4, and of IPv6 after a comma [default: 24,64]
    #[arg(
        long,
        value_name = "N",
        value_parser = subnet_bits,
        help_heading = OUTPUT,
        hide_short_help = true
    )]
    subnet_bits: Option<SubnetBits>,
    #[command(flatten)]
    rank: RankArgs,
    /// Tell on standard error what the run cost
    ///
    /// Bytes and records that were read, the time of each stage, the speed, the threads, what of
    /// the processor was used, and the most memory that was held.
    #[arg(long, help_heading = OUTPUT, hide_short_help = true)]
    pub(crate) stats: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

impl ScanArgs {
    /// Rows to show of each ranking; all if absent.
    pub(crate) fn top(&self) -> Option<usize> {
        self.rank.top()
    }

    /// `groupings` with the subnets that are asked for.
    pub(crate) fn with_subnets(&self, groupings: Groupings) -> Groupings {
        match self.subnet_bits {
            Some(SubnetBits { v4, v6 }) => Groupings {
                v4_bits: v4,
                v6_bits: v6.unwrap_or(groupings.v6_bits),
                ..groupings
            },
            None => groupings,
        }
    }
}

/// How many bits of an address make a subnet.
#[derive(Debug, Clone, Copy)]
struct SubnetBits {
    v4: u8,
    v6: Option<u8>,
}

fn subnet_bits(text: &str) -> Result<SubnetBits, &'static str> {
    let bits = |text: &str, most: u8| text.trim().parse().ok().filter(|bits| *bits <= most);
    let (v4, v6) = match text.split_once(',') {
        Some((v4, v6)) => (bits(v4, 32), bits(v6, 128).map(Some)),
        None => (bits(text, 32), Some(None)),
    };
    match (v4, v6) {
        (Some(v4), Some(v6)) => Ok(SubnetBits { v4, v6 }),
        _ => Err("write 0 to 32, and 0 to 128 after a comma, as in 24,64"),
    }
}

fn dimension() -> impl TypedValueParser<Value = Dimension> {
    PossibleValuesParser::new(Dimension::ALL.map(Dimension::name))
        .try_map(|name| Dimension::from_name(&name.to_ascii_lowercase()).ok_or("unknown"))
}

/// Options of `calls`.
#[derive(Debug, Args)]
pub(crate) struct CallsArgs {
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Order: start, duration, verdict, …
    #[arg(
        long,
        value_name = "KEY",
        value_parser = sort_key(),
        default_value = SortKey::default().name(),
        ignore_case = true,
        help_heading = OUTPUT
    )]
    pub(crate) sort: SortKey,
    /// The other way round
    #[arg(long, help_heading = OUTPUT)]
    pub(crate) reverse: bool,
    /// Only the first N rows of a table, not in JSON and CSV
    #[arg(
        long,
        value_name = "N",
        value_parser = at_least_one(),
        help_heading = OUTPUT,
        conflicts_with = "all"
    )]
    pub(crate) top: Option<usize>,
    /// All rows, as without --top
    #[arg(long, help_heading = OUTPUT, hide_short_help = true)]
    all: bool,
    /// Also what is no call: IM, registrations, subscriptions, …
    #[arg(long, help_heading = OUTPUT)]
    pub(crate) all_dialogs: bool,
    #[command(flatten)]
    pub(crate) output: ListArgs,
}

fn sort_key() -> impl TypedValueParser<Value = SortKey> {
    PossibleValuesParser::new(SortKey::ALL.map(SortKey::name))
        .try_map(|name| SortKey::from_name(&name.to_ascii_lowercase()).ok_or("unknown"))
}

/// Options of `call`.
#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// The call: its Call-ID, or enough of its beginning
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Also the messages as the trace has them
    #[arg(long, help_heading = OUTPUT)]
    pub(crate) messages: bool,
    /// Draw with ASCII alone
    #[arg(long, help_heading = OUTPUT)]
    pub(crate) ascii: bool,
    #[command(flatten)]
    pub(crate) output: PageArgs,
}

/// Options of `messages`.
#[derive(Debug, Args)]
pub(crate) struct MessagesArgs {
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// With the bodies of the messages
    #[arg(long, help_heading = OUTPUT)]
    pub(crate) body: bool,
    #[command(flatten)]
    pub(crate) output: RowArgs,
}

/// Options of `events`.
#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) output: RowArgs,
}

/// Options of `scrub`.
#[derive(Debug, Args)]
pub(crate) struct ScrubArgs {
    /// The traces: a file, a folder or an archive
    #[arg(value_name = "IN")]
    pub(crate) from: PathBuf,
    /// The copy: a file for one file, else a folder
    #[arg(value_name = "OUT")]
    pub(crate) to: PathBuf,
    /// Replace files that are there; never one that is read
    #[arg(long, help_heading = OUTPUT)]
    pub(crate) force: bool,
    /// Tokens that are the same in every run with this key
    ///
    /// FILE has at least 16 bytes that nobody can guess; `siptriage redact-key > FILE` makes one.
    /// Reports of the traces with the same key have the tokens of the copy.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) redact_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) manner: MannerArgs,
}

/// Options of `rules`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    pub(crate) action: Option<RulesAction>,
    /// The rule to show completely; all rules in short without one
    #[arg(value_name = "RULE")]
    pub(crate) id: Option<String>,
    /// Rules besides those that are built in
    #[arg(long = "rules", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What can be done with rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesAction {
    /// Check files of rules, with those that are built in
    ///
    /// Every file must be well formed, every rule must decide its own examples, and no two rules
    /// may tie. Mistakes are told with file, line and field, and the exit code is 2.
    Test {
        /// Files of rules
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
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
