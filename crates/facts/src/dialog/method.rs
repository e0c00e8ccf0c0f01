//! Methods and final responses.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use crate::Merge;

/// A SIP method (RFC 3261, section 7.1, and its extensions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[repr(u8)]
pub enum Method {
    /// RFC 3261, section 13.
    Invite,
    /// RFC 3261, section 17.
    Ack,
    /// RFC 3261, section 15.
    Bye,
    /// RFC 3261, section 9.
    Cancel,
    /// RFC 3262.
    Prack,
    /// RFC 3311.
    Update,
    /// RFC 3515.
    Refer,
    /// RFC 6086.
    Info,
    /// RFC 3261, section 10.
    Register,
    /// RFC 6665.
    Subscribe,
    /// RFC 6665.
    Notify,
    /// A NOTIFY that wants no response (MS-SIP).
    Benotify,
    /// RFC 3428.
    Message,
    /// Commands to servers (MS-PRES and others).
    Service,
    /// RFC 3261, section 11.
    Options,
    /// Any other.
    Other,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 16] = [
        Method::Invite,
        Method::Ack,
        Method::Bye,
        Method::Cancel,
        Method::Prack,
        Method::Update,
        Method::Refer,
        Method::Info,
        Method::Register,
        Method::Subscribe,
        Method::Notify,
        Method::Benotify,
        Method::Message,
        Method::Service,
        Method::Options,
        Method::Other,
    ];

    /// The word of the start line; `OTHER` for [`Method::Other`].
    pub const fn name(self) -> &'static str {
        match self {
            Method::Invite => "INVITE",
            Method::Ack => "ACK",
            Method::Bye => "BYE",
            Method::Cancel => "CANCEL",
            Method::Prack => "PRACK",
            Method::Update => "UPDATE",
            Method::Refer => "REFER",
            Method::Info => "INFO",
            Method::Register => "REGISTER",
            Method::Subscribe => "SUBSCRIBE",
            Method::Notify => "NOTIFY",
            Method::Benotify => "BENOTIFY",
            Method::Message => "MESSAGE",
            Method::Service => "SERVICE",
            Method::Options => "OPTIONS",
            Method::Other => "OTHER",
        }
    }

    /// The method of this name. Methods are written in capitals (RFC 3261, section 7.1).
    pub fn from_name(name: &str) -> Method {
        Method::of_bytes(name.as_bytes())
    }

    /// The same of bytes.
    pub fn of_bytes(name: &[u8]) -> Method {
        // Told by length first: every message is asked for its method.
        match name {
            b"INVITE" => Method::Invite,
            b"ACK" => Method::Ack,
            b"BYE" => Method::Bye,
            b"CANCEL" => Method::Cancel,
            b"PRACK" => Method::Prack,
            b"UPDATE" => Method::Update,
            b"REFER" => Method::Refer,
            b"INFO" => Method::Info,
            b"REGISTER" => Method::Register,
            b"SUBSCRIBE" => Method::Subscribe,
            b"NOTIFY" => Method::Notify,
            b"BENOTIFY" => Method::Benotify,
            b"MESSAGE" => Method::Message,
            b"SERVICE" => Method::Service,
            b"OPTIONS" => Method::Options,
            _ => Method::Other,
        }
    }

    /// The method of a `CSeq` value, and its number; a number beyond 32 bits is not read.
    pub fn of_cseq(cseq: &str) -> (Option<Method>, u32) {
        let mut words = cseq.split_ascii_whitespace();
        let number = words.next().and_then(|word| word.parse().ok());
        (words.next().map(Method::from_name), number.unwrap_or(0))
    }
}

/// Methods as a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Methods(u16);

impl Methods {
    /// Whether this one is in it.
    pub fn has(self, method: Method) -> bool {
        self.0 & (1 << method as u8) != 0
    }

    /// Adds one.
    pub fn add(&mut self, method: Method) {
        self.0 |= 1 << method as u8;
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Merge for Methods {
    fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// The final response that says how a dialog went.
///
/// Forks, retries and redirects give several. Where there is an INVITE, its responses count and no
/// others: a 2xx before all, then 6xx, then other refusals (RFC 3261, section 16.7, lets a 6xx end
/// all branches), then 3xx, then what only says that a branch was given up (487) or that
/// credentials are wanted (401, 407). In other dialogs a refusal counts before a 2xx, because a
/// registration or subscription that was refused in the end is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FinalStatus(Option<NonZeroU16>);

/// Marks a status as one to an INVITE; no status reaches it.
const OF_INVITE: u16 = 1 << 15;

impl FinalStatus {
    /// This status of a response to an INVITE or not; none for a provisional one.
    pub fn new(status: u16, of_invite: bool) -> FinalStatus {
        let mark = if of_invite { OF_INVITE } else { 0 };
        let is_final = (200..OF_INVITE).contains(&status);
        FinalStatus(NonZeroU16::new(status | mark).filter(|_| is_final))
    }

    /// The status.
    pub fn get(self) -> Option<u16> {
        self.0.map(|status| status.get() & !OF_INVITE)
    }

    fn weight(self) -> (bool, u8, u16) {
        let Some(status) = self.get() else {
            return (false, 0, 0);
        };
        let of_invite = self.0.is_some_and(|marked| marked.get() != status);
        let rank = match status {
            200..=299 if of_invite => 6,
            200..=299 => 3,
            600.. => 5,
            401 | 407 => 1,
            487 => 2,
            300..=399 => 2,
            _ => 4,
        };
        // 487 says less than a redirect.
        let rank = if status == 487 {
            rank * 2 - 1
        } else {
            rank * 2
        };
        (of_invite, rank, status)
    }
}

impl Merge for FinalStatus {
    fn merge(&mut self, other: Self) {
        if other.weight() > self.weight() {
            *self = other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_known_by_its_name() {
        for method in Method::ALL {
            assert_eq!(Method::from_name(method.name()), method);
        }
        assert_eq!(Method::from_name("invite"), Method::Other);
    }

    #[test]
    fn the_response_that_counts_does_not_depend_on_order() {
        let invite = |status| FinalStatus::new(status, true);
        let other = |status| FinalStatus::new(status, false);
        for (statuses, want) in [
            (vec![invite(407), invite(200)], 200),
            (vec![invite(487), invite(603)], 603),
            (vec![invite(480), invite(487)], 480),
            (vec![invite(487), invite(302)], 302),
            (vec![invite(302), invite(200)], 200),
            (vec![invite(401), invite(302)], 302),
            (vec![invite(401)], 401),
            // The 202 of a REFER and the refusal of an INFO say nothing of the call.
            (vec![invite(200), other(202), other(500)], 200),
            (vec![invite(486), other(202)], 486),
            (vec![other(200), other(403), other(401)], 403),
            (vec![other(200), other(401)], 200),
        ] {
            for order in [statuses.to_vec(), statuses.iter().rev().copied().collect()] {
                let mut counts = invite(180);
                assert_eq!(counts.get(), None);
                for status in order {
                    counts.merge(status);
                }
                assert_eq!(counts.get(), Some(want));
            }
        }
    }
}
