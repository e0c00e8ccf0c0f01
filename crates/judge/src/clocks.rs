//! Clocks: what stamps of different writers have to do with each other.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use foldhash::fast::RandomState;
use siptriage_facts::{Dialog, Facts, Merge, Micros, Name, Stamp, Times, Writer, Zone};

use crate::apart::{Pair, difference};
use crate::zones::TimeZones;

/// A clock that is assumed to be in UTC and is estimated nearer than this is in UTC, with a skew.
/// Half of the smallest step between zones, in microseconds.
const MAX_SKEW: i64 = 450_000_000;

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// Whose clock it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    /// Stamps whose offset from UTC is in the trace.
    Utc,
    /// A client, by the address of record in whose log the stamps stand. All of its files have
    /// one clock.
    Client(Name),
    /// Whoever wrote this file.
    File(Name),
}

impl Whose {
    /// `UTC`, the address, or the file.
    pub fn name(&self) -> &str {
        match self {
            Whose::Utc => "UTC",
            Whose::Client(name) | Whose::File(name) => name,
        }
    }
}

/// From where the offset of a clock is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OffsetSource {
    /// The trace states it.
    Stated,
    /// The user gave it.
    Given,
    /// Calls were seen by this clock and by another one whose offset is known.
    Estimated {
        /// How many calls.
        calls: u64,
    },
    /// A server's log: usually UTC, and nothing says otherwise.
    Assumed,
    /// Nothing is known.
    Unknown,
}

impl OffsetSource {
    /// The word used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            OffsetSource::Stated => "stated",
            OffsetSource::Given => "given",
            OffsetSource::Estimated { .. } => "estimated",
            OffsetSource::Assumed => "assumed",
            OffsetSource::Unknown => "unknown",
        }
    }
}

/// One clock and how far it is from UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Whose it is.
    pub whose: Whose,
    /// What the trace says of the zone of its stamps.
    pub zone: Zone,
    /// From where its offset is known.
    pub source: OffsetSource,
    /// How far it is ahead of `reference`, in microseconds; of an estimate, zone and skew
    /// together. Absent where nothing is known.
    pub offset: Option<i64>,
    /// The clock, by its place in [`Clocks::iter`], that `offset` is against; absent for UTC.
    pub reference: Option<usize>,
    /// Dialogs that it saw.
    pub dialogs: u64,
}

/// What two stamps can be compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// UTC, as stated, given, or estimated against such a clock.
    Utc,
    /// UTC as it is assumed of servers' logs.
    AssumedUtc,
    /// This clock.
    Clock(u32),
}

#[derive(Debug, Clone, Copy)]
struct Position {
    frame: Frame,
    offset: i64,
    /// The clock that all hangs on, where it is not UTC.
    root: Option<u32>,
}

/// What makes stamps stamps of one clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    whose: Whose,
    /// A server's log, assumed to be in UTC.
    assumed: bool,
    /// What the user gave, in minutes.
    given: Option<i16>,
}

/// All clocks of a scan.
///
/// A clock is UTC for stamps that state their offset; each server log, which is assumed to be in
/// UTC, has one of its own; the files of one client share one, and so do those that a client rotated
/// where their messages do not tell whose they are; any other file has one of its own.
///
/// Where two clocks saw the same call, the same milestones (INVITE, ringing, answer, refusal,
/// BYE) tell how far they are apart: per call the middle between a message on its way there and one
/// on its way back, since both were delayed by the network, and of all calls the median. From
/// clocks that are stated or given the offsets of the others follow, along the pairs with the most
/// calls. Where none is stated or given, a server's log that is assumed to be in UTC stands for
/// UTC; without one, offsets are against the clock with the most calls. Servers' logs that saw no
/// call in common are compared all the same, both being assumed to be in UTC. Local time that
/// changes in the middle of a trace (daylight saving) is not noticed.
///
/// Nothing is joined by time, and nothing depends on the order of the input. Memory grows with the
/// number of clocks and of pairs of clocks that saw the same call, not with calls.
#[derive(Debug, Clone, Default)]
pub struct Clocks {
    clocks: Vec<Clock>,
    positions: Vec<Position>,
    ids: HashMap<Key, u32>,
    zones: TimeZones,
    /// What the user gave for each file; of those that are assumed to be in UTC, apart.
    given: HashMap<(Name, bool), Option<i16>>,
    /// Traces, by client, else by file: their places in `lasts`.
    traces: HashMap<Name, u32>,
    /// The last stamp of each trace, as written.
    lasts: Vec<i64>,
}

/// What one clock saw of one dialog.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'f> {
    pub(crate) clock: u32,
    /// By this clock; stamps that state an offset are in UTC.
    pub(crate) times: Times,
    /// The client, where it is a client's clock.
    pub(crate) owner: Option<&'f str>,
    /// How the trace writes it.
    zone: Zone,
}

impl<'f> Seen<'f> {
    fn of(clock: u32, writer: &'f Writer, times: Times) -> Seen<'f> {
        let times = match stated(writer.zone).unwrap_or(0) {
            0 => times,
            stated => Times {
                first: earlier(times.first, stated),
                last: earlier(times.last, stated),
                invite: earlier(times.invite, stated),
                ring: earlier(times.ring, stated),
                answer: earlier(times.answer, stated),
                redirect: earlier(times.redirect, stated),
                fail: earlier(times.fail, stated),
                bye: earlier(times.bye, stated),
            },
        };
        Seen {
            clock,
            times,
            owner: writer.owner.as_deref(),
            zone: writer.zone,
        }
    }
}

impl Clocks {
    /// The clocks of these facts, and which is whose in them.
    pub(crate) fn new(facts: &Facts, zones: &TimeZones) -> (Clocks, Shared) {
        let mut clocks = Clocks {
            zones: zones.clone(),
            ..Clocks::default()
        };
        let mut shared = Shared::default();
        let mut pairs: HashMap<(u32, u32), Pair> = HashMap::new();
        for (call_id, dialog) in facts.dialogs.iter() {
            let several = dialog.sights.len() > 1;
            for (writer, times) in dialog.sights.iter() {
                let spot = match shared.get(writer) {
                    Some(spot) => spot,
                    None => {
                        let spot = clocks.meet(writer);
                        shared.add(writer, spot);
                        spot
                    }
                };
                if let Some(last) = times.last {
                    let own = &mut clocks.lasts[spot.trace as usize];
                    *own = last.get().max(*own);
                }
                if !several && let Some(clock) = clocks.clocks.get_mut(spot.clock as usize) {
                    clock.dialogs += 1;
                }
            }
            // Nearly all dialogs were seen by one writer.
            if !several {
                continue;
            }
            let seen = clocks.seen(dialog, &shared);
            for one in &seen {
                if let Some(clock) = clocks.clocks.get_mut(one.clock as usize) {
                    clock.dialogs += 1;
                }
            }
            // What one clock saw alone tells nothing of others.
            if seen.len() < 2 {
                continue;
            }
            let number = call_id.dialog();
            for (at, first) in seen.iter().enumerate() {
                for second in &seen[at + 1..] {
                    let (first, second) = if first.clock < second.clock {
                        (first, second)
                    } else {
                        (second, first)
                    };
                    if let Some(difference) = difference(&first.times, &second.times) {
                        let pair = pairs.entry((first.clock, second.clock)).or_default();
                        pair.offer(number, difference);
                    }
                }
            }
        }
        let new_ids = clocks.place(pairs);
        shared.renumber(&new_ids);
        (clocks, shared)
    }

    /// The clock and the trace of a writer, made where it has none yet.
    fn meet(&mut self, writer: &Writer) -> Spot {
        let name = trace_of(writer);
        let trace = match self.traces.get(&name) {
            Some(trace) => *trace,
            None => {
                let trace = self.lasts.len() as u32;
                self.lasts.push(i64::MIN);
                self.traces.insert(name, trace);
                trace
            }
        };
        Spot {
            clock: self.meet_clock(writer),
            trace,
        }
    }

    fn meet_clock(&mut self, writer: &Writer) -> u32 {
        if !self.zones.is_empty() && stated(writer.zone).is_none() {
            let file = (writer.file.clone(), writer.zone == Zone::AssumedUtc);
            let zones = &self.zones;
            let given = self.given.entry(file);
            given.or_insert_with(|| zones.given(&writer.file, writer.zone));
        }
        let key = self.key(writer);
        if let Some(id) = self.ids.get(&key) {
            let clock = &mut self.clocks[*id as usize];
            clock.zone = clock.zone.min(writer.zone);
            return *id;
        }
        let (source, offset) = match (&key.whose, key.given, key.assumed) {
            (Whose::Utc, ..) => (OffsetSource::Stated, Some(0)),
            (_, Some(minutes), _) => {
                let offset = i64::from(minutes) * MICROS_PER_MINUTE;
                (OffsetSource::Given, Some(offset))
            }
            (_, None, true) => (OffsetSource::Assumed, Some(0)),
            (_, None, false) => (OffsetSource::Unknown, None),
        };
        let id = self.clocks.len() as u32;
        self.clocks.push(Clock {
            whose: key.whose.clone(),
            zone: if key.whose == Whose::Utc {
                Zone::Utc
            } else {
                writer.zone
            },
            source,
            offset,
            reference: None,
            dialogs: 0,
        });
        self.ids.insert(key, id);
        id
    }

    fn key(&self, writer: &Writer) -> Key {
        let whose = match (writer.zone, &writer.owner) {
            (Zone::Utc | Zone::Offset(_), _) => Whose::Utc,
            (Zone::Local | Zone::Unknown, Some(owner)) => Whose::Client(owner.clone()),
            (Zone::AssumedUtc, _) => Whose::File(writer.file.clone()),
            (Zone::Local | Zone::Unknown, None) => Whose::File(rotation(&writer.file)),
        };
        let assumed = writer.zone == Zone::AssumedUtc;
        let given = if self.zones.is_empty() || whose == Whose::Utc {
            None
        } else {
            let given = self.given.get(&(writer.file.clone(), assumed));
            given.copied().flatten()
        };
        Key {
            whose,
            assumed,
            given,
        }
    }

    fn spot(&self, writer: &Writer, shared: &Shared) -> Option<Spot> {
        shared.get(writer).or_else(|| self.find(writer))
    }

    fn find(&self, writer: &Writer) -> Option<Spot> {
        Some(Spot {
            clock: *self.ids.get(&self.key(writer))?,
            trace: *self.traces.get(&trace_of(writer))?,
        })
    }

    /// Which of these clocks is whose in some facts.
    pub(crate) fn shared(&self, facts: &Facts) -> Shared {
        let mut shared = Shared::default();
        for (_, dialog) in facts.dialogs.iter() {
            for writer in dialog.sights.writers() {
                if shared.get(writer).is_none()
                    && let Some(spot) = self.find(writer)
                {
                    shared.add(writer, spot);
                }
            }
        }
        shared
    }

    /// What each clock saw of a dialog.
    pub(crate) fn seen<'f>(&self, dialog: &'f Dialog, shared: &Shared) -> Vec<Seen<'f>> {
        let mut seen: Vec<Seen<'f>> = Vec::with_capacity(dialog.sights.len());
        for (writer, times) in dialog.sights.iter() {
            let Some(spot) = self.spot(writer, shared) else {
                continue;
            };
            let own = Seen::of(spot.clock, writer, times);
            match seen.iter_mut().find(|one| one.clock == own.clock) {
                Some(one) => {
                    one.times.merge(own.times);
                    one.zone = one.zone.min(own.zone);
                }
                None => seen.push(own),
            }
        }
        seen
    }

    /// What one clock saw of a dialog of which there is one sight, and for how long the trace
    /// went on: as [`Clocks::seen`] and [`Clocks::silence`] say.
    pub(crate) fn seen_once<'f>(
        &self,
        dialog: &'f Dialog,
        shared: &Shared,
    ) -> Option<(Seen<'f>, Option<i64>)> {
        let mut sights = dialog.sights.iter();
        let (Some((writer, times)), None) = (sights.next(), sights.next()) else {
            return None;
        };
        let spot = self.spot(writer, shared)?;
        let last = self.lasts.get(spot.trace as usize);
        let went_on = |at: Micros| Some(last?.saturating_sub(at.get()));
        let silence = times.last.and_then(went_on);
        Some((Seen::of(spot.clock, writer, times), silence))
    }

    /// Puts clocks in order, and finds the offsets of those that are not known from pairs.
    /// Gives the new places of the clocks, by their old ones.
    fn place(&mut self, pairs: HashMap<(u32, u32), Pair>) -> Vec<u32> {
        // By name, not by the order in which they were met.
        let mut keys: Vec<(Key, u32)> = self.ids.drain().collect();
        keys.sort_unstable();
        let mut new_ids = vec![0u32; keys.len()];
        for (new, (_, old)) in keys.iter().enumerate() {
            new_ids[*old as usize] = new as u32;
        }
        let mut clocks = std::mem::take(&mut self.clocks)
            .into_iter()
            .zip(&new_ids)
            .collect::<Vec<_>>();
        clocks.sort_unstable_by_key(|(_, new)| **new);
        self.clocks = clocks.into_iter().map(|(clock, _)| clock).collect();
        self.ids = (0..).zip(keys).map(|(new, (key, _))| (key, new)).collect();

        let count = self.clocks.len();
        let mut neighbours: Vec<Vec<Edge>> = vec![Vec::new(); count];
        let mut calls = vec![0u64; count];
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_unstable_by_key(|(ids, _)| *ids);
        for ((first, second), pair) in pairs {
            let (first, second) = (new_ids[first as usize], new_ids[second as usize]);
            let ahead = pair.median();
            for (from, to, ahead) in [
                (first, second, ahead),
                (second, first, ahead.saturating_neg()),
            ] {
                let seen = pair.calls;
                neighbours[from as usize].push(Edge {
                    to,
                    calls: seen,
                    ahead,
                });
                calls[from as usize] = calls[from as usize].saturating_add(seen);
            }
        }

        let mut positions: Vec<Option<Position>> = vec![None; count];
        let known: Vec<u32> = (0..count as u32)
            .filter(|id| {
                let source = self.clocks[*id as usize].source;
                matches!(source, OffsetSource::Stated | OffsetSource::Given)
            })
            .collect();
        for id in &known {
            positions[*id as usize] = Some(Position {
                frame: Frame::Utc,
                offset: self.clocks[*id as usize].offset.unwrap_or(0),
                root: None,
            });
        }
        self.spread(&known, &neighbours, &mut positions);
        // What hangs together with none of these hangs on one of its own.
        let mut roots: Vec<u32> = (0..count as u32).collect();
        roots.sort_by_key(|id| {
            let assumed = self.clocks[*id as usize].source == OffsetSource::Assumed;
            (!assumed, Reverse(calls[*id as usize]), *id)
        });
        for root in roots {
            if positions[root as usize].is_none() {
                let assumed = self.clocks[root as usize].source == OffsetSource::Assumed;
                positions[root as usize] = Some(Position {
                    frame: if assumed {
                        Frame::AssumedUtc
                    } else {
                        Frame::Clock(root)
                    },
                    offset: 0,
                    root: Some(root),
                });
                self.spread(&[root], &neighbours, &mut positions);
            }
        }
        self.positions = positions.into_iter().flatten().collect();
        new_ids
    }

    /// Finds the positions of all clocks that hang together with these, along the pairs with the
    /// most calls.
    fn spread(&mut self, from: &[u32], edges: &[Vec<Edge>], positions: &mut [Option<Position>]) {
        // The most calls first; of as many, clocks in their order.
        let mut open: BinaryHeap<Step> = BinaryHeap::new();
        let push = |open: &mut BinaryHeap<Step>, from: u32| {
            for edge in &edges[from as usize] {
                open.push((edge.calls, Reverse((from, edge.to)), edge.ahead));
            }
        };
        for id in from {
            push(&mut open, *id);
        }
        while let Some((calls, Reverse((from, to)), ahead)) = open.pop() {
            let (Some(base), None) = (positions[from as usize], positions[to as usize]) else {
                continue;
            };
            let position = Position {
                frame: base.frame,
                offset: base.offset.saturating_add(ahead),
                root: base.root,
            };
            positions[to as usize] = Some(position);
            let clock = &mut self.clocks[to as usize];
            clock.source = OffsetSource::Estimated { calls };
            clock.offset = Some(position.offset);
            clock.reference = position.root.map(|root| root as usize);
            push(&mut open, to);
        }
    }

    /// All of them: UTC, then clients by address, then files by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Clock> {
        self.clocks.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.clocks.len()
    }

    /// Whether there is none: nothing in the trace has a stamp.
    pub fn is_empty(&self) -> bool {
        self.clocks.is_empty()
    }

    /// The clock of a writer's stamps.
    pub fn clock(&self, writer: &Writer) -> Option<&Clock> {
        let id = self.ids.get(&self.key(writer))?;
        self.clocks.get(*id as usize)
    }

    /// A writer's stamp in UTC ([`Zone::Utc`]), where the offset of its clock is stated, given, or
    /// estimated against such a clock; by a server's clock that is assumed to be in UTC
    /// ([`Zone::AssumedUtc`]) where it was estimated against one; else as it is.
    pub fn convert(&self, writer: &Writer, stamp: Stamp) -> Stamp {
        if let Some(stated) = stated(stamp.zone) {
            return Stamp {
                micros: stamp.micros.saturating_sub(stated),
                zone: Zone::Utc,
            };
        }
        match self.ids.get(&self.key(writer)) {
            Some(id) => self.stamp(*id, stamp.micros, stamp.zone),
            None => stamp,
        }
    }

    /// A moment of a clock as a stamp: see [`Clocks::convert`].
    fn stamp(&self, clock: u32, micros: i64, zone: Zone) -> Stamp {
        let as_it_is = Stamp { micros, zone };
        let (Some(own), Some(position)) = (
            self.clocks.get(clock as usize),
            self.positions.get(clock as usize),
        ) else {
            return as_it_is;
        };
        let zone = match position.frame {
            Frame::Utc => Zone::Utc,
            Frame::AssumedUtc => Zone::AssumedUtc,
            Frame::Clock(_) => return as_it_is,
        };
        // What was assumed is right: stamps stay as the log has them, with what skew they have.
        let offset = if own.zone == Zone::AssumedUtc
            && own.source != OffsetSource::Given
            && position.offset.saturating_abs() < MAX_SKEW
        {
            0
        } else {
            position.offset
        };
        Stamp {
            micros: micros.saturating_sub(offset),
            zone,
        }
    }

    /// A moment of what was seen, as a stamp.
    pub(crate) fn stamp_of(&self, seen: &Seen<'_>, at: Micros) -> Stamp {
        let zone = if stated(seen.zone).is_some() {
            Zone::Utc
        } else {
            seen.zone
        };
        self.stamp(seen.clock, at.get(), zone)
    }

    /// Microseconds from one moment to another, by clocks that can be compared.
    pub(crate) fn between(&self, from: (u32, Micros), to: (u32, Micros)) -> Option<i64> {
        let position = |id: u32| self.positions.get(id as usize);
        let (one, other) = (position(from.0)?, position(to.0)?);
        if one.frame != other.frame {
            return None;
        }
        let moment = |at: Micros, position: &Position| at.get().saturating_sub(position.offset);
        Some(moment(to.1, other).saturating_sub(moment(from.1, one)))
    }

    /// How long the trace in which a dialog was last seen by this clock went on after that.
    pub(crate) fn silence(&self, dialog: &Dialog, clock: u32, shared: &Shared) -> Option<i64> {
        let sights = dialog.sights.iter().filter_map(|(writer, times)| {
            let spot = self.spot(writer, shared)?;
            let last = times.last.filter(|_| spot.clock == clock)?.get();
            let in_utc = last.saturating_sub(stated(writer.zone).unwrap_or(0));
            // Of traces that end with it, the one that goes on farthest.
            let went_on = self.lasts.get(spot.trace as usize)?.saturating_sub(last);
            Some((in_utc, went_on))
        });
        let (_, went_on) = sights.max()?;
        Some(went_on)
    }
}

/// The trace that a writer's stamps belong to: what is behind it in the same trace was later.
fn trace_of(writer: &Writer) -> Name {
    match &writer.owner {
        Some(owner) => owner.clone(),
        None => rotation(&writer.file),
    }
}

/// What files have in common that one client rotated (`Lync-UccApi-0.UccApilog` and its siblings of
/// one folder): their name, with `*` for the number.
fn rotation(file: &Name) -> Name {
    let stem = file.rfind('.').unwrap_or(file.len());
    let front = file[..stem].trim_end_matches(|c: char| c.is_ascii_digit());
    if front.len() < stem && front.to_ascii_lowercase().ends_with("uccapi-") {
        Name::from(format!("{front}*{}", &file[stem..]).as_str())
    } else {
        file.clone()
    }
}

/// Where stamps of a writer belong.
#[derive(Debug, Clone, Copy)]
struct Spot {
    clock: u32,
    trace: u32,
}

/// Where stamps of the writers in some facts belong, by where the writers are in memory: dialogs
/// share them, and looking at their names takes longer. Of use only as long as the facts are
/// borrowed.
#[derive(Debug, Default)]
pub(crate) struct Shared(HashMap<usize, Spot, RandomState>);

/// Writers that are remembered. Facts that were read from elsewhere do not share theirs.
const MAX_SHARED: usize = 1 << 18;

impl Shared {
    fn get(&self, writer: &Writer) -> Option<Spot> {
        self.0.get(&Shared::address(writer)).copied()
    }

    fn add(&mut self, writer: &Writer, spot: Spot) {
        if self.0.len() < MAX_SHARED {
            self.0.insert(Shared::address(writer), spot);
        }
    }

    fn address(writer: &Writer) -> usize {
        std::ptr::from_ref(writer).addr()
    }

    /// Clocks got other places.
    fn renumber(&mut self, new_ids: &[u32]) {
        self.0
            .values_mut()
            .for_each(|spot| spot.clock = new_ids[spot.clock as usize]);
    }
}

/// A pair of clocks, seen from one of them.
#[derive(Debug, Clone, Copy)]
struct Edge {
    to: u32,
    calls: u64,
    /// How far `to` is ahead.
    ahead: i64,
}

/// A step to a clock whose position is not known yet: calls, from and to, how far it is ahead.
type Step = (u64, Reverse<(u32, u32)>, i64);

/// How far stamps of this zone are ahead of UTC, where the trace states it; in microseconds.
pub(crate) fn stated(zone: Zone) -> Option<i64> {
    match zone {
        Zone::Utc => Some(0),
        Zone::Offset(minutes) => Some(i64::from(minutes) * MICROS_PER_MINUTE),
        Zone::AssumedUtc | Zone::Local | Zone::Unknown => None,
    }
}

fn earlier(at: Option<Micros>, by: i64) -> Option<Micros> {
    at.map(|at| Micros::new(at.get().saturating_sub(by)))
}
