//! The scan: inputs in parallel, and chunks of each input in parallel.
//!
//! A chunk is scanned from the first record that begins in it. Where that is, is a guess: the
//! middle of a file can look like the start of a record (an instant message may quote a trace).
//! So every chunk says where its first record began and where its last one ended, and the chunks
//! of a file are put together in order: a chunk whose guess was not where the one before it ended
//! is scanned again from there. What comes out is what one thread without chunks would find,
//! for every chunk length.

use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use siptriage_archive::kind_of;
use siptriage_facts::{
    Event, Everything, Facts, Logged, Merge, Name, Names, Place, Selection, SkipReason, Skipped,
};

use crate::chunk::{Gathered, Span, Start, Task, Tools, Wanted, frame_at};
use crate::copies::Copies;
use crate::discover::unfit_to_read;
use crate::extract::{Looked, extract};
use crate::formats::{Formats, LOOSE};
use crate::frame::View;
use crate::lines::Line;
use crate::native::lanes::Lanes;
use crate::recognition::Recognition;
use crate::record::Record;
use crate::source::{SHORTER, Source};
use crate::{Discovery, Input, Location, Progress, Reading, ScanOptions};

/// Chunks in flight at once, for each thread, where they are put together in order.
const CHUNKS_PER_THREAD: usize = 4;

/// How far before a record a stream is looked at: the code unit before it.
const KEPT_BEHIND: u64 = 4;

/// The most of a stream that is held at once, in bytes, beside what one record needs.
const HELD: u64 = 32 << 20;

/// However many threads there are, a chunk of a stream may be as long as this.
const MIN_STREAMED: u64 = 256 << 10;

/// The most that one worker reads in one go, in bytes. Who wants to stop waits for it.
const RUN: u64 = 128 << 20;

/// What is left is shared out in so many runs for each thread.
const RUNS_PER_THREAD: u64 = 2;

/// How far before a chunk records are followed to where its first one begins, in bytes. What
/// quotes a trace, such as an instant message, is shorter.
const RUN_UP: u64 = 16 << 10;

/// But no more than one part in so many of a chunk.
const RUN_UP_SHARE: u64 = 64;

/// Longest chunk: places in a window are numbers of 32 bits.
const MAX_CHUNK: u64 = 1 << 30;

/// What a scan hands over as it finds it, in order.
pub(crate) enum Sink<'s> {
    /// Nothing: it counts.
    None,
    Events(&'s mut EventSink<'s>),
    Messages(&'s mut MessageSink<'s>),
    Records(&'s mut RecordSink<'s>),
}

type EventSink<'s> = dyn FnMut(&Event<'_>) -> io::Result<()> + 's;
type RecordSink<'s> = dyn FnMut(&Record) -> io::Result<()> + 's;
type MessageSink<'s> = dyn FnMut(&Logged<'_>) -> io::Result<()> + 's;

/// Reads all inputs and counts.
///
/// Not a `Result`: a scan always has something to say. What could not be read is in
/// [`Coverage::skipped`](siptriage_facts::Coverage).
pub fn scan(discovery: &Discovery, options: &ScanOptions, progress: &dyn Progress) -> Facts {
    let scanner = Scanner::new(options, progress, &Everything, Wanted::Everything);
    count(discovery, &scanner)
}

/// The same, but for members of archives whose content was read before: nothing of these counts.
pub fn scan_unknown(
    discovery: &Discovery,
    options: &ScanOptions,
    progress: &dyn Progress,
    recognition: &dyn Recognition,
) -> Facts {
    let mut scanner = Scanner::new(options, progress, &Everything, Wanted::Everything);
    scanner.recognition = Some(recognition);
    count(discovery, &scanner)
}

/// Reads all inputs once more and counts what `selection` takes. The coverage is that of
/// everything; dialogs are not put together again.
pub fn recount(
    discovery: &Discovery,
    options: &ScanOptions,
    progress: &dyn Progress,
    selection: &dyn Selection,
) -> Facts {
    let scanner = Scanner::new(options, progress, selection, Wanted::Counts);
    count(discovery, &scanner)
}

fn count(discovery: &Discovery, scanner: &Scanner<'_>) -> Facts {
    let mut facts = scanner.in_pool(|| {
        let sum = |mut left: Facts, right: Facts| {
            left.merge(right);
            left
        };
        let each = discovery
            .inputs
            .par_iter()
            .fold(Facts::default, |facts, input| {
                // Nothing is handed over, so nothing can fail.
                sum(
                    facts,
                    scanner.input(input, &mut Sink::None).unwrap_or_default(),
                )
            });
        each.reduce(Facts::default, sum)
    });
    facts.coverage.merge(of_discovery(discovery));
    facts.coverage.skipped.extend(scanner.copies.found());
    facts.settle_tallies();
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

/// Reads all inputs and hands every record as it stands to `sink`, in the order of inputs and
/// offsets. Returns the coverage of the same run.
///
/// # Errors
/// The first error of `sink`; the scan stops there.
pub fn records(
    discovery: &Discovery,
    options: &ScanOptions,
    progress: &dyn Progress,
    sink: &mut dyn FnMut(&Record) -> io::Result<()>,
) -> io::Result<Facts> {
    // Where messages stand in a record, only framing tells.
    let options = ScanOptions {
        reading: Reading::Framed,
        ..options.clone()
    };
    let scanner = Scanner::new(&options, progress, &Everything, Wanted::Records);
    in_order(discovery, &scanner, &mut Sink::Records(sink))
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
    facts.coverage.skipped.extend(scanner.copies.found());
    Ok(facts)
}

/// The diagnoses of a text, places counted from its start. For what somebody pasted.
pub fn events_in_text(text: &[u8]) -> Vec<Event<'static>> {
    let formats = Formats::new(None);
    let file: Name = "<text>".into();
    let mut found = Vec::new();
    let mut at = 0;
    let (mut line, mut counted) = (1, 0);
    while at < text.len() {
        let (frame, format) = frame_at(&View::new(&text[at..], true), &formats);
        let looked = Looked::at(&text[at..at + frame.len]);
        for mut event in extract(&text[at..], &frame, format, &file, looked, None).events {
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

/// As many threads as the options say; `None` where they cannot be had.
pub(crate) fn pool_of(options: &ScanOptions) -> Option<ThreadPool> {
    let threads = options.threads.unwrap_or(0);
    ThreadPoolBuilder::new().num_threads(threads).build().ok()
}

pub(crate) struct Scanner<'s> {
    pub(crate) task: Task<'s>,
    pub(crate) options: &'s ScanOptions,
    pub(crate) progress: &'s dyn Progress,
    lanes: Lanes,
    pub(crate) copies: Copies,
    pub(crate) recognition: Option<&'s dyn Recognition>,
    /// Tools that no worker uses at present.
    tools: Mutex<Vec<Tools>>,
    /// As many threads as the options say; `None` where they cannot be had, for the global pool.
    pool: Option<ThreadPool>,
}

impl<'s> Scanner<'s> {
    fn new(
        options: &'s ScanOptions,
        progress: &'s dyn Progress,
        selection: &'s dyn Selection,
        wanted: Wanted,
    ) -> Scanner<'s> {
        Scanner {
            task: Task {
                formats: Formats::new(options.trace_format),
                names: Names::default(),
                selection,
                wanted,
                walks: options.reading != Reading::Framed,
            },
            options,
            progress,
            lanes: Lanes::of(options.reading),
            copies: Copies::default(),
            recognition: None,
            tools: Mutex::default(),
            pool: pool_of(options),
        }
    }

    /// Does something with tools that are kept for the next one.
    pub(crate) fn with_tools<T>(&self, work: impl FnOnce(&mut Tools) -> T) -> T {
        // What panicked inside took its tools along.
        let lock = || self.tools.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = lock().pop();
        let mut tools = kept.unwrap_or_else(|| Tools::new(self.lanes));
        let done = work(&mut tools);
        lock().push(tools);
        done
    }

    pub(crate) fn in_pool<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Does something with each of these, on all threads where there are several.
    fn each<T: Send, U: Send>(&self, all: Vec<T>, work: impl Fn(T) -> U + Sync + Send) -> Vec<U> {
        if all.len() == 1 {
            return all.into_iter().map(work).collect();
        }
        let all = all.into_par_iter().with_max_len(1);
        self.in_pool(|| all.map(work).collect())
    }

    /// One input. Fails only if the sink does: a mistake of ours costs the input, and nothing
    /// else.
    fn input(&self, input: &Input, sink: &mut Sink<'_>) -> io::Result<Facts> {
        // What panicked halfway is never looked at again: facts are dropped, and tools with them.
        let read = AssertUnwindSafe(|| self.contents_of(input, sink));
        catch_unwind(read).unwrap_or_else(|panic| {
            let words = (panic.downcast_ref::<String>().map(String::as_str))
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("it does not say which");
            let mut facts = Facts::default();
            facts.coverage.skipped.insert(Skipped {
                file: input.name.clone(),
                reason: SkipReason::Failed,
                detail: format!("reading it ran into a mistake of siptriage: {words}").into(),
            });
            self.progress.input_done();
            Ok(facts)
        })
    }

    /// One input, chunk by chunk. Fails only if the sink does.
    fn contents_of(&self, input: &Input, sink: &mut Sink<'_>) -> io::Result<Facts> {
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
                if error.kind() == io::ErrorKind::UnexpectedEof {
                    skip(&mut facts, SkipReason::Changed, SHORTER);
                } else {
                    skip(&mut facts, SkipReason::Unreadable, &error.to_string());
                }
                self.progress.input_done();
                return Ok(facts);
            }
        };
        if let Location::File(path) = &input.location
            && !input.checked
            && let Ok(head) = source.head()
            && let Some((reason, detail)) = unfit_to_read(path, &head)
        {
            skip(&mut facts, reason, detail);
            self.progress.input_done();
            return Ok(facts);
        }
        let packed = source.head().is_ok_and(|head| kind_of(&head).is_some());
        if (packed || input.within.is_some())
            && let Some(mut packed) = self.packed(input, &source, sink)?
        {
            packed.merge(facts);
            self.progress.input_done();
            return Ok(packed);
        }
        if input.within.is_some() {
            skip(
                &mut facts,
                SkipReason::Unreadable,
                "it is no archive and has no members; name the file alone",
            );
            self.progress.input_done();
            return Ok(facts);
        }
        if source.len() == source.text_start() {
            facts.coverage.files = 1;
            facts.coverage.bytes = source.len();
            skip(&mut facts, SkipReason::Empty, "");
            self.progress.input_done();
            return Ok(facts);
        }
        if !source.is_stream() {
            // What cannot be read now is said when it is read.
            let _ = self.copies.file(&input.name, &source);
        }
        let result = self.contents(&source, &input.name, sink, &mut facts);
        match result {
            Ok(()) => {}
            Err(Stop::Input(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                skip(&mut facts, SkipReason::Changed, SHORTER);
            }
            Err(Stop::Input(error)) => {
                skip(&mut facts, SkipReason::Unreadable, &error.to_string());
            }
            Err(Stop::Sink(error)) => return Err(error),
        }
        if let Some((reason, told)) = source.changes(input) {
            skip(&mut facts, reason, &told);
        }
        finish(&mut facts, &input.name, false, || first_words(&source));
        self.progress.input_done();
        Ok(facts)
    }

    /// All chunks of one input, put together.
    fn contents(
        &self,
        source: &Source,
        name: &Name,
        sink: &mut Sink<'_>,
        facts: &mut Facts,
    ) -> Result<(), Stop> {
        // A stream is held for as long as a batch of chunks is in work.
        let longest = match source.is_stream() {
            true => (HELD / self.in_flight()).max(MIN_STREAMED),
            false => MAX_CHUNK,
        };
        let chunks = Chunks {
            source,
            name,
            // A multiple of every code unit.
            len: (self.options.chunk_len as u64)
                .clamp(4, longest)
                .next_multiple_of(4),
        };
        if let Sink::None = sink
            && !source.is_stream()
            && let Some(read) = self.at_once(&chunks)
        {
            facts.merge(read);
            return Ok(());
        }
        self.one_by_one(&chunks, sink, facts)
    }

    fn threads(&self) -> usize {
        match &self.pool {
            Some(pool) => pool.current_num_threads(),
            None => rayon::current_num_threads(),
        }
    }

    /// One chunk. Bytes that change while they are looked at can contradict what was just seen of
    /// them; then it is the file's fault.
    fn chunk(
        &self,
        chunks: &Chunks<'_>,
        begin: Start,
        end: u64,
        tools: &mut Tools,
        gathered: &mut Gathered,
    ) -> io::Result<Span> {
        let Chunks { source, name, .. } = *chunks;
        // Whoever gets an error drops what was gathered, and nothing in the tools is of bytes.
        let read =
            AssertUnwindSafe(|| self.task.chunk((source, name), begin, end, tools, gathered));
        catch_unwind(read).unwrap_or_else(|panic| match source.is_other() {
            Some(error) => Err(error),
            None => resume_unwind(panic),
        })
    }

    /// Chunks in work at once, where they are put together in order.
    fn in_flight(&self) -> u64 {
        (self.threads() * CHUNKS_PER_THREAD) as u64
    }

    /// All chunks, each by who is free, who adds up what all of his give. None where a chunk could
    /// not be read, or began where no record does: then it is not known what came of it.
    fn at_once(&self, chunks: &Chunks<'_>) -> Option<Facts> {
        let (start, len) = (chunks.source.text_start(), chunks.source.len());
        let count = (len - start).div_ceil(chunks.len);
        let workers = self
            .threads()
            .min(usize::try_from(count).unwrap_or(usize::MAX));
        let runs = Runs {
            next: AtomicU64::new(0),
            count,
            longest: (RUN / chunks.len).max(1),
            shares: RUNS_PER_THREAD * workers as u64,
        };
        let work = |_: usize| -> io::Result<(Gathered, Vec<(u64, Span)>)> {
            let mut gathered = Gathered::default();
            let mut spans = Vec::new();
            self.with_tools(|tools| {
                // All of a run is read in any case: what was read ends at one place.
                while !self.progress.cancelled()
                    && let Some(run) = runs.take()
                {
                    // Where the chunk before in this run ended.
                    let mut at = (run.start == 0).then_some(start);
                    for which in run.clone() {
                        let cut = start + which * chunks.len;
                        let end = len.min(cut + chunks.len);
                        let begin = at.map_or_else(|| chunks.behind(cut), Start::At);
                        let span = self.chunk(chunks, begin, end, tools, &mut gathered)?;
                        at = at.or(span.start).map(|_| span.end);
                        spans.push((end, span));
                        self.progress.advance(end - cut);
                    }
                }
                Ok((gathered, spans))
            })
        };
        let done: io::Result<Vec<_>> = self
            .each((0..workers).collect(), work)
            .into_iter()
            .collect();
        let mut parts = Vec::new();
        let mut spans = Vec::new();
        for (gathered, own) in done.ok()? {
            self.progress.records(gathered.walked, gathered.framed);
            parts.push(gathered);
            spans.extend(own);
        }
        spans.sort_unstable_by_key(|(end, _)| *end);
        // Where each chunk begins, and in which line.
        let mut lines: Vec<(u64, u64)> = Vec::with_capacity(spans.len());
        let (mut at, mut line) = (start, chunks.source.first_line());
        for (end, span) in &spans {
            match span.start {
                Some(start) if start == at => {
                    lines.push((start, line));
                    (at, line) = (span.end, line + span.feeds);
                }
                // It lies inside of a record that began before it.
                None if at >= *end => {}
                _ => return None,
            }
        }
        let finished = |part: Gathered| {
            let mut part = part.into_facts();
            part.for_each_place(&mut |place| {
                let chunk = lines.partition_point(|(start, _)| *start <= place.offset);
                place.line += lines
                    .get(chunk.wrapping_sub(1))
                    .map_or(1, |(_, line)| *line);
            });
            part
        };
        let parts = self.each(parts, finished);
        let mut facts = Facts::default();
        for part in parts {
            facts.merge(part);
        }
        facts.coverage.bytes = at - start + chunks.source.lead();
        facts.coverage.interrupted = (spans.len() as u64) < count;
        if !facts.coverage.interrupted {
            self.progress.read_to(chunks.name, at, line);
        }
        Some(facts)
    }

    /// All chunks in order, some at a time. What a chunk gives is counted when it is known that
    /// its first record begins where the last one before it ended; else it is read again from
    /// there.
    fn one_by_one(
        &self,
        chunks: &Chunks<'_>,
        sink: &mut Sink<'_>,
        facts: &mut Facts,
    ) -> Result<(), Stop> {
        let source = chunks.source;
        let start = source.text_start();
        let read = |begin: Start, end: u64| -> io::Result<(Gathered, Span)> {
            let mut gathered = Gathered::default();
            let span =
                self.with_tools(|tools| self.chunk(chunks, begin, end, tools, &mut gathered))?;
            Ok((gathered, span))
        };
        let (mut at, mut line) = (start, source.first_line());
        let in_flight = self.in_flight();
        let mut batch_start = start;
        'batches: loop {
            source.forget(at.min(batch_start).saturating_sub(KEPT_BEHIND));
            let batch_end = batch_start.saturating_add(chunks.len * in_flight);
            source.fill(batch_end);
            let len = source.len();
            if batch_start >= len {
                self.progress.read_to(chunks.name, at, line);
                return Ok(());
            }
            if self.progress.cancelled() {
                facts.coverage.interrupted = true;
                return Ok(());
            }
            let batch_end = len.min(batch_end);
            let cuts: Vec<u64> = (0..)
                .map(|n| batch_start + n * chunks.len)
                .take_while(|cut| *cut < batch_end)
                .collect();
            let one = |cut: u64| {
                let end = batch_end.min(cut + chunks.len);
                // The batch's first chunk begins where the last one ended.
                let begin = if cut == batch_start {
                    Start::At(at)
                } else {
                    chunks.behind(cut)
                };
                let chunk = read(begin, end);
                self.progress.advance(end - cut);
                (end, chunk)
            };
            let done = self.each(cuts, one);
            for (end, chunk) in done {
                let chunk = match chunk {
                    Ok((_, span)) if span.start != Some(at) => {
                        if at >= end {
                            // The chunk lies inside of a record that began before it.
                            continue;
                        }
                        read(Start::At(at), end)
                    }
                    chunk => chunk,
                };
                let (gathered, span) = match chunk {
                    // What is left of a file that became shorter is read from here on.
                    Err(error)
                        if error.kind() == io::ErrorKind::UnexpectedEof && source.shorten() =>
                    {
                        batch_start = at;
                        continue 'batches;
                    }
                    chunk => chunk.map_err(Stop::Input)?,
                };
                let mut gathered = gathered;
                let lead = if at == start { source.lead() } else { 0 };
                facts.coverage.bytes += span.end - at + lead;
                self.progress.records(gathered.walked, gathered.framed);
                let to_line = |place: &mut Place| place.line += line;
                match sink {
                    Sink::None => {}
                    Sink::Events(sink) => {
                        for mut event in std::mem::take(&mut gathered.events) {
                            to_line(&mut event.place);
                            sink(&event).map_err(Stop::Sink)?;
                        }
                    }
                    Sink::Messages(sink) => {
                        for mut message in std::mem::take(&mut gathered.messages) {
                            to_line(&mut message.place);
                            for event in &mut message.diagnoses {
                                to_line(&mut event.place);
                            }
                            sink(&message).map_err(Stop::Sink)?;
                        }
                    }
                    Sink::Records(sink) => {
                        for record in std::mem::take(&mut gathered.records) {
                            sink(&record).map_err(Stop::Sink)?;
                        }
                    }
                }
                let mut part = gathered.into_facts();
                part.for_each_place(&mut |place| to_line(place));
                facts.merge(part);
                (at, line) = (span.end, line + span.feeds);
            }
            batch_start = batch_end;
        }
    }
}

/// Hands out the chunks of an input in runs: what one worker reads in one go has most messages of
/// most dialogs, and only where a run begins the first record is guessed. Runs become shorter
/// towards the end, so that all workers end together.
struct Runs {
    /// The first chunk that nobody took.
    next: AtomicU64,
    /// Chunks of the input.
    count: u64,
    /// Chunks of the longest run.
    longest: u64,
    /// A run is one part in so many of what is left.
    shares: u64,
}

impl Runs {
    /// The next run, which is not empty.
    fn take(&self) -> Option<Range<u64>> {
        let end = |next: u64| {
            let left = self.count.checked_sub(next).filter(|left| *left > 0)?;
            Some(next + (left / self.shares).clamp(1, self.longest))
        };
        let taken = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, end);
        let start = taken.ok()?;
        Some(start..end(start)?)
    }
}

/// An input that is cut into chunks.
struct Chunks<'s> {
    source: &'s Source,
    name: &'s Name,
    /// Bytes of each.
    len: u64,
}

impl Chunks<'_> {
    /// The first record of the chunk with this cut.
    fn behind(&self, cut: u64) -> Start {
        let run_up = RUN_UP.min(self.len / RUN_UP_SHARE) & !3;
        let from = cut.saturating_sub(run_up).max(self.source.text_start());
        Start::Behind { cut, from }
    }
}

/// Why an input was not read to its end.
enum Stop {
    /// It could not be read.
    Input(io::Error),
    /// Its events could not be written.
    Sink(io::Error),
}

/// Counts a file that was read, and says so where nothing came of it. `words` are its first ones.
pub(crate) fn finish(
    facts: &mut Facts,
    name: &Name,
    is_empty: bool,
    words: impl FnOnce() -> Vec<u8>,
) {
    let coverage = &mut facts.coverage;
    coverage.files = 1;
    for format in coverage.formats.values_mut() {
        format.files = 1;
    }
    let mut formats = coverage.formats.iter();
    let framed = formats.any(|(name, _)| name.as_ref() != LOOSE);
    if framed || !coverage.carriers.is_empty() || coverage.interrupted {
        return;
    }
    let (reason, detail) = if is_empty {
        (SkipReason::Empty, String::new())
    } else {
        let words = words();
        let words: String = String::from_utf8_lossy(&words)
            .trim()
            .chars()
            .take(60)
            .collect();
        let begins = if words.is_empty() {
            String::new()
        } else {
            format!("; it begins with: {words}")
        };
        let detail = format!("no record of a known format and no diagnosis in it{begins}");
        (SkipReason::Unrecognised, detail)
    };
    coverage.skipped.insert(Skipped {
        file: name.clone(),
        reason,
        detail: detail.into(),
    });
}

/// The first line of an input that has text.
fn first_words(source: &Source) -> Vec<u8> {
    let start = source.text_start();
    let head = source.window(start, source.len().min(start + 256), start + 256);
    head.map_or(Vec::new(), |head| {
        let at = crate::lines::skip_blank_lines(&head.bytes, 0);
        Line::at(&head.bytes, at).text(&head.bytes).to_vec()
    })
}
