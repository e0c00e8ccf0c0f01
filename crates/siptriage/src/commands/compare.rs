//! `siptriage compare`: two folders of traces, or two stores.

use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::path::Path;

use siptriage_facts::Facts;
use siptriage_history::compare;
use siptriage_report::{PageMessages, page_sections};
use siptriage_store::Store;

use crate::args::CompareArgs;
use crate::commands::nightly::{any_two, conditions, document, stop, summary};
use crate::commands::{DocumentReader, Pages};
use crate::exit::{Exit, Stop};
use crate::inquiry::Inquiry;
use crate::nights::Nights;
use crate::stderr;

/// One of the two.
struct Side {
    nights: Nights,
    facts: ManuallyDrop<Facts>,
    inquiry: Inquiry,
    exit: Exit,
}

/// Reads both and says what became new, worse, better or gone.
pub(crate) fn run(args: &CompareArgs) -> Result<Exit, Stop> {
    let pages = Pages::open(&args.output)?;
    let before = side(&args.before, args)?;
    let mut after = side(&args.after, args)?;
    // What could not be read is told already; a night of nobody's calls would only look like one.
    if before.exit == Exit::Nothing || after.exit == Exit::Nothing {
        return Ok(Exit::Nothing);
    }
    let (tonight, users_hit) = after.nights.together();
    let comparison = compare(&tonight, &before.nights.nights, &any_two(&args.compare));
    after.nights.causes.extend(before.nights.causes);
    let judge = after.inquiry.judge(&after.facts);
    let documents = pages.documents(after.inquiry.redactor(), |reader| {
        let of = (&after.nights, &comparison, Some(users_hit));
        let top = reader.top(args.rank.top());
        let mut document = document(&after.facts, &judge, &after.inquiry, of, None, top);
        if reader == DocumentReader::Browser {
            let sections = page_sections(&judge, &PageMessages::default());
            document.sections.extend(sections);
        }
        document
    });
    pages.write_each(&documents)?;
    let exit = match (before.exit, after.exit) {
        (Exit::Done, exit) => exit,
        (exit, _) => exit,
    };
    if !after.inquiry.is_quiet() {
        stderr::line(format_args!("{}", summary(&comparison, "")));
    }
    Ok(conditions(&args.compare.fail_on, &comparison, exit))
}

fn side(path: &Path, args: &CompareArgs) -> Result<Side, Stop> {
    let reading = (&args.reading, args.output.files.paths());
    let how = (&args.judge, &args.manner, &args.redact);
    if is_store(path) {
        let inquiry = Inquiry::of_all(&[], reading, how)?;
        let store = Store::open_read_only(path).map_err(stop)?;
        // Judged by the rules of now, as the other side is.
        let facts = ManuallyDrop::new(store.facts().map_err(stop)?);
        return Ok(Side {
            nights: Nights::of_calls(&inquiry.judge(&facts)),
            facts,
            inquiry,
            exit: Exit::Done,
        });
    }
    let paths: [OsString; 1] = [path.as_os_str().to_owned()];
    let inquiry = Inquiry::of_all(&paths, reading, how)?;
    let watch = inquiry.watch(true, 1);
    let facts = inquiry.facts(&watch);
    watch.finish();
    let exit = inquiry.conclude(&facts);
    let nights = Nights::of_calls(&inquiry.judge(&facts));
    Ok(Side {
        nights,
        facts,
        inquiry,
        exit,
    })
}

/// Whether a file is a database, by its first bytes.
fn is_store(path: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; 16];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head == *b"SQLite format 3\0"
}
