//! Zstandard as RFC 8878 has it: frames behind each other, some of them to be skipped.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::limits::Limit;
use crate::problem::Trouble;
use crate::source::skip;

/// What comes out of all frames, one behind the other.
pub(crate) struct ZstdStream<R> {
    reader: Kept<R>,
    decoder: FrameDecoder,
    inside: bool,
    frames: u64,
}

impl<R: BufRead> ZstdStream<R> {
    /// `window` is how far back a frame may look.
    pub(crate) fn new(reader: R, window: u64) -> ZstdStream<R> {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(window);
        ZstdStream {
            reader: Kept {
                inner: reader,
                fault: None,
            },
            decoder,
            inside: false,
            frames: 0,
        }
    }

    /// Goes to the next frame; says whether there is one.
    fn next_frame(&mut self) -> Result<bool, Trouble> {
        loop {
            if self.reader.inner.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.reader) {
                Ok(()) => {
                    self.frames += 1;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    if skip(&mut self.reader, length.into())? < length.into() {
                        return Err(Trouble::Truncated);
                    }
                }
                Err(FrameDecoderError::ReadFrameHeaderError(
                    ReadFrameHeaderError::BadMagicNumber(_),
                )) if self.frames > 0 => return Err(Trouble::Trailing),
                Err(FrameDecoderError::WindowSizeTooBig { requested, max }) => {
                    return Err(Limit::Window.met(requested, max));
                }
                Err(FrameDecoderError::DictNotProvided { .. }) => {
                    return Err(Trouble::Method("a zstd dictionary of its own".to_owned()));
                }
                Err(error) => return Err(self.reader.trouble(&error)),
            }
        }
    }
}

impl<R: BufRead> Read for ZstdStream<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.inside {
                if !self.next_frame()? {
                    return Ok(0);
                }
                self.inside = true;
            }
            let len = self.decoder.read(buf)?;
            if len > 0 {
                return Ok(len);
            }
            if self.decoder.is_finished() {
                let written = self.decoder.get_checksum_from_data();
                if written.is_some() && written != self.decoder.get_calculated_checksum() {
                    return Err(Trouble::Checksum.into());
                }
                self.inside = false;
                continue;
            }
            let one = BlockDecodingStrategy::UptoBlocks(1);
            if let Err(error) = self.decoder.decode_blocks(&mut self.reader, one) {
                return Err(self.reader.trouble(&error).into());
            }
        }
    }
}

/// Keeps why reading failed, and that it came to its end, which the decoder wraps in words.
struct Kept<R> {
    inner: R,
    fault: Option<Trouble>,
}

impl<R> Kept<R> {
    fn trouble(&mut self, error: &FrameDecoderError) -> Trouble {
        self.fault
            .take()
            .unwrap_or_else(|| Trouble::Damaged(error.to_string()))
    }
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let done = self.inner.read(buf);
        match &done {
            Ok(0) if !buf.is_empty() => self.fault = Some(Trouble::Truncated),
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.fault = Some(Trouble::of(error));
            }
            _ => {}
        }
        done
    }
}
