//! ICE fields of quality reports: `VQReportEvent` documents (MS-QoE).
//!
//! Not an XML parser: reports are cut off, wrapped in log lines and followed by other text, and
//! only a few elements matter. Tags are read one after another; nothing needs to be balanced.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;
use siptriage_diagnostics::{IceWarn, MediaSide};
use siptriage_facts::Media;

use crate::lines::text;

/// Most media lines that are read of one report.
const MAX_MEDIA: usize = 64;

/// What a quality report says of ICE.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Quality<'t> {
    /// Call-ID, times and parties of the dialog, as parameters.
    pub(crate) params: Vec<(Cow<'t, str>, Cow<'t, str>)>,
    /// One for each media line.
    pub(crate) media: Vec<Media<'t>>,
    /// Where the report ends.
    pub(crate) end: usize,
}

/// Where the next report begins: the `<` of its element.
pub(crate) fn next_report(bytes: &[u8], from: usize) -> Option<usize> {
    static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("VQReportEvent"));
    NAME.find_iter(bytes.get(from..)?)
        .map(|at| from + at)
        .find_map(|at| {
            // The element, with or without a prefix; not its end, not the word in a sentence.
            let before = &bytes[from..at];
            let prefix = before
                .iter()
                .rev()
                .take(17)
                .take_while(|b| b.is_ascii_alphanumeric() || **b == b':');
            let open = at.checked_sub(prefix.count() + 1)?;
            (open >= from && bytes[open] == b'<').then_some(open)
        })
}

/// The report that begins at `start`.
pub(crate) fn read_report(bytes: &[u8], start: usize) -> Quality<'_> {
    let mut quality = Quality {
        end: bytes.len(),
        ..Quality::default()
    };
    // Elements of these names are read where they stand inside of one of the others.
    let mut address: Option<&str> = None;
    // Whose report it is: stands before the media lines.
    let mut side = None;
    let mut at = start;
    // Tags and values are short: looking at each byte costs less than a search for each.
    let find = |byte: u8, from: usize| {
        let place = bytes[from..].iter().position(|other| *other == byte);
        place.map(|place| from + place)
    };
    while let Some(open) = find(b'<', at) {
        let closing = bytes.get(open + 1) == Some(&b'/');
        let front = open + 1 + usize::from(closing);
        let Some((local, name_end)) = element_name(bytes, front) else {
            break;
        };
        let Some(close) = find(b'>', name_end) else {
            break;
        };
        let name = &bytes[local..name_end];
        let attributes = &bytes[name_end..close];
        at = close + 1;
        // Most elements are of no interest, and their first letter says so.
        let first = name.first().copied().unwrap_or(0);
        if closing && !matches!(first, b'V' | b'L' | b'R')
            || !matches!(
                first,
                b'V' | b'D' | b'C' | b'F' | b'T' | b'R' | b'M' | b'I' | b'O' | b'N' | b'L' | b'P'
            )
        {
            continue;
        }
        if closing {
            match name {
                b"VQReportEvent" => {
                    quality.end = at;
                    break;
                }
                b"LocalAddr" | b"RemoteAddr" | b"RelayAddress" => address = None,
                _ => {}
            }
            continue;
        }
        let value = || {
            let end = memchr(b'<', &bytes[at..]).map_or(bytes.len(), |end| at + end);
            text(bytes[at..end].trim_ascii())
        };
        match name {
            b"VQReportEvent" if open > start => {
                quality.end = open;
                break;
            }
            b"DialogInfo" => {
                for key in ["CallId", "FromTag", "ToTag", "Start", "End"] {
                    if let Some(value) = attribute(attributes, key.as_bytes()) {
                        quality.params.push((key.into(), text(value)));
                    }
                }
            }
            b"Caller" if quality.media.is_empty() => {
                side = match &*value() {
                    word if word.eq_ignore_ascii_case("true") => Some(MediaSide::Caller),
                    word if word.eq_ignore_ascii_case("false") => Some(MediaSide::Callee),
                    _ => None,
                };
            }
            b"FromURI" => quality.params.push(("FromURI".into(), value())),
            b"ToURI" => quality.params.push(("ToURI".into(), value())),
            b"RegisteredInside" => quality.params.push(("RegisteredInside".into(), value())),
            b"MediaLine" => {
                address = None;
                if quality.media.len() < MAX_MEDIA {
                    let label = attribute(attributes, b"Label")
                        .map(text)
                        .unwrap_or_default();
                    quality.media.push(Media {
                        side,
                        label,
                        ..Media::default()
                    });
                }
            }
            _ => {
                let Some(media) = quality.media.last_mut() else {
                    continue;
                };
                let mut field = |name: Cow<'static, str>, value| {
                    if media.fields.len() < MAX_MEDIA {
                        media.fields.push((name, value));
                    }
                };
                match name {
                    b"IceWarningFlags" => {
                        let value = value();
                        match mask(value.as_bytes()) {
                            Ok(mask) => media.ice_warn = Some(mask),
                            Err(_) => media.malformed_ice_warn = Some(value.clone()),
                        }
                        media.fields.push(("IceWarningFlags".into(), value));
                    }
                    b"Ice" => field("Ice".into(), value()),
                    b"Transport" => field("Transport".into(), value()),
                    b"Offerer" => field("Offerer".into(), value()),
                    b"NetworkConnectivityInfo" => {}
                    b"NetworkConnection" => field("NetworkConnection".into(), value()),
                    b"VPN" => field("VPN".into(), value()),
                    b"ReflexiveLocalIPAddress" => field("ReflexiveLocalIPAddress".into(), value()),
                    b"LocalAddr" => address = Some("LocalAddr"),
                    b"RemoteAddr" => address = Some("RemoteAddr"),
                    b"RelayAddress" => address = Some("RelayAddress"),
                    b"IPAddr" | b"Port" | b"Inside" => {
                        if let Some(name) = address.and_then(|address| of_address(address, name)) {
                            field(name.into(), value());
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    quality
}

/// Flags of a quality report. The schema says a decimal number; known readers take it as
/// hexadecimal. With `0x` or hexadecimal letters it can only be hexadecimal; else it is read as
/// the schema says. The text is kept beside it.
fn mask(value: &[u8]) -> Result<IceWarn, siptriage_diagnostics::MalformedMask> {
    let is_hex = value.starts_with(b"0x")
        || value.starts_with(b"0X")
        || value.iter().any(u8::is_ascii_alphabetic);
    if is_hex {
        IceWarn::parse(value)
    } else {
        IceWarn::parse_decimal(value)
    }
}

/// The field that an element is inside of an address.
fn of_address(address: &str, name: &[u8]) -> Option<&'static str> {
    Some(match (address, name) {
        ("LocalAddr", b"IPAddr") => "LocalAddr.IPAddr",
        ("LocalAddr", b"Port") => "LocalAddr.Port",
        ("LocalAddr", b"Inside") => "LocalAddr.Inside",
        ("RemoteAddr", b"IPAddr") => "RemoteAddr.IPAddr",
        ("RemoteAddr", b"Port") => "RemoteAddr.Port",
        ("RemoteAddr", b"Inside") => "RemoteAddr.Inside",
        ("RelayAddress", b"IPAddr") => "RelayAddress.IPAddr",
        ("RelayAddress", b"Port") => "RelayAddress.Port",
        ("RelayAddress", b"Inside") => "RelayAddress.Inside",
        _ => return None,
    })
}

/// What a byte does to the name of an element: 0 nothing, 1 ends its prefix, 2 ends it.
static IN_NAME: [u8; 256] = {
    let mut table = [0; 256];
    table[b':' as usize] = 1;
    let mut at = 0;
    let ends = b">/ \t\n\r\x0C";
    while at < ends.len() {
        table[ends[at] as usize] = 2;
        at += 1;
    }
    table
};

/// The name of the element at `front`: where it begins behind its namespace prefix, and where it
/// ends. None where the text ends first.
fn element_name(bytes: &[u8], front: usize) -> Option<(usize, usize)> {
    let mut local = front;
    for (at, byte) in (front..).zip(bytes.get(front..)?) {
        match IN_NAME[usize::from(*byte)] {
            0 => {}
            1 => local = at + 1,
            _ => return Some((local, at)),
        }
    }
    None
}

/// A name without its namespace prefix.
fn local_name(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|b| *b == b':') {
        Some(colon) => &name[colon + 1..],
        None => name,
    }
}

/// The value of an attribute, by its name without prefix, in any case.
pub(crate) fn attribute<'t>(attributes: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    let mut rest = attributes;
    loop {
        let equals = memchr(b'=', rest)?;
        let key = rest[..equals].trim_ascii();
        let key = key.rsplit(u8::is_ascii_whitespace).next().unwrap_or(key);
        let value = rest[equals + 1..].trim_ascii_start();
        // In string literals the quotes are escaped.
        let value = value.strip_prefix(b"\\").unwrap_or(value);
        let (&quote, value) = value.split_first()?;
        if !matches!(quote, b'"' | b'\'') {
            rest = value;
            continue;
        }
        let end = memchr(quote, value)?;
        if local_name(key).eq_ignore_ascii_case(name) {
            return Some(value[..end].strip_suffix(b"\\").unwrap_or(&value[..end]));
        }
        rest = &value[end + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "x <VQReportEvent xmlns='ms-rtcp-metrics'><VQSessionReport SessionId=\"1\">\
        <DialogInfo CallId=\"abc\" FromTag='1' Start=\"2026-03-14T09:26:53\"><FromURI>sip:ann@contoso.com</FromURI></DialogInfo>\
        <MediaLine Label=\"main-audio\"><Description><Connectivity><Ice>RELAY</Ice><IceWarningFlags>0x120</IceWarningFlags>\
        <RelayAddress><IPAddr>192.0.2.3</IPAddr><Port>3478</Port></RelayAddress></Connectivity><Transport>UDP</Transport>\
        <LocalAddr><IPAddr>198.51.100.1</IPAddr><Inside>true</Inside></LocalAddr></Description></MediaLine>\
        <MediaLine Label=\"main-video\"><v2:IceWarningFlags>800</v2:IceWarningFlags></MediaLine>\
        </VQSessionReport></VQReportEvent> y";

    #[test]
    fn the_fields_that_matter_are_read() {
        let start = next_report(REPORT.as_bytes(), 0).unwrap();
        assert_eq!(start, 2);
        let quality = read_report(REPORT.as_bytes(), start);
        assert_eq!(quality.end, REPORT.len() - 2);
        assert_eq!(quality.params[0], ("CallId".into(), "abc".into()));
        let [audio, video] = quality.media.as_slice() else {
            panic!("{quality:?}")
        };
        assert_eq!(
            (audio.label.as_ref(), audio.ice_warn),
            ("main-audio", Some(IceWarn::from_bits(0x120)))
        );
        assert_eq!(audio.field("Ice"), Some("RELAY"));
        assert_eq!(audio.field("RelayAddress.IPAddr"), Some("192.0.2.3"));
        assert_eq!(audio.field("LocalAddr.Inside"), Some("true"));
        assert_eq!(video.ice_warn, Some(IceWarn::from_bits(800)));
        assert_eq!(
            next_report(b"VQReportEvent </VQReportEvent> VQSessionReport", 0),
            None
        );
    }

    #[test]
    fn reports_cut_anywhere_are_read_as_far_as_they_go() {
        for end in 0..REPORT.len() {
            let bytes = &REPORT.as_bytes()[..end];
            if let Some(start) = next_report(bytes, 0) {
                let quality = read_report(bytes, start);
                assert!(quality.end <= end);
            }
        }
    }
}
