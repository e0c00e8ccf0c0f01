//! Paths of members: how they are shown, and how one is named on the command line.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// The upper half of code page 437, the one of the IBM PC, in which old zips write names.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// How a name's bytes are meant that are no UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// As code page 437.
    Cp437,
    /// Nobody knows: they are shown as bytes.
    Unknown,
}

/// A name as it is shown: one line of harmless text from which the name can be told again.
///
/// Backslashes become slashes, since Windows tools wrote both. That leaves the backslash for
/// escapes: `\!` is an exclamation mark, which else parts archives; `\xE9` a byte that is no
/// text; `\u{202e}` a character that would not be seen. What a path does by `..` or a drive is
/// shown as it is, since nothing is written anywhere.
pub(crate) fn shown_name(name: &[u8], charset: Charset) -> String {
    let mut shown = String::with_capacity(name.len());
    match (std::str::from_utf8(name), charset) {
        (Ok(text), _) => text.chars().for_each(|c| show(c, &mut shown)),
        (Err(_), Charset::Cp437) => {
            for &byte in name {
                let upper = usize::from(byte).checked_sub(0x80);
                let c = upper.map_or(Some(char::from(byte)), |at| CP437.chars().nth(at));
                show(c.unwrap_or(char::REPLACEMENT_CHARACTER), &mut shown);
            }
        }
        (Err(_), Charset::Unknown) => {
            for chunk in name.utf8_chunks() {
                chunk.valid().chars().for_each(|c| show(c, &mut shown));
                for byte in chunk.invalid() {
                    // Writing to a String does not fail.
                    let _ = write!(shown, "\\x{byte:02X}");
                }
            }
        }
    }
    // `tar cf x.tar .` puts this before every name.
    let bare = shown.trim_start_matches("./");
    if bare.is_empty() {
        "(unnamed)".to_owned()
    } else {
        bare.to_owned()
    }
}

fn show(c: char, shown: &mut String) {
    match c {
        '\\' => shown.push('/'),
        '!' => shown.push_str("\\!"),
        _ if c.is_control() || is_unseen(c) => {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        }
        _ => shown.push(c),
    }
}

/// Characters that take no room or turn the direction of others: two names could look the same.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Tells members of one name apart: the second is shown as `name\#2`.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By a hash, so that a million names take 16 bytes each. Two names of one hash would give
    /// one of them a number that it did not need.
    seen: HashMap<u64, u32>,
}

impl Names {
    pub(crate) fn unique(&mut self, mut shown: String) -> String {
        let mut hasher = DefaultHasher::new();
        shown.hash(&mut hasher);
        let times = self.seen.entry(hasher.finish()).or_insert(0);
        *times = times.saturating_add(1);
        if *times > 1 {
            let _ = write!(shown, "\\#{times}");
        }
        shown
    }
}

/// What of an archive is asked for: a member, or everything below a folder or nested archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What was typed, in the ways it can be meant.
    paths: Vec<String>,
}

impl Wanted {
    /// Takes what stands behind the first `!` of a shown path. Backslashes may be typed for
    /// slashes.
    pub fn new(path: &str) -> Wanted {
        let mut escaped = String::with_capacity(path.len());
        let mut rest = path;
        while let Some(at) = rest.find('\\') {
            escaped.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            escaped.push(if is_escape(after) { '\\' } else { '/' });
            // What an escape escapes is none itself.
            rest = after;
        }
        escaped.push_str(rest);
        let mut paths: Vec<String> = [escaped, path.replace('\\', "/")]
            .iter()
            .map(|path| path.trim_start_matches("./").trim_end_matches(['/', '!']))
            .map(str::to_owned)
            .collect();
        paths.dedup();
        Wanted { paths }
    }

    /// Whether this is the very member that was typed, not one below it. Takes what stands behind
    /// the first `!` of its shown path.
    pub fn names(&self, path: &str) -> bool {
        self.paths.iter().any(|wanted| wanted == path)
    }

    /// Whether a member or archive at this path is asked for.
    pub fn takes(&self, path: &str) -> bool {
        (self.paths.iter()).any(|wanted| {
            wanted.is_empty()
                || path
                    .strip_prefix(wanted.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '!']))
        })
    }

    /// Whether what is asked for may be inside of an archive at this path.
    pub(crate) fn may_be_in(&self, path: &str) -> bool {
        (self.paths.iter()).any(|wanted| {
            wanted
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('!'))
        })
    }
}

fn is_escape(after: &str) -> bool {
    let mut chars = after.chars();
    match chars.next() {
        Some('!' | '#') => true,
        Some('x') => (after.as_bytes().get(1..3)).is_some_and(|hex| {
            hex.iter()
                .all(|digit| digit.is_ascii_digit() || (b'A'..=b'F').contains(digit))
        }),
        Some('u') => chars.next() == Some('{'),
        _ => false,
    }
}

/// Parts what was typed into a file that is there and what is wanted of it: `case.zip!logs/x`.
///
/// `is_file` says what is there. If the whole is a file, or no front of it is, the answer is
/// nothing; of several fronts that are files the longest counts.
pub fn split_path(typed: &Path, is_file: &dyn Fn(&Path) -> bool) -> Option<(PathBuf, Wanted)> {
    let bytes = typed.as_os_str().as_encoded_bytes();
    if !bytes.contains(&b'!') || is_file(typed) {
        return None;
    }
    for at in (0..bytes.len()).rev().filter(|&at| bytes[at] == b'!') {
        let Some(front) = front(typed.as_os_str(), at) else {
            continue;
        };
        if at > 0 && is_file(&front) {
            // Names that are no text are shown with escapes, and so they can be typed.
            return Some((
                front,
                Wanted::new(&String::from_utf8_lossy(&bytes[at + 1..])),
            ));
        }
    }
    None
}

#[cfg(unix)]
fn front(typed: &OsStr, at: usize) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let front = typed.as_bytes().get(..at)?;
    Some(PathBuf::from(OsStr::from_bytes(front)))
}

#[cfg(not(unix))]
fn front(typed: &OsStr, at: usize) -> Option<PathBuf> {
    typed.to_str()?.get(..at).map(PathBuf::from)
}
