//! One run: what is new is added as a whole, or nothing is.

use std::collections::HashSet;
use std::fs::File;
use std::io;

use rusqlite::{OptionalExtension, params};
use siptriage_facts::{Coverage, Dialog, Facts, Merge, Stamp};
use siptriage_judge::{Case, Judge, Kind};

use crate::identity::{self, HEAD, Identity, Print};
use crate::store::{signed, unsigned};
use crate::{Store, StoreError};

/// A run that writes a store. Nobody else does while it lasts; dropped without
/// [`Run::commit`] it leaves everything as it was.
#[derive(Debug)]
pub struct Run<'s> {
    store: &'s mut Store,
    id: i64,
    is_over: bool,
}

/// How much of a file was read in earlier runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// Nothing.
    New,
    /// All of it, or all that is whole of it.
    Done,
    /// The front of it, up to a byte at which a line begins.
    Grown {
        /// What it is known as.
        id: i64,
        /// Bytes that were read.
        taken: u64,
        /// The number of the line that begins there.
        line: u64,
        /// Bytes that were read: what is between the two was no whole record, or may not have
        /// been one, and is read again when there is more.
        read: u64,
    },
}

/// A file that begins like one that is met.
#[derive(Debug)]
struct KnownFile {
    id: i64,
    taken: u64,
    line: u64,
    read: u64,
    samples: Print,
}

/// A file as a run leaves it.
#[derive(Debug, Clone)]
pub struct TakenFile {
    /// Its name, for people.
    pub name: String,
    /// What it is known as, if it is.
    pub id: Option<i64>,
    /// What it is known by, up to where it need not be read again.
    pub identity: Identity,
    /// The number of the line that begins there.
    pub line: u64,
    /// Bytes that were read, of which the last ones may be read again.
    pub read: u64,
    /// Whether it is an archive, which is read whole or not at all.
    pub is_archive: bool,
}

/// What a run added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Calls that were not there before.
    pub new: u64,
    /// Calls to which messages or diagnoses were added.
    pub changed: u64,
}

impl Store {
    /// Begins a run at this time, which is kept as it is written.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where another run writes the store.
    pub fn begin(&mut self, now: &str) -> Result<Run<'_>, StoreError> {
        let begun = self.connection.execute_batch("BEGIN IMMEDIATE");
        begun.map_err(|error| self.failed(error))?;
        let mut run = Run {
            store: self,
            id: 0,
            is_over: false,
        };
        run.execute(
            "INSERT INTO run (begun, program, files, files_known, bytes, messages, calls_new,
                 calls_changed, interrupted) VALUES (?1, ?2, 0, 0, 0, 0, 0, 0, 0)",
            params![now, concat!("siptriage ", env!("CARGO_PKG_VERSION"))],
        )?;
        run.id = run.store.connection.last_insert_rowid();
        Ok(run)
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            // What cannot be taken back now is taken back when the store is opened again.
            let _ = self.store.connection.execute_batch("ROLLBACK");
        }
    }
}

impl Run<'_> {
    fn execute(&self, change: &str, values: impl rusqlite::Params) -> Result<usize, StoreError> {
        let done = self.store.connection.prepare_cached(change);
        let done = done.and_then(|mut statement| statement.execute(values));
        done.map_err(|error| self.store.failed(error))
    }

    /// How much of a file was read before. An archive is known whole or not at all.
    ///
    /// # Errors
    /// The system's, about the file, inside; the store's outside.
    pub fn begun(
        &self,
        file: &mut File,
        is_archive: bool,
    ) -> Result<io::Result<Begun>, StoreError> {
        let len = match file.metadata() {
            Ok(metadata) => metadata.len(),
            Err(error) => return Ok(Err(error)),
        };
        let mut best: Option<(u64, Begun)> = None;
        for head_len in self.head_lens(len)? {
            let head = match identity::of(file, head_len) {
                Ok(identity) => identity.head,
                Err(error) => return Ok(Err(error)),
            };
            for known in self.alike(head_len, &head, is_archive)? {
                let KnownFile {
                    id,
                    taken,
                    line,
                    read,
                    samples,
                } = known;
                let longest = best.map_or(0, |(taken, _)| taken);
                let whole = !is_archive || taken == len;
                if taken == 0 || taken > len || taken <= longest || !whole {
                    continue;
                }
                match identity::of(file, taken) {
                    Ok(own) if own.samples == samples => {}
                    Ok(_) => continue,
                    Err(error) => return Ok(Err(error)),
                }
                let begun = if read == len || taken == len {
                    Begun::Done
                } else {
                    Begun::Grown {
                        id,
                        taken,
                        line,
                        read,
                    }
                };
                best = Some((taken, begun));
            }
        }
        Ok(Ok(best.map_or(Begun::New, |(_, begun)| begun)))
    }

    /// How much of the front of a file of this length tells files that are known.
    fn head_lens(&self, len: u64) -> Result<Vec<u64>, StoreError> {
        let failed = |error| self.store.failed(error);
        let mut asked = (self.store.connection)
            .prepare_cached("SELECT DISTINCT head_len FROM file WHERE head_len <= ?1")
            .map_err(failed)?;
        let rows = asked
            .query_map([signed(len.min(HEAD))], |row| row.get(0).map(unsigned))
            .map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    fn alike(
        &self,
        head_len: u64,
        head: &Print,
        is_archive: bool,
    ) -> Result<Vec<KnownFile>, StoreError> {
        let failed = |error| self.store.failed(error);
        let mut asked = (self.store.connection)
            .prepare_cached(
                "SELECT id, taken, line, read, samples FROM file
                 WHERE head_len = ?1 AND head = ?2 AND is_archive = ?3",
            )
            .map_err(failed)?;
        let rows = asked
            .query_map(params![signed(head_len), head, is_archive], |row| {
                Ok(KnownFile {
                    id: row.get(0)?,
                    taken: unsigned(row.get(1)?),
                    line: unsigned(row.get(2)?),
                    read: unsigned(row.get(3)?),
                    samples: row.get(4)?,
                })
            })
            .map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// Adds what earlier runs know of the dialogs in `facts`: what is judged is whole.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn complete(&self, facts: &mut Facts) -> Result<(), StoreError> {
        let call_ids: Vec<String> = (facts.dialogs.iter())
            .map(|(call_id, _)| call_id.text().to_string())
            .collect();
        for call_id in call_ids {
            if let Some(content) = self.content(&call_id)? {
                let dialog = self.store.dialog(&call_id, &content)?;
                facts.dialog(&call_id).merge(dialog);
            }
        }
        facts.settle();
        Ok(())
    }

    fn content(&self, call_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let failed = |error| self.store.failed(error);
        let mut asked = (self.store.connection)
            .prepare_cached("SELECT content FROM dialog WHERE call_id = ?1")
            .map_err(failed)?;
        asked
            .query_row([call_id], |row| row.get(0))
            .optional()
            .map_err(failed)
    }

    /// Keeps what `judge` says of dialogs that were completed: every call, and what may become one
    /// when more of it is read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep(&mut self, judge: &Judge<'_>) -> Result<Kept, StoreError> {
        let mut kept = Kept::default();
        for case in judge.cases_in_order() {
            let is_call = case.kind == Kind::Call;
            let may_be_one = matches!(
                case.kind,
                Kind::InstantMessages | Kind::Conference | Kind::Other
            );
            if !is_call && !may_be_one && case.dialog.diagnoses().next().is_none() {
                continue;
            }
            let content = postcard::to_stdvec(case.dialog).map_err(|error| {
                StoreError::Io(
                    self.store.path.clone(),
                    format!("{}: {error}", case.call_id),
                )
            })?;
            let call_id = case.call_id.text();
            let call_id = &*call_id;
            let before = self.content(call_id)?;
            if before.as_ref() == Some(&content) {
                continue;
            }
            match &before {
                None if is_call => kept.new += 1,
                Some(before) if is_call => {
                    let before = self.store.dialog(call_id, before)?;
                    kept.changed += u64::from(says_more(case.dialog, &before));
                }
                _ => {}
            }
            let day = day(&case);
            self.execute(
                "INSERT INTO dialog (call_id, day, content) VALUES (?1, ?2, ?3)
                 ON CONFLICT (call_id) DO UPDATE SET day = excluded.day,
                     content = excluded.content",
                params![call_id, day, content],
            )?;
            if before.is_some() {
                self.execute("DELETE FROM diagnosis WHERE call_id = ?1", [call_id])?;
            }
            if is_call {
                self.call(&case, day)?;
                self.diagnoses(&case)?;
            } else if before.is_some() {
                self.execute("DELETE FROM call WHERE call_id = ?1", [call_id])?;
            }
        }
        Ok(kept)
    }

    fn call(&self, case: &Case<'_>, day: Option<i64>) -> Result<(), StoreError> {
        let rule = case.decision.rule;
        let codes: Vec<String> = case.codes().map(|code| code.to_string()).collect();
        let masks: std::collections::BTreeSet<String> = (case.media())
            .filter_map(|media| media.mask)
            .map(|mask| mask.to_string())
            .collect();
        let media: Vec<&str> = case.dialog.modalities.words().collect();
        let files: Vec<&str> = case.files().into_iter().collect();
        let list = |words: Vec<&str>| words.join(",");
        let stamp = |stamp: Option<Stamp>| stamp.map(|stamp| stamp.to_string());
        let milliseconds = |micros: Option<i64>| micros.map(|micros| micros / 1000);
        self.execute(
            "INSERT INTO call (call_id, day, start, end, verdict, outcome, rule, cause, caller,
                 callee, media, final_status, set_up_ms, duration_ms, ended_by, caller_location,
                 callee_location, caller_agent, callee_agent, conference, codes, masks, messages,
                 files, first_run, last_run)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?25)
             ON CONFLICT (call_id) DO UPDATE SET day = excluded.day, start = excluded.start,
                 end = excluded.end, verdict = excluded.verdict, outcome = excluded.outcome,
                 rule = excluded.rule, cause = excluded.cause, caller = excluded.caller,
                 callee = excluded.callee, media = excluded.media,
                 final_status = excluded.final_status, set_up_ms = excluded.set_up_ms,
                 duration_ms = excluded.duration_ms, ended_by = excluded.ended_by,
                 caller_location = excluded.caller_location,
                 callee_location = excluded.callee_location,
                 caller_agent = excluded.caller_agent, callee_agent = excluded.callee_agent,
                 conference = excluded.conference, codes = excluded.codes, masks = excluded.masks,
                 messages = excluded.messages, files = excluded.files,
                 last_run = excluded.last_run",
            params![
                &*case.call_id.text(),
                day,
                stamp(case.start),
                stamp(case.end),
                case.decision.verdict.name(),
                case.outcome.name(),
                rule.map_or("", |rule| &rule.id),
                rule.map_or("", |rule| &rule.cause),
                case.caller.address,
                case.callee.address,
                list(media),
                case.dialog.final_status.get(),
                milliseconds(case.set_up),
                milliseconds(case.duration),
                case.ended_by.map(|side| side.name()),
                case.caller.location.name(),
                case.callee.location.name(),
                case.caller.agent,
                case.callee.agent,
                case.conference(),
                codes.join(","),
                masks.into_iter().collect::<Vec<_>>().join(","),
                signed(case.dialog.messages.distinct()),
                list(files),
                self.id,
            ],
        )?;
        Ok(())
    }

    fn diagnoses(&self, case: &Case<'_>) -> Result<(), StoreError> {
        let dialog: &Dialog = case.dialog;
        let call_id = case.call_id.text();
        for (diagnosis, sightings) in dialog.diagnoses() {
            let place = sightings.places.iter().next();
            let row = |media: &str, mask: Option<u32>, more: Option<u32>| {
                self.execute(
                    "INSERT INTO diagnosis (call_id, code, sub_code, reason, source, carrier,
                         header, method, status, media, mask, mask_ex, first, file, line)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                    params![
                        &*call_id,
                        diagnosis.code,
                        &*diagnosis.sub_code,
                        &*diagnosis.reason,
                        &*diagnosis.source,
                        diagnosis.carrier.name(),
                        diagnosis.header.as_deref(),
                        diagnosis.method.name(),
                        diagnosis.status(),
                        media,
                        mask,
                        more,
                        sightings.first().map(|stamp| stamp.to_string()),
                        place.map(|place| &*place.file),
                        place.map(|place| signed(place.line)),
                    ],
                )
            };
            if diagnosis.media.is_empty() {
                row("", None, None)?;
            }
            for media in &diagnosis.media {
                row(&media.label, media.ice_warn, media.ice_warn_ex)?;
            }
        }
        Ok(())
    }

    /// What is known of contents that were read to their end, as their samples say: of files and
    /// of members of archives.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn known(&self) -> Result<HashSet<Print>, StoreError> {
        let failed = |error| self.store.failed(error);
        let mut asked = (self.store.connection)
            .prepare_cached("SELECT samples FROM file WHERE is_archive = 0 AND read = taken")
            .map_err(failed)?;
        let rows = asked.query_map([], |row| row.get(0)).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// Keeps how much of a file is read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn take(&self, taken: &TakenFile) -> Result<(), StoreError> {
        let Identity { len, head, samples } = taken.identity;
        let values = params![
            taken.name,
            signed(len),
            signed(taken.line),
            signed(taken.read),
            signed(len.min(HEAD)),
            head,
            samples,
            taken.is_archive,
            self.id,
            taken.id,
        ];
        self.execute(
            if taken.id.is_some() {
                "UPDATE file SET name = ?1, taken = ?2, line = ?3, read = ?4, head_len = ?5,
                     head = ?6, samples = ?7, is_archive = ?8, last_run = ?9 WHERE id = ?10"
            } else {
                "INSERT INTO file (name, taken, line, read, head_len, head, samples, is_archive,
                     first_run, last_run, id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)"
            },
            values,
        )?;
        Ok(())
    }

    /// Makes it all last. `known` files had nothing new.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing of the run is in the store.
    pub fn commit(mut self, coverage: &Coverage, kept: Kept, known: u64) -> Result<(), StoreError> {
        self.execute(
            "UPDATE run SET files = ?1, files_known = ?2, bytes = ?3, messages = ?4,
                 calls_new = ?5, calls_changed = ?6, interrupted = ?7 WHERE id = ?8",
            params![
                signed(coverage.files),
                signed(known),
                signed(coverage.bytes),
                signed(coverage.messages()),
                signed(kept.new),
                signed(kept.changed),
                coverage.interrupted,
                self.id,
            ],
        )?;
        for skipped in &coverage.skipped {
            self.execute(
                "INSERT INTO skipped (run, reason, file, detail, failed)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    self.id,
                    skipped.reason.name(),
                    &*skipped.file,
                    &*skipped.detail,
                    skipped.reason.is_failure(),
                ],
            )?;
        }
        let done = self.store.connection.execute_batch("COMMIT");
        done.map_err(|error| self.store.failed(error))?;
        self.is_over = true;
        Ok(())
    }
}

/// Whether a dialog has messages or diagnoses that were not known before. Copies of what was known
/// add nothing to it but where it stands.
fn says_more(now: &Dialog, before: &Dialog) -> bool {
    now.messages.distinct() != before.messages.distinct()
        || !(now.diagnoses().map(|(diagnosis, _)| diagnosis))
            .eq(before.diagnoses().map(|(diagnosis, _)| diagnosis))
}

/// The day of a call, by the clock of its trace.
fn day(case: &Case<'_>) -> Option<i64> {
    case.start.or(case.end).map(Stamp::day)
}
