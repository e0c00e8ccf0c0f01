//! Client logs: `.UccApilog` of Communicator, Lync and Skype for Business.
//!
//! ```text
//! MM/DD/YYYY|hh:mm:ss.mmm PID:TID LEVEL :: text
//! continuation lines
//! ```
//! The start line of a message is the text of an entry (or the line after an entry without
//! text); headers and body are continuation lines. The next entry ends the message. Around it
//! stand `Data Received -address (…) N bytes:` and `End of Data Received -address (…) N bytes`,
//! or `Sending Packet - …`: excerpts often lack them, so nothing depends on them.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use siptriage_facts::Zone;

use crate::entries::{entry_start, stamp_inside};
use crate::formats::{Formats, Sample, Surroundings, TraceFormat};
use crate::frame::{Dress, Frame, Kind, View, header_section, proven_body_end};
use crate::lines::{Line, Lines, indent, text};
use crate::plain::{Layout, Plain, PlainMessage, Walk, plain_start_line};
use crate::sip::{StartLine, opens_body};
use crate::stamps::client_stamp;

#[derive(Debug)]
pub(super) struct Client;

impl TraceFormat for Client {
    fn name(&self) -> &'static str {
        "uccapi"
    }

    fn title(&self) -> &'static str {
        "Client log (.UccApilog) of Communicator, Lync, Skype for Business"
    }

    fn starts(&self, bytes: &[u8], line: Line) -> bool {
        entry_start(line.text(bytes)).is_some()
    }

    fn starts_inside(&self, line: &[u8]) -> Option<usize> {
        stamp_inside(line)
    }

    fn interrupts(&self) -> bool {
        true
    }

    fn frame(&self, view: &View<'_>, formats: &Formats) -> Frame {
        let bytes = view.bytes;
        let first = Line::at(bytes, 0);
        let entry = entry_start(first.text(bytes)).unwrap_or(0);
        let second = Line::at(bytes, first.next);
        let interrupted = |line: Line| line.start > 0 && formats.interrupts(bytes, line);
        let said = &bytes[entry..first.end];

        let (start, line) = if StartLine::parse(said).is_some()
            || (StartLine::is_wrapped(said, second.text(bytes)) && !interrupted(second))
        {
            (entry, first)
        } else if (said.trim_ascii().is_empty() || said.trim_ascii_end().ends_with(b"bytes:"))
            && !interrupted(second)
        {
            let text = second.text(bytes);
            let indent = indent(text);
            match StartLine::parse(&text[indent..]) {
                Some(_) => (second.start + indent, second),
                None => return sentence(view, formats, first, said),
            }
        } else {
            return sentence(view, formats, first, said);
        };

        let text = &bytes[start..line.end];
        let (start_line, status, headers) = match StartLine::parse(text) {
            Some(parsed)
                if start + parsed.len < line.end
                    && !bytes[start + parsed.len..line.end].trim_ascii().is_empty() =>
            {
                (
                    start..start + parsed.len,
                    parsed.status,
                    start + parsed.len + 1,
                )
            }
            Some(parsed) => (start..start + parsed.len, parsed.status, line.next),
            None => (
                start..Line::at(bytes, line.next).end,
                None,
                Line::at(bytes, line.next).next,
            ),
        };
        let headers = headers.min(bytes.len());
        let section = header_section(bytes, headers, Dress::Plain, true, &interrupted);
        let body = section.body.unwrap_or(section.end);
        let follows = |at: usize| formats.follows(view, at);
        let proven = match section.content_length {
            Some(length) if section.body.is_some() => proven_body_end(view, body, length, &follows),
            _ => None,
        };
        let len = match (proven, section.body) {
            // Empty lines behind a message belong to it.
            (Some(end), _) => super::skip_few_blank_lines(bytes, end),
            (None, Some(body)) => formats.next_interruption(view, body),
            (None, None) => section.end,
        };
        let body_end = proven.unwrap_or(len).max(body);
        Frame {
            len: len.max(first.next),
            kind: Kind::Message,
            dress: Dress::Plain,
            start_line,
            status,
            headers: headers..section.end.max(headers),
            body: body..body_end,
        }
    }

    fn plain_fronts(&self) -> &'static [u8] {
        b"0123456789"
    }

    fn plain<'t>(&self, walk: &mut Walk<'t, '_>, at: usize) -> Option<Plain> {
        let bytes = walk.bytes;
        let feed = walk.marks.feed(bytes, at)?;
        let line = &bytes[at..walk.text_end(at, feed)];
        let entry = match walk.marks.entry(at) {
            Some(entry) => entry,
            None => plain_entry(line)?,
        };
        let said = &line[entry..];
        match said {
            // An upper-case word: it may be a start line.
            [b'A'..=b'Z', b'A'..=b'Z', b'A'..=b'Z', ..] => {
                let message = plain_message(walk, at, entry, feed);
                message.or_else(|| plain_sentence(walk, at, feed, said))
            }
            _ => plain_sentence(walk, at, feed, said),
        }
    }

    fn surroundings<'t>(&self, bytes: &'t [u8], frame: &Frame) -> Surroundings<'t> {
        let first = Line::at(bytes, 0);
        let line = first.text(bytes);
        let stamp = client_stamp(&line[line.iter().take_while(|b| !b.is_ascii_digit()).count()..]);
        let mut surroundings = Surroundings {
            time: stamp.and_then(|(stamp, _)| stamp),
            ..Surroundings::default()
        };
        if frame.kind == Kind::Message {
            // The entry that closes the message, else the one that opened it.
            let closing = Line::at(bytes, frame.len.min(bytes.len())).text(bytes);
            let frame_line = [closing, line].into_iter().find_map(connection);
            if let Some((direction, peer)) = frame_line {
                surroundings.direction = Some(direction.into());
                surroundings.peer = Some(text(peer));
            }
        }
        surroundings
    }

    fn is_of_an_end(&self) -> bool {
        true
    }

    fn samples(&self) -> &'static [Sample] {
        &[
            Sample {
                text: "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: Data Received -192.0.2.10:5061 (To Local Address: 198.51.100.7:49222) 512 bytes:\n\
                    03/14/2026|09:26:53.589 1A2C:F40 INFO  :: SIP/2.0 488 Not Acceptable Here\n\
                    Via: SIP/2.0/TLS 198.51.100.7:49222\n\
                    From: \"Ann Example\"<sip:ann@contoso.com>;tag=1a;epid=2b\n\
                    To: <sip:bob@fabrikam.com>;tag=3c\n\
                    Call-ID: 0f1e2d3c\n\
                    CSeq: 1 INVITE\n\
                    ms-client-diagnostics: 52063;reason=\"Unsupported session description\"\n\
                    Content-Length: 0\n\
                    \n\
                    03/14/2026|09:26:53.590 1A2C:F40 INFO  :: End of Data Received -192.0.2.10:5061 (To Local Address: 198.51.100.7:49222) 512 bytes\n",
                records: 3,
                messages: 1,
                diagnoses: &[("header", 52063)],
            },
            Sample {
                text: "03/14/2026|09:26:53.589 1A2C:F40 TRACE :: seen ms-client-diagnostics: 24;reason=\"x\" in a sentence\n\
                    03/14/2026|09:26:53.600 1A2C:F40 INFO  :: \n\
                    MESSAGE sip:bob@fabrikam.com SIP/2.0\n\
                    Call-ID: 1\n\
                    Content-Type: text/plain\n\
                    Content-Length: 117\n\
                    \n\
                    03/14/2026|09:26:53.589 1A2C:F40 INFO  :: SIP/2.0 504 x\n\
                    ms-diagnostics: 1008;reason=\"pasted\"\n\
                    a line to fill it up\n\
                    03/14/2026|09:26:54.000 1A2C:F40 ERROR :: done\n",
                records: 3,
                messages: 1,
                diagnoses: &[("text", 24), ("text", 1008)],
            },
        ]
    }
}

/// Where the text of an entry begins, at the front of a line that is written as programs do.
fn plain_entry(line: &[u8]) -> Option<usize> {
    let front: &[u8; SHAPE.len()] = line.first_chunk()?;
    has_shape(front).then(|| crate::entries::behind_stamp(line, SHAPE.len() - 1))?
}

/// How the stamp of an entry is written: 0 stands for any digit.
const SHAPE: &[u8; 24] = b"00/00/0000|00:00:00.000 ";

/// Whether a text has the shape of a stamp. Every entry is asked: eight bytes at a time.
fn has_shape(front: &[u8; SHAPE.len()]) -> bool {
    const LOW: u64 = 0x0f0f_0f0f_0f0f_0f0f;
    let words = front.as_chunks::<8>().0.iter();
    let shape = SHAPE.as_chunks::<8>().0.iter();
    words.zip(shape).all(|(word, shape)| {
        let digits = u64::from_le_bytes(shape.map(|byte| if byte == b'0' { 0xff } else { 0 }));
        // Nothing where both are the same; of a digit its number.
        let other = u64::from_le_bytes(*word) ^ u64::from_le_bytes(*shape);
        let numbers = other & digits;
        let is_great = ((numbers & LOW) + 0x0606_0606_0606_0606) & !LOW;
        (other & !digits) | (numbers & !LOW) | is_great == 0
    })
}

/// Lines that go on with an entry, at most.
const MAX_LINES: usize = 64;

/// An entry that holds no message, of which the first line ends at `feed`.
fn plain_sentence<'t>(
    walk: &mut Walk<'t, '_>,
    at: usize,
    feed: usize,
    said: &[u8],
) -> Option<Plain> {
    // Another entry may begin in the middle of the line.
    if memchr::memchr(b'|', said).is_some() {
        return None;
    }
    let first = feed + 1;
    let (text_end, end) = if next_entry(walk, first).is_none() {
        behind_lines(walk, first, said)?
    } else if StartLine::parse(said).is_none() {
        (first, first)
    } else {
        return None;
    };
    walk.sees_behind(end).then(|| Plain {
        frame: Frame {
            body: 0..text_end - at,
            ..Frame::of_text(Kind::Entry, end - at)
        },
        message: None,
    })
}

/// Behind the lines from `from` on that go on with an entry that said this, and behind the empty
/// lines that follow; none where they may be something else.
fn behind_lines(walk: &mut Walk<'_, '_>, from: usize, said: &[u8]) -> Option<(usize, usize)> {
    let bytes = walk.bytes;
    let is_message = StartLine::parse(said).is_some()
        || said.trim_ascii().is_empty()
        || said.ends_with(b":")
        || said.starts_with(b"End of ");
    if is_message {
        return None;
    }
    let multiline = is_multiline(said);
    let mut end = from;
    for nth in 0..MAX_LINES {
        if next_entry(walk, end).is_some() {
            return Some((end, end));
        }
        let next = walk.marks.feed(bytes, end)? + 1;
        let line = Line {
            start: end,
            end: walk.text_end(end, next - 1),
            next,
        };
        let text = line.text(bytes);
        let is_wrapped = nth == 0 && StartLine::is_wrapped(said, text);
        if is_wrapped || walk.formats.starts(bytes, line) || stamp_inside(text).is_some() {
            return None;
        }
        if !multiline && line.is_blank(bytes) {
            let behind = walk.behind_empty_lines(end)?;
            next_entry(walk, behind)?;
            return Some((next, behind));
        }
        end = next;
    }
    None
}

/// Whether an entry that says this goes on behind empty lines.
fn is_multiline(said: &[u8]) -> bool {
    static HTTP: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("HTTP"));
    opens_body(said) || HTTP.find(said).is_some()
}

/// Where the text of the entry begins that begins at `at`, and notes it for who reads that one.
fn next_entry(walk: &mut Walk<'_, '_>, at: usize) -> Option<usize> {
    let text = plain_entry(walk.bytes.get(at..)?)?;
    walk.marks.note_entry(at, text);
    Some(text)
}

/// A message whose start line is the text of an entry.
fn plain_message<'t>(
    walk: &mut Walk<'t, '_>,
    at: usize,
    entry: usize,
    feed: usize,
) -> Option<Plain> {
    let bytes = walk.bytes;
    let start = at + entry;
    let text_end = walk.text_end(at, feed);
    let status = plain_start_line(&bytes[start..text_end])?;
    let headers = feed + 1;
    let section = walk.section(headers, usize::MAX, Layout::Wire)?;
    let body = section.body;
    let (body_end, end) = match section.content_length {
        0 => (body, body),
        length => {
            // Where the line ends were changed, the length is that of what was sent.
            let end = match bytes[..body].ends_with(b"\r\n") {
                true => body.checked_add(length)?,
                false => walk.end_as_sent(body, length)?,
            };
            match bytes.get(end..)? {
                [b'\r', b'\n', ..] => (end, end + 2),
                [b'\n', ..] => (end, end + 1),
                _ => (end, end),
            }
        }
    };
    let next = next_entry(walk, end)?;
    // A record of a server would have its marker there.
    if !walk.sees_behind(end) || walk.marks.dollars(bytes, at, end).is_some() {
        return None;
    }
    let time = walk.known.stamps.read(&bytes[at..], b'|', Zone::Local);
    // The entry that closes the message says which way it went.
    let closing = walk.marks.feed(bytes, end)?;
    let closing = &bytes[end..walk.text_end(end, closing)];
    let sent = connection_of(&closing[next..]).map(|(direction, _)| direction == OUTGOING);
    Some(Plain {
        frame: Frame {
            len: end - at,
            kind: Kind::Message,
            dress: Dress::Plain,
            start_line: entry..text_end - at,
            status,
            headers: headers - at..section.end - at,
            body: body - at..body_end - at,
        },
        message: Some(PlainMessage {
            time: Some(time?),
            sent,
        }),
    })
}

/// An entry that holds no message: its continuation lines go on to the next record, or to an
/// empty line, unless the entry shows an HTTP message or XML, which have such lines.
fn sentence(view: &View<'_>, formats: &Formats, first: Line, said: &[u8]) -> Frame {
    let bytes = view.bytes;
    // Another entry on the line; not this one, which may be indented.
    let text = first.text(bytes);
    let own = text.iter().take_while(|b| !b.is_ascii_digit()).count();
    if let Some(stamp) = stamp_inside(&text[own..]) {
        return Frame::of_text(Kind::Entry, own + stamp);
    }
    // The line that closes a message has nothing behind it.
    if said.starts_with(b"End of ") && connection(first.text(bytes)).is_some() {
        return Frame::of_text(Kind::Entry, first.next);
    }
    let multiline = is_multiline(said);
    let mut len = first.next;
    for line in Lines::from(bytes, first.next) {
        if formats.starts(bytes, line) {
            break;
        }
        if line.is_blank(bytes) && !multiline {
            len = line.next;
            break;
        }
        if let Some(stamp) = stamp_inside(line.text(bytes)) {
            return Frame::of_text(Kind::Entry, line.start + stamp);
        }
        len = line.next;
    }
    Frame::of_text(Kind::Entry, len)
}

/// Direction and peer, from the entry that opens or closes a message.
fn connection(line: &[u8]) -> Option<(&'static str, &[u8])> {
    connection_of(&line[entry_start(line)?..])
}

const OUTGOING: &str = "outgoing";

/// The same, from the text of the entry.
fn connection_of(text: &[u8]) -> Option<(&'static str, &[u8])> {
    let text = text.strip_prefix(b"End of ").unwrap_or(text);
    let (direction, rest) = if let Some(rest) = text.strip_prefix(b"Data Received") {
        ("incoming", rest)
    } else {
        (OUTGOING, text.strip_prefix(b"Sending Packet")?)
    };
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b"-").unwrap_or(rest).trim_ascii_start();
    let len = rest.iter().take_while(|b| !b.is_ascii_whitespace()).count();
    (len > 0).then(|| (direction, &rest[..len]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_have_their_shape() {
        let stamp = b"03/14/2026|09:26:53.589 ";
        assert!(has_shape(stamp));
        for at in 0..stamp.len() {
            for byte in 0..=255 {
                let mut other = *stamp;
                other[at] = byte;
                let fits = match SHAPE[at] {
                    b'0' => byte.is_ascii_digit(),
                    separator => byte == separator,
                };
                assert_eq!(has_shape(&other), fits, "{at} {byte}");
            }
        }
    }

    #[test]
    fn frame_lines_give_direction_and_peer() {
        let line = "04/16/2026|03:17:30.168 1C2D:E3F INFO  :: End of Sending Packet - 192.0.2.1:5061 (x) 1 bytes";
        assert_eq!(
            connection(line.as_bytes()),
            Some(("outgoing", &b"192.0.2.1:5061"[..]))
        );
        let line =
            "04/16/2026|03:17:30.168 1C2D:E3F INFO  :: Data Received -192.0.2.1:5061 (x) 1 bytes:";
        assert_eq!(
            connection(line.as_bytes()),
            Some(("incoming", &b"192.0.2.1:5061"[..]))
        );
        let nobody = "04/16/2026|03:17:30.168 1C2D:E3F INFO  :: Data Received - ";
        assert_eq!(connection(nobody.as_bytes()), None);
    }
}
