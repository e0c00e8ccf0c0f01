//! What part of the traces a document is about.

use crate::document::{Cell, Column, Layout, Section};

/// The table of the active filter; none without one.
pub(crate) fn filter(words: Option<&str>) -> Vec<Section> {
    let words = words.filter(|words| !words.is_empty());
    let section = words.map(|words| {
        let column = Column::text("filter", "Only").wrapped(30);
        let mut section = Section::record("filter", "Filter", vec![(column, Cell::foreign(words))]);
        section.layout = Layout::Line;
        section
    });
    section.into_iter().collect()
}
