//! Where a fact of the tables comes from, and how sure it is.

use std::sync::LazyLock;

use crate::table;

/// How sure the meaning of a flag, a code or a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// A published source says so.
    Stated,
    /// Concluded from several observations or documents that fit together.
    Inferred,
    /// Fits what was seen, but little speaks for it.
    Guess,
    /// It exists on the wire; no source reached says what it means.
    Undocumented,
}

impl Certainty {
    /// All of them, the surest first.
    pub const ALL: [Certainty; 4] = [
        Certainty::Stated,
        Certainty::Inferred,
        Certainty::Guess,
        Certainty::Undocumented,
    ];

    /// The words used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Certainty::Stated => "stated by a source",
            Certainty::Inferred => "inferred",
            Certainty::Guess => "guess",
            Certainty::Undocumented => "no published meaning",
        }
    }
}

/// A published document that the tables cite.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// The short name that rows use, as `OCER-SIP`.
    pub key: &'static str,
    /// What the document is.
    pub title: &'static str,
    /// Where it was published.
    pub address: &'static str,
}

static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let columns = ["key", "title", "address"];
    table::rows(
        "sources.tsv",
        include_str!("../data/sources.tsv"),
        &columns,
        |row| {
            Ok(Source {
                key: row.text("key")?,
                title: row.text("title")?,
                address: row.text("address")?,
            })
        },
    )
});

/// Every document that the tables cite, sorted by key.
pub fn sources() -> &'static [Source] {
    &SOURCES
}

/// The document of this key.
pub fn source(key: &str) -> Option<&'static Source> {
    sources().iter().find(|source| source.key == key)
}
