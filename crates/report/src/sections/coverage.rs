//! What was read and what was not.

use siptriage_facts::{Carrier, Coverage, FormatCoverage, SkipReason, TroubleKind};

use super::tallied::cut;
use super::{Found, ReportOptions};
use crate::cells;
use crate::document::{Cell, Column, Layout, Section};

pub(super) fn sections(found: &Found<'_>) -> Vec<Section> {
    let (facts, options, _) = found.counts();
    let coverage = &facts.coverage;
    vec![
        totals(coverage),
        formats(coverage),
        carriers(coverage),
        headers(coverage),
        troubles(coverage),
        skipped(coverage, options),
    ]
}

/// A sum over all formats.
fn sum(coverage: &Coverage, of: impl Fn(&FormatCoverage) -> u64) -> u64 {
    coverage
        .formats
        .iter()
        .map(|(_, format)| of(format))
        .fold(0, u64::saturating_add)
}

/// Everything in one row.
fn totals(coverage: &Coverage) -> Section {
    let requests = sum(coverage, |format| format.requests);
    let responses = sum(coverage, |format| format.responses);
    let troubles = coverage
        .troubles
        .iter()
        .map(|(_, trouble)| trouble.count)
        .fold(0, u64::saturating_add);
    let failed = coverage
        .skipped
        .iter()
        .filter(|skipped| skipped.reason.is_failure())
        .count();
    let fields = [
        ("files", "Files", coverage.files),
        ("bytes", "Bytes", coverage.bytes),
        ("records", "Records", sum(coverage, |format| format.records)),
        (
            "messages",
            "SIP messages",
            requests.saturating_add(responses),
        ),
        ("requests", "Requests", requests),
        ("responses", "Responses", responses),
        (
            "fragments",
            "Fragments",
            sum(coverage, |format| format.fragments),
        ),
        ("diagnoses", "Diagnoses", coverage.carriers.total()),
        ("troubles", "Troubles", troubles),
        (
            "skipped",
            "Skipped files",
            cells::count(coverage.skipped.len()),
        ),
        ("failed", "Failed files", cells::count(failed)),
        (
            "passed_over",
            "Passed over (no traces)",
            coverage.passed_over,
        ),
    ];
    let fields = fields.map(|(id, title, count)| (Column::number(id, title), Cell::Count(count)));
    let mut section = Section::record("coverage", "What was read", fields.into());
    section.layout = Layout::Line;
    if coverage.interrupted {
        section.notes.push(
            "PARTIAL: the scan was interrupted, so the rest of the input is missing here."
                .to_owned(),
        );
    }
    let bytes = sum(coverage, |format| format.bytes);
    if bytes != coverage.bytes {
        // Facts promise that they are equal; a reader must learn of it when they are not.
        section.notes.push(format!(
            "The bytes by trace format add up to {}, not to the {} that were read: counts by \
             trace format are not reliable.",
            crate::document::grouped(bytes),
            crate::document::grouped(coverage.bytes),
        ));
    }
    section
}

fn formats(coverage: &Coverage) -> Section {
    let columns = vec![
        Column::text("trace_format", "Trace format").wrapped(14),
        Column::number("files", "Files"),
        Column::number("bytes", "Bytes"),
        Column::number("records", "Records"),
        Column::number("requests", "Requests").or_below(1),
        Column::number("responses", "Responses").or_below(1),
        Column::number("fragments", "Fragments").or_below(1),
    ];
    let mut section = Section::new("formats", "Trace formats", columns);
    for (name, format) in coverage.formats.iter() {
        let FormatCoverage {
            files,
            bytes,
            records,
            requests,
            responses,
            fragments,
        } = format;
        let counts = [files, bytes, records, requests, responses, fragments];
        let mut row = vec![Cell::foreign(name)];
        row.extend(counts.into_iter().map(|count| Cell::Count(*count)));
        section.rows.push(row);
    }
    cut(&mut section, None);
    // A file with records of two formats is in two rows.
    if let Some(files) = section.total.get_mut(1) {
        *files = Cell::Count(coverage.files);
    }
    let files = coverage.formats.iter().map(|(_, format)| format.files);
    if files.fold(0, u64::saturating_add) != coverage.files {
        section.notes.push(
            "A file with records of several formats is counted for each of them; the total counts \
             it once, and files in which nothing was recognised too."
                .to_owned(),
        );
    }
    section
}

fn carriers(coverage: &Coverage) -> Section {
    let columns = vec![
        Column::text("carrier", "Carrier"),
        Column::number("diagnoses", "Count"),
        Column::text("meaning", "What it is")
            .wrapped(40)
            .or_below(1)
            .unnamed(),
    ];
    let mut section = Section::new("carriers", "Diagnoses by carrier", columns);
    for (carrier, count) in coverage.carriers.iter() {
        section.rows.push(vec![
            Cell::text(carrier.name()),
            Cell::Count(*count),
            Cell::text(carrier_meaning(*carrier)),
        ]);
    }
    cut(&mut section, None);
    section
}

/// What a carrier is, and where its diagnoses are counted.
fn carrier_meaning(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Header => "a named header of a SIP message or of loose text",
        Carrier::Cdr => "the form without a header name that monitoring reports print",
        Carrier::DiagHeader => "the diagHeader element of an error report",
        Carrier::ServerRecord => "a server's own diagnostic record; counted in a table of its own",
        Carrier::Qoe => "a quality report; counted in a table of its own",
        Carrier::Text => {
            "quoted in a body or in a sentence; listed by events, counted nowhere else"
        }
    }
}

fn headers(coverage: &Coverage) -> Section {
    let columns = vec![
        Column::text("header", "Header").wrapped(20),
        Column::number("diagnoses", "Count"),
    ];
    let mut section = Section::new("headers", "Diagnoses by header", columns);
    for (name, count) in coverage.headers.iter() {
        section
            .rows
            .push(vec![Cell::foreign(name), Cell::Count(*count)]);
    }
    cut(&mut section, None);
    section
}

fn troubles(coverage: &Coverage) -> Section {
    let columns = vec![
        Column::text("trouble", "Trouble"),
        Column::number("occurrences", "Count"),
        Column::text("meaning", "What it is")
            .wrapped(40)
            .or_below(1)
            .unnamed(),
        Column::text("places", "First places")
            .wrapped(40)
            .or_below(2)
            .listed(),
    ];
    let mut section = Section::new("troubles", "Troubles while reading", columns);
    for (kind, trouble) in coverage.troubles.iter() {
        let (name, meaning) = trouble_words(*kind);
        section.rows.push(vec![
            Cell::text(name),
            Cell::Count(trouble.count),
            Cell::text(meaning),
            Cell::List(trouble.places.iter().cloned().map(Cell::Place).collect()),
        ]);
    }
    cut(&mut section, None);
    section
}

/// The word for a trouble, and what it is.
fn trouble_words(kind: TroubleKind) -> (&'static str, &'static str) {
    match kind {
        TroubleKind::NoCode => (
            "no-code",
            "a diagnostics header without a code; not counted",
        ),
        TroubleKind::CodeTooLarge => ("code-too-large", "a code beyond 32 bits; not counted"),
        TroubleKind::CutValue => (
            "cut-value",
            "a value that was cut off; counted with what is left of it",
        ),
        TroubleKind::MalformedMask => (
            "malformed-mask",
            "an ICEWarn that is no mask; its diagnosis is counted without it",
        ),
        TroubleKind::RecordTooLong => ("record-too-long", "a record beyond the limit; cut there"),
        TroubleKind::TooManyParameters => (
            "too-many-parameters",
            "parameters or media beyond the limit; the rest was dropped",
        ),
        TroubleKind::MalformedQuality => (
            "malformed-quality",
            "a quality report whose ICE flags cannot be read",
        ),
    }
}

fn skipped(coverage: &Coverage, options: &ReportOptions) -> Section {
    let columns = vec![
        Column::text("reason", "Reason"),
        Column::text("file", "File").wrapped(30),
        Column::text("why", "Why")
            .for_people()
            .wrapped(30)
            .or_below(1)
            .unnamed(),
        Column::text("meaning", "Meaning").for_machines(),
        Column::text("detail", "Detail").for_machines(),
        Column::text("failed", "Failed").for_machines(),
    ];
    let mut section = Section::new("skipped", "Skipped files", columns);
    // A failure is what a reader must see when rows are cut off.
    let mut skipped: Vec<_> = coverage.skipped.iter().collect();
    skipped.sort_by_key(|skipped| (!skipped.reason.is_failure(), skipped.reason));
    for skipped in skipped {
        let (name, meaning) = skip_words(skipped.reason);
        let detail = Cell::foreign(&skipped.detail);
        section.rows.push(vec![
            Cell::text(name),
            Cell::foreign(&skipped.file),
            match detail {
                Cell::Empty => Cell::text(meaning),
                _ => detail.clone(),
            },
            Cell::text(meaning),
            detail,
            Cell::Bool(skipped.reason.is_failure()),
        ]);
    }
    cut(&mut section, options.top);
    section
}

/// The word for why a file was skipped, and what it means.
fn skip_words(reason: SkipReason) -> (&'static str, &'static str) {
    let meaning = match reason {
        SkipReason::Unreadable => "could not be opened or read",
        SkipReason::BinaryTrace => "a binary trace: format it as text with the logging tool first",
        SkipReason::Archive => "packed in a way that is not read, damaged, or over a limit",
        SkipReason::ArchiveRemark => "something odd about an archive of which everything was read",
        SkipReason::Empty => "has no bytes",
        SkipReason::Unrecognised => "read, but it holds no trace record and no diagnosis",
        SkipReason::OwnReport => "a report that siptriage wrote",
        SkipReason::Changed => "changed while it was read; what was read before is counted",
        SkipReason::Grown => "became longer while it was read; what was added is not counted",
        SkipReason::Copy => "looks like a copy of another input; both were read",
        SkipReason::Failed => {
            "reading it ran into a mistake of siptriage; nothing of it is counted"
        }
        SkipReason::Repeated => "named twice; read once",
    };
    (reason.name(), meaning)
}
