//! One call on one page: what is to be thought of it and why, what both ends said of their media,
//! and its messages in order.
//!
//! [`call_page`] gathers plain data ([`data`]); text, Markdown and JSON are three ways to write
//! the same data, so that none of them knows more than the others.

mod data;
mod gather;
mod ladder;
mod markdown;
mod media;
mod mermaid;
mod order;
mod raw;
mod redact;
mod sections;
mod steps;
mod text;

use std::io;

use siptriage_facts::Logged;
use siptriage_judge::{Case, Clocks, Rules};
use siptriage_redact::Redactor;

use crate::document::Cell;
use crate::outputs::Style;
use data::Data;
use redact::redact_data;

/// The messages of a case in order, each a row: time of day, time since the one before, sender,
/// receiver, start line, codes, how often it was logged, and where.
pub(crate) fn ladder_rows(
    case: &Case<'_>,
    messages: &[Logged<'static>],
    clocks: &Clocks,
) -> Vec<Vec<Cell>> {
    let data = gather::data(case, messages, clocks, &CallOptions::default());
    data.messages.iter().map(ladder::cells).collect()
}

/// How the page of a call is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallForm {
    /// For terminals.
    Text,
    /// For tickets, with a Mermaid sequence diagram.
    Markdown,
    /// For programs; every key is described in `docs/json.md`.
    Json,
}

/// What a page says besides the call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// Whether the scan was interrupted, so that part of the input is missing.
    pub partial: bool,
}

/// Everything about one call or other dialog, ready to be written.
#[derive(Debug, Clone)]
pub struct CallPage {
    data: Data,
    /// The message of each step as the trace has it.
    raw: Vec<String>,
}

/// The page of a case. `messages` are all logged messages of its Call-ID in the order of the
/// input, copies included; what is missing there is missing in the ladder and nowhere else.
pub fn call_page(
    case: &Case<'_>,
    messages: &[Logged<'static>],
    clocks: &Clocks,
    options: &CallOptions,
) -> CallPage {
    let data = gather::data(case, messages, clocks, options);
    let raw = data.messages.iter();
    let raw = raw
        .map(|step| messages[step.index].raw.to_string())
        .collect();
    CallPage { data, raw }
}

impl CallPage {
    /// The page with titles and addresses of the documents that rules files name. Those of our own
    /// tables are there without.
    #[must_use]
    pub fn with_documents_of(mut self, rules: &Rules) -> CallPage {
        gather::name_documents(&mut self.data.decision.sources, rules);
        self
    }

    /// The page with tokens in place of identifiers, and without what people wrote in messages.
    #[must_use]
    pub fn redacted(mut self, redactor: &Redactor) -> CallPage {
        redact_data(&mut self.data, redactor);
        for raw in &mut self.raw {
            *raw = redactor.message(raw);
        }
        self
    }

    /// Writes the page in UTF-8. `ascii` draws rules and arrows with ASCII alone; names and texts
    /// of the trace stay what they are. `raw` adds the messages as the trace has them.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(
        &self,
        form: CallForm,
        style: &Style,
        ascii: bool,
        raw: bool,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let raw = raw.then_some(self.raw.as_slice());
        match form {
            CallForm::Text => text::write(&self.data, raw, style, ascii, out),
            CallForm::Markdown => markdown::write(&self.data, raw, out),
            CallForm::Json => self.write_json(raw, out),
        }
    }

    fn write_json(&self, raw: Option<&[String]>, out: &mut dyn io::Write) -> io::Result<()> {
        match raw {
            None => serde_json::to_writer_pretty(&mut *out, &self.data)?,
            Some(raw) => {
                let mut data = self.data.clone();
                for (step, raw) in data.messages.iter_mut().zip(raw) {
                    step.raw = Some(raw.clone());
                }
                serde_json::to_writer_pretty(&mut *out, &data)?;
            }
        }
        out.write_all(b"\n")
    }
}
