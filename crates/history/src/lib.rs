//! One night of calls against earlier nights: which findings are new, worse, better or gone.
//!
//! Four nouns: a [`Night`] is what one night came to in numbers; [`Options`] say with which nights
//! it is compared and how sure a change must be; a [`Comparison`] is what came out, a list of
//! [`Change`]s for each kind; a [`FailOn`] is a condition on it that ends a run with a code.
//!
//! Nothing here reads files, keeps anything, or is laid out. It depends on the standard library
//! alone, and one input gives one result, whatever the order of the nights.
//!
//! # The rule
//!
//! Counts are small, findings are many, and nights differ more than chance alone would have it.
//! [`compare`] says which test takes care of all three, step by step.
#![forbid(unsafe_code)]

mod beta;
mod compare;
mod comparison;
mod cut;
mod expectation;
mod fail_on;
mod holm;
mod night;
mod options;
mod spread;

pub use compare::compare;
pub use comparison::{Band, Basis, Change, ChangeKind, Comparison, Sighting};
pub use fail_on::{FailOn, FailOnError, fail_on};
pub use night::{Count, Key, Night};
pub use options::{Alike, Options};
