//! How tokens are spelled.

use crate::key::Key;

/// Letters of tokens: digits and consonants, so that no token spells a name.
const LETTERS: &[u8; 30] = b"0123456789bcdfghjklmnpqrstvwxz";

/// Letters of a token: 30 to the power of 12 are more than 58 bits. Of a million identifiers any
/// two get the same one with a chance of 1 in a million.
const LEN: usize = 12;

/// What a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    CallId,
    User,
    Phone,
    Name,
    Host,
    Domain,
    Epid,
    Id,
    Text,
    File,
    Folder,
    Site,
    Net,
}

impl Class {
    /// The word before a token, which is what the code is made with, too.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Class::CallId => "call",
            Class::User => "user",
            Class::Phone => "phone",
            Class::Name => "name",
            Class::Host => "host",
            Class::Domain => "domain",
            Class::Epid => "epid",
            Class::Id => "id",
            Class::Text => "text",
            Class::File => "file",
            Class::Folder => "folder",
            Class::Site => "site",
            Class::Net => "net",
        }
    }

    /// Whether identifiers of this kind mean the same in any case.
    const fn folds(self) -> bool {
        !matches!(self, Class::CallId | Class::Id | Class::Epid)
    }
}

/// The token of an identifier.
///
/// Where identifiers mean the same in any case, spellings of one in other cases have the same
/// token in other cases: who compares them with regard to case finds as many different ones as
/// before, and who does not, too.
pub(crate) fn token(key: &Key, class: Class, text: &str) -> String {
    if class == Class::Phone {
        return phone(key, text);
    }
    let folded = match class.folds() {
        true => text.to_lowercase(),
        false => text.to_owned(),
    };
    let mut token = class.word().to_owned();
    token.push('-');
    let mut letters = letters(key.number(class.word(), folded.as_bytes()));
    if folded != text {
        let cases = key.number("case", text.as_bytes());
        recase(&mut letters, cases);
    }
    token.push_str(&letters);
    token
}

fn letters(mut number: u64) -> String {
    let mut text = String::with_capacity(LEN);
    for _ in 0..LEN {
        text.push(char::from(LETTERS[(number % 30) as usize]));
        number /= 30;
    }
    // A token is no number, and has a letter whose case can say something.
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.replace_range(..1, "x");
    }
    text
}

/// Makes some letters capital ones, at least one.
fn recase(text: &mut String, cases: u64) {
    let mut any = false;
    let recased: String = text
        .chars()
        .enumerate()
        .map(|(at, letter)| {
            let up = letter.is_ascii_alphabetic() && cases >> at & 1 == 1;
            any |= up;
            if up {
                letter.to_ascii_uppercase()
            } else {
                letter
            }
        })
        .collect();
    *text = match any {
        true => recased,
        false => text.to_ascii_uppercase(),
    };
}

/// A number that no country has: E.164 does not assign +999. 16 digits follow, more than 53 bits.
fn phone(key: &Key, text: &str) -> String {
    let plus = if text.starts_with('+') { "+" } else { "" };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number = key.number("phone", digits.as_bytes()) % 10_000_000_000_000_000;
    format!("{plus}999{number:016}")
}

/// A UUID of the form that version 4 has (RFC 9562); the eight zeros at its front mark a token.
pub(crate) fn uuid(key: &Key, text: &str) -> String {
    let mac = key.mac("uuid", text.to_ascii_lowercase().as_bytes());
    let hex: String = mac[..11].iter().map(|byte| format!("{byte:02x}")).collect();
    let lower = format!(
        "00000000-{}-4{}-8{}-{}",
        &hex[..4],
        &hex[4..7],
        &hex[7..10],
        &hex[10..22]
    );
    match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => lower.to_ascii_uppercase(),
        false => lower,
    }
}

/// A hardware address that says of itself that it was given locally; the group bit is off.
pub(crate) fn hardware(key: &Key, text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let mac = key.mac("hardware", digits.to_ascii_lowercase().as_bytes());
    let separator = if text.contains('-') { "-" } else { ":" };
    let mut bytes = vec!["02".to_owned()];
    bytes.extend(mac[..5].iter().map(|byte| format!("{byte:02x}")));
    let lower = bytes.join(separator);
    match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => lower.to_ascii_uppercase(),
        false => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::from_bytes(b"a key for tests only").expect("long enough")
    }

    #[test]
    fn spellings_in_other_cases_have_the_token_in_other_cases() {
        let key = key();
        let of = |text| token(&key, Class::User, text);
        assert_ne!(of("Ann"), of("ann"));
        assert_ne!(of("Ann"), of("ANN"));
        assert_eq!(of("Ann").to_lowercase(), of("ann"));
        assert_eq!(of("ANN").to_lowercase(), of("ann"));
        assert_ne!(of("ann"), of("anne"));
    }

    #[test]
    fn tokens_have_a_letter_and_no_vowel() {
        let key = key();
        for number in 0..2000 {
            let token = token(&key, Class::User, &number.to_string());
            let letters = token.strip_prefix("user-").expect("the word is before it");
            assert_eq!(letters.len(), LEN);
            assert!(letters.bytes().any(|b| b.is_ascii_alphabetic()), "{token}");
            assert!(!letters.contains(['a', 'e', 'i', 'o', 'u', 'y']), "{token}");
        }
    }

    #[test]
    fn numbers_become_numbers_however_they_are_written() {
        let key = key();
        let of = |text| token(&key, Class::Phone, text);
        assert_eq!(of("+1 (206) 555-0142"), of("+12065550142"));
        assert!(of("+12065550142").starts_with("+999"));
        assert_eq!(of("12065550142"), of("+12065550142")[1..]);
    }

    #[test]
    fn shapes_are_kept() {
        let key = key();
        let uuid = uuid(&key, "0F8FAD5B-D9CB-469F-A165-70867728950E");
        assert_eq!(uuid.len(), 36);
        assert!(uuid.starts_with("00000000-"));
        let hardware = hardware(&key, "00-1a-2b-3c-4d-5e");
        assert!(
            hardware.starts_with("02-") && hardware.len() == 17,
            "{hardware}"
        );
    }
}
