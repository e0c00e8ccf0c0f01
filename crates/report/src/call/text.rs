//! The page for terminals.

use std::io;

use super::data::{Check, Data};
use super::{ladder, media, raw, sections};
use crate::document::Section;
use crate::outputs::Style;
use crate::outputs::table::{DEFAULT_WIDTH, Drawing, Lines, marked_title};
use crate::step::Step;

/// The page is laid out for this many columns at least and at most: below, words are torn into
/// letters; beyond, no eye follows a line.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=300;

pub(super) fn write(
    data: &Data,
    raw: Option<&[String]>,
    style: &Style,
    ascii: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let width = usize::from(style.width.unwrap_or(DEFAULT_WIDTH));
    let width = width.clamp(*WIDTHS.start(), *WIDTHS.end());
    let mut lines = Lines::new(width, Drawing { ascii, whole: true });
    lines.line(marked_title(&sections::title(data)));
    lines.section(&sections::summary(data));
    checks(&data.decision.checks, &mut lines);
    let some = |section: &Section| !section.rows.is_empty();
    let parts = [sections::ends(data)].into_iter().chain(media::media(data));
    for section in parts.chain(media::warnings(data)).filter(some) {
        lines.section(&section);
    }
    lines.section(&sections::diagnoses(data));
    lines.title("Messages");
    for line in ladder::lines(data, width, ascii) {
        lines.line(line);
    }
    for note in sections::notes(data) {
        lines.prose(&note, 2);
    }
    for section in [sections::logs(data), sections::sources(data)] {
        if some(&section) {
            lines.section(&section);
        }
    }
    lines.write(style, out)?;
    match raw {
        Some(raw) => raw::write(data, raw, width, style, ascii, out),
        None => Ok(()),
    }
}

/// What to check, in order.
fn checks(checks: &[Check], lines: &mut Lines) {
    if checks.is_empty() {
        return;
    }
    lines.title("What to check");
    for (number, check) in (1..).zip(checks) {
        lines.step(&step(number, check), 2, marked_title);
    }
}

/// A check as a step.
pub(super) fn step(number: usize, check: &Check) -> Step {
    let details = [&check.at, &check.path, &check.disproof];
    let details = details.map(|text| text.as_deref().unwrap_or_default());
    Step::of_check(number, &check.what, details)
}
