//! What an archive that can be jumped about in consists of: parts that can be read independently.

use std::io::Read;
use std::rc::Rc;
use std::sync::Arc;

use crate::cab::Cab;
use crate::kind::ArchiveKind;
use crate::limits::{Limits, Meter};
use crate::problem::Trouble;
use crate::sevenz::SevenZ;
use crate::source::{Cursor, ReadAt};
use crate::walk::Walker;
use crate::zip::Zip;

/// The parts of an archive.
pub(crate) enum Layout {
    Zip(Zip),
    Cab(Cab),
    SevenZ(Box<SevenZ>),
    /// One stream, which is one part.
    Stream(ArchiveKind),
}

/// What one part asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) path: Option<Arc<str>>,
    pub(crate) len: Option<u64>,
    pub(crate) packed: u64,
}

impl Layout {
    pub(crate) fn list(
        kind: ArchiveKind,
        source: &Arc<dyn ReadAt>,
        path: &str,
        limits: &Limits,
    ) -> Layout {
        match kind {
            ArchiveKind::Zip => Layout::Zip(Zip::list(source, path, limits)),
            ArchiveKind::Cab => Layout::Cab(Cab::list(source, path, limits)),
            ArchiveKind::SevenZ => Layout::SevenZ(Box::new(SevenZ::list(source, path, limits))),
            _ => Layout::Stream(kind),
        }
    }

    pub(crate) fn troubles(&self) -> &[Trouble] {
        match self {
            Layout::Zip(zip) => &zip.troubles,
            Layout::Cab(cab) => &cab.troubles,
            Layout::SevenZ(sevenz) => &sevenz.troubles,
            Layout::Stream(_) => &[],
        }
    }

    pub(crate) fn parts(&self) -> usize {
        match self {
            Layout::Zip(zip) if zip.is_unlisted => 1,
            Layout::Zip(zip) => zip.entries.len(),
            Layout::Cab(cab) => cab.parts(),
            Layout::SevenZ(sevenz) => sevenz.parts(),
            Layout::Stream(_) => 1,
        }
    }

    pub(crate) fn asked(&self, part: usize, size: u64) -> Asked {
        match self {
            Layout::Zip(zip) if !zip.is_unlisted => {
                zip.entries
                    .get(part)
                    .map_or_else(Asked::default, |entry| Asked {
                        path: Some(entry.path.clone()),
                        len: Some(entry.len),
                        packed: entry.packed.min(size),
                    })
            }
            Layout::Cab(cab) => cab.asked(part),
            Layout::SevenZ(sevenz) => sevenz.asked(part, size),
            _ => Asked {
                packed: size,
                ..Asked::default()
            },
        }
    }

    /// Walks one part. Bytes read are counted by the meter if the source lies on disk.
    pub(crate) fn walk(
        &self,
        part: usize,
        source: &Arc<dyn ReadAt>,
        meter: Option<&Rc<Meter>>,
        path: &str,
        depth: u32,
        walker: &mut Walker<'_>,
    ) {
        match self {
            Layout::Zip(zip) => zip.walk(part, source, meter, path, depth, walker),
            Layout::Cab(cab) => cab.walk(part, source, meter, path, depth, walker),
            Layout::SevenZ(sevenz) => sevenz.walk(part, source, meter, path, depth, walker),
            Layout::Stream(kind) => {
                let mut cursor = Cursor::new(source, 0, u64::MAX, meter);
                let reader: &mut dyn Read = &mut cursor;
                walker.archive(*kind, path, Some(source.size()), depth, reader);
            }
        }
    }
}
