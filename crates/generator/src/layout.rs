//! How messages and noise stand in a file: the two trace formats.

use std::collections::BTreeMap;

use crate::clock::{Clock, MINUTE};
use crate::message::{Direction, Message};
use crate::noise::{self, Noise};
use crate::put::{Digits, Endpoint, HexDigits, Put, UpperHexDigits, put};
use crate::truth::{FormatTruth, ServerRecordKey, Truth, count_name};
use crate::world::World;

/// How one dialogue's messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// UCCAPI log of a client.
    Client,
    /// Text that ClsLogger and Search-CsClsLogging write.
    Server,
    /// Text that OCSLogger of 2010 writes.
    Server2010,
}

impl Layout {
    /// Name of the format in a [`Truth`].
    pub(crate) fn format(self) -> &'static str {
        match self {
            Layout::Client => "client",
            Layout::Server | Layout::Server2010 => "server",
        }
    }
}

/// Writes records, each with CR LF, and counts them.
#[derive(Debug)]
pub(crate) struct Scribe {
    clock: Clock,
    /// Local time of the client, minus UTC, in milliseconds.
    client_offset: u64,
    /// Stamp of the last record: a log never goes back.
    last: u64,
    sequence: u32,
    /// By format; moved to the truth in the end.
    records: BTreeMap<&'static str, u64>,
}

impl Scribe {
    pub(crate) fn new(client_offset_minutes: u32) -> Scribe {
        Scribe {
            clock: Clock::new(),
            client_offset: u64::from(client_offset_minutes) * MINUTE,
            last: 0,
            sequence: 0x2A10,
            records: BTreeMap::new(),
        }
    }

    /// Adds the number of records to `truth`.
    pub(crate) fn finish(self, truth: &mut Truth) {
        for (format, records) in self.records {
            let of_format: &mut FormatTruth = truth.formats.entry(format.to_owned()).or_default();
            of_format.records += records;
        }
    }

    fn record(&mut self, layout: Layout, at: u64) -> u64 {
        *self.records.entry(layout.format()).or_default() += 1;
        self.last = self.last.max(at);
        self.last
    }

    /// Appends a message.
    pub(crate) fn message(
        &mut self,
        out: &mut Vec<u8>,
        layout: Layout,
        world: &mut World,
        message: &Message,
    ) {
        match layout {
            Layout::Client => self.client_message(out, message),
            Layout::Server | Layout::Server2010 => {
                self.server_message(out, layout, world, message);
            }
        }
    }

    fn client_prefix(&mut self, out: &mut Vec<u8>, at: u64, thread: u64, level: &str) {
        let at = self.record(Layout::Client, at);
        self.clock.put(out, "|", at + self.client_offset);
        let digits = if thread > 0xfff { 4 } else { 3 };
        put!(
            out,
            " 19F4:",
            UpperHexDigits(thread, digits),
            " ",
            level,
            " :: "
        );
    }

    fn client_message(&mut self, out: &mut Vec<u8>, message: &Message) {
        const THREAD: u64 = 0x1C14;
        let frame = |out: &mut Vec<u8>, before: &str, after: &str| {
            let (action, address) = match message.direction {
                Direction::Incoming => ("Data Received -", " (To Local Address: "),
                Direction::Outgoing => ("Sending Packet - ", " (From Local Address: "),
            };
            put!(
                out,
                before,
                action,
                message.remote,
                address,
                message.local,
                ") "
            );
            put!(out, message.stated_wire_len(), " bytes", after, "\r\n");
        };
        self.client_prefix(out, message.at, THREAD, "INFO ");
        frame(out, "", ":");
        self.client_prefix(out, message.at, THREAD, "INFO ");
        put!(out, message.start_line.as_slice(), "\r\n");
        put!(
            out,
            message.headers.as_slice(),
            "\r\n",
            message.body.as_slice()
        );
        if !message.body.is_empty() && !message.body.ends_with(b"\n") {
            put!(out, "\r\n");
        }
        self.client_prefix(out, message.at, THREAD, "INFO ");
        frame(out, "End of ", "");
    }

    fn server_prefix(
        &mut self,
        out: &mut Vec<u8>,
        layout: Layout,
        (level, flag): (&str, &str),
        at: u64,
        function: &str,
    ) {
        let at = self.record(layout, at);
        self.sequence = self.sequence.wrapping_add(1);
        let thread = 0x0900 + u64::from(self.sequence % 7) * 0x94;
        put!(out, "TL_", level, "(", flag, ") [");
        if layout == Layout::Server2010 {
            put!(
                out,
                self.sequence % 4,
                "]0B38.",
                UpperHexDigits(thread, 4),
                "::"
            );
        } else {
            put!(out, "pool01\\fe01]0A1C.", UpperHexDigits(thread, 4), "::");
        }
        self.clock.put(out, "-", at);
        put!(out, ".");
        let sequence = u64::from(self.sequence);
        if layout == Layout::Server2010 {
            put!(out, HexDigits(sequence, 8), " (", function, ")");
        } else {
            put!(out, UpperHexDigits(sequence, 8), " (", function, ")[");
            put!(out, correlation(sequence), "] ");
        }
    }

    fn server_message(
        &mut self,
        out: &mut Vec<u8>,
        layout: Layout,
        world: &mut World,
        message: &Message,
    ) {
        let function = if layout == Layout::Server2010 {
            "SIPStack,SIPAdminLog::TraceProtocolRecord:SIPAdminLog.cpp(125)"
        } else {
            "SIPStack,SIPAdminLog::ProtocolRecord::Flush:ProtocolRecord.cpp(265)"
        };
        self.server_prefix(out, layout, ("INFO", "TF_PROTOCOL"), message.at, function);
        put!(out, "$$begin_record\r\nTrace-Correlation-Id: ");
        put!(
            out,
            correlation(u64::from(self.sequence)),
            "\r\nInstance-Id: "
        );
        put!(out, UpperHexDigits(world.rng.next(), 8), "\r\nDirection: ");
        put!(
            out,
            match message.direction {
                Direction::Incoming => "incoming",
                Direction::Outgoing => "outgoing",
            }
        );
        if !message.peer.is_empty() {
            put!(
                out,
                ";source=\"external edge\";destination=\"internal edge\""
            );
        }
        put!(out, "\r\nPeer: ");
        put_peer(out, message.peer, message.remote);
        let kind = if message.status.is_none() {
            "request"
        } else {
            "response"
        };
        put!(
            out,
            "\r\nMessage-Type: ",
            kind,
            "\r\nStart-Line: ",
            message.start_line.as_slice()
        );
        put!(out, "\r\n", message.headers.as_slice(), "Message-Body: ");
        if message.body.is_empty() {
            // Logs that went through a word processor have a long dash.
            let long = layout == Layout::Server && world.rng.chance(30);
            put!(out, if long { "–" } else { "-" }, "\r\n");
        } else {
            put!(out, message.body.as_slice());
            if !message.body.ends_with(b"\n") {
                put!(out, "\r\n");
            }
        }
        put!(out, "$$end_record\r\n\r\n");
    }

    /// Appends what the server says beside `message`, if anything.
    pub(crate) fn server_event(
        &mut self,
        out: &mut Vec<u8>,
        layout: Layout,
        world: &mut World,
        message: &Message,
        truth: &mut Truth,
    ) {
        let Some(event) = noise::server_event(world, message.status) else {
            return;
        };
        let function = "SIPStack,SIPAdminLog::WriteDiagnosticEvent:SIPAdminLog.cpp(830)";
        self.server_prefix(out, layout, (event.level, "TF_DIAG"), message.at, function);
        put!(out, "$$begin_record\r\n");
        if layout == Layout::Server2010 || world.rng.chance(500) {
            put!(out, "LogType: diagnostic\r\n");
        }
        put!(
            out,
            "Severity: ",
            event.severity,
            "\r\nText: ",
            event.text,
            "\r\n"
        );
        if !event.result.is_empty() {
            put!(out, "Result-Code: ", event.result, " ", event.name, "\r\n");
        }
        put!(out, "SIP-Start-Line: ", message.start_line.as_slice());
        put!(
            out,
            "\r\nSIP-Call-ID: ",
            &message.call_id,
            "\r\nSIP-CSeq: ",
            message.cseq,
            " "
        );
        put!(out, message.method.name(), "\r\nPeer: ");
        put_peer(out, message.peer, message.remote);
        put!(out, "\r\nData: ", event.data, "\r\n$$end_record\r\n\r\n");
        count_name(&mut truth.carriers, "server-record");
        truth.server_records.count(ServerRecordKey {
            severity: event.severity.to_owned(),
            result: event.result.to_owned(),
            name: event.name.to_owned(),
            text: event.text.to_owned(),
        });
    }

    /// Appends an entry of noise.
    pub(crate) fn noise(
        &mut self,
        out: &mut Vec<u8>,
        layout: Layout,
        world: &mut World,
        at: u64,
        truth: &mut Truth,
    ) {
        let Noise {
            level,
            template,
            quoted,
            decoys,
        } = noise::choose(world, layout != Layout::Client);
        if layout == Layout::Client {
            let thread = 0x0400 + 0x130 * world.rng.below(9);
            self.client_prefix(out, at, thread, level);
        } else {
            let component = world.rng.pick(&[
                (
                    "TF_COMPONENT",
                    "SIPStack,CSIPConnection::OnRead:sipconnection.cpp(1201)",
                ),
                (
                    "TF_COMPONENT",
                    "UserServices,CRegistrar::Lookup:registrar.cpp(388)",
                ),
                (
                    "TF_NETWORK",
                    "SIPStack,CAsyncSocket::Complete:asyncsocket.cpp(96)",
                ),
                (
                    "TF_COMPONENT",
                    "InboundRouting,CRouting::Decide:inboundrouting.cpp(2210)",
                ),
                (
                    "TF_SECURITY",
                    "SIPStack,CTlsContext::Handshake:tlscontext.cpp(640)",
                ),
            ]);
            self.server_prefix(
                out,
                layout,
                (level.trim_end(), component.0),
                at,
                component.1,
            );
        }
        noise::put_template(out, world, template);
        put!(out, "\r\n");
        for _ in 0..quoted {
            count_name(&mut truth.carriers, "text");
        }
        truth.decoys += decoys;
    }
}

fn put_peer(out: &mut Vec<u8>, name: &str, endpoint: Endpoint) {
    if name.is_empty() {
        endpoint.put(out);
    } else {
        put!(out, name, ":", endpoint.1);
    }
}

/// A correlation id as decimal digits: large numbers that do not follow one another.
fn correlation(sequence: u64) -> Digits {
    Digits(sequence.wrapping_mul(2_654_435_761) & 0x7fff_ffff, 1)
}
