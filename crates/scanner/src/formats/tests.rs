//! Every format's samples, through everything that can happen to a trace.

use std::sync::Arc;

use super::{ALL, Formats, LOOSE, Sample, TraceFormat};
use crate::chunk::frame_at;
use crate::extract::{Looked, extract};
use crate::frame::{Kind, View};
use crate::lines::Line;
use crate::marks::Words;
use crate::native::lanes::Lanes;

/// A record: where it ends, its format, its kind, and carrier and code of its diagnoses.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    end: usize,
    format: &'static str,
    kind: Kind,
    diagnoses: Vec<(&'static str, u32)>,
}

fn records(text: &[u8], formats: &Formats) -> Vec<Record> {
    let file: Arc<str> = "sample".into();
    let mut records = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (frame, format) = frame_at(&View::new(&text[at..], true), formats);
        assert!(frame.len > 0, "a record has bytes");
        let words = Words::of(&text[at..at + frame.len]);
        let extracted = extract(
            &text[at..],
            &frame,
            format,
            &file,
            Looked::anywhere(Lanes::best(), words),
            None,
        );
        let diagnosis =
            |event: &siptriage_facts::Event<'_>| (event.carrier.name(), event.code.unwrap_or(0));
        at += frame.len;
        records.push(Record {
            end: at,
            format: format.name(),
            kind: frame.kind,
            diagnoses: extracted.events.iter().map(diagnosis).collect(),
        });
    }
    assert_eq!(
        at,
        text.len(),
        "records leave no gap and do not reach too far"
    );
    records
}

fn diagnoses(records: &[Record]) -> Vec<(&'static str, u32)> {
    records
        .iter()
        .flat_map(|record| record.diagnoses.iter().copied())
        .collect()
}

fn samples() -> impl Iterator<Item = (&'static dyn TraceFormat, &'static Sample)> {
    ALL.iter()
        .flat_map(|format| format.samples().iter().map(|sample| (*format, sample)))
}

#[test]
fn samples_hold_what_they_say() {
    for (format, sample) in samples() {
        for text in [sample.text.to_owned(), sample.text.replace('\n', "\r\n")] {
            let records = records(text.as_bytes(), &Formats::new(None));
            let own = records
                .iter()
                .filter(|record| record.format == format.name())
                .count();
            let messages = records
                .iter()
                .filter(|record| record.kind == Kind::Message)
                .count();
            let found = (own as u64, messages as u64, diagnoses(&records));
            let want = (sample.records, sample.messages, sample.diagnoses.to_vec());
            assert_eq!(found, want, "{}:\n{text}\n{records:#?}", format.name());
        }
    }
}

#[test]
fn every_format_has_a_name_of_its_own_and_samples() {
    for (at, format) in ALL.iter().enumerate() {
        assert!(!format.samples().is_empty(), "{}", format.name());
        assert!(ALL[..at].iter().all(|other| other.name() != format.name()));
        assert!(!format.title().is_empty());
    }
    assert_eq!(
        ALL[ALL.len() - 1].name(),
        LOOSE,
        "what takes everything is asked last"
    );
}

#[test]
fn formats_do_not_claim_each_others_samples() {
    for (format, sample) in samples() {
        for other in ALL.iter().filter(|other| other.name() != format.name()) {
            if other.name() == LOOSE || format.name() == LOOSE {
                continue;
            }
            let text = sample.text.as_bytes();
            let claimed = other.starts(text, Line::at(text, 0));
            assert!(
                !claimed,
                "{} claims a sample of {}:\n{}",
                other.name(),
                format.name(),
                sample.text
            );
        }
    }
}

#[test]
fn a_forced_format_takes_its_own_samples_and_leaves_the_others() {
    for (format, sample) in samples() {
        for only in ALL {
            let records = records(sample.text.as_bytes(), &Formats::new(Some(only.name())));
            for record in &records {
                assert!(record.format == only.name() || record.format == LOOSE);
            }
            if only.name() == format.name() {
                assert_eq!(diagnoses(&records), sample.diagnoses, "{}", only.name());
            }
        }
    }
}

#[test]
fn samples_cut_anywhere_keep_the_records_before_the_cut() {
    let formats = Formats::new(None);
    for (format, sample) in samples() {
        let text = sample.text.as_bytes();
        let whole = records(text, &formats);
        for cut in 0..text.len() {
            let before = records(&text[..cut], &formats);
            // Records that end before the cut are as they were; the last of them may have looked
            // at what is gone.
            let ended = whole.iter().filter(|record| record.end <= cut).count();
            let sure = ended.saturating_sub(1);
            assert_eq!(
                before[..sure],
                whole[..sure],
                "{} cut at {cut}",
                format.name()
            );
            // Begun anywhere, a trace is read to its end all the same.
            let _ = records(&text[cut..], &formats);
        }
    }
}

#[test]
fn samples_with_any_byte_changed_are_read_to_the_end() {
    let formats = Formats::new(None);
    for (_, sample) in samples() {
        let mut text = sample.text.as_bytes().to_vec();
        for at in 0..text.len() {
            let byte = text[at];
            for other in [0, b'\n', b'"', b'$', b'|', 0x80, 0xFF] {
                text[at] = other;
                let _ = records(&text, &formats);
            }
            text[at] = byte;
        }
    }
}

#[test]
fn formats_may_follow_each_other_in_one_file() {
    let formats = Formats::new(None);
    for (first, one) in samples() {
        for (second, other) in samples() {
            // An empty line between: without one, what follows a sentence belongs to it.
            let text = format!("{}\n{}", one.text, other.text);
            let found = diagnoses(&records(text.as_bytes(), &formats));
            let want = [one.diagnoses, other.diagnoses].concat();
            assert_eq!(
                found,
                want,
                "{} then {}:\n{text}",
                first.name(),
                second.name()
            );
        }
    }
}
