//! Consistent tokens in place of identifiers.
//!
//! A [`Redactor`] replaces addresses, names, numbers, hosts and IDs of a text by tokens. The same
//! identifier has the same token everywhere, and tokens keep what a reader groups by: users of one
//! domain share its token, addresses of one /24 share their front. A [`Learner`] reads traces
//! first, so that names are known where only the name tells that it is one.
//!
//! What is covered, what tokens look like, and what is not promised stands in `docs/redaction.md`.
//!
//! Nothing here knows of traces, reports or terminals: text in, text out.
#![forbid(unsafe_code)]

mod address;
mod key;
mod known;
mod redactor;
mod shapes;
mod token;
mod words;

pub use key::{Key, KeyError, MAX_KEY, MIN_KEY};
pub use redactor::{Learner, Redactor};
