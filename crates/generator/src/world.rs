//! What all dialogues of a trace share: people, chance, and how much has been said so far.

use crate::clock::MINUTE;
use crate::generate::Lengths;
use crate::people::{Directory, OWNER_INSIDE, OWNER_OUTSIDE, PersonId};
use crate::rng::Rng;

/// How much of what a trace holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Density {
    /// Dialogues that are calls, in a thousand dialogues.
    pub calls: u32,
    /// Calls that fail, in a thousand calls. Failing calls carry their diagnoses whatever the
    /// shares below say.
    pub failing: u32,
    /// Messages with an `ms-client-diagnostics` header, in a thousand messages.
    pub client_diagnosed: u32,
    /// Messages with an `ms-diagnostics` or `ms-diagnostics-public` header, in a thousand
    /// messages.
    pub server_diagnosed: u32,
    /// False friends and quoted diagnoses, in bodies and noise, in a thousand messages.
    pub decoys: u32,
    /// Log entries beside the messages, for a hundred messages.
    pub noise: u32,
}

impl Default for Density {
    /// What busy days look like: three in a hundred messages with either header.
    fn default() -> Self {
        Density {
            calls: 420,
            failing: 120,
            client_diagnosed: 30,
            server_diagnosed: 30,
            decoys: 5,
            noise: 170,
        }
    }
}

/// A share that is kept up while the trace grows: so many in a thousand messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    per_mille: u64,
    taken: u64,
}

impl Quota {
    pub(crate) fn new(per_mille: u32) -> Quota {
        Quota {
            per_mille: u64::from(per_mille),
            taken: 0,
        }
    }

    /// Whether more than `slack` are missing after `messages` messages.
    pub(crate) fn is_behind(self, messages: u64, slack: u64) -> bool {
        (self.taken + slack) * 1000 < self.per_mille * messages
    }

    pub(crate) fn take(&mut self, count: u64) {
        self.taken += count;
    }
}

/// Who writes the trace that a dialogue is seen in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Viewpoint {
    /// The client of one person.
    Client,
    /// A server of the company.
    Server,
}

/// What all dialogues of a trace share.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) directory: Directory,
    pub(crate) calls: u32,
    pub(crate) failing: u32,
    pub(crate) noise: u32,
    pub(crate) lengths: Lengths,
    /// Messages so far.
    pub(crate) messages: u64,
    pub(crate) client_diagnosed: Quota,
    pub(crate) server_diagnosed: Quota,
    pub(crate) decoys_in_bodies: Quota,
    pub(crate) decoys_in_noise: Quota,
}

impl World {
    pub(crate) fn new(seed: u64, density: Density, lengths: Lengths) -> World {
        let mut rng = Rng::new(seed);
        let directory = Directory::new(&mut rng);
        World {
            rng,
            directory,
            calls: density.calls,
            failing: density.failing,
            noise: density.noise,
            lengths,
            messages: 0,
            client_diagnosed: Quota::new(density.client_diagnosed),
            server_diagnosed: Quota::new(density.server_diagnosed),
            decoys_in_bodies: Quota::new(density.decoys / 2),
            decoys_in_noise: Quota::new(density.decoys - density.decoys / 2),
        }
    }

    /// The owner of client logs, who is at home every third half hour.
    pub(crate) fn owner(at: u64) -> PersonId {
        if at / (30 * MINUTE) % 3 == 2 {
            OWNER_OUTSIDE
        } else {
            OWNER_INSIDE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_kept_up_exactly() {
        let mut quota = Quota::new(30);
        for messages in 1..=10_000 {
            if quota.is_behind(messages, 0) {
                quota.take(1);
            }
        }
        assert_eq!(quota.taken, 300);
        assert!(!Quota::new(0).is_behind(1000, 0));
    }
}
