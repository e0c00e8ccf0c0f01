//! Appending text and numbers to bytes.
//!
//! A gigabyte of trace is hundreds of millions of small pieces; `core::fmt` is too slow for
//! them.

use std::net::Ipv4Addr;

use crate::rng::Rng;

/// Something that can be appended to bytes.
pub(crate) trait Put {
    fn put(&self, out: &mut Vec<u8>);
}

/// Appends all its arguments to the first.
macro_rules! put {
    ($out:expr, $($piece:expr),+ $(,)?) => {{
        let out: &mut Vec<u8> = $out;
        $($crate::put::Put::put(&$piece, out);)+
    }};
}
pub(crate) use put;

impl Put for &str {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Put for String {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Put for &String {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Put for &[u8] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
}

impl Put for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut rest = *self;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        out.extend_from_slice(&digits[at..]);
    }
}

macro_rules! put_as_u64 {
    ($($kind:ty),+) => {$(
        impl Put for $kind {
            fn put(&self, out: &mut Vec<u8>) {
                (*self as u64).put(out);
            }
        }
    )+};
}
put_as_u64!(u8, u16, u32, usize);

impl Put for Ipv4Addr {
    fn put(&self, out: &mut Vec<u8>) {
        let [a, b, c, d] = self.octets();
        put!(out, a, ".", b, ".", c, ".", d);
    }
}

/// An address with its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endpoint(pub(crate) Ipv4Addr, pub(crate) u16);

impl Put for Endpoint {
    fn put(&self, out: &mut Vec<u8>) {
        put!(out, self.0, ":", self.1);
    }
}

/// Hexadecimal digits, lower case, without leading zeros.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hex(pub(crate) u64);

impl Put for Hex {
    fn put(&self, out: &mut Vec<u8>) {
        let digits = (16 - self.0.leading_zeros() as usize / 4).max(1);
        hex(out, self.0, digits, b"0123456789abcdef");
    }
}

/// Exactly so many of the lowest hexadecimal digits, lower case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HexDigits(pub(crate) u64, pub(crate) usize);

impl Put for HexDigits {
    fn put(&self, out: &mut Vec<u8>) {
        hex(out, self.0, self.1, b"0123456789abcdef");
    }
}

/// Exactly so many of the lowest hexadecimal digits, upper case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UpperHexDigits(pub(crate) u64, pub(crate) usize);

impl Put for UpperHexDigits {
    fn put(&self, out: &mut Vec<u8>) {
        hex(out, self.0, self.1, b"0123456789ABCDEF");
    }
}

fn hex(out: &mut Vec<u8>, number: u64, digits: usize, alphabet: &[u8; 16]) {
    for place in (0..digits).rev() {
        out.push(alphabet[(number >> (4 * place)) as usize & 15]);
    }
}

/// Decimal digits, at least so many, with leading zeros.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digits(pub(crate) u64, pub(crate) u32);

impl Put for Digits {
    fn put(&self, out: &mut Vec<u8>) {
        for place in (1..self.1).rev() {
            if self.0 < 10u64.pow(place) {
                out.push(b'0');
            }
        }
        self.0.put(out);
    }
}

/// Appends `len` random characters of the base64 alphabet for addresses (RFC 4648, section 5):
/// what tags, opaque values and signatures look like.
pub(crate) fn put_token(out: &mut Vec<u8>, rng: &mut Rng, len: usize) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    let mut left = len;
    while left > 0 {
        let word = rng.next();
        let taken = left.min(10);
        for place in 0..taken {
            out.push(ALPHABET[(word >> (6 * place)) as usize & 63]);
        }
        left -= taken;
    }
}

/// Appends `len` random hexadecimal digits, lower case.
pub(crate) fn put_random_hex(out: &mut Vec<u8>, rng: &mut Rng, len: usize) {
    let mut left = len;
    while left > 0 {
        let taken = left.min(16);
        put!(out, HexDigits(rng.next(), taken));
        left -= taken;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_look_like_core_fmt_writes_them() {
        for number in [0u64, 7, 10, 99, 65_535, u64::MAX] {
            let mut out = Vec::new();
            put!(&mut out, number, "|", Hex(number), "|", Digits(number, 3));
            put!(&mut out, "|", UpperHexDigits(number, 8));
            let want = format!("{number}|{number:x}|{number:03}|{:08X}", number as u32);
            assert_eq!(String::from_utf8(out).unwrap(), want);
        }
        let mut out = Vec::new();
        put!(
            &mut out,
            Endpoint(Ipv4Addr::new(192, 0, 2, 7), 5061),
            b"!".as_slice()
        );
        assert_eq!(out, b"192.0.2.7:5061!");
    }

    #[test]
    fn random_text_has_the_length_asked_for() {
        let mut rng = Rng::new(1);
        for len in [0, 1, 9, 10, 11, 16, 17, 33] {
            let mut out = Vec::new();
            put_token(&mut out, &mut rng, len);
            put_random_hex(&mut out, &mut rng, len);
            assert_eq!(out.len(), 2 * len);
            assert!(
                out.iter()
                    .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(b))
            );
        }
    }
}
