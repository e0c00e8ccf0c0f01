//! Judging examples: the facts that a small trace makes, and what the rules say of them.

use std::borrow::Cow;

use siptriage_diagnostics::{Diagnosis, MediaSide, status_phrase};
use siptriage_facts::{
    Candidates, Carrier, Event, Facts, Message, Method, Modalities, Names, Place, Signal, Stamp,
    Zone,
};

use crate::{Judge, TimeZones};

use super::examples::{Example, ExampleFailure, Said, Step, sections};
use super::{Decision, Rule, Rules};

const CALL_ID: &str = "example@example.com";
/// 2026-03-14T09:00:00Z.
const START: i64 = 1_773_478_800_000_000;

fn address(side: MediaSide, is_conference: bool) -> &'static str {
    match side {
        MediaSide::Caller => "<sip:ann@contoso.com>",
        MediaSide::Callee if is_conference => {
            "<sip:ann@contoso.com;gruu;opaque=app:conf:audio-video:id:5>"
        }
        MediaSide::Callee => "<sip:ben@contoso.com>",
    }
}

fn other(side: MediaSide) -> MediaSide {
    match side {
        MediaSide::Caller => MediaSide::Callee,
        MediaSide::Callee => MediaSide::Caller,
    }
}

/// A message as it would stand in a trace.
struct Written {
    start_line: String,
    cseq: String,
    from: String,
    to: String,
    uri: String,
}

impl Example {
    /// The facts of its trace.
    fn facts(&self) -> Facts {
        let (mut facts, names) = (Facts::default(), Names::default());
        for (at, step) in self.steps.iter().enumerate() {
            let written = self.written(step);
            let sender = if step.status.is_none() {
                step.by
            } else {
                other(step.by)
            };
            let person = match sender {
                MediaSide::Caller => &self.caller,
                MediaSide::Callee => &self.callee,
            };
            let described = step.method == Method::Invite
                && step
                    .status
                    .is_none_or(|status| (180..300).contains(&status));
            let said = self.said.iter().filter(|said| said.step == at);
            let values = said.filter(|said| said.carrier == Carrier::Header);
            let signal = Signal {
                call_id: CALL_ID,
                file: "example",
                trace_format: "example",
                time: Some(self.stamp(step)),
                status: step.status,
                cseq: &written.cseq,
                request_uri: &written.uri,
                from: &written.from,
                to: &written.to,
                agent: &person.agent,
                described,
                modalities: if described {
                    self.media
                } else {
                    Modalities::default()
                },
                candidates: if described {
                    person.offers
                } else {
                    Candidates::default()
                },
                location: if described { &person.location } else { "" },
                diagnoses: values.map(|said| said.value.as_str()).collect(),
                ..Signal::default()
            };
            facts.observe_message(&signal, &names);
        }
        for (at, said) in self.said.iter().enumerate() {
            facts.observe_event(&self.event(said, at as u64), &names);
        }
        facts.settle();
        facts
    }

    fn stamp(&self, step: &Step) -> Stamp {
        Stamp {
            micros: START + step.micros,
            zone: Zone::Utc,
        }
    }

    fn written(&self, step: &Step) -> Written {
        let number = match step.method {
            Method::Invite | Method::Ack | Method::Cancel => 1,
            _ => 2,
        };
        let method = step.method.name();
        let (own, far) = (step.by, other(step.by));
        let begins = !matches!(
            step.method,
            Method::Ack | Method::Bye | Method::Prack | Method::Update | Method::Info
        );
        let has_tag = !begins || step.status.is_some_and(|status| status > 100);
        let tag = if has_tag {
            format!(";tag={}", far.name())
        } else {
            String::new()
        };
        let uri = address(far, self.conference);
        let uri = uri.trim_matches(|c| matches!(c, '<' | '>')).to_owned();
        Written {
            start_line: match step.status {
                None => format!("{method} {uri} SIP/2.0"),
                Some(status) => {
                    let phrase = status_phrase(status).unwrap_or("Unknown");
                    format!("SIP/2.0 {status} {phrase}")
                }
            },
            cseq: format!("{number} {method}"),
            from: format!("{};tag={}", address(own, self.conference), own.name()),
            to: format!("{}{tag}", address(far, self.conference)),
            uri: if step.status.is_none() {
                uri
            } else {
                String::new()
            },
        }
    }

    fn event<'e>(&self, said: &'e Said, at: u64) -> Event<'e> {
        let step = self.steps.get(said.step);
        let written = step.map(|step| self.written(step));
        let mut message: Message<'e> = match written {
            Some(written) if said.carrier != Carrier::Qoe => Message {
                start_line: Some(written.start_line.into()),
                call_id: Some(CALL_ID.into()),
                cseq: Some(written.cseq.into()),
                from: Some(written.from.into()),
                to: Some(written.to.into()),
                ..Message::default()
            },
            _ => Message::default(),
        };
        let text = String::from_utf8_lossy;
        let diagnosis = Diagnosis::parse(said.value.as_bytes()).ok();
        let mut params: Vec<(Cow<'e, str>, Cow<'e, str>)> = match diagnosis {
            Some(diagnosis) => diagnosis
                .params()
                .map(|param| (text(param.name), text(param.value)))
                .collect(),
            None => (said.params.iter())
                .map(|(name, value)| (name.as_str().into(), value.as_str().into()))
                .collect(),
        };
        if said.carrier == Carrier::Qoe {
            // The report names the call; what carries it is a SERVICE of its own.
            params = vec![
                ("CallId".into(), CALL_ID.into()),
                ("FromTag".into(), said.by.name().into()),
                ("ToTag".into(), other(said.by).name().into()),
            ];
            let from = address(said.by, false);
            message = Message {
                start_line: Some("SERVICE sip:contoso.com SIP/2.0".into()),
                call_id: Some("report@example.com".into()),
                cseq: Some("1 SERVICE".into()),
                from: Some(format!("{from};tag={}", said.by.name()).into()),
                to: Some(from.into()),
                ..Message::default()
            };
        }
        let param = |name: &str| {
            let found = params
                .iter()
                .find(|(own, _)| own.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        };
        Event {
            place: Place {
                file: "example".into(),
                offset: at,
                line: at + 1,
            },
            trace_format: "example",
            time: step.map(|step| self.stamp(step)),
            header: said.header,
            carrier: said.carrier,
            code: diagnosis.map(|diagnosis| diagnosis.code),
            sub_code: diagnosis.and_then(|diagnosis| diagnosis.sub_code).map(text),
            reason: param("reason"),
            source: param("source"),
            params,
            media: sections(said),
            cut: false,
            message,
        }
    }

    /// What is wrong with what the rules say of it.
    fn judge(&self, rule: &Rule, rules: &Rules) -> Option<String> {
        let facts = self.facts();
        let judge = Judge::new(&facts, rules, &TimeZones::default());
        let Some(case) = judge.case(CALL_ID) else {
            return Some("is no call that can be judged".to_owned());
        };
        let Decision { verdict, rule: by } = rules.decide(&case);
        let by = by.map(|rule| rule.id.as_str());
        let wanted = match (&self.rule, self.not) {
            (Some(other), _) => Some(other.as_str()),
            (None, true) => None,
            (None, false) => Some(rule.id.as_str()),
        };
        let wanted_verdict = self
            .verdict
            .or((wanted == Some(rule.id.as_str())).then_some(rule.verdict));
        let is_right = wanted.is_none_or(|wanted| by == Some(wanted))
            && !(self.not && by == Some(rule.id.as_str()))
            && wanted_verdict.is_none_or(|wanted| wanted == verdict);
        if is_right {
            return None;
        }
        let mut want = match wanted {
            Some(id) => format!("wanted: rule \"{id}\""),
            None => format!("wanted: any rule but \"{}\"", rule.id),
        };
        if let Some(verdict) = wanted_verdict {
            want.push_str(&format!(", verdict {}", verdict.name()));
        }
        let got = match by {
            Some(id) => format!("rule \"{id}\""),
            None => "no rule".to_owned(),
        };
        let matching = rules.matching(&case);
        let why = match matching.iter().position(|one| one.id == rule.id) {
            Some(0) => String::new(),
            Some(_) => {
                let first = matching.first().map_or(0, |first| first.specificity);
                let own = rule.specificity;
                format!("; this rule matches too, with specificity {own} against {first}")
            }
            None => format!(
                "; the condition of this rule does not hold: {}",
                rule.condition()
            ),
        };
        let mut read = vec![format!("outcome {}", case.outcome.name())];
        let times = [
            ("answered after", case.time_to_answer),
            ("duration", case.duration),
        ];
        for (name, micros) in times {
            read.extend(micros.map(|micros| format!("{name} {} s", micros as f64 / 1e6)));
        }
        read.extend(
            case.dialog
                .diagnoses()
                .filter_map(|(diagnosis, _)| diagnosis.code.map(|code| format!("code {code}"))),
        );
        for view in case.media() {
            let mask = view
                .mask
                .map_or("no mask".to_owned(), |mask| mask.to_string());
            let (local, remote) = (view.local.name(), view.remote.name());
            read.push(format!("{} {mask} {local}/{remote}", &*view.media.label));
        }
        Some(format!(
            "{want}; got: {got}, verdict {}{why}; the example was read as: {}",
            verdict.name(),
            read.join(", ")
        ))
    }
}

impl Rules {
    /// Judges the examples of every rule with all rules. Empty if all get what they must.
    pub fn test(&self) -> Vec<ExampleFailure> {
        let mut failures = Vec::new();
        for rule in self.iter() {
            for example in &rule.examples {
                if let Some(message) = example.judge(rule, self) {
                    failures.push(ExampleFailure {
                        rule: rule.id.clone(),
                        file: rule.file.clone(),
                        line: example.line,
                        field: example.field.clone(),
                        message,
                    });
                }
            }
        }
        failures
    }
}
