//! The program `siptriage`: the command line in, an exit code out.
//!
//! Everything that reads traces is in `siptriage-scanner`, everything that judges calls in
//! `siptriage-judge`, everything that words and lays out results in `siptriage-report`; here they
//! are put together with a terminal.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod exit;
mod inquiry;
mod intake;
mod nights;
mod output_file;
mod progress;
mod redaction;
mod shares;
mod skipped;
mod stats;
mod stderr;
mod terminal;

use std::env;
use std::process::ExitCode;

use args::Command;

fn main() -> ExitCode {
    let command = match args::parse(env::args_os()) {
        Ok(command) => command,
        Err(refusal) => return refusal.tell().into(),
    };
    let outcome = match &command {
        Command::Scan(args) => commands::scan::run(args),
        Command::Calls(args) => commands::calls::run(args),
        Command::Call(args) => commands::call::run(args),
        Command::Messages(args) => commands::messages::run(args),
        Command::Events(args) => commands::events::run(args),
        Command::Nightly(args) => commands::nightly::run(args),
        Command::Compare(args) => commands::compare::run(args),
        Command::Trend(args) => commands::trend::run(args),
        Command::Sql(args) => commands::sql::run(args),
        Command::Store(args) => commands::store::run(args),
        Command::Scrub(args) => commands::scrub::run(args),
        Command::RedactKey => commands::scrub::new_key(),
        Command::Config(args) => commands::config::run(args, args.named.as_deref()),
        Command::Rules(args) => commands::rules::run(args),
        Command::Decode(args) => commands::decode::run(args),
        Command::Explain(args) => commands::explain::run(args),
        Command::Formats(args) => commands::formats::run(args),
        Command::Completions { shell } => commands::print(&args::completions(*shell)),
        Command::Man { command } => commands::print(&args::manual(command.as_deref())),
        Command::Help { command } => commands::print(args::help(command.as_deref()).as_bytes()),
    };
    outcome.unwrap_or_else(|stop| stop.tell()).into()
}
