//! Physical lines of a trace.

use std::borrow::Cow;

use memchr::memchr;

/// One physical line: offsets into the bytes it was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// First byte.
    pub(crate) start: usize,
    /// Behind the last byte of the text; the line end is not part of it.
    pub(crate) end: usize,
    /// First byte of the next line.
    pub(crate) next: usize,
}

impl Line {
    /// The line that begins at `at`, or at whose middle `at` stands. LF and CR LF end a line.
    pub(crate) fn at(bytes: &[u8], at: usize) -> Line {
        let start = at.min(bytes.len());
        match memchr(b'\n', &bytes[start..]) {
            Some(len) => {
                let lf = start + len;
                let end = if lf > start && bytes[lf - 1] == b'\r' {
                    lf - 1
                } else {
                    lf
                };
                Line {
                    start,
                    end,
                    next: lf + 1,
                }
            }
            None => {
                let end = bytes.len();
                let end = if end > start && bytes[end - 1] == b'\r' {
                    end - 1
                } else {
                    end
                };
                Line {
                    start,
                    end,
                    next: bytes.len(),
                }
            }
        }
    }

    /// The line with no more than `len` bytes of its text.
    pub(crate) fn front(self, len: usize) -> Line {
        Line {
            end: self.end.min(self.start + len),
            ..self
        }
    }

    /// Its text.
    pub(crate) fn text<'t>(&self, bytes: &'t [u8]) -> &'t [u8] {
        &bytes[self.start..self.end]
    }

    /// Whether it holds nothing but blanks.
    pub(crate) fn is_blank(&self, bytes: &[u8]) -> bool {
        self.text(bytes).iter().all(u8::is_ascii_whitespace)
    }
}

/// Lines from an offset on.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Lines<'t> {
    pub(crate) fn from(bytes: &'t [u8], at: usize) -> Lines<'t> {
        Lines { bytes, at }
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let line = Line::at(self.bytes, self.at);
        self.at = line.next;
        Some(line)
    }
}

/// Behind the blank lines at `at`.
pub(crate) fn skip_blank_lines(bytes: &[u8], at: usize) -> usize {
    for line in Lines::from(bytes, at) {
        if !line.is_blank(bytes) {
            return line.start;
        }
    }
    bytes.len()
}

/// How many blanks and tabs a text begins with.
pub(crate) fn indent(text: &[u8]) -> usize {
    text.iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count()
}

/// Text out of a trace: valid UTF-8 borrowed; otherwise read as Windows-1252, unless it holds
/// UTF-8 sequences as well, where only the bad bytes are replaced (U+FFFD).
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Cow::Borrowed(text),
        Err(error) => error,
    };
    let has_utf8 = bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
    if has_utf8 || error.error_len().is_none() {
        return String::from_utf8_lossy(bytes);
    }
    encoding_rs::WINDOWS_1252
        .decode_without_bom_handling(bytes)
        .0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_is_one_line_end() {
        let bytes = b"a\r\n\nb\r\r\nc\r";
        let lines: Vec<_> = Lines::from(bytes, 0).map(|line| line.text(bytes)).collect();
        assert_eq!(lines, [&b"a"[..], b"", b"b\r", b"c"]);
        assert_eq!(Lines::from(b"", 0).count(), 0);
        assert_eq!(skip_blank_lines(b" \r\n\t\n x", 0), 5);
        assert_eq!(skip_blank_lines(b" \r\n\t", 0), 4);
        let front = Line::at(bytes, 0).front(0);
        assert_eq!((front.text(bytes), front.next), (&b""[..], 3));
    }

    #[test]
    fn text_is_utf_8_or_else_windows_1252() {
        assert_eq!(text("café".as_bytes()), "café");
        assert_eq!(text(b"caf\xE9 \x93x\x94"), "café “x”");
        // Of both, the bad bytes alone are replaced, and so is what was cut at the end.
        assert_eq!(text(b"caf\xC3\xA9 \xE9 x"), "café \u{FFFD} x");
        assert_eq!(text(b"caf\xC3"), "caf\u{FFFD}");
    }
}
