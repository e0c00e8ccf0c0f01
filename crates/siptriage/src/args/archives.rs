//! What an archive may ask for.

use clap::Args;
use siptriage_scanner::{Limit, Limits};

const ARCHIVES: &str = "Archives";

/// Bounds on archives. Defaults are those of [`Limits`].
#[derive(Debug, Args)]
pub(crate) struct ArchiveArgs {
    /// Bytes that may come out of one archive [default: 1T]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = ARCHIVES, hide_short_help = true)]
    archive_bytes: Option<u64>,
    /// Bytes that may come out of each byte of one, once 256 MiB have [default: 500]
    #[arg(long, value_name = "N", value_parser = size, help_heading = ARCHIVES, hide_short_help = true)]
    archive_ratio: Option<u64>,
    /// Members of one [default: 1000000]
    #[arg(long, value_name = "N", value_parser = size, help_heading = ARCHIVES, hide_short_help = true)]
    archive_members: Option<u64>,
    /// Archives within each other [default: 6]
    #[arg(long, value_name = "N", value_parser = size, help_heading = ARCHIVES, hide_short_help = true)]
    archive_depth: Option<u64>,
    /// Bytes of a member's name [default: 4096]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = ARCHIVES, hide_short_help = true)]
    archive_name: Option<u64>,
    /// Bytes of a zip, cab or 7z inside another archive [default: 64M]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = ARCHIVES, hide_short_help = true)]
    archive_nested: Option<u64>,
    /// Bytes that a decoder may keep to look back [default: 128M]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = ARCHIVES, hide_short_help = true)]
    archive_window: Option<u64>,
    /// Bytes of an archive's own list of members [default: 128M]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = ARCHIVES, hide_short_help = true)]
    archive_list: Option<u64>,
}

impl ArchiveArgs {
    /// The limits that they say.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for limit in Limit::ALL {
            // Every limit, so that a new one cannot be forgotten here.
            match limit {
                Limit::Inflated => set(&mut limits.inflated, self.archive_bytes),
                Limit::Ratio => set(&mut limits.ratio, self.archive_ratio),
                Limit::Members => set(&mut limits.members, self.archive_members),
                Limit::Nesting => {
                    let depth = self.archive_depth;
                    let depth = depth.map(|depth| u32::try_from(depth).unwrap_or(u32::MAX));
                    set(&mut limits.nesting, depth);
                }
                Limit::Name => {
                    let name = self.archive_name;
                    let name = name.map(|name| usize::try_from(name).unwrap_or(usize::MAX));
                    set(&mut limits.name, name);
                }
                Limit::NestedInMemory => set(&mut limits.nested_in_memory, self.archive_nested),
                Limit::Window => set(&mut limits.window, self.archive_window),
                Limit::Listing => set(&mut limits.listing, self.archive_list),
            }
        }
        limits
    }
}

fn set<T>(limit: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *limit = value;
    }
}

/// A number, or one with K, M, G or T behind it, of 1024 each.
fn size(text: &str) -> Result<u64, String> {
    let upper = text.trim().to_ascii_uppercase();
    let upper = upper
        .strip_suffix("IB")
        .or(upper.strip_suffix('B'))
        .unwrap_or(&upper);
    let (digits, factor) = match upper.strip_suffix(['K', 'M', 'G', 'T']) {
        Some(digits) => {
            let power = match upper.as_bytes().last() {
                Some(b'K') => 1,
                Some(b'M') => 2,
                Some(b'G') => 3,
                _ => 4,
            };
            (digits, 1u64 << (10 * power))
        }
        None => (upper, 1),
    };
    let number: Option<u64> = digits.trim().parse().ok();
    let value = number.and_then(|number| number.checked_mul(factor));
    value
        .filter(|value| *value > 0)
        .ok_or_else(|| "a number from 1 on, such as 1000, 64M or 2G".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, want) in [
            ("1", 1),
            ("64M", 64 << 20),
            ("2g", 2 << 30),
            ("1TiB", 1 << 40),
            ("5kb", 5120),
        ] {
            assert_eq!(size(text), Ok(want), "{text}");
        }
        for text in ["", "0", "-1", "M", "1X", "99999999T"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
