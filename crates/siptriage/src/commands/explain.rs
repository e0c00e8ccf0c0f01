//! `siptriage explain`: a word or a pasted header in, what it means out.

use std::io::{self, IsTerminal};

use siptriage_diagnostics::{HeaderName, IceWarn, code, field, fields, ice_warn_flags, nearest};
use siptriage_report::{Document, decode, explain_code, explain_event, explain_field, visible};
use siptriage_scanner::events_in_text;

use crate::args::ExplainArgs;
use crate::commands::{Pages, decode as masks, piped_text};
use crate::exit::{Exit, Stop};
use crate::stderr;

/// Explains everything that is known, and says what is not.
pub(crate) fn run(args: &ExplainArgs) -> Result<Exit, Stop> {
    let mut documents = Vec::new();
    let mut refusals = Vec::new();
    for subject in subjects(args)? {
        match explain(&subject) {
            Ok(explained) => documents.extend(explained),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if let Some(document) = together(documents) {
        Pages::open(&args.output)?.write(&document)?;
    }
    for refusal in &refusals {
        stderr::line(format_args!("{refusal}"));
    }
    Ok(if refusals.is_empty() {
        Exit::Done
    } else {
        Exit::Usage
    })
}

/// What to explain: each argument by itself, or the text that was piped in.
fn subjects(args: &ExplainArgs) -> Result<Vec<String>, Stop> {
    let what = &args.what;
    let from_stdin = what == &["-"] || what.is_empty() && !io::stdin().is_terminal();
    let subjects = if from_stdin {
        let text = String::from_utf8_lossy(&piped_text()?).into_owned();
        vec![text.trim_start_matches('\u{feff}').to_owned()]
    } else if what.first().is_some_and(|first| first.ends_with(':')) {
        // A header pasted without quotes comes in words.
        vec![what.join(" ")]
    } else {
        what.clone()
    };
    if subjects.iter().all(|subject| subject.trim().is_empty()) {
        return Err(Stop::Usage(
            "nothing to explain; name a code, as in `siptriage explain 24`, a mask, a flag, a \
             field, or paste a header in quotes"
                .to_owned(),
        ));
    }
    Ok(subjects)
}

/// One subject explained, or a sentence that says why not and what to do.
fn explain(subject: &str) -> Result<Vec<Document>, String> {
    let subject = subject.trim();
    let looks_like_a_header = subject.contains([':', ';', '\n', '<']);
    if looks_like_a_header {
        let events = events_in_text(subject.as_bytes());
        if events.is_empty() {
            return Err("no diagnosis in the text; a header looks like \
                        `ms-client-diagnostics: 24; reason=\"…\"`"
                .to_owned());
        }
        return Ok(events.iter().map(explain_event).collect());
    }
    explain_word(subject).map(|document| vec![document])
}

fn explain_word(word: &str) -> Result<Document, String> {
    if word.starts_with(|c: char| c.is_ascii_digit()) && !is_prefixed(word) {
        return explain_number(word);
    }
    if is_prefixed(word) || word.contains('=') {
        let mask = masks::parse(word, false).map_err(|malformed| {
            format!("`{}`: not an ICEWarn mask; {malformed}", visible(word))
        })?;
        return Ok(decode(&[(word.to_owned(), mask)]));
    }
    if let Some(flag) = ice_warn_flags()
        .iter()
        .find(|flag| flag.key.eq_ignore_ascii_case(word))
    {
        return Ok(decode(&[(flag.key.to_owned(), flag.mask)]));
    }
    if let Some(field) = field(word) {
        return Ok(explain_field(field));
    }
    if HeaderName::from_name(word.as_bytes()).is_some() {
        return Err(format!(
            "`{word}`: a header without its value; paste the whole line in quotes"
        ));
    }
    Err(unknown(word))
}

/// Whether a number says itself that it is hexadecimal.
fn is_prefixed(word: &str) -> bool {
    word.get(..2)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x"))
}

/// A code, with or without a sub-code behind a full stop.
fn explain_number(word: &str) -> Result<Document, String> {
    let shown = visible(word);
    let (digits, sub_code) = word.split_once('.').unwrap_or((word, "0"));
    let is_code = [digits, sub_code]
        .iter()
        .all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    if !is_code || sub_code.is_empty() {
        return Err(format!(
            "`{shown}`: neither a code, such as 24 or 1008.5, nor a mask, which begins with 0x"
        ));
    }
    let mask = IceWarn::parse(word.as_bytes()).ok();
    let as_mask = mask.map(|mask| format!("If it is an ICEWarn mask, write {mask}."));
    let Some((number, mut document)) = digits
        .parse()
        .ok()
        .and_then(|number| Some((number, explain_code(number)?)))
    else {
        let advice = as_mask.unwrap_or_else(|| "Codes have at most 32 bits.".to_owned());
        return Err(format!(
            "`{shown}`: no published code, nor in a published range. {advice}"
        ));
    };
    if word.contains('.') {
        document
            .headline
            .push(format!("No source says what its sub-code {sub_code} adds."));
    }
    if code(number).is_none() {
        document.headline.extend(as_mask);
    }
    Ok(document)
}

fn unknown(word: &str) -> String {
    let known = (ice_warn_flags().iter().map(|flag| flag.key))
        .chain(fields().iter().map(|field| field.name));
    let shown = visible(word);
    match nearest(word, known) {
        Some(near) => {
            format!("`{shown}`: no code, mask, flag or field; did you mean `{near}`?")
        }
        None => format!(
            "`{shown}`: no code, mask, flag or field; name a code (24), a mask (0x320), the key \
             of a flag, a field (LocalLocation), or paste a header in quotes"
        ),
    }
}

/// Several explanations are one document, so that machine formats stay one value. Each section
/// then says what it belongs to.
fn together(mut documents: Vec<Document>) -> Option<Document> {
    if documents.len() < 2 {
        return documents.pop();
    }
    let mut all = Document {
        kind: "explain",
        title: format!("{} explanations", documents.len()),
        partial: false,
        headline: Vec::new(),
        sections: Vec::new(),
    };
    for document in documents {
        all.headline.extend(document.headline);
        for mut section in document.sections {
            section.title = format!("{}: {}", document.title, section.title);
            all.sections.push(section);
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(word: &str) -> String {
        explain(word).expect_err(word)
    }

    #[test]
    fn codes_masks_flags_and_fields_are_explained() {
        for word in [
            "24",
            "1034",
            "1008.5",
            "0x320",
            "0X320",
            "ICEWarn=0x320",
            "locallocation",
        ] {
            assert!(explain(word).is_ok(), "{word}: {}", refusal(word));
        }
        for flag in ice_warn_flags() {
            assert!(explain(flag.key).is_ok(), "{}", flag.key);
        }
        for field in fields() {
            assert!(explain(field.name).is_ok(), "{}", field.name);
        }
    }

    #[test]
    fn unknown_words_get_the_nearest_known_one() {
        assert!(refusal("LocalLocaton").contains("did you mean `LocalLocation`"));
        assert!(refusal("zzzzzzzzzzzz").contains("name a code (24)"));
    }

    #[test]
    fn a_mask_without_its_prefix_is_recognised_as_such() {
        assert!(refusal("99999999").contains("write 0x99999999"));
        // In a published range, but no published code.
        let documents = explain("4000320").unwrap();
        assert!(
            documents[0]
                .headline
                .iter()
                .any(|sentence| sentence.contains("0x4000320"))
        );
        assert!(explain("24").unwrap()[0].headline.is_empty());
    }

    #[test]
    fn refusals_say_what_to_do() {
        assert!(refusal("0x123456789").contains("hexadecimal digits"));
        for word in ["24x", "24.", "24.x", "1.2.3"] {
            assert!(refusal(word).contains("neither a code"), "{word}");
        }
        assert!(refusal("99999999999999999999").contains("32 bits"));
        assert!(refusal("ms-diagnostics").contains("paste the whole line"));
        assert!(refusal("Subject: hello").contains("ms-client-diagnostics: 24"));
        assert!(refusal("\u{1b}[31m").contains("\\x1b"));
    }
}
