//! A file that is read in parts gives what the whole gives.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::sync::Mutex;

use siptriage_facts::{Everything, Facts, Merge};
use siptriage_generator::{Format, Options, generate};
use siptriage_scanner::{
    Part, Progress, ScanOptions, Unwatched, discover, events, last_record, scan,
};

#[derive(Default)]
struct Ends(Mutex<Vec<(String, u64, u64)>>);

impl Progress for Ends {
    fn advance(&self, _bytes: u64) {}
    fn input_done(&self) {}
    fn read_to(&self, name: &str, end: u64, line: u64) {
        self.0.lock().unwrap().push((name.to_owned(), end, line));
    }
    fn cancelled(&self) -> bool {
        false
    }
}

fn utf16(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_log_that_grows_is_read_in_parts_as_it_is_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.log");
    for (format, wide) in [
        (Format::Server, false),
        (Format::Client, false),
        (Format::Client, true),
    ] {
        let mut text = Vec::new();
        generate(&Options::new(8, 500_000, format), &mut text).unwrap();
        let text = if wide { utf16(&text) } else { text };
        let options = ScanOptions {
            chunk_len: 50_000,
            threads: Some(2),
            ..ScanOptions::default()
        };
        let mut parts = Facts::default();
        let mut part_events = Vec::new();
        let mut part: Option<Part> = None;
        let lens = [5_000, 200_000, 200_002, 399_998, text.len()];
        for (which, len) in lens.into_iter().enumerate() {
            fs::write(&path, &text[..len]).unwrap();
            let mut discovery = discover(&[path.clone().into()], &options);
            // What is not whole waits for the rest of it.
            let last = last_record(&discovery.inputs[0], &options).unwrap();
            let to = if which + 1 < lens.len() {
                last.start
            } else {
                last.len
            };
            let (from, line) = part.map_or((0, 1), |part| (part.to, part.line));
            if to <= from {
                continue;
            }
            discovery.inputs[0].part = Some(Part { from, line, to });
            let ends = Ends::default();
            parts.merge(scan(&discovery, &options, &ends));
            let counted = events(
                &discovery,
                &options,
                &Unwatched,
                &Everything,
                &mut |event| {
                    part_events.push((event.place.offset, event.place.line, event.code));
                    Ok(())
                },
            );
            counted.unwrap();
            let ends = ends.0.into_inner().unwrap();
            assert_eq!(ends.len(), 1);
            assert_eq!(ends[0].1, to);
            part = Some(Part {
                from,
                line: ends[0].2,
                to,
            });
        }
        let discovery = discover(&[path.clone().into()], &options);
        let mut whole = scan(&discovery, &options, &Unwatched);
        let mut whole_events = Vec::new();
        events(
            &discovery,
            &options,
            &Unwatched,
            &Everything,
            &mut |event| {
                whole_events.push((event.place.offset, event.place.line, event.code));
                Ok(())
            },
        )
        .unwrap();
        assert!(whole_events.len() > 10);
        assert_eq!(part_events, whole_events);
        // Each part counts its file once more.
        let one = whole.coverage.files;
        assert!(parts.coverage.files > one);
        parts.coverage.files = one;
        let formats = |facts: &mut Facts| {
            for format in facts.coverage.formats.values_mut() {
                format.files = 1;
            }
        };
        formats(&mut parts);
        formats(&mut whole);
        assert!(parts == whole, "{format:?}");
    }
}
