//! The ends of a dialog.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use siptriage_diagnostics::address_of_record;

use super::digest::Digest;
use super::{Candidates, PartyTraits, tag_of};
use crate::caps::key_text;
use crate::{Merge, Name};

/// A number that stands for a tag; of an end without a tag, for its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tag(NonZeroU32);

impl Tag {
    /// The end that a `From` or `To` value names; none where it has neither tag nor address.
    pub fn of(value: &str) -> Option<Tag> {
        Tag::of_parts(tag_of(value), address(value).as_deref())
    }

    /// The same, of a value whose tag and address in lower case are known.
    pub(super) fn of_parts(tag: Option<&str>, address: Option<&str>) -> Option<Tag> {
        let digest = match tag {
            Some(tag) => Digest::default().text(tag),
            None => Digest::default().number(1).text(address?),
        };
        Some(Tag(
            NonZeroU32::new(digest.end() as u32).unwrap_or(NonZeroU32::MIN)
        ))
    }

    /// The number that stands for it.
    pub fn number(self) -> u32 {
        self.0.get()
    }
}

/// One end of a dialog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Address of record, lower case.
    pub address: Option<Name>,
    /// `User-Agent`, of responses also `Server`, of what it sent.
    pub agent: Option<Name>,
    /// Candidates it offered.
    pub candidates: Candidates,
    /// What else was seen of it.
    pub traits: PartyTraits,
    /// How far it got with what it asked for.
    pub tries: Tries,
    /// Its tag, where it is one of a dialog's. Here, because there is room between the others.
    #[serde(skip)]
    pub(super) tag: Option<Tag>,
}

impl Party {
    /// The end of this tag, of which nothing is known.
    pub(super) fn of(tag: Tag) -> Party {
        Party {
            tag: Some(tag),
            ..Party::default()
        }
    }
}

/// Of two names the smaller, and any rather than none.
pub(super) fn merge_name(left: &mut Option<Name>, right: Option<Name>) {
    match (&*left, right) {
        (None, right) => *left = right,
        (Some(own), Some(other)) if other < *own => *left = Some(other),
        _ => {}
    }
}

impl Merge for Party {
    fn merge(&mut self, other: Self) {
        let Party {
            address,
            agent,
            candidates,
            traits,
            tries,
            tag: _,
        } = other;
        merge_name(&mut self.address, address);
        merge_name(&mut self.agent, agent);
        self.candidates.merge(candidates);
        self.traits.merge(traits);
        self.tries.merge(tries);
    }
}

/// How far one end got with what it asked for: by the last digits of `CSeq`, since a further try
/// counts on (RFC 3261, section 22.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// The newest INVITE without a tag in `To`; of requests that make no session, the newest that
    /// met a 2xx; 0 if there is none.
    pub(super) on: u8,
    /// The newest INVITE that met a 401 or 407; of requests that make no session, the newest that
    /// met a refusal, challenges aside; 0 if there is none.
    pub(super) back: u8,
}

impl Tries {
    /// What is kept of a `CSeq` number: never 0, and in order but where 255 numbers end.
    pub(super) fn of(number: u32) -> u8 {
        (number % 255) as u8 + 1
    }

    /// Whether the last challenge, or the last refusal, was not the end of it.
    pub fn went_on(self) -> bool {
        self.back != 0 && self.on > self.back
    }
}

impl Merge for Tries {
    fn merge(&mut self, other: Self) {
        self.on = self.on.max(other.on);
        self.back = self.back.max(other.back);
    }
}

/// Address of record in lower case, cut if it is very long.
fn address(value: &str) -> Option<String> {
    address_of_record(value).map(lower)
}

/// An address of record in lower case, cut if it is very long.
pub(super) fn lower(address: &str) -> String {
    key_text(address).to_lowercase()
}

/// Takes a name into a slot that keeps the smallest.
pub(super) fn offer_name(slot: &mut Option<Name>, name: Option<&Name>) {
    let Some(name) = name else { return };
    match slot {
        Some(own) if own.is_same(name) || *own <= *name => {}
        _ => *slot = Some(name.clone()),
    }
}
