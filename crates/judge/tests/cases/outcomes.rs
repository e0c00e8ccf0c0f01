//! Outcomes of calls.

use siptriage_diagnostics::MediaSide::{Callee, Caller};
use siptriage_facts::{Carrier, Names, Tag};
use siptriage_judge::{Kind, Outcome, Verdict};

use crate::script::{self, event, facts, judge, report};
use crate::{GOOD, SECOND};

fn outcome(script: &str) -> Outcome {
    judge(&facts(script), |case| {
        assert_eq!(case.kind, Kind::Call, "{script}");
        case.outcome
    })
}

#[test]
fn the_rules_see_what_became_of_a_call() {
    judge(&facts(GOOD), |case| {
        assert_ne!(case.decision.verdict, Verdict::Failed);
        assert!(!case.is_failed_call() && !case.is_short(59) && case.is_short(60));
    });
    judge(&facts(&GOOD.replace("BYE 2\n", "BYE 2 !24\n")), |case| {
        assert_eq!(case.outcome, Outcome::Failed);
        assert!(case.is_failed_call());
        assert!(case.decision.rule.is_some());
    });
}

#[test]
fn every_answered_call_becomes_what_its_end_says() {
    let answered = "
        0 ann/a ben INVITE 1 audio
        1 ann/a ben/b 180 INVITE 1
        4 ann/a ben/b 200 INVITE 1 audio
        4 ann/a ben/b ACK 1";
    for (rest, want) in [
        ("", Outcome::Unfinished),
        ("64 ann/a ben/b BYE 2", Outcome::Connected),
        ("64 ben/b ann/a BYE 2 !51004", Outcome::Connected),
        (
            "64 ann/a ben/b BYE 2\n 64 ann/a ben/b 200 BYE 2 !51007",
            Outcome::Connected,
        ),
        // The code says when it happened, whatever the clock says.
        ("9 ann/a ben/b BYE 2 !24", Outcome::Failed),
        ("900 ann/a ben/b BYE 2 !23", Outcome::Failed),
        ("9 ben/b ann/a BYE 2 !32", Outcome::Dropped),
        ("900 ben/b ann/a BYE 2 !33", Outcome::Dropped),
        ("900 ben/b ann/a BYE 2 !21006", Outcome::Failed),
        // It does not: a minute after the answer decides.
        ("64 ann/a ben/b BYE 2 !52031", Outcome::Failed),
        ("65 ann/a ben/b BYE 2 !52031", Outcome::Dropped),
        ("900 ann/a ben/b BYE 2 !62001", Outcome::Dropped),
        // A code that nobody has classified says nothing.
        ("9 ann/a ben/b BYE 2 !52999", Outcome::Connected),
        // What is refused inside of a call does not end it.
        (
            "9 ann/a ben/b INVITE 2 video
             9 ann/a ben/b 488 INVITE 2 !52063
             99 ann/a ben/b BYE 3",
            Outcome::Connected,
        ),
        (
            "9 ann/a ben/b BYE 2\n 9 ann/a ben/b 481 BYE 2 !24083",
            Outcome::Connected,
        ),
    ] {
        assert_eq!(outcome(&format!("{answered}\n{rest}")), want, "{rest}");
    }
}

#[test]
fn every_unanswered_call_becomes_what_its_refusal_says() {
    let invited = "0 ann/a ben INVITE 1 audio";
    let rang = "1 ann/a ben/b 180 INVITE 1";
    let cancel = "9 ann/a ben CANCEL 1";
    let refused = |status: &str| format!("10 ann/a ben/b {status}");
    for (rest, want) in [
        (vec![], Outcome::Unfinished),
        (vec![rang.to_owned()], Outcome::Unfinished),
        (vec![refused("486 INVITE 1")], Outcome::Busy),
        (vec![refused("600 INVITE 1")], Outcome::Busy),
        (vec![refused("603 INVITE 1")], Outcome::Declined),
        (vec![refused("603 INVITE 1 !52082")], Outcome::Declined),
        (vec![refused("606 INVITE 1")], Outcome::Declined),
        (vec![refused("606 INVITE 1 !4")], Outcome::Failed),
        (vec![refused("480 INVITE 1")], Outcome::NoAnswer),
        (vec![refused("480 INVITE 1 !13008")], Outcome::NoAnswer),
        (vec![refused("480 INVITE 1 !10000")], Outcome::NoAnswer),
        (
            vec![refused("480 INVITE 1 !10000:SipResponseCode=486")],
            Outcome::Busy,
        ),
        (
            vec![refused("480 INVITE 1 !10003:SipResponseCode=603")],
            Outcome::Declined,
        ),
        (vec![refused("480 INVITE 1 !1007")], Outcome::Failed),
        (
            vec![rang.to_owned(), refused("480 INVITE 1 !5001")],
            Outcome::NoAnswer,
        ),
        (vec![refused("480 INVITE 1 !5001")], Outcome::Failed),
        (
            vec![rang.to_owned(), refused("408 INVITE 1")],
            Outcome::NoAnswer,
        ),
        (vec![refused("408 INVITE 1")], Outcome::Failed),
        (vec![rang.to_owned(), cancel.to_owned()], Outcome::Cancelled),
        (
            vec![cancel.to_owned(), refused("487 INVITE 1")],
            Outcome::Cancelled,
        ),
        (vec![refused("487 INVITE 1")], Outcome::Cancelled),
        (
            vec![format!("{cancel} !24"), refused("487 INVITE 1")],
            Outcome::Failed,
        ),
        // Why a branch was given up is not why the caller did.
        (
            vec![cancel.to_owned(), refused("487 INVITE 1 !1007")],
            Outcome::Cancelled,
        ),
        (vec![refused("302 INVITE 1")], Outcome::Redirected),
        (
            vec![refused("302 INVITE 1"), cancel.to_owned()],
            Outcome::Cancelled,
        ),
        (vec![refused("404 INVITE 1 !1003")], Outcome::Failed),
        (vec![refused("488 INVITE 1 !52063")], Outcome::Failed),
        (vec![refused("503 INVITE 1")], Outcome::Failed),
        (vec![refused("407 INVITE 1 challenge")], Outcome::Failed),
        (
            vec![
                refused("407 INVITE 1 challenge"),
                "12 ann/a ben/b 180 INVITE 2".to_owned(),
            ],
            Outcome::Unfinished,
        ),
        (
            vec![refused("407 INVITE 1 challenge"), cancel.to_owned()],
            Outcome::Cancelled,
        ),
        // What is told on the way is no refusal.
        (
            vec!["1 ann/a ben/b 101 INVITE 1 !1007".to_owned()],
            Outcome::Unfinished,
        ),
    ] {
        let script = format!("{invited}\n{}", rest.join("\n"));
        assert_eq!(outcome(&script), want, "{rest:?}");
    }
}

#[test]
fn of_a_fork_the_branch_that_answered_counts() {
    let fork = "
        0 ann/a ben INVITE 1 audio
        1 ann/a ben/desk 180 INVITE 1
        1 ann/a ben/mobile 180 INVITE 1
        4 ann/a ben/mobile 200 INVITE 1 audio
        4 ann/a ben CANCEL 1
        5 ann/a ben/desk 487 INVITE 1
        5 ann/a ben/pc 480 INVITE 1
        5 ann/a ben/mobile ACK 1
        65 ben/mobile ann/a BYE 1";
    judge(&facts(fork), |case| {
        assert_eq!(case.outcome, Outcome::Connected);
        assert_eq!(case.ended_by, Some(Callee));
        let mobile = Tag::of("<sip:ben@contoso.com>;tag=mobile");
        assert_eq!(case.callee.tag, mobile);
        assert_eq!(case.duration, Some(61 * SECOND));
    });
    // A 6xx makes the proxy cancel the other branches.
    let declined = "
        0 ann/a ben INVITE 1 audio
        1 ann/a ben/desk 180 INVITE 1
        2 ann/a ben/mobile 603 INVITE 1
        2 ann/a ben CANCEL 1
        2 ann/a ben/desk 487 INVITE 1";
    assert_eq!(outcome(declined), Outcome::Declined);
    // Why one branch failed says nothing of the refusal that counts.
    let other = "
        0 ann/a ben INVITE 1 audio
        1 ann/a ben/desk 480 INVITE 1 !1007
        2 ann/a ben/mobile 606 INVITE 1";
    assert_eq!(outcome(other), Outcome::Declined);
}

#[test]
fn credentials_and_redirects_are_a_part_of_the_call() {
    let retried = "
        0 ann/a ben INVITE 1 audio
        0.1 ann/a ben/p 407 INVITE 1 challenge
        0.1 ann/a ben/p ACK 1
        0.2 ann/a ben INVITE 2 audio
        1 ann/a ben/b 302 INVITE 2
        1.2 ann/a ben INVITE 3 audio
        2 ann/a ben/c 180 INVITE 3
        5 ann/a ben/c 200 INVITE 3 audio
        65 ann/a ben/c BYE 4";
    judge(&facts(retried), |case| {
        assert_eq!(case.outcome, Outcome::Connected);
        assert_eq!(case.time_to_answer, Some(5 * SECOND));
        assert_eq!(case.time_to_ring, Some(2 * SECOND));
        assert_eq!(case.set_up, case.time_to_answer);
        assert_eq!(case.ended_by, Some(Caller));
        assert_eq!(case.caller.address, Some("sip:ann@contoso.com"));
        assert_eq!(case.callee.address, Some("sip:ben@contoso.com"));
    });
}

#[test]
fn calls_whose_invite_is_missing_are_seen_in_part() {
    for (script, caller) in [
        (
            "4 ann/a ben/b 200 INVITE 1 audio\n 64 ben/b ann/a BYE 1 !24",
            "ann",
        ),
        ("9 ann/a ben CANCEL 1", "ann"),
        ("9 ann/a ben/b BYE 7", "ann"),
        ("9 ben/b ann/a BYE 7", "ben"),
        ("9 ann/a ben/b ACK 1", "ann"),
        // Both were answered once: a re-INVITE may come from either.
        (
            "9 ben/b ann/a INVITE 2\n 9 ben/b ann/a 200 INVITE 2 \n 99 ann/a ben/b BYE 3",
            "ann",
        ),
    ] {
        judge(&facts(script), |case| {
            assert_eq!(case.outcome, Outcome::SeenInPart, "{script}");
            assert_eq!(case.kind, Kind::Call);
            if script.contains(" ACK ") {
                assert!(case.caller.address.is_some());
            } else {
                let address = format!("sip:{caller}@contoso.com");
                assert_eq!(case.caller.address, Some(&*address), "{script}");
            }
            let known = script.contains("CANCEL") || script.contains("200 INVITE 1");
            assert!(known || case.ended_by.is_none(), "{script}");
        });
    }
    judge(
        &facts("4 ann/a ben/b 200 INVITE 1 audio\n 64 ben/b ann/a BYE 1"),
        |case| {
            assert_eq!(case.ended_by, Some(Callee));
            assert_eq!(case.duration, Some(60 * SECOND));
        },
    );
    // After a re-INVITE the answer that was seen may be that to it.
    let late = "9 ben/b ann/a INVITE 2\n 9 ben/b ann/a 200 INVITE 2 \n 99 ann/a ben/b BYE 3";
    judge(&facts(late), |case| assert_eq!(case.duration, None));
}

#[test]
fn a_call_that_lacks_messages_is_read_as_far_as_it_goes() {
    // The answer is missing.
    assert_eq!(
        outcome("0 ann/a ben INVITE 1 audio\n 64 ann/a ben/b BYE 2"),
        Outcome::Connected
    );
    assert_eq!(
        outcome("0 ann/a ben INVITE 1 audio\n 9 ann/a ben/b INVITE 2 audio"),
        Outcome::Unfinished
    );
    assert_eq!(
        outcome("0 ann/a ben INVITE 1 audio\n 64 ann/a ben/b BYE 2 !52031"),
        Outcome::Dropped
    );
    // A challenge is no refusal: what followed it was answered, and the answer is missing.
    assert_eq!(
        outcome(
            "0 ann/a ben INVITE 1 audio\n 0 ann/a ben/p 407 INVITE 1 challenge
             1 ann/a ben INVITE 2 audio\n 64 ann/a ben/b BYE 3"
        ),
        Outcome::Connected
    );
    // A BYE to a branch that was refused anyway.
    assert_eq!(
        outcome("0 ann/a ben INVITE 1 audio\n 2 ann/a ben/b 486 INVITE 1\n 3 ann/a ben/c BYE 2"),
        Outcome::Busy
    );
}

#[test]
fn an_error_report_makes_an_attempt_without_response_a_failed_one() {
    let names = Names::default();
    let mut facts = facts("0 ann/a ben INVITE 1 audio");
    let report = event(Carrier::DiagHeader, 10_013, "", "", "SERVICE 4", None);
    facts.observe_event(&report, &names);
    judge(&facts, |case| assert_eq!(case.outcome, Outcome::Failed));
    // An answered call went another way.
    let mut facts = script::facts(GOOD);
    facts.observe_event(&report, &names);
    judge(&facts, |case| assert_eq!(case.outcome, Outcome::Connected));
}

#[test]
fn a_report_about_the_refusal_or_the_call_makes_it_a_failed_one_and_others_do_not() {
    let names = Names::default();
    let refused = "0 ann/a ben INVITE 1 audio\n 9 ann/a ben/b 480 INVITE 1";
    let alone = "0 ann/a ben INVITE 1 audio";
    for (script, params, want) in [
        (refused, vec![], Outcome::Failed),
        (refused, vec![("responseCode", "480")], Outcome::Failed),
        // An attempt before.
        (refused, vec![("responseCode", "504")], Outcome::NoAnswer),
        // No status: whoever wrote it saw none.
        (refused, vec![("responseCode", "0")], Outcome::Failed),
        // Of something else in the call.
        (refused, vec![("requestType", "PRACK")], Outcome::NoAnswer),
        // Of the call as a whole.
        (refused, vec![("requestType", "")], Outcome::Failed),
        // Of a response that is missing.
        (alone, vec![("responseCode", "504")], Outcome::Failed),
    ] {
        let mut facts = facts(script);
        let report = report(Carrier::DiagHeader, 10_013, &params);
        facts.observe_event(&report, &names);
        judge(&facts, |case| {
            assert_eq!(case.outcome, want, "{script} {params:?}");
        });
    }
}

#[test]
fn a_try_with_credentials_that_met_no_response_is_unfinished() {
    let asked = "
        0 ann/a ben INVITE 1 audio
        0 ann/a ben/p 407 INVITE 1 challenge
        0 ann/a ben/p ACK 1";
    for (rest, want) in [
        ("", Outcome::Failed),
        ("1 ann/a ben INVITE 2 audio", Outcome::Unfinished),
        // The trace lacks the try, and has what only one that went on has.
        ("2 ann/a ben/b PRACK 3", Outcome::Unfinished),
        ("2 ann/a ben/b UPDATE 3", Outcome::Unfinished),
        (
            "1 ann/a ben INVITE 2 audio\n 1 ann/a ben/p 407 INVITE 2 challenge",
            Outcome::Failed,
        ),
        (
            "1 ann/a ben INVITE 2 audio\n 9 ann/a ben CANCEL 2",
            Outcome::Cancelled,
        ),
        (
            "1 ann/a ben INVITE 2 audio\n 1 ann/a ben/b 486 INVITE 2",
            Outcome::Busy,
        ),
    ] {
        assert_eq!(outcome(&format!("{asked}\n{rest}")), want, "{rest}");
    }
}

#[test]
fn of_requests_that_make_no_session_the_last_try_counts() {
    for (script, want) in [
        (
            "0 ann/a ann REGISTER 1\n 0 ann/a ann/r 504 REGISTER 1
             9 ann/a ann REGISTER 2\n 9 ann/a ann/r 200 REGISTER 2",
            Outcome::Connected,
        ),
        (
            "0 ann/a ann REGISTER 1\n 0 ann/a ann/r 200 REGISTER 1
             9 ann/a ann REGISTER 2\n 9 ann/a ann/r 403 REGISTER 2",
            Outcome::Failed,
        ),
        (
            "0 ann/a ben SUBSCRIBE 1\n 0 ann/a ben/s 200 SUBSCRIBE 1
             9 ann/a ben/s SUBSCRIBE 2\n 9 ann/a ben/s 481 SUBSCRIBE 2",
            Outcome::Failed,
        ),
        // A redirect is neither.
        (
            "0 ann/a ben OPTIONS 1\n 0 ann/a ben/o 300 OPTIONS 1",
            Outcome::Unfinished,
        ),
        // Of what went well in the end, a failure counts that stands on no refusal.
        (
            "0 ann/a ben MESSAGE 1\n 0 ann/a ben/m 200 MESSAGE 1 !1007",
            Outcome::Failed,
        ),
        (
            "0 ann/a ann REGISTER 1\n 0 ann/a ann/r 300 REGISTER 1 !1007
             9 ann/a ann REGISTER 2\n 9 ann/a ann/r 200 REGISTER 2",
            Outcome::Connected,
        ),
    ] {
        judge(&facts(script), |case| {
            assert_eq!(case.outcome, want, "{script}");
        });
    }
}

#[test]
fn what_a_redirect_led_to_ends_the_set_up() {
    let redirect = "
        0 ann/a ben INVITE 1 audio
        1 ann/a ben/b 302 INVITE 1";
    let followed = "
        1 ann/a ben INVITE 2 audio
        2 ann/a ben/c 180 INVITE 2
        6 ann/a ben/c 486 INVITE 2";
    judge(&facts(redirect), |case| {
        assert_eq!(case.outcome, Outcome::Redirected);
        assert_eq!(case.set_up, Some(SECOND));
    });
    judge(&facts(&format!("{redirect}{followed}")), |case| {
        assert_eq!(case.outcome, Outcome::Busy);
        assert_eq!(case.set_up, Some(6 * SECOND));
    });
}

#[test]
fn what_is_left_of_an_invite_tells_who_called() {
    for (script, want) in [
        ("4 ann/a ben/b ACK 1", "sip:ann@contoso.com"),
        ("4 ben/b ann/a ACK 1", "sip:ben@contoso.com"),
        (
            "1 ben/b ann/a 180 INVITE 1\n 9 ann/a ben/b BYE 1",
            "sip:ben@contoso.com",
        ),
    ] {
        judge(&facts(script), |case| {
            assert_eq!(case.outcome, Outcome::SeenInPart);
            assert_eq!(case.caller.address, Some(want), "{script}");
        });
    }
}
