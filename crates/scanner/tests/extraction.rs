//! What is taken out of one record: diagnoses, where each was written, and what stands around it.

use siptriage_diagnostics::MediaSide;
use siptriage_scanner::events_in_text;

/// `carrier code` of each diagnosis, in their order.
fn carriers(text: &str) -> Vec<String> {
    let events = events_in_text(text.as_bytes());
    let name = |event: &siptriage_facts::Event<'_>| {
        let code = event.code.map_or("-".to_owned(), |code| code.to_string());
        format!("{} {code}", event.carrier.name())
    };
    events.iter().map(name).collect()
}

#[test]
fn in_a_message_a_header_counts_whatever_is_behind_its_code() {
    let headers = "Via: SIP/2.0/TLS 192.0.2.1\nms-diagnostics: 24 is common\n";
    assert_eq!(
        carriers(&format!("SIP/2.0 200 OK\n{headers}")),
        ["header 24"]
    );
    let escaped = "gw: SIP/2.0 200 OK#015 Via: a#015 ms-diagnostics: 24 is common#015 #015 \n";
    assert_eq!(carriers(escaped), ["header 24"]);
    // Headers alone may be words about one.
    assert!(carriers(headers).is_empty());
    assert_eq!(
        carriers("Via: SIP/2.0/TLS 192.0.2.1\nms-diagnostics: 24;reason=\"x\"\n"),
        ["header 24"]
    );
}

#[test]
fn a_header_that_is_quoted_or_stands_in_a_sentence_is_text() {
    for (line, want) in [
        ("ms-diagnostics: 24;reason=\"x\"", "header 24"),
        // A lost line end joined it to the header before it.
        ("Call-ID: a ms-diagnostics: 24;reason=\"x\"", "header 24"),
        ("Own: \"see ms-diagnostics: 24;reason=x\"", "text 24"),
        ("Own: \"a\" ms-diagnostics: 24;reason=x", "header 24"),
        ("Subject: see ms-diagnostics: 24;reason=\"x\"", "text 24"),
        (
            "X-Remote-Reason: see ms-diagnostics: 24;reason=\"x\"",
            "text 24",
        ),
    ] {
        let text = format!("SIP/2.0 200 OK\nVia: a\n{line}\nContent-Length: 0\n");
        assert_eq!(carriers(&text), [want], "{line}");
        let escaped = format!("gw: SIP/2.0 200 OK#015 Via: a#015 {line}#015 l: 0#015 #015 \n");
        assert_eq!(carriers(&escaped), [want], "{escaped}");
    }
    // What a value holds is a part of it.
    let text = "SIP/2.0 200 OK\nms-diagnostics: 24;reason=\"see ms-diagnostics: 25;a=b\"\n";
    assert_eq!(carriers(text), ["header 24", "text 25"]);
}

#[test]
fn the_form_of_monitoring_reports_is_no_second_diagnosis_behind_a_name() {
    let form = "25; reason=\"x\"; UserType=\"Callee\"; MediaType=\"audio\"; ICEWarn=\"0x20\"";
    for front in [
        "ms-client-diagnostics: ",
        "**ms-client-diagnostics**: ",
        "ms-client-diagnostics: **",
    ] {
        let text = format!("words {front}{form}\n");
        assert_eq!(carriers(&text), ["header 25"], "{text}");
    }
    let text = format!("words {form}\nand {form}\n");
    assert_eq!(carriers(&text), ["cdr 25", "cdr 25"]);
    let events = events_in_text(text.as_bytes());
    let media = &events[0].media[0];
    assert_eq!(
        (media.side, &*media.label),
        (Some(MediaSide::Callee), "audio")
    );
    assert_eq!(media.ice_warn.map(|mask| mask.bits()), Some(0x20));
}

#[test]
fn media_debug_has_sides_labels_and_fields() {
    let debug = "audio:ICEWarn=0x20,LocalSite=192.0.2.1:5;video:ICEWarn=,ICEWarnEx=0x1,a=b";
    for (name, side) in [
        ("CallerMediaDebug", MediaSide::Caller),
        ("CalleeMediaDebug", MediaSide::Callee),
    ] {
        let text = format!("SIP/2.0 200 OK\nms-diagnostics: 24;{name}=\"{debug}\"\n");
        let events = events_in_text(text.as_bytes());
        let media = &events[0].media;
        let labels: Vec<&str> = media.iter().map(|media| &*media.label).collect();
        assert_eq!(labels, ["audio", "video"]);
        assert!(media.iter().all(|media| media.side == Some(side)));
        assert_eq!(media[0].ice_warn.map(|mask| mask.bits()), Some(0x20));
        // An empty mask is none.
        assert_eq!(media[1].ice_warn, None);
        assert_eq!(media[1].malformed_ice_warn, None);
        assert_eq!(media[1].ice_warn_ex, Some(1));
        let fields: Vec<(&str, &str)> = (media[1].fields.iter())
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(fields, [("ICEWarn", ""), ("a", "b")]);
    }
    let bad = "SIP/2.0 200 OK\nms-diagnostics: 24;CallerMediaDebug=\"a=b,ICEWarn=0x20z\"\n";
    let events = events_in_text(bad.as_bytes());
    let media = &events[0].media[0];
    assert_eq!((&*media.label, media.ice_warn), ("", None));
    assert_eq!(media.malformed_ice_warn.as_deref(), Some("0x20z"));
}

#[test]
fn an_error_report_names_the_call_that_failed() {
    let report = "<reportError><error callId=\"abc\" fromTag=\"1\" responseCode=\"504\" \
        requestType=\"INVITE\" own=\"x\"><diagHeader>10000;reason=\"x\"</diagHeader></error>\
        </reportError>";
    let text = format!("{report}\n");
    let events = events_in_text(text.as_bytes());
    assert_eq!(carriers(&text), ["diag-header 10000"]);
    let event = &events[0];
    assert_eq!(event.message.call_id.as_deref(), Some("abc"));
    assert_eq!(event.param("responseCode"), Some("504"));
    assert_eq!(event.param("requestType"), Some("INVITE"));
    assert_eq!((event.param("toTag"), event.param("own")), (None, None));
    // The message around it has a Call-ID of its own.
    let text = format!(
        "SERVICE sip:ann@contoso.com SIP/2.0\nCall-ID: own\n\
        Content-Type: application/msrtc-reporterror+xml\nContent-Length: {}\n\n{report}",
        report.len()
    );
    let events = events_in_text(text.as_bytes());
    assert_eq!(carriers(&text), ["diag-header 10000"]);
    assert_eq!(events[0].message.call_id.as_deref(), Some("own"));
    assert_eq!(events[0].param("callId"), Some("abc"));
    // A body of another type quotes it.
    let other = text.replace("application/msrtc-reporterror+xml", "text/plain");
    assert_eq!(carriers(&other), ["text 10000"]);
}

#[test]
fn a_record_of_a_server_says_what_it_is_about() {
    let text = "$$begin_record\nSeverity: warning\nText: Routing error Result-Code: 0xc3e93c5e NAME\n\
        SIP-Start-Line: INVITE sip:ann@contoso.com SIP/2.0\nSIP-Call-ID: abc\nSIP-CSeq: 7 INVITE\n\
        Peer: 192.0.2.1:5061\nData: domain=\"contoso.com\";a=b\n$$end_record\n";
    let events = events_in_text(text.as_bytes());
    assert_eq!(carriers(text), ["server-record -"]);
    let (event, message) = (&events[0], &events[0].message);
    let start_line = Some("INVITE sip:ann@contoso.com SIP/2.0");
    assert_eq!(message.start_line.as_deref(), start_line);
    assert_eq!(message.call_id.as_deref(), Some("abc"));
    assert_eq!(message.cseq.as_deref(), Some("7 INVITE"));
    assert_eq!(message.peer.as_deref(), Some("192.0.2.1:5061"));
    for (name, want) in [
        ("severity", "warning"),
        ("text", "Routing error"),
        ("result_code", "0xc3e93c5e"),
        ("result_name", "NAME"),
        ("domain", "contoso.com"),
        ("a", "b"),
    ] {
        assert_eq!(event.param(name), Some(want), "{name}");
    }
}

#[test]
fn what_was_cut_says_so_and_the_first_reason_counts() {
    let of = |params: &str| {
        let text = format!("SIP/2.0 200 OK\nms-diagnostics: 24.5;{params}\n");
        let events = events_in_text(text.as_bytes());
        let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
        let event = &events[0];
        assert_eq!(event.sub_code.as_deref(), Some("5"));
        (text(&event.reason), text(&event.source), event.cut)
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        of("reason=\"a\";Reason=\"b\";source=s"),
        (some("a"), some("s"), false)
    );
    assert_eq!(of("reason=\"a"), (some("a"), None, true));
    assert_eq!(of("reason=\"a...\""), (some("a..."), None, true));
    assert_eq!(of("x=y"), (None, None, false));
}

#[test]
fn a_quality_report_gives_its_call_and_media_lines() {
    let text = "<VQReportEvent><VQSessionReport><DialogInfo CallId=\"abc\" FromTag=\"1\" \
        Start=\"2026-03-14T09:26:53Z\"><FromURI>sip:ann@contoso.com</FromURI>\
        <ToURI>sip:ben@contoso.com</ToURI><Caller>true</Caller></DialogInfo>\
        <MediaLine Label=\"main-audio\"><Ice>RELAY</Ice><IceWarningFlags>0x20</IceWarningFlags>\
        <LocalAddr><IPAddr>192.0.2.1</IPAddr><Port>5</Port><Inside>true</Inside></LocalAddr>\
        <a:RemoteAddr><a:IPAddr>192.0.2.2</a:IPAddr></a:RemoteAddr><Port>9</Port></MediaLine>\
        <MediaLine Label=\"main-video\"><IceWarningFlags>x</IceWarningFlags></MediaLine>\
        </VQSessionReport></VQReportEvent><VQReportEvent><DialogInfo CallId=\"def\"/></VQReportEvent>\n";
    let events = events_in_text(text.as_bytes());
    assert_eq!(carriers(text), ["qoe -", "qoe -"]);
    let (first, second) = (&events[0], &events[1]);
    assert_eq!(first.message.call_id.as_deref(), Some("abc"));
    assert_eq!(second.message.call_id.as_deref(), Some("def"));
    assert_eq!(first.param("FromURI"), Some("sip:ann@contoso.com"));
    assert_eq!(first.param("ToURI"), Some("sip:ben@contoso.com"));
    assert_eq!(first.param("Start"), Some("2026-03-14T09:26:53Z"));
    let [audio, video] = &first.media[..] else {
        panic!("{:?}", first.media);
    };
    assert_eq!((&*audio.label, &*video.label), ("main-audio", "main-video"));
    assert_eq!(audio.side, Some(MediaSide::Caller));
    assert_eq!(audio.ice_warn.map(|mask| mask.bits()), Some(0x20));
    assert_eq!(video.malformed_ice_warn.as_deref(), Some("x"));
    let fields: Vec<(&str, &str)> = (audio.fields.iter())
        .map(|(name, value)| (&**name, &**value))
        .collect();
    assert_eq!(
        fields,
        [
            ("Ice", "RELAY"),
            ("IceWarningFlags", "0x20"),
            ("LocalAddr.IPAddr", "192.0.2.1"),
            ("LocalAddr.Port", "5"),
            ("LocalAddr.Inside", "true"),
            ("RemoteAddr.IPAddr", "192.0.2.2"),
        ]
    );
    assert!(second.media.is_empty());
}

#[test]
fn a_mask_of_a_report_is_decimal_unless_it_can_only_be_hexadecimal() {
    for (value, want) in [
        ("32", Some(32)),
        ("0x20", Some(0x20)),
        ("0X20", Some(0x20)),
        ("2a", Some(0x2a)),
        ("-1", Some(u32::MAX)),
        ("", None),
        ("words", None),
    ] {
        let text = format!(
            "<VQReportEvent><MediaLine><IceWarningFlags>{value}</IceWarningFlags></MediaLine></VQReportEvent>\n"
        );
        let events = events_in_text(text.as_bytes());
        let mask = events[0].media[0].ice_warn.map(|mask| mask.bits());
        assert_eq!(mask, want, "{value}");
    }
}

/// Name and value of the fields of each media line of a report with this inside.
fn media_of(inside: &str) -> Vec<Vec<(String, String)>> {
    let text = format!("<VQReportEvent>{inside}</VQReportEvent>\n");
    let events = events_in_text(text.as_bytes());
    let fields = |media: &siptriage_facts::Media<'_>| {
        let fields = media.fields.iter();
        let fields = fields.map(|(name, value)| (name.to_string(), value.to_string()));
        fields.collect()
    };
    events[0].media.iter().map(fields).collect()
}

#[test]
fn every_field_of_a_report_that_matters_is_kept_under_its_name() {
    for (element, name) in [
        ("<Ice>x</Ice>", "Ice"),
        ("<Transport>x</Transport>", "Transport"),
        ("<Offerer>x</Offerer>", "Offerer"),
        (
            "<NetworkConnection>x</NetworkConnection>",
            "NetworkConnection",
        ),
        ("<VPN>x</VPN>", "VPN"),
        (
            "<ReflexiveLocalIPAddress>x</ReflexiveLocalIPAddress>",
            "ReflexiveLocalIPAddress",
        ),
    ] {
        let want = vec![(name.to_owned(), "x".to_owned())];
        assert_eq!(
            media_of(&format!("<MediaLine>{element}</MediaLine>")),
            [want]
        );
    }
    for address in ["LocalAddr", "RemoteAddr", "RelayAddress"] {
        for field in ["IPAddr", "Port", "Inside"] {
            let element = format!("<{address}><{field}>x</{field}></{address}>");
            let want = vec![(format!("{address}.{field}"), "x".to_owned())];
            assert_eq!(
                media_of(&format!("<MediaLine>{element}</MediaLine>")),
                [want]
            );
        }
    }
    // Of nobody's address, or of no media line.
    for inside in [
        "<MediaLine><Port>x</Port></MediaLine>",
        "<MediaLine><LocalAddr></LocalAddr><Port>x</Port></MediaLine>",
        "<MediaLine><LocalAddr><MediaLine><Port>x</Port></MediaLine>",
        "<Ice>x</Ice><MediaLine></MediaLine>",
        "<MediaLine><Own>x</Own></MediaLine>",
    ] {
        assert!(media_of(inside).iter().all(Vec::is_empty), "{inside}");
    }
}

#[test]
fn names_with_a_prefix_are_found_wherever_they_stand() {
    let want = vec![("Ice".to_owned(), "x".to_owned())];
    for prefix in [
        "v2:",
        "a-rather-long-prefix-of-a-namespace-that-goes-on-for-long:",
    ] {
        for blanks in 0..130 {
            let blanks = " ".repeat(blanks);
            let inside =
                format!("{blanks}<MediaLine><Own/><{prefix}Ice>x</{prefix}Ice></MediaLine>");
            assert_eq!(media_of(&inside), std::slice::from_ref(&want), "{inside}");
        }
    }
}

#[test]
fn a_report_that_is_not_closed_ends_where_another_begins() {
    let text = "<VQReportEvent><MediaLine Label=\"a\"><VQReportEvent><Caller>false</Caller>\
        <MediaLine Label=\"b\"><Caller>true</Caller><VQReportEvent><Caller>maybe</Caller>\
        <MediaLine>\n";
    let events = events_in_text(text.as_bytes());
    let media: Vec<_> = (events.iter().flat_map(|event| &event.media))
        .map(|media| (&*media.label, media.side))
        .collect();
    let want = [("a", None), ("b", Some(MediaSide::Callee)), ("", None)];
    assert_eq!(media, want);
    assert_eq!(events.len(), 3);
    // As many media lines as one report may have.
    let lines = "<MediaLine>".repeat(70);
    assert_eq!(media_of(&lines).len(), 64);
}
