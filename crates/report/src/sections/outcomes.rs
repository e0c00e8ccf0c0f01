//! What became of calls, other dialogs, and copies.

use std::cmp::Reverse;

use siptriage_judge::{Kind, Outcome};

use super::Found;
use super::gathered::Dialogs;
use crate::cells;
use crate::document::{Cell, Column, Layout, Section};

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    vec![outcomes(found)]
}

/// What is no call, and what was counted once only.
pub(super) fn rest(found: &Found<'_>) -> Vec<Section> {
    vec![dialogs(found), copies(found)]
}

fn outcomes(found: &Found<'_>) -> Section {
    let columns = vec![
        Column::text("outcome", "Outcome"),
        Column::number("calls", "Calls"),
        Column::number("users", "Users"),
        Column::number("share", "Share"),
        Column::text("meaning", "What it is")
            .wrapped(30)
            .or_below(1)
            .unnamed(),
    ];
    let mut section = Section::new("outcomes", "Outcomes of calls", columns);
    let all = &found.gathered.calls;
    let counts = |count, users| {
        let share = Cell::Share {
            part: count,
            whole: all.count,
        };
        [Cell::Count(count), Cell::Count(users), share]
    };
    for (outcome, calls) in &found.gathered.outcomes {
        let mut row = vec![cells::outcome(*outcome)];
        row.extend(counts(calls.count, calls.users()));
        row.push(Cell::text(meaning(*outcome)));
        section.rows.push(row);
    }
    if !section.rows.is_empty() {
        section.total = vec![Cell::Empty];
        section.total.extend(counts(all.count, all.users()));
        section.total.push(Cell::Empty);
    }
    section
}

/// What an outcome is, in a few words.
fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Connected => "answered, and ended by somebody's wish",
        Outcome::Failed => "never worked: refused, or its media did not come up",
        Outcome::Dropped => "worked, and then broke",
        Outcome::Cancelled => "given up by the caller before an answer",
        Outcome::Declined => "refused by somebody",
        Outcome::Busy => "the other end was busy",
        Outcome::NoAnswer => "nobody answered",
        Outcome::Redirected => "sent elsewhere, and not followed in these traces",
        Outcome::Unfinished => "the traces end before the call does",
        Outcome::SeenInPart => "the traces lack its beginning",
    }
}

fn dialogs(found: &Found<'_>) -> Section {
    let columns = vec![
        Column::text("kind", "Kind"),
        Column::number("dialogs", "Dialogs"),
        Column::number("failed", "Failed"),
        Column::number("users", "Users"),
        Column::text("statuses", "Final status of failed ones")
            .wrapped(20)
            .or_below(1)
            .led_in_by("failed with "),
        Column::text("meaning", "What it is")
            .wrapped(24)
            .or_below(2)
            .unnamed(),
    ];
    let mut section = Section::new("dialogs", "Other dialogs", columns);
    let others = &found.gathered.others;
    for (kind, dialogs) in others {
        let mut statuses: Vec<(&u16, &u64)> = dialogs.statuses.iter().collect();
        statuses.sort_by_key(|(status, count)| (Reverse(**count), **status));
        let statuses = statuses.into_iter().map(|(status, count)| {
            let status = Cell::Number(u64::from(*status));
            cells::counted(status.clone(), vec![("status", status)], *count)
        });
        let statuses = Cell::List(statuses.collect());
        section.rows.push(vec![
            Cell::text(kind.name()),
            Cell::Count(dialogs.count),
            Cell::Count(dialogs.failed),
            Cell::Count(dialogs.users()),
            if dialogs.statuses.is_empty() {
                Cell::Quiet(Box::new(statuses))
            } else {
                statuses
            },
            Cell::text(kind_meaning(*kind)),
        ]);
    }
    if !section.rows.is_empty() {
        let sum = |of: fn(&Dialogs) -> u64| {
            Cell::Count(others.values().map(of).fold(0, u64::saturating_add))
        };
        section.total = vec![
            Cell::Empty,
            sum(|dialogs| dialogs.count),
            sum(|dialogs| dialogs.failed),
            Cell::Count(Dialogs::users_of(others.values())),
            Cell::Empty,
            Cell::Empty,
        ];
    }
    section
}

/// What a kind of dialog is, in a few words.
fn kind_meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::Call => "a session with media",
        Kind::InstantMessages => "instant messages",
        Kind::Conference => "control of a conference, without media of its own",
        Kind::Registration => "REGISTER",
        Kind::Subscription => "SUBSCRIBE with its NOTIFYs",
        Kind::Service => "SERVICE",
        Kind::Options => "OPTIONS",
        Kind::Other => "anything else",
    }
}

fn copies(found: &Found<'_>) -> Section {
    let (met, different) = (found.gathered.met, found.gathered.different);
    let fields = [
        ("messages", "Messages of dialogs", met),
        ("distinct", "Different ones", different),
        ("copies", "Copies dropped", met.saturating_sub(different)),
        ("stray", "Without Call-ID", found.facts.stray_messages),
    ];
    let fields = fields.map(|(id, title, count)| (Column::number(id, title), Cell::Count(count)));
    let mut section = Section::record("copies", "Messages and their copies", fields.into());
    section.layout = Layout::Line;
    section
}
