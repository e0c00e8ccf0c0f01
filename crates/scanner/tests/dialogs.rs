//! From small traces to dialogs: what people paste, and how, changes nothing of what is true.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::ffi::OsString;

use siptriage_facts::{CallId, Facts, Method, Modalities, PartyTraits, Tag, Traits};
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
