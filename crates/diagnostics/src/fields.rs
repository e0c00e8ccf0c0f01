//! The meaning of the fields of a diagnosis (`data/fields.tsv`, `data/interfaces.tsv`).

use std::sync::LazyLock;

use crate::sources::Certainty;
use crate::table;

/// What one named field of a diagnosis or of a report means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// The name as it is usually written; compared without regard to case.
    pub name: &'static str,
    /// Where it stands: `media-debug` (a key of CallerMediaDebug and CalleeMediaDebug), `blob` (a
    /// key of MediaChanBlob), `parameter` (of a header), `cdr` (comes on top where a media record
    /// is spread into single parameters, as in Monitoring), or `qoe` (an element of
    /// VQReportEvent).
    pub kind: &'static str,
    /// What its value tells.
    pub meaning: &'static str,
    /// Enumerated values and the word for each; empty for free values.
    pub values: Vec<(&'static str, &'static str)>,
    /// How sure meaning and values are.
    pub certainty: Certainty,
    /// Keys of [`sources`](crate::sources).
    pub sources: Vec<&'static str>,
}

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let columns = ["name", "kind", "certainty", "values", "meaning", "sources"];
    table::rows(
        "fields.tsv",
        include_str!("../data/fields.tsv"),
        &columns,
        |row| {
            Ok(Field {
                name: row.text("name")?,
                kind: row.text("kind")?,
                meaning: row.text("meaning")?,
                values: row.pairs("values")?,
                certainty: row.certainty()?,
                sources: row.sources()?,
            })
        },
    )
});

/// Every field, sorted by name without regard to case.
pub fn fields() -> &'static [Field] {
    &FIELDS
}

/// The field of this name, in whatever case it is written.
pub fn field(name: &str) -> Option<&'static Field> {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    let fields = fields();
    let index = fields
        .binary_search_by(|field| field.name.bytes().map(lower).cmp(name.bytes().map(lower)))
        .ok()?;
    Some(&fields[index])
}

/// The word for an enumerated value of a field: `LocalLocation`, `1` gives "outside".
pub fn field_value(name: &str, value: &str) -> Option<&'static str> {
    let values = &field(name)?.values;
    values
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(value))
        .map(|(_, word)| *word)
}

/// One bit of Interfaces and BaseInterface.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Interface {
    /// The bit as a number.
    pub mask: u32,
    /// The kind of network interface.
    pub name: &'static str,
    /// How sure that is.
    pub certainty: Certainty,
    /// Keys of [`sources`](crate::sources).
    pub sources: Vec<&'static str>,
}

static INTERFACES: LazyLock<Vec<Interface>> = LazyLock::new(|| {
    let columns = ["mask", "name", "certainty", "sources"];
    table::rows(
        "interfaces.tsv",
        include_str!("../data/interfaces.tsv"),
        &columns,
        |row| {
            let mask = row.number("mask")?;
            if !mask.is_power_of_two() {
                return Err(row.broken("mask", "is not one bit"));
            }
            Ok(Interface {
                mask,
                name: row.text("name")?,
                certainty: row.certainty()?,
                sources: row.sources()?,
            })
        },
    )
});

/// Every bit of Interfaces and BaseInterface that has a name, lowest first.
pub fn interfaces() -> &'static [Interface] {
    &INTERFACES
}

/// The kinds of network interface in a value of Interfaces or BaseInterface, lowest bit first;
/// "unknown" stands last when a bit has no name. Inferred, so show the number too.
pub fn interface_names(bits: u32) -> Vec<&'static str> {
    let mut names = Vec::new();
    let mut unnamed = bits;
    for interface in interfaces()
        .iter()
        .filter(|interface| bits & interface.mask != 0)
    {
        names.push(interface.name);
        unnamed &= !interface.mask;
    }
    if unnamed != 0 {
        names.push("unknown");
    }
    names
}
