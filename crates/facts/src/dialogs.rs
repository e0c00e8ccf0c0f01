//! Dialogs by Call-ID.

use std::fmt;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::LazyLock;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{CallId, Dialog, Merge};

/// Secret of this run, so that nobody can write a trace whose Call-IDs all fall into one place of
/// the table. One for all tables, so that a hash can be taken from one to another.
static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// Dialogs by Call-ID, in no order: there may be millions, and each message looks for its own.
///
/// Which order [`Dialogs::iter`] has depends on how the traces were read; [`Dialogs::sorted`] is
/// the same for the same traces.
#[derive(Clone, Default)]
pub struct Dialogs {
    /// Places in `entries`, each with a half of its hash: most that do not match are told apart
    /// here, and a table that grows need not look at the entries.
    places: HashTable<(u32, u32)>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    call_id: CallId,
    dialog: Dialog,
}

/// The hash of a Call-ID; it holds in this run only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallIdHash(u64);

impl CallIdHash {
    /// The hash of the Call-ID with these bytes, which must be those of [`CallId::text`].
    pub fn of(call_id: &[u8]) -> CallIdHash {
        CallIdHash(SECRET.hash_one(call_id))
    }

    fn half(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// The table asks for hashes again when it grows: the half that is kept must do.
fn spread(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Dialogs {
    /// The dialog of a Call-ID, made empty where there is none yet.
    ///
    /// # Panics
    /// With four thousand million dialogs, for which no memory is large enough.
    pub fn entry(
        &mut self,
        call_id: &[u8],
        hash: CallIdHash,
        make: impl FnOnce() -> CallId,
    ) -> &mut Dialog {
        let at = self.place(call_id, hash, make);
        &mut self.entries[at].dialog
    }

    fn place(&mut self, call_id: &[u8], hash: CallIdHash, make: impl FnOnce() -> CallId) -> usize {
        let half = hash.half();
        if let Some(at) = self.find(call_id, half) {
            return at;
        }
        self.push(
            half,
            Entry {
                call_id: make(),
                dialog: Dialog::default(),
            },
        );
        self.entries.len() - 1
    }

    /// Where the entry of a Call-ID is.
    fn find(&self, call_id: &[u8], half: u32) -> Option<usize> {
        let entries = &self.entries;
        let is = |&(own, at): &(u32, u32)| own == half && entries[at as usize].call_id.is(call_id);
        let (_, at) = self.places.find(spread(half), is)?;
        Some(*at as usize)
    }

    /// Puts in an entry whose Call-ID is not there.
    fn push(&mut self, half: u32, entry: Entry) {
        let place = u32::try_from(self.entries.len()).expect("dialogs fit into memory");
        self.places
            .insert_unique(spread(half), (half, place), |(half, _)| spread(*half));
        self.entries.push(entry);
    }

    /// The dialog of a Call-ID.
    pub fn get(&self, call_id: &CallId) -> Option<&Dialog> {
        self.get_key_value(call_id).map(|(_, dialog)| dialog)
    }

    /// The Call-ID that is kept, and its dialog.
    pub fn get_key_value(&self, call_id: &CallId) -> Option<(&CallId, &Dialog)> {
        let text = call_id.text();
        let at = self.find(text.as_bytes(), CallIdHash::of(text.as_bytes()).half())?;
        let Entry { call_id, dialog } = &self.entries[at];
        Some((call_id, dialog))
    }

    /// Call-IDs and dialogs, in no order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&CallId, &Dialog)> {
        let entries = self.entries.iter();
        entries.map(|Entry { call_id, dialog }| (call_id, dialog))
    }

    /// Those that [`Dialogs::iter`] gives at these places: a share of them. Places beyond the last
    /// have none.
    pub fn share(&self, places: Range<usize>) -> impl ExactSizeIterator<Item = (&CallId, &Dialog)> {
        let end = places.end.min(self.entries.len());
        let entries = self.entries[places.start.min(end)..end].iter();
        entries.map(|Entry { call_id, dialog }| (call_id, dialog))
    }

    /// Call-IDs and dialogs in the order of the Call-IDs.
    pub fn sorted(&self) -> Vec<(&CallId, &Dialog)> {
        let mut all: Vec<_> = self.iter().collect();
        all.sort_unstable_by(|left, right| left.0.cmp(right.0));
        all
    }

    /// Dialogs in no order, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Dialog> {
        self.entries.iter_mut().map(|entry| &mut entry.dialog)
    }

    /// Keeps what `keep` says of, and drops the rest.
    pub fn retain(&mut self, mut keep: impl FnMut(&CallId, &Dialog) -> bool) {
        let entries = std::mem::take(&mut self.entries);
        self.places.clear();
        for entry in entries {
            if keep(&entry.call_id, &entry.dialog) {
                self.put(entry);
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts in a dialog, or adds it to the one of its Call-ID.
    fn put(&mut self, entry: Entry) {
        let (half, at) = self.look_for(&entry);
        self.put_at(half, at, entry);
    }

    /// The half of an entry's hash, and where the entry of its Call-ID is.
    fn look_for(&self, entry: &Entry) -> (u32, Option<usize>) {
        let text = entry.call_id.text();
        let half = CallIdHash::of(text.as_bytes()).half();
        (half, self.find(text.as_bytes(), half))
    }

    /// Puts in an entry that was [looked for](Dialogs::look_for).
    fn put_at(&mut self, half: u32, at: Option<usize>, entry: Entry) {
        match at {
            Some(at) => self.entries[at].dialog.merge(entry.dialog),
            None => self.push(half, entry),
        }
    }
}

impl Merge for Dialogs {
    fn merge(&mut self, mut other: Self) {
        if self.len() < other.len() {
            std::mem::swap(self, &mut other);
        }
        let Dialogs {
            places,
            mut entries,
        } = other;
        drop(places);
        // Some at a time: those that are looked for together are waited for together, and what was
        // taken out is given back, so that nothing is there twice.
        let mut found = Vec::new();
        while !entries.is_empty() {
            let block = (entries.len() - 1) / BLOCK * BLOCK;
            found.extend(entries[block..].iter().map(|entry| self.look_for(entry)));
            for (entry, (half, at)) in entries.drain(block..).zip(found.drain(..)) {
                self.put_at(half, at, entry);
            }
            if block.is_multiple_of(GIVEN_BACK) {
                entries.shrink_to_fit();
            }
        }
    }
}

/// So many dialogs are looked for together.
const BLOCK: usize = 1 << 7;

/// So many dialogs are given back at once.
const GIVEN_BACK: usize = BLOCK << 4;

/// Equal if they hold the same dialogs.
impl PartialEq for Dialogs {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(call_id, dialog)| other.get(call_id) == Some(dialog))
    }
}

impl Eq for Dialogs {}

impl fmt::Debug for Dialogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.sorted()).finish()
    }
}

/// A list of pairs, in the order of the Call-IDs.
impl Serialize for Dialogs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.sorted())
    }
}

impl<'de> Deserialize<'de> for Dialogs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = Dialogs::default();
        for (call_id, dialog) in Vec::<(CallId, Dialog)>::deserialize(deserializer)? {
            read.put(Entry { call_id, dialog });
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialogs_are_found_and_kept_apart() {
        let mut dialogs = Dialogs::default();
        let text = |n: u32| format!("call-{n}@example.com");
        for n in (0..3000).chain(1000..2000) {
            let text = text(n);
            let hash = CallIdHash::of(text.as_bytes());
            let dialog = dialogs.entry(text.as_bytes(), hash, || CallId::from(text.as_str()));
            dialog.methods.add(crate::Method::Invite);
        }
        assert_eq!(dialogs.len(), 3000);
        for n in 0..3000 {
            assert!(dialogs.get(&CallId::from(text(n).as_str())).is_some());
        }
        assert!(dialogs.get(&CallId::from("other")).is_none());
        let sorted = dialogs.sorted();
        assert!(sorted.is_sorted_by(|left, right| left.0 < right.0));
        let shares = [0..1, 1..1, 1..2999, 2999..4000, 5000..6000];
        let shares = shares.into_iter().flat_map(|share| dialogs.share(share));
        assert!(shares.eq(dialogs.iter()));
        let mut half = dialogs.clone();
        half.retain(|call_id, _| call_id.text().len() == text(100).len());
        assert_eq!(half.len(), 900);
        assert!(half.get(&CallId::from(text(100).as_str())).is_some());
        assert!(half.get(&CallId::from(text(99).as_str())).is_none());
        half.merge(dialogs.clone());
        assert_eq!(half, dialogs);
    }
}
