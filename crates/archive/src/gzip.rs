//! Gzip as RFC 1952 has it: streams behind each other, each with its checksum.
//!
//! The framing is read here, because `flate2`'s own reader tells a wrong checksum from other
//! damage by its text alone.

use std::io::{self, BufRead, Read};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use crate::problem::Trouble;
use crate::walk::{block, u16_at, u32_at};

/// Longest name or comment in a header.
const MAX_TEXT: usize = 64 << 10;

/// What comes out of all streams, one behind the other.
pub(crate) struct GzipStream<R> {
    state: State<R>,
    crc: Crc,
}

enum State<R> {
    /// Before a stream, the first one or a further one.
    Between {
        reader: R,
        is_first: bool,
    },
    Inside(DeflateDecoder<R>),
    Ended,
}

impl<R: BufRead> GzipStream<R> {
    pub(crate) fn new(reader: R) -> GzipStream<R> {
        GzipStream {
            state: State::Between {
                reader,
                is_first: true,
            },
            crc: Crc::new(),
        }
    }
}

impl<R: BufRead> Read for GzipStream<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Ok(0),
                State::Between {
                    mut reader,
                    is_first,
                } => {
                    if !is_first && !goes_on(&mut reader)? {
                        return Ok(0);
                    }
                    header(&mut reader)?;
                    self.crc.reset();
                    self.state = State::Inside(DeflateDecoder::new(reader));
                }
                State::Inside(mut decoder) => {
                    let len = decoder.read(buf)?;
                    self.crc.update(&buf[..len]);
                    if len > 0 {
                        self.state = State::Inside(decoder);
                        return Ok(len);
                    }
                    let mut reader = decoder.into_inner();
                    let trailer: [u8; 8] = block(&mut reader)?;
                    // Bytes beyond 4 GiB are not in the length.
                    if u32_at(&trailer, 0) != self.crc.sum()
                        || u32_at(&trailer, 4) != self.crc.amount()
                    {
                        return Err(Trouble::Checksum.into());
                    }
                    self.state = State::Between {
                        reader,
                        is_first: false,
                    };
                }
            }
        }
    }
}

/// Whether another stream follows. Zeros may stand there, as on tapes.
fn goes_on(reader: &mut impl BufRead) -> io::Result<bool> {
    match reader.fill_buf()? {
        [0x1f, ..] => return Ok(true),
        [] => return Ok(false),
        _ => {}
    }
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        if bytes.iter().any(|byte| *byte != 0) {
            return Err(Trouble::Trailing.into());
        }
        let len = bytes.len();
        reader.consume(len);
    }
}

fn header(reader: &mut impl BufRead) -> Result<(), Trouble> {
    let fixed: [u8; 10] = block(reader)?;
    if fixed[..3] != *b"\x1f\x8b\x08" {
        return Err(Trouble::damaged("a gzip header"));
    }
    let flags = fixed[3];
    if flags & 4 != 0 {
        let len: [u8; 2] = block(reader)?;
        let len = usize::from(u16_at(&len, 0));
        let mut extra = vec![0; len];
        reader.read_exact(&mut extra)?;
    }
    // A name and a comment, each up to a zero.
    for flag in [8, 16] {
        if flags & flag != 0 {
            let mut text = 0;
            while block::<1>(reader)? != [0] {
                text += 1;
                if text > MAX_TEXT {
                    return Err(Trouble::damaged("a gzip header without end"));
                }
            }
        }
    }
    if flags & 2 != 0 {
        block::<2>(reader)?;
    }
    Ok(())
}
