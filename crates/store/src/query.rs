//! Questions in SQL, answered and nothing changed.

use std::path::Path;

use rusqlite::types::ValueRef;

use crate::{Store, StoreError};

/// A value of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(String),
    /// So many bytes that are no text.
    Bytes(usize),
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Names of columns, as the question gives them.
    pub columns: Vec<String>,
    /// Rows in their order.
    pub rows: Vec<Vec<Value>>,
    /// Whether there were more rows than were asked for.
    pub is_cut: bool,
}

impl Store {
    /// Answers one question, with at most `most` rows.
    ///
    /// # Errors
    /// [`StoreError::Question`] where it is no question, or one that would change something.
    pub fn ask(path: &Path, question: &str, most: usize) -> Result<Answer, StoreError> {
        let store = Store::open_read_only(path)?;
        if question.trim().is_empty() {
            return Err(StoreError::Question(
                "the question is empty; ask as in 'SELECT day, calls, failed FROM days'".to_owned(),
            ));
        }
        let wrong = |error: rusqlite::Error| {
            StoreError::Question(format!(
                "the question cannot be answered: {error}; `SELECT name, sql FROM sqlite_schema \
                 WHERE type = 'view'` shows what can be asked of, docs/store.md tells of it"
            ))
        };
        store
            .connection
            .execute_batch("PRAGMA query_only = ON")
            .map_err(|error| store.failed(error))?;
        let mut asked = store.connection.prepare(question).map_err(wrong)?;
        if !asked.readonly() {
            return Err(StoreError::Question(
                "this would change the store, which only runs do; ask with SELECT".to_owned(),
            ));
        }
        let columns: Vec<String> = asked.column_names().map(String::from).collect();
        let mut answer = Answer {
            rows: Vec::new(),
            is_cut: false,
            columns,
        };
        let width = answer.columns.len();
        let mut rows = asked.query([]).map_err(wrong)?;
        while let Some(row) = rows.next().map_err(wrong)? {
            if answer.rows.len() >= most {
                answer.is_cut = true;
                break;
            }
            let value = |at: usize| {
                Ok(match row.get_ref(at)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => Value::Integer(number),
                    ValueRef::Real(number) => Value::Real(number),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Blob(bytes) => Value::Bytes(bytes.len()),
                })
            };
            let values: rusqlite::Result<Vec<Value>> = (0..width).map(value).collect();
            answer.rows.push(values.map_err(wrong)?);
        }
        Ok(answer)
    }
}
