//! Instruction counts: the same on a busy machine as on an idle one, and so fit for CI.
//!
//! callgrind runs the program on small made-up traces. It emulates a processor with AVX2 if it
//! runs on one, and none with AVX-512: what is counted is the AVX2 path, and CI needs a processor
//! that has it. Only instructions of the program itself are held to the accepted ones.

mod baseline;
mod callgrind;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::data::Data;
use crate::machine;
use crate::options;
use baseline::{Baseline, Change, Cost};
use callgrind::Counts;

/// What is read, and how large: large enough to be cut into several chunks, small enough for a
/// program that runs fifty times slower. The first one is what starting costs.
const INPUTS: [(&str, Data); 6] = [
    ("start", Data::Few),
    ("server", Data::Server(12_000_000)),
    ("client", Data::Client(12_000_000)),
    ("utf16", Data::Utf16(12_000_000)),
    ("dense", Data::Dense(6_000_000)),
    ("false-lengths", Data::FalseLengths(6_000_000)),
];

/// What was accepted, beside the sources, since it belongs to them.
fn accepted_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.tsv")
}

/// Counts, and compares or accepts. Gives whether all counts are held.
///
/// # Errors
/// There is no valgrind, siptriage cannot be run in it, or a file cannot be read or written.
pub(crate) fn check(
    options: &options::Instructions,
    siptriage: &Path,
    folder: &Path,
    out: &mut dyn Write,
) -> io::Result<bool> {
    if machine::vectors().1 == machine::NEITHER {
        let why = "counts are those of a processor with AVX2; this one has none";
        return Err(io::Error::new(io::ErrorKind::Unsupported, why));
    }
    fs::create_dir_all(folder)?;
    let mut counted = Baseline::new();
    writeln!(
        out,
        "{:<14} {:>15} {:>15} {:>8}",
        "input", "instructions", "libraries", "per byte"
    )?;
    let mut start = 0;
    for (name, data) in INPUTS {
        let (path, held) = data.provide(folder, 1)?;
        let Counts { own, libraries } = count(siptriage, &path, folder)?;
        if own == 0 {
            let why = "callgrind saw no instruction of the program itself";
            return Err(io::Error::other(why));
        }
        let own = own.saturating_sub(start);
        if data == Data::Few {
            start = own;
        }
        let per_byte = own as f64 / held.bytes as f64;
        writeln!(out, "{name:<14} {own:>15} {libraries:>15} {per_byte:>8.2}")?;
        let cost = Cost {
            bytes: held.bytes,
            instructions: own,
        };
        counted.insert(name.to_owned(), cost);
    }
    let compiler = compiler();
    if options.accept {
        fs::write(accepted_file(), baseline::write(&counted, &compiler))?;
        writeln!(out, "\nAccepted: {} is written.", accepted_file().display())?;
        return Ok(true);
    }
    let text = fs::read_to_string(accepted_file())?;
    let accepted = baseline::read(&text).map_err(io::Error::other)?;
    let changes = baseline::compare(&accepted, &counted);
    writeln!(out)?;
    for (name, change) in &changes {
        writeln!(out, "{name:<14} {}", change.told())?;
    }
    let held = !changes.values().any(|change| change.fails());
    let is_less = changes
        .values()
        .any(|change| matches!(change, Change::Less(_)));
    if !held || is_less {
        writeln!(
            out,
            "\nTo accept the counts of now, for a reason that the commit tells: \
             cargo run --release -p siptriage-bench -- instructions --accept"
        )?;
        let before = baseline::compiler(&text).unwrap_or("an unknown compiler");
        if before != compiler {
            writeln!(out, "They were accepted with {before}; this is {compiler}.")?;
        }
    }
    Ok(held)
}

/// Instructions of one scan with one thread.
fn count(siptriage: &Path, path: &Path, folder: &Path) -> io::Result<Counts> {
    let told = folder.join("callgrind.out");
    let mut option = std::ffi::OsString::from("--callgrind-out-file=");
    option.push(&told);
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "-q", "--dump-line=no"])
        .arg(option);
    valgrind
        .arg(siptriage)
        .args(["--quiet", "--threads", "1"])
        .arg(path);
    // The loader's search and the locale are those of every machine.
    valgrind
        .env_remove("LD_LIBRARY_PATH")
        .env("LC_ALL", "C")
        .env("COLUMNS", "100");
    let output = valgrind.stdin(Stdio::null()).output().map_err(|error| {
        io::Error::new(error.kind(), format!("valgrind cannot be run: {error}"))
    })?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(format!(
            "siptriage in valgrind: {}: {why}",
            output.status
        )));
    }
    let text = fs::read_to_string(&told)?;
    fs::remove_file(&told)?;
    let program = siptriage.file_name().unwrap_or_default().to_string_lossy();
    Ok(callgrind::counts(&text, &program))
}

fn compiler() -> String {
    let output = Command::new("rustc")
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|_| "rustc unknown".to_owned())
}
