//! What SIP text looks like, line by line (RFC 3261, section 7).

use std::sync::LazyLock;

use memchr::memmem::Finder;
use siptriage_diagnostics::is_sip_header;

use crate::lines::indent;

/// A start line: where its text ends, and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StartLine {
    /// Bytes of it; a header that a lost line end joined to it is not part of it.
    pub(crate) len: usize,
    /// The status code of a response; `None` for a request.
    pub(crate) status: Option<u16>,
}

impl StartLine {
    /// The start line at the front of `line`.
    ///
    /// A response needs `SIP/2.0`, three digits and a blank or the end. A request needs a method
    /// in capitals, a URI, and `SIP/2.0`, after which the line ends or a header follows that a
    /// lost line end joined to it.
    pub(crate) fn parse(line: &[u8]) -> Option<StartLine> {
        if !line.starts_with(b"SIP/2.0 ") && !StartLine::has_method(line) {
            return None;
        }
        // In source code the escaped line end stands behind it.
        let line = match find_escaped_line_end(line) {
            Some(end) => &line[..end],
            None => line,
        };
        match line.first()? {
            b'S' if line.starts_with(b"SIP/2.0 ") => StartLine::status_line(line),
            b'A'..=b'Z' => StartLine::request_line(line),
            _ => None,
        }
    }

    /// Whether a line begins with what can be a method, so that it, or it with the next line, may be
    /// a request line.
    pub(crate) fn has_method(line: &[u8]) -> bool {
        let mut len = 0;
        while line.get(len).is_some_and(u8::is_ascii_uppercase) {
            len += 1;
        }
        (3..=20).contains(&len) && line.get(len).is_none_or(u8::is_ascii_whitespace)
    }

    fn status_line(line: &[u8]) -> Option<StartLine> {
        let digits = 8 + indent(&line[8..]);
        let code = line.get(digits..digits + 3)?;
        if !code.iter().all(u8::is_ascii_digit) || !(b'1'..=b'7').contains(&code[0]) {
            return None;
        }
        match line.get(digits + 3) {
            None | Some(b' ' | b'\t' | b'\r') => {}
            Some(_) => return None,
        }
        let status = code
            .iter()
            .fold(0, |n, digit| n * 10 + u16::from(digit - b'0'));
        let len = joined_header(line, digits + 3).unwrap_or(line.len());
        Some(StartLine {
            len: line[..len].trim_ascii_end().len(),
            status: Some(status),
        })
    }

    fn request_line(line: &[u8]) -> Option<StartLine> {
        let method = line.iter().take_while(|b| b.is_ascii_uppercase()).count();
        if !(3..=20).contains(&method) || line.get(method) != Some(&b' ') {
            return None;
        }
        let uri = method + indent(&line[method..]);
        if !has_uri(&line[uri..]) {
            return None;
        }
        static VERSION: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b" SIP/2.0"));
        let version = VERSION.find(&line[uri..])? + uri;
        let end = version + b" SIP/2.0".len();
        let rest = &line[end..];
        let closed = rest.trim_ascii().is_empty()
            || matches!(rest, b"." | b"\\" | b"\"" | b".\r")
            || joined_header(line, end) == Some(end);
        closed.then_some(StartLine {
            len: end,
            status: None,
        })
    }

    /// Whether `line` is a request line that was wrapped before `SIP/2.0` or before the URI, and
    /// `next` is its rest.
    pub(crate) fn is_wrapped(line: &[u8], next: &[u8]) -> bool {
        let method = line.iter().take_while(|b| b.is_ascii_uppercase()).count();
        // A framer need not see more of the next line.
        if !(3..=20).contains(&method) || next.len() > MAX_WRAPPED {
            return false;
        }
        let (rest, next) = (line[method..].trim_ascii(), next.trim_ascii());
        if rest.is_empty() {
            return has_uri(next) && next.ends_with(b" SIP/2.0");
        }
        line[method] == b' ' && has_uri(rest) && next == b"SIP/2.0"
    }
}

/// Longest second line of a wrapped start line.
const MAX_WRAPPED: usize = 1 << 10;

/// Where the `\\r\\n` of a string literal stands in the front of a line.
fn find_escaped_line_end(line: &[u8]) -> Option<usize> {
    static ESCAPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\\r\\n"));
    match line.first()? {
        b'A'..=b'Z' => ESCAPE.find(&line[..line.len().min(MAX_WRAPPED)]),
        _ => None,
    }
}

fn has_uri(text: &[u8]) -> bool {
    const SCHEMES: [&[u8]; 4] = [b"sip:", b"sips:", b"tel:", b"im:"];
    SCHEMES
        .iter()
        .any(|s| text.len() > s.len() && text[..s.len()].eq_ignore_ascii_case(s))
}

/// Where a header begins that a lost line end joined to `line`: the blank before ` Name: `, at or
/// after `from` and outside of double quotes.
pub(crate) fn joined_header(line: &[u8], from: usize) -> Option<usize> {
    let mut quoted = false;
    let mut at = from;
    while at < line.len() {
        match line[at] {
            b'"' => quoted = !quoted,
            b' ' | b'\t' if !quoted => {
                let name = &line[at + 1..];
                if header_name_len(name).is_some_and(|len| is_sip_header(&name[..len])) {
                    return Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Length of the header name at the front of `line`: token characters (RFC 3261, section 25.1)
/// followed by a colon, blanks between them allowed. `Call ID:` is what translators make of
/// `Call-ID:`.
pub(crate) fn header_name_len(line: &[u8]) -> Option<usize> {
    let len = line.iter().take(64).take_while(|b| is_token(**b)).count();
    if len == 0 {
        return None;
    }
    let after = &line[len..];
    if after.first() == Some(&b':') || after[indent(after)..].first() == Some(&b':') {
        return Some(len);
    }
    let call_id = line
        .get(..7)
        .filter(|name| name.eq_ignore_ascii_case(b"Call ID"));
    call_id
        .filter(|_| line.get(7) == Some(&b':'))
        .map(|name| name.len())
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'%' | b'\'' | b'+')
}

/// A header as it stands on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeaderLine<'t> {
    /// The name as written.
    pub(crate) name: &'t [u8],
    /// The value on this line, without blanks around it.
    pub(crate) value: &'t [u8],
}

impl<'t> HeaderLine<'t> {
    /// The header at the front of `line`, which must not be indented.
    pub(crate) fn parse(line: &'t [u8]) -> Option<HeaderLine<'t>> {
        let len = header_name_len(line)?;
        let colon = len + line[len..].iter().position(|b| *b == b':')?;
        Some(HeaderLine {
            name: &line[..len],
            value: line[colon + 1..].trim_ascii(),
        })
    }

    /// Whether it is this header, in any case, by its long name or its compact form
    /// (RFC 3261, section 7.3.3).
    pub(crate) fn is(&self, name: &str) -> bool {
        if self.name.eq_ignore_ascii_case(name.as_bytes()) {
            return true;
        }
        let compact: &[u8] = match name {
            "Call-ID" => b"i",
            "From" => b"f",
            "To" => b"t",
            "Via" => b"v",
            "Contact" => b"m",
            "Content-Type" => b"c",
            "Content-Length" => b"l",
            _ => return false,
        };
        self.name.eq_ignore_ascii_case(compact)
            || (name == "Call-ID"
                && (self.name.eq_ignore_ascii_case(b"Call ID")
                    || self.name.eq_ignore_ascii_case(b"SIP-Call-ID")))
    }
}

/// Whether an unindented line opens a body without the empty line that should stand before it:
/// an XML document or element (a browser's tree view shows `- <`), SDP, or a MIME boundary.
pub(crate) fn opens_body(line: &[u8]) -> bool {
    let xml = line.strip_prefix(b"- ").unwrap_or(line);
    if let [b'<', second, rest @ ..] = xml {
        let uri = rest.iter().take(5).any(|b| *b == b':') && has_uri(&xml[1..]);
        return !uri
            && !is_omission(xml)
            && (second.is_ascii_alphabetic() || matches!(second, b'?' | b'!'));
    }
    line.starts_with(b"v=0") || line.starts_with(b"------=_")
}

/// Whether a line says that its publisher left something out: `<snip>`, `<omitted>`.
fn is_omission(line: &[u8]) -> bool {
    const WORDS: [&[u8]; 7] = [
        b"snip",
        b"snipped",
        b"cut",
        b"omitted",
        b"removed",
        b"truncated",
        b"redacted",
    ];
    let word = line
        .trim_ascii()
        .strip_prefix(b"<")
        .and_then(|line| line.strip_suffix(b">"));
    word.is_some_and(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// Whether a line is one of a session description (RFC 8866): a lower-case letter and `=`.
pub(crate) fn is_sdp(line: &[u8]) -> bool {
    matches!(line, [b'a'..=b'z', b'=', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_lines_are_told_from_sentences() {
        let status = |line: &str| StartLine::parse(line.as_bytes()).map(|start| start.status);
        for line in [
            "INVITE sip:ann@example.com SIP/2.0",
            "BENOTIFY sip:ann@192.0.2.1:5061;transport=tls;ms-opaque=x SIP/2.0 ",
            "INVITE sip:ann@example.com SIP/2.0 Via: SIP/2.0/TLS 192.0.2.1",
            "BYE tel:+15550100 SIP/2.0",
            "ACK sip:ann@example.com SIP/2.0.",
            "ACK  sip:ann@example.com SIP/2.0",
        ] {
            assert_eq!(status(line), Some(None), "{line}");
        }
        assert_eq!(status("SIP/2.0 200 OK"), Some(Some(200)));
        assert_eq!(status("SIP/2.0 488"), Some(Some(488)));
        assert_eq!(status("SIP/2.0   \t488 x"), Some(Some(488)));
        for line in [
            "",
            "SIP/2.0 2000 OK",
            "SIP/2.0 099 x",
            "SIP/2.0/TLS 192.0.2.1:5061",
            "INVITE sip:ann@example.com SIP/2.0 failed",
            "INVITE sip:ann@example.com",
            "Invite sip:ann@example.com SIP/2.0",
            "GET /x HTTP/1.1",
            "NOT A SIP/2.0",
            "GO sip:ann@example.com SIP/2.0",
            "ACK\tsip:ann@example.com SIP/2.0",
        ] {
            assert_eq!(status(line), None, "{line}");
        }
        let joined = b"SIP/2.0 504 Server time-out Authentication-Info: TLS-DSK qop=\"auth\"";
        assert_eq!(
            StartLine::parse(joined).unwrap().len,
            "SIP/2.0 504 Server time-out".len()
        );
    }

    #[test]
    fn wrapped_request_lines_are_known() {
        assert!(StartLine::is_wrapped(
            b"SERVICE",
            b"sip:ann@example.com;gruu SIP/2.0"
        ));
        assert!(StartLine::is_wrapped(
            b"INVITE sip:ann@example.com ",
            b"SIP/2.0"
        ));
        assert!(!StartLine::is_wrapped(
            b"INVITE sip:ann@example.com",
            b"Via: x"
        ));
        assert!(!StartLine::is_wrapped(b"HELLO", b"world"));
        assert!(!StartLine::is_wrapped(b"HELLO", b"world SIP/2.0"));
        assert!(!StartLine::is_wrapped(b"SERVICE", b"sip:ann@example.com"));
        assert!(!StartLine::is_wrapped(
            b"GO",
            b"sip:ann@example.com SIP/2.0"
        ));
        assert!(!StartLine::is_wrapped(b"INVITE sip:", b"SIP/2.0"));
        let long = |len: usize| {
            let user = "x".repeat(len - "sip:@example.com SIP/2.0".len());
            format!("sip:{user}@example.com SIP/2.0")
        };
        let is_wrapped = |next: String| StartLine::is_wrapped(b"SERVICE", next.as_bytes());
        assert!(is_wrapped(long(MAX_WRAPPED)) && !is_wrapped(long(MAX_WRAPPED + 1)));
    }

    #[test]
    fn header_names_and_bodies_are_known() {
        assert_eq!(header_name_len(b"Via: x"), Some(3));
        assert_eq!(header_name_len(b"From : x"), Some(4));
        assert_eq!(header_name_len(b"Call ID: x"), Some(7));
        assert_eq!(header_name_len(b"two words: x"), None);
        assert_eq!(header_name_len(b": x"), None);
        let header = HeaderLine::parse(b"i:  abc ").unwrap();
        assert!(header.is("Call-ID") && !header.is("From"));
        assert_eq!(header.value, b"abc");
        for (compact, name) in [
            ("I", "Call-ID"),
            ("f", "From"),
            ("t", "To"),
            ("v", "Via"),
            ("m", "Contact"),
            ("c", "Content-Type"),
            ("l", "Content-Length"),
        ] {
            let line = format!("{compact}: x");
            let header = HeaderLine::parse(line.as_bytes()).unwrap();
            assert!(header.is(name) && !header.is("CSeq"), "{name}");
        }
        for body in [
            "<?xml",
            "<a>",
            "<x:a>",
            "- <Fault>",
            "v=0",
            "------=_NextPart",
        ] {
            assert!(opens_body(body.as_bytes()), "{body}");
        }
        for header in ["<sip:ann@example.com>", "- x", "< a", "Via: x", ""] {
            assert!(!opens_body(header.as_bytes()), "{header}");
        }
    }

    #[test]
    fn joined_headers_are_found_outside_of_quotes() {
        let at = |line: &str| joined_header(line.as_bytes(), 0);
        assert_eq!(at("1 INVITE Via: SIP/2.0/TLS"), Some(8));
        assert_eq!(at("2 INVITE From : \"x\""), Some(8));
        assert_eq!(at("\"a Via: b\" <sip:a@example.com>"), None);
        assert_eq!(at("a word: b"), None);
    }
}
