//! The messages as a ladder: one line each, arrows between two ends and what is between them.

use siptriage_diagnostics::{CodeClass, code_class};
use siptriage_facts::{Place, Stamp};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::data::{Data, Lane, Step};
use super::sections::length;
use crate::document::{Cell, Tone};
use crate::outputs::table::{marked_title, marked_tone};
use crate::visible::visible;

/// What arrows are drawn with.
struct Pen {
    line: &'static str,
    shaft: &'static str,
    right: &'static str,
    left: &'static str,
    from_left: &'static str,
    from_right: &'static str,
    across: &'static str,
    here: &'static str,
    mark: &'static str,
    times: &'static str,
    cut: &'static str,
}

const UNICODE: Pen = Pen {
    line: "│",
    shaft: "─",
    right: "▶",
    left: "◀",
    from_left: "├",
    from_right: "┤",
    across: "┼",
    here: "○",
    mark: "●",
    times: "×",
    cut: "…",
};

const ASCII: Pen = Pen {
    line: "|",
    shaft: "-",
    right: ">",
    left: "<",
    from_left: "|",
    from_right: "|",
    across: "+",
    here: "o",
    mark: "!",
    times: "x",
    cut: "..",
};

/// Between two columns.
const GAP: usize = 1;

/// The room that a start line gets at least before other columns are left out.
const LEAST_MESSAGE: usize = 22;

/// The lines of the ladder, none wider than `width`, with marks for colours.
pub(super) fn lines(data: &Data, width: usize, ascii: bool) -> Vec<String> {
    let steps = &data.messages;
    if steps.is_empty() {
        return Vec::new();
    }
    let pen = if ascii { &ASCII } else { &UNICODE };
    let layout = Layout::new(steps, width, pen);
    let mut lines = vec![layout.header()];
    let mut date = steps.iter().find_map(|step| step.shown).map(day);
    for (index, step) in steps.iter().enumerate() {
        if let Some(today) = step.shown.map(day)
            && date.as_ref() != Some(&today)
        {
            lines.push(today.clone());
            date = Some(today);
        }
        lines.push(layout.line(index, step));
    }
    lines
}

/// A step as cells: see [`super::ladder_rows`].
pub(super) fn cells(step: &Step) -> Vec<Cell> {
    let codes = step.diagnoses.iter();
    let codes = codes.map(|code| code.map_or("!".to_owned(), |code| code.to_string()));
    let codes: Vec<String> = codes.collect();
    let lane = |lane: Lane| Cell::text(lane.name());
    let place = step.places.first().map(|spot| Place {
        file: spot.file.as_str().into(),
        offset: spot.offset,
        line: spot.line.unwrap_or(0),
    });
    vec![
        step.shown
            .map_or(Cell::Empty, |shown| Cell::text(clock(shown))),
        step.delta_us
            .map_or(Cell::Empty, |delta| Cell::text(shown_delta(delta))),
        lane(step.from),
        lane(step.to),
        match &step.start_line {
            Some(start_line) => Cell::foreign(start_line),
            None => Cell::Missing("(start line missing)"),
        },
        Cell::text(codes.join(", ")),
        Cell::Count(step.copies + 1),
        place.map_or(Cell::Empty, Cell::Place),
    ]
}

/// The date of a stamp.
fn day(stamp: Stamp) -> String {
    let text = stamp.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// The time of day of a stamp, to the millisecond.
fn clock(stamp: Stamp) -> String {
    let text = stamp.to_string();
    let time = text.split('T').nth(1).unwrap_or_default();
    time.chars().take(12).collect()
}

/// Which columns there are, and how wide each is.
struct Layout<'p> {
    pen: &'p Pen,
    number: usize,
    time: usize,
    delta: usize,
    /// Columns of the arrow from the first to the last line of life.
    span: usize,
    has_server: bool,
    message: usize,
}

impl<'p> Layout<'p> {
    fn new(steps: &[Step], width: usize, pen: &'p Pen) -> Layout<'p> {
        let between = |step: &Step| [step.from, step.to].contains(&Lane::Server);
        let has_server = steps.iter().any(between);
        let widest = |of: &dyn Fn(&Step) -> usize| steps.iter().map(of).max().unwrap_or(0);
        let time = widest(&|step| step.shown.map_or(0, |shown| clock(shown).width()));
        let delta = widest(&|step| step.delta_us.map_or(0, |us| shown_delta(us).width()));
        let (least, best) = if has_server { (21, 33) } else { (15, 25) };
        let mut layout = Layout {
            pen,
            number: steps.len().to_string().len().max(2),
            time,
            delta,
            span: least,
            has_server,
            message: 0,
        };
        // Numbers tell least; then arrows may be short.
        if layout.left() + LEAST_MESSAGE > width {
            layout.number = 0;
        }
        if layout.left() + LEAST_MESSAGE > width {
            layout.span = if has_server { 13 } else { 9 };
        }
        layout.message = width.saturating_sub(layout.left()).max(8);
        // What is left over goes to the arrows, once start lines have plenty.
        let spare = layout
            .message
            .saturating_sub(60)
            .min(best - least.min(best));
        if layout.span == least {
            layout.span += spare / 2 * 2;
            layout.message = width.saturating_sub(layout.left()).max(8);
        }
        layout
    }

    /// Columns before the message.
    fn left(&self) -> usize {
        let columns = [self.number, self.time, self.delta, self.span];
        let used = columns.iter().filter(|column| **column > 0);
        used.map(|column| column + GAP).sum()
    }

    fn header(&self) -> String {
        let (caller, callee) = if self.span < 15 {
            ("from", "to")
        } else {
            ("caller", "callee")
        };
        let mut lanes = format!("{caller:<width$}", width = self.span - callee.width());
        lanes.push_str(callee);
        if self.has_server && self.span >= 21 {
            let at = (self.span - "server".width()) / 2;
            lanes.replace_range(at..at + "server".len(), "server");
        }
        let line = self.columns("No", "Time", "After", &lanes);
        marked_title(&format!("{line}Message"))
    }

    fn columns(&self, number: &str, time: &str, delta: &str, arrow: &str) -> String {
        let mut line = String::new();
        if self.number > 0 {
            line.push_str(&format!("{number:>width$} ", width = self.number));
        }
        if self.time > 0 {
            line.push_str(&format!("{time:<width$} ", width = self.time));
        }
        if self.delta > 0 {
            let delta: String = delta.chars().take(self.delta).collect();
            line.push_str(&format!("{delta:>width$} ", width = self.delta));
        }
        line.push_str(arrow);
        line.push(' ');
        line
    }

    fn line(&self, index: usize, step: &Step) -> String {
        let number = (index + 1).to_string();
        let time = step.shown.map(clock).unwrap_or_default();
        let delta = step.delta_us.map(shown_delta).unwrap_or_default();
        let mut line = self.columns(&number, &time, &delta, &self.arrow(step.from, step.to));
        let (marks, plain) = self.marks(step);
        let text = match &step.start_line {
            Some(start_line) => visible(start_line).into_owned(),
            None => "(start line missing)".to_owned(),
        };
        let room = match plain {
            0 => self.message,
            plain => self.message.saturating_sub(plain + 1),
        };
        let text = shortened(&text, room, self.pen.cut);
        line.push_str(&text);
        if plain > 0 {
            if !text.is_empty() {
                line.push(' ');
            }
            line.push_str(&marks);
        }
        line
    }

    /// Diagnoses and copies behind a start line, and how wide they are: as many as half of the
    /// room holds, and how many more there are.
    fn marks(&self, step: &Step) -> (String, usize) {
        let mut marks = String::new();
        let mut used = 0;
        let copies = match step.copies {
            0 => String::new(),
            copies => format!("{}{}", self.pen.times, copies + 1),
        };
        let room = (self.message / 2).max(6);
        for (at, code) in step.diagnoses.iter().enumerate() {
            let text = match code {
                Some(code) => format!("{}{code}", self.pen.mark),
                None => "!".to_owned(),
            };
            let more = step.diagnoses.len() - at;
            let needed = used + text.width() + 1 + copies.width() + 4;
            if at > 0 && needed > room {
                let text = format!("+{more}");
                marks.push(' ');
                used += 1 + text.width();
                marks.push_str(&text);
                break;
            }
            if used > 0 {
                marks.push(' ');
                used += 1;
            }
            used += text.width();
            marks.push_str(&marked_tone(tone(*code), &text));
        }
        if !copies.is_empty() {
            if used > 0 {
                marks.push(' ');
                used += 1;
            }
            used += copies.width();
            marks.push_str(&copies);
        }
        (marks, used)
    }

    /// The lines of life with the arrow of one message.
    fn arrow(&self, from: Lane, to: Lane) -> String {
        let pen = self.pen;
        let last = self.span - 1;
        let middle = last / 2;
        let place = |lane: Lane| match lane {
            Lane::Caller => Some(0),
            Lane::Server => Some(middle),
            Lane::Callee => Some(last),
            Lane::Unknown => None,
        };
        let mut cells = vec![" "; self.span];
        let server = self.has_server.then_some(middle);
        for life in [0, last].into_iter().chain(server) {
            cells[life] = pen.line;
        }
        match (place(from), place(to)) {
            (Some(from), Some(to)) if from < to => {
                draw(&mut cells, from, to, pen);
                cells[from] = pen.from_left;
                cells[to - 1] = pen.right;
            }
            (Some(from), Some(to)) if from > to => {
                draw(&mut cells, to, from, pen);
                cells[from] = pen.from_right;
                cells[to + 1] = pen.left;
            }
            (Some(here), Some(_)) => cells[here] = pen.here,
            _ => cells[middle] = "?",
        }
        cells.concat()
    }
}

/// The shaft between two lines of life, across the one between them.
fn draw(cells: &mut [&'static str], left: usize, right: usize, pen: &Pen) {
    for cell in &mut cells[left + 1..right] {
        *cell = if *cell == pen.line {
            pen.across
        } else {
            pen.shaft
        };
    }
}

fn tone(code: Option<u32>) -> Tone {
    match code.map(code_class) {
        Some(CodeClass::Failure) => Tone::Bad,
        Some(CodeClass::Expected | CodeClass::Informational) => Tone::Fine,
        Some(CodeClass::Unclassified) | None => Tone::Doubtful,
    }
}

fn shown_delta(micros: i64) -> String {
    match micros {
        0 => "0 ms".to_owned(),
        micros if micros < 0 => length(micros),
        micros => format!("+{}", length(micros)),
    }
}

/// Text in at most `width` terminal columns; what is cut off is told by `cut`.
fn shortened(text: &str, width: usize, cut: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(cut.width());
    let mut used = 0;
    let mut short = String::new();
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > room {
            break;
        }
        used += wide;
        short.push(c);
    }
    if cut.width() <= width {
        short.push_str(cut);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(has_server: bool, span: usize, pen: &'static Pen) -> Layout<'static> {
        Layout {
            pen,
            number: 2,
            time: 12,
            delta: 8,
            span,
            has_server,
            message: 40,
        }
    }

    #[test]
    fn arrows_point_from_sender_to_receiver() {
        let two = layout(false, 9, &UNICODE);
        assert_eq!(two.arrow(Lane::Caller, Lane::Callee), "├──────▶│");
        assert_eq!(two.arrow(Lane::Callee, Lane::Caller), "│◀──────┤");
        assert_eq!(two.arrow(Lane::Unknown, Lane::Unknown), "│   ?   │");
        let three = layout(true, 13, &UNICODE);
        assert_eq!(three.arrow(Lane::Caller, Lane::Callee), "├─────┼────▶│");
        assert_eq!(three.arrow(Lane::Server, Lane::Caller), "│◀────┤     │");
        assert_eq!(three.arrow(Lane::Server, Lane::Callee), "│     ├────▶│");
        assert_eq!(three.arrow(Lane::Caller, Lane::Server), "├────▶│     │");
        assert_eq!(three.arrow(Lane::Server, Lane::Server), "│     ○     │");
        let ascii = layout(true, 13, &ASCII);
        assert_eq!(ascii.arrow(Lane::Callee, Lane::Caller), "|<----+-----|");
        assert_eq!(ascii.arrow(Lane::Caller, Lane::Callee), "|-----+---->|");
    }

    #[test]
    fn texts_are_cut_to_the_columns_they_take() {
        for (text, width, want) in [
            ("INVITE", 6, "INVITE"),
            ("INVITE", 5, "INVI…"),
            ("你好你好", 5, "你好…"),
            ("你好你好", 4, "你…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(shortened(text, width, "…"), want, "{text} in {width}");
        }
    }
}
