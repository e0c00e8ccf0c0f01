//! What is read first: numbers, findings, and what changed.

use std::io;

use super::Page;
use super::cell::{PLAIN, html, steps};
use super::escape::escaped;
use super::table;
use crate::cells::{count as count_of, plural};
use crate::document::{Align, Cell, Column, Section, per_cent};

/// Findings that are shown without being asked for.
const UNFOLDED_FINDINGS: usize = 8;

/// When calls were seen.
pub(super) fn seen(summary: &Section) -> Option<String> {
    let place = summary.column("seen")?;
    let cell = summary.rows.first()?.get(place)?;
    (!cell.is_empty()).then(|| html(cell, &summary.columns[place]))
}

fn count(section: &Section, row: &[Cell], id: &str) -> Option<u64> {
    match section.column(id).and_then(|place| row.get(place)) {
        Some(Cell::Count(count)) => Some(*count),
        _ => None,
    }
}

/// The numbers of a summary, each in large.
pub(super) fn tiles(summary: &Section, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(row) = summary.rows.first() else {
        return Ok(());
    };
    let calls = count(summary, row, "calls").unwrap_or(0);
    let failed = count(summary, row, "failed").unwrap_or(0);
    write!(
        out,
        "<dl class=\"tiles\" aria-label=\"{}\">",
        escaped(&summary.title)
    )?;
    for (column, cell) in summary.columns.iter().zip(row) {
        let class = match (column.id, cell) {
            (_, Cell::Count(0)) => "tile none",
            ("failed", _) => "tile bad",
            ("degraded", _) => "tile mid",
            (_, Cell::Count(_)) => "tile",
            _ => continue,
        };
        let share = match column.id {
            "failed" => format!(
                "<span class=\"s\"> {} of calls</span>",
                escaped(&per_cent(failed, calls))
            ),
            _ => String::new(),
        };
        write!(
            out,
            "<div class=\"{class}\"><dt>{}</dt><dd>{}{share}</dd></div>",
            escaped(column.title),
            html(cell, column)
        )?;
    }
    writeln!(out, "</dl>")
}

/// The cells of a row by the keys of their columns.
struct Row<'s> {
    section: &'s Section,
    row: &'s [Cell],
}

impl<'s> Row<'s> {
    fn cell(&self, id: &str) -> Option<(&'s Cell, &'s Column)> {
        let place = self.section.column(id)?;
        let cell = self.row.get(place).filter(|cell| !cell.is_empty())?;
        Some((cell, &self.section.columns[place]))
    }

    fn html(&self, id: &str) -> Option<String> {
        self.cell(id).map(|(cell, column)| html(cell, column))
    }

    /// What a count is of: one or several.
    fn noun(&self, id: &str, one: &'static str, many: &'static str) -> &'static str {
        match self.cell(id) {
            Some((Cell::Count(1), _)) => one,
            _ => many,
        }
    }

    fn text(&self, id: &str) -> String {
        let cell = self.cell(id);
        cell.map(|(cell, _)| cell.to_text(&PLAIN))
            .unwrap_or_default()
    }
}

/// Findings, the problems among them with what to check.
pub(super) fn findings(
    page: &Page<'_>,
    section: &Section,
    checks: Option<&Section>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"{}\"><h2>{}</h2>",
        page.anchor(section),
        escaped(&section.title)
    )?;
    let verdict_of = |row: &[Cell]| Row { section, row }.text("verdict");
    let is_problem = |row: &&Vec<Cell>| matches!(verdict_of(row).as_str(), "failed" | "degraded");
    let (problems, others): (Vec<_>, Vec<_>) = section.rows.iter().partition(is_problem);
    let (first, more) = problems.split_at(problems.len().min(UNFOLDED_FINDINGS));
    for row in first {
        finding(page, &Row { section, row }, checks, out)?;
    }
    if !more.is_empty() {
        writeln!(
            out,
            "<details class=\"further\"><summary>{}</summary>",
            plural(count_of(more.len()), "more finding", "more findings")
        )?;
        for row in more {
            finding(page, &Row { section, row }, checks, out)?;
        }
        writeln!(out, "</details>")?;
    }
    for row in others {
        let row = Row { section, row };
        writeln!(
            out,
            "<p class=\"quiet\">{} <b>{}</b> {} <span class=\"s\">{} {}</span> {}</p>",
            row.html("verdict").unwrap_or_default(),
            row.html("calls").unwrap_or_default(),
            row.noun("calls", "call", "calls"),
            row.html("users").unwrap_or_default(),
            row.noun("users", "user", "users"),
            row.html("cause").unwrap_or_default()
        )?;
    }
    if section.hidden_rows > 0 {
        let row = Row {
            section,
            row: &section.hidden,
        };
        writeln!(
            out,
            "<p class=\"quiet\"><b>{}</b> calls in {} more findings</p>",
            row.html("calls").unwrap_or_default(),
            section.hidden_rows
        )?;
    }
    if !section.total.is_empty() {
        let row = Row {
            section,
            row: &section.total,
        };
        writeln!(
            out,
            "<p class=\"quiet total\"><b>{}</b> {} of {} {} in all</p>",
            row.html("calls").unwrap_or_default(),
            row.noun("calls", "call", "calls"),
            row.html("users").unwrap_or_default(),
            row.noun("users", "user", "users")
        )?;
    }
    table::notes(section, out)?;
    writeln!(out, "</section>")
}

fn finding(
    page: &Page<'_>,
    row: &Row<'_>,
    checks: Option<&Section>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let class = if row.text("verdict") == "failed" {
        "bad"
    } else {
        "mid"
    };
    write!(
        out,
        "<article class=\"card find {class}\"><div class=\"big\"><b>{}</b><span>{}</span></div>\
         <div class=\"body\"><h3>{}</h3><p class=\"facts\">{}",
        row.html("calls").unwrap_or_default(),
        row.noun("calls", "call", "calls"),
        row.html("cause").unwrap_or_default(),
        row.html("verdict").unwrap_or_default(),
    )?;
    if let Some(users) = row.html("users") {
        let noun = row.noun("users", "user", "users");
        write!(out, " <span>{users} {noun}</span>")?;
    }
    if let Some((Cell::Share { part, whole }, _)) = row.cell("share_of_failed") {
        let width = (*part as f64 / (*whole).max(1) as f64 * 100.0).clamp(0.0, 100.0);
        write!(
            out,
            " <span class=\"share\"><svg class=\"meter\" viewBox=\"0 0 100 6\" \
             preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"rail\" width=\"100\" \
             height=\"6\"/><rect class=\"fill\" width=\"{width:.1}\" height=\"6\"/></svg>{} of \
             failed</span>",
            escaped(&per_cent(*part, *whole))
        )?;
    }
    for id in ["media", "seen", "confidence"] {
        if let Some(text) = row.html(id) {
            write!(out, " <span>{text}</span>")?;
        }
    }
    write!(out, "</p>")?;
    if let Some(common) = row.html("mostly") {
        write!(out, "<div class=\"common\">{common}</div>")?;
    }
    let rule = row.text("rule");
    if let Some(steps) = checks.and_then(|checks| steps_of(checks, &rule)) {
        write!(
            out,
            "<details class=\"checks\"><summary>What to check</summary>{steps}</details>"
        )?;
    }
    write!(out, "<p class=\"s\">")?;
    if !rule.is_empty() {
        write!(out, "rule {} · ", escaped(&rule))?;
    }
    if let Some((Cell::Foreign(call_id), column)) = row.cell("example") {
        write!(
            out,
            "e.g. {}",
            html(&Cell::Foreign(call_id.clone()), column)
        )?;
        if let Some(number) = page.ladders.get(call_id.as_str()) {
            write!(out, " <a class=\"go\" href=\"#m{number}\">its messages</a>")?;
        }
    }
    writeln!(out, "</p></div></article>")
}

/// What to check, of the row with this rule.
fn steps_of(checks: &Section, rule: &str) -> Option<String> {
    let place = checks.column("rule")?;
    let row = checks.rows.iter().find(|row| {
        row.get(place)
            .is_some_and(|cell| cell.to_text(&PLAIN) == rule)
    })?;
    match row.get(checks.steps_column()?)? {
        Cell::List(cells) if !rule.is_empty() => Some(steps(cells.iter().filter_map(Cell::step))),
        _ => None,
    }
}

/// What is new, worse, better or gone: a card for each row.
pub(super) fn changes(
    page: &Page<'_>,
    section: &Section,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"{}\" class=\"change {}\"><h2>{}</h2><div class=\"cards\">",
        page.anchor(section),
        escaped(section.id),
        escaped(&section.title)
    )?;
    let columns = section.shown_columns();
    let is_cause = |(_, column): &&(usize, &Column)| column.id == "cause";
    let of_text = |(_, column): &&(usize, &Column)| column.align == Align::Left;
    let title = columns.iter().find(is_cause);
    let title = title.or_else(|| columns.iter().find(of_text)).copied();
    for row in &section.rows {
        write!(out, "<article class=\"card\">")?;
        if let Some((place, column)) = title {
            let cell = row.get(place).unwrap_or(&Cell::Empty);
            write!(out, "<h3>{}</h3>", html(cell, column))?;
        }
        write!(out, "<dl class=\"rec\">")?;
        for (index, column) in columns.iter().filter(|one| Some(**one) != title) {
            let Some(cell) = row.get(*index).filter(|cell| !cell.is_empty()) else {
                continue;
            };
            table::field(column, cell, out)?;
        }
        writeln!(out, "</dl></article>")?;
    }
    write!(out, "</div>")?;
    if section.hidden_rows > 0 {
        write!(out, "<p class=\"note\">{} more.</p>", section.hidden_rows)?;
    }
    table::notes(section, out)?;
    writeln!(out, "</section>")
}
