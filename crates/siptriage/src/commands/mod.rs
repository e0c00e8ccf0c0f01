//! The commands, one a file: each takes its options and says how it ended.

pub(crate) mod call;
pub(crate) mod calls;
pub(crate) mod compare;
pub(crate) mod config;
pub(crate) mod decode;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod formats;
pub(crate) mod messages;
pub(crate) mod nightly;
pub(crate) mod rules;
pub(crate) mod scan;
pub(crate) mod scrub;
pub(crate) mod sql;
pub(crate) mod store;
pub(crate) mod trend;

use std::io::{self, Read, Write};

use siptriage_redact::Redactor;
use siptriage_report::{Document, Output, Style};

use crate::args::{FileArgs, LookArgs, OutputArgs};
use crate::exit::{Exit, Stop};
use crate::output_file::Out;
use crate::terminal;

/// Text that was piped in may be this long, in bytes: it is a list of masks or a header.
const MAX_TEXT_LEN: u64 = 16 << 20;

/// Writes bytes to standard output.
pub(crate) fn print(bytes: &[u8]) -> Result<Exit, Stop> {
    let mut out = Out::stdout();
    out.write_all(bytes).map_err(|error| out.stop(error))?;
    out.commit()?;
    Ok(Exit::Done)
}

/// Where a document goes, and how it looks there. Opened before the work, so that a wrong name
/// is told before it.
struct Page {
    output: &'static dyn Output,
    out: Out,
    style: Style,
}

impl Page {
    fn open(args: &OutputArgs) -> Result<Page, Stop> {
        Page::open_as(args.chosen()?, &args.file, &args.look)
    }

    fn open_as(
        output: &'static dyn Output,
        file: &FileArgs,
        look: &LookArgs,
    ) -> Result<Page, Stop> {
        let out = Out::open(file.path())?;
        let style = style(look, &out);
        Ok(Page { output, out, style })
    }

    /// Whether people read it, so that long rankings are cut. Programs get every row.
    fn is_for_people(&self) -> bool {
        matches!(self.output.name(), "table" | "markdown")
    }

    /// Writes a document of traces; with a redactor, with tokens in place of identifiers.
    fn write_redacted(self, document: Document, redactor: Option<&Redactor>) -> Result<(), Stop> {
        match redactor {
            Some(redactor) => self.write(&document.redacted(redactor)),
            None => self.write(&document),
        }
    }

    fn write(mut self, document: &Document) -> Result<(), Stop> {
        let written = self.output.write(document, &self.style, &mut self.out);
        written.map_err(|error| self.out.stop(error))?;
        self.out.commit()
    }
}

/// How pages for people look where they go.
fn style(look: &LookArgs, out: &Out) -> Style {
    Style {
        width: Some(terminal::width(look.width, out.is_stdout())),
        color: terminal::color(look.color, out.is_stdout()),
    }
}

/// All of standard input as text.
fn piped_text() -> Result<Vec<u8>, Stop> {
    let mut text = Vec::new();
    let read = io::stdin()
        .lock()
        .take(MAX_TEXT_LEN + 1)
        .read_to_end(&mut text);
    match read {
        Ok(len) if len as u64 <= MAX_TEXT_LEN => Ok(text),
        Ok(_) => Err(Stop::Usage(format!(
            "standard input: longer than {} MiB; to read a trace, use `siptriage scan -`",
            MAX_TEXT_LEN >> 20
        ))),
        Err(error) => Err(Stop::Usage(format!(
            "standard input: cannot be read: {error}; try a file"
        ))),
    }
}
