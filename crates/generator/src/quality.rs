//! Quality reports: the VQReportEvent document that a client sends after a call (MS-QoE).

use std::net::Ipv4Addr;

use crate::clock::put_iso;
use crate::people::Person;
use crate::put::{Endpoint, HexDigits, put, put_token};
use crate::rng::Rng;

/// What a report says of one media line.
#[derive(Debug, Clone)]
pub(crate) struct QualityLine {
    pub(crate) label: &'static str,
    pub(crate) ice: &'static str,
    /// `IceWarningFlags`; absent in reports of some devices.
    pub(crate) flags: Option<u32>,
    /// Whether they are written with `0x`. The schema says a decimal number, clients of some
    /// versions write hexadecimal.
    pub(crate) hexadecimal: bool,
    pub(crate) transport: &'static str,
    pub(crate) relays: Vec<Ipv4Addr>,
    pub(crate) local: Endpoint,
    pub(crate) remote: Endpoint,
}

/// A whole report.
#[derive(Debug, Clone)]
pub(crate) struct QualityReport {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Call-ID of the call it is about.
    pub(crate) call_id: String,
    /// Whether the one who reports had called.
    pub(crate) caller: bool,
    pub(crate) lines: Vec<QualityLine>,
    /// Some clients cut the document off before its closing tags.
    pub(crate) closed: bool,
}

impl QualityReport {
    /// Appends the document, all of it on one line.
    pub(crate) fn put(&self, out: &mut Vec<u8>, rng: &mut Rng, from: &Person, to: &Person) {
        put!(
            out,
            "<?xml version=\"1.0\"?><VQReportEvent xmlns=\"ms-rtcp-metrics\" ",
            "xmlns:v2=\"ms-rtcp-metrics.v2\" xmlns:v3=\"ms-rtcp-metrics.v3\" Version=\"2.0\" ",
            "v2:SchemaVersion=\"4.0\"><VQSessionReport SessionId=\"",
            &self.call_id,
            "\"><Endpoint Name=\"PC-",
            &from.epid,
            "\" v2:OS=\"Windows 10.0.14393 SP: 0.0 Type: 1(Workstation) Suite: 256 Arch: x64\" ",
            "v2:CPUName=\"ExampleChip i5\" v2:CPUNumberOfCores=\"4\" ",
            "v2:CPUProcessorSpeed=\"2400\" v2:VirtualizationFlag=\"0\"/><DialogInfo CallId=\"",
            &self.call_id,
            "\" Start=\"",
        );
        put_iso(out, self.start);
        put!(out, "Z\" End=\"");
        put_iso(out, self.end);
        put!(
            out,
            "Z\"><DialogCategory>OCS</DialogCategory><FromURI>sip:",
            &from.address,
            "</FromURI><ToURI>sip:",
            &to.address,
            "</ToURI><Caller>",
            if self.caller { "true" } else { "false" },
            "</Caller><LocalContactURI>sip:",
            &from.address,
            ";opaque=user:epid:",
        );
        put_token(out, rng, 22);
        put!(
            out,
            ";gruu</LocalContactURI><RemoteContactURI>sip:",
            &to.address
        );
        put!(out, ";opaque=user:epid:");
        put_token(out, rng, 22);
        put!(
            out,
            ";gruu</RemoteContactURI><LocalUserAgent>",
            from.user_agent
        );
        put!(
            out,
            "</LocalUserAgent><RemoteUserAgent>",
            to.user_agent,
            "</RemoteUserAgent>"
        );
        put!(
            out,
            "<v2:RegisteredInside>",
            if from.inside { "true" } else { "false" }
        );
        put!(out, "</v2:RegisteredInside></DialogInfo>");
        for line in &self.lines {
            line.put(out, rng, from, to);
        }
        if self.closed {
            put!(out, "</VQSessionReport></VQReportEvent>");
        }
    }
}

impl QualityLine {
    fn put(&self, out: &mut Vec<u8>, rng: &mut Rng, from: &Person, to: &Person) {
        put!(
            out,
            "<MediaLine Label=\"",
            self.label,
            "\"><Description><Connectivity><Ice>"
        );
        put!(out, self.ice, "</Ice>");
        if let Some(flags) = self.flags {
            put!(out, "<IceWarningFlags>");
            if self.hexadecimal {
                put!(out, "0x", HexDigits(u64::from(flags), 8));
            } else {
                put!(out, flags);
            }
            put!(out, "</IceWarningFlags>");
        }
        for relay in &self.relays {
            put!(out, "<RelayAddress><IPAddr>", *relay, "</IPAddr><Port>");
            put!(out, rng.port(50_000, 59_999), "</Port></RelayAddress>");
        }
        put!(
            out,
            "</Connectivity><Security>SRTP</Security><Offerer>true</Offerer><Transport>",
            self.transport,
            "</Transport><NetworkConnectivityInfo><NetworkConnection>",
            if from.inside { "wired" } else { "wifi" },
            "</NetworkConnection><VPN>false</VPN><LinkSpeed>",
            if from.inside {
                1_000_000_000u64
            } else {
                144_000_000
            },
            "</LinkSpeed></NetworkConnectivityInfo>",
        );
        let mut address = |out: &mut Vec<u8>, name: &str, at: Endpoint, inside: bool| {
            put!(
                out,
                "<",
                name,
                "><IPAddr>",
                at.0,
                "</IPAddr><Port>",
                at.1,
                "</Port><Inside>"
            );
            put!(
                out,
                if inside { "true" } else { "false" },
                "</Inside><SubnetMask>255.255.255.0"
            );
            put!(
                out,
                "</SubnetMask><v2:MACAddr>00-00-5E-00-53-",
                HexDigits(rng.next(), 2)
            );
            put!(out, "</v2:MACAddr></", name, ">");
        };
        address(out, "LocalAddr", self.local, from.inside);
        address(out, "RemoteAddr", self.remote, to.inside);
        put!(
            out,
            "<CaptureDev><Name>Headset Microphone (Example)</Name><Driver>Example: 10.0.1.",
            rng.below(100),
            "</Driver></CaptureDev><RenderDev><Name>Headset Earphone (Example)</Name>",
            "<Driver>Example: 10.0.1.",
            rng.below(100),
            "</Driver></RenderDev><v3:ReflexiveLocalIPAddress><IPAddr>",
            from.public.unwrap_or(from.host),
            "</IPAddr><Port>",
            self.local.1,
            "</Port></v3:ReflexiveLocalIPAddress><v3:MidCallReport>false</v3:MidCallReport>",
            "</Description>",
        );
        for stream in ["Inbound", "Outbound"] {
            put!(
                out,
                "<",
                stream,
                "Stream Id=\"",
                rng.next() >> 32,
                "\"><Network><Jitter>"
            );
            put!(
                out,
                "<InterArrival>",
                rng.below(30),
                "</InterArrival><InterArrivalMax>"
            );
            put!(
                out,
                rng.between(30, 400),
                "</InterArrivalMax></Jitter><PacketLoss><LossRate>0.0"
            );
            put!(
                out,
                rng.below(1000),
                "</LossRate></PacketLoss><BurstGapLoss><BurstDensity>"
            );
            put!(
                out,
                rng.below(4),
                "</BurstDensity><BurstDuration>",
                rng.below(300)
            );
            put!(
                out,
                "</BurstDuration><GapDensity>0</GapDensity><GapDuration>"
            );
            put!(
                out,
                rng.below(90_000),
                "</GapDuration></BurstGapLoss><Delay><RoundTrip>"
            );
            put!(
                out,
                rng.between(4, 180),
                "</RoundTrip><RoundTripMax>",
                rng.between(180, 900)
            );
            put!(
                out,
                "</RoundTripMax></Delay><Utilization><Packets>",
                rng.below(60_000)
            );
            put!(
                out,
                "</Packets></Utilization></Network><Payload><Audio><PayloadType>104"
            );
            put!(
                out,
                "</PayloadType><PayloadDescription>SILKWide</PayloadDescription>"
            );
            put!(
                out,
                "<SampleRate>16000</SampleRate></Audio></Payload><QualityEstimates><Audio>"
            );
            put!(
                out,
                "<RecvListenMOS>",
                rng.between(2, 4),
                ".",
                rng.below(100)
            );
            put!(
                out,
                "</RecvListenMOS></Audio></QualityEstimates></",
                stream,
                "Stream>"
            );
        }
        put!(out, "</MediaLine>");
    }
}
