//! `siptriage nightly`: what is new into a store, and a report on last night.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use siptriage_facts::{Facts, day_text};
use siptriage_history::{Comparison, FailOn, Night, Options, compare};
use siptriage_judge::Judge;
use siptriage_report::{
    Document, NightOptions, NightRun, PageMessages, ReportOptions, night, page_sections,
    shown_calls, visible,
};
use siptriage_scanner::{Discovery, Input, Location};
use siptriage_store::{Store, StoreError};

use crate::args::{CompareOptions, NightlyArgs};
use crate::commands::scan::messages_of_failed;
use crate::commands::{DocumentReader, Pages};
use crate::exit::{Exit, Stop};
use crate::inquiry::{self, Inquiry};
use crate::nights::Nights;
use crate::{intake, stderr};

/// A store that cannot be used, as a reason to stop.
pub(super) fn stop(error: StoreError) -> Stop {
    Stop::Usage(visible(&error.to_string()).into_owned())
}

/// With what a night is compared.
#[derive(Debug)]
enum Baseline {
    /// So many days back.
    Nights(u32),
    /// What a run added.
    Run(i64),
    /// Other traces.
    Traces(PathBuf),
}

impl Baseline {
    fn of(text: Option<&str>) -> Result<Baseline, Stop> {
        let Some(text) = text else {
            return Ok(Baseline::Nights(28));
        };
        if let Ok(nights) = text.parse() {
            return Ok(Baseline::Nights(nights));
        }
        if let Some(run) = text.strip_prefix("run:") {
            return run.parse().map(Baseline::Run).map_err(|_| {
                Stop::Usage(format!(
                    "--baseline {}: no number of a run; `siptriage store info` lists them",
                    visible(text)
                ))
            });
        }
        let path = PathBuf::from(text);
        if path.exists() {
            return Ok(Baseline::Traces(path));
        }
        Err(Stop::Usage(format!(
            "--baseline {}: neither a number of days, run:N, nor a file or folder that is there",
            visible(text)
        )))
    }
}

/// Reads what is new, keeps it, and reports on a night.
pub(crate) fn run(args: &NightlyArgs) -> Result<Exit, Stop> {
    if args.input.paths.is_empty() {
        return Err(Stop::Usage(
            "nothing to read; name the folder with the traces, as in `siptriage nightly D:\\traces \
             --store calls.sqlite`"
                .to_owned(),
        ));
    }
    let baseline = Baseline::of(args.baseline.as_deref())?;
    let reading = (&args.input.reading, args.output.files.paths());
    let how = (&args.judge, &args.manner, &args.redact);
    // Nobody reads notes that come each night: one line says what became of it.
    let mut inquiry = Inquiry::of_all(&args.input.paths, reading, how)?.for_terminals();
    spare(&args.store.path, &inquiry)?;
    if let Some(log) = &args.log {
        leave_out(log, &mut inquiry);
    }
    let pages = Pages::open(&args.output)?;
    let mut store = Store::open(&args.store.path).map_err(stop)?;
    let begun = inquiry::now().to_string();
    let watch = inquiry.watch(true, 1 + u64::from(pages.any_for_browsers()));
    let taken = intake::take(&mut store, &inquiry, &watch, &begun).map_err(stop)?;
    let coverage = { taken.facts }.coverage;
    let run = NightRun {
        known: taken.known,
        new_calls: taken.kept.new,
        changed_calls: taken.kept.changed,
    };
    let nights = Nights::of_store(&store).map_err(stop)?;
    let day = chosen_day(args.day, &nights);
    let comparison = compared(&baseline, day, &nights, &store, args)?;
    let mut facts = store.facts_of_day(Some(day)).map_err(stop)?;
    facts.coverage = coverage;
    let judge = inquiry.judge(&facts);
    let messages = match pages.any_for_browsers() {
        true => messages_of_failed(&seen_in(&inquiry, &judge), &inquiry.options, &judge, &watch),
        false => PageMessages::default(),
    };
    watch.finish();
    // Behind the bar, so that no line is torn.
    let exit = match inquiry.conclude_run(&facts, taken.known > 0) {
        Exit::Nothing if taken.known > 0 => Exit::Done,
        exit => exit,
    };
    let documents = pages.documents(inquiry.redactor(), |reader| {
        let of = (&nights, &comparison, None);
        let top = reader.top(args.rank.top());
        let mut document = document(&facts, &judge, &inquiry, of, Some(run), top);
        if reader == DocumentReader::Browser {
            document.sections.extend(page_sections(&judge, &messages));
        }
        document
    });
    pages.write_each(&documents)?;
    let exit = conditions(&args.compare.fail_on, &comparison, exit);
    let summary = summary(&comparison, &taken_words(&facts, run));
    if !args.manner.quiet {
        stderr::line(format_args!("{summary}"));
    }
    if let Some(log) = &args.log {
        add_line(
            log,
            &format!("{begun} {summary}; exit code {}", exit.code()),
        )?;
    }
    Ok(exit)
}

/// The inputs that the failed calls which a page shows were seen in.
fn seen_in(inquiry: &Inquiry, judge: &Judge<'_>) -> Discovery {
    let shown = shown_calls(judge);
    let cases = shown
        .iter()
        .filter_map(|call_id| judge.case(&call_id.text()));
    let files: BTreeSet<String> = cases
        .flat_map(|case| case.files())
        .map(|file| file.split('!').next().unwrap_or(file).to_owned())
        .collect();
    let mut discovery = inquiry.discovery.clone();
    discovery
        .inputs
        .retain(|input| files.contains(&*input.name));
    discovery
}

/// A store among the traces is no trace, and a trace is no store.
fn spare(path: &Path, inquiry: &Inquiry) -> Result<(), Stop> {
    let inputs = inquiry.discovery.inputs.iter();
    match inputs.filter(|input| input.named).find(is_file(path)) {
        Some(input) => Err(Stop::Usage(format!(
            "{}: is the store and a trace to read; name one of them otherwise",
            visible(&input.name)
        ))),
        None => Ok(()),
    }
}

/// The log of runs may lie among the traces. It grows with every run, and is none.
fn leave_out(log: &Path, inquiry: &mut Inquiry) {
    let is_log = is_file(log);
    inquiry.discovery.inputs.retain(|input| !is_log(&input));
}

/// Whether an input is this file, in whichever way its folder is named.
fn is_file(path: &Path) -> impl Fn(&&Input) -> bool {
    let whole = std::fs::canonicalize(path).ok();
    move |input| match (&whole, &input.location) {
        // Most have another name, and the system need not be asked.
        (Some(whole), Location::File(file)) if file.file_name() == whole.file_name() => {
            std::fs::canonicalize(file).is_ok_and(|file| file == *whole)
        }
        _ => false,
    }
}

/// The night to report on: the one that was asked for, else yesterday if it has calls, else the
/// last day that has some.
fn chosen_day(asked: Option<i64>, nights: &Nights) -> i64 {
    let today = inquiry::now().day();
    let has_calls = |day: i64| nights.nights.iter().any(|night| night.day == day);
    let last = nights.nights.last().map(|night| night.day);
    asked
        .or_else(|| has_calls(today - 1).then_some(today - 1))
        .or(last)
        .unwrap_or(today - 1)
}

fn compared(
    baseline: &Baseline,
    day: i64,
    nights: &Nights,
    store: &Store,
    args: &NightlyArgs,
) -> Result<Comparison, Stop> {
    let tonight = nights.nights.iter().find(|night| night.day == day);
    let tonight = tonight.cloned().unwrap_or(Night {
        day,
        ..Night::default()
    });
    let alike = args.compare.alike;
    let options = |of: Options| Options {
        alike: alike.unwrap_or(of.alike),
        ..of
    };
    Ok(match baseline {
        Baseline::Nights(back) => {
            let default = Options::default();
            let options = options(Options {
                back: Some(*back),
                ..default
            });
            compare(&tonight, &nights.nights, &options)
        }
        Baseline::Run(run) => {
            let before = Nights::of_run(store, *run).map_err(stop)?;
            let before = before.ok_or_else(|| {
                Stop::Usage(format!(
                    "--baseline run:{run}: there is no such run; `siptriage store info` lists them"
                ))
            })?;
            compare(&tonight, &before.nights, &options(Options::any_day()))
        }
        Baseline::Traces(path) => {
            let before = of_traces(path, args)?;
            compare(&tonight, &before.nights, &options(Options::any_day()))
        }
    })
}

fn of_traces(path: &Path, args: &NightlyArgs) -> Result<Nights, Stop> {
    let reading = (&args.input.reading, args.output.files.paths());
    let paths = [path.as_os_str().to_owned()];
    let inquiry = Inquiry::of_all(&paths, reading, (&args.judge, &args.manner, &args.redact))?;
    let watch = inquiry.watch(true, 1);
    let facts = inquiry.facts(&watch);
    watch.finish();
    inquiry.conclude(&facts);
    Ok(Nights::of_calls(&inquiry.judge(&facts)))
}

/// The report of a night.
pub(super) fn document(
    facts: &Facts,
    judge: &Judge<'_>,
    inquiry: &Inquiry,
    (nights, comparison, together): (&Nights, &Comparison, Option<u64>),
    run: Option<NightRun>,
    top: Option<usize>,
) -> Document {
    let options = NightOptions {
        comparison,
        causes: &nights.causes,
        days: &nights.days,
        run,
        timeless: nights.timeless,
        together,
        report: ReportOptions {
            top,
            groupings: inquiry.groupings.clone(),
            ..ReportOptions::default()
        },
    };
    let gathered = inquiry.gathered(facts, judge, &options.report);
    night(facts, judge, &gathered, &options)
}

/// How a run ends: conditions that hold are named, and are told by the exit code where nothing
/// worse is.
pub(super) fn conditions(conditions: &[FailOn], comparison: &Comparison, exit: Exit) -> Exit {
    let mut holds = false;
    for condition in conditions {
        if condition.holds(comparison) {
            holds = true;
            stderr::line(format_args!("--fail-on {condition} holds"));
        }
    }
    match exit {
        Exit::Done | Exit::Partial if holds => Exit::Condition,
        exit => exit,
    }
}

/// One line on a comparison.
pub(super) fn summary(comparison: &Comparison, more: &str) -> String {
    let changes = match comparison.basis.is_compared() {
        true => format!(
            "{} new, {} worse, {} better, {} gone",
            comparison.new.len(),
            comparison.worse.len(),
            comparison.better.len(),
            comparison.gone.len()
        ),
        false => "nothing to compare with".to_owned(),
    };
    format!(
        "{}: {} of {} calls failed; {changes}{more}",
        day_text(comparison.day),
        comparison.failed,
        comparison.calls
    )
}

fn taken_words(facts: &Facts, run: NightRun) -> String {
    let failed = facts.coverage.skipped.iter();
    let failed = failed.filter(|skipped| skipped.reason.is_failure()).count();
    let trouble = match failed {
        0 => String::new(),
        failed => format!(", {failed} not read"),
    };
    let files = match facts.coverage.files {
        1 => "1 file read".to_owned(),
        files => format!("{files} files read"),
    };
    format!(
        "; {files}{trouble}, {} without anything new; {} calls new, {} completed",
        run.known, run.new_calls, run.changed_calls
    )
}

fn add_line(path: &Path, line: &str) -> Result<(), Stop> {
    let opened = File::options().create(true).append(true).open(path);
    let written = opened.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
    written.map_err(|error| Stop::Output {
        target: visible(&path.to_string_lossy()).into_owned(),
        error,
    })
}

/// The options of a comparison of any two.
pub(super) fn any_two(options: &CompareOptions) -> Options {
    let default = Options::any_day();
    Options {
        alike: options.alike.unwrap_or(default.alike),
        ..default
    }
}
