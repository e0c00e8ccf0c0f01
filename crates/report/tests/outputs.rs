//! Hand-made documents, to the letter, in every output.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io;

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
        assert_eq!(&record[2], format!("'{HOSTILE}"));
        for field in &record {
            let starts = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
            assert!(!field.starts_with(starts), "{field}");
        }
    }
    assert_eq!(rows, 3);
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
    assert_eq!(names, ["table", "json", "csv", "markdown"]);
    for (extension, name) in [
        ("txt", "table"),
        ("JSON", "json"),
        (".csv", "csv"),
        ("md", "markdown"),
        ("markdown", "markdown"),
    ] {
        assert_eq!(output_for_extension(extension).unwrap().name(), name);
    }
    assert!(output_for_extension("html").is_none());
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
