//! The page about archives says what is so.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use siptriage_archive::{ArchiveKind, Limit, Limits, Trouble};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/archives.md");
    fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

/// The rows of the table whose first column has this title.
fn rows(page: &str, title: &str) -> Vec<Vec<String>> {
    let head = format!("| {title} |");
    page.lines()
        .skip_while(|line| !line.starts_with(&head))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells = line.trim_matches('|').split(" | ");
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

#[test]
fn every_kind_has_a_row_and_those_not_read_say_how_to_unpack_them() {
    let rows = rows(&page(), "kind");
    let names: Vec<String> = rows
        .iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect();
    assert_eq!(names, ArchiveKind::ALL.map(|kind| kind.name().to_owned()));
    for (kind, row) in ArchiveKind::ALL.iter().zip(&rows) {
        assert_eq!(row[1] == "–", kind.how_to_unpack().is_some(), "{kind}");
        if let Some(how) = kind.how_to_unpack() {
            let command = how.split(',').next().unwrap();
            assert!(row[2].contains(command), "{kind}: {row:?}");
        }
    }
}

#[test]
fn every_limit_has_a_row_with_its_option_and_its_default() {
    let limits = Limits::default();
    let values = [
        limits.inflated,
        limits.ratio,
        limits.members,
        limits.nesting.into(),
        limits.name as u64,
        limits.nested_in_memory,
        limits.window,
        limits.listing,
    ];
    let rows = rows(&page(), "limit");
    assert_eq!(rows.len(), Limit::ALL.len());
    for ((limit, allowed), row) in Limit::ALL.into_iter().zip(values).zip(&rows) {
        assert_eq!(row[1], format!("`{}`", limit.option()));
        let met = Trouble::Limit {
            limit,
            found: allowed + 1,
            allowed,
        };
        // The message has the default in brackets, as the page has it.
        let text = met.to_string();
        assert!(text.ends_with(&format!("({})", row[2])), "{text}: {row:?}");
    }
    assert!(rows[1][0].contains(&format!("{} MiB", limits.ratio_from >> 20)));
}
