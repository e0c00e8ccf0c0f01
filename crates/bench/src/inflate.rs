//! Archives: making one of a folder, and the inflater alone.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Seek, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Packs the files of `folder` and of the folders in it, sorted by name.
///
/// # Errors
/// What the system says of reading or writing.
pub(crate) fn pack(folder: &Path, out: impl Write + Seek) -> io::Result<()> {
    let mut archive = ZipWriter::new(BufWriter::new(out));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, path) in files_below(folder)? {
        archive.start_file(name, options)?;
        io::copy(&mut File::open(path)?, &mut archive)?;
    }
    archive.finish()?.flush()
}

/// Files with their names from `folder` on, two folders deep at most, sorted.
pub(crate) fn files_below(folder: &Path) -> io::Result<Vec<(String, std::path::PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            let below = files_below(&entry.path())?;
            files.extend(
                below
                    .into_iter()
                    .map(|(rest, path)| (format!("{name}/{rest}"), path)),
            );
        } else {
            files.push((name, entry.path()));
        }
    }
    files.sort();
    Ok(files)
}

/// Inflates every member of an archive with `threads` threads, each taking the next member that
/// nobody has, and gives the bytes that came out.
///
/// # Errors
/// What the system says, or that the archive is damaged.
pub(crate) fn inflate(path: &Path, threads: usize) -> io::Result<u64> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1))
            .map(|_| scope.spawn(|| inflate_next(path, &next)))
            .collect();
        let mut bytes = 0;
        for worker in workers {
            let of_worker = worker.join();
            bytes += of_worker.map_err(|_| io::Error::other("a thread ended early"))??;
        }
        Ok(bytes)
    })
}

fn inflate_next(path: &Path, next: &AtomicUsize) -> io::Result<u64> {
    let mut archive = ZipArchive::new(BufReader::new(File::open(path)?))?;
    let mut bytes = 0;
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= archive.len() {
            return Ok(bytes);
        }
        bytes += io::copy(&mut archive.by_index(index)?, &mut io::sink())?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_out_whole_for_any_number_of_threads() {
        let folder = std::env::temp_dir().join(format!("siptriage-pack-{}", std::process::id()));
        fs::create_dir_all(folder.join("in/000")).unwrap();
        for number in 0..7 {
            let name = format!("in/000/{number}.txt");
            fs::write(folder.join(name), "SIP/2.0 200 OK\r\n".repeat(number * 100)).unwrap();
        }
        let path = folder.join("a.zip");
        pack(&folder.join("in"), File::create(&path).unwrap()).unwrap();
        for threads in [1, 2, 9] {
            assert_eq!(inflate(&path, threads).unwrap(), 21 * 100 * 16);
        }
        let packed = fs::metadata(&path).unwrap().len();
        assert!(packed < 5000, "{packed}");
        fs::write(&path, "no archive").unwrap();
        assert!(inflate(&path, 2).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
