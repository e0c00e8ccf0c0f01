//! Pieces of time of one length, from a first to a last one.

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
/// A day, in microseconds.
pub(super) const DAY: i64 = 24 * HOUR;

/// No chart has more columns.
const MAX_PIECES: i64 = 200;

/// Pieces of time, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pieces {
    /// When the first one begins.
    pub(super) first: i64,
    /// How long each is.
    pub(super) step: i64,
    /// How many there are, at most [`MAX_PIECES`] and at least one.
    pub(super) count: usize,
}

impl Pieces {
    /// From the piece of `first` to the piece of `last`: a few minutes, an hour, a day or several
    /// days each.
    pub(super) fn between(first: i64, last: i64) -> Pieces {
        let span = last.saturating_sub(first).max(0);
        let step = if span <= 3 * HOUR {
            5 * MINUTE
        } else if span <= 12 * HOUR {
            15 * MINUTE
        } else if span <= 4 * DAY {
            HOUR
        } else {
            let days = span / DAY + 2;
            DAY.saturating_mul((days + MAX_PIECES - 1) / MAX_PIECES)
        };
        let first = first.div_euclid(step).saturating_mul(step);
        let count = last.saturating_sub(first).max(0) / step + 1;
        Pieces {
            first,
            step,
            count: usize::try_from(count.min(MAX_PIECES)).unwrap_or(1),
        }
    }

    /// The piece in which a time is.
    pub(super) fn of(&self, micros: i64) -> usize {
        let place = micros.saturating_sub(self.first).max(0) / self.step;
        usize::try_from(place)
            .unwrap_or(usize::MAX)
            .min(self.count.saturating_sub(1))
    }

    /// When a piece begins.
    pub(super) fn start(&self, place: usize) -> i64 {
        let place = i64::try_from(place).unwrap_or(0);
        self.first.saturating_add(self.step.saturating_mul(place))
    }

    /// How long one is, in words.
    pub(super) fn words(&self) -> String {
        match self.step {
            step if step == DAY => "day".to_owned(),
            step if step > DAY => format!("{} days", step / DAY),
            HOUR => "hour".to_owned(),
            step => format!("{} minutes", step / MINUTE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_suit_the_span_and_hold_both_ends() {
        for (first, last, words) in [
            (0, 0, "5 minutes"),
            (7 * MINUTE, 2 * HOUR, "5 minutes"),
            (HOUR, 9 * HOUR, "15 minutes"),
            (-HOUR, 2 * DAY, "hour"),
            (3, 30 * DAY, "day"),
            (0, 400 * DAY, "3 days"),
        ] {
            let pieces = Pieces::between(first, last);
            assert_eq!(pieces.words(), words, "{first} to {last}");
            assert_eq!(pieces.of(first), 0);
            assert_eq!(pieces.of(last), pieces.count - 1);
            assert!(pieces.start(0) <= first && pieces.start(pieces.count) > last);
        }
        let far = Pieces::between(i64::MIN, i64::MAX);
        assert!(far.count <= 200 && far.of(i64::MAX) == far.count - 1);
        assert_eq!(Pieces::between(9, 3).count, 1);
    }
}
