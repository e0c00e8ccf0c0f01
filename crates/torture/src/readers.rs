//! Bodies for single readers.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use siptriage_archive::{Archive, Limits, Member, Problem, Visitor, walk_stream};
use siptriage_diagnostics::{Diagnosis, IceWarn, MediaItem, Params, media_items};
use siptriage_judge::{Codes, Mask, Medium, Rules, Sites, Statuses, TimeZone, User, When};
use siptriage_scanner::{formats, laid_open};

/// Framing by all trace formats together: records leave no gap and have their parts in themselves; a
/// record is framed from its own bytes, so that framing from any record on gives the same records
/// again.
pub fn framing(bytes: &[u8]) {
    framing_of(bytes, None);
}

/// The same of client logs alone.
pub fn framing_client(bytes: &[u8]) {
    framing_of(bytes, Some("uccapi"));
}

/// The same of text of servers alone.
pub fn framing_server(bytes: &[u8]) {
    framing_of(bytes, Some("server"));
}

/// The same of logs of sipe alone.
pub fn framing_sipe(bytes: &[u8]) {
    framing_of(bytes, Some("sipe"));
}

/// The same of syslog lines alone.
pub fn framing_syslog(bytes: &[u8]) {
    framing_of(bytes, Some("syslog"));
}

/// The same of messages as on the wire alone.
pub fn framing_sip(bytes: &[u8]) {
    framing_of(bytes, Some("sip"));
}

/// The same of loose text alone.
pub fn framing_text(bytes: &[u8]) {
    framing_of(bytes, Some("text"));
}

fn framing_of(text: &[u8], only: Option<&str>) {
    let is_known = |only: &str| formats().iter().any(|format| format.name == only);
    assert!(only.is_none_or(is_known), "{only:?} is no format");
    let records = laid_open::records(text, only);
    let middle = records.len() / 2;
    if let Some(record) = records.get(middle) {
        let again = laid_open::records(&text[record.start..], only);
        let moved = again.iter().map(|again| laid_open::Record {
            start: again.start + record.start,
            end: again.end + record.start,
            ..*again
        });
        assert!(moved.eq(records[middle..].iter().copied()));
    }
}

/// Start lines and headers, whole and joined.
pub fn message(bytes: &[u8]) {
    for line in bytes.split(|byte| *byte == b'\n').take(64) {
        laid_open::sip_line(line);
    }
    laid_open::sip_line(bytes);
    laid_open::records(bytes, Some("sip"));
}

/// The value of a diagnostics header, and where values are found: parameters come out of the text,
/// in order, and reading ends in it.
pub fn value(bytes: &[u8]) {
    let is_in = |piece: &[u8]| {
        let (text, piece) = (bytes.as_ptr_range(), piece.as_ptr_range());
        text.start <= piece.start && piece.end <= text.end
    };
    let follow = |mut params: Params<'_>, len: usize| {
        let mut before = 0;
        while let Some(param) = params.next() {
            assert!(is_in(param.name) && is_in(param.value) && !param.name.is_empty());
            assert!(params.consumed() > before, "it does not go on");
            before = params.consumed();
            assert!(before <= len);
        }
    };
    follow(Params::new(bytes), bytes.len());
    if let Ok(diagnosis) = Diagnosis::parse(bytes) {
        assert!(diagnosis.code_len <= bytes.len());
        diagnosis.is_well_formed();
        follow(diagnosis.params(), bytes.len() - diagnosis.code_len);
    }
    laid_open::values(bytes);
}

/// Media debug: items are pieces of the value, no name is empty, and none comes twice.
pub fn media_debug(bytes: &[u8]) {
    let mut len = 0;
    for item in media_items(bytes) {
        len += match item {
            MediaItem::Section(label) => {
                assert!(!label.is_empty());
                label.len()
            }
            MediaItem::Field(name, value) => {
                assert!(!name.is_empty());
                name.len() + value.len()
            }
        };
    }
    assert!(len <= bytes.len(), "{len} of {}", bytes.len());
}

/// ICEWarn masks: what is decoded and encoded again is the same, by whichever reader, and as its
/// single bits too.
pub fn ice_mask(bytes: &[u8]) {
    let check = |mask: IceWarn| {
        let text = mask.to_string();
        assert_eq!(IceWarn::parse(text.as_bytes()), Ok(mask));
        assert_eq!(IceWarn::parse_front(text.as_bytes()), Ok(mask));
        assert_eq!(text.to_uppercase().to_lowercase(), text);
        for number in [
            mask.bits().to_string(),
            mask.bits().cast_signed().to_string(),
        ] {
            assert_eq!(IceWarn::parse_decimal(number.as_bytes()), Ok(mask));
        }
        let joined = mask.bits_set().fold(0, |sum, bit| sum | bit.bits());
        assert_eq!(joined, mask.bits());
        assert_eq!(mask.bits_set().count(), mask.bits().count_ones() as usize);
        let _: Result<Mask, _> = text.parse();
    };
    for mask in [
        IceWarn::parse(bytes),
        IceWarn::parse_front(bytes),
        IceWarn::parse_decimal(bytes),
    ]
    .into_iter()
    .flatten()
    {
        check(mask);
    }
    if let Some(bits) = bytes.first_chunk() {
        check(IceWarn::from_bits(u32::from_le_bytes(*bits)));
    }
}

/// Stamps of every format: those that exist, each written and read again as itself.
pub fn stamp(bytes: &[u8]) {
    for stamp in laid_open::stamps(bytes) {
        let text = serde_json::to_string(&stamp).unwrap();
        let again: siptriage_facts::Stamp = serde_json::from_str(&text).unwrap();
        assert_eq!(again, stamp, "{text}");
    }
}

/// Quality reports.
pub fn quality(bytes: &[u8]) {
    let (reports, media) = laid_open::quality_reports(bytes);
    assert!(media <= 64 * reports, "{media} lines of {reports}");
    // So that damage behind the element's name is read, and not only looked for.
    let wrapped = [b"<VQReportEvent>".as_slice(), bytes].concat();
    assert!(laid_open::quality_reports(&wrapped).0 > 0);
}

/// What little of an archive is enough for a fuzzer.
fn small_limits() -> Limits {
    Limits {
        inflated: 1 << 20,
        members: 1000,
        ..Limits::default()
    }
}

#[derive(Default)]
struct Walked {
    paths: Vec<String>,
    bytes: u64,
    problems: Vec<String>,
}

impl Visitor for Walked {
    fn member(&mut self, member: &mut Member<'_>) -> ControlFlow<()> {
        let path = member.path().to_owned();
        assert!(!path.chars().any(char::is_control), "{path:?}");
        self.paths.push(path);
        let mut block = [0; 4096];
        while let Ok(len @ 1..) = member.read(&mut block) {
            self.bytes += len as u64;
        }
        ControlFlow::Continue(())
    }

    fn problem(&mut self, problem: Problem) {
        // Of what is the matter alone: a member may have any name.
        let trouble = problem.trouble.to_string();
        assert!(!trouble.contains("gave up"), "{problem}");
        self.problems.push(problem.to_string());
    }
}

/// The walk through an archive: no decoder gives up, what comes out keeps to the limits, paths are
/// harmless, and a second walk gives the same.
pub fn archive(bytes: &[u8]) {
    let limits = small_limits();
    let walk = || {
        let archive = Archive::open("x", Arc::new(bytes.to_vec()), &limits).unwrap()?;
        let mut walked = Walked::default();
        let _ = archive.walk(None, &mut walked);
        Some(walked)
    };
    if let Some(first) = walk() {
        assert!(
            first.bytes <= limits.inflated,
            "{} bytes came out",
            first.bytes
        );
        let again = walk().unwrap();
        assert_eq!(first.paths, again.paths);
        assert_eq!(first.problems, again.problems);
        assert_eq!(first.bytes, again.bytes);
    }
    let mut stream = bytes;
    let _ = walk_stream("x", &mut stream, &limits, None, &mut Walked::default());
}

/// A file of rules: it is read, or every mistake has a line of the file.
pub fn rules_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.split('\n').count();
    match Rules::parse(&text, "mine.toml") {
        Ok(rules) => {
            let _ = Rules::embedded_without_examples().with(rules);
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!((1..=lines).contains(&error.line), "{error:?} of {lines}");
            }
        }
    }
}

/// What is typed behind the options of a filter, and files of sites: taken or refused with a
/// sentence.
pub fn filters(bytes: &[u8]) {
    fn refused<T, E: ToString>(read: Result<T, E>) {
        if let Err(error) = read {
            assert!(!error.to_string().is_empty());
        }
    }
    let text = String::from_utf8_lossy(bytes);
    refused(text.parse::<Codes>());
    refused(text.parse::<Statuses>());
    refused(text.parse::<Mask>());
    refused(text.parse::<Medium>());
    refused(text.parse::<User>());
    refused(text.parse::<When>());
    refused(text.parse::<TimeZone>());
    refused(Sites::parse(&text));
}
