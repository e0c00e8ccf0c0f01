//! `siptriage scan`: traces in, a report out.

use std::collections::HashSet;
use std::mem::ManuallyDrop;

use siptriage_facts::{DialogId, Event, Facts, Logged, Selection, Signal};
use siptriage_judge::{Dimension, Filter, Groupings, Judge};
use siptriage_report::{
    MAX_LADDER_MESSAGES, PageMessages, ReportOptions, page_sections, report, shown_calls,
};
use siptriage_scanner::{Discovery, ScanOptions, messages, recount};

use crate::args::ScanArgs;
use crate::commands::{DocumentReader, Pages};
use crate::exit::{Exit, Stop};
use crate::inquiry::Inquiry;
use crate::progress::Watch;
use crate::stats::Stats;

/// Reads the traces and writes the report, also of an interrupted scan and of nothing.
pub(crate) fn run(args: &ScanArgs) -> Result<Exit, Stop> {
    let mut stats = Stats::begin();
    let mut inquiry = Inquiry::of(&args.read, args.output.files.paths())?;
    inquiry.groupings = args.with_subnets(inquiry.groupings);
    check_by(&args.by, &inquiry.groupings)?;
    let pages = Pages::open(&args.output)?;
    // A page shows messages of failed calls, which facts do not hold.
    let with_messages = pages.any_for_browsers();
    let passes = 1 + u64::from(!inquiry.takes_everything()) + u64::from(with_messages);
    stats.stage("begin");
    let watch = inquiry.watch(true, passes);
    let facts = inquiry.facts(&watch);
    stats.read(&watch);
    let judge = inquiry.judge(&facts);
    let filter = inquiry.filter(&judge)?;
    let options = ReportOptions {
        top: None,
        by: args.by.clone(),
        filter: Some(inquiry.words(&filter)).filter(|words| !words.is_empty()),
        groupings: inquiry.groupings.clone(),
    };
    let write = |facts: &Facts, judge: &Judge<'_>, watch: Watch, mut stats: Stats| {
        stats.stage("judge");
        let messages = match with_messages {
            true => messages_of_failed(&inquiry.discovery, &inquiry.options, judge, &watch),
            false => PageMessages::default(),
        };
        watch.finish();
        let gathered = inquiry.gathered(facts, judge, &options);
        let documents = pages.documents(inquiry.redactor(), |reader| {
            let options = ReportOptions {
                top: reader.top(args.top()),
                ..options.clone()
            };
            let mut document = report(facts, judge, &gathered, &options);
            if reader == DocumentReader::Browser {
                document.sections.extend(page_sections(judge, &messages));
            }
            document
        });
        stats.stage("report");
        pages.write_each(&documents)?;
        stats.stage("write");
        let exit = inquiry.conclude(facts);
        if args.stats {
            stats.tell(&inquiry);
        }
        Ok(exit)
    };
    if filter.takes_everything() {
        return write(&facts, &judge, watch, stats);
    }
    stats.stage("judge");
    let counted = counted(&inquiry, &filter, &judge, &watch);
    stats.read(&watch);
    // What is left out tells of clocks all the same.
    let clocks = judge.clocks().clone();
    let wanted = filter.dialogs(&judge);
    let mut dialogs = ManuallyDrop::into_inner(facts).dialogs;
    dialogs.retain(|call_id, _| wanted.contains(&call_id.dialog()));
    let facts = ManuallyDrop::new(Facts { dialogs, ..counted });
    let judge = inquiry.judge_of_part(&facts, clocks);
    let exit = write(&facts, &judge, watch, stats)?;
    let is_empty = facts.dialogs.is_empty() && facts.coverage.carriers.total() == 0;
    if exit != Exit::Nothing && is_empty {
        inquiry.tell_nothing_left(&filter, "nothing");
    }
    Ok(exit)
}

/// The messages of the failed calls that a page shows, read once more.
pub(super) fn messages_of_failed(
    discovery: &Discovery,
    options: &ScanOptions,
    judge: &Judge<'_>,
    watch: &Watch,
) -> PageMessages {
    let shown = shown_calls(judge);
    let mut found = PageMessages::default();
    let wanted = SomeCalls(shown.iter().map(|call_id| call_id.dialog()).collect());
    if wanted.0.is_empty() {
        return found;
    }
    let keep = &mut |message: &Logged<'_>| {
        if let Some(call_id) = message.message.call_id.as_deref() {
            let of_call = found.of_calls.entry(DialogId::of(call_id)).or_default();
            if of_call.len() < MAX_LADDER_MESSAGES {
                of_call.push(for_ladder(message));
            }
        }
        Ok(())
    };
    // What is kept in memory does not fail to be written, and what could not be read was told of
    // by the first reading.
    let read = messages(discovery, options, watch, &wanted, keep);
    found.interrupted = read.is_ok_and(|read| read.coverage.interrupted);
    found
}

/// A message without what a ladder does not show: bodies may be long.
fn for_ladder(message: &Logged<'_>) -> Logged<'static> {
    Logged {
        body: "".into(),
        raw: "".into(),
        ..message.clone()
    }
    .into_owned()
}

/// The messages of some calls.
struct SomeCalls(HashSet<DialogId>);

impl Selection for SomeCalls {
    fn takes_event(&self, event: &Event<'_>) -> bool {
        let call_id = event.dialog();
        call_id.is_some_and(|call_id| self.0.contains(&DialogId::of(&call_id)))
    }

    fn takes_message(&self, signal: &Signal<'_>) -> bool {
        self.takes_call(signal.call_id)
    }

    fn takes_call(&self, call_id: &str) -> bool {
        self.0.contains(&DialogId::of(call_id))
    }
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
