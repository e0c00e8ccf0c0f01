//! Conditions on a comparison that end a run with a code of its own.

use std::fmt;
use std::str::FromStr;

use crate::Comparison;

/// A condition such as `new>0` or `failed_rate>5%`.
///
/// Its text, without blanks, is what [`fmt::Display`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FailOn {
    number: Number,
    operator: Operator,
    /// Of a rate, thousandths of a percent.
    value: u64,
}

/// A number that conditions may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Number {
    New,
    Worse,
    Better,
    Gone,
    Calls,
    Failed,
    FailedRate,
    Users,
}

impl Number {
    const ALL: [(Number, &'static str); 8] = [
        (Number::New, "new"),
        (Number::Worse, "worse"),
        (Number::Better, "better"),
        (Number::Gone, "gone"),
        (Number::Calls, "calls"),
        (Number::Failed, "failed"),
        (Number::FailedRate, "failed_rate"),
        (Number::Users, "users"),
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operator {
    AtLeast,
    AtMost,
    Greater,
    Less,
    Equal,
}

impl Operator {
    /// Those of two characters first, since the others begin them.
    const ALL: [(Operator, &'static str); 5] = [
        (Operator::AtLeast, ">="),
        (Operator::AtMost, "<="),
        (Operator::Greater, ">"),
        (Operator::Less, "<"),
        (Operator::Equal, "="),
    ];

    fn holds(self, left: u128, right: u128) -> bool {
        match self {
            Operator::AtLeast => left >= right,
            Operator::AtMost => left <= right,
            Operator::Greater => left > right,
            Operator::Less => left < right,
            Operator::Equal => left == right,
        }
    }
}

/// Thousandths of a percent in one percent.
const PERCENT: u64 = 1000;

/// The names that conditions may have, in the order in which they are told.
fn names() -> String {
    Number::ALL.map(|(_, name)| name).join(", ")
}

/// Reads conditions with commas between them, as in `new>0,failed_rate>5%`.
///
/// # Errors
///
/// The first one that is no condition, with what is wrong and what may be written.
pub fn fail_on(text: &str) -> Result<Vec<FailOn>, FailOnError> {
    text.split(',').map(str::parse).collect()
}

impl FailOn {
    /// Whether it holds for what came out of a comparison.
    ///
    /// Where nothing was compared, nothing is new, worse, better or gone: these numbers are 0. A
    /// night without calls has no rate, so that no condition on it holds.
    pub fn holds(&self, comparison: &Comparison) -> bool {
        let count = |list: &[crate::Change]| list.len() as u64;
        let number = match self.number {
            Number::New => count(&comparison.new),
            Number::Worse => count(&comparison.worse),
            Number::Better => count(&comparison.better),
            Number::Gone => count(&comparison.gone),
            Number::Calls => comparison.calls,
            Number::Failed => comparison.failed,
            Number::Users => comparison.users,
            Number::FailedRate => {
                // Without division, so that a rate of exactly 5 % is not above 5 %.
                let part = u128::from(comparison.failed) * u128::from(100 * PERCENT);
                let whole = u128::from(comparison.calls) * u128::from(self.value);
                return comparison.calls > 0 && self.operator.holds(part, whole);
            }
        };
        self.operator.holds(number.into(), self.value.into())
    }
}

impl FromStr for FailOn {
    type Err = FailOnError;

    fn from_str(text: &str) -> Result<FailOn, FailOnError> {
        let text = text.trim();
        let refuse = |why: String| FailOnError(format!("`{text}`: {why}"));
        let at = text.find(['>', '<', '=']).ok_or_else(|| {
            refuse(
                "no comparison; write a name, one of > >= < <= =, and a number, as in new>0".into(),
            )
        })?;
        let (name, rest) = (text[..at].trim(), &text[at..]);
        let (number, _) = (Number::ALL.into_iter().find(|(_, known)| *known == name))
            .ok_or_else(|| refuse(format!("`{name}` is no name; the names are {}", names())))?;
        let known = Operator::ALL.into_iter();
        let (operator, value) = known
            .filter_map(|(operator, sign)| Some((operator, rest.strip_prefix(sign)?.trim())))
            .next()
            .ok_or_else(|| refuse("no comparison; write one of > >= < <= =".into()))?;
        let value = match number {
            Number::FailedRate => percent(value).ok_or_else(|| {
                refuse(format!(
                    "`{value}` is no share; write a number from 0 to 100 with at most three \
                     decimals and a percent sign, as in {name}>5%"
                ))
            }),
            _ => digits(value).ok_or_else(|| {
                refuse(format!(
                    "`{value}` is no number; write digits, as in {name}>0"
                ))
            }),
        }?;
        Ok(FailOn {
            number,
            operator,
            value,
        })
    }
}

/// A number of digits alone: no sign, and not more than fits.
fn digits(text: &str) -> Option<u64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok())?
}

/// `2.5%` in thousandths of a percent.
fn percent(text: &str) -> Option<u64> {
    let text = text.strip_suffix('%')?.trim_end();
    let (whole, decimals) = match text.split_once('.') {
        Some((whole, decimals)) if (1..=3).contains(&decimals.len()) => {
            (whole, digits(&format!("{decimals:0<3}"))?)
        }
        Some(_) => return None,
        None => (text, 0),
    };
    let value = digits(whole)?.checked_mul(PERCENT)?.checked_add(decimals)?;
    (value <= 100 * PERCENT).then_some(value)
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Number::ALL
            .iter()
            .find(|(number, _)| *number == self.number);
        let sign = Operator::ALL
            .iter()
            .find(|(known, _)| *known == self.operator);
        let (name, sign) = (name.map_or("", |n| n.1), sign.map_or("", |s| s.1));
        if self.number != Number::FailedRate {
            return write!(f, "{name}{sign}{}", self.value);
        }
        let (whole, decimals) = (self.value / PERCENT, self.value % PERCENT);
        if decimals == 0 {
            return write!(f, "{name}{sign}{whole}%");
        }
        let decimals = format!("{decimals:03}");
        write!(f, "{name}{sign}{whole}.{}%", decimals.trim_end_matches('0'))
    }
}

/// Why a text is no condition: a sentence that says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailOnError(String);

impl fmt::Display for FailOnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FailOnError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Count, Key, Night, Options, compare};

    fn comparison(calls: u64, failed: u64) -> Comparison {
        let night = |day, calls, failed, found| Night {
            day,
            calls,
            failed,
            users: 7,
            findings: [(
                Key::new("failed", "a"),
                Count {
                    calls: found,
                    users: found,
                },
            )]
            .into(),
        };
        compare(
            &night(3, calls, failed, 50),
            &[night(2, 500, 0, 0)],
            &Options::default(),
        )
    }

    fn holds(text: &str, comparison: &Comparison) -> bool {
        let condition: FailOn = text.parse().unwrap_or_else(|error| panic!("{error}"));
        condition.holds(comparison)
    }

    #[test]
    fn every_name_and_operator_is_held_to_its_number() {
        let night = comparison(500, 25);
        assert_eq!(night.new.len(), 1);
        let held = [
            "new>0",
            "new=1",
            "new>=1",
            "worse=0",
            "worse<=0",
            "better<1",
            "gone=0",
            "calls=500",
            "calls<501",
            "calls>499",
            "failed>=25",
            "failed<=25",
            "users=7",
            "failed_rate=5%",
            "failed_rate>=5%",
            "failed_rate<=5%",
            "failed_rate>4.999%",
            "failed_rate<5.001%",
        ];
        for text in held {
            assert!(holds(text, &night), "{text}");
        }
        let not_held = [
            "new>1",
            "new<1",
            "worse>0",
            "better>0",
            "gone>0",
            "calls<10",
            "calls>500",
            "failed>100",
            "failed<25",
            "users>20",
            "failed_rate>5%",
            "failed_rate<5%",
            "failed_rate=5.001%",
        ];
        for text in not_held {
            assert!(!holds(text, &night), "{text}");
        }
    }

    #[test]
    fn rates_are_compared_without_rounding() {
        let all = comparison(u64::MAX, u64::MAX - 1);
        assert!(holds("failed_rate<100%", &all) && holds("failed_rate>99.999%", &all));
        let none = comparison(0, 0);
        for text in ["failed_rate=0%", "failed_rate>=0%", "failed_rate<5%"] {
            assert!(
                !holds(text, &none),
                "{text}: without calls there is no rate"
            );
        }
        assert!(holds("calls<1", &none));
    }

    #[test]
    fn conditions_are_read_in_lists_and_written_plainly() {
        let read = fail_on(" new > 0,worse>=2 ,failed_rate<2.50 %,calls=010");
        let texts: Vec<String> = read.unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["new>0", "worse>=2", "failed_rate<2.5%", "calls=10"]);
        for text in texts {
            assert_eq!(text.parse::<FailOn>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_condition_is_refused_with_what_to_write() {
        for (text, wanted) in [
            ("", "write a name"),
            ("new", "as in new>0"),
            (
                "knew>0",
                "`knew` is no name; the names are new, worse, better, gone, calls, failed, failed_rate, users",
            ),
            (">0", "`` is no name"),
            ("New>0", "`New` is no name"),
            ("new>", "`` is no number; write digits, as in new>0"),
            ("new>-1", "`-1` is no number"),
            ("new>1.5", "`1.5` is no number"),
            ("new>+1", "`+1` is no number"),
            ("new=>1", "`>1` is no number"),
            ("new==1", "`=1` is no number"),
            ("new!=1", "`new!` is no name"),
            ("calls>99999999999999999999", "is no number"),
            ("failed_rate>5", "percent sign, as in failed_rate>5%"),
            ("failed_rate>101%", "from 0 to 100"),
            ("failed_rate>5.%", "is no share"),
            ("failed_rate>.5%", "is no share"),
            ("failed_rate>1.2345%", "at most three decimals"),
            ("calls>5%", "`5%` is no number"),
        ] {
            let error = text.parse::<FailOn>().unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
            assert!(error.starts_with(&format!("`{text}`: ")), "{error}");
        }
        let error = fail_on("new>0,,worse>0").unwrap_err().to_string();
        assert!(error.starts_with("``: no comparison"), "{error}");
    }
}
