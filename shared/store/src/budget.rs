//! How much one answer may read beside what is asked for by name.

use crate::failure::out_of_time;
use crate::meter::{Meter, Units};
use crate::realm::Realm;
use scim::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How much one answer may read beside what is asked for by name.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Read units: one is 4 KiB, strongly consistent.
    pub read_units: f64,
    /// What its filter may compare, in bytes of ASCII (`scim::filter::ResolvedFilter::cost`).
    pub compared: u64,
    /// Time.
    pub time: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        // 20 MiB.
        Self {
            read_units: 5_120.0,
            // A second or two of a processor.
            compared: 1 << 30,
            time: Duration::from_secs(5),
        }
    }
}

impl Budget {
    /// Half of it.
    #[must_use]
    pub fn half(self) -> Self {
        Self {
            read_units: self.read_units / 2.0,
            compared: self.compared / 2,
            time: self.time / 2,
        }
    }
}

/// A budget being spent: by walks, and by whatever else is read for the same answer.
///
/// The time in which the table did not answer, or refused for the moment, is not
/// counted: it says nothing of how much there is to read. Clones share what is left to compare.
#[derive(Debug, Clone)]
pub struct Spending {
    meter: Meter,
    units: f64,
    most: f64,
    /// What may still be compared.
    left: Arc<AtomicU64>,
    time: Duration,
    begun: Instant,
    /// What was lost before it began.
    lost: Duration,
    deadline: Instant,
}

impl Spending {
    /// The same units once more, in the time that is left.
    pub(crate) fn anew(&self) -> Self {
        Self {
            most: self.meter.read_units() + self.units,
            ..self.clone()
        }
    }

    /// Whether it is the time that is over.
    pub(crate) fn is_out_of_time(&self) -> bool {
        self.has_read_for_all_its_time() || Instant::now() >= self.deadline
    }

    fn has_read_for_all_its_time(&self) -> bool {
        let lost = self.meter.lost_time().saturating_sub(self.lost);
        self.begun.elapsed().saturating_sub(lost) >= self.time
    }

    /// Whether there is nothing left.
    pub fn is_used_up(&self) -> bool {
        self.meter.read_units() >= self.most || self.is_out_of_time() || self.has_compared_all()
    }

    fn has_compared_all(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// Takes what a comparison will cost.
    ///
    /// # Errors
    /// `TooMany` when there is not as much left.
    pub fn compare(&self, cost: u64) -> Result<()> {
        let take = |left: u64| left.checked_sub(cost);
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken.map(|_| ()).map_err(|_| {
            self.left.store(0, Ordering::Relaxed);
            Error::new(
                ErrorKind::TooMany,
                "the filter compares more text than one request may; use fewer comparisons, or narrow the \
                 search with `and` and an `eq` on id, userName, displayName, externalId or emails.value",
            )
        })
    }

    /// Whether there is anything left.
    ///
    /// # Errors
    /// `TooMany` when the budget is used up; `Unavailable` when only the request's
    /// own time is.
    pub fn check(&self) -> Result<()> {
        if !self.is_used_up() {
            return Ok(());
        }
        if self.meter.read_units() < self.most && !self.has_read_for_all_its_time() {
            return Err(out_of_time(Units::Read));
        }
        Err(Error::new(
            ErrorKind::TooMany,
            "the request needs to read more than one request may; filter with `eq` on id, \
             userName, displayName, externalId, emails.value or members, ask for fewer resources \
             with `count`, leave out `members` with `excludedAttributes`, or, without `sortBy`, walk \
             from page to page with `cursor`",
        ))
    }
}

impl Realm<'_> {
    /// Begins to spend a budget.
    pub fn spend(&self, budget: Budget) -> Spending {
        let meter = self.db.meter();
        Spending {
            meter: meter.clone(),
            units: budget.read_units,
            most: meter.read_units() + budget.read_units,
            left: Arc::new(AtomicU64::new(budget.compared)),
            time: budget.time,
            begun: Instant::now(),
            lost: meter.lost_time(),
            deadline: self.db.deadline(),
        }
    }
}
