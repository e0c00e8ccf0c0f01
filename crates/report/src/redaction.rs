//! The step between what was found and how it is written, where identifiers are not to be shown.
//!
//! A document, an event, a message, a row or a page goes in and the same comes out, with tokens in
//! place of what is foreign. Our own words stay.

use std::borrow::Cow;

use siptriage_facts::{Event, Logged, Media, Message, Place};
use siptriage_redact::Redactor;

use crate::document::{Cell, Column, Document, Section};

impl Document {
    /// The same document with tokens in place of identifiers. The words of a filter are left as
    /// they are: who typed them is who has them redacted.
    #[must_use]
    pub fn redacted(mut self, redactor: &Redactor) -> Document {
        for sentence in &mut self.headline {
            // Our own words, but for a subnet that was made of addresses.
            *sentence = redactor.own_words(sentence);
        }
        for section in &mut self.sections {
            let Section {
                id,
                columns,
                rows,
                hidden,
                total,
                ..
            } = section;
            for row in rows.iter_mut().chain([hidden, total]) {
                redact_row(id, columns, row, redactor);
            }
        }
        self
    }
}

/// A row of a section, each cell by what its column holds.
pub(crate) fn redact_row(section: &str, columns: &[Column], row: &mut [Cell], redactor: &Redactor) {
    for (column, cell) in columns.iter().zip(row) {
        redact_cell(Holds::of(section, column.id), cell, redactor);
    }
}

/// What foreign text of a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Anything.
    Text,
    CallId,
    Path,
    Agent,
    Site,
    /// A word that is no identifier wherever it comes from.
    Plain,
}

impl Holds {
    fn of(section: &str, column: &str) -> Holds {
        match (section, column) {
            (_, "filter") | ("formats", "trace_format") => Holds::Plain,
            (_, "call_id" | "example") => Holds::CallId,
            (_, "file" | "files" | "clock" | "reference") | ("by_file", "value") => Holds::Path,
            ("by_user_agent", "value") => Holds::Agent,
            ("by_site", "value") => Holds::Site,
            (_, "user_agent" | "caller_agent" | "callee_agent") => Holds::Agent,
            (_, "site") => Holds::Site,
            _ => Holds::Text,
        }
    }

    /// What the values of a dimension are.
    fn of_dimension(name: &str) -> Holds {
        match name {
            "file" => Holds::Path,
            "user-agent" => Holds::Agent,
            "site" => Holds::Site,
            _ => Holds::Text,
        }
    }

    fn redacted(self, text: &str, redactor: &Redactor) -> String {
        match self {
            Holds::Plain => text.to_owned(),
            Holds::CallId => redactor.call_id(text),
            Holds::Agent => redactor.agent(text),
            Holds::Site => redactor.site(text),
            // A clock is named by its file or by whose it is.
            Holds::Path if text.contains('@') || text.starts_with("sip:") => redactor.text(text),
            Holds::Path => redactor.path(text),
            Holds::Text => redactor.text(text),
        }
    }
}

fn redact_cell(holds: Holds, cell: &mut Cell, redactor: &Redactor) {
    match cell {
        Cell::Foreign(text) => *text = holds.redacted(text, redactor),
        Cell::Place(place) => redact_place(place, redactor),
        Cell::Quiet(cell) => redact_cell(holds, cell, redactor),
        Cell::List(cells) => {
            for cell in cells {
                redact_cell(holds, cell, redactor);
            }
        }
        Cell::Object { shown, fields } => redact_object(holds, shown, fields, redactor),
        Cell::Step { fields, .. } => {
            for (_, cell) in fields {
                redact_cell(holds, cell, redactor);
            }
        }
        Cell::Empty
        | Cell::Missing(_)
        | Cell::Count(_)
        | Cell::Number(_)
        | Cell::Share { .. }
        | Cell::Rate(_)
        | Cell::Bool(_)
        | Cell::Text(_)
        | Cell::Word { .. }
        | Cell::Mask(_)
        | Cell::Stamp(_)
        | Cell::Span(..)
        | Cell::Duration(_) => {}
    }
}

/// A cell that people see as one: what is foreign in its fields is replaced in its sentence too.
fn redact_object(
    holds: Holds,
    shown: &mut Cell,
    fields: &mut [(&'static str, Cell)],
    redactor: &Redactor,
) {
    let dimension = fields.iter().find_map(|(name, cell)| match cell {
        Cell::Text(word) if *name == "dimension" => Some(Holds::of_dimension(word)),
        _ => None,
    });
    let holds = dimension.unwrap_or(holds);
    let mut replaced = false;
    for (_, cell) in fields.iter_mut() {
        let Cell::Foreign(value) = cell else {
            redact_cell(holds, cell, redactor);
            continue;
        };
        let token = holds.redacted(value, redactor);
        if let Cell::Foreign(sentence) = &mut *shown
            && !value.is_empty()
            && sentence.contains(value.as_str())
        {
            *sentence = sentence.replace(value.as_str(), &token);
            replaced = true;
        }
        *value = token;
    }
    if !replaced {
        redact_cell(holds, shown, redactor);
    }
}

fn redact_place(place: &mut Place, redactor: &Redactor) {
    place.file = redactor.path(&place.file).into();
}

fn owned(text: String) -> Cow<'static, str> {
    Cow::Owned(text)
}

/// A diagnosis with tokens in place of identifiers.
pub fn redacted_event(event: &Event<'_>, redactor: &Redactor) -> Event<'static> {
    let mut event = event.clone().into_owned();
    redact_event(&mut event, redactor);
    event
}

fn redact_event(event: &mut Event<'static>, redactor: &Redactor) {
    // Named, so that a new field cannot be forgotten here.
    let Event {
        place,
        trace_format: _,
        time: _,
        header: _,
        carrier: _,
        code: _,
        sub_code,
        reason,
        source,
        params,
        media,
        cut: _,
        message,
    } = event;
    redact_place(place, redactor);
    change(sub_code, |text| redactor.text(text));
    change(reason, |text| redactor.text(text));
    change(source, |text| redactor.parameter("source", text));
    redact_parameters(params, redactor);
    for medium in media {
        let Media {
            side: _,
            label,
            ice_warn: _,
            ice_warn_ex: _,
            malformed_ice_warn,
            fields,
        } = medium;
        *label = owned(redactor.text(label));
        change(malformed_ice_warn, |text| redactor.text(text));
        redact_parameters(fields, redactor);
    }
    redact_message(message, redactor);
}

fn change(text: &mut Option<Cow<'static, str>>, to: impl Fn(&str) -> String) {
    if let Some(text) = text {
        *text = owned(to(text));
    }
}

fn redact_parameters(params: &mut [(Cow<'static, str>, Cow<'static, str>)], redactor: &Redactor) {
    for (name, value) in params {
        *value = owned(redactor.parameter(name, value));
        *name = owned(redactor.text(name));
    }
}

fn redact_message(message: &mut Message<'static>, redactor: &Redactor) {
    let Message {
        start_line,
        call_id,
        cseq: _,
        from,
        to,
        user_agent,
        direction,
        peer,
        challenge: _,
    } = message;
    change(start_line, |text| redactor.text(text));
    change(call_id, |text| redactor.call_id(text));
    change(from, |text| redactor.header("From", text));
    change(to, |text| redactor.header("To", text));
    change(user_agent, |text| redactor.agent(text));
    change(direction, |text| redactor.text(text));
    change(peer, |text| redactor.header("Peer", text));
}

/// A message with tokens in place of identifiers, and without what people wrote in it.
pub fn redacted_message(message: &Logged<'_>, redactor: &Redactor) -> Logged<'static> {
    let mut logged = message.clone().into_owned();
    let Logged {
        place,
        trace_format: _,
        time: _,
        message,
        method: _,
        status: _,
        headers,
        body,
        raw,
        diagnoses,
        id: _,
    } = &mut logged;
    redact_place(place, redactor);
    redact_message(message, redactor);
    let is_type = |name: &str| name.eq_ignore_ascii_case("content-type") || name == "c";
    let content_type = headers.iter().find(|(name, _)| is_type(name));
    let content_type = content_type.map_or(Cow::Borrowed(""), |(_, value)| value.clone());
    *body = owned(redactor.body(&content_type, body));
    *raw = owned(redactor.message(raw));
    for (name, value) in headers {
        *value = owned(redactor.header(name, value));
    }
    for event in diagnoses {
        redact_event(event, redactor);
    }
    logged
}

/// The name of a clock: a file, or whose it is.
pub(crate) fn redacted_clock(name: &str, redactor: &Redactor) -> String {
    Holds::Path.redacted(name, redactor)
}
