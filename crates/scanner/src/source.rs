//! One opened input: its bytes, mapped or read, and its encoding undone window by window.

use std::cell::Cell;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use memmap2::Mmap;

use crate::wide::{self, Stretches};
use crate::{Encoding, Input, Location, Mapping, ScanOptions};

/// Files up to this length are read at once, and not looked at again.
const SMALL: u64 = 256 << 10;

/// How much of an input its encoding is told from, and what it is.
const HEAD: u64 = 4096;

/// Smaller files are read: mapping them costs more than it saves.
const MIN_MAPPED: u64 = 1 << 20;

/// A file changed so recently may be a log that is being written or rotated: it is read.
const SETTLED: Duration = Duration::from_secs(60);

#[derive(Debug)]
enum Contents {
    /// A file, and whether its parts are mapped.
    File { file: File, mapped: bool },
    /// A small file, read at once.
    Whole(Vec<u8>),
    /// What came from a pipe.
    Memory(Arc<[u8]>),
}

/// A part of an input as it is.
#[derive(Debug)]
pub(crate) enum Raw<'s> {
    /// Mapped for as long as it is looked at: a file takes no more memory than the parts in work.
    Mapped(Mmap),
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

/// An opened input. Its length is fixed when it is opened.
#[derive(Debug)]
pub(crate) struct Source {
    contents: Contents,
    len: u64,
    modified: Option<SystemTime>,
    encoding: Encoding,
    /// Bytes of the byte order mark.
    bom: u64,
}

impl Source {
    /// Opens an input and tells its encoding.
    pub(crate) fn open(input: &Input, options: &ScanOptions) -> io::Result<Source> {
        let mut source = match &input.location {
            Location::Stdin(piped) => Source::of_bytes(piped.bytes()?),
            Location::File(path) => {
                let mut file = File::open(path)?;
                let metadata = file.metadata()?;
                if metadata.is_dir() {
                    return Err(io::Error::from(io::ErrorKind::IsADirectory));
                }
                if !metadata.is_file() {
                    // A pipe or device: its length is known when it ends.
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes)?;
                    Source::of_bytes(bytes.into())
                } else {
                    Source::of_file(file, &metadata, options)?
                }
            }
        };
        let head = source.raw(0, HEAD)?;
        let (encoding, bom) = detect_encoding(&head);
        drop(head);
        source.bom = bom;
        source.encoding = options.encoding.unwrap_or(encoding);
        Ok(source)
    }

    /// The first bytes of the input.
    ///
    /// # Errors
    /// As [`Source::raw`].
    pub(crate) fn head(&self) -> io::Result<Raw<'_>> {
        self.raw(0, HEAD)
    }

    fn of_file(mut file: File, metadata: &Metadata, options: &ScanOptions) -> io::Result<Source> {
        let len = metadata.len();
        let modified = metadata.modified().ok();
        let contents = if len <= SMALL {
            let mut bytes = vec![0; len as usize];
            file.read_exact(&mut bytes)?;
            Contents::Whole(bytes)
        } else {
            let settled = modified
                .and_then(|time| SystemTime::now().duration_since(time).ok())
                .is_some_and(|age| age >= SETTLED);
            let mapped = options.mapping == Mapping::Auto && settled && len >= MIN_MAPPED;
            Contents::File { file, mapped }
        };
        Ok(Source {
            contents,
            len,
            modified,
            encoding: Encoding::Utf8,
            bom: 0,
        })
    }

    fn of_bytes(bytes: Arc<[u8]>) -> Source {
        Source {
            len: bytes.len() as u64,
            contents: Contents::Memory(bytes),
            modified: None,
            encoding: Encoding::Utf8,
            bom: 0,
        }
    }

    /// Bytes of the input.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Where the text begins, behind a byte order mark.
    pub(crate) fn text_start(&self) -> u64 {
        self.bom.min(self.len)
    }

    /// Bytes of one code unit.
    pub(crate) fn unit(&self) -> u64 {
        match self.encoding {
            Encoding::Utf8 | Encoding::Windows1252 => 1,
            Encoding::Utf16Le | Encoding::Utf16Be => 2,
        }
    }

    /// Whether the file was cut, or changed without growing, since it was opened. What was read at
    /// once does not change.
    pub(crate) fn has_changed(&self, input: &Input) -> bool {
        let (Location::File(path), Contents::File { .. }) = (&input.location, &self.contents)
        else {
            return false;
        };
        let Some(modified) = self.modified else {
            return false;
        };
        match std::fs::metadata(path) {
            Ok(now) => {
                now.len() < self.len
                    || (now.len() == self.len && now.modified().ok() != Some(modified))
            }
            Err(_) => false,
        }
    }

    /// Bytes as they are in the input, from `start` on, at most `len`.
    ///
    /// # Errors
    /// What the system says, and `UnexpectedEof` if the file has become shorter.
    pub(crate) fn raw(&self, start: u64, len: u64) -> io::Result<Raw<'_>> {
        let start = start.min(self.len);
        let len = len.min(self.len - start) as usize;
        match &self.contents {
            Contents::Whole(bytes) => Ok(Raw::Borrowed(&bytes[start as usize..][..len])),
            Contents::Memory(bytes) => Ok(Raw::Borrowed(&bytes[start as usize..][..len])),
            Contents::File { file, mapped } => {
                // Where mapping fails, reading says why or does it.
                if *mapped
                    && len > 0
                    && let Ok(map) = crate::native::map::map(file, start, len)
                {
                    return Ok(Raw::Mapped(map));
                }
                let mut bytes = vec![0; len];
                read_exact_at(file, &mut bytes, start)?;
                Ok(Raw::Read(bytes))
            }
        }
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
            end >= self.len,
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
    /// Where in `bytes` the split stands.
    pub(crate) split: usize,
    /// Whether the input ends with the window.
    pub(crate) at_end: bool,
    start: u64,
    /// Where in the input the window ends: half a code unit at its end is one character.
    end: u64,
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
        let whole = |bytes, split, unit| Window {
            bytes,
            split,
            start,
            end: raw_end,
            unit,
            cursor: Cell::new((0, start)),
            at_end,
        };
        let mut text = Vec::new();
        let (split, unit) = match encoding {
            Encoding::Utf8 => return whole(raw, split, Unit::Byte),
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
        whole(Raw::Read(text), split, unit)
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

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, at) {
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            Ok(read) => {
                bytes = &mut bytes[read..];
                at += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let source = Source {
                encoding: Encoding::Utf16Le,
                ..Source::of_bytes(raw.clone().into())
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
