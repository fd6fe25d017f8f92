//! How far the scale test has come: a bar on a terminal, a line where there is none.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// One step of it.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    what: String,
    whole: usize,
    since: Instant,
}

impl Progress {
    /// `whole` many of something, none of them done.
    pub(crate) fn start(what: String, whole: usize) -> Self {
        let style = "{msg}: [{bar:30}] {human_pos} of {human_len}, {per_sec}, {eta} left";
        let style = ProgressStyle::with_template(style);
        let bar = ProgressBar::new(whole as u64).with_message(what.clone());
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            bar,
            what,
            whole,
            since: Instant::now(),
        }
    }

    /// So many more are done.
    pub(crate) fn advance(&self, by: usize) {
        self.bar.inc(by as u64);
    }

    /// All are done; how long it took.
    pub(crate) fn finish(self) -> Duration {
        self.bar.finish_and_clear();
        let took = self.since.elapsed();
        let rate = self.whole as f64 / took.as_secs_f64();
        println!(
            "{}: {} in {:.1} s, {rate:.0} a second",
            self.what,
            self.whole,
            took.as_secs_f64()
        );
        took
    }
}
