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

    /// Whether a line of a session description that begins so, at the margin, says nothing here:
    /// most lines are such attributes.
    #[inline]
    pub(crate) fn passes_over(front: &[u8]) -> bool {
        match front {
            [b'a', b'=', behind @ ..] => {
                !matches!(behind, [b'c', b'a', ..] | [b'x', b'-', b'c', ..])
            }
            [b'm' | b'v', b'=', ..] => false,
            _ => is_sdp(front),
        }
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
        let found = plain_candidate(candidate).or_else(|| candidate_of(Blanked(candidate)));
        let Some((tcp, kind)) = found else { return };
        let is =
            |name: &[u8]| kind.is_some_and(|kind| kind == name || kind.eq_ignore_ascii_case(name));
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

/// The words of a line, between blanks of any kind. Words are short: a step for each byte costs
/// less than a search for each word.
struct Blanked<'t>(&'t [u8]);

impl<'t> Iterator for Blanked<'t> {
    type Item = &'t [u8];

    #[inline]
    fn next(&mut self) -> Option<&'t [u8]> {
        let is_blank = |byte: u8| byte <= b' ' && byte.is_ascii_whitespace();
        let mut rest = self.0;
        while let [first, behind @ ..] = rest
            && is_blank(*first)
        {
            rest = behind;
        }
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|byte| is_blank(*byte));
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        self.0 = behind;
        Some(word)
    }
}

/// The same as [`candidate_of`] of a line as nearly all programs write it: foundation, component,
/// perhaps a password, transport, all else with one blank between. None where it may be written
/// otherwise.
fn plain_candidate(line: &[u8]) -> Option<(bool, Option<&[u8]>)> {
    let word = |from: usize| {
        let end = from + low_byte(line.get(from..)?)?;
        (end > from && line[end] == b' ').then_some(end)
    };
    // What does not begin as a transport does is none.
    let other = |from: usize| {
        let end = word(from)?;
        (!matches!(line[from] | 0x20, b'u' | b't')).then_some(end + 1)
    };
    let behind = other(other(0)?)?;
    let start = other(behind).unwrap_or(behind);
    let transport = word(start)?;
    let tcp = match &line[start..transport] {
        b"UDP" => false,
        b"TCP-ACT" | b"TCP-PASS" | b"TCP" | b"TCP-SO" => true,
        _ => return None,
    };
    let rest = &line[transport..];
    // Between them stand numbers and an address: no other word has the letter.
    let Some(typ) = memchr::memchr2(b't', b'T', rest) else {
        return Some((tcp, None));
    };
    let kind = rest[typ - 1..].strip_prefix(b" typ ")?;
    let end = low_byte(kind);
    match end.map(|end| kind[end]) {
        Some(blank) if blank != b' ' => return None,
        _ => {}
    }
    let kind = &kind[..end.unwrap_or(kind.len())];
    (!kind.is_empty()).then_some((tcp, Some(kind)))
}

/// Where the first blank or control character stands. Foundations and passwords are long: eight
/// bytes at a time.
#[inline]
fn low_byte(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = text.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The top bit of each such byte; of those behind the first one it may be wrong, since that
        // borrows from its neighbour.
        let low = word.wrapping_sub(ONES * (b' ' as u64 + 1)) & !word & (ONES << 7);
        if low != 0 {
            return Some(at * 8 + (low.trailing_zeros() / 8) as usize);
        }
    }
    let at = rest.iter().position(|byte| *byte <= b' ')?;
    Some(words.len() * 8 + at)
}

/// Whether a candidate goes over TCP, and the word of its type, from the words of its line. None
/// where no transport is among the first.
fn candidate_of<'t>(mut words: Blanked<'t>) -> Option<(bool, Option<&'t [u8]>)> {
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
    fn lines_that_are_passed_over_say_nothing() {
        let lines = [
            "v=0",
            "m=audio 5 RTP/AVP 0",
            "a=candidate:1 1 UDP 1 192.0.2.1 5 typ host",
            "a=x-candidate-ipv6:1 1 UDP 1 2001:db8::1 5 typ host",
            "a=crypto:1",
            "a=x",
            "c=IN IP4 192.0.2.1",
            " m=audio 5",
            "",
        ];
        for line in lines {
            for byte in 0..=255 {
                for at in 0..=4.min(line.len()) {
                    let mut line = line.as_bytes().to_vec();
                    line.splice(at..(at + 1).min(line.len()), [byte]);
                    let mut session = Session::default();
                    session.dressed_line(&line, Dress::Gutter);
                    let says_nothing = session == Session::default();
                    assert!(says_nothing || !Session::passes_over(&line), "{line:?}");
                }
            }
        }
    }

    #[test]
    fn low_bytes_are_found_wherever_they_stand() {
        for len in 0..20 {
            for behind in 0..20 {
                for byte in 0..=255u8 {
                    let mut text = vec![b'x'; len];
                    text.push(byte);
                    text.extend(std::iter::repeat_n(b'\x80', behind));
                    let want = (byte <= b' ').then_some(len);
                    assert_eq!(low_byte(&text), want, "{text:?}");
                }
            }
        }
        assert_eq!(low_byte(b"ab\t\x21\x01"), Some(2));
    }

    #[test]
    fn plain_candidates_are_read_as_any_others() {
        let lines = [
            "1 1 UDP 2130706431 192.0.2.10 21234 typ host",
            "1 1 UDP 2130706431 192.0.2.10 21234 typ host ",
            "2 1 TCP-PASS 174455807 192.0.2.10 443 typ relay raddr 192.0.2.11 rport 5",
            "3 2 TCP-ACT 1684796927 2001:db8::1 50001 typ srflx raddr x rport 9",
            "abc+/= 1 pwd UDP 0.830 192.0.2.10 50000",
            "abc+/= 1 UDP 0.830 192.0.2.10 50000",
            "abc+/= 1 tpwd UDP 0.830 192.0.2.10 50000",
            "abc+/= 1 p q UDP 0.830 192.0.2.10 50000",
            "a b c d e UDP 0.830 192.0.2.10 50000",
            "t 1 UDP 1 a.test 5 typ host",
            "1 1 udp 1 192.0.2.10 5 TYP HOST",
            "1\t1 UDP 1 192.0.2.10\t5 typ host",
            "1  1 UDP 1 192.0.2.10 5 typ  host",
            "1 1 TCP 1 192.0.2.10 5 typ prflx\tx",
            "1 UDP TCP 1 192.0.2.10 5 typ host",
            "1 1 TCP-SO 1 192.0.2.10 5 typ",
            "1 1 UDP typ host",
            "1 1 UDPtyp host",
        ];
        let mut plain = 0;
        for line in lines {
            for at in 0..line.len() {
                let mut changed = line.as_bytes().to_vec();
                for byte in *b" \t\x01tTuU1" {
                    changed[at] = byte;
                    for text in [&changed[..], &changed[..at], &line.as_bytes()[..at]] {
                        let Some(read) = plain_candidate(text) else {
                            continue;
                        };
                        plain += 1;
                        let text = String::from_utf8_lossy(text);
                        assert_eq!(Some(read), candidate_of(Blanked(text.as_bytes())), "{text}");
                    }
                }
            }
        }
        assert!(plain > 1000, "{plain}");
    }
}
