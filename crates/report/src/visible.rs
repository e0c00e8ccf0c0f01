//! Text out of a trace, made harmless.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Text with every character that a terminal obeys or that hides itself or others written out:
/// control characters as `\xNN`, all others as `\u{…}`.
///
/// Written out are C0 and C1 controls (escape sequences start with one), line and paragraph
/// separators, bidirectional marks and overrides, zero-width characters, the byte order mark,
/// tag characters, variation selectors, and all other code points that a renderer may leave out
/// (Unicode's `Default_Ignorable_Code_Point` and `Cf`). What is left takes up the room it shows.
/// Backslashes stay as they are, because file names of Windows are full of them.
pub fn visible(text: &str) -> Cow<'_, str> {
    written_out(text, is_hidden)
}

/// The same, where tabs and line ends may stay what they are: in quoted fields.
pub(crate) fn visible_lines(text: &str) -> Cow<'_, str> {
    written_out(text, |c| !matches!(c, '\t' | '\r' | '\n') && is_hidden(c))
}

fn written_out(text: &str, is_hidden: fn(char) -> bool) -> Cow<'_, str> {
    let Some(first) = text.find(is_hidden) else {
        return Cow::Borrowed(text);
    };
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(&text[..first]);
    for c in text[first..].chars() {
        if !is_hidden(c) {
            shown.push(c);
            continue;
        }
        let code = u32::from(c);
        // Writing to a String does not fail.
        let _ = if c.is_control() {
            write!(shown, "\\x{code:02x}")
        } else {
            write!(shown, "\\u{{{code:x}}}")
        };
    }
    Cow::Owned(shown)
}

/// Whether a terminal obeys a character instead of showing it, or does not show it at all.
fn is_hidden(c: char) -> bool {
    // Nearly every character of a trace is one of these.
    if matches!(c, ' '..='~') {
        return false;
    }
    c.is_control()
        || matches!(
            u32::from(c),
            0x00ad
                | 0x034f
                | 0x0600..=0x0605
                | 0x061c
                | 0x06dd
                | 0x070f
                | 0x0890..=0x0891
                | 0x08e2
                | 0x115f..=0x1160
                | 0x17b4..=0x17b5
                | 0x180b..=0x180f
                | 0x200b..=0x200f
                | 0x2028..=0x202e
                | 0x2060..=0x206f
                | 0x3164
                | 0xfe00..=0xfe0f
                | 0xfeff
                | 0xffa0
                | 0xfff0..=0xfffb
                | 0x110bd
                | 0x110cd
                | 0x13430..=0x1343f
                | 0x1bca0..=0x1bca3
                | 0x1d173..=0x1d17a
                | 0xe0000..=0xe0fff
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_left_alone_and_not_copied() {
        for text in [
            "",
            "Call failed; 100% \"sure\"",
            r"C:\traces\S4.log",
            "Grüße, 你好, добрый день, שלום, é e\u{301}, 👍",
            "\u{fffd}",
        ] {
            assert!(
                matches!(visible(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    #[test]
    fn what_a_terminal_obeys_or_hides_is_written_out() {
        for (text, want) in [
            ("a\tb\r\nc", r"a\x09b\x0d\x0ac"),
            (
                "\u{1b}[31mred\u{1b}]0;title\u{7}",
                r"\x1b[31mred\x1b]0;title\x07",
            ),
            ("\0\u{7f}", r"\x00\x7f"),
            ("\u{9b}2J", r"\x9b2J"),
            ("user\u{202e}gpj.exe", r"user\u{202e}gpj.exe"),
            (
                "\u{2066}x\u{2069}\u{200f}\u{61c}",
                r"\u{2066}x\u{2069}\u{200f}\u{61c}",
            ),
            (
                "a\u{200b}b\u{200d}c\u{2060}d",
                r"a\u{200b}b\u{200d}c\u{2060}d",
            ),
            ("\u{feff}BOM", r"\u{feff}BOM"),
            ("\u{2028}\u{2029}\u{85}", r"\u{2028}\u{2029}\x85"),
            ("\u{e0041}\u{e007f}", r"\u{e0041}\u{e007f}"),
            ("a\u{fe0f}\u{e0101}", r"a\u{fe0f}\u{e0101}"),
            ("\u{ad}\u{3164}\u{115f}", r"\u{ad}\u{3164}\u{115f}"),
        ] {
            assert_eq!(visible(text), want);
        }
    }

    #[test]
    fn nothing_of_zero_width_is_left_but_marks_that_combine() {
        use unicode_width::UnicodeWidthChar;
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let text = visible(c.encode_utf8(&mut [0; 4])).into_owned();
            assert!(!text.chars().any(char::is_control), "{:x}", u32::from(c));
            // Invisible operators are the marks that the table output uses for colours.
            assert!(!text.contains(['\u{2061}', '\u{2062}', '\u{2063}', '\u{2064}']));
            let is_escaped = text.starts_with('\\') && c != '\\';
            assert!(c.width().is_some() || is_escaped, "{:x}", u32::from(c));
        }
    }
}
