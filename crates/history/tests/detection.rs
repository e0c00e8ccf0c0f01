//! Changes of known size: how soon are they found?
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use siptriage_history::{Comparison, Key, Night, Options, compare};

mod world;
use world::{Cause, FIRST_DAY, Shape, World};

fn detect(
    rate: f64,
    later: f64,
    calls: f64,
    spread: f64,
    runs: u64,
    history: i64,
    options: &Options,
) -> (u64, u64) {
    let key = Key::new("failed", "changed");
    let (mut first, mut within) = (0, 0);
    for run in 0..runs {
        let mut world = World::any(run + 1, Shape::Gamma);
        world.causes.truncate(30);
        world.calls = calls;
        world.causes.push(Cause {
            key: key.clone(),
            rate: 1.0,
            spread,
            tries: 1.3,
            weekend: 1.0,
            season: 0.0,
        });
        let mut nights: Vec<Night> = (-history..0)
            .map(|d| {
                world.night_with(
                    FIRST_DAY + 364 + d,
                    |c| if c.key == key { rate } else { 1.0 },
                )
            })
            .collect();
        let found = |c: &Comparison| {
            c.new
                .iter()
                .chain(&c.worse)
                .chain(&c.better)
                .chain(&c.gone)
                .any(|c| c.key == key)
        };
        for day in 0..3 {
            let t = world.night_with(FIRST_DAY + 364 + day, |c| {
                if c.key == key { later } else { 1.0 }
            });
            if found(&compare(&t, &nights, options)) {
                within += 1;
                if day == 0 {
                    first += 1;
                }
                break;
            }
            nights.push(t);
        }
    }
    (first * 100 / runs, within * 100 / runs)
}

#[test]
fn explore() {
    let o = Options::default();
    for (rate, calls) in [
        (0.1, 20000.0),
        (1.0, 2000.0),
        (1.0, 20000.0),
        (5.0, 2000.0),
        (5.0, 20000.0),
        (20.0, 2000.0),
    ] {
        for f in [2.0, 3.0, 5.0] {
            for spread in [0.04] {
                eprintln!(
                    "rate {rate} calls {calls} x{f} spread {spread}: {:?}",
                    detect(rate, rate * f, calls, spread, 200, 28, &o)
                );
            }
        }
        eprintln!(
            "rate {rate} calls {calls} gone {:?} half {:?} 1/5 {:?}",
            detect(rate, 0.0, calls, 0.04, 200, 28, &o),
            detect(rate, rate * 0.5, calls, 0.04, 200, 28, &o),
            detect(rate, rate * 0.2, calls, 0.04, 200, 28, &o)
        );
    }
    for (later, calls) in [
        (10.0, 500.0),
        (2.0, 2000.0),
        (5.0, 2000.0),
        (10.0, 2000.0),
        (0.5, 20000.0),
        (1.0, 20000.0),
        (5.0, 20000.0),
    ] {
        eprintln!(
            "new {later} calls {calls} {:?}",
            detect(0.0, later, calls, 0.04, 200, 28, &o)
        );
    }
}
