//! The messages as the trace has them.

use std::io;

use super::data::{Data, Step};
use super::sections::spot;
use crate::outputs::Style;
use crate::outputs::table::wrap;
use crate::visible::visible;

/// Every message, each under the place it was taken from. Places are wrapped at `width`; messages
/// are not, so that they can be copied.
pub(super) fn write(
    data: &Data,
    raw: &[String],
    width: usize,
    style: &Style,
    ascii: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let rule = if ascii { "--" } else { "──" };
    let (bold, plain) = match style.color {
        true => ("\u{1b}[1m", "\u{1b}[0m"),
        false => ("", ""),
    };
    for (number, (step, raw)) in (1..).zip(data.messages.iter().zip(raw)) {
        let head = head(step);
        let head = format!("{rule} {number} {rule} {}", visible(&head));
        writeln!(out)?;
        for line in wrap(&head, width) {
            writeln!(out, "{bold}{line}{plain}")?;
        }
        for line in lines(raw) {
            writeln!(out, "{}", visible(line))?;
        }
    }
    Ok(())
}

/// Where and when a message was logged, and where else.
pub(super) fn head(step: &Step) -> String {
    let mut places = step.places.iter().map(spot);
    let mut head = places.next().unwrap_or_default();
    for part in [&step.time, &step.direction].into_iter().flatten() {
        head.push_str(", ");
        head.push_str(part);
    }
    let others: Vec<String> = places.collect();
    if !others.is_empty() {
        head.push_str(", also at ");
        head.push_str(&others.join(", "));
    }
    head
}

/// The lines of a message without their ends, and without the empty ones behind it.
pub(super) fn lines(raw: &str) -> impl Iterator<Item = &str> {
    raw.trim_end_matches(['\r', '\n']).lines()
}
