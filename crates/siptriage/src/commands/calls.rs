//! `siptriage calls`: traces in, one row for each call out.

use siptriage_judge::{Case, Filter, Judge, Kind};
use siptriage_report::{CallWriter, CallsOptions, calls, listed};

use crate::args::{CallsArgs, ListForm};
use crate::commands::{DocumentReader, Page, all_of};
use crate::exit::{Exit, Stop};
use crate::inquiry::Inquiry;
use crate::output_file::Out;

/// Reads the traces and lists what is asked for.
pub(crate) fn run(args: &CallsArgs) -> Result<Exit, Stop> {
    let inquiry = Inquiry::of(&args.read, args.output.files.paths())?;
    let targets = Target::open_all(args)?;
    let watch = inquiry.watch(true, 1);
    let facts = inquiry.facts(&watch);
    watch.finish();
    let judge = inquiry.judge(&facts);
    let filter = inquiry.filter(&judge)?;
    let words = inquiry.words(&filter);
    let keep = |case: &Case<'_>| filter.takes_case(case);
    let options = CallsOptions {
        sort: args.sort,
        reverse: args.reverse,
        top: None,
        keep: &keep,
        all_kinds: args.all_dialogs,
        filter: Some(words.as_str()).filter(|words| !words.is_empty()),
        partial: facts.coverage.interrupted,
    };
    let write = |target| match target {
        Target::Rows(mut out) => {
            let mut writer = CallWriter::new(&mut out);
            let mut cases = listed(&judge, &options);
            let written = cases.try_for_each(|case| writer.write(&case, inquiry.redactor()));
            let written = written.and_then(|()| writer.finish());
            written.map_err(|error| out.stop(error))?;
            out.commit()
        }
        Target::Page(page) => {
            // Who asks for a few rows of a list gets them in a browser too.
            let is_for_people = page.reader() != DocumentReader::Program;
            let options = CallsOptions {
                top: args.top.filter(|_| is_for_people),
                ..options
            };
            page.write_redacted(calls(&judge, &options), inquiry.redactor())
        }
    };
    all_of(targets.into_iter().map(write))?;
    let exit = inquiry.conclude(&facts);
    if exit != Exit::Nothing && is_empty(&judge, &filter, args.all_dialogs) {
        let what = if args.all_dialogs {
            "no dialog"
        } else {
            "no call"
        };
        if !filter.takes_everything() {
            inquiry.tell_nothing_left(&filter, what);
        }
    }
    Ok(exit)
}

fn is_empty(judge: &Judge<'_>, filter: &Filter, all_kinds: bool) -> bool {
    let mut cases = judge.cases();
    !cases.any(|case| (all_kinds || case.kind == Kind::Call) && filter.takes_case(&case))
}

/// Where the list goes. Opened before the work, so that a wrong name is told before it.
enum Target {
    Rows(Out),
    Page(Page),
}

impl Target {
    fn open_all(args: &CallsArgs) -> Result<Vec<Target>, Stop> {
        let open = |(path, form)| {
            Ok(match form {
                ListForm::Ndjson => Target::Rows(Out::open(path)?),
                ListForm::Document(form) => {
                    Target::Page(Page::open_as(form, path, &args.output.look)?)
                }
            })
        };
        args.output.chosen()?.into_iter().map(open).collect()
    }
}
