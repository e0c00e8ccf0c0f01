//! Clocks and times.

use siptriage_facts::{Facts, Merge, Zone};
use siptriage_judge::{Judge, OffsetSource, TimeZones, Whose};

use crate::script::{self, Log, judge, merged, play, rules};
use crate::{GOOD, HOUR, SECOND};

#[test]
fn the_offset_of_a_clock_is_estimated_from_calls_that_both_saw() {
    // A server in UTC by its word, and two clients: one an hour and 0.25 s ahead, one behind.
    let utc = Log {
        zone: Zone::Utc,
        ..Log::server("fe.log")
    };
    let ann = Log::client("ann.log", "ann").ahead(HOUR + SECOND / 4);
    let ben = Log::client("ben.log", "ben").ahead(-5 * HOUR);
    let mut facts = merged(vec![play(GOOD, &utc), play(GOOD, &ann), play(GOOD, &ben)]);
    // Only Ben saw this one.
    facts.merge(play(
        GOOD,
        &Log {
            call_id: "other",
            ..ben.clone()
        },
    ));
    let rules = rules();
    let judge = Judge::new(&facts, rules, &TimeZones::default());
    let clocks: Vec<_> = judge.clocks().iter().collect();
    let names: Vec<_> = clocks.iter().map(|clock| clock.whose.name()).collect();
    assert_eq!(names, ["UTC", "sip:ann@contoso.com", "sip:ben@contoso.com"]);
    let offsets: Vec<_> = clocks.iter().map(|clock| clock.offset.unwrap()).collect();
    assert_eq!(offsets, [0, HOUR + SECOND / 4, -5 * HOUR]);
    assert_eq!(clocks[0].source, OffsetSource::Stated);
    assert_eq!(clocks[1].source, OffsetSource::Estimated { calls: 1 });
    assert_eq!(clocks[2].dialogs, 2);
    for case in judge.cases() {
        let start = case.start.unwrap();
        assert_eq!(
            (start.micros, start.zone),
            (script::NOON, Zone::Utc),
            "{}",
            case.call_id
        );
        assert_eq!(case.duration, Some(60 * SECOND));
    }
    assert_eq!(judge.cases().count(), 2);
    assert!(judge.case("other").is_some());
    assert!(judge.case(" other ").is_some());
    assert!(judge.case("nobody").is_none());
}

#[test]
fn without_utc_a_server_stands_for_it_and_without_a_server_stamps_stay() {
    let ann = Log::client("ann.log", "ann").ahead(HOUR);
    let ben = Log::client("ben.log", "ben").ahead(-5 * HOUR);
    let server = Log::server("fe.log");
    let rules = rules();
    let facts = merged(vec![play(GOOD, &server), play(GOOD, &ann)]);
    let judge = Judge::new(&facts, rules, &TimeZones::default());
    let clocks: Vec<_> = judge.clocks().iter().collect();
    assert_eq!(clocks[1].whose, Whose::File("fe.log".into()));
    assert_eq!(
        (clocks[1].source, clocks[1].offset),
        (OffsetSource::Assumed, Some(0))
    );
    assert_eq!(
        (clocks[0].offset, clocks[0].reference),
        (Some(HOUR), Some(1))
    );
    let start = judge.case("call").unwrap().start.unwrap();
    assert_eq!((start.micros, start.zone), (script::NOON, Zone::AssumedUtc));

    let facts = merged(vec![play(GOOD, &ann), play(GOOD, &ben)]);
    let judge = Judge::new(&facts, rules, &TimeZones::default());
    let clocks: Vec<_> = judge.clocks().iter().collect();
    assert_eq!(
        (clocks[0].source, clocks[0].offset),
        (OffsetSource::Unknown, None)
    );
    assert_eq!(
        (clocks[1].offset, clocks[1].reference),
        (Some(-6 * HOUR), Some(0))
    );
    let start = judge.case("call").unwrap().start.unwrap();
    // The caller's own stamp.
    assert_eq!(
        (start.micros, start.zone),
        (script::NOON + HOUR, Zone::Local)
    );
}

#[test]
fn a_server_log_in_local_time_is_found_out() {
    let utc = Log {
        zone: Zone::Offset(60),
        ..Log::server("edge.log")
    }
    .ahead(HOUR);
    let local = Log::server("fe.log").ahead(2 * HOUR);
    let skewed = Log::server("fe2.log").ahead(3 * SECOND);
    let facts = merged(vec![
        play(GOOD, &utc),
        play(GOOD, &local),
        play(GOOD, &skewed),
    ]);
    let rules = rules();
    let judge = Judge::new(&facts, rules, &TimeZones::default());
    let offsets: Vec<_> = judge
        .clocks()
        .iter()
        .map(|clock| clock.offset.unwrap())
        .collect();
    assert_eq!(offsets, [0, 2 * HOUR, 3 * SECOND]);
    let (writers, stamps): (Vec<_>, Vec<_>) = judge
        .case("call")
        .unwrap()
        .dialog
        .sights
        .iter()
        .map(|(writer, times)| {
            let micros = times.first.unwrap().get();
            let stamp = siptriage_facts::Stamp {
                micros,
                zone: writer.zone,
            };
            (&*writer.file, judge.clocks().convert(writer, stamp))
        })
        .unzip();
    assert_eq!(writers, ["edge.log", "fe.log", "fe2.log"]);
    let micros: Vec<_> = stamps
        .iter()
        .map(|stamp| stamp.micros - script::NOON)
        .collect();
    // What was assumed of the last one is right: its stamps stay as its log has them.
    assert_eq!(micros, [0, 0, 3 * SECOND]);
    assert!(stamps.iter().all(|stamp| stamp.zone == Zone::Utc));
}

#[test]
fn what_two_clocks_saw_is_put_together_only_if_their_offset_is_known() {
    let start = "0 ann/a ben INVITE 1 audio\n 4 ann/a ben/b 200 INVITE 1 audio";
    let end = "64 ben/b ann/a BYE 1";
    let ann = Log::client("ann.log", "ann").ahead(HOUR);
    let server = Log {
        zone: Zone::Utc,
        ..Log::server("fe.log")
    };
    let rules = rules();
    let parts = || vec![play(start, &ann), play(end, &server)];
    let duration = |facts: &Facts, zones: &TimeZones| {
        let judge = Judge::new(facts, rules, zones);
        judge.case("call").unwrap().duration
    };
    let unknown = TimeZones::default();
    assert_eq!(duration(&merged(parts()), &unknown), None);
    // Another call tells.
    let mut linked = merged(parts());
    for log in [&ann, &server] {
        linked.merge(play(
            GOOD,
            &Log {
                call_id: "other",
                ..log.clone()
            },
        ));
    }
    assert_eq!(duration(&linked, &unknown), Some(60 * SECOND));
    // Or the user.
    let given: TimeZones = [TimeZones::parse("ann*=+01:00").unwrap()]
        .into_iter()
        .collect();
    assert_eq!(duration(&merged(parts()), &given), Some(60 * SECOND));
    // What would be negative is not known.
    let wrong: TimeZones = [TimeZones::parse("-01:00").unwrap()].into_iter().collect();
    assert_eq!(duration(&merged(parts()), &wrong), None);
}

#[test]
fn rotated_files_of_one_client_have_one_clock() {
    let start = "0 ann/a ben INVITE 1 audio\n 4 ann/a ben/b 200 INVITE 1 audio";
    let end = "64 ben/b ann/a BYE 1";
    let rotated = [Log::client("ann.log", "ann"), Log::client("ann.bak", "ann")];
    let facts = merged(vec![play(start, &rotated[0]), play(end, &rotated[1])]);
    let rules = rules();
    let judge = Judge::new(&facts, rules, &TimeZones::default());
    assert_eq!(judge.clocks().len(), 1);
    let case = judge.case("call").unwrap();
    assert_eq!(case.duration, Some(60 * SECOND));
    assert_eq!(case.files().len(), 2);
    assert_eq!(
        case.owners().into_iter().collect::<Vec<_>>(),
        ["sip:ann@contoso.com"]
    );
    // Files whose owner nobody knows have clocks of their own.
    let nobody = |file| Log {
        owner: None,
        ..Log::client(file, "ann")
    };
    let facts = merged(vec![
        play(start, &nobody("1.log")),
        play(end, &nobody("2.log")),
    ]);
    let judge = Judge::new(&facts, rules, &TimeZones::default());
    assert_eq!(judge.clocks().len(), 2);
    assert_eq!(judge.case("call").unwrap().duration, None);
}

#[test]
fn zones_that_the_user_gives_make_local_stamps_utc() {
    let ann = Log::client("logs/ann.log", "ann").ahead(2 * HOUR);
    let facts = play(GOOD, &ann);
    let rules = rules();
    for (zone, micros, source) in [
        ("*/ann.log=+02:00", script::NOON, OffsetSource::Given),
        ("+0200", script::NOON, OffsetSource::Given),
        ("UTC", script::NOON + 2 * HOUR, OffsetSource::Given),
        (
            "ben.log=+02:00",
            script::NOON + 2 * HOUR,
            OffsetSource::Unknown,
        ),
    ] {
        let zones: TimeZones = [TimeZones::parse(zone).unwrap()].into_iter().collect();
        let judge = Judge::new(&facts, rules, &zones);
        let start = judge.case("call").unwrap().start.unwrap();
        let known = source == OffsetSource::Given;
        let want = if known { Zone::Utc } else { Zone::Local };
        assert_eq!((start.micros, start.zone), (micros, want), "{zone}");
        assert_eq!(
            judge.clocks().iter().next().unwrap().source,
            source,
            "{zone}"
        );
    }
}

#[test]
fn a_call_falls_silent_only_if_its_trace_goes_on() {
    let ann = Log::client("ann.log", "ann");
    let begun = "0 ann/a ben INVITE 1 audio";
    let rules = rules();
    for (later, want) in [(100, false), (180, false), (181, true)] {
        let mut facts = play(begun, &ann);
        let other = Log {
            call_id: "other",
            ..ann.clone()
        };
        facts.merge(play(&format!("{later} ann/a ben OPTIONS 1"), &other));
        let judge = Judge::new(&facts, rules, &TimeZones::default());
        let case = judge.case("call").unwrap();
        assert_eq!(case.silence, Some(later * SECOND));
        assert_eq!(case.fell_silent(180), want);
    }
}

#[test]
fn a_call_that_goes_on_in_another_file_of_servers_lasts_till_its_end_there() {
    let half = |from: usize, to: usize, log: &Log<'_>| {
        let lines: Vec<&str> = GOOD
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        play(&lines[from..to].join("\n"), log)
    };
    let clients = [
        "pc/Lync-UccApi-1.UccApilog",
        "pc/Lync-UccApi-0.UccApilog",
        "pc/ann-1.log",
        "pc/ann-0.log",
    ]
    .map(|file| Log {
        owner: None,
        ..Log::client(file, "")
    });
    let [first, second, own, other] = &clients;
    let (fe, edge) = (Log::server("fe_1.txt"), Log::server("fe_2.txt"));
    let late = edge.clone().ahead(HOUR);
    let minute = Some(60 * SECOND);
    for (one, two, duration) in [
        (&fe, &edge, minute),
        // Both are taken for UTC, as the report says of each.
        (&fe, &late, Some(60 * SECOND + HOUR)),
        (first, second, minute),
        // Nothing says that these two were written by one machine.
        (own, other, None),
        (&fe, own, None),
    ] {
        for swap in [false, true] {
            let mut parts = vec![half(0, 4, one), half(4, 6, two)];
            if swap {
                parts.reverse();
            }
            judge(&merged(parts), |case| {
                let files = (one.file, two.file);
                assert_eq!(case.duration, duration, "{files:?}");
                let whole = case.end.unwrap().micros - case.start.unwrap().micros;
                let seen = 4 * SECOND + duration.unwrap_or(0);
                assert_eq!(whole, seen, "{files:?}");
            });
        }
    }
}

#[test]
fn a_trace_is_silent_about_a_call_as_long_as_it_goes_on_itself() {
    let other = |log: &Log<'_>, later: i64| {
        let log = Log {
            call_id: "other",
            ..log.clone()
        };
        play(&format!("{later} ann/a ben OPTIONS 1"), &log)
    };
    let silence = |parts: Vec<Facts>| {
        let facts = merged(parts);
        let judge = Judge::new(&facts, rules(), &TimeZones::default());
        judge.case("call").unwrap().silence
    };
    let [ann, ben] = ["ann", "ben"].map(|name| Log::client(name, name));
    // One writer; what another one wrote later says nothing of it.
    let begun = "0 ann/a ben INVITE 1 audio";
    let alone = vec![play(begun, &ann), other(&ann, 100), other(&ben, 900)];
    assert_eq!(silence(alone), Some(100 * SECOND));
    // Two files of one client.
    let more = "9 ann/a ben/b 180 INVITE 1";
    let rotated = Log {
        file: "ann.bak",
        ..ann.clone()
    };
    let two = vec![play(begun, &rotated), play(more, &ann), other(&ann, 100)];
    assert_eq!(silence(two), Some(91 * SECOND));
    // Two writers: the one that saw most of it counts, not the one that goes on.
    let both = "0 ann/a ben INVITE 1 audio\n 9 ann/a ben/b 180 INVITE 1";
    let two = vec![
        play(both, &ann),
        play(begun, &ben),
        other(&ann, 100),
        other(&ben, 900),
    ];
    assert_eq!(silence(two), Some(91 * SECOND));
    // Two servers in UTC by their word: the one that saw the last of it, and of those that saw
    // that the one that goes on farthest.
    let [edge, fe] = ["edge.log", "fe.log"].map(|file| Log {
        zone: Zone::Utc,
        ..Log::server(file)
    });
    for (at_edge, at_fe, want) in [(begun, both, 41), (both, begun, 91), (both, both, 91)] {
        let parts = vec![
            play(at_edge, &edge),
            play(at_fe, &fe),
            other(&edge, 100),
            other(&fe, 50),
        ];
        assert_eq!(silence(parts), Some(want * SECOND), "{at_edge} | {at_fe}");
    }
}

/// Times are kept to a thousandth of a second.
#[test]
fn an_assumed_clock_is_in_utc_if_it_is_nearer_than_any_zone() {
    let utc = Log {
        zone: Zone::Utc,
        ..Log::server("edge.log")
    };
    for (ahead, seen) in [
        (450 * SECOND - 1000, 450 * SECOND - 1000),
        (450 * SECOND, 0),
        (1000 - 450 * SECOND, 1000 - 450 * SECOND),
        (-450 * SECOND, 0),
    ] {
        let server = Log::server("fe.log").ahead(ahead);
        let facts = merged(vec![play(GOOD, &utc), play(GOOD, &server)]);
        let judge = Judge::new(&facts, rules(), &TimeZones::default());
        let case = judge.case("call").unwrap();
        let mut sights = case.dialog.sights.iter();
        let (writer, times) = sights
            .find(|(writer, _)| &*writer.file == "fe.log")
            .unwrap();
        let stamp = siptriage_facts::Stamp {
            micros: times.first.unwrap().get(),
            zone: writer.zone,
        };
        let clocks = judge.clocks();
        let own = clocks.convert(writer, stamp).micros - script::NOON;
        assert_eq!(own, seen, "{ahead}");
        assert_eq!(clocks.clock(writer).unwrap().offset, Some(ahead));
    }
}

#[test]
fn facts_without_stamps_have_no_clock() {
    let nothing = Facts::default();
    let some = play(GOOD, &Log::client("ann.log", "ann"));
    for (facts, count) in [(nothing, 0), (some, 1)] {
        let judge = Judge::new(&facts, rules(), &TimeZones::default());
        assert_eq!(judge.clocks().is_empty(), count == 0);
        assert_eq!(judge.clocks().len(), count);
    }
}

#[test]
fn a_file_without_a_number_is_not_one_of_those_that_were_rotated() {
    let nobody = |file| Log {
        owner: None,
        ..Log::client(file, "ann")
    };
    let facts = merged(vec![
        play(GOOD, &nobody("pc/Lync-UccApi-0.UccApilog")),
        play(GOOD, &nobody("pc/Lync-UccApi-1.UccApilog")),
        play(GOOD, &nobody("pc/Lync-UccApi-.UccApilog")),
    ]);
    let judge = Judge::new(&facts, rules(), &TimeZones::default());
    assert_eq!(judge.clocks().len(), 2);
}

#[test]
fn of_two_clients_that_saw_as_much_the_callers_stamps_count() {
    // Ben calls, and his name is behind Ann's.
    let call = |ring: f64, answer: f64, bye: f64| {
        format!(
            "0 ben/b ann INVITE 1 audio
             {ring} ben/b ann/a 180 INVITE 1
             {answer} ben/b ann/a 200 INVITE 1 audio
             {bye} ben/b ann/a BYE 2"
        )
    };
    let ann = Log::client("ann.log", "ann").ahead(-HOUR);
    let ben = Log::client("ben.log", "ben").ahead(HOUR);
    let facts = merged(vec![
        play(&call(1.0, 4.0, 64.0), &ann),
        play(&call(1.5, 4.5, 65.0), &ben),
    ]);
    judge(&facts, |case| {
        assert_eq!(case.time_to_ring, Some(SECOND * 3 / 2));
        assert_eq!(case.time_to_answer, Some(SECOND * 9 / 2));
        assert_eq!(case.duration, Some(SECOND * 121 / 2));
        assert_eq!(case.start.unwrap().micros, script::NOON + HOUR);
    });
}

#[test]
fn what_another_clock_saw_before_and_after_counts_if_no_network_takes_so_long() {
    let fe = Log::server("fe_1.txt");
    let edge = Log::server("fe_2.txt");
    for (before, after, first, last) in [
        (0, 0, 0, 64_000_000),
        // As long as a message may take from one to the other.
        (-1_000_000, 1_000_000, 0, 64_000_000),
        (-1_001_000, 1_001_000, -1_001_000, 65_001_000),
        (500_000, -500_000, 0, 64_000_000),
        (-1_001_000, 500_000, -1_001_000, 64_000_000),
        (-500_000, 1_001_000, 0, 65_001_000),
    ] {
        let stamped = |micros: i64| micros as f64 / 1e6;
        let other = format!(
            "{:.6} ann/a ben/b INFO 7\n {:.6} ann/a ben/b INFO 8",
            stamped(before),
            stamped(64_000_000 + after)
        );
        let facts = merged(vec![play(GOOD, &fe), play(&other, &edge)]);
        judge(&facts, |case| {
            let at = |stamp: Option<siptriage_facts::Stamp>| stamp.unwrap().micros - script::NOON;
            let seen = (at(case.start), at(case.end));
            assert_eq!(seen, (first, last), "{before} {after}");
        });
    }
}

#[test]
fn stamps_that_state_their_zone_have_one_clock_whatever_the_user_gave() {
    let utc = |file| Log {
        zone: Zone::Utc,
        ..Log::server(file)
    };
    let local = Log {
        owner: None,
        ..Log::client("a.log", "")
    };
    let given: TimeZones = [TimeZones::parse("+01:00").unwrap()].into_iter().collect();
    // One file has stamps of both kinds.
    let facts = merged(vec![
        play(GOOD, &local),
        play(GOOD, &utc("a.log")),
        play(GOOD, &utc("b.log")),
    ]);
    let judge = Judge::new(&facts, rules(), &given);
    let clocks = judge.clocks().iter();
    let clocks: Vec<_> = clocks
        .map(|clock| (clock.whose.name(), clock.offset))
        .collect();
    assert_eq!(clocks, [("UTC", Some(0)), ("a.log", Some(HOUR))]);
    let case = judge.case("call").unwrap();
    assert_eq!(case.dialog.sights.len(), 3);
    for (writer, _) in case.dialog.sights.iter() {
        let name = judge.clocks().clock(writer).unwrap().whose.name();
        assert_eq!(name == "UTC", writer.zone == Zone::Utc);
    }
}
