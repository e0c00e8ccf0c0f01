//! What stands between the messages of a log.

use crate::put::{Hex, UpperHexDigits, put, put_random_hex};
use crate::world::World;

/// One entry of noise, chosen but not yet written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    /// Severity as client logs write it.
    pub(crate) level: &'static str,
    /// Text with place holders; see [`put_template`]. May have further lines.
    pub(crate) template: &'static str,
    /// Diagnoses that it quotes.
    pub(crate) quoted: u64,
    /// False friends in it.
    pub(crate) decoys: u64,
}

const fn plain(level: &'static str, template: &'static str) -> Noise {
    Noise {
        level,
        template,
        quoted: 0,
        decoys: 0,
    }
}

const fn decoy(level: &'static str, template: &'static str) -> Noise {
    Noise {
        level,
        template,
        quoted: 0,
        decoys: 1,
    }
}

const fn quote(level: &'static str, template: &'static str) -> Noise {
    Noise {
        level,
        template,
        quoted: 1,
        decoys: 0,
    }
}

static CLIENT: [Noise; 22] = [
    plain(
        "TRACE",
        "CUccTransport::OnReadable this=0x{h} connection=0x{h} pending={n}",
    ),
    plain("TRACE", "CUccDialog::SetState this=0x{h} from {n} to {n}"),
    plain(
        "TRACE",
        "CUccEndpoint::OnKeepAlive endpoint=0x{h} interval={n}",
    ),
    plain("INFO ", "CUccPlatform::ProcessQueue items={n} elapsed={n}"),
    plain(
        "INFO ",
        "Endpoint state is REGISTERED, next refresh in {n} seconds",
    ),
    plain(
        "INFO ",
        "MediaStack: candidate gathering finished, {n} candidates in {n} ms",
    ),
    plain(
        "INFO ",
        "MediaStack: connectivity checks started for channel 0x{h}",
    ),
    plain(
        "TRACE",
        "CSIPAsyncSocket::Send this=0x{h} length={n} result=00000000",
    ),
    plain(
        "TRACE",
        "CSIPTransaction::Timer this=0x{h} name=K fires in {n}",
    ),
    plain(
        "INFO ",
        "ConnectionPool: reuse of TLS connection 0x{h} to pool01.contoso.com",
    ),
    plain(
        "TRACE",
        "CUccPresence::Update container={n} version={n} instance=0x{h}",
    ),
    plain(
        "WARN ",
        "DeviceManager: default render device changed, generation {n}",
    ),
    plain(
        "WARN ",
        "MediaStack: no packets for {n} ms on channel 0x{h}",
    ),
    plain(
        "WARN ",
        "CalendarPublisher: mailbox did not answer within {n} ms, will try again",
    ),
    plain(
        "ERROR",
        "CertStore: no certificate for this purpose, hr=0x{e}",
    ),
    plain(
        "ERROR",
        "AddressBook: download ended with hr=0x{e} after {n} bytes",
    ),
    plain(
        "INFO ",
        "GET https://lyncdiscoverinternal.contoso.com/?sipuri=robin.rowan@contoso.com HTTP/1.1\r\n\
         Accept: application/vnd.microsoft.rtc.autodiscover+xml;v=1\r\nCache-Control: no-cache\r\n\
         User-Agent: OC/16.0.4266.1001\r\nRequest-Id: {g}\r\nHost: lyncdiscoverinternal.contoso.com",
    ),
    plain(
        "INFO ",
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.microsoft.rtc.autodiscover+xml;v=1\r\n\
         Content-Length: {n}\r\nServer: Microsoft-IIS/8.5\r\nX-Content-Type-Options: nosniff\r\n\
         Date: Mon, 02 Mar 2026 08:00:00 GMT",
    ),
    plain(
        "INFO ",
        "POST https://web.contoso.com/WebTicket/WebTicketService.svc/cert HTTP/1.1\r\n\
         Content-Type: text/xml; charset=utf-8\r\nSOAPAction: \"http://docs.oasis-open.org/ws-sx/\
         ws-trust/200512/RST/Issue\"\r\nContent-Length: {n}\r\nHost: web.contoso.com",
    ),
    plain(
        "TRACE",
        "CUccIceAgent::DumpPairs agent=0x{h}\r\n  pair {n} local=192.0.2.190:50020 \
         remote=203.0.113.21:53012 state=waiting\r\n  pair {n} local=192.0.2.190:50020 \
         remote=198.51.100.70:50022 state=in-progress",
    ),
    plain(
        "INFO ",
        "ConferenceModality: roster has {n} entries, version {n}",
    ),
    plain(
        "TRACE",
        "CUccSubscription::OnNotify this=0x{h} categories={n}",
    ),
];

static CLIENT_SPECIAL: [Noise; 10] = [
    decoy(
        "INFO ",
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 1293\r\nX-Ms-diagnostics: 28020;source=\"web.\
         contoso.com\";reason=\"No valid security token.\"\r\nServer: Microsoft-IIS/8.5",
    ),
    decoy(
        "INFO ",
        "HTTP/1.1 401 Unauthorized\r\nx-ms-diagnostics: 2000003;reason=\"The audience is not \
         trusted.\";error_category=\"invalid_resource\"\r\nWWW-Authenticate: Bearer",
    ),
    decoy(
        "INFO ",
        "<s:Fault><detail><OCSDiagnosticsFault><Ms-Diagnostics-Fault><ErrorId>28020</ErrorId>\
         <Reason>No valid security token.</Reason></Ms-Diagnostics-Fault></OCSDiagnosticsFault>\
         </detail></s:Fault>",
    ),
    decoy(
        "TRACE",
        "CUccCall::OnResponse this=0x{h} response has no ms-diagnostics header",
    ),
    decoy(
        "WARN ",
        "MediaStack: last ICEWarn=0x80012b of channel 0x{h}, Interfaces=0x12",
    ),
    decoy(
        "TRACE",
        "HeaderTable: slot {n} is ms-client-diagnostics, slot {n} is ms-diagnostics",
    ),
    decoy(
        "TRACE",
        "Filter is ms-client-diagnostics: (?<code>\\d+);reason=\"(?<reason>[^\"]*)\"",
    ),
    quote(
        "WARN ",
        "CUccCall::OnBye this=0x{h} peer says ms-client-diagnostics: 22; reason=\"Call failed to \
         establish due to a media connectivity failure when both endpoints are internal\"",
    ),
    quote(
        "WARN ",
        "CUccCall::OnFinal this=0x{h} status=504 (ms-diagnostics: 1010;reason=\"Certificate trust \
         with another server could not be established\";source=\"sip.contoso.com\")",
    ),
    quote(
        "INFO ",
        "Telemetry: ms-diagnostics-public: 4141;reason=\"User disabled\" seen {n} times",
    ),
];

/// Severity and component words of server lines stand in front; see `server.rs`.
static SERVER: [Noise; 16] = [
    plain("INFO ", "( {p} ) Enter"),
    plain("INFO ", "( {p} ) Exit - returned 0x00000000(S_OK)"),
    plain(
        "INFO ",
        "( {p} ) Connection from {i}:{n} is authenticated, role client",
    ),
    plain(
        "INFO ",
        "( {p} ) Routing key {n} resolved to pool01.contoso.com in {n} us",
    ),
    plain(
        "INFO ",
        "( {p} ) Transaction {n} moves from proceeding to completed",
    ),
    plain("INFO ", "( {p} ) Message queue depth {n}, oldest {n} ms"),
    plain(
        "INFO ",
        "( {p} ) Registrar endpoint lookup for epid {x} found {n} endpoints",
    ),
    plain(
        "INFO ",
        "( {p} ) Subscription {n} refreshed, expires in {n} s",
    ),
    plain(
        "WARN ",
        "( {p} ) Send buffer of connection {n} is {n} bytes behind",
    ),
    plain(
        "WARN ",
        "( {p} ) Replica version {n} is behind master version {n}",
    ),
    plain(
        "WARN ",
        "( {p} ) Client at {i}:{n} did not answer the keep-alive",
    ),
    plain(
        "INFO ",
        "( {p} ) Bandwidth check for site Branch-{n}: {n} of {n} kbps in use",
    ),
    plain("INFO ", "( {p} ) Conference {x} has {n} participants"),
    plain(
        "ERROR",
        "( {p} ) Exit - this hop's Route header is not trusted. Result 0xC3E93C5E(SIPPROXY_E_ROUTING)",
    ),
    plain(
        "ERROR",
        "( {p} ) TLS handshake with {i}:{n} ended, error 0x{e}",
    ),
    plain(
        "INFO ",
        "( {p} ) Timer tick, {n} dialogs, {n} transactions, {n} connections",
    ),
];

static SERVER_SPECIAL: [Noise; 9] = [
    decoy(
        "INFO ",
        "( {p} ) HTTP 401: x-ms-diagnostics: 2000008;reason=\"Unable to parse the token\"",
    ),
    decoy(
        "INFO ",
        "( {p} ) UCWA answered X-Ms-diagnostics: 28029;source=\"web.contoso.com\";reason=\"x\"",
    ),
    decoy(
        "WARN ",
        "( {p} ) X-Remote-Reason: 1317; reason=\"404 - Not Found\"; component=\"Example\"",
    ),
    decoy(
        "INFO ",
        "( {p} ) Stripping header ms-diagnostics for an outside network",
    ),
    decoy(
        "INFO ",
        "( {p} ) Policy: IceWarningFlags 0x320 of report {n} ignored, SSRC=0x{e}",
    ),
    decoy(
        "WARN ",
        "( {p} ) Warning: 399 fe01.contoso.com \"code 24 was seen {n} times\"",
    ),
    quote(
        "INFO ",
        "( {p} ) Adding ms-diagnostics: 1003;reason=\"User does not exist\";source=\"fe02.contoso.com\"",
    ),
    quote(
        "WARN ",
        "( {p} ) Client reported ms-client-diagnostics: 23;reason=\"Call failed to establish due to \
         a media connectivity failure when one endpoint is internal and the other is remote\"",
    ),
    quote(
        "INFO ",
        "( {p} ) Removed \"ms-diagnostics-public: 1034;reason=x\" towards partner {n}",
    ),
];

/// Chooses an entry for a client or a server log: from time to time one that quotes a diagnosis
/// or looks like one.
pub(crate) fn choose(world: &mut World, server: bool) -> Noise {
    let (usual, special): (&[Noise], &[Noise]) = if server {
        (&SERVER, &SERVER_SPECIAL)
    } else {
        (&CLIENT, &CLIENT_SPECIAL)
    };
    if world.decoys_in_noise.is_behind(world.messages, 0) {
        world.decoys_in_noise.take(1);
        world.rng.pick(special)
    } else {
        world.rng.pick(usual)
    }
}

/// Appends a template. Place holders: `{h}` eight hexadecimal digits, `{p}` a pointer, `{n}` a
/// number, `{e}` an error number, `{x}` ten hexadecimal digits, `{g}` a GUID, `{i}` an address.
pub(crate) fn put_template(out: &mut Vec<u8>, world: &mut World, template: &str) {
    let rng = &mut world.rng;
    let mut rest = template;
    while let Some((text, holder)) = rest.split_once('{') {
        put!(out, text);
        let (name, after) = holder.split_once('}').unwrap_or((holder, ""));
        match name {
            "h" => put!(out, UpperHexDigits(rng.next(), 8)),
            "p" => put!(out, UpperHexDigits(rng.next() >> 24, 16)),
            "n" => put!(out, rng.below(4000)),
            "e" => put!(out, Hex(0x8000_0000 | rng.next() >> 36)),
            "x" => put_random_hex(out, rng, 10),
            "g" => {
                for (index, len) in [8, 4, 4, 4, 12].into_iter().enumerate() {
                    if index > 0 {
                        put!(out, "-");
                    }
                    put_random_hex(out, rng, len);
                }
            }
            "i" => put!(out, "192.0.2.", rng.between(1, 180)),
            other => put!(out, "{", other, "}"),
        }
        rest = after;
    }
    put!(out, rest);
}

/// A diagnostic record of a server: what the proxy says beside a message it could not place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServerEvent {
    pub(crate) severity: &'static str,
    pub(crate) level: &'static str,
    pub(crate) result: &'static str,
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) data: &'static str,
}

/// Names of results are those of the product; the sentences are made up.
static REFUSED: [ServerEvent; 5] = [
    ServerEvent {
        severity: "error",
        level: "ERROR",
        result: "0xc3e93d67",
        name: "SIPPROXY_E_ROUTING_MSG_CERT_MISMATCH",
        text: "The certificate of the next hop names another host",
        data: "expected-fqdn=\"sip.fabrikam.com\"; certName=\"edge.example.com\"",
    },
    ServerEvent {
        severity: "warning",
        level: "WARN",
        result: "0xc3e93d6f",
        name: "SIPPROXY_E_EPROUTING_MSG_ALLOWED_DOMAIN_NO_SRV_MATCH",
        text: "No host that DNS names for the domain lies in the domain",
        data: "domain =\" fabrikam.com \"; fqdn1 =\" sip.example.com :5061\"",
    },
    ServerEvent {
        severity: "error",
        level: "ERROR",
        result: "0xc3e93c5e",
        name: "SIPPROXY_E_ROUTING",
        text: "The message cannot be routed",
        data: "destination=\"sip.fabrikam.com\"",
    },
    ServerEvent {
        severity: "warning",
        level: "WARN",
        result: "0x80072746",
        name: "WSAECONNRESET",
        text: "The connection to the next hop was closed while the request was pending",
        data: "pending=\"3\"; ageMs=\"812\"",
    },
    ServerEvent {
        severity: "warning",
        level: "WARN",
        result: "",
        name: "",
        text: "A response was generated for a request without a route",
        data: "destination=\"nobody@contoso.com\"",
    },
];

static ROUTED: [ServerEvent; 2] = [
    ServerEvent {
        severity: "information",
        level: "INFO",
        result: "",
        name: "",
        text: "The request was routed",
        data: "destination=\"pool01.contoso.com\"",
    },
    ServerEvent {
        severity: "information",
        level: "INFO",
        result: "0x00000000",
        name: "S_OK",
        text: "The response was sent to the previous hop",
        data: "hops=\"2\"",
    },
];

/// What the server says beside a message of this status, if anything.
pub(crate) fn server_event(world: &mut World, status: Option<u16>) -> Option<ServerEvent> {
    match status {
        Some(status) if status >= 500 && world.rng.chance(700) => Some(world.rng.pick(&REFUSED)),
        Some(400 | 403 | 404) if world.rng.chance(400) => Some(world.rng.pick(&REFUSED)),
        _ if world.rng.chance(15) => Some(world.rng.pick(&ROUTED)),
        _ => None,
    }
}
