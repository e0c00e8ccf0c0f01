//! When what happened, by whose clock.

use std::num::NonZeroI64;

use serde::{Deserialize, Serialize};

use crate::{Merge, Name, Zone};

/// Who wrote the trace in which a dialog was seen. Stamps of one writer are of one clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Writer {
    /// The file.
    pub file: Name,
    /// Whose log it is, where messages tell: the address of record of the client that sent and
    /// received them. Rotated files of one client are of one clock.
    pub owner: Option<Name>,
    /// Zone of its stamps.
    pub zone: Zone,
}

/// When what happened, by one writer's clock: microseconds since 1970-01-01 as written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// The first message of any kind.
    pub first: Option<Micros>,
    /// The last one.
    pub last: Option<Micros>,
    /// The INVITE that begins the dialog.
    pub invite: Option<Micros>,
    /// The first 180 or 183.
    pub ring: Option<Micros>,
    /// The first 2xx to an INVITE.
    pub answer: Option<Micros>,
    /// The first response of class 3xx to an INVITE.
    pub redirect: Option<Micros>,
    /// The first CANCEL, or final response of class 4xx to 6xx to an INVITE, challenges aside.
    pub fail: Option<Micros>,
    /// The first BYE.
    pub bye: Option<Micros>,
}

/// Microseconds since 1970-01-01T00:00:00 of some clock. No stamp is at the end of time, which
/// makes room for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(NonZeroI64);

const ONE: NonZeroI64 = match NonZeroI64::new(1) {
    Some(one) => one,
    None => NonZeroI64::MAX,
};

impl Micros {
    /// From the number. 1970-01-01T00:00:00 itself is taken for a microsecond later.
    pub fn new(micros: i64) -> Micros {
        Micros(NonZeroI64::new(micros).unwrap_or(ONE))
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0.get()
    }
}

fn least(left: &mut Option<Micros>, right: Option<Micros>) {
    *left = match (*left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    };
}

impl Merge for Times {
    fn merge(&mut self, other: Self) {
        let Times {
            first,
            last,
            invite,
            ring,
            answer,
            redirect,
            fail,
            bye,
        } = other;
        least(&mut self.first, first);
        self.last = self.last.max(last);
        least(&mut self.invite, invite);
        least(&mut self.ring, ring);
        least(&mut self.answer, answer);
        least(&mut self.redirect, redirect);
        least(&mut self.fail, fail);
        least(&mut self.bye, bye);
    }
}
