//! The commands that write calls of known truth: `scenario` and `calls`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use siptriage_generator::{
    PlainCallsTruth, ScenarioOptions, scenario, scenario_plots, write_calls,
};

use super::{
    Command, Failure, HELP, MAX_PAUSE, at, is_option, parse_number, parse_start, print, unknown,
};

/// Most calls of a scenario, which is made in memory.
const MAX_SCENARIO_CALLS: u64 = 100_000;

/// A scenario to write.
pub(super) enum ScenarioJob {
    /// Into this folder.
    Write(PathBuf, ScenarioOptions),
    /// Only list what can be played.
    Plots,
}

impl ScenarioJob {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (folder, options) = match self {
            ScenarioJob::Plots => return print(&(scenario_plots().join("\n") + "\n")),
            ScenarioJob::Write(folder, options) => (folder, options),
        };
        let played = scenario(options).map_err(at(folder))?;
        fs::create_dir_all(folder).map_err(at(folder))?;
        let write = |name: &str, contents: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, contents).map_err(at(&path))
        };
        for file in &played.files {
            write(&file.name, &file.contents)?;
            let truth = file.truth.to_json().map_err(io::Error::from);
            let truth = truth.map_err(at(folder))?;
            write(&format!("{}.truth.json", file.name), truth.as_bytes())?;
        }
        let truth = played.truth.to_json().map_err(io::Error::from);
        write("truth.json", truth.map_err(at(folder))?.as_bytes())
    }
}

/// A log of plain calls to write.
pub(super) struct CallsJob {
    output: PathBuf,
    seed: u64,
    calls: u64,
    truth: Option<PathBuf>,
}

impl CallsJob {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let write = |out: &mut dyn Write| write_calls(self.seed, self.calls, out);
        let truth: io::Result<PlainCallsTruth> = if self.output == Path::new("-") {
            write(&mut io::stdout().lock())
        } else {
            File::create(&self.output).and_then(|file| write(&mut BufWriter::new(file)))
        };
        let truth = truth.map_err(at(&self.output))?;
        if let Some(path) = &self.truth {
            let text = truth.to_json().map_err(io::Error::from);
            text.and_then(|text| fs::write(path, text))
                .map_err(at(path))?;
        }
        Ok(())
    }
}

/// The next argument as a name, with the value that is glued to it by `=`.
fn split(argument: &OsString) -> Result<(&str, Option<OsString>), String> {
    let text = argument.to_str().ok_or_else(|| unknown(argument))?;
    Ok(match text.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (name, Some(OsString::from(value))),
        _ => (text, None),
    })
}

/// Reads what follows `scenario`.
pub(super) fn parse_scenario(
    mut arguments: impl Iterator<Item = OsString>,
) -> Result<Command, String> {
    let mut options = ScenarioOptions::new(1, 104);
    let mut folder: Option<PathBuf> = None;
    while let Some(argument) = arguments.next() {
        if !is_option(&argument) && folder.is_none() {
            folder = Some(argument.into());
            continue;
        }
        let (name, glued) = split(&argument)?;
        let flag = [
            "-h",
            "--help",
            "--plots",
            "--no-caller-logs",
            "--no-callee-logs",
            "--utc",
            "--tangled",
        ];
        if flag.contains(&name) && glued.is_some() {
            return Err(format!("{name} takes no value"));
        }
        let mut value = || {
            let next = glued.clone().or_else(|| arguments.next());
            next.ok_or_else(|| format!("{name} needs a value"))
        };
        let mut number = |most: u64| value().and_then(|value| parse_number(name, &value, most));
        match name {
            "-h" | "--help" => return Ok(Command::Print(HELP)),
            "--plots" => return Ok(Command::Scenario(Box::new(ScenarioJob::Plots))),
            "--seed" => options.seed = number(u64::MAX)?,
            "--calls" => options.calls = number(MAX_SCENARIO_CALLS)? as u32,
            "--users" => options.users = number(120)? as u32,
            "--pause" => options.pause = number(MAX_PAUSE)?,
            "--others" => options.others = number(10_000)? as u32,
            "--front-ends" => options.front_ends = number(4)? as u32,
            "--edges" => options.edges = number(4)? as u32,
            "--start" => options.start = parse_start(&value()?)?,
            "--no-caller-logs" => options.caller_logs = false,
            "--no-callee-logs" => options.callee_logs = false,
            "--utc" => {
                options.offset_minutes.clear();
                options.skew_ms.clear();
            }
            "--tangled" => options = options.tangled(),
            "--plot" => {
                let plot = value()?.to_string_lossy().into_owned();
                if !scenario_plots().contains(&&*plot) {
                    return Err(format!(
                        "--plot: '{plot}' is none of those that --plots lists"
                    ));
                }
                options.plots.push(plot);
            }
            _ => return Err(unknown(&argument)),
        }
    }
    let folder = folder.ok_or("scenario takes one folder")?;
    Ok(Command::Scenario(Box::new(ScenarioJob::Write(
        folder, options,
    ))))
}

/// Reads what follows `calls`.
pub(super) fn parse_calls(
    mut arguments: impl Iterator<Item = OsString>,
) -> Result<Command, String> {
    let (mut output, mut truth, mut calls, mut seed) = (None, None, None, 1);
    while let Some(argument) = arguments.next() {
        if output.is_none() && (argument == "-" || !is_option(&argument)) {
            output = Some(PathBuf::from(argument));
            continue;
        }
        let (name, glued) = split(&argument)?;
        let mut value = || {
            let next = glued.clone().or_else(|| arguments.next());
            next.ok_or_else(|| format!("{name} needs a value"))
        };
        match name {
            "-h" | "--help" => return Ok(Command::Print(HELP)),
            // A year of a busy pool; stamps stay in the calendar.
            "--calls" => calls = Some(parse_number(name, &value()?, 1_000_000_000)?),
            "--seed" => seed = parse_number(name, &value()?, u64::MAX)?,
            "--truth" => truth = Some(PathBuf::from(value()?)),
            _ => return Err(unknown(&argument)),
        }
    }
    Ok(Command::Calls(CallsJob {
        output: output.ok_or("calls takes one file")?,
        seed,
        calls: calls.ok_or("calls needs --calls N")?,
        truth,
    }))
}
