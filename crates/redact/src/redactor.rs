//! From text to text without identifiers.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::address::Addresses;
use crate::key::Key;
use crate::known::Known;
use crate::shapes::{Edit, Finder, applied, divide, dress_len, header_colon};
use crate::token::{Class, token};
use crate::words::{is_common, is_well_known_host};

/// Replaces identifiers by tokens.
///
/// The same identifier gets the same token as long as the key is the same. Nothing of a token
/// leads back without the key.
///
/// ```
/// use siptriage_redact::{Key, Redactor};
///
/// let redactor = Redactor::new(Key::random()?);
/// let text = redactor.text("From: \"Ann Example\"<sip:ann@contoso.com>;tag=1");
/// assert!(!text.contains("ann") && !text.contains("contoso") && text.contains("@domain-"));
/// # Ok::<(), siptriage_redact::KeyError>(())
/// ```
#[derive(Debug)]
pub struct Redactor {
    pub(crate) key: Key,
    pub(crate) known: Known,
    pub(crate) addresses: Addresses,
}

/// Reads traces before anything is written, so that names are found where nothing but the name
/// tells that they are names.
#[derive(Debug)]
pub struct Learner {
    redactor: Redactor,
    known: Known,
}

impl Learner {
    /// A learner that has seen nothing.
    pub fn new(key: Key) -> Learner {
        Learner {
            redactor: Redactor::new(key),
            known: Known::default(),
        }
    }

    /// Notes every identifier of a message or another piece of a trace.
    pub fn read(&mut self, text: &str) {
        let finder = Finder::new(&self.redactor, text, 0).learning(&mut self.known);
        // What was found is noted; what would be replaced is of no use yet.
        drop(finder.all());
        if let Some((joined, _)) = joined(text) {
            drop(
                Finder::new(&self.redactor, &joined, 0)
                    .learning(&mut self.known)
                    .all(),
            );
        }
    }

    /// Who redacts with what was learned.
    pub fn finish(self) -> Redactor {
        let Learner {
            mut redactor,
            known,
        } = self;
        let networks = known.networks.iter().copied().collect::<Vec<u32>>();
        redactor.addresses.settle(&redactor.key, networks);
        redactor.known = known;
        redactor
    }
}

impl Redactor {
    /// Redacts what has the shape of an identifier. [`Learner::finish`] gives one that knows names,
    /// too.
    pub fn new(key: Key) -> Redactor {
        Redactor {
            key,
            known: Known::default(),
            addresses: Addresses::default(),
        }
    }

    /// Any text: a header, a value, a sentence, lines of them.
    pub fn text(&self, text: &str) -> String {
        applied(text, &self.edits(text))
    }

    /// The name and version of a program, in which numbers with dots are no addresses.
    pub fn agent(&self, text: &str) -> String {
        applied(text, &Finder::new(self, text, 0).of_programs().all())
    }

    /// Our own words, in which nothing but addresses and subnets can be foreign.
    pub fn own_words(&self, text: &str) -> String {
        applied(text, &Finder::new(self, text, 0).of_addresses().all())
    }

    /// A Call-ID, whatever it looks like.
    pub fn call_id(&self, text: &str) -> String {
        match text.trim() {
            "" => text.to_owned(),
            call_id => token(&self.key, Class::CallId, call_id),
        }
    }

    /// An address of a user or a part of one, as somebody typed it.
    pub fn user(&self, text: &str) -> String {
        let text = text.trim();
        let is_host = !text.contains('@')
            && divide(text).1.is_some()
            && self.known.class(text) != Some(Class::User);
        match text {
            "" => String::new(),
            _ if text.contains([':', '@']) || is_host => self.text(text),
            _ => self.user_token(text),
        }
    }

    /// The value of a header of this name.
    pub fn header(&self, name: &str, value: &str) -> String {
        let line = format!("{name}: {value}");
        let line = self.text(&line);
        let value = line
            .split_once(':')
            .map_or(line.as_str(), |(_, value)| value);
        value.strip_prefix(' ').unwrap_or(value).to_owned()
    }

    /// The value of a parameter of this name.
    pub fn parameter(&self, name: &str, value: &str) -> String {
        // As it stands in a trace, so that it gets the token that it has there.
        let line = format!("{name}=\"{value}\"");
        let line = self.text(&line);
        let value = line.split_once("=\"").map_or("", |(_, value)| value);
        value.strip_suffix('"').unwrap_or(value).to_owned()
    }

    /// The name that somebody gave to a site.
    pub fn site(&self, text: &str) -> String {
        match text.is_empty() {
            true => String::new(),
            false => token(&self.key, Class::Site, text),
        }
    }

    /// A path, as places and messages show it: every folder gets a token, and so do files but for
    /// their extension. Names that a program gives to its logs stay.
    pub fn path(&self, path: &str) -> String {
        if path == "<stdin>" || path == "-" {
            return path.to_owned();
        }
        let mut out = String::with_capacity(path.len() + 16);
        let mut rest = path;
        while !rest.is_empty() {
            let stop = rest.find(['/', '\\', '!']).unwrap_or(rest.len());
            let (part, behind) = rest.split_at(stop);
            // A folder is behind no member; what is before `!` is an archive.
            let is_file = behind.is_empty() || behind.starts_with('!');
            out.push_str(&self.path_part(part, is_file));
            let separator = behind.chars().next().map_or(0, char::len_utf8);
            out.push_str(&behind[..separator]);
            rest = &behind[separator..];
        }
        out
    }

    fn path_part(&self, part: &str, is_file: bool) -> String {
        let is_drive = part.len() == 2 && part.ends_with(':');
        if part.is_empty() || part == "." || part == ".." || is_drive || is_log_name(part) {
            return part.to_owned();
        }
        if !is_file {
            return token(&self.key, Class::Folder, part);
        }
        let (stem, extension) = match part.rsplit_once('.') {
            Some((stem, extension))
                if !stem.is_empty()
                    && (1..=10).contains(&extension.len())
                    && extension.bytes().all(|b| b.is_ascii_alphanumeric())
                    && self.known.class(extension).is_none() =>
            {
                (stem, Some(extension))
            }
            _ => (part, None),
        };
        let mut name = match self.known.class(stem) {
            Some(Class::User) => self.user_token(stem),
            _ => token(&self.key, Class::File, stem),
        };
        if let Some(extension) = extension {
            name.push('.');
            name.push_str(extension);
        }
        name
    }

    /// A message as a trace has it: start line, headers, and the body by its type.
    pub fn message(&self, raw: &str) -> String {
        let (head, body) = divided(raw);
        let content_type = content_type(head);
        let mut out = self.text(head);
        out.push_str(&self.body(content_type, body));
        out
    }

    /// A body of this type. What people wrote to each other, and what is no text, is left out, and
    /// how much it was is said.
    pub fn body(&self, content_type: &str, body: &str) -> String {
        let kind = content_type.split(';').next().unwrap_or_default();
        let kind = kind.trim().to_ascii_lowercase();
        if body.trim().is_empty() {
            return body.to_owned();
        }
        if kind.starts_with("multipart/") {
            return self.parts(body);
        }
        if is_left_out(&kind, body) {
            return left_out(body);
        }
        self.text(body)
    }

    /// Bodies of several parts, each with headers of its own.
    fn parts(&self, body: &str) -> String {
        let mut out = String::with_capacity(body.len());
        let mut rest = body;
        while !rest.is_empty() {
            let end = next_delimiter(rest);
            let (part, behind) = rest.split_at(end);
            let (head, inside) = divided(part);
            out.push_str(&self.text(head));
            out.push_str(&self.body(content_type(head), inside));
            // The delimiter.
            let line = behind.find('\n').map_or(behind.len(), |feed| feed + 1);
            out.push_str(&behind[..line]);
            rest = &behind[line..];
        }
        out
    }

    /// The edits of a text, those included that a line break divides.
    fn edits(&self, text: &str) -> Vec<Edit> {
        let plain = Finder::new(self, text, 0).all();
        let mut across = Vec::new();
        if let Some((joined, breaks)) = joined(text) {
            let found = Finder::new(self, &joined, 0).all();
            across.extend(
                found
                    .into_iter()
                    .filter_map(|edit| across_break(edit, &breaks, text)),
            );
        }
        if across.is_empty() {
            return plain;
        }
        // Both are in order.
        let mut all: Vec<Edit> = Vec::with_capacity(plain.len() + across.len());
        let mut across = across.into_iter().peekable();
        for edit in plain {
            while let Some(one) = across.next_if(|one| one.range.end <= edit.range.start) {
                all.push(one);
            }
            let is_free = all
                .last()
                .is_none_or(|last| last.range.end <= edit.range.start)
                && across
                    .peek()
                    .is_none_or(|one| edit.range.end <= one.range.start);
            if is_free {
                all.push(edit);
            }
        }
        all.extend(across);
        all
    }

    pub(crate) fn user_token(&self, user: &str) -> String {
        let digits = user.bytes().filter(u8::is_ascii_digit).count();
        let is_number = digits > 2
            && user
                .chars()
                .all(|c| c.is_ascii_digit() || "+-.() ".contains(c));
        match is_number {
            true => token(&self.key, Class::Phone, user),
            false => token(&self.key, Class::User, user),
        }
    }

    /// The token of a host or an address; none where it says nothing of anybody.
    pub(crate) fn host_token(&self, host: &str) -> Option<String> {
        if let Some(inside) = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            let (address, zone) = match inside.split_once('%') {
                Some((address, _)) => (address, "%0"),
                None => (inside, ""),
            };
            let address: Ipv6Addr = address.parse().ok()?;
            return Some(format!("[{}{zone}]", self.addresses.v6(&self.key, address)));
        }
        if let Ok(address) = host.parse::<Ipv4Addr>() {
            return Some(self.addresses.v4(&self.key, address).to_string());
        }
        if host.is_empty()
            || host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            || is_well_known_host(host)
            || host.eq_ignore_ascii_case("localhost")
        {
            return None;
        }
        let (front, domain) = divide(host);
        let Some(domain) = domain else {
            return Some(token(&self.key, Class::Host, host));
        };
        let mut out = String::new();
        // Each name with what is behind it, so that a subdomain has the token of its parent.
        let mut at = 0;
        while at < front.len() {
            let stop = front[at..].find('.').map_or(front.len(), |dot| at + dot);
            let label = &front[at..stop];
            if label == "*" {
                out.push('*');
            } else if is_common(&label.to_lowercase()) && at == 0 && is_service(label) {
                out.push_str(label);
            } else if self.known.class(label) == Some(Class::Host) {
                // A machine that is named without its domain elsewhere.
                out.push_str(&token(&self.key, Class::Host, label));
            } else {
                out.push_str(&token(&self.key, Class::Host, &host[at..]));
            }
            out.push('.');
            at = stop + 1;
        }
        out.push_str(&token(&self.key, Class::Domain, domain));
        out.push_str(".example");
        Some(out)
    }
}

/// Names that deployments give to services, which say what a host does and not whose it is.
fn is_service(label: &str) -> bool {
    ["sip", "www", "meet", "edge", "mail", "lync", "proxy"]
        .iter()
        .any(|known| label.eq_ignore_ascii_case(known))
}

/// Whether a program gave a log this name: `Lync-UccApi-0.UccApilog`.
fn is_log_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let Some((stem, "uccapilog" | "bak" | "log" | "txt")) = lower.rsplit_once('.') else {
        return false;
    };
    let digits = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    digits.len() < stem.len()
        && [
            "lync-uccapi-",
            "communicator-uccapi-",
            "skype-uccapi-",
            "lync-uccapi",
            "uccapi-",
        ]
        .contains(&digits)
}

/// Where headers end: behind the first empty line, which belongs to them.
fn divided(raw: &str) -> (&str, &str) {
    let mut at = 0;
    while let Some(feed) = raw[at..].find('\n') {
        let line = &raw[at..at + feed];
        at += feed + 1;
        if line.trim().is_empty() && at > feed + 1 {
            return raw.split_at(at);
        }
        // Servers write the body behind a header of its own.
        if line.starts_with("Message-Body:") {
            return raw.split_at(at);
        }
    }
    (raw, "")
}

/// The value of `Content-Type`; empty where there is none.
fn content_type(head: &str) -> &str {
    let of_line = |line: &'_ str| -> Option<usize> {
        let (name, value) = line.split_once(':')?;
        let name = name.trim();
        (name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("c"))
            .then_some(line.len() - value.len())
    };
    let found = head
        .lines()
        .find_map(|line| of_line(line).map(|value| line[value..].trim()));
    found.unwrap_or_default()
}

/// Whether a body of this type is left out: text that people wrote, and what is no text.
fn is_left_out(kind: &str, body: &str) -> bool {
    let is_text = kind.starts_with("text/");
    let is_known = kind.is_empty()
        || kind.ends_with("xml")
        || kind.contains("sdp")
        || kind.contains("sipfrag")
        || kind.contains("diag")
        || kind == "message/sip";
    let is_binary = body
        .chars()
        .any(|c| c == '\u{fffd}' || (c.is_control() && !c.is_whitespace()));
    (is_text && kind != "text/xml") || (!is_known && !is_text) || (is_binary && !kind.is_empty())
}

/// What stands for a body that was left out, with its line ends behind it. Of the diagnoses that
/// it quotes, names and codes are kept, so that as many are found.
fn left_out(body: &str) -> String {
    let text = body.trim_end_matches(['\r', '\n']);
    let mut note = format!("[{} bytes left out]", text.len());
    for (name, code) in quoted_diagnoses(text) {
        note.push_str(&format!(" {name}: {code};reason=\"left out\""));
    }
    note.push_str(&body[text.len()..]);
    note
}

/// Names and codes of the diagnoses in a text.
fn quoted_diagnoses(text: &str) -> Vec<(&str, &str)> {
    const NAMES: [&str; 5] = [
        "ms-client-diagnostics",
        "ms-server-diagnostics",
        "ms-diagnostics-public",
        "ms-diagnostics",
        "ms-client-diagnostics-public",
    ];
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find("ms-").map(|at| from + at) {
        from = at + 3;
        let name_len = lower[at..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let name_end = at + name_len.unwrap_or(lower.len() - at);
        let is_part = lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        if is_part || !NAMES.contains(&&lower[at..name_end]) {
            continue;
        }
        let Some(value) = lower[name_end..].trim_start().strip_prefix(':') else {
            continue;
        };
        let value = value.trim_start();
        let start = lower.len() - value.len();
        let digits = value.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            found.push((&text[at..name_end], &text[start..start + digits]));
        }
    }
    found
}

/// Where the next line begins that divides parts; the end where there is none.
fn next_delimiter(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if bare.starts_with("--") && bare.len() > 4 && !bare.contains(' ') {
            return at;
        }
        at += line.len();
    }
    text.len()
}

/// Places where a text that was broken into lines was joined, in order.
type Breaks = Vec<Break>;

#[derive(Debug)]
struct Break {
    /// Where in the joined text.
    at: usize,
    /// What was taken out there.
    cut: Range<usize>,
    /// How much was taken out before.
    before: usize,
}

/// The lines of a text that may be pieces of longer ones, joined: one text for all, as long as
/// there is any.
fn joined(text: &str) -> Option<(String, Breaks)> {
    let mut joined = String::with_capacity(text.len());
    let mut breaks: Breaks = Vec::new();
    let mut at = 0;
    let mut before_is_blank = true;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let goes_on = !before_is_blank && !content.is_empty() && !begins_anew(line);
        if goes_on {
            let lead = line.len() - line.trim_start_matches([' ', '\t']).len();
            let end = joined.trim_end_matches(['\r', '\n']).len();
            let cut = joined.len() - end;
            joined.truncate(end);
            let before = breaks
                .last()
                .map_or(0, |last: &Break| last.before + last.cut.len());
            let cut = at - cut..at + lead;
            breaks.push(Break {
                at: end,
                cut,
                before,
            });
            joined.push_str(&line[lead..]);
        } else {
            joined.push_str(line);
        }
        at += line.len();
        before_is_blank = content.is_empty();
    }
    (!breaks.is_empty()).then_some((joined, breaks))
}

/// Whether a line begins something of its own: a header, a line of a description, an entry. However
/// it is dressed: where all lines of a message are indented, none goes on with another.
fn begins_anew(line: &str) -> bool {
    let content = &line[dress_len(line.as_bytes())..];
    let bytes = content.as_bytes();
    let first = content.split_whitespace().next().unwrap_or_default();
    let is_start_line = content.starts_with("SIP/2.0 ")
        || content.trim_end().ends_with("SIP/2.0")
        || (first.len() > 2 && first.bytes().all(|b| b.is_ascii_uppercase()));
    let is_description = matches!(bytes, [b'a'..=b'z', b'=', ..]);
    let is_entry = content.starts_with("TL_")
        || content.starts_with(['-', '$', '<', '[', '*', '(', '{'])
        || matches!(bytes, [a, b, b'/', ..] if a.is_ascii_digit() && b.is_ascii_digit())
        || matches!(bytes, [a, b, c, d, b'-' | b'/', ..] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()));
    // What is dressed otherwise than by blanks is a line.
    let is_listed = !line[..line.len() - content.len()].trim().is_empty();
    is_start_line || header_colon(bytes).is_some() || is_description || is_entry || is_listed
}

/// An edit of the joined text as one of the text, if it goes over a break and is certain.
fn across_break(edit: Edit, breaks: &Breaks, text: &str) -> Option<Edit> {
    // Those that are inside of it.
    let first = breaks.partition_point(|one| one.at <= edit.range.start);
    let last = breaks.partition_point(|one| one.at < edit.range.end);
    let crossed = breaks
        .get(first..last)
        .filter(|crossed| !crossed.is_empty())?;
    if !edit.certain {
        return None;
    }
    let behind = |one: Option<&Break>| one.map_or(0, |one| one.before + one.cut.len());
    let before = first.checked_sub(1).and_then(|at| breaks.get(at));
    let start = edit.range.start + behind(before);
    let end = edit.range.end + behind(crossed.last());
    let mut with = edit.with;
    for one in crossed {
        with.push_str(&text[one.cut.clone()]);
    }
    Some(Edit {
        range: start..end,
        with,
        certain: true,
    })
}
