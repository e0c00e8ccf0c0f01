//! Escaped line ends: what syslog daemons, gateways and string literals write for CR and LF.

use std::ops::Range;

/// Escapes for a line end; at one place the first that fits is taken.
const LINE_ENDS: [&[u8]; 8] = [
    b"#015#012",
    b"#015",
    b"#012",
    b"^M",
    b"\\r\\n",
    b"0D  0A",
    b"0D 0A",
    b"\\n",
];

/// The escaped line end at `at`: its length.
pub(crate) fn line_end_at(line: &[u8], at: usize) -> Option<usize> {
    if !matches!(line[at], b'#' | b'^' | b'\\' | b'0') {
        return None;
    }
    let end = LINE_ENDS.iter().find(|end| line[at..].starts_with(end))?;
    // Hexadecimal escapes stand between blanks.
    let framed = end[0] != b'0' || (at > 0 && line[at - 1] == b' ');
    framed.then_some(end.len())
}

/// Where the first escaped line end stands.
pub(crate) fn first_line_end(line: &[u8]) -> Option<usize> {
    (0..line.len()).find(|at| line_end_at(line, *at).is_some())
}

/// Whether an escaped line end closes a text.
pub(crate) fn ends_with_line_end(text: &[u8]) -> bool {
    LINE_ENDS.iter().any(|end| text.ends_with(end))
}

/// The pieces between escaped line ends, blanks around them left out, as ranges of `line`. A real
/// line end ends the last one.
pub(crate) fn pieces(line: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let start = at;
        let mut end = at;
        let mut next = None;
        while end < line.len() && line[end] != b'\n' {
            if let Some(len) = line_end_at(line, end) {
                next = Some(end + len);
                break;
            }
            end += 1;
        }
        match next {
            Some(next) => at = next,
            None => done = true,
        }
        let piece = &line[start..end];
        let lead = piece.len() - piece.trim_ascii_start().len();
        let text = piece.trim_ascii();
        Some(start + lead..start + lead + text.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_divides() {
        for line in [
            "a#015#012b",
            "a#015 b",
            "a #012b",
            "a^Mb",
            "a\\r\\nb",
            "a 0D  0A b",
            "a\\nb",
        ] {
            let got: Vec<_> = pieces(line.as_bytes()).map(|piece| &line[piece]).collect();
            assert_eq!(got, ["a", "b"], "{line}");
        }
        let got: Vec<_> = pieces(b"#1 10D 0A^").collect();
        assert_eq!(got, vec![0..10]);
        let got: Vec<_> = pieces(b"a#012b \r\nc#012d").collect();
        assert_eq!(got, [0..1, 5..6]);
    }
}
