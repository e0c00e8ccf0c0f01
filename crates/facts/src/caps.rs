//! How much of hostile input is kept: every bound on what facts hold, in one place.
//!
//! Facts grow with what is different in the input, not with its length. What a trace can make
//! different as often as it likes is bounded here, but for three things that are counted exactly
//! however many there are: Call-IDs (some 220 bytes a call, `docs/decisions/008`), users, and
//! numbers (codes and masks).

use std::borrow::Cow;

use crate::facts::{FailureKey, LocationPair, QualityKey, ResponseKey, ServerRecordKey};

/// Longest reason, text or name that is kept as a key, in bytes. Longer ones are cut there, so
/// that hostile input cannot make keys of megabytes; the number of occurrences stays exact.
pub const MAX_KEY_LEN: usize = 1024;

/// Most different texts that are kept as keys of one table; of failures, most different reasons of
/// one code. Products have some hundreds.
///
/// Those that are smallest in the order of their text are kept, because that can be merged: what is
/// not among the smallest of all is dropped by some part at the latest, and what is among them by
/// none. So the rows that are there are exact, and what was dropped is in the row [`OTHERS`], which
/// is exact too: it is what all the dropped ones add up to.
pub const MAX_TEXTS: usize = 1000;

/// The key of what [`MAX_TEXTS`] drops. No text of a trace is kept under it.
pub const OTHERS: &str = "(others)";

/// Most bytes of texts that all dialogs share (`Names`). Further texts are kept by each dialog
/// that has them, which changes nothing but memory.
pub const MAX_SHARED_BYTES: usize = 256 << 20;

/// Most sequences of code, header, reason and source that diagnoses of dialogs share, and of sides,
/// labels and names of fields that media sections share. Products have some hundreds.
pub(crate) const MAX_SHARED_KINDS: usize = 1 << 16;

/// The front of a text that is short enough for a key.
pub(crate) fn cut(text: &str) -> &str {
    if text.len() <= MAX_KEY_LEN {
        return text;
    }
    let mut end = MAX_KEY_LEN;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A text of a trace as a key.
pub(crate) fn key(text: &str) -> Box<str> {
    key_text(text).into()
}

/// The same, borrowed where the text can be a key as it is.
pub(crate) fn key_text(text: &str) -> Cow<'_, str> {
    let text = match cut(text) {
        whole if whole.len() == text.len() => Cow::Borrowed(text),
        front => format!("{front}…").into(),
    };
    // Nobody may hide behind our own word.
    if text == OTHERS {
        return format!("\"{OTHERS}\"").into();
    }
    text
}

/// A key with a text of the trace in it.
pub(crate) trait TextKey: Ord + Clone {
    /// Keys of which each group has so many texts of its own, in the order of the keys.
    type Group: PartialEq;

    /// The group.
    fn group(&self) -> Self::Group;

    /// The key of those that are dropped.
    fn others(&self) -> Self;
}

impl TextKey for Box<str> {
    type Group = ();

    fn group(&self) {}

    fn others(&self) -> Box<str> {
        OTHERS.into()
    }
}

/// Reasons of each code.
impl TextKey for FailureKey {
    type Group = u32;

    fn group(&self) -> u32 {
        self.code
    }

    fn others(&self) -> FailureKey {
        FailureKey {
            code: self.code,
            sub_code: "".into(),
            reason: OTHERS.into(),
        }
    }
}

/// Other methods keep their status.
impl TextKey for ResponseKey {
    type Group = ();

    fn group(&self) {}

    fn others(&self) -> ResponseKey {
        ResponseKey {
            method: OTHERS.into(),
            ..*self
        }
    }
}

impl TextKey for LocationPair {
    type Group = ();

    fn group(&self) {}

    fn others(&self) -> LocationPair {
        LocationPair {
            local: OTHERS.into(),
            remote: OTHERS.into(),
        }
    }
}

impl TextKey for ServerRecordKey {
    type Group = ();

    fn group(&self) {}

    fn others(&self) -> ServerRecordKey {
        ServerRecordKey {
            severity: "".into(),
            result: "".into(),
            name: "".into(),
            text: OTHERS.into(),
        }
    }
}

impl TextKey for QualityKey {
    type Group = ();

    fn group(&self) {}

    fn others(&self) -> QualityKey {
        QualityKey {
            label: OTHERS.into(),
            ice: "".into(),
            ice_warn: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Groups;
    use crate::merge::keep_cap;

    #[test]
    fn a_text_is_cut_between_characters_and_says_so() {
        assert_eq!(&*key("short"), "short");
        assert_eq!(cut("short"), "short");
        // The cut falls into the last character, of three bytes.
        let long = format!("{}€", "x".repeat(MAX_KEY_LEN - 1));
        assert_eq!(cut(&long).len(), MAX_KEY_LEN - 1);
        assert_eq!(&*key(&long), format!("{}…", "x".repeat(MAX_KEY_LEN - 1)));
        let whole = "x".repeat(MAX_KEY_LEN);
        assert_eq!(&*key(&whole), whole);
        assert_eq!(&*key(OTHERS), "\"(others)\"");
    }

    #[test]
    fn every_code_has_its_own_cap() {
        let mut groups: Groups<FailureKey, u64> = Groups::default();
        for code in [24, 25] {
            for reason in 0..MAX_TEXTS + 7 {
                let reason = format!("{reason:05}").into();
                let sub_code = "".into();
                groups.count(FailureKey {
                    code,
                    sub_code,
                    reason,
                });
            }
        }
        // Of one code a few more than may be kept, of the other none.
        groups.count(FailureKey {
            code: 26,
            sub_code: "".into(),
            reason: "one".into(),
        });
        let all = groups.total();
        keep_cap(&mut groups);
        assert_eq!(groups.total(), all);
        assert_eq!(groups.len(), 2 * (MAX_TEXTS + 1) + 1);
        let others = groups.iter().filter(|(key, _)| &*key.reason == OTHERS);
        let others: Vec<(u32, u64)> = others.map(|(key, count)| (key.code, *count)).collect();
        assert_eq!(others, [(24, 7), (25, 7)]);
        // What is capped already stays as it is.
        let once = groups.clone();
        keep_cap(&mut groups);
        assert_eq!(groups, once);
    }
}
