//! From a case and its messages to the data of a page.

use siptriage_diagnostics::{
    IceWarn, MediaSide, address_of_record, code, code_class, component, field_value,
    ice_warn_flags, source,
};
use siptriage_facts::{Logged, Method, Place, Stamp, Zone};
use siptriage_judge::{Case, Clocks, End, Location, MediaView, OffsetSource, Relay, Rules};

use super::CallOptions;
use super::data::{
    Check, Counts, Data, Decided, Diagnosed, Endpoint, Flag, Lane, LogClock, Medium, Offset,
    SCHEMA_VERSION, Source, Spot, Times,
};
use super::steps::{ClockOf, Ends, Line, steps};

/// Everything about a case.
pub(super) fn data(
    case: &Case<'_>,
    messages: &[Logged<'static>],
    clocks: &Clocks,
    options: &CallOptions,
) -> Data {
    let dialog = case.dialog;
    let logs: Vec<ClockOf<'_>> = (dialog.sights.iter())
        .map(|(writer, _)| ClockOf::new(writer, clocks))
        .collect();
    let (steps, read) = steps(case, messages, &logs);
    let mut log_clocks: Vec<LogClock> = Vec::new();
    for (index, (writer, times)) in dialog.sights.iter().enumerate() {
        let file = writer.file.to_string();
        let stamp = |micros: Option<siptriage_facts::Micros>| {
            let stamp = micros.map(|micros| Stamp {
                micros: micros.get(),
                zone: writer.zone,
            });
            stamp.map(|stamp| stamp.to_string())
        };
        log_clocks.push(LogClock {
            owner: writer.owner.as_deref().map(str::to_owned),
            time_zone: Some(writer.zone.to_string()),
            offset: offset(clocks, &logs[index]),
            first: stamp(times.first),
            last: stamp(times.last),
            messages: read.get(&(file.clone(), Some(index))).copied().unwrap_or(0),
            file,
        });
    }
    let unstamped = read.into_iter().filter(|((_, clock), _)| clock.is_none());
    log_clocks.extend(unstamped.map(|((file, _), messages)| LogClock {
        file,
        owner: None,
        time_zone: None,
        offset: None,
        first: None,
        last: None,
        messages,
    }));

    let (media, mut diagnoses) = diagnoses(case);
    for step in steps.iter().filter(|step| step.from == Lane::Server) {
        // Tags name the end for which a server answers.
        for event in &messages[step.index].diagnoses {
            let place = Spot::from(&event.place);
            let of_it = diagnoses
                .iter_mut()
                .filter(|one| one.places.contains(&place));
            of_it.for_each(|one| one.sender = Some(Lane::Server.name()));
        }
    }
    let identities = &dialog.messages;
    Data {
        schema_version: SCHEMA_VERSION,
        kind: "call",
        partial: options.partial,
        call_id: case.call_id.text().to_string(),
        dialog: case.kind.name(),
        conference: case.conference(),
        outcome: case.outcome.name(),
        final_status: dialog.final_status.get(),
        modalities: dialog.modalities.words().collect(),
        start: case.start.map(|stamp| stamp.to_string()),
        end: case.end.map(|stamp| stamp.to_string()),
        time_zone: case.start.or(case.end).map(|stamp| stamp.zone.to_string()),
        times: Times {
            to_ring_us: case.time_to_ring,
            to_answer_us: case.time_to_answer,
            set_up_us: case.set_up,
            duration_us: case.duration,
            ended_by: case.ended_by.map(MediaSide::name),
        },
        decision: decided(case),
        caller: endpoint(&case.caller),
        callee: endpoint(&case.callee),
        media,
        diagnoses,
        counts: Counts {
            distinct: identities.distinct(),
            logged: identities.seen(),
            copies: identities.copies(),
        },
        clocks: log_clocks,
        messages: steps,
    }
}

/// What is known of the clock of a log.
fn offset(clocks: &Clocks, log: &ClockOf<'_>) -> Option<Offset> {
    let clock = clocks.clock(log.writer)?;
    let known_by = match log.writer.zone {
        Zone::Utc | Zone::Offset(_) => OffsetSource::Stated,
        Zone::AssumedUtc | Zone::Local | Zone::Unknown => clock.source,
    };
    let is_known = known_by != OffsetSource::Unknown;
    Some(Offset {
        known_by: known_by.name(),
        calls: match known_by {
            OffsetSource::Estimated { calls } => Some(calls),
            _ => None,
        },
        ahead_us: is_known.then_some(log.ahead),
        reference: match log.line {
            _ if !is_known => None,
            Line::Utc => Some("UTC".to_owned()),
            Line::Clock(..) if known_by == OffsetSource::Assumed => Some("UTC".to_owned()),
            Line::Clock(place, _) => {
                let clock = clocks.iter().nth(place);
                clock.map(|clock| clock.whose.name().to_owned())
            }
        },
    })
}

fn decided(case: &Case<'_>) -> Decided {
    let rule = case.decision.rule;
    let checks = rule.into_iter().flat_map(|rule| &rule.checks);
    let sources = rule.into_iter().flat_map(|rule| &rule.sources);
    Decided {
        verdict: case.decision.verdict.name(),
        rule: rule.map(|rule| rule.id.clone()),
        condition: rule.and_then(|rule| owned(&rule.condition())),
        cause: rule.and_then(|rule| owned(&rule.cause)),
        confidence: rule.map(|rule| rule.confidence.name()),
        checks: checks
            .map(|check| Check {
                what: check.what.clone(),
                at: owned(&check.at),
                path: owned(&check.path),
                disproof: owned(&check.disproof),
            })
            .collect(),
        sources: sources.map(|key| document(key)).collect(),
    }
}

/// Titles and addresses of what rules files name.
pub(super) fn name_documents(sources: &mut [Source], rules: &Rules) {
    for source in sources {
        if let Some(own) = rules.source(&source.key) {
            source.title = owned(&own.title);
            source.address = owned(&own.address);
            source.of_tables = false;
        }
    }
}

/// The document of a key of the tables; of another key, nothing more is known.
pub(super) fn document(key: &str) -> Source {
    let known = source(key);
    Source {
        key: key.to_owned(),
        title: known.map(|source| source.title.to_owned()),
        address: known.map(|source| source.address.to_owned()),
        of_tables: known.is_some(),
    }
}

fn endpoint(end: &End<'_>) -> Endpoint {
    let (relay, relay_address) = match end.relay {
        Relay::Present(address) => ("present", owned(address)),
        Relay::Absent => ("absent", None),
        Relay::NotStated => ("not stated", None),
    };
    Endpoint {
        address: end.address.and_then(owned),
        user_agent: end.agent.and_then(owned),
        location: end.location.name(),
        relay,
        relay_address,
        site: end.site.and_then(owned),
        candidates: end.candidates.words().collect(),
    }
}

/// Diagnoses, failures first, and the media they speak of.
fn diagnoses(case: &Case<'_>) -> (Vec<Medium>, Vec<Diagnosed>) {
    let ends = Ends::new(case);
    let mut all: Vec<_> = case.dialog.diagnoses().collect();
    all.sort_by_key(|(diagnosis, sightings)| {
        let class = diagnosis.code.map(code_class);
        let grave = siptriage_diagnostics::CodeClass::ALL
            .iter()
            .position(|one| Some(*one) == class);
        (
            grave.unwrap_or(usize::MAX),
            diagnosis.code,
            sightings.first(),
        )
    });
    let views: Vec<MediaView<'_>> = case.media().collect();
    let mut media = Vec::new();
    let mut diagnosed = Vec::new();
    for (index, (diagnosis, sightings)) in all.into_iter().enumerate() {
        let sender = diagnosis.sender.and_then(|tag| ends.of_tag(tag));
        let sender = sender.map(Lane::name);
        let of_it = views
            .iter()
            .filter(|view| std::ptr::eq(view.diagnosis, diagnosis));
        media.extend(of_it.map(|view| medium(view, index)));
        let known = diagnosis.code.and_then(code);
        let text = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        let params = diagnosis.params.iter();
        let has_message = diagnosis.method != Method::Other || diagnosis.status().is_some();
        diagnosed.push(Diagnosed {
            code: diagnosis.code,
            sub_code: owned(&diagnosis.sub_code),
            class: diagnosis.code.map(|code| code_class(code).name()),
            component: diagnosis.code.and_then(component).map(|range| range.name),
            meaning: known.and_then(|code| text(code.meaning)),
            checks: known.and_then(|code| text(code.checks)),
            certainty: known.map(|code| code.certainty.name()),
            sources: known.map(|code| code.sources.clone()).unwrap_or_default(),
            reason: owned(&diagnosis.reason),
            source: owned(&diagnosis.source),
            header: diagnosis.header.as_deref().map(str::to_owned),
            carrier: diagnosis.carrier.name(),
            method: has_message.then_some(diagnosis.method.name()),
            status: diagnosis.status(),
            sender,
            params: params
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            count: sightings.count(),
            first: sightings.first().map(|stamp| stamp.to_string()),
            places: sightings.places.iter().map(Spot::from).collect(),
            code_class: diagnosis.code.map(code_class),
        });
    }
    (media, diagnosed)
}

/// A view with the place of its diagnosis.
fn medium(view: &MediaView<'_>, diagnosis: usize) -> Medium {
    let location = |location: Location, field: &str| match location {
        // Stated as unknown, or not stated.
        Location::Unknown => field_value(field, view.field(field)?),
        known => Some(known.name()),
    };
    let fields = view.media.fields().iter();
    Medium {
        side: view.side.map(MediaSide::name),
        label: owned(&view.media.label),
        modality: view.modality.words().next().unwrap_or("not stated"),
        diagnosis,
        ice_warn: view.mask.map(|mask| mask.to_string()),
        ice_warn_ex: view.media.ice_warn_ex.map(|bits| format!("{bits:#x}")),
        flags: view.mask.map(flags).unwrap_or_default(),
        local: location(view.local, "LocalLocation"),
        remote: location(view.remote, "RemoteLocation"),
        fields: fields
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        mask: view.mask.map(IceWarn::bits),
    }
}

fn flags(mask: IceWarn) -> Vec<Flag> {
    let set = ice_warn_flags().iter();
    let set = set.filter(|flag| mask.bits() & flag.mask.bits() != 0);
    set.map(|flag| Flag {
        bit: flag.mask.to_string(),
        key: flag.key,
        name: flag.name,
        expectation: flag.expectation.name(),
    })
    .collect()
}

impl From<&Place> for Spot {
    fn from(place: &Place) -> Spot {
        Spot {
            file: place.file.to_string(),
            // Line 0 is a line that has not been looked up.
            line: (place.line > 0).then_some(place.line),
            offset: place.offset,
        }
    }
}

/// Text that says something.
pub(super) fn owned(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The address of record of a `From` or `To` value, lower case as cases have it.
pub(super) fn aor(value: &str) -> Option<String> {
    address_of_record(value).map(str::to_lowercase)
}
