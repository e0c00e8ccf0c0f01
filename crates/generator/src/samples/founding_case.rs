//! The case that started it all: two people at home, a shared screen that stays grey.

use super::by_hand::{ByHand, Way};
use crate::failures::BOTH_REMOTE;
use crate::truth::Truth;

const USER: &str = "sip:ada.alder@contoso.com";

const OFFER: &str = r#"v=0
o=- 0 0 IN IP4 198.51.100.70
s=session
c=IN IP4 198.51.100.70
b=CT:99980
t=0 0
m=applicationsharing 50045 TCP/RTP/SAVP 127
a=rtcp:50045
a=connection:existing
a=setup:active
a=mid:1
a=label:applicationsharing
a=ice-ufrag:4k1s
a=ice-pwd:Zm91bmRpbmctY2FzZS1hZGE
a=candidate:1 1 TCP-ACT 2120613887 198.51.100.70 50045 typ host 
a=candidate:2 1 TCP-PASS 2120613375 198.51.100.70 50045 typ host 
a=candidate:3 1 TCP-ACT 1684798975 203.0.113.140 50045 typ srflx raddr 198.51.100.70 rport 50045 
a=candidate:4 1 TCP-PASS 174455295 203.0.113.21 57312 typ relay raddr 203.0.113.140 rport 50045 
a=candidate:5 1 TCP-ACT 174847487 203.0.113.21 57312 typ relay raddr 203.0.113.140 rport 50045 
a=rtpmap:127 x-data/90000
a=rtcp-mux
a=x-applicationsharing-session-id:1
a=x-applicationsharing-role:sharer
a=x-applicationsharing-media-type:rdp
"#;

const ANSWER: &str = r#"v=0
o=- 0 0 IN IP4 198.51.100.117
s=session
c=IN IP4 198.51.100.117
b=CT:99980
t=0 0
m=applicationsharing 50043 TCP/RTP/SAVP 127
a=rtcp:50043
a=connection:existing
a=setup:passive
a=mid:1
a=label:applicationsharing
a=ice-ufrag:9tQe
a=ice-pwd:Zm91bmRpbmctY2FzZS1iZW4
a=candidate:1 1 TCP-ACT 2120613887 198.51.100.117 50043 typ host 
a=candidate:2 1 TCP-PASS 2120613375 198.51.100.117 50043 typ host 
a=candidate:3 1 TCP-ACT 1684798975 203.0.113.187 50043 typ srflx raddr 198.51.100.117 rport 50043 
a=candidate:4 1 TCP-PASS 174455295 203.0.113.22 53117 typ relay raddr 203.0.113.187 rport 50043 
a=candidate:5 1 TCP-ACT 174847487 203.0.113.22 53117 typ relay raddr 203.0.113.187 rport 50043 
a=rtpmap:127 x-data/90000
a=rtcp-mux
a=x-applicationsharing-session-id:1
a=x-applicationsharing-role:viewer
a=x-applicationsharing-media-type:rdp
"#;

/// Header lines that all messages of the call share, after those that differ.
const DIALOGUE: &str = r#"From: "Ada Alder"<sip:ada.alder@contoso.com>;tag=5f0c1d7a3b;epid=1a2b3c4d5e
To: <sip:ben.birch@contoso.com>;epid=77c1e02f9d;tag=c9a41b0e66
Call-ID: 7d1f0a52c4c94d0e9a54b1c6e2f3a801
"#;

pub(super) fn trace() -> (Vec<u8>, Truth) {
    let mut trace = ByHand::default();
    let at = |time: &str| format!("03/02/2026|09:14:{time}");

    trace.client_entry(
        &at("02.118"),
        "1F08 INFO ",
        "Endpoint state is REGISTERED, next refresh in 431 seconds",
    );
    trace.client_entry(
        &at("03.552"),
        "0B4C TRACE",
        "CUccIceAgent::Start this=0x05C2A9F0 media=application-sharing",
    );
    trace.client_entry(
        &at("04.871"),
        "0B4C INFO ",
        "MediaStack: candidate gathering finished, 5 candidates in 1319 ms",
    );

    let head = r#"INVITE sip:ben.birch@contoso.com SIP/2.0
Via: SIP/2.0/TLS 198.51.100.70:49642
Max-Forwards: 70
From: "Ada Alder"<sip:ada.alder@contoso.com>;tag=5f0c1d7a3b;epid=1a2b3c4d5e
To: <sip:ben.birch@contoso.com>
Call-ID: 7d1f0a52c4c94d0e9a54b1c6e2f3a801
CSeq: 1 INVITE
Contact: <sip:ada.alder@contoso.com;opaque=user:epid:QWRhQWxkZXJGb3VuZGlnQ2FzZQ;gruu>
User-Agent: UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)
Supported: ms-dialog-route-set-update
Supported: ms-safe-transfer
Supported: timer
Ms-Conversation-ID: AdLqZm91bmRpbmctY2FzZQ==
ms-endpoint-location-data: NetworkScope;ms-media-location-type=Internet
Content-Type: application/sdp
Content-Length: {length}
"#;
    trace.client_message(&at("04.880"), Way::Sent, head, OFFER);
    trace.request("client", "INVITE");

    let head = r#"SIP/2.0 100 Trying
Via: SIP/2.0/TLS 198.51.100.70:49642;received=203.0.113.140;ms-received-port=49642
From: "Ada Alder"<sip:ada.alder@contoso.com>;tag=5f0c1d7a3b;epid=1a2b3c4d5e
To: <sip:ben.birch@contoso.com>
Call-ID: 7d1f0a52c4c94d0e9a54b1c6e2f3a801
CSeq: 1 INVITE
Content-Length: 0
"#;
    trace.client_message(&at("04.932"), Way::Received, head, "");
    trace.response("client", "INVITE", 100, USER);

    let head = format!(
        r#"SIP/2.0 101 Progress Report
{DIALOGUE}CSeq: 1 INVITE
Server: InboundRouting/6.0.0.0
ms-diagnostics: 13004;reason="Request was proxied to one or more registered endpoints";source="fe01.contoso.com";Count="1";appName="InboundRouting"
Content-Length: 0
"#
    );
    trace.client_message(&at("05.006"), Way::Received, &head, "");
    trace.response("client", "INVITE", 101, USER);
    let reason = "Request was proxied to one or more registered endpoints";
    trace.header("ms-diagnostics", 13_004, reason, USER);

    let head = format!(
        r#"SIP/2.0 180 Ringing
{DIALOGUE}CSeq: 1 INVITE
User-Agent: UCCAPI/15.0.4569.1503 OC/15.0.4569.1503 (Microsoft Lync)
Content-Length: 0
"#
    );
    trace.client_message(&at("05.291"), Way::Received, &head, "");
    trace.response("client", "INVITE", 180, USER);

    let head = format!(
        r#"SIP/2.0 200 OK
{DIALOGUE}CSeq: 1 INVITE
Contact: <sip:ben.birch@contoso.com;opaque=user:epid:QmVuQmlyY2hGb3VuZGluZ0Nhc2U;gruu>
User-Agent: UCCAPI/15.0.4569.1503 OC/15.0.4569.1503 (Microsoft Lync)
ms-endpoint-location-data: NetworkScope;ms-media-location-type=Internet
Content-Type: application/sdp
Content-Length: {{length}}
"#
    );
    trace.client_message(&at("09.417"), Way::Received, &head, ANSWER);
    trace.response("client", "INVITE", 200, USER);

    let head = format!(
        r#"ACK sip:ben.birch@contoso.com;opaque=user:epid:QmVuQmlyY2hGb3VuZGluZ0Nhc2U;gruu SIP/2.0
Via: SIP/2.0/TLS 198.51.100.70:49642
Max-Forwards: 70
{DIALOGUE}CSeq: 1 ACK
User-Agent: UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)
Content-Length: 0
"#
    );
    trace.client_message(&at("09.439"), Way::Sent, &head, "");
    trace.request("client", "ACK");

    trace.client_entry(
        &at("09.452"),
        "0B4C TRACE",
        "CUccIceAgent::CheckPairs this=0x05C2A9F0 pairs=11 transport=TCP",
    );
    trace.client_entry(
        &at("30.466"),
        "0B4C WARN ",
        "CUccIceAgent::OnTimeout this=0x05C2A9F0 no pair succeeded",
    );

    let head = format!(
        r#"BYE sip:ben.birch@contoso.com;opaque=user:epid:QmVuQmlyY2hGb3VuZGluZ0Nhc2U;gruu SIP/2.0
Via: SIP/2.0/TLS 198.51.100.70:49642
Max-Forwards: 70
{DIALOGUE}CSeq: 2 BYE
User-Agent: UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)
ms-client-diagnostics: 24; reason="{BOTH_REMOTE}";CallerMediaDebug="application-sharing:ICEWarn=0x320,LocalSite=203.0.113.140:50045,LocalMR=203.0.113.21:57312,RemoteSite=203.0.113.187:50043,RemoteMR=203.0.113.22:53117,PortRange=50040:50059,LocalMRTCPPort=57312,RemoteMRTCPPort=53117,LocalLocation=1,RemoteLocation=1,FederationType=0"
Content-Length: 0
"#
    );
    trace.client_message(&at("30.471"), Way::Sent, &head, "");
    trace.request("client", "BYE");
    trace.header("ms-client-diagnostics", 24, BOTH_REMOTE, USER);
    trace.media("application-sharing", Some(0x320), ("1", "1"), "0");

    let head = format!(
        r#"SIP/2.0 200 OK
{DIALOGUE}CSeq: 2 BYE
User-Agent: UCCAPI/15.0.4569.1503 OC/15.0.4569.1503 (Microsoft Lync)
Content-Length: 0
"#
    );
    trace.client_message(&at("30.604"), Way::Received, &head, "");
    trace.response("client", "BYE", 200, USER);

    let report = concat!(
        r#"<?xml version="1.0"?><VQReportEvent xmlns="ms-rtcp-metrics" "#,
        r#"xmlns:v2="ms-rtcp-metrics.v2" Version="2.0" v2:SchemaVersion="2.0">"#,
        r#"<VQSessionReport SessionId="7d1f0a52c4c94d0e9a54b1c6e2f3a801">"#,
        r#"<DialogInfo CallId="7d1f0a52c4c94d0e9a54b1c6e2f3a801" "#,
        r#"Start="2026-03-02T08:14:09.439Z" End="2026-03-02T08:14:30.471Z">"#,
        r#"<FromURI>sip:ada.alder@contoso.com</FromURI><ToURI>sip:ben.birch@contoso.com</ToURI>"#,
        r#"<Caller>true</Caller><v2:RegisteredInside>false</v2:RegisteredInside></DialogInfo>"#,
        r#"<MediaLine Label="applicationsharing"><Description><Connectivity><Ice>FAILED</Ice>"#,
        r#"<IceWarningFlags>0x00000320</IceWarningFlags><RelayAddress>"#,
        r#"<IPAddr>203.0.113.21</IPAddr><Port>57312</Port></RelayAddress></Connectivity>"#,
        r#"<Security>SRTP</Security><Offerer>true</Offerer><Transport>TCP</Transport>"#,
        r#"<LocalAddr><IPAddr>198.51.100.70</IPAddr><Port>50045</Port><Inside>false</Inside>"#,
        r#"</LocalAddr><RemoteAddr><IPAddr>198.51.100.117</IPAddr><Port>50043</Port>"#,
        r#"<Inside>false</Inside></RemoteAddr></Description></MediaLine></VQSessionReport>"#,
        r#"</VQReportEvent>"#,
    );
    let head = r#"SERVICE sip:ada.alder@contoso.com SIP/2.0
Via: SIP/2.0/TLS 198.51.100.70:49642
Max-Forwards: 70
From: <sip:ada.alder@contoso.com>;tag=08be5521c7;epid=1a2b3c4d5e
To: <sip:ada.alder@contoso.com>
Call-ID: b0f4c6d9a3e14c7f8d25e96170c3ba42
CSeq: 1 SERVICE
User-Agent: UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)
Content-Type: application/vq-rtcpxr+xml
Content-Length: {length}
"#;
    trace.client_message(&at("32.015"), Way::Sent, head, report);
    trace.request("client", "SERVICE");
    trace.quality("applicationsharing", "FAILED", 0x320);

    let head = r#"SIP/2.0 202 Accepted
From: <sip:ada.alder@contoso.com>;tag=08be5521c7;epid=1a2b3c4d5e
To: <sip:ada.alder@contoso.com>;tag=3ce0a9d172
Call-ID: b0f4c6d9a3e14c7f8d25e96170c3ba42
CSeq: 1 SERVICE
Server: RTC/6.0
Content-Length: 0
"#;
    trace.client_message(&at("32.100"), Way::Received, head, "");
    trace.response("client", "SERVICE", 202, USER);

    trace.client_entry(
        &at("32.204"),
        "1F08 TRACE",
        "CUccSession::Release this=0x0611D0C8 references=0",
    );
    trace.truth.call_ids = 2;
    trace.finish()
}
