//! A night in numbers.

use std::collections::BTreeMap;
use std::fmt;

/// What one night of calls came to.
///
/// A *night* is what one run looked at, mostly the day before; it is known by its day.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Night {
    /// Days since 1970-01-01.
    pub day: i64,
    /// All calls, whatever became of them.
    pub calls: u64,
    /// Calls of verdict failed.
    pub failed: u64,
    /// Different users of these calls.
    pub users: u64,
    /// What was found, and how often. Only findings of which more is worse belong here: of
    /// verdict failed or degraded.
    pub findings: BTreeMap<Key, Count>,
}

/// How often something was found in one night.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count {
    /// Calls that have it.
    pub calls: u64,
    /// Different users of these calls: at least 1 if there are any. Where a finding has more calls
    /// than users, these are told for tries, and weigh less.
    pub users: u64,
}

/// What names a finding from night to night: its verdict and the id of the rule that decided,
/// which is empty where no rule explains the calls.
///
/// Its text is `failed:udp-3478-filtered`, and it sorts by that text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// The key of what this rule decides with this verdict.
    pub fn new(verdict: &str, rule: &str) -> Key {
        Key(format!("{verdict}:{rule}"))
    }

    /// The whole text, as it can be kept and given to [`Key::from`] again.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The verdict; empty if the text has no colon.
    pub fn verdict(&self) -> &str {
        self.0.split_once(':').map_or("", |(verdict, _)| verdict)
    }

    /// The id of the rule; the whole text if it has no colon.
    pub fn rule(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(_, rule)| rule)
    }
}

impl From<String> for Key {
    fn from(text: String) -> Key {
        Key(text)
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Key {
        Key(text.to_owned())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gives_back_what_it_was_made_of() {
        let key = Key::new("failed", "target-unknown");
        assert_eq!((key.verdict(), key.rule()), ("failed", "target-unknown"));
        assert_eq!(Key::from(key.as_str()), key);
        let unexplained = Key::new("failed", "");
        assert_eq!((unexplained.verdict(), unexplained.rule()), ("failed", ""));
        assert_eq!(Key::from("x").rule(), "x");
    }
}
