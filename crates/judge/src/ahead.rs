//! Looking ahead in memory.
//!
//! What belongs to a dialog lies all over the memory. To judge one takes less time than to fetch it,
//! so that of very many most of the time would be spent waiting for one after the other. What is
//! asked for at the same time is fetched at the same time: a few dialogs are looked at before the
//! first of them is judged.

use std::hint::black_box;
use std::iter::once;
use std::ops::Range;

use siptriage_facts::{CallId, Dialog, Facts};

/// Dialogs that are looked at together; with all that belongs to them they fit into any cache.
const BATCH: usize = 32;

/// All dialogs of some facts, in their order.
pub(crate) fn dialogs(facts: &Facts) -> impl Iterator<Item = (&CallId, &Dialog)> {
    shares(facts, once(0..facts.dialogs.len()))
}

/// The dialogs of some facts in these shares of them.
pub(crate) fn shares(
    facts: &Facts,
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
            look_at(&batch);
        }
        let one = batch.get(given).copied();
        given += 1;
        one
    })
}

/// Reads a little of each place where something of these dialogs is. Step by step: what lies
/// behind a place is found when the place is there. Dialogs themselves lie one behind the other,
/// which a processor sees.
fn look_at(batch: &[(&CallId, &Dialog)]) {
    let mut seen = 0;
    for (_, dialog) in batch {
        seen ^= dialog.messages.distinct();
        for (_, party) in dialog.parties.iter() {
            seen ^= party.address.as_deref().map_or(0, str::len) as u64;
        }
    }
    let told = || {
        let dialogs = batch.iter();
        dialogs.map(|(_, dialog)| &dialog.diagnoses)
    };
    for diagnoses in told() {
        for (diagnosis, sightings) in diagnoses.iter() {
            seen ^= u64::from(diagnosis.status().is_some()) ^ sightings.count();
        }
    }
    let media = || {
        let diagnoses = told().flat_map(|diagnoses| diagnoses.iter());
        diagnoses.flat_map(|(diagnosis, _)| &diagnosis.media)
    };
    for media in media() {
        seen ^= u64::from(media.ice_warn.is_some());
    }
    for media in media() {
        let lines = media.fields().values().as_bytes().iter().step_by(64);
        seen ^= lines.fold(0, |seen, byte| seen ^ u64::from(*byte));
    }
    black_box(seen);
}
