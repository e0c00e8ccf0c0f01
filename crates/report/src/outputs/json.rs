//! JSON. Every key is described in `docs/json.md`.

use std::io;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::{Output, Style};
use crate::document::{Audience, Cell, Column, Document, Section, fraction, seconds, six_decimals};

/// Raised when a key changes its meaning or goes away; not when one is added.
const SCHEMA_VERSION: u32 = 1;

/// The output `json`.
#[derive(Debug)]
pub(super) struct Json;

impl Output for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn write(&self, document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, &DocumentJson(document))?;
        out.write_all(b"\n")
    }
}

struct DocumentJson<'d>(&'d Document);

impl Serialize for DocumentJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Named, so that a new field cannot be forgotten here.
        let Document {
            kind,
            title,
            partial,
            headline,
            sections: _,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema_version", &SCHEMA_VERSION)?;
        map.serialize_entry("kind", kind)?;
        map.serialize_entry("title", title)?;
        map.serialize_entry("partial", partial)?;
        map.serialize_entry("headline", headline)?;
        map.serialize_entry("sections", &SectionsJson(self.0))?;
        map.end()
    }
}

struct SectionsJson<'d>(&'d Document);

impl Serialize for SectionsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.tables().map(SectionJson))
    }
}

struct SectionJson<'d>(&'d Section);

impl Serialize for SectionJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Section {
            id,
            title,
            layout: _,
            columns,
            rows,
            hidden_rows,
            hidden,
            total,
            notes,
            page_only: _,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", id)?;
        map.serialize_entry("title", title)?;
        map.serialize_entry("rows", &RowsJson(columns, rows))?;
        if *hidden_rows > 0 {
            map.serialize_entry("hidden_rows", hidden_rows)?;
            map.serialize_entry(
                "hidden",
                &RowJson {
                    columns,
                    row: hidden,
                    sparse: true,
                },
            )?;
        }
        if !total.is_empty() {
            map.serialize_entry(
                "total",
                &RowJson {
                    columns,
                    row: total,
                    sparse: true,
                },
            )?;
        }
        map.serialize_entry("notes", notes)?;
        map.end()
    }
}

/// Writes a row as an object of its own, without a line break.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write_row(
    columns: &[Column],
    row: &[Cell],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let row = RowJson {
        columns,
        row,
        sparse: false,
    };
    Ok(serde_json::to_writer(out, &row)?)
}

struct RowsJson<'d>(&'d [Column], &'d [Vec<Cell>]);

impl Serialize for RowsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RowsJson(columns, rows) = *self;
        serializer.collect_seq(rows.iter().map(|row| RowJson {
            columns,
            row,
            sparse: false,
        }))
    }
}

struct RowJson<'d> {
    columns: &'d [Column],
    row: &'d [Cell],
    /// Whether cells with nothing in them are left out: sums have few of the columns.
    sparse: bool,
}

impl Serialize for RowJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, cell) in self.columns.iter().zip(self.row) {
            let is_read = column.audience != Audience::People;
            if is_read && (!self.sparse || *cell != Cell::Empty) {
                map.serialize_entry(column.id, &CellJson(cell))?;
            }
        }
        map.end()
    }
}

struct CellJson<'d>(&'d Cell);

impl Serialize for CellJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Empty | Cell::Missing(_) => serializer.serialize_none(),
            Cell::Count(number) | Cell::Number(number) => serializer.serialize_u64(*number),
            Cell::Rate(rate) => serializer.serialize_f64(six_decimals(*rate)),
            Cell::Share { part, whole } => serializer.serialize_f64(fraction(*part, *whole)),
            Cell::Bool(yes) => serializer.serialize_bool(*yes),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Word { text, .. } => serializer.serialize_str(text),
            Cell::Foreign(text) => serializer.serialize_str(text),
            Cell::Mask(mask) => serializer.collect_str(mask),
            Cell::Stamp(stamp) => serializer.collect_str(stamp),
            Cell::Span(first, last) => serializer.collect_str(&format_args!("{first} to {last}")),
            Cell::Duration(micros) => serializer.serialize_f64(seconds(*micros)),
            Cell::Quiet(cell) => CellJson(cell).serialize(serializer),
            Cell::Place(place) => {
                let mut map = serializer.serialize_map(Some(3))?;
                map.serialize_entry("file", &*place.file)?;
                // Line 0 is a line that has not been looked up.
                map.serialize_entry("line", &(place.line > 0).then_some(place.line))?;
                map.serialize_entry("offset", &place.offset)?;
                map.end()
            }
            Cell::List(cells) => {
                let mut list = serializer.serialize_seq(Some(cells.len()))?;
                for cell in cells {
                    list.serialize_element(&CellJson(cell))?;
                }
                list.end()
            }
            Cell::Object { fields, .. } | Cell::Step { fields, .. } => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (key, cell) in fields {
                    map.serialize_entry(key, &CellJson(cell))?;
                }
                map.end()
            }
        }
    }
}
