//! The fields of media sections that judging asks for, all found in one pass: a section has ten
//! to twenty of them, and nearly every call has sections.

use memchr::memchr_iter;
use siptriage_facts::Pairs;

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

/// The first value of each [`Field`], whatever the case of its name, as [`Pairs::get`] gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fields<'f>([Option<&'f str>; Field::COUNT]);

impl<'f> Fields<'f> {
    pub(crate) fn of(pairs: &'f Pairs) -> Fields<'f> {
        let mut fields = Fields([None; Field::COUNT]);
        let text = pairs.as_str();
        let mut start = 0;
        for end in memchr_iter(0x1f, text.as_bytes()) {
            fields.offer(&text[start..end]);
            start = end + 1;
        }
        fields.offer(&text[start..]);
        fields
    }

    /// The value of a field.
    pub(crate) fn get(&self, field: Field) -> Option<&'f str> {
        self.0[field as usize]
    }

    /// Takes a pair if its name is asked for. Which names it can have, its first letters tell.
    fn offer(&mut self, pair: &'f str) {
        let bytes = pair.as_bytes();
        let letter = |at: usize| bytes.get(at).map_or(0, u8::to_ascii_lowercase);
        match letter(0) {
            b'l' => match (letter(5), letter(10)) {
                (b's', _) => self.take(pair, Field::LocalSite),
                (b'm', _) => self.take(pair, Field::LocalRelay),
                (b'l', _) => self.take(pair, Field::LocalLocation),
                (b'a', b'i') if letter(11) == b'p' => self.take(pair, Field::LocalAddress),
                (b'a', b'i') => self.take(pair, Field::LocalInside),
                _ => {}
            },
            b'r' => match (letter(6), letter(11)) {
                (b's', _) => self.take(pair, Field::RemoteSite),
                (b'm', _) => self.take(pair, Field::RemoteRelay),
                (b'l', _) => self.take(pair, Field::RemoteLocation),
                (b'a', b'i') if letter(12) == b'p' => self.take(pair, Field::RemoteAddress),
                (b'a', b'i') => self.take(pair, Field::RemoteInside),
                _ => self.take(pair, Field::RelayAddress),
            },
            b'f' => self.take(pair, Field::FederationType),
            b'i' => self.take(pair, Field::Ice),
            b'p' if letter(1) == b'o' => self.take(pair, Field::PortRange),
            b'p' => self.take(pair, Field::Protocol),
            b't' => self.take(pair, Field::Transport),
            b'=' => self.take(pair, Field::Unnamed),
            _ => {}
        }
    }

    #[inline(always)]
    fn take(&mut self, pair: &'f str, field: Field) {
        let name = field.name();
        let Some((own, rest)) = pair.split_at_checked(name.len()) else {
            return;
        };
        let value = match rest.strip_prefix('=') {
            Some(value) => value,
            None if rest.is_empty() => rest,
            None => return,
        };
        // Traces write them in one case.
        if own == name || own.eq_ignore_ascii_case(name) {
            self.0[field as usize].get_or_insert(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};

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
        let fields = Fields::of(pairs);
        for field in ALL {
            let name = field.name();
            assert_eq!(fields.get(field), pairs.get(name), "{name} of {pairs:?}");
        }
    }

    #[test]
    fn fields_are_what_a_search_for_each_of_them_finds() {
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
                check(&Pairs::new([(written.as_str(), "1")]));
                check(&Pairs::new([
                    (written.as_str(), "a=b"),
                    (*name, "2"),
                    (other, ""),
                ]));
                check(&Pairs::new([
                    (other, "é"),
                    (written.as_str(), ""),
                    (*name, "2"),
                ]));
            }
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
