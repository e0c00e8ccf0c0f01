//! Dialogs that are no calls.

use super::media;
use super::net::{Net, Node, Role};
use super::talk::{Body, Stage, Talk};
use super::truth::OtherKind;
use crate::clock::SECOND;
use crate::diagnosis::{Diagnosis, Header};
use crate::message::Method;

/// A dialog of this kind between an employee and the Front End, or somebody else.
pub(super) type Tell = fn(&mut Stage, u64) -> Talk;

/// All of them: each is told in turn.
pub(super) const OTHERS: [Tell; 9] = [
    registration,
    subscription,
    instant_messages,
    keep_alive,
    single_message,
    refused_registration,
    focus,
    refused_subscription,
    publication,
];

/// A dialog of an end with its own Front End.
fn with_server(stage: &mut Stage, kind: OtherKind, actor: usize) -> (Talk, usize) {
    let mut talk = Talk::new(stage, actor, actor);
    talk.kind = Some(kind);
    let server = stage.net.front_end_of(stage.net.home(actor));
    let leg = talk.add_leg(stage, actor, server);
    (talk, leg)
}

fn anybody(stage: &mut Stage) -> usize {
    stage.actor(Role::Employee, None, &[])
}

fn pair(stage: &mut Stage) -> (usize, usize) {
    let one = anybody(stage);
    (one, stage.actor(Role::Employee, None, &[one]))
}

/// REGISTER, the challenge, REGISTER again. Gives the number of the second and when it is there.
fn sign_in(stage: &mut Stage, at: u64) -> (Talk, usize, u32, u64) {
    let actor = anybody(stage);
    let (mut talk, server) = with_server(stage, OtherKind::Register, actor);
    let cseq = talk.next_cseq(0);
    let there = talk
        .request(stage, at, (0, server), (Method::Register, cseq), false)
        .arrives();
    let line = talk.response(stage, there + 5, (0, server), (Method::Register, cseq), 401);
    line.challenge = true;
    let back = line.arrives();
    let cseq = talk.next_cseq(0);
    let there = talk
        .request(
            stage,
            back + 20,
            (0, server),
            (Method::Register, cseq),
            false,
        )
        .arrives();
    (talk, server, cseq, there)
}

fn registration(stage: &mut Stage, at: u64) -> Talk {
    let (mut talk, server, cseq, there) = sign_in(stage, at);
    talk.response(
        stage,
        there + 30,
        (0, server),
        (Method::Register, cseq),
        200,
    );
    talk
}

fn refused_registration(stage: &mut Stage, at: u64) -> Talk {
    let (mut talk, server, cseq, there) = sign_in(stage, at);
    let reason = "From URI not enabled for remote access.";
    talk.response(
        stage,
        there + 30,
        (0, server),
        (Method::Register, cseq),
        403,
    )
    .diagnoses = vec![Diagnosis::new(Header::Public, 4003, reason)];
    talk.failed = true;
    talk
}

fn subscribe(stage: &mut Stage, at: u64, status: u16) -> (Talk, usize, u64) {
    let (watcher, watched) = pair(stage);
    let mut talk = Talk::new(stage, watcher, watched);
    talk.kind = Some(OtherKind::Subscribe);
    let server = stage.net.front_end_of(stage.net.home(watcher));
    let leg = talk.add_leg(stage, watched, server);
    let cseq = talk.next_cseq(0);
    let there = talk
        .request(stage, at, (0, leg), (Method::Subscribe, cseq), false)
        .arrives();
    let back = talk
        .response(
            stage,
            there + 25,
            (0, leg),
            (Method::Subscribe, cseq),
            status,
        )
        .arrives();
    (talk, leg, back)
}

fn subscription(stage: &mut Stage, at: u64) -> Talk {
    let (mut talk, server, mut now) = subscribe(stage, at, 200);
    for turn in 0..3 {
        now += stage.rng.between(SECOND, 20 * SECOND);
        let cseq = talk.next_cseq(server);
        let method = if turn == 2 {
            Method::Notify
        } else {
            Method::BeNotify
        };
        let there = talk
            .request(stage, now, (server, 0), (method, cseq), true)
            .arrives();
        if method == Method::Notify {
            talk.response(stage, there + 5, (server, 0), (method, cseq), 200);
        }
    }
    talk
}

fn refused_subscription(stage: &mut Stage, at: u64) -> Talk {
    let (mut talk, _, _) = subscribe(stage, at, 403);
    let reason = "From URI not authorized to communicate with federated partners";
    let refused = Diagnosis::new(Header::Server, 1002, reason).source("fe01.contoso.com");
    if let Some(last) = talk.lines.last_mut() {
        last.diagnoses.push(refused);
    }
    talk.failed = true;
    talk
}

fn text(words: &str) -> Body {
    Body {
        kind: "text/plain; charset=UTF-8",
        bytes: words.as_bytes().to_vec(),
        ..Body::default()
    }
}

/// A session of instant messages: an INVITE that describes `m=message`.
fn instant_messages(stage: &mut Stage, at: u64) -> Talk {
    let (one, other) = pair(stage);
    let mut talk = Talk::new(stage, one, other);
    talk.kind = Some(OtherKind::Im);
    talk.media = vec!["message"];
    let mut now = talk.connect(stage, at);
    for words in ["hi, do you have a minute?", "sure, give me five"] {
        now += stage.rng.between(SECOND, 9 * SECOND);
        let from = usize::from(words.starts_with("sure"));
        let cseq = talk.next_cseq(from);
        let ends = (from, 1 - from);
        let line = talk.request(stage, now, ends, (Method::Message, cseq), true);
        line.body = text(words);
        let there = line.arrives();
        talk.response(stage, there + 15, ends, (Method::Message, cseq), 200);
    }
    talk.hang_up(stage, now + 20 * SECOND, (0, 1), Vec::new());
    talk
}

/// A MESSAGE without a session.
fn single_message(stage: &mut Stage, at: u64) -> Talk {
    let (one, other) = pair(stage);
    let mut talk = Talk::new(stage, one, other);
    talk.kind = Some(OtherKind::Im);
    let cseq = talk.next_cseq(0);
    let line = talk.request(stage, at, (0, 1), (Method::Message, cseq), false);
    line.body = text("the printer on the second floor is back");
    let there = line.arrives();
    talk.response(stage, there + 15, (0, 1), (Method::Message, cseq), 200);
    talk
}

/// Servers of two companies see whether the other is there.
fn keep_alive(stage: &mut Stage, at: u64) -> Talk {
    let partner = stage.actor(Role::Partner, None, &[]);
    let own = anybody(stage);
    let mut talk = Talk::new(stage, own, partner);
    talk.kind = Some(OtherKind::Options);
    talk.legs[0].node = Node::FrontEnd(0);
    let cseq = talk.next_cseq(0);
    let there = talk
        .request(stage, at, (0, 1), (Method::Options, cseq), false)
        .arrives();
    talk.response(stage, there + 25, (0, 1), (Method::Options, cseq), 200);
    talk
}

/// The address of a conference that `organizer` made, as it follows `sip:`.
pub(super) fn conference_address(net: &Net, organizer: usize, what: &str, id: &str) -> String {
    let address = &net.person(organizer).address;
    format!("{address};gruu;opaque=app:conf:{what}:id:{id}")
}

/// The control of a conference: an INVITE to its focus.
fn focus(stage: &mut Stage, at: u64) -> Talk {
    let (one, organizer) = pair(stage);
    let mut talk = Talk::new(stage, one, organizer);
    talk.kind = Some(OtherKind::Conference);
    let id = stage.token(8);
    talk.to = conference_address(&stage.net, organizer, "focus", &id);
    talk.uri = Some(talk.to.clone());
    talk.legs[1].node = Node::Conference;
    talk.media.clear();
    let cseq = talk.next_cseq(0);
    let line = talk.request(stage, at, (0, 1), (Method::Invite, cseq), false);
    line.body = control("<addUser/>");
    let there = line.arrives();
    let line = talk.response(stage, there + 40, (0, 1), (Method::Invite, cseq), 200);
    line.body = control("<response code=\"success\"/>");
    let back = line.arrives();
    talk.request(stage, back + 10, (0, 1), (Method::Ack, cseq), true);
    talk.hang_up(stage, back + 45 * SECOND, (0, 1), Vec::new());
    talk
}

fn control(words: &str) -> Body {
    Body {
        kind: "application/cccp+xml",
        bytes: format!(
            "<?xml version=\"1.0\"?><request xmlns=\"urn:ietf:params:xml:ns:cccp\">{words}</request>"
        )
        .into_bytes(),
        ..Body::default()
    }
}

/// A SERVICE of an end to its own server, and the answer.
fn service(stage: &mut Stage, at: u64, actor: usize, body: Body) -> Talk {
    let (mut talk, server) = with_server(stage, OtherKind::Service, actor);
    let cseq = talk.next_cseq(0);
    let line = talk.request(stage, at, (0, server), (Method::Service, cseq), false);
    line.body = body;
    let there = line.arrives();
    talk.response(stage, there + 20, (0, server), (Method::Service, cseq), 200);
    talk
}

fn publication(stage: &mut Stage, at: u64) -> Talk {
    let actor = anybody(stage);
    let body = Body {
        kind: "application/msrtc-category-publish+xml",
        bytes: b"<publish xmlns=\"http://schemas.microsoft.com/2006/09/sip/rich-presence\"/>"
            .to_vec(),
        ..Body::default()
    };
    service(stage, at, actor, body)
}

/// The quality report of one end of a call that has ended.
pub(super) fn report_quality(
    stage: &mut Stage,
    talk: &mut Talk,
    (own, peer): (usize, usize),
    line: (&'static str, u32, &'static str),
) {
    let body = media::quality(stage, talk, (own, peer), line);
    let at = talk.end() + stage.rng.between(800, 3000);
    let mut report = service(stage, at, talk.legs[own].actor, body);
    report.about = Some(talk.call_id.clone());
    talk.reports.push(report);
}

/// What the caller's client reports of a refusal.
pub(super) fn report_error(stage: &mut Stage, talk: &mut Talk, status: u16, diagnosis: &Diagnosis) {
    let body = media::error_report(talk, status, diagnosis);
    let at = talk.end() + 300;
    let mut report = service(stage, at, talk.legs[0].actor, body);
    report.about = Some(talk.call_id.clone());
    talk.reports.push(report);
}
