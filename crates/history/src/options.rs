//! With which nights a night is compared, and how sure a change must be.

/// Which days of the week are compared with each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Alike {
    /// All with all.
    Every,
    /// Working days with working days, and the weekend with the weekend.
    #[default]
    Kind,
    /// Mondays with Mondays. Of four weeks that leaves four nights.
    Weekday,
}

/// How nights are compared. [`Options::default`] is what the figures of `docs/comparison.md` are
/// measured with.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The false-alarm budget: of nights in which nothing changed, the share in which anything at
    /// all may be called new, worse, better or gone. Default 0.01. What is no number or is
    /// outside of 0 to 1 is brought into it; 0 finds nothing.
    pub false_alarms: f64,
    /// As many findings are taken to be possible, where fewer are met: the correction is for all
    /// that could have been. Default 100, which nights in the long run have.
    pub possible: usize,
    /// Whether the spread of a finding is taken for as great as it may well be, the more so where
    /// nights are few. Default yes, which keeps the first weeks quiet too.
    pub wary: bool,
    /// Calls that a finding must have, tonight for new and worse, and as expected for better and
    /// gone. Default 3.
    pub min_calls: u64,
    /// Users that a finding which is new or worse must have tonight. Default 2: the trouble of one
    /// user who tries again and again is no change of the whole.
    pub min_users: u64,
    /// How many times its usual rate a finding must have to be worse, and its usual rate how many
    /// times the one of tonight to be better. Default 1.5; less than 1 counts as 1.
    pub min_ratio: f64,
    /// How many days back a night may be to be compared; nights of the same or a later day are
    /// left out then. Default 28, four weeks. None takes all nights that are given, whatever
    /// their days, as when two are compared by hand.
    pub back: Option<u32>,
    /// Which days of the week are compared with each other.
    pub alike: Alike,
    /// Which days are weekend, from Monday on. Default Saturday and Sunday.
    pub weekend: [bool; 7],
    /// For so many days a finding must not have been seen to be told as the first in so many days
    /// ([`Sighting::FirstIn`](crate::Sighting::FirstIn)). Default 30. It changes no test.
    pub first_in: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            false_alarms: 0.01,
            possible: 100,
            wary: true,
            min_calls: 3,
            min_users: 2,
            min_ratio: 1.5,
            back: Some(28),
            alike: Alike::default(),
            weekend: [false, false, false, false, false, true, true],
            first_in: 30,
        }
    }
}

impl Options {
    /// For comparing any two nights by hand: all that are given, whatever their days. Who asks
    /// once, and looks, can live with one alarm in twenty, and with the findings that are there;
    /// and rates are taken to vary by a third from night to night, where nights do not tell more.
    pub fn any_day() -> Options {
        Options {
            false_alarms: 0.05,
            possible: 20,
            wary: false,
            back: None,
            alike: Alike::Every,
            ..Options::default()
        }
    }

    /// Whether a night is near enough to tonight to be looked at.
    pub(crate) fn is_near(&self, tonight: i64, before: i64) -> bool {
        self.back.is_none_or(|back| {
            let days = i128::from(tonight) - i128::from(before);
            (1..=i128::from(back)).contains(&days)
        })
    }

    /// What is equal for days that are compared with each other.
    pub(crate) fn kind(&self, day: i64) -> usize {
        match self.alike {
            Alike::Every => 0,
            Alike::Kind => usize::from(self.weekend[weekday(day)]),
            Alike::Weekday => weekday(day),
        }
    }

    pub(crate) fn budget(&self) -> f64 {
        if self.false_alarms.is_nan() {
            return Options::default().false_alarms;
        }
        self.false_alarms.clamp(0.0, 1.0)
    }

    pub(crate) fn ratio(&self) -> f64 {
        self.min_ratio.max(1.0)
    }
}

/// The day of the week, Monday being 0.
fn weekday(day: i64) -> usize {
    // 1970-01-01 was a Thursday.
    const FIRST: i64 = 3;
    let of_week = (day.rem_euclid(7) + FIRST).rem_euclid(7);
    usize::try_from(of_week).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_week_are_those_of_the_calendar() {
        // 2026-03-02 was a Monday, 2000-01-01 a Saturday, 1969-12-28 a Sunday.
        assert_eq!([20_514, 10_957, -4].map(weekday), [0, 5, 6]);
        assert!(weekday(i64::MIN) < 7 && weekday(i64::MAX) < 7);
    }

    #[test]
    fn nights_are_taken_by_distance_and_by_the_kind_of_day() {
        let monday = 20_514;
        let kind = Options::default();
        let taken = |options: &Options| -> Vec<i64> {
            let is_taken = |before| {
                options.is_near(monday, before) && options.kind(before) == options.kind(monday)
            };
            let back = (-1..40).filter(|back| is_taken(monday - back));
            back.take(4).collect()
        };
        assert_eq!(taken(&kind), [3, 4, 5, 6], "Friday and before");
        let every = Options {
            alike: Alike::Every,
            ..Options::default()
        };
        assert_eq!(taken(&every), [1, 2, 3, 4]);
        let weekday = Options {
            alike: Alike::Weekday,
            ..Options::default()
        };
        assert_eq!(taken(&weekday), [7, 14, 21, 28]);
        assert_eq!(taken(&Options::any_day()), [-1, 0, 1, 2]);
        assert!(!kind.is_near(i64::MIN, i64::MAX) && !kind.is_near(i64::MAX, i64::MIN));
    }

    #[test]
    fn odd_options_are_brought_into_their_range() {
        let odd = |false_alarms| {
            let options = Options {
                false_alarms,
                min_ratio: f64::NAN,
                ..Options::default()
            };
            assert_eq!(options.ratio(), 1.0);
            options.budget()
        };
        assert_eq!([f64::NAN, -1.0, 7.0].map(odd), [0.01, 0.0, 1.0]);
    }
}
