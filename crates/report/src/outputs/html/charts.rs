//! Charts as SVG, each with a sentence and a table that say the same.

use std::fmt::Write as _;
use std::io;

use super::Page;
use super::cell::{PLAIN, key};
use super::escape::escaped;
use super::table;
use crate::document::{Cell, Section, grouped, per_cent};

/// Sections that charts are drawn of.
pub(super) const IDS: [&str; 5] = [
    "failures_by_time",
    "calls_by_time",
    "hours_of_day",
    "causes_by_place",
    "flags_by_media",
];

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 230.0;
/// The drawing within the labels.
const LEFT: f64 = 40.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;
/// Colours there are for causes; the last one is for all others.
const COLOURS: usize = 7;

/// A drawing with a scale from 0 to `most`, and a place for each of `count` columns.
struct Drawing {
    svg: String,
    most: f64,
    count: usize,
    right: f64,
}

impl Drawing {
    fn new(most: f64, count: usize, right: f64) -> Drawing {
        let mut drawing = Drawing {
            svg: String::new(),
            most: most.max(1.0),
            count: count.max(1),
            right,
        };
        let step = tick(drawing.most);
        let mut at = 0.0;
        while at <= drawing.most {
            let y = drawing.y(at);
            drawing.push(format_args!(
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"ax\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - right,
                LEFT - 6.0,
                y + 4.0,
                grouped(at as u64)
            ));
            at += step;
        }
        drawing
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = self.svg.write_fmt(text);
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / self.most)
    }

    /// How wide a column is.
    fn pitch(&self) -> f64 {
        (WIDTH - LEFT - self.right) / self.count as f64
    }

    fn x(&self, place: usize) -> f64 {
        LEFT + self.pitch() * place as f64
    }

    fn middle(&self, place: usize) -> f64 {
        self.x(place) + self.pitch() / 2.0
    }

    /// A bar of a column, from one value to another.
    fn bar(&mut self, place: usize, from: f64, to: f64, class: &str, title: &str) {
        let gap = (self.pitch() * 0.16).min(3.0);
        let (x, width) = (self.x(place) + gap / 2.0, self.pitch() - gap);
        let (y, bottom) = (self.y(to), self.y(from));
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
             height=\"{:.1}\"><title>{}</title></rect>",
            (bottom - y).max(0.8),
            escaped(title)
        ));
    }

    /// Labels below some of the columns.
    fn labels(&mut self, labels: &[String]) {
        let longest = labels
            .iter()
            .map(|label| label.chars().count())
            .max()
            .unwrap_or(1);
        let fit = ((WIDTH - LEFT - self.right) / (longest as f64 * 8.5 + 10.0)).max(1.0) as usize;
        let every = labels.len().div_ceil(fit.max(1)).max(1);
        for (place, label) in labels.iter().enumerate().step_by(every) {
            let x = self.middle(place);
            self.push(format_args!(
                "<text class=\"ax\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                HEIGHT - 8.0,
                escaped(label)
            ));
        }
    }
}

/// A round number of which a few make the most.
fn tick(most: f64) -> f64 {
    let mut step = 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle().take(60) {
        if most / step <= 4.0 {
            break;
        }
        // 1, 2, 5, 10, …
        step *= factor;
    }
    step.max(1.0).round()
}

/// The text of a cell of a row.
fn text(section: &Section, row: &[Cell], id: &str) -> String {
    let cell = section.column(id).and_then(|place| row.get(place));
    cell.map(|cell| cell.to_text(&PLAIN)).unwrap_or_default()
}

fn number(section: &Section, row: &[Cell], id: &str) -> Option<f64> {
    key(row.get(section.column(id)?)?)
}

fn whole(section: &Section, row: &[Cell], id: &str) -> u64 {
    match section.column(id).and_then(|place| row.get(place)) {
        Some(Cell::Count(count)) => *count,
        _ => 0,
    }
}

/// Times as short as can be: of days the date without its year, of all others the time of day.
fn short_times(times: &[String]) -> Vec<String> {
    let days = times
        .iter()
        .all(|time| time.get(10..19).is_none_or(|time| time == " 00:00:00"));
    let short = |time: &String| {
        let part = if days {
            time.get(5..10)
        } else {
            time.get(11..16)
        };
        part.unwrap_or(time).to_owned()
    };
    times.iter().map(short).collect()
}

/// A figure: title, sentence, drawing, legend, and the numbers as a table that is folded.
fn figure(
    page: &Page<'_>,
    section: &Section,
    sentence: &str,
    drawing: &Drawing,
    legend: &[(String, String)],
    class: &str,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let id = page.anchor(section);
    writeln!(
        out,
        "<figure class=\"{class}\"><figcaption><h3 id=\"{id}\">{}</h3><p class=\"note\" \
         id=\"{id}-says\">{}</p></figcaption><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-labelledby=\"{id} {id}-says\">{}</svg>",
        escaped(&section.title),
        escaped(sentence),
        drawing.svg
    )?;
    if !legend.is_empty() {
        write!(out, "<ul class=\"legend\">")?;
        for (class, words) in legend {
            write!(
                out,
                "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{class}\" \
                 width=\"10\" height=\"10\" rx=\"2\"/></svg>{}</li>",
                escaped(words)
            )?;
        }
        writeln!(out, "</ul>")?;
    }
    table::notes(section, out)?;
    write!(
        out,
        "<details class=\"numbers\"><summary>The numbers</summary>"
    )?;
    table::table(page, section, &format!("{id}-numbers"), out)?;
    writeln!(out, "</details></figure>")
}

/// Failed calls over time, a colour for each cause. `all` has every piece of time.
pub(super) fn stacked(
    page: &Page<'_>,
    section: &Section,
    all: Option<&Section>,
    wide: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let with_times = all.unwrap_or(section);
    let mut times: Vec<String> = Vec::new();
    for row in &with_times.rows {
        let time = text(with_times, row, "time");
        if times.last() != Some(&time) {
            times.push(time);
        }
    }
    let mut causes: Vec<(String, u64)> = Vec::new();
    for row in &section.rows {
        let (cause, calls) = (text(section, row, "cause"), whole(section, row, "calls"));
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, sum)) => *sum += calls,
            None => causes.push((cause, calls)),
        }
    }
    let is_rest = |cause: &str| cause == "Other causes";
    causes.sort_by_key(|(cause, calls)| (is_rest(cause), std::cmp::Reverse(*calls), cause.clone()));
    let class = |place: usize, cause: &str| match is_rest(cause) || place >= COLOURS - 1 {
        true => format!("c{}", COLOURS - 1),
        false => format!("c{place}"),
    };
    let mut sums = vec![0u64; times.len()];
    let mut bars: Vec<(usize, usize, u64, String)> = Vec::new();
    for row in &section.rows {
        let (time, cause) = (text(section, row, "time"), text(section, row, "cause"));
        let piece = times.iter().position(|known| *known == time);
        let place = causes.iter().position(|(known, _)| *known == cause);
        if let (Some(piece), Some(place)) = (piece, place) {
            let calls = whole(section, row, "calls");
            sums[piece] += calls;
            bars.push((
                piece,
                place,
                calls,
                format!("{time}: {} × {cause}", grouped(calls)),
            ));
        }
    }
    bars.sort();
    let most = sums.iter().copied().max().unwrap_or(0);
    let mut drawing = Drawing::new(most as f64, times.len(), RIGHT);
    let mut heights = vec![0u64; times.len()];
    for (piece, place, calls, title) in bars {
        let from = heights[piece];
        heights[piece] += calls;
        let class = class(place, &causes[place].0);
        drawing.bar(piece, from as f64, heights[piece] as f64, &class, &title);
    }
    drawing.labels(&short_times(&times));
    let peak = sums.iter().position(|sum| *sum == most);
    let peak = peak
        .and_then(|piece| times.get(piece))
        .cloned()
        .unwrap_or_default();
    let sentence = format!(
        "{} failed calls; the peak is {} from {}.",
        grouped(sums.iter().sum()),
        grouped(most),
        peak.replace(" 00:00:00", "")
    );
    let legend: Vec<(String, String)> = causes
        .iter()
        .enumerate()
        .map(|(place, (cause, calls))| {
            (
                class(place, cause),
                format!("{cause} ({})", grouped(*calls)),
            )
        })
        .collect();
    let class = if wide { "chart wide split" } else { "chart" };
    figure(page, section, &sentence, &drawing, &legend, class, out)
}

/// Calls with those that failed, and the part that they are as a line.
pub(super) fn rates(page: &Page<'_>, section: &Section, out: &mut dyn io::Write) -> io::Result<()> {
    let by_hour = section.column("hour").is_some();
    let names: Vec<String> = (section.rows.iter())
        .map(|row| match by_hour {
            true => format!("{:0>2}", text(section, row, "hour")),
            false => text(section, row, "time"),
        })
        .collect();
    let counts: Vec<(u64, u64)> = (section.rows.iter())
        .map(|row| (whole(section, row, "calls"), whole(section, row, "failed")))
        .collect();
    let most = counts.iter().map(|(calls, _)| *calls).max().unwrap_or(0);
    let mut drawing = Drawing::new(most as f64, counts.len(), 44.0);
    for (place, ((calls, failed), name)) in counts.iter().zip(&names).enumerate() {
        let title = format!(
            "{name}: {} calls, {} failed ({})",
            grouped(*calls),
            grouped(*failed),
            per_cent(*failed, *calls)
        );
        if *calls > 0 {
            drawing.bar(place, 0.0, *calls as f64, "calls", &title);
        }
        if *failed > 0 {
            drawing.bar(place, 0.0, *failed as f64, "failed", &title);
        }
    }
    // The scale of the line, on the right: the whole height is everything.
    let most = drawing.most;
    for part in [0.0, 0.5, 1.0] {
        let y = drawing.y(part * most);
        drawing.push(format_args!(
            "<text class=\"ax rate\" x=\"{:.1}\" y=\"{:.1}\">{:.0}%</text>",
            WIDTH - 40.0,
            y + 4.0,
            part * 100.0
        ));
    }
    let mut lines = String::new();
    let mut points = String::new();
    let mut open = false;
    for (place, (calls, failed)) in counts.iter().enumerate() {
        if *calls == 0 {
            open = false;
            continue;
        }
        let (x, y) = (
            drawing.middle(place),
            drawing.y(*failed as f64 / *calls as f64 * most),
        );
        let _ = write!(lines, "{}{x:.1} {y:.1}", if open { "L" } else { "M" });
        open = true;
        if counts.len() <= 60 {
            let _ = write!(
                points,
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.4\"/>"
            );
        }
    }
    drawing.push(format_args!(
        "<path class=\"ratel\" d=\"{lines}\"/>{points}"
    ));
    let labels = match by_hour {
        true => names.clone(),
        false => short_times(&names),
    };
    drawing.labels(&labels);
    let (calls, failed) = counts.iter().fold((0, 0), |(calls, failed), one| {
        (calls + one.0, failed + one.1)
    });
    // Only where there are enough calls to speak of a rate.
    let enough = (calls / 50).max(3);
    let worst = counts
        .iter()
        .zip(&names)
        .filter(|((calls, _), _)| *calls >= enough);
    let worst = worst.max_by(|(one, _), (other, _)| {
        (one.1 * other.0)
            .cmp(&(other.1 * one.0))
            .then(std::cmp::Ordering::Greater)
    });
    let mut sentence = format!(
        "{} of {} calls failed ({}).",
        grouped(failed),
        grouped(calls),
        per_cent(failed, calls)
    );
    if let Some(((calls, failed), name)) = worst.filter(|((_, failed), _)| *failed > 0) {
        let _ = write!(
            sentence,
            " Worst: {} from {}{}.",
            per_cent(*failed, *calls),
            name.replace(" 00:00:00", ""),
            if by_hour { ":00" } else { "" }
        );
    }
    let legend = [
        ("calls".to_owned(), "Calls".to_owned()),
        ("failed".to_owned(), "Failed".to_owned()),
        (
            "rate".to_owned(),
            "Failure rate (line, right scale)".to_owned(),
        ),
    ];
    figure(page, section, &sentence, &drawing, &legend, "chart", out)
}

/// A day of a chart.
struct Day {
    name: String,
    value: Option<f64>,
    /// From where to where such a value usually is.
    band: Option<(f64, f64)>,
}

/// Days with the band in which such days usually are: of failed calls, or of the part that
/// failed where the band is of shares.
pub(super) fn days(page: &Page<'_>, section: &Section, out: &mut dyn io::Write) -> io::Result<()> {
    let is_share = section.rows.iter().any(|row| {
        let cell = section
            .column("usual_high")
            .and_then(|place| row.get(place));
        matches!(cell, Some(Cell::Share { .. }))
    });
    let scale = if is_share { 100.0 } else { 1.0 };
    let values: Vec<Day> = (section.rows.iter())
        .map(|row| {
            let cell = section.column("failed").and_then(|place| row.get(place));
            let failed = number(section, row, "failed");
            let calls = number(section, row, "calls").unwrap_or(0.0);
            let value = match cell {
                // A count beside a band of shares is a part of the calls.
                Some(Cell::Count(_)) if is_share => failed
                    .filter(|_| calls > 0.0)
                    .map(|failed| failed / calls * 100.0),
                _ => failed.map(|failed| failed * scale),
            };
            let low = number(section, row, "usual_low");
            let band = low.zip(number(section, row, "usual_high"));
            Day {
                name: text(section, row, "day"),
                value,
                band: band.map(|(low, high)| (low * scale, high * scale)),
            }
        })
        .collect();
    let tops = values
        .iter()
        .flat_map(|day| [day.value, day.band.map(|(_, high)| high)]);
    let most = tops.flatten().fold(0.0, f64::max);
    let mut drawing = Drawing::new(most, values.len(), RIGHT);
    let half = drawing.pitch() / 2.0;
    let mut above = 0;
    for (place, day) in values.iter().enumerate() {
        if let Some((low, high)) = &day.band {
            let (x, y) = (drawing.middle(place) - half, drawing.y(*high));
            let height = (drawing.y(*low) - y).max(1.0);
            let width = half * 2.0 + 0.2;
            drawing.push(format_args!(
                "<rect class=\"band\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
                 height=\"{height:.1}\"/>"
            ));
        }
    }
    let mut path = String::new();
    let mut open = false;
    let mut dots = String::new();
    for (place, day) in values.iter().enumerate() {
        let Some(value) = &day.value else {
            open = false;
            continue;
        };
        let (x, y) = (drawing.middle(place), drawing.y(*value));
        let _ = write!(path, "{}{x:.1} {y:.1}", if open { "L" } else { "M" });
        open = true;
        let is_above = day.band.is_some_and(|(_, high)| *value > high);
        above += usize::from(is_above);
        let (class, radius) = if is_above {
            ("dot out", 4.2)
        } else {
            ("dot", 2.6)
        };
        let unit = if is_share { "%" } else { " failed" };
        let _ = write!(
            dots,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"><title>{}: \
             {value:.1}{unit}</title></circle>",
            escaped(&day.name)
        );
    }
    drawing.push(format_args!("<path class=\"ratel\" d=\"{path}\"/>{dots}"));
    let labels: Vec<String> = (values.iter())
        .map(|day| day.name.get(5..10).unwrap_or(&day.name).to_owned())
        .collect();
    drawing.labels(&labels);
    let what = if is_share {
        "Failure rate in per cent"
    } else {
        "Failed calls"
    };
    let days = crate::cells::plural(crate::cells::count(values.len()), "day", "days");
    let sentence = match above {
        0 => format!("{what} of {days}; none is above what is usual."),
        1 => format!("{what} of {days}; 1 is above what is usual."),
        above => format!("{what} of {days}; {above} are above what is usual."),
    };
    let legend = [
        ("band".to_owned(), "Usual".to_owned()),
        ("rate".to_owned(), what.to_owned()),
    ];
    writeln!(
        out,
        "<section class=\"charts one\" aria-label=\"{}\">",
        escaped(&section.title)
    )?;
    figure(
        page,
        section,
        &sentence,
        &drawing,
        &legend,
        "chart wide split",
        out,
    )?;
    writeln!(out, "</section>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_have_few_round_ticks() {
        for (most, want) in [
            (1.0, 1.0),
            (4.0, 1.0),
            (5.0, 2.0),
            (17.0, 5.0),
            (40.0, 10.0),
            (1999.0, 500.0),
        ] {
            assert_eq!(tick(most), want, "{most}");
        }
        assert!(tick(f64::MAX).is_finite());
    }

    #[test]
    fn times_are_shortened_to_what_differs() {
        let days = ["2026-03-01 00:00:00", "2026-03-02 00:00:00"].map(str::to_owned);
        assert_eq!(short_times(&days), ["03-01", "03-02"]);
        let hours = ["2026-03-01 23:00:00Z", "2026-03-02 00:00:00Z"].map(str::to_owned);
        assert_eq!(short_times(&hours), ["23:00", "00:00"]);
        assert_eq!(short_times(&["ä".to_owned()]), ["ä"]);
    }
}
