//! How many requests a second a realm may send, where its operator has set a
//! limit: a token bucket in the process. Best effort: each process that serves
//! the realm has its own.

use auth::RealmName;
use scim::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// What a client may send at once at least: Entra ID asks for 25 requests a second.
const LEAST_BURST: u32 = 25;
/// Of how many realms buckets are kept. A bucket that is left out is a full one.
const KEPT: usize = 1_000;

/// The buckets of a process.
#[derive(Debug, Default)]
pub(crate) struct Rates(Mutex<HashMap<RealmName, Bucket>>);

/// How many requests a realm may still send.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Rates {
    /// Takes one request of the realm's.
    ///
    /// # Errors
    /// `TooManyRequests` when it has none left.
    pub(crate) fn admit(&self, realm: &RealmName, rate: u32, now: Instant) -> Result<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT && !kept.contains_key(realm) {
            kept.clear();
        }
        let bucket = kept.entry(realm.clone()).or_insert(Bucket::full(rate, now));
        if bucket.take(rate, now) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TooManyRequests,
            format!(
                "realm `{realm}` may send {rate} requests a second and has sent more; send this \
                 one again after a second, or ask the operator of this service to raise \
                 `limits.requestsPerSecond`"
            ),
        ))
    }
}

impl Bucket {
    fn full(rate: u32, now: Instant) -> Self {
        Self {
            left: f64::from(rate.max(LEAST_BURST)),
            at: now,
        }
    }

    /// Takes one of what is left and of what has come since: the rate may have
    /// been changed meanwhile.
    fn take(&mut self, rate: u32, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        let most = f64::from(rate.max(LEAST_BURST));
        self.left = (self.left + passed * f64::from(rate)).min(most);
        self.at = self.at.max(now);
        let some = self.left >= 1.0;
        if some {
            self.left -= 1.0;
        }
        some
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]
    use super::{KEPT, Rates};
    use std::time::Duration;
    use tokio::time::Instant;

    /// Of so many requests that come at these milliseconds, how many are let in.
    #[track_caller]
    fn check(rows: &[(u64, u32, usize, usize)]) {
        let (rates, begin) = (Rates::default(), Instant::now());
        let realm = "acme".parse().unwrap();
        for (at, rate, sent, expected) in rows {
            let now = begin + Duration::from_millis(*at);
            let admitted = (0..*sent)
                .filter(|_| rates.admit(&realm, *rate, now).is_ok())
                .count();
            assert_eq!(
                admitted, *expected,
                "{sent} at {at} ms with {rate} a second"
            );
        }
    }

    #[test]
    fn a_second_may_be_sent_at_once_and_then_the_rate() {
        check(&[(0, 25, 100, 25), (40, 25, 10, 1), (1_040, 25, 100, 25)]);
        check(&[
            (0, 100, 1_000, 100),
            (10, 100, 5, 1),
            (60_000, 100, 500, 100),
        ]);
        // Never less than Entra ID asks for.
        check(&[(0, 1, 100, 25), (1_000, 1, 100, 1)]);
    }

    #[test]
    fn a_rate_that_is_raised_acts_at_once() {
        check(&[
            (0, 25, 100, 25),
            (100, 100, 100, 10),
            (1_100, 100, 200, 100),
        ]);
    }

    #[test]
    fn realms_do_not_share_and_memory_is_bounded() {
        let (rates, now) = (Rates::default(), Instant::now());
        for n in 0..3 * KEPT {
            let realm = format!("r{n}").parse().unwrap();
            assert!(rates.admit(&realm, 25, now).is_ok());
        }
        assert!(rates.0.lock().unwrap().len() <= KEPT);
    }
}
