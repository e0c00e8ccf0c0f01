//! Marks in a text: where its lines end, where `$$` stands, and where a word of a diagnosis.
//!
//! All of a text is marked once, a step ahead of its reader, while it is on its way through the
//! caches. Whoever frames a record then asks marks where a line ends, and whoever extracts from
//! it asks whether there is anything to extract: of most records nothing more is looked at.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::native::lanes::{FOLD, Lanes, Notes, Probe, Tables, WIDTH, group};

/// Bytes that are marked at once at most: as much as fits into a cache of the first level beside
/// what else is there.
const STEP: usize = 32 << 10;

/// Bytes that are marked of a new text at first: it may be a short one.
const FIRST_STEP: usize = 1 << 10;

/// Words one of which every text has that holds anything to be extracted, in any case; their
/// places here are those of the bits in [`Words`].
const WORDS: [&[u8]; 6] = [
    b"diagnostics",
    b"diagheader",
    b"vqreportevent",
    b"icewarn",
    b"usertype",
    b"mediatype",
];

/// Which of the words a text has: each says what may be extracted from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Words(u8);

impl Words {
    /// A diagnostics header by its name.
    pub(crate) const NAMED: Words = Words(1);
    /// The element of an error report.
    pub(crate) const DIAG_HEADER: Words = Words(1 << 1);
    /// A quality report.
    pub(crate) const QUALITY: Words = Words(1 << 2);
    /// What a diagnosis without a name has.
    pub(crate) const CDR: Words = Words(1 << 3 | 1 << 4 | 1 << 5);

    /// Those of a text that is not marked.
    pub(crate) fn of(text: &[u8]) -> Words {
        static ALL: LazyLock<Regex> = LazyLock::new(|| {
            let words = WORDS.map(|word| String::from_utf8_lossy(word).into_owned());
            Regex::new(&format!("(?i-u){}", words.join("|")))
                .expect("the pattern is a constant, and tests use it")
        });
        let mut all = Words::default();
        for found in ALL.find_iter(text) {
            let is = |word: &&[u8]| word.eq_ignore_ascii_case(found.as_bytes());
            let word = WORDS.iter().position(is);
            all.0 |= word.map_or(0, |word| 1 << word);
        }
        all
    }

    /// Whether there is none.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether there is any of these.
    pub(crate) fn has_any(self, words: Words) -> bool {
        self.0 & words.0 != 0
    }
}

/// For each word and each alignment a group of four letters in it, rare ones where there is a
/// choice.
const PROBES: [Probe; 24] = {
    const OFFSETS: [[u8; 4]; 6] = [
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [0, 1, 6, 7],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [4, 1, 2, 3],
    ];
    let mut probes = [Probe {
        group: 0,
        word: 0,
        offset: 0,
    }; 24];
    let mut word = 0;
    while word < WORDS.len() {
        let mut alignment = 0;
        while alignment < 4 {
            let offset = OFFSETS[word][alignment];
            // Any word that begins at any alignment has one of these groups aligned.
            assert!(offset as usize % 4 == alignment);
            let (text, at) = (WORDS[word], offset as usize);
            probes[word * 4 + alignment] = Probe {
                group: group([text[at], text[at + 1], text[at + 2], text[at + 3]]),
                word: word as u8,
                offset,
            };
            alignment += 1;
        }
        word += 1;
    }
    probes
};

static TABLES: Tables = Tables::new(&PROBES);

/// Marks of a text, from some place in it on. Places are counted from its first byte.
///
/// They are made for somebody who goes through the text from front to back, record by record:
/// [`Marks::begin`] says where the next one begins, and nothing before it can be asked for then.
#[derive(Debug)]
pub(crate) struct Marks {
    lanes: Lanes,
    notes: Notes,
    /// The place of the first bit of `notes.feeds`, a multiple of [`WIDTH`].
    base: usize,
    /// Line feeds before `base`.
    feeds_before: u64,
    /// A place in `notes.feeds`, and the line feeds from `base` up to there: places are asked for
    /// in rising order, and a record may be long.
    counted: (usize, u64),
    step: usize,
    /// How far the text is marked: a multiple of [`WIDTH`], or its end.
    done: usize,
    /// Where the record begins that is looked at.
    begun: usize,
    /// Words: a place in each, and which it is.
    words: Vec<(u32, Words)>,
    /// How many of `notes.dollars` and of `words` stand before it, at least.
    dollars_passed: usize,
    words_passed: usize,
    /// Where an entry was met that nobody has read yet, and where its text begins.
    entry: (usize, usize),
}

impl Marks {
    pub(crate) fn new(lanes: Lanes) -> Marks {
        Marks {
            lanes,
            notes: Notes::default(),
            base: 0,
            feeds_before: 0,
            counted: (0, 0),
            step: FIRST_STEP,
            done: 0,
            begun: 0,
            dollars_passed: 0,
            words_passed: 0,
            words: Vec::new(),
            entry: (usize::MAX, 0),
        }
    }

    /// How the text is looked at.
    pub(crate) fn lanes(&self) -> Lanes {
        self.lanes
    }

    /// Begins a new text, before which `feeds` lines have ended.
    pub(crate) fn restart(&mut self, feeds: u64) {
        let Notes {
            feeds: marked,
            dollars,
            groups,
        } = &mut self.notes;
        marked.clear();
        dollars.clear();
        groups.clear();
        self.words.clear();
        (self.base, self.done, self.begun) = (0, 0, 0);
        (self.dollars_passed, self.words_passed) = (0, 0);
        self.feeds_before = feeds;
        self.counted = (0, 0);
        self.step = FIRST_STEP;
        self.entry = (usize::MAX, 0);
    }

    /// Notes that an entry begins at `at`, whose text begins so far behind it: who looks where one
    /// record ends has seen how the next one begins.
    #[inline]
    pub(crate) fn note_entry(&mut self, at: usize, text: usize) {
        self.entry = (at, text);
    }

    /// How far behind `at` the text of an entry begins, if that was noted.
    #[inline]
    pub(crate) fn entry(&self, at: usize) -> Option<usize> {
        (self.entry.0 == at).then_some(self.entry.1)
    }

    /// A record begins at `at`, which is not before the last one.
    #[inline]
    pub(crate) fn begin(&mut self, at: usize) {
        self.begun = at;
    }

    /// Forgets what is before the record, and marks the next step. False at the end of the text.
    #[cold]
    #[inline(never)]
    fn extend(&mut self, bytes: &[u8]) -> bool {
        if self.done >= bytes.len() {
            return false;
        }
        self.forget();
        let end = bytes.len().min(self.done + self.step);
        self.step = STEP.min(self.step * 2);
        let text = &bytes[self.done..end];
        self.lanes
            .note(text, self.done as u32, &TABLES, &mut self.notes);
        self.done = end;
        // What only looked like a word goes.
        for place in self.notes.groups.drain(..) {
            if let Some(word) = word_at(bytes, place as usize) {
                self.words.push((place, word));
            }
        }
        true
    }

    fn forget(&mut self) {
        let spare = self.begun.min(self.done).saturating_sub(self.base) / WIDTH;
        self.feeds_before += self.count_to(spare);
        self.counted = (0, 0);
        self.notes.feeds.drain(..spare);
        self.base += spare * WIDTH;
        let begun = self.begun as u32;
        let passed = |places: &[u32]| places.partition_point(|place| *place < begun);
        self.notes.dollars.drain(..passed(&self.notes.dollars));
        let passed = self.words.partition_point(|(place, _)| *place < begun);
        self.words.drain(..passed);
        (self.dollars_passed, self.words_passed) = (0, 0);
    }

    /// Marks the text up to `end`, or to its own end.
    #[inline]
    fn reach(&mut self, bytes: &[u8], end: usize) {
        while self.done < end && self.extend(bytes) {}
    }

    /// Where the first line feed at or behind `at` stands; none where the text ends without.
    #[inline]
    pub(crate) fn feed(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let mut at = at;
        loop {
            let from = at - self.base;
            let mut word = from / WIDTH;
            let mut mask = !0 << (from % WIDTH);
            while let Some(bits) = self.notes.feeds.get(word) {
                let bits = bits & mask;
                if bits != 0 {
                    return Some(self.base + word * WIDTH + bits.trailing_zeros() as usize);
                }
                word += 1;
                mask = !0;
            }
            at = at.max(self.done);
            if !self.extend(bytes) {
                return None;
            }
        }
    }

    /// How many lines end before `at`, counted on from what [`Marks::restart`] was told.
    pub(crate) fn feeds_before(&mut self, bytes: &[u8], at: usize) -> u64 {
        self.reach(bytes, at);
        let within = at.min(self.done) - self.base;
        let (whole, rest) = (within / WIDTH, within % WIDTH);
        let last = match rest {
            0 => 0,
            rest => (self.notes.feeds[whole] & !(!0 << rest)).count_ones(),
        };
        self.feeds_before + self.count_to(whole) + u64::from(last)
    }

    /// Gives every place from `start` on and before `end` where a line ends. Nothing of that part was
    /// forgotten.
    #[inline]
    pub(crate) fn for_each_feed(
        &mut self,
        bytes: &[u8],
        (start, end): (usize, usize),
        mut take: impl FnMut(usize),
    ) {
        self.reach(bytes, end);
        let (from, to) = (start - self.base, end - self.base);
        let last = to.div_ceil(WIDTH).min(self.notes.feeds.len());
        for word in from / WIDTH..last {
            let mut bits = self.notes.feeds[word];
            if word == from / WIDTH {
                bits &= !0 << (from % WIDTH);
            }
            if word == to / WIDTH {
                bits &= !(!0 << (to % WIDTH));
            }
            let at = self.base + word * WIDTH;
            while bits != 0 {
                take(at + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
    }

    /// How many lines of a part of the text, from which nothing was forgotten, end with LF and no CR
    /// before it. The part begins with a line and ends behind one.
    pub(crate) fn bare_feeds(&mut self, bytes: &[u8], start: usize, end: usize) -> usize {
        let mut bare = 0;
        self.for_each_feed(bytes, (start, end), |feed| {
            bare += usize::from(feed == start || bytes[feed - 1] != b'\r');
        });
        bare
    }

    /// Line feeds from `base` on, up to this place in `notes.feeds`.
    fn count_to(&mut self, whole: usize) -> u64 {
        if whole < self.counted.0 {
            self.counted = (0, 0);
        }
        let (from, before) = self.counted;
        let feeds = self.notes.feeds[from..whole].iter();
        let count: u64 = feeds.map(|bits| u64::from(bits.count_ones())).sum();
        self.counted = (whole, before + count);
        self.counted.1
    }

    /// Where the first `$$` at or behind `at`, and before `limit`, stands.
    #[inline]
    pub(crate) fn dollars(&mut self, bytes: &[u8], at: usize, limit: usize) -> Option<usize> {
        let mut passed = self.dollars_passed;
        loop {
            while let Some(place) = self.notes.dollars.get(passed) {
                let place = *place as usize;
                if place >= limit {
                    return None;
                }
                if place >= at && bytes.get(place + 1) == Some(&b'$') {
                    return Some(place);
                }
                passed += 1;
                if place < self.begun {
                    self.dollars_passed = passed;
                }
            }
            if self.done >= limit || !self.extend(bytes) {
                return None;
            }
            passed = 0;
        }
    }

    /// Which words stand from `start` on and before `end`: between places where no word is cut.
    #[inline]
    pub(crate) fn words(&mut self, bytes: &[u8], start: usize, end: usize) -> Words {
        self.reach(bytes, end);
        while let Some((place, _)) = self.words.get(self.words_passed) {
            if *place as usize >= start {
                break;
            }
            self.words_passed += 1;
        }
        self.words_of(start, end)
    }

    /// The same of a part of what [`Marks::words`] was asked for last, as often as needed. Where
    /// a word is cut by `end`, it may be among them.
    pub(crate) fn words_of(&self, start: usize, end: usize) -> Words {
        let mut all = Words::default();
        for (place, word) in &self.words[self.words_passed..] {
            if *place as usize >= end {
                break;
            }
            if *place as usize >= start {
                all.0 |= word.0;
            }
        }
        all
    }

    /// A place in the one of these words that stands in such a part. None where there are more.
    pub(crate) fn only(&self, words: Words, start: usize, end: usize) -> Option<usize> {
        let all = self.words[self.words_passed..].iter();
        let within = all
            .map(|(place, word)| (*place as usize, word))
            .take_while(|(place, _)| *place < end)
            .filter(|(place, word)| *place >= start && words.has_any(**word));
        let mut places = within.map(|(place, _)| place);
        let only = places.next()?;
        places.next().is_none().then_some(only)
    }
}

/// The word of which the group at `place` is a part.
fn word_at(bytes: &[u8], place: usize) -> Option<Words> {
    let four: &[u8; 4] = bytes.get(place..)?.first_chunk()?;
    let folded = group(*four) | FOLD;
    let found = PROBES.iter().find(|probe| {
        probe.group == folded && {
            let word = WORDS[usize::from(probe.word)];
            let start = place.checked_sub(usize::from(probe.offset));
            let text = start.and_then(|start| bytes.get(start..start + word.len()));
            text.is_some_and(|text| text.eq_ignore_ascii_case(word))
        }
    });
    found.map(|probe| Words(1 << probe.word))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Numbers that look like chance.
    pub(crate) fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        move |below| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as usize % below
        }
    }

    /// A text of pieces of words, line ends, markers and other bytes.
    fn text(seed: u64, len: usize) -> Vec<u8> {
        let mut number = numbers(seed);
        let mut text = Vec::new();
        while text.len() < len {
            match number(10) {
                0 => text.extend_from_slice(b"\r\n"),
                1 => text.push(b'\n'),
                2 => text.extend_from_slice([&b"$"[..], b"$$begin_record", b"$$$"][number(3)]),
                3 => {
                    let word = WORDS[number(6)];
                    let word = if number(2) == 0 {
                        word.to_vec()
                    } else {
                        word.to_ascii_uppercase()
                    };
                    let cut = if number(2) == 0 {
                        word.len()
                    } else {
                        number(word.len())
                    };
                    text.extend_from_slice(&word[..cut]);
                }
                4 => text.push(number(256) as u8),
                _ => text.extend(std::iter::repeat_n(b'a' + number(26) as u8, number(30))),
            }
        }
        text.truncate(len);
        text
    }

    #[test]
    fn marks_are_where_a_slow_reader_finds_them() {
        for lanes in Lanes::ALL.iter().filter(|lanes| lanes.is_there()) {
            for (seed, len) in (1..).zip([0, 1, 63, 64, 65, 1000, 40_000, 200_000]) {
                let text = text(seed, len);
                let what = format!("{lanes:?} {seed}");
                let mut marks = Marks::new(*lanes);
                marks.restart(7);
                let mut number = numbers(seed);
                let mut at = 0;
                while at < len {
                    marks.begin(at);
                    let feed = memchr::memchr(b'\n', &text[at..]).map(|feed| at + feed);
                    assert_eq!(marks.feed(&text, at), feed, "{what} {at}");
                    let end = feed.map_or(len, |feed| feed + 1);
                    let behind = end + number(300).min(len - end);
                    let feeds =
                        |end: usize| memchr::memchr_iter(b'\n', &text[..end]).count() as u64;
                    assert_eq!(
                        marks.feeds_before(&text, behind),
                        7 + feeds(behind),
                        "{what} {at}"
                    );
                    assert_eq!(marks.feeds_before(&text, at), 7 + feeds(at), "{what} {at}");
                    let middle = at + number(behind - at + 1);
                    let within = memchr::memchr_iter(b'\n', &text[middle..behind]);
                    let mut found = Vec::new();
                    marks.for_each_feed(&text, (middle, behind), |feed| found.push(feed - middle));
                    assert!(within.eq(found), "{what} {middle} {behind}");
                    let bare = |start: usize, end: usize| {
                        let feeds = memchr::memchr_iter(b'\n', &text[start..end]);
                        let is_bare = |at: &usize| !text[start..start + at].ends_with(b"\r");
                        feeds.filter(is_bare).count()
                    };
                    for (start, end) in [(at, end), (at, behind), (end, behind)] {
                        let found = marks.bare_feeds(&text, start, end);
                        assert_eq!(found, bare(start, end), "{what} {start} {end}");
                    }
                    let dollars = memchr::memmem::find(&text[at..behind], b"$$");
                    let limit = behind.saturating_sub(1);
                    assert_eq!(
                        marks.dollars(&text, at, limit),
                        dollars.map(|dollars| at + dollars),
                        "{what} {at}"
                    );
                    assert_eq!(
                        marks.words(&text, at, end),
                        Words::of(&text[at..end]),
                        "{what} {at}"
                    );
                    let line = text[at..end].to_ascii_lowercase();
                    let mut named = memchr::memmem::find_iter(&line, WORDS[0]);
                    let only = named.next().filter(|_| named.next().is_none());
                    let found = marks.only(Words::NAMED, at, end);
                    let is_in = |found: usize| {
                        only.is_some_and(|only| {
                            (only..only + WORDS[0].len()).contains(&(found - at))
                        })
                    };
                    assert!(found.map_or(only.is_none(), is_in), "{what} {at}");
                    at = end;
                }
            }
        }
    }

    #[test]
    fn every_word_is_found_at_every_alignment_in_any_case() {
        for lanes in Lanes::ALL.iter().filter(|lanes| lanes.is_there()) {
            for word in WORDS {
                for lead in 0..130 {
                    for capital in 0..word.len() {
                        let mut text = vec![b'x'; lead];
                        text.extend_from_slice(word);
                        text[lead + capital].make_ascii_uppercase();
                        let mut marks = Marks::new(*lanes);
                        let found = marks.words(&text, 0, text.len());
                        assert_eq!(found, Words::of(word), "{lanes:?} {lead}");
                        // One letter less is no word.
                        let cut = &text[..text.len() - 1];
                        let mut marks = Marks::new(*lanes);
                        assert!(
                            marks.words(cut, 0, cut.len()).is_empty(),
                            "{lanes:?} {lead}"
                        );
                    }
                }
            }
        }
    }
}
