//! CallerMediaDebug and CalleeMediaDebug.
//!
//! `audio:ICEWarn=0x80012b,LocalSite=192.0.2.1:5060,…`: a label, then items. No published
//! grammar exists (source keys KB, MSX, LAB give examples); unknown items are kept.

use crate::value::quote_len;

/// Whose view a media section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaSide {
    /// The side that sent the INVITE.
    Caller,
    /// The side that answered it.
    Callee,
}

impl MediaSide {
    /// The word used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            MediaSide::Caller => "caller",
            MediaSide::Callee => "callee",
        }
    }

    /// The side whose view a parameter of this name holds.
    pub fn from_param(name: &[u8]) -> Option<MediaSide> {
        if name.eq_ignore_ascii_case(b"CallerMediaDebug") {
            Some(MediaSide::Caller)
        } else if name.eq_ignore_ascii_case(b"CalleeMediaDebug") {
            Some(MediaSide::Callee)
        } else {
            None
        }
    }

    /// The side that `UserType` names in the form of monitoring reports.
    pub fn from_user_type(value: &[u8]) -> Option<MediaSide> {
        if value.eq_ignore_ascii_case(b"Caller") {
            Some(MediaSide::Caller)
        } else if value.eq_ignore_ascii_case(b"Callee") {
            Some(MediaSide::Callee)
        } else {
            None
        }
    }
}

/// One item of a media debug value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaItem<'t> {
    /// A label: a new section begins.
    Section(&'t [u8]),
    /// A field of the section begun last: name and value, without quotes and blanks.
    Field(&'t [u8], &'t [u8]),
}

/// The items of a media debug value, in order. Empty items are left out.
///
/// A section begins where an item has the form `label:name=value`; several media in one value
/// are so told apart, whatever separates them.
pub fn media_items(value: &[u8]) -> impl Iterator<Item = MediaItem<'_>> {
    value.split(|b| matches!(b, b',' | b';')).flat_map(|item| {
        let item = trim(item);
        let equals = item.iter().position(|b| *b == b'=');
        let name_end = equals.unwrap_or(item.len());
        let colon = item[..name_end].iter().position(|b| *b == b':');
        let (label, rest) = match colon {
            Some(colon) if is_label(&item[..colon]) => {
                (Some(trim(&item[..colon])), &item[colon + 1..])
            }
            _ => (None, item),
        };
        let field = match rest.iter().position(|b| *b == b'=') {
            Some(equals) => Some((trim(&rest[..equals]), trim(&rest[equals + 1..]))),
            None => Some((trim(rest), &rest[rest.len()..])),
        };
        let field = field.filter(|(name, _)| !name.is_empty());
        let section = label.map(MediaItem::Section);
        section
            .into_iter()
            .chain(field.map(|(name, value)| MediaItem::Field(name, value)))
    })
}

fn is_label(text: &[u8]) -> bool {
    let text = trim(text);
    text.first().is_some_and(|b| b.is_ascii_alphabetic())
        && text
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Without blanks, quotation marks and emphasis around it.
fn trim(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii();
    while let [b'*', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b'*'] = text {
        text = rest;
    }
    loop {
        let open = quote_len(text, 0);
        let close = (1..=3usize.min(text.len()))
            .find(|len| quote_len(text, text.len() - len) == *len)
            .unwrap_or(0);
        if open == 0 && close == 0 {
            return text;
        }
        let end = text.len() - if open + close > text.len() { 0 } else { close };
        text = text[open.min(end)..end].trim_ascii();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Vec<String> {
        let text = String::from_utf8_lossy;
        media_items(value.as_bytes())
            .map(|item| match item {
                MediaItem::Section(label) => format!("[{}]", text(label)),
                MediaItem::Field(name, value) => format!("{}={}", text(name), text(value)),
            })
            .collect()
    }

    #[test]
    fn sections_and_fields_come_in_order() {
        assert_eq!(
            read("application-sharing:ICEWarn=0x320,,,RemoteSite=, PortRange=50040:50049"),
            [
                "[application-sharing]",
                "ICEWarn=0x320",
                "RemoteSite=",
                "PortRange=50040:50049"
            ]
        );
        assert_eq!(
            read("audio:ICEWarn=0x0,LocalSite=192.0.2.1:5,video:ICEWarn=\"0x20\";data:ICEWarn=1"),
            [
                "[audio]",
                "ICEWarn=0x0",
                "LocalSite=192.0.2.1:5",
                "[video]",
                "ICEWarn=0x20",
                "[data]",
                "ICEWarn=1"
            ]
        );
    }

    #[test]
    fn addresses_with_colons_are_no_labels() {
        assert_eq!(
            read("audio:LocalMR=192.0.2.1::5002,LocalSite=[2001:db8::1]:5,odd"),
            [
                "[audio]",
                "LocalMR=192.0.2.1::5002",
                "LocalSite=[2001:db8::1]:5",
                "odd="
            ]
        );
        assert_eq!(read(""), Vec::<String>::new());
        assert_eq!(read("ICEWarn=”0x1″"), ["ICEWarn=0x1"]);
        // One of the marks was lost.
        assert_eq!(read("ICEWarn=\"0x1"), ["ICEWarn=0x1"]);
        assert_eq!(read("ICEWarn=0x1″"), ["ICEWarn=0x1"]);
        // Four are one mark and another.
        assert_eq!(read("x:????=1"), ["[x]", "?=1"]);
    }

    #[test]
    fn labels_are_words_that_begin_with_a_letter() {
        assert_eq!(read("main-audio2_x:a=1"), ["[main-audio2_x]", "a=1"]);
        assert_eq!(read(" video :a=1"), ["[video]", "a=1"]);
        assert_eq!(read("5:a=1"), ["5:a=1"]);
        assert_eq!(read("main audio:a=1"), ["main audio:a=1"]);
        assert_eq!(read(":a=1"), [":a=1"]);
    }

    #[test]
    fn sides_are_known_by_the_names_of_parameters_and_users() {
        for (side, param, user) in [
            (Some(MediaSide::Caller), "callermediadebug", "CALLER"),
            (Some(MediaSide::Callee), "CalleeMediaDebug", "callee"),
            (None, "MediaDebug", "user"),
        ] {
            assert_eq!(MediaSide::from_param(param.as_bytes()), side);
            assert_eq!(MediaSide::from_user_type(user.as_bytes()), side);
            if let Some(side) = side {
                assert_eq!(side.name(), user.to_lowercase());
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic() {
        let seed = "audio:ICEWarn=\"”0x1″,,;x:\u{2033}=\"\"???:=,\"".as_bytes();
        for from in 0..seed.len() {
            for to in from..=seed.len() {
                let _ = media_items(&seed[from..to]).count();
            }
        }
    }
}
