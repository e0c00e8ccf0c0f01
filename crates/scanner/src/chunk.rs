//! One chunk of an input: its records, one after the other.
//!
//! A record that stands as its program wrote it is read in one walk ([`crate::plain`]) and told to
//! its dialog at once. All others, and those that hold a diagnosis, are framed and extracted step
//! by step.

use std::borrow::Cow;
use std::io;
use std::ops::Range;

use siptriage_facts::{
    Around, CallId, CallIdHash, Carrier, DialogId, Event, Facts, FormatCoverage, Logged, MAX_TEXTS,
    Merge, Method, Name, Names, PartyTraits, Place, Selection, Signal, Stamp, Told, TroubleKind,
    UriSays, Who, message_id,
};

use crate::extract::{Looked, extract, extract_plain, shared_values};
use crate::formats::{ALL, Formats, LOOSE, TraceFormat, skip_few_blank_lines};
use crate::frame::{Dress, Frame, Kind, MAX_RECORD, View};
use crate::known::{self, Known, KnownDiagnosis, KnownSessions};
use crate::lines::{Line, Lines, text};
use crate::marks::{Marks, Words};
use crate::message::{LEAST_DESCRIPTION, NameValues, all_headers};
use crate::native::lanes::Lanes;
use crate::plain::{
    Headers, Plain, PlainMessage, Walk, ascii, plain_call_id, plain_cseq, request_uri, text_end,
};
use crate::record::Record;
use crate::session::Session;
use crate::source::{Source, Window};

/// How far a guess looks for the start of a framed record.
const GUESS: usize = 64 << 10;

/// Bytes behind a chunk that a window has at first; more if a record needs them.
const BEHIND: u64 = 64 << 10;

/// How much of a record its format is told from.
const DETECTION: usize = 32 << 10;

/// What a scan is after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Counts and dialogs.
    Everything,
    /// Counts alone.
    Counts,
    /// Counts, and the diagnoses themselves.
    Events,
    /// The messages themselves.
    Messages,
    /// Every record as it stands.
    Records,
}

/// What all chunks of a scan share.
pub(crate) struct Task<'s> {
    pub(crate) formats: Formats,
    pub(crate) names: Names,
    pub(crate) selection: &'s dyn Selection,
    pub(crate) wanted: Wanted,
    /// Whether records are read in one walk where they can be. Only tests say no.
    pub(crate) walks: bool,
}

/// What one worker needs, whatever it reads.
#[derive(Debug)]
pub(crate) struct Tools {
    marks: Marks,
    known: Known,
}

impl Tools {
    pub(crate) fn new(lanes: Lanes) -> Tools {
        Tools {
            marks: Marks::new(lanes),
            known: Known::new(),
        }
    }
}

/// What chunks of one input give. Lines of places are counted from the first record of their
/// chunk, from 0.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) facts: Facts,
    /// By place in [`ALL`].
    formats: [FormatCoverage; ALL.len()],
    /// Records that were read in one walk, and step by step.
    pub(crate) walked: u64,
    pub(crate) framed: u64,
    /// So many keys with texts were there when the caps were kept last.
    capped: usize,
    pub(crate) events: Vec<Event<'static>>,
    pub(crate) messages: Vec<Logged<'static>>,
    pub(crate) records: Vec<Record>,
}

impl Gathered {
    /// Keeps what grows with hostile texts within its caps. Called after each chunk; to look at
    /// everything each time would take too long.
    fn keep_caps(&mut self) {
        if self.facts.texts() > 2 * self.capped.max(MAX_TEXTS) {
            self.facts.keep_caps();
            self.capped = self.facts.texts();
        }
    }

    /// The facts, when all chunks are read.
    pub(crate) fn into_facts(self) -> Facts {
        let mut facts = self.facts;
        for (format, counts) in ALL.iter().zip(self.formats) {
            if counts != FormatCoverage::default() {
                facts
                    .coverage
                    .formats
                    .entry(format.name().into())
                    .merge(counts);
            }
        }
        facts.settle();
        facts
    }
}

/// Where a chunk's first record begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start {
    /// Here.
    At(u64),
    /// At the first record start at or behind an offset, where records are looked for from another
    /// one on.
    Behind { cut: u64, from: u64 },
}

/// Which part of an input the records of a chunk are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where its first record began; `None` if none begins in it.
    pub(crate) start: Option<u64>,
    /// Where its last record ended.
    pub(crate) end: u64,
    /// Lines that end in between.
    pub(crate) feeds: u64,
}

/// The record at the start of a view.
pub(crate) fn frame_at(view: &View<'_>, formats: &Formats) -> (Frame, &'static dyn TraceFormat) {
    let near = &view.bytes[..view.bytes.len().min(DETECTION)];
    let format = formats.at(near, Line::at(near, 0));
    let mut frame = format.frame(view, formats);
    // A framer that did not move would stop the scan; one byte is always a record.
    frame.len = frame.len.clamp(1.min(view.bytes.len()), view.bytes.len());
    // Empty lines between records belong to the one before.
    if format.name() != LOOSE {
        frame.len = skip_few_blank_lines(view.bytes, frame.len);
    }
    // Whatever a framer says, a record's parts are in the record.
    if frame.start_line.end > frame.len {
        frame.start_line = 0..0;
        frame.status = None;
        if frame.kind == Kind::Message {
            frame.kind = Kind::Fragment;
        }
    }
    frame.headers.end = frame.headers.end.min(frame.len);
    frame.headers.start = frame.headers.start.min(frame.headers.end);
    frame.body.end = frame.body.end.min(frame.len);
    frame.body.start = frame.body.start.min(frame.body.end);
    (frame, format)
}

/// What a chunk is a part of: what each of its records needs to know.
#[derive(Debug, Clone, Copy)]
struct Part<'r> {
    window: &'r Window<'r>,
    name: &'r Name,
    /// Lines that ended before the first record of the chunk.
    feeds: u64,
}

impl Part<'_> {
    /// The place of a byte of the window.
    fn place(&self, at: usize, marks: &mut Marks) -> Place {
        Place {
            file: self.name.clone(),
            offset: self.window.original(at),
            line: marks.feeds_before(&self.window.bytes, at) - self.feeds,
        }
    }
}

impl Task<'_> {
    /// The records that begin from `start` on and before `end`.
    ///
    /// # Errors
    /// As [`Source::window`].
    pub(crate) fn chunk(
        &self,
        (source, name): (&Source, &Name),
        start: Start,
        end: u64,
        tools: &mut Tools,
        gathered: &mut Gathered,
    ) -> io::Result<Span> {
        let mut behind = BEHIND;
        let from = match start {
            Start::At(at) => at,
            // With the unit before, to see whether a line begins here.
            Start::Behind { cut, from } => from.min(cut - source.unit()),
        };
        let mut span = Span {
            start: None,
            end: from,
            feeds: 0,
        };
        if from >= end {
            return Ok(span);
        }
        let mut window = source.window(from, end, end + behind)?;
        tools.marks.restart(0);
        let mut at = match start {
            Start::At(_) => 0,
            Start::Behind { cut, .. } => first_behind(&self.formats, &window, cut),
        };
        // Bytes before the first record that no record holds: the byte order mark. They are
        // counted with it, so that bytes add up.
        let mut lead = 0;
        if at < window.split {
            let start = window.original(at);
            span.start = Some(start);
            if start == source.text_start() {
                lead = source.lead();
            }
        }
        let feeds = tools.marks.feeds_before(&window.bytes, at);
        loop {
            let part = Part {
                window: &window,
                name,
                feeds,
            };
            at = self.records(part, at, &mut lead, tools, gathered);
            source.check(&window)?;
            if at >= window.split {
                break;
            }
            // The record at `at` needs more bytes than the window holds.
            let before = tools.marks.feeds_before(&window.bytes, at);
            let from = window.original(at);
            behind = behind.saturating_mul(4);
            window = source.window(from, end, end + behind)?;
            tools.marks.restart(before);
            at = 0;
        }
        gathered.keep_caps();
        span.end = window.original(at);
        span.feeds = tools.marks.feeds_before(&window.bytes, at) - feeds;
        Ok(span)
    }

    /// Reads the records of a window from its front on: a stream's. `feeds` lines have ended before
    /// it. Gives where the first record begins that is not read, and how many lines end before.
    pub(crate) fn window(
        &self,
        (window, name): (&Window<'_>, &Name),
        lead: &mut u64,
        feeds: u64,
        tools: &mut Tools,
        gathered: &mut Gathered,
    ) -> (usize, u64) {
        tools.marks.restart(feeds);
        let part = Part {
            window,
            name,
            feeds: 0,
        };
        let at = self.records(part, 0, lead, tools, gathered);
        gathered.keep_caps();
        (at, tools.marks.feeds_before(&window.bytes, at))
    }

    /// Reads the records of a window from `at` on. Gives where the first one begins that is not a
    /// part of the chunk any more, or that the window does not hold.
    fn records(
        &self,
        part: Part<'_>,
        at: usize,
        lead: &mut u64,
        tools: &mut Tools,
        gathered: &mut Gathered,
    ) -> usize {
        let window = part.window;
        let bytes = &window.bytes[..];
        let mut at = at;
        while at < window.split {
            let Tools { marks, known } = &mut *tools;
            marks.begin(at);
            let mut walk = Walk {
                bytes,
                at_end: window.at_end,
                formats: &self.formats,
                marks,
                known,
                headers: Headers::default(),
            };
            let plain = match self.walks {
                true => self.formats.plain(&mut walk, at),
                false => None,
            };
            let (which, frame, message) = match plain {
                Some((which, plain)) => {
                    debug_assert!(self.is_framed_so(part, at, which, &plain));
                    gathered.walked += 1;
                    let is_done = self.walked(part, at, (which, &plain), &mut walk, gathered);
                    if is_done {
                        let len = window.original_len(at, plain.frame.len);
                        count(gathered, which, &plain.frame, len + std::mem::take(lead));
                        at += plain.frame.len;
                        continue;
                    }
                    let message = plain.message.map(|message| (message, walk.headers));
                    (which, plain.frame, message)
                }
                None => {
                    let view = View::new(&bytes[at..], window.at_end);
                    let (frame, format) = frame_at(&view, &self.formats);
                    if view.is_short_for(&frame) {
                        return at;
                    }
                    gathered.framed += 1;
                    if frame.len == MAX_RECORD && bytes.len() > at + frame.len {
                        let place = part.place(at, &mut tools.marks);
                        gathered.facts.trouble(TroubleKind::RecordTooLong, place);
                    }
                    let which = ALL.iter().position(|one| one.name() == format.name());
                    (which.unwrap_or(ALL.len() - 1), frame, None)
                }
            };
            let len = window.original_len(at, frame.len);
            count(gathered, which, &frame, len + std::mem::take(lead));
            if self.wanted == Wanted::Records {
                let text = &bytes[at..at + frame.len];
                let offset = window.original(at);
                let record = Record::new(part.name, offset, window.encoding, (ALL[which], &frame));
                gathered.records.push(record.with_text(text));
                at += frame.len;
                continue;
            }
            self.record(
                part,
                at,
                (&frame, message.as_ref()),
                ALL[which],
                tools,
                gathered,
            );
            at += frame.len;
        }
        at
    }

    /// Whether the format's own framer finds the same as the walk did. For tests.
    fn is_framed_so(&self, part: Part<'_>, at: usize, which: usize, plain: &Plain) -> bool {
        let bytes = &part.window.bytes[at..];
        let view = View::new(bytes, part.window.at_end);
        let (frame, format) = frame_at(&view, &self.formats);
        assert!(!view.is_short_for(&frame));
        let text = String::from_utf8_lossy(&bytes[..frame.len.max(plain.frame.len)]);
        assert_eq!(frame, plain.frame, "{text}");
        assert_eq!(format.name(), ALL[which].name());
        if let Some(message) = &plain.message {
            let surroundings = format.surroundings(bytes, &frame);
            assert_eq!(surroundings.time, message.time, "{text}");
            let sent = surroundings.direction.map(|text| text == "outgoing");
            let of_an_end = format.is_of_an_end();
            assert_eq!(sent.filter(|_| of_an_end), message.sent, "{text}");
        }
        true
    }

    /// Takes a record that was read in one walk, if its message and diagnoses are to be counted and
    /// no more, or not even that. Else false, with nothing changed.
    #[inline]
    fn walked(
        &self,
        part: Part<'_>,
        at: usize,
        (which, plain): (usize, &Plain),
        walk: &mut Walk<'_, '_>,
        gathered: &mut Gathered,
    ) -> bool {
        let words = walk.marks.words(walk.bytes, at, at + plain.frame.len);
        let Some(message) = &plain.message else {
            return words.is_empty();
        };
        if !self.selection.takes_all() {
            // Nothing of it is asked for.
            let call_id = walk.headers.call_id.and_then(plain_call_id);
            let is_asked_for = call_id.is_none_or(|id| self.selection.takes_call(ascii(id)));
            return words.is_empty() && !is_asked_for;
        }
        if self.wanted == Wanted::Messages {
            return false;
        }
        let told = match words.is_empty() {
            true => self.tell(part, at, &plain.frame, (message, &[]), walk, gathered),
            false => self.tell_diagnosed(part, at, (which, plain), message, walk, gathered),
        };
        told.is_some()
    }

    /// Counts a message and its diagnoses. None, with nothing changed, where it takes more than
    /// that.
    fn tell_diagnosed(
        &self,
        part: Part<'_>,
        at: usize,
        (which, plain): (usize, &Plain),
        message: &PlainMessage,
        walk: &mut Walk<'_, '_>,
        gathered: &mut Gathered,
    ) -> Option<()> {
        if self.wanted != Wanted::Everything {
            return None;
        }
        let frame = &plain.frame;
        if let Some(line) = sole_diagnosis(at, frame, walk)
            && let text = &walk.bytes[line.clone()]
            && let Some(mut taken) = walk.known.diagnoses.take(text, part.name, &self.names)
        {
            let known = (line.start, &mut *taken.known);
            let told = self.tell_known(part, at, (frame, message), known, walk, gathered);
            walk.known.diagnoses.give_back(taken);
            return told;
        }
        let words = |part: &Range<usize>| walk.marks.words_of(at + part.start, at + part.end);
        let looked = Looked {
            lanes: walk.marks.lanes(),
            in_headers: words(&frame.headers),
            in_text: words(&frame.body),
        };
        let named = (message, &walk.headers, ALL[which].name());
        let (events, troubles) = extract_plain(&walk.bytes[at..], frame, named, part.name, looked)?;
        let values = shared_values(&events);
        let diagnoses: Vec<_> = values.iter().map(String::as_str).collect();
        // Before anything is told, so that nothing is changed where this cannot be said.
        let around = self.around(frame, walk)?;
        self.tell(part, at, frame, (message, &diagnoses), walk, gathered)?;
        let facts = &mut gathered.facts;
        for (kind, offset) in troubles {
            facts.trouble(kind, part.place(at + offset, walk.marks));
        }
        for mut event in events {
            event.place = part.place(at + event.place.offset as usize, walk.marks);
            facts.observe_event_in(&event, &around, &self.names);
        }
        Some(())
    }

    /// What of a message is counted with its diagnoses; none where a value of it is not plain.
    fn around(&self, frame: &Frame, walk: &mut Walk<'_, '_>) -> Option<Around> {
        let headers = &walk.headers;
        let said = (walk.known.values).read(&headers.raw()?, &self.names)?;
        let method = plain_cseq(headers.cseq?)?.method;
        Some(Around::of_read(method, frame.status, (said.from, said.to)))
    }

    /// Counts a message whose only diagnosis is known, and stands on the line that begins at
    /// `start`.
    fn tell_known(
        &self,
        part: Part<'_>,
        at: usize,
        (frame, message): (&Frame, &PlainMessage),
        (start, diagnosis): (usize, &mut KnownDiagnosis),
        walk: &mut Walk<'_, '_>,
        gathered: &mut Gathered,
    ) -> Option<()> {
        let KnownDiagnosis { gist, shared } = diagnosis;
        let around = self.around(frame, walk)?;
        self.tell(part, at, frame, (message, &[shared]), walk, gathered)?;
        let call_id = ascii(plain_call_id(walk.headers.call_id?)?);
        let place = part.place(start, walk.marks);
        let seen = (message.time, &place);
        gathered.facts.observe_gist(gist, call_id, &around, seen);
        Some(())
    }

    /// Tells a message with these diagnoses to its dialog, and counts it if it is a failure. None,
    /// with nothing changed, where a value of it is not plain.
    fn tell(
        &self,
        part: Part<'_>,
        at: usize,
        frame: &Frame,
        (message, diagnoses): (&PlainMessage, &[&str]),
        walk: &mut Walk<'_, '_>,
        gathered: &mut Gathered,
    ) -> Option<()> {
        let headers = &walk.headers;
        let status = frame.status;
        let failed = status.filter(|status| *status >= 400);
        if self.wanted != Wanted::Everything && failed.is_none() {
            return Some(());
        }
        let call_id = plain_call_id(headers.call_id?)?;
        let cseq = plain_cseq(headers.cseq?)?;
        let Walk {
            bytes,
            marks,
            known,
            ..
        } = walk;
        let challenge = match headers.challenge {
            Some(raw) => known.values.is_plain_challenge(raw).then_some(true)?,
            None => false,
        };
        let location = match headers.location {
            Some(raw) => known.values.location(raw)?,
            None => PartyTraits::default(),
        };
        let said = known.values.read(&headers.raw()?, &self.names)?;
        if self.wanted == Wanted::Everything {
            let rseq = optional("RSeq", headers.rseq)?;
            let uri = match status {
                None => known::uri_says(request_uri(&bytes[at..][frame.start_line.clone()]))?,
                Some(_) => UriSays::default(),
            };
            let body = at + frame.body.start..at + frame.body.end;
            let of = (*bytes, body);
            let sessions = &mut known.sessions;
            let session = session(of, frame.dress, said.describes, marks, sessions);
            let logged = message.time.map(|Stamp { micros, zone }| {
                let owner = message
                    .sent
                    .and_then(|sent| match sent == status.is_none() {
                        true => said.from.address(),
                        false => said.to.address(),
                    });
                let writers = &mut known.writers;
                (micros, writers.get(part.name, owner, zone, &self.names))
            });
            let digests = (said.from.digest(), said.to.digest());
            // Only of methods that have no name here the text counts.
            let written = match cseq.method {
                Method::Other => cseq.value(),
                _ => "",
            };
            let told = Told {
                method: cseq.method,
                number: cseq.number,
                is_fragment: false,
                status,
                id: message_id(
                    (cseq.method, cseq.number),
                    status,
                    digests,
                    (rseq.trim(), written),
                    diagnoses,
                ),
                from: said.from,
                to: said.to,
                uri,
                agent: said.agent,
                challenge,
                described: session.described,
                modalities: session.modalities,
                candidates: session.candidates,
                location,
                logged,
            };
            let hash = CallIdHash::of(call_id);
            let dialogs = &mut gathered.facts.dialogs;
            let dialog = dialogs.entry(call_id, hash, || CallId::from(ascii(call_id)));
            dialog.take(&told);
        }
        if let Some(status) = failed {
            let who = Who {
                user: said.from.address(),
                dialog: Some(DialogId::of(ascii(call_id))),
            };
            let place = part.place(at + frame.start_line.start, marks);
            let response = (cseq.name(), status, challenge);
            gathered
                .facts
                .count_response(response, who, message.time, &place);
        }
        Some(())
    }

    /// Extracts what a record holds, and counts it.
    fn record(
        &self,
        part: Part<'_>,
        at: usize,
        (frame, plain): (&Frame, Option<&(PlainMessage, Headers<'_>)>),
        format: &'static dyn TraceFormat,
        tools: &mut Tools,
        gathered: &mut Gathered,
    ) {
        let bytes = &part.window.bytes[at..];
        let Tools { marks, known } = tools;
        let words = marks.words(&part.window.bytes, at, at + frame.len);
        let headers = plain.map(|(_, headers)| headers);
        let looked = Looked::anywhere(marks.lanes(), words);
        let extracted = extract(bytes, frame, format, part.name, looked, headers);
        let signal = extracted.heard.as_ref().map(|heard| {
            let of_an_end = format.is_of_an_end();
            heard.signal(part.name, format.name(), extracted.time, of_an_end)
        });
        let signal = signal.filter(|signal| self.selection.takes_message(signal));
        // A plain message is told as those are that hold no diagnosis; any other by its signal.
        let told = match (&signal, plain) {
            (Some(signal), Some((message, headers))) if self.wanted != Wanted::Messages => {
                let mut walk = Walk {
                    bytes: &part.window.bytes,
                    at_end: part.window.at_end,
                    formats: &self.formats,
                    marks,
                    known,
                    headers: *headers,
                };
                let diagnoses = &signal.diagnoses;
                let told = self.tell(part, at, frame, (message, diagnoses), &mut walk, gathered);
                told.is_some()
            }
            _ => false,
        };
        if let Some(signal) = &signal
            && self.wanted == Wanted::Everything
            && !told
        {
            gathered.facts.observe_message(signal, &self.names);
        }
        let failed = !told && frame.status.is_some_and(|status| status >= 400);
        let logs = self.wanted == Wanted::Messages && signal.is_some();
        if extracted.events.is_empty() && extracted.troubles.is_empty() && !failed && !logs {
            return;
        }
        let mut place = |offset: usize| part.place(at + offset, marks);
        if let (Some(status), Some(heard), true) = (frame.status, &extracted.heard, failed)
            && signal.is_some()
        {
            let place = place(frame.start_line.start);
            let (message, time) = (&heard.message, extracted.time);
            gathered
                .facts
                .observe_response(status, message, time, &place, &self.names);
        }
        // What stood in the way belongs to what was read, whatever is selected of it.
        for (kind, offset) in &extracted.troubles {
            gathered.facts.trouble(*kind, place(*offset));
        }
        let mut events = extracted.events;
        for event in &mut events {
            event.place = place(event.place.offset as usize);
        }
        if let (Some(signal), true) = (&signal, logs) {
            let record = &bytes[..frame.len];
            let of_message = |event: &&Event<'_>| event.carrier != Carrier::Text;
            let heard = extracted.heard.as_ref();
            let message = heard.map(|heard| heard.message.clone().into_owned());
            let diagnoses = events.iter().filter(of_message);
            gathered.messages.push(Logged {
                place: place(frame.start_line.start),
                trace_format: format.name(),
                time: extracted.time,
                method: method(signal, &record[frame.start_line.clone()], frame.status).into(),
                status: frame.status,
                headers: owned(all_headers(record, frame)),
                body: text(&record[frame.body.clone()]).into_owned().into(),
                raw: raw(record, frame).into(),
                diagnoses: diagnoses.map(|event| event.clone().into_owned()).collect(),
                id: (!signal.call_id.is_empty()).then(|| signal.id()),
                message: message.unwrap_or_default(),
            });
        }
        if self.wanted == Wanted::Messages {
            return;
        }
        events.retain(|event| self.selection.takes_event(event));
        for event in events {
            if self.wanted == Wanted::Everything {
                gathered.facts.observe_event(&event, &self.names);
            } else {
                gathered.facts.count_event(&event, &self.names);
            }
            if self.wanted == Wanted::Events {
                gathered.events.push(event.into_owned());
            }
        }
    }
}

/// The header line of a message, without its line end, that has the name of a diagnosis, if that
/// is all there is to extract from the message. None where there may be more.
fn sole_diagnosis(at: usize, frame: &Frame, walk: &mut Walk<'_, '_>) -> Option<Range<usize>> {
    let bytes = walk.bytes;
    let [headers, body] = [&frame.headers, &frame.body].map(|part| at + part.start..at + part.end);
    let word = walk.marks.only(Words::NAMED, headers.start, headers.end)?;
    if frame.dress == Dress::Escaped
        || frame.kind != Kind::Message
        || !walk.marks.words_of(body.start, body.end).is_empty()
    {
        return None;
    }
    let before = memchr::memrchr(b'\n', &bytes[headers.start..word]);
    let start = before.map_or(headers.start, |feed| headers.start + feed + 1);
    let feed = walk.marks.feed(bytes, word)?;
    if feed >= headers.end {
        return None;
    }
    // In a section that was walked every line begins with a letter: the next one cannot go on.
    Some(start..walk.text_end(start, feed))
}

/// A position where a record probably begins, the first one at or behind `cut`. Records before it
/// are followed, since the first line behind `cut` that looks like a start may be quoted.
fn first_behind(formats: &Formats, window: &Window<'_>, cut: u64) -> usize {
    let bytes = &window.bytes[..];
    let mut at = guess(formats, bytes);
    while at < window.split && window.original(at) < cut {
        let view = View::new(&bytes[at..], window.at_end);
        let (frame, _) = frame_at(&view, formats);
        at += frame.len;
        if view.is_short_for(&frame) {
            // It is longer than the chunk.
            return at.max(window.split);
        }
    }
    at
}

/// A position where a record probably begins, behind the first line.
pub(crate) fn guess(formats: &Formats, bytes: &[u8]) -> usize {
    let first = Line::at(bytes, 0).next;
    let near = &bytes[..bytes.len().min(first + GUESS)];
    let mut lines = Lines::from(near, first);
    let framed = lines.find(|line| formats.resumes(near, *line));
    framed.map_or(first, |line| line.start)
}

/// Counts a record of so many bytes of the input.
#[inline]
fn count(gathered: &mut Gathered, which: usize, frame: &Frame, bytes: u64) {
    let counts = &mut gathered.formats[which];
    counts.bytes += bytes;
    counts.records += 1;
    match (frame.kind, frame.status) {
        (Kind::Message, None) => counts.requests += 1,
        (Kind::Message, Some(_)) => counts.responses += 1,
        (Kind::Fragment, _) => counts.fragments += 1,
        _ => {}
    }
}

/// The text of a header that may be missing; none where it is there and not plain.
fn optional<'t>(name: &'static str, raw: Option<&'t [u8]>) -> Option<Cow<'t, str>> {
    match raw {
        Some(raw) => known::plain(name, raw),
        None => Some(Cow::Borrowed("")),
    }
}

/// What the session description in the body of a plain message says. `describes` is what its
/// content type says, where it has one.
fn session(
    (bytes, body): (&[u8], Range<usize>),
    dress: Dress,
    describes: Option<bool>,
    marks: &mut Marks,
    known: &mut KnownSessions,
) -> Session {
    if body.len() < LEAST_DESCRIPTION {
        return Session::default();
    }
    let front = &bytes[body.start..body.end.min(body.start + 256)];
    if !describes.unwrap_or_else(|| memchr::memmem::find(front, b"v=0").is_some()) {
        return Session::default();
    }
    known.get(&bytes[body.clone()], dress, || {
        let mut session = Session::default();
        let mut start = body.start;
        let mut take = |end: usize| {
            let line = &bytes[start..end];
            if !Session::passes_over(line) {
                session.dressed_line(&bytes[start..text_end(bytes, start, end)], dress);
            }
            start = end + 1;
        };
        marks.for_each_feed(bytes, (body.start, body.end), &mut take);
        if !bytes[body.clone()].ends_with(b"\n") {
            take(body.end);
        }
        session
    })
}

/// Method of a message's transaction as written: of a request that of its start line, else that of
/// `CSeq`, which may be lost or cut.
fn method(signal: &Signal<'_>, start_line: &[u8], status: Option<u16>) -> String {
    let len = start_line.iter().take_while(|b| b.is_ascii_uppercase());
    let of_request = &start_line[..len.count()];
    let is_request =
        status.is_none() && matches!(start_line.get(of_request.len()), Some(b' ' | b'\t'));
    if is_request && !of_request.is_empty() {
        return text(of_request).into_owned();
    }
    let of_cseq = signal.cseq.split_ascii_whitespace().nth(1);
    of_cseq.unwrap_or_default().to_owned()
}

/// A message as the trace has it: from its start line to the end of its body.
fn raw(record: &[u8], frame: &Frame) -> String {
    let mut parts = [&frame.start_line, &frame.headers, &frame.body]
        .into_iter()
        .filter(|part| !part.is_empty())
        .peekable();
    let start = parts.peek().map_or(0, |part| part.start);
    let end = parts.map(|part| part.end).max().unwrap_or(record.len());
    let text = text(&record[start.min(end)..end]);
    text.trim_end().to_owned()
}

fn owned(pairs: NameValues<'_>) -> NameValues<'static> {
    let own = |text: Cow<'_, str>| text.into_owned().into();
    let pairs = pairs.into_iter();
    pairs.map(|(name, value)| (own(name), own(value))).collect()
}
