//! Very many small traces, as a folder of client logs holds them.

use std::ops::RangeInclusive;

use crate::generate::Options;
use crate::rng::Rng;

/// Files in one folder: more than fit into one page of a directory listing, and few enough that
/// every tool lists them at once.
const PER_FOLDER: u64 = 1000;

/// Between the first messages of two files that follow each other, in milliseconds.
const STEP: u64 = 600_000;

/// Files after which their times begin anew, so that times stay in the calendar: five years.
const STEPS: u64 = 5 * 52_560;

/// One of the traces that [`files`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the folder of all, with `/`: `000/client-000000.UccApilog`.
    pub name: String,
    /// What to write into it.
    pub options: Options,
}

/// `count` traces that are like `options`, each with a seed and a time of its own, and of a size
/// out of `bytes_each`. Traces are aimed at their size as [`generate`](crate::generate()) does,
/// so that the smallest are as long as their dialogues. Equal arguments give equal files.
pub fn files(
    options: &Options,
    count: u64,
    bytes_each: RangeInclusive<u64>,
) -> impl Iterator<Item = File> {
    let options = options.clone();
    let mut rng = Rng::new(options.seed);
    let (least, most) = bytes_each.into_inner();
    (0..count).map(move |number| {
        let options = Options {
            seed: rng.next(),
            bytes: rng.between(least, most.max(least)),
            start: options.start + number % STEPS * STEP,
            ..options.clone()
        };
        let stem = options.format.stem();
        File {
            name: format!(
                "{:03}/{stem}-{number:06}.{}",
                number / PER_FOLDER,
                options.format.extension()
            ),
            options,
        }
    })
}
