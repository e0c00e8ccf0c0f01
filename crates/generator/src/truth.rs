//! The exact counts a trace holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

/// The exact counts of a trace, known because it was made up: counted while it is written, or
/// written down by hand beside a hand-made trace. No reader of traces takes part.
///
/// Serialised as JSON: the tables are lists of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Bytes of the file, in its own encoding.
    pub bytes: u64,
    /// Lines of the file.
    pub lines: u64,
    /// Bytes of message bodies as they were on the wire, part headers of multipart bodies
    /// included.
    pub body_bytes: u64,
    /// SIP dialogues and single transactions: distinct Call-IDs of messages.
    pub call_ids: u64,
    /// By trace format, `client` or `server`. Other formats of a mixed file have no row here:
    /// where their records end is for the reader to say.
    pub formats: BTreeMap<String, FormatTruth>,
    /// SIP requests.
    pub requests: u64,
    /// SIP responses.
    pub responses: u64,
    /// SIP messages by method and status.
    pub messages: Rows<MessageKey, Occurrences>,
    /// Diagnoses by carrier: `header`, `cdr`, `diag-header`, `server-record`, `qoe` (reports),
    /// `text`.
    pub carriers: BTreeMap<String, u64>,
    /// Diagnoses of carrier `header` by header name in lower case.
    pub headers: BTreeMap<String, u64>,
    /// Diagnoses of carriers `header`, `cdr` and `diag-header` by code and reason.
    pub failures: Rows<FailureKey, Tally>,
    /// ICEWarn masks of those diagnoses.
    pub patterns: Rows<PatternKey, Occurrences>,
    /// SIP responses of class 4xx, 5xx and 6xx.
    pub failure_responses: Rows<ResponseKey, Tally>,
    /// Labels of those diagnoses' media sections; empty where the trace names none.
    pub media: Rows<LabelKey, Occurrences>,
    /// Location pairs of those media sections; a missing location is the empty string.
    pub locations: Rows<LocationKey, Occurrences>,
    /// `FederationType` of those media sections; a missing one is the empty string.
    pub federation: Rows<FederationKey, Occurrences>,
    /// Diagnostic records of servers.
    pub server_records: Rows<ServerRecordKey, Occurrences>,
    /// Media lines of quality reports.
    pub quality: Rows<QualityKey, Occurrences>,
    /// What stands in the way of a reader, by kind: `no-code`, `code-too-large`, `cut-value`,
    /// `malformed-mask`. Only hand-made traces have any.
    pub troubles: BTreeMap<String, u64>,
    /// Places that look like a diagnosis and are none.
    pub decoys: u64,
}

/// What one trace format contributes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatTruth {
    /// Records: of a client log, entries with their continuation lines; of a server log,
    /// `$$begin_record` blocks with their prefix line, and single lines.
    pub records: u64,
    /// SIP requests in them.
    pub requests: u64,
    /// SIP responses in them.
    pub responses: u64,
}

/// Method and status of a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageKey {
    /// Method; of a response, that of its request.
    pub method: String,
    /// Status code; absent for requests.
    pub status: Option<u16>,
}

/// A code with its reason as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FailureKey {
    /// The code.
    pub code: u32,
    /// The reason.
    pub reason: String,
}

/// An exact ICEWarn mask.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PatternKey {
    /// The mask; in JSON as text, `0x320`.
    #[serde(with = "mask_text")]
    pub mask: u32,
}

/// A response of class 4xx, 5xx or 6xx.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResponseKey {
    /// Method of the request.
    pub method: String,
    /// Status code.
    pub status: u16,
    /// A 401 or 407 with an authentication challenge.
    pub challenge: bool,
}

/// A media label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LabelKey {
    /// `audio`, `video`, `application-sharing`, …
    pub label: String,
}

/// Where the endpoints are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LocationKey {
    /// `LocalLocation` as written.
    pub local: String,
    /// `RemoteLocation` as written.
    pub remote: String,
}

/// A federation type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FederationKey {
    /// `FederationType` as written.
    pub federation: String,
}

/// A server's diagnostic record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServerRecordKey {
    /// `information`, `warning` or `error`.
    pub severity: String,
    /// HRESULT as written; empty where there is none.
    pub result: String,
    /// Its symbolic name; empty where there is none.
    pub name: String,
    /// The sentence.
    pub text: String,
}

/// A media line of a quality report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QualityKey {
    /// Label of the media line.
    pub label: String,
    /// `Ice` of its connectivity.
    pub ice: String,
    /// `IceWarningFlags`: hexadecimal where the trace writes `0x`, else decimal; absent where
    /// there are none.
    pub ice_warn: Option<u32>,
}

/// How often.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrences {
    /// How many times.
    pub occurrences: u64,
}

/// How often and for whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many times.
    pub occurrences: u64,
    /// Addresses-of-record of `From`, lower case, with scheme: a list, so that truths of
    /// several files can be merged.
    pub users: BTreeSet<String>,
}

/// A table: keys with their values, in the order of the keys. Serialised as a list of objects
/// that hold the fields of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<K, V>(pub BTreeMap<K, V>);

impl<K, V> Default for Rows<K, V> {
    fn default() -> Self {
        Rows(BTreeMap::new())
    }
}

#[derive(Serialize, Deserialize)]
struct Row<K, V> {
    #[serde(flatten)]
    key: K,
    #[serde(flatten)]
    value: V,
}

impl<K: Serialize, V: Serialize> Serialize for Rows<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(key, value)| Row { key, value }))
    }
}

impl<'de, K: DeserializeOwned + Ord, V: DeserializeOwned> Deserialize<'de> for Rows<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows: Vec<Row<K, V>> = Deserialize::deserialize(deserializer)?;
        Ok(Rows(
            rows.into_iter().map(|row| (row.key, row.value)).collect(),
        ))
    }
}

/// Masks as `0x320`, as traces and reports write them.
mod mask_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(mask: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{mask:#x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
        let text = String::deserialize(input)?;
        let digits = text
            .strip_prefix("0x")
            .ok_or_else(|| Error::custom("no 0x"))?;
        u32::from_str_radix(digits, 16).map_err(Error::custom)
    }
}

/// A value that counts can be added to.
pub(crate) trait Add {
    fn add(&mut self, other: Self);
}

impl Add for u64 {
    fn add(&mut self, other: Self) {
        *self += other;
    }
}

impl Add for Occurrences {
    fn add(&mut self, other: Self) {
        self.occurrences += other.occurrences;
    }
}

impl Add for Tally {
    fn add(&mut self, other: Self) {
        self.occurrences += other.occurrences;
        self.users.extend(other.users);
    }
}

impl Add for FormatTruth {
    fn add(&mut self, other: Self) {
        let FormatTruth {
            records,
            requests,
            responses,
        } = other;
        self.records += records;
        self.requests += requests;
        self.responses += responses;
    }
}

impl<K: Ord, V: Add + Default> Add for BTreeMap<K, V> {
    fn add(&mut self, other: Self) {
        for (key, value) in other {
            self.entry(key).or_default().add(value);
        }
    }
}

impl<K: Ord, V: Add + Default> Add for Rows<K, V> {
    fn add(&mut self, other: Self) {
        self.0.add(other.0);
    }
}

impl<K: Ord> Rows<K, Occurrences> {
    pub(crate) fn count(&mut self, key: K) {
        self.0.entry(key).or_default().occurrences += 1;
    }

    /// All occurrences of all rows.
    pub fn total(&self) -> u64 {
        self.0.values().map(|value| value.occurrences).sum()
    }
}

impl<K: Ord> Rows<K, Tally> {
    pub(crate) fn count_for(&mut self, key: K, user: Option<&str>) {
        let tally = self.0.entry(key).or_default();
        tally.occurrences += 1;
        if let Some(user) = user
            && !tally.users.contains(user)
        {
            tally.users.insert(user.to_owned());
        }
    }

    /// All occurrences of all rows.
    pub fn total(&self) -> u64 {
        self.0.values().map(|value| value.occurrences).sum()
    }
}

/// Adds one, without making a key that is there already.
pub(crate) fn count_name(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => {
            counts.insert(name.to_owned(), 1);
        }
    }
}

impl Truth {
    /// Adds the counts of another file: what both files hold together. Dialogues of the two are
    /// taken to be different ones.
    pub fn merge(&mut self, other: Truth) {
        // Named, so that a new field cannot be forgotten here.
        let Truth {
            bytes,
            lines,
            body_bytes,
            call_ids,
            formats,
            requests,
            responses,
            messages,
            carriers,
            headers,
            failures,
            patterns,
            failure_responses,
            media,
            locations,
            federation,
            server_records,
            quality,
            troubles,
            decoys,
        } = other;
        self.bytes += bytes;
        self.lines += lines;
        self.body_bytes += body_bytes;
        self.call_ids += call_ids;
        self.formats.add(formats);
        self.requests += requests;
        self.responses += responses;
        self.messages.add(messages);
        self.carriers.add(carriers);
        self.headers.add(headers);
        self.failures.add(failures);
        self.patterns.add(patterns);
        self.failure_responses.add(failure_responses);
        self.media.add(media);
        self.locations.add(locations);
        self.federation.add(federation);
        self.server_records.add(server_records);
        self.quality.add(quality);
        self.troubles.add(troubles);
        self.decoys += decoys;
    }

    /// The counts as indented JSON with a final line end.
    ///
    /// # Errors
    ///
    /// None in practice: serde_json's, where a table cannot be written.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// Reads what [`Truth::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// Where `text` is not such JSON.
    pub fn from_json(text: &str) -> serde_json::Result<Truth> {
        serde_json::from_str(text)
    }
}
