//! UTF-16 as UTF-8, and where each byte of it came from.
//!
//! Traces are ASCII nearly throughout, and ASCII only loses every second byte. Where there is
//! more, a few characters are decoded at a time, and it is noted where that was.

use crate::Encoding;

/// Bytes of UTF-16 that are decoded at once.
const BLOCK: usize = 64;

/// A stretch of the text whose places in the input can be counted from its front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    /// Where it begins in the text, and in the input.
    text: usize,
    original: u64,
    /// Whether each byte of the text is one unit of the input.
    is_ascii: bool,
}

/// Places in decoded text.
#[derive(Debug, Default)]
pub(crate) struct Stretches(Vec<Stretch>);

/// Decodes UTF-16, of which `original` is the place in the input, and appends it. What is no
/// UTF-16 becomes U+FFFD, as for every decoder.
pub(crate) fn decode(
    raw: &[u8],
    original: u64,
    encoding: Encoding,
    text: &mut Vec<u8>,
    stretches: &mut Stretches,
) {
    let (decoder, high): (_, fn([u8; 2]) -> u16) = match encoding {
        Encoding::Utf16Be => (encoding_rs::UTF_16BE, u16::from_be_bytes),
        _ => (encoding_rs::UTF_16LE, u16::from_le_bytes),
    };
    text.reserve(raw.len() / 2 + 16);
    let mut at = 0;
    while at < raw.len() {
        let rest = &raw[at..];
        let narrow = match encoding {
            Encoding::Utf16Be => narrowed(rest, u16::from_be_bytes),
            _ => narrowed(rest, u16::from_le_bytes),
        };
        if let Some(narrow) = narrow {
            stretches.begin(text.len(), original + at as u64, true);
            text.extend_from_slice(&narrow);
            at += BLOCK;
            continue;
        }
        let mut len = rest.len().min(BLOCK);
        // A pair of surrogates is not divided.
        let last = rest[..len].as_chunks::<2>().0.last().copied().map(high);
        if len < rest.len() && last.is_some_and(|unit| (0xD800..0xDC00).contains(&unit)) {
            len -= 2;
        }
        stretches.begin(text.len(), original + at as u64, false);
        let (decoded, _) = decoder.decode_without_bom_handling(&rest[..len]);
        text.extend_from_slice(decoded.as_bytes());
        at += len;
    }
}

/// The block at the front of UTF-16 as ASCII, if it is that throughout. `unit` reads a unit; it must
/// be known when this is compiled, so that all of a block is looked at together.
#[inline]
fn narrowed(raw: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Option<[u8; BLOCK / 2]> {
    let block: &[u8; BLOCK] = raw.first_chunk()?;
    let mut narrow = [0; BLOCK / 2];
    let mut all = 0;
    for (byte, pair) in narrow.iter_mut().zip(block.as_chunks::<2>().0) {
        let unit = unit(*pair);
        all |= unit;
        *byte = unit as u8;
    }
    (all < 0x80).then_some(narrow)
}

impl Stretches {
    fn begin(&mut self, text: usize, original: u64, is_ascii: bool) {
        // What is not ASCII is counted through, so that it must stay short.
        if !is_ascii || self.0.last().is_none_or(|last| !last.is_ascii) {
            self.0.push(Stretch {
                text,
                original,
                is_ascii,
            });
        }
    }

    /// Where in the input the byte at `at` of the text stands.
    pub(crate) fn original(&self, text: &[u8], at: usize) -> u64 {
        let which = self.0.partition_point(|stretch| stretch.text <= at);
        let Some(stretch) = which.checked_sub(1).map(|which| self.0[which]) else {
            return 0;
        };
        let within = &text[stretch.text..at.min(text.len())];
        let units = if stretch.is_ascii {
            within.len()
        } else {
            // Every character has one byte that is no continuation; those beyond the basic plane
            // are two units of UTF-16 and four bytes of UTF-8.
            let chars = within.iter().filter(|byte| (**byte as i8) >= -0x40).count();
            chars + within.iter().filter(|byte| **byte >= 0xF0).count()
        };
        stretch.original + 2 * units as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_decoded_as_others_do_and_places_are_known() {
        let ascii = "INVITE sip:ann@contoso.com SIP/2.0\r\n".repeat(9);
        for (at, odd) in ["", "ñ", "€uro", "😀", "😀😀😀", "ж".repeat(70).as_str()]
            .into_iter()
            .enumerate()
        {
            for place in [0, 1, 30, 31, 32, 33, 63, 64, 65, 100] {
                let mut whole = ascii.clone();
                whole.insert_str(place, odd);
                for encoding in [Encoding::Utf16Le, Encoding::Utf16Be] {
                    let raw: Vec<u8> = whole
                        .encode_utf16()
                        .flat_map(|unit| match encoding {
                            Encoding::Utf16Be => unit.to_be_bytes(),
                            _ => unit.to_le_bytes(),
                        })
                        .collect();
                    let (mut text, mut stretches) = (Vec::new(), Stretches::default());
                    decode(&raw, 100, encoding, &mut text, &mut stretches);
                    assert_eq!(text, whole.as_bytes(), "{at} {place}");
                    let mut want = 100;
                    for (at, c) in whole.char_indices() {
                        assert_eq!(stretches.original(&text, at), want);
                        want += 2 * c.len_utf16() as u64;
                    }
                }
            }
        }
        // Halves of pairs, and half a unit at the end.
        let raw = [b'a', 0, 0x00, 0xD8, b'b', 0, 0x00, 0xDC, b'c'];
        let (mut text, mut stretches) = (Vec::new(), Stretches::default());
        decode(&raw, 0, Encoding::Utf16Le, &mut text, &mut stretches);
        assert_eq!(text, "a\u{FFFD}b\u{FFFD}\u{FFFD}".as_bytes());
    }
}
