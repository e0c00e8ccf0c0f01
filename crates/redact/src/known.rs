//! Identifiers that were seen where they cannot be mistaken, to be found where they can.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::token::Class;
use crate::words::is_common;

/// Fewest characters of what is looked for everywhere.
const MIN_LEN: usize = 3;

/// Fewest digits of a number that is looked for everywhere: shorter ones are ports, codes, lengths.
const MIN_DIGITS: usize = 7;

/// Identifiers, to be found by their first word.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// How many characters those have that begin with a word; few different numbers, however many
    /// begin so.
    lengths: HashMap<String, BTreeSet<usize>>,
    /// All of them in lower case, with what they are, and what the token is made of where that is
    /// something else: the domain of an organisation's name.
    phrases: HashMap<String, (Class, Option<String>)>,
    /// The first three octets of public addresses.
    pub(crate) networks: HashSet<u32>,
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
        let known = self.phrases.get(&text);
        if known.is_some_and(|(known, _)| *known <= class) {
            return;
        }
        let Some(first) = first_word(&text) else {
            return;
        };
        let lengths = self.lengths.entry(first.to_owned()).or_default();
        lengths.insert(chars);
        let of = of.map(str::to_owned);
        self.phrases.insert(text, (class, of));
    }

    /// What a whole text is, if it is known.
    pub(crate) fn class(&self, text: &str) -> Option<Class> {
        let known = self.phrases.get(&text.trim().to_lowercase());
        known.map(|(class, _)| *class)
    }

    /// The longest identifier at the front of a text whose first word is `word`: its length in the
    /// text, what it is, and what its token is made of.
    pub(crate) fn at<'t>(&'t self, text: &'t str, word: &str) -> Option<(usize, Class, &'t str)> {
        if self.phrases.is_empty() {
            return None;
        }
        let lengths = match word
            .bytes()
            .any(|b| b.is_ascii_uppercase() || !b.is_ascii())
        {
            true => self.lengths.get(&word.to_lowercase()),
            false => self.lengths.get(word),
        }?;
        lengths.iter().rev().find_map(|chars| {
            let len = match text.char_indices().nth(*chars) {
                Some((len, _)) => len,
                None if text.chars().count() == *chars => text.len(),
                None => return None,
            };
            let behind = text[len..].chars().next();
            let ends = !behind.is_some_and(char::is_alphanumeric)
                || !text[..len].ends_with(char::is_alphanumeric);
            let (class, of) = ends.then(|| self.phrases.get(&text[..len].to_lowercase()))??;
            Some((len, *class, of.as_deref().unwrap_or(&text[..len])))
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
