//! The counts to hold, and whether they are held.

use std::collections::BTreeMap;
use std::fmt::Write;

/// How many hundredths a count may be above or below the one that was accepted, before somebody
/// must look.
const TOLERANCE: u128 = 5;

/// What reading one input cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Bytes of the input: counts of another one cannot be compared.
    pub(crate) bytes: u64,
    /// Instructions of the program itself.
    pub(crate) instructions: u64,
}

/// What each input cost, by its name.
pub(crate) type Baseline = BTreeMap<String, Cost>;

const HEAD: &str = "\
# Instructions of `siptriage --quiet --threads 1 FILE` without those of shared libraries: `start`
# for a file with next to nothing in it, which is what starting and reporting cost, and for each
# other input what came to that.
# Written by `cargo run --release -p siptriage-bench -- instructions --accept`; docs/performance.md
# says when to do that.
";

const COLUMNS: &str = "input\tbytes\tinstructions";

/// The file of these counts. `compiler` is told, since another one counts otherwise.
pub(crate) fn write(counts: &Baseline, compiler: &str) -> String {
    let mut text = format!("{HEAD}# {compiler}\n{COLUMNS}\n");
    for (name, cost) in counts {
        let _ = writeln!(text, "{name}\t{}\t{}", cost.bytes, cost.instructions);
    }
    text
}

/// Reads the file of [`write()`].
///
/// # Errors
/// In words, which line is none.
pub(crate) fn read(text: &str) -> Result<Baseline, String> {
    let mut counts = Baseline::new();
    for line in text.lines() {
        if line.is_empty() || line.starts_with('#') || line == COLUMNS {
            continue;
        }
        let cells: Vec<&str> = line.split('\t').collect();
        let cost = match cells[..] {
            [_, bytes, instructions] => bytes.parse().ok().zip(instructions.parse().ok()),
            _ => None,
        };
        let (bytes, instructions) =
            cost.ok_or_else(|| format!("'{line}' is no name with two numbers"))?;
        let cost = Cost {
            bytes,
            instructions,
        };
        counts.insert(cells[0].to_owned(), cost);
    }
    Ok(counts)
}

/// The compiler of the file, as it was told to [`write()`].
pub(crate) fn compiler(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        line.strip_prefix("# ")
            .filter(|line| line.starts_with("rustc "))
    })
}

/// How one count is to the accepted one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Change {
    /// Within the tolerance; by this part of it more (or, below 0, less).
    Held(f64),
    /// More than the tolerance above: a regression.
    More(f64),
    /// More than the tolerance below: good, and to be accepted, so that it is held from now on.
    Less(f64),
    /// Nothing was accepted for this input yet, or it is another one, or is counted no more.
    Unknown,
}

impl Change {
    /// In words.
    pub(crate) fn told(self) -> String {
        match self {
            Change::Held(by) => format!("{:+.1} %", by * 100.0),
            Change::More(by) => format!("{:+.1} %: a regression", by * 100.0),
            Change::Less(by) => format!("{:+.1} %: accept it, so that it stays", by * 100.0),
            Change::Unknown => "another input, or none: accept it".to_owned(),
        }
    }

    /// Whether the check fails by it.
    pub(crate) fn fails(self) -> bool {
        matches!(self, Change::More(_) | Change::Unknown)
    }
}

/// Every input of either, with how it changed.
pub(crate) fn compare(accepted: &Baseline, counted: &Baseline) -> BTreeMap<String, Change> {
    let names = accepted.keys().chain(counted.keys());
    let change = |name: &String| {
        let (Some(before), Some(now)) = (accepted.get(name), counted.get(name)) else {
            return Change::Unknown;
        };
        if before.bytes != now.bytes {
            return Change::Unknown;
        }
        let (now, before) = (now.instructions, before.instructions);
        let by = now as f64 / before.max(1) as f64 - 1.0;
        // In whole numbers, so that just five hundredths are five.
        let (now, before) = (u128::from(now) * 100, u128::from(before));
        if now > before * (100 + TOLERANCE) {
            Change::More(by)
        } else if now < before * (100 - TOLERANCE) {
            Change::Less(by)
        } else {
            Change::Held(by)
        }
    };
    names.map(|name| (name.clone(), change(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(rows: &[(&str, u64)]) -> Baseline {
        let cost = |instructions| Cost {
            bytes: 100,
            instructions,
        };
        rows.iter()
            .map(|(name, count)| ((*name).to_owned(), cost(*count)))
            .collect()
    }

    #[test]
    fn a_baseline_is_read_as_it_was_written() {
        let counts = baseline(&[("server", 1_234_567_890_123), ("client", 7)]);
        let text = write(&counts, "rustc 1.95.0");
        assert_eq!(read(&text).unwrap(), counts);
        assert_eq!(compiler(&text), Some("rustc 1.95.0"));
        assert!(text.contains("--accept"));
        assert!(read("server\t1\tmany\n").unwrap_err().contains("many"));
        assert_eq!(compiler(""), None);
    }

    #[test]
    fn five_in_a_hundred_are_let_pass_and_no_more() {
        let accepted = baseline(&[
            ("a", 1000),
            ("b", 1000),
            ("c", 1000),
            ("d", 1000),
            ("gone", 1),
        ]);
        let counted = baseline(&[("a", 1050), ("b", 1051), ("c", 950), ("d", 949), ("new", 1)]);
        let changes = compare(&accepted, &counted);
        let mut other = counted.clone();
        other.insert(
            "a".to_owned(),
            Cost {
                bytes: 99,
                instructions: 1000,
            },
        );
        assert_eq!(compare(&accepted, &other)["a"], Change::Unknown);
        assert!(matches!(changes["a"], Change::Held(_)));
        assert!(matches!(changes["b"], Change::More(_)));
        assert!(matches!(changes["c"], Change::Held(_)));
        assert!(matches!(changes["d"], Change::Less(_)));
        assert_eq!(
            (changes["gone"], changes["new"]),
            (Change::Unknown, Change::Unknown)
        );
        let failing: Vec<&String> = changes
            .iter()
            .filter(|(_, change)| change.fails())
            .map(|(name, _)| name)
            .collect();
        assert_eq!(failing, ["b", "gone", "new"]);
    }
}
