//! The scan: inputs in parallel, and chunks of each input in parallel.
//!
//! A chunk is scanned from the first record that begins in it. Where that is, is a guess: the
//! middle of a file can look like the start of a record (an instant message may quote a trace).
//! So every chunk says where its first record began and where its last one ended, and the chunks
//! of a file are put together in order: a chunk whose guess was not where the one before it ended
//! is scanned again from there. What comes out is what one thread without chunks would find,
//! for every chunk length.

use std::io;
use std::sync::Arc;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use siptriage_facts::{
    Carrier, Event, Everything, Facts, Logged, Merge, Names, Place, Selection, Signal, SkipReason,
    Skipped, TroubleKind,
};

use crate::extract::extract;
use crate::formats::{Formats, LOOSE, TraceFormat, skip_few_blank_lines};
use crate::frame::{Frame, Kind, MAX_RECORD, View};
use crate::lines::{Line, Lines, text};
use crate::message::{NameValues, all_headers};
use crate::source::{Raw, Source, Window};
use crate::{Discovery, Input, Progress, ScanOptions};

/// How far a guess looks for the start of a framed record.
const GUESS: usize = 64 << 10;

/// Bytes read behind a chunk at first, where reading costs; more if a record needs them.
const READ_BEHIND: u64 = 64 << 10;

/// Chunks in flight at once, for each thread.
const CHUNKS_PER_THREAD: usize = 4;

/// How much of a record its format is told from.
const DETECTION: usize = 32 << 10;

/// What a scan hands over as it finds it, in order.
enum Sink<'s> {
    /// Nothing: it counts.
    None,
    Events(&'s mut EventSink<'s>),
    Messages(&'s mut MessageSink<'s>),
}

type EventSink<'s> = dyn FnMut(&Event<'_>) -> io::Result<()> + 's;
type MessageSink<'s> = dyn FnMut(&Logged<'_>) -> io::Result<()> + 's;

/// What a scan is after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Counts and dialogs.
    Everything,
    /// Counts alone.
    Counts,
    /// Counts, and the diagnoses themselves.
    Events,
    /// The messages themselves.
    Messages,
}

/// Reads all inputs and counts.
///
/// Not a `Result`: a scan always has something to say. What could not be read is in
/// [`Coverage::skipped`](siptriage_facts::Coverage).
pub fn scan(discovery: &Discovery, options: &ScanOptions, progress: &dyn Progress) -> Facts {
    count(
        discovery,
        options,
        progress,
        &Everything,
        Wanted::Everything,
    )
}

/// Reads all inputs once more and counts what `selection` takes. The coverage is that of
/// everything; dialogs are not put together again.
pub fn recount(
    discovery: &Discovery,
    options: &ScanOptions,
    progress: &dyn Progress,
    selection: &dyn Selection,
) -> Facts {
    count(discovery, options, progress, selection, Wanted::Counts)
}

fn count(
    discovery: &Discovery,
    options: &ScanOptions,
    progress: &dyn Progress,
    selection: &dyn Selection,
    wanted: Wanted,
) -> Facts {
    let scanner = Scanner::new(options, progress, selection, wanted);
    let mut facts = scanner.in_pool(|| {
        let each = discovery.inputs.par_iter().map(|input| {
            // Nothing is handed over, so nothing can fail.
            scanner.input(input, &mut Sink::None).unwrap_or_default()
        });
        each.reduce(Facts::default, |mut left, right| {
            left.merge(right);
            left
        })
    });
    facts.coverage.merge(of_discovery(discovery));
    facts
}

/// Reads all inputs and hands every diagnosis that `selection` takes to `sink`, in the order of
/// inputs and offsets, carrier `text` included. Returns the counts of the same run, without
/// dialogs.
///
/// # Errors
/// The first error of `sink`; the scan stops there.
pub fn events(
    discovery: &Discovery,
    options: &ScanOptions,
    progress: &dyn Progress,
    selection: &dyn Selection,
    sink: &mut dyn FnMut(&Event<'_>) -> io::Result<()>,
) -> io::Result<Facts> {
    let scanner = Scanner::new(options, progress, selection, Wanted::Events);
    in_order(discovery, &scanner, &mut Sink::Events(sink))
}

/// Reads all inputs and hands every SIP message that `selection` takes to `sink`, in the order of
/// inputs and offsets. Returns the coverage of the same run.
///
/// # Errors
/// The first error of `sink`; the scan stops there.
pub fn messages(
    discovery: &Discovery,
    options: &ScanOptions,
    progress: &dyn Progress,
    selection: &dyn Selection,
    sink: &mut dyn FnMut(&Logged<'_>) -> io::Result<()>,
) -> io::Result<Facts> {
    let scanner = Scanner::new(options, progress, selection, Wanted::Messages);
    in_order(discovery, &scanner, &mut Sink::Messages(sink))
}

fn in_order(
    discovery: &Discovery,
    scanner: &Scanner<'_>,
    sink: &mut Sink<'_>,
) -> io::Result<Facts> {
    let mut facts = Facts::default();
    for input in &discovery.inputs {
        facts.merge(scanner.input(input, sink)?);
    }
    facts.coverage.merge(of_discovery(discovery));
    Ok(facts)
}

/// The diagnoses of a text, places counted from its start. For what somebody pasted.
pub fn events_in_text(text: &[u8]) -> Vec<Event<'static>> {
    let formats = Formats::new(None);
    let file: Arc<str> = "<text>".into();
    let mut found = Vec::new();
    let mut at = 0;
    let (mut line, mut counted) = (1, 0);
    while at < text.len() {
        let (frame, format) = frame_at(&View::new(&text[at..], true), &formats);
        for mut event in extract(&text[at..], &frame, format, &file).events {
            let offset = at + event.place.offset as usize;
            event.place.offset = offset as u64;
            line += count_line_feeds(&text[counted..offset]);
            counted = offset;
            event.place.line = line;
            found.push(event.into_owned());
        }
        at += frame.len;
    }
    found
}

/// What discovery adds to the coverage.
fn of_discovery(discovery: &Discovery) -> siptriage_facts::Coverage {
    siptriage_facts::Coverage {
        skipped: discovery.skipped.iter().cloned().collect(),
        passed_over: discovery.passed_over,
        ..siptriage_facts::Coverage::default()
    }
}

fn count_line_feeds(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
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

struct Scanner<'s> {
    formats: Formats,
    names: Names,
    selection: &'s dyn Selection,
    wanted: Wanted,
    options: &'s ScanOptions,
    progress: &'s dyn Progress,
    /// As many threads as the options say; `None` where they cannot be had, for the global pool.
    pool: Option<ThreadPool>,
}

/// Where a chunk's first record begins.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// Here.
    At(u64),
    /// At the first record start at or behind this offset.
    Behind(u64),
}

/// What one chunk gave.
#[derive(Default)]
struct Chunk {
    /// Where its first record began; `None` if none begins in it.
    start: Option<u64>,
    /// Where its last record ended.
    end: u64,
    facts: Facts,
    events: Vec<Event<'static>>,
    messages: Vec<Logged<'static>>,
    /// Bytes before the first record that no record holds: the byte order mark. They are counted
    /// with it, so that bytes add up.
    lead: u64,
}

impl<'s> Scanner<'s> {
    fn new(
        options: &'s ScanOptions,
        progress: &'s dyn Progress,
        selection: &'s dyn Selection,
        wanted: Wanted,
    ) -> Scanner<'s> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(options.threads.unwrap_or(0))
            .build()
            .ok();
        Scanner {
            formats: Formats::new(options.trace_format),
            names: Names::default(),
            selection,
            wanted,
            options,
            progress,
            pool,
        }
    }

    fn in_pool<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
    /// One input, chunk by chunk. Fails only if the sink does.
    fn input(&self, input: &Input, sink: &mut Sink<'_>) -> io::Result<Facts> {
        let mut facts = Facts::default();
        if self.progress.cancelled() {
            facts.coverage.interrupted = true;
            return Ok(facts);
        }
        let skip = |facts: &mut Facts, reason, detail: &str| {
            let file = input.name.clone();
            facts.coverage.skipped.insert(Skipped {
                file,
                reason,
                detail: detail.into(),
            });
        };
        let source = match Source::open(input, self.options) {
            Ok(source) => source,
            Err(error) => {
                skip(&mut facts, SkipReason::Unreadable, &error.to_string());
                self.progress.input_done();
                return Ok(facts);
            }
        };
        if source.len() == source.text_start() {
            facts.coverage.files = 1;
            facts.coverage.bytes = source.len();
            skip(&mut facts, SkipReason::Empty, "");
            self.progress.input_done();
            return Ok(facts);
        }
        let result = self.contents(&source, &input.name, sink, &mut facts);
        facts.coverage.files = 1;
        match result {
            Ok(()) => {}
            Err(Stop::Input(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                skip(
                    &mut facts,
                    SkipReason::Changed,
                    "it became shorter while it was read",
                );
            }
            Err(Stop::Input(error)) => {
                skip(&mut facts, SkipReason::Unreadable, &error.to_string());
            }
            Err(Stop::Sink(error)) => return Err(error),
        }
        if source.has_changed(input) {
            skip(
                &mut facts,
                SkipReason::Changed,
                "it was changed while it was read",
            );
        }
        for format in facts.coverage.formats.values_mut() {
            format.files = 1;
        }
        let framed = facts
            .coverage
            .formats
            .iter()
            .any(|(name, _)| name.as_ref() != LOOSE);
        if !framed && facts.coverage.carriers.is_empty() && !facts.coverage.interrupted {
            let detail = format!("no record of a known format and no diagnosis in it{}", {
                first_words(&source)
                    .map(|words| format!("; it begins with: {words}"))
                    .unwrap_or_default()
            });
            skip(&mut facts, SkipReason::Unrecognised, &detail);
        }
        if self.line_numbers(&source, &mut facts).is_err() {
            skip(
                &mut facts,
                SkipReason::Changed,
                "it became unreadable while it was read",
            );
        }
        self.progress.input_done();
        Ok(facts)
    }

    /// All chunks of one input, put together.
    fn contents(
        &self,
        source: &Source,
        name: &Arc<str>,
        sink: &mut Sink<'_>,
        facts: &mut Facts,
    ) -> Result<(), Stop> {
        let (start, len) = (source.text_start(), source.len());
        let mut at = start;
        let mut lines = LineCounter::new(source);
        // A multiple of every code unit.
        let chunk_len = (self.options.chunk_len as u64).max(4).next_multiple_of(4);
        let threads = match &self.pool {
            Some(pool) => pool.current_num_threads(),
            None => rayon::current_num_threads(),
        };
        let in_flight = (threads * CHUNKS_PER_THREAD) as u64;
        let mut batch_start = start;
        while batch_start < len {
            if self.progress.cancelled() {
                facts.coverage.interrupted = true;
                return Ok(());
            }
            let batch_end = len.min(batch_start.saturating_add(chunk_len * in_flight));
            let cuts: Vec<u64> = (0..)
                .map(|n| batch_start + n * chunk_len)
                .take_while(|cut| *cut < batch_end)
                .collect();
            let one = |cut: &u64| {
                let end = batch_end.min(cut + chunk_len);
                // The batch's first chunk begins where the last one ended.
                let start = if *cut == batch_start {
                    Start::At(at)
                } else {
                    Start::Behind(*cut)
                };
                let chunk = self.chunk(source, name, start, end);
                self.progress.advance(end - cut);
                (end, chunk)
            };
            let chunks: Vec<_> = if cuts.len() == 1 {
                cuts.iter().map(one).collect()
            } else {
                self.in_pool(|| cuts.par_iter().map(one).collect())
            };
            for (end, chunk) in chunks {
                let mut chunk = chunk.map_err(Stop::Input)?;
                if chunk.start != Some(at) {
                    if at >= end {
                        // The chunk lies inside of a record that began before it.
                        continue;
                    }
                    chunk = self
                        .chunk(source, name, Start::At(at), end)
                        .map_err(Stop::Input)?;
                }
                facts.coverage.bytes += chunk.end - if at == start { 0 } else { at };
                at = chunk.end;
                facts.merge(chunk.facts);
                match sink {
                    Sink::None => {}
                    Sink::Events(sink) => {
                        for mut event in chunk.events {
                            let offset = event.place.offset;
                            event.place.line = lines.line_of(offset).map_err(Stop::Input)?;
                            sink(&event).map_err(Stop::Sink)?;
                        }
                    }
                    Sink::Messages(sink) => {
                        for mut message in chunk.messages {
                            let offset = message.place.offset;
                            let line = lines.line_of(offset).map_err(Stop::Input)?;
                            message.place.line = line;
                            for event in &mut message.diagnoses {
                                let offset = event.place.offset;
                                event.place.line = lines.line_of(offset).map_err(Stop::Input)?;
                            }
                            sink(&message).map_err(Stop::Sink)?;
                        }
                    }
                }
            }
            batch_start = batch_end;
        }
        Ok(())
    }

    /// The records that begin from `start` on and before `end`.
    fn chunk(&self, source: &Source, name: &Arc<str>, start: Start, end: u64) -> io::Result<Chunk> {
        let mut chunk = Chunk::default();
        let least = if source.is_mapped() && source.unit() == 1 {
            MAX_RECORD as u64 + 1
        } else {
            READ_BEHIND
        };
        let mut behind = least;
        let (from, guess) = match start {
            Start::At(at) => (at, false),
            // With the unit before, to see whether a line begins here.
            Start::Behind(cut) => (cut - source.unit(), true),
        };
        if from >= end {
            return Ok(Chunk {
                start: None,
                end: from,
                ..Chunk::default()
            });
        }
        let mut window = source.window(from, end, end + behind)?;
        let mut at = if guess { self.guess(&window) } else { 0 };
        if at < window.split {
            let start = window.original(at);
            chunk.start = Some(start);
            chunk.lead = if start == source.text_start() {
                start
            } else {
                0
            };
        }
        while at < window.split {
            let view = View::new(&window.bytes[at..], window.at_end);
            let (frame, format) = frame_at(&view, &self.formats);
            if view.is_short_for(&frame) {
                // The record needs more bytes than the window holds.
                let from = window.original(at);
                behind = behind.saturating_mul(4);
                window = source.window(from, end, end + behind)?;
                at = 0;
                continue;
            }
            let cut_short = frame.len == MAX_RECORD && window.bytes.len() > at + frame.len;
            self.record(&mut chunk, &mut window, at, &frame, format, name);
            if cut_short {
                let place = Place {
                    file: name.clone(),
                    offset: window.original(at),
                    line: 0,
                };
                chunk.facts.trouble(TroubleKind::RecordTooLong, place);
            }
            at += frame.len;
        }
        chunk.end = window.original(at);
        chunk.facts.settle();
        Ok(chunk)
    }

    /// Counts one record.
    fn record(
        &self,
        chunk: &mut Chunk,
        window: &mut Window<'_>,
        at: usize,
        frame: &Frame,
        format: &'static dyn TraceFormat,
        name: &Arc<str>,
    ) {
        let start = window.original(at);
        let bytes = window.original(at + frame.len) - start;
        let coverage = &mut chunk.facts.coverage;
        let counts = coverage
            .formats
            .entry_ref(format.name(), || format.name().into());
        counts.bytes += bytes + std::mem::take(&mut chunk.lead);
        counts.records += 1;
        match (frame.kind, frame.status) {
            (Kind::Message, None) => counts.requests += 1,
            (Kind::Message, Some(_)) => counts.responses += 1,
            (Kind::Fragment, _) => counts.fragments += 1,
            _ => {}
        }
        let extracted = extract(&window.bytes[at..], frame, format, name);
        let signal = extracted.heard.as_ref().map(|heard| {
            let of_an_end = format.is_of_an_end();
            heard.signal(name, format.name(), extracted.time, of_an_end)
        });
        let signal = signal.filter(|signal| self.selection.takes_message(signal));
        if let Some(signal) = &signal
            && self.wanted == Wanted::Everything
        {
            chunk.facts.observe_message(signal, &self.names);
        }
        let failed = frame.status.is_some_and(|status| status >= 400);
        let logs = self.wanted == Wanted::Messages && signal.is_some();
        if extracted.events.is_empty() && extracted.troubles.is_empty() && !failed && !logs {
            return;
        }
        let places = Places::of(window, (at, start), name, |wanted| {
            wanted.extend(extracted.events.iter().map(|event| event.place.offset));
            wanted.extend(extracted.troubles.iter().map(|(_, offset)| *offset as u64));
            wanted.push(frame.start_line.start as u64);
        });
        if let (Some(status), Some(heard), true) = (frame.status, &extracted.heard, failed)
            && signal.is_some()
        {
            let place = places.at(frame.start_line.start as u64);
            let (message, time) = (&heard.message, extracted.time);
            chunk.facts.observe_response(status, message, time, &place);
        }
        // What stood in the way belongs to what was read, whatever is selected of it.
        for (kind, offset) in &extracted.troubles {
            chunk.facts.trouble(*kind, places.at(*offset as u64));
        }
        let mut events = extracted.events;
        for event in &mut events {
            event.place = places.at(event.place.offset);
        }
        if let (Some(signal), true) = (&signal, logs) {
            let record = &window.bytes[at..at + frame.len];
            let of_message = |event: &&Event<'_>| event.carrier != Carrier::Text;
            let heard = extracted.heard.as_ref();
            let message = heard.map(|heard| heard.message.clone().into_owned());
            let diagnoses = events.iter().filter(of_message);
            chunk.messages.push(Logged {
                place: places.at(frame.start_line.start as u64),
                trace_format: format.name(),
                time: extracted.time,
                method: method(signal).to_owned().into(),
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
                chunk.facts.observe_event(&event, &self.names);
            } else {
                chunk.facts.count_event(&event);
            }
            if self.wanted == Wanted::Events {
                chunk.events.push(event.into_owned());
            }
        }
    }

    /// A position where a record probably begins.
    fn guess(&self, window: &Window<'_>) -> usize {
        let bytes = &window.bytes[..];
        let first = Line::at(bytes, 0).next;
        let near = &bytes[..bytes.len().min(first + GUESS)];
        let mut lines = Lines::from(near, first);
        let framed = lines.find(|line| self.formats.resumes(near, *line));
        framed.map_or(first, |line| line.start)
    }

    /// Looks up the line numbers of all places that were kept.
    fn line_numbers(&self, source: &Source, facts: &mut Facts) -> io::Result<()> {
        let mut offsets = Vec::new();
        facts.for_each_place(&mut |place| offsets.push(place.offset));
        offsets.sort_unstable();
        offsets.dedup();
        let Some(&last) = offsets.last() else {
            return Ok(());
        };
        // Line ends of each part in parallel, with those before each place in it.
        const PART: u64 = 4 << 20;
        let parts: Vec<u64> = (0..=last / PART).collect();
        let count = |part: &u64| -> io::Result<(u64, Vec<(u64, u64)>)> {
            let (start, end) = (part * PART, (part + 1) * PART);
            let raw = source.raw(start, PART)?;
            let from = offsets.partition_point(|offset| *offset < start);
            let to = offsets.partition_point(|offset| *offset < end);
            let (mut at, mut feeds) = (0, 0);
            let mut places = Vec::with_capacity(to - from);
            for offset in &offsets[from..to] {
                let next = ((offset - start) as usize).min(raw.len());
                feeds += source.line_feeds(&raw[at..next]);
                at = next;
                places.push((*offset, feeds));
            }
            Ok((feeds + source.line_feeds(&raw[at..]), places))
        };
        let counts: io::Result<Vec<_>> = self.in_pool(|| parts.par_iter().map(count).collect());
        let mut lines: Vec<(u64, u64)> = Vec::with_capacity(offsets.len());
        let mut before = 1;
        for (feeds, places) in counts? {
            let places = places.into_iter();
            lines.extend(places.map(|(offset, feeds)| (offset, before + feeds)));
            before += feeds;
        }
        facts.for_each_place(&mut |place| {
            let found = lines.binary_search_by_key(&place.offset, |(offset, _)| *offset);
            place.line = found.map_or(0, |at| lines[at].1);
        });
        Ok(())
    }
}

/// Why an input was not read to its end.
enum Stop {
    /// It could not be read.
    Input(io::Error),
    /// Its events could not be written.
    Sink(io::Error),
}

/// Places of one record, looked up once in rising order.
struct Places<'p> {
    name: &'p Arc<str>,
    start: u64,
    /// Offsets in the record, and in the input.
    original: Vec<(u64, u64)>,
}

impl<'p> Places<'p> {
    fn of(
        window: &Window<'_>,
        (at, start): (usize, u64),
        name: &'p Arc<str>,
        want: impl FnOnce(&mut Vec<u64>),
    ) -> Places<'p> {
        let mut offsets = Vec::new();
        want(&mut offsets);
        offsets.sort_unstable();
        let mut walk = window.walk(at, start);
        let original = offsets
            .into_iter()
            .map(|offset| (offset, walk.original(at + offset as usize)))
            .collect();
        Places {
            name,
            start,
            original,
        }
    }

    /// The place of an offset in the record that was asked for.
    fn at(&self, offset: u64) -> Place {
        let found = self
            .original
            .binary_search_by_key(&offset, |(from, _)| *from);
        Place {
            file: self.name.clone(),
            offset: found.map_or(self.start, |at| self.original[at].1),
            line: 0,
        }
    }
}

/// Method of a message's transaction as written.
fn method<'t>(signal: &Signal<'t>) -> &'t str {
    let of_cseq = signal.cseq.split_ascii_whitespace().nth(1);
    of_cseq.unwrap_or_default()
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
    let own = |text: std::borrow::Cow<'_, str>| text.into_owned().into();
    let pairs = pairs.into_iter();
    pairs.map(|(name, value)| (own(name), own(value))).collect()
}

/// Counts lines while offsets rise.
struct LineCounter<'s> {
    source: &'s Source,
    /// Where it is, and in which line.
    at: u64,
    line: u64,
    /// The part of the input around it, so that a file is not opened for each place.
    part: Raw<'s>,
    part_start: u64,
}

impl<'s> LineCounter<'s> {
    /// Bytes that are looked at together.
    const PART: u64 = 1 << 20;

    fn new(source: &'s Source) -> Self {
        LineCounter {
            source,
            at: 0,
            line: 1,
            part: Raw::Borrowed(&[]),
            part_start: 0,
        }
    }

    fn line_of(&mut self, offset: u64) -> io::Result<u64> {
        while self.at < offset {
            let mut within = (self.at - self.part_start) as usize;
            if within >= self.part.len() {
                self.part = self.source.raw(self.at, Self::PART)?;
                self.part_start = self.at;
                within = 0;
                if self.part.is_empty() {
                    break;
                }
            }
            let end = ((offset - self.part_start) as usize).min(self.part.len());
            self.line += self.source.line_feeds(&self.part[within..end]);
            self.at = self.part_start + end as u64;
        }
        Ok(self.line)
    }
}

/// The first words of an input, for a message that nothing was recognised in it.
fn first_words(source: &Source) -> Option<String> {
    let start = source.text_start();
    let head = source
        .window(start, source.len().min(start + 256), start + 256)
        .ok()?;
    let at = crate::lines::skip_blank_lines(&head.bytes, 0);
    let line = Line::at(&head.bytes, at);
    let text = String::from_utf8_lossy(line.text(&head.bytes))
        .trim()
        .chars()
        .take(60)
        .collect();
    Some(text).filter(|text: &String| !text.is_empty())
}
