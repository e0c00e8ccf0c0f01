//! `siptriage call`: traces and a Call-ID in, everything about that call out.

use std::borrow::Cow;

use siptriage_facts::{DialogId, Event, Logged, Selection, Signal};
use siptriage_judge::{Case, Filter, Judge};
use siptriage_redact::Redactor;
use siptriage_report::{CallOptions, call_page, visible};
use siptriage_scanner::messages;

use crate::args::CallArgs;
use crate::commands::style;
use crate::exit::{Exit, Stop};
use crate::inquiry::Inquiry;
use crate::output_file::Out;
use crate::stderr;

/// Calls that are listed where an ID is not enough, or is none.
const MAX_LISTED: usize = 10;

/// Finds the call, reads its messages and writes its page.
pub(crate) fn run(args: &CallArgs) -> Result<Exit, Stop> {
    let form = args.output.chosen()?;
    let id = args.id.trim();
    if id.is_empty() {
        return Err(Stop::Usage(
            "no call is named; write its Call-ID or how it begins, as `siptriage calls` lists it"
                .to_owned(),
        ));
    }
    let inquiry = Inquiry::of(&args.read, args.output.file.path())?;
    let mut out = Out::open(args.output.file.path())?;
    let watch = inquiry.watch(true, 2);
    let facts = inquiry.facts(&watch);
    let judge = inquiry.judge(&facts);
    let filter = inquiry.filter(&judge)?;
    let found = find(&judge, &filter, id);
    let case = match found {
        Found::One(case) => *case,
        Found::Many(candidates) => {
            watch.finish();
            tell_candidates(id, &candidates, inquiry.redactor());
            return Ok(Exit::Usage);
        }
        Found::None => {
            watch.finish();
            let exit = inquiry.conclude(&facts);
            if exit == Exit::Nothing {
                return Ok(exit);
            }
            tell_unknown(id, &judge, &filter, &inquiry);
            return Ok(if exit == Exit::Interrupted {
                exit
            } else {
                Exit::Nothing
            });
        }
    };
    let mut of_call: Vec<Logged<'static>> = Vec::new();
    let selection = OneCall(case.call_id.dialog());
    let read = messages(
        &inquiry.discovery,
        &inquiry.options,
        &watch,
        &selection,
        &mut |message| {
            of_call.push(message.clone().into_owned());
            Ok(())
        },
    );
    watch.finish();
    let read = read.map_err(|error| out.stop(error))?;
    let options = CallOptions {
        partial: facts.coverage.interrupted || read.coverage.interrupted,
    };
    let page = call_page(&case, &of_call, judge.clocks(), &options);
    let page = match inquiry.redactor() {
        Some(redactor) => page.redacted(redactor),
        None => page,
    };
    let style = style(&args.output.look, &out);
    let written = page.write(form, &style, args.ascii, args.messages, &mut out);
    written.map_err(|error| out.stop(error))?;
    out.commit()?;
    Ok(inquiry.conclude(&read))
}

/// What an ID is the beginning of.
enum Found<'f> {
    One(Box<Case<'f>>),
    /// Some of them, and how many there are.
    Many(Candidates<'f>),
    None,
}

struct Candidates<'f> {
    first: Vec<Case<'f>>,
    all: u64,
}

/// The case with this Call-ID, else those whose Call-ID begins so.
fn find<'f>(judge: &Judge<'f>, filter: &Filter, id: &str) -> Found<'f> {
    if let Some(case) = judge.case(id).filter(|case| filter.takes_case(case)) {
        return Found::One(Box::new(case));
    }
    let begin_so = |case: &Case<'_>| case.call_id.text().starts_with(id) && filter.takes_case(case);
    let mut candidates = Candidates {
        first: Vec::new(),
        all: 0,
    };
    for case in judge.cases_in_order().filter(begin_so) {
        candidates.all += 1;
        if candidates.first.len() < MAX_LISTED {
            candidates.first.push(case);
        }
    }
    match candidates.all {
        0 => Found::None,
        1 => match candidates.first.pop() {
            Some(case) => Found::One(Box::new(case)),
            None => Found::None,
        },
        _ => Found::Many(candidates),
    }
}

fn tell_candidates(id: &str, candidates: &Candidates<'_>, redactor: Option<&Redactor>) {
    let all = candidates.all;
    let id = shown_id(id, redactor);
    let shown = visible(&id);
    stderr::line(format_args!(
        "`{shown}`: {all} Call-IDs begin so; write more of the one that is meant:"
    ));
    for case in &candidates.first {
        tell_case(case, redactor);
    }
    let hidden = all.saturating_sub(candidates.first.len() as u64);
    if hidden > 0 {
        stderr::line(format_args!(
            "  {hidden} more; `siptriage calls --all-dialogs --call-id {shown}` lists all"
        ));
    }
}

/// What was typed as an ID.
fn shown_id<'i>(id: &'i str, redactor: Option<&Redactor>) -> Cow<'i, str> {
    match redactor {
        Some(redactor) => redactor.call_id(id).into(),
        None => id.into(),
    }
}

fn tell_unknown(id: &str, judge: &Judge<'_>, filter: &Filter, inquiry: &Inquiry) {
    let redactor = inquiry.redactor();
    let shown = shown_id(id, redactor);
    let shown = visible(&shown);
    let asked = inquiry.words(filter);
    let among = match asked.is_empty() {
        true => String::new(),
        false => format!(" among {}", visible(&asked)),
    };
    let nearest = nearest_calls(id, judge, filter);
    if nearest.is_empty() {
        stderr::line(format_args!(
            "`{shown}`: no Call-ID begins so{among}, and there is no other; `siptriage calls` \
             lists what there is"
        ));
        return;
    }
    stderr::line(format_args!(
        "`{shown}`: no Call-ID begins so{among}; `siptriage calls` lists all, and nearest are:"
    ));
    for case in &nearest {
        tell_case(case, redactor);
    }
}

/// The calls whose Call-IDs have the longest beginning in common with an ID, in any case.
fn nearest_calls<'f>(id: &str, judge: &Judge<'f>, filter: &Filter) -> Vec<Case<'f>> {
    let common = |call_id: &str| {
        let pairs = id.chars().zip(call_id.chars());
        let same = pairs.take_while(|(one, other)| one.eq_ignore_ascii_case(other));
        same.count()
    };
    let mut nearest: Vec<(usize, Case<'f>)> = Vec::new();
    for case in judge
        .cases_in_order()
        .filter(|case| filter.takes_case(case))
    {
        let len = common(&case.call_id.text());
        // Behind those that have as much in common: they come in the order of Call-IDs.
        let at = nearest.partition_point(|(other, _)| *other >= len);
        if at < NEAREST {
            nearest.insert(at, (len, case));
            nearest.truncate(NEAREST);
        }
    }
    nearest.into_iter().map(|(_, case)| case).collect()
}

/// Calls that are named where none is found.
const NEAREST: usize = 5;

/// A call in one line.
fn tell_case(case: &Case<'_>, redactor: Option<&Redactor>) {
    let redacted = |text: &str| match redactor {
        Some(redactor) => redactor.text(text),
        None => text.to_owned(),
    };
    let party = |address: Option<&str>| {
        address.map_or("?".to_owned(), |a| visible(&redacted(a)).into_owned())
    };
    let start = case
        .start
        .map_or("no time".to_owned(), |start| start.to_string());
    stderr::line(format_args!(
        "  {}  {start}  {} > {}  {} {}",
        visible(&shown_id(&case.call_id.text(), redactor)),
        party(case.caller.address),
        party(case.callee.address),
        case.kind.name(),
        case.outcome.name(),
    ));
}

/// The messages of one call.
struct OneCall(DialogId);

impl Selection for OneCall {
    fn takes_event(&self, event: &Event<'_>) -> bool {
        event.dialog().map(|call_id| DialogId::of(&call_id)) == Some(self.0)
    }

    fn takes_message(&self, signal: &Signal<'_>) -> bool {
        self.takes_call(signal.call_id)
    }

    fn takes_call(&self, call_id: &str) -> bool {
        DialogId::of(call_id) == self.0
    }
}
