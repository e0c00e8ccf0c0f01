//! Cells as HTML.

use std::borrow::Cow;

use super::escape::{escaped, file_address};
use crate::document::{Cell, Column, Reader, Tone};
use crate::step::Step;
use crate::visible::visible;

/// Text for people, without markup: nothing is escaped, and what hides is written out.
pub(super) const PLAIN: Reader = Reader {
    person: true,
    own: |text| Cow::Borrowed(text),
    foreign: visible,
};

/// The class of a tone.
pub(super) fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "bad",
        Tone::Doubtful => "mid",
        Tone::Fine => "ok",
    }
}

/// A cell as people see it.
pub(super) fn html(cell: &Cell, column: &Column) -> String {
    match cell {
        Cell::Word { text, tone: of } => {
            format!("<span class=\"w {}\">{}</span>", tone(*of), escaped(text))
        }
        Cell::Place(_) => place(cell),
        Cell::Foreign(_) if column.id == "call_id" || column.id == "example" => {
            format!(
                "<span class=\"cp\">{}</span>",
                escaped(&cell.to_text(&PLAIN))
            )
        }
        Cell::Object { shown, .. } => html(shown, column),
        Cell::List(cells) if cells.iter().any(|cell| cell.step().is_some()) => {
            steps(cells.iter().filter_map(Cell::step))
        }
        Cell::List(cells) if column.listed && cells.len() > 1 => {
            let items = cells
                .iter()
                .map(|cell| format!("<li>{}</li>", html(cell, column)));
            format!("<ul class=\"l\">{}</ul>", items.collect::<String>())
        }
        Cell::List(cells) if !cells.is_empty() => {
            let items: Vec<String> = cells.iter().map(|cell| html(cell, column)).collect();
            items.join(", ")
        }
        other => escaped(&other.to_text(&PLAIN)).into_owned(),
    }
}

/// A place that can be copied, and opened where its path is absolute.
fn place(cell: &Cell) -> String {
    let text = cell.to_text(&PLAIN);
    let text = escaped(&text);
    let address = match cell {
        Cell::Place(place) => file_address(&place.file),
        _ => None,
    };
    match address {
        Some(address) => format!("<a class=\"cp\" href=\"{}\">{text}</a>", escaped(&address)),
        None => format!("<span class=\"cp\">{text}</span>"),
    }
}

/// Steps as a numbered list.
pub(super) fn steps<'s>(steps: impl Iterator<Item = &'s Step>) -> String {
    let mut list = "<ol class=\"steps\">".to_owned();
    for step in steps {
        list.push_str(&format!(
            "<li value=\"{}\"><p><strong>{}</strong> {}</p>",
            step.number,
            escaped(&step.what),
            escaped(&step.more)
        ));
        if !step.details.is_empty() {
            list.push_str("<dl>");
            for (name, text) in &step.details {
                list.push_str(&format!("<dt>{name}</dt><dd>{}</dd>", escaped(text)));
            }
            list.push_str("</dl>");
        }
        list.push_str("</li>");
    }
    list.push_str("</ol>");
    list
}

/// What a cell is sorted by, where its text does not tell: numbers and lengths of time.
pub(super) fn key(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Count(number) | Cell::Number(number) => Some(*number as f64),
        Cell::Share { part, whole } => Some(crate::document::fraction(*part, *whole)),
        Cell::Duration(micros) => Some(crate::document::seconds(*micros)),
        Cell::Mask(mask) => Some(f64::from(mask.bits())),
        Cell::Object { shown, .. } => key(shown),
        _ => None,
    }
}
