//! Where everybody is, and which way messages go.

use std::net::Ipv4Addr;

use crate::people::{CONTOSO, Endpoints, FABRIKAM, FIRST, LAST, Person, epid};
use crate::put::Endpoint;
use crate::rng::Rng;

/// A machine that sends, passes on or takes messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    /// The PC of an employee, whose client keeps a log.
    Client(usize),
    /// A desk telephone of an employee, or a device of another maker: no log.
    Device(usize),
    FrontEnd(usize),
    Edge(usize),
    /// The servers of the partner company, which keep their logs to themselves.
    Partner,
    /// The Mediation Server, which keeps none here.
    Gateway,
    /// The server of a conference.
    Conference,
}

/// Part that a person plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Employee,
    OtherMaker,
    Partner,
    Telephone,
}

/// Somebody who calls or is called.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) person: Person,
    pub(super) role: Role,
}

/// Everybody and everything.
#[derive(Debug)]
pub(super) struct Net {
    pub(super) actors: Vec<Actor>,
    front_ends: usize,
    edges: usize,
}

const PARTNERS: usize = 4;
const TELEPHONES: usize = 4;
const FRONT_END_NAMES: [&str; 4] = [
    "fe01.contoso.com",
    "fe02.contoso.com",
    "fe03.contoso.com",
    "fe04.contoso.com",
];
const EDGE_NAMES: [&str; 4] = [
    "edge01.contoso.com",
    "edge02.contoso.com",
    "edge03.contoso.com",
    "edge04.contoso.com",
];
/// Most servers of a kind.
pub(super) const MAX_SERVERS: usize = FRONT_END_NAMES.len();
/// Most employees; more would need names and addresses twice.
pub(super) const MAX_USERS: usize = 120;
const USER_AGENTS: [&str; 3] = [
    "UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)",
    "UCCAPI/16.0.9126.2282 OC/16.0.9126.2282 (Skype for Business)",
    "UCCAPI/15.0.4569.1503 OC/15.0.4569.1503 (Microsoft Lync)",
];

impl Net {
    /// So many employees, of whom every other works at home, and some others.
    pub(super) fn new(rng: &mut Rng, users: usize, front_ends: usize, edges: usize) -> Net {
        let mut actors = Vec::new();
        for index in 0..users.clamp(4, MAX_USERS) {
            actors.push(Actor {
                person: employee(rng, index),
                role: Role::Employee,
            });
        }
        for index in 0..2 {
            let mut person = employee(rng, MAX_USERS + index);
            person.endpoints = Endpoints::ThirdParty;
            person.user_agent = "ContosoRoom/2.1.4";
            person.inside = true;
            person.host = Ipv4Addr::new(192, 0, 2, 180 + index as u8);
            person.public = None;
            actors.push(Actor {
                person,
                role: Role::OtherMaker,
            });
        }
        for index in 0..PARTNERS {
            let mut person = employee(rng, MAX_USERS + 10 + index);
            person.company = &FABRIKAM;
            rename(&mut person, FABRIKAM.domain);
            person.inside = true;
            person.host = Ipv4Addr::new(198, 51, 100, 20 + index as u8);
            person.public = None;
            actors.push(Actor {
                person,
                role: Role::Partner,
            });
        }
        for index in 0..TELEPHONES {
            let mut person = employee(rng, MAX_USERS + 20 + index);
            person.name = String::new();
            person.address = format!("+1206555010{index}@contoso.com;user=phone");
            person.address_of_record = format!("sip:+1206555010{index}@contoso.com");
            person.user_agent = "RTCC/6.0.0.0 MediationServer";
            person.endpoints = Endpoints::Telephone;
            person.inside = true;
            person.host = Ipv4Addr::new(192, 0, 2, 221);
            person.public = None;
            actors.push(Actor {
                person,
                role: Role::Telephone,
            });
        }
        Net {
            actors,
            front_ends: front_ends.clamp(1, MAX_SERVERS),
            edges: edges.clamp(1, MAX_SERVERS),
        }
    }

    pub(super) fn person(&self, actor: usize) -> &Person {
        &self.actors[actor].person
    }

    /// The machine of an actor.
    pub(super) fn home(&self, actor: usize) -> Node {
        match self.actors[actor].role {
            Role::Employee => Node::Client(actor),
            Role::OtherMaker => Node::Device(actor),
            Role::Partner => Node::Partner,
            Role::Telephone => Node::Gateway,
        }
    }

    /// Whether a machine is on the Internet.
    pub(super) fn is_outside(&self, node: Node) -> bool {
        match node {
            Node::Client(actor) => !self.person(actor).inside,
            Node::Partner => true,
            _ => false,
        }
    }

    pub(super) fn front_end_of(&self, node: Node) -> Node {
        match node {
            Node::Client(actor) | Node::Device(actor) => Node::FrontEnd(actor % self.front_ends),
            Node::FrontEnd(_) => node,
            _ => Node::FrontEnd(0),
        }
    }

    /// From a machine to its Front End.
    fn up(&self, node: Node) -> Vec<Node> {
        let mut path = vec![node];
        if self.is_outside(node) {
            path.push(match node {
                Node::Client(actor) => Node::Edge(actor % self.edges),
                _ => Node::Edge(0),
            });
        }
        path.push(self.front_end_of(node));
        path
    }

    /// Every machine that a message passes, both ends included.
    pub(super) fn path(&self, from: Node, to: Node) -> Vec<Node> {
        let mut path = self.up(from);
        path.extend(self.up(to).into_iter().rev());
        path.dedup();
        path
    }

    /// Name of a machine that has one; others are known by their address.
    pub(super) fn name(&self, node: Node) -> &'static str {
        match node {
            Node::FrontEnd(index) => FRONT_END_NAMES[index],
            Node::Edge(index) => EDGE_NAMES[index],
            Node::Partner => FABRIKAM.access_edge,
            Node::Gateway => "med01.contoso.com",
            Node::Conference => "conf01.contoso.com",
            Node::Client(_) | Node::Device(_) => "",
        }
    }

    /// Address of a machine as the machine at the other end of a connection sees it.
    pub(super) fn address(&self, node: Node, peer: Node) -> Endpoint {
        let host = |low| Ipv4Addr::new(192, 0, 2, low);
        match node {
            Node::FrontEnd(index) => Endpoint(host(201 + index as u8), 5061),
            Node::Edge(index) if self.is_outside(peer) => {
                let outer = CONTOSO.access_edge_host.octets();
                Endpoint(
                    Ipv4Addr::new(outer[0], outer[1], outer[2], outer[3] + index as u8),
                    443,
                )
            }
            Node::Edge(index) => Endpoint(host(211 + index as u8), 5061),
            Node::Partner => Endpoint(FABRIKAM.access_edge_host, 5061),
            Node::Gateway => Endpoint(host(221), 5067),
            Node::Conference => Endpoint(host(231), 5063),
            Node::Client(actor) => {
                let person = self.person(actor);
                Endpoint(person.public.unwrap_or(person.host), person.endpoint().1)
            }
            Node::Device(actor) => Endpoint(host(100 + (actor % 80) as u8), 49_600),
        }
    }
}

/// The person `index`; everybody's name and address of record is their own.
fn employee(rng: &mut Rng, index: usize) -> Person {
    let (first, last) = (
        FIRST[index % FIRST.len()],
        LAST[(index / FIRST.len() * 5 + index) % LAST.len()],
    );
    let inside = index.is_multiple_of(2);
    let low = (index % MAX_USERS) as u8;
    let (host, public) = if inside {
        (Ipv4Addr::new(192, 0, 2, 10 + low), None)
    } else {
        (
            Ipv4Addr::new(198, 51, 100, 64 + low),
            Some(Ipv4Addr::new(203, 0, 113, 125 + low)),
        )
    };
    let mut person = Person {
        name: format!("{first} {last}"),
        address: format!("{}.{}", first.to_lowercase(), last.to_lowercase()),
        address_of_record: String::new(),
        epid: epid(rng),
        user_agent: USER_AGENTS[index % USER_AGENTS.len()],
        endpoints: Endpoints::Client,
        company: &CONTOSO,
        inside,
        host,
        public,
    };
    rename(&mut person, CONTOSO.domain);
    person
}

/// Gives the address a domain.
fn rename(person: &mut Person, domain: &str) {
    let local = person.address.split('@').next().unwrap_or_default();
    person.address = format!("{local}@{domain}");
    person.address_of_record = format!("sip:{}", person.address);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn everybody_is_somebody_else_at_a_reserved_address() {
        let net = Net::new(&mut Rng::new(1), MAX_USERS, 4, 4);
        let names: BTreeSet<_> = net
            .actors
            .iter()
            .map(|a| &a.person.address_of_record)
            .collect();
        assert_eq!(names.len(), net.actors.len());
        for actor in &net.actors {
            let person = &actor.person;
            assert!(person.host.is_documentation(), "{person:?}");
            assert!(
                person.public.iter().all(Ipv4Addr::is_documentation),
                "{person:?}"
            );
        }
    }

    #[test]
    fn messages_pass_the_edge_where_an_end_is_outside() {
        let net = Net::new(&mut Rng::new(1), 8, 2, 1);
        let (inside, outside) = (Node::Client(2), Node::Client(1));
        let (fe, other, edge) = (Node::FrontEnd(0), Node::FrontEnd(1), Node::Edge(0));
        assert_eq!(
            net.path(inside, Node::Client(4)),
            [inside, fe, Node::Client(4)]
        );
        assert_eq!(
            net.path(outside, inside),
            [outside, edge, other, fe, inside]
        );
        assert_eq!(net.path(fe, Node::Partner), [fe, edge, Node::Partner]);
        assert_eq!(
            net.path(edge, outside),
            [edge, fe, other, edge, outside],
            "an answer of the Edge goes the way of the request back"
        );
    }
}
