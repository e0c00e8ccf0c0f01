//! Made-up years without a change, and changes of known size: what is found, and what should not
//! have been. The figures of `docs/comparison.md` are these.
//!
//! `UPDATE_DOCS=1 cargo test -p siptriage-history --test simulation` writes them again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use siptriage_history::{ChangeKind, Comparison, Key, Night, Options, compare};

mod world;
use world::{Cause, FIRST_DAY, Shape, World};

/// What a change must not be said of more often: the budget of [`Options::default`].
const BUDGET: f64 = 0.01;

const DAYS: i64 = 365;

/// Threads that share the work.
const THREADS: u64 = 2;

// Years without a change.

/// Systems without a change, and how many years of them.
struct Quiet {
    name: &'static str,
    shape: Shape,
    common: f64,
    /// How many days back a night may be.
    back: u32,
    years: RangeInclusive<u64>,
}

const QUIET: [Quiet; 4] = [
    Quiet {
        name: "rates vary by themselves (gamma)",
        shape: Shape::Gamma,
        common: 0.0,
        back: 28,
        years: 1..=60,
    },
    Quiet {
        name: "with longer tails than assumed (log-normal)",
        shape: Shape::LogNormal,
        common: 0.0,
        back: 28,
        years: 101..=140,
    },
    Quiet {
        name: "and all rates of a night together by a fifth",
        shape: Shape::Gamma,
        common: 0.04,
        back: 28,
        years: 201..=240,
    },
    Quiet {
        name: "by themselves, and only the nights of one week are known",
        shape: Shape::Gamma,
        common: 0.0,
        back: 7,
        years: 301..=320,
    },
];

/// What was said of nights that nothing happened in.
#[derive(Debug, Default, Clone, Copy)]
struct Alarms {
    nights: u64,
    /// Nights with any change at all.
    alarms: u64,
    /// Changes, in the order of [`ChangeKind::ALL`].
    changes: [u64; 5],
    /// Changes, but for the unseen, of causes that come in bursts.
    of_bursts: u64,
    /// Alarms of the year with the most.
    worst: u64,
}

impl Alarms {
    fn add(&mut self, other: &Alarms) {
        self.nights += other.nights;
        self.alarms += other.alarms;
        for (sum, more) in self.changes.iter_mut().zip(other.changes) {
            *sum += more;
        }
        self.of_bursts += other.of_bursts;
        self.worst = self.worst.max(other.worst);
    }

    fn rate(&self) -> f64 {
        self.alarms as f64 / self.nights as f64
    }
}

/// One year, of which each night but the first is compared with what was known by then.
fn year(seed: u64, quiet: &Quiet, options: &Options) -> Alarms {
    let mut world = World::any(seed, quiet.shape);
    world.common = quiet.common;
    let nights: Vec<Night> = (0..DAYS).map(|day| world.night(FIRST_DAY + day)).collect();
    let mut sum = Alarms::default();
    for at in 1..nights.len() {
        let known = &nights[at.saturating_sub(40)..at];
        let comparison = compare(&nights[at], known, options);
        sum.nights += 1;
        sum.alarms += u64::from(!comparison.is_quiet());
        for (number, kind) in ChangeKind::ALL.into_iter().enumerate() {
            let changes = comparison.of(kind);
            sum.changes[number] += changes.len() as u64;
            if kind != ChangeKind::Unseen {
                let bursts = changes.iter().filter(|change| world.is_burst(&change.key));
                sum.of_bursts += bursts.count() as u64;
            }
        }
    }
    sum.worst = sum.alarms;
    sum
}

fn years(quiet: &Quiet, options: &Options) -> Alarms {
    let sum = Mutex::new(Alarms::default());
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let sum = &sum;
            scope.spawn(move || {
                for seed in quiet.years.clone().filter(|seed| seed % THREADS == thread) {
                    let year = year(seed, quiet, options);
                    sum.lock().unwrap().add(&year);
                }
            });
        }
    });
    sum.into_inner().unwrap()
}

static MEASURED_QUIET: LazyLock<Vec<Alarms>> = LazyLock::new(|| {
    let measured = QUIET.iter().map(|quiet| {
        let options = Options {
            back: Some(quiet.back),
            ..Options::default()
        };
        years(quiet, &options)
    });
    measured.collect()
});

#[test]
fn of_a_hundred_quiet_nights_at_most_one_has_a_change() {
    for (quiet, alarms) in QUIET.iter().zip(MEASURED_QUIET.iter()) {
        assert!(alarms.rate() <= BUDGET, "{}: {alarms:?}", quiet.name);
        let [.., unseen] = alarms.changes;
        assert!(unseen > 500, "rare causes come and go: {alarms:?}");
    }
}

#[test]
fn a_greater_budget_is_used() {
    let quiet = Quiet {
        years: 1..=6,
        ..QUIET[0]
    };
    let with = |false_alarms| {
        let options = Options {
            false_alarms,
            min_ratio: 1.0,
            ..Options::default()
        };
        years(&quiet, &options)
    };
    // So this test can fail: nights would have alarms if it were not for the budget.
    let (little, much) = (with(0.001), with(1.0));
    assert!(little.rate() < 0.001, "{little:?}");
    assert!(much.rate() > 10.0 * BUDGET, "{much:?}");
}

// Changes of known size.

/// A change, and how often it must be found at least, of 100.
struct Step {
    /// Of 1,000 calls, before and from the first night on.
    rates: (f64, f64),
    calls: f64,
    /// On the first night, and on one of the first three.
    least: (u64, u64),
}

const fn step(rates: (f64, f64), calls: f64, least: (u64, u64)) -> Step {
    Step {
        rates,
        calls,
        least,
    }
}

/// Runs of each step.
const RUNS: u64 = 200;

const STEPS: [Step; 30] = [
    step((0.0, 10.0), 500.0, (25, 75)),
    step((0.0, 2.0), 2_000.0, (10, 50)),
    step((0.0, 5.0), 2_000.0, (65, 95)),
    step((0.0, 0.5), 20_000.0, (65, 95)),
    step((0.0, 1.0), 20_000.0, (95, 99)),
    step((0.1, 0.5), 20_000.0, (0, 20)),
    step((0.1, 1.0), 20_000.0, (35, 90)),
    step((1.0, 5.0), 2_000.0, (0, 25)),
    step((1.0, 10.0), 2_000.0, (35, 90)),
    step((1.0, 2.0), 20_000.0, (0, 10)),
    step((1.0, 3.0), 20_000.0, (15, 70)),
    step((1.0, 5.0), 20_000.0, (75, 98)),
    step((5.0, 50.0), 500.0, (45, 90)),
    step((5.0, 15.0), 2_000.0, (2, 40)),
    step((5.0, 25.0), 2_000.0, (45, 95)),
    step((5.0, 50.0), 2_000.0, (95, 99)),
    step((5.0, 7.5), 20_000.0, (0, 0)),
    step((5.0, 10.0), 20_000.0, (1, 35)),
    step((5.0, 15.0), 20_000.0, (45, 95)),
    step((5.0, 25.0), 20_000.0, (95, 99)),
    step((20.0, 40.0), 2_000.0, (1, 25)),
    step((20.0, 60.0), 2_000.0, (30, 85)),
    step((20.0, 40.0), 20_000.0, (1, 35)),
    step((20.0, 60.0), 20_000.0, (50, 95)),
    step((1.0, 0.0), 20_000.0, (1, 90)),
    step((5.0, 0.0), 2_000.0, (0, 55)),
    step((5.0, 0.0), 20_000.0, (95, 99)),
    step((20.0, 0.0), 2_000.0, (70, 95)),
    step((5.0, 1.0), 20_000.0, (15, 90)),
    step((20.0, 4.0), 20_000.0, (20, 90)),
];

/// In how many of 100 runs a change is found: on the first night, and within three.
fn found(step: &Step) -> (u64, u64) {
    let key = Key::new("failed", "changed");
    let (usual, later) = step.rates;
    let (mut first, mut within) = (0, 0);
    for run in 1..=RUNS {
        let mut world = World::any(run, Shape::Gamma);
        world.causes.truncate(30);
        world.calls = step.calls;
        world.causes.push(Cause {
            key: key.clone(),
            rate: 1.0,
            spread: 0.04,
            tries: 1.3,
            weekend: 1.0,
            season: 0.0,
        });
        let mut night = |day: i64, rate: f64| {
            let factor = |cause: &Cause| if cause.key == key { rate } else { 1.0 };
            world.night_with(FIRST_DAY + 28 + day, factor)
        };
        let mut nights: Vec<Night> = (-28..0).map(|day| night(day, usual)).collect();
        for day in 0..3 {
            let tonight = night(day, later);
            if tells(
                &compare(&tonight, &nights, &Options::default()),
                &key,
                later > usual,
            ) {
                first += u64::from(day == 0);
                within += 1;
                break;
            }
            nights.push(tonight);
        }
    }
    (percent(first), percent(within))
}

/// Whether a change of this finding is told in the right direction.
fn tells(comparison: &Comparison, key: &Key, is_up: bool) -> bool {
    let lists = match is_up {
        true => [&comparison.new, &comparison.worse],
        false => [&comparison.better, &comparison.gone],
    };
    (lists.into_iter().flatten()).any(|change| change.key == *key)
}

fn percent(runs: u64) -> u64 {
    (runs * 100 + RUNS / 2) / RUNS
}

static MEASURED_STEPS: LazyLock<Vec<(u64, u64)>> = LazyLock::new(|| {
    let (front, back) = STEPS.split_at(STEPS.len() / 2);
    let [front, back] = std::thread::scope(|scope| {
        [front, back]
            .map(|steps| scope.spawn(|| steps.iter().map(found).collect::<Vec<_>>()))
            .map(|thread| thread.join().unwrap())
    });
    [front, back].concat()
});

#[test]
fn changes_are_found_as_soon_as_their_size_allows() {
    for (step, &(first, within)) in STEPS.iter().zip(MEASURED_STEPS.iter()) {
        let found = (first >= step.least.0, within >= step.least.1);
        let (rates, calls) = (step.rates, step.calls);
        assert_eq!(
            found,
            (true, true),
            "{rates:?} of {calls}: {first}, {within}"
        );
    }
}

// The page.

const QUIET_PART: (&str, &str) = ("<!-- quiet nights, by a test -->\n", "<!-- end -->\n");
const STEPS_PART: (&str, &str) = ("<!-- changes, by a test -->\n", "<!-- end -->\n");

#[test]
fn the_page_shows_what_was_measured() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/comparison.md");
    // A checkout on Windows may have other line ends.
    let shown = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\r\n", "\n");
    let page = replaced(&shown, QUIET_PART, &quiet_table());
    let page = replaced(&page, STEPS_PART, &steps_table());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
        return;
    }
    let differing = page
        .lines()
        .zip(shown.lines())
        .find(|(now, shown)| now != shown);
    assert!(
        page == shown,
        "docs/comparison.md does not show what is measured; run this test with UPDATE_DOCS=1. \
         First other line: {differing:?}"
    );
}

fn replaced(page: &str, (from, to): (&str, &str), with: &str) -> String {
    let (before, rest) = page.split_once(from).unwrap();
    let (_, after) = rest.split_once(to).unwrap();
    format!("{before}{from}\n{with}\n{to}{after}")
}

fn quiet_table() -> String {
    let mut table = String::from(
        "| rates | years | nights | with a change | of 100 | worst year | new | worse | better | gone | of bursts |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (quiet, alarms) in QUIET.iter().zip(MEASURED_QUIET.iter()) {
        let [new, worse, better, gone, _] = alarms.changes;
        table.push_str(&format!(
            "| {} | {} | {} | {} | {:.2} | {} | {new} | {worse} | {better} | {gone} | {} |\n",
            quiet.name,
            quiet.years.clone().count(),
            alarms.nights,
            alarms.alarms,
            alarms.rate() * 100.0,
            alarms.worst,
            alarms.of_bursts,
        ));
    }
    table
}

fn steps_table() -> String {
    let mut table = String::from(
        "| usual, of 1,000 calls | then | calls a night | usual calls of it | first night | within three nights |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for (step, (first, within)) in STEPS.iter().zip(MEASURED_STEPS.iter()) {
        let (usual, later) = step.rates;
        let factor = match (usual, later) {
            (0.0, _) => format!("{later}"),
            (_, 0.0) => "0".to_owned(),
            _ => format!("{later} (× {})", later / usual),
        };
        table.push_str(&format!(
            "| {usual} | {factor} | {} | {} | {first} % | {within} % |\n",
            step.calls,
            usual * step.calls / 1000.0,
        ));
    }
    table
}
