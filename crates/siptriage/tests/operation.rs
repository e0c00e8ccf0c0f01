//! The pages about nights, held to the program and to what starts it.
//!
//! What is around a command on a schedule, cron, systemd or Windows, is taken apart here by the
//! rules of each; the command in it then runs on a desk.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use pages::{Block, blocks, desk_of, page, rows, shell, siptriage, text};

mod desk;
mod pages;

const NIGHTLY: &str = "docs/nightly.md";
const STORE: &str = "docs/store.md";

/// The block of a page that shows this file.
fn file_block(page: &str, name: &str) -> String {
    let found = blocks(page)
        .into_iter()
        .find(|block| block.file() == Some(name));
    found.unwrap_or_else(|| panic!("no block of {name}")).text
}

/// The exit code that a line of a block names, as in `# ends with 1: …`; 0 where it names none.
fn expected_code(line: &str) -> i32 {
    let told = line.split_once("# ends with ").map(|(_, rest)| rest);
    told.map_or(0, |rest| {
        let number = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
        number.parse().unwrap()
    })
}

#[test]
#[cfg_attr(not(unix), ignore = "the commands are written for a Unix shell")]
fn every_command_of_the_pages_runs_and_ends_as_they_say() {
    for (name, at_least) in [(NIGHTLY, 12), (STORE, 7)] {
        let page = page(name);
        let desk = desk_of(name, &page);
        let mut run = 0;
        for block in blocks(&page) {
            let lines: Vec<&str> = match block.info.as_str() {
                "sh" => block.text.lines().collect(),
                "console" => vec![block.text.lines().next().unwrap()],
                _ => continue,
            };
            for line in lines {
                let command = line.strip_prefix("$ ").unwrap_or(line);
                assert!(command.starts_with("siptriage "), "untested: {command}");
                let output = shell(desk.path(), command);
                let code = output.status.code();
                assert_eq!(code, Some(expected_code(command)), "{command}: {output:?}");
                let file = command.split_once(" -o ").map(|(_, rest)| {
                    let name = rest.split_whitespace().next().unwrap();
                    fs::read_to_string(desk.path().join(name)).unwrap()
                });
                let is_configured = command.contains("nightly --config");
                let shown = match is_configured {
                    true => fs::read_to_string(desk.path().join("night.md")).unwrap(),
                    false => file.unwrap_or_else(|| text(&output.stdout)),
                };
                let least = if command.contains("# one line") { 1 } else { 4 };
                assert!(shown.lines().count() >= least, "{command}: {shown}");
                run += 1;
            }
        }
        assert!(run >= at_least, "{name}: only {run} commands");
    }
}

#[test]
fn the_line_of_the_log_is_what_a_run_adds() {
    let page = page(NIGHTLY);
    let desk = desk_of(NIGHTLY, &page);
    for _ in 0..2 {
        let output = siptriage(desk.path(), "nightly --config siptriage.toml --quiet");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
    }
    let log = fs::read_to_string(desk.path().join("nightly.log")).unwrap();
    let shown = blocks(&page).into_iter().find(|block| block.info == "log");
    let without_time = |line: &str| {
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
        rest.to_owned()
    };
    let last = log.lines().last().unwrap();
    let shown = shown.unwrap().text;
    assert_eq!(without_time(shown.trim_end()), without_time(last));
}

// Starters.

/// A path of the page in a desk: the program, and its folder on Linux or Windows.
fn on_desk(word: &str, desk: &Path) -> String {
    let program = env!("CARGO_BIN_EXE_siptriage");
    for known in ["/usr/local/bin/siptriage", r"C:\siptriage\siptriage.exe"] {
        if word == known {
            return program.to_owned();
        }
    }
    for folder in [r"C:\siptriage\", "/srv/siptriage/"] {
        if let Some(name) = word.strip_prefix(folder) {
            return desk.join(name).to_string_lossy().into_owned();
        }
    }
    word.to_owned()
}

/// Runs a command of a schedule on a desk of its own. Something is new there.
fn assert_runs(words: &[String]) {
    let page = page(NIGHTLY);
    let desk = desk_of(NIGHTLY, &page);
    let words: Vec<String> = words
        .iter()
        .map(|word| on_desk(word, desk.path()))
        .collect();
    let (program, arguments) = words.split_first().unwrap();
    assert_eq!(program, env!("CARGO_BIN_EXE_siptriage"), "{words:?}");
    let output = Command::new(program).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{words:?}: {output:?}");
    assert_eq!(text(&output.stdout), "", "{words:?}");
    let told = text(&output.stderr);
    assert_eq!(told.lines().count(), 1, "only the condition: {told}");
    let night = fs::read_to_string(desk.path().join("night.md")).unwrap();
    assert!(night.contains("siptriage night of 2026-03-12"), "{night}");
}

fn plain_words(command: &str) -> Vec<String> {
    command.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_line_of_cron_is_one_and_runs() {
    let mut lines = 0;
    for block in blocks(&page(NIGHTLY))
        .iter()
        .filter(|block| block.info == "cron")
    {
        for line in block.text.lines() {
            let mut words = line.split_whitespace();
            for (field, (low, high)) in [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
                .into_iter()
                .enumerate()
            {
                let word = words.next().unwrap();
                let is_in = |number: u32| (low..=high).contains(&number);
                assert!(
                    word == "*" || word.parse().is_ok_and(is_in),
                    "field {field} of {line}"
                );
            }
            let command: Vec<&str> = words.collect();
            let command = command.join(" ");
            // It would end the command, and the rest would be its standard input.
            assert!(!command.contains('%'), "{line}");
            assert_runs(&plain_words(&command));
            lines += 1;
        }
    }
    assert_eq!(lines, 1);
}

/// The entries of a unit: section, key, value.
fn unit(text: &str) -> Vec<(String, String, String)> {
    let mut section = String::new();
    let mut entries = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix('[') {
            name.strip_suffix(']').unwrap().clone_into(&mut section);
            continue;
        }
        let (key, value) = line.split_once('=').unwrap();
        assert!(!section.is_empty() && !value.is_empty(), "{line}");
        assert!(key.chars().all(char::is_alphanumeric), "{line}");
        entries.push((section.clone(), key.to_owned(), value.to_owned()));
    }
    entries
}

#[test]
fn the_units_of_systemd_are_well_formed_and_run() {
    let page = page(NIGHTLY);
    let service = file_block(&page, "siptriage-nightly.service");
    let timer = file_block(&page, "siptriage-nightly.timer");
    let value = |entries: &[(String, String, String)], section: &str, key: &str| {
        let mut found = entries
            .iter()
            .filter(|entry| entry.0 == section && entry.1 == key);
        let value = found.next().map(|entry| entry.2.clone());
        assert!(found.next().is_none(), "{key} twice");
        value.unwrap_or_else(|| panic!("no {key}"))
    };
    let entries = unit(&service);
    assert_eq!(value(&entries, "Service", "Type"), "oneshot");
    let command = value(&entries, "Service", "ExecStart");
    // They mean something to systemd.
    assert!(!command.contains(['%', '$', '"', '\\']), "{command}");
    assert_runs(&plain_words(&command));
    let timer_entries = unit(&timer);
    assert_eq!(
        value(&timer_entries, "Install", "WantedBy"),
        "timers.target"
    );
    let when = value(&timer_entries, "Timer", "OnCalendar");
    verify_units(&service, &timer, &when);
}

/// What systemd says of them, where it is installed.
fn verify_units(service: &str, timer: &str, when: &str) {
    let analyze = |arguments: &[&str]| Command::new("systemd-analyze").args(arguments).output();
    if analyze(&["--version"]).is_err() {
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let program = env!("CARGO_BIN_EXE_siptriage");
    let service = service.replace("/usr/local/bin/siptriage", program);
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (service_path, timer_path) = (
        path("siptriage-nightly.service"),
        path("siptriage-nightly.timer"),
    );
    fs::write(&service_path, service).unwrap();
    fs::write(&timer_path, timer).unwrap();
    let output = analyze(&["verify", &service_path, &timer_path]).unwrap();
    // What else is wrong on this machine is not about these two.
    let said = text(&output.stderr);
    let ours: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("siptriage"))
        .collect();
    assert!(ours.is_empty(), "{said}");
    let output = analyze(&["calendar", when]).unwrap();
    assert!(output.status.success(), "{when}: {output:?}");
}

/// The elements of a document with their text, by path; panics where it is not well-formed. Knows
/// what a task file has: no comments, entities, CDATA or doctype.
fn elements(xml: &str) -> Vec<(String, String)> {
    let declaration = "<?xml version=\"1.0\"?>\n";
    let mut rest = xml.strip_prefix(declaration).unwrap().trim();
    assert!(xml.is_ascii() && !xml.contains('&'), "one encoding for all");
    let mut open: Vec<String> = Vec::new();
    let mut elements = Vec::new();
    while let Some(at) = rest.find('<') {
        let between = rest[..at].trim();
        assert!(!between.contains('>'), "{between}");
        if !between.is_empty() {
            elements.push((open.join("/"), between.to_owned()));
        }
        let (tag, behind) = rest[at + 1..].split_once('>').unwrap();
        rest = behind;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            // There is one outermost element.
            assert!(
                !open.is_empty() || rest.is_empty(),
                "behind the end: {rest}"
            );
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(name.chars().all(char::is_alphanumeric), "{tag}");
        for attribute in attributes.split_whitespace() {
            let (key, value) = attribute.split_once("=\"").unwrap();
            assert!(key.chars().all(char::is_alphanumeric), "{tag}");
            assert!(
                value.ends_with('"') && value.matches('"').count() == 1,
                "{tag}"
            );
        }
        open.push(name.to_owned());
    }
    assert!(open.is_empty() && rest.is_empty(), "{open:?} {rest}");
    elements
}

/// Words of a command line as programs on Windows read it: quotes hold words together, and a
/// backslash before a quote makes it a plain one.
fn windows_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'"') => {
                chars.next();
                word.get_or_insert_default().push('"');
            }
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    assert!(!quoted, "an open quote: {line}");
    words.extend(word);
    words
}

#[test]
fn the_task_file_is_well_formed_and_runs() {
    let elements = elements(&file_block(&page(NIGHTLY), "siptriage-nightly.xml"));
    let of = |path: &str| {
        let found = elements.iter().find(|element| element.0 == path);
        &*found.unwrap_or_else(|| panic!("no {path}: {elements:?}")).1
    };
    assert_eq!(of("Task/Settings/MultipleInstancesPolicy"), "IgnoreNew");
    assert_eq!(
        of("Task/Triggers/CalendarTrigger/ScheduleByDay/DaysInterval"),
        "1"
    );
    let mut words = vec![of("Task/Actions/Exec/Command").to_owned()];
    words.extend(windows_words(of("Task/Actions/Exec/Arguments")));
    assert_runs(&words);
}

#[test]
fn the_lines_of_schtasks_are_quoted_right_and_run() {
    let page = page(NIGHTLY);
    let lines: Vec<String> = (blocks(&page).iter())
        .filter(|block| block.info == "bat")
        .flat_map(|block| block.text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut run = 0;
    for line in &lines {
        let words = windows_words(line);
        assert_eq!(words[0], "schtasks", "{line}");
        let options: Vec<&String> = words.iter().filter(|word| word.starts_with('/')).collect();
        let known = [
            "/create", "/run", "/query", "/tn", "/xml", "/ru", "/rp", "/sc", "/st", "/tr", "/v",
            "/fo",
        ];
        assert!(
            options.iter().all(|word| known.contains(&word.as_str())),
            "{line}"
        );
        let Some(at) = words.iter().position(|word| word == "/tr") else {
            continue;
        };
        let command = &words[at + 1];
        assert!(words.len() == at + 2 && command.len() <= 261, "{line}");
        // The other folders of Windows are on the desk, too.
        let words: Vec<String> = (windows_words(command).into_iter())
            .map(|word| word.replace(r"C:\Program Files\siptriage\", r"C:\siptriage\"))
            .collect();
        assert_runs(&words);
        run += 1;
    }
    assert!(run == 2 && lines.len() == 5, "{lines:#?}");
}

#[test]
fn the_commands_of_powershell_are_quoted_right_and_run() {
    let page = page(NIGHTLY);
    let block = blocks(&page)
        .into_iter()
        .find(|block| block.info == "powershell");
    let block = block.unwrap().text;
    for line in block.lines() {
        let outside: String = line.split('\'').step_by(2).collect();
        assert_eq!(line.matches('\'').count() % 2, 0, "{line}");
        // Within single quotes nothing is special; outside there is no double one.
        assert!(!outside.contains('"'), "{line}");
        let depth = outside.matches('(').count();
        assert_eq!(depth, outside.matches(')').count(), "{line}");
    }
    let value = |option: &str| {
        let (_, rest) = block.split_once(&format!("{option} '")).unwrap();
        rest.split_once('\'').unwrap().0.to_owned()
    };
    let mut words = vec![value("-Execute")];
    words.extend(windows_words(&value("-Argument")));
    assert_runs(&words);
    let script = file_block(&page, "mail-night.ps1");
    for (left, right) in [('{', '}'), ('(', ')')] {
        assert_eq!(script.matches(left).count(), script.matches(right).count());
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "a script for a Unix shell")]
fn the_script_mails_the_page_or_what_was_wrong() {
    let page = page(NIGHTLY);
    let desk = desk_of(NIGHTLY, &page);
    let script = file_block(&page, "mail-night.sh")
        .replace("/srv/siptriage", &desk.path().to_string_lossy())
        .replace("/usr/local/bin/siptriage", env!("CARGO_BIN_EXE_siptriage"));
    // Keeps what it is told, and what it is given.
    let mailed = "mail() { printf '%s\\n' \"$2\" \"$3\" > mailed; cat >> mailed; }\n";
    let run = |more: &str| -> (Option<i32>, Option<String>) {
        let path = desk.path().join("mailed");
        let _ = fs::remove_file(&path);
        let output = shell(desk.path(), &format!("{mailed}{more}{script}"));
        (output.status.code(), fs::read_to_string(path).ok())
    };
    let (code, mail) = run("");
    let mail = mail.unwrap();
    assert_eq!(code, Some(1));
    assert!(mail.starts_with("siptriage: look at last night\nuc@contoso.com\n# siptriage"));
    // Nothing to compare with, nothing to tell.
    for folder in pages::entries(&desk.path().join("traces")) {
        if folder != "2026-03-03" {
            fs::remove_dir_all(desk.path().join("traces").join(folder)).unwrap();
        }
    }
    fs::remove_file(desk.path().join("calls.sqlite")).unwrap();
    assert_eq!(run(""), (Some(0), None));
    fs::write(
        desk.path().join("calls.sqlite"),
        "no store at all\n".repeat(100),
    )
    .unwrap();
    let (code, mail) = run("");
    let mail = mail.unwrap();
    assert_eq!(code, Some(2));
    assert!(
        mail.starts_with("siptriage: no page, exit code 2\n"),
        "{mail}"
    );
    assert!(mail.contains("no store of siptriage"), "{mail}");
}

// The store.

fn answer(desk: &Path, question: &str) -> serde_json::Value {
    let output = asked(desk, question);
    assert_eq!(output.status.code(), Some(0), "{question}: {output:?}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    json["sections"][0]["rows"].clone()
}

fn asked(desk: &Path, question: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_siptriage");
    let arguments = [
        "sql",
        question,
        "--store",
        "calls.sqlite",
        "--format",
        "json",
    ];
    let command = Command::new(program)
        .args(arguments)
        .current_dir(desk)
        .output();
    command.unwrap()
}

/// A desk whose store has all nights.
fn desk_with_store() -> tempfile::TempDir {
    let desk = desk_of(STORE, &page(STORE));
    let output = siptriage(desk.path(), "nightly traces --store calls.sqlite --quiet");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    desk
}

#[test]
fn every_view_and_column_is_described_and_no_other() {
    let page = page(STORE);
    let desk = desk_with_store();
    for view in siptriage_store::VIEWS {
        let question = format!("SELECT name FROM pragma_table_info('{view}')");
        let columns: Vec<String> = (answer(desk.path(), &question).as_array().unwrap().iter())
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect();
        let described: Vec<String> = rows(&page, &format!("column of `{view}`"))
            .iter()
            .map(|cells| cells[0].trim_matches('`').to_owned())
            .collect();
        assert_eq!(described, columns, "{view}");
    }
}

#[test]
fn every_question_of_the_page_has_an_answer() {
    let page = page(STORE);
    let desk = desk_with_store();
    let questions: Vec<Block> = (blocks(&page).into_iter())
        .filter(|block| block.info == "sql")
        .collect();
    for question in &questions {
        let rows = answer(desk.path(), &question.text);
        assert!(!rows.as_array().unwrap().is_empty(), "{}", question.text);
    }
    assert!(questions.len() >= 10, "{}", questions.len());
}

#[test]
fn mistakes_about_a_store_say_what_to_do() {
    let desk = desk_with_store();
    fs::write(desk.path().join("note.txt"), "a note\n".repeat(200)).unwrap();
    for (arguments, want) in [
        ("trend --store missing.sqlite", "there is no such store"),
        ("store verify --store note.txt", "no store of siptriage"),
        ("nightly traces --store note.txt", "name another file"),
        (
            "nightly traces --store traces/2026-03-02/fe01.txt",
            "no store of siptriage",
        ),
        (
            "nightly traces --store calls.sqlite --baseline run:99",
            "there is no such run",
        ),
        (
            "nightly traces --store calls.sqlite --baseline nowhere",
            "neither a number",
        ),
        (
            "nightly traces --store calls.sqlite --fail-on neu>0",
            "the names are new",
        ),
        (
            "nightly traces --store calls.sqlite --day 2026-3-5",
            "2026-03-05",
        ),
        ("sql SELEC --store calls.sqlite", "syntax error"),
        ("sql VACUUM --store calls.sqlite", "only runs do"),
    ] {
        let output = siptriage(desk.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {output:?}");
        assert!(
            text(&output.stderr).contains(want),
            "{arguments}: {output:?}"
        );
        assert_eq!(text(&output.stdout), "", "{arguments}");
    }
    let empty = asked(desk.path(), " ");
    assert!(
        text(&empty.stderr).contains("the question is empty"),
        "{empty:?}"
    );
    assert!(!desk.path().join("missing.sqlite").exists());
}

#[test]
fn the_log_of_runs_may_lie_among_the_traces() {
    let desk = desk_with_store();
    let command = "nightly traces --store calls.sqlite --log traces/runs.txt --format json";
    for runs in 1..=3 {
        let output = siptriage(desk.path(), command);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(text(&output.stderr).lines().count(), 1, "{output:?}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let sections = json["sections"].as_array().unwrap();
        let skipped = sections.iter().find(|section| section["id"] == "skipped");
        assert_eq!(skipped.unwrap()["rows"], serde_json::json!([]));
        let log = fs::read_to_string(desk.path().join("traces/runs.txt")).unwrap();
        assert_eq!(log.lines().count(), runs);
    }
}

#[test]
fn what_cannot_be_read_is_not_compared() {
    let desk = desk_with_store();
    for arguments in [
        "compare traces/2026-03-02 nowhere -o c.md",
        "compare nowhere traces/2026-03-02 -o c.md",
    ] {
        let output = siptriage(desk.path(), arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments}: {output:?}");
        assert!(text(&output.stderr).contains("nowhere: cannot be read"));
        assert!(!desk.path().join("c.md").exists(), "{arguments}");
    }
}

#[test]
fn rankings_of_a_night_are_as_long_as_they_are_asked_for() {
    let desk = desk_with_store();
    let lines = |more: &str| {
        let command = format!("nightly traces --store calls.sqlite --quiet {more}");
        text(&siptriage(desk.path(), &command).stdout)
    };
    let (short, long) = (lines("--top 1"), lines("--all"));
    assert!(short.contains("--all shows all"), "{short}");
    assert!(!long.contains("--all"), "{long}");
}

#[test]
fn a_wide_answer_stands_within_its_width() {
    let desk = desk_with_store();
    let arguments = [
        "sql",
        "SELECT * FROM calls LIMIT 5",
        "--store",
        "calls.sqlite",
        "--width",
        "80",
    ];
    let output = Command::new(env!("CARGO_BIN_EXE_siptriage"))
        .args(arguments)
        .current_dir(desk.path())
        .output()
        .unwrap();
    let shown = text(&output.stdout);
    let widest = shown.lines().map(|line| line.chars().count()).max();
    assert!(widest.unwrap() <= 80, "{shown}");
    assert!(shown.contains("caller: sip:"), "{shown}");
}

// The machine formats of what is kept from night to night.

#[test]
fn every_table_and_key_of_these_commands_is_described() {
    let page = page("docs/json.md");
    let desk = desk_with_store();
    for (arguments, kind) in [
        ("nightly traces --store calls.sqlite --quiet", "nightly"),
        (
            "compare traces/2026-03-11 traces/2026-03-12 --quiet",
            "nightly",
        ),
        ("trend --store calls.sqlite", "trend"),
        ("store info --store calls.sqlite", "store"),
        ("store export days --store calls.sqlite", "sql"),
        ("config show nightly", "config"),
    ] {
        let output = siptriage(desk.path(), &format!("{arguments} --format json"));
        assert_eq!(output.status.code(), Some(0), "{arguments}: {output:?}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["kind"], kind, "{arguments}");
        let heading = format!("### `{kind}`\n");
        let (_, part) = page
            .split_once(&heading)
            .unwrap_or_else(|| panic!("no {heading}"));
        let part = part.split("\n### ").next().unwrap();
        for section in json["sections"].as_array().unwrap() {
            let id = section["id"].as_str().unwrap();
            let is_described = |word: &str| part.contains(&format!("`{word}`"));
            // A night has the tables of a scan below its own.
            let is_of_scan = kind == "nightly" && is_table_of_scan(&page, id);
            assert!(is_of_scan || is_described(id), "{id} of {kind}");
            if is_of_scan || kind == "sql" {
                continue;
            }
            let rows = section["rows"].as_array().unwrap();
            for key in rows.iter().flat_map(|row| row.as_object().unwrap().keys()) {
                assert!(is_described(key), "{key} of {id} of {kind}");
            }
        }
    }
}

fn is_table_of_scan(page: &str, id: &str) -> bool {
    let (_, scan) = page.split_once("### `scan`\n").unwrap();
    let scan = scan.split("\n### ").next().unwrap();
    scan.lines().any(|line| {
        let first = line
            .strip_prefix("| ")
            .and_then(|line| line.split(" | ").next());
        first.is_some_and(|first| first.contains(&format!("`{id}`")))
    })
}

#[test]
fn these_tests_take_lines_apart_as_their_starters_do() {
    let line = r#"a "b c" /tr "\"C:\x y\z.exe\" --d \"e f\"""#;
    let words = windows_words(line);
    assert_eq!(words, ["a", "b c", "/tr", r#""C:\x y\z.exe" --d "e f""#]);
    assert_eq!(windows_words(&words[3]), [r"C:\x y\z.exe", "--d", "e f"]);
    let xml = "<?xml version=\"1.0\"?>\n<A b=\"c\"><D>e</D></A>\n";
    assert_eq!(elements(xml), [("A/D".to_owned(), "e".to_owned())]);
    for wrong in [
        "<A><D>e</A></D>",
        "<A>e",
        "<A b=c></A>",
        "<A></A><B></B>",
        "<A>></A>",
    ] {
        let xml = format!("<?xml version=\"1.0\"?>\n{wrong}\n");
        let caught = std::panic::catch_unwind(|| elements(&xml));
        assert!(caught.is_err(), "{wrong}");
    }
    assert_eq!(expected_code("siptriage x   # ends with 1: why"), 1);
    assert_eq!(expected_code("siptriage x"), 0);
}
