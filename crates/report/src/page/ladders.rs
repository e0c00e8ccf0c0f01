//! The messages of some failed calls, one row each.

use siptriage_facts::CallId;
use siptriage_judge::Judge;

use super::{MAX_LADDER_MESSAGES, MAX_LADDERS, PageMessages};
use crate::call::ladder_rows;
use crate::cells;
use crate::document::{Cell, Column, Section};

/// The messages of the calls `shown`, call after call in the order given.
pub(super) fn ladders(judge: &Judge<'_>, shown: &[&CallId], messages: &PageMessages) -> Section {
    let columns = vec![
        Column::text("call_id", "Call-ID"),
        Column::text("time", "Time"),
        Column::text("after", "After"),
        Column::text("from", "From"),
        Column::text("to", "To"),
        Column::text("message", "Message"),
        Column::text("codes", "Codes"),
        Column::number("copies", "Copies"),
        Column::text("place", "Place"),
    ];
    let mut section = Section::new("ladders", "Messages of failed calls", columns);
    let mut cut = 0u64;
    for call_id in shown {
        let logged = messages
            .of_calls
            .get(&call_id.dialog())
            .map_or(&[][..], Vec::as_slice);
        cut += u64::from(logged.len() >= MAX_LADDER_MESSAGES);
        let Some(case) = judge.case(&call_id.text()) else {
            continue;
        };
        for row in ladder_rows(&case, logged, judge.clocks()) {
            let mut cells = vec![Cell::foreign(&call_id.text())];
            cells.extend(row);
            section.rows.push(cells);
        }
    }
    if shown.len() >= MAX_LADDERS {
        section.notes.push(format!(
            "A page has the messages of at most {MAX_LADDERS} failed calls, in turn of each cause. \
             siptriage call shows any other."
        ));
    }
    if messages.interrupted {
        section.notes.push(
            "PARTIAL: the reading of these messages was interrupted, so some are missing here."
                .to_owned(),
        );
    }
    if cut > 0 {
        section.notes.push(format!(
            "Of {}, only the first {MAX_LADDER_MESSAGES} logged messages are shown.",
            cells::plural(cut, "call", "calls"),
        ));
    }
    section
}
