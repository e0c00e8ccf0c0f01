//! Conditions as people type them.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use siptriage_diagnostics::IceWarn;
use siptriage_facts::Modalities;

use super::FilterError;

/// One code, or codes from one to another: `24`, `21-25`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes(RangeInclusive<u32>);

impl Codes {
    /// Whether this code is meant.
    pub fn has(&self, code: u32) -> bool {
        self.0.contains(&code)
    }
}

impl FromStr for Codes {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Codes, FilterError> {
        let range = range(text, |text| text.parse().ok());
        range.map(Codes).ok_or_else(|| {
            FilterError::new("not a code; write 24, a range as in 21-25, or several with commas")
        })
    }
}

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(&self.0, f)
    }
}

/// One status, or a class or range of them: `488`, `4xx`, `400-499`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(RangeInclusive<u16>);

impl Statuses {
    /// Whether this status is meant.
    pub fn has(&self, status: u16) -> bool {
        self.0.contains(&status)
    }
}

impl FromStr for Statuses {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Statuses, FilterError> {
        let status = |text: &str| text.parse().ok().filter(|n| (100..700).contains(n));
        let class = |text: &str| {
            let class = text.to_ascii_lowercase();
            let digit: u16 = class.strip_suffix("xx")?.parse().ok()?;
            (1..=6)
                .contains(&digit)
                .then(|| digit * 100..=digit * 100 + 99)
        };
        let range = class(text.trim()).or_else(|| range(text, status));
        range.map(Statuses).ok_or_else(|| {
            FilterError::new("not a status; write 488, a class as in 4xx, or a range as in 400-499")
        })
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(&self.0, f)
    }
}

/// `FROM-TO`, or one that is both.
fn range<N: Copy + PartialOrd>(
    text: &str,
    read: impl Fn(&str) -> Option<N>,
) -> Option<RangeInclusive<N>> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (read(from.trim())?, read(to.trim())?);
    (from <= to).then_some(from..=to)
}

fn show<N: fmt::Display + PartialEq>(
    range: &RangeInclusive<N>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    match (range.start(), range.end()) {
        (from, to) if from == to => write!(f, "{from}"),
        (from, to) => write!(f, "{from}-{to}"),
    }
}

/// A condition on an ICEWarn mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    /// `has:0x20`, and `0x20` alone: all of these bits, and perhaps others.
    Has(IceWarn),
    /// `any:0x300`: at least one of these bits.
    Any(IceWarn),
    /// `is:0x320`: these bits and no others.
    Is(IceWarn),
}

impl Mask {
    /// Whether a mask is one that is meant.
    pub fn takes(self, mask: IceWarn) -> bool {
        let bits = mask.bits();
        match self {
            Mask::Has(wanted) => bits & wanted.bits() == wanted.bits(),
            Mask::Any(wanted) => bits & wanted.bits() != 0,
            Mask::Is(wanted) => mask == wanted,
        }
    }
}

impl FromStr for Mask {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Mask, FilterError> {
        let (how, mask) = text.split_once(':').unwrap_or(("has", text));
        let bits = IceWarn::parse(mask.trim().as_bytes()).map_err(|_| {
            FilterError::new(
                "not a mask; write hexadecimal digits, as in has:0x20, any:0x300 or is:0x320",
            )
        })?;
        let wants_bits = |mask| {
            if bits.bits() == 0 {
                Err(FilterError::new(
                    "names no bit; write is:0x0 for masks without any",
                ))
            } else {
                Ok(mask)
            }
        };
        match how.trim().to_ascii_lowercase().as_str() {
            "has" => wants_bits(Mask::Has(bits)),
            "any" => wants_bits(Mask::Any(bits)),
            "is" => Ok(Mask::Is(bits)),
            _ => Err(FilterError::new(format!(
                "`{how}:` is no way to compare; write has:{mask} for all of these bits, \
                 any:{mask} for one of them, is:{mask} for exactly these"
            ))),
        }
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mask::Has(mask) => write!(f, "has:{mask}"),
            Mask::Any(mask) => write!(f, "any:{mask}"),
            Mask::Is(mask) => write!(f, "is:{mask}"),
        }
    }
}

/// A medium: a modality (`audio`, `application-sharing`), or a label as traces write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medium {
    typed: String,
    /// None for a label that is no modality.
    modality: Option<Modalities>,
}

impl Medium {
    /// Whether a media section of this label is meant.
    pub fn takes_label(&self, label: &str) -> bool {
        match self.modality {
            Some(modality) => Modalities::of_medium(label).has(modality),
            None => plain(label) == plain(&self.typed),
        }
    }

    /// Whether a call that carries these is meant. Labels that are no modality are not known of
    /// a call as a whole.
    pub fn takes_modalities(&self, modalities: Modalities) -> bool {
        self.modality.is_some_and(|wanted| modalities.has(wanted))
    }
}

/// A word without what writers spell in different ways.
fn plain(word: &str) -> String {
    let letters = word
        .trim()
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '));
    letters.flat_map(char::to_lowercase).collect()
}

impl FromStr for Medium {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Medium, FilterError> {
        let word = plain(text);
        if word.is_empty() {
            let words: Vec<&str> = Modalities::ALL.iter().map(|(_, word)| *word).collect();
            return Err(FilterError::new(format!(
                "names no medium; write one of {}, or a label",
                words.join(", ")
            )));
        }
        let mut known = Modalities::ALL.into_iter();
        let known = known.find(|(_, name)| plain(name) == word);
        let modality = match (known, word.as_str()) {
            (Some((modality, _)), _) => Some(modality),
            (None, "sharing") => Some(Modalities::SHARING),
            _ => None,
        };
        Ok(Medium {
            typed: text.trim().to_owned(),
            modality,
        })
    }
}

impl fmt::Display for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

/// A user's address or a part of it, in any case.
///
/// What has a name before its `@` is an address: `ann@contoso.com` is not in
/// `joann@contoso.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Lower case, without scheme.
    part: String,
    typed: String,
}

impl User {
    /// Whether an address of record is this user's.
    pub fn takes(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        let address = without_scheme(&address);
        if self.part.find('@').is_some_and(|at| at > 0) {
            address.starts_with(&self.part)
        } else {
            address.contains(&self.part)
        }
    }
}

fn without_scheme(address: &str) -> &str {
    let schemes = ["sip:", "sips:", "tel:"].into_iter();
    let mut bare = schemes.filter_map(|scheme| address.strip_prefix(scheme));
    bare.next().unwrap_or(address)
}

impl FromStr for User {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<User, FilterError> {
        let lower = text.trim().to_lowercase();
        let part = without_scheme(&lower).to_owned();
        if part.is_empty() {
            return Err(FilterError::new(
                "names nobody; write an address or a part of it",
            ));
        }
        let typed = text.trim().to_owned();
        Ok(User { part, typed })
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_statuses_are_numbers_ranges_and_classes() {
        let codes: Codes = "21-25".parse().unwrap();
        assert!(codes.has(21) && codes.has(25) && !codes.has(20) && !codes.has(26));
        assert_eq!(codes.to_string(), "21-25");
        assert_eq!("24".parse::<Codes>().unwrap().to_string(), "24");
        for (text, yes, no) in [
            ("488", 488, 487),
            ("4xx", 499, 500),
            ("6XX", 603, 599),
            ("400-403", 403, 404),
        ] {
            let statuses: Statuses = text.parse().unwrap();
            assert!(statuses.has(yes) && !statuses.has(no), "{text}");
        }
        for text in ["", "x", "25-21", "24-", "-24", "1.5", "4294967296"] {
            assert!(text.parse::<Codes>().is_err(), "{text}");
        }
        for text in ["", "7xx", "0xx", "99", "700", "4xy", "xx"] {
            assert!(text.parse::<Statuses>().is_err(), "{text}");
        }
    }

    #[test]
    fn masks_are_compared_in_three_ways() {
        let mask = IceWarn::from_bits;
        for (text, yes, no) in [
            ("has:0x120", 0x320, 0x300),
            ("0x120", 0x320, 0x300),
            ("any:0x300", 0x120, 0x20),
            ("is:0x320", 0x320, 0x321),
            ("is:0x0", 0, 1),
            ("ANY:300", 0x200, 0x20),
        ] {
            let wanted: Mask = text.parse().unwrap();
            assert!(wanted.takes(mask(yes)) && !wanted.takes(mask(no)), "{text}");
        }
        assert_eq!("320".parse::<Mask>().unwrap().to_string(), "has:0x320");
        for (text, words) in [
            ("has:", "not a mask"),
            ("has:0x123456789", "not a mask"),
            ("has:0x0", "names no bit"),
            ("all:0x20", "any:0x20"),
            ("relay", "not a mask"),
        ] {
            let error = text.parse::<Mask>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn media_are_modalities_or_labels() {
        for (text, yes, no) in [
            ("audio", "main-audio", "main-video"),
            ("Application-Sharing", "applicationsharing", "audio"),
            ("sharing", "application-sharing", "audio"),
            ("main-video", "Main-Video", "panoramic-video"),
            ("panoramic", "panoramic", "video"),
        ] {
            let medium: Medium = text.parse().unwrap();
            assert!(medium.takes_label(yes) && !medium.takes_label(no), "{text}");
        }
        let audio: Medium = "audio".parse().unwrap();
        assert!(audio.takes_modalities(Modalities::AUDIO));
        assert!(!audio.takes_modalities(Modalities::VIDEO));
        let label: Medium = "main-audio".parse().unwrap();
        assert!(!label.takes_modalities(Modalities::AUDIO));
        assert!("-".parse::<Medium>().is_err());
    }

    #[test]
    fn users_are_addresses_or_parts_of_them() {
        for (text, yes, no) in [
            (
                "ann@contoso.com",
                "sip:ann@contoso.com",
                "sip:joann@contoso.com",
            ),
            (
                "sip:Ann@Contoso.com",
                "sip:ann@contoso.com",
                "sip:ben@contoso.com",
            ),
            ("ann", "sip:joann@contoso.com", "sip:ben@contoso.com"),
            ("@fabrikam", "sip:ann@fabrikam.com", "sip:ann@contoso.com"),
            ("+15550100", "tel:+15550100", "tel:+15550101"),
        ] {
            let user: User = text.parse().unwrap();
            assert!(user.takes(yes) && !user.takes(no), "{text}");
        }
        assert!("sip:".parse::<User>().is_err());
    }
}
