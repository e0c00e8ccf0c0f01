//! Conditions in words, for tables and messages.

use siptriage_diagnostics::IceWarn;

use crate::Kind;

use super::condition::{EndWhen, On, When};
use super::words::{self, RelayState, Words};

impl EndWhen {
    fn texts(&self, name: &str) -> Vec<String> {
        let mut texts = Vec::new();
        if !self.location.is_empty() {
            texts.push(format!("{name} {}", of(&self.location, words::locations())));
        }
        if !self.relay.is_empty() {
            texts.push(relay_text(name, &self.relay));
        }
        if !self.agent.is_empty() {
            texts.push(format!("{name} has user agent {}", quoted(&self.agent)));
        }
        if !self.agent_unlike.is_empty() {
            let parts = quoted(&self.agent_unlike);
            texts.push(format!("{name} has a user agent other than {parts}"));
        }
        for (verb, set) in [("offers", self.offers), ("does not offer", self.lacks)] {
            if !set.is_empty() {
                let words: Vec<&str> = set.words().collect();
                texts.push(format!("{name} {verb} {}", words.join(", ")));
            }
        }
        texts
    }
}

impl When {
    /// The condition in words.
    pub(super) fn text(&self) -> String {
        let mut texts = Vec::new();
        let mut add = |is: bool, text: String| {
            if is {
                texts.push(text);
            }
        };
        add(!self.code.is_any(), format!("code {}", self.code.text()));
        let class = of(&self.class, words::classes());
        add(!self.class.is_empty(), format!("code of class {class}"));
        let header = of(&self.header, words::headers());
        add(!self.header.is_empty(), format!("in {header}"));
        let carrier = of(&self.carrier, words::carriers());
        add(!self.carrier.is_empty(), format!("carrier {carrier}"));
        let on: Vec<String> = self.on.iter().map(On::text).collect();
        add(!self.on.is_empty(), format!("on {}", on.join(" or ")));
        let sub_code = quoted(&self.sub_code);
        add(!self.sub_code.is_empty(), format!("sub-code {sub_code}"));
        let reason = quoted(&self.reason);
        add(!self.reason.is_empty(), format!("reason contains {reason}"));
        for (name, values) in &self.parameter {
            add(
                true,
                match values.iter().any(|value| value == "*") {
                    true => format!("{name} is there"),
                    false => format!("{name} is {}", quoted(values)),
                },
            );
        }
        for (name, values) in &self.parameter_has {
            add(true, format!("{name} contains {}", quoted(values)));
        }
        let hresult: Vec<String> = self.hresult.iter().map(|n| format!("{n:#010x}")).collect();
        let hresult = hresult.join(" or ");
        add(!self.hresult.is_empty(), format!("HRESULT {hresult}"));
        let media: Vec<&str> = self.media.words().collect();
        add(!self.media.is_empty(), media.join(" or "));
        for text in self.bits.texts() {
            add(true, text);
        }
        let one_side = IceWarn::from_bits(self.one_side_only);
        let text = format!("any of {one_side}, on one side only");
        add(self.one_side_only != 0, text);
        let pairs = of(&self.locations, words::location_pairs()).replace('-', " ");
        add(!self.locations.is_empty(), pairs);
        for (name, side) in [("this side", &self.local), ("the other side", &self.remote)] {
            let locations = of(&side.location, words::locations());
            add(!side.location.is_empty(), format!("{name} {locations}"));
            add(!side.relay.is_empty(), relay_text(name, &side.relay));
        }
        let federation = self.federation.join(" or ");
        add(
            !self.federation.is_empty(),
            format!("federation {federation}"),
        );
        for (word, transport) in words::transports() {
            let text = format!("media over {}", word.to_uppercase());
            add(self.transport == Some(transport), text);
        }
        add(
            !self.ice.is_empty(),
            format!("Ice {}", self.ice.join(" or ")),
        );
        let kind = if self.kind.len() == Kind::ALL.len() {
            "of any kind".to_owned()
        } else {
            of(
                &self.kind,
                Kind::ALL.map(|kind| (kind.name(), kind)).to_vec(),
            )
        };
        add(self.kind_is_stated, format!("dialog {kind}"));
        let outcome = of(&self.outcome, words::outcomes());
        add(!self.outcome.is_empty(), format!("outcome {outcome}"));
        let status = self.status.text();
        add(!self.status.is_any(), format!("final status {status}"));
        let modality: Vec<&str> = self.modality.words().collect();
        add(
            !self.modality.is_empty(),
            format!("call with {}", modality.join(" or ")),
        );
        for (fact, is, isnt) in [
            (self.conference, "conference", "no conference"),
            (self.answered, "answered", "not answered"),
        ] {
            if let Some(value) = fact {
                add(true, if value { is } else { isnt }.to_owned());
            }
        }
        if let Some(side) = self.ended_by {
            add(true, format!("ended by the {}", side.name()));
        }
        let duration = format!("duration {}", self.duration.text());
        add(!self.duration.is_any(), duration);
        let answer = format!("time to answer {}", self.time_to_answer.text());
        add(!self.time_to_answer.is_any(), answer);
        let ends = of(&self.ends, words::location_pairs()).replace('-', " ");
        add(!self.ends.is_empty(), format!("ends {ends}"));
        for (name, end) in [
            ("caller", &self.caller),
            ("callee", &self.callee),
            ("an end", &self.either),
            ("each end", &self.both),
        ] {
            for text in end.texts(name) {
                add(true, text);
            }
        }
        texts.join("; ")
    }
}

fn quoted(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("“{text}”")).collect();
    quoted.join(" or ")
}

/// The words of these values.
fn of<T: PartialEq>(values: &[T], words: Words<T>) -> String {
    let words = words.iter().filter(|(_, value)| values.contains(value));
    let words: Vec<&str> = words.map(|(word, _)| *word).collect();
    words.join(" or ")
}

fn relay_text(name: &str, relay: &[RelayState]) -> String {
    let states: Vec<&str> = words::relays()
        .into_iter()
        .filter(|(_, state)| relay.contains(state))
        .map(|(_, state)| match state {
            RelayState::Present => "has a relay",
            RelayState::Absent => "has no relay",
            RelayState::NotStated => "does not say whether it has a relay",
        })
        .collect();
    format!("{name} {}", states.join(" or "))
}
