//! The incident of `sample-logs`: one morning hour in which people at home cannot share their
//! screens, and what else happens in an hour.

use super::files;
use super::media;
use super::net::{Net, Role};
use super::others::{OTHERS, Tell, report_quality};
use super::plots::{self, between};
use super::talk::{Stage, Talk};
use super::truth::{CallOutcome, CallVerdict};
use super::{Scenario, ScenarioOptions, end_unfinished};
use crate::clock::{MINUTE, SECOND};
use crate::failures::{BOTH_REMOTE, ONE_REMOTE};
use crate::people::FABRIKAM;
use crate::rng::Rng;

/// 2026-03-03T07:00:00 UTC, a Tuesday; eight in the morning for the clients.
const START: u64 = 1_772_521_200_000;
/// The one employee of the branch office. Even: it is a place of the company.
const BRANCH: usize = 12;
const USERS: usize = 14;

/// What happens and when, in seconds of the hour. At ten past the update of the endpoint security
/// reaches the machines at home.
const HOUR: [(u64, Event); 41] = [
    (20, Event::Plot("plain")),
    (75, Event::SharingAtHome),
    (130, Event::Plot("auth-407")),
    (200, Event::Plot("no-edge")),
    (275, Event::SharingAtHome),
    (330, Event::VoiceAtHome),
    (395, Event::Plot("busy")),
    (455, Event::Plot("from-telephone")),
    (520, Event::Plot("forked-answered")),
    (640, Event::BlockedAtHome),
    (700, Event::BlockedAtHome),
    (735, Event::VoiceAtHome),
    (790, Event::BlockedAtHome),
    (850, Event::Plot("declined")),
    (905, Event::BlockedToOffice),
    (1010, Event::Plot("user-unknown")),
    (1075, Event::BlockedAtHome),
    (1130, Event::VoiceAtHome),
    (1190, Event::Branch),
    (1255, Event::BlockedToOffice),
    (1310, Event::Plot("re-invite-adds-video")),
    (1380, Event::BlockedAtHome),
    (1435, Event::Plot("cancelled")),
    (1560, Event::Plot("hang-up-51004")),
    (1625, Event::BlockedToOffice),
    (1690, Event::BlockedAtHome),
    (1755, Event::Plot("flags-expected")),
    (1885, Event::Plot("redirect-followed")),
    (1950, Event::BlockedAtHome),
    (2010, Event::Plot("no-answer-480")),
    (2140, Event::Branch),
    (2270, Event::Plot("declined-forked")),
    (2395, Event::BlockedAtHome),
    (2460, Event::Plot("target-unknown")),
    (2520, Event::BlockedToOffice),
    (2590, Event::Plot("into-conference")),
    (2650, Event::BlockedAtHome),
    (2720, Event::Plot("no-edge")),
    (2860, Event::Plot("to-partner")),
    (2930, Event::BlockedAtHome),
    (3100, Event::Plot("unfinished-talking")),
];

/// What else is in the logs: seconds, and which of the other dialogs.
const BESIDE: [(u64, usize); 8] = [
    (40, 0),
    (300, 1),
    (610, 0),
    (800, 2),
    (1400, 0),
    (1900, 4),
    (2300, 6),
    (2700, 1),
];

#[derive(Debug, Clone, Copy)]
enum Event {
    /// A plot of this name.
    Plot(&'static str),
    /// Two people at home share a screen, and it works.
    SharingAtHome,
    /// The same, and the update is there.
    BlockedAtHome,
    /// One of both is in the office.
    BlockedToOffice,
    /// Two people at home talk: voice goes over UDP, which nobody blocks.
    VoiceAtHome,
    /// Voice between the branch office and somebody at home.
    Branch,
}

/// The files of the hour with their truth. The same on every call and every machine.
pub(crate) fn incident() -> Scenario {
    let options = ScenarioOptions {
        start: START,
        users: USERS as u32,
        logging_clients: Some(4),
        front_ends: 1,
        edges: 1,
        offset_minutes: vec![60],
        skew_ms: vec![0, 1400, -600, 350],
        ..ScenarioOptions::new(20_260_303, HOUR.len() as u32)
    };
    let mut rng = Rng::new(options.seed);
    let mut net = Net::new(&mut rng, USERS, 1, 1);
    // Addresses of the partner's range serve as those of the branch office.
    let subnet = FABRIKAM.subnet.octets();
    net.actors[BRANCH].person.host = [subnet[0], subnet[1], subnet[2], 40].into();
    let mut stage = Stage { rng, net };
    let known = plots::all();
    let mut talks = Vec::new();
    for (second, event) in HOUR {
        let at = START + second * SECOND + stage.rng.below(9 * SECOND);
        let mut talk = match event {
            Event::Plot(name) => {
                let Some(plot) = known.iter().find(|plot| plot.name == name) else {
                    continue;
                };
                let mut talk = (plot.tell)(&mut stage, at);
                talk.plot = plot.name;
                talk
            }
            Event::SharingAtHome => sharing_at_home(&mut stage, at),
            Event::BlockedAtHome => blocked(&mut stage, at, (false, 24, BOTH_REMOTE)),
            Event::BlockedToOffice => blocked(&mut stage, at, (true, 23, ONE_REMOTE)),
            Event::VoiceAtHome => voice_at_home(&mut stage, at),
            Event::Branch => branch_office(&mut stage, at),
        };
        if talks.len() % 16 != 9 {
            talk.reports.clear();
        }
        talks.push(talk);
    }
    for (second, number) in BESIDE {
        let tell: Tell = OTHERS[number];
        talks.push(tell(&mut stage, START + second * SECOND));
    }
    end_unfinished(&mut stage, &mut talks);
    let reports: Vec<Talk> = talks
        .iter_mut()
        .flat_map(|talk| std::mem::take(&mut talk.reports))
        .collect();
    talks.extend(reports);
    files::write(&options, &stage.net, &talks, files::Detail::Lean)
}

fn at_home(stage: &mut Stage, media: &'static str) -> Talk {
    let mut talk = between(stage, Some(false), Some(false));
    talk.media = vec![media];
    talk
}

fn sharing_at_home(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = at_home(stage, "application-sharing");
    let answered = talk.connect(stage, at);
    talk.hang_up(stage, answered + 2 * MINUTE, (0, 1), Vec::new());
    talk.plot = "sharing";
    talk
}

/// A shared screen that stays grey: the end that is at home, or one of both, says why.
fn blocked(
    stage: &mut Stage,
    at: u64,
    (from_office, code, reason): (bool, u32, &'static str),
) -> Talk {
    let mut talk = if from_office {
        let mut talk = between(stage, Some(true), Some(false));
        talk.legs[0].relay = talk.legs[1].relay;
        talk.media = vec!["application-sharing"];
        talk
    } else {
        at_home(stage, "application-sharing")
    };
    let answered = talk.connect(stage, at);
    let own = usize::from(from_office || stage.rng.chance(300));
    let ends = (own, 1 - own);
    let report = media::client_report(stage, &talk, ends, (code, reason), &[0x320]);
    let wait = stage.rng.between(9 * SECOND, 20 * SECOND);
    talk.hang_up(stage, answered + wait, ends, vec![report]);
    report_quality(stage, &mut talk, ends, ("FAILED", 0x320, "TCP"));
    talk.plot = "sharing-blocked";
    talk.is(
        CallOutcome::Failed,
        CallVerdict::Failed,
        if from_office {
            "tcp-blocked-one-outside"
        } else {
            "tcp-blocked-both-outside"
        },
    )
}

/// Voice works, and the answer has the flags that good calls have.
fn voice_at_home(stage: &mut Stage, at: u64) -> Talk {
    let mut talk = at_home(stage, "audio");
    plots::connect_with_report(stage, at, &mut talk, 0x300);
    talk.plot = "voice-at-home";
    talk.is(
        CallOutcome::Connected,
        CallVerdict::Benign,
        "flags-expected",
    )
}

/// The firewall of the branch office lacks UDP 3478.
fn branch_office(stage: &mut Stage, at: u64) -> Talk {
    let other = stage.actor(Role::Employee, Some(false), &[BRANCH]);
    let mut talk = Talk::new(stage, BRANCH, other);
    talk.legs[0].relay = talk.legs[1].relay;
    let answered = talk.connect(stage, at);
    let report = media::client_report(stage, &talk, (0, 1), (23, ONE_REMOTE), &[0x86]);
    talk.hang_up(stage, answered + 14 * SECOND, (0, 1), vec![report]);
    talk.plot = "branch-office";
    talk.is(CallOutcome::Failed, CallVerdict::Failed, "udp-3478")
}
