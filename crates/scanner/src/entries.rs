//! Entries of client logs: how one begins, so that everything can see where it must end.

use crate::frame::Dress;
use crate::lines::Line;
use crate::stamps::client_stamp;

/// Where the text of an entry begins, if an entry begins at the front of `line`.
fn entry_text(line: &[u8]) -> Option<usize> {
    if !line.first()?.is_ascii_digit() {
        return None;
    }
    let (_, at) = client_stamp(line)?;
    behind_stamp(line, at)
}

/// The same, of a line whose stamp ends at `at`.
pub(crate) fn behind_stamp(line: &[u8], at: usize) -> Option<usize> {
    // All entries come through here: a step for each byte, and no more.
    let byte = |at: usize| line.get(at).copied().unwrap_or(0);
    let skip = |mut at: usize| {
        while matches!(byte(at), b' ' | b'\t') {
            at += 1;
        }
        at
    };
    let hex = |from: usize| {
        let mut at = from;
        while at < from + 9 && byte(at).is_ascii_hexdigit() {
            at += 1;
        }
        at
    };
    let process = skip(at.min(line.len()));
    let colon = hex(process);
    if !(1..=8).contains(&(colon - process)) || byte(colon) != b':' {
        return None;
    }
    let thread = colon + 1;
    let behind = hex(thread);
    if !(1..=8).contains(&(behind - thread)) {
        return None;
    }
    let level = skip(behind);
    let mut end = level;
    while end < level + 12 && byte(end).is_ascii_alphabetic() {
        end += 1;
    }
    let mark = skip(end);
    (byte(mark) == b':' && byte(mark + 1) == b':').then(|| skip(mark + 2))
}

/// Where an entry begins at the front of a line, behind blanks and list marks.
pub(crate) fn entry_start(line: &[u8]) -> Option<usize> {
    let at = crate::frame::dress_len(line, Dress::Plain);
    let at = match &line[at..] {
        [b'-' | b'*' | b'>' | b'|', b' ', ..] => at + 2,
        _ => at,
    };
    entry_text(&line[at..]).map(|text| at + text)
}

/// Whether an entry begins exactly here.
pub(crate) fn starts_with_stamp(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_digit)
        && entry_text(
            Line::at(&bytes[..bytes.len().min(256)], 0).text(&bytes[..bytes.len().min(256)]),
        )
        .is_some()
}

/// Where an entry begins in the middle of a line: the body before it had no line end.
pub(crate) fn stamp_inside(line: &[u8]) -> Option<usize> {
    // `MM/DD/YYYY` stands before each bar that matters.
    memchr::memchr_iter(b'|', line)
        .filter_map(|bar| bar.checked_sub(10))
        .find(|at| *at > 0 && entry_text(&line[*at..]).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_told_from_sentences() {
        let text = |line: &str| entry_start(line.as_bytes()).map(|at| line[at..].to_owned());
        assert_eq!(
            text("04/16/2026|03:17:30.168 1C2D:E3F INFO  :: x").as_deref(),
            Some("x")
        );
        assert_eq!(
            text("04/16/2026|03:17:30.168 1C2D:E3F INFO ::").as_deref(),
            Some("")
        );
        assert_eq!(
            text(" 04/16/2026|03:17:30.168 1C2D:E3F ERROR:: x").as_deref(),
            Some("x")
        );
        assert_eq!(text("04/16/2026|03:17:30.168 1F68 INFO :: x"), None);
        assert_eq!(text("04/16/2026 03:17:30.168 1C2D:E3F INFO :: x"), None);
        let body = b"last words04/16/2026|03:17:30.168 1C2D:E3F INFO  :: End of Data";
        assert_eq!(stamp_inside(body), Some(10));
        assert_eq!(stamp_inside(&body[10..]), None);
    }
}
