//! What scenarios promise: their truth is that of their files, read by simple means.

mod naive;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use siptriage_generator::{
    CallOutcome, EndedBy, OtherKind, PlainCallsTruth, Scenario, ScenarioOptions, ScenarioTruth,
    scenario, scenario_plots, write_calls,
};

/// A message as it stands in a file.
struct Message {
    call_id: String,
    identity: String,
    start: String,
    /// As written.
    stamp: String,
}

/// Messages of a file, in order.
fn messages(contents: &[u8]) -> Vec<Message> {
    let text = std::str::from_utf8(contents).expect("scenarios are UTF-8");
    let mut found = Vec::new();
    let mut lines = text.lines();
    let mut stamp = String::new();
    while let Some(line) = lines.next() {
        if naive::is_client_entry(line) {
            stamp = line[..23].to_owned();
        } else if let (true, Some((_, rest))) = (line.starts_with("TL_"), line.split_once("::")) {
            stamp = rest[..23].to_owned();
        }
        let start = line
            .strip_prefix("Start-Line: ")
            .or_else(|| line.split_once(" INFO  :: ").map(|(_, text)| text));
        let Some(start) = start.filter(|text| text.contains("SIP/2.0")) else {
            continue;
        };
        let mut fields = BTreeMap::new();
        let mut diagnoses = String::new();
        for header in lines.by_ref() {
            if header.is_empty() || header.starts_with("Message-Body:") {
                break;
            }
            let (name, value) = header.split_once(": ").expect("a header");
            if name.contains("-diagnostics") {
                diagnoses.push_str(value);
            }
            fields.insert(name, value);
        }
        let tag = |value: &str| {
            let tag = value.split(";tag=").nth(1).unwrap_or_default();
            tag.split(';').next().unwrap_or_default().to_owned()
        };
        let kind = start.strip_prefix("SIP/2.0 ").map_or("", |rest| &rest[..3]);
        found.push(Message {
            call_id: fields["Call-ID"].to_owned(),
            identity: [
                fields["CSeq"],
                kind,
                &tag(fields["From"]),
                &tag(fields["To"]),
                fields.get("RSeq").copied().unwrap_or_default(),
                &diagnoses,
            ]
            .join(" "),
            start: start.to_owned(),
            stamp: stamp.clone(),
        });
    }
    found
}

/// Of each Call-ID: messages written, different ones, files.
type Sums = BTreeMap<String, (u64, u64, BTreeSet<String>)>;

fn sums(scenario: &Scenario) -> Sums {
    let mut identities: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut sums = Sums::new();
    for file in &scenario.files {
        for message in messages(&file.contents) {
            let of = identities.entry(message.call_id.clone()).or_default();
            of.insert(message.identity);
            let distinct = of.len() as u64;
            let sum = sums.entry(message.call_id).or_default();
            sum.0 += 1;
            sum.1 = distinct;
            sum.2.insert(file.name.clone());
        }
    }
    sums
}

fn sums_of_truth(truth: &ScenarioTruth) -> Sums {
    let calls = truth.calls.iter().map(|call| {
        (
            call.call_id.clone(),
            (call.written, call.distinct, call.files.clone()),
        )
    });
    let others = truth.others.iter().map(|other| {
        (
            other.call_id.clone(),
            (other.written, other.distinct, other.files.clone()),
        )
    });
    calls.chain(others).collect()
}

/// All ways in which somebody may have kept logs.
fn writers() -> Vec<ScenarioOptions> {
    let mut all = Vec::new();
    for (caller_logs, callee_logs, front_ends, edges) in [
        (true, true, 2, 1),
        (true, false, 0, 0),
        (false, true, 0, 0),
        (true, true, 0, 0),
        (false, false, 1, 0),
        (false, false, 0, 2),
        (false, true, 3, 2),
        (false, false, 4, 4),
    ] {
        let options = ScenarioOptions {
            caller_logs,
            callee_logs,
            front_ends,
            edges,
            ..ScenarioOptions::new(7 + u64::from(front_ends), 110)
        };
        all.push(options.clone());
        all.push(options.tangled());
    }
    all
}

#[test]
fn every_call_is_in_the_files_as_the_truth_says() {
    for options in writers() {
        let scenario = scenario(&options).unwrap();
        assert_eq!(
            sums(&scenario),
            sums_of_truth(&scenario.truth),
            "{options:?}"
        );
        let truth = &scenario.truth;
        assert!(truth.calls.len() > 20, "{options:?}");
        for about in truth.others.iter().filter_map(|other| other.about.as_ref()) {
            let call = truth.calls.iter().find(|call| call.call_id == *about);
            assert!(call.is_some_and(|call| call.reported), "{about}");
        }
    }
}

#[test]
fn totals_add_up() {
    for options in writers() {
        let truth = scenario(&options).unwrap().truth;
        let totals = &truth.totals;
        assert_eq!(totals.calls, truth.calls.len() as u64);
        assert_eq!(totals.outcomes.values().sum::<u64>(), totals.calls);
        assert_eq!(totals.verdicts.values().sum::<u64>(), totals.calls);
        assert_eq!(
            totals.others.values().sum::<u64>(),
            truth.others.len() as u64
        );
        let all = sums_of_truth(&truth);
        assert_eq!(all.len(), truth.calls.len() + truth.others.len());
        assert_eq!(totals.written, all.values().map(|sum| sum.0).sum::<u64>());
        assert_eq!(totals.distinct, all.values().map(|sum| sum.1).sum::<u64>());
        assert_eq!(totals.copies, totals.written - totals.distinct);
        let callers: BTreeSet<_> = truth.calls.iter().map(|call| &call.caller).collect();
        assert_eq!(totals.callers, callers.len() as u64);
        let again = ScenarioTruth::from_json(&truth.to_json().unwrap()).unwrap();
        assert_eq!(again, truth);
    }
}

#[test]
fn every_plot_outcome_and_kind_of_dialog_occurs() {
    let truth = scenario(&ScenarioOptions::new(3, 104)).unwrap().truth;
    for outcome in CallOutcome::ALL {
        assert!(truth.totals.outcomes.contains_key(&outcome), "{outcome:?}");
        let word = serde_json::to_string(&outcome).unwrap();
        assert_eq!(word, format!("\"{}\"", outcome.name()));
    }
    for kind in OtherKind::ALL {
        assert!(truth.totals.others.contains_key(&kind), "{kind:?}");
        let word = serde_json::to_string(&kind).unwrap();
        assert_eq!(word, format!("\"{}\"", kind.name()));
    }
    let played: BTreeSet<&str> = truth.calls.iter().map(|call| &*call.plot).collect();
    assert_eq!(played, scenario_plots().into_iter().collect());
    assert_eq!(truth.totals.verdicts.len(), 4);
    assert!(truth.calls.iter().any(|call| call.reported));
    assert!(truth.others.iter().any(|other| other.failed));
}

#[test]
fn what_a_call_was_shows_in_its_files() {
    let options = ScenarioOptions::new(5, 156);
    let played = scenario(&options).unwrap();
    let mut starts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in &played.files {
        for message in messages(&file.contents) {
            starts
                .entry(message.call_id)
                .or_default()
                .push(message.start);
        }
    }
    for call in &played.truth.calls {
        let has = |word: &str| {
            starts[&call.call_id]
                .iter()
                .any(|start| start.starts_with(word))
        };
        let bye = has("BYE ");
        assert_eq!(call.ended_by == EndedBy::None, !bye, "{call:?}");
        if let Some(status) = call.final_status {
            assert!(has(&format!("SIP/2.0 {status} ")), "{call:?}");
        }
        match call.outcome {
            CallOutcome::Connected | CallOutcome::Dropped => {
                assert!(bye && call.final_status == Some(200), "{call:?}");
                assert!(call.duration_ms > Some(1000), "{call:?}");
            }
            CallOutcome::Failed => assert!(
                call.duration_ms < Some(60_000) || call.final_status >= Some(400),
                "{call:?}"
            ),
            CallOutcome::Cancelled => assert!(has("CANCEL ") && has("SIP/2.0 487"), "{call:?}"),
            CallOutcome::Declined => assert_eq!(call.final_status, Some(603)),
            CallOutcome::Busy => assert_eq!(call.final_status, Some(486)),
            CallOutcome::NoAnswer => assert!(matches!(call.final_status, Some(408 | 480))),
            CallOutcome::Redirected => assert_eq!(call.final_status, Some(302)),
            CallOutcome::Unfinished => assert!(!bye && call.invite_at.is_some(), "{call:?}"),
            CallOutcome::SeenInPart => assert!(bye && call.invite_at.is_none(), "{call:?}"),
        }
        if call.outcome != CallOutcome::SeenInPart {
            assert!(has("INVITE sip:"), "{call:?}");
            let order = [Some(0), call.ring_ms, call.set_up_ms];
            assert!(order.iter().flatten().is_sorted(), "{call:?}");
        }
    }
}

#[test]
fn files_hold_the_occurrences_they_say() {
    for options in writers() {
        for file in scenario(&options).unwrap().files {
            let text = std::str::from_utf8(&file.contents).unwrap();
            let found = naive::read(text, "\r\n");
            let truth = &file.truth;
            assert_eq!(truth.bytes, text.len() as u64);
            assert_eq!(truth.lines, text.matches('\n').count() as u64);
            let records = truth.formats.iter();
            let records = records.map(|(name, of)| (name.as_str(), of.records));
            assert_eq!(found.records, records.collect(), "{}", file.name);
            assert_eq!(found.messages.values().sum::<u64>(), truth.messages.total());
            assert_eq!(found.headers, truth.headers, "{}", file.name);
            assert_eq!(found.body_bytes, truth.body_bytes, "{}", file.name);
            assert_eq!(found.call_ids.len() as u64, truth.call_ids);
            let carrier = |name: &str| truth.carriers.get(name).copied().unwrap_or_default();
            assert_eq!(found.diag_headers, carrier("diag-header"));
            assert_eq!(found.reports, carrier("qoe"));
            let masks = truth.patterns.0.iter();
            let masks = masks.map(|(key, count)| (key.mask, count.occurrences));
            assert_eq!(found.masks, masks.collect());
        }
    }
}

#[test]
fn equal_options_give_equal_bytes_and_seeds_differ() {
    let options = ScenarioOptions::new(1, 60).tangled();
    let one = scenario(&options).unwrap();
    assert_eq!(one, scenario(&options).unwrap());
    let other = ScenarioOptions { seed: 2, ..options };
    assert!(one != scenario(&other).unwrap());
}

#[test]
fn tangled_files_repeat_and_split_what_plain_ones_hold_once() {
    let options = ScenarioOptions::new(11, 104);
    let plain = scenario(&options).unwrap();
    let tangled = scenario(&options.tangled()).unwrap();
    assert_eq!(plain.truth.totals.calls, tangled.truth.totals.calls);
    assert_eq!(plain.truth.totals.outcomes, tangled.truth.totals.outcomes);
    assert_eq!(plain.truth.totals.distinct, tangled.truth.totals.distinct);
    assert!(plain.truth.totals.written < tangled.truth.totals.written);
    let names: BTreeSet<_> = tangled.files.iter().map(|file| &file.name).collect();
    assert_eq!(names.len(), tangled.files.len());
    let copy = tangled
        .files
        .iter()
        .find(|file| file.name.starts_with("copy-of-"));
    let copy = copy.expect("a copy");
    let original = tangled
        .files
        .iter()
        .find(|file| copy.name == format!("copy-of-{}", file.name));
    assert_eq!(original.unwrap().contents, copy.contents);
    assert!(
        tangled
            .files
            .iter()
            .any(|file| file.name.contains("-overlap"))
    );
    // Some call begins in the older file of a client and ends in the newer one.
    let part = |number: &str, word: &str| -> BTreeSet<String> {
        let files = tangled.files.iter();
        let files = files.filter(|file| file.name.ends_with(&format!("-{number}.UccApilog")));
        let all = files.flat_map(|file| messages(&file.contents));
        all.filter(|message| message.start.starts_with(word))
            .map(|message| message.call_id)
            .collect()
    };
    let (begun, ended) = (part("1", "INVITE "), part("2", "BYE "));
    assert!(begun.intersection(&ended).count() > 5);
    let twice = tangled.files.iter().any(|file| {
        let half = file.contents.len() / 2;
        half > 0 && file.contents[..half] == file.contents[half..]
    });
    assert!(twice, "a file holds everything twice");
}

#[test]
fn clients_write_their_own_time_and_servers_utc() {
    let played = scenario(&ScenarioOptions::new(2, 104)).unwrap();
    let truth = &played.truth;
    let offsets: BTreeSet<_> = truth
        .clients
        .iter()
        .map(|client| client.offset_minutes)
        .collect();
    let skews: BTreeSet<_> = truth.clients.iter().map(|client| client.skew_ms).collect();
    assert!(offsets.len() > 3 && skews.len() > 4);
    let mut checked = 0;
    for file in &played.files {
        let client = truth
            .clients
            .iter()
            .find(|client| client.files.contains(&file.name));
        let ahead = client.map_or(0, |client| {
            i64::from(client.offset_minutes) * 60_000 + client.skew_ms
        });
        assert_eq!(
            client.is_none(),
            file.name.ends_with(".txt"),
            "{}",
            file.name
        );
        let mut seen = BTreeSet::new();
        let mut stamps = Vec::new();
        for message in messages(&file.contents) {
            stamps.push(message.stamp.clone());
            let call = truth
                .calls
                .iter()
                .find(|call| call.call_id == message.call_id);
            let invite = call.and_then(|call| call.invite_at);
            let Some(invite) = invite.filter(|_| seen.insert(message.call_id.clone())) else {
                continue;
            };
            let stamp = &message.stamp;
            let text = format!(
                "{}-{}-{}T{}",
                &stamp[6..10],
                &stamp[..2],
                &stamp[3..5],
                &stamp[11..19]
            );
            let seconds = siptriage_generator::parse_time(&text).unwrap();
            let at = (seconds + stamp[20..].parse::<u64>().unwrap()) as i64 - ahead;
            let late = at - invite as i64;
            // Where a call was sent elsewhere, the one it went to sees it late.
            let late = late
                - if call.unwrap().plot.starts_with("redirect") {
                    100
                } else {
                    0
                };
            assert!(late <= truth.tolerance_ms as i64, "{late} {call:?}");
            checked += 1;
        }
        assert!(stamps.is_sorted(), "{}", file.name);
    }
    assert!(checked > 300, "{checked}");
}

#[test]
fn names_and_addresses_are_reserved_ones() {
    let played = scenario(&ScenarioOptions {
        users: 120,
        ..ScenarioOptions::new(4, 208)
    });
    for file in played.unwrap().files {
        let text = std::str::from_utf8(&file.contents).unwrap();
        naive::assert_reserved(text);
    }
}

#[test]
fn plots_can_be_chosen_and_unknown_ones_are_refused() {
    let mut options = ScenarioOptions::new(1, 6);
    options.plots = vec!["busy".to_owned(), "declined".to_owned()];
    let truth = scenario(&options).unwrap().truth;
    assert_eq!(truth.totals.outcomes[&CallOutcome::Busy], 3);
    assert_eq!(truth.totals.outcomes[&CallOutcome::Declined], 3);
    options.plots.push("party".to_owned());
    let error = scenario(&options).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

#[test]
fn plain_calls_are_all_there_and_small() {
    let mut log = Vec::new();
    let truth = write_calls(1, 3000, &mut log).unwrap();
    let found = messages(&log);
    assert_eq!(truth.messages, found.len() as u64);
    assert_eq!(truth.bytes, log.len() as u64);
    assert_eq!(truth.callers, 2001);
    assert!(
        truth.bytes / truth.messages < 450,
        "{}",
        truth.bytes / truth.messages
    );
    let mut calls: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for message in &found {
        let fresh = calls.entry(&message.call_id).or_default();
        assert!(fresh.insert(&message.identity), "{}", message.identity);
    }
    assert_eq!(calls.len() as u64, truth.calls);
    assert!(calls.values().all(|messages| messages.len() == 7));
    // Neighbours are of different calls.
    let same = found
        .windows(2)
        .filter(|two| two[0].call_id == two[1].call_id);
    assert!(same.count() < 200);
    let mut again = Vec::new();
    assert_eq!(write_calls(1, 3000, &mut again).unwrap(), truth);
    assert_eq!(log, again);
    let other = write_calls(2, 3000, &mut Vec::new()).unwrap();
    assert_eq!(
        other, truth,
        "the seed changes Call-IDs and tags, not lengths"
    );
    let none = write_calls(1, 0, &mut Vec::new()).unwrap();
    let empty = PlainCallsTruth {
        ring_ms: truth.ring_ms,
        answer_ms: truth.answer_ms,
        duration_ms: truth.duration_ms,
        ..PlainCallsTruth::default()
    };
    assert_eq!(none, empty);
}

#[test]
fn a_writer_that_fails_ends_plain_calls() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = write_calls(1, u64::MAX >> 8, &mut Full).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
}
