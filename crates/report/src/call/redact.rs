//! The data of a page without identifiers.

use siptriage_redact::Redactor;

use super::data::Data;
use crate::redaction::redacted_clock;

/// Everything about a call.
pub(super) fn redact_data(data: &mut Data, redactor: &Redactor) {
    let path = |text: &mut String| *text = redactor.path(text);
    let some = |text: &mut Option<String>| {
        if let Some(text) = text {
            *text = redactor.text(text);
        }
    };
    data.call_id = redactor.call_id(&data.call_id);
    for end in [&mut data.caller, &mut data.callee] {
        some(&mut end.address);
        some(&mut end.relay_address);
        some(&mut end.site);
        if let Some(agent) = &mut end.user_agent {
            *agent = redactor.agent(agent);
        }
    }
    for medium in &mut data.media {
        some(&mut medium.label);
        for (name, value) in &mut medium.fields {
            *value = redactor.parameter(name, value);
            *name = redactor.text(name);
        }
    }
    for diagnosis in &mut data.diagnoses {
        some(&mut diagnosis.sub_code);
        some(&mut diagnosis.reason);
        if let Some(source) = &mut diagnosis.source {
            *source = redactor.parameter("source", source);
        }
        for (name, value) in &mut diagnosis.params {
            *value = redactor.parameter(name, value);
            *name = redactor.text(name);
        }
        for place in &mut diagnosis.places {
            path(&mut place.file);
        }
    }
    for clock in &mut data.clocks {
        path(&mut clock.file);
        some(&mut clock.owner);
        let reference = clock
            .offset
            .as_mut()
            .and_then(|offset| offset.reference.as_mut());
        if let Some(reference) = reference.filter(|reference| *reference != "UTC") {
            *reference = redacted_clock(reference, redactor);
        }
    }
    for step in &mut data.messages {
        some(&mut step.direction);
        if let Some(peer) = &mut step.peer {
            *peer = redactor.header("Peer", peer);
        }
        some(&mut step.start_line);
        for place in &mut step.places {
            path(&mut place.file);
        }
        for reason in &mut step.reasons {
            *reason = redactor.text(reason);
        }
    }
}
