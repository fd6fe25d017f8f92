//! What the doctor has made, so that all of it can be deleted and nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What could not be deleted, for somebody to delete by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// `Users` or `Groups`.
    pub endpoint: &'static str,
    /// The userName or displayName it was created with.
    pub name: String,
    /// Its id; none when the answer that held it never came.
    pub id: Option<String>,
    /// Why it is still there.
    pub reason: String,
}

/// A creation that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Creation {
    pub(super) endpoint: &'static str,
    pub(super) name: String,
    pub(super) state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Its answer did not come, or did not say what became of it.
    Unknown,
    /// It is there under this id.
    Made(String),
    /// It was refused, or has been deleted.
    Gone,
}

/// Clones share it: a check that is dropped half way leaves its creations here.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<BTreeMap<usize, Creation>>>);

impl Ledger {
    /// To be called before the creation is sent.
    pub(super) fn open(&self, endpoint: &'static str, name: &str) -> usize {
        let mut creations = self.lock();
        let number = creations.len();
        let creation = Creation {
            endpoint,
            name: name.to_owned(),
            state: State::Unknown,
        };
        creations.insert(number, creation);
        number
    }

    /// What became of a creation.
    pub(super) fn settle(&self, number: usize, state: State) {
        if let Some(creation) = self.lock().get_mut(&number) {
            creation.state = state;
        }
    }

    /// A resource has been deleted.
    pub(super) fn strike(&self, endpoint: &str, id: &str) {
        for creation in self.lock().values_mut() {
            if creation.endpoint == endpoint
                && matches!(&creation.state, State::Made(known) if known == id)
            {
                creation.state = State::Gone;
            }
        }
    }

    /// A resource whose deletion was answered is there all the same.
    pub(super) fn restore(&self, endpoint: &'static str, name: &str, id: &str) {
        let number = self.open(endpoint, name);
        self.settle(number, State::Made(id.to_owned()));
    }

    /// What may be there still.
    pub(super) fn outstanding(&self) -> Vec<Creation> {
        let creations = self.lock();
        let there = creations
            .values()
            .filter(|creation| creation.state != State::Gone);
        there.cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Creation>> {
        // No code that holds it can panic half way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
