//! Times as traces write them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is known of a stamp's time zone.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "kebab-case")]
pub enum Zone {
    /// The trace says UTC.
    Utc,
    /// A server log: UTC unless its administrator chose local time when formatting it.
    AssumedUtc,
    /// A client log: the local time of that PC, zone not written.
    Local,
    /// The trace writes an offset from UTC, in minutes; the stamp is the time as written.
    Offset(i16),
    /// Nothing is known.
    #[default]
    Unknown,
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::Utc => f.write_str("utc"),
            Zone::AssumedUtc => f.write_str("assumed-utc"),
            Zone::Local => f.write_str("local"),
            Zone::Offset(minutes) => write_offset(f, *minutes),
            Zone::Unknown => f.write_str("unknown"),
        }
    }
}

fn write_offset(f: &mut fmt::Formatter<'_>, minutes: i16) -> fmt::Result {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A date and time as a trace writes it, with what is known of its zone.
///
/// Serialised as text: `2026-01-31T12:00:00.250`, followed by `Z` or an offset where the trace
/// gives one. Stamps of different zones are ordered by what is written; nothing is converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// Microseconds since 1970-01-01T00:00:00 of the clock that wrote the stamp.
    pub micros: i64,
    /// What is known of the zone.
    pub zone: Zone,
}

pub(crate) const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Stamp {
    /// A stamp from civil parts, or `None` where no such date or time exists.
    ///
    /// `year` 1 to 9999, `micros` below one million. A leap second (`second` 60) is taken.
    pub fn from_civil(
        (year, month, day): (u32, u32, u32),
        (hour, minute, second): (u32, u32, u32),
        micros: u32,
        zone: Zone,
    ) -> Option<Stamp> {
        if !(1..=9999).contains(&year)
            || !(1..=12).contains(&month)
            || day == 0
            || day > days_in_month(year, month)
            || hour > 23
            || minute > 59
            || second > 60
            || micros > 999_999
        {
            return None;
        }
        let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        let micros = days_from_civil(year, month, day) * MICROS_PER_DAY
            + seconds * 1_000_000
            + i64::from(micros);
        Some(Stamp { micros, zone })
    }
}

fn days_in_month(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. Years begin in March here, so that
/// the leap day comes last and a month's first day is a linear function of the month.
fn days_from_civil(year: u32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let month = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month + 2) / 5 + 1) as u32;
    let (month, carry) = if month < 10 {
        (month as u32 + 3, 0)
    } else {
        (month as u32 - 9, 1)
    };
    (year_of_era + era * 400 + carry, month, day)
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.day());
        let of_day = self.micros.rem_euclid(MICROS_PER_DAY);
        let (seconds, micros) = (of_day / 1_000_000, of_day % 1_000_000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        if micros % 1000 == 0 {
            write!(f, ".{:03}", micros / 1000)?;
        } else {
            write!(f, ".{micros:06}")?;
        }
        match self.zone {
            Zone::Utc => f.write_str("Z"),
            Zone::Offset(minutes) => write_offset(f, minutes),
            Zone::AssumedUtc | Zone::Local | Zone::Unknown => Ok(()),
        }
    }
}

/// Kept as two numbers, so that nothing is lost; shown as text.
impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.micros, self.zone).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (micros, zone) = Deserialize::deserialize(deserializer)?;
        Ok(Stamp { micros, zone })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        let mut previous = None;
        for year in 1800..2200 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    let days = days_from_civil(year, month, day);
                    assert_eq!(civil_from_days(days), (i64::from(year), month, day));
                    assert!(
                        previous.is_none_or(|p| p + 1 == days),
                        "{year}-{month}-{day}"
                    );
                    previous = Some(days);
                }
            }
        }
        assert_eq!(days_from_civil(1970, 1, 1), 0);
    }

    #[test]
    fn stamps_read_as_they_were_written() {
        let stamp = |zone| Stamp::from_civil((2024, 2, 29), (23, 59, 60), 250_000, zone).unwrap();
        // A leap second is shown as the first second of the next day.
        assert_eq!(stamp(Zone::Local).to_string(), "2024-03-01T00:00:00.250");
        let plain = Stamp::from_civil((2026, 4, 17), (3, 4, 5), 168_001, Zone::Utc).unwrap();
        assert_eq!(plain.to_string(), "2026-04-17T03:04:05.168001Z");
        let offset = Stamp {
            zone: Zone::Offset(-90),
            ..plain
        };
        assert_eq!(offset.to_string(), "2026-04-17T03:04:05.168001-01:30");
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for (date, time) in [
            ((2023, 2, 29), (0, 0, 0)),
            ((2023, 13, 1), (0, 0, 0)),
            ((2023, 0, 1), (0, 0, 0)),
            ((0, 1, 1), (0, 0, 0)),
            ((2023, 4, 31), (0, 0, 0)),
            ((2023, 4, 30), (24, 0, 0)),
            ((2023, 4, 30), (0, 60, 0)),
            ((2023, 4, 30), (0, 0, 61)),
        ] {
            assert_eq!(
                Stamp::from_civil(date, time, 0, Zone::Utc),
                None,
                "{date:?} {time:?}"
            );
        }
    }
}
