//! What stands in the way of a member or an archive, as values.

use std::error::Error;
use std::fmt;
use std::io;

use crate::kind::ArchiveKind;
use crate::limits::Limit;

/// Something that was not read, or not to its end, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The shown path of the member, or of the archive if the trouble is its own.
    pub path: String,
    /// What is the matter.
    pub trouble: Trouble,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.trouble)
    }
}

/// What is the matter with a member or an archive.
///
/// As an [`io::Error`] it is what a reader of the member meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It needs a password.
    Encrypted,
    /// It is packed in a way that is not read; the name of the way.
    Method(String),
    /// An archive of a kind that is recognised and not read.
    Kind(ArchiveKind),
    /// All of it was read, and its checksum is another one.
    Checksum,
    /// More or less comes out of it than its archive says.
    Size {
        /// Bytes that the archive says.
        declared: u64,
        /// Whether more than that came out; what came out up to there was read.
        more: bool,
    },
    /// It ends too early: half a copy, or a file that is still being written.
    Truncated,
    /// Its bytes make no sense; what does not.
    Damaged(String),
    /// Something before it in the same stream is damaged, so that it cannot be reached.
    Unreachable,
    /// Its bytes belong to another member, too, as in a bomb.
    Overlaps,
    /// It goes on in another file of a set.
    Split,
    /// A zip's list of members is missing or damaged: they were found one behind the other.
    NoList(String),
    /// A tar lacks the mark of its end: some writers leave it out, and half a copy lacks it, too.
    NoEnd,
    /// Bytes behind the end that belong to nothing were not read.
    Trailing,
    /// A limit was met.
    Limit {
        /// Which.
        limit: Limit,
        /// The value that was met, or more.
        found: u64,
        /// The value that is allowed.
        allowed: u64,
    },
    /// The system could not read the file.
    Io(String),
}

impl Trouble {
    /// Whether everything that is there was read in spite of it.
    pub fn is_remark(&self) -> bool {
        matches!(
            self,
            Trouble::NoList(_) | Trouble::NoEnd | Trouble::Trailing
        )
    }

    /// What a reader's error is about. `UnexpectedEof` is a truncation, bad data a damage, and the
    /// rest is the system's.
    pub fn of(error: &io::Error) -> Trouble {
        let own = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Trouble>());
        if let Some(own) = own {
            return own.clone();
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Trouble::Truncated,
            _ if error.raw_os_error().is_some() => Trouble::Io(error.to_string()),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                Trouble::Damaged(error.to_string())
            }
            _ => Trouble::Io(error.to_string()),
        }
    }

    pub(crate) fn damaged(what: &str) -> Trouble {
        Trouble::Damaged(what.to_owned())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Encrypted => {
                f.write_str("encrypted; unpack it with its password and give what comes out")
            }
            Trouble::Method(name) => {
                write!(
                    f,
                    "packed with {name}, which is not supported; unpack it, with 7-Zip for example, and \
                     give what comes out"
                )
            }
            Trouble::Kind(kind) => {
                write!(f, "{kind} is not supported; unpack it")?;
                if let Some(how) = kind.how_to_unpack() {
                    write!(f, ", with {how},")?;
                }
                f.write_str(" and give what comes out")
            }
            Trouble::Checksum => f.write_str("read to its end, but its checksum does not match"),
            Trouble::Size { declared, more } => {
                let word = if *more { "more" } else { "less" };
                write!(
                    f,
                    "{word} comes out of it than the {declared} bytes that its archive says"
                )
            }
            Trouble::Truncated => f.write_str("ends too early; copy it again"),
            Trouble::Damaged(what) => write!(f, "damaged: {what}"),
            Trouble::Unreachable => {
                f.write_str("cannot be reached: what stands before it is damaged")
            }
            Trouble::Overlaps => f.write_str("shares its bytes with another member"),
            Trouble::Split => f.write_str(
                "goes on in another file of its set; join or unpack them, and give what comes out",
            ),
            Trouble::NoList(why) => {
                write!(f, "{why}: members were looked for one behind the other")
            }
            Trouble::NoEnd => f.write_str("lacks the mark of its end: it may be half a copy"),
            Trouble::Trailing => f.write_str("what stands behind its end was not read"),
            Trouble::Limit {
                limit,
                found,
                allowed,
            } => write!(
                f,
                "{}: {} is more than {} allows ({})",
                limit.of(),
                limit.tell(*found),
                limit.option(),
                limit.tell(*allowed)
            ),
            Trouble::Io(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

impl Error for Trouble {}

impl From<Trouble> for io::Error {
    fn from(trouble: Trouble) -> io::Error {
        let kind = match &trouble {
            Trouble::Truncated => io::ErrorKind::UnexpectedEof,
            Trouble::Io(_) => io::ErrorKind::Other,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, trouble)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::of(&error)
    }
}
