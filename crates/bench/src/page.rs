//! Tables for people: on a terminal, and as the block of `docs/performance.md`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io;

use crate::contestants::Contestant;
use crate::data::Data;
use crate::goals::{LARGE, Line, number_of};
use crate::machine::Machine;
use crate::measure::{LEAST_LARGE, MOSTLY};
use crate::options::Cache;
use crate::results::{Entry, Group, Quantity, Results};
use crate::statistics::range;

/// Around the figures of a page.
const BEGIN: &str = "<!-- figures: written by siptriage-bench --page -->";
const END: &str = "<!-- end of figures -->";

/// A table of text; the first row is its head.
#[derive(Debug, Default)]
struct Table {
    rows: Vec<Vec<String>>,
    /// Columns with numbers, which stand to the right.
    right: BTreeSet<usize>,
}

impl Table {
    fn new(head: &[&str], right: &[usize]) -> Table {
        Table {
            rows: vec![head.iter().map(|cell| (*cell).to_owned()).collect()],
            right: right.iter().copied().collect(),
        }
    }

    fn put(&self, out: &mut String, markdown: bool) {
        let Some(head) = self.rows.first() else {
            return;
        };
        let widths: Vec<usize> = (0..head.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                if markdown {
                    let _ = write!(line, "| {} ", cell.replace('|', "\\|"));
                } else if self.right.contains(&column) {
                    let _ = write!(line, "{cell:>0$}  ", widths[column]);
                } else {
                    let _ = write!(line, "{cell:<0$}  ", widths[column]);
                }
            }
            let line = if markdown { line + "|" } else { line };
            out.push_str(line.trim_end());
            out.push('\n');
            if number == 0 {
                let rule = |column: usize| match (markdown, self.right.contains(&column)) {
                    (true, true) => "| ---: ".to_owned(),
                    (true, false) => "| --- ".to_owned(),
                    (false, _) => "-".repeat(widths[column]) + "  ",
                };
                let rule: String = (0..head.len()).map(rule).collect();
                let rule = if markdown { rule + "|" } else { rule };
                out.push_str(rule.trim_end());
                out.push('\n');
            }
        }
        out.push('\n');
    }
}

/// How it was measured, as far as a reader must know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How {
    pub(crate) pairs: usize,
    pub(crate) shrink: u64,
    pub(crate) cache: Cache,
    pub(crate) markdown: bool,
}

/// Everything that was measured, as text or Markdown.
pub(crate) fn page(machine: &Machine, lines: &[Line], results: &Results, how: How) -> String {
    let mut out = String::new();
    put_machine(&mut out, machine, how);
    let came = match how.cache {
        Cache::Read => "Files came into the page cache by being read.",
        Cache::Written => "Files came into the page cache by being written.",
    };
    let _ = write!(out, "{came}");
    put_large_pages(&mut out, results, how);
    out.push_str("\n\n");
    put_goals(&mut out, lines, how);
    put_groups(&mut out, results, how);
    put_growth(&mut out, results, how);
    put_losses(&mut out, results, how);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Which part of the files was in large pages: what maps is up to twice as fast with them.
fn put_large_pages(out: &mut String, results: &Results, how: How) {
    let percent = |part: &f64| (part * 100.0).round();
    if let Some(part) = results.large_pages.get(&LARGE) {
        let percent = percent(part);
        let _ = write!(
            out,
            " Of the map of the large trace, {percent} % were in pages of 2 MiB."
        );
    }
    // A file of which a few pages are left over at its end is too short to tell.
    let is_long = |data: &Data| {
        results
            .held
            .get(data)
            .is_some_and(|held| held.on_disk >= LEAST_LARGE)
    };
    let parts = results.large_pages.iter().filter(|(data, _)| is_long(data));
    let small: Vec<String> = parts
        .filter(|(_, part)| **part < MOSTLY)
        .map(|(data, part)| format!("{} ({} %)", data.name(how.shrink), percent(part)))
        .collect();
    if !small.is_empty() {
        let small = small.join(", ");
        let _ = write!(out, " Fewer than {} % of these: {small}.", percent(&MOSTLY));
    }
}

fn put_heading(out: &mut String, text: &str, how: How) {
    let _ = match how.markdown {
        true => writeln!(out, "### {text}\n"),
        false => writeln!(out, "{text}\n"),
    };
}

fn put_machine(out: &mut String, machine: &Machine, how: How) {
    let Machine {
        commit,
        day,
        processor,
        cores,
        vectors,
        memory_gib,
        kernel,
        rustc,
        load,
        versions,
    } = machine;
    let _ = writeln!(out, "Commit {commit}, {day}, {rustc}, release build.");
    let _ = writeln!(
        out,
        "{cores} cores of {processor} ({vectors}), {memory_gib} GiB, Linux {kernel}."
    );
    let versions: Vec<&str> = versions.values().map(String::as_str).collect();
    let _ = writeln!(out, "{}.", versions.join("; "));
    let _ = writeln!(
        out,
        "Rounds in each of which all of a group run in turn, after one that does not count: {}.",
        how.pairs
    );
    if let Some(load) = load.filter(|load| *load > 0.5) {
        let _ = writeln!(
            out,
            "The machine was not idle: {load:.1} processes were running before. Times are those \
             of a busy machine, and two threads cannot be compared with one."
        );
    }
    if how.shrink > 1 {
        let _ = writeln!(
            out,
            "A look, no result: sizes are divided by {}.",
            how.shrink
        );
    }
    if how.pairs < 11 {
        let _ = writeln!(out, "A look, no result: goals ask for 11 rounds or more.");
    }
}

fn put_goals(out: &mut String, lines: &[Line], how: How) {
    if lines.is_empty() {
        return;
    }
    put_heading(out, "Goals", how);
    let mut table = Table::new(&["goal", "what", "wanted", "measured", "verdict"], &[3]);
    for line in lines {
        table.rows.push(vec![
            line.goal.word(),
            line.what.clone(),
            line.wanted(),
            line.measured(),
            line.verdict(),
        ]);
    }
    table.put(out, how.markdown);
}

fn title(group: Group) -> &'static str {
    match group {
        Group::Server => "The large trace of a server",
        Group::Client => "The log of a client",
        Group::Small => "Small files",
        Group::Tiny => "Tiny files",
        Group::Utf16 => "UTF-16LE",
        Group::Dense => "A diagnosis in every message",
        Group::Lengths => "Lengths that are true, and that are not",
        Group::Sizes => "Sizes",
        Group::Calls => "Calls",
        Group::Archive => "A zip of small files",
        Group::Start => "Starting the program",
        Group::Cold => "The large trace, not in the page cache",
    }
}

fn put_groups(out: &mut String, results: &Results, how: How) {
    let groups: BTreeSet<Group> = results.runs.keys().map(|entry| entry.group).collect();
    // Sizes and calls have tables of their own.
    let groups = groups
        .into_iter()
        .filter(|group| !matches!(group, Group::Sizes | Group::Calls));
    for group in groups {
        put_heading(out, title(group), how);
        let entries: Vec<Entry> = (results.runs.keys().copied())
            .filter(|entry| entry.group == group)
            .collect();
        let data: BTreeSet<Data> = entries.iter().map(|entry| entry.data).collect();
        for data in &data {
            put_data(out, results, *data, how);
        }
        let many = data.len() > 1;
        let mut head = vec![
            "who",
            "command",
            "seconds",
            "least to most",
            "GB/s",
            "user + system",
        ];
        head.extend(["peak MiB", "what it does"]);
        let mut table = Table::new(&head, &[2, 3, 4, 5, 6]);
        for entry in entries {
            let name = entry.contestant.name();
            let name = if many {
                format!("{name}: {}", entry.data.name(how.shrink))
            } else {
                name
            };
            table.rows.push(row(results, entry, name, how));
        }
        table.put(out, how.markdown);
    }
}

fn put_data(out: &mut String, results: &Results, data: Data, how: How) {
    let Some(held) = results.held.get(&data).filter(|held| held.files > 0) else {
        return;
    };
    let files = if held.files == 1 {
        String::new()
    } else {
        format!(" in {} files", held.files)
    };
    let _ = writeln!(
        out,
        "`{}`: {}; {:.3} GB{files}, {} messages.",
        data.name(how.shrink),
        data.told(),
        held.bytes as f64 / 1e9,
        held.messages
    );
    let _ = writeln!(out);
}

fn row(results: &Results, entry: Entry, name: String, how: How) -> Vec<String> {
    let walls: Vec<f64> = results.runs[&entry].iter().map(|run| run.wall).collect();
    let seconds = results.median(entry, Quantity::Wall).unwrap_or_default();
    let cpu = results.median(entry, Quantity::Cpu).unwrap_or_default();
    let peak = results.peak_kib(entry).unwrap_or_default();
    let speed = match results.bytes(entry.data) {
        Ok(bytes) if bytes > 0.0 => format!("{:.2}", bytes / seconds / 1e9),
        _ => "-".to_owned(),
    };
    let (least, most) = range(&walls).unwrap_or_default();
    let command = results.commands.get(&entry).cloned().unwrap_or_default();
    vec![
        name,
        if how.markdown {
            format!("`{command}`")
        } else {
            command
        },
        format!("{seconds:.3}"),
        format!("{least:.3} to {most:.3}"),
        speed,
        format!("{cpu:.3}"),
        format!("{:.0}", peak / 1024.0),
        entry.contestant.does().to_owned(),
    ]
}

fn put_growth(out: &mut String, results: &Results, how: How) {
    let scans = |group: Group| {
        let of_group =
            move |entry: &&Entry| entry.group == group && entry.contestant == Contestant::Scan(2);
        results
            .runs
            .keys()
            .filter(of_group)
            .copied()
            .collect::<Vec<_>>()
    };
    let (sizes, calls) = (scans(Group::Sizes), scans(Group::Calls));
    if !sizes.is_empty() {
        put_heading(out, "Growth with bytes", how);
        let head = [
            "bytes",
            "seconds",
            "GB/s",
            "sum loop GB/s",
            "to the sum loop",
            "peak MiB",
        ];
        let mut table = Table::new(&head, &[0, 1, 2, 3, 4, 5]);
        for entry in sizes {
            let sum = Entry {
                contestant: Contestant::Sum(2),
                ..entry
            };
            let bytes = results.bytes(entry.data).unwrap_or_default();
            let [ours, limit] =
                [entry, sum].map(|entry| results.median(entry, Quantity::Wall).unwrap_or_default());
            let ratio = results
                .ratio(sum, entry, Quantity::Wall)
                .unwrap_or_default();
            table.rows.push(vec![
                format!("{:.2} GB", bytes / 1e9),
                format!("{ours:.3}"),
                format!("{:.2}", bytes / ours / 1e9),
                format!("{:.2}", bytes / limit / 1e9),
                format!("{ratio:.2}x"),
                format!(
                    "{:.0}",
                    results.peak_kib(entry).unwrap_or_default() / 1024.0
                ),
            ]);
        }
        table.put(out, how.markdown);
    }
    if !calls.is_empty() {
        put_heading(out, "Growth with calls", how);
        let head = [
            "calls",
            "GB",
            "seconds",
            "GB/s",
            "microseconds a call",
            "peak MiB",
        ];
        let mut table = Table::new(&head, &[0, 1, 2, 3, 4, 5]);
        for entry in calls {
            let bytes = results.bytes(entry.data).unwrap_or_default();
            let seconds = results.median(entry, Quantity::Wall).unwrap_or_default();
            let count = number_of(entry.data) / how.shrink;
            table.rows.push(vec![
                count.to_string(),
                format!("{:.2}", bytes / 1e9),
                format!("{seconds:.3}"),
                format!("{:.2}", bytes / seconds / 1e9),
                format!("{:.2}", seconds / count.max(1) as f64 * 1e6),
                format!(
                    "{:.0}",
                    results.peak_kib(entry).unwrap_or_default() / 1024.0
                ),
            ]);
        }
        table.put(out, how.markdown);
    }
}

/// Pairs in which a peer answers the same question with less work.
fn put_losses(out: &mut String, results: &Results, how: How) {
    let large = |contestant| Entry {
        group: Group::Server,
        data: LARGE,
        contestant,
    };
    let pairs = [
        (
            "Is one call in the file? ripgrep counts the lines with its Call-ID; `siptriage call` \
             reads everything twice, to tell the call",
            Contestant::Call,
            Contestant::RgCallId,
        ),
        (
            "How many lines have one word, on one core? ripgrep looks for nothing else",
            Contestant::Scan(1),
            Contestant::RgOne,
        ),
        (
            "How many lines has the file? `wc -l` counts line ends alone, on one core",
            Contestant::Scan(1),
            Contestant::Wc,
        ),
    ];
    let lost = pairs.into_iter().filter_map(|(what, ours, theirs)| {
        let ratio = results
            .ratio(large(ours), large(theirs), Quantity::Wall)
            .ok()?;
        (ratio > 1.0).then_some((what, ours, theirs, ratio))
    });
    let lost: Vec<_> = lost.collect();
    if lost.is_empty() {
        return;
    }
    put_heading(out, "Where we lose", how);
    let mut table = Table::new(&["question", "ours", "theirs", "theirs is faster by"], &[3]);
    for (what, ours, theirs, ratio) in lost {
        let cells = [
            what.to_owned(),
            ours.name(),
            theirs.name(),
            format!("{ratio:.2}x"),
        ];
        table.rows.push(cells.into());
    }
    table.put(out, how.markdown);
}

/// `text` with the figures between its two marks replaced by `figures`.
///
/// # Errors
/// There are no such marks.
pub(crate) fn with_figures(text: &str, figures: &str) -> io::Result<String> {
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or_else(|| {
        let why = format!("there is no {BEGIN} with {END} behind it");
        io::Error::new(io::ErrorKind::InvalidData, why)
    })?;
    Ok(format!(
        "{before}{BEGIN}\n\n{}\n\n{END}{after}",
        figures.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Held;

    #[test]
    fn tables_are_aligned_and_markdown_is_not_broken_by_what_is_in_it() {
        let mut table = Table::new(&["who", "seconds"], &[1]);
        table.rows.push(vec!["a|b".to_owned(), "1.5".to_owned()]);
        let mut text = String::new();
        table.put(&mut text, false);
        assert_eq!(text, "who  seconds\n---  -------\na|b      1.5\n\n");
        let mut markdown = String::new();
        table.put(&mut markdown, true);
        assert_eq!(
            markdown,
            "| who | seconds |\n| --- | ---: |\n| a\\|b | 1.5 |\n\n"
        );
    }

    #[test]
    fn files_that_are_not_in_large_pages_are_named() {
        let how = How {
            pairs: 11,
            shrink: 1,
            cache: Cache::Read,
            markdown: true,
        };
        let of = |parts: &[(Data, u64, f64)]| {
            let mut results = Results::default();
            for (data, on_disk, part) in parts {
                let held = Held {
                    on_disk: *on_disk,
                    ..Held::default()
                };
                results.held.insert(*data, held);
                results.large_pages.insert(*data, *part);
            }
            let mut text = String::new();
            put_large_pages(&mut text, &results, how);
            text
        };
        assert_eq!(of(&[]), "");
        let large = (LARGE, 2_000_000_000, 0.973);
        // A short one is of no account.
        let all = of(&[large, (Data::Few, 1000, 0.0)]);
        assert_eq!(
            all,
            " Of the map of the large trace, 97 % were in pages of 2 MiB."
        );
        let one = of(&[large, (Data::Dense(1_000_000_000), 1_000_000_000, 0.25)]);
        assert_eq!(
            one,
            format!("{all} Fewer than 90 % of these: dense-1G.txt (25 %).")
        );
    }

    #[test]
    fn figures_of_a_page_are_replaced_and_nothing_else() {
        let page = format!("# Title\n\n{BEGIN}\nold\n{END}\n\nrest\n");
        let new = with_figures(&page, "new\n").unwrap();
        assert_eq!(new, format!("# Title\n\n{BEGIN}\n\nnew\n\n{END}\n\nrest\n"));
        assert_eq!(with_figures(&new, "new").unwrap(), new);
        assert!(with_figures("# Title\n", "new").is_err());
    }
}
