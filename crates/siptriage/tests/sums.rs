//! Every number of a report about calls is found again by counting the rows of `siptriage calls`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod desk;

use std::collections::{BTreeMap, BTreeSet};

use desk::Desk;
use serde_json::Value;
use siptriage_generator::{Scenario, ScenarioOptions, scenario};

/// The values of a call in a dimension.
type ValuesOf = fn(&Value) -> Vec<String>;

/// Dimensions whose values stand in the rows of `calls`, and how they stand there.
const COUNTED: [(&str, ValuesOf); 13] = [
    ("user", |call| texts(&call["caller"])),
    ("user-agent", |call| {
        either(call, "caller_agent", "callee_agent")
    }),
    ("media", |call| texts(&call["media"])),
    ("relay", |call| {
        either(call, "caller_relay", "callee_relay")
            .into_iter()
            .filter(|relay| relay.contains('.'))
            .map(|relay| relay.split(':').next().unwrap().to_owned())
            .collect()
    }),
    ("subnet", |call| {
        let addresses = either(call, "caller_address", "callee_address").into_iter();
        addresses
            .map(|address| format!("{}.0/24", address.rsplit_once('.').unwrap().0))
            .collect()
    }),
    ("code", |call| texts(&call["codes"])),
    ("mask", |call| texts(&call["masks"])),
    ("verdict", |call| texts(&call["verdict"])),
    ("cause", |call| texts(&call["cause"])),
    ("outcome", |call| texts(&call["outcome"])),
    ("file", |call| texts(&call["files"])),
    ("hour", |call| {
        let hour = |start: String| format!("{}:00", start[..13].replace('T', " "));
        texts(&call["start"]).into_iter().map(hour).collect()
    }),
    ("day", |call| {
        let day = |start: String| start[..10].to_owned();
        texts(&call["start"]).into_iter().map(day).collect()
    }),
];

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn either(call: &Value, caller: &str, callee: &str) -> Vec<String> {
    let both = [&call[caller], &call[callee]];
    both.into_iter().flat_map(texts).collect()
}

/// What can be counted of some calls.
#[derive(Debug, PartialEq)]
struct Counts {
    calls: usize,
    users: usize,
    /// By verdict: failed, degraded, benign, unknown.
    verdicts: [usize; 4],
    first: Option<String>,
    last: Option<String>,
}

const VERDICTS: [&str; 4] = ["failed", "degraded", "benign", "unknown"];

impl Counts {
    fn of<'c>(calls: impl IntoIterator<Item = &'c Value>) -> Counts {
        let calls: Vec<&Value> = calls.into_iter().collect();
        let users: BTreeSet<&str> = calls
            .iter()
            .filter_map(|call| call["caller"].as_str())
            .collect();
        let times = |key: &str| -> Vec<String> {
            let stamps = calls.iter().flat_map(|call| texts(&call[key]));
            stamps.collect()
        };
        let count = |verdict: &str| {
            let with = calls.iter().filter(|call| call["verdict"] == verdict);
            with.count()
        };
        Counts {
            calls: calls.len(),
            users: users.len(),
            verdicts: VERDICTS.map(count),
            first: times("start").into_iter().min(),
            last: times("end").into_iter().max(),
        }
    }

    /// What a row says; verdicts where it has a number for each.
    fn of_row(row: &Value) -> Counts {
        let number = |key: &str| usize::try_from(row[key].as_u64().unwrap()).unwrap();
        let text = |key: &str| row[key].as_str().map(str::to_owned);
        let calls = number("calls");
        Counts {
            calls,
            users: number("users"),
            verdicts: match row["verdict"].as_str() {
                Some(verdict) => VERDICTS.map(|one| if one == verdict { calls } else { 0 }),
                None => VERDICTS.map(number),
            },
            first: text("first"),
            last: text("last"),
        }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    (part as f64 / whole as f64 * 1e6).round() / 1e6
}

fn assert_share(told: &Value, part: usize, whole: usize) {
    let told = told.as_f64().unwrap();
    assert!(
        (told - share(part, whole)).abs() < 1.5e-6,
        "{told}: {part}/{whole}"
    );
}

fn section<'d>(document: &'d Value, id: &str) -> &'d Value {
    let mut sections = document["sections"].as_array().unwrap().iter();
    sections.find(|section| section["id"] == id).unwrap()
}

fn rows(section: &Value) -> &[Value] {
    section["rows"].as_array().unwrap()
}

/// Counts all calls again and compares with what the report says.
fn check(desk: &Desk, filter: &[&str]) {
    let mut arguments = vec!["scan", "-q", "--format", "json", "logs"];
    for (dimension, _) in COUNTED {
        arguments.extend(["--by", dimension]);
    }
    arguments.extend(filter);
    let report: Value = serde_json::from_str(&desk.run(&arguments).stdout).unwrap();
    let mut arguments = vec!["calls", "-q", "--format", "ndjson", "logs"];
    arguments.extend(filter);
    let lines = desk.run(&arguments).stdout;
    let calls = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let calls: Vec<Value> = calls.collect();
    assert!(!calls.is_empty(), "{filter:?}");
    let all = Counts::of(&calls);
    let failed = all.verdicts[0];

    let findings = section(&report, "findings");
    let mut met = 0;
    for row in rows(findings) {
        let is_problem = row["verdict"] == "failed" || row["verdict"] == "degraded";
        let own = calls.iter().filter(|call| {
            call["verdict"] == row["verdict"] && (!is_problem || call["rule"] == row["rule"])
        });
        let own: Vec<&Value> = own.collect();
        assert_eq!(
            Counts::of_row(row),
            Counts::of(own.iter().copied()),
            "{row}"
        );
        met += own.len();
        match row["verdict"].as_str() {
            Some("failed") => assert_share(&row["share_of_failed"], own.len(), failed),
            _ => assert_eq!(row["share_of_failed"], Value::Null),
        }
        let first = own.iter().find(|call| call["call_id"] == row["example"]);
        assert_eq!(first.unwrap()["start"], row["first"], "{row}");
        let mut media: BTreeMap<String, u64> = BTreeMap::new();
        for medium in own.iter().flat_map(|call| texts(&call["media"])) {
            *media.entry(medium).or_default() += 1;
        }
        let told = row["media"].as_array().unwrap().iter();
        let told = told.map(|one| {
            let medium = one["media"].as_str().unwrap().to_owned();
            (medium, one["count"].as_u64().unwrap())
        });
        assert_eq!(told.collect::<BTreeMap<_, _>>(), media, "{row}");
        check_concentrations(row, &own, &calls);
    }
    // So none is in two rows, and none is in no row.
    assert_eq!(met, calls.len());
    let total = &findings["total"];
    assert_eq!(total["calls"], calls.len());
    assert_eq!(total["users"], all.users);

    let outcomes = section(&report, "outcomes");
    let mut met = 0;
    for row in rows(outcomes) {
        let own = calls
            .iter()
            .filter(|call| call["outcome"] == row["outcome"]);
        let own = Counts::of(own);
        assert_eq!(
            (&row["calls"], &row["users"]),
            (&own.calls.into(), &own.users.into())
        );
        assert_share(&row["share"], own.calls, calls.len());
        met += own.calls;
    }
    assert_eq!(met, calls.len());

    for (dimension, values) in COUNTED {
        let by = section(&report, &format!("by_{}", dimension.replace('-', "_")));
        let mut groups: BTreeMap<Option<String>, Vec<&Value>> = BTreeMap::new();
        for call in &calls {
            let values: BTreeSet<String> = values(call).into_iter().collect();
            if values.is_empty() {
                groups.entry(None).or_default().push(call);
            }
            for value in values {
                groups.entry(Some(value)).or_default().push(call);
            }
        }
        for row in rows(by) {
            let value = row["value"].as_str().map(str::to_owned);
            let own = groups.remove(&value);
            let own = own.unwrap_or_else(|| panic!("--by {dimension}: {row}"));
            let own = Counts::of(own);
            assert_eq!(Counts::of_row(row), own, "--by {dimension}: {row}");
            if failed > 0 {
                assert_share(&row["share_of_failed"], own.verdicts[0], failed);
            }
        }
        assert!(groups.is_empty(), "--by {dimension} lacks {groups:?}");
        assert_eq!(Counts::of_row(&by["total"]), all, "--by {dimension}");
    }
}

/// Shares of what calls have in common, where `calls` shows the value.
fn check_concentrations(row: &Value, own: &[&Value], calls: &[Value]) {
    for told in row["concentrations"].as_array().unwrap() {
        let value = told["value"].as_str().unwrap();
        let dimension = told["dimension"].as_str().unwrap();
        let values: fn(&Value) -> Vec<String> = match dimension {
            "callee" => |call| texts(&call["callee"]),
            other => match COUNTED.iter().find(|(name, _)| *name == other) {
                Some((_, values)) => *values,
                None => continue,
            },
        };
        let has = |call: &&Value| values(call).iter().any(|one| one == value);
        let with = own.iter().copied().filter(has).count();
        assert_eq!(told["calls"], with, "{told}");
        assert_share(&told["share"], with, own.len());
        let is_own = |call: &Value| own.iter().any(|one| one["call_id"] == call["call_id"]);
        let others = calls.iter().filter(|call| !is_own(call));
        let others: Vec<&Value> = others.filter(|call| !values(call).is_empty()).collect();
        let with = others.iter().copied().filter(has).count();
        match others.len() {
            0 => assert_eq!(told["share_of_others"], Value::Null, "{told}"),
            all => assert_share(&told["share_of_others"], with, all),
        }
    }
}

fn desk_with(options: &ScenarioOptions) -> Desk {
    let desk = Desk::new();
    let Scenario { files, .. } = scenario(options).unwrap();
    for file in &files {
        desk.put(&format!("logs/{}", file.name), &file.contents);
    }
    desk
}

#[test]
fn numbers_of_a_report_are_those_that_its_calls_add_up_to() {
    for seed in [1, 2] {
        let desk = desk_with(&ScenarioOptions::new(seed, 120));
        check(&desk, &[]);
    }
}

#[test]
fn numbers_of_a_part_are_those_that_its_calls_add_up_to() {
    let desk = desk_with(&ScenarioOptions::new(3, 120).tangled());
    for filter in [
        &["--verdict", "failed"][..],
        &["--media", "audio", "--status", "4xx"],
        &["--code", "21-25"],
        &["--ice-warn", "any:0x300"],
        &["--outcome", "connected,busy", "--user", "contoso.com"],
        &["--trace-format", "server"],
    ] {
        check(&desk, filter);
    }
}
