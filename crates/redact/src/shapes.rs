//! Finding identifiers in text: by their shape, by what stands before them, and by what is known.
//!
//! One search for all text, whether a cell of a report, a header or a record of a trace. It gives
//! edits: what is replaced, and by what.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::Redactor;
use crate::address::public_network;
use crate::known::Known;
use crate::token::{Class, hardware, token, uuid};
use crate::words::{
    Holds, holds, is_common, is_extension, is_opaque_word, is_protocol_header, is_role,
    is_well_known_host,
};

/// Something to replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) range: Range<usize>,
    pub(crate) with: String,
    /// Whether it is certain whatever stands around it: a host is told by its dots alone.
    pub(crate) certain: bool,
}

/// Longest display name that is looked for in front of an address, in bytes.
const MAX_NAME: usize = 256;

/// Fewest characters of a run of letters and digits that is taken for an identifier.
const MIN_RUN: usize = 20;

/// Fewest hexadecimal digits of one.
const MIN_HEX: usize = 16;

/// How far the shape of anything is looked for, in bytes: hostile text must not be searched to its
/// end from each of its words.
const MAX_SHAPE: usize = 320;

/// Longest run with percent signs that is decoded, in bytes.
const MAX_ENCODED: usize = 4096;

/// Values within values, and elements within elements, that are told by their names.
const MAX_NESTING: u8 = 4;

/// Percent signs within each other that are undone.
const MAX_DEPTH: u8 = 3;

/// Searches one text.
pub(crate) struct Finder<'r, 't> {
    redactor: &'r Redactor,
    text: &'t str,
    bytes: &'t [u8],
    edits: Vec<Edit>,
    /// Display names in front of addresses, in order: where they are, and that they are.
    names: Vec<Range<usize>>,
    /// Whether the text tells of programs: numbers with dots are versions, names with dots
    /// products.
    programs: bool,
    /// Whether addresses of IP are all that is looked for.
    addresses: bool,
    learned: Option<&'r mut Known>,
    depth: u8,
    nesting: u8,
}

impl<'r, 't> Finder<'r, 't> {
    pub(crate) fn new(redactor: &'r Redactor, text: &'t str, depth: u8) -> Finder<'r, 't> {
        Finder {
            redactor,
            text,
            bytes: text.as_bytes(),
            edits: Vec::new(),
            names: display_names(text),
            programs: false,
            addresses: false,
            learned: None,
            depth,
            nesting: 0,
        }
    }

    /// The same, noting what it finds.
    pub(crate) fn learning(mut self, known: &'r mut Known) -> Finder<'r, 't> {
        self.learned = Some(known);
        self
    }

    /// The same for text about programs.
    pub(crate) fn of_programs(mut self) -> Finder<'r, 't> {
        self.programs = true;
        self
    }

    /// The same for our own words, in which a subnet may stand.
    pub(crate) fn of_addresses(mut self) -> Finder<'r, 't> {
        self.addresses = true;
        self
    }

    /// All edits, in order, none touching another.
    pub(crate) fn all(mut self) -> Vec<Edit> {
        let mut start = 0;
        while start < self.bytes.len() {
            let feed = self.bytes[start..].iter().position(|b| *b == b'\n');
            let next = feed.map_or(self.bytes.len(), |feed| start + feed + 1);
            let end = start + self.text[start..next].trim_end_matches(['\r', '\n']).len();
            if self.addresses {
                self.addresses_of(start, end);
            } else {
                self.line(start, end);
            }
            start = next;
        }
        self.edits
    }

    fn addresses_of(&mut self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            let found = match self.word_starts(at) {
                true => self.v6(at, end).or_else(|| self.v4(at, end)),
                false => None,
            };
            at = found.unwrap_or(at + self.text[at..].chars().next().map_or(1, char::len_utf8));
        }
    }

    // ---- lines

    /// A line, which may hold others with escapes between them.
    fn line(&mut self, start: usize, end: usize) {
        let mut at = start;
        let mut from = start;
        while at < end {
            match escape_len(&self.bytes[at..end]) {
                0 => at += 1,
                len => {
                    self.piece(from, at);
                    at += len;
                    from = at;
                }
            }
        }
        self.piece(from, end);
    }

    fn piece(&mut self, start: usize, end: usize) {
        let line = &self.bytes[start..end];
        let dress = dress_len(line);
        let (text, at) = (&line[dress..], start + dress);
        // The line between parts of a body.
        if text.starts_with(b"--") && !text.contains(&b' ') && text.len() > 4 {
            return;
        }
        if let Some(colon) = header_colon(text) {
            let name = self.text[at..at + colon].trim_end().to_ascii_lowercase();
            let value = at + colon + 1;
            let lead =
                self.bytes[value..end].len() - self.bytes[value..end].trim_ascii_start().len();
            return self.header(&name, value + lead, end);
        }
        if let [kind @ b'a'..=b'z', b'=', ..] = text
            && self.description(*kind, at + 2, end)
        {
            return;
        }
        let mut from = start;
        if let Some(behind) = self.server_prefix(start, end) {
            from = behind;
        } else if let Some(behind) = self.syslog_prefix(start, end) {
            from = behind;
        }
        self.scan(from, end);
    }

    fn header(&mut self, name: &str, start: usize, end: usize) {
        match name {
            name if name == "i" || name.ends_with("call-id") => {
                self.whole(Class::CallId, start, end)
            }
            "subject" | "s" | "organization" | "ms-text" | "error-info" => {
                self.whole(Class::Text, start, end);
            }
            "ms-conversation-id" | "thread-index" | "message-id" | "in-reply-to-contextid" => {
                self.whole(Class::Id, start, end);
            }
            "user-agent" | "server" | "x-ms-user-agent" => {
                let programs = std::mem::replace(&mut self.programs, true);
                self.scan(start, end);
                self.programs = programs;
            }
            "message-body" if self.bytes[start..end].starts_with(b"--") => {}
            "in-reply-to" | "replaces" | "join" => self.call_ids(start, end),
            "via" | "v" | "peer" => {
                let from = match name {
                    "peer" => start,
                    // Behind the protocol.
                    _ => {
                        let space = self.bytes[start..end].iter().position(|b| *b == b' ');
                        space.map_or(start, |space| start + space + 1)
                    }
                };
                let from = self.bare_host(from, end).unwrap_or(from);
                self.scan(from, end);
            }
            // Unless other headers were joined to it.
            name if is_protocol_header(name)
                && !self.bytes[start..end]
                    .iter()
                    .any(|b| matches!(b, b'<' | b'@')) => {}
            _ => self.scan(start, end),
        }
    }

    /// The front of a list of Call-IDs, or of one with parameters behind it.
    fn call_ids(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        let len = text.find(|c: char| c == ';' || c == ',' || c.is_whitespace());
        let at = start + len.unwrap_or(text.len());
        self.whole(Class::CallId, start, at);
        self.scan(at, end);
    }

    /// A line of a session description (RFC 8866). False where it is none.
    fn description(&mut self, kind: u8, start: usize, end: usize) -> bool {
        let value = &self.text[start..end];
        match kind {
            b'o' => {
                let user = value.find(' ').unwrap_or(value.len());
                if user > 0 && &value[..user] != "-" {
                    self.whole(Class::User, start, start + user);
                }
                self.scan(start + user, end);
            }
            b's' | b'i' | b'e' | b'p' => {
                if !["session", "-", "", "-session"].contains(&value.trim()) {
                    self.whole(Class::Text, start, end);
                }
            }
            b'a' => {
                let secret = ["ice-pwd:", "ice-ufrag:", "crypto-key:", "fingerprint:"];
                if let Some(name) = secret.iter().find(|name| value.starts_with(**name)) {
                    self.whole(Class::Id, start + name.len(), end);
                } else {
                    let from = self.candidate(start, end);
                    self.scan(from, end);
                }
            }
            b'v' | b't' | b'm' | b'b' | b'r' | b'z' => {}
            b'c' | b'u' | b'k' => self.scan(start, end),
            _ => return false,
        }
        true
    }

    /// Names and passwords in `candidate` as drafts of ICE had it:
    /// `candidate:NAME component PASSWORD transport …`. Where the search goes on.
    fn candidate(&mut self, start: usize, end: usize) -> usize {
        let value = &self.text[start..end];
        let Some(words) = value.strip_prefix("candidate:") else {
            return start;
        };
        let mut at = start + (value.len() - words.len());
        for (index, word) in words.split(' ').take(3).enumerate() {
            if index != 1 && word.len() > 10 {
                self.whole(Class::Id, at, at + word.len());
            }
            at += word.len() + 1;
        }
        at.min(end)
    }

    /// The machine names in the prefix of a server: `TL_INFO(TF_PROTOCOL) [pool01\fe01]0A1C.0ABC`.
    /// Where the search goes on.
    fn server_prefix(&mut self, start: usize, end: usize) -> Option<usize> {
        let line = &self.text[start..end];
        let front = line.get(..line.len().min(200)).unwrap_or(line);
        if !front.trim_start().starts_with("TL_") {
            return None;
        }
        let open = front.find('[')?;
        let close = open + front[open..].find(']')?;
        let inside = &front[open + 1..close];
        if !inside.bytes().all(|b| b.is_ascii_digit()) {
            let mut at = start + open + 1;
            for name in inside.split('\\') {
                if !name.is_empty() {
                    self.host_at(at, at + name.len());
                }
                at += name.len() + 1;
            }
        }
        // Process and thread look like a name with a dot.
        let behind = front[close..]
            .find("::")
            .map_or(close + 1, |at| close + at + 2);
        Some(start + behind)
    }

    /// The machine behind the stamp of a syslog line. Where the search goes on.
    fn syslog_prefix(&mut self, start: usize, end: usize) -> Option<usize> {
        let line = &self.text[start..end];
        let text = match line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => rest,
            _ => line,
        };
        const MONTHS: [&str; 12] = [
            "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ",
            "Dec ",
        ];
        // Month, day, time; or all in one (RFC 5424), where the program is named behind the host.
        let words = match text.as_bytes() {
            [a, b, c, d, b'-', ..] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()) => {
                let program = text.split_whitespace().nth(2)?;
                let named = program.ends_with(':') || program.ends_with(']');
                (text.as_bytes().get(10) == Some(&b'T') && named).then_some(1)?
            }
            _ => MONTHS
                .iter()
                .any(|month| text.starts_with(month))
                .then_some(3)?,
        };
        let mut at = start + (line.len() - text.len());
        for _ in 0..words {
            let rest = &self.text[at..end];
            let word = rest.len() - rest.trim_start().len();
            at += word + self.text[at + word..end].find(' ')?;
        }
        at += self.text[at..end].len() - self.text[at..end].trim_start().len();
        let host = self.text[at..end].find(' ').unwrap_or(end - at);
        let name = &self.text[at..at + host];
        let is_host = name
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.".contains(c));
        if !is_host || is_role(name) {
            return None;
        }
        self.host_at(at, at + host);
        Some(at + host)
    }

    // ---- what is put in place

    fn replace(&mut self, range: Range<usize>, with: String, certain: bool) {
        if !range.is_empty()
            && self
                .edits
                .last()
                .is_none_or(|last| last.range.end <= range.start)
        {
            self.edits.push(Edit {
                range,
                with,
                certain,
            });
        }
    }

    fn learn(&mut self, class: Class, text: &str) {
        if let Some(known) = &mut self.learned {
            known.add(class, text);
        }
    }

    /// A whole value, white space around it left as it is.
    fn whole(&mut self, class: Class, start: usize, end: usize) {
        let text = &self.text[start..end];
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return;
        }
        let at = start + (text.len() - text.trim_start().len());
        if matches!(class, Class::CallId | Class::Epid | Class::Name) {
            self.learn(class, trimmed);
        }
        let with = token(&self.redactor.key, class, trimmed);
        self.replace(at..at + trimmed.len(), with, true);
    }

    fn user(&mut self, start: usize, end: usize) {
        let raw = &self.text[start..end];
        let decoded = percent_decoded(raw);
        let user = decoded.as_deref().unwrap_or(raw);
        self.learn(Class::User, user);
        if decoded.is_some() {
            self.learn(Class::User, raw);
        }
        let with = self.redactor.user_token(user);
        self.replace(start..end, with, true);
    }

    /// A host or an address, with nothing around it.
    fn host_at(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        if let Some(with) = self.redactor.host_token(text) {
            if let Some(known) = &mut self.learned {
                learn_host(known, text);
            }
            self.replace(start..end, with, true);
        }
    }

    // ---- the search

    fn scan(&mut self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            if let Some(last) = self.edits.last()
                && last.range.end > at
            {
                at = last.range.end;
                continue;
            }
            let c = self.bytes[at];
            if let Some(name) = self.name_at(at)
                && name.end <= end
            {
                self.whole(Class::Name, name.start, name.end);
                at = name.end;
                continue;
            }
            let is_word = c.is_ascii_alphanumeric() || c >= 0x80;
            let behind = match is_word {
                true if !self.word_starts(at) => None,
                true => self.percent(at, end).or_else(|| self.word(at, end)),
                false => self.mark(at, end),
            };
            at = match behind {
                Some(behind) if behind > at => behind,
                _ => at + self.text[at..].chars().next().map_or(1, char::len_utf8),
            };
        }
    }

    /// Whether no word goes on here.
    fn word_starts(&self, at: usize) -> bool {
        let before = self.text[..at].chars().next_back();
        // An escape stands between lines.
        !before.is_some_and(char::is_alphanumeric) || ends_with_escape(&self.bytes[..at])
    }

    /// The text from a place on, as far as a shape may go.
    fn near(&self, at: usize, end: usize, most: usize) -> &'t str {
        let mut limit = end.min(at + most);
        while !self.text.is_char_boundary(limit) {
            limit -= 1;
        }
        &self.text[at..limit]
    }

    fn name_at(&self, at: usize) -> Option<Range<usize>> {
        let which = self.names.partition_point(|name| name.start < at);
        self.names
            .get(which)
            .filter(|name| name.start == at)
            .cloned()
    }

    /// What begins with a mark.
    fn mark(&mut self, at: usize, end: usize) -> Option<usize> {
        match self.bytes[at] {
            b'+' => self.phone(at, end),
            b'%' => self.percent(at, end),
            b'[' | b':' => self.v6(at + usize::from(self.bytes[at] == b'['), end),
            b'<' => self.element(at, end),
            b'=' => self.value_behind(at, end),
            b'\\' | b'/' => self.home(at, end),
            _ => None,
        }
    }

    /// What begins with a letter or a digit.
    fn word(&mut self, at: usize, end: usize) -> Option<usize> {
        let rest = &self.text[at..end];
        let word_len = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        let word = &rest[..word_len];
        let text = self.near(at, end, MAX_SHAPE);
        let known = self.redactor.known.at(text, word);
        if let Some((len, Class::CallId, of)) = known {
            let with = token(&self.redactor.key, Class::CallId, of);
            self.replace(at..at + len, with, true);
            return Some(at + len);
        }
        if let Some(behind) = self.call_id_label(at, end) {
            return Some(behind);
        }
        if let Some(behind) = self.uri(at, end) {
            return Some(behind);
        }
        if let Some(behind) = self.mailbox(at, end) {
            return Some(behind);
        }
        if let Some(behind) = self.uuid(at, end) {
            return Some(behind);
        }
        if let Some(behind) = self.v6(at, end) {
            return Some(behind);
        }
        if let Some(behind) = self.v4(at, end) {
            return Some(behind);
        }
        if let Some(behind) = self.hardware(at, end) {
            return Some(behind);
        }
        if let Some((len, class, of)) = known {
            let with = match class {
                Class::Host => self.redactor.host_token(of),
                Class::Domain => Some(token(&self.redactor.key, Class::Domain, of)),
                Class::User => Some(self.redactor.user_token(of)),
                class => Some(token(&self.redactor.key, class, of)),
            };
            if let Some(with) = with {
                self.replace(at..at + len, with, true);
                return Some(at + len);
            }
        }
        if let Some(behind) = self.account(at, end) {
            return Some(behind);
        }
        if let Some(behind) = self.run(at, end) {
            return Some(behind);
        }
        if let Some(behind) = self.dotted(at, end) {
            return Some(behind);
        }
        Some(at + word_len)
    }

    /// `Call-ID: value` in the middle of a line, as escaped messages have it.
    fn call_id_label(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = self.bytes.get(at..end)?;
        let label = text.get(..7)?;
        let is_label = label.eq_ignore_ascii_case(b"call-id") || label == b"Call ID";
        if !is_label {
            return None;
        }
        let mut value = 7;
        while matches!(text.get(value), Some(b' ' | b'\t' | b'"' | b':' | b'=')) {
            value += 1;
        }
        if !text[7..value].iter().any(|b| matches!(b, b':' | b'=')) {
            return None;
        }
        let rest = &self.text[at + value..end];
        let stop = rest.find(|c: char| c.is_whitespace() || "\"';,<>".contains(c));
        let len = stop.unwrap_or(rest.len());
        self.whole(Class::CallId, at + value, at + value + len);
        Some(at + value + len)
    }

    /// `sip:user@host`, `tel:number`, `sip:host`.
    fn uri(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = self.near(at, end, MAX_SHAPE);
        let end = at + text.len();
        let colon = text.bytes().take(8).position(|b| b == b':')?;
        let scheme = text[..colon].to_ascii_lowercase();
        let known = [
            "sip", "sips", "tel", "im", "pres", "mailto", "callto", "xmpp", "msrp",
        ];
        if !known.contains(&scheme.as_str()) {
            return None;
        }
        let mut from = at + colon + 1;
        if self.text[from..end].starts_with("//") {
            from += 2;
        }
        let rest = &self.text[from..end];
        let stop = rest
            .find(|c: char| c.is_whitespace() || "<>\"&;?,'()\\#".contains(c))
            .unwrap_or(rest.len());
        let address = &rest[..stop];
        if address.is_empty() {
            return None;
        }
        if scheme == "tel" {
            self.user(from, from + stop);
            return Some(from + stop);
        }
        let split = match address.rfind('@') {
            Some(split) => Some((split, split + 1)),
            None => (address.find("%40")).map(|split| (split, split + 3)),
        };
        let host = match split {
            Some((split, host)) => {
                // A user may have a password (RFC 3261, section 19.1.1), which has no place here.
                let user = address[..split].find(':').unwrap_or(split);
                self.user(from, from + user);
                if user < split {
                    self.whole(Class::Id, from + user + 1, from + split);
                }
                from + host
            }
            None => from,
        };
        let host_end = self.host_end(host, from + stop);
        let bare = &self.text[host..host_end];
        if split.is_some() || bare.contains('.') || !is_role(bare) {
            self.host_at(host, host_end);
        }
        Some(host_end.max(at + colon + 1))
    }

    /// Where a host ends, before its port.
    fn host_end(&self, start: usize, end: usize) -> usize {
        let text = self.near(start, end, MAX_SHAPE);
        if text.starts_with('[') {
            return text.find(']').map_or(end, |close| start + close + 1);
        }
        let stop = text.find(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)));
        let host = &text[..stop.unwrap_or(text.len())];
        start + host.trim_end_matches(['.', '-']).len()
    }

    /// `user@host` without a scheme.
    fn mailbox(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = self.near(at, end, MAX_SHAPE);
        let stop = text.find(|c: char| !(c.is_alphanumeric() || "._%+-~'!#$*".contains(c)))?;
        let (local, separator) = match text[..stop].find("%40") {
            Some(local) => (local, 3),
            None if text[stop..].starts_with('@') => (stop, 1),
            None => return None,
        };
        let host = at + local + separator;
        let host_end = self.host_end(host, end);
        if host_end == host {
            return None;
        }
        self.user(at, at + local);
        self.host_at(host, host_end);
        Some(host_end)
    }

    /// A run of text with percent signs, decoded and searched.
    fn percent(&mut self, at: usize, end: usize) -> Option<usize> {
        // At the front of a run alone: each is decoded once.
        let before = self.text[..at].chars().next_back();
        if before.is_some_and(|c| !ends_run(c) && c != ':' && c != '/') {
            return None;
        }
        let text = self.near(at, end, MAX_ENCODED);
        let stop = text.find(ends_run).unwrap_or(text.len());
        let run = &text[..stop];
        if self.depth >= MAX_DEPTH || !run.contains('%') {
            return None;
        }
        let decoded = percent_decoded(run)?;
        let mut finder = Finder::new(self.redactor, &decoded, self.depth + 1);
        if let Some(known) = self.learned.as_deref_mut() {
            finder = finder.learning(known);
        }
        let edits = finder.all();
        if edits.is_empty() {
            return None;
        }
        let with = percent_encoded(&applied(&decoded, &edits));
        self.replace(at..at + stop, with, true);
        Some(at + stop)
    }

    /// `+` and a number, however it is grouped.
    fn phone(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = &self.bytes[at + 1..end];
        let mut digits = 0;
        let mut len = 0;
        for (index, byte) in text.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    digits += 1;
                    len = index + 1;
                }
                b' ' | b'-' | b'.' | b'(' | b')' if index < len + 2 || len == 0 => {}
                _ => break,
            }
        }
        if digits < 6 || !matches!(text.first(), Some(b'0'..=b'9' | b'(')) {
            return None;
        }
        let behind = at + 1 + len;
        if self.text[behind..end].starts_with(char::is_alphabetic) {
            return None;
        }
        let number = &self.text[at..behind];
        let of_digits: String = number.chars().filter(char::is_ascii_digit).collect();
        self.learn(Class::Phone, &of_digits);
        let with = token(&self.redactor.key, Class::Phone, number);
        self.replace(at..behind, with, true);
        Some(behind)
    }

    fn uuid(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = self.bytes[at..end].get(..36)?;
        let is_uuid = text.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
        let ends = !self.bytes[at..end]
            .get(36)
            .is_some_and(u8::is_ascii_alphanumeric);
        (is_uuid && ends).then(|| {
            let with = uuid(&self.redactor.key, &self.text[at..at + 36]);
            self.replace(at..at + 36, with, true);
            at + 36
        })
    }

    fn v4(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = &self.bytes[at..end];
        if !text.first()?.is_ascii_digit() || self.bytes[..at].ends_with(b".") {
            return None;
        }
        let stop = text
            .iter()
            .take(17)
            .position(|b| !(b.is_ascii_digit() || *b == b'.'));
        let run = &self.text[at..at + stop.unwrap_or(text.len().min(17))];
        let run = run.trim_end_matches('.');
        let address: Ipv4Addr = run.parse().ok()?;
        let behind = at + run.len();
        if self.bytes[behind..end]
            .first()
            .is_some_and(|b| b.is_ascii_alphabetic())
        {
            return None;
        }
        let [first, second, ..] = address.octets();
        // Behind a slash and a name, small numbers are the version of a program.
        let named = matches!(&self.bytes[..at], [.., letter, b'/'] if letter.is_ascii_alphabetic());
        let version = named && (first < 10 || (first < 17 && second == 0 && first != 10));
        if version || self.programs {
            return Some(behind);
        }
        if let (Some(known), Some(network)) = (&mut self.learned, public_network(address)) {
            known.networks.insert(network);
        }
        if let Some((bits, len)) = prefix_bits(&self.text[behind..end])
            && !matches!(bits, 24 | 32)
            && bits < 32
        {
            let with = token(&self.redactor.key, Class::Net, run);
            self.replace(at..behind, with, true);
            return Some(behind + len);
        }
        let token = self.redactor.addresses.v4(&self.redactor.key, address);
        self.replace(at..behind, token.to_string(), true);
        Some(behind)
    }

    fn v6(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = &self.bytes[at..end];
        let len = text
            .iter()
            .take(46)
            .take_while(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'))
            .count();
        let run = self.text[at..at + len].trim_end_matches('.');
        if run.bytes().filter(|b| *b == b':').count() < 2 {
            return None;
        }
        let behind = at + run.len();
        let next = self.text[behind..end].chars().next();
        if next.is_some_and(|c| c.is_alphanumeric() || c == ':' || c == '_') {
            return None;
        }
        let address: Ipv6Addr = run.parse().ok()?;
        if let Some((bits, len)) = prefix_bits(&self.text[behind..end])
            && !matches!(bits, 64 | 128)
        {
            let with = token(&self.redactor.key, Class::Net, run);
            self.replace(at..behind, with, true);
            return Some(behind + len);
        }
        let token = self.redactor.addresses.v6(&self.redactor.key, address);
        self.replace(at..behind, token.to_string(), true);
        Some(behind)
    }

    /// `00-1A-2B-3C-4D-5E`.
    fn hardware(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = self.bytes[at..end].get(..17)?;
        let separator = text[2];
        let is_address = matches!(separator, b'-' | b':')
            && text
                .iter()
                .enumerate()
                .all(|(index, byte)| match index % 3 {
                    2 => *byte == separator,
                    _ => byte.is_ascii_hexdigit(),
                });
        let next = self.bytes[at..end].get(17);
        let ends = !next.is_some_and(|b| b.is_ascii_alphanumeric() || *b == separator);
        (is_address && ends).then(|| {
            let with = hardware(&self.redactor.key, &self.text[at..at + 17]);
            self.replace(at..at + 17, with, true);
            at + 17
        })
    }

    /// `DOMAIN\user`.
    fn account(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = self.near(at, end, MAX_SHAPE);
        let domain = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.'))?;
        let rest = text[domain..].strip_prefix('\\')?;
        let rest_at = at + domain + 1;
        let (doubled, rest) = match rest.strip_prefix('\\') {
            Some(rest) => (1, rest),
            None => (0, rest),
        };
        let stop = rest.find(|c: char| !(c.is_alphanumeric() || "._-$".contains(c)));
        let user = &rest[..stop.unwrap_or(rest.len())];
        let user = user.trim_end_matches(['.', '-']);
        // Escapes of line ends and the like are no account.
        let escape = doubled == 0
            && (user.len() < 3
                || (user.starts_with(['n', 'r', 't'])
                    && (user[1..].starts_with(char::is_uppercase) || user.starts_with("r\\n"))));
        if domain < 2 || user.is_empty() || escape || rest[user.len()..].starts_with('\\') {
            return None;
        }
        self.host_at(at, at + domain);
        let user_at = rest_at + doubled;
        self.user(user_at, user_at + user.len());
        Some(user_at + user.len())
    }

    /// The folder of a user: `\Users\ann\`, `/home/ann/`.
    fn home(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = &self.text[at..end];
        let separator = text.chars().next()?;
        let homes = ["Users", "home", "Documents and Settings"];
        let rest = &text[1..];
        let rest = rest.strip_prefix(separator).unwrap_or(rest);
        let rest = homes.iter().find_map(|home| rest.strip_prefix(home))?;
        let rest = rest.strip_prefix(separator)?;
        let rest = rest.strip_prefix(separator).unwrap_or(rest);
        let start = end - rest.len();
        let stop =
            rest.find(|c: char| c == separator || c.is_whitespace() || "\"'<>|;,:".contains(c));
        let stop = stop.unwrap_or(rest.len());
        if stop == 0 {
            return None;
        }
        self.user(start, start + stop);
        Some(start + stop)
    }

    /// The text of an element whose name says what it holds: `<displayName>Ann Example<`.
    fn element(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = self.near(at + 1, end, MAX_SHAPE);
        let name_len = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)))?;
        let name = &text[..name_len];
        let name = name.rsplit(':').next().unwrap_or(name);
        let holds = holds(name).or(match name.to_ascii_lowercase().as_str() {
            "display" | "displaytext" => Some(Holds::Name),
            _ => None,
        })?;
        let close = text[name_len..].find('>')? + name_len;
        if text[..close].ends_with('/') {
            return None;
        }
        let start = at + 1 + close + 1;
        let rest = &self.text[start..end];
        let stop = rest.find('<').unwrap_or(rest.len());
        if self.nesting >= MAX_NESTING {
            return None;
        }
        self.nesting += 1;
        // Attributes are searched as usual, then the text.
        self.scan(at + 1, start);
        self.value(holds, start, start + stop);
        self.nesting -= 1;
        Some(start + stop)
    }

    /// What stands behind `name=`, if the name says what it is.
    fn value_behind(&mut self, at: usize, end: usize) -> Option<usize> {
        let front = self.text[..at].trim_end();
        let name_at = front
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
            .map_or(0, |before| {
                before + front[before..].chars().next().map_or(1, char::len_utf8)
            });
        let name = &front[name_at..];
        let holds = match holds(name) {
            Some(holds) => holds,
            None if name.eq_ignore_ascii_case("name") => {
                let least = name_at.saturating_sub(MAX_SHAPE);
                let open = self.bytes[least..name_at]
                    .iter()
                    .rposition(|b| *b == b'<')?;
                let element = &self.text[least + open + 1..name_at];
                let word = element.split(char::is_whitespace).next()?;
                let word = word.rsplit(':').next().unwrap_or(word);
                match word.to_ascii_lowercase().as_str() {
                    "endpoint" => Holds::Host,
                    "contact" | "user" | "participant" | "person" => Holds::Name,
                    _ => return None,
                }
            }
            None => return None,
        };
        if self.nesting >= MAX_NESTING {
            return None;
        }
        let mut start = at + 1;
        while matches!(self.bytes.get(start), Some(b' ' | b'\t')) && start < end {
            start += 1;
        }
        let rest = &self.text[start..end];
        let (lead, quote) = ["\\\"", "\"", "'", "&quot;"]
            .iter()
            .find(|quote| rest.starts_with(**quote))
            .map_or((0, None), |quote| (quote.len(), Some(*quote)));
        let inside = &rest[lead..];
        let stop = match quote {
            Some(quote) => inside.find(quote),
            None => inside.find(|c: char| c.is_whitespace() || ";,>&\"'\\#|".contains(c)),
        };
        let stop = start + lead + stop.unwrap_or(inside.len());
        self.nesting += 1;
        self.value(holds, start + lead, stop);
        self.nesting -= 1;
        Some(stop)
    }

    fn value(&mut self, holds: Holds, start: usize, end: usize) {
        let text = &self.text[start..end];
        match holds {
            Holds::Nothing => {}
            Holds::Epid => self.whole(Class::Epid, start, end),
            Holds::Secret => self.whole(Class::Id, start, end),
            Holds::Name => self.whole(Class::Name, start, end),
            Holds::User => {
                let is_one = !text.trim().contains([' ', ':', '@', '<']);
                match is_one && !text.trim().is_empty() {
                    true => self.user(start, end),
                    false => self.scan(start, end),
                }
            }
            Holds::Host => {
                let from = self.bare_host(start, end).unwrap_or(start);
                self.scan(from, end);
            }
            Holds::Opaque => {
                if !text.contains(':') {
                    return self.whole(Class::Id, start, end);
                }
                let mut at = start;
                for part in text.split(':') {
                    if !is_opaque_word(part) && !part.is_empty() {
                        self.whole(Class::Id, at, at + part.len());
                    }
                    at += part.len() + 1;
                }
            }
        }
    }

    /// A host at the front of a value, also one without a dot. Where the search goes on; none where
    /// there is none.
    fn bare_host(&mut self, start: usize, end: usize) -> Option<usize> {
        let text = &self.text[start..end];
        let stop = text.find(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)));
        let host = text[..stop.unwrap_or(text.len())].trim_end_matches('.');
        let behind = text[host.len()..].chars().next();
        // Words in a sentence are none, nor is an address of IPv6.
        let stands_alone = match behind {
            None => true,
            Some(':') => text[host.len() + 1..].starts_with(|c: char| c.is_ascii_digit()),
            Some(c) => {
                !c.is_whitespace()
                    || !text[host.len()..]
                        .trim_start()
                        .starts_with(char::is_alphabetic)
            }
        };
        let is_address = host.parse::<Ipv4Addr>().is_ok();
        if host.is_empty() || is_address || is_role(host) || !stands_alone || behind == Some('@') {
            return None;
        }
        self.host_at(start, start + host.len());
        Some(start + host.len())
    }

    /// A long run of letters and digits that no word is.
    fn run(&mut self, at: usize, end: usize) -> Option<usize> {
        let is_of_run =
            |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'=' | b'/');
        let text = &self.bytes[at..end];
        let len = text
            .iter()
            .take(MAX_ENCODED)
            .take_while(|b| is_of_run(b))
            .count();
        let mut run = &self.text[at..at + len];
        // A path, unless it is as long as nothing but base64 is.
        if run.contains('/') && len < 2 * MIN_RUN {
            run = &run[..run.find('/').unwrap_or(len)];
        }
        // A name before a value.
        if let Some(equals) = run.trim_end_matches('=').find('=') {
            run = &run[..equals];
        }
        let count = |is: fn(&u8) -> bool| run.as_bytes().iter().filter(|b| is(b)).count();
        let digits = count(u8::is_ascii_digit);
        let letters = count(u8::is_ascii_alphabetic);
        let mixed = run.len() >= MIN_RUN
            && digits >= 2
            && count(u8::is_ascii_lowercase) > 0
            && count(u8::is_ascii_uppercase) > 0;
        let hex = run.len() >= MIN_HEX
            && digits >= 2
            && letters >= 2
            && run.bytes().all(|b| b.is_ascii_hexdigit());
        let next = self.bytes[at + run.len()..end].first();
        let is_part = next.is_some_and(|b| *b == b'.' || *b == b'@');
        if !(mixed || hex) || run.contains("NextPart") || is_part {
            return None;
        }
        if run.len() == MAX_ENCODED {
            // Whole texts in base64 go on.
            let more = text[run.len()..]
                .iter()
                .take_while(|b| is_of_run(b))
                .count();
            run = &self.text[at..at + run.len() + more];
        }
        let with = token(&self.redactor.key, Class::Id, run);
        self.replace(at..at + run.len(), with, false);
        Some(at + run.len())
    }

    /// A name with dots whose last part is a word: a host, unless it is a file or a program's own
    /// name.
    fn dotted(&mut self, at: usize, end: usize) -> Option<usize> {
        let text = self.near(at, end, MAX_SHAPE);
        let stop = text.find(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)));
        let run = text[..stop.unwrap_or(text.len())].trim_end_matches(['.', '-', '_']);
        let labels: Vec<&str> = run.split('.').collect();
        let last = *labels.last()?;
        if labels.len() < 2 || labels.iter().any(|label| label.is_empty()) {
            return None;
        }
        let behind = &text[run.len()..];
        let is_host = (2..=24).contains(&last.chars().count())
            && (last.chars().all(char::is_alphabetic) || last.starts_with("xn--"))
            && !behind.starts_with("::")
            && !behind.starts_with('(')
            && !is_extension(last)
            && !is_code(run);
        if !is_host || self.programs {
            return is_host.then_some(at + run.len());
        }
        if let Some(with) = self.redactor.host_token(run) {
            if let Some(known) = &mut self.learned {
                learn_host(known, run);
            }
            self.replace(at..at + run.len(), with, false);
        }
        Some(at + run.len())
    }
}

/// Escapes of line ends, as daemons, gateways and literals write them.
const LINE_ENDS: [&[u8]; 6] = [b"#015#012", b"#015", b"#012", b"^M", b"\\r\\n", b"\\n"];

/// How long the escaped line end at the front of a text is; 0 where there is none.
fn escape_len(text: &[u8]) -> usize {
    if !matches!(text.first(), Some(b'#' | b'^' | b'\\')) {
        return 0;
    }
    let Some(escape) = LINE_ENDS.iter().find(|escape| text.starts_with(escape)) else {
        return 0;
    };
    // `C:\new` holds none: behind a line end there is a header or nothing.
    let next = text.get(escape.len());
    let is_path = **escape == *b"\\n" && next.is_some_and(u8::is_ascii_lowercase);
    if is_path { 0 } else { escape.len() }
}

fn ends_with_escape(text: &[u8]) -> bool {
    LINE_ENDS.iter().any(|escape| text.ends_with(escape))
}

/// Whether a character ends a run of text with percent signs.
fn ends_run(c: char) -> bool {
    c.is_whitespace() || "\"'<>;,&=?()".contains(c)
}

/// Names with dots of programs and types of content.
fn is_code(run: &str) -> bool {
    [
        "vnd.",
        "System.",
        "Microsoft.Rtc",
        "Microsoft.Lync",
        "Microsoft.Office",
    ]
    .iter()
    .any(|front| run.starts_with(front))
}

/// Notes a host, its domain, and their names where these are no common words.
fn learn_host(known: &mut Known, host: &str) {
    let host = host.trim_end_matches('.');
    if host.parse::<Ipv4Addr>().is_ok() || host.starts_with('[') || is_well_known_host(host) {
        return;
    }
    known.add(Class::Host, host);
    let (front, domain) = divide(host);
    if let Some(domain) = domain {
        known.add(Class::Host, domain);
        let name = domain.split('.').next().unwrap_or(domain);
        known.add_organisation(name, domain);
        let first = front.split('.').next().unwrap_or_default();
        // A word alone may be any word; with a digit in it, it is a machine.
        if first.len() > 3 && first.bytes().any(|b| b.is_ascii_digit()) {
            known.add(Class::Host, first);
        }
    }
}

/// The names before a host's domain, and its domain: the last two labels, or three where the last
/// two are such as `co.uk`. A host without a dot has no domain.
pub(crate) fn divide(host: &str) -> (&str, Option<&str>) {
    let dots: Vec<usize> = host.match_indices('.').map(|(at, _)| at).collect();
    let Some(last) = dots.last() else {
        return (host, None);
    };
    let top = &host[last + 1..];
    let labels = match dots.len() {
        1 => 2,
        count => {
            let second = &host[dots[count - 2] + 1..*last];
            let shared = [
                "co", "com", "org", "net", "ac", "gov", "edu", "gob", "or", "ne",
            ];
            let is_shared = shared
                .iter()
                .any(|known| second.eq_ignore_ascii_case(known));
            if top.len() == 2 && is_shared { 3 } else { 2 }
        }
    };
    if dots.len() < labels {
        return ("", Some(host));
    }
    let cut = dots[dots.len() - labels];
    (&host[..cut], Some(&host[cut + 1..]))
}

/// A text with its edits.
pub(crate) fn applied(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len() + edits.len() * 16);
    let mut at = 0;
    for edit in edits {
        out.push_str(&text[at..edit.range.start]);
        out.push_str(&edit.with);
        at = edit.range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// `/24` behind an address: the bits, and how long that is.
fn prefix_bits(text: &str) -> Option<(u8, usize)> {
    let digits = text.strip_prefix('/')?;
    let len = digits
        .bytes()
        .take(4)
        .take_while(u8::is_ascii_digit)
        .count();
    let bits = digits[..len].parse().ok().filter(|bits| *bits <= 128)?;
    Some((bits, len + 1))
}

/// Where the colon behind a header's name is, if a line begins with one.
pub(crate) fn header_colon(line: &[u8]) -> Option<usize> {
    let colon = line.iter().take(64).position(|b| *b == b':')?;
    let name = line[..colon].trim_ascii_end();
    let is_name = name.first().is_some_and(u8::is_ascii_alphabetic)
        && name
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    // An address is none, nor the name of a method in a program.
    let is_scheme = [
        "sip", "sips", "tel", "http", "https", "im", "pres", "mailto", "callto",
    ]
    .iter()
    .any(|scheme| name.eq_ignore_ascii_case(scheme.as_bytes()));
    let doubled = line.get(colon + 1) == Some(&b':');
    (is_name && !is_scheme && !doubled).then_some(colon)
}

/// Line numbers, list marks and quotes before pasted text.
pub(crate) fn dress_len(line: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        match byte {
            b' ' | b'\t' | b'*' | b'>' | b'|' | b'"' => at += 1,
            b'-' if line.get(at + 1) == Some(&b' ') => at += 1,
            b'0'..=b'9' => {
                let digits = line[at..].iter().take_while(|b| b.is_ascii_digit()).count();
                let dot = usize::from(matches!(line.get(at + digits), Some(b'.' | b':' | b')')));
                match line.get(at + digits + dot) {
                    Some(b' ' | b'\t') if digits < 7 => at += digits + dot,
                    _ => return at,
                }
            }
            _ => break,
        }
    }
    at
}

/// Where display names stand in front of `<sip:…>`.
fn display_names(text: &str) -> Vec<Range<usize>> {
    let mut names: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find('<').map(|open| from + open) {
        from = open + 1;
        let behind = &text.as_bytes()[open + 1..];
        let scheme = behind.iter().take(5).position(|b| *b == b':');
        let is_address = scheme.is_some_and(|len| {
            ["sip", "sips", "tel"]
                .iter()
                .any(|known| behind[..len].eq_ignore_ascii_case(known.as_bytes()))
        });
        if !is_address {
            continue;
        }
        let front = text[..open].trim_end_matches([' ', '\t']);
        let mut least = front.len().saturating_sub(MAX_NAME);
        while !front.is_char_boundary(least) {
            least += 1;
        }
        let name = match front.strip_suffix('"') {
            Some(inside) => {
                let (quote, inside) = match inside.strip_suffix('\\') {
                    Some(inside) => ("\\\"", inside),
                    None => ("\"", inside),
                };
                quoted(inside, least, quote)
            }
            None => unquoted(front, least),
        };
        if let Some(name) = name
            && names.last().is_none_or(|last| last.end <= name.start)
        {
            names.push(name);
        }
    }
    names
}

/// Behind the quote that opens a name which ends where `front` does.
fn quoted(front: &str, least: usize, quote: &str) -> Option<Range<usize>> {
    let end = front.len();
    let mut limit = end;
    loop {
        let open = front[least.min(limit)..limit].rfind(quote)? + least.min(limit);
        let escaped = quote == "\"" && front[..open].ends_with('\\');
        if !escaped {
            let start = open + quote.len();
            return (!front[start..].trim().is_empty()).then_some(start..end);
        }
        limit = open;
    }
}

/// Words behind the colon of a header or a comma, or at the front of a line.
fn unquoted(front: &str, least: usize) -> Option<Range<usize>> {
    let before = front[least..].rfind([
        ':', ',', '=', ';', '\n', '"', '<', '>', '(', ')', '/', '#', '|', '\\',
    ])?;
    let before = least + before;
    let is_front = matches!(front.as_bytes()[before], b':' | b',' | b'\n');
    let name = front[before + 1..].trim_start();
    let start = front.len() - name.len();
    let is_name = name.chars().any(char::is_alphabetic)
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || " .'-_".contains(c))
        && !is_common(&name.to_lowercase());
    (is_front && is_name).then_some(start..front.len())
}

/// A text with its `%20`s undone; none where it has none, or would be no text.
fn percent_decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let mut any = false;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
                any = true;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    let text = any.then(|| String::from_utf8(decoded).ok()).flatten()?;
    (!text.contains(['\n', '\r', '\0'])).then_some(text)
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
