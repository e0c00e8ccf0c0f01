//! Tables of a few letters that give a word away.

/// Letters, as one number each, by a few bits of a product, so that one multiplication and one
/// comparison tell whether some are among them: `N` places with room for `DEEP` of them each.
/// Empty places hold 0, which is no letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Letters<const N: usize, const DEEP: usize> {
    pub(crate) rows: [[u32; N]; DEEP],
    pub(crate) factor: u32,
}

impl<const N: usize, const DEEP: usize> Letters<N, DEEP> {
    /// The table of all of these. The factor is found by trying: the first that spreads them.
    ///
    /// # Panics
    /// When compiling, where it does not.
    pub(crate) const fn new(all: &[u32], factor: u32) -> Self {
        assert!(N.is_power_of_two());
        let mut table = Letters {
            rows: [[0; N]; DEEP],
            factor,
        };
        let mut at = 0;
        while at < all.len() {
            let place = table.place(all[at]);
            let mut row = 0;
            while table.rows[row][place] != 0 && table.rows[row][place] != all[at] {
                row += 1;
            }
            table.rows[row][place] = all[at];
            at += 1;
        }
        table
    }

    /// The one place where these letters are, if they are in the table.
    #[inline]
    pub(crate) const fn place(&self, letters: u32) -> usize {
        (letters.wrapping_mul(self.factor) >> (32 - N.trailing_zeros())) as usize
    }

    /// Whether these letters are in the table.
    #[inline]
    pub(crate) fn has(&self, letters: u32) -> bool {
        let place = self.place(letters);
        self.rows.iter().any(|row| row[place] == letters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_table_is_found_and_nothing_else() {
        const ALL: [u32; 5] = [1, 7, 0x6d6f_7266, 0x2020_2020, u32::MAX];
        let table = Letters::<4, 5>::new(&ALL, 0x9e37_79b1);
        for letters in ALL {
            assert!(table.has(letters), "{letters:x}");
            assert!(!table.has(letters ^ 8), "{letters:x}");
        }
    }
}
