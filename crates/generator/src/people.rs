//! Who calls whom, and from where. Everybody is made up; addresses are of the ranges kept for
//! documentation (RFC 5737).

use std::net::Ipv4Addr;

use crate::put::{Endpoint, put_random_hex};
use crate::rng::Rng;

/// A made-up company with its servers.
#[derive(Debug)]
pub(crate) struct Company {
    pub(crate) domain: &'static str,
    pub(crate) pool: &'static str,
    pub(crate) front_ends: [&'static str; 3],
    pub(crate) front_end_hosts: [Ipv4Addr; 3],
    /// Name and outer address of the access edge, which outside users and partners talk to.
    pub(crate) access_edge: &'static str,
    pub(crate) access_edge_host: Ipv4Addr,
    /// Outer addresses of the A/V edges, which relay media.
    pub(crate) relays: [Ipv4Addr; 2],
    pub(crate) subnet: Ipv4Addr,
}

pub(crate) static CONTOSO: Company = Company {
    domain: "contoso.com",
    pool: "pool01.contoso.com",
    front_ends: ["fe01.contoso.com", "fe02.contoso.com", "fe03.contoso.com"],
    front_end_hosts: [
        Ipv4Addr::new(192, 0, 2, 201),
        Ipv4Addr::new(192, 0, 2, 202),
        Ipv4Addr::new(192, 0, 2, 203),
    ],
    access_edge: "sip.contoso.com",
    access_edge_host: Ipv4Addr::new(203, 0, 113, 11),
    relays: [
        Ipv4Addr::new(203, 0, 113, 21),
        Ipv4Addr::new(203, 0, 113, 22),
    ],
    subnet: Ipv4Addr::new(192, 0, 2, 0),
};

pub(crate) static FABRIKAM: Company = Company {
    domain: "fabrikam.com",
    pool: "lyncpool.fabrikam.com",
    front_ends: [
        "lync1.fabrikam.com",
        "lync2.fabrikam.com",
        "lync3.fabrikam.com",
    ],
    front_end_hosts: [
        Ipv4Addr::new(198, 51, 100, 61),
        Ipv4Addr::new(198, 51, 100, 62),
        Ipv4Addr::new(198, 51, 100, 63),
    ],
    access_edge: "sip.fabrikam.com",
    access_edge_host: Ipv4Addr::new(203, 0, 113, 111),
    relays: [
        Ipv4Addr::new(203, 0, 113, 121),
        Ipv4Addr::new(203, 0, 113, 122),
    ],
    subnet: Ipv4Addr::new(198, 51, 100, 0),
};

/// What a person talks through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoints {
    /// A client of the maker of the server.
    Client,
    /// A device of another maker.
    ThirdParty,
    /// A telephone behind a gateway, seen through the Mediation Server. Its stack writes header
    /// names in capitals.
    Telephone,
}

/// A made-up person, or a telephone number.
#[derive(Debug)]
pub(crate) struct Person {
    /// Display name; may be empty.
    pub(crate) name: String,
    /// What follows `sip:` in this person's addresses; letters may be large or small.
    pub(crate) address: String,
    /// `sip:` and the address without parameters, lower case.
    pub(crate) address_of_record: String,
    /// Endpoint id.
    pub(crate) epid: String,
    pub(crate) user_agent: &'static str,
    pub(crate) endpoints: Endpoints,
    pub(crate) company: &'static Company,
    /// Inside the company's network.
    pub(crate) inside: bool,
    /// Address of the machine.
    pub(crate) host: Ipv4Addr,
    /// Address the Internet sees, for those outside.
    pub(crate) public: Option<Ipv4Addr>,
}

impl Person {
    /// Where this person's client has its connection to the server.
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint(self.host, 49_152 + u16::from(self.host.octets()[3]) * 7)
    }
}

/// Index of a person in the [`Directory`].
pub(crate) type PersonId = usize;

/// All people of a trace.
#[derive(Debug)]
pub(crate) struct Directory {
    people: Vec<Person>,
    /// The person whose PC writes client logs: at the desk, and at home.
    owner: [Person; 2],
}

/// The person whose PC writes client logs, at the desk.
pub(crate) const OWNER_INSIDE: PersonId = PersonId::MAX;
/// The same person at home.
pub(crate) const OWNER_OUTSIDE: PersonId = PersonId::MAX - 1;

pub(crate) const FIRST: [&str; 20] = [
    "Ada", "Ben", "Cleo", "Dov", "Elin", "Femi", "Gus", "Hana", "Ivo", "Jun", "Kaya", "Lev", "Mia",
    "Noor", "Otto", "Pia", "Quin", "Rosa", "Sven", "Tara",
];
pub(crate) const LAST: [&str; 16] = [
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gorse", "Hazel", "Ivy", "Juniper",
    "Kapok", "Larch", "Maple", "Nutmeg", "Oak", "Poplar",
];
/// Names beyond ASCII, for readers that must keep them.
const OTHER_SCRIPTS: [&str; 6] = [
    "Jörg Ölbaum",
    "Zoë Façade",
    "Ольга Берёза",
    "Νίκος Ελιάς",
    "桜 花子",
    "Łucja Żywopłot",
];
const USER_AGENTS: [&str; 4] = [
    "UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)",
    "UCCAPI/16.0.9126.2282 OC/16.0.9126.2282 (Skype for Business)",
    "UCCAPI/15.0.4569.1503 OC/15.0.4569.1503 (Microsoft Lync)",
    "UCCAPI/4.0.7577.4446 OC/4.0.7577.4446 (Microsoft Lync 2010)",
];
const THIRD_PARTY: [&str; 2] = [
    "ContosoRoom/2.1.4",
    "Purple/2.14.1 Sipe/1.25.0 (linux-x86_64)",
];
const TELEPHONES: usize = 30;

impl Directory {
    pub(crate) fn new(rng: &mut Rng) -> Directory {
        let mut people = Vec::new();
        for (number, last) in LAST.iter().enumerate() {
            for (place, first) in FIRST.iter().enumerate() {
                let index = number * FIRST.len() + place;
                people.push(client(rng, index, first, last));
            }
        }
        for number in 0..TELEPHONES {
            people.push(telephone(rng, number));
        }
        let owner = |rng: &mut Rng, host: Ipv4Addr, public: Option<Ipv4Addr>| Person {
            name: "Robin Rowan".to_owned(),
            address: "robin.rowan@contoso.com".to_owned(),
            address_of_record: "sip:robin.rowan@contoso.com".to_owned(),
            epid: epid(rng),
            user_agent: USER_AGENTS[0],
            endpoints: Endpoints::Client,
            company: &CONTOSO,
            inside: public.is_none(),
            host,
            public,
        };
        let desk = owner(rng, Ipv4Addr::new(192, 0, 2, 190), None);
        let public = Ipv4Addr::new(203, 0, 113, 251);
        let home = owner(rng, Ipv4Addr::new(198, 51, 100, 200), Some(public));
        Directory {
            people,
            owner: [desk, home],
        }
    }

    pub(crate) fn get(&self, id: PersonId) -> &Person {
        match id {
            OWNER_INSIDE => &self.owner[0],
            OWNER_OUTSIDE => &self.owner[1],
            id => &self.people[id],
        }
    }

    /// A person for whom `wanted` is true, who is not `other` and not the owner. The same as
    /// `other` only where nobody else is left, which does not happen for the conditions used
    /// here.
    pub(crate) fn choose(
        &self,
        rng: &mut Rng,
        other: PersonId,
        wanted: impl Fn(&Person) -> bool,
    ) -> PersonId {
        let len = self.people.len();
        let first = rng.below(len as u64) as usize;
        let mut turn = (first..len).chain(0..first);
        turn.find(|id| *id != other && wanted(&self.people[*id]))
            .unwrap_or(other)
    }
}

fn client(rng: &mut Rng, index: usize, first: &str, last: &str) -> Person {
    // Every fifth works for the partner, every third sits outside.
    let company: &'static Company = if index % 5 == 4 { &FABRIKAM } else { &CONTOSO };
    let inside = index % 3 != 2;
    let endpoints = if index % 29 == 7 {
        Endpoints::ThirdParty
    } else {
        Endpoints::Client
    };
    let address = format!(
        "{}.{}@{}",
        first.to_lowercase(),
        last.to_lowercase(),
        company.domain
    );
    // Some directories keep addresses as somebody typed them.
    let address = match index % 11 {
        3 => format!("{first}.{last}@{}", company.domain),
        8 => address.replace("@c", "@C").replace("@f", "@F"),
        _ => address,
    };
    let name = match index % 53 {
        7 | 31 => OTHER_SCRIPTS[index / 53 % OTHER_SCRIPTS.len()].to_owned(),
        17 | 40 => String::new(),
        _ => format!("{first} {last}"),
    };
    let low = index as u8; // 320 people share fewer addresses, as desks and homes do.
    let (host, public) = if !inside {
        let home = Ipv4Addr::new(198, 51, 100, 64 + low % 64);
        (home, Some(Ipv4Addr::new(203, 0, 113, 130 + low % 120)))
    } else if company.domain == CONTOSO.domain {
        (Ipv4Addr::new(192, 0, 2, 1 + low % 180), None)
    } else {
        (Ipv4Addr::new(198, 51, 100, 1 + low % 60), None)
    };
    let user_agent = match endpoints {
        Endpoints::ThirdParty => THIRD_PARTY[index % THIRD_PARTY.len()],
        _ => USER_AGENTS[index % USER_AGENTS.len()],
    };
    Person {
        name,
        address_of_record: format!("sip:{}", address.to_lowercase()),
        address,
        epid: epid(rng),
        user_agent,
        endpoints,
        company,
        inside,
        host,
        public,
    }
}

fn telephone(rng: &mut Rng, number: usize) -> Person {
    let address = format!(
        "+1{}555{:04}@{}",
        [206, 303, 404][number % 3],
        100 + number,
        "contoso.com"
    );
    Person {
        name: String::new(),
        address_of_record: format!("sip:{address}"),
        address: format!("{address};user=phone"),
        epid: epid(rng),
        user_agent: "RTCC/6.0.0.0 MediationServer",
        endpoints: Endpoints::Telephone,
        company: &CONTOSO,
        inside: true,
        host: Ipv4Addr::new(192, 0, 2, 221),
        public: None,
    }
}

pub(crate) fn epid(rng: &mut Rng) -> String {
    let mut text = Vec::new();
    put_random_hex(&mut text, rng, 10);
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_an_address_of_their_own_in_a_reserved_range() {
        let directory = Directory::new(&mut Rng::new(1));
        let mut seen = std::collections::BTreeSet::new();
        let owner = &directory.owner;
        assert_eq!(owner[0].address_of_record, owner[1].address_of_record);
        for person in directory.people.iter().chain(&owner[..1]) {
            assert!(seen.insert(&person.address_of_record), "{person:?}");
            let reserved = |host: &Ipv4Addr| host.is_documentation();
            assert!(
                reserved(&person.host) && person.public.iter().all(reserved),
                "{person:?}"
            );
            assert_eq!(person.public.is_some(), !person.inside);
        }
        for kind in [
            Endpoints::Client,
            Endpoints::ThirdParty,
            Endpoints::Telephone,
        ] {
            assert!(
                directory
                    .people
                    .iter()
                    .any(|person| person.endpoints == kind),
                "{kind:?}"
            );
        }
        assert!(
            directory
                .people
                .iter()
                .any(|person| !person.name.is_ascii())
        );
        assert!(
            directory
                .people
                .iter()
                .any(|person| person.address.contains('C'))
        );
    }
}
