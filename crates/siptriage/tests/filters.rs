//! Filters: the same for every command that reads traces.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod desk;

use std::collections::BTreeSet;

use desk::{Desk, Run, message};
use serde_json::Value;

/// A call that fails at set-up, one that works, and a registration.
fn trace() -> String {
    let shared = "ms-client-diagnostics: 24; reason=\"x\";CallerMediaDebug=\"application-sharing:\
                  ICEWarn=0x320,LocalSite=192.0.2.10:50040,LocalLocation=1,RemoteLocation=1\"";
    let audio = "ms-client-diagnostics: 51007; reason=\"y\";CallerMediaDebug=\"audio:\
                 ICEWarn=0x80000,LocalSite=198.51.100.7:50040,LocalLocation=2,RemoteLocation=2\"";
    let failed = ["sip:ann@contoso.com", "sip:ben@fabrikam.com", "aaaa1111"];
    let good = ["sip:joann@contoso.com", "sip:dan@fabrikam.com", "aaaa2222"];
    let other = ["sip:eve@contoso.com", "sip:eve@contoso.com", "bbbb3333"];
    [
        message(
            "03/02/2026-09:00:00",
            "INVITE sip:ben@fabrikam.com SIP/2.0",
            failed,
            "",
        ),
        message("03/02/2026-09:00:01", "SIP/2.0 180 Ringing", failed, ""),
        message(
            "03/02/2026-09:00:09",
            "SIP/2.0 488 Not Acceptable Here",
            failed,
            shared,
        ),
        message(
            "03/03/2026-14:00:00",
            "INVITE sip:dan@fabrikam.com SIP/2.0",
            good,
            "",
        ),
        message("03/03/2026-14:00:02", "SIP/2.0 200 OK", good, ""),
        message(
            "03/03/2026-14:00:02",
            "ACK sip:dan@fabrikam.com SIP/2.0",
            good,
            "",
        ),
        message(
            "03/03/2026-14:05:02",
            "BYE sip:dan@fabrikam.com SIP/2.0",
            good,
            audio,
        ),
        message("03/03/2026-14:05:02", "SIP/2.0 200 OK", good, ""),
        message(
            "03/02/2026-11:00:00",
            "REGISTER sip:contoso.com SIP/2.0",
            other,
            "",
        ),
    ]
    .concat()
}

/// Conditions, and whether they take the call that failed and the one that worked.
const FILTERS: [(&[&str], bool, bool); 33] = [
    (&["--since", "2026-03-02T12:00"], false, true),
    (&["--since", "2026-03-02T09:00:08"], true, true),
    (&["--since", "2026-03-03"], false, true),
    (&["--since", "14:01"], false, true),
    (&["--until", "2026-03-02"], true, false),
    (&["--until", "2026-03-02T09:00:00Z"], true, false),
    (&["--until", "2026-03-02T09:30+01:00"], false, false),
    (&["--until", "yesterday"], true, true),
    (&["--since", "2w"], false, false),
    (&["--user", "ann@contoso.com"], true, false),
    (&["--user", "SIP:Ann@contoso.com"], true, false),
    (&["--user", "ann"], true, true),
    (&["--user", "ben,dan"], true, true),
    (&["--user", "zoe"], false, false),
    (&["--call-id", "aaaa1"], true, false),
    (&["--call-id", "aaaa1", "--call-id", "aaaa2"], true, true),
    (&["--code", "24"], true, false),
    (&["--code", "21-25,51000-51999"], true, true),
    (&["--ice-warn", "has:0x120"], true, false),
    (&["--ice-warn", "any:0x80001"], false, true),
    (&["--ice-warn", "is:0x32"], false, false),
    (&["--ice-warn", "0x200"], true, false),
    (&["--media", "application-sharing"], true, false),
    (&["--media", "audio"], false, true),
    (&["--code", "24", "--media", "audio"], false, false),
    (&["--outcome", "failed"], true, false),
    (&["--outcome", "connected,busy"], false, true),
    (&["--status", "4xx"], true, false),
    (&["--status", "200"], false, true),
    (&["--sites", "sites.csv", "--site", "lisbon"], true, false),
    (&["--sites", "sites.csv", "--site", "Oslo"], false, true),
    (&["--verdict", "failed"], true, false),
    (&["--verdict", "benign,degraded"], false, true),
];

fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("traces/x.log", trace());
    desk.put(
        "sites.csv",
        "network,site\n192.0.2.0/24,Lisbon\n198.51.100.0/24,Oslo\n",
    );
    desk
}

fn run(desk: &Desk, command: &[&str], filter: &[&str]) -> Run {
    desk.run(&[command, filter, &["traces"]].concat())
        .ends_with(0)
}

fn texts(rows: &[Value], key: &str) -> BTreeSet<String> {
    let texts = rows.iter().filter_map(|row| row[key].as_str());
    texts.map(str::to_owned).collect()
}

fn section(report: &Value, id: &str) -> Vec<Value> {
    let mut sections = report["sections"].as_array().unwrap().iter();
    let section = sections.find(|section| section["id"] == id);
    section.map_or(Vec::new(), |section| {
        section["rows"].as_array().unwrap().clone()
    })
}

#[test]
fn every_filter_takes_the_same_calls_whatever_the_command() {
    let desk = desk();
    for (filter, failed, good) in FILTERS {
        let wanted: BTreeSet<String> = [("aaaa1111", failed), ("aaaa2222", good)]
            .into_iter()
            .filter(|(_, wanted)| *wanted)
            .map(|(call_id, _)| call_id.to_owned())
            .collect();
        let calls = run(&desk, &["calls", "--format", "ndjson"], filter);
        assert_eq!(texts(&calls.rows(), "call_id"), wanted, "calls {filter:?}");

        let messages = run(&desk, &["messages"], filter).rows();
        let mut of_calls = texts(&messages, "call_id");
        of_calls.remove("bbbb3333");
        assert_eq!(of_calls, wanted, "messages {filter:?}");

        let events = run(&desk, &["events"], filter).rows();
        // The diagnosis of the call that failed is of its last message.
        assert!(
            texts(&events, "call_id").is_subset(&wanted),
            "events {filter:?}"
        );

        let report = run(&desk, &["scan", "--format", "json"], filter).json();
        let rows = section(&report, "by_outcome");
        assert!(rows.is_empty(), "nothing was asked for by outcome");
        let codes: BTreeSet<u64> = (section(&report, "failures").iter())
            .map(|row| row["code"].as_u64().unwrap())
            .collect();
        let of_events = events
            .iter()
            .filter_map(|row| row["code"].as_u64())
            .collect();
        assert_eq!(codes, of_events, "scan {filter:?}");

        // A filter makes an ID unique that is not by itself.
        let call = [&["call", "aaaa", "--format", "json"], filter, &["traces"]].concat();
        let call = desk.run(&call);
        match (failed, good) {
            (true, true) => call.ends_with(2).tells("2 Call-IDs begin so").stdout,
            (false, false) => call.ends_with(3).tells("no Call-ID begins so").stdout,
            (true, false) => call.ends_with(0).prints("aaaa1111").stdout,
            (false, true) => call.ends_with(0).prints("aaaa2222").stdout,
        };
    }
}

#[test]
fn diagnoses_and_messages_are_held_to_their_own_time() {
    let desk = desk();
    let filter = [
        "--since",
        "2026-03-02T09:00:01",
        "--until",
        "2026-03-02T09:00:05",
    ];
    let messages = run(&desk, &["messages"], &filter).rows();
    assert_eq!(messages.len(), 1, "{messages:#?}");
    assert!(
        messages[0]["start_line"]
            .as_str()
            .unwrap()
            .contains("180 Ringing")
    );
    assert!(run(&desk, &["events"], &filter).rows().is_empty());
    // The call was under way at that time.
    let calls = run(&desk, &["calls", "--format", "ndjson"], &filter).rows();
    assert_eq!(
        texts(&calls, "call_id"),
        BTreeSet::from(["aaaa1111".to_owned()])
    );
}

#[test]
fn now_is_the_present() {
    let now = std::time::SystemTime::now();
    let micros = now
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    let stamp = siptriage_facts::Stamp {
        micros: micros.as_micros() as i64 - 30 * 60_000_000,
        zone: siptriage_facts::Zone::Utc,
    };
    let text = stamp.to_string();
    let (date, time) = text.split_once('T').unwrap();
    let [year, month, day] = date.split('-').collect::<Vec<_>>()[..] else {
        panic!("{date}")
    };
    let time = format!("{month}/{day}/{year}-{}", &time[..8]);
    let ends = ["sip:ann@contoso.com", "sip:ben@fabrikam.com", "cccc"];
    let desk = Desk::new();
    desk.put(
        "x.log",
        message(&time, "INVITE sip:ben@fabrikam.com SIP/2.0", ends, ""),
    );
    for (since, want) in [
        ("1h", 1),
        ("40m", 1),
        ("20m", 0),
        ("yesterday", 1),
        ("1w", 1),
    ] {
        let rows = desk
            .run(&["messages", "--since", since, "x.log"])
            .ends_with(0)
            .rows();
        assert_eq!(rows.len(), want, "{since}");
    }
}

#[test]
fn a_zone_moves_local_times() {
    let desk = desk();
    let calls = |arguments: &[&str]| {
        let options = [
            "calls",
            "--format",
            "ndjson",
            "--since",
            "2026-03-02T08:30Z",
        ];
        let until = ["--until", "2026-03-02T09:30Z", "traces"];
        let run = desk.run(&[&options, arguments, &until].concat());
        run.ends_with(0).rows().len()
    };
    assert_eq!(calls(&[]), 1);
    assert_eq!(calls(&["--tz", "*.log=+02:00"]), 0);
    assert_eq!(calls(&["--tz", "*.txt=+02:00"]), 1);
    // A zone west of Greenwich is no option.
    desk.run(&["--tz", "-05:00", "traces"]).ends_with(0);
}

#[test]
fn the_report_says_what_the_filter_is() {
    let desk = desk();
    let filter = [
        "--user",
        "ann@contoso.com",
        "--code",
        "21-25",
        "--since",
        "2026-03-01",
    ];
    let words = "calls of user ann@contoso.com, with code 21-25, since 2026-03-01 00:00:00";
    for command in [&["scan"][..], &["calls"], &["scan", "--format", "markdown"]] {
        let page = run(&desk, command, &filter).stdout.replace('\\', "");
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(words), "{page}");
    }
    let report = run(&desk, &["scan", "--format", "json"], &filter);
    report.prints(words);
    let report = run(&desk, &["--trace-format", "server"], &[]);
    report.prints("calls in trace format server");
}

#[test]
fn what_is_left_out_is_read_all_the_same() {
    let desk = desk();
    let all = run(&desk, &["scan", "--format", "json"], &[]).json();
    let some = run(&desk, &["scan", "--format", "json"], &["--code", "24"]).json();
    assert_eq!(section(&all, "formats"), section(&some, "formats"));
}

#[test]
fn an_empty_result_is_a_result_and_says_why() {
    let desk = desk();
    let filter = ["--user", "zoe"];
    for (command, what) in [
        (&["scan"][..], "nothing in the input"),
        (&["calls"], "no call in the input"),
        (&["calls", "--all-dialogs"], "no dialog in the input"),
        (&["messages"], "no message in the input"),
        (&["events"], "no diagnosis in the input"),
    ] {
        let told = run(&desk, command, &filter).tells(what);
        let told = told.tells("calls of user zoe").tells("widen the filter");
        assert_eq!(told.stderr.lines().count(), 1, "{command:?}");
        let quiet = [command, &["--quiet"]].concat();
        run(&desk, &quiet, &filter).keeps_stderr_empty();
    }
}

#[test]
fn what_is_no_condition_is_refused_before_the_reading() {
    let desk = desk();
    desk.put("bad.csv", "192.0.2.0/24,Lisbon\nnowhere,Oslo\n");
    for (filter, words) in [
        (
            &["--since", "noon"][..],
            &["--since <TIME>", "write 2026-03-02"][..],
        ),
        (&["--since", "2026-02-30"], &["there is no day 2026-02-30"]),
        (
            &["--until", "2026-03-02x"],
            &["--until <TIME>", "2026-03-02T09:30"],
        ),
        (
            &["--since", "2026-03-02", "--until", "2026-03-01"],
            &["--since 2026-03-02", "is after --until", "swap them"],
        ),
        (&["--user", ""], &["--user <ADDRESS>", "write an address"]),
        (&["--call-id", ""], &["--call-id <ID>", "Call-ID begins"]),
        (&["--code", "x"], &["--code <CODE>", "21-25"]),
        (&["--code", "25-21"], &["'25-21'", "--code <CODE>"]),
        (
            &["--ice-warn", "all:0x20"],
            &["--ice-warn <MASK>", "has:0x20", "any:0x20"],
        ),
        (&["--ice-warn", "relay"], &["hexadecimal"]),
        (
            &["--media", "_"],
            &["--media <MEDIUM>", "application-sharing"],
        ),
        (&["--verdict", "bad"], &["--verdict <VERDICT>", "degraded"]),
        (
            &["--outcome", "faild"],
            &["--outcome <OUTCOME>", "'failed'"],
        ),
        (&["--status", "7xx"], &["--status <STATUS>", "4xx"]),
        (&["--site", "Lisbon"], &["--sites FILE"]),
        (
            &["--site", "Lisbn", "--sites", "sites.csv"],
            &["did you mean `Lisbon`"],
        ),
        (
            &["--site", "x", "--sites", "sites.csv"],
            &["it names Lisbon, Oslo"],
        ),
        (
            &["--sites", "no.csv"],
            &["no.csv: cannot be read", "check the name"],
        ),
        (&["--sites", "bad.csv"], &["bad.csv:2: ", "no IP address"]),
        (&["--tz", "CET"], &["--tz <ZONE>", "+01:00"]),
        (&["--tz", "=+01:00"], &["PATTERN=ZONE"]),
    ] {
        for command in [
            &["scan"][..],
            &["calls"],
            &["call", "aaaa1"],
            &["messages"],
            &["events"],
        ] {
            let mut run = desk
                .run(&[command, filter, &["traces"]].concat())
                .ends_with(2);
            for words in words {
                run = run.tells(words);
            }
            assert_eq!(run.stdout, "", "{command:?} {filter:?}");
        }
    }
    for (option, words) in [
        (&["--by", "colour"][..], &["--by <WHAT>", "user-agent"][..]),
        (&["--by", "site"], &["--sites FILE"]),
        (&["--subnet-bits", "33"], &["--subnet-bits <N>", "24,64"]),
    ] {
        let mut run = desk.run(&[option, &["traces"]].concat()).ends_with(2);
        for words in words {
            run = run.tells(words);
        }
    }
}

#[test]
fn calls_are_counted_by_what_is_asked_for() {
    let desk = desk();
    let by = [
        "--by",
        "user,site",
        "--by",
        "subnet",
        "--sites",
        "sites.csv",
    ];
    let report = run(&desk, &["scan", "--format", "json"], &by).json();
    let values = |id| texts(&section(&report, id), "value");
    assert_eq!(
        values("by_site"),
        ["Lisbon", "Oslo"].map(str::to_owned).into()
    );
    assert!(values("by_user").contains("sip:ann@contoso.com"));
    assert!(values("by_subnet").contains("192.0.2.0/24"));
    let wide = [&by[..], &["--subnet-bits", "16"]].concat();
    let report = run(&desk, &["scan", "--format", "json"], &wide).json();
    assert!(texts(&section(&report, "by_subnet"), "value").contains("192.0.0.0/16"));
}

#[test]
fn filters_work_on_standard_input() {
    let desk = Desk::new();
    let filter = ["--code", "24", "-"];
    let run = desk.run_with_stdin(&[&["scan"], &filter[..]].concat(), &trace());
    let page = run.ends_with(0).prints("0x320").stdout;
    assert!(!page.contains("0x80000"), "{page}");
    for command in [
        &["calls", "--format", "ndjson"][..],
        &["messages"],
        &["events"],
    ] {
        let run = desk
            .run_with_stdin(&[command, &filter].concat(), &trace())
            .ends_with(0);
        let of_call = texts(&run.rows(), "call_id");
        assert_eq!(
            of_call,
            BTreeSet::from(["aaaa1111".to_owned()]),
            "{command:?}"
        );
    }
    let run = desk
        .run_with_stdin(&["call", "aaaa2", "-"], &trace())
        .ends_with(0);
    run.prints("aaaa2222");
}
