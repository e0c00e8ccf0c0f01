//! A store: opened, made, brought up to date, asked and cleaned.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use siptriage_facts::{Dialog, Facts, Merge};

use crate::StoreError;
use crate::schema::{APPLICATION, FORMS};

/// How long a reader waits for a writer that is just finishing.
const PATIENCE: Duration = Duration::from_millis(2000);

/// A store of calls.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
}

/// The calls of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRow {
    /// Days since 1970-01-01, by the clock of the traces; absent for calls without a time.
    pub day: Option<i64>,
    /// Calls.
    pub calls: u64,
    /// Of them with the verdict `failed`.
    pub failed: u64,
    /// Different callers.
    pub users: u64,
    /// Different callers of failed calls.
    pub users_hit: u64,
}

/// The calls of a day that one rule decided in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingRow {
    /// Days since 1970-01-01; absent for calls without a time.
    pub day: Option<i64>,
    /// `failed`, `degraded`, ….
    pub verdict: String,
    /// Id of the rule; empty where none explains it.
    pub rule: String,
    /// Its cause.
    pub cause: String,
    /// Calls.
    pub calls: u64,
    /// Different callers.
    pub users: u64,
}

/// A run that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its number.
    pub id: i64,
    /// When it began, UTC.
    pub begun: String,
    /// Files that were read, and files that were known and had nothing new.
    pub files: (u64, u64),
    /// Bytes that were read.
    pub bytes: u64,
    /// Calls that came to be in it, and calls that it changed.
    pub calls: (u64, u64),
    /// Whether it was interrupted.
    pub interrupted: bool,
}

/// What is in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// The number of its form.
    pub form: i64,
    /// Its length on disk, in bytes.
    pub bytes: u64,
    /// Calls, diagnoses, dialogs that are kept, files that are known.
    pub calls: u64,
    /// Diagnoses of calls.
    pub diagnoses: u64,
    /// Dialogs from which calls are judged.
    pub dialogs: u64,
    /// Files whose content was read.
    pub files: u64,
    /// Runs.
    pub runs: u64,
    /// First and last day with calls.
    pub days: Option<(i64, i64)>,
}

/// What [`Store::prune`] took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// Calls.
    pub calls: u64,
    /// The first day that is kept, in days since 1970-01-01.
    pub from: i64,
}

/// Something wrong in a store, in words.
pub type Trouble = String;

pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn day_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<DayRow> {
    Ok(DayRow {
        day: row.get(0)?,
        calls: unsigned(row.get(1)?),
        failed: unsigned(row.get(2)?),
        users: unsigned(row.get(3)?),
        users_hit: unsigned(row.get(4)?),
    })
}

fn finding_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<FindingRow> {
    Ok(FindingRow {
        day: row.get(0)?,
        verdict: row.get(1)?,
        rule: row.get(2)?,
        cause: row.get(3)?,
        calls: unsigned(row.get(4)?),
        users: unsigned(row.get(5)?),
    })
}

impl Store {
    /// Opens a store for writing; makes it where there is no file, or an empty one, and brings an
    /// older form up to date.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut store = Store::connect(path, flags)?;
        store.bring_up_to_date()?;
        Ok(store)
    }

    /// Opens a store that is there, for reading alone.
    ///
    /// # Errors
    /// [`StoreError`], also where it has an older form: a run brings it up to date.
    pub fn open_read_only(path: &Path) -> Result<Store, StoreError> {
        // SQLite has one word for a file that is not there and for one that is not to be read.
        if std::fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Err(StoreError::Missing(path.to_path_buf()));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let store = Store::connect(path, flags)?;
        match store.form()? {
            0 => Err(StoreError::Foreign(
                path.to_path_buf(),
                "it has none of its tables".to_owned(),
            )),
            form if form < FORMS.len() as i64 => Err(StoreError::Foreign(
                path.to_path_buf(),
                format!("its form {form} is old: one run of `siptriage nightly` renews it"),
            )),
            _ => Ok(store),
        }
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Store, StoreError> {
        let failed = |error: rusqlite::Error| StoreError::of(path, &error);
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        // One file, whole after every kill and power cut.
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;
                 PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768;",
            )
            .map_err(failed)?;
        let store = Store {
            connection,
            path: path.to_path_buf(),
        };
        let application: i64 = store.pragma("application_id")?;
        let form = store.form()?;
        let tables: i64 = store.one("SELECT count(*) FROM sqlite_schema")?;
        if (tables > 0 || form > 0) && application != APPLICATION {
            let why = "it is a database of something else".to_owned();
            return Err(StoreError::Foreign(store.path, why));
        }
        if form > FORMS.len() as i64 {
            return Err(StoreError::Newer(store.path, form));
        }
        Ok(store)
    }

    pub(crate) fn failed(&self, error: rusqlite::Error) -> StoreError {
        StoreError::of(&self.path, &error)
    }

    fn pragma(&self, name: &str) -> Result<i64, StoreError> {
        let asked = self
            .connection
            .pragma_query_value(None, name, |row| row.get(0));
        asked.map_err(|error| self.failed(error))
    }

    fn form(&self) -> Result<i64, StoreError> {
        self.pragma("user_version")
    }

    pub(crate) fn one(&self, question: &str) -> Result<i64, StoreError> {
        let asked = self.connection.query_row(question, [], |row| row.get(0));
        asked.map_err(|error| self.failed(error))
    }

    /// Begins a change that nobody else makes, and that is undone where it is not finished.
    fn change(&mut self) -> rusqlite::Result<rusqlite::Transaction<'_>> {
        let how = rusqlite::TransactionBehavior::Immediate;
        self.connection.transaction_with_behavior(how)
    }

    fn bring_up_to_date(&mut self) -> Result<(), StoreError> {
        if self.form()? == FORMS.len() as i64 {
            return Ok(());
        }
        let path = self.path.clone();
        let failed = |error: rusqlite::Error| StoreError::of(&path, &error);
        let change = self.change().map_err(failed)?;
        // Another run may have been faster.
        let form: i64 = change
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(failed)?;
        let done = usize::try_from(form).unwrap_or(0);
        for step in FORMS.iter().skip(done) {
            change.execute_batch(step).map_err(failed)?;
        }
        change
            .execute_batch(&format!(
                "PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {};",
                FORMS.len()
            ))
            .map_err(failed)?;
        change.commit().map_err(failed)
    }

    /// The calls of each day, first day first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn days(&self) -> Result<Vec<DayRow>, StoreError> {
        self.rows(
            "SELECT day, count(*), sum(verdict = 'failed'), count(DISTINCT caller),
                 count(DISTINCT CASE WHEN verdict = 'failed' THEN caller END)
             FROM call GROUP BY day ORDER BY day",
            day_row,
        )
    }

    /// The findings of each day, first day first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn findings(&self) -> Result<Vec<FindingRow>, StoreError> {
        self.rows(
            "SELECT day, verdict, rule, min(cause), count(*), count(DISTINCT caller)
             FROM call GROUP BY day, verdict, rule ORDER BY day, verdict, rule",
            finding_row,
        )
    }

    /// The findings of the calls that a run added, as of one night of the last of their days; none
    /// where there is no such run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn of_run(&self, run: i64) -> Result<Option<(DayRow, Vec<FindingRow>)>, StoreError> {
        if self.one(&format!("SELECT count(*) FROM run WHERE id = {run}"))? == 0 {
            return Ok(None);
        }
        let day = self.rows(
            &format!(
                "SELECT max(day), count(*), coalesce(sum(verdict = 'failed'), 0),
                     count(DISTINCT caller),
                     count(DISTINCT CASE WHEN verdict = 'failed' THEN caller END)
                 FROM call WHERE first_run = {run}"
            ),
            day_row,
        )?;
        let findings = self.rows(
            &format!(
                "SELECT max(day), verdict, rule, min(cause), count(*), count(DISTINCT caller)
                 FROM call WHERE first_run = {run} GROUP BY verdict, rule ORDER BY verdict, rule"
            ),
            finding_row,
        )?;
        Ok(day.into_iter().next().map(|day| (day, findings)))
    }

    /// Runs, last one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn runs(&self) -> Result<Vec<RunRow>, StoreError> {
        self.rows(
            "SELECT id, begun, files, files_known, bytes, calls_new, calls_changed, interrupted
             FROM run ORDER BY id DESC",
            |row| {
                Ok(RunRow {
                    id: row.get(0)?,
                    begun: row.get(1)?,
                    files: (unsigned(row.get(2)?), unsigned(row.get(3)?)),
                    bytes: unsigned(row.get(4)?),
                    calls: (unsigned(row.get(5)?), unsigned(row.get(6)?)),
                    interrupted: row.get(7)?,
                })
            },
        )
    }

    fn rows<T>(
        &self,
        question: &str,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut asked = (self.connection.prepare(question)).map_err(|error| self.failed(error))?;
        let rows = asked
            .query_map([], read)
            .map_err(|error| self.failed(error))?;
        (rows.collect::<Result<_, _>>()).map_err(|error| self.failed(error))
    }

    /// The dialogs of the calls of a day, to judge and report on; with [`None`] those of calls
    /// without a time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn facts_of_day(&self, day: Option<i64>) -> Result<Facts, StoreError> {
        self.facts_where("day IS ?1", [day])
    }

    /// The dialogs of all calls, likewise.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn facts(&self) -> Result<Facts, StoreError> {
        self.facts_where("true", [])
    }

    fn facts_where(
        &self,
        condition: &str,
        values: impl rusqlite::Params,
    ) -> Result<Facts, StoreError> {
        let mut facts = Facts::default();
        let question = format!("SELECT call_id, content FROM dialog WHERE {condition}");
        let mut asked = (self.connection.prepare(&question)).map_err(|error| self.failed(error))?;
        let mut rows = asked.query(values).map_err(|error| self.failed(error))?;
        while let Some(row) = rows.next().map_err(|error| self.failed(error))? {
            let call_id: String = row.get(0).map_err(|error| self.failed(error))?;
            let content: Vec<u8> = row.get(1).map_err(|error| self.failed(error))?;
            let dialog = self.dialog(&call_id, &content)?;
            facts.dialog(&call_id).merge(dialog);
        }
        facts.settle();
        Ok(facts)
    }

    pub(crate) fn dialog(&self, call_id: &str, content: &[u8]) -> Result<Dialog, StoreError> {
        postcard::from_bytes(content).map_err(|error| {
            StoreError::Damaged(
                self.path.clone(),
                format!("the call {call_id} cannot be read: {error}"),
            )
        })
    }

    /// What is in it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn info(&self) -> Result<Info, StoreError> {
        let count = |table: &str| {
            let counted = self.one(&format!("SELECT count(*) FROM {table}"));
            counted.map(unsigned)
        };
        let days = self
            .connection
            .query_row("SELECT min(day), max(day) FROM call", [], |row| {
                Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?))
            })
            .optional()
            .map_err(|error| self.failed(error))?;
        Ok(Info {
            form: self.form()?,
            bytes: unsigned(self.pragma("page_count")?) * unsigned(self.pragma("page_size")?),
            calls: count("call")?,
            diagnoses: count("diagnosis")?,
            dialogs: count("dialog")?,
            files: count("file")?,
            runs: count("run")?,
            days: days.and_then(|(first, last)| first.zip(last)),
        })
    }

    /// Looks at every page, every reference and every kept dialog. Gives what is wrong.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be looked at.
    pub fn verify(&self) -> Result<Vec<Trouble>, StoreError> {
        let mut troubles: Vec<Trouble> =
            self.rows("PRAGMA integrity_check", |row| row.get::<_, String>(0))?;
        troubles.retain(|line| line != "ok");
        let lost = self.rows("PRAGMA foreign_key_check", |row| row.get::<_, String>(0))?;
        troubles.extend(
            lost.iter()
                .map(|table| format!("{table}: a row without its run")),
        );
        for (question, words) in [
            (
                "SELECT count(*) FROM call c LEFT JOIN dialog d USING (call_id)
                 WHERE d.call_id IS NULL",
                "calls without the dialog that they were judged from",
            ),
            (
                "SELECT count(*) FROM diagnosis d LEFT JOIN call c USING (call_id)
                 WHERE c.call_id IS NULL",
                "diagnoses without their call",
            ),
            (
                "SELECT count(*) FROM call c JOIN dialog d USING (call_id)
                 WHERE c.day IS NOT d.day",
                "calls whose dialog has another day",
            ),
        ] {
            let count = self.one(question)?;
            if count > 0 {
                troubles.push(format!("{count} {words}"));
            }
        }
        let mut asked = (self
            .connection
            .prepare("SELECT call_id, content FROM dialog"))
        .map_err(|error| self.failed(error))?;
        let mut rows = asked.query([]).map_err(|error| self.failed(error))?;
        while let Some(row) = rows.next().map_err(|error| self.failed(error))? {
            let call_id: String = row.get(0).map_err(|error| self.failed(error))?;
            let content: Vec<u8> = row.get(1).map_err(|error| self.failed(error))?;
            if let Err(error) = self.dialog(&call_id, &content) {
                troubles.push(error.to_string());
            }
        }
        Ok(troubles)
    }

    /// Takes away the calls of all days but the last `keep` ones, counted back from the last day
    /// that has calls. Files stay known, so that what is gone is not read again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn prune(&mut self, keep: u32) -> Result<Pruned, StoreError> {
        let last = self.info()?.days.map_or(0, |(_, last)| last);
        let from = last - i64::from(keep) + 1;
        let path = self.path.clone();
        let failed = |error: rusqlite::Error| StoreError::of(&path, &error);
        let change = self.change().map_err(failed)?;
        change
            .execute(
                "DELETE FROM diagnosis WHERE call_id IN (SELECT call_id FROM call WHERE day < ?1)",
                [from],
            )
            .map_err(failed)?;
        let calls = change
            .execute("DELETE FROM call WHERE day < ?1", [from])
            .map_err(failed)?;
        change
            .execute("DELETE FROM dialog WHERE day < ?1", [from])
            .map_err(failed)?;
        change.commit().map_err(failed)?;
        // Gives the room back.
        self.connection.execute_batch("VACUUM").map_err(failed)?;
        Ok(Pruned {
            calls: calls as u64,
            from,
        })
    }
}
