//! What was said about a dialog.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::num::NonZeroU16;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use siptriage_diagnostics::{IceWarn, MediaSide};

use super::{Method, Tag};
use crate::around::Around;
use crate::caps::key_text;
use crate::{Carrier, Event, Media, Merge, Name, Names, Place, Smallest, Stamp, Zone};

/// Names and values. The names of a kind of diagnosis come in few sequences, and are longer than
/// most values: each sequence is kept once for all.
///
/// Compared, ordered and serialised as one text: `name=value`, with U+001F between pairs.
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    /// All names with U+001F between them; absent if there is no pair.
    names: Option<Name>,
    /// As many values, with U+001F between them.
    values: Box<str>,
}

/// Stands between pairs; a byte that no trace text has.
const BETWEEN: char = '\u{1f}';

impl Pairs {
    /// These names and values.
    pub fn new<'p>(
        pairs: impl IntoIterator<Item = (&'p str, &'p str), IntoIter: Clone>,
        shared: &Names,
    ) -> Pairs {
        let pairs = pairs.into_iter();
        if pairs.clone().next().is_none() {
            return Pairs::default();
        }
        let names = joined(pairs.clone().map(|(name, _)| name), |c| {
            c == '=' || c == BETWEEN
        });
        Pairs {
            names: Some(shared.name(&names)),
            values: joined(pairs.map(|(_, value)| value), |c| c == BETWEEN).into(),
        }
    }

    /// The names and values.
    pub fn view(&self) -> PairsView<'_> {
        PairsView {
            names: self.names.as_ref(),
            values: &self.values,
        }
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.names.is_none()
    }

    /// Names and values as written, in the order of the trace.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.view().iter()
    }

    /// The first value of this name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.view().get(name)
    }
}

/// Names and values that are kept as [`Pairs`] or as fields of a media section.
///
/// Compared, ordered and serialised as one text, as [`Pairs`] are.
#[derive(Debug, Clone, Copy)]
pub struct PairsView<'p> {
    names: Option<&'p Name>,
    values: &'p str,
}

impl<'p> PairsView<'p> {
    /// Whether there is no pair.
    pub fn is_empty(self) -> bool {
        self.names.is_none()
    }

    /// All names, with U+001F between them. If there is no pair, it is empty, as it is with one
    /// pair whose name is empty.
    pub fn names(self) -> &'p str {
        self.names.map_or("", Name::as_str)
    }

    /// As many values, with U+001F between them.
    pub fn values(self) -> &'p str {
        self.values
    }

    /// Names and values as written, in the order of the trace.
    pub fn iter(self) -> impl Iterator<Item = (&'p str, &'p str)> {
        let names = self.names.into_iter();
        let names = names.flat_map(|names| names.as_str().split(BETWEEN));
        names.zip(self.values.split(BETWEEN))
    }

    /// The first value of this name, whatever its case.
    pub fn get(self, name: &str) -> Option<&'p str> {
        let mut pairs = self.iter();
        pairs
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The one text that stands for it.
    fn bytes(self) -> impl Iterator<Item = u8> {
        let pairs = self.iter().enumerate();
        pairs.flat_map(|(place, (name, value))| {
            let between = (place > 0).then_some(BETWEEN as u8);
            between
                .into_iter()
                .chain(name.bytes())
                .chain([b'='])
                .chain(value.bytes())
        })
    }
}

impl PartialEq for PairsView<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values && self.names == other.names
    }
}

impl Eq for PairsView<'_> {}

impl PartialOrd for PairsView<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PairsView<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.names == other.names {
            // What stands between values that differ is less than any byte of a value.
            return self.values.cmp(other.values);
        }
        self.bytes().cmp(other.bytes())
    }
}

impl PartialEq for Pairs {
    fn eq(&self, other: &Self) -> bool {
        self.view() == other.view()
    }
}

impl Eq for Pairs {}

impl PartialOrd for Pairs {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pairs {
    fn cmp(&self, other: &Self) -> Ordering {
        self.view().cmp(&other.view())
    }
}

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = self.view().names();
        let mut text = String::with_capacity(2 * names.len() + self.values.len());
        for (name, value) in self.iter() {
            if !text.is_empty() {
                text.push(BETWEEN);
            }
            text.extend([name, "=", value]);
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let pairs = text.split(BETWEEN).filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Ok(Pairs::new(pairs, &Names::default()))
    }
}

/// Texts as one, with U+001F between them, and blanks for what may not be in them.
fn joined<'t>(
    texts: impl Iterator<Item = &'t str> + Clone,
    is_bad: impl Fn(char) -> bool,
) -> String {
    // Measured first: what is given back leaves holes between all that is kept.
    let lens = texts.clone().map(|text| text.len() + 1);
    let mut all = String::with_capacity(lens.sum::<usize>().saturating_sub(1));
    for (place, text) in texts.enumerate() {
        if place > 0 {
            all.push(BETWEEN);
        }
        push(&mut all, text, &is_bad);
    }
    all
}

/// Appends a text with blanks for what may not be in it.
fn push(text: &mut String, more: &str, is_bad: &impl Fn(char) -> bool) {
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

/// What a diagnosis says, apart from where it stood and from its parameters. A trace has few that
/// differ, and very many that do not: they share one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Said {
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
}

/// A diagnosis that a dialog met, wherever and however often it was logged.
///
/// What it [says](Said) is shared, and read as if it stood here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct DialogDiagnosis {
    said: Arc<Said>,
    /// Method of the message's transaction.
    pub method: Method,
    /// One more than the status: a status takes all other numbers.
    status: Option<NonZeroU16>,
    /// The end that sent the message, as far as tags tell.
    pub sender: Option<Tag>,
    /// All parameters but media debug, reason, source, and the Call-ID by which a report names the
    /// dialog.
    pub params: Pairs,
    /// Media sections.
    pub media: Box<[DialogMedia]>,
}

impl Deref for DialogDiagnosis {
    type Target = Said;

    fn deref(&self) -> &Said {
        &self.said
    }
}

impl PartialOrd for DialogDiagnosis {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By what it says, then by the message around it, then by its parameters.
impl Ord for DialogDiagnosis {
    fn cmp(&self, other: &Self) -> Ordering {
        let said = if Arc::ptr_eq(&self.said, &other.said) {
            Ordering::Equal
        } else {
            self.said.cmp(&other.said)
        };
        said.then_with(|| self.method.cmp(&other.method))
            .then_with(|| self.status.cmp(&other.status))
            .then_with(|| self.sender.cmp(&other.sender))
            .then_with(|| self.params.cmp(&other.params))
            .then_with(|| self.media.cmp(&other.media))
    }
}

impl DialogDiagnosis {
    /// What an event says, whatever the message around it.
    pub(crate) fn of(event: &Event<'_>, names: &Names) -> DialogDiagnosis {
        let kept = |(name, value): &(&str, &str)| {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            !is("reason")
                && !is("source")
                && !names_its_call(event.carrier, name, value)
                && MediaSide::from_param(name.as_bytes()).is_none()
        };
        let params = event.params.iter().map(|(name, value)| (&**name, &**value));
        let optional = |text: &Option<Cow<'_, str>>| {
            let text = text.as_deref().unwrap_or_default();
            names.name(&key_text(text))
        };
        let media = event.media.iter();
        let media = media.map(|media| DialogMedia::new(media, names));
        DialogDiagnosis {
            said: names.said(Said {
                code: event.code,
                carrier: event.carrier,
                header: event.header.map(|header| names.name(header.name())),
                sub_code: optional(&event.sub_code),
                reason: optional(&event.reason),
                source: optional(&event.source),
            }),
            method: Method::Other,
            status: None,
            sender: None,
            params: Pairs::new(params.filter(kept), names),
            media: media.collect(),
        }
    }

    /// Status, where the message is a response.
    pub fn status(&self) -> Option<u16> {
        self.status.map(|status| status.get() - 1)
    }

    /// The message around it is this one.
    pub(crate) fn stood_in(&mut self, around: &Around) {
        self.method = around.method;
        self.status = around.status.map(one_more);
        self.sender = around.sender;
    }
}

/// Whether this is the Call-ID by which a report names the dialog that it is about, as
/// [`Event::dialog`] reads it.
fn names_its_call(carrier: Carrier, name: &str, value: &str) -> bool {
    matches!(carrier, Carrier::Qoe | Carrier::DiagHeader)
        && name.eq_ignore_ascii_case("callId")
        && !value.trim().is_empty()
}

fn one_more(status: u16) -> NonZeroU16 {
    // No status is that great: it has three digits (RFC 3261, section 7.2).
    NonZeroU16::MIN.saturating_add(status)
}

/// How a diagnosis is written to a file.
#[derive(Serialize, Deserialize)]
struct Written {
    said: Arc<Said>,
    method: Method,
    status: Option<u16>,
    sender: Option<Tag>,
    params: Pairs,
    media: Box<[DialogMedia]>,
}

impl From<DialogDiagnosis> for Written {
    fn from(diagnosis: DialogDiagnosis) -> Self {
        Written {
            status: diagnosis.status(),
            said: diagnosis.said,
            method: diagnosis.method,
            sender: diagnosis.sender,
            params: diagnosis.params,
            media: diagnosis.media,
        }
    }
}

impl From<Written> for DialogDiagnosis {
    fn from(written: Written) -> Self {
        let carrier = written.said.carrier;
        let mut params = written.params;
        // Files of earlier versions have it.
        let has_call = |(name, value): (&str, &str)| names_its_call(carrier, name, value);
        if params.iter().any(has_call) {
            let kept: Vec<_> = params.iter().filter(|pair| !has_call(*pair)).collect();
            params = Pairs::new(kept, &Names::default());
        }
        DialogDiagnosis {
            said: written.said,
            method: written.method,
            status: written.status.map(one_more),
            sender: written.sender,
            params,
            media: written.media,
        }
    }
}

/// What a media section says, apart from masks and values of fields. As with [`Said`], there are
/// few that differ.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MediaKind {
    /// Whose view it is.
    pub side: Option<MediaSide>,
    /// `audio`, `video`, `application-sharing`, … as written.
    pub label: Name,
    /// Names of further fields, with U+001F between them; absent if there is none.
    fields: Option<Name>,
}

/// A media section of a diagnosis, or a media line of a quality report.
///
/// Its [kind](MediaKind) is shared, and read as if it stood here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "WrittenMedia", into = "WrittenMedia")]
pub struct DialogMedia {
    kind: Arc<MediaKind>,
    /// The ICEWarn mask.
    pub ice_warn: Option<u32>,
    /// `ICEWarnEx`.
    pub ice_warn_ex: Option<u32>,
    /// As many values as there are fields, with U+001F between them.
    values: Box<str>,
}

impl Deref for DialogMedia {
    type Target = MediaKind;

    fn deref(&self) -> &MediaKind {
        &self.kind
    }
}

impl DialogMedia {
    fn new(media: &Media<'_>, names: &Names) -> DialogMedia {
        let fields = media.fields.iter();
        let Pairs {
            names: fields,
            values,
        } = Pairs::new(fields.map(|(name, value)| (&**name, &**value)), names);
        let kind = MediaKind {
            side: media.side,
            label: names.name(&key_text(&media.label)),
            fields,
        };
        DialogMedia {
            kind: names.media_kind(kind),
            ice_warn: media.ice_warn.map(IceWarn::bits),
            ice_warn_ex: media.ice_warn_ex,
            values,
        }
    }

    /// The ICEWarn mask.
    pub fn mask(&self) -> Option<IceWarn> {
        self.ice_warn.map(IceWarn::from_bits)
    }

    /// All further fields.
    pub fn fields(&self) -> PairsView<'_> {
        PairsView {
            names: self.kind.fields.as_ref(),
            values: &self.values,
        }
    }
}

impl PartialEq for DialogMedia {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for DialogMedia {}

impl PartialOrd for DialogMedia {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By side, label, masks and fields.
impl Ord for DialogMedia {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.side.cmp(&other.side))
            .then_with(|| self.label.cmp(&other.label))
            .then_with(|| self.ice_warn.cmp(&other.ice_warn))
            .then_with(|| self.ice_warn_ex.cmp(&other.ice_warn_ex))
            .then_with(|| self.fields().cmp(&other.fields()))
    }
}

/// How a media section is written to a file.
#[derive(Serialize, Deserialize)]
struct WrittenMedia {
    #[serde(with = "side")]
    side: Option<MediaSide>,
    label: Name,
    ice_warn: Option<u32>,
    ice_warn_ex: Option<u32>,
    fields: Pairs,
}

impl From<DialogMedia> for WrittenMedia {
    fn from(media: DialogMedia) -> Self {
        WrittenMedia {
            side: media.side,
            label: media.label.clone(),
            ice_warn: media.ice_warn,
            ice_warn_ex: media.ice_warn_ex,
            fields: Pairs {
                names: media.kind.fields.clone(),
                values: media.values,
            },
        }
    }
}

impl From<WrittenMedia> for DialogMedia {
    fn from(written: WrittenMedia) -> Self {
        DialogMedia {
            kind: Arc::new(MediaKind {
                side: written.side,
                label: written.label,
                fields: written.fields.names,
            }),
            ice_warn: written.ice_warn,
            ice_warn_ex: written.ice_warn_ex,
            values: written.fields.values,
        }
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

/// No diagnoses are written as nothing at all: most dialogs have none.
pub(super) mod or_none {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::DialogDiagnoses;

    pub(in crate::dialog) fn serialize<S: Serializer>(
        diagnoses: &DialogDiagnoses,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let some = (!diagnoses.is_empty()).then_some(diagnoses);
        some.serialize(serializer)
    }

    pub(in crate::dialog) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<DialogDiagnoses, D::Error> {
        Option::deserialize(deserializer).map(Option::unwrap_or_default)
    }
}

/// How often, when and where a diagnosis of a dialog was met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenSightings", into = "WrittenSightings")]
pub struct Sightings {
    /// Of the first stamp, where there is one: its parts stand beside the count, which leaves no
    /// room between them.
    micros: i64,
    zone: Option<Zone>,
    count: u32,
    /// The smallest places.
    pub places: Smallest<Place, 4>,
}

/// How sightings are written to a file.
#[derive(Serialize, Deserialize)]
struct WrittenSightings {
    count: u64,
    first: Option<Stamp>,
    places: Smallest<Place, 4>,
}

impl From<Sightings> for WrittenSightings {
    fn from(sightings: Sightings) -> Self {
        WrittenSightings {
            count: sightings.count(),
            first: sightings.first(),
            places: sightings.places,
        }
    }
}

impl From<WrittenSightings> for Sightings {
    fn from(written: WrittenSightings) -> Self {
        Sightings::new(written.count, written.first, written.places)
    }
}

impl Sightings {
    fn new(count: u64, first: Option<Stamp>, places: Smallest<Place, 4>) -> Sightings {
        Sightings {
            micros: first.map_or(0, |stamp| stamp.micros),
            zone: first.map(|stamp| stamp.zone),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            places,
        }
    }

    /// Met once, then and there.
    pub(super) fn once(time: Option<Stamp>, place: &Place) -> Sightings {
        let mut places = Smallest::default();
        places.offer(place.clone());
        Sightings::new(1, time, places)
    }

    /// How many times, copies too; `u32::MAX` stands for more.
    pub fn count(&self) -> u64 {
        u64::from(self.count)
    }

    /// The first stamp.
    pub fn first(&self) -> Option<Stamp> {
        let micros = self.micros;
        self.zone.map(|zone| Stamp { micros, zone })
    }
}

impl Merge for Sightings {
    fn merge(&mut self, other: Self) {
        let first = match (self.first(), other.first()) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
        let count = self.count() + other.count();
        let mut places = std::mem::take(&mut self.places);
        places.merge(other.places);
        *self = Sightings::new(count, first, places);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Pairs {
        Pairs::new(pairs.iter().copied(), &Names::default())
    }

    #[test]
    fn names_and_values_come_back() {
        let pairs = pairs(&[("LocalSite", "192.0.2.1:5"), ("a=b", "c=d"), ("empty", "")]);
        let read: Vec<_> = pairs.iter().collect();
        assert_eq!(
            read,
            [("LocalSite", "192.0.2.1:5"), ("a b", "c=d"), ("empty", "")]
        );
        assert_eq!(pairs.get("localsite"), Some("192.0.2.1:5"));
        assert_eq!(Pairs::default().iter().count(), 0);
    }

    #[test]
    fn pairs_are_ordered_and_kept_as_one_text() {
        let texts = ["", "a", "ab", "b", "a\u{1f}", "é"];
        let mut all = vec![Pairs::default()];
        for name in texts {
            for value in texts {
                all.push(pairs(&[(name, value)]));
                all.push(pairs(&[(name, value), ("a", "b")]));
                all.push(pairs(&[("a", "b"), (name, value)]));
            }
        }
        let text = |pairs: &Pairs| serde_json::to_string(pairs).expect("text");
        let bytes = |pairs: &Pairs| -> Vec<u8> { pairs.view().bytes().collect() };
        for left in &all {
            let read: Pairs = serde_json::from_str(&text(left)).expect("any text is one of pairs");
            assert_eq!(&read, left);
            let written: String = serde_json::from_str(&text(left)).expect("text");
            assert_eq!(written.as_bytes(), bytes(left));
            for right in &all {
                assert_eq!(left.cmp(right), bytes(left).cmp(&bytes(right)));
                assert_eq!(left == right, bytes(left) == bytes(right));
            }
        }
    }

    #[test]
    fn a_diagnosis_comes_back_from_a_file_also_from_one_with_its_call_in_it() {
        let names = Names::default();
        let event = |params: &[(&'static str, &'static str)]| Event {
            place: Place {
                file: "a.log".into(),
                offset: 7,
                line: 1,
            },
            trace_format: "server",
            time: None,
            header: None,
            carrier: Carrier::Qoe,
            code: None,
            sub_code: None,
            reason: None,
            source: None,
            params: params
                .iter()
                .map(|(n, v)| ((*n).into(), (*v).into()))
                .collect(),
            media: vec![Media {
                side: Some(MediaSide::Callee),
                label: "main-audio".into(),
                ice_warn: Some(IceWarn::from_bits(0x20)),
                fields: vec![("Ice".into(), "DIRECT".into())],
                ..Media::default()
            }],
            cut: false,
            message: crate::Message::default(),
        };
        let read = DialogDiagnosis::of(&event(&[("CallId", "a1"), ("End", "b")]), &names);
        assert_eq!(read.params.iter().collect::<Vec<_>>(), [("End", "b")]);
        assert_eq!(read.media[0].fields().get("ice"), Some("DIRECT"));
        let mut written = serde_json::to_value(&read).expect("text");
        let again = |written| serde_json::from_value::<DialogDiagnosis>(written).expect("its own");
        assert_eq!(again(written.clone()), read);
        written["params"] = "CallId=a1\u{1f}End=b".into();
        assert_eq!(again(written.clone()), read);
        // One without a value names no call.
        written["params"] = "CallId=\u{1f}End=b".into();
        let blank = DialogDiagnosis::of(&event(&[("CallId", ""), ("End", "b")]), &names);
        assert_eq!(again(written), blank);
        assert_ne!(blank, read);
    }

    #[test]
    fn names_in_one_sequence_are_kept_once() {
        let shared = Names::default();
        let pairs = |value| Pairs::new([("Ice", value), ("Protocol", "0")], &shared);
        let (one, other) = (pairs("DIRECT"), pairs("RELAY"));
        let (Some(one), Some(other)) = (&one.names, &other.names) else {
            panic!("there are names");
        };
        assert!(one.is_same(other));
    }
}
