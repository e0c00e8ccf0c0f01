//! Bodies of messages.

use crate::clock::put_iso;
use crate::diagnosis::{Diagnosis, Side};
use crate::dialogue::{ContentType, Dialogue};
use crate::message::Message;
use crate::put::{HexDigits, UpperHexDigits, put, put_random_hex};
use crate::quality::QualityReport;
use crate::sdp::{Stage, put_description, put_fallback};
use crate::world::World;

/// What a message has for a body.
#[derive(Debug)]
pub(crate) enum Body {
    None,
    /// A session description of a side.
    Session(Side, Stage),
    /// The description of a session of instant messages.
    TextSession,
    /// An instant message.
    Text,
    /// The status line of a message to somebody else (RFC 3420).
    Fragment(u16),
    /// The list of people whose presence is asked for.
    Contacts,
    /// Presence of some people.
    Presence,
    /// One's own presence.
    Publication,
    Quality(Box<QualityReport>),
    ErrorReport(Box<ErrorReport>),
}

/// What a client tells its server about a failed call (MS-OCER 3.1.4.1).
#[derive(Debug)]
pub(crate) struct ErrorReport {
    /// Call-ID of the failed call.
    pub(crate) call_id: String,
    pub(crate) to: String,
    pub(crate) status: u16,
    /// What the final response said.
    pub(crate) diagnosis: Diagnosis,
    /// What routing said on the way.
    pub(crate) progress: Option<Diagnosis>,
    /// Whether quotation marks are written as entities.
    pub(crate) entities: bool,
}

/// Composes the body of `message` and what it counts for. Gives its content type, if it has a
/// body.
pub(crate) fn put_body(
    dialogue: &Dialogue,
    world: &mut World,
    body: &Body,
    message: &mut Message,
) -> Option<ContentType> {
    message.body.clear();
    let out = &mut message.body;
    let content_type = match body {
        Body::None => return None,
        Body::Session(side, stage) => {
            let reach = dialogue.reach.as_ref()?;
            let (me, peer) = (&reach[*side as usize], &reach[side.other() as usize]);
            if *stage != Stage::Offer {
                put_description(out, &mut world.rng, dialogue.media, *stage, me, peer);
                return Some(ContentType::Plain("application/sdp"));
            }
            let mut boundary = b"----=_NextPart_000_".to_vec();
            put!(
                &mut boundary,
                UpperHexDigits(world.rng.next(), 4),
                "_01D2F1A3."
            );
            put!(&mut boundary, UpperHexDigits(world.rng.next(), 8));
            let boundary = String::from_utf8_lossy(&boundary).into_owned();
            let part = |out: &mut Vec<u8>, world: &mut World, disposition: &str| {
                put!(
                    out,
                    "--",
                    &boundary,
                    "\r\nContent-Type: application/sdp\r\n"
                );
                put!(out, "Content-Transfer-Encoding: 7bit\r\nContent-ID: <");
                put_random_hex(out, &mut world.rng, 32);
                put!(
                    out,
                    "@contoso.com>\r\nContent-Disposition: session; handling=optional"
                );
                put!(out, disposition, "\r\n\r\n");
            };
            part(out, world, "; ms-proxy-2007fallback");
            put_fallback(out, &mut world.rng, dialogue.media, me);
            put!(out, "\r\n");
            part(out, world, "");
            put_description(out, &mut world.rng, dialogue.media, *stage, me, peer);
            put!(out, "\r\n--", &boundary, "--\r\n");
            ContentType::Alternatives(boundary)
        }
        Body::TextSession => {
            let host = world.directory.get(dialogue.caller).host;
            put!(
                out,
                "v=0\r\no=- 0 0 IN IP4 ",
                host,
                "\r\ns=session\r\nc=IN IP4 ",
                host
            );
            put!(
                out,
                "\r\nt=0 0\r\nm=message 5060 sip null\r\na=accept-types:text/plain "
            );
            put!(
                out,
                "multipart/alternative image/gif text/rtf text/html application/x-ms-ink "
            );
            put!(out, "application/ms-imdn+xml text/x-msmsgsinvite\r\n");
            ContentType::Plain("application/sdp")
        }
        Body::Text => {
            put_text(world, message);
            ContentType::Plain("text/plain; charset=UTF-8")
        }
        Body::Fragment(status) => {
            let line = if *status == 100 {
                "SIP/2.0 100 Trying"
            } else {
                "SIP/2.0 200 OK"
            };
            put!(out, line, "\r\n");
            ContentType::Plain("message/sipfrag;version=2.0")
        }
        Body::Contacts => {
            put!(
                out,
                "<batchSub xmlns=\"http://schemas.microsoft.com/2006/01/sip/batch-"
            );
            put!(out, "subscribe\" uri=\"sip:");
            put!(
                out,
                &world.directory.get(dialogue.caller).address,
                "\" name=\"\">\r\n"
            );
            put!(
                out,
                "<action name=\"subscribe\" id=\"",
                world.rng.below(99_999_999),
                "\">\r\n"
            );
            put!(out, "<adhocList>\r\n");
            for _ in 0..world.rng.between(10, 40) {
                let person = world
                    .directory
                    .choose(&mut world.rng, dialogue.caller, |_| true);
                let person = world.directory.get(person);
                put!(out, "<resource uri=\"sip:", &person.address, "\"/>\r\n");
            }
            put!(
                out,
                "</adhocList>\r\n<categoryList xmlns=\"http://schemas.microsoft.com/2006/09/"
            );
            put!(out, "sip/categorylist\">\r\n");
            for name in ["calendarData", "contactCard", "note", "services", "state"] {
                put!(out, "<category name=\"", name, "\"/>\r\n");
            }
            put!(out, "</categoryList>\r\n</action>\r\n</batchSub>\r\n");
            ContentType::Plain("application/msrtc-adrl-categorylist+xml")
        }
        Body::Presence => {
            put!(
                out,
                "<categories xmlns=\"http://schemas.microsoft.com/2006/09/sip/categories\" "
            );
            put!(
                out,
                "uri=\"sip:",
                &world.directory.get(dialogue.callee).address,
                "\">"
            );
            for _ in 0..world.rng.between(6, 20) {
                put_category(out, world, dialogue, message.at);
            }
            put!(out, "</categories>");
            ContentType::Plain("application/msrtc-event-categories+xml")
        }
        Body::Publication => {
            put!(
                out,
                "<publish xmlns=\"http://schemas.microsoft.com/2006/09/sip/rich-presence\">"
            );
            put!(out, "<publications uri=\"sip:");
            put!(out, &world.directory.get(dialogue.caller).address, "\">");
            for container in [2u16, 100, 200] {
                put!(
                    out,
                    "<publication categoryName=\"state\" instance=\"",
                    world.rng.next() >> 33
                );
                put!(
                    out,
                    "\" container=\"",
                    container,
                    "\" version=\"",
                    world.rng.below(90)
                );
                put!(
                    out,
                    "\" expireType=\"endpoint\"><state xmlns=\"http://schemas.microsoft.com/"
                );
                put!(
                    out,
                    "2006/09/sip/state\" manual=\"false\" xmlns:xsi=\"http://www.w3.org/2001/"
                );
                put!(
                    out,
                    "XMLSchema-instance\" xsi:type=\"machineState\"><availability>"
                );
                put!(
                    out,
                    500 * world.rng.between(7, 30),
                    "</availability><endpointLocation/>"
                );
                put!(out, "</state></publication>");
            }
            put!(out, "</publications></publish>");
            ContentType::Plain("application/msrtc-category-publish+xml")
        }
        Body::Quality(report) => {
            let caller = world.directory.get(dialogue.caller);
            let callee = world.directory.get(dialogue.callee);
            report.put(out, &mut world.rng, caller, callee);
            message.quality.extend(report.lines.iter().cloned());
            ContentType::Plain("application/vq-rtcpxr+xml")
        }
        Body::ErrorReport(report) => {
            report.put(world, message);
            ContentType::Plain("application/msrtc-reporterror+xml")
        }
    };
    Some(content_type)
}

fn put_category(out: &mut Vec<u8>, world: &mut World, dialogue: &Dialogue, at: u64) {
    let rng = &mut world.rng;
    let name = rng.pick(&["state", "note", "contactCard", "calendarData"]);
    put!(
        out,
        "<category name=\"",
        name,
        "\" instance=\"",
        rng.below(9),
        "\" publishTime=\""
    );
    put_iso(out, at - rng.below(3_600_000).min(at));
    put!(
        out,
        "Z\" container=\"",
        rng.pick(&[100u16, 200, 300, 400]),
        "\" version=\""
    );
    put!(
        out,
        rng.below(500),
        "\" expireType=\"",
        rng.pick(&["static", "user", "endpoint"]),
        "\">"
    );
    match name {
        "state" => {
            put!(
                out,
                "<state xmlns=\"http://schemas.microsoft.com/2006/09/sip/state\" xmlns:xsi="
            );
            put!(
                out,
                "\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"aggregateState\" "
            );
            put!(
                out,
                "lastActive=\"\"><availability>",
                500 * rng.between(7, 30)
            );
            put!(
                out,
                "</availability><activity token=\"in-a-meeting\" minAvailability=\"6500\" "
            );
            put!(out, "maxAvailability=\"8999\"/><endpointLocation/></state>");
        }
        "note" => {
            put!(
                out,
                "<note xmlns=\"http://schemas.microsoft.com/2006/09/sip/note\"><body type="
            );
            put!(
                out,
                "\"personal\" uri=\"\">",
                rng.pick(&NOTES),
                "</body></note>"
            );
        }
        "contactCard" => {
            let person = world.directory.get(dialogue.callee);
            put!(
                out,
                "<contactCard xmlns=\"http://schemas.microsoft.com/2006/09/sip/contactcard\""
            );
            put!(
                out,
                "><identity><name><displayName>",
                &person.name,
                "</displayName></name>"
            );
            put!(
                out,
                "<email>",
                &person.address,
                "</email></identity></contactCard>"
            );
        }
        _ => {
            put!(
                out,
                "<calendarData xmlns=\"http://schemas.microsoft.com/2006/09/sip/calendarData"
            );
            put!(
                out,
                "\" mailboxID=\"mailbox@contoso.com\"><freeBusy startTime=\""
            );
            put_iso(out, at);
            put!(out, "Z\" granularity=\"PT15M\" encodingVersion=\"1\">");
            for _ in 0..4 {
                put!(out, HexDigits(rng.next(), 16));
            }
            put!(out, "</freeBusy></calendarData>");
        }
    }
    put!(out, "</category>");
}

const NOTES: [&str; 4] = [
    "Out of office until Thursday",
    "Working from home",
    "Please use the service desk address",
    "",
];

const CHAT: [&str; 12] = [
    "hi, do you have a minute?",
    "sure, give me five",
    "the printer on the second floor is back",
    "can you send me the minutes of the last meeting",
    "thanks!",
    "I will call you after lunch",
    "did the new headset arrive?",
    "no sound again, let us try without the dock",
    "ok",
    "see you at 3 in the small room",
    "my screen stays grey when you share",
    "works now, no idea why \u{1f642}",
];

/// Appends the text of an instant message: chat, or, from time to time, what somebody pasted out
/// of a log.
fn put_text(world: &mut World, message: &mut Message) {
    let out = &mut message.body;
    if !world.decoys_in_bodies.is_behind(world.messages, 0) {
        put!(out, world.rng.pick(&CHAT));
        return;
    }
    world.decoys_in_bodies.take(1);
    match world.rng.below(6) {
        0 => {
            put!(
                out,
                "ms-client-diagnostics: 24; reason=\"Call failed to establish due to a media "
            );
            put!(
                out,
                "connectivity failure when both endpoints are remote\" is what I get"
            );
            message.quoted = 1;
        }
        1 => {
            put!(out, "this is in my log:\r\nSIP/2.0 504 Server time-out\r\n");
            put!(
                out,
                "From: <sip:robin.rowan@contoso.com>;tag=1\r\nCall-ID: 0123456789abcdef\r\n"
            );
            put!(
                out,
                "CSeq: 1 INVITE\r\nms-diagnostics: 1008;reason=\"Unable to resolve DNS SRV "
            );
            put!(
                out,
                "record\";source=\"sip.contoso.com\"\r\nContent-Length: 0\r\n"
            );
            message.quoted = 1;
        }
        2 => {
            put!(
                out,
                "then ms-client-diagnostics: 23;reason=\"x\";CallerMediaDebug=\"audio:"
            );
            put!(
                out,
                "ICEWarn=0x80012b,LocalLocation=1,RemoteLocation=2\" and it hangs up"
            );
            message.quoted = 1;
        }
        3 => {
            put!(
                out,
                "the page says x-ms-diagnostics: 2000008;reason=\"token\";"
            );
            put!(out, "error_category=\"invalid\"");
            message.decoys = 1;
        }
        4 => {
            put!(out, "ICEWarn=0x4000320 again, and Result-Code: 0xc3e93d67");
            message.decoys = 1;
        }
        _ => {
            put!(
                out,
                "grep -E 'ms-client-diagnostics: ([0-9]+);|ICEWarn=(0x[0-9a-f]+)' *.log"
            );
            message.decoys = 1;
        }
    }
}

impl ErrorReport {
    fn put(&self, world: &World, message: &mut Message) {
        let out = &mut message.body;
        put!(
            out,
            "<reportError xmlns=\"http://schemas.microsoft.com/2006/09/sip/error-reporting\">"
        );
        put!(
            out,
            "<error toUri=\"",
            &self.to,
            "\" callId=\"",
            &self.call_id,
            "\" fromTag=\""
        );
        put!(
            out,
            HexDigits(world.messages, 10),
            "\" toTag=\"",
            HexDigits(!world.messages, 10)
        );
        put!(
            out,
            "\" contentType=\"application/sdp\" responseCode=\"",
            self.status
        );
        put!(out, "\" requestType=\"INVITE\"><diagHeader>");
        let element = |out: &mut Vec<u8>, diagnosis: &Diagnosis| {
            let mut value = Vec::new();
            diagnosis.put_value(&mut value);
            if self.entities {
                for part in value.split_inclusive(|byte| *byte == b'"') {
                    match part.split_last() {
                        Some((b'"', text)) => put!(out, text, "&quot;"),
                        _ => put!(out, part),
                    }
                }
            } else {
                put!(out, value.as_slice());
            }
            put!(out, "</diagHeader>");
        };
        element(out, &self.diagnosis);
        message.reported.push(self.diagnosis.clone());
        if let Some(progress) = &self.progress {
            put!(out, "<progressReports><progressReport><diagHeader>");
            element(out, progress);
            put!(out, "</progressReport></progressReports>");
            message.reported.push(progress.clone());
        }
        put!(out, "</error></reportError>");
    }
}
