//! The rules hold together: every example gets its verdict, no two rules tie, and mistakes in a
//! file are told with line and field.

use std::collections::BTreeSet;

use siptriage_diagnostics::{HeaderName, IceWarn, MediaSide, source};
use siptriage_facts::{Carrier, Event, Facts, Media, Message, Names, Place, Signal, Stamp, Zone};
use siptriage_judge::{CONDITION_FIELDS, Confidence, Judge, Outcome, Rules, TimeZones, Verdict};

const EMBEDDED: &str = include_str!("../data/rules.toml");

/// A file with these rules, each of which has an example that is never judged.
fn file(rules: &[(&str, &str, &str)]) -> String {
    let rules = rules.iter().map(|(id, rest, when)| {
        format!(
            "[[rule]]\nid = \"{id}\"\nverdict = \"benign\"\nconfidence = \"guess\"\n\
             cause = \"Because.\"\n{rest}\n[rule.when]\n{when}\n[[rule.example]]\n\
             call = \"answered, bye\"\n\n"
        )
    });
    rules.collect()
}

fn errors(text: &str) -> Vec<String> {
    match Rules::parse(text, "own.toml") {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

/// What a message of a call says: method and status as in `on`, and a diagnosis.
struct Line<'l> {
    request: &'l str,
    status: Option<u16>,
    by_callee: bool,
    second: i64,
    said: Option<(u32, &'l str, u32, &'l str, &'l str)>,
}

const fn line(request: &str, status: Option<u16>, second: i64) -> Line<'_> {
    Line {
        request,
        status,
        by_callee: false,
        second,
        said: None,
    }
}

fn observe(facts: &mut Facts, names: &Names, call_id: &str, lines: &[Line<'_>]) {
    for (at, line) in lines.iter().enumerate() {
        let number = if line.request == "BYE" { 2 } else { 1 };
        let cseq = format!("{number} {}", line.request);
        let (own, far) = match line.by_callee {
            false => ("<sip:ann@contoso.com>;tag=a", "<sip:ben@contoso.com>"),
            true => ("<sip:ben@contoso.com>;tag=b", "<sip:ann@contoso.com>;tag=a"),
        };
        let tagged = line.status.is_some() || line.request != "INVITE";
        let to = match tagged && !line.by_callee {
            true => format!("{far};tag=b"),
            false => far.to_owned(),
        };
        let time = Some(Stamp {
            micros: 1_773_478_800_000_000 + line.second * 1_000_000,
            zone: Zone::Utc,
        });
        let signal = Signal {
            call_id,
            file: "a.log",
            trace_format: "test",
            time,
            status: line.status,
            cseq: &cseq,
            from: own,
            to: &to,
            ..Signal::default()
        };
        facts.observe_message(&signal, names);
        let Some((code, label, mask, local, remote)) = line.said else {
            continue;
        };
        let start_line = match line.status {
            Some(status) => format!("SIP/2.0 {status} Phrase"),
            None => format!("{} sip:ben@contoso.com SIP/2.0", line.request),
        };
        let event = Event {
            place: Place {
                file: "a.log".into(),
                offset: at as u64,
                line: 1,
            },
            trace_format: "test",
            time,
            header: Some(HeaderName::MsClientDiagnostics),
            carrier: Carrier::Header,
            code: Some(code),
            sub_code: None,
            reason: None,
            source: None,
            params: Vec::new(),
            media: vec![Media {
                side: Some(MediaSide::Caller),
                label: label.into(),
                ice_warn: Some(IceWarn::from_bits(mask)),
                fields: vec![
                    ("LocalLocation".into(), local.into()),
                    ("RemoteLocation".into(), remote.into()),
                ],
                ..Media::default()
            }],
            cut: false,
            message: Message {
                start_line: Some(start_line.into()),
                call_id: Some(call_id.into()),
                cseq: Some(cseq.into()),
                from: Some(own.into()),
                to: Some(to.into()),
                ..Message::default()
            },
        };
        facts.observe_event(&event, names);
    }
}

#[test]
fn every_example_of_the_embedded_rules_gets_what_it_must() {
    let failures: Vec<String> = (Rules::embedded().test().iter())
        .map(ToString::to_string)
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn the_founding_case_ends_in_its_cause_and_its_checks_in_order() {
    let rule = Rules::embedded().get("sharing-tcp-blocked-outside");
    let rule = rule.expect("the founding case has a rule");
    assert_eq!(rule.verdict, Verdict::Failed);
    let cause = "TCP path between two outside users blocked";
    assert!(rule.cause.starts_with(cause), "{}", rule.cause);
    let parts = [
        "TCP 443 to the A/V Edge",
        "personal firewall or antivirus",
        "port range that the header names",
    ];
    assert_eq!(rule.checks.len(), parts.len());
    for (check, part) in rule.checks.iter().zip(parts) {
        assert!(check.what.contains(part), "{}", check.what);
    }
}

#[test]
fn every_embedded_rule_has_an_example_of_what_it_is_and_of_what_it_is_not() {
    for rule in Rules::embedded().iter() {
        assert!(rule.examples() >= 2, "{} has one example only", rule.id);
        let part = EMBEDDED.split("[[rule]]").find(|part| {
            let id = format!("\nid = \"{}\"\n", rule.id);
            part.contains(&id)
        });
        let part = part.expect("the rule is in the file");
        assert!(
            part.contains("\nnot = true"),
            "{} has no counter-example",
            rule.id
        );
    }
}

#[test]
fn causes_are_sentences_and_checks_say_where_and_what_would_disprove() {
    let mut causes = BTreeSet::new();
    for rule in Rules::embedded().iter() {
        assert!(rule.cause.ends_with('.'), "{}: {}", rule.id, rule.cause);
        assert!(causes.insert(&rule.cause), "{}: said twice", rule.cause);
        let in_trouble = matches!(rule.verdict, Verdict::Failed | Verdict::Degraded);
        assert!(
            !rule.checks.is_empty() || !in_trouble,
            "{} has no check",
            rule.id
        );
        for check in &rule.checks {
            for text in [&check.what, &check.at, &check.disproof] {
                assert!(!text.is_empty(), "{}: {check:?}", rule.id);
            }
        }
    }
}

#[test]
fn every_source_is_defined_and_every_check_and_source_of_the_file_is_used() {
    let rules = Rules::embedded();
    for rule in rules.iter() {
        for key in &rule.sources {
            let is_known = source(key).is_some() || rules.source(key).is_some();
            assert!(is_known, "{}: {key}", rule.id);
        }
        let needs = rule.confidence != Confidence::Guess;
        assert!(
            !rule.sources.is_empty() || !needs,
            "{} has no source",
            rule.id
        );
    }
    for kind in ["checks", "sources"] {
        let front = format!("\n[{kind}.");
        for part in EMBEDDED.split(&front).skip(1) {
            let (name, _) = part.split_once(']').expect("a table has a name");
            let used = format!("\"{name}\"");
            assert!(
                EMBEDDED.contains(&used),
                "{kind}.{name} is named by no rule"
            );
        }
    }
}

#[test]
fn bits_without_a_meaning_hide_no_rule() {
    // Every example, with three more bits in every mask.
    let mut parts = EMBEDDED.split("ICEWarn=0x");
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut count = 0;
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(part.len());
        let mask = u32::from_str_radix(&part[..end], 16).expect("a mask");
        count += 1;
        text.push_str(&format!(
            "ICEWarn={:#x}{}",
            mask | 0xe000_0000,
            &part[end..]
        ));
    }
    assert!(count > 80, "{count}");
    let rules = Rules::parse(&text, "more-bits.toml").expect("the rules are the same");
    let failures: Vec<String> = rules.test().iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn more_specific_rules_beat_more_general_ones() {
    let text = r#"
[checks.look]
what = "Look"
at = "there"
disproof = "Nothing is there."

[[rule]]
id = "general"
verdict = "benign"
confidence = "guess"
cause = "Generally."
[rule.when]
code = ["21-29"]
[[rule.example]]
header = '26; CallerMediaDebug="video:ICEWarn=0x1"'
on = "BYE"
[[rule.example]]
header = '24; CallerMediaDebug="video:ICEWarn=0x1"'
on = "BYE"
not = true
rule = "one-code"

[[rule]]
id = "one-code"
verdict = "unknown"
confidence = "guess"
cause = "One code."
[rule.when]
code = [24]
[[rule.example]]
header = '24; CallerMediaDebug="video:ICEWarn=0x1"'
on = "BYE"

[[rule]]
id = "code-and-bit"
verdict = "failed"
confidence = "guess"
cause = "One code, one bit."
checks = ["look"]
[rule.when]
code = [24]
bits = { all = 0x20 }
[[rule.example]]
header = '24; CallerMediaDebug="video:ICEWarn=0x21"'
on = "BYE"

[[rule]]
id = "code-bit-and-medium"
verdict = "degraded"
confidence = "guess"
cause = "And a medium."
checks = ["look"]
[rule.when]
code = [24]
bits = { all = 0x20 }
media = "audio"
[[rule.example]]
header = '24; CallerMediaDebug="audio:ICEWarn=0x21"'
on = "BYE"

[[rule]]
id = "outcome-alone"
verdict = "unknown"
confidence = "guess"
cause = "It failed."
[rule.when]
outcome = "failed"
[[rule.example]]
call = "refused 500"
[[rule.example]]
header = '21'
on = "BYE"
not = true
rule = "general"
"#;
    let rules = Rules::parse(text, "own.toml").expect("no two tie");
    let failures: Vec<String> = rules.test().iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    let specificity = |id: &str| rules.get(id).map(|rule| rule.specificity);
    for pair in [
        "outcome-alone",
        "general",
        "one-code",
        "code-and-bit",
        "code-bit-and-medium",
    ]
    .windows(2)
    {
        assert!(specificity(pair[0]) < specificity(pair[1]), "{pair:?}");
    }
}

#[test]
fn rules_that_tie_are_an_error_that_names_both() {
    for (left, right, ties) in [
        ("code = [24]", "code = [24]", true),
        ("code = [24]", "code = [23]", false),
        ("code = [\"21-24\"]", "code = [\"24-29\"]", true),
        ("code = [\"21-23\"]", "code = [\"24-29\"]", false),
        ("outcome = \"failed\"", "outcome = \"dropped\"", false),
        ("outcome = \"failed\"", "outcome = \"failed\"", true),
        ("bits = { all = 0x20 }", "bits = { all = 0x40 }", true),
        (
            "bits = { all = 0x20, none = 0x40 }",
            "bits = { all = 0x40, none = 0x1 }",
            false,
        ),
        ("bits = { only = 0x20 }", "bits = { only = 0x60 }", true),
        ("bits = { only = 0x20 }", "bits = { only = 0x40 }", false),
        ("media = \"audio\"", "media = \"video\"", false),
        ("media = \"audio\"", "locations = \"both-inside\"", true),
        (
            "locations = \"both-inside\"",
            "locations = \"both-outside\"",
            false,
        ),
        (
            "local = { location = \"inside\" }",
            "remote = { location = \"inside\" }",
            true,
        ),
        (
            "caller = { relay = \"absent\" }",
            "caller = { relay = \"present\" }",
            false,
        ),
        (
            "either = { relay = \"absent\" }",
            "either = { relay = \"present\" }",
            true,
        ),
        (
            "caller = { offers = \"relay/udp\" }",
            "caller = { lacks = \"relay/udp\" }",
            false,
        ),
        (
            "caller = { agent = \"a\" }",
            "caller = { agent = \"b\" }",
            true,
        ),
        (
            "duration = { below = 10 }",
            "duration = { above = 10 }",
            false,
        ),
        (
            "duration = { below = \"short_call\" }",
            "duration = { above = 9 }",
            true,
        ),
        ("status = [\"4xx\"]", "status = [\"500-599\"]", false),
        ("status = [486]", "status = [486]", true),
        ("reason = \"a\"", "reason = \"b\"", true),
        ("on = \"BYE\"", "on = \"4xx INVITE\"", false),
        ("on = \"488\"", "on = \"488 INVITE\"", true),
        (
            "parameter = { Count = \"1\" }",
            "parameter = { count = \"2\" }",
            false,
        ),
        (
            "parameter = { Count = \"1\" }",
            "parameter = { Count = \"*\" }",
            true,
        ),
        ("transport = \"udp\"", "transport = \"tcp\"", false),
        (
            "federation = \"federated\"",
            "federation = \"not-federated\"",
            false,
        ),
        ("federation = \"federated\"", "federation = \"1\"", true),
        ("kind = \"register\"", "kind = \"subscribe\"", false),
        ("conference = true", "conference = false", false),
    ] {
        let found = errors(&file(&[("left", "", left), ("right", "", right)]));
        assert_eq!(!found.is_empty(), ties, "{left} / {right}: {found:?}");
        if ties {
            let [error] = found.as_slice() else {
                panic!("{found:?}")
            };
            for part in ["\"left\"", "\"right\"", "own.toml:12", "weight = 1"] {
                assert!(error.contains(part), "{error}");
            }
            let weighed = errors(&file(&[("left", "", left), ("right", "weight = 1", right)]));
            assert_eq!(weighed, Vec::<String>::new());
        }
    }
}

#[test]
fn the_weight_that_a_tie_proposes_ties_with_nothing() {
    let own = |weight: &str| {
        let when = "code = [24]\nmedia = \"application-sharing\"\nbits = { all = 0x320 }\n\
                    local = { location = \"outside\" }";
        file(&[("own", weight, when)])
    };
    // Of some weight it surely ties with one of so many rules that can match the same call.
    let mut ties = 0;
    for weight in -60..20 {
        let parsed = Rules::parse(&own(&format!("weight = {weight}")), "own.toml").unwrap();
        let Err(errors) = Rules::embedded().with(parsed) else {
            continue;
        };
        ties += 1;
        let text = errors[0].to_string();
        let (_, rest) = text.split_once("or set weight = ").expect(&text);
        let (proposed, _) = rest.split_once(' ').expect(&text);
        assert!(proposed.parse::<i32>().unwrap() > weight, "{text}");
        let parsed = Rules::parse(&own(&format!("weight = {proposed}")), "own.toml").unwrap();
        assert!(Rules::embedded().with(parsed).is_ok(), "{text}");
    }
    assert!(ties > 0);
}

#[test]
fn another_file_overrides_by_id_and_adds() {
    let embedded = Rules::embedded();
    let own = file(&[
        (
            "busy",
            "",
            "outcome = \"busy\"\nkind = [\"call\", \"im\", \"conference\"]",
        ),
        ("own", "", "code = [60123]"),
    ]);
    let text = format!("{own}[thresholds]\nshort_call = 25\n");
    let more = Rules::parse(&text, "own.toml").expect("well formed");
    let both = embedded.with(more).expect("no two tie");
    assert_eq!(both.iter().count(), embedded.iter().count() + 1);
    assert_eq!(both.get("busy").map(|rule| &*rule.cause), Some("Because."));
    assert_eq!(both.get("own").map(|rule| &*rule.file), Some("own.toml"));
    assert_eq!(both.thresholds().short_call, 25);
    assert_eq!(both.thresholds().timeout, embedded.thresholds().timeout);

    let tying = file(&[("own", "", "outcome = \"busy\"\nkind = [\"call\", \"im\"]")]);
    let tying = Rules::parse(&tying, "own.toml").expect("alone, it ties with none");
    let errors = embedded.with(tying).expect_err("it says the same as busy");
    assert!(errors[0].to_string().contains("\"busy\""), "{errors:?}");
}

#[test]
fn mistakes_are_told_with_line_field_and_advice() {
    let good = file(&[("one", "", "code = [24]")]);
    assert_eq!(errors(&good), Vec::<String>::new());
    for (from, to, want) in [
        (
            "cause =",
            "cuase =",
            "own.toml:5: rule \"one\": cuase: no such field; did you mean cause?",
        ),
        (
            "cause = \"Because.\"\n",
            "",
            "own.toml:1: rule \"one\": cause: is missing",
        ),
        (
            "\"benign\"",
            "\"begnin\"",
            "own.toml:3: rule \"one\": verdict: unknown word “begnin”; did you mean benign?",
        ),
        (
            "\"benign\"",
            "7",
            "own.toml:3: rule \"one\": verdict: is a number; write a text",
        ),
        (
            "\"guess\"",
            "\"sure\"",
            "is one of: stated, inferred, guess",
        ),
        (
            "\"guess\"",
            "\"stated\"",
            "rule \"one\": sources: is missing",
        ),
        (
            "\"benign\"",
            "\"failed\"",
            "rule \"one\": checks: is missing",
        ),
        (
            "code = [24]",
            "code = []",
            "own.toml:8: rule \"one\": when.code: is an empty list",
        ),
        (
            "code = [24]",
            "code = [\"24-21\"]",
            "own.toml:8: rule \"one\": when.code: “24-21” is no number and no range",
        ),
        (
            "code = [24]",
            "codes = [24]",
            "own.toml:8: rule \"one\": when.codes: no such field; did you mean code?",
        ),
        (
            "code = [24]",
            "outcome = \"connceted\"",
            "own.toml:8: rule \"one\": when.outcome: unknown word “connceted”; did you mean connected?",
        ),
        (
            "code = [24]",
            "bits = { al = 1 }",
            "own.toml:8: rule \"one\": when.bits.al: no such field; did you mean all?",
        ),
        (
            "code = [24]",
            "bits = { all = \"0x123456789\" }",
            "when.bits.all: “0x123456789” is no mask",
        ),
        (
            "code = [24]",
            "bits = { all = \"turn_unreachble\" }",
            "did you mean turn_unreachable?",
        ),
        (
            "code = [24]",
            "bits = { all = 1, none = 1 }",
            "when.bits: contradicts itself",
        ),
        ("code = [24]", "bits = { all = 0 }", "is an empty mask"),
        (
            "code = [24]",
            "on = \"BYEBYE\"",
            "when.on: “BYEBYE” is no message",
        ),
        (
            "code = [24]",
            "duration = { below = \"soon\" }",
            "when.duration.below: write seconds",
        ),
        (
            "code = [24]",
            "hresult = [\"80\"]",
            "when.hresult: “80” is no HRESULT",
        ),
        (
            "code = [24]",
            "conference = \"yes\"",
            "when.conference: is a text; write true or false",
        ),
        ("code = [24]", "reason = \"\"", "when.reason: is empty"),
        (
            "code = [24]",
            "federation = \"maybe\"",
            "when.federation: unknown word “maybe”",
        ),
        (
            "code = [24]",
            "caller = { offers = \"relay/dtls\" }",
            "when.caller.offers: unknown word “relay/dtls”",
        ),
        ("code = [24]", "", "rule \"one\": when: asks nothing"),
        (
            "[rule.when]\ncode = [24]\n",
            "",
            "rule \"one\": when: is missing",
        ),
        (
            "\"one\"",
            "\"One Rule\"",
            "id: an id has lower-case letters",
        ),
        (
            "[rule.when]",
            "sources = [\"NOWHERE\"]\n[rule.when]",
            "own.toml:7: rule \"one\": sources: unknown source “NOWHERE”",
        ),
        (
            "[rule.when]",
            "checks = [\"edge-tcp-444\"]\n[rule.when]",
            "checks: unknown check “edge-tcp-444”; did you mean edge-tcp-443?",
        ),
        (
            "[rule.when]",
            "weight = 1000\n[rule.when]",
            "weight: is out of range",
        ),
        (
            "[[rule.example]]\ncall = \"answered, bye\"\n",
            "",
            "rule \"one\": example: is missing",
        ),
        (
            "call = ",
            "not = true\ncall = ",
            "rule \"one\": example: is missing",
        ),
        (
            "\"answered, bye\"",
            "\"answered, byebye\"",
            "own.toml:10: rule \"one\": example 1.call: “byebye” is no part of a call",
        ),
        (
            "call = ",
            "header = 'no code'\non = \"BYE\"\ncall = ",
            "example 1.header: does not begin with a code",
        ),
        (
            "call = ",
            "header = '24'\ncall = ",
            "example 1.on: is missing",
        ),
        (
            "call = ",
            "header = '24'\non = \"488 INVITE\"\ncall = ",
            "example 1.on: the call has no such message",
        ),
        (
            "call = \"answered, bye\"",
            "messages = [\"INVITE\", \"200\"]",
            "example 1.messages: “200” is no message",
        ),
        (
            "[[rule]]",
            "[[rules]]",
            "own.toml:1: rules: no such field; did you mean rule?",
        ),
        (
            "[[rule]]",
            "[[rule]",
            "own.toml:1: file: not readable as TOML",
        ),
        (
            "[[rule]]",
            "[thresholds]\nshort_call = 0\n[[rule]]",
            "own.toml:2: thresholds.short_call: is out of range",
        ),
        (
            "[[rule]]",
            "[checks.x]\nwhat = \"x\"\nat = \"x\"\n[[rule]]",
            "own.toml:1: check \"x\": disproof: is missing",
        ),
    ] {
        assert!(good.contains(from), "{from}");
        let found = errors(&good.replacen(from, to, 1));
        let is_told = found.iter().any(|error| error.contains(want));
        assert!(is_told, "{to}: wanted {want}, got {found:#?}");
    }
    let twice = file(&[("one", "", "code = [24]"), ("one", "", "code = [25]")]);
    let found = errors(&twice);
    assert!(found[0].contains("own.toml:12: rule \"one\": id: the rule of line 1 has the same id"));
    assert!(errors("")[0].contains("holds no rule"));
}

#[test]
fn an_example_that_fails_is_told_with_line_field_and_how_it_was_read() {
    let text = file(&[("one", "", "code = [24]")]);
    let rules = Rules::parse(&text, "own.toml").expect("well formed");
    let failures = rules.test();
    let [failure] = failures.as_slice() else {
        panic!("{failures:?}")
    };
    assert_eq!((failure.line, &*failure.rule), (9, "one"));
    let text = failure.to_string();
    for part in [
        "own.toml:9: rule \"one\": example 1: ",
        "wanted: rule \"one\", verdict benign; got: no rule, verdict unknown",
        "the condition of this rule does not hold: code 24",
        "outcome connected",
        "duration 60 s",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn calls_that_no_rule_explains_are_failed_without_a_rule() {
    let (mut facts, names) = (Facts::default(), Names::default());
    let refused = [line("INVITE", None, 0), line("INVITE", Some(500), 1)];
    observe(&mut facts, &names, "refused", &refused);
    let ended = [
        line("INVITE", None, 0),
        line("INVITE", Some(200), 2),
        line("BYE", None, 90),
    ];
    observe(&mut facts, &names, "ended", &ended);
    let judge = Judge::new(&facts, Rules::embedded(), &TimeZones::default());
    let rules = Rules::embedded();
    let case = judge.case("refused").expect("a call");
    let decision = rules.decide(&case);
    assert_eq!(case.outcome, Outcome::Failed);
    assert_eq!((decision.verdict, decision.rule), (Verdict::Failed, None));
    let case = judge.case("ended").expect("a call");
    let decision = rules.decide(&case);
    let rule = decision.rule.map(|rule| &*rule.id);
    assert_eq!(
        (decision.verdict, rule),
        (Verdict::Benign, Some("connected"))
    );
    assert_eq!(rules.matching(&case).first().map(|rule| &*rule.id), rule);
}

#[test]
fn decisions_do_not_depend_on_the_order_of_the_rules() {
    let (head, rules) = EMBEDDED.split_once("[[rule]]").expect("rules");
    let mut parts: Vec<&str> = rules.split("[[rule]]").collect();
    parts.reverse();
    let reversed = format!("{head}[[rule]]{}", parts.join("\n[[rule]]"));
    let reversed = Rules::parse(&reversed, "reversed.toml").expect("the same rules");
    let (mut facts, names) = (Facts::default(), Names::default());
    let mut masks: Vec<u32> = (0..32).map(|bit| 1 << bit).collect();
    masks.extend([
        0,
        0x300,
        0x320,
        0x0400_0320,
        0x0080_012b,
        0x86,
        0x0800_0100,
        0xffff_ffff,
    ]);
    let places = [("1", "1"), ("2", "1"), ("2", "2"), ("0", "2")];
    for code in [
        21, 22, 23, 24, 25, 31, 32, 4, 1003, 10003, 52017, 51004, 51007, 21006,
    ] {
        for mask in &masks {
            for medium in ["audio", "application-sharing"] {
                for (local, remote) in places {
                    for end in [4, 40] {
                        let call_id = format!("{code}-{mask:x}-{medium}-{local}{remote}-{end}");
                        let mut lines = [
                            line("INVITE", None, 0),
                            line("INVITE", Some(200), 2),
                            line("BYE", None, end),
                        ];
                        // Two diagnoses, so that rules for different codes meet.
                        lines[1].said = Some((51007, medium, mask ^ 0x20, local, remote));
                        lines[2].said = Some((code, medium, *mask, local, remote));
                        observe(&mut facts, &names, &call_id, &lines);
                    }
                }
            }
        }
    }
    let judge = Judge::new(&facts, Rules::embedded(), &TimeZones::default());
    let mut decided = BTreeSet::new();
    for case in judge.cases() {
        let one = Rules::embedded().decide(&case);
        let other = reversed.decide(&case);
        let (one, other) = (
            one.rule.map(|rule| &rule.id),
            other.rule.map(|rule| &rule.id),
        );
        assert_eq!(one, other, "{}", case.call_id);
        let first = Rules::embedded().matching(&case);
        assert_eq!(first.first().map(|rule| &rule.id), one, "{}", case.call_id);
        decided.extend(one.cloned());
    }
    assert!(decided.len() > 30, "{decided:?}");
}

#[test]
fn every_documented_condition_can_be_written() {
    for field in CONDITION_FIELDS {
        for name in field.name.split(", ") {
            let found = errors(&file(&[("one", "", &format!("{name} = 1979-05-27"))]));
            assert!(!found.is_empty(), "{name} takes a date");
            let is_known = found.iter().all(|error| !error.contains("no such field"));
            assert!(is_known, "{name}: {found:?}");
        }
    }
}

#[test]
fn without_their_examples_the_embedded_rules_are_the_same_to_judge_by() {
    let (whole, bare) = (Rules::embedded(), Rules::embedded_without_examples());
    let shown = |rules: &Rules| -> Vec<String> {
        let rules = rules.iter().map(|rule| {
            let text = format!("{rule:?}");
            // The last field.
            let (front, _) = text.split_once(", examples: [").expect("examples");
            front.to_owned()
        });
        rules.collect()
    };
    let (all, left) = (shown(whole), shown(bare));
    assert_eq!(all.len(), left.len());
    for (one, other) in all.iter().zip(&left) {
        assert_eq!(one, other);
    }
    assert!(bare.iter().all(|rule| rule.examples() == 0));
    assert_eq!(whole.thresholds(), bare.thresholds());
    assert!(whole.sources().eq(bare.sources()));
    // What rules of users may name, too.
    let (_, rules) = EMBEDDED.split_once("[[rule]]").expect("rules");
    let naming = Rules::parse(&format!("[[rule]]{rules}"), "own.toml");
    assert_eq!(naming.map(|own| own.iter().count()), Ok(all.len()));
}

#[test]
fn only_failures_have_the_sections_of_records_and_only_those_of_records() {
    let text = file(&[
        ("of-failure", "", "code = [24]\nbits = { all = 0x20 }"),
        ("of-end", "", "code = [51004]\nbits = { all = 0x20 }"),
    ]);
    let rules = Rules::parse(&text, "own.toml").expect("no two tie");
    let names = Names::default();
    for (record, end, want) in [
        ((51_007, "audio"), (24, "audio"), Some("of-failure")),
        ((51_006, "audio"), (24, "audio"), Some("of-failure")),
        // Of another medium.
        ((51_007, "video"), (24, "audio"), None),
        // No record.
        ((51_004, "audio"), (24, "audio"), Some("of-end")),
        ((22, "audio"), (24, "audio"), None),
        // No failure.
        ((51_007, "audio"), (51_004, "audio"), None),
    ] {
        let mut facts = Facts::default();
        let answer = Line {
            said: Some((record.0, record.1, 0x20, "1", "2")),
            ..line("INVITE", Some(200), 4)
        };
        let bye = Line {
            said: Some((end.0, end.1, 0, "1", "2")),
            ..line("BYE", None, 64)
        };
        let lines = [line("INVITE", None, 0), answer, bye];
        observe(&mut facts, &names, "call", &lines);
        let judge = Judge::new(&facts, &rules, &TimeZones::default());
        let case = judge.case("call").expect("it is there");
        let rule = case.decision.rule.map(|rule| &*rule.id);
        assert_eq!(rule, want, "{record:?} {end:?}");
        let long = rules.matching(&case).first().map(|rule| &*rule.id);
        assert_eq!(long, want, "{record:?} {end:?}");
    }
}

#[test]
fn a_time_at_its_bound_is_above_and_not_below() {
    for (condition, want) in [
        ("duration = { above = 60 }", true),
        ("duration = { below = 60 }", false),
        ("duration = { below = 61 }", true),
        ("time_to_answer = { above = 4, below = 5 }", true),
        ("time_to_answer = { above = 3, below = 4 }", false),
    ] {
        let rules = Rules::parse(&file(&[("one", "", condition)]), "own.toml");
        let rules = rules.expect("it is a condition");
        let (mut facts, names) = (Facts::default(), Names::default());
        let answer = line("INVITE", Some(200), 4);
        let lines = [line("INVITE", None, 0), answer, line("BYE", None, 64)];
        observe(&mut facts, &names, "call", &lines);
        let judge = Judge::new(&facts, &rules, &TimeZones::default());
        let case = judge.case("call").expect("it is there");
        assert_eq!(case.decision.rule.is_some(), want, "{condition}");
        assert_eq!(!rules.matching(&case).is_empty(), want, "{condition}");
    }
}
