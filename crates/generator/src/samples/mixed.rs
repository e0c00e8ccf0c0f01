//! One file that somebody collected from everywhere: notes, pastes, and pieces of five kinds of
//! log.

use super::by_hand::{ByHand, Way};
use crate::truth::Truth;

pub(super) fn trace() -> (Vec<u8>, Truth) {
    let mut trace = ByHand::default();

    // Loose text: what a monitoring report says, and a line out of a mail.
    trace.text(
        r#"Notes for ticket 4711 (everything in here is made up)

The monitoring report of Thursday shows for this call:
25; reason="A federated call failed to establish due to a media connectivity failure where both endpoints are internal"; UserType="Callee"; MediaType="audio"; ICEWarn="0x40003a0"; LocalSite="192.0.2.31:50024"; LocalMR="203.0.113.21:55310"; RemoteSite="198.51.100.17:50020"; RemoteMR="203.0.113.121:54418"; PortRange="50020:50039"; LocalMRTCPPort="55310"; RemoteMRTCPPort="54418"; LocalLocation="2"; RemoteLocation="2"; FederationType="1"; NetworkName="contoso.com"; Interfaces="0x6"; BaseInterface="0x2"

The partner writes that their edge answers ms-diagnostics: 1027;reason="Cannot route this type of SIP request to or from federated partners";source="sip.fabrikam.com"
and that their mail server says x-ms-diagnostics: 2000003;reason="The audience is not trusted."

"#,
    );
    let reason = "A federated call failed to establish due to a media connectivity failure where \
                  both endpoints are internal";
    trace.cdr(25, reason);
    trace.media("audio", Some(0x400_03a0), ("2", "2"), "1");
    let reason = "Cannot route this type of SIP request to or from federated partners";
    trace.header("ms-diagnostics", 1027, reason, "");
    trace.truth.decoys += 1;

    // A message copied out of a viewer that numbers its lines.
    trace.text(
        r#"Copied out of the viewer:

  1. SIP/2.0 504 Server time-out
  2. Via: SIP/2.0/TLS 192.0.2.31:49369;ms-received-port=49369;ms-received-cid=5A2100
  3. From: "Cleo Cedar"<sip:Cleo.Cedar@contoso.com>;tag=11aa22bb33;epid=0102030405
  4. To: <sip:partner@fabrikam.com>;tag=99ff88ee77
  5. Call-ID: mixed000000000000000000000000001
  6. CSeq: 1 INVITE
  7. Server: RTC/6.0
  8. ms-diagnostics: 1008;reason="Unable to resolve DNS SRV record";domain="fabrikam.com";source="sip.contoso.com"
  9. Content-Length: 0

"#,
    );
    trace.response("", "INVITE", 504, "sip:cleo.cedar@contoso.com");
    let reason = "Unable to resolve DNS SRV record";
    trace.header("ms-diagnostics", 1008, reason, "sip:cleo.cedar@contoso.com");

    // A syslog server wrote the message of a gateway on one line.
    trace.text(
        "Mar  2 08:31:07 sbc1.contoso.com 203.0.113.77 SIP/2.0 404 Not Found#015 \
         Via: SIP/2.0/TLS 203.0.113.77:5061;branch=z9hG4bK-mixed-11aa22#015 \
         To: <sip:nobody@contoso.com>;tag=40c1d2e3f4;epid=0C0D0E0F10#015 \
         From: <sip:+12065550142@contoso.com;user=phone>;tag=51e2f3a4#015 \
         Call-ID: mixed000000000000000000000000002#015 CSeq: 1 INVITE#015 \
         Server: RTCC/6.0.0.0 MediationServer#015 \
         ms-diagnostics: 1034;reason=\"Previous hop federated peer did not report diagnostic \
         information\";Domain=\"fabrikam.com\";PeerServer=\"sip.fabrikam.com\";\
         source=\"sip.contoso.com\"#015 \
         ms-diagnostics: 10003;source=\"med01.contoso.com\";reason=\"Proxy returned a SIP failure \
         code\";component=\"MediationServer\";SipResponseCode=\"404\";\
         SipResponseText=\"Not Found\"#015 \
         ms-diagnostics-public: 10003;reason=\"Proxy returned a SIP failure code\";\
         component=\"MediationServer\";SipResponseCode=\"404\";SipResponseText=\"Not Found\"#015 \
         X-Remote-Reason: 1317; reason=\"404 - Not Found\"; component=\"ExampleGateway\"#015 \
         Content-Length: 0#015 #015 \n\n",
    );
    let user = "sip:+12065550142@contoso.com";
    trace.response("", "INVITE", 404, user);
    let reason = "Previous hop federated peer did not report diagnostic information";
    trace.header("ms-diagnostics", 1034, reason, user);
    let reason = "Proxy returned a SIP failure code";
    trace.header("ms-diagnostics", 10_003, reason, user);
    trace.header("ms-diagnostics-public", 10_003, reason, user);
    trace.truth.decoys += 1;

    // Pidgin with the SIPE plug-in; the second message is not shown.
    trace.text(
        r#"(09:33:15) sipe: 
MESSAGE START >>>>>>>>>> SIP(0x55d0c0ffee00) - 2026-03-02T08:33:15.204711Z
SIP/2.0 488 Not Acceptable Here
Via: SIP/2.0/TLS 192.0.2.201:5061;branch=z9hG4bK0102A3B4.55AA66BB;branched=FALSE
From: "Dov Dogwood"<sip:dov.dogwood@contoso.com>;tag=22bb33cc44;epid=0203040506
To: <sip:noor.nutmeg@contoso.com>;epid=0b1c2d3e4f50;tag=6172839405
Call-ID: mixed000000000000000000000000003
CSeq: 1 INVITE
User-Agent: Purple/2.14.1 Sipe/1.25.0 (linux-x86_64)
ms-client-diagnostics: 52063;reason="Unsupported session description"
Content-Length: 0


MESSAGE END >>>>>>>>>> SIP(0x55d0c0ffee00) - 2026-03-02T08:33:15.204711Z
(09:33:15) sipe: MESSAGE <<<<<<<<<< SIP(0x55d0c0ffee00) - 2026-03-02T08:33:15.301002Z

"#,
    );
    trace.response("", "INVITE", 488, "sip:dov.dogwood@contoso.com");
    let reason = "Unsupported session description";
    trace.header(
        "ms-client-diagnostics",
        52_063,
        reason,
        "sip:dov.dogwood@contoso.com",
    );

    // Entries of a client log: an instant message that quotes a diagnosis, and a call that ends.
    let head = r#"MESSAGE sip:ada.alder@contoso.com SIP/2.0
Via: SIP/2.0/TLS 203.0.113.11:443
From: <sip:ben.birch@contoso.com>;tag=70c5aa1e02;epid=77c1e02f9d
To: <sip:ada.alder@contoso.com>;tag=1f20b9d4c3;epid=1a2b3c4d5e
Call-ID: mixed000000000000000000000000004
CSeq: 4 MESSAGE
Content-Type: text/plain; charset=UTF-8
Content-Length: {length}
"#;
    let chat = "mine says ms-client-diagnostics: 24; reason=\"x\" - and yours?";
    trace.client_message("03/02/2026|09:40:01.733", Way::Received, head, chat);
    trace.request("client", "MESSAGE");
    trace.quoted();

    let head = r#"BYE sip:ben.birch@contoso.com SIP/2.0
Via: SIP/2.0/TLS 198.51.100.70:49642
Max-Forwards: 70
From: "Ada Alder"<sip:ada.alder@contoso.com>;tag=9d10c2e7f4;epid=1a2b3c4d5e
To: <sip:ben.birch@contoso.com>;tag=e4f700aa11;epid=77c1e02f9d
Call-ID: mixed000000000000000000000000005
CSeq: 3 BYE
User-Agent: UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)
ms-client-diagnostics: 23; reason="Call failed to establish due to a media connectivity failure when one endpoint is internal and the other is remote";CallerMediaDebug="audio:ICEWarn=0x80012b,LocalSite=203.0.113.140:50022,RemoteSite=192.0.2.44:50026,RemoteMR=203.0.113.22:52870,PortRange=50020:50039,RemoteMRTCPPort=52870,LocalLocation=1,RemoteLocation=2,FederationType=0"
Content-Length: 0
"#;
    trace.client_message("03/02/2026|09:41:20.006", Way::Sent, head, "");
    trace.request("client", "BYE");
    let reason = "Call failed to establish due to a media connectivity failure when one endpoint is \
                  internal and the other is remote";
    trace.header(
        "ms-client-diagnostics",
        23,
        reason,
        "sip:ada.alder@contoso.com",
    );
    trace.media("audio", Some(0x80_012b), ("1", "2"), "0");

    // Records of a server log.
    trace.text(
        r#"TL_INFO(TF_PROTOCOL) [pool01\fe01]0A1C.0B50::03/02/2026-08:45:00.417.00007201 (SIPStack,SIPAdminLog::ProtocolRecord::Flush:ProtocolRecord.cpp(265))[2029185] $$begin_record
Trace-Correlation-Id: 2029185
Instance-Id: 007201
Direction: outgoing;source="internal edge";destination="external edge"
Peer: 192.0.2.31:49369
Message-Type: response
Start-Line: SIP/2.0 403 Forbidden
From: <sip:rosa.alder@fabrikam.com>;tag=5af2cc9011;epid=0a0b0c0d0e
To: <sip:sven.oak@contoso.com>;tag=0f1e2d3c4b
Call-ID: mixed000000000000000000000000006
CSeq: 1 INVITE
Server: RTC/6.0
ms-diagnostics-public: 1002;reason="From URI not authorized to communicate with federated partners"
Content-Length: 0
Message-Body: -
$$end_record

TL_ERROR(TF_DIAG) [pool01\fe01]0A1C.0B50::03/02/2026-08:45:00.418.00007202 (SIPStack,SIPAdminLog::WriteDiagnosticEvent:SIPAdminLog.cpp(830))[2029185] $$begin_record
LogType: diagnostic
Severity: error
Text: The message cannot be routed
Result-Code: 0xc3e93c5e SIPPROXY_E_ROUTING
SIP-Start-Line: INVITE sip:sven.oak@contoso.com SIP/2.0
SIP-Call-ID: mixed000000000000000000000000006
SIP-CSeq: 1 INVITE
Peer: sip.fabrikam.com:5061
Data: destination="sven.oak@contoso.com"
$$end_record

TL_INFO(TF_COMPONENT) [0]0B38.0D10::03/02/2026-08:45:00.433.00007203 (SIPStack,CSIPProxy::Log:sipproxy.cpp(77))( 000000574CA26772 ) Exit - returned 0x00000000(S_OK)
"#,
    );
    trace.records("server", 3);
    let user = "sip:rosa.alder@fabrikam.com";
    trace.response("server", "INVITE", 403, user);
    let reason = "From URI not authorized to communicate with federated partners";
    trace.header("ms-diagnostics-public", 1002, reason, user);
    trace.server_record(
        "error",
        "0xc3e93c5e",
        "SIPPROXY_E_ROUTING",
        "The message cannot be routed",
    );

    trace.truth.call_ids = 6;
    trace.finish()
}
