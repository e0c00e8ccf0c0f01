//! What standard output is, and what it can show.

use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal};

use console::Term;

use crate::args::ColorChoice;

/// Columns that a report may be wide, from and to.
pub(crate) const WIDTHS: std::ops::RangeInclusive<i64> = 60..=1000;

/// Columns of a report that goes to no terminal.
const WIDTH_ELSEWHERE: u16 = 100;

/// Columns for a report: what was asked for, else what the terminal has, else 100.
pub(crate) fn width(asked: Option<u16>, to_stdout: bool) -> u16 {
    if let Some(width) = asked {
        return width;
    }
    if !to_stdout || !io::stdout().is_terminal() {
        return WIDTH_ELSEWHERE;
    }
    let columns = env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let columns = columns.or_else(|| {
        Term::stdout()
            .size_checked()
            .map(|(_rows, columns)| columns)
    });
    // A terminal of no width is one that does not tell.
    let columns = columns
        .filter(|columns| *columns > 0)
        .unwrap_or(WIDTH_ELSEWHERE);
    columns.clamp(*WIDTHS.start() as u16, *WIDTHS.end() as u16)
}

/// Whether a report is to be coloured.
pub(crate) fn color(choice: ColorChoice, to_stdout: bool) -> bool {
    let terminal = to_stdout && io::stdout().is_terminal();
    let no_color = env::var_os("NO_COLOR");
    let term = env::var_os("TERM");
    if !wants_color(choice, terminal, no_color.as_deref(), term.as_deref()) {
        return false;
    }
    // Asked for its answer and for what it does: older Windows consoles show escape sequences as
    // text until they are told otherwise.
    let supported = Term::stdout().features().colors_supported();
    supported || choice == ColorChoice::Always
}

fn wants_color(
    choice: ColorChoice,
    terminal: bool,
    no_color: Option<&OsStr>,
    term: Option<&OsStr>,
) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            // Windows consoles do not set TERM.
            let dumb = term.map_or(cfg!(unix), |term| term.is_empty() || term == "dumb");
            // https://no-color.org: present and not an empty string.
            let refused = no_color.is_some_and(|value| !value.is_empty());
            terminal && !dumb && !refused
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_needs_a_terminal_that_can_and_nobody_who_minds() {
        let xterm = Some(OsStr::new("xterm"));
        for (choice, terminal, no_color, term, want) in [
            (ColorChoice::Auto, true, None, xterm, true),
            (ColorChoice::Auto, true, Some(""), xterm, true),
            (ColorChoice::Auto, true, Some("1"), xterm, false),
            (
                ColorChoice::Auto,
                true,
                None,
                Some(OsStr::new("dumb")),
                false,
            ),
            (ColorChoice::Auto, true, None, None, !cfg!(unix)),
            (ColorChoice::Auto, false, None, xterm, false),
            (ColorChoice::Always, false, Some("1"), None, true),
            (ColorChoice::Never, true, None, xterm, false),
        ] {
            let got = wants_color(choice, terminal, no_color.map(OsStr::new), term);
            assert_eq!(got, want, "{choice:?} {terminal} {no_color:?} {term:?}");
        }
    }

    #[test]
    fn a_width_that_was_asked_for_is_taken() {
        assert_eq!(width(Some(73), true), 73);
        assert_eq!(width(None, false), WIDTH_ELSEWHERE);
    }
}
