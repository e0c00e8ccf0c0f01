//! How much of an archive is taken before it counts as a bomb, and the counting of it.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;

use crate::problem::Trouble;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;

/// Bounds on what an archive may ask for. Each can be raised; [`Limit::option`] names the option.
///
/// The defaults leave room for what really comes: exports of a pool's logs of tens of GB, a case
/// with 100,000 small members, UTF-16 text that packs 50:1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that may come out of one archive on disk, all layers added up. Default 1 TiB: more
    /// than anybody's traces, and a bound on time, since nothing is kept.
    pub inflated: u64,
    /// Bytes that may come out of each byte on disk. Default 500: text of logs packs 10:1 to 50:1,
    /// endless copies of one line up to some 300:1; a bomb of one layer has 1,000:1 and one of two
    /// a million.
    pub ratio: u64,
    /// Bytes that must have come out before the ratio counts. Default 256 MiB: less than a second
    /// of work, so that small files may be as empty as they like.
    pub ratio_from: u64,
    /// Members of one archive, folders included. Default 1,000,000: ten times the largest case
    /// seen, and some 190 MB of memory for their list.
    pub members: u64,
    /// Archives within each other; one on disk is the first. Default 6: a `.tar.gz` in a zip in a
    /// zip takes four.
    pub nesting: u32,
    /// Bytes of a member's name. Default 4,096, the longest path that Linux takes.
    pub name: usize,
    /// Bytes of an archive inside another one that has to be read whole because its members are
    /// found by jumping about (zip, cab, 7z). Default 64 MiB for each such layer and thread.
    pub nested_in_memory: u64,
    /// Bytes that a decoder may keep to look back (zst, 7z, cab). Default 128 MiB: `zstd --long`
    /// and 7-Zip's "ultra" need 128 and 64.
    pub window: u64,
    /// Bytes of an archive's own list of members. Default 128 MiB, of which a 7z may use a
    /// sixteenth, because its reader takes up to some 100 bytes of memory for each.
    pub listing: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            inflated: TIB,
            ratio: 500,
            ratio_from: 256 * MIB,
            members: 1_000_000,
            nesting: 6,
            name: 4096,
            nested_in_memory: 64 * MIB,
            window: 128 * MIB,
            listing: 128 * MIB,
        }
    }
}

/// Which bound was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// [`Limits::inflated`].
    Inflated,
    /// [`Limits::ratio`].
    Ratio,
    /// [`Limits::members`].
    Members,
    /// [`Limits::nesting`].
    Nesting,
    /// [`Limits::name`].
    Name,
    /// [`Limits::nested_in_memory`].
    NestedInMemory,
    /// [`Limits::window`].
    Window,
    /// [`Limits::listing`].
    Listing,
}

impl Limit {
    /// Every limit, in the order in which documentation lists them.
    pub const ALL: [Limit; 8] = [
        Limit::Inflated,
        Limit::Ratio,
        Limit::Members,
        Limit::Nesting,
        Limit::Name,
        Limit::NestedInMemory,
        Limit::Window,
        Limit::Listing,
    ];

    /// The option of the program that raises it.
    pub fn option(self) -> &'static str {
        match self {
            Limit::Inflated => "--archive-bytes",
            Limit::Ratio => "--archive-ratio",
            Limit::Members => "--archive-members",
            Limit::Nesting => "--archive-depth",
            Limit::Name => "--archive-name",
            Limit::NestedInMemory => "--archive-nested",
            Limit::Window => "--archive-window",
            Limit::Listing => "--archive-list",
        }
    }

    /// Puts a value of it into words.
    pub(crate) fn tell(self, value: u64) -> String {
        match self {
            Limit::Inflated | Limit::NestedInMemory | Limit::Window | Limit::Listing => {
                bytes(value)
            }
            Limit::Ratio => format!("{value}:1"),
            Limit::Members => format!("{value} members"),
            Limit::Nesting => format!("{value} archives within each other"),
            Limit::Name => format!("{value} bytes"),
        }
    }

    /// What it bounds.
    pub(crate) fn of(self) -> &'static str {
        match self {
            Limit::Inflated => "what comes out of it",
            Limit::Ratio => "what comes out of each byte of it",
            Limit::Members => "its list",
            Limit::Nesting => "its depth",
            Limit::Name => "its name",
            Limit::NestedInMemory => "an archive that must be read whole, as this one in another",
            Limit::Window => "the memory that its decoder needs",
            Limit::Listing => "its list of members",
        }
    }

    /// The trouble of having met it.
    pub(crate) fn met(self, found: u64, allowed: u64) -> Trouble {
        Trouble::Limit {
            limit: self,
            found,
            allowed,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.option())
    }
}

fn bytes(value: u64) -> String {
    let units = [(TIB, "TiB"), (GIB, "GiB"), (MIB, "MiB")];
    match units.into_iter().find(|(unit, _)| value >= *unit) {
        Some((unit, name)) if value.is_multiple_of(unit) => format!("{} {name}", value / unit),
        Some((unit, name)) => {
            // One digit behind the full stop, rounded down: never more than there is.
            let tenths = u128::from(value) * 10 / u128::from(unit);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        None => format!("{value} bytes"),
    }
}

/// Counts what one part of an archive takes from the disk and gives, all layers added up.
///
/// Counting by part, each with its own share of the whole, makes the result the same for any
/// number of threads.
#[derive(Debug)]
pub(crate) struct Meter {
    packed: Cell<u64>,
    inflated: Cell<u64>,
    allowance: u64,
    ratio: u64,
    ratio_from: u64,
    met: RefCell<Option<Trouble>>,
}

impl Meter {
    pub(crate) fn new(limits: &Limits, allowance: u64) -> Meter {
        Meter {
            packed: Cell::new(0),
            inflated: Cell::new(0),
            allowance,
            ratio: limits.ratio,
            ratio_from: limits.ratio_from,
            met: RefCell::new(None),
        }
    }

    /// Bytes that were read from the file on disk.
    pub(crate) fn took(&self, len: usize) {
        self.packed
            .set(self.packed.get().saturating_add(len as u64));
    }

    /// Bytes that came out of a decoder.
    pub(crate) fn gave(&self, len: usize) -> io::Result<()> {
        let inflated = self.inflated.get().saturating_add(len as u64);
        self.inflated.set(inflated);
        let met = if inflated > self.allowance {
            Limit::Inflated.met(inflated, self.allowance)
        } else if inflated > self.ratio_from
            && inflated / self.ratio.max(1) > self.packed.get().max(1)
        {
            Limit::Ratio.met(inflated / self.packed.get().max(1), self.ratio)
        } else {
            return Ok(());
        };
        self.met.borrow_mut().get_or_insert_with(|| met.clone());
        Err(met.into())
    }

    /// The limit that stopped this part. Nothing more of it is read then.
    pub(crate) fn met(&self) -> Option<Trouble> {
        self.met.borrow().clone()
    }
}
