//! In what the calls of a finding may concentrate.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use siptriage_judge::{Case, Dimension, End, Groupings, Location, Relay, without_port};

use super::texts::Texts;

/// In what a finding may concentrate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// In a value of a dimension.
    Of(Dimension),
    /// In the one who is called: what is wrong may well be wrong at that end.
    Callee,
}

impl Telling {
    /// All of them, the most telling first.
    pub(crate) const ALL: [Telling; 8] = [
        Telling::Of(Dimension::User),
        Telling::Callee,
        Telling::Of(Dimension::Subnet),
        Telling::Of(Dimension::Site),
        Telling::Of(Dimension::UserAgent),
        Telling::Of(Dimension::Relay),
        Telling::Of(Dimension::LocationPair),
        Telling::Of(Dimension::File),
    ];

    /// The word that programs read.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Telling::Of(dimension) => dimension.name(),
            Telling::Callee => "callee",
        }
    }
}

/// The different values of a call, for each of [`Telling::ALL`], by the numbers of texts: what
/// [`Dimension::values`] gives, found for many calls in little time.
#[derive(Debug)]
pub(crate) struct TellingValues<'v> {
    groupings: &'v Groupings,
    values: [Vec<u32>; Telling::ALL.len()],
    /// Subnet and site of media addresses that were met.
    sites: HashMap<&'v str, (Option<u32>, Option<u32>), RandomState>,
    /// For each two locations.
    pairs: [Option<u32>; 9],
    /// The file that was met last, which nearly always is the next one too.
    file: Option<(&'v str, u32)>,
}

/// Media addresses that are remembered.
const MAX_SITES: usize = 1 << 16;

impl<'v> TellingValues<'v> {
    pub(crate) fn new(groupings: &'v Groupings) -> TellingValues<'v> {
        TellingValues {
            groupings,
            values: Default::default(),
            sites: HashMap::default(),
            pairs: [None; 9],
            file: None,
        }
    }

    /// The values of the call that was read last.
    pub(crate) fn all(&self) -> &[Vec<u32>; Telling::ALL.len()] {
        &self.values
    }

    /// Finds the values of a call of this caller.
    pub(crate) fn read(&mut self, case: &Case<'v>, caller: Option<u32>, texts: &mut Texts<'v>) {
        self.values.iter_mut().for_each(Vec::clear);
        let is_named = |address: &&str| !address.is_empty();
        let ends = [&case.caller, &case.callee];
        let places = ends.map(|end| end.site.map(|site| self.place(site, texts)));
        let pair = self.pair(case.location_pair(), texts);
        let file = &mut self.file;
        let [users, callees, subnets, sites, agents, relays, pairs, files] = &mut self.values;
        users.extend(case.caller.address.filter(is_named).and(caller));
        let callee = case.callee.address.filter(is_named);
        callees.extend(callee.map(|callee| texts.shared(callee)));
        for (subnet, site) in places.into_iter().flatten() {
            subnet.into_iter().for_each(|subnet| add(subnets, subnet));
            site.into_iter().for_each(|site| add(sites, site));
        }
        for agent in ends.iter().filter_map(|end| end.agent) {
            add(agents, texts.shared(agent));
        }
        for relay in ends.iter().filter_map(|end| relay_of(end)) {
            add(relays, texts.number(Cow::Borrowed(relay)));
        }
        pairs.extend(pair);
        for writer in case.dialog.sights.writers() {
            add(files, number_of_file(&writer.file, file, texts));
        }
        for (_, sightings) in case.dialog.diagnoses() {
            for place in sightings.places.iter() {
                add(files, number_of_file(&place.file, file, texts));
            }
        }
    }

    /// Subnet and site of a media address.
    fn place(&mut self, site: &'v str, texts: &mut Texts<'v>) -> (Option<u32>, Option<u32>) {
        if let Some(known) = self.sites.get(site) {
            return *known;
        }
        let (subnet, named) = self.groupings.place(site).unzip();
        let place = (
            subnet.map(|subnet| texts.number(Cow::Owned(subnet))),
            named.flatten().map(|name| texts.shared(name)),
        );
        if self.sites.len() < MAX_SITES {
            self.sites.insert(site, place);
        }
        place
    }

    /// Two locations, where one of them is known.
    fn pair(&mut self, pair: (Location, Location), texts: &mut Texts<'v>) -> Option<u32> {
        if pair == (Location::Unknown, Location::Unknown) {
            return None;
        }
        let (caller, callee) = pair;
        let known = &mut self.pairs[caller as usize * 3 + callee as usize];
        let text = || format!("{} / {}", caller.name(), callee.name());
        Some(*known.get_or_insert_with(|| texts.number(Cow::Owned(text()))))
    }
}

/// The number of a file. `last` is the one that was met before: nearly always the same text in
/// memory.
fn number_of_file<'v>(
    file: &'v str,
    last: &mut Option<(&'v str, u32)>,
    texts: &mut Texts<'v>,
) -> u32 {
    match *last {
        Some((known, number)) if std::ptr::eq(known, file) => number,
        _ => {
            let number = texts.shared(file);
            *last = Some((file, number));
            number
        }
    }
}

/// Adds a value that is not there yet; there are few.
fn add(values: &mut Vec<u32>, value: u32) {
    if !values.contains(&value) {
        values.push(value);
    }
}

/// The relay of an end, without port.
fn relay_of<'v>(end: &End<'v>) -> Option<&'v str> {
    match end.relay {
        Relay::Present(relay) => Some(without_port(relay)).filter(|relay| !relay.is_empty()),
        Relay::Absent | Relay::NotStated => None,
    }
}
