//! Messages, each counted once.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Merge;

/// As many messages as most calls have fit into the dialog itself.
const INSIDE: usize = 7;

/// Messages of a dialog, each counted once, however often it was logged.
///
/// A message is the same if Call-ID, `CSeq`, `RSeq`, tags, method or status, and the diagnoses it
/// carries are. Not the request URI and `Via`, which every hop writes anew, and not the time.
///
/// Identities are hashes of 32 bits: of a dialog with ten messages, two are taken for one once in
/// a hundred million dialogs.
#[derive(Debug, Clone, Default)]
pub struct Identities {
    /// All of them in order, as long as they are so few; 0 stands for none.
    few: [u32; INSIDE],
    /// All that were met, copies too.
    seen: u32,
    /// All of them, where they are more.
    many: Option<Box<Many>>,
}

#[derive(Debug, Clone, Default)]
struct Many {
    /// Sorted up to `settled`, behind that as they came.
    identities: Vec<u32>,
    settled: usize,
}

impl Many {
    fn observe(&mut self, identity: u32) {
        let settled = self.settled;
        let Err(at) = self.identities[..settled].binary_search(&identity) else {
            return;
        };
        // A few are put in their place; of very many, the last half waits to be sorted in.
        if settled < 64 && settled == self.identities.len() {
            self.identities.insert(at, identity);
            self.settled += 1;
            return;
        }
        self.identities.push(identity);
        if self.identities.len() > settled * 2 {
            self.settle();
        }
    }

    fn settle(&mut self) {
        if self.settled < self.identities.len() {
            self.identities.sort_unstable();
            self.identities.dedup();
            self.settled = self.identities.len();
        }
    }
}

impl Identities {
    pub(super) fn observe(&mut self, identity: u32) {
        self.seen = self.seen.saturating_add(1);
        // 0 stands for none.
        self.insert(identity.max(1));
    }

    fn insert(&mut self, identity: u32) {
        if let Some(many) = &mut self.many {
            many.observe(identity);
            return;
        }
        let len = self.few.iter().take_while(|own| **own != 0).count();
        let Err(at) = self.few[..len].binary_search(&identity) else {
            return;
        };
        if len < INSIDE {
            self.few[at..=len].rotate_right(1);
            self.few[at] = identity;
            return;
        }
        let mut identities = Vec::with_capacity(INSIDE * 2);
        identities.extend_from_slice(&self.few);
        identities.insert(at, identity);
        self.hold(identities);
    }

    /// Keeps these, which are sorted and different.
    fn hold(&mut self, identities: Vec<u32>) {
        self.few = [0; INSIDE];
        self.many = None;
        if identities.len() <= INSIDE {
            self.few[..identities.len()].copy_from_slice(&identities);
        } else {
            let settled = identities.len();
            self.many = Some(Box::new(Many {
                identities,
                settled,
            }));
        }
    }

    /// All of them, sorted and different.
    fn take(&mut self) -> Vec<u32> {
        match self.many.take() {
            Some(mut many) => {
                many.settle();
                many.identities
            }
            None => {
                let few = std::mem::take(&mut self.few);
                few.into_iter().take_while(|own| *own != 0).collect()
            }
        }
    }

    /// Sorts what waits, and gives back what memory is spare.
    pub(super) fn shrink(&mut self) {
        if let Some(many) = &mut self.many {
            many.settle();
            many.identities.shrink_to_fit();
        }
    }

    /// How many different messages there are.
    pub fn distinct(&self) -> u64 {
        let count = match &self.many {
            // Those that are none stand last: nothing has to be decided to count the others.
            None => self.few.iter().filter(|own| **own != 0).count(),
            Some(many) if many.settled == many.identities.len() => many.settled,
            Some(_) => self.clone().take().len(),
        };
        count as u64
    }

    /// How many were met, copies too.
    pub fn seen(&self) -> u64 {
        u64::from(self.seen)
    }

    /// How many were copies of others.
    pub fn copies(&self) -> u64 {
        self.seen().saturating_sub(self.distinct())
    }
}

impl PartialEq for Identities {
    fn eq(&self, other: &Self) -> bool {
        self.seen == other.seen && self.clone().take() == other.clone().take()
    }
}

impl Eq for Identities {}

impl Merge for Identities {
    fn merge(&mut self, mut other: Self) {
        self.seen = self.seen.saturating_add(other.seen);
        if self.many.is_none() {
            std::mem::swap(&mut self.few, &mut other.few);
            std::mem::swap(&mut self.many, &mut other.many);
        }
        if other.many.is_none() {
            // As nearly always.
            for identity in other.few.into_iter().take_while(|own| *own != 0) {
                self.insert(identity);
            }
            self.shrink();
            return;
        }
        let mut all = self.take();
        all.append(&mut other.take());
        all.sort_unstable();
        all.dedup();
        all.shrink_to_fit();
        self.hold(all);
    }
}

impl Serialize for Identities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.clone().take(), self.seen).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Identities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (mut identities, seen): (Vec<u32>, u32) = Deserialize::deserialize(deserializer)?;
        identities.retain(|identity| *identity != 0);
        identities.sort_unstable();
        identities.dedup();
        let mut read = Identities {
            seen,
            ..Identities::default()
        };
        read.hold(identities);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_counted_however_many_there_are() {
        for count in [3u32, 14, 30, 1000] {
            let numbers = || (0..count).map(|n| n.wrapping_mul(2_654_435_761) % (count / 2 + 1));
            let mut one = Identities::default();
            numbers().for_each(|n| one.observe(n));
            let mut different: Vec<u32> = numbers().map(|n| n.max(1)).collect();
            different.sort_unstable();
            different.dedup();
            assert_eq!(one.distinct(), different.len() as u64, "{count}");
            assert_eq!(one.copies(), u64::from(count) - different.len() as u64);
            let mut both = one.clone();
            both.merge(one.clone());
            assert_eq!(both.distinct(), one.distinct());
            assert_eq!(both.seen(), u64::from(count) * 2);
            let json = serde_json::to_string(&one).unwrap();
            assert_eq!(serde_json::from_str::<Identities>(&json).unwrap(), one);
        }
    }
}
