//! A number for each pair of two things, as a table whose shades tell what stands out.

use std::io;

use super::cell::PLAIN;
use super::escape::escaped;
use super::table;
use crate::document::{Section, grouped};

/// Columns of a matrix; further ones are one.
const MAX_COLUMNS: usize = 9;

/// The texts of a column, each once, in the order in which they are met.
fn texts(section: &Section, id: &str) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for row in &section.rows {
        let cell = section.column(id).and_then(|place| row.get(place));
        let text = cell.map(|cell| cell.to_text(&PLAIN)).unwrap_or_default();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// The keys are those of two columns of text, the rows and columns of the matrix, and of a count.
/// `about` says what is counted.
pub(super) fn matrix(
    section: &Section,
    [down, across, value]: [&str; 3],
    about: &str,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let (rows, mut columns) = (texts(section, down), texts(section, across));
    let number = |row: &str, column: &str| -> Option<u64> {
        let is = |cells: &[crate::document::Cell], id: &str, text: &str| {
            let cell = section.column(id).and_then(|place| cells.get(place));
            cell.is_some_and(|cell| cell.to_text(&PLAIN) == text)
        };
        let place = section.column(value)?;
        let mut cells = section.rows.iter();
        let cells = cells.find(|cells| is(cells, down, row) && is(cells, across, column))?;
        super::cell::key(cells.get(place)?).map(|number| number as u64)
    };
    let sum = |column: &String| {
        let numbers = rows.iter().filter_map(|row| number(row, column));
        std::cmp::Reverse(numbers.sum::<u64>())
    };
    columns.sort_by_cached_key(|column| (sum(column), column.clone()));
    let hidden = columns.len().saturating_sub(MAX_COLUMNS);
    columns.truncate(MAX_COLUMNS);
    let most = rows
        .iter()
        .flat_map(|row| columns.iter().filter_map(|column| number(row, column)))
        .max()
        .unwrap_or(0);
    let title_of = |id: &str| {
        section
            .column(id)
            .map_or("", |place| section.columns[place].title)
    };
    let title = escaped(&section.title);
    write!(
        out,
        "<figure class=\"chart wide\"><figcaption><h3 id=\"{0}\">{title}</h3><p class=\"note\">{1} Darker \
         is more.</p></figcaption><div class=\"scroll\" tabindex=\"0\" \
         role=\"region\" aria-labelledby=\"{0}\"><table class=\"heat\"><thead><tr><th \
         scope=\"col\">{2}</th>",
        section.id,
        escaped(about),
        escaped(title_of(down)),
    )?;
    for column in &columns {
        write!(
            out,
            "<th scope=\"col\" class=\"n\">{}</th>",
            escaped(column)
        )?;
    }
    write!(out, "</tr></thead><tbody>")?;
    for row in &rows {
        write!(out, "<tr><th scope=\"row\">{}</th>", escaped(row))?;
        for column in &columns {
            match number(row, column) {
                None => write!(out, "<td class=\"n h0\"></td>")?,
                Some(number) => write!(
                    out,
                    "<td class=\"n h{}\">{}</td>",
                    shade(number, most),
                    grouped(number)
                )?,
            }
        }
        write!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if hidden > 0 {
        writeln!(
            out,
            "<p class=\"note\">{hidden} more columns are left out here.</p>"
        )?;
    }
    table::notes(section, out)?;
    writeln!(out, "</figure>")
}

/// 0 for nothing, 1 to 5 for a part of the most.
fn shade(number: u64, most: u64) -> u64 {
    if number == 0 || most == 0 {
        return 0;
    }
    let fifths = u128::from(number) * 5;
    u64::try_from(fifths.div_ceil(u128::from(most)))
        .unwrap_or(5)
        .clamp(1, 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_tell_nothing_from_little() {
        for (number, most, want) in [
            (0, 0, 0),
            (0, 9, 0),
            (1, 1000, 1),
            (200, 1000, 1),
            (201, 1000, 2),
            (1000, 1000, 5),
            (u64::MAX, u64::MAX, 5),
        ] {
            assert_eq!(shade(number, most), want, "{number} of {most}");
        }
    }
}
