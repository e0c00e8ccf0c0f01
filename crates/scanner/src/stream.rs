//! Text that comes as a stream: members of archives. It is read window by window, each scanned as
//! a chunk is, and none is kept.

use std::io::{self, Read};
use std::path::Path;

use siptriage_facts::{Name, SkipReason};

use crate::ScanOptions;
use crate::chunk::{Gathered, Task, Tools};
use crate::copies::EDGE;
use crate::discover::unfit_to_read;
use crate::frame::MAX_RECORD;
use crate::source::{Raw, Window, detect_encoding};

/// Bytes that are scanned at once, and as many as a record may need behind that.
const WINDOW: usize = 1 << 20;
const BEHIND: usize = 64 << 10;

/// How much of a stream is looked at to tell what it is.
const HEAD: usize = 64 << 10;

/// What came of a stream.
#[derive(Debug)]
pub(crate) struct Streamed {
    /// Bytes that were read.
    pub(crate) bytes: u64,
    /// Why nothing of it was read, though it could be.
    pub(crate) unfit: Option<(SkipReason, &'static str)>,
    /// Whether it was left because it looks like no trace.
    pub(crate) passed_over: bool,
    /// Its first words, for a message that nothing was recognised in it.
    pub(crate) head: Vec<u8>,
    /// Its first and its last bytes as they are, as many as tell a copy.
    pub(crate) edges: (Vec<u8>, Vec<u8>),
}

/// Reads a stream to its end, or to its first error, which is its end: whoever gives the stream
/// knows what the error is. `takes` says of its first bytes whether it is wanted. `flush` is
/// called behind each window, and may say no.
///
/// # Errors
/// What `flush` says.
pub(crate) fn read(
    task: &Task<'_>,
    reader: &mut dyn Read,
    (name, options): (&Name, &ScanOptions),
    takes: &dyn Fn(&[u8]) -> bool,
    (tools, gathered): (&mut Tools, &mut Gathered),
    flush: &mut dyn FnMut(&mut Gathered, u64) -> io::Result<bool>,
) -> io::Result<Streamed> {
    let mut buffer = Buffer::default();
    let mut streamed = Streamed {
        bytes: 0,
        unfit: None,
        passed_over: false,
        head: Vec::new(),
        edges: Default::default(),
    };
    buffer.fill(reader, HEAD);
    let head = &buffer.bytes[..];
    if !takes(head) {
        streamed.passed_over = true;
        return Ok(streamed);
    }
    streamed.unfit = unfit_to_read(Path::new(&**name), head);
    if streamed.unfit.is_some() {
        return Ok(streamed);
    }
    let (detected, mark) = detect_encoding(head);
    let encoding = options.encoding.unwrap_or(detected);
    streamed.head = head[head.len().min(mark as usize)..head.len().min(512)].to_vec();
    streamed.edges.0 = head[..head.len().min(EDGE)].to_vec();
    // The byte order mark counts with the first record.
    let mut lead = mark.min(head.len() as u64);
    buffer.take(lead as usize, &mut streamed.edges.1);
    streamed.bytes = lead;
    let mut feeds = 0;
    let mut want = WINDOW;
    loop {
        buffer.fill(reader, want + BEHIND);
        let split = match buffer.at_end {
            true => buffer.bytes.len(),
            // At a code unit, with room for what a record needs behind it.
            false => buffer.bytes.len().saturating_sub(BEHIND) & !1,
        };
        let raw = Raw::Borrowed(&buffer.bytes);
        let window = Window::new(raw, buffer.start, split, buffer.at_end, encoding);
        let spot = (&window, name);
        let (used, ended) = task.window(spot, &mut lead, feeds, tools, gathered);
        feeds = ended;
        let used = (window.original(used) - buffer.start) as usize;
        let is_done = buffer.at_end && used >= buffer.bytes.len();
        let short = used < split;
        drop(window);
        buffer.take(used, &mut streamed.edges.1);
        streamed.bytes = buffer.start;
        let goes_on = flush(gathered, used as u64)?;
        if is_done || !goes_on {
            return Ok(streamed);
        }
        // A record that needs more than the window holds; none needs more than the longest.
        want = if short {
            (want * 4).min(MAX_RECORD * 4)
        } else {
            WINDOW
        };
    }
}

/// What was read and is not used yet.
#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    /// Where in the stream it begins.
    start: u64,
    at_end: bool,
}

impl Buffer {
    /// Takes the first bytes away. `last` are the last ones of all that were taken.
    fn take(&mut self, len: usize, last: &mut Vec<u8>) {
        let taken = &self.bytes[..len];
        last.extend_from_slice(&taken[taken.len().saturating_sub(EDGE)..]);
        last.drain(..last.len().saturating_sub(EDGE));
        self.bytes.drain(..len);
        self.start += len as u64;
    }

    fn fill(&mut self, reader: &mut dyn Read, len: usize) {
        let mut filled = self.bytes.len();
        if self.at_end || filled >= len {
            return;
        }
        self.bytes.resize(len, 0);
        while filled < len {
            match reader.read(&mut self.bytes[filled..]) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.at_end = true;
                    break;
                }
            }
        }
        self.bytes.truncate(filled);
    }
}
