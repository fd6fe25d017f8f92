//! How many requests a second a realm may send, where its operator has set a
//! limit: a token bucket in the process. Best effort: each process that serves
//! the realm has its own.

use crate::bucket::{Buckets, Rate};
use auth::RealmName;
use scim::{Error, ErrorKind, Result};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What a client may send at once at least: Entra ID asks for 25 requests a second.
const LEAST_BURST: u32 = 25;

/// The buckets of a process.
#[derive(Debug, Default)]
pub(crate) struct Rates(Mutex<Buckets>);

impl Rates {
    /// Takes one request of the realm's as soon as there is one left, until then.
    ///
    /// # Errors
    /// `TooManyRequests` when there is none in that time.
    pub(crate) async fn wait(&self, realm: &RealmName, rate: u32, until: Instant) -> Result<()> {
        loop {
            let now = Instant::now();
            let next = now + in_a_second(rate).every;
            match self.admit(realm, rate, now) {
                Err(_) if next < until => sleep_until(next).await,
                admitted => return admitted,
            }
        }
    }

    /// Takes one request of the realm's.
    ///
    /// # Errors
    /// `TooManyRequests` when it has none left.
    pub(crate) fn admit(&self, realm: &RealmName, rate: u32, now: Instant) -> Result<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = kept.of(realm.as_str(), now);
        if bucket.take(in_a_second(rate), now).is_some() {
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

fn in_a_second(rate: u32) -> Rate {
    Rate {
        burst: rate.max(LEAST_BURST),
        every: Duration::from_secs(1) / rate.max(1),
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
    use super::Rates;
    use crate::bucket::NAMES;
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
        for n in 0..3 * NAMES {
            let realm = format!("r{n}").parse().unwrap();
            assert!(rates.admit(&realm, 25, now).is_ok());
        }
        assert!(rates.0.lock().unwrap().len() <= NAMES);
    }
}
