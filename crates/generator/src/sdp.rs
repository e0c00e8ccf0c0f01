//! Session descriptions with ICE candidates (RFC 8866, MS-ICE2, MS-SDPEXT).

use std::net::Ipv4Addr;

use crate::put::{put, put_token};
use crate::rng::Rng;

/// A medium of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    Audio,
    Video,
    Sharing,
}

impl Medium {
    /// The label of media debug.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Medium::Audio => "audio",
            Medium::Video => "video",
            Medium::Sharing => "application-sharing",
        }
    }

    /// The label of session descriptions and quality reports.
    pub(crate) fn main_label(self) -> &'static str {
        match self {
            Medium::Audio => "main-audio",
            Medium::Video => "main-video",
            Medium::Sharing => "applicationsharing",
        }
    }

    /// Lowest port of the range that Skype for Business clients are given for it.
    pub(crate) fn ports(self) -> (u16, u16) {
        match self {
            Medium::Audio => (50_020, 50_039),
            Medium::Video => (58_000, 58_019),
            Medium::Sharing => (50_040, 50_059),
        }
    }
}

/// What one side of a call offers to be reached at.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    pub(crate) host: Ipv4Addr,
    /// Address the relay saw, where it differs.
    pub(crate) reflexive: Option<Ipv4Addr>,
    pub(crate) relay: Option<Ipv4Addr>,
    /// Local port of each medium, in the order of the media.
    pub(crate) ports: [u16; 2],
    pub(crate) relay_ports: [u16; 2],
    pub(crate) ufrag: String,
    pub(crate) password: String,
}

/// Which description of a dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// First offer: two alternatives, the first for old clients.
    Offer,
    Answer,
    /// After the checks: only the chosen candidates, and the peer's.
    Nominated,
}

/// Appends a description of `media` as the side with `reach` writes it. `peer` is the other
/// side, named in [`Stage::Nominated`].
pub(crate) fn put_description(
    out: &mut Vec<u8>,
    rng: &mut Rng,
    media: &[Medium],
    stage: Stage,
    reach: &Reach,
    peer: &Reach,
) {
    put!(
        out,
        "v=0\r\no=- 0 ",
        if stage == Stage::Offer { 0u8 } else { 1 }
    );
    put!(
        out,
        " IN IP4 ",
        reach.host,
        "\r\ns=session\r\nc=IN IP4 ",
        reach.host
    );
    put!(out, "\r\nb=CT:99980\r\nt=0 0\r\n");
    if media.contains(&Medium::Video) {
        put!(out, "a=x-mediabw:main-video send=12000;recv=12000\r\n");
    }
    put!(out, "a=x-devicecaps:audio:send,recv;video:send,recv\r\n");
    for (index, medium) in media.iter().enumerate() {
        put_medium_line(out, *medium, reach.ports[index], reach.host);
        let ssrc = rng.next() >> 33;
        put!(out, "a=x-ssrc-range:", ssrc, "-", ssrc + 99, "\r\n");
        put!(
            out,
            "a=rtcp-fb:* x-message app send:dsh recv:dsh\r\na=rtcp-rsize\r\na=label:"
        );
        put!(
            out,
            medium.main_label(),
            "\r\na=x-source:",
            medium.main_label(),
            "\r\n"
        );
        put!(
            out,
            "a=ice-ufrag:",
            &reach.ufrag,
            "\r\na=ice-pwd:",
            &reach.password,
            "\r\n"
        );
        match stage {
            Stage::Offer | Stage::Answer => put_candidates(out, *medium, index, reach),
            Stage::Nominated => put_nominated(out, index, reach, peer),
        }
        if *medium != Medium::Sharing {
            put!(out, "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:");
            put_token(out, rng, 40);
            put!(out, "|2^31|1:1\r\n");
        }
        put_formats(out, *medium);
    }
}

/// Appends the description that clients of 2007 understand: candidates of an older draft of
/// ICE, without types.
pub(crate) fn put_fallback(out: &mut Vec<u8>, rng: &mut Rng, media: &[Medium], reach: &Reach) {
    put!(
        out,
        "v=0\r\no=- 0 0 IN IP4 ",
        reach.host,
        "\r\ns=session\r\nc=IN IP4 ",
        reach.host
    );
    put!(out, "\r\nb=CT:99980\r\nt=0 0\r\n");
    for (index, medium) in media.iter().enumerate() {
        put_medium_line(out, *medium, reach.ports[index], reach.host);
        let reflexive = reach.reflexive.map(|host| (host, reach.ports[index]));
        let relay = reach.relay.map(|host| (host, reach.relay_ports[index]));
        let mut hosts = vec![("UDP", "0.830", (reach.host, reach.ports[index]))];
        hosts.extend(reflexive.map(|at| ("UDP", "0.550", at)));
        hosts.extend(relay.map(|at| ("UDP", "0.420", at)));
        hosts.extend(relay.map(|at| ("TCP", "0.190", at)));
        for (transport, priority, (host, port)) in hosts {
            for component in 1..=2u16 {
                put!(out, "a=candidate:");
                put_token(out, rng, 43);
                put!(out, " ", component, " ");
                put_token(out, rng, 22);
                put!(
                    out,
                    " ",
                    transport,
                    " ",
                    priority,
                    " ",
                    host,
                    " ",
                    port + component - 1
                );
                put!(out, " \r\n");
            }
        }
        if *medium != Medium::Sharing {
            put!(
                out,
                "a=cryptoscale:1 client AES_CM_128_HMAC_SHA1_80 inline:"
            );
            put_token(out, rng, 40);
            put!(
                out,
                "|2^31|1:1\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:"
            );
            put_token(out, rng, 40);
            put!(out, "|2^31|1:1\r\n");
        }
        put_formats(out, *medium);
    }
}

fn put_medium_line(out: &mut Vec<u8>, medium: Medium, port: u16, host: Ipv4Addr) {
    let (kind, formats) = match medium {
        Medium::Audio => (
            "audio",
            " RTP/SAVP 117 104 114 9 112 111 0 8 116 115 97 13 118 101",
        ),
        Medium::Video => ("video", " RTP/SAVP 122 121 123"),
        Medium::Sharing => ("applicationsharing", " TCP/RTP/SAVP 127"),
    };
    put!(out, "m=", kind, " ", port, formats, "\r\n");
    put!(out, "a=rtcp:", port + 1, "\r\n");
    if medium == Medium::Sharing {
        put!(
            out,
            "a=connection:existing\r\na=setup:active\r\na=mid:1\r\n"
        );
    } else {
        put!(out, "c=IN IP4 ", host, "\r\n");
    }
}

fn put_candidates(out: &mut Vec<u8>, medium: Medium, index: usize, reach: &Reach) {
    let port = reach.ports[index];
    let relay_port = reach.relay_ports[index];
    let mut foundation = 0u16;
    let mut candidate = |transport: &str, priority: u64, host: Ipv4Addr, port: u16, kind: &str| {
        foundation += 1;
        for component in 1..=2u16 {
            put!(
                out,
                "a=candidate:",
                foundation,
                " ",
                component,
                " ",
                transport,
                " "
            );
            put!(out, priority - u64::from(component), " ", host, " ");
            put!(out, port + component - 1, " typ ", kind, " ");
            if kind != "host" {
                put!(
                    out,
                    "raddr ",
                    reach.host,
                    " rport ",
                    reach.ports[index] + component - 1
                );
            }
            put!(out, "\r\n");
        }
    };
    let udp = medium != Medium::Sharing;
    if udp {
        candidate("UDP", 2_130_706_432, reach.host, port, "host");
    }
    candidate("TCP-ACT", 2_121_006_592, reach.host, port, "host");
    if let Some(reflexive) = reach.reflexive {
        if udp {
            candidate("UDP", 1_694_235_648, reflexive, port + 4, "srflx");
        }
        candidate("TCP-ACT", 1_684_798_464, reflexive, port + 6, "srflx");
    }
    if let Some(relay) = reach.relay {
        if udp {
            candidate("UDP", 184_547_328, relay, relay_port, "relay");
        }
        candidate("TCP-PASS", 174_455_808, relay, relay_port + 2, "relay");
        candidate("TCP-ACT", 174_848_000, relay, relay_port + 2, "relay");
    }
}

/// One candidate for each component, and the peer's: the pair that won. Behind a NAT the peer
/// learned the address from the checks themselves.
fn put_nominated(out: &mut Vec<u8>, index: usize, reach: &Reach, peer: &Reach) {
    let (host, port, kind) = match (reach.reflexive, reach.relay) {
        (Some(_), Some(relay)) => (relay, reach.relay_ports[index], "relay"),
        (Some(reflexive), None) => (reflexive, reach.ports[index] + 4, "prflx"),
        (None, _) => (reach.host, reach.ports[index], "host"),
    };
    for component in 1..=2u16 {
        put!(
            out,
            "a=candidate:1 ",
            component,
            " UDP ",
            2_130_706_431 - u32::from(component)
        );
        put!(
            out,
            " ",
            host,
            " ",
            port + component - 1,
            " typ ",
            kind,
            " "
        );
        if kind != "host" {
            put!(
                out,
                "raddr ",
                reach.host,
                " rport ",
                reach.ports[index] + component - 1
            );
        }
        put!(out, "\r\n");
    }
    put!(
        out,
        "a=remote-candidates:1 ",
        peer.host,
        " ",
        peer.ports[index]
    );
    put!(out, " 2 ", peer.host, " ", peer.ports[index] + 1, "\r\n");
}

fn put_formats(out: &mut Vec<u8>, medium: Medium) {
    put!(
        out,
        match medium {
            Medium::Audio => {
                "a=maxptime:200\r\na=rtpmap:117 G722/8000/2\r\na=rtpmap:104 SILK/16000\r\n\
                 a=fmtp:104 useinbandfec=1; usedtx=0\r\na=rtpmap:114 x-msrta/16000\r\n\
                 a=fmtp:114 bitrate=29000\r\na=rtpmap:9 G722/8000\r\na=rtpmap:112 G7221/16000\r\n\
                 a=fmtp:112 bitrate=24000\r\na=rtpmap:111 SIREN/16000\r\n\
                 a=fmtp:111 bitrate=16000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
                 a=rtpmap:116 AAL2-G726-32/8000\r\na=rtpmap:115 x-msrta/8000\r\n\
                 a=fmtp:115 bitrate=11800\r\na=rtpmap:97 RED/8000\r\na=rtpmap:13 CN/8000\r\n\
                 a=rtpmap:118 CN/16000\r\na=rtpmap:101 telephone-event/8000\r\n\
                 a=fmtp:101 0-16\r\na=rtcp-mux\r\na=ptime:20\r\n"
            }
            Medium::Video => {
                "a=x-caps:121 263:1920:1080:30.0:2000000:1;4359:1280:720:30.0:1500000:1\r\n\
                 a=rtpmap:122 X-H264UC/90000\r\na=fmtp:122 packetization-mode=1;mst-mode=NI-TC\r\n\
                 a=rtpmap:121 x-rtvc1/90000\r\na=rtpmap:123 x-ulpfecuc/90000\r\na=rtcp-mux\r\n"
            }
            Medium::Sharing => {
                "a=rtpmap:127 x-data/90000\r\na=rtcp-mux\r\na=x-applicationsharing-session-id:1\r\n\
                 a=x-applicationsharing-role:sharer\r\na=x-applicationsharing-media-type:rdp\r\n\
                 a=x-applicationsharing-contentflow:unidirectional\r\n"
            }
        }
    );
}
