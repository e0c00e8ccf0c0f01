//! Texts by number: what very many calls share is counted without looking at it each time.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Texts, each with a number of its own. Numbers say nothing else, and depend on the order in
/// which texts are met.
#[derive(Debug, Default)]
pub(crate) struct Texts<'v> {
    texts: Vec<Cow<'v, str>>,
    numbers: HashMap<Cow<'v, str>, u32, RandomState>,
    /// By where they are in memory, since facts keep most texts once.
    places: HashMap<(usize, usize), u32, RandomState>,
}

/// Places that are remembered. Facts that were read from elsewhere have each text many times.
const MAX_PLACES: usize = 1 << 16;

impl<'v> Texts<'v> {
    /// The number of a text.
    pub(crate) fn number(&mut self, text: Cow<'v, str>) -> u32 {
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        number
    }

    /// The number of a text that very likely was met at the same place in memory before.
    pub(crate) fn shared(&mut self, text: &'v str) -> u32 {
        // It stays there as long as `'v` lasts, and nothing else can be there.
        let place = (text.as_ptr().addr(), text.len());
        if let Some(number) = self.places.get(&place) {
            return *number;
        }
        let number = self.number(Cow::Borrowed(text));
        if self.places.len() < MAX_PLACES {
            self.places.insert(place, number);
        }
        number
    }

    /// Takes texts of other numbers. Gives the numbers that they have here, by those.
    pub(crate) fn take(&mut self, other: Texts<'v>) -> Vec<u32> {
        let texts = other.texts.into_iter();
        texts.map(|text| self.number(text)).collect()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The text of a number.
    pub(crate) fn get(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", |text| &**text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number_wherever_they_are() {
        let (one, other) = (
            "sip:ann@example.com".to_owned(),
            "sip:ann@example.com".to_owned(),
        );
        let mut texts = Texts::default();
        let number = texts.shared(&one);
        assert_eq!(texts.shared(&other), number);
        assert_eq!(texts.shared(&one), number);
        assert_eq!(texts.number(Cow::Owned(one.clone())), number);
        // The same place, and another text.
        let shorter = texts.shared(&one[..7]);
        assert_ne!(shorter, number);
        assert_eq!(texts.get(number), one);
        assert_eq!(texts.get(shorter), "sip:ann");
        assert_eq!(texts.shared(""), texts.number("".into()));
        let mut others = Texts::default();
        for text in ["sip:ben@example.com", "", "sip:ann@example.com"] {
            others.number(text.into());
        }
        let met = texts.len();
        let numbers = texts.take(others);
        assert_eq!(texts.len(), met + 1);
        assert_eq!(texts.get(numbers[0]), "sip:ben@example.com");
        assert_eq!(numbers[1..], [texts.shared(""), number]);
    }
}
