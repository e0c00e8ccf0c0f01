//! Writes made-up traces with known truth, and the traces of `sample-logs`.
#![forbid(unsafe_code)]

mod calls_commands;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use calls_commands::{CallsJob, ScenarioJob};
use siptriage_generator::{
    ByteOrder, Density, Format, Lengths, LineEnd, Options, Truth, Utf16Writer, files, generate,
    parse_time, sample_files,
};

const HELP: &str = "\
Writes made-up Lync / Skype for Business traces with known truth.

Usage: siptriage-generator [OPTIONS] -o FILE
       siptriage-generator samples DIR
       siptriage-generator scenario DIR [SCENARIO OPTIONS]
       siptriage-generator calls FILE --calls N [--seed N] [--truth FILE]
       siptriage-generator files DIR --count N --bytes-each MIN-MAX [OPTIONS]

Commands:
  samples DIR          write the traces of sample-logs and their truths into DIR
  scenario DIR         write calls of known truth as the logs of clients and
                       servers into DIR: each log with NAME.truth.json, and
                       truth.json with every call
  calls FILE           write a server log of plain finished calls, as many as
                       wanted; - for standard output
  files DIR            write many small traces into folders of a thousand below
                       DIR, each with a seed and a time of its own

What to write:
  --format FORMAT      client, server, server-2010 or mixed [default: server]
  --bytes SIZE         size to aim at: 500K, 100M, 2G, 64MiB, ... [default: 10M]
  --seed N             equal options and seeds give equal files [default: 1]
  --start TIME         time of the first message, 2026-03-02T08:00:00, UTC
  --pause MS           mean milliseconds from dialogue to dialogue
  --calls N            dialogues that are calls, in a thousand dialogues
  --failing N          failing calls in a thousand calls
  --client-diagnosed N messages with ms-client-diagnostics in a thousand
  --server-diagnosed N messages with ms-diagnostics in a thousand
  --decoys N           false friends, quoted diagnoses for a thousand messages
  --noise N            further log entries for a hundred messages
  --false-lengths      every length of a body is some bytes too long

How to write it:
  --lf                 lines end with LF, not with CR LF
  --utf16le, --utf16be write UTF-16 with a byte order mark
  --no-bom             leave the byte order mark away
  -o, --output FILE    where to; - for standard output
  --truth FILE         exact counts of what the trace holds, as JSON

Options of files, besides those above but --bytes and -o:
  --count N            how many files
  --bytes-each SIZES   size of each: 50K-950K, or one size for all
  --truth FILE         exact counts of what all of them hold

Scenario options:
  --calls N            calls to play [default: 104]
  --seed N             equal options and seeds give equal files [default: 1]
  --users N            employees, from 4 to 120 [default: 16]
  --start TIME         time of the first call, UTC
  --pause MS           milliseconds from call to call [default: 9000]
  --others N           dialogs that are no calls, for a hundred calls
  --front-ends N       Front Ends that keep a log, from 0 to 4 [default: 2]
  --edges N            Edges that keep a log, from 0 to 4 [default: 1]
  --no-caller-logs     clients do not log the calls they make
  --no-callee-logs     clients do not log the calls they get
  --utc                clients write UTC and their clocks are right
  --tangled            rotated, overlapping, repeated and copied files
  --plot NAME          play only this; may be repeated
  --plots              list what can be played

  -h, --help           show this
  -V, --version        show the version

Exit codes: 0 written, 1 could not be written, 2 wrong command.
";

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).collect();
    match parse(arguments) {
        Ok(Command::Print(text)) => finish(print(text)),
        Ok(Command::Samples(folder)) => finish(write_samples(&folder)),
        Ok(Command::Generate(job)) => finish(job.run()),
        Ok(Command::Scenario(job)) => finish(job.run()),
        Ok(Command::Calls(job)) => finish(job.run()),
        Err(message) => {
            complain(&format!("{message}\ntry 'siptriage-generator --help'"));
            ExitCode::from(2)
        }
    }
}

/// A reader that has seen enough and closed the pipe is no failure.
fn finish(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&format!("{}: {}", failure.path.display(), failure.error));
            ExitCode::FAILURE
        }
    }
}

fn complain(message: &str) {
    // Nothing is left to be done where even this cannot be written.
    let _ = writeln!(io::stderr(), "siptriage-generator: {message}");
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let result = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    result.map_err(|error| Failure {
        path: PathBuf::from("standard output"),
        error,
    })
}

/// What could not be written, and why.
struct Failure {
    path: PathBuf,
    error: io::Error,
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> Failure {
    move |error| Failure {
        path: path.to_owned(),
        error,
    }
}

enum Command {
    Print(&'static str),
    Samples(PathBuf),
    Generate(Box<Job>),
    Scenario(Box<ScenarioJob>),
    Calls(CallsJob),
}

/// Traces to write.
struct Job {
    options: Options,
    encoding: Option<ByteOrder>,
    mark: bool,
    output: Destination,
    truth: Option<PathBuf>,
}

/// Where traces go.
enum Destination {
    /// One, to this file or to standard output.
    File(PathBuf),
    /// So many, of such sizes, below this folder.
    Folder(PathBuf, u64, RangeInclusive<u64>),
}

impl Job {
    fn run(&self) -> Result<(), Failure> {
        let truth = match &self.output {
            Destination::File(path) if path == Path::new("-") => {
                (self.write(&self.options, &mut io::stdout().lock())).map_err(at(path))?
            }
            Destination::File(path) => self.write_file(&self.options, path)?,
            Destination::Folder(folder, count, sizes) => {
                self.write_files(folder, *count, sizes.clone())?
            }
        };
        if let Some(path) = &self.truth {
            let text = truth.to_json().map_err(io::Error::from);
            text.and_then(|text| fs::write(path, text))
                .map_err(at(path))?;
        }
        Ok(())
    }

    fn write_files(
        &self,
        folder: &Path,
        count: u64,
        sizes: RangeInclusive<u64>,
    ) -> Result<Truth, Failure> {
        let mut truth = Truth::default();
        for file in files(&self.options, count, sizes) {
            let path = folder.join(&file.name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(at(parent))?;
            }
            truth.merge(self.write_file(&file.options, &path)?);
        }
        Ok(truth)
    }

    fn write_file(&self, options: &Options, path: &Path) -> Result<Truth, Failure> {
        let truth = File::create(path).and_then(|mut file| self.write(options, &mut file));
        truth.map_err(at(path))
    }

    fn write(&self, options: &Options, out: &mut dyn Write) -> io::Result<Truth> {
        let Some(order) = self.encoding else {
            return generate(options, out);
        };
        let mut writer = Utf16Writer::new(BufWriter::new(out), order, self.mark);
        let mut truth = generate(options, &mut writer)?;
        truth.bytes = writer.finish()?;
        Ok(truth)
    }
}

fn write_samples(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    for file in sample_files().map_err(at(folder))? {
        let path = folder.join(&file.name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        fs::write(&path, &file.contents).map_err(at(&path))?;
    }
    Ok(())
}

fn parse(arguments: Vec<OsString>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter().peekable();
    if arguments.next_if(|first| first == "samples").is_some() {
        return match (arguments.next(), arguments.next()) {
            (Some(folder), None) if !is_option(&folder) => Ok(Command::Samples(folder.into())),
            (Some(help), None) if help == "--help" || help == "-h" => Ok(Command::Print(HELP)),
            _ => Err("samples takes one folder".to_owned()),
        };
    }
    if arguments.next_if(|first| first == "scenario").is_some() {
        return calls_commands::parse_scenario(arguments);
    }
    if arguments.next_if(|first| first == "calls").is_some() {
        return calls_commands::parse_calls(arguments);
    }
    let many = arguments.next_if(|first| first == "files").is_some();
    let mut format = if many { Format::Client } else { Format::Server };
    let mut bytes = 10_000_000;
    let mut seed = 1;
    let (mut start, mut pause) = (None, None);
    let mut density = Density::default();
    let mut line_end = LineEnd::CrLf;
    let (mut encoding, mut mark) = (None, true);
    let mut lengths = Lengths::True;
    let (mut output, mut truth) = (None, None);
    let (mut count, mut sizes) = (None, None);
    while let Some(argument) = arguments.next() {
        if many && output.is_none() && !is_option(&argument) {
            output = Some(PathBuf::from(argument));
            continue;
        }
        let text = argument.to_str().ok_or_else(|| unknown(&argument))?;
        let (name, glued) = match text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(OsString::from(value))),
            _ => (text, None),
        };
        let takes_value = !matches!(
            name,
            "-h" | "--help"
                | "-V"
                | "--version"
                | "--lf"
                | "--utf16le"
                | "--utf16be"
                | "--no-bom"
                | "--false-lengths"
        );
        if !takes_value && glued.is_some() {
            return Err(format!("{name} takes no value"));
        }
        let mut value = || {
            let next = glued.clone().or_else(|| arguments.next());
            next.ok_or_else(|| format!("{name} needs a value"))
        };
        match name {
            "-h" | "--help" => return Ok(Command::Print(HELP)),
            "-V" | "--version" => {
                return Ok(Command::Print(concat!(
                    "siptriage-generator ",
                    env!("CARGO_PKG_VERSION"),
                    "\n"
                )));
            }
            "--lf" => line_end = LineEnd::Lf,
            "--utf16le" => encoding = Some(ByteOrder::Little),
            "--utf16be" => encoding = Some(ByteOrder::Big),
            "--no-bom" => mark = false,
            "--false-lengths" => lengths = Lengths::False,
            "--count" if many => count = Some(parse_number(name, &value()?, MAX_FILES)?),
            "--bytes-each" if many => sizes = Some(parse_sizes(&value()?)?),
            "--bytes" | "-o" | "--output" if many => {
                return Err(format!("{name} is for one file, not for files"));
            }
            "--format" => format = parse_format(&value()?)?,
            "--bytes" => bytes = parse_size(name, &value()?)?,
            "--seed" => seed = parse_number(name, &value()?, u64::MAX)?,
            "--start" => start = Some(parse_start(&value()?)?),
            "--pause" => pause = Some(parse_number(name, &value()?, MAX_PAUSE)?),
            "--calls" => density.calls = parse_share(name, &value()?)?,
            "--failing" => density.failing = parse_share(name, &value()?)?,
            "--client-diagnosed" => density.client_diagnosed = parse_share(name, &value()?)?,
            "--server-diagnosed" => density.server_diagnosed = parse_share(name, &value()?)?,
            "--decoys" => density.decoys = parse_share(name, &value()?)?,
            "--noise" => density.noise = parse_number(name, &value()?, 10_000)? as u32,
            "-o" | "--output" => output = Some(PathBuf::from(value()?)),
            "--truth" => truth = Some(PathBuf::from(value()?)),
            _ => return Err(unknown(&argument)),
        }
    }
    let output = if many {
        Destination::Folder(
            output.ok_or("files takes one folder")?,
            count.ok_or("files needs --count N")?,
            sizes.ok_or("files needs --bytes-each MIN-MAX")?,
        )
    } else {
        Destination::File(output.ok_or("-o FILE is missing")?)
    };
    let mut options = Options::new(seed, bytes, format);
    options.start = start.unwrap_or(options.start);
    options.pause = pause.unwrap_or(options.pause);
    options.line_end = line_end;
    options.lengths = lengths;
    options.density = density;
    Ok(Command::Generate(Box::new(Job {
        options,
        encoding,
        mark,
        output,
        truth,
    })))
}

/// A day. Longer pauses would leave the calendar before the trace is large.
const MAX_PAUSE: u64 = 86_400_000;

/// More would fill a file system with names before it fills it with bytes.
const MAX_FILES: u64 = 10_000_000;

fn is_option(argument: &OsStr) -> bool {
    argument.to_string_lossy().starts_with('-')
}

fn unknown(argument: &OsStr) -> String {
    format!("'{}' is no option", argument.to_string_lossy())
}

fn parse_format(value: &OsStr) -> Result<Format, String> {
    match value.to_str() {
        Some("client") => Ok(Format::Client),
        Some("server") => Ok(Format::Server),
        Some("server-2010") => Ok(Format::Server2010),
        Some("mixed") => Ok(Format::Mixed),
        _ => Err(format!(
            "--format: '{}' is none of client, server, server-2010, mixed",
            value.to_string_lossy()
        )),
    }
}

/// `500K`, `100M`, `2G` in thousands, `KiB`, `MiB`, `GiB` in steps of 1024, or plain bytes.
fn parse_size(name: &str, value: &OsStr) -> Result<u64, String> {
    let text = value.to_string_lossy();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match &text[digits..] {
        "" | "B" => Some(1),
        "K" | "KB" | "k" | "kB" => Some(1_000),
        "M" | "MB" => Some(1_000_000),
        "G" | "GB" => Some(1_000_000_000),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        _ => None,
    };
    let number = text[..digits].parse::<u64>().ok();
    let size = number
        .zip(unit)
        .and_then(|(number, unit)| number.checked_mul(unit));
    // A petabyte: far more than any disk, and far from any overflow.
    size.filter(|size| *size <= 1_000_000_000_000_000)
        .ok_or_else(|| format!("{name}: '{text}' is no size such as 500K, 100M or 2G"))
}

/// `50K-950K`, or one size.
fn parse_sizes(value: &OsStr) -> Result<RangeInclusive<u64>, String> {
    const NAME: &str = "--bytes-each";
    let text = value.to_string_lossy();
    let (least, most) = text.split_once('-').unwrap_or((&text, &text));
    let sizes = parse_size(NAME, OsStr::new(least))?..=parse_size(NAME, OsStr::new(most))?;
    if sizes.is_empty() {
        return Err(format!("{NAME}: '{text}' begins with the larger size"));
    }
    Ok(sizes)
}

fn parse_number(name: &str, value: &OsStr, max: u64) -> Result<u64, String> {
    let text = value.to_string_lossy();
    let number = text.parse::<u64>().ok().filter(|number| *number <= max);
    number.ok_or_else(|| format!("{name}: '{text}' is no whole number from 0 to {max}"))
}

fn parse_share(name: &str, value: &OsStr) -> Result<u32, String> {
    Ok(parse_number(name, value, 1000)? as u32)
}

fn parse_start(value: &OsStr) -> Result<u64, String> {
    let text = value.to_string_lossy();
    parse_time(&text)
        .ok_or_else(|| format!("--start: '{text}' is no time such as 2026-03-02T08:00:00"))
}
