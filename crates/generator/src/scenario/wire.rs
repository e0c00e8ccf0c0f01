//! Messages as they are between two machines, and records as logs have them.

use super::net::{Net, Node};
use super::talk::{Line, Talk};
use crate::clock::Clock;
use crate::message::{Direction, Message, Method};
use crate::put::{Endpoint, HexDigits, UpperHexDigits, put};

/// Composes what the machine at `place` of a way logs: what it sends on, or what it got.
pub(super) fn compose(
    net: &Net,
    talk: &Talk,
    line: &Line,
    (path, place): (&[Node], usize),
    direction: Direction,
) -> Message {
    let mut message = Message::new();
    let own = path[place];
    let (peer, link) = match direction {
        Direction::Outgoing => (path[place + 1], place),
        Direction::Incoming => (path[place - 1], place - 1),
    };
    message.at = line.at_place(path, place);
    message.direction = direction;
    message.local = match own {
        Node::Client(actor) => {
            let person = net.person(actor);
            Endpoint(person.host, person.endpoint().1)
        }
        _ => net.address(own, peer),
    };
    message.remote = net.address(peer, own);
    message.peer = net.name(peer);
    message.method = line.method;
    message.status = line.status;
    message.cseq = line.cseq;
    message.call_id.clone_from(&talk.call_id);
    message.challenge = line.challenge;
    message.diagnoses.clone_from(&line.diagnoses);
    message.reported.clone_from(&line.body.reported);
    message.quality.clone_from(&line.body.quality);
    message.body.clone_from(&line.body.bytes);
    let from = address(net, talk, line.requester);
    message.user = address_of_record(&from);
    let to_client = matches!(path[link + 1], Node::Client(_) | Node::Device(_));
    put_start_line(net, talk, line, to_client, &mut message);
    put_headers(net, talk, line, (path, link), &mut message);
    message
}

/// What follows `sip:` in the address of an end.
fn address(net: &Net, talk: &Talk, leg: usize) -> String {
    if leg == 0 {
        net.person(talk.legs[0].actor).address.clone()
    } else {
        talk.to.clone()
    }
}

/// The address of record of an address, with scheme, lower case.
pub(super) fn address_of_record(address: &str) -> String {
    let end = address.find(';').unwrap_or(address.len());
    format!("sip:{}", address[..end].to_lowercase())
}

fn put_start_line(net: &Net, talk: &Talk, line: &Line, to_client: bool, message: &mut Message) {
    let out = &mut message.start_line;
    if let Some(status) = line.status {
        put!(out, "SIP/2.0 ", status, " ", phrase(status));
        return;
    }
    put!(out, line.method.name(), " sip:");
    let answerer = &talk.legs[line.answerer];
    let person = net.person(answerer.actor);
    match &talk.uri {
        Some(uri) if line.answerer > 0 => put!(out, uri),
        // The last server knows where the client is; on the way there is only its address.
        _ if to_client => put!(
            out,
            &person.address,
            ";opaque=user:epid:",
            &person.epid,
            ";gruu"
        ),
        _ if line.answerer == 1 => put!(out, &talk.to),
        _ => put!(out, &person.address),
    }
    put!(out, " SIP/2.0");
}

fn put_headers(
    net: &Net,
    talk: &Talk,
    line: &Line,
    (path, link): (&[Node], usize),
    message: &mut Message,
) {
    let out = &mut message.headers;
    // A request has the way behind it, a response the way before it.
    let passed: Vec<usize> = match line.status {
        None => (0..=link).rev().collect(),
        Some(_) => (link + 1..path.len()).collect(),
    };
    for place in passed {
        let peer = match line.status {
            None => path[place + 1],
            Some(_) => path[place - 1],
        };
        put!(
            out,
            "Via: SIP/2.0/TLS ",
            net.address(path[place], peer),
            ";branch=z9hG4bK"
        );
        // Counted from the requester, so that a response has what its request had.
        let hop = match line.status {
            None => place,
            Some(_) => path.len() - 1 - place,
        };
        let number = u64::from(line.cseq) * 16 + hop as u64;
        put!(
            out,
            &talk.legs[line.requester].tag,
            HexDigits(number, 3),
            "\r\n"
        );
    }
    if line.status.is_none() {
        put!(out, "Max-Forwards: ", 70 - link, "\r\n");
    }
    let (one, other) = (&talk.legs[line.requester], &talk.legs[line.answerer]);
    let name = |leg: usize| match leg {
        0 => &*net.person(talk.legs[0].actor).name,
        _ => "",
    };
    put!(out, "From: \"", name(line.requester), "\"<sip:");
    put!(out, address(net, talk, line.requester), ">;tag=", &one.tag);
    put!(out, "\r\nTo: <sip:");
    // Between a caller and a server that speaks for somebody, `To` is that somebody.
    put!(out, address(net, talk, line.answerer), ">");
    if let Some(tag) = &line.to_tag {
        put!(out, ";tag=", tag);
    }
    put!(
        out,
        "\r\nCall-ID: ",
        &talk.call_id,
        "\r\nCSeq: ",
        line.cseq,
        " "
    );
    put!(out, line.method.name(), "\r\n");
    if let Some(number) = line.rseq {
        put!(out, "Require: 100rel\r\nRSeq: ", number, "\r\n");
    }
    let sender = if line.status.is_none() { one } else { other };
    let speaks = line.status.is_none_or(|status| status >= 180);
    let person = net.person(sender.actor);
    let is_client = speaks && matches!(sender.node, Node::Client(_) | Node::Device(_));
    let opens = matches!(
        line.method,
        Method::Invite | Method::Update | Method::Subscribe
    );
    if is_client && opens && line.status.is_none_or(|status| status == 200) {
        put!(out, "Contact: <sip:", &person.address, ";opaque=user:epid:");
        put!(out, &person.epid, ";gruu>\r\n");
    }
    match sender.node {
        Node::FrontEnd(_) | Node::Edge(_) => put!(out, "Server: RTC/6.0\r\n"),
        _ if !speaks => put!(out, "Server: RTC/6.0\r\n"),
        Node::Conference => put!(out, "User-Agent: RTCC/6.0.0.0 ConferencingServer\r\n"),
        _ => put!(out, "User-Agent: ", person.user_agent, "\r\n"),
    }
    if is_client && line.body.kind == "application/sdp" {
        let place = if person.inside {
            "Intranet"
        } else {
            "Internet"
        };
        put!(
            out,
            "ms-endpoint-location-data: NetworkScope;ms-media-location-type="
        );
        put!(out, place, "\r\n");
    }
    match line.method {
        Method::Register if line.status.is_none() => put!(out, "Expires: 600\r\n"),
        Method::Subscribe if line.status.is_none() => put!(out, "Event: presence\r\n"),
        Method::Notify | Method::BeNotify if line.status.is_none() => {
            put!(
                out,
                "Event: presence\r\nsubscription-state: active;expires=28800\r\n"
            );
        }
        Method::Refer if line.status.is_none() => {
            put!(
                out,
                "Refer-To: <sip:+12065550103@contoso.com;user=phone>\r\n"
            );
        }
        _ => {}
    }
    if line.challenge {
        let name = if line.status == Some(407) {
            "Proxy"
        } else {
            "WWW"
        };
        put!(
            out,
            name,
            "-Authenticate: TLS-DSK realm=\"SIP Communications Service\", "
        );
        put!(
            out,
            "targetname=\"",
            net.name(net.front_end_of(one.node)),
            "\", version=4\r\n"
        );
    }
    put!(out, &line.headers);
    for diagnosis in &line.diagnoses {
        diagnosis.put_header(out);
    }
    if !line.body.kind.is_empty() {
        put!(out, "Content-Type: ", line.body.kind, "\r\n");
    }
    put!(out, "Content-Length: ", line.body.bytes.len(), "\r\n");
}

/// Reason phrases (RFC 3261, section 21).
fn phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        101 => "Progress Report",
        180 => "Ringing",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        302 => "Moved Temporarily",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        480 => "Temporarily Unavailable",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        491 => "Request Pending",
        504 => "Server time-out",
        603 => "Decline",
        _ => "Unknown",
    }
}

/// Appends the three entries of a client log.
pub(super) fn put_client_record(
    out: &mut Vec<u8>,
    clock: &mut Clock,
    stamp: u64,
    message: &Message,
) {
    let frame = |out: &mut Vec<u8>, clock: &mut Clock, before: &str, after: &str| {
        clock.put(out, "|", stamp);
        let (action, address) = match message.direction {
            Direction::Incoming => ("Data Received -", " (To Local Address: "),
            Direction::Outgoing => ("Sending Packet - ", " (From Local Address: "),
        };
        put!(
            out,
            " 19F4:1C14 INFO  :: ",
            before,
            action,
            message.remote,
            address
        );
        put!(
            out,
            message.local,
            ") ",
            message.stated_wire_len(),
            " bytes",
            after,
            "\r\n"
        );
    };
    frame(out, clock, "", ":");
    clock.put(out, "|", stamp);
    put!(
        out,
        " 19F4:1C14 INFO  :: ",
        message.start_line.as_slice(),
        "\r\n"
    );
    put!(
        out,
        message.headers.as_slice(),
        "\r\n",
        message.body.as_slice()
    );
    if !message.body.is_empty() && !message.body.ends_with(b"\n") {
        put!(out, "\r\n");
    }
    frame(out, clock, "End of ", "");
}

/// Appends the record of a server log.
pub(super) fn put_server_record(
    out: &mut Vec<u8>,
    clock: &mut Clock,
    (node, sequence): (Node, u64),
    message: &Message,
) {
    let host = match node {
        Node::Edge(index) => ("edgepool\\edge0", index + 1),
        Node::FrontEnd(index) => ("pool01\\fe0", index + 1),
        _ => ("pool01\\srv0", 1),
    };
    let thread = 0x0900 + sequence % 7 * 0x94;
    let correlation = sequence.wrapping_mul(2_654_435_761) & 0x7fff_ffff;
    put!(out, "TL_INFO(TF_PROTOCOL) [", host.0, host.1, "]0A1C.");
    put!(out, UpperHexDigits(thread, 4), "::");
    clock.put(out, "-", message.at);
    put!(out, ".", UpperHexDigits(sequence, 8));
    put!(
        out,
        " (SIPStack,SIPAdminLog::ProtocolRecord::Flush:ProtocolRecord.cpp(265))["
    );
    put!(out, correlation, "] $$begin_record\r\nInstance-Id: ");
    put!(out, HexDigits(sequence, 6), "\r\nDirection: ");
    put!(
        out,
        match message.direction {
            Direction::Incoming => "incoming",
            Direction::Outgoing => "outgoing",
        },
        "\r\nPeer: "
    );
    if message.peer.is_empty() {
        put!(out, message.remote);
    } else {
        put!(out, message.peer, ":", message.remote.1);
    }
    let kind = if message.status.is_none() {
        "request"
    } else {
        "response"
    };
    put!(out, "\r\nMessage-Type: ", kind, "\r\nStart-Line: ");
    put!(
        out,
        message.start_line.as_slice(),
        "\r\n",
        message.headers.as_slice()
    );
    put!(out, "Message-Body: ");
    if message.body.is_empty() {
        put!(out, "-\r\n");
    } else {
        put!(out, message.body.as_slice());
        if !message.body.ends_with(b"\n") {
            put!(out, "\r\n");
        }
    }
    put!(out, "$$end_record\r\n\r\n");
}
