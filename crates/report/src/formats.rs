//! The list of trace formats.

use crate::document::{Cell, Column, Document, Section};

/// A table of trace formats: name, title and a sample line of each, in the order given.
pub fn formats(rows: &[(&str, &str, &str)]) -> Document {
    let columns = vec![
        Column::text("name", "Name").wrapped(16),
        Column::text("title", "What writes it").wrapped(30),
        Column::text("sample", "First line of a record")
            .wrapped(40)
            .or_below(1)
            .unnamed(),
    ];
    let mut section = Section::new("formats", "Trace formats", columns);
    for (name, title, sample) in rows {
        let row = [name, title, sample].map(|text| Cell::foreign(text));
        section.rows.push(row.into());
    }
    Document {
        kind: "formats",
        title: "Trace formats that are recognised".to_owned(),
        partial: false,
        headline: Vec::new(),
        sections: vec![section],
    }
}
