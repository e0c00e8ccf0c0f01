//! From small traces to dialogs: what people paste, and how, changes nothing of what is true.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::ffi::OsString;

use siptriage_facts::{CallId, Facts, Method, Modalities, PartyTraits, Tag, Traits, TroubleKind};
use siptriage_scanner::{ScanOptions, Unwatched, discover, scan};

/// A short call as it was on the wire, with LF line ends.
const CALL: &str = "\
INVITE sip:bob@contoso.com SIP/2.0
From: \"Ann Example\" <sip:Ann@contoso.com>;tag=a1;epid=1
To: <sip:bob@contoso.com>
Call-ID: short@contoso.com
CSeq: 1 INVITE
User-Agent: UCCAPI/16.0.1 OC/16.0.1
Content-Type: application/sdp

v=0
m=audio 50020 RTP/SAVP 104
a=candidate:1 1 UDP 2130706431 192.0.2.10 50020 typ host

SIP/2.0 180 Ringing
From: \"Ann Example\" <sip:Ann@contoso.com>;tag=a1;epid=1
To: <sip:bob@contoso.com>;tag=b1
Call-ID: short@contoso.com
CSeq: 1 INVITE
Content-Length: 0

SIP/2.0 486 Busy Here
From: \"Ann Example\" <sip:Ann@contoso.com>;tag=a1;epid=1
To: <sip:bob@contoso.com>;tag=b1
Call-ID: short@contoso.com
CSeq: 1 INVITE
Content-Length: 0

";

fn facts(trace: &str) -> Facts {
    let desk = tempfile::tempdir().unwrap();
    let file = desk.path().join("trace.txt");
    std::fs::write(&file, trace).unwrap();
    let options = ScanOptions::default();
    let discovery = discover(&[OsString::from(file)], &options);
    scan(&discovery, &options, &Unwatched)
}

/// What is known of the short call, whoever wrote it down.
fn assert_short_call(trace: &str, how: &str) {
    let facts = facts(trace);
    assert_eq!(facts.dialogs.len(), 1, "{how}");
    let id = CallId::from("short@contoso.com");
    let (_, dialog) = facts.dialogs.get_key_value(&id).unwrap();
    assert_eq!(dialog.messages.distinct(), 3, "{how}");
    assert_eq!(dialog.messages.copies(), 0, "{how}");
    assert_eq!(dialog.final_status.get(), Some(486), "{how}");
    assert!(
        dialog.traits.has(Traits::INVITED.and(Traits::RANG)),
        "{how}"
    );
    assert!(dialog.methods.has(Method::Invite), "{how}");
    assert_eq!(dialog.modalities, Modalities::AUDIO, "{how}");
    let end = |value: &str| dialog.parties.get(&Tag::of(value).unwrap());
    let ann = end("<sip:ann@contoso.com>;tag=a1").unwrap();
    assert_eq!(ann.address.as_deref(), Some("sip:ann@contoso.com"), "{how}");
    assert_eq!(
        ann.agent.as_deref(),
        Some("UCCAPI/16.0.1 OC/16.0.1"),
        "{how}"
    );
    assert!(ann.traits.has(PartyTraits::INVITED), "{how}");
    let bob = end("<sip:bob@contoso.com>;tag=b1").unwrap();
    assert_eq!(bob.address.as_deref(), Some("sip:bob@contoso.com"), "{how}");
    assert_eq!(dialog.parties.len(), 2, "{how}");
}

#[test]
fn headers_that_are_folded_or_broken_are_whole() {
    assert_short_call(CALL, "as it was");
    for (from, to) in [
        ("From: \"Ann Example\" ", "From:\n \"Ann Example\"\n "),
        ("From: \"Ann Example\" ", "From: \"Ann Example\"\n\t"),
        ("From: \"Ann Example\" ", "From: \"Ann Example\"\n"),
        (";tag=a1;epid=1", ";\n tag=a1;epid=1"),
        (";tag=a1;epid=1", ";\ntag=a1;epid=1"),
        (";tag=a1;epid=1", "\n ;epid=1\n ;tag=a1"),
        ("Call-ID: ", "Call-ID:\n  "),
        ("CSeq: 1 INVITE", "CSeq: 1\n INVITE"),
        ("CSeq: 1 INVITE", "CSeq:\n 1 INVITE"),
        ("16.0.1 OC/", "16.0.1\n\tOC/"),
        ("Call-ID: ", "i: "),
        ("Call-ID: ", "call-id :   "),
        ("From: ", "f: "),
    ] {
        let trace = CALL.replace(from, to);
        assert_ne!(trace, CALL);
        assert_short_call(&trace, to);
        assert_short_call(&trace.replace('\n', "\r\n"), to);
    }
    for mark in ["> ", "    ", "| "] {
        let lines = CALL.lines().map(|line| format!("{mark}{line}\n"));
        assert_short_call(&lines.collect::<String>(), mark);
    }
}

#[test]
fn what_an_indented_header_says_is_no_part_of_the_one_before() {
    let trace = CALL.replace("To: <sip:bob", " To: <sip:bob");
    assert_short_call(&trace, "one header indented");
}

#[test]
fn conferences_say_by_their_address_what_they_carry() {
    for (kind, want) in [
        ("audio-video", Modalities::AUDIO),
        ("applicationsharing", Modalities::SHARING),
        ("chat", Modalities::IM),
        ("data-conf", Modalities::OTHER),
        ("focus", Modalities::default()),
    ] {
        let to = format!("sip:ann@contoso.com;gruu;opaque=app:conf:{kind}:id:C0FFEE");
        let trace = format!(
            "INVITE {to} SIP/2.0\nFrom: <sip:ben@contoso.com>;tag=1\nTo: <{to}>\n\
             Call-ID: conference\nCSeq: 1 INVITE\nContent-Length: 0\n\n"
        );
        let facts = facts(&trace);
        let (_, dialog) = facts.dialogs.iter().next().unwrap();
        assert_eq!(dialog.modalities, want, "{kind}");
        assert!(dialog.traits.has(Traits::CONFERENCE), "{kind}");
    }
}

/// A record of a server as it writes it.
fn logged(start_line: &str, headers: &str, body: &str) -> String {
    format!(
        "TL_INFO(TF_PROTOCOL) [pool01\\fe01]0D1E.1F2A::03/14/2026-09:26:53.589.000001F0 \
         (SIPStack,SIPAdminLog::ProtocolRecord::Flush:ProtocolRecord.cpp(265))[1] $$begin_record\r\n\
         Direction: incoming\r\nPeer: 192.0.2.20:50123\r\nStart-Line: {start_line}\r\n\
         From: <sip:ann@contoso.com>;tag=a1\r\nTo: <sip:bob@contoso.com>;tag=b1\r\n\
         Call-ID: hops@contoso.com\r\nCSeq: 1 INVITE\r\n{headers}Content-Length: {}\r\n\
         Message-Body: {body}\r\n$$end_record\r\n\r\n",
        body.len()
    )
}

/// Distinct messages and copies of the one dialog of a trace.
fn counted(trace: &str) -> (u64, u64) {
    let facts = facts(trace);
    let (_, dialog) = facts.dialogs.iter().next().unwrap();
    (dialog.messages.distinct(), dialog.messages.copies())
}

#[test]
fn a_message_is_one_whatever_hops_say_of_its_source_and_another_with_another_diagnosis() {
    let answer = |diagnosis: &str| {
        let headers = format!("ms-diagnostics: {diagnosis}\r\n");
        logged("SIP/2.0 504 Server time-out", &headers, "")
    };
    let own = answer("1008;reason=\"x\";source=\"fe01.contoso.com\"");
    let border = answer("1008;reason=\"x\";Source=\"edge01.contoso.com\"");
    assert_eq!(counted(&(own.clone() + &border)), (1, 1));
    let of_both = facts(&(own.clone() + &border));
    let (_, dialog) = of_both.dialogs.iter().next().unwrap();
    assert_eq!(dialog.diagnoses().count(), 2);
    // Without a source, too.
    assert_eq!(
        counted(&(own.clone() + &answer("1008;reason=\"x\""))),
        (1, 1)
    );
    for other in [
        "1008;reason=\"y\"",
        "1009;reason=\"x\"",
        "1008;reason=\"x\";domain=\"z\"",
    ] {
        assert_eq!(counted(&(own.clone() + &answer(other))), (2, 0), "{other}");
    }
    // What only a body quotes is nothing that the message says.
    let quoted = |text: &str| logged("SIP/2.0 504 Server time-out", "", text);
    let bodies = quoted("ms-diagnostics: 1;a=b") + &quoted("ms-diagnostics: 2;c=d");
    assert_eq!(counted(&bodies), (1, 1));
}

#[test]
fn a_body_is_searched_for_what_its_content_type_announces() {
    let report = "<VQReportEvent><DialogInfo CallId=\"other@contoso.com\"/>\
                  <MediaLine Label=\"main-audio\"></MediaLine></VQReportEvent>";
    let reports = |kind: &str| {
        let headers = format!("Content-Type: {kind}\r\n");
        let facts = facts(&logged(
            "SERVICE sip:bob@contoso.com SIP/2.0",
            &headers,
            report,
        ));
        let other = CallId::from("other@contoso.com");
        facts.dialogs.get_key_value(&other).is_some()
    };
    assert!(reports("application/vq-rtcpxr+xml"));
    assert!(reports("multipart/mixed;boundary=x"));
    assert!(!reports("text/plain"));
}

#[test]
fn the_address_of_a_request_says_what_kind_of_conference_it_is() {
    let of = |uri: &str| {
        let facts = facts(&logged(&format!("INVITE {uri} SIP/2.0"), "", ""));
        let (_, dialog) = facts.dialogs.iter().next().unwrap();
        (
            dialog.traits.has(Traits::CONFERENCE),
            dialog.traits.has(Traits::FOCUS),
        )
    };
    assert_eq!(of("sip:bob@contoso.com"), (false, false));
    let conference = "sip:ann@contoso.com;gruu;opaque=app:conf:";
    assert_eq!(of(&format!("{conference}focus:id:7")), (true, true));
    assert_eq!(of(&format!("{conference}chat:id:7")), (true, false));
}

#[test]
fn headers_without_a_code_or_with_one_too_large_are_told() {
    let troubles = |headers: &str| {
        let facts = facts(&logged("SIP/2.0 504 Server time-out", headers, ""));
        let count = |kind| {
            let trouble = facts.coverage.troubles.get(&kind);
            trouble.map_or(0, |trouble| trouble.count)
        };
        (count(TroubleKind::NoCode), count(TroubleKind::CodeTooLarge))
    };
    assert_eq!(troubles("ms-diagnostics: 24;a=b\r\n"), (0, 0));
    assert_eq!(troubles("ms-diagnostics: none\r\n"), (1, 0));
    assert_eq!(troubles("ms-diagnostics: 99999999999;a=b\r\n"), (0, 1));
    // In a sentence a header without a code is nothing.
    assert_eq!(troubles("Subject: see ms-diagnostics: none\r\n"), (0, 0));
    let loose = |text: &str| {
        let facts = facts(text);
        let trouble = facts.coverage.troubles.get(&TroubleKind::CodeTooLarge);
        trouble.map_or(0, |trouble| trouble.count)
    };
    assert_eq!(loose("ms-diagnostics: 99999999999;a=b\n"), 1);
    assert_eq!(loose("it said ms-diagnostics: 99999999999;a=b\n"), 1);
    let quoted = logged("SIP/2.0 504 x", "", "ms-diagnostics: 99999999999;a=b");
    assert_eq!(loose(&quoted), 0);
}
