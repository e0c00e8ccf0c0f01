//! What a scan could not use, told on standard error.

use std::collections::BTreeSet;
use std::fs;

use siptriage_facts::{Coverage, SkipReason, Skipped};
use siptriage_redact::Redactor;
use siptriage_report::visible;
use siptriage_scanner::Discovery;

use crate::exit::{Exit, fails_when_named};
use crate::stderr;

/// Notes beyond this number are not listed: the report has them all.
const MAX_NOTES: usize = 20;

/// Tells what failed, and how the scan ended. Errors are always told; notes, about input that
/// nothing is wrong with, unless `quiet`.
/// With a redactor, paths and details have tokens in place of identifiers. With `nothing_new` it
/// is no trouble that nothing was read.
pub(crate) fn conclude(
    discovery: &Discovery,
    coverage: &Coverage,
    (quiet, nothing_new): (bool, bool),
    redactor: Option<&Redactor>,
) -> Exit {
    let named: BTreeSet<&str> = discovery
        .inputs
        .iter()
        .filter(|input| input.named)
        .map(|input| &*input.name)
        .collect();
    let is_error = |skipped: &&Skipped| {
        skipped.reason.is_failure()
            || (fails_when_named(skipped.reason) && named.contains(&*skipped.file))
    };
    let (errors, notes): (Vec<&Skipped>, Vec<&Skipped>) =
        coverage.skipped.iter().partition(is_error);
    let exit = Exit::of_scan(coverage, !errors.is_empty());
    for skipped in &errors {
        tell(skipped, redactor);
    }
    if !quiet {
        for skipped in notes.iter().take(MAX_NOTES) {
            tell(skipped, redactor);
        }
        if notes.len() > MAX_NOTES {
            let more = notes.len() - MAX_NOTES;
            stderr::line(format_args!(
                "{more} more such files; the report lists them"
            ));
        }
    }
    if exit == Exit::Nothing && !nothing_new {
        tell_nothing(coverage, errors.is_empty());
    }
    exit
}

fn tell(skipped: &Skipped, redactor: Option<&Redactor>) {
    let (file, detail) = match redactor {
        Some(redactor) => (redactor.path(&skipped.file), redactor.text(&skipped.detail)),
        None => (skipped.file.to_string(), skipped.detail.to_string()),
    };
    let file = visible(&file);
    let file = if file.is_empty() { "\"\"" } else { &file };
    let on_disk = skipped.file.split('!').next().unwrap_or_default();
    let is_there = [&*skipped.file, on_disk]
        .iter()
        .any(|path| fs::symlink_metadata(path).is_ok());
    let what = sentence(skipped.reason, &visible(&detail), is_there);
    stderr::line(format_args!("{file}: {what}"));
}

/// What is the matter, and what to do. `detail` is what the scan adds, which may be nothing.
fn sentence(reason: SkipReason, detail: &str, is_there: bool) -> String {
    let detail_or = |words| if detail.is_empty() { words } else { detail };
    let (matter, advice) = match reason {
        SkipReason::Unreadable => {
            let cause = detail_or("the system does not say why");
            // What the scan says may have its own advice.
            if cause.contains("; ") {
                return format!("cannot be read: {cause}");
            }
            let advice = if is_there {
                "check your rights to it, or close the program that holds it"
            } else {
                "check the name and the folder"
            };
            return format!("cannot be read: {cause}; {advice}");
        }
        // The scan says it all, because it depends on the kind of trace.
        SkipReason::BinaryTrace => {
            return detail_or("a binary trace; format it as text with its logging tool").to_owned();
        }
        SkipReason::Archive => {
            let cause = detail_or("packed in a way that is not read");
            // What is wrong may have its own advice here, too.
            if cause.contains("; ") {
                return cause.to_owned();
            }
            (
                cause,
                "unpack it and give what comes out to have all of it read",
            )
        }
        SkipReason::ArchiveRemark => (
            detail_or("something odd about the archive"),
            "everything in it was read",
        ),
        SkipReason::Empty => ("empty", "there is nothing to read in it"),
        SkipReason::Unrecognised => (
            detail_or("no trace and no diagnosis in it"),
            "see `siptriage formats`",
        ),
        SkipReason::OwnReport => ("written by siptriage", "reports are not read as traces"),
        SkipReason::Changed => (
            detail_or("changed while it was read"),
            "copy it and read the copy",
        ),
        SkipReason::Grown => (
            detail_or("it became longer while it was read"),
            "run again to have them too",
        ),
        SkipReason::Copy => (
            detail_or("it looks like a copy of another input"),
            "each message of both counts once in calls, and twice among diagnoses; leave one out",
        ),
        SkipReason::Failed => (
            detail_or("reading it ran into a mistake of siptriage"),
            "nothing of it is in the report: please tell us, with a part of it that does it",
        ),
        SkipReason::Repeated => (detail_or("named more than once"), "it was read once"),
    };
    format!("{matter}; {advice}")
}

/// What was tried, where nothing came of it.
fn tell_nothing(coverage: &Coverage, nothing_told: bool) {
    let passed_over = coverage.passed_over;
    if coverage.bytes > 0 {
        let formats = siptriage_scanner::formats();
        let formats: Vec<&str> = formats.iter().map(|format| format.name).collect();
        stderr::line(format_args!(
            "nothing recognised in {} bytes; tried {}; see `siptriage formats` for a sample of \
             each, and --encoding for text that is not UTF-8 or UTF-16",
            coverage.bytes,
            formats.join(", ")
        ));
    } else if passed_over > 0 {
        stderr::line(format_args!(
            "nothing to read: no trace by name or content ({passed_over} passed over); --all-files \
             reads everything"
        ));
    } else if nothing_told {
        stderr::line(format_args!(
            "nothing to read; name a file or a folder with traces"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_says_what_is_the_matter_and_what_to_do() {
        for reason in [
            SkipReason::Unreadable,
            SkipReason::BinaryTrace,
            SkipReason::Archive,
            SkipReason::ArchiveRemark,
            SkipReason::Empty,
            SkipReason::Unrecognised,
            SkipReason::OwnReport,
            SkipReason::Changed,
            SkipReason::Grown,
            SkipReason::Copy,
            SkipReason::Failed,
            SkipReason::Repeated,
        ] {
            let sentence = sentence(reason, "", true);
            let (matter, advice) = sentence.split_once("; ").expect("two parts");
            assert!(
                !matter.is_empty() && !advice.is_empty(),
                "{reason:?}: {sentence}"
            );
        }
    }

    #[test]
    fn what_the_scan_adds_is_told() {
        for reason in [
            SkipReason::Unreadable,
            SkipReason::BinaryTrace,
            SkipReason::Archive,
            SkipReason::ArchiveRemark,
            SkipReason::Unrecognised,
            SkipReason::Changed,
            SkipReason::Grown,
            SkipReason::Copy,
            SkipReason::Failed,
            SkipReason::Repeated,
        ] {
            assert!(
                sentence(reason, "the cause", true).contains("the cause"),
                "{reason:?}"
            );
        }
        assert!(sentence(SkipReason::Unreadable, "", false).contains("check the name"));
        assert!(sentence(SkipReason::Unreadable, "", true).contains("check your rights"));
    }
}
