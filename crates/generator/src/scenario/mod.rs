//! Scenarios: calls of known truth, in the files of everybody who saw them.
//!
//! A trace ([`crate::generate()`]) is one file with exact counts. A scenario is a folder: the same
//! messages in the logs of clients, Front Ends and Edges, with different clocks, in rotated,
//! overlapping and copied files. Its truth is about calls, not about occurrences: what became of
//! each, who is to blame, and how many messages are copies.

mod files;
mod incident;
mod media;
mod mishaps;
mod net;
mod others;
mod plain_calls;
mod plots;
mod talk;
mod truth;
mod wire;

use std::io;

pub(crate) use incident::incident;
pub use plain_calls::{PlainCallsTruth, write_calls};
pub use truth::{
    CallOutcome, CallTruth, CallVerdict, ClientTruth, EndedBy, OtherKind, OtherTruth,
    ScenarioTotals, ScenarioTruth,
};

use net::Net;
use plots::Plot;
use talk::{Stage, Talk};

use crate::clock::SECOND;
use crate::rng::Rng;
use crate::truth::Truth;

/// What to play and who writes it down. Equal options give equal bytes, on every platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioOptions {
    /// Seed of all chance.
    pub seed: u64,
    /// Calls to play. One that none of the writers sees is not in the truth. With 60 or more,
    /// everything that can be played is.
    pub calls: u32,
    /// Employees, from 4 to 120; every other one works at home.
    pub users: u32,
    /// Time of the first call: milliseconds since 1970-01-01T00:00:00 UTC.
    pub start: u64,
    /// Time from call to call, in milliseconds. Calls last longer: they overlap.
    pub pause: u64,
    /// Dialogs that are no calls, for a hundred calls.
    pub others: u32,
    /// Whether clients log the calls that their owner makes.
    pub caller_logs: bool,
    /// Whether clients log the calls that their owner gets.
    pub callee_logs: bool,
    /// Only so many employees keep a log; everybody, where absent.
    pub logging_clients: Option<u32>,
    /// Front End servers that keep a log, from 0 to 4.
    pub front_ends: u32,
    /// Edge servers that keep a log, from 0 to 4.
    pub edges: u32,
    /// Zones of the clients' clocks, as minutes ahead of UTC, in turn for one client after the
    /// other. Empty: all UTC. Servers write UTC.
    pub offset_minutes: Vec<i32>,
    /// How far the clients' clocks are wrong beside the zone, in milliseconds, in turn.
    pub skew_ms: Vec<i64>,
    /// Whether clients begin a new file in mid-log: `…-1.UccApilog` is the older one.
    pub rotated: bool,
    /// Files that the log of each server is cut into; 0 is 1.
    pub server_parts: u32,
    /// Whether there is a second export of each server's log that repeats its last third.
    pub overlap: bool,
    /// Whether one file has a copy, byte for byte, under another name.
    pub copy: bool,
    /// Whether one file holds everything twice, one after the other.
    pub appended_twice: bool,
    /// Names of the plots to play, in turn; all, where empty. [`scenario_plots`] has them.
    pub plots: Vec<String>,
}

impl ScenarioOptions {
    /// Everybody writes, nothing is twice but what several saw.
    pub fn new(seed: u64, calls: u32) -> ScenarioOptions {
        ScenarioOptions {
            seed,
            calls,
            users: 16,
            // 2026-03-02T08:00:00, a Monday.
            start: 1_772_438_400_000,
            pause: 9 * SECOND,
            others: 40,
            caller_logs: true,
            callee_logs: true,
            logging_clients: None,
            front_ends: 2,
            edges: 1,
            offset_minutes: vec![60, 0, -300, 330, 120],
            skew_ms: vec![0, 1700, -2300, 40, -800, 61_000, 250],
            rotated: false,
            server_parts: 1,
            overlap: false,
            copy: false,
            appended_twice: false,
            plots: Vec::new(),
        }
    }

    /// Everything that makes copies and splits dialogs.
    #[must_use]
    pub fn tangled(self) -> ScenarioOptions {
        ScenarioOptions {
            rotated: true,
            server_parts: 3,
            overlap: true,
            copy: true,
            appended_twice: true,
            ..self
        }
    }

    /// Zone in minutes and error in milliseconds of an employee's clock.
    fn clock(&self, actor: usize) -> (i32, i64) {
        let turn = |len: usize| actor.checked_rem(len).unwrap_or(0);
        let offset = self.offset_minutes.get(turn(self.offset_minutes.len()));
        let skew = self.skew_ms.get(turn(self.skew_ms.len()));
        (
            offset.copied().unwrap_or_default(),
            skew.copied().unwrap_or_default(),
        )
    }
}

/// A file of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioFile {
    /// Its name, without folder. Files of clients are named after their owner, those of servers
    /// after their host.
    pub name: String,
    /// What it holds: UTF-8, CR LF.
    pub contents: Vec<u8>,
    /// Exact counts of occurrences in this file alone.
    pub truth: Truth,
}

/// Files, and what is true of the calls in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scenario {
    /// The files, in no order that matters.
    pub files: Vec<ScenarioFile>,
    /// What is true of all of them together.
    pub truth: ScenarioTruth,
}

/// Names of everything that can be played, in the order in which it is.
pub fn scenario_plots() -> Vec<&'static str> {
    plots::all().iter().map(|plot| plot.name).collect()
}

/// Plays a scenario in memory: some kilobytes for each call and writer.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidInput`] where `options` name a plot that does not exist.
pub fn scenario(options: &ScenarioOptions) -> io::Result<Scenario> {
    let mut rng = Rng::new(options.seed);
    let net = Net::new(
        &mut rng,
        options.users as usize,
        options.front_ends as usize,
        options.edges as usize,
    );
    let mut stage = Stage { rng, net };
    let mut talks = Vec::new();
    let plots = chosen(options)?;
    for index in 0..u64::from(options.calls) {
        let at = options.start + index * options.pause;
        let plot = plots[index as usize % plots.len()];
        let mut talk = (plot.tell)(&mut stage, at);
        talk.plot = plot.name;
        let begins = talk.lines.iter().map(|line| line.at).min().unwrap_or(at);
        if talk.outcome == CallOutcome::SeenInPart {
            // It began before the logs do.
            let wanted = options.start + stage.rng.below(4 * SECOND);
            talk.shift(wanted as i64 - begins as i64);
        }
        talks.push(talk);
    }
    let others = u64::from(options.calls) * u64::from(options.others) / 100;
    for index in 0..others {
        let span = u64::from(options.calls) * options.pause;
        let at = options.start + stage.rng.below(span);
        let tell = others::OTHERS[index as usize % others::OTHERS.len()];
        talks.push(tell(&mut stage, at));
    }
    end_unfinished(&mut stage, &mut talks);
    let reports: Vec<Talk> = talks
        .iter_mut()
        .flat_map(|talk| std::mem::take(&mut talk.reports))
        .collect();
    talks.extend(reports);
    Ok(files::write(
        options,
        &stage.net,
        &talks,
        files::Detail::Full,
    ))
}

/// Moves calls that are unfinished to the end of all logs.
fn end_unfinished(stage: &mut Stage, talks: &mut [Talk]) {
    let unfinished = |talk: &Talk| talk.outcome == CallOutcome::Unfinished;
    let ended = talks.iter().filter(|talk| !unfinished(talk));
    let Some(end) = ended.map(Talk::end).max() else {
        return;
    };
    for talk in talks.iter_mut().filter(|talk| unfinished(talk)) {
        let wanted = end - stage.rng.below(20 * SECOND);
        talk.shift(wanted as i64 - talk.end() as i64);
    }
}

/// The plots to play: those that are named, of those whose end the writers can see.
fn chosen(options: &ScenarioOptions) -> io::Result<Vec<Plot>> {
    let mut all = plots::all();
    if !options.plots.is_empty() {
        let named = options.plots.iter().map(|name| {
            let found = all.iter().find(|plot| plot.name == *name);
            found.copied().ok_or_else(|| {
                let why = format!("'{name}' is no plot");
                io::Error::new(io::ErrorKind::InvalidInput, why)
            })
        });
        return named.collect();
    }
    if !options.caller_logs && options.front_ends == 0 {
        all.retain(|plot| plot.callee_sees);
    }
    Ok(all)
}
