//! Diagnoses as headers write them (MS-OCER 2.2.1), and how they count.

use crate::put::{Endpoint, Hex, put};
use crate::truth::{
    FailureKey, FederationKey, LabelKey, LocationKey, PatternKey, Truth, count_name,
};

/// Which header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    Client,
    Server,
    Public,
}

impl Header {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Header::Client => "ms-client-diagnostics",
            Header::Server => "ms-diagnostics",
            Header::Public => "ms-diagnostics-public",
        }
    }

    fn capitalised(self) -> &'static str {
        match self {
            Header::Client => "Ms-client-diagnostics",
            Header::Server => "Ms-diagnostics",
            Header::Public => "Ms-diagnostics-public",
        }
    }
}

/// Small differences between writers that must not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `24;reason="…";source="…"`
    Plain,
    /// `24; reason="…"; source="…"`, and a blank after the commas of media debug.
    Spaced,
    /// As `Plain`, with a capital in front of the header name.
    Capital,
    /// `24;source="…";reason="…"`
    SourceFirst,
}

/// One diagnosis.
#[derive(Debug, Clone)]
pub(crate) struct Diagnosis {
    pub(crate) header: Header,
    pub(crate) style: Style,
    pub(crate) code: u32,
    pub(crate) reason: &'static str,
    pub(crate) source: Option<&'static str>,
    pub(crate) params: Vec<(&'static str, String)>,
    pub(crate) media: Vec<MediaDebug>,
    /// Whether all media sections stand in one parameter, not each in its own.
    pub(crate) joined: bool,
}

impl Diagnosis {
    pub(crate) fn new(header: Header, code: u32, reason: &'static str) -> Diagnosis {
        Diagnosis {
            header,
            style: Style::Plain,
            code,
            reason,
            source: None,
            params: Vec::new(),
            media: Vec::new(),
            joined: false,
        }
    }

    pub(crate) fn style(mut self, style: Style) -> Diagnosis {
        self.style = style;
        self
    }

    pub(crate) fn source(mut self, source: &'static str) -> Diagnosis {
        self.source = Some(source);
        self
    }

    pub(crate) fn param(mut self, name: &'static str, value: impl Into<String>) -> Diagnosis {
        self.params.push((name, value.into()));
        self
    }

    /// Appends the whole header line.
    pub(crate) fn put_header(&self, out: &mut Vec<u8>) {
        let name = match self.style {
            Style::Capital => self.header.capitalised(),
            _ => self.header.name(),
        };
        put!(out, name, ": ");
        self.put_value(out);
        put!(out, "\r\n");
    }

    /// Appends what follows the header name.
    pub(crate) fn put_value(&self, out: &mut Vec<u8>) {
        let (separator, comma) = match self.style {
            Style::Spaced => ("; ", ", "),
            _ => (";", ","),
        };
        put!(out, self.code);
        let source = |out: &mut Vec<u8>| {
            if let Some(source) = self.source {
                put!(out, separator, "source=\"", source, "\"");
            }
        };
        if self.style == Style::SourceFirst {
            source(out);
        }
        put!(out, separator, "reason=\"", self.reason, "\"");
        for (index, media) in self.media.iter().enumerate() {
            if index > 0 && self.joined {
                put!(out, comma);
            } else {
                put!(out, separator, media.side.param(), "=\"");
            }
            media.put(out, comma);
            if !self.joined || index + 1 == self.media.len() {
                put!(out, "\"");
            }
        }
        for (name, value) in &self.params {
            put!(out, separator, *name, "=\"", value, "\"");
        }
        if self.style != Style::SourceFirst {
            source(out);
        }
    }

    /// Counts it as carried by a header, or by the `diagHeader` element of an error report.
    pub(crate) fn count(&self, truth: &mut Truth, in_header: bool, user: &str) {
        if in_header {
            count_name(&mut truth.carriers, "header");
            count_name(&mut truth.headers, self.header.name());
        } else {
            count_name(&mut truth.carriers, "diag-header");
        }
        let failure = FailureKey {
            code: self.code,
            reason: self.reason.to_owned(),
        };
        truth.failures.count_for(failure, Some(user));
        for media in &self.media {
            let text = |value: Option<u8>| value.map(|n| n.to_string()).unwrap_or_default();
            truth.patterns.count(PatternKey {
                mask: media.ice_warn,
            });
            truth.media.count(LabelKey {
                label: media.label.to_owned(),
            });
            let (local, remote) = (text(media.local_location), text(media.remote_location));
            truth.locations.count(LocationKey { local, remote });
            truth.federation.count(FederationKey {
                federation: text(media.federation),
            });
        }
    }
}

/// Whose view a media section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Caller,
    Callee,
}

impl Side {
    pub(crate) fn other(self) -> Side {
        match self {
            Side::Caller => Side::Callee,
            Side::Callee => Side::Caller,
        }
    }

    fn param(self) -> &'static str {
        match self {
            Side::Caller => "CallerMediaDebug",
            Side::Callee => "CalleeMediaDebug",
        }
    }
}

/// One media section: `audio:ICEWarn=0x320,LocalSite=…`.
#[derive(Debug, Clone)]
pub(crate) struct MediaDebug {
    pub(crate) side: Side,
    pub(crate) label: &'static str,
    pub(crate) ice_warn: u32,
    pub(crate) ice_warn_ex: Option<u32>,
    pub(crate) local_site: Endpoint,
    pub(crate) local_relay: Option<Endpoint>,
    pub(crate) remote_site: Endpoint,
    pub(crate) remote_relay: Option<Endpoint>,
    pub(crate) ports: (u16, u16),
    pub(crate) local_location: Option<u8>,
    pub(crate) remote_location: Option<u8>,
    pub(crate) federation: Option<u8>,
    pub(crate) network_name: Option<&'static str>,
    /// All interfaces, the one in use, and its address.
    pub(crate) interfaces: Option<(u8, u8, Endpoint)>,
}

impl MediaDebug {
    fn put(&self, out: &mut Vec<u8>, comma: &str) {
        put!(
            out,
            self.label,
            ":ICEWarn=0x",
            Hex(u64::from(self.ice_warn))
        );
        if let Some(mask) = self.ice_warn_ex {
            put!(out, comma, "ICEWarnEx=0x", Hex(u64::from(mask)));
        }
        put!(out, comma, "LocalSite=", self.local_site);
        if let Some(relay) = self.local_relay {
            put!(out, comma, "LocalMR=", relay);
        }
        put!(out, comma, "RemoteSite=", self.remote_site);
        if let Some(relay) = self.remote_relay {
            put!(out, comma, "RemoteMR=", relay);
        }
        put!(out, comma, "PortRange=", self.ports.0, ":", self.ports.1);
        if let Some(relay) = self.local_relay {
            put!(out, comma, "LocalMRTCPPort=", relay.1);
        }
        if let Some(relay) = self.remote_relay {
            put!(out, comma, "RemoteMRTCPPort=", relay.1);
        }
        if let Some(location) = self.local_location {
            put!(out, comma, "LocalLocation=", location);
        }
        if let Some(location) = self.remote_location {
            put!(out, comma, "RemoteLocation=", location);
        }
        if let Some(federation) = self.federation {
            put!(out, comma, "FederationType=", federation);
        }
        if let Some(name) = self.network_name {
            put!(out, comma, "NetworkName=", name);
        }
        if let Some((all, base, address)) = self.interfaces {
            put!(out, comma, "Interfaces=0x", Hex(u64::from(all)));
            put!(out, comma, "BaseInterface=0x", Hex(u64::from(base)));
            put!(out, comma, "BaseAddress=", address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn section(label: &'static str, ice_warn: u32) -> MediaDebug {
        MediaDebug {
            side: Side::Caller,
            label,
            ice_warn,
            ice_warn_ex: None,
            local_site: Endpoint(Ipv4Addr::new(192, 0, 2, 1), 50_000),
            local_relay: None,
            remote_site: Endpoint(Ipv4Addr::new(192, 0, 2, 2), 50_001),
            remote_relay: Some(Endpoint(Ipv4Addr::new(203, 0, 113, 21), 55_555)),
            ports: (50_000, 50_019),
            local_location: Some(2),
            remote_location: None,
            federation: Some(0),
            network_name: None,
            interfaces: Some((0x12, 0x2, Endpoint(Ipv4Addr::new(192, 0, 2, 1), 50_000))),
        }
    }

    fn header(diagnosis: &Diagnosis) -> String {
        let mut out = Vec::new();
        diagnosis.put_header(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn headers_have_the_form_of_real_ones() {
        let plain = Diagnosis::new(Header::Server, 1008, "No record").source("fe01.contoso.com");
        let text = "ms-diagnostics: 1008;reason=\"No record\";source=\"fe01.contoso.com\"\r\n";
        assert_eq!(header(&plain), text);
        let turned = plain
            .clone()
            .style(Style::SourceFirst)
            .param("domain", "fabrikam.com");
        let text = "ms-diagnostics: 1008;source=\"fe01.contoso.com\";reason=\"No record\";\
                    domain=\"fabrikam.com\"\r\n";
        assert_eq!(header(&turned), text);
        let mut media = Diagnosis::new(Header::Client, 23, "No media").style(Style::Spaced);
        media.media = vec![section("audio", 0x320), section("video", 0)];
        let fields = "LocalSite=192.0.2.1:50000, RemoteSite=192.0.2.2:50001, \
                      RemoteMR=203.0.113.21:55555, PortRange=50000:50019, RemoteMRTCPPort=55555, \
                      LocalLocation=2, FederationType=0, Interfaces=0x12, BaseInterface=0x2, \
                      BaseAddress=192.0.2.1:50000";
        let text = format!(
            "ms-client-diagnostics: 23; reason=\"No media\"; \
             CallerMediaDebug=\"audio:ICEWarn=0x320, {fields}\"; \
             CallerMediaDebug=\"video:ICEWarn=0x0, {fields}\"\r\n"
        );
        assert_eq!(header(&media), text);
        media.joined = true;
        let joined = text.replace("\"; CallerMediaDebug=\"video", ", video");
        assert_eq!(header(&media), joined);
    }

    #[test]
    fn every_media_section_counts_once_in_each_table() {
        let mut truth = Truth::default();
        let mut diagnosis = Diagnosis::new(Header::Client, 23, "No media");
        diagnosis.media = vec![section("audio", 0x320), section("video", 0)];
        diagnosis.count(&mut truth, true, "sip:ann@example.com");
        diagnosis.count(&mut truth, false, "sip:bob@example.com");
        assert_eq!(truth.failures.total(), 2);
        assert_eq!(truth.patterns.total(), 4);
        assert_eq!(truth.media.total(), 4);
        assert_eq!(truth.federation.total(), 4);
        assert_eq!(truth.headers["ms-client-diagnostics"], 1);
        assert_eq!(truth.carriers["diag-header"], 1);
        let missing = LocationKey {
            local: "2".into(),
            remote: String::new(),
        };
        assert_eq!(truth.locations.0[&missing].occurrences, 4);
        let users = &truth.failures.0.values().next().unwrap().users;
        assert_eq!(users.len(), 2);
    }
}
