//! A server log that went through a lot: every damage that a reader must survive, one after the
//! other, with intact records between.

use super::by_hand::ByHand;
use crate::truth::Truth;

/// Appends the prefix line and the first lines of a protocol record.
fn begin(trace: &mut ByHand, second: u32, kind: &str, start_line: &str) {
    let sequence = 0x7100 + second;
    trace.text(&format!(
        r#"TL_INFO(TF_PROTOCOL) [pool01\fe01]0A1C.0B50::03/02/2026-08:20:{second:02}.417.{sequence:08X} (SIPStack,SIPAdminLog::ProtocolRecord::Flush:ProtocolRecord.cpp(265))[20{sequence}] $$begin_record
Trace-Correlation-Id: 20{sequence}
Instance-Id: 00{sequence:04X}
Direction: outgoing
Peer: 192.0.2.31:49369
Message-Type: {kind}
Start-Line: {start_line}
"#
    ));
    trace.records("server", 1);
}

const FINISH: &str = "Content-Length: 0\nMessage-Body: -\n$$end_record\n\n";

pub(super) fn trace() -> (Vec<u8>, Truth) {
    let mut trace = ByHand::default();

    // Intact.
    begin(&mut trace, 1, "response", "SIP/2.0 504 Server time-out");
    trace.text(
        r#"From: "Cleo Cedar"<sip:cleo.cedar@contoso.com>;tag=11aa22bb33;epid=0102030405
To: <sip:partner@fabrikam.com>;tag=99ff88ee77
Call-ID: damaged0000000000000000000000001
CSeq: 1 INVITE
ms-diagnostics: 1008;reason="Unable to resolve DNS SRV record";domain="fabrikam.com";source="sip.contoso.com"
"#,
    );
    trace.text(FINISH);
    trace.response("server", "INVITE", 504, "sip:cleo.cedar@contoso.com");
    let reason = "Unable to resolve DNS SRV record";
    trace.header("ms-diagnostics", 1008, reason, "sip:cleo.cedar@contoso.com");

    // The record ends within a value, and the next begins.
    begin(
        &mut trace,
        2,
        "request",
        "BYE sip:ben.birch@contoso.com SIP/2.0",
    );
    trace.text(
        r#"From: <sip:dov.dogwood@contoso.com>;tag=22bb33cc44;epid=0203040506
To: <sip:ben.birch@contoso.com>;tag=88ee77dd66
Call-ID: damaged0000000000000000000000002
CSeq: 3 BYE
ms-client-diagnostics: 24; reason="Call failed to establish due to a media connectivity failure when both endp
"#,
    );
    trace.request("server", "BYE");
    let reason = "Call failed to establish due to a media connectivity failure when both endp";
    trace.header(
        "ms-client-diagnostics",
        24,
        reason,
        "sip:dov.dogwood@contoso.com",
    );
    trace.trouble("cut-value");

    // The end marker is missing.
    begin(
        &mut trace,
        3,
        "response",
        "SIP/2.0 480 Temporarily Unavailable",
    );
    trace.text(
        r#"From: <sip:elin.elm@contoso.com>;tag=33cc44dd55;epid=0304050607
To: <sip:femi.fir@contoso.com>;tag=77dd66ee55
Call-ID: damaged0000000000000000000000003
CSeq: 1 INVITE
ms-diagnostics: 13008;reason="Diagnostic headers removed for privacy";source="sip.contoso.com"
Content-Length: 0
Message-Body: -
"#,
    );
    trace.response("server", "INVITE", 480, "sip:elin.elm@contoso.com");
    let reason = "Diagnostic headers removed for privacy";
    trace.header("ms-diagnostics", 13_008, reason, "sip:elin.elm@contoso.com");

    // Bytes that are no UTF-8, in a display name.
    begin(&mut trace, 4, "response", "SIP/2.0 403 Forbidden");
    trace
        .bytes
        .extend_from_slice(b"From: \"J\xf6rg \xc3\x28 \xff\"<sip:joerg.oelbaum@contoso.com>");
    trace.text(
        r#";tag=44dd55ee66;epid=0405060708
To: <sip:partner@fabrikam.com>;tag=66ee55ff44
Call-ID: damaged0000000000000000000000004
CSeq: 1 SUBSCRIBE
ms-diagnostics: 1002;reason="From URI not authorized to communicate with federated partners";source="fe01.contoso.com"
"#,
    );
    trace.text(FINISH);
    trace.response("server", "SUBSCRIBE", 403, "sip:joerg.oelbaum@contoso.com");
    let reason = "From URI not authorized to communicate with federated partners";
    trace.header(
        "ms-diagnostics",
        1002,
        reason,
        "sip:joerg.oelbaum@contoso.com",
    );

    // A quotation mark that nobody closes; the headers go on.
    begin(&mut trace, 5, "response", "SIP/2.0 504 Server time-out");
    trace.text(
        r#"From: <sip:gus.gorse@contoso.com>;tag=55ee66ff77;epid=0506070809
To: <sip:partner@fabrikam.com>;tag=55ff44aa33
Call-ID: damaged0000000000000000000000005
ms-diagnostics: 1034;source="sip.contoso.com";reason="Previous hop federated peer did not report diagnostic information
CSeq: 1 INVITE
"#,
    );
    trace.text(FINISH);
    trace.response("server", "INVITE", 504, "sip:gus.gorse@contoso.com");
    let reason = "Previous hop federated peer did not report diagnostic information";
    trace.header("ms-diagnostics", 1034, reason, "sip:gus.gorse@contoso.com");
    trace.trouble("cut-value");

    // A line of twenty kilobytes, and a diagnosis after it.
    begin(&mut trace, 6, "response", "SIP/2.0 401 Unauthorized");
    trace.text(
        r#"From: <sip:hana.hazel@contoso.com>;tag=66ff77aa88;epid=060708090a
To: <sip:hana.hazel@contoso.com>;tag=44aa33bb22
Call-ID: damaged0000000000000000000000006
CSeq: 2 REGISTER
WWW-Authenticate: Kerberos realm="SIP Communications Service", targetname="sip/fe01.contoso.com", version=4, gssapi-data=""#,
    );
    trace.text(&"TWFkZVVwQnl0ZXNPZk5vYm9keUF0QWxsXX".repeat(600));
    trace.text(
        "\"\nms-diagnostics: 1000;reason=\"Final handshake failed.\";source=\"fe01.contoso.com\"\n",
    );
    trace.text(FINISH);
    trace.response("server", "REGISTER", 401, "sip:hana.hazel@contoso.com");
    trace.header(
        "ms-diagnostics",
        1000,
        "Final handshake failed.",
        "sip:hana.hazel@contoso.com",
    );

    // A mask with nine digits: one too many.
    begin(
        &mut trace,
        7,
        "request",
        "BYE sip:ivo.ivy@contoso.com SIP/2.0",
    );
    trace.text(
        r#"From: <sip:jun.juniper@contoso.com>;tag=77aa88bb99;epid=0708090a0b
To: <sip:ivo.ivy@contoso.com>;tag=33bb22cc11
Call-ID: damaged0000000000000000000000007
CSeq: 2 BYE
ms-client-diagnostics: 23; reason="Call failed to establish due to a media connectivity failure when one endpoint is internal and the other is remote";CallerMediaDebug="audio:ICEWarn=0x123456789,LocalSite=192.0.2.31:50020,RemoteSite=203.0.113.187:50022,PortRange=50020:50039,LocalLocation=2,RemoteLocation=1,FederationType=0"
"#,
    );
    trace.text(FINISH);
    trace.request("server", "BYE");
    let reason = "Call failed to establish due to a media connectivity failure when one endpoint is \
                  internal and the other is remote";
    trace.header(
        "ms-client-diagnostics",
        23,
        reason,
        "sip:jun.juniper@contoso.com",
    );
    trace.media("audio", None, ("2", "1"), "0");
    trace.trouble("malformed-mask");

    // A header that has lost its code, and one whose code is larger than any.
    begin(&mut trace, 8, "response", "SIP/2.0 404 Not Found");
    trace.text(
        r#"From: <sip:kaya.kapok@contoso.com>;tag=88bb99cc00;epid=08090a0b0c
To: <sip:nobody@contoso.com>;tag=22cc11dd00
Call-ID: damaged0000000000000000000000008
CSeq: 1 INVITE
ms-diagnostics: reason="User does not exist";source="fe01.contoso.com"
ms-diagnostics-public: 99999999999;reason="User does not exist"
"#,
    );
    trace.text(FINISH);
    trace.response("server", "INVITE", 404, "sip:kaya.kapok@contoso.com");
    trace.trouble("no-code");
    trace.trouble("code-too-large");

    // A line of another component stands between; then the file ends within a header.
    trace.text(
        r#"TL_WARN(TF_NETWORK) [pool01\fe01]0A1C.0994::03/02/2026-08:20:09.002.00007109 (SIPStack,CAsyncSocket::Complete:asyncsocket.cpp(96))[2028937] ( 000000574CA26772 ) Send buffer of connection 3276 is 1957 bytes behind
"#,
    );
    trace.records("server", 1);
    begin(
        &mut trace,
        9,
        "request",
        "INVITE sip:lev.larch@contoso.com SIP/2.0",
    );
    trace.text("From: <sip:mia.maple@contoso.com>;tag=99cc00dd11;epid=090a0b0c0d\nTo: <sip:lev.la");
    trace.request("server", "INVITE");

    trace.truth.call_ids = 8;
    trace.finish()
}
