//! Which component a code comes from, by its range (`data/components.tsv`).

use std::sync::LazyLock;

use crate::codes::CodeClass;
use crate::sources::Certainty;
use crate::table;

/// The part of the system that owns a range of codes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Component {
    /// The lowest code of the range.
    pub first: u32,
    /// The highest code of the range.
    pub last: u32,
    /// What the component is called.
    pub name: &'static str,
    /// What helps to recognise it; empty when there is nothing to add.
    pub note: &'static str,
    /// What the range alone says about the outcome of a code without a row of its own.
    pub class: CodeClass,
    /// How sure the range is.
    pub certainty: Certainty,
    /// Keys of [`sources`](crate::sources).
    pub sources: Vec<&'static str>,
}

static COMPONENTS: LazyLock<Vec<Component>> = LazyLock::new(|| {
    let columns = [
        "first",
        "last",
        "name",
        "class",
        "certainty",
        "note",
        "sources",
    ];
    table::rows(
        "components.tsv",
        include_str!("../data/components.tsv"),
        &columns,
        |row| {
            Ok(Component {
                first: row.number("first")?,
                last: row.number("last")?,
                name: row.text("name")?,
                note: row.optional("note")?,
                class: row.named("class", &CodeClass::ALL, CodeClass::name)?,
                certainty: row.certainty()?,
                sources: row.sources()?,
            })
        },
    )
});

/// Every range, sorted; they do not overlap.
pub fn components() -> &'static [Component] {
    &COMPONENTS
}

/// The component whose range holds this code; none between the ranges.
pub fn component(number: u32) -> Option<&'static Component> {
    components()
        .iter()
        .find(|component| (component.first..=component.last).contains(&number))
}
