//! Records as programs write them, read in one walk over their marks.
//!
//! Nearly every record of a trace stands exactly as its program wrote it: a prefix, one header a
//! line, a body whose length is right. Such a record is framed here without looking at more of it
//! than the first bytes of its header lines and its end, and its headers are found on the way.
//! Whatever is odd about a record (folded headers, missing markers, changed line ends where they
//! matter, text of other programs in between) makes the walk give it up, and the format's own
//! framer reads it. So a walk need not be right about odd records: it must see that they are odd.
//! For every record that it takes the framer finds the same, which tests hold it to.
//!
//! A format describes itself to the walk by a [`Layout`]; how its records begin and end is its own
//! part ([`TraceFormat::plain`](crate::formats::TraceFormat::plain)).

use std::ops::Range;

use siptriage_facts::{Method, Stamp};

use crate::formats::Formats;
use crate::frame::{Frame, LOOK_AHEAD, MAX_LINE_END_WALK};
use crate::known::{self, Known, Raw};
use crate::letters::Letters;
use crate::marks::Marks;

/// A text with its marks, and what its reader has met lately.
#[derive(Debug)]
pub(crate) struct Walk<'t, 'm> {
    /// The text; records are framed from places in it.
    pub(crate) bytes: &'t [u8],
    /// Whether the input ends with it.
    pub(crate) at_end: bool,
    /// The formats that records may be of.
    pub(crate) formats: &'m Formats,
    pub(crate) marks: &'m mut Marks,
    pub(crate) known: &'m mut Known,
    /// Those of the message that was read last. They stay where they were found: there are many.
    pub(crate) headers: Headers<'t>,
}

/// A record that was read in one walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) frame: Frame,
    /// The message, where it holds one; its headers are [`Walk::headers`].
    pub(crate) message: Option<PlainMessage>,
}

/// A message that was read in one walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlainMessage {
    /// When it was logged.
    pub(crate) time: Option<Stamp>,
    /// Whether it was sent by whose log it is, where the log is of an end.
    pub(crate) sent: Option<bool>,
}

/// Headers of a message as they stand, each behind its colon.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Headers<'t> {
    pub(crate) call_id: Option<&'t [u8]>,
    pub(crate) cseq: Option<&'t [u8]>,
    pub(crate) from: Option<&'t [u8]>,
    pub(crate) to: Option<&'t [u8]>,
    pub(crate) user_agent: Option<&'t [u8]>,
    pub(crate) server: Option<&'t [u8]>,
    pub(crate) content_type: Option<&'t [u8]>,
    pub(crate) rseq: Option<&'t [u8]>,
    pub(crate) location: Option<&'t [u8]>,
    pub(crate) challenge: Option<&'t [u8]>,
    content_length: Option<&'t [u8]>,
}

/// How a format lays out the header section of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// As on the wire: headers up to an empty line. Lines that other formats begin with are odd.
    Wire,
    /// Headers in a record between markers: `Start-Line` is one of them, and the body begins
    /// behind `Message-Body`.
    Record,
}

/// The header section of a message. Places in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// Behind the last header.
    pub(crate) end: usize,
    /// Where the body begins.
    pub(crate) body: usize,
    /// The start line, where it is one of the headers.
    pub(crate) start_line: Option<Range<usize>>,
    pub(crate) content_length: usize,
}

/// What the front of a header line says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Front {
    /// Nothing that matters.
    Other,
    From,
    CallId,
    CSeq,
    Content,
    UserAgent,
    Server,
    RSeq,
    Location,
    Challenge,
    StartLine,
    MessageBody,
    /// It may begin a record of another format.
    Foreign,
    /// It may be the `Call-ID` of a diagnostic record.
    Odd,
}

/// Places in a table by the first four letters.
const FRONTS: usize = 32;
/// The first factor found that gives each of [`KNOWN_FRONTS`] a place of its own.
const FRONT_FACTOR: u32 = 0x8f48_fd65;
/// Makes capital letters small.
const FOLD: u32 = 0x2020_2020;

const KNOWN_FRONTS: [(&[u8; 4], Front); 18] = [
    (b"from", Front::From),
    (b"call", Front::CallId),
    (b"cseq", Front::CSeq),
    (b"cont", Front::Content),
    (b"user", Front::UserAgent),
    (b"serv", Front::Server),
    (b"rseq", Front::RSeq),
    (b"ms-e", Front::Location),
    (b"www-", Front::Challenge),
    (b"prox", Front::Challenge),
    (b"star", Front::StartLine),
    (b"mess", Front::MessageBody),
    (b"trac", Front::Foreign),
    (b"inst", Front::Foreign),
    (b"dire", Front::Foreign),
    (b"logt", Front::Foreign),
    (b"seve", Front::Foreign),
    (b"sip-", Front::Odd),
];

/// The letters of the known fronts.
static FRONT_LETTERS: Letters<FRONTS, 1> = {
    let mut all = [0; KNOWN_FRONTS.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = u32::from_le_bytes(*KNOWN_FRONTS[at].0);
        at += 1;
    }
    Letters::new(&all, FRONT_FACTOR)
};

/// What they say, by their places.
static FRONT_MEANINGS: [Front; FRONTS] = {
    let mut table = [Front::Other; FRONTS];
    let mut at = 0;
    while at < KNOWN_FRONTS.len() {
        let (letters, front) = KNOWN_FRONTS[at];
        table[FRONT_LETTERS.place(u32::from_le_bytes(*letters))] = front;
        at += 1;
    }
    table
};

/// Whether a line begins with this name, which is given as nearly all write it, in any case.
#[inline]
fn is_name<const N: usize>(line: &[u8], name: &[u8; N]) -> bool {
    line.first_chunk() == Some(name) || is_name_in_any_case(line, name)
}

#[cold]
fn is_name_in_any_case(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len())
        .is_some_and(|front| front.eq_ignore_ascii_case(name))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

impl<'t> Walk<'t, '_> {
    /// The end of the line that `feed` ends, its carriage return left out.
    pub(crate) fn text_end(&self, start: usize, feed: usize) -> usize {
        text_end(self.bytes, start, feed)
    }

    /// Whether the walk sees enough behind a record that ends at `end`.
    pub(crate) fn sees_behind(&self, end: usize) -> bool {
        self.at_end || end + LOOK_AHEAD <= self.bytes.len()
    }

    /// Behind the empty lines at `at`, if a line with text begins there, or the text ends.
    pub(crate) fn behind_empty_lines(&self, at: usize) -> Option<usize> {
        // A framer does not look farther than so.
        let most = at + LOOK_AHEAD / 4;
        let mut at = at;
        loop {
            match self.bytes.get(at..) {
                _ if at > most => return None,
                Some([b'\r', b'\n', ..]) => at += 2,
                Some([b'\n', ..]) => at += 1,
                Some([first, ..]) => return (!first.is_ascii_whitespace()).then_some(at),
                _ => return self.at_end.then_some(at),
            }
        }
    }

    /// How long the lines from `start` up to the one that begins at `end` were on the wire, if every
    /// line end in them was CR LF there. None if no line ends before `end`.
    pub(crate) fn sent_len(&mut self, start: usize, end: usize) -> Option<usize> {
        let lines = self.bytes.get(start..end)?;
        if !lines.ends_with(b"\n") {
            return None;
        }
        Some(lines.len() + self.marks.bare_feeds(self.bytes, start, end))
    }

    /// Where a body of `length` bytes ends if every line end in it was CR LF on the wire: what
    /// the framer finds by walking over lines, found by their marks.
    pub(crate) fn end_as_sent(&mut self, start: usize, length: usize) -> Option<usize> {
        let most = start.checked_add(length)?;
        if length > MAX_LINE_END_WALK || most > self.bytes.len() {
            return None;
        }
        let (mut at, mut wire) = (start, 0);
        while at < most {
            let feed = self.marks.feed(self.bytes, at);
            let feed = feed.filter(|feed| *feed < most);
            let end = text_end(self.bytes, at, feed.unwrap_or(most));
            let text = end - at;
            if wire + text >= length {
                // The last line has no line end of its own.
                return (wire + text == length).then_some(end);
            }
            at = feed.map_or(most, |feed| feed + 1);
            wire += text + 2;
            if wire == length {
                return Some(at);
            }
        }
        None
    }

    /// Reads the header section that begins at `from`, and keeps its headers. `limit` is a place
    /// that it must not reach.
    pub(crate) fn section(&mut self, from: usize, limit: usize, layout: Layout) -> Option<Section> {
        let bytes = self.bytes;
        self.headers = Headers::default();
        let mut start_line = None;
        let mut at = from;
        loop {
            let front: [u8; 8] = *bytes.get(at..)?.first_chunk()?;
            if !front[0].is_ascii_alphabetic() {
                let empty = match front {
                    [b'\r', b'\n', ..] => 2,
                    [b'\n', ..] => 1,
                    _ => return None,
                };
                if layout != Layout::Wire || at == from {
                    return None;
                }
                return self.headers.section(at, at + empty, start_line);
            }
            let feed = self.marks.feed(bytes, at)?;
            if feed >= limit {
                return None;
            }
            let letters = u32::from_le_bytes([front[0], front[1], front[2], front[3]]) | FOLD;
            let next = feed + 1;
            if !FRONT_LETTERS.has(letters) {
                // Most lines: a longer name than `To`, and of no interest.
                if front[1].is_ascii_alphabetic() && front[0] | 0x20 != b't' {
                    at = next;
                    continue;
                }
                match front {
                    // A compact name, or one of one letter, or the first line of a session
                    // description without an empty line before it.
                    [_, b':' | b' ' | b'\t' | b'=', ..] => return None,
                    [b'T' | b't', b'O' | b'o', b':', ..] => {
                        self.put(|headers| &mut headers.to, self.value(at, 2, feed))?;
                    }
                    [b'T' | b't', b'O' | b'o', b' ' | b'\t', ..] => return None,
                    [b'T', b'L', b'_', ..] if layout == Layout::Wire => return None,
                    _ => {}
                }
                at = next;
                continue;
            }
            match FRONT_MEANINGS[FRONT_LETTERS.place(letters)] {
                Front::Other => {}
                Front::From => match front[4] {
                    b':' => self.put(|headers| &mut headers.from, self.value(at, 4, feed))?,
                    b' ' | b'\t' => return None,
                    _ => {}
                },
                Front::CSeq => match front[4] {
                    b':' => self.put(|headers| &mut headers.cseq, self.value(at, 4, feed))?,
                    b' ' | b'\t' => return None,
                    _ => {}
                },
                Front::RSeq => match front[4] {
                    b':' => self.put(|headers| &mut headers.rseq, self.value(at, 4, feed))?,
                    b' ' | b'\t' => return None,
                    _ => {}
                },
                Front::CallId => {
                    if front[4] == b' ' || front[4] == b'\t' {
                        return None;
                    }
                    if let Some(value) = self.named(at, b"Call-ID", feed)? {
                        self.put(|headers| &mut headers.call_id, value)?;
                    }
                }
                Front::Content => {
                    if let Some(value) = self.named(at, b"Content-Length", feed)? {
                        self.put(|headers| &mut headers.content_length, value)?;
                    } else if let Some(value) = self.named(at, b"Content-Type", feed)? {
                        self.put(|headers| &mut headers.content_type, value)?;
                    }
                }
                Front::UserAgent => {
                    if let Some(value) = self.named(at, b"User-Agent", feed)? {
                        self.put(|headers| &mut headers.user_agent, value)?;
                    }
                }
                Front::Server => {
                    if let Some(value) = self.named(at, b"Server", feed)? {
                        self.put(|headers| &mut headers.server, value)?;
                    }
                }
                Front::Location => {
                    if let Some(value) = self.named(at, b"ms-endpoint-location-data", feed)? {
                        self.put(|headers| &mut headers.location, value)?;
                    }
                }
                Front::Challenge => {
                    let value = match self.named(at, b"WWW-Authenticate", feed)? {
                        None => self.named(at, b"Proxy-Authenticate", feed)?,
                        value => value,
                    };
                    if let Some(value) = value {
                        // Servers offer one of each kind that they know. That there is one is all
                        // that is wanted, if each stands alone on its line.
                        if self.headers.challenge.is_some() {
                            known::plain("WWW-Authenticate", value)?;
                        } else {
                            self.headers.challenge = Some(value);
                        }
                    }
                }
                Front::StartLine if layout == Layout::Record => {
                    const NAME: &[u8] = b"Start-Line";
                    let line = &bytes[at..feed];
                    if line.starts_with(NAME) && start_line.is_none() {
                        if line.get(NAME.len()) != Some(&b':') {
                            return None;
                        }
                        let value = self.value(at, NAME.len(), feed);
                        let blanks = value.iter().take_while(|byte| is_blank(**byte)).count();
                        let start = at + NAME.len() + 1 + blanks;
                        start_line = Some(start..self.text_end(at, feed).max(start));
                    }
                }
                Front::MessageBody if layout == Layout::Record => {
                    const NAME: &[u8] = b"Message-Body";
                    let line = &bytes[at..feed];
                    if line.starts_with(NAME) {
                        if line.get(NAME.len()) != Some(&b':') {
                            return None;
                        }
                        let value = self.value(at, NAME.len(), feed);
                        let blanks = value.iter().take_while(|byte| is_blank(**byte)).count();
                        let body = at + NAME.len() + 1 + blanks;
                        return self.headers.section(at, body, start_line);
                    }
                }
                Front::Foreign if layout == Layout::Record => {}
                Front::StartLine | Front::MessageBody | Front::Foreign | Front::Odd => return None,
            }
            at = next;
        }
    }

    /// Keeps a value of a header that has none yet. None where there is one: which counts is for the framer
    /// to say.
    #[inline]
    fn put(
        &mut self,
        slot: for<'h> fn(&'h mut Headers<'t>) -> &'h mut Option<&'t [u8]>,
        value: &'t [u8],
    ) -> Option<()> {
        let slot = slot(&mut self.headers);
        slot.is_none().then(|| *slot = Some(value))
    }

    /// What stands behind the colon of a name of this length.
    #[inline]
    fn value(&self, at: usize, name: usize, feed: usize) -> &'t [u8] {
        let from = at + name + 1;
        &self.bytes[from..self.text_end(at, feed).max(from)]
    }

    /// What stands behind the colon of this name, as nearly all write it; `Some(None)`
    /// where the line has another one. `None` where a blank stands before the colon.
    #[inline]
    fn named<const N: usize>(
        &self,
        at: usize,
        name: &[u8; N],
        feed: usize,
    ) -> Option<Option<&'t [u8]>> {
        let line = &self.bytes[at..feed];
        match line.get(N) {
            Some(b':') if is_name(line, name) => Some(Some(self.value(at, N, feed))),
            Some(blank) if is_blank(*blank) && is_name(line, name) => None,
            _ => Some(None),
        }
    }
}

impl<'t> Headers<'t> {
    fn section(
        &self,
        end: usize,
        body: usize,
        start_line: Option<Range<usize>>,
    ) -> Option<Section> {
        let length = self.content_length?.trim_ascii();
        // Longer numbers and what is no number are for the framer.
        if length.is_empty() || length.len() > 8 {
            return None;
        }
        let content_length = length.iter().try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + usize::from(digit - b'0'))
        })?;
        Some(Section {
            end,
            body,
            start_line,
            content_length,
        })
    }

    /// The values that a reader keeps.
    pub(crate) fn raw(&self) -> Option<Raw<'t>> {
        Some(Raw {
            from: self.from?,
            to: self.to?,
            agents: [self.user_agent, self.server],
            content_type: self.content_type,
        })
    }
}

/// The end of the line from `start` on that ends at `feed`, its carriage return left out.
#[inline]
pub(crate) fn text_end(bytes: &[u8], start: usize, feed: usize) -> usize {
    feed - usize::from(feed > start && bytes[feed - 1] == b'\r')
}

/// Whether a text has such a byte. Looks at all of it, which is faster for texts that have none.
#[inline]
pub(crate) fn has_any(text: &[u8], is: impl Fn(u8) -> bool) -> bool {
    text.iter().fold(false, |any, byte| any | is(*byte))
}

/// The status of a start line that stands as programs write it, `Some(None)` of a request. The
/// start line is all of `line`.
pub(crate) fn plain_start_line(line: &[u8]) -> Option<Option<u16>> {
    // A backslash may be an escaped line end, a blank at the end or a colon in the reason the
    // rest of something else.
    if let Some(rest) = line.strip_prefix(b"SIP/2.0 ") {
        let [
            a @ b'1'..=b'6',
            b @ b'0'..=b'9',
            c @ b'0'..=b'9',
            reason @ ..,
        ] = rest
        else {
            return None;
        };
        let is_plain = match reason {
            [] => true,
            [b' ', reason @ ..] => {
                !reason.iter().any(|byte| matches!(byte, b':' | b'\\'))
                    && !reason.last().is_none_or(u8::is_ascii_whitespace)
            }
            _ => false,
        };
        let digits = [a, b, c].map(|digit| u16::from(digit - b'0'));
        let status = digits.iter().fold(0, |status, digit| status * 10 + digit);
        return is_plain.then_some(Some(status));
    }
    let method = line
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let uri = line
        .get(method..)?
        .strip_prefix(b" sip:")?
        .strip_suffix(b" SIP/2.0")?;
    let is_plain = (3..=20).contains(&method)
        && !uri.is_empty()
        && !has_any(uri, |byte| matches!(byte, b' ' | b'\t' | b'\\'));
    is_plain.then_some(None)
}

/// The URI of a request's plain start line.
pub(crate) fn request_uri(line: &[u8]) -> &[u8] {
    let words = line.strip_suffix(b" SIP/2.0").unwrap_or(line);
    let method = words.iter().position(|byte| *byte == b' ');
    method.map_or(&[], |method| &words[method + 1..])
}

/// A `CSeq` that stands as programs write it: ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlainCSeq<'t> {
    pub(crate) method: Method,
    pub(crate) number: u32,
    name: &'t [u8],
    value: &'t [u8],
}

impl<'t> PlainCSeq<'t> {
    /// The method as written.
    pub(crate) fn name(&self) -> &'t str {
        ascii(self.name)
    }

    /// All of it.
    pub(crate) fn value(&self) -> &'t str {
        ascii(self.value)
    }
}

/// ASCII as text. Asked for seldom: what is looked up needs no text.
pub(crate) fn ascii(bytes: &[u8]) -> &str {
    debug_assert!(bytes.is_ascii());
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// The `CSeq` of what stands behind its colon, if it is plain.
pub(crate) fn plain_cseq(raw: &[u8]) -> Option<PlainCSeq<'_>> {
    let value = raw.trim_ascii();
    let (mut digits, mut number) = (0, 0u32);
    while let Some(digit @ b'0'..=b'9') = value.get(digits)
        && digits < 10
    {
        // Nine digits at most are taken below: fewer than 32 bits hold.
        number = number
            .wrapping_mul(10)
            .wrapping_add(u32::from(digit - b'0'));
        digits += 1;
    }
    let name = value[digits..].strip_prefix(b" ")?;
    let is_plain = (1..=9).contains(&digits)
        && (1..=32).contains(&name.len())
        && name.iter().all(u8::is_ascii_uppercase);
    is_plain.then(|| PlainCSeq {
        method: Method::of_bytes(name),
        number,
        name,
        value,
    })
}

/// A Call-ID that stands as programs write it: ASCII.
pub(crate) fn plain_call_id(raw: &[u8]) -> Option<&[u8]> {
    let value = match raw {
        // Nearly all have one blank before and none behind.
        [b' ', value @ ..] => value,
        value => value,
    };
    let value = match value {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => value,
        value => value.trim_ascii(),
    };
    let is_odd = |byte: u8| !matches!(byte, b'!'..=b'~') || matches!(byte, b'\\' | b'&');
    if value.is_empty() || value.len() > 255 || value.ends_with(b".") || has_any(value, is_odd) {
        return None;
    }
    Some(value)
}
