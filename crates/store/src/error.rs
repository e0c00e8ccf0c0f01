//! Why a store cannot be used.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a store cannot be used. Its text says what to do.
#[derive(Debug)]
pub enum StoreError {
    /// Another run writes it.
    Busy(PathBuf),
    /// It is to be read, and there is none.
    Missing(PathBuf),
    /// It is not a store, or not one that this program knows.
    Foreign(PathBuf, String),
    /// It was made by a later version.
    Newer(PathBuf, i64),
    /// The disk is full. What was there is there.
    Full(PathBuf),
    /// It cannot be opened, read or written.
    Io(PathBuf, String),
    /// It is damaged.
    Damaged(PathBuf, String),
    /// A question that it cannot answer.
    Question(String),
}

impl StoreError {
    /// What SQLite says of the store at `path`.
    pub(crate) fn of(path: &Path, error: &rusqlite::Error) -> StoreError {
        let path = path.to_path_buf();
        let text = error.to_string();
        let code = error.sqlite_error_code();
        match code {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(path),
            Some(ErrorCode::NotADatabase) => StoreError::Foreign(path, text),
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged(path, text),
            Some(ErrorCode::DiskFull) => StoreError::Full(path),
            _ => StoreError::Io(path, text),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Busy(path) => write!(
                f,
                "{}: another run is writing it; nothing was changed, so wait for that run and \
                 start again",
                path.display()
            ),
            StoreError::Missing(path) => write!(
                f,
                "{}: there is no such store; check the name, or make one with `siptriage nightly \
                 TRACES --store FILE`",
                path.display()
            ),
            StoreError::Foreign(path, why) => write!(
                f,
                "{}: no store of siptriage ({why}); name another file, and it is made",
                path.display()
            ),
            StoreError::Newer(path, version) => write!(
                f,
                "{}: made by a later siptriage (its form is {version}); use that one, or name \
                 another file",
                path.display()
            ),
            StoreError::Full(path) => write!(
                f,
                "{}: the disk is full; nothing of this run is in it, and all that was there is; \
                 make room, or `siptriage store prune`, and start again",
                path.display()
            ),
            StoreError::Io(path, why) => write!(
                f,
                "{}: {why}; nothing of this run is in it; check the folder and your rights to it",
                path.display()
            ),
            StoreError::Damaged(path, why) => write!(
                f,
                "{}: damaged ({why}); put a copy of it back, or move it away and read the traces \
                 again",
                path.display()
            ),
            StoreError::Question(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for StoreError {}
