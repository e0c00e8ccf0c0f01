//! When what happened to one dialog, by writer of the trace.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thin_vec::ThinVec;

use super::{Micros, Times, Writer};
use crate::Merge;

/// Writers of traces that are kept for one dialog.
const MOST: usize = 16;

/// When what happened, by writer of the trace, in the order of writers: the smallest, where very
/// many saw the dialog. Times are kept to the millisecond, as traces have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sights(Kept);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept {
    /// Of one writer, as nearly always.
    One(Sight),
    /// Of none, or of more than one in their order.
    NotOne(ThinVec<Sight>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Sight {
    writer: Arc<Writer>,
    times: Packed,
}

impl Default for Sights {
    fn default() -> Self {
        Sights(Kept::NotOne(ThinVec::new()))
    }
}

impl Sights {
    fn all(&self) -> &[Sight] {
        match &self.0 {
            Kept::One(sight) => std::slice::from_ref(sight),
            Kept::NotOne(sights) => sights,
        }
    }

    fn all_mut(&mut self) -> &mut [Sight] {
        match &mut self.0 {
            Kept::One(sight) => std::slice::from_mut(sight),
            Kept::NotOne(sights) => sights,
        }
    }

    /// Adds times of a writer.
    pub(super) fn add(&mut self, writer: &Arc<Writer>, times: Times) {
        let is = |sight: &Sight| Arc::ptr_eq(&sight.writer, writer) || sight.writer == *writer;
        let mut known = self.all_mut().iter_mut();
        match known.find(|sight| is(sight)) {
            Some(sight) => sight.times.add(Packed::new(times)),
            None => self.insert(Sight {
                writer: writer.clone(),
                times: Packed::new(times),
            }),
        }
    }

    fn insert(&mut self, sight: Sight) {
        let all = self.all_mut();
        let at = match all.binary_search_by(|own| own.writer.cmp(&sight.writer)) {
            Ok(at) => return all[at].times.add(sight.times),
            Err(at) if at < MOST => at,
            Err(_) => return,
        };
        self.0 = match std::mem::take(self).0 {
            Kept::NotOne(many) if many.is_empty() => Kept::One(sight),
            Kept::One(only) => {
                let mut both = ThinVec::with_capacity(2);
                both.push(only);
                both.insert(at, sight);
                Kept::NotOne(both)
            }
            Kept::NotOne(mut many) => {
                many.truncate(MOST - 1);
                many.reserve_exact(1);
                many.insert(at, sight);
                Kept::NotOne(many)
            }
        };
    }

    /// Writers and times, in the order of the writers.
    pub fn iter(&self) -> impl Iterator<Item = (&Writer, Times)> {
        let all = self.all().iter();
        all.map(|sight| (&*sight.writer, sight.times.get()))
    }

    /// Writers without times, in their order.
    pub fn writers(&self) -> impl Iterator<Item = &Writer> {
        self.all().iter().map(|sight| &*sight.writer)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }
}

impl Merge for Sights {
    fn merge(&mut self, other: Self) {
        match other.0 {
            Kept::One(sight) => self.insert(sight),
            Kept::NotOne(sights) => {
                for sight in sights {
                    self.insert(sight);
                }
            }
        }
    }
}

impl Serialize for Sights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Forms without names say first how many there are.
        self.iter().collect::<Vec<_>>().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = Sights::default();
        for (writer, times) in Vec::<(Writer, Times)>::deserialize(deserializer)? {
            read.insert(Sight {
                writer: Arc::new(writer),
                times: Packed::new(times),
            });
        }
        Ok(read)
    }
}

/// Times in six bytes each: milliseconds since the beginning of year 1, counted from 1; 0 is
/// none. The year 8919 is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Packed([[u8; 6]; 8]);

/// Milliseconds from the beginning of year 1 to 1970.
const BEFORE_1970: i64 = 62_135_596_800_000;

impl Packed {
    fn new(times: Times) -> Packed {
        let Times {
            first,
            last,
            invite,
            ring,
            answer,
            redirect,
            fail,
            bye,
        } = times;
        // Of one message all are the same.
        let mut known = None;
        let all = [first, last, invite, ring, answer, redirect, fail, bye];
        Packed(all.map(|time| match (time, known) {
            (None, _) => [0; 6],
            (Some(time), Some((same, bytes))) if time == same => bytes,
            (Some(time), _) => {
                let millis = time.get().div_euclid(1000) + BEFORE_1970 + 1;
                let [_, _, bytes @ ..] = millis.clamp(1, (1 << 48) - 1).to_be_bytes();
                known = Some((time, bytes));
                bytes
            }
        }))
    }

    /// Adds times: of each the earliest, of the last the latest.
    fn add(&mut self, other: Packed) {
        /// The place of [`Times::last`].
        const LAST: usize = 1;
        for (at, (own, other)) in self.0.iter_mut().zip(other.0).enumerate() {
            // Bytes in the order of size compare as the numbers do; none is smaller than any.
            let is_none = |time: [u8; 6]| time == [0; 6];
            let takes = match at {
                LAST => other > *own,
                _ => !is_none(other) && (is_none(*own) || other < *own),
            };
            if takes {
                *own = other;
            }
        }
    }

    #[inline]
    fn get(self) -> Times {
        let time = |bytes: [u8; 6]| {
            let [a, b, c, d, e, f] = bytes;
            let millis = i64::from_be_bytes([0, 0, a, b, c, d, e, f]);
            (millis != 0).then(|| Micros::new((millis - 1 - BEFORE_1970) * 1000))
        };
        // One by one, so that those that nobody asks for need not be made.
        let [first, last, invite, ring, answer, redirect, fail, bye] = self.0;
        Times {
            first: time(first),
            last: time(last),
            invite: time(invite),
            ring: time(ring),
            answer: time(answer),
            redirect: time(redirect),
            fail: time(fail),
            bye: time(bye),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Name, Zone};

    fn writer(n: usize) -> Arc<Writer> {
        Arc::new(Writer {
            file: Name::from(format!("{n:02}.log").as_str()),
            owner: None,
            zone: Zone::Utc,
        })
    }

    fn at(millis: i64) -> Times {
        let time = Some(Micros::new(millis * 1000));
        Times {
            first: time,
            last: time,
            bye: time,
            ..Times::default()
        }
    }

    #[test]
    fn times_come_back_to_the_millisecond() {
        for millis in [
            1_772_438_400_123,
            -62_135_596_800_000,
            217_000_000_000_000,
            -1,
        ] {
            assert_eq!(Packed::new(at(millis)).get(), at(millis), "{millis}");
        }
        assert_eq!(Packed::new(Times::default()).get(), Times::default());
        assert!(size_of::<Sights>() <= 56);
    }

    #[test]
    fn the_smallest_writers_are_kept_in_any_order() {
        let mut forward = Sights::default();
        let mut backward = Sights::default();
        for n in 0..30 {
            forward.add(&writer(n), at(n as i64 + 5));
            backward.add(&writer(29 - n), at(29 - n as i64 + 5));
            forward.add(&writer(n / 2), at(n as i64));
        }
        for n in 0..30 {
            backward.add(&writer((29 - n) / 2), at(29 - n as i64));
        }
        assert_eq!(forward, backward);
        assert_eq!(forward.len(), MOST);
        assert_eq!(&*forward.iter().last().unwrap().0.file, "15.log");
        let writers = forward.iter().map(|(writer, _)| writer);
        assert!(forward.writers().eq(writers));
    }
}
