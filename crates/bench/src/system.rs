//! What is asked of the operating system: what a command used, and what the page cache holds.
//!
//! Measuring needs Linux; everything else compiles elsewhere and says so when it is run.

use std::fs::File;
use std::io;
use std::path::Path;

/// What all commands that this process started and that have ended used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    /// Seconds in the programs.
    pub(crate) user: f64,
    /// Seconds in the kernel, for them.
    pub(crate) system: f64,
    /// The most that one of them had in memory at a time, in KiB. A command starts with what its
    /// starter had, so that less than about 3 MiB cannot be told.
    pub(crate) peak_kib: u64,
    /// Blocks of 512 bytes that were read from disks.
    pub(crate) blocks_in: u64,
}

/// What the commands used that this process started.
///
/// # Errors
/// What the system says; always where it is not Linux.
#[cfg(target_os = "linux")]
pub(crate) fn used_by_children() -> io::Result<Used> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok(Used {
        user: usage.user_time().num_microseconds() as f64 / 1e6,
        system: usage.system_time().num_microseconds() as f64 / 1e6,
        peak_kib: usage.max_rss().max(0) as u64,
        blocks_in: usage.block_reads().max(0) as u64,
    })
}

/// Drops a file from the page cache. What was not written to disk yet, or is mapped, stays.
///
/// # Errors
/// What the system says; always where it is not Linux.
#[cfg(target_os = "linux")]
pub(crate) fn drop_from_cache(path: &Path) -> io::Result<()> {
    use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};

    let file = File::open(path)?;
    // Only clean pages can go.
    file.sync_all()?;
    posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
    Ok(())
}

/// Bytes that may still be written below `folder`.
///
/// # Errors
/// What the system says; always where it is not Linux.
#[cfg(target_os = "linux")]
pub(crate) fn free_disk(folder: &Path) -> io::Result<u64> {
    let file_system = nix::sys::statvfs::statvfs(folder)?;
    Ok(file_system.blocks_available() * file_system.fragment_size())
}

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{drop_from_cache, free_disk, used_by_children};

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::{Path, Used, io};

    fn unsupported<T>() -> io::Result<T> {
        let why = "measuring needs Linux";
        Err(io::Error::new(io::ErrorKind::Unsupported, why))
    }

    pub(crate) fn used_by_children() -> io::Result<Used> {
        unsupported()
    }

    pub(crate) fn drop_from_cache(_path: &Path) -> io::Result<()> {
        unsupported()
    }

    pub(crate) fn free_disk(_folder: &Path) -> io::Result<u64> {
        unsupported()
    }
}

/// KiB of memory that process `pid` has and that are no pages of files; `None` once it has ended.
pub(crate) fn anonymous_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    field_kib(&status, "RssAnon:")
}

/// KiB of this process's file maps that the kernel keeps in pages of 2 MiB.
pub(crate) fn mapped_in_huge_pages_kib() -> Option<u64> {
    let maps = std::fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    field_kib(&maps, "FilePmdMapped:")
}

/// Processes that are running or wait to run, as a mean of the last minute.
pub(crate) fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn field_kib(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().strip_suffix(" kB")?.parse().ok()
}

/// Takes a file's changes to disk and makes it look an hour old: siptriage reads a file that was
/// changed just now, as it may still be written, and maps others.
///
/// # Errors
/// What the system says.
pub(crate) fn settle(file: &File) -> io::Result<()> {
    file.sync_all()?;
    let hour = std::time::Duration::from_secs(3600);
    file.set_modified(std::time::SystemTime::now() - hour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kibibytes_are_read_from_what_the_kernel_writes() {
        let text = "Name:\tsiptriage\nRssAnon:\t    1084 kB\nRssFile:\t    4528 kB\n";
        assert_eq!(field_kib(text, "RssAnon:"), Some(1084));
        assert_eq!(field_kib(text, "RssShmem:"), None);
        assert_eq!(field_kib("RssAnon:\tmany\n", "RssAnon:"), None);
    }
}
