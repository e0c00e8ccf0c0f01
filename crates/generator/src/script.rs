//! What happens in a trace: calls that work, calls that fail, and everything around them.

use crate::bodies::{Body, ErrorReport};
use crate::clock::{MINUTE, SECOND};
use crate::diagnosis::{Diagnosis, Header, Side, Style};
use crate::dialogue::{Dialogue, MayCarry};
use crate::failures::{self, MEDIA_FAILURES, MediaFailure, Where};
use crate::message::Method;
use crate::people::{CONTOSO, Endpoints, FABRIKAM, Person, PersonId};
use crate::put::Endpoint;
use crate::quality::{QualityLine, QualityReport};
use crate::sdp::{Medium, Stage};
use crate::world::{Viewpoint, World};

use Side::{Callee, Caller};

/// Plans what begins at `at`: one dialogue, or a call with the reports that follow it.
pub(crate) fn begin(world: &mut World, viewpoint: Viewpoint, at: u64) -> Vec<Dialogue> {
    if world.rng.chance(world.calls) {
        return call(world, viewpoint, at);
    }
    // Only servers keep each other alive.
    let server = u32::from(viewpoint == Viewpoint::Server);
    let plans: [(u32, Plan); 5] = [
        (10, registration),
        (24, subscription),
        (9, conversation),
        (10, publication),
        (5 * server, keep_alive),
    ];
    world.rng.weighted(&plans)(world, viewpoint, at)
}

type Plan = fn(&mut World, Viewpoint, u64) -> Vec<Dialogue>;

/// Two people who talk, the first of whom begins.
fn pair(
    world: &mut World,
    viewpoint: Viewpoint,
    at: u64,
    first: impl Fn(&Person) -> bool,
    second: impl Fn(&Person) -> bool,
) -> (PersonId, PersonId) {
    let one = match viewpoint {
        Viewpoint::Client => World::owner(at),
        Viewpoint::Server => world.directory.choose(&mut world.rng, PersonId::MAX, first),
    };
    (one, world.directory.choose(&mut world.rng, one, second))
}

fn is_at(place: Where) -> impl Fn(&Person) -> bool {
    move |person| {
        let client = person.endpoints == Endpoints::Client;
        let contoso = person.company.domain == CONTOSO.domain;
        match place {
            Where::Inside => client && contoso && person.inside,
            Where::Outside => client && contoso && !person.inside,
            Where::Partner => client && !contoso && person.inside,
            Where::ThirdParty => person.endpoints == Endpoints::ThirdParty,
        }
    }
}

fn call(world: &mut World, viewpoint: Viewpoint, at: u64) -> Vec<Dialogue> {
    if !world.rng.chance(world.failing) {
        return good_call(world, viewpoint, at);
    }
    if world.rng.chance(550) {
        media_failure(world, viewpoint, at)
    } else {
        refused_call(world, viewpoint, at)
    }
}

/// Invites, lets routing speak and the phone ring. Gives the time of the last message.
fn invite(world: &mut World, dialogue: &mut Dialogue, at: u64, cseq: u32, rings: bool) -> u64 {
    let mut now = at;
    let mut later = |world: &mut World, low: u64, high: u64| {
        now += world.rng.between(low, high);
        now
    };
    let step = dialogue.request(at, Caller, Method::Invite, cseq);
    step.body = Body::Session(Caller, Stage::Offer);
    step.in_dialog = false;
    if dialogue.sees_servers() {
        dialogue.response(later(world, 5, 40), Caller, (Method::Invite, cseq), 100);
        let step = dialogue.response(later(world, 20, 90), Caller, (Method::Invite, cseq), 101);
        step.may_carry = MayCarry::Progress;
    }
    if rings {
        dialogue.response(later(world, 80, 600), Caller, (Method::Invite, cseq), 180);
    }
    later(world, 1, 9)
}

/// Early media and its acknowledgement, then the answer. Gives the time of the ACK.
fn answer(world: &mut World, dialogue: &mut Dialogue, at: u64, cseq: u32) -> u64 {
    let mut now = at;
    if world.rng.chance(500) {
        now += world.rng.between(20, 300);
        let step = dialogue.response(now, Caller, (Method::Invite, cseq), 183);
        step.body = Body::Session(Callee, Stage::Answer);
        now += world.rng.between(20, 60);
        dialogue.request(now, Caller, Method::Prack, cseq + 1);
        now += world.rng.between(20, 60);
        dialogue.response(now, Caller, (Method::Prack, cseq + 1), 200);
    }
    now += world.rng.between(2 * SECOND, 20 * SECOND);
    let step = dialogue.response(now, Caller, (Method::Invite, cseq), 200);
    step.body = Body::Session(Callee, Stage::Answer);
    step.may_carry = MayCarry::CalleeMedia;
    now += world.rng.between(10, 80);
    dialogue.request(now, Caller, Method::Ack, cseq);
    now
}

/// Hangs up. Gives the time of the last message.
fn hang_up(world: &mut World, dialogue: &mut Dialogue, at: u64, by: Side, cseq: u32) -> u64 {
    dialogue.request(at, by, Method::Bye, cseq).may_carry = MayCarry::UserAction;
    let end = at + world.rng.between(10, 120);
    dialogue.response(end, by, (Method::Bye, cseq), 200);
    end
}

fn good_call(world: &mut World, viewpoint: Viewpoint, at: u64) -> Vec<Dialogue> {
    let (mut caller, mut callee) = pair(
        world,
        viewpoint,
        at,
        |person| person.company.domain == CONTOSO.domain || person.inside,
        |_| true,
    );
    let telephones = [caller, callee]
        .iter()
        .any(|id| world.directory.get(*id).endpoints == Endpoints::Telephone);
    if world.rng.chance(400) {
        (caller, callee) = (callee, caller);
    }
    let media: &[Medium] = if telephones {
        &[Medium::Audio]
    } else {
        world.rng.weighted::<&[Medium]>(&[
            (6, &[Medium::Audio]),
            (4, &[Medium::Audio, Medium::Video]),
            (2, &[Medium::Sharing]),
        ])
    };
    let mut dialogue = Dialogue::new(world, viewpoint, caller, callee).with_media(world, media);
    let mut begin = at;
    let challenged = dialogue.sees_servers() && world.rng.chance(80);
    if challenged {
        // The first try carries no credentials: it comes back and is sent again.
        let body = Body::Session(Caller, Stage::Offer);
        dialogue.request(at, Caller, Method::Invite, 1).body = body;
        dialogue
            .response(at + 30, Caller, (Method::Invite, 1), 407)
            .challenge = true;
        dialogue.request(at + 35, Caller, Method::Ack, 1);
        begin = at + 50;
    }
    let mut cseq = if challenged { 2 } else { 1 };
    let ringing = invite(world, &mut dialogue, begin, cseq, true);
    let mut now = answer(world, &mut dialogue, ringing, cseq);
    let answered = now;
    cseq += 2;
    if world.rng.chance(700) {
        // The caller tells the candidates that won.
        now += world.rng.between(400, 1500);
        let step = dialogue.request(now, Caller, Method::Invite, cseq);
        step.body = Body::Session(Caller, Stage::Nominated);
        if dialogue.sees_servers() {
            dialogue.response(now + 5, Caller, (Method::Invite, cseq), 100);
        }
        now += world.rng.between(40, 200);
        let step = dialogue.response(now, Caller, (Method::Invite, cseq), 200);
        step.body = Body::Session(Callee, Stage::Nominated);
        dialogue.request(now + 15, Caller, Method::Ack, cseq);
        cseq += 1;
    }
    if world.rng.chance(150) {
        now += world.rng.between(5 * SECOND, 60 * SECOND);
        dialogue.request(now, Caller, Method::Update, cseq);
        dialogue.response(now + 40, Caller, (Method::Update, cseq), 200);
        cseq += 1;
    }
    now += world.rng.between(5 * SECOND, 10 * MINUTE);
    if world.rng.chance(60) {
        // A transfer: the transferee tells how it goes.
        dialogue.request(now, Callee, Method::Refer, cseq);
        dialogue.response(now + 30, Callee, (Method::Refer, cseq), 202);
        for (turn, status) in [100, 200].into_iter().enumerate() {
            now += world.rng.between(100, 900);
            let cseq = cseq + turn as u32;
            dialogue.request(now, Caller, Method::Notify, cseq).body = Body::Fragment(status);
            dialogue.response(now + 20, Caller, (Method::Notify, cseq), 200);
        }
        cseq += 2;
        now += 500;
    }
    let by = if world.rng.chance(600) {
        Caller
    } else {
        Callee
    };
    let end = hang_up(world, &mut dialogue, now, by, cseq);
    let ice = |world: &mut World| {
        if world.rng.chance(700) {
            "DIRECT"
        } else {
            "RELAY"
        }
    };
    let flags = [0x0, 0x0, 0x100, 0x300, 0x20, 0x8_0000];
    let span = (answered, end);
    let reports = quality_reports(world, &dialogue, span, |world| {
        (ice(world), world.rng.pick(&flags))
    });
    std::iter::once(dialogue).chain(reports).collect()
}

fn media_failure(world: &mut World, viewpoint: Viewpoint, at: u64) -> Vec<Dialogue> {
    // A client log knows only failures that its owner can have where the owner is.
    let owner = world.directory.get(World::owner(at)).inside;
    let owner = if owner { Where::Inside } else { Where::Outside };
    let fitting: Vec<(u32, &'static MediaFailure)> = MEDIA_FAILURES
        .iter()
        .filter(|(_, failure)| {
            viewpoint == Viewpoint::Server || failure.reporter == owner || failure.other == owner
        })
        .map(|(weight, failure)| (*weight, failure))
        .collect();
    let failure = world.rng.weighted(&fitting);
    let first_reports = viewpoint == Viewpoint::Server
        || failure.reporter == owner && (failure.other != owner || world.rng.chance(500));
    let (reporter, peer) = if first_reports {
        pair(
            world,
            viewpoint,
            at,
            is_at(failure.reporter),
            is_at(failure.other),
        )
    } else {
        let (peer, reporter) = pair(
            world,
            viewpoint,
            at,
            is_at(failure.other),
            is_at(failure.reporter),
        );
        (reporter, peer)
    };
    let by = if world.rng.chance(600) {
        Caller
    } else {
        Callee
    };
    let (caller, callee) = if by == Caller {
        (reporter, peer)
    } else {
        (peer, reporter)
    };
    let mut dialogue =
        Dialogue::new(world, viewpoint, caller, callee).with_media(world, failure.media);
    let ringing = invite(world, &mut dialogue, at, 1, true);
    let answered = answer(world, &mut dialogue, ringing, 1);
    let wait = if failure.mid_call {
        world.rng.between(MINUTE, 8 * MINUTE)
    } else {
        world.rng.between(9 * SECOND, 24 * SECOND)
    };
    let mut report = Diagnosis::new(Header::Client, failure.code, failure.reason);
    report.media = dialogue.media_debug(world, by, failure.ice_warn);
    report.joined = world.rng.chance(250);
    if world.rng.chance(200) {
        report = report.style(Style::Spaced);
    }
    if failure.ice_warn.is_empty() {
        report = report.param(
            "MediaChanBlob",
            "NetworkErr=no error,ErrTime=0,RTPSeq=0,SeqDelta=0,RTPTime=0,RTCPTime=0,\
             TransptRecvErr=0x0,RecvErrTime=0,TransptSendErr=0x0,SendErrTime=0,\
             InterfacesStall=0x0,InterfacesConnCheck=0x2,MediaTimeout=1,RtcpByeSent=0,\
             RtcpByeRcvd=0,BlobVer=1",
        );
    }
    let end = answered + wait;
    if failure.media == [Medium::Sharing] && world.rng.chance(150) {
        // In a conference the server that shares the screen gives up.
        let reason = "The RDP connection failed to establish.";
        let gave_up = |header| Diagnosis::new(header, 21_006, reason).param("component", "ASMCU");
        dialogue.request(end, by, Method::Bye, 3).diagnoses = vec![
            gave_up(Header::Server).source("as01.contoso.com"),
            gave_up(Header::Public),
        ];
    } else {
        dialogue.request(end, by, Method::Bye, 3).diagnoses = vec![report];
    }
    dialogue.response(end + 60, by, (Method::Bye, 3), 200);
    let mask = failure.ice_warn.first().copied().unwrap_or(0x20);
    let ice = if failure.mid_call { "DIRECT" } else { "FAILED" };
    let reports = quality_reports(world, &dialogue, (answered, end), |_| (ice, mask));
    std::iter::once(dialogue).chain(reports).collect()
}

fn refused_call(world: &mut World, viewpoint: Viewpoint, at: u64) -> Vec<Dialogue> {
    let clients = |person: &Person| person.endpoints != Endpoints::Telephone;
    let (caller, callee) = pair(world, viewpoint, at, is_at(Where::Inside), clients);
    let mut dialogue =
        Dialogue::new(world, viewpoint, caller, callee).with_media(world, &[Medium::Audio]);
    if world.rng.chance(200) {
        return cancelled_call(world, dialogue, at);
    }
    let refusal = failures::refusal(&mut world.rng);
    let mut now = invite(world, &mut dialogue, at, 1, refusal.rings);
    now += if refusal.rings {
        world.rng.between(SECOND, 20 * SECOND)
    } else {
        60
    };
    let step = dialogue.response(now, Caller, (Method::Invite, 1), refusal.status);
    step.diagnoses = refusal.diagnoses.clone();
    step.by_server = refusal.by_server;
    step.remote_reason = refusal.remote_reason;
    dialogue.request(now + 10, Caller, Method::Ack, 1);
    let call_id = dialogue.call_id.clone();
    let mut dialogues = vec![dialogue];
    if let (true, Some(diagnosis)) = (refusal.reported, refusal.diagnoses.first()) {
        let progress = world
            .rng
            .chance(500)
            .then(|| failures::progress(&mut world.rng));
        let to = format!("sip:{}", world.directory.get(callee).address);
        let report = ErrorReport {
            call_id,
            to,
            status: refusal.status,
            diagnosis: diagnosis.clone(),
            progress,
            entities: world.rng.chance(250),
        };
        let body = Body::ErrorReport(Box::new(report));
        dialogues.push(service(world, viewpoint, (caller, caller), now + 300, body));
    }
    dialogues
}

fn cancelled_call(world: &mut World, mut dialogue: Dialogue, at: u64) -> Vec<Dialogue> {
    let now =
        invite(world, &mut dialogue, at, 1, true) + world.rng.between(2 * SECOND, 30 * SECOND);
    dialogue.request(now, Caller, Method::Cancel, 1).may_carry = MayCarry::UserAction;
    dialogue.response(now + 20, Caller, (Method::Cancel, 1), 200);
    dialogue.response(now + 40, Caller, (Method::Invite, 1), 487);
    dialogue.request(now + 50, Caller, Method::Ack, 1);
    vec![dialogue]
}

/// What the clients report after a call: of a client log, its owner's; of a server log, both.
fn quality_reports(
    world: &mut World,
    call: &Dialogue,
    (start, end): (u64, u64),
    mut lines: impl FnMut(&mut World) -> (&'static str, u32),
) -> Vec<Dialogue> {
    let sides: &[Side] = match call.viewpoint {
        Viewpoint::Server => &[Caller, Callee],
        Viewpoint::Client if call.sees_servers() => &[Caller],
        Viewpoint::Client => &[Callee],
    };
    let mut reports = Vec::new();
    for side in sides {
        let (from, to) = (call.person(*side), call.person(side.other()));
        let Some(reach) = &call.reach else { continue };
        let skipped = world.directory.get(from).endpoints != Endpoints::Client
            || (call.viewpoint == Viewpoint::Server && world.rng.chance(350));
        if skipped {
            continue;
        }
        let (me, peer) = (&reach[*side as usize], &reach[side.other() as usize]);
        let mut media = Vec::new();
        for (index, medium) in call.media.iter().enumerate() {
            let (ice, flags) = lines(world);
            let relayed = ice != "DIRECT";
            media.push(QualityLine {
                label: medium.main_label(),
                ice,
                flags: world.rng.chance(950).then_some(flags),
                hexadecimal: world.rng.chance(650),
                transport: if *medium == Medium::Sharing {
                    "TCP"
                } else {
                    "UDP"
                },
                relays: me.relay.filter(|_| relayed).into_iter().collect(),
                local: Endpoint(me.host, me.ports[index]),
                remote: Endpoint(peer.host, peer.ports[index]),
            });
        }
        let report = QualityReport {
            start,
            end,
            call_id: call.call_id.clone(),
            caller: *side == Caller,
            lines: media,
            closed: !world.rng.chance(40),
        };
        let at = end + world.rng.between(800, 4000);
        let body = Body::Quality(Box::new(report));
        reports.push(service(world, call.viewpoint, (from, to), at, body));
    }
    reports
}

/// A SERVICE request and its answer.
fn service(
    world: &mut World,
    viewpoint: Viewpoint,
    (from, to): (PersonId, PersonId),
    at: u64,
    body: Body,
) -> Dialogue {
    let mut dialogue = Dialogue::new(world, viewpoint, from, to);
    dialogue.request(at, Caller, Method::Service, 1).body = body;
    let step = dialogue.response(at + 60, Caller, (Method::Service, 1), 200);
    step.by_server = true;
    dialogue
}

fn registration(world: &mut World, viewpoint: Viewpoint, at: u64) -> Vec<Dialogue> {
    let clients = |person: &Person| {
        person.endpoints != Endpoints::Telephone && person.company.domain != FABRIKAM.domain
    };
    let (person, _) = pair(world, viewpoint, at, clients, clients);
    let mut dialogue = Dialogue::new(world, viewpoint, person, person);
    let mut now = at;
    dialogue.request(now, Caller, Method::Register, 1);
    now += world.rng.between(15, 90);
    dialogue
        .response(now, Caller, (Method::Register, 1), 401)
        .challenge = true;
    now += world.rng.between(5, 50);
    dialogue.request(now, Caller, Method::Register, 2);
    now += world.rng.between(15, 90);
    if world.rng.chance(world.failing / 4) {
        // Not a challenge: the account may not sign in.
        let reason = "From URI not enabled for remote access.";
        let refused = Diagnosis::new(Header::Public, 4003, reason);
        dialogue
            .response(now, Caller, (Method::Register, 2), 403)
            .diagnoses = vec![refused];
    } else {
        dialogue
            .response(now, Caller, (Method::Register, 2), 200)
            .by_server = true;
    }
    vec![dialogue]
}

fn subscription(world: &mut World, viewpoint: Viewpoint, at: u64) -> Vec<Dialogue> {
    let clients = |person: &Person| person.endpoints != Endpoints::Telephone;
    let (watcher, watched) = pair(world, viewpoint, at, clients, clients);
    let mut dialogue = Dialogue::new(world, viewpoint, watcher, watched);
    dialogue.request(at, Caller, Method::Subscribe, 1).body = Body::Contacts;
    let mut now = at + world.rng.between(20, 120);
    let step = dialogue.response(now, Caller, (Method::Subscribe, 1), 200);
    step.by_server = true;
    step.body = Body::Presence;
    let notices = world.rng.between(1, 5) as u32;
    for cseq in 2..2 + notices {
        now += world.rng.between(5 * SECOND, 4 * MINUTE);
        let last = cseq == 1 + notices;
        let method = if last && world.rng.chance(250) {
            Method::Notify
        } else {
            Method::BeNotify
        };
        let step = dialogue.request(now, Callee, method, cseq);
        if last {
            step.may_carry = MayCarry::Superseded;
        } else {
            step.body = Body::Presence;
        }
        if method == Method::Notify {
            dialogue.response(now + 10, Callee, (Method::Notify, cseq), 200);
        }
    }
    vec![dialogue]
}

/// Instant messages.
fn conversation(world: &mut World, viewpoint: Viewpoint, at: u64) -> Vec<Dialogue> {
    let clients = |person: &Person| person.endpoints == Endpoints::Client;
    let (mut caller, mut callee) = pair(world, viewpoint, at, clients, clients);
    if world.rng.chance(500) {
        (caller, callee) = (callee, caller);
    }
    let mut dialogue = Dialogue::new(world, viewpoint, caller, callee);
    dialogue.request(at, Caller, Method::Invite, 1).body = Body::TextSession;
    if dialogue.sees_servers() {
        dialogue.response(at + 15, Caller, (Method::Invite, 1), 100);
        dialogue
            .response(at + 60, Caller, (Method::Invite, 1), 101)
            .may_carry = MayCarry::Progress;
    }
    dialogue.response(at + 200, Caller, (Method::Invite, 1), 180);
    let mut now = at + world.rng.between(300, 5000);
    dialogue
        .response(now, Caller, (Method::Invite, 1), 200)
        .body = Body::TextSession;
    now += 30;
    dialogue.request(now, Caller, Method::Ack, 1);
    for cseq in 2..=2 + world.rng.below(6) as u32 {
        now += world.rng.between(2 * SECOND, 40 * SECOND);
        let by = if world.rng.chance(500) {
            Caller
        } else {
            Callee
        };
        dialogue.request(now, by, Method::Message, cseq).body = Body::Text;
        dialogue.response(now + 90, by, (Method::Message, cseq), 200);
    }
    now += world.rng.between(10 * SECOND, 5 * MINUTE);
    hang_up(world, &mut dialogue, now, Caller, 20);
    vec![dialogue]
}

fn publication(world: &mut World, viewpoint: Viewpoint, at: u64) -> Vec<Dialogue> {
    let clients = |person: &Person| person.endpoints != Endpoints::Telephone;
    let (person, _) = pair(world, viewpoint, at, clients, clients);
    vec![service(
        world,
        viewpoint,
        (person, person),
        at,
        Body::Publication,
    )]
}

/// Servers of two companies see whether the other is there.
fn keep_alive(world: &mut World, viewpoint: Viewpoint, at: u64) -> Vec<Dialogue> {
    let partner = is_at(Where::Partner);
    let (one, other) = pair(world, viewpoint, at, is_at(Where::Inside), partner);
    let mut dialogue = Dialogue::new(world, viewpoint, one, other);
    dialogue.request(at, Caller, Method::Options, 1);
    dialogue
        .response(at + 25, Caller, (Method::Options, 1), 200)
        .by_server = true;
    vec![dialogue]
}
