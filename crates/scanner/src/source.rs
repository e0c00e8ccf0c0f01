//! One opened input: its bytes, mapped or read, and its encoding undone window by window.

use std::cell::Cell;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use siptriage_facts::SkipReason;

use crate::native::map::{self, Part};
use crate::piped::{Opened, Rest, Rolling};
use crate::wide::{self, Stretches};
use crate::{Encoding, Input, Location, Mapping, ScanOptions};

/// Files up to this length are read at once, and not looked at again: mapping them costs more than
/// it saves.
const SMALL: u64 = 1 << 20;

/// How much of an input its encoding is told from, and what it is.
const HEAD: u64 = 4096;

/// A file changed so recently may be a log that is being written or rotated: it is read.
const SETTLED: Duration = Duration::from_secs(60);

#[derive(Debug)]
enum Contents {
    /// A file, and whether its parts are mapped.
    File { file: File, mapped: bool },
    /// A small file, read at once.
    Whole(Vec<u8>),
    /// What comes from a pipe, and its first bytes.
    Stream { rolling: Rolling, head: Vec<u8> },
}

/// A part of an input as it is.
#[derive(Debug)]
pub(crate) enum Raw<'s> {
    /// Mapped for as long as it is looked at: a file takes no more memory than the parts in work.
    Mapped(Part),
    Read(Vec<u8>),
    Borrowed(&'s [u8]),
}

impl Deref for Raw<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Raw::Mapped(map) => map,
            Raw::Read(bytes) => bytes,
            Raw::Borrowed(bytes) => bytes,
        }
    }
}

/// An opened input. Its length is fixed when it is opened: what a file grows by is not read.
#[derive(Debug)]
pub(crate) struct Source {
    contents: Contents,
    /// Becomes smaller when the file does. As large as can be where a stream has not ended.
    len: AtomicU64,
    /// What the file was when it was opened.
    opened: Option<Metadata>,
    encoding: Encoding,
    /// Bytes of the byte order mark.
    bom: u64,
    /// Where its part begins, and the line there.
    from: (u64, u64),
    /// Whether a part was met that was not in memory: see [`Source::bring`].
    is_cold: AtomicBool,
}

impl Source {
    /// Opens an input and tells its encoding.
    pub(crate) fn open(input: &Input, options: &ScanOptions) -> io::Result<Source> {
        let mut source = match &input.location {
            Location::Piped(piped) => match piped.open()? {
                Opened::Kept(file) => {
                    let metadata = file.metadata()?;
                    Source::of_file(file, metadata, &input.location, options)?
                }
                Opened::Stream(rolling) => Source::of_stream(rolling),
            },
            Location::File(path) => {
                let file = open_shared(path)?;
                let metadata = file.metadata()?;
                if metadata.is_dir() {
                    return Err(io::Error::from(io::ErrorKind::IsADirectory));
                }
                if metadata.is_file() {
                    Source::of_file(file, metadata, &input.location, options)?
                } else {
                    // It was a file when it was found.
                    Source::of_stream(Rolling::new(Box::new(file)))
                }
            }
        };
        let head = source.head()?;
        let (encoding, bom) = detect_encoding(&head);
        drop(head);
        source.bom = bom;
        if let Some(part) = input.part {
            source.from = (part.from, part.line);
            source.len.fetch_min(part.to, Ordering::Relaxed);
        }
        source.encoding = options.encoding.unwrap_or(encoding);
        Ok(source)
    }

    /// The first bytes of the input.
    ///
    /// # Errors
    /// As [`Source::raw`].
    pub(crate) fn head(&self) -> io::Result<Raw<'_>> {
        match &self.contents {
            Contents::Stream { head, .. } => Ok(Raw::Borrowed(head)),
            _ => self.raw(0, HEAD),
        }
    }

    fn of_file(
        mut file: File,
        metadata: Metadata,
        location: &Location,
        options: &ScanOptions,
    ) -> io::Result<Source> {
        let len = metadata.len();
        let contents = if len <= SMALL && matches!(location, Location::File(_)) {
            // Into memory that nobody wrote to before.
            let mut bytes = Vec::with_capacity(len as usize);
            let read = file.by_ref().take(len).read_to_end(&mut bytes)?;
            if read < len as usize {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Contents::Whole(bytes)
        } else {
            let settled = (metadata.modified().ok())
                .and_then(|time| SystemTime::now().duration_since(time).ok())
                .is_some_and(|age| age >= SETTLED);
            let mapped = options.mapping == Mapping::Auto
                && settled
                && len > SMALL
                && matches!(location, Location::File(path) if !is_remote(&file, path));
            Contents::File { file, mapped }
        };
        Ok(Source {
            contents,
            len: AtomicU64::new(len),
            opened: Some(metadata),
            encoding: Encoding::Utf8,
            bom: 0,
            from: (0, 1),
            is_cold: AtomicBool::new(false),
        })
    }

    fn of_stream(rolling: Rolling) -> Source {
        let len = rolling.fill(HEAD);
        let head = rolling.copy(0, HEAD as usize);
        Source {
            contents: Contents::Stream { rolling, head },
            len: AtomicU64::new(len.unwrap_or(u64::MAX)),
            opened: None,
            encoding: Encoding::Utf8,
            bom: 0,
            from: (0, 1),
            is_cold: AtomicBool::new(false),
        }
    }

    /// Bytes of the input; as many as can be where they are not known yet.
    pub(crate) fn len(&self) -> u64 {
        self.len.load(Ordering::Relaxed)
    }

    /// Whether its length is known only when it ends.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.contents, Contents::Stream { .. })
    }

    /// Makes sure that a stream is there up to `end`, or that its length is known.
    pub(crate) fn fill(&self, end: u64) {
        if let Contents::Stream { rolling, .. } = &self.contents
            && let Some(len) = rolling.fill(end)
        {
            self.len.store(len, Ordering::Relaxed);
        }
    }

    /// What stands before a place is not asked for again.
    pub(crate) fn forget(&self, before: u64) {
        if let Contents::Stream { rolling, .. } = &self.contents {
            rolling.forget(before);
        }
    }

    /// All of a stream that was not forgotten, as it comes. None where it is a file.
    pub(crate) fn rest(&self) -> Option<Rest<'_>> {
        match &self.contents {
            Contents::Stream { rolling, .. } => Some(Rest(rolling)),
            _ => None,
        }
    }

    /// Takes note that the file has become shorter. False where it has not: then its contents are
    /// others.
    pub(crate) fn shorten(&self) -> bool {
        let Contents::File { file, .. } = &self.contents else {
            return false;
        };
        let now = file.metadata().map_or(u64::MAX, |now| now.len());
        now < self.len.fetch_min(now, Ordering::Relaxed)
    }

    /// Where the text begins, behind a byte order mark; or the part that is read of it.
    pub(crate) fn text_start(&self) -> u64 {
        self.bom.max(self.from.0).min(self.len())
    }

    /// Bytes before the text that are read with it: those of a byte order mark.
    pub(crate) fn lead(&self) -> u64 {
        self.text_start().saturating_sub(self.from.0)
    }

    /// The number of the line in which the text begins.
    pub(crate) fn first_line(&self) -> u64 {
        self.from.1
    }

    /// Bytes of one code unit.
    pub(crate) fn unit(&self) -> u64 {
        match self.encoding {
            Encoding::Utf8 | Encoding::Windows1252 => 1,
            Encoding::Utf16Le | Encoding::Utf16Be => 2,
        }
    }

    /// An error, if the file is not any more what was opened: as [`Source::check`] where it is
    /// shorter.
    pub(crate) fn is_other(&self) -> Option<io::Error> {
        let Contents::File { file, mapped: true } = &self.contents else {
            return None;
        };
        let (opened, now) = (self.opened.as_ref()?, file.metadata().ok()?);
        if now.len() < self.len() {
            return Some(io::ErrorKind::UnexpectedEof.into());
        }
        let is_other = now.modified().ok() != opened.modified().ok();
        is_other.then(|| io::Error::other("it was changed while it was read; read a copy of it"))
    }

    /// What has happened to the input since it was opened, if anything. What was read at once
    /// does not change.
    pub(crate) fn changes(&self, input: &Input) -> Option<(SkipReason, String)> {
        let changed = |what: &str| Some((SkipReason::Changed, what.to_owned()));
        let (path, opened) = match (&input.location, &self.contents, &self.opened) {
            (Location::File(path), Contents::File { .. }, Some(opened)) => (path, opened),
            (_, Contents::Stream { rolling, .. }, _) => {
                let why = rolling.failure()?;
                let told = format!("{why}; what came before that is in the report");
                return Some((SkipReason::Unreadable, told));
            }
            _ => return None,
        };
        let now = match std::fs::metadata(path) {
            Ok(now) => now,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return changed("it was removed or renamed while it was read");
            }
            Err(_) => return None,
        };
        if !is_same_file(opened, &now) {
            return changed("another file was put in its place while it was read");
        }
        let times = (opened.modified().ok(), now.modified().ok());
        match now.len().cmp(&opened.len()) {
            std::cmp::Ordering::Less => changed(SHORTER),
            std::cmp::Ordering::Equal if times.0 != times.1 => {
                changed("it was changed while it was read")
            }
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => {
                let more = now.len() - opened.len();
                let told = format!("{more} bytes were added while it was read");
                Some((SkipReason::Grown, told))
            }
        }
    }

    /// Bytes as they are in the input, from `start` on, at most `len`.
    ///
    /// # Errors
    /// What the system says, and `UnexpectedEof` if the file has become shorter.
    pub(crate) fn raw(&self, start: u64, len: u64) -> io::Result<Raw<'_>> {
        if let Contents::Stream { rolling, .. } = &self.contents {
            self.fill(start.saturating_add(len));
            return Ok(Raw::Read(rolling.copy(start, len as usize)));
        }
        let start = start.min(self.len());
        let len = len.min(self.len() - start) as usize;
        match &self.contents {
            Contents::Whole(bytes) => Ok(Raw::Borrowed(&bytes[start as usize..][..len])),
            Contents::Stream { .. } => Ok(Raw::Borrowed(&[])),
            Contents::File { file, mapped } => {
                // Where mapping fails, reading says why or does it.
                if *mapped && len > 0 {
                    self.bring(file, start, len);
                    if let Ok(part) = map::map(file, start, len) {
                        return Ok(Raw::Mapped(part));
                    }
                }
                read_at(file, start, len).map(Raw::Read)
            }
        }
    }

    /// Has the system bring a part of a file into memory that is to be mapped, and all that come
    /// later, from the first one on that is not there: a map waits for its pages as they are touched.
    fn bring(&self, file: &File, start: u64, len: usize) {
        let end = start + len as u64;
        if self.is_cold.load(Ordering::Relaxed) || !is_in_memory(file, end - 1) {
            self.is_cold.store(true, Ordering::Relaxed);
            into_memory(file, start, end);
        }
    }

    /// Whether what was read of a window is what the file held: asked when all of it was looked
    /// at, and before anything of it counts.
    ///
    /// # Errors
    /// `UnexpectedEof` if the file has become shorter.
    pub(crate) fn check(&self, window: &Window<'_>) -> io::Result<()> {
        let (Raw::Mapped(part), Contents::File { file, .. }) = (window.raw_bytes(), &self.contents)
        else {
            return Ok(());
        };
        // Behind its end, the file's last page has zeros that are no fault.
        if part.was_cut() || file.metadata()?.len() < window.end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    /// The text of the bytes from `start` to `end`, as UTF-8 that may be invalid; both must stand
    /// at code units. `split` is one of them too.
    ///
    /// # Errors
    /// As [`Source::raw`].
    pub(crate) fn window(&self, start: u64, split: u64, end: u64) -> io::Result<Window<'_>> {
        let raw = self.raw(start, end.saturating_sub(start))?;
        let split = split.saturating_sub(start) as usize;
        Ok(Window::new(
            raw,
            start,
            split,
            end >= self.len(),
            self.encoding,
        ))
    }
}

/// How decoded text is measured in bytes of the input.
#[derive(Debug)]
enum Unit {
    /// One byte a byte.
    Byte,
    /// One byte a character.
    Char,
    /// Two bytes a UTF-16 code unit.
    Wide(Stretches),
}

/// A part of an input as UTF-8.
#[derive(Debug)]
pub(crate) struct Window<'s> {
    pub(crate) bytes: Raw<'s>,
    /// The mapped part of the file that `bytes` were made of, where they are not it.
    undone: Option<Raw<'s>>,
    /// Where in `bytes` the split stands.
    pub(crate) split: usize,
    /// Whether the input ends with the window.
    pub(crate) at_end: bool,
    start: u64,
    /// Where in the input the window ends: half a code unit at its end is one character.
    end: u64,
    /// Of the input.
    pub(crate) encoding: Encoding,
    unit: Unit,
    /// A position in `bytes`, and where that is in the input.
    cursor: Cell<(usize, u64)>,
}

impl<'s> Window<'s> {
    /// The text of some bytes of an input, of which `start` is the place, as UTF-8 that may be
    /// invalid. `split` is a place in them; both stand at code units.
    pub(crate) fn new(
        raw: Raw<'s>,
        start: u64,
        split: usize,
        at_end: bool,
        encoding: Encoding,
    ) -> Window<'s> {
        let raw_end = start + raw.len() as u64;
        let split = split.min(raw.len());
        let whole = |bytes, undone, split, unit| Window {
            bytes,
            undone,
            split,
            start,
            end: raw_end,
            encoding,
            unit,
            cursor: Cell::new((0, start)),
            at_end,
        };
        let mut text = Vec::new();
        let (split, unit) = match encoding {
            Encoding::Utf8 => return whole(raw, None, split, Unit::Byte),
            Encoding::Windows1252 => {
                let decoder = encoding_rs::WINDOWS_1252;
                let (before, _) = decoder.decode_without_bom_handling(&raw[..split]);
                let (behind, _) = decoder.decode_without_bom_handling(&raw[split..]);
                text.extend_from_slice(before.as_bytes());
                let split = text.len();
                text.extend_from_slice(behind.as_bytes());
                (split, Unit::Char)
            }
            Encoding::Utf16Le | Encoding::Utf16Be => {
                // A pair of surrogates is not divided. What looks like the first half of one at the
                // very end of the input has no second half, and is a record's like any other.
                let high = match encoding {
                    Encoding::Utf16Be => split.checked_sub(2),
                    _ => split.checked_sub(1),
                };
                let ends_here = at_end && split == raw.len();
                let divided = !ends_here && high.is_some_and(|at| (0xD8..0xDC).contains(&raw[at]));
                let (before, behind) = raw.split_at(if divided { split - 2 } else { split });
                let mut stretches = Stretches::default();
                wide::decode(before, start, encoding, &mut text, &mut stretches);
                let split = text.len();
                let original = start + before.len() as u64;
                wide::decode(behind, original, encoding, &mut text, &mut stretches);
                (split, Unit::Wide(stretches))
            }
        };
        // A map is asked later whether it held.
        let undone = Some(raw).filter(|raw| matches!(raw, Raw::Mapped(_)));
        whole(Raw::Read(text), undone, split, unit)
    }

    /// The part of the input that the window is of, as it is.
    fn raw_bytes(&self) -> &Raw<'s> {
        self.undone.as_ref().unwrap_or(&self.bytes)
    }

    /// Where in the input the byte at `at` of the window stands. Cheap if asked in rising order.
    pub(crate) fn original(&self, at: usize) -> u64 {
        match &self.unit {
            Unit::Byte => self.start + at as u64,
            // What a decoder makes of a cut character at the end is not to be counted back.
            _ if at >= self.bytes.len() => self.end,
            Unit::Wide(stretches) => stretches.original(&self.bytes, at).min(self.end),
            Unit::Char => {
                let (mut known, mut original) = self.cursor.get();
                if at < known {
                    (known, original) = (0, self.start);
                }
                // Every character has one byte that is no continuation.
                let chars = self.bytes[known..at].iter();
                let chars = chars.filter(|byte| (**byte as i8) >= -0x40).count();
                let original = (original + chars as u64).min(self.end);
                self.cursor.set((at, original));
                original
            }
        }
    }

    /// How many bytes of the input the `len` bytes at `at` are.
    pub(crate) fn original_len(&self, at: usize, len: usize) -> u64 {
        match &self.unit {
            Unit::Byte => len as u64,
            Unit::Char | Unit::Wide(_) => {
                let start = self.original(at);
                self.original(at + len) - start
            }
        }
    }
}

/// The encoding of a text, from its first bytes, and the length of its byte order mark.
///
/// Without a mark, UTF-16 is told by its zero bytes: traces are ASCII nearly throughout.
pub(crate) fn detect_encoding(head: &[u8]) -> (Encoding, u64) {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => return (Encoding::Utf8, 3),
        [0xFF, 0xFE, ..] => return (Encoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => return (Encoding::Utf16Be, 2),
        _ => {}
    }
    let head = &head[..head.len().min(1024)];
    let pairs = head.len() / 2;
    let zeros = |odd: usize| head.chunks_exact(2).filter(|pair| pair[odd] == 0).count();
    let (low, high) = (zeros(0), zeros(1));
    if pairs >= 2 && high * 10 >= pairs * 4 && low * 10 <= pairs {
        (Encoding::Utf16Le, 0)
    } else if pairs >= 2 && low * 10 >= pairs * 4 && high * 10 <= pairs {
        (Encoding::Utf16Be, 0)
    } else {
        (Encoding::Utf8, 0)
    }
}

/// What is said of a file that ends before its length.
pub(crate) const SHORTER: &str = "it became shorter while it was read";

/// Opens a file for reading in such a way that whoever writes, renames or removes it can go on.
pub(crate) fn open_shared(path: &Path) -> io::Result<File> {
    let mut how = File::options();
    how.read(true);
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        /// `FILE_SHARE_READ`, `FILE_SHARE_WRITE` and `FILE_SHARE_DELETE`.
        const SHARE_ALL: u32 = 1 | 2 | 4;
        how.share_mode(SHARE_ALL);
    }
    how.open(path)
}

/// Whether a file lies where a map of it may fail at any time: on another machine, or behind a
/// file system that is a program.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_remote(file: &File, _: &Path) -> bool {
    /// Magic numbers of file systems (`linux/magic.h`, and those of file systems outside of it):
    /// NFS, SMB in three ages, AFS, Coda, NCP, 9P, Ceph, FUSE, GFS2, OCFS2, Lustre.
    const REMOTE: [u32; 13] = [
        0x6969,
        0x517B,
        0xFF53_4D42,
        0xFE53_4D42,
        0x5346_414F,
        0x7375_7245,
        0x564C,
        0x0102_1997,
        0x00C3_6400,
        0x6573_5546,
        0x0116_1970,
        0x7461_636F,
        0x0BD0_0BD0,
    ];
    nix::sys::statfs::fstatfs(file)
        .is_ok_and(|system| REMOTE.contains(&(system.filesystem_type().0 as u32)))
}

/// Whether a file lies on another machine: a path of a server, or of a drive that leads to one.
#[cfg(windows)]
fn is_remote(_: &File, path: &Path) -> bool {
    use std::path::{Component, Prefix};
    let path = std::fs::canonicalize(path);
    path.is_ok_and(|path| match path.components().next() {
        Some(Component::Prefix(prefix)) => {
            matches!(prefix.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..))
        }
        _ => false,
    })
}

/// Nothing is known of file systems here: faults are taken all the same.
#[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
fn is_remote(_: &File, _: &Path) -> bool {
    false
}

#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Where files have no numbers that tell, they are told by when they were made.
#[cfg(not(unix))]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    one.created().ok() == other.created().ok()
}

/// Whether a byte of a file is in memory. Where nobody knows, it is.
#[cfg(target_os = "linux")]
fn is_in_memory(file: &File, at: u64) -> bool {
    use rustix::io::{Errno, ReadWriteFlags, preadv2};
    let mut byte = [0];
    let bytes = &mut [io::IoSliceMut::new(&mut byte)];
    preadv2(file, bytes, at, ReadWriteFlags::NOWAIT) != Err(Errno::AGAIN)
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &File, _: u64) -> bool {
    true
}

/// Has the system bring a part of a file into memory, by sending it to nowhere: that copies nothing,
/// and what comes next is brought meanwhile.
#[cfg(target_os = "linux")]
fn into_memory(file: &File, start: u64, end: u64) {
    use std::sync::LazyLock;

    use rustix::io::Errno;
    static NOWHERE: LazyLock<Option<File>> = LazyLock::new(|| nowhere().ok());
    let Some(nowhere) = &*NOWHERE else { return };
    let mut at = start;
    while at < end {
        let rest = (end - at) as usize;
        match rustix::fs::sendfile(nowhere, file, Some(&mut at), rest) {
            Ok(0) => return,
            Ok(_) | Err(Errno::INTR) => {}
            // Sent or not, the map reads it, and tells what is wrong.
            Err(_) => return,
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn into_memory(_: &File, _: u64, _: u64) {}

/// What takes everything and keeps nothing.
///
/// # Errors
/// What the system says, and `InvalidInput` if it may keep something.
#[cfg(target_os = "linux")]
fn nowhere() -> io::Result<File> {
    use std::os::unix::fs::FileTypeExt;
    let nowhere = File::options().write(true).open("/dev/null")?;
    match nowhere.metadata()?.file_type().is_char_device() {
        true => Ok(nowhere),
        // Somebody has made a file of this name.
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Bytes of a file. Into memory that nobody wrote to before: to clear it would take a part of the
/// time of reading.
///
/// # Errors
/// What the system says, and `UnexpectedEof` if they are fewer.
#[cfg(unix)]
fn read_at(file: &File, start: u64, len: usize) -> io::Result<Vec<u8>> {
    use rustix::buffer::spare_capacity;
    use rustix::io::{Errno, pread};
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        // Some reserve more than was asked for.
        let at = start + bytes.len() as u64;
        match pread(file, spare_capacity(&mut bytes), at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bytes.truncate(len);
    Ok(bytes)
}

#[cfg(windows)]
fn read_at(file: &File, start: u64, len: usize) -> io::Result<Vec<u8>> {
    use std::os::windows::fs::FileExt;
    let mut bytes = vec![0; len];
    let mut read = 0;
    while read < len {
        match file.seek_read(&mut bytes[read..], start + read as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_mapped_also_where_it_is_read_before() {
        let mut file = tempfile::tempfile().expect("a file");
        let bytes: Vec<u8> = (0..SMALL + 1000).map(|n| (n % 251) as u8).collect();
        io::Write::write_all(&mut file, &bytes).expect("room on the disk");
        let mut source = Source {
            contents: Contents::File { file, mapped: true },
            ..Source::of_stream(Rolling::new(Box::new(io::empty())))
        };
        source.len = AtomicU64::new(bytes.len() as u64);
        for (start, len) in [(0, 1), (7, 100_000), (SMALL - 5, 5000), (SMALL + 1000, 9)] {
            let want = bytes.iter().skip(start as usize).take(len as usize);
            for is_cold in [false, true] {
                source.is_cold = AtomicBool::new(is_cold);
                let part = source.raw(start, len).expect("a part");
                assert!(part.iter().eq(want.clone()), "{start} {len}");
                // Of nothing there is no map.
                let is_map = matches!(part, Raw::Mapped(_));
                assert_eq!(is_map, start < SMALL + 1000, "{start}");
            }
        }
    }

    #[test]
    fn encodings_are_told_from_the_first_bytes() {
        let utf16 = |text: &str, le: bool| -> Vec<u8> {
            let units = text.encode_utf16();
            units
                .flat_map(|u| if le { u.to_le_bytes() } else { u.to_be_bytes() })
                .collect()
        };
        assert_eq!(detect_encoding(b"\xEF\xBB\xBFx"), (Encoding::Utf8, 3));
        assert_eq!(detect_encoding(b"\xFF\xFEx\0"), (Encoding::Utf16Le, 2));
        assert_eq!(detect_encoding(b"\xFE\xFF\0x"), (Encoding::Utf16Be, 2));
        assert_eq!(
            detect_encoding(&utf16("ms-diagnostics: ж", true)),
            (Encoding::Utf16Le, 0)
        );
        assert_eq!(
            detect_encoding(&utf16("ms-diagnostics: ж", false)),
            (Encoding::Utf16Be, 0)
        );
        assert_eq!(detect_encoding(b"plain text"), (Encoding::Utf8, 0));
        assert_eq!(detect_encoding(b""), (Encoding::Utf8, 0));
        assert_eq!(detect_encoding(&[0; 1024]), (Encoding::Utf8, 0));
    }

    #[test]
    fn positions_in_decoded_text_are_positions_in_the_input() {
        let text = "añ€😀b\r\n😀";
        let raw: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for split in (0..=raw.len() as u64).step_by(2) {
            let stream = Rolling::new(Box::new(io::Cursor::new(raw.clone())));
            let source = Source {
                encoding: Encoding::Utf16Le,
                ..Source::of_stream(stream)
            };
            let window = source.window(0, split, raw.len() as u64).unwrap();
            assert_eq!(&window.bytes[..], text.as_bytes());
            let mut want = 0;
            for (at, c) in text.char_indices() {
                assert_eq!(window.original(at), want);
                want += 2 * c.len_utf16() as u64;
            }
            assert_eq!(window.original(text.len()), raw.len() as u64);
            let split = window.split;
            assert!(split == text.len() || text.is_char_boundary(split));
        }
    }
}
