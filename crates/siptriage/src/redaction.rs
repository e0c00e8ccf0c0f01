//! What `--redact` asks for: the key, and who redacts.

use std::fs;
use std::io;
use std::path::Path;

use siptriage_judge::Conditions;
use siptriage_redact::{Key, KeyError, Learner, Redactor};
use siptriage_report::visible;
use siptriage_scanner::{Discovery, Progress, ScanOptions, records};

use crate::exit::Stop;

/// The key of a file; a random one without a file.
///
/// # Errors
/// [`Stop::Usage`] where the file cannot be read or has no key in it.
pub(crate) fn key(file: Option<&Path>) -> Result<Key, Stop> {
    let Some(path) = file else {
        return Key::random().map_err(|error| Stop::Usage(error.to_string()));
    };
    let name = visible(&path.to_string_lossy()).into_owned();
    let bytes = fs::read(path).map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::NotFound => {
                format!("make a key with `siptriage redact-key > {name}`, and keep it")
            }
            _ => "check the name and your rights to it".to_owned(),
        };
        Stop::Usage(format!(
            "--redact-key {name}: cannot be read: {error}; {advice}"
        ))
    })?;
    Key::from_bytes(&bytes).map_err(|error| {
        let advice = match error {
            KeyError::NoRandomness => "",
            _ => "; `siptriage redact-key` prints a new key",
        };
        Stop::Usage(format!("--redact-key {name}: {error}{advice}"))
    })
}

/// Reads everything to learn who and what is named in it.
pub(crate) fn learn(
    key: Key,
    discovery: &Discovery,
    options: &ScanOptions,
    progress: &dyn Progress,
) -> Redactor {
    let mut learner = Learner::new(key);
    // The sink never fails. What cannot be read now is told by the reading that follows.
    let _ = records(discovery, options, progress, &mut |record| {
        learner.read(&record.part(0..record.text.len()));
        Ok(())
    });
    learner.finish()
}

/// The words of a filter, with what was typed replaced: a part of an address has no shape to be
/// told by.
pub(crate) fn shown_filter(words: &str, conditions: &Conditions, redactor: &Redactor) -> String {
    let users = conditions.users.iter().map(|user| {
        let typed = user.to_string();
        let token = redactor.user(&typed);
        (typed, token)
    });
    let call_ids = conditions.call_ids.iter();
    let call_ids = call_ids.map(|typed| (typed.clone(), redactor.call_id(typed)));
    let sites = conditions.sites.iter();
    let sites = sites.map(|typed| (typed.clone(), redactor.site(typed)));
    let mut typed: Vec<(String, String)> = users.chain(call_ids).chain(sites).collect();
    // The longest first: one may be a part of another.
    typed.sort_by_key(|(typed, _)| std::cmp::Reverse(typed.len()));
    let mut shown = String::with_capacity(words.len());
    let mut rest = words;
    // From front to back, so that no token is searched again.
    'words: while !rest.is_empty() {
        for (word, token) in &typed {
            if !word.is_empty()
                && rest
                    .get(..word.len())
                    .is_some_and(|front| front.eq_ignore_ascii_case(word))
            {
                shown.push_str(token);
                rest = &rest[word.len()..];
                continue 'words;
            }
        }
        let mut chars = rest.chars();
        shown.extend(chars.next());
        rest = chars.as_str();
    }
    shown
}
