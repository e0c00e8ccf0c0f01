//! Made-up nights: causes with rates, and calls that fail of them by chance.
#![allow(unreachable_pub, reason = "a module of tests")]

use std::collections::BTreeMap;

use siptriage_history::{Count, Key, Night};

/// A Monday.
pub const FIRST_DAY: i64 = 20_514;

/// A generator of numbers that look random and are the same on every run (splitmix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number above 0 and below 1.
    pub fn share(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Evenly between two numbers.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// Between two numbers, each order of magnitude as often as any other.
    pub fn magnitude(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    fn normal(&mut self) -> f64 {
        // Box and Muller.
        let (radius, angle) = (self.share(), self.share());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    /// Gamma distributed with mean 1 and variance `spread` (Marsaglia and Tsang).
    fn gamma(&mut self, spread: f64) -> f64 {
        let shape = 1.0 / spread;
        if shape < 1.0 {
            let boost = self.share().powf(1.0 / shape);
            return self.gamma_of_shape(shape + 1.0) * boost * spread;
        }
        self.gamma_of_shape(shape) * spread
    }

    fn gamma_of_shape(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.share().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// Poisson distributed, exactly, in parts that do not underflow (Knuth).
    fn poisson(&mut self, mean: f64) -> u64 {
        let (mut left, mut count) = (mean, 0);
        while left > 0.0 {
            let part = left.min(500.0);
            left -= part;
            let limit = (-part).exp();
            let mut product = self.share();
            while product > limit {
                count += 1;
                product *= self.share();
            }
        }
        count
    }

    /// 1 and more, with this mean, each further one with the same probability.
    fn tries(&mut self, mean: f64) -> u64 {
        if mean <= 1.0 {
            return 1;
        }
        let more = 1.0 - 1.0 / mean;
        1 + (self.share().ln() / more.ln()) as u64
    }
}

/// How the rate of a cause differs from night to night.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    Gamma,
    /// With longer tails than the comparison assumes.
    LogNormal,
}

/// A cause of failures, in a system that does not change.
pub struct Cause {
    pub key: Key,
    /// Of 1,000 calls.
    pub rate: f64,
    /// Squared coefficient of variation of the rate between nights.
    pub spread: f64,
    /// Calls of one user who has it, on average.
    pub tries: f64,
    /// How many times its rate it has at the weekend.
    pub weekend: f64,
    /// By which part the rate goes up and down in the course of a year.
    pub season: f64,
}

/// The spread from which on a cause comes in bursts.
const BURSTS: f64 = 0.25;

/// A system with its causes.
pub struct World {
    pub numbers: Numbers,
    pub causes: Vec<Cause>,
    /// Calls of a working day.
    pub calls: f64,
    pub shape: Shape,
    /// Squared coefficient of variation of what all rates of a night have in common.
    pub common: f64,
}

impl World {
    /// 30 to 80 causes with rates from 0.01 to 20, and 200 to 20,000 calls on a working day.
    pub fn any(seed: u64, shape: Shape) -> World {
        let mut numbers = Numbers(seed.wrapping_mul(0x2545_F491_4F6C_DD1D));
        let causes = 30 + numbers.next() % 51;
        let causes = (0..causes)
            .map(|number| Cause {
                key: Key::new("failed", &format!("cause-{number:02}")),
                rate: numbers.magnitude(0.01, 20.0),
                // Mostly by a tenth to a half of the rate; every tenth cause comes in bursts.
                spread: match numbers.next() % 10 {
                    0 => numbers.between(BURSTS, 1.0),
                    _ => numbers.magnitude(0.01, BURSTS),
                },
                tries: match numbers.next() % 3 {
                    0 => numbers.between(1.0, 3.0),
                    _ => 1.0,
                },
                weekend: match numbers.next() % 3 {
                    0 => numbers.between(0.5, 2.0),
                    _ => 1.0,
                },
                season: 0.2,
            })
            .collect();
        World {
            calls: numbers.magnitude(200.0, 20_000.0),
            numbers,
            causes,
            shape,
            common: 0.0,
        }
    }

    /// Whether the cause of this key comes in bursts.
    #[allow(dead_code, reason = "only one test asks")]
    pub fn is_burst(&self, key: &Key) -> bool {
        let mut causes = self.causes.iter();
        causes.any(|cause| cause.key == *key && cause.spread >= BURSTS)
    }

    /// A night that nothing happened in.
    pub fn night(&mut self, day: i64) -> Night {
        self.night_with(day, |_| 1.0)
    }

    /// A night in which the rate of causes is so many times their usual one.
    pub fn night_with(&mut self, day: i64, factor: impl Fn(&Cause) -> f64) -> Night {
        let is_weekend = (day - FIRST_DAY).rem_euclid(7) >= 5;
        let numbers = &mut self.numbers;
        let dip = if is_weekend { 0.15 } else { 1.0 };
        let calls = (self.calls * dip * numbers.gamma(0.02)).ceil() as u64;
        let users = (calls as f64 / 3.0).ceil();
        let of_year = (day - FIRST_DAY) as f64 / 365.0 * std::f64::consts::TAU;
        let common = match self.common {
            0.0 => 1.0,
            spread => numbers.gamma(spread),
        };
        let mut findings = BTreeMap::new();
        for (number, cause) in self.causes.iter().enumerate() {
            let noise = match self.shape {
                Shape::Gamma => numbers.gamma(cause.spread),
                Shape::LogNormal => {
                    let variance = (1.0 + cause.spread).ln();
                    (variance.sqrt() * numbers.normal() - variance / 2.0).exp()
                }
            };
            let season = 1.0 + cause.season * (of_year + number as f64).sin();
            let of_day = if is_weekend { cause.weekend } else { 1.0 };
            let rate = cause.rate / 1000.0 * season * of_day * common * noise * factor(cause);
            let met = numbers.poisson(calls as f64 * rate / cause.tries);
            let found: u64 = (0..met).map(|_| numbers.tries(cause.tries)).sum();
            if found > 0 {
                // Who meets it more than once is one user.
                let different = users * (1.0 - (-(met as f64) / users).exp());
                let count = Count {
                    calls: found.min(calls),
                    users: (different.round() as u64).clamp(1, met),
                };
                findings.insert(cause.key.clone(), count);
            }
        }
        let failed = findings.values().map(|count: &Count| count.calls).sum();
        Night {
            day,
            calls,
            failed: u64::min(failed, calls),
            users: users as u64,
            findings,
        }
    }
}
