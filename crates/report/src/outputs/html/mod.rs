//! A page for browsers: one file with its looks and its script in it, that asks nothing of any
//! network and runs nothing that is not of this program.
//!
//! Everything is there without the script, but for rows beyond [`table::STATIC_ROWS`]; the script
//! sorts, filters, copies, and opens calls. `docs/report.md` tells what is on the page.

mod cards;
mod cell;
mod charts;
mod escape;
mod ladder;
mod matrix;
mod table;

use std::collections::HashMap;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use self::escape::escaped;
use super::{Output, Style};
use crate::document::{Document, Section};

/// The looks.
const STYLE: &str = include_str!("page.css");
/// What sorts, filters, copies and opens.
const SCRIPT: &str = include_str!("page.js");

/// The output `html`.
#[derive(Debug)]
pub(super) struct Html;

impl Output for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["html", "htm"]
    }

    fn write(&self, document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        let page = Page::new(document);
        head(document, out)?;
        page.body(out)?;
        writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
    }
}

/// The source of a text that may be applied or run, as a policy names it.
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

fn head(document: &Document, out: &mut dyn io::Write) -> io::Result<()> {
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        source(STYLE),
        source(SCRIPT)
    );
    let title = escaped(&document.title);
    // What it is stands first: by it, a report is told from a trace.
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"generator\" content=\"{}\">\n<title>{title}</title>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"format-detection\" content=\"telephone=no\">\n\
         <style>{STYLE}</style>\n</head>\n",
        super::MARK
    )
}

/// Sections that have a place and looks of their own, where they are there.
const PLACED: [&str; 16] = [
    "summary",
    "filter",
    "new",
    "worse",
    "better",
    "gone",
    "days",
    "findings",
    "finding_checks",
    "failures_by_time",
    "calls_by_time",
    "hours_of_day",
    "causes_by_place",
    "flags_by_media",
    "failed_calls",
    "ladders",
];

/// A document with what its parts must know of each other.
struct Page<'d> {
    document: &'d Document,
    /// The number of the ladder of a call, by Call-ID.
    ladders: HashMap<&'d str, usize>,
}

impl<'d> Page<'d> {
    fn new(document: &'d Document) -> Page<'d> {
        let ladders = document.section("ladders");
        Page {
            document,
            ladders: ladders.map(ladder::numbers).unwrap_or_default(),
        }
    }

    /// The name of a section in addresses: its key, numbered where another one has the same.
    fn anchor(&self, section: &Section) -> String {
        let before = self.document.sections.iter();
        let before = before.take_while(|one| !std::ptr::eq(*one, section));
        match before.filter(|one| one.id == section.id).count() {
            0 => section.id.to_owned(),
            earlier => format!("{}-{}", section.id, earlier + 1),
        }
    }

    fn some(&self, id: &str) -> Option<&'d Section> {
        let section = self.document.section(id);
        section.filter(|section| !section.rows.is_empty() || section.hidden_rows > 0)
    }

    fn body(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let document = self.document;
        let parts = self.parts();
        let kind = escaped(document.kind);
        writeln!(
            out,
            "<body data-kind=\"{kind}\">\n<a class=\"skip\" href=\"#content\">To the content</a>"
        )?;
        write!(
            out,
            "<header class=\"top\"><div class=\"wrap\">{}\n<h1>{}</h1>",
            match document.title.starts_with("siptriage") {
                true => "",
                false => "<p class=\"brand\">siptriage</p>",
            },
            escaped(&document.title)
        )?;
        if let Some(seen) = self.some("summary").and_then(cards::seen) {
            write!(out, "<p class=\"seen\">{seen}</p>")?;
        }
        writeln!(out, "</div></header>")?;
        if parts.len() > 2 {
            write!(
                out,
                "<nav class=\"toc\" aria-label=\"On this page\"><ul class=\"wrap\">"
            )?;
            for (id, title) in &parts {
                write!(out, "<li><a href=\"#{id}\">{}</a></li>", escaped(title))?;
            }
            writeln!(out, "</ul></nav>")?;
        }
        writeln!(out, "<main id=\"content\" class=\"wrap\" tabindex=\"-1\">")?;
        if document.partial {
            writeln!(
                out,
                "<p class=\"banner\" role=\"note\"><strong>Partial.</strong> A part of the input is \
                 missing here.</p>"
            )?;
        }
        if let Some(summary) = self.some("summary") {
            cards::tiles(summary, out)?;
        }
        write!(out, "<section class=\"lead\" aria-label=\"In short\">")?;
        for sentence in &document.headline {
            write!(out, "<p>{}</p>", escaped(sentence))?;
        }
        writeln!(out, "</section>")?;
        for id in ["filter", "new", "worse", "better", "gone"] {
            if let Some(section) = self.some(id) {
                if id == "filter" {
                    table::section(self, section, out)?;
                } else {
                    cards::changes(self, section, out)?;
                }
            }
        }
        if let Some(days) = self.some("days") {
            charts::days(self, days, out)?;
        }
        if let Some(findings) = self.some("findings") {
            cards::findings(self, findings, document.section("finding_checks"), out)?;
        }
        self.charts(out)?;
        if let Some(calls) = self.some("failed_calls") {
            table::section(self, calls, out)?;
        }
        if let Some(ladders) = self.some("ladders") {
            ladder::section(self, ladders, out)?;
        }
        for section in self.rest() {
            table::section(self, section, out)?;
        }
        self.nothing(out)?;
        writeln!(out, "</main>")?;
        self.footer(out)
    }

    /// The parts of the page with their titles, in their order.
    fn parts(&self) -> Vec<(String, &'d str)> {
        let mut parts = Vec::new();
        let ids = [
            "filter", "new", "worse", "better", "gone", "days", "findings",
        ];
        let part = |section: &'d Section| (self.anchor(section), section.title.as_str());
        parts.extend(ids.iter().filter_map(|id| self.some(id)).map(&part));
        if self.has_charts() {
            parts.push(("charts".to_owned(), "Charts"));
        }
        let ids = ["failed_calls", "ladders"];
        parts.extend(ids.iter().filter_map(|id| self.some(id)).map(&part));
        parts.extend(self.rest().map(part));
        parts
    }

    /// Tables without a place of their own, those with rows.
    fn rest(&self) -> impl Iterator<Item = &'d Section> {
        let sections = self.document.sections.iter();
        sections.filter(|section| {
            !PLACED.contains(&section.id) && (!section.rows.is_empty() || section.hidden_rows > 0)
        })
    }

    /// Says which tables have nothing in them: that something was looked for and not found is a
    /// result.
    fn nothing(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let sections = self.document.sections.iter();
        let empty = sections.filter(|section| section.rows.is_empty() && section.hidden_rows == 0);
        let empty: Vec<_> = empty
            .filter(|section| !section.page_only && section.id != "finding_checks")
            .map(|section| escaped(&section.title))
            .collect();
        if empty.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<section><h2>None found</h2><p class=\"note\">{}</p></section>",
            empty.join(" · ")
        )
    }

    fn has_charts(&self) -> bool {
        charts::IDS.iter().any(|id| self.some(id).is_some())
    }

    fn charts(&self, out: &mut dyn io::Write) -> io::Result<()> {
        if !self.has_charts() {
            return Ok(());
        }
        writeln!(
            out,
            "<section id=\"charts\"><h2>Charts</h2><div class=\"charts\">"
        )?;
        if let Some(section) = self.some("failures_by_time") {
            // Beside it stands one chart, or it has the line for itself.
            let wide = self.some("hours_of_day").is_some();
            charts::stacked(self, section, self.some("calls_by_time"), wide, out)?;
        }
        if let Some(section) = self.some("calls_by_time") {
            charts::rates(self, section, out)?;
        }
        if let Some(section) = self.some("hours_of_day") {
            charts::rates(self, section, out)?;
        }
        if let Some(section) = self.some("causes_by_place") {
            let about = "Failed calls: causes by where caller and callee are.";
            matrix::matrix(section, ["cause", "locations", "calls"], about, out)?;
        }
        if let Some(section) = self.some("flags_by_media") {
            let about = "Failed calls with each flag, by medium.";
            matrix::matrix(section, ["flag", "media", "failed"], about, out)?;
        }
        writeln!(out, "</div></section>")
    }

    fn footer(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(
            out,
            "<footer class=\"foot\"><div class=\"wrap\"><p>Made by siptriage {}. This file is \
             complete in itself: it loads nothing and sends nothing. Text out of traces is shown as \
             text; characters that hide or that something obeys are written out, as in \
             <code>\\u{{202e}}</code>.</p></div></footer>",
            env!("CARGO_PKG_VERSION")
        )
    }
}
