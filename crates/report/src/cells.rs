//! Cells that several tables share: flags, locations, counts, sources.

use siptriage_diagnostics::{
    Certainty, CodeClass, Expectation, IceWarn, IceWarnFlag, field_value, source,
};
use siptriage_facts::{LocationPair, Place, Stamp};
use siptriage_judge::{Confidence, Outcome, Verdict};

use crate::document::{Cell, Column, Section, Tone, grouped};

/// `1 file`, `2 files`, `1,000 files`.
pub(crate) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// The length of a collection as a count.
pub(crate) fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// The word for the class of a code.
pub(crate) fn class(class: CodeClass) -> Cell {
    let tone = match class {
        CodeClass::Failure => Tone::Bad,
        CodeClass::Unclassified => Tone::Doubtful,
        CodeClass::Expected | CodeClass::Informational => Tone::Fine,
    };
    Cell::Word {
        text: class.name(),
        tone,
    }
}

/// The word for what is known of a flag on good calls.
pub(crate) fn expectation(expectation: Expectation) -> Cell {
    let tone = match expectation {
        Expectation::Unexpected => Tone::Bad,
        Expectation::MayBeExpected | Expectation::Unknown => Tone::Doubtful,
        Expectation::Expected => Tone::Fine,
    };
    Cell::Word {
        text: expectation.name(),
        tone,
    }
}

/// The word for what is to be thought of a call.
pub(crate) fn verdict(verdict: Verdict) -> Cell {
    let tone = match verdict {
        Verdict::Failed => Tone::Bad,
        Verdict::Degraded | Verdict::Unknown => Tone::Doubtful,
        Verdict::Benign => Tone::Fine,
    };
    Cell::Word {
        text: verdict.name(),
        tone,
    }
}

/// The word for what became of a call.
pub(crate) fn outcome(outcome: Outcome) -> Cell {
    let tone = match outcome {
        Outcome::Failed | Outcome::Dropped => Tone::Bad,
        Outcome::Unfinished | Outcome::SeenInPart => Tone::Doubtful,
        Outcome::Connected
        | Outcome::Cancelled
        | Outcome::Declined
        | Outcome::Busy
        | Outcome::NoAnswer
        | Outcome::Redirected => Tone::Fine,
    };
    Cell::Word {
        text: outcome.name(),
        tone,
    }
}

/// The words for how sure a cause is: those of [`certainty`].
pub(crate) fn confidence(confidence: Confidence) -> Cell {
    certainty(match confidence {
        Confidence::Stated => Certainty::Stated,
        Confidence::Inferred => Certainty::Inferred,
        Confidence::Guess => Certainty::Guess,
    })
}

/// The words for how sure a fact of the tables is.
pub(crate) fn certainty(certainty: Certainty) -> Cell {
    let tone = match certainty {
        Certainty::Stated => Tone::Fine,
        Certainty::Inferred | Certainty::Guess | Certainty::Undocumented => Tone::Doubtful,
    };
    Cell::Word {
        text: certainty.name(),
        tone,
    }
}

/// A flag in a few words.
fn flag(flag: &'static IceWarnFlag) -> Cell {
    let shown = format!("{} {} ({})", flag.mask, flag.name, flag.expectation.name());
    Cell::Object {
        shown: Box::new(Cell::text(shown)),
        fields: vec![
            ("bit", Cell::Mask(flag.mask)),
            ("key", Cell::text(flag.key)),
            ("name", Cell::text(flag.name)),
            ("expectation", Cell::text(flag.expectation.name())),
        ],
    }
}

/// Every flag of a mask in a few words.
pub(crate) fn flags(mask: IceWarn) -> Cell {
    Cell::List(mask.flags().map(flag).collect())
}

/// A value and how often it was met. People see `shown` with the count behind it, programs the
/// fields and the count.
pub(crate) fn counted(shown: Cell, mut fields: Vec<(&'static str, Cell)>, count: u64) -> Cell {
    let times = format!("({})", grouped(count));
    let shown = match shown {
        Cell::Foreign(text) => Cell::Foreign(format!("{text} {times}")),
        Cell::Text(text) => Cell::text(format!("{text} {times}")),
        Cell::Missing(word) => Cell::text(format!("{word} {times}")),
        Cell::Number(number) => Cell::text(format!("{number} {times}")),
        other => other,
    };
    fields.push(("count", Cell::Count(count)));
    Cell::Object {
        shown: Box::new(shown),
        fields,
    }
}

/// Text out of a trace, or a word where there is none.
pub(crate) fn foreign_or(text: &str, missing: &'static str) -> Cell {
    if text.is_empty() {
        Cell::Missing(missing)
    } else {
        Cell::foreign(text)
    }
}

/// An enumerated value in words; as written where there is no word for it.
pub(crate) fn value_in_words(field: &str, value: &str) -> Cell {
    match field_value(field, value) {
        Some(word) => Cell::text(word),
        None => foreign_or(value, "not stated"),
    }
}

/// Two locations in words: `outside / inside`.
pub(crate) fn locations(pair: &LocationPair) -> Cell {
    let local = value_in_words("LocalLocation", &pair.local);
    let remote = value_in_words("RemoteLocation", &pair.remote);
    let words = |cell: &Cell| match cell {
        Cell::Text(text) => text.to_string(),
        Cell::Foreign(text) => text.clone(),
        Cell::Missing(word) => (*word).to_owned(),
        _ => String::new(),
    };
    let shown = format!("{} / {}", words(&local), words(&remote));
    let foreign = local.is_foreign() || remote.is_foreign();
    if foreign {
        Cell::Foreign(shown)
    } else {
        Cell::text(shown)
    }
}

/// A stamp, if there is one.
pub(crate) fn stamp(stamp: Option<Stamp>) -> Cell {
    stamp.map_or(Cell::Empty, Cell::Stamp)
}

/// A place, if there is one.
pub(crate) fn place(place: Option<&Place>) -> Cell {
    place.map_or(Cell::Empty, |place| Cell::Place(place.clone()))
}

/// The same for readers of a report, who take for granted that facts come from a source.
pub(crate) fn certainty_if_lower(of: Certainty) -> Cell {
    match of {
        Certainty::Stated => Cell::Quiet(Box::new(certainty(of))),
        _ => certainty(of),
    }
}

/// From the first to the last stamp, if there are any.
pub(crate) fn span(first: Option<Stamp>, last: Option<Stamp>) -> Cell {
    match (first, last) {
        (Some(first), Some(last)) => Cell::Span(first, last),
        (first, last) => stamp(first.or(last)),
    }
}

/// The keys of sources.
pub(crate) fn source_keys(keys: &[&'static str]) -> Cell {
    Cell::List(keys.iter().map(|key| Cell::text(*key)).collect())
}

/// The table of the documents that facts were taken from: each key once, in the order given.
pub(crate) fn sources_section(keys: impl IntoIterator<Item = &'static str>) -> Section {
    let columns = vec![
        Column::text("key", "Key"),
        Column::text("title", "Source").wrapped(30),
        Column::text("address", "Address").or_below(1).unnamed(),
    ];
    let mut section = Section::new("sources", "Sources", columns);
    let mut seen: Vec<&str> = Vec::new();
    for key in keys {
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let (title, address) =
            source(key).map_or(("", ""), |source| (source.title, source.address));
        section.rows.push(vec![
            Cell::text(key),
            Cell::text(title),
            Cell::text(address),
        ]);
    }
    section
}
