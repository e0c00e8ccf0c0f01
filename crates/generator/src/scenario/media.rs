//! What messages say of media: session descriptions, media debug, reports after a call.

use std::net::Ipv4Addr;

use super::net::Role;
use super::talk::{Body, Leg, Stage, Talk};
use crate::diagnosis::{Diagnosis, Header, MediaDebug, Side};
use crate::people::Person;
use crate::put::{Endpoint, put};
use crate::quality::{QualityLine, QualityReport};

/// A description of what the call carries, as an end of it offers.
pub(super) fn offer(stage: &mut Stage, talk: &Talk, leg: usize) -> Body {
    describe(stage, talk, leg, "active")
}

/// The same as an end answers.
pub(super) fn answer(stage: &mut Stage, talk: &Talk, leg: usize) -> Body {
    describe(stage, talk, leg, "passive")
}

/// The local port of a medium, in the range that clients are given for it.
fn port_of(leg: &Leg, label: &str) -> u16 {
    match label {
        "application-sharing" => leg.port + 20,
        "video" => leg.port + 7980,
        _ => leg.port,
    }
}

fn describe(stage: &mut Stage, talk: &Talk, leg: usize, role: &str) -> Body {
    let leg = &talk.legs[leg];
    let (ufrag, password) = (stage.token(4), stage.token(22));
    let person = stage.net.person(leg.actor);
    let (host, reflexive) = (person.host, person.public);
    let mut out = Vec::new();
    put!(
        &mut out,
        "v=0\r\no=- 0 0 IN IP4 ",
        host,
        "\r\ns=session\r\nc=IN IP4 ",
        host
    );
    put!(&mut out, "\r\nt=0 0\r\n");
    for label in &talk.media {
        let port = port_of(leg, label);
        let (line, tcp) = match *label {
            "audio" => (" RTP/SAVP 104 114 9 111 0 8 101", false),
            "video" => (" RTP/SAVP 122 121", false),
            "application-sharing" => (" TCP/RTP/SAVP 127", true),
            "message" => (" sip null", true),
            _ => (" TCP/SAVP *", true),
        };
        let name = if *label == "application-sharing" {
            "applicationsharing"
        } else {
            *label
        };
        put!(&mut out, "m=", name, " ", port, line, "\r\n");
        if name == "message" {
            put!(
                &mut out,
                "a=accept-types:text/plain multipart/alternative\r\n"
            );
            continue;
        }
        put!(
            &mut out,
            "a=ice-ufrag:",
            &ufrag,
            "\r\na=ice-pwd:",
            &password,
            "\r\n"
        );
        let mut number = 0u16;
        let mut candidate = |transport: &str, at: Endpoint, kind: &str| {
            number += 1;
            let priority = 2_130_706_432 - u32::from(number) * 100_000_000;
            put!(
                &mut out,
                "a=candidate:",
                number,
                " 1 ",
                transport,
                " ",
                priority,
                " "
            );
            put!(&mut out, at.0, " ", at.1, " typ ", kind, " \r\n");
        };
        if tcp {
            candidate("TCP-ACT", Endpoint(host, port), "host");
        } else {
            candidate("UDP", Endpoint(host, port), "host");
        }
        if let Some(reflexive) = reflexive {
            let transport = if tcp { "TCP-ACT" } else { "UDP" };
            candidate(transport, Endpoint(reflexive, port + 4), "srflx");
        }
        if let Some(Endpoint(relay, relay_port)) = leg.relay {
            if !tcp {
                candidate("UDP", Endpoint(relay, relay_port), "relay");
            }
            candidate("TCP-PASS", Endpoint(relay, relay_port + 2), "relay");
        }
        if tcp {
            put!(&mut out, "a=setup:", role, "\r\na=connection:new\r\n");
        }
        put!(&mut out, "a=rtcp-mux\r\n");
    }
    Body {
        kind: "application/sdp",
        bytes: out,
        ..Body::default()
    }
}

/// A diagnosis of a client with media debug as the end `own` writes it about itself and `peer`:
/// a section with each mask, in the order of the media.
pub(super) fn client_report(
    stage: &Stage,
    talk: &Talk,
    (own, peer): (usize, usize),
    (code, reason): (u32, &'static str),
    masks: &[u32],
) -> Diagnosis {
    let mut diagnosis = Diagnosis::new(Header::Client, code, reason);
    let (me, other) = (&talk.legs[own], &talk.legs[peer]);
    let (one, two) = (stage.net.person(me.actor), stage.net.person(other.actor));
    let site = |person: &Person, port| Endpoint(person.public.unwrap_or(person.host), port);
    let location =
        |actor: usize, person: &Person| match (stage.net.actors[actor].role, person.inside) {
            (Role::OtherMaker, _) => 0,
            (_, true) => 2,
            (_, false) => 1,
        };
    for (label, mask) in talk.media.iter().zip(masks) {
        diagnosis.media.push(MediaDebug {
            side: if own == 0 { Side::Caller } else { Side::Callee },
            label,
            ice_warn: *mask,
            ice_warn_ex: None,
            local_site: site(one, port_of(me, label)),
            local_relay: me.relay,
            remote_site: site(two, port_of(other, label)),
            remote_relay: other.relay,
            ports: match *label {
                "application-sharing" => (50_040, 50_059),
                "video" => (58_000, 58_019),
                _ => (50_020, 50_039),
            },
            local_location: Some(location(me.actor, one)),
            remote_location: Some(location(other.actor, two)),
            federation: Some(u8::from(one.company.domain != two.company.domain)),
            network_name: None,
            interfaces: None,
        });
    }
    diagnosis
}

/// What a client reports after a call: the connection of its first medium.
pub(super) fn quality(
    stage: &mut Stage,
    talk: &Talk,
    (own, peer): (usize, usize),
    (ice, flags, transport): (&'static str, u32, &'static str),
) -> Body {
    let (me, other) = (&talk.legs[own], &talk.legs[peer]);
    let [_, _, answered, _, bye] = talk.times();
    let (from, to) = (stage.net.person(me.actor), stage.net.person(other.actor));
    let relays: Vec<Ipv4Addr> = me.relay.iter().map(|relay| relay.0).collect();
    let label = talk.media.first().copied().unwrap_or("audio");
    let line = QualityLine {
        label: match label {
            "video" => "main-video",
            "application-sharing" => "applicationsharing",
            _ => "main-audio",
        },
        ice,
        flags: Some(flags),
        hexadecimal: true,
        transport,
        relays: if ice == "DIRECT" { Vec::new() } else { relays },
        local: Endpoint(from.host, port_of(me, label)),
        remote: Endpoint(to.host, port_of(other, label)),
    };
    let report = QualityReport {
        start: answered.unwrap_or(0),
        end: bye.unwrap_or(0),
        call_id: talk.call_id.clone(),
        // The first leg is the one who calls.
        caller: own == 0,
        lines: vec![line],
        closed: true,
    };
    let mut bytes = Vec::new();
    report.put(&mut bytes, &mut stage.rng, from, to);
    Body {
        kind: "application/vq-rtcpxr+xml",
        bytes,
        reported: Vec::new(),
        quality: report.lines,
    }
}

/// What a client reports of a call that was refused.
pub(super) fn error_report(talk: &Talk, status: u16, diagnosis: &Diagnosis) -> Body {
    let mut bytes = Vec::new();
    put!(
        &mut bytes,
        "<reportError xmlns=\"http://schemas.microsoft.com/2006/09/sip/error-reporting\">",
        "<error toUri=\"sip:",
        &talk.to,
        "\" callId=\"",
        &talk.call_id,
        "\" fromTag=\"",
        &talk.legs[0].tag,
        "\" toTag=\"",
        &talk.legs[1].tag
    );
    put!(
        &mut bytes,
        "\" contentType=\"application/sdp\" responseCode=\"",
        status,
        "\" requestType=\"INVITE\"><diagHeader>"
    );
    diagnosis.put_value(&mut bytes);
    put!(&mut bytes, "</diagHeader></error></reportError>");
    Body {
        kind: "application/msrtc-reporterror+xml",
        bytes,
        reported: vec![diagnosis.clone()],
        quality: Vec::new(),
    }
}
