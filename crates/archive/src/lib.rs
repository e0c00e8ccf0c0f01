//! Archives read in place: their members as streams, nested ones too.
//!
//! Nothing is unpacked to disk, and no member is ever whole in memory. [`Archive::open`] tells an
//! archive by its content and lists its [`Part`]s; [`Archive::read`] walks one of them, on any
//! thread, and hands every file in it to a [`Visitor`]: as a path that people can read and type
//! again, and a stream. Archives in archives are walked through. What cannot be read is a
//! [`Problem`] with a path and never loses anything else; what asks for too much meets one of the
//! [`Limits`].
//!
//! ```
//! use std::io::Read;
//! use std::ops::ControlFlow;
//! use std::sync::Arc;
//! use siptriage_archive::{Archive, Limits, Member, Problem, Visitor};
//!
//! struct Lengths(Vec<(String, u64)>);
//!
//! impl Visitor for Lengths {
//!     fn member(&mut self, member: &mut Member<'_>) -> ControlFlow<()> {
//!         let path = member.path().to_owned();
//!         // An error ends the member; what it is comes to `problem` next.
//!         let len = std::io::copy(member, &mut std::io::sink()).unwrap_or(0);
//!         self.0.push((path, len));
//!         ControlFlow::Continue(())
//!     }
//!     fn problem(&mut self, problem: Problem) {
//!         panic!("{problem}");
//!     }
//! }
//!
//! // An empty zip.
//! let bytes = [&b"PK\x05\x06"[..], &[0; 18]].concat();
//! let archive = Archive::open("case.zip", Arc::new(bytes), &Limits::default())?;
//! let mut lengths = Lengths(Vec::new());
//! if let Some(archive) = archive {
//!     let _ = archive.walk(None, &mut lengths);
//! }
//! assert!(lengths.0.is_empty());
//! # std::io::Result::Ok(())
//! ```
#![forbid(unsafe_code)]

mod archive;
mod cab;
mod gzip;
mod kind;
mod layout;
mod limits;
mod path;
mod problem;
mod sevenz;
mod source;
mod tar;
mod walk;
mod zip;
mod zstd;

pub use archive::{Archive, Part, walk_stream};
pub use kind::{ArchiveKind, HEAD, kind_of};
pub use limits::{Limit, Limits};
pub use path::{Wanted, split_path};
pub use problem::{Problem, Trouble};
pub use source::{FileAt, ReadAt};
pub use walk::{Member, Visitor};
