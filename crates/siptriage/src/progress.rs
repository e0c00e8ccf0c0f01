//! What a run shows of itself, and how it is stopped.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use siptriage_scanner::{Discovery, Progress};

use crate::exit::Exit;
use crate::{output_file, stderr};

/// A run shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the bar is drawn.
const INTERVAL: Duration = Duration::from_millis(100);

/// Watches one scan: counts, draws a bar when there is somebody to see it, passes Ctrl-C on.
#[derive(Debug)]
pub(crate) struct Watch {
    counters: Arc<Counters>,
    bar: Option<Bar>,
}

/// What the scan's threads touch. No lock: they come by often.
#[derive(Debug, Default)]
struct Counters {
    bytes: AtomicU64,
    inputs: AtomicU64,
    cancelled: AtomicBool,
    walked: AtomicU64,
    framed: AtomicU64,
}

#[derive(Debug)]
struct Bar {
    done: mpsc::Sender<()>,
    drawer: JoinHandle<()>,
}

impl Watch {
    /// Begins to watch; from here on the first Ctrl-C cancels the scan and the second ends the
    /// program at once. `visible`: whether a bar may be drawn. `passes`: how often all input is
    /// read; for more than once, what is piped in is kept.
    pub(crate) fn start(discovery: &Discovery, visible: bool, passes: u64) -> Watch {
        let counters = Arc::new(Counters::default());
        let visible = visible && io::stderr().is_terminal();
        // A line that is written over a bar is torn: where there is a bar, it has the note too.
        pass_on_interrupts(Arc::clone(&counters), !visible);
        let bar = visible.then(|| Bar::start(discovery, Arc::clone(&counters), passes));
        let watch = Watch { counters, bar };
        // What is piped in comes once.
        if passes > 1 {
            discovery.keep_piped(&watch);
        }
        watch
    }

    /// Bytes that were read so far, records that were read in one walk, and step by step.
    pub(crate) fn read(&self) -> (u64, u64, u64) {
        let Counters {
            bytes,
            walked,
            framed,
            ..
        } = &*self.counters;
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (load(bytes), load(walked), load(framed))
    }

    /// Wipes the bar away.
    pub(crate) fn finish(self) {
        if let Some(Bar { done, drawer }) = self.bar {
            // An error of either says that the drawer is gone already.
            let _ = done.send(());
            let _ = drawer.join();
        }
    }
}

impl Progress for Watch {
    fn advance(&self, bytes: u64) {
        self.counters.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn input_done(&self) {
        self.counters.inputs.fetch_add(1, Ordering::Relaxed);
    }

    fn records(&self, walked: u64, framed: u64) {
        self.counters.walked.fetch_add(walked, Ordering::Relaxed);
        self.counters.framed.fetch_add(framed, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.counters.cancelled.load(Ordering::Relaxed)
    }
}

const INTERRUPTED: &str = "interrupted; reporting what is complete (again to stop at once)";

fn pass_on_interrupts(counters: Arc<Counters>, tell: bool) {
    let handler = move || {
        if counters.cancelled.swap(true, Ordering::Relaxed) {
            output_file::remove_pending();
            #[expect(
                clippy::exit,
                reason = "the scan was asked to stop and the user will not wait"
            )]
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
        if tell {
            stderr::line(format_args!("{INTERRUPTED}"));
        }
    };
    // Without a handler Ctrl-C ends the program, which is what an unhandled Ctrl-C should do.
    let _ = ctrlc::set_handler(handler);
}

impl Bar {
    fn start(discovery: &Discovery, counters: Arc<Counters>, passes: u64) -> Bar {
        let inputs = discovery.inputs.len() as u64;
        let bytes: Option<u64> = (discovery.inputs.iter())
            .map(|input| input.len)
            .try_fold(0u64, |sum, len| len.map(|len| sum.saturating_add(len)))
            .map(|bytes| bytes.saturating_mul(passes));
        let (done, when_done) = mpsc::channel();
        let drawer = thread::spawn(move || {
            // Made at once, so that its rate counts from the start; shown later.
            let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::hidden());
            bar.set_style(style(bytes.is_some()));
            let mut wait = PATIENCE;
            let mut told = false;
            while when_done.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                if bar.is_hidden() {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                if !told && counters.cancelled.load(Ordering::Relaxed) {
                    bar.println(format!("siptriage: {INTERRUPTED}"));
                    told = true;
                }
                let read = counters.inputs.load(Ordering::Relaxed);
                bar.set_message(files(read, inputs, passes));
                bar.set_position(counters.bytes.load(Ordering::Relaxed));
                wait = INTERVAL;
            }
            bar.finish_and_clear();
            if !told && counters.cancelled.load(Ordering::Relaxed) {
                stderr::line(format_args!("{INTERRUPTED}"));
            }
        });
        Bar { done, drawer }
    }
}

/// How many files of which pass have been read.
fn files(read: u64, inputs: u64, passes: u64) -> String {
    if passes < 2 || inputs == 0 {
        return format!("{read}/{inputs} files");
    }
    let pass = (read / inputs).min(passes - 1);
    let read = read - pass * inputs;
    format!("{read}/{inputs} files, pass {} of {passes}", pass + 1)
}

const OF_KNOWN_LEN: &str =
    "{wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {msg}";
const OF_UNKNOWN_LEN: &str = "{spinner} {decimal_bytes} {decimal_bytes_per_sec} {msg}";

fn style(len_known: bool) -> ProgressStyle {
    let template = if len_known {
        OF_KNOWN_LEN
    } else {
        OF_UNKNOWN_LEN
    };
    let style = ProgressStyle::with_template(template);
    style
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_add_up() {
        let watch = Watch {
            counters: Arc::default(),
            bar: None,
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        watch.advance(3);
                    }
                    watch.input_done();
                });
            }
        });
        assert_eq!(watch.counters.bytes.load(Ordering::Relaxed), 12_000);
        assert_eq!(watch.counters.inputs.load(Ordering::Relaxed), 4);
        assert!(!watch.cancelled());
    }

    #[test]
    fn files_are_counted_in_each_pass() {
        assert_eq!(files(2, 3, 1), "2/3 files");
        assert_eq!(files(2, 3, 2), "2/3 files, pass 1 of 2");
        assert_eq!(files(3, 3, 2), "0/3 files, pass 2 of 2");
        assert_eq!(files(6, 3, 2), "3/3 files, pass 2 of 2");
        assert_eq!(files(0, 0, 2), "0/0 files");
    }

    #[test]
    fn templates_are_valid() {
        for template in [OF_KNOWN_LEN, OF_UNKNOWN_LEN] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
