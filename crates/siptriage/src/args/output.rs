//! How results are written.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use siptriage_report::CallForm;

use crate::exit::Stop;
use crate::terminal::WIDTHS;

pub(super) const OUTPUT: &str = "Output";

/// How a document is written.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// table, json, csv, markdown, html, xlsx or csv-zip [default: by extension]
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = PossibleValuesParser::new(output_names()),
        help_heading = OUTPUT,
        hide_possible_values = true
    )]
    pub(crate) format: Option<String>,
    #[command(flatten)]
    pub(crate) files: FilesArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
}

/// Where output goes.
#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// Write to FILE; its extension tells the format
    ///
    /// FILE is replaced only when the output is complete.
    #[arg(short, long, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) output: Option<PathBuf>,
}

impl FileArgs {
    /// The file, where output does not go to standard output.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| is_file(path))
    }
}

/// Where output goes that may go to several places.
#[derive(Debug, Args)]
pub(crate) struct FilesArgs {
    /// Write to FILE; its extension tells the format
    ///
    /// May be repeated, as in `-o report.html -o report.json`, for all of them from one reading.
    /// A FILE is replaced only when its output is complete.
    #[arg(short, long, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) output: Vec<PathBuf>,
}

impl FilesArgs {
    /// The files, without standard output.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.output
            .iter()
            .map(PathBuf::as_path)
            .filter(|path| is_file(path))
    }

    /// All targets; `None` is standard output, which is the only one where none is named.
    ///
    /// # Errors
    /// [`Stop::Usage`] where one is named twice.
    fn targets(&self) -> Result<Vec<Option<&Path>>, Stop> {
        let mut targets: Vec<Option<&Path>> = Vec::new();
        for path in &self.output {
            let target = Some(path.as_path()).filter(|path| is_file(path));
            if targets.contains(&target) {
                return Err(Stop::Usage(format!(
                    "{}: is named twice as output; name each file once",
                    siptriage_report::visible(&path.to_string_lossy())
                )));
            }
            targets.push(target);
        }
        if targets.is_empty() {
            targets.push(None);
        }
        Ok(targets)
    }
}

/// Whether it is not standard output.
fn is_file(path: &Path) -> bool {
    path != Path::new("-")
}

/// One of the things to be written: where to, or to standard output, and how.
pub(crate) type Target<'a, F> = (Option<&'a Path>, F);

/// Of several outputs, `--format` names at most that of standard output.
fn named_format<'f>(
    format: Option<&'f str>,
    target: Option<&Path>,
    targets: usize,
) -> Result<Option<&'f str>, Stop> {
    match (format, target) {
        (Some(_), Some(_)) if targets > 1 => Err(Stop::Usage(
            "--format is for one output; where there are several files, leave it out, and their \
             extensions tell the format of each"
                .to_owned(),
        )),
        (format, _) => Ok(format),
    }
}

/// What pages for people look like.
#[derive(Debug, Args)]
pub(crate) struct LookArgs {
    /// Columns of a table, 60 to 1000 [default: the terminal's, else 100]
    ///
    /// Narrow tables put part of a row below it; no text is cut off.
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(WIDTHS),
        help_heading = OUTPUT,
        hide_short_help = true
    )]
    pub(crate) width: Option<u16>,
    /// Colour tables: auto, always or never
    ///
    /// `auto` colours on a terminal that can show it, unless NO_COLOR is set.
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = OUTPUT,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) color: ColorChoice,
}

/// When tables are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl OutputArgs {
    /// For each target the output that `--format` names, else the one of its extension, else
    /// tables.
    ///
    /// # Errors
    /// [`Stop::Usage`] where an extension is none that is known.
    pub(crate) fn chosen(
        &self,
    ) -> Result<Vec<Target<'_, &'static dyn siptriage_report::Output>>, Stop> {
        let targets = self.files.targets()?;
        let count = targets.len();
        let choose = |target: Option<&'_ Path>| {
            let format = named_format(self.format.as_deref(), target, count)?;
            document(format, target, &[])
        };
        (targets.into_iter())
            .map(|target| Ok((target, choose(target)?)))
            .collect()
    }
}

/// The output of this name, else the one of the file's extension, else tables. `others` are
/// extensions that are known besides those of outputs.
fn document(
    format: Option<&str>,
    path: Option<&Path>,
    others: &[&str],
) -> Result<&'static dyn siptriage_report::Output, Stop> {
    let named = format.or_else(|| path.is_none().then_some("table"));
    if let Some(output) = named.and_then(siptriage_report::output) {
        return Ok(output);
    }
    let path = path.unwrap_or(Path::new(""));
    let of_extension = extension(path)
        .as_deref()
        .and_then(siptriage_report::output_for_extension);
    of_extension.ok_or_else(|| {
        let of_outputs = siptriage_report::outputs().iter();
        let known: Vec<&str> = of_outputs
            .flat_map(|output| output.extensions())
            .chain(others)
            .copied()
            .collect();
        unknown_extension(path, &known)
    })
}

/// How a list is written.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// table, json, csv, markdown, html, xlsx, csv-zip or ndjson [default: by extension]
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = PossibleValuesParser::new(output_names().into_iter().chain([NDJSON])),
        help_heading = OUTPUT,
        hide_possible_values = true
    )]
    format: Option<String>,
    #[command(flatten)]
    pub(crate) files: FilesArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
}

/// One JSON object a line.
const NDJSON: &str = "ndjson";

/// A form of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ListForm {
    /// One JSON object a line.
    Ndjson,
    /// A document.
    Document(&'static dyn siptriage_report::Output),
}

impl ListArgs {
    /// For each target the form that `--format` names, else the one of its extension, else tables.
    ///
    /// # Errors
    /// [`Stop::Usage`] where an extension is none that is known.
    pub(crate) fn chosen(&self) -> Result<Vec<Target<'_, ListForm>>, Stop> {
        let targets = self.files.targets()?;
        let count = targets.len();
        (targets.into_iter())
            .map(|target| Ok((target, self.form(target, count)?)))
            .collect()
    }

    fn form(&self, path: Option<&Path>, targets: usize) -> Result<ListForm, Stop> {
        let format = named_format(self.format.as_deref(), path, targets)?;
        let of_extension = path.and_then(extension);
        let is_ndjson = match format {
            Some(format) => format == NDJSON,
            None => matches!(of_extension.as_deref(), Some("ndjson" | "jsonl")),
        };
        if is_ndjson {
            return Ok(ListForm::Ndjson);
        }
        document(format, path, &["ndjson", "jsonl"]).map(ListForm::Document)
    }
}

/// How rows are written while traces are read.
#[derive(Debug, Args)]
pub(crate) struct RowArgs {
    /// ndjson or csv [default: by extension, else ndjson]
    #[arg(long, value_name = "FORMAT", help_heading = OUTPUT, hide_possible_values = true)]
    pub(crate) format: Option<RowFormat>,
    #[command(flatten)]
    pub(crate) file: FileArgs,
}

/// A form of rows that can be written while traces are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    Ndjson,
    Csv,
}

impl RowArgs {
    /// The form of the rows.
    ///
    /// # Errors
    /// [`Stop::Usage`] where neither `--format` nor the extension of `--output` tells it.
    pub(crate) fn chosen(&self) -> Result<RowFormat, Stop> {
        match (self.format, self.file.path()) {
            (Some(format), _) => Ok(format),
            (None, None) => Ok(RowFormat::Ndjson),
            (None, Some(path)) => match extension(path).as_deref() {
                Some("ndjson" | "jsonl") => Ok(RowFormat::Ndjson),
                Some("csv") => Ok(RowFormat::Csv),
                _ => Err(unknown_extension(path, &["ndjson", "jsonl", "csv"])),
            },
        }
    }
}

/// How the page of a call is written.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// text, markdown or json [default: by extension, else text]
    ///
    /// Markdown has a Mermaid sequence diagram, ready for a ticket.
    #[arg(long, value_name = "FORMAT", help_heading = OUTPUT, hide_possible_values = true)]
    pub(crate) format: Option<PageFormat>,
    #[command(flatten)]
    pub(crate) file: FileArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
}

/// A form of the page of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    Text,
    Markdown,
    Json,
}

impl PageArgs {
    /// The form of the page.
    ///
    /// # Errors
    /// [`Stop::Usage`] where neither `--format` nor the extension of `--output` tells it.
    pub(crate) fn chosen(&self) -> Result<CallForm, Stop> {
        let named = match (self.format, self.file.path()) {
            (Some(format), _) => format,
            (None, None) => PageFormat::Text,
            (None, Some(path)) => match extension(path).as_deref() {
                Some("txt") => PageFormat::Text,
                Some("md") => PageFormat::Markdown,
                Some("json") => PageFormat::Json,
                _ => return Err(unknown_extension(path, &["txt", "md", "json"])),
            },
        };
        Ok(match named {
            PageFormat::Text => CallForm::Text,
            PageFormat::Markdown => CallForm::Markdown,
            PageFormat::Json => CallForm::Json,
        })
    }
}

/// What is not shown.
#[derive(Debug, Args)]
pub(crate) struct RedactArgs {
    /// Tokens in place of names, addresses, hosts and IDs
    ///
    /// Of paths, too. The same identifier has the same token in all of the output. Traces are read once more
    /// before, to learn names. Filters take what the traces have, and are shown redacted. Without
    /// --redact-key, tokens are others in every run. See docs/redaction.md for what is covered.
    #[arg(long, help_heading = OUTPUT)]
    redact: bool,
    /// The same, with tokens that last from run to run
    ///
    /// FILE has at least 16 bytes that nobody can guess; `siptriage redact-key > FILE` makes one.
    /// Who has it can find out which token a name has.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    redact_key: Option<PathBuf>,
}

impl RedactArgs {
    /// Whether identifiers are not to be shown, and the file with the key, if there is one.
    pub(crate) fn wanted(&self) -> Option<Option<&Path>> {
        let key = self.redact_key.as_deref();
        (self.redact || key.is_some()).then_some(key)
    }
}

/// How a long run behaves.
#[derive(Debug, Args)]
pub(crate) struct MannerArgs {
    /// No progress and no notes, errors only
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// The names of all outputs.
pub(super) fn output_names() -> Vec<&'static str> {
    siptriage_report::outputs()
        .iter()
        .map(|output| output.name())
        .collect()
}

/// What stands behind the last full stop, in lower case; of an archive of tables, `csv.zip`.
fn extension(path: &Path) -> Option<String> {
    const OF_TABLES: &str = "csv.zip";
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    if name.ends_with(&format!(".{OF_TABLES}")) {
        return Some(OF_TABLES.to_owned());
    }
    path.extension()
        .and_then(OsStr::to_str)
        .map(str::to_ascii_lowercase)
}

fn unknown_extension(path: &Path, known: &[&str]) -> Stop {
    let known: Vec<String> = known
        .iter()
        .map(|extension| format!(".{extension}"))
        .collect();
    Stop::Usage(format!(
        "{}: the extension tells no format; use one of {}, or say which with --format",
        siptriage_report::visible(&path.to_string_lossy()),
        known.join(", ")
    ))
}
