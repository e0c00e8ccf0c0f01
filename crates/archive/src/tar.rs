//! Tars: a header of 512 bytes, the member, and so on. Read as a stream, skipping nothing unread.
//!
//! The `tar` crate reads the headers; its own walk is not used because it takes long names and pax
//! records of any length into memory, and ends at the first damaged header.

use std::io::{BufReader, Read};

use tar::{EntryType, Header, PaxExtensions};

use crate::limits::Limit;
use crate::path::{Charset, Names, shown_name};
use crate::problem::Trouble;
use crate::source::{fill, skip};
use crate::walk::{BUFFER, Exactly, Walker};

const BLOCK: usize = 512;

/// Longest record of long names and attributes that is looked at.
const MAX_RECORD: u64 = 1 << 20;

/// Whether a block is a header: its checksum is right.
pub(crate) fn is_header(block: &[u8]) -> bool {
    if block.len() != BLOCK {
        return false;
    }
    // The checksum counts its own eight bytes as blanks.
    let sum: u32 = (block.iter().enumerate())
        .map(|(at, byte)| {
            if (148..156).contains(&at) {
                32
            } else {
                u32::from(*byte)
            }
        })
        .sum();
    Header::from_byte_slice(block).cksum().ok() == Some(sum)
}

/// What records before a header say about it.
#[derive(Default)]
struct Said {
    name: Option<Vec<u8>>,
    len: Option<u64>,
    is_sparse: bool,
}

pub(crate) fn walk(walker: &mut Walker<'_>, path: &str, depth: u32, reader: &mut dyn Read) {
    let mut reader = BufReader::with_capacity(BUFFER, reader);
    if let Err(trouble) = members(walker, path, depth, &mut reader) {
        walker.problem(path, trouble);
    }
}

fn members(
    walker: &mut Walker<'_>,
    path: &str,
    depth: u32,
    reader: &mut dyn Read,
) -> Result<(), Trouble> {
    let mut names = Names::default();
    let mut said = Said::default();
    let mut members = 0;
    let mut lost = false;
    while !walker.is_over() {
        let mut block = [0; BLOCK];
        match fill(reader, &mut block)? {
            0 => return Err(Trouble::NoEnd),
            BLOCK => {}
            _ => return Err(Trouble::Truncated),
        }
        if block == [0; BLOCK] && !lost {
            return rest(reader);
        }
        if !is_header(&block) {
            if !lost {
                walker.problem(
                    path,
                    Trouble::damaged("a header of a member makes no sense"),
                );
                lost = true;
            }
            continue;
        }
        lost = false;
        let header = Header::from_byte_slice(&block);
        let kind = header.entry_type();
        let len = header.entry_size();
        if matches!(
            kind,
            EntryType::GNULongName
                | EntryType::GNULongLink
                | EntryType::XHeader
                | EntryType::XGlobalHeader
        ) {
            let len = len.map_err(|_| Trouble::damaged("the length of a record"))?;
            record(walker, path, kind, len, &mut said, reader)?;
            continue;
        }
        let said = std::mem::take(&mut said);
        let Ok(len) = said.len.map_or(len, Ok) else {
            walker.problem(path, Trouble::damaged("the length of a member"));
            lost = true;
            continue;
        };
        members += 1;
        if members > walker.limits.members {
            return Err(Limit::Members.met(members, walker.limits.members));
        }
        let name = said
            .name
            .unwrap_or_else(|| header.path_bytes().into_owned());
        let mut member = Exactly {
            inner: &mut *reader,
            left: len,
        };
        let is_file = matches!(kind, EntryType::Regular | EntryType::Continuous)
            // Old tars know no folders but by their name.
            && !name.ends_with(b"/");
        if name.len() > walker.limits.name {
            walker.name_too_long(path, &name, Charset::Unknown);
        } else if is_file || kind == EntryType::GNUSparse {
            let shown = names.unique(shown_name(&name, Charset::Unknown));
            let shown = format!("{path}!{shown}");
            if !walker.wants(&shown) {
            } else if said.is_sparse || kind == EntryType::GNUSparse {
                walker.problem(&shown, Trouble::Method("tar's sparse files".to_owned()));
            } else {
                walker.content(&shown, Some(len), depth, &mut member);
            }
        }
        if walker.is_over() {
            return Ok(());
        }
        let left = member.left;
        let padding = len.wrapping_neg() % BLOCK as u64;
        if skip(reader, left)? < left || skip(reader, padding)? < padding {
            return Err(Trouble::Truncated);
        }
    }
    Ok(())
}

/// Reads a record about the next member.
fn record(
    walker: &mut Walker<'_>,
    path: &str,
    kind: EntryType,
    len: u64,
    said: &mut Said,
    reader: &mut dyn Read,
) -> Result<(), Trouble> {
    let padding = len.wrapping_neg() % BLOCK as u64;
    let whole = len.saturating_add(padding);
    if len > MAX_RECORD {
        let met = Limit::Name.met(len, walker.limits.name.min(MAX_RECORD as usize) as u64);
        walker.problem(path, met);
        let skipped = skip(reader, whole)?;
        return if skipped < whole {
            Err(Trouble::Truncated)
        } else {
            Ok(())
        };
    }
    let mut record = vec![0; len as usize];
    if fill(reader, &mut record)? < record.len() || skip(reader, padding)? < padding {
        return Err(Trouble::Truncated);
    }
    match kind {
        EntryType::GNULongName => {
            while record.last() == Some(&0) {
                record.pop();
            }
            said.name = Some(record);
        }
        EntryType::XHeader => {
            // A record that is no pair says nothing; the others count.
            for pair in PaxExtensions::new(&record).flatten() {
                match pair.key_bytes() {
                    b"path" => said.name = Some(pair.value_bytes().to_vec()),
                    b"size" => said.len = pair.value().ok().and_then(|len| len.parse().ok()),
                    key if key.starts_with(b"GNU.sparse.") => said.is_sparse = true,
                    _ => {}
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Reads what stands behind the end, so that what is around learns whether its checksum matches.
fn rest(reader: &mut dyn Read) -> Result<(), Trouble> {
    let mut buf = vec![0; BUFFER];
    let mut is_empty = true;
    loop {
        let len = fill(reader, &mut buf)?;
        if len == 0 {
            break;
        }
        is_empty &= buf[..len].iter().all(|byte| *byte == 0);
    }
    if is_empty {
        Ok(())
    } else {
        Err(Trouble::Trailing)
    }
}
