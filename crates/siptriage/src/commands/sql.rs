//! `siptriage sql`: a question to a store.

use siptriage_report::{Cell, Column, Document, Section};
use siptriage_store::{Answer, Store, Value};

use crate::args::SqlArgs;
use crate::commands::Pages;
use crate::commands::nightly::stop;
use crate::exit::{Exit, Stop};

/// Answers it.
pub(crate) fn run(args: &SqlArgs) -> Result<Exit, Stop> {
    let pages = Pages::open(&args.output)?;
    let answer = Store::ask(&args.store.path, &args.question, args.most).map_err(stop)?;
    pages.write(&table(answer, "Answer"))?;
    Ok(Exit::Done)
}

/// An answer as a document with one table of this title.
pub(super) fn table(answer: Answer, title: &'static str) -> Document {
    // Columns have names that live as long as the program; there is one answer in a run.
    let columns: Vec<Column> = (answer.columns.into_iter().enumerate())
        .map(|(at, name)| {
            let name = siptriage_report::visible(&name).into_owned();
            let name: &'static str = Box::leak(name.into_boxed_str());
            let value = |row: &Vec<Value>| matches!(row[at], Value::Integer(_) | Value::Real(_));
            let column = match answer.rows.iter().any(value) {
                true => Column::number(name, name),
                false => Column::text(name, name).wrapped(12),
            };
            // Of a wide answer the last columns go below the row first.
            match u8::try_from(at).unwrap_or(u8::MAX) {
                0 => column,
                rank => column.or_below(rank),
            }
        })
        .collect();
    let mut section = Section::new("answer", title, columns);
    let cell = |value: Value| match value {
        Value::Null => Cell::Empty,
        Value::Integer(number) => match u64::try_from(number) {
            Ok(number) => Cell::Number(number),
            Err(_) => Cell::Rate(number as f64),
        },
        Value::Real(number) => Cell::Rate(number),
        Value::Text(text) => Cell::foreign(&text),
        Value::Bytes(len) => Cell::text(format!("{len} bytes")),
    };
    section.rows = (answer.rows.into_iter())
        .map(|row| row.into_iter().map(cell).collect())
        .collect();
    if answer.is_cut {
        section
            .notes
            .push("There are more rows: ask for more with --most.".to_owned());
    }
    Document {
        kind: "sql",
        title: "siptriage sql".to_owned(),
        partial: answer.is_cut,
        headline: Vec::new(),
        sections: vec![section],
    }
}
