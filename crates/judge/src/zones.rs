//! Time zones that the user gives for local stamps.

use std::fmt;
use std::str::FromStr;

use siptriage_facts::Zone;

/// The offset of local stamps, for all files or for those of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone {
    /// Files it holds for; absent where it holds for all local stamps.
    pattern: Option<String>,
    /// Minutes that local time is ahead of UTC.
    minutes: i16,
}

/// Farthest that any zone is from UTC.
const MAX_MINUTES: i16 = 14 * 60;

impl FromStr for TimeZone {
    type Err = String;

    /// Reads `PATTERN=ZONE`, or a `ZONE` alone.
    fn from_str(text: &str) -> Result<TimeZone, String> {
        let (pattern, zone) = match text.rsplit_once('=') {
            Some((pattern, zone)) => (Some(pattern.trim()), zone),
            None => (None, text),
        };
        if pattern == Some("") {
            return Err(
                "there is no pattern before the `=`: write PATTERN=ZONE, or the zone alone"
                    .to_owned(),
            );
        }
        let minutes = minutes(zone.trim())
            .ok_or_else(|| format!("`{}` is no zone: write UTC, +01:00 or -0530", zone.trim()))?;
        Ok(TimeZone {
            pattern: pattern.map(str::to_owned),
            minutes,
        })
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(pattern) = &self.pattern {
            write!(f, "{pattern}=")?;
        }
        Zone::Offset(self.minutes).fmt(f)
    }
}

/// `UTC`, `Z`, or an offset: `+01:00`, `-0530`, `+2`.
fn minutes(zone: &str) -> Option<i16> {
    if zone.eq_ignore_ascii_case("utc") || zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    // Help pages and mails write a typographic minus.
    let (sign, digits) = match zone.strip_prefix(['-', '\u{2212}']) {
        Some(digits) => (-1, digits),
        None => (1, zone.strip_prefix('+')?),
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| -> Option<i16> {
        let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten()
    };
    let minutes = number(minutes).filter(|minutes| *minutes < 60)?;
    let total = number(hours)? * 60 + minutes;
    (total <= MAX_MINUTES).then_some(sign * total)
}

/// All zones that the user gave. The last that fits a file counts; one without a pattern counts
/// where none with a pattern fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeZones(Vec<TimeZone>);

impl TimeZones {
    /// Reads one: `PATTERN=ZONE`, or a `ZONE` alone for all local stamps. A zone is `UTC`, `+01:00`
    /// or `-0530`, at most 14 hours. A pattern is a path or a file's name, in any case, in which
    /// `*` stands for any text and `?` for one character; `/` and `\` are the same.
    ///
    /// # Errors
    /// What is wrong, and what to write instead.
    pub fn parse(text: &str) -> Result<TimeZone, String> {
        text.parse()
    }

    /// Adds one, which counts before those that are there.
    pub fn push(&mut self, zone: TimeZone) {
        self.0.push(zone);
    }

    /// Whether none was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order they were given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &TimeZone> {
        self.0.iter()
    }

    /// Minutes that stamps of this file and zone are ahead of UTC, where the user said so. What the
    /// trace states is not overruled; that server logs are in UTC is an assumption, which a pattern
    /// overrules and a zone for all local stamps does not.
    pub fn given(&self, file: &str, zone: Zone) -> Option<i16> {
        let local = match zone {
            Zone::Utc | Zone::Offset(_) => return None,
            Zone::AssumedUtc => false,
            Zone::Local | Zone::Unknown => true,
        };
        let latest = || self.0.iter().rev();
        let fits = |zone: &&TimeZone| {
            let pattern = zone.pattern.as_deref();
            pattern.is_some_and(|pattern| matches_path(pattern, file))
        };
        let bare = || latest().find(|zone| local && zone.pattern.is_none());
        let zone = latest().find(fits).or_else(bare)?;
        Some(zone.minutes)
    }
}

impl FromIterator<TimeZone> for TimeZones {
    fn from_iter<I: IntoIterator<Item = TimeZone>>(zones: I) -> TimeZones {
        TimeZones(zones.into_iter().collect())
    }
}

/// Whether a pattern fits the whole path or the file's name.
fn matches_path(pattern: &str, path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    matches(pattern, path) || matches(pattern, name)
}

/// Whether a pattern fits a text: `*` is any text, `?` one character. Time grows with the product
/// of the lengths at most.
fn matches(pattern: &str, text: &str) -> bool {
    let fold = |c: char| {
        if c == '\\' {
            '/'
        } else {
            c.to_ascii_lowercase()
        }
    };
    let pattern: Vec<char> = pattern.chars().map(fold).collect();
    let text: Vec<char> = text.chars().map(fold).collect();
    let (mut p, mut t) = (0, 0);
    // Behind the last `*`, and what it stood for so far ends there.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            // Only the last `*` needs to give way: those before it took as little as they could.
            _ => match star {
                Some((behind, end)) => {
                    star = Some((behind, end + 1));
                    p = behind;
                    t = end + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read_in_every_form() {
        for (zone, want) in [
            ("UTC", Some(0)),
            ("z", Some(0)),
            ("+01:00", Some(60)),
            ("-0530", Some(-330)),
            ("\u{2212}05:30", Some(-330)),
            ("+2", Some(120)),
            ("+14:00", Some(840)),
            ("+14:01", None),
            ("+1:60", None),
            ("01:00", None),
            ("+", None),
            ("-", None),
            ("+é1", None),
            ("++1", None),
            ("+-100", None),
            ("CET", None),
            ("", None),
        ] {
            assert_eq!(minutes(zone), want, "{zone}");
        }
        for wrong in ["x=CET", "=UTC", "=", ""] {
            assert!(TimeZones::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            TimeZones::parse("a=b/*.log=+01:00").unwrap().to_string(),
            "a=b/*.log=+01:00"
        );
    }

    #[test]
    fn patterns_fit_paths_and_names() {
        for (pattern, path, want) in [
            ("*.uccapilog", "logs/ann/Lync-UccApi-0.UccApiLog", true),
            ("ann*", "logs/ann/Lync.log", false),
            ("*/ann/*", "logs/ann/Lync.log", true),
            ("*\\ann\\*", "logs/ann/Lync.log", true),
            ("ly?c.log", "logs/ann/Lync.log", true),
            ("ly??c.log", "logs/ann/Lync.log", false),
            ("a*b*c", "aXXbXXbXc", true),
            ("a*b*c", "aXXbXXbXd", false),
            ("*", "", true),
            ("", "", true),
            ("?", "", false),
            ("*ö?", "d/aöü", true),
        ] {
            assert_eq!(matches_path(pattern, path), want, "{pattern} {path}");
        }
        let (pattern, text) = ("*a".repeat(500) + "b", "a".repeat(5000));
        assert!(!matches(&pattern, &text));
    }

    #[test]
    fn the_last_pattern_that_fits_counts_before_a_zone_for_all() {
        let zones: TimeZones = ["*.log=+01:00", "-05:00", "b.log=+02:00"]
            .iter()
            .map(|zone| TimeZones::parse(zone).unwrap())
            .collect();
        assert_eq!(zones.given("d/a.log", Zone::Local), Some(60));
        assert_eq!(zones.given("d/b.log", Zone::Local), Some(120));
        assert_eq!(zones.given("d/c.txt", Zone::Unknown), Some(-300));
        assert_eq!(zones.given("d/c.txt", Zone::AssumedUtc), None);
        assert_eq!(zones.given("d/b.log", Zone::AssumedUtc), Some(120));
        assert_eq!(zones.given("d/b.log", Zone::Utc), None);
        assert_eq!(zones.given("d/b.log", Zone::Offset(60)), None);
    }
}
