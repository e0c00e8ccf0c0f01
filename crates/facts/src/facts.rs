//! What is counted.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::around::{Around, user};
use crate::caps::{cut, key};
use crate::dialogs::{CallIdHash, Dialogs};
use crate::gist::{Counted, CountedMedia, Gist};
use crate::merge::keep_cap;
use crate::{
    CallId, Carrier, Dialog, DialogId, Distinct, Event, Groups, Merge, Message, Name, Names, Place,
    Signal, Smallest, Stamp,
};

/// Everything a scan counts. Plain data: mergeable, serialisable, without names or ranks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// What was read and what was not.
    pub coverage: Coverage,
    /// Diagnoses by code and reason: carriers header, cdr and diag-header.
    pub failures: Groups<FailureKey, Tally>,
    /// ICEWarn masks of those diagnoses.
    pub patterns: Groups<u32, Pattern>,
    /// SIP responses of class 4xx, 5xx and 6xx.
    pub responses: Groups<ResponseKey, Tally>,
    /// Media labels of those diagnoses' media sections; empty where the trace names none.
    pub media: Groups<Box<str>, Tally>,
    /// Where the two endpoints of those media sections are.
    pub locations: Groups<LocationPair, Tally>,
    /// `FederationType` of those media sections; empty where the trace has none.
    pub federation: Groups<Box<str>, Tally>,
    /// TF_DIAG records of servers.
    pub server_records: Groups<ServerRecordKey, Tally>,
    /// Media lines of quality reports.
    pub quality: Groups<QualityKey, Tally>,
    /// Dialogs and single transactions by Call-ID.
    pub dialogs: Dialogs,
    /// Messages whose Call-ID the trace does not show; they are in no dialog.
    pub stray_messages: u64,
}

/// How often, for whom, when and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many times.
    pub occurrences: u64,
    /// Addresses-of-record of `From`, lower case. A message without one adds none.
    pub users: Distinct<Name>,
    /// Dialogs it happened in. What the trace ties to no Call-ID adds none.
    pub dialogs: Distinct<DialogId>,
    /// Earliest stamp.
    pub first: Option<Stamp>,
    /// Latest stamp.
    pub last: Option<Stamp>,
    /// The smallest place.
    pub example: Option<Place>,
}

/// A code with its reason as written. Texts vary between builds, the number does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FailureKey {
    /// The code.
    pub code: u32,
    /// The sub-code as written; empty where there is none.
    pub sub_code: Box<str>,
    /// The reason as written; empty where there is none.
    pub reason: Box<str>,
}

/// A response of class 4xx, 5xx or 6xx.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResponseKey {
    /// Method of the request, from `CSeq`; empty where the trace does not show it.
    pub method: Box<str>,
    /// Status code.
    pub status: u16,
    /// A 401 or 407 that asks for credentials: normal traffic.
    pub challenge: bool,
}

/// Locations as written: `1` outside, `2` inside, `0` unknown, empty where the trace has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LocationPair {
    /// `LocalLocation`.
    pub local: Box<str>,
    /// `RemoteLocation`.
    pub remote: Box<str>,
}

/// A server's diagnostic record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServerRecordKey {
    /// `information`, `warning` or `error`, as written.
    pub severity: Box<str>,
    /// HRESULT as written; empty where there is none.
    pub result: Box<str>,
    /// Its symbolic name as written; empty where there is none.
    pub name: Box<str>,
    /// The sentence.
    pub text: Box<str>,
}

/// A media line of a quality report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QualityKey {
    /// Label of the media line.
    pub label: Box<str>,
    /// `Ice` of its connectivity: `DIRECT`, `RELAY`, `FAILED`, …; empty where there is none.
    pub ice: Box<str>,
    /// `IceWarningFlags`; absent where there are none or they cannot be read.
    pub ice_warn: Option<u32>,
}

/// One exact ICEWarn mask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// How often, for whom, when and where.
    pub tally: Tally,
    /// Codes of the diagnoses it came with.
    pub codes: Groups<u32, u64>,
    /// Media labels it came with.
    pub media: Groups<Box<str>, u64>,
    /// Location pairs it came with.
    pub locations: Groups<LocationPair, u64>,
}

/// What was read and what was not. The bytes of all formats add up to `bytes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Files read, standard input included, recognised or not.
    pub files: u64,
    /// Bytes read, as the files hold them.
    pub bytes: u64,
    /// By trace format of the record.
    pub formats: Groups<Box<str>, FormatCoverage>,
    /// Diagnoses by carrier.
    pub carriers: Groups<Carrier, u64>,
    /// Diagnoses by header name as written in lower case, carrier header only.
    pub headers: Groups<Box<str>, u64>,
    /// What stood in the way, with places.
    pub troubles: Groups<TroubleKind, Trouble>,
    /// Files that were not read, or gave nothing.
    pub skipped: BTreeSet<Skipped>,
    /// Files met while walking that are no traces by name nor by content. They are not read.
    pub passed_over: u64,
    /// The scan was interrupted: the rest of the input is not in these facts.
    pub interrupted: bool,
}

impl Coverage {
    /// SIP messages of all formats: requests and responses.
    pub fn messages(&self) -> u64 {
        let formats = self.formats.iter();
        formats
            .map(|(_, format)| format.requests + format.responses)
            .sum()
    }
}

/// What one trace format contributed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatCoverage {
    /// Files with at least one record of it.
    pub files: u64,
    /// Bytes of its records.
    pub bytes: u64,
    /// Records; of loose text, lines.
    pub records: u64,
    /// SIP requests in them.
    pub requests: u64,
    /// SIP responses in them.
    pub responses: u64,
    /// Messages whose start line is missing.
    pub fragments: u64,
}

/// What stood in the way of a record. Each is counted; none stops a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TroubleKind {
    /// A diagnostics header in a message's header section whose value has no code.
    NoCode,
    /// A code beyond 32 bits.
    CodeTooLarge,
    /// A value that was cut off: an open quote, or text that ends in `...`. It is counted as a
    /// diagnosis as well.
    CutValue,
    /// An ICEWarn that is not a mask of at most eight hexadecimal digits.
    MalformedMask,
    /// A record longer than the limit; it was cut there.
    RecordTooLong,
    /// A diagnosis with more parameters or media sections than the limit; the rest was dropped.
    TooManyParameters,
    /// A quality report that names ICE flags which cannot be read.
    MalformedQuality,
}

/// Something that stood in the way, with its first places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// How many times.
    pub count: u64,
    /// The smallest places.
    pub places: Smallest<Place, 8>,
}

/// A file that was not read or gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skipped {
    /// The path as it was found.
    pub file: Name,
    /// Why.
    pub reason: SkipReason,
    /// What the system said, or what to do; may be empty.
    pub detail: Box<str>,
}

/// Why a file was not read or gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// It could not be opened or read: missing, locked, no permission, an error of the disk.
    Unreadable,
    /// A binary trace that its own tool must format first.
    BinaryTrace,
    /// An archive, or a member of one, that was not read, or not to its end.
    Archive,
    /// Something odd about an archive of which everything was read.
    ArchiveRemark,
    /// It has no bytes.
    Empty,
    /// Read, but no record of any format and no diagnosis was found.
    Unrecognised,
    /// A report that siptriage wrote itself.
    OwnReport,
    /// It became shorter, was changed or replaced while it was read; what was read is kept.
    Changed,
    /// It became longer while it was read; what was added is not in the report.
    Grown,
    /// It looks like a copy of another input: as long, with the same beginning and end. Both were
    /// read.
    Copy,
    /// Reading it ran into a mistake of siptriage; nothing of it is in the report.
    Failed,
    /// The same file was named twice; it is read once.
    Repeated,
}

impl SkipReason {
    /// The word used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            SkipReason::Unreadable => "unreadable",
            SkipReason::BinaryTrace => "binary-trace",
            SkipReason::Archive => "archive",
            SkipReason::ArchiveRemark => "archive-remark",
            SkipReason::Empty => "empty",
            SkipReason::Unrecognised => "unrecognised",
            SkipReason::OwnReport => "own-report",
            SkipReason::Changed => "changed",
            SkipReason::Grown => "grown",
            SkipReason::Copy => "copy",
            SkipReason::Failed => "failed",
            SkipReason::Repeated => "repeated",
        }
    }

    /// Whether the input failed, which the exit code tells.
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            SkipReason::Unreadable
                | SkipReason::BinaryTrace
                | SkipReason::Archive
                | SkipReason::Changed
                | SkipReason::Failed
        )
    }
}

impl Tally {
    /// Counts one occurrence.
    pub fn observe(&mut self, who: Who<'_>, time: Option<Stamp>, place: &Place) {
        let Who { user, dialog } = who;
        if let Some(dialog) = dialog {
            self.dialogs.insert(dialog);
        }
        self.occurrences = self.occurrences.saturating_add(1);
        if let Some(user) = user {
            self.users.insert(user.clone());
        }
        self.first = earliest(self.first, time);
        self.last = self.last.max(time);
        if self.example.as_ref().is_none_or(|example| place < example) {
            self.example = Some(place.clone());
        }
    }
}

/// `None` is greater than any stamp here: a part that saw no time does not hide one that did.
fn earliest(left: Option<Stamp>, right: Option<Stamp>) -> Option<Stamp> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    }
}

impl Trouble {
    /// Counts one more at `place`.
    pub fn observe(&mut self, place: Place) {
        self.count = self.count.saturating_add(1);
        self.places.offer(place);
    }
}

/// Whom something happened to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Who<'t> {
    /// Address of record of `From`, lower case.
    pub user: Option<&'t Name>,
    /// The dialog.
    pub dialog: Option<DialogId>,
}

impl Facts {
    /// Counts a diagnosis, and adds it to the dialog that it is about.
    pub fn observe_event(&mut self, event: &Event<'_>, names: &Names) {
        self.observe_event_in(event, &Around::of(&event.message, names), names);
    }

    /// The same, of a message that was read already: of `event.message` only the Call-ID is looked
    /// at, and `around` says the rest.
    pub fn observe_event_in(&mut self, event: &Event<'_>, around: &Around, names: &Names) {
        let call_id = event.dialog();
        self.count(event, call_id.as_deref(), around.user.as_ref());
        if event.carrier != Carrier::Text
            && let Some(call_id) = call_id
        {
            self.dialog(&call_id).observe_event(event, around, names);
        }
    }

    /// Counts a diagnosis, and leaves dialogs alone.
    pub fn count_event(&mut self, event: &Event<'_>, names: &Names) {
        let user = user(&event.message, names);
        self.count(event, event.dialog().as_deref(), user.as_ref());
    }

    /// Counts a diagnosis that was met in a message of the dialog `call_id`, and adds it to that
    /// dialog: as [`Facts::observe_event_in`] does with the event it is the gist of.
    pub fn observe_gist(
        &mut self,
        gist: &mut Gist,
        call_id: &str,
        around: &Around,
        (time, place): (Option<Stamp>, &Place),
    ) {
        let who = Who {
            user: around.user.as_ref(),
            dialog: Some(DialogId::of(call_id)),
        };
        self.count_diagnosis(&gist.counted, who, time, place);
        let diagnosis = &mut gist.diagnosis;
        diagnosis.stood_in(around);
        let dialog = self.dialog(call_id);
        dialog.take_diagnosis(Cow::Borrowed(diagnosis), time, place);
    }

    fn count(&mut self, event: &Event<'_>, call_id: Option<&str>, user: Option<&Name>) {
        let who = Who {
            user,
            dialog: call_id.map(DialogId::of),
        };
        let (time, place) = (event.time, &event.place);
        if let Some(counted) = Counted::of(event) {
            return self.count_diagnosis(&counted, who, time, place);
        }
        self.coverage.carriers.count(event.carrier);
        match event.carrier {
            Carrier::ServerRecord => {
                let param = |name| key(event.param(name).unwrap_or_default());
                let record = ServerRecordKey {
                    severity: param("severity"),
                    result: param("result_code"),
                    name: param("result_name"),
                    text: param("text"),
                };
                self.server_records.entry(record).observe(who, time, place);
            }
            Carrier::Qoe => {
                for media in &event.media {
                    let line = QualityKey {
                        label: key(&media.label),
                        ice: key(media.field("Ice").unwrap_or_default()),
                        ice_warn: media.ice_warn.map(|mask| mask.bits()),
                    };
                    self.quality.entry(line).observe(who, time, place);
                    if media.malformed_ice_warn.is_some() {
                        self.trouble(TroubleKind::MalformedQuality, place.clone());
                    }
                }
            }
            Carrier::Text | Carrier::Header | Carrier::Cdr | Carrier::DiagHeader => return,
        }
        if event.cut {
            self.trouble(TroubleKind::CutValue, place.clone());
        }
    }

    fn count_diagnosis(
        &mut self,
        counted: &Counted,
        who: Who<'_>,
        time: Option<Stamp>,
        place: &Place,
    ) {
        self.coverage.carriers.count(counted.carrier);
        if let Some(header) = counted.header {
            let name = header.name();
            let headers = &mut self.coverage.headers;
            headers.entry_ref(name, || name.into()).merge(1);
        }
        if let Some(failure) = &counted.failure {
            let tally = self.failures.entry_ref(failure, || failure.clone());
            tally.observe(who, time, place);
        }
        for media in &counted.media {
            self.count_media(counted, media, who, time, place);
        }
        if counted.cut {
            self.trouble(TroubleKind::CutValue, place.clone());
        }
    }

    fn count_media(
        &mut self,
        counted: &Counted,
        media: &CountedMedia,
        who: Who<'_>,
        time: Option<Stamp>,
        place: &Place,
    ) {
        let CountedMedia {
            label,
            locations,
            federation,
            mask,
            has_malformed_mask,
        } = media;
        if let Some(mask) = *mask {
            let pattern = self.patterns.entry(mask);
            pattern.tally.observe(who, time, place);
            if let Some(failure) = &counted.failure {
                pattern.codes.count(failure.code);
            }
            pattern.media.entry_ref(label, || label.clone()).merge(1);
            let of_pattern = &mut pattern.locations;
            of_pattern
                .entry_ref(locations, || locations.clone())
                .merge(1);
        }
        if *has_malformed_mask {
            self.trouble(TroubleKind::MalformedMask, place.clone());
        }
        let of_label = self.media.entry_ref(label, || label.clone());
        of_label.observe(who, time, place);
        let of_pair = self.locations.entry_ref(locations, || locations.clone());
        of_pair.observe(who, time, place);
        let of_type = self.federation.entry_ref(federation, || federation.clone());
        of_type.observe(who, time, place);
    }

    /// Counts a response of class 4xx, 5xx or 6xx.
    pub fn observe_response(
        &mut self,
        status: u16,
        message: &Message<'_>,
        time: Option<Stamp>,
        place: &Place,
        names: &Names,
    ) {
        let cseq = message.cseq.as_deref().unwrap_or_default();
        let method = cseq.split_ascii_whitespace().nth(1).unwrap_or_default();
        let user = user(message, names);
        let who = Who {
            user: user.as_ref(),
            dialog: message.call_id.as_deref().map(DialogId::of),
        };
        self.count_response((method, status, message.challenge), who, time, place);
    }

    /// Counts a response of class 4xx, 5xx or 6xx: its method, its status, and whether it asks for
    /// credentials.
    pub fn count_response(
        &mut self,
        (method, status, challenge): (&str, u16, bool),
        who: Who<'_>,
        time: Option<Stamp>,
        place: &Place,
    ) {
        let response = ResponseKey {
            method: key(method),
            status,
            challenge: challenge && matches!(status, 401 | 407),
        };
        self.responses.entry(response).observe(who, time, place);
    }

    /// Adds a message to its dialog.
    pub fn observe_message(&mut self, signal: &Signal<'_>, names: &Names) {
        if signal.call_id.is_empty() {
            self.stray_messages = self.stray_messages.saturating_add(1);
        } else {
            self.dialog(signal.call_id).observe(signal, names);
        }
    }

    /// The dialog of a Call-ID, as written.
    pub fn dialog(&mut self, call_id: &str) -> &mut Dialog {
        let call_id = cut(call_id.trim());
        let hash = CallIdHash::of(call_id.as_bytes());
        let make = || CallId::from(call_id);
        self.dialogs.entry(call_id.as_bytes(), hash, make)
    }

    /// Gives back what memory is spare, when a part of a scan is done.
    pub fn settle(&mut self) {
        for dialog in self.dialogs.values_mut() {
            dialog.settle();
        }
        self.keep_caps();
        self.settle_tallies();
    }

    /// How many keys with texts of the trace there are.
    pub fn texts(&self) -> usize {
        self.failures.len()
            + self.responses.len()
            + self.media.len()
            + self.locations.len()
            + self.federation.len()
            + self.server_records.len()
            + self.quality.len()
            + self.patterns.len()
    }

    /// Drops the keys that are more than [`MAX_TEXTS`](crate::MAX_TEXTS): what they count goes to
    /// [`OTHERS`](crate::OTHERS). Whoever counts calls this from time to time, and when all is
    /// counted; merging does it too.
    pub fn keep_caps(&mut self) {
        keep_cap(&mut self.failures);
        keep_cap(&mut self.responses);
        keep_cap(&mut self.media);
        keep_cap(&mut self.locations);
        keep_cap(&mut self.federation);
        keep_cap(&mut self.server_records);
        keep_cap(&mut self.quality);
        for pattern in self.patterns.values_mut() {
            keep_cap(&mut pattern.media);
            keep_cap(&mut pattern.locations);
        }
    }

    /// Sorts in what waits in tallies, when everything is merged: they are cheaper to read then.
    pub fn settle_tallies(&mut self) {
        self.for_each_tally(&mut |tally| {
            tally.users.settle();
            tally.dialogs.settle();
        });
    }

    fn for_each_tally(&mut self, change: &mut dyn FnMut(&mut Tally)) {
        let Facts {
            coverage: _,
            failures,
            patterns,
            responses,
            media,
            locations,
            federation,
            server_records,
            quality,
            dialogs: _,
            stray_messages: _,
        } = self;
        let tallies = (failures.values_mut())
            .chain(patterns.values_mut().map(|pattern| &mut pattern.tally))
            .chain(responses.values_mut())
            .chain(media.values_mut())
            .chain(locations.values_mut())
            .chain(federation.values_mut())
            .chain(server_records.values_mut())
            .chain(quality.values_mut());
        tallies.for_each(change);
    }

    /// Counts something that stood in the way.
    pub fn trouble(&mut self, kind: TroubleKind, place: Place) {
        self.coverage.troubles.entry(kind).observe(place);
    }

    /// Every place that was kept, to be changed: a scan fills in line numbers here.
    pub fn for_each_place(&mut self, change: &mut dyn FnMut(&mut Place)) {
        let dialogs = self.dialogs.values_mut();
        for sightings in dialogs.flat_map(|dialog| dialog.diagnoses.values_mut()) {
            sightings.places.map(&mut *change);
        }
        self.for_each_tally(&mut |tally| {
            if let Some(place) = &mut tally.example {
                change(place);
            }
        });
        for trouble in self.coverage.troubles.values_mut() {
            trouble.places.map(&mut *change);
        }
    }
}

impl Merge for Facts {
    fn merge(&mut self, other: Self) {
        // Named, so that a new field cannot be forgotten here.
        let Facts {
            coverage,
            failures,
            patterns,
            responses,
            media,
            locations,
            federation,
            server_records,
            quality,
            dialogs,
            stray_messages,
        } = other;
        self.dialogs.merge(dialogs);
        self.stray_messages.merge(stray_messages);
        self.coverage.merge(coverage);
        self.failures.merge(failures);
        self.patterns.merge(patterns);
        self.responses.merge(responses);
        self.media.merge(media);
        self.locations.merge(locations);
        self.federation.merge(federation);
        self.server_records.merge(server_records);
        self.quality.merge(quality);
        self.keep_caps();
    }
}

impl Merge for Tally {
    fn merge(&mut self, other: Self) {
        let Tally {
            occurrences,
            users,
            dialogs,
            first,
            last,
            example,
        } = other;
        self.occurrences.merge(occurrences);
        self.users.merge(users);
        self.dialogs.merge(dialogs);
        self.first = earliest(self.first, first);
        self.last = self.last.max(last);
        self.example = match (self.example.take(), example) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
    }
}

impl Merge for Pattern {
    fn merge(&mut self, other: Self) {
        let Pattern {
            tally,
            codes,
            media,
            locations,
        } = other;
        self.tally.merge(tally);
        self.codes.merge(codes);
        self.media.merge(media);
        self.locations.merge(locations);
    }
}

impl Merge for Coverage {
    fn merge(&mut self, other: Self) {
        let Coverage {
            files,
            bytes,
            formats,
            carriers,
            headers,
            troubles,
            skipped,
            passed_over,
            interrupted,
        } = other;
        self.files.merge(files);
        self.bytes.merge(bytes);
        self.formats.merge(formats);
        self.carriers.merge(carriers);
        self.headers.merge(headers);
        self.troubles.merge(troubles);
        self.skipped.merge(skipped);
        self.passed_over.merge(passed_over);
        self.interrupted |= interrupted;
    }
}

impl Merge for FormatCoverage {
    fn merge(&mut self, other: Self) {
        let FormatCoverage {
            files,
            bytes,
            records,
            requests,
            responses,
            fragments,
        } = other;
        self.files.merge(files);
        self.bytes.merge(bytes);
        self.records.merge(records);
        self.requests.merge(requests);
        self.responses.merge(responses);
        self.fragments.merge(fragments);
    }
}

impl Merge for Trouble {
    fn merge(&mut self, other: Self) {
        let Trouble { count, places } = other;
        self.count.merge(count);
        self.places.merge(places);
    }
}
