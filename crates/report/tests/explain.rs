//! Masks, codes, fields and whole headers, explained.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use siptriage_diagnostics::{HeaderName, IceWarn, MediaSide, codes, field, fields};
use siptriage_facts::{Carrier, Event, Media, Message, Place};
use siptriage_report::{
    Cell, Document, Section, Style, decode, explain_code, explain_event, explain_field, formats,
    output, outputs,
};

fn section<'d>(document: &'d Document, id: &str) -> &'d Section {
    document
        .sections
        .iter()
        .find(|section| section.id == id)
        .unwrap()
}

fn cell<'s>(section: &'s Section, row: usize, id: &str) -> &'s Cell {
    let index = section
        .columns
        .iter()
        .position(|column| column.id == id)
        .unwrap();
    &section.rows[row][index]
}

fn table(document: &Document) -> String {
    let mut text = Vec::new();
    let style = Style {
        width: Some(100),
        color: false,
    };
    output("table")
        .unwrap()
        .write(document, &style, &mut text)
        .unwrap();
    String::from_utf8(text).unwrap()
}

fn masks(masks: &[u32]) -> Vec<(String, IceWarn)> {
    masks
        .iter()
        .map(|bits| (format!("{bits:#X}"), IceWarn::from_bits(*bits)))
        .collect()
}

#[test]
fn every_bit_of_a_mask_is_decoded_and_adds_up_to_it() {
    for bits in [
        0x320,
        0x12b,
        0x0080_012b,
        0x0400_03a0,
        u32::MAX,
        0x8000_0000,
        1,
    ] {
        let document = decode(&masks(&[bits]));
        assert_eq!(document.kind, "decode");
        let flags = section(&document, "flags");
        assert_eq!(flags.rows.len(), bits.count_ones() as usize);
        let mut sum = 0;
        for row in 0..flags.rows.len() {
            match cell(flags, row, "bit") {
                Cell::Mask(bit) => sum |= bit.bits(),
                other => panic!("{other:?}"),
            }
            for id in ["name", "meaning", "checks"] {
                let text = cell(flags, row, id);
                assert!(
                    matches!(text, Cell::Text(text) if !text.is_empty()),
                    "{id} {text:?}"
                );
            }
            assert!(matches!(cell(flags, row, "expectation"), Cell::Word { .. }));
        }
        assert_eq!(sum, bits);
    }
}

#[test]
fn a_mask_without_bits_is_no_warning() {
    let document = decode(&masks(&[0]));
    let flags = section(&document, "flags");
    assert_eq!(flags.rows.len(), 1);
    assert_eq!(*cell(flags, 0, "name"), Cell::text("no warning"));
    assert_eq!(document.headline, ["0x0: no warning."]);
}

#[test]
fn bits_without_a_published_meaning_say_so() {
    let text = table(&decode(&masks(&[0x8000_0000])));
    assert!(text.contains("Certainty: no published meaning"), "{text}");
}

#[test]
fn several_masks_are_told_apart() {
    let document = decode(&masks(&[0x320, 0, 0x12b]));
    assert_eq!(section(&document, "masks").rows.len(), 3);
    assert_eq!(section(&document, "flags").rows.len(), 3 + 1 + 5);
    assert_eq!(
        *cell(section(&document, "masks"), 0, "typed"),
        Cell::Foreign("0x320".into())
    );
    assert_eq!(
        *cell(section(&document, "masks"), 2, "decimal"),
        Cell::Number(0x12b)
    );
    let sources = section(&document, "sources");
    let mut keys: Vec<String> = sources
        .rows
        .iter()
        .map(|row| format!("{:?}", row[0]))
        .collect();
    let all = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), all, "a source is listed once");
}

#[test]
fn what_was_typed_is_not_trusted() {
    let typed = "0x320\u{1b}[31m".to_owned();
    let text = table(&decode(&[(typed, IceWarn::from_bits(0x320))]));
    assert!(text.contains(r"As typed: 0x320\x1b[31m"), "{text}");
}

#[test]
fn every_known_code_and_field_can_be_explained_in_every_output() {
    for code in codes() {
        let document = explain_code(code.code).unwrap();
        assert_eq!(document.kind, "explain");
        assert_eq!(
            *cell(section(&document, "code"), 0, "code"),
            Cell::Number(code.code.into())
        );
        for output in outputs() {
            output
                .write(&document, &Style::default(), &mut Vec::new())
                .unwrap();
        }
        let known = section(&document, "sources").rows.iter();
        assert!(
            known.clone().count() >= code.sources.len().min(1),
            "{}",
            code.code
        );
        for row in known {
            assert!(
                matches!(&row[1], Cell::Text(title) if !title.is_empty()),
                "{row:?}"
            );
        }
    }
    for field in fields() {
        let document = explain_field(field);
        assert_eq!(section(&document, "values").rows.len(), field.values.len());
        assert!(table(&document).contains(field.name));
    }
}

#[test]
fn a_code_in_a_range_alone_is_explained_by_its_component() {
    // 1999 is in the range of the SIP stack; no row is published for it.
    assert!(siptriage_diagnostics::code(1999).is_none());
    let document = explain_code(1999).unwrap();
    let code = section(&document, "code");
    assert!(matches!(cell(code, 0, "component"), Cell::Text(_)));
    assert_eq!(
        *cell(code, 0, "meaning"),
        Cell::Missing("not in the table of codes")
    );
    assert!(explain_code(u32::MAX).is_none());
}

fn event() -> Event<'static> {
    let media = Media {
        side: Some(MediaSide::Caller),
        label: "application-sharing".into(),
        ice_warn: Some(IceWarn::from_bits(0x320)),
        ice_warn_ex: Some(0x10),
        malformed_ice_warn: None,
        fields: vec![
            ("LocalSite".into(), "192.0.2.7:50041".into()),
            ("LocalMR".into(), "198.51.100.9:443".into()),
            ("RemoteMR".into(), "".into()),
            ("PortRange".into(), "50040:50059".into()),
            ("LocalLocation".into(), "1".into()),
            ("RemoteLocation".into(), "9".into()),
            ("Interfaces".into(), "0x12".into()),
            ("Unheard".into(), "of\u{7}".into()),
        ],
    };
    Event {
        place: Place {
            file: "<pasted>".into(),
            offset: 0,
            line: 1,
        },
        trace_format: "loose-text",
        time: None,
        header: Some(HeaderName::MsClientDiagnostics),
        carrier: Carrier::Header,
        code: Some(24),
        sub_code: None,
        reason: Some("Call failed".into()),
        source: None,
        params: vec![
            ("reason".into(), "Call failed".into()),
            (
                "CallerMediaDebug".into(),
                "application-sharing:ICEWarn=0x320".into(),
            ),
        ],
        media: vec![media],
        cut: false,
        message: Message::default(),
    }
}

#[test]
fn a_whole_header_is_explained_field_by_field() {
    let document = explain_event(&event());
    assert_eq!(document.title, "Diagnosis with code 24");
    assert!(
        document.headline[0].starts_with("Code 24 is a failure."),
        "{:?}",
        document.headline
    );

    let media = section(&document, "media");
    assert_eq!(*cell(media, 0, "local"), Cell::text("outside"));
    // A value without a word is shown as written.
    assert_eq!(*cell(media, 0, "remote"), Cell::Foreign("9".into()));
    assert_eq!(*cell(media, 0, "local_relay"), Cell::text("present"));
    assert_eq!(*cell(media, 0, "remote_relay"), Cell::text("not shown"));

    let fields = section(&document, "media_fields");
    // The two masks and every field.
    assert_eq!(fields.rows.len(), 2 + 8);
    let words = |name: &str| {
        let row = (0..fields.rows.len())
            .find(|row| *cell(fields, *row, "field") == Cell::Foreign(name.into()))
            .unwrap();
        (
            cell(fields, row, "in_words").clone(),
            cell(fields, row, "meaning").clone(),
        )
    };
    assert_eq!(
        words("LocalSite").0,
        Cell::Foreign("public address 192.0.2.7, port 50041".into())
    );
    assert_eq!(words("PortRange").0, Cell::text("50040 to 50059: 20 ports"));
    assert_eq!(words("LocalLocation").0, Cell::text("outside"));
    assert!(matches!(words("Interfaces").0, Cell::Text(names) if names.contains("Ethernet")));
    assert_eq!(
        words("Unheard").1,
        Cell::Missing("not in the table of fields")
    );
    for name in [
        "ICEWarn",
        "ICEWarnEx",
        "LocalSite",
        "LocalMR",
        "RemoteLocation",
    ] {
        assert!(matches!(words(name).1, Cell::Text(_)), "{name}");
    }

    assert_eq!(section(&document, "flags").rows.len(), 3);
    assert_eq!(section(&document, "parameters").rows.len(), 2);
    assert!(!section(&document, "sources").rows.is_empty());
    // Nothing is known of a message around a pasted header.
    assert!(
        !document
            .sections
            .iter()
            .any(|section| section.id == "message")
    );
    // What is inferred says so.
    let text = table(&document);
    assert!(
        text.contains("outside") && text.contains("Certainty: inferred"),
        "{text}"
    );
    assert!(text.contains(r"of\x07"), "{text}");
}

#[test]
fn an_event_with_nothing_known_is_explained_too() {
    let mut event = event();
    event.code = None;
    event.params.clear();
    event.media = vec![Media {
        malformed_ice_warn: Some("0xnonsense".into()),
        ..Media::default()
    }];
    event.message.from = Some("<sip:ann@contoso.com>".into());
    event.cut = true;
    let document = explain_event(&event);
    let text = table(&document);
    assert!(text.contains("malformed: 0xnonsense"), "{text}");
    assert!(text.contains("The value is cut off"), "{text}");
    assert_eq!(
        *cell(section(&document, "message"), 0, "from_aor"),
        Cell::Foreign("sip:ann@contoso.com".into())
    );
    for output in outputs() {
        output
            .write(&document, &Style::default(), &mut Vec::new())
            .unwrap();
    }
}

#[test]
fn explanations_fit_every_terminal_but_for_addresses() {
    let mut two_media = event();
    two_media.media.push(event().media.remove(0));
    two_media.media[1].side = None;
    two_media.media[1].ice_warn = Some(IceWarn::from_bits(u32::MAX));
    let documents = [
        decode(&masks(&[u32::MAX])),
        decode(&masks(&[0, 0x8000_0001, u32::MAX])),
        explain_event(&event()),
        explain_event(&two_media),
        explain_field(field("LocalLocation").unwrap()),
    ];
    let codes = codes().iter().map(|code| explain_code(code.code).unwrap());
    for document in documents.into_iter().chain(codes) {
        for width in [60, 70, 80, 100, 133, 160, 200, 250] {
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
                // An address is kept whole, so that it can be copied and clicked.
                let is_address = line.starts_with("    http") && !line.trim().contains(' ');
                let wide = unicode_width::UnicodeWidthStr::width(line);
                assert!(
                    wide <= usize::from(width) || is_address,
                    "{line:?} at {width}"
                );
            }
        }
    }
}

#[test]
fn every_field_of_the_tables_has_a_name_that_explains_it() {
    for name in ["LocalLocation", "ICEWarn", "FederationType"] {
        let document = explain_field(field(name).unwrap());
        assert_eq!(document.title, format!("Field {name}"));
    }
}

#[test]
fn formats_are_listed_in_the_order_given() {
    let rows = [
        (
            "uccapi",
            "Client logs",
            "01/31/2026|09:15:01.250 1A2B:3C4D INFO  :: ",
        ),
        ("b", "B", "x"),
    ];
    let document = formats(&rows);
    assert_eq!(document.kind, "formats");
    let text = table(&document);
    assert!(text.contains("01/31/2026|09:15:01.250"), "{text}");
    assert_eq!(section(&document, "formats").rows.len(), 2);
}
