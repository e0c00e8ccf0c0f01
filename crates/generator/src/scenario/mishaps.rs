//! Calls that go wrong: media that do not come up or break, refusals of servers and clients.

use super::media;
use super::net::{Node, Role};
use super::others::{report_error, report_quality};
use super::plots::{Plot, a_while, between, caller_plot};
use super::talk::{Stage, Talk};
use super::truth::{CallOutcome, CallVerdict};
use crate::clock::SECOND;
use crate::diagnosis::{Diagnosis, Header};
use crate::failures::{
    BOTH_INTERNAL, BOTH_REMOTE, FEDERATED_INTERNAL, MID_CALL_INTERNAL, ONE_REMOTE, UNKNOWN_TYPE,
};

use CallOutcome::{Connected, Dropped, Failed};

const fn plot(name: &'static str, tell: fn(&mut Stage, u64) -> Talk) -> Plot {
    Plot {
        callee_sees: true,
        ..caller_plot(name, tell)
    }
}

pub(super) const PLOTS: [Plot; 19] = [
    plot("tcp-blocked-both-outside", sharing_both_outside),
    plot("edge-to-edge-tcp", sharing_edge_to_edge),
    plot("application-firewall", sharing_application_firewall),
    plot("udp-3478", udp_3478),
    plot("relay-unreachable", relay_unreachable),
    plot("host-firewall-inside", host_firewall_inside),
    plot("other-maker", other_maker),
    plot("federated-media", federated_media),
    plot("mid-call-media", mid_call_media),
    plot("sharing-server-gave-up", sharing_server_gave_up),
    plot("user-gave-up", user_gave_up),
    plot("encryption-mismatch", encryption_mismatch),
    plot("description-unsupported", description_unsupported),
    caller_plot("user-unknown", user_unknown),
    caller_plot("target-unknown", target_unknown),
    caller_plot("dial-plan", dial_plan),
    caller_plot("partner-dns", partner_dns),
    caller_plot("partner-certificate", partner_certificate),
    caller_plot("federation-not-allowed", federation_not_allowed),
];

/// An answered call that one end breaks off because media did not come up.
fn no_media(
    stage: &mut Stage,
    at: u64,
    mut talk: Talk,
    (code, reason): (u32, &'static str),
    (mask, cause): (u32, &'static str),
) -> Talk {
    let answered = talk.connect(stage, at);
    let own = usize::from(stage.rng.chance(400));
    let ends = (own, 1 - own);
    let report = media::client_report(stage, &talk, ends, (code, reason), &[mask]);
    let wait = stage.rng.between(9 * SECOND, 24 * SECOND);
    talk.hang_up(stage, answered + wait, ends, vec![report]);
    if stage.rng.chance(400) && matches!(talk.legs[own].node, Node::Client(_)) {
        report_quality(stage, &mut talk, ends, ("FAILED", mask, "UDP"));
    }
    talk.is(Failed, CallVerdict::Failed, cause)
}

fn sharing(stage: &mut Stage, caller_inside: bool) -> Talk {
    let mut talk = between(stage, Some(caller_inside), Some(false));
    talk.media = vec!["application-sharing"];
    talk
}

/// Somebody inside, with a relay, and somebody outside.
fn one_outside(stage: &mut Stage) -> Talk {
    let mut talk = between(stage, Some(true), Some(false));
    talk.legs[0].relay = talk.legs[1].relay;
    talk
}

fn sharing_both_outside(stage: &mut Stage, at: u64) -> Talk {
    let talk = sharing(stage, false);
    no_media(
        stage,
        at,
        talk,
        (24, BOTH_REMOTE),
        (0x320, "tcp-blocked-both-outside"),
    )
}

fn sharing_edge_to_edge(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = sharing(stage, true);
    talk.legs[0].relay = talk.legs[1].relay;
    no_media(
        stage,
        at,
        talk,
        (23, ONE_REMOTE),
        (0x400_0320, "edge-to-edge-tcp"),
    )
}

fn sharing_application_firewall(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = sharing(stage, true);
    talk.legs[0].relay = talk.legs[1].relay;
    no_media(
        stage,
        at,
        talk,
        (23, ONE_REMOTE),
        (0x800_0100, "application-firewall"),
    )
}

fn udp_3478(stage: &mut Stage, at: u64) -> Talk {
    let talk = one_outside(stage);
    no_media(stage, at, talk, (23, ONE_REMOTE), (0x86, "udp-3478"))
}

fn relay_unreachable(stage: &mut Stage, at: u64) -> Talk {
    let talk = one_outside(stage);
    no_media(
        stage,
        at,
        talk,
        (23, ONE_REMOTE),
        (0x80_012b, "relay-unreachable"),
    )
}

fn host_firewall_inside(stage: &mut Stage, at: u64) -> Talk {
    let talk = between(stage, Some(true), Some(true));
    no_media(
        stage,
        at,
        talk,
        (22, BOTH_INTERNAL),
        (0x20, "host-firewall-inside"),
    )
}

fn other_maker(stage: &mut Stage, at: u64) -> Talk {
    let caller = stage.actor(Role::Employee, Some(true), &[]);
    let device = stage.actor(Role::OtherMaker, None, &[]);
    let talk = Talk::new(stage, caller, device);
    no_media(stage, at, talk, (21, UNKNOWN_TYPE), (0x40, "other-maker"))
}

fn federated_media(stage: &mut Stage, at: u64) -> Talk {
    let caller = stage.actor(Role::Employee, Some(true), &[]);
    let partner = stage.actor(Role::Partner, None, &[]);
    let talk = Talk::new(stage, caller, partner);
    no_media(
        stage,
        at,
        talk,
        (25, FEDERATED_INTERNAL),
        (0x400_03a0, "federated-media"),
    )
}

/// Minutes of talk, then nothing more is heard.
fn mid_call_media(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = between(stage, Some(true), Some(true));
    let answered = talk.connect(stage, at);
    let report = media::client_report(stage, &talk, (0, 1), (32, MID_CALL_INTERNAL), &[0]);
    let end = answered + 120 * SECOND + a_while(stage);
    talk.hang_up(stage, end, (0, 1), vec![report]);
    talk.is(Dropped, CallVerdict::Failed, "mid-call-media")
}

/// The server that shares screens in a conference ends the call.
fn sharing_server_gave_up(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = sharing(stage, true);
    let id = stage.token(8);
    talk.to = super::others::conference_address(
        &stage.net,
        talk.legs[1].actor,
        "applicationsharing",
        &id,
    );
    talk.uri = Some(talk.to.clone());
    talk.legs[1].node = Node::Conference;
    talk.conference = true;
    let answered = talk.connect(stage, at);
    let reason = "The RDP connection failed to establish.";
    let gave_up = |header| Diagnosis::new(header, 21_006, reason).param("component", "ASMCU");
    let both = vec![
        gave_up(Header::Server).source("conf01.contoso.com"),
        gave_up(Header::Public),
    ];
    talk.hang_up(stage, answered + 21 * SECOND, (1, 0), both);
    talk.is(Failed, CallVerdict::Failed, "sharing-server-gave-up")
}

/// Silence, so that the caller hangs up after two seconds. By the messages alone the call was
/// answered and ended by a wish.
fn user_gave_up(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = one_outside(stage);
    let answered = talk.connect(stage, at);
    let reason = "Action initiated by user";
    let report = media::client_report(stage, &talk, (0, 1), (51_004, reason), &[0x80_012b]);
    talk.hang_up(stage, answered + 2200, (0, 1), vec![report]);
    talk.is(Connected, CallVerdict::Failed, "user-gave-up")
}

/// A refusal, by the called client or by a machine that answers for it.
fn refused(
    stage: &mut Stage,
    at: u64,
    mut talk: Talk,
    by: Option<Node>,
    (status, diagnosis): (u16, Diagnosis),
    cause: &'static str,
) -> Talk {
    let leg = match by {
        None => 1,
        Some(node) => {
            let actor = talk.legs[1].actor;
            talk.add_leg(stage, actor, node)
        }
    };
    let (cseq, there) = talk.invite(stage, at, leg);
    talk.refuse(
        stage,
        there + 60,
        (cseq, leg),
        status,
        vec![diagnosis.clone()],
    );
    if matches!(talk.legs[0].node, Node::Client(_)) && matches!(status, 488 | 504) {
        report_error(stage, &mut talk, status, &diagnosis);
    }
    talk.is(Failed, CallVerdict::Failed, cause)
}

fn client(code: u32, reason: &'static str) -> Diagnosis {
    Diagnosis::new(Header::Client, code, reason)
}

fn encryption_mismatch(stage: &mut Stage, at: u64) -> Talk {
    let talk = between(stage, None, None);
    let why = client(52_017, "Encryption levels dont match");
    refused(stage, at, talk, None, (488, why), "encryption-mismatch")
}

fn description_unsupported(stage: &mut Stage, at: u64) -> Talk {
    let talk = between(stage, None, None);
    let why = client(52_063, "Unsupported session description");
    refused(stage, at, talk, None, (488, why), "description-unsupported")
}

/// A call that the caller's own Front End refuses.
fn by_front_end(
    stage: &mut Stage,
    at: u64,
    (status, why): (u16, Diagnosis),
    (called, cause): (String, &'static str),
) -> Talk {
    let mut talk = between(stage, None, None);
    talk.to = called;
    let server = stage.net.front_end_of(talk.legs[0].node);
    let why = why.source(stage.net.name(server));
    refused(stage, at, talk, Some(server), (status, why), cause)
}

fn user_unknown(stage: &mut Stage, at: u64) -> Talk {
    let called = "nobody@contoso.com".to_owned();
    let why = Diagnosis::new(Header::Server, 1003, "User does not exist")
        .param("TargetUri", called.clone());
    by_front_end(stage, at, (404, why), (called, "user-unknown"))
}

fn target_unknown(stage: &mut Stage, at: u64) -> Talk {
    let reason = "Destination URI either not enabled for SIP or does not exist";
    let why = Diagnosis::new(Header::Server, 4005, reason);
    let called = "left.long.ago@contoso.com".to_owned();
    by_front_end(stage, at, (404, why), (called, "target-unknown"))
}

fn dial_plan(stage: &mut Stage, at: u64) -> Talk {
    let reason = "Unable to find an exact match in the rules set";
    let why = Diagnosis::new(Header::Server, 14_010, reason)
        .param("CalledNumber", "5550199")
        .param("appName", "TranslationService");
    let called = "5550199@contoso.com;user=phone".to_owned();
    by_front_end(stage, at, (404, why), (called, "dial-plan"))
}

/// A call to the partner that the own Edge cannot pass on.
fn by_edge(stage: &mut Stage, at: u64, why: Diagnosis, cause: &'static str) -> Talk {
    let caller = stage.actor(Role::Employee, None, &[]);
    let partner = stage.actor(Role::Partner, None, &[]);
    let talk = Talk::new(stage, caller, partner);
    let why = why.source("sip.contoso.com");
    refused(stage, at, talk, Some(Node::Edge(0)), (504, why), cause)
}

fn partner_dns(stage: &mut Stage, at: u64) -> Talk {
    let reason = "Unable to resolve DNS SRV record";
    let why = Diagnosis::new(Header::Server, 1008, reason).param("domain", "fabrikam.com");
    by_edge(stage, at, why, "partner-dns")
}

fn partner_certificate(stage: &mut Stage, at: u64) -> Talk {
    let reason = "Certificate trust with another server could not be established";
    let why = Diagnosis::new(Header::Server, 1010, reason)
        .param("ErrorType", "The peer certificate does not match")
        .param("PeerServer", "sip.fabrikam.com")
        .param("HRESULT", "0x80090322(SEC_E_WRONG_PRINCIPAL)");
    by_edge(stage, at, why, "partner-certificate")
}

fn federation_not_allowed(stage: &mut Stage, at: u64) -> Talk {
    let caller = stage.actor(Role::Employee, None, &[]);
    let partner = stage.actor(Role::Partner, None, &[]);
    let talk = Talk::new(stage, caller, partner);
    let server = stage.net.front_end_of(talk.legs[0].node);
    let reason = "From URI not authorized to communicate with federated partners";
    let why = Diagnosis::new(Header::Server, 1002, reason).source(stage.net.name(server));
    refused(
        stage,
        at,
        talk,
        Some(server),
        (403, why),
        "federation-not-allowed",
    )
}
