//! A folder of its own for a test, and the program run in it.
#![allow(dead_code, reason = "each file of tests needs a part of it")]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A server's protocol record: a response that carries a failure, relay flags and two locations.
pub(crate) const FAILED_CALL: &str = "\
TL_INFO(TF_PROTOCOL) [0]1B3D.0E5F::06/21/2026-10:20:30.405.0001abcd (SIPStack,SIPAdminLog::\
ProtocolRecord::Flush:ProtocolRecord.cpp(265))[123] $$begin_record
Trace-Correlation-Id: 123
Instance-Id: 1
Direction: incoming
Peer: 192.0.2.1:5061
Message-Type: response
Start-Line: SIP/2.0 488 Not Acceptable Here
From: \"Ann Example\"<sip:ann@contoso.com>;tag=1;epid=2
To: <sip:bob@fabrikam.com>;tag=3
CSeq: 1 INVITE
Call-ID: 0123456789abcdef
ms-client-diagnostics: 24; reason=\"Call failed to establish due to a media connectivity failure \
when both endpoints are remote\";CallerMediaDebug=\"application-sharing:\
ICEWarn=0x320,LocalSite=192.0.2.10:50040,LocalLocation=1,RemoteLocation=1\"
Message-Body: \u{2013}
$$end_record

";

/// A record of a call without a failure.
pub(crate) const GOOD_CALL: &str = "\
TL_INFO(TF_PROTOCOL) [0]1B3D.0E5F::06/22/2026-18:18:43.695.0009ef1e (SIPStack,SIPAdminLog::\
ProtocolRecord::Flush:ProtocolRecord.cpp(265))[124] $$begin_record
Trace-Correlation-Id: 124
Instance-Id: 2
Direction: incoming
Peer: 192.0.2.1:5061
Message-Type: response
Start-Line: SIP/2.0 200 OK
From: <sip:ann@contoso.com>;tag=1
To: <sip:bob@fabrikam.com>;tag=3
CSeq: 2 INVITE
Call-ID: 0123456789abcdef
Message-Body: \u{2013}
$$end_record

";

/// A zip of these files.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A folder of its own for a test.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk(TempDir::new().unwrap())
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Runs siptriage in the folder, with nothing on standard input.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(
            self.command(arguments)
                .stdin(Stdio::null())
                .output()
                .unwrap(),
        )
    }

    pub(crate) fn run_with_stdin(&self, arguments: &[&str], stdin: &str) -> Run {
        let mut child = self.command(arguments).spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(stdin.as_bytes())
            .unwrap();
        Run::of(child.wait_with_output().unwrap())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_siptriage"));
        command.args(arguments).current_dir(self.0.path());
        command.env_remove("NO_COLOR").env_remove("COLUMNS");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Run {
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Run {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn tells(self, words: &str) -> Run {
        assert!(self.stderr.contains(words), "no {words:?} in {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, words: &str) -> Run {
        assert!(self.stdout.contains(words), "no {words:?} in {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn keeps_stderr_empty(self) -> Run {
        assert_eq!(self.stderr, "");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect()
    }
}

/// A server's record of a SIP message, as `MM/DD/YYYY-HH:MM:SS`, a start line, the addresses of
/// `From` and `To` with the Call-ID, and further headers.
pub(crate) fn message(time: &str, start_line: &str, ends: [&str; 3], headers: &str) -> String {
    let [from, to, call_id] = ends;
    let request = !start_line.starts_with("SIP/2.0");
    let method = start_line.split(' ').next().filter(|_| request);
    // The transactions of these tests: INVITE with its ACK, then BYE.
    let (number, method) = match method {
        Some("BYE") => (2, "BYE"),
        Some(method) => (1, method),
        None if headers.is_empty() && time.ends_with("05:02") => (2, "BYE"),
        None => (1, "INVITE"),
    };
    let kind = if request { "request" } else { "response" };
    let to_tag = match method {
        "INVITE" | "REGISTER" if request => "",
        _ => ";tag=2",
    };
    let headers = match headers {
        "" => String::new(),
        headers => format!("{headers}\n"),
    };
    format!(
        "TL_INFO(TF_PROTOCOL) [0]1B3D.0E5F::{time}.000.0001abcd (SIPStack,SIPAdminLog::\
         ProtocolRecord::Flush:ProtocolRecord.cpp(265))[123] $$begin_record\n\
         Trace-Correlation-Id: 123\nInstance-Id: 1\nDirection: incoming\n\
         Peer: 192.0.2.1:5061\nMessage-Type: {kind}\nStart-Line: {start_line}\n\
         From: <{from}>;tag=1\nTo: <{to}>{to_tag}\nCSeq: {number} {method}\n\
         Call-ID: {call_id}\n{headers}Message-Body: \u{2013}\n$$end_record\n\n"
    )
}
