//! Times as people type them.

use std::fmt;
use std::str::FromStr;

use siptriage_facts::{Stamp, Zone};

use super::FilterError;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A time as it was typed; what it is depends on the present and on the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// A moment: microseconds since 1970-01-01T00:00:00.
    Moment(i64),
    /// The day that begins then.
    Day(i64),
    /// A time of the last day of the input: microseconds since midnight.
    TimeOfDay(i64),
    /// So many microseconds before now.
    Ago(i64),
    /// The day so many days before this one.
    DaysAgo(i64),
}

impl When {
    /// The first moment that is meant. `last` is the last moment of the input.
    pub(crate) fn first(self, now: i64, last: i64) -> i64 {
        let midnight = |at: i64| at.div_euclid(DAY).saturating_mul(DAY);
        match self {
            When::Moment(at) | When::Day(at) => at,
            When::TimeOfDay(of_day) => midnight(last).saturating_add(of_day),
            When::Ago(micros) => now.saturating_sub(micros),
            When::DaysAgo(days) => midnight(now).saturating_sub(days.saturating_mul(DAY)),
        }
    }

    /// The last moment that is meant: of a day its end.
    pub(crate) fn last(self, now: i64, last: i64) -> i64 {
        let first = self.first(now, last);
        match self {
            When::Day(_) | When::DaysAgo(_) => first.saturating_add(DAY - 1),
            _ => first,
        }
    }
}

/// How a time may be written.
const FORMS: &str = "write 2026-03-02, 2026-03-02T09:30, 09:30, 2h, 3d, today or yesterday";

impl FromStr for When {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<When, FilterError> {
        let text = text.trim();
        match text.to_ascii_lowercase().as_str() {
            "today" => return Ok(When::DaysAgo(0)),
            "yesterday" => return Ok(When::DaysAgo(1)),
            _ => {}
        }
        if let Some(ago) = ago(text) {
            return Ok(When::Ago(ago));
        }
        if let Some(digits) = text.get(..10).filter(|front| is_date(front)) {
            let day = day(digits).ok_or_else(|| {
                FilterError::new(format!("there is no day {digits}; write year-month-day"))
            })?;
            let behind = &text[10..];
            if behind.is_empty() {
                return Ok(When::Day(day));
            }
            let time = behind.strip_prefix(['T', 't', ' ']).and_then(time_of_day);
            return time
                .map(|time| When::Moment(day.saturating_add(time)))
                .ok_or_else(|| {
                    FilterError::new(format!(
                        "`{digits}` is a day, and `{behind}` is no time; write {digits}T09:30, \
                         {digits}T09:30:15Z or {digits}T09:30+01:00"
                    ))
                });
        }
        if let Some(time) = time_of_day(text) {
            return Ok(When::TimeOfDay(time));
        }
        Err(FilterError::new(format!("not a time; {FORMS}")))
    }
}

/// `90m` as microseconds.
fn ago(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: i64 = digits.parse().ok().filter(|number| *number >= 0)?;
    let unit = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "s" | "sec" => SECOND,
        "m" | "min" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        "w" => 7 * DAY,
        _ => return None,
    };
    Some(number.saturating_mul(unit))
}

fn is_date(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    })
}

/// `2026-03-02` as microseconds since 1970-01-01.
fn day(text: &str) -> Option<i64> {
    let mut parts = text.split('-').map(|part| part.parse::<u32>().ok());
    let date = (parts.next()??, parts.next()??, parts.next()??);
    Stamp::from_civil(date, (0, 0, 0), 0, Zone::Unknown).map(|stamp| stamp.micros)
}

/// `09:30`, `09:30:15`, `09:30:15.250`, each also with `Z` or an offset: microseconds since
/// midnight, of UTC where a zone is given.
fn time_of_day(text: &str) -> Option<i64> {
    let (time, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => (&text[..at], offset(&text[at..])?),
        None => (text, 0),
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let parts: Option<Vec<u32>> = time.split(':').map(two_digits).collect();
    let (hour, minute, second) = match parts?[..] {
        [hour, minute] if fraction.is_empty() => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let is_digits = fraction.len() <= 6 && fraction.bytes().all(|b| b.is_ascii_digit());
    let micros: u32 = format!("{fraction:0<6}")
        .parse()
        .ok()
        .filter(|_| is_digits)?;
    let stamp = Stamp::from_civil((1970, 1, 1), (hour, minute, second), micros, Zone::Utc)?;
    Some(stamp.micros - offset)
}

/// `Z`, `+01:00`, `+0100` or `+01` as microseconds.
fn offset(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.get(1..)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 && digits.is_ascii() => digits.split_at(2),
        None => (digits, "00"),
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours <= 14 && minutes < 60)
        .then(|| sign * (i64::from(hours) * HOUR + i64::from(minutes) * MINUTE))
}

fn two_digits(text: &str) -> Option<u32> {
    let is = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is)
}

/// Microseconds as people read them, to the second.
pub(crate) struct Shown(pub(crate) i64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = Stamp {
            micros: self.0,
            zone: Zone::Unknown,
        };
        let text = stamp.to_string();
        let seconds = text.split('.').next().unwrap_or_default();
        f.write_str(&seconds.replace('T', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-02T10:00:00.
    const NOW: i64 = 1_772_445_600_000_000;
    /// 2026-02-27T23:15:00.
    const LAST: i64 = 1_772_234_100_000_000;

    fn bounds(text: &str) -> (String, String) {
        let when: When = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        let (first, last) = (when.first(NOW, LAST), when.last(NOW, LAST));
        (Shown(first).to_string(), Shown(last).to_string())
    }

    #[test]
    fn times_are_read_as_people_type_them() {
        for (text, first, last) in [
            ("2026-03-01", "2026-03-01 00:00:00", "2026-03-01 23:59:59"),
            (
                "2026-03-01T09:30",
                "2026-03-01 09:30:00",
                "2026-03-01 09:30:00",
            ),
            (
                "2026-03-01 9:05:07",
                "2026-03-01 09:05:07",
                "2026-03-01 09:05:07",
            ),
            (
                "2026-03-01T09:30:15.25Z",
                "2026-03-01 09:30:15",
                "2026-03-01 09:30:15",
            ),
            (
                "2026-03-01T00:30+01:00",
                "2026-02-28 23:30:00",
                "2026-02-28 23:30:00",
            ),
            (
                "2026-03-01T00:30-0230",
                "2026-03-01 03:00:00",
                "2026-03-01 03:00:00",
            ),
            ("09:30", "2026-02-27 09:30:00", "2026-02-27 09:30:00"),
            ("09:30Z", "2026-02-27 09:30:00", "2026-02-27 09:30:00"),
            ("2h", "2026-03-02 08:00:00", "2026-03-02 08:00:00"),
            ("90m", "2026-03-02 08:30:00", "2026-03-02 08:30:00"),
            ("30s", "2026-03-02 09:59:30", "2026-03-02 09:59:30"),
            ("3d", "2026-02-27 10:00:00", "2026-02-27 10:00:00"),
            ("1w", "2026-02-23 10:00:00", "2026-02-23 10:00:00"),
            ("today", "2026-03-02 00:00:00", "2026-03-02 23:59:59"),
            ("Yesterday", "2026-03-01 00:00:00", "2026-03-01 23:59:59"),
        ] {
            assert_eq!(bounds(text), (first.to_owned(), last.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_part_that_is_wrong() {
        for (text, words) in [
            ("", "not a time"),
            ("noon", "not a time"),
            ("2y", "not a time"),
            ("-2h", "not a time"),
            ("25:00", "not a time"),
            ("09", "not a time"),
            ("9:30:15.1234567", "not a time"),
            ("2026-02-30", "there is no day 2026-02-30"),
            ("2026-03-01x", "`x` is no time"),
            ("2026-03-01T", "`T` is no time"),
            ("2026-03-01T09:30+99:00", "`T09:30+99:00` is no time"),
            ("2026-3-1", "not a time"),
            ("2026-03-01Tü", "is no time"),
        ] {
            let error = text.parse::<When>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn no_number_is_too_large() {
        let when: When = "9223372036854775807w".parse().unwrap();
        assert!(when.first(NOW, LAST) < 0);
        assert!("99999999999999999999d".parse::<When>().is_err());
        let _ = Shown(i64::MIN).to_string();
        let _ = Shown(i64::MAX).to_string();
    }
}
