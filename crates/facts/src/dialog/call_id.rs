//! Call-IDs, and the numbers that stand for them.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::digest::Digest;
use crate::caps::cut;

/// Longest text that is kept without memory of its own: the products write 32 digits.
const INSIDE: usize = 38;

/// A Call-ID as written (RFC 3261, section 20.8); a very long one is cut.
#[derive(Clone)]
pub struct CallId(Text);

/// There is one for every call: a short text is kept where it is looked for.
#[derive(Clone)]
enum Text {
    Inside(u8, [u8; INSIDE]),
    Outside(Box<str>),
}

impl CallId {
    /// The Call-ID as written.
    pub fn as_str(&self) -> &str {
        // It was text when it was put in.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Inside(len, bytes) => &bytes[..usize::from(*len)],
            Text::Outside(text) => text.as_bytes(),
        }
    }

    /// The number that stands for it in tallies.
    pub fn dialog(&self) -> DialogId {
        DialogId::of(self.as_str())
    }
}

impl From<&str> for CallId {
    fn from(text: &str) -> Self {
        let text = cut(text.trim());
        if text.len() > INSIDE {
            return CallId(Text::Outside(text.into()));
        }
        let mut bytes = [0; INSIDE];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        CallId(Text::Inside(text.len() as u8, bytes))
    }
}

/// For looking up: bytes are ordered as their text is, and need not be proven to be text.
impl Borrow<[u8]> for CallId {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Borrow<str> for CallId {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for CallId {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for CallId {}

impl PartialOrd for CallId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CallId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CallId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(CallId::from(String::deserialize(deserializer)?.as_str()))
    }
}

/// A number that stands for a Call-ID where very many are kept: the same for the same text on
/// every machine and in every version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DialogId(u64);

impl DialogId {
    /// The number of this Call-ID.
    pub fn of(call_id: &str) -> DialogId {
        DialogId(Digest::default().text(cut(call_id.trim())).end())
    }

    /// In which of so many equal parts of all numbers it is; greater numbers are in the same or a
    /// later one, and those of a trace in each about as many.
    pub fn part(self, of: usize) -> usize {
        ((u128::from(self.0) * of as u128) >> u64::BITS) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_parts_in_their_order() {
        let mut ids: Vec<DialogId> = (0..1000).map(|n| DialogId::of(&n.to_string())).collect();
        ids.sort_unstable();
        for of in [1, 7, 1000] {
            let parts: Vec<usize> = ids.iter().map(|id| id.part(of)).collect();
            assert!(parts.is_sorted() && parts.iter().all(|part| *part < of));
        }
        assert_eq!((DialogId(0).part(9), DialogId(u64::MAX).part(9)), (0, 8));
    }

    #[test]
    fn call_ids_are_ordered_as_their_text_whatever_their_length() {
        let texts = [
            "",
            "a",
            "b@192.0.2.1",
            &"7".repeat(38),
            &"7".repeat(39),
            &"é".repeat(19),
            &"é".repeat(20),
        ]
        .map(String::from);
        for left in &texts {
            let id = CallId::from(left.as_str());
            assert_eq!(id.as_str(), left);
            for right in &texts {
                assert_eq!(id.cmp(&CallId::from(right.as_str())), left.cmp(right));
            }
        }
        assert_eq!(CallId::from(" a\t"), CallId::from("a"));
        assert!(CallId::from("x".repeat(5000).as_str()).as_str().len() <= 1024);
        assert_eq!(size_of::<CallId>(), 40);
    }
}
