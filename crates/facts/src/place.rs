//! Where in the input something stands.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Name;

/// One position in one input. Ordered by file name, then by offset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The path as it was found; `<stdin>` for standard input.
    pub file: Name,
    /// Bytes from the start of the file, in the file's own encoding.
    pub offset: u64,
    /// Line number, counted from 1. `0` as long as it has not been looked up: a scan finds
    /// offsets and counts lines only for the few places that are kept.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
