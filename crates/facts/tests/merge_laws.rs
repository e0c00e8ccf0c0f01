//! Merging as algebra: identity, grouping, order, over parts with every field in use.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::borrow::Cow;

use siptriage_diagnostics::{HeaderName, IceWarn, MediaSide};
use siptriage_facts::{
    Candidates, Carrier, DialogId, Event, Facts, FailureKey, MAX_TEXTS, Media, Merge, Message,
    Modalities, Name, Names, OTHERS, Place, Signal, SkipReason, Skipped, Smallest, Stamp,
    TroubleKind, Who, Zone,
};

fn place(file: &str, offset: u64) -> Place {
    Place {
        file: file.into(),
        offset,
        line: offset + 1,
    }
}

fn stamp(minute: u32) -> Stamp {
    Stamp::from_civil((2026, 3, 14), (9, minute % 60, 0), 0, Zone::Local).unwrap()
}

fn message(n: u32) -> Message<'static> {
    Message {
        from: Some(format!("<sip:user{}@Contoso.com>;tag=1", n % 4).into()),
        to: Some("<sip:ben@contoso.com>;tag=2".into()),
        call_id: Some(format!("call-{}@192.0.2.1", n % 7).into()),
        cseq: Some("1 INVITE".into()),
        start_line: Some("SIP/2.0 488 Not Acceptable Here".into()),
        challenge: n.is_multiple_of(2),
        ..Message::default()
    }
}

fn event(carrier: Carrier, n: u32) -> Event<'static> {
    let pair = |name: &str, value: String| (Cow::Owned(name.to_owned()), Cow::Owned(value));
    Event {
        place: place(["b", "a", "c"][n as usize % 3], u64::from(100 - n)),
        trace_format: "server",
        time: (!n.is_multiple_of(4)).then(|| stamp(n * 7)),
        header: (carrier == Carrier::Header).then_some(HeaderName::ALL[n as usize % 3]),
        carrier,
        code: (!matches!(carrier, Carrier::ServerRecord | Carrier::Qoe)).then_some(20 + n % 3),
        sub_code: (n.is_multiple_of(5)).then(|| "5".into()),
        reason: Some(format!("reason {}", n % 2).into()),
        source: None,
        params: vec![
            pair("severity", "error".into()),
            pair("text", format!("text {}", n % 2)),
            pair("result_code", "0xc3e93c5e".into()),
            pair("result_name", "SIPPROXY_E_ROUTING".into()),
        ],
        media: vec![Media {
            side: Some(MediaSide::Caller),
            label: ["audio", "video"][n as usize % 2].into(),
            ice_warn: (!n.is_multiple_of(3)).then(|| IceWarn::from_bits(1 << (n % 4))),
            ice_warn_ex: None,
            malformed_ice_warn: (n.is_multiple_of(3)).then(|| "0x123456789".into()),
            fields: vec![
                pair("LocalLocation", (n % 3).to_string()),
                pair("RemoteLocation", (n % 2).to_string()),
                pair("FederationType", (n % 2).to_string()),
                pair("Ice", "FAILED".into()),
            ],
        }],
        cut: n.is_multiple_of(6),
        message: message(n),
    }
}

/// Messages of a few dialogs: all of them in every part, some twice, each part by writers of its
/// own.
fn hear(facts: &mut Facts, names: &Names, seed: u32) {
    for n in seed * 5..seed * 5 + 40 {
        let call_id = match n % 8 {
            7 => String::new(),
            call => format!("call-{call}@192.0.2.1"),
        };
        let file = format!("log{}", n % 5 + seed);
        let methods = ["INVITE", "BYE", "CANCEL", "ACK", "SUBSCRIBE", "MESSAGE"];
        let cseq = format!("{} {}", n % 3 + 1, methods[n as usize % 6]);
        let from = format!("<sip:user{}@Contoso.com>;tag={}", n % 4, n % 11);
        let to = match n % 2 {
            0 => "<sip:conf@contoso.com;opaque=app:conf:focus:id:1>".to_owned(),
            _ => format!("<sip:peer{}@contoso.com>;tag=b{}", n % 3, n % 13),
        };
        facts.observe_message(
            &Signal {
                call_id: &call_id,
                file: &file,
                time: (!n.is_multiple_of(5)).then(|| stamp(n * 3)),
                sent: [None, Some(true), Some(false)][n as usize % 3],
                status: [None, Some(180), Some(200), Some(488), Some(401)][n as usize % 5],
                cseq: &cseq,
                from: &from,
                to: &to,
                agent: ["UCCAPI/16.0", "RTC/6.0"][n as usize % 2],
                challenge: n.is_multiple_of(3),
                described: true,
                modalities: Modalities::ALL[n as usize % 6].0,
                candidates: Candidates::ALL[n as usize % 8].0,
                location: "NetworkScope;ms-media-location-type=Internet",
                diagnoses: vec![["24", "51007"][n as usize % 2]],
                ..Signal::default()
            },
            names,
        );
    }
}

fn part(seed: u32) -> Facts {
    let mut facts = Facts::default();
    let names = Names::default();
    hear(&mut facts, &names, seed);
    for n in seed * 5..seed * 5 + 9 {
        for carrier in Carrier::ALL {
            facts.observe_event(&event(carrier, n), &names);
        }
        let status = [404, 401, 488][n as usize % 3];
        facts.observe_response(
            status,
            &message(n),
            Some(stamp(n)),
            &place("d", u64::from(n)),
            &names,
        );
        for kind in [TroubleKind::NoCode, TroubleKind::RecordTooLong] {
            facts.trouble(kind, place("e", u64::from(50 - n)));
        }
    }
    let coverage = &mut facts.coverage;
    coverage.files = u64::from(seed + 1);
    coverage.bytes = 100;
    coverage.passed_over = 3;
    coverage.interrupted = seed % 2 == 1;
    let format = coverage.formats.entry("server".into());
    (format.files, format.bytes, format.records) = (1, 60, 4);
    (format.requests, format.responses, format.fragments) = (1, 2, 1);
    coverage.skipped.insert(Skipped {
        file: format!("f{seed}").as_str().into(),
        reason: SkipReason::Empty,
        detail: "".into(),
    });
    facts
}

fn merged(parts: &[&Facts]) -> Facts {
    let mut whole = Facts::default();
    for part in parts {
        whole.merge((*part).clone());
    }
    whole
}

#[test]
fn every_field_is_in_use() {
    // Serialised, nothing in a part is empty, absent or false: a field that the parts leave out
    // would not be held to the laws.
    fn check(path: &str, value: &serde_json::Value) {
        use serde_json::Value;
        let empty = match value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        assert!(!empty, "{path} is not in use");
        if let Value::Object(map) = value {
            for (key, value) in map {
                check(&format!("{path}.{key}"), value);
            }
        }
    }
    let whole = serde_json::to_value(part(1)).unwrap();
    check("facts", &whole);
    // Of dialogs, some may lack something; no field is unused in all of them.
    let dialogs = whole["dialogs"].as_array().unwrap();
    let fields: Vec<&String> = dialogs[0][1].as_object().unwrap().keys().collect();
    for field in fields {
        let used = dialogs.iter().any(|dialog| {
            let value = &dialog[1][field];
            !value.is_null() && *value != serde_json::json!(0) && *value != serde_json::json!([])
        });
        assert!(used, "dialogs.{field} is not in use");
    }
}

#[test]
fn nothing_is_the_identity_on_both_sides() {
    for seed in 0..4 {
        let part = part(seed);
        assert_eq!(merged(&[&part]), part);
        let mut left = part.clone();
        left.merge(Facts::default());
        assert_eq!(left, part);
    }
}

#[test]
fn order_and_grouping_do_not_matter() {
    let parts: Vec<Facts> = (0..4).map(part).collect();
    let [a, b, c, d] = parts.as_slice() else {
        unreachable!()
    };
    let whole = merged(&[a, b, c, d]);
    for order in [[d, c, b, a], [b, a, d, c], [c, d, a, b], [a, c, b, d]] {
        assert_eq!(merged(&order), whole);
    }
    let (left, right) = (merged(&[a, b]), merged(&[c, d]));
    assert_eq!(merged(&[&left, &right]), whole);
    assert_eq!(merged(&[&right, &left]), whole);
    let middle = merged(&[b, c]);
    assert_eq!(merged(&[a, &middle, d]), whole);
    assert_ne!(whole, merged(&[a, b, c]), "the last part adds something");
}

#[test]
fn facts_come_back_from_json_as_they_were() {
    let whole = merged(&[&part(0), &part(3)]);
    let json = serde_json::to_string(&whole).unwrap();
    assert_eq!(serde_json::from_str::<Facts>(&json).unwrap(), whole);
}

#[test]
fn the_smallest_are_kept_whatever_comes_first() {
    let all: Vec<u64> = (0..40).map(|n| n * 17 % 40).collect();
    let mut forward = Smallest::<u64, 8>::default();
    let mut backward = Smallest::<u64, 8>::default();
    all.iter().for_each(|n| forward.offer(*n));
    all.iter().rev().for_each(|n| backward.offer(*n));
    assert_eq!(forward, backward);
    assert_eq!(
        forward.iter().copied().collect::<Vec<_>>(),
        (0..8).collect::<Vec<_>>()
    );
}

#[test]
fn keys_are_cut_and_counts_stay_exact() {
    let mut facts = Facts::default();
    for n in 0..3 {
        let mut event = event(Carrier::Header, n);
        event.code = Some(24);
        event.sub_code = None;
        event.reason = Some("é".repeat(100_000).into());
        facts.observe_event(&event, &Names::default());
    }
    let (key, tally) = facts.failures.iter().next().unwrap();
    assert!(key.reason.len() < 2000 && key.reason.ends_with('…'));
    assert_eq!(tally.occurrences, 3);
}

/// Facts in which one code came with the reasons of these numbers, each from another user.
fn flooded(reasons: std::ops::Range<u32>) -> Facts {
    let mut facts = Facts::default();
    for n in reasons {
        // Not in the order of their texts.
        let reason = format!("reason {}", n.wrapping_mul(2_654_435_761));
        let key = FailureKey {
            code: 24,
            sub_code: "".into(),
            reason: reason.into(),
        };
        let user = Name::from(format!("sip:user{}@example.com", n % 50).as_str());
        let who = Who {
            user: Some(&user),
            dialog: Some(DialogId::of(&n.to_string())),
        };
        let place = Place {
            file: "flood".into(),
            offset: u64::from(n),
            line: 1,
        };
        facts.failures.entry(key).observe(who, None, &place);
        let text = format!("record {n}");
        facts.media.entry(text.into()).observe(who, None, &place);
    }
    facts.settle();
    facts
}

#[test]
fn what_a_cap_drops_is_counted_exactly_in_any_order() {
    let sum = |parts: &[std::ops::Range<u32>]| {
        let mut sum = Facts::default();
        for part in parts {
            sum.merge(flooded(part.clone()));
        }
        sum.settle();
        sum
    };
    let whole = flooded(0..5000);
    for parts in [
        &[0..2000, 2000..5000][..],
        &[0..100, 100..2500, 2500..5000],
        &[4000..5000, 0..4000],
        &[1200..5000, 600..1200, 0..600],
    ] {
        assert!(sum(parts) == whole, "{parts:?}");
    }
    // Grouped the other way: front + (middle + back).
    let mut right = flooded(1000..3000);
    right.merge(flooded(3000..5000));
    let mut left = flooded(0..1000);
    left.merge(right);
    assert!(left == whole);

    assert_eq!(whole.failures.len(), MAX_TEXTS + 1);
    assert_eq!(whole.media.len(), MAX_TEXTS + 1);
    let others = FailureKey {
        code: 24,
        sub_code: "".into(),
        reason: OTHERS.into(),
    };
    let others = whole.failures.get(&others).unwrap();
    assert_eq!(others.occurrences, 5000 - MAX_TEXTS as u64);
    assert_eq!(others.dialogs.len(), 5000 - MAX_TEXTS);
    assert_eq!(others.users.len(), 50);
    let all = whole.failures.iter().map(|(_, tally)| tally.occurrences);
    assert_eq!(all.sum::<u64>(), 5000);
}
