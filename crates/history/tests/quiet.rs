//! Years without a change: how often is something listed nevertheless?
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use siptriage_history::{Options, compare};

mod world;
use world::{FIRST_DAY, Shape, World};

#[derive(Debug, Default, Clone, Copy)]
struct Alarms {
    nights: u64,
    alarms: u64,
    new: u64,
    worse: u64,
    better: u64,
    gone: u64,
    months: [u64; 12],
}

fn year(seed: u64, shape: Shape, options: &Options) -> Alarms {
    let mut world = World::any(seed, shape);
    let nights: Vec<_> = (0..365).map(|day| world.night(FIRST_DAY + day)).collect();
    let mut sum = Alarms::default();
    for at in 1..nights.len() {
        let c = compare(&nights[at], &nights[at.saturating_sub(40)..at], options);
        sum.nights += 1;
        sum.alarms += u64::from(!c.is_quiet());
        if !c.is_quiet() {
            sum.months[at / 31] += 1;
        }
        sum.new += c.new.len() as u64;
        sum.worse += c.worse.len() as u64;
        sum.better += c.better.len() as u64;
        sum.gone += c.gone.len() as u64;
        if std::env::var_os("SHOW").is_some() {
            for ch in c.new.iter().chain(&c.worse).chain(&c.better).chain(&c.gone) {
                let cause = world.causes.iter().find(|x| x.key == ch.key).unwrap();
                eprintln!(
                    "seed {seed} night {at} calls {} {:?} x={} u={} e={:.2} K={} seen {}/{} p={:.4} var={:.2} true spread={:.3} tries={:.2} wk={:.2}",
                    c.calls,
                    ch.kind,
                    ch.calls,
                    ch.users,
                    ch.expected,
                    ch.calls_before,
                    ch.nights_seen,
                    ch.nights,
                    ch.p,
                    ch.variation,
                    cause.spread,
                    cause.tries,
                    cause.weekend
                );
            }
        }
    }
    sum
}

#[test]
fn explore() {
    for shape in [Shape::Gamma, Shape::LogNormal] {
        let t = std::time::Instant::now();
        let mut total = Alarms::default();
        let mut worst = 0;
        let years: u64 = std::env::var("YEARS").map_or(60, |y| y.parse().unwrap());
        for seed in 1..=years {
            let y = year(seed, shape, &Options::default());
            worst = worst.max(y.alarms);
            total.nights += y.nights;
            total.alarms += y.alarms;
            total.new += y.new;
            total.worse += y.worse;
            total.better += y.better;
            total.gone += y.gone;
            for (a, b) in total.months.iter_mut().zip(y.months) {
                *a += b;
            }
        }
        eprintln!(
            "worst {worst} {shape:?} {total:?} rate {:.5} {:?}",
            total.alarms as f64 / total.nights as f64,
            t.elapsed()
        );
    }
}
