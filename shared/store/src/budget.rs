//! How much one answer may read beside what is asked for by name.

use crate::meter::Meter;
use crate::realm::Realm;
use scim::{Error, ErrorKind, Result};
use std::time::Duration;
use tokio::time::Instant;

/// How much one answer may read beside what is asked for by name.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Read units: one is 4 KiB, strongly consistent.
    pub read_units: f64,
    /// Time.
    pub time: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        // 20 MiB.
        Self {
            read_units: 5_120.0,
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
            time: self.time / 2,
        }
    }
}

/// A budget being spent: by walks, and by whatever else is read for the same answer.
#[derive(Debug, Clone)]
pub struct Spending {
    meter: Meter,
    units: f64,
    most: f64,
    until: Instant,
}

impl Spending {
    fn new(meter: &Meter, units: f64, until: Instant) -> Self {
        Self {
            meter: meter.clone(),
            units,
            most: meter.read_units() + units,
            until,
        }
    }

    /// The same units once more, in the time that is left.
    pub(crate) fn anew(&self) -> Self {
        Self::new(&self.meter, self.units, self.until)
    }

    /// Whether it is the time that is over.
    pub(crate) fn is_out_of_time(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Whether there is nothing left.
    pub fn is_used_up(&self) -> bool {
        self.meter.read_units() >= self.most || self.is_out_of_time()
    }

    /// Whether there is anything left.
    ///
    /// # Errors
    /// `TooMany` when the budget is used up.
    pub fn check(&self) -> Result<()> {
        if !self.is_used_up() {
            return Ok(());
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
        let until = (Instant::now() + budget.time).min(self.db.deadline());
        Spending::new(self.db.meter(), budget.read_units, until)
    }
}
