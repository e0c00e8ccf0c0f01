//! The filter, diagnosis by diagnosis and message by message.

use std::collections::{BTreeMap, BTreeSet};

use siptriage_diagnostics::address_of_record;
use siptriage_facts::{DialogId, Event, Name, Selection, Signal, Stamp, Writer, Zone};

use super::{Filter, in_utc};
use crate::{Case, Clocks, Judge};

/// What a filter takes of a trace, for a second reading when all calls are known.
///
/// A diagnosis is held to time, code, mask and medium by itself, and to everything else by its
/// call. A message is held to time by itself, and to everything else by its call. What belongs
/// to no call is taken if all that is asked can be told from it alone.
#[derive(Debug)]
pub struct FilterSelection<'j> {
    filter: &'j Filter,
    clocks: &'j Clocks,
    /// Calls that are what is asked of calls as a whole.
    whole: Ids,
    /// Calls that carry a medium that is asked for.
    carrying: Ids,
    /// Calls that are all that is asked, times aside.
    calls: Ids,
    /// Who wrote a file, by the zone of its stamps; empty where times do not matter. Of several,
    /// the one that saw most calls.
    writers: BTreeMap<Name, BTreeMap<Zone, Writer>>,
}

/// Dialogs, by number.
#[derive(Debug)]
enum Ids {
    /// Every one.
    All,
    /// These, sorted.
    Only(Vec<DialogId>),
}

impl Ids {
    fn has(&self, dialog: DialogId) -> bool {
        match self {
            Ids::All => true,
            Ids::Only(ids) => ids.binary_search(&dialog).is_ok(),
        }
    }

    fn settled(self) -> Ids {
        match self {
            Ids::All => Ids::All,
            Ids::Only(mut ids) => {
                ids.sort_unstable();
                ids.shrink_to_fit();
                Ids::Only(ids)
            }
        }
    }

    fn offer(&mut self, case: &Case<'_>, takes: impl FnOnce() -> bool) {
        if let Ids::Only(ids) = self
            && takes()
        {
            ids.push(case.call_id.dialog());
        }
    }
}

impl Filter {
    /// The numbers of all cases that are asked for.
    pub fn dialogs(&self, judge: &Judge<'_>) -> BTreeSet<DialogId> {
        let cases = judge.cases().filter(|case| self.takes_case(case));
        cases.map(|case| case.call_id.dialog()).collect()
    }

    /// What is taken of the same trace when it is read again.
    pub fn selection<'j>(&'j self, judge: &'j Judge<'_>) -> FilterSelection<'j> {
        let conditions = &self.conditions;
        let ids = |wanted: bool| match wanted {
            true => Ids::Only(Vec::new()),
            false => Ids::All,
        };
        let of_diagnoses = !(conditions.codes.is_empty()
            && conditions.masks.is_empty()
            && conditions.media.is_empty());
        let mut whole = ids(self.asks_of_whole());
        let mut carrying = ids(!conditions.media.is_empty());
        let mut calls = ids(self.asks_of_whole() || of_diagnoses);
        if matches!((&whole, &calls), (Ids::Only(_), _) | (_, Ids::Only(_))) {
            for case in judge.cases() {
                let is_whole = self.takes_whole(&case);
                whole.offer(&case, || is_whole);
                carrying.offer(&case, || {
                    let modalities = case.dialog.modalities;
                    let mut media = conditions.media.iter();
                    media.any(|medium| medium.takes_modalities(modalities))
                });
                calls.offer(&case, || is_whole && self.takes_diagnoses(&case));
            }
        }
        let of_times = self.since.is_some() || self.until.is_some();
        FilterSelection {
            filter: self,
            clocks: judge.clocks(),
            whole: whole.settled(),
            carrying: carrying.settled(),
            calls: calls.settled(),
            writers: if of_times {
                writers(judge)
            } else {
                BTreeMap::new()
            },
        }
    }
}

/// Who wrote each file, by the zone of its stamps.
fn writers(judge: &Judge<'_>) -> BTreeMap<Name, BTreeMap<Zone, Writer>> {
    let mut calls: BTreeMap<&Writer, u64> = BTreeMap::new();
    for case in judge.cases() {
        for (writer, _) in case.dialog.sights.iter() {
            *calls.entry(writer).or_default() += 1;
        }
    }
    let mut calls: Vec<(&Writer, u64)> = calls.into_iter().collect();
    // The last one stays.
    calls.sort_by_key(|(_, calls)| *calls);
    let mut writers: BTreeMap<Name, BTreeMap<Zone, Writer>> = BTreeMap::new();
    for (writer, _) in calls {
        let of_file = writers.entry(writer.file.clone()).or_default();
        of_file.insert(writer.zone, writer.clone());
    }
    writers
}

impl FilterSelection<'_> {
    /// The moment of a stamp: UTC where the clock of its file is known, else as written.
    fn moment(&self, file: &str, time: Option<Stamp>) -> Option<i64> {
        let time = time?;
        let writer = self
            .writers
            .get(file)
            .and_then(|of_file| of_file.get(&time.zone));
        let time = writer.map_or(time, |writer| self.clocks.convert(writer, time));
        Some(in_utc(time))
    }

    /// What belongs to no call has no verdict, outcome and site, nor a Call-ID.
    fn takes_stray(&self, from: &str, to: &str, status: Option<u16>) -> bool {
        let conditions = &self.filter.conditions;
        let is_user = |value: &str| {
            let address = address_of_record(value);
            address.is_some_and(|address| conditions.users.iter().any(|user| user.takes(address)))
        };
        conditions.verdicts.is_empty()
            && conditions.outcomes.is_empty()
            && conditions.sites.is_empty()
            && conditions.call_ids.is_empty()
            && self.filter.takes_status(status)
            && (conditions.users.is_empty() || is_user(from) || is_user(to))
    }
}

impl Selection for FilterSelection<'_> {
    fn takes_event(&self, event: &Event<'_>) -> bool {
        let filter = self.filter;
        let file = &event.place.file;
        if !filter.takes_code(event.code) || !filter.takes_moment(self.moment(file, event.time)) {
            return false;
        }
        let dialog = event.dialog().map(|call_id| DialogId::of(&call_id));
        // Of what belongs to no call nobody knows what it carries.
        let carries = || dialog.is_some_and(|dialog| self.carrying.has(dialog));
        let mut sections = event.media.iter();
        let takes_media = sections.any(|media| filter.takes_section(&media.label, media.ice_warn))
            || filter.takes_no_section(event.media.is_empty(), carries);
        let message = &event.message;
        let text = |value: &Option<std::borrow::Cow<'_, str>>| {
            value.as_deref().unwrap_or_default().to_owned()
        };
        takes_media
            && match dialog {
                Some(dialog) if self.whole.has(dialog) => true,
                Some(_) if message.call_id.is_some() || event.param("callId").is_some() => false,
                // What stands alone is a call by itself, and can tell more than its case does.
                _ => {
                    let status = message.start_line.as_deref().and_then(status_of);
                    self.takes_stray(&text(&message.from), &text(&message.to), status)
                }
            }
    }

    fn takes_message(&self, signal: &Signal<'_>) -> bool {
        let filter = self.filter;
        if !filter.takes_moment(self.moment(signal.file, signal.time)) {
            return false;
        }
        if !signal.call_id.is_empty() {
            return self.takes_call(signal.call_id);
        }
        let conditions = &filter.conditions;
        conditions.codes.is_empty()
            && conditions.masks.is_empty()
            && conditions.media.is_empty()
            && self.takes_stray(signal.from, signal.to, signal.status)
    }

    fn takes_call(&self, call_id: &str) -> bool {
        self.calls.has(DialogId::of(call_id))
    }
}

/// Status of a status line.
fn status_of(start_line: &str) -> Option<u16> {
    let rest = start_line.strip_prefix("SIP/2.0 ")?;
    rest.split_ascii_whitespace().next()?.parse().ok()
}
