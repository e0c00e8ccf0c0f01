//! Calls, one row each.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};

use siptriage_diagnostics::{IceWarn, MediaSide};
use siptriage_facts::CallId;
use siptriage_judge::{Case, End, Judge, Kind, Outcome, Relay, Verdict};
use siptriage_redact::Redactor;

use crate::cells::{self, plural};
use crate::document::{Cell, Column, Document, Section, grouped};
use crate::outputs::write_row;
use crate::redaction::redact_row;
use crate::sections::filter;
use crate::visible::visible;

/// What calls are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortKey {
    /// When they began.
    #[default]
    Start,
    /// How long they lasted.
    Duration,
    /// Address of the caller.
    User,
    /// Verdict, gravest first.
    Verdict,
    /// Outcome, in the order of reports.
    Outcome,
    /// How long it took to an answer or a refusal.
    SetUp,
    /// Call-ID.
    CallId,
}

impl SortKey {
    /// All of them, the usual one first.
    pub const ALL: [SortKey; 7] = [
        SortKey::Start,
        SortKey::Duration,
        SortKey::User,
        SortKey::Verdict,
        SortKey::Outcome,
        SortKey::SetUp,
        SortKey::CallId,
    ];

    /// The word of `--sort`.
    pub const fn name(self) -> &'static str {
        match self {
            SortKey::Start => "start",
            SortKey::Duration => "duration",
            SortKey::User => "user",
            SortKey::Verdict => "verdict",
            SortKey::Outcome => "outcome",
            SortKey::SetUp => "set-up",
            SortKey::CallId => "call-id",
        }
    }

    /// The key of this name.
    pub fn from_name(name: &str) -> Option<SortKey> {
        SortKey::ALL.into_iter().find(|key| key.name() == name)
    }

    /// What a call is ordered by; what lacks it comes last.
    fn of<'f>(self, case: &Case<'f>) -> Option<Key<'f>> {
        let number = |number| Key {
            number,
            ..Key::default()
        };
        let place = |place: Option<usize>| {
            let place = place.and_then(|place| i64::try_from(place).ok());
            Some(number(place.unwrap_or(i64::MAX)))
        };
        match self {
            SortKey::Start => case.start.map(|start| number(start.micros)),
            SortKey::Duration => case.duration.map(number),
            SortKey::User => case.caller.address.map(|address| Key {
                text: address,
                ..Key::default()
            }),
            SortKey::Verdict => {
                let verdict = case.decision.verdict;
                place(Verdict::ALL.iter().position(|one| *one == verdict))
            }
            SortKey::Outcome => place(Outcome::ALL.iter().position(|one| *one == case.outcome)),
            SortKey::SetUp => case.set_up.map(number),
            SortKey::CallId => Some(Key {
                call_id: Some(case.call_id),
                ..Key::default()
            }),
        }
    }
}

/// What one call is ordered by: one of these, and the others are the same for all calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'f> {
    number: i64,
    text: &'f str,
    call_id: Option<&'f CallId>,
}

/// Which calls are listed, and how.
#[derive(Clone, Copy)]
pub struct CallsOptions<'o> {
    /// What they are ordered by; of equals the one that began first comes first.
    pub sort: SortKey,
    /// The other way round; what lacks the key comes last all the same.
    pub reverse: bool,
    /// So many at most; all of them if absent.
    pub top: Option<usize>,
    /// Which cases are listed.
    pub keep: &'o dyn Fn(&Case<'_>) -> bool,
    /// Whether dialogs that are no calls are listed too.
    pub all_kinds: bool,
    /// The filter in words. May hold text of any origin.
    pub filter: Option<&'o str>,
    /// Whether the scan was interrupted, so that part of the input is missing.
    pub partial: bool,
}

impl Default for CallsOptions<'_> {
    fn default() -> Self {
        CallsOptions {
            sort: SortKey::Start,
            reverse: false,
            top: None,
            keep: &|_| true,
            all_kinds: false,
            filter: None,
            partial: false,
        }
    }
}

impl fmt::Debug for CallsOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("CallsOptions");
        shown
            .field("sort", &self.sort)
            .field("reverse", &self.reverse);
        shown
            .field("top", &self.top)
            .field("all_kinds", &self.all_kinds);
        shown
            .field("filter", &self.filter)
            .field("partial", &self.partial)
            .finish_non_exhaustive()
    }
}

/// The calls that are listed, in their order. Made one by one, so that there may be millions.
pub fn listed<'j>(
    judge: &'j Judge<'_>,
    options: &CallsOptions<'_>,
) -> impl Iterator<Item = Case<'j>> + use<'j> {
    let call_ids = order(judge, options).listed;
    call_ids
        .into_iter()
        .filter_map(|call_id| judge.case(&call_id.text()))
}

/// Call-IDs in their order, and what all of them add up to, the ones that were cut off too.
#[derive(Debug, Default)]
struct Order<'j> {
    listed: Vec<&'j CallId>,
    all: u64,
    verdicts: [u64; Verdict::ALL.len()],
}

fn order<'j>(judge: &'j Judge<'_>, options: &CallsOptions<'_>) -> Order<'j> {
    let mut order = Order::default();
    let mut keyed = Vec::new();
    let cases = judge
        .cases()
        .filter(|case| options.all_kinds || case.kind == Kind::Call);
    for case in cases.filter(|case| (options.keep)(case)) {
        order.all += 1;
        let counts = order.verdicts.iter_mut().zip(Verdict::ALL);
        for (count, _) in counts.filter(|(_, one)| *one == case.decision.verdict) {
            *count += 1;
        }
        let key = options.sort.of(&case);
        let start = case.start.map_or(i64::MAX, |start| start.micros);
        keyed.push((key, start, case.call_id));
    }
    if options.reverse {
        keyed.sort_unstable_by_key(|(key, start, call_id)| {
            (key.is_none(), Reverse(*key), *start, *call_id)
        });
    } else {
        keyed.sort_unstable_by_key(|(key, start, call_id)| (key.is_none(), *key, *start, *call_id));
    }
    keyed.truncate(options.top.unwrap_or(usize::MAX));
    order.listed = keyed.into_iter().map(|(_, _, call_id)| call_id).collect();
    order
}

/// Calls as a table, one row each.
pub fn calls(judge: &Judge<'_>, options: &CallsOptions<'_>) -> Document {
    let order = order(judge, options);
    let mut section = Section::new(
        "calls",
        if options.all_kinds {
            "Dialogs"
        } else {
            "Calls"
        },
        columns(),
    );
    let cases = order
        .listed
        .iter()
        .filter_map(|call_id| judge.case(&call_id.text()));
    section.rows = cases.map(|case| row(&case)).collect();
    let hidden = order.all.saturating_sub(cells::count(section.rows.len()));
    if hidden > 0 {
        section.hidden_rows = usize::try_from(hidden).unwrap_or(usize::MAX);
        section.hidden = vec![Cell::Empty; section.columns.len()];
        section
            .notes
            .push(format!("--all shows all {} rows.", grouped(order.all)));
    }
    let mut sections = filter(options.filter);
    sections.push(section);
    let mut sentences = vec![headline(&order, options)];
    let mut title = "siptriage calls".to_owned();
    if options.partial {
        title = "PARTIAL list of calls of a scan that was interrupted".to_owned();
        let sentence = "PARTIAL: the scan was interrupted, so calls are missing here, and of others \
                        a part is.";
        sentences.insert(0, sentence.to_owned());
    }
    Document {
        kind: "calls",
        title,
        partial: options.partial,
        headline: sentences,
        sections,
    }
}

fn headline(order: &Order<'_>, options: &CallsOptions<'_>) -> String {
    let (one, many) = if options.all_kinds {
        ("dialog", "dialogs")
    } else {
        ("call", "calls")
    };
    if order.all == 0 {
        return format!("No {one} found.");
    }
    let counts = order.verdicts.iter().zip(Verdict::ALL);
    let counts = counts.filter(|(count, _)| **count > 0);
    let counts: Vec<String> = counts
        .map(|(count, verdict)| format!("{} {}", grouped(*count), verdict.name()))
        .collect();
    format!("{}: {}.", plural(order.all, one, many), counts.join(", "))
}

/// The columns of a call, for people and programs.
fn columns() -> Vec<Column> {
    vec![
        Column::text("start", "Start"),
        Column::text("end", "End").for_machines(),
        Column::text("verdict", "Verdict"),
        Column::text("outcome", "Outcome").or_below(2).unnamed(),
        // Of addresses, people need no scheme.
        Column::text("from_whom", "Caller").for_people().wrapped(22),
        Column::text("to_whom", "Callee")
            .for_people()
            .wrapped(22)
            .or_below(1)
            .led_in_by("to "),
        Column::text("caller", "Caller").for_machines(),
        Column::text("callee", "Callee").for_machines(),
        Column::text("kind", "Kind").for_machines(),
        Column::text("media", "Media")
            // No medium is torn.
            .wrapped(19)
            .or_below(3)
            .unnamed(),
        Column::number("final_status", "Status").or_dropped(2),
        Column::text("codes", "Codes")
            .wrapped(8)
            .or_below(4)
            .led_in_by("code "),
        Column::number("set_up", "Set-up").or_dropped(3),
        Column::number("time_to_ring", "Ring").for_machines(),
        Column::number("time_to_answer", "Answer").for_machines(),
        Column::number("duration", "Duration").or_below(5),
        Column::text("ended_by", "Ended by").or_dropped(1),
        // In a list, the name of the rule is the cause in short.
        Column::text("rule", "Rule").or_below(7).unnamed(),
        Column::text("cause", "Cause").for_machines(),
        Column::text("call_id", "Call-ID")
            .wrapped(24)
            .or_below(6)
            .unnamed(),
        Column::text("masks", "Masks").for_machines(),
        Column::text("caller_location", "Caller is").for_machines(),
        Column::text("callee_location", "Callee is").for_machines(),
        Column::text("caller_relay", "Relay of the caller").for_machines(),
        Column::text("callee_relay", "Relay of the callee").for_machines(),
        Column::text("caller_address", "Address of the caller").for_machines(),
        Column::text("callee_address", "Address of the callee").for_machines(),
        Column::text("caller_agent", "Agent of the caller").for_machines(),
        Column::text("callee_agent", "Agent of the callee").for_machines(),
        Column::text("conference", "Conference").for_machines(),
        Column::text("caller_candidates", "Candidates of the caller").for_machines(),
        Column::text("callee_candidates", "Candidates of the callee").for_machines(),
        Column::text("files", "Files").for_machines(),
        Column::number("messages", "Messages").for_machines(),
        Column::number("copies", "Copies").for_machines(),
    ]
}

/// The row of a call: a cell for each of [`columns`].
fn row(case: &Case<'_>) -> Vec<Cell> {
    let text = |text: Option<&str>| text.map_or(Cell::Empty, Cell::foreign);
    let time = |micros: Option<i64>| micros.map_or(Cell::Empty, Cell::Duration);
    let status = case.dialog.final_status.get();
    let codes = case.codes().map(|code| Cell::Number(u64::from(code)));
    let masks: BTreeSet<IceWarn> = case.media().filter_map(|media| media.mask).collect();
    let rule = case.decision.rule;
    let words = |text: &str| Cell::text(visible(text).into_owned());
    let [caller, callee] = [case.caller, case.callee];
    let messages = &case.dialog.messages;
    let modalities = case.dialog.modalities;
    vec![
        cells::stamp(case.start),
        cells::stamp(case.end),
        cells::verdict(case.decision.verdict),
        cells::outcome(case.outcome),
        short(caller.address),
        short(callee.address),
        text(caller.address),
        text(callee.address),
        Cell::text(case.kind.name()),
        quiet_list(modalities.words().map(Cell::text).collect()),
        status.map_or(Cell::Empty, |status| Cell::Number(u64::from(status))),
        quiet_list(codes.collect()),
        time(case.set_up),
        time(case.time_to_ring),
        time(case.time_to_answer),
        time(case.duration),
        case.ended_by
            .map_or(Cell::Empty, |side: MediaSide| Cell::text(side.name())),
        match rule.map(|rule| words(&rule.id)) {
            // Where nothing is wrong, people need no cause.
            Some(rule) if case.decision.verdict == Verdict::Benign => Cell::Quiet(Box::new(rule)),
            rule => rule.unwrap_or(Cell::Empty),
        },
        rule.map_or(Cell::Empty, |rule| words(&rule.cause)),
        Cell::foreign(&case.call_id.text()),
        Cell::List(masks.into_iter().map(Cell::Mask).collect()),
        Cell::text(caller.location.name()),
        Cell::text(callee.location.name()),
        relay(&caller),
        relay(&callee),
        text(caller.site),
        text(callee.site),
        text(caller.agent),
        text(callee.agent),
        Cell::Bool(case.conference()),
        Cell::List(caller.candidates.words().map(Cell::text).collect()),
        Cell::List(callee.candidates.words().map(Cell::text).collect()),
        Cell::List(case.files().into_iter().map(Cell::foreign).collect()),
        Cell::Count(messages.distinct()),
        Cell::Count(messages.copies()),
    ]
}

/// An address of record without its scheme.
fn short(address: Option<&str>) -> Cell {
    let short = |address: &str| Cell::foreign(address.strip_prefix("sip:").unwrap_or(address));
    address.map_or(Cell::Missing("unknown"), short)
}

/// A list, of which people see nothing where it has nothing in it.
fn quiet_list(cells: Vec<Cell>) -> Cell {
    if cells.is_empty() {
        Cell::Quiet(Box::new(Cell::List(cells)))
    } else {
        Cell::List(cells)
    }
}

/// The relay of an end: its address, or a word.
fn relay(end: &End<'_>) -> Cell {
    match end.relay {
        Relay::Present("") => Cell::text("present"),
        Relay::Present(relay) => Cell::foreign(relay),
        Relay::Absent => Cell::text("none"),
        Relay::NotStated => Cell::Empty,
    }
}

/// Writes calls to `W`, one JSON object a line. The keys are those of the rows of [`calls`].
///
/// Nothing is kept between calls. Give it a buffered writer: it writes in small pieces.
#[derive(Debug)]
pub struct CallWriter<W: Write> {
    out: W,
    columns: Vec<Column>,
}

impl<W: Write> CallWriter<W> {
    /// A writer of calls to `out`. Nothing is written yet.
    pub fn new(out: W) -> CallWriter<W> {
        CallWriter {
            out,
            columns: columns(),
        }
    }

    /// Writes one call; with a redactor, with tokens in place of identifiers.
    ///
    /// # Errors
    /// Those of the writer beneath.
    pub fn write(&mut self, case: &Case<'_>, redactor: Option<&Redactor>) -> io::Result<()> {
        let mut row = row(case);
        if let Some(redactor) = redactor {
            redact_row("calls", &self.columns, &mut row, redactor);
        }
        write_row(&self.columns, &row, &mut self.out)?;
        self.out.write_all(b"\n")
    }

    /// Writes what is buffered beneath.
    ///
    /// # Errors
    /// Those of the writer beneath.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}
