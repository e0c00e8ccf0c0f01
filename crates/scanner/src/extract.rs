//! Extraction: from one framed record to its message and its diagnoses.

use std::borrow::Cow;

use siptriage_diagnostics::{
    Diagnosis, IceWarn, MalformedValue, MediaItem, MediaSide, Params, media_items,
};
use siptriage_facts::{Carrier, Event, Media, Message, Name, Place, Stamp, TroubleKind};

use crate::escapes::{ends_with_line_end, pieces};
use crate::formats::TraceFormat;
use crate::frame::{Dress, Frame, Kind, dress_len};
use crate::known;
use crate::lines::{Line, Lines, text};
use crate::marks::Words;
use crate::message::Heard;
use crate::native::lanes::Lanes;
use crate::plain::{Headers, PlainMessage, ascii, plain_call_id};
use crate::quality::{self, Tags};
use crate::sip::HeaderLine;
use crate::value::{Hit, next_cdr, next_diag_header, next_name, value_at};

/// Most parameters kept of one diagnosis, and most fields of one media section.
const MAX_PARAMS: usize = 256;

/// How far it is looked back from a diagnosis for the beginning of its line or element. Longer
/// lines are hostile, and many diagnoses on one of them must not be read from its beginning each.
const MAX_LOOK_BACK: usize = 8 << 10;

/// Most media sections kept of one diagnosis.
const MAX_MEDIA: usize = 64;

/// What one record gives. Offsets in it, those of places too, are from the start of the record.
#[derive(Debug, Default)]
pub(crate) struct Extracted<'t> {
    /// The diagnoses, in the order they stand.
    pub(crate) events: Vec<Event<'t>>,
    /// The message, where the record holds one.
    pub(crate) heard: Option<Heard<'t>>,
    /// When the record was logged.
    pub(crate) time: Option<Stamp>,
    /// What stood in the way.
    pub(crate) troubles: Vec<(TroubleKind, usize)>,
}

/// What a look at a record told of it, and how it was looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looked {
    pub(crate) lanes: Lanes,
    /// Words of the header section.
    pub(crate) in_headers: Words,
    /// Words of the body, or of all text where there is no message.
    pub(crate) in_text: Words,
}

impl Looked {
    /// Of a record that nobody has looked at.
    pub(crate) fn at(record: &[u8]) -> Looked {
        Looked::anywhere(Lanes::best(), Words::of(record))
    }

    /// Of a record of which nobody knows where its words are.
    pub(crate) fn anywhere(lanes: Lanes, words: Words) -> Looked {
        Looked {
            lanes,
            in_headers: words,
            in_text: words,
        }
    }

    fn is_empty(self) -> bool {
        self.in_headers.is_empty() && self.in_text.is_empty()
    }
}

/// Reads the record at the start of `bytes`, which go on behind it, and of which this is known.
/// `headers` are those of its message, where they are found already.
pub(crate) fn extract<'t>(
    bytes: &'t [u8],
    frame: &Frame,
    format: &dyn TraceFormat,
    file: &Name,
    looked: Looked,
    headers: Option<&Headers<'t>>,
) -> Extracted<'t> {
    let record = &bytes[..frame.len];
    let has_message = matches!(frame.kind, Kind::Message | Kind::Fragment);
    let holds = frame.kind == Kind::ServerDiagnostic || !looked.is_empty();
    if !has_message && !holds {
        return Extracted::default();
    }
    let surroundings = format.surroundings(bytes, frame);
    let plain = headers.and_then(|headers| Heard::of_plain(record, frame, headers));
    let mut heard = plain.unwrap_or_else(|| Heard::read(record, frame));
    heard.message.direction = surroundings.direction;
    heard.message.peer = surroundings.peer;
    if !holds {
        return Extracted {
            heard: Some(heard),
            time: surroundings.time,
            ..Extracted::default()
        };
    }
    let base = event_of(
        file,
        format.name(),
        surroundings.time,
        heard.message.clone(),
    );
    let (events, troubles) = Reader {
        record,
        frame,
        base,
        content_type: heard.content_type.clone(),
        looked,
        events: Vec::new(),
        named_codes: Vec::new(),
        troubles: Vec::new(),
    }
    .read();
    heard.diagnoses = shared_values(&events);
    Extracted {
        events,
        heard: has_message.then_some(heard),
        time: surroundings.time,
        troubles,
    }
}

/// Diagnoses in the order they stand, and what stood in the way.
pub(crate) type Found<'t> = (Vec<Event<'t>>, Vec<(TroubleKind, usize)>);

/// The diagnoses of a message that was read in one walk. Of the message around them the events have
/// the Call-ID alone; who tells the message to its dialog has the rest. `None` where a value is not
/// plain.
pub(crate) fn extract_plain<'t>(
    bytes: &'t [u8],
    frame: &Frame,
    (message, headers, trace_format): (&PlainMessage, &Headers<'t>, &'static str),
    file: &Name,
    looked: Looked,
) -> Option<Found<'t>> {
    let content_type = match headers.content_type {
        Some(raw) if !looked.in_text.is_empty() => Some(known::plain("Content-Type", raw)?),
        _ => None,
    };
    let around = Message {
        call_id: Some(ascii(plain_call_id(headers.call_id?)?).into()),
        ..Message::default()
    };
    let reader = Reader {
        record: &bytes[..frame.len],
        frame,
        base: event_of(file, trace_format, message.time, around),
        content_type,
        looked,
        events: Vec::new(),
        named_codes: Vec::new(),
        troubles: Vec::new(),
    };
    Some(reader.read())
}

/// The diagnosis of a header line `line`, without its line end: what [`extract_plain`] finds, but
/// for place, time and message, wherever in a header section the line stands if no other one holds
/// a [word](Words) and the next one begins with a letter, or is empty. None where it takes more
/// than the line to say, or where anything stands in the way.
pub(crate) fn extract_line(line: &[u8]) -> Option<Event<'_>> {
    /// Of longer lines values are cut, or read up to the next name.
    const MOST: usize = 1 << 10;
    // A value whose last character owes a parameter, or that leaves a quote open, may go on.
    if line.len() > MOST || matches!(line.trim_ascii_end(), [] | [.., b'=' | b';']) {
        return None;
    }
    let frame = Frame {
        headers: 0..line.len(),
        ..Frame::of_text(Kind::Message, line.len())
    };
    let reader = Reader {
        record: line,
        frame: &frame,
        base: event_of(&"".into(), "", None, Message::default()),
        content_type: None,
        looked: Looked {
            lanes: Lanes::Portable,
            in_headers: Words::NAMED,
            in_text: Words::default(),
        },
        events: Vec::new(),
        named_codes: Vec::new(),
        troubles: Vec::new(),
    };
    let (mut events, troubles) = reader.read();
    let event = events.pop()?;
    let is_alone = events.is_empty() && troubles.is_empty();
    let is_plain = event.place.offset == 0 && event.carrier == Carrier::Header && !event.cut;
    (is_alone && is_plain).then_some(event)
}

/// An event with what a record says, and no diagnosis yet.
fn event_of<'t>(
    file: &Name,
    trace_format: &'static str,
    time: Option<Stamp>,
    message: Message<'t>,
) -> Event<'t> {
    Event {
        place: Place {
            file: file.clone(),
            offset: 0,
            line: 0,
        },
        trace_format,
        time,
        header: None,
        carrier: Carrier::Text,
        code: None,
        sub_code: None,
        reason: None,
        source: None,
        params: Vec::new(),
        media: Vec::new(),
        cut: false,
        message,
    }
}

/// What the diagnostics headers of a message say, as far as every hop writes it alike: a server
/// at the border takes `source` away and says the same under another name.
pub(crate) fn shared_values(events: &[Event<'_>]) -> Vec<String> {
    let headers = events
        .iter()
        .filter(|event| event.carrier == Carrier::Header);
    let mut values: Vec<String> = headers
        .map(|event| {
            let mut value = event.code.unwrap_or(0).to_string();
            for (name, content) in &event.params {
                if !name.eq_ignore_ascii_case("source") {
                    value.push(';');
                    value.push_str(name);
                    value.push('=');
                    value.push_str(content);
                }
            }
            value
        })
        .collect();
    values.sort_unstable();
    values.dedup();
    values
}

struct Reader<'t, 'f> {
    record: &'t [u8],
    frame: &'f Frame,
    /// An event with everything the record says, and no diagnosis yet.
    base: Event<'t>,
    content_type: Option<Cow<'t, str>>,
    looked: Looked,
    events: Vec<Event<'t>>,
    /// Where the codes of named diagnoses stand.
    named_codes: Vec<usize>,
    troubles: Vec<(TroubleKind, usize)>,
}

impl<'t> Reader<'t, '_> {
    /// What the record holds.
    fn read(mut self) -> Found<'t> {
        self.read_parts();
        self.events.sort_by_key(|event| event.place.offset);
        (self.events, self.troubles)
    }

    fn read_parts(&mut self) {
        match self.frame.kind {
            Kind::Message | Kind::Fragment => {
                self.headers();
                if self.looked.in_text.is_empty() {
                    return;
                }
                let body = self.frame.body.clone();
                let content_type = self.content_type.clone();
                let says = |word: &str| {
                    content_type
                        .as_deref()
                        .is_none_or(|t| t.to_ascii_lowercase().contains(word))
                };
                let diag_header = if says("reporterror") {
                    Carrier::DiagHeader
                } else {
                    Carrier::Text
                };
                self.named(body.clone(), Carrier::Text);
                self.diag_headers(body.clone(), diag_header);
                self.cdr(body.clone(), Carrier::Text);
                if says("vq-rtcpxr") || says("multipart") {
                    self.quality(body);
                }
            }
            Kind::Entry => {
                let all = 0..self.record.len();
                self.named(all.clone(), Carrier::Text);
                self.diag_headers(all.clone(), Carrier::Text);
                self.cdr(all.clone(), Carrier::Text);
                self.quality(all);
            }
            Kind::ServerDiagnostic => {
                self.server_record();
                self.headers();
            }
            Kind::Loose => {
                let all = 0..self.record.len();
                self.named(all.clone(), Carrier::Header);
                self.diag_headers(all.clone(), Carrier::DiagHeader);
                self.cdr(all.clone(), Carrier::Cdr);
                self.quality(all);
            }
        }
    }

    /// Named headers in the header section. Names at the front of a line, or where a lost line end
    /// joined headers, count; quoted ones are text.
    fn headers(&mut self) {
        if !self.looked.in_headers.has_any(Words::NAMED) {
            return;
        }
        let range = self.frame.headers.clone();
        let headers = &self.record[..range.end];
        let framed = self.frame.kind == Kind::Message;
        let mut from = range.start;
        let mut value_end = range.start;
        while let Some(hit) = next_name(headers, from) {
            from = hit.value;
            let at_front = self.is_at_front(hit.at);
            let carrier = if at_front || (hit.at >= value_end && !self.is_quoted(hit.at)) {
                Carrier::Header
            } else {
                Carrier::Text
            };
            let value = value_at(headers, hit.value, self.frame.dress);
            match Diagnosis::parse(&value.text) {
                Ok(diagnosis) if (framed && at_front) || diagnosis.is_well_formed() => {
                    let read = self.push(hit, carrier, value.text, value.too_long);
                    if carrier == Carrier::Header {
                        value_end = (hit.value + read).min(value.end);
                    }
                }
                Ok(_) => {}
                Err(MalformedValue::CodeTooLarge) => {
                    self.troubles.push((TroubleKind::CodeTooLarge, hit.at));
                }
                Err(MalformedValue::NoCode) if framed && at_front => {
                    self.troubles.push((TroubleKind::NoCode, hit.at));
                }
                Err(MalformedValue::NoCode) => {}
            }
        }
    }

    /// Whether a header name at `at` is the first thing on its line.
    fn is_at_front(&self, at: usize) -> bool {
        if self.frame.dress == Dress::Escaped {
            let before = self.record[self.frame.headers.start..at].trim_ascii_end();
            return before.is_empty() || ends_with_line_end(before);
        }
        let start = self.line_start(at);
        let line = Line::at(&self.record[..at], start);
        start + dress_len(line.text(self.record), self.frame.dress) >= at
    }

    /// Where the line around `at` begins, or the point up to which it is looked back.
    fn line_start(&self, at: usize) -> usize {
        let least = at.saturating_sub(MAX_LOOK_BACK);
        let before = &self.record[least..at];
        memchr::memrchr(b'\n', before).map_or(least, |lf| least + lf + 1)
    }

    /// Whether `at`, in the middle of a header line, is inside of quotes or in a header that holds
    /// sentences.
    fn is_quoted(&self, at: usize) -> bool {
        let line = &self.record[self.line_start(at)..at];
        let line = match self.frame.dress {
            Dress::Escaped => &line[pieces(line).last().map_or(0, |piece| piece.start)..],
            dress => &line[dress_len(line, dress).min(line.len())..],
        };
        if line.iter().filter(|b| **b == b'"').count() % 2 == 1 {
            return true;
        }
        const SENTENCES: [&str; 8] = [
            "Text",
            "Data",
            "Subject",
            "Reason",
            "Warning",
            "Error-Info",
            "X-Remote-Reason",
            "ms-text-format",
        ];
        let header = HeaderLine::parse(line);
        header.is_some_and(|header| SENTENCES.iter().any(|name| header.is(name)))
    }

    /// Named headers in text that is no header section.
    fn named(&mut self, range: std::ops::Range<usize>, carrier: Carrier) {
        if !self.looked.in_text.has_any(Words::NAMED) {
            return;
        }
        let region = &self.record[..range.end];
        let mut from = range.start;
        while let Some(hit) = next_name(region, from) {
            from = hit.value;
            let value = value_at(region, hit.value, self.frame.dress);
            match Diagnosis::parse(&value.text) {
                Ok(diagnosis) if diagnosis.is_well_formed() => {
                    self.push(hit, carrier, value.text, value.too_long);
                }
                Err(MalformedValue::CodeTooLarge) if carrier == Carrier::Header => {
                    self.troubles.push((TroubleKind::CodeTooLarge, hit.at));
                }
                _ => {}
            }
        }
    }

    /// The name-less form of monitoring reports.
    fn cdr(&mut self, range: std::ops::Range<usize>, carrier: Carrier) {
        if !self.looked.in_text.has_any(Words::CDR) {
            return;
        }
        let region = &self.record[..range.end];
        let mut from = range.start;
        while let Some(hit) = next_cdr(region, from, region.len()) {
            // The same shape under a header's name is that header.
            if self.named_codes.contains(&hit.at) {
                from = hit.at + 1;
                continue;
            }
            let value = value_at(region, hit.value, self.frame.dress);
            let read = self.push(hit, carrier, value.text, value.too_long);
            from = (hit.value + read.max(1)).min(value.end.max(hit.value + 1));
        }
    }

    /// `diagHeader` elements, with the attributes of the `error` around them.
    fn diag_headers(&mut self, range: std::ops::Range<usize>, carrier: Carrier) {
        if !self.looked.in_text.has_any(Words::DIAG_HEADER) {
            return;
        }
        let region = &self.record[..range.end];
        let mut from = range.start;
        while let Some(hit) = next_diag_header(region, from) {
            from = hit.value;
            let value = value_at(region, hit.value, self.frame.dress);
            if Diagnosis::parse(&value.text).is_err() {
                continue;
            }
            self.push(hit, carrier, value.text, value.too_long);
            let least = range.start.max(hit.at.saturating_sub(MAX_LOOK_BACK));
            let error = memchr::memmem::rfind(&region[least..hit.at], b"<error ");
            let Some(open) = error.map(|at| least + at) else {
                continue;
            };
            let close = memchr::memchr(b'>', &region[open..]).map_or(hit.at, |at| open + at);
            let attributes = &region[open + b"<error".len()..close];
            let Some(event) = self.events.last_mut() else {
                continue;
            };
            for name in [
                "callId",
                "fromTag",
                "toTag",
                "toUri",
                "responseCode",
                "requestType",
            ] {
                if let Some(value) = quality::attribute(attributes, name.as_bytes()) {
                    event.params.push((name.into(), text(value)));
                    // The failed call's own identifier, where no message around gives another.
                    if name == "callId" && event.message.call_id.is_none() {
                        event.message.call_id = Some(text(value));
                    }
                }
            }
        }
    }

    /// Quality reports.
    fn quality(&mut self, range: std::ops::Range<usize>) {
        if !self.looked.in_text.has_any(Words::QUALITY) {
            return;
        }
        let mut tags = Tags::new(&self.record[..range.end], self.looked.lanes);
        let mut from = range.start;
        while let Some(start) = quality::next_report(tags.bytes(), from) {
            let report = quality::read_report(&mut tags, start);
            from = report.end.max(start + 1);
            let mut event = self.event_at(start, Carrier::Qoe);
            if event.message.call_id.is_none() {
                let call_id = report.params.iter().find(|(name, _)| name == "CallId");
                event.message.call_id = call_id.map(|(_, value)| value.clone());
            }
            event.params = report.params;
            event.media = report.media;
            self.events.push(event);
        }
    }

    /// A TF_DIAG record.
    fn server_record(&mut self) {
        let range = self.frame.headers.clone();
        // The record as a whole is the diagnosis: its place is its first line.
        let mut event = self.event_at(0, Carrier::ServerRecord);
        let mut text_name = None;
        for line in Lines::from(&self.record[..range.end], range.start) {
            let whole = line.text(self.record);
            let content = &whole[dress_len(whole, Dress::Gutter).min(whole.len())..];
            let Some(header) = HeaderLine::parse(content) else {
                continue;
            };
            let value = header.value;
            match header.name {
                b"Severity" => event.params.push(("severity".into(), text(value))),
                b"Text" => {
                    // Publishers lose the line end before the result code.
                    let glued = memchr::memmem::find(value, b" Result-Code:");
                    let sentence = &value[..glued.unwrap_or(value.len())];
                    event
                        .params
                        .push(("text".into(), text(sentence.trim_ascii())));
                    text_name = glued.map(|at| &value[at + b" Result-Code:".len()..]);
                }
                b"Result-Code" => text_name = Some(value),
                b"SIP-Start-Line" => event.message.start_line = Some(text(value)),
                b"SIP-Call-ID" => event.message.call_id = Some(text(value)),
                b"SIP-CSeq" => event.message.cseq = Some(text(value)),
                b"Peer" => event.message.peer = Some(text(value)),
                b"Data" => {
                    event.params.push(("data".into(), text(value)));
                    for param in Params::new(value).take(MAX_PARAMS) {
                        event.params.push((text(param.name), text(param.value)));
                    }
                }
                _ => {}
            }
        }
        if let Some(result) = text_name {
            let mut words = result
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty());
            for name in ["result_code", "result_name"] {
                if let Some(word) = words.next() {
                    event.params.push((name.into(), text(word)));
                }
            }
        }
        self.events.push(event);
    }

    fn event_at(&self, at: usize, carrier: Carrier) -> Event<'t> {
        let mut event = self.base.clone();
        event.place.offset = at as u64;
        event.carrier = carrier;
        event
    }

    /// Adds the diagnosis of a value that has a code. Returns how many bytes of the value were
    /// read.
    fn push(&mut self, hit: Hit, carrier: Carrier, value: Cow<'t, [u8]>, too_long: bool) -> usize {
        let mut event = self.event_at(hit.at, carrier);
        event.header = hit.header;
        if hit.header.is_some() {
            let code = &self.record[hit.value..];
            let ornaments = code.iter().take_while(|b| !b.is_ascii_digit()).count();
            self.named_codes.push(hit.value + ornaments);
        }
        let mut dropped = false;
        let read = match value {
            Cow::Borrowed(value) => fill(&mut event, value, text, &mut dropped),
            Cow::Owned(value) => fill(
                &mut event,
                &value,
                |b| Cow::Owned(text(b).into_owned()),
                &mut dropped,
            ),
        };
        event.cut |= too_long;
        if dropped {
            self.troubles.push((TroubleKind::TooManyParameters, hit.at));
        }
        self.events.push(event);
        read
    }
}

/// Fills an event from the value of its diagnosis. `own` makes text of a piece of the value.
fn fill<'t, 'v>(
    event: &mut Event<'t>,
    value: &'v [u8],
    own: impl Fn(&'v [u8]) -> Cow<'t, str>,
    dropped: &mut bool,
) -> usize {
    let Ok(diagnosis) = Diagnosis::parse(value) else {
        return 0;
    };
    event.code = Some(diagnosis.code);
    event.sub_code = diagnosis.sub_code.map(&own);
    let mut params = diagnosis.params();
    event.params.reserve(4);
    let mut flat: Vec<(&[u8], &[u8])> = Vec::new();
    for param in params.by_ref() {
        if event.params.len() >= MAX_PARAMS {
            *dropped = true;
            continue;
        }
        event.cut |= param.open || param.value.ends_with(b"...");
        event.params.push((own(param.name), own(param.value)));
        if param.name.eq_ignore_ascii_case(b"reason") {
            event.reason.get_or_insert_with(|| own(param.value));
        } else if param.name.eq_ignore_ascii_case(b"source") {
            event.source.get_or_insert_with(|| own(param.value));
        } else if let Some(side) = MediaSide::from_param(param.name) {
            media_sections(&mut event.media, side, param.value, &own, dropped);
        } else {
            flat.push((param.name, param.value));
        }
    }
    flattened(&mut event.media, &flat, &own);
    diagnosis.code_len + params.consumed()
}

fn media_sections<'t, 'v>(
    media: &mut Vec<Media<'t>>,
    side: MediaSide,
    value: &'v [u8],
    own: &impl Fn(&'v [u8]) -> Cow<'t, str>,
    dropped: &mut bool,
) {
    let first = media.len();
    for item in media_items(value) {
        let label = match item {
            MediaItem::Section(label) => Some(label),
            // Fields before any label: a section without one.
            MediaItem::Field(..) if media.len() == first => Some(&b""[..]),
            MediaItem::Field(..) => None,
        };
        if let Some(label) = label {
            if media.len() >= MAX_MEDIA {
                *dropped = true;
                return;
            }
            media.push(Media {
                side: Some(side),
                label: own(label),
                fields: Vec::with_capacity(4),
                ..Media::default()
            });
        }
        let Some(section) = media.last_mut() else {
            return;
        };
        if let MediaItem::Field(name, value) = item {
            if section.fields.len() >= MAX_PARAMS {
                *dropped = true;
                return;
            }
            field(section, name, value, own);
        }
    }
}

/// Takes one field into a media section. An empty mask is no mask.
fn field<'t, 'v>(
    section: &mut Media<'t>,
    name: &'v [u8],
    value: &'v [u8],
    own: &impl Fn(&'v [u8]) -> Cow<'t, str>,
) {
    if name.eq_ignore_ascii_case(b"ICEWarn") && section.ice_warn.is_none() && !value.is_empty() {
        match IceWarn::parse_front(value) {
            Ok(mask) => section.ice_warn = Some(mask),
            Err(_) => section.malformed_ice_warn = Some(own(value)),
        }
    } else if name.eq_ignore_ascii_case(b"ICEWarnEx") && IceWarn::parse_front(value).is_ok() {
        section.ice_warn_ex = IceWarn::parse_front(value).ok().map(IceWarn::bits);
    } else {
        section.fields.push((own(name), own(value)));
    }
}

/// The flattened form: each field of one media section is a parameter of its own.
fn flattened<'t, 'v>(
    media: &mut Vec<Media<'t>>,
    params: &[(&'v [u8], &'v [u8])],
    own: &impl Fn(&'v [u8]) -> Cow<'t, str>,
) {
    let value = |wanted: &[u8]| {
        params
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| *value)
    };
    if value(b"ICEWarn").is_none() && value(b"MediaType").is_none() || media.len() >= MAX_MEDIA {
        return;
    }
    let mut section = Media {
        side: value(b"UserType").and_then(MediaSide::from_user_type),
        label: value(b"MediaType").map(own).unwrap_or_default(),
        ..Media::default()
    };
    const NOT_MEDIA: [&[u8]; 5] = [
        b"UserType",
        b"MediaType",
        b"component",
        b"appName",
        b"Count",
    ];
    for (name, value) in params {
        if !NOT_MEDIA
            .iter()
            .any(|other| name.eq_ignore_ascii_case(other))
        {
            field(&mut section, name, value, own);
        }
    }
    media.push(section);
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 20] = [
        "ms-client-diagnostics: 24; reason=\"Call failed\";CallerMediaDebug=\"application-sharing:ICEWarn=0x320,LocalSite=192.0.2.1:50123,LocalLocation=1,RemoteLocation=1,FederationType=0\"",
        "MS-Diagnostics:1008;reason=\"Unable to resolve DNS SRV record\";domain=\"fabrikam.com\";source=\"sip.contoso.com\"",
        "ms-diagnostics-public: 1003.5; reason = 'User does not exist' ; a=b ",
        "ms-diagnostics: 24",
        "ms-diagnostics: 24;",
        "ms-diagnostics: 24;reason=",
        "ms-diagnostics: 24;reason=\"open",
        "ms-diagnostics: 24;reason=\"cut...\"",
        "ms-diagnostics: ",
        "ms-diagnostics: none",
        "ms-diagnostics: 99999999999;reason=\"x\"",
        "ms-diagnostics : 24;reason=\"x\"",
        "**ms-diagnostics**: 24;reason=\"x\"",
        "x-ms-diagnostics: 24;reason=\"x\"",
        "Warning: 1 x \"ms-diagnostics: 24;reason=x\"",
        "ms-diagnostics: 24;reason=\"x\" Server: y",
        "ms-diagnostics: 24;reason=\"caf\u{e9}\"",
        "ms-diagnostics: 24;reason=\"x\";CallerMediaDebug=\"audio:ICEWarn=zz\"",
        "ms-diagnostics: 24;reason=\"<b>x</b>\"</td>",
        "ms-diagnostics: 24;reason=\"x\";UserType=\"Callee\";MediaType=\"audio\";ICEWarn=\"0x20\"",
    ];

    /// What a message with this header line among others holds.
    fn in_a_message(before: &str, line: &str, behind: &str, dress: Dress) -> Found<'static> {
        let text: &str = format!("{before}{line}{behind}").leak();
        let frame = Frame {
            headers: 0..text.len(),
            dress,
            ..Frame::of_text(Kind::Message, text.len())
        };
        let looked = Looked {
            in_text: Words::default(),
            ..Looked::at(text.as_bytes())
        };
        let reader = Reader {
            record: text.as_bytes(),
            frame: Box::leak(Box::new(frame)),
            base: event_of(&"".into(), "", None, Message::default()),
            content_type: None,
            looked,
            events: Vec::new(),
            named_codes: Vec::new(),
            troubles: Vec::new(),
        };
        reader.read()
    }

    #[test]
    fn a_line_says_what_it_says_in_a_message() {
        let mut alone = 0;
        for line in LINES {
            for end in 0..=line.len() {
                let Some(line) = line.get(..end) else {
                    continue;
                };
                let Some(own) = extract_line(line.as_bytes()) else {
                    continue;
                };
                alone += 1;
                for before in ["", "Via: x\r\n", "From: \"a\nB: c\n"] {
                    for behind in [
                        "",
                        "\n",
                        "\r\nCSeq: 1 BYE\r\n",
                        "\na=b\n",
                        "\nx\"; y=z\n",
                        "\nreason=\"x\"\n",
                    ] {
                        for dress in [Dress::Plain, Dress::Gutter] {
                            let (mut events, troubles) = in_a_message(before, line, behind, dress);
                            assert_eq!(
                                (events.len(), troubles.len()),
                                (1, 0),
                                "{line:?}{behind:?}"
                            );
                            assert_eq!(events[0].place.offset, before.len() as u64);
                            events[0].place.offset = 0;
                            assert_eq!(events[0], own, "{line:?}{behind:?}");
                        }
                    }
                }
            }
        }
        assert!(alone > 200, "{alone}");
        // What the next line may belong to is not told from one line.
        for line in ["24;", "24;reason=", "24;reason=\"open", ""] {
            let line = format!("ms-diagnostics: {line}");
            assert_eq!(extract_line(line.as_bytes()), None, "{line}");
        }
    }
}
