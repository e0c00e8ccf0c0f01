//! Which rule decides a case, found in little time.
//!
//! [`Rules::matching`] holds a case to every condition as it is written; here conditions are bits
//! and numbers, and most rules are out before they are looked at. Both give the same rule, which
//! tests hold.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use siptriage_diagnostics::{CodeClass, MediaSide};
use siptriage_facts::{Candidates, Carrier, DialogDiagnosis, Method, Modalities, Traits};

use crate::ends::trimmed;
use crate::fields::Field;
use crate::reading::{Ordered, Reading, Section};
use crate::{Case, End, Kind, Location, Outcome, Relay, Thresholds};

use super::condition::{Bits, EndWhen, Numbers, On, When, federation_word, fits, known_bits};
use super::matching::{At, diagnosis_matches, has_agent, is_media_record};
use super::words::{LocationsWord, RelayState, Transport};
use super::{Decision, Rule, Rules, Verdict};

/// Rules by what they ask, the most specific first: sets of their places in this order.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    entries: Vec<Entry>,
    /// For each kind and outcome.
    slots: Vec<Set>,
    /// Those that ask nothing of a diagnosis.
    plain: Set,
    /// Those that take diagnoses of a carrier.
    carriers: Vec<Set>,
}

/// A rule, with what is asked first.
#[derive(Debug, Clone)]
struct Entry {
    rule: u32,
    specificity: i32,
    /// Bits that some mask of the call must have each, and of which it must have one.
    bits: (u32, u32),
    /// Media and locations of which some section must have one.
    media: Modalities,
    locations: u16,
    /// Whether there must be a media section.
    section: bool,
    asked: Asked,
}

/// Places of rules, a bit for each.
type Set = Vec<u64>;

fn set(entries: &[Entry], fits: impl Fn(&Entry) -> bool) -> Set {
    let mut set = vec![0; entries.len().div_ceil(64)];
    for (place, _) in entries.iter().enumerate().filter(|(_, one)| fits(one)) {
        set[place / 64] |= 1 << (place % 64);
    }
    set
}

fn has(set: &[u64], place: usize) -> bool {
    set.get(place / 64)
        .is_some_and(|bits| bits & (1 << (place % 64)) != 0)
}

/// Which rules may hold of the diagnoses of a call. Of use for the rules that filled it only.
#[derive(Debug, Default)]
pub(crate) struct Holding {
    /// Rules that take diagnoses of a code. Kept from call to call.
    codes: HashMap<Option<u32>, Set, RandomState>,
    /// One set after the other: for each diagnosis in the order of the facts.
    told: Vec<u64>,
    all: Vec<u64>,
}

/// Codes that are remembered.
const MAX_CODES: usize = 1 << 12;

/// Where in the index the rules for these are.
pub(super) fn slot(kind: Kind, outcome: Outcome) -> usize {
    kind as usize * Outcome::ALL.len() + outcome as usize
}

impl Index {
    pub(super) fn new(rules: &[Rule], thresholds: &Thresholds) -> Index {
        let mut order: Vec<usize> = (0..rules.len()).collect();
        // Rules of equal specificity never depend on their order: they exclude each other, or
        // different diagnoses tell.
        order.sort_by_key(|at| std::cmp::Reverse(rules[*at].specificity));
        let entries = order
            .iter()
            .map(|at| Entry::new(*at, &rules[*at], thresholds));
        let entries: Vec<Entry> = entries.collect();
        let mut slots = Vec::new();
        for kind in Kind::ALL {
            for outcome in Outcome::ALL {
                debug_assert_eq!(slots.len(), slot(kind, outcome));
                slots.push(set(&entries, |entry| {
                    let when = &rules[entry.rule as usize].when;
                    fits(&when.kind, &kind) && fits(&when.outcome, &outcome)
                }));
            }
        }
        let carriers = Carrier::ALL.map(|carrier| {
            set(&entries, |entry| {
                let diagnosis = entry.asked.diagnosis.as_ref();
                diagnosis.is_some_and(|asked| asked.carriers & (1 << carrier as u8) != 0)
            })
        });
        Index {
            slots,
            plain: set(&entries, |entry| entry.asked.diagnosis.is_none()),
            carriers: carriers.into(),
            entries,
        }
    }

    /// All rules for a kind and an outcome, the most specific first.
    pub(super) fn rules(&self, slot: usize) -> impl Iterator<Item = usize> {
        let set = self.slots.get(slot).map_or(&[][..], |set| set);
        self.places(set)
            .map(|place| self.entries[place].rule as usize)
    }

    /// The places in a set, in order.
    fn places(&self, set: &[u64]) -> impl Iterator<Item = usize> {
        set.iter().enumerate().flat_map(|(word, bits)| {
            let mut bits = *bits;
            std::iter::from_fn(move || {
                let place = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (place < 64).then(|| word * 64 + place as usize)
            })
        })
    }

    /// Rules that take diagnoses of this code and class.
    fn of_code(&self, code: Option<u32>, class: CodeClass) -> Set {
        set(&self.entries, |entry| {
            entry.asked.diagnosis.as_ref().is_some_and(|asked| {
                (asked.code.is_any() || code.is_some_and(|code| asked.code.has(code)))
                    && asked.classes & (1 << class as u8) != 0
            })
        })
    }

    /// Finds which rules may hold of a call that is read, by codes, classes and carriers.
    fn hold(&self, slot: usize, reading: &mut Reading<'_>) {
        let Reading { told, holding, .. } = reading;
        let Holding {
            codes,
            told: sets,
            all,
        } = holding;
        all.clone_from(&self.plain);
        sets.clear();
        if codes.len() > MAX_CODES {
            codes.clear();
        }
        for told in &*told {
            let (code, carrier) = (told.diagnosis.code, told.diagnosis.carrier);
            let of_code = codes.entry(code);
            let of_code = of_code.or_insert_with(|| self.of_code(code, told.class));
            let of_carrier = &self.carriers[carrier as usize];
            for ((all, code), carrier) in all.iter_mut().zip(of_code).zip(of_carrier) {
                let both = *code & carrier;
                *all |= both;
                sets.push(both);
            }
        }
        let slot = self.slots.get(slot).into_iter().flatten();
        all.iter_mut()
            .zip(slot)
            .for_each(|(all, slot)| *all &= slot);
    }
}

impl Entry {
    fn new(at: usize, rule: &Rule, thresholds: &Thresholds) -> Entry {
        let asked = Asked::of(&rule.when, thresholds);
        let section = asked.section.as_ref();
        Entry {
            rule: at as u32,
            specificity: rule.specificity,
            bits: section.map_or((0, u32::MAX), |asked| {
                let any = asked.bits.any;
                (asked.bits.all, if any == 0 { u32::MAX } else { any })
            }),
            media: section.map_or(Modalities::default(), |asked| asked.media),
            locations: section.map_or(u16::MAX, |asked| asked.locations),
            section: section.is_some(),
            asked,
        }
    }
}

impl Rules {
    /// What the rules say of a case: the most specific rule that matches decides. Of rules of
    /// equal specificity, which then match by different diagnoses, the one whose diagnosis is
    /// graver: failures before what no table classes, before expected ends, before information;
    /// then what stood on a BYE or on the final response.
    ///
    /// Where no rule matches, failed and dropped calls are failed, all others unknown.
    pub fn decide(&self, case: &Case<'_>) -> Decision<'_> {
        let mut reading = Reading::default();
        reading.begin(case.dialog);
        reading.read_sections(case.caller.tag);
        self.decide_read(case, &mut reading)
    }

    /// The same of a case whose diagnoses and sections were read.
    pub(crate) fn decide_read(&self, case: &Case<'_>, reading: &mut Reading<'_>) -> Decision<'_> {
        let slot = slot(case.kind, case.outcome);
        let call = Call::of(case);
        let rule = if reading.told.is_empty() {
            let index = &self.index;
            let set = index.slots.get(slot).map_or(&[][..], |set| set);
            let mut plain = index
                .places(set)
                .filter(|place| has(&index.plain, *place))
                .map(|place| &index.entries[place]);
            let first = plain.find(|entry| entry.asked.call.holds(&call));
            first.map(|entry| entry.rule)
        } else {
            self.first_told(&call, slot, reading)
        };
        let rule = rule.and_then(|at| self.rules.get(at as usize));
        let failed = matches!(case.outcome, Outcome::Failed | Outcome::Dropped);
        let verdict = match rule {
            Some(rule) => rule.verdict,
            None if failed => Verdict::Failed,
            None => Verdict::Unknown,
        };
        Decision { verdict, rule }
    }

    fn first_told(&self, call: &Call<'_>, slot: usize, reading: &mut Reading<'_>) -> Option<u32> {
        let index = &self.index;
        index.hold(slot, reading);
        let (mut masks, mut media, mut locations) = (0, Modalities::default(), 0);
        for section in &reading.sections {
            masks |= section.media.ice_warn.unwrap_or(0);
            media.add(section.modality);
            locations |= pair_bit(section.local, section.remote);
        }
        let mut is_ordered = false;
        let mut first: Option<(At, &Entry)> = None;
        for word in 0..reading.holding.all.len() {
            let mut left = reading.holding.all[word];
            while left != 0 {
                let place = word * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                let entry = &index.entries[place];
                if first.is_some_and(|(_, own)| own.specificity > entry.specificity) {
                    return first.map(|(_, entry)| entry.rule);
                }
                let (all, any) = entry.bits;
                let may_hold = !entry.section
                    || masks & all == all
                        && (any == u32::MAX || masks & any != 0)
                        && locations & entry.locations != 0
                        && (entry.media.is_empty() || entry.media.has_any(media));
                if !may_hold || !entry.asked.call.holds(call) {
                    continue;
                }
                let at = match &entry.asked.diagnosis {
                    None => Some((usize::MAX, 0)),
                    Some(diagnosis) => {
                        if !is_ordered {
                            order(reading, call.status);
                            is_ordered = true;
                        }
                        let when = &self.rules[entry.rule as usize].when;
                        entry.asked.first(diagnosis, when, place, reading)
                    }
                };
                if let Some(at) = at
                    && first.is_none_or(|(own, _)| at < own)
                {
                    first = Some((at, entry));
                }
            }
        }
        first.map(|(_, entry)| entry.rule)
    }
}

/// Puts the diagnoses of a call in order, the gravest first, and gives failures the sections of
/// the records about media of the same call: what one side wrote into its 200 OK (51007) tells
/// why the BYE of the other says that the call failed. Where the failure has sections of its own,
/// only those of the same medium.
fn order(reading: &mut Reading<'_>, status: Option<u16>) {
    let Reading {
        told,
        sections,
        order,
        views,
        ..
    } = reading;
    order.clear();
    views.clear();
    order.extend(told.iter().enumerate().map(|(at, told)| {
        let diagnosis = told.diagnosis;
        let class = match told.class {
            CodeClass::Failure => 0,
            CodeClass::Unclassified => 1,
            CodeClass::Expected => 2,
            CodeClass::Informational => 3,
        };
        let ends = match diagnosis.status() {
            None => diagnosis.method == Method::Bye,
            Some(own) => own >= 300 && status == Some(own),
        };
        Ordered {
            told: at,
            gravity: (class, !ends),
            views: 0..0,
        }
    }));
    // Stable: behind grave and ending, the order of the facts, which no file order changes.
    order.sort_by_key(|one| one.gravity);
    views.extend(0..sections.len());
    let is_record = |one: &&Ordered| told[one.told].diagnosis.code.is_some_and(is_media_record);
    let records = views.len();
    for one in order.iter().filter(is_record) {
        views.extend(told[one.told].sections.clone());
    }
    let records = records..views.len();
    for one in order.iter_mut() {
        let own = told[one.told].sections.clone();
        one.views = own.clone();
        if told[one.told].class != CodeClass::Failure || records.is_empty() {
            continue;
        }
        let first = views.len();
        views.extend(own.clone());
        for at in records.clone() {
            let record = views[at];
            let is_alike = |own: usize| sections[own].modality == sections[record].modality;
            if own.is_empty() || own.clone().any(is_alike) {
                views.push(record);
            }
        }
        one.views = first..views.len();
    }
}

/// A call as conditions see it.
struct Call<'c> {
    traits: Traits,
    modalities: Modalities,
    status: Option<u16>,
    ended_by: Option<MediaSide>,
    duration: Option<i64>,
    time_to_answer: Option<i64>,
    ends: u16,
    caller: Seen<'c>,
    callee: Seen<'c>,
}

/// An end as conditions see it.
struct Seen<'c> {
    location: u8,
    relay: u8,
    candidates: Candidates,
    agent: Option<&'c str>,
}

impl<'c> Call<'c> {
    fn of(case: &Case<'c>) -> Call<'c> {
        let seen = |end: &End<'c>| Seen {
            location: location_bit(end.location),
            relay: relay_bit(match end.relay {
                Relay::Present(_) => RelayState::Present,
                Relay::Absent => RelayState::Absent,
                Relay::NotStated => RelayState::NotStated,
            }),
            candidates: end.candidates,
            agent: end.agent,
        };
        Call {
            traits: case.dialog.traits,
            modalities: case.dialog.modalities,
            status: case.dialog.final_status.get(),
            ended_by: case.ended_by,
            duration: case.duration,
            time_to_answer: case.time_to_answer,
            ends: pair_bit(case.caller.location, case.callee.location),
            caller: seen(&case.caller),
            callee: seen(&case.callee),
        }
    }
}

fn location_bit(location: Location) -> u8 {
    1 << location as u8
}

fn relay_bit(relay: RelayState) -> u8 {
    1 << relay as u8
}

fn pair_bit(left: Location, right: Location) -> u16 {
    1 << (left as u16 * LOCATIONS.len() as u16 + right as u16)
}

const LOCATIONS: [Location; 3] = [Location::Outside, Location::Inside, Location::Unknown];
const RELAYS: [RelayState; 3] = [
    RelayState::Present,
    RelayState::Absent,
    RelayState::NotStated,
];

/// The bits of those values that are asked for, by a test of each.
fn bits<T: Copy, B: Default + std::ops::BitOr<Output = B>>(
    all: &[T],
    bit: impl Fn(T) -> B,
    fits: impl Fn(T) -> bool,
) -> B {
    let fitting = all.iter().filter(|one| fits(**one));
    fitting.fold(B::default(), |bits, one| bits | bit(*one))
}

fn pairs(fits: impl Fn(Location, Location) -> bool) -> u16 {
    let of = |left: Location| {
        let fits = |right| fits(left, right);
        bits(&LOCATIONS, |right| pair_bit(left, right), fits)
    };
    LOCATIONS.iter().fold(0, |all, left| all | of(*left))
}

/// What a rule asks.
#[derive(Debug, Clone)]
struct Asked {
    call: CallAsked,
    diagnosis: Option<DiagnosisAsked>,
    section: Option<SectionAsked>,
}

/// What it asks of the call.
#[derive(Debug, Clone)]
struct CallAsked {
    /// Whether anything is asked.
    any: bool,
    status: Numbers,
    modality: Modalities,
    with: Traits,
    without: Traits,
    ended_by: Option<MediaSide>,
    duration: Option<(i64, i64)>,
    time_to_answer: Option<(i64, i64)>,
    ends: u16,
    caller: Option<EndAsked>,
    callee: Option<EndAsked>,
    both: Option<EndAsked>,
    either: Option<EndAsked>,
}

/// What it asks of an end.
#[derive(Debug, Clone)]
struct EndAsked {
    location: u8,
    relay: u8,
    offers: Candidates,
    lacks: Candidates,
    agent: Vec<String>,
    agent_unlike: Vec<String>,
}

/// What it asks of a diagnosis.
#[derive(Debug, Clone)]
struct DiagnosisAsked {
    code: Numbers,
    classes: u8,
    carriers: u8,
    on: Vec<On>,
    header: Vec<&'static str>,
    /// Whether more is asked, which is looked up in the condition.
    more: bool,
}

/// What it asks of a media section.
#[derive(Debug, Clone)]
struct SectionAsked {
    bits: Bits,
    media: Modalities,
    locations: u16,
    local_relay: u8,
    remote_relay: u8,
    federation: Vec<String>,
    transport: Option<Transport>,
    ice: Vec<String>,
    one_side_only: u32,
}

impl Asked {
    fn of(when: &When, thresholds: &Thresholds) -> Asked {
        Asked {
            call: CallAsked::of(when, thresholds),
            diagnosis: when.asks_diagnosis().then(|| DiagnosisAsked::of(when)),
            section: when.asks_section().then(|| SectionAsked::of(when)),
        }
    }

    /// The first diagnosis and section for which the condition holds.
    fn first(
        &self,
        diagnosis: &DiagnosisAsked,
        when: &When,
        place: usize,
        reading: &Reading<'_>,
    ) -> Option<At> {
        let holding = &reading.holding;
        let words = holding.all.len();
        reading.order.iter().enumerate().find_map(|(at, one)| {
            // By code, class and carrier.
            if !has(&holding.told[one.told * words..][..words], place) {
                return None;
            }
            let told = reading.told[one.told].diagnosis;
            if !diagnosis.is_carried(told) || diagnosis.more && !diagnosis_matches(when, told) {
                return None;
            }
            let Some(section) = &self.section else {
                return Some((at, 0));
            };
            let mut views = reading.views[one.views.clone()].iter();
            let place =
                views.position(|view| section.holds(&reading.sections[*view], &reading.sections));
            place.map(|place| (at, place))
        })
    }
}

impl CallAsked {
    fn of(when: &When, thresholds: &Thresholds) -> CallAsked {
        let mut asked = CallAsked {
            any: true,
            status: when.status.clone(),
            modality: when.modality,
            with: Traits::default(),
            without: Traits::default(),
            ended_by: when.ended_by,
            duration: when.duration.asked(thresholds),
            time_to_answer: when.time_to_answer.asked(thresholds),
            ends: pairs(|left, right| fits(&when.ends, &LocationsWord::of(left, right))),
            caller: EndAsked::of(&when.caller),
            callee: EndAsked::of(&when.callee),
            both: EndAsked::of(&when.both),
            either: EndAsked::of(&when.either),
        };
        for (is, one) in [
            (when.conference, Traits::CONFERENCE),
            (when.answered, Traits::ANSWERED),
        ] {
            match is {
                Some(true) => asked.with.add(one),
                Some(false) => asked.without.add(one),
                None => {}
            }
        }
        let ends = [&asked.caller, &asked.callee, &asked.both, &asked.either];
        asked.any = !asked.status.is_any()
            || !asked.modality.is_empty()
            || !asked.with.is_empty()
            || !asked.without.is_empty()
            || asked.ended_by.is_some()
            || asked.duration.is_some()
            || asked.time_to_answer.is_some()
            || !when.ends.is_empty()
            || ends.iter().any(|end| end.is_some());
        asked
    }

    fn holds(&self, call: &Call<'_>) -> bool {
        if !self.any {
            return true;
        }
        let within = |asked: Option<(i64, i64)>, time: Option<i64>| {
            let is_within = |(above, below)| time.is_some_and(|time| above <= time && time < below);
            asked.is_none_or(is_within)
        };
        let end = |asked: &Option<EndAsked>, end: &Seen<'_>| {
            asked.as_ref().is_none_or(|asked| asked.holds(end))
        };
        call.traits.has(self.with)
            && !call.traits.has_any(self.without)
            && call.ends & self.ends != 0
            && (self.modality.is_empty() || call.modalities.has_any(self.modality))
            && (self.ended_by.is_none() || self.ended_by == call.ended_by)
            && within(self.duration, call.duration)
            && within(self.time_to_answer, call.time_to_answer)
            && (self.status.is_any()
                || (call.status).is_some_and(|status| self.status.has(u32::from(status))))
            && end(&self.caller, &call.caller)
            && end(&self.callee, &call.callee)
            && end(&self.both, &call.caller)
            && end(&self.both, &call.callee)
            && (end(&self.either, &call.caller) || end(&self.either, &call.callee))
    }
}

impl EndAsked {
    fn of(when: &EndWhen) -> Option<EndAsked> {
        (!when.is_any()).then(|| EndAsked {
            location: bits(&LOCATIONS, location_bit, |one| fits(&when.location, &one)),
            relay: bits(&RELAYS, relay_bit, |one| fits(&when.relay, &one)),
            offers: when.offers,
            lacks: when.lacks,
            agent: when.agent.clone(),
            agent_unlike: when.agent_unlike.clone(),
        })
    }

    fn holds(&self, end: &Seen<'_>) -> bool {
        let lacks = || !end.candidates.is_empty() && !end.candidates.has_any(self.lacks);
        let unlike = || end.agent.is_some() && !has_agent(end.agent, &self.agent_unlike);
        self.location & end.location != 0
            && self.relay & end.relay != 0
            && end.candidates.has(self.offers)
            && (self.lacks.is_empty() || lacks())
            && (self.agent.is_empty() || has_agent(end.agent, &self.agent))
            && (self.agent_unlike.is_empty() || unlike())
    }
}

impl DiagnosisAsked {
    fn of(when: &When) -> DiagnosisAsked {
        DiagnosisAsked {
            code: when.code.clone(),
            classes: match when.class.is_empty() {
                true => u8::MAX,
                false => bits(
                    &CodeClass::ALL,
                    |one| 1 << one as u8,
                    |one| when.class.contains(&one),
                ),
            },
            carriers: match when.carrier.is_empty() {
                true => u8::MAX,
                false => bits(
                    &Carrier::ALL,
                    |one| 1 << one as u8,
                    |one| when.carrier.contains(&one),
                ),
            },
            on: when.on.clone(),
            header: when.header.iter().map(|header| header.name()).collect(),
            more: !when.sub_code.is_empty()
                || !when.reason.is_empty()
                || !when.parameter.is_empty()
                || !when.parameter_has.is_empty()
                || !when.hresult.is_empty(),
        }
    }
}

impl DiagnosisAsked {
    /// Whether a diagnosis stands in such a message and header.
    fn is_carried(&self, diagnosis: &DialogDiagnosis) -> bool {
        let mut on = self.on.iter();
        let header = || {
            let own = diagnosis.header.as_deref().unwrap_or_default();
            self.header.contains(&own)
        };
        (self.on.is_empty() || on.any(|on| on.has(diagnosis.status(), diagnosis.method)))
            && (self.header.is_empty() || header())
    }
}

impl SectionAsked {
    fn of(when: &When) -> SectionAsked {
        let relays = |asked: &[RelayState]| bits(&RELAYS, relay_bit, |one| fits(asked, &one));
        SectionAsked {
            bits: when.bits,
            media: when.media,
            locations: pairs(|local, remote| when.has_locations(local, remote)),
            local_relay: relays(&when.local.relay),
            remote_relay: relays(&when.remote.relay),
            federation: when.federation.clone(),
            transport: when.transport,
            ice: when.ice.clone(),
            one_side_only: when.one_side_only,
        }
    }

    /// Whether it holds of a section, which is one of all.
    fn holds(&self, section: &Section<'_>, all: &[Section<'_>]) -> bool {
        let mask = section.media.mask();
        let every_relay = relay_bit(RelayState::Present)
            | relay_bit(RelayState::Absent)
            | relay_bit(RelayState::NotStated);
        let relay = |asked: u8, own: bool| {
            asked == every_relay || asked & relay_bit(relay_of(section, own)) != 0
        };
        let ice = || {
            let own = text(section, Field::Ice);
            self.ice.iter().any(|asked| own.eq_ignore_ascii_case(asked))
        };
        (self.bits.is_any() || mask.is_some_and(|mask| self.bits.has(mask)))
            && (self.media.is_empty() || self.media.has_any(section.modality))
            && self.locations & pair_bit(section.local, section.remote) != 0
            && relay(self.local_relay, true)
            && relay(self.remote_relay, false)
            && (self.federation.is_empty() || is_federated(&self.federation, section))
            && (self.transport.is_none() || self.transport == transport_of(section))
            && (self.ice.is_empty() || ice())
            && (self.one_side_only == 0 || is_one_sided(self.one_side_only, section, all))
            && self.bits.only.is_none_or(|only| has_only(only, all))
    }
}

fn text<'f>(section: &Section<'f>, field: Field) -> &'f str {
    trimmed(section.fields.get(field).unwrap_or_default())
}

fn is_federated(asked: &[String], section: &Section<'_>) -> bool {
    let own = text(section, Field::FederationType);
    let word = federation_word(own);
    asked.iter().any(|asked| asked == own || asked == word)
}

/// Whether a media section names a relay of its own side, or of the other.
fn relay_of(section: &Section<'_>, own: bool) -> RelayState {
    let fields = match own {
        true => [Field::LocalRelay, Field::RelayAddress, Field::LocalSite],
        false => [Field::RemoteRelay, Field::Unnamed, Field::RemoteSite],
    };
    let is_stated = |field: Field| {
        let value = text(section, field);
        !value.is_empty() && !value.starts_with("0.0.0.0") && !value.starts_with("[::]")
    };
    if is_stated(fields[0]) || is_stated(fields[1]) {
        RelayState::Present
    } else if is_stated(fields[2]) {
        // It shows addresses, and none of a relay.
        RelayState::Absent
    } else {
        RelayState::NotStated
    }
}

/// The transport that media used.
fn transport_of(section: &Section<'_>) -> Option<Transport> {
    let of = |field| section.fields.get(field);
    let value = of(Field::Transport).or_else(|| of(Field::Protocol))?.trim();
    if value == "0" || value.eq_ignore_ascii_case("UDP") {
        Some(Transport::Udp)
    } else if value == "1" || value.eq_ignore_ascii_case("TCP") {
        Some(Transport::Tcp)
    } else {
        None
    }
}

/// Whether no section of the call has a bit with a published meaning beside these.
fn has_only(bits: u32, all: &[Section<'_>]) -> bool {
    let mut masks = all.iter().filter_map(|section| section.media.ice_warn);
    masks.all(|mask| mask & known_bits() & !bits == 0)
}

/// Whether the section has any of the bits, and the other side's sections of the same medium, of
/// which there is one at least, have none.
fn is_one_sided(bits: u32, section: &Section<'_>, all: &[Section<'_>]) -> bool {
    let other = match section.side {
        Some(MediaSide::Caller) => MediaSide::Callee,
        Some(MediaSide::Callee) => MediaSide::Caller,
        None => return false,
    };
    let others = all
        .iter()
        .filter(|one| one.side == Some(other) && one.modality == section.modality);
    let mut masks = others.filter_map(|one| one.media.ice_warn).peekable();
    section.media.ice_warn.is_some_and(|mask| mask & bits != 0)
        && masks.peek().is_some()
        && masks.all(|mask| mask & bits == 0)
}
