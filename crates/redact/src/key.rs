//! The key of the tokens.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Fewest bytes of a key.
pub const MIN_KEY: usize = 16;

/// Most bytes of a key file that are taken: what is longer is another file.
pub const MAX_KEY: usize = 4096;

/// Bytes of a key that is made here.
const MADE: usize = 32;

/// The secret that tokens are made with: HMAC-SHA-256 (RFC 2104). Who has it can try names and see
/// which token they get; who lacks it cannot.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

/// Why bytes are no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// So many bytes; fewer than [`MIN_KEY`].
    Short(usize),
    /// More than [`MAX_KEY`].
    Long,
    /// All bytes are the same.
    Uniform,
    /// The system gives no random bytes.
    NoRandomness,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::Short(len) => write!(
                f,
                "a key of {len} bytes is too short; it takes at least {MIN_KEY}"
            ),
            KeyError::Long => write!(f, "longer than {MAX_KEY} bytes, so it is no key"),
            KeyError::Uniform => f.write_str("every byte of it is the same, so it is no secret"),
            KeyError::NoRandomness => f.write_str("the system gives no random bytes"),
        }
    }
}

impl std::error::Error for KeyError {}

impl Key {
    /// The key in a file. White space around it does not count, so that an editor may add a line
    /// end.
    ///
    /// # Errors
    /// [`KeyError`] where it is too short, too long, or one byte over and over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Key, KeyError> {
        let bytes = bytes.trim_ascii();
        if bytes.len() < MIN_KEY {
            return Err(KeyError::Short(bytes.len()));
        }
        if bytes.len() > MAX_KEY {
            return Err(KeyError::Long);
        }
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(KeyError::Uniform);
        }
        Key::of(bytes)
    }

    /// A key that nobody has: tokens are the same in one run only.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn random() -> Result<Key, KeyError> {
        let mut bytes = [0; MADE];
        getrandom::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
        Key::of(&bytes)
    }

    /// The text of a new key for a file: 64 hexadecimal digits and a line end.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn new_text() -> Result<String, KeyError> {
        let mut bytes = [0; MADE];
        getrandom::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
        let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        text.push('\n');
        Ok(text)
    }

    fn of(bytes: &[u8]) -> Result<Key, KeyError> {
        // HMAC takes keys of any length.
        Hmac::new_from_slice(bytes)
            .map(Key)
            .map_err(|_| KeyError::Short(bytes.len()))
    }

    /// The code of a text that is of this kind.
    pub(crate) fn mac(&self, kind: &str, text: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    /// The first eight bytes of that code as a number.
    pub(crate) fn number(&self, kind: &str, text: &[u8]) -> u64 {
        let mac = self.mac(kind, text);
        let mut front = [0; 8];
        front.copy_from_slice(&mac[..8]);
        u64::from_be_bytes(front)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_refused_and_says_why() {
        assert_eq!(Key::from_bytes(b"short").err(), Some(KeyError::Short(5)));
        assert_eq!(
            Key::from_bytes(b"  fifteen bytes!\r\n ").err(),
            Some(KeyError::Short(14))
        );
        assert_eq!(Key::from_bytes(&[b'x'; 40]).err(), Some(KeyError::Uniform));
        let long: Vec<u8> = (0..=255).cycle().take(MAX_KEY + 2).collect();
        assert_eq!(Key::from_bytes(&long).err(), Some(KeyError::Long));
        assert!(KeyError::Short(5).to_string().contains("16"));
    }

    #[test]
    fn a_made_key_is_a_key_and_no_two_are_the_same() {
        let [one, other] = [Key::new_text(), Key::new_text()].map(|text| text.expect("random"));
        assert_ne!(one, other);
        assert!(Key::from_bytes(one.as_bytes()).is_ok());
    }

    #[test]
    fn a_line_end_does_not_change_a_key_and_another_key_changes_all() {
        let number = |bytes: &[u8]| {
            Key::from_bytes(bytes)
                .expect("long enough")
                .number("user", b"ann")
        };
        assert_eq!(number(b"0123456789abcdef"), number(b"0123456789abcdef\r\n"));
        assert_ne!(number(b"0123456789abcdef"), number(b"0123456789abcdeg"));
        let key = Key::from_bytes(b"0123456789abcdef").expect("long enough");
        assert_ne!(key.number("user", b"ann"), key.number("host", b"ann"));
        assert!(!format!("{key:?}").contains("0123"));
    }
}
