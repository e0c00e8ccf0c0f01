//! What many threads do with shares of one whole.

use std::num::NonZero;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use siptriage_facts::Merge;

/// Things in a share: so many that taking one costs nothing, so few that no thread has to wait long
/// for another that took the last. Few where assertions are on, so that ordinary tests have several.
const SHARE: usize = if cfg!(debug_assertions) { 8 } else { 1024 };

/// What `work` makes of all of so many things, on so many threads, or as many as there are
/// processors. Each thread takes one share after the other, as long as there are any, and adds up
/// what all of his give; in the end that is merged. Which thread takes which share is chance.
pub(crate) fn of_all<T: Merge + Send>(
    things: usize,
    threads: Option<usize>,
    work: impl Fn(&mut dyn Iterator<Item = Range<usize>>) -> T + Sync,
) -> T {
    let shares = things.div_ceil(SHARE);
    let next = AtomicUsize::new(0);
    let take = || {
        let share = next.fetch_add(1, Ordering::Relaxed);
        let first = share * SHARE;
        (share < shares).then(|| first..things.min(first + SHARE))
    };
    let work = || work(&mut std::iter::from_fn(take));
    let others = threads.unwrap_or_else(processors).min(shares).max(1) - 1;
    thread::scope(|scope| {
        // Where the system gives no more threads, those that there are take all.
        let started =
            (0..others).map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok());
        let started: Vec<_> = started.collect();
        let mut whole = work();
        for other in started {
            whole.merge(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        whole
    })
}

/// How many processors this program may use.
pub(crate) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_share_is_taken_once_by_however_many_threads() {
        for things in [0, 1, SHARE - 1, SHARE, SHARE + 1, 10 * SHARE + 7] {
            for threads in [None, Some(1), Some(2), Some(3), Some(64)] {
                let taken = of_all(things, threads, |shares| Taken {
                    count: shares.map(|share| share.len() as u64).sum(),
                    ..Taken::default()
                });
                assert_eq!(taken.count, things as u64, "{threads:?}");
                let taken = of_all(things, threads, |shares| Taken {
                    things: shares.flatten().collect(),
                    ..Taken::default()
                });
                assert!(taken.things.into_iter().eq(0..things), "{threads:?}");
            }
        }
    }

    #[derive(Default)]
    struct Taken {
        count: u64,
        things: BTreeSet<usize>,
    }

    impl Merge for Taken {
        fn merge(&mut self, other: Self) {
            self.count += other.count;
            self.things.extend(other.things);
        }
    }
}
