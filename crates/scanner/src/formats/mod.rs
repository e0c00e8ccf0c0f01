//! Trace formats: one file each, one line in [`ALL`] each.
//!
//! A format says whether a record of its kind begins at a line, and frames it. Records of
//! several formats may follow each other in one file; each is told by its own first line.

mod client;
mod server;
mod sip;
mod sipe;
mod syslog;
#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;
use std::fmt;

use siptriage_facts::{Stamp, Zone};

use crate::frame::{Frame, LOOK_AHEAD, View};
use crate::lines::{Line, Lines, skip_blank_lines};
use crate::plain::{Plain, Walk};
use crate::stamps::{iso_stamp, server_stamp};

/// Name of the format that takes what no other does.
pub(crate) const LOOSE: &str = "text";

/// What a record says about a message besides the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Surroundings<'t> {
    pub(crate) time: Option<Stamp>,
    /// `incoming` or `outgoing`, with what the trace adds.
    pub(crate) direction: Option<Cow<'t, str>>,
    /// The other end of the connection.
    pub(crate) peer: Option<Cow<'t, str>>,
}

/// One way of writing traces.
pub(crate) trait TraceFormat: fmt::Debug + Sync {
    /// The word of `--trace-format` and of every output.
    fn name(&self) -> &'static str;

    /// What writes it.
    fn title(&self) -> &'static str;

    /// Whether a record of this format begins at this line.
    fn starts(&self, bytes: &[u8], line: Line) -> bool;

    /// How much of a line [`TraceFormat::starts`] must see, in bytes: many records may stand on one
    /// line of megabytes, and a framer need not see all of a line.
    fn front(&self) -> usize {
        LOOK_AHEAD / 4
    }

    /// Whether a record surely begins at this line, so that what was before it is over. Narrower
    /// than [`TraceFormat::starts`] where that takes lines that stand inside of records as well.
    fn surely_starts(&self, bytes: &[u8], line: Line) -> bool {
        self.starts(bytes, line)
    }

    /// Whether a scan that does not know what comes before may begin at this line.
    fn resumes(&self, bytes: &[u8], line: Line) -> bool {
        self.surely_starts(bytes, line)
    }

    /// Where in the middle of a line a record begins, because the one before it had no line end.
    fn starts_inside(&self, _line: &[u8]) -> Option<usize> {
        None
    }

    /// Whether a line that [`TraceFormat::starts`] knows ends the body of a message before it, if
    /// nothing proves how long that body is. True of formats whose record starts are not met in
    /// ordinary text.
    fn interrupts(&self) -> bool;

    /// The record at the start of the view, where [`TraceFormat::starts`] said yes.
    fn frame(&self, view: &View<'_>, formats: &Formats) -> Frame;

    /// When the record was logged, and what it says of the connection. `bytes` go on behind the
    /// record.
    fn surroundings<'t>(&self, bytes: &'t [u8], frame: &Frame) -> Surroundings<'t>;

    /// The record at `at`, where it stands as its program wrote it; `None` where it does not, or
    /// where the walk does not see enough of it. What it gives is what [`TraceFormat::frame`]
    /// and [`TraceFormat::surroundings`] give.
    fn plain<'t>(&self, _walk: &mut Walk<'t, '_>, _at: usize) -> Option<Plain> {
        None
    }

    /// First bytes of the records that [`TraceFormat::plain`] reads.
    fn plain_fronts(&self) -> &'static [u8] {
        &[]
    }

    /// What its writer puts at the end of such a record, where it marks ends: a record without it
    /// is not whole.
    fn end_mark(&self, _record: &[u8]) -> Option<&'static [u8]> {
        None
    }

    /// Whether it is the own log of one end, so that what is sent and received tells whose.
    fn is_of_an_end(&self) -> bool {
        false
    }

    /// Records as this format has them, made up, and what must be found in them.
    fn samples(&self) -> &'static [Sample];
}

/// A made-up piece of a trace, and what must be found in it.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The text, with LF line ends.
    pub text: &'static str,
    /// Records of the sample's own format.
    pub records: u64,
    /// Messages with a start line.
    pub messages: u64,
    /// Carrier and code of every diagnosis, in order; code 0 where the carrier has none.
    pub diagnoses: &'static [(&'static str, u32)],
}

/// All formats, in the order they are tried. The last takes everything.
pub(crate) const ALL: &[&dyn TraceFormat] = &[
    &client::Client,
    &server::Server,
    &sipe::Sipe,
    &syslog::Syslog,
    &sip::Sip,
    &text::Text,
];

/// The formats a scan looks for.
#[derive(Debug, Clone)]
pub(crate) struct Formats {
    all: Vec<&'static dyn TraceFormat>,
    /// By the first byte of their records, formats that read plain ones in one walk: their places
    /// in [`ALL`].
    plain: [Option<u8>; 256],
}

impl Formats {
    /// All of them, or only the one of this name beside loose text.
    pub(crate) fn new(only: Option<&str>) -> Formats {
        let wanted = |format: &&&dyn TraceFormat| {
            only.is_none_or(|name| name == format.name()) || format.name() == LOOSE
        };
        let all: Vec<_> = ALL.iter().filter(&wanted).copied().collect();
        let mut plain = [None; 256];
        for (which, format) in (0..).zip(ALL).filter(|(_, format)| wanted(format)) {
            for first in format.plain_fronts() {
                plain[usize::from(*first)] = Some(which);
            }
        }
        Formats { all, plain }
    }

    /// The format of the record that begins at `line`.
    pub(crate) fn at(&self, bytes: &[u8], line: Line) -> &'static dyn TraceFormat {
        let found = self
            .all
            .iter()
            .find(|format| format.starts(bytes, line.front(format.front())));
        *found.unwrap_or(&ALL[ALL.len() - 1])
    }

    /// The record at `at` and the place of its format in [`ALL`], where it can be read in one walk.
    #[inline]
    pub(crate) fn plain<'t>(&self, walk: &mut Walk<'t, '_>, at: usize) -> Option<(usize, Plain)> {
        let which = usize::from(self.plain[usize::from(*walk.bytes.get(at)?)]?);
        Some((which, ALL[which].plain(walk, at)?))
    }

    /// Whether a record surely begins at this line: an entry of a log, or a start line.
    pub(crate) fn starts(&self, bytes: &[u8], line: Line) -> bool {
        let line = line.front(LOOK_AHEAD / 4);
        self.all
            .iter()
            .any(|format| format.surely_starts(bytes, line))
    }

    /// Whether this line ends the body of a message before it.
    pub(crate) fn interrupts(&self, bytes: &[u8], line: Line) -> bool {
        let line = line.front(LOOK_AHEAD / 4);
        self.all
            .iter()
            .any(|format| format.interrupts() && format.starts(bytes, line))
    }

    /// Whether a scan that does not know what comes before may begin at this line. It will be
    /// right nearly always.
    pub(crate) fn resumes(&self, bytes: &[u8], line: Line) -> bool {
        let line = line.front(LOOK_AHEAD / 4);
        self.all.iter().any(|format| format.resumes(bytes, line))
    }

    /// Where the first line from `at` on begins that ends a message before it, or a record that
    /// begins in the middle of a line; the end of the view if there is none.
    pub(crate) fn next_interruption(&self, view: &View<'_>, at: usize) -> usize {
        for line in Lines::from(view.bytes, at) {
            if self.interrupts(view.bytes, line) {
                return line.start;
            }
            let text = line.text(view.bytes);
            let inside = self
                .all
                .iter()
                .filter_map(|format| format.starts_inside(text));
            if let Some(inside) = inside.min() {
                return line.start + inside;
            }
        }
        view.starve();
        view.bytes.len()
    }

    /// Whether what stands at `at` can follow the body of a message: the end, or, after empty
    /// lines, the start of a record.
    pub(crate) fn follows(&self, view: &View<'_>, at: usize) -> bool {
        let bytes = view.bytes;
        let at = skip_few_blank_lines(bytes, at);
        at >= bytes.len() || self.starts(bytes, Line::at(bytes, at))
    }
}

/// Behind the blank lines at `at`, as far as a framer may look.
pub(crate) fn skip_few_blank_lines(bytes: &[u8], at: usize) -> usize {
    let limit = bytes.len().min(at.saturating_add(LOOK_AHEAD / 2));
    let behind = skip_blank_lines(&bytes[..limit], at.min(limit));
    if behind == limit && limit < bytes.len() {
        at
    } else {
        behind
    }
}

/// The stamp of a server prefix; a configured one may have ISO form. UTC by default.
fn iso_or_server_stamp(prefix: &[u8]) -> Option<Stamp> {
    server_stamp(prefix).or_else(|| {
        iso_stamp(prefix).map(|stamp| match stamp.zone {
            Zone::Unknown => Stamp {
                zone: Zone::AssumedUtc,
                ..stamp
            },
            _ => stamp,
        })
    })
}
