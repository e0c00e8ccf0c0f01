use clap::ValueEnum;
use clap::error::ErrorKind;
use siptriage_report::CallForm;
use siptriage_scanner::{Encoding, Mapping};

use super::output::{PageFormat, output_names};
use super::*;

fn parse_words(words: &[&str]) -> Result<Command, Refusal> {
    parse(
        std::iter::once("siptriage")
            .chain(words.iter().copied())
            .map(OsString::from),
    )
}

#[test]
fn the_definition_is_consistent() {
    CommandLine::command().debug_assert();
}

#[test]
fn every_command_is_listed_by_name() {
    let defined: Vec<String> = (CommandLine::command().get_subcommands())
        .filter(|command| !command.is_hide_set())
        .map(|command| command.get_name().to_owned())
        .collect();
    assert_eq!(defined, COMMANDS);
}

#[test]
fn help_names_every_value_that_an_option_takes() {
    let help = help(None);
    let of_color = ColorChoice::value_variants()
        .iter()
        .map(|choice| format!("{choice:?}"));
    for value in output_names()
        .into_iter()
        .map(str::to_owned)
        .chain(of_color)
    {
        assert!(help.contains(&value.to_lowercase()), "{value}");
    }
    for format in RowFormat::value_variants() {
        let word = format!("{format:?}").to_lowercase();
        assert!(super::help(Some("events")).contains(&word));
        assert!(super::help(Some("messages")).contains(&word));
    }
    for format in PageFormat::value_variants() {
        let word = format!("{format:?}").to_lowercase();
        assert!(super::help(Some("call")).contains(&word));
    }
    for format in output_names().into_iter().chain(["ndjson"]) {
        assert!(super::help(Some("calls")).contains(format));
    }
    for verdict in siptriage_judge::Verdict::ALL {
        assert!(help.contains(verdict.name()), "{}", verdict.name());
    }
    for outcome in siptriage_judge::Outcome::ALL {
        assert!(help.contains(outcome.name()), "{}", outcome.name());
    }
    for dimension in siptriage_judge::Dimension::ALL {
        assert!(help.contains(dimension.name()), "{}", dimension.name());
    }
}

#[test]
fn scan_is_meant_where_no_command_is_named() {
    for words in [&["traces"][..], &["scan", "traces"], &["--all", "traces"]] {
        let Ok(Command::Scan(scan)) = parse_words(words) else {
            panic!("{words:?}")
        };
        assert_eq!(scan.read.input.paths, ["traces"], "{words:?}");
    }
}

#[test]
fn a_command_after_an_option_is_told_apart_from_a_path() {
    for words in [
        &["--all", "scan", "x"][..],
        &["--top", "3", "events", "x"],
        &["evnets"],
    ] {
        let Err(Refusal::Stop(Stop::Usage(sentence))) = parse_words(words) else {
            panic!("{words:?}")
        };
        assert!(sentence.contains("siptriage "), "{sentence}");
    }
}

#[test]
fn a_path_that_looks_like_a_command_is_taken_with_its_folder() {
    let Ok(Command::Scan(scan)) = parse_words(&["./events"]) else {
        panic!()
    };
    assert_eq!(scan.read.input.paths, ["./events"]);
}

#[test]
fn widths_and_counts_have_limits() {
    for (words, kind) in [
        (&["--width", "59", "x"][..], ErrorKind::ValueValidation),
        (&["--width", "1001", "x"], ErrorKind::ValueValidation),
        (&["--top", "0", "x"], ErrorKind::ValueValidation),
        (&["--threads", "0", "x"], ErrorKind::ValueValidation),
        (&["--top", "3", "--all", "x"], ErrorKind::ArgumentConflict),
        (&["--encoding", "utf-7", "x"], ErrorKind::InvalidValue),
        (&["--trace-format", "servr", "x"], ErrorKind::InvalidValue),
        (&["--format", "xml", "x"], ErrorKind::InvalidValue),
    ] {
        let Err(Refusal::Clap(error)) = parse_words(words) else {
            panic!("{words:?}")
        };
        assert_eq!(error.kind(), kind, "{words:?}: {error}");
    }
}

#[test]
fn all_and_top_choose_the_rows() {
    for (words, want) in [
        (&["x"][..], Some(10)),
        (&["--top", "3", "x"], Some(3)),
        (&["--all", "x"], None),
    ] {
        let Ok(Command::Scan(scan)) = parse_words(words) else {
            panic!("{words:?}")
        };
        assert_eq!(scan.top(), want, "{words:?}");
    }
}

#[test]
fn options_of_input_reach_the_scanner() {
    let words = [
        "--threads",
        "3",
        "--no-mmap",
        "--encoding",
        "UTF-16LE",
        "--all-files",
        "x",
    ];
    let Ok(Command::Scan(scan)) = parse_words(&words) else {
        panic!()
    };
    let options = scan.read.input.reading.scan_options();
    assert_eq!(options.threads, Some(3));
    assert_eq!(options.mapping, Mapping::Never);
    assert_eq!(options.encoding, Some(Encoding::Utf16Le));
    assert!(options.all_files);
}

#[test]
fn the_extension_of_the_output_tells_the_format() {
    for (file, want) in [
        ("a.csv", Some("csv")),
        ("a.JSON", Some("json")),
        ("a.md", Some("markdown")),
        ("a.html", Some("html")),
        ("a.xlsx", Some("xlsx")),
        ("a.CSV.zip", Some("csv-zip")),
        ("-", Some("table")),
        ("a.zip", None),
        ("csv.zip", None),
        ("a.pdf", None),
        ("a", None),
    ] {
        let Ok(Command::Scan(scan)) = parse_words(&["-o", file, "x"]) else {
            panic!("{file}")
        };
        let chosen = scan.output.chosen().ok();
        let names = chosen.map(|all| all[0].1.name());
        assert_eq!(names, want, "{file}");
    }
    let Ok(Command::Scan(scan)) = parse_words(&["-o", "a.csv", "--format", "json", "x"]) else {
        panic!()
    };
    let names = |scan: &ScanArgs| -> Option<Vec<&'static str>> {
        let chosen = scan.output.chosen().ok()?;
        Some(chosen.iter().map(|(_, output)| output.name()).collect())
    };
    assert_eq!(names(&scan), Some(vec!["json"]));
    // Several outputs have each their own; one format for all of them is a slip.
    let several = ["-o", "a.html", "-o", "a.json", "-o", "-", "x"];
    let Ok(Command::Scan(scan)) = parse_words(&several) else {
        panic!()
    };
    assert_eq!(names(&scan), Some(vec!["html", "json", "table"]));
    let words = ["--format", "csv", "-o", "a", "-o", "b", "x"];
    let Ok(Command::Scan(scan)) = parse_words(&words) else {
        panic!()
    };
    assert_eq!(names(&scan), None);
}

#[test]
fn the_extension_of_the_output_tells_the_form_of_rows() {
    for (file, want) in [
        ("a.csv", Some(RowFormat::Csv)),
        ("a.ndjson", Some(RowFormat::Ndjson)),
        ("a.jsonl", Some(RowFormat::Ndjson)),
        ("-", Some(RowFormat::Ndjson)),
        ("a.json", None),
    ] {
        let Ok(Command::Events(events)) = parse_words(&["events", "-o", file, "x"]) else {
            panic!("{file}")
        };
        assert_eq!(events.output.chosen().ok(), want, "{file}");
    }
}

#[test]
fn the_extension_of_the_output_tells_the_form_of_a_call() {
    for (file, want) in [
        ("a.md", Some(CallForm::Markdown)),
        ("a.TXT", Some(CallForm::Text)),
        ("a.json", Some(CallForm::Json)),
        ("-", Some(CallForm::Text)),
        ("a.csv", None),
    ] {
        let Ok(Command::Call(call)) = parse_words(&["call", "-o", file, "ID", "x"]) else {
            panic!("{file}")
        };
        assert_eq!(call.output.chosen().ok(), want, "{file}");
    }
}

#[test]
fn the_extension_of_the_output_tells_the_form_of_a_list() {
    for (file, want) in [
        ("a.csv", Some("csv")),
        ("a.md", Some("markdown")),
        ("a.ndjson", Some("ndjson")),
        ("a.jsonl", Some("ndjson")),
        ("a.xlsx", Some("xlsx")),
        ("-", Some("table")),
        ("a.pdf", None),
    ] {
        let Ok(Command::Calls(calls)) = parse_words(&["calls", "-o", file, "x"]) else {
            panic!("{file}")
        };
        let form = calls.output.chosen().ok().map(|all| match all[0].1 {
            ListForm::Ndjson => "ndjson",
            ListForm::Document(output) => output.name(),
        });
        assert_eq!(form, want, "{file}");
    }
}

#[test]
fn every_command_that_reads_traces_takes_every_filter() {
    let program = CommandLine::command();
    let options = |command: &clap::Command, heading: &str| -> Vec<String> {
        let of_heading = |arg: &&clap::Arg| arg.get_help_heading() == Some(heading);
        let arguments = command.get_arguments().filter(of_heading);
        arguments.map(|arg| arg.get_id().to_string()).collect()
    };
    let (filters, calls) = (options(&program, "Filter"), options(&program, "Calls"));
    assert_eq!((filters.len(), calls.len()), (11, 4));
    for name in ["scan", "calls", "call", "messages", "events"] {
        let command = program.find_subcommand(name).unwrap();
        assert_eq!(options(command, "Filter"), filters, "{name}");
        assert_eq!(options(command, "Calls"), calls, "{name}");
    }
}

#[test]
fn lists_take_commas_and_repetition() {
    let words = [
        "--code",
        "24,1008",
        "--code",
        "21-23",
        "--by",
        "user,hour",
        "--by",
        "Site",
        "x",
    ];
    let Ok(Command::Scan(scan)) = parse_words(&words) else {
        panic!()
    };
    assert_eq!(scan.read.filter.conditions(None).codes.len(), 3);
    assert_eq!(scan.by.len(), 3);
}

#[test]
fn subnets_are_given_for_both_families_or_one() {
    for (bits, want) in [("16", (16, 64)), ("16,48", (16, 48)), ("0, 0", (0, 0))] {
        let Ok(Command::Scan(scan)) = parse_words(&["--subnet-bits", bits, "x"]) else {
            panic!("{bits}")
        };
        let groupings = scan.with_subnets(siptriage_judge::Groupings::default());
        assert_eq!((groupings.v4_bits, groupings.v6_bits), want);
    }
    for bits in ["33", "24,129", "x", "24,", ""] {
        assert!(
            parse_words(&["--subnet-bits", bits, "x"]).is_err(),
            "{bits}"
        );
    }
}
