//! The hot pieces alone: `cargo bench -p siptriage-bench --bench pieces`, or with a word of a name
//! behind `--`.
//!
//! They tell where a change of a whole scan comes from. What counts is the whole:
//! `siptriage-bench` measures that.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends")]

use std::fs;
use std::path::PathBuf;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use siptriage_diagnostics::{Diagnosis, IceWarn};
use siptriage_facts::{Dialog, DialogId, Facts, Merge, Names, Signal};
use siptriage_generator::{Format, Options, generate};
use siptriage_scanner::{Discovery, Input, Location, ScanOptions, Unwatched, events_in_text, scan};

/// Bytes of a trace that is scanned: one chunk.
const TRACE: u64 = 8_000_000;

/// A value as clients write it, with two media sections.
const VALUE: &[u8] = b"24; reason=\"Call failed to establish due to a media connectivity failure \
    when one endpoint is internal and the other is remote\"; CalleeMediaDebug=\
    \"audio:ICEWarn=0x80012b,LocalSite=192.0.2.17:50012,LocalMR=203.0.113.21:52130,\
    RemoteSite=198.51.100.4:50032,RemoteMR=203.0.113.22:57761,PortRange=50000:50019,\
    LocalMRTCPPort=52130,RemoteMRTCPPort=57761,LocalLocation=2,RemoteLocation=1,FederationType=0\
    ,video:ICEWarn=0x320,LocalSite=192.0.2.17:50014,RemoteSite=198.51.100.4:50034,\
    PortRange=50020:50039,LocalLocation=2,RemoteLocation=1,FederationType=0\"";

fn main() {
    divan::main();
}

fn trace(format: Format, bytes: u64) -> Vec<u8> {
    let mut trace = Vec::new();
    generate(&Options::new(1, bytes, format), &mut trace).unwrap();
    trace
}

/// Call-IDs as clients and gateways make them.
fn call_ids(count: u64) -> Vec<String> {
    let one = |n: u64| {
        let word = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        match n % 4 {
            0 => format!("BW{word:016x}@203.0.113.77"),
            _ => format!("{word:016x}{:016x}", word.rotate_left(29)),
        }
    };
    (0..count).map(one).collect()
}

/// The seven messages of a call.
fn call(call_id: &str) -> Vec<Signal<'_>> {
    let message = |status: Option<u16>, cseq: &'static str, answered: bool| Signal {
        call_id,
        file: "server.txt",
        trace_format: "server",
        status,
        cseq,
        request_uri: "sip:u1000@contoso.com",
        from: "<sip:u0000@contoso.com>;tag=5f1d3a;epid=01",
        to: match answered {
            true => "<sip:u1000@contoso.com>;tag=77aa01",
            false => "<sip:u1000@contoso.com>",
        },
        agent: "UCCAPI/16.0.4266.1001 OC/16.0.4266.1001",
        ..Signal::default()
    };
    vec![
        message(None, "1 INVITE", false),
        message(Some(100), "1 INVITE", false),
        message(Some(180), "1 INVITE", true),
        message(Some(200), "1 INVITE", true),
        message(None, "1 ACK", true),
        message(None, "2 BYE", true),
        message(Some(200), "2 BYE", true),
    ]
}

/// Facts of a call for each Call-ID.
fn facts(ids: &[String]) -> Facts {
    let (mut facts, names) = (Facts::default(), Names::default());
    for id in ids {
        for signal in call(id) {
            facts.observe_message(&signal, &names);
        }
    }
    facts
}

#[divan::bench]
fn hash_of_a_call_id(bencher: Bencher<'_, '_>) {
    let ids = call_ids(1000);
    bencher.counter(ItemsCount::new(ids.len())).bench_local(|| {
        for id in &ids {
            black_box(DialogId::of(black_box(id)));
        }
    });
}

#[divan::bench]
fn messages_into_a_dialog(bencher: Bencher<'_, '_>) {
    let names = Names::default();
    let messages = call("0123456789abcdef0123456789abcdef");
    bencher
        .counter(ItemsCount::new(messages.len()))
        .bench_local(|| {
            let mut dialog = Dialog::default();
            for message in &messages {
                dialog.observe(black_box(message), &names);
            }
            dialog
        });
}

#[divan::bench]
fn messages_into_facts_of_1000_calls(bencher: Bencher<'_, '_>) {
    let ids = call_ids(1000);
    bencher
        .counter(ItemsCount::new(7 * ids.len()))
        .bench_local(|| facts(&ids));
}

/// Two tables of calls, half of which are in both.
#[divan::bench]
fn merge_of_facts(bencher: Bencher<'_, '_>) {
    let ids = call_ids(15_000);
    let (left, right) = (facts(&ids[..10_000]), facts(&ids[5_000..]));
    bencher
        .counter(ItemsCount::new(10_000usize))
        .with_inputs(|| (left.clone(), right.clone()))
        .bench_local_values(|(mut left, right)| {
            left.merge(right);
            left
        });
}

#[divan::bench]
fn value_of_a_header(bencher: Bencher<'_, '_>) {
    bencher
        .counter(BytesCount::new(VALUE.len()))
        .bench_local(|| {
            let diagnosis = Diagnosis::parse(black_box(VALUE)).unwrap();
            black_box(diagnosis.params().count())
        });
}

#[divan::bench]
fn flags_of_a_mask() -> usize {
    let mask = IceWarn::parse(black_box(b"0x80012b")).unwrap();
    mask.flags().map(|flag| flag.name.len()).sum()
}

#[divan::bench(args = ["client", "server"])]
fn diagnoses_in_a_text(bencher: Bencher<'_, '_>, format: &str) {
    let text = trace(format_of(format), 200_000);
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| events_in_text(black_box(&text)));
}

#[divan::bench(args = ["client", "server"], sample_count = 20)]
fn scan_of_8_megabytes(bencher: Bencher<'_, '_>, format: &str) {
    let path = kept_trace(format);
    let discovery = Discovery {
        inputs: vec![Input {
            name: format.into(),
            location: Location::File(path.clone()),
            len: None,
            part: None,
            within: None,
            named: true,
            checked: true,
        }],
        ..Discovery::default()
    };
    let options = ScanOptions {
        threads: Some(1),
        ..ScanOptions::default()
    };
    let bytes = fs::metadata(&path).unwrap().len();
    bencher
        .counter(BytesCount::new(bytes))
        .bench_local(|| scan(&discovery, &options, &Unwatched));
    fs::remove_file(path).unwrap();
}

/// A trace in a file that looks an hour old: one that was changed just now is not mapped.
fn kept_trace(format: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("siptriage-{}-{format}.txt", std::process::id()));
    fs::write(&path, trace(format_of(format), TRACE)).unwrap();
    let file = fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3600))
        .unwrap();
    path
}

fn format_of(name: &str) -> Format {
    if name == "client" {
        Format::Client
    } else {
        Format::Server
    }
}
