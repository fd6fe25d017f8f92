//! The pepper ring a process works with, and how it learns of a newer one.

use auth::PepperRing;
use scim::{Cause, Error, ErrorKind, Result};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

/// The least time between two fetches that unknown peppers ask for: a key whose
/// pepper is lost must not make every request ask.
const REFRESH_PAUSE: Duration = Duration::from_secs(30);
/// The same after a fetch that failed.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);
/// How long a request waits for a newer ring.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the ring is kept.
pub trait PepperSource: fmt::Debug + Send + Sync {
    /// The ring as it is kept now.
    fn fetch(&self) -> Fetching<'_>;
}

/// A fetch under way.
pub type Fetching<'a> =
    Pin<Box<dyn Future<Output = std::result::Result<PepperRing, Cause>> + Send + 'a>>;

/// The ring, and its source.
#[derive(Debug)]
pub struct Peppers {
    ring: RwLock<Arc<PepperRing>>,
    source: Box<dyn PepperSource>,
    /// When an unknown pepper may make us ask again; held while asking, so that
    /// a burst of requests asks once, and no older ring replaces a newer one.
    ask_again: Mutex<Option<Instant>>,
}

impl Peppers {
    /// The ring as the source keeps it now.
    ///
    /// # Errors
    /// The source's.
    pub async fn load(source: impl PepperSource + 'static) -> std::result::Result<Self, Cause> {
        let ring = source.fetch().await?;
        Ok(Self {
            ring: RwLock::new(Arc::new(ring)),
            source: Box::new(source),
            ask_again: Mutex::new(None),
        })
    }

    pub(crate) fn ring(&self) -> Arc<PepperRing> {
        // A ring is replaced whole, so a poisoned lock holds a good one.
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&ring)
    }

    /// A newer ring than `known`, which lacks a pepper that a key names; `None`
    /// when that was asked a moment ago.
    ///
    /// # Errors
    /// `Unavailable` when the source does not answer: whether the key is good
    /// cannot be told.
    pub(crate) async fn newer_than(
        &self,
        known: &Arc<PepperRing>,
        deadline: Instant,
    ) -> Result<Option<Arc<PepperRing>>> {
        let mut ask_again = self.ask_again.lock().await;
        let ring = self.ring();
        if !Arc::ptr_eq(&ring, known) {
            return Ok(Some(ring));
        }
        if ask_again.is_some_and(|moment| Instant::now() < moment) {
            return Ok(None);
        }
        let fetched = self.fetch(deadline).await;
        let pause = if fetched.is_ok() {
            REFRESH_PAUSE
        } else {
            FAILURE_PAUSE
        };
        *ask_again = Some(Instant::now() + pause);
        fetched.map(Some).map_err(|cause| {
            let detail = "the credentials cannot be checked now; repeat the request later";
            Error::caused_by(ErrorKind::Unavailable, detail, cause)
        })
    }

    /// The ring as it is kept now: a new key must name the current pepper,
    /// or an older one could never be retired.
    ///
    /// # Errors
    /// `Unavailable` when the source does not answer.
    pub(crate) async fn current(&self, deadline: Instant) -> Result<Arc<PepperRing>> {
        let _alone = self.ask_again.lock().await;
        self.fetch(deadline).await.map_err(|cause| {
            let detail =
                "the pepper ring cannot be read, so no key was made; repeat the request later";
            Error::caused_by(ErrorKind::Unavailable, detail, cause)
        })
    }

    async fn fetch(&self, deadline: Instant) -> std::result::Result<Arc<PepperRing>, Cause> {
        let until = deadline.min(Instant::now() + PATIENCE);
        let fetched = timeout_at(until, self.source.fetch())
            .await
            .unwrap_or_else(|_| Err("the pepper ring was not read in time".into()));
        match fetched {
            Ok(ring) => {
                let ring = Arc::new(ring);
                let mut held = self.ring.write().unwrap_or_else(PoisonError::into_inner);
                *held = Arc::clone(&ring);
                Ok(ring)
            }
            Err(cause) => {
                tracing::error!(
                    pepper_refresh_failures = 1_u64,
                    %cause,
                    "the pepper ring could not be read again"
                );
                Err(cause)
            }
        }
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
    use super::{FAILURE_PAUSE, Fetching, PepperSource, Peppers, REFRESH_PAUSE};
    use auth::PepperRing;
    use scim::ErrorKind;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::time::Duration;
    use tokio::time::Instant;

    #[derive(Debug, Clone, Default)]
    struct Counted {
        fetched: Arc<AtomicU32>,
        fails: Arc<AtomicBool>,
    }

    impl PepperSource for Counted {
        fn fetch(&self) -> Fetching<'_> {
            let n = self.fetched.fetch_add(1, Ordering::Relaxed) + 1;
            let fails = self.fails.load(Ordering::Relaxed);
            Box::pin(async move {
                if fails {
                    return Err("away".into());
                }
                Ok(PepperRing::new(format!("p{n}"), [1; 32]))
            })
        }
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(25)
    }

    #[tokio::test(start_paused = true)]
    async fn unknown_peppers_ask_once_in_a_while() {
        let source = Counted::default();
        let fetched = || source.fetched.load(Ordering::Relaxed);
        let peppers = Arc::new(Peppers::load(source.clone()).await.unwrap());
        let first = peppers.ring();

        let burst = (0..20).map(|_| {
            let (peppers, known) = (Arc::clone(&peppers), Arc::clone(&first));
            tokio::spawn(async move { peppers.newer_than(&known, soon()).await.unwrap().is_some() })
        });
        for answered in burst.collect::<Vec<_>>() {
            assert!(answered.await.unwrap());
        }
        assert_eq!(fetched(), 2);

        let second = peppers.ring();
        assert!(peppers.newer_than(&second, soon()).await.unwrap().is_none());
        assert_eq!(fetched(), 2);
        tokio::time::advance(REFRESH_PAUSE).await;
        assert!(peppers.newer_than(&second, soon()).await.unwrap().is_some());
        assert_eq!(fetched(), 3);

        // A new key always asks.
        peppers.current(soon()).await.unwrap();
        assert_eq!(fetched(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_is_away_is_asked_again_soon() {
        let source = Counted::default();
        let peppers = Peppers::load(source.clone()).await.unwrap();
        let known = peppers.ring();
        source.fails.store(true, Ordering::Relaxed);
        let refused = peppers.newer_than(&known, soon()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unavailable);
        source.fails.store(false, Ordering::Relaxed);
        tokio::time::advance(FAILURE_PAUSE).await;
        let newer = peppers.newer_than(&known, soon()).await.unwrap();
        assert!(newer.is_some());
    }

    #[derive(Debug)]
    struct Silent(AtomicBool);

    impl PepperSource for Silent {
        fn fetch(&self) -> Fetching<'_> {
            let first = !self.0.swap(true, Ordering::Relaxed);
            Box::pin(async move {
                if !first {
                    std::future::pending::<()>().await;
                }
                Ok(PepperRing::new("p1", [1; 32]))
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_no_longer_than_it_has() {
        let peppers = Peppers::load(Silent(AtomicBool::new(false))).await.unwrap();
        let begun = Instant::now();
        let deadline = begun + Duration::from_secs(1);
        let known = peppers.ring();
        peppers.newer_than(&known, deadline).await.unwrap_err();
        assert!(begun.elapsed() <= Duration::from_millis(1_100));
    }
}
