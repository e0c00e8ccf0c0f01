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

use crate::letters::Letters;
use crate::lines::text;
use crate::native::lanes::{Lanes, Three, WIDTH};

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

/// Where tags begin and end in a text, looked at as far as somebody asks. Tags and the values
/// between them are short, so that a search for each would cost more than a look at all bytes.
#[derive(Debug)]
pub(crate) struct Tags<'t> {
    bytes: &'t [u8],
    lanes: Lanes,
    /// Of each block of the text where `<`, `>` and `:` stand.
    places: Vec<Three>,
}

/// The bytes that [`Tags`] tell, by their place in [`Three`].
const OPEN: usize = 0;
const CLOSE: usize = 1;
const COLON: usize = 2;

/// Blocks that are looked at together.
const BLOCKS: usize = 64;

impl<'t> Tags<'t> {
    pub(crate) fn new(bytes: &'t [u8], lanes: Lanes) -> Tags<'t> {
        Tags {
            bytes,
            lanes,
            places: Vec::new(),
        }
    }

    /// The text.
    pub(crate) fn bytes(&self) -> &'t [u8] {
        self.bytes
    }

    /// The first of these bytes at or behind `from`.
    #[inline]
    fn next(&mut self, which: usize, from: usize) -> Option<usize> {
        self.find(from, |places| places[which])
    }

    /// Where the tag ends whose name begins at `front`, or, if that is before, the first colon in it.
    #[inline]
    fn end_or_colon(&mut self, front: usize) -> Option<usize> {
        self.find(front, |places| places[CLOSE] | places[COLON])
    }

    /// The first place at or behind `from` whose bit is set in what `of` makes of a block.
    #[inline]
    fn find(&mut self, from: usize, of: impl Fn(&Three) -> u64) -> Option<usize> {
        let mut block = from / WIDTH;
        let mut mask = !0 << (from % WIDTH);
        loop {
            while let Some(places) = self.places.get(block) {
                let bits = of(places) & mask;
                if bits != 0 {
                    return Some(block * WIDTH + bits.trailing_zeros() as usize);
                }
                block += 1;
                mask = !0;
            }
            if !self.look_at_more() {
                return None;
            }
        }
    }

    /// False at the end of the text.
    #[cold]
    #[inline(never)]
    fn look_at_more(&mut self) -> bool {
        let rest = self.bytes.get(self.places.len() * WIDTH..);
        let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
            return false;
        };
        let more = &rest[..rest.len().min(BLOCKS * WIDTH)];
        let wanted = [b'<', b'>', b':'];
        self.lanes.note_three(more, wanted, &mut self.places);
        true
    }
}

/// The first three letters of the elements that matter.
static FRONTS: Letters<32, 1> = {
    let fronts = b"VQRVPNDiaCalFroToUTraRegMedIceOffNetRefLocRemRelIPAInsPor";
    let mut all = [0; 19];
    let mut at = 0;
    while at < all.len() {
        let front = at * 3;
        all[at] = u32::from_le_bytes([fronts[front], fronts[front + 1], fronts[front + 2], 0]);
        at += 1;
    }
    Letters::new(&all, 0xda14_21b3)
};

/// Whether the name of an element begins as one that matters.
#[inline]
fn may_matter(name: &[u8]) -> bool {
    let [first, second, third, ..] = *name else {
        return false;
    };
    FRONTS.has(u32::from_le_bytes([first, second, third, 0]))
}

/// The report that begins at `start`.
pub(crate) fn read_report<'t>(tags: &mut Tags<'t>, start: usize) -> Quality<'t> {
    let bytes = tags.bytes;
    let mut quality = Quality {
        end: bytes.len(),
        ..Quality::default()
    };
    // Elements of these names are read where they stand inside of one of the others.
    let mut address: Option<&str> = None;
    // Whose report it is: stands before the media lines.
    let mut side = None;
    let mut at = start;
    while let Some(open) = tags.next(OPEN, at) {
        let closing = bytes.get(open + 1) == Some(&b'/');
        let front = open + 1 + usize::from(closing);
        // Most elements are of no interest, and the first letters of their name say so. A colon
        // may be the end of a namespace prefix before it.
        if !may_matter(&bytes[front..]) {
            match tags.end_or_colon(front) {
                Some(end) if bytes[end] == b'>' => {
                    at = end + 1;
                    continue;
                }
                Some(_) => {}
                None => break,
            }
        }
        let Some(close) = tags.next(CLOSE, front) else {
            break;
        };
        at = close + 1;
        // Most that matter are a name and nothing else.
        let tag = &bytes[front..close];
        let (name, attributes) = if tag.iter().all(u8::is_ascii_alphanumeric) {
            (tag, &bytes[close..close])
        } else {
            let Some((local, name_end)) = element_name(bytes, front) else {
                break;
            };
            (&bytes[local..name_end], &bytes[name_end..close])
        };
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
        let mut value = || {
            let end = tags.next(OPEN, at).unwrap_or(bytes.len());
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
                        // As many as most have.
                        fields: Vec::with_capacity(16),
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
        let mut tags = Tags::new(REPORT.as_bytes(), Lanes::best());
        let quality = read_report(&mut tags, start);
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
                let mut readings = Lanes::ALL.iter().filter(|lanes| lanes.is_there());
                let read = |lanes: &Lanes| read_report(&mut Tags::new(bytes, *lanes), start);
                let quality = read(readings.next_back().expect("one is always there"));
                assert!(quality.end <= end);
                for lanes in readings {
                    assert_eq!(read(lanes), quality, "{lanes:?} {end}");
                }
            }
        }
    }

    #[test]
    fn places_are_told_across_blocks() {
        let mut text = vec![b'x'; 300];
        for at in [0, 63, 64, 130, 191, 192, 299] {
            text[at] = b':';
        }
        for at in [62, 128, 191, 298] {
            text[at] = b'>';
        }
        for lanes in Lanes::ALL.iter().filter(|lanes| lanes.is_there()) {
            let mut tags = Tags::new(&text, *lanes);
            assert_eq!(tags.next(OPEN, 0), None);
            for from in 0..=text.len() {
                let next = |of: &[u8]| (from..text.len()).find(|at| of.contains(&text[*at]));
                assert_eq!(tags.next(COLON, from), next(b":"), "{lanes:?} {from}");
                assert_eq!(tags.next(CLOSE, from), next(b">"), "{lanes:?} {from}");
                assert_eq!(tags.end_or_colon(from), next(b">:"), "{lanes:?} {from}");
            }
        }
    }

    #[test]
    fn names_lose_their_prefix() {
        assert_eq!(local_name(b"v2:Name"), b"Name");
        assert_eq!(local_name(b"a:b:Name"), b"Name");
        assert_eq!(local_name(b"Name"), b"Name");
        assert_eq!(next_report(b"x <ns1:VQReportEvent>", 0), Some(2));
        assert_eq!(next_report(b"<a> VQReportEvent>", 0), None);
        assert_eq!(
            attribute(b" v2:a=\"1\" b='2' A=\"3\"", b"b"),
            Some(&b"2"[..])
        );
    }

    #[test]
    fn what_stands_before_the_media_lines_is_of_the_report() {
        let read = |text: &'static str| {
            let mut tags = Tags::new(text.as_bytes(), Lanes::best());
            read_report(&mut tags, 0)
        };
        let report = "<VQReportEvent><DialogInfo CallId='a'/><RegisteredInside>true</RegisteredInside>\
            <Caller>TRUE</Caller><MediaLine Label='x'><Caller>false</Caller></MediaLine>\
            <MediaLine Label='y'><IceWarningFlags>0X20</IceWarningFlags></MediaLine>";
        let quality = read(report);
        // Nothing closes it: it goes on to the end of the text.
        assert_eq!(quality.end, report.len());
        assert_eq!(
            quality.params[1],
            ("RegisteredInside".into(), "true".into())
        );
        let sides: Vec<_> = quality.media.iter().map(|media| media.side).collect();
        assert_eq!(sides, [Some(MediaSide::Caller); 2]);
        assert_eq!(quality.media[1].ice_warn, Some(IceWarn::from_bits(0x20)));
        // Another begins before it is closed.
        let two = "<VQReportEvent><MediaLine Label='x'/><VQReportEvent><MediaLine Label='y'/>";
        let quality = read(two);
        assert_eq!((quality.end, quality.media.len()), (37, 1));
    }

    #[test]
    fn media_lines_and_their_fields_have_a_bound() {
        let text = format!(
            "<VQReportEvent>{}{}",
            "<MediaLine Label='x'>".repeat(MAX_MEDIA + 1),
            "<VPN>true</VPN>".repeat(MAX_MEDIA + 1)
        );
        let quality = read_report(&mut Tags::new(text.as_bytes(), Lanes::best()), 0);
        assert_eq!(quality.media.len(), MAX_MEDIA);
        assert_eq!(quality.media[MAX_MEDIA - 1].fields.len(), MAX_MEDIA);
    }
}
