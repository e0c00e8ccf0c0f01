//! `siptriage events`: traces in, one row for each diagnosis out.

use std::io::{self, IsTerminal};

use siptriage_report::{EventFormat, EventWriter};
use siptriage_scanner::{discover, events};

use crate::args::{EventsArgs, RowFormat};
use crate::exit::{Exit, Stop};
use crate::output_file::{self, Out};
use crate::progress::Watch;
use crate::skipped;

/// Reads the traces and writes rows as they are found.
pub(crate) fn run(args: &EventsArgs) -> Result<Exit, Stop> {
    let format = match args.row_format()? {
        RowFormat::Ndjson => EventFormat::Ndjson,
        RowFormat::Csv => EventFormat::Csv,
    };
    let options = args.input.scan_options();
    let discovery = discover(&args.input.arguments(), &options);
    output_file::spare_inputs(args.output.as_deref(), &discovery.inputs)?;
    let mut out = Out::open(args.output.as_deref())?;
    // Rows on a terminal and a bar on the same terminal would write over each other.
    let rows_are_watched = out.is_stdout() && io::stdout().is_terminal();
    let watch = Watch::start(&discovery, !args.manner.quiet && !rows_are_watched);
    let mut writer = EventWriter::new(format, &mut out);
    let facts = events(&discovery, &options, &watch, &mut |event| {
        writer.write(event)
    });
    let facts = facts.and_then(|facts| writer.finish().map(|()| facts));
    watch.finish();
    let facts = facts.map_err(|error| out.stop(error))?;
    out.commit()?;
    Ok(skipped::conclude(
        &discovery,
        &facts.coverage,
        args.manner.quiet,
    ))
}
