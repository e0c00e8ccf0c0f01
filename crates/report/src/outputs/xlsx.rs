//! A workbook of Excel, a sheet for each table that has rows.
//!
//! Every text is written as a text: none of it is ever a formula or a link. Columns and keys are
//! those of CSV, so that what is said of these in `docs/json.md` holds; sums are left out, as
//! there. The same document gives the same bytes: the time of making is not in the file.

use std::borrow::Cow;
use std::io::{self, Cursor, Read, Write as _};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::{Output, Style};
use crate::document::{Audience, Cell, Column, Document, Reader, Section, fraction, seconds};
use crate::visible::visible;

/// Rows that a sheet holds, its header included.
const MAX_ROWS: usize = 1_048_576;
/// UTF-16 units that a cell holds.
const MAX_TEXT: usize = 32_767;
/// Letters of the name of a sheet.
const MAX_NAME: usize = 31;
/// Rows that are looked at to tell how wide a column is.
const MEASURED_ROWS: usize = 200;

/// The output `xlsx`.
#[derive(Debug)]
pub(super) struct Xlsx;

impl Output for Xlsx {
    fn name(&self) -> &'static str {
        "xlsx"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["xlsx"]
    }

    fn is_text(&self) -> bool {
        false
    }

    fn write(&self, document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        let book = workbook(document).map_err(io::Error::other)?;
        out.write_all(&with_mark(&book)?)
    }
}

/// Text for people and sheets: what hides is written out.
const READER: Reader = Reader {
    person: false,
    own: |text| Cow::Borrowed(text),
    foreign: visible,
};

fn workbook(document: &Document) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(
        &DocProperties::new()
            .set_title(&document.title)
            .set_subject(super::MARK)
            .set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?),
    );
    let head = Format::new().set_bold().set_background_color(0xE9_ED_F1);
    let wrapped = Format::new().set_text_wrap();
    let about = book.add_worksheet();
    about.set_name("About")?.set_column_width(0, 110)?;
    about.write_string_with_format(0, 0, &document.title, &head)?;
    let lines = document.headline.iter().cloned();
    let notes = document.tables().flat_map(|section| {
        let notes = section.notes.iter();
        notes.map(|note| format!("{}: {note}", section.title))
    });
    for (row, line) in (1..).zip(lines.chain(notes)) {
        about.write_string_with_format(row, 0, cut(&line), &wrapped)?;
    }
    let mut names: Vec<String> = vec!["about".to_owned()];
    for section in document.tables().filter(|section| !section.rows.is_empty()) {
        let name = name_of(section, &names);
        names.push(name.to_lowercase());
        sheet(book.add_worksheet(), &name, section, &head)?;
    }
    book.save_to_buffer()
}

/// The title of a section as the name of a sheet that no other one has.
fn name_of(section: &Section, taken: &[String]) -> String {
    let plain = |c: char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'');
    let title: String = section.title.chars().filter(|c| plain(*c)).collect();
    let mut name: String = title.chars().take(MAX_NAME).collect();
    let mut number = 2;
    while taken.contains(&name.to_lowercase()) {
        let behind = format!(" {number}");
        name = title.chars().take(MAX_NAME - behind.len()).collect();
        name.push_str(&behind);
        number += 1;
    }
    name
}

fn sheet(
    sheet: &mut Worksheet,
    name: &str,
    section: &Section,
    head: &Format,
) -> Result<(), XlsxError> {
    let columns: Vec<(usize, &Column)> = (section.columns.iter().enumerate())
        .filter(|(_, column)| column.audience != Audience::People)
        .collect();
    let rows = &section.rows[..section.rows.len().min(MAX_ROWS - 1)];
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    for (place, (index, column)) in (0u16..).zip(&columns) {
        sheet.write_string_with_format(0, place, column.title, head)?;
        let texts = rows
            .iter()
            .take(MEASURED_ROWS)
            .filter_map(|row| row.get(*index));
        let widest = texts
            .map(|cell| cell.to_text(&READER).chars().count())
            .max();
        let width = widest.unwrap_or(0).max(column.title.chars().count() + 3);
        sheet.set_column_width(place, width.clamp(8, 60) as f64)?;
        for (line, row) in (1u32..).zip(rows) {
            let cell = row.get(*index).unwrap_or(&Cell::Empty);
            write(sheet, line, place, cell)?;
        }
    }
    let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    if let Some(right) = u16::try_from(columns.len())
        .ok()
        .and_then(|len| len.checked_sub(1))
    {
        sheet.autofilter(0, 0, last, right)?;
    }
    Ok(())
}

/// A cell with its type: counts, shares and lengths of time, in seconds, are numbers. Stamps are
/// texts, since Excel has no time zones.
fn write(sheet: &mut Worksheet, row: u32, place: u16, cell: &Cell) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty | Cell::Missing(_) => {}
        // Beyond 2^53 a number of Excel is no longer exact.
        Cell::Count(number) | Cell::Number(number) if *number <= 1 << 53 => {
            let format = match cell {
                Cell::Count(_) => Format::new().set_num_format("#,##0"),
                _ => Format::new(),
            };
            sheet.write_number_with_format(row, place, *number as f64, &format)?;
        }
        Cell::Share { part, whole } => {
            let format = Format::new().set_num_format("0.0%");
            sheet.write_number_with_format(row, place, fraction(*part, *whole), &format)?;
        }
        Cell::Duration(micros) => {
            let format = Format::new().set_num_format("#,##0.000");
            sheet.write_number_with_format(row, place, seconds(*micros), &format)?;
        }
        Cell::Bool(yes) => {
            sheet.write_boolean(row, place, *yes)?;
        }
        Cell::Quiet(cell) => write(sheet, row, place, cell)?,
        cell => {
            let text = cell.to_text(&READER);
            if !text.is_empty() {
                sheet.write_string(row, place, cut(&text))?;
            }
        }
    }
    Ok(())
}

/// What of a text a cell holds.
fn cut(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_TEXT {
        return Cow::Borrowed(text);
    }
    let mut units = 0;
    let fits = text.chars().take_while(|c| {
        units += c.len_utf16();
        units < MAX_TEXT
    });
    let mut cut: String = fits.collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    Cow::Owned(cut)
}

/// The same workbook, with the part that says whose it is second and readable as it stands, so
/// that a workbook which lies among traces is told from an archive of them.
fn with_mark(book: &[u8]) -> io::Result<Vec<u8>> {
    const FIRST: [&str; 2] = ["[Content_Types].xml", "docProps/core.xml"];
    let mut archive = ZipArchive::new(Cursor::new(book)).map_err(io::Error::other)?;
    let mut names: Vec<String> = archive
        .file_names()
        .map(|name| name.map(Cow::into_owned))
        .collect::<Result<_, _>>()
        .map_err(io::Error::other)?;
    let order = |name: &String| {
        FIRST
            .iter()
            .position(|first| first == name)
            .unwrap_or(FIRST.len())
    };
    names.sort_by_key(order);
    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(book.len())));
    for name in names {
        let mut bytes = Vec::new();
        archive
            .by_name(&name)
            .map_err(io::Error::other)?
            .read_to_end(&mut bytes)?;
        let method = match name == FIRST[1] {
            true => CompressionMethod::Stored,
            false => CompressionMethod::Deflated,
        };
        writer
            .start_file(name, timeless(method))
            .map_err(io::Error::other)?;
        writer.write_all(&bytes)?;
    }
    Ok(writer.finish().map_err(io::Error::other)?.into_inner())
}

/// An entry without a time of its own.
pub(super) fn timeless(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_names_that_excel_takes_and_no_two_the_same() {
        let section = |title: &str| Section::new("x", title, Vec::new());
        let long = "What is said about [media]: a/b\\c of both ends";
        let first = name_of(&section(long), &[]);
        assert_eq!(first, "What is said about media abc of");
        let second = name_of(&section(long), &[first.to_lowercase()]);
        assert_eq!(second, "What is said about media abc  2");
        assert!(second.chars().count() <= MAX_NAME);
    }

    #[test]
    fn texts_are_cut_to_what_a_cell_holds() {
        assert_eq!(cut("short"), "short");
        let long = "😀".repeat(MAX_TEXT);
        let units: usize = cut(&long).chars().map(char::len_utf16).sum();
        assert!(units <= MAX_TEXT && cut(&long).ends_with('…'));
    }
}
