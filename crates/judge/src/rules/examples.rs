//! Examples of rules: a small trace each, and what the rules must say of it.

use std::ops::Range;

use siptriage_diagnostics::{
    Diagnosis, HeaderName, IceWarn, MediaItem, MediaSide, code, media_items,
};
use siptriage_facts::{Candidates, Carrier, Media, Method, Modalities};

use super::Verdict;
use super::condition::On;
use super::load::on;
use super::reader::{Node, Reader, Text};
use super::words;

/// An example of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Example {
    pub(super) line: usize,
    /// `rule "id": example 1`.
    pub(super) field: String,
    pub(super) steps: Vec<Step>,
    pub(super) said: Vec<Said>,
    pub(super) media: Modalities,
    pub(super) conference: bool,
    pub(super) caller: Person,
    pub(super) callee: Person,
    /// The rule must not decide.
    pub(super) not: bool,
    pub(super) verdict: Option<Verdict>,
    /// The rule that must decide, where it is another.
    pub(super) rule: Option<String>,
}

/// What an end says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) agent: String,
    pub(super) location: String,
    pub(super) offers: Candidates,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) status: Option<u16>,
    pub(super) method: Method,
    /// From the first message.
    pub(super) micros: i64,
    /// Who sent the request.
    pub(super) by: MediaSide,
}

/// A diagnosis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) carrier: Carrier,
    pub(super) header: Option<HeaderName>,
    /// The value of the header.
    pub(super) value: String,
    /// Parameters of records and reports.
    pub(super) params: Vec<(String, String)>,
    /// The message it stands in.
    pub(super) step: usize,
    /// Who says so, of quality reports.
    pub(super) by: MediaSide,
}

/// An example that did not get what it must.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFailure {
    /// The id of the rule whose example it is.
    pub rule: String,
    /// The file.
    pub file: String,
    /// Line of the example, counted from 1.
    pub line: usize,
    /// The field, `rule "id": example 1`.
    pub field: String,
    /// What it must get, what it got, and how the example was understood.
    pub message: String,
}

const FIELDS: [&str; 20] = [
    "header",
    "on",
    "from",
    "also",
    "record",
    "quality",
    "call",
    "messages",
    "media",
    "conference",
    "caller_agent",
    "callee_agent",
    "caller_location",
    "callee_location",
    "caller_offers",
    "callee_offers",
    "not",
    "verdict",
    "rule",
    "why",
];

/// The examples of a rule. One at least must be there, and one that the rule decides.
pub(super) fn read(reader: &mut Reader<'_>, rule: &Node<'_>) -> Vec<Example> {
    let nodes = reader.nodes(rule, "example");
    let mut examples = Vec::new();
    for node in &nodes {
        reader.only(node, &FIELDS);
        if let Some(example) = read_one(reader, node) {
            examples.push(example);
        }
    }
    let is_there = nodes.iter().any(|node| node.get("not").is_none());
    if !is_there {
        let message = "is missing; add [[rule.example]] with a header or messages that the rule \
                       must decide";
        reader.wrong(&rule.span, rule.field("example"), message);
    }
    examples
}

fn read_one(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Example> {
    let before = reader.errors.len();
    let told = reader.text(node, "on");
    let default_call = default_call(told.as_ref().map_or("", |on| &on.text));
    let messages = reader.texts(node, "messages");
    let call = reader.text(node, "call");
    let mut steps = Vec::new();
    if let (Some(call), false) = (&call, messages.is_empty()) {
        let message = "says what messages says too; leave one of them out";
        reader.wrong(&call.span, node.field("call"), message);
    } else if messages.is_empty() {
        match call
            .as_ref()
            .map(|call| call.text.as_str())
            .or(default_call.as_deref())
        {
            Some(text) => match call_steps(text) {
                Ok(made) => steps = made,
                Err(part) => {
                    let span = call.map_or(node.span.clone(), |call| call.span);
                    reader.wrong(&span, node.field("call"), part_advice(&part));
                }
            },
            // What is wrong with `on` is told below, and is all there is to mend.
            None if told.as_ref().is_some_and(|told| on(&told.text).is_none()) => {}
            None => {
                let message = "is missing; write a call as \"answered, bye after 12 s by caller\", \
                               or messages";
                reader.wrong(&node.span, node.field("call"), message);
            }
        }
    } else {
        let mut last = 0;
        for text in &messages {
            match step(&text.text, last) {
                Some(step) => {
                    last = step.micros;
                    steps.push(step);
                }
                None => {
                    let message = format!(
                        "“{}” is no message; write INVITE, \"180 INVITE +1s\" or \"BYE +20s by \
                         callee\"",
                        text.text
                    );
                    reader.wrong(&text.span, node.field("messages"), message);
                }
            }
        }
    }
    let mut said = Vec::new();
    read_said(reader, node, &mut steps, &mut said);
    for also in reader.nodes(node, "also") {
        reader.only(&also, &["header", "on", "from", "record", "quality"]);
        read_said(reader, &also, &mut steps, &mut said);
    }
    let mut media = Modalities::default();
    for one in reader.words(node, "media", words::modalities) {
        media.add(one);
    }
    if media.is_empty() && said.iter().all(|said| sections(said).is_empty()) {
        media.add(Modalities::AUDIO);
    }
    let verdicts = Verdict::ALL.map(|one| (one.name(), one)).to_vec();
    let verdict = reader.text(node, "verdict");
    let verdict = verdict.and_then(|word| reader.word(&word, &node.field("verdict"), &verdicts));
    let example = Example {
        line: reader.line(node.span.start),
        field: node.path.clone(),
        steps,
        said,
        media,
        conference: reader.flag(node, "conference").unwrap_or_default(),
        caller: person(reader, node, "caller"),
        callee: person(reader, node, "callee"),
        not: reader.flag(node, "not").unwrap_or_default(),
        verdict,
        rule: reader.text(node, "rule").map(|rule| rule.text),
    };
    (reader.errors.len() == before).then_some(example)
}

fn person(reader: &mut Reader<'_>, node: &Node<'_>, side: &str) -> Person {
    let agent = reader.text(node, &format!("{side}_agent"));
    let locations = || vec![("inside", "Intranet"), ("outside", "Internet")];
    let field = format!("{side}_location");
    let location = reader.words(node, &field, locations);
    let mut offers = Candidates::default();
    for one in reader.words(node, &format!("{side}_offers"), words::candidates) {
        offers.add(one);
    }
    Person {
        agent: agent.map(|agent| agent.text).unwrap_or_default(),
        location: location.first().map_or(String::new(), |scope| {
            format!("NetworkScope;ms-media-location-type={scope}")
        }),
        offers,
    }
}

/// The call that a diagnosis on this message suggests.
fn default_call(text: &str) -> Option<String> {
    let on = on(text)?;
    Some(match (on.status, on.method) {
        (None, Some(Method::Bye)) => "answered, bye after 5 s".to_owned(),
        (Some(status), Some(Method::Invite) | None) if *status.start() >= 300 => {
            format!("refused {}", status.start())
        }
        (Some(_), Some(Method::Invite)) => "answered, bye after 60 s".to_owned(),
        _ => return None,
    })
}

fn part_advice(part: &str) -> String {
    format!(
        "“{part}” is no part of a call; write, with commas between: rings after 1 s, answered \
         after 3 s, bye after 12 s by caller, refused 488, cancelled after 8 s"
    )
}

/// The messages of `answered after 3 s, bye after 12 s by caller`.
fn call_steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = vec![request(Method::Invite, 0, MediaSide::Caller)];
    let response = |status, micros| Step {
        status: Some(status),
        ..request(Method::Invite, micros, MediaSide::Caller)
    };
    let mut now = 0;
    for part in text.split(',').map(str::trim) {
        let words: Vec<&str> = part.split_ascii_whitespace().collect();
        let wrong = || part.to_owned();
        let after = words.iter().position(|word| *word == "after");
        let after = match after {
            Some(at) => {
                let amount = words.get(at + 1).ok_or_else(wrong)?;
                let is_split = words
                    .get(at + 2)
                    .is_some_and(|unit| ["s", "ms"].contains(unit));
                let unit = if is_split { words[at + 2] } else { "" };
                Some(time(&format!("{amount}{unit}")).ok_or_else(wrong)?)
            }
            None => None,
        };
        let by = match words.last() {
            Some(&"callee") => MediaSide::Callee,
            _ => MediaSide::Caller,
        };
        match words.first() {
            Some(&"rings") => {
                now += after.unwrap_or(1_000_000);
                steps.push(response(180, now));
            }
            Some(&"answered") => {
                now += after.unwrap_or(3_000_000);
                steps.push(response(200, now));
                steps.push(request(Method::Ack, now, MediaSide::Caller));
            }
            Some(&"bye") => {
                now += after.unwrap_or(60_000_000);
                steps.push(request(Method::Bye, now, by));
                steps.push(Step {
                    status: Some(200),
                    ..request(Method::Bye, now, by)
                });
            }
            Some(&"refused") => {
                let status = words.get(1).and_then(|status| status.parse().ok());
                let status = status.filter(|status| (300..700).contains(status));
                now += after.unwrap_or(1_000_000);
                steps.push(response(status.ok_or_else(wrong)?, now));
                steps.push(request(Method::Ack, now, MediaSide::Caller));
            }
            Some(&"cancelled") => {
                now += after.unwrap_or(8_000_000);
                steps.push(request(Method::Cancel, now, MediaSide::Caller));
                steps.push(response(487, now));
                steps.push(request(Method::Ack, now, MediaSide::Caller));
            }
            _ => return Err(wrong()),
        }
    }
    Ok(steps)
}

fn request(method: Method, micros: i64, by: MediaSide) -> Step {
    Step {
        status: None,
        method,
        micros,
        by,
    }
}

/// `12s`, `250ms`, `12`.
fn time(text: &str) -> Option<i64> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e3),
        None => (text.strip_suffix('s').unwrap_or(text), 1e6),
    };
    let number: f64 = number.trim().parse().ok()?;
    (0.0..1e9)
        .contains(&number)
        .then_some((number * unit) as i64)
}

/// `INVITE`, `180 INVITE +1s`, `BYE +20s by callee`.
fn step(text: &str, last: i64) -> Option<Step> {
    let (text, by) = match text.split_once(" by ") {
        Some((text, "caller")) => (text, MediaSide::Caller),
        Some((text, "callee")) => (text, MediaSide::Callee),
        Some(_) => return None,
        None => (text, MediaSide::Caller),
    };
    let (text, micros) = match text.split_once('+') {
        Some((text, after)) => (text, time(after.trim())?),
        None => (text, last),
    };
    let On { status, method } = on(text.trim())?;
    Some(Step {
        status: match status {
            Some(range) if range.start() == range.end() => Some(*range.start()),
            Some(_) => return None,
            None => None,
        },
        method: method?,
        micros,
        by,
    })
}

/// What a table says: a header, a server's record or a quality report.
fn read_said(
    reader: &mut Reader<'_>,
    node: &Node<'_>,
    steps: &mut Vec<Step>,
    said: &mut Vec<Said>,
) {
    let sides = reader.words(node, "from", words::sides);
    let from = sides.first().copied();
    let told = reader.text(node, "on");
    let at = told
        .as_ref()
        .map(|told| (told.span.clone(), on(&told.text)));
    let mut place = |reader: &mut Reader<'_>, span: &Range<usize>| {
        let step = match &at {
            None => None,
            Some((_, Some(on))) => place_of(on, from, steps),
            Some((span, None)) => {
                let message = "is no message; write BYE, \"200 INVITE\" or \"488 INVITE\"";
                reader.wrong(span, node.field("on"), message);
                return None;
            }
        };
        if step.is_none() {
            let span = at.as_ref().map_or(span.clone(), |(span, _)| span.clone());
            let message = match at {
                Some(_) => "the call has no such message; change on, call or messages",
                None => "is missing; say which message carries it: BYE, \"200 INVITE\", …",
            };
            reader.wrong(&span, node.field("on"), message);
        }
        step
    };
    for text in reader.texts(node, "header") {
        let Some(step) = place(reader, &text.span) else {
            continue;
        };
        said.extend(header(reader, node, &text, step));
    }
    for (name, carrier) in [("record", Carrier::ServerRecord), ("quality", Carrier::Qoe)] {
        let Some(table) = reader.node(node, name) else {
            continue;
        };
        let step = match carrier {
            // A report is a message of its own.
            Carrier::Qoe => Some(0),
            _ => place(reader, &table.span),
        };
        let keys: Vec<String> = table
            .table
            .keys()
            .map(|key| key.get_ref().to_string())
            .collect();
        let params = keys.into_iter().map(|key| {
            let value = reader.texts(&table, &key).into_iter().next();
            (key, value.map(|value| value.text).unwrap_or_default())
        });
        let params = params.collect();
        if let Some(step) = step {
            said.push(Said {
                carrier,
                header: None,
                value: String::new(),
                params,
                step,
                by: from.unwrap_or(MediaSide::Caller),
            });
        }
    }
}

/// The message that this names: the last that fits; a provisional response is added where it is
/// missing.
fn place_of(on: &On, from: Option<MediaSide>, steps: &mut Vec<Step>) -> Option<usize> {
    let fits = |step: &Step| on.has(step.status, step.method);
    if let Some(at) = steps.iter().rposition(fits) {
        if let (Some(from), None) = (from, steps[at].status) {
            for step in steps.iter_mut().filter(|step| step.method == Method::Bye) {
                step.by = from;
            }
        }
        return Some(at);
    }
    let status = on.status.as_ref().map(|range| *range.start());
    let is_provisional = status.is_some_and(|status| status < 200);
    if !is_provisional || steps.first().map(|step| step.method) != Some(Method::Invite) {
        return None;
    }
    steps.insert(
        1,
        Step {
            status,
            ..request(Method::Invite, 0, MediaSide::Caller)
        },
    );
    Some(1)
}

fn header(reader: &mut Reader<'_>, node: &Node<'_>, text: &Text, step: usize) -> Option<Said> {
    let named = text.text.split_once(':').and_then(|(name, value)| {
        let name = HeaderName::from_name(name.trim().as_bytes())?;
        Some((name, value.trim()))
    });
    let value = named.map_or(text.text.as_str(), |(_, value)| value);
    let Ok(diagnosis) = Diagnosis::parse(value.as_bytes()) else {
        let message = "does not begin with a code; write it as in the trace: 24; reason=\"…\"";
        reader.wrong(&text.span, node.field("header"), message);
        return None;
    };
    let usual = || {
        let names = code(diagnosis.code).map_or("", |code| code.header);
        names
            .split(' ')
            .find_map(|name| HeaderName::from_name(name.as_bytes()))
    };
    let header = named.map(|(name, _)| name).or_else(usual);
    Some(Said {
        carrier: Carrier::Header,
        header: Some(header.unwrap_or(HeaderName::MsDiagnostics)),
        value: value.to_owned(),
        params: Vec::new(),
        step,
        by: MediaSide::Caller,
    })
}

/// The media sections of a diagnosis.
pub(super) fn sections(said: &Said) -> Vec<Media<'_>> {
    let text = String::from_utf8_lossy;
    let mut sections: Vec<Media<'_>> = Vec::new();
    if said.carrier == Carrier::Qoe {
        let mut media = Media::default();
        for (name, value) in &said.params {
            match name.as_str() {
                "label" => media.label = value.as_str().into(),
                "IceWarningFlags" => media.ice_warn = IceWarn::parse(value.as_bytes()).ok(),
                _ => media
                    .fields
                    .push((name.as_str().into(), value.as_str().into())),
            }
        }
        return vec![media];
    }
    let Ok(diagnosis) = Diagnosis::parse(said.value.as_bytes()) else {
        return sections;
    };
    for param in diagnosis.params() {
        let Some(side) = MediaSide::from_param(param.name) else {
            continue;
        };
        for item in media_items(param.value) {
            match (item, sections.last_mut()) {
                (MediaItem::Section(label), _) => sections.push(Media {
                    side: Some(side),
                    label: text(label),
                    ..Media::default()
                }),
                (MediaItem::Field(b"ICEWarn", value), Some(section)) => {
                    section.ice_warn = IceWarn::parse_front(value).ok();
                }
                (MediaItem::Field(name, value), Some(section)) => {
                    section.fields.push((text(name), text(value)));
                }
                (MediaItem::Field(..), None) => {}
            }
        }
    }
    sections
}
