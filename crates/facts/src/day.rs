//! Days as numbers and as text.

use crate::stamp::MICROS_PER_DAY;
use crate::{Stamp, Zone};

impl Stamp {
    /// Its day by the clock that wrote it, in days since 1970-01-01.
    pub fn day(self) -> i64 {
        self.micros.div_euclid(MICROS_PER_DAY)
    }
}

/// Days since 1970-01-01 of a date as in `2026-03-05`; none where there is no such day.
pub fn parse_day(text: &str) -> Option<i64> {
    let mut parts = text.trim().split('-');
    let mut part = |len: usize| {
        let part = parts.next()?;
        let is_number = part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<u32>().ok()).flatten()
    };
    let date = (part(4)?, part(2)?, part(2)?);
    if parts.next().is_some() {
        return None;
    }
    let stamp = Stamp::from_civil(date, (0, 0, 0), 0, Zone::Unknown)?;
    Some(stamp.day())
}

/// A day as in `2026-03-05`, of days since 1970-01-01.
pub fn day_text(day: i64) -> String {
    let stamp = Stamp {
        micros: day.saturating_mul(MICROS_PER_DAY),
        zone: Zone::Unknown,
    };
    let text = stamp.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for (text, day) in [
            ("1970-01-01", 0),
            ("2026-03-05", 20_517),
            ("2024-02-29", 19_782),
        ] {
            assert_eq!(parse_day(text), Some(day));
            assert_eq!(day_text(day), text);
        }
        for none in [
            "2026-02-29",
            "2026-3-5",
            "yesterday",
            "",
            "2026-03-05-1",
            "26-03-05",
        ] {
            assert_eq!(parse_day(none), None, "{none}");
        }
        // Far away from every trace, and no panic.
        assert!(!day_text(i64::MAX).is_empty() && !day_text(i64::MIN).is_empty());
    }
}
