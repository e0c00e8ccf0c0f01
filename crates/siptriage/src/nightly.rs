//! Reading what is new into a store.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use siptriage_facts::{Facts, SkipReason, Skipped};
use siptriage_scanner::{
    Discovery, Input, LastRecord, Location, Part, Progress, ScanOptions, is_archive, last_record,
    scan,
};
use siptriage_store::{Begun, Kept, Run, Store, StoreError, TakenFile};

use crate::inquiry::Inquiry;
use crate::progress::Watch;

/// A file that was written to so recently may be in the middle of a record: what is not whole at
/// its end waits for the next run.
const AT_WORK: Duration = Duration::from_secs(600);

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Taken {
    /// What was new, with what was known of the same dialogs.
    pub(crate) facts: Facts,
    pub(crate) kept: Kept,
    /// Files that had nothing new.
    pub(crate) known: u64,
}

/// Where the reading of a file ends.
#[derive(Debug)]
struct Plan {
    id: Option<i64>,
    is_archive: bool,
    /// Where the part that is read ends.
    to: u64,
    last: Option<LastRecord>,
}

/// Watches a scan for how far each file was read.
struct Ends<'w> {
    watch: &'w Watch,
    ends: Mutex<BTreeMap<String, (u64, u64)>>,
}

impl Progress for Ends<'_> {
    fn advance(&self, bytes: u64) {
        self.watch.advance(bytes);
    }
    fn input_done(&self) {
        self.watch.input_done();
    }
    fn records(&self, walked: u64, framed: u64) {
        self.watch.records(walked, framed);
    }
    fn read_to(&self, name: &str, end: u64, line: u64) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.insert(name.to_owned(), (end, line));
    }
    fn cancelled(&self) -> bool {
        self.watch.cancelled()
    }
}

/// Reads what is new of the inputs and adds it to the store: all of it, or nothing.
///
/// # Errors
/// [`StoreError`]; the store is as it was.
pub(crate) fn take(
    store: &mut Store,
    inquiry: &Inquiry,
    watch: &Watch,
    now: &str,
) -> Result<Taken, StoreError> {
    let mut run = store.begin(now)?;
    let mut plans = BTreeMap::new();
    let mut known = 0;
    let mut fresh = Discovery {
        inputs: Vec::new(),
        ..inquiry.discovery.clone()
    };
    for input in &inquiry.discovery.inputs {
        match plan(&run, input, &inquiry.options)? {
            Ok(Planned::Nothing) => known += 1,
            Ok(Planned::Whole) => fresh.inputs.push(input.clone()),
            Ok(Planned::Part(part, plan)) => {
                let mut input = input.clone();
                input.part = part;
                plans.insert(input.name.to_string(), plan);
                fresh.inputs.push(input);
            }
            // Whoever reads it says what is wrong with it.
            Err(_) => fresh.inputs.push(input.clone()),
        }
    }
    let ends = Ends {
        watch,
        ends: Mutex::default(),
    };
    let mut facts = scan(&fresh, &inquiry.options, &ends);
    let ends = ends
        .ends
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    run.complete(&mut facts)?;
    let kept = run.keep(&inquiry.judge(&facts))?;
    for (name, plan) in &plans {
        if let Some(taken) = taken(name, plan, &facts, &ends)
            && let Some(input) = fresh.inputs.iter().find(|input| *input.name == **name)
            && let Location::File(path) = &input.location
        {
            let kept = match File::open(path) {
                Ok(mut file) => run.take(&taken, &mut file)?,
                Err(error) => Err(error),
            };
            if let Err(error) = kept {
                // It was read, so that all of it is there; next time it is read again.
                facts.coverage.skipped.insert(Skipped {
                    file: input.name.clone(),
                    reason: SkipReason::Changed,
                    detail: format!("it was changed after it was read: {error}").into(),
                });
            }
        }
    }
    run.commit(&facts.coverage, kept, known)?;
    Ok(Taken { facts, kept, known })
}

enum Planned {
    /// It is known, and there is nothing new.
    Nothing,
    /// It is read and not remembered: it comes once, or a part of it was named.
    Whole,
    /// All of it or a part is read, and remembered.
    Part(Option<Part>, Plan),
}

fn plan(
    run: &Run<'_>,
    input: &Input,
    options: &ScanOptions,
) -> Result<io::Result<Planned>, StoreError> {
    let path = match &input.location {
        Location::File(path) if input.within.is_none() => path,
        _ => return Ok(Ok(Planned::Whole)),
    };
    let opened = is_archive(path).and_then(|packed| Ok((packed, File::open(path)?)));
    let (packed, mut file) = match opened {
        Ok(opened) => opened,
        Err(error) => return Ok(Err(error)),
    };
    let begun = match run.begun(&mut file, packed)? {
        Ok(begun) => begun,
        Err(error) => return Ok(Err(error)),
    };
    let (id, from, line) = match begun {
        Begun::Done => return Ok(Ok(Planned::Nothing)),
        Begun::New => (None, 0, 1),
        Begun::Grown {
            id, taken, line, ..
        } => (Some(id), taken, line),
    };
    Ok(plan_of_new(input, options, &file, (packed, id, from, line)))
}

fn plan_of_new(
    input: &Input,
    options: &ScanOptions,
    file: &File,
    (packed, id, from, line): (bool, Option<i64>, u64, u64),
) -> io::Result<Planned> {
    let metadata = file.metadata()?;
    if packed {
        let plan = Plan {
            id,
            is_archive: true,
            to: metadata.len(),
            last: None,
        };
        return Ok(Planned::Part(None, plan));
    }
    let last = last_record(input, options)?;
    let is_at_work = metadata
        .modified()
        .ok()
        .and_then(|time| SystemTime::now().duration_since(time).ok())
        .is_none_or(|age| age < AT_WORK);
    let to = if last.is_whole || !is_at_work || last.start == 0 {
        last.len
    } else {
        last.start
    };
    if to <= from && id.is_some() {
        return Ok(Planned::Nothing);
    }
    let plan = Plan {
        id,
        is_archive: false,
        to,
        last: Some(last),
    };
    Ok(Planned::Part(Some(Part { from, line, to }), plan))
}

/// How a file is to be remembered; not at all where something of it was not read.
fn taken(
    name: &str,
    plan: &Plan,
    facts: &Facts,
    ends: &BTreeMap<String, (u64, u64)>,
) -> Option<TakenFile> {
    let is_of_it = |skipped: &&Skipped| {
        let inside = skipped.file.strip_prefix(name);
        inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('!'))
    };
    let mut troubles = facts.coverage.skipped.iter().filter(is_of_it);
    let failed = troubles.any(|skipped| match skipped.reason {
        // Of an archive that is damaged or over a limit there is nothing more to have.
        SkipReason::Archive => !plan.is_archive,
        reason => reason.is_failure(),
    });
    if failed || facts.coverage.interrupted && plan.is_archive {
        return None;
    }
    let Some(last) = plan.last else {
        return Some(TakenFile {
            name: name.to_owned(),
            id: plan.id,
            taken: plan.to,
            line: 1,
            read: plan.to,
            is_archive: true,
        });
    };
    let (end, line) = *ends.get(name)?;
    if end != plan.to {
        return None;
    }
    // A record that may not be whole is read again when there is more of it.
    let (taken, line) = if plan.to == last.len && !last.is_whole && last.start > 0 {
        (last.start, line.saturating_sub(last.feeds))
    } else {
        (end, line)
    };
    Some(TakenFile {
        name: name.to_owned(),
        id: plan.id,
        taken,
        line,
        read: plan.to,
        is_archive: false,
    })
}
