//! From dialogs to files: who logs which message, and what a folder of such logs looks like.

use std::collections::{BTreeMap, BTreeSet};

use super::net::{Net, Node};
use super::talk::{LINK_MS, Talk};
use super::truth::{CallTruth, ClientTruth, OtherTruth, ScenarioTruth};
use super::wire::{address_of_record, compose, put_client_record, put_server_record};
use super::{Scenario, ScenarioFile, ScenarioOptions};
use crate::clock::{Clock, MINUTE};
use crate::message::{Direction, Message, Method};
use crate::truth::{FormatTruth, Truth};

/// Most machines that a message goes through, less one, times the longest way between two, and
/// what a client needs to try again after a challenge.
const TOLERANCE_MS: u64 = 5 * LINK_MS + 35;

/// A message as one machine logged it.
struct Piece {
    /// Index of its dialog.
    dialog: usize,
    /// What tells it from other messages of its dialog.
    identity: String,
    order: u64,
    message: Message,
    bytes: Vec<u8>,
}

/// A file as a list of pieces of one log.
struct Part {
    name: String,
    log: usize,
    pieces: Vec<usize>,
}

/// How much servers log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// What comes in and what goes out, on all connections.
    Full,
    /// Front Ends what comes in and what they refuse themselves, Edges what comes in from the Internet: exports with a filter.
    Lean,
}

/// Writes dialogs as the machines of `options` log them.
pub(super) fn write(
    options: &ScenarioOptions,
    net: &Net,
    talks: &[Talk],
    detail: Detail,
) -> Scenario {
    let logs = logs(options, net, talks, detail);
    let parts = parts(options, net, &logs);
    let mut scenario = Scenario::default();
    let mut written: Vec<u64> = vec![0; talks.len()];
    let mut distinct: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); talks.len()];
    let mut names: Vec<BTreeSet<String>> = vec![BTreeSet::new(); talks.len()];
    for part in &parts {
        let (node, pieces) = &logs[part.log];
        let mut file = ScenarioFile {
            name: part.name.clone(),
            contents: Vec::new(),
            truth: Truth::default(),
        };
        let client = matches!(node, Node::Client(_));
        let (format, records) = if client { ("client", 3) } else { ("server", 1) };
        let mut ids = BTreeSet::new();
        for piece in part.pieces.iter().map(|index| &pieces[*index]) {
            file.contents.extend_from_slice(&piece.bytes);
            piece.message.count(&mut file.truth, format);
            let of: &mut FormatTruth = file.truth.formats.entry(format.to_owned()).or_default();
            of.records += records;
            ids.insert(piece.dialog);
            written[piece.dialog] += 1;
            distinct[piece.dialog].insert(&piece.identity);
            if !names[piece.dialog].contains(&part.name) {
                names[piece.dialog].insert(part.name.clone());
            }
        }
        file.truth.call_ids = ids.len() as u64;
        file.truth.bytes = file.contents.len() as u64;
        let ends = file.contents.iter().filter(|byte| **byte == b'\n');
        file.truth.lines = ends.count() as u64;
        scenario.files.push(file);
    }
    scenario.truth = truth(net, talks, |dialog| {
        (
            written[dialog],
            distinct[dialog].len() as u64,
            names[dialog].clone(),
        )
    });
    for (index, (node, _)) in logs.iter().enumerate() {
        let Node::Client(actor) = node else { continue };
        let (offset_minutes, skew_ms) = options.clock(*actor);
        let files = parts.iter().filter(|part| part.log == index);
        scenario.truth.clients.push(ClientTruth {
            owner: net.person(*actor).address_of_record.clone(),
            offset_minutes,
            skew_ms,
            files: files.map(|part| part.name.clone()).collect(),
        });
    }
    scenario
}

/// The log of every machine that keeps one, sorted by time.
fn logs(
    options: &ScenarioOptions,
    net: &Net,
    talks: &[Talk],
    detail: Detail,
) -> Vec<(Node, Vec<Piece>)> {
    let mut logs: BTreeMap<Node, Vec<Piece>> = BTreeMap::new();
    let mut order = 0;
    for (dialog, talk) in talks.iter().enumerate() {
        for line in &talk.lines {
            let identity = line.identity(&talk.legs[line.requester].tag);
            for path in &line.paths {
                for (place, node) in path.iter().enumerate() {
                    if !keeps_log(options, talk, *node) {
                        continue;
                    }
                    let mut add = |direction, peer: Node| {
                        let wanted = match node {
                            Node::FrontEnd(_) => {
                                let refuses = line.status.is_some_and(|status| status >= 300);
                                direction == Direction::Incoming || place == 0 && refuses
                            }
                            Node::Edge(_) => {
                                direction == Direction::Incoming && net.is_outside(peer)
                            }
                            _ => true,
                        };
                        if detail == Detail::Lean && !wanted {
                            return;
                        }
                        order += 1;
                        logs.entry(*node).or_default().push(Piece {
                            dialog,
                            identity: identity.clone(),
                            order,
                            message: compose(net, talk, line, (path, place), direction),
                            bytes: Vec::new(),
                        });
                    };
                    if place > 0 {
                        add(Direction::Incoming, path[place - 1]);
                    }
                    if place + 1 < path.len() {
                        add(Direction::Outgoing, path[place + 1]);
                    }
                }
            }
        }
    }
    // A report on a call that nobody logged would make a call that nobody saw.
    let seen: BTreeSet<&str> = logs
        .values()
        .flatten()
        .map(|piece| &*talks[piece.dialog].call_id)
        .collect();
    for pieces in logs.values_mut() {
        pieces.retain(|piece| {
            let about = talks[piece.dialog].about.as_deref();
            about.is_none_or(|call_id| seen.contains(call_id))
        });
    }
    logs.retain(|_, pieces| !pieces.is_empty());
    for (node, pieces) in &mut logs {
        pieces.sort_by_key(|piece| (piece.message.at, piece.order));
        let mut clock = Clock::new();
        for (sequence, piece) in pieces.iter_mut().enumerate() {
            let message = &piece.message;
            if let Node::Client(actor) = node {
                let (offset, skew) = options.clock(*actor);
                let ahead = i64::from(offset) * MINUTE as i64 + skew;
                let stamp = message.at.saturating_add_signed(ahead);
                put_client_record(&mut piece.bytes, &mut clock, stamp, message);
            } else {
                let place = (*node, 0x2A10 + sequence as u64);
                put_server_record(&mut piece.bytes, &mut clock, place, message);
            }
        }
    }
    logs.into_iter().collect()
}

/// Whether a machine logs the messages of this dialog.
fn keeps_log(options: &ScenarioOptions, talk: &Talk, node: Node) -> bool {
    match node {
        Node::FrontEnd(index) => (index as u32) < options.front_ends,
        Node::Edge(index) => (index as u32) < options.edges,
        Node::Client(actor) => {
            let logging = options
                .logging_clients
                .is_none_or(|most| (actor as u32) < most);
            let calls = talk.legs[0].actor == actor;
            let wanted = match talk.kind {
                None if calls => options.caller_logs,
                None => options.callee_logs,
                Some(_) => options.caller_logs || options.callee_logs,
            };
            logging && wanted
        }
        _ => false,
    }
}

/// Which files there are, and which pieces each has.
fn parts(options: &ScenarioOptions, net: &Net, logs: &[(Node, Vec<Piece>)]) -> Vec<Part> {
    let mut parts = Vec::new();
    for (log, (node, pieces)) in logs.iter().enumerate() {
        let len = pieces.len();
        let (stem, extension, borders) = match node {
            Node::Client(actor) => {
                let address = &net.person(*actor).address;
                let stem = address.split('@').next().unwrap_or_default();
                let border = options.rotated.then(|| rotation(pieces)).flatten();
                (stem, "UccApilog", border.into_iter().collect())
            }
            node => {
                let name = net.name(*node);
                let stem = name.split('.').next().unwrap_or_default();
                let count = options.server_parts.max(1) as usize;
                let borders = (1..count).map(|part| part * len / count);
                (stem, "txt", borders.collect::<Vec<usize>>())
            }
        };
        let mut starts = vec![0];
        starts.extend(borders);
        starts.dedup();
        for (number, start) in starts.iter().enumerate() {
            let end = starts.get(number + 1).copied().unwrap_or(len);
            let name = match starts.len() {
                1 => format!("{stem}.{extension}"),
                _ => format!("{stem}-{}.{extension}", number + 1),
            };
            parts.push(Part {
                name,
                log,
                pieces: (*start..end).collect(),
            });
        }
        let server = !matches!(node, Node::Client(_));
        if options.overlap && server && len > 2 {
            parts.push(Part {
                name: format!("{stem}-overlap.{extension}"),
                log,
                pieces: (len - len / 3..len).collect(),
            });
        }
    }
    if options.appended_twice
        && let Some(last) = parts.last_mut()
    {
        // An export that was appended to a file that already had it.
        last.pieces.extend_from_within(..);
    }
    if options.copy
        && let Some(first) = parts.first()
    {
        parts.push(Part {
            name: format!("copy-of-{}", first.name),
            log: first.log,
            pieces: first.pieces.clone(),
        });
    }
    parts
}

/// Where a client's log goes on in a new file: near its middle, between INVITE and BYE of some
/// call if that is possible.
fn rotation(pieces: &[Piece]) -> Option<usize> {
    let request =
        |piece: &&Piece, method| piece.message.method == method && piece.message.status.is_none();
    let middle = pieces.len() / 2;
    let mut borders: Vec<usize> = (1..pieces.len()).collect();
    borders.sort_by_key(|border| border.abs_diff(middle));
    let spans = |border: &usize| {
        let (before, after) = pieces.split_at(*border);
        let begun: BTreeSet<usize> = before
            .iter()
            .filter(|piece| request(piece, Method::Invite))
            .map(|piece| piece.dialog)
            .collect();
        let ends = after.iter().filter(|piece| request(piece, Method::Bye));
        ends.into_iter().any(|piece| begun.contains(&piece.dialog))
    };
    let found = borders.iter().copied().find(spans);
    found.or(borders.first().copied())
}

/// What is true of every dialog of which something was written. `of` gives messages written,
/// different ones, and files.
fn truth(
    net: &Net,
    talks: &[Talk],
    of: impl Fn(usize) -> (u64, u64, BTreeSet<String>),
) -> ScenarioTruth {
    let mut truth = ScenarioTruth {
        tolerance_ms: TOLERANCE_MS,
        ..ScenarioTruth::default()
    };
    let mut reported = BTreeSet::new();
    for (index, talk) in talks.iter().enumerate() {
        let (written, distinct, files) = of(index);
        let Some(kind) = talk.kind.filter(|_| written > 0) else {
            continue;
        };
        reported.extend(talk.about.clone());
        let method = talk
            .lines
            .first()
            .map_or(Method::Options, |line| line.method);
        truth.others.push(OtherTruth {
            call_id: talk.call_id.clone(),
            kind,
            user: address_of_record(&net.person(talk.legs[0].actor).address),
            failed: talk.failed,
            final_status: talk.final_status(method),
            about: talk.about.clone(),
            distinct,
            written,
            files,
        });
    }
    for (index, talk) in talks.iter().enumerate() {
        let (written, distinct, files) = of(index);
        if written == 0 || talk.kind.is_some() {
            continue;
        }
        let [invite, rang, answered, gave_up, bye] = talk.times();
        let since = |from: Option<u64>, to: Option<u64>| Some(to?.saturating_sub(from?));
        let described = talk
            .lines
            .iter()
            .any(|line| line.body.kind == "application/sdp" || has_media(line));
        let modality = |label: &&'static str| match *label {
            "data" => "file-transfer".to_owned(),
            label => label.to_owned(),
        };
        truth.calls.push(CallTruth {
            call_id: talk.call_id.clone(),
            plot: talk.plot.to_owned(),
            caller: address_of_record(&net.person(talk.legs[0].actor).address),
            callee: address_of_record(&talk.to),
            outcome: talk.outcome,
            verdict: talk.verdict,
            cause: talk.cause.to_owned(),
            modalities: talk
                .media
                .iter()
                .filter(|_| described)
                .map(modality)
                .collect(),
            conference: talk.conference,
            reported: reported.contains(&talk.call_id),
            distinct,
            written,
            invite_at: invite,
            ring_ms: since(invite, rang),
            answer_ms: since(invite, answered),
            set_up_ms: since(invite, answered.or(gave_up)),
            duration_ms: since(answered, bye),
            ended_by: talk.ended_by(),
            final_status: talk.final_status(Method::Invite),
            codes: talk.codes(),
            files,
        });
    }
    truth.add_up();
    truth
}

fn has_media(line: &super::talk::Line) -> bool {
    line.diagnoses
        .iter()
        .any(|diagnosis| !diagnosis.media.is_empty())
}
