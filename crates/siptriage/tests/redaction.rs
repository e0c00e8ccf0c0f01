//! Nothing of an identifier is left in what is printed and copied, and a copy gives the same report.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod desk;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use desk::Desk;
use serde_json::Value;
use siptriage_generator::{
    ByteOrder, Format, Options, ScenarioOptions, Utf16Writer, generate, scenario,
};

const KEY: &str = "a key for tests, 0123456789";

/// Words of our own that somebody in the samples is called by.
const OUR_WORDS: [&str; 2] = ["partner", "nobody"];

/// Every dimension but those that name files.
const BY: &str =
    "user,subnet,user-agent,media,location-pair,federation,relay,code,mask,verdict,cause,outcome";

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-logs")
}

/// The text of a file in any encoding that siptriage reads. Written for this test, not taken from
/// the scanner.
fn text(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|unit| of([unit[0], unit[1]]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [_, 0, ..] => wide(bytes, u16::from_le_bytes),
        [0, _, ..] => wide(bytes, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// All files below a path that are traces.
fn traces(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        let extension = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && path.file_name().unwrap() != "reports" {
            files.extend(traces(&path));
        } else if ["txt", "UccApilog"].contains(&extension.as_str()) {
            files.push(path);
        }
    }
    files
}

/// What a careful reader would call an identifier, by kind, in lower case.
fn identifiers(traces: &[PathBuf]) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut add = |kind, text: &str| {
        let text = text.trim().to_lowercase();
        let is_word = OUR_WORDS.contains(&text.as_str());
        if text.chars().count() > 2 && !is_word {
            found.entry(kind).or_default().insert(text);
        }
    };
    for trace in traces {
        let text = text(&fs::read(trace).unwrap());
        for (at, _) in text.match_indices("sip:") {
            let uri = &text[at + 4..];
            let end = uri.find(|c: char| c.is_whitespace() || ";>\"<&',".contains(c));
            let uri = &uri[..end.unwrap_or(uri.len())];
            let (user, host) = uri.split_once('@').unwrap_or(("", uri));
            let host = host.split(':').next().unwrap();
            add("user", user);
            if host.contains('.') {
                add("host", host);
            }
        }
        for (at, _) in text.match_indices("\"<sip:") {
            let name = text[..at].rsplit(['"', '\n']).next().unwrap();
            add("name", name);
        }
        for label in ["Call-ID: ", "epid=", "epid:", "targetname=\"", "\"><sip:"] {
            for (at, _) in text.match_indices(label) {
                let value = &text[at + label.len()..];
                let end = value.find(|c: char| c.is_whitespace() || ";>\"<#&".contains(c));
                add(label, &value[..end.unwrap_or(value.len())]);
            }
        }
        for word in text.split(|c: char| !(c.is_ascii_digit() || c == '.')) {
            let parts: Vec<&str> = word.split('.').collect();
            let is_address = parts.len() == 4
                && parts.iter().all(|part| part.parse::<u8>().is_ok())
                && !["0.0.0.0", "127.0.0.1"].contains(&word)
                // Versions of programs.
                && !text.contains(&format!("/{word}"));
            if is_address {
                add("address", word);
            }
        }
        for word in text.split(|c: char| !(c.is_ascii_digit() || c == '+')) {
            if word.len() > 7 && word.starts_with('+') {
                add("number", word);
            }
        }
    }
    found
}

/// Asserts that no identifier stands in a text as a whole word.
fn assert_none_left(what: &str, text: &str, identifiers: &BTreeMap<&str, BTreeSet<String>>) {
    let lower = text.to_lowercase();
    for (kind, all) in identifiers {
        for one in all {
            for (at, _) in lower.match_indices(one.as_str()) {
                let before = lower[..at].chars().next_back();
                let behind = lower[at + one.len()..].chars().next();
                let is_part = |c: Option<char>| {
                    c.is_some_and(|c| c.is_alphanumeric() || (*kind == "address" && c == '.'))
                };
                // A run of digits and letters may hold any short one by chance.
                let by_chance = (is_part(before) || is_part(behind)) && one.len() < 12;
                let near = lower
                    .get(at.saturating_sub(60)..at + one.len())
                    .unwrap_or(one);
                assert!(by_chance, "{what}: the {kind} {one} is left: {near}");
            }
        }
    }
}

/// Made-up traces of every kind in a folder, and what to read of it.
fn generated(desk: &Desk) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let all = [
        ("client.UccApilog", Format::Client, None),
        ("server.txt", Format::Server, Some(ByteOrder::Little)),
        ("older.txt", Format::Server2010, Some(ByteOrder::Big)),
        ("mixed.txt", Format::Mixed, None),
    ];
    for (seed, (name, format, wide)) in (11..).zip(all) {
        let options = Options::new(seed, 150_000, format);
        let mut bytes = Vec::new();
        match wide {
            None => drop(generate(&options, &mut bytes).unwrap()),
            Some(order) => {
                let mut writer = Utf16Writer::new(&mut bytes, order, true);
                generate(&options, &mut writer).unwrap();
                writer.finish().unwrap();
            }
        }
        paths.push(desk.put(name, bytes));
    }
    let played = scenario(&ScenarioOptions::new(5, 60)).unwrap();
    for file in &played.files {
        desk.put(&format!("scenario/{}", file.name), &file.contents);
    }
    paths.push(desk.path("scenario"));
    paths
}

#[test]
fn no_output_holds_an_identifier_of_the_input() {
    let desk = Desk::new();
    let mut inputs = generated(&desk);
    inputs.push(samples());
    for input in inputs {
        let identifiers = identifiers(&traces(&input));
        assert!(identifiers["user"].len() > 5 && identifiers["address"].len() > 5);
        let first = |kind: &str| identifiers[kind].first().unwrap().clone();
        let (call_id, user, host) = (first("Call-ID: "), first("user"), first("host"));
        let input = input.to_str().unwrap();
        let mut commands: Vec<Vec<&str>> = Vec::new();
        for format in ["table", "json", "csv", "markdown", "html"] {
            commands.push(vec![
                "scan", "--all", "--by", BY, "--by", "file", "--format", format,
            ]);
            commands.push(vec!["calls", "--all-dialogs", "--format", format]);
        }
        commands.push(vec!["calls", "--format", "ndjson"]);
        for format in ["ndjson", "csv"] {
            commands.push(vec!["events", "--format", format]);
            commands.push(vec!["messages", "--body", "--format", format]);
        }
        for format in ["text", "json", "markdown"] {
            commands.push(vec!["call", &call_id, "--messages", "--format", format]);
        }
        // What is told on standard error, and a filter that is shown.
        commands.push(vec!["call", "no-such-call"]);
        commands.push(vec!["call", "0"]);
        commands.push(vec!["scan", "--user", &user]);
        commands.push(vec!["scan", "--user", &host]);
        commands.push(vec![
            "events",
            "--call-id",
            &call_id,
            "--user",
            "nobody.there",
        ]);
        for command in commands {
            let mut arguments = command.clone();
            arguments.extend(["--redact", input]);
            let output = desk.run(&arguments);
            let all = format!("{}\n{}", output.stdout, output.stderr);
            let what = command.join(" ");
            assert!(all.len() > 20, "{what}");
            assert_none_left(&what, &all, &identifiers);
            assert!(!all.contains(input), "{what}: the path is left");
        }
    }
}

/// A report without what differs between traces and their copy: bytes, lines, paths, and what
/// depends on their order.
fn comparable(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter(|(key, value)| {
                    let gone = ["bytes", "line", "offset", "passed_over"];
                    let is_place = *key == "example" && value.is_object();
                    !gone.contains(&key.as_str()) && !is_place
                })
                .map(|(key, value)| (key.clone(), comparable(value, key)))
                .collect(),
        ),
        Value::Array(values) => {
            let mut values: Vec<Value> =
                values.iter().map(|value| comparable(value, key)).collect();
            values.sort_by_key(Value::to_string);
            Value::Array(values)
        }
        // A diagnosis without a Call-ID is told by what it says.
        Value::String(text) if key == "example" && text.starts_with("call-") => "a call".into(),
        Value::String(text) if key == "example" && text.starts_with("no-call-id") => {
            "a call".into()
        }
        Value::String(text) if text.contains(['/', '\\']) || is_file(text) => {
            let name = text.rsplit(['/', '\\']).next().unwrap();
            if is_file(name) {
                "a file".into()
            } else {
                text.as_str().into()
            }
        }
        other => other.clone(),
    }
}

fn is_file(name: &str) -> bool {
    name.ends_with(".txt") || name.ends_with(".UccApilog")
}

#[test]
fn a_copy_gives_the_report_of_the_traces_and_holds_no_identifier() {
    let desk = Desk::new();
    let key = desk.put("a.key", KEY);
    let key = key.to_str().unwrap();
    let mut inputs = generated(&desk);
    inputs.push(samples().join("incident"));
    inputs.extend(
        traces(&samples())
            .into_iter()
            .filter(|path| !path.to_string_lossy().contains("incident")),
    );
    for (number, input) in inputs.iter().enumerate() {
        let identifiers = identifiers(&traces(input));
        let name = input.file_name().unwrap().to_str().unwrap();
        let extension = input
            .extension()
            .map_or(String::new(), |e| format!(".{}", e.to_str().unwrap()));
        let copy = desk.path(&format!("copy-{number}{extension}"));
        let (from, to) = (input.to_str().unwrap(), copy.to_str().unwrap());
        let scrubbed = desk.run(&["scrub", "--redact-key", key, from, to]);
        assert_eq!(scrubbed.code, Some(0), "{name}: {}", scrubbed.stderr);
        let copies = traces(&copy);
        assert_eq!(copies.len(), traces(input).len(), "{name}");
        for file in &copies {
            let bytes = fs::read(file).unwrap();
            assert_none_left(name, &text(&bytes), &identifiers);
            let path = file.strip_prefix(&copy).unwrap().to_str().unwrap();
            assert_none_left(name, path, &identifiers);
        }
        if input.is_file() {
            let fronts = [input, &copy].map(|path| fs::read(path).unwrap()[..2].to_vec());
            let is_mark = |front: &[u8]| front[0] >= 0xfe || front.contains(&0);
            assert_eq!(
                is_mark(&fronts[0]),
                is_mark(&fronts[1]),
                "{name}: the encoding is another"
            );
        }
        let report = |arguments: &[&str]| -> Value {
            let mut all = vec!["scan", "--quiet", "--format", "json", "--by", BY];
            all.extend(arguments);
            let output = desk.run(&all);
            let report = serde_json::from_str(&output.stdout);
            comparable(&report.unwrap(), "")
        };
        let of_traces = report(&["--redact-key", key, from]);
        let of_copy = report(&[to]);
        for (one, other) in of_traces["sections"]
            .as_array()
            .unwrap()
            .iter()
            .zip(of_copy["sections"].as_array().unwrap())
        {
            assert_eq!(one, other, "{name}");
        }
        assert_eq!(of_traces, of_copy, "{name}");
    }
}

#[test]
fn lengths_of_bodies_are_true_in_a_copy() {
    let desk = Desk::new();
    let sample = samples().join("client.UccApilog");
    let copy = desk.path("copy.UccApilog");
    let scrubbed = desk.run(&["scrub", sample.to_str().unwrap(), copy.to_str().unwrap()]);
    assert_eq!(scrubbed.code, Some(0));
    // Walked records are those whose length proves itself.
    let walked = |path: &Path| {
        let output = desk.run(&["scan", "--stats", path.to_str().unwrap()]);
        let line = output
            .stderr
            .lines()
            .find(|line| line.contains("in one walk"))
            .unwrap()
            .to_owned();
        line.trim().to_owned()
    };
    assert_eq!(walked(&sample), walked(&copy));
}

#[test]
fn a_key_makes_tokens_the_same_and_none_makes_them_others() {
    let desk = Desk::new();
    desk.put("call.log", desk::FAILED_CALL);
    let key = desk.put("a.key", KEY);
    let run = |arguments: &[&str]| {
        let path = desk.path("call.log");
        let mut all = vec!["calls", "--format", "ndjson", path.to_str().unwrap()];
        all.extend(arguments);
        desk.run(&all).stdout
    };
    let key = key.to_str().unwrap();
    assert_eq!(run(&["--redact-key", key]), run(&["--redact-key", key]));
    assert_ne!(run(&["--redact"]), run(&["--redact"]));
    assert!(run(&[]).contains("ann@contoso.com"));
    // A filter takes what the traces have.
    assert!(run(&["--redact", "--user", "ann@contoso.com"]).contains("user-"));
}

#[test]
fn what_is_no_key_is_told_with_what_to_do() {
    let desk = Desk::new();
    desk.put("call.log", desk::FAILED_CALL);
    let path = desk.path("call.log");
    let run = |key: &str| {
        let output = desk.run(&["scan", path.to_str().unwrap(), "--redact-key", key]);
        assert_eq!(output.code, Some(2));
        assert!(output.stdout.is_empty());
        output.stderr
    };
    let missing = desk.path("missing.key");
    assert!(run(missing.to_str().unwrap()).contains("siptriage redact-key > "));
    assert!(!missing.exists());
    let short = desk.put("short.key", "too short");
    assert!(run(short.to_str().unwrap()).contains("at least 16"));
    let made = desk.run(&["redact-key"]).stdout;
    let made = desk.put("made.key", made);
    let output = desk.run(&[
        "scan",
        path.to_str().unwrap(),
        "--redact-key",
        made.to_str().unwrap(),
    ]);
    assert_eq!(output.code, Some(0));
}

#[test]
fn a_copy_replaces_nothing_unless_told_and_never_what_is_read() {
    let desk = Desk::new();
    let input = desk.put("in/call.log", desk::FAILED_CALL);
    let other = desk.put("out.log", "mine");
    let (folder, input, other) = (
        desk.path("in").to_str().unwrap().to_owned(),
        input.to_str().unwrap().to_owned(),
        other.to_str().unwrap().to_owned(),
    );
    let inside = format!("{folder}/copies");
    for (arguments, word) in [
        (vec![input.as_str(), other.as_str()], "--force"),
        (vec![input.as_str(), input.as_str()], ""),
        (vec!["--force", input.as_str(), input.as_str()], ""),
        (vec!["--force", folder.as_str(), inside.as_str()], "inside"),
    ] {
        let output = desk.run(&[vec!["scrub"], arguments.clone()].concat());
        assert_eq!(output.code, Some(2), "{arguments:?}");
        assert!(output.stderr.contains(word), "{arguments:?}");
        assert_eq!(fs::read_to_string(&input).unwrap(), desk::FAILED_CALL);
        assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
    }
    assert_eq!(
        desk.run(&["scrub", "--force", &input, &other]).code,
        Some(0)
    );
    let copy = fs::read_to_string(&other).unwrap();
    assert!(copy.contains("$$end_record") && !copy.contains("contoso"));
}

#[test]
fn archives_are_copied_as_folders() {
    let desk = Desk::new();
    let zip = desk::zip(&[
        ("ann/Lync-UccApi-0.UccApilog", desk::FAILED_CALL.as_bytes()),
        ("ann/other.log", desk::GOOD_CALL.as_bytes()),
    ]);
    let zip = desk.put("case.zip", zip);
    let out = desk.path("out");
    let output = desk.run(&["scrub", zip.to_str().unwrap(), out.to_str().unwrap()]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let folder = fs::read_dir(&out).unwrap().next().unwrap().unwrap().path();
    let names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(
        names.contains(&"Lync-UccApi-0.UccApilog".to_owned()),
        "{names:?}"
    );
    assert!(!folder.to_string_lossy().contains("ann"));
}

/// A trace with one person and one company in every disguise.
const DISGUISED: &str = "\
03/02/2026|09:00:00.000 19F4:1C14 INFO  :: Data Received -192.0.2.201:5061 (To Local Address: 10.7.7.7:50482) 900 bytes:
03/02/2026|09:00:00.000 19F4:1C14 INFO  :: SIP/2.0 488 Not Acceptable Here
Via: SIP/2.0/TLS KESTREL-PC:50482
From: \"Wilma Wren\"<sip:wilma.wren@tailspin.com>;tag=3deb9fe478;epid=00aa11bb22
To: <sip:owl@tailspin.com?x=%22Wilma%20Wren%22%20%3Csip%3Awilma.wren%40tailspin.com%3E>;tag=1
Call-ID: kestrel.471100290816@10.7.7.7
CSeq: 1 INVITE
Contact: <sip:wilma.wr
 en@tails
 pin.com;opaque=user:epid:Ab1cdEfGhIjKlMnOpQrS;gruu>;+sip.instance=\"<urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e>\"
X-Note: &quot;Wilma Wren&quot; &lt;sip:wilma.wren@tailspin.com&gt; C:\\Users\\wilma.wren\\x.log TAILSPIN\\wilma.wren
ms-client-diagnostics: 24; reason=\"WILMA WREN at Tailspin asked for Wilma.Wren\";source=\"KESTREL-PC\";x-unknown=\"call kestrel.471100290816@10.7.7.7 from +1 (206) 555-0199\";CallerMediaDebug=\"audio:ICEWarn=0x320,LocalSite=10.7.7.7:50040,LocalLocation=1,RemoteLocation=1\"
Content-Length: 0

03/02/2026|09:00:01.000 19F4:1C14 INFO  :: MESSAGE sip:owl@tailspin.com SIP/2.0
From: <sip:wilma.wren@tailspin.com>;tag=2
To: <sip:owl@tailspin.com>
Call-ID: second.call.of.wren
CSeq: 1 MESSAGE
Content-Type: text/plain
Content-Length: 32

my pin is 0000, tell nobody else
03/02/2026|09:00:02.000 19F4:1C14 ERROR :: Wilma Wren (wilma.wren) was gone from kestrel-pc
";

#[test]
fn disguised_identifiers_are_found_in_every_output_and_encoding() {
    // Tokens have digits in any order and no vowels: a short number may stand in one by chance.
    let gone = [
        "wilma",
        "wren",
        "tailspin",
        "kestrel",
        "10.7.7.7",
        "00aa11bb22",
        "ab1cdefghij",
        "0f8fad5b",
        "5550199",
        "555-0199",
        "471100290816",
        "my pin",
        "second.call",
    ];
    let wide = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let marked = format!("\u{feff}{DISGUISED}");
        marked.encode_utf16().flat_map(unit).collect()
    };
    let desk = Desk::new();
    let inputs = [
        desk.put("one.UccApilog", DISGUISED.replace('\n', "\r\n")),
        desk.put("two.UccApilog", wide(u16::to_le_bytes)),
        desk.put("three.UccApilog", wide(u16::to_be_bytes)),
    ];
    let assert_gone = |what: &str, text: &str| {
        let flat: String = text.to_lowercase().replace("\r\n ", "").replace("\n ", "");
        for word in gone {
            assert!(!flat.contains(word), "{what}: {word} is left: {text}");
        }
    };
    for input in inputs {
        let path = input.to_str().unwrap();
        for arguments in [
            &["scan", "--all", "--by", "user,subnet"][..],
            &["scan", "--format", "json"],
            &["calls", "--all-dialogs", "--format", "csv"],
            &["events"],
            &["events", "--format", "csv"],
            &["messages", "--body"],
            &["messages", "--body", "--format", "csv"],
            &["call", "kestrel", "--messages"],
            &["call", "kestrel", "--messages", "--format", "markdown"],
            &["call", "kestrel", "--messages", "--format", "json"],
            &["calls", "--user", "wilma.wren"],
        ] {
            let run = desk.run(&[arguments, &["--redact", path]].concat());
            assert_eq!(run.code, Some(0), "{arguments:?}: {run:?}");
            assert_gone(&arguments.join(" "), &run.stdout);
            assert_gone(&arguments.join(" "), &run.stderr);
        }
        let copy = desk.path("copy.UccApilog");
        let to = copy.to_str().unwrap();
        assert_eq!(desk.run(&["scrub", "--force", path, to]).code, Some(0));
        assert_gone("scrub", &text(&fs::read(&copy).unwrap()));
    }
}
