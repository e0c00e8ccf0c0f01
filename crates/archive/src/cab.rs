//! Microsoft cabinets, as [MS-CAB] has them: folders, each one stream of packed blocks with files
//! in it.
//!
//! Read here and not by the `cab` crate, which had its last release in 2024, unpacks a folder anew
//! for each file in it, finds files by name alone, and panics on some damaged cabinets.
//!
//! [MS-CAB]: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-cab

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;
use std::sync::Arc;

use flate2::{Decompress, FlushDecompress, Status};
use lzxd::{Lzxd, WindowSize};

use crate::layout::Asked;
use crate::limits::{Limit, Limits, Meter};
use crate::path::{Charset, Names, shown_name};
use crate::problem::Trouble;
use crate::source::{Cursor, ReadAt, fill, skip};
use crate::walk::{BUFFER, Exactly, Fenced, Metered, Walker, block, long_path, u16_at, u32_at};

/// What a block holds at most when it is unpacked.
const BLOCK: usize = 32 << 10;

/// The longest name that a cabinet can hold, with its end.
const MAX_NAME: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Cab {
    folders: Vec<Folder>,
    pub(crate) troubles: Vec<Trouble>,
    /// Bytes of each block that mean nothing to us.
    reserved: usize,
}

#[derive(Debug)]
struct Folder {
    /// Where its blocks begin.
    at: u64,
    blocks: u16,
    packing: u16,
    /// In the order in which they stand in it.
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    path: Arc<str>,
    at: u64,
    len: u64,
    trouble: Option<Trouble>,
}

impl Cab {
    pub(crate) fn list(source: &Arc<dyn ReadAt>, path: &str, limits: &Limits) -> Cab {
        let mut cab = Cab::default();
        if let Err(trouble) = cab.read(source, path, limits) {
            cab.troubles.push(trouble);
        }
        for folder in &mut cab.folders {
            folder.files.sort_by_key(|file| file.at);
            let mut end = 0;
            for file in &mut folder.files {
                if file.trouble.is_some() {
                } else if file.at < end {
                    file.trouble = Some(Trouble::Overlaps);
                } else {
                    end = file.at + file.len;
                }
            }
        }
        cab
    }

    fn read(
        &mut self,
        source: &Arc<dyn ReadAt>,
        path: &str,
        limits: &Limits,
    ) -> Result<(), Trouble> {
        let mut reader = BufReader::with_capacity(BUFFER, Cursor::whole(source));
        let header: [u8; 36] = block(&mut reader)?;
        if header[25] != 1 {
            return Err(Trouble::Method(format!("cabinet version {}", header[25])));
        }
        let files_at = u32_at(&header, 16);
        let folders = u16_at(&header, 26);
        let files = u16_at(&header, 28);
        let flags = u16_at(&header, 30);
        let mut folder_reserved = 0;
        if flags & 4 != 0 {
            let sizes: [u8; 4] = block(&mut reader)?;
            skip(&mut reader, u16_at(&sizes, 0).into())?;
            folder_reserved = u64::from(sizes[2]);
            self.reserved = sizes[3].into();
        }
        // Names of the cabinets before and after it, with the names of their disks.
        let neighbours = 2 * (usize::from(flags & 1 != 0) + usize::from(flags & 2 != 0));
        for _ in 0..neighbours {
            text(&mut reader)?;
        }
        for _ in 0..folders {
            let fixed: [u8; 8] = block(&mut reader)?;
            skip(&mut reader, folder_reserved)?;
            self.folders.push(Folder {
                at: u32_at(&fixed, 0).into(),
                blocks: u16_at(&fixed, 4),
                packing: u16_at(&fixed, 6),
                files: Vec::new(),
            });
        }
        reader.seek(SeekFrom::Start(files_at.into()))?;
        let mut names = Names::default();
        for count in 0..files {
            if u64::from(count) >= limits.members {
                return Err(Limit::Members.met(files.into(), limits.members));
            }
            let fixed: [u8; 16] = block(&mut reader)?;
            let name = text(&mut reader)?;
            let is_utf8 = u16_at(&fixed, 14) & 0x80 != 0;
            // Nobody knows the code page of a name that is not marked as UTF-8.
            let charset = if is_utf8 {
                Charset::Unknown
            } else {
                Charset::Cp437
            };
            let mut trouble = None;
            let shown = if name.len() > limits.name {
                trouble = Some(Limit::Name.met(name.len() as u64, limits.name as u64));
                long_path(path, &name, charset)
            } else {
                format!("{path}!{}", names.unique(shown_name(&name, charset)))
            };
            let last = self.folders.len().saturating_sub(1);
            let (folder, is_split) = match u16_at(&fixed, 8) {
                // Begins in the cabinet before this one: in its first folder.
                0xfffd | 0xffff => (0, true),
                // Ends in the one after this one: in its last folder.
                0xfffe => (last, true),
                folder => (usize::from(folder), false),
            };
            if is_split {
                trouble.get_or_insert(Trouble::Split);
            }
            let Some(folder) = self.folders.get_mut(folder) else {
                return Err(Trouble::damaged("a file in a folder that is not there"));
            };
            folder.files.push(File {
                path: shown.into(),
                at: u32_at(&fixed, 4).into(),
                len: u32_at(&fixed, 0).into(),
                trouble,
            });
        }
        Ok(())
    }

    pub(crate) fn parts(&self) -> usize {
        self.folders.len()
    }

    pub(crate) fn asked(&self, part: usize) -> Asked {
        let Some(folder) = self.folders.get(part) else {
            return Asked::default();
        };
        let whole = folder.files.iter().map(|file| file.at + file.len).max();
        // What a folder takes in the file is known only when it is read.
        Asked {
            path: match folder.files.as_slice() {
                [file] => Some(file.path.clone()),
                _ => None,
            },
            len: whole,
            packed: whole.unwrap_or(0),
        }
    }

    /// Reads the files of a folder, in the order in which they stand in it.
    pub(crate) fn walk(
        &self,
        part: usize,
        source: &Arc<dyn ReadAt>,
        meter: Option<&Rc<Meter>>,
        _path: &str,
        depth: u32,
        walker: &mut Walker<'_>,
    ) {
        let Some(folder) = self.folders.get(part) else {
            return;
        };
        let packed = Cursor::new(source, folder.at, u64::MAX, meter);
        let mut stream = Decoder::new(folder.packing, walker.limits).map(|decoder| {
            let blocks = Blocks {
                reader: BufReader::with_capacity(BUFFER, packed),
                decoder,
                left: folder.blocks,
                reserved: self.reserved,
                block: Vec::new(),
                at: 0,
            };
            Metered::new(Fenced::new(blocks), &walker.meter)
        });
        let mut at = 0;
        let mut is_broken = false;
        for file in &folder.files {
            if walker.flow().is_break() {
                return;
            }
            if !walker.wants(&file.path) {
                continue;
            }
            if let Some(met) = walker.meter.met() {
                walker.problem(&file.path, met);
                continue;
            }
            let trouble = file.trouble.as_ref().or(stream.as_ref().err());
            if let Some(trouble) = trouble {
                walker.problem(&file.path, trouble.clone());
                continue;
            }
            let Ok(stream) = &mut stream else {
                continue;
            };
            if is_broken {
                walker.problem(&file.path, Trouble::Unreachable);
                continue;
            }
            let gap = file.at - at;
            let reached = skip(stream, gap);
            if !matches!(reached, Ok(len) if len == gap) {
                is_broken = true;
                let trouble = reached.err().map_or(Trouble::Truncated, Trouble::from);
                walker.problem(&file.path, trouble);
                continue;
            }
            let mut member = Exactly {
                inner: stream,
                left: file.len,
            };
            walker.content(&file.path, Some(file.len), depth, &mut member);
            let left = member.left;
            at = file.at + file.len;
            // Damage in what the visitor left unread is of no interest but to those behind.
            is_broken = !walker.is_over() && !matches!(skip(stream, left), Ok(len) if len == left);
        }
    }
}

/// Reads up to a zero.
fn text(reader: &mut impl Read) -> Result<Vec<u8>, Trouble> {
    let mut text = Vec::new();
    loop {
        match block::<1>(reader)? {
            [0] => return Ok(text),
            [_] if text.len() >= MAX_NAME => {
                return Err(Trouble::damaged("a name without end"));
            }
            [byte] => text.push(byte),
        }
    }
}

/// How the blocks of a folder are unpacked.
enum Decoder {
    None,
    /// Deflate, each block for itself but for what it may look back to.
    MsZip {
        inflater: Decompress,
        before: Vec<u8>,
    },
    Lzx(Box<Lzxd>),
}

impl Decoder {
    fn new(packing: u16, limits: &Limits) -> Result<Decoder, Trouble> {
        match packing & 15 {
            0 => Ok(Decoder::None),
            1 => Ok(Decoder::MsZip {
                inflater: Decompress::new(false),
                before: Vec::new(),
            }),
            2 => Err(Trouble::Method("Quantum".to_owned())),
            3 => {
                use WindowSize as W;
                const SIZES: [W; 11] = [
                    W::KB32,
                    W::KB64,
                    W::KB128,
                    W::KB256,
                    W::KB512,
                    W::MB1,
                    W::MB2,
                    W::MB4,
                    W::MB8,
                    W::MB16,
                    W::MB32,
                ];
                let bits = packing >> 8 & 31;
                let size = bits
                    .checked_sub(15)
                    .and_then(|at| SIZES.get(usize::from(at)));
                let Some(size) = size else {
                    return Err(Trouble::damaged("an LZX window of no known size"));
                };
                let needed = 1 << bits;
                if needed > limits.window {
                    return Err(Limit::Window.met(needed, limits.window));
                }
                Ok(Decoder::Lzx(Box::new(Lzxd::new(*size))))
            }
            other => Err(Trouble::Method(format!("cabinet method {other}"))),
        }
    }

    /// Unpacks a block to exactly `len` bytes.
    fn unpack(&mut self, packed: &[u8], len: usize, out: &mut Vec<u8>) -> Result<(), Trouble> {
        out.clear();
        match self {
            Decoder::None => out.extend_from_slice(packed),
            Decoder::MsZip { inflater, before } => {
                let Some(packed) = packed.strip_prefix(b"CK") else {
                    return Err(Trouble::damaged("a block without its mark"));
                };
                let broken = |_| Trouble::damaged("a block that does not unpack");
                inflater.reset(false);
                if !before.is_empty() {
                    inflater.set_dictionary(before).map_err(broken)?;
                }
                out.reserve_exact(len);
                let status = inflater
                    .decompress_vec(packed, out, FlushDecompress::Finish)
                    .map_err(broken)?;
                if status != Status::StreamEnd {
                    return Err(Trouble::damaged("a block that does not unpack"));
                }
                before.extend_from_slice(out);
                before.drain(..before.len().saturating_sub(BLOCK));
            }
            Decoder::Lzx(decoder) => {
                let unpacked = decoder
                    .decompress_next(packed, len)
                    .map_err(|error| Trouble::Damaged(error.to_string()))?;
                out.extend_from_slice(unpacked);
            }
        }
        if out.len() == len {
            Ok(())
        } else {
            Err(Trouble::damaged("a block of another length than it says"))
        }
    }
}

/// What comes out of a folder.
struct Blocks<R> {
    reader: R,
    decoder: Decoder,
    left: u16,
    reserved: usize,
    block: Vec<u8>,
    at: usize,
}

impl<R: Read> Blocks<R> {
    fn next_block(&mut self) -> Result<(), Trouble> {
        self.left -= 1;
        let fixed: [u8; 8] = block(&mut self.reader)?;
        let packed_len = usize::from(u16_at(&fixed, 4));
        let len = usize::from(u16_at(&fixed, 6));
        // A block of no length goes on in the next cabinet.
        if len == 0 {
            return Err(Trouble::Split);
        }
        if len > BLOCK {
            return Err(Trouble::damaged("a block that is too long"));
        }
        let mut bytes = vec![0; self.reserved + packed_len];
        if fill(&mut self.reader, &mut bytes)? < bytes.len() {
            return Err(Trouble::Truncated);
        }
        let (reserved, packed) = bytes.split_at(self.reserved);
        let written = u32_at(&fixed, 0);
        let sum = sum(packed, 0);
        let sum = sum_of_head(&fixed[4..8], reserved, sum);
        if written != 0 && written != sum {
            return Err(Trouble::Checksum);
        }
        self.at = 0;
        self.decoder.unpack(packed, len, &mut self.block)
    }
}

/// The checksum of what stands before a block's bytes, added to theirs.
fn sum_of_head(lens: &[u8], reserved: &[u8], seed: u32) -> u32 {
    sum(&[lens, reserved].concat(), seed)
}

/// A cabinet's checksum: words of four bytes, added without carry; what is left stands in the
/// order of reading.
fn sum(bytes: &[u8], seed: u32) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let whole = words
        .iter()
        .fold(seed, |sum, word| sum ^ u32::from_le_bytes(*word));
    rest.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)) ^ whole
}

impl<R: Read> Read for Blocks<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            if self.left == 0 {
                return Ok(0);
            }
            self.next_block()?;
        }
        let mut rest = &self.block[self.at..];
        let len = rest.read(buf)?;
        self.at += len;
        Ok(len)
    }
}
