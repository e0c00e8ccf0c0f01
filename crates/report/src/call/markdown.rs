//! The page for tickets: GitHub Flavored Markdown with a Mermaid sequence diagram.

use std::io;

use super::data::Data;
use super::{media, mermaid, raw, sections, text};
use crate::cells::{count, plural};
use crate::outputs::markdown::{escaped, write_section, write_step};
use crate::visible::visible;

pub(super) fn write(
    data: &Data,
    raw: Option<&[String]>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "# {}", escaped(&sections::title(data)))?;
    if let Some(cause) = &data.decision.cause {
        writeln!(out, "\n{}", escaped(cause))?;
    }
    write_section(&sections::summary(data), out)?;
    if !data.decision.checks.is_empty() {
        writeln!(out, "\n## What to check\n")?;
        for (number, check) in (1..).zip(&data.decision.checks) {
            write_step(&text::step(number, check), out)?;
        }
    }
    let parts = [sections::ends(data)].into_iter().chain(media::media(data));
    for section in parts.chain(media::warnings(data)) {
        write_section(&section, out)?;
    }
    write_section(&sections::diagnoses(data), out)?;
    if !data.messages.is_empty() {
        let (diagram, left_out) = mermaid::diagram(data);
        writeln!(out, "\n## Sequence\n\n```mermaid\n{diagram}```")?;
        if left_out > 0 {
            let more = plural(
                count(left_out),
                "further message is",
                "further messages are",
            );
            writeln!(out, "\n{more} in the table below only.")?;
        }
    }
    write_section(&sections::messages(data), out)?;
    for section in [sections::logs(data), sections::sources(data)] {
        if !section.rows.is_empty() {
            write_section(&section, out)?;
        }
    }
    if let Some(messages) = raw {
        writeln!(out, "\n## Messages as logged")?;
        for (number, (step, raw)) in (1..).zip(data.messages.iter().zip(messages)) {
            let fence = fence(raw);
            writeln!(
                out,
                "\n{number}. {}\n\n{fence}text",
                escaped(&raw::head(step))
            )?;
            for line in raw::lines(raw) {
                writeln!(out, "{}", visible(line))?;
            }
            writeln!(out, "{fence}")?;
        }
    }
    Ok(())
}

/// A fence that the text cannot close: longer than every run of backticks in it.
fn fence(text: &str) -> String {
    let runs = text.split(|c| c != '`').map(str::len);
    let longest = runs.max().unwrap_or(0);
    "`".repeat((longest + 1).max(3))
}
