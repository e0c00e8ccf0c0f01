//! A dialog as it is played: its ends, and its messages with their ways.

use std::collections::BTreeSet;

use super::net::{Net, Node, Role};
use super::truth::{CallOutcome, CallVerdict, EndedBy, OtherKind};
use crate::clock::SECOND;
use crate::diagnosis::Diagnosis;
use crate::message::Method;
use crate::put::{Endpoint, put_random_hex, put_token};
use crate::quality::QualityLine;
use crate::rng::Rng;

/// Most milliseconds from one machine to the next.
pub(super) const LINK_MS: u64 = 5;

/// What all dialogs of a scenario share.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) rng: Rng,
    pub(super) net: Net,
}

impl Stage {
    fn text(&mut self, len: usize, put: fn(&mut Vec<u8>, &mut Rng, usize)) -> String {
        let mut text = Vec::with_capacity(len);
        put(&mut text, &mut self.rng, len);
        String::from_utf8_lossy(&text).into_owned()
    }

    pub(super) fn hex(&mut self, len: usize) -> String {
        self.text(len, put_random_hex)
    }

    pub(super) fn token(&mut self, len: usize) -> String {
        self.text(len, put_token)
    }

    /// An actor of this role, inside or outside where that is said, other than those given.
    /// Where nobody else is left, the first of them.
    pub(super) fn actor(&mut self, role: Role, inside: Option<bool>, others: &[usize]) -> usize {
        let actors = self.net.actors.iter().enumerate();
        let fitting = actors.filter(|(index, actor)| {
            actor.role == role
                && inside.is_none_or(|inside| actor.person.inside == inside)
                && !others.contains(index)
        });
        let fitting: Vec<usize> = fitting.map(|(index, _)| index).collect();
        if fitting.is_empty() {
            return others.first().copied().unwrap_or(0);
        }
        self.rng.pick(&fitting)
    }
}

/// One end of a dialog: a device with its tag, or a server that answers.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    pub(super) actor: usize,
    pub(super) node: Node,
    pub(super) tag: String,
    pub(super) port: u16,
    pub(super) relay: Option<Endpoint>,
}

/// What a message carries.
#[derive(Debug, Clone, Default)]
pub(super) struct Body {
    pub(super) kind: &'static str,
    pub(super) bytes: Vec<u8>,
    /// Diagnoses in an error report.
    pub(super) reported: Vec<Diagnosis>,
    /// Media lines of a quality report.
    pub(super) quality: Vec<QualityLine>,
}

/// One message on its way.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// When its sender sent it.
    pub(super) at: u64,
    /// Milliseconds from machine to machine.
    link_ms: u64,
    /// The way to its receiver, and further ways that branch off.
    pub(super) paths: Vec<Vec<Node>>,
    /// The end that sent the request, and the one it is for.
    pub(super) requester: usize,
    pub(super) answerer: usize,
    /// Tag of `To`.
    pub(super) to_tag: Option<String>,
    pub(super) method: Method,
    pub(super) cseq: u32,
    pub(super) status: Option<u16>,
    pub(super) rseq: Option<u32>,
    pub(super) challenge: bool,
    pub(super) diagnoses: Vec<Diagnosis>,
    /// Header lines of this message only.
    pub(super) headers: String,
    pub(super) body: Body,
}

impl Line {
    /// When the machine at `place` of a way has it.
    pub(super) fn at_place(&self, path: &[Node], place: usize) -> u64 {
        // A branch begins where it leaves the first way.
        let main = &self.paths[0];
        let before = main.iter().position(|node| *node == path[0]).unwrap_or(0);
        self.at + (before + place) as u64 * self.link_ms
    }

    /// When its receiver has it.
    pub(super) fn arrives(&self) -> u64 {
        let path = &self.paths[0];
        self.at_place(path, path.len() - 1)
    }

    /// What tells it from other messages of its Call-ID.
    pub(super) fn identity(&self, from_tag: &str) -> String {
        let mut values = Vec::new();
        for diagnosis in &self.diagnoses {
            diagnosis.put_header(&mut values);
        }
        format!(
            "{} {} {:?} {from_tag} {:?} {:?} {}",
            self.cseq,
            self.method.name(),
            self.status,
            self.to_tag,
            self.rseq,
            String::from_utf8_lossy(&values)
        )
    }
}

/// A dialog with its truth.
#[derive(Debug, Clone)]
pub(super) struct Talk {
    pub(super) call_id: String,
    /// The caller, the called, then others.
    pub(super) legs: Vec<Leg>,
    /// What follows `sip:` in the address of the called.
    pub(super) to: String,
    /// The request URI where the servers have not rewritten it.
    pub(super) uri: Option<String>,
    pub(super) lines: Vec<Line>,
    pub(super) kind: Option<OtherKind>,
    pub(super) plot: &'static str,
    pub(super) outcome: CallOutcome,
    pub(super) verdict: CallVerdict,
    pub(super) cause: &'static str,
    /// Labels of media debug.
    pub(super) media: Vec<&'static str>,
    pub(super) conference: bool,
    pub(super) failed: bool,
    /// Call-ID of the call that it reports on.
    pub(super) about: Option<String>,
    /// Reports of the ends, dialogs of their own.
    pub(super) reports: Vec<Talk>,
    /// The next free number of each end.
    cseq: Vec<u32>,
}

impl Talk {
    pub(super) fn new(stage: &mut Stage, caller: usize, callee: usize) -> Talk {
        let to = stage.net.person(callee).address.clone();
        let mut talk = Talk {
            call_id: stage.hex(32),
            legs: Vec::new(),
            to,
            uri: None,
            lines: Vec::new(),
            kind: None,
            plot: "",
            outcome: CallOutcome::Connected,
            verdict: CallVerdict::Benign,
            cause: "",
            media: vec!["audio"],
            conference: false,
            failed: false,
            about: None,
            reports: Vec::new(),
            cseq: Vec::new(),
        };
        if stage.net.home(caller) == Node::Gateway {
            talk.call_id = format!("BW{}@203.0.113.77", &talk.call_id[..18]);
        }
        talk.add_leg(stage, caller, stage.net.home(caller));
        talk.add_leg(stage, callee, stage.net.home(callee));
        talk
    }

    /// One more end.
    pub(super) fn add_leg(&mut self, stage: &mut Stage, actor: usize, node: Node) -> usize {
        let outside = stage.net.is_outside(node);
        let relayed = outside || stage.rng.chance(500);
        let relays = stage.net.person(actor).company.relays;
        let relay =
            relayed.then(|| Endpoint(stage.rng.pick(&relays), stage.rng.port(50_000, 59_990)));
        let tag = stage.hex(10);
        self.legs.push(Leg {
            actor,
            node,
            tag,
            port: stage.rng.port(25_010, 25_018) * 2,
            relay,
        });
        self.cseq.push(1);
        self.legs.len() - 1
    }

    /// A number for the next request of an end.
    pub(super) fn next_cseq(&mut self, leg: usize) -> u32 {
        let cseq = self.cseq[leg];
        self.cseq[leg] += 1;
        cseq
    }

    fn line(&mut self, stage: &mut Stage, mut line: Line) -> &mut Line {
        line.link_ms = stage.rng.between(2, LINK_MS);
        self.lines.push(line);
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    /// A request from one end to another. Those that begin a dialog have no tag in `To` yet.
    pub(super) fn request(
        &mut self,
        stage: &mut Stage,
        at: u64,
        (from, to): (usize, usize),
        (method, cseq): (Method, u32),
        tagged: bool,
    ) -> &mut Line {
        let path = stage.net.path(self.legs[from].node, self.legs[to].node);
        let to_tag = tagged.then(|| self.legs[to].tag.clone());
        self.line(
            stage,
            Line {
                at,
                link_ms: 0,
                paths: vec![path],
                requester: from,
                answerer: to,
                to_tag,
                method,
                cseq,
                status: None,
                rseq: None,
                challenge: false,
                diagnoses: Vec::new(),
                headers: String::new(),
                body: Body::default(),
            },
        )
    }

    /// A response from one end to the request of another. 100 and 101 come from the Front End
    /// of the requester and have no tag.
    pub(super) fn response(
        &mut self,
        stage: &mut Stage,
        at: u64,
        (requester, from): (usize, usize),
        (method, cseq): (Method, u32),
        status: u16,
    ) -> &mut Line {
        let asking = self.legs[requester].node;
        let on_the_way = status < 180;
        let node = if on_the_way {
            stage.net.front_end_of(asking)
        } else {
            self.legs[from].node
        };
        let path = stage.net.path(node, asking);
        let to_tag = (!on_the_way).then(|| self.legs[from].tag.clone());
        self.line(
            stage,
            Line {
                at,
                link_ms: 0,
                paths: vec![path],
                requester,
                answerer: from,
                to_tag,
                method,
                cseq,
                status: Some(status),
                rseq: None,
                challenge: false,
                diagnoses: Vec::new(),
                headers: String::new(),
                body: Body::default(),
            },
        )
    }

    /// When a message was at the caller's end; none for those that never came there.
    fn at_caller(&self, line: &Line) -> Option<u64> {
        let path = &line.paths[0];
        let caller = self.legs[0].node;
        let place = path.iter().position(|node| *node == caller)?;
        Some(line.at_place(path, place))
    }

    /// When the first message that is `wanted` was at the caller's end.
    fn first(&self, wanted: impl Fn(&Line) -> bool) -> Option<u64> {
        let times = self.lines.iter().filter(|line| wanted(line));
        times.filter_map(|line| self.at_caller(line)).min()
    }

    /// INVITE sent, rung, answered, given up or refused, BYE.
    pub(super) fn times(&self) -> [Option<u64>; 5] {
        let of_invite = |line: &Line| line.method == Method::Invite;
        let is = |line: &Line, from: u16, to: u16| {
            of_invite(line)
                && line
                    .status
                    .is_some_and(|status| (from..=to).contains(&status))
        };
        let invite =
            self.first(|line| of_invite(line) && line.status.is_none() && line.to_tag.is_none());
        let rang = self.first(|line| is(line, 180, 180) || is(line, 183, 183));
        // Of a call seen in part, a later INVITE of the called may be answered; that is no answer.
        let answered = self.first(|line| is(line, 200, 299) && line.requester == 0);
        let cancelled = self.first(|line| {
            line.method == Method::Cancel && line.status.is_none() && line.requester == 0
        });
        let refused = self.first(|line| is(line, 300, 699) && !line.challenge);
        let gave_up = match (cancelled, refused) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let bye = self.first(|line| line.method == Method::Bye && line.status.is_none());
        [invite, rang, answered, gave_up, bye]
    }

    /// The response that decided.
    pub(super) fn final_status(&self, method: Method) -> Option<u16> {
        let finals = self.lines.iter().filter(|line| {
            line.method == method && !line.challenge && self.at_caller(line).is_some()
        });
        let finals = finals
            .filter_map(|line| line.status)
            .filter(|status| *status >= 200);
        let finals: Vec<u16> = finals.collect();
        let good = finals.iter().copied().find(|status| *status < 300);
        good.or(finals.last().copied())
    }

    /// Who sent the BYE.
    pub(super) fn ended_by(&self) -> EndedBy {
        let bye = self
            .lines
            .iter()
            .find(|line| line.method == Method::Bye && line.status.is_none());
        match bye.map(|line| line.requester) {
            None => EndedBy::None,
            Some(0) => EndedBy::Caller,
            Some(_) => EndedBy::Callee,
        }
    }

    /// Codes in its headers.
    pub(super) fn codes(&self) -> BTreeSet<u32> {
        let diagnoses = self.lines.iter().flat_map(|line| &line.diagnoses);
        diagnoses.map(|diagnosis| diagnosis.code).collect()
    }

    /// When its last message was sent.
    pub(super) fn end(&self) -> u64 {
        let own = self.lines.iter().map(Line::arrives).max().unwrap_or(0);
        let reports = self.reports.iter().map(Talk::end).max();
        own.max(reports.unwrap_or(0))
    }

    /// Moves it in time.
    pub(super) fn shift(&mut self, by: i64) {
        for line in &mut self.lines {
            line.at = line.at.saturating_add_signed(by);
        }
        for report in &mut self.reports {
            report.shift(by);
        }
    }

    /// What became of it, and why.
    pub(super) fn is(
        mut self,
        outcome: CallOutcome,
        verdict: CallVerdict,
        cause: &'static str,
    ) -> Talk {
        self.outcome = outcome;
        self.verdict = verdict;
        self.cause = cause;
        self
    }

    /// Begins: INVITE, with 100 from the caller's Front End. Gives the number of the INVITE and
    /// when the first called end has it.
    pub(super) fn invite(&mut self, stage: &mut Stage, at: u64, to: usize) -> (u32, u64) {
        let cseq = self.next_cseq(0);
        let body = super::media::offer(stage, self, 0);
        let line = self.request(stage, at, (0, to), (Method::Invite, cseq), false);
        line.body = body;
        let arrives = line.arrives();
        let front_end = stage.net.front_end_of(self.legs[0].node);
        let line = &self.lines[self.lines.len() - 1];
        let place = line.paths[0].iter().position(|node| *node == front_end);
        let there = line.at_place(&line.paths[0], place.unwrap_or(0));
        self.response(stage, there + 1, (0, to), (Method::Invite, cseq), 100);
        (cseq, arrives)
    }

    /// 180 of an end.
    pub(super) fn ring(&mut self, stage: &mut Stage, at: u64, (cseq, leg): (u32, usize)) -> u64 {
        let at = at + stage.rng.between(40, 200);
        self.response(stage, at, (0, leg), (Method::Invite, cseq), 180);
        at
    }

    /// 200 of an end and ACK. Gives when the caller has the answer.
    pub(super) fn answer(&mut self, stage: &mut Stage, at: u64, (cseq, leg): (u32, usize)) -> u64 {
        let body = super::media::answer(stage, self, leg);
        let line = self.response(stage, at, (0, leg), (Method::Invite, cseq), 200);
        line.body = body;
        let arrives = line.arrives();
        self.request(stage, arrives + 8, (0, leg), (Method::Ack, cseq), true);
        arrives
    }

    /// INVITE, ringing for some seconds, 200, ACK with the first called end. Gives when the
    /// caller has the answer.
    pub(super) fn connect(&mut self, stage: &mut Stage, at: u64) -> u64 {
        let (cseq, there) = self.invite(stage, at, 1);
        let rang = self.ring(stage, there, (cseq, 1));
        let wait = stage.rng.between(SECOND, 9 * SECOND);
        self.answer(stage, rang + wait, (cseq, 1))
    }

    /// BYE of one end and its answer.
    pub(super) fn hang_up(
        &mut self,
        stage: &mut Stage,
        at: u64,
        (from, to): (usize, usize),
        diagnoses: Vec<Diagnosis>,
    ) {
        let cseq = self.next_cseq(from);
        let line = self.request(stage, at, (from, to), (Method::Bye, cseq), true);
        line.diagnoses = diagnoses;
        let arrives = line.arrives();
        self.response(stage, arrives + 10, (from, to), (Method::Bye, cseq), 200);
    }

    /// A final refusal of INVITE and its ACK. Gives when the caller has it.
    pub(super) fn refuse(
        &mut self,
        stage: &mut Stage,
        at: u64,
        (cseq, leg): (u32, usize),
        status: u16,
        diagnoses: Vec<Diagnosis>,
    ) -> u64 {
        let line = self.response(stage, at, (0, leg), (Method::Invite, cseq), status);
        line.diagnoses = diagnoses;
        line.challenge = matches!(status, 401 | 407);
        let arrives = line.arrives();
        self.request(stage, arrives + 3, (0, leg), (Method::Ack, cseq), true);
        arrives
    }
}
