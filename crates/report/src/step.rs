//! Things to be done, in an order: what a rule says that is to be checked.

use crate::visible::visible;

/// The name of what would prove a cause wrong.
pub(crate) const DISPROOF: &str = "Wrong if";

/// Something to be done, one of several in an order. Our own words, or those of a rule in which
/// nothing is left that a terminal obeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its place in the order, from 1.
    pub number: usize,
    /// What it is, in a sentence.
    pub what: String,
    /// What else is to be said of it; may be empty.
    pub more: String,
    /// Where, how, ….
    pub details: Vec<(&'static str, String)>,
}

impl Step {
    /// A check. The details are where to look, the path, and what would prove the cause wrong;
    /// each may be empty.
    pub(crate) fn of_check(number: usize, what: &str, details: [&str; 3]) -> Step {
        let words = visible(what.trim());
        let (first, more) = first_sentence(&words);
        let details = ["Where", "Path", DISPROOF].into_iter().zip(details);
        let details = details.filter(|(_, text)| !text.trim().is_empty());
        Step {
            number,
            what: first.to_owned(),
            more: more.to_owned(),
            details: details
                .map(|(name, text)| (name, visible(text.trim()).into_owned()))
                .collect(),
        }
    }

    /// All of it in one line.
    pub(crate) fn in_line(&self) -> String {
        let mut text = format!("{}. {}", self.number, self.what);
        if !self.more.is_empty() {
            text.push(' ');
            text.push_str(&self.more);
        }
        for (name, words) in &self.details {
            if !text.ends_with(['.', '?', '!', ':']) {
                text.push('.');
            }
            text.push_str(&format!(" {name}: {words}"));
        }
        text
    }
}

/// A text in two: its first sentence, and what follows.
fn first_sentence(text: &str) -> (&str, &str) {
    let ends = text.match_indices(['.', '?', '!']);
    // A capital letter behind the mark: `e.g. this` ends no sentence.
    let end = ends.map(|(index, _)| index + 1).find(|index| {
        let mut rest = text[*index..].chars();
        rest.next() == Some(' ') && rest.next().is_some_and(char::is_uppercase)
    });
    match end {
        Some(end) => (&text[..end], text[end..].trim_start()),
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_of_a_check_is_what_to_look_at() {
        for (text, first, rest) in [
            ("", "", ""),
            ("Is it open?", "Is it open?", ""),
            ("Is it open? Try it.", "Is it open?", "Try it."),
            (
                "Look at TCP 443, e.g. from a PC. Then ask.",
                "Look at TCP 443, e.g. from a PC.",
                "Then ask.",
            ),
            ("Version 4.0 or later", "Version 4.0 or later", ""),
            ("Ä? Ö!", "Ä?", "Ö!"),
        ] {
            assert_eq!(first_sentence(text), (first, rest));
        }
    }
}
