//! Archives made in tests, whole and broken, and a visitor that keeps what it sees.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use flate2::{Compress, Compression, Crc, FlushCompress};
use siptriage_archive::{Archive, Limits, Member, Problem, Trouble, Visitor, Wanted};

/// What a member gave: its path, its bytes, and whether it came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) whole: bool,
}

/// Keeps everything.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) members: Vec<Found>,
    pub(crate) problems: Vec<Problem>,
}

impl Visitor for Seen {
    fn member(&mut self, member: &mut Member<'_>) -> ControlFlow<()> {
        let path = member.path().to_owned();
        let mut bytes = Vec::new();
        let whole = member.read_to_end(&mut bytes).is_ok();
        self.members.push(Found { path, bytes, whole });
        ControlFlow::Continue(())
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

impl Seen {
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.members
            .iter()
            .map(|member| member.path.as_str())
            .collect()
    }

    pub(crate) fn text(&self, path: &str) -> &str {
        let member = self.members.iter().find(|member| member.path == path);
        let member = member.unwrap_or_else(|| panic!("no {path} in {:?}", self.paths()));
        assert!(member.whole, "{path} is not whole: {:?}", self.problems);
        std::str::from_utf8(&member.bytes).unwrap()
    }

    pub(crate) fn trouble(&self, path: &str) -> &Trouble {
        let problem = self.problems.iter().find(|problem| problem.path == path);
        &problem
            .unwrap_or_else(|| panic!("none of {path}: {:?}", self.problems))
            .trouble
    }
}

pub(crate) fn walk(name: &str, bytes: &[u8]) -> Seen {
    walk_with(name, bytes, &Limits::default(), None)
}

pub(crate) fn walk_with(
    name: &str,
    bytes: &[u8],
    limits: &Limits,
    wanted: Option<&Wanted>,
) -> Seen {
    let mut seen = Seen::default();
    if let Some(archive) = Archive::open(name, Arc::new(bytes.to_vec()), limits).unwrap() {
        let _ = archive.walk(wanted, &mut seen);
    }
    seen
}

/// Two members that every kind can hold.
pub(crate) const MEMBERS: [(&str, &str); 2] = [
    (
        "logs/Lync-UccApi-0.UccApilog",
        "SIP/2.0 488 Not Acceptable Here\r\nms-client-diagnostics: 52063\r\n\r\n",
    ),
    ("readme.txt", "made up\n"),
];

pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A member of a zip, byte by byte, so that every field can lie.
#[derive(Debug, Clone)]
pub(crate) struct ZipMember {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) packed: Vec<u8>,
    pub(crate) len: u64,
    pub(crate) extra: Vec<u8>,
    pub(crate) made_by: u16,
    pub(crate) attributes: u32,
    /// Length and checksum stand behind it and not before.
    pub(crate) streamed: bool,
}

pub(crate) fn stored(name: &[u8], bytes: &[u8]) -> ZipMember {
    ZipMember {
        name: name.to_vec(),
        flags: 0,
        method: 0,
        crc: crc(bytes),
        packed: bytes.to_vec(),
        len: bytes.len() as u64,
        extra: Vec::new(),
        made_by: 20,
        attributes: 0,
        streamed: false,
    }
}

pub(crate) fn packed(name: &[u8], bytes: &[u8]) -> ZipMember {
    ZipMember {
        method: 8,
        packed: deflated(bytes),
        ..stored(name, bytes)
    }
}

fn fields(member: &ZipMember, streamed: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let flags = member.flags | if member.streamed { 8 } else { 0 };
    out.extend(20u16.to_le_bytes());
    out.extend(flags.to_le_bytes());
    out.extend(member.method.to_le_bytes());
    out.extend([0; 4]);
    if streamed {
        out.extend([0; 12]);
    } else {
        out.extend(member.crc.to_le_bytes());
        out.extend((member.packed.len() as u32).to_le_bytes());
        out.extend((member.len as u32).to_le_bytes());
    }
    out.extend((member.name.len() as u16).to_le_bytes());
    out.extend((member.extra.len() as u16).to_le_bytes());
    out
}

pub(crate) fn local(member: &ZipMember) -> Vec<u8> {
    let mut out = b"PK\x03\x04".to_vec();
    out.extend(fields(member, member.streamed));
    out.extend(&member.name);
    out.extend(&member.extra);
    out.extend(&member.packed);
    if member.streamed {
        out.extend(b"PK\x07\x08");
        out.extend(member.crc.to_le_bytes());
        out.extend((member.packed.len() as u32).to_le_bytes());
        out.extend((member.len as u32).to_le_bytes());
    }
    out
}

pub(crate) fn entry(member: &ZipMember, at: u32) -> Vec<u8> {
    let mut out = b"PK\x01\x02".to_vec();
    out.extend(member.made_by.to_le_bytes());
    out.extend(fields(member, false));
    out.extend([0; 6]);
    out.extend(member.attributes.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend(&member.name);
    out.extend(&member.extra);
    out
}

pub(crate) fn end(count: u16, len: u32, from: u32) -> Vec<u8> {
    let mut out = b"PK\x05\x06\0\0\0\0".to_vec();
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(len.to_le_bytes());
    out.extend(from.to_le_bytes());
    out.extend([0; 2]);
    out
}

pub(crate) fn zip_of(members: &[ZipMember]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut list = Vec::new();
    for member in members {
        list.extend(entry(member, out.len() as u32));
        out.extend(local(member));
    }
    let from = out.len() as u32;
    out.extend(&list);
    out.extend(end(members.len() as u16, list.len() as u32, from));
    out
}

pub(crate) fn zip() -> Vec<u8> {
    zip_of(&MEMBERS.map(|(name, text)| packed(name.as_bytes(), text.as_bytes())))
}

pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::GzBuilder::new()
        .filename("made-up.txt")
        .comment("none")
        .extra(vec![1, 2, 3])
        .write(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

pub(crate) fn tar() -> Vec<u8> {
    tar_of(&MEMBERS.map(|(name, text)| (name, text.as_bytes())))
}

pub(crate) fn zst(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

pub(crate) fn sevenz(members: &[(&str, &[u8])], solid: bool) -> Vec<u8> {
    use sevenz_rust2::encoder_options::Lzma2Options;
    use sevenz_rust2::{ArchiveEntry, ArchiveWriter, SourceReader};
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    let mut options = Lzma2Options::from_level(1);
    options.set_dictionary_size(1 << 16);
    writer.set_content_methods(vec![options.into()]);
    if solid {
        let entries = members
            .iter()
            .map(|(name, _)| ArchiveEntry::new_file(name))
            .collect();
        let readers = members
            .iter()
            .map(|(_, bytes)| SourceReader::from(*bytes))
            .collect();
        writer.push_archive_entries(entries, readers).unwrap();
    } else {
        for (name, bytes) in members {
            let entry = ArchiveEntry::new_file(name);
            writer.push_archive_entry(entry, Some(*bytes)).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

/// A cabinet with one folder.
pub(crate) fn cab(members: &[(&str, &[u8])], packing: u16) -> Vec<u8> {
    let stream: Vec<u8> = members
        .iter()
        .flat_map(|(_, bytes)| bytes.iter().copied())
        .collect();
    let blocks = cab_blocks(&stream, packing);
    let mut files = Vec::new();
    let mut at = 0u32;
    for (name, bytes) in members {
        files.extend((bytes.len() as u32).to_le_bytes());
        files.extend(at.to_le_bytes());
        files.extend([0; 6]);
        files.extend(0x80u16.to_le_bytes());
        files.extend(name.as_bytes());
        files.push(0);
        at += bytes.len() as u32;
    }
    let data_at = 36 + 8 + files.len() as u32;
    let mut out = b"MSCF\0\0\0\0".to_vec();
    let data_len: usize = blocks.iter().map(Vec::len).sum();
    out.extend((data_at + data_len as u32).to_le_bytes());
    out.extend([0; 4]);
    out.extend(44u32.to_le_bytes());
    out.extend([0, 0, 0, 0, 3, 1, 1, 0]);
    out.extend((members.len() as u16).to_le_bytes());
    out.extend([0; 6]);
    out.extend(data_at.to_le_bytes());
    out.extend((blocks.len() as u16).to_le_bytes());
    out.extend(packing.to_le_bytes());
    out.extend(&files);
    out.extend(blocks.concat());
    out
}

fn cab_blocks(stream: &[u8], packing: u16) -> Vec<Vec<u8>> {
    let mut before: &[u8] = &[];
    let mut blocks = Vec::new();
    for piece in stream.chunks(32 << 10) {
        let data = match packing & 15 {
            0 => piece.to_vec(),
            1 => {
                let mut compress = Compress::new(Compression::new(9), false);
                if !before.is_empty() {
                    compress.set_dictionary(before).unwrap();
                }
                let mut data = Vec::with_capacity(70_000);
                data.extend(b"CK");
                compress
                    .compress_vec(piece, &mut data, FlushCompress::Finish)
                    .unwrap();
                data
            }
            // A block of LZX that is not packed: no translation, kind 3, 24 bits of length.
            3 => {
                let bits = 0b0011u32 << 28 | (piece.len() as u32) << 4;
                let mut data = Vec::new();
                data.extend(((bits >> 16) as u16).to_le_bytes());
                data.extend((bits as u16).to_le_bytes());
                data.extend([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
                data.extend(piece);
                if piece.len() % 2 == 1 {
                    data.push(0);
                }
                data
            }
            _ => vec![0; 8],
        };
        before = piece;
        let mut block = Vec::new();
        block.extend((data.len() as u16).to_le_bytes());
        block.extend((piece.len() as u16).to_le_bytes());
        let sum = cab_sum(&block, cab_sum(&data, 0));
        let mut out = sum.to_le_bytes().to_vec();
        out.extend(block);
        out.extend(data);
        blocks.push(out);
    }
    blocks
}

fn cab_sum(bytes: &[u8], seed: u32) -> u32 {
    let mut sum = seed;
    for word in bytes.chunks(4) {
        sum ^= match *word {
            [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
            [a, b, c] => u32::from_be_bytes([0, a, b, c]),
            [a, b] => u32::from_be_bytes([0, 0, a, b]),
            [a] => u32::from(a),
            _ => 0,
        };
    }
    sum
}

/// A small archive of every kind that is read, with its members, and whether it has checksums of
/// them.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>, bool)> {
    let members = MEMBERS.map(|(name, text)| (name, text.as_bytes()));
    let mut streamed: Vec<ZipMember> = members
        .map(|(name, bytes)| packed(name.as_bytes(), bytes))
        .to_vec();
    streamed
        .iter_mut()
        .for_each(|member| member.streamed = true);
    vec![
        ("a.zip", zip(), true),
        ("streamed.zip", zip_of(&streamed), true),
        (
            "in.zip",
            zip_of(&[stored(b"b.zip", &zip()), packed(b"b.tgz", &gz(&tar()))]),
            true,
        ),
        ("a.tar", tar(), false),
        ("a.tar.gz", gz(&tar()), true),
        ("a.tar.zst", zst(&tar()), false),
        ("none.cab", cab(&members, 0), false),
        ("mszip.cab", cab(&members, 1), false),
        ("lzx.cab", cab(&members, 3 | 15 << 8), false),
        ("solid.7z", sevenz(&members, true), true),
        ("a.7z", sevenz(&members, false), true),
    ]
}
