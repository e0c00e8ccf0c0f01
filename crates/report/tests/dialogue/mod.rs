//! Dialogues as a scan would find them: logged messages, and the facts that follow from them.

use siptriage_diagnostics::{HeaderName, IceWarn, MediaSide};
use siptriage_facts::{
    Carrier, Event, Facts, Logged, Media, Message, Method, Modalities, Names, Place, Signal, Stamp,
    Zone,
};

/// The Call-ID of all messages.
pub(crate) const CALL: &str = "7d1f0a52c4c94d0e9a54b1c6e2f3a801";
pub(crate) const ANN: &str = "\"Ann Ash\" <sip:ann@contoso.com>;tag=5f0c1d";
pub(crate) const BEN: &str = "<sip:ben@fabrikam.com>;tag=c9a41b";
/// The callee before anybody answered.
pub(crate) const TO_BEN: &str = "<sip:ben@fabrikam.com>";

/// 2026-03-02T09:14:04 in microseconds.
pub(crate) const NOON: i64 = 1_772_442_844_000_000;

/// A log that messages are written to.
#[derive(Clone, Copy)]
pub(crate) struct Log {
    pub(crate) file: &'static str,
    pub(crate) zone: Zone,
    /// How far its clock is ahead, in microseconds.
    pub(crate) ahead: i64,
}

pub(crate) const ANNS: Log = Log {
    file: "traces/ann/client.UccApilog",
    zone: Zone::Local,
    ahead: 0,
};

/// A message before it is logged.
#[derive(Clone, Default)]
pub(crate) struct Said {
    /// Milliseconds since [`NOON`]; none for no stamp.
    pub(crate) at: Option<i64>,
    pub(crate) direction: &'static str,
    pub(crate) start_line: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) cseq: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) diagnoses: Vec<Event<'static>>,
    pub(crate) challenge: bool,
}

/// A trace as it is read.
#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) facts: Facts,
    pub(crate) names: Names,
    pub(crate) messages: Vec<Logged<'static>>,
}

impl Trace {
    /// Logs a message, with everything a scan would make of it.
    pub(crate) fn log(&mut self, log: Log, said: &Said) {
        let line = 10 + 20 * self.messages.len() as u64;
        let place = Place {
            file: log.file.into(),
            offset: line * 50,
            line,
        };
        let time = said.at.map(|at| Stamp {
            micros: NOON + at * 1000 + log.ahead,
            zone: log.zone,
        });
        let status = said.start_line.strip_prefix("SIP/2.0 ");
        let status: Option<u16> = status.and_then(|rest| rest[..3].parse().ok());
        let header = |name: &str| {
            let mut headers = said.headers.iter();
            headers
                .find(|(own, _)| *own == name)
                .map(|(_, value)| value.clone())
        };
        let agent = header("User-Agent")
            .or(header("Server"))
            .unwrap_or_default();
        let some = |text: &str| Some(text.to_owned().into()).filter(|_| !text.is_empty());
        let message = Message {
            start_line: some(&said.start_line),
            call_id: some(CALL),
            cseq: some(&said.cseq),
            from: some(&said.from),
            to: some(&said.to),
            user_agent: some(&agent),
            direction: some(said.direction),
            peer: some("203.0.113.11:443"),
            challenge: said.challenge,
        };
        let values: Vec<String> = said
            .diagnoses
            .iter()
            .map(|event| format!("{event:?}"))
            .collect();
        let uri = said.start_line.split(' ').nth(1).unwrap_or_default();
        let signal = Signal {
            call_id: CALL,
            file: log.file,
            trace_format: "uccapi",
            time,
            sent: Some(said.direction == "outgoing").filter(|_| !said.direction.is_empty()),
            is_fragment: said.start_line.is_empty(),
            status,
            cseq: &said.cseq,
            request_uri: if status.is_none() { uri } else { "" },
            from: &said.from,
            to: &said.to,
            agent: &agent,
            challenge: said.challenge,
            described: !said.body.is_empty(),
            modalities: match said.body.is_empty() {
                true => Modalities::default(),
                false => Modalities::SHARING,
            },
            diagnoses: values.iter().map(String::as_str).collect(),
            ..Signal::default()
        };
        self.facts.observe_message(&signal, &self.names);
        let mut headers = vec![
            ("From".to_owned(), said.from.clone()),
            ("To".to_owned(), said.to.clone()),
            ("Call-ID".to_owned(), CALL.to_owned()),
            ("CSeq".to_owned(), said.cseq.clone()),
        ];
        headers.extend(
            said.headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.clone())),
        );
        headers.extend(said.diagnoses.iter().filter_map(|event| {
            let reason = event.reason.as_deref().unwrap_or_default();
            let value = format!("{};reason=\"{reason}\"", event.code?);
            Some((event.header?.name().to_owned(), value))
        }));
        let mut raw = format!("{}\r\n", said.start_line);
        for (name, value) in &headers {
            raw.push_str(&format!("{name}: {value}\r\n"));
        }
        raw.push_str(&format!("\r\n{}", said.body));
        let diagnoses = said.diagnoses.iter().map(|event| Event {
            place: Place {
                offset: place.offset + 40,
                line: place.line + 6,
                ..place.clone()
            },
            time,
            message: message.clone(),
            ..event.clone()
        });
        let diagnoses: Vec<Event<'static>> = diagnoses.collect();
        for event in &diagnoses {
            self.facts.observe_event(event, &self.names);
        }
        let (method, _) = Method::of_cseq(&said.cseq);
        self.messages.push(Logged {
            place,
            trace_format: "uccapi",
            time,
            message,
            method: method.map(Method::name).unwrap_or_default().into(),
            status,
            headers: (headers.into_iter())
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            body: said.body.clone().into(),
            raw: raw.into(),
            diagnoses,
            id: Some(signal.id()),
        });
    }
}

/// A diagnosis, as a header of a message has it.
pub(crate) fn diagnosis(
    header: HeaderName,
    code: u32,
    reason: &str,
    media: Vec<Media<'static>>,
) -> Event<'static> {
    Event {
        place: Place {
            file: "".into(),
            offset: 0,
            line: 0,
        },
        trace_format: "uccapi",
        time: None,
        header: Some(header),
        carrier: Carrier::Header,
        code: Some(code),
        sub_code: None,
        reason: Some(reason.to_owned().into()),
        source: None,
        params: vec![("reason".into(), reason.to_owned().into())],
        media,
        cut: false,
        message: Message::default(),
    }
}

/// A media section with the fields of an outside user.
pub(crate) fn medium(side: MediaSide, mask: u32, own: &str, other: &str) -> Media<'static> {
    let fields = [
        ("LocalSite", format!("{own}:50045")),
        ("LocalMR", "203.0.113.21:57312".to_owned()),
        ("RemoteSite", format!("{other}:50043")),
        ("RemoteMR", "203.0.113.22:53117".to_owned()),
        ("PortRange", "50040:50059".to_owned()),
        ("LocalMRTCPPort", "57312".to_owned()),
        ("RemoteMRTCPPort", "53117".to_owned()),
        ("LocalLocation", "1".to_owned()),
        ("RemoteLocation", "1".to_owned()),
        ("FederationType", "0".to_owned()),
    ];
    Media {
        side: Some(side),
        label: "application-sharing".into(),
        ice_warn: Some(IceWarn::from_bits(mask)),
        fields: fields
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
        ..Media::default()
    }
}

/// A request of Ann's, a response to it, and so on: what each says.
pub(crate) fn said(at: i64, direction: &'static str, start_line: &str, cseq: &str) -> Said {
    let of_ben = start_line.starts_with("BYE sip:ann");
    let begins = start_line.starts_with("INVITE") || start_line.starts_with("SIP/2.0 100");
    Said {
        at: Some(at),
        direction,
        start_line: start_line.to_owned(),
        from: if of_ben { BEN } else { ANN }.to_owned(),
        to: match (of_ben, begins) {
            (true, _) => ANN,
            (false, true) => TO_BEN,
            (false, false) => BEN,
        }
        .to_owned(),
        cseq: cseq.to_owned(),
        ..Said::default()
    }
}

const ANNS_AGENT: &str = "UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)";
const BENS_AGENT: &str = "UCCAPI/15.0.4569.1503 OC/15.0.4569.1503 (Microsoft Lync)";

/// The messages of a call between two outside users whose application sharing never comes up.
pub(crate) fn founding_case() -> Vec<Said> {
    let agent = |said: Said, agent: &str| Said {
        headers: vec![("User-Agent", agent.to_owned())],
        ..said
    };
    let server = |said: Said| Said {
        headers: vec![("Server", "InboundRouting/6.0.0.0".to_owned())],
        ..said
    };
    let body = "v=0\r\nm=applicationsharing 50045 TCP/RTP/SAVP 127\r\n".to_owned();
    let reason = "Call failed to establish due to a media connectivity failure when both \
                  endpoints are remote";
    let media = vec![
        medium(MediaSide::Caller, 0x320, "198.51.100.70", "198.51.100.117"),
        medium(MediaSide::Callee, 0x300, "198.51.100.117", "198.51.100.70"),
    ];
    vec![
        Said {
            body: body.clone(),
            ..agent(
                said(
                    880,
                    "outgoing",
                    "INVITE sip:ben@fabrikam.com SIP/2.0",
                    "1 INVITE",
                ),
                ANNS_AGENT,
            )
        },
        said(932, "incoming", "SIP/2.0 100 Trying", "1 INVITE"),
        Said {
            diagnoses: vec![diagnosis(
                HeaderName::MsDiagnostics,
                13004,
                "Request was proxied to one or more registered endpoints",
                Vec::new(),
            )],
            ..server(said(
                1006,
                "incoming",
                "SIP/2.0 101 Progress Report",
                "1 INVITE",
            ))
        },
        agent(
            said(1291, "incoming", "SIP/2.0 180 Ringing", "1 INVITE"),
            BENS_AGENT,
        ),
        Said {
            body,
            ..agent(
                said(5417, "incoming", "SIP/2.0 200 OK", "1 INVITE"),
                BENS_AGENT,
            )
        },
        agent(
            said(
                5439,
                "outgoing",
                "ACK sip:ben@fabrikam.com;opaque=user:epid:QmVuQmlyY2hGb3VuZGluZ0Nhc2U;gruu SIP/2.0",
                "1 ACK",
            ),
            ANNS_AGENT,
        ),
        Said {
            diagnoses: vec![diagnosis(
                HeaderName::MsClientDiagnostics,
                24,
                reason,
                media,
            )],
            ..agent(
                said(
                    27_802,
                    "outgoing",
                    "BYE sip:ben@fabrikam.com;opaque=user:epid:QmVuQmlyY2hGb3VuZGluZ0Nhc2U;gruu SIP/2.0",
                    "2 BYE",
                ),
                ANNS_AGENT,
            )
        },
        agent(
            said(27_931, "incoming", "SIP/2.0 200 OK", "2 BYE"),
            BENS_AGENT,
        ),
    ]
}

/// The same call as another log has it: what was sent arrives.
pub(crate) fn seen_from_the_other_end(said: &Said) -> Said {
    Said {
        direction: match said.direction {
            "outgoing" => "incoming",
            _ => "outgoing",
        },
        // One way takes 20 ms.
        at: said.at.map(|at| {
            if said.direction == "outgoing" {
                at + 20
            } else {
                at - 20
            }
        }),
        ..said.clone()
    }
}
