//! A code, a field, or a whole pasted header, explained.

use std::net::{IpAddr, Ipv4Addr};

use siptriage_diagnostics::{
    CodeClass, Field, IceWarn, address_of_record, code, code_class, component, field,
    interface_names,
};
use siptriage_facts::{Event, Media, Message};

use crate::cells::{self, plural};
use crate::decode::{NOT_A_VERDICT, flag_columns, flag_rows};
use crate::document::{Cell, Column, Document, Section, grouped};

/// What a code means: from its row in the table, and from the range it lies in. `None` where
/// neither is known.
pub fn explain_code(number: u32) -> Option<Document> {
    if code(number).is_none() && component(number).is_none() {
        return None;
    }
    let mut fields = vec![field_of("code", "Code", Cell::Number(u64::from(number)))];
    fields.extend(code_fields(number));
    Some(Document {
        kind: "explain",
        title: format!("Code {number}"),
        partial: false,
        headline: Vec::new(),
        sections: vec![
            Section::record("code", "Code", fields),
            cells::sources_section(code_sources(number)),
        ],
    })
}

/// What a field of a diagnosis means, with the words for its values.
pub fn explain_field(field: &'static Field) -> Document {
    let fields = vec![
        field_of("name", "Field", Cell::text(field.name)),
        field_of("kind", "Stands in", Cell::text(field.kind)),
        field_of("meaning", "Meaning", Cell::text(field.meaning)),
        field_of("certainty", "Certainty", cells::certainty(field.certainty)),
        field_of("sources", "Sources", cells::source_keys(&field.sources)),
    ];
    let columns = vec![
        Column::text("value", "Value"),
        Column::text("meaning", "In words").wrapped(40),
    ];
    let mut values = Section::new("values", "Values", columns);
    for (value, word) in &field.values {
        values
            .rows
            .push(vec![Cell::text(*value), Cell::text(*word)]);
    }
    Document {
        kind: "explain",
        title: format!("Field {}", field.name),
        partial: false,
        headline: Vec::new(),
        sections: vec![
            Section::record("field", "Field", fields),
            values,
            cells::sources_section(field.sources.iter().copied()),
        ],
    }
}

/// A whole diagnosis: its code, every parameter, every field of every medium, every flag, how
/// sure each fact is, and the sources.
pub fn explain_event(event: &Event<'_>) -> Document {
    let mut sections = vec![
        diagnosis(event),
        media_flags(&event.media),
        media(&event.media),
        media_fields(&event.media),
        parameters(event),
    ];
    sections.extend(message(&event.message));

    let names = event.params.iter().map(|(name, _)| name);
    let media_names = event
        .media
        .iter()
        .flat_map(|media| media.fields.iter().map(|(name, _)| name));
    let known = names.chain(media_names).filter_map(|name| field(name));
    let masks = event.media.iter().filter_map(|media| media.ice_warn);
    let flags = masks.flat_map(IceWarn::flags);
    let keys = (event.code.into_iter().flat_map(code_sources))
        .chain(known.flat_map(|field| field.sources.iter().copied()))
        .chain(flags.flat_map(|flag| flag.sources.iter().copied()));
    sections.push(cells::sources_section(keys));

    let title = match event.code {
        Some(code) => format!("Diagnosis with code {code}"),
        None => "Diagnosis without a code".to_owned(),
    };
    Document {
        kind: "explain",
        title,
        partial: false,
        headline: event.code.map(verdict).into_iter().collect(),
        sections,
    }
}

fn field_of(id: &'static str, title: &'static str, cell: Cell) -> (Column, Cell) {
    (Column::text(id, title), cell)
}

/// What a code says about the outcome, in a sentence.
fn verdict(number: u32) -> String {
    let meaning = code(number).map_or("", |code| code.meaning);
    let class = match code_class(number) {
        CodeClass::Failure => "a failure.",
        CodeClass::Expected => "part of normal use, no failure.",
        CodeClass::Informational => "information, no failure.",
        CodeClass::Unclassified => "not classified: the tables do not say whether it is a failure.",
    };
    format!("Code {number} is {class} {meaning}")
        .trim_end()
        .to_owned()
}

/// What is known of a code: class, component, meaning, checks, certainty.
fn code_fields(number: u32) -> Vec<(Column, Cell)> {
    let known = code(number);
    let range = component(number);
    let text = |of: Option<&'static str>| {
        of.filter(|text| !text.is_empty())
            .map_or(Cell::Empty, Cell::text)
    };
    vec![
        field_of("class", "Class", cells::class(code_class(number))),
        field_of(
            "component",
            "Component",
            text(range.map(|range| range.name)),
        ),
        field_of(
            "component_note",
            "About it",
            text(range.map(|range| range.note)),
        ),
        field_of(
            "component_certainty",
            "Component is",
            range.map_or(Cell::Empty, |range| {
                cells::certainty_if_lower(range.certainty)
            }),
        ),
        field_of("headers", "Seen in", text(known.map(|code| code.header))),
        field_of(
            "published_reason",
            "Usual reason",
            text(known.map(|code| code.reason)),
        ),
        field_of(
            "meaning",
            "Meaning",
            known.map_or(Cell::Missing("not in the table of codes"), |code| {
                Cell::text(code.meaning)
            }),
        ),
        field_of("checks", "Check", text(known.map(|code| code.checks))),
        field_of(
            "certainty",
            "Certainty",
            known.map_or(Cell::Empty, |code| cells::certainty(code.certainty)),
        ),
        field_of(
            "sources",
            "Sources",
            match code_sources(number).as_slice() {
                [] => Cell::Quiet(Box::new(Cell::List(Vec::new()))),
                keys => cells::source_keys(keys),
            },
        ),
    ]
}

fn code_sources(number: u32) -> Vec<&'static str> {
    let of_code = code(number).map(|code| &code.sources);
    let of_range = component(number).map(|range| &range.sources);
    let mut keys: Vec<&'static str> = Vec::new();
    for key in of_code.into_iter().chain(of_range).flatten() {
        if !keys.contains(key) {
            keys.push(key);
        }
    }
    keys
}

fn diagnosis(event: &Event<'_>) -> Section {
    let optional = |text: Option<&str>| text.map_or(Cell::Empty, Cell::foreign);
    let mut fields = vec![
        field_of(
            "header",
            "Header",
            event.header.map_or(Cell::Empty, |h| Cell::text(h.name())),
        ),
        field_of("carrier", "Carrier", Cell::text(event.carrier.name())),
        field_of(
            "code",
            "Code",
            event
                .code
                .map_or(Cell::Missing("none"), |code| Cell::Number(u64::from(code))),
        ),
        field_of("sub_code", "Sub-code", optional(event.sub_code.as_deref())),
        field_of("reason", "Reason", optional(event.reason.as_deref())),
        field_of("source", "Source", optional(event.source.as_deref())),
    ];
    if let Some(code) = event.code {
        fields.extend(
            code_fields(code)
                .into_iter()
                .map(|(column, cell)| match &cell {
                    // The reason as it is usually written is news only where it differs.
                    Cell::Text(text) if event.reason.as_deref() == Some(text) => {
                        (column, Cell::Quiet(Box::new(cell)))
                    }
                    _ => (column, cell),
                }),
        );
    }
    fields.push(field_of("time", "Time", cells::stamp(event.time)));
    fields.push((
        Column::text("cut", "Cut off").for_machines(),
        Cell::Bool(event.cut),
    ));
    let mut section = Section::record("diagnosis", "Diagnosis", fields);
    if event.cut {
        section
            .notes
            .push("The value is cut off: what follows the cut is missing.".to_owned());
    }
    section
}

fn parameters(event: &Event<'_>) -> Section {
    let columns = vec![
        Column::text("name", "Parameter").wrapped(20),
        Column::text("value", "Value")
            .wrapped(40)
            .or_below(1)
            .unnamed(),
        Column::text("in_words", "In words").wrapped(20).or_below(3),
        Column::text("meaning", "Meaning").wrapped(40).or_below(2),
        Column::text("certainty", "Certainty").or_below(4),
    ];
    let mut section = Section::new("parameters", "Parameters", columns);
    for (name, value) in &event.params {
        let mut row = vec![
            Cell::foreign(name),
            Cell::foreign(value),
            in_words(name, value),
        ];
        row.extend(meaning(name));
        section.rows.push(row);
    }
    section
}

/// Meaning and certainty of a field.
fn meaning(name: &str) -> [Cell; 2] {
    match field(name) {
        Some(field) => [
            Cell::text(field.meaning),
            cells::certainty_if_lower(field.certainty),
        ],
        None => [Cell::Missing("not in the table of fields"), Cell::Empty],
    }
}

fn side_and_label(media: &Media<'_>) -> [Cell; 2] {
    [
        media
            .side
            .map_or(Cell::Missing("not stated"), |side| Cell::text(side.name())),
        cells::foreign_or(&media.label, "unnamed"),
    ]
}

/// The columns of [`side_and_label`]: for people only where there are several media.
fn media_columns(media: &[Media<'_>]) -> [Column; 2] {
    let columns = [
        Column::text("side", "Side"),
        Column::text("label", "Media").wrapped(10),
    ];
    if media.len() == 1 {
        columns.map(Column::for_machines)
    } else {
        columns
    }
}

/// One row a medium: its mask, and for both endpoints where they are and whether they had a relay.
fn media(media: &[Media<'_>]) -> Section {
    let columns = vec![
        Column::text("side", "Side"),
        Column::text("label", "Media").wrapped(10),
        Column::text("ice_warn", "ICEWarn").wrapped(10),
        Column::text("local", "Local is").wrapped(8).or_below(1),
        Column::text("local_relay", "Local relay").or_below(1),
        Column::text("remote", "Remote is").wrapped(8).or_below(1),
        Column::text("remote_relay", "Remote relay").or_below(1),
    ];
    let mut section = Section::new("media", "Media", columns);
    for medium in media {
        let location =
            |name: &str| cells::value_in_words(name, medium.field(name).unwrap_or_default());
        let relay = |name: &str| match medium.field(name) {
            Some(address) if !address.is_empty() => Cell::text("present"),
            _ => Cell::text("not shown"),
        };
        let mask = match (medium.ice_warn, &medium.malformed_ice_warn) {
            (Some(mask), _) => Cell::Mask(mask),
            (None, Some(malformed)) => Cell::Foreign(format!("malformed: {malformed}")),
            (None, None) => Cell::Missing("none"),
        };
        let [side, label] = side_and_label(medium);
        section.rows.push(vec![
            side,
            label,
            mask,
            location("LocalLocation"),
            relay("LocalMR"),
            location("RemoteLocation"),
            relay("RemoteMR"),
        ]);
    }
    if !media.is_empty() {
        section.notes.push(
            "A relay that is not shown was not allocated, or the trace leaves it out; an outside \
             endpoint without one had no relay when media were set up (inferred)."
                .to_owned(),
        );
    }
    section
}

/// Every field of every medium.
fn media_fields(media: &[Media<'_>]) -> Section {
    let mut columns: Vec<Column> = media_columns(media).into();
    columns.extend([
        Column::text("field", "Field").wrapped(14),
        Column::text("value", "Value").wrapped(14),
        Column::text("in_words", "In words").wrapped(24).or_below(2),
        Column::text("meaning", "Meaning")
            .wrapped(40)
            .or_below(1)
            .unnamed(),
        Column::text("certainty", "Certainty").or_below(3),
    ]);
    let mut section = Section::new("media_fields", "Fields of the media", columns);
    for medium in media {
        let mask = medium.ice_warn.map(|mask| mask.to_string());
        let mask = mask.as_deref().or(medium.malformed_ice_warn.as_deref());
        let extra = medium.ice_warn_ex.map(|bits| format!("{bits:#x}"));
        let masks = [("ICEWarn", mask), ("ICEWarnEx", extra.as_deref())];
        let masks = masks
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let fields = medium
            .fields
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_ref()));
        for (name, value) in masks.chain(fields) {
            let mut row: Vec<Cell> = side_and_label(medium).into();
            row.extend([
                Cell::foreign(name),
                cells::foreign_or(value, "empty"),
                in_words(name, value),
            ]);
            row.extend(meaning(name));
            section.rows.push(row);
        }
    }
    section
}

/// Every flag of every medium that has a mask.
fn media_flags(media: &[Media<'_>]) -> Section {
    let [side, label] = media_columns(media);
    let mask = Column::text("ice_warn", "ICEWarn").or_below(6);
    let mask = if media.len() == 1 {
        mask.for_machines()
    } else {
        mask
    };
    let mut columns = vec![side, label, mask];
    columns.extend(flag_columns());
    let mut section = Section::new("flags", "ICEWarn flags", columns);
    for medium in media {
        let Some(mask) = medium.ice_warn else {
            continue;
        };
        for flag in flag_rows(mask) {
            let mut row: Vec<Cell> = side_and_label(medium).into();
            row.push(Cell::Mask(mask));
            row.extend(flag);
            section.rows.push(row);
        }
    }
    if !section.rows.is_empty() {
        section.notes.push(NOT_A_VERDICT.to_owned());
    }
    section
}

/// The message around a diagnosis, if anything of it is known.
fn message(message: &Message<'_>) -> Option<Section> {
    let aor = |value: Option<&str>| {
        value
            .and_then(address_of_record)
            .map_or(Cell::Empty, Cell::foreign)
    };
    let of = |value: Option<&str>| value.map_or(Cell::Empty, Cell::foreign);
    let fields = vec![
        field_of(
            "start_line",
            "Start line",
            of(message.start_line.as_deref()),
        ),
        field_of("call_id", "Call-ID", of(message.call_id.as_deref())),
        field_of("cseq", "CSeq", of(message.cseq.as_deref())),
        field_of("from", "From", of(message.from.as_deref())),
        field_of("to", "To", of(message.to.as_deref())),
        field_of("from_aor", "From address", aor(message.from.as_deref())),
        field_of("to_aor", "To address", aor(message.to.as_deref())),
        field_of(
            "user_agent",
            "User agent",
            of(message.user_agent.as_deref()),
        ),
        field_of("direction", "Direction", of(message.direction.as_deref())),
        field_of("peer", "Peer", of(message.peer.as_deref())),
    ];
    if fields.iter().all(|(_, cell)| *cell == Cell::Empty) {
        return None;
    }
    Some(Section::record("message", "Message", fields))
}

/// The value of a field in words, where it can be said in words.
fn in_words(name: &str, value: &str) -> Cell {
    if value.is_empty() {
        return Cell::Empty;
    }
    let is = |known: &[&str]| known.iter().any(|known| name.eq_ignore_ascii_case(known));
    if let Some(word) = siptriage_diagnostics::field_value(name, value) {
        return Cell::text(word);
    }
    if is(&["Interfaces", "BaseInterface", "LocalInterface"]) {
        return match parse_number(value).map(interface_names).as_deref() {
            None | Some([]) => Cell::Empty,
            Some(names) => Cell::text(names.join(", ")),
        };
    }
    if is(&["ICEWarn"]) {
        return match IceWarn::parse(value.as_bytes()) {
            Ok(mask) if mask.bits() == 0 => Cell::text("no warning"),
            Ok(mask) => Cell::text(plural(
                u64::from(mask.bits().count_ones()),
                "flag, see ICEWarn flags",
                "flags, see ICEWarn flags",
            )),
            Err(malformed) => Cell::text(format!("malformed: {malformed}")),
        };
    }
    if is(&["PortRange"]) {
        return port_range(value).map_or(Cell::Empty, Cell::text);
    }
    let addresses = [
        "LocalSite",
        "LocalMR",
        "RemoteSite",
        "RemoteMR",
        "BaseAddress",
        "LocalAddress",
        "RemoteAddress",
    ];
    if is(&addresses) {
        return address(value).map_or(Cell::Empty, Cell::Foreign);
    }
    Cell::Empty
}

/// Hexadecimal after `0x`, else decimal.
fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// `50040:50049` as words.
fn port_range(value: &str) -> Option<String> {
    let (first, last) = value.split_once(':')?;
    let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let count = u64::from(last.checked_sub(first)?) + 1;
    let ports = if count == 1 { "port" } else { "ports" };
    Some(format!("{first} to {last}: {} {ports}", grouped(count)))
}

/// An address with its port as words: what kind of address, which port. `None` where it is not an
/// IP address, because then it says nothing more than it does as it is written.
fn address(value: &str) -> Option<String> {
    // The last colon separates the port; some traces write it twice.
    let (host, port) = value.rsplit_once(':')?;
    let port: u16 = port.trim().parse().ok()?;
    let host = host.trim().trim_end_matches(':').trim_matches(['[', ']']);
    let kind = match host.parse().ok()? {
        IpAddr::V4(address) => kind_of(address),
        IpAddr::V6(address) if address.is_loopback() => "loopback",
        IpAddr::V6(address) if address.is_unicast_link_local() => "link-local",
        IpAddr::V6(address) if address.is_unique_local() => "private",
        IpAddr::V6(address) if address.segments()[..2] == [0x2001, 0] => "Teredo",
        IpAddr::V6(_) => "IPv6",
    };
    Some(format!("{kind} address {host}, port {port}"))
}

/// Where an IPv4 address can be reached (RFC 1918, RFC 3927, RFC 6598).
fn kind_of(address: Ipv4Addr) -> &'static str {
    let [first, second, ..] = address.octets();
    if address.is_loopback() {
        "loopback"
    } else if address.is_private() {
        "private"
    } else if address.is_link_local() {
        "link-local"
    } else if first == 100 && (64..128).contains(&second) {
        "shared (carrier NAT)"
    } else if address.is_unspecified() {
        "unspecified"
    } else {
        "public"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_by_their_last_colon() {
        for (value, want) in [
            ("10.1.2.3:5000", Some("private address 10.1.2.3, port 5000")),
            ("192.0.2.7:443", Some("public address 192.0.2.7, port 443")),
            (
                "192.168.0.1::5002",
                Some("private address 192.168.0.1, port 5002"),
            ),
            (
                "[2001:db8::7]:50040",
                Some("IPv6 address 2001:db8::7, port 50040"),
            ),
            (
                "100.64.0.1:5",
                Some("shared (carrier NAT) address 100.64.0.1, port 5"),
            ),
            ("xx.xx.xxx.x:xxx", None),
            ("192.0.2.7", None),
            ("", None),
        ] {
            assert_eq!(address(value).as_deref(), want, "{value}");
        }
    }

    #[test]
    fn port_ranges_are_counted() {
        for (value, want) in [
            ("50040:50049", Some("50040 to 50049: 10 ports")),
            ("1025:65000", Some("1025 to 65000: 63,976 ports")),
            ("0:65535", Some("0 to 65535: 65,536 ports")),
            ("5:5", Some("5 to 5: 1 port")),
            ("9:5", None),
            ("5", None),
            ("5:70000", None),
        ] {
            assert_eq!(port_range(value).as_deref(), want, "{value}");
        }
    }
}
