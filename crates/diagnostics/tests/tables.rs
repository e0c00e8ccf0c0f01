//! The reference tables hold together, and `docs/diagnostics.md` shows them as they are.

use std::collections::BTreeSet;
use std::path::Path;

use siptriage_diagnostics::{
    Certainty, Code, CodeClass, IceWarn, code, code_class, codes, component, components, field,
    field_value, fields, ice_warn_flags, interface_names, interfaces, source, sources,
    status_phrase, statuses,
};

/// Fails with the first key that is not above its predecessor.
fn assert_rising<K: Ord + std::fmt::Debug>(table: &str, keys: impl Iterator<Item = K>) {
    let keys: Vec<K> = keys.collect();
    assert!(!keys.is_empty(), "{table} is empty");
    for pair in keys.windows(2) {
        assert!(
            pair[0] < pair[1],
            "{table}: {:?} stands before {:?}",
            pair[0],
            pair[1]
        );
    }
}

/// Every table with sources: its name, what the row is called, its certainty and its sources.
fn cited_rows() -> Vec<(&'static str, String, Certainty, &'static [&'static str])> {
    let mut rows = Vec::new();
    for flag in ice_warn_flags() {
        rows.push((
            "flags",
            flag.mask.to_string(),
            flag.certainty,
            flag.sources.as_slice(),
        ));
    }
    for code in codes() {
        rows.push((
            "codes",
            code.code.to_string(),
            code.certainty,
            &code.sources,
        ));
    }
    for component in components() {
        let range = format!("{}-{}", component.first, component.last);
        rows.push(("components", range, component.certainty, &component.sources));
    }
    for field in fields() {
        rows.push((
            "fields",
            field.name.to_owned(),
            field.certainty,
            &field.sources,
        ));
    }
    for interface in interfaces() {
        rows.push((
            "interfaces",
            interface.name.to_owned(),
            interface.certainty,
            &interface.sources,
        ));
    }
    for status in statuses() {
        rows.push((
            "status",
            status.status.to_string(),
            Certainty::Stated,
            &status.sources,
        ));
    }
    rows
}

#[test]
fn every_bit_of_ice_warn_has_one_row_in_rising_order() {
    let bits: Vec<u8> = ice_warn_flags().iter().map(|flag| flag.bit).collect();
    assert_eq!(bits, (0..32).collect::<Vec<u8>>());
    for flag in ice_warn_flags() {
        assert_eq!(flag.mask.bits(), 1 << flag.bit, "{}", flag.key);
    }
}

#[test]
fn flag_keys_are_unique_words_for_programs() {
    let keys: BTreeSet<&str> = ice_warn_flags().iter().map(|flag| flag.key).collect();
    assert_eq!(keys.len(), 32);
    for key in keys {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(key.chars().all(allowed), "{key}");
    }
}

#[test]
fn flags_keep_to_the_known_transports_and_scopes() {
    let scopes = [
        "turn", "local", "nat", "policy", "proxy", "config", "unknown",
    ];
    for flag in ice_warn_flags() {
        assert!(
            ["udp", "tcp", "any"].contains(&flag.transport),
            "{}",
            flag.key
        );
        assert!(scopes.contains(&flag.scope), "{}", flag.key);
    }
}

#[test]
fn every_bit_of_a_mask_becomes_a_flag_lowest_first() {
    for mask in [0, 0x320, 0x4000320, 0x80012b, 0x20000001, 0xffff_ffff] {
        let set = IceWarn::from_bits(mask);
        let flags: Vec<IceWarn> = set.flags().map(|flag| flag.mask).collect();
        assert_eq!(flags, set.bits_set().collect::<Vec<_>>(), "{set}");
    }
    let names: Vec<&str> = IceWarn::from_bits(0x320)
        .flags()
        .map(|flag| flag.key)
        .collect();
    let want = [
        "local_connectivity_failed",
        "tcp_nat_connectivity_failed",
        "tcp_relay_connectivity_failed",
    ];
    assert_eq!(names, want);
}

#[test]
fn tables_are_sorted_and_have_no_row_twice() {
    assert_rising("codes", codes().iter().map(|code| code.code));
    assert_rising(
        "fields",
        fields().iter().map(|field| field.name.to_ascii_lowercase()),
    );
    assert_rising(
        "interfaces",
        interfaces().iter().map(|interface| interface.mask),
    );
    assert_rising("sources", sources().iter().map(|source| source.key));
    assert_rising("status", statuses().iter().map(|status| status.status));
    // Both ends of every range in one row: rising means that no two ranges overlap.
    let ends = components().iter().flat_map(|component| {
        assert!(component.first < component.last, "{}", component.name);
        [component.first, component.last]
    });
    assert_rising("components", ends);
}

#[test]
fn every_cited_source_is_defined_and_every_defined_source_is_cited() {
    let mut cited = BTreeSet::new();
    for (table, row, certainty, keys) in cited_rows() {
        for key in keys {
            assert!(
                source(key).is_some(),
                "{table}, {row}: source {key} is not defined"
            );
            cited.insert(*key);
        }
        let unique: BTreeSet<&&str> = keys.iter().collect();
        assert_eq!(
            unique.len(),
            keys.len(),
            "{table}, {row}: a source is cited twice"
        );
        let needed = certainty != Certainty::Undocumented;
        assert!(!keys.is_empty() || !needed, "{table}, {row}: no source");
    }
    for source in sources() {
        assert!(
            cited.contains(source.key),
            "source {} is never cited",
            source.key
        );
    }
}

#[test]
fn a_source_is_found_by_its_key() {
    for own in sources() {
        let found = source(own.key).expect("it is there");
        assert_eq!(found.title, own.title);
    }
    assert!(source("nobody").is_none());
}

#[test]
fn headers_kinds_and_numbers_keep_to_their_vocabulary() {
    let headers = [
        "ms-client-diagnostics",
        "ms-diagnostics",
        "ms-diagnostics-public",
        "x-ms-diagnostics",
    ];
    for code in codes() {
        for header in code.header.split(' ') {
            assert!(headers.contains(&header), "{}: {header}", code.code);
        }
        assert_ne!(code.class, CodeClass::Unclassified, "{}", code.code);
        assert!(
            component(code.code).is_some(),
            "{} is in no range",
            code.code
        );
    }
    for field in fields() {
        let kinds = ["media-debug", "blob", "parameter", "cdr", "qoe"];
        assert!(
            kinds.contains(&field.kind),
            "{}: {}",
            field.name,
            field.kind
        );
    }
}

#[test]
fn codes_are_found_by_number_and_classed() {
    for (number, class) in [
        (22, CodeClass::Failure),
        (24, CodeClass::Failure),
        (25, CodeClass::Failure),
        (1034, CodeClass::Failure),
        (7024, CodeClass::Failure),
        (51004, CodeClass::Expected),
        (52107, CodeClass::Expected),
        (2139, CodeClass::Informational),
        (5009, CodeClass::Informational),
        (12006, CodeClass::Informational),
        (13008, CodeClass::Informational),
        (25008, CodeClass::Informational),
        (51006, CodeClass::Informational),
        (51007, CodeClass::Informational),
        // Without a row: the published range says.
        (60000, CodeClass::Expected),
        (61999, CodeClass::Expected),
        (62000, CodeClass::Failure),
        (63000, CodeClass::Unclassified),
        (1099, CodeClass::Unclassified),
        (u32::MAX, CodeClass::Unclassified),
    ] {
        assert_eq!(code_class(number), class, "{number}");
    }
    assert_eq!(
        code(24).map(|code| code.reason),
        Some(
            "Call failed to establish due to a media connectivity failure when both endpoints \
             are remote"
        )
    );
    assert_eq!(code(30), None);
    assert_eq!(code(60000), None);
}

#[test]
fn components_are_found_by_any_code_of_their_range() {
    for (number, name) in [
        (0, Some("Any component")),
        (999, Some("Any component")),
        (1000, Some("SIP stack and proxy (Front End, Access Edge)")),
        (10999, Some("Mediation Server")),
        (18000, None),
        (51004, Some("Client: session and user")),
        (u32::MAX, None),
    ] {
        assert_eq!(
            component(number).map(|component| component.name),
            name,
            "{number}"
        );
    }
}

#[test]
fn fields_are_found_in_any_case_and_their_values_named() {
    for known in fields() {
        assert_eq!(field(&known.name.to_ascii_uppercase()), Some(known));
        assert_eq!(field(&known.name.to_ascii_lowercase()), Some(known));
    }
    for (name, value, want) in [
        ("LocalLocation", "0", Some("unknown")),
        ("locallocation", "1", Some("outside")),
        ("REMOTELOCATION", "2", Some("inside")),
        ("LocalLocation", "3", None),
        ("LocalLocation", "", None),
        ("FederationType", "0", Some("not federated")),
        ("Ice", "relay", Some("through a media relay")),
        ("LocalSite", "1", None),
        ("NoSuchField", "1", None),
        ("", "", None),
    ] {
        assert_eq!(field_value(name, value), want, "{name}={value}");
    }
    assert_eq!(field("NoSuchField"), None);
}

#[test]
fn enumerated_values_are_unique_within_a_field() {
    for field in fields() {
        let values: BTreeSet<String> = field
            .values
            .iter()
            .map(|(value, _)| value.to_ascii_lowercase())
            .collect();
        assert_eq!(values.len(), field.values.len(), "{}", field.name);
    }
}

#[test]
fn interface_bits_are_named_and_none_is_lost() {
    assert_eq!(interface_names(0), Vec::<&str>::new());
    assert_eq!(interface_names(0x2), ["Ethernet"]);
    assert_eq!(interface_names(0x12), ["Ethernet", "tunnel"]);
    assert_eq!(interface_names(0x46), ["Ethernet", "wireless", "unknown"]);
    assert_eq!(interface_names(0x8000_0000), ["unknown"]);
}

#[test]
fn status_codes_have_the_phrase_of_their_document() {
    for (status, phrase) in [
        (100, Some("Trying")),
        (101, Some("Progress Report")),
        (404, Some("Not Found")),
        (489, Some("Bad Event")),
        (504, Some("Server Time-out")),
        (608, Some("Rejected")),
        (0, None),
        (199, Some("Early Dialog Terminated")),
        (499, None),
        (u16::MAX, None),
    ] {
        assert_eq!(status_phrase(status), phrase, "{status}");
    }
}

#[test]
fn the_page_for_readers_shows_the_tables_as_they_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics.md");
    let want = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &want).unwrap();
    }
    // A checkout on Windows may have other line ends.
    let found = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    let differing = want
        .lines()
        .zip(found.lines())
        .find(|(want, found)| want != found);
    assert!(
        found == want,
        "docs/diagnostics.md does not show the tables; run this test with UPDATE_DOCS=1. \
         First other line: {differing:?}"
    );
}

/// The page `docs/diagnostics.md`.
fn page() -> String {
    let mut page = String::from(INTRODUCTION);
    write_flags(&mut page);
    write_codes(&mut page);
    write_fields(&mut page);
    write_statuses(&mut page);
    write_sources(&mut page);
    page
}

const INTRODUCTION: &str = "\
# Flags, codes and fields

What the words of a Lync or Skype for Business diagnosis mean, as siptriage explains them.
This page is written from `crates/diagnostics/data`; change the tables, not the page:

```
UPDATE_DOCS=1 cargo test -p siptriage-diagnostics --test tables
```

How to read it:

- **Certainty** says how sure a meaning is: *stated by a source*, *inferred* (several observations fit together), *guess* (little speaks for it), *no published meaning*.
- **Class** of a code: *failure* (something did not work), *expected* (an end or a refusal of normal use, such as a hang-up), *informational* (progress or a record about media, never a failure), *unclassified* (nothing says).
- Match codes on the number. The reason of one code differs between versions.
- ICE warning bits are warnings, not verdicts: several belong to calls that work.
- **Sources** are listed at the end.

";

/// Text that Markdown shows as it is.
fn plain(text: &str) -> String {
    text.replace('|', "\\|")
        .replace('*', "\\*")
        .replace('_', "\\_")
        .replace('<', "\\<")
}

fn keys(sources: &[&str]) -> String {
    if sources.is_empty() {
        "none".to_owned()
    } else {
        sources.join(", ")
    }
}

fn write_row(page: &mut String, cells: &[&str]) {
    page.push_str(&format!("| {} |\n", cells.join(" | ")));
}

fn write_head(page: &mut String, columns: &[&str]) {
    write_row(page, columns);
    write_row(page, &vec!["---"; columns.len()]);
}

fn write_flags(page: &mut String) {
    page.push_str(
        "## ICE warning bits\n\n\
         The bits of `ICEWarn` (hexadecimal) and of `IceWarningFlags` in quality reports, for \
         Lync 2010 and later.\n\
         `0x0` means that nothing went wrong, or that ICE was not used at all.\n\
         *On good calls* says whether calls that work have the bit too.\n\n",
    );
    write_head(
        page,
        &[
            "Mask",
            "Bit",
            "Name",
            "On good calls",
            "Transport",
            "Part",
            "Meaning",
            "What to check",
            "Certainty",
            "Sources",
        ],
    );
    for flag in ice_warn_flags() {
        write_row(
            page,
            &[
                &format!("`{}`", flag.mask),
                &flag.bit.to_string(),
                &format!("{} (`{}`)", plain(flag.name), flag.key),
                flag.expectation.name(),
                flag.transport,
                flag.scope,
                &plain(flag.meaning),
                &plain(flag.checks),
                flag.certainty.name(),
                &keys(&flag.sources),
            ],
        );
    }
    page.push('\n');
}

fn write_codes(page: &mut String) {
    page.push_str(
        "## Codes\n\n\
         By the component that owns the range.\n\
         Codes that follow one another and say the same share a line.\n\
         A code that is not here still counts: siptriage shows it with the reason it was sent \
         with.\n\n",
    );
    for component in components() {
        let (first, last) = (component.first, component.last);
        page.push_str(&format!(
            "### {first}-{last}: {}\n\n",
            plain(component.name)
        ));
        let certainty = component.certainty.name();
        page.push_str(&format!(
            "Range: {certainty} ({}).\n",
            keys(&component.sources)
        ));
        if !component.note.is_empty() {
            page.push_str(&format!("Note: {}.\n", plain(component.note)));
        }
        if component.class != CodeClass::Unclassified {
            page.push_str(&format!(
                "Class of the whole range: {}.\n",
                component.class.name()
            ));
        }
        page.push('\n');
        let rows: Vec<&Code> = codes()
            .iter()
            .filter(|code| (first..=last).contains(&code.code))
            .collect();
        if rows.is_empty() {
            page.push_str("No single code of this range is in the table.\n\n");
            continue;
        }
        let columns = [
            "Code",
            "Class",
            "Reason on the wire",
            "Meaning",
            "What to check",
            "Header",
            "Certainty",
            "Sources",
        ];
        write_head(page, &columns);
        for run in rows.chunk_by(|left, right| {
            left.code + 1 == right.code
                && Code {
                    code: left.code,
                    ..(*right).clone()
                } == **left
        }) {
            let (first, last) = (run[0], run[run.len() - 1]);
            let numbers = if first.code == last.code {
                first.code.to_string()
            } else {
                format!("{}-{}", first.code, last.code)
            };
            let reason = if first.reason.is_empty() {
                "not published"
            } else {
                &plain(first.reason)
            };
            write_row(
                page,
                &[
                    &numbers,
                    first.class.name(),
                    reason,
                    &plain(first.meaning),
                    &plain(first.checks),
                    &first.header.replace(' ', ", "),
                    first.certainty.name(),
                    &keys(&first.sources),
                ],
            );
        }
        page.push('\n');
    }
}

fn write_fields(page: &mut String) {
    page.push_str("## Fields\n\nNames are compared without regard to case.\n\n");
    for (kind, title, about) in [
        (
            "media-debug",
            "Keys of CallerMediaDebug and CalleeMediaDebug",
            "Each of the two is the view of one side: *local* is the side that wrote it.",
        ),
        (
            "blob",
            "Keys of MediaChanBlob",
            "One record for one media channel.",
        ),
        (
            "parameter",
            "Parameters of the headers",
            "Other parameters occur; siptriage keeps and shows them all.",
        ),
        (
            "cdr",
            "Parameters of the spread form",
            "Where a media record is spread into single parameters, as in Monitoring, these come \
             on top.",
        ),
        (
            "qoe",
            "Elements of quality reports",
            "VQReportEvent, sent by each endpoint in SERVICE after a call.",
        ),
    ] {
        page.push_str(&format!("### {title}\n\n{about}\n\n"));
        write_head(
            page,
            &["Field", "Meaning", "Values", "Certainty", "Sources"],
        );
        for field in fields().iter().filter(|field| field.kind == kind) {
            let values: Vec<String> = field
                .values
                .iter()
                .map(|(value, word)| format!("`{value}` {}", plain(word)))
                .collect();
            write_row(
                page,
                &[
                    &format!("`{}`", field.name),
                    &plain(field.meaning),
                    &values.join(", "),
                    field.certainty.name(),
                    &keys(&field.sources),
                ],
            );
        }
        page.push('\n');
    }
    page.push_str("### Bits of Interfaces and BaseInterface\n\n");
    write_head(page, &["Bit", "Kind of interface", "Certainty", "Sources"]);
    for interface in interfaces() {
        let (mask, sources) = (format!("`{:#x}`", interface.mask), keys(&interface.sources));
        write_row(
            page,
            &[&mask, interface.name, interface.certainty.name(), &sources],
        );
    }
    page.push('\n');
}

fn write_statuses(page: &mut String) {
    page.push_str(
        "## SIP status codes\n\n\
         The phrase is the one of the document; servers may send another.\n\n",
    );
    write_head(page, &["Status", "Phrase", "Sources"]);
    for status in statuses() {
        let number = status.status.to_string();
        write_row(
            page,
            &[&number, &plain(status.phrase), &keys(&status.sources)],
        );
    }
    page.push('\n');
}

fn write_sources(page: &mut String) {
    page.push_str("## Sources\n\n");
    write_head(page, &["Key", "Document", "Address"]);
    for source in sources() {
        let address = if source.address.starts_with("http") {
            format!("<{}>", source.address)
        } else {
            source.address.to_owned()
        };
        write_row(page, &[source.key, &plain(source.title), &address]);
    }
}
