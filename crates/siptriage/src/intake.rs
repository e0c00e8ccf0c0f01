//! Reading what is new into a store.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use siptriage_facts::{Facts, SkipReason, Skipped};
use siptriage_scanner::{
    Discovery, Input, Location, Part, Progress, Recognise, Recognition, ScanOptions, is_archive,
    last_record, scan_unknown,
};
use siptriage_store::identity::{self, Identity, Print, Sampler};
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
    /// Files and members of archives that had nothing new.
    pub(crate) known: u64,
}

/// How far a file is read, and what is remembered of it.
#[derive(Debug)]
struct Plan {
    id: Option<i64>,
    is_archive: bool,
    /// Where the part that is read ends.
    to: u64,
    /// Lines that end in what is read and will be read again, because it may not be whole.
    feeds_again: u64,
    /// What is known of it after that, as it was before the reading.
    identity: Identity,
}

/// Members of archives: which were read in earlier runs, and which in this one.
#[derive(Debug)]
struct Members {
    known: HashSet<Print>,
    met: AtomicU64,
    read: Mutex<Vec<(String, Identity)>>,
}

/// Looks at one of them.
struct Look<'m> {
    sampler: Sampler,
    members: &'m Members,
}

impl Recognition for Members {
    fn begin(&self) -> Box<dyn Recognise + '_> {
        Box::new(Look {
            sampler: Sampler::default(),
            members: self,
        })
    }
}

impl Recognise for Look<'_> {
    fn take(&mut self, bytes: &[u8]) {
        self.sampler.take(bytes);
    }

    fn is_known(self: Box<Self>, name: &str) -> bool {
        let Look { sampler, members } = *self;
        let identity = sampler.finish();
        if members.known.contains(&identity.samples) {
            members.met.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        let mut read = members.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.push((name.to_owned(), identity));
        false
    }
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
    let members = Members {
        known: run.known()?,
        met: AtomicU64::new(0),
        read: Mutex::default(),
    };
    let mut facts = scan_unknown(&fresh, &inquiry.options, &ends, &members);
    let ends = (ends.ends.into_inner()).unwrap_or_else(PoisonError::into_inner);
    known += members.met.into_inner();
    run.complete(&mut facts)?;
    let kept = run.keep(&inquiry.judge(&facts))?;
    for input in &fresh.inputs {
        let Some(plan) = plans.get(&*input.name) else {
            continue;
        };
        let Some(taken) = taken(&input.name, plan, &facts, &ends) else {
            continue;
        };
        // What is remembered must be what was read: the same before the reading and behind it.
        if is_as_it_was(input, &taken.identity) {
            run.take(&taken)?;
        } else {
            facts.coverage.skipped.insert(Skipped {
                file: input.name.clone(),
                reason: SkipReason::Changed,
                detail: "it was changed while it was read".into(),
            });
        }
    }
    let read = (members.read.into_inner()).unwrap_or_else(PoisonError::into_inner);
    for (name, identity) in read {
        run.take(&TakenFile {
            name,
            id: None,
            identity,
            line: 1,
            read: identity.len,
            is_archive: false,
        })?;
    }
    run.commit(&facts.coverage, kept, known)?;
    Ok(Taken { facts, kept, known })
}

/// Whether a file still is, up to where it is remembered, what it was before it was read.
fn is_as_it_was(input: &Input, before: &Identity) -> bool {
    let Location::File(path) = &input.location else {
        return false;
    };
    let now = File::open(path).and_then(|mut file| identity::of(&mut file, before.len));
    now.is_ok_and(|now| now == *before)
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
    Ok(plan_of_new(
        input,
        options,
        &mut file,
        (packed, id, from, line),
    ))
}

fn plan_of_new(
    input: &Input,
    options: &ScanOptions,
    file: &mut File,
    (packed, id, from, line): (bool, Option<i64>, u64, u64),
) -> io::Result<Planned> {
    let metadata = file.metadata()?;
    if packed {
        let plan = Plan {
            id,
            is_archive: true,
            to: metadata.len(),
            feeds_again: 0,
            identity: identity::of(file, metadata.len())?,
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
    // A record that may not be whole is read again when there is more of it.
    let (taken, feeds_again) = if to == last.len && !last.is_whole && last.start > 0 {
        (last.start, last.feeds)
    } else {
        (to, 0)
    };
    let plan = Plan {
        id,
        is_archive: false,
        to,
        feeds_again,
        identity: identity::of(file, taken)?,
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
    let line = if plan.is_archive {
        1
    } else {
        let (end, line) = *ends.get(name)?;
        (end == plan.to).then_some(line)?
    };
    Some(TakenFile {
        name: name.to_owned(),
        id: plan.id,
        identity: plan.identity,
        line: line.saturating_sub(plan.feeds_again).max(1),
        read: plan.to,
        is_archive: plan.is_archive,
    })
}
