//! Identifiers that were seen where they cannot be mistaken, to be found where they can.

use std::collections::{HashMap, HashSet};

use crate::token::Class;
use crate::words::is_common;

/// Fewest characters of what is looked for everywhere.
const MIN_LEN: usize = 3;

/// Fewest digits of a number that is looked for everywhere: shorter ones are ports, codes, lengths.
const MIN_DIGITS: usize = 7;

/// Identifiers by their first word.
#[derive(Debug, Default)]
pub(crate) struct Known {
    phrases: HashMap<String, Vec<Phrase>>,
    /// All phrases, with what they are.
    classes: HashMap<String, Class>,
    /// The first three octets of public addresses.
    pub(crate) networks: HashSet<u32>,
}

#[derive(Debug)]
struct Phrase {
    /// In lower case.
    text: String,
    class: Class,
    /// What the token is made of, where it is not the text: the domain of an organisation's name.
    of: Option<String>,
}

impl Known {
    /// Notes an identifier. What is too short or too common to be looked for is not.
    pub(crate) fn add(&mut self, class: Class, text: &str) {
        self.add_as(class, text, None);
    }

    /// The name of an organisation, which is looked for as its domain.
    pub(crate) fn add_organisation(&mut self, name: &str, domain: &str) {
        if name.chars().count() > MIN_LEN {
            self.add_as(Class::Domain, name, Some(domain));
        }
    }

    fn add_as(&mut self, class: Class, text: &str, of: Option<&str>) {
        let text = text.trim_matches(|c: char| !c.is_alphanumeric());
        let text = text.to_lowercase();
        let chars = text.chars().count();
        let digits = text
            .chars()
            .all(|c| c.is_ascii_digit() || "+-. ()".contains(c));
        if chars < MIN_LEN || is_common(&text) || (digits && chars < MIN_DIGITS) {
            return;
        }
        if self.classes.get(&text).is_some_and(|known| *known <= class) {
            return;
        }
        let Some(first) = first_word(&text) else {
            return;
        };
        let phrases = self.phrases.entry(first.to_owned()).or_default();
        phrases.retain(|phrase| phrase.text != text);
        let of = of.map(str::to_owned);
        phrases.push(Phrase {
            text: text.clone(),
            class,
            of,
        });
        // The longest first.
        phrases.sort_by(|one, other| {
            (other.text.len(), &one.text).cmp(&(one.text.len(), &other.text))
        });
        self.classes.insert(text, class);
    }

    /// What a whole text is, if it is known.
    pub(crate) fn class(&self, text: &str) -> Option<Class> {
        self.classes.get(&text.trim().to_lowercase()).copied()
    }

    /// The longest identifier at the front of a text whose first word is `word`: its length in the
    /// text, what it is, and what its token is made of.
    pub(crate) fn at<'t>(&'t self, text: &'t str, word: &str) -> Option<(usize, Class, &'t str)> {
        if self.phrases.is_empty() {
            return None;
        }
        let phrases = match word
            .bytes()
            .any(|b| b.is_ascii_uppercase() || !b.is_ascii())
        {
            true => self.phrases.get(&word.to_lowercase()),
            false => self.phrases.get(word),
        }?;
        phrases.iter().find_map(|phrase| {
            let len = starts_with(text, &phrase.text)?;
            let behind = text[len..].chars().next();
            let ends = !behind.is_some_and(char::is_alphanumeric)
                || !text[..len].ends_with(char::is_alphanumeric);
            let of = phrase.of.as_deref().unwrap_or(&text[..len]);
            ends.then_some((len, phrase.class, of))
        })
    }
}

/// The first run of letters and digits, if the text begins with one.
fn first_word(text: &str) -> Option<&str> {
    let end = text
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

/// How much of a text is `lower`, in any case. White space matches any white space.
fn starts_with(text: &str, lower: &str) -> Option<usize> {
    let mut wanted = lower.chars();
    let mut len = 0;
    let mut chars = text.chars();
    let mut next = wanted.next();
    while let Some(want) = next {
        let got = chars.next()?;
        if got.is_ascii() {
            if got.to_ascii_lowercase() != want {
                return None;
            }
            next = wanted.next();
        } else {
            for one in got.to_lowercase() {
                if next != Some(one) {
                    return None;
                }
                next = wanted.next();
            }
        }
        len += got.len_utf8();
    }
    Some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_is_found_in_any_case_and_only_as_a_whole() {
        let mut known = Known::default();
        known.add(Class::User, "ann");
        known.add(Class::User, "ann.example");
        known.add(Class::Name, "Änn Example");
        let at = |text: &str, word: &str| known.at(text, word).map(|(len, class, _)| (len, class));
        assert_eq!(at("Ann.Example left", "Ann"), Some((11, Class::User)));
        assert_eq!(at("ann left", "ann"), Some((3, Class::User)));
        assert_eq!(at("ÄNN EXAMPLE left", "ÄNN"), Some((12, Class::Name)));
        assert_eq!(at("anne", "anne"), None);
    }

    #[test]
    fn what_is_short_or_common_is_not_looked_for() {
        let mut known = Known::default();
        for text in ["bo", "audio", "4711", "5061", " "] {
            known.add(Class::User, text);
            assert_eq!(known.class(text), None, "{text}");
        }
        known.add(Class::User, "12065550142");
        assert_eq!(known.class("12065550142"), Some(Class::User));
    }
}
