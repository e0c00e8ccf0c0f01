//! The meaning of each ICE warning bit (`data/ice_warn_flags.tsv`).
//!
//! The layout is the one that Lync 2010 and later use in ICEWarn and IceWarningFlags. MS-QoE also
//! prints an older layout for the reports of OCS 2007; it is not in the table, because its bits
//! contradict masks that Lync really writes.

use std::sync::LazyLock;

use crate::ice_warn::IceWarn;
use crate::sources::Certainty;
use crate::table;

/// Whether a warning bit belongs to calls that work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expectation {
    /// Set on good calls too; says nothing by itself.
    Expected,
    /// Normal behind NAT or a firewall, a symptom elsewhere.
    MayBeExpected,
    /// Should not be there.
    Unexpected,
    /// No source says.
    Unknown,
}

impl Expectation {
    /// All of them, the harmless first.
    pub const ALL: [Expectation; 4] = [
        Expectation::Expected,
        Expectation::MayBeExpected,
        Expectation::Unexpected,
        Expectation::Unknown,
    ];

    /// The words used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Expectation::Expected => "expected",
            Expectation::MayBeExpected => "may be expected",
            Expectation::Unexpected => "unexpected",
            Expectation::Unknown => "unknown",
        }
    }
}

/// What one ICE warning bit means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IceWarnFlag {
    /// The bit, as a set of one.
    pub mask: IceWarn,
    /// Its number, 0 to 31.
    pub bit: u8,
    /// A word for programs, as `turn_unreachable`.
    pub key: &'static str,
    /// A few words for people.
    pub name: &'static str,
    /// What happened, in one or two sentences.
    pub meaning: &'static str,
    /// Whether good calls have it too.
    pub expectation: Expectation,
    /// `udp`, `tcp` or `any`.
    pub transport: &'static str,
    /// Which part it is about: `turn`, `local`, `nat`, `policy`, `proxy`, `config` or `unknown`.
    pub scope: &'static str,
    /// What to look at when the call failed.
    pub checks: &'static str,
    /// How sure the meaning is.
    pub certainty: Certainty,
    /// Keys of [`sources`](crate::sources); none for a bit without a published meaning.
    pub sources: Vec<&'static str>,
}

static FLAGS: LazyLock<Vec<IceWarnFlag>> = LazyLock::new(|| {
    let columns = [
        "mask",
        "key",
        "name",
        "expectation",
        "transport",
        "scope",
        "certainty",
        "meaning",
        "checks",
        "sources",
    ];
    let text = include_str!("../data/ice_warn_flags.tsv");
    table::rows("ice_warn_flags.tsv", text, &columns, |row| {
        let mask = row.number("mask")?;
        if !mask.is_power_of_two() {
            return Err(row.broken("mask", "is not one bit"));
        }
        Ok(IceWarnFlag {
            mask: IceWarn::from_bits(mask),
            bit: mask.trailing_zeros() as u8,
            key: row.text("key")?,
            name: row.text("name")?,
            meaning: row.text("meaning")?,
            expectation: row.named("expectation", &Expectation::ALL, Expectation::name)?,
            transport: row.text("transport")?,
            scope: row.text("scope")?,
            checks: row.text("checks")?,
            certainty: row.certainty()?,
            sources: row.sources()?,
        })
    })
});

/// Every ICE warning bit, lowest first: 32 rows, those without a published meaning among them.
pub fn ice_warn_flags() -> &'static [IceWarnFlag] {
    &FLAGS
}

impl IceWarn {
    /// What each set bit means, lowest first: one flag for one bit, so that none is lost.
    pub fn flags(self) -> impl Iterator<Item = &'static IceWarnFlag> {
        ice_warn_flags()
            .iter()
            .filter(move |flag| self.bits() & flag.mask.bits() != 0)
    }
}
