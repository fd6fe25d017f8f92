//! The present during a request: it was told the time when it began.

use crate::record::n;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// What time it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    told: Timestamp,
    at: Instant,
}

impl Clock {
    pub(crate) fn told(now: Timestamp) -> Self {
        Self {
            told: now,
            at: Instant::now(),
        }
    }

    /// The present, to the millisecond: as fine as it is stored.
    pub(crate) fn timestamp(&self) -> Timestamp {
        Timestamp::from_millisecond(self.millis()).unwrap_or(self.told)
    }

    /// Milliseconds since 1970.
    pub(crate) fn millis(&self) -> i64 {
        let passed = i64::try_from(self.at.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.told.as_millisecond().saturating_add(passed)
    }

    pub(crate) fn millis_after(&self, time: Duration) -> i64 {
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.millis().saturating_add(time)
    }

    /// The present as an item holds it.
    pub(crate) fn now(&self) -> AttributeValue {
        n(self.millis())
    }
}
