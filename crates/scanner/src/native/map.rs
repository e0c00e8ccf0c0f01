//! Mapping a part of a file, so that a file that becomes shorter ends nothing.
//!
//! Reading a mapped page behind the end of a file is a fault, which ends a process that does not
//! take it (`SIGBUS`). Files become shorter while they are read: a log is rotated, a copy begins
//! anew. So every part that is mapped is entered in a table, and whoever faults in one of them
//! gets pages of zeros instead; the part then says that it [was cut](Part::was_cut), and what was
//! read of it does not count.

use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::{Mmap, MmapOptions};

use super::guard::Slot;

/// A mapped part of a file.
#[derive(Debug)]
pub(crate) struct Part {
    // Before the map: its place in the table is given back while the addresses are still its own.
    slot: Slot,
    map: Mmap,
}

impl Part {
    /// Whether the file has become shorter, so that zeros were read that are not in it. Asked
    /// after the part was read.
    pub(crate) fn was_cut(&self) -> bool {
        self.slot.was_cut()
    }
}

impl Deref for Part {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map
    }
}

/// Maps `len` bytes of `file` from `start` on, for reading.
///
/// # Errors
/// What the system says, or that too many parts are mapped at once; the caller then reads the
/// file instead.
#[expect(unsafe_code, reason = "mapping a file is unsafe by nature; see SAFETY")]
pub(crate) fn map(file: &File, start: u64, len: usize) -> io::Result<Part> {
    let slot = Slot::free().ok_or_else(|| io::Error::other("too many parts mapped"))?;
    // SAFETY: the map is read-only and no reference into it outlives it. Another process can still
    // change or cut the file under the map. The bytes are only ever read as bytes and every parser
    // checks bounds against the length of the map, so a change can falsify counts (which the
    // length and time of change after the scan tell), not memory. A file that is cut makes
    // reading behind its new end fault, which the table below takes.
    let map = unsafe { MmapOptions::new().offset(start).len(len).map(file) }?;
    slot.enter(&map);
    Ok(Part { slot, map })
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::map;

    #[test]
    fn a_file_that_is_cut_under_a_map_reads_as_zeros_and_says_so() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![b'x'; 1 << 20]).unwrap();
        let part = map(&file, 4096, (1 << 20) - 4096).unwrap();
        let other = map(&file, 0, 4096).unwrap();
        assert_eq!(part[0], b'x');
        assert!(!part.was_cut());
        file.set_len(10_000).unwrap();
        assert_eq!(part[10_000 - 4096 - 1], b'x');
        // Behind the end in the last page there are zeros, and no fault.
        assert_eq!(part[10_000 - 4096], 0);
        assert!(!part.was_cut());
        assert!(part[500_000..].iter().all(|byte| *byte == 0));
        assert!(part.was_cut());
        assert!(!other.was_cut() && other[4095] == b'x');
        drop(part);
        let again = map(&file, 0, 10_000).unwrap();
        assert!(!again.was_cut() && again[9_999] == b'x');
    }

    #[test]
    fn many_threads_fault_at_once() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![b'x'; 1 << 20]).unwrap();
        let file: &File = &file;
        let parts: Vec<_> = (0..64).map(|_| map(file, 0, 1 << 20).unwrap()).collect();
        file.set_len(0).unwrap();
        std::thread::scope(|scope| {
            for part in &parts {
                scope.spawn(|| {
                    assert!(part.iter().all(|byte| *byte == 0));
                    assert!(part.was_cut());
                });
            }
        });
    }
}
