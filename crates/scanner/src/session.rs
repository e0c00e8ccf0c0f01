//! What session descriptions say (RFC 8866).

use siptriage_facts::{Candidates, Modalities};

use crate::frame::{Dress, dress_len};
use crate::lines::text;
use crate::sip::is_sdp;

/// What a session description says (RFC 8866).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) described: bool,
    pub(crate) modalities: Modalities,
    pub(crate) candidates: Candidates,
}

impl Session {
    /// Takes one line of a body.
    pub(crate) fn dressed_line(&mut self, line: &[u8], dress: Dress) {
        // Most lines stand at the margin.
        if is_sdp(line) {
            self.line(line);
        } else {
            self.line(&line[dress_len(line, dress).min(line.len())..]);
        }
    }

    /// Whether a line that begins so, at the margin, says nothing here: most lines are such
    /// attributes.
    #[inline]
    pub(crate) fn passes_over(front: &[u8]) -> bool {
        matches!(front, [b'a', b'=', third, ..] if !matches!(third, b'c' | b'x'))
    }

    /// Takes one line of a session description.
    pub(crate) fn line(&mut self, line: &[u8]) {
        // Most lines are attributes that say nothing here.
        match line {
            [b'a', b'=', b'c' | b'x', ..] | [b'm' | b'v', b'=', ..] => {}
            _ => return,
        }
        if let Some(media) = line.strip_prefix(b"m=") {
            let mut words = media.split(|b| *b == b' ');
            let (medium, port) = (words.next().unwrap_or_default(), words.next());
            // Port 0 refuses a medium (RFC 3264, section 6).
            if port.is_some_and(|port| port != b"0") {
                self.described = true;
                self.modalities.add(Modalities::of_medium(&text(medium)));
            }
        } else if let Some(candidate) = line
            .strip_prefix(b"a=candidate:")
            .or_else(|| line.strip_prefix(b"a=x-candidate-ipv6:"))
        {
            self.candidate(candidate);
        } else if line.starts_with(b"v=0") {
            self.described = true;
        }
    }

    /// A candidate as RFC 8839, section 5.1, has it, or with the password between component and
    /// transport and without type, as drafts before it had it.
    fn candidate(&mut self, candidate: &[u8]) {
        let found = candidate_of(Words::of(candidate));
        let Some((tcp, kind)) = found else { return };
        let is = |name: &[u8]| kind.is_some_and(|kind| kind.eq_ignore_ascii_case(name));
        self.candidates.add(match tcp {
            false if is(b"host") => Candidates::HOST_UDP,
            false if is(b"srflx") || is(b"prflx") => Candidates::REFLEXIVE_UDP,
            false if is(b"relay") => Candidates::RELAY_UDP,
            false => Candidates::UNTYPED_UDP,
            true if is(b"host") => Candidates::HOST_TCP,
            true if is(b"srflx") || is(b"prflx") => Candidates::REFLEXIVE_TCP,
            true if is(b"relay") => Candidates::RELAY_TCP,
            true => Candidates::UNTYPED_TCP,
        });
    }
}

/// The words of a line, between blanks of any kind. A candidate has long words and short ones:
/// where all blanks of 64 bytes stand is found in one go.
struct Words<'t> {
    line: &'t [u8],
    /// Where the next word begins, if no blank stands there.
    start: usize,
    /// Where the 64 bytes begin.
    block: usize,
    /// What of them may be a blank and is not behind yet.
    blanks: u64,
}

impl<'t> Words<'t> {
    fn of(line: &'t [u8]) -> Words<'t> {
        Words {
            line,
            start: 0,
            block: 0,
            blanks: low_64(line),
        }
    }
}

impl<'t> Iterator for Words<'t> {
    type Item = &'t [u8];

    #[inline]
    fn next(&mut self) -> Option<&'t [u8]> {
        loop {
            let at = if self.blanks == 0 {
                self.block += 64;
                if let Some(rest) = self.line.get(self.block..) {
                    self.blanks = low_64(rest);
                    continue;
                }
                self.block = self.line.len();
                self.line.len()
            } else {
                let at = self.block + self.blanks.trailing_zeros() as usize;
                self.blanks &= self.blanks - 1;
                if !self.line[at].is_ascii_whitespace() {
                    continue;
                }
                at
            };
            let word = self.line.get(self.start..at)?;
            self.start = at + 1;
            if !word.is_empty() {
                return Some(word);
            }
        }
    }
}

/// Which of the first 64 bytes are not greater than a blank, the first in the lowest bit.
fn low_64(text: &[u8]) -> u64 {
    let text = &text[..text.len().min(64)];
    let (words, rest) = text.as_chunks::<8>();
    let mut all = 0;
    for (place, word) in words.iter().enumerate() {
        all |= low_8(*word) << (place * 8);
    }
    for (place, byte) in (words.len() * 8..).zip(rest) {
        all |= u64::from(*byte <= b' ') << place;
    }
    all
}

/// Which of eight bytes are not greater than a blank, the first in the lowest bit.
#[inline]
fn low_8(word: [u8; 8]) -> u64 {
    const HIGHEST: u64 = 0x8080_8080_8080_8080;
    const ABOVE: u64 = u64::from_ne_bytes([0x7f - b' '; 8]);
    /// Takes the highest bit of each byte to the highest byte, side by side.
    const TOGETHER: u64 = 0x0002_0408_1020_4081;
    let word = u64::from_le_bytes(word);
    let low = !(((word & !HIGHEST) + ABOVE) | word) & HIGHEST;
    low.wrapping_mul(TOGETHER) >> 56
}

/// Whether a candidate goes over TCP, and the word of its type, from the words of its line. None
/// where no transport is among the first.
fn candidate_of<'t>(mut words: Words<'t>) -> Option<(bool, Option<&'t [u8]>)> {
    /// The transport is the third word, or the fourth.
    const MOST: usize = 5;
    let transport = words.by_ref().take(MOST).find_map(|word| match word {
        b"UDP" => Some(false),
        b"TCP" | b"TCP-ACT" | b"TCP-PASS" | b"TCP-SO" => Some(true),
        [first, ..] if !matches!(first, b'U' | b'u' | b'T' | b't') => None,
        _ if word.len() > "TCP-PASS".len() => None,
        _ if word.eq_ignore_ascii_case(b"UDP") => Some(false),
        _ => {
            let is = |name: &&[u8]| word.eq_ignore_ascii_case(name);
            let names: [&[u8]; 4] = [b"TCP", b"TCP-ACT", b"TCP-PASS", b"TCP-SO"];
            names.iter().any(is).then_some(true)
        }
    });
    let tcp = transport?;
    // Between them stand priority, address and port.
    let behind = words.find(|word| word.eq_ignore_ascii_case(b"typ"));
    Some((tcp, behind.and_then(|_| words.next())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_between_blanks_of_any_kind() {
        let plain = |text: &[u8]| -> Vec<Vec<u8>> {
            let words = text.split(u8::is_ascii_whitespace);
            words
                .filter(|word| !word.is_empty())
                .map(Vec::from)
                .collect()
        };
        for byte in 0..=u8::MAX {
            for len in [0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 150] {
                let mut text = vec![b'x'; len];
                let mut at = usize::from(byte) % 3;
                while at < len {
                    text[at] = byte;
                    let words: Vec<Vec<u8>> = Words::of(&text).map(Vec::from).collect();
                    assert_eq!(words, plain(&text), "{byte} in {len}");
                    at += 1 + at / 3;
                }
            }
        }
    }
}
