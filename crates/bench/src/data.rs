//! The traces that are measured: made once below a folder, and used again while they are what
//! would be made.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use siptriage_generator::{
    ByteOrder, Density, Format, Lengths, Options, Truth, Utf16Writer, files, generate, write_calls,
};

use crate::inflate;
use crate::system;

/// One trace, or folder of traces. Sizes are those of a full run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Data {
    /// Text of a server, of so many bytes.
    Server(u64),
    /// The same in which no length of a body is true.
    FalseLengths(u64),
    /// The same in which every message has an `ms-client-diagnostics`.
    Dense(u64),
    /// The log of a client.
    Client(u64),
    /// The log of a client in UTF-16, low byte first; bytes as they stand in the file.
    Utf16(u64),
    /// So many logs of clients, of 50 to 950 KB.
    Small(u64),
    /// So many logs of clients of one or a few dialogues, some 16 KB each.
    Tiny(u64),
    /// The files of [`Data::Small`] in one archive.
    Archive(u64),
    /// A server's log of so many plain calls.
    Calls(u64),
    /// One dialogue in the text of a server: next to nothing.
    Few,
    /// No file at all, for commands that read none.
    Nothing,
}

/// What is known of data that was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    /// What it was made of, and a sign of who made it: data of another generator is made anew.
    pub(crate) made_of: String,
    /// Bytes; of an archive, of the files in it.
    pub(crate) bytes: u64,
    /// Bytes that it takes of a disk.
    pub(crate) on_disk: u64,
    pub(crate) files: u64,
    /// SIP messages in it.
    pub(crate) messages: u64,
}

impl Data {
    /// Its name, which is that of its file or folder.
    pub(crate) fn name(self, shrink: u64) -> String {
        match self {
            Data::Server(bytes) => format!("server-{}.txt", size(bytes / shrink)),
            Data::FalseLengths(bytes) => format!("false-lengths-{}.txt", size(bytes / shrink)),
            Data::Dense(bytes) => format!("dense-{}.txt", size(bytes / shrink)),
            Data::Client(bytes) => format!("client-{}.UccApilog", size(bytes / shrink)),
            Data::Utf16(bytes) => format!("utf16-{}.UccApilog", size(bytes / shrink)),
            Data::Small(count) => format!("small-{}", count / shrink),
            Data::Tiny(count) => format!("tiny-{}", count / shrink),
            Data::Archive(count) => format!("small-{}.zip", count / shrink),
            Data::Calls(count) => format!("calls-{}.txt", count / shrink),
            Data::Few => "few.txt".to_owned(),
            Data::Nothing => "no file".to_owned(),
        }
    }

    /// What it is, for people.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Data::Server(_) => "text of a server",
            Data::FalseLengths(_) => "text of a server, no length of a body is true",
            Data::Dense(_) => "text of a server, a diagnosis in every message",
            Data::Client(_) => "log of a client",
            Data::Utf16(_) => "log of a client in UTF-16LE",
            Data::Small(_) => "folder of client logs, 50 to 950 KB each",
            Data::Tiny(_) => "folder of client logs, about 16 KB each",
            Data::Archive(_) => "the folder of client logs as one zip",
            Data::Calls(_) => "text of a server, plain calls of seven messages",
            Data::Few => "text of a server, one dialogue",
            Data::Nothing => "nothing is read",
        }
    }

    /// Bytes that it will take of a disk, about.
    fn expected(self, shrink: u64) -> u64 {
        match self {
            Data::Server(bytes)
            | Data::FalseLengths(bytes)
            | Data::Dense(bytes)
            | Data::Client(bytes)
            | Data::Utf16(bytes) => bytes / shrink,
            Data::Small(count) => count / shrink * 530_000,
            Data::Tiny(count) => count / shrink * 20_000,
            Data::Archive(count) => count / shrink * 120_000,
            Data::Calls(count) => count / shrink * 2_500,
            Data::Few => 10_000,
            Data::Nothing => 0,
        }
    }

    fn options(self, shrink: u64) -> Options {
        let server = |bytes| Options::new(1, bytes / shrink, Format::Server);
        match self {
            Data::Server(bytes) => server(bytes),
            Data::Few => Options::new(1, 1, Format::Server),
            Data::FalseLengths(bytes) => Options {
                lengths: Lengths::False,
                ..server(bytes)
            },
            Data::Dense(bytes) => Options {
                density: Density {
                    client_diagnosed: 1000,
                    ..Density::default()
                },
                ..server(bytes)
            },
            Data::Client(bytes) => Options::new(1, bytes / shrink, Format::Client),
            // Nearly all characters take two bytes instead of one.
            Data::Utf16(bytes) => Options::new(1, bytes / shrink / 2, Format::Client),
            Data::Tiny(_) => Options {
                // Calls are the long dialogues; with few of them the mean comes to 16 KB.
                density: Density {
                    calls: 50,
                    ..Density::default()
                },
                ..Options::new(2, 0, Format::Client)
            },
            Data::Small(_) | Data::Archive(_) | Data::Calls(_) | Data::Nothing => {
                Options::new(1, 0, Format::Client)
            }
        }
    }

    /// What it is made of, with a sign of the generator: what its first bytes come to.
    fn made_of(self, shrink: u64) -> io::Result<String> {
        let mut sign = Sign::default();
        let sized = |options: Options| Options {
            bytes: 300_000,
            ..options
        };
        match self {
            Data::Calls(_) => {
                write_calls(1, 200, &mut sign)?;
            }
            _ => {
                generate(&sized(self.options(shrink)), &mut sign)?;
            }
        }
        Ok(format!("{self:?}/{shrink} {:016x}", sign.0))
    }

    /// What is known of it, if it is there as it would be made.
    fn held(self, folder: &Path, shrink: u64) -> io::Result<Option<Held>> {
        let path = folder.join(self.name(shrink));
        let Ok(text) = fs::read(sidecar(&path)) else {
            return Ok(None);
        };
        let held: Option<Held> = serde_json::from_slice(&text).ok();
        let there = fs::metadata(&path).ok();
        let whole = |held: &Held| {
            (there.as_ref()).is_some_and(|there| there.is_dir() || there.len() == held.on_disk)
        };
        let made_of = self.made_of(shrink)?;
        Ok(held.filter(|held| held.made_of == made_of && whole(held)))
    }

    /// Makes it, unless it is there. Gives its path and what is known of it.
    ///
    /// # Errors
    /// What the system says of writing.
    pub(crate) fn provide(self, folder: &Path, shrink: u64) -> io::Result<(PathBuf, Held)> {
        let path = folder.join(self.name(shrink));
        if self == Data::Nothing {
            let held = Held {
                made_of: String::new(),
                bytes: 0,
                on_disk: 0,
                files: 0,
                messages: 0,
            };
            return Ok((path, held));
        }
        if let Some(held) = self.held(folder, shrink)? {
            return Ok((path, held));
        }
        // A run that was ended in the middle of writing leaves no sidecar.
        let _ = fs::remove_file(sidecar(&path));
        let mut held = self.make(folder, shrink, &path)?;
        held.made_of = self.made_of(shrink)?;
        let text = serde_json::to_vec_pretty(&held).map_err(io::Error::from)?;
        fs::write(sidecar(&path), text)?;
        Ok((path, held))
    }

    fn make(self, folder: &Path, shrink: u64, path: &Path) -> io::Result<Held> {
        match self {
            Data::Small(count) => {
                let sizes = 50_000..=950_000;
                make_files(&self.options(shrink), count / shrink, sizes, path)
            }
            Data::Tiny(count) => {
                let sizes = 1..=16_000;
                make_files(&self.options(shrink), count / shrink, sizes, path)
            }
            Data::Archive(count) => {
                let (source, held) = Data::Small(count).provide(folder, shrink)?;
                let file = File::create(path)?;
                inflate::pack(&source, &file)?;
                system::settle(&file)?;
                let on_disk = file.metadata()?.len();
                Ok(Held { on_disk, ..held })
            }
            Data::Calls(count) => {
                let file = File::create(path)?;
                let truth = write_calls(1, count / shrink, &mut BufWriter::new(&file))?;
                system::settle(&file)?;
                Ok(Held {
                    made_of: String::new(),
                    bytes: truth.bytes,
                    on_disk: truth.bytes,
                    files: 1,
                    messages: truth.messages,
                })
            }
            Data::Utf16(_) => {
                let file = File::create(path)?;
                let out = BufWriter::with_capacity(1 << 20, &file);
                let mut writer = Utf16Writer::new(out, ByteOrder::Little, true);
                let mut truth = generate(&self.options(shrink), &mut writer)?;
                truth.bytes = writer.finish()?;
                system::settle(&file)?;
                Ok(of_truth(&truth, 1))
            }
            _ => {
                let mut file = File::create(path)?;
                let truth = generate(&self.options(shrink), &mut file)?;
                system::settle(&file)?;
                Ok(of_truth(&truth, 1))
            }
        }
    }
}

/// Bytes of a disk that `all` still need, about, and that they take together.
///
/// # Errors
/// None in practice.
pub(crate) fn disk_needed(
    all: impl IntoIterator<Item = Data>,
    folder: &Path,
    shrink: u64,
) -> io::Result<(u64, u64)> {
    let (mut missing, mut together) = (0, 0);
    for data in all {
        let expected = data.expected(shrink);
        together += expected;
        if data != Data::Nothing && data.held(folder, shrink)?.is_none() {
            missing += expected;
        }
    }
    Ok((missing, together))
}

fn make_files(
    options: &Options,
    count: u64,
    sizes: std::ops::RangeInclusive<u64>,
    path: &Path,
) -> io::Result<Held> {
    let mut truth = Truth::default();
    for file in files(options, count, sizes) {
        let path = path.join(&file.name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut out = File::create(&path)?;
        truth.merge(generate(&file.options, &mut out)?);
        // Not taken to disk one by one: nothing reads them cold.
        out.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3600))?;
    }
    Ok(of_truth(&truth, count))
}

fn of_truth(truth: &Truth, files: u64) -> Held {
    Held {
        made_of: String::new(),
        bytes: truth.bytes,
        on_disk: truth.bytes,
        files,
        messages: truth.requests + truth.responses,
    }
}

fn sidecar(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".made.json");
    name.into()
}

/// `2G`, `250M`, `12500K`: thousands, as far as they are whole.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "K")];
    let unit = UNITS
        .into_iter()
        .find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit));
    unit.map_or_else(
        || bytes.to_string(),
        |(unit, name)| format!("{}{name}", bytes / unit),
    )
}

/// FNV-1a of everything that is written to it.
#[derive(Debug)]
struct Sign(u64);

impl Default for Sign {
    fn default() -> Self {
        Sign(0xcbf2_9ce4_8422_2325)
    }
}

impl Write for Sign {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let name = format!("siptriage-data-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn data_is_made_once_and_again_if_it_is_not_what_would_be_made() {
        let folder = folder("once");
        let data = Data::Server(2_000_000_000);
        let shrink = 10_000;
        assert_eq!(
            disk_needed([data], &folder, shrink).unwrap(),
            (200_000, 200_000)
        );
        let (path, held) = data.provide(&folder, shrink).unwrap();
        assert!(path.ends_with("server-200K.txt"));
        let first = fs::read(&path).unwrap();
        assert_eq!(held.bytes, first.len() as u64);
        assert!(held.messages > 20);
        assert_eq!(disk_needed([data], &folder, shrink).unwrap(), (0, 200_000));
        // Used again, as it is.
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(data.provide(&folder, shrink).unwrap().1, held);
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
        // A file that was cut is made anew.
        fs::write(&path, &first[..1000]).unwrap();
        assert_eq!(data.provide(&folder, shrink).unwrap().1, held);
        assert!(fs::read(&path).unwrap() == first);
        // So is one of another generator.
        let other = fs::read_to_string(sidecar(&path))
            .unwrap()
            .replace("/10000 ", "/10000 9");
        fs::write(sidecar(&path), other).unwrap();
        assert_eq!(disk_needed([data], &folder, shrink).unwrap().0, 200_000);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn every_kind_of_data_is_what_it_is_named_for() {
        let folder = folder("kinds");
        let shrink = 2_000;
        let provide = |data: Data| data.provide(&folder, shrink).unwrap();
        let read = |data: Data| String::from_utf8(fs::read(provide(data).0).unwrap()).unwrap();
        let of = |text: &str, word: &str| text.matches(word).count() as u64;

        let (path, held) = provide(Data::Utf16(2_000_000_000));
        assert!(fs::read(path).unwrap().starts_with(&[0xff, 0xfe]));
        assert!((800_000..1_300_000).contains(&held.bytes), "{held:?}");
        let dense = read(Data::Dense(2_000_000_000));
        let held = provide(Data::Dense(2_000_000_000)).1;
        assert!(of(&dense, "ms-client-diagnostics") + 60 > held.messages);
        let wrong = read(Data::FalseLengths(2_000_000_000));
        assert_eq!(of(&wrong, "$$end_record"), of(&wrong, "$$begin_record"));
        let calls = read(Data::Calls(100_000));
        assert_eq!(of(&calls, "Start-Line: INVITE "), 50);
        let (path, held) = provide(Data::Small(4_000));
        assert_eq!(
            (held.files, inflate::files_below(&path).unwrap().len()),
            (2, 2)
        );
        let (path, archived) = provide(Data::Archive(4_000));
        assert_eq!(archived.bytes, held.bytes);
        assert_eq!(inflate::inflate(&path, 1).unwrap(), held.bytes);
        let (_, held) = provide(Data::Tiny(100_000));
        assert!(
            (10_000..25_000).contains(&(held.bytes / held.files)),
            "{held:?}"
        );
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(2_000_000_000), "2G");
        assert_eq!(size(250_000_000), "250M");
        assert_eq!(size(12_500_000), "12500K");
        assert_eq!(size(1_234), "1234");
    }
}
