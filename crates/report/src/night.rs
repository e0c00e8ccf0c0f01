//! The report of a night: what is new or worse than usual, then what its calls say.

use std::collections::BTreeMap;

use siptriage_facts::{Facts, day_text};
use siptriage_history::{Basis, Change, ChangeKind, Comparison, Key, Sighting};
use siptriage_judge::{Judge, Verdict};

use crate::cells::{self, plural};
use crate::document::{Cell, Column, Document, Layout, Section, Tone, grouped, per_cent};
use crate::sections::{Gathered, ReportOptions, report_of_night, rule_words};

/// How many days the table of days shows to people; programs get them all.
const SHOWN_DAYS: usize = 14;

/// What is known of a night beside its calls.
#[derive(Debug, Clone)]
pub struct NightOptions<'o> {
    /// How it compares with earlier nights.
    pub comparison: &'o Comparison,
    /// Causes by the key of their finding, also of those that tonight has not.
    pub causes: &'o BTreeMap<Key, String>,
    /// All days that are known, first day first.
    pub days: &'o [NightDay],
    /// What the run that looked for new traces did; none where nothing was looked for.
    pub run: Option<NightRun>,
    /// Calls that have no time, so that they are of no night.
    pub timeless: u64,
    /// Where all days together are compared as one, by hand: the users of their failed calls.
    pub together: Option<u64>,
    /// How tables look.
    pub report: ReportOptions,
}

/// A day that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NightDay {
    /// Days since 1970-01-01.
    pub day: i64,
    /// Its calls.
    pub calls: u64,
    /// Of them with the verdict failed.
    pub failed: u64,
    /// Different callers.
    pub users: u64,
    /// Different callers of failed calls.
    pub users_hit: u64,
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NightRun {
    /// Files that had nothing new.
    pub known: u64,
    /// Calls that came to be in the store.
    pub new_calls: u64,
    /// Calls of which something was added.
    pub changed_calls: u64,
}

/// `Thursday 2026-03-05`.
fn weekday_words(day: i64) -> String {
    const NAMES: [&str; 7] = [
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
    ];
    // The first day of 1970 was a Thursday.
    let name = usize::try_from(day.rem_euclid(7)).map_or("", |at| NAMES[at]);
    format!("{name} {}", day_text(day))
}

/// The report of a night. `facts` are the dialogs of its calls, with the coverage of the run, and
/// `gathered` is what the cases of these add up to.
pub fn night(
    facts: &Facts,
    judge: &Judge<'_>,
    gathered: &Gathered<'_>,
    options: &NightOptions<'_>,
) -> Document {
    let comparison = options.comparison;
    let mut document = report_of_night(facts, judge, gathered, &options.report);
    let partial = document.partial;
    let day = day_text(comparison.day);
    document.kind = "nightly";
    document.title = match partial {
        _ if options.together.is_some() => "siptriage comparison".to_owned(),
        true => format!("PARTIAL siptriage night of {day}: the run was interrupted"),
        false => format!("siptriage night of {day}"),
    };
    document.headline = headline(options);
    if partial {
        let sentence = "PARTIAL: the run was interrupted, so traces are missing here; the next run \
                        reads the rest.";
        document.headline.insert(0, sentence.to_owned());
    }
    let mut sections = Vec::new();
    for kind in ChangeKind::ALL {
        sections.push(changes(options, kind));
    }
    sections.push(days(options));
    sections.extend(options.run.map(run));
    sections.append(&mut document.sections);
    document.sections = sections;
    document
}

fn headline(options: &NightOptions<'_>) -> Vec<String> {
    let comparison = options.comparison;
    let tonight = options.days.iter().find(|day| day.day == comparison.day);
    let hit = (options.together).unwrap_or(tonight.map_or(0, |day| day.users_hit));
    let when = match (options.together, options.days) {
        (Some(_), [first, .., last]) => {
            format!("{} to {}", day_text(first.day), day_text(last.day))
        }
        _ => weekday_words(comparison.day),
    };
    let mut first = format!(
        "{when}: {} of {} failed ({})",
        grouped(comparison.failed),
        plural(comparison.calls, "call", "calls"),
        per_cent(comparison.failed, comparison.calls),
    );
    if comparison.calls == 0 {
        first = format!("{when}: no calls");
    }
    if let Some(band) = comparison.usual_failed_rate {
        // Of 1,000 calls; rounded as shares are.
        let per_cent = |rate: f64| format!("{:.1}%", rate.round() / 10.0);
        let shares = between(per_cent(band.low), per_cent(band.high));
        first.push_str(&format!(", {} {shares}", usually(comparison)));
    }
    first.push_str(&format!("; {} hit.", plural(hit, "user", "users")));
    let mut sentences = vec![first];
    // Several days have more calls than one of those before.
    if let Some(band) = comparison.usual_calls
        && (options.together.is_none() || options.days.len() == 1)
    {
        let before = between(grouped(band.low), grouped(band.high));
        let words = match comparison.calls {
            _ if comparison.basis == Basis::FewNights => "calls",
            calls if calls < band.low => "fewer calls than usual",
            calls if calls > band.high => "more calls than usual",
            _ => "as many calls as usual",
        };
        sentences.push(format!(
            "{}: {}, {} {before}.",
            capital(words),
            grouped(comparison.calls),
            usually(comparison)
        ));
    }
    let nights = plural(comparison.nights, "night", "nights");
    let what = match comparison.basis {
        // Those that are known may be of another kind of day, or too long ago.
        Basis::NoNights if options.days.iter().any(|day| day.day < comparison.day) => {
            "Nothing is compared: of the earlier nights none is taken (--alike, --baseline)."
                .to_owned()
        }
        Basis::NoNights => "Nothing is compared: no earlier night is known.".to_owned(),
        Basis::NoCallsBefore => "Nothing is compared: no earlier night has a call.".to_owned(),
        Basis::NoCallsTonight => "Nothing is compared: there is no call.".to_owned(),
        Basis::FewNights | Basis::Nights if comparison.is_quiet() => {
            format!("Nothing is new, worse, better or gone, compared with {nights}.")
        }
        Basis::FewNights | Basis::Nights => {
            let count = |kind| comparison.of(kind).len();
            format!(
                "{} new, {} worse, {} better, {} gone, compared with {nights}.",
                count(ChangeKind::New),
                count(ChangeKind::Worse),
                count(ChangeKind::Better),
                count(ChangeKind::Gone)
            )
        }
    };
    sentences.push(what);
    if comparison.basis == Basis::FewNights {
        sentences.push(
            "So few nights say little of what is usual: only great changes are told.".to_owned(),
        );
    }
    for change in comparison.new.iter().chain(&comparison.worse).take(3) {
        let cause = options.causes.get(&change.key).map_or("", |cause| cause);
        let cause = crate::visible(cause);
        sentences.push(format!(
            "{}: {} of {}, {} expected. {}",
            capital(change.kind.name()),
            plural(change.calls, "call", "calls"),
            plural(change.users, "user", "users"),
            expected(change.expected),
            if cause.is_empty() {
                "No rule explains them."
            } else {
                &cause
            },
        ));
    }
    sentences
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// What to call the numbers of the nights before: one or two of them are no custom.
fn usually(comparison: &Comparison) -> &'static str {
    match comparison.basis {
        Basis::FewNights => "before",
        _ => "usually",
    }
}

/// From where to where, or what both ends are.
fn between(low: String, high: String) -> String {
    if low == high {
        low
    } else {
        format!("{low} to {high}")
    }
}

/// Calls that are expected, which need not be whole ones.
fn expected(calls: f64) -> String {
    if calls < 0.05 {
        "none".to_owned()
    } else if calls < 10.0 {
        format!("{calls:.1}")
    } else {
        grouped(calls.round() as u64)
    }
}

fn changes(options: &NightOptions<'_>, kind: ChangeKind) -> Section {
    let (id, title, note) = match kind {
        ChangeKind::New => (
            "new",
            "New",
            "In none of the nights compared, and too often for chance.",
        ),
        ChangeKind::Worse => ("worse", "Worse", "More of all calls than usual."),
        ChangeKind::Better => ("better", "Better", "Less of all calls than usual."),
        ChangeKind::Gone => ("gone", "Gone", "Usually there, and now not at all."),
        ChangeKind::Unseen => (
            "unseen",
            "Not seen in these nights",
            "Too seldom to be called new; single calls come and go.",
        ),
    };
    let columns = vec![
        Column::text("verdict", "Verdict"),
        Column::number("calls", "Calls"),
        Column::number("users", "Users"),
        Column::number("per_1000", "Of 1,000"),
        Column::number("usual_per_1000", "Usually"),
        Column::text("usual_calls", "Usual calls")
            .or_below(3)
            .led_in_by("usual calls "),
        Column::number("usual_low", "Usual calls, least").for_machines(),
        Column::number("usual_high", "Usual calls, most").for_machines(),
        Column::number("expected", "Expected").for_machines(),
        Column::text("cause", "Cause")
            .wrapped(34)
            .or_below(1)
            .unnamed(),
        Column::text("rule", "Rule").or_below(2).unnamed(),
        Column::text("seen", "Seen before").or_below(4).unnamed(),
        Column::number("calls_before", "Calls before").for_machines(),
        Column::number("nights_seen", "Nights seen").for_machines(),
        Column::number("nights", "Nights compared").for_machines(),
        Column::text("first_seen", "First seen").for_machines(),
        Column::text("last_seen", "Last seen").for_machines(),
        Column::text("sighting", "Sighting").for_machines(),
        Column::number("p", "p").or_below(5).led_in_by("p "),
    ];
    let mut section = Section::new(id, title, columns);
    for change in options.comparison.of(kind) {
        section.rows.push(change_row(options, change));
    }
    if !section.rows.is_empty() {
        section.notes.push(format!(
            "{note} docs/comparison.md has the test; p is corrected for {} comparisons.",
            grouped(options.comparison.comparisons)
        ));
    }
    section
}

fn change_row(options: &NightOptions<'_>, change: &Change) -> Vec<Cell> {
    let cause = options.causes.get(&change.key).map_or("", |cause| cause);
    let verdict = Verdict::ALL
        .into_iter()
        .find(|verdict| verdict.name() == change.key.verdict());
    let day = |day: Option<i64>| day.map_or(Cell::Empty, |day| Cell::text(day_text(day)));
    let usual = change.usual_calls;
    vec![
        verdict.map_or_else(|| rule_words(change.key.verdict()), cells::verdict),
        Cell::Count(change.calls),
        Cell::Count(change.users),
        Cell::Rate(change.rate),
        Cell::Rate(change.usual_rate),
        Cell::text(between(grouped(usual.low), grouped(usual.high))),
        Cell::Count(usual.low),
        Cell::Count(usual.high),
        // A sum of nothing is minus zero, which no reader expects.
        Cell::Rate(change.expected + 0.0),
        match cause {
            "" => Cell::text("No rule explains these calls."),
            cause => rule_words(cause),
        },
        rule_words(change.key.rule()),
        Cell::text(seen(change)),
        Cell::Count(change.calls_before),
        Cell::Count(change.nights_seen),
        Cell::Count(change.nights),
        day(change.first_seen),
        day(change.last_seen),
        Cell::text(match change.sighting {
            Sighting::FirstEver => "first-ever",
            Sighting::FirstIn(_) => "first-in-days",
            Sighting::Seen => "seen",
        }),
        Cell::Rate(change.p),
    ]
}

fn seen(change: &Change) -> String {
    match (change.sighting, change.last_seen) {
        (Sighting::FirstEver, _) | (_, None) => "never seen before".to_owned(),
        (Sighting::FirstIn(days), Some(last)) => {
            format!("first in {days} days; last on {}", day_text(last))
        }
        (Sighting::Seen, Some(last)) => format!(
            "in {} of {}, last on {}",
            grouped(change.nights_seen),
            plural(change.nights, "night", "nights"),
            day_text(last)
        ),
    }
}

fn days(options: &NightOptions<'_>) -> Section {
    let columns = vec![
        Column::text("day", "Day"),
        Column::number("calls", "Calls"),
        Column::number("failed", "Failed"),
        Column::number("failed_share", "Share"),
        Column::number("users", "Users").or_dropped(2),
        Column::number("users_hit", "Users hit").or_dropped(1),
        Column::text("usual", "Against the usual")
            .for_people()
            .or_below(1)
            .unnamed(),
        Column::number("usual_low", "Usual share, least").for_machines(),
        Column::number("usual_high", "Usual share, most").for_machines(),
    ];
    let mut section = Section::new("days", "Days", columns);
    let band = options.comparison.usual_failed_rate;
    let is_usual = options.comparison.basis != Basis::FewNights;
    // Where longer rankings are shown, more days are too.
    let shown = options.report.top.map(|top| top.max(SHOWN_DAYS));
    let first = shown.map_or(0, |shown| options.days.len().saturating_sub(shown));
    for day in &options.days[first..] {
        let rate = match day.calls {
            0 => 0.0,
            calls => day.failed as f64 * 1000.0 / calls as f64,
        };
        let word = |text, tone| Cell::Word { text, tone };
        let is_tonight = day.day == options.comparison.day;
        section.rows.push(vec![
            Cell::text(day_text(day.day)),
            Cell::Count(day.calls),
            Cell::Count(day.failed),
            Cell::Share {
                part: day.failed,
                whole: day.calls,
            },
            Cell::Count(day.users),
            Cell::Count(day.users_hit),
            match band {
                Some(band) if is_usual && day.calls > 0 && rate > band.high => {
                    word("above", Tone::Bad)
                }
                Some(band) if is_usual && day.calls > 0 && rate < band.low => {
                    word("below", Tone::Fine)
                }
                _ if is_tonight => Cell::text("this night"),
                _ => Cell::Empty,
            },
            band.map_or(Cell::Empty, |band| share(band.low)),
            band.map_or(Cell::Empty, |band| share(band.high)),
        ]);
    }
    if options.timeless > 0 {
        section.notes.push(format!(
            "{} without a time: of no day.",
            plural(options.timeless, "call", "calls")
        ));
    }
    if first > 0 {
        section.notes.push(format!(
            "The last {} of {}; JSON, CSV and --all have them all.",
            section.rows.len(),
            plural(cells::count(options.days.len()), "day", "days")
        ));
    }
    section
}

/// A rate of 1,000 as a share.
fn share(rate: f64) -> Cell {
    let millionths = (rate * 1000.0).round().clamp(0.0, 1e6);
    Cell::Share {
        part: millionths as u64,
        whole: 1_000_000,
    }
}

fn run(run: NightRun) -> Section {
    let fields = [
        ("new_calls", "Calls new in the store", run.new_calls),
        ("changed_calls", "Calls completed", run.changed_calls),
        ("known_files", "Files without anything new", run.known),
    ];
    let fields = fields.map(|(id, title, count)| (Column::number(id, title), Cell::Count(count)));
    let mut section = Section::record("run", "What this run added", fields.into());
    section.layout = Layout::Line;
    section
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_names() {
        assert_eq!(weekday_words(0), "Thursday 1970-01-01");
        assert_eq!(weekday_words(20_517), "Thursday 2026-03-05");
        assert_eq!(weekday_words(-1), "Wednesday 1969-12-31");
    }

    #[test]
    fn expected_calls_are_rounded_to_what_they_tell() {
        assert_eq!(expected(0.01), "none");
        assert_eq!(expected(0.26), "0.3");
        assert_eq!(expected(12.6), "13");
        assert_eq!(expected(12345.6), "12,346");
    }
}
