//! Inputs that look like copies of each other: a folder beside its archive, a log that was saved
//! twice. Each message of them counts once in calls whatever happens, but diagnoses count as often
//! as they are written, so that a reader must know.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::sync::{Mutex, PoisonError};

use foldhash::quality::RandomState;
use siptriage_facts::{Name, SkipReason, Skipped};

use crate::source::Source;

/// How much of the beginning and of the end of an input is looked at.
pub(crate) const EDGE: usize = 4096;

/// What is noticed of all inputs of a scan.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    secret: RandomState,
    /// Length, edges by a hash with a secret, and name.
    seen: Mutex<Vec<(u64, u64, Name)>>,
}

impl Copies {
    /// Notices a file.
    ///
    /// # Errors
    /// As [`Source::raw`].
    pub(crate) fn file(&self, name: &Name, source: &Source) -> io::Result<()> {
        let len = source.len();
        let head = source.raw(0, EDGE as u64)?;
        let tail = source.raw(len.saturating_sub(EDGE as u64), EDGE as u64)?;
        self.edges(name, len, &head, &tail);
        Ok(())
    }

    /// Notices an input of this length that begins and ends so: the first and the last [`EDGE`]
    /// bytes, or all of them.
    pub(crate) fn edges(&self, name: &Name, len: u64, head: &[u8], tail: &[u8]) {
        let mut hasher = self.secret.build_hasher();
        hasher.write(head);
        hasher.write(tail);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push((len, hasher.finish(), name.clone()));
    }

    /// What is said of each input that looks like one whose name comes before its own.
    pub(crate) fn found(&self) -> Vec<Skipped> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut alike: BTreeMap<(u64, u64), Vec<&Name>> = BTreeMap::new();
        for (len, edges, name) in &*seen {
            alike.entry((*len, *edges)).or_default().push(name);
        }
        let mut found = Vec::new();
        for names in alike.values_mut().filter(|names| names.len() > 1) {
            names.sort_unstable();
            let (first, others) = names.split_at(1);
            for name in others {
                found.push(Skipped {
                    file: (*name).clone(),
                    reason: SkipReason::Copy,
                    detail: format!("as long as {}, with the same beginning and end", first[0])
                        .into(),
                });
            }
        }
        found
    }
}
