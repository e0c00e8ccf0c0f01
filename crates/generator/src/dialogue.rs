//! Dialogues: who says what to whom, and when. A dialogue is planned as a list of steps; the
//! message of a step is composed when its time has come.

use std::collections::VecDeque;

use crate::bodies::{self, Body};
use crate::diagnosis::{Diagnosis, Header, MediaDebug, Side, Style};
use crate::failures;
use crate::message::{Direction, Message, Method};
use crate::people::{
    CONTOSO, Company, Directory, Endpoints, OWNER_INSIDE, OWNER_OUTSIDE, Person, PersonId,
};
use crate::put::{Endpoint, Hex, put, put_random_hex, put_token};
use crate::rng::Rng;
use crate::sdp::{Medium, Reach};
use crate::world::{Viewpoint, World};

/// A diagnosis that a message carries if the share of diagnosed messages wants one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MayCarry {
    Nothing,
    /// How media came up, in the answer.
    CalleeMedia,
    /// Somebody hung up.
    UserAction,
    /// Where the request went.
    Progress,
    /// A subscription ended because a newer one took over.
    Superseded,
}

/// One message to come.
#[derive(Debug)]
pub(crate) struct Step {
    at: u64,
    requester: Side,
    method: Method,
    cseq: u32,
    status: Option<u16>,
    /// Whether both sides know each other's tag by now.
    pub(crate) in_dialog: bool,
    pub(crate) body: Body,
    pub(crate) diagnoses: Vec<Diagnosis>,
    pub(crate) may_carry: MayCarry,
    pub(crate) challenge: bool,
    /// Whether a server speaks for the side that answers.
    pub(crate) by_server: bool,
    pub(crate) remote_reason: bool,
}

/// One dialogue, or a single transaction, with the messages that are still to come.
#[derive(Debug)]
pub(crate) struct Dialogue {
    pub(crate) viewpoint: Viewpoint,
    pub(crate) caller: PersonId,
    pub(crate) callee: PersonId,
    pub(crate) call_id: String,
    tags: [String; 2],
    conversation: String,
    contacts: [String; 2],
    route: String,
    pub(crate) media: &'static [Medium],
    pub(crate) reach: Option<Box<[Reach; 2]>>,
    steps: VecDeque<Step>,
}

fn random_text(rng: &mut Rng, len: usize, put: fn(&mut Vec<u8>, &mut Rng, usize)) -> String {
    let mut text = Vec::with_capacity(len);
    put(&mut text, rng, len);
    String::from_utf8_lossy(&text).into_owned()
}

impl Dialogue {
    pub(crate) fn new(
        world: &mut World,
        viewpoint: Viewpoint,
        caller: PersonId,
        callee: PersonId,
    ) -> Dialogue {
        let rng = &mut world.rng;
        let mut call_id = random_text(rng, 32, put_random_hex);
        if world.directory.get(caller).endpoints == Endpoints::Telephone {
            call_id = format!("BW{}@203.0.113.77", &call_id[..18]);
        }
        let tag = |rng: &mut Rng| random_text(rng, 10, put_random_hex);
        let contact = |rng: &mut Rng| random_text(rng, 24, put_token);
        Dialogue {
            viewpoint,
            caller,
            callee,
            call_id,
            tags: [tag(rng), tag(rng)],
            conversation: random_text(rng, 27, put_token),
            contacts: [contact(rng), contact(rng)],
            route: random_text(rng, 43, put_token),
            media: &[],
            reach: None,
            steps: VecDeque::new(),
        }
    }

    /// Decides where both sides can be reached by media.
    pub(crate) fn with_media(mut self, world: &mut World, media: &'static [Medium]) -> Dialogue {
        let reach = |id: PersonId| {
            let rng = &mut world.rng;
            let person = world.directory.get(id);
            let relayed =
                !person.inside || (person.endpoints == Endpoints::Client && rng.chance(600));
            let port = |rng: &mut Rng, medium: Option<&Medium>| {
                let (low, high) = medium.unwrap_or(&Medium::Audio).ports();
                rng.port(low / 2, high / 2 - 1) * 2
            };
            Reach {
                host: person.host,
                reflexive: person.public,
                relay: relayed.then(|| rng.pick(&person.company.relays)),
                ports: [port(rng, media.first()), port(rng, media.get(1))],
                relay_ports: [rng.port(50_000, 59_990), rng.port(50_000, 59_990)],
                ufrag: random_text(rng, 4, put_token),
                password: random_text(rng, 24, put_token),
            }
        };
        self.reach = Some(Box::new([self.caller, self.callee].map(reach)));
        self.media = media;
        self
    }

    /// The person on a side.
    pub(crate) fn person(&self, side: Side) -> PersonId {
        match side {
            Side::Caller => self.caller,
            Side::Callee => self.callee,
        }
    }

    /// Whether the writer of the trace sees what servers tell the caller.
    pub(crate) fn sees_servers(&self) -> bool {
        self.viewpoint == Viewpoint::Server || is_owner(self.caller)
    }

    /// Plans a request.
    pub(crate) fn request(
        &mut self,
        at: u64,
        requester: Side,
        method: Method,
        cseq: u32,
    ) -> &mut Step {
        self.step(at, requester, method, cseq, None)
    }

    /// Plans a response to a request that `requester` sent.
    pub(crate) fn response(
        &mut self,
        at: u64,
        requester: Side,
        (method, cseq): (Method, u32),
        status: u16,
    ) -> &mut Step {
        self.step(at, requester, method, cseq, Some(status))
    }

    fn step(
        &mut self,
        at: u64,
        requester: Side,
        method: Method,
        cseq: u32,
        status: Option<u16>,
    ) -> &mut Step {
        // A message is never planned before the one it follows.
        let at = self.steps.back().map_or(at, |last| at.max(last.at));
        let by_server = status.is_some_and(|status| status < 180 || status == 401 || status == 407);
        self.steps.push_back(Step {
            at,
            requester,
            method,
            cseq,
            status,
            in_dialog: cseq > 1 || method == Method::Ack,
            body: Body::None,
            diagnoses: Vec::new(),
            may_carry: MayCarry::Nothing,
            challenge: false,
            by_server,
            remote_reason: false,
        });
        let last = self.steps.len() - 1;
        &mut self.steps[last]
    }

    /// Messages still to come.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// When the next message is due.
    pub(crate) fn next_at(&self) -> Option<u64> {
        self.steps.front().map(|step| step.at)
    }

    /// Composes the next message, or says that there is none.
    pub(crate) fn next(&mut self, world: &mut World, message: &mut Message) -> bool {
        let Some(step) = self.steps.pop_front() else {
            return false;
        };
        world.messages += 1;
        message.at = step.at;
        message.method = step.method;
        message.status = step.status;
        message.cseq = step.cseq;
        message.challenge = step.challenge;
        message.call_id.clone_from(&self.call_id);
        message.quoted = 0;
        message.decoys = 0;
        message.reported.clear();
        message.quality.clear();
        message.diagnoses = self.diagnoses(world, &step);
        let content_type = bodies::put_body(self, world, &step.body, message);
        message.lengths = world.lengths;
        self.put_places(world, &step, message);
        self.put_start_line(world, &step, message);
        let requester = world.directory.get(self.person(step.requester));
        message.user.clone_from(&requester.address_of_record);
        message.headers.clear();
        match step.status {
            None => self.put_request_headers(world, &step, message, content_type),
            Some(status) => {
                self.put_response_headers(world, &step, message, content_type, status);
            }
        }
        true
    }

    /// What the message says of failures: what was planned, and what the shares still want.
    fn diagnoses(&self, world: &mut World, step: &Step) -> Vec<Diagnosis> {
        let mut diagnoses = step.diagnoses.clone();
        let has = |diagnoses: &[Diagnosis], client: bool| {
            diagnoses
                .iter()
                .any(|diagnosis| (diagnosis.header == Header::Client) == client)
        };
        // Where no message fits, every message has to do: only very dense traces come to this.
        const SLACK: u64 = 40;
        let messages = world.messages;
        if !has(&diagnoses, true) {
            let fits = matches!(step.may_carry, MayCarry::CalleeMedia | MayCarry::UserAction);
            let slack = if fits { 0 } else { SLACK };
            if world.client_diagnosed.is_behind(messages, slack) {
                diagnoses.push(self.client_report(world, step));
            }
        }
        if has(&diagnoses, true) {
            world.client_diagnosed.take(1);
        }
        if !has(&diagnoses, false) {
            let fits = matches!(step.may_carry, MayCarry::Progress | MayCarry::Superseded);
            let slack = if fits { 0 } else { SLACK };
            if world.server_diagnosed.is_behind(messages, slack) {
                diagnoses.push(if step.may_carry == MayCarry::Superseded {
                    let reason = "Terminating old subscription since new subscription dialog took \
                                  over the previous one";
                    Diagnosis::new(Header::Public, 2139, reason)
                } else {
                    failures::progress(&mut world.rng)
                });
            }
        }
        if has(&diagnoses, false) {
            world.server_diagnosed.take(1);
        }
        diagnoses
    }

    /// What a client says of a call that went well.
    fn client_report(&self, world: &mut World, step: &Step) -> Diagnosis {
        let hung_up = match step.may_carry {
            MayCarry::CalleeMedia => false,
            MayCarry::UserAction => true,
            _ => self.reach.is_none(),
        };
        if hung_up {
            let mut report = Diagnosis::new(Header::Client, 51_004, "Action initiated by user");
            if world.rng.chance(400) {
                report.media = self.good_media(world, step.requester);
            }
            return report;
        }
        let reason = "Callee media connectivity diagnosis info";
        let mut report = Diagnosis::new(Header::Client, 51_007, reason);
        report.media = self.good_media(world, Side::Callee);
        if world.rng.chance(30) {
            report = report.style(Style::Capital);
        }
        report
    }

    /// Media debug of a call whose media flow. Flags are set even so.
    fn good_media(&self, world: &mut World, side: Side) -> Vec<MediaDebug> {
        let ice_warn = match &self.reach {
            Some(reach) if reach[side as usize].relay.is_none() => 0x8_0000,
            _ => world.rng.weighted(&[
                (8, 0x0),
                (4, 0x100),
                (6, 0x300),
                (2, 0x20),
                (1, 0x120),
                (1, 0x1000),
                (1, 0x10_0000),
                (1, 0x100_0020),
            ]),
        };
        self.media_debug(world, side, &[ice_warn])
    }

    /// Media debug as `side` writes it: a section for each medium, as far as there are masks.
    pub(crate) fn media_debug(
        &self,
        world: &mut World,
        side: Side,
        ice_warn: &[u32],
    ) -> Vec<MediaDebug> {
        let Some(reach) = &self.reach else {
            return Vec::new();
        };
        let (me, peer) = (&reach[side as usize], &reach[side.other() as usize]);
        let person = world.directory.get(self.person(side));
        let other = world.directory.get(self.person(side.other()));
        let rng = &mut world.rng;
        // Old clients write fewer fields.
        let old = person.user_agent.starts_with("UCCAPI/4");
        let federated = person.company.domain != other.company.domain;
        let location = |person: &Person| match (person.endpoints, person.inside) {
            (Endpoints::ThirdParty, _) => 0,
            (_, true) => 2,
            (_, false) => 1,
        };
        let sections = self.media.iter().zip(ice_warn).enumerate();
        sections
            .map(|(index, (medium, ice_warn))| MediaDebug {
                side,
                label: medium.label(),
                ice_warn: *ice_warn,
                ice_warn_ex: person.user_agent.contains("16.0.9126").then_some(0),
                local_site: Endpoint(me.reflexive.unwrap_or(me.host), me.ports[index]),
                local_relay: me.relay.map(|relay| Endpoint(relay, me.relay_ports[index])),
                remote_site: Endpoint(peer.reflexive.unwrap_or(peer.host), peer.ports[index]),
                remote_relay: peer
                    .relay
                    .map(|relay| Endpoint(relay, peer.relay_ports[index])),
                ports: if old { (1025, 65_000) } else { medium.ports() },
                local_location: (!old || rng.chance(700)).then(|| location(person)),
                remote_location: (!old || rng.chance(500)).then(|| location(other)),
                federation: (!old).then_some(u8::from(federated)),
                network_name: rng.chance(300).then_some(person.company.domain),
                interfaces: rng.chance(400).then(|| {
                    let (all, base) = if person.inside {
                        (0x12, 0x2)
                    } else {
                        (0x14, 0x4)
                    };
                    (all, base, Endpoint(me.host, me.ports[index]))
                }),
            })
            .collect()
    }

    fn put_places(&self, world: &mut World, step: &Step, message: &mut Message) {
        let answers = step.status.is_some();
        let sender = if answers {
            step.requester.other()
        } else {
            step.requester
        };
        match self.viewpoint {
            Viewpoint::Client => {
                let owner_side = if is_owner(self.caller) {
                    Side::Caller
                } else {
                    Side::Callee
                };
                let owner = world.directory.get(self.person(owner_side));
                let company = owner.company;
                message.local = owner.endpoint();
                (message.remote, message.peer) = if owner.inside {
                    (Endpoint(company.front_end_hosts[0], 5061), company.pool)
                } else {
                    (Endpoint(company.access_edge_host, 443), company.access_edge)
                };
                let outgoing = sender == owner_side;
                message.direction = if outgoing {
                    Direction::Outgoing
                } else {
                    Direction::Incoming
                };
            }
            Viewpoint::Server => {
                let server = world.rng.below(3) as usize;
                message.local = Endpoint(CONTOSO.front_end_hosts[server], 5061);
                let incoming = world.rng.chance(500);
                let near = if incoming { sender } else { sender.other() };
                let person = world.directory.get(self.person(near));
                let partner = person.company.domain != CONTOSO.domain;
                (message.remote, message.peer) = if partner {
                    (
                        Endpoint(person.company.access_edge_host, 5061),
                        person.company.access_edge,
                    )
                } else if !person.inside {
                    (
                        Endpoint(CONTOSO.access_edge_host, 5061),
                        CONTOSO.access_edge,
                    )
                } else {
                    (person.endpoint(), "")
                };
                message.direction = if incoming {
                    Direction::Incoming
                } else {
                    Direction::Outgoing
                };
            }
        }
    }

    fn put_start_line(&self, world: &World, step: &Step, message: &mut Message) {
        let out = &mut message.start_line;
        out.clear();
        if let Some(status) = step.status {
            put!(out, "SIP/2.0 ", status, " ", phrase(status));
            return;
        }
        put!(out, step.method.name(), " sip:");
        let target = step.requester.other();
        let person = world.directory.get(self.person(target));
        if step.method == Method::Register {
            put!(out, person.company.domain);
        } else {
            put!(out, &person.address);
            if step.in_dialog && self.caller != self.callee {
                put!(
                    out,
                    ";opaque=user:epid:",
                    &self.contacts[target as usize],
                    ";gruu"
                );
            }
        }
        put!(out, " SIP/2.0");
    }

    fn names(&self, directory: &Directory, sender: Side) -> &'static Names {
        match directory.get(self.person(sender)).endpoints {
            Endpoints::Telephone => &Names::CAPITALS,
            Endpoints::Client | Endpoints::ThirdParty => &Names::USUAL,
        }
    }

    fn put_from_and_to(
        &self,
        directory: &Directory,
        step: &Step,
        names: &Names,
        out: &mut Vec<u8>,
    ) {
        let requester = directory.get(self.person(step.requester));
        let target = directory.get(self.person(step.requester.other()));
        put!(out, names.from, ": ");
        if !requester.name.is_empty() {
            put!(out, "\"", &requester.name, "\"");
        }
        put!(
            out,
            "<sip:",
            &requester.address,
            ">;tag=",
            &self.tags[step.requester as usize]
        );
        put!(out, ";epid=", &requester.epid, "\r\n");
        put!(out, names.to, ": <sip:", &target.address, ">");
        let answered = step.in_dialog && self.caller != self.callee;
        if step.status.map_or(answered, |status| status > 100) {
            put!(out, ";epid=", &target.epid);
            put!(out, ";tag=", &self.tags[step.requester.other() as usize]);
        }
        put!(out, "\r\n", names.call_id, ": ", &self.call_id);
        put!(
            out,
            "\r\n",
            names.cseq,
            ": ",
            step.cseq,
            " ",
            step.method.name(),
            "\r\n"
        );
    }

    fn put_request_headers(
        &self,
        world: &mut World,
        step: &Step,
        message: &mut Message,
        content_type: Option<ContentType>,
    ) {
        let names = self.names(&world.directory, step.requester);
        let requester = world.directory.get(self.person(step.requester));
        let company = requester.company;
        let body_len = message.stated_body_len();
        let out = &mut message.headers;
        let rng = &mut world.rng;
        let incoming = message.direction == Direction::Incoming;
        let sender = if incoming {
            message.remote
        } else {
            message.local
        };
        put!(out, names.via, ": SIP/2.0/TLS ", sender);
        put!(out, ";branch=z9hG4bK", Hex(rng.next() | 1 << 60), "\r\n");
        if incoming == (self.viewpoint == Viewpoint::Client) {
            // It came through a server.
            let origin = requester.endpoint();
            put!(
                out,
                names.via,
                ": SIP/2.0/TLS ",
                origin,
                ";ms-received-port=",
                origin.1
            );
            put!(out, ";ms-received-cid=", Hex(rng.next() >> 40), "00\r\n");
        }
        put!(out, names.max_forwards, ": 70\r\n");
        self.put_from_and_to(&world.directory, step, names, out);
        if step.in_dialog || step.method != Method::Invite {
            put!(
                out,
                names.route,
                ": <sip:",
                company.pool,
                ":5061;transport=tls;ms-fe="
            );
            put!(
                out,
                rng.pick(&company.front_ends),
                ";opaque=state:F:Ci.R",
                Hex(rng.next() >> 44)
            );
            put!(out, "00;lr;ms-route-sig=", &self.route, ">\r\n");
        }
        if matches!(
            step.method,
            Method::Invite | Method::Subscribe | Method::Update | Method::Register | Method::Refer
        ) {
            put!(
                out,
                names.contact,
                ": <sip:",
                &requester.address,
                ";opaque=user:epid:"
            );
            put!(out, &self.contacts[step.requester as usize], ";gruu>\r\n");
        }
        put!(out, names.user_agent, ": ", requester.user_agent, "\r\n");
        match step.method {
            Method::Invite => {
                put!(
                    out,
                    "Supported: ms-dialog-route-set-update\r\nSupported: timer\r\n\
                     Supported: histinfo\r\nSupported: ms-safe-transfer\r\n\
                     Supported: ms-sender\r\nSupported: ms-early-media\r\nSupported: 100rel\r\n\
                     ms-keep-alive: UAC;hop-hop=yes\r\n\
                     Allow: INVITE, BYE, ACK, CANCEL, INFO, UPDATE, REFER, NOTIFY, BENOTIFY, \
                     OPTIONS\r\nms-subnet: ",
                );
                put!(
                    out,
                    company.subnet,
                    "\r\nAccept-Language: en-US\r\nMs-Conversation-ID: "
                );
                put!(out, &self.conversation, "=\r\n");
                put_location_data(out, requester);
                put!(
                    out,
                    "P-Preferred-Identity: <sip:",
                    &requester.address,
                    ">\r\n"
                );
            }
            Method::Register => {
                put!(
                    out,
                    "Supported: gruu-10, adhoclist, msrtc-event-categories\r\n\
                     Supported: ms-forking\r\nSupported: ms-cluster-failover\r\n\
                     Supported: ms-userservices-state-notification\r\n\
                     ms-keep-alive: UAC;hop-hop=yes\r\nEvent: registration\r\nExpires: 600\r\n"
                );
            }
            Method::Subscribe => {
                put!(
                    out,
                    "Event: presence\r\nAccept: application/msrtc-event-categories+xml, \
                     application/xpidf+xml, text/xml+msrtc.pidf, application/pidf+xml, \
                     application/rlmi+xml, multipart/related\r\nSupported: com.microsoft.autoextend\
                     \r\nSupported: ms-benotify\r\nProxy-Require: ms-benotify\r\n\
                     Supported: ms-piggyback-first-notify\r\nRequire: adhoclist, categoryList\r\n\
                     Supported: eventlist\r\n"
                );
            }
            Method::Notify | Method::BeNotify => {
                let ends = step.may_carry == MayCarry::Superseded;
                put!(out, "Event: presence\r\nsubscription-state: ");
                put!(
                    out,
                    if ends {
                        "terminated;expires=0\r\n"
                    } else {
                        "active;expires=28800\r\n"
                    }
                );
            }
            Method::Refer => {
                let other = world.directory.get(self.person(step.requester.other()));
                put!(
                    out,
                    "Refer-To: <sip:",
                    &other.address,
                    ">\r\nReferred-By: <sip:"
                );
                put!(out, &requester.address, ">\r\n");
            }
            _ => {}
        }
        put_diagnoses(out, &message.diagnoses);
        if requester.endpoints != Endpoints::Telephone && step.method != Method::Ack {
            put!(out, "Proxy-Authorization: TLS-DSK qop=\"auth\", ");
            put!(out, "realm=\"SIP Communications Service\", opaque=\"");
            put_random_hex(out, rng, 8);
            put!(
                out,
                "\", targetname=\"",
                company.front_ends[0],
                "\", crand=\""
            );
            put_random_hex(out, rng, 8);
            put!(out, "\", cnum=\"", rng.below(900), "\", response=\"");
            put_random_hex(out, rng, 40);
            put!(out, "\"\r\n");
        }
        put_content(out, names, content_type, body_len);
    }

    fn put_response_headers(
        &self,
        world: &mut World,
        step: &Step,
        message: &mut Message,
        content_type: Option<ContentType>,
        status: u16,
    ) {
        let names = self.names(&world.directory, step.requester.other());
        let rng = &mut world.rng;
        let body_len = message.stated_body_len();
        let out = &mut message.headers;
        let answering = world.directory.get(self.person(step.requester.other()));
        let asking = world.directory.get(self.person(step.requester));
        let company: &Company = asking.company;
        if message.direction == Direction::Incoming && !step.challenge {
            put!(out, "Authentication-Info: TLS-DSK qop=\"auth\", opaque=\"");
            put_random_hex(out, rng, 8);
            put!(out, "\", srand=\"");
            put_random_hex(out, rng, 8);
            put!(out, "\", snum=\"", rng.below(900), "\", rspauth=\"");
            put_random_hex(out, rng, 40);
            put!(out, "\", targetname=\"", company.front_ends[0]);
            put!(
                out,
                "\", realm=\"SIP Communications Service\", version=4\r\n"
            );
        }
        // Some stacks write the length first.
        let early_length = rng.chance(250);
        if early_length {
            put!(out, names.content_length, ": ", body_len, "\r\n");
        }
        put!(
            out,
            names.via,
            ": SIP/2.0/TLS ",
            message.remote,
            ";branch=z9hG4bK"
        );
        put!(
            out,
            Hex(rng.next() | 1 << 60),
            ";ms-received-port=",
            message.remote.1
        );
        put!(out, ";ms-received-cid=", Hex(rng.next() >> 40), "00\r\n");
        self.put_from_and_to(&world.directory, step, names, out);
        if step.method == Method::Invite && status > 100 {
            put!(
                out,
                "Record-Route: <sip:",
                company.pool,
                ":5061;transport=tls;ms-fe="
            );
            put!(out, rng.pick(&company.front_ends), ";opaque=state:T:F:Ci.R");
            put!(
                out,
                Hex(rng.next() >> 44),
                "00;lr;ms-route-sig=",
                &self.route,
                ">\r\n"
            );
        }
        let by_server = step.by_server || self.caller == self.callee;
        if by_server {
            put!(out, "Server: RTC/6.0\r\n");
        } else {
            if matches!(status, 180..=299) && step.method == Method::Invite {
                put!(
                    out,
                    names.contact,
                    ": <sip:",
                    &answering.address,
                    ";opaque=user:epid:"
                );
                put!(
                    out,
                    &self.contacts[step.requester.other() as usize],
                    ";gruu>\r\n"
                );
            }
            put!(out, names.user_agent, ": ", answering.user_agent, "\r\n");
        }
        if step.challenge {
            let name = if status == 407 {
                "Proxy-Authenticate"
            } else {
                "WWW-Authenticate"
            };
            for scheme in ["NTLM", "Kerberos", "TLS-DSK"] {
                put!(
                    out,
                    name,
                    ": ",
                    scheme,
                    " realm=\"SIP Communications Service\", "
                );
                put!(out, "targetname=\"", company.front_ends[0], "\", version=4");
                if scheme == "TLS-DSK" {
                    put!(out, ", sts-uri=\"https://web.", company.domain);
                    put!(out, "/CertProv/CertProvisioningService.svc\"");
                }
                put!(out, "\r\n");
            }
        }
        match (step.method, status) {
            (Method::Invite, 183 | 200) if !by_server => {
                put!(
                    out,
                    "Supported: histinfo\r\nSupported: ms-safe-transfer\r\n\
                     Supported: ms-dialog-route-set-update\r\n\
                     Allow: INVITE, BYE, ACK, CANCEL, INFO, UPDATE, REFER, NOTIFY, BENOTIFY, \
                     OPTIONS\r\n",
                );
                put_location_data(out, answering);
                if status == 183 {
                    put!(out, "Require: 100rel\r\nRSeq: ", step.cseq, "\r\n");
                } else {
                    put!(out, "Session-Expires: 720;refresher=uac\r\n");
                }
            }
            (Method::Register, 200) => {
                put!(
                    out,
                    "Expires: 7200\r\nAllow-Events: vnd-microsoft-provisioning,\
                     vnd-microsoft-roaming-contacts,vnd-microsoft-roaming-ACL,presence,\
                     presence.wpending,vnd-microsoft-roaming-self\r\nSupported: adhoclist\r\n\
                     Supported: msrtc-event-categories\r\nms-keep-alive: UAS; tcp=no; \
                     hop-hop=yes; end-end=no; timeout=300\r\n"
                );
            }
            _ => {}
        }
        put_diagnoses(out, &message.diagnoses);
        if step.remote_reason {
            put!(out, "X-Remote-Reason: 1317; reason=\"404 - Not Found\"; ");
            put!(
                out,
                "component=\"ExampleGateway\"; hostname=\"gw1.contoso.com\"\r\n"
            );
            message.decoys += 1;
        }
        if let Some(content_type) = content_type {
            put!(out, names.content_type, ": ");
            content_type.put(out);
            put!(out, "\r\n");
        }
        if !early_length {
            put!(out, names.content_length, ": ", body_len, "\r\n");
        }
    }
}

fn put_location_data(out: &mut Vec<u8>, person: &Person) {
    let place = if person.inside {
        "Intranet"
    } else {
        "Internet"
    };
    put!(
        out,
        "ms-endpoint-location-data: NetworkScope;ms-media-location-type=",
        place,
        "\r\n"
    );
}

fn put_diagnoses(out: &mut Vec<u8>, diagnoses: &[Diagnosis]) {
    for diagnosis in diagnoses {
        diagnosis.put_header(out);
    }
}

fn put_content(out: &mut Vec<u8>, names: &Names, content_type: Option<ContentType>, len: usize) {
    if let Some(content_type) = content_type {
        put!(out, names.content_type, ": ");
        content_type.put(out);
        put!(out, "\r\n");
    }
    put!(out, names.content_length, ": ", len, "\r\n");
}

/// Value of `Content-Type`.
#[derive(Debug, Clone)]
pub(crate) enum ContentType {
    Plain(&'static str),
    /// Boundary of the alternatives.
    Alternatives(String),
}

impl ContentType {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            ContentType::Plain(name) => put!(out, *name),
            ContentType::Alternatives(boundary) => {
                put!(out, "multipart/alternative;boundary=\"", boundary, "\"");
            }
        }
    }
}

fn is_owner(id: PersonId) -> bool {
    id == OWNER_INSIDE || id == OWNER_OUTSIDE
}

/// Header names as a stack spells them.
struct Names {
    via: &'static str,
    max_forwards: &'static str,
    from: &'static str,
    to: &'static str,
    call_id: &'static str,
    cseq: &'static str,
    route: &'static str,
    contact: &'static str,
    user_agent: &'static str,
    content_type: &'static str,
    content_length: &'static str,
}

impl Names {
    const USUAL: Names = Names {
        via: "Via",
        max_forwards: "Max-Forwards",
        from: "From",
        to: "To",
        call_id: "Call-ID",
        cseq: "CSeq",
        route: "Route",
        contact: "Contact",
        user_agent: "User-Agent",
        content_type: "Content-Type",
        content_length: "Content-Length",
    };
    const CAPITALS: Names = Names {
        via: "VIA",
        max_forwards: "MAX-FORWARDS",
        from: "FROM",
        to: "TO",
        call_id: "CALL-ID",
        cseq: "CSEQ",
        route: "ROUTE",
        contact: "CONTACT",
        user_agent: "USER-AGENT",
        content_type: "CONTENT-TYPE",
        content_length: "CONTENT-LENGTH",
    };
}

/// Reason phrases (RFC 3261, section 21; 101 is Microsoft's).
fn phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        101 => "Progress Report",
        180 => "Ringing",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        480 => "Temporarily Unavailable",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        500 => "Server Internal Error",
        503 => "Service Unavailable",
        504 => "Server time-out",
        603 => "Decline",
        606 => "Not Acceptable",
        _ => "Unknown",
    }
}
