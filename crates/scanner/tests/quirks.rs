//! Things that traces really hold, made up anew: what a careful reader finds in each, and what
//! must not be found. `docs/formats.md` lists them by number.

use siptriage_scanner::events_in_text;

/// `header code mask` for named headers, `carrier code mask` for others; `-` without a mask.
fn found(text: &str) -> Vec<String> {
    events_in_text(text.as_bytes())
        .iter()
        .map(|event| {
            let name = match event.header {
                Some(header) if event.carrier.name() == "header" => header.name(),
                _ => event.carrier.name(),
            };
            let code = event.code.map_or("-".into(), |code| code.to_string());
            let mask = event.media.iter().find_map(|media| media.ice_warn);
            format!(
                "{name} {code} {}",
                mask.map_or("-".into(), |mask| mask.to_string())
            )
        })
        .collect()
}

#[track_caller]
fn assert_finds(text: &str, want: &[&str]) {
    assert_eq!(found(text), want, "in:\n{text}");
    // Line ends of Windows change nothing.
    assert_eq!(
        found(&text.replace('\n', "\r\n")),
        want,
        "with CR LF, in:\n{text}"
    );
}

#[test]
fn names_in_every_case_and_dress_are_found() {
    assert_finds(
        "Ms-client-diagnostics: 23; reason=\"x\"´´´\n",
        &["ms-client-diagnostics 23 -"],
    );
    assert_finds(
        " *\tms-diagnostics-public: 4141;reason=\"x\"\n",
        &["ms-diagnostics-public 4141 -"],
    );
    assert_finds(
        " * Got: ms-diagnostics: 2139;reason=\"x\"\n",
        &["ms-diagnostics 2139 -"],
    );
    assert_finds(
        "// ms-diagnostics: 2;reason=\"x\"\n",
        &["ms-diagnostics 2 -"],
    );
    assert_finds(
        "**ms-diagnostics**: 24081;Component=\"RTCC/4.0.0.0\\_Contoso\";Source= app.contoso.com\n",
        &["ms-diagnostics 24081 -"],
    );
    assert_finds(
        "**ms-diagnostics:** 24081;reason=\"x\"\n",
        &["ms-diagnostics 24081 -"],
    );
    assert_finds(
        "- see the entry: ms-diagnostics-public: 21002;reason=\"x\"\n",
        &["ms-diagnostics-public 21002 -"],
    );
    assert_finds(
        "> > ms-diagnostics: 5;reason=\"x\"\n",
        &["ms-diagnostics 5 -"],
    );
    assert_finds(
        "12\tms-diagnostics: 5;reason=\"x\"\n",
        &["ms-diagnostics 5 -"],
    );
    assert_finds(
        "<p>ms-diagnostics: 5;reason=&quot;x &amp; y&quot;;source=&quot;a&quot;</p>\n",
        &["ms-diagnostics 5 -"],
    );
    assert_finds(
        "{\"ms-diagnostics\": \"1034;reason=\\\"x\\\"\"}\n",
        &["ms-diagnostics 1034 -"],
    );
}

#[test]
fn headers_joined_on_one_line_are_divided() {
    let events = events_in_text(
        b"SIP/2.0 504 Server time-out Authentication-Info: TLS-DSK qop=\"auth\", realm=\"a b\"\n\
        From: \"Bob\"<sip:bob@contoso.com>;tag=1\n\
        Call-ID: abc CSeq: 1 INVITE Via: SIP/2.0/TLS 192.0.2.1\n\
        ms-diagnostics: 1010; reason =\"x\"; HRESULT=\"0x80090322(SEC_E_WRONG_PRINCIPAL)\";source=\"s\" Server: RTC/6.0\n\
        Content-Length: 0\n",
    );
    let [event] = events.as_slice() else {
        panic!("{events:?}")
    };
    let message = &event.message;
    assert_eq!(
        message.start_line.as_deref(),
        Some("SIP/2.0 504 Server time-out")
    );
    assert_eq!(message.call_id.as_deref(), Some("abc"));
    assert_eq!(message.cseq.as_deref(), Some("1 INVITE"));
    assert_eq!(message.user_agent.as_deref(), Some("RTC/6.0"));
    assert_eq!(
        event.param("hresult"),
        Some("0x80090322(SEC_E_WRONG_PRINCIPAL)")
    );
    assert_eq!(event.param("source"), Some("s"));
    assert_finds(
        "SIP/2.0 404 Not Found ms-diagnostics: 1003;reason=\"x\" ms-diagnostics-public: 1003;reason=\"x\" Content-Length: 0\n",
        &["ms-diagnostics 1003 -", "ms-diagnostics-public 1003 -"],
    );
}

#[test]
fn escaped_line_ends_divide_one_line_messages() {
    for end in ["#015 ", "#015#012", " #012", "^M", "\\r\\n", " 0D  0A "] {
        let text = format!(
            "SIP/2.0 404 Not Found{end}Via: SIP/2.0/UDP 192.0.2.1{end}Call-ID: a=.{end}\
            ms-diagnostics: 1034;reason=\"x\";Domain=\"d\"{end}\
            ms-diagnostics: 10003;source=\"s\";reason=\"y\"{end}\
            ms-diagnostics-public: 10003;reason=\"y\"{end}X-Remote-Reason: 1409; reason=\"z\"{end}Content-Length: 0{end}{end}\n"
        );
        assert_finds(
            &text,
            &[
                "ms-diagnostics 1034 -",
                "ms-diagnostics 10003 -",
                "ms-diagnostics-public 10003 -",
            ],
        );
        let events = events_in_text(text.as_bytes());
        assert_eq!(events[0].message.call_id.as_deref(), Some("a=."), "{end}");
        assert_eq!(events[0].param("Domain"), Some("d"), "{end}");
        assert_eq!(events[1].reason.as_deref(), Some("y"), "{end}");
    }
    assert_finds(
        "Jan  1 00:00:00 h app: [[BYE sip:a@contoso.com SIP/2.0 0D  0A Call-ID: b 0D  0A ms-client-diagnostics: 51004;reason=\"x\" 0D  0A ]]\n",
        &["ms-client-diagnostics 51004 -"],
    );
}

#[test]
fn string_literals_are_read_line_by_line_and_whole() {
    assert_finds(
        "\"SIP/2.0 200 OK\\r\\n\"\n\"Call-ID: abc\\r\\n\"\n\"CSeq: 1 INVITE\\r\\n\"\n\
        \"ms-client-diagnostics: 51007;reason=\\\"x\\\";CalleeMediaDebug=\\\"audio:ICEWarn=0x80000,LocalLocation=2\\\"\\r\\n\"\n\
        \"\\r\\n\"\n\"v=0\\r\\n\"\n",
        &["ms-client-diagnostics 51007 0x80000"],
    );
    assert_finds(
        "  \"ms-diagnostics: 1003;reason=\\\"x\\\"\" \"\\r\\n\"\n",
        &["ms-diagnostics 1003 -"],
    );
    let events = events_in_text(
        b"    \"SIP/2.0 404 Not Found\\r\\n\"\n    \"Call-ID: abc\\r\\n\"\n    \"ms-diagnostics: 1003;reason=\\\"x\\\"\\r\\n\"\n",
    );
    assert_eq!(events[0].message.call_id.as_deref(), Some("abc"));
    assert_eq!(events[0].reason.as_deref(), Some("x"));
}

#[test]
fn carriers_without_a_name_are_found() {
    assert_finds(
        "The Diagnostic Header 25; reason=”A federated call failed”; UserType=”Callee”; MediaType=”audio”; ICEWarn=”0x40003a0″; LocalSite=””; BaseAddress=”; MrDnsU=”edge.contoso.com”\n",
        &["cdr 25 0x40003a0"],
    );
    assert_finds("NotFound10013; reason=\"x\"; UserType=\"Callee\"\n", &[]);
    assert_finds("10013; reason=\"x\"\n", &[]);
    let report = "SERVICE sip:ann@contoso.com SIP/2.0\nCall-ID: outer\nCSeq: 1 SERVICE\n\
        Content-Type: application/msrtc-reporterror+xml\nContent-Length: 262\n\n\
        <reportError xmlns=\"x\">\n<error toUri=\"sip:b@contoso.com\" callId=\"inner\" responseCode=\"503\">\n\
        <diagHeader>10000;reason=\"Gateway returned a SIP failure code\" </diagHeader>\n\
        <progressReports><progressReport><diagHeader>12006;reason=\"Trying next hop\";appName=\"OutboundRouting\"</diagHeader></progressReport></progressReports>\n\
        </error></reportError>\n";
    assert_finds(report, &["diag-header 10000 -", "diag-header 12006 -"]);
    let events = events_in_text(report.as_bytes());
    assert_eq!(events[0].message.call_id.as_deref(), Some("outer"));
    assert_eq!(events[0].param("callId"), Some("inner"));
    assert_eq!(events[1].param("appName"), Some("OutboundRouting"));
    assert_finds(
        "  <diagHeader>10000;reason=\"x\" </diagHeader>\n",
        &["diag-header 10000 -"],
    );
}

#[test]
fn values_in_every_shape_are_read_whole() {
    let one = |text: &str| {
        let mut events = events_in_text(text.as_bytes());
        assert_eq!(events.len(), 1, "{text}\n{events:?}");
        events.remove(0)
    };
    let event = one(
        "ms-client-diagnostics: 23; reason=\"Call failed to establish due to a media connectivity failure when one endpoint is\n\
        internal and the other is remote\";CalleeMediaDebug=\"audio:ICEWarn=0x80012b\n\
        a=candidate:1 1 UDP 1 192.0.2.1 5 typ host\n",
    );
    assert!(
        event
            .reason
            .as_deref()
            .unwrap()
            .ends_with("is internal and the other is remote")
    );
    assert_eq!(event.media[0].ice_warn.unwrap().to_string(), "0x80012b");
    assert!(event.media[0].fields.is_empty(), "no SDP in it");
    assert!(event.cut);
    let event = one(
        "    • ms-diagnostics: 15030;reason=”Failed”;\n      source=”FE01.contoso.com”;dialplan=\n      “Hosted”;\n      appName=”ExumRouting”\n    • Identity could not be verified”;\n      ErrorType=”x”;source=”y”\n",
    );
    assert_eq!(event.param("dialplan"), Some("Hosted"));
    assert_eq!(event.param("appName"), Some("ExumRouting"));
    assert_eq!(event.param("ErrorType"), None);
    let event = one("ms-diagnostics: 1;source=””ms-edge-proxy-message-trust;x=”y”\n");
    assert_eq!(event.source.as_deref(), Some(""));
    let event = one("ms-diagnostics: 1008.5;reason=\"x\"\n");
    assert_eq!(
        (event.code, event.sub_code.as_deref()),
        (Some(1008), Some("5"))
    );
    let event = one(
        "ms-client-diagnostics: 24; reason= \"x\" ;CallerMediaDebug=\"application-sharing:ICEWarn=0x320,LocalSite=xx.xx.xxx.x:xxx,,,RemoteSite=,PortRange=50040:50049,LocalLocation=1, RemoteLocation=1,FederationType=0\"\n",
    );
    assert_eq!(event.media[0].label, "application-sharing");
    assert_eq!(event.media[0].field("RemoteSite"), Some(""));
    assert_eq!(event.media[0].field("remotelocation"), Some("1"));
    let event = one("ms-diagnostics: 1;reason=???x y???;source=???z???\n");
    assert_eq!(event.reason.as_deref(), Some("x y"));
    let event = one(
        "ms-client-diagnostics: 23;reason=\"x\";CallerMediaDebug=\"audio:ICEWarn=0x20,LocalLocation=2,video:ICEWarn=0x120\";CalleeMediaDebug=\"audio:ICEwarn=\"0x0\"\n",
    );
    let masks: Vec<_> = event
        .media
        .iter()
        .map(|m| m.ice_warn.map(|w| w.bits()))
        .collect();
    assert_eq!(masks, [Some(0x20), Some(0x120), Some(0)]);
    let event = one(
        "ms-client-diagnostics: 23;reason=\"x\";CallerMediaDebug=\"audio:ICEWarn=0x123456789,ICEWarnEx=0x10,Interfaces=0x12\"\n",
    );
    assert_eq!(event.media[0].ice_warn, None);
    assert_eq!(
        event.media[0].malformed_ice_warn.as_deref(),
        Some("0x123456789")
    );
    assert_eq!(event.media[0].ice_warn_ex, Some(0x10));
    let event = one("ms-diagnostics: 5;reason=\"UCCAPI/4.0 (Microsoft Ly...\"\n");
    assert!(event.cut);
}

#[test]
fn messages_around_are_read_in_every_shape() {
    // Every header indented, wrapped values, backslashes at line ends, the next entry behind.
    let text = "01/15/2026|12:00:00.123 1A2C:1B40 INFO  :: SIP/2.0 504 Server time-out\\\n \
        Authentication-Info: TLS-DSK qop=\"auth\"\\\n \
        Call-ID: abc\\\n \
        CSeq: 1 SUBSCRIBE\\\n \
        ms-diagnostics: 1008;reason=”Unable to resolve\n\
        DNS SRV record”;domain=”fabrikam.com”;source=”sip.contoso.com”\\\n\
        01/15/2026|12:00:00.124 1A2C:1B40 INFO  :: End of Data Received -192.0.2.1:5061 (To Local Address: 192.0.2.2:1) 9 bytes\n";
    assert_finds(text, &["ms-diagnostics 1008 -"]);
    let event = events_in_text(text.as_bytes()).remove(0);
    assert_eq!(
        event.reason.as_deref(),
        Some("Unable to resolve DNS SRV record")
    );
    assert_eq!(event.param("source"), Some("sip.contoso.com"));
    assert_eq!(event.message.call_id.as_deref(), Some("abc"));
    assert_eq!(event.message.peer.as_deref(), Some("192.0.2.1:5061"));
    assert_eq!(event.time.unwrap().to_string(), "2026-01-15T12:00:00.123");

    // A body without a line end: the next entry begins in the middle of the line.
    let text = "01/15/2026|12:00:00.123 1A2C:1B40 INFO  :: MESSAGE sip:bob@contoso.com SIP/2.0\n\
        Call-ID: abc\nCSeq: 1 MESSAGE\nContent-Type: text/plain\nContent-Length: 5\n\n\
        hello01/15/2026|12:00:00.124 1A2C:1B40 INFO  :: BYE sip:bob@contoso.com SIP/2.0\n\
        Call-ID: def\nms-client-diagnostics: 51004;reason=\"x\"\n\n";
    assert_finds(text, &["ms-client-diagnostics 51004 -"]);
    assert_eq!(
        events_in_text(text.as_bytes())[0]
            .message
            .call_id
            .as_deref(),
        Some("def")
    );

    // Compact names, ngrep's dots, ladders, gutters, wrapped start lines, translated names.
    for (text, call_id, start) in [
        (
            "SIP/2.0 488 x\nf: <sip:a@contoso.com>\ni: abc\nms-client-diagnostics: 1;reason=\"x\"\n",
            "abc",
            "SIP/2.0 488 x",
        ),
        (
            "BYE sip:a@contoso.com SIP/2.0.\nCall-ID: abc.\nCSeq: 1 BYE.\nms-client-diagnostics: 1;reason=\"x\".\n.\n",
            "abc",
            "BYE sip:a@contoso.com SIP/2.0",
        ),
        (
            "   │  BYE ────> │   | BYE sip:a@contoso.com SIP/2.0\n   │             │   | Call-ID: abc\n   │             │   | ms-client-diagnostics: 1;reason=\"x\"\n",
            "abc",
            "BYE sip:a@contoso.com SIP/2.0",
        ),
        (
            "  1. BYE sip:a@contoso.com SIP/2.0\n  2. CALL-ID: abc\n  3. MS-CLIENT-DIAGNOSTICS: 1;reason=\"x\"\n",
            "abc",
            "BYE sip:a@contoso.com SIP/2.0",
        ),
        (
            "- BYE sip:a@contoso.com\n- SIP/2.0\n- Call-ID: abc\n- ms-client-diagnostics: 1;reason=\"x\"\n",
            "abc",
            "BYE sip:a@contoso.com - SIP/2.0",
        ),
        (
            "BYE sip:a@contoso.com SIP/2.0\nCall ID: abc\nms-client-diagnostics: 1;reason=\"x\"\n",
            "abc",
            "BYE sip:a@contoso.com SIP/2.0",
        ),
    ] {
        assert_finds(text, &["ms-client-diagnostics 1 -"]);
        let event = events_in_text(text.as_bytes()).remove(0);
        assert_eq!(event.message.call_id.as_deref(), Some(call_id), "{text}");
        assert_eq!(
            event
                .message
                .start_line
                .as_deref()
                .map(|s| s.replace(" - ", " ")),
            Some(start.replace(" - ", " ")),
            "{text}"
        );
        assert_eq!(event.reason.as_deref(), Some("x"), "{text}");
    }

    // A message that begins in the middle.
    let text = "Via: SIP/2.0/TLS 192.0.2.1\nFrom: <sip:a@contoso.com>;tag=1\nCall-ID: abc\nms-diagnostics: 1;reason=\"x\"\nContent-Length: 0\n";
    let event = events_in_text(text.as_bytes()).remove(0);
    assert_eq!(
        (
            event.message.start_line.as_deref(),
            event.message.call_id.as_deref()
        ),
        (None, Some("abc"))
    );

    // No empty line before an XML body, in a browser's tree view too.
    assert_finds(
        "SIP/2.0 500 x\nCall-ID: abc\nms-diagnostics: 1;reason=\"x\"\n- <Fault>\n  <a b=\"c\">ms-diagnostics: 2;reason=\"quoted\"</a>\n",
        &["ms-diagnostics 1 -", "text 2 -"],
    );
    // A multipart body has header lines and empty lines.
    assert_finds(
        "INVITE sip:a@contoso.com SIP/2.0\nCall-ID: abc\nContent-Type: multipart/alternative;boundary=\"b\"\nContent-Length: 999\n\n--b\nContent-Type: application/sdp\n\nv=0\n\n--b\nms-diagnostics: 2;reason=\"quoted\"\n--b--\n",
        &["text 2 -"],
    );
}

#[test]
fn server_records_are_read_in_every_shape() {
    let lines = "Instance-Id: 1\nDirection: incoming \nMessage-Type: response\nStart-Line: SIP/2.0 403 Forbidden\nFrom: <sip:a@contoso.com>\nCall-ID: abc\nms-diagnostics: 1002;reason=\"x\"\n";
    let prefix = "TL_INFO(TF_PROTOCOL) [1]1B3D.0E5F::06/21/2026-10:20:30.405.0001abcd";
    for text in [
        format!("{prefix} (a,b:c.cpp(1))$$begin_record\n{lines}Message-Body: -\n$$end_record\n"),
        format!("{prefix}\n(a,b:c.cpp(1))$$begin_record\n{lines}Message-Body: -\n$$end_record\n"),
        format!(
            "{prefix} (a,b:c.cpp(1))$$begin_record Peer: 192.0.2.1:5061\n{lines}Message-Body: -\n$$end_record\n"
        ),
        format!("{prefix} (a,b:c.cpp(1))\n{lines}Message-Body: -\n$$end_record\n"),
        format!("{prefix} (a,b:c.cpp(1))$$begin_record\n{lines}"),
        format!(
            "  12. {prefix} (a,b:c.cpp(1))$$begin_record\n{lines}Message-Body: -\n$$end_record\n"
        ),
        format!(
            "TL_INFO(TF_PROTOffice Communicator) [1]1B3D.0E5F::06/21/2026-10:20:30.405.0001abcd (a)$$begin_record\n{lines}$$end_record\n"
        ),
        format!("06/21/2026-10:20:30.405 SIPStack\t$$begin_record\n{lines}$$end_record\n"),
        format!("$$begin_record\n{lines}$$end_record\n"),
        lines.to_owned(),
        // Another thread's line between the lines of the record.
        format!(
            "{prefix} (a)$$begin_record\nDirection: incoming\nStart-Line: SIP/2.0 403 Forbidden\n{prefix} (x) noise\nCall-ID: abc\nms-diagnostics: 1002;reason=\"x\"\n$$end_record\n"
        ),
    ] {
        assert_finds(&text, &["ms-diagnostics 1002 -"]);
        let event = events_in_text(text.as_bytes()).remove(0);
        assert_eq!(event.message.call_id.as_deref(), Some("abc"), "{text}");
        assert_eq!(
            event.message.start_line.as_deref(),
            Some("SIP/2.0 403 Forbidden"),
            "{text}"
        );
        assert!(
            event
                .message
                .direction
                .as_deref()
                .unwrap()
                .starts_with("incoming"),
            "{text}"
        );
    }
    // A diagnostic record, its result code joined to the sentence.
    let event = events_in_text(
        format!("{prefix} (a)$$begin_record\nSeverity: error\nText: No route Result-Code: 0xc3e93d67 SIPPROXY_E_X\nSIP-Start-Line: INVITE sip:a@contoso.com SIP/2.0\nSIP-Call-ID: abc\nSIP-CSeq: 1 INVITE\nPeer: p:1\nData: domain =\" d \"; fqdn1 =\"e\"\n$$end_record\n").as_bytes(),
    ).remove(0);
    assert_eq!(event.carrier.name(), "server-record");
    assert_eq!(event.param("text"), Some("No route"));
    assert_eq!(event.param("result_code"), Some("0xc3e93d67"));
    assert_eq!(event.param("result_name"), Some("SIPPROXY_E_X"));
    assert_eq!(event.param("fqdn1"), Some("e"));
    assert_eq!(event.message.call_id.as_deref(), Some("abc"));
    assert_eq!(event.message.cseq.as_deref(), Some("1 INVITE"));
}

#[test]
fn false_friends_give_nothing() {
    for text in [
        "x-ms-diagnostics: 2000004;reason=\"x\"\n",
        "539e113x-ms-diagnostics: 2000004;reason=\"x\"\n",
        "HTTP/1.1 400 Bad Request\nX-Ms-diagnostics: 28020;source=\"s\";reason=\"x\"\nContent-Length: 1\n",
        "x-ms-diagnostics: [2000001;reason=“x”;error_category=\"invalid_token\"]\n",
        "X-Remote-Reason: 1409; reason=\"404 - Not Found\"; component=\"c\"\n",
        "Warning: 399 contoso.com \"x\"\nReason: Q.850;cause=16\n",
        "$regex = 'ICEWarn=(0x\\d*)'; if ($l -match \"ms-client-diagnostics: (\\d+)\") {}\n",
        "the ms-diagnostics header, ms-client-diagnostics: and ms-diagnostics: text\n",
        "g_strdup_printf(\"ms-diagnostics: %d;reason=\\\"%s\\\"\\r\\n\", code, reason);\n",
        "ICEWarn=0x320 is 800\nsee 0x8000100, SSRC=0x014EA261\n",
        "$$END_RECORD\nVQSessionReport: CallTerm\nCallID:abc@192.0.2.1\n",
        "7000 \"Call Ended by Media Agent\"; Final Microsoft subcode\n",
        "{\"headerValue\": \"UCCAPI/16.0 OC/16.0 (Skype for Business)\"}\n",
        "a=x-candidate-ipv6:3 1 UDP 1 2001:db8:5ef5:79fb:3ca3:36ab:fa66:7cf9 2 typ host\n",
        "https://example.com/ms-client-diagnostics-23-reasoncall-failed-icewarn0x80012b\n",
        "Call failed to establish due to a media connectivity failure\n",
        "",
        "\n\n",
    ] {
        assert_finds(text, &[]);
    }
}

#[test]
fn quoted_diagnoses_are_text() {
    // In the body of an instant message, with a whole log pasted into it.
    let body = "look:\r\n03/14/2026|09:26:53.589 1A2C:F40 INFO  :: SIP/2.0 488 x\r\nms-client-diagnostics: 24;reason=\"q\"\r\n$$end_record\r\n";
    let im = |wrap: &dyn Fn(&str) -> String| {
        wrap(&format!(
            "Call-ID: abc\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n",
            body.len()
        ))
    };
    let client = im(&|headers| {
        format!(
            "03/14/2026|09:26:50.589 1A2C:F40 INFO  :: MESSAGE sip:bob@contoso.com SIP/2.0\r\n{headers}\r\n{body}03/14/2026|09:26:50.589 1A2C:F40 INFO  :: End of Data Received -192.0.2.1:1 (x) 1 bytes\r\n"
        )
    });
    let server = im(&|headers| {
        format!(
            "TL_INFO(TF_PROTOCOL) [1]1B3D.0E5F::06/21/2026-10:20:30.405.0001abcd (a)$$begin_record\r\nStart-Line: MESSAGE sip:bob@contoso.com SIP/2.0\r\n{headers}Message-Body: {body}$$end_record\r\n"
        )
    });
    let bare = im(&|headers| format!("MESSAGE sip:bob@contoso.com SIP/2.0\r\n{headers}\r\n{body}"));
    for text in [client, server, bare] {
        assert_eq!(found(&text), ["text 24 -"], "{text}");
        let lf = text.replace("\r\n", "\n");
        assert_eq!(found(&lf), ["text 24 -"], "{lf}");
    }
    // In a sentence of a log, in a quoted header value, in a subject.
    assert_finds(
        "03/14/2026|09:26:53.589 1A2C:F40 WARN  :: got ms-diagnostics: 1;reason=\"x\"\n",
        &["text 1 -"],
    );
    assert_finds(
        "TL_ERROR(TF_COMPONENT) [1]1B3D.0E5F::06/21/2026-10:20:30.405.0001abcd (a)ms-diagnostics: 1;reason=\"x\"\n",
        &["text 1 -"],
    );
    assert_finds(
        "(10:26:53) sipe: header ms-diagnostics: 1;reason=\"x\"\n",
        &["text 1 -"],
    );
    assert_finds(
        "BYE sip:a@contoso.com SIP/2.0\nReason: SIP;cause=488;text=\"ms-diagnostics: 1;reason=x\"\nSubject: ms-diagnostics: 2;reason=x\nCall-ID: abc\n",
        &["text 1 -", "text 2 -"],
    );
}

#[test]
fn copies_of_pages_and_mails_are_read_as_what_they_copy() {
    let whole = "ms-client-diagnostics: 24; reason=\"Call failed\"; CallerMediaDebug=\"audio:ICEWarn=0x320, LocalSite=192.0.2.1:5\"\n";
    let want = ["ms-client-diagnostics 24 0x320"];
    assert_finds(whole, &want);
    // No-break spaces, character references, single quotes, emphasis around the code, tags.
    assert_finds(&whole.replace(' ', "\u{A0}"), &want);
    assert_finds(&whole.replace('"', "&#8221;"), &want);
    assert_finds(&whole.replace('"', "&ldquo;"), &want);
    assert_finds(&whole.replace('"', "’"), &want);
    assert_finds(&whole.replace(" 24;", " **24**;"), &want);
    assert_finds(&whole.replace("diagnostics:", "diagnostics</b>:"), &want);
    // Quoted mails and comments, wrapped with their marks.
    assert_finds(
        "> ms-client-diagnostics: 24; reason=\"Call\n> failed\"; CallerMediaDebug=\"audio:\n> ICEWarn=0x320\"\n",
        &want,
    );
    assert_finds(
        " * ms-client-diagnostics: 24; reason=\"Call failed\";\n *   CallerMediaDebug=\"audio:ICEWarn=0x320\"\n",
        &want,
    );
    // Wrapped right behind the name, and before every field.
    assert_finds(
        "ms-client-diagnostics:\n 24;reason=\"Call failed\";CallerMediaDebug=\"audio:ICEWarn=0x320,\n  LocalSite=192.0.2.1:1,\n  LocalMR=192.0.2.2:2,\n  RemoteSite=192.0.2.3:3,\n  RemoteMR=192.0.2.4:4,\n  PortRange=1025:65000,\n  LocalLocation=1\"\n",
        &want,
    );
    // Something behind the mask.
    for end in ["…", "...", ".", " a=candidate:1", "´´´", ")"] {
        let text = format!(
            "ms-client-diagnostics: 24;reason=\"x\";CallerMediaDebug=\"audio:ICEWarn=0x320{end}\n"
        );
        assert_finds(&text, &want);
    }
    for end in ["x", "00000000", "LocalSite"] {
        let text = format!(
            "ms-client-diagnostics: 24;reason=\"x\";CallerMediaDebug=\"audio:ICEWarn=0x320{end}\"\n"
        );
        assert_finds(&text, &["ms-client-diagnostics 24 -"]);
    }
    // An empty line behind every line.
    let message = "01/15/2026|12:00:00.123 1A2C:1B40 INFO  :: SIP/2.0 504 Server time-out\nCall-ID: abc\nCSeq: 1 SUBSCRIBE\nms-diagnostics: 1008;reason=\"x\"\nContent-Length: 0\n";
    assert_finds(&message.replace('\n', "\n\n"), &["ms-diagnostics 1008 -"]);
    // What the publisher left out.
    assert_finds(
        "SIP/2.0 504 x\nCall-ID: abc\n<snip>\n[...]\nms-diagnostics: 1008;reason=\"x\"\n",
        &["ms-diagnostics 1008 -"],
    );
}

#[test]
fn monitoring_reports_are_read_however_they_are_laid_out() {
    for text in [
        "Diagnostic header: 25; reason=”A federated call failed”; UserType=”Callee”; ICEWarn=”0x20″;\n",
        "MsDiagHeader: 25; reason=”A”; UserType=”Callee”; ICEWarn=”0x20″\n",
        "25; reason=”A federated call failed\nto establish”\n; UserType=”Callee”; ICEWarn=”0x20″\n",
        "25; reason=”A”;\nUserType=”Callee”;\nMediaType=”audio”;\nICEWarn=”0x20″;\nLocalSite=”″;\nBaseAddress=”;\nMrResU=”0″\n",
        "2026-01-01,24,\"25; reason=\"\"A\"\"; UserType=\"\"Callee\"\"; ICEWarn=\"\"0x20\"\"\"\n",
    ] {
        assert_finds(text, &["cdr 25 0x20"]);
    }
    // The same shape under a header's name counts once, as that header.
    assert_finds(
        "ms-client-diagnostics: 25; reason=\"A\"; UserType=\"Callee\"; ICEWarn=\"0x20\"\n",
        &["ms-client-diagnostics 25 0x20"],
    );
    assert_finds(
        "X-Remote-Reason: 25; reason=\"A\"; UserType=\"Callee\"\n",
        &[],
    );
    assert_finds("24; reason=\"say; UserType=x\"; component=\"y\"\n", &[]);
}

#[test]
fn error_reports_are_read_line_by_line_and_whole() {
    let report = "<reportError xmlns=\"x\">\n  <error toUri=\"sip:b@contoso.com\" callId=\"inner\">\n  <diagHeader>\n   10000;reason=\"Gateway returned a SIP failure code\"\n  </diagHeader>\n  <progressReports><progressReport><diagHeader>12006;reason=\"Trying next hop\"</diagHeader></progressReport></progressReports>\n  </error>\n</reportError>\n";
    assert_finds(report, &["diag-header 10000 -", "diag-header 12006 -"]);
    let events = events_in_text(report.as_bytes());
    assert!(
        events
            .iter()
            .all(|event| event.param("callId") == Some("inner")),
        "{events:?}"
    );
    assert_finds(
        "<diagHeader>\n 10000;reason=\"x\"\n</diagHeader>\n",
        &["diag-header 10000 -"],
    );
    assert_finds(
        "&lt;diagHeader&gt;10000;reason=&quot;x&quot; &lt;/diagHeader&gt;\n",
        &["diag-header 10000 -"],
    );
    assert_finds(
        "<diagHeader/><diagHeader></diagHeader><xs:element name=\"diagHeader\"/>\n",
        &[],
    );
}

#[test]
fn cut_values_keep_their_code() {
    for text in [
        "ms-diagnostics: 1034; Call failed\n",
        "ms-diagnostics: 1034;r\n",
        "ms-diagnostics: 1034;...\n",
        " *\tms-diagnostics: 1034; text\n",
        "/* ms-diagnostics: 1034 */\n",
    ] {
        assert_finds(text, &["ms-diagnostics 1034 -"]);
    }
    let events = events_in_text(
        b"\"SIP/2.0 404 Not Found\\r\\n\"\n\"From: \\\"Ann\\\"<sip:ann@contoso.com>\\r\\n\"\n\"ms-diagnostics: 1003;reason=\\\"x\\\"\\r\\n\"\n",
    );
    let message = &events[0].message;
    assert_eq!(message.start_line.as_deref(), Some("SIP/2.0 404 Not Found"));
    assert_eq!(
        message.from.as_deref(),
        Some("\"Ann\"<sip:ann@contoso.com>")
    );
}

#[test]
fn an_end_marker_in_the_middle_of_a_line_ends_the_record() {
    for text in [
        "Instance-Id:$$end_record\nStart-Line:SIP/2.0 488",
        "$$begin_record\nInstance-Id: 1\nms-diagnostics: 1;reason=\"x\"$$end_record\nStart-Line: SIP/2.0 488 x\n",
    ] {
        let _ = found(text);
    }
}

#[test]
fn patterns_and_programs_are_no_diagnoses() {
    for text in [
        "ms-client-diagnostics: 2[0-9];reason\n",
        "ms-diagnostics: 1*DIGIT\n",
        "grep \"ms-diagnostics: 1003\" file\n",
        "switch -regex ($l) { \"ms-diagnostics: 1003;\" { } }\n",
        "x_ms-diagnostics: 24;reason=\"x\"\nx–ms-diagnostics: 24;reason=\"x\"\n",
        "if header == \"ms-diagnostics\": 24\n",
    ] {
        assert_finds(text, &[]);
    }
}
