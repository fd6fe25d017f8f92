//! The pepper ring a process works with, and how it learns of a newer one.

use auth::PepperRing;
use scim::{Cause, Error, ErrorKind, Result};
use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

/// The least time between two fetches that the same unknown pepper asks for: a key
/// whose pepper is lost must not make every request ask.
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
    /// Who may not make us ask again yet; held while asking, so that a burst of
    /// requests asks once, and no older ring replaces a newer one.
    pauses: Mutex<HashMap<Asker, Pause>>,
}

/// What names a pepper that the ring lacks. Each has a pause of its own, so that
/// none makes another wait.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asker {
    /// The table's keys of this pepper: they are ours, and name few.
    Keys(String),
    /// All texts that clients send: they may name anything.
    Texts,
}

/// Until when, and what came of asking.
#[derive(Debug, Clone, Copy)]
struct Pause {
    until: Instant,
    after: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Answered,
    Failed,
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
            pauses: Mutex::default(),
        })
    }

    pub(crate) fn ring(&self) -> Arc<PepperRing> {
        // A ring is replaced whole, so a poisoned lock holds a good one.
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&ring)
    }

    /// The ring with the pepper that a key of the table names; `None` when the
    /// source has lost it.
    ///
    /// # Errors
    /// `Unavailable` when the source does not answer: whether the key is good
    /// cannot be told.
    pub(crate) async fn of_key(
        &self,
        pepper: &str,
        deadline: Instant,
    ) -> Result<Option<Arc<PepperRing>>> {
        let asker = Asker::Keys(pepper.to_owned());
        self.holding(pepper, asker, deadline).await
    }

    /// The same for a text that a client has sent; `None` also when another has
    /// asked a moment ago.
    ///
    /// # Errors
    /// `Unavailable`, in the same way.
    pub(crate) async fn of_text(
        &self,
        pepper: &str,
        deadline: Instant,
    ) -> Result<Option<Arc<PepperRing>>> {
        self.holding(pepper, Asker::Texts, deadline).await
    }

    async fn holding(
        &self,
        pepper: &str,
        asker: Asker,
        deadline: Instant,
    ) -> Result<Option<Arc<PepperRing>>> {
        let holds = |ring: &Arc<PepperRing>| ring.ids().any(|id| id == pepper);
        let mut pauses = self.pauses.lock().await;
        // Somebody else has asked meanwhile.
        let ring = self.ring();
        if holds(&ring) {
            return Ok(Some(ring));
        }
        let now = Instant::now();
        pauses.retain(|_, pause| now < pause.until);
        match pauses.get(&asker).map(|pause| pause.after) {
            Some(Asked::Answered) => return Ok(None),
            Some(Asked::Failed) => return Err(unchecked("the pepper ring was not read before")),
            None => {}
        }
        let fetched = self.fetch(deadline).await;
        let (pause, after) = match fetched {
            Ok(_) => (REFRESH_PAUSE, Asked::Answered),
            Err(_) => (FAILURE_PAUSE, Asked::Failed),
        };
        let until = Instant::now() + pause;
        pauses.insert(asker, Pause { until, after });
        fetched
            .map(|ring| Some(ring).filter(holds))
            .map_err(unchecked)
    }

    /// The ring as it is kept now: a new key must name the current pepper,
    /// or an older one could never be retired.
    ///
    /// # Errors
    /// `Unavailable` when the source does not answer.
    pub(crate) async fn current(&self, deadline: Instant) -> Result<Arc<PepperRing>> {
        let _alone = self.pauses.lock().await;
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

fn unchecked(cause: impl Into<Cause>) -> Error {
    let detail = "the credentials cannot be checked now; repeat the request later";
    Error::caused_by(ErrorKind::Unavailable, detail, cause)
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

    /// Whether a key of that pepper finds it.
    async fn of_key(peppers: &Peppers, pepper: &str) -> Result<bool, ErrorKind> {
        let ring = peppers.of_key(pepper, soon()).await;
        ring.map(|ring| ring.is_some()).map_err(|e| e.kind())
    }

    /// Whether a client's text does.
    async fn of_text(peppers: &Peppers, pepper: &str) -> Result<bool, ErrorKind> {
        let ring = peppers.of_text(pepper, soon()).await;
        ring.map(|ring| ring.is_some()).map_err(|e| e.kind())
    }

    #[tokio::test(start_paused = true)]
    async fn unknown_peppers_ask_once_in_a_while() {
        let source = Counted::default();
        let fetched = || source.fetched.load(Ordering::Relaxed);
        let peppers = Arc::new(Peppers::load(source.clone()).await.unwrap());

        let burst = (0..20).map(|_| {
            let peppers = Arc::clone(&peppers);
            tokio::spawn(async move { of_key(&peppers, "p2").await })
        });
        for answered in burst.collect::<Vec<_>>() {
            assert_eq!(answered.await.unwrap(), Ok(true));
        }
        assert_eq!(fetched(), 2);

        // The third ring is "p3" alone: what is lost asks once, and is lost meanwhile.
        for _ in 0..3 {
            assert_eq!(of_key(&peppers, "lost").await, Ok(false));
        }
        assert_eq!(fetched(), 3);
        tokio::time::advance(REFRESH_PAUSE).await;
        assert_eq!(of_key(&peppers, "lost").await, Ok(false));
        assert_eq!(fetched(), 4);

        // A new key always asks.
        peppers.current(soon()).await.unwrap();
        assert_eq!(fetched(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_makes_a_good_key_wait() {
        let source = Counted::default();
        let fetched = || source.fetched.load(Ordering::Relaxed);
        let peppers = Peppers::load(source.clone()).await.unwrap();
        // A cursor that somebody has made up, and a key whose pepper is lost.
        for made_up in ["p9", "p8", "p7"] {
            assert_eq!(of_text(&peppers, made_up).await, Ok(false));
        }
        assert_eq!(fetched(), 2, "texts share their pause");
        assert_eq!(of_key(&peppers, "p0").await, Ok(false));
        assert_eq!(fetched(), 3);
        // Rotated in another process: "p4" is there when it is asked for.
        assert_eq!(of_key(&peppers, "p4").await, Ok(true));
        assert_eq!(of_text(&peppers, "p4").await, Ok(true), "without asking");
        assert_eq!(fetched(), 4);
        tokio::time::advance(REFRESH_PAUSE).await;
        assert_eq!(of_text(&peppers, "p5").await, Ok(true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_is_away_is_asked_again_soon() {
        let source = Counted::default();
        let fetched = || source.fetched.load(Ordering::Relaxed);
        let peppers = Peppers::load(source.clone()).await.unwrap();
        source.fails.store(true, Ordering::Relaxed);
        // A key that cannot be judged is not refused, whether it asks itself or not.
        for _ in 0..2 {
            assert_eq!(of_key(&peppers, "p3").await, Err(ErrorKind::Unavailable));
        }
        assert_eq!(fetched(), 2);
        source.fails.store(false, Ordering::Relaxed);
        tokio::time::advance(FAILURE_PAUSE).await;
        assert_eq!(of_key(&peppers, "p3").await, Ok(true));
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
        peppers.of_key("p2", deadline).await.unwrap_err();
        assert!(begun.elapsed() <= Duration::from_millis(1_100));
    }
}
