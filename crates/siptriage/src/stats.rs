//! What a run cost: `--stats`.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use siptriage_scanner::{Discovery, ScanOptions};

use crate::inquiry::Inquiry;
use crate::progress::Watch;
use crate::{shares, stderr};

/// The time of a run, stage by stage.
#[derive(Debug)]
pub(crate) struct Stats {
    began: Instant,
    last: Instant,
    /// Name, time, and bytes that were read in it.
    stages: Vec<(&'static str, Duration, u64)>,
    read: (u64, u64, u64),
}

/// The stage whose speed is told: everything from opening a file to adding up.
const READ: &str = "read";

impl Stats {
    /// Begins with what comes before the first stage.
    pub(crate) fn begin() -> Stats {
        let now = Instant::now();
        Stats {
            began: now,
            last: now,
            stages: Vec::new(),
            read: (0, 0, 0),
        }
    }

    /// A stage has ended; the next one begins.
    pub(crate) fn stage(&mut self, name: &'static str) {
        self.end(name, 0);
    }

    /// A reading has ended.
    pub(crate) fn read(&mut self, watch: &Watch) {
        let (before, ..) = self.read;
        self.read = watch.read();
        self.end(READ, self.read.0.saturating_sub(before));
    }

    fn end(&mut self, name: &'static str, bytes: u64) {
        let now = Instant::now();
        self.stages.push((name, now - self.last, bytes));
        self.last = now;
    }

    /// Tells everything on standard error.
    pub(crate) fn tell(&self, inquiry: &Inquiry) {
        stderr::line(format_args!(
            "statistics\n{}",
            self.text(inquiry).trim_end()
        ));
    }

    fn text(&self, inquiry: &Inquiry) -> String {
        let (bytes, walked, framed) = self.read;
        let mut text = String::new();
        let mut row = |name: &str, value: String| {
            // A string takes everything.
            let _ = writeln!(text, "  {name:<10} {value}");
        };
        let files = inquiry.discovery.inputs.len();
        row("input", format!("{bytes} bytes of {files} files"));
        for (name, time, bytes) in &self.stages {
            let speed = match *name {
                READ => format!(
                    "  {}  {}",
                    speed(*bytes, *time),
                    how(&inquiry.options, &inquiry.discovery)
                ),
                _ => String::new(),
            };
            row(name, format!("{}{speed}", seconds(*time)));
        }
        let all = self.last - self.began;
        row("total", format!("{}  {}", seconds(all), speed(bytes, all)));
        let records = format!("{walked} in one walk, {framed} step by step");
        row("records", records);
        let memory = peak_memory().map_or_else(
            || "not told by this system".to_owned(),
            |bytes| format!("{:.1} MiB at most", bytes as f64 / f64::from(1 << 20)),
        );
        row("memory", memory);
        text
    }
}

fn seconds(time: Duration) -> String {
    format!("{:>9.4} s", time.as_secs_f64())
}

fn speed(bytes: u64, time: Duration) -> String {
    let seconds = time.as_secs_f64().max(1e-9);
    format!("{:.2} GB/s", bytes as f64 / seconds / 1e9)
}

/// How records are read, and by how many.
fn how(options: &ScanOptions, discovery: &Discovery) -> String {
    let threads = match options.threads {
        Some(threads) => threads,
        None => shares::processors(),
    };
    // A thread reads a chunk at a time; of what has no length as many as there are.
    let chunks = discovery.inputs.iter().map(|input| match input.len {
        Some(len) => len.div_ceil(options.chunk_len.max(1) as u64).max(1),
        None => u64::MAX,
    });
    let chunks = chunks.fold(0, u64::saturating_add).max(1);
    let threads = usize::try_from(chunks).map_or(threads, |chunks| threads.min(chunks));
    let threads = match threads {
        1 => "1 thread".to_owned(),
        threads => format!("{threads} threads"),
    };
    format!("{threads}, {}", options.reading.lanes())
}

/// The most memory that this process has had at any time, in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_and_times_have_their_units() {
        assert_eq!(
            speed(2_000_000_000, Duration::from_millis(500)),
            "4.00 GB/s"
        );
        assert_eq!(seconds(Duration::from_micros(1500)).trim(), "0.0015 s");
        assert!(speed(1, Duration::ZERO).ends_with("GB/s"));
        if cfg!(target_os = "linux") {
            assert!(peak_memory().is_some_and(|bytes| bytes > 1 << 20));
        }
    }
}
