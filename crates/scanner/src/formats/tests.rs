//! Every format's samples, through everything that can happen to a trace.

use siptriage_facts::Name;

use super::{ALL, Formats, LOOSE, Sample, TraceFormat};
use crate::chunk::frame_at;
use crate::extract::{Looked, extract};
use crate::frame::{Kind, View};
use crate::lines::Line;

/// A record: where it ends, its format, its kind, and carrier and code of its diagnoses.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    end: usize,
    format: &'static str,
    kind: Kind,
    diagnoses: Vec<(&'static str, u32)>,
}

fn records(text: &[u8], formats: &Formats) -> Vec<Record> {
    let file: Name = "sample".into();
    let mut records = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (frame, format) = frame_at(&View::new(&text[at..], true), formats);
        assert!(frame.len > 0, "a record has bytes");
        let looked = Looked::at(&text[at..at + frame.len]);
        let extracted = extract(&text[at..], &frame, format, &file, looked, None);
        let diagnosis =
            |event: &siptriage_facts::Event<'_>| (event.carrier.name(), event.code.unwrap_or(0));
        at += frame.len;
        records.push(Record {
            end: at,
            format: format.name(),
            kind: frame.kind,
            diagnoses: extracted.events.iter().map(diagnosis).collect(),
        });
    }
    assert_eq!(
        at,
        text.len(),
        "records leave no gap and do not reach too far"
    );
    records
}

fn diagnoses(records: &[Record]) -> Vec<(&'static str, u32)> {
    records
        .iter()
        .flat_map(|record| record.diagnoses.iter().copied())
        .collect()
}

fn samples() -> impl Iterator<Item = (&'static dyn TraceFormat, &'static Sample)> {
    ALL.iter()
        .flat_map(|format| format.samples().iter().map(|sample| (*format, sample)))
}

#[test]
fn samples_hold_what_they_say() {
    for (format, sample) in samples() {
        for text in [sample.text.to_owned(), sample.text.replace('\n', "\r\n")] {
            let records = records(text.as_bytes(), &Formats::new(None));
            let own = records
                .iter()
                .filter(|record| record.format == format.name())
                .count();
            let messages = records
                .iter()
                .filter(|record| record.kind == Kind::Message)
                .count();
            let found = (own as u64, messages as u64, diagnoses(&records));
            let want = (sample.records, sample.messages, sample.diagnoses.to_vec());
            assert_eq!(found, want, "{}:\n{text}\n{records:#?}", format.name());
        }
    }
}

#[test]
fn every_format_has_a_name_of_its_own_and_samples() {
    for (at, format) in ALL.iter().enumerate() {
        assert!(!format.samples().is_empty(), "{}", format.name());
        assert!(ALL[..at].iter().all(|other| other.name() != format.name()));
        assert!(!format.title().is_empty());
    }
    assert_eq!(
        ALL[ALL.len() - 1].name(),
        LOOSE,
        "what takes everything is asked last"
    );
}

#[test]
fn formats_do_not_claim_each_others_samples() {
    for (format, sample) in samples() {
        for other in ALL.iter().filter(|other| other.name() != format.name()) {
            if other.name() == LOOSE || format.name() == LOOSE {
                continue;
            }
            let text = sample.text.as_bytes();
            let claimed = other.starts(text, Line::at(text, 0));
            assert!(
                !claimed,
                "{} claims a sample of {}:\n{}",
                other.name(),
                format.name(),
                sample.text
            );
        }
    }
}

#[test]
fn a_forced_format_takes_its_own_samples_and_leaves_the_others() {
    for (format, sample) in samples() {
        for only in ALL {
            let records = records(sample.text.as_bytes(), &Formats::new(Some(only.name())));
            for record in &records {
                assert!(record.format == only.name() || record.format == LOOSE);
            }
            if only.name() == format.name() {
                assert_eq!(diagnoses(&records), sample.diagnoses, "{}", only.name());
            }
        }
    }
}

#[test]
fn samples_cut_anywhere_keep_the_records_before_the_cut() {
    let formats = Formats::new(None);
    for (format, sample) in samples() {
        let text = sample.text.as_bytes();
        let whole = records(text, &formats);
        for cut in 0..text.len() {
            let before = records(&text[..cut], &formats);
            // Records that end before the cut are as they were; the last of them may have looked
            // at what is gone.
            let ended = whole.iter().filter(|record| record.end <= cut).count();
            let sure = ended.saturating_sub(1);
            assert_eq!(
                before[..sure],
                whole[..sure],
                "{} cut at {cut}",
                format.name()
            );
            // Begun anywhere, a trace is read to its end all the same.
            let _ = records(&text[cut..], &formats);
        }
    }
}

#[test]
fn samples_with_any_byte_changed_are_read_to_the_end() {
    let formats = Formats::new(None);
    for (_, sample) in samples() {
        let mut text = sample.text.as_bytes().to_vec();
        for at in 0..text.len() {
            let byte = text[at];
            for other in [0, b'\n', b'"', b'$', b'|', 0x80, 0xFF] {
                text[at] = other;
                let _ = records(&text, &formats);
            }
            text[at] = byte;
        }
    }
}

#[test]
fn formats_may_follow_each_other_in_one_file() {
    let formats = Formats::new(None);
    for (first, one) in samples() {
        for (second, other) in samples() {
            // An empty line between: without one, what follows a sentence belongs to it.
            let text = format!("{}\n{}", one.text, other.text);
            let found = diagnoses(&records(text.as_bytes(), &formats));
            let want = [one.diagnoses, other.diagnoses].concat();
            assert_eq!(
                found,
                want,
                "{} then {}:\n{text}",
                first.name(),
                second.name()
            );
        }
    }
}

/// The first record of a text: its format and kind, its start line, headers and body, and what is
/// behind it.
fn first(text: &str) -> (&'static str, Kind, [&str; 4]) {
    let view = View::new(text.as_bytes(), true);
    let (frame, format) = frame_at(&view, &Formats::new(None));
    let parts = [
        &text[frame.start_line.clone()],
        &text[frame.headers.clone()],
        &text[frame.body.clone()],
        &text[frame.len..],
    ];
    (format.name(), frame.kind, parts)
}

#[track_caller]
fn assert_message(format: &str, text: &str, parts: [&str; 4]) {
    assert_eq!(first(text), (format, Kind::Message, parts), "{text}");
}

/// The front of a client's entry.
const ENTRY: &str = "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: ";

#[test]
fn a_client_begins_a_message_in_its_entry_or_behind_it() {
    let rest = "Call-ID: a\nContent-Length: 0\n\n";
    let (headers, next) = ("Call-ID: a\nContent-Length: 0\n", format!("{ENTRY}next\n"));
    let ack = "ACK sip:ann@contoso.com SIP/2.0";
    for (front, start) in [
        (format!("{ENTRY}{ack}\n"), ack),
        (format!("  {ENTRY}{ack}\n"), ack),
        // On a line of its own, behind an entry that says nothing or announces it.
        (format!("{ENTRY}\n{ack}\n"), ack),
        (format!("{ENTRY}\n \t{ack}\n"), ack),
        (
            format!("{ENTRY}Data Received -192.0.2.1 (x) 9 bytes: \n{ack}\n"),
            ack,
        ),
        // Wrapped before the version, or before the address.
        (
            format!("{ENTRY}ACK sip:ann@contoso.com\nSIP/2.0\n"),
            "ACK sip:ann@contoso.com\nSIP/2.0",
        ),
        (
            format!("{ENTRY}ACK\nsip:ann@contoso.com SIP/2.0\n"),
            "ACK\nsip:ann@contoso.com SIP/2.0",
        ),
    ] {
        let text = format!("{front}{rest}{next}");
        assert_message("uccapi", &text, [start, headers, "", &next]);
    }
    // A header that lost the line end before it.
    let text = format!("{ENTRY}SIP/2.0 504 x Via: a\n{rest}{next}");
    let headers = format!("Via: a\n{headers}");
    assert_message("uccapi", &text, ["SIP/2.0 504 x", &headers, "", &next]);
    // Blanks behind it are none.
    let text = format!("{ENTRY}SIP/2.0 504 x  \n{rest}");
    assert_message("uccapi", &text, ["SIP/2.0 504 x", &headers[7..], "", ""]);
    // What another entry says is not the rest of this one.
    for said in ["", "ACK", "9 bytes:"] {
        let text = format!("{ENTRY}{said}\n{ENTRY}{ack}\n");
        let entry = [
            "",
            "",
            &text[..ENTRY.len() + said.len() + 1],
            &text[ENTRY.len() + said.len() + 1..],
        ];
        assert_eq!(first(&text), ("uccapi", Kind::Entry, entry), "{text}");
    }
}

#[test]
fn a_clients_body_ends_where_its_length_or_the_next_entry_says() {
    let next = format!("{ENTRY}next\n");
    let start = "SIP/2.0 200 OK";
    for (headers, body, blank) in [
        ("Content-Length: 8\n", ENTRY[..8].to_owned(), "\n\n"),
        (
            "Content-Length: 99\n",
            "v=0\nno such length\n".to_owned(),
            "",
        ),
        ("Via: a\n", "v=0\n".to_owned(), ""),
    ] {
        let text = format!("{ENTRY}{start}\n{headers}\n{body}{blank}{next}");
        assert_message("uccapi", &text, [start, headers, &body, &next]);
    }
    // A start line behind words is no part of them.
    let text = format!("{ENTRY}words\nACK sip:ann@contoso.com SIP/2.0\n");
    let (entry, ack) = text.split_at(ENTRY.len() + 6);
    assert_eq!(first(&text), ("uccapi", Kind::Entry, ["", "", entry, ack]));
    // Without an empty line there is no body, whatever its length would be.
    let headers = format!("Content-Length: {}\n", next.len());
    let text = format!("{ENTRY}{start}\n{headers}{next}{next}");
    let twice = format!("{next}{next}");
    assert_message("uccapi", &text, [start, &headers, "", &twice]);
    let text = format!("{ENTRY}{start}\nVia: a\nContent-Length: 4\n{next}");
    let headers = "Via: a\nContent-Length: 4\n";
    assert_message("uccapi", &text, [start, headers, "", &next]);
}

#[test]
fn a_clients_sentence_ends_at_an_empty_line_the_next_entry_or_a_stamp_in_the_line() {
    let next = format!("{ENTRY}next\n");
    for (said, behind) in [
        ("words\nmore\n", next.clone()),
        ("words\n\n", format!("loose\n{next}")),
        // What has empty lines goes on behind them.
        ("HTTP/1.1 200 OK\nA: b\n\nx\n", next.clone()),
        ("<a>\n\n</a>\n", next.clone()),
        // Two entries on one line.
        ("words ", next.clone()),
        ("words\nmore ", next.clone()),
        // The one that closes a message has nothing behind it.
        (
            "End of Data Received -192.0.2.1 (x) 9 bytes\n",
            "words\n".to_owned(),
        ),
        ("End of the road\nwords\n", next.clone()),
    ] {
        for indent in ["", "  "] {
            let own = format!("{indent}{ENTRY}{said}");
            let text = format!("{own}{behind}");
            let parts = ["", "", &*own, &*behind];
            assert_eq!(first(&text), ("uccapi", Kind::Entry, parts), "{text}");
        }
    }
}

#[test]
fn lines_that_stand_in_nothing_else_open_a_record_of_a_server() {
    let own = |text: &str| first(text).0 == "server";
    for text in [
        "TL_INFO(TF_PROTOCOL) [0]words\n",
        "TL_WARN(TF_X) words\n",
        "2. TL_INFO(TF_PROTOCOL) [0]words\n",
        "words $$begin_record\n",
        "Trace-Correlation-Id: 1\n",
        "Instance-Id: 1\n",
        "Direction: incoming\n",
        "Direction: outgoing;source=\"local\"\n",
        "Message-Type: request\n",
        "Message-Type: response\n",
        "Start-Line: SIP/2.0 200 OK\n",
        "Start-Line: SERVICE\nsip:ann@contoso.com SIP/2.0\n",
        "LogType: diagnostic\n",
        "SIP-Start-Line: INVITE\n",
        "SIP-Call-ID: a\n",
        "Severity: warning\nText: words\n",
        "> Instance-Id: 1\n",
    ] {
        assert!(own(text), "{text}");
    }
    for text in [
        "TL_ERR(TF_PROTOCOL) [0]words\n",
        "TL_INFO TF_PROTOCOL words\n",
        "TL_info(TF_PROTOCOL) words\n",
        "XTL_INFO(TF_PROTOCOL) words\n",
        "Trace-Correlation-Id:\n",
        "Instance-Id: \n",
        "Direction: north\n",
        "Message-Type: requests\n",
        "Start-Line: words\n",
        "Start-Line: SERVICE\nwords\n",
        "LogType: other\n",
        "Severity: warning\nwords\n",
        "Severity: warning\nData: words\n",
        "Result-Code: 1\n",
    ] {
        assert!(!own(text), "{text}");
    }
}

#[test]
fn a_server_says_which_way_a_message_went_and_to_whom() {
    let said = |text: &str| {
        let view = View::new(text.as_bytes(), true);
        let (frame, format) = frame_at(&view, &Formats::new(None));
        let around = format.surroundings(text.as_bytes(), &frame);
        let of = |text: Option<std::borrow::Cow<'_, str>>| text.unwrap_or_default().into_owned();
        (of(around.direction), of(around.peer), around.time.is_some())
    };
    let stamp = "1A2C.0F40::03/14/2026-09:26:53.589.00001A2B (x)";
    let prefix = format!("TL_INFO(TF_PROTOCOL) [0]{stamp}");
    let all = |front: &str| {
        let rest = "Direction: outgoing;x\nPeer: 192.0.2.1:5061\nStart-Line: SIP/2.0 200 OK\n\
            Direction: incoming\nPeer: 192.0.2.9\nVia: a\n$$end_record\n";
        said(&format!("{front}{rest}"))
    };
    let (to, peer) = ("outgoing;x", "192.0.2.1:5061");
    let want = |time| (to.to_owned(), peer.to_owned(), time);
    assert_eq!(all(&format!("{prefix} $$begin_record\n")), want(true));
    assert_eq!(all("$$begin_record\n"), want(false));
    // The prefix was split: the stamp may stand on the second line.
    let split = format!("TL_INFO(TF_PROTOCOL) [0]\n{stamp} $$begin_record\n");
    assert_eq!(all(&split), want(true));
    // Without the peer before the start line, what is behind it counts.
    let late = format!(
        "{prefix} $$begin_record\nStart-Line: SIP/2.0 200 OK\nPeer: 192.0.2.9\nVia: a\n$$end_record\n"
    );
    assert_eq!(said(&late), (String::new(), "192.0.2.9".to_owned(), true));
    // A stamp of the second line is none of a record that begins there.
    let one = format!("TL_INFO(TF_PROTOCOL) [0]\nInstance-Id: 1 {stamp}\nVia: a\n");
    assert!(!said(&one).2);
    for (word, want) in [
        ("Outgoing", "outgoing"),
        ("Incoming", "incoming"),
        ("Some", ""),
    ] {
        let wire = format!("{prefix}\n<<<{word} SipMessage c=[x]\nSIP/2.0 200 OK\nVia: a\n\n");
        assert_eq!(said(&wire).0, want);
        // The words of the line itself say it too where the message is behind it.
        let entry = format!("{prefix} {word} SipMessage\n\n");
        assert_eq!(said(&entry).0, "");
    }
}

#[test]
fn headers_without_a_start_line_are_told_from_words() {
    let kind = |text: &str| first(text).1;
    for line in [
        "Via: SIP/2.0/TLS 192.0.2.1",
        "v: SIP/2.0/UDP 192.0.2.1",
        "CSeq: 1 INVITE",
        "Call-ID: a",
        "Call ID: a",
        "Record-Route: x",
        "Max-Forwards: 70",
        "P-Asserted-Identity: x",
        "From: <sip:ann@contoso.com>",
        "To: sip:ann@contoso.com",
        "Contact: \"Ann\" <sip:ann@contoso.com>",
        "f: <sip:ann@contoso.com>",
        "t: <sip:ann@contoso.com>",
        "Route: <sip:ann@contoso.com>",
        "ms-diagnostics: x",
        "ms-xy: x",
        "MS-Own: x",
    ] {
        assert_eq!(kind(&format!("{line}\n")), Kind::Fragment, "{line}");
    }
    for line in [
        "Via: the motorway",
        "CSeq: one",
        "Call-ID: ",
        "Max-Forwards:",
        "From: the office",
        "ms-x: x",
        "Content-Type: text/plain",
        "Subject: words",
    ] {
        assert_eq!(kind(&format!("{line}\n")), Kind::Loose, "{line}");
    }
}

#[test]
fn a_fragment_goes_on_as_long_as_its_lines_are_headers_or_continue_one() {
    let head = "CSeq: 1 INVITE\n";
    for (own, behind) in [
        ("Subject: x\n", "words\n"),
        (" folded\n\tfolded\n", "words\n"),
        // A list goes on with headers only.
        ("  - Via: a\n", "  - words\n"),
        ("", "ACK sip:ann@contoso.com SIP/2.0\n"),
        ("", "TL_INFO(TF_PROTOCOL) [0]words\n"),
        ("", "Instance-Id: 1\n"),
    ] {
        let text = format!("{head}{own}{behind}");
        let headers = format!("{head}{own}");
        let want = ("sip", Kind::Fragment, ["", &*headers, "", behind]);
        assert_eq!(first(&text), want, "{text}");
    }
    // Empty lines belong to the record before them, and end its headers.
    for blank in ["\n", "  \n"] {
        let text = format!("{head}{blank}Via: a\n");
        let want = ("sip", Kind::Fragment, ["", head, "", "Via: a\n"]);
        assert_eq!(first(&text), want);
    }
}

#[test]
fn a_bare_message_ends_where_its_length_or_its_text_says() {
    let start = "SIP/2.0 200 OK";
    for (headers, body, behind) in [
        // The line end behind the body is a part of the record.
        ("Content-Length: 4\n", "body", "SIP/2.0 100 x\n"),
        ("Content-Length: 4\n", "body", ""),
        ("Content-Length: 6\n", "body\n", "SIP/2.0 100 x\n"),
        ("Content-Length: 0\n", "", "words\n"),
        // A length that is not true.
        (
            "c: text/plain\nContent-Length: 4\n",
            "body goes on\n",
            "SIP/2.0 100 x\n",
        ),
        (
            "Via: a\n",
            "v=0\no=x\n",
            "ACK sip:ann@contoso.com SIP/2.0\n",
        ),
        // Nothing says that words are a body.
        ("Via: a\n", "", "words\n"),
    ] {
        let end = if body == "body" && !behind.is_empty() {
            "\n"
        } else {
            ""
        };
        let text = format!("{start}\n{headers}\n{body}{end}{behind}");
        assert_message("sip", &text, [start, headers, body, behind]);
    }
    // A header that lost the line end before it; one byte is none.
    let text = "SIP/2.0 200 OK Via: a\nTo: b\n";
    assert_message("sip", text, [start, "Via: a\nTo: b\n", "", ""]);
    let text = "ACK sip:ann@contoso.com SIP/2.0.\nTo: b\n";
    assert_message(
        "sip",
        text,
        ["ACK sip:ann@contoso.com SIP/2.0", "To: b\n", "", ""],
    );
    let text = "ACK sip:ann@contoso.com\nSIP/2.0\nTo: b\n";
    assert_message(
        "sip",
        text,
        ["ACK sip:ann@contoso.com\nSIP/2.0", "To: b\n", "", ""],
    );
    // A message that begins before the headers of this one end.
    let text = "SIP/2.0 200 OK\nTo: b\nSIP/2.0 100 x\n";
    assert_message("sip", text, [start, "To: b\n", "", "SIP/2.0 100 x\n"]);
}

#[test]
fn a_stamp_of_a_server_without_a_zone_is_assumed_to_be_in_utc() {
    let zone = |text: &str| super::iso_or_server_stamp(text.as_bytes()).map(|stamp| stamp.zone);
    let assumed = Some(siptriage_facts::Zone::AssumedUtc);
    assert_eq!(zone("03/14/2026-09:26:53.589.00001A2B"), assumed);
    assert_eq!(zone("2026-03-14T09:26:53.589"), assumed);
    let stated = Some(siptriage_facts::Zone::Utc);
    assert_eq!(zone("2026-03-14T09:26:53.589Z"), stated);
    assert_eq!(zone("words"), None);
}

#[test]
fn empty_lines_are_passed_over_as_far_as_a_framer_may_look() {
    let skip = |text: &str, at| super::skip_few_blank_lines(text.as_bytes(), at);
    assert_eq!(skip("a\n\n \nb", 2), 5);
    assert_eq!(skip("a\n\n \n", 2), 5);
    assert_eq!(skip("a\nb", 2), 2);
    let far = |count: usize| format!("{}b", "\n".repeat(count));
    let most = super::LOOK_AHEAD / 2;
    assert_eq!(skip(&far(most - 1), 0), most - 1);
    // Nobody knows what is behind them.
    assert_eq!(skip(&far(most), 0), 0);
    assert_eq!(skip(&far(most + 1), 0), 0);
}

#[test]
fn a_scan_may_begin_where_a_record_surely_begins() {
    let formats = Formats::new(None);
    let asks = |text: &str| {
        let (bytes, line) = (text.as_bytes(), Line::at(text.as_bytes(), 0));
        [
            formats.starts(bytes, line),
            formats.interrupts(bytes, line),
            formats.resumes(bytes, line),
        ]
    };
    let marked = |blanks: usize| format!("{} $$begin_record\n", "x".repeat(blanks));
    for (text, want) in [
        (format!("{ENTRY}words\n"), [true; 3]),
        ("TL_INFO(TF_PROTOCOL) [0]words\n".to_owned(), [true; 3]),
        ("(09:26:53) sipe: words\n".to_owned(), [true; 3]),
        // These stand inside of records, too.
        ("Instance-Id: 1\n".to_owned(), [true, true, false]),
        ("SIP/2.0 200 OK\n".to_owned(), [true, false, true]),
        (
            "gw: SIP/2.0 200 OK#015 Via: a#015 \n".to_owned(),
            [true, false, true],
        ),
        ("Via: SIP/2.0/TLS 192.0.2.1\n".to_owned(), [false; 3]),
        ("words\n".to_owned(), [false; 3]),
        // Nobody looks farther into a line than this.
        (marked(super::LOOK_AHEAD / 4 - 15), [true; 3]),
        (marked(super::LOOK_AHEAD / 4), [false; 3]),
    ] {
        assert_eq!(asks(&text), want, "{text}");
    }
    let far = marked(super::LOOK_AHEAD / 4);
    let line = Line::at(far.as_bytes(), 0);
    assert_eq!(formats.at(far.as_bytes(), line).name(), LOOSE);
}

#[test]
fn an_entry_in_the_middle_of_a_line_interrupts_what_was_before_it() {
    let formats = Formats::new(None);
    let next = |text: &str, at: usize| {
        let view = View::new(text.as_bytes(), true);
        formats.next_interruption(&view, at)
    };
    let text = format!("words\nmore {ENTRY}x\n{ENTRY}y\n");
    assert_eq!(next(&text, 0), "words\nmore ".len());
    assert_eq!(next(&text, "words\nmore ".len()), "words\nmore ".len());
    let second = text.rfind(ENTRY).unwrap();
    assert_eq!(next(&text, second - 2), second);
    assert_eq!(next("words\nmore\n", 0), 11);
}

/// The front of a server's line.
const LINE: &str = "TL_INFO(TF_PROTOCOL) [0]0D1E.1F2A::03/14/2026-09:26:53.589.000001F0 (S4,x)[1]";

#[test]
fn a_record_of_a_server_ends_with_its_marker_or_where_another_begins() {
    let start = "SIP/2.0 200 OK";
    let begin = format!("{LINE} $$begin_record\n");
    let message = |text: &str, headers: &str, body: &str, behind: &str| {
        assert_message("server", text, [start, headers, body, behind]);
    };
    let own = format!("Peer: a\nStart-Line: {start}\nVia: a\n");
    // Lines of others stand between the markers.
    let other = format!("{LINE} words\n");
    let text = format!("{begin}{own}{other}To: b\n$$end_record\n{other}");
    message(&text, &format!("{own}{other}To: b\n"), "", &other);
    // Without the last marker they end it.
    let text = format!("{begin}{own}{other}To: b\n");
    message(&text, &own, "", &format!("{other}To: b\n"));
    // The marker closes the last line, or stands on it.
    let text = format!("{begin}{own}Message-Body: v=0\n$$end_record\n{other}");
    message(&text, &own, "v=0\n", &other);
    let text = format!("{begin}{own}Message-Body: v=0$$end_record\n{other}");
    message(&text, &own, "v=0", &other);
    let text = format!("{begin}{own}To: b$$end_record\nFrom: c\n");
    message(&text, &format!("{own}To: b$$end_record\n"), "", "From: c\n");
    // An empty line between the headers divides nothing, words behind it are the body.
    let text = format!("{begin}{own}\nTo: b\nCall-ID: c\n\nwords\n$$end_record\n");
    message(&text, &format!("{own}\nTo: b\nCall-ID: c\n"), "words\n", "");
    let text = format!("{begin}{own}\nwords\nTo: b\n$$end_record\n");
    message(&text, &own, "words\nTo: b\n", "");
    // A length proves itself before the marker, counted as it was sent.
    let text = format!("{begin}{own}l: 17\nMessage-Body: $$end_record\nabc\n$$end_record\n");
    message(&text, &format!("{own}l: 17\n"), "$$end_record\nabc", "");
    // A start line that was cut to nothing is none.
    let text = format!("{begin}Start-Line: \nVia: a\n$$end_record\n");
    assert_eq!(first(&text).1, Kind::Fragment);
    let text = format!("{begin}Start-Line: words\nVia: a\n$$end_record\n");
    assert_message(
        "server",
        &text,
        ["words", "Start-Line: words\nVia: a\n", "", ""],
    );
    // Which way it went is said before the start line, by its own header first.
    let text = format!("{begin}X: Outgoing SipMessage\nDirection: incoming\n{own}$$end_record\n");
    let view = View::new(text.as_bytes(), true);
    let (frame, format) = frame_at(&view, &Formats::new(None));
    let around = format.surroundings(text.as_bytes(), &frame);
    assert_eq!(around.direction.as_deref(), Some("incoming"));
}

#[test]
fn a_message_of_the_managed_stack_is_announced_or_follows_at_once() {
    let (start, headers) = ("SIP/2.0 200 OK", "Via: a\nContent-Length: 4\n");
    let message = format!("{start}\n{headers}\nbody");
    let closing = "------------EndOfOutgoing SipMessage\n";
    for (front, end, behind) in [
        ("words\n", "\n", ""),
        ("Outgoing SipMessage\n", "\n", ""),
        ("\n<<<Outgoing SipMessage c=[x]\n\n", closing, "words\n"),
        (
            "\n<<<Outgoing SipMessage\n",
            "\n------------EndOfOutgoing\n",
            "words\n",
        ),
    ] {
        let text = format!("{LINE}{front}{message}{end}{behind}");
        assert_message("server", &text, [start, headers, "body", behind]);
    }
    // Behind marks of whoever quotes it.
    let text = format!("{LINE}words\n> {start}\n> Via: a\n");
    assert_message("server", &text, [start, "> Via: a\n", "", ""]);
    // An empty line ends a sentence, and so do the end of another message and another line.
    for between in ["\n", closing, "TL_INFO(TF_X) words\n", "1\n2\n3\n4\n"] {
        let text = format!("{LINE}words\n{between}{message}\n");
        assert_eq!(first(&text).1, Kind::Entry, "{text}");
    }
    // Nothing proves the length: the body ends where another record or its own end begins.
    for behind in [closing, "TL_INFO(TF_X) words\n"] {
        let text = format!("{LINE}\n{start}\nl: 99\n\nbody\n{behind}");
        let rest = if behind == closing { "" } else { behind };
        assert_message("server", &text, [start, "l: 99\n", "body\n", rest]);
    }
}

#[test]
fn a_length_ends_a_bare_body_at_the_end_of_a_line_or_before_a_stamp() {
    let (start, headers) = ("SIP/2.0 200 OK", "Content-Length: 4\n");
    let front = format!("{start}\n{headers}\n");
    let entry = format!("{ENTRY}words\n");
    for (behind, body, rest) in [
        (&*entry, "body", &*entry),
        ("\n\nwords\n", "body", "words\n"),
        // In the middle of a line nothing can follow.
        ("SIP/2.0 100 x\n", "", "bodySIP/2.0 100 x\n"),
        (" and words\n", "", "body and words\n"),
    ] {
        let text = format!("{front}body{behind}");
        assert_message("sip", &text, [start, headers, body, rest]);
    }
    // A list of words behind a header is no list of headers.
    let text = "CSeq: 1 INVITE\n - words\n";
    let want = (
        "sip",
        Kind::Fragment,
        ["", "CSeq: 1 INVITE\n", "", " - words\n"],
    );
    assert_eq!(first(text), want);
}

#[test]
fn a_debug_log_marks_where_messages_begin_and_end() {
    let (begin, end) = (
        "MESSAGE START <<<<<<<<<< SIP(0x1) - 2026-03-14T09:26:53.589793Z\n",
        "MESSAGE END <<<<<<<<<< SIP(0x1) - 2026-03-14T09:26:53.589793Z\n",
    );
    let other = "(10:26:53) sipe: words\n";
    let start = "SIP/2.0 200 OK";
    for front in [
        begin.to_owned(),
        format!("(10:26:53) sipe: {begin}"),
        format!("(10:26:53) sipe:{begin}"),
    ] {
        // Lines of other threads stand inside.
        let text = format!("{front}{start}\nVia: a\n{other}To: b\n\nbody\n{end}{other}");
        let headers = format!("Via: a\n{other}To: b\n");
        assert_message("sipe", &text, [start, &headers, "body\n", other]);
    }
    let outgoing = begin.replace('<', ">");
    for (marker, direction) in [(begin, "incoming"), (&outgoing, "outgoing"), (other, "")] {
        let text = format!("{marker}{start}\nVia: a\n{end}");
        let view = View::new(text.as_bytes(), true);
        let (frame, format) = frame_at(&view, &Formats::new(None));
        let around = format.surroundings(text.as_bytes(), &frame);
        assert_eq!(around.direction.as_deref().unwrap_or_default(), direction);
        assert_eq!(around.time.is_some(), marker != other);
        assert!(format.is_of_an_end());
    }
    // Without its end a message ends at another line of the log, or at another message.
    for behind in [other, begin, &format!("{ENTRY}x\n")] {
        let text = format!("{begin}{start}\nVia: a\n{behind}");
        assert_message("sipe", &text, [start, "Via: a\n", "", behind]);
    }
    // Without a start line there are headers, and without headers nothing.
    let text = format!("{begin}Via: a\n{end}");
    assert_eq!(
        first(&text),
        ("sipe", Kind::Fragment, ["", "Via: a\n", "", ""])
    );
    let text = format!("{begin}\n{end}");
    assert_eq!(first(&text).1, Kind::Entry);
    for line in [end, other, "(10:26:53) a: b\n", "MESSAGE END >>>>\n"] {
        assert_eq!(first(line), ("sipe", Kind::Entry, ["", "", line, ""]));
    }
    for line in [
        "MESSAGE START of the day\n",
        "MESSAGE <<<<\n",
        "(10:26:5x) sipe: words\n",
        "(10:26:53) : words\n",
        "(10:26:53) two words\n",
        "Mail\n",
    ] {
        assert_eq!(first(line).0, LOOSE, "{line}");
    }
}

#[test]
fn a_message_on_one_line_ends_with_it_or_where_another_begins() {
    let of = |text: &str| {
        let (format, kind, parts) = first(text);
        assert_eq!((format, kind), ("syslog", Kind::Message), "{text}");
        parts.map(str::to_owned)
    };
    let own = "SIP/2.0 200 OK#015 Via: a#015 Call-ID: b#015 #015 body#015 \n";
    let [start, headers, body, behind] = of(&format!("gw: {own}words\n"));
    assert_eq!(start, "SIP/2.0 200 OK");
    assert_eq!(headers, "Via: a#015 Call-ID: b#015 ");
    assert!(body.contains("body"), "{body}");
    assert_eq!(behind, "words\n");
    let literal = |rest: &str| format!("m = \"SIP/2.0 200 OK\\r\\nVia: a\\r\\n\\r\\n\"{rest};\n");
    // Another one on the same line, in a string of its own.
    let two = literal(", \"ACK sip:ann@contoso.com SIP/2.0\\r\\nTo: b\\r\\n\\r\\n\"");
    let [_, headers, _, behind] = of(&two);
    assert_eq!(headers, "Via: a\\r\\n");
    assert!(behind.starts_with("ACK sip:ann@contoso.com"), "{behind}");
    assert_eq!(of(&literal(""))[3], "");
    // One that begins where a line of this one does is quoted.
    let quoted = "gw: SIP/2.0 200 OK#015 #015 SIP/2.0 404 x#015 To: b#015 \n";
    assert_eq!(of(quoted)[3], "");
    assert_eq!(
        of("gw: SIP/2.0 200 OK 0D  0A Via: a 0D  0A \nwords\n")[3],
        "words\n"
    );
    // One line of a message is no message.
    assert_ne!(first("m = \"SIP/2.0 200 OK\\r\\n\";\n").0, "syslog");
    for (word, want) in [
        ("Incoming", "incoming"),
        ("Outgoing", "outgoing"),
        ("Some", ""),
    ] {
        let text = format!("2026-03-14T09:26:53.589Z gw: {word} SIP message#012{own}");
        let view = View::new(text.as_bytes(), true);
        let (frame, format) = frame_at(&view, &Formats::new(None));
        let around = format.surroundings(text.as_bytes(), &frame);
        assert_eq!(around.direction.as_deref().unwrap_or_default(), want);
        assert!(around.time.is_some());
    }
}

#[test]
fn a_line_of_text_may_say_when_it_was_written() {
    let time = |text: &str| {
        let view = View::new(text.as_bytes(), true);
        let (frame, format) = frame_at(&view, &Formats::new(None));
        assert_eq!(format.name(), LOOSE);
        format.surroundings(text.as_bytes(), &frame).time.is_some()
    };
    assert!(time("2026-03-14T09:26:53.589Z ms-diagnostics was seen\n"));
    assert!(!time("words\n"));
}

#[test]
fn an_error_report_is_one_record_whatever_lines_it_has() {
    let report = "<error callId=\"a\">\n<diagHeader>1;a=b</diagHeader>\n</error>";
    for (own, behind) in [
        (format!("{report}\n"), "words\n"),
        (
            format!("words <reportError>\n{report}\n</reportError> words\n"),
            "words\n",
        ),
    ] {
        let text = format!("{own}{behind}");
        let want = (LOOSE, Kind::Loose, ["", "", &*own, behind]);
        assert_eq!(first(&text), want, "{text}");
    }
    // Another element of that name is none.
    let other = "<error callId=\"a\">\nwords\n</error>\n";
    assert_eq!(first(other).2[3], "words\n</error>\n");
}
