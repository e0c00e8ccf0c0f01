//! Kinds of dialogs and their ends.

use siptriage_diagnostics::MediaSide::{self, Callee, Caller};
use siptriage_facts::{Carrier, Facts, Names};
use siptriage_judge::Kind;

use crate::script::{event, facts, judge, report};

fn kind(script: &str) -> Kind {
    judge(&facts(script), |case| case.kind)
}

#[test]
fn only_an_info_to_a_focus_is_the_control_of_a_conference() {
    assert_eq!(kind("0 ann/a ann/f INFO 1 focus"), Kind::Conference);
    assert_eq!(kind("0 ann/a ben/b INFO 1"), Kind::Other);
    assert_eq!(kind("0 ann/a ann/f PUBLISH 1 focus"), Kind::Other);
}

#[test]
fn a_lone_diagnosis_is_about_a_call_if_it_has_media_or_a_code_of_their_failure() {
    let names = Names::default();
    let debug = "audio:ICEWarn=0x20";
    for (code, debug, want) in [
        (24, None, Kind::Call),
        (21, None, Kind::Call),
        (34, None, Kind::Call),
        (10_000, Some(debug), Kind::Call),
        (10_000, None, Kind::Other),
        (35, None, Kind::Other),
    ] {
        let mut facts = Facts::default();
        let mut lone = event(Carrier::Header, code, "", "", "BYE 2", debug);
        lone.message.cseq = None;
        facts.observe_event(&lone, &names);
        judge(&facts, |case| {
            assert_eq!(case.kind, want, "{code} {debug:?}")
        });
    }
}

#[test]
fn of_those_who_were_reached_the_one_with_the_address_that_was_called_is_the_callee() {
    // Ends lie in the order of numbers that are made of their tags: each way round.
    for tags in [["b", "c", "p"], ["c", "p", "b"], ["p", "b", "c"]] {
        for turned in [false, true] {
            let [ben, kim, proxy] = tags;
            let (ben, kim) = if turned { (kim, ben) } else { (ben, kim) };
            let asked = format!(
                "0 ann/a ben INVITE 1 audio
                 0 ann/a ben/{proxy} 407 INVITE 1 challenge
                 0 ann/a ben INVITE 2 audio
                 1 ann/a kim/{kim} 180 INVITE 2"
            );
            judge(&facts(&asked), |case| {
                // The proxy that wanted credentials has the address and was not reached.
                assert_eq!(case.callee.address, Some("sip:kim@contoso.com"), "{asked}");
            });
            let both = format!("{asked}\n 1 ann/a ben/{ben} 180 INVITE 2");
            judge(&facts(&both), |case| {
                assert_eq!(case.callee.address, Some("sip:ben@contoso.com"), "{both}");
            });
        }
    }
}

#[test]
fn of_a_call_that_only_reports_know_they_name_the_ends() {
    let names = Names::default();
    for (params, caller, callee) in [
        (
            vec![
                ("FromURI", "sip:ann@contoso.com"),
                ("ToURI", "sip:ben@contoso.com"),
            ],
            Some("sip:ann@contoso.com"),
            Some("sip:ben@contoso.com"),
        ),
        (
            vec![("toUri", "sip:ben@contoso.com;user=phone")],
            None,
            Some("sip:ben@contoso.com"),
        ),
        // Those of parties are in lower case: another spelling would be another user.
        (vec![("FromURI", "sip:Ann@contoso.com")], None, None),
        (vec![("FromURI", "")], None, None),
    ] {
        let mut facts = Facts::default();
        let report = report(Carrier::Qoe, 0, &params);
        facts.observe_event(&report, &names);
        judge(&facts, |case| {
            assert_eq!(case.caller.address, caller, "{params:?}");
            assert_eq!(case.callee.address, callee, "{params:?}");
        });
    }
    // Whoever is in the trace is not asked for in reports.
    let mut facts = facts("9 ann/a ben/b BYE 7");
    let mut report = event(Carrier::Qoe, 0, "", "", "SERVICE 4", None);
    report
        .params
        .push(("FromURI".into(), "sip:kim@contoso.com".into()));
    facts.observe_event(&report, &names);
    judge(&facts, |case| {
        assert_eq!(case.caller.address, Some("sip:ann@contoso.com"));
        assert_eq!(case.callee.address, Some("sip:ben@contoso.com"));
    });
}

#[test]
fn who_answered_did_not_call_whoever_offered_more_later() {
    // The INVITE is missing, and of one that followed only the ACK is left.
    for (ann, ben) in [("a", "b"), ("b", "a")] {
        let script = format!(
            "4 ann/{ann} ben/{ben} 200 INVITE 1 audio
             9 ben/{ben} ann/{ann} ACK 2
             64 ben/{ben} ann/{ann} BYE 3"
        );
        judge(&facts(&script), |case| {
            assert_eq!(case.caller.address, Some("sip:ann@contoso.com"), "{script}");
            assert_eq!(case.ended_by, Some(Callee), "{script}");
        });
    }
}

/// Who called, where a BYE from Ben to Ann and what it says is all there is; if that is known.
fn called(carrier: Carrier, message: &str, sides: &[Option<MediaSide>]) -> Option<String> {
    let names = Names::default();
    let debug = vec!["audio:ICEWarn=0x20"; sides.len()].join(";");
    let mut facts = facts("9 ben/b ann/a BYE 7\n 9 ben/b ann/a 200 BYE 7");
    let mut told = event(carrier, 51_004, "ben/b", "ann/a", message, Some(&debug));
    assert_eq!(told.media.len(), sides.len());
    for (media, side) in told.media.iter_mut().zip(sides) {
        media.side = *side;
    }
    facts.observe_event(&told, &names);
    judge(&facts, |case| {
        let address = case.caller.address.map(str::to_owned);
        address.filter(|_| case.ended_by.is_some())
    })
}

#[test]
fn a_parameter_that_is_named_for_an_end_tells_who_called() {
    let (ann, ben) = ("sip:ann@contoso.com", "sip:ben@contoso.com");
    for (message, sides, want) in [
        ("BYE 7", &[Some(Caller)][..], Some(ben)),
        ("BYE 7", &[Some(Callee)], Some(ann)),
        ("200 BYE 7", &[Some(Caller)], Some(ann)),
        ("200 BYE 7", &[Some(Callee)], Some(ben)),
        ("BYE 7", &[Some(Callee), None, Some(Callee)], Some(ann)),
        ("BYE 7", &[None], None),
        // Who tells of both passes on what it heard.
        ("BYE 7", &[Some(Caller), Some(Callee)], None),
    ] {
        let called = called(Carrier::Header, message, sides);
        assert_eq!(called.as_deref(), want, "{message} {sides:?}");
    }
    // A record of a server is nobody's own view.
    assert_eq!(called(Carrier::Cdr, "BYE 7", &[Some(Callee)]), None);
}

#[test]
fn where_who_sent_the_invite_is_cut_off_the_end_that_was_not_called_is_the_caller() {
    for (ann, ben) in [("a", "b"), ("b", "a")] {
        let script = format!(
            "0 / ben INVITE 1 audio
             64 ben/{ben} ann/{ann} BYE 2"
        );
        judge(&facts(&script), |case| {
            assert_eq!(case.caller.address, Some("sip:ann@contoso.com"), "{script}");
            assert_eq!(case.callee.address, Some("sip:ben@contoso.com"), "{script}");
            assert_eq!(case.ended_by, Some(Callee), "{script}");
        });
        // Neither has the address: who ended it stands first, and that is not known to be so.
        let neither = script.replace("/ ben", "/ kim");
        judge(&facts(&neither), |case| {
            assert_eq!(
                case.caller.address,
                Some("sip:ben@contoso.com"),
                "{neither}"
            );
            assert_eq!(case.ended_by, None, "{neither}");
        });
    }
}

#[test]
fn of_a_call_that_both_ended_nobody_is_known_to_have_ended_it() {
    let begun = "
        0 ann/a ben INVITE 1 audio
        4 ann/a ben/b 200 INVITE 1 audio";
    for (byes, want) in [
        ("64 ann/a ben/b BYE 2", Some(Caller)),
        ("64 ben/b ann/a BYE 1", Some(Callee)),
        ("64 ann/a ben/b BYE 2\n 64 ben/b ann/a BYE 1", None),
    ] {
        judge(&facts(&format!("{begun}\n{byes}")), |case| {
            assert_eq!(case.ended_by, want, "{byes}");
        });
    }
}
