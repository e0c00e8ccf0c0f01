//! `siptriage events`: traces in, one row for each diagnosis out.

use std::io::{self, IsTerminal};

use siptriage_facts::{Everything, Selection};
use siptriage_report::{EventFormat, EventWriter, redacted_event};
use siptriage_scanner::events;

use crate::args::{EventsArgs, RowFormat};
use crate::exit::{Exit, Stop};
use crate::inquiry::Inquiry;
use crate::output_file::Out;

/// Reads the traces and writes rows as they are found; with a filter, when all calls are known.
pub(crate) fn run(args: &EventsArgs) -> Result<Exit, Stop> {
    let format = match args.output.chosen()? {
        RowFormat::Ndjson => EventFormat::Ndjson,
        RowFormat::Csv => EventFormat::Csv,
    };
    let inquiry = Inquiry::of(&args.read, args.output.file.path())?;
    let mut out = Out::open(args.output.file.path())?;
    // Rows on a terminal and a bar on the same terminal would write over each other.
    let rows_are_watched = out.is_stdout() && io::stdout().is_terminal();
    let passes = if inquiry.takes_everything() { 1 } else { 2 };
    let watch = inquiry.watch(!rows_are_watched, passes);
    let mut writer = EventWriter::new(format, &mut out);
    let mut rows = 0u64;
    let mut write = |selection: &dyn Selection| {
        events(
            &inquiry.discovery,
            &inquiry.options,
            &watch,
            selection,
            &mut |event| {
                rows += 1;
                match inquiry.redactor() {
                    Some(redactor) => writer.write(&redacted_event(event, redactor)),
                    None => writer.write(event),
                }
            },
        )
    };
    let (written, filter) = if inquiry.takes_everything() {
        (write(&Everything), None)
    } else {
        let facts = inquiry.facts(&watch);
        let judge = inquiry.judge(&facts);
        let filter = inquiry.filter(&judge)?;
        (write(&filter.selection(&judge)), Some(filter))
    };
    let facts = written.and_then(|facts| writer.finish().map(|()| facts));
    watch.finish();
    let facts = facts.map_err(|error| out.stop(error))?;
    out.commit()?;
    let exit = inquiry.conclude(&facts);
    if let Some(filter) = filter
        && rows == 0
        && exit != Exit::Nothing
    {
        inquiry.tell_nothing_left(&filter, "no diagnosis");
    }
    Ok(exit)
}
