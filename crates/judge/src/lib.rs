//! From facts to judgements: what became of each call, whether anything was wrong, why, and what
//! to check.
//!
//! Four nouns: a [`Case`] is a dialog with everything that follows from it: its ends, its times,
//! its [`Outcome`]; a [`Rule`] is a condition on a case with a cause and checks; [`Rules`] are a
//! set of them in which no two tie; a [`Judge`] makes cases of facts and lets rules decide them.
//!
//! Nothing here reads traces, and nothing here is laid out or coloured.
#![forbid(unsafe_code)]

mod ahead;
mod apart;
mod case;
mod clocks;
mod dimension;
mod ends;
mod fields;
mod filter;
mod judge;
mod outcome;
mod reading;
mod rules;
mod times;
mod zones;

pub use case::{Case, End, Kind, Location, MediaView, Outcome, Relay};
pub use clocks::{Clock, Clocks, OffsetSource, Whose};
pub use dimension::{Dimension, Groupings, Sites, SitesError, without_port};
pub use filter::{
    Codes, Conditions, Filter, FilterError, FilterSelection, Mask, Medium, Statuses, User, When,
};
pub use judge::{Judge, Judged, OtherDialog, Thresholds};
pub use rules::{
    CONDITION_FIELDS, Check, ConditionField, Confidence, Decision, ExampleFailure, Level, Rule,
    RuleError, RuleSource, Rules, Verdict,
};
pub use zones::{TimeZone, TimeZones};
