//! Files and members of archives, known by what is in them.
//!
//! A name says nothing: logs are rotated. So does a time: copies have new ones. What stands in a
//! file does, as far as the file goes: its first bytes, and samples of all of it up to where it
//! was read. A file of a store is met again where both are the same; if it is longer now, it has
//! grown.
//!
//! Where the samples stand does not depend on how long a file is, so that a member of an archive,
//! which comes once and whose length is known when it ends, has the same identity as the file that
//! it was.

use std::io::{self, Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};

/// How much of the beginning of a file tells which file it may be.
pub const HEAD: u64 = 512;

/// Of so many bytes of the beginning all are looked at.
const FRONT: u64 = 256 << 10;

/// Bytes of a sample, behind the front and at the end.
const SAMPLE: u64 = 4096;

/// Samples stand at every double of the front, and at every multiple of this.
const STRIDE: u64 = 16 << 20;

/// A digest: the front half of SHA-256, which nobody makes two files for.
pub type Print = [u8; 16];

/// What a file is known by, up to a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The length, in bytes.
    pub len: u64,
    /// Digest of the first [`HEAD`] bytes, or of all.
    pub head: Print,
    /// Digest of the samples and the length.
    pub samples: Print,
}

/// The first place of a sample at or behind a byte.
fn next_sample(at: u64) -> u64 {
    if at <= FRONT {
        return FRONT;
    }
    let double = at.checked_next_power_of_two().unwrap_or(u64::MAX);
    let multiple = at.checked_next_multiple_of(STRIDE).unwrap_or(u64::MAX);
    double.min(multiple)
}

fn print(digest: Sha256) -> Print {
    let mut print = Print::default();
    print.copy_from_slice(&digest.finalize()[..16]);
    print
}

/// Takes the bytes of a file one after the other, and gives its identity.
#[derive(Debug)]
pub struct Sampler {
    len: u64,
    head: Sha256,
    samples: Sha256,
    /// Where the next sample begins, and what of it has come.
    next: u64,
    sample: Vec<u8>,
    /// The last bytes, as many as a sample has.
    last: Vec<u8>,
}

impl Default for Sampler {
    fn default() -> Sampler {
        let mut head = Sha256::new();
        head.update(b"siptriage head");
        let mut samples = Sha256::new();
        samples.update(b"siptriage samples");
        Sampler {
            len: 0,
            head,
            samples,
            next: next_sample(0),
            sample: Vec::new(),
            last: Vec::new(),
        }
    }
}

impl Sampler {
    /// The next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        let start = self.len;
        self.len += bytes.len() as u64;
        // Of `bytes`, what stands from one place of the file to another.
        let part = |from: u64, to: u64| {
            let place = |at: u64| {
                let at = at.saturating_sub(start);
                usize::try_from(at).map_or(bytes.len(), |at| at.min(bytes.len()))
            };
            &bytes[place(from)..place(to)]
        };
        self.head.update(part(0, HEAD));
        self.samples.update(part(0, FRONT));
        while self.next < self.len {
            let begun = self.next + self.sample.len() as u64;
            self.sample
                .extend_from_slice(part(begun, self.next + SAMPLE));
            if (self.sample.len() as u64) < SAMPLE {
                break;
            }
            self.samples.update(&self.sample);
            self.sample.clear();
            self.next = next_sample(self.next + 1);
        }
        let kept = bytes.len().min(SAMPLE as usize);
        self.last.extend_from_slice(&bytes[bytes.len() - kept..]);
        let spare = self.last.len().saturating_sub(SAMPLE as usize);
        self.last.drain(..spare);
    }

    /// Passes over bytes of which no sample is; behind the place, it does nothing.
    fn pass(&mut self, to: u64) {
        if to > self.len {
            self.len = to;
            self.last.clear();
        }
    }

    /// The identity of all that was taken.
    pub fn finish(mut self) -> Identity {
        self.samples.update(&self.last);
        self.samples.update(self.len.to_le_bytes());
        Identity {
            len: self.len,
            head: print(self.head),
            samples: print(self.samples),
        }
    }
}

/// The identity of the first `len` bytes of a file, of which no more are read than are needed.
///
/// # Errors
/// What the system says, and `UnexpectedEof` where there are fewer bytes.
pub fn of(file: &mut (impl Read + Seek), len: u64) -> io::Result<Identity> {
    let mut sampler = Sampler::default();
    read(file, len.min(FRONT), &mut sampler)?;
    while sampler.next + SAMPLE <= len {
        sampler.pass(sampler.next);
        read(file, SAMPLE, &mut sampler)?;
    }
    sampler.pass(len.saturating_sub(SAMPLE));
    read(file, len - sampler.len, &mut sampler)?;
    Ok(sampler.finish())
}

/// Reads the next bytes of a file.
fn read(file: &mut (impl Read + Seek), len: u64, sampler: &mut Sampler) -> io::Result<()> {
    file.seek(SeekFrom::Start(sampler.len))?;
    let mut block = [0; SAMPLE as usize];
    let mut left = len;
    while left > 0 {
        let now = usize::try_from(left.min(SAMPLE)).unwrap_or(block.len());
        file.read_exact(&mut block[..now])?;
        sampler.take(&block[..now]);
        left -= now as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_file_is_known_by_its_content_up_to_a_length() {
        let bytes: Vec<u8> = (0..1_400_000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let lens = [
            0, 1, 511, 512, 513, 4095, 4096, 4097, 262_144, 262_145, 266_239, 266_240, 266_241,
            524_288, 528_383, 528_384, 528_385, 530_000, 1_052_672, 1_399_999,
        ];
        let mut all = Vec::new();
        for len in lens {
            let of = |bytes: &[u8]| of(&mut Cursor::new(bytes), len).unwrap();
            let short = of(&bytes[..len as usize]);
            assert_eq!(of(&bytes), short, "what comes behind {len} says nothing");
            // As a member of an archive, in pieces of any length.
            for piece in [1, 4096, 10_007, 2_000_000] {
                let mut sampler = Sampler::default();
                let pieces = bytes[..len as usize].chunks(piece);
                pieces.for_each(|piece| sampler.take(piece));
                assert_eq!(sampler.finish(), short, "{len} in pieces of {piece}");
            }
            for at in [0, len / 2, len.saturating_sub(1), 262_144, 524_288] {
                if at < len && (len <= FRONT || at != len / 2) {
                    let mut other = bytes.clone();
                    other[at as usize] ^= 1;
                    // The front of a sample that does not end is in none, but at the end.
                    let is_in_one = at < FRONT || at + SAMPLE <= len || len - at <= SAMPLE;
                    assert!(
                        !is_in_one || of(&other).samples != short.samples,
                        "{len}: {at}"
                    );
                }
            }
            all.push(short.samples);
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), lens.len());
        assert!(of(&mut Cursor::new(&bytes), 1_400_001).is_err());
    }

    #[test]
    fn samples_are_few_however_long_a_file_is() {
        let mut at = 0;
        let mut count = 0;
        while at < 10 << 30 {
            at = next_sample(at) + 1;
            count += 1;
        }
        assert!(count < 660, "{count}");
        assert_eq!(next_sample(u64::MAX), u64::MAX);
        assert_eq!(next_sample(FRONT + 1), 2 * FRONT);
    }
}
