//! What session descriptions say (RFC 8866).

use siptriage_facts::{Candidates, Modalities};

use crate::frame::{Dress, dress_len};
use crate::lines::text;
use crate::plain::has_any;
use crate::sip::is_sdp;

/// What a session description says (RFC 8866).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) described: bool,
    pub(crate) modalities: Modalities,
    pub(crate) candidates: Candidates,
}

/// Words between white space.
#[derive(Debug)]
struct Words<'t> {
    rest: &'t [u8],
    /// Whether a blank is the only white space in it.
    is_plain: bool,
}

impl<'t> Words<'t> {
    fn of(text: &'t [u8]) -> Words<'t> {
        Words {
            rest: text,
            is_plain: !has_any(text, |byte| byte < b' '),
        }
    }
}

impl<'t> Iterator for Words<'t> {
    type Item = &'t [u8];

    #[inline]
    fn next(&mut self) -> Option<&'t [u8]> {
        // Nearly all white space is not above the blank, and nearly nothing else is.
        let is_blank = |byte: &u8| *byte <= b' ' && byte.is_ascii_whitespace();
        let blanks = self.rest.iter().take_while(|byte| is_blank(byte)).count();
        let text = &self.rest[blanks..];
        let end = match self.is_plain {
            true => memchr::memchr(b' ', text),
            false => text.iter().position(is_blank),
        };
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }
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
        let mut words = Words::of(candidate);
        let transport = words.by_ref().take(5).find_map(|word| match word {
            b"UDP" => Some(false),
            b"TCP" | b"TCP-ACT" | b"TCP-PASS" | b"TCP-SO" => Some(true),
            [b't' | b'T', ..] => {
                let is = |name: &&[u8]| word.eq_ignore_ascii_case(name);
                let names: [&[u8]; 4] = [b"TCP", b"TCP-ACT", b"TCP-PASS", b"TCP-SO"];
                names.iter().any(is).then_some(true)
            }
            _ if word.eq_ignore_ascii_case(b"UDP") => Some(false),
            _ => None,
        });
        let Some(tcp) = transport else { return };
        let mut behind = words.skip_while(|word| !word.eq_ignore_ascii_case(b"typ"));
        let kind = behind.nth(1);
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
