//! Where output goes: standard output, or a file that is there complete or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Stdout, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use siptriage_facts::{OWN_OUTPUT_HEAD, is_own_output};
use siptriage_scanner::{Input, Location};
use tempfile::NamedTempFile;

use crate::exit::Stop;

const BUFFER_LEN: usize = 64 << 10;

/// The temporary files of this run while there are some, for [`remove_pending`].
static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Something to write output to. Nothing is at its target before [`Out::commit`], unless the
/// target is a stream.
#[derive(Debug)]
pub(crate) struct Out {
    sink: Sink,
    /// The target's name for messages.
    target: String,
}

#[derive(Debug)]
enum Sink {
    Stdout(BufWriter<Stdout>),
    /// A device or a named pipe: it is written to, never replaced.
    Stream(BufWriter<File>),
    File {
        temporary: BufWriter<NamedTempFile>,
        path: PathBuf,
        // Forgets the temporary file when it is gone.
        _pending: Pending,
    },
}

impl Out {
    /// Standard output.
    pub(crate) fn stdout() -> Out {
        let stdout = BufWriter::with_capacity(BUFFER_LEN, io::stdout());
        Out {
            sink: Sink::Stdout(stdout),
            target: "standard output".to_owned(),
        }
    }

    /// The file at `path`, or standard output without one or with `-`.
    ///
    /// # Errors
    /// [`Stop::Output`] where no file can be made in that folder, or the file is not to be
    /// replaced. It is found out here, before hours of reading.
    pub(crate) fn open(path: Option<&Path>) -> Result<Out, Stop> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            return Ok(Out::stdout());
        };
        let target = siptriage_report::visible(&path.to_string_lossy()).into_owned();
        match open_sink(path) {
            Ok(sink) => Ok(Out { sink, target }),
            Err(error) => Err(Stop::Output { target, error }),
        }
    }

    /// Whether this is standard output.
    pub(crate) fn is_stdout(&self) -> bool {
        matches!(self.sink, Sink::Stdout(_))
    }

    /// What an error of writing here means for the command.
    pub(crate) fn stop(&self, error: io::Error) -> Stop {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Stop::ClosedPipe;
        }
        Stop::Output {
            target: self.target.clone(),
            error,
        }
    }

    /// Puts everything that was written in its place: flushed, on the disk, under its name.
    ///
    /// # Errors
    /// [`Stop`], and the target is as it was before.
    pub(crate) fn commit(mut self) -> Result<(), Stop> {
        self.flush().map_err(|error| self.stop(error))?;
        let Sink::File {
            temporary,
            path,
            _pending,
        } = self.sink
        else {
            return Ok(());
        };
        let target = self.target;
        let persisted = (temporary
            .into_inner()
            .map_err(io::IntoInnerError::into_error))
        .and_then(|temporary| {
            temporary.as_file().sync_all()?;
            temporary.persist(&path).map_err(|refused| refused.error)
        });
        persisted
            .map(drop)
            .map_err(|error| Stop::Output { target, error })
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Stdout(stdout) => stdout.write(bytes),
            Sink::Stream(stream) => stream.write(bytes),
            Sink::File { temporary, .. } => temporary.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Stdout(stdout) => stdout.flush(),
            Sink::Stream(stream) => stream.flush(),
            Sink::File { temporary, .. } => temporary.flush(),
        }
    }
}

/// Keeps an output file from replacing what is about to be read.
///
/// # Errors
/// [`Stop::Usage`] where the file at `path` is one of `inputs`, under whatever name.
pub(crate) fn spare_inputs(path: &Path, inputs: &[Input]) -> Result<(), Stop> {
    let Ok(target) = fs::canonicalize(path) else {
        return Ok(());
    };
    // A report of our own that lies among traces is no trace, and may be replaced.
    let is_own = || {
        let mut head = Vec::new();
        let file = File::open(&target).map(|file| file.take(OWN_OUTPUT_HEAD as u64));
        file.is_ok_and(|mut file| file.read_to_end(&mut head).is_ok() && is_own_output(&head))
    };
    let is_target = |input: &&Input| match &input.location {
        Location::File(file) => {
            fs::canonicalize(file).is_ok_and(|file| file == target) && (input.checked || !is_own())
        }
        Location::Piped(_) => false,
    };
    match inputs.iter().find(is_target) {
        None => Ok(()),
        Some(input) => Err(Stop::Usage(format!(
            "{}: is read as a trace, and the output would replace it; name another output file",
            siptriage_report::visible(&input.name)
        ))),
    }
}

fn open_sink(path: &Path) -> io::Result<Sink> {
    // A link is followed, so that what it points to is replaced and not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".siptriage-").suffix(".tmp");
    match fs::metadata(&path) {
        Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => {
            let stream = File::options().write(true).open(&path)?;
            return Ok(Sink::Stream(BufWriter::with_capacity(BUFFER_LEN, stream)));
        }
        Ok(there) if there.permissions().readonly() => {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the file that is there is read-only",
            ));
        }
        Ok(there) => {
            builder.permissions(there.permissions());
        }
        Err(_) => plain_permissions(&mut builder),
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let temporary = builder
        .tempfile_in(folder)
        .map_err(without_temporary_name)?;
    let pending = Pending::of(temporary.path());
    let temporary = BufWriter::with_capacity(BUFFER_LEN, temporary);
    Ok(Sink::File {
        temporary,
        path,
        _pending: pending,
    })
}

/// The temporary file's name, which is in the error's text, means nothing to the user.
fn without_temporary_name(error: io::Error) -> io::Error {
    error.kind().into()
}

/// A temporary file is for its owner alone; a report is for whom the user's mask says.
#[cfg(unix)]
fn plain_permissions(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn plain_permissions(_builder: &mut tempfile::Builder<'_, '_>) {}

/// A temporary file that is remembered as long as this is there.
#[derive(Debug)]
struct Pending(PathBuf);

impl Pending {
    fn of(path: &Path) -> Pending {
        if let Ok(mut pending) = PENDING.lock() {
            pending.push(path.to_owned());
        }
        Pending(path.to_owned())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Ok(mut pending) = PENDING.lock() {
            pending.retain(|path| *path != self.0);
        }
    }
}

/// Removes the temporary files, if there are some: for a run that ends without unwinding.
pub(crate) fn remove_pending() {
    if let Ok(mut pending) = PENDING.lock() {
        for path in pending.drain(..) {
            let _ = fs::remove_file(path);
        }
    }
}
