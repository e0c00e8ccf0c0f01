//! The page for terminals.

use std::io;

use super::data::{Check, Data};
use super::{ladder, media, raw, sections};
use crate::document::Section;
use crate::outputs::Style;
use crate::outputs::table::{DEFAULT_WIDTH, Drawing, Lines, marked_title, wrap};
use crate::visible::visible;

/// The page is laid out for this many columns at least and at most: below, words are torn into
/// letters; beyond, no eye follows a line.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=300;

/// Checks are prose, and not set wider than this.
const PROSE_WIDTH: usize = 100;

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
    checks(&data.decision.checks, width, &mut lines);
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
        Some(raw) => raw::write(data, raw, style, ascii, out),
        None => Ok(()),
    }
}

/// What to check, in order.
fn checks(checks: &[Check], width: usize, lines: &mut Lines) {
    if checks.is_empty() {
        return;
    }
    lines.title("What to check");
    let digits = checks.len().to_string().len();
    let indent = digits + 4;
    let room = width.min(PROSE_WIDTH).saturating_sub(indent);
    for (number, check) in (1..).zip(checks) {
        for (index, line) in wrap(&visible(check.what.trim()), room)
            .into_iter()
            .enumerate()
        {
            lines.line(match index {
                0 => format!("  {number:>digits$}. {}", marked_title(&line)),
                _ => format!("{:indent$}{}", "", marked_title(&line)),
            });
        }
        for (name, text) in parts(check) {
            let hang = NAME_WIDTH;
            let mut name = name;
            for line in wrap(&visible(text.trim()), room.saturating_sub(hang)) {
                lines.line(format!("{:indent$}{name:<hang$}{line}", ""));
                name = "";
            }
        }
    }
}

/// The widest name of [`parts`], and a gap.
const NAME_WIDTH: usize = 10;

/// What a check says besides what to look at.
pub(super) fn parts(check: &Check) -> impl Iterator<Item = (&'static str, &str)> {
    let parts = [
        ("Where", &check.at),
        ("Path", &check.path),
        ("Wrong if", &check.disproof),
    ];
    parts
        .into_iter()
        .filter_map(|(name, text)| Some((name, text.as_deref()?)))
}
