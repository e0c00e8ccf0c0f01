//! The meaning of each diagnostics code (`data/codes.tsv`).
//!
//! Codes are matched by number only: servers of different versions word the reason of one code
//! differently.

use std::sync::LazyLock;

use crate::components::component;
use crate::sources::Certainty;
use crate::table;

/// What a code says about the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeClass {
    /// Something did not work.
    Failure,
    /// An end or a refusal that belongs to normal use, such as a hang-up or a sign-out.
    Expected,
    /// Progress or a record about media; never a failure.
    Informational,
    /// Neither the table nor a published range says.
    Unclassified,
}

impl CodeClass {
    /// All of them, the gravest first.
    pub const ALL: [CodeClass; 4] = [
        CodeClass::Failure,
        CodeClass::Expected,
        CodeClass::Informational,
        CodeClass::Unclassified,
    ];

    /// The word used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            CodeClass::Failure => "failure",
            CodeClass::Expected => "expected",
            CodeClass::Informational => "informational",
            CodeClass::Unclassified => "unclassified",
        }
    }
}

/// What one diagnostics code means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Code {
    /// The number before the first semicolon of the header.
    pub code: u32,
    /// The headers it was seen or published in, in lower case, separated by spaces.
    pub header: &'static str,
    /// The reason as it stands on the wire; empty when none was published.
    pub reason: &'static str,
    /// What happened, in one or two sentences.
    pub meaning: &'static str,
    /// What it says about the outcome.
    pub class: CodeClass,
    /// What to look at.
    pub checks: &'static str,
    /// How sure number and meaning are.
    pub certainty: Certainty,
    /// Keys of [`sources`](crate::sources).
    pub sources: Vec<&'static str>,
}

static CODES: LazyLock<Vec<Code>> = LazyLock::new(|| {
    let columns = [
        "code",
        "header",
        "class",
        "certainty",
        "reason",
        "meaning",
        "checks",
        "sources",
    ];
    table::rows(
        "codes.tsv",
        include_str!("../data/codes.tsv"),
        &columns,
        |row| {
            Ok(Code {
                code: row.number("code")?,
                header: row.text("header")?,
                reason: row.optional("reason")?,
                meaning: row.text("meaning")?,
                class: row.named("class", &CodeClass::ALL, CodeClass::name)?,
                checks: row.text("checks")?,
                certainty: row.certainty()?,
                sources: row.sources()?,
            })
        },
    )
});

/// Every code of the table, sorted by number.
pub fn codes() -> &'static [Code] {
    &CODES
}

/// The row of this number; none when the table lacks it, which says nothing about the code.
pub fn code(number: u32) -> Option<&'static Code> {
    let codes = codes();
    codes
        .binary_search_by_key(&number, |code| code.code)
        .ok()
        .map(|index| &codes[index])
}

/// What a code says about the outcome: by its row, else by its published range (60000 to 62999
/// belong to applications), else [`CodeClass::Unclassified`].
pub fn code_class(number: u32) -> CodeClass {
    match code(number) {
        Some(code) => code.class,
        None => component(number).map_or(CodeClass::Unclassified, |component| component.class),
    }
}
