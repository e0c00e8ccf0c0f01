//! From arguments to inputs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobBuilder;
use siptriage_facts::{SkipReason, Skipped, is_own_output};
use walkdir::{DirEntry, WalkDir};

use crate::formats::Formats;
use crate::lines::Lines;
use crate::source::detect_encoding;
use crate::value::holds_diagnosis;
use crate::{Discovery, Encoding, Input, Location, Piped, ScanOptions};

/// Extensions that are taken while walking, whatever the content.
const TRACE_EXTENSIONS: [&str; 5] = ["uccapilog", "uccplog", "log", "txt", "trace"];

/// Extensions of binary traces.
const BINARY_EXTENSIONS: [&str; 2] = ["etl", "clg"];

/// How much of a file is looked at to tell whether it is a trace.
const HEAD: u64 = 64 << 10;

/// Expands files, folders (recursive), globs and `-` to inputs. Never fails: what cannot be
/// looked at is in [`Discovery::skipped`].
///
/// Files that were named are always read. Files met while walking are taken by extension, or if
/// their first bytes look like a trace. Links to folders are not followed. Hidden files are
/// passed over.
pub fn discover(arguments: &[OsString], options: &ScanOptions) -> Discovery {
    let mut walk = Walk {
        options,
        found: BTreeMap::new(),
        discovery: Discovery::default(),
    };
    for argument in arguments {
        if argument == "-" {
            walk.discovery.inputs.push(Input {
                name: "<stdin>".into(),
                location: Location::Stdin(Piped::default()),
                len: None,
                named: true,
            });
            continue;
        }
        let path = PathBuf::from(argument);
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => walk.folder(&path),
            Ok(metadata) => walk.named(path, metadata.len()),
            Err(error) => match argument
                .to_str()
                .filter(|text| text.contains(['*', '?', '[']))
            {
                Some(pattern) => walk.glob(pattern),
                None => walk.skip(&path, SkipReason::Unreadable, &error.to_string()),
            },
        }
    }
    let Walk { mut discovery, .. } = walk;
    discovery
        .inputs
        .sort_by(|left, right| left.name.cmp(&right.name));
    // Standard input can be read once.
    let mut seen_stdin = false;
    discovery.inputs.retain(|input| match input.location {
        Location::Stdin(_) => !std::mem::replace(&mut seen_stdin, true),
        Location::File(_) => true,
    });
    discovery.skipped.sort();
    discovery
}

struct Walk<'o> {
    options: &'o ScanOptions,
    /// Names by canonical path: each file is read once.
    found: BTreeMap<PathBuf, Arc<str>>,
    discovery: Discovery,
}

/// A path as reports show it.
fn name_of(path: &Path) -> Arc<str> {
    path.to_string_lossy().into()
}

fn extension(path: &Path) -> String {
    path.extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase()
}

impl Walk<'_> {
    fn skip(&mut self, path: &Path, reason: SkipReason, detail: &str) {
        self.discovery.skipped.push(Skipped {
            file: name_of(path),
            reason,
            detail: detail.into(),
        });
    }

    fn add(&mut self, path: PathBuf, len: u64, named: bool) {
        let canonical = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let name = name_of(&path);
        if let Some(first) = self.found.get(&canonical).cloned() {
            // A file that is named and lies in a folder that is named too counts as named.
            if named && let Some(input) = self.discovery.inputs.iter_mut().find(|i| i.name == first)
            {
                input.named = true;
            }
            if name != first {
                self.skip(
                    &path,
                    SkipReason::Repeated,
                    &format!("the same file as {first}"),
                );
            }
            return;
        }
        self.found.insert(canonical, name.clone());
        let location = Location::File(path);
        self.discovery.inputs.push(Input {
            name,
            location,
            len: Some(len),
            named,
        });
    }

    fn named(&mut self, path: PathBuf, len: u64) {
        match unfit(&path) {
            Some((reason, detail)) => self.skip(&path, reason, detail),
            None => self.add(path, len, true),
        }
    }

    fn folder(&mut self, folder: &Path) {
        let hidden = |entry: &DirEntry| {
            entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
        };
        let all = self.options.all_files;
        let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| all || !hidden(entry)) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_path_buf();
                    let detail = error
                        .io_error()
                        .map_or_else(|| error.to_string(), |e| e.to_string());
                    self.skip(&path, SkipReason::Unreadable, &detail);
                    continue;
                }
            };
            // Links to files are read; links to folders are not followed.
            let Ok(metadata) = std::fs::metadata(entry.path()) else {
                if entry.file_type().is_symlink() {
                    self.skip(
                        entry.path(),
                        SkipReason::Unreadable,
                        "the link leads nowhere",
                    );
                }
                continue;
            };
            if metadata.is_file() {
                self.met(entry.into_path(), metadata.len());
            }
        }
    }

    /// A file that was met while walking.
    fn met(&mut self, path: PathBuf, len: u64) {
        if let Some((reason, detail)) = unfit(&path) {
            self.skip(&path, reason, detail);
            return;
        }
        let known = TRACE_EXTENSIONS.contains(&extension(&path).as_str());
        let head = match head(&path) {
            Ok(head) => head,
            Err(error) => {
                if known || self.options.all_files {
                    self.skip(&path, SkipReason::Unreadable, &error.to_string());
                } else {
                    self.discovery.passed_over += 1;
                }
                return;
            }
        };
        let wanted = known || self.options.all_files;
        match (wanted, is_own_output(&head)) {
            (true, true) => self.skip(&path, SkipReason::OwnReport, ""),
            (true, false) => self.add(path, len, false),
            (false, false) if looks_like_trace(&head, self.options) => self.add(path, len, false),
            (false, _) => self.discovery.passed_over += 1,
        }
    }

    /// A pattern that the shell did not expand. Its matches count as named.
    fn glob(&mut self, pattern: &str) {
        let path = Path::new(pattern);
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .case_insensitive(cfg!(windows))
            .build();
        let matcher = match glob {
            Ok(glob) => glob.compile_matcher(),
            Err(error) => {
                return self.skip(
                    path,
                    SkipReason::Unreadable,
                    &format!("no pattern: {}", error.kind()),
                );
            }
        };
        let plain = |part: &std::path::Component<'_>| {
            !part.as_os_str().to_string_lossy().contains(['*', '?', '['])
        };
        let base: PathBuf = path.components().take_while(plain).collect();
        let here = base.as_os_str().is_empty();
        let root = if here { Path::new(".") } else { base.as_path() };
        let depth = if pattern.contains("**") {
            usize::MAX
        } else {
            path.components().count() - base.components().count()
        };
        let mut any = false;
        for entry in WalkDir::new(root)
            .max_depth(depth)
            .sort_by_file_name()
            .into_iter()
            .flatten()
        {
            let found = entry.path();
            let found = if here {
                found.strip_prefix(".").unwrap_or(found)
            } else {
                found
            };
            if entry.depth() == 0 || !matcher.is_match(found) {
                continue;
            }
            any = true;
            let found = found.to_path_buf();
            match std::fs::metadata(&found) {
                Ok(metadata) if metadata.is_dir() => self.folder(&found),
                Ok(metadata) => self.named(found, metadata.len()),
                Err(error) => self.skip(&found, SkipReason::Unreadable, &error.to_string()),
            }
        }
        if !any {
            self.skip(path, SkipReason::Unreadable, "nothing matches the pattern");
        }
    }
}

/// Why a file cannot be read as text, by its name and first bytes.
fn unfit(path: &Path) -> Option<(SkipReason, &'static str)> {
    let head = head(path).ok()?;
    if BINARY_EXTENSIONS.contains(&extension(path).as_str())
        && head.contains(&0)
        && detect_encoding(&head).0 == Encoding::Utf8
    {
        return Some((
            SkipReason::BinaryTrace,
            match extension(path).as_str() {
                "etl" => {
                    "a binary trace: format it first, with Search-CsClsLogging (or ClsLogger, OCSLogger, tracefmt) and its TMF files, and give the text"
                }
                _ => "a binary trace of a phone: format it first with readlog, and give the text",
            },
        ));
    }
    const ARCHIVES: [&[u8]; 6] = [
        b"PK\x03\x04",
        b"\x1F\x8B\x08",
        b"7z\xBC\xAF\x27\x1C",
        b"MSCF\0\0\0\0",
        b"\x28\xB5\x2F\xFD",
        b"Rar!\x1A\x07",
    ];
    let packed = ARCHIVES.iter().any(|magic| head.starts_with(magic));
    packed.then_some((SkipReason::Archive, "unpack it and give the folder"))
}

fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    // A pipe or device is not looked into: that would take bytes out of it.
    if std::fs::metadata(path)?.is_file() {
        File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    }
    Ok(head)
}

/// Whether the first bytes of a file hold a record, or a diagnosis.
fn looks_like_trace(head: &[u8], options: &ScanOptions) -> bool {
    let (detected, bom) = detect_encoding(head);
    let head = &head[bom as usize..];
    let text = match options.encoding.unwrap_or(detected) {
        Encoding::Utf8 | Encoding::Windows1252 => {
            if head.iter().take(4096).filter(|b| **b == 0).count() > 8 {
                return false;
            }
            std::borrow::Cow::Borrowed(head)
        }
        Encoding::Utf16Le => decoded(encoding_rs::UTF_16LE, head),
        Encoding::Utf16Be => decoded(encoding_rs::UTF_16BE, head),
    };
    let formats = Formats::new(options.trace_format);
    let mut lines = Lines::from(&text, 0);
    lines.any(|line| formats.starts(&text, line)) || holds_diagnosis(&text)
}

fn decoded<'t>(
    encoding: &'static encoding_rs::Encoding,
    head: &'t [u8],
) -> std::borrow::Cow<'t, [u8]> {
    std::borrow::Cow::Owned(
        encoding
            .decode_without_bom_handling(head)
            .0
            .into_owned()
            .into_bytes(),
    )
}
