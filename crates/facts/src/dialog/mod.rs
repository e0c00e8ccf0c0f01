//! Dialogs: what the messages of one Call-ID add up to.
//!
//! Nothing here depends on the order in which messages are met, nor on how often each is: the
//! same message logged at several hops, in overlapping exports or twice in one file changes the
//! number of copies and nothing else. What a dialog means (its outcome, its verdict) is said
//! elsewhere, when all of it is known.

mod bits;
mod call_id;
mod diagnosis;
mod digest;
mod identities;
mod method;
mod parties;
mod party;
mod sights;
mod signal;
mod times;
mod told;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use bits::{Candidates, Modalities, PartyTraits, Traits};
pub use call_id::{CallId, CallIdText, DialogId};
pub use diagnosis::{DialogDiagnosis, DialogMedia, MediaKind, Pairs, PairsView, Said, Sightings};
pub(crate) use digest::Digest;
pub use identities::Identities;
pub use method::{FinalStatus, Method, Methods};
pub use parties::Parties;
pub use party::{Party, Tag, Tries};
use party::{merge_name, offer_name};
pub use sights::Sights;
pub use signal::{MessageId, Signal, tag_of};
pub use times::{Micros, Times, Writer};
pub(crate) use told::Values;
pub use told::{
    NameAddr, Told, UriSays, address_name, agent_name, location_traits, message_id, writer,
};

use crate::around::Around;
use crate::{Carrier, Event, Few, Merge, Name, Names, Place, Stamp};

/// Different diagnoses that are kept of one dialog.
const MAX_DIAGNOSES: usize = 64;

/// Diagnoses of a dialog with their sightings.
pub type DialogDiagnoses = Few<DialogDiagnosis, Sightings, MAX_DIAGNOSES>;

/// What the messages of one Call-ID add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialog {
    /// Its messages.
    pub messages: Identities,
    /// Its ends by tag.
    pub parties: Parties,
    /// Address of record of `To` in the request that begins it, lower case.
    pub target: Option<Name>,
    /// When what happened, by writer of the trace.
    pub sights: Sights,
    /// Methods of its messages and of what speaks of it: bit `1 << method`.
    pub methods: Methods,
    /// What was seen of it.
    pub traits: Traits,
    /// What it carries, by session descriptions, media labels and addresses of conferences.
    pub modalities: Modalities,
    /// The final response that counts: see [`FinalStatus`].
    pub final_status: FinalStatus,
    /// What was said about it.
    #[serde(with = "diagnosis::or_none")]
    pub diagnoses: DialogDiagnoses,
}

impl Dialog {
    /// Takes one message.
    pub fn observe(&mut self, signal: &Signal<'_>, names: &Names) {
        let values = Values::of(signal, names);
        self.take(&values.told(signal));
    }

    /// Takes one message whose values are read already.
    pub fn take(&mut self, told: &Told<'_>) {
        let Told {
            method,
            number,
            from,
            to,
            challenge,
            ..
        } = *told;
        self.methods.add(method);
        self.messages.observe(told.id.0);
        let request = told.status.is_none() && !told.is_fragment;
        let begins = request && method == Method::Invite && !to.has_tag;
        let status = told.status.unwrap_or(0);
        let invite = method == Method::Invite;
        let provisional = invite && matches!(status, 180 | 183);
        let answer = invite && matches!(status, 200..=299);
        let challenge = challenge && matches!(status, 401 | 407);
        let redirected = invite && matches!(status, 300..=399);
        let refused = invite && status >= 400 && !challenge;
        let failed = refused || request && method == Method::Cancel;
        let bye = request && method == Method::Bye;
        for (is, one) in [
            (begins, Traits::INVITED),
            (request && invite && !begins, Traits::REINVITED),
            (provisional, Traits::RANG),
            (answer, Traits::ANSWERED),
            (request && method == Method::Ack, Traits::ACKED),
            (request && method == Method::Cancel, Traits::CANCELLED),
            (bye, Traits::ENDED),
            (challenge, Traits::CHALLENGED),
            (redirected, Traits::REDIRECTED),
            (told.described, Traits::DESCRIBED),
        ] {
            if is {
                self.traits.add(one);
            }
        }
        // Of calls, the response to INVITE is what counts; a BYE or an UPDATE that is refused
        // does not make a call a failed one.
        if status >= 200 && (invite || !is_of_call(method)) {
            self.final_status.merge(FinalStatus::new(status, invite));
        }
        self.modalities.add(told.modalities);
        for says in [told.uri, to.says, from.says] {
            self.traits.add(says.traits);
            self.modalities.add(says.modalities);
        }

        let mut of_from = PartyTraits::default();
        if begins {
            of_from.add(PartyTraits::INVITED);
        }
        if bye {
            of_from.add(PartyTraits::ENDED);
        }
        if request && !to.has_tag {
            of_from.add(PartyTraits::ASKED);
        }
        if invite || method == Method::Ack {
            of_from.add(PartyTraits::OFFERED);
        }
        let alone = matches!(
            method,
            Method::Register
                | Method::Subscribe
                | Method::Service
                | Method::Options
                | Method::Other
        );
        let number_if = |is: bool| if is { Tries::of(number) } else { 0 };
        let tries = Tries {
            on: number_if(begins || alone && matches!(status, 200..=299)),
            back: number_if(challenge && invite || alone && status >= 300 && !challenge),
        };
        self.take_end(told, from, request, of_from, tries);
        if to.has_tag {
            let mut of_to = PartyTraits::default();
            if answer {
                of_to.add(PartyTraits::ANSWERED);
            }
            if provisional || answer || refused {
                of_to.add(PartyTraits::REACHED);
            }
            self.take_end(told, to, told.status.is_some(), of_to, Tries::default());
        }
        // Requests that begin something have no tag in `To` yet.
        if request && !to.has_tag {
            offer_name(&mut self.target, to.address.as_ref());
        }
        let Some((micros, writer)) = told.logged else {
            return;
        };
        let at = Some(Micros::new(micros));
        self.sights.add(
            writer,
            Times {
                first: at,
                last: at,
                invite: at.filter(|_| begins),
                ring: at.filter(|_| provisional),
                answer: at.filter(|_| answer),
                redirect: at.filter(|_| redirected),
                fail: at.filter(|_| failed),
                bye: at.filter(|_| bye),
            },
        );
    }

    /// Takes what a message says of the end that `value` names.
    fn take_end(
        &mut self,
        told: &Told<'_>,
        value: &NameAddr,
        is_sender: bool,
        traits: PartyTraits,
        tries: Tries,
    ) {
        let Some(party) = value.tag.and_then(|tag| self.parties.entry(tag)) else {
            return;
        };
        offer_name(&mut party.address, value.address.as_ref());
        party.traits.add(traits);
        party.tries.merge(tries);
        if !is_sender {
            return;
        }
        let request = told.status.is_none() && !told.is_fragment;
        // Servers answer in the name of those they speak for.
        if request || told.status.is_some_and(|status| status >= 180) {
            offer_name(&mut party.agent, told.agent);
        }
        party.candidates.add(told.candidates);
        party.traits.add(told.location);
    }

    /// Takes a diagnosis that stood in one of its messages, or that names it.
    pub fn observe_event(&mut self, event: &Event<'_>, around: &Around, names: &Names) {
        let method = around.method;
        match event.carrier {
            Carrier::Text => return,
            Carrier::Qoe => self.traits.add(Traits::REPORTED),
            // A server's record names the message it is about.
            Carrier::ServerRecord if method != Method::Other => self.methods.add(method),
            _ => {}
        }
        let mut diagnosis = DialogDiagnosis::of(event, names);
        diagnosis.stood_in(around);
        self.take_diagnosis(Cow::Owned(diagnosis), event.time, &event.place);
    }

    /// Takes a diagnosis that was met then and there.
    pub(crate) fn take_diagnosis(
        &mut self,
        diagnosis: Cow<'_, DialogDiagnosis>,
        time: Option<Stamp>,
        place: &Place,
    ) {
        for media in &diagnosis.media {
            self.modalities.add(Modalities::of_medium(&media.label));
        }
        if let Some(sightings) = self.diagnoses.entry_of(diagnosis) {
            sightings.merge(Sightings::once(time, place));
        }
    }

    /// Its diagnoses with their sightings.
    pub fn diagnoses(&self) -> impl Iterator<Item = (&DialogDiagnosis, &Sightings)> {
        self.diagnoses.iter()
    }

    /// Gives back what memory is spare, when a part of a scan is done.
    pub(crate) fn settle(&mut self) {
        self.messages.shrink();
    }
}

/// Whether messages of this method are a part of a call, not a dialog of their own.
fn is_of_call(method: Method) -> bool {
    matches!(
        method,
        Method::Invite
            | Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Prack
            | Method::Update
    )
}

impl Merge for Dialog {
    fn merge(&mut self, other: Self) {
        let Dialog {
            messages,
            parties,
            target,
            sights,
            methods,
            traits,
            modalities,
            final_status,
            diagnoses,
        } = other;
        self.messages.merge(messages);
        self.parties.merge(parties);
        merge_name(&mut self.target, target);
        self.sights.merge(sights);
        self.methods.merge(methods);
        self.traits.merge(traits);
        self.modalities.merge(modalities);
        self.final_status.merge(final_status);
        self.diagnoses.merge(diagnoses);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_is_small() {
        // There may be millions: docs/decisions/008 has the measurements.
        assert!(size_of::<Dialog>() <= 176, "{}", size_of::<Dialog>());
        // About one comes with each call.
        let diagnosis = size_of::<(DialogDiagnosis, Sightings)>();
        assert!(diagnosis <= 104, "{diagnosis}");
    }
}
