//! How calls fail, and what the messages say about it.
//!
//! Reasons are the words that Lync and Skype for Business put on the wire.

use crate::diagnosis::{Diagnosis, Header, Style};
use crate::rng::Rng;
use crate::sdp::Medium;

/// Where an endpoint must be for a failure to make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where {
    Inside,
    Outside,
    /// At a partner company, inside its network.
    Partner,
    /// A device of another maker, which does not say where it is.
    ThirdParty,
}

/// A call that is answered and whose media never flow, or stop.
#[derive(Debug)]
pub(crate) struct MediaFailure {
    pub(crate) code: u32,
    pub(crate) reason: &'static str,
    pub(crate) media: &'static [Medium],
    /// ICEWarn of each medium; empty where the header has no media debug at all.
    pub(crate) ice_warn: &'static [u32],
    /// The side that ends the call and reports, and the other.
    pub(crate) reporter: Where,
    pub(crate) other: Where,
    /// Whether media flowed for some minutes.
    pub(crate) mid_call: bool,
}

const fn at_set_up(
    code: u32,
    reason: &'static str,
    media: &'static [Medium],
    ice_warn: &'static [u32],
    (reporter, other): (Where, Where),
) -> MediaFailure {
    MediaFailure {
        code,
        reason,
        media,
        ice_warn,
        reporter,
        other,
        mid_call: false,
    }
}

pub(crate) const UNKNOWN_TYPE: &str = "Call failed to establish due to a media connectivity failure where one endpoint is of unknown \
     type";
pub(crate) const BOTH_INTERNAL: &str =
    "Call failed to establish due to a media connectivity failure when both endpoints are internal";
pub(crate) const ONE_REMOTE: &str = "Call failed to establish due to a media connectivity failure when one endpoint is internal \
     and the other is remote";
pub(crate) const BOTH_REMOTE: &str =
    "Call failed to establish due to a media connectivity failure when both endpoints are remote";
pub(crate) const FEDERATED_INTERNAL: &str = "A federated call failed to establish due to a media connectivity failure where both endpoints \
     are internal";
pub(crate) const MID_CALL_INTERNAL: &str =
    "Call terminated on mid-call media failure where both endpoints are internal";

use Medium::{Audio, Sharing, Video};
use Where::{Inside, Outside, Partner, ThirdParty};

/// With weights.
pub(crate) static MEDIA_FAILURES: [(u32, MediaFailure); 11] = [
    (
        6,
        at_set_up(24, BOTH_REMOTE, &[Sharing], &[0x320], (Outside, Outside)),
    ),
    (
        2,
        at_set_up(24, BOTH_REMOTE, &[Audio], &[0x400_03a0], (Outside, Outside)),
    ),
    (
        5,
        at_set_up(23, ONE_REMOTE, &[Sharing], &[0x400_0320], (Inside, Outside)),
    ),
    (
        2,
        at_set_up(23, ONE_REMOTE, &[Sharing], &[0x800_0100], (Outside, Inside)),
    ),
    (
        5,
        at_set_up(23, ONE_REMOTE, &[Audio], &[0x80_012b], (Outside, Inside)),
    ),
    (
        2,
        at_set_up(
            23,
            ONE_REMOTE,
            &[Audio, Video],
            &[0x20, 0x3a0],
            (Inside, Outside),
        ),
    ),
    (
        4,
        at_set_up(22, BOTH_INTERNAL, &[Audio], &[0x20], (Inside, Inside)),
    ),
    (
        1,
        at_set_up(22, BOTH_INTERNAL, &[Audio], &[], (Inside, Inside)),
    ),
    (
        3,
        at_set_up(21, UNKNOWN_TYPE, &[Audio], &[0x40], (Inside, ThirdParty)),
    ),
    (
        2,
        at_set_up(
            25,
            FEDERATED_INTERNAL,
            &[Audio],
            &[0x400_03a0],
            (Inside, Partner),
        ),
    ),
    (
        2,
        MediaFailure {
            code: 32,
            reason: MID_CALL_INTERNAL,
            media: &[Audio],
            ice_warn: &[0x0],
            reporter: Inside,
            other: Inside,
            mid_call: true,
        },
    ),
];

/// A call that is refused.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) diagnoses: Vec<Diagnosis>,
    /// Whether a server answered for the callee.
    pub(crate) by_server: bool,
    /// Whether the callee's phone rang first.
    pub(crate) rings: bool,
    /// Whether the caller's client reports it to the server.
    pub(crate) reported: bool,
    /// Whether the gateway adds a header that looks like a diagnosis.
    pub(crate) remote_reason: bool,
}

const FRONT_END: &str = "fe01.contoso.com";
const EDGE: &str = "sip.contoso.com";

fn by_server(status: u16, diagnoses: Vec<Diagnosis>) -> Refusal {
    Refusal {
        status,
        diagnoses,
        by_server: true,
        rings: false,
        reported: status >= 500,
        remote_reason: false,
    }
}

fn by_client(status: u16, rings: bool, diagnoses: Vec<Diagnosis>) -> Refusal {
    Refusal {
        status,
        diagnoses,
        by_server: false,
        rings,
        reported: status == 488,
        remote_reason: false,
    }
}

/// A refusal, each kind as often as help desks see it.
pub(crate) fn refusal(rng: &mut Rng) -> Refusal {
    let server = |code, reason| Diagnosis::new(Header::Server, code, reason);
    let client = |code, reason| Diagnosis::new(Header::Client, code, reason);
    let kind = rng.weighted(&[
        (4, 0),
        (3, 1),
        (4, 2),
        (3, 3),
        (3, 4),
        (2, 5),
        (4, 6),
        (3, 7),
        (2, 8),
        (3, 9),
        (6, 10),
        (6, 11),
        (4, 12),
        (2, 13),
        (3, 14),
        (2, 15),
        (2, 16),
        (3, 17),
        (2, 18),
        (1, 19),
        (1, 20),
    ]);
    match kind {
        0 => by_client(
            488,
            false,
            vec![client(52_063, "Unsupported session description")],
        ),
        1 => by_client(
            488,
            false,
            vec![client(52_017, "Encryption levels dont match")],
        ),
        2 => {
            let lookup = server(1008, "Unable to resolve DNS SRV record").source(EDGE);
            by_server(504, vec![lookup.param("domain", "fabrikam.com")])
        }
        3 => {
            let lookup = server(1009, "No match for domain in DNS SRV results").source(EDGE);
            let lookup = lookup.param("domain", "fabrikam.com").style(Style::Spaced);
            by_server(504, vec![lookup.param("fqdn1", "sip.example.com:5061")])
        }
        4 => {
            let trust = "Certificate trust with another server could not be established";
            let trust = server(1010, trust).source(EDGE);
            let trust = trust.param("ErrorType", "The peer certificate does not match");
            let trust = trust.param("tls-target", "sip.fabrikam.com");
            let trust = trust.param("PeerServer", "sip.fabrikam.com");
            by_server(
                504,
                vec![trust.param("HRESULT", "0x80090322(SEC_E_WRONG_PRINCIPAL)")],
            )
        }
        5 => {
            let reset = "Failed to complete TLS negotiation with a federated peer server";
            let reset = server(1047, reset).source(EDGE);
            let reset = reset.param("WinsockFailureCode", "10054(WSAECONNRESET)");
            let reset = reset.param("WinsockFailureDescription", "The peer forced closure");
            by_server(504, vec![reset.param("Peer", "sip.fabrikam.com")])
        }
        6 => {
            let unknown = server(1003, "User does not exist").source(FRONT_END);
            by_server(404, vec![unknown.param("TargetUri", "nobody@contoso.com")])
        }
        7 => {
            let reason = "Destination URI either not enabled for SIP or does not exist";
            by_server(
                404,
                vec![
                    server(4005, reason)
                        .source(FRONT_END)
                        .style(Style::SourceFirst),
                ],
            )
        }
        8 => {
            let number = server(14_010, "Unable to find an exact match in the rules set");
            let number = number.source(FRONT_END).param("CalledNumber", "5550199");
            let number = number.param("ProfileName", "Contoso-Branch");
            by_server(404, vec![number.param("appName", "TranslationService")])
        }
        9 => {
            let reason = "From URI not authorized to communicate with federated partners";
            let mut refused = server(1002, reason).source(FRONT_END);
            if rng.chance(300) {
                refused = refused.style(Style::Capital);
            }
            by_server(403, vec![refused])
        }
        10 if rng.chance(500) => by_server(480, Vec::new()),
        10 => {
            let removed = server(13_008, "Diagnostic headers removed for privacy");
            by_server(480, vec![removed.source(EDGE)])
        }
        11 => by_client(486, true, Vec::new()),
        12 if rng.chance(500) => by_client(603, true, Vec::new()),
        12 => by_client(
            603,
            true,
            vec![client(52_082, "Session is detached from conversation")],
        ),
        13 => {
            let reason =
                "Unable to read the user properties publication for the user or contact object";
            let unread = server(15_000, reason).source(FRONT_END);
            by_server(500, vec![unread.param("appName", "ExumRouting")])
        }
        14 => {
            let hop = "Previous hop federated peer did not report diagnostic information";
            let hop = server(1034, hop)
                .source(EDGE)
                .param("Domain", "fabrikam.com");
            by_server(504, vec![hop.param("PeerServer", "sip.fabrikam.com")])
        }
        15 => {
            // Two servers and a gateway had something to say.
            let hop = "Previous hop federated peer did not report diagnostic information";
            let hop = server(1034, hop)
                .source(EDGE)
                .param("Domain", "fabrikam.com");
            let gateway = |header| {
                Diagnosis::new(header, 10_003, "Proxy returned a SIP failure code")
                    .param("component", "MediationServer")
                    .param("SipResponseCode", "404")
                    .param("SipResponseText", "Not Found")
            };
            let inner = gateway(Header::Server).source("med01.contoso.com");
            let diagnoses = vec![
                hop,
                inner.style(Style::SourceFirst),
                gateway(Header::Public),
            ];
            Refusal {
                remote_reason: true,
                ..by_server(404, diagnoses)
            }
        }
        16 => {
            let reason = "Gateway peer in inbound call is not found in topology document or does \
                          not depend on this Mediation Server";
            let gateway = server(10_013, reason).source("med01.contoso.com");
            by_server(400, vec![gateway.param("component", "MediationServer")])
        }
        17 => {
            let route = |header| Diagnosis::new(header, 1007, "Temporarily cannot route");
            by_server(
                503,
                vec![route(Header::Server).source(EDGE), route(Header::Public)],
            )
        }
        18 => by_server(408, Vec::new()),
        19 => {
            let reason = "Insufficient bandwidth to establish session. Do not attempt re-route.";
            by_client(606, false, vec![client_as_server(4, reason)])
        }
        _ => {
            let reason = "Cannot route From and To domains in this combination";
            let route = server(1017, reason).source(EDGE);
            let route = route.param("summary", "Both domains are of the same kind");
            by_server(403, vec![route])
        }
    }
}

/// Bandwidth policy speaks through the client, in the server's header.
fn client_as_server(code: u32, reason: &'static str) -> Diagnosis {
    Diagnosis::new(Header::Server, code, reason).source("fe02.contoso.com")
}

/// What routing says on the way (101 Progress Report). Nothing failed.
pub(crate) fn progress(rng: &mut Rng) -> Diagnosis {
    let server = |code, reason| Diagnosis::new(Header::Server, code, reason).source(FRONT_END);
    match rng.below(3) {
        0 => server(12_006, "Trying next hop").param("appName", "OutboundRouting"),
        1 => server(
            13_004,
            "Request was proxied to one or more registered endpoints",
        )
        .param("Count", "1")
        .param("appName", "InboundRouting"),
        _ => {
            server(25_008, "Attempting to route to Primary Pool").param("appName", "InboundRouting")
        }
    }
}
