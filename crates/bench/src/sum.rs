//! The limit: touching every byte of a fresh map once, and doing nothing else.

use std::io;
use std::path::Path;
use std::thread;

use mmap_io::MemoryMappedFile;

/// Bytes that one turn of the loop takes: a cache line, in eight sums that do not wait for each
/// other. The compiler makes vectors of 16 bytes of it. Wider ones and longer turns were tried and
/// gain nothing, because memory is what the loop waits for.
const BLOCK: usize = 64;

/// Maps `path`, adds its 64-bit words up in `threads` equal parts, and unmaps it.
///
/// # Errors
/// What the system says of opening or mapping.
pub(crate) fn sum_of_map(
    path: &Path,
    threads: usize,
    before_unmap: impl FnOnce(),
) -> io::Result<u64> {
    let map = MemoryMappedFile::open_ro(path).map_err(io::Error::other)?;
    let bytes = map.as_slice(0, map.len()).map_err(io::Error::other)?;
    let sum = sum_in_parts(&bytes, threads);
    before_unmap();
    drop(bytes);
    drop(map);
    Ok(sum)
}

/// The same sum for every number of threads.
fn sum_in_parts(bytes: &[u8], threads: usize) -> u64 {
    let part = bytes.len().div_ceil(threads.max(1)).next_multiple_of(BLOCK);
    thread::scope(|scope| {
        let parts: Vec<_> = (bytes.chunks(part.max(1)))
            .map(|part| scope.spawn(|| sum(part)))
            .collect();
        let sums = parts.into_iter().map(|part| part.join().unwrap_or(0));
        sums.fold(0, u64::wrapping_add)
    })
}

fn sum(bytes: &[u8]) -> u64 {
    let mut sums = [0u64; BLOCK / 8];
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (sum, word) in sums.iter_mut().zip(words) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*word));
        }
    }
    let of_blocks = sums.into_iter().fold(0, u64::wrapping_add);
    rest.iter()
        .fold(of_blocks, |sum, byte| sum.wrapping_add(u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_takes_every_byte_whatever_the_threads() {
        let mut bytes: Vec<u8> = (0..100_003u32).map(|n| (n * 31 % 251) as u8).collect();
        let one = sum_in_parts(&bytes, 1);
        for threads in 2..9 {
            assert_eq!(sum_in_parts(&bytes, threads), one);
        }
        for at in [0, 50_000, 100_002] {
            bytes[at] += 1;
            assert_ne!(sum_in_parts(&bytes, 2), one);
            bytes[at] -= 1;
        }
        assert_eq!(sum_in_parts(&[], 2), 0);
    }
}
