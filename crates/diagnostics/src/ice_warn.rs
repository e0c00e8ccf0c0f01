//! ICEWarn: a set of ICE warning bits.

use std::fmt;

/// A set of ICE warning bits, as `ICEWarn=0x…` writes it.
///
/// Shown as lower-case hexadecimal with `0x`, without leading zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct IceWarn(u32);

/// A mask that is not one to eight digits of its base, or is beyond 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedMask;

impl fmt::Display for MalformedMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mask is one to eight hexadecimal digits, with or without 0x")
    }
}

impl std::error::Error for MalformedMask {}

impl IceWarn {
    /// The set of these bits.
    pub const fn from_bits(bits: u32) -> IceWarn {
        IceWarn(bits)
    }

    /// The bits as a number.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Reads a hexadecimal mask: one to eight digits in any case, with or without `0x`.
    ///
    /// # Errors
    /// [`MalformedMask`] for anything else. Nothing is guessed or cut: a mask that lost or
    /// gained a digit would be another set of flags.
    pub fn parse(text: &[u8]) -> Result<IceWarn, MalformedMask> {
        let digits = match text {
            [b'0', b'x' | b'X', digits @ ..] => digits,
            digits => digits,
        };
        if digits.is_empty() || digits.len() > 8 {
            return Err(MalformedMask);
        }
        let mut bits = 0u32;
        for &digit in digits {
            let digit = char::from(digit).to_digit(16).ok_or(MalformedMask)?;
            bits = bits << 4 | digit;
        }
        Ok(IceWarn(bits))
    }

    /// Reads the mask at the front of a text that may go on: cut values, lost commas and sentences
    /// leave something behind a mask. A letter or digit more is no mask.
    ///
    /// # Errors
    /// [`MalformedMask`] where the text does not begin with a mask.
    pub fn parse_front(text: &[u8]) -> Result<IceWarn, MalformedMask> {
        let ornaments = text
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'*'))
            .count();
        let text = &text[ornaments..];
        let len = text
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        IceWarn::parse(&text[..len])
    }

    /// Reads a decimal mask, as databases export it (MS-QoE columns are SQL `int`, so a negative
    /// number is the same 32 bits with the highest set).
    ///
    /// # Errors
    /// [`MalformedMask`] for anything that is not a 32-bit number.
    pub fn parse_decimal(text: &[u8]) -> Result<IceWarn, MalformedMask> {
        let text = std::str::from_utf8(text).map_err(|_| MalformedMask)?;
        let number: i64 = text.parse().map_err(|_| MalformedMask)?;
        if let Ok(bits) = u32::try_from(number) {
            return Ok(IceWarn(bits));
        }
        i32::try_from(number)
            .map(|bits| IceWarn(bits as u32))
            .map_err(|_| MalformedMask)
    }

    /// Each bit that is set, lowest first, as a mask of its own.
    pub fn bits_set(self) -> impl Iterator<Item = IceWarn> {
        (0..32)
            .map(|bit| IceWarn(1 << bit))
            .filter(move |bit| self.0 & bit.0 != 0)
    }
}

impl fmt::Display for IceWarn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(mask: Result<IceWarn, MalformedMask>) -> Option<u32> {
        mask.ok().map(IceWarn::bits)
    }

    #[test]
    fn a_mask_is_one_to_eight_hexadecimal_digits() {
        for (text, want) in [
            ("0x320", Some(0x320)),
            ("0X320", Some(0x320)),
            ("320", Some(0x320)),
            ("0", Some(0)),
            ("aBcDeF09", Some(0xabcd_ef09)),
            ("0xffffffff", Some(u32::MAX)),
            ("0x0ffffffff", None),
            ("123456789", None),
            ("", None),
            ("0x", None),
            ("0x32g", None),
            ("-1", None),
            ("0x320 ", None),
        ] {
            assert_eq!(bits(IceWarn::parse(text.as_bytes())), want, "{text}");
        }
        let said = MalformedMask.to_string();
        assert!(said.contains("one to eight hexadecimal digits"), "{said}");
    }

    #[test]
    fn behind_a_mask_a_text_may_go_on_but_not_with_a_letter_or_digit() {
        for (text, want) in [
            ("0x320,LocalSite=", Some(0x320)),
            (" \"0x320\"", Some(0x320)),
            ("'**\t20**'", Some(0x20)),
            ("0x320", Some(0x320)),
            ("0x320z", None),
            ("-0x320", None),
            ("", None),
        ] {
            assert_eq!(bits(IceWarn::parse_front(text.as_bytes())), want, "{text}");
        }
    }

    #[test]
    fn a_database_writes_the_highest_bit_as_a_sign() {
        for (text, want) in [
            ("800", Some(800)),
            ("4294967295", Some(u32::MAX)),
            ("-1", Some(u32::MAX)),
            ("-2147483648", Some(1 << 31)),
            ("-2147483649", None),
            ("4294967296", None),
            ("0x20", None),
            ("", None),
        ] {
            assert_eq!(
                bits(IceWarn::parse_decimal(text.as_bytes())),
                want,
                "{text}"
            );
        }
    }
}
