//! 7-Zip's archives: blocks, each one stream of members. LZMA, LZMA2, unpacked, and the filters.

use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, Error, Password};

use crate::layout::Asked;
use crate::limits::{Limit, Limits, Meter};
use crate::path::{Charset, Names, shown_name};
use crate::problem::Trouble;
use crate::source::{Cursor, ReadAt, skip};
use crate::walk::{BUFFER, Fenced, Metered, Walker, long_path};

/// A list of so many bytes of the limit may be read: its reader takes some 100 bytes of memory for
/// each byte of a hostile list, where a zip's takes fewer than ten.
const LIST_SHARE: u64 = 16;

/// What the decoder of a list may look back besides: writers use up to 8 MiB and a little.
const LIST_WINDOW: u64 = 1 << 20;

/// Parts are its blocks, and behind them, as one, the members without content.
pub(crate) struct SevenZ {
    archive: Archive,
    /// The shown path of each of the archive's files; nothing for folders.
    paths: Vec<Option<Arc<str>>>,
    pub(crate) troubles: Vec<Trouble>,
}

impl SevenZ {
    pub(crate) fn list(source: &Arc<dyn ReadAt>, path: &str, limits: &Limits) -> SevenZ {
        let allowed = (limits.listing / LIST_SHARE).saturating_add(LIST_WINDOW);
        let listed = catch_unwind(AssertUnwindSafe(|| {
            Archive::read_with_memory_limit(
                &mut BufReader::with_capacity(BUFFER, Cursor::whole(source)),
                &Password::empty(),
                kib(allowed),
            )
        }));
        let listed = match listed {
            Ok(Ok(archive)) if archive.files.len() as u64 > limits.members => {
                Err(Limit::Members.met(archive.files.len() as u64, limits.members))
            }
            Ok(Ok(archive)) => Ok(archive),
            Ok(Err(error)) => Err(trouble(&error, Limit::Listing, allowed)),
            Err(_) => Err(Trouble::damaged("its reader gave up")),
        };
        let mut found = SevenZ {
            archive: Archive::default(),
            paths: Vec::new(),
            troubles: Vec::new(),
        };
        match listed {
            Ok(archive) => {
                let mut names = Names::default();
                for file in &archive.files {
                    let shown = shown_path(file, path, limits, &mut names);
                    found.paths.push(shown.map(Arc::from));
                }
                found.archive = archive;
            }
            Err(trouble) => found.troubles.push(trouble),
        }
        found
    }

    pub(crate) fn parts(&self) -> usize {
        self.archive.blocks.len() + 1
    }

    /// The files of a block, by their numbers.
    fn files(&self, block: usize) -> Range<usize> {
        let map = &self.archive.stream_map;
        let from = map.block_first_file_index.get(block).copied().unwrap_or(0);
        let next = (map.block_first_file_index.get(block + 1).copied())
            .filter(|next| *next >= from)
            .unwrap_or(self.archive.files.len());
        from..next.min(self.archive.files.len())
    }

    pub(crate) fn asked(&self, part: usize, size: u64) -> Asked {
        let Some(block) = self.archive.blocks.get(part) else {
            return Asked::default();
        };
        let files = self.files(part);
        let mut with_content = files.filter(|&at| self.archive.files[at].has_stream);
        let first = with_content.next();
        Asked {
            path: first
                .filter(|_| with_content.next().is_none())
                .and_then(|at| self.paths[at].clone()),
            len: Some(block.get_unpack_size()),
            // Its packed size is not given away by the reader; a block unpacks at least its share.
            packed: block.get_unpack_size().min(size),
        }
    }

    pub(crate) fn walk(
        &self,
        part: usize,
        source: &Arc<dyn ReadAt>,
        meter: Option<&Rc<Meter>>,
        path: &str,
        depth: u32,
        walker: &mut Walker<'_>,
    ) {
        if part >= self.archive.blocks.len() {
            return self.without_content(depth, walker);
        }
        let files = self.files(part);
        let wanted = |walker: &Walker<'_>, at: usize| {
            self.archive.files[at].has_stream
                && (self.paths[at].as_deref()).is_some_and(|path| walker.wants(path))
        };
        // Behind the last one that is wanted nothing needs to be unpacked.
        let Some(last) = files.clone().rev().find(|&at| wanted(walker, at)) else {
            return;
        };
        let mut next = files.start;
        let window = walker.limits.window;
        let done = {
            let cursor = Cursor::new(source, 0, u64::MAX, meter);
            let mut cursor = BufReader::with_capacity(BUFFER, cursor);
            let password = Password::empty();
            let decoder = BlockDecoder::new_with_memory_limit(
                1,
                kib(window),
                part,
                &self.archive,
                &password,
                &mut cursor,
            );
            let each = &mut |file: &ArchiveEntry, reader: &mut dyn Read| {
                let at = next;
                next += 1;
                if !file.has_stream {
                    return Ok(true);
                }
                let mut stream = Metered::new(Fenced::new(Named(reader)), &walker.meter);
                if let Some(path) = self.paths.get(at).and_then(Option::as_deref)
                    && walker.wants(path)
                {
                    if file.name.len() > walker.limits.name {
                        let allowed = walker.limits.name as u64;
                        walker.problem(path, Limit::Name.met(file.name.len() as u64, allowed));
                    } else {
                        walker.content(path, Some(file.size), depth, &mut stream);
                    }
                }
                if at >= last || walker.is_over() {
                    return Ok(false);
                }
                skip(&mut stream, u64::MAX)?;
                Ok(true)
            };
            decoder.for_each_entries(each)
        };
        if walker.flow().is_break() {
            return;
        }
        if let Some(met) = walker.meter.met() {
            for at in next..files.end {
                if let Some(path) = self.paths[at].as_deref().filter(|_| wanted(walker, at)) {
                    walker.problem(path, met.clone());
                }
            }
            return;
        }
        let Err(error) = done else {
            return;
        };
        // The member in which it broke has said so if it was wanted; those behind it cannot be
        // read. If it did not come to the first, no member has said anything.
        let is_new = next == files.start;
        let trouble = trouble(&error, Limit::Window, window);
        for at in next..files.end {
            if wanted(walker, at) {
                let path = self.paths[at].as_deref().unwrap_or(path);
                let trouble = if is_new {
                    trouble.clone()
                } else {
                    Trouble::Unreachable
                };
                walker.problem(path, trouble);
            }
        }
    }

    fn without_content(&self, depth: u32, walker: &mut Walker<'_>) {
        for (file, path) in self.archive.files.iter().zip(&self.paths) {
            if let Some(path) = path
                && !file.has_stream
                && !walker.is_over()
                && walker.wants(path)
            {
                walker.content(path, Some(0), depth, &mut io::empty());
            }
        }
    }
}

fn shown_path(
    file: &ArchiveEntry,
    path: &str,
    limits: &Limits,
    names: &mut Names,
) -> Option<String> {
    // What Unix says stands in the upper half, as in a zip, and a bit says that it does.
    let mode = file.windows_attributes >> 16 & 0o170_000;
    let is_link =
        file.has_windows_attributes && file.windows_attributes & 0x8000 != 0 && mode == 0o120_000;
    if file.is_directory || file.is_anti_item || is_link {
        return None;
    }
    let name = file.name.as_bytes();
    if name.len() > limits.name {
        return Some(long_path(path, name, Charset::Unknown));
    }
    let shown = names.unique(shown_name(name, Charset::Unknown));
    Some(format!("{path}!{shown}"))
}

fn kib(bytes: u64) -> usize {
    usize::try_from(bytes / 1024).unwrap_or(usize::MAX)
}

fn trouble(error: &Error, limit: Limit, allowed: u64) -> Trouble {
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => Trouble::Encrypted,
        Error::UnsupportedCompressionMethod(name) if name.contains("AES") => Trouble::Encrypted,
        Error::UnsupportedCompressionMethod(name) => Trouble::Method(name.clone()),
        Error::UnsupportedVersion { major, minor } => {
            Trouble::Method(format!("7z version {major}.{minor}"))
        }
        Error::Unsupported(what) => Trouble::Method(what.to_string()),
        Error::ExternalUnsupported => Trouble::Method("a list outside of the archive".to_owned()),
        Error::MaxMemLimited { actaul_kb, .. } => limit.met(*actaul_kb as u64 * 1024, allowed),
        Error::ChecksumVerificationFailed => Trouble::Checksum,
        Error::NextHeaderCrcMismatch => Trouble::damaged("the list of its members"),
        Error::Io(error, _) => of_io(error),
        Error::Other(what) => Trouble::Damaged(what.to_string()),
        other => Trouble::Damaged(other.to_string()),
    }
}

fn of_io(error: &io::Error) -> Trouble {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(Error::ChecksumVerificationFailed) => Trouble::Checksum,
        _ => Trouble::of(error),
    }
}

/// Gives the errors of the decoder our names.
struct Named<'a>(&'a mut dyn Read);

impl Read for Named<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => of_io(&error).into(),
        })
    }
}
