//! `siptriage scrub`: traces in, a copy that can be shared out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use siptriage_facts::{Name, SkipReason};
use siptriage_redact::{Key, Learner, Redactor};
use siptriage_report::visible;
use siptriage_scanner::{Record, discover, encoded, records, scan};

use crate::args::ScrubArgs;
use crate::commands::print;
use crate::exit::{Exit, Stop};
use crate::output_file::{self, Out};
use crate::progress::Watch;
use crate::{redaction, skipped, stderr};

/// Prints a new key.
pub(crate) fn new_key() -> Result<Exit, Stop> {
    let text = Key::new_text().map_err(|error| Stop::Usage(error.to_string()))?;
    print(text.as_bytes())
}

/// Reads the traces to see what is one, to learn names, and to write the copy.
pub(crate) fn run(args: &ScrubArgs) -> Result<Exit, Stop> {
    let key = redaction::key(args.redact_key.as_deref())?;
    let options = args.reading.scan_options();
    let discovery = discover(&[args.from.clone().into_os_string()], &options);
    output_file::spare_inputs(&args.to, &discovery.inputs)?;
    refuse_inside(args)?;
    let watch = Watch::start(&discovery, !args.manner.quiet, 3);
    // What a report of it would say is no trace is not copied.
    let coverage = scan(&discovery, &options, &watch).coverage;
    let mut files: BTreeSet<Name> = BTreeSet::new();
    let mut learner = Learner::new(key);
    let learned = records(&discovery, &options, &watch, &mut |record| {
        learner.read(&record.part(0..record.text.len()));
        if !files.contains(&record.file) {
            files.insert(record.file.clone());
        }
        Ok(())
    });
    // The sink does not fail.
    drop(learned);
    let redactor = learner.finish();
    for skipped in &coverage.skipped {
        if skipped.reason == SkipReason::Unrecognised {
            files.remove(&skipped.file);
        }
    }
    let targets = Targets::new(args, &files, &redactor)?;
    let mut writer = Writer {
        targets,
        redactor: &redactor,
        open: None,
        failed: None,
        written: 0,
        left_out: 0,
        loose: Loose::default(),
    };
    let read = records(&discovery, &options, &watch, &mut |record| {
        writer.record(record).map_err(|stop| {
            writer.failed = Some(stop);
            io::Error::other("the copy cannot be written")
        })
    });
    watch.finish();
    if let Some(stop) = writer.failed.take() {
        return Err(stop);
    }
    let mut coverage = coverage;
    // What could be read before and not for the copy is missing in it.
    if let Ok(read) = read {
        coverage.interrupted |= read.coverage.interrupted;
        coverage.skipped.extend(read.coverage.skipped);
    }
    if coverage.interrupted {
        // A part of a file is no copy of it.
        drop(writer.open.take());
    } else {
        writer.close()?;
    }
    tell(args, &writer);
    Ok(skipped::conclude(
        &discovery,
        &coverage,
        (args.manner.quiet, false),
        Some(&redactor),
    ))
}

fn tell(args: &ScrubArgs, writer: &Writer<'_>) {
    if args.manner.quiet || writer.written == 0 {
        return;
    }
    let files = match writer.written {
        1 => "1 file".to_owned(),
        written => format!("{written} files"),
    };
    stderr::line(format_args!(
        "{files} written; {} lines of no trace format were left out; look through the copy before \
         it is shared",
        writer.left_out
    ));
}

/// What is read must not come to hold what is written.
fn refuse_inside(args: &ScrubArgs) -> Result<(), Stop> {
    let (Ok(from), Some(to)) = (fs::canonicalize(&args.from), existing_front(&args.to)) else {
        return Ok(());
    };
    match from.is_dir() && to.starts_with(&from) {
        true => Err(Stop::Usage(format!(
            "{}: is inside of what is read; name another folder",
            visible(&args.to.to_string_lossy())
        ))),
        false => Ok(()),
    }
}

/// The part of a path that is there, without links.
fn existing_front(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    absolute
        .ancestors()
        .find_map(|front| fs::canonicalize(front).ok())
}

/// Where the copies go.
struct Targets {
    /// The copy of each file.
    paths: BTreeMap<Name, PathBuf>,
    /// Whether there are folders to make.
    is_folder: bool,
}

impl Targets {
    fn new(args: &ScrubArgs, files: &BTreeSet<Name>, redactor: &Redactor) -> Result<Targets, Stop> {
        let ends_so = args.to.to_string_lossy().ends_with(['/', '\\']);
        let from = args.from.to_string_lossy();
        let is_folder = args.to.is_dir() || ends_so || args.from.is_dir() || files.len() > 1;
        let mut paths = BTreeMap::new();
        // Who stands before whom stays so, since what is equal otherwise is told by that.
        let digits = files.len().to_string().len();
        let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for (number, file) in (1..).zip(files) {
            let path = match is_folder {
                true => {
                    let below = below(file, &from);
                    let mut path = args.to.clone();
                    for (name, token) in parts(&below).zip(parts(&redactor.path(&below))) {
                        let parent = path.clone();
                        if name == token {
                            path.push(token);
                        } else {
                            let known = folders.get(&parent.join(token)).copied();
                            let number = known.unwrap_or(number);
                            folders.insert(parent.join(token), number);
                            path.push(format!("{number:0digits$}-{token}"));
                        }
                    }
                    path
                }
                false => args.to.clone(),
            };
            if !args.force && path.symlink_metadata().is_ok() {
                return Err(Stop::Usage(format!(
                    "{}: is there already; name another place, or say --force to replace it",
                    visible(&path.to_string_lossy())
                )));
            }
            paths.insert(file.clone(), path);
        }
        Ok(Targets { paths, is_folder })
    }
}

/// The path of a file or member below what was named; its name, where it is what was named.
fn below<'f>(file: &'f str, from: &str) -> Cow<'f, str> {
    let below = file.strip_prefix(from).unwrap_or(file);
    match below.trim_start_matches(['/', '\\', '!']) {
        "" => Path::new(file)
            .file_name()
            .map_or(file.into(), |name| name.to_string_lossy()),
        below => below.into(),
    }
}

/// The names in a path, without what leads elsewhere.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    let parts = path.split(['/', '\\', '!']);
    parts.filter(|part| {
        let first = Path::new(part).components().next();
        matches!(first, Some(Component::Normal(_)))
    })
}

/// Writes the records of one file after the other.
struct Writer<'w> {
    targets: Targets,
    redactor: &'w Redactor,
    open: Option<(Name, Out)>,
    failed: Option<Stop>,
    written: u64,
    /// Lines of no trace format that were left out.
    left_out: u64,
    loose: Loose,
}

/// Lines of no trace format that follow each other. What they are is known when all of them are:
/// a diagnosis may stand in several.
#[derive(Default)]
struct Loose {
    records: Vec<Record>,
    bytes: usize,
}

/// Bytes of loose lines that are held at most. What is longer is looked at in parts.
const MAX_LOOSE: usize = 1 << 20;

impl Writer<'_> {
    fn record(&mut self, record: &Record) -> Result<(), Stop> {
        let is_open = self
            .open
            .as_ref()
            .is_some_and(|(file, _)| *file == record.file);
        if !is_open {
            self.close()?;
            let Some(path) = self.targets.paths.get(&record.file).cloned() else {
                return Ok(());
            };
            if let Some(folder) = path.parent().filter(|_| self.targets.is_folder) {
                fs::create_dir_all(folder).map_err(|error| Stop::Output {
                    target: visible(&folder.to_string_lossy()).into_owned(),
                    error,
                })?;
            }
            let mut out = Out::open(Some(&path))?;
            if record.offset > 0 {
                write(&mut out, record, "\u{feff}")?;
            }
            self.open = Some((record.file.clone(), out));
        }
        if record.is_loose() {
            self.loose.bytes += record.text.len();
            self.loose.records.push(record.clone());
            return match self.loose.bytes > MAX_LOOSE {
                true => self.flush_loose(),
                false => Ok(()),
            };
        }
        self.flush_loose()?;
        let text = scrubbed(record, self.redactor);
        self.put(record, &text)
    }

    fn put(&mut self, record: &Record, text: &str) -> Result<(), Stop> {
        match &mut self.open {
            Some((_, out)) => write(out, record, text),
            None => Ok(()),
        }
    }

    /// Writes loose lines: those around a diagnosis redacted, others as a note of their length.
    fn flush_loose(&mut self) -> Result<(), Stop> {
        let Loose { records, .. } = std::mem::take(&mut self.loose);
        let Some(first) = records.first().cloned() else {
            return Ok(());
        };
        let lines: Vec<String> = records
            .iter()
            .map(|record| record.part(0..record.text.len()).into_owned())
            .collect();
        let mut text = String::new();
        let mut from = 0;
        while from < lines.len() {
            // Up to an empty line.
            let blank = lines[from..].iter().position(|line| line.trim().is_empty());
            let to = blank.map_or(lines.len(), |blank| from + blank + 1);
            let block = lines[from..to].concat();
            if may_hold_diagnosis(&block) {
                text.push_str(&self.redactor.text(&block));
            } else {
                for line in &lines[from..to] {
                    let words = line.trim_end_matches(['\r', '\n']);
                    if words.trim().is_empty() {
                        text.push_str(line);
                    } else {
                        self.left_out += 1;
                        text.push_str(&format!("[{} bytes left out]", words.len()));
                        text.push_str(&line[words.len()..]);
                    }
                }
            }
            from = to;
        }
        self.put(&first, &text)
    }

    /// Ends the file that is being written.
    fn close(&mut self) -> Result<(), Stop> {
        self.flush_loose()?;
        if let Some((_, out)) = self.open.take() {
            out.commit()?;
            self.written += 1;
        }
        Ok(())
    }
}

fn write(out: &mut Out, record: &Record, text: &str) -> Result<(), Stop> {
    let bytes = encoded(text, record.encoding);
    out.write_all(&bytes).map_err(|error| out.stop(error))
}

/// Whether a reader may find a diagnosis in these lines, or a piece of a message.
fn may_hold_diagnosis(block: &str) -> bool {
    let lower = block.to_ascii_lowercase();
    [
        "diagnos",
        "icewarn",
        "reason",
        "hresult",
        "diagheader",
        "vqreport",
        "sip/2.0",
        "call-id",
        "content-type",
        "cseq",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// A record with tokens in place of identifiers, and with the length of its body where it said
/// that truly before.
fn scrubbed(record: &Record, redactor: &Redactor) -> String {
    let part = |range: Range<usize>| record.part(range);
    if record.is_escaped || record.body.is_empty() || record.body.start < record.headers.end {
        return redactor.text(&part(0..record.text.len()));
    }
    let head = part(0..record.body.start);
    let body = part(record.body.clone());
    let tail = part(record.body.end..record.text.len());
    let new_body = redactor.body(content_type(&head), &body);
    let mut new_head = redactor.text(&head);
    if let Some((range, length)) = content_length(&new_head)
        && let Some(new_length) = length_as_before(
            &record.text[record.body.clone()],
            length,
            new_body.as_bytes(),
        )
    {
        new_head.replace_range(range, &new_length.to_string());
    }
    let mut text = new_head;
    text.push_str(&new_body);
    text.push_str(&redactor.text(&tail));
    text
}

/// The length of the new body, counted as the old one was; none where the old length was not true.
fn length_as_before(body: &[u8], length: usize, new: &[u8]) -> Option<usize> {
    // As it was sent: with CR LF, whatever the trace has.
    let as_sent = |text: &[u8]| {
        let bare = |at: &usize| text[*at] == b'\n' && (*at == 0 || text[at - 1] != b'\r');
        text.len() + (0..text.len()).filter(bare).count()
    };
    let without_last = |text: &[u8]| as_sent(text.strip_suffix(b"\n").unwrap_or(text));
    let without_ends = |text: &[u8]| {
        let ends = text.iter().rev().take_while(|b| matches!(b, b'\r' | b'\n'));
        as_sent(&text[..text.len() - ends.count()])
    };
    type Way<'w> = &'w dyn Fn(&[u8]) -> usize;
    let as_written = |text: &[u8]| text.len();
    let ways: [Way<'_>; 4] = [&as_written, &as_sent, &without_last, &without_ends];
    let way = ways.iter().find(|way| way(body) == length)?;
    Some(way(new))
}

/// The digits of `Content-Length`, and what they say.
fn content_length(head: &str) -> Option<(Range<usize>, usize)> {
    let (start, value) = header(head, &["content-length", "l"])?;
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let length = value[..digits].parse().ok()?;
    Some((start..start + digits, length))
}

fn content_type(head: &str) -> &str {
    header(head, &["content-type", "c"]).map_or("", |(_, value)| value)
}

/// The first header of one of these names, wherever it begins in its line: where its value is, and
/// the value.
fn header<'h>(head: &'h str, names: &[&str]) -> Option<(usize, &'h str)> {
    let mut at = 0;
    for line in head.split_inclusive('\n') {
        if let Some(colon) = line.find(':') {
            let name = line[..colon].trim_end();
            let name = name.rsplit([' ', '\t', '|']).next().unwrap_or(name);
            let value = line[colon + 1..].trim_start();
            if names.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                return Some((at + line.len() - value.len(), value.trim_end()));
            }
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_was_true_is_true_again_and_another_stays() {
        for (body, length, new, want) in [
            ("abc", 3, "abcdef", Some(6)),
            ("a\nb\n", 6, "ab\nb\n", Some(7)),
            ("a\nb\n", 4, "ab\nb\n", Some(5)),
            ("a\r\nb", 4, "x", Some(1)),
            ("abc", 99, "abcdef", None),
        ] {
            assert_eq!(
                length_as_before(body.as_bytes(), length, new.as_bytes()),
                want,
                "{body:?} {length}"
            );
        }
    }

    #[test]
    fn lengths_are_found_in_any_dress() {
        let of = |head| content_length(head).map(|(_, length)| length);
        assert_eq!(of("A: 1\r\nContent-Length:  17\r\n"), Some(17));
        assert_eq!(of("  9. content-length: 4\n"), Some(4));
        assert_eq!(of("l: 5\n"), Some(5));
        assert_eq!(of("X-Content-Length-Y: 5\n"), None);
    }
}
