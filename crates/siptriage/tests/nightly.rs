//! A simulated quarter of nights: logs that grow and are rotated, exports that overlap, runs that
//! are killed, a regression, something mended, weekends. What the store says is what is true.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod desk;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use desk::Desk;
use serde_json::Value;
use siptriage_generator::{Scenario, ScenarioOptions, scenario};

/// Nights of the quarter.
const NIGHTS: u64 = 91;
/// The night from which on something breaks that never broke before.
const BROKEN: u64 = 45;
/// The night from which on something is mended that broke each night.
const MENDED: u64 = 70;
/// 2026-03-02T08:00:00, a Monday, in milliseconds since 1970.
const START: u64 = 1_772_438_400_000;
const DAY: u64 = 86_400_000;

const GOOD: &str = "plain";
/// What fails now and then, all the time.
const USUAL: &str = "target-unknown";
/// What is mended.
const ENDING: &str = "tcp-blocked-both-outside";
/// What breaks.
const NEW: &str = "udp-3478";

fn night(of: u64) -> Scenario {
    let is_weekend = of % 7 >= 5;
    let calls = if is_weekend { 20 } else { 80 };
    let mut plots = vec![GOOD; 20];
    plots[3] = USUAL;
    plots[13] = USUAL;
    if of < MENDED {
        for at in [1, 6, 11, 16] {
            plots[at] = ENDING;
        }
    }
    if of >= BROKEN {
        for at in [2, 7, 9, 17] {
            plots[at] = NEW;
        }
    }
    let options = ScenarioOptions {
        users: 40,
        start: START + of * DAY,
        pause: 30_000,
        others: 10,
        logging_clients: Some(4),
        front_ends: 1,
        edges: 0,
        offset_minutes: Vec::new(),
        skew_ms: Vec::new(),
        plots: plots.into_iter().map(String::from).collect(),
        ..ScenarioOptions::new(1000 + of, calls)
    };
    scenario(&options).unwrap()
}

/// What is true of each call: by Call-ID its day, verdict and outcome.
type Truth = BTreeMap<String, (String, String, String)>;

fn add_truth(truth: &mut Truth, night: &Scenario, day: &str) {
    for call in &night.truth.calls {
        truth.insert(
            call.call_id.clone(),
            (
                day.to_owned(),
                call.verdict.name().to_owned(),
                call.outcome.name().to_owned(),
            ),
        );
    }
}

fn day_of(night: u64) -> String {
    let day = i64::try_from((START + night * DAY) / DAY).unwrap();
    siptriage_facts::day_text(day)
}

fn rows(desk: &Desk, store: &str, question: &str) -> Vec<Value> {
    let run = desk.run(&["sql", question, "--store", store, "--format", "json"]);
    let report = run.ends_with(0).json();
    report["sections"][0]["rows"].as_array().unwrap().clone()
}

fn known(desk: &Desk, store: &str) -> Truth {
    let question = "SELECT call_id, day, verdict, outcome FROM calls";
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or("none").to_owned();
    rows(desk, store, question)
        .iter()
        .map(|row| {
            let of = (text(row, "day"), text(row, "verdict"), text(row, "outcome"));
            (text(row, "call_id"), of)
        })
        .collect()
}

fn differences(found: &Truth, want: &Truth) -> Vec<String> {
    let all: BTreeSet<&String> = found.keys().chain(want.keys()).collect();
    all.into_iter()
        .filter(|call| found.get(*call) != want.get(*call))
        .map(|call| format!("{call}: {:?}, not {:?}", found.get(call), want.get(call)))
        .take(5)
        .collect()
}

/// Adds a night to the folder of traces: clients' logs grow and are rotated each ninth night, each
/// server's export repeats the end of the one before.
fn write(desk: &Desk, folder: &str, night: u64, files: &Scenario, before: Option<&Scenario>) {
    for file in &files.files {
        let is_client = file.name.ends_with("UccApilog");
        if !is_client {
            let mut text = Vec::new();
            let same = |one: &&siptriage_generator::ScenarioFile| one.name == file.name;
            if let Some(before) = before.and_then(|before| before.files.iter().find(same)) {
                text.extend_from_slice(last_third(&before.contents));
            }
            text.extend_from_slice(&file.contents);
            desk.put(&format!("{folder}/{night:03}-{}", file.name), text);
            continue;
        }
        let path = desk.path(&format!("{folder}/{}", file.name));
        if night % 9 == 8 {
            let rotated = desk.path(&format!("{folder}/{night:03}-old-{}", file.name));
            let _ = fs::rename(&path, rotated);
        }
        let mut text = fs::read(&path).unwrap_or_default();
        text.extend_from_slice(&file.contents);
        desk.put(&format!("{folder}/{}", file.name), text);
    }
}

/// The records of the last third of a server's log.
fn last_third(text: &[u8]) -> &[u8] {
    let from = text.len() / 3 * 2;
    let marker = b"TL_INFO";
    let at = text[from..]
        .windows(marker.len())
        .position(|bytes| bytes == marker);
    &text[at.map_or(text.len(), |at| from + at)..]
}

fn nightly(desk: &Desk, folder: &str, night: u64) -> Value {
    let day = day_of(night);
    let arguments = [
        "nightly",
        folder,
        "--store",
        "calls.sqlite",
        "--day",
        &day,
        "--format",
        "json",
    ];
    let run = desk.run(&arguments);
    assert!(matches!(run.code, Some(0)), "{night}: {}", run.stderr);
    run.json()
}

fn section<'v>(report: &'v Value, id: &str) -> &'v Vec<Value> {
    let mut sections = report["sections"].as_array().unwrap().iter();
    let section = sections.find(|section| section["id"] == id);
    section.unwrap_or(&Value::Null)["rows"].as_array().unwrap()
}

fn rules(report: &Value, id: &str) -> Vec<String> {
    let rows = section(report, id).iter();
    rows.map(|row| row["rule"].as_str().unwrap_or("").to_owned())
        .collect()
}

#[test]
fn a_quarter_of_nights_equals_the_truth_however_it_is_run() {
    let desk = Desk::new();
    let mut truth = Truth::new();
    let mut before: Option<Scenario> = None;
    let mut told: BTreeMap<&str, Vec<(u64, String)>> = BTreeMap::new();
    for of in 0..NIGHTS {
        let files = night(of);
        write(&desk, "traces", of, &files, before.as_ref());
        if of % 5 == 2 {
            // Killed at some moment: all of it or nothing is there, and the next run does the rest.
            let mut child = desk
                .command(&["nightly", "traces", "--store", "calls.sqlite", "--quiet"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(of * 7 % 120));
            let _ = child.kill();
            let _ = child.wait();
        }
        let report = nightly(&desk, "traces", of);
        add_truth(&mut truth, &files, &day_of(of));
        before = Some(files);
        for id in ["new", "worse", "better", "gone"] {
            for rule in rules(&report, id) {
                told.entry(id).or_default().push((of, rule));
            }
        }
        if of % 15 == 14 || of + 1 == NIGHTS {
            let found = known(&desk, "calls.sqlite");
            let wrong = differences(&found, &truth);
            assert!(wrong.is_empty(), "night {of}: {wrong:#?}");
        }
    }
    let rule_of = |day: u64, plot: &str| {
        let call = night(day);
        let of_plot = call.truth.calls.iter().find(|call| call.plot == plot);
        let call_id = &of_plot.unwrap().call_id;
        let question = format!("SELECT rule FROM calls WHERE call_id = '{call_id}'");
        let rows = rows(&desk, "calls.sqlite", &question);
        rows[0]["rule"].as_str().unwrap().to_owned()
    };
    let (new, ending) = (rule_of(BROKEN, NEW), rule_of(0, ENDING));
    assert!(new != ending && !new.is_empty() && !ending.is_empty());
    let of = |id: &str| told.get(id).cloned().unwrap_or_default();
    // What breaks is new on its first night, worse perhaps for some more, and nothing else is.
    assert_eq!(of("new").first(), Some(&(BROKEN, new.clone())), "{told:?}");
    for id in ["new", "worse"] {
        for (night, rule) in of(id) {
            let soon = (BROKEN..BROKEN + 28).contains(&night);
            assert!(
                rule == new && soon,
                "{id}: {rule} in night {night}: {told:?}"
            );
        }
    }
    // What is mended is gone or better within a week, and nothing else is.
    let mended: Vec<_> = of("better").into_iter().chain(of("gone")).collect();
    let first = mended.iter().map(|(night, _)| *night).min();
    assert!(
        first.is_some_and(|night| (MENDED..MENDED + 7).contains(&night)),
        "{told:?}"
    );
    for (night, rule) in mended {
        let soon = (MENDED..MENDED + 28).contains(&night);
        assert!(rule == ending && soon, "{rule} in night {night}: {told:?}");
    }
    // Whatever the order, and all at once, the same calls come out.
    // Times aside: by how much a clock is wrong is estimated from what was read together.
    let question = "SELECT call_id, day, verdict, outcome, rule, caller, callee, media, \
                    final_status, codes, masks, messages FROM calls ORDER BY call_id";
    let want = rows(&desk, "calls.sqlite", question);
    let at_once = ["nightly", "traces", "--store", "once.sqlite", "--quiet"];
    desk.run(&at_once).ends_with(0);
    let found = rows(&desk, "once.sqlite", question);
    let differs = want.iter().zip(&found).find(|(one, other)| one != other);
    assert_eq!(differs, None);
    assert_eq!(want.len(), found.len());
    // Backwards, file by file.
    let mut names: Vec<String> = fs::read_dir(desk.path("traces"))
        .unwrap()
        .map(|entry| entry.unwrap().path().to_string_lossy().into_owned())
        .collect();
    names.sort_by(|left, right| right.cmp(left));
    for names in names.chunks(40) {
        let mut arguments = vec!["nightly", "--store", "back.sqlite", "--quiet"];
        arguments.extend(names.iter().map(String::as_str));
        let run = desk.run(&arguments);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
    let found = rows(&desk, "back.sqlite", question);
    let differs = want.iter().zip(&found).find(|(one, other)| one != other);
    assert_eq!(differs, None);
    desk.run(&["store", "verify", "--store", "calls.sqlite"])
        .ends_with(0);
}

#[test]
fn the_same_night_twice_changes_nothing() {
    let desk = Desk::new();
    write(&desk, "traces", 0, &night(0), None);
    let first = nightly(&desk, "traces", 0);
    let calls = known(&desk, "calls.sqlite");
    // Renamed, and touched: it is what it is.
    let names: Vec<_> = fs::read_dir(desk.path("traces")).unwrap().collect();
    for (which, entry) in names.into_iter().enumerate() {
        let path = entry.unwrap().path();
        fs::rename(&path, desk.path(&format!("traces/renamed{which}.log"))).unwrap();
    }
    let second = nightly(&desk, "traces", 0);
    assert_eq!(known(&desk, "calls.sqlite"), calls);
    for id in ["findings", "outcomes", "days", "new", "worse"] {
        assert_eq!(section(&first, id), section(&second, id), "{id}");
    }
    assert_eq!(section(&second, "run")[0]["new_calls"], 0);
    assert_eq!(section(&second, "run")[0]["changed_calls"], 0);
    assert_eq!(section(&second, "coverage")[0]["files"], 0);
}

#[test]
fn files_are_known_by_their_content() {
    let desk = Desk::new();
    let files = night(0);
    let client = files
        .files
        .iter()
        .find(|file| file.name.ends_with("UccApilog"));
    let text = &client.unwrap().contents;
    let half = text.len() / 2;
    let run = |new: u64, known: u64| {
        let arguments = [
            "nightly", "traces", "--store", "s.sqlite", "--format", "json",
        ];
        let report = desk.run(&arguments).ends_with(0).json();
        assert_eq!(section(&report, "coverage")[0]["files"], new);
        assert_eq!(section(&report, "run")[0]["known_files"], known);
        section(&report, "coverage")[0]["bytes"].as_u64().unwrap()
    };
    desk.put("traces/a.log", &text[..half]);
    let first = run(1, 0);
    assert!(first as usize <= half);
    // It has grown: only the rest is read.
    desk.put("traces/a.log", text);
    let second = run(1, 0);
    assert_eq!((first + second) as usize, text.len());
    run(0, 1);
    // Rotated: another name for what is known, and a new file under the old one.
    fs::rename(desk.path("traces/a.log"), desk.path("traces/a-1.log")).unwrap();
    desk.put(
        "traces/a.log",
        desk::message(
            "03/02/2026-09:00:00",
            "INVITE sip:bob@example.com SIP/2.0",
            ["sip:ann@contoso.com", "sip:bob@example.com", "rotated-1"],
            "",
        ),
    );
    run(1, 1);
    // What is known is known in an archive too, and packed again beside something new.
    let calls = known(&desk, "s.sqlite");
    desk.put("traces/all.zip", desk::zip(&[("logs/x.log", text)]));
    run(0, 3);
    assert_eq!(known(&desk, "s.sqlite"), calls);
    let other = desk::message(
        "03/02/2026-09:05:00",
        "INVITE sip:bob@example.com SIP/2.0",
        ["sip:ann@contoso.com", "sip:bob@example.com", "packed-1"],
        "",
    );
    let both = [("logs/x.log", &text[..]), ("y.log", other.as_bytes())];
    desk.put("traces/all.zip", desk::zip(&both));
    let bytes = run(1, 3);
    assert_eq!(bytes as usize, other.len());
    assert_eq!(known(&desk, "s.sqlite").len(), calls.len() + 1);
    run(0, 3);
    // Unpacked, it is known as the member it was.
    desk.put("traces/y.log", &other);
    run(0, 4);
}

#[test]
fn a_run_that_is_killed_leaves_all_or_nothing() {
    let desk = Desk::new();
    let files = night(3);
    write(&desk, "traces", 3, &files, None);
    let mut truth = Truth::new();
    add_truth(&mut truth, &files, &day_of(3));
    let (mut none, mut all) = (0, 0);
    for round in 0..30 {
        let store = format!("s{round}.sqlite");
        let mut child = desk
            .command(&["nightly", "traces", "--store", &store, "--quiet"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(round * 9));
        let _ = child.kill();
        let _ = child.wait();
        if !desk.path(&store).exists() || fs::metadata(desk.path(&store)).unwrap().len() == 0 {
            none += 1;
            continue;
        }
        // What was begun is taken back when it is opened.
        let again = desk.run(&["nightly", "--store", &store, "--quiet", "nothing-here"]);
        assert!(
            matches!(again.code, Some(3 | 4)),
            "{:?}: {}",
            again.code,
            again.stderr
        );
        let calls = known(&desk, &store);
        desk.run(&["store", "verify", "--store", &store])
            .ends_with(0);
        if calls.is_empty() {
            none += 1;
        } else {
            assert_eq!(differences(&calls, &truth), Vec::<String>::new());
            all += 1;
        }
        let run = ["nightly", "traces", "--store", &store, "--quiet"];
        desk.run(&run).ends_with(0);
        assert_eq!(
            differences(&known(&desk, &store), &truth),
            Vec::<String>::new()
        );
    }
    assert!(none > 0 && all + none == 30, "{none} {all}");
}

#[test]
fn two_runs_at_once_do_not_mix() {
    let desk = Desk::new();
    write(&desk, "traces", 4, &night(4), None);
    let store = desk.path("s.sqlite");
    let mut held = siptriage_store::Store::open(&store).unwrap();
    let run = held.begin("2026-03-06T02:00:00Z").unwrap();
    desk.run(&["nightly", "traces", "--store", "s.sqlite"])
        .ends_with(2)
        .tells("s.sqlite: another run is writing it; nothing was changed");
    // Readers are not kept out.
    desk.run(&["store", "info", "--store", "s.sqlite"])
        .ends_with(0);
    drop(run);
    desk.run(&["nightly", "traces", "--store", "s.sqlite", "--quiet"])
        .ends_with(0);
    let both: Vec<_> = (0..2)
        .map(|_| {
            let mut command = desk.command(&["nightly", "traces", "--store", "t.sqlite"]);
            command.stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for child in both {
        let code = child.wait_with_output().unwrap().status.code();
        assert!(matches!(code, Some(0 | 2)), "{code:?}");
    }
    assert_eq!(known(&desk, "t.sqlite"), known(&desk, "s.sqlite"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_store_on_a_full_disk_is_as_it_was() {
    let desk = Desk::new();
    write(&desk, "traces", 0, &night(0), None);
    nightly(&desk, "traces", 0);
    let calls = known(&desk, "calls.sqlite");
    write(&desk, "traces", 1, &night(1), None);
    // A limit on the length of files stands for the disk.
    let limit = fs::metadata(desk.path("calls.sqlite")).unwrap().len() / 512;
    let program = env!("CARGO_BIN_EXE_siptriage");
    let line = format!(
        "trap '' XFSZ; ulimit -f {limit}; exec '{program}' nightly traces --store calls.sqlite"
    );
    let mut shell = std::process::Command::new("sh");
    let run = shell.args(["-c", &line]).current_dir(desk.path("."));
    let run = desk::Run::of(run.output().unwrap());
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.stderr.contains("nothing of this run is in it"),
        "{}",
        run.stderr
    );
    assert_eq!(known(&desk, "calls.sqlite"), calls);
    nightly(&desk, "traces", 1);
    assert!(known(&desk, "calls.sqlite").len() > calls.len());
}

#[test]
fn what_is_no_store_is_told_and_left_alone() {
    let desk = Desk::new();
    desk.put("traces/a.log", "no trace");
    desk.put(
        "text.sqlite",
        "this is text, and somebody needs it. ".repeat(100),
    );
    desk.run(&["nightly", "traces", "--store", "text.sqlite"])
        .ends_with(2)
        .tells("no store of siptriage");
    assert!(
        fs::read_to_string(desk.path("text.sqlite"))
            .unwrap()
            .starts_with("this is")
    );
    desk.run(&["sql", "SELECT 1", "--store", "none.sqlite"])
        .ends_with(2);
    assert!(!Path::new(&desk.path("none.sqlite")).exists());
    let mut store = siptriage_store::Store::open(&desk.path("s.sqlite")).unwrap();
    drop(store.begin("now").unwrap());
    for change in [
        "DELETE FROM call",
        "DROP VIEW calls",
        "PRAGMA user_version = 9",
    ] {
        let run = desk.run(&["sql", change, "--store", "s.sqlite"]);
        assert!(
            run.code == Some(2) || run.stdout.contains("none found"),
            "{change}"
        );
    }
    desk.run(&["sql", "SELECT count(*) FROM calls", "--store", "s.sqlite"])
        .ends_with(0);
}

#[test]
fn conditions_end_a_run_with_1_and_are_named() {
    let desk = Desk::new();
    write(&desk, "traces", 0, &night(0), None);
    let run = |conditions: &str| {
        desk.run(&[
            "nightly",
            "traces",
            "--store",
            "s.sqlite",
            "--fail-on",
            conditions,
            "--log",
            "runs.log",
        ])
    };
    run("failed>0,new>0")
        .ends_with(1)
        .tells("--fail-on failed>0 holds");
    run("failed>100000").ends_with(0);
    run("faild>0").ends_with(2);
    let log = fs::read_to_string(desk.path("runs.log")).unwrap();
    assert_eq!(log.lines().count(), 2);
    assert!(
        log.lines().next().unwrap().ends_with("exit code 1"),
        "{log}"
    );
}

#[test]
fn two_folders_are_compared() {
    let desk = Desk::new();
    for of in [0, 1] {
        write(&desk, "before", of, &night(of), None);
    }
    write(&desk, "after", BROKEN, &night(BROKEN), None);
    let report = desk
        .run(&["compare", "before", "after", "--format", "json"])
        .ends_with(0)
        .json();
    assert_eq!(
        rules(&report, "new").len(),
        1,
        "{:?} {:?}",
        report["headline"],
        section(&report, "unseen")
    );
    desk.run(&["nightly", "before", "--store", "s.sqlite", "--quiet"])
        .ends_with(0);
    let of_store = desk
        .run(&["compare", "s.sqlite", "after", "--format", "json"])
        .ends_with(0)
        .json();
    assert_eq!(rules(&of_store, "new"), rules(&report, "new"));
    desk.run(&["compare", "before", "before", "--fail-on", "new>0,worse>0"])
        .ends_with(0);
    // Who fails on several days is hit once.
    let several = desk
        .run(&["compare", "after", "before", "--format", "json"])
        .ends_with(0)
        .json();
    let question = "SELECT count(DISTINCT caller) AS users FROM calls WHERE verdict = 'failed'";
    let users = &rows(&desk, "s.sqlite", question)[0]["users"];
    let first = several["headline"][0].as_str().unwrap();
    assert!(
        first.contains(&format!("{users} users hit")),
        "{first}, not {users}"
    );
    assert!(first.starts_with("2026-03-02 to 2026-03-03: "), "{first}");
    let baseline = [
        "nightly",
        "after",
        "--store",
        "t.sqlite",
        "--format",
        "json",
        "--baseline",
    ];
    for what in ["before", "nowhere", "run:7", "run:x"] {
        let run = desk.run(&[&baseline[..], &[what]].concat());
        if what == "before" {
            assert_eq!(
                rules(&run.ends_with(0).json(), "new"),
                rules(&report, "new")
            );
        } else {
            run.ends_with(2).tells("--baseline");
        }
    }
}
