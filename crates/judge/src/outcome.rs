//! What became of a dialog.

use siptriage_diagnostics::CodeClass;
use siptriage_facts::{Carrier, Dialog, DialogDiagnosis, Method, Traits};

use crate::reading::Reading;
use crate::{Kind, Outcome, Thresholds};

/// When the media of a call failed, where the code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// They never came up.
    SetUp,
    /// They were up and stopped.
    MidCall,
}

/// When the media failed, by the meaning of the code.
///
/// The reasons of 21 to 25 say that the call failed to establish, and 26 to 29 are taken for their
/// siblings; the reason of 32 says mid-call, and 31 to 34 are taken for its siblings (rows of these
/// codes in `codes.tsv`, with their sources and how sure they are). 21006 says of conference
/// sharing that its connection failed to establish (source key SIPE-89).
fn phase(code: u32) -> Option<Phase> {
    match code {
        21..=29 | 21_006 => Some(Phase::SetUp),
        31..=34 => Some(Phase::MidCall),
        _ => None,
    }
}

/// Whether a code of class failure only says that nobody took the call, where the status says so
/// too: a gateway's or a proxy's own refusal passed on (10000, 10003), call rules that led to no
/// answer (13001, 13002), and, once it rang, a server that waited in vain (5001, 7003).
fn only_unanswered(code: u32, rang: bool) -> bool {
    matches!(code, 10_000 | 10_003 | 13_001 | 13_002) || rang && matches!(code, 5001 | 7003)
}

/// What became of a dialog.
///
/// **Calls.** The first of these that holds:
///
/// 1. No INVITE that begins the call was seen: *seen in part*, whatever else is known.
/// 2. It was answered: a 2xx to an INVITE was seen, or a re-INVITE, which only an answered call
///    has, or a BYE and no refusal (then the trace lacks the answer). Of several branches one that
///    was answered counts, whatever became of the others. Then
///    - a code of class failure on its BYE, or in a record of the whole call, makes it *failed* or
///      *dropped*: as the code says (`failed to establish`, `mid-call`), else *failed* if it ended
///      within [`Thresholds::media_set_up`] of the answer, else *dropped*; *dropped* too where
///      times are unknown. Codes of media failure that say when it happened count in any message
///      but a refusal;
///    - else it is *connected* if a BYE was seen, and *unfinished* if not.
///
///    Codes of class expected and informational (51004, 51007, …) and those nobody has classified
///    never make a failure, nor do refusals of a re-INVITE, a BYE or an UPDATE: the call goes on.
/// 3. It was not answered, and the final response that counts is (2xx before 6xx before other
///    refusals before 3xx before 487 before 401 and 407)
///    - 486 or 600: *busy*; 603 or 606: *declined*, but 606 with a code of class failure (media,
///      bandwidth) is *failed*;
///    - 480, or 408 after ringing: *no answer*, but *failed* with a code of class failure that
///      says more than that nobody answered. Where a gateway's refusal was passed on
///      (`SipResponseCode` beside 10000 and 10003), the gateway's 486, 600, 603 count;
///    - 487: *cancelled*, but *failed* where the CANCEL carries a code of class failure;
///    - 3xx: *redirected*; *cancelled* where a CANCEL followed, since somebody was asked anew;
///    - 401 or 407: *cancelled* with a CANCEL, *unfinished* where it rang after all or an INVITE
///      that followed met no response, else *failed*: credentials were wanted and none that
///      sufficed came;
///    - any other: *failed*.
/// 4. No final response: *cancelled* with a CANCEL, *failed* with a report about the call that has
///    a code of class failure, else *unfinished*.
///
/// **Other dialogs** are *failed* if the final response that counts is 4xx, 5xx or 6xx and no
/// challenge, unless a later try (by its `CSeq`) met a 2xx; or if there is a code of class failure
/// (of one that went well in the end: not on a refusal); *connected* if there is a 2xx; else
/// *unfinished*. Sessions of
/// instant messages and conferences that end with a CANCEL or 487 are *cancelled*.
///
/// The dialog is the one that is read.
pub(crate) fn outcome(
    dialog: &Dialog,
    reading: &Reading<'_>,
    kind: Kind,
    duration: Option<i64>,
    thresholds: Thresholds,
) -> Outcome {
    if kind != Kind::Call {
        return of_no_call(dialog, reading, kind);
    }
    let has = |one| dialog.traits.has(one);
    if !has(Traits::INVITED) {
        return Outcome::SeenInPart;
    }
    let status = dialog.final_status.get();
    let refused = status.is_some_and(|status| status >= 300 && !matches!(status, 401 | 407));
    if has(Traits::ANSWERED) || has(Traits::REINVITED) || has(Traits::ENDED) && !refused {
        of_answered(dialog, reading, duration, thresholds)
    } else {
        of_unanswered(dialog, reading, status)
    }
}

fn of_answered(
    dialog: &Dialog,
    reading: &Reading<'_>,
    duration: Option<i64>,
    thresholds: Thresholds,
) -> Outcome {
    let set_up = i64::from(thresholds.media_set_up) * 1_000_000;
    let untold = match duration {
        Some(duration) if duration <= set_up => Outcome::Failed,
        _ => Outcome::Dropped,
    };
    let mut worst = None;
    for failure in failures(reading) {
        if failure.status.is_some_and(|status| status >= 300) {
            continue;
        }
        let of_end = matches!(failure.method, Method::Bye | Method::Other);
        let outcome = match phase(failure.code) {
            Some(Phase::SetUp) => Outcome::Failed,
            Some(Phase::MidCall) => Outcome::Dropped,
            None if of_end => untold,
            None => continue,
        };
        // What never worked was not dropped. `Failed` stands before `Dropped`.
        worst = Some(worst.map_or(outcome, |worst: Outcome| worst.min(outcome)));
    }
    match worst {
        Some(outcome) => outcome,
        None if dialog.traits.has(Traits::ENDED) => Outcome::Connected,
        None => Outcome::Unfinished,
    }
}

fn of_unanswered(dialog: &Dialog, reading: &Reading<'_>, status: Option<u16>) -> Outcome {
    let has = |one| dialog.traits.has(one);
    let rang = has(Traits::RANG);
    let cancelled = has(Traits::CANCELLED);
    // What was said of the refusal that counts, or of the call as a whole.
    let failed = |but: &dyn Fn(u32) -> bool| {
        failures(reading).any(|failure| {
            let of_it = failure.method == Method::Other
                || failure.method == Method::Invite
                    && (failure.status.is_none() || status.is_none() || failure.status == status);
            of_it && !but(failure.code)
        })
    };
    let cancelled_for = || {
        let mut failures = failures(reading);
        let failed = failures.any(|failure| {
            failure.method == Method::Cancel && !only_unanswered(failure.code, rang)
        });
        if failed {
            Outcome::Failed
        } else {
            Outcome::Cancelled
        }
    };
    match (status, passed_on(reading)) {
        (Some(486 | 600), _) => Outcome::Busy,
        (Some(603), _) => Outcome::Declined,
        (Some(400..), Some(outcome)) => outcome,
        (Some(606), None) if !failed(&|_| false) => Outcome::Declined,
        (Some(480), None) if !failed(&|code| only_unanswered(code, rang)) => Outcome::NoAnswer,
        (Some(408), None) if rang && !failed(&|code| only_unanswered(code, rang)) => {
            Outcome::NoAnswer
        }
        (Some(487), None) => cancelled_for(),
        (Some(300..=399) | None, _) if cancelled => cancelled_for(),
        (Some(300..=399), _) => Outcome::Redirected,
        (Some(401 | 407), None) if cancelled => cancelled_for(),
        (Some(401 | 407), None)
            if rang
                || dialog.methods.has(Method::Prack)
                || dialog.methods.has(Method::Update)
                || went_on(reading) =>
        {
            Outcome::Unfinished
        }
        (Some(_), _) => Outcome::Failed,
        (None, _) if failed(&|_| false) => Outcome::Failed,
        (None, _) => Outcome::Unfinished,
    }
}

/// The refusal of a gateway or of a proxy behind it, where a Mediation Server passed it on with
/// another status.
fn passed_on(reading: &Reading<'_>) -> Option<Outcome> {
    reading.told.iter().find_map(|told| {
        let diagnosis = told.diagnosis;
        if !matches!(diagnosis.code, Some(10_000 | 10_003)) {
            return None;
        }
        match diagnosis.params.get("SipResponseCode")?.trim() {
            "486" | "600" => Some(Outcome::Busy),
            "603" => Some(Outcome::Declined),
            _ => None,
        }
    })
}

/// Whether a further try followed the last challenge or refusal.
fn went_on(reading: &Reading<'_>) -> bool {
    let mut parties = reading.parties.iter();
    parties.any(|(_, party)| party.tries.went_on())
}

fn of_no_call(dialog: &Dialog, reading: &Reading<'_>, kind: Kind) -> Outcome {
    let status = dialog.final_status.get();
    let cancelled = dialog.traits.has(Traits::CANCELLED) && status.is_none() || status == Some(487);
    if kind.is_session() && cancelled {
        return Outcome::Cancelled;
    }
    let went_on = !kind.is_session() && went_on(reading);
    let went_well = went_on || status.is_some_and(|status| status < 300);
    let refused =
        !went_on && status.is_some_and(|status| status >= 400 && !matches!(status, 401 | 407));
    let mut failures = failures(reading);
    let failed =
        failures.any(|failure| !went_well || failure.status.is_none_or(|status| status < 300));
    if refused || failed {
        Outcome::Failed
    } else if went_well {
        Outcome::Connected
    } else {
        Outcome::Unfinished
    }
}

/// A diagnosis of class failure.
#[derive(Debug, Clone, Copy)]
struct Failure {
    code: u32,
    /// Method of the request it is about; `Other` where it is about the dialog as a whole, or
    /// nothing tells.
    method: Method,
    /// Status of the response it is about.
    status: Option<u16>,
}

/// The diagnoses of class failure, those of provisional responses aside: they tell of attempts
/// that were followed by others. Server records and quality reports have no code.
fn failures(reading: &Reading<'_>) -> impl Iterator<Item = Failure> {
    let told = reading.told.iter();
    let failures = told
        .filter(|told| told.class == CodeClass::Failure)
        .filter_map(|told| failure(told.diagnosis));
    failures.filter(|failure| failure.status.is_none_or(|status| status >= 200))
}

fn failure(diagnosis: &DialogDiagnosis) -> Option<Failure> {
    let code = diagnosis.code?;
    let (method, status) = match diagnosis.carrier {
        // An error report is a SERVICE request of its own; it names what it is about, if not
        // INVITE.
        Carrier::DiagHeader => {
            let request = diagnosis.params.get("requestType").unwrap_or("INVITE");
            let status = diagnosis.params.get("responseCode");
            let status = status.and_then(|status| status.trim().parse().ok());
            (
                Method::from_name(request.trim()),
                status.filter(|status| *status >= 100),
            )
        }
        _ => (diagnosis.method, diagnosis.status()),
    };
    Some(Failure {
        code,
        method,
        status,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_with_a_phase_are_failures_whose_reason_says_so() {
        for code in (21..=34).chain([21_006]) {
            if phase(code).is_none() {
                continue;
            }
            let row = siptriage_diagnostics::code(code).unwrap();
            assert_eq!(row.class, CodeClass::Failure, "{code}");
            let says = match phase(code) {
                Some(Phase::SetUp) => "failed to establish",
                _ => "mid-call",
            };
            assert!(
                row.reason.is_empty() || row.reason.contains(says),
                "{code}: {}",
                row.reason
            );
        }
        assert_eq!(phase(51_007), None);
        assert_eq!(phase(30), None);
    }
}
