//! What of a diagnosis is the same wherever and whenever it is met.

use siptriage_diagnostics::HeaderName;

use crate::caps::key;
use crate::dialog::DialogDiagnosis;
use crate::facts::{FailureKey, LocationPair};
use crate::{Carrier, Event, Names};

/// A diagnosis ready to be counted, however often the same one is met: without place, time, and the
/// message around it.
#[derive(Debug, Clone)]
pub struct Gist {
    pub(crate) counted: Counted,
    /// Method, status and sender are those of the message that it was met in last.
    pub(crate) diagnosis: DialogDiagnosis,
}

impl Gist {
    /// Of a diagnosis that stood in a header, in a monitoring report, or in an error report: the
    /// other carriers have no gist.
    pub fn of(event: &Event<'_>, names: &Names) -> Option<Gist> {
        Some(Gist {
            counted: Counted::of(event)?,
            diagnosis: DialogDiagnosis::of(event, names),
        })
    }
}

/// What tables count of a diagnosis that has a code.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    pub(crate) carrier: Carrier,
    pub(crate) header: Option<HeaderName>,
    pub(crate) failure: Option<FailureKey>,
    pub(crate) media: Vec<CountedMedia>,
    pub(crate) cut: bool,
}

/// What tables count of a media section.
#[derive(Debug, Clone)]
pub(crate) struct CountedMedia {
    pub(crate) label: Box<str>,
    pub(crate) locations: LocationPair,
    /// `FederationType`.
    pub(crate) federation: Box<str>,
    /// The ICEWarn mask.
    pub(crate) mask: Option<u32>,
    pub(crate) has_malformed_mask: bool,
}

impl Counted {
    /// None of carriers that are counted otherwise.
    pub(crate) fn of(event: &Event<'_>) -> Option<Counted> {
        match event.carrier {
            Carrier::Header | Carrier::Cdr | Carrier::DiagHeader => {}
            Carrier::ServerRecord | Carrier::Qoe | Carrier::Text => return None,
        }
        let media = event.media.iter().map(|media| {
            let field = |name| key(media.field(name).unwrap_or_default());
            CountedMedia {
                label: key(&media.label),
                locations: LocationPair {
                    local: field("LocalLocation"),
                    remote: field("RemoteLocation"),
                },
                federation: field("FederationType"),
                mask: media.ice_warn.map(|mask| mask.bits()),
                has_malformed_mask: media.malformed_ice_warn.is_some(),
            }
        });
        Some(Counted {
            carrier: event.carrier,
            header: event.header,
            failure: event.code.map(|code| FailureKey {
                code,
                sub_code: key(event.sub_code.as_deref().unwrap_or_default()),
                reason: key(event.reason.as_deref().unwrap_or_default()),
            }),
            media: media.collect(),
            cut: event.cut,
        })
    }
}
