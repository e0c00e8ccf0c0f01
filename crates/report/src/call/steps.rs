//! Messages as steps of a ladder: each once, with who sent it to whom, in order.

use std::collections::{BTreeMap, HashMap};

use siptriage_facts::{Logged, Method, PartyTraits, Stamp, Tag, Writer, Zone};
use siptriage_judge::{Case, Clock, Clocks, OffsetSource};

use super::data::{Lane, Spot, Step};
use super::gather::{aor, owned};
use super::order::{self, Rank, Sight};

/// The ends of a dialog, by what `From` and `To` say.
pub(super) struct Ends<'c> {
    case: &'c Case<'c>,
    /// Tags of the end that sent the INVITE.
    inviters: Vec<Tag>,
}

impl<'c> Ends<'c> {
    pub(super) fn new(case: &'c Case<'c>) -> Ends<'c> {
        let parties = case.dialog.parties.iter();
        let inviters = parties.filter(|(_, party)| party.traits.has(PartyTraits::INVITED));
        let mut inviters: Vec<Tag> = inviters.map(|(tag, _)| *tag).collect();
        if inviters.is_empty() {
            inviters.extend(case.caller.tag);
        }
        Ends { case, inviters }
    }

    /// The end that a tag belongs to.
    pub(super) fn of_tag(&self, tag: Tag) -> Option<Lane> {
        if self.inviters.contains(&tag) {
            return Some(Lane::Caller);
        }
        if self.case.callee.tag == Some(tag) {
            return Some(Lane::Callee);
        }
        let address = self.case.dialog.parties.get(&tag)?.address.as_deref()?;
        self.of_address(address).or({
            // Whoever is in the dialog and did not call was called: a fork, a transfer target.
            (!self.inviters.is_empty()).then_some(Lane::Callee)
        })
    }

    fn of_address(&self, address: &str) -> Option<Lane> {
        let is = |end: Option<&str>| end.is_some_and(|end| end.eq_ignore_ascii_case(address));
        let (caller, callee) = (is(self.case.caller.address), is(self.case.callee.address));
        match (caller, callee) {
            (true, false) => Some(Lane::Caller),
            (false, true) => Some(Lane::Callee),
            // Somebody who calls an own second endpoint: only tags tell.
            _ => None,
        }
    }

    fn of(&self, value: &str) -> Option<Lane> {
        let by_tag = Tag::of(value).filter(|tag| self.inviters.contains(tag));
        match by_tag {
            Some(_) => Some(Lane::Caller),
            None => aor(value).and_then(|address| self.of_address(&address)),
        }
    }

    /// Who sent a message to whom.
    fn lanes(&self, logged: &Logged<'_>) -> (Lane, Lane) {
        let is_request = match &logged.message.start_line {
            None => return (Lane::Unknown, Lane::Unknown),
            Some(_) => logged.status.is_none(),
        };
        let side = |value: &Option<_>| self.of(value_of(value));
        let (asking, asked) = (side(&logged.message.from), side(&logged.message.to));
        let (asking, asked) = match (asking, asked) {
            (Some(asking), Some(asked)) if asking != asked => (asking, asked),
            (Some(Lane::Caller), _) => (Lane::Caller, Lane::Callee),
            (Some(Lane::Callee), _) => (Lane::Callee, Lane::Caller),
            (_, Some(Lane::Caller)) => (Lane::Callee, Lane::Caller),
            (_, Some(Lane::Callee)) => (Lane::Caller, Lane::Callee),
            _ => (Lane::Server, Lane::Server),
        };
        if is_request {
            (asking, asked)
        } else if is_of_a_server(logged) {
            (Lane::Server, asking)
        } else {
            (asked, asking)
        }
    }
}

fn value_of<'v>(value: &'v Option<std::borrow::Cow<'_, str>>) -> &'v str {
    value.as_deref().unwrap_or_default()
}

/// Whether a response was made on the way: 100 goes from hop to hop (RFC 3261, section 8.2.6.1),
/// challenges come from servers, and so does what names a `Server` and no `User-Agent`. What calls
/// itself `RTCC` is an end of calls: conferencing servers, gateways. A 2xx is always of an end.
fn is_of_a_server(logged: &Logged<'_>) -> bool {
    let header = |name: &str| {
        let mut headers = logged.headers.iter();
        headers
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_ref())
    };
    let status = logged.status.unwrap_or_default();
    if status == 100 || logged.message.challenge && matches!(status, 401 | 407) {
        return true;
    }
    let server = header("Server").filter(|server| !server.starts_with("RTCC/"));
    server.is_some() && header("User-Agent").is_none() && !matches!(status, 200..=299)
}

/// A log with its clock.
pub(super) struct ClockOf<'c> {
    pub(super) writer: &'c Writer,
    /// By what its stamps can be compared with others.
    pub(super) line: Line,
    /// How far its stamps are ahead of that, in microseconds.
    pub(super) ahead: i64,
}

/// What stamps are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Line {
    /// UTC.
    Utc,
    /// A clock that others were compared with, by its place among all, and what is known of it.
    Clock(usize, Zone),
}

impl<'c> ClockOf<'c> {
    pub(super) fn new(writer: &'c Writer, clocks: &Clocks) -> ClockOf<'c> {
        let stated = match writer.zone {
            Zone::Utc => Some(0),
            Zone::Offset(minutes) => Some(i64::from(minutes) * 60_000_000),
            Zone::AssumedUtc | Zone::Local | Zone::Unknown => None,
        };
        let clock = clocks.clock(writer);
        let place_of = |clock: &Clock| clocks.iter().position(|one| std::ptr::eq(one, clock));
        let (line, ahead) = match (stated, clock) {
            (Some(stated), _) => (Line::Utc, stated),
            (None, Some(clock)) => match (clock.source, clock.offset, clock.reference) {
                (OffsetSource::Estimated { .. }, Some(ahead), Some(reference)) => {
                    let zone = clocks.iter().nth(reference).map(|clock| clock.zone);
                    (Line::Clock(reference, zone.unwrap_or_default()), ahead)
                }
                (OffsetSource::Assumed | OffsetSource::Unknown, ..) | (_, None, _) => {
                    let place = place_of(clock).unwrap_or(usize::MAX);
                    (Line::Clock(place, clock.zone), 0)
                }
                (_, Some(ahead), _) => (Line::Utc, ahead),
            },
            (None, None) => (Line::Clock(usize::MAX, writer.zone), 0),
        };
        ClockOf {
            writer,
            line,
            ahead,
        }
    }
}

/// A file and the index of the clock that stamped its messages; none for those without stamp.
pub(super) type LogKey = (String, Option<usize>);

/// Messages as steps, and how many were read of each log.
pub(super) fn steps(
    case: &Case<'_>,
    messages: &[Logged<'static>],
    clocks: &[ClockOf<'_>],
) -> (Vec<Step>, BTreeMap<LogKey, u64>) {
    let ends = Ends::new(case);
    let read: Vec<Read<'_>> = read(messages, clocks);
    let mut counts = BTreeMap::new();
    for read in &read {
        let file = read.logged.place.file.to_string();
        *counts.entry((file, read.clock)).or_insert(0) += 1;
    }

    // Copies: the same message, wherever it was logged.
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut by_id = HashMap::new();
    for (index, logged) in messages.iter().enumerate() {
        let group = match logged.id {
            Some(id) => *by_id.entry(id).or_insert(groups.len()),
            None => groups.len(),
        };
        match groups.get_mut(group) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }

    let lanes: Vec<(Lane, Lane)> = groups
        .iter()
        .map(|group| ends.lanes(&messages[group[0]]))
        .collect();
    let mut sights = Vec::new();
    for (message, group) in groups.iter().enumerate() {
        sights.extend(group.iter().map(|index| Sight {
            message,
            timeline: read[*index].timeline,
            at: read[*index].at,
            place: *index,
        }));
    }
    let of = |message: usize| &messages[groups[message][0]];
    let order = order::merged(&sights, |message| rank(of(message), lanes[message]));
    let order = order::answers_follow(&order, |message| transaction(of(message)));

    // Where several clocks can be compared, times are shown by the one that they are compared with.
    let mut compared: Vec<(Line, i64)> = read.iter().filter_map(|read| read.by).collect();
    compared.sort_unstable_by_key(|(line, ahead)| (*line != Line::Utc, *ahead));
    compared.dedup();
    let corrected = compared.len() > 1;

    let mut before: Option<(usize, i64)> = None;
    let mut steps = Vec::with_capacity(order.len());
    for message in order {
        let mut group: Vec<&Read<'_>> = groups[message].iter().map(|index| &read[*index]).collect();
        // The first sight on the line of the step before is the one to compare with.
        group.sort_by_key(|read| {
            let stranger = before.is_some_and(|(timeline, _)| timeline != read.timeline);
            (read.logged.time.is_none(), stranger, read.at, read.index)
        });
        let Some(first) = group.first() else { continue };
        let now = first
            .logged
            .time
            .and(first.at)
            .map(|at| (first.timeline, at));
        let delta = match (before, now) {
            (Some((line, before)), Some((same, now))) if line == same => now.checked_sub(before),
            _ => None,
        };
        before = now.or(before);
        steps.push(step(first, &group, lanes[message], delta, corrected));
    }
    (steps, counts)
}

fn step(
    first: &Read<'_>,
    group: &[&Read<'_>],
    (from, to): (Lane, Lane),
    delta_us: Option<i64>,
    corrected: bool,
) -> Step {
    let logged = first.logged;
    let common = first.corrected();
    let optional = |value: &Option<std::borrow::Cow<'_, str>>| value.as_deref().and_then(owned);
    let diagnoses = logged.diagnoses.iter();
    Step {
        time: logged.time.map(|time| time.to_string()),
        time_zone: logged.time.map(|time| time.zone.to_string()),
        corrected: common.map(|time| time.to_string()),
        delta_us,
        from,
        to,
        direction: optional(&logged.message.direction),
        peer: optional(&logged.message.peer),
        method: owned(&logged.method),
        status: logged.status,
        cseq: optional(&logged.message.cseq),
        start_line: optional(&logged.message.start_line),
        places: group
            .iter()
            .map(|read| Spot::from(&read.logged.place))
            .collect(),
        copies: group.len() as u64 - 1,
        diagnoses: diagnoses.clone().map(|event| event.code).collect(),
        raw: None,
        shown: common.filter(|_| corrected).or(logged.time),
        reasons: diagnoses
            .map(|event| event.reason.as_deref().unwrap_or_default().to_owned())
            .collect(),
        index: first.index,
    }
}

/// A logged message with its clock.
struct Read<'m> {
    logged: &'m Logged<'static>,
    index: usize,
    clock: Option<usize>,
    /// What its stamp can be compared by, and how far its clock is ahead of that.
    by: Option<(Line, i64)>,
    timeline: usize,
    at: Option<i64>,
}

impl Read<'_> {
    /// Its time by the clock that its own is compared with.
    fn corrected(&self) -> Option<Stamp> {
        let (line, ahead) = self.by?;
        let micros = self.logged.time?.micros.checked_sub(ahead)?;
        let zone = match line {
            Line::Utc => Zone::Utc,
            Line::Clock(_, zone) => zone,
        };
        Some(Stamp { micros, zone })
    }
}

/// Messages with their clocks. What has no stamp stands between its neighbours in the file.
fn read<'m>(messages: &'m [Logged<'static>], clocks: &[ClockOf<'_>]) -> Vec<Read<'m>> {
    let mut lines: HashMap<(&str, Option<Line>), usize> = HashMap::new();
    let mut read: Vec<Read<'_>> = Vec::with_capacity(messages.len());
    for (index, logged) in messages.iter().enumerate() {
        let clock = logged
            .time
            .and_then(|time| clock_of(logged, time.zone, clocks));
        let by = clock.map(|clock| (clocks[clock].line, clocks[clock].ahead));
        let line = by.map(|(line, _)| line);
        // A clock is one wherever it stamped; what has none is known by its file.
        let key = match line {
            Some(Line::Utc) => ("", line),
            Some(Line::Clock(place, _)) if place < usize::MAX => ("", line),
            _ => (&*logged.place.file, line),
        };
        let next = lines.len();
        let timeline = *lines.entry(key).or_insert(next);
        let ahead = by.map_or(0, |(_, ahead)| ahead);
        read.push(Read {
            logged,
            index,
            clock,
            by,
            timeline,
            at: logged.time.map(|time| time.micros.saturating_sub(ahead)),
        });
    }
    lend(read.iter_mut());
    // What stands before all stamps of its file.
    lend(read.iter_mut().rev());
    read
}

/// Gives what has no stamp the time of the neighbour before it in the file.
fn lend<'r, 'm: 'r>(read: impl Iterator<Item = &'r mut Read<'m>>) {
    let mut neighbours: HashMap<&str, (usize, i64)> = HashMap::new();
    for read in read {
        let file = &*read.logged.place.file;
        match (read.at, neighbours.get(file)) {
            (Some(at), _) => {
                neighbours.insert(file, (read.timeline, at));
            }
            (None, Some((timeline, at))) => (read.timeline, read.at) = (*timeline, Some(*at)),
            (None, None) => {}
        }
    }
}

/// The clock by which a message was stamped.
fn clock_of(logged: &Logged<'_>, zone: Zone, clocks: &[ClockOf<'_>]) -> Option<usize> {
    let of_file = clocks
        .iter()
        .enumerate()
        .filter(|(_, clock)| *clock.writer.file == *logged.place.file && clock.writer.zone == zone);
    let of_file: Vec<usize> = of_file.map(|(index, _)| index).collect();
    if let [only] = of_file.as_slice() {
        return Some(*only);
    }
    // One file with logs of several clients: what a client sends is from it, what it gets is to
    // it; of responses the other way round.
    let sent = match logged.message.direction.as_deref()?.as_bytes().first()? {
        b'o' | b'O' => true,
        b'i' | b'I' => false,
        _ => return of_file.first().copied(),
    };
    let own = if sent == logged.status.is_none() {
        &logged.message.from
    } else {
        &logged.message.to
    };
    let own = own.as_deref().and_then(aor)?;
    let is_own = |index: &usize| clocks[*index].writer.owner.as_deref() == Some(own.as_str());
    let of_owner = of_file.iter().copied().find(is_own);
    of_owner.or(of_file.first().copied())
}

/// Where a message belongs in a call, by what it is.
fn rank(logged: &Logged<'_>, (from, to): (Lane, Lane)) -> Rank {
    let (method, number) = Method::of_cseq(logged.message.cseq.as_deref().unwrap_or_default());
    let asking = if logged.status.is_none() { from } else { to };
    // Each end counts its own requests; what the callee asks comes after the set-up.
    let phase = match method {
        Some(Method::Bye) => 2,
        _ if asking == Lane::Callee => 1,
        _ => 0,
    };
    let step = match (method, logged.status) {
        (Some(Method::Ack), _) => 1000,
        (Some(Method::Cancel), _) => 400,
        (_, Some(status)) => status,
        (_, None) => 0,
    };
    (phase, number, step)
}

/// The transaction of a message: number and method of `CSeq`, and who asks.
fn transaction(logged: &Logged<'_>) -> Option<((String, String), bool)> {
    logged.message.start_line.as_ref()?;
    let cseq = logged.message.cseq.as_deref()?;
    let from = logged.message.from.as_deref().unwrap_or_default();
    let from = siptriage_facts::tag_of(from).unwrap_or_default();
    Some(((cseq.to_owned(), from.to_owned()), logged.status.is_some()))
}
