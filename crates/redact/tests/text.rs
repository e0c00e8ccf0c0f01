//! Every kind of identifier, where it stands.

use siptriage_redact::{Key, Learner, Redactor};

fn redactor() -> Redactor {
    Redactor::new(Key::from_bytes(b"a key for tests only").expect("long enough"))
}

fn learned(texts: &[&str]) -> Redactor {
    let mut learner = Learner::new(Key::from_bytes(b"a key for tests only").expect("long enough"));
    for text in texts {
        learner.read(text);
    }
    learner.finish()
}

/// Asserts that none of these words is left, in any case.
fn gone(text: &str, words: &[&str]) {
    let lower = text.to_lowercase();
    for word in words {
        assert!(
            !lower.contains(&word.to_lowercase()),
            "{word} is left in: {text}"
        );
    }
}

#[test]
fn identifiers_of_every_kind_get_tokens() {
    let redactor = redactor();
    for (text, words) in [
        (
            "INVITE sip:ann@contoso.com SIP/2.0",
            &["ann", "contoso"][..],
        ),
        (
            "From: \"Ann Example\"<sip:ann@contoso.com>;tag=1;epid=008b4700bf",
            &["ann", "example\"", "contoso", "008b4700bf"],
        ),
        (
            "To: Ann Example <sips:ann.example@sub.contoso.com:5061;transport=tls>",
            &["ann", "contoso"],
        ),
        (
            "P-Asserted-Identity: \"Zoë \\\"Z\\\" Example\" <tel:+1-206-555-0142>",
            &["zoë", "206", "0142"],
        ),
        (
            "Contact: <sip:ann@contoso.com;opaque=user:epid:VxBeJakCX1Dm7NRwzUSFXkNk;gruu>",
            &["vxbejak", "ann"],
        ),
        (
            "Contact: <sip:192.0.2.7:5061>;+sip.instance=\"<urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e>\"",
            &["192.0.2.7", "0f8fad5b", "70867728950e"],
        ),
        (
            "Via: SIP/2.0/TLS FE01:5061;branch=z9hG4bK5b4c33a7b774c5de;received=198.51.100.82",
            &["fe01", "198.51.100.82"],
        ),
        (
            "Record-Route: <sip:fe01.contoso.com:5061;transport=tls;opaque=state:T;lr>",
            &["fe01", "contoso"],
        ),
        ("Call-ID: 12fd173be124a8ee6ac18d8495f7a421", &["12fd173b"]),
        ("i: 12@192.0.2.1", &["12@", "192.0.2.1"]),
        (
            "ms-diagnostics: 1027;reason=\"no\";source=\"FE01\";domain=\"contoso\"",
            &["fe01", "contoso"],
        ),
        (
            "Proxy-Authorization: TLS-DSK realm=\"SIP Communications Service\", opaque=\"f845daca\", targetname=\"fe01.contoso.com\", response=\"6d3e6879\"",
            &["f845daca", "fe01", "6d3e6879"],
        ),
        ("c=IN IP6 2001:db8::17", &["2001:db8"]),
        ("o=ann 0 0 IN IP4 192.0.2.7", &["ann", "192.0.2.7"]),
        ("a=ice-pwd:e5xuV6RYNLhENcmlAuSGlTI_", &["e5xuv6"]),
        (
            "TL_INFO(TF_PROTOCOL) [pool01\\fe01]0A1C.0ABC::03/02/2026-08:00:00.000 (SIPStack,X::Y:P.cpp(265))[1] $$begin_record",
            &["pool01", "fe01]"],
        ),
        (
            "Mar  2 08:31:07 sbc1 203.0.113.77 SIP/2.0 404 Not Found#015 Call-ID: abc1def2#015 CSeq: 1 INVITE",
            &["sbc1", "203.0.113.77", "abc1def2"],
        ),
        ("called +1 (206) 555-0142 twice", &["206", "555"]),
        (
            "<Endpoint xmlns=\"x\" Name=\"ANN-PC\" OS=\"Windows\">",
            &["ann-pc"],
        ),
        (
            "<displayName>Ann Example</displayName><BSSID>00-1A-2B-3C-4D-5E</BSSID><SSID>Corp</SSID>",
            &["ann", "1a-2b", "corp"],
        ),
        (
            "logged on as CONTOSO\\ann.example from C:\\Users\\ann\\AppData",
            &["contoso", "ann"],
        ),
        ("/home/ann/traces", &["ann"]),
        (
            "sip%3Aann%40contoso.com and %22Ann%20B%22%20%3Csip:ann@contoso.com%3E",
            &["ann", "contoso"],
        ),
        ("sip:ann%2Eexample%40contoso.com", &["ann", "contoso"]),
        (
            "x\\r\\nFrom: <sip:ann@contoso.com>\\r\\nCall-ID: k4711\\r\\nCSeq: 1",
            &["ann", "contoso", "k4711"],
        ),
        ("SIP/2.0/TLS 10.1.2.3:5061", &["10.1.2.3"]),
        ("host/10.1.2.3", &["10.1.2.3"]),
        (
            "CSeq: 20 INVITE From : \"DX 70\" <sip:2000 @contoso.com >",
            &["dx 70", "contoso"],
        ),
        (
            "a=candidate:Bx/1Hlk9n6qytHvh4J 1 Qs/YIkQkR5pdbew2yzMg UDP 0.8 192.0.2.7 5",
            &["hlk9", "yikq", "192.0.2.7"],
        ),
        (
            "2026-03-02T08:10:46.240+01:00 gw17 daemon: started",
            &["gw17"],
        ),
        ("SIP-Call-ID: k-4711", &["k-4711"]),
        ("Subject: lunch with Ann", &["lunch", "ann"]),
    ] {
        gone(&redactor.text(text), words);
    }
}

#[test]
fn words_of_protocols_stay() {
    let redactor = redactor();
    for text in [
        "INVITE",
        "SIP/2.0 488 Not Acceptable Here",
        "User-Agent: UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)",
        "Server: RTCC/6.0.0.0 MediationServer",
        "Supported: ms-dialog-route-set-update",
        "CSeq: 1 INVITE",
        "Content-Type: multipart/alternative;boundary=\"----=_NextPart_000_397E_01D2F1A3.91A6F19A\"",
        "------=_NextPart_000_397E_01D2F1A3.91A6F19A",
        "a=rtpmap:104 SILK/16000",
        "a=candidate:1 1 UDP 2130706431 0.0.0.0 50024 typ host",
        "m=audio 50024 RTP/SAVP 117 104",
        "Direction: outgoing;source=\"external edge\";destination=\"internal edge\"",
        "2026-03-02T08:33:15.204711Z",
        "25; reason=\"A federated call failed to establish due to a media connectivity failure\"; UserType=\"Callee\"; ICEWarn=\"0x40003a0\"",
        "Via: SIP/2.0/TLS 127.0.0.1",
        "xmlns=\"http://www.w3.org/2001/XMLSchema-instance\"",
        "application/vnd.microsoft.rtc.x",
        "Lync-UccApi-0.UccApilog",
    ] {
        assert_eq!(redactor.text(text), text);
    }
    assert_eq!(
        redactor.agent("RTCC/5.0.0.0 12.0.0.1"),
        "RTCC/5.0.0.0 12.0.0.1"
    );
}

#[test]
fn the_same_identifier_has_one_token_wherever_it_stands() {
    let redactor = learned(&[
        "From: \"Ann Example\"<sip:ann.example@contoso.com>\r\nCall-ID: k47\r\nVia: SIP/2.0/TLS fe01.contoso.com\r\n",
    ]);
    let address = redactor.text("sip:ann.example@contoso.com");
    let (user, domain) = address[4..].split_once('@').expect("an address");
    for text in [
        "user ann.example is away",
        "ANN.EXAMPLE is away",
        "Ann.Example@Contoso.com",
        "%22%20sip%3Aann.example%40contoso.com",
    ] {
        let text = redactor.text(text).to_lowercase();
        assert!(text.contains(user), "{text}");
    }
    assert!(redactor.text("fe01.contoso.com").ends_with(domain));
    assert_eq!(
        redactor.text("at contoso it failed"),
        format!(
            "at {} it failed",
            &domain[..domain.len() - ".example".len()]
        )
    );
    let name = redactor.text("\"Ann Example\" <sip:x@y.com>");
    let name = name.split('"').nth(1).expect("a name");
    assert_eq!(
        redactor.text("Ann Example did not answer"),
        format!("{name} did not answer")
    );
    assert_eq!(
        redactor.text("dialog k47 ended"),
        format!("dialog {} ended", redactor.call_id("k47"))
    );
    // A machine is the same with and without its domain.
    let machine = redactor.text("source=\"FE01\"").to_lowercase();
    let full = redactor.text("fe01.contoso.com");
    let label = full.split('.').next().expect("a label");
    assert!(machine.contains(label), "{machine} {full}");
}

#[test]
fn domains_and_subnets_stay_together() {
    let redactor = redactor();
    let domain = |text: &str| {
        let text = redactor.text(text);
        let labels: Vec<String> = text.split(['.', '@', ':']).map(str::to_owned).collect();
        labels[labels.len() - 2].clone()
    };
    assert_eq!(domain("sip:ann@contoso.com"), domain("sip:bob@contoso.com"));
    assert_eq!(
        domain("sip:ann@contoso.com"),
        domain("sip:ann@eu.contoso.com")
    );
    assert_ne!(
        domain("sip:ann@contoso.com"),
        domain("sip:ann@fabrikam.com")
    );
    assert_ne!(domain("x.contoso.co.uk"), domain("x.fabrikam.co.uk"));
    let front = |text: &str| {
        redactor
            .text(text)
            .rsplit_once('.')
            .map(|(front, _)| front.to_owned())
    };
    assert_eq!(front("192.0.2.7"), front("192.0.2.9"));
    assert_eq!(
        format!("{}.0/24", front("192.0.2.7").expect("dots")),
        redactor.text("192.0.2.0/24")
    );
    gone(
        &redactor.text("10.1.0.0/16 and 2001:db8::/32"),
        &["10.1", "2001:db8"],
    );
}

#[test]
fn what_a_line_break_divides_is_found() {
    let redactor = redactor();
    let text = redactor.text(
        "From: <sip:ann.exam\r\n ple@conto\r\n so.com>;tag=1\r\nTo: <sip:bob@contoso.com>\r\n",
    );
    gone(
        &text.replace("\r\n ", ""),
        &["ann", "contoso", "ple@", "bob"],
    );
    assert_eq!(text.matches('\n').count(), 4, "{text}");
}

#[test]
fn lines_of_a_message_that_is_indented_or_listed_stay_apart() {
    let redactor = redactor();
    for dress in ["    ", "- ", "  7. ", "> "] {
        let lines = [
            "INVITE sip:ann@contoso.com SIP/2.0",
            "TO: <sip:ann@contoso.com>;epid=6C801B691B",
            "CSEQ: 6 INVITE",
            "CALL-ID: 3e66afc936ee4733b5ccf058dc3f3844",
            "MAX-FORWARDS: 70",
        ];
        let text: String = lines
            .iter()
            .map(|line| format!("{dress}{line}\n"))
            .collect();
        let redacted = redactor.text(&text);
        assert!(
            redacted.contains(&format!("\n{dress}CSEQ: 6 INVITE\n{dress}CALL-ID: call-")),
            "{redacted}"
        );
        assert!(
            redacted.ends_with(&format!("\n{dress}MAX-FORWARDS: 70\n")),
            "{redacted}"
        );
    }
}

#[test]
fn quoted_diagnoses_keep_name_and_code() {
    let body = redactor().body(
        "text/plain",
        "mine says ms-client-diagnostics: 24; reason=\"Ann\" and x-ms-diagnostics: 7",
    );
    assert_eq!(
        body,
        "[73 bytes left out] ms-client-diagnostics: 24;reason=\"left out\""
    );
}

#[test]
fn what_people_wrote_is_left_out_and_its_length_is_said() {
    let redactor = redactor();
    let message = "MESSAGE sip:a@contoso.com SIP/2.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: 13\r\n\r\nthe code is X";
    let message = redactor.message(message);
    assert!(
        message.ends_with("\r\n\r\n[13 bytes left out]"),
        "{message}"
    );
    let parts = "INVITE x\r\nContent-Type: multipart/mixed;boundary=\"b_1\"\r\n\r\n--b_1_x\r\nContent-Type: text/plain\r\n\r\nsecret words\r\n--b_1_x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 192.0.2.7\r\n--b_1_x--\r\n";
    let parts = redactor.message(parts);
    gone(&parts, &["secret", "192.0.2.7"]);
    assert_eq!(parts.matches("--b_1_x").count(), 3, "{parts}");
    assert!(parts.contains("v=0\r\nc=IN IP4 2"), "{parts}");
}

#[test]
fn paths_keep_their_form_and_the_names_of_programs() {
    let redactor = learned(&["From: <sip:ada.alder@contoso.com>"]);
    let path = redactor.path("/home/ann/case.zip!logs/ada.alder.UccApilog");
    gone(&path, &["ann", "ada", "alder", "home", "case"]);
    assert!(
        path.starts_with('/') && path.contains(".zip!") && path.ends_with(".UccApilog"),
        "{path}"
    );
    assert!(path.contains("user-"), "{path}");
    assert!(
        redactor
            .path(r"C:\Users\ann\Lync-UccApi-0.UccApilog")
            .ends_with(r"\Lync-UccApi-0.UccApilog")
    );
    assert_eq!(redactor.path("<stdin>"), "<stdin>");
}

#[test]
fn keys_make_tokens() {
    let of = |key: &[u8]| {
        Redactor::new(Key::from_bytes(key).expect("long enough"))
            .text("sip:ann@contoso.com 192.0.2.1")
    };
    assert_eq!(of(b"0123456789abcdef"), of(b"0123456789abcdef"));
    assert_ne!(of(b"0123456789abcdef"), of(b"fedcba9876543210"));
}

#[test]
fn no_text_makes_the_search_panic() {
    // Pieces that stand before and behind everything, put together in every order.
    let pieces = [
        "sip:",
        "@",
        "<sip:",
        "\"",
        "\\",
        "%4",
        "%40",
        "é",
        "+",
        "1.2.3",
        ":",
        "::",
        "[",
        "]",
        "=",
        "\n",
        " ",
        "Call-ID:",
        "opaque=",
        "epid",
        "a=",
        "TL_",
        "Mar ",
        "-",
        ".",
        "contoso.com",
        "<Name",
        "--",
        "\r\n\t",
    ];
    let redactor = learned(&["From: \"Ä É\"<sip:é@contoso.com>"]);
    for one in pieces {
        for two in pieces {
            for three in pieces {
                let text = format!("{one}{two}{three}{one}{two}");
                let _ = redactor.text(&text);
                let _ = redactor.message(&text);
                let _ = redactor.path(&text);
                let _ = redactor.agent(&text);
            }
        }
    }
}

#[test]
fn hostile_text_is_searched_in_time() {
    let redactor = learned(&["From: \"A B\"<sip:a.b.c@contoso.com>"]);
    let started = std::time::Instant::now();
    for piece in [
        "a.",
        "sip:",
        "source=",
        "name=",
        "<displayName ",
        "-a1B",
        "%25",
        "%41",
        "1.2.3.",
        "::",
        "\"<sip:",
        "a\n b",
        "\\n",
        "<sip:",
        "a@",
        "source=\"x ",
        "Call-ID: ",
        "+1 ",
        "[",
        "\\\\a",
        "a b ",
    ] {
        let text = piece.repeat((300 << 10) / piece.len());
        let _ = redactor.text(&text);
        let _ = redactor.message(&text);
    }
    // Each takes milliseconds; a search from every word to the end takes minutes.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn many_names_that_begin_alike_are_found_in_time() {
    let names: String = (0..20_000)
        .map(|n| format!("From: <sip:user.{n}@contoso.com>\n"))
        .collect();
    let started = std::time::Instant::now();
    let redactor = learned(&[&names]);
    let text = redactor.text(&"user.17 and user.19999 ".repeat(20_000));
    assert!(!text.contains("user.17"));
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}
