//! Anything else: loose text, line by line, in which diagnoses are still found.

use memchr::memmem;

use crate::formats::{Formats, LOOSE, Sample, Surroundings, TraceFormat};
use crate::frame::{Frame, Kind, View};
use crate::lines::Line;
use crate::stamps::iso_stamp;

#[derive(Debug)]
pub(super) struct Text;

impl TraceFormat for Text {
    fn name(&self) -> &'static str {
        LOOSE
    }

    fn title(&self) -> &'static str {
        "Any other text: pasted headers, reports, mails, SBC and application logs"
    }

    fn starts(&self, _bytes: &[u8], _line: Line) -> bool {
        true
    }

    fn surely_starts(&self, _bytes: &[u8], _line: Line) -> bool {
        false
    }

    fn interrupts(&self) -> bool {
        false
    }

    fn frame(&self, view: &View<'_>, _formats: &Formats) -> Frame {
        let line = Line::at(view.bytes, 0);
        if let Some(len) = error_report(view, line) {
            return Frame::of_text(Kind::Loose, len);
        }
        let len = crate::value::wrapped_end(view.bytes, line.next).unwrap_or(line.next);
        Frame::of_text(Kind::Loose, len)
    }

    fn surroundings<'t>(&self, bytes: &'t [u8], _frame: &Frame) -> Surroundings<'t> {
        let line = Line::at(bytes, 0);
        let start = &bytes[..line.end.min(128)];
        Surroundings {
            time: iso_stamp(start),
            ..Surroundings::default()
        }
    }

    fn samples(&self) -> &'static [Sample] {
        &[Sample {
            text: "The user saw **ms-diagnostics-public**: 21002;reason=\"Attendees cannot share in this conference\";component=\"ASMCU\"\n\
                Diagnostic header 25; reason=\"A federated call failed\"; UserType=\"Callee\"; MediaType=\"audio\"; ICEWarn=\"0x40003a0\"\n\
                x-ms-diagnostics: 2000004;reason=\"an HTTP header\"\n\
                ms-diagnostics are good to have, said the mail\n\
                <error callId=\"abc\"><diagHeader>10000;reason=\"Gateway returned a SIP failure code\" </diagHeader></error>\n",
            records: 5,
            messages: 0,
            diagnoses: &[("header", 21002), ("cdr", 25), ("diag-header", 10000)],
        }]
    }
}

/// How far behind its first line the end of an error report is looked for.
const MAX_ERROR_REPORT: usize = 64 << 10;

/// If an error report (MS-OCER 3.1.4.1) begins on this line: where the line of its end ends. Its
/// elements belong together, because the outer ones name the call.
fn error_report(view: &View<'_>, line: Line) -> Option<usize> {
    let text = line.text(view.bytes);
    let (open, end): (usize, &[u8]) = memmem::find(text, b"<reportError")
        .map(|open| (open, &b"</reportError>"[..]))
        .or_else(|| memmem::find(text, b"<error ").map(|open| (open, &b"</error>"[..])))?;
    let limit = view.bytes.len().min(open + MAX_ERROR_REPORT);
    let Some(end) = memmem::find(&view.bytes[open..limit], end) else {
        if limit == view.bytes.len() {
            view.starve();
        }
        return None;
    };
    let report = &view.bytes[open..open + end];
    // Only where it is one.
    memmem::find(report, b"iagHeader")?;
    Some(Line::at(view.bytes, open + end).next)
}
