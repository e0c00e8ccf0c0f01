//! A zip with a CSV file (RFC 4180) for each table, for databases and spreadsheets that want one
//! table a file. The same document gives the same bytes.

use std::borrow::Cow;
use std::io::{self, Cursor, Write as _};

use zip::{CompressionMethod, ZipWriter};

use super::csv::{guarded, io_error};
use super::xlsx::timeless;
use super::{Output, Style};
use crate::document::{Audience, Column, Document, Reader, Section};

/// The folder in the archive: by it, an archive that lies among traces is told from one of them.
const FOLDER: &str = "siptriage-tables";

/// The output `csv-zip`.
#[derive(Debug)]
pub(super) struct CsvZip;

impl Output for CsvZip {
    fn name(&self) -> &'static str {
        "csv-zip"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv.zip"]
    }

    fn is_text(&self) -> bool {
        false
    }

    fn write(&self, document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = timeless(CompressionMethod::Deflated);
        let mut taken: Vec<&str> = Vec::new();
        for section in document.tables() {
            taken.push(section.id);
            // Several codes that are explained together have tables of one name.
            let name = match taken.iter().filter(|id| **id == section.id).count() {
                1 => format!("{FOLDER}/{}.csv", section.id),
                number => format!("{FOLDER}/{}-{number}.csv", section.id),
            };
            zip.start_file(name, options).map_err(io::Error::other)?;
            zip.write_all(&table(section)?)?;
        }
        let bytes = zip.finish().map_err(io::Error::other)?.into_inner();
        out.write_all(&bytes)
    }
}

fn table(section: &Section) -> io::Result<Vec<u8>> {
    let reader = Reader {
        person: false,
        own: |text| Cow::Borrowed(text),
        foreign: |text| Cow::Borrowed(text),
    };
    let columns: Vec<(usize, &Column)> = (section.columns.iter().enumerate())
        .filter(|(_, column)| column.audience != Audience::People)
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = columns.iter().map(|(_, column)| column.id);
    writer.write_record(header).map_err(io_error)?;
    for row in &section.rows {
        for (index, _) in &columns {
            let text = row
                .get(*index)
                .map(|cell| cell.to_text(&reader))
                .unwrap_or_default();
            writer.write_field(&*guarded(&text)).map_err(io_error)?;
        }
        writer.write_record(None::<&[u8]>).map_err(io_error)?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}
