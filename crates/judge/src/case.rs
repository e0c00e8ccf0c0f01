//! A dialog with everything that follows from it.

use std::collections::BTreeSet;

use siptriage_diagnostics::{IceWarn, MediaSide};
use siptriage_facts::{
    CallId, Candidates, Dialog, DialogDiagnosis, DialogMedia, Modalities, Stamp, Tag, Traits,
};

use crate::ends::side_of;
use crate::{Decision, Verdict};

/// What kind of dialog it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A session with media: an INVITE, or messages that only occur after one.
    Call,
    /// A session of instant messages, or a single MESSAGE.
    InstantMessages,
    /// The control of a conference (its focus), which has no media of its own.
    Conference,
    /// REGISTER.
    Registration,
    /// SUBSCRIBE with its NOTIFYs.
    Subscription,
    /// SERVICE.
    Service,
    /// OPTIONS.
    Options,
    /// Anything else.
    Other,
}

impl Kind {
    /// All of them, in the order of reports.
    pub const ALL: [Kind; 8] = [
        Kind::Call,
        Kind::InstantMessages,
        Kind::Conference,
        Kind::Registration,
        Kind::Subscription,
        Kind::Service,
        Kind::Options,
        Kind::Other,
    ];

    /// The word used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Call => "call",
            Kind::InstantMessages => "im",
            Kind::Conference => "conference",
            Kind::Registration => "register",
            Kind::Subscription => "subscribe",
            Kind::Service => "service",
            Kind::Options => "options",
            Kind::Other => "other",
        }
    }
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It was answered, and ended by somebody's wish.
    Connected,
    /// It never worked: refused, or ended because media did not come up.
    Failed,
    /// It worked and then broke.
    Dropped,
    /// The caller gave up before an answer.
    Cancelled,
    /// Somebody refused it (603, 606).
    Declined,
    /// The other end was busy (486, 600).
    Busy,
    /// Nobody answered (408 after ringing, 480).
    NoAnswer,
    /// Sent elsewhere and not followed (3xx).
    Redirected,
    /// The trace ends before the call does.
    Unfinished,
    /// The trace lacks the INVITE.
    SeenInPart,
}

impl Outcome {
    /// All of them, in the order of reports.
    pub const ALL: [Outcome; 10] = [
        Outcome::Connected,
        Outcome::Failed,
        Outcome::Dropped,
        Outcome::Cancelled,
        Outcome::Declined,
        Outcome::Busy,
        Outcome::NoAnswer,
        Outcome::Redirected,
        Outcome::Unfinished,
        Outcome::SeenInPart,
    ];

    /// The word used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Connected => "connected",
            Outcome::Failed => "failed",
            Outcome::Dropped => "dropped",
            Outcome::Cancelled => "cancelled",
            Outcome::Declined => "declined",
            Outcome::Busy => "busy",
            Outcome::NoAnswer => "no-answer",
            Outcome::Redirected => "redirected",
            Outcome::Unfinished => "unfinished",
            Outcome::SeenInPart => "seen-in-part",
        }
    }
}

/// Where an end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// On the Internet (`LocalLocation=1`).
    Outside,
    /// In the company's network (`LocalLocation=2`).
    Inside,
    /// The trace says that it is not known (`LocalLocation=0`), or says nothing.
    Unknown,
}

impl Location {
    /// The word used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Location::Outside => "outside",
            Location::Inside => "inside",
            Location::Unknown => "unknown",
        }
    }
}

/// Whether an end had a media relay (A/V Edge).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relay<'f> {
    /// It had this one; empty where only a relay candidate tells.
    Present(&'f str),
    /// Its media debug or its session description names none.
    Absent,
    /// The trace does not tell.
    NotStated,
}

/// One end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End<'f> {
    /// Its tag, as the dialog's parties have it; none where no message of it was seen.
    pub tag: Option<Tag>,
    /// Address of record, lower case.
    pub address: Option<&'f str>,
    /// User agent.
    pub agent: Option<&'f str>,
    /// Where it is: by its own media debug, else by the other end's, else by what it said in
    /// `ms-endpoint-location-data`.
    pub location: Location,
    /// Its relay, address and port as written.
    pub relay: Relay<'f>,
    /// Address of its media without port: `LocalSite` of its own media debug, else `RemoteSite`
    /// of the other end's.
    pub site: Option<&'f str>,
    /// Candidates it offered.
    pub candidates: Candidates,
}

/// A media section of a diagnosis, seen as a fact about both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaView<'f> {
    /// The diagnosis.
    pub diagnosis: &'f DialogDiagnosis,
    /// The section.
    pub media: &'f DialogMedia,
    /// Whose view it is: by the parameter's name, else by who sent the message.
    pub side: Option<MediaSide>,
    /// Its mask.
    pub mask: Option<IceWarn>,
    /// What the medium is.
    pub modality: Modalities,
    /// `LocalLocation`.
    pub local: Location,
    /// `RemoteLocation`.
    pub remote: Location,
}

/// A dialog with everything that follows from it. Times are in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case<'f> {
    /// Call-ID as written.
    pub call_id: &'f CallId,
    /// Everything the trace says.
    pub dialog: &'f Dialog,
    /// What kind of dialog it is.
    pub kind: Kind,
    /// What became of it. Of dialogs that are no calls: failed, connected (some 2xx), unfinished;
    /// of sessions without media also cancelled.
    pub outcome: Outcome,
    /// Who called: of other dialogs, who sent the request.
    pub caller: End<'f>,
    /// Who was called: the one who answered, where several were reached.
    pub callee: End<'f>,
    /// When it began, by the clock that saw most of it; UTC where that is known.
    pub start: Option<Stamp>,
    /// When the last message of it was seen, by the same clock.
    pub end: Option<Stamp>,
    /// From INVITE to 180 or 183.
    pub time_to_ring: Option<i64>,
    /// From INVITE to 2xx.
    pub time_to_answer: Option<i64>,
    /// From INVITE to the answer or the refusal.
    pub set_up: Option<i64>,
    /// From the answer to the BYE.
    pub duration: Option<i64>,
    /// How long the trace went on without it: from its last message to the last message of any
    /// dialog in the same trace, by the same clock.
    pub silence: Option<i64>,
    /// Who ended it, where the trace tells.
    pub ended_by: Option<MediaSide>,
    /// What the rules say.
    pub decision: Decision<'f>,
}

impl Kind {
    /// Whether an INVITE begins it.
    pub const fn is_session(self) -> bool {
        matches!(self, Kind::Call | Kind::InstantMessages | Kind::Conference)
    }
}

impl Location {
    /// What a field of media debug says: `LocalLocation`, `RemoteLocation`.
    pub(crate) fn of_field(value: &str) -> Location {
        match value.trim() {
            "1" => Location::Outside,
            "2" => Location::Inside,
            _ => Location::Unknown,
        }
    }

    /// What a quality report says: `Inside` of an address.
    pub(crate) fn of_inside(value: &str) -> Location {
        let value = value.trim();
        if value.eq_ignore_ascii_case("true") || value == "1" {
            Location::Inside
        } else if value.eq_ignore_ascii_case("false") || value == "0" {
            Location::Outside
        } else {
            Location::Unknown
        }
    }

    /// This, or the other where this is not known.
    #[must_use]
    pub(crate) fn or(self, other: Location) -> Location {
        if self == Location::Unknown {
            other
        } else {
            self
        }
    }
}

impl<'f> MediaView<'f> {
    /// A section of a diagnosis in a dialog whose caller has this tag.
    pub(crate) fn new(
        diagnosis: &'f DialogDiagnosis,
        media: &'f DialogMedia,
        caller: Option<Tag>,
    ) -> MediaView<'f> {
        let field = |name| media.fields().get(name);
        let location = |debug, quality| {
            let of_debug = field(debug).map_or(Location::Unknown, Location::of_field);
            of_debug.or(field(quality).map_or(Location::Unknown, Location::of_inside))
        };
        MediaView {
            diagnosis,
            media,
            side: side_of(diagnosis, media, caller),
            mask: media.mask(),
            modality: Modalities::of_medium(&media.label),
            local: location("LocalLocation", "LocalAddr.Inside"),
            remote: location("RemoteLocation", "RemoteAddr.Inside"),
        }
    }

    /// The value of a further field of the section, whatever the case of its name.
    pub fn field(&self, name: &str) -> Option<&'f str> {
        self.media.fields().get(name)
    }
}

impl<'f> Case<'f> {
    /// Every media section of every diagnosis, in the order of the diagnoses.
    pub fn media(&self) -> impl Iterator<Item = MediaView<'f>> + use<'f> {
        let caller = self.caller.tag;
        let dialog: &'f Dialog = self.dialog;
        dialog.diagnoses().flat_map(move |(diagnosis, _)| {
            let sections = diagnosis.media.iter();
            sections.map(move |media| MediaView::new(diagnosis, media, caller))
        })
    }

    /// The different codes of its diagnoses, smallest first.
    pub fn codes(&self) -> impl Iterator<Item = u32> + use<'f> {
        let dialog: &'f Dialog = self.dialog;
        let mut previous = None;
        // Diagnoses are ordered by code first.
        let codes = dialog
            .diagnoses()
            .filter_map(|(diagnosis, _)| diagnosis.code);
        codes.filter(move |code| previous.replace(*code) != Some(*code))
    }

    /// Where caller and callee are.
    pub fn location_pair(&self) -> (Location, Location) {
        (self.caller.location, self.callee.location)
    }

    /// Whom it is counted for: the caller, as everywhere (`From`); none where no address is known.
    pub fn users(&self) -> impl Iterator<Item = &'f str> + use<'f> {
        self.caller.address.into_iter()
    }

    /// How many of its messages were copies of others and are counted nowhere.
    pub fn copies(&self) -> u64 {
        self.dialog.messages.copies()
    }

    /// The files it was seen in, as far as its messages have stamps or it has diagnoses.
    pub fn files(&self) -> BTreeSet<&'f str> {
        let sights = self.dialog.sights.iter();
        let mut files: BTreeSet<&'f str> = sights.map(|(writer, _)| &*writer.file).collect();
        for (_, sightings) in self.dialog.diagnoses() {
            files.extend(sightings.places.iter().map(|place| &*place.file));
        }
        files
    }

    /// The clients whose logs it was seen in: addresses of record, lower case.
    pub fn owners(&self) -> BTreeSet<&'f str> {
        let sights = self.dialog.sights.iter();
        sights
            .filter_map(|(writer, _)| writer.owner.as_deref())
            .collect()
    }

    /// Whether it is a call.
    pub fn is_call(&self) -> bool {
        self.kind == Kind::Call
    }

    /// Whether it is a call that the rules, or its outcome, say failed.
    pub fn is_failed_call(&self) -> bool {
        self.is_call() && self.decision.verdict == Verdict::Failed
    }

    /// Whether one end is a conference, or the control of one.
    pub fn conference(&self) -> bool {
        self.dialog.traits.has(Traits::CONFERENCE)
    }

    /// Whether nothing more came of it though its trace went on for so many seconds: it is
    /// unfinished, and not because the trace was cut.
    pub fn fell_silent(&self, timeout: u32) -> bool {
        self.outcome == Outcome::Unfinished
            && self
                .silence
                .is_some_and(|silence| silence > i64::from(timeout) * 1_000_000)
    }

    /// Whether it ended within so many seconds of its answer.
    pub fn is_short(&self, short_call: u32) -> bool {
        self.duration
            .is_some_and(|duration| duration <= i64::from(short_call) * 1_000_000)
    }
}
