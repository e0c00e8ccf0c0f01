//! Members of archives that were read before.

use std::io::{self, Read};

/// Knows contents that were read before: what a member is, only its content tells.
pub trait Recognition: Sync {
    /// Somebody who looks at the content of one member.
    fn begin(&self) -> Box<dyn Recognise + '_>;
}

/// Looks at the content of one member as it is read.
pub trait Recognise {
    /// The next bytes of it.
    fn take(&mut self, bytes: &[u8]);

    /// Whether the content was known, now that all of it was taken; nothing of it counts then.
    fn is_known(self: Box<Self>, name: &str) -> bool;
}

/// A reader that somebody listens to.
pub(crate) struct Overheard<'r> {
    pub(crate) reader: &'r mut dyn Read,
    pub(crate) by: Option<Box<dyn Recognise + 'r>>,
}

impl Read for Overheard<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        if let Some(by) = &mut self.by {
            by.take(&into[..read]);
        }
        Ok(read)
    }
}
