//! Tables: the first rows as HTML, the others as data that the script shows.

use std::collections::HashMap;
use std::io;

use serde_json::{Value, json};

use super::Page;
use super::cell::{PLAIN, html, key, steps, tone};
use super::escape::{data_block, escaped, file_address};
use crate::document::{Align, Audience, Cell, Column, Layout, Room, Section, grouped};

/// Rows of a table that are there without the script.
pub(super) const STATIC_ROWS: usize = 200;
/// The room of a row, in characters, beyond which columns go below it.
const ROOM: usize = 150;
/// Characters of a column, however long its text is.
const MAX_COLUMN: usize = 44;
/// Texts of at most so many characters are not torn.
const WHOLE: usize = 26;
/// Rows that are looked at to tell how wide a column is.
const MEASURED_ROWS: usize = 100;

/// A section with its title and notes.
pub(super) fn section(
    page: &Page<'_>,
    section: &Section,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let anchor = page.anchor(section);
    writeln!(
        out,
        "<section id=\"{anchor}\"><h2>{}</h2>",
        escaped(&section.title)
    )?;
    match (section.layout, section.steps_column()) {
        (Layout::Table, Some(place)) => with_steps(section, place, out)?,
        (Layout::Table, None) => table(page, section, &anchor, out)?,
        (Layout::Record | Layout::Line, _) => record(section, out)?,
    }
    notes(section, out)?;
    writeln!(out, "</section>")
}

pub(super) fn notes(section: &Section, out: &mut dyn io::Write) -> io::Result<()> {
    for note in &section.notes {
        writeln!(out, "<p class=\"note\">{}</p>", escaped(note))?;
    }
    Ok(())
}

/// A name and a value of a record.
pub(super) fn field(column: &Column, cell: &Cell, out: &mut dyn io::Write) -> io::Result<()> {
    write!(
        out,
        "<div><dt>{}</dt><dd>{}</dd></div>",
        escaped(column.title),
        html(cell, column)
    )
}

fn record(section: &Section, out: &mut dyn io::Write) -> io::Result<()> {
    let class = match section.layout {
        Layout::Line => "rec line",
        _ => "rec",
    };
    for row in &section.rows {
        write!(out, "<dl class=\"{class}\">")?;
        for (column, cell) in section.columns.iter().zip(row) {
            if column.audience != Audience::Machines && !cell.is_empty() {
                field(column, cell, out)?;
            }
        }
        writeln!(out, "</dl>")?;
    }
    Ok(())
}

/// Every row with its steps, which are too long for the cells of a table.
fn with_steps(section: &Section, place: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let columns = section.shown_columns();
    for row in &section.rows {
        write!(out, "<div class=\"card\"><p>")?;
        let others = columns.iter().filter(|(index, _)| *index != place);
        let cells = others.filter_map(|(index, column)| {
            let cell = row.get(*index).filter(|cell| !cell.is_empty())?;
            let text = html(cell, column);
            Some(match (column.align, column.lead_in) {
                (Align::Right, _) => format!("{} {text}", escaped(column.title)),
                (Align::Left, words) => format!("{}{text}", escaped(words.unwrap_or_default())),
            })
        });
        write!(out, "{}</p>", cells.collect::<Vec<_>>().join(" · "))?;
        if let Some(Cell::List(cells)) = row.get(place) {
            write!(out, "{}", steps(cells.iter().filter_map(Cell::step)))?;
        }
        writeln!(out, "</div>")?;
    }
    if section.hidden_rows > 0 {
        writeln!(out, "<p class=\"note\">{} more.</p>", section.hidden_rows)?;
    }
    Ok(())
}

/// Which columns stand in the line of a row, and which below it.
struct Plan<'s> {
    main: Vec<(usize, &'s Column)>,
    /// The classes of their cells.
    classes: Vec<&'static str>,
    below: Vec<(usize, &'s Column)>,
    /// The place in `main` of the cell below which the others stand.
    host: usize,
}

impl<'s> Plan<'s> {
    fn new(section: &'s Section) -> Plan<'s> {
        let mut main = section.shown_columns();
        let mut below: Vec<(usize, &Column)> = Vec::new();
        let rank = |room: Room| match room {
            Room::Always => None,
            Room::Below => Some(u16::MAX),
            Room::OrBelow(rank) | Room::OrDropped(rank) => Some(u16::from(rank)),
        };
        let width = |index: usize, column: &Column| {
            let title = column.title.chars().count() + 2;
            widest(section, index).min(MAX_COLUMN).max(title) + 3
        };
        loop {
            let used: usize = main
                .iter()
                .map(|(index, column)| width(*index, column))
                .sum();
            let last = main
                .iter()
                .filter_map(|(_, column)| rank(column.room))
                .max();
            let Some(last) = last.filter(|last| used > ROOM || *last == u16::MAX) else {
                break;
            };
            let (leave, stay) = main
                .into_iter()
                .partition(|(_, column)| rank(column.room) == Some(last));
            main = stay;
            below.extend::<Vec<_>>(leave);
        }
        below.sort_by_key(|(index, _)| *index);
        let is_left = |(_, column): &&(usize, &Column)| column.align == Align::Left;
        let wide = main.iter().rposition(|(_, column)| column.wrap >= 30);
        let host = wide.or_else(|| main.iter().rposition(|one| is_left(&one)));
        Plan {
            host: host.unwrap_or(0),
            classes: (main.iter())
                .map(|(index, column)| class(section, *index, column))
                .collect(),
            main,
            below,
        }
    }
}

/// The class of the cells of a column: numbers, long texts, texts that are not torn, others.
fn class(section: &Section, index: usize, column: &Column) -> &'static str {
    match (column.align, column.wrap) {
        (Align::Right, _) => "n",
        (Align::Left, 30..) => "x",
        (Align::Left, _) if widest(section, index) <= WHOLE => "k",
        (Align::Left, _) => "y",
    }
}

/// Characters of the longest of the first texts of a column.
fn widest(section: &Section, index: usize) -> usize {
    let rows = section.rows.iter().take(MEASURED_ROWS);
    let texts = rows.filter_map(|row| row.get(index));
    let lengths = texts.map(|cell| cell.to_text(&PLAIN).chars().count());
    lengths.max().unwrap_or(0)
}

/// A table in a frame that can be scrolled.
pub(super) fn table(
    page: &Page<'_>,
    section: &Section,
    anchor: &str,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let plan = Plan::new(section);
    let with_ladders = section.id == "failed_calls" && !page.ladders.is_empty();
    let title = escaped(&section.title);
    write!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{title}\"><table \
         class=\"data\" data-t=\"{anchor}\"><caption class=\"sr\">{title}</caption><thead><tr>"
    )?;
    if with_ladders {
        write!(
            out,
            "<th scope=\"col\" class=\"o\"><span class=\"sr\">Messages</span></th>"
        )?;
    }
    for ((_, column), class) in plan.main.iter().zip(&plan.classes) {
        write!(
            out,
            "<th scope=\"col\" class=\"{class}\">{}</th>",
            escaped(column.title)
        )?;
    }
    write!(out, "</tr></thead><tbody>")?;
    let shown = section.rows.len().min(STATIC_ROWS);
    let (first, more) = section.rows.split_at(shown);
    for row in first {
        write!(out, "<tr>")?;
        if with_ladders {
            match ladder_of(page, section, row) {
                0 => write!(out, "<td class=\"o\"></td>")?,
                number => write!(
                    out,
                    "<td class=\"o\"><a class=\"open\" href=\"#m{number}\" \
                     aria-label=\"Messages of this call\">▸</a></td>"
                )?,
            }
        }
        cells(&plan, row, None, out)?;
        writeln!(out, "</tr>")?;
    }
    write!(out, "</tbody>")?;
    if section.hidden_rows > 0 || !section.total.is_empty() {
        write!(out, "<tfoot>")?;
        let mut sum = |row: &[Cell], label: &str| {
            write!(out, "<tr>")?;
            if with_ladders {
                write!(out, "<td></td>")?;
            }
            cells(&plan, row, Some(label), out)?;
            writeln!(out, "</tr>")
        };
        if section.hidden_rows > 0 {
            let count = crate::cells::count(section.hidden_rows);
            sum(&section.hidden, &format!("{} more", grouped(count)))?;
        }
        if !section.total.is_empty() {
            sum(&section.total, "Total")?;
        }
        write!(out, "</tfoot>")?;
    }
    writeln!(out, "</table></div>")?;
    if !more.is_empty() {
        let all = grouped(crate::cells::count(section.rows.len()));
        writeln!(
            out,
            "<p class=\"note rows\">The first {shown} of {all} rows. The others are in this file, \
             and need its script to be shown.</p>"
        )?;
        let data = data(page, section, &plan, more, with_ladders);
        writeln!(
            out,
            "<script type=\"application/json\" data-for=\"{anchor}\">{}</script>",
            data_block(&data.to_string())
        )?;
    }
    Ok(())
}

/// The number of the ladder of a row; 0 without one.
fn ladder_of(page: &Page<'_>, section: &Section, row: &[Cell]) -> usize {
    let cell = section.column("call_id").and_then(|place| row.get(place));
    match cell {
        Some(Cell::Foreign(call_id)) => page.ladders.get(call_id.as_str()).copied().unwrap_or(0),
        _ => 0,
    }
}

/// The cells of a row. Sums have a label, which stands where their first cell is empty.
fn cells(
    plan: &Plan<'_>,
    row: &[Cell],
    label: Option<&str>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for (place, (index, column)) in plan.main.iter().enumerate() {
        let cell = row.get(*index).unwrap_or(&Cell::Empty);
        let mut text = html(cell, column);
        if let (Some(label), 0, true) = (label, place, text.is_empty()) {
            text = escaped(label).into_owned();
        }
        let below = match place == plan.host {
            true => below(plan, row),
            false => String::new(),
        };
        let class = plan.classes.get(place).copied().unwrap_or_default();
        match key(cell) {
            Some(key) => write!(out, "<td class=\"{class}\" data-k=\"{key}\">")?,
            None => write!(out, "<td class=\"{class}\">")?,
        }
        write!(out, "{text}{below}</td>")?;
    }
    Ok(())
}

/// What stands below a row: lists on lines of their own, everything else in one.
fn below(plan: &Plan<'_>, row: &[Cell]) -> String {
    let mut line: Vec<String> = Vec::new();
    let mut lists = String::new();
    for (index, column) in &plan.below {
        let Some(cell) = row.get(*index).filter(|cell| !cell.is_empty()) else {
            continue;
        };
        let text = html(cell, column);
        if column.listed {
            lists.push_str(&format!("<div class=\"s\">{text}</div>"));
        } else {
            line.push(format!("<span>{}{text}</span>", escaped(&lead(column))));
        }
    }
    match line.is_empty() {
        true => lists,
        false => format!("{lists}<div class=\"s\">{}</div>", line.join(" · ")),
    }
}

/// What stands before a cell that is below its row.
fn lead(column: &Column) -> String {
    match column.lead_in {
        Some(words) => words.to_owned(),
        None => format!("{} ", column.title.to_lowercase()),
    }
}

/// Rows as data. Texts that are met more than once are numbers of a list.
struct Texts {
    counts: HashMap<String, u32>,
    numbers: HashMap<String, usize>,
    list: Vec<String>,
}

impl Texts {
    fn value(&mut self, text: &str) -> Value {
        if text.is_empty() {
            return Value::Null;
        }
        if self.counts.get(text).copied().unwrap_or(0) < 2 {
            return Value::from(text);
        }
        if let Some(number) = self.numbers.get(text) {
            return Value::from(*number);
        }
        let number = self.list.len();
        self.numbers.insert(text.to_owned(), number);
        self.list.push(text.to_owned());
        Value::from(number)
    }
}

/// The text of a cell that is looked up: of a place its file.
fn text_of(cell: &Cell) -> String {
    match cell {
        Cell::Place(place) if place.line > 0 => crate::visible::visible(&place.file).into_owned(),
        cell => cell.to_text(&PLAIN),
    }
}

/// Rows for the script, which `page.js` describes.
fn data(
    page: &Page<'_>,
    section: &Section,
    plan: &Plan<'_>,
    rows: &[Vec<Cell>],
    with_ladders: bool,
) -> Value {
    let shown: Vec<&(usize, &Column)> = plan.main.iter().chain(&plan.below).collect();
    let mut counts: HashMap<String, u32> = HashMap::new();
    for cell in rows
        .iter()
        .flat_map(|row| shown.iter().filter_map(|(index, _)| row.get(*index)))
    {
        if !matches!(cell, Cell::Count(_)) {
            *counts.entry(text_of(cell)).or_default() += 1;
        }
    }
    let mut texts = Texts {
        counts,
        numbers: HashMap::new(),
        list: Vec::new(),
    };
    let mut tones = serde_json::Map::new();
    let mut addresses = serde_json::Map::new();
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let mut values: Vec<Value> = Vec::with_capacity(shown.len() + 1);
        if with_ladders {
            values.push(Value::from(ladder_of(page, section, row)));
        }
        for (index, _) in &shown {
            let cell = row.get(*index).unwrap_or(&Cell::Empty);
            values.push(match cell {
                Cell::Count(count) => json!([count]),
                Cell::Place(place) if place.line > 0 => {
                    let file = text_of(cell);
                    if let Some(address) = file_address(&place.file) {
                        addresses.insert(file.clone(), Value::from(address));
                    }
                    json!([texts.value(&file), place.line, 0])
                }
                cell => {
                    if let Cell::Word { text, tone: of } = cell {
                        tones.insert((*text).to_owned(), Value::from(tone(*of)));
                    }
                    let text = texts.value(&text_of(cell));
                    match key(cell) {
                        Some(key) => json!([text, key]),
                        None => text,
                    }
                }
            });
        }
        all.push(Value::Array(values));
    }
    let columns = shown.iter().enumerate().map(|(place, (_, column))| {
        let is_main = place < plan.main.len();
        json!({
            "c": plan.classes.get(place).copied().unwrap_or_default(),
            "m": u8::from(is_main),
            "l": if is_main { String::new() } else { lead(column) },
            "p": u8::from(matches!(column.id, "call_id" | "example")),
        })
    });
    json!({
        "c": columns.collect::<Vec<_>>(),
        "h": plan.host,
        "o": u8::from(with_ladders),
        "w": tones,
        "a": addresses,
        "d": texts.list,
        "r": all,
    })
}
