//! The phrase of each SIP status code (`data/status.tsv`).

use std::sync::LazyLock;

use crate::table;

/// A SIP status code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Status {
    /// The code, 100 to 699.
    pub status: u16,
    /// The phrase that its document gives it; what a server writes may differ.
    pub phrase: &'static str,
    /// Keys of [`sources`](crate::sources).
    pub sources: Vec<&'static str>,
}

static STATUSES: LazyLock<Vec<Status>> = LazyLock::new(|| {
    let columns = ["status", "phrase", "sources"];
    table::rows(
        "status.tsv",
        include_str!("../data/status.tsv"),
        &columns,
        |row| {
            let status = row.number("status")?;
            match u16::try_from(status) {
                Ok(status @ 100..=699) => Ok(Status {
                    status,
                    phrase: row.text("phrase")?,
                    sources: row.sources()?,
                }),
                _ => Err(row.broken("status", "is not between 100 and 699")),
            }
        },
    )
});

/// Every SIP status code of RFC 3261 and its successors, and Lync's 101, sorted by number.
pub fn statuses() -> &'static [Status] {
    &STATUSES
}

/// The phrase that a SIP status code was given by its document; none for an unassigned code.
pub fn status_phrase(status: u16) -> Option<&'static str> {
    let statuses = statuses();
    let index = statuses
        .binary_search_by_key(&status, |row| row.status)
        .ok()?;
    Some(statuses[index].phrase)
}
