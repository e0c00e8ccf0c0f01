//! Text in which HTML finds nothing of its own.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::visible::visible;

/// Text for elements and quoted attributes: markup is escaped, and what [`visible`] writes out
/// stays in the line.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let text = visible(text);
    if !text.contains(['&', '<', '>', '"', '\'', '`']) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '`' => escaped.push_str("&#96;"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

/// JSON for a data block: no tag and no comment can begin or end in it, and nothing in it ends a
/// line of a script.
pub(super) fn data_block(json: &str) -> String {
    let mut block = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a String does not fail.
                let _ = write!(block, "\\u{:04x}", u32::from(c));
            }
            c => block.push(c),
        }
    }
    block
}

/// The address of a file, where its path is absolute and leads to a file itself.
pub(super) fn file_address(path: &str) -> Option<String> {
    // Behind a `!` is a member of an archive, which no browser opens.
    if path.contains('!') {
        return None;
    }
    let bytes = path.as_bytes();
    let is_drive = bytes.len() > 3
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && matches!(bytes[2], b'\\' | b'/');
    let path = if is_drive {
        format!("/{}", path.replace('\\', "/"))
    } else if path.starts_with('/') && !path.starts_with("//") {
        path.to_owned()
    } else {
        return None;
    };
    let mut address = "file://".to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~:".contains(&byte) {
            address.push(char::from(byte));
        } else {
            let _ = write!(address, "%{byte:02X}");
        }
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        for (text, want) in [
            ("plain; 100%", "plain; 100%"),
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            (
                "a\" onload='x' `y`",
                "a&quot; onload=&#39;x&#39; &#96;y&#96;",
            ),
            ("&amp;", "&amp;amp;"),
            ("a\u{202e}b\u{1b}[31m\n", r"a\u{202e}b\x1b[31m\x0a"),
            ("\u{2028}\0", r"\u{2028}\x00"),
        ] {
            assert_eq!(escaped(text), want);
        }
    }

    #[test]
    fn nothing_ends_a_data_block() {
        let block = data_block("\"</script><!--&\u{2028}\u{2029}\"");
        assert_eq!(
            block,
            "\"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028\\u2029\""
        );
        let back: String = serde_json::from_str(&block).expect("still JSON");
        assert_eq!(back, "</script><!--&\u{2028}\u{2029}");
    }

    #[test]
    fn only_absolute_paths_are_addresses() {
        for (path, want) in [
            (
                "/var/log/a b#1?.txt",
                Some("file:///var/log/a%20b%231%3F.txt"),
            ),
            (r"C:\traces\S4.log", Some("file:///C:/traces/S4.log")),
            (
                "/x/\"><script>.log",
                Some("file:///x/%22%3E%3Cscript%3E.log"),
            ),
            ("traces/a.log", None),
            ("javascript:alert(1)", None),
            (r"\\server\share\a.log", None),
            ("//server/share/a.log", None),
            ("/x/case.zip!a.log", None),
            ("", None),
        ] {
            assert_eq!(file_address(path).as_deref(), want, "{path}");
        }
    }
}
