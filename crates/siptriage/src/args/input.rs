//! What is read, and how.

use std::ffi::OsString;

use super::archives::ArchiveArgs;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use siptriage_scanner::{Encoding, Mapping, Reading, ScanOptions};

use super::at_least_one;

const INPUT: &str = "Input";

/// What is read, and how.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Files, folders, globs, or - for standard input
    ///
    /// Folders are read with everything below them, and globs are expanded also where the shell
    /// does not. Files named here are always read; files met in a folder are read if their
    /// extension or their content is that of a trace. Without a PATH, standard input is read if
    /// something is piped in.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<OsString>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// How it is read.
#[derive(Debug, Args)]
pub(crate) struct ReadingArgs {
    /// Look for one format only; see `siptriage formats`
    ///
    /// Without it each record's format is told from its content, and several may mix in one file.
    #[arg(
        long,
        value_name = "NAME",
        value_parser = trace_format(),
        help_heading = INPUT,
        hide_possible_values = true
    )]
    pub(crate) trace_format: Option<&'static str>,
    /// Encoding of all input [default: told from the content]
    ///
    /// Without it each file's encoding is told from its byte order mark or its zero bytes; text
    /// that is neither UTF-16 nor valid UTF-8 is read all the same.
    #[arg(
        long,
        value_name = "NAME",
        value_parser = encoding(),
        ignore_case = true,
        help_heading = INPUT,
        hide_short_help = true
    )]
    encoding: Option<Encoding>,
    /// Read every file of a folder, whatever it is
    #[arg(long, help_heading = INPUT)]
    all_files: bool,
    /// Worker threads [default: one for each processor]
    ///
    /// The result does not depend on it.
    #[arg(
        long,
        value_name = "N",
        value_parser = at_least_one(),
        help_heading = INPUT,
        hide_short_help = true
    )]
    threads: Option<usize>,
    /// Read files instead of mapping them into memory
    ///
    /// Files on network drives and files that were written to in the last minute are read anyway.
    /// The result does not depend on it, and a file that changes meanwhile is reported either way.
    #[arg(long, help_heading = INPUT, hide_short_help = true)]
    no_mmap: bool,
    /// How records are read: best, framed, avx512, avx2, portable [default: best]
    ///
    /// `framed` takes every record apart step by step, and is slow; the others read in one walk
    /// what stands as programs write it, each with what it names of the processor. Four readers
    /// for one result, so that it can be held against itself.
    #[arg(
        long,
        value_name = "WAY",
        value_parser = reading,
        help_heading = INPUT,
        hide_short_help = true
    )]
    reading: Option<Reading>,
    #[command(flatten)]
    archives: ArchiveArgs,
    /// Bytes that one task reads; for tests, since the result does not depend on it
    #[arg(long, value_name = "BYTES", value_parser = at_least_one(), hide = true)]
    chunk_size: Option<usize>,
}

/// What to read: the paths, or standard input where something is piped in.
pub(crate) fn arguments(paths: &[OsString]) -> Vec<OsString> {
    if paths.is_empty() {
        vec![OsString::from("-")]
    } else {
        paths.to_vec()
    }
}

impl ReadingArgs {
    /// How to read it.
    pub(crate) fn scan_options(&self) -> ScanOptions {
        let default = ScanOptions::default();
        ScanOptions {
            threads: self.threads,
            chunk_len: self.chunk_size.unwrap_or(default.chunk_len),
            mapping: if self.no_mmap {
                Mapping::Never
            } else {
                Mapping::Auto
            },
            encoding: self.encoding,
            trace_format: self.trace_format,
            limits: self.archives.limits(),
            reading: self.reading.unwrap_or(default.reading),
            all_files: self.all_files,
        }
    }
}

fn trace_format() -> impl TypedValueParser<Value = &'static str> {
    let names = siptriage_scanner::formats()
        .into_iter()
        .map(|format| format.name);
    PossibleValuesParser::new(names).try_map(|name| {
        let mut formats = siptriage_scanner::formats().into_iter();
        formats
            .find(|format| format.name == name)
            .map(|format| format.name)
            .ok_or("unknown")
    })
}

fn reading(word: &str) -> Result<Reading, String> {
    Reading::from_name(word).ok_or_else(|| {
        format!(
            "this processor reads so: best, framed, {}",
            siptriage_scanner::lanes().join(", ")
        )
    })
}

fn encoding() -> impl TypedValueParser<Value = Encoding> {
    PossibleValuesParser::new(Encoding::NAMES)
        .try_map(|name| Encoding::from_name(&name).ok_or("unknown"))
}
