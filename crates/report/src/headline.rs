//! What a support engineer reads first.

use std::cmp::Reverse;

use siptriage_diagnostics::{CodeClass, IceWarn, code, code_class};
use siptriage_facts::{Carrier, Facts, Pattern};
use siptriage_judge::Verdict;

use crate::cells::{self, plural};
use crate::document::{grouped, per_cent};
use crate::sections::{Found, Gathered, cause, concentrations, counts_of_class};

/// A few sentences, the most important first. Our own words only: of causes those of the rules,
/// made harmless, of reasons those of our tables.
pub(crate) fn headline(found: &Found<'_>) -> Vec<String> {
    let facts = found.facts;
    let coverage = &facts.coverage;
    let mut sentences = Vec::new();
    if coverage.interrupted {
        sentences.push(
            "PARTIAL: the scan was interrupted. All counts are of what was complete by then."
                .to_owned(),
        );
    }
    if found
        .options
        .filter
        .as_deref()
        .is_some_and(|filter| !filter.is_empty())
    {
        sentences.push("Only a part of the traces is counted: see Filter.".to_owned());
    }
    sentences.extend(calls(found.gathered));
    sentences.extend(gravest_finding(found.gathered));
    sentences.extend(other_dialogs(found.gathered));
    sentences.push(diagnoses(found));
    sentences.extend(most_frequent_failure(facts));
    sentences.extend(most_frequent_pattern(facts));

    let failed = coverage
        .skipped
        .iter()
        .filter(|skipped| skipped.reason.is_failure())
        .count();
    if failed > 0 {
        sentences.push(format!(
            "{} could not be read, or not to the end: see Skipped files.",
            plural(cells::count(failed), "file", "files")
        ));
    }
    sentences
}

fn calls(gathered: &Gathered<'_>) -> Option<String> {
    let calls = &gathered.calls;
    if calls.count == 0 {
        return None;
    }
    let failed = calls.of(Verdict::Failed);
    let mut text = match failed {
        0 => format!("No call of {} failed", grouped(calls.count)),
        failed => {
            let all = plural(calls.count, "call", "calls");
            format!("{} of {all} failed", grouped(failed))
        }
    };
    let users = gathered.failed_users();
    if users > 0 {
        text.push_str(&format!(" ({})", plural(users, "user", "users")));
    }
    let mut rest = [Verdict::Degraded, Verdict::Benign, Verdict::Unknown]
        .into_iter()
        .map(|verdict| (verdict, calls.of(verdict)))
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{} {}", grouped(count), verdict.name()));
    if let Some(first) = rest.next() {
        text.push_str(&format!("; {first}"));
        for more in rest {
            text.push_str(&format!(", {more}"));
        }
    }
    text.push('.');
    Some(text)
}

/// The finding that stands first, with its cause and with what its calls have in common.
fn gravest_finding(gathered: &Gathered<'_>) -> Option<String> {
    let finding = gathered
        .findings
        .iter()
        .find(|finding| finding.is_problem())?;
    let calls = finding.calls.count;
    let (whole, what) = match finding.verdict {
        Verdict::Failed => (gathered.calls.of(Verdict::Failed), "failed"),
        _ => (gathered.calls.of(Verdict::Degraded), "degraded"),
    };
    let cause = cause(finding);
    let stop = if cause.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    let mut text = format!(
        "{} of {} {what} {}: {cause}{stop}",
        grouped(calls),
        grouped(whole),
        if whole == 1 { "call" } else { "calls" }
    );
    if let Some(common) = concentrations(finding, gathered).first() {
        text.push_str(&format!(" {}.", common.in_own_words()));
    }
    Some(text)
}

fn other_dialogs(gathered: &Gathered<'_>) -> Option<String> {
    let sum = |counts: Vec<u64>| counts.into_iter().fold(0, u64::saturating_add);
    let failed = sum(gathered.others.values().map(|one| one.failed).collect());
    let all = sum(gathered.others.values().map(|one| one.count).collect());
    let kinds = gathered.others.iter().filter(|(_, one)| one.failed > 0);
    let kinds: Vec<String> = kinds
        .map(|(kind, one)| format!("{} {}", grouped(one.failed), kind.name()))
        .collect();
    (failed > 0).then(|| {
        format!(
            "{} of {} failed: {}.",
            grouped(failed),
            plural(all, "other dialog", "other dialogs"),
            kinds.join(", ")
        )
    })
}

fn diagnoses(found: &Found<'_>) -> String {
    let facts = found.facts;
    let files = plural(facts.coverage.files, "file", "files");
    let diagnoses = facts.coverage.carriers.total();
    if facts.coverage.files == 0 {
        return "Nothing was read.".to_owned();
    }
    if diagnoses == 0 {
        return format!("No diagnosis in {files}.");
    }
    let (failures, users) = counts_of_class(found, CodeClass::Failure);
    let mut text = format!(
        "{} in {files}: {}",
        plural(diagnoses, "diagnosis", "diagnoses"),
        { plural(failures, "failure", "failures") }
    );
    if users > 0 {
        text.push_str(&format!(" of {}", plural(users, "user", "users")));
    }
    for class in [
        CodeClass::Unclassified,
        CodeClass::Expected,
        CodeClass::Informational,
    ] {
        let (occurrences, _) = counts_of_class(found, class);
        if occurrences > 0 {
            text.push_str(&format!(", {} {}", grouped(occurrences), class.name()));
        }
    }
    for (carrier, one, many) in [
        (Carrier::ServerRecord, "server record", "server records"),
        (Carrier::Qoe, "quality report", "quality reports"),
        (Carrier::Text, "quoted in text", "quoted in text"),
    ] {
        let occurrences = facts.coverage.carriers.get(&carrier).copied().unwrap_or(0);
        if occurrences > 0 {
            text.push_str(&format!(", {}", plural(occurrences, one, many)));
        }
    }
    text.push('.');
    text
}

fn most_frequent_failure(facts: &Facts) -> Option<String> {
    let failures = facts
        .failures
        .iter()
        .filter(|(key, _)| code_class(key.code) == CodeClass::Failure);
    let mut by_code = std::collections::BTreeMap::<u32, u64>::new();
    for (key, tally) in failures {
        let occurrences = by_code.entry(key.code).or_default();
        *occurrences = occurrences.saturating_add(tally.occurrences);
    }
    let all = by_code
        .values()
        .fold(0, |sum: u64, n| sum.saturating_add(*n));
    let (number, occurrences) = by_code
        .into_iter()
        .max_by_key(|(code, occurrences)| (*occurrences, Reverse(*code)))?;
    let times = plural(occurrences, "time", "times");
    let share = per_cent(occurrences, all);
    let meaning = code(number).map_or("", |code| code.meaning);
    let mut text =
        format!("Most frequent failure: code {number}, {times} ({share} of the failures).");
    if !meaning.is_empty() {
        text.push(' ');
        text.push_str(meaning);
    }
    Some(text)
}

/// The mask that came with failures most often; without any, the most frequent one.
fn most_frequent_pattern(facts: &Facts) -> Option<String> {
    let with_failures = |pattern: &Pattern| {
        let failures = pattern
            .codes
            .iter()
            .filter(|(code, _)| code_class(**code) == CodeClass::Failure);
        failures
            .map(|(_, count)| *count)
            .fold(0, u64::saturating_add)
    };
    let masks = facts.patterns.iter().filter(|(mask, _)| **mask != 0);
    let masks = masks.map(|(mask, pattern)| (with_failures(pattern), mask, pattern));
    let (failures, mask, pattern) = masks.max_by_key(|(failures, mask, pattern)| {
        (*failures, pattern.tally.occurrences, Reverse(**mask))
    })?;
    let mask = IceWarn::from_bits(*mask);
    let (which, count) = match failures {
        0 => ("Most frequent ICEWarn", pattern.tally.occurrences),
        failures => ("Most frequent ICEWarn with failures", failures),
    };
    let flags: Vec<String> = mask
        .flags()
        .map(|flag| format!("{} ({})", flag.name, flag.expectation.name()))
        .collect();
    Some(format!(
        "{which}: {mask}, {}: {}.",
        plural(count, "time", "times"),
        flags.join("; ")
    ))
}
