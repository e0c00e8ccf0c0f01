//! A reader of generated traces that knows nothing of the generator: it splits lines and
//! compares words. Slow and simple on purpose.

use std::collections::{BTreeMap, BTreeSet};

/// What it found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) records: BTreeMap<&'static str, u64>,
    /// By method and status.
    pub(crate) messages: BTreeMap<(String, Option<u16>), u64>,
    /// Diagnostics headers in header sections, by name in lower case.
    pub(crate) headers: BTreeMap<String, u64>,
    /// Codes of diagnostics headers and `diagHeader` elements.
    pub(crate) codes: BTreeMap<u32, u64>,
    /// Addresses of `From` of the messages that those codes stand in.
    pub(crate) users: BTreeMap<u32, BTreeSet<String>>,
    /// Masks in diagnostics headers.
    pub(crate) masks: BTreeMap<u32, u64>,
    /// Label, locations and federation of each media section.
    pub(crate) media: BTreeMap<[String; 4], u64>,
    pub(crate) call_ids: BTreeSet<String>,
    pub(crate) body_bytes: u64,
    pub(crate) diag_headers: u64,
    pub(crate) reports: u64,
    pub(crate) media_lines: u64,
    pub(crate) server_events: u64,
    /// Diagnoses outside header sections.
    pub(crate) quoted: u64,
    /// Users of failed responses: addresses of `From`.
    pub(crate) failed_users: BTreeSet<String>,
}

const NAMES: [&str; 3] = [
    "ms-client-diagnostics",
    "ms-diagnostics",
    "ms-diagnostics-public",
];

/// Reads a trace with lines that end as `line_end` says, and checks lengths on the way.
pub(crate) fn read(trace: &str, line_end: &str) -> Found {
    let mut found = Found::default();
    let mut record: Vec<&str> = Vec::new();
    for line in trace.split_inclusive(line_end) {
        if (is_client_entry(line) || line.starts_with("TL_")) && !record.is_empty() {
            read_record(&record, line_end, &mut found);
            record.clear();
        }
        record.push(line);
    }
    if !record.is_empty() {
        read_record(&record, line_end, &mut found);
    }
    found
}

pub(crate) fn is_client_entry(line: &str) -> bool {
    let form = "dd/dd/dddd|dd:dd:dd.ddd ";
    line.len() > form.len()
        && line
            .bytes()
            .zip(form.bytes())
            .all(|(byte, kind)| match kind {
                b'd' => byte.is_ascii_digit(),
                other => byte == other,
            })
}

fn read_record(lines: &[&str], line_end: &str, found: &mut Found) {
    let first = lines[0].trim_end();
    if is_client_entry(first) {
        *found.records.entry("client").or_default() += 1;
        let (_, text) = first.split_once(":: ").expect("an entry has a text");
        if text.starts_with("SIP/2.0 ") || text.ends_with(" SIP/2.0") {
            let empty = lines.iter().position(|line| line.trim_end().is_empty());
            let empty = empty.expect("an empty line ends the headers");
            let body = lines[empty + 1..].concat();
            read_message(text, &lines[1..empty], &body, line_end, found);
        } else {
            found.quoted += diagnoses(&lines.concat()).len() as u64;
        }
        return;
    }
    *found.records.entry("server").or_default() += 1;
    assert!(first.starts_with("TL_"), "{first}");
    if !first.ends_with("$$begin_record") {
        assert_eq!(lines.len(), 1, "{lines:?}");
        found.quoted += diagnoses(first).len() as u64;
        return;
    }
    let end = lines
        .iter()
        .position(|line| line.trim_end() == "$$end_record")
        .expect("an end");
    assert_eq!(lines[end + 1..].concat().trim(), "");
    let lines = &lines[1..end];
    if lines.iter().any(|line| line.starts_with("Severity: ")) {
        found.server_events += 1;
        return;
    }
    let start = lines
        .iter()
        .position(|line| line.starts_with("Start-Line: "))
        .expect("a start");
    let body = lines
        .iter()
        .position(|line| line.starts_with("Message-Body: "))
        .expect("a body");
    let text = lines[start]
        .trim_end()
        .strip_prefix("Start-Line: ")
        .expect("a start");
    let content = lines[body..].concat();
    let content = content.strip_prefix("Message-Body: ").expect("a body");
    let content = if matches!(content.trim_end(), "-" | "–") {
        ""
    } else {
        content
    };
    read_message(text, &lines[start + 1..body], content, line_end, found);
}

fn read_message(start: &str, headers: &[&str], body: &str, line_end: &str, found: &mut Found) {
    let mut fields = BTreeMap::new();
    let mut values = Vec::new();
    for header in headers {
        let (name, value) = header
            .trim_end_matches(line_end)
            .split_once(": ")
            .expect("a header");
        let name = name.to_lowercase();
        if NAMES.contains(&name.as_str()) {
            *found.headers.entry(name.clone()).or_default() += 1;
            values.push(value);
        }
        fields.insert(name, value);
    }
    let from = fields["from"];
    let address = &from[from.find('<').expect("an address") + 1..];
    let user = address[..address.find(['>', ';']).expect("an end")].to_lowercase();
    for value in values {
        count_value(value, &user, found);
    }
    let status = start
        .strip_prefix("SIP/2.0 ")
        .map(|rest| rest[..3].parse().expect("a status"));
    let method = fields["cseq"]
        .split(' ')
        .nth(1)
        .expect("a method")
        .to_owned();
    if status.is_none() {
        assert!(start.starts_with(&format!("{method} ")), "{start}");
    }
    if status.is_some_and(|status| status >= 400) {
        found.failed_users.insert(user.clone());
    }
    *found.messages.entry((method, status)).or_default() += 1;
    found.call_ids.insert(fields["call-id"].to_owned());

    // Lengths are those of the wire, where lines end with CR LF.
    let extra = if line_end == "\n" {
        body.matches('\n').count()
    } else {
        0
    };
    let written = body.len() + extra;
    let length = fields
        .get("content-length")
        .map_or(0, |value| value.parse().expect("a length"));
    let added = written - length;
    assert!(
        added == 0 || added == 2 && body.ends_with(line_end),
        "{start}: {written} {length}"
    );
    found.body_bytes += length as u64;
    let kind = fields.get("content-type").copied().unwrap_or_default();
    if let Some((_, boundary)) = kind.split_once("boundary=\"") {
        let last = format!("--{}--", boundary.trim_end_matches('"'));
        assert_eq!(body.trim_end().lines().last(), Some(last.as_str()));
    }
    if kind == "application/msrtc-reporterror+xml" {
        for element in body.split("<diagHeader>").skip(1) {
            found.diag_headers += 1;
            let value = &element[..element.find("</diagHeader>").expect("an end")];
            count_value(value, &user, found);
        }
    } else if kind == "application/vq-rtcpxr+xml" {
        found.reports += 1;
        found.media_lines += body.matches("<MediaLine ").count() as u64;
    } else {
        found.quoted += diagnoses(body).len() as u64;
    }
}

fn count_value(value: &str, user: &str, found: &mut Found) {
    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
    let code = digits.parse().expect("a code");
    *found.codes.entry(code).or_default() += 1;
    found.users.entry(code).or_default().insert(user.to_owned());
    let sections: Vec<&str> = value.split(":ICEWarn=0x").collect();
    for pair in sections.windows(2) {
        let digits: String = pair[1]
            .chars()
            .take_while(char::is_ascii_hexdigit)
            .collect();
        let mask = u32::from_str_radix(&digits, 16).expect("a mask");
        *found.masks.entry(mask).or_default() += 1;
        let label = pair[0].rsplit(['"', ',', ' ']).next().expect("a label");
        let field = |name: &str| match pair[1].split_once(name) {
            Some((_, rest)) => rest.chars().take_while(char::is_ascii_digit).collect(),
            None => String::new(),
        };
        let key = [
            label.to_owned(),
            field("LocalLocation="),
            field("RemoteLocation="),
            field("FederationType="),
        ];
        *found.media.entry(key).or_default() += 1;
    }
}

/// Well-formed diagnoses in text: a name that nothing is glued to, a colon, a code.
fn diagnoses(text: &str) -> Vec<&str> {
    let lower = text.to_ascii_lowercase();
    let mut all = Vec::new();
    for name in NAMES {
        for (at, _) in lower.match_indices(&format!("{name}: ")) {
            let before = lower[..at].chars().next_back();
            let free = before.is_none_or(|c| !c.is_alphanumeric() && c != '-');
            let value = &text[at + name.len() + 2..];
            if free && value.starts_with(|c: char| c.is_ascii_digit()) {
                all.push(value);
            }
        }
    }
    all
}

/// Refuses names and addresses that are not reserved for examples.
pub(crate) fn assert_reserved(trace: &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    for word in trace.split(|c: char| !is_part(c)) {
        let word = word.trim_matches('.');
        let parts: Vec<&str> = word.split('.').collect();
        let numbers = parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok());
        // Versions of programs and masks of networks have four parts, too.
        let version = ["4.0.7577.4446", "6.0.0.0", "10.0.1", "255.255.255.0"]
            .iter()
            .any(|v| word.starts_with(v));
        if numbers && !version {
            let nets = ["192.0.2.", "198.51.100.", "203.0.113."];
            assert!(nets.iter().any(|net| word.starts_with(net)), "{word}");
        }
    }
    for after in trace.split('@').skip(1) {
        let domain: String = after.chars().take_while(|c| is_part(*c)).collect();
        let known = ["contoso.com", "fabrikam.com", "203.0.113.77"];
        assert!(known.contains(&domain.to_lowercase().as_str()), "{domain}");
    }
}
