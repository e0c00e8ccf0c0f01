//! What was measured.

use std::collections::BTreeMap;

use crate::contestants::Contestant;
use crate::data::{Data, Held};
use crate::statistics::{median, ratios};
use crate::timed::Run;

/// Who read what, in one group of rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) group: Group,
    pub(crate) data: Data,
    pub(crate) contestant: Contestant,
}

/// Commands that run in turn, round by round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// The large trace of a server.
    Server,
    /// The log of a client.
    Client,
    /// 2,000 small files.
    Small,
    /// 100,000 tiny files.
    Tiny,
    /// UTF-16.
    Utf16,
    /// A diagnosis in every message.
    Dense,
    /// Lengths that are true, and that are not.
    Lengths,
    /// Sizes of one kind of trace.
    Sizes,
    /// Numbers of calls.
    Calls,
    /// An archive.
    Archive,
    /// Commands that read next to nothing: what starting costs.
    Start,
    /// The large trace, dropped from the page cache before each run.
    Cold,
}

impl Group {
    /// Its word in data for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Group::Server => "server",
            Group::Client => "client",
            Group::Small => "small",
            Group::Tiny => "tiny",
            Group::Utf16 => "utf16",
            Group::Dense => "dense",
            Group::Lengths => "lengths",
            Group::Sizes => "sizes",
            Group::Calls => "calls",
            Group::Archive => "archive",
            Group::Start => "start",
            Group::Cold => "cold",
        }
    }
}

/// What of a run is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// Seconds from start to end.
    Wall,
    /// Seconds of processors, user and system.
    Cpu,
}

/// Everything that was measured, and why the rest was not.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// Runs in the order of the rounds. Slow contestants have fewer.
    pub(crate) runs: BTreeMap<Entry, Vec<Run>>,
    /// Commands as they are typed.
    pub(crate) commands: BTreeMap<Entry, String>,
    /// Why an entry has no runs.
    pub(crate) missing: BTreeMap<Entry, String>,
    /// What is known of the data.
    pub(crate) held: BTreeMap<Data, Held>,
    /// The most memory that was no page of a file, in KiB, of a scan of the large trace.
    pub(crate) anonymous_kib: Option<u64>,
    /// Which part of the map of each file was in pages of 2 MiB: times depend on how the page
    /// cache came to hold it.
    pub(crate) large_pages: BTreeMap<Data, f64>,
}

/// A figure, or why there is none.
pub(crate) type Figure = Result<f64, String>;

impl Results {
    /// Runs of an entry.
    pub(crate) fn of(&self, entry: Entry) -> Result<&[Run], String> {
        match self.runs.get(&entry) {
            Some(runs) if !runs.is_empty() => Ok(runs),
            _ => Err(self
                .missing
                .get(&entry)
                .cloned()
                .unwrap_or("not asked for".to_owned())),
        }
    }

    fn values(&self, entry: Entry, quantity: Quantity) -> Result<Vec<f64>, String> {
        let value = |run: &Run| match quantity {
            Quantity::Wall => run.wall,
            Quantity::Cpu => run.cpu(),
        };
        Ok(self.of(entry)?.iter().map(value).collect())
    }

    /// The median of an entry.
    pub(crate) fn median(&self, entry: Entry, quantity: Quantity) -> Figure {
        median(&self.values(entry, quantity)?).ok_or("no run".to_owned())
    }

    /// Quotients of what two entries took, round by round: how many times as fast `under` is.
    pub(crate) fn ratios(
        &self,
        over: Entry,
        under: Entry,
        quantity: Quantity,
    ) -> Result<Vec<f64>, String> {
        let ratios = ratios(
            &self.values(over, quantity)?,
            &self.values(under, quantity)?,
        );
        if ratios.is_empty() {
            return Err("too short to be measured".to_owned());
        }
        Ok(ratios)
    }

    /// The median of [`Results::ratios`].
    pub(crate) fn ratio(&self, over: Entry, under: Entry, quantity: Quantity) -> Figure {
        median(&self.ratios(over, under, quantity)?).ok_or("no run".to_owned())
    }

    /// The median of the peaks of an entry, in KiB.
    pub(crate) fn peak_kib(&self, entry: Entry) -> Figure {
        let peaks: Vec<f64> = self
            .of(entry)?
            .iter()
            .map(|run| run.peak_kib as f64)
            .collect();
        median(&peaks).ok_or("no run".to_owned())
    }

    /// Bytes of the trace that an entry reads, decompressed.
    pub(crate) fn bytes(&self, data: Data) -> Figure {
        let held = self.held.get(&data).ok_or("not asked for")?;
        Ok(held.bytes as f64)
    }
}
