//! Zips: the list of members at the end, and members that can be read independently.
//!
//! The list is read here and not by the `zip` crate, for four reasons: the crate allocates for as
//! many members as a list claims before it reads the first, so that a hostile file ends the program;
//! of members of one name it keeps the last alone; one damaged entry loses it all others; and it
//! has nothing for half a copy, which lacks the list. A test holds the two against each other.

use std::io::{self, BufReader, Read};
use std::rc::Rc;
use std::sync::Arc;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use crate::limits::{Limit, Limits, Meter};
use crate::path::{Charset, Names, shown_name};
use crate::problem::Trouble;
use crate::source::{Cursor, ReadAt, fill, skip};
use crate::walk::{BUFFER, Fenced, Metered, Walker, block, long_path, u16_at, u32_at, u64_at};
use crate::zstd::ZstdStream;

const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const END: &[u8] = b"PK\x05\x06";
const END64: &[u8] = b"PK\x06\x06";
const LOCATOR64: &[u8] = b"PK\x06\x07";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";

const LOCAL_LEN: u64 = 30;
const END_LEN: usize = 22;

/// A member as the list has it.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The shown path, with the archive's.
    pub(crate) path: Arc<str>,
    /// Where its local header is.
    at: u64,
    pub(crate) packed: u64,
    pub(crate) len: u64,
    crc: u32,
    method: u16,
    is_encrypted: bool,
    is_too_long: bool,
    overlaps: bool,
}

/// A zip's members.
#[derive(Debug, Default)]
pub(crate) struct Zip {
    pub(crate) entries: Vec<Entry>,
    /// There is no list to go by: the members are looked for one behind the other.
    pub(crate) is_unlisted: bool,
    pub(crate) troubles: Vec<Trouble>,
}

/// Where a list is, and what its end says of it.
struct List {
    from: u64,
    len: u64,
    count: u64,
    /// What stands before the zip itself, as a program that unpacks it.
    shift: u64,
}

impl Zip {
    pub(crate) fn list(source: &Arc<dyn ReadAt>, path: &str, limits: &Limits) -> Zip {
        let found = find(source).and_then(|list| entries(source, &list, path, limits));
        match found {
            Ok((entries, met)) => Zip {
                entries,
                is_unlisted: false,
                troubles: met.into_iter().collect(),
            },
            Err(trouble @ (Trouble::Split | Trouble::Io(_))) => Zip {
                troubles: vec![trouble],
                ..Zip::default()
            },
            Err(trouble) => {
                let why = match trouble {
                    Trouble::Damaged(what) => what,
                    _ => "its list of members is missing".to_owned(),
                };
                Zip {
                    is_unlisted: true,
                    troubles: vec![Trouble::NoList(why)],
                    ..Zip::default()
                }
            }
        }
    }

    /// Reads one member; if there is no list, all of them are one part.
    pub(crate) fn walk(
        &self,
        part: usize,
        source: &Arc<dyn ReadAt>,
        meter: Option<&Rc<Meter>>,
        path: &str,
        depth: u32,
        walker: &mut Walker<'_>,
    ) {
        if self.is_unlisted {
            if let Err(trouble) = one_behind_the_other(source, meter, path, depth, walker) {
                walker.problem(path, trouble);
            }
            return;
        }
        let Some(entry) = self
            .entries
            .get(part)
            .filter(|entry| walker.wants(&entry.path))
        else {
            return;
        };
        let found = entry.data(source, walker.limits).and_then(|(from, end)| {
            let packed = Cursor::new(source, from, end, meter);
            let inner = unpacked(packed, entry.method, &walker.meter, walker.limits)?;
            Ok((inner, end > source.size()))
        });
        match found {
            Ok((inner, is_cut)) => {
                let mut checked = Checked {
                    inner,
                    crc: Crc::new(),
                    left: entry.len,
                    declared: entry.len,
                    expected: entry.crc,
                    is_cut,
                };
                walker.content(&entry.path, Some(entry.len), depth, &mut checked);
            }
            Err(trouble) => walker.problem(&entry.path, trouble),
        }
    }
}

impl Entry {
    /// Where its packed bytes are; trouble if they are not to be read.
    fn data(&self, source: &Arc<dyn ReadAt>, limits: &Limits) -> Result<(u64, u64), Trouble> {
        if self.is_too_long {
            return Err(too_long(limits));
        }
        if self.is_encrypted {
            return Err(Trouble::Encrypted);
        }
        if self.overlaps {
            return Err(Trouble::Overlaps);
        }
        let header: [u8; LOCAL_LEN as usize] =
            block(&mut Cursor::new(source, self.at, u64::MAX, None))?;
        if !header.starts_with(LOCAL) {
            return Err(Trouble::damaged("it is not where the list says"));
        }
        let from = LOCAL_LEN + u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
        let from = self.at.saturating_add(from);
        Ok((from, from.saturating_add(self.packed)))
    }
}

/// The length itself is not kept: it is more than allowed.
fn too_long(limits: &Limits) -> Trouble {
    let allowed = limits.name as u64;
    Limit::Name.met(allowed.saturating_add(1), allowed)
}

/// Undoes a method.
fn unpacked(
    packed: Cursor,
    method: u16,
    meter: &Rc<Meter>,
    limits: &Limits,
) -> Result<Box<dyn Read>, Trouble> {
    // Very many members are small.
    let buffered = |packed: Cursor| {
        let capacity = packed.left().clamp(512, BUFFER as u64) as usize;
        BufReader::with_capacity(capacity, packed)
    };
    Ok(match method {
        0 => Box::new(packed),
        8 => Box::new(Metered::new(DeflateDecoder::new(buffered(packed)), meter)),
        93 => {
            let stream = ZstdStream::new(buffered(packed), limits.window);
            Box::new(Metered::new(Fenced::new(stream), meter))
        }
        _ => return Err(Trouble::Method(method_name(method))),
    })
}

fn method_name(method: u16) -> String {
    let name = match method {
        1 => "shrink",
        2..=5 => "reduce",
        6 => "implode",
        9 => "deflate64",
        10 => "PKWARE implode",
        12 => "bzip2",
        14 => "lzma",
        16 => "IBM z/OS CMPSC",
        18 => "IBM TERSE",
        19 => "LZ77",
        95 => "xz",
        96 => "JPEG",
        97 => "WavPack",
        98 => "PPMd",
        _ => return format!("method {method}"),
    };
    name.to_owned()
}

/// Finds the list by the record at the end of the file, behind which a comment may stand.
fn find(source: &Arc<dyn ReadAt>) -> Result<List, Trouble> {
    let size = source.size();
    let tail_from = size.saturating_sub(END_LEN as u64 + u64::from(u16::MAX));
    let mut tail = Vec::new();
    Cursor::new(source, tail_from, size, None).read_to_end(&mut tail)?;
    let mut trouble = Trouble::Truncated;
    let ends = (0..tail.len().saturating_sub(END_LEN - 1)).rev();
    for at in ends.filter(|&at| tail[at..].starts_with(END)) {
        match list_of_end(source, tail_from + at as u64, &tail[at..]) {
            Ok(list) => return Ok(list),
            // These bytes may stand in a comment by chance; the first trouble is the likely one.
            Err(found) if matches!(trouble, Trouble::Truncated) => trouble = found,
            Err(_) => {}
        }
    }
    Err(trouble)
}

fn list_of_end(source: &Arc<dyn ReadAt>, end_at: u64, end: &[u8]) -> Result<List, Trouble> {
    if END_LEN + usize::from(u16_at(end, 20)) > end.len() {
        return Err(Trouble::damaged(
            "the comment of a zip is longer than the file",
        ));
    }
    let mut disks = (u32::from(u16_at(end, 4)), u32::from(u16_at(end, 6)));
    let mut count = u64::from(u16_at(end, 10));
    let mut len = u64::from(u32_at(end, 12));
    let mut from = u64::from(u32_at(end, 16));
    let mut list_end = end_at;
    let is_64 =
        count == u64::from(u16::MAX) || len == u64::from(u32::MAX) || from == u64::from(u32::MAX);
    let locator_at = end_at.checked_sub(20).filter(|_| is_64);
    if let Some(locator_at) = locator_at {
        let locator: [u8; 20] = block(&mut Cursor::new(source, locator_at, end_at, None))?;
        if locator.starts_with(LOCATOR64) {
            // Where the locator says, or right before it if something stands before the zip.
            let places = [Some(u64_at(&locator, 8)), locator_at.checked_sub(56)];
            let record = places.into_iter().flatten().find_map(|at| {
                let record: [u8; 56] = block(&mut Cursor::new(source, at, end_at, None)).ok()?;
                record.starts_with(END64).then_some((at, record))
            });
            let Some((at, record)) = record else {
                return Err(Trouble::damaged("the end of a zip64"));
            };
            disks = (u32_at(&record, 16), u32_at(&record, 20));
            count = u64_at(&record, 32);
            len = u64_at(&record, 40);
            from = u64_at(&record, 48);
            list_end = at;
        }
    }
    if disks != (0, 0) {
        return Err(Trouble::Split);
    }
    if count == 0 && len == 0 {
        return Ok(List {
            from: 0,
            len: 0,
            count: 0,
            shift: 0,
        });
    }
    // The list ends where its end begins, whatever stands before the zip. Some put it elsewhere.
    let before_end = list_end.checked_sub(len).filter(|at| *at >= from);
    for at in [before_end, Some(from)].into_iter().flatten() {
        let front: Result<[u8; 4], _> = block(&mut Cursor::new(source, at, u64::MAX, None));
        if front.is_ok_and(|front| front == *ENTRY) {
            return Ok(List {
                from: at,
                len,
                count,
                shift: at - from,
            });
        }
    }
    Err(Trouble::damaged(
        "the list of its members is not where it should be",
    ))
}

/// Reads a list. A limit that was met comes with the entries before it.
fn entries(
    source: &Arc<dyn ReadAt>,
    list: &List,
    path: &str,
    limits: &Limits,
) -> Result<(Vec<Entry>, Option<Trouble>), Trouble> {
    let end = list.from.saturating_add(list.len);
    let mut reader = BufReader::with_capacity(BUFFER, Cursor::new(source, list.from, end, None));
    let mut names = Names::default();
    let mut entries = Vec::new();
    let mut at = list.from;
    let mut count = 0;
    let mut met = None;
    while at < end {
        if at - list.from >= limits.listing {
            met = Some(Limit::Listing.met(list.len, limits.listing));
            break;
        }
        if count >= limits.members {
            met = Some(Limit::Members.met(list.count.max(count + 1), limits.members));
            break;
        }
        let broken =
            || Trouble::Damaged(format!("the list of its members breaks off behind {count}"));
        let fixed: [u8; 46] = block(&mut reader).map_err(|_| broken())?;
        if !fixed.starts_with(ENTRY) {
            return Err(broken());
        }
        let lens = [28, 30, 32].map(|at| u16_at(&fixed, at));
        let mut text = [0, 1, 2].map(|at| vec![0; usize::from(lens[at])]);
        for part in &mut text {
            if fill(&mut reader, part)? < part.len() {
                return Err(broken());
            }
        }
        at += 46 + lens.iter().map(|len| u64::from(*len)).sum::<u64>();
        count += 1;
        let [name, extra, _] = &text;
        entries.extend(entry(
            &fixed, name, extra, list.shift, path, limits, &mut names,
        ));
    }
    // Writers without zip64 count from zero again behind 65,535.
    if met.is_none() && count != list.count && count % 65_536 != list.count {
        return Err(Trouble::Damaged(format!(
            "its list should have {} members and has {count}",
            list.count
        )));
    }
    mark_overlaps(&mut entries);
    Ok((entries, met))
}

/// One entry of a list, if it is a file.
fn entry(
    fixed: &[u8; 46],
    name: &[u8],
    extra: &[u8],
    shift: u64,
    path: &str,
    limits: &Limits,
    names: &mut Names,
) -> Option<Entry> {
    let flags = u16_at(fixed, 8);
    let method = u16_at(fixed, 10);
    let crc = u32_at(fixed, 16);
    let mut packed = u64::from(u32_at(fixed, 20));
    let mut len = u64::from(u32_at(fixed, 24));
    let attributes = u32_at(fixed, 38);
    let mut at = u64::from(u32_at(fixed, 42));
    let mut name = name;
    for (id, field) in fields(extra) {
        match id {
            // Those of the three that do not fit stand here, in this order.
            1 => {
                let mut rest = field;
                for value in [&mut len, &mut packed, &mut at] {
                    if *value == u64::from(u32::MAX) && rest.len() >= 8 {
                        *value = u64_at(rest, 0);
                        rest = &rest[8..];
                    }
                }
            }
            // The name in UTF-8, if it belongs to the one that stands in the entry.
            0x7075 if field.len() > 5 && field[0] == 1 && u32_at(field, 1) == crc_of(name) => {
                name = &field[5..];
            }
            _ => {}
        }
    }
    // What came from a pipe is a file, whatever Unix calls it.
    let by_unix = (fixed[5] == 3).then_some(attributes >> 16 & 0o170_000);
    let is_folder = by_unix == Some(0o040_000) || attributes & 0x10 != 0;
    let is_link = by_unix == Some(0o120_000);
    if is_folder || is_link || name.ends_with(b"/") || name.ends_with(b"\\") {
        return None;
    }
    let charset = if flags & 0x800 != 0 {
        Charset::Unknown
    } else {
        Charset::Cp437
    };
    let is_too_long = name.len() > limits.name;
    let path = if is_too_long {
        long_path(path, name, charset)
    } else {
        format!("{path}!{}", names.unique(shown_name(name, charset)))
    };
    Some(Entry {
        path: path.into(),
        at: at.saturating_add(shift),
        packed,
        len,
        crc,
        method,
        is_encrypted: flags & 0x2041 != 0 || method == 99,
        is_too_long,
        overlaps: false,
    })
}

/// Extra fields: a number and what belongs to it.
fn fields(extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = extra;
    std::iter::from_fn(move || {
        let field = rest.get(4..4 + usize::from(u16_at(rest, 2)))?;
        let id = u16_at(rest, 0);
        rest = &rest[4 + field.len()..];
        Some((id, field))
    })
}

fn crc_of(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Bombs name the same bytes many times. Of members that share bytes the first one is read.
fn mark_overlaps(entries: &mut [Entry]) {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&index| (entries[index].at, index));
    let mut end = 0;
    for index in order {
        let entry = &mut entries[index];
        if entry.at < end {
            entry.overlaps = true;
        } else {
            end = entry
                .at
                .saturating_add(LOCAL_LEN)
                .saturating_add(entry.packed);
        }
    }
}

/// Holds what comes out of a member against what its list says.
struct Checked<R> {
    inner: R,
    crc: Crc,
    left: u64,
    declared: u64,
    expected: u32,
    /// The file ends before the member does.
    is_cut: bool,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let size = |more| Trouble::Size {
            declared: self.declared,
            more,
        };
        if self.left == 0 {
            if self.inner.read(&mut [0])? > 0 {
                return Err(size(true).into());
            }
            if self.crc.sum() != self.expected {
                return Err(Trouble::Checksum.into());
            }
            return Ok(0);
        }
        let most = usize::try_from(self.left).map_or(buf.len(), |left| left.min(buf.len()));
        let len = self.inner.read(&mut buf[..most])?;
        if len == 0 {
            let trouble = if self.is_cut {
                Trouble::Truncated
            } else {
                size(false)
            };
            return Err(trouble.into());
        }
        self.crc.update(&buf[..len]);
        self.left -= len as u64;
        Ok(len)
    }
}

/// Members without a list: half a copy, or a list that makes no sense.
fn one_behind_the_other(
    source: &Arc<dyn ReadAt>,
    meter: Option<&Rc<Meter>>,
    path: &str,
    depth: u32,
    walker: &mut Walker<'_>,
) -> Result<(), Trouble> {
    let mut names = Names::default();
    let mut at = 0;
    let mut members = 0;
    while !walker.is_over() {
        let Some(found) = next_local(source, at, meter)? else {
            return Ok(());
        };
        at = found;
        let mut reader = BufReader::with_capacity(512, Cursor::new(source, at, u64::MAX, meter));
        let Ok(fixed) = block::<{ LOCAL_LEN as usize }>(&mut reader) else {
            return Ok(());
        };
        let (name_len, extra_len) = (u16_at(&fixed, 26), u16_at(&fixed, 28));
        let mut name = vec![0; usize::from(name_len)];
        let mut extra = vec![0; usize::from(extra_len)];
        if fill(&mut reader, &mut name)? < name.len()
            || fill(&mut reader, &mut extra)? < extra.len()
        {
            return Ok(());
        }
        members += 1;
        if members > walker.limits.members {
            return Err(Limit::Members.met(members, walker.limits.members));
        }
        let data = at + LOCAL_LEN + u64::from(name_len) + u64::from(extra_len);
        // A local header has the fields that an entry has, two places further to the front.
        let mut central = [0; 46];
        central[6..32].copy_from_slice(&fixed[4..30]);
        let Some(mut entry) = entry(&central, &name, &extra, 0, path, walker.limits, &mut names)
        else {
            at = data.saturating_add(u64::from(u32_at(&fixed, 18)));
            continue;
        };
        entry.at = at;
        let is_streamed = u16_at(&fixed, 6) & 8 != 0 && (entry.packed == 0 || entry.crc == 0);
        if !is_streamed {
            let zip = Zip {
                entries: vec![entry],
                ..Zip::default()
            };
            zip.walk(0, source, meter, path, depth, walker);
            at = data.saturating_add(zip.entries[0].packed);
            continue;
        }
        at = streamed(&entry, data, source, meter, depth, walker)?;
    }
    Ok(())
}

/// Reads a member whose length and checksum stand behind it; says where it ends.
fn streamed(
    entry: &Entry,
    data: u64,
    source: &Arc<dyn ReadAt>,
    meter: Option<&Rc<Meter>>,
    depth: u32,
    walker: &mut Walker<'_>,
) -> Result<u64, Trouble> {
    if entry.is_encrypted || entry.is_too_long || entry.method != 8 {
        // Nothing but its packed bytes tells where it ends, and those cannot be read.
        if walker.wants(&entry.path) {
            let trouble = match (entry.is_encrypted, entry.is_too_long) {
                (true, _) => Trouble::Encrypted,
                (_, true) => too_long(walker.limits),
                _ => Trouble::Method(match entry.method {
                    0 => "no method and no length".to_owned(),
                    method => method_name(method),
                }),
            };
            walker.problem(&entry.path, trouble);
        }
        return Ok(data);
    }
    let packed = Cursor::new(source, data, u64::MAX, meter);
    let decoder = DeflateDecoder::new(BufReader::with_capacity(BUFFER, packed));
    let mut summed = Summed {
        inner: Metered::new(decoder, &walker.meter),
        crc: Crc::new(),
    };
    if walker.wants(&entry.path) {
        walker.content(&entry.path, None, depth, &mut summed);
    }
    // The rest of it must be unpacked to find the next one.
    let whole = walker.is_over() || skip(&mut summed, u64::MAX).is_ok();
    let crc = summed.crc.sum();
    let decoder = summed.inner.into_inner();
    let end = data + decoder.total_in();
    if !whole || walker.is_over() {
        return Ok(end);
    }
    // Its checksum, with or without a mark before it; then two lengths of 4 or 8 bytes.
    let mut behind = [0; 8];
    let len = fill(&mut Cursor::new(source, end, u64::MAX, None), &mut behind)?;
    let trouble = if len < behind.len() {
        Some(Trouble::Truncated)
    } else {
        let mark = if behind.starts_with(DESCRIPTOR) { 4 } else { 0 };
        (u32_at(&behind, mark) != crc).then_some(Trouble::Checksum)
    };
    if let Some(trouble) = trouble
        && walker.wants(&entry.path)
    {
        walker.problem(&entry.path, trouble);
    }
    Ok(end)
}

/// Adds up the checksum of what passes.
struct Summed<R> {
    inner: R,
    crc: Crc,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(buf)?;
        self.crc.update(&buf[..len]);
        Ok(len)
    }
}

/// The next local header at or behind a place, before the list if there is one.
fn next_local(
    source: &Arc<dyn ReadAt>,
    from: u64,
    meter: Option<&Rc<Meter>>,
) -> Result<Option<u64>, Trouble> {
    let mut reader = Cursor::new(source, from, u64::MAX, meter);
    let mut window = vec![0; BUFFER];
    let mut at = from;
    let mut kept = 0;
    loop {
        // Most headers are right here.
        let most = if at == from {
            64.max(kept + 1)
        } else {
            window.len()
        };
        let len = kept + fill(&mut reader, &mut window[kept..most])?;
        let mut signatures =
            (window[..len].windows(4).enumerate()).filter(|(_, four)| four.starts_with(b"PK"));
        let found = signatures.find(|(_, four)| *four == LOCAL || *four == ENTRY || *four == END64);
        match found {
            Some((behind, four)) if four == LOCAL => return Ok(Some(at + behind as u64)),
            Some(_) => return Ok(None),
            None if len < most => return Ok(None),
            None => {}
        }
        kept = 3.min(len);
        window.copy_within(len - kept..len, 0);
        at += (len - kept) as u64;
    }
}
