//! Single diagnoses, one line each, as they are found.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use siptriage_diagnostics::{HeaderName, IceWarnFlag, MediaSide, address_of_record};
use siptriage_facts::{Event, Media, Message};

use crate::outputs::{guarded, io_error};

/// How events are written. Every key is described in `docs/json.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventFormat {
    /// One JSON object a line.
    Ndjson,
    /// CSV (RFC 4180) with a header row, one row an event.
    Csv,
}

/// Writes events to `W` as they come.
///
/// Nothing is kept between events. Give it a buffered writer: it writes in small pieces.
#[derive(Debug)]
pub struct EventWriter<W: Write> {
    inner: Inner<W>,
}

#[derive(Debug)]
enum Inner<W: Write> {
    Ndjson(W),
    Csv {
        writer: Box<csv::Writer<W>>,
        /// Whether the header row has been written.
        started: bool,
    },
}

impl<W: Write> EventWriter<W> {
    /// A writer of events to `out`. Nothing is written yet.
    pub fn new(format: EventFormat, out: W) -> EventWriter<W> {
        let inner = match format {
            EventFormat::Ndjson => Inner::Ndjson(out),
            EventFormat::Csv => Inner::Csv {
                writer: Box::new(csv::Writer::from_writer(out)),
                started: false,
            },
        };
        EventWriter { inner }
    }

    /// Writes one event.
    ///
    /// # Errors
    /// Those of the writer beneath.
    pub fn write(&mut self, event: &Event<'_>) -> io::Result<()> {
        match &mut self.inner {
            Inner::Ndjson(out) => {
                serde_json::to_writer(&mut *out, &EventJson(event))?;
                out.write_all(b"\n")
            }
            Inner::Csv { writer, started } => {
                if !*started {
                    *started = true;
                    writer.write_record(CSV_COLUMNS).map_err(io_error)?;
                }
                write_row(writer, event)
            }
        }
    }

    /// Writes what is left: the header row of a table without rows, and all that is buffered.
    ///
    /// # Errors
    /// Those of the writer beneath.
    pub fn finish(self) -> io::Result<()> {
        match self.inner {
            Inner::Ndjson(mut out) => out.flush(),
            Inner::Csv {
                mut writer,
                started,
            } => {
                if !started {
                    writer.write_record(CSV_COLUMNS).map_err(io_error)?;
                }
                writer.flush()
            }
        }
    }
}

/// The fields of a medium that have a key of their own.
const MEDIA_KEYS: [(&str, &str); 12] = [
    ("local_site", "LocalSite"),
    ("local_mr", "LocalMR"),
    ("remote_site", "RemoteSite"),
    ("remote_mr", "RemoteMR"),
    ("port_range", "PortRange"),
    ("local_location", "LocalLocation"),
    ("remote_location", "RemoteLocation"),
    ("federation_type", "FederationType"),
    ("network_name", "NetworkName"),
    ("interfaces", "Interfaces"),
    ("base_interface", "BaseInterface"),
    ("base_address", "BaseAddress"),
];

struct EventJson<'e>(&'e Event<'e>);

impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Named, so that a new field cannot be forgotten here.
        let Event {
            place,
            trace_format,
            time,
            header,
            carrier,
            code,
            sub_code,
            reason,
            source,
            params,
            media,
            cut,
            message,
        } = self.0;
        let Message {
            start_line,
            call_id,
            cseq,
            from,
            to,
            user_agent,
            direction,
            peer,
            challenge: _,
        } = message;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("file", &*place.file)?;
        // Line 0 is a line that has not been looked up.
        map.serialize_entry("line", &(place.line > 0).then_some(place.line))?;
        map.serialize_entry("offset", &place.offset)?;
        map.serialize_entry("trace_format", trace_format)?;
        map.serialize_entry("time", &time.map(Shown))?;
        map.serialize_entry("time_zone", &time.map(|time| Shown(time.zone)))?;
        map.serialize_entry("header", &header.map(HeaderName::name))?;
        map.serialize_entry("carrier", carrier.name())?;
        map.serialize_entry("code", code)?;
        map.serialize_entry("sub_code", &sub_code.as_deref())?;
        map.serialize_entry("reason", &reason.as_deref())?;
        map.serialize_entry("source", &source.as_deref())?;
        map.serialize_entry("params", &PairsJson(params))?;
        map.serialize_entry("cut", cut)?;
        map.serialize_entry("media", &MediaListJson(media))?;
        map.serialize_entry("start_line", &start_line.as_deref())?;
        map.serialize_entry("call_id", &call_id.as_deref())?;
        map.serialize_entry("cseq", &cseq.as_deref())?;
        map.serialize_entry("from", &from.as_deref())?;
        map.serialize_entry("to", &to.as_deref())?;
        map.serialize_entry("from_aor", &from.as_deref().and_then(address_of_record))?;
        map.serialize_entry("to_aor", &to.as_deref().and_then(address_of_record))?;
        map.serialize_entry("user_agent", &user_agent.as_deref())?;
        map.serialize_entry("direction", &direction.as_deref())?;
        map.serialize_entry("peer", &peer.as_deref())?;
        map.end()
    }
}

/// What is shown, as a string, without making one.
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

struct MediaListJson<'e>(&'e [Media<'e>]);

impl Serialize for MediaListJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(MediaJson))
    }
}

struct MediaJson<'e>(&'e Media<'e>);

impl Serialize for MediaJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Media {
            side,
            label,
            ice_warn,
            ice_warn_ex,
            malformed_ice_warn,
            fields,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("side", &side.map(MediaSide::name))?;
        map.serialize_entry("label", label)?;
        map.serialize_entry("ice_warn", &ice_warn.map(Shown))?;
        map.serialize_entry("ice_warn_ex", &ice_warn_ex.map(Hex).map(Shown))?;
        if let Some(malformed) = malformed_ice_warn {
            map.serialize_entry("malformed_ice_warn", malformed)?;
        }
        map.serialize_entry("flags", &FlagsJson(self.0))?;
        for (key, name) in MEDIA_KEYS {
            if let Some(value) = self.0.field(name) {
                map.serialize_entry(key, value)?;
            }
        }
        map.serialize_entry("fields", &PairsJson(fields))?;
        map.end()
    }
}

/// A second mask; it has no type of its own, because nothing is known of its bits.
struct Hex(u32);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

struct FlagsJson<'e>(&'e Media<'e>);

impl Serialize for FlagsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let flags = self.0.ice_warn.into_iter().flat_map(|mask| mask.flags());
        serializer.collect_seq(flags.map(FlagJson))
    }
}

struct FlagJson(&'static IceWarnFlag);

impl Serialize for FlagJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("bit", &Shown(self.0.mask))?;
        map.serialize_entry("key", self.0.key)?;
        map.serialize_entry("name", self.0.name)?;
        map.end()
    }
}

/// Names and values as an object. A name that stands there again gets a number: `name#2`.
struct PairsJson<'e>(&'e [(Cow<'e, str>, Cow<'e, str>)]);

impl Serialize for PairsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.0;
        let mut map = serializer.serialize_map(Some(pairs.len()))?;
        for (index, (name, value)) in pairs.iter().enumerate() {
            match pairs[..index]
                .iter()
                .filter(|(earlier, _)| earlier == name)
                .count()
            {
                0 => map.serialize_entry(name, value)?,
                repeats => map.serialize_entry(&numbered(pairs, name, repeats), value)?,
            }
        }
        map.end()
    }
}

/// The key of a name that was met `repeats` times before: the number after `#` starts at 2 and
/// leaves out those that the trace itself writes after this name.
fn numbered(pairs: &[(Cow<'_, str>, Cow<'_, str>)], name: &str, repeats: usize) -> String {
    let is_free = |key: &String| !pairs.iter().any(|(taken, _)| taken == key);
    // Of `repeats + len` numbers at least `repeats` are free, so there is always one.
    let mut free = (2..)
        .map(|number: usize| format!("{name}#{number}"))
        .filter(is_free);
    free.nth(repeats - 1).unwrap_or_default()
}

/// The header row of [`EventFormat::Csv`].
const CSV_COLUMNS: [&str; 41] = [
    "file",
    "line",
    "offset",
    "trace_format",
    "time",
    "time_zone",
    "header",
    "carrier",
    "code",
    "sub_code",
    "reason",
    "source",
    "cut",
    "side",
    "label",
    "ice_warn",
    "ice_warn_ex",
    "flags",
    "local_site",
    "local_mr",
    "remote_site",
    "remote_mr",
    "port_range",
    "local_location",
    "remote_location",
    "federation_type",
    "network_name",
    "interfaces",
    "base_interface",
    "base_address",
    "media",
    "start_line",
    "call_id",
    "cseq",
    "from",
    "to",
    "from_aor",
    "to_aor",
    "user_agent",
    "direction",
    "peer",
];

fn write_row<W: Write>(writer: &mut csv::Writer<W>, event: &Event<'_>) -> io::Result<()> {
    let mut field = |text: &str| writer.write_field(&*guarded(text)).map_err(io_error);
    let message = &event.message;

    field(&event.place.file)?;
    let line = (event.place.line > 0).then_some(event.place.line);
    field(&line.map(|line| line.to_string()).unwrap_or_default())?;
    field(&event.place.offset.to_string())?;
    field(event.trace_format)?;
    field(&event.time.map(|time| time.to_string()).unwrap_or_default())?;
    field(
        &event
            .time
            .map(|time| time.zone.to_string())
            .unwrap_or_default(),
    )?;
    field(event.header.map(HeaderName::name).unwrap_or_default())?;
    field(event.carrier.name())?;
    field(&event.code.map(|code| code.to_string()).unwrap_or_default())?;
    field(event.sub_code.as_deref().unwrap_or_default())?;
    field(event.reason.as_deref().unwrap_or_default())?;
    field(event.source.as_deref().unwrap_or_default())?;
    field(if event.cut { "true" } else { "false" })?;

    // The first medium with a mask tells most; without any, the first.
    let with_mask = event.media.iter().find(|media| media.ice_warn.is_some());
    let medium = with_mask.or(event.media.first());
    field(
        medium
            .and_then(|media| media.side)
            .map(MediaSide::name)
            .unwrap_or_default(),
    )?;
    field(medium.map(|media| &*media.label).unwrap_or_default())?;
    let mask = medium.and_then(|media| media.ice_warn);
    field(&mask.map(|mask| mask.to_string()).unwrap_or_default())?;
    let extra = medium.and_then(|media| media.ice_warn_ex);
    field(&extra.map(|bits| Hex(bits).to_string()).unwrap_or_default())?;
    let keys: Vec<&str> = mask
        .iter()
        .flat_map(|mask| mask.flags())
        .map(|flag| flag.key)
        .collect();
    field(&keys.join("; "))?;
    for (_, name) in MEDIA_KEYS {
        field(
            medium
                .and_then(|media| media.field(name))
                .unwrap_or_default(),
        )?;
    }
    let all: Vec<String> = event.media.iter().map(in_short).collect();
    field(&all.join("; "))?;

    for value in [
        &message.start_line,
        &message.call_id,
        &message.cseq,
        &message.from,
        &message.to,
    ] {
        field(value.as_deref().unwrap_or_default())?;
    }
    for value in [&message.from, &message.to] {
        field(
            value
                .as_deref()
                .and_then(address_of_record)
                .unwrap_or_default(),
        )?;
    }
    for value in [&message.user_agent, &message.direction, &message.peer] {
        field(value.as_deref().unwrap_or_default())?;
    }
    writer.write_record(None::<&[u8]>).map_err(io_error)
}

/// A medium in a few words: `caller audio 0x320`.
fn in_short(media: &Media<'_>) -> String {
    let mut words = Vec::new();
    words.extend(media.side.map(|side| side.name().to_owned()));
    if !media.label.is_empty() {
        words.push(media.label.clone().into_owned());
    }
    match (media.ice_warn, &media.malformed_ice_warn) {
        (Some(mask), _) => words.push(mask.to_string()),
        (None, Some(malformed)) => words.push(format!("malformed {malformed}")),
        (None, None) => {}
    }
    words.join(" ")
}
