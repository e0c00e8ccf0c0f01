//! The options of what is kept from night to night.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use siptriage_facts::parse_day;
use siptriage_history::{Alike, FailOn};

use super::commands::RankArgs;
use super::filters::JudgeArgs;
use super::input::InputArgs;
use super::output::{MannerArgs, OutputArgs, RedactArgs};

const STORE: &str = "Store";
const COMPARISON: &str = "Comparison";

/// Which store.
#[derive(Debug, Args)]
pub(crate) struct StoreFile {
    /// The store: one SQLite file, made by the first run of `siptriage nightly`
    #[arg(long = "store", value_name = "FILE", help_heading = STORE)]
    pub(crate) path: PathBuf,
}

/// How a night is compared.
#[derive(Debug, Args)]
pub(crate) struct CompareOptions {
    /// Which days of the week are compared: every, kind or weekday [default: kind]
    ///
    /// `kind` compares working days with working days and the weekend with the weekend, `weekday`
    /// Mondays with Mondays.
    #[arg(
        long,
        value_name = "DAYS",
        value_parser = alike,
        help_heading = COMPARISON,
        hide_short_help = true
    )]
    pub(crate) alike: Option<Alike>,
    /// End with 1 where this holds: 'new>0', 'failed_rate>5%'
    ///
    /// new, worse, better, gone, calls, failed, failed_rate or users, with >, >=, <, <= or = and
    /// a number. May be repeated or take a list with commas; the conditions that hold are named.
    #[arg(
        long,
        value_name = "CONDITION",
        value_delimiter = ',',
        allow_hyphen_values = true,
        help_heading = COMPARISON
    )]
    pub(crate) fail_on: Vec<FailOn>,
}

/// Options of `nightly`.
#[derive(Debug, Args)]
pub(crate) struct NightlyArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
    #[command(flatten)]
    pub(crate) redact: RedactArgs,
    #[command(flatten)]
    pub(crate) manner: MannerArgs,
    #[command(flatten)]
    pub(crate) store: StoreFile,
    /// The night to report on [default: yesterday, else the last day with calls]
    ///
    /// A day as in 2026-03-05, by the clocks of the traces.
    #[arg(long, value_name = "DAY", value_parser = day, help_heading = COMPARISON)]
    pub(crate) day: Option<i64>,
    /// With what it is compared: nights before, run:N or a folder [default: 28]
    ///
    /// A number says how many days back. `run:12` is what run 12 added; `siptriage store info`
    /// lists runs. A file or folder of traces is read for it.
    #[arg(long, value_name = "WHAT", help_heading = COMPARISON)]
    pub(crate) baseline: Option<String>,
    #[command(flatten)]
    pub(crate) compare: CompareOptions,
    /// Add a line about the run to FILE
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rank: RankArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Options of `compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// What is compared with: a store, or traces
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,
    /// What is compared: a store, or traces
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,
    #[command(flatten)]
    pub(crate) reading: super::input::ReadingArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
    #[command(flatten)]
    pub(crate) redact: RedactArgs,
    #[command(flatten)]
    pub(crate) manner: MannerArgs,
    #[command(flatten)]
    pub(crate) compare: CompareOptions,
    #[command(flatten)]
    pub(crate) rank: RankArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Options of `trend`.
#[derive(Debug, Args)]
pub(crate) struct TrendArgs {
    #[command(flatten)]
    pub(crate) store: StoreFile,
    /// So many days, up to the last one
    #[arg(long, value_name = "N", default_value_t = 28, value_parser = super::at_least_one())]
    pub(crate) days: usize,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Options of `sql`.
#[derive(Debug, Args)]
pub(crate) struct SqlArgs {
    /// The question: SELECT … FROM calls, diagnostics, days, …
    #[arg(value_name = "SELECT")]
    pub(crate) question: String,
    #[command(flatten)]
    pub(crate) store: StoreFile,
    /// Rows at most
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = super::at_least_one())]
    pub(crate) most: usize,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Options of `store`.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    #[command(subcommand)]
    pub(crate) action: StoreAction,
}

/// What can be done with a store.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreAction {
    /// Say what is in it, and list its runs
    Info {
        #[command(flatten)]
        store: StoreFile,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Look at every page, every reference and every call of it
    ///
    /// Ends with 4 where something is wrong, and says what.
    Verify {
        #[command(flatten)]
        store: StoreFile,
    },
    /// Take old calls away
    ///
    /// Days are counted back from the last one that has calls. Files stay known, so that what is
    /// gone is not read again.
    Prune {
        #[command(flatten)]
        store: StoreFile,
        /// What is kept: 90d or 12w
        #[arg(long, value_name = "TIME", value_parser = keep)]
        keep: u32,
    },
    /// Write all rows of a view: calls, diagnostics, days, …
    Export {
        #[command(flatten)]
        store: StoreFile,
        /// calls, diagnostics, days, findings_by_day, runs, files or skipped_files
        #[arg(value_name = "VIEW", default_value = "calls", value_parser = siptriage_store::VIEWS)]
        view: String,
        #[command(flatten)]
        output: OutputArgs,
    },
}

fn alike(word: &str) -> Result<Alike, &'static str> {
    match word.to_ascii_lowercase().as_str() {
        "every" => Ok(Alike::Every),
        "kind" => Ok(Alike::Kind),
        "weekday" => Ok(Alike::Weekday),
        _ => Err("write every, kind or weekday"),
    }
}

fn day(text: &str) -> Result<i64, &'static str> {
    parse_day(text).ok_or("write a day as in 2026-03-05")
}

fn keep(text: &str) -> Result<u32, &'static str> {
    let text = text.trim();
    let (number, unit) = match text.strip_suffix(['d', 'w']) {
        Some(number) => (number, if text.ends_with('w') { 7 } else { 1 }),
        None => (text, 1),
    };
    let days = number.parse::<u32>().ok().filter(|number| *number > 0);
    days.and_then(|number| number.checked_mul(unit))
        .ok_or("write days or weeks, as in 90d or 12w")
}
