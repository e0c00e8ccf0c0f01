//! Bytes that can be read at any place, by several threads at the same time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;
use std::sync::Arc;

use crate::limits::Meter;

/// Something that can be read at any place without a position of its own.
pub trait ReadAt: Send + Sync {
    /// Reads from a place into `buf`, as far as there is something; 0 at the end.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn read_at(&self, buf: &mut [u8], at: u64) -> io::Result<usize>;

    /// How many bytes there are.
    fn size(&self) -> u64;
}

/// A file, as long as it was when it was opened.
#[derive(Debug)]
pub struct FileAt {
    file: File,
    size: u64,
}

impl FileAt {
    /// Takes a file that was opened for reading. Its position is not looked at; on Windows it
    /// moves, so that it must not be used by others.
    ///
    /// # Errors
    ///
    /// If the system does not tell its length.
    pub fn new(file: File) -> io::Result<FileAt> {
        let size = file.metadata()?.len();
        Ok(FileAt { file, size })
    }
}

impl ReadAt for FileAt {
    fn read_at(&self, buf: &mut [u8], at: u64) -> io::Result<usize> {
        let left = self.size.saturating_sub(at);
        let len = usize::try_from(left).map_or(buf.len(), |left| left.min(buf.len()));
        if len == 0 {
            return Ok(0);
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::FileExt::read_at(&self.file, &mut buf[..len], at)
        }
        #[cfg(windows)]
        {
            std::os::windows::fs::FileExt::seek_read(&self.file, &mut buf[..len], at)
        }
    }

    fn size(&self) -> u64 {
        self.size
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buf: &mut [u8], at: u64) -> io::Result<usize> {
        let from = usize::try_from(at).map_or(self.len(), |at| at.min(self.len()));
        let mut rest = &self[from..];
        rest.read(buf)
    }

    fn size(&self) -> u64 {
        self.len() as u64
    }
}

/// A stretch of a source as a stream that can jump.
#[derive(Clone)]
pub(crate) struct Cursor {
    source: Arc<dyn ReadAt>,
    from: u64,
    at: u64,
    end: u64,
    meter: Option<Rc<Meter>>,
}

impl Cursor {
    /// A stretch; what of it lies behind the end of the source is not there. Bytes read are
    /// counted if there is a meter, which is so for what lies on disk.
    pub(crate) fn new(
        source: &Arc<dyn ReadAt>,
        from: u64,
        end: u64,
        meter: Option<&Rc<Meter>>,
    ) -> Cursor {
        let end = end.min(source.size());
        let from = from.min(end);
        Cursor {
            source: Arc::clone(source),
            from,
            at: from,
            end,
            meter: meter.cloned(),
        }
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> u64 {
        self.end.saturating_sub(self.at)
    }

    pub(crate) fn whole(source: &Arc<dyn ReadAt>) -> Cursor {
        Cursor::new(source, 0, u64::MAX, None)
    }
}

impl Read for Cursor {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.left();
        let len = usize::try_from(left).map_or(buf.len(), |left| left.min(buf.len()));
        if len == 0 {
            return Ok(0);
        }
        let len = self.source.read_at(&mut buf[..len], self.at)?;
        self.at += len as u64;
        if let Some(meter) = &self.meter {
            meter.took(len);
        }
        Ok(len)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(to) => self.from.checked_add(to),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to
            .filter(|to| *to >= self.from)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a jump to nowhere"))?;
        Ok(self.at - self.from)
    }
}

/// Reads until `buf` is full or the end is there, and says how much it is.
pub(crate) fn fill(reader: &mut (impl Read + ?Sized), buf: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < buf.len() {
        match reader.read(&mut buf[len..]) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

/// Reads and forgets to the end, or as many bytes as asked for; says how many it were.
pub(crate) fn skip(reader: &mut (impl Read + ?Sized), len: u64) -> io::Result<u64> {
    let mut buf = vec![0; 64 << 10];
    let mut skipped = 0;
    while skipped < len {
        let most = usize::try_from(len - skipped).map_or(buf.len(), |left| left.min(buf.len()));
        match reader.read(&mut buf[..most]) {
            Ok(0) => break,
            Ok(more) => skipped += more as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(skipped)
}
