//! Text that occurs in very many places, kept once.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::quality::RandomState;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::caps::{MAX_SHARED_BYTES, MAX_SHARED_KINDS};
use crate::{MediaKind, Said, Writer};

/// A text that many dialogs share: an address, a user agent, a file. One pointer wide; copies
/// share the text. Compared, ordered and serialised as text.
#[derive(Clone)]
pub struct Name(Arc<Box<str>>);

impl Name {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both share one text. Equal texts nearly always do, but need not.
    pub fn is_same(&self, other: &Name) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// By text; texts that are shared need not be looked at.
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.as_str() == other.as_str()
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.is_same(other) {
            return Ordering::Equal;
        }
        self.as_str().cmp(other.as_str())
    }
}

impl Default for Name {
    fn default() -> Self {
        Name::from("")
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name(Arc::new(text.into()))
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Name(Arc::new(text.into()))
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Name::from(String::deserialize(deserializer)?.as_str()))
    }
}

/// Some of the texts that are shared.
#[derive(Debug, Default)]
struct Shelf {
    known: HashSet<Name, RandomState>,
    /// Bytes of them.
    bytes: usize,
}

/// Gives equal texts the same [`Name`], for all threads of a scan. Only memory depends on it: of
/// texts beyond [`MAX_SHARED_BYTES`] everybody has a copy of his own.
#[derive(Debug, Default)]
pub struct Names {
    texts: [Mutex<Shelf>; 16],
    writers: Mutex<HashSet<Arc<Writer>, RandomState>>,
    said: Mutex<HashSet<Arc<Said>, RandomState>>,
    media_kinds: Mutex<HashSet<Arc<MediaKind>, RandomState>>,
}

impl Names {
    /// The name of this text.
    pub fn name(&self, text: &str) -> Name {
        // Ends differ more than beginnings do: `sip:` and the like.
        let last = text.as_bytes().iter().rev().take(12);
        let sum = last.fold(0usize, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(usize::from(*byte))
        });
        let shard = &self.texts[(sum ^ text.len()) % self.texts.len()];
        // A thread that panicked inside left a set that is whole.
        let mut shelf = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = shelf.known.get(text) {
            return name.clone();
        }
        let name = Name::from(text);
        // With what stands around a text.
        let bytes = text.len() + 64;
        if shelf.bytes + bytes <= MAX_SHARED_BYTES / self.texts.len() {
            shelf.bytes += bytes;
            shelf.known.insert(name.clone());
        }
        name
    }

    /// What a diagnosis says, shared.
    pub(crate) fn said(&self, said: Said) -> Arc<Said> {
        shared(&self.said, said, MAX_SHARED_KINDS)
    }

    /// What a media section says, shared.
    pub(crate) fn media_kind(&self, kind: MediaKind) -> Arc<MediaKind> {
        shared(&self.media_kinds, kind, MAX_SHARED_KINDS)
    }

    /// The writer, shared.
    pub(crate) fn writer(&self, writer: Writer) -> Arc<Writer> {
        shared(&self.writers, writer, usize::MAX)
    }
}

/// The one that all share which is equal to this. When so many are known, everybody has a copy of
/// his own of further ones.
fn shared<T: Hash + Eq>(
    known: &Mutex<HashSet<Arc<T>, RandomState>>,
    one: T,
    most: usize,
) -> Arc<T> {
    // A thread that panicked inside left a set that is whole.
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = known.get(&one) {
        return same.clone();
    }
    let one = Arc::new(one);
    if known.len() < most {
        known.insert(one.clone());
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_one_name() {
        let names = Names::default();
        let (one, other) = (
            names.name("sip:ann@example.com"),
            names.name("sip:ann@example.com"),
        );
        assert!(Arc::ptr_eq(&one.0, &other.0));
        assert_ne!(one, names.name("sip:ben@example.com"));
        assert_eq!(size_of::<Option<Name>>(), size_of::<usize>());
    }
}
