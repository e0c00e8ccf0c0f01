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
    /// So many of these bytes; all others are 0.
    Inside(u8, [u8; INSIDE]),
    /// Longer, but of hexadecimal digits.
    Digits(Digits),
    Outside(Box<str>),
}

/// Most digits that are kept two in a byte: the products write 32.
const MOST_DIGITS: usize = 42;

/// Hexadecimal digits, two in a byte.
#[derive(Clone, PartialEq, Eq)]
struct Digits {
    are_upper: bool,
    /// How many of them there are; those behind are 0. Of a GUID, whose 32 digits have hyphens
    /// between them, [`GUID`].
    len: u8,
    pairs: [u8; MOST_DIGITS / 2],
}

/// Stands for the length of a GUID (RFC 4122, section 3).
const GUID: u8 = u8::MAX;

/// Lengths of the parts of a GUID between which hyphens stand.
const GUID_PARTS: [usize; 5] = [8, 4, 4, 4, 12];

/// 1 in each of eight bytes.
const EACH: u64 = 0x0101_0101_0101_0101;

/// Room for each text of digits that are kept two in a byte.
const MADE: usize = 48;

impl Digits {
    /// These digits, if they are of one case, with or without the hyphens of a GUID.
    fn of(text: &[u8]) -> Option<Digits> {
        let mut digits = [b'0'; MADE];
        let len = if let Ok(guid) = <&[u8; 36]>::try_from(text) {
            let (mut from, mut to) = (0, 0);
            for count in GUID_PARTS {
                digits[to..to + count].copy_from_slice(&guid[from..from + count]);
                (from, to) = (from + count + 1, to + count);
            }
            GUID
        } else if text.len() <= MOST_DIGITS {
            digits[..text.len()].copy_from_slice(text);
            text.len() as u8
        } else {
            return None;
        };
        let mut pairs = [0; MOST_DIGITS / 2];
        for (four, eight) in pairs.chunks_mut(4).zip(digits.as_chunks::<8>().0) {
            four.copy_from_slice(&Digits::in_pairs(*eight)[..four.len()]);
        }
        let read = Digits {
            are_upper: text.iter().any(u8::is_ascii_uppercase),
            len,
            pairs,
        };
        // What is no digit was taken for one.
        read.is(text).then_some(read)
    }

    /// The four bytes that [`Digits::spell`] spells so, if these are digits of one case.
    fn in_pairs(eight: [u8; 8]) -> [u8; 4] {
        let text = u64::from_be_bytes(eight);
        let letters = text >> 6 & EACH;
        let mut digits = ((text & (EACH * 0x0f)) + letters * 9) & (EACH * 0x0f);
        digits = (digits | digits >> 4) & 0x00ff_00ff_00ff_00ff;
        digits = (digits | digits >> 8) & 0x0000_ffff_0000_ffff;
        ((digits | digits >> 16) as u32).to_be_bytes()
    }

    /// The eight digits of four bytes, or of fewer and 0 behind them. All at once: each message
    /// looks for its dialog.
    fn spell(&self, pairs: &[u8]) -> [u8; 8] {
        let mut four = [0; 4];
        four[..pairs.len()].copy_from_slice(pairs);
        let mut digits = u64::from(u32::from_be_bytes(four));
        digits = (digits | digits << 16) & 0x0000_ffff_0000_ffff;
        digits = (digits | digits << 8) & 0x00ff_00ff_00ff_00ff;
        digits = (digits | digits << 4) & (EACH * 0x0f);
        // 1 for each that is a letter.
        let letters = (digits + EACH * 6) >> 4 & EACH;
        let ten = if self.are_upper { b'A' } else { b'a' };
        let to_letter = u64::from(ten - b'0' - 10);
        (digits + EACH * u64::from(b'0') + letters * to_letter).to_be_bytes()
    }

    /// Whether this is the text.
    fn is(&self, text: &[u8]) -> bool {
        if self.len == GUID {
            let (own, len) = self.text();
            return own[..len] == *text;
        }
        if usize::from(self.len) != text.len() {
            return false;
        }
        let (eights, rest) = text.as_chunks::<8>();
        let (pairs, last) = self.pairs.split_at(eights.len() * 4);
        let (fours, _) = pairs.as_chunks::<4>();
        let same = |(eight, four): (&[u8; 8], &[u8; 4])| self.spell(four) == *eight;
        eights.iter().zip(fours).all(same)
            && (rest.is_empty() || self.spell(&last[..last.len().min(4)]).starts_with(rest))
    }

    /// The text, and how long it is.
    fn text(&self) -> ([u8; MADE], usize) {
        let mut text = [0; MADE];
        let eights = text.as_chunks_mut::<8>().0.iter_mut();
        for (eight, four) in eights.zip(self.pairs.chunks(4)) {
            *eight = self.spell(four);
        }
        if self.len != GUID {
            return (text, usize::from(self.len));
        }
        // From the end, so that nothing is written over that is still to be moved.
        let (mut from, mut to) = (32, 36);
        for count in GUID_PARTS.into_iter().rev() {
            text.copy_within(from - count..from, to - count);
            (from, to) = (from - count, to - count);
            if to > 0 {
                to -= 1;
                text[to] = b'-';
            }
        }
        (text, 36)
    }
}

/// The text of a [`CallId`], which is made for whom asks for it.
#[derive(Clone)]
pub struct CallIdText<'c>(Written<'c>);

#[derive(Clone)]
enum Written<'c> {
    Kept(&'c [u8]),
    Made([u8; MADE], usize),
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
            Written::Made(text, len) => &text[..*len],
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

impl CallId {
    /// The Call-ID as written.
    pub fn text(&self) -> CallIdText<'_> {
        CallIdText(match &self.0 {
            Text::Inside(len, bytes) => Written::Kept(&bytes[..usize::from(*len)]),
            Text::Digits(digits) => {
                let (text, len) = digits.text();
                Written::Made(text, len)
            }
            Text::Outside(text) => Written::Kept(text.as_bytes()),
        })
    }

    /// Whether this is its text.
    pub(crate) fn is(&self, text: &[u8]) -> bool {
        match &self.0 {
            Text::Digits(digits) => digits.is(text),
            Text::Inside(..) | Text::Outside(_) => self.text().bytes() == text,
        }
    }

    /// The number that stands for it in tallies.
    pub fn dialog(&self) -> DialogId {
        DialogId::of(&self.text())
    }
}

impl From<&str> for CallId {
    fn from(text: &str) -> Self {
        let text = cut(text.trim());
        if text.len() > INSIDE {
            return CallId(match Digits::of(text.as_bytes()) {
                Some(digits) => Text::Digits(digits),
                None => Text::Outside(text.into()),
            });
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
            // Of one case, greater digits are greater bytes.
            (Text::Digits(own), Text::Digits(other))
                if (own.are_upper, own.len) == (other.are_upper, other.len) =>
            {
                own.pairs.cmp(&other.pairs)
            }
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
            &"7".repeat(42),
            &"7".repeat(43),
            "0123456789abcdef0123456789abcdef",
            "f0123456789abcdef0123456789abcde",
            "f0123456789abcdef0123456789abcd",
            "f0123456789ABCDEF0123456789abcde",
            "F0123456789ABCDEF0123456789ABCDE",
            "F0123456789ABCDEF0123456789ABCD",
            "0123456789abcdef0123456789abcdeg",
            "01234567-89ab-cdef-0123-456789abcdef",
            "01234567-89AB-CDEF-0123-456789ABCDEF",
            "01234567-89ab-cdef-0123-456789ABCDEF",
            "01234567-89ab-cdef-01234-56789abcdef",
            "01234567-89ab-cdef-0123-456789abcde-",
            "01234567a89ab-cdef-0123-456789abcdef",
            "0123456789abcdef0123456789abcdef0123",
            &"é".repeat(11),
            &"é".repeat(12),
            &"é".repeat(18),
            &"é".repeat(21),
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
