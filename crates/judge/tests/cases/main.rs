//! What becomes of dialogs: kinds, ends, outcomes, times, clocks.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod clocks;
mod ends;
mod outcomes;
mod script;

use script::{Log, event, facts, judge, merged, play, rules};
use siptriage_diagnostics::MediaSide::{Callee, Caller};
use siptriage_facts::{Carrier, Facts, Merge, Names, Zone};
use siptriage_judge::{Judge, Kind, Location, Outcome, Relay, TimeZones};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

/// A call from Ann to Ben that is answered after four seconds and lasts a minute.
const GOOD: &str = "
    0 ann/a ben INVITE 1 audio
    1 ann/a ben/b 180 INVITE 1
    4 ann/a ben/b 200 INVITE 1 audio
    4 ann/a ben/b ACK 1
    64 ann/a ben/b BYE 2
    64 ann/a ben/b 200 BYE 2";

#[test]
fn kinds_follow_from_methods_and_media() {
    for (script, want, outcome) in [
        (
            "0 ann/a ben INVITE 1 im\n 1 ann/a ben/b 200 INVITE 1",
            Kind::InstantMessages,
            "connected",
        ),
        ("0 ann/a ben INVITE 1 im audio", Kind::Call, "unfinished"),
        (
            "0 ann/a ben INVITE 1\n 1 ann/a ben/b MESSAGE 2",
            Kind::InstantMessages,
            "unfinished",
        ),
        (
            "0 ann/a ben INVITE 1 im\n 1 ann/a ben/b 487 INVITE 1",
            Kind::InstantMessages,
            "cancelled",
        ),
        (
            "0 ann/a ben MESSAGE 1\n 1 ann/a ben/b 480 MESSAGE 1",
            Kind::InstantMessages,
            "failed",
        ),
        (
            "0 ann/a ann INVITE 1 focus\n 1 ann/a ann/f 200 INVITE 1",
            Kind::Conference,
            "connected",
        ),
        ("0 ann/a ann INVITE 1 focus audio", Kind::Call, "unfinished"),
        ("0 ann/a ann/f INFO 1 focus", Kind::Conference, "unfinished"),
        (
            "0 ann/a ann REGISTER 1\n 0 ann/a ann/r 401 REGISTER 1 challenge\n \
             0 ann/a ann REGISTER 2\n 0 ann/a ann/r 200 REGISTER 2",
            Kind::Registration,
            "connected",
        ),
        (
            "0 ann/a ann REGISTER 1\n 0 ann/a ann/r 401 REGISTER 1 challenge",
            Kind::Registration,
            "unfinished",
        ),
        (
            "0 ann/a ann REGISTER 1\n 0 ann/a ann/r 403 REGISTER 1",
            Kind::Registration,
            "failed",
        ),
        (
            "0 ann/a ann REGISTER 1\n 0 ann/a ann/r 504 REGISTER 1 !1010\n \
             0 ann/a ann REGISTER 2\n 0 ann/a ann/r 200 REGISTER 2",
            Kind::Registration,
            "connected",
        ),
        (
            "0 ann/a ben SUBSCRIBE 1\n 0 ann/a ben/b 200 SUBSCRIBE 1",
            Kind::Subscription,
            "connected",
        ),
        (
            "0 ann/a ben SUBSCRIBE 1\n 0 ann/a ben/b 200 SUBSCRIBE 1\n 9 ben/b ann/a BENOTIFY 1 !4141",
            Kind::Subscription,
            "failed",
        ),
        ("0 ann/a ann SERVICE 1", Kind::Service, "unfinished"),
        (
            "0 ann/a ben OPTIONS 1\n 0 ann/a ben/b 200 OPTIONS 1",
            Kind::Options,
            "connected",
        ),
        (
            "0 ann/a ben PUBLISH 1\n 0 ann/a ben/b 200 PUBLISH 1",
            Kind::Other,
            "connected",
        ),
    ] {
        judge(&facts(script), |case| {
            assert_eq!(case.kind, want, "{script}");
            assert_eq!(case.outcome.name(), outcome, "{script}");
            assert_eq!(case.caller.address, Some("sip:ann@contoso.com"), "{script}");
            assert_eq!(case.is_call(), want == Kind::Call);
        });
    }
}

#[test]
fn what_only_a_report_names_is_a_call() {
    let names = Names::default();
    for (carrier, params, want) in [
        (Carrier::Qoe, vec![], Kind::Call),
        (
            Carrier::DiagHeader,
            vec![("requestType", "INVITE")],
            Kind::Call,
        ),
        (
            Carrier::DiagHeader,
            vec![("requestType", "SUBSCRIBE")],
            Kind::Other,
        ),
        (Carrier::Header, vec![], Kind::Other),
    ] {
        let mut facts = Facts::default();
        let mut report = event(carrier, 10_000, "", "", "SERVICE 4", None);
        if carrier == Carrier::Header {
            report.message.cseq = None;
        }
        report.params.extend(
            params
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into())),
        );
        facts.observe_event(&report, &names);
        judge(&facts, |case| {
            assert_eq!(case.kind, want, "{carrier} {params:?}");
            if want == Kind::Call {
                assert_eq!(case.outcome, Outcome::SeenInPart);
            }
            // Nothing but the report has a stamp.
            assert_eq!((case.start, case.end), (report.time, report.time));
        });
    }
}

#[test]
fn both_ends_media_debug_tells_where_they_are() {
    let names = Names::default();
    let mut facts = facts(GOOD);
    let caller = "audio:ICEWarn=0x20,LocalSite=198.51.100.7:5000,LocalMR=203.0.113.9:443,\
        RemoteSite=192.0.2.1::7000,PortRange=1025:65000,LocalLocation=1,RemoteLocation=2";
    let callee = "audio:ICEWarn=0x0,LocalSite=[2001:db8::7]:5000,RemoteSite=198.51.100.7:5000,\
        LocalLocation=0,RemoteLocation=1";
    let mut bye = event(
        Carrier::Header,
        51_004,
        "ann/a",
        "ben/b",
        "BYE 2",
        Some(caller),
    );
    bye.media[0].side = Some(Caller);
    let mut answer = event(
        Carrier::Header,
        51_007,
        "ann/a",
        "ben/b",
        "200 INVITE 1",
        Some(callee),
    );
    facts.observe_event(&bye, &names);
    // Only who sent it tells whose view this is.
    answer.media[0].side = None;
    facts.observe_event(&answer, &names);
    judge(&facts, |case| {
        assert_eq!(case.location_pair(), (Location::Outside, Location::Inside));
        assert_eq!(case.caller.relay, Relay::Present("203.0.113.9:443"));
        assert_eq!(case.callee.relay, Relay::Absent);
        assert_eq!(case.caller.site, Some("198.51.100.7"));
        assert_eq!(case.callee.site, Some("2001:db8::7"));
        let sides: Vec<_> = case
            .media()
            .map(|view| (view.side, view.local, view.remote))
            .collect();
        assert_eq!(
            sides,
            [
                (Some(Caller), Location::Outside, Location::Inside),
                (Some(Callee), Location::Unknown, Location::Outside),
            ]
        );
        assert_eq!(case.codes().collect::<Vec<_>>(), [51_004, 51_007]);
        assert_eq!(case.users().collect::<Vec<_>>(), ["sip:ann@contoso.com"]);
        assert_eq!(case.files().into_iter().collect::<Vec<_>>(), ["a.log"]);
        assert!(!case.conference());
    });
    // The other end's view alone.
    let mut facts = script::facts(GOOD);
    facts.observe_event(&bye, &names);
    judge(&facts, |case| {
        assert_eq!(case.callee.location, Location::Inside);
        assert_eq!(case.callee.site, Some("192.0.2.1"));
        assert_eq!(case.callee.relay, Relay::NotStated);
    });
    // A scrubbed value says nothing of relays.
    let mut facts = script::facts(GOOD);
    let scrubbed = "application-sharing:ICEWarn=0x320,,,RemoteSite=,PortRange=50040:50049";
    let scrubbed = event(
        Carrier::Header,
        24,
        "ann/a",
        "ben/b",
        "BYE 2",
        Some(scrubbed),
    );
    facts.observe_event(&scrubbed, &names);
    judge(&facts, |case| {
        assert_eq!(case.caller.relay, Relay::NotStated);
        assert_eq!(case.caller.location, Location::Unknown);
        assert_eq!(case.outcome, Outcome::Failed);
    });
}

#[test]
fn a_quality_report_is_nobodys_view_as_long_as_it_does_not_say_whose() {
    let names = Names::default();
    let mut facts = facts(GOOD);
    let debug = "main-audio:ICEWarn=0x20,LocalAddr.Inside=true,LocalAddr.IPAddr=192.0.2.1";
    let report = event(Carrier::Qoe, 0, "ann/s", "ann", "SERVICE 4", Some(debug));
    facts.observe_event(&report, &names);
    judge(&facts, |case| {
        let view = case.media().next().unwrap();
        assert_eq!((view.side, view.local), (None, Location::Inside));
        assert_eq!(view.field("localaddr.ipaddr"), Some("192.0.2.1"));
        assert_eq!(case.caller.site, None);
        assert_eq!(case.codes().count(), 0);
        assert_eq!(case.outcome, Outcome::Connected);
    });
}

#[test]
fn a_quality_report_says_inside_in_words_and_in_numbers() {
    let names = Names::default();
    for (value, want) in [
        ("true", Location::Inside),
        ("TRUE", Location::Inside),
        ("1", Location::Inside),
        ("false", Location::Outside),
        ("False", Location::Outside),
        ("0", Location::Outside),
        ("2", Location::Unknown),
        ("", Location::Unknown),
    ] {
        let mut facts = facts(GOOD);
        let debug = format!("main-audio:ICEWarn=0x20,RemoteAddr.Inside={value}");
        let report = event(Carrier::Qoe, 0, "ann/s", "ann", "SERVICE 4", Some(&debug));
        facts.observe_event(&report, &names);
        judge(&facts, |case| {
            let view = case.media().next().unwrap();
            assert_eq!(
                (view.local, view.remote),
                (Location::Unknown, want),
                "{value}"
            );
        });
    }
}

#[test]
fn a_call_with_a_conference_at_one_end_is_known_as_one() {
    judge(&facts("0 ann/a ann INVITE 1 focus audio"), |case| {
        assert!(case.conference() && case.is_call());
    });
}

#[test]
fn the_order_of_parts_does_not_matter() {
    let scripts = [
        GOOD,
        "0 ann/a ben INVITE 1 audio
         1 ann/a ben/desk 180 INVITE 1
         1 ann/a ben/mobile 180 INVITE 1
         2 ann/a ben/mobile 603 INVITE 1
         2 ann/a ben CANCEL 1
         2 ann/a ben/desk 487 INVITE 1 !13008",
        "4 ann/a ben/b 200 INVITE 1 audio
         9 ben/b ann/a INVITE 1 video
         9 ben/b ann/a 488 INVITE 1 !52063
         64 ben/b ann/a BYE 2 !32
         64 ben/b ann/a 200 BYE 2",
    ];
    let logs = [
        Log::client("ann-1.log", "ann"),
        Log::client("ben.log", "ben").ahead(2 * HOUR),
        Log::server("fe.log"),
    ];
    for script in scripts {
        let mut parts: Vec<Facts> = Vec::new();
        for log in &logs {
            for line in script.lines() {
                parts.push(play(line, log));
            }
        }
        let whole = merged(parts.clone());
        let mut turned = parts.clone();
        turned.reverse();
        let mut halves = parts.clone();
        let half = halves.split_off(parts.len() / 2);
        let mut back = merged(half);
        back.merge(merged(halves));
        let twice = parts.iter().chain(&parts).cloned().collect();
        for (other, copies) in [(merged(turned), 1), (back, 1), (merged(twice), 2)] {
            judge(&whole, |case| {
                judge(&other, |same| {
                    assert_eq!(case.call_id, same.call_id);
                    assert_eq!(
                        (case.outcome, case.caller, case.callee, case.ended_by),
                        (same.outcome, same.caller, same.callee, same.ended_by)
                    );
                    assert_eq!(
                        (
                            case.start,
                            case.end,
                            case.time_to_ring,
                            case.set_up,
                            case.duration
                        ),
                        (
                            same.start,
                            same.end,
                            same.time_to_ring,
                            same.set_up,
                            same.duration
                        )
                    );
                    let messages = case.dialog.messages.distinct();
                    assert_eq!(same.dialog.messages.distinct(), messages);
                    assert_eq!(same.copies(), messages * (3 * copies - 1));
                });
            });
        }
    }
}

#[test]
fn nothing_that_any_trace_holds_makes_the_judge_panic() {
    let rules = rules();
    let mut facts = Facts::default();
    let extremes = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    for (n, ahead) in extremes.into_iter().enumerate() {
        let zones = [
            Zone::Utc,
            Zone::Offset(i16::MIN),
            Zone::AssumedUtc,
            Zone::Local,
        ];
        for zone in zones {
            let file = format!("{n}.log");
            let log = Log {
                zone,
                owner: None,
                ..Log::client(&file, "ann")
            };
            facts.merge(play(
                GOOD,
                &Log {
                    at_all: Some(ahead),
                    ..log
                },
            ));
        }
    }
    facts.merge(play(
        "0 / / INVITE 1\n 0 / / 200 INVITE 1",
        &Log::server("x"),
    ));
    let judge = Judge::new(&facts, rules, &TimeZones::default());
    for case in judge.cases() {
        assert!(case.duration.is_none_or(|duration| duration >= 0));
        let _ = case.start.map(|start| start.zone);
    }
}
