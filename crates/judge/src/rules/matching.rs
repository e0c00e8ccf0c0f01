//! Which rules hold of a case, condition by condition as it is written.

use siptriage_diagnostics::{CodeClass, IceWarn, MediaSide, code_class};
use siptriage_facts::{DialogDiagnosis, Traits};

use crate::{Case, End, MediaView, Relay, Thresholds};

use super::condition::{EndWhen, When, federation_word, fits, known_bits};
use super::decision::slot;
use super::words::{LocationsWord, RelayState, Transport};
use super::{Rule, Rules};

/// A diagnosis of a case with its media sections.
struct Told<'c, 'f> {
    diagnosis: &'c DialogDiagnosis,
    views: Vec<MediaView<'f>>,
}

/// Which diagnosis and which section of it a rule holds for: the first one. Of rules of equal
/// specificity the one that holds for the earlier decides.
pub(super) type At = (usize, usize);

impl Rules {
    /// All rules that match a case, the one that decides first. Much slower than
    /// [`Rules::decide`].
    pub fn matching(&self, case: &Case<'_>) -> Vec<&Rule> {
        let told = told(case);
        let rules = self.index.rules(slot(case.kind, case.outcome));
        let mut matching: Vec<(i32, At, &Rule)> = rules
            .filter_map(|at| {
                let rule = self.rules.get(at)?;
                let at = matches(&rule.when, case, &told, &self.thresholds)?;
                Some((-rule.specificity, at, rule))
            })
            .collect();
        matching.sort_by_key(|(specificity, at, _)| (*specificity, *at));
        matching.into_iter().map(|(_, _, rule)| rule).collect()
    }
}

/// The diagnoses of a case, the gravest first.
fn told<'c, 'f>(case: &'c Case<'f>) -> Vec<Told<'c, 'f>> {
    let diagnoses = case.dialog.diagnoses();
    let mut told: Vec<Told<'c, 'f>> = diagnoses
        .map(|(diagnosis, _)| Told {
            diagnosis,
            views: Vec::new(),
        })
        .collect();
    for view in case.media() {
        let of = |told: &&mut Told<'_, '_>| std::ptr::eq(told.diagnosis, view.diagnosis);
        if let Some(told) = told.iter_mut().find(of) {
            told.views.push(view);
        }
    }
    // Stable: behind grave and ending, the order of the facts, which no file order changes.
    told.sort_by_key(|told| {
        let diagnosis = told.diagnosis;
        let class = match class_of(diagnosis) {
            CodeClass::Failure => 0,
            CodeClass::Unclassified => 1,
            CodeClass::Expected => 2,
            CodeClass::Informational => 3,
        };
        let ends = match diagnosis.status() {
            None => diagnosis.method == siptriage_facts::Method::Bye,
            Some(status) => status >= 300 && case.dialog.final_status.get() == Some(status),
        };
        (class, !ends)
    });
    join_records(&mut told);
    told
}

/// Gives failures the sections of the records about media of the same call: what one side wrote
/// into its 200 OK (51007) tells why the BYE of the other says that the call failed. Where the
/// failure has sections of its own, only those of the same medium.
fn join_records(told: &mut [Told<'_, '_>]) {
    let is_record = |told: &&Told<'_, '_>| told.diagnosis.code.is_some_and(is_media_record);
    let records = told.iter().filter(is_record);
    let records: Vec<MediaView<'_>> = records.flat_map(|told| told.views.clone()).collect();
    if records.is_empty() {
        return;
    }
    let failures = told.iter_mut();
    for failure in failures.filter(|told| class_of(told.diagnosis) == CodeClass::Failure) {
        let own = failure.views.clone();
        let fits = |record: &&MediaView<'_>| {
            own.is_empty() || own.iter().any(|own| own.modality == record.modality)
        };
        failure.views.extend(records.iter().filter(fits));
    }
}

/// Codes of records about media, which are no errors.
pub(super) fn is_media_record(code: u32) -> bool {
    matches!(code, 51_006 | 51_007)
}

fn class_of(diagnosis: &DialogDiagnosis) -> CodeClass {
    diagnosis.code.map_or(CodeClass::Unclassified, code_class)
}

/// The first diagnosis and section for which the condition holds.
fn matches(
    when: &When,
    case: &Case<'_>,
    told: &[Told<'_, '_>],
    thresholds: &Thresholds,
) -> Option<At> {
    if !call_matches(when, case, thresholds) {
        return None;
    }
    if !when.asks_diagnosis() {
        return Some((usize::MAX, 0));
    }
    told.iter().enumerate().find_map(|(at, one)| {
        if !diagnosis_matches(when, one.diagnosis) {
            return None;
        }
        if !when.asks_section() {
            return Some((at, 0));
        }
        let section = one.views.iter();
        let section = section.enumerate().find(|(_, view)| {
            section_matches(when, view)
                && (when.one_side_only == 0 || is_one_sided(when.one_side_only, view, told))
                && when.bits.only.is_none_or(|only| has_only(only, told))
        });
        section.map(|(section, _)| (at, section))
    })
}

fn call_matches(when: &When, case: &Case<'_>, thresholds: &Thresholds) -> bool {
    let traits = case.dialog.traits;
    let status = case.dialog.final_status.get().map(u32::from);
    let ends = LocationsWord::of(case.caller.location, case.callee.location);
    (when.status.is_any() || status.is_some_and(|status| when.status.has(status)))
        && (when.modality.is_empty() || case.dialog.modalities.has_any(when.modality))
        && (when.conference).is_none_or(|is| is == traits.has(Traits::CONFERENCE))
        && (when.answered).is_none_or(|is| is == traits.has(Traits::ANSWERED))
        && (when.ended_by.is_none() || when.ended_by == case.ended_by)
        && when.duration.has(case.duration, thresholds)
        && when.time_to_answer.has(case.time_to_answer, thresholds)
        && fits(&when.ends, &ends)
        && end_matches(&when.caller, &case.caller)
        && end_matches(&when.callee, &case.callee)
        && end_matches(&when.both, &case.caller)
        && end_matches(&when.both, &case.callee)
        && (when.either.is_any()
            || end_matches(&when.either, &case.caller)
            || end_matches(&when.either, &case.callee))
}

fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    part.is_empty()
        || text
            .windows(part.len())
            .any(|window| window.eq_ignore_ascii_case(part))
}

/// Whether a user agent has one of these parts.
pub(super) fn has_agent(agent: Option<&str>, parts: &[String]) -> bool {
    let agent = agent.unwrap_or_default();
    parts.iter().any(|part| contains(agent, part))
}

fn end_matches(when: &EndWhen, end: &End<'_>) -> bool {
    if when.is_any() {
        return true;
    }
    let relay = match end.relay {
        Relay::Present(_) => RelayState::Present,
        Relay::Absent => RelayState::Absent,
        Relay::NotStated => RelayState::NotStated,
    };
    let has_agent = |parts: &[String]| has_agent(end.agent, parts);
    fits(&when.location, &end.location)
        && fits(&when.relay, &relay)
        && (when.agent.is_empty() || has_agent(&when.agent))
        && (when.agent_unlike.is_empty() || end.agent.is_some() && !has_agent(&when.agent_unlike))
        && end.candidates.has(when.offers)
        && (when.lacks.is_empty()
            || !end.candidates.is_empty() && !end.candidates.has_any(when.lacks))
}

pub(super) fn diagnosis_matches(when: &When, diagnosis: &DialogDiagnosis) -> bool {
    let header = || {
        let name = diagnosis.header.as_deref().unwrap_or_default();
        when.header.iter().any(|header| header.name() == name)
    };
    let param = |name: &str, test: &dyn Fn(&str) -> bool| {
        let mut params = diagnosis.params.iter();
        params.any(|(own, value)| own.eq_ignore_ascii_case(name) && test(value.trim()))
    };
    (when.code.is_any() || diagnosis.code.is_some_and(|code| when.code.has(code)))
        && (when.class.is_empty() || when.class.contains(&class_of(diagnosis)))
        && (when.header.is_empty() || header())
        && fits(&when.carrier, &diagnosis.carrier)
        && (when.on.is_empty()
            || (when.on.iter()).any(|on| on.has(diagnosis.status(), diagnosis.method)))
        && (when.sub_code.is_empty()
            || (when.sub_code.iter()).any(|sub| sub.eq_ignore_ascii_case(&diagnosis.sub_code)))
        && (when.reason.is_empty()
            || (when.reason.iter()).any(|part| contains(&diagnosis.reason, part)))
        && when.parameter.iter().all(|(name, values)| {
            param(name, &|own| {
                let is = |value: &String| value == "*" || own.eq_ignore_ascii_case(value);
                values.iter().any(is)
            })
        })
        && when
            .parameter_has
            .iter()
            .all(|(name, parts)| param(name, &|own| parts.iter().any(|part| contains(own, part))))
        && (when.hresult.is_empty()
            || ["result_code", "HRESULT"].iter().any(|name| {
                param(name, &|own| {
                    hresult(own).is_some_and(|own| when.hresult.contains(&own))
                })
            }))
}

/// The number at the front of a value such as `0x80072746(WSAECONNRESET)`.
fn hresult(value: &str) -> Option<u32> {
    let digits = value.strip_prefix("0x").or(value.strip_prefix("0X"))?;
    let end = digits
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(digits.len());
    u32::from_str_radix(&digits[..end], 16).ok()
}

fn section_matches(when: &When, view: &MediaView<'_>) -> bool {
    let field = |name: &str| view.media.fields().get(name).unwrap_or_default().trim();
    let federation = || {
        let own = field("FederationType");
        let word = federation_word(own);
        when.federation
            .iter()
            .any(|asked| asked == own || asked == word)
    };
    (when.bits.is_any() || view.mask.is_some_and(|mask| when.bits.has(mask)))
        && (when.media.is_empty() || when.media.has_any(view.modality))
        && when.has_locations(view.local, view.remote)
        && (when.local.relay.is_empty() || fits(&when.local.relay, &relay_of(view, true)))
        && (when.remote.relay.is_empty() || fits(&when.remote.relay, &relay_of(view, false)))
        && (when.federation.is_empty() || federation())
        && (when.transport.is_none() || when.transport == transport_of(view))
        && (when.ice.is_empty()
            || (when.ice.iter()).any(|asked| field("Ice").eq_ignore_ascii_case(asked)))
}

/// Whether a media section names a relay of its own side, or of the other.
fn relay_of(view: &MediaView<'_>, own: bool) -> RelayState {
    let names = match own {
        true => ["LocalMR", "RelayAddress.IPAddr", "LocalSite"],
        false => ["RemoteMR", "", "RemoteSite"],
    };
    let is_stated = |name: &str| {
        let value = view.media.fields().get(name).unwrap_or_default().trim();
        !value.is_empty() && !value.starts_with("0.0.0.0") && !value.starts_with("[::]")
    };
    if is_stated(names[0]) || is_stated(names[1]) {
        RelayState::Present
    } else if is_stated(names[2]) {
        // It shows addresses, and none of a relay.
        RelayState::Absent
    } else {
        RelayState::NotStated
    }
}

/// The transport that media used.
fn transport_of(view: &MediaView<'_>) -> Option<Transport> {
    let fields = view.media.fields();
    let value = fields.get("Transport").or_else(|| fields.get("Protocol"))?;
    match value.trim().to_ascii_uppercase().as_str() {
        "UDP" | "0" => Some(Transport::Udp),
        "TCP" | "1" => Some(Transport::Tcp),
        _ => None,
    }
}

/// Whether no section of the call has a bit with a published meaning beside these.
fn has_only(bits: u32, told: &[Told<'_, '_>]) -> bool {
    let sections = told.iter().flat_map(|told| &told.views);
    let mut masks = sections.filter_map(|view| view.mask);
    masks.all(|mask| mask.bits() & known_bits() & !bits == 0)
}

/// Whether the section has any of the bits, and the other side's sections of the same medium, of
/// which there is one at least, have none.
fn is_one_sided(bits: u32, view: &MediaView<'_>, told: &[Told<'_, '_>]) -> bool {
    let has = |mask: Option<IceWarn>| mask.is_some_and(|mask| mask.bits() & bits != 0);
    let other = match view.side {
        Some(MediaSide::Caller) => MediaSide::Callee,
        Some(MediaSide::Callee) => MediaSide::Caller,
        None => return false,
    };
    let others = || {
        let all = told.iter().flat_map(|told| &told.views);
        all.filter(|one| {
            one.side == Some(other) && one.modality == view.modality && one.mask.is_some()
        })
    };
    has(view.mask) && others().next().is_some() && !others().any(|one| has(one.mask))
}
