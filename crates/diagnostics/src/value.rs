//! The value of a diagnostics header, as it is met in traces.
//!
//! The published grammar (source key UCMA) is `ErrorId ";" source ";" reason *(";" param)` with
//! quoted strings. Traces that were copied, printed, mailed and pasted are looser in every
//! point: blanks anywhere, any order, quotes of any kind or none, values that were cut. This
//! reader takes all of it and never fails after the code.

use std::fmt;

/// Why a value is no diagnosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MalformedValue {
    /// It does not begin with digits.
    NoCode,
    /// The digits are beyond 32 bits.
    CodeTooLarge,
}

impl fmt::Display for MalformedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MalformedValue::NoCode => "the value does not begin with a code",
            MalformedValue::CodeTooLarge => "the code is beyond 32 bits",
        })
    }
}

impl std::error::Error for MalformedValue {}

/// A diagnosis: a code and parameters, borrowed from the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Diagnosis<'t> {
    /// The code.
    pub code: u32,
    /// What follows the code after a full stop: `5` of `1008.5`.
    pub sub_code: Option<&'t [u8]>,
    /// Length of the code and sub-code with the blanks before them, in bytes.
    pub code_len: usize,
    params: &'t [u8],
}

impl<'t> Diagnosis<'t> {
    /// Reads the code at the start of a value, after blanks, quotes and emphasis marks.
    ///
    /// # Errors
    /// [`MalformedValue`] where there is no code, or one beyond 32 bits.
    pub fn parse(value: &'t [u8]) -> Result<Diagnosis<'t>, MalformedValue> {
        let start = value.iter().take_while(|b| is_ornament(**b)).count();
        let digits = value[start..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        if digits == 0 {
            return Err(MalformedValue::NoCode);
        }
        let mut end = start + digits;
        let mut code = 0u32;
        for &digit in &value[start..end] {
            code = code
                .checked_mul(10)
                .and_then(|code| code.checked_add(u32::from(digit - b'0')))
                .ok_or(MalformedValue::CodeTooLarge)?;
        }
        // OCS 2007 form: up to five sub-codes, each after a full stop.
        let mut sub_end = end;
        while value.get(sub_end) == Some(&b'.') {
            let digits = value[sub_end + 1..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count();
            if digits == 0 {
                break;
            }
            sub_end += 1 + digits;
        }
        let sub_code = (sub_end > end).then(|| &value[end + 1..sub_end]);
        end = sub_end;
        // Emphasis around the code, if it was opened before it.
        let emphasised = value[..start]
            .iter()
            .any(|b| matches!(b, b'*' | b'_' | b'`'));
        end += value[end..]
            .iter()
            .take_while(|b| emphasised && matches!(b, b'*' | b'_' | b'`'))
            .count();
        Ok(Diagnosis {
            code,
            sub_code,
            code_len: end,
            params: &value[end..],
        })
    }

    /// Whether the code stands as codes do: followed, after blanks, by nothing, or by a semicolon
    /// and parameters. In a sentence, a program or a pattern a number after a header name is only
    /// taken where this holds.
    pub fn is_well_formed(&self) -> bool {
        match trim_start(self.params) {
            // The end of an element, a string literal or a comment is an end too.
            [] | [b'<', ..] | [b'\\', b'r' | b'n', ..] | [b'*', b'/', ..] => true,
            [b';', rest @ ..] => {
                // Cut values and comments have words where parameters should be.
                let is_program = |b: &u8| b"\\[](){}*^$|\"".contains(b);
                self.params().next().is_some() || !rest.iter().any(is_program)
            }
            _ => false,
        }
    }

    /// The parameters, in the order of the trace.
    pub fn params(&self) -> Params<'t> {
        Params::new(self.params)
    }
}

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param<'t> {
    /// The name as written.
    pub name: &'t [u8],
    /// The value without quotes and without the blanks around it.
    pub value: &'t [u8],
    /// Whether an opening quote has no closing one before the text ends.
    pub open: bool,
}

/// Parameters of a value or of a `Data:` line: `name="value"; name=value`.
#[derive(Debug, Clone)]
pub struct Params<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Params<'t> {
    /// Reads parameters from `text`, which may begin with the semicolon before the first.
    pub fn new(text: &'t [u8]) -> Params<'t> {
        Params { text, at: 0 }
    }

    /// How many bytes of the text have been read. After the last parameter this is where the
    /// value ends: the whole text, or the blank before a header joined to the same line.
    pub fn consumed(&self) -> usize {
        self.at
    }

    /// Moves behind the next semicolon outside of values, or to the end of the value.
    fn skip_to_semicolon(&mut self) {
        while self.at < self.text.len() {
            if self.text[self.at] == b';' {
                self.at += 1;
                return;
            }
            if header_starts(self.text, self.at) {
                return;
            }
            self.at += 1;
        }
    }
}

impl<'t> Iterator for Params<'t> {
    type Item = Param<'t>;

    fn next(&mut self) -> Option<Param<'t>> {
        loop {
            let text = self.text;
            while text
                .get(self.at)
                .is_some_and(|b| is_blank(*b) || *b == b';')
            {
                // A header joined to this line by a lost line end closes the value.
                if header_starts(text, self.at) {
                    return None;
                }
                self.at += 1;
            }
            if self.at >= text.len() || header_starts(text, self.at) {
                return None;
            }
            let name_start = self.at;
            let rest = &text[name_start..];
            let stop = rest.iter().position(|b| matches!(b, b'=' | b';'));
            let Some(stop) = stop.filter(|stop| rest[*stop] == b'=') else {
                // No name: words between semicolons. They carry nothing.
                self.skip_to_semicolon();
                if self.at >= text.len() || header_starts(text, self.at) {
                    return None;
                }
                continue;
            };
            let name = trim(&rest[..stop]);
            // Junk before a name (a lost quote, a list mark) is not part of it.
            let name = name.rsplit(|b| is_blank(*b)).next().unwrap_or(name);
            let name_len = name.iter().rev().take_while(|b| is_name(**b)).count();
            let name = &name[name.len() - name_len..];
            let mut at = name_start + stop + 1;
            while text.get(at).is_some_and(|b| is_blank(*b)) {
                at += 1;
            }
            let (value, end, open) = match quote_len(text, at) {
                0 if single_quoted(text, at).is_some() => {
                    let (value, end) = single_quoted(text, at).unwrap_or((&[], at));
                    self.at = end;
                    self.skip_to_semicolon();
                    (value, self.at, false)
                }
                0 => {
                    self.at = at;
                    while self.at < text.len()
                        && text[self.at] != b';'
                        && !header_starts(text, self.at)
                    {
                        self.at += 1;
                    }
                    (&text[at..self.at], self.at, false)
                }
                open => {
                    let (value, end, open) = quoted(text, at + open);
                    self.at = end;
                    self.skip_to_semicolon();
                    (value, self.at, open)
                }
            };
            self.at = end;
            if name.is_empty() {
                continue;
            }
            return Some(Param {
                name,
                value: trim(value),
                open,
            });
        }
    }
}

/// The quoted value whose text begins at `start`: the text, where reading goes on, and whether
/// the quote was left open.
///
/// A closing quote may be of another kind than the opening one, may be missing, and a value may
/// hold quotes. So: a quote closes where a semicolon or the end follows it; where no such quote
/// comes before the next parameter, the first quote closes (what follows is junk); where there
/// is none at all, the value ends before the next `; name=`, or with the text.
fn quoted(text: &[u8], start: usize) -> (&[u8], usize, bool) {
    let mut candidate = None;
    let mut at = start;
    while at < text.len() {
        // Most bytes begin no quote of any kind, and a look at each says so.
        if !MAY_QUOTE[usize::from(text[at])] {
            at += 1;
            continue;
        }
        let len = quote_len(text, at);
        if len == 0 {
            at += 1;
            continue;
        }
        if at == start {
            // `""text""` is how CSV writes a quoted value.
            if let Some((value, end)) = doubly_quoted(text, start + len) {
                return (value, end, false);
            }
            // `""`: an empty value. Text may follow it, which is not its value.
            return (&text[start..start], at + len, false);
        }
        if let Some(semicolon) = opens_next_param(text, start, at) {
            return match candidate {
                Some((close, len)) => (&text[start..close], close + len, false),
                None => (&text[start..semicolon], semicolon, false),
            };
        }
        let after = trim_start(&text[at + len..]);
        if matches!(after, [] | [b';', ..]) {
            return (&text[start..at], at + len, false);
        }
        candidate = candidate.or(Some((at, len)));
        at += len;
    }
    if let Some((close, len)) = candidate {
        return (&text[start..close], close + len, false);
    }
    match next_param(text, start) {
        Some(semicolon) => (&text[start..semicolon], semicolon, true),
        None => (&text[start..], text.len(), true),
    }
}

/// The value between doubled quotation marks whose text begins at `start`, if a doubled mark closes
/// it before the next semicolon, and where it ends.
fn doubly_quoted(text: &[u8], start: usize) -> Option<(&[u8], usize)> {
    let mut at = start;
    while at < text.len() && text[at] != b';' {
        let len = quote_len(text, at);
        if len == 0 {
            at += 1;
            continue;
        }
        let second = quote_len(text, at + len);
        let end = at + len + second;
        let closes = second > 0
            && at > start
            && matches!(trim_start(&text[end..]), [] | [b'"'] | [b';', ..]);
        return closes.then_some((&text[start..at], end));
    }
    None
}

/// The value in single quotation marks that begins at `at`, if a mark followed by a semicolon or
/// the end closes it, and where it ends. Apostrophes inside of it do not.
fn single_quoted(text: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let mark = |at: usize| match text.get(at..) {
        Some([b'\'', ..]) => 1,
        Some([0xE2, 0x80, 0x98..=0x9B, ..]) => 3,
        _ => 0,
    };
    let start = at + mark(at);
    if start == at {
        return None;
    }
    (start..text.len())
        .filter(|at| mark(*at) > 0)
        .find_map(|close| {
            let end = close + mark(close);
            let closes = matches!(trim_start(&text[end..]), [] | [b';', ..]);
            closes.then_some((&text[start..close], end))
        })
}

/// If the quote at `quote` opens the value of the next parameter: where that one's semicolon is.
fn opens_next_param(text: &[u8], start: usize, quote: usize) -> Option<usize> {
    let before = trim_end(&text[start..quote]);
    let before = trim_end(before.strip_suffix(b"=")?);
    let name = before.iter().rev().take_while(|b| is_name(**b)).count();
    let before = trim_end(&before[..before.len() - name]);
    (name > 0 && before.ends_with(b";")).then(|| start + before.len() - 1)
}

/// Where the first `; name=` after `start` begins.
fn next_param(text: &[u8], start: usize) -> Option<usize> {
    (start..text.len())
        .filter(|at| text[*at] == b';')
        .find(|at| {
            let rest = trim_start(&text[at + 1..]);
            let name = rest.iter().take_while(|b| is_name(**b)).count();
            name > 0 && trim_start(&rest[name..]).starts_with(b"=")
        })
}

/// Whether a header begins at `at`: a known name and a colon after a blank or comma. Line ends
/// get lost when logs are pasted, and headers then stand on one line.
fn header_starts(text: &[u8], at: usize) -> bool {
    if !matches!(text[at], b' ' | b'\t' | b',') {
        return false;
    }
    let rest = trim_start(&text[at + 1..]);
    let name = rest
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-')
        .count();
    let after = trim_start(&rest[name..]);
    after.starts_with(b":") && is_sip_header(&rest[..name])
}

/// Header names that end a value when line ends were lost. Not every header: only ones that
/// Lync and Skype for Business traces hold and that do not stand in sentences.
const SIP_HEADERS: [&str; 48] = [
    "Via",
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Contact",
    "Record-Route",
    "Route",
    "Max-Forwards",
    "Content-Length",
    "Content-Type",
    "Content-Encoding",
    "Content-Disposition",
    "User-Agent",
    "Server",
    "Supported",
    "Allow",
    "Allow-Events",
    "Require",
    "Expires",
    "Event",
    "Accept",
    "Accept-Language",
    "Authorization",
    "Authentication-Info",
    "Proxy-Authorization",
    "Proxy-Authenticate",
    "Proxy-Authentication-Info",
    "WWW-Authenticate",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Subscription-State",
    "Session-Expires",
    "Min-SE",
    "RSeq",
    "RAck",
    "Refer-To",
    "Referred-By",
    "Referred-By-Identity",
    "Replaces",
    "History-Info",
    "Retry-After",
    "Unsupported",
    "Warning",
    "X-Remote-Reason",
    "ms-edge-proxy-message-trust",
    "SIP-Start-Line",
    "SIP-Call-ID",
];

/// Whether a name is that of a header met in SIP traces: one of RFC 3261 and its extensions that
/// this product knows, or one with the vendor prefixes `ms-` and `p-`.
pub fn is_sip_header(name: &[u8]) -> bool {
    let vendor = name.len() > 4
        && (name[..3].eq_ignore_ascii_case(b"ms-") || name[..2].eq_ignore_ascii_case(b"p-"));
    vendor
        || SIP_HEADERS
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// Undoes what pages, mails and programs did to a value: character references of HTML, no-break
/// spaces and invisible characters, the `\"` of a string literal and the escaped line end that
/// closes it. Borrowed if untouched.
pub fn unescape(value: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    // Most values hold nothing that could be an escape; one look without branches tells.
    let may_hold = |byte: u8| matches!(byte, b'&' | b'\\' | 0xC2 | 0xE2);
    if !value.iter().fold(false, |any, byte| any | may_hold(*byte)) {
        return std::borrow::Cow::Borrowed(value);
    }
    let has = |needle: &[u8]| value.windows(needle.len()).any(|window| window == needle);
    let html =
        value.contains(&b'&') && (REFERENCES.iter().any(|(name, _)| has(name)) || has(b"&#"));
    let spaces = value.contains(&0xC2) && has(b"\xC2\xA0")
        || value.contains(&0xE2) && (has(b"\xE2\x80\x8B") || has(b"\xE2\x80\xAF"));
    let literal = value.contains(&b'\\') && has(b"\\\"");
    if !html && !spaces && !literal {
        return std::borrow::Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        let rest = &value[at..];
        if html && let Some((text, len)) = reference(rest) {
            out.extend_from_slice(text.as_bytes());
            at += len;
        } else if rest.starts_with(b"\xC2\xA0") {
            out.push(b' ');
            at += 2;
        } else if rest.starts_with(b"\xE2\x80\xAF") {
            out.push(b' ');
            at += 3;
        } else if rest.starts_with(b"\xE2\x80\x8B") {
            at += 3;
        } else if literal && rest.starts_with(b"\\\"") {
            out.push(b'"');
            at += 2;
        } else if literal
            && (rest[0] == b'"' || rest.starts_with(b"\\r") || rest.starts_with(b"\\n"))
        {
            break;
        } else {
            out.push(rest[0]);
            at += 1;
        }
    }
    std::borrow::Cow::Owned(out)
}

/// Named character references that copies of headers hold.
const REFERENCES: [(&[u8], &str); 11] = [
    (b"&quot;", "\""),
    (b"&ldquo;", "\u{201C}"),
    (b"&rdquo;", "\u{201D}"),
    (b"&bdquo;", "\u{201E}"),
    (b"&Prime;", "\u{2033}"),
    (b"&nbsp;", " "),
    (b"&hellip;", "..."),
    (b"&amp;", "&"),
    (b"&lt;", "<"),
    (b"&gt;", ">"),
    (b"&apos;", "'"),
];

/// The character reference at the front of a text: what it stands for, and its length.
fn reference(text: &[u8]) -> Option<(String, usize)> {
    if let Some((name, what)) = REFERENCES.iter().find(|(name, _)| text.starts_with(name)) {
        return Some(((*what).to_owned(), name.len()));
    }
    let digits = text.strip_prefix(b"&#")?;
    let (digits, radix, head) = match digits {
        [b'x' | b'X', digits @ ..] => (digits, 16, 3),
        digits => (digits, 10, 2),
    };
    let len = digits
        .iter()
        .take(7)
        .take_while(|b| char::from(**b).is_digit(radix))
        .count();
    if len == 0 || digits.get(len) != Some(&b';') {
        return None;
    }
    let code = std::str::from_utf8(&digits[..len]).ok()?;
    let c = char::from_u32(u32::from_str_radix(code, radix).ok()?)?;
    let c = if c == '\u{A0}' { ' ' } else { c };
    Some((c.to_string(), head + len + 1))
}

/// Length in bytes of the quotation mark at `at`, 0 if there is none.
///
/// Blogs and mail clients turn quotes into typographic ones (U+201C, U+201D, U+201E, U+201F, the
/// double prime U+2033, guillemets, the full-width quote), in Windows-1252 too; a script that
/// takes identities out of logs turns such a quote into `???`.
pub fn quote_len(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b'"') => 1,
        Some(0xE2) => match text.get(at + 1..at + 3) {
            Some([0x80, 0x9C..=0x9F | 0xB3]) => 3,
            _ => 0,
        },
        Some(0xC2) => usize::from(matches!(text.get(at + 1), Some(0xAB | 0xBB))) * 2,
        Some(0xEF) => usize::from(text.get(at + 1..at + 3) == Some(&[0xBC, 0x82])) * 3,
        // Behind ASCII these bytes are no part of a UTF-8 sequence.
        Some(0x93 | 0x94) => usize::from(at == 0 || text[at - 1].is_ascii()),
        Some(b'?') if text.get(at..at + 3) == Some(b"???") => 3,
        _ => 0,
    }
}

/// Bytes with which a quotation mark of [`quote_len`] may begin.
static MAY_QUOTE: [bool; 256] = {
    let mut table = [false; 256];
    let fronts = b"\"?\x93\x94\xC2\xE2\xEF";
    let mut at = 0;
    while at < fronts.len() {
        table[fronts[at] as usize] = true;
        at += 1;
    }
    table
};

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// What may stand between the colon and the code: blanks, Markdown emphasis, a JSON quote.
fn is_ornament(byte: u8) -> bool {
    is_blank(byte) || matches!(byte, b'*' | b'_' | b'`' | b'"')
}

fn trim_start(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|b| is_blank(**b)).count();
    &text[blanks..]
}

fn trim_end(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take_while(|b| is_blank(**b)).count();
    &text[..text.len() - blanks]
}

fn trim(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> (u32, Vec<(String, String, bool)>) {
        let diagnosis = Diagnosis::parse(value.as_bytes()).unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let params = diagnosis.params();
        (
            diagnosis.code,
            params
                .map(|p| (text(p.name), text(p.value), p.open))
                .collect(),
        )
    }

    fn assert_reads(value: &str, code: u32, want: &[(&str, &str)]) {
        let (got_code, got) = read(value);
        let got: Vec<_> = got
            .iter()
            .map(|(n, v, _)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!((got_code, got.as_slice()), (code, want), "{value}");
    }

    #[test]
    fn values_read_in_every_shape_that_was_met() {
        let ab = [("reason", "A"), ("source", "B")];
        for value in [
            r#" 24;reason="A";source="B""#,
            r#"24; reason= "A" ;source ="B";"#,
            r#"24 ; reason = " A " ; source=B ; "#,
            "24;reason=”A”;source=”B”",
            "24;reason=“A”;source=“B″",
            "24;reason=”A“;source=„B\"",
            "24;reason=«A»;source=＂B＂",
            "24;reason=???A???;source=???B???",
            r#"24;reason="A"´´´;source="B"´´´"#,
            r#"24;reason=""A"";source=""B"""#,
            "24;reason=’A’;source='B'",
            "**24**;reason=A;source=B",
            r#"24;reason="A";source="B" Server: RTC/6.0 Content-Length: 0"#,
            r#"24;reason="A";source=B Via: SIP/2.0/TLS 192.0.2.1"#,
            r#"24;reason="A";source="B", ms-diagnostics: 1003;reason="C""#,
            r#"24;;reason="A"; ;source="B";;"#,
            r#"24;words;reason="A";source="B"#,
            "24;reason=A;source=B",
            "**24;reason=A;source=B",
        ] {
            assert_reads(value, 24, &ab);
        }
    }

    #[test]
    fn quotes_inside_missing_and_doubled_are_understood() {
        assert_reads(
            r#"1;reason="say "no" twice";source="B""#,
            1,
            &[("reason", r#"say "no" twice"#), ("source", "B")],
        );
        assert_reads(
            r#"1;reason="a; b=c";x="y""#,
            1,
            &[("reason", "a; b=c"), ("x", "y")],
        );
        assert_reads(
            "1; A=”; B=”x”; C=””; D=”″",
            1,
            &[("A", ""), ("B", "x"), ("C", ""), ("D", "")],
        );
        assert_reads("1;source=””ms-edge;x=”y”", 1, &[("source", ""), ("x", "y")]);
        assert_reads("1;reason=\"cut; x=y", 1, &[("reason", "cut"), ("x", "y")]);
        assert_reads("1;reason=\"cut here", 1, &[("reason", "cut here")]);
        assert!(read("1;reason=\"cut here").1[0].2, "left open");
        assert!(!read("1;reason=\"whole\"").1[0].2);
    }

    #[test]
    fn doubled_quotes_close_before_a_semicolon_or_the_end_and_nowhere_else() {
        let (empty, whole) = ([("a", ""), ("x", "y")], [("a", "b"), ("x", "y")]);
        assert_reads(r#"1;a=""b"";x=y"#, 1, &whole);
        assert_reads(r#"1;a=""b"" ;x=y"#, 1, &whole);
        assert_reads(r#"1;a=""b";x=y"#, 1, &empty);
        assert_reads(r#"1;a=""b" ;x=y"#, 1, &empty);
        assert_reads(r#"1;a=""b"" c;x=y"#, 1, &empty);
    }

    #[test]
    fn what_follows_a_closing_quote_is_passed_over() {
        let want = [("reason", "a;"), ("x", "y")];
        assert_reads(r#"1;reason="a;" junk=1;x="y""#, 1, &want);
        assert_reads("1;reason=”a;” junk=1;x=”y”", 1, &want);
        assert_reads("1;reason=”a;” junk=1;x=y", 1, &want);
        assert_reads("1;reason=”a;” junk=1", 1, &want[..1]);
    }

    #[test]
    fn a_header_on_the_next_line_or_the_same_ends_a_value() {
        for (value, behind) in [
            ("24;a=A Via: SIP/2.0/TLS 192.0.2.1;branch=z", " Via: "),
            ("24;a=A;\r\n Via: branch=z", " Via: "),
            ("24;a=A,Via: SIP/2.0/TLS 192.0.2.1;branch=z", ",Via: "),
            ("24;a=\"A\", To: <sip:ann@example.com>;tag=z", ", To: "),
            ("24;a=A;b", ""),
        ] {
            let diagnosis = Diagnosis::parse(value.as_bytes()).unwrap();
            let mut params = diagnosis.params();
            let names: Vec<_> = params.by_ref().map(|param| param.name).collect();
            assert_eq!(names, [b"a"], "{value}");
            let end = diagnosis.code_len + params.consumed();
            let at = Some(behind).filter(|behind| !behind.is_empty());
            let want = at.map_or(value.len(), |behind| value.find(behind).unwrap());
            assert_eq!(end, want, "{value}");
        }
    }

    #[test]
    fn words_of_a_sentence_are_no_headers() {
        for reason in ["came Via here", "note: all", "please remember: all"] {
            let value = format!("24;reason={reason};x=y");
            assert_reads(&value, 24, &[("reason", reason), ("x", "y")]);
        }
        for (name, want) in [
            ("call-id", true),
            ("MS-Xy", true),
            ("P-abc", true),
            ("ms-x", false),
            ("p-ab", false),
            ("", false),
            ("remember", false),
        ] {
            assert_eq!(is_sip_header(name.as_bytes()), want, "{name}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_goes_on_to_the_next_parameter() {
        for (value, reason) in [
            ("1;reason=\"cut; and more; x=y", "cut; and more"),
            ("1;reason=\"cut; = 5; x=y", "cut; = 5"),
            // An apostrophe, and a quote behind a name that was lost.
            ("1;reason='tis so;x=y", "'tis so"),
            ("1;reason=\"b;=\"c\";x=y", "b;=\"c"),
        ] {
            assert_reads(value, 1, &[("reason", reason), ("x", "y")]);
        }
    }

    #[test]
    fn windows_1252_quotes_are_quotes() {
        let diagnosis = Diagnosis::parse(b"1;reason=\x93A\x94;source=\x94B\x94").unwrap();
        let values: Vec<_> = diagnosis.params().map(|p| p.value).collect();
        assert_eq!(values, [b"A", b"B"]);
        assert_eq!(quote_len(b"\x93A", 0), 1);
        // The second byte of a letter is none.
        assert_eq!(quote_len("aÓ".as_bytes(), 2), 0);
    }

    #[test]
    fn codes_are_read_or_refused() {
        let code = |value: &str| Diagnosis::parse(value.as_bytes()).map(|d| d.code);
        assert_eq!(code("4294967295"), Ok(u32::MAX));
        assert_eq!(code("4294967296"), Err(MalformedValue::CodeTooLarge));
        assert_eq!(
            code("99999999999999999999;x"),
            Err(MalformedValue::CodeTooLarge)
        );
        for none in ["", "  ", ";reason", "x24", "-1", "%d;reason", "(\\d+)"] {
            assert_eq!(code(none), Err(MalformedValue::NoCode), "{none}");
        }
        let sub = Diagnosis::parse(b" 1008.5.12;reason=x").unwrap();
        assert_eq!((sub.code, sub.sub_code), (1008, Some(&b"5.12"[..])));
        assert_eq!(Diagnosis::parse(b"1008.").unwrap().sub_code, None);
        let short = Diagnosis::parse(b"1008.5;reason=x").unwrap();
        assert_eq!((short.sub_code, short.code_len), (Some(&b"5"[..]), 6));
        for error in [MalformedValue::NoCode, MalformedValue::CodeTooLarge] {
            assert!(error.to_string().contains("code"));
        }
    }

    #[test]
    fn a_number_in_a_sentence_is_not_well_formed() {
        let well_formed =
            |value: &str| Diagnosis::parse(value.as_bytes()).unwrap().is_well_formed();
        for value in [
            "24",
            "24 ",
            "24;",
            "24; ",
            "24;x=y",
            "24 ; x=\"y\"",
            "**24**; x=y",
            "24; Call failed",
            "24;...",
            "24;r",
            "24</diagHeader>",
            "24\\r\\n\"",
        ] {
            assert!(well_formed(value), "{value}");
        }
        for value in [
            "24 is common",
            "24, 23",
            "24x;reason",
            "24-25;",
            "24: x",
            "24\"",
            "24;\" {",
            "2[0-9];reason=x",
            "1*DIGIT",
            "1*",
        ] {
            assert!(!well_formed(value), "{value}");
        }
    }

    #[test]
    fn literals_and_entities_are_undone() {
        let undo =
            |value: &str| String::from_utf8(unescape(value.as_bytes()).into_owned()).unwrap();
        assert_eq!(
            undo(r#"1;reason=\"A\";source=\"B\"\r\n""#),
            r#"1;reason="A";source="B""#
        );
        assert_eq!(undo(r#"1;reason=\"A\"" "\r\n""#), r#"1;reason="A""#);
        assert_eq!(
            undo("1;reason=&quot;A &amp; B&quot;"),
            r#"1;reason="A & B""#
        );
        assert_eq!(undo(r"1;path=c:\temp\new"), r"1;path=c:\temp\new");
        assert_eq!(
            undo("1;a=&#8221;A&#x201d;;b=&ldquo;B&rdquo;"),
            "1;a=”A”;b=“B”"
        );
        assert_eq!(undo("1;\u{A0}a=A\u{200B}B&nbsp;&#160;"), "1; a=AB  ");
        assert_eq!(
            undo("1;a=&#;b=&#x110000;c=&#xzz;"),
            "1;a=&#;b=&#x110000;c=&#xzz;"
        );
        assert_eq!(undo("1;a=&#65 b&x;"), "1;a=&#65 b&x;");
        // Each blank alone.
        assert_eq!(undo("1;a=A\u{A0}B"), "1;a=A B");
        assert_eq!(undo("1;a=A\u{202F}B"), "1;a=A B");
        assert_eq!(undo("1;a=A\u{200B}B"), "1;a=AB");
    }

    #[test]
    fn every_quotation_mark_begins_with_a_byte_that_may_begin_one() {
        for first in 0..=255u8 {
            for second in 0..=255u8 {
                for third in [0x82, 0x9C, 0x9F, 0xB3, b'?', b'x'] {
                    let text = [first, second, third];
                    let may = MAY_QUOTE[usize::from(first)];
                    assert!(may || quote_len(&text, 0) == 0, "{text:x?}");
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic_or_stall() {
        let seed = "24;reason=”A“;x=\"b;c=???d\" Via: e, ms-diagnostics: 1;=;=\"\u{2033}&quot;\\\"";
        let bytes = seed.as_bytes();
        for from in 0..bytes.len() {
            for to in from..=bytes.len() {
                let _ = Params::new(&bytes[from..to]).count();
                let _ = unescape(&bytes[from..to]);
                let _ = Diagnosis::parse(&bytes[from..to]);
            }
        }
        for at in 0..bytes.len() {
            for byte in 0..=255 {
                let mut mutated = bytes.to_vec();
                mutated[at] = byte;
                assert!(Params::new(&mutated).count() < bytes.len());
            }
        }
    }
}
