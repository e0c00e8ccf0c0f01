//! Calls that are played: those that are answered, given up, refused by people, sent elsewhere,
//! or not seen whole. What goes wrong with media and servers stands in `mishaps`.

use super::media;
use super::mishaps;
use super::net::{Node, Role};
use super::others::{conference_address, report_quality};
use super::talk::{Stage, Talk};
use super::truth::{CallOutcome, CallVerdict};
use crate::clock::{MINUTE, SECOND};
use crate::diagnosis::{Diagnosis, Header};
use crate::message::Method;

use CallOutcome::{
    Busy, Cancelled, Connected, Declined, NoAnswer, Redirected, SeenInPart, Unfinished,
};
use CallVerdict::{Benign, Degraded, Unknown};

/// How a call goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) name: &'static str,
    pub(super) tell: fn(&mut Stage, u64) -> Talk,
    /// Whether the log of the called client alone tells what became of it.
    pub(super) callee_sees: bool,
}

const fn plot(name: &'static str, tell: fn(&mut Stage, u64) -> Talk) -> Plot {
    Plot {
        name,
        tell,
        callee_sees: true,
    }
}

/// A plot of which the called client sees less than what happens.
pub(super) const fn caller_plot(name: &'static str, tell: fn(&mut Stage, u64) -> Talk) -> Plot {
    Plot {
        name,
        tell,
        callee_sees: false,
    }
}

/// All plots.
pub(super) fn all() -> Vec<Plot> {
    let mut all = PLOTS.to_vec();
    all.extend(mishaps::PLOTS);
    all
}

const PLOTS: [Plot; 33] = [
    plot("plain", plain),
    plot("video", video),
    plot("sharing", sharing),
    plot("file-transfer", file_transfer),
    plot("from-telephone", from_telephone),
    plot("to-partner", to_partner),
    caller_plot("auth-407", auth_407),
    caller_plot("auth-401", auth_401),
    caller_plot("forked-answered", forked_answered),
    caller_plot("redirect-followed", redirect_followed),
    caller_plot("redirect-not-followed", redirect_not_followed),
    plot("in-dialog", in_dialog),
    plot("transferred", transferred),
    plot("re-invite-adds-video", re_invite_adds_video),
    plot("glare", glare),
    plot("flags-expected", flags_expected),
    plot("no-edge", no_edge),
    plot("hang-up-51004", hang_up_51004),
    plot("progress-reports", progress_reports),
    plot("audio-over-tcp", audio_over_tcp),
    plot("into-conference", into_conference),
    plot("cancelled", cancelled),
    caller_plot("cancelled-forked", cancelled_forked),
    plot("declined", declined),
    caller_plot("declined-forked", declined_forked),
    plot("busy", busy),
    plot("no-answer-480", no_answer_480),
    caller_plot("no-answer-408", no_answer_408),
    plot("unfinished-ringing", unfinished_ringing),
    plot("unfinished-talking", unfinished_talking),
    plot("seen-from-answer", seen_from_answer),
    plot("seen-from-re-invite", seen_from_re_invite),
    plot("seen-at-end", seen_at_end),
];

/// A call from one employee to another; where each is, if that matters.
pub(super) fn between(stage: &mut Stage, caller: Option<bool>, callee: Option<bool>) -> Talk {
    let one = stage.actor(Role::Employee, caller, &[]);
    let other = stage.actor(Role::Employee, callee, &[one]);
    Talk::new(stage, one, other)
}

fn anybody(stage: &mut Stage) -> Talk {
    between(stage, None, None)
}

/// How long people talk.
pub(super) fn a_while(stage: &mut Stage) -> u64 {
    stage.rng.between(30 * SECOND, 6 * MINUTE)
}

/// Talks for a while, then one of both hangs up.
pub(super) fn talk_and_end(stage: &mut Stage, talk: &mut Talk, answered: u64) {
    let end = answered + a_while(stage);
    let from = usize::from(stage.rng.chance(400));
    talk.hang_up(stage, end, (from, 1 - from), Vec::new());
}

fn simple(stage: &mut Stage, at: u64, mut talk: Talk) -> Talk {
    let answered = talk.connect(stage, at);
    talk_and_end(stage, &mut talk, answered);
    talk.is(Connected, Benign, "")
}

fn plain(stage: &mut Stage, at: u64) -> Talk {
    let talk = anybody(stage);
    simple(stage, at, talk)
}

fn video(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    talk.media = vec!["audio", "video"];
    simple(stage, at, talk)
}

fn sharing(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = between(stage, Some(true), Some(true));
    talk.media = vec!["application-sharing"];
    simple(stage, at, talk)
}

fn file_transfer(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    talk.media = vec!["data"];
    simple(stage, at, talk)
}

fn from_telephone(stage: &mut Stage, at: u64) -> Talk {
    let telephone = stage.actor(Role::Telephone, None, &[]);
    let callee = stage.actor(Role::Employee, None, &[]);
    let talk = Talk::new(stage, telephone, callee);
    simple(stage, at, talk)
}

fn to_partner(stage: &mut Stage, at: u64) -> Talk {
    let caller = stage.actor(Role::Employee, None, &[]);
    let partner = stage.actor(Role::Partner, None, &[]);
    let talk = Talk::new(stage, caller, partner);
    simple(stage, at, talk)
}

/// INVITE, a challenge of the Front End, and the call.
fn challenged(stage: &mut Stage, at: u64, status: u16) -> Talk {
    let mut talk = anybody(stage);
    let server = stage.net.front_end_of(talk.legs[0].node);
    let actor = talk.legs[1].actor;
    let leg = talk.add_leg(stage, actor, server);
    let (cseq, there) = talk.invite(stage, at, leg);
    let back = talk.refuse(stage, there + 3, (cseq, leg), status, Vec::new());
    simple(stage, back + 12, talk)
}

fn auth_407(stage: &mut Stage, at: u64) -> Talk {
    challenged(stage, at, 407)
}

fn auth_401(stage: &mut Stage, at: u64) -> Talk {
    challenged(stage, at, 401)
}

/// A second device of the called person rings too. INVITE, ringing of both. Gives the second, the
/// number of the INVITE and when both ring.
fn fork(stage: &mut Stage, talk: &mut Talk, at: u64) -> (usize, u32, u64) {
    let actor = talk.legs[1].actor;
    let second = talk.add_leg(stage, actor, Node::Device(actor));
    let (cseq, there) = talk.invite(stage, at, 1);
    branch(stage, talk, Method::Invite, second);
    let rang = talk.ring(stage, there, (cseq, 1));
    let other = talk.ring(stage, there, (cseq, second));
    (second, cseq, rang.max(other))
}

/// The last request of this method goes to another device of the called person, too.
fn branch(stage: &mut Stage, talk: &mut Talk, method: Method, leg: usize) {
    let from = stage.net.front_end_of(talk.legs[1].node);
    let path = stage.net.path(from, talk.legs[leg].node);
    let last = talk
        .lines
        .iter_mut()
        .rfind(|line| line.method == method && line.status.is_none());
    if let Some(line) = last {
        line.paths.push(path);
    }
}

/// The Front End gives up the ringing of a device: CANCEL, 200, 487 and ACK between both.
fn give_up_branch(stage: &mut Stage, talk: &mut Talk, at: u64, (cseq, leg): (u32, usize)) {
    let server = stage.net.front_end_of(talk.legs[leg].node);
    let path = stage.net.path(server, talk.legs[leg].node);
    let back: Vec<Node> = path.iter().rev().copied().collect();
    let steps = [
        (Method::Cancel, None, 0),
        (Method::Cancel, Some(200), 25),
        (Method::Invite, Some(487), 30),
        (Method::Ack, None, 55),
    ];
    for (method, status, after) in steps {
        let line = match status {
            None => {
                let tagged = method == Method::Ack;
                talk.request(stage, at + after, (0, leg), (method, cseq), tagged)
            }
            Some(status) => talk.response(stage, at + after, (0, leg), (method, cseq), status),
        };
        line.paths = vec![if status.is_none() {
            path.clone()
        } else {
            back.clone()
        }];
    }
}

fn forked_answered(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let (second, cseq, rang) = fork(stage, &mut talk, at);
    let wait = stage.rng.between(2 * SECOND, 8 * SECOND);
    let answered = talk.answer(stage, rang + wait, (cseq, 1));
    give_up_branch(stage, &mut talk, answered + 10, (cseq, second));
    talk_and_end(stage, &mut talk, answered);
    talk.is(Connected, Benign, "")
}

/// INVITE, and 302 of the first called. Gives when the caller has it.
fn redirect(stage: &mut Stage, talk: &mut Talk, at: u64, target: usize) -> u64 {
    let (cseq, there) = talk.invite(stage, at, 1);
    let contact = format!("Contact: <sip:{}>\r\n", stage.net.person(target).address);
    let back = talk.refuse(stage, there + 20, (cseq, 1), 302, Vec::new());
    for line in &mut talk.lines {
        if line.status == Some(302) {
            line.headers.clone_from(&contact);
        }
    }
    back
}

fn redirect_followed(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let known = [talk.legs[0].actor, talk.legs[1].actor];
    let target = stage.actor(Role::Employee, None, &known);
    let back = redirect(stage, &mut talk, at, target);
    // The caller asks the other one, still in the name of the first.
    let leg = talk.add_leg(stage, target, stage.net.home(target));
    let (cseq, there) = talk.invite(stage, back + 10, leg);
    let rang = talk.ring(stage, there, (cseq, leg));
    let wait = stage.rng.between(2 * SECOND, 8 * SECOND);
    let answered = talk.answer(stage, rang + wait, (cseq, leg));
    let end = answered + a_while(stage);
    talk.hang_up(stage, end, (0, leg), Vec::new());
    talk.is(Connected, Benign, "")
}

fn redirect_not_followed(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let known = [talk.legs[0].actor, talk.legs[1].actor];
    let target = stage.actor(Role::Employee, None, &known);
    redirect(stage, &mut talk, at, target);
    talk.is(Redirected, Benign, "")
}

/// A request inside of the dialog and its answer; of INVITE, with descriptions and ACK.
fn exchange(
    stage: &mut Stage,
    talk: &mut Talk,
    at: u64,
    (from, to): (usize, usize),
    (method, status): (Method, u16),
) -> u64 {
    let cseq = talk.next_cseq(from);
    let describes = method == Method::Invite;
    let body = describes.then(|| media::offer(stage, talk, from));
    let line = talk.request(stage, at, (from, to), (method, cseq), true);
    line.body = body.unwrap_or_default();
    let there = line.arrives();
    let body = (describes && status == 200).then(|| media::answer(stage, talk, to));
    let line = talk.response(stage, there + 15, (from, to), (method, cseq), status);
    line.body = body.unwrap_or_default();
    let back = line.arrives();
    if describes {
        talk.request(stage, back + 5, (from, to), (Method::Ack, cseq), true);
    }
    back
}

/// 183 twice with PRACK, UPDATE before the answer, re-INVITE of both sides, UPDATE of the called.
fn in_dialog(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let (cseq, mut now) = talk.invite(stage, at, 1);
    for rseq in [1, 2] {
        let body = media::answer(stage, &talk, 1);
        let line = talk.response(stage, now + 100, (0, 1), (Method::Invite, cseq), 183);
        line.rseq = Some(rseq);
        line.body = body;
        now = line.arrives();
        now = exchange(stage, &mut talk, now + 10, (0, 1), (Method::Prack, 200));
    }
    now = exchange(stage, &mut talk, now + 50, (0, 1), (Method::Update, 200));
    talk.ring(stage, now, (cseq, 1));
    now = talk.answer(stage, now + 3 * SECOND, (cseq, 1));
    now = exchange(stage, &mut talk, now + 300, (0, 1), (Method::Invite, 200));
    now = exchange(
        stage,
        &mut talk,
        now + 20 * SECOND,
        (1, 0),
        (Method::Invite, 200),
    );
    now = exchange(
        stage,
        &mut talk,
        now + 20 * SECOND,
        (1, 0),
        (Method::Update, 200),
    );
    talk_and_end(stage, &mut talk, now);
    talk.is(Connected, Benign, "")
}

/// The called one asks the caller to call somebody else: REFER and its notifications.
fn transferred(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let mut now = talk.connect(stage, at) + 20 * SECOND;
    now = exchange(stage, &mut talk, now, (1, 0), (Method::Refer, 202));
    for _ in 0..2 {
        now = exchange(stage, &mut talk, now + 400, (0, 1), (Method::Notify, 200));
    }
    talk.hang_up(stage, now + 900, (1, 0), Vec::new());
    talk.is(Connected, Benign, "")
}

fn re_invite_adds_video(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let mut now = talk.connect(stage, at) + 20 * SECOND;
    talk.media = vec!["audio", "video"];
    now = exchange(stage, &mut talk, now, (0, 1), (Method::Invite, 200));
    talk_and_end(stage, &mut talk, now);
    talk.is(Connected, Benign, "")
}

/// Both sides send a re-INVITE at once and refuse the other's; one tries again.
fn glare(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let now = talk.connect(stage, at) + 15 * SECOND;
    exchange(stage, &mut talk, now, (0, 1), (Method::Invite, 491));
    exchange(stage, &mut talk, now, (1, 0), (Method::Invite, 491));
    let now = exchange(stage, &mut talk, now + 2300, (0, 1), (Method::Invite, 200));
    talk_and_end(stage, &mut talk, now);
    talk.is(Connected, Benign, "")
}

const CALLEE_REPORT: &str = "Callee media connectivity diagnosis info";
const BY_USER: &str = "Action initiated by user";

/// A call that works, whose answer carries a report of the called client.
fn reported(stage: &mut Stage, at: u64, mut talk: Talk, mask: u32) -> Talk {
    connect_with_report(stage, at, &mut talk, mask);
    talk
}

pub(super) fn connect_with_report(stage: &mut Stage, at: u64, talk: &mut Talk, mask: u32) {
    let answered = talk.connect(stage, at);
    let report = media::client_report(stage, talk, (1, 0), (51_007, CALLEE_REPORT), &[mask]);
    for line in &mut talk.lines {
        if line.method == Method::Invite && line.status == Some(200) {
            line.diagnoses = vec![report.clone()];
        }
    }
    talk_and_end(stage, talk, answered);
}

fn flags_expected(stage: &mut Stage, at: u64) -> Talk {
    let talk = anybody(stage);
    let mask = stage.rng.pick(&[0x100, 0x200, 0x300]);
    reported(stage, at, talk, mask).is(Connected, Benign, "flags-expected")
}

/// A site without Edge: a flag says so, and nothing is wrong.
fn no_edge(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = between(stage, Some(true), Some(true));
    for leg in &mut talk.legs {
        leg.relay = None;
    }
    reported(stage, at, talk, 0x8_0000).is(Connected, Benign, "benign-51007-no-edge")
}

fn hang_up_51004(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let answered = talk.connect(stage, at);
    let end = answered + a_while(stage);
    let by_user = Diagnosis::new(Header::Client, 51_004, BY_USER);
    talk.hang_up(stage, end, (0, 1), vec![by_user]);
    talk.is(Connected, Benign, "user-hung-up")
}

/// Servers tell where they send the INVITE. Nothing failed.
fn progress_reports(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let (cseq, there) = talk.invite(stage, at, 1);
    for (code, reason) in [
        (12_006, "Trying next hop"),
        (
            13_004,
            "Request was proxied to one or more registered endpoints",
        ),
    ] {
        let progress = Diagnosis::new(Header::Server, code, reason).source("fe01.contoso.com");
        talk.response(stage, there, (0, 1), (Method::Invite, cseq), 101)
            .diagnoses = vec![progress];
    }
    let rang = talk.ring(stage, there, (cseq, 1));
    let answered = talk.answer(stage, rang + 4 * SECOND, (cseq, 1));
    talk_and_end(stage, &mut talk, answered);
    talk.is(Connected, Benign, "routing-progress")
}

/// UDP to the Edge is closed for one side, so that its voice goes over TCP.
fn audio_over_tcp(stage: &mut Stage, at: u64) -> Talk {
    let talk = between(stage, Some(true), Some(false));
    let mut talk = reported(stage, at, talk, 0x6);
    report_quality(stage, &mut talk, (1, 0), ("RELAY", 0x6, "TCP"));
    talk.is(Connected, Degraded, "audio-over-tcp")
}

fn into_conference(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let id = stage.token(8);
    talk.to = conference_address(&stage.net, talk.legs[1].actor, "audio-video", &id);
    talk.uri = Some(talk.to.clone());
    talk.legs[1].node = Node::Conference;
    talk.conference = true;
    simple(stage, at, talk)
}

/// The caller gives up: CANCEL, 200, 487, ACK.
fn cancel(stage: &mut Stage, talk: &mut Talk, at: u64, cseq: u32) {
    let there = talk
        .request(stage, at, (0, 1), (Method::Cancel, cseq), false)
        .arrives();
    talk.response(stage, there + 3, (0, 1), (Method::Cancel, cseq), 200);
    talk.refuse(stage, there + 6, (cseq, 1), 487, Vec::new());
}

fn cancelled(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let (cseq, there) = talk.invite(stage, at, 1);
    let rang = talk.ring(stage, there, (cseq, 1));
    let wait = stage.rng.between(2 * SECOND, 20 * SECOND);
    cancel(stage, &mut talk, rang + wait, cseq);
    talk.is(Cancelled, Benign, "")
}

fn cancelled_forked(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let (second, cseq, rang) = fork(stage, &mut talk, at);
    let wait = stage.rng.between(2 * SECOND, 20 * SECOND);
    cancel(stage, &mut talk, rang + wait, cseq);
    // The same CANCEL goes to both; each answers in its own name.
    give_up_branch(stage, &mut talk, rang + wait + 10, (cseq, second));
    talk.is(Cancelled, Benign, "")
}

fn declined(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let (cseq, there) = talk.invite(stage, at, 1);
    let rang = talk.ring(stage, there, (cseq, 1));
    talk.refuse(stage, rang + 3 * SECOND, (cseq, 1), 603, Vec::new());
    talk.is(Declined, Benign, "")
}

/// One device declines for both: the Front End gives the other up.
fn declined_forked(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let (second, cseq, rang) = fork(stage, &mut talk, at);
    let back = talk.refuse(stage, rang + 3 * SECOND, (cseq, 1), 603, Vec::new());
    give_up_branch(stage, &mut talk, back, (cseq, second));
    talk.is(Declined, Benign, "")
}

fn busy(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let (cseq, there) = talk.invite(stage, at, 1);
    let rang = talk.ring(stage, there, (cseq, 1));
    talk.refuse(stage, rang + 400, (cseq, 1), 486, Vec::new());
    talk.is(Busy, Benign, "")
}

fn no_answer_480(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let (cseq, there) = talk.invite(stage, at, 1);
    let rang = talk.ring(stage, there, (cseq, 1));
    talk.refuse(stage, rang + 30 * SECOND, (cseq, 1), 480, Vec::new());
    talk.is(NoAnswer, Benign, "")
}

/// The Front End gives up ringing and tells the caller 408.
fn no_answer_408(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let server = stage.net.front_end_of(talk.legs[0].node);
    let actor = talk.legs[1].actor;
    let leg = talk.add_leg(stage, actor, server);
    let (cseq, there) = talk.invite(stage, at, 1);
    let rang = talk.ring(stage, there, (cseq, 1));
    let end = rang + 30 * SECOND;
    give_up_branch(stage, &mut talk, end, (cseq, 1));
    talk.refuse(stage, end, (cseq, leg), 408, Vec::new());
    talk.is(NoAnswer, Benign, "")
}

fn unfinished_ringing(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let (cseq, there) = talk.invite(stage, at, 1);
    talk.ring(stage, there, (cseq, 1));
    talk.is(Unfinished, Unknown, "")
}

fn unfinished_talking(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    talk.connect(stage, at);
    talk.is(Unfinished, Unknown, "")
}

/// Leaves out everything before the first message that is `wanted`.
fn from(mut talk: Talk, wanted: fn(&super::talk::Line) -> bool) -> Talk {
    let first = talk.lines.iter().position(wanted).unwrap_or(0);
    talk.lines.drain(..first);
    talk.is(SeenInPart, Unknown, "")
}

fn seen_from_answer(stage: &mut Stage, at: u64) -> Talk {
    let talk = plain(stage, at);
    from(talk, |line| line.status == Some(200))
}

fn seen_from_re_invite(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = anybody(stage);
    let now = talk.connect(stage, at) + 20 * SECOND;
    let now = exchange(stage, &mut talk, now, (1, 0), (Method::Invite, 200));
    talk_and_end(stage, &mut talk, now);
    from(talk, |line| {
        line.method == Method::Invite && line.requester == 1
    })
}

fn seen_at_end(stage: &mut Stage, at: u64) -> Talk {
    let talk = plain(stage, at);
    from(talk, |line| line.method == Method::Bye)
}
