//! `siptriage formats`: what can be read.

use crate::args::FormatsArgs;
use crate::commands::Pages;
use crate::exit::{Exit, Stop};

/// Lists the trace formats.
pub(crate) fn run(args: &FormatsArgs) -> Result<Exit, Stop> {
    let formats = siptriage_scanner::formats();
    let rows: Vec<(&str, &str, &str)> = (formats.iter())
        .map(|format| (format.name, format.title, format.sample_line))
        .collect();
    Pages::open(&args.output)?.write(&siptriage_report::formats(&rows))?;
    Ok(Exit::Done)
}
