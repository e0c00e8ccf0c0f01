//! What one worker of a scan has read lately, so that it need not read it again.
//!
//! The messages of a dialog have the same `From` and `To`, those of a client the same
//! `User-Agent`. What such a value says is kept by a hash of it with a secret of the run: two
//! values are taken for one as often as two numbers of 64 bits are the same by chance.

use std::hash::BuildHasher;
use std::sync::{Arc, LazyLock};

use foldhash::fast::RandomState;
use memchr::memmem::Finder;
use siptriage_diagnostics::HeaderName;
use siptriage_facts::{
    Gist, Name, NameAddr, Names, PartyTraits, UriSays, Writer, Zone, address_name, agent_name,
    location_traits, writer,
};

use crate::extract::{extract_line, shared_values};
use crate::frame::Dress;
use crate::message::{is_plain, may_describe, plain_text};
use crate::plain::ascii;
use crate::session::Session;
use crate::sip::HeaderLine;
use crate::stamps::PlainStamps;

/// How many values are kept of each kind: as many as fit into the cache of a processor.
const KEPT: usize = 2048;

/// How many are kept of what many share.
const FEW: usize = 256;

/// How many diagnoses of a file are kept: they come again soon or never. Those of all files would
/// stand between what is freed with each file, and keep that from being used again.
const DIAGNOSES: usize = 64;

/// What values say, of the last ones that were met.
#[derive(Debug)]
struct Lately<T>(Vec<(u64, T)>);

impl<T: Clone + Default> Lately<T> {
    fn new() -> Lately<T> {
        Lately::of(KEPT)
    }

    /// With places for so many: a power of two.
    fn of(kept: usize) -> Lately<T> {
        Lately(vec![(0, T::default()); kept])
    }

    /// Forgets all of them.
    fn clear(&mut self) {
        self.0.fill((0, T::default()));
    }

    /// What the value of this hash says.
    #[inline]
    fn get(&mut self, hash: u64, read: impl FnOnce() -> T) -> &mut T {
        let at = self.place(hash, read);
        &mut self.0[at].1
    }

    /// The place of what the value of this hash says.
    #[inline]
    fn place(&mut self, hash: u64, read: impl FnOnce() -> T) -> usize {
        // 0 marks an empty place.
        let hash = hash | 1;
        let at = (hash >> 32) as usize & (self.0.len() - 1);
        let place = &mut self.0[at];
        if place.0 != hash {
            *place = (hash, read());
        }
        at
    }
}

/// What one worker has read lately.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) values: KnownValues,
    pub(crate) writers: KnownWriters,
    pub(crate) sessions: KnownSessions,
    pub(crate) diagnoses: KnownDiagnoses,
    /// Stamps of the format that is read.
    pub(crate) stamps: PlainStamps,
}

impl Known {
    pub(crate) fn new() -> Known {
        Known {
            values: KnownValues {
                secret: RandomState::default(),
                from: Lately::new(),
                to: Lately::new(),
                addresses: Lately::new(),
                agents: Lately::of(FEW),
                describing: Lately::of(FEW),
                locations: Lately::of(FEW),
                challenges: Lately::of(FEW),
            },
            writers: KnownWriters::default(),
            sessions: KnownSessions {
                secret: RandomState::default(),
                kept: Lately::new(),
            },
            diagnoses: KnownDiagnoses {
                secret: RandomState::default(),
                kept: Lately::of(DIAGNOSES),
                file: None,
            },
            stamps: PlainStamps::default(),
        }
    }
}

/// What values of headers say. What is `None` is not written as programs write it.
#[derive(Debug)]
pub(crate) struct KnownValues {
    secret: RandomState,
    from: Lately<Option<NameAddr>>,
    to: Lately<Option<NameAddr>>,
    addresses: Lately<Option<Name>>,
    /// Of user agents; those that are empty have no name.
    agents: Lately<Option<Option<Name>>>,
    /// Of content types, whether a session description may follow.
    describing: Lately<Option<bool>>,
    locations: Lately<Option<PartyTraits>>,
    /// Of challenges, whether they are plain.
    challenges: Lately<bool>,
}

/// What session descriptions say, by body: a server logs each message when it comes and when it
/// goes.
#[derive(Debug)]
pub(crate) struct KnownSessions {
    secret: RandomState,
    kept: Lately<Session>,
}

impl KnownSessions {
    /// What the description in this body says, whose lines have this dress.
    #[inline]
    pub(crate) fn get(
        &mut self,
        body: &[u8],
        dress: Dress,
        read: impl FnOnce() -> Session,
    ) -> Session {
        let hash = self.secret.hash_one((dress as u8, body));
        *self.kept.get(hash, read)
    }
}

/// Diagnoses by header line: a message is logged by all who pass it on.
#[derive(Debug)]
pub(crate) struct KnownDiagnoses {
    secret: RandomState,
    kept: Lately<Option<Box<KnownDiagnosis>>>,
    /// Where they stand.
    file: Option<Name>,
}

/// What a header line says that holds a diagnosis and nothing else.
#[derive(Debug, Clone)]
pub(crate) struct KnownDiagnosis {
    pub(crate) gist: Gist,
    /// What of it every hop writes alike.
    pub(crate) shared: String,
}

/// A diagnosis that was taken out, and where it belongs.
#[derive(Debug)]
pub(crate) struct TakenDiagnosis {
    pub(crate) known: Box<KnownDiagnosis>,
    place: usize,
}

impl KnownDiagnoses {
    /// Takes out what this line of a file says, if it can be told from the line alone: to be counted,
    /// and given back.
    #[inline]
    pub(crate) fn take(
        &mut self,
        line: &[u8],
        file: &Name,
        names: &Names,
    ) -> Option<TakenDiagnosis> {
        if self.file.as_ref().is_none_or(|own| !own.is_same(file)) {
            self.kept.clear();
            self.file = Some(file.clone());
        }
        let place = self.kept.place(self.secret.hash_one(line), || {
            let events = [extract_line(line)?];
            let [shared] = &mut shared_values(&events)[..] else {
                return None;
            };
            Some(Box::new(KnownDiagnosis {
                gist: Gist::of(&events[0], names)?,
                shared: std::mem::take(shared),
            }))
        });
        let known = self.kept.0[place].1.take()?;
        Some(TakenDiagnosis { known, place })
    }

    /// Puts back what was taken out last.
    #[inline]
    pub(crate) fn give_back(&mut self, taken: TakenDiagnosis) {
        self.kept.0[taken.place].1 = Some(taken.known);
    }
}

/// Writers of the file that is read, by whose log it is.
#[derive(Debug, Default)]
pub(crate) struct KnownWriters {
    known: Vec<(Option<Name>, Zone, Arc<Writer>)>,
    file: Option<Name>,
}

/// The values of a message that are kept, each behind the colon of its header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'t> {
    pub(crate) from: &'t [u8],
    pub(crate) to: &'t [u8],
    /// Of `User-Agent`, else of `Server`, each if it is there.
    pub(crate) agents: [Option<&'t [u8]>; 2],
    pub(crate) content_type: Option<&'t [u8]>,
}

/// What the values say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'k> {
    pub(crate) from: &'k NameAddr,
    pub(crate) to: &'k NameAddr,
    pub(crate) agent: Option<&'k Name>,
    /// Whether the content type announces a session description; absent where there is none.
    pub(crate) describes: Option<bool>,
}

impl KnownValues {
    /// What the values of a message say; none where one is not plain.
    #[inline]
    pub(crate) fn read<'k>(&'k mut self, raw: &Raw<'_>, names: &Names) -> Option<Said<'k>> {
        let secret = &self.secret;
        let addresses = &mut self.addresses;
        let mut read = |name, raw| {
            let mut address_name = |address: &str| {
                let hash = secret.hash_one(address.as_bytes());
                let name = addresses.get(hash, || Some(address_name(address, names)));
                name.clone()
            };
            match plain_name_addr(raw) {
                Some((address, tag)) => {
                    let says = uri_says(raw.trim_ascii());
                    Some(NameAddr::of_parts(tag, address_name(address), says?))
                }
                None => {
                    let text = plain(name, raw)?;
                    Some(NameAddr::read(text.trim(), names))
                }
            }
        };
        let from = self
            .from
            .get(secret.hash_one(raw.from), || read("From", raw.from));
        let to = self.to.get(secret.hash_one(raw.to), || read("To", raw.to));
        let [client, server] = raw.agents;
        // The second one must be plain as well.
        if let Some(server) = server.filter(|_| client.is_some()) {
            plain("Server", server)?;
        }
        let agent = match (client, server) {
            (None, None) => None,
            (Some(agent), _) | (None, Some(agent)) => {
                let agent = self.agents.get(secret.hash_one(agent), || {
                    let text = plain("User-Agent", agent)?;
                    Some(agent_name(text.trim(), names))
                });
                agent.as_ref()?.as_ref()
            }
        };
        let describes = match raw.content_type {
            None => None,
            Some(kind) => {
                let known = self.describing.get(secret.hash_one(kind), || {
                    plain("Content-Type", kind).map(|kind| may_describe(&kind))
                });
                Some((*known)?)
            }
        };
        Some(Said {
            from: from.as_ref()?,
            to: to.as_ref()?,
            agent,
            describes,
        })
    }
}

impl KnownValues {
    /// Where an end says that it is, by `ms-endpoint-location-data`; none where that is not plain.
    #[inline]
    pub(crate) fn location(&mut self, raw: &[u8]) -> Option<PartyTraits> {
        *self.locations.get(self.secret.hash_one(raw), || {
            let text = plain("ms-endpoint-location-data", raw)?;
            Some(location_traits(text.trim()))
        })
    }

    /// Whether a challenge is plain.
    #[inline]
    pub(crate) fn is_plain_challenge(&mut self, raw: &[u8]) -> bool {
        let hash = self.secret.hash_one(raw);
        *self
            .challenges
            .get(hash, || plain("WWW-Authenticate", raw).is_some())
    }
}

impl KnownWriters {
    /// The writer of a file that is a log of `owner`'s.
    #[inline]
    pub(crate) fn get(
        &mut self,
        file: &Name,
        owner: Option<&Name>,
        zone: Zone,
        names: &Names,
    ) -> &Arc<Writer> {
        /// Writers of one file that are kept; a log has one owner, a damaged one a few.
        const MOST: usize = 16;
        if self.file.as_ref().is_none_or(|own| !own.is_same(file)) {
            self.known.clear();
            self.file = Some(file.clone());
        }
        let is_same = |own: &Option<Name>| match (own, owner) {
            (Some(own), Some(owner)) => own.is_same(owner),
            (None, None) => true,
            _ => false,
        };
        let known = self
            .known
            .iter()
            .position(|(own, own_zone, _)| is_same(own) && *own_zone == zone);
        let at = known.unwrap_or_else(|| {
            if self.known.len() >= MOST {
                self.known.clear();
            }
            let writer = writer(file, owner.cloned(), zone, names);
            self.known.push((owner.cloned(), zone, writer));
            self.known.len() - 1
        });
        &self.known[at].2
    }
}

/// The text of a header's value, of which `raw` is what stands behind the colon; none where it is
/// not plain.
pub(crate) fn plain<'t>(name: &'static str, raw: &'t [u8]) -> Option<std::borrow::Cow<'t, str>> {
    debug_assert!(
        HeaderName::from_name(name.as_bytes()).is_none(),
        "diagnoses are read elsewhere"
    );
    let header = HeaderLine {
        name: name.as_bytes(),
        value: raw.trim_ascii(),
    };
    // What lost line ends joined to a value begins behind a blank of it.
    is_plain(&header, raw, 0).then(|| plain_text(header.value))
}

/// What an address says of the session, of text that holds one; none where that is no UTF-8.
pub(crate) fn uri_says(text: &[u8]) -> Option<UriSays> {
    static CONFERENCE: LazyLock<Finder<'static>> =
        LazyLock::new(|| Finder::new(UriSays::CONFERENCE));
    match CONFERENCE.find(text) {
        Some(_) => Some(UriSays::read(std::str::from_utf8(text).ok()?)),
        None => Some(UriSays::default()),
    }
}

/// Address of record and tag of a `From` or `To` value as nearly all programs write it: a name in
/// quotes or none, a `sip:` address in angle brackets, parameters. None where it is written
/// otherwise.
fn plain_name_addr(raw: &[u8]) -> Option<(&str, Option<&str>)> {
    let mut value = raw;
    while let [b' ', behind @ ..] = value {
        value = behind;
    }
    while let [before @ .., b' '] = value {
        value = before;
    }
    // One look at each byte, and at one that has a meaning another one.
    let next = |from: usize, stops: u8| {
        let rest = value.get(from..).unwrap_or_default();
        let is_text = |byte: &u8| IN_ADDRESS[usize::from(*byte)] & stops == 0;
        from + rest.iter().take_while(|byte| is_text(byte)).count()
    };
    let open = match value {
        [b'"', ..] => {
            let close = next(1, ODD | QUOTE);
            (value.get(close) == Some(&b'"')).then_some(close + 1)?
        }
        _ => 0,
    };
    if !value.get(open..)?.starts_with(b"<sip:") {
        return None;
    }
    let host = open + b"<sip:".len();
    // A port or an address of version 6 is for others to take apart.
    let host_end = next(host, ODD | MARK | END | SEMICOLON | COLON);
    let close = match value.get(host_end)? {
        b'>' => host_end,
        b';' => next(host_end, ODD | MARK | END),
        _ => return None,
    };
    if host_end == host || value.get(close) != Some(&b'>') {
        return None;
    }
    let params = &value[close + 1..];
    if next(close + 1, ODD | MARK | END) < value.len()
        || !matches!(params, [] | [b';', ..])
        || matches!(params, [.., b';' | b'.'])
    {
        return None;
    }
    let address = ascii(&value[open + 1..host_end]);
    let mut at = close + 1;
    let mut tag = None;
    while at < value.len() {
        let end = next(at + 1, SEMICOLON);
        let param = &value[at + 1..end];
        if param.len() >= 4 && param[3] == b'=' && param[..3].eq_ignore_ascii_case(b"tag") {
            tag = Some(&param[4..]).filter(|tag| !tag.is_empty()).map(ascii);
            break;
        }
        at = end;
    }
    Some((address, tag))
}

/// No ASCII, or something that is an escape somewhere, so that it is not read as it stands.
const ODD: u8 = 1;
const QUOTE: u8 = 1 << 1;
/// What stands in no plain address and in no plain parameter.
const MARK: u8 = 1 << 2;
const END: u8 = 1 << 3;
const SEMICOLON: u8 = 1 << 4;
const COLON: u8 = 1 << 5;

/// What a byte is in an address.
static IN_ADDRESS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < kinds.len() {
        kinds[at] = match at as u8 {
            b'\\' | b'&' => ODD,
            b'"' => QUOTE | MARK,
            b' ' | b'<' | b',' | b'?' => MARK,
            b'>' => END,
            b';' => SEMICOLON,
            b':' => COLON,
            b'!'..=b'~' => 0,
            _ => ODD,
        };
        at += 1;
    }
    kinds
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_are_read_as_any_others() {
        let names = Names::default();
        for (value, is_plain) in [
            (
                r#" "Ann Example"<sip:ann@Contoso.com>;tag=1a;epid=2b"#,
                true,
            ),
            ("<sip:ann@contoso.com>", true),
            (
                "<sip:ann@contoso.com;gruu;opaque=app:conf:focus:id:7>;epid=2b;TAG=x",
                true,
            ),
            ("<sip:ann@contoso.com>;tag=", true),
            ("<sip:ann@contoso.com>;x;tag=5", true),
            ("<sip:ann@contoso.com>;;a=b;tagged=1;tag=5", true),
            ("<sip:ann@contoso.com>;ta;tag", true),
            ("<sip:+15550100@contoso.com;user=phone>;tag=5", true),
            ("\"\"<sip:ann@contoso.com>;tag=5", true),
            ("<sip:ann@contoso.com:5061>;tag=5", false),
            ("<sip:[2001:db8::1]>;tag=5", false),
            ("\"A \\\"B\\\"\" <sip:ann@contoso.com>;tag=5", false),
            ("Ann <sip:ann@contoso.com>;tag=5", false),
            ("\"Ann\" <sip:ann@contoso.com>;tag=5", false),
            ("sip:ann@contoso.com;tag=5", false),
            ("<tel:+15550100>;tag=5", false),
            ("<sip:ann@contoso.com>;tag=5;", false),
            ("<sip:ann@contoso.com>;tag=5.", false),
            ("<sip:ann@contoso.com> ;tag=5", false),
            ("<sip:ann@contoso.com>;tag = 5", false),
            ("<sip:ann@contoso.com>;tag=5&amp;", false),
            ("<sip:ann@contoso.com", false),
            ("<sip:>;tag=1", false),
            ("\t<sip:ann@contoso.com>;tag=5", false),
            ("<sip:ann@contoso.com>;tag=5\t", false),
            ("<sip:ann@contoso.com>;tag=\u{e9}", false),
            ("<sip:ann@contoso.com;x:5061>;tag=5", true),
            ("  <sip:ann@contoso.com>;tag=5  ", true),
            ("", false),
        ] {
            let found = plain_name_addr(value.as_bytes());
            assert_eq!(found.is_some(), is_plain, "{value}");
            let Some((address, tag)) = found else {
                continue;
            };
            let address = Some(address_name(address, &names));
            let says = uri_says(value.as_bytes()).unwrap();
            let text = plain("From", value.as_bytes()).expect(value);
            assert_eq!(
                NameAddr::of_parts(tag, address, says),
                NameAddr::read(text.trim(), &names),
                "{value}"
            );
        }
    }
}
