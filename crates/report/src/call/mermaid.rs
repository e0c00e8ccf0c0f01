//! The messages as a Mermaid sequence diagram.

use std::fmt::Write as _;

use siptriage_diagnostics::{address_of_record, code_class, status_phrase};

use super::data::{Data, Lane, Step};
use super::sections::length;

/// More messages are not drawn: Mermaid refuses long texts, and nobody reads such a diagram.
const MAX_STEPS: usize = 200;

/// Letters of a label at most.
const MAX_LABEL: usize = 80;

/// The diagram without its fence, and how many messages it leaves out.
pub(super) fn diagram(data: &Data) -> (String, usize) {
    let mut text = String::from("sequenceDiagram\n");
    let steps = &data.messages[..data.messages.len().min(MAX_STEPS)];
    let used = |lane: Lane| {
        steps
            .iter()
            .any(|step| [step.from, step.to].contains(&lane))
    };
    for (lane, id) in [
        (Lane::Caller, "Caller"),
        (Lane::Server, "Server"),
        (Lane::Callee, "Callee"),
    ] {
        let address = match lane {
            Lane::Caller => &data.caller.address,
            Lane::Callee => &data.callee.address,
            Lane::Server | Lane::Unknown if !used(lane) => continue,
            Lane::Server | Lane::Unknown => &None,
        };
        let name = match address {
            Some(address) => label(&format!("{} {address}", lane.name())),
            None => lane.name().to_owned(),
        };
        // Writing to a String does not fail.
        let _ = writeln!(text, "    participant {id} as {name}");
    }
    for step in steps {
        let _ = write_step(&mut text, step);
    }
    (text, data.messages.len() - steps.len())
}

fn write_step(text: &mut String, step: &Step) -> std::fmt::Result {
    let id = |lane: Lane| match lane {
        Lane::Caller => Some("Caller"),
        Lane::Server => Some("Server"),
        Lane::Callee => Some("Callee"),
        Lane::Unknown => None,
    };
    let mut what = what(step);
    if let Some(delta) = step.delta_us {
        what.push_str(&format!(" (+{})", length(delta)).replace("+-", "-"));
    }
    let what = label(&what);
    let sender = match (id(step.from), id(step.to)) {
        (Some(from), Some(to)) => {
            // Responses are drawn with broken lines, as in most such diagrams.
            let arrow = if step.status.is_some() { "-->>" } else { "->>" };
            writeln!(text, "    {from}{arrow}{to}: {what}")?;
            from
        }
        _ => {
            writeln!(text, "    Note over Caller,Callee: {what}")?;
            "Caller,Callee"
        }
    };
    for (code, reason) in step.diagnoses.iter().zip(&step.reasons) {
        let note = match code {
            Some(code) => format!("{code} {}: {reason}", code_class(*code).name()),
            None => format!("diagnosis: {reason}"),
        };
        writeln!(text, "    Note over {sender}: {}", label(&note))?;
    }
    Ok(())
}

/// A message in a few words: `INVITE sip:ben@contoso.com`, `200 OK`.
fn what(step: &Step) -> String {
    let start_line = step.start_line.as_deref().unwrap_or("start line missing");
    match step.status {
        Some(status) => match status_phrase(status) {
            Some(phrase) => format!("{status} {phrase}"),
            None => start_line.trim_start_matches("SIP/2.0 ").to_owned(),
        },
        None => {
            let mut words = start_line.split(' ');
            let method = words.next().unwrap_or_default();
            match words.next().and_then(address_of_record) {
                Some(address) => format!("{method} {address}"),
                None => start_line.to_owned(),
            }
        }
    }
}

/// Text in which Mermaid finds nothing of its own: no line break, no `;` and `#` (which end a
/// statement and begin a character's number), no markup, and not the word that ends a block.
fn label(text: &str) -> String {
    let mut safe = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let kept = word.chars().map(|c| match c {
            ';' => ',',
            c if c.is_alphanumeric() => c,
            '.' | ',' | ':' | '@' | '/' | '+' | '-' | '_' | '=' | '(' | ')' | '!' | '?' | '\'' => c,
            _ => ' ',
        });
        let kept: String = kept.collect();
        for word in kept.split(' ').filter(|word| !word.is_empty()) {
            if !safe.is_empty() {
                safe.push(' ');
            }
            match word.eq_ignore_ascii_case("end") {
                true => safe.push_str("(end)"),
                false => safe.push_str(word),
            }
        }
    }
    if let Some((cut, _)) = safe.char_indices().nth(MAX_LABEL) {
        safe.truncate(cut);
        safe.push_str("...");
    }
    if safe.is_empty() {
        safe.push('-');
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_hold_nothing_that_mermaid_obeys() {
        for (text, want) in [
            ("INVITE sip:ben@contoso.com", "INVITE sip:ben@contoso.com"),
            ("a;b#35;c", "a,b 35,c"),
            ("a\r\nend\nb", "a (end) b"),
            ("the END", "the (end)"),
            ("```<script>%%{init}", "script init"),
            ("\u{202e}x\u{1b}[31m", "x 31m"),
            ("", "-"),
        ] {
            assert_eq!(label(text), want, "{text:?}");
        }
        assert_eq!(label(&"a".repeat(500)).len(), MAX_LABEL + 3);
    }
}
