//! When what happened in a dialog, by clocks that can be compared.

use std::cmp::Reverse;

use siptriage_facts::{Dialog, Micros, Stamp, Times, Traits};

use crate::clocks::{Clocks, Seen, Shared, stated};
use crate::{End, Kind};

/// The times of a case; see [`Case`](crate::Case) for each.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CaseTimes {
    pub(crate) start: Option<Stamp>,
    pub(crate) end: Option<Stamp>,
    pub(crate) time_to_ring: Option<i64>,
    pub(crate) time_to_answer: Option<i64>,
    pub(crate) set_up: Option<i64>,
    pub(crate) duration: Option<i64>,
    pub(crate) silence: Option<i64>,
}

/// A moment of a dialog, as one clock saw it.
type Milestone = fn(&Times) -> Option<Micros>;

/// Finds the times of a dialog.
///
/// Its start and end are told by the clock that saw most milestones; of several, by the caller's.
/// Each interval is that of one clock which saw both of its ends; of several, first of the
/// caller's. Where no clock saw both, two clocks give it whose offset from each other is known.
/// What would be negative is not known.
pub(crate) fn times(
    dialog: &Dialog,
    kind: Kind,
    caller: &End<'_>,
    clocks: &Clocks,
    shared: &Shared,
) -> CaseTimes {
    // Nearly all dialogs were seen by one writer.
    if let Some((one, silence)) = clocks.seen_once(dialog, shared) {
        return of_seen(dialog, kind, caller, clocks, &mut [one], |_| silence);
    }
    let mut seen = clocks.seen(dialog, shared);
    of_seen(dialog, kind, caller, clocks, &mut seen, |clock| {
        clocks.silence(dialog, clock, shared)
    })
}

/// The times of a dialog of which clocks saw this. `silence` says how long the trace went on, by a
/// clock.
#[inline]
fn of_seen(
    dialog: &Dialog,
    kind: Kind,
    caller: &End<'_>,
    clocks: &Clocks,
    seen: &mut [Seen<'_>],
    silence: impl FnOnce(u32) -> Option<i64>,
) -> CaseTimes {
    // The answer to a re-INVITE looks like the answer to the INVITE where that was not seen.
    if dialog.traits.has(Traits::REINVITED) {
        for one in seen.iter_mut() {
            if one.times.invite.is_none() {
                one.times.answer = None;
                one.times.ring = None;
            }
        }
    }
    let is_callers = |one: &Seen<'_>| one.owner.is_some() && one.owner == caller.address;
    seen.sort_by_key(|one| (Reverse(milestones(&one.times)), !is_callers(one), one.clock));
    let Some(main) = seen.first() else {
        return of_diagnoses(dialog);
    };
    let (first, last) = span(main, seen, clocks);
    let mut times = CaseTimes {
        start: first.map(|at| clocks.stamp_of(main, at)),
        end: last.map(|at| clocks.stamp_of(main, at)),
        silence: silence(main.clock).filter(|silence| *silence >= 0),
        ..CaseTimes::default()
    };
    if !kind.is_session() {
        return times;
    }
    seen.sort_by_key(|one| (!is_callers(one), Reverse(milestones(&one.times)), one.clock));
    let invite: Milestone = |times| times.invite;
    let answer: Milestone = |times| times.answer;
    times.time_to_ring = interval(seen, clocks, invite, |times| {
        // What rang after the answer was something else.
        let ring = times.ring?;
        times
            .answer
            .is_none_or(|answer| ring <= answer)
            .then_some(ring)
    });
    times.time_to_answer = interval(seen, clocks, invite, answer);
    times.set_up = if dialog.traits.has(Traits::ANSWERED) {
        times.time_to_answer
    } else {
        // What a redirect led to counts, if that is known.
        let fail = interval(seen, clocks, invite, |times| times.fail);
        fail.or_else(|| interval(seen, clocks, invite, |times| times.redirect))
    };
    times.duration = interval(seen, clocks, answer, |times| times.bye);
    times
}

/// The first and the last moment of a dialog by one clock, and by those that can be compared with
/// it where they saw more: a call may go on in another file.
fn span(main: &Seen<'_>, seen: &[Seen<'_>], clocks: &Clocks) -> (Option<Micros>, Option<Micros>) {
    let (Some(first), Some(last)) = (main.times.first, main.times.last) else {
        return (main.times.first, main.times.last);
    };
    let since =
        |one: &Seen<'_>, at: Option<Micros>| clocks.between((main.clock, first), (one.clock, at?));
    let others = || seen.iter().filter(|one| one.clock != main.clock);
    let earlier = others().filter_map(|one| since(one, one.times.first));
    let later = others().filter_map(|one| since(one, one.times.last));
    // What differs by less than a network takes is the same message.
    let own = last.get().saturating_sub(first.get());
    let earlier = earlier.min().filter(|at| *at < -MAX_DELAY).unwrap_or(0);
    let later = later
        .max()
        .filter(|at| *at - own > MAX_DELAY)
        .unwrap_or(own);
    let moment = |since: i64| Some(Micros::new(first.get().saturating_add(since)));
    (moment(earlier), moment(later))
}

/// Longest time that one message takes from one log to the next, in microseconds.
const MAX_DELAY: i64 = 1_000_000;

fn milestones(times: &Times) -> usize {
    let Times {
        first: _,
        last: _,
        invite,
        ring,
        answer,
        redirect,
        fail,
        bye,
    } = times;
    let all = [invite, ring, answer, redirect, fail, bye];
    all.into_iter().flatten().count()
}

/// Microseconds from one moment to the other, by the first clock that saw both, or by two.
fn interval(seen: &[Seen<'_>], clocks: &Clocks, from: Milestone, to: Milestone) -> Option<i64> {
    let by_one = |one: &Seen<'_>| {
        let (from, to) = (from(&one.times)?, to(&one.times)?);
        Some(to.get().saturating_sub(from.get()))
    };
    let mut both = seen.iter().filter_map(by_one).peekable();
    if both.peek().is_some() {
        return both.find(|micros| *micros >= 0);
    }
    let began = seen
        .iter()
        .filter_map(|one| Some((one.clock, from(&one.times)?)));
    let mut pairs = began.flat_map(|began| {
        let ended = seen
            .iter()
            .filter_map(|one| Some((one.clock, to(&one.times)?)));
        ended.filter_map(move |ended| clocks.between(began, ended))
    });
    pairs.find(|micros| *micros >= 0)
}

/// The first and the last stamp of what is said about a dialog of which no message has one. The
/// stamps of a diagnosis may be of several clocks; they are not converted.
fn of_diagnoses(dialog: &Dialog) -> CaseTimes {
    let stamps = || {
        let stamps = dialog
            .diagnoses()
            .filter_map(|(_, sightings)| sightings.first());
        stamps.map(|stamp| match stated(stamp.zone) {
            Some(offset) => Stamp {
                micros: stamp.micros.saturating_sub(offset),
                zone: siptriage_facts::Zone::Utc,
            },
            None => stamp,
        })
    };
    CaseTimes {
        start: stamps().min(),
        end: stamps().max(),
        ..CaseTimes::default()
    }
}
