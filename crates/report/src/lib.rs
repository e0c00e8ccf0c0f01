//! From facts to what people and programs read.
//!
//! Three nouns: a [`Document`] is titled tables of typed cells, before any choice of looks; an
//! [`Output`] writes a document as a terminal table, JSON, CSV, Markdown, HTML or a workbook; an
//! [`EventWriter`]
//! writes single diagnoses as they are found. [`report`], [`decode`], the `explain_…` functions
//! and [`formats`] make documents; names, ranks, shares and cut-offs are made there and nowhere
//! earlier.
//!
//! Nothing here opens a file, asks for a terminal or knows how facts were gathered. Text out of a
//! trace is a [`Cell::Foreign`] until an output makes it harmless; titles, headlines and notes
//! hold our own words only.
//!
//! ```
//! use siptriage_judge::{Judge, Rules, TimeZones};
//! use siptriage_report::{Gathered, ReportOptions, Style, output, report};
//!
//! let facts = siptriage_facts::Facts::default();
//! let judge = Judge::new(&facts, Rules::embedded(), &TimeZones::default());
//! let options = ReportOptions::default();
//! let gathered = Gathered::of(&facts, &judge, &options);
//! let document = report(&facts, &judge, &gathered, &options);
//! let mut text = Vec::new();
//! let style = Style { width: Some(80), color: false };
//! output("table").expect("a table is always there").write(&document, &style, &mut text)?;
//! assert!(String::from_utf8_lossy(&text).contains("Failures: none found"));
//! # Ok::<(), std::io::Error>(())
//! ```
#![forbid(unsafe_code)]

mod call;
mod calls;
mod cells;
mod decode;
mod document;
mod events;
mod explain;
mod formats;
mod headline;
mod messages;
mod night;
mod outputs;
mod page;
mod redaction;
mod rules;
mod sections;
mod step;
mod visible;

pub use call::{CallForm, CallOptions, CallPage, call_page};
pub use calls::{CallWriter, CallsOptions, SortKey, calls, listed};
pub use decode::decode;
pub use document::{Align, Audience, Cell, Column, Document, Layout, Room, Section, Tone};
pub use events::{EventFormat, EventWriter};
pub use explain::{explain_code, explain_event, explain_field};
pub use formats::formats;
pub use messages::{MessageFormat, MessageWriter};
pub use night::{NightDay, NightOptions, NightRun, night};
pub use outputs::{Output, Style, output, output_for_extension, outputs};
pub use page::{
    MAX_FAILED_CALLS, MAX_LADDER_MESSAGES, MAX_LADDERS, PageMessages, page_sections, shown_calls,
};
pub use redaction::{redacted_event, redacted_message};
pub use rules::{rule, rules};
pub use sections::{Gathered, Gathering, ReportOptions, report};
pub use step::Step;
pub use visible::visible;
