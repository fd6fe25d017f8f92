//! The pepper ring a process works with, and how it learns of a newer one.

use auth::PepperRing;
use scim::{Cause, Error, ErrorKind, Result};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// The least time between two fetches that unknown peppers ask for: a key whose
/// pepper is lost must not make every request ask.
const REFRESH_PAUSE: Duration = Duration::from_secs(30);
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
    /// When an unknown pepper last made us ask; held while asking, so that a
    /// burst of requests asks once.
    asked: Mutex<Option<Instant>>,
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
            asked: Mutex::new(None),
        })
    }

    pub(crate) fn ring(&self) -> Arc<PepperRing> {
        // A ring is replaced whole, so a poisoned lock holds a good one.
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&ring)
    }

    /// A newer ring than `known`, which lacks a pepper that a key names; `None`
    /// when there is none to be had now.
    pub(crate) async fn newer_than(&self, known: &Arc<PepperRing>) -> Option<Arc<PepperRing>> {
        let mut asked = self.asked.lock().await;
        let ring = self.ring();
        if !Arc::ptr_eq(&ring, known) {
            return Some(ring);
        }
        if asked.is_some_and(|asked| asked.elapsed() < REFRESH_PAUSE) {
            return None;
        }
        *asked = Some(Instant::now());
        self.fetch().await.ok()
    }

    /// The ring as it is kept now: a new key must name the current pepper,
    /// or an older one could never be retired.
    pub(crate) async fn current(&self) -> Result<Arc<PepperRing>> {
        self.fetch().await.map_err(|cause| {
            Error::caused_by(
                ErrorKind::Unavailable,
                "the pepper ring cannot be read, so no key was made; try again later",
                cause,
            )
        })
    }

    async fn fetch(&self) -> std::result::Result<Arc<PepperRing>, Cause> {
        let fetched = timeout(PATIENCE, self.source.fetch())
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
                tracing::error!(pepper_refresh_failures = 1_u64, %cause, "the pepper ring could not be read again");
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
    use super::{Fetching, PepperSource, Peppers, REFRESH_PAUSE};
    use auth::PepperRing;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[derive(Debug, Clone, Default)]
    struct Counted(Arc<AtomicU32>);

    impl PepperSource for Counted {
        fn fetch(&self) -> Fetching<'_> {
            let n = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            Box::pin(async move { Ok(PepperRing::new(format!("p{n}"), [1; 32])) })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn unknown_peppers_ask_once_in_a_while() {
        let source = Counted::default();
        let fetched = || source.0.load(Ordering::Relaxed);
        let peppers = Arc::new(Peppers::load(source.clone()).await.unwrap());
        let first = peppers.ring();

        let burst = (0..20).map(|_| {
            let (peppers, known) = (Arc::clone(&peppers), Arc::clone(&first));
            tokio::spawn(async move { peppers.newer_than(&known).await.is_some() })
        });
        for answered in burst.collect::<Vec<_>>() {
            assert!(answered.await.unwrap());
        }
        assert_eq!(fetched(), 2);

        let second = peppers.ring();
        assert!(peppers.newer_than(&second).await.is_none());
        assert_eq!(fetched(), 2);
        tokio::time::advance(REFRESH_PAUSE).await;
        assert!(peppers.newer_than(&second).await.is_some());
        assert_eq!(fetched(), 3);

        // A new key always asks.
        peppers.current().await.unwrap();
        assert_eq!(fetched(), 4);
    }
}
