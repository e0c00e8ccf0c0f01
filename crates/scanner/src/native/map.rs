//! Mapping a part of a file.

use std::fs::File;
use std::io;

use memmap2::{Mmap, MmapOptions};

/// Maps `len` bytes of `file` from `start` on, for reading.
///
/// # Errors
/// What the system says; the caller then reads the file instead.
#[expect(unsafe_code, reason = "mapping a file is unsafe by nature; see SAFETY")]
pub(crate) fn map(file: &File, start: u64, len: usize) -> io::Result<Mmap> {
    // SAFETY: the map is read-only and no reference into it outlives it. Another process can still
    // change or cut the file under the map. The bytes are only ever read as bytes and every parser
    // checks bounds against the length of the map, so a change can falsify counts (which the
    // length and time of change after the scan tell), not memory. A file that is cut makes
    // reading behind its new end fault; files written to recently are therefore not mapped, and
    // mapping can be switched off.
    unsafe { MmapOptions::new().offset(start).len(len).map(file) }
}
