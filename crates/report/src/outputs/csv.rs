//! CSV (RFC 4180): all tables of a document in one, as described in `docs/json.md`.
//!
//! The header row has `section` and then every column of every section, each once, in the order
//! in which they are met; a row fills those of its own section. So the file stays one rectangle
//! that any reader takes, a spreadsheet filters by `section`, and the header of a kind of document
//! does not depend on what was found. Sums are left out: they would be counted twice.

use std::borrow::Cow;
use std::io;

use super::{Output, Style};
use crate::document::{Audience, Document, Reader};
use crate::visible::visible_lines;

/// The output `csv`.
#[derive(Debug)]
pub(super) struct Csv;

impl Output for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv"]
    }

    fn write(&self, document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        let mut ids: Vec<&'static str> = Vec::new();
        for column in document.tables().flat_map(|section| &section.columns) {
            if column.audience != Audience::People && !ids.contains(&column.id) {
                ids.push(column.id);
            }
        }
        let reader = Reader {
            person: false,
            own: |text| Cow::Borrowed(text),
            foreign: |text| Cow::Borrowed(text),
        };
        let mut writer = csv::Writer::from_writer(out);
        let header = std::iter::once("section").chain(ids.iter().copied());
        writer.write_record(header).map_err(io_error)?;
        for section in document.tables() {
            let places: Vec<Option<usize>> = ids.iter().map(|id| section.column(id)).collect();
            for row in &section.rows {
                writer.write_field(section.id).map_err(io_error)?;
                for place in &places {
                    let cell = place.and_then(|place| row.get(place));
                    let text = cell.map(|cell| cell.to_text(&reader)).unwrap_or_default();
                    writer.write_field(&*guarded(&text)).map_err(io_error)?;
                }
                writer.write_record(None::<&[u8]>).map_err(io_error)?;
            }
        }
        writer.flush()
    }
}

/// The error of the writer beneath, as it was: a closed pipe must stay a closed pipe.
pub(crate) fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Text that does nothing to whoever opens it: no spreadsheet takes it for a formula, since an
/// apostrophe stands before a first character that would start one (the list is that of the OWASP
/// page on CSV injection), and no terminal obeys it. JSON has it as it was.
pub(crate) fn guarded(text: &str) -> Cow<'_, str> {
    let text = visible_lines(text);
    let starts_formula = text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    if starts_formula {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}
