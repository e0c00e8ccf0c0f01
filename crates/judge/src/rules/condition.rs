//! Conditions of rules: what they ask, how narrow they are, which exclude each other.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use siptriage_diagnostics::{Certainty, CodeClass, HeaderName, IceWarn, MediaSide, ice_warn_flags};
use siptriage_facts::{Candidates, Carrier, Method, Modalities};

use crate::{Kind, Location, Outcome, Thresholds};

use super::words::{LocationsWord, RelayState, Transport};

/// Values of which one must hold; none where nothing is asked.
pub(super) type AnyOf<T> = Vec<T>;

/// Ranges of numbers of which one must hold; none where nothing is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Numbers(pub(super) Vec<RangeInclusive<u32>>);

impl Numbers {
    pub(super) fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, number: u32) -> bool {
        self.0.iter().any(|range| range.contains(&number))
    }

    /// How many numbers are asked for.
    fn count(&self) -> u64 {
        let len = |range: &RangeInclusive<u32>| u64::from(range.end() - range.start()) + 1;
        self.0.iter().map(len).sum()
    }

    fn excludes(&self, other: &Numbers) -> bool {
        let apart = |left: &RangeInclusive<u32>| {
            let mut others = other.0.iter();
            others.all(|right| left.end() < right.start() || right.end() < left.start())
        };
        !self.is_any() && !other.is_any() && self.0.iter().all(apart)
    }

    pub(super) fn text(&self) -> String {
        let ranges = self.0.iter().map(|range| match range {
            range if range.start() == range.end() => range.start().to_string(),
            range => format!("{}-{}", range.start(), range.end()),
        });
        ranges.collect::<Vec<_>>().join(", ")
    }
}

/// A number of seconds, or a threshold by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Micros(i64),
    ShortCall,
    MediaSetUp,
    Timeout,
}

impl Bound {
    pub(super) const NAMES: [(&'static str, Bound); 3] = [
        ("short_call", Bound::ShortCall),
        ("media_set_up", Bound::MediaSetUp),
        ("timeout", Bound::Timeout),
    ];

    fn micros(self, thresholds: &Thresholds) -> i64 {
        let seconds = match self {
            Bound::Micros(micros) => return micros,
            Bound::ShortCall => thresholds.short_call,
            Bound::MediaSetUp => thresholds.media_set_up,
            Bound::Timeout => thresholds.timeout,
        };
        i64::from(seconds) * 1_000_000
    }

    pub(super) fn text(self) -> String {
        match self {
            Bound::Micros(micros) => format!("{} s", micros as f64 / 1e6),
            Bound::ShortCall => "the threshold short_call".to_owned(),
            Bound::MediaSetUp => "the threshold media_set_up".to_owned(),
            Bound::Timeout => "the threshold timeout".to_owned(),
        }
    }
}

/// A time between two bounds, the lower one included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Within {
    pub(super) above: Option<Bound>,
    pub(super) below: Option<Bound>,
}

impl Within {
    pub(super) fn is_any(self) -> bool {
        self.above.is_none() && self.below.is_none()
    }

    fn range(self, thresholds: &Thresholds) -> (i64, i64) {
        (
            self.above
                .map_or(i64::MIN, |bound| bound.micros(thresholds)),
            self.below
                .map_or(i64::MAX, |bound| bound.micros(thresholds)),
        )
    }

    pub(super) fn has(self, time: Option<i64>, thresholds: &Thresholds) -> bool {
        let (above, below) = self.range(thresholds);
        self.is_any() || time.is_some_and(|time| above <= time && time < below)
    }

    /// The lower bound and the one above, where any is asked for.
    pub(super) fn asked(self, thresholds: &Thresholds) -> Option<(i64, i64)> {
        (!self.is_any()).then(|| self.range(thresholds))
    }

    fn excludes(self, other: Within, thresholds: &Thresholds) -> bool {
        let (left, right) = (self.range(thresholds), other.range(thresholds));
        !self.is_any() && !other.is_any() && (left.1 <= right.0 || right.1 <= left.0)
    }

    pub(super) fn text(self) -> String {
        match (self.above, self.below) {
            (Some(above), Some(below)) => {
                format!("at least {} and less than {}", above.text(), below.text())
            }
            (Some(above), None) => format!("at least {}", above.text()),
            (None, Some(below)) => format!("less than {}", below.text()),
            (None, None) => "any".to_owned(),
        }
    }
}

/// The message that carries a diagnosis: a request by method, or responses by status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct On {
    pub(super) status: Option<RangeInclusive<u16>>,
    pub(super) method: Option<Method>,
}

impl On {
    pub(super) fn has(&self, status: Option<u16>, method: Method) -> bool {
        let status = match (&self.status, status) {
            (None, status) => status.is_none(),
            (Some(range), Some(status)) => range.contains(&status),
            (Some(_), None) => false,
        };
        status && self.method.is_none_or(|own| own == method)
    }

    fn excludes(&self, other: &On) -> bool {
        let status = match (&self.status, &other.status) {
            (Some(left), Some(right)) => left.end() < right.start() || right.end() < left.start(),
            (left, right) => left.is_some() != right.is_some(),
        };
        let method =
            matches!((self.method, other.method), (Some(left), Some(right)) if left != right);
        status || method
    }

    pub(super) fn text(&self) -> String {
        let method = self.method.map(Method::name);
        match &self.status {
            None => method.unwrap_or("any request").to_owned(),
            Some(range) => {
                let status = if range.start() == range.end() {
                    range.start().to_string()
                } else if range.end() - range.start() == 99 && range.start() % 100 == 0 {
                    format!("{}xx", range.start() / 100)
                } else {
                    format!("{}-{}", range.start(), range.end())
                };
                match method {
                    Some(method) => format!("{status} to {method}"),
                    None => status,
                }
            }
        }
    }
}

/// Bits of an ICEWarn mask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bits {
    pub(super) all: u32,
    pub(super) any: u32,
    pub(super) none: u32,
    pub(super) only: Option<u32>,
}

static KNOWN_BITS: LazyLock<u32> = LazyLock::new(|| {
    let flags = ice_warn_flags().iter();
    let known = flags.filter(|flag| flag.certainty != Certainty::Undocumented);
    known.fold(0, |mask, flag| mask | flag.mask.bits())
});

/// The bits with a published meaning.
pub(super) fn known_bits() -> u32 {
    *KNOWN_BITS
}

impl Bits {
    pub(super) fn is_any(self) -> bool {
        self == Bits::default()
    }

    pub(super) fn has(self, mask: IceWarn) -> bool {
        let bits = mask.bits();
        bits & self.all == self.all
            && (self.any == 0 || bits & self.any != 0)
            && bits & self.none == 0
            && self
                .only
                .is_none_or(|only| bits & only != 0 && bits & known_bits() & !only == 0)
    }

    fn excludes(self, other: Bits) -> bool {
        let one_way = |left: Bits, right: Bits| {
            let refused = right.none | right.only.map_or(0, |only| known_bits() & !only);
            // What is asked for is refused by the other.
            left.all & refused != 0
                || left.any != 0 && left.any & !refused == 0
                || left.only.is_some_and(|only| only & !refused == 0)
        };
        one_way(self, other) || one_way(other, self)
    }

    pub(super) fn texts(self) -> Vec<String> {
        let mut texts = Vec::new();
        let mask = IceWarn::from_bits;
        if self.all != 0 {
            texts.push(match self.all.count_ones() {
                1 => format!("flag {}", mask(self.all)),
                _ => format!("all of {}", mask(self.all)),
            });
        }
        if self.any != 0 {
            texts.push(match self.any.count_ones() {
                1 => format!("flag {}", mask(self.any)),
                _ => format!("any of {}", mask(self.any)),
            });
        }
        if self.none != 0 {
            texts.push(match self.none.count_ones() {
                1 => format!("not {}", mask(self.none)),
                _ => format!("none of {}", mask(self.none)),
            });
        }
        if let Some(only) = self.only {
            texts.push(format!("no known flag but {}", mask(only)));
        }
        texts
    }
}

/// What is asked of one side of a media section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SideWhen {
    pub(super) location: AnyOf<Location>,
    pub(super) relay: AnyOf<RelayState>,
}

/// What is asked of an end of the call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct EndWhen {
    pub(super) location: AnyOf<Location>,
    pub(super) relay: AnyOf<RelayState>,
    pub(super) agent: AnyOf<String>,
    pub(super) agent_unlike: AnyOf<String>,
    pub(super) offers: Candidates,
    pub(super) lacks: Candidates,
}

impl EndWhen {
    pub(super) fn is_any(&self) -> bool {
        *self == EndWhen::default()
    }

    fn specificity(&self) -> i32 {
        6 * i32::from(!self.location.is_empty())
            + 6 * i32::from(!self.relay.is_empty())
            + 10 * i32::from(!self.agent.is_empty())
            + 10 * i32::from(!self.agent_unlike.is_empty())
            + 6 * i32::from(!self.offers.is_empty())
            + 6 * i32::from(!self.lacks.is_empty())
    }

    fn excludes(&self, other: &EndWhen) -> bool {
        none_in_common(&self.location, &other.location)
            || none_in_common(&self.relay, &other.relay)
            || self.offers.has_any(other.lacks)
            || other.offers.has_any(self.lacks)
    }
}

/// The condition of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct When {
    pub(super) kind: AnyOf<Kind>,
    /// Whether the file names kinds; else they are calls.
    pub(super) kind_is_stated: bool,
    pub(super) outcome: AnyOf<Outcome>,
    pub(super) status: Numbers,
    pub(super) modality: Modalities,
    pub(super) conference: Option<bool>,
    pub(super) answered: Option<bool>,
    pub(super) ended_by: Option<MediaSide>,
    pub(super) duration: Within,
    pub(super) time_to_answer: Within,
    pub(super) ends: AnyOf<LocationsWord>,
    pub(super) caller: EndWhen,
    pub(super) callee: EndWhen,
    pub(super) either: EndWhen,
    pub(super) both: EndWhen,

    pub(super) code: Numbers,
    pub(super) class: AnyOf<CodeClass>,
    pub(super) header: AnyOf<HeaderName>,
    pub(super) carrier: AnyOf<Carrier>,
    pub(super) on: Vec<On>,
    pub(super) sub_code: AnyOf<String>,
    pub(super) reason: AnyOf<String>,
    pub(super) parameter: Vec<(String, AnyOf<String>)>,
    pub(super) parameter_has: Vec<(String, AnyOf<String>)>,
    pub(super) hresult: AnyOf<u32>,

    pub(super) bits: Bits,
    pub(super) media: Modalities,
    pub(super) locations: AnyOf<LocationsWord>,
    pub(super) local: SideWhen,
    pub(super) remote: SideWhen,
    pub(super) federation: AnyOf<String>,
    pub(super) transport: Option<Transport>,
    pub(super) ice: AnyOf<String>,
    pub(super) one_side_only: u32,
}

/// Words of [`When::federation`] that stand for more than one value.
pub(super) const NOT_FEDERATED: &str = "not-federated";
/// Any value but 0.
pub(super) const FEDERATED: &str = "federated";
/// No value.
pub(super) const NOT_STATED: &str = "not-stated";

/// The word of [`When::federation`] for a value as written.
pub(super) fn federation_word(value: &str) -> &'static str {
    match value.trim() {
        "" => NOT_STATED,
        "0" => NOT_FEDERATED,
        _ => FEDERATED,
    }
}

fn none_in_common<T: PartialEq>(left: &[T], right: &[T]) -> bool {
    !left.is_empty() && !right.is_empty() && left.iter().all(|one| !right.contains(one))
}

/// The same for texts whose case does not matter.
fn no_text_in_common(left: &[String], right: &[String]) -> bool {
    let differ = |one: &String| right.iter().all(|other| !one.eq_ignore_ascii_case(other));
    !left.is_empty() && !right.is_empty() && left.iter().all(differ)
}

impl When {
    /// Whether it asks anything of a diagnosis or of a media section.
    pub(super) fn asks_diagnosis(&self) -> bool {
        self.asks_section()
            || !self.code.is_any()
            || !self.class.is_empty()
            || !self.header.is_empty()
            || !self.carrier.is_empty()
            || !self.on.is_empty()
            || !self.sub_code.is_empty()
            || !self.reason.is_empty()
            || !self.parameter.is_empty()
            || !self.parameter_has.is_empty()
            || !self.hresult.is_empty()
    }

    /// Whether it asks anything of a media section.
    pub(super) fn asks_section(&self) -> bool {
        !self.bits.is_any()
            || !self.media.is_empty()
            || !self.locations.is_empty()
            || self.local != SideWhen::default()
            || self.remote != SideWhen::default()
            || !self.federation.is_empty()
            || self.transport.is_some()
            || !self.ice.is_empty()
            || self.one_side_only != 0
    }

    /// How narrow it is: see `CONDITION_FIELDS` for what each field adds.
    pub(super) fn specificity(&self) -> i32 {
        let if_asked = |is: bool, adds: i32| if is { adds } else { 0 };
        let one_or_more = |len: usize, one: i32, more: i32| match len {
            0 => 0,
            1 => one,
            _ => more,
        };
        let code = match self.code.count() {
            0 => 0,
            1 => 40,
            2..=10 => 36,
            11..=100 => 32,
            _ => 28,
        };
        let status = match self.status.count() {
            0 => 0,
            1 => 10,
            2..=10 => 8,
            _ => 6,
        };
        let outcome = match self.outcome.len() {
            0 => 0,
            1 => 3,
            2 | 3 => 2,
            _ => 1,
        };
        let all = self.bits.all.count_ones() as i32;
        let any = self.bits.any.count_ones() as i32;
        let sides = [&self.local, &self.remote].map(|side| {
            if_asked(!side.location.is_empty(), 6) + if_asked(!side.relay.is_empty(), 6)
        });
        let ends = [&self.caller, &self.callee, &self.either, &self.both];
        let params = (self.parameter.len() + self.parameter_has.len()) as i32;
        code + if_asked(!self.class.is_empty(), 6)
            + if_asked(!self.header.is_empty(), 4)
            + if_asked(!self.carrier.is_empty(), 8)
            + if_asked(!self.on.is_empty(), 6)
            + if_asked(!self.sub_code.is_empty(), 12)
            + if_asked(!self.reason.is_empty(), 12)
            + 12 * params
            + if_asked(!self.hresult.is_empty(), 14)
            + if_asked(all > 0, 10 + 2 * all)
            + if_asked(any > 0, (15 - any).max(8))
            + if_asked(self.bits.none != 0, 2)
            + if_asked(self.bits.only.is_some(), 6)
            + one_or_more(self.media.words().count(), 8, 6)
            + one_or_more(self.locations.len(), 8, 6)
            + sides.iter().sum::<i32>()
            + if_asked(!self.federation.is_empty(), 6)
            + if_asked(self.transport.is_some(), 6)
            + if_asked(!self.ice.is_empty(), 6)
            + if_asked(self.one_side_only != 0, 14)
            + outcome
            + if_asked(self.kind_is_stated, 1)
            + status
            + if_asked(!self.modality.is_empty(), 4)
            + if_asked(self.conference.is_some(), 4)
            + if_asked(self.answered.is_some(), 2)
            + if_asked(self.ended_by.is_some(), 3)
            + if_asked(!self.duration.is_any(), 5)
            + if_asked(!self.time_to_answer.is_any(), 5)
            + if_asked(!self.ends.is_empty(), 6)
            + ends.iter().map(|end| end.specificity()).sum::<i32>()
    }

    /// Whether no call can match both, or only by different diagnoses or media sections, of which
    /// one comes first. Where it cannot be told, they do not exclude each other.
    pub(super) fn excludes(&self, other: &When, thresholds: &Thresholds) -> bool {
        self.call_excludes(other, thresholds)
            || self.asks_diagnosis()
                && other.asks_diagnosis()
                && (self.diagnosis_excludes(other)
                    || self.asks_section() && other.asks_section() && self.section_excludes(other))
    }

    fn call_excludes(&self, other: &When, thresholds: &Thresholds) -> bool {
        let differ = |left: Option<bool>, right: Option<bool>| {
            left.zip(right).is_some_and(|(left, right)| left != right)
        };
        let ended_by = self.ended_by.zip(other.ended_by);
        let is_both = |one: &When| !one.both.is_any();
        none_in_common(&self.kind, &other.kind)
            || none_in_common(&self.outcome, &other.outcome)
            || self.status.excludes(&other.status)
            || differ(self.conference, other.conference)
            || differ(self.answered, other.answered)
            || ended_by.is_some_and(|(left, right)| left != right)
            || self.duration.excludes(other.duration, thresholds)
            || (self.time_to_answer).excludes(other.time_to_answer, thresholds)
            || none_in_common(&self.ends, &other.ends)
            || self.caller.excludes(&other.caller)
            || self.callee.excludes(&other.callee)
            || is_both(self) && self.both.excludes(&other.both)
            || is_both(self) && self.both.excludes(&other.caller)
            || is_both(other) && other.both.excludes(&self.caller)
    }

    fn diagnosis_excludes(&self, other: &When) -> bool {
        let on = !self.on.is_empty()
            && !other.on.is_empty()
            && (self.on.iter()).all(|left| other.on.iter().all(|right| left.excludes(right)));
        let parameter = self.parameter.iter().any(|(name, values)| {
            other.parameter.iter().any(|(other_name, others)| {
                name.eq_ignore_ascii_case(other_name)
                    && ![values, others].iter().any(|v| v.iter().any(|v| v == "*"))
                    && no_text_in_common(values, others)
            })
        });
        self.code.excludes(&other.code)
            || none_in_common(&self.class, &other.class)
            || none_in_common(&self.header, &other.header)
            || none_in_common(&self.carrier, &other.carrier)
            || on
            || no_text_in_common(&self.sub_code, &other.sub_code)
            || parameter
            || none_in_common(&self.hresult, &other.hresult)
    }

    fn section_excludes(&self, other: &When) -> bool {
        let media =
            !self.media.is_empty() && !other.media.is_empty() && !self.media.has_any(other.media);
        let transport = self.transport.zip(other.transport);
        // A value as written, or the word that stands for it.
        let stands_for = |word: &str, value: &str| {
            let is_value = value.bytes().all(|b| b.is_ascii_digit());
            is_value && federation_word(value) == word
        };
        let same = |left: &String, right: &String| {
            left == right || stands_for(left, right) || stands_for(right, left)
        };
        let federation = !self.federation.is_empty()
            && !other.federation.is_empty()
            && (self.federation.iter())
                .all(|left| !other.federation.iter().any(|right| same(left, right)));
        self.least_bits().excludes(other.least_bits())
            || media
            || transport.is_some_and(|(left, right)| left != right)
            || federation
            || no_text_in_common(&self.ice, &other.ice)
            || none_in_common(&self.local.relay, &other.local.relay)
            || none_in_common(&self.remote.relay, &other.remote.relay)
            || !self.has_common_locations(other)
    }

    /// What must be set and what not, where one side only must have some bits too.
    fn least_bits(&self) -> Bits {
        match self.bits.any {
            0 => Bits {
                any: self.one_side_only,
                ..self.bits
            },
            _ => self.bits,
        }
    }

    /// Whether any pair of locations fits both.
    fn has_common_locations(&self, other: &When) -> bool {
        let all = [Location::Outside, Location::Inside, Location::Unknown];
        all.iter().any(|local| {
            all.iter().any(|remote| {
                self.has_locations(*local, *remote) && other.has_locations(*local, *remote)
            })
        })
    }

    /// Whether the locations of a media section fit.
    pub(super) fn has_locations(&self, local: Location, remote: Location) -> bool {
        fits(&self.locations, &LocationsWord::of(local, remote))
            && fits(&self.local.location, &local)
            && fits(&self.remote.location, &remote)
    }
}

/// Whether a value is one of those that are asked for.
pub(super) fn fits<T: PartialEq>(asked: &[T], value: &T) -> bool {
    asked.is_empty() || asked.contains(value)
}
