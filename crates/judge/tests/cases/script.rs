//! Dialogs as a few words for each message.
//!
//! A line is `SECONDS FROM TO MESSAGE`: `4 ann/a ben/b 200 INVITE 1 audio !51007`. Behind a name
//! stands its tag. A message is a request or a response with method and number; then come words:
//! media, `challenge`, `focus`, and `!CODE` or `!CODE:NAME=VALUE` for a diagnosis.

use siptriage_diagnostics::{HeaderName, IceWarn, MediaItem, media_items};
use siptriage_facts::{
    Carrier, Event, Facts, Media, Merge, Message, Modalities, Names, Place, Signal, Stamp, Zone,
};
use siptriage_judge::{Case, Judge, Rules, TimeZones};

/// 2026-03-14T12:00:00.
pub(crate) const NOON: i64 = 1_773_489_600_000_000;

/// Whose trace it is, and how its clock goes.
#[derive(Debug, Clone)]
pub(crate) struct Log<'l> {
    pub(crate) file: &'l str,
    pub(crate) zone: Zone,
    pub(crate) owner: Option<&'l str>,
    pub(crate) call_id: &'l str,
    /// Microseconds that the stamps are ahead of UTC.
    pub(crate) ahead: i64,
    /// All stamps.
    pub(crate) at_all: Option<i64>,
}

impl<'l> Log<'l> {
    pub(crate) fn client(file: &'l str, owner: &'l str) -> Log<'l> {
        Log {
            file,
            zone: Zone::Local,
            owner: Some(owner),
            call_id: "call",
            ahead: 0,
            at_all: None,
        }
    }

    pub(crate) fn server(file: &'l str) -> Log<'l> {
        Log {
            zone: Zone::AssumedUtc,
            owner: None,
            ..Log::client(file, "")
        }
    }

    pub(crate) fn ahead(self, ahead: i64) -> Log<'l> {
        Log { ahead, ..self }
    }
}

fn value(end: &str) -> String {
    match end.split_once('/') {
        Some(("", _)) => String::new(),
        Some((name, tag)) => format!("\"{name}\" <sip:{name}@contoso.com>;tag={tag}"),
        None => format!("<sip:{end}@contoso.com>"),
    }
}

/// A diagnosis in a message, with media debug of the caller.
pub(crate) fn event(
    carrier: Carrier,
    code: u32,
    from: &str,
    to: &str,
    message: &str,
    debug: Option<&str>,
) -> Event<'static> {
    let words: Vec<&str> = message.split_whitespace().collect();
    let status = words[0].parse::<u16>().ok();
    let cseq = match words[usize::from(status.is_some())..] {
        [method, number] => format!("{number} {method}"),
        _ => panic!("{message}"),
    };
    let start_line = match status {
        Some(status) => format!("SIP/2.0 {status} x"),
        None => format!("{} sip:x@contoso.com SIP/2.0", words[0]),
    };
    let mut media: Vec<Media<'static>> = Vec::new();
    for item in media_items(debug.unwrap_or_default().as_bytes()) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match (item, media.last_mut()) {
            (MediaItem::Section(label), _) => media.push(Media {
                label: text(label).into(),
                ..Media::default()
            }),
            (MediaItem::Field(b"ICEWarn", mask), Some(media)) => {
                media.ice_warn = Some(IceWarn::parse(mask).unwrap());
            }
            (MediaItem::Field(name, value), Some(media)) => {
                media.fields.push((text(name).into(), text(value).into()));
            }
            (MediaItem::Field(..), None) => panic!("{debug:?}"),
        }
    }
    Event {
        place: Place {
            file: "a.log".into(),
            offset: u64::from(code),
            line: 1,
        },
        trace_format: "client",
        time: Some(Stamp {
            micros: NOON,
            zone: Zone::Local,
        }),
        header: (carrier == Carrier::Header).then_some(HeaderName::ALL[0]),
        carrier,
        code: (!matches!(carrier, Carrier::Qoe)).then_some(code),
        sub_code: None,
        reason: None,
        source: None,
        params: Vec::new(),
        media,
        cut: false,
        message: Message {
            start_line: Some(start_line.into()),
            call_id: Some("call".into()),
            cseq: Some(cseq.into()),
            from: (!from.is_empty()).then(|| value(from).into()),
            to: (!to.is_empty()).then(|| value(to).into()),
            ..Message::default()
        },
    }
}

/// What a report that some end sent says about a call, with these parameters besides.
pub(crate) fn report(
    carrier: Carrier,
    code: u32,
    params: &[(&'static str, &'static str)],
) -> Event<'static> {
    let mut report = event(carrier, code, "", "", "SERVICE 4", None);
    let params = params.iter();
    let params = params.map(|(name, value)| ((*name).into(), (*value).into()));
    report.params.extend(params);
    report
}

/// The facts of a script, as this log has them.
pub(crate) fn play(script: &str, log: &Log<'_>) -> Facts {
    let names = Names::default();
    let mut facts = Facts::default();
    for line in script.lines().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace().peekable();
        let seconds: f64 = words.next().unwrap().parse().unwrap();
        let (from_end, to_end) = (words.next().unwrap(), words.next().unwrap());
        let (from, to) = (value(from_end), value(to_end));
        let status: Option<u16> = words.peek().and_then(|word| word.parse().ok());
        if status.is_some() {
            words.next();
        }
        let (method, number) = (words.next().unwrap(), words.next().unwrap());
        let cseq = format!("{number} {method}");
        let micros = NOON + (seconds * 1e6).round() as i64 + log.ahead;
        let time = Some(Stamp {
            micros: log.at_all.unwrap_or(micros),
            zone: log.zone,
        });
        let sender = if status.is_none() { from_end } else { to_end };
        let is_owner = |owner| sender.split('/').next() == Some(owner);
        let mut signal = Signal {
            call_id: log.call_id,
            file: log.file,
            trace_format: "client",
            time,
            sent: log.owner.map(is_owner),
            status,
            cseq: &cseq,
            from: &from,
            to: &to,
            ..Signal::default()
        };
        let mut event_of = None;
        for word in words {
            if word == "challenge" {
                signal.challenge = true;
            } else if word == "focus" {
                signal.request_uri = "sip:ann@contoso.com;gruu;opaque=app:conf:focus:id:x";
            } else if let Some(code) = word.strip_prefix('!') {
                signal.diagnoses.push(code);
                let (code, param) = code.split_once(':').unwrap_or((code, ""));
                let message = match status {
                    Some(status) => format!("{status} {method} {number}"),
                    None => format!("{method} {number}"),
                };
                let code = code.parse().unwrap();
                let mut event = event(Carrier::Header, code, from_end, to_end, &message, None);
                event.message.call_id = Some(log.call_id.to_owned().into());
                event.place.file = log.file.into();
                event.time = time;
                if let Some((name, value)) = param.split_once('=') {
                    event
                        .params
                        .push((name.to_owned().into(), value.to_owned().into()));
                }
                event_of = Some(event);
            } else {
                signal.modalities.add(Modalities::of_medium(word));
                signal.described = true;
            }
        }
        facts.observe_message(&signal, &names);
        if let Some(event) = event_of {
            facts.observe_event(&event, &names);
        }
    }
    facts
}

/// The facts of a script, as the caller's client has them.
pub(crate) fn facts(script: &str) -> Facts {
    play(script, &Log::client("a.log", "ann"))
}

/// All of these.
pub(crate) fn merged(parts: Vec<Facts>) -> Facts {
    let mut whole = Facts::default();
    for part in parts {
        whole.merge(part);
    }
    whole
}

/// Looks at the only case there is.
pub(crate) fn judge<R>(facts: &Facts, look: impl FnOnce(Case<'_>) -> R) -> R {
    let rules = rules();
    let judge = Judge::new(facts, rules, &TimeZones::default());
    let mut cases = judge.cases();
    let case = cases.next().unwrap();
    assert!(cases.next().is_none());
    look(case)
}

/// The rules that come with the program.
pub(crate) fn rules() -> &'static Rules {
    Rules::embedded()
}
