//! Looks at a text 64 bytes at a time, and notes the few places where something may be.
//!
//! Three ways of doing so: with the wide registers of AVX-512, with those of AVX2, and with what
//! every processor has. They note the same places; [`Lanes::ALL`] lets tests hold them to it.
//!
//! A word is found by four of its bytes: whatever the alignment, a word of seven letters or more
//! has an aligned group of four in it. So each group is looked at once, folded to lower case, and
//! looked up in a table by a product of it: a perfect hash of all groups that matter
//! ([`PROBES`]). What is found is a guess that the caller checks.

use crate::Reading;
use crate::letters::Letters;

/// Bytes that are looked at together.
pub(crate) const WIDTH: usize = 64;

/// Four bytes as one number.
pub(crate) const fn group(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes)
}

/// Sets this bit in each byte: capital letters become small ones.
pub(crate) const FOLD: u32 = 0x2020_2020;

/// A group of four small letters that gives a word away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Probe {
    /// The group.
    pub(crate) group: u32,
    /// The word, by its place in the list of the caller.
    pub(crate) word: u8,
    /// Where in the word the group stands.
    pub(crate) offset: u8,
}

/// What is noted of a text.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Line feeds: a bit for each byte.
    pub(crate) feeds: Vec<u64>,
    /// Where `$` stands.
    pub(crate) dollars: Vec<u32>,
    /// Where aligned groups stand that are in the table.
    pub(crate) groups: Vec<u32>,
}

/// The same groups, in the tables that each way of looking needs.
#[cfg_attr(
    not(target_arch = "x86_64"),
    expect(
        dead_code,
        reason = "other processors are not asked for wide registers"
    )
)]
#[derive(Debug)]
pub(crate) struct Tables {
    wide: Letters<16, 2>,
    half: Letters<8, 3>,
    plain: Letters<32, 1>,
}

impl Tables {
    /// The tables of the groups of these probes.
    pub(crate) const fn new<const N: usize>(probes: &[Probe; N]) -> Tables {
        let mut groups = [0; N];
        let mut at = 0;
        while at < N {
            groups[at] = probes[at].group;
            at += 1;
        }
        Tables {
            wide: Letters::new(&groups, 0xbead_69b7),
            half: Letters::new(&groups, 0x6682_4fdd),
            plain: Letters::new(&groups, 0x46ce_175f),
        }
    }
}

/// A way of looking at a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lanes {
    /// 64 bytes in one register.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 32 bytes in one register.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What every processor does.
    Portable,
}

impl Lanes {
    /// All ways.
    #[cfg(target_arch = "x86_64")]
    pub(crate) const ALL: &'static [Lanes] = &[Lanes::Avx512, Lanes::Avx2, Lanes::Portable];
    /// All ways.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) const ALL: &'static [Lanes] = &[Lanes::Portable];

    /// The word that options and statistics use.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx2 => "avx2",
            Lanes::Portable => "portable",
        }
    }

    /// Whether this processor can.
    pub(crate) fn is_there(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx512 => {
                std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512bw")
            }
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx2 => std::arch::is_x86_feature_detected!("avx2"),
            Lanes::Portable => true,
        }
    }

    /// The way that is asked for, or the best where this processor cannot.
    pub(crate) fn of(reading: Reading) -> Lanes {
        match reading {
            Reading::Best | Reading::Framed => Lanes::best(),
            Reading::Forced(name) => Lanes::named(name).unwrap_or_else(Lanes::best),
        }
    }

    /// The way of this name, if this processor can.
    pub(crate) fn named(name: &str) -> Option<Lanes> {
        let mut all = Lanes::ALL.iter().copied();
        all.find(|lanes| lanes.name() == name && lanes.is_there())
    }

    /// The best way that this processor has.
    pub(crate) fn best() -> Lanes {
        let best = Lanes::ALL.iter().find(|lanes| lanes.is_there());
        *best.unwrap_or(&Lanes::Portable)
    }

    /// Notes what stands in `bytes`, of which `start` is the place in the whole text: a multiple
    /// of four, so that groups are aligned. Bytes beyond the last multiple of [`WIDTH`] are
    /// noted too.
    ///
    /// # Panics
    /// Where this processor cannot do it this way.
    pub(crate) fn note(self, bytes: &[u8], start: u32, tables: &Tables, notes: &mut Notes) {
        assert!(self.is_there(), "{} is not there", self.name());
        let (blocks, rest) = bytes.as_chunks::<WIDTH>();
        let mut last = [0; WIDTH];
        last[..rest.len()].copy_from_slice(rest);
        let behind = start + (blocks.len() * WIDTH) as u32;
        let last = if rest.is_empty() {
            &[][..]
        } else {
            &[last][..]
        };
        for (blocks, start) in [(blocks, start), (last, behind)] {
            match self {
                #[cfg(target_arch = "x86_64")]
                #[expect(unsafe_code, reason = "see SAFETY")]
                Lanes::Avx512 => {
                    // SAFETY: asserted above that the processor has AVX-512 F and BW.
                    unsafe { x86::note_512(blocks, start, &tables.wide, notes) }
                }
                #[cfg(target_arch = "x86_64")]
                #[expect(unsafe_code, reason = "see SAFETY")]
                Lanes::Avx2 => {
                    // SAFETY: asserted above that the processor has AVX2.
                    unsafe { x86::note_256(blocks, start, &tables.half, notes) }
                }
                Lanes::Portable => note_plain(blocks, start, &tables.plain, notes),
            }
        }
    }

    /// Notes where the `wanted` bytes stand in `bytes`: one item for each [`WIDTH`] of them, and
    /// one for what is left.
    ///
    /// # Panics
    /// Where this processor cannot do it this way.
    pub(crate) fn note_three(self, bytes: &[u8], wanted: [u8; 3], places: &mut Vec<Three>) {
        assert!(self.is_there(), "{} is not there", self.name());
        let (blocks, rest) = bytes.as_chunks::<WIDTH>();
        match self {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "see SAFETY")]
            Lanes::Avx512 => {
                // SAFETY: asserted above that the processor has AVX-512 F and BW.
                unsafe { x86::three_512(blocks, wanted, places) }
            }
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "see SAFETY")]
            Lanes::Avx2 => {
                // SAFETY: asserted above that the processor has AVX2.
                unsafe { x86::three_256(blocks, wanted, places) }
            }
            Lanes::Portable => places.extend(blocks.iter().map(|block| three_plain(block, wanted))),
        }
        if !rest.is_empty() {
            places.push(three_plain(rest, wanted));
        }
    }
}

/// Where each of three bytes stands: a bit for each byte of a block.
pub(crate) type Three = [u64; 3];

fn three_plain(block: &[u8], wanted: [u8; 3]) -> Three {
    wanted.map(|wanted| {
        let bits = block.iter().zip(0u32..);
        bits.fold(0, |bits, (byte, at)| {
            bits | u64::from(*byte == wanted) << at
        })
    })
}

/// Notes the places whose bits are set. Rarely called: most blocks have none.
#[cold]
#[inline(never)]
fn push_bits(mut bits: u64, step: u32, start: u32, places: &mut Vec<u32>) {
    while bits != 0 {
        places.push(start + bits.trailing_zeros() * step);
        bits &= bits - 1;
    }
}

fn note_plain(blocks: &[[u8; WIDTH]], start: u32, table: &Letters<32, 1>, notes: &mut Notes) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    /// The top bit of each byte that is `byte`, and of no other.
    fn tops(word: u64, byte: u8) -> u64 {
        let other = word ^ (ONES * u64::from(byte));
        // A byte that is nothing borrows nothing from its neighbours this way.
        let sum = (other & !TOPS).wrapping_add(!TOPS);
        !(sum | other | !TOPS) & TOPS
    }
    /// One bit for each byte whose top bit is set.
    fn packed(tops: u64) -> u64 {
        (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
    let mut at = start;
    for block in blocks {
        let (mut feeds, mut dollars, mut groups) = (0, 0, 0);
        for (place, bytes) in block.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*bytes);
            feeds |= packed(tops(word, b'\n')) << (place * 8);
            dollars |= packed(tops(word, b'$')) << (place * 8);
            let folded = word | (u64::from(FOLD) << 32 | u64::from(FOLD));
            groups |= u64::from(table.has(folded as u32)) << (place * 2);
            groups |= u64::from(table.has((folded >> 32) as u32)) << (place * 2 + 1);
        }
        notes.feeds.push(feeds);
        if dollars != 0 {
            push_bits(dollars, 1, at, &mut notes.dollars);
        }
        if groups != 0 {
            push_bits(groups, 4, at, &mut notes.groups);
        }
        at += WIDTH as u32;
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{FOLD, Letters, Notes, Three, WIDTH, push_bits};

    /// How far ahead memory is asked for: behind the end of a page the processor does not guess.
    const AHEAD: usize = 4096;

    /// Asks for the memory that is looked at soon.
    #[inline]
    #[expect(unsafe_code, reason = "see SAFETY")]
    fn ask_ahead(block: &[u8; WIDTH]) {
        let ahead = block.as_ptr().wrapping_add(AHEAD);
        // SAFETY: a hint. It reads nothing that the program can see, and an address that is not
        // mapped is ignored.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead.cast()) };
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    #[expect(unsafe_code, reason = "see SAFETY")]
    fn load_512(block: &[u8; 64]) -> __m512i {
        // SAFETY: the reference is to 64 bytes that can be read; this load needs no alignment.
        unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    #[expect(unsafe_code, reason = "see SAFETY")]
    fn load_row_512(row: &[u32; 16]) -> __m512i {
        // SAFETY: the reference is to 64 bytes that can be read; this load needs no alignment.
        unsafe { _mm512_loadu_si512(row.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn note_512(
        blocks: &[[u8; WIDTH]],
        start: u32,
        table: &Letters<16, 2>,
        notes: &mut Notes,
    ) {
        let feed = _mm512_set1_epi8(b'\n' as i8);
        let dollar = _mm512_set1_epi8(b'$' as i8);
        let fold = _mm512_set1_epi32(FOLD as i32);
        let factor = _mm512_set1_epi32(table.factor as i32);
        let rows = [load_row_512(&table.rows[0]), load_row_512(&table.rows[1])];
        let mut at = start;
        let from = notes.feeds.len();
        notes.feeds.resize(from + blocks.len(), 0);
        for (block, feeds) in blocks.iter().zip(&mut notes.feeds[from..]) {
            ask_ahead(block);
            let bytes = load_512(block);
            *feeds = _mm512_cmpeq_epi8_mask(bytes, feed);
            let dollars = _mm512_cmpeq_epi8_mask(bytes, dollar);
            let folded = _mm512_or_si512(bytes, fold);
            let place = _mm512_srli_epi32::<28>(_mm512_mullo_epi32(folded, factor));
            let first = _mm512_permutexvar_epi32(place, rows[0]);
            let second = _mm512_permutexvar_epi32(place, rows[1]);
            let groups =
                _mm512_cmpeq_epi32_mask(folded, first) | _mm512_cmpeq_epi32_mask(folded, second);
            if dollars != 0 {
                push_bits(dollars, 1, at, &mut notes.dollars);
            }
            if groups != 0 {
                push_bits(u64::from(groups), 4, at, &mut notes.groups);
            }
            at += WIDTH as u32;
        }
    }

    // Without closures: what is one is no part of the function that has the registers.
    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn three_512(blocks: &[[u8; WIDTH]], wanted: [u8; 3], places: &mut Vec<Three>) {
        let first = _mm512_set1_epi8(wanted[0] as i8);
        let second = _mm512_set1_epi8(wanted[1] as i8);
        let third = _mm512_set1_epi8(wanted[2] as i8);
        let from = places.len();
        places.resize(from + blocks.len(), [0; 3]);
        for (block, place) in blocks.iter().zip(&mut places[from..]) {
            let bytes = load_512(block);
            place[0] = _mm512_cmpeq_epi8_mask(bytes, first);
            place[1] = _mm512_cmpeq_epi8_mask(bytes, second);
            place[2] = _mm512_cmpeq_epi8_mask(bytes, third);
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn same_256(low: __m256i, high: __m256i, byte: __m256i) -> u64 {
        let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, byte)) as u32;
        let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, byte)) as u32;
        u64::from(low) | u64::from(high) << 32
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn three_256(blocks: &[[u8; WIDTH]], wanted: [u8; 3], places: &mut Vec<Three>) {
        let first = _mm256_set1_epi8(wanted[0] as i8);
        let second = _mm256_set1_epi8(wanted[1] as i8);
        let third = _mm256_set1_epi8(wanted[2] as i8);
        let from = places.len();
        places.resize(from + blocks.len(), [0; 3]);
        for (block, place) in blocks.iter().zip(&mut places[from..]) {
            let (halves, _) = block.as_chunks::<32>();
            let (low, high) = (load_256(&halves[0]), load_256(&halves[1]));
            place[0] = same_256(low, high, first);
            place[1] = same_256(low, high, second);
            place[2] = same_256(low, high, third);
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    #[expect(unsafe_code, reason = "see SAFETY")]
    fn load_256(half: &[u8; 32]) -> __m256i {
        // SAFETY: the reference is to 32 bytes that can be read; this load needs no alignment.
        unsafe { _mm256_loadu_si256(half.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    #[expect(unsafe_code, reason = "see SAFETY")]
    fn load_row_256(row: &[u32; 8]) -> __m256i {
        // SAFETY: the reference is to 32 bytes that can be read; this load needs no alignment.
        unsafe { _mm256_loadu_si256(row.as_ptr().cast()) }
    }

    /// A bit for each group of four bytes that is in the table.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn groups_256(
        bytes: __m256i,
        (fold, factor): (__m256i, __m256i),
        [first, second, third]: &[__m256i; 3],
    ) -> u8 {
        let folded = _mm256_or_si256(bytes, fold);
        let place = _mm256_srli_epi32::<29>(_mm256_mullo_epi32(folded, factor));
        let first = _mm256_cmpeq_epi32(folded, _mm256_permutevar8x32_epi32(*first, place));
        let second = _mm256_cmpeq_epi32(folded, _mm256_permutevar8x32_epi32(*second, place));
        let third = _mm256_cmpeq_epi32(folded, _mm256_permutevar8x32_epi32(*third, place));
        let any = _mm256_or_si256(_mm256_or_si256(first, second), third);
        _mm256_movemask_ps(_mm256_castsi256_ps(any)) as u8
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn note_256(
        blocks: &[[u8; WIDTH]],
        start: u32,
        table: &Letters<8, 3>,
        notes: &mut Notes,
    ) {
        let feed = _mm256_set1_epi8(b'\n' as i8);
        let dollar = _mm256_set1_epi8(b'$' as i8);
        let fold = _mm256_set1_epi32(FOLD as i32);
        let factor = _mm256_set1_epi32(table.factor as i32);
        let rows = [
            load_row_256(&table.rows[0]),
            load_row_256(&table.rows[1]),
            load_row_256(&table.rows[2]),
        ];
        let mut at = start;
        let from = notes.feeds.len();
        notes.feeds.resize(from + blocks.len(), 0);
        for (block, feeds) in blocks.iter().zip(&mut notes.feeds[from..]) {
            ask_ahead(block);
            let (halves, _) = block.as_chunks::<32>();
            let (low, high) = (load_256(&halves[0]), load_256(&halves[1]));
            *feeds = same_256(low, high, feed);
            let dollars = same_256(low, high, dollar);
            let groups = u64::from(groups_256(low, (fold, factor), &rows))
                | u64::from(groups_256(high, (fold, factor), &rows)) << 8;
            if dollars != 0 {
                push_bits(dollars, 1, at, &mut notes.dollars);
            }
            if groups != 0 {
                push_bits(groups, 4, at, &mut notes.groups);
            }
            at += WIDTH as u32;
        }
    }
}
