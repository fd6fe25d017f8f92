//! A table that fails, loses answers, throttles and is slow, by chance.

use crate::proof::invariants;
use fastrand::Rng;
use muster::embedded::{CallInfo, Embedded, Fault};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a transaction holds its items: long enough to overlap.
const HOLD: Duration = Duration::from_millis(2);
/// What a table may answer instead of doing anything.
const ERRORS: [&str; 4] = [
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
];

/// A table with faults that can be switched on.
#[derive(Debug, Clone)]
pub struct Faulty {
    /// The table as the server sees it.
    pub table: Embedded,
    sound: Embedded,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    on: AtomicBool,
    counts: [AtomicU64; 4],
    again: AtomicU64,
    tokens: Mutex<BTreeSet<String>>,
}

/// How much went wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Calls of the table.
    pub calls: u64,
    /// Errors instead of anything.
    pub errors: u64,
    /// Answers that were lost.
    pub lost: u64,
    /// Calls that were slow.
    pub slow: u64,
    /// Transactions that were sent again with their token.
    pub again: u64,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            errors: self.errors + other.errors,
            lost: self.lost + other.lost,
            slow: self.slow + other.slow,
            again: self.again + other.again,
        }
    }
}

impl Faulty {
    /// A new table; its faults are chosen by the seed, and switched off.
    pub fn new(seed: u64) -> Self {
        let sound = Embedded::memory().unwrap();
        let shared = Arc::new(Shared::default());
        let rng = Mutex::new(Rng::with_seed(seed));
        let of_hook = shared.clone();
        let hook = move |call: &CallInfo| of_hook.fault(call, &rng);
        let table = sound
            .clone()
            .with_conflicts(HOLD)
            .with_faults(Arc::new(hook));
        Self {
            table,
            sound,
            shared,
        }
    }

    /// Faults from now on.
    pub fn on(&self) {
        self.shared.on.store(true, Ordering::SeqCst);
    }

    /// What does not hold in a realm in which nobody works.
    pub async fn broken(&self, realm: &str) -> Vec<String> {
        invariants::broken(&self.sound, realm).await
    }

    /// How much went wrong.
    pub fn counts(&self) -> Counts {
        let [calls, errors, lost, slow] = &self.shared.counts;
        let of = |count: &AtomicU64| count.load(Ordering::SeqCst);
        Counts {
            calls: of(calls),
            errors: of(errors),
            lost: of(lost),
            slow: of(slow),
            again: of(&self.shared.again),
        }
    }
}

impl Shared {
    fn fault(&self, call: &CallInfo, rng: &Mutex<Rng>) -> Fault {
        if !self.on.load(Ordering::SeqCst) {
            return Fault::None;
        }
        self.count(0);
        if let Some(token) = &call.token {
            let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            if !tokens.insert(token.clone()) {
                self.again.fetch_add(1, Ordering::SeqCst);
            }
        }
        let mut rng = rng.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = match rng.u8(..100) {
            0 | 1 => Fault::ErrorBefore(ERRORS[rng.usize(..ERRORS.len())]),
            2 | 3 => Fault::LostAnswer,
            4..16 => Fault::Latency(Duration::from_millis(rng.u64(1..8))),
            _ => Fault::None,
        };
        match fault {
            Fault::ErrorBefore(_) => self.count(1),
            Fault::LostAnswer => self.count(2),
            Fault::Latency(_) => self.count(3),
            Fault::None | Fault::Conflict | Fault::LateAnswer(_) => {}
        }
        fault
    }

    fn count(&self, what: usize) {
        self.counts[what].fetch_add(1, Ordering::SeqCst);
    }
}
