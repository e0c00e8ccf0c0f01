//! Rules: listed, shown, checked, used.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod desk;

use desk::{Desk, FAILED_CALL};

/// A rule of a user's: narrower than any that is built in.
const OURS: &str = r#"
[checks.ask-the-branch]
what = "Ask the branch office whether its proxy was changed."
at = "Branch office"
disproof = "The proxy is as it was."

[[rule]]
id = "our-branch"
verdict = "failed"
confidence = "guess"
cause = "The proxy of the branch office holds sharing back."
checks = ["ask-the-branch"]
weight = 90

[rule.when]
code = "24"
media = ["application-sharing"]

[[rule.example]]
"#;

/// The user's rule with an example of this header and verdict.
fn ours(header: &str, verdict: &str) -> String {
    let call = "call = \"answered, bye after 12 s by caller\"\non = \"BYE\"";
    format!("{OURS}header = '{header}'\n{call}\nverdict = \"{verdict}\"\n")
}

const HEADER: &str = "ms-client-diagnostics: 24; reason=\"x\";CallerMediaDebug=\"\
                      application-sharing:ICEWarn=0x320,LocalLocation=1,RemoteLocation=1\"";

#[test]
fn rules_are_listed_and_shown() {
    let desk = Desk::new();
    let json = desk.run(&["rules", "--format", "json"]).ends_with(0).json();
    let rows = json["sections"][0]["rows"].as_array().unwrap().clone();
    assert!(rows.len() >= 42, "{}", rows.len());
    for row in &rows {
        let id = row["rule"].as_str().unwrap();
        for key in ["verdict", "condition", "cause", "confidence"] {
            assert!(!row[key].as_str().unwrap().is_empty(), "{id} {key}");
        }
        assert!(row["examples"].as_u64().unwrap() > 0, "{id}");
    }
    let first = rows[0]["rule"].as_str().unwrap();
    desk.run(&["rules"])
        .ends_with(0)
        .keeps_stderr_empty()
        .prints(first);
    let one = desk
        .run(&["rules", first])
        .ends_with(0)
        .keeps_stderr_empty();
    one.prints(first).prints("What to check");
    let csv = desk.run(&["rules", "--format", "csv"]).ends_with(0).stdout;
    assert!(csv.contains(first), "{csv}");
}

#[test]
fn every_rule_can_be_shown_at_every_width() {
    let desk = Desk::new();
    let json = desk.run(&["rules", "--format", "json"]).ends_with(0).json();
    for row in json["sections"][0]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .step_by(9)
    {
        let id = row["rule"].as_str().unwrap();
        for width in ["60", "100"] {
            let page = desk
                .run(&["rules", id, "--width", width])
                .ends_with(0)
                .stdout;
            let longest = page.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(longest <= width.parse().unwrap(), "{longest}: {page}");
        }
    }
}

#[test]
fn an_unknown_rule_names_the_nearest() {
    let desk = Desk::new();
    let json = desk.run(&["rules", "--format", "json"]).ends_with(0).json();
    let id = json["sections"][0]["rows"][0]["rule"]
        .as_str()
        .unwrap()
        .to_owned();
    let slip = format!("{id}s");
    desk.run(&["rules", &slip])
        .ends_with(2)
        .tells(&format!("did you mean `{id}`"));
    desk.run(&["rules", "zzz"])
        .ends_with(2)
        .tells("`siptriage rules` lists all");
}

#[test]
fn a_file_of_rules_is_checked_with_those_that_are_built_in() {
    let desk = Desk::new();
    desk.put("ours.toml", ours(HEADER, "failed"));
    let run = desk.run(&["rules", "test", "ours.toml"]).ends_with(0);
    let run = run.prints("ours.toml: 1 rule, 1 example");
    assert!(
        run.prints("built in included")
            .stderr
            .lines()
            .all(|line| line.contains("note: "))
    );
    desk.run(&["rules", "our-branch", "--rules", "ours.toml"])
        .ends_with(0)
        .prints("Ask the branch office");
}

#[test]
fn mistakes_in_a_file_of_rules_are_told_with_line_and_field() {
    let desk = Desk::new();
    let good = ours(HEADER, "failed");
    let line_of = |text: &str, words: &str| {
        text.lines()
            .position(|line| line.starts_with(words))
            .unwrap()
            + 1
    };
    for (wrong, words, line) in [
        (
            good.replace(
                "verdict = \"failed\"\nconfidence",
                "verdict = \"bad\"\nconfidence",
            ),
            &["verdict", "degraded"][..],
            "verdict",
        ),
        (good.replace("code = ", "cod = "), &["cod"], "cod ="),
        (
            good.replace("[\"ask-the-branch\"]", "[\"ask-the-brnch\"]"),
            &["checks", "did you mean ask-the-branch"],
            "checks =",
        ),
        (
            good.replace("confidence = \"guess\"\n", ""),
            &["confidence"],
            "[[rule]]",
        ),
        (good.replace("id = ", "id = = "), &["TOML"], "id ="),
        (
            ours(HEADER, "benign"),
            &["wanted", "verdict failed", "example 1"],
            "[[rule.example]]",
        ),
    ] {
        desk.put("ours.toml", &wrong);
        let run = desk.run(&["rules", "test", "ours.toml"]).ends_with(2);
        let mut run = run.tells(&format!("siptriage: ours.toml:{}: ", line_of(&wrong, line)));
        for words in words {
            run = run.tells(words);
        }
        assert_eq!(run.stdout, "", "{words:?}");
    }
    desk.run(&["rules", "test", "no.toml"])
        .ends_with(2)
        .tells("no.toml: cannot be read");
    desk.run(&["rules", "test"]).ends_with(2).tells("<FILE>");
    desk.put("latin.toml", b"id = \"\xe9\"");
    desk.run(&["rules", "test", "latin.toml"])
        .ends_with(2)
        .tells("UTF-8");
}

#[test]
fn rules_that_tie_are_refused() {
    let desk = Desk::new();
    let good = ours(HEADER, "failed");
    let (_, rule) = good.split_once("[[rule]]").unwrap();
    let twin = rule.replace("our-branch", "our-other-branch");
    desk.put("ours.toml", format!("{good}\n[[rule]]{twin}"));
    let run = desk.run(&["rules", "test", "ours.toml"]).ends_with(2);
    run.tells("our-other-branch")
        .tells("ties with rule \"our-branch\"");
}

#[test]
fn rules_of_the_users_decide_in_every_command() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    desk.put("ours.toml", ours(HEADER, "failed"));
    let cause = "The proxy of the branch office holds sharing back.";
    for (command, words) in [
        (&["scan"][..], cause),
        (&["calls"], "our-branch"),
        (&["calls", "--format", "csv"], cause),
        (&["call", "0123"], cause),
    ] {
        let command = [command, &["--width", "200", "x.log"]].concat();
        let without = desk.run(&command).ends_with(0).stdout;
        assert!(!without.contains(words), "{without}");
        desk.run(&[&command[..], &["--rules", "ours.toml"]].concat())
            .ends_with(0)
            .prints(words);
    }
    desk.put("bad.toml", "[[rule]]\n");
    for command in ["scan", "calls", "messages", "events"] {
        let run = desk
            .run(&[command, "--rules", "bad.toml", "x.log"])
            .ends_with(2);
        assert_eq!(run.tells("bad.toml:1: ").stdout, "", "{command}");
    }
}

#[test]
fn the_founding_case_ends_in_its_cause() {
    let desk = Desk::new();
    desk.put("x.log", FAILED_CALL);
    let json = desk
        .run(&["calls", "--format", "json", "x.log"])
        .ends_with(0)
        .json();
    let row = &json["sections"][0]["rows"][0];
    assert_eq!(row["verdict"], "failed");
    let cause = row["cause"].as_str().unwrap();
    assert!(cause.contains("TCP"), "{cause}");
    let page = desk.run(&["call", "0123", "x.log"]).ends_with(0);
    page.prints("443").prints("0x320");
}
