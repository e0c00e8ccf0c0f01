//! `siptriage scan`: traces in, a report out.

use siptriage_report::{ReportOptions, report};
use siptriage_scanner::{discover, scan};

use crate::args::ScanArgs;
use crate::commands::Page;
use crate::exit::{Exit, Stop};
use crate::progress::Watch;
use crate::{output_file, skipped};

/// Reads the traces and writes the report, also of an interrupted scan and of nothing.
pub(crate) fn run(args: &ScanArgs) -> Result<Exit, Stop> {
    let options = args.input.scan_options();
    let discovery = discover(&args.input.arguments(), &options);
    output_file::spare_inputs(args.output.output.as_deref(), &discovery.inputs)?;
    let page = Page::open(&args.output)?;
    let watch = Watch::start(&discovery, !args.manner.quiet);
    let facts = scan(&discovery, &options, &watch);
    watch.finish();
    let top = args.top().filter(|_| page.is_for_people());
    page.write(&report(&facts, &ReportOptions { top }))?;
    Ok(skipped::conclude(
        &discovery,
        &facts.coverage,
        args.manner.quiet,
    ))
}
