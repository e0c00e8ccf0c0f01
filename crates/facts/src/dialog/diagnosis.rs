//! What was said about a dialog.

use serde::{Deserialize, Serialize};
use siptriage_diagnostics::{IceWarn, MediaSide};

use super::{Method, Tag};
use crate::{Carrier, Merge, Name, Place, Smallest, Stamp};

/// Names and values as one text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pairs(Box<str>);

/// Stands between pairs; a byte that no trace text has.
const BETWEEN: char = '\u{1f}';

impl Pairs {
    /// These names and values.
    pub fn new<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str), IntoIter: Clone>) -> Pairs {
        let pairs = pairs.into_iter();
        // Measured first: what is given back leaves holes between all that is kept.
        let lens = pairs
            .clone()
            .map(|(name, value)| name.len() + value.len() + 2);
        let mut text = String::with_capacity(lens.sum::<usize>().saturating_sub(1));
        for (name, value) in pairs {
            if !text.is_empty() {
                text.push(BETWEEN);
            }
            push(&mut text, name, |c| c == '=' || c == BETWEEN);
            text.push('=');
            push(&mut text, value, |c| c == BETWEEN);
        }
        Pairs(text.into())
    }

    /// All of it as one text: `name=value`, with U+001F between pairs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names and values as written, in the order of the trace.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.split(BETWEEN).filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }

    /// The first value of this name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.iter();
        pairs
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// Appends a text with blanks for what may not be in it.
fn push(text: &mut String, more: &str, is_bad: impl Fn(char) -> bool) {
    // Both are ASCII, and hardly ever there.
    let any = more
        .bytes()
        .fold(false, |any, byte| any | is_bad(char::from(byte)));
    if any {
        text.extend(more.chars().map(|c| if is_bad(c) { ' ' } else { c }));
    } else {
        text.push_str(more);
    }
}

/// A diagnosis that a dialog met, wherever and however often it was logged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DialogDiagnosis {
    /// The code; absent in server records and quality reports.
    pub code: Option<u32>,
    /// What it stood in.
    pub carrier: Carrier,
    /// Name of the header in lower case, where it stood in one.
    pub header: Option<Name>,
    /// What follows the code after a full stop; empty where there is nothing.
    pub sub_code: Name,
    /// The reason as written; empty where there is none.
    pub reason: Name,
    /// `source`; empty where there is none.
    pub source: Name,
    /// Method of the message's transaction.
    pub method: Method,
    /// Status, where the message is a response.
    pub status: Option<u16>,
    /// The end that sent the message, as far as tags tell.
    pub sender: Option<Tag>,
    /// All parameters but media debug, reason and source.
    pub params: Pairs,
    /// Media sections.
    pub media: Vec<DialogMedia>,
}

/// A media section of a diagnosis, or a media line of a quality report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DialogMedia {
    /// Whose view it is.
    #[serde(with = "side")]
    pub side: Option<MediaSide>,
    /// `audio`, `video`, `application-sharing`, … as written.
    pub label: Name,
    /// The ICEWarn mask.
    pub ice_warn: Option<u32>,
    /// `ICEWarnEx`.
    pub ice_warn_ex: Option<u32>,
    /// All further fields.
    pub fields: Pairs,
}

impl DialogMedia {
    /// The ICEWarn mask.
    pub fn mask(&self) -> Option<IceWarn> {
        self.ice_warn.map(IceWarn::from_bits)
    }
}

/// Sides as words, since the crate of the words knows no serde.
mod side {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use siptriage_diagnostics::MediaSide;

    pub(super) fn serialize<S: Serializer>(
        side: &Option<MediaSide>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        side.map(MediaSide::name).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<MediaSide>, D::Error> {
        match Option::<String>::deserialize(deserializer)?.as_deref() {
            None => Ok(None),
            Some("caller") => Ok(Some(MediaSide::Caller)),
            Some("callee") => Ok(Some(MediaSide::Callee)),
            Some(other) => Err(D::Error::custom(format!("no side of a call: {other}"))),
        }
    }
}

/// How often, when and where a diagnosis of a dialog was met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    /// How many times, copies too.
    pub count: u64,
    /// The first stamp.
    pub first: Option<Stamp>,
    /// The smallest places.
    pub places: Smallest<Place, 4>,
}

impl Merge for Sightings {
    fn merge(&mut self, other: Self) {
        let Sightings {
            count,
            first,
            places,
        } = other;
        self.count.merge(count);
        self.first = match (self.first, first) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
        self.places.merge(places);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_come_back() {
        let pairs = Pairs::new([("LocalSite", "192.0.2.1:5"), ("a=b", "c=d"), ("empty", "")]);
        let read: Vec<_> = pairs.iter().collect();
        assert_eq!(
            read,
            [("LocalSite", "192.0.2.1:5"), ("a b", "c=d"), ("empty", "")]
        );
        assert_eq!(pairs.get("localsite"), Some("192.0.2.1:5"));
        assert_eq!(Pairs::default().iter().count(), 0);
    }
}
