//! Items held in flight, so that overlapping calls meet as they do on AWS: the
//! database library executes one call after the other and would never answer
//! a conflict.
//!
//! The rules ("Transaction conflict handling" in the DynamoDB Developer Guide):
//! a TransactWriteItems or TransactGetItems that names an item of an ongoing
//! TransactWriteItems is cancelled with a reason per item; a PutItem,
//! UpdateItem or DeleteItem of such an item gets TransactionConflictException;
//! plain reads see the item as it was. A second TransactWriteItems with the
//! token of one in flight gets TransactionInProgressException. BatchWriteItem
//! is left alone: Muster only deletes by it, what is left of a realm that is
//! being deleted, and looks again until nothing is.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::call::{CallInfo, ItemKey};
use super::engine::Answer;

const REASON: &str = "Transaction is ongoing for the item";

/// The items and tokens of the transactions under way.
#[derive(Clone)]
pub(super) struct InFlight {
    hold: Duration,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    keys: HashSet<ItemKey>,
    tokens: HashSet<String>,
}

/// How a call meets the ones in flight.
pub(super) enum Meeting {
    /// It may run at once.
    Free,
    /// It is a transaction: it runs after the hold, and its items are free
    /// again when the ticket is dropped.
    Holds(Ticket),
    /// It meets another one.
    Refused(Answer),
}

/// The hold of one transaction on its items.
pub(super) struct Ticket {
    pub(super) hold: Duration,
    held: Arc<Mutex<Held>>,
    keys: Vec<ItemKey>,
    token: Option<String>,
}

impl InFlight {
    pub(super) fn new(hold: Duration) -> Self {
        Self {
            hold,
            held: Arc::default(),
        }
    }

    pub(super) fn enter(&self, call: &CallInfo) -> Meeting {
        let mut held = locked(&self.held);
        match call.operation.as_str() {
            "TransactWriteItems" => {
                if call
                    .token
                    .as_ref()
                    .is_some_and(|token| held.tokens.contains(token))
                {
                    return Meeting::Refused(in_progress());
                }
                if held.meets(call) {
                    return Meeting::Refused(cancelled(call, |key| held.keys.contains(key)));
                }
                held.keys.extend(call.keys.iter().cloned());
                held.tokens.extend(call.token.iter().cloned());
                Meeting::Holds(Ticket {
                    hold: self.hold,
                    held: Arc::clone(&self.held),
                    keys: call.keys.clone(),
                    token: call.token.clone(),
                })
            }
            "TransactGetItems" if held.meets(call) => {
                Meeting::Refused(cancelled(call, |key| held.keys.contains(key)))
            }
            "PutItem" | "UpdateItem" | "DeleteItem" if held.meets(call) => {
                Meeting::Refused(single())
            }
            _ => Meeting::Free,
        }
    }
}

impl Held {
    fn meets(&self, call: &CallInfo) -> bool {
        call.keys.iter().any(|key| self.keys.contains(key))
    }
}

/// The answer to a call that meets a transaction under way on its first item;
/// `None` for one that meets none.
pub(super) fn refusal(call: &CallInfo) -> Option<Answer> {
    match call.operation.as_str() {
        "TransactWriteItems" | "TransactGetItems" => {
            let first = call.keys.first();
            Some(cancelled(call, |key| Some(key) == first))
        }
        "PutItem" | "UpdateItem" | "DeleteItem" => Some(single()),
        _ => None,
    }
}

/// The cancellation, its reasons aligned to the transaction's items.
fn cancelled(call: &CallInfo, is_held: impl Fn(&ItemKey) -> bool) -> Answer {
    let codes: Vec<&str> = call
        .keys
        .iter()
        .map(|key| {
            if is_held(key) {
                "TransactionConflict"
            } else {
                "None"
            }
        })
        .collect();
    let reasons: Vec<_> = codes
        .iter()
        .map(|code| match *code {
            "None" => json!({ "Code": code }),
            _ => json!({ "Code": code, "Message": REASON }),
        })
        .collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": message,
        "CancellationReasons": reasons,
    });
    Answer {
        status: 400,
        body: body.to_string(),
    }
}

fn single() -> Answer {
    Answer::error("TransactionConflictException", REASON)
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut held = locked(&self.held);
        for key in &self.keys {
            held.keys.remove(key);
        }
        if let Some(token) = &self.token {
            held.tokens.remove(token);
        }
    }
}

fn in_progress() -> Answer {
    Answer::error(
        "TransactionInProgressException",
        "The transaction with the given request token is already in progress.",
    )
}

fn locked(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    // Nothing panics while it is held, and its sets are whole at every moment.
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
