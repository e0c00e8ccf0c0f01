//! Markdown with pipe tables (GitHub Flavored Markdown).

use std::borrow::Cow;
use std::io;

use super::{Output, Style};
use crate::document::{Align, Audience, Cell, Document, Layout, Reader, Section};
use crate::step::Step;
use crate::visible::visible;

/// The output `markdown`.
#[derive(Debug)]
pub(super) struct Markdown;

impl Output for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["md", "markdown"]
    }

    fn write(&self, document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "# {}", escaped(&document.title))?;
        for sentence in &document.headline {
            writeln!(out, "\n{}", escaped(sentence))?;
        }
        for section in document.tables() {
            write_section(section, out)?;
        }
        Ok(())
    }
}

/// A section with its title.
pub(crate) fn write_section(section: &Section, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "\n## {}\n", escaped(&section.title))?;
    if section.rows.is_empty() && section.hidden_rows == 0 {
        writeln!(out, "None found.")?;
    } else {
        match (section.layout, section.steps_column()) {
            (Layout::Table, Some(place)) => steps(section, place, out)?,
            (Layout::Table, None) => table(section, out)?,
            (Layout::Record | Layout::Line, _) => records(section, out)?,
        }
    }
    for note in &section.notes {
        writeln!(out, "\n{}", escaped(note))?;
    }
    Ok(())
}

/// Everything is escaped, our own words too: a `<` in them is no markup.
const READER: Reader = Reader {
    person: true,
    own,
    foreign: escaped,
};

fn table(section: &Section, out: &mut dyn io::Write) -> io::Result<()> {
    let columns = section.shown_columns();
    write!(out, "|")?;
    for (_, column) in &columns {
        write!(out, " {} |", escaped(column.title))?;
    }
    write!(out, "\n|")?;
    for (_, column) in &columns {
        write!(
            out,
            "{}|",
            if column.align == Align::Right {
                " ---: "
            } else {
                " --- "
            }
        )?;
    }
    writeln!(out)?;
    let mut line = |row: &[Cell], label: Option<String>| -> io::Result<()> {
        write!(out, "|")?;
        for (place, (index, _)) in columns.iter().enumerate() {
            let text = row
                .get(*index)
                .map(|cell| cell.to_text(&READER))
                .unwrap_or_default();
            match &label {
                Some(label) if place == 0 && text.is_empty() => write!(out, " {label} |")?,
                Some(_) if !text.is_empty() => write!(out, " **{text}** |")?,
                _ => write!(out, " {text} |")?,
            }
        }
        writeln!(out)
    };
    for row in &section.rows {
        line(row, None)?;
    }
    if section.hidden_rows > 0 {
        line(
            &section.hidden,
            Some(format!("{} more", section.hidden_rows)),
        )?;
    }
    if !section.total.is_empty() {
        line(&section.total, Some("**Total**".to_owned()))?;
    }
    Ok(())
}

/// Every row as a heading with its steps, which are too long for the cells of a table.
fn steps(section: &Section, place: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let columns = section.shown_columns();
    for (index, row) in section.rows.iter().enumerate() {
        let cells = columns.iter().filter(|(index, _)| *index != place);
        let cells = cells.filter_map(|(index, column)| {
            let cell = row.get(*index).filter(|cell| !cell.is_empty())?;
            let text = cell.to_text(&READER);
            Some(match (column.align, column.lead_in) {
                (Align::Right, _) => format!("{}: {text}", escaped(column.title)),
                (Align::Left, words) => format!("{}{text}", words.unwrap_or_default()),
            })
        });
        let cells: Vec<String> = cells.collect();
        let gap = if index > 0 { "\n" } else { "" };
        writeln!(out, "{gap}### {}\n", cells.join(" · "))?;
        if let Some(Cell::List(cells)) = row.get(place) {
            for step in cells.iter().filter_map(Cell::step) {
                write_step(step, out)?;
            }
        }
    }
    if section.hidden_rows > 0 {
        writeln!(out, "\n{} more.", section.hidden_rows)?;
    }
    Ok(())
}

/// A step as an entry of a numbered list.
pub(crate) fn write_step(step: &Step, out: &mut dyn io::Write) -> io::Result<()> {
    write!(out, "{}. **{}**", step.number, escaped(&step.what))?;
    if !step.more.is_empty() {
        write!(out, " {}", escaped(&step.more))?;
    }
    writeln!(out)?;
    for (name, text) in &step.details {
        writeln!(out, "   - {name}: {}", escaped(text))?;
    }
    Ok(())
}

fn records(section: &Section, out: &mut dyn io::Write) -> io::Result<()> {
    for (index, row) in section.rows.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "| | |\n| --- | --- |")?;
        for (column, cell) in section.columns.iter().zip(row) {
            if column.audience != Audience::Machines && !cell.is_empty() {
                writeln!(
                    out,
                    "| {} | {} |",
                    escaped(column.title),
                    cell.to_text(&READER)
                )?;
            }
        }
    }
    Ok(())
}

/// Our own words; an address alone becomes a link, which addresses out of a trace never do.
fn own(text: &str) -> Cow<'_, str> {
    let is_address = text.starts_with("https://") && !text.contains([' ', '<', '>', '|']);
    if is_address {
        Cow::Owned(format!("<{text}>"))
    } else {
        escaped(text)
    }
}

/// Text in which Markdown and HTML find nothing of their own: markup characters are escaped,
/// addresses are not made links, and what [`visible`] writes out stays in the line.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    let text = visible(text);
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut rest = text.as_ref();
    while let Some(c) = rest.chars().next() {
        let (plain, tail) = rest.split_at(c.len_utf8());
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '@' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            // What would make a link of `http://…` and `www.…`.
            ':' if tail.starts_with("//") => escaped.push_str("\\:"),
            '.' if ends_in_www(&escaped) => escaped.push_str("\\."),
            _ => escaped.push_str(plain),
        }
        rest = tail;
    }
    // A list, a heading or a rule starts at the start of a line only.
    if escaped.starts_with(['-', '+', '=']) {
        escaped.insert(0, '\\');
    }
    Cow::Owned(escaped)
}

fn ends_in_www(text: &str) -> bool {
    text.len() >= 3
        && text.is_char_boundary(text.len() - 3)
        && text[text.len() - 3..].eq_ignore_ascii_case("www")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        for (text, want) in [
            ("plain text, 100%; a-b", "plain text, 100%; a-b"),
            ("a|b", r"a\|b"),
            ("`code`", r"\`code\`"),
            ("<script>&amp;", r"&lt;script&gt;&amp;amp;"),
            ("[x](http://example.com)", r"\[x\](http\://example.com)"),
            ("WWW.example.com", r"WWW\.example.com"),
            ("a\r\n# b", r"a\\x0d\\x0a\# b"),
            (r"C:\a\*.log", r"C:\\a\\\*.log"),
            ("- item", r"\- item"),
            ("**b** _i_ ~~s~~", r"\*\*b\*\* \_i\_ \~\~s\~\~"),
            ("ann@example.com", r"ann\@example.com"),
        ] {
            assert_eq!(escaped(text), want);
        }
    }
}
