//! What each request of a realm has used, counted when it is answered.

use crate::respond::Reply;
use crate::service::Service;
use auth::Caller;
use jiff::Timestamp;
use scim::{Error, Result};
use std::time::Duration;
use store::{Flush, Meter, Outcome};
use tokio::time::{Instant, timeout};

/// How long an answer waits while usage is written; the writing goes on.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long the writing may take.
const WRITING: Duration = Duration::from_secs(5);

/// Counts a request of a proven caller; one in a minute writes what was counted.
pub(crate) async fn count(
    service: &Service,
    proven: Option<&Caller>,
    operation: &'static str,
    outcome: &Result<Reply>,
    meter: &Meter,
    now: Timestamp,
) {
    let Some(caller) = proven else {
        return;
    };
    let outcome = match outcome {
        Ok(_) => Outcome::Accepted,
        Err(_) => Outcome::Refused,
    };
    let store = &service.store;
    if store.count_usage(caller, operation, outcome, meter, now) == Flush::NotYet {
        return;
    }
    let (store, caller) = (store.clone(), caller.clone());
    let writing = tokio::spawn(async move {
        let written = store
            .flush_usage(caller.realm(), caller.salt(), now, Instant::now() + WRITING)
            .await;
        if let Err(error) = written {
            not_written(&error);
        }
    });
    let _ = timeout(PATIENCE, writing).await;
}

impl Service {
    /// Writes what this process has counted and not written yet: before it
    /// ends, and from time to time where it may be idle.
    pub async fn flush(&self) {
        let now = crate::source::now();
        let until = Instant::now() + WRITING;
        if let Err(error) = self.store.flush_all_usage(now, until).await {
            not_written(&error);
        }
    }
}

fn not_written(error: &Error) {
    tracing::warn!(kind = ?error.kind(), cause = error.cause().map(tracing::field::display), "usage was not written; it is kept for the next time");
}
