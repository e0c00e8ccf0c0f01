//! One run of a command: how long it took and what it used, as a whole process.
//!
//! The system adds up what all children of a process used, and keeps the peak of the largest. So
//! every command gets a process of its own that starts it, waits, and tells: this program again,
//! as `siptriage-bench timed`.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::system;

/// Where what a command prints goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// To a reader that throws it away. GNU grep stops at the first match if it prints to
    /// nowhere, so this is what searchers get.
    Drained,
    /// To nowhere, for commands that print much.
    Nowhere,
}

impl Output {
    const ALL: [(Output, &'static str); 2] =
        [(Output::Drained, "drained"), (Output::Nowhere, "nowhere")];

    fn name(self) -> &'static str {
        let [drained, nowhere] = Output::ALL;
        if self == Output::Drained {
            drained.1
        } else {
            nowhere.1
        }
    }
}

/// A command to run.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) output: Output,
}

impl Invocation {
    pub(crate) fn new(program: &Path, output: Output) -> Invocation {
        Invocation {
            program: program.to_owned(),
            arguments: Vec::new(),
            output,
        }
    }

    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Invocation {
        self.arguments.push(argument.into());
        self
    }

    pub(crate) fn args<T: Into<OsString>>(
        mut self,
        arguments: impl IntoIterator<Item = T>,
    ) -> Invocation {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// As it is typed, with names of files and programs only: paths say nothing to others.
    pub(crate) fn shown(&self) -> String {
        let last = |part: &OsStr| {
            let name = Path::new(part)
                .file_name()
                .filter(|_| Path::new(part).is_absolute());
            name.unwrap_or(part).to_string_lossy().into_owned()
        };
        let mut shown = last(self.program.as_os_str());
        for argument in &self.arguments {
            shown.push(' ');
            shown.push_str(&last(argument));
        }
        if self.output == Output::Nowhere {
            shown.push_str(" > /dev/null");
        }
        shown
    }

    /// The command itself. All get the same plain locale: some search bytes faster than
    /// characters.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        command
    }

    /// Runs it once, in a process of its own.
    ///
    /// # Errors
    /// It could not be started, or ended neither with 0 nor, as searchers do that find nothing,
    /// with 1.
    pub(crate) fn run(&self) -> io::Result<Run> {
        let mut starter = Command::new(std::env::current_exe()?);
        starter
            .args(["timed", self.output.name(), "--"])
            .arg(&self.program);
        starter
            .args(&self.arguments)
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        let told = starter.stderr(Stdio::inherit()).output()?;
        let run: Run = serde_json::from_slice(&told.stdout)
            .map_err(|_| io::Error::other(format!("{} could not be timed", self.shown())))?;
        match run.code {
            Some(0 | 1) => Ok(run),
            code => {
                let code = code.map_or("a signal".to_owned(), |code| code.to_string());
                Err(io::Error::other(format!(
                    "{} ended with {code}",
                    self.shown()
                )))
            }
        }
    }
}

/// One run of a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Seconds from its start to its end.
    pub(crate) wall: f64,
    /// Seconds of processors, its own and the kernel's for it.
    pub(crate) user: f64,
    pub(crate) system: f64,
    /// The most it had in memory, in KiB.
    pub(crate) peak_kib: u64,
    /// Bytes that came from disks.
    pub(crate) disk_bytes: u64,
    /// What it ended with; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
}

impl Run {
    /// Seconds of processors.
    pub(crate) fn cpu(&self) -> f64 {
        self.user + self.system
    }
}

/// What `timed` does: runs the command behind `--` and prints its [`Run`] as JSON.
///
/// # Errors
/// The command cannot be started, or what it used cannot be told.
pub(crate) fn timed(arguments: &[OsString]) -> io::Result<String> {
    let usage = || io::Error::new(io::ErrorKind::InvalidInput, "timed OUTPUT -- COMMAND");
    let [output, dashes, program, arguments @ ..] = arguments else {
        return Err(usage());
    };
    let output = Output::ALL.into_iter().find(|(_, name)| output == name);
    let (output, _) = output.filter(|_| dashes == "--").ok_or_else(usage)?;
    let mut command = Command::new(program);
    command.args(arguments).stdout(match output {
        Output::Drained => Stdio::piped(),
        Output::Nowhere => Stdio::null(),
    });
    let start = Instant::now();
    let mut child = command.spawn()?;
    if let Some(mut out) = child.stdout.take() {
        let mut buffer = [0; 16 << 10];
        while out.read(&mut buffer)? > 0 {}
    }
    let status = child.wait()?;
    let wall = start.elapsed().as_secs_f64();
    let used = system::used_by_children()?;
    let run = Run {
        wall,
        user: used.user,
        system: used.system,
        peak_kib: used.peak_kib,
        disk_bytes: used.blocks_in * 512,
        code: status.code(),
    };
    serde_json::to_string(&run).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> io::Result<Run> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        Ok(serde_json::from_str(&timed(&arguments)?)?)
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_run_tells_time_processors_and_exit_code() {
        let slept = run(&[
            "drained",
            "--",
            "sh",
            "-c",
            "echo hello; sleep 0.05; exit 1",
        ])
        .unwrap();
        assert_eq!(slept.code, Some(1));
        assert!(slept.wall >= 0.05 && slept.cpu() < slept.wall, "{slept:?}");
        assert!(slept.peak_kib > 0);
        let killed = run(&["nowhere", "--", "sh", "-c", "kill -9 $$"]).unwrap();
        assert_eq!(killed.code, None);
    }

    #[test]
    fn what_cannot_be_run_is_an_error() {
        assert!(run(&["drained", "--", "/no/such/program"]).is_err());
        assert!(run(&["somewhere", "--", "true"]).is_err());
        assert!(run(&["drained", "true"]).is_err());
    }

    #[test]
    fn commands_are_shown_without_the_paths_of_this_machine() {
        let invocation = Invocation::new(Path::new("/opt/bin/rg"), Output::Nowhere)
            .args(["-c", "SIP/2.0"])
            .arg("/data/server.txt");
        assert_eq!(invocation.shown(), "rg -c SIP/2.0 server.txt > /dev/null");
    }
}
