//! Rules: all of them in short, and one completely.

use siptriage_diagnostics::source;
use siptriage_judge::{Rule, Rules, Verdict};

use crate::cells::{self, plural};
use crate::document::{Cell, Column, Document, Section};
use crate::step::DISPROOF;
use crate::visible::visible;

/// Our own words where a rule is built in; a file of the user's may hold anything.
fn words(text: &str) -> Cell {
    if text.is_empty() {
        Cell::Empty
    } else {
        Cell::text(visible(text).into_owned())
    }
}

fn list(texts: &[String]) -> Cell {
    Cell::List(texts.iter().map(|text| words(text)).collect())
}

/// All rules, one row each, gravest verdict first and then by name.
pub fn rules(rules: &Rules) -> Document {
    let columns = vec![
        Column::text("rule", "Rule").wrapped(24),
        Column::text("verdict", "Verdict"),
        Column::text("cause", "Cause")
            .wrapped(34)
            .or_below(1)
            .unnamed(),
        Column::text("condition", "Condition")
            .wrapped(34)
            .or_below(2)
            .led_in_by("if "),
        Column::text("confidence", "Certainty")
            .or_below(3)
            .unnamed(),
        Column::text("sources", "Sources")
            .wrapped(14)
            .or_below(4)
            .led_in_by("sources "),
        Column::text("checks", "Checks").for_machines(),
        Column::number("specificity", "Specificity").for_machines(),
        Column::number("examples", "Examples").for_machines(),
        Column::text("file", "File").for_machines(),
        Column::number("line", "Line").for_machines(),
    ];
    let mut section = Section::new("rules", "Rules", columns);
    let mut sorted: Vec<&Rule> = rules.iter().collect();
    sorted.sort_by_key(|rule| (rule.verdict, rule.id.as_str()));
    for rule in &sorted {
        let checks = rule.checks.iter().map(|check| words(&check.what));
        section.rows.push(vec![
            words(&rule.id),
            cells::verdict(rule.verdict),
            words(&rule.cause),
            words(&rule.condition()),
            cells::confidence(rule.confidence),
            list(&rule.sources),
            Cell::List(checks.collect()),
            specificity(rule),
            Cell::Count(cells::count(rule.examples())),
            Cell::foreign(&rule.file),
            Cell::Number(cells::count(rule.line)),
        ]);
    }
    let counts = Verdict::ALL.map(|verdict| {
        let of_verdict = sorted.iter().filter(|rule| rule.verdict == verdict);
        (verdict, cells::count(of_verdict.count()))
    });
    let counts: Vec<String> = (counts.iter())
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {}", verdict.name()))
        .collect();
    let all = plural(cells::count(sorted.len()), "rule", "rules");
    Document {
        kind: "rules",
        title: "Rules by which calls are judged".to_owned(),
        partial: false,
        headline: vec![
            format!("{all}: {}.", counts.join(", ")),
            "Of all rules that hold, the most specific decides. `siptriage rules RULE` shows one \
             with what to check."
                .to_owned(),
        ],
        sections: vec![section],
    }
}

/// How narrow the condition of a rule is, as a number that may be negative.
fn specificity(rule: &Rule) -> Cell {
    match u64::try_from(rule.specificity) {
        Ok(number) => Cell::Number(number),
        Err(_) => Cell::text(rule.specificity.to_string()),
    }
}

/// One of `rules` with everything that it says.
pub fn rule(rule: &Rule, rules: &Rules) -> Document {
    let examples = Cell::Count(cells::count(rule.examples()));
    let about = Section::record(
        "rule",
        "Rule",
        vec![
            (Column::text("rule", "Name"), words(&rule.id)),
            (
                Column::text("verdict", "Verdict"),
                cells::verdict(rule.verdict),
            ),
            (
                Column::text("condition", "If").wrapped(30),
                words(&rule.condition()),
            ),
            (
                Column::text("cause", "Cause").wrapped(30),
                words(&rule.cause),
            ),
            (
                Column::text("confidence", "Certainty"),
                cells::confidence(rule.confidence),
            ),
            (
                Column::number("specificity", "Specificity"),
                specificity(rule),
            ),
            (Column::number("examples", "Examples"), examples),
            (Column::text("file", "File"), Cell::foreign(&rule.file)),
            (
                Column::number("line", "Line"),
                Cell::Number(cells::count(rule.line)),
            ),
        ],
    );
    let mut sections = vec![about];
    if !rule.checks.is_empty() {
        let columns = vec![
            Column::number("step", "Step"),
            Column::text("what", "Check").wrapped(30),
            Column::text("where", "Where")
                .wrapped(20)
                .or_below(1)
                .led_in_by("where: "),
            Column::text("path", "Path")
                .wrapped(20)
                .or_below(2)
                .led_in_by("path: "),
            Column::text("disproof", DISPROOF)
                .wrapped(24)
                .or_below(3)
                .led_in_by("wrong if: "),
        ];
        let mut checks = Section::new("checks", "What to check, in this order", columns);
        for (step, check) in (1..).zip(&rule.checks) {
            checks.rows.push(vec![
                Cell::Number(step),
                words(&check.what),
                words(&check.at),
                words(&check.path),
                words(&check.disproof),
            ]);
        }
        sections.push(checks);
    }
    if !rule.sources.is_empty() {
        let columns = vec![
            Column::text("key", "Source").wrapped(12),
            Column::text("title", "Title")
                .wrapped(30)
                .or_below(1)
                .unnamed(),
            Column::text("address", "Address")
                .wrapped(30)
                .or_below(2)
                .unnamed(),
        ];
        let mut sources = Section::new("sources", "Sources", columns);
        for key in &rule.sources {
            let own = rules.source(key);
            let own = own.map(|source| [words(&source.title), words(&source.address)]);
            let known = source(key).map(|source| [words(source.title), words(source.address)]);
            // Of an address alone nothing more is known.
            let [title, address] = own.or(known).unwrap_or([Cell::Empty, Cell::Empty]);
            sources.rows.push(vec![words(key), title, address]);
        }
        sections.push(sources);
    }
    Document {
        kind: "rules",
        title: "A rule by which calls are judged".to_owned(),
        partial: false,
        headline: Vec::new(),
        sections,
    }
}
