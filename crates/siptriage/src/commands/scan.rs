//! `siptriage scan`: traces in, a report out.

use std::mem::ManuallyDrop;

use siptriage_facts::Facts;
use siptriage_judge::{Dimension, Filter, Groupings, Judge};
use siptriage_report::{ReportOptions, report};
use siptriage_scanner::recount;

use crate::args::ScanArgs;
use crate::commands::Page;
use crate::exit::{Exit, Stop};
use crate::inquiry::Inquiry;
use crate::progress::Watch;
use crate::stats::Stats;

/// Reads the traces and writes the report, also of an interrupted scan and of nothing.
pub(crate) fn run(args: &ScanArgs) -> Result<Exit, Stop> {
    let mut stats = Stats::begin();
    let mut inquiry = Inquiry::of(&args.read, &args.output.file)?;
    inquiry.groupings = args.with_subnets(inquiry.groupings);
    check_by(&args.by, &inquiry.groupings)?;
    let page = Page::open(&args.output)?;
    let passes = if inquiry.takes_everything() { 1 } else { 2 };
    stats.stage("begin");
    let watch = inquiry.watch(true, passes);
    let facts = inquiry.facts(&watch);
    stats.read(&watch);
    let judge = inquiry.judge(&facts);
    let filter = inquiry.filter(&judge)?;
    let options = ReportOptions {
        top: args.top().filter(|_| page.is_for_people()),
        by: args.by.clone(),
        filter: Some(inquiry.words(&filter)).filter(|words| !words.is_empty()),
        groupings: inquiry.groupings.clone(),
    };
    let write = |facts: &Facts, judge: &Judge<'_>, mut stats: Stats| {
        stats.stage("judge");
        let document = report(facts, judge, &options);
        stats.stage("report");
        page.write_redacted(document, inquiry.redactor())?;
        stats.stage("write");
        let exit = inquiry.conclude(facts);
        if args.stats {
            stats.tell(&inquiry);
        }
        Ok(exit)
    };
    if filter.takes_everything() {
        watch.finish();
        return write(&facts, &judge, stats);
    }
    stats.stage("judge");
    let counted = counted(&inquiry, &filter, &judge, &watch);
    stats.read(&watch);
    watch.finish();
    // What is left out tells of clocks all the same.
    let clocks = judge.clocks().clone();
    let wanted = filter.dialogs(&judge);
    let mut dialogs = ManuallyDrop::into_inner(facts).dialogs;
    dialogs.retain(|call_id, _| wanted.contains(&call_id.dialog()));
    let facts = ManuallyDrop::new(Facts { dialogs, ..counted });
    let judge = inquiry.judge_of_part(&facts, clocks);
    let exit = write(&facts, &judge, stats)?;
    let is_empty = facts.dialogs.is_empty() && facts.coverage.carriers.total() == 0;
    if exit != Exit::Nothing && is_empty {
        inquiry.tell_nothing_left(&filter, "nothing");
    }
    Ok(exit)
}

/// Without names, a table of sites has one row that says nothing.
fn check_by(by: &[Dimension], groupings: &Groupings) -> Result<(), Stop> {
    if by.contains(&Dimension::Site) && groupings.sites.is_empty() {
        return Err(Stop::Usage(
            "--by site needs to know the sites; name them with --sites FILE, with lines as in \
             192.0.2.0/24,Lisbon"
                .to_owned(),
        ));
    }
    Ok(())
}

/// What is asked for, counted in a second reading.
fn counted(inquiry: &Inquiry, filter: &Filter, judge: &Judge<'_>, watch: &Watch) -> Facts {
    let selection = filter.selection(judge);
    recount(&inquiry.discovery, &inquiry.options, watch, &selection)
}
