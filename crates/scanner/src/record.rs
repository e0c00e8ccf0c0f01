//! Records as they stand, for those who write a trace again.

use std::borrow::Cow;
use std::ops::Range;

use siptriage_facts::Name;

use crate::Encoding;
use crate::formats::{LOOSE, TraceFormat};
use crate::frame::{Dress, Frame};
use crate::lines::text;

/// A text in the encoding of a file; a character that it lacks becomes a question mark.
pub fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect();
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16Le => wide(u16::to_le_bytes),
        Encoding::Utf16Be => wide(u16::to_be_bytes),
        Encoding::Windows1252 => {
            let mut bytes = Vec::with_capacity(text.len());
            let mut buffer = [0; 4];
            for c in text.chars() {
                let (one, _, lacks) = encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
                match lacks {
                    true => bytes.push(b'?'),
                    false => bytes.extend_from_slice(&one),
                }
            }
            bytes
        }
    }
}

/// One record of a trace. All records of a file, one behind the other, are the file.
#[derive(Debug, Clone)]
pub struct Record {
    /// The file or member, as places name it.
    pub file: Name,
    /// Where it begins, in bytes of the file in its own encoding. The first record of a file with a
    /// byte order mark begins behind that.
    pub offset: u64,
    /// The encoding of the file.
    pub encoding: Encoding,
    /// The trace format, as `siptriage formats` names it.
    pub trace_format: &'static str,
    /// The bytes of the record as UTF-8, valid or not.
    pub text: Vec<u8>,
    /// Where in `text` the header section of a message stands; empty where it is none.
    pub headers: Range<usize>,
    /// Where in `text` the body of a message stands; empty where it is none.
    pub body: Range<usize>,
    /// Whether a message stands on one line, with escapes between its own.
    pub is_escaped: bool,
}

impl Record {
    pub(crate) fn new(
        file: &Name,
        offset: u64,
        encoding: Encoding,
        (format, frame): (&'static dyn TraceFormat, &Frame),
    ) -> Record {
        let is_message = !frame.headers.is_empty();
        Record {
            file: file.clone(),
            offset,
            encoding,
            trace_format: format.name(),
            text: Vec::new(),
            headers: frame.headers.clone(),
            body: if is_message { frame.body.clone() } else { 0..0 },
            is_escaped: frame.dress == Dress::Escaped,
        }
    }

    pub(crate) fn with_text(mut self, text: &[u8]) -> Record {
        self.text = text.to_vec();
        self
    }

    /// A part of the text as characters; what is no valid UTF-8 is read as Windows-1252, as a scan
    /// reads it.
    pub fn part(&self, range: Range<usize>) -> Cow<'_, str> {
        text(self.text.get(range).unwrap_or_default())
    }

    /// Whether it is a line that no trace format frames.
    pub fn is_loose(&self) -> bool {
        self.trace_format == LOOSE
    }
}
