//! What the words of a Lync / Skype for Business diagnosis mean.
//!
//! Three nouns: a [`Diagnosis`] is the value of one diagnostics header, read from bytes without
//! copying; [`IceWarn`] is a set of ICE warning bits; the tables ([`ice_warn_flags`], [`codes`],
//! [`fields`], …) say what bits, codes and fields mean, how sure that is, and where it comes from.
//!
//! Nothing here opens a file, starts a thread or depends on another crate. Parsers take bytes
//! as they stand in traces, never panic, and return borrowed views.
#![forbid(unsafe_code)]

mod address;
mod codes;
mod components;
mod fields;
mod header;
mod ice_warn;
mod ice_warn_flags;
mod media;
mod nearest;
mod sources;
mod status;
mod table;
mod value;

pub use address::address_of_record;
pub use codes::{Code, CodeClass, code, code_class, codes};
pub use components::{Component, component, components};
pub use fields::{Field, Interface, field, field_value, fields, interface_names, interfaces};
pub use header::HeaderName;
pub use ice_warn::{IceWarn, MalformedMask};
pub use ice_warn_flags::{Expectation, IceWarnFlag, ice_warn_flags};
pub use media::{MediaItem, MediaSide, media_items};
pub use nearest::nearest;
pub use sources::{Certainty, Source, source, sources};
pub use status::{Status, status_phrase, statuses};
pub use value::{Diagnosis, MalformedValue, Param, Params, is_sip_header, quote_len, unescape};
