//! Files, known by what is in them.
//!
//! A name says nothing: logs are rotated. So does a time: copies have new ones. What stands in a
//! file does, as far as the file goes: its first bytes, and samples of all of it up to where it
//! was read. A file of a store is met again where both are the same; if it is longer now, it has
//! grown.

use std::io::{self, Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};

/// How much of the beginning of a file tells which file it may be.
pub const HEAD: u64 = 512;

/// Bytes of a sample, and how many there are. What is shorter than all of them is looked at whole.
const SAMPLE: u64 = 4096;
const SAMPLES: u64 = 64;

/// A digest: the front half of SHA-256, which nobody makes two files for.
pub type Print = [u8; 16];

fn print(digest: Sha256) -> Print {
    let mut print = Print::default();
    print.copy_from_slice(&digest.finalize()[..16]);
    print
}

/// Digest of the first bytes of a file that is known up to `len`: [`HEAD`] of them, or all.
///
/// # Errors
/// What the system says.
pub fn head(file: &mut (impl Read + Seek), len: u64) -> io::Result<Print> {
    let mut digest = Sha256::new();
    digest.update(b"siptriage head");
    feed(file, 0, len.min(HEAD), &mut digest)?;
    Ok(print(digest))
}

/// Digest of samples of the first `len` bytes of a file: its beginning, its end, and as many in
/// between; all of it up to 256 KiB.
///
/// # Errors
/// What the system says, and `UnexpectedEof` where there are fewer bytes.
pub fn samples(file: &mut (impl Read + Seek), len: u64) -> io::Result<Print> {
    let mut digest = Sha256::new();
    digest.update(b"siptriage samples");
    digest.update(len.to_le_bytes());
    if len <= SAMPLE * SAMPLES {
        feed(file, 0, len, &mut digest)?;
        return Ok(print(digest));
    }
    let last = u128::from(len - SAMPLE);
    for which in 0..SAMPLES {
        // In 128 bits, since files may be as long as can be; the result is at most `last`.
        let at = last * u128::from(which) / u128::from(SAMPLES - 1);
        feed(file, u64::try_from(at).unwrap_or(0), SAMPLE, &mut digest)?;
    }
    Ok(print(digest))
}

fn feed(file: &mut (impl Read + Seek), at: u64, len: u64, digest: &mut Sha256) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    let mut block = [0; SAMPLE as usize];
    let mut left = len;
    while left > 0 {
        let now = usize::try_from(left.min(SAMPLE)).unwrap_or(block.len());
        file.read_exact(&mut block[..now])?;
        digest.update(&block[..now]);
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
        let bytes: Vec<u8> = (0..700_000_u32).map(|n| (n * 7 % 251) as u8).collect();
        for len in [0, 1, 511, 512, 513, 262_144, 262_145, 500_000] {
            let of = |bytes: &[u8]| {
                let mut file = Cursor::new(bytes);
                (
                    head(&mut file, len).unwrap(),
                    samples(&mut file, len).unwrap(),
                )
            };
            let short = of(&bytes[..len as usize]);
            assert_eq!(of(&bytes), short, "what comes behind {len} says nothing");
            for at in [0, len / 2, len.saturating_sub(1)] {
                let mut other = bytes.clone();
                other[at as usize] ^= 1;
                let is_inside = len > 0 && (len <= SAMPLE * SAMPLES || at != len / 2);
                assert!(!is_inside || of(&other).1 != short.1, "{len} at {at}");
            }
        }
        assert!(samples(&mut Cursor::new(&bytes), 700_001).is_err());
        assert_ne!(
            samples(&mut Cursor::new(&bytes), 1000).unwrap(),
            samples(&mut Cursor::new(&bytes), 1001).unwrap()
        );
    }
}
