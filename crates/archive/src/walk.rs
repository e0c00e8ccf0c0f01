//! One way through everything: what is in a stream, and what is in that.

use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use crate::gzip::GzipStream;
use crate::kind::{ArchiveKind, HEAD, kind_of};
use crate::layout::Layout;
use crate::limits::{Limit, Limits, Meter};
use crate::path::{Charset, Wanted, shown_name};
use crate::problem::{Problem, Trouble};
use crate::source::{ReadAt, fill};
use crate::tar;
use crate::zstd::ZstdStream;

/// How much is asked for at once from what lies below a decoder.
pub(crate) const BUFFER: usize = 128 << 10;

/// What wants to know what is in an archive.
pub trait Visitor {
    /// A file was met that is no archive. It is read as far as the visitor likes; breaking off ends
    /// the walk.
    ///
    /// A read that fails means that the member is damaged from there. What is the matter comes to
    /// [`problem`](Visitor::problem) when this returns, so that any error can be taken for an end.
    fn member(&mut self, member: &mut Member<'_>) -> ControlFlow<()>;

    /// Something was not read, or not to its end. What was met before stays good.
    fn problem(&mut self, problem: Problem);
}

/// A file in an archive, as a stream.
pub struct Member<'a> {
    path: &'a str,
    len: Option<u64>,
    head: &'a [u8],
    rest: &'a mut dyn Read,
}

impl Member<'_> {
    /// The shown path, from the name of the file on disk: `case.zip!logs/a.log`.
    pub fn path(&self) -> &str {
        self.path
    }

    /// How many bytes the archive says it has, where it says so. May be a lie, which is a problem
    /// then.
    pub fn declared(&self) -> Option<u64> {
        self.len
    }
}

impl std::fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member")
            .field("path", &self.path)
            .field("declared", &self.len)
            .finish_non_exhaustive()
    }
}

impl Read for Member<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.head.is_empty() {
            return self.rest.read(buf);
        }
        self.head.read(buf)
    }
}

/// Walks one part of an archive with everything in it.
pub(crate) struct Walker<'v> {
    pub(crate) limits: &'v Limits,
    pub(crate) meter: Rc<Meter>,
    wanted: Option<&'v Wanted>,
    /// Bytes of a shown path before what is in the file on disk.
    top: usize,
    visitor: &'v mut dyn Visitor,
    stopped: bool,
    problems: u64,
    last: Option<Problem>,
}

impl<'v> Walker<'v> {
    pub(crate) fn new(
        name: &str,
        limits: &'v Limits,
        meter: Rc<Meter>,
        wanted: Option<&'v Wanted>,
        visitor: &'v mut dyn Visitor,
    ) -> Walker<'v> {
        Walker {
            limits,
            meter,
            wanted,
            top: name.len() + 1,
            visitor,
            stopped: false,
            problems: 0,
            last: None,
        }
    }

    pub(crate) fn flow(&self) -> ControlFlow<()> {
        if self.stopped {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Whether nothing more is to be read, by the visitor's wish or since a limit was met.
    pub(crate) fn is_over(&self) -> bool {
        self.stopped || self.meter.met().is_some()
    }

    fn takes(&self, path: &str) -> bool {
        self.wanted
            .is_none_or(|wanted| wanted.takes(path.get(self.top..).unwrap_or_default()))
    }

    /// Whether a member is to be looked at, which may turn out to be an archive.
    pub(crate) fn wants(&self, path: &str) -> bool {
        self.takes(path)
            || self
                .wanted
                .is_some_and(|wanted| wanted.may_be_in(path.get(self.top..).unwrap_or_default()))
    }

    pub(crate) fn problem(&mut self, path: &str, trouble: Trouble) {
        let problem = Problem {
            path: path.to_owned(),
            trouble,
        };
        self.problems += 1;
        // Layers of one name, as tar and gz, would say the same twice.
        if self.last.as_ref() != Some(&problem) {
            self.last = Some(problem.clone());
            self.visitor.problem(problem);
        }
    }

    /// What is in a stream: a member, or an archive with more.
    ///
    /// `depth` is how many archives are around it. The stream need not be at its end afterwards.
    pub(crate) fn content(
        &mut self,
        path: &str,
        len: Option<u64>,
        depth: u32,
        reader: &mut dyn Read,
    ) {
        let mut noting = Noting {
            inner: reader,
            meter: Rc::clone(&self.meter),
            fault: None,
        };
        let mut head = [0; HEAD];
        // What came before a fault is still a member's beginning.
        let mut head_len = 0;
        while let Some(space) = head.get_mut(head_len..).filter(|space| !space.is_empty()) {
            match noting.read(space) {
                Ok(more) if more > 0 => head_len += more,
                _ => break,
            }
        }
        let head = &head[..head_len];
        let before = self.problems;
        match kind_of(head) {
            None if self.takes(path) => {
                let mut member = Member {
                    path,
                    len,
                    head,
                    rest: &mut noting,
                };
                self.stopped |= self.visitor.member(&mut member).is_break();
            }
            None => {}
            Some(kind) => self.archive(kind, path, len, depth + 1, &mut head.chain(&mut noting)),
        }
        // What is inside has met the fault first and said so.
        if let Some(fault) = noting.fault
            && self.problems == before
        {
            self.problem(path, fault);
        }
    }

    /// An archive that comes as a stream. `depth` counts it, too.
    pub(crate) fn archive(
        &mut self,
        kind: ArchiveKind,
        path: &str,
        len: Option<u64>,
        depth: u32,
        reader: &mut dyn Read,
    ) {
        if depth > self.limits.nesting {
            let met = Limit::Nesting.met(depth.into(), self.limits.nesting.into());
            return self.problem(path, met);
        }
        match kind {
            ArchiveKind::Gzip => {
                let inner = BufReader::with_capacity(BUFFER, reader);
                let mut stream = Metered::new(GzipStream::new(inner), &self.meter);
                self.content(path, None, depth, &mut stream);
            }
            ArchiveKind::Zstd => {
                let inner = BufReader::with_capacity(BUFFER, reader);
                let stream = ZstdStream::new(inner, self.limits.window);
                let mut stream = Metered::new(Fenced::new(stream), &self.meter);
                self.content(path, None, depth, &mut stream);
            }
            ArchiveKind::Tar => tar::walk(self, path, depth, reader),
            ArchiveKind::Zip | ArchiveKind::Cab | ArchiveKind::SevenZ => {
                let allowed = self.limits.nested_in_memory;
                let mut bytes = Vec::new();
                match reader
                    .take(allowed.saturating_add(1))
                    .read_to_end(&mut bytes)
                {
                    // A zip that lacks its end is read as far as it goes.
                    Err(error) if bytes.is_empty() => return self.problem(path, error.into()),
                    Err(error) => self.problem(path, error.into()),
                    Ok(_) if bytes.len() as u64 > allowed => {
                        let found = len.unwrap_or(0).max(bytes.len() as u64);
                        return self.problem(path, Limit::NestedInMemory.met(found, allowed));
                    }
                    Ok(_) => {}
                }
                let source: Arc<dyn ReadAt> = Arc::new(bytes);
                let layout = Layout::list(kind, &source, path, self.limits);
                for trouble in layout.troubles() {
                    self.problem(path, trouble.clone());
                }
                for part in 0..layout.parts() {
                    if self.is_over() {
                        break;
                    }
                    layout.walk(part, &source, None, path, depth, self);
                }
            }
            ArchiveKind::Bzip2 | ArchiveKind::Xz | ArchiveKind::Rar => {
                self.problem(path, Trouble::Kind(kind));
            }
        }
        // Members were left out behind the one that met the limit.
        if let Some(met) = self.meter.met() {
            self.problem(path, met);
        }
    }

    /// Says that a name is longer than allowed, under as much of it as is bearable.
    pub(crate) fn name_too_long(&mut self, path: &str, name: &[u8], charset: Charset) {
        let met = Limit::Name.met(name.len() as u64, self.limits.name as u64);
        self.problem(&long_path(path, name, charset), met);
    }
}

/// The shown path of a member whose name is too long.
pub(crate) fn long_path(path: &str, name: &[u8], charset: Charset) -> String {
    let front = &name[..name.len().min(100)];
    format!("{path}!{}\u{2026}", shown_name(front, charset))
}

/// Remembers why a stream failed, and fails from then on.
struct Noting<'a> {
    inner: &'a mut dyn Read,
    meter: Rc<Meter>,
    fault: Option<Trouble>,
}

impl Read for Noting<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().into());
        }
        loop {
            match self.inner.read(buf) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    // Decoders may wrap what the meter said.
                    let fault = self.meter.met().unwrap_or_else(|| Trouble::of(&error));
                    self.fault = Some(fault.clone());
                    return Err(fault.into());
                }
                done => return done,
            }
        }
    }
}

/// Counts what comes out of a decoder.
pub(crate) struct Metered<R> {
    inner: R,
    meter: Rc<Meter>,
}

impl<R> Metered<R> {
    pub(crate) fn new(inner: R, meter: &Rc<Meter>) -> Metered<R> {
        Metered {
            inner,
            meter: Rc::clone(meter),
        }
    }

    pub(crate) fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(buf)?;
        self.meter.gave(len)?;
        Ok(len)
    }
}

/// Keeps a panic of a decoder that others wrote inside: it becomes a damage of the member.
pub(crate) struct Fenced<R> {
    inner: R,
    broken: bool,
}

impl<R> Fenced<R> {
    pub(crate) fn new(inner: R) -> Fenced<R> {
        Fenced {
            inner,
            broken: false,
        }
    }
}

impl<R: Read> Read for Fenced<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if !self.broken {
            let inner = &mut self.inner;
            // Nothing of the decoder is used again after a panic.
            if let Ok(done) = catch_unwind(AssertUnwindSafe(|| inner.read(buf))) {
                return done;
            }
            self.broken = true;
        }
        Err(Trouble::damaged("its decoder gave up").into())
    }
}

/// Exactly so many bytes of a stream: fewer are a truncation.
pub(crate) struct Exactly<'a> {
    pub(crate) inner: &'a mut dyn Read,
    pub(crate) left: u64,
}

impl Read for Exactly<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).map_or(buf.len(), |left| left.min(buf.len()));
        if most == 0 {
            return Ok(0);
        }
        let len = self.inner.read(&mut buf[..most])?;
        if len == 0 {
            return Err(Trouble::Truncated.into());
        }
        self.left -= len as u64;
        Ok(len)
    }
}

/// Reads a block of known length; a shorter one is a truncation.
pub(crate) fn block<const N: usize>(reader: &mut dyn Read) -> Result<[u8; N], Trouble> {
    let mut block = [0; N];
    if fill(reader, &mut block)? < N {
        return Err(Trouble::Truncated);
    }
    Ok(block)
}

/// Numbers in little-endian order; zero where there are no bytes.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    number(bytes, at).map_or(0, u16::from_le_bytes)
}

/// As [`u16_at`].
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    number(bytes, at).map_or(0, u32::from_le_bytes)
}

/// As [`u16_at`].
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    number(bytes, at).map_or(0, u64::from_le_bytes)
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}
