//! Rows before any choice of looks.

use std::borrow::Cow;

use siptriage_diagnostics::IceWarn;
use siptriage_facts::{Place, Stamp};

use crate::step::Step;

/// Titled tables with something to say first.
///
/// Invariant: `title`, `headline`, and the titles and notes of sections hold our own words only.
/// What comes out of a trace, file names among it, stands in [`Cell::Foreign`] or [`Cell::Place`].
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// `scan`, `calls`, `decode`, `explain`, `formats`, ….
    pub kind: &'static str,
    /// What it is, in a few words.
    pub title: String,
    /// Whether a scan was interrupted, so that part of the input is missing.
    pub partial: bool,
    /// What to read first, one sentence each.
    pub headline: Vec<String>,
    /// The tables in reading order.
    pub sections: Vec<Section>,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The key of machine formats, in snake case.
    pub id: &'static str,
    /// The title for people.
    pub title: String,
    /// How people see it.
    pub layout: Layout,
    /// Columns in reading order.
    pub columns: Vec<Column>,
    /// Rows; every row has one cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// How many further rows were cut off.
    pub hidden_rows: usize,
    /// What the rows that were cut off add up to, one cell for each column; empty where nothing
    /// was cut off. Distinct users and first and last stamps are those of all these rows together.
    pub hidden: Vec<Cell>,
    /// What all rows add up to, the ones cut off included, one cell for each column; empty where
    /// rows do not add up.
    pub total: Vec<Cell>,
    /// Sentences to read with the table.
    pub notes: Vec<String>,
    /// Whether only a page shows it: what charts are drawn of, and what is too long for others.
    pub page_only: bool,
}

impl Document {
    /// The tables of outputs that are no page.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| !section.page_only)
    }

    /// The section of this key.
    pub(crate) fn section(&self, id: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }
}

impl Section {
    /// A table without rows.
    pub fn new(id: &'static str, title: impl Into<String>, columns: Vec<Column>) -> Section {
        Section {
            id,
            title: title.into(),
            layout: Layout::Table,
            columns,
            rows: Vec::new(),
            hidden_rows: 0,
            hidden: Vec::new(),
            total: Vec::new(),
            notes: Vec::new(),
            page_only: false,
        }
    }

    /// One row, for people shown as a list of names and values.
    pub(crate) fn record(
        id: &'static str,
        title: impl Into<String>,
        fields: Vec<(Column, Cell)>,
    ) -> Section {
        let (columns, row) = fields.into_iter().unzip();
        let mut section = Section::new(id, title, columns);
        section.layout = Layout::Record;
        section.rows.push(row);
        section
    }

    /// The columns that people see, with their indices: those in which any cell says something,
    /// and the first one, where the labels of sums stand.
    pub(crate) fn shown_columns(&self) -> Vec<(usize, &Column)> {
        let for_people = |column: &Column| column.audience != Audience::Machines;
        let first = self.columns.iter().position(for_people);
        let has_sums = !self.total.is_empty() || self.hidden_rows > 0;
        let says_something = |index: usize| {
            let rows = self.rows.iter().chain([&self.hidden, &self.total]);
            rows.filter_map(|row| row.get(index))
                .any(|cell| !cell.is_empty())
        };
        let is_shown = |(index, column): &(usize, &Column)| {
            for_people(column) && (says_something(*index) || (has_sums && Some(*index) == first))
        };
        self.columns.iter().enumerate().filter(is_shown).collect()
    }

    /// Where the steps of a row stand, if it has some.
    pub(crate) fn steps_column(&self) -> Option<usize> {
        let is_steps = |cell: &Cell| match cell {
            Cell::List(cells) => cells.iter().any(|cell| cell.step().is_some()),
            _ => false,
        };
        self.rows
            .iter()
            .find_map(|row| row.iter().position(is_steps))
    }

    /// The index of a column.
    pub(crate) fn column(&self, id: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.id == id)
    }
}

/// How people see a section. Machine formats write rows either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A table with a header.
    Table,
    /// Every row as a list of names and values, one a line.
    Record,
    /// Every row as names and values that follow each other in the line.
    Line,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The key of machine formats, in snake case.
    pub id: &'static str,
    /// The title for people.
    pub title: &'static str,
    /// The side its cells are aligned to.
    pub align: Align,
    /// Where it goes when the lines are too short for the whole table.
    pub room: Room,
    /// Whether its text may be wrapped, down to this many terminal columns; 0 for never.
    pub wrap: u16,
    /// Who reads it.
    pub audience: Audience,
    /// What stands before its cells when they are below the row, where it is not the title.
    pub lead_in: Option<&'static str>,
    /// Whether people see each value of a list on a line of its own.
    pub listed: bool,
}

impl Column {
    /// A column of text that is not wrapped and always has room.
    pub fn text(id: &'static str, title: &'static str) -> Column {
        Column {
            id,
            title,
            align: Align::Left,
            room: Room::Always,
            wrap: 0,
            audience: Audience::All,
            lead_in: None,
            listed: false,
        }
    }

    /// A column of numbers that always has room.
    pub fn number(id: &'static str, title: &'static str) -> Column {
        Column {
            align: Align::Right,
            ..Column::text(id, title)
        }
    }

    /// The same, wrapped where the line is too short, but not below `least` terminal columns.
    pub fn wrapped(self, least: u16) -> Column {
        Column {
            wrap: least,
            ..self
        }
    }

    /// The same, standing below its row where the line is too short. The highest `rank` leaves
    /// the line first; equal ranks leave it together.
    pub fn or_below(self, rank: u8) -> Column {
        Column {
            room: Room::OrBelow(rank),
            ..self
        }
    }

    /// The same, standing below its row.
    pub fn below(self) -> Column {
        Column {
            room: Room::Below,
            ..self
        }
    }

    /// The same, left out for people where it would push or squeeze other columns. The highest
    /// `rank` goes first.
    pub fn or_dropped(self, rank: u8) -> Column {
        Column {
            room: Room::OrDropped(rank),
            ..self
        }
    }

    /// The same, without its title where it stands below the row.
    pub fn unnamed(self) -> Column {
        self.led_in_by("")
    }

    /// The same, with these words instead of its title where it stands below the row.
    pub fn led_in_by(self, words: &'static str) -> Column {
        Column {
            lead_in: Some(words),
            ..self
        }
    }

    /// The same, with each value of a list on a line of its own.
    pub fn listed(self) -> Column {
        Column {
            listed: true,
            ..self
        }
    }

    /// The same, for machine formats only.
    pub fn for_machines(self) -> Column {
        Column {
            audience: Audience::Machines,
            ..self
        }
    }

    /// The same, not for machine formats, which have the same in other columns.
    pub fn for_people(self) -> Column {
        Column {
            audience: Audience::People,
            ..self
        }
    }
}

/// Who reads a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    All,
    /// People: tables and Markdown.
    People,
    /// Programs: JSON and CSV.
    Machines,
}

/// The side that cells are aligned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Where a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// In the line of its row.
    Always,
    /// In the line of its row, or below it where the line is too short: highest rank first.
    OrBelow(u8),
    /// Below its row, however long the line is.
    Below,
    /// In the line of its row where all columns fit into it unwrapped, else nowhere: highest rank
    /// first.
    OrDropped(u8),
}

/// A value, with what an output must know to show it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Nothing, for which people read a word (`unknown`) and programs null.
    Missing(&'static str),
    /// How many. People see thousands separated.
    Count(u64),
    /// A number that counts nothing: a code, a status, a bit.
    Number(u64),
    /// A part of a whole. People see per cent, programs a fraction between 0 and 1.
    Share {
        /// The part.
        part: u64,
        /// The whole; a part of nothing is 0.
        whole: u64,
    },
    /// A number that need not be whole, such as a rate. People see three digits, programs the
    /// number with six decimals.
    Rate(f64),
    /// Yes or no.
    Bool(bool),
    /// Our own words.
    Text(Cow<'static, str>),
    /// One of a few words of our own, with what it says; the word says it without colour too.
    Word {
        /// The word.
        text: &'static str,
        /// What it says.
        tone: Tone,
    },
    /// Text that is not ours: out of a trace, a file name, something typed.
    Foreign(String),
    /// An ICEWarn mask.
    Mask(IceWarn),
    /// What people take for granted, so that only programs see it.
    Quiet(Box<Cell>),
    /// A time as the trace writes it.
    Stamp(Stamp),
    /// From a first to a last time.
    Span(Stamp, Stamp),
    /// How long something took, in microseconds. Programs see seconds with three decimals.
    Duration(i64),
    /// A place in an input.
    Place(Place),
    /// Several values; people read `none` where there is none.
    List(Vec<Cell>),
    /// A value that people see as one and programs as an object.
    Object {
        /// What people see.
        shown: Box<Cell>,
        /// What programs see.
        fields: Vec<(&'static str, Cell)>,
    },
    /// Something to be done, that programs see as an object.
    Step {
        /// What people see.
        step: Box<Step>,
        /// What programs see.
        fields: Vec<(&'static str, Cell)>,
    },
}

/// What a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something is wrong.
    Bad,
    /// Something may be wrong.
    Doubtful,
    /// Nothing is wrong.
    Fine,
}

/// Who reads the text of a cell, and how each part of it is made harmless.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader {
    /// Whether it is a person: numbers with separators, shares in per cent, short stamps.
    pub(crate) person: bool,
    /// What is done to our own words.
    pub(crate) own: fn(&str) -> Cow<'_, str>,
    /// What is done to text that is not ours.
    pub(crate) foreign: fn(&str) -> Cow<'_, str>,
}

impl Cell {
    /// Our own words.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Cell {
        Cell::Text(text.into())
    }

    /// Text that is not ours; an empty one is nothing.
    pub fn foreign(text: &str) -> Cell {
        if text.is_empty() {
            Cell::Empty
        } else {
            Cell::Foreign(text.to_owned())
        }
    }

    /// The step that it is, if it is one.
    pub(crate) fn step(&self) -> Option<&Step> {
        match self {
            Cell::Step { step, .. } => Some(step),
            _ => None,
        }
    }

    /// Whether people see nothing.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Cell::Empty | Cell::Quiet(_) => true,
            Cell::Text(text) => text.is_empty(),
            Cell::Foreign(text) => text.is_empty(),
            Cell::Object { shown, .. } => shown.is_empty(),
            _ => false,
        }
    }

    /// Whether text that is not ours is in what people see, so that its length is unknown.
    pub(crate) fn is_foreign(&self) -> bool {
        match self {
            Cell::Foreign(_) | Cell::Place(_) => true,
            Cell::List(cells) => cells.iter().any(Cell::is_foreign),
            Cell::Object { shown, .. } => shown.is_foreign(),
            _ => false,
        }
    }

    /// The cell as one line of text.
    pub(crate) fn to_text(&self, reader: &Reader) -> String {
        let mut text = String::new();
        self.push_text(reader, &mut text);
        text
    }

    fn push_text(&self, reader: &Reader, text: &mut String) {
        let own = |words: &str, text: &mut String| text.push_str(&(reader.own)(words));
        match self {
            Cell::Empty => {}
            Cell::Missing(word) => {
                if reader.person {
                    own(word, text);
                }
            }
            Cell::Count(count) if reader.person => text.push_str(&grouped(*count)),
            Cell::Count(number) | Cell::Number(number) => text.push_str(&number.to_string()),
            Cell::Share { part, whole } if reader.person => own(&per_cent(*part, *whole), text),
            Cell::Share { part, whole } => text.push_str(&fraction(*part, *whole).to_string()),
            Cell::Rate(rate) if reader.person => text.push_str(&three_digits(*rate)),
            Cell::Rate(rate) => text.push_str(&six_decimals(*rate).to_string()),
            Cell::Bool(yes) if reader.person => text.push_str(if *yes { "yes" } else { "no" }),
            Cell::Bool(yes) => text.push_str(if *yes { "true" } else { "false" }),
            Cell::Text(words) => own(words, text),
            Cell::Word { text: word, .. } => own(word, text),
            Cell::Foreign(foreign) => text.push_str(&(reader.foreign)(foreign)),
            Cell::Mask(mask) => text.push_str(&mask.to_string()),
            Cell::Stamp(stamp) if reader.person => text.push_str(&short(*stamp)),
            Cell::Stamp(stamp) => text.push_str(&stamp.to_string()),
            Cell::Span(first, last) => text.push_str(&span(*first, *last)),
            Cell::Duration(micros) if reader.person => text.push_str(&duration(*micros)),
            Cell::Duration(micros) => text.push_str(&seconds(*micros).to_string()),
            Cell::Quiet(cell) => {
                if !reader.person {
                    cell.push_text(reader, text);
                }
            }
            Cell::Place(place) => {
                text.push_str(&(reader.foreign)(&place.file));
                // Line 0 is a line that has not been looked up.
                match place.line {
                    0 => own(&format!(" at byte {}", place.offset), text),
                    line => own(&format!(":{line}"), text),
                }
            }
            Cell::List(cells) => {
                let separator = if reader.person { ", " } else { "; " };
                if cells.is_empty() && reader.person {
                    own("none", text);
                }
                for (index, cell) in cells.iter().enumerate() {
                    if index > 0 {
                        text.push_str(separator);
                    }
                    cell.push_text(reader, text);
                }
            }
            Cell::Object { shown, .. } => shown.push_text(reader, text),
            Cell::Step { step, .. } => own(&step.in_line(), text),
        }
    }
}

/// A count with its thousands separated by commas.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number as far as it tells people something.
fn three_digits(rate: f64) -> String {
    let size = rate.abs();
    if size >= 100.0 {
        let sign = if rate < 0.0 { "-" } else { "" };
        format!("{sign}{}", grouped(size.round() as u64))
    } else if size >= 10.0 {
        format!("{rate:.1}")
    } else if size >= 0.1 || size == 0.0 {
        format!("{rate:.2}")
    } else if size >= 0.0001 {
        format!("{rate:.4}")
    } else {
        "<0.0001".to_owned()
    }
}

/// The same number on every machine.
pub(crate) fn six_decimals(rate: f64) -> f64 {
    if rate.is_finite() {
        // And no zero below zero.
        (rate * 1e6).round() / 1e6 + 0.0
    } else {
        0.0
    }
}

/// A share with one decimal. Only nothing is `0.0%` and only everything is `100.0%`.
pub(crate) fn per_cent(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0.0%".to_owned();
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    // In tenths of a per cent, rounded half up.
    let tenths = (part * 2000 + whole) / (whole * 2);
    if tenths == 0 {
        "<0.1%".to_owned()
    } else if tenths >= 1000 && part < whole {
        ">99.9%".to_owned()
    } else {
        format!("{}.{}%", tenths / 10, tenths % 10)
    }
}

/// A share as a fraction with six decimals, so that it reads the same everywhere.
pub(crate) fn fraction(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    let millionths = (u128::from(part) * 2_000_000 + u128::from(whole)) / (u128::from(whole) * 2);
    millionths as f64 / 1e6
}

/// Seconds with three decimals, so that they read the same everywhere.
pub(crate) fn seconds(micros: i64) -> f64 {
    (micros / 1000) as f64 / 1e3
}

/// `1.2 s`, `3:07` (minutes), `1:03:07` (hours); cut to what is shown, not rounded.
fn duration(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let tenths = micros.unsigned_abs() / 100_000;
    let seconds = tenths / 10;
    let (hours, minutes, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{sign}{hours}:{minutes:02}:{second:02}")
    } else if minutes > 0 {
        format!("{sign}{minutes}:{second:02}")
    } else {
        format!("{sign}{second}.{} s", tenths % 10)
    }
}

/// A stamp to the second: date and time apart, what is known of its zone behind.
fn short(stamp: Stamp) -> String {
    let text = stamp.to_string();
    let Some((seconds, rest)) = text.split_once('.') else {
        return text;
    };
    let zone = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{}{zone}", seconds.replace('T', " "))
}

/// Two stamps to the second; the second without its date where that is the same.
fn span(first: Stamp, last: Stamp) -> String {
    let (first, last) = (short(first), short(last));
    if first == last {
        return first;
    }
    let date = |text: &str| text.split_once(' ').map_or(0, |(date, _)| date.len());
    let same = date(&first) > 0 && first[..date(&first)] == last[..date(&last)];
    let last = if same {
        &last[date(&last) + 1..]
    } else {
        &last
    };
    format!("{first} to {last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        for (count, want) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (12_345_678, "12,345,678"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(grouped(count), want);
        }
    }

    #[test]
    fn a_share_is_never_rounded_to_nothing_or_to_everything() {
        for (part, whole, want) in [
            (0, 0, "0.0%"),
            (0, 7, "0.0%"),
            (1, 1_000_000, "<0.1%"),
            (1, 3, "33.3%"),
            (2, 3, "66.7%"),
            (999_999, 1_000_000, ">99.9%"),
            (7, 7, "100.0%"),
            (u64::MAX, u64::MAX, "100.0%"),
        ] {
            assert_eq!(per_cent(part, whole), want, "{part} of {whole}");
        }
        assert_eq!(fraction(1, 3), 0.333333);
        assert_eq!(fraction(0, 0), 0.0);
        assert_eq!(fraction(u64::MAX, u64::MAX), 1.0);
    }

    #[test]
    fn a_duration_is_shown_in_the_unit_that_suits_it() {
        for (micros, want, machine) in [
            (0, "0.0 s", 0.0),
            (1_299_999, "1.2 s", 1.299),
            (59_999_999, "59.9 s", 59.999),
            (187_000_000, "3:07", 187.0),
            (3_787_000_000, "1:03:07", 3787.0),
            (-2_500_000, "-2.5 s", -2.5),
        ] {
            assert_eq!(duration(micros), want);
            assert_eq!(seconds(micros), machine);
        }
        assert!(duration(i64::MIN).starts_with('-'));
    }

    #[test]
    fn stamps_keep_their_zone_when_they_are_shortened() {
        let stamp = |zone| Stamp {
            micros: 1_366_082_250_168_001,
            zone,
        };
        use siptriage_facts::Zone;
        assert_eq!(short(stamp(Zone::Local)), "2013-04-16 03:17:30");
        assert_eq!(short(stamp(Zone::Utc)), "2013-04-16 03:17:30Z");
        assert_eq!(short(stamp(Zone::Offset(90))), "2013-04-16 03:17:30+01:30");
    }

    #[test]
    fn a_span_names_its_date_once_if_there_is_one() {
        let stamp = |micros| Stamp {
            micros,
            zone: siptriage_facts::Zone::Local,
        };
        let day = 86_400_000_000;
        assert_eq!(span(stamp(0), stamp(999_999)), "1970-01-01 00:00:00");
        assert_eq!(
            span(stamp(0), stamp(1_000_000)),
            "1970-01-01 00:00:00 to 00:00:01"
        );
        assert_eq!(
            span(stamp(0), stamp(day)),
            "1970-01-01 00:00:00 to 1970-01-02 00:00:00"
        );
    }
}
