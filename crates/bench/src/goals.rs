//! The goals, what each of them needs, and whether it is reached.

use crate::contestants::Contestant::{
    self, Call, Cat, Decode, Events, Grep, Inflate, Lnav, Mawk, Portable, RgCallId, RgOne, RgTwo,
    Scan, Sum, Wc,
};
use crate::data::Data;
use crate::results::{Entry, Figure, Group, Quantity, Results};
use crate::statistics::{median, range};

/// The large trace of a server.
pub(crate) const LARGE: Data = Data::Server(2_000_000_000);
const TRUE_LENGTHS: Data = Data::Server(1_000_000_000);
const FALSE_LENGTHS: Data = Data::FalseLengths(1_000_000_000);
const CLIENT: Data = Data::Client(1_000_000_000);
const UTF16: Data = Data::Utf16(500_000_000);
const DENSE: Data = Data::Dense(1_000_000_000);
const SMALL: Data = Data::Small(2_000);
const TINY: Data = Data::Tiny(100_000);
const ARCHIVE: Data = Data::Archive(2_000);

/// Sizes of one kind of trace, and numbers of calls; the large ones only where a full run is
/// asked for, because of the disk and the time that they take.
const SIZES: [u64; 5] = [
    250_000_000,
    1_000_000_000,
    2_000_000_000,
    4_000_000_000,
    8_000_000_000,
];
const ORDINARY_SIZES: usize = 3;
const CALLS: [u64; 3] = [100_000, 1_000_000, 5_000_000];
const ORDINARY_CALLS: usize = 2;

/// Something that may be asked for with `--only`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Goal {
    G1,
    G2,
    G3,
    G4,
    G5,
    G6,
    G7,
    G8,
    G9,
    G10,
    G11,
    G12,
    /// No goal: the peers on the large traces, and where we lose.
    Peers,
    /// No goal: how cost grows with bytes and calls.
    Growth,
}

impl Goal {
    pub(crate) const ALL: [Goal; 14] = [
        Goal::G1,
        Goal::G2,
        Goal::G3,
        Goal::G4,
        Goal::G5,
        Goal::G6,
        Goal::G7,
        Goal::G8,
        Goal::G9,
        Goal::G10,
        Goal::G11,
        Goal::G12,
        Goal::Peers,
        Goal::Growth,
    ];

    /// The word that `--only` takes.
    pub(crate) fn word(self) -> String {
        format!("{self:?}")
    }

    /// The goal of this word, in any case.
    pub(crate) fn from_word(word: &str) -> Option<Goal> {
        (Goal::ALL.into_iter()).find(|goal| goal.word().eq_ignore_ascii_case(word))
    }

    /// What must be run for it.
    pub(crate) fn needs(self, full: bool) -> Vec<Entry> {
        let on = |group: Group, data: Data, contestants: &[Contestant]| {
            let entry = |contestant: &Contestant| Entry {
                group,
                data,
                contestant: *contestant,
            };
            contestants.iter().map(entry).collect::<Vec<_>>()
        };
        let server = |contestants: &[Contestant]| on(Group::Server, LARGE, contestants);
        match self {
            Goal::G1 => server(&[Scan(2), RgOne]),
            Goal::G2 => server(&[Scan(1), RgOne]),
            Goal::G3 => server(&[Scan(2), RgTwo, Cat]),
            Goal::G4 => {
                let mut all = server(&[Scan(2), Sum(2), Scan(1), Sum(1), Portable(2)]);
                for data in sizes(full) {
                    all.extend(on(Group::Sizes, data, &[Scan(2), Sum(2)]));
                }
                all
            }
            Goal::G5 => server(&[Scan(2), Scan(1)]),
            Goal::G6 => {
                let mut all = on(Group::Small, SMALL, &[Scan(2), RgOne]);
                all.extend(on(Group::Tiny, TINY, &[Scan(2), RgOne]));
                all
            }
            Goal::G7 => {
                let mut all = server(&[Scan(2)]);
                for data in calls(full) {
                    all.extend(on(Group::Calls, data, &[Scan(2)]));
                }
                all
            }
            Goal::G8 => on(Group::Cold, LARGE, &[Scan(2), Cat]),
            Goal::G9 => {
                let mut all = on(Group::Dense, DENSE, &[Scan(2), RgOne]);
                for data in [TRUE_LENGTHS, FALSE_LENGTHS] {
                    all.extend(on(Group::Lengths, data, &[Scan(2), Sum(2)]));
                }
                all
            }
            Goal::G10 => on(Group::Utf16, UTF16, &[Scan(1), RgOne]),
            Goal::G11 => {
                let mut all = on(Group::Archive, ARCHIVE, &[Scan(2), Inflate(2)]);
                all.extend(on(Group::Start, Data::Few, &[Scan(2)]));
                all.extend(on(Group::Start, Data::Nothing, &[Decode]));
                all
            }
            Goal::G12 => server(&[Events(2)]),
            Goal::Peers => {
                let mut all = server(&[Scan(2), Wc, Call, RgCallId, Grep, Mawk, Lnav]);
                all.extend(on(Group::Client, CLIENT, &[Scan(2), RgOne, Cat, Sum(2)]));
                all
            }
            Goal::Growth => {
                let mut all = Vec::new();
                for data in sizes(full) {
                    all.extend(on(Group::Sizes, data, &[Scan(2), Sum(2)]));
                }
                for data in calls(full) {
                    all.extend(on(Group::Calls, data, &[Scan(2)]));
                }
                all
            }
        }
    }
}

fn sizes(full: bool) -> impl Iterator<Item = Data> {
    let count = if full { SIZES.len() } else { ORDINARY_SIZES };
    SIZES.into_iter().take(count).map(Data::Server)
}

fn calls(full: bool) -> impl Iterator<Item = Data> {
    let count = if full { CALLS.len() } else { ORDINARY_CALLS };
    CALLS.into_iter().take(count).map(Data::Calls)
}

/// Where a goal draws the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// What a figure is a number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Times,
    Percent,
    Mebibytes,
    BytesPerCall,
    Milliseconds,
    GigabytesPerSecond,
}

impl Unit {
    /// A number with its unit.
    pub(crate) fn tell(self, value: f64) -> String {
        match self {
            Unit::Times => format!("{value:.2}x"),
            Unit::Percent => format!("{value:.0} %"),
            Unit::Mebibytes => format!("{value:.0} MiB"),
            Unit::BytesPerCall => format!("{value:.0} bytes a call"),
            Unit::Milliseconds => format!("{value:.1} ms"),
            Unit::GigabytesPerSecond => format!("{value:.2} GB/s"),
        }
    }
}

/// One line of the table of goals.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) goal: Goal,
    pub(crate) what: String,
    pub(crate) bound: Bound,
    pub(crate) unit: Unit,
    pub(crate) figure: Figure,
    /// What else there is to say of it.
    pub(crate) note: String,
}

impl Line {
    /// What was asked for.
    pub(crate) fn wanted(&self) -> String {
        match self.bound {
            Bound::AtLeast(bound) => format!("at least {}", self.unit.tell(bound)),
            Bound::AtMost(bound) => format!("at most {}", self.unit.tell(bound)),
        }
    }

    /// What was measured.
    pub(crate) fn measured(&self) -> String {
        match &self.figure {
            Ok(value) => self.unit.tell(*value),
            Err(_) => "-".to_owned(),
        }
    }

    /// By how much the goal is missed, as a part of it; `None` where nothing was measured, and 0
    /// where it is reached.
    pub(crate) fn short_by(&self) -> Option<f64> {
        let value = *self.figure.as_ref().ok()?;
        let short = match self.bound {
            Bound::AtLeast(bound) => 1.0 - value / bound,
            Bound::AtMost(bound) => value / bound - 1.0,
        };
        Some(short.max(0.0))
    }

    /// `pass`, `short by …`, or why there is nothing to say.
    pub(crate) fn verdict(&self) -> String {
        let verdict = match (&self.figure, self.short_by()) {
            (Err(why), _) => format!("not measured: {why}"),
            (_, Some(short)) if short > 0.0 => match self.bound {
                Bound::AtMost(bound) if short >= 1.0 => {
                    format!(
                        "short: {:.1} times the {}",
                        short + 1.0,
                        self.unit.tell(bound)
                    )
                }
                // Half a thousandth is short too, and never rounds to nothing.
                _ => format!("short by {:.1} %", (short * 100.0).max(0.1)),
            },
            _ => "pass".to_owned(),
        };
        if self.note.is_empty() {
            return verdict;
        }
        format!("{verdict} ({})", self.note)
    }
}

/// The lines of the goals that were asked for, from what was measured.
pub(crate) fn lines(
    goals: &[Goal],
    results: &Results,
    full: bool,
    shrink: u64,
    sum_goal: (f64, &'static str),
) -> Vec<Line> {
    let mut lines = Vec::new();
    for goal in goals {
        of_goal(*goal, results, full, shrink, sum_goal, &mut lines);
    }
    lines
}

/// By how many percent the greatest number of bytes a second is more than the least, over all
/// sizes.
fn spread_of_speed(results: &Results, full: bool) -> Option<f64> {
    let speeds: Option<Vec<f64>> = sizes(full)
        .map(|data| {
            let ours = Entry {
                group: Group::Sizes,
                data,
                contestant: Scan(2),
            };
            Some(results.bytes(data).ok()? / results.median(ours, Quantity::Wall).ok()?)
        })
        .collect();
    let (least, most) = range(&speeds?)?;
    Some((most / least - 1.0) * 100.0)
}

fn of_goal(
    goal: Goal,
    results: &Results,
    full: bool,
    shrink: u64,
    (sum_bound, has): (f64, &'static str),
    lines: &mut Vec<Line>,
) {
    use Bound::{AtLeast, AtMost};
    use Quantity::{Cpu, Wall};

    let on = |group, data, contestant| Entry {
        group,
        data,
        contestant,
    };
    let large = |contestant| on(Group::Server, LARGE, contestant);
    let faster = |other: Contestant, ours: Contestant, quantity| {
        results.ratio(large(other), large(ours), quantity)
    };
    let mut line = |what: &str, bound: Bound, unit: Unit, figure: Figure, note: &str| {
        lines.push(Line {
            goal,
            what: what.to_owned(),
            bound,
            unit,
            figure,
            note: note.to_owned(),
        });
    };
    match goal {
        Goal::G1 => {
            let what = "scan, 2 threads, to ripgrep for one word; wall";
            line(
                what,
                AtLeast(1.75),
                Unit::Times,
                faster(RgOne, Scan(2), Wall),
                "",
            );
        }
        Goal::G2 => {
            let figure = faster(RgOne, Scan(1), Cpu);
            let note = match &figure {
                Ok(value) if *value < 0.85 => "below the floor of 0.85x",
                Ok(value) if *value < 1.0 => "above the floor of 0.85x",
                _ => "",
            };
            let what = "scan, 1 thread, to ripgrep for one word; user and system";
            line(what, AtLeast(1.0), Unit::Times, figure, note);
        }
        Goal::G3 => {
            let what = "scan, 2 threads, to ripgrep for two words; wall";
            line(
                what,
                AtLeast(3.0),
                Unit::Times,
                faster(RgTwo, Scan(2), Wall),
                "",
            );
            let what = "scan, 2 threads, to cat; wall";
            line(
                what,
                AtLeast(1.5),
                Unit::Times,
                faster(Cat, Scan(2), Wall),
                "",
            );
        }
        Goal::G4 => {
            for threads in [2, 1] {
                let what = match threads {
                    1 => "scan to the sum loop, 1 thread each; wall",
                    _ => "scan to the sum loop, 2 threads each; wall",
                };
                let figure = faster(Sum(threads), Scan(threads), Wall);
                line(what, AtLeast(sum_bound), Unit::Times, figure, has);
            }
            let what = "scan without SIMD to the sum loop, 2 threads each; wall";
            let figure = faster(Sum(2), Portable(2), Wall);
            line(what, AtLeast(0.3), Unit::Times, figure, "");
            let flat: Result<Vec<f64>, String> = (sizes(full))
                .map(|data| {
                    let sum = on(Group::Sizes, data, Sum(2));
                    results.ratio(sum, on(Group::Sizes, data, Scan(2)), Wall)
                })
                .collect();
            let flat = flat.and_then(|ratios| {
                let (least, most) = range(&ratios).ok_or("no run")?;
                Ok((most / least - 1.0) * 100.0)
            });
            let what = "the ratio to the sum loop from the smallest to the largest size: spread";
            let mut note = if full {
                "0.25 to 8 GB".to_owned()
            } else {
                "0.25 to 2 GB; --full goes to 8".to_owned()
            };
            // Who starts and ends in a millisecond is held up by it in a small file.
            if let Some(spread) = spread_of_speed(results, full) {
                note += &format!("; bytes a second alone: {spread:.0} %");
            }
            line(what, AtMost(10.0), Unit::Percent, flat, &note);
        }
        Goal::G5 => {
            let what = "scan, 2 threads to 1; wall";
            line(
                what,
                AtLeast(1.8),
                Unit::Times,
                faster(Scan(1), Scan(2), Wall),
                "",
            );
        }
        Goal::G6 => {
            for (group, data, what, bound) in [
                (Group::Small, SMALL, "2,000 files of 50 to 950 KB", 0.95),
                (Group::Tiny, TINY, "100,000 files of about 16 KB", 0.9),
            ] {
                let rg = on(group, data, RgOne);
                let figure = results.ratio(rg, on(group, data, Scan(2)), Wall);
                let what = format!("scan, 2 threads, to recursive ripgrep, {what}; wall");
                line(&what, AtLeast(bound), Unit::Times, figure, "");
            }
        }
        Goal::G7 => {
            let peak = results.peak_kib(large(Scan(2))).map(|kib| kib / 1024.0);
            line(
                "peak memory of the large scan",
                AtMost(96.0),
                Unit::Mebibytes,
                peak,
                "",
            );
            let anonymous = results.anonymous_kib.map(|kib| kib as f64 / 1024.0);
            let anonymous = anonymous.ok_or_else(|| match results.of(large(Scan(2))) {
                Ok(_) => "it ended before it could be looked at".to_owned(),
                Err(why) => why,
            });
            let what = "of it no pages of files";
            line(what, AtMost(64.0), Unit::Mebibytes, anonymous, "");
            let what = "peak memory that more calls add, per distinct call";
            let figure = per_call(results, full, shrink);
            line(what, AtMost(250.0), Unit::BytesPerCall, figure, "");
        }
        Goal::G8 => {
            let cold = |contestant| on(Group::Cold, LARGE, contestant);
            let figure = results.ratio(cold(Scan(2)), cold(Cat), Wall);
            let what = "cold cache: time of scan, 2 threads, to cat; wall";
            line(what, AtMost(1.05), Unit::Times, figure, "");
        }
        Goal::G9 => {
            let dense = |contestant| on(Group::Dense, DENSE, contestant);
            let figure = results.ratio(dense(RgOne), dense(Scan(2)), Wall);
            let what = "a diagnosis in every message: scan, 2 threads, to ripgrep; wall";
            line(what, AtLeast(1.5), Unit::Times, figure, "");
            let to_sum = |data| {
                let sum = on(Group::Lengths, data, Sum(2));
                results.ratios(sum, on(Group::Lengths, data, Scan(2)), Wall)
            };
            let figure = to_sum(FALSE_LENGTHS).and_then(|with_false| {
                let with_true = to_sum(TRUE_LENGTHS)?;
                let quotients: Vec<f64> = (with_false.iter().zip(&with_true))
                    .map(|(one, other)| one / other)
                    .collect();
                median(&quotients).ok_or("no run".to_owned())
            });
            let what =
                "no length of a body true: the ratio to the sum loop, to that with true ones";
            line(what, AtLeast(0.9), Unit::Times, figure, "");
        }
        Goal::G10 => {
            let utf16 = |contestant| on(Group::Utf16, UTF16, contestant);
            let figure = results.ratio(utf16(RgOne), utf16(Scan(1)), Wall);
            let what = "UTF-16LE: scan, 1 thread, to ripgrep; wall";
            line(what, AtLeast(3.0), Unit::Times, figure, "");
        }
        Goal::G11 => {
            let archive = |contestant| on(Group::Archive, ARCHIVE, contestant);
            let figure = results.ratio(archive(Scan(2)), archive(Inflate(2)), Wall);
            let what =
                "zip of 2,000 client logs: time of scan to the inflater alone, 2 threads each";
            line(what, AtMost(1.15), Unit::Times, figure, "");
            let decode = results.median(on(Group::Start, Data::Nothing, Decode), Wall);
            let decode = decode.map(|seconds| seconds * 1000.0);
            let what = "decode 0x320, from start to end";
            line(what, AtMost(5.0), Unit::Milliseconds, decode, "");
        }
        Goal::G12 => {
            let seconds = results.median(large(Events(2)), Wall);
            let figure = seconds.and_then(|seconds| Ok(results.bytes(LARGE)? / seconds / 1e9));
            let what = "events as NDJSON, 2 threads";
            line(what, AtLeast(1.0), Unit::GigabytesPerSecond, figure, "");
        }
        Goal::Peers | Goal::Growth => {}
    }
}

/// Bytes that the largest number of calls adds to the peak of the smallest, for each call.
fn per_call(results: &Results, full: bool, shrink: u64) -> Figure {
    let all: Vec<Data> = calls(full).collect();
    let peak = |data: &Data| {
        let entry = Entry {
            group: Group::Calls,
            data: *data,
            contestant: Scan(2),
        };
        Ok::<_, String>((results.peak_kib(entry)? * 1024.0, number_of(*data) / shrink))
    };
    let (Some(first), Some(last)) = (all.first(), all.last()) else {
        return Err("no run".to_owned());
    };
    let ((less, few), (more, many)) = (peak(first)?, peak(last)?);
    Ok((more - less) / (many - few) as f64)
}

/// Calls, of data that has a number of them.
pub(crate) fn number_of(data: Data) -> u64 {
    if let Data::Calls(count) = data {
        count
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Held;
    use crate::timed::Run;

    /// A run of so many seconds of both kinds.
    fn run(wall: f64, cpu: f64, peak_mib: u64) -> Run {
        Run {
            wall,
            user: cpu / 2.0,
            system: cpu / 2.0,
            peak_kib: peak_mib * 1024,
            disk_bytes: 0,
            code: Some(0),
        }
    }

    /// Everything that goals need, each run a second long, with a hundred MiB.
    fn even_results(full: bool) -> Results {
        let mut results = Results::default();
        for entry in Goal::ALL.into_iter().flat_map(|goal| goal.needs(full)) {
            results.runs.insert(entry, vec![run(1.0, 1.0, 100); 3]);
            let held = Held {
                made_of: String::new(),
                bytes: 2_000_000_000,
                on_disk: 0,
                files: 1,
                messages: 1,
            };
            results.held.insert(entry.data, held);
        }
        results.anonymous_kib = Some(64 << 10);
        results
    }

    fn find<'l>(lines: &'l [Line], goal: Goal, words: &str) -> &'l Line {
        let line = lines
            .iter()
            .find(|line| line.goal == goal && line.what.contains(words));
        line.unwrap_or_else(|| panic!("{goal:?} {words}"))
    }

    #[test]
    fn every_goal_has_its_lines_and_every_line_what_it_needs() {
        for full in [false, true] {
            let results = even_results(full);
            let lines = lines(&Goal::ALL, &results, full, 1, (0.6, "AVX-512"));
            assert_eq!(lines.len(), 21);
            for goal in &Goal::ALL[..12] {
                assert!(lines.iter().any(|line| line.goal == *goal), "{goal:?}");
            }
            assert!(lines.iter().all(|line| line.figure.is_ok()));
        }
    }

    #[test]
    fn goals_are_judged_by_what_was_measured() {
        let mut results = even_results(false);
        let on = |contestant| Entry {
            group: Group::Server,
            data: LARGE,
            contestant,
        };
        // Twice as fast as everything at two threads; 0.9 of ripgrep's processors at one.
        results.runs.insert(on(Scan(2)), vec![run(0.5, 1.0, 97); 3]);
        results.runs.insert(on(RgOne), vec![run(1.0, 0.9, 5); 3]);
        let lines = lines(&Goal::ALL, &results, false, 1, (0.6, "AVX-512"));
        assert_eq!(find(&lines, Goal::G1, "").verdict(), "pass");
        assert_eq!(find(&lines, Goal::G1, "").measured(), "2.00x");
        let g2 = find(&lines, Goal::G2, "");
        assert_eq!(g2.verdict(), "short by 10.0 % (above the floor of 0.85x)");
        assert_eq!(
            find(&lines, Goal::G3, "two words").verdict(),
            "short by 33.3 %"
        );
        assert_eq!(find(&lines, Goal::G3, "cat").verdict(), "pass");
        assert_eq!(find(&lines, Goal::G5, "").verdict(), "pass");
        assert_eq!(
            find(&lines, Goal::G7, "peak memory of").verdict(),
            "short by 1.0 %"
        );
        assert_eq!(find(&lines, Goal::G7, "no pages").verdict(), "pass");
        assert_eq!(find(&lines, Goal::G10, "").measured(), "1.00x");
        // A thousand milliseconds where five are wanted.
        let decode = find(&lines, Goal::G11, "decode").verdict();
        assert_eq!(decode, "short: 200.0 times the 5.0 ms");
        assert_eq!(find(&lines, Goal::G12, "").measured(), "2.00 GB/s");
    }

    #[test]
    fn memory_is_told_for_each_further_call() {
        let mut results = even_results(false);
        let on = |calls| Entry {
            group: Group::Calls,
            data: Data::Calls(calls),
            contestant: Scan(2),
        };
        results.runs.insert(on(100_000), vec![run(1.0, 1.0, 50)]);
        results.runs.insert(on(1_000_000), vec![run(1.0, 1.0, 250)]);
        let figure = per_call(&results, false, 1).unwrap();
        assert!(
            (figure - 200.0 * 1048576.0 / 900_000.0).abs() < 1e-6,
            "{figure}"
        );
        let figure = per_call(&results, false, 10).unwrap();
        assert!(
            (figure - 200.0 * 1048576.0 / 90_000.0).abs() < 1e-6,
            "{figure}"
        );
    }

    #[test]
    fn the_spread_over_sizes_is_that_of_the_ratio_to_the_sum() {
        let mut results = even_results(true);
        for (size, sum, scan) in [(8_000_000_000, 4.0, 6.0), (250_000_000, 0.1, 0.2)] {
            for (contestant, wall) in [(Sum(2), sum), (Scan(2), scan)] {
                let entry = Entry {
                    group: Group::Sizes,
                    data: Data::Server(size),
                    contestant,
                };
                results.runs.insert(entry, vec![run(wall, wall, 10)]);
            }
        }
        let lines = lines(&[Goal::G4], &results, true, 1, (0.6, "AVX-512"));
        // From 0.5 to 1.
        let spread = find(&lines, Goal::G4, "spread");
        assert_eq!(spread.measured(), "100 %");
        // Of equal bytes in 0.2 to 6 seconds.
        assert!(spread.note.ends_with("; bytes a second alone: 2900 %"));
    }

    #[test]
    fn what_is_missing_says_why() {
        let mut results = even_results(false);
        let archive = Entry {
            group: Group::Archive,
            data: ARCHIVE,
            contestant: Scan(2),
        };
        results.runs.remove(&archive);
        results
            .missing
            .insert(archive, "siptriage reads no zip".to_owned());
        let lines = lines(&Goal::ALL, &results, false, 1, (0.6, "AVX-512"));
        let zip = find(&lines, Goal::G11, "zip");
        assert_eq!(zip.verdict(), "not measured: siptriage reads no zip");
        assert_eq!((zip.measured().as_str(), zip.short_by()), ("-", None));
        let empty = Results::default();
        let lines = super::lines(&Goal::ALL, &empty, false, 1, (0.6, "AVX-512"));
        assert!(
            lines
                .iter()
                .all(|line| line.verdict().starts_with("not measured: "))
        );
    }

    #[test]
    fn words_of_goals_are_taken_in_any_case() {
        assert_eq!(Goal::from_word("g11"), Some(Goal::G11));
        assert_eq!(Goal::from_word("growth"), Some(Goal::Growth));
        assert_eq!(Goal::from_word("G13"), None);
    }
}
