//! The reader of `data/*.tsv`: one file a table, one line a row, cells separated by tabs.
//!
//! Line 1 names the columns; lines that start with `#` and empty lines are comments. No cell is
//! empty: `-` stands for "nothing here", where a column allows it. The tables are part of the
//! program, so a broken row is a panic at the first use, and the tests read every table.

use std::fmt;

use crate::sources::Certainty;

/// The cell of an optional column that has nothing to say.
const NOTHING: &str = "-";

/// Gives the rows of a table, in the order of the file.
///
/// # Panics
/// With file, line and column when the table is broken: it is our own data.
pub(crate) fn rows<T>(
    file: &'static str,
    text: &'static str,
    columns: &[&str],
    row: impl Fn(&Row<'_, 'static>) -> Result<T, BrokenTable>,
) -> Vec<T> {
    match parse(file, text, columns, row) {
        Ok(rows) => rows,
        Err(broken) => panic!("{broken}"),
    }
}

/// Reads a table; each row is made by `row` from its cells.
fn parse<'t, T>(
    file: &str,
    text: &'t str,
    columns: &[&str],
    row: impl Fn(&Row<'_, 't>) -> Result<T, BrokenTable>,
) -> Result<Vec<T>, BrokenTable> {
    let broken = |line: usize, what: String| BrokenTable {
        file: file.to_owned(),
        line,
        what,
    };
    let mut rows = Vec::new();
    let mut named = false;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let cells: Vec<&str> = line.split('\t').collect();
        if !named {
            if cells != columns {
                let want = columns.join(", ");
                return Err(broken(number, format!("the columns must be {want}")));
            }
            named = true;
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if cells.len() != columns.len() {
            let (found, want) = (cells.len(), columns.len());
            return Err(broken(
                number,
                format!("{found} cells where {want} are wanted"),
            ));
        }
        for (cell, column) in cells.iter().zip(columns) {
            if cell.is_empty() || cell.trim() != *cell {
                return Err(broken(
                    number,
                    format!("column {column}: a cell is empty or has spaces around it"),
                ));
            }
        }
        rows.push(row(&Row {
            file,
            line: number,
            columns,
            cells: &cells,
        })?);
    }
    if !named {
        return Err(broken(1, "the table has no columns".to_owned()));
    }
    Ok(rows)
}

/// One row of a table, asked by the name of a column.
pub(crate) struct Row<'r, 't> {
    file: &'r str,
    line: usize,
    columns: &'r [&'r str],
    cells: &'r [&'t str],
}

impl<'t> Row<'_, 't> {
    /// The cell of a column, which may be `-`.
    fn cell(&self, column: &str) -> Result<&'t str, BrokenTable> {
        match self.columns.iter().position(|name| *name == column) {
            Some(index) => Ok(self.cells[index]),
            None => Err(self.broken(column, "is no column of this table")),
        }
    }

    /// The text of a column that every row fills.
    pub(crate) fn text(&self, column: &str) -> Result<&'t str, BrokenTable> {
        match self.cell(column)? {
            NOTHING => Err(self.broken(column, "must be filled")),
            text => Ok(text),
        }
    }

    /// The text of a column, or nothing for `-`.
    pub(crate) fn optional(&self, column: &str) -> Result<&'t str, BrokenTable> {
        Ok(match self.cell(column)? {
            NOTHING => "",
            text => text,
        })
    }

    /// The number of a column: decimal, or hexadecimal after `0x`.
    pub(crate) fn number(&self, column: &str) -> Result<u32, BrokenTable> {
        let text = self.text(column)?;
        let number = match text.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => text.parse(),
        };
        number.map_err(|_| self.broken(column, &format!("\"{text}\" is no 32-bit number")))
    }

    /// The value that a column names; the names are those shown to users.
    pub(crate) fn named<T: Copy>(
        &self,
        column: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Result<T, BrokenTable> {
        let text = self.text(column)?;
        all.iter()
            .copied()
            .find(|value| name(*value) == text)
            .ok_or_else(|| {
                let names: Vec<&str> = all.iter().map(|value| name(*value)).collect();
                self.broken(
                    column,
                    &format!("\"{text}\" is none of: {}", names.join(", ")),
                )
            })
    }

    /// The column `certainty`.
    pub(crate) fn certainty(&self) -> Result<Certainty, BrokenTable> {
        self.named("certainty", &Certainty::ALL, Certainty::name)
    }

    /// The column `sources`: keys of `sources.tsv`, separated by spaces; none for `-`.
    pub(crate) fn sources(&self) -> Result<Vec<&'t str>, BrokenTable> {
        Ok(self
            .optional("sources")?
            .split(' ')
            .filter(|key| !key.is_empty())
            .collect())
    }

    /// Pairs written as `value=meaning; value=meaning`; none for `-`.
    pub(crate) fn pairs(&self, column: &str) -> Result<Vec<(&'t str, &'t str)>, BrokenTable> {
        let text = self.optional(column)?;
        if text.is_empty() {
            return Ok(Vec::new());
        }
        text.split("; ")
            .map(|pair| match pair.split_once('=') {
                Some((value, meaning)) if !value.is_empty() && !meaning.is_empty() => {
                    Ok((value, meaning))
                }
                _ => Err(self.broken(column, &format!("\"{pair}\" is no value=meaning"))),
            })
            .collect()
    }

    /// What is wrong with a cell of this row.
    pub(crate) fn broken(&self, column: &str, what: &str) -> BrokenTable {
        BrokenTable {
            file: self.file.to_owned(),
            line: self.line,
            what: format!("column {column}: {what}"),
        }
    }
}

/// A row that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BrokenTable {
    file: String,
    /// Counted from 1, as editors do.
    line: usize,
    what: String,
}

impl fmt::Display for BrokenTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "data/{}:{}: {}", self.file, self.line, self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[&str] = &["number", "note", "certainty", "sources"];

    type Sample<'t> = (u32, &'t str, Certainty, Vec<&'t str>);

    fn read(text: &str) -> Result<Vec<Sample<'_>>, String> {
        parse("sample.tsv", text, COLUMNS, |row| {
            Ok((
                row.number("number")?,
                row.optional("note")?,
                row.certainty()?,
                row.sources()?,
            ))
        })
        .map_err(|broken| broken.to_string())
    }

    #[test]
    fn rows_are_read_in_order_and_comments_are_skipped() {
        let text = "number\tnote\tcertainty\tsources\n# a comment\n\n0x10\t-\tguess\t-\r\n\
                    7\tseven\tinferred\tA B\n";
        let want = vec![
            (0x10, "", Certainty::Guess, vec![]),
            (7, "seven", Certainty::Inferred, vec!["A", "B"]),
        ];
        assert_eq!(read(text), Ok(want));
    }

    #[test]
    fn a_broken_row_is_named_by_file_line_and_column() {
        let head = "number\tnote\tcertainty\tsources\n";
        for (row, want) in [
            (
                "7\tseven\tguess",
                "data/sample.tsv:2: 3 cells where 4 are wanted",
            ),
            (
                "7\tseven\tguess\tA\tB",
                "data/sample.tsv:2: 5 cells where 4 are wanted",
            ),
            (
                "# fine\n7\t\tguess\tA",
                "data/sample.tsv:3: column note: a cell is empty or has spaces around it",
            ),
            (
                "7\tseven \tguess\tA",
                "data/sample.tsv:2: column note: a cell is empty or has spaces around it",
            ),
            (
                "-\tseven\tguess\tA",
                "data/sample.tsv:2: column number: must be filled",
            ),
            (
                "seven\tseven\tguess\tA",
                "data/sample.tsv:2: column number: \"seven\" is no 32-bit number",
            ),
            (
                "0x100000000\tx\tguess\tA",
                "data/sample.tsv:2: column number: \"0x100000000\" is no 32-bit number",
            ),
            (
                "7\tseven\tsure\tA",
                "data/sample.tsv:2: column certainty: \"sure\" is none of: stated by a source, \
                 inferred, guess, no published meaning",
            ),
        ] {
            assert_eq!(
                read(&format!("{head}{row}\n")),
                Err(want.to_owned()),
                "{row}"
            );
        }
    }

    #[test]
    fn a_table_with_other_columns_is_refused() {
        let want = "data/sample.tsv:1: the columns must be number, note, certainty, sources";
        assert_eq!(read("number\tnote\n7\tseven\n"), Err(want.to_owned()));
        assert_eq!(
            read(""),
            Err("data/sample.tsv:1: the table has no columns".to_owned())
        );
    }

    #[test]
    fn a_column_that_the_table_lacks_is_named() {
        let broken = parse("sample.tsv", "a\n1\n", &["a"], |row| row.text("b")).unwrap_err();
        assert_eq!(
            broken.to_string(),
            "data/sample.tsv:2: column b: is no column of this table"
        );
    }

    #[test]
    fn pairs_are_values_with_their_meaning() {
        let read = |text| parse("sample.tsv", text, &["values"], |row| row.pairs("values"));
        assert_eq!(read("values\n-\n"), Ok(vec![vec![]]));
        assert_eq!(
            read("values\n0=none; 1=one way\n"),
            Ok(vec![vec![("0", "none"), ("1", "one way")]])
        );
        let broken = read("values\n0=none; two\n").unwrap_err().to_string();
        assert_eq!(
            broken,
            "data/sample.tsv:2: column values: \"two\" is no value=meaning"
        );
        assert!(read("values\n=none\n").is_err());
        assert!(read("values\n0=\n").is_err());
    }

    #[test]
    #[should_panic(expected = "data/sample.tsv:2: column n: \"x\" is no 32-bit number")]
    fn a_broken_table_panics_with_its_place() {
        rows("sample.tsv", "n\nx\n", &["n"], |row| row.number("n"));
    }
}
