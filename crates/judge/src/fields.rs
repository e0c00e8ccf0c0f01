//! The fields of media sections that judging asks for, all found in one pass: a section has ten
//! to twenty of them, and nearly every call has sections.

use siptriage_facts::PairsView;

/// A field that judging asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    FederationType,
    Ice,
    LocalAddress,
    LocalInside,
    LocalLocation,
    LocalRelay,
    LocalSite,
    PortRange,
    Protocol,
    RelayAddress,
    RemoteAddress,
    RemoteInside,
    RemoteLocation,
    RemoteRelay,
    RemoteSite,
    Transport,
    /// A value without a name.
    Unnamed,
}

impl Field {
    const COUNT: usize = Field::Unnamed as usize + 1;

    /// The name as traces write it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Field::FederationType => "FederationType",
            Field::Ice => "Ice",
            Field::LocalAddress => "LocalAddr.IPAddr",
            Field::LocalInside => "LocalAddr.Inside",
            Field::LocalLocation => "LocalLocation",
            Field::LocalRelay => "LocalMR",
            Field::LocalSite => "LocalSite",
            Field::PortRange => "PortRange",
            Field::Protocol => "Protocol",
            Field::RelayAddress => "RelayAddress.IPAddr",
            Field::RemoteAddress => "RemoteAddr.IPAddr",
            Field::RemoteInside => "RemoteAddr.Inside",
            Field::RemoteLocation => "RemoteLocation",
            Field::RemoteRelay => "RemoteMR",
            Field::RemoteSite => "RemoteSite",
            Field::Transport => "Transport",
            Field::Unnamed => "",
        }
    }
}

/// The first value of each [`Field`], whatever the case of its name, as [`PairsView::get`] gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fields<'f>([Option<&'f str>; Field::COUNT]);

/// Stands between names and between values, as [`PairsView::names`] says.
const BETWEEN: u8 = 0x1f;

/// The bytes of a word that stand between parts: the highest bit of each is set.
fn between(word: [u8; 8]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    // What is to be found is 0 now; all others keep or get their highest bit.
    let word = u64::from_le_bytes(word) ^ u64::from_le_bytes([BETWEEN; 8]);
    !(((word & LOW) + LOW) | word | LOW)
}

/// The parts of a text that U+001F stands between. They are short, and every section has a dozen: a
/// search for each end took 2 % of all instructions of a scan more.
struct Parts<'t> {
    text: &'t str,
    /// Where the next part begins; none if there is no further one.
    start: Option<usize>,
    /// Where the word is from which `found` comes.
    word: usize,
    /// Ends of parts in that word that are not behind yet.
    found: u64,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Parts<'t> {
        let mut parts = Parts {
            text,
            start: Some(0),
            word: 0,
            found: 0,
        };
        parts.found = parts.look();
        parts
    }

    /// The ends of parts in the word at `self.word`.
    fn look(&self) -> u64 {
        let text = &self.text.as_bytes()[self.word..];
        between(match text.first_chunk() {
            Some(word) => *word,
            None => {
                let mut word = [0; 8];
                word[..text.len()].copy_from_slice(text);
                word
            }
        })
    }
}

impl<'t> Iterator for Parts<'t> {
    type Item = &'t str;

    #[inline(always)]
    fn next(&mut self) -> Option<&'t str> {
        let start = self.start?;
        while self.found == 0 {
            self.word += 8;
            if self.word >= self.text.len() {
                self.start = None;
                return self.text.get(start..);
            }
            self.found = self.look();
        }
        let end = self.word + self.found.trailing_zeros() as usize / 8;
        self.found &= self.found - 1;
        self.start = Some(end + 1);
        self.text.get(start..end)
    }
}

/// Whether two names are equal but for the case of letters. Traces write names in one case.
#[cold]
#[inline(never)]
fn is_alike(own: &[u8], name: &[u8]) -> bool {
    own.eq_ignore_ascii_case(name)
}

impl<'f> Fields<'f> {
    pub(crate) fn of(pairs: PairsView<'f>) -> Fields<'f> {
        let mut fields = Fields([None; Field::COUNT]);
        if !pairs.is_empty() {
            let values = Parts::of(pairs.values());
            for (name, value) in Parts::of(pairs.names()).zip(values) {
                fields.offer(name.as_bytes(), value);
            }
        }
        fields
    }

    /// The value of a field.
    #[inline]
    pub(crate) fn get(&self, field: Field) -> Option<&'f str> {
        self.0[field as usize]
    }

    /// Takes a pair if its name is asked for. Which names it can have, some letters tell.
    #[inline(always)]
    fn offer(&mut self, name: &[u8], value: &'f str) {
        // In lower case. Other bytes become others, which is found out when names are compared.
        let letter = |at: usize| name.get(at).map_or(0, |byte| byte | 0x20);
        let mut take = |field| self.take(name, value, field);
        match letter(0) {
            b'l' => match letter(5) {
                b's' => take(Field::LocalSite),
                b'm' => take(Field::LocalRelay),
                b'l' => take(Field::LocalLocation),
                b'a' => match letter(11) {
                    b'p' => take(Field::LocalAddress),
                    b'n' => take(Field::LocalInside),
                    _ => {}
                },
                _ => {}
            },
            b'r' => match letter(6) {
                b's' => take(Field::RemoteSite),
                b'm' => take(Field::RemoteRelay),
                b'l' => take(Field::RemoteLocation),
                b'a' => match letter(12) {
                    b'p' => take(Field::RemoteAddress),
                    b'n' => take(Field::RemoteInside),
                    _ => {}
                },
                b'd' => take(Field::RelayAddress),
                _ => {}
            },
            b'f' => take(Field::FederationType),
            b'i' => take(Field::Ice),
            b'p' if letter(1) == b'o' => take(Field::PortRange),
            b'p' => take(Field::Protocol),
            b't' => take(Field::Transport),
            0 => take(Field::Unnamed),
            _ => {}
        }
    }

    #[inline(always)]
    fn take(&mut self, own: &[u8], value: &'f str, field: Field) {
        let name = field.name().as_bytes();
        if own.len() == name.len() && (own == name || is_alike(own, name)) {
            let kept = &mut self.0[field as usize];
            *kept = kept.or(Some(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};
    use siptriage_facts::{Names, Pairs};

    use super::*;

    const ALL: [Field; Field::COUNT] = [
        Field::FederationType,
        Field::Ice,
        Field::LocalAddress,
        Field::LocalInside,
        Field::LocalLocation,
        Field::LocalRelay,
        Field::LocalSite,
        Field::PortRange,
        Field::Protocol,
        Field::RelayAddress,
        Field::RemoteAddress,
        Field::RemoteInside,
        Field::RemoteLocation,
        Field::RemoteRelay,
        Field::RemoteSite,
        Field::Transport,
        Field::Unnamed,
    ];

    fn check(pairs: &Pairs) {
        let pairs = pairs.view();
        let fields = Fields::of(pairs);
        for field in ALL {
            let name = field.name();
            assert_eq!(fields.get(field), pairs.get(name), "{name} of {pairs:?}");
        }
    }

    #[test]
    fn fields_are_what_a_search_for_each_of_them_finds() {
        let shared = Names::default();
        let names: Vec<&str> = ALL.iter().map(|field| field.name()).collect();
        check(&Pairs::default());
        for name in &names {
            for written in [
                (*name).to_owned(),
                name.to_ascii_uppercase(),
                name.to_ascii_lowercase(),
                format!("{name}x"),
                format!("x{name}"),
                format!(" {name}"),
                format!("é{name}"),
                name.chars().rev().collect(),
                name.get(1..).unwrap_or_default().to_owned(),
            ] {
                let other = names[written.len() % names.len()];
                check(&Pairs::new([(written.as_str(), "1")], &shared));
                check(&Pairs::new(
                    [(written.as_str(), "a=b"), (*name, "2"), (other, "")],
                    &shared,
                ));
                check(&Pairs::new(
                    [(other, "é"), (written.as_str(), ""), (*name, "2")],
                    &shared,
                ));
            }
        }
        // Bytes that differ little from the one that stands between pairs.
        for text in [
            "Ice=1\u{1e}\u{1f}\u{20}\u{1f}Ice=2\u{1f}\u{1e}\u{9f}LocalMR=3",
            "\u{1e}\u{1f}\u{1e}",
        ] {
            let pairs = text
                .split('\u{1f}')
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            check(&Pairs::new(pairs, &shared));
        }
        // As facts may come from elsewhere: without the sign between name and value.
        for text in [
            "Ice",
            "ice\u{1f}Ice=1",
            "\u{1f}\u{1f}=x\u{1f}=y",
            "LocalMR\u{1f}",
        ] {
            let text: StrDeserializer<'_, Error> = text.into_deserializer();
            check(&Pairs::deserialize(text).expect("any text is one of pairs"));
        }
    }
}
