use std::borrow::Cow;

use siptriage_diagnostics::IceWarn;
use siptriage_facts::{
    CallId, Candidates, Carrier, Dialog, Event, Facts, Media, Message, Names, Place, Selection,
    Signal,
};

use super::*;
use crate::{Decision, End, Kind, Location, Relay, Rules, Sites, TimeZones};

const HOUR: i64 = 3_600_000_000;

/// A call of Ann to Ben with a diagnosis: code 24, sharing with mask 0x320 and audio with 0x2.
fn facts() -> Facts {
    let mut facts = Facts::default();
    let names = Names::default();
    facts.observe_message(
        &Signal {
            call_id: "one@192.0.2.1",
            file: "a.log",
            cseq: "1 INVITE",
            from: "<sip:ann@contoso.com>;tag=1",
            to: "<sip:ben@fabrikam.com>",
            ..Signal::default()
        },
        &names,
    );
    facts.observe_message(
        &Signal {
            call_id: "one@192.0.2.1",
            file: "a.log",
            cseq: "1 INVITE",
            status: Some(488),
            from: "<sip:ann@contoso.com>;tag=1",
            to: "<sip:ben@fabrikam.com>;tag=2",
            ..Signal::default()
        },
        &names,
    );
    facts.observe_event(&event(), &names);
    facts
}

fn dialog() -> Dialog {
    let facts = facts();
    let (_, dialog) = facts.dialogs.iter().next().unwrap();
    dialog.clone()
}

fn event() -> Event<'static> {
    let media = |label: &'static str, mask| Media {
        label: Cow::Borrowed(label),
        ice_warn: Some(IceWarn::from_bits(mask)),
        ..Media::default()
    };
    Event {
        place: Place {
            file: "a.log".into(),
            offset: 1,
            line: 1,
        },
        trace_format: "server",
        time: Some(stamp(9 * HOUR)),
        header: None,
        carrier: Carrier::Header,
        code: Some(24),
        sub_code: None,
        reason: None,
        source: None,
        params: Vec::new(),
        media: vec![media("application-sharing", 0x320), media("audio", 0x2)],
        cut: false,
        message: Message {
            call_id: Some("one@192.0.2.1".into()),
            from: Some("<sip:ann@contoso.com>;tag=1".into()),
            to: Some("<sip:ben@fabrikam.com>;tag=2".into()),
            start_line: Some("SIP/2.0 488 Not Acceptable Here".into()),
            ..Message::default()
        },
    }
}

fn stamp(micros: i64) -> Stamp {
    Stamp {
        micros,
        zone: Zone::Utc,
    }
}

fn end<'f>(address: &'f str, site: &'f str) -> End<'f> {
    End {
        tag: None,
        address: Some(address),
        agent: None,
        location: Location::Outside,
        relay: Relay::NotStated,
        site: Some(site),
        candidates: Candidates::default(),
    }
}

fn call_id() -> CallId {
    CallId::from("one@192.0.2.1")
}

/// The dialog as a failed call from 08:00 to 10:00.
fn case<'f>(call_id: &'f CallId, dialog: &'f Dialog) -> Case<'f> {
    Case {
        call_id,
        dialog,
        kind: Kind::Call,
        outcome: Outcome::Failed,
        caller: end("sip:ann@contoso.com", "192.0.2.10"),
        callee: end("sip:ben@fabrikam.com", "203.0.113.9"),
        start: Some(stamp(8 * HOUR)),
        end: Some(stamp(10 * HOUR)),
        time_to_ring: None,
        time_to_answer: None,
        set_up: None,
        duration: None,
        silence: None,
        ended_by: None,
        decision: Decision {
            verdict: Verdict::Failed,
            rule: None,
        },
    }
}

fn filter(conditions: Conditions) -> Filter {
    let groupings = Groupings {
        sites: Sites::parse("192.0.2.0/24,Lisbon\n").unwrap(),
        ..Groupings::default()
    };
    let (now, last) = (26 * HOUR, 10 * HOUR);
    Filter {
        since: conditions.since.map(|when| when.first(now, last)),
        until: conditions.until.map(|when| when.last(now, last)),
        conditions,
        groupings,
    }
}

/// One condition, as on the command line.
fn with(option: &str, word: &str) -> Conditions {
    let mut conditions = Conditions::default();
    add(&mut conditions, option, word);
    conditions
}

fn add(conditions: &mut Conditions, option: &str, word: &str) {
    match option {
        "since" => conditions.since = Some(word.parse().unwrap()),
        "until" => conditions.until = Some(word.parse().unwrap()),
        "user" => conditions.users.push(word.parse().unwrap()),
        "call-id" => conditions.call_ids.push(word.to_owned()),
        "code" => conditions.codes.push(word.parse().unwrap()),
        "ice-warn" => conditions.masks.push(word.parse().unwrap()),
        "media" => conditions.media.push(word.parse().unwrap()),
        "verdict" => {
            let mut all = Verdict::ALL.into_iter();
            conditions
                .verdicts
                .extend(all.find(|one| one.name() == word));
        }
        "outcome" => {
            let mut all = Outcome::ALL.into_iter();
            conditions
                .outcomes
                .extend(all.find(|one| one.name() == word));
        }
        "status" => conditions.statuses.push(word.parse().unwrap()),
        "site" => conditions.sites.push(word.to_owned()),
        other => panic!("{other}"),
    }
}

/// Option, a word that takes the call, a word that does not.
const EACH: [(&str, &str, &str); 16] = [
    ("since", "09:59", "10:01"),
    ("until", "08:01", "07:59"),
    ("since", "1970-01-01", "1970-01-02"),
    ("until", "1970-01-01", "1969-12-31"),
    ("since", "yesterday", "today"),
    ("since", "17h", "15h"),
    ("user", "ben", "joe"),
    ("call-id", "one@", "ne@"),
    ("code", "21-25", "25"),
    ("ice-warn", "has:0x120", "has:0x22"),
    ("media", "sharing", "video"),
    ("verdict", "failed", "benign"),
    ("outcome", "failed", "dropped"),
    ("status", "4xx", "5xx"),
    ("site", "lisbon", "Oslo"),
    ("ice-warn", "is:0x2", "is:0x3"),
];

#[test]
fn each_condition_takes_its_calls_and_no_others() {
    let dialog = dialog();
    let call_id = call_id();
    let case = case(&call_id, &dialog);
    assert!(filter(Conditions::default()).takes_case(&case));
    for (option, yes, no) in EACH {
        assert!(
            filter(with(option, yes)).takes_case(&case),
            "{option} {yes}"
        );
        assert!(!filter(with(option, no)).takes_case(&case), "{option} {no}");
    }
}

#[test]
fn of_one_condition_any_value_will_do_and_all_conditions_must_hold() {
    let dialog = dialog();
    let call_id = call_id();
    let case = case(&call_id, &dialog);
    for (option, yes, no) in EACH {
        if matches!(option, "since" | "until") {
            continue;
        }
        let mut either = with(option, no);
        add(&mut either, option, yes);
        assert!(filter(either.clone()).takes_case(&case), "{option}");
        let (other, value) = if option == "code" {
            ("status", "5xx")
        } else {
            ("code", "1")
        };
        add(&mut either, other, value);
        assert!(!filter(either).takes_case(&case), "{option} and {other}");
    }
}

#[test]
fn code_mask_and_medium_must_meet_in_one_section() {
    let dialog = dialog();
    let call_id = call_id();
    let case = case(&call_id, &dialog);
    for (mask, medium, want) in [
        ("0x320", "sharing", true),
        ("0x2", "audio", true),
        ("0x320", "audio", false),
        ("0x2", "sharing", false),
    ] {
        let mut conditions = with("ice-warn", mask);
        add(&mut conditions, "media", medium);
        add(&mut conditions, "code", "24");
        assert_eq!(
            filter(conditions).takes_case(&case),
            want,
            "{mask} {medium}"
        );
    }
}

#[test]
fn a_call_without_times_is_in_no_span() {
    let (call_id, dialog) = (call_id(), dialog());
    let timeless = Case {
        start: None,
        end: None,
        ..case(&call_id, &dialog)
    };
    assert!(!filter(with("since", "1970-01-01")).takes_case(&timeless));
    assert!(filter(with("code", "24")).takes_case(&timeless));
}

#[test]
fn stamps_with_an_offset_are_compared_in_utc() {
    let stamp = Stamp {
        micros: 9 * HOUR,
        zone: Zone::Offset(90),
    };
    assert_eq!(in_utc(stamp), 9 * HOUR - HOUR * 3 / 2);
}

#[test]
fn a_filter_says_what_it_is() {
    let mut conditions = with("user", "ann@contoso.com");
    add(&mut conditions, "user", "ben");
    add(&mut conditions, "code", "23-24");
    add(&mut conditions, "ice-warn", "0x20");
    add(&mut conditions, "verdict", "failed");
    add(&mut conditions, "since", "09:00");
    conditions.trace_format = Some("server");
    assert_eq!(
        filter(conditions).to_string(),
        "calls of user ann@contoso.com or ben, with code 23-24, with ICEWarn has:0x20, with verdict \
         failed, in trace format server, since 1970-01-01 09:00:00"
    );
    assert_eq!(filter(Conditions::default()).to_string(), "");
}

#[test]
fn what_can_never_be_taken_is_refused_before_the_reading() {
    let refusal = |conditions: &Conditions, groupings: &Groupings| {
        let refused = conditions.check(groupings, stamp(26 * HOUR));
        refused.err().map(|error| error.to_string())
    };
    let none = Groupings::default();
    let mut conditions = with("since", "today");
    add(&mut conditions, "until", "yesterday");
    let sentence = refusal(&conditions, &none).unwrap();
    assert!(sentence.contains("1970-01-02 00:00:00 is after --until 1970-01-01 23:59:59"));
    let mut conditions = with("since", "10:00");
    add(&mut conditions, "until", "09:00");
    assert!(refusal(&conditions, &none).is_some());
    // Which day is meant, the input tells.
    let mut conditions = with("since", "10:00");
    add(&mut conditions, "until", "1970-01-01");
    assert_eq!(refusal(&conditions, &none), None);
    assert!(
        refusal(&with("site", "Lisbon"), &none)
            .unwrap()
            .contains("--sites FILE")
    );
    assert_eq!(
        refusal(
            &with("site", "Lisbon"),
            &filter(Conditions::default()).groupings
        ),
        None
    );
}

#[test]
fn only_what_the_reading_does_not_hold_to_asks_for_a_second_one() {
    let mut conditions = Conditions {
        trace_format: Some("server"),
        ..Conditions::default()
    };
    assert!(conditions.take_everything());
    add(&mut conditions, "code", "24");
    assert!(!conditions.take_everything());
}

/// A judge's selection of an event, for these conditions, with the rules that are built in.
fn takes(conditions: Conditions, events: &[Event<'_>]) -> Vec<bool> {
    let facts = facts();
    let judge = Judge::new(&facts, Rules::embedded(), &TimeZones::default());
    let filter = filter(conditions);
    let selection = filter.selection(&judge);
    events
        .iter()
        .map(|event| selection.takes_event(event))
        .collect()
}

#[test]
fn what_belongs_to_no_call_is_taken_if_it_tells_all_that_is_asked() {
    let mut stray = event();
    stray.message.call_id = None;
    let events = [event(), stray];
    for (option, word, want) in [
        ("code", "24", true),
        ("code", "25", false),
        ("ice-warn", "has:0x20", true),
        ("media", "audio", true),
        ("user", "ben@fabrikam.com", true),
        ("user", "joe", false),
        ("status", "488", true),
        ("status", "5xx", false),
        ("until", "09:00", true),
        ("until", "08:59", false),
        ("verdict", "failed", false),
        ("outcome", "failed", false),
        ("call-id", "one", false),
        ("site", "Lisbon", false),
    ] {
        assert_eq!(
            takes(with(option, word), &events)[1],
            want,
            "{option} {word}"
        );
    }
}

#[test]
fn a_diagnosis_is_held_to_its_own_code_and_to_the_party_of_its_call() {
    let other_code = Event {
        code: Some(25),
        ..event()
    };
    // What the message itself does not tell, its call does.
    let mut nameless = event();
    nameless.message.from = None;
    nameless.message.to = None;
    let mut elsewhere = event();
    elsewhere.message.call_id = Some("two@192.0.2.1".into());
    let events = [event(), other_code, nameless, elsewhere];
    assert_eq!(
        takes(with("code", "24"), &events),
        [true, false, true, true]
    );
    assert_eq!(
        takes(with("user", "ann"), &events),
        [true, true, true, false]
    );
}

#[test]
fn a_diagnosis_without_media_is_of_the_medium_of_its_call() {
    let bare = Event {
        media: Vec::new(),
        ..event()
    };
    let mut stray = bare.clone();
    stray.message.call_id = None;
    assert_eq!(
        takes(with("media", "audio"), &[bare.clone(), stray.clone()]),
        [true, false]
    );
    assert_eq!(
        takes(with("media", "video"), &[bare.clone(), stray]),
        [false, false]
    );
    let mut conditions = with("media", "audio");
    add(&mut conditions, "ice-warn", "0x2");
    assert_eq!(takes(conditions, &[event(), bare]), [true, false]);
}

#[test]
fn moments_are_those_of_the_clock_that_the_user_gave() {
    let local = Event {
        time: Some(Stamp {
            micros: 9 * HOUR,
            zone: Zone::Local,
        }),
        ..event()
    };
    let signal = Signal {
        call_id: "one@192.0.2.1",
        file: "a.log",
        time: local.time,
        cseq: "1 INVITE",
        from: "<sip:ann@contoso.com>;tag=1",
        to: "<sip:ben@fabrikam.com>",
        ..Signal::default()
    };
    let mut facts = Facts::default();
    let names = Names::default();
    facts.observe_message(&signal, &names);
    let zones: TimeZones = TimeZones::parse("+02:00").into_iter().collect();
    for (zones, until, want) in [
        (&zones, "07:00", true),
        (&TimeZones::default(), "07:00", false),
    ] {
        let judge = Judge::new(&facts, Rules::embedded(), zones);
        let filter = filter(with("until", until));
        let selection = filter.selection(&judge);
        assert_eq!(selection.takes_event(&local), want);
        assert_eq!(selection.takes_message(&signal), want);
        assert_eq!(filter.dialogs(&judge).len(), usize::from(want));
    }
}
