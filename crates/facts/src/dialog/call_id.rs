//! Call-IDs, and the numbers that stand for them.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::digest::Digest;
use crate::caps::cut;

/// Longest text that is kept as it is without memory of its own.
const INSIDE: usize = 22;

/// A Call-ID as written (RFC 3261, section 20.8); a very long one is cut.
#[derive(Clone, PartialEq, Eq)]
pub struct CallId(Text);

/// There is one for every call: it is kept where it is looked for, and short. The same text is
/// always kept in the same way.
#[derive(Clone, PartialEq, Eq)]
enum Text {
    /// Hexadecimal digits of lower case, two in a byte: so many is what the products write.
    Digits([u8; 16]),
    /// So many of these bytes; all others are 0.
    Inside(u8, [u8; INSIDE]),
    Outside(Box<str>),
}

/// The text of a [`CallId`], which is made for whom asks for it.
#[derive(Clone)]
pub struct CallIdText<'c>(Written<'c>);

#[derive(Clone)]
enum Written<'c> {
    Kept(&'c [u8]),
    Made([u8; 32]),
}

impl fmt::Debug for CallIdText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}

impl CallIdText<'_> {
    fn bytes(&self) -> &[u8] {
        match &self.0 {
            Written::Kept(bytes) => bytes,
            Written::Made(digits) => digits,
        }
    }
}

impl Deref for CallIdText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        // It was text when it was put in.
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }
}

/// The digits, one in a byte.
fn one_by_one(digits: &[u8; 16]) -> [u8; 32] {
    let digit = |digit: u8| digit + if digit < 10 { b'0' } else { b'a' - 10 };
    let mut text = [0; 32];
    for (two, both) in text.as_chunks_mut::<2>().0.iter_mut().zip(digits) {
        *two = [digit(both >> 4), digit(both & 15)];
    }
    text
}

/// Two digits in a byte, of 32 hexadecimal digits of lower case.
fn in_pairs(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 32] = text.as_bytes().try_into().ok()?;
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut digits = [0; 16];
    for (both, [first, second]) in digits.iter_mut().zip(text.as_chunks::<2>().0) {
        *both = value(*first)? << 4 | value(*second)?;
    }
    Some(digits)
}

impl CallId {
    /// The Call-ID as written.
    pub fn text(&self) -> CallIdText<'_> {
        CallIdText(match &self.0 {
            Text::Digits(digits) => Written::Made(one_by_one(digits)),
            Text::Inside(len, bytes) => Written::Kept(&bytes[..usize::from(*len)]),
            Text::Outside(text) => Written::Kept(text.as_bytes()),
        })
    }

    /// Whether this is its text.
    pub(crate) fn is(&self, text: &[u8]) -> bool {
        self.text().bytes() == text
    }

    /// The number that stands for it in tallies.
    pub fn dialog(&self) -> DialogId {
        DialogId::of(&self.text())
    }
}

impl From<&str> for CallId {
    fn from(text: &str) -> Self {
        let text = cut(text.trim());
        if let Some(digits) = in_pairs(text) {
            return CallId(Text::Digits(digits));
        }
        if text.len() > INSIDE {
            return CallId(Text::Outside(text.into()));
        }
        let mut bytes = [0; INSIDE];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        CallId(Text::Inside(text.len() as u8, bytes))
    }
}

impl PartialOrd for CallId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As their texts.
impl Ord for CallId {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            // Of lower case, greater digits are greater bytes.
            (Text::Digits(own), Text::Digits(other)) => own.cmp(other),
            _ => self.text().bytes().cmp(other.text().bytes()),
        }
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
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
            &"7".repeat(22),
            &"7".repeat(23),
            &"7".repeat(31),
            &"7".repeat(32),
            &"7".repeat(33),
            "0123456789abcdef0123456789abcdef",
            "f0123456789abcdef0123456789abcde",
            "f0123456789abcdef0123456789abcdE",
            "0123456789abcdef0123456789abcdeg",
            &"é".repeat(11),
            &"é".repeat(12),
            &"é".repeat(16),
        ]
        .map(String::from);
        for left in &texts {
            let id = CallId::from(left.as_str());
            assert_eq!(&*id.text(), left);
            assert!(id.is(left.as_bytes()));
            for right in &texts {
                assert_eq!(id.cmp(&CallId::from(right.as_str())), left.cmp(right));
                assert_eq!(id == CallId::from(right.as_str()), left == right);
                assert_eq!(id.is(right.as_bytes()), left == right);
            }
        }
        assert_eq!(CallId::from(" a\t"), CallId::from("a"));
        assert!(CallId::from("x".repeat(5000).as_str()).text().len() <= 1024);
        assert_eq!(size_of::<CallId>(), 24);
    }
}
