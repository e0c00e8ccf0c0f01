//! What must hold of any bytes.
//!
//! A *body* is a function that takes bytes, feeds one reader of siptriage with them, and panics if
//! something does not hold that must. The same bodies run in two places: in the fuzz targets of
//! the folder `crates/torture/fuzz`, which look for bytes on their own and for as long as one likes, and in the
//! tests of this crate, which feed them a [`Mutator`]'s damage to the sample traces, the same on
//! every run. So what a fuzzer holds cannot rot.
//!
//! Nothing that ships depends on this crate.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a body tells by panicking")]

mod mutate;
mod readers;
mod whole;

pub use mutate::{Mutator, WORDS};
pub use readers::{
    archive, filters, framing, framing_client, framing_server, framing_sip, framing_sipe,
    framing_syslog, framing_text, ice_mask, media_debug, message, quality, rules_file, stamp,
    value,
};
pub use whole::{encodings, report, scan, split};

/// One body: its name, which is that of its fuzz target, and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Body {
    /// The name.
    pub name: &'static str,
    /// Feeds its reader, and panics if something does not hold.
    pub feed: fn(&[u8]),
    /// Texts of the reader's own kind; those that read traces have the samples alone.
    pub seeds: &'static [&'static [u8]],
}

/// All bodies.
pub const BODIES: [Body; 20] = [
    Body {
        name: "framing",
        feed: framing,
        seeds: &[],
    },
    Body {
        name: "framing_client",
        feed: framing_client,
        seeds: &[],
    },
    Body {
        name: "framing_server",
        feed: framing_server,
        seeds: &[],
    },
    Body {
        name: "framing_sipe",
        feed: framing_sipe,
        seeds: &[],
    },
    Body {
        name: "framing_syslog",
        feed: framing_syslog,
        seeds: &[],
    },
    Body {
        name: "framing_sip",
        feed: framing_sip,
        seeds: &[],
    },
    Body {
        name: "framing_text",
        feed: framing_text,
        seeds: &[],
    },
    Body {
        name: "message",
        feed: message,
        seeds: &[],
    },
    Body {
        name: "value",
        feed: value,
        seeds: &[b"1008;reason=\"Unable to resolve\";domain=\"fabrikam.com\";source=\"fe01.contoso.com\"",
        b"24; reason=\"Call \"failed\"; x\";CallerMediaDebug=\"audio:ICEWarn=0x320,LocalSite=192.0.2.7:5\"; a=b ; c='d'",
        "1003.4.5;reason=\u{201D}no\u{2033};UserType=\u{201D}Callee\u{201D} Server: RTC".as_bytes(),],
    },
    Body {
        name: "media_debug",
        feed: media_debug,
        seeds: &[b"audio:ICEWarn=0x80012b,LocalSite=192.0.2.1:5060,,video:ICEWarn=0x20;RemoteMR=\"x\""],
    },
    Body {
        name: "ice_mask",
        feed: ice_mask,
        seeds: &[b"0x4000320", b"FFFFFFFF", b"-2147483648", b" \"0x0\""],
    },
    Body {
        name: "stamp",
        feed: stamp,
        seeds: &[b"03/14/2026|09:26:53.589 1A2C:F40",
        b"[0]1A2C.0F40::03/14/2026-09:26:53.590.00001A2B",
        b"2026-03-14T09:26:53.589793+01:00",
        b"2024-02-30T25:61:61Z",
        b"02/29/2023|23:59:60.999999",],
    },
    Body {
        name: "quality",
        feed: quality,
        seeds: &[b"<VQReportEvent xmlns='ms-rtcp-metrics'><VQSessionReport><DialogInfo CallId=\"abc\"><FromURI>sip:ann@contoso.com</FromURI></DialogInfo><MediaLine Label=\"main-audio\"><Ice>RELAY</Ice><IceWarningFlags>0x120</IceWarningFlags></MediaLine></VQSessionReport></VQReportEvent>",],
    },
    Body {
        name: "archive",
        feed: archive,
        seeds: &[b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0axPK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\x1f\x8b\x08\x08\0\0\0\0\0\x03a\0\x01\x01\0\xfe\xffx\0\0\0\0\x01\0\0\0",
        b"\x28\xb5\x2f\xfd\x20\x01\x09\0\0x",
        b"MSCF\0\0\0\0\x50\0\0\0\0\0\0\0\x2c\0\0\0\0\0\0\0\x03\x01\x01\0\x01\0\0\0\0\0\0\0",
        b"7z\xbc\xaf\x27\x1c\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",],
    },
    Body {
        name: "rules_file",
        feed: rules_file,
        seeds: &[include_bytes!("../../judge/data/rules.toml"),],
    },
    Body {
        name: "filters",
        feed: filters,
        seeds: &[b"2026-03-02T09:30:15+01:00",
        b"9223372036854775807w",
        b"1000-1999,24",
        b"4xx,500-599",
        b"0x320:any",
        b"sip:ann@contoso.com",
        b"192.0.2.0/24,Lisbon\n2001:db8::/32,Porto\n",
        b"fe01.txt=+05:45",],
    },
    Body {
        name: "scan",
        feed: scan,
        seeds: &[],
    },
    Body {
        name: "encodings",
        feed: encodings,
        seeds: &[],
    },
    Body {
        name: "split",
        feed: split,
        seeds: &[],
    },
    Body {
        name: "report",
        feed: report,
        seeds: &[],
    },
];
