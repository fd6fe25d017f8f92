//! The record of the table's calls, one request at a time.

use muster::embedded::{CallInfo, Embedded};
use std::sync::{Arc, Mutex, PoisonError};

/// A record that is taken request by request.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<CallInfo>>>);

impl Log {
    /// A new table in memory that records its calls here.
    pub fn table(&self) -> Embedded {
        self.of(Embedded::memory().unwrap())
    }

    /// The table with its calls recorded here.
    pub fn of(&self, table: Embedded) -> Embedded {
        let log = self.clone();
        let tell = move |call: &CallInfo| {
            let mut calls = log.0.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push(call.clone());
        };
        table.with_log(Arc::new(tell))
    }

    /// What was called since it was taken last.
    pub fn take(&self) -> Vec<CallInfo> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
