//! A hash that is the same on every machine and in every version.

/// A hash that never changes: eight bytes are multiplied in at a time, and what spills over at the
/// top is folded back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest(u64);

/// Numbers with as many ones as zeros, odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const LAST: u64 = 0xd6e8_feb8_6659_fd93;

impl Default for Digest {
    fn default() -> Self {
        Digest(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    pub(crate) fn text(mut self, text: &str) -> Digest {
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        for word in words {
            self = self.number(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        // With its length, so that `a` and `bc` is not `ab` and `c`.
        self.0 = self
            .0
            .rotate_left(29)
            .wrapping_add(text.len() as u64 + 1)
            .wrapping_mul(LAST);
        self.number(u64::from_le_bytes(last))
    }

    pub(crate) fn number(self, number: u64) -> Digest {
        let product = u128::from(self.0 ^ number ^ LAST) * u128::from(STEP);
        // Added, so that a factor of nothing does not wipe out what came before.
        Digest(((product as u64) ^ (product >> 64) as u64).wrapping_add(self.0.rotate_left(23)))
    }

    pub(crate) fn end(self) -> u64 {
        let mut hash = self.0;
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    }
}
