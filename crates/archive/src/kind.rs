//! What kind of archive some bytes are, told by the bytes.

use std::fmt;

use crate::tar::is_header;

/// How many bytes of the front [`kind_of`] needs to tell every kind.
///
/// A tar is known by the checksum of its first block; all others by fewer than ten bytes.
pub const HEAD: usize = 512;

/// A way to pack files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArchiveKind {
    /// PKWARE zip, zip64 included.
    Zip,
    /// One gzip stream, or several behind each other (RFC 1952).
    Gzip,
    /// A tar: v7, ustar, pax or GNU.
    Tar,
    /// Zstandard frames (RFC 8878).
    Zstd,
    /// A Microsoft cabinet.
    Cab,
    /// 7-Zip's own format.
    SevenZ,
    /// Recognised, not read.
    Bzip2,
    /// Recognised, not read.
    Xz,
    /// Recognised, not read.
    Rar,
}

impl ArchiveKind {
    /// Every kind, in the order in which documentation lists them.
    pub const ALL: [ArchiveKind; 9] = [
        ArchiveKind::Zip,
        ArchiveKind::Gzip,
        ArchiveKind::Tar,
        ArchiveKind::Zstd,
        ArchiveKind::Cab,
        ArchiveKind::SevenZ,
        ArchiveKind::Bzip2,
        ArchiveKind::Xz,
        ArchiveKind::Rar,
    ];

    /// The extension by which people know it.
    pub fn name(self) -> &'static str {
        match self {
            ArchiveKind::Zip => "zip",
            ArchiveKind::Gzip => "gz",
            ArchiveKind::Tar => "tar",
            ArchiveKind::Zstd => "zst",
            ArchiveKind::Cab => "cab",
            ArchiveKind::SevenZ => "7z",
            ArchiveKind::Bzip2 => "bz2",
            ArchiveKind::Xz => "xz",
            ArchiveKind::Rar => "rar",
        }
    }

    /// How to unpack a kind that is recognised and not read; nothing for those that are read.
    pub fn how_to_unpack(self) -> Option<&'static str> {
        match self {
            ArchiveKind::Bzip2 => Some("bzip2 -dk FILE, or 7-Zip"),
            ArchiveKind::Xz => Some("xz -dk FILE, or 7-Zip"),
            ArchiveKind::Rar => Some("unrar x FILE, or 7-Zip"),
            _ => None,
        }
    }
}

impl fmt::Display for ArchiveKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Tells an archive by its front, of which [`HEAD`] bytes are enough. Names play no part.
pub fn kind_of(head: &[u8]) -> Option<ArchiveKind> {
    const FRONTS: [(&[u8], ArchiveKind); 11] = [
        (b"PK\x03\x04", ArchiveKind::Zip),
        // A zip without members, and one that was written for several disks.
        (b"PK\x05\x06", ArchiveKind::Zip),
        (b"PK\x07\x08PK\x03\x04", ArchiveKind::Zip),
        (b"\x1f\x8b\x08", ArchiveKind::Gzip),
        (b"\x28\xb5\x2f\xfd", ArchiveKind::Zstd),
        (b"MSCF\0\0\0\0", ArchiveKind::Cab),
        (b"7z\xbc\xaf\x27\x1c", ArchiveKind::SevenZ),
        (b"\xfd7zXZ\0", ArchiveKind::Xz),
        (b"Rar!\x1a\x07\x00", ArchiveKind::Rar),
        (b"Rar!\x1a\x07\x01\x00", ArchiveKind::Rar),
        (b"BZh", ArchiveKind::Bzip2),
    ];
    let found = (FRONTS.iter())
        .find(|(front, _)| head.starts_with(front))
        .map(|(_, kind)| *kind);
    match found {
        // Three letters could be text: the block's own front must follow the level.
        Some(ArchiveKind::Bzip2) => {
            let level = head
                .get(3)
                .is_some_and(|level| (b'1'..=b'9').contains(level));
            let block = head.get(4..10).is_some_and(|front| {
                front == b"\x31\x41\x59\x26\x53\x59" || front == b"\x17\x72\x45\x38\x50\x90"
            });
            (level && block).then_some(ArchiveKind::Bzip2)
        }
        Some(kind) => Some(kind),
        // Zstandard's frames to skip: the lowest four bits of the magic number are free.
        None if head.len() >= 8 && head[0] & 0xf0 == 0x50 && head[1..4] == *b"\x2a\x4d\x18" => {
            Some(ArchiveKind::Zstd)
        }
        None => head
            .get(..HEAD)
            .is_some_and(is_header)
            .then_some(ArchiveKind::Tar),
    }
}
