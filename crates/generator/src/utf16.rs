//! Writing UTF-8 text as UTF-16, as redirections of Windows PowerShell do.

use std::io::{self, Write};
use std::str;

/// Order of the two bytes of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// Low byte first: UTF-16LE.
    Little,
    /// High byte first: UTF-16BE.
    Big,
}

/// Takes UTF-8 and passes UTF-16 on. A character may arrive in pieces.
///
/// ```
/// use std::io::Write;
/// use siptriage_generator::{ByteOrder, Utf16Writer};
///
/// let mut out = Vec::new();
/// let mut writer = Utf16Writer::new(&mut out, ByteOrder::Little, true);
/// writer.write_all("SIP".as_bytes())?;
/// assert_eq!(writer.finish()?, 8);
/// assert_eq!(out, b"\xff\xfeS\0I\0P\0");
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Utf16Writer<W> {
    out: W,
    order: ByteOrder,
    /// A byte order mark is still to be written.
    mark: bool,
    /// Bytes of a character that is not complete.
    rest: Vec<u8>,
    encoded: Vec<u8>,
    bytes: u64,
}

impl<W: Write> Utf16Writer<W> {
    /// Writes to `out`, after a byte order mark if `mark` says so.
    pub fn new(out: W, order: ByteOrder, mark: bool) -> Utf16Writer<W> {
        Utf16Writer {
            out,
            order,
            mark,
            rest: Vec::new(),
            encoded: Vec::new(),
            bytes: 0,
        }
    }

    /// Ends the text and gives how many bytes of UTF-16 it has, mark included.
    ///
    /// # Errors
    ///
    /// Those of the writer below, and `InvalidData` where the text ends within a character.
    pub fn finish(mut self) -> io::Result<u64> {
        if !self.rest.is_empty() {
            return Err(not_text());
        }
        self.pass("")?;
        self.out.flush()?;
        Ok(self.bytes)
    }

    fn pass(&mut self, text: &str) -> io::Result<()> {
        self.encoded.clear();
        let mark = std::mem::take(&mut self.mark).then_some(0xfeff);
        for unit in mark.into_iter().chain(text.encode_utf16()) {
            self.encoded.extend_from_slice(&match self.order {
                ByteOrder::Little => unit.to_le_bytes(),
                ByteOrder::Big => unit.to_be_bytes(),
            });
        }
        self.bytes += self.encoded.len() as u64;
        self.out.write_all(&self.encoded)
    }
}

impl<W: Write> Write for Utf16Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut input = bytes;
        while !self.rest.is_empty() && !input.is_empty() {
            // At most three turns: one byte at a time, until the character is complete.
            self.rest.push(input[0]);
            input = &input[1..];
            let rest = std::mem::take(&mut self.rest);
            match str::from_utf8(&rest) {
                Ok(text) => self.pass(text)?,
                Err(error) if error.error_len().is_none() => self.rest = rest,
                Err(_) => return Err(not_text()),
            }
        }
        let (text, rest) = match str::from_utf8(input) {
            Ok(text) => (text, &input[input.len()..]),
            Err(error) if error.error_len().is_none() => {
                let (text, rest) = input.split_at(error.valid_up_to());
                (str::from_utf8(text).map_err(|_| not_text())?, rest)
            }
            Err(_) => return Err(not_text()),
        };
        self.pass(text)?;
        self.rest.extend_from_slice(rest);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn not_text() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the text is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Zoë – Берёза 桜 🙂\r\nSIP/2.0 200 OK\r\n";

    fn decode(bytes: &[u8], order: ByteOrder) -> String {
        let units = bytes.chunks(2).map(|pair| match order {
            ByteOrder::Little => u16::from_le_bytes([pair[0], pair[1]]),
            ByteOrder::Big => u16::from_be_bytes([pair[0], pair[1]]),
        });
        char::decode_utf16(units).map(Result::unwrap).collect()
    }

    #[test]
    fn text_comes_through_whatever_pieces_it_arrives_in() {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            for mark in [false, true] {
                for len in 1..=TEXT.len() {
                    let mut out = Vec::new();
                    let mut writer = Utf16Writer::new(&mut out, order, mark);
                    for piece in TEXT.as_bytes().chunks(len) {
                        writer.write_all(piece).unwrap();
                    }
                    let bytes = writer.finish().unwrap();
                    assert_eq!(bytes, out.len() as u64);
                    let want = if mark {
                        format!("\u{feff}{TEXT}")
                    } else {
                        TEXT.to_owned()
                    };
                    assert_eq!(decode(&out, order), want, "{order:?} {mark} {len}");
                }
            }
        }
    }

    #[test]
    fn an_empty_text_has_a_mark_of_its_own() {
        let mut out = Vec::new();
        assert_eq!(
            Utf16Writer::new(&mut out, ByteOrder::Big, true)
                .finish()
                .unwrap(),
            2
        );
        assert_eq!(out, b"\xfe\xff");
    }

    #[test]
    fn what_is_not_utf_8_is_refused() {
        for bytes in [&b"a\xff"[..], b"\xc3("] {
            for len in [1, 2] {
                let mut writer = Utf16Writer::new(Vec::new(), ByteOrder::Little, false);
                let refused = bytes
                    .chunks(len)
                    .any(|piece| writer.write_all(piece).is_err());
                assert!(refused, "{bytes:?}");
            }
        }
        let mut writer = Utf16Writer::new(Vec::new(), ByteOrder::Little, false);
        writer.write_all("é".as_bytes().split_at(1).0).unwrap();
        assert!(writer.finish().is_err());
    }
}
