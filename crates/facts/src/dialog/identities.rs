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
    /// All that were met, copies too.
    seen: u32,
    kept: Kept,
}

#[derive(Debug, Clone)]
enum Kept {
    /// All of them in order, as long as they are so few; 0 stands for none.
    Few([u32; INSIDE]),
    /// All of them, where they are more.
    Many {
        /// Sorted up to here, behind that as they came.
        settled: u32,
        identities: Vec<u32>,
    },
}

impl Default for Kept {
    fn default() -> Self {
        Kept::Few([0; INSIDE])
    }
}

impl Kept {
    /// Holds these, which are sorted and different.
    fn of(identities: Vec<u32>) -> Kept {
        if identities.len() <= INSIDE {
            let mut few = [0; INSIDE];
            few[..identities.len()].copy_from_slice(&identities);
            return Kept::Few(few);
        }
        Kept::Many {
            // All of them differ, and 0 is none: there are no more than this holds.
            settled: identities.len() as u32,
            identities,
        }
    }

    fn insert(&mut self, identity: u32) {
        match self {
            Kept::Few(few) => {
                let len = few.iter().take_while(|own| **own != 0).count();
                let Err(at) = few[..len].binary_search(&identity) else {
                    return;
                };
                if len < INSIDE {
                    few[at..=len].rotate_right(1);
                    few[at] = identity;
                    return;
                }
                let mut identities = Vec::with_capacity(INSIDE * 2);
                identities.extend_from_slice(few);
                identities.insert(at, identity);
                *self = Kept::of(identities);
            }
            Kept::Many {
                settled,
                identities,
            } => {
                let sorted = *settled as usize;
                let Err(at) = identities[..sorted].binary_search(&identity) else {
                    return;
                };
                // A few are put in their place; of very many, the last half waits to be sorted in.
                if sorted < 64 && sorted == identities.len() {
                    identities.insert(at, identity);
                    *settled += 1;
                    return;
                }
                identities.push(identity);
                if identities.len() > sorted * 2 {
                    self.settle();
                }
            }
        }
    }

    /// Sorts what waits.
    fn settle(&mut self) {
        if let Kept::Many {
            settled,
            identities,
        } = self
            && (*settled as usize) < identities.len()
        {
            identities.sort_unstable();
            identities.dedup();
            *settled = identities.len() as u32;
        }
    }

    /// All of them, sorted and different.
    fn into_sorted(mut self) -> Vec<u32> {
        self.settle();
        match self {
            Kept::Few(few) => few.into_iter().take_while(|own| *own != 0).collect(),
            Kept::Many { identities, .. } => identities,
        }
    }
}

impl Identities {
    pub(super) fn observe(&mut self, identity: u32) {
        self.seen = self.seen.saturating_add(1);
        // 0 stands for none.
        self.kept.insert(identity.max(1));
    }

    /// All of them, sorted and different.
    fn sorted(&self) -> Vec<u32> {
        self.kept.clone().into_sorted()
    }

    /// Sorts what waits, and gives back what memory is spare.
    pub(super) fn shrink(&mut self) {
        self.kept.settle();
        if let Kept::Many { identities, .. } = &mut self.kept {
            identities.shrink_to_fit();
        }
    }

    /// How many different messages there are.
    pub fn distinct(&self) -> u64 {
        let count = match &self.kept {
            // Those that are none stand last: nothing has to be decided to count the others.
            Kept::Few(few) => few.iter().filter(|own| **own != 0).count(),
            Kept::Many {
                settled,
                identities,
            } if *settled as usize == identities.len() => identities.len(),
            Kept::Many { .. } => self.sorted().len(),
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
        self.seen == other.seen && self.sorted() == other.sorted()
    }
}

impl Eq for Identities {}

impl Merge for Identities {
    fn merge(&mut self, mut other: Self) {
        self.seen = self.seen.saturating_add(other.seen);
        if let Kept::Few(_) = self.kept {
            std::mem::swap(&mut self.kept, &mut other.kept);
        }
        if let Kept::Few(few) = other.kept {
            // As nearly always.
            for identity in few.into_iter().take_while(|own| *own != 0) {
                self.kept.insert(identity);
            }
            self.shrink();
            return;
        }
        let mut all = std::mem::take(&mut self.kept).into_sorted();
        all.append(&mut other.kept.into_sorted());
        all.sort_unstable();
        all.dedup();
        all.shrink_to_fit();
        self.kept = Kept::of(all);
    }
}

impl Serialize for Identities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.sorted(), self.seen).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Identities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (mut identities, seen): (Vec<u32>, u32) = Deserialize::deserialize(deserializer)?;
        identities.retain(|identity| *identity != 0);
        identities.sort_unstable();
        identities.dedup();
        Ok(Identities {
            seen,
            kept: Kept::of(identities),
        })
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
