//! Facts as a report: every table adds up, whatever is cut off.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::borrow::Cow;

use siptriage_diagnostics::{CodeClass, HeaderName, IceWarn, MediaSide, code_class};
use siptriage_facts::{
    Carrier, Event, Facts, FormatCoverage, Media, Message, Names, Place, SkipReason, Skipped,
    Stamp, TroubleKind, Zone,
};
use siptriage_judge::{Judge, Rules, TimeZones};
use siptriage_report::{Cell, Document, Gathered, ReportOptions, Section, Style, output};

/// So many rows of each table.
fn top(rows: impl Into<Option<usize>>) -> ReportOptions {
    ReportOptions {
        top: rows.into(),
        ..ReportOptions::default()
    }
}

fn report(facts: &Facts, options: &ReportOptions) -> Document {
    let judge = Judge::new(facts, Rules::embedded(), &TimeZones::default());
    let gathered = Gathered::of(facts, &judge, options);
    siptriage_report::report(facts, &judge, &gathered, options)
}

fn place(offset: u64) -> Place {
    Place {
        file: "traces/client.log".into(),
        offset,
        line: offset / 10,
    }
}

fn stamp(second: u32) -> Option<Stamp> {
    Stamp::from_civil((2026, 1, 31), (9, second / 60, second % 60), 0, Zone::Local)
}

fn media<'t>(label: &'t str, mask: u32, local: &'t str, remote: &'t str) -> Media<'t> {
    let mut fields: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    for (name, value) in [("LocalLocation", local), ("RemoteLocation", remote)] {
        if !value.is_empty() {
            fields.push((name.into(), value.into()));
        }
    }
    Media {
        side: Some(MediaSide::Caller),
        label: label.into(),
        ice_warn: Some(IceWarn::from_bits(mask)),
        fields,
        ..Media::default()
    }
}

fn event<'t>(
    offset: u64,
    code: u32,
    reason: &'t str,
    user: u64,
    media: Vec<Media<'t>>,
) -> Event<'t> {
    let from = format!("<sip:user{user}@contoso.com>;tag=1");
    Event {
        place: place(offset),
        trace_format: "uccapi",
        time: stamp(offset as u32 % 3600),
        header: Some(HeaderName::MsClientDiagnostics),
        carrier: Carrier::Header,
        code: Some(code),
        sub_code: None,
        reason: Some(reason.into()),
        source: None,
        params: Vec::new(),
        media,
        cut: false,
        message: Message {
            from: Some(from.into()),
            ..Message::default()
        },
    }
}

/// Codes of every class, masks with known, unknown and no bits, responses, records, reports.
fn facts() -> Facts {
    let mut facts = Facts::default();
    for n in 0..24 {
        let media = vec![media("application-sharing", 0x320, "1", "1")];
        facts.observe_event(
            &event(n, 24, "both endpoints are remote", n % 8, media),
            &Names::default(),
        );
    }
    for n in 0..9 {
        let media = vec![
            media("audio", 0x12b, "2", "1"),
            media("video", 0x8000_0020, "7", ""),
        ];
        facts.observe_event(
            &event(100 + n, 23, "one endpoint is internal", n % 3, media),
            &Names::default(),
        );
    }
    for n in 0..4 {
        facts.observe_event(
            &event(200 + n, 23, "another reason", 10 + n, vec![]),
            &Names::default(),
        );
    }
    for n in 0..60 {
        let media = vec![media("audio", 0, "2", "0")];
        facts.observe_event(
            &event(300 + n, 51007, "diagnosis info", n % 5, media),
            &Names::default(),
        );
    }
    for n in 0..17 {
        facts.observe_event(
            &event(400 + n, 51004, "Action initiated by user", 2, vec![]),
            &Names::default(),
        );
    }
    for code in 90_000..90_020 {
        facts.observe_event(
            &event(500, code, "never seen", 3, vec![]),
            &Names::default(),
        );
    }
    for (status, cseq, challenge, count) in [
        (401, "1 REGISTER", true, 80),
        (487, "1 INVITE", false, 9),
        (404, "1 INVITE", false, 3),
        (401, "1 INVITE", false, 2),
        (480, "", false, 1),
    ] {
        for n in 0..count {
            let message = Message {
                cseq: Some(cseq.into()),
                challenge,
                ..Message::default()
            };
            facts.observe_response(
                status,
                &message,
                stamp(n),
                &place(u64::from(n)),
                &Names::default(),
            );
        }
    }
    for (severity, count) in [("information", 7), ("error", 2), ("odd", 9)] {
        let mut record = event(600, 0, "", 1, vec![]);
        record.carrier = Carrier::ServerRecord;
        (record.header, record.code) = (None, None);
        record.params = vec![
            ("severity".into(), severity.into()),
            ("text".into(), "t".into()),
        ];
        for _ in 0..count {
            facts.observe_event(&record, &Names::default());
        }
    }
    for (ice, mask, count) in [("DIRECT", Some(0x100), 5), ("FAILED", None, 1)] {
        let mut quality = event(700, 0, "", 1, vec![]);
        quality.carrier = Carrier::Qoe;
        (quality.header, quality.code) = (None, None);
        let mut line = media("main-audio", 0, "", "");
        line.ice_warn = mask.map(IceWarn::from_bits);
        line.fields.push(("Ice".into(), ice.into()));
        quality.media = vec![line];
        for _ in 0..count {
            facts.observe_event(&quality, &Names::default());
        }
    }
    let mut quoted = event(800, 24, "quoted", 1, vec![]);
    quoted.carrier = Carrier::Text;
    facts.observe_event(&quoted, &Names::default());

    let coverage = &mut facts.coverage;
    coverage.files = 3;
    coverage.bytes = 1_500;
    for (name, files, bytes) in [("uccapi", 2, 1_000), ("loose-text", 2, 500)] {
        *coverage.formats.entry(name.into()) = FormatCoverage {
            files,
            bytes,
            records: 10,
            requests: 4,
            responses: 5,
            fragments: 1,
        };
    }
    for n in 0..20 {
        let reason = if n == 0 {
            SkipReason::Unreadable
        } else {
            SkipReason::Empty
        };
        let file = format!("traces/{:02}.log", 20 - n).into();
        coverage.skipped.insert(Skipped {
            file,
            reason,
            detail: "".into(),
        });
    }
    facts.trouble(TroubleKind::MalformedMask, place(5));
    facts.trouble(TroubleKind::MalformedMask, place(3));
    facts.trouble(TroubleKind::NoCode, place(4));
    facts
}

fn section<'d>(document: &'d Document, id: &str) -> &'d Section {
    document
        .sections
        .iter()
        .find(|section| section.id == id)
        .unwrap()
}

fn column(section: &Section, id: &str) -> usize {
    section
        .columns
        .iter()
        .position(|column| column.id == id)
        .unwrap()
}

fn cells<'s>(section: &'s Section, id: &str) -> Vec<&'s Cell> {
    let index = column(section, id);
    section.rows.iter().map(|row| &row[index]).collect()
}

fn count(cell: &Cell) -> u64 {
    match cell {
        Cell::Count(count) => *count,
        other => panic!("{other:?} counts nothing"),
    }
}

/// The counts of a column, those that were cut off included.
fn sum(section: &Section, id: &str) -> u64 {
    let hidden = section.hidden.get(column(section, id)).map_or(0, count);
    cells(section, id).into_iter().map(count).sum::<u64>() + hidden
}

fn total(section: &Section, id: &str) -> u64 {
    count(&section.total[column(section, id)])
}

fn json(document: &Document) -> serde_json::Value {
    let mut bytes = Vec::new();
    output("json")
        .unwrap()
        .write(document, &Style::default(), &mut bytes)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

const ORDER: [&str; 22] = [
    "findings",
    "finding_checks",
    "outcomes",
    "dialogs",
    "copies",
    "clocks",
    "coverage",
    "formats",
    "carriers",
    "headers",
    "troubles",
    "skipped",
    "failures",
    "checks",
    "patterns",
    "flags",
    "responses",
    "media",
    "locations",
    "federation",
    "server_records",
    "quality",
];

#[test]
fn sections_are_always_there_and_in_one_order() {
    for facts in [facts(), Facts::default()] {
        let document = report(&facts, &top(None));
        let ids: Vec<&str> = document.sections.iter().map(|section| section.id).collect();
        assert_eq!(ids, ORDER);
        let json = json(&document);
        for (section, id) in json["sections"].as_array().unwrap().iter().zip(ORDER) {
            assert_eq!(section["id"], id);
        }
    }
}

#[test]
fn rows_and_sums_have_a_cell_for_each_column() {
    for rows in [None, Some(0), Some(1), Some(10)] {
        let document = report(&facts(), &top(rows));
        for section in &document.sections {
            let sums = [&section.hidden, &section.total]
                .into_iter()
                .filter(|row| !row.is_empty());
            for row in section.rows.iter().chain(sums) {
                assert_eq!(row.len(), section.columns.len(), "{}", section.id);
            }
            let mut ids: Vec<&str> = section.columns.iter().map(|column| column.id).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), section.columns.len(), "{}", section.id);
        }
    }
}

#[test]
fn every_table_adds_up_however_much_is_cut_off() {
    let facts = facts();
    let occurrences = |tallies: Vec<u64>| tallies.into_iter().sum::<u64>();
    let want = [
        (
            "failures",
            occurrences(facts.failures.iter().map(|(_, t)| t.occurrences).collect()),
        ),
        (
            "patterns",
            occurrences(
                facts
                    .patterns
                    .iter()
                    .map(|(_, p)| p.tally.occurrences)
                    .collect(),
            ),
        ),
        (
            "responses",
            occurrences(facts.responses.iter().map(|(_, t)| t.occurrences).collect()),
        ),
        (
            "media",
            occurrences(facts.media.iter().map(|(_, t)| t.occurrences).collect()),
        ),
        (
            "locations",
            occurrences(facts.locations.iter().map(|(_, t)| t.occurrences).collect()),
        ),
        (
            "federation",
            occurrences(
                facts
                    .federation
                    .iter()
                    .map(|(_, t)| t.occurrences)
                    .collect(),
            ),
        ),
        ("server_records", 18),
        ("quality", 6),
        ("troubles", 3),
    ];
    for rows in [None, Some(0), Some(1), Some(2), Some(10), Some(1000)] {
        let document = report(&facts, &top(rows));
        for (id, want) in want {
            let section = section(&document, id);
            assert!(want > 0, "{id}");
            assert_eq!(sum(section, "occurrences"), want, "{id} {rows:?}");
            assert_eq!(total(section, "occurrences"), want, "{id} {rows:?}");
        }
    }
}

#[test]
fn shares_are_parts_of_the_whole_table() {
    let document = report(&facts(), &top(2));
    for id in [
        "failures",
        "patterns",
        "responses",
        "media",
        "locations",
        "federation",
    ] {
        let section = section(&document, id);
        let of = total(section, "occurrences");
        let index = column(section, "share");
        let rows = section.rows.iter().chain([&section.hidden, &section.total]);
        for row in rows.filter(|row| !row.is_empty()) {
            let part = count(&row[column(section, "occurrences")]);
            assert_eq!(row[index], Cell::Share { part, whole: of }, "{id}");
        }
    }
}

#[test]
fn what_is_cut_off_is_one_row_and_a_note() {
    let all = report(&facts(), &top(None));
    let cut = report(&facts(), &top(3));
    for (all, top) in all.sections.iter().zip(&cut.sections) {
        assert_eq!(all.hidden_rows, 0, "{}", all.id);
        assert!(all.hidden.is_empty());
        assert_eq!(
            top.rows.len() + top.hidden_rows,
            all.rows.len(),
            "{}",
            all.id
        );
        assert_eq!(top.total, all.total);
        let has_note = top.notes.iter().any(|note| note.contains("--all"));
        assert_eq!(has_note, top.hidden_rows > 0, "{}", all.id);
    }
    let failures = section(&cut, "failures");
    // 23 in two wordings, 24; then 20 unclassified codes, 51004, 51007.
    assert_eq!(failures.hidden_rows, 22);
    let mut text = Vec::new();
    output("table")
        .unwrap()
        .write(&cut, &Style::default(), &mut text)
        .unwrap();
    assert!(String::from_utf8(text).unwrap().contains("\n22 more "));
}

#[test]
fn hidden_users_are_counted_once() {
    let document = report(&facts(), &top(0));
    let failures = section(&document, "failures");
    let users = column(failures, "users");
    // Users 0 to 7 and 10 to 13, several of them with several codes.
    assert_eq!(count(&failures.hidden[users]), 12);
    assert_eq!(count(&failures.total[users]), 12);
}

#[test]
fn failures_come_first_and_normal_use_last() {
    let document = report(&facts(), &top(None));
    let failures = section(&document, "failures");
    let codes: Vec<u64> = cells(failures, "code")
        .into_iter()
        .map(|cell| match cell {
            Cell::Number(code) => *code,
            other => panic!("{other:?}"),
        })
        .collect();
    let unclassified: Vec<u64> = (90_000..90_020).collect();
    let want = [&[24, 23, 23][..], &unclassified, &[51004, 51007]].concat();
    assert_eq!(codes, want);
    let reasons = cells(failures, "reason");
    assert_eq!(
        *reasons[1],
        Cell::Foreign("one endpoint is internal".into())
    );
    assert_eq!(*reasons[2], Cell::Foreign("another reason".into()));
    assert_eq!(code_class(24), CodeClass::Failure);
    assert_eq!(count(cells(failures, "users")[0]), 8);
    let first = &failures.rows[0];
    assert_eq!(
        first[column(failures, "first")],
        Cell::Stamp(stamp(0).unwrap())
    );
    assert_eq!(
        first[column(failures, "last")],
        Cell::Stamp(stamp(23).unwrap())
    );
    assert_eq!(first[column(failures, "example")], Cell::Place(place(0)));
}

#[test]
fn checks_name_each_failing_code_once() {
    let document = report(&facts(), &top(None));
    let checks = section(&document, "checks");
    let codes = cells(checks, "code");
    assert_eq!(codes, [&Cell::Number(24), &Cell::Number(23)]);
    assert_eq!(
        cells(checks, "occurrences"),
        [&Cell::Count(24), &Cell::Count(13)]
    );
    for cell in cells(checks, "meaning")
        .into_iter()
        .chain(cells(checks, "checks"))
    {
        assert!(
            matches!(cell, Cell::Text(text) if !text.is_empty()),
            "{cell:?}"
        );
    }
    assert_eq!(total(checks, "occurrences"), 37);
}

#[test]
fn every_bit_of_every_mask_is_counted_unknown_ones_too() {
    let facts = facts();
    let document = report(&facts, &top(None));
    let flags = section(&document, "flags");
    // 24 × 0x320, 9 × 0x12b, 9 × 0x80000020, 60 × 0x0.
    let want = [
        (0x0, 60),
        (0x20, 42),
        (0x100, 33),
        (0x200, 24),
        (0x1, 9),
        (0x2, 9),
        (0x8, 9),
        (0x8000_0000, 9),
    ];
    let bits = cells(flags, "bit");
    let counts = cells(flags, "occurrences");
    let got: Vec<(u32, u64)> = bits
        .iter()
        .zip(&counts)
        .map(|(bit, occurrences)| match bit {
            Cell::Mask(mask) => (mask.bits(), count(occurrences)),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(got, want);
    let each_bit = facts
        .patterns
        .iter()
        .map(|(mask, pattern)| u64::from(mask.count_ones().max(1)) * pattern.tally.occurrences);
    assert_eq!(sum(flags, "occurrences"), each_bit.sum::<u64>());
    assert_eq!(*cells(flags, "name")[0], Cell::text("no warning"));
    for cell in cells(flags, "meaning") {
        assert!(
            matches!(cell, Cell::Text(text) if !text.is_empty()),
            "{cell:?}"
        );
    }
    // Rows do not add up, so there is no total to mislead.
    assert!(flags.total.is_empty());
    let whole = flags.rows[0][column(flags, "share")].clone();
    assert_eq!(
        whole,
        Cell::Share {
            part: 60,
            whole: 102
        }
    );
}

#[test]
fn patterns_say_what_they_came_with() {
    let json = json(&report(&facts(), &top(None)));
    let sections = json["sections"].as_array().unwrap();
    let patterns = sections
        .iter()
        .find(|section| section["id"] == "patterns")
        .unwrap();
    let patterns = patterns["rows"].as_array().unwrap();
    let pattern = patterns
        .iter()
        .find(|row| row["ice_warn"] == "0x80000020")
        .unwrap();
    assert_eq!(pattern["occurrences"], 9);
    assert_eq!(
        pattern["codes"],
        serde_json::json!([{"code": 23, "count": 9}])
    );
    assert_eq!(
        pattern["media"],
        serde_json::json!([{"label": "video", "count": 9}])
    );
    let bits: Vec<&str> = pattern["flags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["bit"].as_str().unwrap())
        .collect();
    assert_eq!(bits, ["0x20", "0x80000000"]);
    // A location without a word is shown as it was written, a missing one as null.
    let locations = &pattern["locations"][0];
    assert_eq!(locations["local"], "7");
    assert_eq!(locations["remote"], serde_json::Value::Null);
    assert_eq!(locations["count"], 9);
    let empty = patterns
        .iter()
        .find(|row| row["ice_warn"] == "0x0")
        .unwrap();
    assert_eq!(empty["flags"], serde_json::json!([]));
}

#[test]
fn challenges_and_cancelled_requests_are_expected() {
    let document = report(&facts(), &top(None));
    let responses = section(&document, "responses");
    let got: Vec<String> = responses
        .rows
        .iter()
        .map(|row| {
            let cell = |id| &row[column(responses, id)];
            match (cell("method"), cell("status"), cell("class")) {
                (Cell::Foreign(method), Cell::Number(status), Cell::Word { text, .. }) => {
                    format!("{method} {status} {text}")
                }
                (Cell::Missing(method), Cell::Number(status), Cell::Word { text, .. }) => {
                    format!("{method} {status} {text}")
                }
                other => panic!("{other:?}"),
            }
        })
        .collect();
    let want = [
        "INVITE 404 failure",
        "INVITE 401 failure",
        "unknown 480 failure",
        "REGISTER 401 expected",
        "INVITE 487 expected",
    ];
    assert_eq!(got, want);
    assert_eq!(*cells(responses, "phrase")[0], Cell::text("Not Found"));
}

#[test]
fn coverage_adds_up_over_formats_and_carriers() {
    let facts = facts();
    let document = report(&facts, &top(None));
    let totals = section(&document, "coverage");
    let one = |id| count(&totals.rows[0][column(totals, id)]);
    let formats = section(&document, "formats");
    assert_eq!(sum(formats, "bytes"), one("bytes"));
    assert_eq!(total(formats, "bytes"), 1_500);
    assert_eq!(
        total(formats, "requests") + total(formats, "responses"),
        one("messages")
    );
    // Formats mix in one file: the total has each file once, and says so.
    assert_eq!(total(formats, "files"), one("files"));
    assert_eq!(formats.notes.len(), 1);
    let carriers = section(&document, "carriers");
    assert_eq!(sum(carriers, "diagnoses"), one("diagnoses"));
    let headers = section(&document, "headers");
    assert_eq!(
        Some(&sum(headers, "diagnoses")),
        facts.coverage.carriers.get(&Carrier::Header)
    );
    assert_eq!(one("skipped"), 20);
    assert_eq!(one("failed"), 1);
    assert_eq!(one("troubles"), 3);
    assert!(totals.notes.is_empty());
}

#[test]
fn bytes_that_do_not_add_up_are_told() {
    let mut facts = facts();
    facts.coverage.bytes += 1;
    let document = report(&facts, &top(None));
    let notes = &section(&document, "coverage").notes;
    assert!(
        notes[0].contains("1,500") && notes[0].contains("1,501"),
        "{notes:?}"
    );
}

#[test]
fn files_that_failed_stay_when_others_are_cut_off() {
    let document = report(&facts(), &top(2));
    let skipped = section(&document, "skipped");
    assert_eq!(*cells(skipped, "reason")[0], Cell::text("unreadable"));
    assert_eq!(
        *cells(skipped, "file")[0],
        Cell::Foreign("traces/20.log".into())
    );
    assert_eq!(*cells(skipped, "failed")[0], Cell::Bool(true));
    assert_eq!(skipped.hidden_rows, 18);
}

#[test]
fn records_and_reports_are_ranked_by_gravity() {
    let document = report(&facts(), &top(None));
    let severities = cells(section(&document, "server_records"), "severity");
    let is = |cell: &Cell, word: &str| matches!(cell, Cell::Word { text, .. } if *text == word);
    assert!(
        is(severities[0], "error") && is(severities[1], "information"),
        "{severities:?}"
    );
    assert_eq!(*severities[2], Cell::Foreign("odd".into()));
    let quality = section(&document, "quality");
    assert_eq!(*cells(quality, "ice")[0], Cell::Foreign("FAILED".into()));
    assert_eq!(*cells(quality, "ice_warn")[0], Cell::Missing("not stated"));
    assert_eq!(
        *cells(quality, "ice_warn")[1],
        Cell::Mask(IceWarn::from_bits(0x100))
    );
}

#[test]
fn the_headline_tells_failures_users_and_what_is_most_frequent() {
    let headline = report(&facts(), &ReportOptions::default()).headline;
    // Diagnoses of a call's media that stand alone are calls, and calls come first.
    let diagnoses = headline
        .iter()
        .position(|line| line.contains("diagnoses in"));
    let (calls, headline) = headline.split_at(diagnoses.unwrap());
    assert_eq!(calls[0], "2 of 3 calls failed; 1 unknown.");
    let want = "159 diagnoses in 3 files: 37 failures of 12 users, 20 unclassified, 17 expected, \
                60 informational, 18 server records, 6 quality reports, 1 quoted in text.";
    assert_eq!(headline[0], want);
    assert!(
        headline[1]
            .starts_with("Most frequent failure: code 24, 24 times (64.9% of the failures)."),
        "{headline:?}"
    );
    assert!(
        headline[2].starts_with("Most frequent ICEWarn with failures: 0x320, 24 times: "),
        "{headline:?}"
    );
    assert_eq!(
        headline[3],
        "1 file could not be read, or not to the end: see Skipped files."
    );
    assert_eq!(headline.len(), 4);
}

#[test]
fn the_report_of_nothing_says_so() {
    let document = report(&Facts::default(), &ReportOptions::default());
    assert_eq!(document.headline, ["Nothing was read."]);
    let mut text = Vec::new();
    let style = Style {
        width: Some(80),
        color: false,
    };
    output("table")
        .unwrap()
        .write(&document, &style, &mut text)
        .unwrap();
    let text = String::from_utf8(text).unwrap();
    for title in [
        "Failures",
        "ICEWarn patterns",
        "Media",
        "Quality reports",
        "Skipped files",
    ] {
        assert!(text.contains(&format!("\n{title}: none found\n")), "{text}");
    }
    for format in ["json", "csv", "markdown"] {
        output(format)
            .unwrap()
            .write(&document, &style, &mut Vec::new())
            .unwrap();
    }

    let mut facts = Facts::default();
    facts.coverage.files = 2;
    assert_eq!(
        report(&facts, &top(None)).headline,
        ["No diagnosis in 2 files."]
    );
}

#[test]
fn an_interrupted_scan_is_called_partial_everywhere() {
    let mut facts = facts();
    facts.coverage.interrupted = true;
    let document = report(&facts, &top(None));
    assert!(document.partial);
    assert!(document.title.starts_with("PARTIAL"), "{}", document.title);
    assert!(
        document.headline[0].starts_with("PARTIAL"),
        "{:?}",
        document.headline
    );
    assert_eq!(json(&document)["partial"], true);
    for format in ["table", "markdown"] {
        let mut text = Vec::new();
        output(format)
            .unwrap()
            .write(&document, &Style::default(), &mut text)
            .unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.lines().next().unwrap().contains("PARTIAL"), "{format}");
    }
}

#[test]
fn reports_fit_every_terminal_and_are_the_same_each_time() {
    let document = report(&facts(), &ReportOptions::default());
    assert_eq!(document, report(&facts(), &ReportOptions::default()));
    for width in 60..=250 {
        let mut text = Vec::new();
        let style = Style {
            width: Some(width),
            color: false,
        };
        output("table")
            .unwrap()
            .write(&document, &style, &mut text)
            .unwrap();
        for line in String::from_utf8(text).unwrap().lines() {
            let wide = unicode_width::UnicodeWidthStr::width(line);
            assert!(wide <= usize::from(width), "{line:?} at {width}");
        }
    }
}

#[test]
fn long_and_hostile_names_stay_in_the_terminal_too() {
    let long = format!("\u{1b}[2J{}\u{202e}", "x".repeat(1500));
    let words = "word ".repeat(300);
    for text in [&long, &words] {
        let mut facts = facts();
        let mut event = event(1, 24, text, 1, vec![media(text, 0x8000_0001, text, text)]);
        event.sub_code = Some(text.as_str().into());
        event.place.file = text.as_str().into();
        event.media[0]
            .fields
            .push(("FederationType".into(), text.as_str().into()));
        facts.observe_event(&event, &Names::default());
        event.carrier = Carrier::ServerRecord;
        let names = ["severity", "result_code", "result_name", "text"];
        event.params = names.map(|name| (name.into(), text.as_str().into())).into();
        facts.observe_event(&event, &Names::default());
        event.carrier = Carrier::Qoe;
        event.media[0]
            .fields
            .push(("Ice".into(), text.as_str().into()));
        facts.observe_event(&event, &Names::default());
        let cseq = Some(format!("1 {text}").into());
        let message = Message {
            cseq,
            ..Message::default()
        };
        facts.observe_response(500, &message, None, &event.place, &Names::default());
        facts.coverage.formats.entry(text.as_str().into()).files = 1;
        facts.coverage.headers.count(text.as_str().into());
        let file = text.as_str().into();
        let detail = text.as_str().into();
        facts.coverage.skipped.insert(Skipped {
            file,
            reason: SkipReason::Changed,
            detail,
        });
        facts.trouble(TroubleKind::CutValue, event.place.clone());
        let document = report(&facts, &top(None));
        for width in [60, 61, 80, 100, 120, 200, 250] {
            let mut bytes = Vec::new();
            let style = Style {
                width: Some(width),
                color: false,
            };
            output("table")
                .unwrap()
                .write(&document, &style, &mut bytes)
                .unwrap();
            for line in String::from_utf8(bytes).unwrap().lines() {
                let wide = unicode_width::UnicodeWidthStr::width(line);
                assert!(wide <= usize::from(width), "{line:?} at {width}");
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}

#[test]
fn facts_may_hold_the_largest_numbers() {
    let mut facts = facts();
    for tally in facts.failures.values_mut() {
        tally.occurrences = u64::MAX;
    }
    for pattern in facts.patterns.values_mut() {
        pattern.tally.occurrences = u64::MAX;
    }
    let document = report(&facts, &top(1));
    assert_eq!(
        total(section(&document, "failures"), "occurrences"),
        u64::MAX
    );
    for output in siptriage_report::outputs() {
        output
            .write(&document, &Style::default(), &mut Vec::new())
            .unwrap();
    }
}
