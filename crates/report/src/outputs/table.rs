//! Tables for terminals and mail, drawn with comfy-table.
//!
//! Every line of a table belongs to one row. Columns that do not fit into the line stand below
//! their row, indented, so that nothing is left out and nothing is squeezed into a column a few
//! letters wide.

use std::borrow::Cow;
use std::io;

use comfy_table::{CellAlignment, LineStyle, TableStyle};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Output, Style};
use crate::document::{
    Align, Audience, Cell, Column, Document, Layout, Reader, Room, Section, Tone, grouped,
};
use crate::step::Step;
use crate::visible::visible;

/// The output `table`.
#[derive(Debug)]
pub(super) struct Table;

impl Output for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["txt", "text"]
    }

    fn write(&self, document: &Document, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        let width = usize::from(style.width.unwrap_or(DEFAULT_WIDTH)).max(LEAST_WIDTH);
        let mut lines = Lines::new(width, Drawing::default());
        lines.document(document);
        lines.write(style, out)
    }
}

/// How lines are drawn.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Drawing {
    /// Whether rules and separators are ASCII.
    pub(crate) ascii: bool,
    /// Whether texts of the trace are shown whole, however many lines they take.
    pub(crate) whole: bool,
}

pub(crate) const DEFAULT_WIDTH: u16 = 100;

/// Below this, lines are longer than the terminal: words would be torn into letters.
const LEAST_WIDTH: usize = 40;

/// Prose is not set wider than this, because longer lines are hard to read.
const PROSE_WIDTH: usize = 100;

/// How far lines below a row are indented.
const INDENT: usize = 4;

/// Between two columns.
const GAP: usize = 2;

/// Lines of a foreign text that are shown; a trace can hold texts of any length.
const FOREIGN_LINES: usize = 6;

/// A rule below the header and nothing else: numbers under each other need no boxes, and what is
/// copied into a ticket stays readable.
const LOOK: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// The same in ASCII.
const ASCII_LOOK: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('-'));

const READER: Reader = Reader {
    person: true,
    own: |text| Cow::Borrowed(text),
    foreign: visible,
};

// Marks for colours. They take up no room and `visible` writes them out where a trace has them,
// so every mark in a line was put there by this file.
const MARK_TITLE: char = '\u{2061}';
const MARK_TONE: char = '\u{2062}';
const MARK_END: char = '\u{2064}';

/// Words that stand out as a title does.
pub(crate) fn marked_title(text: &str) -> String {
    marked(&title_mark(), text)
}

/// Words in the colour of what they say.
pub(crate) fn marked_tone(tone: Tone, text: &str) -> String {
    marked(&tone_mark(tone), text)
}

/// Text with a colour mark around it.
fn marked(kind: &str, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("{kind}{text}{MARK_END}")
    }
}

/// The marks of a title.
fn title_mark() -> String {
    MARK_TITLE.to_string()
}

/// The marks of a tone: one for bad, two for doubtful, three for fine.
fn tone_mark(tone: Tone) -> String {
    let count = match tone {
        Tone::Bad => 1,
        Tone::Doubtful => 2,
        Tone::Fine => 3,
    };
    std::iter::repeat_n(MARK_TONE, count).collect()
}

fn without_marks(line: &str) -> String {
    line.replace([MARK_TITLE, MARK_TONE, MARK_END], "")
}

/// Marks as escape sequences (ECMA-48, SGR) of the sixteen colours that every terminal has.
fn colored(line: &str) -> String {
    let mut text = String::with_capacity(line.len() + 16);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            MARK_TITLE => text.push_str("\u{1b}[1m"),
            MARK_TONE => {
                let mut marks = 1;
                while chars.next_if_eq(&MARK_TONE).is_some() {
                    marks += 1;
                }
                text.push_str(match marks {
                    1 => "\u{1b}[31m",
                    2 => "\u{1b}[33m",
                    _ => "\u{1b}[32m",
                });
            }
            MARK_END => text.push_str("\u{1b}[0m"),
            c => text.push(c),
        }
    }
    text
}

/// The lines of a document so far.
pub(crate) struct Lines {
    width: usize,
    drawing: Drawing,
    lines: Vec<String>,
}

impl Lines {
    /// No lines yet, of at most `width` terminal columns.
    pub(crate) fn new(width: usize, drawing: Drawing) -> Lines {
        Lines {
            width,
            drawing,
            lines: Vec::new(),
        }
    }

    /// A line as it is; marks of [`marked_title`] and [`marked_tone`] become colours.
    pub(crate) fn line(&mut self, line: String) {
        self.lines.push(line);
    }

    /// Writes the lines, with colours if the style has them.
    pub(crate) fn write(self, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        for line in self.lines {
            let line = if style.color {
                colored(&line)
            } else {
                without_marks(&line)
            };
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn document(&mut self, document: &Document) {
        self.lines.push(marked(&title_mark(), &document.title));
        for sentence in &document.headline {
            self.prose(sentence, 0);
        }
        for section in document.tables() {
            self.section(section);
        }
    }

    /// A section with its title.
    pub(crate) fn section(&mut self, section: &Section) {
        let title = marked(&title_mark(), &section.title);
        if section.rows.is_empty() && section.hidden_rows == 0 {
            // Empty sections that follow each other stay together.
            if !self
                .lines
                .last()
                .is_some_and(|line| line.ends_with(": none found"))
            {
                self.lines.push(String::new());
            }
            self.lines.push(format!("{title}: none found"));
            return;
        }
        self.title(&section.title);
        match section.layout {
            Layout::Table => self.table(section),
            Layout::Record => self.records(section),
            Layout::Line => self.in_line(section),
        }
        for note in &section.notes {
            self.prose(note, 2);
        }
    }

    /// An empty line and a title with its rule.
    pub(crate) fn title(&mut self, title: &str) {
        let heavy = if self.drawing.ascii { "=" } else { "━" };
        let rule = self.width.min(PROSE_WIDTH);
        let rule = rule.saturating_sub(width_of(title) + 1);
        let title = marked(&title_mark(), title);
        self.lines.push(String::new());
        self.lines.push(format!("{title} {}", heavy.repeat(rule)));
    }

    /// Prose, wrapped and indented.
    pub(crate) fn prose(&mut self, text: &str, indent: usize) {
        let width = self.width.min(PROSE_WIDTH).saturating_sub(indent);
        for line in wrap(text, width) {
            self.lines.push(format!("{:indent$}{line}", ""));
        }
    }

    /// Names and values one after the other.
    fn in_line(&mut self, section: &Section) {
        for row in &section.rows {
            let pairs = section.columns.iter().zip(row);
            let pairs = pairs
                .filter(|(column, cell)| column.audience != Audience::Machines && !cell.is_empty());
            let parts = pairs.map(|(column, cell)| format!("{}: {}", column.title, shown(cell)));
            let parts: Vec<String> = parts.collect();
            self.joined(&parts, 2);
        }
    }

    /// Short pieces in as few lines as they fit into; a piece is not torn unless it must be.
    fn joined(&mut self, pieces: &[String], indent: usize) {
        let width = self.width.min(PROSE_WIDTH).saturating_sub(indent);
        let mut line = String::new();
        for piece in pieces {
            let fits = width_of(&line) + 3 + width_of(piece) <= width;
            if !line.is_empty() && !fits {
                self.lines.push(format!("{:indent$}{line}", ""));
                line.clear();
            }
            if !line.is_empty() {
                line.push_str(if self.drawing.ascii { " | " } else { " · " });
            }
            line.push_str(piece);
            if width_of(&line) > width {
                let mut wrapped = wrap(&line, width);
                line = wrapped.pop().unwrap_or_default();
                for full in wrapped {
                    self.lines.push(format!("{:indent$}{full}", ""));
                }
            }
        }
        if !line.is_empty() {
            self.lines.push(format!("{:indent$}{line}", ""));
        }
    }

    /// Every row as a list of names and values.
    fn records(&mut self, section: &Section) {
        let is_shown = |column: &Column, cell: &Cell| {
            column.audience != Audience::Machines && !cell.is_empty()
        };
        let names = section.columns.iter().map(|column| width_of(column.title));
        let names = names.max().unwrap_or(0);
        let width = self
            .width
            .min(PROSE_WIDTH + names)
            .saturating_sub(2 + names + GAP)
            .max(20);
        for row in &section.rows {
            for (column, cell) in section.columns.iter().zip(row) {
                if !is_shown(column, cell) {
                    continue;
                }
                let mut name = column.title;
                for line in wrap(&shown(cell), width) {
                    let pad = names - width_of(name) + GAP;
                    let line = marked_cell(&line, cell);
                    self.lines.push(format!("  {name}{:pad$}{line}", ""));
                    name = "";
                }
            }
        }
    }

    fn table(&mut self, section: &Section) {
        let mut plan = Plan::new(section, self.width);
        plan.whole = self.drawing.whole;
        let mut table = comfy_table::Table::new();
        table.load_style(if self.drawing.ascii { ASCII_LOOK } else { LOOK });

        let header = plan.inline.iter().map(|inline| {
            let lines: Vec<String> = wrap(inline.column.title, inline.width)
                .iter()
                .map(|line| marked(&title_mark(), line))
                .collect();
            lines.join("\n")
        });
        let header: Vec<String> = header.collect();
        let mut heights = vec![height(&header)];
        table.set_header(header);
        let rows = plan.rows();
        for row in &rows {
            heights.push(height(&row.cells));
            table.add_row(row.cells.clone());
        }
        for (index, inline) in plan.inline.iter().enumerate() {
            let Some(column) = table.column_mut(index) else {
                continue;
            };
            let last = index + 1 == plan.inline.len();
            column.set_padding((0, if last { 0 } else { GAP as u16 }));
            column.set_cell_alignment(match inline.column.align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            });
        }

        // What stands below a row is put between its lines and those of the next.
        let mut lines = table.lines();
        for _ in 0..=heights[0] {
            self.lines.extend(lines.next());
        }
        for (row, height) in rows.iter().zip(&heights[1..]) {
            for _ in 0..*height {
                self.lines.extend(lines.next());
            }
            self.below(&row.below);
        }
    }

    /// A step with its number, and what belongs to it under it. `mark` may make its first sentence
    /// stand out.
    pub(crate) fn step(&mut self, step: &Step, indent: usize, mark: fn(&str) -> String) {
        let number = format!("{}. ", step.number);
        let inner = indent + width_of(&number);
        let room = self.width.min(PROSE_WIDTH).saturating_sub(inner);
        for (index, line) in wrap(&step.what, room).iter().enumerate() {
            let number = if index == 0 { number.as_str() } else { "" };
            let pad = inner - indent;
            self.lines
                .push(format!("{:indent$}{number:pad$}{}", "", mark(line)));
        }
        if !step.more.is_empty() {
            self.prose(&step.more, inner);
        }
        for (name, text) in &step.details {
            let mut name = *name;
            for line in wrap(text, room.saturating_sub(STEP_NAMES)) {
                self.lines
                    .push(format!("{:inner$}{name:<STEP_NAMES$}{line}", ""));
                name = "";
            }
        }
    }

    /// What stands below a row: pieces in as few lines as they fit into, long texts on their own.
    fn below(&mut self, below: &[Below]) {
        let mut short: Vec<String> = Vec::new();
        let width = self.width.min(PROSE_WIDTH).saturating_sub(INDENT);
        for below in below {
            if !below.steps.is_empty() {
                self.joined(&std::mem::take(&mut short), INDENT);
                for step in &below.steps {
                    self.step(step, INDENT, str::to_owned);
                }
                continue;
            }
            let name = match below.column.lead_in {
                Some(words) => words.to_owned(),
                None => format!("{}: ", below.column.title),
            };
            if let [text] = below.texts.as_slice() {
                let text = format!("{name}{text}");
                let is_address = below.column.wrap == 0 && !below.foreign && !text.contains(' ');
                if is_address && width_of(&text) > width {
                    // Torn in two, an address of the tables can neither be copied nor clicked.
                    self.joined(&std::mem::take(&mut short), INDENT);
                    self.lines.push(format!("{:INDENT$}{text}", ""));
                    continue;
                }
                if below.column.wrap == 0 || width_of(&text) <= SHORT {
                    short.push(text);
                    continue;
                }
            }
            self.joined(&std::mem::take(&mut short), INDENT);
            // The values of a list stand under each other, behind the name.
            let indent = if below.texts.len() > 1 {
                width_of(&name)
            } else {
                0
            };
            let mut lines = Vec::new();
            for (index, text) in below.texts.iter().enumerate() {
                let start = if index == 0 { &name } else { "" };
                let room = width.saturating_sub(indent);
                if indent > 0 {
                    for (line, text) in wrap(text, room).into_iter().enumerate() {
                        let start = if line == 0 { start } else { "" };
                        lines.push(format!("{start:indent$}{text}"));
                    }
                } else {
                    lines.extend(wrap(&format!("{start}{text}"), width));
                }
            }
            for line in limited(lines, width, below.foreign && !self.drawing.whole) {
                self.lines.push(format!("{:INDENT$}{line}", ""));
            }
        }
        self.joined(&short, INDENT);
    }
}

/// The widest name of a detail of a step, and a gap.
const STEP_NAMES: usize = 10;

/// Texts up to this width stand beside others below a row.
const SHORT: usize = 60;

/// What people see of a cell.
fn shown(cell: &Cell) -> String {
    cell.to_text(&READER)
}

/// What people see of a cell, line by line before wrapping.
fn texts(cell: &Cell, column: &Column) -> Vec<String> {
    match cell {
        Cell::List(cells) if column.listed && !cells.is_empty() => {
            cells.iter().map(shown).collect()
        }
        cell => vec![shown(cell)],
    }
}

/// A line of a cell with the mark of its tone, if it has one.
fn marked_cell(line: &str, cell: &Cell) -> String {
    match cell {
        Cell::Word { tone, .. } => marked(&tone_mark(*tone), line),
        _ => line.to_owned(),
    }
}

fn height(cells: &[String]) -> usize {
    cells
        .iter()
        .map(|cell| cell.split('\n').count())
        .max()
        .unwrap_or(1)
}

/// Lines of a foreign text, the end cut off where there are too many; the last one stays within
/// `width`.
fn limited(mut lines: Vec<String>, width: usize, foreign: bool) -> Vec<String> {
    if foreign && lines.len() > FOREIGN_LINES {
        lines.truncate(FOREIGN_LINES);
        if let Some(last) = lines.last_mut() {
            while width_of(last) >= width && last.pop().is_some() {}
            last.push('…');
        }
    }
    lines
}

/// Which columns of a section stand in the line, and how wide each is.
struct Plan<'s> {
    section: &'s Section,
    inline: Vec<Inline<'s>>,
    below: Vec<(usize, &'s Column)>,
    /// Whether texts of the trace are shown whole.
    whole: bool,
}

/// A column in the line.
struct Inline<'s> {
    index: usize,
    column: &'s Column,
    /// What it would need to stand unwrapped.
    natural: usize,
    width: usize,
}

/// A row ready to be drawn.
struct PlannedRow<'s> {
    cells: Vec<String>,
    below: Vec<Below<'s>>,
}

/// A cell below its row.
struct Below<'s> {
    column: &'s Column,
    /// One, or those of a list.
    texts: Vec<String>,
    /// The steps of a list of steps.
    steps: Vec<&'s Step>,
    foreign: bool,
}

impl<'s> Plan<'s> {
    fn new(section: &'s Section, width: usize) -> Plan<'s> {
        let mut plan = Plan {
            section,
            inline: Vec::new(),
            below: Vec::new(),
            whole: false,
        };
        for (index, column) in section.shown_columns() {
            if column.room == Room::Below {
                plan.below.push((index, column));
                continue;
            }
            let rows = section.rows.iter().chain([&section.hidden, &section.total]);
            let cells = rows
                .filter_map(|row| row.get(index))
                .filter(|cell| !cell.is_empty());
            let widths = cells
                .flat_map(|cell| texts(cell, column))
                .map(|text| width_of(&text));
            let natural = widths.max().unwrap_or(0).max(width_of(column.title));
            plan.inline.push(Inline {
                index,
                column,
                natural,
                width: natural,
            });
        }
        // The first column holds the labels of sums.
        if let Some(first) = plan.inline.first_mut() {
            let label = match section.hidden_rows {
                0 if section.total.is_empty() => 0,
                0 => TOTAL.width(),
                rows => more(rows).width(),
            };
            first.natural = first.natural.max(label);
            first.width = first.natural;
        }
        while plan.natural() > width && plan.drop_column() {}
        while plan.least() > width && plan.move_below() {}
        plan.share_out(width);
        plan
    }

    /// The room that the columns in the line need at least.
    fn least(&self) -> usize {
        let gaps = GAP * self.inline.len().saturating_sub(1);
        self.inline.iter().map(Inline::least).sum::<usize>() + gaps
    }

    /// The room that the columns in the line would need to stand unwrapped.
    fn natural(&self) -> usize {
        let gaps = GAP * self.inline.len().saturating_sub(1);
        self.inline
            .iter()
            .map(|inline| inline.natural)
            .sum::<usize>()
            + gaps
    }

    /// Takes the columns of the highest rank out of the line that may be taken out. Empty where
    /// there are none.
    fn take(&mut self, rank: impl Fn(Room) -> Option<u8>) -> Vec<Inline<'s>> {
        let of = |inline: &Inline<'_>| rank(inline.column.room);
        let Some(highest) = self.inline.iter().filter_map(of).max() else {
            return Vec::new();
        };
        let all = std::mem::take(&mut self.inline).into_iter();
        let (taken, kept) = all.partition(|inline| of(inline) == Some(highest));
        self.inline = kept;
        taken
    }

    /// Leaves out the columns of the highest rank that may be left out. `false` where there are
    /// none.
    fn drop_column(&mut self) -> bool {
        let dropped = self.take(|room| match room {
            Room::OrDropped(rank) => Some(rank),
            Room::Always | Room::OrBelow(_) | Room::Below => None,
        });
        !dropped.is_empty()
    }

    /// Moves the columns of the highest rank below their rows. `false` where there are none.
    fn move_below(&mut self) -> bool {
        let moved = self.take(|room| match room {
            Room::OrBelow(rank) => Some(rank),
            Room::Always | Room::OrDropped(_) | Room::Below => None,
        });
        self.below
            .extend(moved.iter().map(|inline| (inline.index, inline.column)));
        self.below.sort_by_key(|(index, _)| *index);
        !moved.is_empty()
    }

    /// Gives columns that can be wrapped what is left of the line.
    fn share_out(&mut self, width: usize) {
        if self.natural() <= width {
            return;
        }
        // Columns that lack little come first, so that no word is torn to spare a few letters.
        let mut spare = width.saturating_sub(self.least());
        let mut by_lack: Vec<usize> = (0..self.inline.len()).collect();
        by_lack.sort_by_key(|index| self.inline[*index].natural - self.inline[*index].least());
        for (served, index) in by_lack.iter().enumerate() {
            let share = spare / (by_lack.len() - served);
            let inline = &mut self.inline[*index];
            let given = share.min(inline.natural - inline.least());
            inline.width = inline.least() + given;
            spare -= given;
        }
    }

    fn rows(&self) -> Vec<PlannedRow<'s>> {
        let Section {
            rows,
            hidden_rows,
            hidden,
            total,
            ..
        } = self.section;
        let mut planned: Vec<PlannedRow<'s>> = rows.iter().map(|row| self.row(row, "")).collect();
        if *hidden_rows > 0 {
            planned.push(self.row(hidden, &more(*hidden_rows)));
        }
        if !total.is_empty() {
            planned.push(self.row(total, TOTAL));
        }
        planned
    }

    /// A row; sums have a label, which stands where their first cell is empty.
    fn row(&self, row: &'s [Cell], label: &str) -> PlannedRow<'s> {
        let cells = self.inline.iter().enumerate().map(|(place, inline)| {
            let cell = row.get(inline.index).unwrap_or(&Cell::Empty);
            let mut texts = texts(cell, inline.column);
            if place == 0 && cell.is_empty() {
                texts = vec![label.to_owned()];
            }
            let lines = texts
                .iter()
                .flat_map(|text| wrap(text, inline.width))
                .collect();
            let lines = limited(lines, inline.width, cell.is_foreign() && !self.whole);
            let lines = lines.iter().map(|line| match label {
                "" => marked_cell(line, cell),
                _ => marked(&title_mark(), line),
            });
            lines.collect::<Vec<_>>().join("\n")
        });
        let below = self.below.iter().filter_map(|(index, column)| {
            let cell = row.get(*index).filter(|cell| !cell.is_empty())?;
            let steps = match cell {
                Cell::List(cells) => cells.iter().filter_map(Cell::step).collect(),
                _ => Vec::new(),
            };
            Some(Below {
                column,
                texts: texts(cell, column),
                steps,
                foreign: cell.is_foreign(),
            })
        });
        // Of a sum only numbers stand below it: times would look like one more row.
        let is_shown = |below: &Below<'_>| label.is_empty() || below.column.align == Align::Right;
        let below = below.filter(is_shown).collect();
        PlannedRow {
            cells: cells.collect(),
            below,
        }
    }
}

impl Inline<'_> {
    fn least(&self) -> usize {
        match self.column.wrap {
            0 => self.natural,
            least => self
                .natural
                .min(usize::from(least).max(longest_word(self.column.title))),
        }
    }
}

const TOTAL: &str = "Total";

fn more(rows: usize) -> String {
    format!("{} more", grouped(crate::cells::count(rows)))
}

fn longest_word(text: &str) -> usize {
    text.split(' ').map(width_of).max().unwrap_or(0)
}

/// How many terminal columns a text takes.
fn width_of(text: &str) -> usize {
    // Nearly every text is of these characters alone, and each takes one.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        text.len()
    } else {
        text.width()
    }
}

/// Text in lines of at most `width` terminal columns, broken at spaces; words that are longer are
/// broken after a character that separates their parts, or anywhere. Never empty.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let mut word = word;
        let mut wide = width_of(word);
        if used > 0 && used + 1 + wide <= width {
            line.push(' ');
            line.push_str(word);
            used += 1 + wide;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while wide > width {
            let (head, tail) = word.split_at(break_at(word, width));
            lines.push(head.to_owned());
            word = tail;
            wide = width_of(word);
        }
        line.push_str(word);
        used = wide;
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Where a word is broken so that its head is at most `width` columns wide: after the last
/// separator in the second half of what fits, else after all that fits; never before the first
/// character.
fn break_at(word: &str, width: usize) -> usize {
    let mut used = 0;
    let mut fits = 0;
    let mut separator = 0;
    for (index, c) in word.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width && index > 0 {
            break;
        }
        fits = index + c.len_utf8();
        if used * 2 > width
            && matches!(
                c,
                '/' | '\\' | ',' | ';' | ':' | '=' | '&' | '?' | '@' | '.' | '_' | '-'
            )
        {
            separator = fits;
        }
    }
    if separator > 0 && separator < word.len() {
        separator
    } else {
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_spaces_and_long_words_at_separators() {
        for (text, width, want) in [
            ("", 5, vec![""]),
            ("one two", 7, vec!["one two"]),
            ("one two", 6, vec!["one", "two"]),
            ("abcdefgh", 3, vec!["abc", "def", "gh"]),
            (
                "/var/log/siptraces/S4.log:12",
                20,
                vec!["/var/log/siptraces/", "S4.log:12"],
            ),
            ("x /var/log/traces", 10, vec!["x", "/var/log/", "traces"]),
            ("你好你好", 3, vec!["你", "好", "你", "好"]),
            ("你", 1, vec!["你"]),
            ("e\u{301}e\u{301}e", 2, vec!["e\u{301}e\u{301}", "e"]),
        ] {
            assert_eq!(wrap(text, width), want, "{text} in {width}");
        }
    }

    #[test]
    fn no_line_is_wider_than_asked_for_where_its_characters_fit() {
        let text =
            "a bb ccc dddd eeeee ffffff ggggggg 你好你好你好 /x/y/z/long-name_with.parts:123";
        for width in 2..60 {
            for line in wrap(text, width) {
                assert!(line.width() <= width, "{line:?} in {width}");
            }
        }
    }
}
