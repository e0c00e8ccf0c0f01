//! Lines on standard error.

use std::fmt;
use std::io::{self, Write};

/// Writes `siptriage: …` and a line end.
///
/// Not `eprintln!`, which panics when standard error is closed: there is nobody left to tell.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "siptriage: {text}");
}
