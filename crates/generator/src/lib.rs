//! Made-up traces of Lync and Skype for Business, of any size, with the exact counts they hold.
//!
//! Three nouns: [`Options`] say what a trace is like; [`generate`] writes it; its [`Truth`] is
//! what a reader must find in it, counted while it was written. People, companies, addresses
//! and sentences are made up; addresses and names are of the ranges kept for documentation.
//!
//! ```
//! use siptriage_generator::{Format, Options, generate};
//!
//! let mut trace = Vec::new();
//! let truth = generate(&Options::new(1, 100_000, Format::Server), &mut trace)?;
//! assert_eq!(truth.bytes, trace.len() as u64);
//! # std::io::Result::Ok(())
//! ```
#![forbid(unsafe_code)]

mod bodies;
mod clock;
mod diagnosis;
mod dialogue;
mod failures;
mod files;
mod generate;
mod layout;
mod message;
mod noise;
mod people;
mod put;
mod quality;
mod rng;
mod samples;
mod scenario;
mod script;
mod sdp;
mod truth;
mod utf16;
mod world;

pub use files::{File, files};
pub use generate::{Format, Lengths, LineEnd, Options, generate};
pub use samples::{SampleFile, sample_files};
pub use scenario::{
    CallOutcome, CallTruth, CallVerdict, ClientTruth, EndedBy, OtherKind, OtherTruth,
    PlainCallsTruth, Scenario, ScenarioFile, ScenarioOptions, ScenarioTotals, ScenarioTruth,
    scenario, scenario_plots, write_calls,
};
pub use truth::{
    FailureKey, FederationKey, FormatTruth, LabelKey, LocationKey, MessageKey, Occurrences,
    PatternKey, QualityKey, ResponseKey, Rows, ServerRecordKey, Tally, Truth,
};
pub use utf16::{ByteOrder, Utf16Writer};
pub use world::Density;

/// Milliseconds since 1970-01-01T00:00:00 of `YYYY-MM-DDTHH:MM:SS`, for [`Options::start`];
/// `None` where `text` has another form, no such time exists, or the year is not from 1970 to
/// 9999.
pub fn parse_time(text: &str) -> Option<u64> {
    clock::parse(text)
}
