//! `siptriage config`: what is configured, and a file to begin with.

use std::path::Path;

use siptriage_report::{Cell, Column, Document, Section};

use crate::args::{Config, ConfigAction, ConfigArgs, KEYS, VARIABLE, example, places};
use crate::commands::{Pages, print};
use crate::exit::{Exit, Stop};

/// Shows it, or prints a file. `named` is the file that was named.
pub(crate) fn run(args: &ConfigArgs, named: Option<&Path>) -> Result<Exit, Stop> {
    match &args.action {
        ConfigAction::Init => print(example().as_bytes()),
        ConfigAction::Show { command, output } => {
            let pages = Pages::open(output)?;
            let config = Config::load(named)?;
            pages.write(&document(&config, command))?;
            Ok(Exit::Done)
        }
    }
}

fn document(config: &Config, command: &str) -> Document {
    let columns = vec![
        Column::text("key", "Key"),
        Column::text("value", "Value").wrapped(16),
        Column::text("origin", "From").wrapped(16),
        Column::text("meaning", "What it is")
            .wrapped(24)
            .or_below(1)
            .unnamed(),
    ];
    let mut section = Section::new("keys", "Configuration", columns);
    let entries = config.of_command(command);
    for key in KEYS {
        let entry = entries.iter().find(|entry| entry.key.name == key.name);
        let row = match entry {
            Some(entry) => {
                let values = entry.values.iter().map(|value| value.to_string_lossy());
                let value = match entry.values.as_slice() {
                    [] => Cell::text("off"),
                    [one] if one.is_empty() => Cell::text("on"),
                    _ => Cell::List(values.map(|value| Cell::foreign(&value)).collect()),
                };
                [value, Cell::foreign(&entry.place())]
            }
            None => [Cell::Missing("not set"), Cell::text("default")],
        };
        let [value, origin] = row;
        let (name, meaning) = (Cell::text(key.name), Cell::text(key.meaning));
        section.rows.push(vec![name, value, origin, meaning]);
    }
    let columns = vec![
        Column::text("file", "File").wrapped(30),
        Column::text("state", "Is it read"),
    ];
    let mut files = Section::new("files", "Files", columns);
    let found = places();
    let named = config.files.iter().filter(|file| !found.contains(file));
    for file in found.iter().chain(named) {
        let is_read = config.files.contains(file);
        files.rows.push(vec![
            Cell::foreign(&file.to_string_lossy()),
            Cell::text(if is_read { "read" } else { "no" }),
        ]);
    }
    files.notes.push(format!(
        "A file that --config or {VARIABLE} names is read in place of the others."
    ));
    Document {
        kind: "config",
        title: "siptriage config".to_owned(),
        partial: false,
        headline: Vec::new(),
        sections: vec![section, files],
    }
}
