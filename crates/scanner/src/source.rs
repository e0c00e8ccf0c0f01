//! One opened input: its bytes, mapped or read, and its encoding undone window by window.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use memmap2::Mmap;

use crate::{Encoding, Input, Location, Mapping, ScanOptions};

/// Smaller files are read: mapping them costs more than it saves.
const MIN_MAPPED: u64 = 1 << 20;

/// A file changed so recently may be a log that is being written or rotated: it is read.
const SETTLED: Duration = Duration::from_secs(60);

#[derive(Debug)]
enum Contents {
    /// A file, and whether its parts are mapped.
    File { file: File, mapped: bool },
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
                    let modified = metadata.modified().ok();
                    let settled = modified
                        .and_then(|time| SystemTime::now().duration_since(time).ok())
                        .is_some_and(|age| age >= SETTLED);
                    let len = metadata.len();
                    let mapped = options.mapping == Mapping::Auto && settled && len >= MIN_MAPPED;
                    let contents = Contents::File { file, mapped };
                    Source {
                        contents,
                        len,
                        modified,
                        encoding: Encoding::Utf8,
                        bom: 0,
                    }
                }
            }
        };
        let head = source.raw(0, 4096)?;
        let (encoding, bom) = detect_encoding(&head);
        source.bom = bom;
        source.encoding = options.encoding.unwrap_or(encoding);
        Ok(source)
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

    /// Whether the file was cut, or changed without growing, since it was opened.
    pub(crate) fn has_changed(&self, input: &Input) -> bool {
        let Location::File(path) = &input.location else {
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
        let raw_end = start + raw.len() as u64;
        let split = (split.saturating_sub(start) as usize).min(raw.len());
        let decoder = match self.encoding {
            Encoding::Utf8 => {
                return Ok(Window {
                    bytes: raw,
                    split,
                    start,
                    end: raw_end,
                    unit: Unit::Byte,
                    cursor: Cell::new((0, start)),
                    at_end: end >= self.len,
                });
            }
            Encoding::Utf16Le => encoding_rs::UTF_16LE,
            Encoding::Utf16Be => encoding_rs::UTF_16BE,
            Encoding::Windows1252 => encoding_rs::WINDOWS_1252,
        };
        // A pair of surrogates is not divided.
        let divided = self.unit() == 2 && split >= 2 && {
            let high = match self.encoding {
                Encoding::Utf16Be => raw[split - 2],
                _ => raw[split - 1],
            };
            (0xD8..0xDC).contains(&high)
        };
        let (before, behind) = raw.split_at(if divided { split - 2 } else { split });
        let (before, _) = decoder.decode_without_bom_handling(before);
        let (behind, _) = decoder.decode_without_bom_handling(behind);
        let mut text = before.into_owned().into_bytes();
        let split = text.len();
        text.extend_from_slice(behind.as_bytes());
        let unit = if self.unit() == 2 {
            Unit::Utf16
        } else {
            Unit::Char
        };
        Ok(Window {
            bytes: Raw::Read(text),
            split,
            start,
            end: raw_end,
            unit,
            cursor: Cell::new((0, start)),
            at_end: end >= self.len,
        })
    }
}

/// How decoded text is measured in bytes of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// One byte a byte.
    Byte,
    /// One byte a character.
    Char,
    /// Two bytes a UTF-16 code unit.
    Utf16,
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

impl Window<'_> {
    /// Where in the input the byte at `at` of the window stands. Cheap if asked in rising order.
    pub(crate) fn original(&self, at: usize) -> u64 {
        if self.unit == Unit::Byte {
            return self.start + at as u64;
        }
        let (mut known, mut original) = self.cursor.get();
        if at < known {
            (known, original) = (0, self.start);
        }
        let original = self.walk(known, original).original(at);
        self.cursor.set((at, original));
        original
    }

    /// How many bytes of the input the `len` bytes at `at` are.
    pub(crate) fn original_len(&self, at: usize, len: usize) -> u64 {
        match self.unit {
            Unit::Byte => len as u64,
            Unit::Char | Unit::Utf16 => {
                let start = self.original(at);
                self.original(at + len) - start
            }
        }
    }

    /// Looks up positions in rising order, from `at` on, which is `original` in the input.
    fn walk(&self, at: usize, original: u64) -> Walk<'_> {
        Walk {
            bytes: &self.bytes,
            unit: self.unit,
            at,
            original,
            end: self.end,
        }
    }
}

/// A walk through decoded text that knows where in the input it is.
#[derive(Debug)]
struct Walk<'w> {
    bytes: &'w [u8],
    unit: Unit,
    at: usize,
    original: u64,
    end: u64,
}

impl Walk<'_> {
    /// Where in the input the byte at `at` stands; not before the last one asked for.
    fn original(&mut self, at: usize) -> u64 {
        let text = &self.bytes[self.at..at.min(self.bytes.len()).max(self.at)];
        // Every character has one byte that is no continuation; those beyond the basic plane are
        // two units of UTF-16 and four bytes of UTF-8.
        let chars = || text.iter().filter(|b| (**b as i8) >= -0x40).count() as u64;
        self.original += match self.unit {
            Unit::Byte => text.len() as u64,
            Unit::Char => chars(),
            Unit::Utf16 => 2 * (chars() + text.iter().filter(|b| **b >= 0xF0).count() as u64),
        };
        // What a decoder makes of a cut character at the end is not to be counted back.
        self.original = if at >= self.bytes.len() {
            self.end
        } else {
            self.original.min(self.end)
        };
        self.at += text.len();
        self.original
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
