//! Token buckets by name, in the process: for what is bounded as best one process can.

use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// How many names are kept in mind: anybody can think of more.
pub(crate) const NAMES: usize = 1_000;

/// So many at once, then one in so much time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) burst: u32,
    pub(crate) every: Duration,
}

/// The buckets of some names. One that is forgotten is a full one.
#[derive(Debug, Default)]
pub(crate) struct Buckets(HashMap<String, Bucket>);

/// A bucket as the instant at which it will be full again, which is the same
/// whatever its rate is by then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    full: Instant,
    omitted: u64,
}

impl Buckets {
    /// The bucket of that name.
    pub(crate) fn of(&mut self, name: &str, now: Instant) -> &mut Bucket {
        if self.0.len() >= NAMES && !self.0.contains_key(name) {
            self.0.retain(|_, bucket| bucket.full > now);
            if self.0.len() >= NAMES {
                self.0.clear();
            }
        }
        self.0
            .entry(name.to_owned())
            .or_insert_with(|| Bucket::new(now))
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Bucket {
    /// A full one.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            full: now,
            omitted: 0,
        }
    }

    pub(crate) fn has_one(&self, rate: Rate, now: Instant) -> bool {
        self.full.max(now) + rate.every <= now + rate.every * rate.burst
    }

    /// Takes one, when there is one; how many were not taken since the last.
    pub(crate) fn take(&mut self, rate: Rate, now: Instant) -> Option<u64> {
        if self.has_one(rate, now) {
            self.full = self.full.max(now) + rate.every;
            Some(std::mem::take(&mut self.omitted))
        } else {
            self.omit();
            None
        }
    }

    /// Takes none.
    pub(crate) fn omit(&mut self) {
        self.omitted += 1;
    }
}
