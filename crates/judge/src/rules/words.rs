//! Every field and word of a rules file, in one table.

use std::sync::LazyLock;

use siptriage_diagnostics::{CodeClass, HeaderName, MediaSide};
use siptriage_facts::{Candidates, Carrier, Modalities};

use crate::{Kind, Location, Outcome};

/// Which part of a call a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The call as a whole.
    Call,
    /// One diagnosis of it: all conditions of this level must hold for the same one.
    Diagnosis,
    /// One media section of that diagnosis, or, for a failure, of a record about media (51006,
    /// 51007) of the same call: all conditions of this level must hold for the same one.
    Section,
}

impl Level {
    /// All of them, the widest first.
    pub const ALL: [Level; 3] = [Level::Call, Level::Diagnosis, Level::Section];

    /// The word used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Call => "call",
            Level::Diagnosis => "diagnosis",
            Level::Section => "media section",
        }
    }
}

/// A field of `[rule.when]`.
#[derive(Debug, Clone, Copy)]
pub struct ConditionField {
    /// The name in the file.
    pub name: &'static str,
    /// Which part of a call it is about.
    pub level: Level,
    /// What may be written there.
    pub takes: &'static str,
    /// When it holds.
    pub meaning: &'static str,
    /// What it adds to the specificity of a rule.
    pub adds: &'static str,
}

const fn field(
    level: Level,
    name: &'static str,
    takes: &'static str,
    meaning: &'static str,
    adds: &'static str,
) -> ConditionField {
    ConditionField {
        name,
        level,
        takes,
        meaning,
        adds,
    }
}

/// Every field of `[rule.when]`, in the order in which conditions are told.
pub const CONDITION_FIELDS: [ConditionField; 28] = [
    field(
        Level::Diagnosis,
        "code",
        "numbers and ranges: [24], [\"21-24\", 52031]",
        "the code is one of these",
        "40 for one code, 36 for up to 10, 32 for up to 100, 28 for more",
    ),
    field(
        Level::Diagnosis,
        "class",
        "failure, expected, informational, unclassified",
        "the table of codes says this of the code; a diagnosis without a code is unclassified",
        "6",
    ),
    field(
        Level::Diagnosis,
        "header",
        "ms-client-diagnostics, ms-diagnostics, ms-diagnostics-public",
        "it stood in this header",
        "4",
    ),
    field(
        Level::Diagnosis,
        "carrier",
        "header, cdr, diag-header, server-record, qoe",
        "it stood in this",
        "8",
    ),
    field(
        Level::Diagnosis,
        "on",
        "BYE, \"200 INVITE\", \"488\", \"4xx INVITE\"",
        "the message that carries it is one of these",
        "6",
    ),
    field(
        Level::Diagnosis,
        "sub_code",
        "texts",
        "the sub-code is one of these",
        "12",
    ),
    field(
        Level::Diagnosis,
        "reason",
        "texts",
        "the reason contains one of these, whatever the case",
        "12",
    ),
    field(
        Level::Diagnosis,
        "parameter",
        "a table: { SipResponseCode = [\"486\", \"600\"] }",
        "each named parameter is there with one of the values, whatever the case; \"*\" for any \
         value",
        "12 for each",
    ),
    field(
        Level::Diagnosis,
        "parameter_has",
        "a table: { ErrorType = [\"certificate\"] }",
        "each named parameter contains one of the values, whatever the case",
        "12 for each",
    ),
    field(
        Level::Diagnosis,
        "hresult",
        "numbers: [0x80072746] or [\"0x80072746\"]",
        "result_code or HRESULT of the diagnosis is one of these",
        "14",
    ),
    field(
        Level::Section,
        "bits",
        "a table: { all = 0x320, any = 0x6, none = 0x8, only = \"expected\" }; a mask is a \
         number, the key of a flag, expected, may-be-expected, unexpected or unknown, or a list \
         of these",
        "all, any or none of the bits are set; only: at least one of these bits is set, and no \
         section of the call has another one with a published meaning",
        "all: 10 and 2 for each bit; any: 14 for one bit, 1 less for each more, 8 at the least; \
         none: 2; only: 6",
    ),
    field(
        Level::Section,
        "media",
        "audio, video, application-sharing, file-transfer, im, other",
        "the medium of the section",
        "8 for one, 6 for more",
    ),
    field(
        Level::Section,
        "locations",
        "both-outside, both-inside, one-inside-one-outside, any-unknown",
        "LocalLocation and RemoteLocation of the section",
        "8 for one, 6 for more",
    ),
    field(
        Level::Section,
        "local",
        "a table: { location = \"outside\", relay = \"absent\" }",
        "LocalLocation (outside, inside, unknown) and LocalMR (present, absent, not-stated) of \
         the section; absent means that the section names LocalSite and no LocalMR",
        "6 for each",
    ),
    field(
        Level::Section,
        "remote",
        "a table, as local",
        "RemoteLocation and RemoteMR of the section",
        "6 for each",
    ),
    field(
        Level::Section,
        "federation",
        "not-federated, federated, not-stated, or values as written: \"1\"",
        "FederationType of the section; federated is any value but 0",
        "6",
    ),
    field(
        Level::Section,
        "transport",
        "udp, tcp",
        "the transport that media used: Transport of a quality report, Protocol of media debug",
        "6",
    ),
    field(
        Level::Section,
        "ice",
        "texts: direct, relay, failed, http-proxy",
        "Ice of a quality report is one of these, whatever the case",
        "6",
    ),
    field(
        Level::Section,
        "one_side_only",
        "a mask, as for bits",
        "the section has any of these bits, the other side of the call reported the same \
         medium too, and has none of them",
        "14",
    ),
    field(
        Level::Call,
        "outcome",
        "connected, failed, dropped, cancelled, declined, busy, no-answer, redirected, \
         unfinished, seen-in-part",
        "what became of the call",
        "3 for one, 2 for two or three, 1 for more",
    ),
    field(
        Level::Call,
        "kind",
        "call, im, conference, register, subscribe, service, options, other, any",
        "the kind of dialog; call where nothing is written",
        "1",
    ),
    field(
        Level::Call,
        "status",
        "numbers and ranges: [488], [\"500-599\"], [\"4xx\"]",
        "the final status of the call",
        "10 for one status, 8 for up to 10, 6 for more",
    ),
    field(
        Level::Call,
        "modality",
        "as media",
        "the call has one of these media",
        "4",
    ),
    field(
        Level::Call,
        "conference",
        "true or false",
        "whether an end is a conference",
        "4",
    ),
    field(
        Level::Call,
        "answered",
        "true or false",
        "whether the INVITE got a 2xx",
        "2",
    ),
    field(
        Level::Call,
        "ended_by",
        "caller, callee",
        "who ended the call",
        "3",
    ),
    field(
        Level::Call,
        "duration, time_to_answer",
        "a table: { below = 10, above = 2 } in seconds, or the name of a threshold: { below = \
         \"short_call\" }",
        "from the answer to the end, from the INVITE to the answer; below is less than, above \
         is at least; a call without it does not match",
        "5 for each",
    ),
    field(
        Level::Call,
        "ends, caller, callee, either, both",
        "ends as locations; the others a table: { location = \"outside\", relay = \"absent\", \
         agent = [\"…\"], agent_unlike = [\"…\"], offers = [\"relay/udp\"], lacks = \
         [\"relay/tcp\"] }",
        "what is known of the ends: location and relay, a part of the user agent (agent_unlike: \
         a user agent is known and has none of these parts), candidates that it offered: all of \
         offers, none of lacks; either is at least one end for which all of it holds",
        "ends: 6; location, relay, offers, lacks: 6 for each; agent, agent_unlike: 10 for each",
    ),
];

static CONDITION_NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let fields = CONDITION_FIELDS.iter();
    fields.flat_map(|field| field.name.split(", ")).collect()
});

/// The names of [`CONDITION_FIELDS`], one by one.
pub(crate) fn condition_names() -> &'static [&'static str] {
    &CONDITION_NAMES
}

/// Values of one kind with their words.
pub(crate) type Words<T> = Vec<(&'static str, T)>;

/// The word for every kind of dialog.
pub(crate) const ANY_KIND: &str = "any";

pub(crate) fn kinds() -> Words<Vec<Kind>> {
    let any = (ANY_KIND, Kind::ALL.to_vec());
    let single = Kind::ALL.into_iter().map(|kind| (kind.name(), vec![kind]));
    single.chain([any]).collect()
}

pub(crate) fn outcomes() -> Words<Outcome> {
    Outcome::ALL
        .map(|outcome| (outcome.name(), outcome))
        .to_vec()
}

pub(crate) fn classes() -> Words<CodeClass> {
    CodeClass::ALL.map(|class| (class.name(), class)).to_vec()
}

pub(crate) fn headers() -> Words<HeaderName> {
    HeaderName::ALL
        .map(|header| (header.name(), header))
        .to_vec()
}

pub(crate) fn carriers() -> Words<Carrier> {
    let all = Carrier::ALL.into_iter();
    // What is quoted is never a part of a call.
    all.filter(|carrier| *carrier != Carrier::Text)
        .map(|carrier| (carrier.name(), carrier))
        .collect()
}

pub(crate) fn modalities() -> Words<Modalities> {
    Modalities::ALL.map(|(one, word)| (word, one)).to_vec()
}

pub(crate) fn candidates() -> Words<Candidates> {
    Candidates::ALL.map(|(one, word)| (word, one)).to_vec()
}

pub(crate) fn sides() -> Words<MediaSide> {
    [MediaSide::Caller, MediaSide::Callee]
        .map(|side| (side.name(), side))
        .to_vec()
}

pub(crate) fn locations() -> Words<Location> {
    [Location::Outside, Location::Inside, Location::Unknown]
        .map(|location| (location.name(), location))
        .to_vec()
}

/// Whether a relay is known, without its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RelayState {
    Present,
    Absent,
    NotStated,
}

pub(crate) fn relays() -> Words<RelayState> {
    vec![
        ("present", RelayState::Present),
        ("absent", RelayState::Absent),
        ("not-stated", RelayState::NotStated),
    ]
}

/// Transport that media used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Transport {
    Udp,
    Tcp,
}

pub(crate) fn transports() -> Words<Transport> {
    vec![("udp", Transport::Udp), ("tcp", Transport::Tcp)]
}

/// Two locations without their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LocationsWord {
    BothOutside,
    BothInside,
    OneInsideOneOutside,
    AnyUnknown,
}

impl LocationsWord {
    /// The word for these two.
    pub(crate) fn of(left: Location, right: Location) -> LocationsWord {
        match (left, right) {
            (Location::Outside, Location::Outside) => LocationsWord::BothOutside,
            (Location::Inside, Location::Inside) => LocationsWord::BothInside,
            (Location::Unknown, _) | (_, Location::Unknown) => LocationsWord::AnyUnknown,
            _ => LocationsWord::OneInsideOneOutside,
        }
    }
}

pub(crate) fn location_pairs() -> Words<LocationsWord> {
    vec![
        ("both-outside", LocationsWord::BothOutside),
        ("both-inside", LocationsWord::BothInside),
        ("one-inside-one-outside", LocationsWord::OneInsideOneOutside),
        ("any-unknown", LocationsWord::AnyUnknown),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_locations_have_one_word_in_either_order() {
        let all = locations();
        for (_, left) in &all {
            for (_, right) in &all {
                assert_eq!(
                    LocationsWord::of(*left, *right),
                    LocationsWord::of(*right, *left)
                );
            }
        }
    }
}
