//! The traces of `sample-logs`.

mod by_hand;
mod damaged;
mod founding_case;
mod mixed;

use std::io;

use crate::generate::{Format, Options, generate};
use crate::scenario::incident;
use crate::truth::Truth;
use crate::utf16::{ByteOrder, Utf16Writer};
use crate::world::Density;

/// A file of `sample-logs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFile {
    /// Its path in the folder, with `/`.
    pub name: String,
    /// What it holds.
    pub contents: Vec<u8>,
}

/// All traces of `sample-logs`, each followed by its truth (`NAME.truth.json`). The last file is
/// `incident/truth.json`, the truth about the calls of the folder `incident`, a
/// [`ScenarioTruth`](crate::ScenarioTruth). The same on every call and every machine.
///
/// # Errors
///
/// None in practice: those of writing to memory.
pub fn sample_files() -> io::Result<Vec<SampleFile>> {
    let mut files = Vec::new();
    let mut add = |name: &str, (contents, truth): (Vec<u8>, Truth)| -> io::Result<()> {
        files.push(SampleFile {
            name: name.to_owned(),
            contents,
        });
        let truth = truth.to_json()?.into_bytes();
        files.push(SampleFile {
            name: format!("{name}.truth.json"),
            contents: truth,
        });
        Ok(())
    };
    add("founding-case.UccApilog", founding_case::trace())?;
    add("client.UccApilog", made(&client())?)?;
    add("server.txt", made(&server())?)?;
    add("client-utf16.UccApilog", client_in_utf16()?)?;
    add("damaged.txt", damaged::trace())?;
    add("mixed.txt", mixed::trace())?;
    let incident = incident();
    for file in incident.files {
        add(
            &format!("incident/{}", file.name),
            (file.contents, file.truth),
        )?;
    }
    files.push(SampleFile {
        name: "incident/truth.json".to_owned(),
        contents: incident.truth.to_json()?.into_bytes(),
    });
    Ok(files)
}

/// Small traces that show much: more fails in them than on any day.
const DENSE: Density = Density {
    calls: 700,
    failing: 700,
    client_diagnosed: 80,
    server_diagnosed: 60,
    decoys: 40,
    noise: 150,
};

fn client() -> Options {
    Options {
        pause: 100_000,
        density: DENSE,
        ..Options::new(5, 330_000, Format::Client)
    }
}

fn server() -> Options {
    Options {
        pause: 30_000,
        density: DENSE,
        ..Options::new(233, 370_000, Format::Server)
    }
}

fn made(options: &Options) -> io::Result<(Vec<u8>, Truth)> {
    let mut trace = Vec::new();
    let truth = generate(options, &mut trace)?;
    Ok((trace, truth))
}

fn client_in_utf16() -> io::Result<(Vec<u8>, Truth)> {
    let options = Options {
        pause: 60_000,
        density: DENSE,
        ..Options::new(60, 30_000, Format::Client)
    };
    let mut trace = Vec::new();
    let mut writer = Utf16Writer::new(&mut trace, ByteOrder::Little, true);
    let mut truth = generate(&options, &mut writer)?;
    truth.bytes = writer.finish()?;
    Ok((trace, truth))
}
