//! What is read and what is asked for: the part that all commands on traces share.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::OnceLock;
use std::time::SystemTime;

use siptriage_diagnostics::nearest;
use siptriage_facts::{Facts, Stamp, Zone};
use siptriage_judge::{Clocks, Conditions, Filter, Groupings, Judge, Rules, Sites, TimeZones};
use siptriage_redact::{Key, Redactor};
use siptriage_report::{Gathered, Gathering, ReportOptions, visible};
use siptriage_scanner::{Discovery, ScanOptions, discover, scan};

use crate::args::{JudgeArgs, MannerArgs, ReadArgs, ReadingArgs, RedactArgs};
use crate::commands::rules;
use crate::exit::{Exit, Stop};
use crate::progress::Watch;
use crate::{output_file, redaction, shares, skipped, stderr};

/// What is read and what is asked for. Made before the reading, so that mistakes are told first.
#[derive(Debug)]
pub(crate) struct Inquiry {
    pub(crate) discovery: Discovery,
    pub(crate) options: ScanOptions,
    pub(crate) groupings: Groupings,
    rules: Cow<'static, Rules>,
    zones: TimeZones,
    conditions: Conditions,
    now: Stamp,
    quiet: bool,
    /// The key of tokens, where identifiers are not to be shown.
    key: Option<Key>,
    redactor: OnceLock<Redactor>,
}

impl Inquiry {
    /// What the options say. `outputs` are where results go, which must not be what is read.
    ///
    /// # Errors
    /// [`Stop::Usage`] where they contradict each other, or a file of rules or sites is no such
    /// file.
    pub(crate) fn of<'p>(
        args: &ReadArgs,
        outputs: impl IntoIterator<Item = &'p Path>,
    ) -> Result<Inquiry, Stop> {
        let conditions = |format| args.filter.conditions(format);
        let reading = &args.input.reading;
        Inquiry::new(
            &args.arguments(),
            (reading, outputs),
            &conditions,
            (&args.judge, &args.manner, &args.redact),
        )
    }

    /// The same of everything that is in some paths.
    ///
    /// # Errors
    /// As [`Inquiry::of`].
    pub(crate) fn of_all<'p>(
        paths: &[OsString],
        reading: (&ReadingArgs, impl IntoIterator<Item = &'p Path>),
        how: (&JudgeArgs, &MannerArgs, &RedactArgs),
    ) -> Result<Inquiry, Stop> {
        Inquiry::new(paths, reading, &|_| Conditions::default(), how)
    }

    /// The same, with notes for a terminal alone.
    pub(crate) fn for_terminals(self) -> Inquiry {
        let quiet = self.quiet || !io::stderr().is_terminal();
        Inquiry { quiet, ..self }
    }

    fn new<'p>(
        paths: &[OsString],
        (reading, outputs): (&ReadingArgs, impl IntoIterator<Item = &'p Path>),
        conditions: &dyn Fn(Option<&'static str>) -> Conditions,
        (judge, manner, redact): (&JudgeArgs, &MannerArgs, &RedactArgs),
    ) -> Result<Inquiry, Stop> {
        let options = reading.scan_options();
        let discovery = discover(paths, &options);
        for output in outputs {
            output_file::spare_inputs(output, &discovery.inputs)?;
        }
        let groupings = Groupings {
            sites: sites(judge)?,
            ..Groupings::default()
        };
        let conditions = conditions(options.trace_format);
        let now = now();
        check_sites(&conditions, &groupings.sites)?;
        (conditions.check(&groupings, now)).map_err(|error| Stop::Usage(error.to_string()))?;
        Ok(Inquiry {
            discovery,
            options,
            groupings,
            rules: rules::to_judge_by(&judge.rules, &judge.thresholds)?,
            zones: judge.zones.iter().cloned().collect(),
            conditions,
            now,
            quiet: manner.quiet,
            key: redact.wanted().map(redaction::key).transpose()?,
            redactor: OnceLock::new(),
        })
    }

    /// Begins to watch the reading. `visible`: whether a bar may be drawn. `passes`: how often
    /// everything is read. Where identifiers are not to be shown, it is read once before, to learn
    /// them.
    pub(crate) fn watch(&self, visible: bool, passes: u64) -> Watch {
        let passes = passes + u64::from(self.key.is_some());
        let watch = Watch::start(&self.discovery, visible && !self.quiet, passes);
        if let Some(key) = &self.key {
            self.redactor.get_or_init(|| {
                redaction::learn(key.clone(), &self.discovery, &self.options, &watch)
            });
        }
        watch
    }

    /// Who redacts, where identifiers are not to be shown; after [`Inquiry::watch`].
    pub(crate) fn redactor(&self) -> Option<&Redactor> {
        self.redactor.get()
    }

    /// The filter in words, redacted where that is asked for.
    pub(crate) fn words(&self, filter: &Filter) -> String {
        let words = filter.to_string();
        match self.redactor() {
            Some(redactor) => redaction::shown_filter(&words, &self.conditions, redactor),
            None => words,
        }
    }

    /// Whether everything that is read is asked for.
    pub(crate) fn takes_everything(&self) -> bool {
        self.conditions.take_everything()
    }

    /// Reads everything. The facts stay to the end of the program, which gives all memory back at
    /// once: piece by piece it takes as long as judging all calls.
    pub(crate) fn facts(&self, watch: &Watch) -> ManuallyDrop<Facts> {
        ManuallyDrop::new(scan(&self.discovery, &self.options, watch))
    }

    /// A judge of these facts.
    pub(crate) fn judge<'f>(&'f self, facts: &'f Facts) -> Judge<'f> {
        Judge::new(facts, &self.rules, &self.zones)
    }

    /// A judge of a part of the facts that `clocks` are of.
    pub(crate) fn judge_of_part<'f>(&'f self, facts: &'f Facts, clocks: Clocks) -> Judge<'f> {
        Judge::of_part(facts, &self.rules, clocks)
    }

    /// What the cases of `judge`, who is that of these facts, add up to: gathered on as many
    /// threads as the traces are read by.
    pub(crate) fn gathered<'v>(
        &self,
        facts: &Facts,
        judge: &'v Judge<'_>,
        options: &'v ReportOptions,
    ) -> Gathered<'v> {
        let gather =
            |shares: &mut dyn Iterator<Item = _>| Gathering::of(facts, judge, options, shares);
        shares::of_all(facts.dialogs.len(), self.options.threads, gather).close()
    }

    /// What is asked for of the input that `judge` knows.
    ///
    /// # Errors
    /// [`Stop::Usage`] where there can be nothing.
    pub(crate) fn filter(&self, judge: &Judge<'_>) -> Result<Filter, Stop> {
        let conditions = self.conditions.clone();
        Filter::new(conditions, &self.groupings, self.now, judge)
            .map_err(|error| Stop::Usage(error.to_string()))
    }

    /// Tells what could not be used, and how the reading ended.
    pub(crate) fn conclude(&self, facts: &Facts) -> Exit {
        skipped::conclude(
            &self.discovery,
            &facts.coverage,
            (self.quiet, false),
            self.redactor(),
        )
    }

    /// The same of a run that may have had nothing new to read, which is no trouble.
    pub(crate) fn conclude_run(&self, facts: &Facts, nothing_new: bool) -> Exit {
        skipped::conclude(
            &self.discovery,
            &facts.coverage,
            (self.quiet, nothing_new),
            self.redactor(),
        )
    }

    /// Whether notes are unwanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Says that nothing of what was read is asked for. A result without rows is a result.
    pub(crate) fn tell_nothing_left(&self, filter: &Filter, what: &str) {
        if !self.quiet {
            let filter = self.words(filter);
            stderr::line(format_args!(
                "{what} in the input is what was asked for, {}; widen the filter, or leave it out",
                visible(&filter)
            ));
        }
    }
}

/// The present, to the millisecond: as a text it is always as long.
pub(crate) fn now() -> Stamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let micros = since_1970.map_or(0, |time| time.as_millis() * 1000);
    Stamp {
        micros: i64::try_from(micros).unwrap_or(i64::MAX),
        zone: Zone::Utc,
    }
}

fn sites(args: &JudgeArgs) -> Result<Sites, Stop> {
    let Some(path) = &args.sites else {
        return Ok(Sites::default());
    };
    let text = read_text(path)?;
    Sites::parse(&text).map_err(|error| {
        let file = path.to_string_lossy();
        Stop::Usage(format!(
            "{}:{}: {}",
            visible(&file),
            error.line,
            visible(&error.message)
        ))
    })
}

/// A site that no network has is a slip, not an empty result.
fn check_sites(conditions: &Conditions, sites: &Sites) -> Result<(), Stop> {
    if sites.is_empty() {
        return Ok(());
    }
    let known = |site: &&String| sites.names().any(|name| name.eq_ignore_ascii_case(site));
    let Some(unknown) = conditions.sites.iter().find(|site| !known(site)) else {
        return Ok(());
    };
    let advice = match nearest(unknown, sites.names()) {
        Some(near) => format!("did you mean `{}`?", visible(near)),
        None => {
            let names: Vec<_> = sites.names().take(10).map(visible).collect();
            format!("it names {}", names.join(", "))
        }
    };
    Err(Stop::Usage(format!(
        "--site {}: the file of sites names no such site; {advice}",
        visible(unknown)
    )))
}

/// The whole of a file of the user's.
///
/// # Errors
/// [`Stop::Usage`] where it cannot be read.
pub(crate) fn read_text(path: &Path) -> Result<String, Stop> {
    let bytes = fs::read(path).map_err(|error| {
        Stop::Usage(format!(
            "{}: cannot be read: {error}; check the name and your rights to it",
            visible(&path.to_string_lossy())
        ))
    })?;
    String::from_utf8(bytes).map_err(|_| {
        Stop::Usage(format!(
            "{}: not UTF-8; save it as UTF-8",
            visible(&path.to_string_lossy())
        ))
    })
}
