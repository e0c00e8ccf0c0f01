//! What one worker of a scan has read lately, so that it need not read it again.
//!
//! The messages of a dialog have the same `From` and `To`, those of a client the same
//! `User-Agent`. What such a value says is kept by a hash of it with a secret of the run: two
//! values are taken for one as often as two numbers of 64 bits are the same by chance.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use siptriage_diagnostics::HeaderName;
use siptriage_facts::{Name, NameAddr, Names, Writer, Zone, agent_name, writer};

use crate::message::{is_plain, may_describe, plain_text};
use crate::sip::HeaderLine;
use crate::stamps::PlainStamps;

/// How many values are kept of each kind: as many as fit into the cache of a processor.
const KEPT: usize = 2048;

/// What values say, of the last ones that were met.
#[derive(Debug)]
struct Lately<T>(Vec<(u64, T)>);

impl<T: Clone + Default> Lately<T> {
    fn new() -> Lately<T> {
        Lately(vec![(0, T::default()); KEPT])
    }

    /// What the value of this hash says.
    #[inline]
    fn get(&mut self, hash: u64, read: impl FnOnce() -> T) -> &T {
        // 0 marks an empty place.
        let hash = hash | 1;
        let place = &mut self.0[(hash >> 32) as usize % KEPT];
        if place.0 != hash {
            *place = (hash, read());
        }
        &place.1
    }
}

/// What one worker has read lately.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) values: KnownValues,
    pub(crate) writers: KnownWriters,
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
                agents: Lately::new(),
                describing: Lately::new(),
            },
            writers: KnownWriters::default(),
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
    /// Of user agents; those that are empty have no name.
    agents: Lately<Option<Option<Name>>>,
    /// Of content types, whether a session description may follow.
    describing: Lately<Option<bool>>,
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
        let from = self.from.get(secret.hash_one(raw.from), || {
            name_addr("From", raw.from, names)
        });
        let to = self
            .to
            .get(secret.hash_one(raw.to), || name_addr("To", raw.to, names));
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

fn name_addr(name: &'static str, raw: &[u8], names: &Names) -> Option<NameAddr> {
    let text = plain(name, raw)?;
    Some(NameAddr::read(text.trim(), names))
}
