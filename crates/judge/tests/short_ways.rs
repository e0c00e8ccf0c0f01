//! What is found in little time is what the long way finds, whatever the dialog.

mod long_way;

use siptriage_diagnostics::{HeaderName, IceWarn, MediaSide};
use siptriage_facts::{
    Candidates, Carrier, Event, Facts, Media, Message, Modalities, Names, Place, Signal, Stamp,
    Zone,
};
use siptriage_judge::{Judge, Rules, TimeZones};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())]
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }
}

const FIELDS: [&str; 20] = [
    "LocalSite",
    "LocalMR",
    "RemoteSite",
    "RemoteMR",
    "PortRange",
    "LocalLocation",
    "RemoteLocation",
    "FederationType",
    "Protocol",
    "LocalAddr.IPAddr",
    "LocalAddr.Inside",
    "RemoteAddr.IPAddr",
    "RemoteAddr.Inside",
    "RelayAddress.IPAddr",
    "Ice",
    "Transport",
    "",
    "localsite",
    "REMOTEMR",
    "BaseInterface",
];

const VALUES: [&str; 26] = [
    "192.0.2.10:50041",
    "198.51.100.5:53012",
    "203.0.113.20",
    "192.0.2.1::5060",
    "[2001:db8::1]:443",
    "2001:db8::2",
    "[::]:0",
    "0.0.0.0:0",
    "::",
    " 192.0.2.7:5 ",
    "edge.example.com:443",
    "",
    " ",
    "0",
    "1",
    "2",
    " 2",
    "3",
    "true",
    "False",
    "FAILED",
    "direct",
    "RELAY",
    "UDP",
    "tcp",
    "é",
];

const CODES: [u32; 40] = [
    21, 22, 23, 24, 25, 26, 29, 31, 32, 33, 34, 0, 2, 4, 10, 7, 1003, 1008, 1010, 1034, 5001, 7003,
    10_000, 10_003, 10_100, 13_001, 13_004, 14_011, 21_006, 22_003, 33_001, 51_004, 51_006, 51_007,
    52_017, 52_094, 52_107, 52_116, 61_001, 99_999,
];

const MASKS: [u32; 12] = [
    0,
    0x20,
    0x300,
    0x320,
    0x0400_0320,
    0x0400_0000,
    0x0008_0000,
    0x0080_012b,
    0x86,
    0x0800_0100,
    0x0100_0328,
    0xffff_ffff,
];

const ENDS: [&str; 4] = [
    "<sip:ann@contoso.com>;tag=a",
    "<sip:ben@contoso.com>;tag=b",
    "<sip:ben@contoso.com>;tag=c",
    "<sip:ann@contoso.com;gruu;opaque=app:conf:audio-video:id:5>;tag=d",
];

fn start_line(status: Option<u16>, method: &str) -> String {
    match status {
        Some(status) => format!("SIP/2.0 {status} Phrase"),
        None => format!("{method} sip:ben@contoso.com SIP/2.0"),
    }
}

/// A dialog of some messages, and of some things that are said in them and about them.
fn observe(facts: &mut Facts, names: &Names, dice: &mut Dice, call_id: &str) {
    let methods = [
        "INVITE", "INVITE", "INVITE", "ACK", "BYE", "BYE", "CANCEL", "PRACK", "UPDATE", "REGISTER",
        "OPTIONS", "MESSAGE",
    ];
    let statuses = [
        None,
        None,
        None,
        Some(180),
        Some(200),
        Some(200),
        Some(302),
        Some(401),
        Some(480),
        Some(486),
        Some(487),
        Some(488),
        Some(500),
        Some(603),
        Some(606),
    ];
    let zones = [Zone::Utc, Zone::Utc, Zone::Local, Zone::AssumedUtc];
    let agents = [
        "",
        "UCCAPI/16.0 OC/16.0",
        "Purple/2.14 Sipe/1.25",
        "RTCC/6.0.0.0 MediationServer",
    ];
    for at in 0..dice.roll(6) {
        let (method, status) = (dice.pick(&methods), dice.pick(&statuses));
        let time = Stamp {
            micros: 1_773_478_800_000_000 + (at as i64 * 1000 + dice.roll(9000) as i64) * 9_000,
            zone: dice.pick(&zones),
        };
        let cseq = format!("{} {method}", 1 + dice.roll(3));
        let (from, to) = (dice.pick(&ENDS), dice.pick(&ENDS));
        let begins = status.is_none() && dice.one_in(2);
        let signal = Signal {
            call_id,
            file: dice.pick(&["a.log", "b.log"]),
            trace_format: "test",
            time: Some(time).filter(|_| !dice.one_in(9)),
            status,
            cseq: &cseq,
            from,
            to: match begins {
                true => to.split(";tag").next().unwrap_or(to),
                false => to,
            },
            agent: dice.pick(&agents),
            described: dice.one_in(2),
            modalities: dice.pick(&[
                Modalities::default(),
                Modalities::AUDIO,
                Modalities::SHARING,
                Modalities::IM,
            ]),
            candidates: dice.pick(&[
                Candidates::default(),
                Candidates::HOST_UDP,
                Candidates::RELAY,
                Candidates::UNTYPED_TCP,
            ]),
            location: dice.pick(&["", "ms-media-location-type=Intranet", "type=Internet"]),
            ..Signal::default()
        };
        facts.observe_message(&signal, names);
    }
    for at in 0..dice.roll(5) {
        let carrier = dice.pick(&[
            Carrier::Header,
            Carrier::Header,
            Carrier::Cdr,
            Carrier::DiagHeader,
            Carrier::ServerRecord,
            Carrier::Qoe,
        ]);
        let has_code = !matches!(carrier, Carrier::ServerRecord | Carrier::Qoe);
        let (method, status) = (dice.pick(&methods), dice.pick(&statuses));
        let mut params = vec![(
            "reason".into(),
            dice.pick(&["", "Call failed", "timed out"]).into(),
        )];
        for _ in 0..dice.roll(3) {
            let name = dice.pick(&[
                "SipResponseCode",
                "requestType",
                "responseCode",
                "HRESULT",
                "result_code",
                "UserType",
            ]);
            let value = dice.pick(&["486", "603", "BYE", "0x80072746(X)", "0x80090322", ""]);
            params.push((name.into(), value.into()));
        }
        if carrier == Carrier::Qoe || dice.one_in(8) {
            let from = dice.pick(&["sip:ann@contoso.com", "sip:Ann@contoso.com"]);
            params.push(("CallId".into(), call_id.into()));
            params.push(("FromURI".into(), from.into()));
            params.push(("ToURI".into(), "sip:ben@contoso.com".into()));
        }
        let mut media = Vec::new();
        for _ in 0..dice.roll(4) {
            let mut fields = Vec::new();
            for _ in 0..dice.roll(9) {
                fields.push((dice.pick(&FIELDS).into(), dice.pick(&VALUES).into()));
            }
            let mask = IceWarn::from_bits(dice.pick(&MASKS));
            media.push(Media {
                side: dice.pick(&[None, Some(MediaSide::Caller), Some(MediaSide::Callee)]),
                label: dice
                    .pick(&[
                        "audio",
                        "application-sharing",
                        "main-audio",
                        "data",
                        "x",
                        "",
                    ])
                    .into(),
                ice_warn: Some(mask).filter(|_| !dice.one_in(6)),
                fields,
                ..Media::default()
            });
        }
        let event = Event {
            place: Place {
                file: "a.log".into(),
                offset: at as u64,
                line: 1,
            },
            trace_format: "test",
            time: None,
            header: Some(dice.pick(&HeaderName::ALL)).filter(|_| carrier == Carrier::Header),
            carrier,
            code: Some(dice.pick(&CODES)).filter(|_| has_code),
            sub_code: Some(dice.pick(&["0", "5", ""]).into()),
            reason: Some(
                dice.pick(&["", "Call failed to establish", "timed out"])
                    .into(),
            ),
            source: None,
            params,
            media,
            cut: false,
            message: Message {
                start_line: Some(start_line(status, method).into()),
                call_id: Some(call_id.into()),
                cseq: Some(format!("1 {method}").into()),
                from: Some(dice.pick(&ENDS).into()),
                to: Some(dice.pick(&ENDS).into()),
                ..Message::default()
            },
        };
        facts.observe_event(&event, names);
    }
}

#[test]
fn dialogs_of_any_kind_are_judged_as_the_long_way_judges_them() {
    let mut dice = Dice(7);
    let (mut facts, names) = (Facts::default(), Names::default());
    for number in 0..8_000 {
        observe(
            &mut facts,
            &names,
            &mut dice,
            &format!("{number}@example.com"),
        );
    }
    facts.settle();
    let judge = Judge::new(&facts, Rules::embedded(), &TimeZones::default());
    let (cases, decided) = long_way::check(&judge);
    assert!(cases > 5_000 && decided > 2_500, "{decided} of {cases}");
    let rules: std::collections::BTreeSet<&str> = judge
        .cases()
        .filter_map(|case| case.decision.rule)
        .map(|rule| &*rule.id)
        .collect();
    assert!(rules.len() > 50, "{} rules decided", rules.len());
    // Of a part of the facts too, whose clocks were found before.
    let clocks = judge.clocks().clone();
    let part = Judge::of_part(&facts, Rules::embedded(), clocks);
    assert!(part.cases().eq(judge.cases()));
}

/// Conditions that some calls meet and some do not, each nearly alone.
const CONDITIONS: [&str; 63] = [
    "outcome = \"failed\"",
    "status = [480]",
    "status = [\"300-499\"]",
    "modality = \"audio\"",
    "conference = true",
    "conference = false",
    "answered = true",
    "answered = false",
    "ended_by = \"caller\"",
    "ended_by = \"callee\"",
    "duration = { below = \"media_set_up\" }",
    "duration = { above = 5, below = 60 }",
    "time_to_answer = { above = 2 }",
    "ends = \"one-inside-one-outside\"",
    "ends = \"both-outside\"",
    "caller = { location = \"inside\" }",
    "callee = { location = \"outside\" }",
    "caller = { relay = \"present\" }",
    "callee = { relay = \"absent\" }",
    "either = { relay = \"not-stated\" }",
    "both = { relay = \"not-stated\" }",
    "both = { location = \"unknown\" }",
    "caller = { agent = [\"sipe\"] }",
    "either = { agent = [\"uccapi\", \"mediation\"] }",
    "callee = { agent_unlike = [\"OC/\"] }",
    "caller = { offers = [\"relay/udp\"] }",
    "callee = { lacks = [\"host/udp\"] }",
    "either = { lacks = [\"relay/tcp\", \"host/udp\"] }",
    "code = [24]",
    "code = [\"21-34\", 52017]",
    "class = \"expected\"",
    "class = \"unclassified\"",
    "class = [\"failure\", \"informational\"]",
    "header = \"ms-diagnostics\"",
    "header = [\"ms-client-diagnostics\", \"ms-diagnostics-public\"]",
    "carrier = \"cdr\"",
    "carrier = [\"qoe\", \"header\"]",
    "on = \"BYE\"",
    "on = [\"200 INVITE\", \"4xx\"]",
    "sub_code = [\"5\"]",
    "reason = [\"FAILED TO\"]",
    "parameter = { SipResponseCode = [\"486\", \"603\"] }",
    "parameter = { usertype = [\"*\"] }",
    "parameter_has = { requestType = [\"by\"] }",
    "hresult = [0x80072746]",
    "bits = { all = 0x320 }",
    "bits = { any = 0x86, none = 0x20 }",
    "bits = { all = 0x20, only = 0x320 }",
    "media = \"audio\"",
    "media = [\"application-sharing\", \"other\"]",
    "locations = \"one-inside-one-outside\"",
    "locations = [\"both-inside\", \"any-unknown\"]",
    "local = { location = \"outside\" }",
    "remote = { location = \"inside\" }",
    "local = { location = \"inside\" }\nremote = { location = \"outside\" }",
    "local = { relay = \"absent\" }",
    "remote = { relay = [\"present\", \"not-stated\"] }",
    "local = { relay = \"not-stated\" }",
    "federation = \"federated\"",
    "transport = \"udp\"",
    "transport = \"tcp\"",
    "ice = [\"relay\", \"failed\"]",
    "code = [\"21-34\"]\nlocations = \"both-inside\"",
];

#[test]
fn each_condition_holds_of_the_same_dialogs_either_way() {
    let mut dice = Dice(11);
    let (mut facts, names) = (Facts::default(), Names::default());
    for number in 0..2_000 {
        let call_id = format!("{number}@example.com");
        observe(&mut facts, &names, &mut dice, &call_id);
    }
    facts.settle();
    let mut one_way = Vec::new();
    let one_sided = "one_side_only = 0x20";
    for condition in CONDITIONS.iter().chain([&one_sided]) {
        let text = format!(
            "[[rule]]\nid = \"one\"\nverdict = \"benign\"\nconfidence = \"guess\"\n\
             cause = \"Because.\"\n[rule.when]\nkind = \"any\"\n{condition}\n\
             [[rule.example]]\ncall = \"answered, bye\"\n"
        );
        let rules = Rules::parse(&text, "own.toml");
        let rules = rules.unwrap_or_else(|errors| panic!("{condition}: {errors:?}"));
        let judge = Judge::new(&facts, &rules, &TimeZones::default());
        let (mut cases, mut held) = (0, 0);
        for case in judge.cases() {
            let holds = case.decision.rule.is_some();
            let long = !rules.matching(&case).is_empty();
            assert_eq!(holds, long, "{condition}: {case:?}");
            cases += 1;
            held += usize::from(holds);
        }
        if held == 0 || held == cases {
            one_way.push(format!("{condition}: {held} of {cases}"));
        }
    }
    assert!(one_way.is_empty(), "{one_way:#?}");
}
