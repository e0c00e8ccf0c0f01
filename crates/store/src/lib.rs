//! What was found, kept from night to night in one SQLite file.
//!
//! A run reads what is new, adds it to what is there and is taken as a whole or not at all: its
//! calls, its diagnoses and the files it has read are one transaction. Calls are kept as rows to
//! ask of and as the [`Dialog`](siptriage_facts::Dialog) they were judged from, so that a message
//! that comes another night, or in another file, completes a call instead of making a second one.
//!
//! Files are known by their content ([`identity`]): a log that was renamed is the same log, and
//! one that goes on is read from where it ended.

#![forbid(unsafe_code)]

mod error;
pub mod identity;
mod query;
mod run;
mod schema;
mod store;

pub use error::StoreError;
pub use query::{Answer, Value};
pub use run::{Begun, Kept, Run, TakenFile};
pub use schema::VIEWS;
pub use store::{DayRow, FindingRow, Info, Pruned, RunRow, Store, Trouble};
