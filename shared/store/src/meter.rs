//! What a request has cost: capacity units, calls and attempts.

use aws_sdk_dynamodb::types::ConsumedCapacity;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Sums what the table's answers say was consumed. Clones share the sums.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Sums>);

#[derive(Debug, Default)]
struct Sums {
    // Units come in halves.
    half_read_units: AtomicU64,
    half_write_units: AtomicU64,
    calls: AtomicU64,
    attempts: AtomicU64,
    lost_micros: AtomicU64,
    whole: Option<Meter>,
}

/// Which kind of units a call consumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Units {
    Read,
    Write,
}

impl Meter {
    /// A meter for a part of what this one measures: it starts at nothing, and
    /// what it sums is summed here, too.
    #[must_use]
    pub fn part(&self) -> Self {
        Self(Arc::new(Sums {
            whole: Some(self.clone()),
            ..Sums::default()
        }))
    }

    /// Read request units.
    pub fn read_units(&self) -> f64 {
        halves(&self.0.half_read_units)
    }

    /// Write request units.
    pub fn write_units(&self) -> f64 {
        halves(&self.0.half_write_units)
    }

    /// Logical calls of the table.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// Calls including retries.
    pub fn attempts(&self) -> u64 {
        self.0.attempts.load(Ordering::Relaxed)
    }

    /// The time that attempts took which came to nothing, and the pauses behind
    /// them; of calls side by side it is summed.
    pub(crate) fn lost_time(&self) -> Duration {
        Duration::from_micros(self.0.lost_micros.load(Ordering::Relaxed))
    }

    pub(crate) fn lost(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.add(|sums| &sums.lost_micros, micros);
    }

    pub(crate) fn call(&self) {
        self.add(|sums| &sums.calls, 1);
    }

    pub(crate) fn attempt(&self) {
        self.add(|sums| &sums.attempts, 1);
    }

    fn add(&self, sum: fn(&Sums) -> &AtomicU64, amount: u64) {
        sum(&self.0).fetch_add(amount, Ordering::Relaxed);
        if let Some(whole) = &self.0.whole {
            whole.add(sum, amount);
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "units are small, non-negative multiples of a half"
    )]
    pub(crate) fn consumed<'a>(
        &self,
        units: Units,
        capacities: impl IntoIterator<Item = &'a ConsumedCapacity>,
    ) {
        let sum: f64 = capacities
            .into_iter()
            .filter_map(ConsumedCapacity::capacity_units)
            .sum();
        let halves = (sum * 2.0).round() as u64;
        match units {
            Units::Read => self.add(|sums| &sums.half_read_units, halves),
            Units::Write => self.add(|sums| &sums.half_write_units, halves),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a request consumes far less than 2^53 units"
)]
fn halves(sum: &AtomicU64) -> f64 {
    sum.load(Ordering::Relaxed) as f64 / 2.0
}
