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

use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;

use siptriage_redact::Redactor;
use siptriage_report::{Document, Output, Style};

use crate::args::{LookArgs, OutputArgs};
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
    fn open_as(
        output: &'static dyn Output,
        path: Option<&Path>,
        look: &LookArgs,
    ) -> Result<Page, Stop> {
        let out = Out::open(path)?;
        if !output.is_text() && out.is_stdout() && io::stdout().is_terminal() {
            return Err(Stop::Usage(format!(
                "--format {}: is nothing for a terminal; name a file with -o",
                output.name()
            )));
        }
        let style = style(look, &out);
        Ok(Page { output, out, style })
    }

    /// What a document is made for.
    fn reader(&self) -> DocumentReader {
        match self.output.name() {
            "table" | "markdown" => DocumentReader::Person,
            "html" => DocumentReader::Browser,
            _ => DocumentReader::Program,
        }
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

/// What a document is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DocumentReader {
    /// People: long rankings are cut.
    Person,
    /// People with a browser, which sorts and filters: long rankings are cut later.
    Browser,
    /// Programs get every row.
    Program,
}

/// Rows of a ranking on a page for browsers, at least.
const BROWSER_ROWS: usize = 100;

impl DocumentReader {
    /// How many rows of a ranking are shown, of those that are asked for; all if absent.
    fn top(self, asked: Option<usize>) -> Option<usize> {
        match self {
            DocumentReader::Person => asked,
            DocumentReader::Browser => asked.map(|asked| asked.max(BROWSER_ROWS)),
            DocumentReader::Program => None,
        }
    }
}

/// All pages of a run.
struct Pages(Vec<Page>);

impl Pages {
    fn open(args: &OutputArgs) -> Result<Pages, Stop> {
        let chosen = args.chosen()?.into_iter();
        let pages = chosen.map(|(path, output)| Page::open_as(output, path, &args.look));
        pages.collect::<Result<_, _>>().map(Pages)
    }

    /// Whether any of them is for browsers.
    fn any_for_browsers(&self) -> bool {
        (self.0.iter()).any(|page| page.reader() == DocumentReader::Browser)
    }

    /// Writes the same to all of them.
    fn write(self, document: &Document) -> Result<(), Stop> {
        all_of(self.0.into_iter().map(|page| page.write(document)))
    }

    /// What `make` makes for each reader that there is, once; with a redactor, with tokens in
    /// place of identifiers.
    fn documents(
        &self,
        redactor: Option<&Redactor>,
        make: impl Fn(DocumentReader) -> Document,
    ) -> Vec<(DocumentReader, Document)> {
        let mut documents: Vec<(DocumentReader, Document)> = Vec::new();
        for reader in self.0.iter().map(Page::reader) {
            if documents.iter().all(|(of, _)| *of != reader) {
                let document = make(reader);
                let document = match redactor {
                    Some(redactor) => document.redacted(redactor),
                    None => document,
                };
                documents.push((reader, document));
            }
        }
        documents
    }

    /// Writes to each of them the document of its reader.
    fn write_each(self, documents: &[(DocumentReader, Document)]) -> Result<(), Stop> {
        let of = |reader: DocumentReader| documents.iter().find(|(of, _)| *of == reader);
        let pages = self.0.into_iter();
        all_of(pages.map(|page| match of(page.reader()) {
            Some((_, document)) => page.write(document),
            None => Ok(()),
        }))
    }
}

/// Does all of it, also where a part fails: what went wrong is told of each, and nothing else is
/// lost by it.
fn all_of(parts: impl Iterator<Item = Result<(), Stop>>) -> Result<(), Stop> {
    let mut failed: Vec<Stop> = parts.filter_map(Result::err).collect();
    match failed.len() {
        0 => Ok(()),
        1 => Err(failed.remove(0)),
        _ => {
            for stop in &failed {
                stop.tell();
            }
            Err(Stop::Told)
        }
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
