//! What both sides said of each medium, side by side.

use siptriage_diagnostics::{Expectation, field_value, ice_warn_flags};

use super::data::{Data, Diagnosed, Medium};
use super::sections::{message_of, optional, words};
use crate::cells;
use crate::document::{Cell, Column, Section};

/// Fields of a medium in the order in which they are read.
const FIELDS: [(&str, &str); 12] = [
    ("LocalSite", "Own address"),
    ("LocalMR", "Own relay"),
    ("LocalLocation", "Own location"),
    ("RemoteSite", "Other's address"),
    ("RemoteMR", "Other's relay"),
    ("RemoteLocation", "Other's location"),
    ("PortRange", "Port range"),
    ("FederationType", "Federation"),
    ("NetworkName", "Network"),
    ("Interfaces", "Interfaces"),
    ("BaseInterface", "Base interface"),
    ("BaseAddress", "Base address"),
];

/// Both views of one medium: the n-th of each side, where a side said something several times.
struct Views<'d> {
    modality: &'static str,
    /// Caller's, callee's, and that of a side that is not stated.
    views: [Option<&'d Medium>; 3],
}

/// The media of all diagnoses, views of the same medium side by side; a view that only repeats
/// another one is left out.
fn views(data: &Data) -> Vec<Views<'_>> {
    let mut paired: Vec<Views<'_>> = Vec::new();
    let mut kept: Vec<&Medium> = Vec::new();
    for medium in &data.media {
        let is_repeated = kept.iter().any(|other| {
            other.side == medium.side
                && other.label == medium.label
                && other.mask == medium.mask
                && other.ice_warn_ex == medium.ice_warn_ex
                && other.fields == medium.fields
        });
        if is_repeated {
            continue;
        }
        kept.push(medium);
        let side = match medium.side {
            Some("caller") => 0,
            Some("callee") => 1,
            _ => 2,
        };
        let open = paired.iter_mut().find(|pair| {
            let labels = pair.views.iter().flatten();
            let same_label = labels.clone().all(|other| other.label == medium.label);
            pair.modality == medium.modality && pair.views[side].is_none() && same_label
        });
        match open {
            Some(pair) => pair.views[side] = Some(medium),
            None => {
                let mut pair = Views {
                    modality: medium.modality,
                    views: [None; 3],
                };
                pair.views[side] = Some(medium);
                paired.push(pair);
            }
        }
    }
    paired
}

/// What each side said of each medium.
pub(super) fn media(data: &Data) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for pair in views(data) {
        let mut columns = vec![Column::text("fact", "What").wrapped(10)];
        columns.extend([
            Column::text("caller", "Caller's view").wrapped(12),
            Column::text("callee", "Callee's view").wrapped(12),
            Column::text("unknown", "View of an unknown side").wrapped(12),
        ]);
        // A label is a word of the trace; the title is ours.
        let views = pair.views.iter().flatten();
        let mut carriers = views.map(|medium| data.diagnoses[medium.diagnosis].carrier);
        let title = match carriers.all(|carrier| carrier == "qoe") {
            true => format!("Media: {}, by quality reports", pair.modality),
            false => format!("Media: {}", pair.modality),
        };
        let mut section = Section::new("media", title, columns);
        let mut row = |name: Cell, of: &dyn Fn(&Medium) -> Cell| {
            let cells = pair.views.map(|view| view.map_or(Cell::Empty, of));
            if cells.iter().any(|cell| !cell.is_empty()) {
                section.rows.push([name].into_iter().chain(cells).collect());
            }
        };
        row(Cell::text("Stated in"), &|medium| {
            stated_in(&data.diagnoses[medium.diagnosis])
        });
        let labels = pair.views.iter().flatten().map(|medium| &medium.label);
        if labels
            .clone()
            .any(|label| label.as_deref() != Some(pair.modality))
        {
            row(Cell::text("Label"), &|medium| {
                optional(medium.label.as_ref())
            });
        }
        row(Cell::text("ICEWarn"), &|medium| match &medium.ice_warn {
            Some(mask) => Cell::text(mask.clone()),
            None => Cell::Missing("not stated"),
        });
        row(Cell::text("ICEWarnEx"), &|medium| {
            let mask = medium.ice_warn_ex.clone();
            mask.map_or(Cell::Empty, Cell::text)
        });
        for (name, title) in FIELDS {
            row(Cell::text(title), &|medium| {
                let fields = medium.fields.iter();
                let mut of_name = fields.filter(|(own, _)| own.eq_ignore_ascii_case(name));
                of_name
                    .next()
                    .map_or(Cell::Empty, |(_, value)| in_words(name, value))
            });
        }
        // Whatever else the trace has, under its own names; repeated ones too.
        let mut others: Vec<(&str, usize)> = Vec::new();
        for medium in pair.views.iter().flatten() {
            for (name, nth, _) in further(medium) {
                if !others.contains(&(name, nth)) {
                    others.push((name, nth));
                }
            }
        }
        for (name, nth) in others {
            row(Cell::Foreign(name.to_owned()), &|medium| {
                let mut fields = further(medium);
                fields
                    .find(|(own, at, _)| (*own, *at) == (name, nth))
                    .map_or(Cell::Empty, |(name, _, value)| in_words(name, value))
            });
        }
        sections.push(section);
    }
    sections
}

/// Fields that have no row of their own, with how often their name was met before.
fn further(medium: &Medium) -> impl Iterator<Item = (&str, usize, &str)> {
    let fields = medium.fields.iter().enumerate();
    fields.filter_map(|(index, (name, value))| {
        let before = medium.fields[..index].iter();
        let nth = before
            .filter(|(own, _)| own.eq_ignore_ascii_case(name))
            .count();
        let known = FIELDS
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name));
        (!known || nth > 0).then_some((name.as_str(), nth, value.as_str()))
    })
}

/// A value with its word, where it has one.
fn in_words(name: &str, value: &str) -> Cell {
    match field_value(name, value) {
        Some(word) => Cell::text(word),
        None if value.is_empty() => Cell::Missing("empty"),
        None => Cell::Foreign(value.to_owned()),
    }
}

/// What a diagnosis is and which message carried it: `24 in BYE`.
fn stated_in(diagnosis: &Diagnosed) -> Cell {
    let mut words = match diagnosis.code {
        Some(code) => format!("code {code}"),
        None => diagnosis.carrier.to_owned(),
    };
    if let Some(message) = message_of(diagnosis) {
        words.push_str(" in ");
        words.push_str(&message);
    }
    Cell::text(words)
}

/// Every bit of every mask, and who set it.
pub(super) fn warnings(data: &Data) -> Option<Section> {
    let masks = data.media.iter().filter_map(|medium| medium.mask);
    let all = masks.reduce(|all, mask| all | mask)?;
    let columns = vec![
        Column::text("bit", "Bit"),
        Column::text("name", "Warning").wrapped(14),
        Column::text("expectation", "On good calls").wrapped(10),
        Column::text("caller", "Caller").wrapped(8),
        Column::text("callee", "Callee").wrapped(8),
        Column::text("unknown", "Unknown side").wrapped(8),
    ];
    let mut section = Section::new("warnings", "ICE warnings", columns);
    let first = data.media.first().map(|medium| medium.modality);
    let only_one = data
        .media
        .iter()
        .all(|medium| Some(medium.modality) == first);
    for flag in ice_warn_flags() {
        let bit = flag.mask.bits();
        if all & bit == 0 {
            continue;
        }
        let of = |side: Option<&str>| {
            let mut media: Vec<&'static str> = Vec::new();
            for medium in &data.media {
                let is_set = medium.mask.is_some_and(|mask| mask & bit != 0);
                let word = match medium.modality {
                    _ if only_one => "set",
                    "application-sharing" => "sharing",
                    modality => modality,
                };
                if medium.side == side && is_set && !media.contains(&word) {
                    media.push(word);
                }
            }
            words(&media)
        };
        section.rows.push(vec![
            Cell::Mask(flag.mask),
            Cell::text(flag.name),
            cells::expectation(flag.expectation),
            of(Some("caller")),
            of(Some("callee")),
            of(None),
        ]);
    }
    if all == 0 {
        let note = "No bit is set in any mask.";
        section.notes.push(note.to_owned());
        section.rows.push(vec![
            Cell::text("0x0"),
            Cell::text("no warning"),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ]);
        return Some(section);
    }
    let unexpected = ice_warn_flags()
        .iter()
        .filter(|flag| all & flag.mask.bits() != 0 && flag.expectation == Expectation::Unexpected);
    section.notes.push(match unexpected.count() {
        0 => "Good calls can have all of these: they are no verdict. `siptriage decode` says what \
             each means."
            .to_owned(),
        _ => "`siptriage decode` says what each means and what to check.".to_owned(),
    });
    Some(section)
}
