//! Finding diagnoses in text: where a name or another carrier stands, and how far its value goes.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;
use siptriage_diagnostics::{Diagnosis, HeaderName, is_sip_header, quote_len, unescape};

use crate::frame::Dress;
use crate::lines::{Line, Lines, indent};
use crate::marks::Words;
use crate::sip::{HeaderLine, StartLine, is_sdp};

/// Longest value, in bytes. Larger ones are cut there and marked.
pub(crate) const MAX_VALUE: usize = 16 << 10;

/// Lines that wrapping may have made of one value.
const MAX_WRAPS: usize = 40;

/// Lines within which an open quote must be closed for them to belong to the value.
const MAX_QUOTE_WRAPS: usize = 5;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant, and tests use it")
}

/// Where a carrier stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    /// First byte of the name, or of the code where there is no name.
    pub(crate) at: usize,
    /// First byte of the value.
    pub(crate) value: usize,
    /// The header, if it is named.
    pub(crate) header: Option<HeaderName>,
}

/// The next diagnostics header name with its colon, at or after `from`.
///
/// A name inside a longer one is another header: `x-ms-diagnostics` belongs to HTTP. Emphasis and
/// quotes may stand between name and colon (Markdown, JSON).
pub(crate) fn next_name(text: &[u8], from: usize) -> Option<Hit> {
    let mut behind = from;
    loop {
        let Range { start, end } = next_bare_name(text, behind)?;
        behind = end;
        let before = start.checked_sub(1).map(|at| text[at]);
        if before.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !crate::escapes::ends_with_line_end(&text[..start])
            || continues_a_word(&text[..start])
        {
            continue;
        }
        let colon = end + ornaments_len(&text[end..]);
        let value = match &text[colon..] {
            [b':', ..] => colon + 1,
            // The full-width colon of East Asian text.
            [0xEF, 0xBC, 0x9A, ..] => colon + 3,
            _ => continue,
        };
        // In JSON the value of a diagnosis is a string: a number there is somebody's count.
        let json = text[end..colon].contains(&b'"');
        let blanks = text[value..]
            .iter()
            .take(16)
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        if json && text.get(value + blanks) != Some(&b'"') {
            continue;
        }
        let Some(header) = HeaderName::from_name(&text[start..end]) else {
            continue;
        };
        // Emphasis is left to the value: it may have to be closed behind the code.
        let ornaments = ornaments_len(&text[value..]);
        let emphasis = text[value..value + ornaments]
            .iter()
            .position(|b| matches!(b, b'*' | b'_' | b'`'));
        let ornaments = emphasis.unwrap_or(ornaments);
        return Some(Hit {
            at: start,
            value: value + ornaments,
            header: Some(header),
        });
    }
}

/// The next name of a diagnostics header, in any case, whatever stands around it.
fn next_bare_name(text: &[u8], from: usize) -> Option<Range<usize>> {
    const END: &[u8] = b"diagnostics";
    const FRONTS: [&[u8]; 3] = [b"ms-", b"ms-client-", b"ms-server-"];
    const PUBLIC: &[u8] = b"-public";
    let ends_with = |text: &[u8], end: &[u8]| {
        let front = text.len().checked_sub(end.len());
        front.is_some_and(|front| text[front..].eq_ignore_ascii_case(end))
    };
    // Where "diagnostics" may begin: its third and fourth letter are seldom met together.
    let mut at = from;
    loop {
        at += memchr::memchr2(b'g', b'G', text.get(at..)?)? + 1;
        let start = at.saturating_sub(b"diag".len());
        let name = text.get(start..start + END.len());
        if start < from || !name.is_some_and(|name| name.eq_ignore_ascii_case(END)) {
            continue;
        }
        let before = &text[from..start];
        let front = FRONTS.into_iter().find(|front| ends_with(before, front));
        let Some(front) = front else { continue };
        let end = start + END.len();
        let public = text.get(end..end + PUBLIC.len());
        let public = public.is_some_and(|text| text.eq_ignore_ascii_case(PUBLIC));
        return Some(start - front.len()..end + if public { PUBLIC.len() } else { 0 });
    }
}

/// Whether a text ends in the middle of a longer name: an underscore, or a dash that a text
/// processor put for the hyphen, behind a letter or digit.
fn continues_a_word(text: &[u8]) -> bool {
    let before = match text {
        [before @ .., b'_'] | [before @ .., 0xE2, 0x80, 0x90..=0x95] => before,
        _ => return false,
    };
    before.last().is_some_and(u8::is_ascii_alphanumeric)
}

/// Most bytes of dress between a name, its colon and its value.
const MAX_ORNAMENTS: usize = 32;

/// How much dress a text begins with: blanks, no-break spaces, Markdown emphasis, quotes of JSON,
/// and tags of HTML that open or close emphasis.
fn ornaments_len(text: &[u8]) -> usize {
    let mut at = 0;
    while at < MAX_ORNAMENTS {
        at += match &text[at..] {
            [b' ' | b'\t' | b'*' | b'_' | b'`' | b'"' | b'\'', ..] => 1,
            [0xC2, 0xA0, ..] => 2,
            [0xE2, 0x80, 0x8B, ..] => 3,
            rest if rest.starts_with(b"&nbsp;") => 6,
            [b'<', rest @ ..] => {
                let rest = rest.strip_prefix(b"/").unwrap_or(rest);
                let name = rest
                    .iter()
                    .take(8)
                    .take_while(|b| b.is_ascii_alphanumeric())
                    .count();
                let emphasis: [&[u8]; 7] = [b"b", b"i", b"em", b"strong", b"code", b"span", b"tt"];
                if rest.get(name) != Some(&b'>')
                    || !emphasis
                        .iter()
                        .any(|tag| rest[..name].eq_ignore_ascii_case(tag))
                {
                    return at;
                }
                text[at..].len() - rest.len() + name + 1
            }
            _ => return at,
        };
    }
    at
}

/// Whether a text holds a whole named diagnosis: a name, a code and a parameter.
pub(crate) fn holds_diagnosis(text: &[u8]) -> bool {
    let mut from = 0;
    while let Some(hit) = next_name(text, from) {
        let line = Line::at(text, hit.value);
        let diagnosis = Diagnosis::parse(line.text(text));
        if diagnosis.is_ok_and(|d| d.is_well_formed() && d.params().next().is_some()) {
            return true;
        }
        from = hit.value;
    }
    false
}

/// The next name-less diagnosis in the form of monitoring reports: a code, `; reason=`, and one of
/// the parameters that only those have.
///
/// Its code and the word `reason` stand in `text[from..limit]`; the rest may be behind.
pub(crate) fn next_cdr(text: &[u8], from: usize, limit: usize) -> Option<Hit> {
    static REASON: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i-u);(?:[ \t]|\xC2\xA0)*reason[ \t]*="));
    const KEYS: [&[u8]; 3] = [b"UserType", b"MediaType", b"ICEWarn"];
    for found in REASON.find_iter(text.get(from..limit)?) {
        let semicolon = from + found.start();
        let before = text[from..semicolon].trim_ascii_end();
        let code = before
            .iter()
            .rev()
            .take(21)
            .take_while(|b| b.is_ascii_digit() || **b == b'.');
        let code_at = from + before.len() - code.count();
        let dots = before[code_at - from..]
            .iter()
            .filter(|b| **b == b'.')
            .count();
        if code_at == from + before.len() || text[code_at] == b'.' || dots > 1 {
            continue;
        }
        let head = &text[..code_at];
        let glued = head
            .last()
            .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if glued || is_under_another_header(head) {
            continue;
        }
        let value = value_at(text, code_at, Dress::Plain);
        let has_key = Diagnosis::parse(&value.text).is_ok_and(|diagnosis| {
            // Up to the next one on the same line.
            let is_reason = |name: &[u8]| name.eq_ignore_ascii_case(b"reason");
            let mut own = diagnosis
                .params()
                .enumerate()
                .take_while(|(at, param)| *at == 0 || !is_reason(param.name));
            own.any(|(_, param)| KEYS.iter().any(|key| param.name.eq_ignore_ascii_case(key)))
        });
        if has_key {
            return Some(Hit {
                at: code_at,
                value: code_at,
                header: None,
            });
        }
    }
    None
}

/// Whether a text ends with a header's name and colon: hyphenated words, as in `X-Remote-Reason:`,
/// and `Reason:`. The words that reports put before a diagnosis are none.
fn is_under_another_header(text: &[u8]) -> bool {
    let Some(before) = text.trim_ascii_end().strip_suffix(b":") else {
        return false;
    };
    let before = before.trim_ascii_end();
    let name = before
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-')
        .count();
    let name = &before[before.len() - name..];
    name.contains(&b'-') || name.eq_ignore_ascii_case(b"Reason")
}

/// The next `diagHeader` element, at or after `from`.
pub(crate) fn next_diag_header(text: &[u8], from: usize) -> Option<Hit> {
    static ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i-u)(?:<(?:[a-z0-9]{1,16}:)?diagheader(?:\s[^<>/]{0,200})?>|&lt;diagheader&gt;)")
    });
    let found = ELEMENT.find(text.get(from..)?)?;
    let value = from + found.end();
    let blanks = text[value..]
        .iter()
        .take_while(|b| b.is_ascii_whitespace())
        .count();
    Some(Hit {
        at: value + blanks,
        value: value + blanks,
        header: None,
    })
}

/// A value as it was before it was wrapped and escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value<'t> {
    pub(crate) text: Cow<'t, [u8]>,
    /// Behind the last byte of it in the trace.
    pub(crate) end: usize,
    /// Whether it was longer than [`MAX_VALUE`].
    pub(crate) too_long: bool,
}

/// The value that begins at `start`, wrapped lines joined with one blank each.
pub(crate) fn value_at(bytes: &[u8], start: usize, dress: Dress) -> Value<'_> {
    let near = &bytes[..bytes.len().min(start + MAX_VALUE + 1)];
    let line = Line::at(near, start);
    let prefix = quote_prefix(bytes, start);
    let (first, mut closed) = clip(up_to_next_name(&bytes[start..line.end]), dress);
    // A line that goes on behind the longest value is not joined to anything.
    closed |= line.next == near.len() && near.len() < bytes.len();
    let mut joined: Option<Vec<u8>> = None;
    let mut end = start + first.len();
    let mut next = line.next;
    let mut wraps = 0;
    while !closed && dress != Dress::Escaped && next < bytes.len() && wraps < MAX_WRAPS {
        let line = Line::at(bytes, next);
        let text = line.text(bytes);
        let skip = continuation_dress(prefix, text);
        let content = &text[skip..];
        let so_far = joined.as_deref().unwrap_or(first).trim_ascii_end();
        if so_far.len() > MAX_VALUE || content.trim_ascii().is_empty() {
            break;
        }
        let goes_on = if so_far.is_empty() {
            // Wrapped right behind the name.
            Diagnosis::parse(content).is_ok_and(|diagnosis| diagnosis.is_well_formed())
        } else if is_open(so_far) {
            is_closed_soon(bytes, next, prefix)
        } else {
            !ends_value(content, false) && continues(so_far, content)
        };
        if !goes_on {
            break;
        }
        let mut whole = Vec::with_capacity(so_far.len() + 1 + content.len());
        whole.extend_from_slice(so_far);
        whole.push(b' ');
        let (clipped, clip_closes) = clip(content, dress);
        whole.extend_from_slice(clipped);
        end = line.start + skip + clipped.len();
        joined = Some(whole);
        closed = clip_closes;
        next = line.next;
        wraps += 1;
    }
    let mut text = match joined {
        Some(joined) => match unescape(&joined) {
            Cow::Owned(plain) => Cow::Owned(plain),
            Cow::Borrowed(_) => Cow::Owned(joined),
        },
        None => unescape(first),
    };
    let too_long = text.len() > MAX_VALUE;
    if too_long {
        match &mut text {
            Cow::Borrowed(text) => *text = &text[..MAX_VALUE],
            Cow::Owned(text) => text.truncate(MAX_VALUE),
        }
    }
    Value {
        text,
        end,
        too_long,
    }
}

/// Lines longer than this may hold many diagnoses.
const LONG_LINE: usize = 1 << 10;

/// A long line's text up to the next diagnosis on it: one value need not be read through all that
/// follow. Inside of quotes a name is a part of the value; but not the fourth.
fn up_to_next_name(text: &[u8]) -> &[u8] {
    if text.len() <= LONG_LINE {
        return text;
    }
    let mut from = 0;
    for _ in 0..4 {
        let Some(hit) = next_name(text, from) else {
            return text;
        };
        let before = &text[..hit.at];
        let quotes = before.iter().filter(|b| **b == b'"').count();
        if quotes % 2 == 0 && before.is_ascii() {
            return before;
        }
        from = hit.value;
    }
    &text[..from]
}

/// If the last diagnosis in `bytes[..len]` was wrapped: where the line ends that it reaches.
pub(crate) fn wrapped_end(bytes: &[u8], len: usize) -> Option<usize> {
    let text = &bytes[..len];
    if Words::of(text).is_empty() {
        // The name-less form shows its keys late: they may stand on a line that was wrapped.
        memchr::memmem::find(text, b"eason")?;
    }
    if let Some(end) = opened_element_end(bytes, len) {
        return Some(end);
    }
    let mut last = None;
    let mut from = 0;
    while let Some(hit) = next_name(text, from) {
        from = hit.value;
        last = Some(hit);
    }
    let last = last.or_else(|| next_cdr(bytes, 0, len))?;
    Diagnosis::parse(&bytes[last.value..]).ok()?;
    // No farther than a framer may look.
    let bytes = &bytes[..bytes.len().min(len + crate::frame::LOOK_AHEAD)];
    let end = value_at(bytes, last.value, Dress::Plain).end;
    (end > len).then(|| Line::at(bytes, end).next)
}

/// If a line ends with an open `diagHeader` element whose value is on the next line: where that one
/// ends.
fn opened_element_end(bytes: &[u8], len: usize) -> Option<usize> {
    let mut from = 0;
    let mut last = None;
    while let Some(hit) = next_diag_header(&bytes[..len], from) {
        from = hit.value;
        last = Some(hit.value);
    }
    let bytes = &bytes[..bytes.len().min(len + crate::frame::LOOK_AHEAD)];
    let behind = last?;
    (behind >= bytes[..len].trim_ascii_end().len() && len < bytes.len())
        .then(|| Line::at(bytes, len).next)
}

/// A value's part on one line, and whether something on that line closes the value for good: the
/// end of an element or of a string literal, an escaped line end, the stamp of the next entry.
fn clip(line: &[u8], dress: Dress) -> (&[u8], bool) {
    let mut end = line.len();
    let mut closed = false;
    let mut cut = |at: Option<usize>| {
        if let Some(at) = at.filter(|at| *at < end) {
            end = at;
            closed = true;
        }
    };
    // Most lines have no byte of these.
    if memchr::memchr3(b'<', b'&', b'\\', line).is_some() {
        cut(memchr::memmem::find(line, b"</"));
        cut(memchr::memmem::find(line, b"<br"));
        cut(memchr::memmem::find(line, b"&lt;/"));
        cut(memchr::memmem::find(line, b"\\r\\n"));
    }
    cut(crate::entries::stamp_inside(line));
    if dress == Dress::Escaped {
        cut(crate::escapes::first_line_end(line));
    }
    let mut text = line[..end].trim_ascii_end();
    if !closed && text.ends_with(b"\\") {
        // Markdown's mark for a line end.
        text = text[..text.len() - 1].trim_ascii_end();
    }
    (text, closed)
}

/// Whether the last parameter's quote is still open.
fn is_open(value: &[u8]) -> bool {
    let value = unescape(value);
    let Ok(diagnosis) = Diagnosis::parse(&value) else {
        return false;
    };
    diagnosis.params().last().is_some_and(|param| param.open)
}

/// Most bytes of a line before a value that may hold a mark and a header name.
const MAX_QUOTE_PREFIX: usize = 128;

/// The mark that quoted mails and comments put before each line, if the line around `at` has one.
/// List marks are none: a line that begins with one is another item.
fn quote_prefix(bytes: &[u8], at: usize) -> &[u8] {
    // Such a mark is short, and stands with the name at the front of its line.
    let least = at.saturating_sub(MAX_QUOTE_PREFIX);
    let start = match memchr::memrchr(b'\n', &bytes[least..at]) {
        Some(lf) => least + lf + 1,
        None if least == 0 => 0,
        None => return b"",
    };
    let line = &bytes[start..at];
    let line = &line[indent(line)..];
    let len = line
        .iter()
        .take_while(|b| matches!(b, b'>' | b'*' | b'/' | b'|' | b'#' | b' ' | b'\t'))
        .count();
    line[..len].trim_ascii()
}

/// How much of a continuation line is dress: blanks, and the mark of the line it continues.
fn continuation_dress(prefix: &[u8], text: &[u8]) -> usize {
    let blanks = indent(text);
    if prefix.is_empty() || !text[blanks..].starts_with(prefix) {
        return blanks;
    }
    let behind = blanks + prefix.len();
    behind + indent(&text[behind..])
}

/// Whether a quotation mark comes within the next lines, before anything that ends a value. Lines
/// that bring fields of a media record are not counted.
fn is_closed_soon(bytes: &[u8], from: usize, prefix: &[u8]) -> bool {
    let mut prose = 0;
    for line in Lines::from(bytes, from).take(MAX_WRAPS) {
        let text = line.text(bytes);
        let content = &text[continuation_dress(prefix, text)..];
        if content.trim_ascii().is_empty() || ends_value(content, true) {
            return false;
        }
        let plain = unescape(content);
        if (0..plain.len()).any(|at| quote_len(&plain, at) > 0) {
            return true;
        }
        let name = content
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        if name == 0 || content.get(name) != Some(&b'=') {
            prose += 1;
        }
        if prose >= MAX_QUOTE_WRAPS {
            return false;
        }
    }
    false
}

/// Whether a line, not indented, cannot belong to the value before it.
fn ends_value(content: &[u8], quote_is_open: bool) -> bool {
    let header = HeaderLine::parse(content).is_some_and(|header| {
        !quote_is_open || is_sip_header(header.name) || HeaderName::from_name(header.name).is_some()
    });
    // Another diagnosis of a monitoring report.
    let digits = content
        .iter()
        .take(10)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let another = digits > 0 && content[digits..].trim_ascii_start().starts_with(b";");
    header
        || another
        || StartLine::parse(content).is_some()
        || is_sdp(content)
        || content.starts_with(b"$$")
        || content.starts_with(b"TL_")
        || content.starts_with(b"MESSAGE END ")
        || content.starts_with(b"<")
        || crate::entries::starts_with_stamp(content)
        || matches!(
            content,
            [b'-' | b'*' | b'>', b' ', ..] | [0xE2, 0x80, 0xA2, ..]
        )
}

/// Whether a line goes on with a value whose quotes are all closed: the value ends where a
/// parameter is still owed, and the line brings it.
fn continues(so_far: &[u8], content: &[u8]) -> bool {
    let name = content
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let name = name.count();
    let is_param = name > 0 && content[name..].trim_ascii_start().starts_with(b"=");
    match so_far.last() {
        Some(b'=') => quote_len(content, 0) > 0 || name > 0,
        Some(b';') => is_param,
        Some(_) => {
            content[0] == b';' && {
                let rest = content[1..].trim_ascii_start();
                let name = rest
                    .iter()
                    .take_while(|b| b.is_ascii_alphanumeric())
                    .count();
                name > 0 && rest[name..].trim_ascii_start().starts_with(b"=")
            }
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::tests::numbers;

    #[test]
    fn names_are_found_wherever_they_stand() {
        for text in [
            "ms-diagnostics: 24",
            "- it says Ms-Diagnostics:  24",
            "**ms-diagnostics**: 24",
            "`ms-diagnostics:` 24",
            "MS-DIAGNOSTICS : 24",
            "\"ms-diagnostics\": \"24",
            "ms-server-diagnostics：24",
            "_ms-diagnostics_: 24",
            "<b>ms-diagnostics</b>: 24",
            "<strong>ms-diagnostics:</strong>\u{A0}24",
        ] {
            let hit = next_name(text.as_bytes(), 0).expect(text);
            assert_eq!(hit.header, Some(HeaderName::MsDiagnostics), "{text}");
            let diagnosis = Diagnosis::parse(&text.as_bytes()[hit.value..]);
            assert_eq!(diagnosis.map(|d| d.code), Ok(24), "{text}");
        }
        for text in [
            "x-ms-diagnostics: 24",
            "X-Ms-Diagnostics: 24",
            "113x-ms-diagnostics: 24",
            "ams-diagnostics: 24",
            "ms-diagnostics-x: 24",
            "ms-diagnostics are: 24",
            "ms-client-diagnostics-24-reason",
            "\"ms-diagnostics\": 24",
            "x_ms-diagnostics: 24",
            "x–ms-diagnostics: 24",
        ] {
            assert_eq!(next_name(text.as_bytes(), 0), None, "{text}");
        }
    }

    #[test]
    fn bare_names_are_those_of_the_pattern() {
        let name = regex("(?i-u)ms-(?:client-|server-)?diagnostics(?:-public)?");
        let pieces = [
            "ms-",
            "MS-",
            "client-",
            "Server-",
            "diagnostics",
            "Diagnostics",
            "dia",
            "gnostics",
            "-public",
            "-Public",
            "-",
            "g",
            "ms",
            "DIAGNOSTICS",
            " ",
            "é",
            ":",
        ];
        for seed in 0..4000 {
            let mut number = numbers(seed);
            let pieces = (0..1 + number(12)).map(|_| pieces[number(pieces.len())]);
            let text: String = pieces.collect();
            for from in 0..=text.len().min(12) {
                let want = name
                    .find_at(text.as_bytes(), from)
                    .map(|found| found.range());
                let want = want.filter(|range| range.start >= from);
                assert_eq!(next_bare_name(text.as_bytes(), from), want, "{text} {from}");
            }
        }
    }

    #[test]
    fn the_name_less_form_needs_a_key_of_its_own() {
        let at = |text: &str| next_cdr(text.as_bytes(), 0, text.len()).map(|hit| hit.at);
        assert_eq!(at("header 25; reason=\"x\"; UserType=\"Callee\""), Some(7));
        assert_eq!(at("25;reason=”x”;ICEWarn=”0x1”"), Some(0));
        assert_eq!(
            at("Diagnostic header: 25; reason=”x”;\nUserType=”Callee”"),
            Some(19)
        );
        for text in [
            "NotFound10013; reason=\"x\"; UserType=\"Callee\"",
            "10013; reason=\"x\"; component=\"y\"",
            "X-Remote-Reason: 1409; reason=\"404\"; MediaType=\"audio\"",
            "; reason=\"x\"; UserType=\"Callee\"",
            "Reason: 24; reason=\"x\"; UserType=\"Callee\"",
            "192.0.2.1; reason=\"x\"; UserType=\"Callee\"",
            "24; reason=\"say; UserType=x\"; component=\"y\"",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn wrapped_values_are_joined_and_nothing_else_is() {
        let value = |text: &str| {
            String::from_utf8(value_at(text.as_bytes(), 0, Dress::Plain).text.into_owned()).unwrap()
        };
        for (text, want) in [
            ("1;reason=\"a\nb\";x=y", "1;reason=\"a b\";x=y"),
            ("1;reason=”a\r\n   b”", "1;reason=”a b”"),
            (
                "1;reason=\"a\";\n  source=\"b\"",
                "1;reason=\"a\"; source=\"b\"",
            ),
            (
                "1;reason=\"a\";d=\n “b”;\n cd=e",
                "1;reason=\"a\";d= “b”; cd=e",
            ),
            ("1;reason=\"a\"\n ;source=b", "1;reason=\"a\" ;source=b"),
            // An open quote that nothing closes swallows nothing.
            ("1;reason=\"a\na=candidate:1 \"x\"", "1;reason=\"a"),
            ("1;reason=\"a\nVia: \"x\"", "1;reason=\"a"),
            ("1;reason=\"a\n\n\"", "1;reason=\"a"),
            ("1;reason=\"a\nb\nc\nd\ne\nf\n\"", "1;reason=\"a"),
            (
                "1;x=\"a:\nbb=1,\ncc=2,\ndd=3,\nee=4,\nff=5,\ngg=6\"",
                "1;x=\"a: bb=1, cc=2, dd=3, ee=4, ff=5, gg=6\"",
            ),
            ("\n1;reason=\"a\"", " 1;reason=\"a\""),
            ("1;reason=\"a\";\nServer: b=c", "1;reason=\"a\";"),
            ("1;reason=\"a\"\n  some prose", "1;reason=\"a\""),
            ("1;reason=\"a\"\\\nx", "1;reason=\"a\""),
            ("1;reason=\"a\"</diagHeader>;b=c", "1;reason=\"a\""),
            ("1;reason=\\\"a\\\"\\r\\n\" more", "1;reason=\"a\""),
            (
                "1;r=\"a\"03/14/2026|09:26:53.589 1A2C:F40 INFO  :: x",
                "1;r=\"a\"",
            ),
        ] {
            assert_eq!(value(text), want, "{text}");
        }
    }

    #[test]
    fn dress_between_name_and_colon_has_kinds_and_a_bound() {
        let is_found = |between: &str| {
            let text = format!("ms-diagnostics{between}: 24");
            next_name(text.as_bytes(), 0).is_some()
        };
        for between in ["\u{200B}", "\u{A0}", "&nbsp;", "</b>", "</strong> "] {
            assert!(is_found(between), "{between:?}");
        }
        for between in ["</x>", "<b ", "<b", "\u{200C}"] {
            assert!(!is_found(between), "{between:?}");
        }
        assert!(is_found(&"*".repeat(MAX_ORNAMENTS)));
        assert!(!is_found(&"*".repeat(MAX_ORNAMENTS + 1)));
    }

    #[test]
    fn a_whole_diagnosis_has_a_parameter() {
        assert!(holds_diagnosis(b"a\nms-diagnostics: 24;reason=\"x\""));
        assert!(holds_diagnosis(
            b"ms-diagnostics are, ms-diagnostics: 24;a=b"
        ));
        assert!(!holds_diagnosis(b"ms-diagnostics: 24"));
        assert!(!holds_diagnosis(b"words"));
    }

    #[test]
    fn codes_of_the_name_less_form_have_one_full_stop_at_most() {
        let at = |text: &str| next_cdr(text.as_bytes(), 0, text.len()).map(|hit| hit.at);
        assert_eq!(at("25.3; reason=\"x\"; UserType=\"Callee\""), Some(0));
        assert_eq!(at("2.5.3; reason=\"x\"; UserType=\"Callee\""), None);
        assert_eq!(at(".25; reason=\"x\"; UserType=\"Callee\""), None);
        assert_eq!(at("X-Cause: 24; reason=\"x\"; UserType=\"Callee\""), None);
        assert_eq!(at("Cause: 24; reason=\"x\"; UserType=\"Callee\""), Some(7));
    }

    #[test]
    fn elements_are_looked_for_from_a_place_on() {
        let text = b"<diagHeader>1;a=b</diagHeader><x:diagHeader id=\"1\"> 2;c=d";
        let first = next_diag_header(text, 0).unwrap();
        assert!(text[first.value..].starts_with(b"1;"));
        let second = next_diag_header(text, first.value).unwrap();
        assert!(text[second.value..].starts_with(b"2;"));
        assert_eq!(second.at, second.value);
        assert_eq!(next_diag_header(text, second.value), None);
    }

    #[test]
    fn values_are_as_long_as_they_may_be_and_no_longer() {
        let long = |len: usize| {
            let mut line = b"1;reason=\"".to_vec();
            line.resize(len - 1, b'a');
            line.push(b'"');
            line
        };
        // Exactly as long, and one longer.
        let value = |text: &[u8]| {
            let value = value_at(text, 0, Dress::Plain);
            (value.text.len(), value.end, value.too_long)
        };
        assert_eq!(value(&long(MAX_VALUE)), (MAX_VALUE, MAX_VALUE, false));
        let (len, _, too_long) = value(&long(MAX_VALUE + 1));
        assert_eq!((len, too_long), (MAX_VALUE, true));
        // A shorter line goes on with the next.
        let wrapped = [long(MAX_VALUE - 1), b"\n;b=c".to_vec()].concat();
        assert_eq!(value(&wrapped), (MAX_VALUE, wrapped.len(), true));
        // A longer one does not go on with itself, as if it were two.
        let split = [long(MAX_VALUE + 1), b";b=c".to_vec()].concat();
        assert_eq!(value(&split).1, MAX_VALUE + 1);
        // Lines are joined until all is long enough.
        let mut lines = long(5_000);
        for _ in 0..6 {
            lines.extend_from_slice(b"\n;b=");
            lines.resize(lines.len() + 4_996, b'c');
        }
        assert_eq!(value(&lines).1, 4 * 5_000);
    }

    #[test]
    fn values_end_where_they_are_closed_and_after_many_lines() {
        let value = |text: &str, dress| {
            let value = value_at(text.as_bytes(), 0, dress);
            (value.text.len(), value.end)
        };
        let text = "1;r=\"a\"\n   ;b=c";
        assert_eq!(value(text, Dress::Plain), (12, text.len()));
        // Of one line that stands for many, the next line is another one.
        assert_eq!(value(text, Dress::Escaped), (7, 7));
        assert_eq!(value("1;r=\"a\"</diagHeader>\n;b=c", Dress::Plain), (7, 7));
        let many = format!("1;r=\"a\"{}", "\n;b=c".repeat(MAX_WRAPS + 5));
        assert_eq!(value(&many, Dress::Plain).1, 7 + 5 * MAX_WRAPS);
    }

    #[test]
    fn of_a_long_line_a_value_ends_before_the_next_name() {
        let pad = "x".repeat(LONG_LINE);
        let next = "ms-diagnostics: 25;a=b";
        let short = format!("24;reason=\"x\" {next}");
        assert_eq!(up_to_next_name(short.as_bytes()), short.as_bytes());
        let own = format!("24;reason=\"{pad}\" ");
        let long = format!("{own}{next}");
        assert_eq!(up_to_next_name(long.as_bytes()), own.as_bytes());
        // Inside of quotes it is a part of the value, but for the fourth.
        let quoted = format!("24;reason=\"{pad} {next} {next}\" ");
        let long = format!("{quoted}{next}");
        assert_eq!(up_to_next_name(long.as_bytes()), quoted.as_bytes());
        let long = format!("24;reason=\"{pad} {next} {next} {next} {next} {next}");
        let found = up_to_next_name(long.as_bytes());
        assert!(found.ends_with(b"ms-diagnostics: ") && found.len() < long.len() - next.len());
        // Quotes of other kinds are not counted, so they end nothing.
        let typographic = format!("24;reason=”{pad} {next}”");
        assert_eq!(
            up_to_next_name(typographic.as_bytes()),
            typographic.as_bytes()
        );
    }

    #[test]
    fn an_element_at_the_end_of_a_line_has_its_value_on_the_next() {
        let text = b"words <diagHeader> \n1;a=b</diagHeader>\nmore";
        let line = Line::at(text, 0).next;
        assert_eq!(opened_element_end(text, line), Some(39));
        assert_eq!(opened_element_end(b"<diagHeader>1;a=b\nx", 18), None);
        assert_eq!(opened_element_end(b"<diagHeader>", 12), None);
    }

    #[test]
    fn the_mark_of_a_quoted_line_stands_near_the_name() {
        let prefix = |text: &str| {
            let at = text.find("ms-").unwrap();
            String::from_utf8(quote_prefix(text.as_bytes(), at).to_vec()).unwrap()
        };
        assert_eq!(prefix("> ms-diagnostics: 24"), ">");
        assert_eq!(prefix("words\n  >> ms-diagnostics: 24"), ">>");
        let pad = "x".repeat(200);
        assert_eq!(prefix(&format!("{pad}\n# ms-diagnostics: 24")), "#");
        // A line that begins farther back has none, even where all begins with one.
        assert_eq!(prefix(&format!("> {pad} ms-diagnostics: 24")), "");
        assert_eq!(continuation_dress(b">", b"  b=c"), 2);
        assert_eq!(continuation_dress(b">", b" > b=c"), 3);
        assert_eq!(continuation_dress(b"", b"\t> b=c"), 1);
    }

    #[test]
    fn each_kind_of_line_that_ends_a_value_does_so_alone() {
        for line in [
            "Via: SIP/2.0/TLS 192.0.2.1",
            "ms-diagnostics: 25",
            "25 ; reason=\"x\"",
            "INVITE sip:ann@contoso.com SIP/2.0",
            "a=candidate:1",
            "$$end_record",
            "TL_INFO(TF_PROTOCOL)",
            "MESSAGE END 1",
            "<error>",
            "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: x",
            "- b",
            "* b",
            "> b",
            "\u{2022} b",
        ] {
            for quote_is_open in [true, false] {
                assert!(ends_value(line.as_bytes(), quote_is_open), "{line}");
            }
        }
        for line in ["words", "bb=c", "-b", "25 words", "TLS"] {
            for quote_is_open in [true, false] {
                assert!(!ends_value(line.as_bytes(), quote_is_open), "{line}");
            }
        }
        // Of headers that nobody knows only those count that stand in no quotation.
        assert!(ends_value(b"Own: b", false) && !ends_value(b"Own: b", true));
    }

    #[test]
    fn a_line_goes_on_where_a_parameter_is_owed() {
        for (so_far, line, want) in [
            ("1;a=", "b", true),
            ("1;a=", "\"b\"", true),
            ("1;a=", "(b", false),
            ("1;a=b;", "c =d", true),
            ("1;a=b;", "=d", false),
            ("1;a=b;", "words", false),
            ("1;a=b", ";c=d", true),
            ("1;a=b", "; c = d", true),
            ("1;a=b", "c=d", false),
            ("1;a=b", ";words", false),
            ("1;a=b", ";=d", false),
            ("", "a=b", false),
        ] {
            let goes_on = continues(so_far.as_bytes(), line.as_bytes());
            assert_eq!(goes_on, want, "{so_far} | {line}");
        }
    }
}
