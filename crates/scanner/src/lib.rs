//! From trace files to facts.
//!
//! One way through: [`discover`] turns arguments into [`Input`]s; a scan opens each, frames its
//! bytes into records, extracts diagnoses and messages, and merges them into
//! [`Facts`](siptriage_facts::Facts).

mod chunk;
mod copies;
mod discover;
mod entries;
mod escapes;
mod extract;
mod formats;
mod frame;
mod known;
#[doc(hidden)]
pub mod laid_open;
mod last;
mod letters;
mod lines;
mod marks;
mod message;
mod native;
mod packed;
mod piped;
mod plain;
mod quality;
mod recognition;
mod record;
mod scan;
mod session;
mod sip;
mod source;
mod stamps;
mod stream;
mod value;
mod wide;

pub use discover::discover;
pub use formats::Sample;
pub use last::{LastRecord, is_archive, last_record};
pub use piped::Piped;
pub use recognition::{Recognise, Recognition};
pub use record::{Record, encoded};
pub use scan::{events, events_in_text, messages, records, recount, scan, scan_unknown};
pub use siptriage_archive::{Limit, Limits, Wanted};

use std::path::PathBuf;

use siptriage_facts::{Name, Skipped};

/// What to look at, and what was found unfit on the way.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// Inputs in the order they are read: sorted by name, each file once.
    pub inputs: Vec<Input>,
    /// What will not be read, with the reason.
    pub skipped: Vec<Skipped>,
    /// Files met while walking that are no traces by name nor by content.
    pub passed_over: u64,
}

impl Discovery {
    /// Keeps what comes only once, so that it can be read more than once: asked before the first
    /// of several readings. What cannot be kept is listed as unreadable by each of them.
    pub fn keep_piped(&self, progress: &dyn Progress) {
        for input in &self.inputs {
            if let Location::Piped(piped) = &input.location {
                piped.keep(progress);
            }
        }
    }
}

/// One thing to read.
#[derive(Debug, Clone)]
pub struct Input {
    /// The name that places and reports show: the path as it was found, or `<stdin>`.
    pub name: Name,
    /// Where it is.
    pub location: Location,
    /// Bytes, where known in advance; for progress only.
    pub len: Option<u64>,
    /// The part of it that is read; all of it if absent.
    pub part: Option<Part>,
    /// What of it is wanted, where it is an archive of which something was named; all of it if
    /// absent.
    pub within: Option<Wanted>,
    /// Whether it was named on the command line, not met while walking.
    pub named: bool,
    /// Whether its first bytes were looked at. Else whoever reads it looks whether it is a report
    /// of our own, or packed.
    pub checked: bool,
}

/// A part of a file: what was not read of a log that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where it begins, in bytes: where a record does.
    pub from: u64,
    /// The number of the line that begins there; lines are counted from 1.
    pub line: u64,
    /// Where it ends, in bytes: where a record does, or where the file ends.
    pub to: u64,
}

/// Where an input is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file.
    File(PathBuf),
    /// Standard input, or a pipe or device that was named.
    Piped(Piped),
}

/// How to scan.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// Worker threads; as many as there are processors if absent.
    pub threads: Option<usize>,
    /// Bytes of a file that one task scans. Results do not depend on it.
    pub chunk_len: usize,
    /// Whether files may be mapped.
    pub mapping: Mapping,
    /// The encoding of all inputs; told from the content if absent.
    pub encoding: Option<Encoding>,
    /// The only trace format to look for; told from the content, record by record, if absent.
    pub trace_format: Option<&'static str>,
    /// What an archive may ask for.
    pub limits: Limits,
    /// How records are read. Results do not depend on it.
    pub reading: Reading,
    /// Whether walking takes every file, whatever its name and content.
    pub all_files: bool,
}

/// How records are read. Ways to do the same; tests hold them to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// In one walk where they stand as programs write them, by the best that the processor has.
    #[default]
    Best,
    /// The same, by the way of this name: one of [`lanes`].
    Forced(&'static str),
    /// Step by step, every one of them.
    Framed,
}

impl Reading {
    /// The way of this name: `best`, `framed`, or one of [`lanes`].
    pub fn from_name(name: &str) -> Option<Reading> {
        match name {
            "best" => Some(Reading::Best),
            "framed" => Some(Reading::Framed),
            name => {
                let lanes = native::lanes::Lanes::named(name)?;
                Some(Reading::Forced(lanes.name()))
            }
        }
    }
}

impl Reading {
    /// What of the processor it uses, by the name that [`lanes`] gives it.
    pub fn lanes(self) -> &'static str {
        native::lanes::Lanes::of(self).name()
    }
}

/// The names of the ways in which this processor can look at a text, the best first.
pub fn lanes() -> Vec<&'static str> {
    let all = native::lanes::Lanes::ALL.iter();
    all.filter(|lanes| lanes.is_there())
        .map(|lanes| lanes.name())
        .collect()
}

/// Whether files may be mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mapping {
    /// Map files of this machine that are large enough to gain from it and have not been written
    /// to for a minute; read all others.
    #[default]
    Auto,
    /// Read always.
    Never,
}

/// An encoding that can be forced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, valid or not.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252 (and so ISO 8859-1 as it is met in practice).
    Windows1252,
}

impl Encoding {
    const ALL: [Encoding; 4] = [
        Encoding::Utf8,
        Encoding::Utf16Le,
        Encoding::Utf16Be,
        Encoding::Windows1252,
    ];

    /// Names that [`Encoding::from_name`] takes.
    pub const NAMES: [&'static str; 4] = ["utf-8", "utf-16le", "utf-16be", "windows-1252"];

    /// The encoding of this name, in any case.
    pub fn from_name(name: &str) -> Option<Encoding> {
        let at = Encoding::NAMES
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name))?;
        Some(Encoding::ALL[at])
    }
}

impl Default for ScanOptions {
    fn default() -> Self {
        ScanOptions {
            threads: None,
            // Small where assertions are on, so that ordinary tests cross chunk borders.
            chunk_len: if cfg!(debug_assertions) {
                1 << 10
            } else {
                4 << 20
            },
            mapping: Mapping::Auto,
            encoding: None,
            trace_format: None,
            limits: Limits::default(),
            reading: Reading::Best,
            all_files: false,
        }
    }
}

/// Told of progress while a scan runs, and asked whether to go on.
pub trait Progress: Sync {
    /// So many more bytes of input have been read.
    fn advance(&self, bytes: u64);
    /// One more input is done.
    fn input_done(&self);
    /// So many more records were read in one walk, and so many step by step.
    fn records(&self, _walked: u64, _framed: u64) {}
    /// A file was read from its beginning, or that of its part, to this byte, at which this line
    /// begins, and nothing of it was lost.
    fn read_to(&self, _name: &str, _end: u64, _line: u64) {}
    /// Whether to stop now. What is complete is kept.
    fn cancelled(&self) -> bool;
}

/// A scan that nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn advance(&self, _bytes: u64) {}
    fn input_done(&self) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// A trace format, for listing.
#[derive(Debug, Clone, Copy)]
pub struct FormatInfo {
    /// The word of `--trace-format` and of every output.
    pub name: &'static str,
    /// What writes it.
    pub title: &'static str,
    /// The first line of a record, made up.
    pub sample_line: &'static str,
}

/// All trace formats, in the order they are tried.
pub fn formats() -> Vec<FormatInfo> {
    let info = |format: &&dyn formats::TraceFormat| FormatInfo {
        name: format.name(),
        title: format.title(),
        sample_line: format.samples()[0].text.lines().next().unwrap_or_default(),
    };
    formats::ALL.iter().map(info).collect()
}
