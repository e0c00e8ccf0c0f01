//! The data of a page as tables for people.

use siptriage_diagnostics::{source, status_phrase};

use super::data::{Data, Diagnosed, Offset, Spot, Step};
use super::gather::document;
use crate::cells;
use crate::document::{Cell, Column, Section, Tone, grouped};

/// What the page is about, in a few words of our own.
pub(super) fn title(data: &Data) -> String {
    let what = match data.dialog {
        "call" => "Call",
        "im" => "Instant messages",
        "conference" => "Control of a conference",
        "register" => "Registration",
        "subscribe" => "Subscription",
        "service" => "Service",
        "options" => "Options",
        _ => "Dialog",
    };
    format!("{what}: {}", data.decision.verdict)
}

/// What an outcome means, in our own words.
fn outcome(data: &Data) -> &'static str {
    let is_call = data.dialog == "call";
    match data.outcome {
        "connected" if is_call => "answered, and ended by somebody's wish",
        "connected" => "accepted",
        "failed" if is_call && matches!(data.final_status, Some(200..=299)) => {
            "answered, and media never came up"
        }
        "failed" if is_call => "it never worked",
        "failed" => "refused",
        "dropped" => "it worked and then broke",
        "cancelled" => "the caller gave up before an answer",
        "declined" => "refused by somebody",
        "busy" => "the other end was busy",
        "no-answer" => "nobody answered",
        "redirected" => "sent elsewhere and not followed",
        "unfinished" => "the log ends before the call does",
        "seen-in-part" => "the log lacks the INVITE",
        _ => "",
    }
}

fn tone_of(verdict: &'static str) -> Tone {
    match verdict {
        "failed" => Tone::Bad,
        "benign" => Tone::Fine,
        _ => Tone::Doubtful,
    }
}

fn or_missing(text: Option<&String>, missing: &'static str) -> Cell {
    text.map_or(Cell::Missing(missing), |text| Cell::Foreign(text.clone()))
}

pub(super) fn optional(text: Option<&String>) -> Cell {
    text.map_or(Cell::Empty, |text| Cell::Foreign(text.clone()))
}

pub(super) fn words(words: &[&'static str]) -> Cell {
    match words {
        [] => Cell::Empty,
        words => Cell::text(words.join(", ")),
    }
}

/// A place as `file:line`.
pub(super) fn spot(spot: &Spot) -> String {
    match spot.line {
        Some(line) => format!("{}:{line}", spot.file),
        None => format!("{} at byte {}", spot.file, spot.offset),
    }
}

fn spots(all: &[Spot]) -> Cell {
    match all {
        [] => Cell::Empty,
        all => Cell::List(all.iter().map(|one| Cell::Foreign(spot(one))).collect()),
    }
}

/// How long something took, to the millisecond below a minute.
pub(super) fn length(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let millis = micros.unsigned_abs() / 1000;
    let (seconds, rest) = (millis / 1000, millis % 1000);
    match seconds {
        0 if micros != 0 && millis == 0 => "<1 ms".to_owned(),
        0 => format!("{sign}{rest} ms"),
        1..60 => format!("{sign}{seconds}.{rest:03} s"),
        60..3600 => format!("{sign}{}:{:02} min", seconds / 60, seconds % 60),
        _ => {
            let hours = grouped(seconds / 3600);
            format!(
                "{sign}{hours}:{:02}:{:02} h",
                seconds / 60 % 60,
                seconds % 60
            )
        }
    }
}

/// What to know of a zone to read a time.
fn zone_in_words(zone: Option<&str>) -> &'static str {
    match zone {
        Some("utc") => " UTC",
        Some("assumed-utc") => " (a server's time, taken for UTC)",
        Some("local") => " (local time of the client)",
        Some("unknown") => " (zone unknown)",
        // The offset is a part of the stamp.
        _ => "",
    }
}

/// A time of the data in words.
fn time(stamp: &str, zone: Option<&str>) -> String {
    let stamp = stamp.strip_suffix('Z').unwrap_or(stamp).replace('T', " ");
    format!("{stamp}{}", zone_in_words(zone))
}

/// What the call was and what is to be thought of it.
pub(super) fn summary(data: &Data) -> Section {
    let decision = &data.decision;
    let column = |id, title| Column::text(id, title);
    let result = match (outcome(data), data.final_status) {
        ("", None) => data.outcome.to_owned(),
        (words, None) => format!("{}: {words}", data.outcome),
        (words, Some(status)) => {
            let phrase = status_phrase(status).map(|phrase| format!(" {phrase}"));
            let phrase = phrase.unwrap_or_default();
            format!(
                "{}: {words} (final response {status}{phrase})",
                data.outcome
            )
        }
    };
    let rule = match (&decision.rule, decision.confidence) {
        (Some(rule), Some(confidence)) => {
            let confidence = match confidence {
                "stated" => "stated by a source",
                other => other,
            };
            Cell::List(vec![Cell::Foreign(rule.clone()), Cell::text(confidence)])
        }
        _ => Cell::Empty,
    };
    let media = match (data.modalities.as_slice(), data.conference) {
        ([], false) => Cell::Missing("not stated"),
        ([], true) => Cell::text("a conference"),
        (media, false) => Cell::text(media.join(", ")),
        (media, true) => Cell::text(format!("{}, in a conference", media.join(", "))),
    };
    let counts = data.counts;
    let messages = match counts.distinct {
        0 => "none".to_owned(),
        distinct => {
            let copies = cells::plural(counts.copies, "copy", "copies");
            format!("{} different, {copies} dropped", grouped(distinct))
        }
    };
    let verdict = Cell::Word {
        text: decision.verdict,
        tone: tone_of(decision.verdict),
    };
    let fields = vec![
        (column("verdict", "Verdict"), verdict),
        (
            column("cause", "Cause"),
            or_missing(decision.cause.as_ref(), "no rule explains it"),
        ),
        (column("rule", "By rule"), rule),
        (column("outcome", "Outcome"), Cell::text(result)),
        (
            column("caller", "Caller"),
            or_missing(data.caller.address.as_ref(), "not stated"),
        ),
        (
            column("callee", "Callee"),
            or_missing(data.callee.address.as_ref(), "not stated"),
        ),
        (column("media", "Media"), media),
        (column("when", "When"), when(data)),
        (column("timing", "Timing"), timing(data)),
        (column("messages", "Messages"), Cell::text(messages)),
        (
            column("call_id", "Call-ID"),
            Cell::Foreign(data.call_id.clone()),
        ),
    ];
    let fields = fields.into_iter().filter(|(_, cell)| !cell.is_empty());
    let mut section = Section::record("summary", "Summary", fields.collect());
    if data.partial {
        let note = "The scan was interrupted: what stands in the rest of the input is missing.";
        section.notes.push(note.to_owned());
    }
    section
}

/// From the first to the last message.
fn when(data: &Data) -> Cell {
    let times = data.start.iter().chain(&data.end);
    let mut times: Vec<String> = times.map(|stamp| time(stamp, None)).collect();
    times.dedup();
    if let [first, last] = times.as_mut_slice()
        && let (Some((date, _)), Some((same, time))) = (first.split_once(' '), last.split_once(' '))
        && date == same
    {
        *last = time.to_owned();
    }
    match times.is_empty() {
        true => Cell::Empty,
        false => {
            let zone = zone_in_words(data.time_zone.as_deref());
            Cell::text(format!("{}{zone}", times.join(" to ")))
        }
    }
}

/// How long what took, and who ended it.
fn timing(data: &Data) -> Cell {
    let times = &data.times;
    let answer = times.to_answer_us;
    let parts = [
        ("rang after", times.to_ring_us),
        ("answered after", answer),
        // The answer is the end of the set-up, if there was one.
        (
            "final response after",
            times.set_up_us.filter(|_| answer.is_none()),
        ),
        ("lasted", times.duration_us),
    ];
    let parts = parts
        .into_iter()
        .filter_map(|(words, micros)| micros.map(|micros| format!("{words} {}", length(micros))));
    let mut parts: Vec<String> = parts.collect();
    parts.extend(times.ended_by.map(|side| format!("ended by the {side}")));
    match parts.is_empty() {
        true => Cell::Empty,
        false => Cell::text(parts.join(", ")),
    }
}

/// Columns of both sides.
fn sides(first: Column) -> Vec<Column> {
    vec![
        first,
        Column::text("caller", "Caller").wrapped(12),
        Column::text("callee", "Callee").wrapped(12),
    ]
}

/// Both ends, side by side.
pub(super) fn ends(data: &Data) -> Section {
    let columns = sides(Column::text("fact", "What").wrapped(10));
    let mut section = Section::new("ends", "Both ends", columns);
    let ends = [&data.caller, &data.callee];
    let mut row = |name: &'static str, cells: [Cell; 2]| {
        if cells.iter().any(|cell| !cell.is_empty()) {
            let row = [Cell::text(name)].into_iter().chain(cells);
            section.rows.push(row.collect());
        }
    };
    row(
        "Address",
        ends.map(|end| or_missing(end.address.as_ref(), "not stated")),
    );
    row(
        "User agent",
        ends.map(|end| optional(end.user_agent.as_ref())),
    );
    row("Location", ends.map(|end| Cell::text(end.location)));
    row(
        "Relay",
        ends.map(|end| match &end.relay_address {
            Some(address) => Cell::Foreign(address.clone()),
            None => Cell::text(end.relay),
        }),
    );
    row(
        "Address of media",
        ends.map(|end| optional(end.site.as_ref())),
    );
    row("Candidates", ends.map(|end| words(&end.candidates)));
    section
}

/// The message that carried a diagnosis: `BYE`, `200 to INVITE`.
pub(super) fn message_of(diagnosis: &Diagnosed) -> Option<String> {
    match (diagnosis.status, diagnosis.method) {
        (Some(status), Some("OTHER") | None) => Some(status.to_string()),
        (Some(status), Some(method)) => Some(format!("{status} to {method}")),
        (None, method) => method.map(str::to_owned),
    }
}

/// Every diagnosis of the call.
pub(super) fn diagnoses(data: &Data) -> Section {
    let columns = vec![
        Column::text("code", "Code").wrapped(8),
        Column::text("class", "Class"),
        Column::text("message", "In").wrapped(8),
        Column::text("sender", "From"),
        Column::number("count", "Times"),
        Column::text("reason", "Reason")
            .wrapped(24)
            .or_below(1)
            .unnamed(),
        Column::text("meaning", "Meaning")
            .wrapped(500)
            .or_below(2)
            .unnamed(),
        Column::text("checks", "Check").wrapped(500).or_below(3),
        Column::text("parameters", "Parameters")
            .wrapped(500)
            .or_below(4),
        Column::text("places", "At").wrapped(500).or_below(5),
    ];
    let mut section = Section::new("diagnoses", "Diagnoses", columns);
    for diagnosis in &data.diagnoses {
        let code = match (diagnosis.code, &diagnosis.sub_code) {
            (None, _) => Cell::Text(diagnosis.carrier.into()),
            (Some(code), None) => Cell::Number(u64::from(code)),
            (Some(code), Some(sub_code)) => Cell::Foreign(format!("{code}.{sub_code}")),
        };
        let source = diagnosis
            .source
            .iter()
            .map(|source| ("source", source.as_str()));
        let params = diagnosis.params.iter();
        let params = params.map(|(name, value)| (name.as_str(), value.as_str()));
        let params: Vec<Cell> = source
            .chain(params)
            .map(|(name, value)| Cell::Foreign(format!("{name}={value}")))
            .collect();
        let mut meaning = diagnosis.meaning.unwrap_or_default().to_owned();
        if let Some(certainty) = diagnosis
            .certainty
            .filter(|one| *one != "stated by a source")
        {
            meaning.push_str(&format!(" ({certainty})"));
        }
        // Where a rule says what to check, the checks of single codes are beside the point.
        let checks = diagnosis.checks.filter(|_| data.decision.checks.is_empty());
        let is_failure = diagnosis.class.is_none_or(|class| class == "failure");
        section.rows.push(vec![
            code,
            diagnosis.code_class.map_or(Cell::Empty, cells::class),
            message_of(diagnosis).map_or(Cell::Empty, Cell::text),
            diagnosis.sender.map_or(Cell::Empty, Cell::text),
            Cell::Count(diagnosis.count),
            optional(diagnosis.reason.as_ref()),
            Cell::text(meaning),
            checks
                .filter(|_| is_failure)
                .map_or(Cell::Empty, Cell::text),
            match params.as_slice() {
                [] => Cell::Empty,
                _ => Cell::List(params),
            },
            spots(&diagnosis.places),
        ]);
    }
    section
}

/// The logs in which it was seen, with their clocks.
pub(super) fn logs(data: &Data) -> Section {
    let columns = vec![
        Column::text("file", "Log").wrapped(16),
        Column::text("owner", "Of").wrapped(10).or_below(2),
        Column::number("messages", "Messages"),
        Column::text("clock", "Clock").wrapped(12),
        Column::text("offset", "Offset").wrapped(16),
        Column::text("seen", "From").or_below(1),
        Column::text("until", "To").or_below(1),
    ];
    let mut section = Section::new("logs", "Logs and clocks", columns);
    for log in &data.clocks {
        let clock = match log.time_zone.as_deref() {
            None => "no stamps".to_owned(),
            Some("utc") => "UTC".to_owned(),
            Some("assumed-utc") => "server, taken for UTC".to_owned(),
            Some("local") => "local time of the client".to_owned(),
            Some("unknown") => "zone unknown".to_owned(),
            Some(offset) => format!("UTC{offset}"),
        };
        let stamp = |stamp: Option<&String>| {
            stamp.map_or(Cell::Empty, |stamp| Cell::text(time(stamp, None)))
        };
        section.rows.push(vec![
            Cell::Foreign(log.file.clone()),
            optional(log.owner.as_ref()),
            Cell::Count(log.messages),
            Cell::text(clock),
            log.offset.as_ref().map_or(Cell::Empty, offset),
            stamp(log.first.as_ref()),
            stamp(log.last.as_ref()),
        ]);
    }
    section
}

/// How far a clock is from another one, and from where that is known.
fn offset(offset: &Offset) -> Cell {
    let (Some(ahead), Some(reference)) = (offset.ahead_us, &offset.reference) else {
        return Cell::Missing("not known");
    };
    let known_by = match offset.calls {
        Some(calls) => format!("estimated from {}", cells::plural(calls, "call", "calls")),
        None => offset.known_by.to_owned(),
    };
    let millis = ahead.unsigned_abs() / 1000;
    let (seconds, millis) = (millis / 1000, millis % 1000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let far = match (hours, minutes, seconds % 60, millis) {
        (0, 0, seconds, millis) => format!("{seconds}.{millis:03} s"),
        (hours, minutes, 0, 0) => format!("{hours}:{minutes:02} h"),
        (hours, minutes, seconds, millis) => {
            format!("{hours}:{minutes:02}:{seconds:02}.{millis:03} h")
        }
    };
    let is = match ahead {
        0 if reference == "UTC" => String::new(),
        0 => "same as ".to_owned(),
        ahead if ahead > 0 => format!("{far} ahead of "),
        _ => format!("{far} behind "),
    };
    Cell::Foreign(format!("{is}{reference} ({known_by})"))
}

/// The documents that the verdict and the meanings rest on.
pub(super) fn sources(data: &Data) -> Section {
    let columns = vec![
        Column::text("key", "Key").wrapped(20),
        Column::text("title", "Source").wrapped(24),
        Column::text("address", "Address").or_below(1).unnamed(),
    ];
    let mut section = Section::new("sources", "Sources", columns);
    let of_codes = data
        .diagnoses
        .iter()
        .flat_map(|diagnosis| &diagnosis.sources);
    let mut all = data.decision.sources.clone();
    for key in of_codes.copied().filter(|key| source(key).is_some()) {
        let source = document(key);
        if !all.contains(&source) {
            all.push(source);
        }
    }
    for source in all {
        let cell = |text: Option<String>| match text {
            None => Cell::Empty,
            Some(text) if source.of_tables => Cell::text(text),
            Some(text) => Cell::Foreign(text),
        };
        // An address may stand where a key does.
        let is_address = source.title.is_none() && source.key.contains("://");
        section.rows.push(match is_address {
            true => vec![Cell::text("-"), Cell::Empty, Cell::Foreign(source.key)],
            false => vec![
                Cell::Foreign(source.key),
                cell(source.title),
                cell(source.address),
            ],
        });
    }
    section
}

/// The messages as a table: what Markdown has instead of a drawing.
pub(super) fn messages(data: &Data) -> Section {
    let columns = vec![
        Column::number("number", "No."),
        Column::text("time", "Time"),
        Column::number("delta", "After"),
        Column::text("from", "From"),
        Column::text("to", "To"),
        Column::text("start_line", "Message").wrapped(20),
        Column::text("diagnoses", "Diagnoses"),
        Column::number("copies", "Copies"),
        Column::text("place", "At").wrapped(20),
    ];
    let mut section = Section::new("messages", "Messages", columns);
    for (number, step) in (1..).zip(&data.messages) {
        section.rows.push(vec![
            Cell::Number(number),
            step.shown.map_or(Cell::Empty, |shown| {
                Cell::text(time(&shown.to_string(), None))
            }),
            step.delta_us
                .map_or(Cell::Empty, |delta| Cell::text(length(delta))),
            Cell::text(step.from.name()),
            Cell::text(step.to.name()),
            or_missing(step.start_line.as_ref(), "start line missing"),
            match codes(step).as_str() {
                "" => Cell::Empty,
                codes => Cell::text(codes.to_owned()),
            },
            match step.copies {
                0 => Cell::Empty,
                copies => Cell::Count(copies),
            },
            step.places
                .first()
                .map_or(Cell::Empty, |one| Cell::Foreign(spot(one))),
        ]);
    }
    section.notes.extend(notes(data));
    section
}

/// The codes of a message: `24, 51007`; `!` for a diagnosis without one.
pub(super) fn codes(step: &Step) -> String {
    let codes = step.diagnoses.iter().map(|code| match code {
        Some(code) => code.to_string(),
        None => "!".to_owned(),
    });
    codes.collect::<Vec<_>>().join(", ")
}

/// What to know to read the ladder.
pub(super) fn notes(data: &Data) -> Vec<String> {
    let mut notes = Vec::new();
    if data.messages.is_empty() {
        notes.push(
            "No message of it is in the input: what is known stands in diagnoses alone.".to_owned(),
        );
        return notes;
    }
    if data.outcome == "seen-in-part" {
        notes.push("The INVITE that began it is not in the input.".to_owned());
    }
    let stamps = data
        .messages
        .iter()
        .filter(|step| step.time.is_some())
        .count();
    if stamps == 0 {
        notes.push("The log has no times: messages stand in its order.".to_owned());
    }
    let is_corrected =
        |step: &Step| step.shown.map(|shown| shown.to_string()) != step.time && step.time.is_some();
    if data.messages.iter().any(is_corrected) {
        notes.push(
            "Several clocks: times and their order are those of the clock that the others were \
             compared with."
                .to_owned(),
        );
    }
    let first = data.messages.iter().position(|step| step.time.is_some());
    let apart = data.messages.iter().enumerate();
    let mut apart = apart.filter(|(_, step)| step.time.is_some() && step.delta_us.is_none());
    if apart.any(|(index, _)| Some(index) != first) {
        notes.push(
            "Some clocks cannot be compared: their messages stand where their own log and their \
             transaction put them, without the time since the message before."
                .to_owned(),
        );
    }
    notes
}
