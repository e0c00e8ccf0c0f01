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
    Gist, Name, NameAddr, Names, UriSays, Writer, Zone, address_name, agent_name, writer,
};

use crate::extract::{extract_line, shared_values};
use crate::frame::Dress;
use crate::message::{is_plain, may_describe, plain_text};
use crate::plain::has_any;
use crate::session::Session;
use crate::sip::HeaderLine;
use crate::stamps::PlainStamps;

/// How many values are kept of each kind: as many as fit into the cache of a processor.
const KEPT: usize = 2048;

/// How many diagnoses are kept: they are larger, and come again soon or never.
const DIAGNOSES: usize = 256;

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

    /// What the value of this hash says.
    #[inline]
    fn get(&mut self, hash: u64, read: impl FnOnce() -> T) -> &mut T {
        // 0 marks an empty place.
        let hash = hash | 1;
        let at = (hash >> 32) as usize & (self.0.len() - 1);
        let place = &mut self.0[at];
        if place.0 != hash {
            *place = (hash, read());
        }
        &mut place.1
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
                agents: Lately::new(),
                describing: Lately::new(),
            },
            writers: KnownWriters::default(),
            sessions: KnownSessions {
                secret: RandomState::default(),
                kept: Lately::new(),
            },
            diagnoses: KnownDiagnoses {
                secret: RandomState::default(),
                kept: Lately::of(DIAGNOSES),
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
}

/// What a header line says that holds a diagnosis and nothing else.
#[derive(Debug, Clone)]
pub(crate) struct KnownDiagnosis {
    pub(crate) gist: Gist,
    /// What of it every hop writes alike.
    pub(crate) shared: String,
}

impl KnownDiagnoses {
    /// What this line says, if it can be told from the line alone. It is for the caller to put it
    /// back: the same place, to be filled.
    #[inline]
    pub(crate) fn place(&mut self, line: &[u8], names: &Names) -> &mut Option<Box<KnownDiagnosis>> {
        self.kept.get(self.secret.hash_one(line), || {
            let events = [extract_line(line)?];
            let [shared] = &mut shared_values(&events)[..] else {
                return None;
            };
            Some(Box::new(KnownDiagnosis {
                gist: Gist::of(&events[0], names)?,
                shared: std::mem::take(shared),
            }))
        })
    }
}

/// Writers of the file that is read, by whose log it is.
#[derive(Debug, Default)]
pub(crate) struct KnownWriters {
    known: Vec<(Option<Name>, Zone, Arc<Writer>)>,
    file: Option<Arc<str>>,
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

impl KnownWriters {
    /// The writer of a file that is a log of `owner`'s.
    #[inline]
    pub(crate) fn get(
        &mut self,
        file: &Arc<str>,
        owner: Option<&Name>,
        zone: Zone,
        names: &Names,
    ) -> &Arc<Writer> {
        /// Writers of one file that are kept; a log has one owner, a damaged one a few.
        const MOST: usize = 16;
        if self.file.as_ref().is_none_or(|own| !Arc::ptr_eq(own, file)) {
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
    // ASCII without anything that is an escape somewhere, so that it is read as it stands.
    let is_odd = |byte| !matches!(byte, b' '..=b'~') || matches!(byte, b'\\' | b'&');
    if has_any(raw, is_odd) {
        return None;
    }
    let value = std::str::from_utf8(raw.trim_ascii()).ok()?;
    let behind_name = match value.as_bytes() {
        [b'"', rest @ ..] => memchr::memchr(b'"', rest)? + 2,
        _ => 0,
    };
    let uri = value.get(behind_name..)?.strip_prefix("<sip:")?;
    let close = memchr::memchr(b'>', uri.as_bytes())?;
    let (uri, params) = (&uri[..close], &uri[close + 1..]);
    let odd = |byte| matches!(byte, b' ' | b'"' | b'<' | b'>' | b',' | b'?');
    if has_any(uri.as_bytes(), odd) || has_any(params.as_bytes(), odd) {
        return None;
    }
    if !(params.is_empty() || params.starts_with(';')) || params.ends_with([';', '.']) {
        return None;
    }
    let host = memchr::memchr(b';', uri.as_bytes()).map_or(uri, |end| &uri[..end]);
    // A port or an address of version 6 is for others to take apart.
    if host.is_empty() || memchr::memchr(b':', host.as_bytes()).is_some() {
        return None;
    }
    let start = behind_name + 1;
    let address = &value[start..start + "sip:".len() + host.len()];
    let mut tag = None;
    let mut rest = params;
    while let [b';', behind @ ..] = rest.as_bytes() {
        let end = memchr::memchr(b';', behind).map_or(rest.len(), |end| end + 1);
        if behind.len() >= 4 && behind[3] == b'=' && behind[..3].eq_ignore_ascii_case(b"tag") {
            tag = rest.get(5..end);
            break;
        }
        rest = &rest[end..];
    }
    Some((address, tag.filter(|tag| !tag.is_empty())))
}

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
