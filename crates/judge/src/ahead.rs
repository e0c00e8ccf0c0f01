//! Looking ahead in memory.
//!
//! Dialogs lie all over the memory. To judge one takes less time than to fetch it, so that of very
//! many most of the time would be spent waiting for one after the other. What is asked for at the
//! same time is fetched at the same time: a few dialogs are looked at before the first of them is
//! judged.

use std::hint::black_box;
use std::ops::Range;

use siptriage_facts::{CallId, Dialog, Facts};

/// Dialogs that are looked at together; with all that belongs to them they fit into any cache.
const BATCH: usize = 32;

/// How much of a dialog is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Itself.
    Dialog,
    /// What is said about it too.
    Diagnoses,
}

/// All dialogs of some facts, in their order.
pub(crate) fn dialogs(facts: &Facts, depth: Depth) -> impl Iterator<Item = (&CallId, &Dialog)> {
    shares(facts, depth, [0..facts.dialogs.len()])
}

/// The dialogs of some facts in these shares of them.
pub(crate) fn shares(
    facts: &Facts,
    depth: Depth,
    shares: impl IntoIterator<Item = Range<usize>>,
) -> impl Iterator<Item = (&CallId, &Dialog)> {
    let shares = shares.into_iter();
    let mut dialogs = shares.flat_map(|share| facts.dialogs.share(share));
    let mut batch: Vec<(&CallId, &Dialog)> = Vec::with_capacity(BATCH);
    let mut given = 0;
    std::iter::from_fn(move || {
        if given == batch.len() {
            given = 0;
            batch.clear();
            let next = dialogs.by_ref().take(BATCH);
            batch.extend(next);
            look_at(&batch, depth);
        }
        let one = batch.get(given).copied();
        given += 1;
        one
    })
}

/// Reads a little of each place where something of these dialogs is. Step by step: what lies
/// behind a place is found when the place is there.
fn look_at(batch: &[(&CallId, &Dialog)], depth: Depth) {
    let mut seen = 0;
    for (_, dialog) in batch {
        seen ^= dialog.messages.seen() ^ dialog.sights.len() as u64;
        seen ^= u64::from(dialog.traits.is_empty()) ^ u64::from(dialog.parties.is_empty());
    }
    if depth == Depth::Diagnoses {
        for (_, dialog) in batch {
            seen ^= dialog.messages.distinct();
            for (_, party) in dialog.parties.iter() {
                seen ^= party.address.as_deref().map_or(0, str::len) as u64;
            }
        }
        let told = || {
            let dialogs = batch.iter();
            dialogs.filter_map(|(_, dialog)| dialog.diagnoses.as_deref())
        };
        for diagnoses in told() {
            seen ^= diagnoses.len() as u64;
        }
        for diagnoses in told() {
            for (diagnosis, sightings) in diagnoses.iter() {
                seen ^= u64::from(diagnosis.status.is_some()) ^ sightings.count;
            }
        }
        for (diagnosis, _) in told().flat_map(|diagnoses| diagnoses.iter()) {
            for media in &diagnosis.media {
                seen ^= u64::from(media.ice_warn.is_some());
            }
        }
        for (diagnosis, _) in told().flat_map(|diagnoses| diagnoses.iter()) {
            for media in &diagnosis.media {
                let lines = media.fields.as_str().as_bytes().iter().step_by(64);
                seen ^= lines.fold(0, |seen, byte| seen ^ u64::from(*byte));
            }
        }
    }
    black_box(seen);
}
