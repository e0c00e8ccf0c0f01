//! From options to a trace and its truth.

use std::collections::BinaryHeap;
use std::io::{self, Write};

use crate::dialogue::Dialogue;
use crate::layout::{Layout, Scribe};
use crate::message::Message;
use crate::script;
use crate::truth::Truth;
use crate::world::{Density, Viewpoint, World};

/// What a trace looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// UCCAPI log of a client: local time, a stamp in front of every entry.
    Client,
    /// Server text as ClsLogger and Search-CsClsLogging write it: `$$begin_record` blocks, UTC.
    Server,
    /// Server text as OCSLogger of 2010 writes it.
    Server2010,
    /// Dialogues of all three in one file.
    Mixed,
}

impl Format {
    /// The begin of a file's name.
    pub(crate) fn stem(self) -> &'static str {
        match self {
            Format::Client => "client",
            Format::Server => "server",
            Format::Server2010 => "server-2010",
            Format::Mixed => "mixed",
        }
    }

    /// What files of it end with, as the products name them.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Format::Client => "UccApilog",
            Format::Server | Format::Server2010 | Format::Mixed => "txt",
        }
    }
}

/// What is said of the length of bodies, in `Content-Length` and in the frame lines of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lengths {
    /// As long as they were on the wire.
    True,
    /// Always some bytes too long, as in traces that were encoded anew or cleaned: no length
    /// ends where something can follow a body, whatever the line ends.
    False,
}

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnd {
    /// As the products write them.
    CrLf,
    /// As pasted traces have them. Lengths in the trace stay those of the wire.
    Lf,
}

/// What to write. Equal options give equal bytes, on every platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Seed of all chance.
    pub seed: u64,
    /// Size to aim at, in bytes of UTF-8 with CR LF. Dialogues are written to their end, so that a trace is
    /// smaller or larger by a few hundredths, a small one by some ten kilobytes.
    pub bytes: u64,
    /// What the trace looks like.
    pub format: Format,
    /// Time of the first message: milliseconds since 1970-01-01T00:00:00 UTC. Client logs show
    /// it `client_offset_minutes` later.
    pub start: u64,
    /// Mean time from the begin of a dialogue to the begin of the next, in milliseconds.
    pub pause: u64,
    /// How far the clock of client logs is ahead of UTC, in minutes.
    pub client_offset_minutes: u32,
    /// How lines end.
    pub line_end: LineEnd,
    /// Whether the lengths of bodies are true. Dialogues are the same either way; only where the
    /// trace ends depends on how many digits its lengths have.
    pub lengths: Lengths,
    /// How much of what.
    pub density: Density,
}

impl Options {
    /// A trace of a busy day: a client with ten dialogues a minute, or a server with four a
    /// second.
    pub fn new(seed: u64, bytes: u64, format: Format) -> Options {
        Options {
            seed,
            bytes,
            format,
            // 2026-03-02T08:00:00, a Monday.
            start: 1_772_438_400_000,
            pause: if format == Format::Client { 6000 } else { 250 },
            client_offset_minutes: 60,
            line_end: LineEnd::CrLf,
            lengths: Lengths::True,
            density: Density::default(),
        }
    }
}

/// Bytes that are collected before they are written.
const BLOCK: usize = 256 * 1024;

/// A dialogue whose next message is due at `at`. Ordered so that the earliest is the greatest,
/// which is what a heap gives first.
struct Pending {
    at: u64,
    number: u64,
    layout: Layout,
    dialogue: Box<Dialogue>,
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

/// Writes a made-up trace to `out` and gives what it holds. Only the dialogues that are open at
/// one time are in memory, whatever the size.
///
/// # Errors
///
/// Those of `out`.
pub fn generate(options: &Options, out: &mut dyn Write) -> io::Result<Truth> {
    let mut world = World::new(options.seed, options.density, options.lengths);
    let mut scribe = Scribe::new(options.client_offset_minutes);
    let mut sink = Sink {
        out,
        line_end: options.line_end,
        bytes: 0,
        lines: 0,
        kept: Vec::new(),
    };
    let mut truth = Truth::default();
    let mut message = Message::new();
    let mut open: BinaryHeap<Pending> = BinaryHeap::new();
    // Bytes with CR LF: how lines end changes no dialogue.
    let mut composed = 0u64;
    let mut planned = 0u64;
    let mut next_begin = options.start;
    let mut block = Vec::with_capacity(BLOCK + BLOCK / 4);
    loop {
        // What is planned will be written: it counts before it is there, and so do a few more,
        // because a dialogue is written to its end.
        let written = composed + block.len() as u64;
        let mean = written.checked_div(world.messages).unwrap_or(2600);
        let begins = if truth.call_ids == 0 {
            options.bytes > 0
        } else {
            written + (planned + 8) * mean < options.bytes
        };
        let due = open.peek().map(|pending| pending.at);
        if begins && due.is_none_or(|due| next_begin <= due) {
            let layout = choose_layout(&mut world, options.format);
            let viewpoint = match layout {
                Layout::Client => Viewpoint::Client,
                Layout::Server | Layout::Server2010 => Viewpoint::Server,
            };
            for dialogue in script::begin(&mut world, viewpoint, next_begin) {
                planned += dialogue.len() as u64;
                truth.call_ids += 1;
                let (at, number) = (dialogue.next_at().unwrap_or(next_begin), truth.call_ids);
                open.push(Pending {
                    at,
                    number,
                    layout,
                    dialogue: Box::new(dialogue),
                });
            }
            next_begin += world.rng.between(options.pause / 4, options.pause * 7 / 4);
            continue;
        }
        let Some(mut pending) = open.pop() else {
            break;
        };
        let layout = pending.layout;
        if pending.dialogue.next(&mut world, &mut message) {
            planned -= 1;
            scribe.message(&mut block, layout, &mut world, &message);
            message.count(&mut truth, layout.format());
            if layout != Layout::Client {
                scribe.server_event(&mut block, layout, &mut world, &message, &mut truth);
            }
            put_noise(
                &mut block,
                layout,
                &mut world,
                &mut scribe,
                message.at,
                &mut truth,
            );
        }
        if let Some(at) = pending.dialogue.next_at() {
            pending.at = at;
            open.push(pending);
        }
        // A pause in which nothing new began does not come back.
        next_begin = next_begin.max(message.at);
        if block.len() >= BLOCK {
            sink.write(&block)?;
            composed += block.len() as u64;
            block.clear();
        }
    }
    sink.write(&block)?;
    sink.out.flush()?;
    truth.bytes = sink.bytes;
    truth.lines = sink.lines;
    scribe.finish(&mut truth);
    Ok(truth)
}

fn choose_layout(world: &mut World, format: Format) -> Layout {
    match format {
        Format::Client => Layout::Client,
        Format::Server => Layout::Server,
        Format::Server2010 => Layout::Server2010,
        Format::Mixed => world
            .rng
            .pick(&[Layout::Client, Layout::Server, Layout::Server2010]),
    }
}

fn put_noise(
    block: &mut Vec<u8>,
    layout: Layout,
    world: &mut World,
    scribe: &mut Scribe,
    at: u64,
    truth: &mut Truth,
) {
    // Entries come in bunches, as they do in logs; the mean is what was asked for.
    let entries = world.rng.below(u64::from(world.noise) * 2 + 100) / 100;
    for entry in 0..entries {
        scribe.noise(block, layout, world, at + entry * 3, truth);
    }
}

/// The end of the way: line ends are changed here, and bytes and lines counted.
struct Sink<'w> {
    out: &'w mut dyn Write,
    line_end: LineEnd,
    bytes: u64,
    lines: u64,
    kept: Vec<u8>,
}

impl Sink<'_> {
    /// Takes whole lines.
    fn write(&mut self, block: &[u8]) -> io::Result<()> {
        let bytes = match self.line_end {
            LineEnd::CrLf => block,
            LineEnd::Lf => {
                self.kept.clear();
                for line in block.split_inclusive(|byte| *byte == b'\n') {
                    match line.strip_suffix(b"\r\n") {
                        Some(text) => {
                            self.kept.extend_from_slice(text);
                            self.kept.push(b'\n');
                        }
                        None => self.kept.extend_from_slice(line),
                    }
                }
                &self.kept
            }
        };
        self.bytes += bytes.len() as u64;
        self.lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.out.write_all(bytes)
    }
}
