//! Archives: each of their members is an input of its own, read as it comes out.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use siptriage_archive::{Archive, FileAt, Member, Problem, Visitor, walk_stream};
use siptriage_facts::{Facts, Merge, Name, SkipReason, Skipped};

use crate::chunk::Gathered;
use crate::discover::{is_trace_by_name, looks_like_trace};
use crate::lines::{Line, skip_blank_lines};
use crate::piped::Opened;
use crate::recognition::{Overheard, Recognition};
use crate::scan::{Scanner, Sink, finish};
use crate::source::{Source, open_shared};
use crate::stream;
use crate::{Input, Location};

impl Scanner<'_> {
    /// Reads what is packed in an input, of which `source` is opened. None where it is no archive.
    ///
    /// # Errors
    /// The sink's only.
    pub(crate) fn packed(
        &self,
        input: &Input,
        source: &Source,
        sink: &mut Sink<'_>,
    ) -> io::Result<Option<Facts>> {
        let wanted = input.within.as_ref();
        let limits = &self.options.limits;
        if let Some(mut rest) = source.rest() {
            let mut members = Members::new(self, input, sink);
            let _ = walk_stream(&input.name, &mut rest, limits, wanted, &mut members);
            return members.done().map(Some);
        }
        let skip = |error: &io::Error| {
            let mut facts = Facts::default();
            facts.coverage.skipped.insert(Skipped {
                file: input.name.clone(),
                reason: SkipReason::Unreadable,
                detail: error.to_string().into(),
            });
            facts
        };
        let file = match &input.location {
            Location::File(path) => open_shared(path),
            Location::Piped(piped) => match piped.open() {
                Ok(Opened::Kept(file)) => Ok(file),
                Ok(Opened::Stream(_)) => return Ok(None),
                Err(error) => Err(error),
            },
        };
        let opened = file.and_then(FileAt::new);
        let opened = opened.and_then(|file| Archive::open(&input.name, Arc::new(file), limits));
        let archive = match opened {
            Ok(Some(archive)) => archive,
            Ok(None) => return Ok(None),
            Err(error) => return Ok(Some(skip(&error))),
        };
        if !matches!(sink, Sink::None) {
            let mut members = Members::new(self, input, sink);
            let _ = archive.walk(wanted, &mut members);
            self.progress.advance(input.len.unwrap_or(0));
            return members.done().map(Some);
        }
        let part = |which: usize| {
            let mut none = Sink::None;
            let mut members = Members::new(self, input, &mut none);
            let _ = archive.read(which, wanted, &mut members);
            let packed = archive.parts().get(which).map_or(0, |part| part.packed);
            self.progress.advance(packed);
            // Nothing is handed over, so nothing can fail.
            (members.met, members.done().unwrap_or_default())
        };
        let sum = |mut left: (u64, Facts), right: (u64, Facts)| {
            left.0 += right.0;
            left.1.merge(right.1);
            left
        };
        let parts = (0..archive.parts().len()).into_par_iter();
        let none = || (0, Facts::default());
        let parts = parts.fold(none, |facts, which| sum(facts, part(which)));
        let (met, mut facts) = self.in_pool(|| parts.reduce(none, sum));
        for problem in archive.problems() {
            facts.coverage.skipped.insert(skipped(problem));
        }
        missing(input, met, &mut facts);
        Ok(Some(facts))
    }
}

/// Says so where nothing of what was asked for is there.
fn missing(input: &Input, met: u64, facts: &mut Facts) {
    if input.within.is_some() && met == 0 && !facts.coverage.interrupted {
        facts.coverage.skipped.insert(Skipped {
            file: input.name.clone(),
            reason: SkipReason::Unreadable,
            detail: "it has no such member; name one as reports do, ARCHIVE!PATH".into(),
        });
    }
}

fn skipped(problem: &Problem) -> Skipped {
    Skipped {
        file: problem.path.as_str().into(),
        reason: match problem.trouble.is_remark() {
            true => SkipReason::ArchiveRemark,
            false => SkipReason::Archive,
        },
        detail: problem.trouble.to_string().into(),
    }
}

/// Reads the members that an archive shows it.
struct Members<'m, 's, 'k> {
    scanner: &'m Scanner<'s>,
    input: &'m Input,
    sink: &'m mut Sink<'k>,
    facts: Facts,
    /// Members that were looked at, whatever came of them, and problems of members.
    met: u64,
    failure: Option<io::Error>,
}

impl<'m, 's, 'k> Members<'m, 's, 'k> {
    fn new(scanner: &'m Scanner<'s>, input: &'m Input, sink: &'m mut Sink<'k>) -> Self {
        Members {
            scanner,
            input,
            sink,
            facts: Facts::default(),
            met: 0,
            failure: None,
        }
    }

    fn done(mut self) -> io::Result<Facts> {
        match self.failure {
            Some(error) => Err(error),
            None => {
                if !matches!(self.sink, Sink::None) {
                    missing(self.input, self.met, &mut self.facts);
                }
                Ok(self.facts)
            }
        }
    }
}

/// Whether a member would not be met in a folder: a hidden file, or what a Mac puts beside files.
fn is_hidden(path: &str) -> bool {
    let inside = path.split_once('!').map_or("", |(_, inside)| inside);
    let mut parts = inside.split(['/', '!']);
    parts.any(|part| part.starts_with('.') && part != "." && part != ".." || part == "__MACOSX")
}

impl Visitor for Members<'_, '_, '_> {
    fn member(&mut self, member: &mut Member<'_>) -> ControlFlow<()> {
        let Members {
            scanner,
            input,
            sink,
            facts,
            ..
        } = self;
        let (task, options) = (&scanner.task, scanner.options);
        if scanner.progress.cancelled() {
            facts.coverage.interrupted = true;
            return ControlFlow::Break(());
        }
        let name: Name = member.path().into();
        // What was typed is read, as a file is that was named; a single stream is its archive.
        let inside = name.split_once('!').map_or("", |(_, inside)| inside);
        let is_named = *name == *input.name
            || (input.within.as_ref()).is_some_and(|typed| typed.names(inside));
        if is_hidden(&name) && !options.all_files && !is_named {
            return ControlFlow::Continue(());
        }
        self.met += 1;
        let takes = |head: &[u8]| {
            is_named
                || options.all_files
                || is_trace_by_name(Path::new(&*name))
                || looks_like_trace(head, options)
        };
        let mut gathered = Gathered::default();
        let mut interrupted = false;
        let mut flush = |gathered: &mut Gathered, _used: u64| -> io::Result<bool> {
            for mut event in std::mem::take(&mut gathered.events) {
                event.place.line += 1;
                if let Sink::Events(sink) = sink {
                    sink(&event)?;
                }
            }
            for mut message in std::mem::take(&mut gathered.messages) {
                message.place.line += 1;
                for event in &mut message.diagnoses {
                    event.place.line += 1;
                }
                if let Sink::Messages(sink) = sink {
                    sink(&message)?;
                }
            }
            for record in std::mem::take(&mut gathered.records) {
                if let Sink::Records(sink) = sink {
                    sink(&record)?;
                }
            }
            interrupted = scanner.progress.cancelled();
            Ok(!interrupted)
        };
        let mut overheard = Overheard {
            reader: member,
            by: scanner.recognition.map(Recognition::begin),
        };
        let streamed = scanner.with_tools(|tools| {
            stream::read(
                task,
                &mut overheard,
                (&name, options),
                &takes,
                (tools, &mut gathered),
                &mut flush,
            )
        });
        let streamed = match streamed {
            Ok(streamed) => streamed,
            Err(error) => {
                self.failure = Some(error);
                return ControlFlow::Break(());
            }
        };
        if streamed.passed_over {
            facts.coverage.passed_over += 1;
            return ControlFlow::Continue(());
        }
        if let Some((reason, detail)) = streamed.unfit {
            facts.coverage.skipped.insert(Skipped {
                file: name,
                reason,
                detail: detail.into(),
            });
            return ControlFlow::Continue(());
        }
        if let Some(by) = overheard.by
            && !interrupted
            && by.is_known(&name)
        {
            return ControlFlow::Continue(());
        }
        if streamed.bytes > 0 {
            let (head, tail) = &streamed.edges;
            scanner.copies.edges(&name, streamed.bytes, head, tail);
        }
        scanner.progress.records(gathered.walked, gathered.framed);
        let mut own = gathered.into_facts();
        own.for_each_place(&mut |place| place.line += 1);
        own.coverage.bytes = streamed.bytes;
        own.coverage.interrupted = interrupted;
        let text = &streamed.head;
        let line = Line::at(text, skip_blank_lines(text, 0));
        finish(&mut own, &name, streamed.bytes == 0, || {
            line.text(text).to_vec()
        });
        facts.merge(own);
        if interrupted {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn problem(&mut self, problem: Problem) {
        self.met += u64::from(problem.path != *self.input.name);
        self.facts.coverage.skipped.insert(skipped(&problem));
    }
}
