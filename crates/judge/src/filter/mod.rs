//! Which calls, diagnoses and messages are asked for.
//!
//! [`Conditions`] are what was typed; a [`Filter`] is what it means for an input and at a moment.
//! Within one condition any of its values will do; all conditions must hold.

mod selection;
#[cfg(test)]
mod tests;
mod when;
mod words;

pub use selection::FilterSelection;
pub use when::When;
pub use words::{Codes, Mask, Medium, Statuses, User};

use std::fmt;

use siptriage_diagnostics::IceWarn;
use siptriage_facts::{DialogDiagnosis, DialogMedia, Stamp, Zone};

use crate::{Case, Dimension, Groupings, Judge, Outcome, Verdict};
use when::Shown;

/// Why a word is no condition, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError(String);

impl FilterError {
    fn new(sentence: impl Into<String>) -> FilterError {
        FilterError(sentence.into())
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FilterError {}

/// Conditions as they were typed. Empty ones ask for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Nothing before this time.
    pub since: Option<When>,
    /// Nothing after this time; a day is taken to its end.
    pub until: Option<When>,
    /// Either party.
    pub users: Vec<User>,
    /// How the Call-ID begins.
    pub call_ids: Vec<String>,
    /// Code of a diagnosis.
    pub codes: Vec<Codes>,
    /// ICEWarn mask of a media section.
    pub masks: Vec<Mask>,
    /// What the call carries, or what a media section is about.
    pub media: Vec<Medium>,
    /// What is to be thought of the call.
    pub verdicts: Vec<Verdict>,
    /// What became of the call.
    pub outcomes: Vec<Outcome>,
    /// Final status of the call.
    pub statuses: Vec<Statuses>,
    /// Site of either end.
    pub sites: Vec<String>,
    /// The only trace format that is looked for. It is named here, and held to by the reading.
    pub trace_format: Option<&'static str>,
}

impl Conditions {
    /// Whether there can be anything that is asked for, as far as can be told without the input.
    /// Worth asking before hours of reading.
    ///
    /// # Errors
    /// [`FilterError`] where not: the end is before the beginning, or sites are asked for and no
    /// network has a name.
    pub fn check(&self, groupings: &Groupings, now: Stamp) -> Result<(), FilterError> {
        if !self.sites.is_empty() && groupings.sites.is_empty() {
            return Err(FilterError::new(
                "--site needs to know the sites; name them with --sites FILE, with lines as in \
                 192.0.2.0/24,Lisbon",
            ));
        }
        // Where only one of both is a time of day, the input tells on which.
        let is_of_day = |when: Option<When>| matches!(when, Some(When::TimeOfDay(_)));
        if is_of_day(self.since) == is_of_day(self.until) {
            self.span(in_utc(now), in_utc(now))?;
        }
        Ok(())
    }

    /// First and last moment that are asked for.
    fn span(&self, now: i64, last: i64) -> Result<(Option<i64>, Option<i64>), FilterError> {
        let since = self.since.map(|when| when.first(now, last));
        let until = self.until.map(|when| when.last(now, last));
        match (since, until) {
            (Some(since), Some(until)) if since > until => Err(FilterError(format!(
                "--since {} is after --until {}; swap them, or name the days as well",
                Shown(since),
                Shown(until)
            ))),
            both => Ok(both),
        }
    }

    /// Whether everything is taken, as far as the conditions go that are not held to by the
    /// reading.
    pub fn take_everything(&self) -> bool {
        let of_reading = Conditions {
            trace_format: self.trace_format,
            ..Conditions::default()
        };
        *self == of_reading
    }
}

/// Conditions for one input at one moment.
///
/// Its [`Display`](fmt::Display) says what is taken: `calls of user ann@contoso.com, with code
/// 21-25, since 2026-03-02 09:00:00`. It holds what was typed. Empty where all is taken.
#[derive(Debug, Clone)]
pub struct Filter {
    conditions: Conditions,
    groupings: Groupings,
    /// Microseconds since 1970-01-01: of UTC where a clock is known, else as written.
    since: Option<i64>,
    until: Option<i64>,
}

impl Filter {
    /// These conditions at the moment `now` for the input that `judge` knows: a time of day is
    /// one of its last day. Sites are those of `groupings`.
    ///
    /// # Errors
    /// [`FilterError`] where nothing could ever be taken: see [`Conditions::check`].
    pub fn new(
        conditions: Conditions,
        groupings: &Groupings,
        now: Stamp,
        judge: &Judge<'_>,
    ) -> Result<Filter, FilterError> {
        conditions.check(groupings, now)?;
        let is_of_day = |when: Option<When>| matches!(when, Some(When::TimeOfDay(_)));
        let mut last = None;
        if is_of_day(conditions.since) || is_of_day(conditions.until) {
            let ends = judge.cases().filter_map(|case| case.end);
            last = ends.map(in_utc).max();
        }
        let now = in_utc(now);
        let (since, until) = conditions.span(now, last.unwrap_or(now))?;
        Ok(Filter {
            conditions,
            groupings: groupings.clone(),
            since,
            until,
        })
    }

    /// Whether everything is taken.
    pub fn takes_everything(&self) -> bool {
        self.conditions.take_everything()
    }

    /// Whether a case is asked for.
    ///
    /// Code, mask and medium must hold of one diagnosis, mask and medium of one media section;
    /// a medium alone may also be one of a session description. Of times, a case must have been
    /// under way at some moment between both.
    pub fn takes_case(&self, case: &Case<'_>) -> bool {
        self.takes_span(case) && self.takes_whole(case) && self.takes_diagnoses(case)
    }

    fn takes_span(&self, case: &Case<'_>) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let (Some(start), Some(end)) = (case.start.or(case.end), case.end.or(case.start)) else {
            return false;
        };
        self.since.is_none_or(|since| in_utc(end) >= since)
            && self.until.is_none_or(|until| in_utc(start) <= until)
    }

    fn takes_moment(&self, micros: Option<i64>) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        micros.is_some_and(|at| {
            self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at <= until)
        })
    }

    /// Whether any condition is about a case as a whole, not about its diagnoses and times.
    fn asks_of_whole(&self) -> bool {
        let Conditions {
            since: _,
            until: _,
            users,
            call_ids,
            codes: _,
            masks: _,
            media: _,
            verdicts,
            outcomes,
            statuses,
            sites,
            trace_format: _,
        } = &self.conditions;
        !(users.is_empty()
            && call_ids.is_empty()
            && verdicts.is_empty()
            && outcomes.is_empty()
            && statuses.is_empty()
            && sites.is_empty())
    }

    fn takes_whole(&self, case: &Case<'_>) -> bool {
        let conditions = &self.conditions;
        let is_user = |address: &str| conditions.users.iter().any(|user| user.takes(address));
        let parties = case.dialog.parties.iter();
        let mut addresses = [case.caller.address, case.callee.address]
            .into_iter()
            .chain(parties.map(|(_, party)| party.address.as_deref()))
            .flatten();
        let status = case.dialog.final_status.get();
        let is_site = || {
            let values = Dimension::Site.values(case, &self.groupings);
            let mut sites = conditions.sites.iter();
            sites.any(|site| values.iter().any(|value| value.eq_ignore_ascii_case(site)))
        };
        (conditions.verdicts.is_empty() || conditions.verdicts.contains(&case.decision.verdict))
            && (conditions.outcomes.is_empty() || conditions.outcomes.contains(&case.outcome))
            && self.takes_call_id(&case.call_id.text())
            && self.takes_status(status)
            && (conditions.users.is_empty() || addresses.any(is_user))
            && (conditions.sites.is_empty() || is_site())
    }

    fn takes_call_id(&self, call_id: &str) -> bool {
        let call_ids = &self.conditions.call_ids;
        call_ids.is_empty()
            || call_ids
                .iter()
                .any(|front| call_id.starts_with(front.as_str()))
    }

    fn takes_status(&self, status: Option<u16>) -> bool {
        let statuses = &self.conditions.statuses;
        statuses.is_empty()
            || status.is_some_and(|status| statuses.iter().any(|one| one.has(status)))
    }

    fn takes_diagnoses(&self, case: &Case<'_>) -> bool {
        let Conditions {
            codes,
            masks,
            media,
            ..
        } = &self.conditions;
        let modalities = case.dialog.modalities;
        let carries = || {
            media
                .iter()
                .any(|medium| medium.takes_modalities(modalities))
        };
        if codes.is_empty() && masks.is_empty() && (media.is_empty() || carries()) {
            return true;
        }
        let takes_section =
            |section: &DialogMedia| self.takes_section(&section.label, section.mask());
        let takes = |diagnosis: &DialogDiagnosis| {
            self.takes_code(diagnosis.code)
                && (diagnosis.media.iter().any(takes_section)
                    || self.takes_no_section(diagnosis.media.is_empty(), carries))
        };
        case.dialog
            .diagnoses()
            .any(|(diagnosis, _)| takes(diagnosis))
    }

    fn takes_code(&self, code: Option<u32>) -> bool {
        let codes = &self.conditions.codes;
        codes.is_empty() || code.is_some_and(|code| codes.iter().any(|one| one.has(code)))
    }

    fn takes_section(&self, label: &str, mask: Option<IceWarn>) -> bool {
        let Conditions { masks, media, .. } = &self.conditions;
        (masks.is_empty() || mask.is_some_and(|mask| masks.iter().any(|one| one.takes(mask))))
            && (media.is_empty() || media.iter().any(|medium| medium.takes_label(label)))
    }

    /// Whether a diagnosis is asked for none of whose sections is: what has no section at all has
    /// no mask, and the medium of its call.
    fn takes_no_section(&self, has_none: bool, carries: impl FnOnce() -> bool) -> bool {
        let Conditions { masks, media, .. } = &self.conditions;
        masks.is_empty() && (media.is_empty() || has_none && carries())
    }
}

/// Microseconds of UTC where the stamp tells them, else as written.
fn in_utc(stamp: Stamp) -> i64 {
    match stamp.zone {
        Zone::Offset(minutes) => stamp.micros - i64::from(minutes) * 60_000_000,
        Zone::Utc | Zone::AssumedUtc | Zone::Local | Zone::Unknown => stamp.micros,
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Conditions {
            since: _,
            until: _,
            users,
            call_ids,
            codes,
            masks,
            media,
            verdicts,
            outcomes,
            statuses,
            sites,
            trace_format,
        } = &self.conditions;
        let mut parts = Vec::new();
        let mut part = |words: &str, values: Vec<String>| {
            if !values.is_empty() {
                parts.push(format!("{words} {}", values.join(" or ")));
            }
        };
        part("of user", texts(users));
        part(
            "with Call-ID",
            call_ids.iter().map(|id| format!("{id}…")).collect(),
        );
        part("with code", texts(codes));
        part("with ICEWarn", texts(masks));
        part("with media", texts(media));
        part(
            "with verdict",
            verdicts.iter().map(|one| one.name().to_owned()).collect(),
        );
        part(
            "with outcome",
            outcomes.iter().map(|one| one.name().to_owned()).collect(),
        );
        part("with status", texts(statuses));
        part("at site", sites.clone());
        part(
            "in trace format",
            trace_format.iter().map(|name| (*name).to_owned()).collect(),
        );
        part(
            "since",
            self.since.iter().map(|at| Shown(*at).to_string()).collect(),
        );
        part(
            "until",
            self.until.iter().map(|at| Shown(*at).to_string()).collect(),
        );
        if parts.is_empty() {
            return Ok(());
        }
        write!(f, "calls {}", parts.join(", "))
    }
}

fn texts(values: &[impl fmt::Display]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
