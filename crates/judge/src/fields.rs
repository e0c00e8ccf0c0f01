//! The fields of media sections that judging asks for, all found in one pass: a section has ten
//! to twenty of them, and nearly every call has sections.

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

/// Stands between pairs, as [`Pairs::as_str`] says.
const BETWEEN: u8 = 0x1f;

/// The bytes of a word that stand between pairs: the highest bit of each is set.
fn between(word: [u8; 8]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    // What is to be found is 0 now; all others keep or get their highest bit.
    let word = u64::from_le_bytes(word) ^ u64::from_le_bytes([BETWEEN; 8]);
    !(((word & LOW) + LOW) | word | LOW)
}

/// Letters in lower case, and other bytes as something: what is equal may not be the same.
const fn lower(word: u64) -> u64 {
    word | 0x2020_2020_2020_2020
}

impl<'f> Fields<'f> {
    pub(crate) fn of(pairs: &'f Pairs) -> Fields<'f> {
        let mut fields = Fields([None; Field::COUNT]);
        let text = pairs.as_str();
        let mut start = 0;
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        for (place, word) in words.iter().enumerate() {
            let mut found = between(*word);
            while found != 0 {
                let end = place * 8 + found.trailing_zeros() as usize / 8;
                fields.offer(text, start, end);
                start = end + 1;
                found &= found - 1;
            }
        }
        for (place, _) in rest
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == BETWEEN)
        {
            let end = words.len() * 8 + place;
            fields.offer(text, start, end);
            start = end + 1;
        }
        fields.offer(text, start, text.len());
        fields
    }

    /// The value of a field.
    #[inline]
    pub(crate) fn get(&self, field: Field) -> Option<&'f str> {
        self.0[field as usize]
    }

    /// Takes the pair that stands from `start` to `end` if its name is asked for. Which name it
    /// can have, its first bytes tell, whatever their case.
    #[inline(always)]
    fn offer(&mut self, text: &'f str, start: usize, end: usize) {
        const fn front(name: &[u8; 8]) -> u64 {
            lower(u64::from_le_bytes(*name))
        }
        const LOCAL_SITE: u64 = front(b"LocalSit");
        const LOCAL_RELAY: u64 = front(b"LocalMR=");
        const LOCAL_LOCATION: u64 = front(b"LocalLoc");
        const LOCAL_ADDRESS: u64 = front(b"LocalAdd");
        const REMOTE_SITE: u64 = front(b"RemoteSi");
        const REMOTE_RELAY: u64 = front(b"RemoteMR");
        const REMOTE_LOCATION: u64 = front(b"RemoteLo");
        const REMOTE_ADDRESS: u64 = front(b"RemoteAd");
        const RELAY_ADDRESS: u64 = front(b"RelayAdd");
        const FEDERATION_TYPE: u64 = front(b"Federati");
        const PORT_RANGE: u64 = front(b"PortRang");
        const PROTOCOL: u64 = front(b"Protocol");
        const TRANSPORT: u64 = front(b"Transpor");
        const ICE: u64 = front(b"Ice=\0\0\0\0") & 0xffff_ffff;

        let Some(pair) = text
            .as_bytes()
            .get(start..end)
            .filter(|pair| !pair.is_empty())
        else {
            return;
        };
        let mut take = |field| self.take(text, (start, end), pair, field);
        let Some(front) = pair.first_chunk::<8>() else {
            // Short ones can be these only.
            for field in [Field::LocalRelay, Field::Ice, Field::Unnamed] {
                take(field);
            }
            return;
        };
        match lower(u64::from_le_bytes(*front)) {
            LOCAL_SITE => take(Field::LocalSite),
            LOCAL_RELAY => take(Field::LocalRelay),
            LOCAL_LOCATION => take(Field::LocalLocation),
            LOCAL_ADDRESS => {
                take(Field::LocalAddress);
                take(Field::LocalInside);
            }
            REMOTE_SITE => take(Field::RemoteSite),
            REMOTE_RELAY => take(Field::RemoteRelay),
            REMOTE_LOCATION => take(Field::RemoteLocation),
            REMOTE_ADDRESS => {
                take(Field::RemoteAddress);
                take(Field::RemoteInside);
            }
            RELAY_ADDRESS => take(Field::RelayAddress),
            FEDERATION_TYPE => take(Field::FederationType),
            PORT_RANGE => take(Field::PortRange),
            PROTOCOL => take(Field::Protocol),
            TRANSPORT => take(Field::Transport),
            front if front & 0xffff_ffff == ICE => take(Field::Ice),
            _ if pair[0] == b'=' => take(Field::Unnamed),
            _ => {}
        }
    }

    #[inline(always)]
    fn take(&mut self, text: &'f str, (start, end): (usize, usize), pair: &[u8], field: Field) {
        let name = field.name().as_bytes();
        let value = match pair.get(name.len()) {
            Some(b'=') => start + name.len() + 1,
            None if pair.len() == name.len() => end,
            _ => return,
        };
        let own = &pair[..name.len()];
        // Traces write them in one case.
        if own == name || own.eq_ignore_ascii_case(name) {
            let kept = &mut self.0[field as usize];
            *kept = kept.or_else(|| text.get(value..end));
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
        // Bytes that differ little from the one that stands between pairs.
        for text in [
            "Ice=1\u{1e}\u{1f}\u{20}\u{1f}Ice=2\u{1f}\u{1e}\u{9f}LocalMR=3",
            "\u{1e}\u{1f}\u{1e}",
        ] {
            let pairs = text
                .split('\u{1f}')
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            check(&Pairs::new(pairs));
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
