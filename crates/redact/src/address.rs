//! Tokens of IP addresses: addresses again, of networks that are not routed.
//!
//! Private addresses stay in their own block (RFC 1918, RFC 3927, RFC 6598), each octet put in
//! another order, so that a /24 stays a /24 and no address stays itself. Public ones go to
//! 240.0.0.0/4 (RFC 1112, section 4), which has room for 2^20 of them: that two networks get the
//! same place is found out by a table and mended. Of IPv6, local addresses stay local, and others
//! go to 3fff::/20 (RFC 9637), each /64 to a /64.

use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use crate::key::Key;

/// Networks of /24 in 240.0.0.0/4. The last one holds the broadcast address and is left out.
const PLACES: u32 = (1 << 20) - 1;

/// First octets of 240.0.0.0/4, as a number of a /24.
const RESERVED: u32 = 240 << 16;

/// Where public networks went.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    networks: Mutex<Networks>,
    /// Tokens that were made: most addresses come again and again.
    made: Mutex<HashMap<Ipv4Addr, Ipv4Addr>>,
}

#[derive(Debug, Default)]
struct Networks {
    /// The first three octets of public networks, and of their tokens.
    places: HashMap<u32, u32>,
    taken: HashSet<u32>,
}

impl Addresses {
    /// Gives places to public networks. In one order whatever order they are met in, so that every
    /// command on the same traces gives the same tokens.
    pub(crate) fn settle(&self, key: &Key, networks: impl IntoIterator<Item = u32>) {
        let mut wanted: Vec<(u64, u32)> = networks
            .into_iter()
            .map(|network| (key.number("network", &network.to_be_bytes()), network))
            .collect();
        wanted.sort_unstable();
        for (_, network) in wanted {
            self.place(key, network);
        }
    }

    fn place(&self, key: &Key, network: u32) -> u32 {
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = networks.places.get(&network) {
            return *place;
        }
        let first = key.number("network", &network.to_be_bytes()) % u64::from(PLACES);
        let first = first as u32;
        // The next free place; an address of 240.0.0.0/4 itself does not stay where it is.
        let free = (0..PLACES).map(|step| (first + step) % PLACES);
        let free = free
            .map(|place| RESERVED + place)
            .find(|place| !networks.taken.contains(place) && *place != network);
        // Traces with more than a million public networks share the first place.
        let place = free.unwrap_or(RESERVED + first);
        networks.taken.insert(place);
        networks.places.insert(network, place);
        place
    }

    /// The token of an address; addresses that say nothing of anybody stay.
    pub(crate) fn v4(&self, key: &Key, address: Ipv4Addr) -> Ipv4Addr {
        if keeps(address) {
            return address;
        }
        let made = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = made().get(&address) {
            return *token;
        }
        let token = self.make_v4(key, address);
        made().insert(address, token);
        token
    }

    fn make_v4(&self, key: &Key, address: Ipv4Addr) -> Ipv4Addr {
        let [a, b, c, d] = address.octets();
        // The network itself stays the network; its place is given to whom it was for.
        let turn = |octet| turned(key, &[a, b, c], 0, 256, octet);
        let host = match d {
            0 => 0,
            d => match turn(d) {
                0 => turn(0),
                host => host,
            },
        };
        match [a, b, c] {
            [10, b, c] => {
                let second = turned(key, &[10], 0, 256, b);
                Ipv4Addr::new(10, second, turned(key, &[10, b], 0, 256, c), host)
            }
            [172, b @ 16..=31, c] => {
                let second = turned(key, &[172], 16, 16, b);
                Ipv4Addr::new(172, second, turned(key, &[172, b], 0, 256, c), host)
            }
            [100, b @ 64..=127, c] => {
                let second = turned(key, &[100], 64, 64, b);
                Ipv4Addr::new(100, second, turned(key, &[100, b], 0, 256, c), host)
            }
            [192, 168, c] => Ipv4Addr::new(192, 168, turned(key, &[192, 168], 0, 256, c), host),
            [169, 254, c] => Ipv4Addr::new(169, 254, turned(key, &[169, 254], 0, 256, c), host),
            _ => {
                let place = self.place(key, address.to_bits() >> 8);
                Ipv4Addr::from_bits(place << 8 | u32::from(host))
            }
        }
    }

    /// The same for IPv6.
    pub(crate) fn v6(&self, key: &Key, address: Ipv6Addr) -> Ipv6Addr {
        if let Some(v4) = address.to_ipv4_mapped() {
            return self.v4(key, v4).to_ipv6_mapped();
        }
        if address.is_loopback() || address.is_unspecified() || address.is_multicast() {
            return address;
        }
        let bits = address.to_bits();
        let network = (bits >> 64) as u64;
        let network_code = || key.number("network6", &network.to_be_bytes());
        let network = match address.segments()[0] {
            // Link-local: one network for all.
            0xfe80..=0xfebf => network,
            // Unique local addresses stay such.
            0xfc00..=0xfdff => 0xfd << 56 | network_code() >> 8,
            _ => 0x3fff << 48 | network_code() >> 20,
        };
        // The network itself stays one.
        let host = match bits as u64 {
            0 => 0,
            _ => key.number("host6", &bits.to_be_bytes()),
        };
        Ipv6Addr::from_bits(u128::from(network) << 64 | u128::from(host))
    }
}

/// Whether an address says nothing of anybody: unspecified, loopback, multicast, broadcast.
fn keeps(address: Ipv4Addr) -> bool {
    address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || address.is_broadcast()
}

/// The first three octets of a public address, which [`Addresses::settle`] gives a place.
pub(crate) fn public_network(address: Ipv4Addr) -> Option<u32> {
    let private = matches!(
        address.octets(),
        [10, ..] | [172, 16..=31, ..] | [100, 64..=127, ..] | [192, 168, ..] | [169, 254, ..]
    );
    (!private && !keeps(address)).then_some(address.to_bits() >> 8)
}

/// `octet` of `count` from `from` on, put in another order that depends on what stands before it.
/// The order is one cycle (Sattolo's shuffle), so that none stays where it is.
fn turned(key: &Key, before: &[u8], from: u8, count: usize, octet: u8) -> u8 {
    let mut order: Vec<u8> = (0..count).map(|at| at as u8).collect();
    let mut random = Vec::with_capacity(count * 2 + 32);
    let mut block = 0u8;
    while random.len() < count * 2 {
        let mut seed = before.to_vec();
        seed.push(block);
        random.extend(key.mac("octet", &seed));
        block += 1;
    }
    for at in (1..count).rev() {
        let number = usize::from(u16::from_be_bytes([random[at * 2], random[at * 2 + 1]]));
        order.swap(at, number % at);
    }
    let at = usize::from(octet - from);
    order.get(at).map_or(octet, |place| from + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::from_bytes(b"a key for tests only").expect("long enough")
    }

    #[test]
    fn every_octet_goes_elsewhere_and_no_two_to_one_place() {
        for (before, from, count) in [
            (&[10u8][..], 0u8, 256usize),
            (&[172], 16, 16),
            (&[100], 64, 64),
            (&[192, 0, 2], 0, 256),
        ] {
            let all: Vec<u8> = (0..count).map(|at| from + at as u8).collect();
            let turned: HashSet<u8> = all
                .iter()
                .map(|octet| turned(&key(), before, from, count, *octet))
                .collect();
            assert_eq!(turned.len(), count);
            assert!(turned.iter().all(|octet| all.contains(octet)));
            assert!(
                all.iter()
                    .all(|octet| super::turned(&key(), before, from, count, *octet) != *octet)
            );
        }
    }

    #[test]
    fn private_stays_private_and_networks_stay_together() {
        let (key, addresses) = (key(), Addresses::default());
        let of = |text: &str| addresses.v4(&key, text.parse().expect("an address"));
        for [one, other, far] in [
            ["10.1.2.3", "10.1.2.4", "10.1.3.3"],
            ["172.20.0.1", "172.20.0.9", "172.21.0.1"],
            ["192.168.1.1", "192.168.1.2", "192.168.2.1"],
            ["192.0.2.1", "192.0.2.2", "198.51.100.1"],
        ] {
            let network = |text| of(text).to_bits() >> 8;
            assert_eq!(network(one), network(other));
            assert_ne!(of(one), of(other));
            assert_ne!(network(one), network(far));
            let address: Ipv4Addr = one.parse().expect("an address");
            assert_eq!(of(one).is_private(), address.is_private());
        }
        assert!(of("203.0.113.7").octets()[0] >= 240);
        assert_eq!(of("10.1.2.3").octets()[1], of("10.1.9.9").octets()[1]);
        for same in ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"] {
            assert_eq!(of(same).to_string(), same);
        }
    }

    #[test]
    fn no_two_public_networks_get_one_place_and_their_order_does_not_matter() {
        let key = key();
        // So many that some fall together.
        let networks: Vec<u32> = (0..5000).map(|n| (20 << 16) + n).collect();
        let [forth, back] = [Addresses::default(), Addresses::default()];
        forth.settle(&key, networks.iter().copied());
        back.settle(&key, networks.iter().rev().copied());
        let places = |addresses: &Addresses| -> Vec<u32> {
            networks
                .iter()
                .map(|network| addresses.place(&key, *network))
                .collect()
        };
        assert_eq!(places(&forth), places(&back));
        let different: HashSet<u32> = places(&forth).into_iter().collect();
        assert_eq!(different.len(), networks.len());
    }

    #[test]
    fn networks_of_ipv6_stay_together_and_local_ones_local() {
        let (key, addresses) = (key(), Addresses::default());
        let of = |text: &str| addresses.v6(&key, text.parse().expect("an address"));
        let network = |text: &str| of(text).to_bits() >> 64;
        assert_eq!(network("2001:db8::1"), network("2001:db8::2"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert!(of("2001:db8::1").to_string().starts_with("3fff:"));
        assert!(of("fd00::1").is_unique_local());
        assert!(of("fe80::1").is_unicast_link_local());
        assert_eq!(of("::1").to_string(), "::1");
        assert!(of("::ffff:192.0.2.1").to_ipv4_mapped().is_some());
    }
}
