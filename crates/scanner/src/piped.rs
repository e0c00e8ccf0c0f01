//! What comes once and has no length: standard input, a pipe, a device.
//!
//! It is read as it comes, and what has been looked at is forgotten. Only where the same input is
//! needed twice it is kept, in a file that has no name and is gone with the program.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::Progress;

/// Bytes that are asked for at once.
const BLOCK: usize = 1 << 20;

/// Something that is piped in.
#[derive(Debug, Clone, Default)]
pub struct Piped {
    /// Its path; none for standard input.
    path: Option<PathBuf>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The file it is kept in, or why it could not be.
    kept: OnceLock<Result<File, (io::ErrorKind, String)>>,
    /// Whether somebody reads it already.
    taken: Mutex<bool>,
}

/// What is to be read of it.
#[derive(Debug)]
pub(crate) enum Opened {
    /// The file that it was kept in.
    Kept(File),
    /// What comes, as it comes.
    Stream(Rolling),
}

impl Piped {
    /// What comes from a pipe or device that has a path.
    pub(crate) fn of_path(path: PathBuf) -> Piped {
        Piped {
            path: Some(path),
            state: Arc::default(),
        }
    }

    /// Its path; none for standard input.
    pub fn path(&self) -> Option<&std::path::Path> {
        self.path.as_deref()
    }

    /// Reads all of it into a file without a name in the system's folder for temporary files, so
    /// that it can be read more than once. Where that fails, every reading of it does.
    pub(crate) fn keep(&self, progress: &dyn Progress) {
        self.state.kept.get_or_init(|| {
            let why = |error: io::Error| {
                let folder = std::env::temp_dir();
                let told = format!(
                    "it is needed twice and cannot be kept in {}: {error}; set TMPDIR to a folder \
                     with room, or save it to a file and name that",
                    folder.display()
                );
                (error.kind(), told)
            };
            let mut file = tempfile::tempfile().map_err(why)?;
            let mut reader = self
                .reader()
                .map_err(|error| (error.kind(), error.to_string()))?;
            let mut block = vec![0; BLOCK];
            while !progress.cancelled() {
                match reader.read(&mut block) {
                    Ok(0) => break,
                    Ok(read) => file.write_all(&block[..read]).map_err(why)?,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err((error.kind(), error.to_string())),
                }
            }
            Ok(file)
        });
    }

    /// Opens it: once, unless it was kept.
    ///
    /// # Errors
    /// What the system says, or that it was read before.
    pub(crate) fn open(&self) -> io::Result<Opened> {
        match self.state.kept.get() {
            Some(Ok(file)) => file.try_clone().map(Opened::Kept),
            Some(Err((kind, told))) => Err(io::Error::new(*kind, told.clone())),
            None => self.reader().map(Rolling::new).map(Opened::Stream),
        }
    }

    fn reader(&self) -> io::Result<Box<dyn Read + Send>> {
        let mut taken = self
            .state
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut taken, true) {
            return Err(io::Error::other("it was read before, and comes only once"));
        }
        Ok(match &self.path {
            Some(path) => Box::new(File::open(path)?),
            None => Box::new(io::stdin()),
        })
    }
}

/// The part of a stream that is being looked at.
pub(crate) struct Rolling(Mutex<Held>);

struct Held {
    reader: Box<dyn Read + Send>,
    /// Where in the stream `bytes` begins.
    start: u64,
    bytes: Vec<u8>,
    ended: bool,
    /// Why it ended, if it was not its end.
    failure: Option<io::Error>,
}

impl std::fmt::Debug for Rolling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rolling").finish_non_exhaustive()
    }
}

impl Rolling {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Rolling {
        Rolling(Mutex::new(Held {
            reader,
            start: 0,
            bytes: Vec::new(),
            ended: false,
            failure: None,
        }))
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads on until the stream is held up to `end`, or has ended. Gives its length if it has.
    pub(crate) fn fill(&self, end: u64) -> Option<u64> {
        self.held().fill(end)
    }

    /// Up to `len` bytes from `start` on; fewer at the end. What was forgotten is not there.
    pub(crate) fn copy(&self, start: u64, len: usize) -> Vec<u8> {
        let mut held = self.held();
        held.fill(start.saturating_add(len as u64));
        let from = start.saturating_sub(held.start);
        let from =
            usize::try_from(from).map_or(held.bytes.len(), |from| from.min(held.bytes.len()));
        let rest = &held.bytes[from..];
        rest[..rest.len().min(len)].to_vec()
    }

    /// Forgets what stands before a place.
    pub(crate) fn forget(&self, before: u64) {
        let mut held = self.held();
        let gone = before.saturating_sub(held.start);
        let gone =
            usize::try_from(gone).map_or(held.bytes.len(), |gone| gone.min(held.bytes.len()));
        held.bytes.drain(..gone);
        held.start += gone as u64;
    }

    /// Why it ended before its end.
    pub(crate) fn failure(&self) -> Option<String> {
        self.held().failure.as_ref().map(ToString::to_string)
    }
}

impl Held {
    fn fill(&mut self, end: u64) -> Option<u64> {
        let want = usize::try_from(end.saturating_sub(self.start)).unwrap_or(usize::MAX);
        while !self.ended && self.bytes.len() < want {
            let filled = self.bytes.len();
            self.bytes
                .resize(filled + BLOCK.min(want - filled).max(4096), 0);
            match self.reader.read(&mut self.bytes[filled..]) {
                Ok(0) => {
                    self.ended = true;
                    self.bytes.truncate(filled);
                }
                Ok(read) => self.bytes.truncate(filled + read),
                Err(error) => {
                    self.bytes.truncate(filled);
                    if error.kind() != io::ErrorKind::Interrupted {
                        self.ended = true;
                        self.failure = Some(error);
                    }
                }
            }
        }
        self.ended.then(|| self.start + self.bytes.len() as u64)
    }
}

/// Reads on from where the held part begins, and holds nothing.
#[derive(Debug)]
pub(crate) struct Rest<'r>(pub(crate) &'r Rolling);

impl Read for Rest<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut held = self.0.held();
        if held.bytes.is_empty() {
            return match held.ended {
                true => Ok(0),
                false => held.reader.read(into),
            };
        }
        let taken = held.bytes.len().min(into.len());
        into[..taken].copy_from_slice(&held.bytes[..taken]);
        held.bytes.drain(..taken);
        held.start += taken as u64;
        Ok(taken)
    }
}
