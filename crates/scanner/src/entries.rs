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
    // All entries come through here: a look at each byte, and no more.
    let run = |from: usize, kind: u8, most: usize| {
        let rest = line.get(from..).unwrap_or_default();
        let is_of = |byte: &&u8| KINDS[usize::from(**byte)] & kind != 0;
        from + rest.iter().take(most).take_while(is_of).count()
    };
    let byte = |at: usize| line.get(at).copied().unwrap_or(0);
    // Nearly always there is one.
    let skip = |at: usize| match (byte(at), byte(at + 1)) {
        (b' ' | b'\t', b' ' | b'\t') => run(at, BLANK, usize::MAX),
        (b' ' | b'\t', _) => at + 1,
        _ => at,
    };
    let process = skip(at.min(line.len()));
    let colon = run(process, HEX, 9);
    if !(1..=8).contains(&(colon - process)) || byte(colon) != b':' {
        return None;
    }
    let thread = colon + 1;
    let behind = run(thread, HEX, 9);
    if !(1..=8).contains(&(behind - thread)) {
        return None;
    }
    let level = skip(behind);
    if let Some(b"INFO  ::" | b"TRACE ::" | b"WARN  ::" | b"ERROR ::") = line.get(level..level + 8)
    {
        return Some(skip(level + 8));
    }
    let mark = skip(run(level, LETTER, 12));
    (byte(mark) == b':' && byte(mark + 1) == b':').then(|| skip(mark + 2))
}

const BLANK: u8 = 1;
const HEX: u8 = 2;
const LETTER: u8 = 4;

/// What a byte is to the front of an entry.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    kinds[b' ' as usize] = BLANK;
    kinds[b'\t' as usize] = BLANK;
    let mut at = 0;
    while at < kinds.len() {
        if (at as u8).is_ascii_hexdigit() {
            kinds[at] |= HEX;
        }
        if (at as u8).is_ascii_alphabetic() {
            kinds[at] |= LETTER;
        }
        at += 1;
    }
    kinds
};

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
