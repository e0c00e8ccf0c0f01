//! `siptriage trend`: how calls, failures and causes go from day to day.

use std::collections::BTreeMap;

use siptriage_facts::day_text;
use siptriage_history::Key;
use siptriage_report::{Cell, Column, Document, Section};
use siptriage_store::Store;

use crate::args::TrendArgs;
use crate::commands::Pages;
use crate::commands::nightly::stop;
use crate::exit::{Exit, Stop};
use crate::nights::Nights;

/// Columns of the bar of a day.
const BAR: u64 = 24;

/// Steps of a small chart: a character for each day.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Shows the last days of a store.
pub(crate) fn run(args: &TrendArgs) -> Result<Exit, Stop> {
    let pages = Pages::open(&args.output)?;
    let store = Store::open_read_only(&args.store.path).map_err(stop)?;
    let nights = Nights::of_store(&store).map_err(stop)?;
    pages.write(&document(&nights, args.days))?;
    Ok(Exit::Done)
}

fn document(nights: &Nights, shown: usize) -> Document {
    let last = nights.nights.last().map_or(0, |night| night.day);
    let first = last - i64::try_from(shown).unwrap_or(i64::MAX).saturating_sub(1);
    let headline = match nights.nights.is_empty() {
        true => vec!["No day has calls.".to_owned()],
        false => vec![match nights.nights.len() {
            1 => format!("One day with calls, {}.", day_text(last)),
            days => format!("{days} days with calls, the last one {}.", day_text(last)),
        }],
    };
    Document {
        kind: "trend",
        title: "siptriage trend".to_owned(),
        partial: false,
        headline,
        sections: vec![days(nights, first), causes(nights, first, last)],
    }
}

fn days(nights: &Nights, first: i64) -> Section {
    let columns = vec![
        Column::text("day", "Day"),
        Column::number("calls", "Calls"),
        Column::number("failed", "Failed"),
        Column::number("failed_share", "Share"),
        Column::text("chart", "Share of failed calls").for_people(),
        Column::number("users", "Users").or_dropped(2),
        Column::number("users_hit", "Users hit").or_dropped(1),
    ];
    let mut section = Section::new("days", "Days", columns);
    let days: Vec<_> = nights.days.iter().filter(|day| day.day >= first).collect();
    // Of 10,000 calls, so that bars are whole numbers.
    let share = |failed: u64, calls: u64| {
        u64::try_from(u128::from(failed) * 10_000 / u128::from(calls.max(1))).unwrap_or(10_000)
    };
    let most = days.iter().map(|day| share(day.failed, day.calls)).max();
    for day in days {
        let own = share(day.failed, day.calls);
        let len = (own * BAR).div_ceil(most.unwrap_or(0).max(1));
        section.rows.push(vec![
            Cell::text(day_text(day.day)),
            Cell::Count(day.calls),
            Cell::Count(day.failed),
            Cell::Share {
                part: day.failed,
                whole: day.calls,
            },
            Cell::text("█".repeat(usize::try_from(len).unwrap_or(0))),
            Cell::Count(day.users),
            Cell::Count(day.users_hit),
        ]);
    }
    section
}

fn causes(nights: &Nights, first: i64, last: i64) -> Section {
    let columns = vec![
        Column::text("verdict", "Verdict"),
        Column::number("calls", "Calls"),
        // As long as there are days.
        Column::text("chart", "Calls by day")
            .for_people()
            .or_below(2)
            .led_in_by("calls by day "),
        Column::text("by_day", "Calls by day").for_machines(),
        Column::text("rule", "Rule"),
        Column::text("cause", "Cause")
            .wrapped(30)
            .or_below(3)
            .unnamed(),
    ];
    let mut section = Section::new("causes", "Causes", columns);
    let mut all: BTreeMap<&Key, BTreeMap<i64, u64>> = BTreeMap::new();
    for night in nights.nights.iter().filter(|night| night.day >= first) {
        for (key, count) in &night.findings {
            all.entry(key).or_default().insert(night.day, count.calls);
        }
    }
    let mut ranked: Vec<_> = (all.iter())
        .map(|(key, days)| (days.values().sum::<u64>(), *key, days))
        .collect();
    ranked.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(right.1)));
    let from = nights
        .nights
        .iter()
        .map(|night| night.day)
        .find(|day| *day >= first)
        .unwrap_or(last);
    for (calls, key, days) in ranked {
        let most = days.values().max().copied().unwrap_or(0).max(1);
        let step = |day: i64| match days.get(&day) {
            None | Some(0) => '·',
            Some(count) => {
                let at = (count * STEPS.len() as u64)
                    .div_ceil(most)
                    .saturating_sub(1);
                STEPS[usize::try_from(at).unwrap_or(0).min(STEPS.len() - 1)]
            }
        };
        let by_day = days.iter().map(|(day, count)| Cell::Object {
            shown: Box::new(Cell::text(format!("{} {count}", day_text(*day)))),
            fields: vec![
                ("day", Cell::text(day_text(*day))),
                ("calls", Cell::Count(*count)),
            ],
        });
        let words = |text: &str| Cell::text(siptriage_report::visible(text).into_owned());
        section.rows.push(vec![
            words(key.verdict()),
            Cell::Count(calls),
            Cell::text((from..=last).map(step).collect::<String>()),
            Cell::List(by_day.collect()),
            words(match key.rule() {
                "" => "no rule explains them",
                rule => rule,
            }),
            words(nights.causes.get(key).map_or("", |cause| cause)),
        ]);
    }
    section
}
