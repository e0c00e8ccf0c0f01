//! `docs/rules.md` shows the rules as they are, and the file it gives as an example works.

use std::path::Path;

use siptriage_judge::{CONDITION_FIELDS, Level, Rules};

#[test]
fn the_page_for_readers_shows_the_rules_as_they_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules.md");
    let want = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &want).unwrap();
    }
    // A checkout on Windows may have other line ends.
    let found = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    let differing = want
        .lines()
        .zip(found.lines())
        .find(|(want, found)| want != found);
    assert!(
        found == want,
        "docs/rules.md does not show the rules; run this test with UPDATE_DOCS=1. \
         First other line: {differing:?}"
    );
}

#[test]
fn the_example_file_of_the_page_is_well_formed_and_passes() {
    let (_, rest) = INTRODUCTION.split_once("```toml\n").expect("an example");
    let (text, _) = rest.split_once("```").expect("its end");
    let own = Rules::parse(text, "own.toml").expect("well formed");
    let both = Rules::embedded().with(own).expect("no two tie");
    let failures: Vec<String> = both.test().iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

const INTRODUCTION: &str = r#"# Rules

What siptriage thinks of a call, why, and what to check.
This page is written from `crates/judge/data/rules.toml`; change the rules, not the page:

```
UPDATE_DOCS=1 cargo test -p siptriage-judge --test rules_page
```

How to read it:

- **Verdict**: *failed* (somebody could not do what they wanted), *degraded* (it worked, and worse than it should), *benign* (nothing is wrong), *unknown* (the trace does not tell).
- **Certainty** of a cause: *stated* (a source says so), *inferred* (it follows from what sources say of single flags and codes), *guess* (nobody says so).
- **Specificity**: of all rules that match a call, the one with the highest number decides.
- A call that no rule explains has no cause: it is failed if its outcome is failed or dropped, else unknown.

## How a rule is chosen

A condition asks things of the call, of one diagnosis of it, and of one media section of that diagnosis.
All conditions about a diagnosis must hold for the same one, and all about a media section for the same section of it.
A failure also has the media sections of the records 51006 and 51007 of the same call, as far as they are of the same medium: what one side saw often tells why the other gave up.

Specificity is the sum of what each condition adds (the column *adds* below), and of the rule's `weight`, a number from -100 to 100 that is 0 if it is not there.
Codes and flags add most, the outcome alone least: so a rule for code 24 beats one for 21-29, and with a flag it beats both.

Two rules of equal specificity that can both match one call tie, which is an error when the file is loaded.
Conditions make rules disjoint where they can be shown to: other codes, flags that one asks for and the other forbids, other media, locations, outcomes, and so on.
Texts such as a reason or a user agent never do.
A call may have several diagnoses, so that rules for different codes match by different ones; then the graver diagnosis decides: failures before codes that no table classes, before expected ends, before information, and then what stood on the BYE or the final response.

Bits without a published meaning are ignored by every condition that does not name them.

## Rules of your own

`siptriage rules` lists all rules, `siptriage rules test FILE` checks a file, and `--rules FILE` uses it beside the rules below.
A rule with the id of one of these takes its place; others are added.
Your rules may name the checks and sources of the rules below.

```toml
[thresholds]
short_call = 15

[checks.branch-firewall]
what = "Does the firewall of the branch let UDP 3478 out?"
at = "firewall of the branch office"
path = "UDP 3478, from the clients out to the A/V Edge"
disproof = "The firewall's log shows the packets going out and answers coming back."

[[rule]]
id = "branch-office"
verdict = "failed"
confidence = "inferred"
cause = "The firewall of the branch office drops UDP to the Edge."
sources = ["EDGE-PORTS", "https://wiki.example.com/branch"]
checks = ["branch-firewall", "edge-udp-3478"]
weight = 15
[rule.when]
code = ["23-24"]
media = "audio"
bits = { any = ["turn_udp_allocate_failed", "turn_udp_send_failed"] }
outcome = ["failed", "dropped"]
caller = { agent = ["Lync", "Skype"] }
[[rule.example]]
header = '23; reason="…"; CallerMediaDebug="audio:ICEWarn=0x6,LocalLocation=1,RemoteLocation=2"'
on = "BYE"
call = "answered, bye after 9 s by caller"
caller_agent = "UCCAPI/16.0 (Skype for Business)"
[[rule.example]]
messages = ["INVITE", "180 INVITE +1s", "200 INVITE +3s", "ACK", "BYE +20s by callee"]
not = true
verdict = "benign"
```

`id`, `verdict`, `confidence`, `cause`, `[rule.when]` and an example are needed, `checks` for failed and degraded calls, `sources` for causes that are stated.
A source is a key of [diagnostics](diagnostics.md), one of `[sources.KEY]` with `title` and `address`, or an address.

An example is a small trace:

- `header` is the value of a diagnostics header, or a list of them; its name and a colon may stand before it. `on` names the message that carries it: `BYE`, `"200 INVITE"`, `"488 INVITE"`. `from` says who sent the BYE. `also` is a list of further tables with these fields.
- `record = { result_code = "0x…" }` is a server's record, `quality = { label = "main-audio", Ice = "RELAY", Transport = "TCP", IceWarningFlags = "0x86" }` a media line of a quality report.
- `call` describes it in words, with commas between: `rings after 1 s`, `answered after 3 s`, `bye after 12 s by callee`, `refused 488`, `cancelled after 8 s`. Without it, the message that `on` names suggests a call.
- `messages` is the same as a list: `"180 INVITE +1s"`, with the time since the first message.
- `media`, `conference`, `caller_agent`, `callee_agent`, `caller_location`, `callee_location` (inside, outside), `caller_offers`, `callee_offers` (such as `relay/udp`) say more of the call.
- The rule must decide the example, with its verdict. With `not = true` it must not; `rule` and `verdict` say what must come out instead.

"#;

/// Text that Markdown shows as it is.
fn plain(text: &str) -> String {
    text.replace('|', "\\|")
        .replace('*', "\\*")
        .replace('_', "\\_")
        .replace('<', "\\<")
}

fn write_row(page: &mut String, cells: &[&str]) {
    page.push_str(&format!("| {} |\n", cells.join(" | ")));
}

fn write_head(page: &mut String, columns: &[&str]) {
    write_row(page, columns);
    write_row(page, &vec!["---"; columns.len()]);
}

/// The page `docs/rules.md`.
fn page() -> String {
    let rules = Rules::embedded();
    let mut page = String::from(INTRODUCTION);
    page.push_str("## Conditions\n\n");
    for level in Level::ALL {
        page.push_str(&format!("### Of the {}\n\n", level.name()));
        write_head(&mut page, &["Field", "Takes", "Holds if", "Adds"]);
        for field in CONDITION_FIELDS.iter().filter(|field| field.level == level) {
            let names: Vec<String> = field
                .name
                .split(", ")
                .map(|name| format!("`{name}`"))
                .collect();
            write_row(
                &mut page,
                &[
                    &names.join(", "),
                    &plain(field.takes),
                    &plain(field.meaning),
                    field.adds,
                ],
            );
        }
        page.push('\n');
    }
    let thresholds = rules.thresholds();
    page.push_str(&format!(
        "## Thresholds\n\n\
         | Name | Seconds | Meaning |\n| --- | --- | --- |\n\
         | `short_call` | {} | A call that ends so soon behind its answer is a short one. |\n\
         | `media_set_up` | {} | A failure so soon behind the answer is one of set-up, where its \
         code does not say. |\n\
         | `timeout` | {} | A call without a message for so long before its trace ends is \
         unfinished, and the trace was not cut in the middle of it. |\n\n",
        thresholds.short_call, thresholds.media_set_up, thresholds.timeout
    ));
    page.push_str("## All rules\n\n");
    let columns = [
        "Rule",
        "Condition",
        "Verdict",
        "Cause",
        "Certainty",
        "Specificity",
        "Sources",
    ];
    write_head(&mut page, &columns);
    for rule in rules.iter() {
        let sources = match rule.sources.is_empty() {
            true => "none".to_owned(),
            false => rule.sources.join(", "),
        };
        write_row(
            &mut page,
            &[
                &match rule.checks.is_empty() {
                    true => format!("`{}`", rule.id),
                    false => format!("[`{0}`](#{0})", rule.id),
                },
                &plain(&rule.condition()),
                rule.verdict.name(),
                &plain(&rule.cause),
                rule.confidence.name(),
                &rule.specificity.to_string(),
                &sources,
            ],
        );
    }
    page.push_str(
        "\nSources are those of [diagnostics](diagnostics.md#sources), and these:\n\n\
         | Key | Title | Address |\n| --- | --- | --- |\n",
    );
    for source in rules.sources() {
        let address = format!("<{}>", source.address);
        write_row(&mut page, &[&source.key, &plain(&source.title), &address]);
    }
    page.push_str("\n## What to check\n\nIn this order, for each rule that has checks.\n\n");
    for rule in rules.iter().filter(|rule| !rule.checks.is_empty()) {
        page.push_str(&format!("### {}\n\n{}\n\n", rule.id, plain(&rule.cause)));
        for (at, check) in rule.checks.iter().enumerate() {
            let number = at + 1;
            page.push_str(&format!("{number}. {}\n", plain(&check.what)));
            page.push_str(&format!("   - Where: {}\n", plain(&check.at)));
            if !check.path.is_empty() {
                page.push_str(&format!("   - Path: {}\n", plain(&check.path)));
            }
            page.push_str(&format!("   - Wrong if: {}\n", plain(&check.disproof)));
        }
        page.push('\n');
    }
    while page.ends_with("\n\n") {
        page.pop();
    }
    page
}
