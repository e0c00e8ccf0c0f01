//! `siptriage store`: what is in a store, whether it is whole, and old calls out of it.

use siptriage_facts::day_text;
use siptriage_report::{Cell, Column, Document, Layout, Section, visible};
use siptriage_store::{Info, RunRow, Store};

use crate::args::{StoreAction, StoreArgs};
use crate::commands::nightly::stop;
use crate::commands::{Pages, print, sql};
use crate::exit::{Exit, Stop};
use crate::stderr;

/// Does what is asked for.
pub(crate) fn run(args: &StoreArgs) -> Result<Exit, Stop> {
    match &args.action {
        StoreAction::Info { store, output } => {
            let pages = Pages::open(output)?;
            let store = Store::open_read_only(&store.path).map_err(stop)?;
            let info = store.info().map_err(stop)?;
            let runs = store.runs().map_err(stop)?;
            pages.write(&document(&info, &runs))?;
            Ok(Exit::Done)
        }
        StoreAction::Verify { store } => {
            let path = &store.path;
            let store = Store::open_read_only(path).map_err(stop)?;
            let troubles = store.verify().map_err(stop)?;
            let shown = path.to_string_lossy();
            for trouble in &troubles {
                stderr::line(format_args!("{}: {}", visible(&shown), visible(trouble)));
            }
            if troubles.is_empty() {
                let info = store.info().map_err(stop)?;
                let calls = info.calls;
                return print(format!("{}: whole, {calls} calls\n", visible(&shown)).as_bytes());
            }
            Ok(Exit::Partial)
        }
        StoreAction::Prune { store, keep } => {
            let mut store = Store::open(&store.path).map_err(stop)?;
            let pruned = store.prune(*keep).map_err(stop)?;
            let from = day_text(pruned.from);
            print(format!("{} calls before {from} taken away\n", pruned.calls).as_bytes())
        }
        StoreAction::Export {
            store,
            view,
            output,
        } => {
            let pages = Pages::open(output)?;
            let question = format!("SELECT * FROM {view}");
            let answer = Store::ask(&store.path, &question, usize::MAX).map_err(stop)?;
            let title = siptriage_store::VIEWS.into_iter().find(|name| name == view);
            pages.write(&sql::table(answer, title.unwrap_or("Answer")))?;
            Ok(Exit::Done)
        }
    }
}

fn document(info: &Info, runs: &[RunRow]) -> Document {
    let day = |day: i64| Cell::text(day_text(day));
    let fields = vec![
        (Column::number("calls", "Calls"), Cell::Count(info.calls)),
        (
            Column::number("diagnoses", "Diagnoses"),
            Cell::Count(info.diagnoses),
        ),
        (
            Column::number("dialogs", "Dialogs kept"),
            Cell::Count(info.dialogs),
        ),
        (
            Column::number("files", "Files known"),
            Cell::Count(info.files),
        ),
        (Column::number("runs", "Runs"), Cell::Count(info.runs)),
        (
            Column::text("first_day", "First day"),
            info.days.map_or(Cell::Empty, |(first, _)| day(first)),
        ),
        (
            Column::text("last_day", "Last day"),
            info.days.map_or(Cell::Empty, |(_, last)| day(last)),
        ),
        (Column::number("bytes", "Bytes"), Cell::Count(info.bytes)),
        (
            Column::number("form", "Form"),
            Cell::Number(u64::try_from(info.form).unwrap_or(0)),
        ),
    ];
    let (columns, row) = fields.into_iter().unzip();
    let mut store = Section::new("store", "Store", columns);
    store.layout = Layout::Record;
    store.rows.push(row);
    let columns = vec![
        Column::number("run", "Run"),
        Column::text("begun", "Begun"),
        Column::number("files", "Files read"),
        Column::number("files_known", "Nothing new").or_dropped(2),
        Column::number("bytes", "Bytes").or_dropped(1),
        Column::number("calls_new", "Calls new"),
        Column::number("calls_changed", "Completed"),
        Column::text("interrupted", "Interrupted").or_dropped(3),
    ];
    let mut table = Section::new("runs", "Runs", columns);
    for run in runs {
        table.rows.push(vec![
            Cell::Number(u64::try_from(run.id).unwrap_or(0)),
            Cell::foreign(&run.begun),
            Cell::Count(run.files.0),
            Cell::Count(run.files.1),
            Cell::Count(run.bytes),
            Cell::Count(run.calls.0),
            Cell::Count(run.calls.1),
            Cell::Bool(run.interrupted),
        ]);
    }
    Document {
        kind: "store",
        title: "siptriage store".to_owned(),
        partial: false,
        headline: Vec::new(),
        sections: vec![store, table],
    }
}
