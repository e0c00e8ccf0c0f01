//! Hand-made documents, to the letter, in every output.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use siptriage_diagnostics::IceWarn;
use siptriage_facts::{Place, Stamp, Zone};
use siptriage_report::{
    Cell, Column, Document, Layout, Section, Style, Tone, output, output_for_extension, outputs,
};
use unicode_width::UnicodeWidthStr;

fn written(document: &Document, format: &str, width: u16, color: bool) -> String {
    let mut bytes = Vec::new();
    let style = Style {
        width: Some(width),
        color,
    };
    output(format)
        .unwrap()
        .write(document, &style, &mut bytes)
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

fn place(file: &str, line: u64) -> Cell {
    Cell::Place(Place {
        file: file.into(),
        offset: 4711,
        line,
    })
}

fn stamp(second: u32) -> Stamp {
    Stamp::from_civil((2026, 1, 31), (9, 15, second), 250_000, Zone::Local).unwrap()
}

/// A table with everything: wrapped and cut columns, lists, sums, a record, a line, nothing.
fn document() -> Document {
    let columns = vec![
        Column::text("code", "Code"),
        Column::text("class", "Class"),
        Column::number("occurrences", "Count"),
        Column::number("share", "Share"),
        Column::text("reason", "Reason")
            .wrapped(30)
            .or_below(1)
            .unnamed(),
        Column::text("flags", "Flags")
            .wrapped(20)
            .or_below(2)
            .listed(),
        Column::text("seen", "Seen")
            .for_people()
            .or_below(3)
            .unnamed(),
        Column::text("first", "First").for_machines(),
        Column::text("example", "Example")
            .or_below(4)
            .led_in_by("e.g. "),
        Column::text("extra", "Extra").or_dropped(5),
        Column::text("never", "Never"),
    ];
    let mut failures = Section::new("failures", "Failures", columns);
    failures.rows = vec![
        vec![
            Cell::Number(51007),
            Cell::Word {
                text: "failure",
                tone: Tone::Bad,
            },
            Cell::Count(12_345),
            Cell::Share {
                part: 12_345,
                whole: 12_400,
            },
            Cell::Foreign("Call failed to establish due to a media connectivity failure".into()),
            Cell::List(vec![
                Cell::text("0x20 direct path"),
                Cell::text("0x100 behind NAT"),
            ]),
            Cell::Span(stamp(1), stamp(30)),
            Cell::Stamp(stamp(1)),
            place("traces/FE01/S4.log", 1200),
            Cell::text("may be left out where the line is too short for it"),
            Cell::Empty,
        ],
        vec![
            Cell::Number(24),
            Cell::Word {
                text: "expected",
                tone: Tone::Fine,
            },
            Cell::Count(50),
            Cell::Share {
                part: 50,
                whole: 12_400,
            },
            Cell::Foreign("User hung up".into()),
            Cell::List(vec![]),
            Cell::Empty,
            Cell::Empty,
            place("traces/FE02.log", 0),
            Cell::Empty,
            Cell::Empty,
        ],
    ];
    let sum = |count, label: &[Cell]| {
        let share = Cell::Share {
            part: count,
            whole: 12_400,
        };
        let mut row = vec![Cell::Empty, Cell::Empty, Cell::Count(count), share];
        row.extend(label.iter().cloned());
        row.resize(11, Cell::Empty);
        row
    };
    failures.hidden_rows = 3;
    failures.hidden = sum(5, &[]);
    failures.total = sum(12_400, &[]);
    failures.notes = vec!["--all shows all 5 rows.".to_owned()];

    let mut totals = Section::new(
        "totals",
        "What was read",
        vec![
            Column::number("files", "Files"),
            Column::number("bytes", "Bytes"),
        ],
    );
    totals.layout = Layout::Line;
    totals.rows = vec![vec![Cell::Count(3), Cell::Count(1_234_567)]];

    let mut field = Section::new(
        "field",
        "Field",
        vec![
            Column::text("name", "Name"),
            Column::text("meaning", "Meaning"),
            Column::text("nothing", "Nothing"),
            Column::text("mask", "ICEWarn"),
        ],
    );
    field.layout = Layout::Record;
    field.rows = vec![vec![
        Cell::Foreign("LocalSite".into()),
        Cell::text("Address and port of this side as ICE used it, in the words of the table."),
        Cell::Empty,
        Cell::Mask(IceWarn::from_bits(0x320)),
    ]];

    let none = |id, title: &str| Section::new(id, title, vec![Column::text("a", "A")]);
    Document {
        kind: "scan",
        title: "Report of three files".to_owned(),
        partial: false,
        headline: vec!["12,400 diagnoses in 3 files: 12,345 failures, 55 expected.".to_owned()],
        sections: vec![
            totals,
            failures,
            none("a", "Media"),
            none("b", "Quality"),
            field,
        ],
    }
}

#[test]
fn a_wide_table_has_everything_in_its_line() {
    let want = "\
Report of three files
12,400 diagnoses in 3 files: 12,345 failures, 55 expected.

What was read ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
  Files: 3 · Bytes: 1,234,567

Failures ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Code    Class      Count   Share  Reason                                                        Flags             Seen                             Example
───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
51007   failure   12,345   99.6%  Call failed to establish due to a media connectivity failure  0x20 direct path  2026-01-31 09:15:01 to 09:15:30  traces/FE01/S4.log:1200
                                                                                                0x100 behind NAT
24      expected      50    0.4%  User hung up                                                  none                                               traces/FE02.log at byte 4711
3 more                 5   <0.1%
Total             12,400  100.0%
  --all shows all 5 rows.

Media: none found
Quality: none found

Field ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
  Name     LocalSite
  Meaning  Address and port of this side as ICE used it, in the words of the table.
  ICEWarn  0x320
";
    assert_eq!(written(&document(), "table", 200, false), want);
}

#[test]
fn what_does_not_fit_into_a_line_stands_below_it() {
    let at_80 = written(&document(), "table", 80, false);
    let want = "\
Failures ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Code    Class      Count   Share  Reason
─────────────────────────────────────────────────────────────────────────
51007   failure   12,345   99.6%  Call failed to establish due to a media
                                  connectivity failure
    Flags: 0x20 direct path
           0x100 behind NAT
    2026-01-31 09:15:01 to 09:15:30 · e.g. traces/FE01/S4.log:1200
24      expected      50    0.4%  User hung up
    Flags: none · e.g. traces/FE02.log at byte 4711
3 more                 5   <0.1%
Total             12,400  100.0%
  --all shows all 5 rows.
";
    assert!(at_80.contains(want), "{at_80}");

    let at_60 = written(&document(), "table", 60, false);
    let want = "\
Failures ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Code    Class      Count   Share
────────────────────────────────
51007   failure   12,345   99.6%
    Call failed to establish due to a media connectivity
    failure
    Flags: 0x20 direct path
           0x100 behind NAT
    2026-01-31 09:15:01 to 09:15:30
    e.g. traces/FE01/S4.log:1200
24      expected      50    0.4%
    User hung up · Flags: none
    e.g. traces/FE02.log at byte 4711
3 more                 5   <0.1%
Total             12,400  100.0%
  --all shows all 5 rows.
";
    assert!(at_60.contains(want), "{at_60}");
    let want = "  \
  Name     LocalSite
  Meaning  Address and port of this side as ICE used it, in
           the words of the table.
  ICEWarn  0x320
";
    assert!(at_60.ends_with(want), "{at_60}");
}

#[test]
fn no_line_is_longer_than_the_terminal() {
    for width in 60..=250 {
        for line in written(&document(), "table", width, false).lines() {
            assert!(line.width() <= usize::from(width), "{line:?} at {width}");
            assert_eq!(line, line.trim_end(), "at {width}");
        }
    }
    // Nobody has such a terminal, but nothing may break.
    for width in [0, 1, 20, u16::MAX] {
        written(&document(), "table", width, true);
    }
}

#[test]
fn colours_add_nothing_to_the_words() {
    let plain = written(&document(), "table", 80, false);
    let colored = written(&document(), "table", 80, true);
    assert!(!plain.contains('\u{1b}'));
    assert!(colored.contains("\u{1b}[31mfailure\u{1b}[0m"), "{colored}");
    assert!(colored.contains("\u{1b}[32mexpected\u{1b}[0m"));
    assert!(colored.contains("\u{1b}[1mFailures\u{1b}[0m"));
    let mut without = colored;
    for sequence in [
        "\u{1b}[0m",
        "\u{1b}[1m",
        "\u{1b}[31m",
        "\u{1b}[32m",
        "\u{1b}[33m",
    ] {
        without = without.replace(sequence, "");
    }
    let without: Vec<&str> = without.lines().map(str::trim_end).collect();
    assert_eq!(without, plain.lines().collect::<Vec<_>>());
}

#[test]
fn markdown_has_pipe_tables() {
    let want = r"# Report of three files

12,400 diagnoses in 3 files: 12,345 failures, 55 expected.

## What was read

| | |
| --- | --- |
| Files | 3 |
| Bytes | 1,234,567 |

## Failures

| Code | Class | Count | Share | Reason | Flags | Seen | Example | Extra |
| --- | --- | ---: | ---: | --- | --- | --- | --- | --- |
| 51007 | failure | 12,345 | 99.6% | Call failed to establish due to a media connectivity failure | 0x20 direct path, 0x100 behind NAT | 2026-01-31 09:15:01 to 09:15:30 | traces/FE01/S4.log:1200 | may be left out where the line is too short for it |
| 24 | expected | 50 | 0.4% | User hung up | none |  | traces/FE02.log at byte 4711 |  |
| 3 more |  | **5** | **&lt;0.1%** |  |  |  |  |  |
| **Total** |  | **12,400** | **100.0%** |  |  |  |  |  |

\--all shows all 5 rows.

## Media

None found.

## Quality

None found.

## Field

| | |
| --- | --- |
| Name | LocalSite |
| Meaning | Address and port of this side as ICE used it, in the words of the table. |
| ICEWarn | 0x320 |
";
    assert_eq!(written(&document(), "markdown", 80, false), want);
}

#[test]
fn json_has_raw_values_under_stable_keys() {
    let text = written(&document(), "json", 80, true);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["kind"], "scan");
    assert_eq!(json["partial"], false);
    assert_eq!(json["title"], "Report of three files");
    assert_eq!(json["headline"].as_array().unwrap().len(), 1);
    let want = serde_json::json!({
        "id": "failures",
        "title": "Failures",
        "rows": [
            {
                "code": 51007,
                "class": "failure",
                "occurrences": 12345,
                "share": 0.995565,
                "reason": "Call failed to establish due to a media connectivity failure",
                "flags": ["0x20 direct path", "0x100 behind NAT"],
                "first": "2026-01-31T09:15:01.250",
                "example": {"file": "traces/FE01/S4.log", "line": 1200, "offset": 4711},
                "extra": "may be left out where the line is too short for it",
                "never": null
            },
            {
                "code": 24,
                "class": "expected",
                "occurrences": 50,
                "share": 0.004032,
                "reason": "User hung up",
                "flags": [],
                "first": null,
                "example": {"file": "traces/FE02.log", "line": null, "offset": 4711},
                "extra": null,
                "never": null
            }
        ],
        "hidden_rows": 3,
        "hidden": {"occurrences": 5, "share": 0.000403},
        "total": {"occurrences": 12400, "share": 1.0},
        "notes": ["--all shows all 5 rows."]
    });
    assert_eq!(json["sections"][1], want);
    // Sections without rows are there all the same.
    let want = serde_json::json!({"id": "a", "title": "Media", "rows": [], "notes": []});
    assert_eq!(json["sections"][2], want);
    assert_eq!(json["sections"][4]["rows"][0]["mask"], "0x320");
}

#[test]
fn csv_is_one_rectangle_of_all_sections() {
    let text = written(&document(), "csv", 80, true);
    let want = "\
section,files,bytes,code,class,occurrences,share,reason,flags,first,example,extra,never,a,name,\
meaning,nothing,mask
totals,3,1234567,,,,,,,,,,,,,,,
failures,,,51007,failure,12345,0.995565,Call failed to establish due to a media connectivity \
failure,0x20 direct path; 0x100 behind NAT,2026-01-31T09:15:01.250,traces/FE01/S4.log:1200,may be \
left out where the line is too short for it,,,,,,
failures,,,24,expected,50,0.004032,User hung up,,,traces/FE02.log at byte 4711,,,,,,,
field,,,,,,,,,,,,,,LocalSite,\"Address and port of this side as ICE used it, in the words of the \
table.\",,0x320
";
    assert_eq!(text, want);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap().len(), 18);
    assert_eq!(reader.records().map(Result::unwrap).count(), 4);
}

/// Text that attacks whoever shows it.
const HOSTILE: &str = "=HYPERLINK(\"http://example.com\")\u{1b}]0;owned\u{7}\u{1b}[2J\r\n\
    | # <script>alert(1)</script> [a](http://example.com) `x` \u{202e}gpj\u{200b}\u{feff}\u{e0041}\
    \u{9b}31m\u{2061}\u{2062}\u{2064}\0";

fn hostile() -> Document {
    let columns = vec![
        Column::text("code", "Code"),
        Column::text("reason", "Reason").wrapped(10),
        Column::text("example", "Example").or_below(1),
        Column::text("list", "List").listed(),
        Column::text("object", "Object").or_below(2),
    ];
    let mut section = Section::new("failures", "Failures", columns);
    let foreign = || Cell::Foreign(HOSTILE.to_owned());
    let shown = Box::new(foreign());
    section.rows = vec![vec![
        Cell::Number(24),
        foreign(),
        place(HOSTILE, 7),
        Cell::List(vec![foreign(), foreign()]),
        Cell::Object {
            shown,
            fields: vec![("label", foreign())],
        },
    ]];
    let mut record = section.clone();
    record.layout = Layout::Record;
    let mut line = section.clone();
    line.layout = Layout::Line;
    Document {
        sections: vec![section, record, line],
        ..document()
    }
}

#[test]
fn hostile_text_reaches_no_terminal() {
    for format in ["table", "markdown"] {
        for width in [60, 200] {
            let text = written(&hostile(), format, width, false);
            for c in text.chars() {
                assert!(!c.is_control() || c == '\n', "{c:?} in {format}");
                let hidden = ['\u{202e}', '\u{200b}', '\u{feff}', '\u{e0041}'];
                assert!(!hidden.contains(&c), "{c:?} in {format}");
                assert!(!('\u{2061}'..='\u{2064}').contains(&c), "{c:?} in {format}");
            }
        }
    }
    // With colours there are escape sequences, but only our own.
    let colored = written(&hostile(), "table", 200, true);
    let own = [
        "\u{1b}[0m",
        "\u{1b}[1m",
        "\u{1b}[31m",
        "\u{1b}[32m",
        "\u{1b}[33m",
    ];
    for (at, _) in colored.match_indices('\u{1b}') {
        assert!(
            own.iter().any(|own| colored[at..].starts_with(own)),
            "{:?}",
            &colored[at..at + 5]
        );
    }
}

#[test]
fn hostile_text_breaks_no_markdown_table() {
    let text = written(&hostile(), "markdown", 80, false);
    let row = text.lines().find(|line| line.starts_with("| 24")).unwrap();
    let borders = row
        .match_indices('|')
        .filter(|(at, _)| !row[..*at].ends_with('\\'))
        .count();
    assert_eq!(borders, 6, "{row}");
    assert!(!text.contains("<script>"));
    assert!(!text.contains("http://"));
    assert!(!text.contains("[a]("));
    assert!(text.contains(r"\[a\](http\://example.com) \`x\`"), "{text}");
}

#[test]
fn hostile_text_is_no_formula_in_csv() {
    let text = written(&hostile(), "csv", 80, false);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut rows = 0;
    for record in reader.records() {
        let record = record.unwrap();
        rows += 1;
        let shown = record[2].strip_prefix("'=HYPERLINK(").unwrap();
        assert!(shown.contains(r"\x1b]0;owned\x07") && shown.contains("[a](http://example.com)"));
        for field in &record {
            let starts = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
            assert!(!field.starts_with(starts), "{field}");
            let stay = |c: char| matches!(c, '\t' | '\r' | '\n');
            assert!(
                !field.contains(|c: char| c.is_control() && !stay(c)),
                "{field:?}"
            );
        }
    }
    assert_eq!(rows, 3);
}

/// The bytes of an output that is no text.
fn packed(document: &Document, format: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let output = output(format).unwrap();
    output
        .write(document, &Style::default(), &mut bytes)
        .unwrap();
    bytes
}

/// The members of a zip, by name.
fn members(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
    let mut members = BTreeMap::new();
    for place in 0..archive.len() {
        let mut member = archive.by_index(place).unwrap();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        members.insert(member.name().unwrap().into_owned(), bytes);
    }
    members
}

#[test]
fn hostile_text_is_text_in_html() {
    let mut document = hostile();
    // Rows beyond those that are there as HTML are data for the script.
    let row = document.sections[0].rows[0].clone();
    document.sections[0].rows = vec![row; 250];
    let page = written(&document, "html", 80, false);
    for c in page.chars() {
        assert!(!c.is_control() || c == '\n', "{c:?}");
        let hidden = ['\u{202e}', '\u{200b}', '\u{feff}', '\u{e0041}', '\u{2028}'];
        assert!(!hidden.contains(&c), "{c:?}");
    }
    // The one script and the one data block are ours.
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("alert(1)</"));
    assert!(!page.contains("<!--"));
    let data = page
        .split_once("<script type=\"application/json\" data-for=\"failures\">")
        .unwrap()
        .1;
    let data = data.split_once("</script>").unwrap().0;
    assert!(!data.contains(['<', '>', '&']));
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["r"].as_array().unwrap().len(), 50);
    assert_eq!(page.matches("<td class=\"k\" data-k=\"24\">").count(), 200);
}

#[test]
fn a_page_asks_nothing_of_a_network_and_runs_nothing_but_its_own() {
    let page = written(&hostile(), "html", 80, false);
    // Nothing that a browser fetches or follows, and nothing that the policy would have to allow.
    for attribute in [
        " src=",
        " srcset=",
        " action=",
        " style=",
        " onclick=",
        " onload=",
        " onerror=",
        "href=\"http",
        "href=\"//",
        "href=\"javascript",
        "<link",
        "<iframe",
        "<img",
        "@import",
        "url(",
    ] {
        let markup = page.replace("\"a\" onload", "");
        assert!(!markup.contains(attribute), "{attribute}");
    }
    let policy = page
        .split_once("Content-Security-Policy\" content=\"")
        .unwrap()
        .1;
    let policy = policy.split_once('"').unwrap().0;
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    // The hashes are those of what is there.
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let text = page
            .split_once(open)
            .unwrap()
            .1
            .split_once(close)
            .unwrap()
            .0;
        let hash = STANDARD.encode(Sha256::digest(text));
        assert!(policy.contains(&format!("'sha256-{hash}'")), "{open}");
    }
}

#[test]
fn hostile_text_is_no_formula_in_a_workbook() {
    let members = members(&packed(&hostile(), "xlsx"));
    let mut texts = 0;
    for (name, bytes) in &members {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(!text.contains("<f>") && !text.contains("<f "), "{name}");
        assert!(!text.contains("<hyperlink"), "{name}");
        assert!(!text.contains("<script>"), "{name}");
        texts += text.matches("=HYPERLINK(").count();
    }
    assert!(texts > 0, "the text is there as text");
    let names: Vec<&String> = members.keys().collect();
    assert!(
        names.iter().any(|name| name.ends_with("sheet4.xml")),
        "a sheet for each table and one about all: {names:?}"
    );
}

#[test]
fn an_archive_of_tables_has_each_of_them_and_no_formula() {
    let members = members(&packed(&hostile(), "csv-zip"));
    assert_eq!(
        members.keys().collect::<Vec<_>>(),
        [
            "siptriage-tables/failures-2.csv",
            "siptriage-tables/failures-3.csv",
            "siptriage-tables/failures.csv"
        ]
    );
    for bytes in members.values() {
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        assert_eq!(
            reader.headers().unwrap(),
            vec!["code", "reason", "example", "list", "object"]
        );
        let row = reader.records().next().unwrap().unwrap();
        assert!(row[1].starts_with("'=HYPERLINK("), "{}", &row[1]);
        assert!(row[1].contains(r"\x1b]0;owned\x07"), "{}", &row[1]);
    }
}

#[test]
fn the_same_document_gives_the_same_bytes_in_every_output() {
    for output in outputs() {
        let first = packed(&document(), output.name());
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(
            first == packed(&document(), output.name()),
            "{}",
            output.name()
        );
        assert!(!first.is_empty());
    }
    // Two seconds are the unit of time stamps in a zip: no entry has one.
    for format in ["xlsx", "csv-zip"] {
        let bytes = packed(&document(), format);
        let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
        for place in 0..archive.len() {
            let member = archive.by_index(place).unwrap();
            let time = member.last_modified().unwrap();
            assert_eq!(time, zip::DateTime::default(), "{format}");
        }
    }
}

#[test]
fn what_only_a_page_shows_is_in_no_other_output() {
    let mut document = document();
    let mut section = Section::new(
        "calls_by_time",
        "Only of a page",
        document.sections[0].columns.clone(),
    );
    section.rows = document.sections[0].rows.clone();
    section.page_only = true;
    document.sections.push(section);
    for format in ["table", "json", "csv", "markdown"] {
        let text = written(&document, format, 80, false);
        assert!(
            !text.contains("calls_by_time") && !text.contains("Only of a page"),
            "{format}"
        );
    }
    assert!(
        !members(&packed(&document, "csv-zip")).contains_key("siptriage-tables/calls_by_time.csv")
    );
    assert!(written(&document, "html", 80, false).contains("Only of a page"));
}

/// What the nightly comparison adds: cards, and days with the band in which they usually are.
#[test]
fn changes_are_cards_and_days_a_chart_with_what_is_usual() {
    let mut changed = Section::new(
        "new",
        "New since yesterday",
        vec![
            Column::text("cause", "Cause"),
            Column::number("calls", "Calls"),
        ],
    );
    changed.rows = vec![vec![Cell::text("UDP is filtered."), Cell::Count(12)]];
    let mut days = Section::new(
        "days",
        "The last days",
        vec![
            Column::text("day", "Day"),
            Column::number("calls", "Calls"),
            Column::number("failed", "Failed"),
            Column::number("usual_low", "Usually from"),
            Column::number("usual_high", "to"),
        ],
    );
    for (day, failed) in [("2026-03-01", 2), ("2026-03-02", 3), ("2026-03-03", 40)] {
        days.rows.push(vec![
            Cell::text(day),
            Cell::Count(100),
            Cell::Count(failed),
            Cell::Count(1),
            Cell::Count(5),
        ]);
    }
    let document = Document {
        sections: vec![changed, days],
        ..document()
    };
    let page = written(&document, "html", 80, false);
    assert!(
        page.contains("<section id=\"new\" class=\"change new\">"),
        "{page}"
    );
    assert!(page.contains("<h3>UDP is filtered.</h3>"));
    assert_eq!(
        page.matches("class=\"band\"").count(),
        4,
        "three days and the legend"
    );
    assert_eq!(page.matches("class=\"dot out\"").count(), 1);
    assert!(page.contains("Failed calls of 3 days; 1 is above what is usual."));
}

#[test]
fn hostile_text_comes_back_from_json_as_it_was() {
    let text = written(&hostile(), "json", 80, false);
    assert!(!text.chars().any(|c| c.is_ascii_control() && c != '\n'));
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let row = &json["sections"][0]["rows"][0];
    assert_eq!(row["reason"], HOSTILE);
    assert_eq!(row["example"]["file"], HOSTILE);
    assert_eq!(row["list"][1], HOSTILE);
    assert_eq!(row["object"]["label"], HOSTILE);
}

#[test]
fn a_foreign_text_of_any_length_takes_few_lines() {
    let columns = vec![
        Column::text("code", "Code"),
        Column::text("reason", "Reason").wrapped(20),
    ];
    let mut section = Section::new("failures", "Failures", columns);
    let reason = Cell::Foreign("word ".repeat(5000));
    section.rows = vec![vec![Cell::Number(1), reason]];
    let document = Document {
        sections: vec![section],
        ..document()
    };
    let text = written(&document, "table", 60, false);
    assert!(text.lines().count() < 20, "{text}");
    assert!(text.contains('…'));
    // Machines get all of it.
    assert!(written(&document, "csv", 60, false).len() > 25_000);
}

#[test]
fn outputs_are_found_by_name_and_by_extension() {
    let names: Vec<&str> = outputs().iter().map(|output| output.name()).collect();
    assert_eq!(
        names,
        [
            "table", "json", "csv", "markdown", "html", "xlsx", "csv-zip"
        ]
    );
    for (extension, name) in [
        ("txt", "table"),
        ("JSON", "json"),
        (".csv", "csv"),
        ("md", "markdown"),
        ("markdown", "markdown"),
        ("html", "html"),
        ("xlsx", "xlsx"),
        ("csv.zip", "csv-zip"),
    ] {
        assert_eq!(output_for_extension(extension).unwrap().name(), name);
    }
    assert!(output_for_extension("zip").is_none());
    assert!(output("xml").is_none());
    let mut seen = Vec::new();
    for extension in outputs().iter().flat_map(|output| output.extensions()) {
        assert!(
            !seen.contains(extension),
            "{extension} belongs to two outputs"
        );
        assert_eq!(*extension, extension.to_lowercase());
        seen.push(extension);
    }
}

/// A pipe whose reader has gone.
struct Closed;

impl io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn a_closed_pipe_is_told_as_one_by_every_output() {
    for output in outputs() {
        let error = output
            .write(&document(), &Style::default(), &mut Closed)
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{}", output.name());
    }
}
