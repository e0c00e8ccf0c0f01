//! What calls can be grouped by.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use siptriage_diagnostics::{IceWarn, field_value};
use siptriage_facts::{Stamp, Zone};

use crate::{Case, Location, Relay};

/// Something that calls have in common or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Address of record of the caller.
    User,
    /// Network of either end's media address, of so many bits as [`Groupings`] say.
    Subnet,
    /// Site of either end's media address, as [`Sites`] name it.
    Site,
    /// User agent of either end.
    UserAgent,
    /// What the call carries.
    Media,
    /// Where caller and callee are.
    LocationPair,
    /// `FederationType` of the media sections, in words where there are some.
    Federation,
    /// Media relay of either end, without port.
    Relay,
    /// Code of a diagnosis.
    Code,
    /// Mask of a media section.
    Mask,
    /// What is to be thought of the call.
    Verdict,
    /// The cause that the deciding rule names.
    Cause,
    /// What became of the call.
    Outcome,
    /// File in which the call was seen.
    File,
    /// Hour in which it began.
    Hour,
    /// Day on which it began.
    Day,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Dimension; 16] = [
        Dimension::User,
        Dimension::Subnet,
        Dimension::Site,
        Dimension::UserAgent,
        Dimension::Media,
        Dimension::LocationPair,
        Dimension::Federation,
        Dimension::Relay,
        Dimension::Code,
        Dimension::Mask,
        Dimension::Verdict,
        Dimension::Cause,
        Dimension::Outcome,
        Dimension::File,
        Dimension::Hour,
        Dimension::Day,
    ];

    /// The word of `--by`.
    pub const fn name(self) -> &'static str {
        match self {
            Dimension::User => "user",
            Dimension::Subnet => "subnet",
            Dimension::Site => "site",
            Dimension::UserAgent => "user-agent",
            Dimension::Media => "media",
            Dimension::LocationPair => "location-pair",
            Dimension::Federation => "federation",
            Dimension::Relay => "relay",
            Dimension::Code => "code",
            Dimension::Mask => "mask",
            Dimension::Verdict => "verdict",
            Dimension::Cause => "cause",
            Dimension::Outcome => "outcome",
            Dimension::File => "file",
            Dimension::Hour => "hour",
            Dimension::Day => "day",
        }
    }

    /// The dimension of this name.
    pub fn from_name(name: &str) -> Option<Dimension> {
        let mut all = Dimension::ALL.into_iter();
        all.find(|dimension| dimension.name() == name)
    }

    /// Whether a call can have several values of it.
    pub const fn is_many(self) -> bool {
        match self {
            Dimension::Subnet
            | Dimension::Site
            | Dimension::UserAgent
            | Dimension::Media
            | Dimension::Federation
            | Dimension::Relay
            | Dimension::Code
            | Dimension::Mask
            | Dimension::File => true,
            Dimension::User
            | Dimension::LocationPair
            | Dimension::Verdict
            | Dimension::Cause
            | Dimension::Outcome
            | Dimension::Hour
            | Dimension::Day => false,
        }
    }

    /// The different values that a call has of it; none where the trace does not tell.
    pub fn values<'v>(self, case: &Case<'v>, groupings: &'v Groupings) -> Vec<Cow<'v, str>> {
        let ends = [case.caller, case.callee];
        let sites = || {
            let sites = ends.iter().filter_map(|end| end.site);
            sites.filter_map(address)
        };
        match self {
            Dimension::User => one(case.caller.address.map(Cow::Borrowed)),
            Dimension::Subnet => {
                let subnets = sites().map(|address| groupings.subnet(address));
                different(subnets.map(|subnet| Cow::Owned(subnet.to_string())))
            }
            Dimension::Site => {
                let named = sites().filter_map(|address| groupings.sites.site(address));
                different(named.map(Cow::Borrowed))
            }
            Dimension::UserAgent => {
                let agents = ends.iter().filter_map(|end| end.agent);
                different(agents.map(Cow::Borrowed))
            }
            Dimension::Media => {
                // Not sorted: they have an order of their own.
                let words = case.dialog.modalities.words();
                words.map(Cow::Borrowed).collect()
            }
            Dimension::LocationPair => {
                let (caller, callee) = (case.caller.location, case.callee.location);
                let known = (caller, callee) != (Location::Unknown, Location::Unknown);
                let pair = || format!("{} / {}", caller.name(), callee.name());
                one(known.then(|| Cow::Owned(pair())))
            }
            Dimension::Federation => {
                let values = case
                    .media()
                    .filter_map(|media| media.field("FederationType"));
                let words = values.filter(|value| !value.is_empty()).map(|value| {
                    Cow::Borrowed(field_value("FederationType", value).unwrap_or(value))
                });
                different(words)
            }
            Dimension::Relay => {
                let relays = ends.iter().filter_map(|end| match end.relay {
                    Relay::Present(relay) => Some(without_port(relay)),
                    Relay::Absent | Relay::NotStated => None,
                });
                different(relays.filter(|relay| !relay.is_empty()).map(Cow::Borrowed))
            }
            Dimension::Code => case
                .codes()
                .map(|code| Cow::Owned(code.to_string()))
                .collect(),
            Dimension::Mask => {
                let masks: BTreeSet<IceWarn> =
                    case.media().filter_map(|media| media.mask).collect();
                masks
                    .iter()
                    .map(|mask| Cow::Owned(mask.to_string()))
                    .collect()
            }
            Dimension::Verdict => one(Some(Cow::Borrowed(case.decision.verdict.name()))),
            Dimension::Cause => one(case.decision.rule.map(|rule| Cow::Borrowed(&*rule.cause))),
            Dimension::Outcome => one(Some(Cow::Borrowed(case.outcome.name()))),
            Dimension::File => case.files().into_iter().map(Cow::Borrowed).collect(),
            Dimension::Hour => one(case.start.map(|start| Cow::Owned(hour(start)))),
            Dimension::Day => one(case.start.map(|start| Cow::Owned(day(start)))),
        }
    }
}

fn one(value: Option<Cow<'_, str>>) -> Vec<Cow<'_, str>> {
    value
        .filter(|value| !value.is_empty())
        .into_iter()
        .collect()
}

fn different<'v>(values: impl Iterator<Item = Cow<'v, str>>) -> Vec<Cow<'v, str>> {
    let mut values: Vec<Cow<'v, str>> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// The IP address of an end, whatever surrounds it.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    let address: IpAddr = text.parse().ok()?;
    Some(address.to_canonical())
}

/// An address of a relay without the port behind it: the value of [`Dimension::Relay`].
pub fn without_port(relay: &str) -> &str {
    if let Some((address, _)) = relay
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        return address;
    }
    let bytes = relay.as_bytes();
    let digits = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit());
    match bytes.len().checked_sub(digits.count() + 1) {
        // More than one colon is an IPv6 address without brackets: what is behind the last may
        // be a part of it.
        Some(colon) if bytes[colon] == b':' && !bytes[..colon].contains(&b':') => &relay[..colon],
        _ => relay,
    }
}

/// What is known of a zone, behind a time of it.
fn zone_mark(stamp: Stamp) -> String {
    match stamp.zone {
        Zone::Utc => "Z".to_owned(),
        Zone::Offset(_) => stamp.zone.to_string(),
        Zone::AssumedUtc | Zone::Local | Zone::Unknown => String::new(),
    }
}

/// `2026-03-02 09:00`, with `Z` or an offset where the trace gives one.
fn hour(stamp: Stamp) -> String {
    let text = stamp.to_string();
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    let hour = time.split(':').next().unwrap_or_default();
    format!("{date} {hour}:00{}", zone_mark(stamp))
}

/// `2026-03-02`, with `Z` or an offset where the trace gives one.
fn day(stamp: Stamp) -> String {
    let text = stamp.to_string();
    let date = text.split('T').next().unwrap_or_default();
    format!("{date}{}", zone_mark(stamp))
}

/// What the values of some dimensions depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groupings {
    /// Names of networks; without any, no call has a site.
    pub sites: Sites,
    /// Bits of a subnet of IPv4, at most 32.
    pub v4_bits: u8,
    /// Bits of a subnet of IPv6, at most 128.
    pub v6_bits: u8,
}

impl Default for Groupings {
    fn default() -> Self {
        Groupings {
            sites: Sites::default(),
            v4_bits: 24,
            v6_bits: 64,
        }
    }
}

impl Groupings {
    /// The subnet and the site of an end's media address ([`End::site`](crate::End::site)): the
    /// values of [`Dimension::Subnet`] and [`Dimension::Site`] that a call has of it. None where
    /// it is no IP address.
    pub fn place(&self, site: &str) -> Option<(String, Option<&str>)> {
        let address = address(site)?;
        let subnet = self.subnet(address).to_string();
        Some((subnet, self.sites.site(address)))
    }

    fn subnet(&self, address: IpAddr) -> Network {
        let bits = if address.is_ipv4() {
            self.v4_bits.min(32)
        } else {
            self.v6_bits.min(128)
        };
        Network::of(address, bits)
    }
}

/// The addresses that share their first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// The network of so many bits, at most those of its family, in which an address is.
    fn of(address: IpAddr, bits: u8) -> Network {
        let address = match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        };
        Network { address, bits }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Names of networks, as an administrator lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sites {
    named: BTreeMap<Network, String>,
    /// Lengths that occur, longest first.
    v4_bits: BTreeSet<std::cmp::Reverse<u8>>,
    v6_bits: BTreeSet<std::cmp::Reverse<u8>>,
}

/// A line of a list of sites that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitesError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, and what is wanted instead. May quote the line.
    pub message: String,
}

impl fmt::Display for SitesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for SitesError {}

impl Sites {
    /// Reads lines of `CIDR,name`: `203.0.113.0/24,Lab`. IPv4 and IPv6; an address without bits is
    /// a network of its own. A semicolon or a tab may stand for the comma, and quotes around
    /// either field. Empty lines and lines that start with `#` are skipped, and a first line of
    /// titles.
    ///
    /// # Errors
    /// The first line that is not one of these, or that names a network a second time; the last
    /// line where none names a network.
    pub fn parse(text: &str) -> Result<Sites, SitesError> {
        let mut sites = Sites::default();
        let mut lines_of: BTreeMap<Network, usize> = BTreeMap::new();
        let mut first = true;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let error = |message: String| SitesError {
                line: line_number,
                message,
            };
            let (network, name) = line
                .split_once([',', ';', '\t'])
                .ok_or_else(|| error("a comma and a name are missing: write CIDR,name".into()))?;
            let (network, name) = (unquoted(network), unquoted(name));
            let is_titles = !network.contains(['.', ':', '/']) && !network.is_empty();
            if std::mem::take(&mut first) && is_titles {
                continue;
            }
            let network = parse_network(&network).map_err(error)?;
            if name.is_empty() {
                return Err(error(format!("{network} has no name: write CIDR,name")));
            }
            if let Some(earlier) = lines_of.insert(network, line_number) {
                return Err(error(format!("{network} stands in line {earlier} already")));
            }
            let bits = match network.address {
                IpAddr::V4(_) => &mut sites.v4_bits,
                IpAddr::V6(_) => &mut sites.v6_bits,
            };
            bits.insert(std::cmp::Reverse(network.bits));
            sites.named.insert(network, name);
        }
        if sites.is_empty() {
            return Err(SitesError {
                line: text.lines().count().max(1),
                message: "no network is named up to here: write lines of CIDR,name".to_owned(),
            });
        }
        Ok(sites)
    }

    /// The name of the smallest network that this address is in.
    pub fn site(&self, address: IpAddr) -> Option<&str> {
        let address = address.to_canonical();
        let mut bits = match address {
            IpAddr::V4(_) => self.v4_bits.iter(),
            IpAddr::V6(_) => self.v6_bits.iter(),
        };
        bits.find_map(|bits| self.named.get(&Network::of(address, bits.0)))
            .map(String::as_str)
    }

    /// All names, each once, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names: BTreeSet<&str> = self.named.values().map(String::as_str).collect();
        names.into_iter()
    }

    /// Whether no network has a name.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }
}

/// A field without the quotes around it (RFC 4180, section 2).
fn unquoted(field: &str) -> String {
    let field = field.trim();
    let inner = field
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) => inner.replace("\"\"", "\"").trim().to_owned(),
        None => field.to_owned(),
    }
}

fn parse_network(text: &str) -> Result<Network, String> {
    let (start, bits) = match text.split_once('/') {
        Some((start, bits)) => (start.trim(), Some(bits.trim())),
        None => (text, None),
    };
    let address: IpAddr = start.parse().map_err(|_| {
        format!("{start:?} is no IP address: write 203.0.113.0/24 or 2001:db8::/32")
    })?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => most,
        Some(bits) => bits
            .parse()
            .ok()
            .filter(|bits| *bits <= most)
            .ok_or_else(|| format!("{bits:?} is no number of bits: write 0 to {most}"))?,
    };
    Ok(Network::of(address, bits))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_has_a_name_of_its_own() {
        for dimension in Dimension::ALL {
            assert_eq!(Dimension::from_name(dimension.name()), Some(dimension));
        }
        assert_eq!(Dimension::from_name("User"), None);
        assert_eq!(Dimension::from_name(""), None);
    }

    #[test]
    fn the_smallest_network_names_an_address() {
        let sites = Sites::parse(
            "\u{feff}Subnet,Site\r\n# Berlin\r\n203.0.113.0/24,Berlin\r\n\r\n\
             203.0.113.128/25 ; \"Berlin, \"\"new\"\" house\"\n198.51.100.7,Printer\n\
             2001:db8::/32,All of v6\n2001:db8:1::/48\tLab\n0.0.0.0/0,Elsewhere\n",
        )
        .unwrap();
        for (address, want) in [
            ("203.0.113.1", Some("Berlin")),
            ("203.0.113.200", Some("Berlin, \"new\" house")),
            ("::ffff:203.0.113.1", Some("Berlin")),
            ("198.51.100.7", Some("Printer")),
            ("198.51.100.8", Some("Elsewhere")),
            ("2001:db8:1::5", Some("Lab")),
            ("2001:db8:2::5", Some("All of v6")),
            ("::1", None),
        ] {
            assert_eq!(sites.site(address.parse().unwrap()), want, "{address}");
        }
        assert!(!sites.is_empty());
    }

    #[test]
    fn a_bad_line_is_named_with_what_is_wanted() {
        for (text, line, want) in [
            ("203.0.113.0/24", 1, "CIDR,name"),
            ("a,b\nc,d", 2, "no IP address"),
            ("203.0.113.0/33,x", 1, "0 to 32"),
            ("# x\n\n2001:db8::/129,x", 3, "0 to 128"),
            ("203.0.113.0/-1,x", 1, "0 to 32"),
            ("203.0.113.0/24,", 1, "no name"),
            ("203.0.113.0/24,\" \"", 1, "no name"),
            ("203.0.113.0/24,a\n203.0.113.9/24,b", 2, "line 1 already"),
            ("203.0.113/24,x", 1, "no IP address"),
            (",x", 1, "no IP address"),
            ("", 1, "no network"),
            ("cidr,name\n# nothing yet\n", 2, "no network"),
        ] {
            let error = Sites::parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text}");
            assert!(error.message.contains(want), "{error}");
            assert!(error.to_string().starts_with(&format!("line {line}: ")));
        }
    }

    #[test]
    fn subnets_have_as_many_bits_as_wanted() {
        let subnet = |text: &str, v4_bits, v6_bits| {
            let groupings = Groupings {
                v4_bits,
                v6_bits,
                ..Groupings::default()
            };
            groupings.subnet(address(text).unwrap()).to_string()
        };
        assert_eq!(subnet("203.0.113.77", 24, 64), "203.0.113.0/24");
        assert_eq!(subnet("203.0.113.77", 0, 64), "0.0.0.0/0");
        assert_eq!(subnet("203.0.113.77", 32, 64), "203.0.113.77/32");
        assert_eq!(subnet("203.0.113.77", 255, 64), "203.0.113.77/32");
        assert_eq!(subnet("[2001:db8:1:2:3::4]", 24, 64), "2001:db8:1:2::/64");
        assert_eq!(subnet("2001:db8::4%12", 24, 128), "2001:db8::4/128");
        assert_eq!(subnet("2001:db8::4", 24, 0), "::/0");
        assert_eq!(address("edge.example.com"), None);
    }

    #[test]
    fn relays_lose_their_port() {
        for (relay, want) in [
            ("192.0.2.7:50000", "192.0.2.7"),
            ("192.0.2.7", "192.0.2.7"),
            ("edge.example.com:443", "edge.example.com"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("", ""),
            (":", ""),
            ("192.0.2.7:", "192.0.2.7"),
            ("192.0.2.7:5x", "192.0.2.7:5x"),
            ("5", "5"),
            ("é:5", "é"),
            ("[é", "[é"),
        ] {
            assert_eq!(without_port(relay), want, "{relay}");
        }
    }

    #[test]
    fn hours_and_days_keep_what_is_known_of_their_zone() {
        let stamp = |zone| Stamp::from_civil((2026, 3, 2), (9, 59, 59), 1, zone).unwrap();
        for (zone, want_hour, want_day) in [
            (Zone::Local, "2026-03-02 09:00", "2026-03-02"),
            (Zone::Utc, "2026-03-02 09:00Z", "2026-03-02Z"),
            (
                Zone::Offset(-90),
                "2026-03-02 09:00-01:30",
                "2026-03-02-01:30",
            ),
        ] {
            assert_eq!(hour(stamp(zone)), want_hour);
            assert_eq!(day(stamp(zone)), want_day);
        }
    }
}
