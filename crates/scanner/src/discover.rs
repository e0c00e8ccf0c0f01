//! From arguments to inputs.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use rayon::ThreadPool;
use rayon::prelude::*;
use siptriage_archive::{kind_of, split_path};
use siptriage_facts::{Name, SkipReason, Skipped, is_own_output};
use walkdir::{DirEntry, WalkDir};

use crate::formats::Formats;
use crate::lines::Lines;
use crate::scan::pool_of;
use crate::source::{detect_encoding, open_shared};
use crate::value::holds_diagnosis;
use crate::{Discovery, Encoding, Input, Location, Piped, ScanOptions};

/// Extensions that are taken while walking, whatever the content.
const TRACE_EXTENSIONS: [&str; 5] = ["uccapilog", "uccplog", "log", "txt", "trace"];

/// Extensions of binary traces.
const BINARY_EXTENSIONS: [&str; 2] = ["etl", "clg"];

/// Extensions of documents and programs that are archives to their content.
const DOCUMENT_EXTENSIONS: [&str; 13] = [
    "docx", "docm", "xlsx", "xlsm", "pptx", "vsdx", "odt", "ods", "odp", "jar", "apk", "epub",
    "nupkg",
];

/// How much of a file is looked at to tell whether it is a trace.
const HEAD: u64 = 64 << 10;

/// Entries of a folder that are looked at together.
const BATCH: usize = 4096;

/// So many are looked at on all threads.
const MANY: usize = 256;

/// Expands files, folders (recursive), globs and `-` to inputs. Never fails: what cannot be
/// looked at is in [`Discovery::skipped`].
///
/// Files that were named are always read. Files met while walking are taken by extension, or if
/// their first bytes look like a trace. Links to folders are not followed. Hidden files are
/// passed over.
pub fn discover(arguments: &[OsString], options: &ScanOptions) -> Discovery {
    let mut walk = Walk {
        options,
        found: HashMap::new(),
        discovery: Discovery::default(),
        pool: OnceCell::new(),
    };
    for argument in arguments {
        if argument == "-" {
            walk.piped("<stdin>".into(), Piped::default());
            continue;
        }
        let path = PathBuf::from(argument);
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => walk.folder(&path),
            Ok(metadata) => walk.named(path, &metadata),
            Err(_) if walk.within(&path) => {}
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
    // What is piped in can be read once.
    discovery.inputs.dedup_by(|one, other| {
        let piped = |input: &Input| matches!(input.location, Location::Piped(_));
        one.name == other.name && piped(one) && piped(other)
    });
    discovery.skipped.sort();
    discovery
}

struct Walk<'o> {
    options: &'o ScanOptions,
    /// Places in `discovery.inputs` by what file it is: each file is read once.
    found: HashMap<Identity, usize>,
    discovery: Discovery,
    /// Threads that look at entries of folders, once there were many; none where they cannot be
    /// had.
    pool: OnceCell<Option<ThreadPool>>,
}

/// Whether a file that is met is taken by its name alone.
pub(crate) fn is_trace_by_name(path: &Path) -> bool {
    TRACE_EXTENSIONS.contains(&extension(path).as_str())
}

/// Whether a file that is met is an archive whose members are looked at.
fn is_archive(path: &Path, head: &[u8]) -> bool {
    kind_of(head).is_some() && !DOCUMENT_EXTENSIONS.contains(&extension(path).as_str())
}

/// What tells one file from another, whatever leads to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Identity {
    /// Its number on its device.
    #[cfg(unix)]
    Node(u64, u64),
    /// Its path without links.
    #[cfg(not(unix))]
    Path(PathBuf),
}

impl Identity {
    #[cfg(unix)]
    fn of(_: &Path, metadata: &Metadata) -> Identity {
        use std::os::unix::fs::MetadataExt;
        Identity::Node(metadata.dev(), metadata.ino())
    }

    #[cfg(not(unix))]
    fn of(path: &Path, _: &Metadata) -> Identity {
        Identity::Path(std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()))
    }
}

/// A path as reports show it.
fn name_of(path: &Path) -> Name {
    path.to_string_lossy().as_ref().into()
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

    fn add(&mut self, path: PathBuf, metadata: &Metadata, how: Met) {
        let next = self.discovery.inputs.len();
        let identity = Identity::of(&path, metadata);
        let known = *self.found.entry(identity).or_insert(next);
        let named = how == Met::Named;
        if let Some(first) = self.discovery.inputs.get_mut(known) {
            // A file that is named and lies in a folder that is named too counts as named.
            if named {
                (first.named, first.checked) = (true, true);
            }
            let first = first.name.clone();
            if name_of(&path) != first {
                self.skip(
                    &path,
                    SkipReason::Repeated,
                    &format!("the same file as {first}"),
                );
            }
            return;
        }
        self.discovery.inputs.push(Input {
            name: name_of(&path),
            location: Location::File(path),
            len: Some(metadata.len()),
            part: None,
            within: None,
            named,
            checked: how != Met::Unseen,
        });
    }

    /// Something that comes once.
    fn piped(&mut self, name: Name, piped: Piped) {
        self.discovery.inputs.push(Input {
            name,
            location: Location::Piped(piped),
            len: None,
            part: None,
            within: None,
            named: true,
            checked: true,
        });
    }

    /// Takes `case.zip!logs/x`: what is typed of an archive that is there. False where it is none.
    fn within(&mut self, typed: &Path) -> bool {
        let Some((path, wanted)) = split_path(typed, &|path| path.is_file()) else {
            return false;
        };
        self.discovery.inputs.push(Input {
            name: name_of(&path),
            len: std::fs::metadata(&path).ok().map(|metadata| metadata.len()),
            location: Location::File(path),
            part: None,
            within: Some(wanted),
            named: true,
            checked: true,
        });
        true
    }

    fn named(&mut self, path: PathBuf, metadata: &Metadata) {
        if !metadata.is_file() {
            return self.piped(name_of(&path), Piped::of_path(path));
        }
        let head = head(&path, metadata, HEAD).ok();
        match head.and_then(|head| unfit(&path, &head)) {
            Some((reason, detail)) => self.skip(&path, reason, detail),
            None => self.add(path, metadata, Met::Named),
        }
    }

    fn folder(&mut self, folder: &Path) {
        let hidden = |entry: &DirEntry| {
            entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
        };
        let all = self.options.all_files;
        let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
        let mut entries = walk.filter_entry(|entry| all || !hidden(entry));
        loop {
            let some: Vec<_> = entries.by_ref().take(BATCH).collect();
            if some.is_empty() {
                break;
            }
            for found in self.looked_at(folder, some) {
                match found {
                    Found::Nothing => {}
                    Found::PassedOver => self.discovery.passed_over += 1,
                    Found::Skipped(path, reason, detail) => self.skip(&path, reason, &detail),
                    Found::Input(path, metadata, how) => self.add(path, &metadata, how),
                }
            }
        }
    }

    /// What these entries are, in their order. Each is asked of the system, which may be far away:
    /// of many, on all threads.
    fn looked_at(&self, folder: &Path, entries: Vec<Entry>) -> Vec<Found> {
        let options = self.options;
        let look = |entry| found(folder, entry, options);
        if entries.len() < MANY {
            return entries.into_iter().map(look).collect();
        }
        match self.pool.get_or_init(|| pool_of(options)) {
            Some(pool) => pool.install(|| entries.into_par_iter().map(look).collect()),
            None => entries.into_iter().map(look).collect(),
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
                Ok(metadata) => self.named(found, &metadata),
                Err(error) => self.skip(&found, SkipReason::Unreadable, &error.to_string()),
            }
        }
        if !any {
            self.skip(path, SkipReason::Unreadable, "nothing matches the pattern");
        }
    }
}

/// An entry of a folder, or why there is none.
type Entry = walkdir::Result<DirEntry>;

/// What an entry of a folder is.
enum Found {
    /// No file.
    Nothing,
    /// No trace.
    PassedOver,
    /// Not read, and why.
    Skipped(PathBuf, SkipReason, String),
    /// To be read.
    Input(PathBuf, Metadata, Met),
}

/// What an entry is that was met while walking through `folder`.
fn found(folder: &Path, entry: Entry, options: &ScanOptions) -> Found {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => {
            let path = error.path().unwrap_or(folder).to_path_buf();
            let detail = error
                .io_error()
                .map_or_else(|| error.to_string(), |e| e.to_string());
            return Found::Skipped(path, SkipReason::Unreadable, detail);
        }
    };
    // Links to files are read; links to folders are not followed.
    match std::fs::metadata(entry.path()) {
        Ok(metadata) if metadata.is_file() => met(entry.into_path(), metadata, options),
        Err(_) if entry.file_type().is_symlink() => {
            let detail = "the link leads nowhere".to_owned();
            Found::Skipped(entry.into_path(), SkipReason::Unreadable, detail)
        }
        _ => Found::Nothing,
    }
}

/// What a file is that was met while walking.
fn met(path: PathBuf, metadata: Metadata, options: &ScanOptions) -> Found {
    let wanted = options.all_files;
    // One that its name says is a trace is looked at when it is read: opening it twice costs as
    // much as reading it.
    if !wanted && is_trace_by_name(&path) {
        return Found::Input(path, metadata, Met::Unseen);
    }
    let head = match head(&path, &metadata, HEAD) {
        Ok(head) => head,
        Err(error) if wanted => {
            return Found::Skipped(path, SkipReason::Unreadable, error.to_string());
        }
        Err(_) => return Found::PassedOver,
    };
    if let Some((reason, detail)) = unfit(&path, &head) {
        return Found::Skipped(path, reason, detail.to_owned());
    }
    match (wanted, is_own_output(&head)) {
        (true, true) => Found::Skipped(path, SkipReason::OwnReport, String::new()),
        (true, false) => Found::Input(path, metadata, Met::Seen),
        (false, false) if is_archive(&path, &head) || looks_like_trace(&head, options) => {
            Found::Input(path, metadata, Met::Seen)
        }
        (false, _) => Found::PassedOver,
    }
}

/// How a file came to be an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// On the command line, or by a pattern.
    Named,
    /// While walking, and looked at.
    Seen,
    /// While walking, and to be looked at when it is read.
    Unseen,
}

/// Why a file that was not looked at before is not read, by its first bytes.
pub(crate) fn unfit_to_read(path: &Path, head: &[u8]) -> Option<(SkipReason, &'static str)> {
    unfit(path, head).or_else(|| is_own_output(head).then_some((SkipReason::OwnReport, "")))
}

/// Why a file cannot be read as text, by its name and first bytes.
fn unfit(path: &Path, head: &[u8]) -> Option<(SkipReason, &'static str)> {
    if BINARY_EXTENSIONS.contains(&extension(path).as_str())
        && head.contains(&0)
        && detect_encoding(head).0 == Encoding::Utf8
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
    None
}

fn head(path: &Path, metadata: &Metadata, len: u64) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    // A pipe or device is not looked into: that would take bytes out of it.
    if metadata.is_file() {
        open_shared(path)?.take(len).read_to_end(&mut head)?;
    }
    Ok(head)
}

/// Whether the first bytes of a file hold a record, or a diagnosis.
pub(crate) fn looks_like_trace(head: &[u8], options: &ScanOptions) -> bool {
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
