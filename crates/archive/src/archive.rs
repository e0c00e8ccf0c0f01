//! An archive on disk: its parts, and what each may ask for.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use crate::kind::{ArchiveKind, HEAD, kind_of};
use crate::layout::Layout;
use crate::limits::{Limit, Limits, Meter};
use crate::path::Wanted;
use crate::problem::Problem;
use crate::source::{Cursor, ReadAt, fill};
use crate::walk::{Visitor, Walker};

/// A piece of an archive that can be read without the others: a member of a zip, a folder of a
/// cabinet, a block of a 7z; a tar, gz or zst is one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The shown path, if it is one member alone.
    pub path: Option<Arc<str>>,
    /// How many bytes come out of it, as far as the archive says.
    pub len: Option<u64>,
    /// How much of the file it takes, about; to share out work and to show progress.
    pub packed: u64,
}

/// What may come out of a part.
#[derive(Debug, Clone, Copy)]
enum Share {
    Of(u64),
    /// Nothing, since with those before it so much would come out.
    None(u64),
}

/// An archive in a file, with its list of members where it has one.
///
/// It can be read from several threads at the same time, each reading parts of its own. What they
/// find does not depend on which thread reads which part when: limits are shared out beforehand.
pub struct Archive {
    name: String,
    kind: ArchiveKind,
    source: Arc<dyn ReadAt>,
    limits: Limits,
    layout: Layout,
    parts: Vec<Part>,
    shares: Vec<Share>,
    problems: Vec<Problem>,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("parts", &self.parts.len())
            .finish_non_exhaustive()
    }
}

impl Archive {
    /// Opens what may be an archive and reads its list of members; `name` is the front of all shown
    /// paths. Nothing if it is no archive. One that cannot be read has problems and no parts.
    ///
    /// # Errors
    ///
    /// If the front of the file cannot be read.
    pub fn open(
        name: &str,
        source: Arc<dyn ReadAt>,
        limits: &Limits,
    ) -> io::Result<Option<Archive>> {
        let mut head = [0; HEAD];
        let len = fill(&mut Cursor::whole(&source), &mut head)?;
        let Some(kind) = kind_of(&head[..len]) else {
            return Ok(None);
        };
        let layout = Layout::list(kind, &source, name, limits);
        let parts: Vec<Part> = (0..layout.parts())
            .map(|part| {
                let asked = layout.asked(part, source.size());
                Part {
                    path: asked.path,
                    len: asked.len,
                    packed: asked.packed,
                }
            })
            .collect();
        let problems = (layout.troubles().iter())
            .map(|trouble| Problem {
                path: name.to_owned(),
                trouble: trouble.clone(),
            })
            .collect();
        Ok(Some(Archive {
            name: name.to_owned(),
            kind,
            shares: shares(&parts, limits.inflated),
            source,
            limits: limits.clone(),
            layout,
            parts,
            problems,
        }))
    }

    /// What it is.
    pub fn kind(&self) -> ArchiveKind {
        self.kind
    }

    /// Its parts, in the order of its list.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What is the matter with the archive as a whole. Those of members come while they are read.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Reads a part: all members in it that are wanted, those of archives in it, too.
    ///
    /// It breaks off if the visitor did. A number that is none of a part's gives nothing.
    pub fn read(
        &self,
        part: usize,
        wanted: Option<&Wanted>,
        visitor: &mut dyn Visitor,
    ) -> ControlFlow<()> {
        let Some(share) = self.shares.get(part) else {
            return ControlFlow::Continue(());
        };
        let allowance = match share {
            Share::Of(share) => *share,
            Share::None(_) => 0,
        };
        let meter = Rc::new(Meter::new(&self.limits, allowance));
        let mut walker = Walker::new(&self.name, &self.limits, Rc::clone(&meter), wanted, visitor);
        if let Share::None(found) = share {
            let path = self.parts.get(part).and_then(|part| part.path.as_deref());
            if path.is_none_or(|path| walker.wants(path)) {
                let met = Limit::Inflated.met(*found, self.limits.inflated);
                walker.problem(path.unwrap_or(&self.name), met);
            }
            return ControlFlow::Continue(());
        }
        self.layout
            .walk(part, &self.source, Some(&meter), &self.name, 1, &mut walker);
        walker.flow()
    }

    /// Reads all parts one after the other, after the problems of the whole.
    pub fn walk(&self, wanted: Option<&Wanted>, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        for problem in &self.problems {
            visitor.problem(problem.clone());
        }
        (0..self.parts.len()).try_for_each(|part| self.read(part, wanted, visitor))
    }
}

/// Walks what comes from a pipe: an archive, or a member that has the name of the whole.
///
/// A zip, cab or 7z is read into memory first, up to [`Limits::nested_in_memory`].
pub fn walk_stream(
    name: &str,
    reader: &mut dyn Read,
    limits: &Limits,
    wanted: Option<&Wanted>,
    visitor: &mut dyn Visitor,
) -> ControlFlow<()> {
    let meter = Rc::new(Meter::new(limits, limits.inflated));
    let mut taken = Taken {
        inner: reader,
        meter: Rc::clone(&meter),
    };
    let mut walker = Walker::new(name, limits, meter, wanted, visitor);
    walker.content(name, None, 0, &mut taken);
    walker.flow()
}

/// Counts what comes from a pipe.
struct Taken<'a> {
    inner: &'a mut dyn Read,
    meter: Rc<Meter>,
}

impl Read for Taken<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(buf)?;
        self.meter.took(len);
        Ok(len)
    }
}

/// Shares out what may come out of the whole: to each part what its list says, and of the rest,
/// which archives inside may need, as much as it takes of the file.
fn shares(parts: &[Part], allowed: u64) -> Vec<Share> {
    let mut left = allowed;
    let mut asked = 0;
    let mut shares: Vec<Share> = (parts.iter())
        .map(|part| {
            let len = part.len.unwrap_or(0);
            asked = u64::saturating_add(asked, len);
            match left.checked_sub(len) {
                Some(rest) => {
                    left = rest;
                    Share::Of(len)
                }
                None => Share::None(asked),
            }
        })
        .collect();
    // One more for each, so that parts that take nothing have a share, too.
    let whole: u128 = parts.iter().map(|part| u128::from(part.packed) + 1).sum();
    for (share, part) in shares.iter_mut().zip(parts) {
        if let Share::Of(len) = share {
            let rest = u128::from(left) * (u128::from(part.packed) + 1) / whole;
            *len = len.saturating_add(u64::try_from(rest).unwrap_or(u64::MAX));
        }
    }
    shares
}
