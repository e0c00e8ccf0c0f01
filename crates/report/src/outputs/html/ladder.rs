//! The messages of a call as a ladder.

use std::collections::HashMap;
use std::io;

use super::Page;
use super::cell::{PLAIN, html};
use super::escape::escaped;
use crate::document::{Cell, Section};

/// The Call-ID of a row.
fn call_of(row: &[Cell]) -> Option<&str> {
    match row.first() {
        Some(Cell::Foreign(call_id)) => Some(call_id),
        _ => None,
    }
}

/// Calls with a ladder, numbered in their order.
pub(super) fn numbers(section: &Section) -> HashMap<&str, usize> {
    let mut numbers = HashMap::new();
    for call_id in section.rows.iter().filter_map(|row| call_of(row)) {
        let next = numbers.len() + 1;
        numbers.entry(call_id).or_insert(next);
    }
    numbers
}

/// All ladders, each folded.
pub(super) fn section(
    page: &Page<'_>,
    section: &Section,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"{}\"><h2>{}</h2>",
        section.id,
        escaped(&section.title)
    )?;
    for note in &section.notes {
        writeln!(out, "<p class=\"note\">{}</p>", escaped(note))?;
    }
    let calls = crate::cells::count(page.ladders.len());
    writeln!(
        out,
        "<details class=\"all\"><summary>{}</summary>",
        crate::cells::plural(calls, "call", "calls")
    )?;
    let about = page.document.section("failed_calls");
    let mut rest = &section.rows[..];
    while let Some(call_id) = rest.first().and_then(|row| call_of(row)) {
        let len = rest
            .iter()
            .take_while(|row| call_of(row) == Some(call_id))
            .count();
        let (rows, others) = rest.split_at(len.max(1));
        rest = others;
        let number = page.ladders.get(call_id).copied().unwrap_or(0);
        let what = about.and_then(|about| summary(about, call_id));
        let what = what.unwrap_or_else(|| escaped(call_id).into_owned());
        // A link to what is in a folded part unfolds it.
        write!(
            out,
            "<details class=\"call\"><summary>{what}</summary><div id=\"m{number}\" \
             class=\"lad\"><p class=\"note\">Call-ID <span class=\"cp\">{}</span></p>",
            escaped(call_id)
        )?;
        ladder(section, rows, out)?;
        writeln!(out, "</div></details>")?;
    }
    writeln!(out, "</details></section>")
}

/// A call in one line.
fn summary(calls: &Section, call_id: &str) -> Option<String> {
    let place = calls.column("call_id")?;
    let row = calls
        .rows
        .iter()
        .find(|row| matches!(row.get(place), Some(Cell::Foreign(id)) if id == call_id))?;
    let text = |id: &str| {
        let cell = calls.column(id).and_then(|place| row.get(place));
        let text = cell.map(|cell| cell.to_text(&PLAIN)).unwrap_or_default();
        escaped(&text).into_owned()
    };
    Some(format!(
        "<span class=\"t\">{}</span> <b>{}</b> <span aria-label=\"to\">→</span> <b>{}</b> \
         <span class=\"s\">{}</span>",
        text("start"),
        text("caller"),
        text("callee"),
        text("cause")
    ))
}

/// The rows of one call. What stands where is told by classes; the words are there for who does
/// not see them.
fn ladder(section: &Section, rows: &[Vec<Cell>], out: &mut dyn io::Write) -> io::Result<()> {
    let place = |id: &str| section.column(id);
    let [time, after, from, to, message, codes, copies, at] = [
        "time", "after", "from", "to", "message", "codes", "copies", "place",
    ]
    .map(place);
    let cell = |row: &'_ [Cell], place: Option<usize>| -> String {
        let cell = place.and_then(|place| row.get(place));
        let text = cell.map(|cell| cell.to_text(&PLAIN)).unwrap_or_default();
        escaped(&text).into_owned()
    };
    write!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Messages\"><table \
         class=\"ladder\"><thead><tr><th scope=\"col\">Time</th><th scope=\"col\">After</th>\
         <th scope=\"col\" class=\"lanes\"><span>caller</span><span>server</span>\
         <span>callee</span></th><th scope=\"col\">Message</th><th scope=\"col\">Place</th>\
         </tr></thead><tbody>"
    )?;
    for row in rows {
        let (sender, receiver) = (cell(row, from), cell(row, to));
        let codes = cell(row, codes);
        let copies = match cell(row, copies) {
            one if one == "1" || one.is_empty() => String::new(),
            many => format!(" <span class=\"s\">×{many}</span>"),
        };
        let codes = match codes.is_empty() {
            true => String::new(),
            false => format!(" <span class=\"w bad\">{codes}</span>"),
        };
        let (at, column) = match (at.and_then(|at| row.get(at)), at) {
            (Some(cell), Some(at)) => (Some(cell), section.columns.get(at)),
            _ => (None, None),
        };
        let at = at.zip(column).map(|(cell, column)| html(cell, column));
        writeln!(
            out,
            "<tr><td class=\"t\">{}</td><td class=\"n\">{}</td><td class=\"ar {}\"><i></i>\
             <span class=\"sr\">{sender} to {receiver}</span></td><td class=\"m\">{}{codes}\
             {copies}</td><td>{}</td></tr>",
            cell(row, time),
            cell(row, after),
            arrow(&sender, &receiver),
            cell(row, message),
            at.unwrap_or_default(),
        )?;
    }
    write!(out, "</tbody></table></div>")
}

/// The class of an arrow.
fn arrow(from: &str, to: &str) -> &'static str {
    match (from, to) {
        ("caller", "callee") => "ac",
        ("callee", "caller") => "ca",
        ("caller", "server") => "as",
        ("server", "caller") => "sa",
        ("callee", "server") => "cs",
        ("server", "callee") => "sc",
        _ => "un",
    }
}
