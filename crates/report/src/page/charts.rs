//! What charts are drawn of: calls by time, cause, place, flag and medium.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use foldhash::fast::RandomState;
use siptriage_diagnostics::IceWarn;
use siptriage_facts::{Stamp, Zone};
use siptriage_judge::{Case, Location, Verdict};

use super::span::{DAY, Pieces};
use crate::cells;
use crate::document::{Cell, Column, Layout, Section, grouped};
use crate::visible::visible;

/// Causes that have a colour of their own; the others are one.
const MAX_CAUSES: usize = 6;
/// Rows of a matrix.
const MAX_ROWS: usize = 16;
/// The cause of calls that no rule explains.
const UNEXPLAINED: &str = "No rule explains these calls.";

/// How many calls, and how many of them failed.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    calls: u64,
    failed: u64,
}

impl Count {
    fn add(&mut self, failed: bool) {
        self.calls += 1;
        self.failed += u64::from(failed);
    }
}

/// Calls while they pass. Starts are kept, two numbers a call, since pieces of time are known
/// only when all have passed.
#[derive(Debug, Default)]
pub(super) struct Charts<'f> {
    all: Count,
    verdicts: BTreeMap<Verdict, u64>,
    failed_users: HashSet<&'f str, RandomState>,
    starts: Vec<(i64, bool)>,
    without_start: u64,
    zones: BTreeSet<Zone>,
    /// Starts of failed calls by cause.
    failures: BTreeMap<&'f str, Vec<i64>>,
    hours: [Count; 24],
    places: BTreeMap<(&'f str, (Location, Location)), u64>,
    flags: BTreeMap<(u32, &'static str), Count>,
    rules: BTreeMap<&'f str, (&'f siptriage_judge::Rule, u64)>,
    last: Option<Stamp>,
}

impl<'f> Charts<'f> {
    pub(super) fn add(&mut self, case: &Case<'f>) {
        let verdict = case.decision.verdict;
        let failed = verdict == Verdict::Failed;
        let cause = case.decision.rule.map_or(UNEXPLAINED, |rule| &rule.cause);
        self.all.add(failed);
        *self.verdicts.entry(verdict).or_default() += 1;
        self.last = self.last.max(case.end).max(case.start);
        match case.start {
            None => self.without_start += 1,
            Some(start) => {
                self.zones.insert(start.zone);
                self.starts.push((start.micros, failed));
                let hour = start.micros.div_euclid(3_600_000_000).rem_euclid(24);
                self.hours[usize::try_from(hour).unwrap_or(0)].add(failed);
                if failed {
                    self.failures.entry(cause).or_default().push(start.micros);
                }
            }
        }
        if failed {
            self.failed_users.extend(case.caller.address);
            *self
                .places
                .entry((cause, case.location_pair()))
                .or_default() += 1;
        }
        if let Some(rule) = case.decision.rule {
            self.rules.entry(&rule.id).or_insert((rule, 0)).1 += 1;
        }
        // Once for each flag and medium, however many diagnoses repeat it.
        let mut seen: BTreeSet<(u32, &'static str)> = BTreeSet::new();
        for media in case.media() {
            let bits = media.mask.map_or(0, IceWarn::bits);
            for bit in (0..32).map(|bit| 1u32 << bit).filter(|bit| bits & bit != 0) {
                let words = media.modality.words();
                seen.extend(words.map(|word| (bit, word)));
            }
        }
        for key in seen {
            self.flags.entry(key).or_default().add(failed);
        }
    }

    /// All of them; the same calls give the same, in whatever order they passed.
    pub(super) fn sections(mut self) -> Vec<Section> {
        let first = self.starts.iter().map(|(start, _)| *start).min();
        let last = self.starts.iter().map(|(start, _)| *start).max();
        // Of one zone, its mark; of several, none is true of all.
        let zone = match self.zones.len() {
            1 => self.zones.pop_first().unwrap_or_default(),
            _ => Zone::Unknown,
        };
        let mut sections = vec![self.summary(first, zone)];
        if let (Some(first), Some(last)) = (first, last) {
            let pieces = Pieces::between(first, last);
            sections.push(self.failures_by_time(&pieces, zone));
            sections.push(self.calls_by_time(&pieces, zone));
            // Hours of less than a day are those of the chart before.
            if last.saturating_sub(first) >= DAY {
                sections.push(self.hours_of_day());
            }
        }
        sections.push(self.causes_by_place());
        sections.push(self.flags_by_media());
        sections.push(self.rules_used());
        sections
    }

    fn summary(&self, first: Option<i64>, zone: Zone) -> Section {
        let of = |verdict| Cell::Count(self.verdicts.get(&verdict).copied().unwrap_or(0));
        let first = first.map(|micros| Stamp { micros, zone });
        Section::record(
            "summary",
            "In numbers",
            vec![
                (
                    Column::number("calls", "Calls"),
                    Cell::Count(self.all.calls),
                ),
                (Column::number("failed", "Failed"), of(Verdict::Failed)),
                (
                    Column::number("failed_users", "Users hit"),
                    Cell::Count(cells::count(self.failed_users.len())),
                ),
                (
                    Column::number("degraded", "Degraded"),
                    of(Verdict::Degraded),
                ),
                (Column::number("benign", "Benign"), of(Verdict::Benign)),
                (Column::number("unknown", "Unknown"), of(Verdict::Unknown)),
                (Column::text("seen", "Seen"), cells::span(first, self.last)),
            ],
        )
    }

    fn time_notes(&self) -> Vec<String> {
        match self.without_start {
            0 => Vec::new(),
            1 => vec!["1 call without a time is missing here.".to_owned()],
            calls => vec![format!(
                "{} calls without a time are missing here.",
                grouped(calls)
            )],
        }
    }

    fn failures_by_time(&self, pieces: &Pieces, zone: Zone) -> Section {
        let mut section = Section::new(
            "failures_by_time",
            format!("Failed calls by cause, each {}", pieces.words()),
            vec![
                Column::text("time", "From"),
                Column::text("cause", "Cause"),
                Column::number("calls", "Failed calls"),
            ],
        );
        let mut causes: Vec<(&str, &Vec<i64>)> = self
            .failures
            .iter()
            .map(|(cause, starts)| (*cause, starts))
            .collect();
        causes.sort_by_key(|(cause, starts)| (Reverse(starts.len()), *cause));
        let mut counts: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        for (place, (_, starts)) in causes.iter().enumerate() {
            for start in *starts {
                let key = (pieces.of(*start), place.min(MAX_CAUSES));
                *counts.entry(key).or_default() += 1;
            }
        }
        for ((piece, place), calls) in counts {
            let cause = match causes.get(place) {
                Some((cause, _)) if place < MAX_CAUSES => words(cause),
                _ => Cell::text("Other causes"),
            };
            section.rows.push(vec![
                Cell::Stamp(Stamp {
                    micros: pieces.start(piece),
                    zone,
                }),
                cause,
                Cell::Count(calls),
            ]);
        }
        section.notes = self.time_notes();
        section
    }

    fn calls_by_time(&self, pieces: &Pieces, zone: Zone) -> Section {
        let mut section = Section::new(
            "calls_by_time",
            format!("Calls and how many failed, each {}", pieces.words()),
            vec![
                Column::text("time", "From"),
                Column::number("calls", "Calls"),
                Column::number("failed", "Failed"),
                Column::number("rate", "Failure rate"),
            ],
        );
        let mut counts = vec![Count::default(); pieces.count];
        for (start, failed) in &self.starts {
            counts[pieces.of(*start)].add(*failed);
        }
        for (piece, count) in counts.into_iter().enumerate() {
            let micros = pieces.start(piece);
            let mut row = vec![Cell::Stamp(Stamp { micros, zone })];
            row.extend(rate(count));
            section.rows.push(row);
        }
        section.notes = self.time_notes();
        section
    }

    fn hours_of_day(&self) -> Section {
        let mut section = Section::new(
            "hours_of_day",
            "Calls by hour of the day",
            vec![
                Column::number("hour", "Hour"),
                Column::number("calls", "Calls"),
                Column::number("failed", "Failed"),
                Column::number("rate", "Failure rate"),
            ],
        );
        for (hour, count) in (0..).zip(self.hours) {
            let mut row = vec![Cell::Number(hour)];
            row.extend(rate(count));
            section.rows.push(row);
        }
        section.notes = vec!["Hours are those that the traces write.".to_owned()];
        section
    }

    fn causes_by_place(&self) -> Section {
        let mut section = Section::new(
            "causes_by_place",
            "Where caller and callee are, by cause",
            vec![
                Column::text("cause", "Cause"),
                Column::text("locations", "Caller / callee"),
                Column::number("calls", "Failed calls"),
            ],
        );
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for ((cause, _), calls) in &self.places {
            *sums.entry(cause).or_default() += calls;
        }
        let mut causes: Vec<(&str, u64)> = sums.into_iter().collect();
        causes.sort_by_key(|(cause, calls)| (Reverse(*calls), *cause));
        let hidden = causes.len().saturating_sub(MAX_ROWS);
        for (cause, _) in causes.into_iter().take(MAX_ROWS) {
            for ((of, (caller, callee)), calls) in &self.places {
                if *of == cause {
                    let pair = format!("{} / {}", caller.name(), callee.name());
                    section
                        .rows
                        .push(vec![words(cause), Cell::text(pair), Cell::Count(*calls)]);
                }
            }
        }
        section.notes.extend(rows_note(hidden, "causes"));
        section
    }

    fn flags_by_media(&self) -> Section {
        let mut section = Section::new(
            "flags_by_media",
            "ICEWarn flags by medium",
            vec![
                Column::text("flag", "Flag"),
                Column::text("media", "Media"),
                Column::number("calls", "Calls"),
                Column::number("failed", "Failed"),
                Column::number("rate", "Failure rate"),
            ],
        );
        let mut sums: BTreeMap<u32, u64> = BTreeMap::new();
        for ((bit, _), count) in &self.flags {
            *sums.entry(*bit).or_default() += count.failed;
        }
        let mut bits: Vec<(u32, u64)> = sums.into_iter().collect();
        bits.sort_by_key(|(bit, failed)| (Reverse(*failed), *bit));
        let hidden = bits.len().saturating_sub(MAX_ROWS);
        for (bit, _) in bits.into_iter().take(MAX_ROWS) {
            let mask = IceWarn::from_bits(bit);
            let name = mask.flags().next().map_or("", |flag| flag.name);
            for ((_, media), count) in self
                .flags
                .range((bit, "")..)
                .take_while(|((of, _), _)| *of == bit)
            {
                let mut row = vec![Cell::text(format!("{mask} {name}")), Cell::text(*media)];
                row.extend(rate(*count));
                section.rows.push(row);
            }
        }
        section.notes.push(
            "Calls with the flag in that medium. Flags are warnings and are set on good calls too."
                .to_owned(),
        );
        section.notes.extend(rows_note(hidden, "flags"));
        section
    }

    fn rules_used(&self) -> Section {
        let mut section = Section::new(
            "rules_used",
            "Rules that decided",
            vec![
                Column::text("verdict", "Verdict"),
                Column::number("calls", "Calls"),
                Column::text("rule", "Rule"),
                Column::text("cause", "Cause").wrapped(34),
                Column::text("condition", "If")
                    .wrapped(34)
                    .or_below(1)
                    .led_in_by("if "),
                Column::text("confidence", "Certainty"),
                Column::text("place", "From").or_below(2).led_in_by("from "),
            ],
        );
        let mut rules: Vec<_> = self.rules.values().collect();
        rules.sort_by_key(|(rule, calls)| (rule.verdict, Reverse(*calls), rule.id.as_str()));
        for (rule, calls) in rules {
            section.rows.push(vec![
                cells::verdict(rule.verdict),
                Cell::Count(*calls),
                words(&rule.id),
                words(&rule.cause),
                words(&rule.condition()),
                cells::confidence(rule.confidence),
                Cell::foreign(&format!("{}:{}", rule.file, rule.line)),
            ]);
        }
        section.layout = Layout::Table;
        section
    }
}

/// Words of a rule, which may come from a file of the user's.
fn words(text: &str) -> Cell {
    Cell::text(visible(text).into_owned())
}

fn rate(count: Count) -> [Cell; 3] {
    [
        Cell::Count(count.calls),
        Cell::Count(count.failed),
        Cell::Share {
            part: count.failed,
            whole: count.calls,
        },
    ]
}

fn rows_note(hidden: usize, what: &str) -> Option<String> {
    (hidden > 0).then(|| {
        let hidden = grouped(cells::count(hidden));
        format!("The {MAX_ROWS} {what} with most failed calls; {hidden} more are left out here.")
    })
}
