//! Why calls failed, gravest and most frequent first, and what to check.

use std::borrow::Cow;

use siptriage_facts::Modalities;
use siptriage_judge::{Check, Verdict};

use super::Found;
use super::concentration::concentrations;
use super::gathered::{Calls, Finding};
use super::tallied::{cut, cut_note};
use crate::cells;
use crate::document::{Cell, Column, Section};
use crate::step::Step;
use crate::visible::visible;

/// Lines about what calls have in common that people see of a finding; programs see all.
const SHOWN_CONCENTRATIONS: usize = 3;

/// The place of the column that shows people when calls were seen.
const SEEN: usize = 8;

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    vec![findings(found), checks(found)]
}

/// The words of a rule. They may come from a file, so that what a terminal obeys is written out.
pub(crate) fn rule_words(text: &str) -> Cell {
    Cell::text(visible(text).into_owned())
}

/// The cause of a finding, or what is to be said where no rule names one.
pub(crate) fn cause(finding: &Finding<'_>) -> Cow<'static, str> {
    match (finding.verdict, finding.rule) {
        (_, Some(rule)) => visible(&rule.cause).into_owned().into(),
        (Verdict::Failed | Verdict::Degraded, None) => "No rule explains these calls.".into(),
        (Verdict::Unknown, None) => "The traces do not tell whether anything was wrong.".into(),
        (Verdict::Benign, None) => "Nothing was wrong.".into(),
    }
}

fn findings(found: &Found<'_>) -> Section {
    let columns = vec![
        Column::text("verdict", "Verdict"),
        Column::number("calls", "Calls"),
        Column::number("users", "Users"),
        Column::number("share_of_failed", "Of failed"),
        Column::text("cause", "Cause")
            .wrapped(34)
            .or_below(1)
            .unnamed(),
        Column::text("mostly", "In common")
            .for_people()
            .wrapped(50)
            .or_below(2)
            .unnamed()
            .listed(),
        Column::text("concentrations", "Concentrations").for_machines(),
        Column::text("media", "Media")
            .wrapped(20)
            .or_below(6)
            .unnamed(),
        Column::text("seen", "Seen")
            .for_people()
            .or_below(5)
            .unnamed(),
        Column::text("first", "First").for_machines(),
        Column::text("last", "Last").for_machines(),
        Column::text("confidence", "Confidence")
            .or_below(7)
            .unnamed(),
        Column::text("rule", "Rule").or_below(4).led_in_by("rule "),
        Column::text("rules", "Rules").for_machines(),
        Column::text("example", "Example")
            .wrapped(24)
            .or_below(3)
            .led_in_by("e.g. "),
        Column::text("sources", "Sources").for_machines(),
    ];
    let gathered = found.gathered;
    let failed = gathered.calls.of(Verdict::Failed);
    let mut section = Section::new("findings", "Findings", columns);
    let counts = |calls: &Calls, verdict: Option<Verdict>| {
        let share = match verdict {
            Some(Verdict::Failed) => Cell::Share {
                part: calls.count,
                whole: failed,
            },
            _ => Cell::Empty,
        };
        [Cell::Count(calls.count), Cell::Count(calls.users()), share]
    };
    let sums = |calls: &Calls| -> Vec<Cell> {
        let mut row = vec![Cell::Empty];
        row.extend(counts(calls, None));
        let between = [Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty];
        row.extend(between);
        row.extend(times(calls));
        row.resize(section.columns.len(), Cell::Empty);
        row
    };

    let problems = gathered
        .findings
        .iter()
        .filter(|one| one.is_problem())
        .count();
    let shown = found.options.top.unwrap_or(usize::MAX).min(problems);
    let mut hidden = Calls::default();
    let mut rows = Vec::new();
    for (place, finding) in gathered.findings.iter().enumerate() {
        // What is no problem is one line, and is never cut off.
        if finding.is_problem() && place >= shown {
            hidden.merge(&finding.calls);
            continue;
        }
        let common = concentrations(finding, gathered);
        let lines = common.iter().take(SHOWN_CONCENTRATIONS);
        let lines: Vec<Cell> = lines.map(|one| one.cell()).collect();
        let media = finding.media.iter().zip(Modalities::ALL);
        let media = media
            .filter(|(count, _)| **count > 0)
            .map(|(count, (_, word))| {
                cells::counted(Cell::text(word), vec![("media", Cell::text(word))], *count)
            });
        let media: Vec<Cell> = media.collect();
        let rules = finding.rules.iter().map(|(rule, calls)| {
            let rule = rule_words(rule);
            let fields = vec![("rule", rule.clone()), ("calls", Cell::Count(*calls))];
            Cell::Object {
                shown: Box::new(rule),
                fields,
            }
        });
        let rule = finding.rule;
        let sources = rule.map(|rule| rule.sources.iter().map(|key| rule_words(key)).collect());
        let mut row = vec![cells::verdict(finding.verdict)];
        row.extend(counts(&finding.calls, Some(finding.verdict)));
        row.extend([
            Cell::text(cause(finding)),
            list(lines),
            Cell::List(common.iter().map(|one| one.cell()).collect()),
            // Of calls in which nothing was wrong, it is of no interest what they carried.
            if finding.is_problem() && !media.is_empty() {
                Cell::List(media)
            } else {
                Cell::Quiet(Box::new(Cell::List(media)))
            },
        ]);
        row.extend(times(&finding.calls));
        if !finding.is_problem() {
            // One line is enough for them.
            row[SEEN] = Cell::Empty;
        }
        row.extend([
            rule.map_or(Cell::Empty, |rule| cells::confidence(rule.confidence)),
            rule.map_or(Cell::Empty, |rule| rule_words(&rule.id)),
            Cell::List(rules.collect()),
            if finding.is_problem() {
                Cell::foreign(&finding.example.text())
            } else {
                Cell::Quiet(Box::new(Cell::foreign(&finding.example.text())))
            },
            Cell::List(sources.unwrap_or_default()),
        ]);
        rows.push(row);
    }
    if shown < problems {
        section.hidden_rows = problems - shown;
        section.hidden = sums(&hidden);
        section.notes.push(cut_note(gathered.findings.len()));
    }
    if !gathered.findings.is_empty() {
        section.total = sums(&gathered.calls);
        section.notes.push(
            "Users are callers. What stands behind e.g. is a Call-ID: siptriage call shows that \
             call with its messages."
                .to_owned(),
        );
    }
    section.rows = rows;
    section
}

/// A list, or nothing where it has nothing in it.
fn list(cells: Vec<Cell>) -> Cell {
    if cells.is_empty() {
        Cell::Empty
    } else {
        Cell::List(cells)
    }
}

fn times(calls: &Calls) -> [Cell; 3] {
    [
        cells::span(calls.first, calls.last),
        cells::stamp(calls.first),
        cells::stamp(calls.last),
    ]
}

/// What to look at for each finding that has a rule.
fn checks(found: &Found<'_>) -> Section {
    let columns = vec![
        Column::text("verdict", "Verdict"),
        Column::number("calls", "Calls"),
        Column::text("cause", "Cause")
            .wrapped(34)
            .or_below(1)
            .unnamed(),
        Column::text("rule", "Rule").or_below(2).led_in_by("rule "),
        Column::text("checks", "Check").below().unnamed().listed(),
    ];
    let mut section = Section::new("finding_checks", "What to check", columns);
    let findings = found
        .gathered
        .findings
        .iter()
        .filter(|one| one.is_problem());
    // Findings often share checks: each is told in full once.
    let mut told: Vec<(&Check, usize, &str)> = Vec::new();
    for (finding, rule) in findings.filter_map(|finding| Some((finding, finding.rule?))) {
        let mut cells = Vec::new();
        for (number, check) in (1..).zip(&rule.checks) {
            let earlier = told.iter().find(|(one, ..)| *one == check);
            let place = earlier.map(|(_, number, rule)| (*number, *rule));
            cells.push(check_cell(number, check, place));
            if earlier.is_none() {
                told.push((check, number, &rule.id));
            }
        }
        section.rows.push(vec![
            cells::verdict(finding.verdict),
            Cell::Count(finding.calls.count),
            Cell::text(cause(finding)),
            rule_words(&rule.id),
            Cell::List(cells),
        ]);
    }
    cut(&mut section, found.options.top);
    // The table above has it.
    section.total = Vec::new();
    section
}

/// A check for people and programs. `earlier` is where it was told in full: its number, and the
/// rule.
fn check_cell(number: usize, check: &Check, earlier: Option<(usize, &str)>) -> Cell {
    let Check {
        what,
        at,
        path,
        disproof,
    } = check;
    let mut step = Step::of_check(number, what, [at, path, disproof]);
    if let Some((number, rule)) = earlier {
        let rule = visible(rule);
        step.more.clear();
        step.details = vec![("As", format!("check {number} of rule {rule}, above"))];
    }
    Cell::Step {
        step: Box::new(step),
        fields: vec![
            ("what", rule_words(what)),
            ("where", rule_words(at)),
            ("path", rule_words(path)),
            ("disproof", rule_words(disproof)),
        ],
    }
}
