//! The table failing under the server: answers lost after the write, errors
//! before it, reads that fail once, no answer within the deadline. What a
//! client is told is what is stored. Here is the table that fails as planned.

mod directory;
mod members;
mod moments;

use muster::embedded::{CallInfo, Embedded, Fault};
use muster_tests::{Realm, Server};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const WRITE: &str = "TransactWriteItems";
const READS: [&str; 3] = ["GetItem", "BatchGetItem", "Query"];
const REFUSALS: [&str; 3] = [
    "ProvisionedThroughputExceededException",
    "InternalServerError",
    "ThrottlingException",
];

type Plan = Box<dyn FnMut(&CallInfo) -> Fault + Send>;

/// A server over a table that fails as planned, and what was asked of the table.
struct Faulty {
    server: Server,
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    plan: Option<Plan>,
    fired: usize,
    calls: Vec<CallInfo>,
}

impl Faulty {
    fn new(budget: Duration) -> Self {
        let desk: Arc<Mutex<Desk>> = Arc::default();
        let asked = Arc::clone(&desk);
        let hook = move |call: &CallInfo| {
            let mut desk = asked.lock().unwrap();
            desk.calls.push(call.clone());
            let fault = desk.plan.as_mut().map_or(Fault::None, |plan| plan(call));
            desk.fired += usize::from(fault != Fault::None);
            fault
        };
        let embedded = Embedded::memory().unwrap().with_faults(Arc::new(hook));
        Self {
            server: crate::patient(embedded, budget),
            desk,
        }
    }

    /// One whose requests have all the time a busy machine needs.
    fn patient() -> Self {
        Self::new(Duration::from_secs(100))
    }

    async fn realm(&self, name: &str) -> Realm {
        Realm::create(&self.server, name).await
    }

    fn plan(&self, plan: Plan) {
        *self.desk.lock().unwrap() = Desk {
            plan: Some(plan),
            ..Desk::default()
        };
    }

    /// No more faults; how many there were, and the calls since they were planned.
    fn calm(&self) -> (usize, Vec<CallInfo>) {
        let desk = std::mem::take(&mut *self.desk.lock().unwrap());
        (desk.fired, desk.calls)
    }
}

/// The fault at the n-th call of `operation`.
fn nth(operation: &'static str, n: usize, fault: Fault) -> Plan {
    let mut seen = 0;
    Box::new(move |call| {
        seen += usize::from(call.operation == operation);
        if call.operation == operation && seen == n {
            fault
        } else {
            Fault::None
        }
    })
}

/// The fault at every call of `operation` but the first so many.
fn after(operation: &'static str, good: usize, fault: Fault) -> Plan {
    let mut seen = 0;
    Box::new(move |call| {
        seen += usize::from(call.operation == operation);
        if call.operation == operation && seen > good {
            fault
        } else {
            Fault::None
        }
    })
}

/// The fault at every call of these operations.
fn every(operations: &'static [&'static str], fault: Fault) -> Plan {
    Box::new(move |call| {
        let struck = operations.contains(&call.operation.as_str());
        if struck { fault } else { Fault::None }
    })
}

/// Every read fails when it is first tried, and again after it has succeeded.
fn reads_fail_once() -> Plan {
    let mut failed = HashSet::new();
    Box::new(move |call| {
        let read = format!("{call:?}");
        if !READS.contains(&call.operation.as_str()) || failed.remove(&read) {
            return Fault::None;
        }
        failed.insert(read);
        Fault::ErrorBefore("InternalServerError")
    })
}
