//! What always holds of a comparison.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::{Duration, Instant};

use siptriage_history::{
    Alike, Basis, Change, ChangeKind, Comparison, Count, Key, Night, Options, Sighting, compare,
};

mod world;
use world::{FIRST_DAY, Numbers, Shape, World};

fn night(day: i64, calls: u64, findings: &[(&str, u64, u64)]) -> Night {
    Night {
        day,
        calls,
        failed: findings.iter().map(|(_, calls, _)| calls).sum(),
        users: calls / 3,
        findings: (findings.iter())
            .map(|&(key, calls, users)| (Key::from(key), Count { calls, users }))
            .collect(),
    }
}

/// Working days before Monday `FIRST_DAY + 28`, all the same.
fn month(calls: u64, findings: &[(&str, u64, u64)]) -> Vec<Night> {
    let days = (0..28).filter(|day| day % 7 < 5);
    days.map(|day| night(FIRST_DAY + day, calls, findings))
        .collect()
}

const TONIGHT: i64 = FIRST_DAY + 28;

fn all(comparison: &Comparison) -> impl Iterator<Item = &Change> {
    ChangeKind::ALL
        .into_iter()
        .flat_map(|kind| comparison.of(kind))
}

fn is_empty(comparison: &Comparison) -> bool {
    all(comparison).next().is_none()
}

#[test]
fn a_change_states_its_numbers() {
    let before = month(
        2_000,
        &[
            ("failed:a", 10, 9),
            ("failed:b", 40, 40),
            ("failed:c", 40, 35),
        ],
    );
    let findings = [
        ("failed:a", 80, 60),
        ("failed:b", 8, 8),
        ("failed:d", 30, 20),
        ("failed:e", 1, 1),
    ];
    let comparison = compare(
        &night(TONIGHT, 2_000, &findings),
        &before,
        &Options::default(),
    );
    let keys = |kind| -> Vec<&str> {
        comparison
            .of(kind)
            .iter()
            .map(|change| change.key.as_str())
            .collect()
    };
    assert_eq!(keys(ChangeKind::New), ["failed:d"]);
    assert_eq!(keys(ChangeKind::Worse), ["failed:a"]);
    assert_eq!(keys(ChangeKind::Better), ["failed:b"]);
    assert_eq!(keys(ChangeKind::Gone), ["failed:c"]);
    assert_eq!(keys(ChangeKind::Unseen), ["failed:e"]);
    assert_eq!((comparison.basis, comparison.nights), (Basis::Nights, 20));
    assert_eq!(
        (comparison.calls_before, comparison.failed_before),
        (40_000, 1_800)
    );
    let days = comparison.days.unwrap();
    assert_eq!((days.low, days.high), (FIRST_DAY, FIRST_DAY + 25));
    assert_eq!(comparison.findings, 5);

    let worse = &comparison.worse[0];
    assert_eq!((worse.calls, worse.users, worse.run), (80, 60, 1));
    assert_eq!(
        (worse.rate, worse.usual_rate, worse.expected),
        (40.0, 5.0, 10.0)
    );
    assert_eq!(
        (worse.calls_before, worse.nights_seen, worse.nights),
        (200, 20, 20)
    );
    assert!(
        worse.usual_calls.has(10) && !worse.usual_calls.has(80),
        "{worse:?}"
    );
    assert!(
        worse.usual_band.has(5.0) && worse.usual_band.high < 40.0,
        "{worse:?}"
    );
    assert!(worse.p < 0.01 && worse.variation > 0.09, "{worse:?}");
    assert_eq!(
        (worse.first_seen, worse.last_seen),
        (Some(FIRST_DAY), Some(FIRST_DAY + 25))
    );
    assert_eq!(worse.sighting, Sighting::Seen);

    let new = &comparison.new[0];
    assert_eq!(
        (new.calls_before, new.nights_seen, new.usual_rate),
        (0, 0, 0.0)
    );
    assert_eq!((new.first_seen, new.sighting), (None, Sighting::FirstEver));
    let gone = &comparison.gone[0];
    assert_eq!((gone.calls, gone.rate, gone.usual_rate), (0, 0.0, 20.0));
}

#[test]
fn the_order_of_the_nights_does_not_matter() {
    let mut numbers = Numbers(7);
    for seed in 0..20 {
        let mut world = World::any(seed, Shape::Gamma);
        let mut nights: Vec<Night> = (0..29).map(|day| world.night(FIRST_DAY + day)).collect();
        let tonight = world.night_with(FIRST_DAY + 29, |cause| cause.rate.recip().max(1.0));
        let options = Options {
            alike: Alike::Every,
            ..Options::default()
        };
        let sorted = compare(&tonight, &nights, &options);
        for _ in 0..5 {
            for at in (1..nights.len()).rev() {
                nights.swap(at, (numbers.next() % (at as u64 + 1)) as usize);
            }
            // To the last bit.
            assert_eq!(compare(&tonight, &nights, &options), sorted);
        }
    }
}

#[test]
fn counts_add_up() {
    let mut changes = 0;
    for seed in 0..60 {
        let mut world = World::any(seed, Shape::Gamma);
        let nights: Vec<Night> = (0..28).map(|day| world.night(FIRST_DAY + day)).collect();
        let factor = [0.0, 0.2, 6.0][seed as usize % 3];
        let tonight = world.night_with(TONIGHT, |_| factor);
        let comparison = compare(&tonight, &nights, &Options::default());
        let taken: Vec<&Night> = nights
            .iter()
            .filter(|n| (n.day - FIRST_DAY) % 7 < 5)
            .collect();
        let sum = |nights: &[&Night], number: fn(&Night) -> u64| -> u64 {
            nights.iter().map(|night| number(night)).sum()
        };
        assert_eq!(comparison.nights, taken.len() as u64);
        assert_eq!(comparison.calls_before, sum(&taken, |night| night.calls));
        assert_eq!(comparison.failed_before, sum(&taken, |night| night.failed));
        for change in all(&comparison) {
            changes += 1;
            let of = |night: &Night| night.findings.get(&change.key).copied().unwrap_or_default();
            let (before, run) = taken.split_at(taken.len() + 1 - change.run as usize);
            assert_eq!(change.nights, before.len() as u64);
            let calls: u64 = before.iter().map(|night| of(night).calls).sum();
            assert_eq!(change.calls_before, calls);
            let seen = before.iter().filter(|night| of(night).calls > 0).count();
            assert_eq!(change.nights_seen, seen as u64);
            assert_eq!(
                (change.calls, change.users),
                (of(&tonight).calls, of(&tonight).users)
            );
            let of_run: u64 = run.iter().map(|night| of(night).calls).sum();
            assert_eq!(change.run_calls, of_run + change.calls);
            assert_eq!(change.run_of, sum(run, |night| night.calls) + tonight.calls);
            let usual = calls as f64 * 1000.0 / sum(before, |night| night.calls) as f64;
            assert!(
                (change.usual_rate - usual).abs() <= 1e-9 * usual,
                "{change:?}"
            );
            let expected = usual / 1000.0 * tonight.calls as f64;
            assert!(
                (change.expected - expected).abs() <= 1e-9 * expected,
                "{change:?}"
            );
            assert!((0.0..=1.0).contains(&change.p), "{change:?}");
        }
    }
    assert!(changes > 300, "{changes}");
}

#[test]
fn a_night_compared_with_itself_gives_nothing() {
    for seed in 0..50 {
        let night = World::any(seed, Shape::LogNormal).night(FIRST_DAY);
        for times in [1, 2, 28] {
            let before = vec![night.clone(); times];
            assert!(is_empty(&compare(&night, &before, &Options::any_day())));
        }
        let yesterday = Night {
            day: FIRST_DAY - 3,
            ..night.clone()
        };
        let comparison = compare(&night, &[yesterday], &Options::default());
        assert!(is_empty(&comparison) && comparison.nights == 1);
    }
}

#[test]
fn a_night_without_calls_is_no_drop_and_says_nothing_later() {
    let findings = [("failed:a", 100, 90)];
    let mut before = month(5_000, &findings);
    let down = compare(&night(TONIGHT, 0, &[]), &before, &Options::default());
    assert_eq!(down.basis, Basis::NoCallsTonight);
    assert!(is_empty(&down) && down.failed_rate().is_none());
    let with = |before: &[Night]| {
        let comparison = compare(
            &night(TONIGHT, 5_000, &[("failed:a", 500, 400)]),
            before,
            &Options::default(),
        );
        assert_eq!(comparison.worse.len(), 1);
        comparison
    };
    let (without, usual_calls) = (with(&before), with(&before).usual_calls);
    before.push(night(FIRST_DAY + 25, 0, &[]));
    let comparison = with(&before);
    assert_eq!(
        (comparison.nights, comparison.nights_without_calls),
        (20, 1)
    );
    assert_eq!(comparison.usual_calls, usual_calls);
    assert_eq!(comparison.worse, without.worse);
}

#[test]
fn with_no_or_few_nights_it_says_so() {
    let tonight = night(
        TONIGHT,
        1_000,
        &[("failed:a", 60, 50), ("failed:b", 12, 12)],
    );
    let none = compare(&tonight, &[], &Options::default());
    assert_eq!(
        (none.basis, none.usual_calls, none.days),
        (Basis::NoNights, None, None)
    );
    assert!(is_empty(&none) && none.is_quiet() && !none.basis.is_compared());
    // Too long ago, at the weekend, tonight itself, and to come.
    let others = [-1, 26, 28, 29].map(|day| night(FIRST_DAY + day, 1_000, &[]));
    let comparison = compare(&tonight, &others, &Options::default());
    assert_eq!(comparison.basis, Basis::NoNights);
    let empty = compare(&tonight, &[night(FIRST_DAY, 0, &[])], &Options::default());
    assert_eq!(empty.basis, Basis::NoCallsBefore);
    assert!(is_empty(&empty));
    // One night: a gross change is found, a moderate one is not.
    let one = compare(
        &tonight,
        &[night(FIRST_DAY + 1, 1_000, &[])],
        &Options::default(),
    );
    assert_eq!(one.basis, Basis::FewNights);
    let keys = |changes: &[Change]| {
        changes
            .iter()
            .map(|c| c.key.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (keys(&one.new), keys(&one.unseen)),
        (vec!["failed:a".into()], vec!["failed:b".into()])
    );
    let doubled = compare(
        &night(TONIGHT, 1_000, &[("failed:a", 40, 40)]),
        &[night(FIRST_DAY + 1, 1_000, &[("failed:a", 20, 20)])],
        &Options::default(),
    );
    assert!(is_empty(&doubled), "{doubled:?}");
}

#[test]
fn what_is_seen_seldom_or_by_one_user_is_no_news() {
    let before = month(5_000, &[("failed:a", 5, 5)]);
    let unseen = |calls, users| {
        let findings = [("failed:a", 5, 5), ("failed:b", calls, users)];
        let comparison = compare(
            &night(TONIGHT, 5_000, &findings),
            &before,
            &Options::default(),
        );
        assert!(comparison.worse.is_empty());
        (comparison.new.len(), comparison.unseen.len())
    };
    assert_eq!(unseen(1, 1), (0, 1));
    assert_eq!(unseen(2, 2), (0, 1));
    assert_eq!(unseen(50, 1), (0, 1), "one user who tries again and again");
    assert_eq!(unseen(12, 2), (0, 1), "and two of them");
    assert_eq!(unseen(8, 8), (1, 0));
    assert_eq!(unseen(50, 20), (1, 0));
}

#[test]
fn what_was_seen_long_ago_is_told() {
    let mut before = month(5_000, &[]);
    let with = |before: &[Night]| {
        let tonight = night(TONIGHT, 5_000, &[("failed:b", 20, 20)]);
        let comparison = compare(&tonight, before, &Options::default());
        let [new] = &comparison.new[..] else {
            panic!("{comparison:?}")
        };
        (new.first_seen, new.last_seen, new.sighting)
    };
    assert_eq!(with(&before), (None, None, Sighting::FirstEver));
    let days = [TONIGHT - 90, TONIGHT - 31];
    before.extend(days.map(|day| night(day, 5_000, &[("failed:b", 1, 1)])));
    assert_eq!(
        with(&before),
        (Some(days[0]), Some(days[1]), Sighting::FirstIn(30))
    );
    before.push(night(TONIGHT - 30, 5_000, &[("failed:b", 1, 1)]));
    assert_eq!(with(&before).2, Sighting::Seen);
    // A later night is not known yet, and one without calls of it is none.
    before.push(night(TONIGHT + 1, 5_000, &[("failed:b", 9, 9)]));
    before.push(night(TONIGHT - 2, 5_000, &[("failed:b", 0, 0)]));
    assert_eq!(with(&before).1, Some(TONIGHT - 30));
}

#[test]
fn three_nights_find_what_one_cannot() {
    let mut nights = month(20_000, &[("failed:a", 20, 20)]);
    for (at, night) in nights.iter_mut().enumerate() {
        let calls = [14, 26, 20, 17, 23][at % 5];
        let count = Count {
            calls,
            users: calls,
        };
        night.findings.insert(Key::from("failed:a"), count);
    }
    let mut found = Vec::new();
    for day in 0..3 {
        let tonight = night(TONIGHT + day, 20_000, &[("failed:a", 44, 44)]);
        let comparison = compare(&tonight, &nights, &Options::default());
        found.extend(
            comparison
                .worse
                .iter()
                .map(|change| (day, change.run, change.run_calls)),
        );
        nights.push(tonight);
    }
    // Not on the first night; on the second with the one before it.
    assert_eq!(found, [(1, 3, 111), (2, 3, 132)]);
    // A night that is as always is not blamed for the ones before it.
    let usual = night(TONIGHT + 3, 20_000, &[("failed:a", 20, 20)]);
    assert!(is_empty(&compare(&usual, &nights, &Options::default())));
}

#[test]
fn more_calls_are_never_less_of_a_change() {
    let before = month(3_000, &[("failed:a", 12, 12)]);
    let p = |calls: u64| {
        let tonight = night(TONIGHT, 3_000, &[("failed:a", calls, calls)]);
        let comparison = compare(&tonight, &before, &Options::default());
        comparison.worse.first().map_or(1.0, |change| change.p)
    };
    let p: Vec<f64> = (12..200).map(p).collect();
    assert!(p.windows(2).all(|pair| pair[0] >= pair[1]), "{p:?}");
    assert!(p[0] == 1.0 && p[187] < 1e-12, "{p:?}");
}

#[test]
fn options_are_limits() {
    let before = month(2_000, &[("failed:a", 10, 10)]);
    let tonight = night(
        TONIGHT,
        2_000,
        &[("failed:a", 80, 60), ("failed:b", 40, 30)],
    );
    let found = |options: Options| {
        let comparison = compare(&tonight, &before, &options);
        (comparison.new.len(), comparison.worse.len())
    };
    let default = Options::default;
    assert_eq!(found(default()), (1, 1));
    assert_eq!(
        found(Options {
            min_calls: 41,
            ..default()
        }),
        (0, 1)
    );
    assert_eq!(
        found(Options {
            min_users: 31,
            ..default()
        }),
        (0, 1)
    );
    assert_eq!(
        found(Options {
            min_ratio: 8.1,
            ..default()
        }),
        (1, 0)
    );
    assert_eq!(
        found(Options {
            min_ratio: 8.0,
            ..default()
        }),
        (1, 1)
    );
    assert_eq!(
        found(Options {
            false_alarms: 0.0,
            ..default()
        }),
        (0, 0)
    );
    assert_eq!(
        found(Options {
            back: Some(2),
            ..default()
        }),
        (0, 0)
    );
}

#[test]
fn no_number_is_too_great() {
    let numbers = [
        0,
        1,
        2,
        3,
        1_000,
        1 << 40,
        10_u64.pow(12),
        u64::MAX / 2,
        u64::MAX,
    ];
    let mut rng = Numbers(3);
    let mut pick = || numbers[(rng.next() % numbers.len() as u64) as usize];
    let started = Instant::now();
    for _ in 0..2_000 {
        let mut any = |day: i64| Night {
            day,
            calls: pick(),
            failed: pick(),
            users: pick(),
            findings: (["failed:a", "failed:b", "degraded:c", ":", ""].into_iter())
                .map(|key| {
                    let count = Count {
                        calls: pick(),
                        users: pick(),
                    };
                    (Key::from(key), count)
                })
                .collect(),
        };
        let before: Vec<Night> = (0..6).map(|day| any(FIRST_DAY + day)).collect();
        let tonight = any(FIRST_DAY + 7);
        let comparison = compare(&tonight, &before, &Options::default());
        for change in all(&comparison) {
            let numbers = [
                change.rate,
                change.usual_rate,
                change.expected,
                change.usual_band.low,
                change.usual_band.high,
                change.p,
                change.variation,
            ];
            assert!(
                numbers.iter().all(|n| n.is_finite() && *n >= 0.0),
                "{change:?}"
            );
            assert!(
                change.usual_calls.low <= change.usual_calls.high,
                "{change:?}"
            );
        }
    }
    let taken = started.elapsed();
    assert!(taken < Duration::from_secs(10), "{taken:?}");
    let far = [i64::MIN, -1, 0, i64::MAX].map(|day| night(day, 10, &[("failed:a", 3, 3)]));
    for tonight in &far {
        compare(tonight, &far, &Options::any_day());
        compare(
            tonight,
            &far,
            &Options {
                back: Some(u32::MAX),
                ..Options::default()
            },
        );
    }
}

#[test]
fn great_counts_are_compared_like_small_ones() {
    let tera = 10_u64.pow(12);
    let before = month(tera, &[("failed:a", tera / 100, tera / 200)]);
    let with = |calls| {
        let tonight = night(TONIGHT, tera, &[("failed:a", calls, calls / 2)]);
        let comparison = compare(&tonight, &before, &Options::default());
        (comparison.worse.len(), comparison.better.len())
    };
    assert_eq!(with(tera / 100), (0, 0));
    assert_eq!(with(tera / 80), (0, 0));
    assert_eq!(with(tera / 30), (1, 0));
    assert_eq!(with(tera / 400), (0, 1));
}

#[test]
fn a_usual_night_is_told_without_the_tails() {
    let nights: Vec<Night> = (0..20)
        .map(|at| {
            night(
                FIRST_DAY + at,
                1_000 + at.unsigned_abs(),
                &[("failed:a", 10 + at.unsigned_abs(), 5)],
            )
        })
        .collect();
    let tonight = night(FIRST_DAY + 20, 1_000, &[]);
    let options = Options {
        alike: Alike::Every,
        ..Options::default()
    };
    let calls = |nights: &[Night]| {
        let band = compare(&tonight, nights, &options).usual_calls.unwrap();
        (band.low, band.high)
    };
    assert_eq!(calls(&nights), (1_002, 1_017));
    assert_eq!(calls(&nights[..9]), (1_000, 1_008));
    let rate = compare(&tonight, &nights, &options)
        .usual_failed_rate
        .unwrap();
    assert_eq!(
        (rate.low, rate.high),
        (12.0 * 1000.0 / 1002.0, 27.0 * 1000.0 / 1017.0)
    );
}
