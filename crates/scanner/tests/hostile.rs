//! Hostile input: traces that are cut, damaged, mixed, blown up, or made to be slow to read.
//!
//! What must hold of any bytes: nothing panics; damage stays where it is; facts do not depend on
//! chunks, threads or mapping, and events are those of a plain walk through the whole text; and
//! the time a scan takes grows with the size of the input, not with its square.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::ffi::OsString;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use siptriage_facts::{Event, Everything, Facts};
use siptriage_generator::sample_files;
use siptriage_scanner::{
    Encoding, Mapping, ScanOptions, Unwatched, discover, events, events_in_text, scan,
};

/// Records of one way of writing traces, made up. Each stands for itself: its bodies are as long
/// as they say, and nothing in it is left open.
struct Trace {
    name: &'static str,
    /// Whether something other than an empty line divides its records.
    framed: bool,
    records: &'static [&'static str],
}

const TRACES: [Trace; 9] = [
    Trace {
        name: "uccapi",
        framed: true,
        records: &[
            "03/14/2026|09:26:53.500 1A2C:F40 TRACE :: CUccDialog::Start - enter\r\n",
            "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: SIP/2.0 488 Not Acceptable Here\r\n\
            Via: SIP/2.0/TLS 198.51.100.7:49222\r\n\
            From: \"Ann Example\"<sip:ann@contoso.com>;tag=1a;epid=2b\r\n\
            To: <sip:bob@fabrikam.com>;tag=3c\r\n\
            Call-ID: 0f1e2d3c\r\n\
            CSeq: 1 INVITE\r\n\
            ms-client-diagnostics: 23; reason=\"No path; one side outside\";CallerMediaDebug=\"audio:ICEWarn=0x4000320,LocalSite=192.0.2.7:50020, LocalMR=203.0.113.9:443,LocalLocation=2\"\r\n\
            ms-diagnostics: 1003;source=\"fe01.contoso.com\";reason=\"User does not exist\"\r\n\
            Content-Length: 0\r\n\
            \r\n",
            "03/14/2026|09:26:53.600 1A2C:F40 INFO  :: End of Data Received -192.0.2.10:5061 (To Local Address: 198.51.100.7:49222) 512 bytes\r\n",
            "03/14/2026|09:26:54.000 1A2C:F40 INFO  :: MESSAGE sip:bob@fabrikam.com SIP/2.0\r\n\
            Call-ID: im1\r\n\
            CSeq: 2 MESSAGE\r\n\
            Content-Type: text/plain\r\n\
            Content-Length: 117\r\n\
            \r\n\
            look:\r\n\
            03/14/2026|09:20:00.000 1A2C:F40 INFO  :: SIP/2.0 504 x\r\n\
            ms-diagnostics: 1008;reason=\"pasted\"\r\n\
            what is that?\r\n\
            \r\n",
            "03/14/2026|09:26:55.000 1A2C:F40 INFO  :: BYE sip:bob@fabrikam.com SIP/2.0\r\n\
            Call-ID: 0f1e2d3c\r\n\
            CSeq: 3 BYE\r\n\
            ms-client-diagnostics: 51004;reason=\"Action initiated by user\"\r\n\
            Content-Length: 0\r\n\
            \r\n",
            "03/14/2026|09:26:56.000 1A2C:F40 ERROR :: saw ms-diagnostics: 1;reason=\"x\" in passing\r\n",
        ],
    },
    Trace {
        name: "server",
        framed: true,
        records: &[
            "TL_INFO(TF_PROTOCOL) [pool01\\fe01]0D1E.1F2A::03/14/2026-09:26:53.589.000001F0 (SIPStack,SIPAdminLog::ProtocolRecord::Flush:ProtocolRecord.cpp(265))[123456789] $$begin_record\r\n\
            Trace-Correlation-Id: 123456789\r\n\
            Instance-Id: 00C0FFEE\r\n\
            Direction: outgoing;source=\"local\"\r\n\
            Peer: 192.0.2.20:50123\r\n\
            Message-Type: response\r\n\
            Start-Line: SIP/2.0 504 Server time-out\r\n\
            From: <sip:ann@contoso.com>;tag=1\r\n\
            To: <sip:bob@fabrikam.com>;tag=2\r\n\
            CSeq: 7 INVITE\r\n\
            Call-ID: abc\r\n\
            ms-diagnostics: 1008;reason=\"Unable to resolve DNS SRV record\";domain=\"fabrikam.com\"\r\n\
            ms-diagnostics-public: 1008;reason=\"Unable to resolve DNS SRV record\"\r\n\
            Content-Length: 0\r\n\
            Message-Body: -\r\n\
            $$end_record\r\n\
            \r\n",
            "TL_WARN(TF_DIAG) [edge01\\edge01]1A2C.0F40::03/14/2026-09:26:53.590.00001A2B (SIPStack,SIPAdminLog::WriteDiagnosticEvent:SIPAdminLog.cpp(830))[1] $$begin_record\r\n\
            LogType: diagnostic\r\n\
            Severity: warning\r\n\
            Text: Routing error occurred\r\n\
            Result-Code: 0xc3e93c5e SIPPROXY_E_ROUTING\r\n\
            SIP-Start-Line: INVITE sip:bob@fabrikam.com SIP/2.0\r\n\
            SIP-Call-ID: abc\r\n\
            Peer: edge.fabrikam.com:5061\r\n\
            Data: domain=\"fabrikam.com\"\r\n\
            $$end_record\r\n",
            "TL_ERROR(TF_COMPONENT) [0]1A2C.0F40::03/14/2026-09:26:53.591.00001A2C (SIPStack,X:y.cpp(1))( 0000000008A39D40 ) Exit - Result 0xC3E93C5E(SIPPROXY_E_ROUTING)\r\n",
            "TL_INFO(TF_PROTOCOL) [0]1A2C.0F40::03/14/2026-09:26:53.600.00007740 (S4,SipMessage.DataLoggingHelper:sipmessage.cs(686))[7]\r\n\
            <<<<<<<<<<<<Incoming SipMessage c=[<SipTlsConnection_1>], 192.0.2.1:5070<-192.0.2.2:5071\r\n\
            SIP/2.0 404 Not Found\r\n\
            CALL-ID: ghi\r\n\
            CSEQ: 1 INVITE\r\n\
            MS-DIAGNOSTICS: 10003;reason=\"Proxy returned a SIP failure code\"\r\n\
            CONTENT-LENGTH: 0\r\n\
            \r\n\
            ------------EndOfIncoming SipMessage\r\n\
            \r\n",
            "TL_INFO(TF_PROTOCOL) [0]1A2C.0F40::03/14/2026-09:26:53.700.00007741 (a,b:c.cpp(1))$$begin_record Peer: 192.0.2.20:50123\r\n\
            Direction: incoming \r\n\
            Start-Line: SERVICE sip:ann@contoso.com SIP/2.0\r\n\
            Call-ID: def\r\n\
            CSeq: 1 SERVICE\r\n\
            Content-Type: application/msrtc-reporterror+xml\r\n\
            Message-Body: <reportError><error callId=\"abc\" responseCode=\"503\"><diagHeader>10000;reason=\"Gateway returned a SIP failure code\" </diagHeader><progressReports><progressReport><diagHeader>12006;reason=\"Trying next hop\"</diagHeader></progressReport></progressReports></error></reportError>\r\n\
            $$end_record\r\n",
        ],
    },
    Trace {
        name: "sipe",
        framed: true,
        records: &[
            "(10:26:53) sipe: \n",
            "MESSAGE START <<<<<<<<<< SIP(0x55d0c0ffee00) - 2026-03-14T09:26:53.589793Z\n\
            SIP/2.0 101 Progress Report\n\
            From: <sip:ann@contoso.com>;tag=1\n\
            Call-ID: abc\n\
            (10:26:53) backend-fs2: got new local candidate: 9\n\
            CSeq: 1 INVITE\n\
            Ms-Diagnostics: 13004;reason=\"Request was proxied\";source=\"fe01.contoso.com\";Count=\"1\"\n\
            Content-Length: 0\n\
            \n\
            \n\
            MESSAGE END <<<<<<<<<< SIP(0x55d0c0ffee00) - 2026-03-14T09:26:53.589793Z\n",
            "(10:26:54) sipe: MESSAGE <<<<<<<<<< SIP(0x55d0c0ffee00)\n",
            "MESSAGE START >>>>>>>>>> SIP - 2026-03-14T09:26:55.000000Z\n\
            SIP/2.0 488 Not Acceptable Here\n\
            Call-ID: abc\n\
            CSeq: 1 INVITE\n\
            ms-client-diagnostics: 52063;reason=\"Unsupported session description\"\n\
            Content-Length: 0\n\
            \n\
            MESSAGE END >>>>>>>>>> SIP - 2026-03-14T09:26:55.000000Z\n",
        ],
    },
    Trace {
        name: "syslog",
        framed: true,
        records: &[
            "2026-03-14T09:26:53.589+01:00 gw01 sbc[77]: SIP/2.0 404 Not Found#015 From: <sip:ann@contoso.com>;tag=1#015 Call-ID: abc.#015 CSeq: 1 INVITE#015 ms-diagnostics: 1034;reason=\"Previous hop\";Domain=\"fabrikam.com\"#015 ms-diagnostics-public: 10003;reason=\"Proxy\"#015 X-Remote-Reason: 1409; reason=\"404 - Not Found\"#015 Content-Length: 0#015 #015 \n",
            "<133>[S=1] [SID=a:1:2]  (N 3) ---- Incoming SIP Message from 192.0.2.9:5061 to SIPInterface #2 ---- #012BYE sip:ann@contoso.com SIP/2.0 #012CALL-ID: def #012CSEQ: 4 BYE #012MS-CLIENT-DIAGNOSTICS: 51004;reason=\"Action\" #012CONTENT-LENGTH: 0\n",
            "Mar  1 10:11:12 host app[1]: [[BYE sip:a@contoso.com SIP/2.0 0D  0A Call-ID: b 0D  0A ms-client-diagnostics: 51004;reason=\"x\" 0D  0A ]]\n",
        ],
    },
    Trace {
        name: "literals",
        framed: true,
        records: &[
            "char const *m = \"SIP/2.0 200 OK\\r\\nCall-ID: ghi\\r\\nCSeq: 1 INVITE\\r\\nms-client-diagnostics: 51007;reason=\\\"info\\\";CalleeMediaDebug=\\\"audio:ICEWarn=0x80000,LocalLocation=2\\\"\\r\\nContent-Length: 0\\r\\n\\r\\n\";\n",
            "    \"ms-diagnostics: 1003;reason=\\\"User does not exist\\\"\\r\\n\"\n",
            "{\"headers\": {\"ms-diagnostics\": \"1034;reason=\\\"x\\\"\"}}\n",
        ],
    },
    Trace {
        name: "bare",
        framed: false,
        records: &[
            "SIP/2.0 500 Server Internal Error\n\
            From: \"Ann Example\"<sip:ann@contoso.com>;tag=1\n\
            Call-ID: abc\n\
            CSeq: 1 INVITE\n\
            ms-diagnostics: 15000;reason=\"Unable to read\";source=\"fe01.contoso.com\"\n\
            Content-Length: 0\n\
            \n",
            "INVITE sip:bob@fabrikam.com SIP/2.0\n\
            Call-ID: ghi\n\
            Content-Type: application/sdp\n\
            Content-Length: 62\n\
            \n\
            v=0\n\
            o=- 0 0 IN IP4 192.0.2.1\n\
            s=session\n\
            c=IN IP4 192.0.2.1\n\
            \n",
            "  1. BYE sip:ann@contoso.com SIP/2.0\n  \
            2. i: def\n  \
            3. Ms-client-diagnostics: 24; reason=”Call failed”;CallerMediaDebug=”application-sharing:ICEWarn=0x320,,RemoteSite=″\n  \
            4. l: 0\n\
            \n",
        ],
    },
    Trace {
        name: "text",
        framed: false,
        records: &[
            "The user saw **ms-diagnostics-public**: 21002;reason=\"Attendees cannot share\";component=\"ASMCU\"\n",
            "\n",
            "Diagnostic header 25; reason=”A federated call failed”; UserType=”Callee”; MediaType=”audio”; ICEWarn=”0x40003a0″; BaseAddress=”; MrResU=”0″\n",
            "x-ms-diagnostics: 2000004;reason=\"an HTTP header\"\n",
            "ms-client-diagnostics: 23; reason=\"Call failed when one endpoint\nis internal\";CallerMediaDebug=\"audio:ICEWarn=0x20\"\n",
            "\n",
            "    • ms-diagnostics: 15030;reason=”Failed to route”;\n      source=”FE01.contoso.com”;dialplan=\n      “Hosted”;appName=”ExumRouting”\n",
            "\n",
        ],
    },
    Trace {
        name: "reports",
        framed: false,
        records: &[
            "SERVICE sip:ann@contoso.com SIP/2.0\n\
            Call-ID: outer\n\
            CSeq: 1 SERVICE\n\
            Content-Type: application/msrtc-reporterror+xml\n\
            Content-Length: 134\n\
            \n\
            <reportError>\n\
            <error callId=\"inner\" responseCode=\"503\">\n\
            <diagHeader>10000;reason=\"Gateway\" </diagHeader>\n\
            </error>\n\
            </reportError>\n\
            \n",
            "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: <VQReportEvent xmlns='ms-rtcp-metrics'><VQSessionReport><DialogInfo CallId=\"abc\"><FromURI>sip:ann@contoso.com</FromURI></DialogInfo><MediaLine Label=\"main-audio\"><Ice>RELAY</Ice><IceWarningFlags>0x120</IceWarningFlags></MediaLine><MediaLine Label=\"main-video\"><IceWarningFlags>800</IceWarningFlags></MediaLine></VQSessionReport></VQReportEvent>\n",
            "03/14/2026|09:26:54.589 1A2C:F40 INFO  :: next\n",
        ],
    },
    Trace {
        name: "damage",
        framed: false,
        records: &[
            "ms-diagnostics: 1;reason=\"left open\n",
            "\n",
            "SIP/2.0 403 Forbidden ms-diagnostics: 1002;reason=\"joined\" Server: RTC/6.0 Content-Length: 0\n",
            "\n",
            "$$end_record\n",
            "Via: SIP/2.0/TLS 192.0.2.1\nms-diagnostics: 1033;reason=\"first headers lost\"\n",
            "\n",
        ],
    },
];

impl Trace {
    fn text(&self) -> String {
        self.records.concat()
    }

    /// Where each record stands.
    fn ranges(&self) -> Vec<Range<usize>> {
        let mut at = 0;
        let range = |record: &&str| {
            at += record.len();
            at - record.len()..at
        };
        self.records.iter().map(range).collect()
    }
}

fn offset(event: &Event<'_>) -> usize {
    usize::try_from(event.place.offset).unwrap()
}

/// Events that stand in a part of the text. The line that closes a client's message tells
/// direction and peer, and is a record of its own, which may be damaged: these are left out.
fn within(found: &[Event<'static>], part: Range<usize>) -> Vec<Event<'static>> {
    let there = found.iter().filter(|event| part.contains(&offset(event)));
    there
        .map(|event| {
            let mut event = event.clone();
            event.message.direction = None;
            event.message.peer = None;
            event
        })
        .collect()
}

/// A generator of numbers that look random and are the same on every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// A folder with one trace in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(bytes: &[u8]) -> Folder {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("trace.txt"), bytes).unwrap();
        Folder(folder)
    }

    fn trace(&self) -> std::path::PathBuf {
        self.0.path().join("trace.txt")
    }
}

fn facts_of(path: &Path, options: &ScanOptions) -> Facts {
    let discovery = discover(&[OsString::from(path)], options);
    scan(&discovery, options, &Unwatched)
}

/// All events of a file. Their places are given the name that `events_in_text` gives, so that
/// both can be compared.
fn events_of(path: &Path, options: &ScanOptions) -> Vec<Event<'static>> {
    let discovery = discover(&[OsString::from(path)], options);
    let mut found = Vec::new();
    events(&discovery, options, &Unwatched, &Everything, &mut |event| {
        let mut event = event.clone().into_owned();
        event.place.file = "<text>".into();
        found.push(event);
        Ok(())
    })
    .unwrap();
    found
}

fn chunks_of(chunk_len: usize, threads: usize) -> ScanOptions {
    ScanOptions {
        chunk_len,
        threads: Some(threads),
        ..ScanOptions::default()
    }
}

/// One chunk, whatever the length: how a scan would go without chunks.
fn unchunked() -> ScanOptions {
    chunks_of(1 << 40, 1)
}

/// Reads `bytes` in every way and holds each against a walk through the whole text. What differs
/// first.
fn difference(bytes: &[u8], chunk_lens: &[usize]) -> Option<String> {
    let folder = Folder::with(bytes);
    let path = folder.trace();
    let want = facts_of(&path, &unchunked());
    let walked = events_in_text(bytes);
    if want.coverage.bytes != bytes.len() as u64 {
        return Some(format!("{} bytes of {}", want.coverage.bytes, bytes.len()));
    }
    let counted = want.coverage.carriers.total();
    if counted != walked.len() as u64 {
        return Some(format!("{counted} events counted, {} walked", walked.len()));
    }
    for &chunk_len in chunk_lens {
        for threads in [1, 2] {
            let facts = facts_of(&path, &chunks_of(chunk_len, threads));
            if facts != want {
                let (got, want) = (&facts.coverage, &want.coverage);
                let formats = if got == want {
                    String::new()
                } else {
                    format!(": {:?} not {:?}", got.formats, want.formats)
                };
                return Some(format!(
                    "facts of chunks of {chunk_len}, {threads} threads{formats}"
                ));
            }
        }
        let found = events_of(&path, &chunks_of(chunk_len, 2));
        if found != walked {
            let both = found.iter().zip(&walked);
            let first = both.clone().find(|(found, walked)| found != walked);
            return Some(format!(
                "events of chunks of {chunk_len}: {} not {}, first {first:#?}",
                found.len(),
                walked.len()
            ));
        }
    }
    None
}

#[test]
fn the_traces_of_these_tests_hold_what_they_seem_to_hold() {
    // Per record, so that the tests below are not about traces in which nothing is found.
    let summary = |trace: &Trace| -> Vec<String> {
        let found = events_in_text(trace.text().as_bytes());
        let of = |event: &Event<'_>| {
            let code = event.code.map_or("-".into(), |code| code.to_string());
            format!("{} {code}", event.carrier)
        };
        let each = |part| {
            within(&found, part)
                .iter()
                .map(of)
                .collect::<Vec<_>>()
                .join(", ")
        };
        trace.ranges().into_iter().map(each).collect()
    };
    let want: [&[&str]; 9] = [
        &[
            "",
            "header 23, header 1003",
            "",
            "text 1008",
            "header 51004",
            "text 1",
        ],
        &[
            "header 1008, header 1008",
            "server-record -",
            "",
            "header 10003",
            "diag-header 10000, diag-header 12006",
        ],
        &["", "header 13004", "", "header 52063"],
        &["header 1034, header 10003", "header 51004", "header 51004"],
        &["header 51007", "header 1003", "header 1034"],
        &["header 15000", "", "header 24"],
        &[
            "header 21002",
            "",
            "cdr 25",
            "",
            "header 23",
            "",
            "header 15030",
            "",
        ],
        &["diag-header 10000", "qoe -", ""],
        &["header 1", "", "header 1002", "", "", "header 1033", ""],
    ];
    for (trace, want) in TRACES.iter().zip(want) {
        assert_eq!(summary(trace), want, "{}", trace.name);
    }
}

/// Of a trace that is cut in its record `k`:
/// - the events of the records before `k - 1` are those of the whole trace;
/// - those of record `k - 1` are at the same places: a body of which nothing proves any more that
///   it is as long as it says may be read otherwise;
/// - what is left of `k` has events only at places where the whole trace has some, so that there
///   are never more.
#[test]
fn cut_at_any_byte_a_trace_keeps_what_stood_before_the_cut() {
    for trace in &TRACES {
        let text = trace.text();
        let whole = events_in_text(text.as_bytes());
        let places = |found: &[Event<'static>], part: Range<usize>| -> Vec<usize> {
            within(found, part).iter().map(offset).collect()
        };
        let everywhere = places(&whole, 0..text.len());
        let mut previous = 0;
        for record in trace.ranges() {
            for cut in record.clone() {
                let what = format!("{} cut at {cut}", trace.name);
                let found = events_in_text(&text.as_bytes()[..cut]);
                let sure = 0..previous;
                assert_eq!(within(&found, sure.clone()), within(&whole, sure), "{what}");
                let before = 0..record.start;
                assert_eq!(
                    places(&found, before.clone()),
                    places(&whole, before),
                    "{what}"
                );
                let rest = places(&found, record.start..cut);
                assert!(
                    rest.iter().all(|at| everywhere.contains(at)),
                    "{what}: {rest:?}"
                );
                // Begun there, it is read to its end all the same.
                let _ = events_in_text(&text.as_bytes()[cut..]);
            }
            previous = record.start;
        }
    }
}

/// A byte that is damaged can harm its own record and the two beside it, no others. Where an empty
/// line is all that divides two messages, damage to that line joins them, and only what stands
/// before is safe.
#[test]
fn one_damaged_byte_harms_no_records_beyond_the_next() {
    for trace in &TRACES {
        let mut bytes = trace.text().into_bytes();
        let whole = events_in_text(&bytes);
        let ranges = trace.ranges();
        for (at_record, record) in ranges.iter().enumerate() {
            let before = ranges[at_record.saturating_sub(1)].start;
            let behind = ranges
                .get(at_record + 1)
                .map_or(bytes.len(), |next| next.end);
            for at in record.clone() {
                let byte = bytes[at];
                for other in [0x00, b'\n', b'"', 0x80, 0xFF, b'|', b'$'] {
                    bytes[at] = other;
                    let found = events_in_text(&bytes);
                    let behind = if trace.framed { behind } else { bytes.len() };
                    for part in [0..before, behind..bytes.len()] {
                        let mut want = within(&whole, part.clone());
                        for event in want.iter_mut().filter(|event| offset(event) > at) {
                            event.place.line += u64::from(other == b'\n');
                            event.place.line -= u64::from(byte == b'\n');
                        }
                        assert_eq!(
                            within(&found, part),
                            want,
                            "{}: byte {at} is {other:#x}",
                            trace.name
                        );
                    }
                }
                bytes[at] = byte;
            }
        }
    }
}

#[test]
fn samples_cut_anywhere_keep_what_stood_before_the_cut() {
    /// Farther than any record of the samples reaches.
    const REACH: usize = 16 << 10;
    let mut numbers = Numbers(3);
    for file in sample_files().unwrap() {
        if file.name.ends_with(".json") {
            continue;
        }
        let whole = Folder::with(&file.contents);
        let whole = events_of(&whole.trace(), &unchunked());
        for _ in 0..24 {
            let cut = numbers.below(file.contents.len() + 1);
            let cut = Folder::with(&file.contents[..cut]);
            let len = usize::try_from(cut.trace().metadata().unwrap().len()).unwrap();
            let found = events_of(&cut.trace(), &unchunked());
            let sure = 0..len.saturating_sub(REACH);
            assert_eq!(
                within(&found, sure.clone()),
                within(&whole, sure),
                "{} cut at {len}",
                file.name
            );
            let facts = facts_of(&cut.trace(), &unchunked());
            assert_eq!(facts.coverage.bytes, len as u64);
            let all = whole.iter().filter(|event| offset(event) < len).count();
            assert!(
                facts.coverage.carriers.total() <= all as u64,
                "{} cut at {len}: more than the whole has",
                file.name
            );
        }
    }
}

/// Pieces of traces, cut anywhere and put together anyhow.
fn splice(numbers: &mut Numbers, texts: &[Vec<u8>], len: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(len);
    while out.len() < len {
        let text = &texts[numbers.below(texts.len())];
        let start = numbers.below(text.len());
        let longest = (text.len() - start).min(1 + numbers.below(900));
        let mut piece = text[start..start + longest].to_vec();
        match numbers.below(6) {
            // Whole lines, as pasting makes them.
            0 | 1 => {
                let from = piece
                    .iter()
                    .position(|b| *b == b'\n')
                    .map_or(0, |lf| lf + 1);
                piece.drain(..from);
            }
            2 => piece.push(b'\n'),
            3 => piece.retain(|b| *b != b'\r'),
            4 => {
                for _ in 0..3 {
                    if !piece.is_empty() {
                        let at = numbers.below(piece.len());
                        piece[at] = *b"\0\n\"\x80\xFF|$;:< "
                            .get(numbers.below(11))
                            .unwrap_or(&b'x');
                    }
                }
            }
            _ => {}
        }
        out.extend_from_slice(&piece);
    }
    out
}

/// What splices are made of: these traces and the small samples.
fn pieces() -> Vec<Vec<u8>> {
    let mut texts: Vec<_> = TRACES.iter().map(|t| t.text().into_bytes()).collect();
    for file in sample_files().unwrap() {
        let small = ["founding-case.UccApilog", "damaged.txt", "mixed.txt"];
        if small.contains(&file.name.as_str()) {
            texts.push(file.contents);
        }
    }
    texts
}

#[test]
fn splices_read_the_same_in_chunks_of_any_length() {
    let texts = pieces();
    let mut numbers = Numbers(1);
    for n in 0..24 {
        let bytes = splice(&mut numbers, &texts, 3000);
        let differs = difference(&bytes, &[4, 64, 1000, 8 << 20]);
        assert_eq!(differs, None, "splice {n}");
    }
}

#[test]
fn long_splices_read_the_same_in_chunks_of_any_length() {
    let texts = pieces();
    let mut numbers = Numbers(2);
    for n in 0..3 {
        let bytes = splice(&mut numbers, &texts, 300_000);
        let differs = difference(&bytes, &[1000, 50_000, 8 << 20]);
        assert_eq!(differs, None, "long splice {n}");
    }
}

/// What traces are made of, and what gives them their shape.
const WORDS: [&str; 64] = [
    "\n",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "\"",
    "”",
    ";",
    "=",
    ":",
    ",",
    "|",
    "\\",
    "\\r\\n",
    "#015 ",
    "#012",
    "^M",
    " 0D  0A ",
    "\0",
    "1",
    "24",
    "x",
    "...",
    "- ",
    "• ",
    "  1. ",
    "> ",
    "SIP/2.0 488 x",
    "SIP/2.0 480",
    "INVITE sip:a@contoso.com SIP/2.0",
    "INVITE",
    "INVITE sip:a@contoso.com",
    "SIP/2.0",
    "ms-diagnostics:",
    "ms-client-diagnostics: 23;",
    "Ms-Diagnostics-Public: 1;",
    "reason=\"x\";",
    "reason=",
    "CallerMediaDebug=\"audio:ICEWarn=0x20",
    "UserType=\"Callee\";",
    "25; reason=\"x\"; ",
    "Call-ID: a",
    "Content-Length: 5",
    "Content-Length: 0",
    "Content-Type: application/sdp",
    "Via: SIP/2.0/UDP 1",
    "Message-Body: ",
    "$$begin_record",
    "$$end_record",
    "Start-Line: ",
    "Instance-Id: 1",
    "Severity: error",
    "Text: x",
    "Result-Code: 0xc3e93d67 A",
    "TL_INFO(TF_PROTOCOL) [0]06E4.0EB4::01/18/2026-05:00:43.101.0000 (a)",
    "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: ",
    "End of Data Received -192.0.2.1:1 (x) 1 bytes",
    "MESSAGE START <<<<<<<<<< SIP",
    "MESSAGE END <<<<<<<<<< SIP",
    "<error callId=\"x\"><diagHeader>1;reason=\"x\"</diagHeader>",
];

#[test]
fn words_of_traces_in_any_order_do_no_harm() {
    let mut numbers = Numbers(7);
    let mut page = Vec::new();
    for n in 0..12_000 {
        let words = 2 + numbers.below(24);
        let text: String = (0..words)
            .map(|_| WORDS[numbers.below(WORDS.len())])
            .collect();
        // Fails with the text in the output, which a panic inside would not show.
        let read = std::panic::catch_unwind(|| events_in_text(text.as_bytes()).len());
        assert!(read.is_ok(), "{text:?}");
        page.extend_from_slice(text.as_bytes());
        if n % 200 == 199 {
            let differs = difference(&page, &[4000]);
            assert_eq!(differs, None, "page {}", n / 200);
            page.clear();
        }
    }
}

#[test]
fn splices_in_utf16_hold_what_they_hold_in_utf8() {
    let texts = pieces();
    let mut numbers = Numbers(4);
    for n in 0..12 {
        let bytes = splice(&mut numbers, &texts, 4000);
        // Zero bytes would be told from text; the rest of the damage stays.
        let text = String::from_utf8_lossy(&bytes).replace('\0', "0");
        let mut utf16 = vec![0xFF, 0xFE];
        utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let folder = Folder::with(&utf16);
        let mut want = events_in_text(text.as_bytes());
        for event in &mut want {
            let units = text[..offset(event)].encode_utf16().count();
            event.place.offset = 2 + 2 * units as u64;
        }
        for chunk_len in [4, 64, 1000, 8 << 20] {
            let found = events_of(&folder.trace(), &chunks_of(chunk_len, 2));
            assert_eq!(found, want, "splice {n}, chunks of {chunk_len}");
        }
    }
}

#[test]
fn half_a_pair_of_surrogates_at_the_end_belongs_to_a_record() {
    // Found by a body of the crate `torture`: the last code unit, or what is left of it, looks like
    // the first half of a pair, and was left out.
    for end in [&b"\x00\xD8"[..], b"a\0\x00\xD8", b"a\0\n\0\xD8", b"a\0\xDB"] {
        let bytes = [b"\xFF\xFE", end].concat();
        let folder = Folder::with(&bytes);
        for options in [unchunked(), chunks_of(4, 2)] {
            let facts = facts_of(&folder.trace(), &options);
            let formats = facts.coverage.formats.iter();
            let of_records: u64 = formats.map(|(_, format)| format.bytes).sum();
            let len = bytes.len() as u64;
            assert_eq!((facts.coverage.bytes, of_records), (len, len), "{end:x?}");
        }
    }
}

#[test]
fn an_indented_entry_is_one_record() {
    // Found by a body of the crate `torture`: its own stamp was taken for that of a second entry.
    let folder = Folder::with(b" \t03/14/2026|09:26:53.589 1A2C:F40 INFO  :: a sentence\r\n");
    let facts = facts_of(&folder.trace(), &unchunked());
    let formats = facts.coverage.formats.iter();
    let records: Vec<_> = formats.map(|(name, f)| (&**name, f.records)).collect();
    assert_eq!(records, [("uccapi", 1)]);
}

#[test]
fn bytes_that_are_no_text_at_all_do_no_harm() {
    let mut numbers = Numbers(5);
    let texts = pieces();
    for n in 0..8 {
        let mut bytes: Vec<u8> = (0..2000).map(|_| (numbers.next() & 0xFF) as u8).collect();
        if n % 2 == 0 {
            let trace = &texts[n / 2];
            bytes.splice(1000..1000, trace.iter().copied());
        }
        let folder = Folder::with(&bytes);
        for encoding in [
            None,
            Some(Encoding::Utf8),
            Some(Encoding::Utf16Le),
            Some(Encoding::Utf16Be),
            Some(Encoding::Windows1252),
        ] {
            let with = |options: ScanOptions| {
                facts_of(
                    &folder.trace(),
                    &ScanOptions {
                        encoding,
                        ..options
                    },
                )
            };
            let want = with(unchunked());
            assert_eq!(want.coverage.bytes, bytes.len() as u64, "{n} {encoding:?}");
            for chunk_len in [4, 64, 1000] {
                let facts = with(chunks_of(chunk_len, 2));
                assert!(facts == want, "{n} {encoding:?} chunks of {chunk_len}");
            }
        }
    }
}

/// Markers and lines of records where they do not belong.
#[test]
fn markers_in_odd_places_do_no_harm() {
    for text in [
        "Instance-Id: 1$$end_record\nStart-Line: SIP/2.0 480 x\n",
        "$$begin_record $$end_record\nStart-Line: SIP/2.0 480 x\n",
        "$$end_record$$begin_record\nStart-Line: SIP/2.0 480 x\n",
        "$$begin_record Start-Line: SIP/2.0 480 x$$end_record\n",
        "$$begin_record\nStart-Line: SIP/2.0 480 x $$end_record\nms-diagnostics: 1;reason=\"x\"\n",
        "Start-Line: INVITE\n$$end_record\n",
        "TL_INFO(TF_X) x\n$$begin_record$$end_record\n",
        "MESSAGE START <<<< MESSAGE END <<<<\nSIP/2.0 480 x\n",
        "MESSAGE START <<<<\nMESSAGE END <<<<",
        "MESSAGE END <<<<\nMESSAGE START <<<<",
    ] {
        for end in 0..=text.len() {
            let _ = events_in_text(&text.as_bytes()[..end]);
        }
        assert_eq!(difference(text.as_bytes(), &[4, 16]), None, "{text}");
    }
}

/// A mapped file gives what the same file gives when it is read.
#[test]
fn mapping_changes_nothing() {
    let texts = pieces();
    let bytes = splice(&mut Numbers(6), &texts, (1 << 20) + 12_345);
    let folder = Folder::with(&bytes);
    let file = File::options().write(true).open(folder.trace()).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600))
        .unwrap();
    let mapped = facts_of(&folder.trace(), &chunks_of(200_000, 2));
    let read = ScanOptions {
        mapping: Mapping::Never,
        ..chunks_of(200_000, 2)
    };
    assert!(mapped == facts_of(&folder.trace(), &read));
    assert_eq!(
        mapped.coverage.carriers.total(),
        events_in_text(&bytes).len() as u64
    );
}

/// Records that reach far beyond what is read behind a chunk at first: what decides where they
/// end must not depend on how much of the file a reader happens to see.
#[test]
fn what_stands_far_apart_is_read_the_same_in_chunks() {
    const FAR: usize = 100_000;
    let blanks = "\n".repeat(FAR);
    let spaces = " ".repeat(FAR);
    let words = "word ".repeat(FAR / 5);
    let lines = "a line of words\n".repeat(FAR / 16);
    let headers = "X-Other: value\n".repeat(FAR / 15);
    let h = "ms-diagnostics: 1003;reason=\"x\"\n";
    let client = "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: ";
    let prefix =
        "TL_INFO(TF_PROTOCOL) [0]1A2C.0F40::03/14/2026-09:26:53.589.00000001 (a,b:c.cpp(1))";
    let shapes: Vec<(&str, String)> = vec![
        (
            "blank lines before a body",
            format!("SIP/2.0 500 x\nContent-Length: 9\n\n{blanks}v=0\n{h}\n{h}"),
        ),
        (
            "blank lines before a body without a length",
            format!("SIP/2.0 500 x\n\n{blanks}v=0\n{h}\n{h}"),
        ),
        (
            "blank lines before the parts of a body",
            format!(
                "INVITE sip:a@contoso.com SIP/2.0\nContent-Type: multipart/mixed\n\n{blanks}--b\n{h}\n{h}"
            ),
        ),
        (
            "blanks before a value",
            format!("SIP/2.0 500 x\nms-diagnostics:{spaces}1;reason=\"x\"\n{h}"),
        ),
        (
            "blanks in a line before headers",
            format!("{h}{spaces}\n{spaces}{h}{spaces}INVITE sip:a@contoso.com SIP/2.0\n{h}"),
        ),
        (
            "blank lines behind a message",
            format!("{client}SIP/2.0 500 x\n{h}\n{blanks}{client}x\n{h}"),
        ),
        (
            "blank lines behind a body",
            format!(
                "SIP/2.0 500 x\nContent-Type: a/b\nContent-Length: 3\n\nabc{blanks}SIP/2.0 200 OK\n{h}"
            ),
        ),
        (
            "blank lines in a record",
            format!(
                "{prefix}$$begin_record\nStart-Line: SIP/2.0 500 x\n{blanks}{h}$$end_record\n{h}"
            ),
        ),
        (
            "blank lines in a SIPE message",
            format!(
                "MESSAGE START <<<<<<<<<< SIP\n{blanks}SIP/2.0 500 x\n{h}{blanks}MESSAGE END <<<<<<<<<< SIP\n{h}"
            ),
        ),
        (
            "a long line before a record's marker",
            format!(
                "{prefix}{words}$$begin_record\nStart-Line: SIP/2.0 500 x\n{h}$$end_record\n{h}"
            ),
        ),
        (
            "a marker deep in a line",
            format!(
                "SIP/2.0 500 x#015 #015 SIP/2.0 500 y#015 {words}$$begin_record\n{h}$$end_record\n{h}"
            ),
        ),
        (
            "messages on one line, a marker behind them",
            format!(
                "{}$$begin_record\nStart-Line: SIP/2.0 500 x\n{h}$$end_record\n",
                "SIP/2.0 500 x#015 A: b#015 #015 ".repeat(FAR / 32)
            ),
        ),
        (
            "a wrapped start line with a long second line",
            format!("{h}INVITE\nsip:{} SIP/2.0\n{h}", "a".repeat(FAR)),
        ),
        (
            "a long header between headers",
            format!("SIP/2.0 500 x\nVia: {words}\n{h}Via: {words}\n{h}"),
        ),
        (
            "an indented name after very many blanks",
            format!("SIP/2.0 500 x\n{spaces}{h}{h}"),
        ),
        (
            "a body that nothing ends",
            format!("{client}MESSAGE sip:a@contoso.com SIP/2.0\n\n{lines}{h}{lines}{client}x\n{h}"),
        ),
        (
            "a record that nothing ends",
            format!(
                "{prefix}$$begin_record\nStart-Line: SIP/2.0 500 x\nMessage-Body: {lines}{h}{lines}{prefix}x\n{h}"
            ),
        ),
        (
            "an end marker far behind",
            format!(
                "{prefix}$$begin_record\nStart-Line: SIP/2.0 500 x\n{headers}{headers}{h}$$end_record\n{h}"
            ),
        ),
        (
            "a SIPE end far behind",
            format!(
                "MESSAGE START <<<<<<<<<< SIP\nSIP/2.0 500 x\n{headers}{headers}{h}MESSAGE END <<<<<<<<<< SIP\n{h}"
            ),
        ),
        (
            "a length that is true, far behind",
            format!(
                "MESSAGE sip:a@contoso.com SIP/2.0\nContent-Type: text/plain\nContent-Length: {}\n\n{lines}{h}SIP/2.0 500 x\n{h}",
                lines.len() + h.len()
            ),
        ),
        (
            "a length that is not true",
            format!(
                "MESSAGE sip:a@contoso.com SIP/2.0\nContent-Type: text/plain\nContent-Length: 99999999\n\n{lines}{h}SIP/2.0 500 x\n{h}"
            ),
        ),
        ("stray lines", format!("SIP/2.0 500 x\n{lines}{h}")),
        (
            "a value wrapped before a long line",
            format!("ms-diagnostics: 1;reason=\"a\n{words}\";b=c\n{h}"),
        ),
        (
            "a fragment, then words",
            format!("Via: SIP/2.0/UDP 192.0.2.1\n{headers}{h}{words}\n{h}"),
        ),
        (
            "a name-less diagnosis, then its keys far away",
            format!(
                "25; reason=\"{words}\"; UserType=\"Callee\"\n25; reason=\"x\";\n{blanks}UserType=\"Callee\"\n"
            ),
        ),
        (
            "a report over many lines",
            format!(
                "SERVICE sip:a@contoso.com SIP/2.0\nContent-Type: application/vq-rtcpxr+xml\n\n<VQReportEvent>\n{lines}<MediaLine Label=\"a\"><IceWarningFlags>1</IceWarningFlags>\n{lines}</VQReportEvent>\nSIP/2.0 500 x\n{h}"
            ),
        ),
    ];
    let differs = |text: &str| difference(text.as_bytes(), &[20_000]);
    let wrong: Vec<_> = shapes
        .iter()
        .filter_map(|(what, text)| {
            let differs = differs(text)?;
            Some(format!("{what}: {differs}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The longest time that reading may take, whatever the input holds: seconds for a megabyte, with
/// checks on and other tests beside. Of a plain trace this much is read a hundred times.
const MOST_SECONDS_PER_MB: f64 = 10.0;

/// Below this, nobody asks how the time grows.
const FEW_SECONDS_PER_MB: f64 = 2.0;

/// Four times the input may take so many times as long. Four is a time that grows with the
/// length, sixteen one that grows with its square.
const MOST_GROWTH: f64 = 9.0;

/// The least of up to three times that reading takes, in seconds, as a machine has other things
/// to do as well; and the megabytes read. A time that is `fine` is not measured again.
fn best_time(bytes: &[u8], fine: &dyn Fn(f64, f64) -> bool) -> (f64, f64) {
    let folder = Folder::with(bytes);
    let megabytes = bytes.len() as f64 / f64::from(1 << 20);
    let mut best = f64::MAX;
    for _ in 0..3 {
        let begun = Instant::now();
        let facts = facts_of(&folder.trace(), &chunks_of(8 << 20, 2));
        best = best.min(begun.elapsed().as_secs_f64());
        assert_eq!(facts.coverage.bytes, bytes.len() as u64);
        if fine(best, megabytes) || best > 4.0 * MOST_SECONDS_PER_MB * megabytes {
            break;
        }
    }
    (best, megabytes)
}

/// What takes too long, if reading `before` and then `unit` up to `len` bytes does. A quarter is
/// read first: to see how the time grows, and so that what is very slow fails soon.
fn slowness(what: &str, before: &str, unit: &str, len: usize) -> Option<String> {
    let is_quick = |time: f64, mb: f64| time <= FEW_SECONDS_PER_MB * mb;
    let is_allowed = |time: f64, mb: f64| time <= MOST_SECONDS_PER_MB * mb;
    let (first, mb) = best_time(&repeated(before, unit, len / 4), &is_quick);
    if !is_allowed(first, mb) {
        return Some(format!("{what}: {first:.2} s for {mb:.2} MB"));
    }
    let fine = |time: f64, mb: f64| {
        is_quick(time, mb) || (is_allowed(time, mb) && time <= MOST_GROWTH * first)
    };
    let (time, mb) = best_time(&repeated(before, unit, len), &fine);
    let slow = !fine(time, mb);
    slow.then(|| format!("{what}: {time:.2} s for {mb:.2} MB, {first:.2} s for a quarter of it"))
}

#[track_caller]
fn assert_none_slow(slow: impl Iterator<Item = String>) {
    let slow: Vec<_> = slow.collect();
    assert!(slow.is_empty(), "too slow:\n{}", slow.join("\n"));
}

/// `unit` again and again, up to `len` bytes, behind `before`.
fn repeated(before: &str, unit: &str, len: usize) -> Vec<u8> {
    let mut text = before.as_bytes().to_vec();
    while text.len() < len {
        text.extend_from_slice(unit.as_bytes());
    }
    text
}

const HALF_MB: usize = 512 << 10;

#[test]
fn one_line_without_end_is_read_in_time() {
    let lines = [
        ("letters", "", "abcdefgh"),
        ("blanks", "", " "),
        ("zeros", "", "\0"),
        ("quotes", "", "\""),
        ("bars", "", "|"),
        ("list marks", "", "| - * > "),
        ("colons", "", "a : "),
        ("escapes", "", "#012"),
        ("names", "", "ms-diagnostics: 1; "),
        (
            "names without parameters",
            "",
            "ms-diagnostics: 1 ms-diagnostics: 2 ",
        ),
        ("names without values", "", "ms-diagnostics:"),
        (
            "names with open quotes",
            "",
            "ms-diagnostics: 1;reason=\"a ",
        ),
        ("ornaments behind a name", "ms-diagnostics", "*"),
        ("ornaments before a code", "ms-diagnostics: ", "*"),
        ("sub-codes", "ms-diagnostics: 1", ".1"),
        ("reasons without a name", "", "1;reason=x "),
        (
            "reports' diagnoses",
            "",
            "1;reason=\"x\";UserType=\"Callee\" ",
        ),
        ("elements", "", "<diagHeader>1;reason=x</diagHeader>"),
        ("stamps", "", "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: x "),
        (
            "words of a marker",
            "MESSAGE START <<<<<<<<<< SIP\n",
            "MESSAGE ",
        ),
        ("markers", "", "$$begin_record "),
        ("slashes behind a prefix", "TL_INFO(TF_X) ", "1/"),
        ("a start line", "SIP/2.0 488 x", " a"),
        ("a request line", "INVITE sip:", "a "),
        (
            "joined headers",
            "SIP/2.0 488 x ",
            "ms-diagnostics: 1;reason=x Via: y ",
        ),
        (
            "names in a quoted header",
            "SIP/2.0 488 x\nSubject: ",
            "ms-diagnostics: 1;a=b ",
        ),
        (
            "names in a body",
            "MESSAGE sip:a@contoso.com SIP/2.0\n\n<a ",
            "ms-diagnostics: 1;a=b ",
        ),
        (
            "elements in a body",
            "SERVICE sip:a@contoso.com SIP/2.0\n\n<a>",
            "<error callId='x'><diagHeader>1</diagHeader>",
        ),
        ("reports", "", "<VQReportEvent>"),
        ("tags without end", "<VQReportEvent>", "<FromURI"),
        ("attributes", "<VQReportEvent><DialogInfo ", "a='b' "),
        (
            "messages with literal line ends",
            "",
            "BYE sip:a@contoso.com SIP/2.0\\r\\nCall-ID: a\\r\\n\\r\\n ",
        ),
        (
            "messages with escaped line ends",
            "",
            "SIP/2.0 488 x#012Call-ID: a#012ms-diagnostics: 1;reason=x#012#012 ",
        ),
        (
            "messages with printed bytes",
            "",
            "BYE sip:a@contoso.com SIP/2.0 0D  0A Call-ID: a 0D  0A  0D  0A ",
        ),
    ];
    let slow = |(what, before, unit)| slowness(what, before, unit, HALF_MB);
    assert_none_slow(lines.into_iter().filter_map(slow));
}

#[test]
fn a_value_of_a_hundred_thousand_pieces_is_read_in_time() {
    let name = "ms-client-diagnostics: 23";
    let values = [
        ("parameters", "", ";a=b"),
        ("quoted parameters", "", ";a=\"b\""),
        ("quotes left open", "", ";a=\"b"),
        ("quotes in quotes", ";reason=\"", "\"a"),
        ("quotes and blanks", ";reason=\"", "\" \""),
        ("typographic quotes", ";reason=", "”x”;"),
        ("semicolons", "", ";"),
        ("equals signs", ";", "="),
        ("words", ";", "a "),
        ("entities", ";reason=&quot;", "&amp;"),
        ("escaped quotes", ";reason=\\\"", "\\\""),
        ("media", ";CallerMediaDebug=\"", "audio:ICEWarn=0x1,"),
        ("fields of media", ";CallerMediaDebug=\"audio:", "a=1,"),
    ];
    assert_none_slow(values.into_iter().filter_map(|(what, before, unit)| {
        let before = format!("SIP/2.0 488 x\nCall-ID: a\n{name}{before}");
        slowness(what, &before, unit, HALF_MB)
    }));
}

#[test]
fn very_many_lines_of_one_kind_are_read_in_time() {
    let client = "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: ";
    let begin =
        "TL_INFO(TF_PROTOCOL) [0]06E4.0EB4::01/18/2026-05:00:43.101.00005386 (x)$$begin_record\n";
    let lines = [
        ("empty lines", "", "\n"),
        ("empty lines of Windows", "", "\r\n"),
        ("blank lines", "", "      \n"),
        ("quotes", "", "\"\n"),
        ("begin markers", "", "$$begin_record\n"),
        (
            "begun records",
            "",
            &format!("{begin}Start-Line: SIP/2.0 488 x\n"),
        ),
        ("end markers", "", "$$end_record\n"),
        ("SIPE markers", "", "MESSAGE START <<<<<<<<<< SIP\n"),
        (
            "SIPE markers and lines",
            "",
            "MESSAGE START <<<<<<<<<< SIP\n(10:11:12) sipe: x\n",
        ),
        ("methods", "", "INVITE\n"),
        ("start lines", "", "SIP/2.0 404 x\n"),
        ("entries", "", &format!("{client}x\n")),
        ("headers", "", "Via: SIP/2.0/UDP 192.0.2.1\n"),
        (
            "headers and empty lines",
            "",
            "Via: SIP/2.0/UDP 192.0.2.1\n\n",
        ),
        ("open values", "", "ms-diagnostics: 1;reason=\"x\n;y=\"\n"),
        ("open name-less values", "", "1;reason=\"x\n"),
        (
            "elements",
            "SERVICE sip:a@contoso.com SIP/2.0\n\n<a>\n",
            "<diagHeader>1;reason=x</diagHeader>\n",
        ),
        (
            "lines of a diagnostic record",
            &format!("{begin}Severity: error\n"),
            "Text: x\n",
        ),
        (
            "empty lines in a record",
            &format!("{begin}Start-Line: SIP/2.0 404 x\n"),
            "A: x\n\n",
        ),
        ("meta lines", "", "Severity: x\nText: y\n"),
        (
            "parts of a body",
            "INVITE sip:a@contoso.com SIP/2.0\nContent-Type: multipart/mixed\n\n--b\n",
            "--b\nA: b\n\n",
        ),
        (
            "bars before lines",
            "SIP/2.0 488 x\n",
            "| | | | | | | | | | | | | | | | x\n",
        ),
    ];
    let slow = |(what, before, unit)| slowness(what, before, unit, HALF_MB);
    assert_none_slow(lines.into_iter().filter_map(slow));
}

/// What a message says of its length is held against what stands there: 64 KB for each message,
/// in which nothing is proven.
#[test]
fn very_many_lengths_that_lie_are_read_in_time() {
    let client = "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: ";
    let shapes = ["60000", "99999999"].into_iter().flat_map(|length| {
        ["", client].map(|before| {
            format!("{before}MESSAGE sip:a@contoso.com SIP/2.0\nContent-Length: {length}\n\nabc\n")
        })
    });
    let slow = |unit: String| slowness(&unit, "", &unit, 128 << 10);
    assert_none_slow(shapes.filter_map(slow));
}

#[test]
fn very_many_diagnoses_in_one_record_are_read_in_time() {
    let client = "03/14/2026|09:26:53.589 1A2C:F40 INFO  :: SIP/2.0 488 x\n";
    let service = "SERVICE sip:a@contoso.com SIP/2.0\n\n<a>\n";
    let header = "ms-diagnostics: 1;reason=x\n";
    let element = "<diagHeader>1;reason=x</diagHeader>\n";
    let error = "<error callId='x'><diagHeader>1</diagHeader></error>";
    let message = "SIP/2.0 488 x#012Call-ID: a#012ms-diagnostics: 1;reason=x#012#012 ";
    let records = [
        ("headers of a message", "SIP/2.0 488 x\n", header),
        ("headers without a start line", "", header),
        ("headers of an entry", client, header),
        ("elements of a report", service, element),
        ("errors on one line of a report", service, error),
        ("messages on one line", "", message),
        ("quality reports on one line", "", "<VQReportEvent>"),
    ];
    // Just below the longest record.
    let slow = |(what, before, unit)| slowness(what, before, unit, 4_000_000);
    assert_none_slow(records.into_iter().filter_map(slow));
}

/// What somebody pasted is read in time as well.
#[test]
fn a_pasted_text_with_very_many_diagnoses_is_read_in_time() {
    let bytes = repeated("", "ms-diagnostics: 1;reason=x\n\n", 1 << 20);
    let begun = Instant::now();
    let found = events_in_text(&bytes).len();
    let took = begun.elapsed().as_secs_f64();
    assert_eq!(found, bytes.len() / 28);
    assert!(took < 0.5 * MOST_SECONDS_PER_MB, "{took:.2} s");
}

/// Limits hold, and what they drop is told.
#[test]
fn limits_are_kept_and_told() {
    use siptriage_facts::TroubleKind;
    let trouble = |bytes: &[u8], kind: TroubleKind| {
        let folder = Folder::with(bytes);
        let facts = facts_of(&folder.trace(), &chunks_of(8 << 20, 1));
        assert_eq!(facts.coverage.bytes, bytes.len() as u64);
        facts
            .coverage
            .troubles
            .get(&kind)
            .map_or(0, |trouble| trouble.count)
    };
    let params = format!("ms-diagnostics: 1{}\n", ";a=b".repeat(100_000));
    assert_eq!(
        trouble(params.as_bytes(), TroubleKind::TooManyParameters),
        1
    );
    let media = format!(
        "ms-diagnostics: 1;CallerMediaDebug=\"{}\"\n",
        "audio:ICEWarn=0x1,".repeat(3_000)
    );
    assert_eq!(trouble(media.as_bytes(), TroubleKind::TooManyParameters), 1);
    assert_eq!(events_in_text(media.as_bytes())[0].media.len(), 64);
    let too_large = "SIP/2.0 500 x\nms-diagnostics: 4294967296;reason=\"x\"\n";
    assert_eq!(trouble(too_large.as_bytes(), TroubleKind::CodeTooLarge), 1);
    let no_code = "SIP/2.0 500 x\nms-diagnostics: ;reason=\"x\"\n";
    assert_eq!(trouble(no_code.as_bytes(), TroubleKind::NoCode), 1);
    let mut long = repeated("SIP/2.0 500 x\n", "X-Other: value\n", 5 << 20);
    long.extend_from_slice(b"ms-diagnostics: 1;reason=x\n");
    assert_eq!(trouble(&long, TroubleKind::RecordTooLong), 1);
}
