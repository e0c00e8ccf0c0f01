//! Where figures come from: commit, machine and versions.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use serde::Serialize;

use crate::contestants::Tools;
use crate::system;

/// What a figure depends on besides the program.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    /// Of the checkout, with a word if it was changed since.
    pub(crate) commit: String,
    pub(crate) day: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    /// Widest vectors.
    pub(crate) vectors: &'static str,
    pub(crate) memory_gib: u64,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    /// Processes that were running when the measuring began.
    pub(crate) load: Option<f64>,
    pub(crate) versions: BTreeMap<String, String>,
}

impl Machine {
    pub(crate) fn look(tools: &Tools) -> Machine {
        let unknown = || "unknown".to_owned();
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| {
            let line = cpuinfo.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let changed = said("git", &["status", "--porcelain"]).is_some_and(|text| !text.is_empty());
        let commit = said("git", &["rev-parse", "--short=10", "HEAD"]).unwrap_or_else(unknown);
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let memory = memory
            .split_whitespace()
            .nth(1)
            .and_then(|kib| kib.parse::<u64>().ok());
        Machine {
            commit: if changed {
                commit + ", changed"
            } else {
                commit
            },
            day: said("date", &["-u", "+%Y-%m-%d"]).unwrap_or_else(unknown),
            processor: field("model name").unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            vectors: vectors().1,
            memory_gib: memory.unwrap_or_default().div_ceil(1 << 20),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .map_or_else(|_| unknown(), |text| text.trim().to_owned()),
            rustc: said("rustc", &["--version"]).unwrap_or_else(unknown),
            load: system::load(),
            versions: tools.versions(),
        }
    }
}

/// What the processor and the system offer: the goal for the sum loop, and its name.
pub(crate) fn vectors() -> (f64, &'static str) {
    #[cfg(target_arch = "x86_64")]
    let (wide, middle) = (
        std::is_x86_feature_detected!("avx512bw"),
        std::is_x86_feature_detected!("avx2"),
    );
    #[cfg(not(target_arch = "x86_64"))]
    let (wide, middle) = (false, false);
    sum_goal(wide, middle)
}

/// What [`vectors`] says of a processor without wide ones.
pub(crate) const NEITHER: &str = "neither AVX-512 nor AVX2";

/// The least ratio to the sum loop that is asked of a processor, and what it has.
fn sum_goal(has_avx512: bool, has_avx2: bool) -> (f64, &'static str) {
    match (has_avx512, has_avx2) {
        (true, _) => (0.6, "AVX-512"),
        (false, true) => (0.5, "AVX2"),
        (false, false) => (0.3, NEITHER),
    }
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_goal_for_the_sum_depends_on_the_processor() {
        assert_eq!(sum_goal(true, true).0, 0.6);
        assert_eq!(sum_goal(false, true).0, 0.5);
        assert_eq!(sum_goal(false, false), (0.3, NEITHER));
    }
}
