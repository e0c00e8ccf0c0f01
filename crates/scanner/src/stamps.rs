//! Time stamps as the formats write them.

use siptriage_facts::{Stamp, Zone};

/// Reads numbers and fixed bytes from the front of a text.
#[derive(Debug, Clone, Copy)]
struct Cursor<'t>(&'t [u8]);

impl Cursor<'_> {
    /// A number of `min` to `max` digits.
    fn number(&mut self, min: usize, max: usize) -> Option<u32> {
        let len = self
            .0
            .iter()
            .take(max)
            .take_while(|b| b.is_ascii_digit())
            .count();
        if len < min {
            return None;
        }
        let (digits, rest) = self.0.split_at(len);
        self.0 = rest;
        Some(
            digits
                .iter()
                .fold(0, |n, digit| n * 10 + u32::from(digit - b'0')),
        )
    }

    /// One of these bytes.
    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !bytes.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }

    /// `hh:mm:ss`.
    fn clock(&mut self) -> Option<(u32, u32, u32)> {
        let hour = self.number(1, 2)?;
        self.one_of(b":")?;
        let minute = self.number(2, 2)?;
        self.one_of(b":")?;
        Some((hour, minute, self.number(2, 2)?))
    }

    /// A fraction of a second after one of `separators`, in microseconds; 0 if there is none.
    fn fraction(&mut self, separators: &[u8]) -> u32 {
        let mut ahead = *self;
        if ahead.one_of(separators).is_none() {
            return 0;
        }
        let digits = ahead.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let shown = digits.min(6);
        let Some(number) = ahead.number(1, 6) else {
            return 0;
        };
        ahead.0 = &ahead.0[digits - shown..];
        *self = ahead;
        number * 10u32.pow(6 - shown as u32)
    }
}

/// Month and day as `MM/DD`, the order of every Microsoft trace whatever the locale; where that
/// is no date, as `DD/MM`, which other vendors write.
fn month_first(first: u32, second: u32) -> (u32, u32) {
    if first > 12 && second <= 12 {
        (second, first)
    } else {
        (first, second)
    }
}

/// The stamp `MM/DD/YYYY|hh:mm:ss.mmm` of a client entry, in local time of that PC, and its
/// length in bytes.
pub(crate) fn client_stamp(text: &[u8]) -> Option<(Option<Stamp>, usize)> {
    let mut cursor = Cursor(text);
    let first = cursor.number(1, 2)?;
    cursor.one_of(b"/")?;
    let second = cursor.number(1, 2)?;
    cursor.one_of(b"/")?;
    let year = cursor.number(4, 4)?;
    cursor.one_of(b"|")?;
    let clock = cursor.clock()?;
    let micros = cursor.fraction(b".,");
    let (month, day) = month_first(first, second);
    let stamp = Stamp::from_civil((year, month, day), clock, micros, Zone::Local);
    Some((stamp, text.len() - cursor.0.len()))
}

/// The stamp `MM/DD/YYYY-hh:mm:ss.mmm` inside the prefix of a server record. UTC, unless the
/// administrator chose local time when formatting: the text does not tell.
pub(crate) fn server_stamp(prefix: &[u8]) -> Option<Stamp> {
    prefix
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[1] == b'/')
        .find_map(|(at, _)| {
            let start = prefix[..=at]
                .iter()
                .rev()
                .take(2)
                .take_while(|b| b.is_ascii_digit())
                .count();
            let mut cursor = Cursor(&prefix[at + 1 - start..]);
            let first = cursor.number(1, 2)?;
            cursor.one_of(b"/")?;
            let second = cursor.number(1, 2)?;
            cursor.one_of(b"/")?;
            let year = cursor.number(4, 4)?;
            cursor.one_of(b"- T")?;
            let clock = cursor.clock()?;
            let micros = cursor.fraction(b".,:");
            let (month, day) = month_first(first, second);
            Stamp::from_civil((year, month, day), clock, micros, Zone::AssumedUtc)
        })
}

/// The first ISO-like stamp in a text: `YYYY-MM-DD` or `YYYY/MM/DD`, then `T` or a blank, the
/// time, a fraction after `.`, `,` or `:`, and `Z` or an offset where there is one.
pub(crate) fn iso_stamp(text: &[u8]) -> Option<Stamp> {
    let starts = (0..text.len()).filter(|at| {
        text[*at].is_ascii_digit() && (*at == 0 || !text[*at - 1].is_ascii_alphanumeric())
    });
    starts.take(16).find_map(|at| {
        let mut cursor = Cursor(&text[at..]);
        let year = cursor.number(4, 4)?;
        let dash = cursor.one_of(b"-/")?;
        let month = cursor.number(2, 2)?;
        cursor.one_of(&[dash])?;
        let day = cursor.number(2, 2)?;
        cursor.one_of(b"T _")?;
        let clock = cursor.clock()?;
        let micros = cursor.fraction(b".,:");
        let zone = match cursor.one_of(b"Z+-") {
            Some(b'Z') => Zone::Utc,
            Some(sign) => {
                let hours = cursor.number(2, 2)?;
                cursor.one_of(b":");
                let minutes = cursor.number(2, 2).unwrap_or(0);
                let minutes = (hours * 60 + minutes).min(24 * 60) as i16;
                Zone::Offset(if sign == b'-' { -minutes } else { minutes })
            }
            None => Zone::Unknown,
        };
        Stamp::from_civil((year, month, day), clock, micros, zone)
    })
}

/// Stamps as nearly all traces have them, `MM/DD/YYYY` then a separator and `hh:mm:ss.mmm`, read
/// without looking for anything: the date is nearly always that of the stamp before.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlainStamps {
    date: [u8; 10],
    /// Its first microsecond.
    micros: i64,
}

/// Bytes of a plain stamp.
pub(crate) const PLAIN_STAMP: usize = "MM/DD/YYYY|hh:mm:ss.mmm".len();

impl PlainStamps {
    /// The stamp at the front of a text; none where it is written otherwise, or no such time
    /// exists.
    #[inline]
    pub(crate) fn read(&mut self, text: &[u8], separator: u8, zone: Zone) -> Option<Stamp> {
        let stamp: &[u8; PLAIN_STAMP] = text.first_chunk()?;
        if text.get(PLAIN_STAMP).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let date: &[u8; 10] = stamp.first_chunk()?;
        if *date != self.date {
            self.micros = plain_date(date)?;
            self.date = *date;
        }
        let [
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            mark,
            h1,
            h2,
            b':',
            m1,
            m2,
            b':',
            s1,
            s2,
            b'.',
            f1,
            f2,
            f3,
        ] = *stamp
        else {
            return None;
        };
        let digits =
            [h1, h2, m1, m2, s1, s2, f1, f2, f3].map(|byte| u32::from(byte.wrapping_sub(b'0')));
        let [h1, h2, m1, m2, s1, s2, f1, f2, f3] = digits;
        let (hour, minute, second) = (h1 * 10 + h2, m1 * 10 + m2, s1 * 10 + s2);
        if mark != separator
            || digits.iter().any(|digit| *digit > 9)
            || hour > 23
            || minute > 59
            || second > 60
        {
            return None;
        }
        let millis = (hour * 3600 + minute * 60 + second) * 1000 + f1 * 100 + f2 * 10 + f3;
        Some(Stamp {
            micros: self.micros + i64::from(millis) * 1000,
            zone,
        })
    }
}

/// The first microsecond of `MM/DD/YYYY`.
fn plain_date(date: &[u8; 10]) -> Option<i64> {
    let [m1, m2, b'/', d1, d2, b'/', y1, y2, y3, y4] = *date else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let (month, day) = month_first(number(&[m1, m2])?, number(&[d1, d2])?);
    let year = number(&[y1, y2, y3, y4])?;
    let stamp = Stamp::from_civil((year, month, day), (0, 0, 0), 0, Zone::Unknown)?;
    Some(stamp.micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_of_every_format_are_read() {
        let client = |text: &str| {
            client_stamp(text.as_bytes()).map(|(stamp, len)| (stamp.unwrap().to_string(), len))
        };
        assert_eq!(
            client("04/17/2026|03:04:05.168 1C2D:E3F INFO"),
            Some(("2026-04-17T03:04:05.168".into(), 23))
        );
        assert_eq!(client("04/17/2026 03:04:05.168"), None);
        let mut plain = PlainStamps::default();
        for text in [
            "04/17/2026|03:04:05.168 1C2D:E3F INFO",
            "04/17/2026|23:59:60.999",
            "17/04/2026|00:00:00.000 x",
        ] {
            let (stamp, _) = client_stamp(text.as_bytes()).unwrap();
            assert_eq!(
                plain.read(text.as_bytes(), b'|', Zone::Local),
                stamp,
                "{text}"
            );
        }
        for text in [
            "04/17/2026|03:04:05.1681",
            "04/17/2026|24:04:05.168",
            "04/17/2026|03:04:05:168",
            "02/30/2026|03:04:05.168",
            "4/17/2026|03:04:05.168 1",
            "04/17/2026-03:04:05.168",
            "04/17/2026|03:04:05.16",
        ] {
            assert_eq!(
                plain.read(text.as_bytes(), b'|', Zone::Local),
                None,
                "{text}"
            );
        }
        let server = |text: &str| server_stamp(text.as_bytes()).map(|stamp| stamp.to_string());
        assert_eq!(
            server("TL_INFO(TF_DIAG) [a\\b]1A2C.0F40::05/06/2026-07:08:09.230.00001A2B (a/b)"),
            Some("2026-05-06T07:08:09.230".into())
        );
        assert_eq!(
            server("x::25/12/2026-07:08:09.230"),
            Some("2026-12-25T07:08:09.230".into())
        );
        assert_eq!(server("a/b c/d"), None);
        let iso = |text: &str| iso_stamp(text.as_bytes()).map(|stamp| stamp.to_string());
        for (text, want) in [
            (
                "2026-05-06T08:10:46.240+01:00 host",
                "2026-05-06T08:10:46.240+01:00",
            ),
            (
                "SIP(0x1) - 2026-05-06T06:25:03.933900Z",
                "2026-05-06T06:25:03.933900Z",
            ),
            (
                "2017/02/19 23:07:06.287074 192.0.2.1",
                "2017-02-19T23:07:06.287074",
            ),
            ("2019-01-10 17:35:58:391 x", "2019-01-10T17:35:58.391"),
            ("2019-01-10 17:35:58,391 x", "2019-01-10T17:35:58.391"),
            ("2019-01-10 17:35:58", "2019-01-10T17:35:58.000"),
            (
                "2019-01-10T17:35:58.1234567890-0230",
                "2019-01-10T17:35:58.123456-02:30",
            ),
        ] {
            assert_eq!(iso(text).as_deref(), Some(want), "{text}");
        }
        assert_eq!(iso("2019-13-10 17:35:58"), None);
    }
}
