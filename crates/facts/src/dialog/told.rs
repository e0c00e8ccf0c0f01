//! What a message tells of its dialog, read out of its values.
//!
//! Values repeat from message to message. So what a value says is read apart from the message
//! that has it, and a reader may keep it for the next one.

use std::sync::Arc;

use siptriage_diagnostics::address_of_record;

use super::digest::Digest;
use super::party::lower;
use super::signal::owner;
use super::{
    Candidates, MessageId, Method, Modalities, PartyTraits, Signal, Tag, Traits, Writer, tag_of,
};
use crate::caps::key_text;
use crate::{Name, Names, Stamp, Zone};

/// What a `From` or `To` value says of the end that it names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameAddr {
    /// Its tag; of a value without one its address.
    pub(crate) tag: Option<Tag>,
    /// Whether the value has a tag.
    pub(crate) has_tag: bool,
    /// Stands for the tag's text in the identity of a message.
    digest: u64,
    /// Address of record, lower case.
    pub(super) address: Option<Name>,
    /// What the address says of the session.
    pub(super) says: UriSays,
}

impl NameAddr {
    /// Reads a value, as written.
    pub fn read(value: &str, names: &Names) -> NameAddr {
        let address = address_of_record(value).map(|address| address_name(address, names));
        NameAddr::of_parts(tag_of(value), address, UriSays::read(value))
    }

    /// What a value says whose parts are found already: its tag, and its address of record, lower
    /// case.
    pub fn of_parts(tag: Option<&str>, address: Option<Name>, says: UriSays) -> NameAddr {
        NameAddr {
            tag: Tag::of_parts(tag, address.as_deref()),
            has_tag: tag.is_some(),
            digest: tag_digest(tag),
            address,
            says,
        }
    }

    /// Address of record, lower case.
    pub fn address(&self) -> Option<&Name> {
        self.address.as_ref()
    }

    /// What [`message_id`] takes of it.
    pub fn digest(&self) -> u64 {
        self.digest
    }
}

/// Stands for the text of a tag in the identity of a message.
pub(super) fn tag_digest(tag: Option<&str>) -> u64 {
    Digest::default().text(tag.unwrap_or_default()).end()
}

/// What an address says of the session: those of conferences name their kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UriSays {
    pub(super) traits: Traits,
    pub(super) modalities: Modalities,
}

impl UriSays {
    /// Reads a URI, or a value that has one.
    pub fn read(value: &str) -> UriSays {
        match value.find(UriSays::CONFERENCE) {
            Some(at) => UriSays::of_conference(&value[at + UriSays::CONFERENCE.len()..]),
            None => UriSays::default(),
        }
    }

    /// What stands before the kind of a conference. A value without it says nothing.
    pub const CONFERENCE: &'static str = "app:conf:";

    fn of_conference(kind: &str) -> UriSays {
        let mut says = UriSays {
            traits: Traits::CONFERENCE,
            ..UriSays::default()
        };
        let kind = &kind[..kind.find([':', ';', '>', '@']).unwrap_or(kind.len())];
        match kind {
            "focus" => says.traits.add(Traits::FOCUS),
            "chat" => says.modalities.add(Modalities::IM),
            // Video is said by the description alone.
            "audio-video" => says.modalities.add(Modalities::AUDIO),
            kind => says.modalities.add(Modalities::of_medium(kind)),
        }
        says
    }
}

/// The name of an address of record as written: in lower case, cut if it is very long.
pub fn address_name(address: &str, names: &Names) -> Name {
    names.name(&lower(address))
}

/// The name of a user agent.
pub fn agent_name(agent: &str, names: &Names) -> Option<Name> {
    (!agent.is_empty()).then(|| names.name(&key_text(agent)))
}

/// What `ms-endpoint-location-data` says of its sender.
pub fn location_traits(location: &str) -> PartyTraits {
    if location.is_empty() {
        return PartyTraits::default();
    }
    let location = location.to_ascii_lowercase();
    if location.contains("type=intranet") {
        PartyTraits::INTRANET
    } else if location.contains("type=internet") {
        PartyTraits::INTERNET
    } else {
        PartyTraits::default()
    }
}

/// What one message tells its dialog.
#[derive(Debug, Clone)]
pub struct Told<'t> {
    /// Method of its `CSeq`.
    pub method: Method,
    /// Number of its `CSeq`.
    pub number: u32,
    /// Whether the start line is missing, so that nobody knows whether it is a request.
    pub is_fragment: bool,
    /// Status of a response.
    pub status: Option<u16>,
    /// The number that stands for it.
    pub id: MessageId,
    /// `From`.
    pub from: &'t NameAddr,
    /// `To`.
    pub to: &'t NameAddr,
    /// What the URI of a request says.
    pub uri: UriSays,
    /// `User-Agent`, else `Server`.
    pub agent: Option<&'t Name>,
    /// Whether it asks for credentials.
    pub challenge: bool,
    /// Whether it has a session description.
    pub described: bool,
    /// Media of its session description.
    pub modalities: Modalities,
    /// Candidates of its session description.
    pub candidates: Candidates,
    /// What it says of where its sender is.
    pub location: PartyTraits,
    /// When it was logged, in microseconds, and by whom.
    pub logged: Option<(i64, &'t Arc<Writer>)>,
}

/// The number that stands for a message in its dialog: see [`Identities`](super::Identities). Of
/// `From` and `To` it takes [`NameAddr::digest`].
pub fn message_id(
    (method, number): (Method, u32),
    status: Option<u16>,
    (from, to): (u64, u64),
    (rseq, cseq): (&str, &str),
    diagnoses: &[&str],
) -> MessageId {
    let mut digest = Digest::default()
        .number(u64::from(number) << 16 | (method as u64) << 12 | u64::from(status.unwrap_or(0)))
        .number(from)
        .number(to);
    if !rseq.is_empty() {
        digest = digest.text(rseq);
    }
    if method == Method::Other {
        digest = digest.text(cseq);
    }
    for value in diagnoses {
        digest = digest.text(value);
    }
    MessageId(digest.end() as u32)
}

/// Values of a message as a reader without memory reads them.
#[derive(Debug)]
pub(crate) struct Values {
    from: NameAddr,
    to: NameAddr,
    agent: Option<Name>,
    writer: Option<(i64, Arc<Writer>)>,
}

impl Values {
    pub(crate) fn of(signal: &Signal<'_>, names: &Names) -> Values {
        let writer = signal.time.map(|Stamp { micros, zone }| {
            let owner = owner(signal).map(|owner| names.name(&lower(owner)));
            (micros, writer(signal.file, owner, zone, names))
        });
        Values {
            from: NameAddr::read(signal.from, names),
            to: NameAddr::read(signal.to, names),
            agent: agent_name(signal.agent, names),
            writer,
        }
    }

    pub(crate) fn told(&self, signal: &Signal<'_>) -> Told<'_> {
        let (method, number) = Method::of_cseq(signal.cseq);
        let method = method.unwrap_or(Method::Other);
        Told {
            method,
            number,
            is_fragment: signal.is_fragment,
            status: signal.status,
            id: message_id(
                (method, number),
                signal.status,
                (self.from.digest, self.to.digest),
                (signal.rseq, signal.cseq),
                &signal.diagnoses,
            ),
            from: &self.from,
            to: &self.to,
            uri: UriSays::read(signal.request_uri),
            agent: self.agent.as_ref(),
            challenge: signal.challenge,
            described: signal.described,
            modalities: signal.modalities,
            candidates: signal.candidates,
            location: location_traits(signal.location),
            logged: self
                .writer
                .as_ref()
                .map(|(micros, writer)| (*micros, writer)),
        }
    }
}

/// The writer of a trace, shared by all who ask for the same.
pub fn writer(file: &str, owner: Option<Name>, zone: Zone, names: &Names) -> Arc<Writer> {
    names.writer(Writer {
        file: names.name(file),
        owner,
        zone,
    })
}
