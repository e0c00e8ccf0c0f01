//! Kinds of dialogs and their ends: who called whom, and where both are.

use siptriage_diagnostics::{MediaSide, address_of_record};
use siptriage_facts::{
    Candidates, Carrier, Dialog, DialogDiagnosis, DialogMedia, Method, Modalities, Party,
    PartyTraits, Tag, Traits,
};

use crate::fields::Field;
use crate::reading::{Reading, Section};
use crate::{End, Kind, Location, Relay};

/// What kind of dialog it is.
///
/// 1. With INVITE, ACK, BYE, CANCEL, PRACK or UPDATE it is a session: instant messages if they
///    are all that it carries (or MESSAGE shows it where nothing else does), a conference's control
///    if it speaks to a focus and has neither medium nor session description, else a call.
/// 2. Else the method says: REGISTER, SUBSCRIBE and NOTIFY, SERVICE, OPTIONS, MESSAGE.
/// 3. What has no method at all is known from what speaks of it. A quality report, and a diagnosis
///    with media sections, are about calls; so is an error report, which names the request.
pub(crate) fn kind(dialog: &Dialog) -> Kind {
    let any = |methods: &[Method]| methods.iter().any(|method| dialog.methods.has(*method));
    let no_media = dialog.modalities.is_empty();
    let only_im = !no_media && Modalities::IM.has(dialog.modalities);
    if any(&[
        Method::Invite,
        Method::Ack,
        Method::Bye,
        Method::Cancel,
        Method::Prack,
        Method::Update,
    ]) {
        if only_im || no_media && any(&[Method::Message]) {
            Kind::InstantMessages
        } else if no_media
            && dialog.traits.has(Traits::FOCUS)
            && !dialog.traits.has(Traits::DESCRIBED)
        {
            Kind::Conference
        } else {
            Kind::Call
        }
    } else if any(&[Method::Register]) {
        Kind::Registration
    } else if any(&[Method::Subscribe, Method::Notify, Method::Benotify]) {
        Kind::Subscription
    } else if any(&[Method::Service]) {
        Kind::Service
    } else if any(&[Method::Options]) {
        Kind::Options
    } else if any(&[Method::Message]) {
        Kind::InstantMessages
    } else if any(&[Method::Info]) && dialog.traits.has(Traits::FOCUS) {
        Kind::Conference
    } else if dialog.traits.has(Traits::REPORTED) || speaks_of_a_call(dialog) {
        if only_im {
            Kind::InstantMessages
        } else {
            Kind::Call
        }
    } else {
        Kind::Other
    }
}

fn speaks_of_a_call(dialog: &Dialog) -> bool {
    dialog
        .diagnoses()
        .any(|(diagnosis, _)| match diagnosis.carrier {
            Carrier::DiagHeader => {
                let request = diagnosis.params.get("requestType").unwrap_or("INVITE");
                let request = Method::from_name(request.trim());
                matches!(request, Method::Invite | Method::Bye | Method::Cancel)
            }
            // Codes of media failures are about calls, whatever else they say.
            _ => {
                !diagnosis.media.is_empty()
                    || diagnosis.code.is_some_and(|code| (21..=34).contains(&code))
            }
        })
}

/// Whose view a media section is: by the parameter's name, else by who sent the message. A report
/// about a call is sent in another dialog, whose tags say nothing.
pub(crate) fn side_of(
    diagnosis: &DialogDiagnosis,
    media: &DialogMedia,
    caller: Option<Tag>,
) -> Option<MediaSide> {
    if media.side.is_some() {
        return media.side;
    }
    if !matches!(diagnosis.carrier, Carrier::Header | Carrier::Cdr) {
        return None;
    }
    // Who is not the caller was called, be it by another branch of a fork.
    Some(if caller? == diagnosis.sender? {
        MediaSide::Caller
    } else {
        MediaSide::Callee
    })
}

/// Which parties of a dialog its ends are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who<'f> {
    caller: Option<Sided<'f>>,
    callee: Option<Sided<'f>>,
    /// Whether it is known which is which, and not only chosen.
    sure: bool,
}

/// Both ends of a dialog.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends<'f> {
    pub(crate) caller: End<'f>,
    pub(crate) callee: End<'f>,
    /// Whether it is known which is which, and not only chosen.
    pub(crate) sure: bool,
}

type Sided<'f> = (Tag, &'f Party);

/// Who called whom.
///
/// The caller is the end that sent the INVITE that begins the dialog. Without it, in this order:
/// the end that sent another request without a tag in `To`; the end that is not the one who
/// answered; the end that a parameter `CallerMediaDebug` or `CalleeMediaDebug` in its message
/// tells; the end that has not the address which was called; the end from which what is left of
/// an INVITE and its ACK came. Where nothing tells, the end that sent a BYE stands first, because
/// `From` is whom tallies count.
///
/// The callee is the end that answered, else another end that was reached, one with the address
/// which was called before others, else one that has that address, else any other end.
///
/// The dialog is the one that is read.
pub(crate) fn who<'f>(dialog: &'f Dialog, kind: Kind, reading: &Reading<'f>) -> Who<'f> {
    let parties = || reading.parties.iter().copied();
    let having = |traits| parties().find(move |(_, party)| party.traits.has(traits));
    let known = having(PartyTraits::INVITED)
        .or_else(|| having(PartyTraits::ASKED))
        .or_else(|| by_answer(dialog).filter(|_| kind.is_session()))
        .or_else(|| by_debug(dialog))
        .or_else(|| by_target(dialog))
        .or_else(|| by_offer(dialog));
    let caller = known
        .or_else(|| having(PartyTraits::ENDED))
        .or_else(|| parties().next());
    let caller_tag = caller.map(|(tag, _)| tag);
    let others = || parties().filter(move |(tag, _)| Some(*tag) != caller_tag);
    let is_target = |party: &Party| party.address.is_some() && party.address == dialog.target;
    let reached = |party: &Party| party.traits.has(PartyTraits::REACHED);
    let callee = others()
        .find(|(_, party)| party.traits.has(PartyTraits::ANSWERED))
        .or_else(|| others().find(|(_, party)| reached(party) && is_target(party)))
        .or_else(|| others().find(|(_, party)| reached(party)))
        .or_else(|| others().find(|(_, party)| is_target(party)))
        .or_else(|| others().next());
    Who {
        caller,
        callee,
        sure: known.is_some(),
    }
}

/// The caller's address, where its ends are these.
pub(crate) fn caller_address<'f>(dialog: &'f Dialog, who: &Who<'f>) -> Option<&'f str> {
    match who.caller {
        Some((_, caller)) => caller.address.as_deref(),
        // Of a call that is known from reports alone, they name the ends.
        None => reported(dialog, &["FromURI"]),
    }
}

/// All that is known of the ends. Reads the media sections of the dialog that is read.
pub(crate) fn ends<'f>(dialog: &'f Dialog, who: &Who<'f>, reading: &mut Reading<'f>) -> Ends<'f> {
    let Who {
        caller,
        callee,
        sure,
    } = *who;
    let mut seen = (Seen::default(), Seen::default());
    if !reading.told.is_empty() {
        reading.read_sections(caller.map(|(tag, _)| tag));
        // What is seen first is kept, and media debug knows more than quality reports do.
        for quality in [false, true] {
            let told = reading.told.iter();
            let told = told.filter(|told| (told.diagnosis.carrier == Carrier::Qoe) == quality);
            for section in told.flat_map(|told| &reading.sections[told.sections.clone()]) {
                match section.side {
                    Some(MediaSide::Caller) => {
                        seen.0.see_own(section);
                        seen.1.see_other(section);
                    }
                    Some(MediaSide::Callee) => {
                        seen.1.see_own(section);
                        seen.0.see_other(section);
                    }
                    None => {}
                }
            }
        }
    }
    let mut ends = Ends {
        caller: end(caller, seen.0),
        callee: end(callee, seen.1),
        sure,
    };
    ends.caller.address = caller_address(dialog, who);
    if ends.callee.address.is_none() {
        ends.callee.address = dialog.target.as_deref();
    }
    if caller.is_none() {
        let address = ends.callee.address;
        ends.callee.address = address.or_else(|| reported(dialog, &["ToURI", "toUri"]));
    }
    ends
}

/// The address of record that a report about the call names, where it is written in lower case as
/// those of parties are.
fn reported<'f>(dialog: &'f Dialog, names: &[&str]) -> Option<&'f str> {
    let mut values = dialog.diagnoses().flat_map(|(diagnosis, _)| {
        let pairs = diagnosis.params.iter();
        pairs.filter(|(name, _)| names.contains(name))
    });
    values.find_map(|(_, value)| {
        let address = address_of_record(value)?;
        let is_lower = !address.bytes().any(|byte| byte.is_ascii_uppercase());
        is_lower.then_some(address)
    })
}

/// The end that is not the one who answered. A re-INVITE may be answered by either.
fn by_answer(dialog: &Dialog) -> Option<Sided<'_>> {
    if dialog.traits.has(Traits::REINVITED) {
        return None;
    }
    let answered = |party: &Party| party.traits.has(PartyTraits::ANSWERED);
    let mut parties = dialog.parties.iter();
    parties.any(|(_, party)| answered(party)).then_some(())?;
    other_than(dialog, |_, party| answered(party))
}

/// The end that a media debug parameter in a message of either tells.
fn by_debug(dialog: &Dialog) -> Option<Sided<'_>> {
    dialog.diagnoses().find_map(|(diagnosis, _)| {
        if diagnosis.carrier != Carrier::Header {
            return None;
        }
        let sender = diagnosis.sender?;
        let sides = diagnosis.media.iter().filter_map(|media| media.side);
        // Who tells of both is a server, or passes on what it heard.
        let mut sides: Vec<MediaSide> = sides.collect();
        sides.dedup();
        match sides[..] {
            [MediaSide::Caller] => Some((sender, dialog.parties.get(&sender)?)),
            [MediaSide::Callee] => {
                dialog.parties.get(&sender)?;
                other_than(dialog, |tag, _| tag == sender)
            }
            _ => None,
        }
    })
}

/// The end that has not the address which was called.
fn by_target(dialog: &Dialog) -> Option<Sided<'_>> {
    let target = dialog.target.as_ref()?;
    let called = |party: &Party| party.address.as_ref() == Some(target);
    let mut parties = dialog.parties.iter();
    parties.any(|(_, party)| called(party)).then_some(())?;
    other_than(dialog, |_, party| called(party))
}

/// The end that responses to INVITE and ACKs name in `From`. A re-INVITE may be sent by either.
fn by_offer(dialog: &Dialog) -> Option<Sided<'_>> {
    if dialog.traits.has(Traits::REINVITED) {
        return None;
    }
    let mut offered =
        (dialog.parties.iter()).filter(|(_, party)| party.traits.has(PartyTraits::OFFERED));
    let (tag, party) = offered.next()?;
    offered.next().is_none().then_some((*tag, party))
}

fn other_than(dialog: &Dialog, not: impl Fn(Tag, &Party) -> bool) -> Option<Sided<'_>> {
    let mut parties = dialog.parties.iter();
    let (tag, party) = parties.find(|(tag, party)| !not(**tag, party))?;
    Some((*tag, party))
}

/// What media sections say of one end: its own first, then those of the other end.
#[derive(Debug, Clone, Copy, Default)]
struct Seen<'f> {
    own: Facet<'f>,
    others: Facet<'f>,
    /// Its own media debug is complete enough to tell that it had no relay.
    told: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Facet<'f> {
    location: Option<Location>,
    relay: Option<&'f str>,
    site: Option<&'f str>,
}

impl<'f> Facet<'f> {
    /// What was seen first is kept.
    fn see(
        &mut self,
        location: Location,
        relay: impl FnOnce() -> Option<&'f str>,
        site: impl FnOnce() -> Option<&'f str>,
    ) {
        if self.location.is_none() && location != Location::Unknown {
            self.location = Some(location);
        }
        self.relay = self.relay.or_else(relay);
        self.site = self.site.or_else(|| site().map(without_port));
    }
}

impl<'f> Seen<'f> {
    fn see_own(&mut self, section: &Section<'f>) {
        let local_site = stated(section, Field::LocalSite);
        let site = || local_site.or_else(|| stated(section, Field::LocalAddress));
        let relay = || {
            let relay = stated(section, Field::LocalRelay);
            relay.or_else(|| stated(section, Field::RelayAddress))
        };
        self.own.see(section.local, relay, site);
        // `LocalMR` stands behind `LocalSite`: what was cut or taken out before it says nothing
        // of it.
        self.told |= local_site.is_some()
            && [
                Field::RemoteSite,
                Field::PortRange,
                Field::LocalLocation,
                Field::RemoteLocation,
            ]
            .iter()
            .any(|field| section.fields.get(*field).is_some());
    }

    fn see_other(&mut self, section: &Section<'f>) {
        let site = || {
            let site = stated(section, Field::RemoteSite);
            site.or_else(|| stated(section, Field::RemoteAddress))
        };
        let relay = || stated(section, Field::RemoteRelay);
        self.others.see(section.remote, relay, site);
    }
}

/// A field that names an address, not the empty or the unspecified one.
fn stated<'f>(section: &Section<'f>, field: Field) -> Option<&'f str> {
    let value = trimmed(section.fields.get(field)?);
    let address = without_port(value);
    (!address.is_empty() && address != "0.0.0.0" && address != "::").then_some(value)
}

/// What [`str::trim`] gives; of a text that begins and ends with a letter, digit or sign, as
/// nearly all do, in less time.
#[inline]
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// An address without port and brackets. Written are `192.0.2.1:5060`, `[2001:db8::1]:5060`, and
/// by some clients `192.0.2.1::5060`; an IPv6 address without brackets has no port.
fn without_port(address: &str) -> &str {
    if let Some(rest) = address.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    let bytes = address.as_bytes();
    let digits = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let Some(colon) = bytes.len().checked_sub(digits.count() + 1) else {
        return address;
    };
    if bytes[colon] != b':' {
        return address;
    }
    let host = &address[..colon];
    let host = host.strip_suffix(':').unwrap_or(host);
    if host.bytes().any(|byte| byte == b':') {
        return address;
    }
    host
}

fn end<'f>(party: Option<Sided<'f>>, seen: Seen<'f>) -> End<'f> {
    let Seen { own, others, told } = seen;
    let (tag, party) = party.unzip();
    let candidates = party.map_or(Candidates::default(), |party| party.candidates);
    let traits = party.map_or(PartyTraits::default(), |party| party.traits);
    let said = match (
        traits.has(PartyTraits::INTRANET),
        traits.has(PartyTraits::INTERNET),
    ) {
        (true, false) => Location::Inside,
        (false, true) => Location::Outside,
        _ => Location::Unknown,
    };
    let untyped = Candidates::UNTYPED_UDP.and(Candidates::UNTYPED_TCP);
    let relay = match own.relay.or(others.relay) {
        Some(relay) => Relay::Present(relay),
        None if candidates.has_any(Candidates::RELAY) => Relay::Present(""),
        None if told || !candidates.is_empty() && !candidates.has_any(untyped) => Relay::Absent,
        None => Relay::NotStated,
    };
    End {
        tag,
        address: party.and_then(|party| party.address.as_deref()),
        agent: party.and_then(|party| party.agent.as_deref()),
        location: own.location.or(others.location).unwrap_or(said),
        relay,
        site: own.site.or(others.site),
        candidates,
    }
}

/// Who ended a dialog in which a BYE was seen, where its ends are known.
pub(crate) fn who_ended(reading: &Reading<'_>, ends: &Ends<'_>) -> Option<MediaSide> {
    let caller = ends.caller.tag.filter(|_| ends.sure)?;
    let mut sides = reading.parties.iter().filter_map(|(tag, party)| {
        party
            .traits
            .has(PartyTraits::ENDED)
            .then_some(if *tag == caller {
                MediaSide::Caller
            } else {
                MediaSide::Callee
            })
    });
    let first = sides.next()?;
    sides.all(|side| side == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_port() {
        for (address, want) in [
            ("192.0.2.1:5060", "192.0.2.1"),
            ("192.0.2.1::58503", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1"),
            ("[2001:db8::1]:5060", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("edge.example.com:443", "edge.example.com"),
            ("", ""),
            (":5060", ""),
            ("5060", "5060"),
            (":", ""),
            ("::", ""),
            (":::", ":::"),
            ("192.0.2.1:", "192.0.2.1"),
            ("192.0.2.1:5060x", "192.0.2.1:5060x"),
            ("x:192.0.2.1:5060", "x:192.0.2.1:5060"),
            ("édge:443", "édge"),
            ("443:é", "443:é"),
            ("é", "é"),
            ("[", ""),
        ] {
            assert_eq!(without_port(address), want, "{address}");
        }
    }
}
