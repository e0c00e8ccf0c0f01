//! Exit codes: what a script learns without reading a word.

use std::fmt;
use std::io;
use std::process::ExitCode;

use siptriage_facts::{Coverage, SkipReason};

use crate::stderr;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The output was made. A report without a single failure is good news, not an error.
    Done,
    /// The output was made, and a condition of the user's holds.
    Condition,
    /// The command line was wrong, or the output could not be written.
    Usage,
    /// There was nothing to report on: no trace, or not the call that was named.
    Nothing,
    /// A report was made of less than what was asked for.
    Partial,
    /// Stopped by Ctrl-C.
    Interrupted,
}

impl Exit {
    /// All of them, in the order of their codes.
    pub(crate) const ALL: [Exit; 6] = [
        Exit::Done,
        Exit::Condition,
        Exit::Usage,
        Exit::Nothing,
        Exit::Partial,
        Exit::Interrupted,
    ];

    /// The number the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Condition => 1,
            Exit::Usage => 2,
            Exit::Nothing => 3,
            Exit::Partial => 4,
            // 128 + SIGINT, as shells report it.
            Exit::Interrupted => 130,
        }
    }

    /// One line for the help.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "the report was made, also when it has no failures",
            Exit::Condition => "the report was made, and a condition of --fail-on holds",
            Exit::Usage => "the command was wrong, or the output could not be written",
            Exit::Nothing => "nothing could be read or recognised, or there is no such call",
            Exit::Partial => "the report was made, but some input failed",
            Exit::Interrupted => "interrupted; what was complete is reported, marked partial",
        }
    }

    /// How a scan ended. `named_unrecognised`: whether a file that was named on the command line
    /// gave nothing.
    pub(crate) fn of_scan(coverage: &Coverage, named_unrecognised: bool) -> Exit {
        if coverage.interrupted {
            return Exit::Interrupted;
        }
        if !recognised(coverage) {
            return Exit::Nothing;
        }
        let failed = coverage
            .skipped
            .iter()
            .any(|skipped| skipped.reason.is_failure());
        if failed || named_unrecognised {
            Exit::Partial
        } else {
            Exit::Done
        }
    }
}

/// Name of the format that takes what no other takes. Its records are lines of any text, so they
/// do not show that a trace was read.
const LOOSE_TEXT: &str = "text";

/// Whether anything in the input was a trace or a diagnosis.
fn recognised(coverage: &Coverage) -> bool {
    let framed = (coverage.formats.iter())
        .any(|(name, format)| name.as_ref() != LOOSE_TEXT && format.records > 0);
    framed || coverage.carriers.total() > 0
}

/// Whether a skipped input that was named on the command line makes the result partial although
/// it would not if it had been met while walking.
pub(crate) fn fails_when_named(reason: SkipReason) -> bool {
    reason == SkipReason::Unrecognised
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The command line asks for something that cannot be; the sentence says what to do.
    Usage(String),
    /// The same, and everything about it has been said.
    Told,
    /// The output could not be written.
    Output {
        /// Where it was to go.
        target: String,
        /// What the system said.
        error: io::Error,
    },
    /// Whoever read the output wants no more of it.
    ClosedPipe,
}

impl Stop {
    /// Says why on standard error, where there is something to say.
    pub(crate) fn tell(&self) -> Exit {
        match self {
            Stop::ClosedPipe => return Exit::Done,
            Stop::Told => {}
            Stop::Usage(_) | Stop::Output { .. } => stderr::line(format_args!("{self}")),
        }
        Exit::Usage
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Usage(sentence) => f.write_str(sentence),
            Stop::Told => f.write_str("the command line asks for something that cannot be"),
            Stop::Output { target, error } => {
                let (reason, advice) = explain(error);
                write!(f, "{target}: cannot be written: {reason}; {advice}")
            }
            Stop::ClosedPipe => f.write_str("the reader of the output is gone"),
        }
    }
}

/// What an error of writing means, and what to do about it.
fn explain(error: &io::Error) -> (String, &'static str) {
    match error.kind() {
        io::ErrorKind::NotFound => (
            "there is no such folder".to_owned(),
            "make it first, or name another",
        ),
        io::ErrorKind::IsADirectory => ("it is a folder".to_owned(), "name a file"),
        io::ErrorKind::NotADirectory => {
            ("its folder is a file".to_owned(), "name a file in a folder")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (error.to_string(), "free some space, or name another place")
        }
        _ => (
            error.to_string(),
            "name another file or folder, or close the program that has it open",
        ),
    }
}

#[cfg(test)]
mod tests {
    use siptriage_facts::{Carrier, Skipped};

    use super::*;

    fn coverage(format: &str, records: u64) -> Coverage {
        let mut coverage = Coverage::default();
        coverage.formats.entry(format.into()).records = records;
        coverage
    }

    fn skip(coverage: &mut Coverage, reason: SkipReason) {
        coverage.skipped.insert(Skipped {
            file: "x.log".into(),
            reason,
            detail: Box::default(),
        });
    }

    #[test]
    fn a_scan_without_failures_is_done() {
        assert_eq!(Exit::of_scan(&coverage("server", 1), false), Exit::Done);
    }

    #[test]
    fn lines_of_loose_text_alone_are_nothing() {
        assert_eq!(Exit::of_scan(&Coverage::default(), false), Exit::Nothing);
        assert_eq!(Exit::of_scan(&coverage("text", 9), false), Exit::Nothing);
        assert_eq!(Exit::of_scan(&coverage("server", 0), false), Exit::Nothing);
    }

    #[test]
    fn a_diagnosis_in_loose_text_is_something() {
        let mut coverage = coverage("text", 9);
        coverage.carriers.count(Carrier::Text);
        assert_eq!(Exit::of_scan(&coverage, false), Exit::Done);
    }

    #[test]
    fn every_failing_reason_makes_the_result_partial_and_no_other() {
        for (reason, want) in [
            (SkipReason::Unreadable, Exit::Partial),
            (SkipReason::BinaryTrace, Exit::Partial),
            (SkipReason::Changed, Exit::Partial),
            (SkipReason::Failed, Exit::Partial),
            (SkipReason::Grown, Exit::Done),
            (SkipReason::Copy, Exit::Done),
            (SkipReason::Empty, Exit::Done),
            (SkipReason::Unrecognised, Exit::Done),
            (SkipReason::OwnReport, Exit::Done),
            (SkipReason::Repeated, Exit::Done),
        ] {
            let mut coverage = coverage("server", 1);
            skip(&mut coverage, reason);
            assert_eq!(Exit::of_scan(&coverage, false), want, "{reason:?}");
        }
        assert_eq!(Exit::of_scan(&coverage("server", 1), true), Exit::Partial);
    }

    #[test]
    fn an_interruption_outranks_everything() {
        let mut coverage = Coverage {
            interrupted: true,
            ..Coverage::default()
        };
        skip(&mut coverage, SkipReason::Unreadable);
        assert_eq!(Exit::of_scan(&coverage, true), Exit::Interrupted);
    }

    #[test]
    fn codes_are_distinct_and_sorted() {
        assert!(
            Exit::ALL
                .windows(2)
                .all(|pair| pair[0].code() < pair[1].code())
        );
    }
}
