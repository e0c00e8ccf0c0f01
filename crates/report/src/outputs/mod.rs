//! Documents as bytes, one way in each file.

mod csv;
mod csv_zip;
mod html;
mod json;
pub(crate) mod markdown;
pub(crate) mod table;
mod xlsx;

pub(crate) use self::csv::{guarded, io_error};
pub(crate) use self::json::write_row;

use std::fmt::Debug;
use std::io;

use crate::document::Document;

/// How an output looks. Machine formats have no looks and ignore it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Terminal columns; 100 if absent.
    pub width: Option<u16>,
    /// Whether words may be coloured as well. Nothing is told by colour alone.
    pub color: bool,
}

/// A way to write documents.
pub trait Output: Debug + Sync {
    /// The word of `--format`.
    fn name(&self) -> &'static str;

    /// File extensions that choose it, without the dot, in lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether it is text, in UTF-8 and with a line feed at the end of each line.
    fn is_text(&self) -> bool {
        true
    }

    /// Writes a document.
    ///
    /// # Errors
    /// Those of `out`.
    fn write(&self, document: &Document, style: &Style, out: &mut dyn io::Write) -> io::Result<()>;
}

/// What outputs that have room for it say of themselves: by it, a report that lies among traces is
/// told from them.
const MARK: &str = "siptriage report";

/// All outputs, the usual one first.
const OUTPUTS: &[&dyn Output] = &[
    &table::Table,
    &json::Json,
    &csv::Csv,
    &markdown::Markdown,
    &html::Html,
    &xlsx::Xlsx,
    &csv_zip::CsvZip,
];

/// All outputs, the usual one first.
pub fn outputs() -> &'static [&'static dyn Output] {
    OUTPUTS
}

/// The output of this name.
pub fn output(name: &str) -> Option<&'static dyn Output> {
    OUTPUTS.iter().copied().find(|output| output.name() == name)
}

/// The output that a file extension chooses: `txt`, `json`, `csv`, `md`, `html`, `csv.zip`, …, in any case, with or
/// without its dot.
pub fn output_for_extension(extension: &str) -> Option<&'static dyn Output> {
    let extension = extension.strip_prefix('.').unwrap_or(extension);
    OUTPUTS.iter().copied().find(|output| {
        output
            .extensions()
            .iter()
            .any(|known| known.eq_ignore_ascii_case(extension))
    })
}
