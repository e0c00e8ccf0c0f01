//! Times as traces write them, from milliseconds since 1970-01-01T00:00:00.

use crate::put::{Digits, put};

pub(crate) const SECOND: u64 = 1000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
const DAY: u64 = 24 * 60 * MINUTE;

/// Writes stamps. Keeps the date of the last one, because the next is nearly always of the same
/// day.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    day: u64,
    date: [u8; 10],
}

impl Clock {
    pub(crate) fn new() -> Clock {
        Clock {
            day: u64::MAX,
            date: [0; 10],
        }
    }

    /// Appends `MM/DD/YYYY`, the separator, and `HH:MM:SS.mmm`.
    pub(crate) fn put(&mut self, out: &mut Vec<u8>, separator: &str, time: u64) {
        let day = time / DAY;
        if day != self.day {
            let (year, month, date) = civil(day);
            let mut text = Vec::with_capacity(10);
            put!(
                &mut text,
                Digits(month, 2),
                "/",
                Digits(date, 2),
                "/",
                Digits(year, 4)
            );
            self.date.copy_from_slice(&text[..10]);
            self.day = day;
        }
        put!(out, self.date.as_slice(), separator);
        put_time_of_day(out, time);
    }
}

/// Appends `YYYY-MM-DDTHH:MM:SS.mmm`.
pub(crate) fn put_iso(out: &mut Vec<u8>, time: u64) {
    let (year, month, day) = civil(time / DAY);
    put!(
        out,
        Digits(year, 4),
        "-",
        Digits(month, 2),
        "-",
        Digits(day, 2),
        "T"
    );
    put_time_of_day(out, time);
}

fn put_time_of_day(out: &mut Vec<u8>, time: u64) {
    let time = time % DAY;
    put!(
        out,
        Digits(time / (60 * MINUTE), 2),
        ":",
        Digits(time / MINUTE % 60, 2),
        ":"
    );
    put!(
        out,
        Digits(time / SECOND % 60, 2),
        ".",
        Digits(time % SECOND, 3)
    );
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar. Years begin
/// in March here, so that a leap day comes last.
fn civil(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let era = day / 146_097;
    let of_era = day % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + carry, month, date)
}

/// Milliseconds since 1970-01-01T00:00:00 of `YYYY-MM-DDTHH:MM:SS`, or `None` where `text` is
/// not of that form, no such time exists, or the year is not from 1970 to 9999.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let form = "dddd-dd-ddTdd:dd:dd".bytes();
    let fits = text.len() == 19
        && text.bytes().zip(form).all(|(byte, kind)| match kind {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        });
    if !fits {
        return None;
    }
    let part = |from: usize, to: usize| text[from..to].parse::<u64>().ok();
    let wanted = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    if wanted.0 < 1970 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // At most 366 * 8030 / 365 days away: counting up from a lower bound is simple and rare.
    let first = (wanted.0 - 1970) * 365;
    let day = (first..first + 2500).find(|day| civil(*day) == wanted)?;
    Some(day * DAY + hour * 60 * MINUTE + minute * MINUTE + second * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_written_as_both_kinds_of_log_write_them() {
        let mut clock = Clock::new();
        let time = parse("2024-02-29T23:59:58").unwrap() + 7;
        let mut out = Vec::new();
        clock.put(&mut out, "|", time);
        out.push(b' ');
        clock.put(&mut out, "-", time + 2 * SECOND);
        out.push(b' ');
        put_iso(&mut out, time);
        let want = "02/29/2024|23:59:58.007 03/01/2024-00:00:00.007 2024-02-29T23:59:58.007";
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }

    #[test]
    fn times_that_do_not_exist_are_refused() {
        assert_eq!(parse("1970-01-01T00:00:00"), Some(0));
        assert_eq!(parse("9999-12-31T23:59:59"), Some(253_402_300_799_000));
        for text in [
            "2023-02-29T00:00:00",
            "2023-13-01T00:00:00",
            "2023-01-01T24:00:00",
            "1969-12-31T00:00:00",
            "2023-01-01 00:00:00",
            "2023-01-01T00:00",
            "+023-01-01T00:00:00",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
