//! Single SIP messages, one line each, as they are found.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use siptriage_diagnostics::address_of_record;
use siptriage_facts::{Logged, Message};

use crate::events::Shown;
use crate::outputs::{guarded, io_error};

/// How messages are written. Every key is described in `docs/json.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageFormat {
    /// One JSON object a line.
    Ndjson,
    /// CSV (RFC 4180) with a header row, one row a message.
    Csv,
}

/// Writes messages to `W` as they come.
///
/// Nothing is kept between messages. Give it a buffered writer: it writes in small pieces.
#[derive(Debug)]
pub struct MessageWriter<W: Write> {
    inner: Inner<W>,
    bodies: bool,
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

impl<W: Write> MessageWriter<W> {
    /// A writer of messages to `out`, with their bodies if `bodies`. Nothing is written yet.
    pub fn new(format: MessageFormat, bodies: bool, out: W) -> MessageWriter<W> {
        let inner = match format {
            MessageFormat::Ndjson => Inner::Ndjson(out),
            MessageFormat::Csv => Inner::Csv {
                writer: Box::new(csv::Writer::from_writer(out)),
                started: false,
            },
        };
        MessageWriter { inner, bodies }
    }

    /// Writes one message.
    ///
    /// # Errors
    /// Those of the writer beneath.
    pub fn write(&mut self, message: &Logged<'_>) -> io::Result<()> {
        let bodies = self.bodies;
        match &mut self.inner {
            Inner::Ndjson(out) => {
                serde_json::to_writer(&mut *out, &MessageJson { message, bodies })?;
                out.write_all(b"\n")
            }
            Inner::Csv { writer, started } => {
                if !*started {
                    *started = true;
                    write_header(writer, bodies)?;
                }
                write_row(writer, message, bodies)
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
                    write_header(&mut writer, self.bodies)?;
                }
                writer.flush()
            }
        }
    }
}

struct MessageJson<'m> {
    message: &'m Logged<'m>,
    bodies: bool,
}

impl Serialize for MessageJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Named, so that a new field cannot be forgotten here.
        let Logged {
            place,
            trace_format,
            time,
            message,
            method,
            status,
            headers,
            body,
            raw: _,
            diagnoses: _,
            id,
        } = self.message;
        let Message {
            start_line,
            call_id,
            cseq,
            from,
            to,
            user_agent,
            direction,
            peer,
            challenge,
        } = message;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("file", &*place.file)?;
        // Line 0 is a line that has not been looked up.
        map.serialize_entry("line", &(place.line > 0).then_some(place.line))?;
        map.serialize_entry("offset", &place.offset)?;
        map.serialize_entry("trace_format", trace_format)?;
        map.serialize_entry("time", &time.map(Shown))?;
        map.serialize_entry("time_zone", &time.map(|time| Shown(time.zone)))?;
        map.serialize_entry("direction", &direction.as_deref())?;
        map.serialize_entry("peer", &peer.as_deref())?;
        map.serialize_entry("method", &known(method))?;
        map.serialize_entry("status", status)?;
        map.serialize_entry("start_line", &start_line.as_deref())?;
        map.serialize_entry("call_id", &call_id.as_deref())?;
        map.serialize_entry("cseq", &cseq.as_deref())?;
        map.serialize_entry("from", &from.as_deref())?;
        map.serialize_entry("to", &to.as_deref())?;
        map.serialize_entry("from_aor", &from.as_deref().and_then(address_of_record))?;
        map.serialize_entry("to_aor", &to.as_deref().and_then(address_of_record))?;
        map.serialize_entry("user_agent", &user_agent.as_deref())?;
        map.serialize_entry("challenge", challenge)?;
        map.serialize_entry("message_id", id)?;
        map.serialize_entry("diagnoses", &codes(self.message))?;
        map.serialize_entry("headers", headers)?;
        if self.bodies {
            map.serialize_entry("body", &known(body))?;
        }
        map.end()
    }
}

/// The text, if there is any.
fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The codes of its diagnoses in the order of the message, as often as they stand there.
fn codes(message: &Logged<'_>) -> Vec<u32> {
    let codes = message.diagnoses.iter().filter_map(|event| event.code);
    codes.collect()
}

/// The header row of [`MessageFormat::Csv`]; `body` follows where bodies are asked for.
const CSV_COLUMNS: [&str; 22] = [
    "file",
    "line",
    "offset",
    "trace_format",
    "time",
    "time_zone",
    "direction",
    "peer",
    "method",
    "status",
    "start_line",
    "call_id",
    "cseq",
    "from",
    "to",
    "from_aor",
    "to_aor",
    "user_agent",
    "challenge",
    "message_id",
    "diagnoses",
    "headers",
];

fn write_header<W: Write>(writer: &mut csv::Writer<W>, bodies: bool) -> io::Result<()> {
    let columns = CSV_COLUMNS.iter().copied();
    let columns = columns.chain(bodies.then_some("body"));
    writer.write_record(columns).map_err(io_error)
}

fn write_row<W: Write>(
    writer: &mut csv::Writer<W>,
    logged: &Logged<'_>,
    bodies: bool,
) -> io::Result<()> {
    let mut field = |text: &str| writer.write_field(&*guarded(text)).map_err(io_error);
    let message = &logged.message;
    let place = &logged.place;
    let time = logged.time;

    field(&place.file)?;
    let line = (place.line > 0).then_some(place.line);
    field(&text_of(line))?;
    field(&place.offset.to_string())?;
    field(logged.trace_format)?;
    field(&text_of(time))?;
    field(&text_of(time.map(|time| time.zone)))?;
    field(message.direction.as_deref().unwrap_or_default())?;
    field(message.peer.as_deref().unwrap_or_default())?;
    field(&logged.method)?;
    field(&text_of(logged.status))?;
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
        let address = value.as_deref().and_then(address_of_record);
        field(address.unwrap_or_default())?;
    }
    field(message.user_agent.as_deref().unwrap_or_default())?;
    field(if message.challenge { "true" } else { "false" })?;
    // A number that says nothing but whether two are the same is written as JSON writes it.
    field(
        &logged
            .id
            .map(|id| json(&id))
            .transpose()?
            .unwrap_or_default(),
    )?;
    let codes: Vec<String> = codes(logged).iter().map(u32::to_string).collect();
    field(&codes.join("; "))?;
    field(&json(&logged.headers)?)?;
    if bodies {
        field(&logged.body)?;
    }
    writer.write_record(None::<&[u8]>).map_err(io_error)
}

fn text_of(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn json(value: &impl Serialize) -> io::Result<String> {
    serde_json::to_string(value).map_err(io::Error::from)
}
