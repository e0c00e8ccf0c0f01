//! Very many plain calls in one server log, to measure what a reader holds in memory.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::put::{Digits, HexDigits, UpperHexDigits, put};

/// What is true of the log that [`write_calls`] wrote. All calls are connected, and all are alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainCallsTruth {
    /// Calls.
    pub calls: u64,
    /// Messages: seven for each call, none of them twice.
    pub messages: u64,
    /// Bytes of the log.
    pub bytes: u64,
    /// Different callers.
    pub callers: u64,
    /// From INVITE to 180 of every call, in milliseconds.
    pub ring_ms: u64,
    /// From INVITE to 200.
    pub answer_ms: u64,
    /// From 200 to BYE.
    pub duration_ms: u64,
}

impl PlainCallsTruth {
    /// As indented JSON with a final line end.
    ///
    /// # Errors
    ///
    /// None in practice: serde_json's.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }
}

/// Messages of one call: status of responses to INVITE, else method of requests, and the step of
/// the call at which it is sent.
const MESSAGES: [(&str, u32, u64); 7] = [
    ("INVITE", 0, 0),
    ("INVITE", 100, 1),
    ("INVITE", 180, 2),
    ("INVITE", 200, 9),
    ("ACK", 0, 10),
    ("BYE", 0, 63),
    ("BYE", 200, 64),
];
/// Milliseconds from one step to the next: in each, one call begins.
const STEP_MS: u64 = 500;
/// People who call. Odd, so that caller and called are never the same.
const PEOPLE: u64 = 2001;
const BLOCK: usize = 256 * 1024;

/// Writes the log of one Front End with `calls` finished calls and nothing else: INVITE, 100,
/// 180, 200, ACK, BYE, 200, some 400 bytes each, sixty calls at a time. Memory does not grow with
/// `calls`.
///
/// # Errors
///
/// Those of `out`.
pub fn write_calls(seed: u64, calls: u64, out: &mut dyn Write) -> io::Result<PlainCallsTruth> {
    let mut truth = PlainCallsTruth {
        calls,
        messages: calls * MESSAGES.len() as u64,
        callers: calls.min(PEOPLE),
        ring_ms: MESSAGES[2].2 * STEP_MS,
        answer_ms: MESSAGES[3].2 * STEP_MS,
        duration_ms: (MESSAGES[5].2 - MESSAGES[3].2) * STEP_MS,
        ..PlainCallsTruth::default()
    };
    let mut clock = Clock::new();
    let mut block = Vec::with_capacity(BLOCK + 4096);
    let last = MESSAGES[MESSAGES.len() - 1].2;
    let mut sequence = 0u64;
    for step in 0..calls + last {
        for (method, status, after) in MESSAGES.iter().rev() {
            let Some(call) = step.checked_sub(*after).filter(|call| *call < calls) else {
                continue;
            };
            sequence += 1;
            // 2026-03-02T08:00:00.
            let at = 1_772_438_400_000 + step * STEP_MS;
            put_message(
                &mut block,
                &mut clock,
                (at, sequence),
                (seed, call),
                (method, *status),
            );
        }
        if block.len() >= BLOCK {
            truth.bytes += block.len() as u64;
            out.write_all(&block)?;
            block.clear();
        }
    }
    truth.bytes += block.len() as u64;
    out.write_all(&block)?;
    out.flush()?;
    Ok(truth)
}

/// A number that looks like chance: the finaliser of splitmix64.
fn scatter(word: u64) -> u64 {
    let mut word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

fn put_message(
    out: &mut Vec<u8>,
    clock: &mut Clock,
    (at, sequence): (u64, u64),
    (seed, call): (u64, u64),
    (method, status): (&str, u32),
) {
    let (caller, callee) = (call % PEOPLE, (call + 1000) % PEOPLE);
    let tags = scatter(seed ^ (call << 1));
    put!(out, "TL_INFO(TF_PROTOCOL) [pool01\\fe01]0A1C.0994::");
    clock.put(out, "-", at);
    put!(
        out,
        ".",
        UpperHexDigits(sequence, 8),
        " (SIPStack)[1] $$begin_record\r\n"
    );
    put!(out, "Direction: incoming\r\nStart-Line: ");
    match (method, status) {
        (_, 100) => put!(out, "SIP/2.0 100 Trying"),
        (_, 180) => put!(out, "SIP/2.0 180 Ringing"),
        (_, 200) => put!(out, "SIP/2.0 200 OK"),
        _ => put!(
            out,
            method,
            " sip:u",
            Digits(callee, 4),
            "@contoso.com SIP/2.0"
        ),
    }
    put!(
        out,
        "\r\nFrom: <sip:u",
        Digits(caller, 4),
        "@contoso.com>;tag="
    );
    put!(
        out,
        HexDigits(tags, 8),
        "\r\nTo: <sip:u",
        Digits(callee, 4),
        "@contoso.com>"
    );
    if method != "INVITE" || status > 100 {
        put!(out, ";tag=", HexDigits(tags >> 32, 8));
    }
    // The number of the call makes it unique, the rest makes neighbours unlike.
    put!(
        out,
        "\r\nCall-ID: ",
        HexDigits(scatter(call ^ seed.rotate_left(32)), 16)
    );
    put!(out, HexDigits(call, 10));
    let number = if method == "BYE" { 2u8 } else { 1 };
    put!(
        out,
        "\r\nCSeq: ",
        number,
        " ",
        method,
        "\r\nContent-Length: 0\r\n"
    );
    put!(out, "Message-Body: -\r\n$$end_record\r\n\r\n");
}
