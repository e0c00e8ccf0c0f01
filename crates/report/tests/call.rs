//! The page of a call, in all its forms.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod dialogue;

use dialogue::*;
use siptriage_diagnostics::{HeaderName, MediaSide};
use siptriage_facts::{Logged, Zone};
use siptriage_judge::{Check, Confidence, Decision, Judge, Rule, Rules, TimeZones, Verdict};
use siptriage_report::{CallForm, CallOptions, CallPage, Style, call_page};
use unicode_width::UnicodeWidthStr;

const BENS: Log = Log {
    file: "traces/ben/client.UccApilog",
    zone: Zone::Local,
    // An hour and a little.
    ahead: 3_600_123_000,
};

const SERVERS: Log = Log {
    file: "traces/fe01/SIPStack.log",
    zone: Zone::AssumedUtc,
    ahead: 0,
};

/// A rule of our own words, so that the page is tested and not the rules.
fn rule(words: &str) -> Rule {
    let mut rule = Rules::embedded().iter().next().unwrap().clone();
    rule.id = "both-outside".to_owned();
    rule.verdict = Verdict::Failed;
    rule.cause = format!("No path between two outside users. {words}");
    rule.confidence = Confidence::Inferred;
    rule.checks = vec![
        Check {
            what: format!("Is TCP 443 open? {words}"),
            at: "both machines".to_owned(),
            path: "TCP 443, client to A/V Edge".to_owned(),
            disproof: "a connection that stays open".to_owned(),
        },
        Check {
            what: "Is sharing excluded from the antivirus program?".to_owned(),
            at: "both machines".to_owned(),
            path: String::new(),
            disproof: String::new(),
        },
    ];
    rule.sources = vec![
        "KB-2386684".to_owned(),
        "https://example.com/own".to_owned(),
    ];
    rule
}

fn page_of(trace: &Trace, rule: Option<&Rule>, messages: &[Logged<'static>]) -> CallPage {
    let judge = Judge::new(&trace.facts, Rules::embedded(), &TimeZones::default());
    let mut case = judge.case(CALL).unwrap();
    case.decision = Decision {
        verdict: Verdict::Failed,
        rule,
    };
    call_page(&case, messages, judge.clocks(), &CallOptions::default())
}

fn page(trace: &Trace) -> CallPage {
    page_of(trace, Some(&rule("")), &trace.messages)
}

fn written(page: &CallPage, form: CallForm, width: u16, ascii: bool, raw: bool) -> String {
    let style = Style {
        width: Some(width),
        color: false,
    };
    let mut bytes = Vec::new();
    page.write(form, &style, ascii, raw, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn text(page: &CallPage, width: u16) -> String {
    written(page, CallForm::Text, width, false, false)
}

fn json(page: &CallPage) -> serde_json::Value {
    serde_json::from_str(&written(page, CallForm::Json, 80, false, false)).unwrap()
}

/// Start lines in the order of the ladder.
fn ladder(page: &CallPage) -> Vec<String> {
    let json = json(page);
    let steps = json["messages"].as_array().unwrap().iter();
    steps
        .map(|step| {
            let line = step["start_line"].as_str().unwrap_or("-");
            let words: Vec<&str> = line.split(' ').take(2).collect();
            format!(
                "{} of {}",
                words.join(" "),
                step["cseq"].as_str().unwrap_or("-")
            )
        })
        .collect()
}

fn anns_log() -> Trace {
    let mut trace = Trace::default();
    for said in founding_case() {
        trace.log(ANNS, &said);
    }
    trace
}

/// The same call in three logs: Ann's, Ben's with another clock, and a server's.
fn three_logs() -> Trace {
    let mut trace = anns_log();
    for said in founding_case() {
        // What servers say to Ann does not reach Ben.
        if !said.start_line.starts_with("SIP/2.0 10") {
            trace.log(BENS, &seen_from_the_other_end(&said));
        }
    }
    for said in founding_case() {
        trace.log(SERVERS, &said);
    }
    trace
}

#[test]
fn the_page_leads_with_the_verdict_and_what_to_check_and_shows_both_views() {
    let text = text(&page(&anns_log()), 100);
    let at = |needle: &str| {
        text.find(needle)
            .unwrap_or_else(|| panic!("{needle} in\n{text}"))
    };
    let order = [
        "Call: failed",
        "Verdict   failed",
        "No path between two outside users.",
        "both-outside, inferred",
        "sip:ann@contoso.com",
        "lasted 22.385 s, ended by the caller",
        "  1. Is TCP 443 open?",
        "     Path      TCP 443, client to A/V Edge",
        "  2. Is sharing excluded",
        "Both ends",
        "Media: application-sharing",
        "ICE warnings",
        "Diagnoses",
        "Messages ━",
        "Logs and clocks",
        "KB-2386684",
        "https://example.com/own",
    ];
    let places: Vec<usize> = order.iter().map(|needle| at(needle)).collect();
    assert!(places.is_sorted(), "{places:?}\n{text}");

    let row = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect::<Vec<_>>()
    };
    assert_eq!(row("ICEWarn"), ["ICEWarn", "0x320", "0x300"]);
    assert_eq!(row("Own location"), ["Own location", "outside", "outside"]);
    assert_eq!(row("LocalMRTCPPort"), ["LocalMRTCPPort", "57312", "57312"]);
    assert_eq!(
        row("Stated in"),
        ["Stated in", "code 24 in BYE", "code 24 in BYE"]
    );
    // Every bit of either mask, with who set it; bit 0x20 is the caller's alone.
    assert_eq!(row("0x20 ")[2..], ["may be expected", "set"]);
    assert_eq!(row("0x100")[2..], ["expected", "set", "set"]);
    assert_eq!(row("0x200")[2..], ["expected", "set", "set"]);
}

#[test]
fn the_ladder_draws_one_line_a_message() {
    let text = text(&page(&anns_log()), 80);
    let steps: Vec<&str> = text.lines().filter(|line| line.contains('│')).collect();
    assert_eq!(
        steps,
        [
            " 1 09:14:04.880           ├─────────┼────────▶│ INVITE sip:ben@fabrikam.com SIP…",
            " 2 09:14:04.932    +52 ms │◀────────┤         │ SIP/2.0 100 Trying",
            " 3 09:14:05.006    +74 ms │◀────────┤         │ SIP/2.0 101 Progress Rep… ●13004",
            " 4 09:14:05.291   +285 ms │◀────────┼─────────┤ SIP/2.0 180 Ringing",
            " 5 09:14:09.417  +4.126 s │◀────────┼─────────┤ SIP/2.0 200 OK",
            " 6 09:14:09.439    +22 ms ├─────────┼────────▶│ ACK sip:ben@fabrikam.com;opaque…",
            " 7 09:14:31.802 +22.363 s ├─────────┼────────▶│ BYE sip:ben@fabrikam.com;op… ●24",
            " 8 09:14:31.931   +129 ms │◀────────┼─────────┤ SIP/2.0 200 OK",
        ]
    );
    let ascii = written(&page(&anns_log()), CallForm::Text, 80, true, true);
    assert!(ascii.is_ascii(), "{ascii}");
    assert!(ascii.contains(" 7 09:14:31.802 +22.363 s |---------+-------->| BYE sip:ben@fab"));
}

#[test]
fn a_message_that_was_logged_three_times_is_one_line_and_clocks_are_corrected() {
    let trace = three_logs();
    let page = page(&trace);
    let json = json(&page);
    let steps = json["messages"].as_array().unwrap();
    assert_eq!(steps.len(), 8);
    let copies: Vec<u64> = steps
        .iter()
        .map(|step| step["copies"].as_u64().unwrap())
        .collect();
    assert_eq!(copies, [2, 1, 1, 2, 2, 2, 2, 2]);
    assert_eq!(json["counts"]["distinct"], 8);
    assert_eq!(json["counts"]["logged"], 22);
    assert_eq!(json["counts"]["copies"], 14);
    // What Ben sends is seen first by Ben, 20 ms before it arrives.
    assert_eq!(steps[3]["places"][0]["file"], BENS.file);
    assert_eq!(steps[3]["time"], "2026-03-02T10:14:05.394");
    assert_eq!(steps[3]["corrected"], "2026-03-02T09:14:05.271");
    let deltas: Vec<i64> = steps[1..]
        .iter()
        .map(|step| step["delta_us"].as_i64().unwrap())
        .collect();
    assert_eq!(deltas[2], 265_000);
    assert!(deltas.iter().all(|delta| *delta >= 0), "{deltas:?}");
    let bens = &json["clocks"][1]["offset"];
    assert_eq!(bens["known_by"], "estimated");
    assert_eq!(bens["ahead_us"], 3_600_123_000i64);
    assert!(text(&page, 200).contains("1:00:00.123 h ahead of traces/fe01/SIPStack.log"));

    // In whatever order the files are read.
    let want = ladder(&page);
    for turn in 1..trace.messages.len() {
        let mut messages = trace.messages.clone();
        messages.rotate_left(turn);
        assert_eq!(ladder(&page_of(&trace, None, &messages)), want, "{turn}");
    }
    assert_eq!(want, ladder(&self::page(&anns_log())));
}

#[test]
fn without_stamps_messages_stand_in_the_order_of_the_log() {
    let mut trace = Trace::default();
    for said in founding_case() {
        trace.log(ANNS, &Said { at: None, ..said });
    }
    let page = page(&trace);
    assert_eq!(ladder(&page), ladder(&self::page(&anns_log())));
    let text = text(&page, 80);
    assert!(text.contains("The log has no times"), "{text}");
    assert!(json(&page)["messages"][1]["delta_us"].is_null());

    // One message without a stamp stays between its neighbours.
    let mut trace = Trace::default();
    for (index, said) in founding_case().into_iter().enumerate() {
        let at = said.at.filter(|_| index != 4);
        trace.log(ANNS, &Said { at, ..said });
    }
    assert_eq!(ladder(&self::page(&trace)), ladder(&page));
}

#[test]
fn logs_that_cannot_be_compared_are_joined_by_transactions() {
    // Nothing was seen twice: requests in one log, responses in the other, whose clock is off by
    // hours that nobody knows.
    let mut trace = Trace::default();
    for said in founding_case() {
        let log = if said.start_line.starts_with("SIP") {
            BENS
        } else {
            ANNS
        };
        trace.log(log, &said);
    }
    let page = page(&trace);
    let order = ladder(&page);
    assert_eq!(order.len(), 8);
    let at = |what: &str| order.iter().position(|line| line == what).unwrap();
    assert!(at("INVITE sip:ben@fabrikam.com of 1 INVITE") < at("SIP/2.0 180 of 1 INVITE"));
    assert!(at("SIP/2.0 200 of 1 INVITE") > at("SIP/2.0 180 of 1 INVITE"));
    assert_eq!(at("SIP/2.0 200 of 2 BYE"), 7);
    assert_eq!(order[0], "INVITE sip:ben@fabrikam.com of 1 INVITE");
}

#[test]
fn what_is_missing_is_said_and_the_rest_is_there() {
    // Facts alone.
    let trace = anns_log();
    let page = page_of(&trace, None, &[]);
    let shown = text(&page, 80);
    assert!(
        shown.contains("No message of it is in the input"),
        "{shown}"
    );
    assert!(shown.contains("no rule explains it"), "{shown}");
    assert!(shown.contains("0x320"), "{shown}");
    // Without a rule, the tables say what to check.
    assert!(shown.contains("Check: UDP 3478 and TCP 443"), "{shown}");
    let markdown = written(&page, CallForm::Markdown, 80, false, true);
    assert!(!markdown.contains("```mermaid"), "{markdown}");
    assert_eq!(json(&page)["messages"], serde_json::json!([]));

    // The end of a call alone.
    let mut trace = Trace::default();
    for said in &founding_case()[6..] {
        trace.log(ANNS, said);
    }
    let page = self::page(&trace);
    let shown = text(&page, 80);
    assert!(
        shown.contains("seen-in-part: the log lacks the INVITE"),
        "{shown}"
    );
    assert!(
        shown.contains("The INVITE that began it is not in the input."),
        "{shown}"
    );
    assert_eq!(ladder(&page).len(), 2);
    let json = json(&page);
    assert_ne!(json["messages"][0]["from"], json["messages"][0]["to"]);

    // A message without start line.
    let mut trace = anns_log();
    trace.log(
        ANNS,
        &Said {
            start_line: String::new(),
            at: Some(30_000),
            ..said(0, "", "", "2 BYE")
        },
    );
    let page = self::page(&trace);
    assert!(text(&page, 80).contains("(start line missing)"));
    assert_eq!(self::json(&page)["messages"][7]["from"], "unknown");
}

#[test]
fn challenges_and_refusals_of_servers_come_from_the_server() {
    let mut trace = Trace::default();
    let invite = said(
        0,
        "outgoing",
        "INVITE sip:ben@fabrikam.com SIP/2.0",
        "1 INVITE",
    );
    trace.log(ANNS, &invite);
    trace.log(
        ANNS,
        &Said {
            challenge: true,
            ..said(
                10,
                "incoming",
                "SIP/2.0 407 Proxy Authentication Required",
                "1 INVITE",
            )
        },
    );
    trace.log(
        ANNS,
        &Said {
            at: Some(20),
            cseq: "2 INVITE".into(),
            ..invite
        },
    );
    trace.log(
        ANNS,
        &Said {
            headers: vec![("Server", "RTC/6.0".into())],
            diagnoses: vec![diagnosis(
                HeaderName::MsDiagnostics,
                1003,
                "User does not exist",
                vec![],
            )],
            ..said(30, "incoming", "SIP/2.0 404 Not Found", "2 INVITE")
        },
    );
    trace.log(
        ANNS,
        &Said {
            headers: vec![("Server", "RTCC/6.0.0.0 MediationServer".into())],
            ..said(40, "incoming", "SIP/2.0 180 Ringing", "2 INVITE")
        },
    );
    let json = json(&page(&trace));
    let from: Vec<&str> = (json["messages"].as_array().unwrap().iter())
        .map(|step| step["from"].as_str().unwrap())
        .collect();
    assert_eq!(from, ["caller", "server", "caller", "server", "callee"]);
    assert_eq!(json["diagnoses"][0]["sender"], "server");
}

/// Text that tries to break out of whatever it stands in.
fn hostile() -> String {
    format!(
        "\u{1b}[2Jx\u{7}|`a`|```;#35;<b>%%{{init}}%%\u{202e}gpj\u{2028}end {}",
        "你好w;".repeat(120)
    )
}

fn hostile_trace() -> Trace {
    let mut trace = three_logs();
    let evil = hostile();
    let mut media = medium(MediaSide::Caller, 0xffff_ffff, "2001:db8::1", "192.0.2.3");
    media.label = format!("audio{evil}").into();
    media
        .fields
        .push((evil.clone().into(), evil.clone().into()));
    let mut event = diagnosis(HeaderName::MsClientDiagnostics, 52_031, &evil, vec![media]);
    event.sub_code = Some(evil.clone().into());
    event
        .params
        .push((evil.clone().into(), evil.clone().into()));
    let diagnoses = vec![event; 9];
    let log = Log {
        file: "traces/`|\u{1b}[31m\u{202e}\n#.log",
        ..ANNS
    };
    trace.log(
        log,
        &Said {
            headers: vec![("User-Agent", evil.clone())],
            diagnoses,
            body: format!("v=0\r\n````\r\n{evil}\r\n"),
            ..said(
                90_000_000,
                "incoming",
                &format!("INFO sip:{evil} SIP/2.0"),
                "7 INFO",
            )
        },
    );
    trace
}

#[test]
fn nothing_is_wider_than_the_line_and_nothing_reaches_the_terminal() {
    let evil = rule(&hostile());
    for trace in [anns_log(), three_logs(), hostile_trace()] {
        let page = page_of(&trace, Some(&evil), &trace.messages);
        for width in [60, 61, 79, 80, 99, 100, 120, 151, 200, 300] {
            for ascii in [false, true] {
                let text = written(&page, CallForm::Text, width, ascii, false);
                for line in text.lines() {
                    // An address of the tables is left whole.
                    let is_address = line.trim_start().starts_with("https://");
                    assert!(
                        line.width() <= usize::from(width) || is_address,
                        "{} in {width}: {line}",
                        line.width()
                    );
                    assert!(!line.contains(char::is_control), "{line:?}");
                    assert!(!line.contains(['\u{202e}', '\u{2028}']), "{line:?}");
                }
            }
        }
        let raw = written(&page, CallForm::Text, 80, false, true);
        assert!(raw.lines().all(|line| !line.contains(char::is_control)));
    }
}

#[test]
fn facts_are_shown_whole_however_long_they_are() {
    let mut trace = anns_log();
    let long = "abcdefgh0123456789".repeat(50);
    let mut media = medium(MediaSide::Callee, 0x1, "192.0.2.2", "192.0.2.3");
    media
        .fields
        .push(("NetworkName".into(), long.clone().into()));
    let event = diagnosis(
        HeaderName::MsClientDiagnostics,
        51_007,
        "short",
        vec![media],
    );
    let log = Said {
        diagnoses: vec![event],
        ..said(
            40_000,
            "incoming",
            "INFO sip:ann@contoso.com SIP/2.0",
            "9 INFO",
        )
    };
    trace.log(ANNS, &log);
    let page = page(&trace);
    for width in [60, 80, 300] {
        let text = text(&page, width);
        let joined: String = text.split_whitespace().collect();
        assert!(joined.contains(&long), "{text}");
    }
}

#[test]
fn hostile_text_breaks_neither_markdown_nor_mermaid() {
    let trace = hostile_trace();
    let evil = rule(&hostile());
    let page = page_of(&trace, Some(&evil), &trace.messages);
    let markdown = written(&page, CallForm::Markdown, 80, false, true);
    let mut open: Option<String> = None;
    let mut language = "";
    let mut columns = 0;
    let mut diagrams = 0;
    for line in markdown.lines() {
        assert!(!line.contains(char::is_control), "{line:?}");
        assert!(!line.contains('\u{202e}'), "{line:?}");
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &open {
            None if ticks.len() >= 3 => {
                language = if line.ends_with("mermaid") {
                    "mermaid"
                } else {
                    "text"
                };
                diagrams += usize::from(language == "mermaid");
                open = Some(ticks);
            }
            Some(fence) if ticks.len() >= fence.len() && line == ticks => open = None,
            Some(_) => {
                let harmless = !line.contains([';', '#', '<', '`', '%', '{', '|']);
                assert!(language != "mermaid" || harmless, "{line}");
            }
            None if line.starts_with('|') => {
                let pipes = line
                    .replace(r"\\", "")
                    .replace(r"\|", "")
                    .matches('|')
                    .count();
                assert!(columns == 0 || pipes == columns, "{line}");
                columns = pipes;
                continue;
            }
            None => assert!(!line.contains("<b>"), "{line}"),
        }
        columns = 0;
    }
    assert_eq!(open, None, "{markdown}");
    assert_eq!(diagrams, 1);
    assert!(markdown.contains("\n1. **Is TCP 443 open?"), "{markdown}");
    assert!(markdown.contains("    Caller->>Callee: INVITE sip:ben@fabrikam.com\n"));
    assert!(markdown.contains("    Note over Caller: 24 failure: Call failed to establish"));
    assert!(
        markdown.contains("\n`````text\n"),
        "the fence is longer than what it holds"
    );
}

#[test]
fn colours_add_nothing_to_the_words() {
    let page = page(&three_logs());
    let style = Style {
        width: Some(90),
        color: true,
    };
    let mut bytes = Vec::new();
    page.write(CallForm::Text, &style, false, true, &mut bytes)
        .unwrap();
    let mut colored = String::from_utf8(bytes).unwrap();
    assert!(colored.contains("\u{1b}[31m●24\u{1b}[0m"), "{colored}");
    for code in ["0", "1", "31", "32", "33"] {
        colored = colored.replace(&format!("\u{1b}[{code}m"), "");
    }
    let plain = written(&page, CallForm::Text, 90, false, true);
    for (colored, plain) in colored.lines().zip(plain.lines()) {
        assert_eq!(colored, plain);
    }
    assert_eq!(colored.lines().count(), plain.lines().count());
}

#[test]
fn raw_messages_stand_under_their_place_and_only_if_asked_for() {
    let page = page(&three_logs());
    let text = written(&page, CallForm::Text, 80, false, true);
    assert!(
        text.contains(
            "\n── 1 ── traces/ann/client.UccApilog:10, 2026-03-02T09:14:04.880, outgoing, also\nat "
        ),
        "{text}"
    );
    assert!(
        text.contains("\nms-client-diagnostics: 24;reason=\"Call failed"),
        "{text}"
    );
    assert!(!self::text(&page, 80).contains("ms-client-diagnostics: 24"));
    let json = written(&page, CallForm::Json, 80, false, true);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let raw = json["messages"][6]["raw"].as_str().unwrap();
    assert!(raw.starts_with("BYE sip:ben@fabrikam.com") && raw.contains("\r\n"));
    assert!(self::json(&page)["messages"][6].get("raw").is_none());
}

#[test]
fn every_key_of_the_json_is_described() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md");
    let docs = std::fs::read_to_string(path).unwrap();
    let section = docs.split("## JSON of `siptriage call`").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    fn walk(value: &serde_json::Value, section: &str) {
        match value {
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    assert!(section.contains(&format!("`{key}`")), "{key}");
                    walk(value, section);
                }
            }
            serde_json::Value::Array(values) => {
                values.iter().for_each(|value| walk(value, section));
            }
            _ => {}
        }
    }
    let json = written(&page(&three_logs()), CallForm::Json, 80, false, true);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["kind"], "call");
    assert_eq!(json["decision"]["rule"], "both-outside");
    assert_eq!(json["decision"]["checks"][0]["where"], "both machines");
    assert_eq!(json["media"][0]["flags"][0]["bit"], "0x20");
    walk(&json, section);
}

#[test]
fn thousands_of_messages_are_laid_out_in_time_and_not_all_drawn_by_mermaid() {
    let mut trace = anns_log();
    for n in 0..6000 {
        let log = if n % 3 == 0 { BENS } else { ANNS };
        let cseq = format!("{} INFO", n + 10);
        let line = format!("INFO sip:ben@fabrikam.com;n={n} SIP/2.0");
        trace.log(log, &said(40_000 + n * 10, "outgoing", &line, &cseq));
    }
    let page = page(&trace);
    assert_eq!(ladder(&page).len(), 6008);
    let markdown = written(&page, CallForm::Markdown, 80, false, false);
    let diagram = markdown.split("```").nth(1).unwrap();
    assert_eq!(diagram.matches("->>").count(), 200);
    assert!(markdown.contains("5,808 further messages are in the table below only."));
    for line in text(&page, 60).lines() {
        assert!(line.width() <= 60 || line.contains("https://"), "{line}");
    }
}

#[test]
fn errors_of_the_writer_are_passed_on() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let page = page(&anns_log());
    for form in [CallForm::Text, CallForm::Markdown, CallForm::Json] {
        let error = page
            .write(form, &Style::default(), false, true, &mut Closed)
            .unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe, "{form:?}");
    }
}

#[test]
fn documents_of_a_rules_file_have_their_titles() {
    let rules = Rules::embedded();
    let trace = anns_log();
    let mut rule = rule("");
    let named: Vec<_> = rules.sources().collect();
    rule.sources = named.iter().map(|source| source.key.clone()).collect();
    assert!(!named.is_empty());
    let page = page_of(&trace, Some(&rule), &trace.messages).with_documents_of(rules);
    let json = json(&page);
    for (at, source) in named.iter().enumerate() {
        let shown = &json["decision"]["sources"][at];
        assert_eq!(shown["title"], source.title.as_str());
        assert_eq!(shown["address"], source.address.as_str());
    }
}
