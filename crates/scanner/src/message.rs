//! The message of a record: its headers, and what its session description says.

use std::borrow::Cow;

use siptriage_diagnostics::{HeaderName, unescape};
use siptriage_facts::{Message, Name, Signal, Stamp};

use crate::escapes::pieces;
use crate::frame::{Dress, Frame, Kind, dress_len};
use crate::known;
use crate::lines::{Line, Lines, text};
use crate::plain::{Headers, ascii, plain_call_id, plain_cseq};
use crate::session::Session;
use crate::sip::{HeaderLine, joined_header};

/// A message as its dialog needs it.
#[derive(Debug, Default)]
pub(crate) struct Heard<'t> {
    /// What it is, in a few headers.
    pub(crate) message: Message<'t>,
    /// `Content-Type`.
    pub(crate) content_type: Option<Cow<'t, str>>,
    /// Values of its diagnostics headers, as far as all hops write them alike.
    pub(crate) diagnoses: Vec<String>,
    status: Option<u16>,
    /// Whether its start line is missing.
    is_fragment: bool,
    rseq: Option<Cow<'t, str>>,
    location: Option<Cow<'t, str>>,
    session: Session,
}

impl<'t> Heard<'t> {
    /// Reads the message of a record.
    pub(crate) fn read(record: &'t [u8], frame: &Frame) -> Heard<'t> {
        let mut heard = Heard {
            status: frame.status,
            is_fragment: frame.kind != Kind::Message,
            ..Heard::default()
        };
        heard.message.start_line = start_line(record, frame);
        if !matches!(frame.kind, Kind::Message | Kind::Fragment) {
            return heard;
        }
        if !heard.read_plain(record, frame) {
            heard.read_all(record, frame);
        }
        heard.read_session(record, frame);
        heard
    }

    /// The same, where its headers are found already; none where one of them is not plain.
    pub(crate) fn of_plain(
        record: &'t [u8],
        frame: &Frame,
        headers: &Headers<'t>,
    ) -> Option<Heard<'t>> {
        fn text<'t>(name: &'static str, raw: Option<&'t [u8]>) -> Option<Option<Cow<'t, str>>> {
            match raw {
                Some(raw) => known::plain(name, raw).map(Some),
                None => Some(None),
            }
        }
        let mut heard = Heard {
            status: frame.status,
            is_fragment: false,
            ..Heard::default()
        };
        let message = &mut heard.message;
        message.start_line = start_line(record, frame);
        message.call_id = Some(ascii(plain_call_id(headers.call_id?)?).into());
        message.cseq = Some(plain_cseq(headers.cseq?)?.value().into());
        message.from = Some(known::plain("From", headers.from?)?);
        message.to = Some(known::plain("To", headers.to?)?);
        let server = text("Server", headers.server)?;
        message.user_agent = text("User-Agent", headers.user_agent)?.or(server);
        message.challenge = text("WWW-Authenticate", headers.challenge)?.is_some();
        heard.content_type = text("Content-Type", headers.content_type)?;
        heard.rseq = text("RSeq", headers.rseq)?;
        heard.location = text("ms-endpoint-location-data", headers.location)?;
        heard.read_session(record, frame);
        Some(heard)
    }

    /// The same, for the dialog it belongs to.
    pub(crate) fn signal<'s>(
        &'s self,
        file: &'s Name,
        trace_format: &'static str,
        time: Option<Stamp>,
        of_an_end: bool,
    ) -> Signal<'s> {
        fn optional<'s>(value: &'s Option<Cow<'_, str>>) -> &'s str {
            value.as_deref().unwrap_or_default().trim()
        }
        let message = &self.message;
        let direction = optional(&message.direction);
        let sent = match direction.as_bytes().first() {
            Some(b'o' | b'O') => Some(true),
            Some(b'i' | b'I') => Some(false),
            _ => None,
        };
        let start_line = optional(&message.start_line);
        let request_uri = match self.status {
            None => start_line.split(' ').nth(1).unwrap_or_default(),
            Some(_) => "",
        };
        Signal {
            call_id: optional(&message.call_id),
            file,
            trace_format,
            time,
            sent: sent.filter(|_| of_an_end),
            is_fragment: self.is_fragment,
            status: self.status,
            cseq: optional(&message.cseq),
            rseq: optional(&self.rseq),
            request_uri,
            from: optional(&message.from),
            to: optional(&message.to),
            agent: optional(&message.user_agent),
            challenge: message.challenge,
            described: self.session.described,
            modalities: self.session.modalities,
            candidates: self.session.candidates,
            location: optional(&self.location),
            diagnoses: self.diagnoses.iter().map(String::as_str).collect(),
        }
    }

    /// Headers that stand as programs write them, one a line. Nearly all do, and these are read
    /// without looking at every line for headers that lost line ends joined to it. False, with
    /// nothing changed, where it is not so.
    fn read_plain(&mut self, record: &'t [u8], frame: &Frame) -> bool {
        if frame.dress == Dress::Escaped {
            return false;
        }
        let mut fields = Fields::default();
        let section = &record[..frame.headers.end];
        for line in Lines::from(section, frame.headers.start) {
            let content = line.text(section);
            // Of a line that is wanted for nothing, two bytes say so.
            if !matches!(
                content.first().map(u8::to_ascii_lowercase),
                Some(b'c' | b'f' | b'i' | b'm' | b'p' | b'r' | b's' | b't' | b'u' | b'w')
            ) {
                continue;
            }
            let near = &content[..content.len().min(LONGEST_NAME + 1)];
            let Some(colon) = near.iter().position(|b| *b == b':') else {
                // A blank may stand before the colon.
                if HeaderLine::parse(content).is_some_and(|header| fields.slot(&header).is_some()) {
                    return false;
                }
                continue;
            };
            let header = HeaderLine {
                name: content[..colon].trim_ascii_end(),
                value: content[colon + 1..].trim_ascii(),
            };
            let Some(slot) = fields.slot(&header) else {
                continue;
            };
            if !is_plain(&header, content, colon)
                || matches!(section.get(line.next), Some(b' ' | b'\t'))
            {
                return false;
            }
            slot.get_or_insert(Written::whole(header.value));
        }
        if fields.call_id.is_none()
            || fields.cseq.is_none()
            || fields.from.is_none()
            || fields.to.is_none()
        {
            return false;
        }
        self.take(fields, frame.dress);
        true
    }

    /// Headers wherever they stand: wrapped, joined, escaped, behind line numbers.
    fn read_all(&mut self, record: &'t [u8], frame: &Frame) {
        let mut fields = Fields::default();
        let mut dotted = false;
        let section = &record[..frame.headers.end];
        each_header(record, frame, &mut |header, behind| {
            let Some(slot @ None) = fields.slot(&header) else {
                return;
            };
            let more = match behind {
                Some(at) => continuation(section, at, frame.dress, is_cut(&header)),
                None => b"",
            };
            *slot = Some(Written {
                value: header.value,
                more,
            });
            if header.is("CSeq") {
                let end = if more.is_empty() { header.value } else { more };
                dotted |= end.trim_ascii_end().ends_with(b".");
            }
        });
        self.take(fields, frame.dress);
        if dotted {
            // ngrep shows the carriage return of each line as a full stop; no method ends in one.
            let message = &mut self.message;
            let fields = [
                &mut message.start_line,
                &mut message.call_id,
                &mut message.cseq,
                &mut message.from,
                &mut message.to,
                &mut message.user_agent,
            ];
            for field in fields.into_iter().flatten() {
                if let Some(bare) = field.strip_suffix('.') {
                    *field = Cow::Owned(bare.to_owned());
                }
            }
        }
    }

    fn take(&mut self, fields: Fields<'t>, dress: Dress) {
        let own = |written: Option<Written<'t>>| {
            written.map(|written| match written.joined(dress) {
                Cow::Borrowed(value) => plain_text(value),
                Cow::Owned(value) => Cow::Owned(text(&unescape(&value)).into_owned()),
            })
        };
        let first_word = |value: Cow<'t, str>| match value {
            Cow::Borrowed(value) => {
                let mut words = value.split_ascii_whitespace();
                Cow::Borrowed(words.next().unwrap_or_default())
            }
            Cow::Owned(value) => {
                let mut words = value.split_ascii_whitespace();
                Cow::Owned(words.next().unwrap_or_default().to_owned())
            }
        };
        let message = &mut self.message;
        message.call_id = own(fields.call_id).map(first_word);
        message.cseq = own(fields.cseq);
        message.from = own(fields.from);
        message.to = own(fields.to);
        message.user_agent = own(fields.user_agent.or(fields.server));
        message.challenge = fields.challenge.is_some();
        self.content_type = own(fields.content_type);
        self.rseq = own(fields.rseq);
        self.location = own(fields.location);
    }

    fn read_session(&mut self, record: &'t [u8], frame: &Frame) {
        let body = &record[..frame.body.end];
        let content = &body[frame.body.start..];
        if content.len() < LEAST_DESCRIPTION {
            return;
        }
        let may_describe = match &self.content_type {
            Some(kind) => may_describe(kind),
            None => memchr::memmem::find(&content[..content.len().min(256)], b"v=0").is_some(),
        };
        if !may_describe {
            return;
        }
        if frame.dress == Dress::Escaped {
            for piece in pieces(content) {
                self.session.line(&content[piece.start..piece.end]);
            }
        } else {
            for line in Lines::from(body, frame.body.start) {
                self.session.dressed_line(line.text(body), frame.dress);
            }
        }
    }
}

/// Length of the longest name of a header that is read.
const LONGEST_NAME: usize = "ms-endpoint-location-data".len();

/// Whether a header stands on its line `content` as programs write it: whole, alone, and with
/// nothing that copies put there. `colon` is the place of its colon.
pub(crate) fn is_plain(header: &HeaderLine<'_>, content: &[u8], colon: usize) -> bool {
    let value = header.value;
    !(value.is_empty()
        || value.ends_with(b"\\")
        || value.ends_with(b".")
        || memchr::memchr(b'\\', value).is_some() && holds_line_end(value)
        || may_join(value) && joined_header(content, colon).is_some()
        || is_cut(header))
}

/// Whether the line end of a string literal stands in a value.
fn holds_line_end(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"\\r\\n").is_some()
}

/// The value of a plain header as text.
pub(crate) fn plain_text(value: &[u8]) -> Cow<'_, str> {
    match unescape(value) {
        Cow::Borrowed(value) => text(value),
        Cow::Owned(value) => Cow::Owned(text(&value).into_owned()),
    }
}

/// Whether a body of this content type may hold a session description.
pub(crate) fn may_describe(content_type: &str) -> bool {
    let kind = content_type.to_ascii_lowercase();
    kind.contains("sdp") || kind.contains("multipart")
}

/// A shorter body describes no session.
pub(crate) const LEAST_DESCRIPTION: usize = 8;

/// Whether a lost line end may have joined a header to this value: a colon behind a blank.
fn may_join(value: &[u8]) -> bool {
    let blank = value.iter().position(|b| matches!(b, b' ' | b'\t'));
    blank.is_some_and(|blank| value[blank..].contains(&b':'))
}

/// Whether the value of a `From` or `To` goes on in the next line though nothing indents that:
/// pages break long lines anywhere. Of any header, whether the value is yet to come.
fn is_cut(header: &HeaderLine<'_>) -> bool {
    let value = header.value;
    if value.is_empty() {
        return true;
    }
    if !(header.is("From") || header.is("To")) {
        return false;
    }
    value.ends_with(b";")
        || !value.contains(&b':')
        || value.contains(&b'<') && !value.contains(&b'>')
}

/// Lines that a value is continued on, at most.
const MAX_CONTINUATION: usize = 4;

/// The lines from `at` on that go on with a header: indented ones that are no headers themselves
/// (RFC 3261, section 7.3.1), and one that is not indented where the value is cut.
fn continuation(section: &[u8], at: usize, dress: Dress, cut: bool) -> &[u8] {
    let mut end = at;
    for (nth, line) in Lines::from(section, at).take(MAX_CONTINUATION).enumerate() {
        let content = undressed(section, line, dress);
        let indented = matches!(section.get(line.start), Some(b' ' | b'\t'));
        if content.trim_ascii().is_empty()
            || HeaderLine::parse(content).is_some()
            || !(indented || nth == 0 && cut)
        {
            break;
        }
        end = line.end;
    }
    &section[at.min(end)..end]
}

/// A header's value as it stands.
#[derive(Debug, Clone, Copy)]
struct Written<'t> {
    /// What stands behind the name.
    value: &'t [u8],
    /// The lines that go on with it, dressed as they are.
    more: &'t [u8],
}

impl<'t> Written<'t> {
    /// A value on one line.
    fn whole(value: &'t [u8]) -> Written<'t> {
        Written { value, more: b"" }
    }

    /// The value as one line, a blank for each line end.
    fn joined(self, dress: Dress) -> Cow<'t, [u8]> {
        if self.more.is_empty() {
            return Cow::Borrowed(self.value);
        }
        let mut joined = self.value.to_vec();
        for line in Lines::from(self.more, 0) {
            if !joined.is_empty() {
                joined.push(b' ');
            }
            let whole = line.text(self.more).trim_ascii();
            let content = undressed(self.more, line, dress).trim_ascii();
            // The number of a `CSeq` is no line number.
            let is_method = content.iter().all(u8::is_ascii_uppercase);
            let numbered = is_method && whole.first().is_some_and(u8::is_ascii_digit);
            joined.extend_from_slice(if numbered { whole } else { content });
        }
        Cow::Owned(joined)
    }
}

/// Values of headers as they stand.
#[derive(Debug, Default)]
struct Fields<'t> {
    call_id: Option<Written<'t>>,
    cseq: Option<Written<'t>>,
    from: Option<Written<'t>>,
    to: Option<Written<'t>>,
    user_agent: Option<Written<'t>>,
    server: Option<Written<'t>>,
    content_type: Option<Written<'t>>,
    rseq: Option<Written<'t>>,
    location: Option<Written<'t>>,
    challenge: Option<Written<'t>>,
}

impl<'t> Fields<'t> {
    /// Where the value of this header goes, if it is wanted.
    fn slot(&mut self, header: &HeaderLine<'_>) -> Option<&mut Option<Written<'t>>> {
        let slot = match header.name.first()?.to_ascii_lowercase() {
            b'c' if header.is("CSeq") => &mut self.cseq,
            b'c' | b'i' | b's' if header.is("Call-ID") => &mut self.call_id,
            b'c' if header.is("Content-Type") => &mut self.content_type,
            b'f' if header.is("From") => &mut self.from,
            b't' if header.is("To") => &mut self.to,
            b'u' if header.is("User-Agent") => &mut self.user_agent,
            b's' if header.is("Server") => &mut self.server,
            b'r' if header.is("RSeq") => &mut self.rseq,
            b'm' if header.is("ms-endpoint-location-data") => &mut self.location,
            b'w' if header.is("WWW-Authenticate") => &mut self.challenge,
            b'p' if header.is("Proxy-Authenticate") => &mut self.challenge,
            _ => return None,
        };
        Some(slot)
    }
}

/// The start line of a record, a wrapped one as one line.
fn start_line<'t>(record: &'t [u8], frame: &Frame) -> Option<Cow<'t, str>> {
    if frame.start_line.is_empty() {
        return None;
    }
    let start = &record[frame.start_line.clone()];
    Some(if start.contains(&b'\n') {
        let words = start
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        let words: Vec<_> = words.map(text).collect();
        words.join(" ").into()
    } else {
        let start = start.trim_ascii();
        text(start.strip_suffix(b"\\").unwrap_or(start).trim_ascii_end())
    })
}

/// Names and values.
pub(crate) type NameValues<'t> = Vec<(Cow<'t, str>, Cow<'t, str>)>;

/// All headers of a record in order, diagnoses too; continuation lines are joined by a blank.
pub(crate) fn all_headers<'t>(record: &'t [u8], frame: &Frame) -> NameValues<'t> {
    let mut headers: NameValues<'t> = Vec::new();
    let mut take = |line: &'t [u8]| {
        let continued = line.first().is_some_and(|b| matches!(b, b' ' | b'\t'));
        let parsed = (!continued).then(|| HeaderLine::parse(line)).flatten();
        match (parsed, headers.last_mut()) {
            (Some(header), _) => headers.push((text(header.name), text(header.value))),
            (None, Some((_, value))) if !line.trim_ascii().is_empty() => {
                let value = value.to_mut();
                if !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(&text(line.trim_ascii()));
            }
            (None, _) => {}
        }
    };
    let range = frame.headers.clone();
    if frame.dress == Dress::Escaped {
        for piece in pieces(&record[range.clone()]) {
            take(&record[range.start + piece.start..range.start + piece.end]);
        }
        return headers;
    }
    let section = &record[..range.end];
    for line in Lines::from(section, range.start) {
        let whole = line.text(section);
        let bare = undressed(section, line, frame.dress);
        // An indented line that is no header goes on with the one before.
        if HeaderLine::parse(bare).is_some() || !whole.starts_with(b" ") {
            take(bare);
        } else {
            take(whole);
        }
    }
    headers
}

/// Calls `take` with every header of a record, joined ones too, and with where the next line
/// begins if it may go on with that header. Diagnoses are left out: their values are read
/// elsewhere.
fn each_header<'t>(
    record: &'t [u8],
    frame: &Frame,
    take: &mut dyn FnMut(HeaderLine<'t>, Option<usize>),
) {
    let range = frame.headers.clone();
    if frame.dress == Dress::Escaped {
        for piece in pieces(&record[range.clone()]) {
            let line = &record[range.start + piece.start..range.start + piece.end];
            each_joined(line, None, take);
        }
        return;
    }
    let section = &record[..range.end];
    for line in Lines::from(section, range.start) {
        each_joined(undressed(section, line, frame.dress), Some(line.next), take);
    }
}

/// A line without its dress, and without the marks that literals and Markdown put at its end.
fn undressed(bytes: &[u8], line: Line, dress: Dress) -> &[u8] {
    let whole = line.text(bytes);
    let mut content = &whole[dress_len(whole, dress).min(whole.len())..];
    if let Some(end) = memchr::memmem::find(content, b"\\r\\n") {
        content = &content[..end];
    }
    content.strip_suffix(b"\\").unwrap_or(content)
}

fn each_joined<'t>(
    line: &'t [u8],
    behind: Option<usize>,
    take: &mut dyn FnMut(HeaderLine<'t>, Option<usize>),
) {
    let mut rest = line;
    loop {
        // The name of the first header is no joined one.
        let name = crate::sip::header_name_len(rest).unwrap_or(0);
        let joined = joined_header(rest, name + 1);
        let own = &rest[..joined.unwrap_or(rest.len())];
        if let Some(header) = HeaderLine::parse(own) {
            // A diagnosis may hold colons; its value is read elsewhere.
            if HeaderName::from_name(header.name).is_none() {
                take(header, behind.filter(|_| joined.is_none()));
            }
        }
        match joined {
            Some(at) => rest = &rest[at + 1..],
            None => return,
        }
    }
}
