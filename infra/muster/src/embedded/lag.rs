//! Copies that lag behind: a read that is not asked to be consistent may miss
//! what has just been put. The database library has one copy alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::call::{CallInfo, ItemKey, PARTITION, SORT};
use super::engine::Answer;

/// What was put lately.
#[derive(Debug, Clone)]
pub(super) struct Lag {
    by: Duration,
    put: Arc<Mutex<HashMap<ItemKey, Instant>>>,
}

impl Lag {
    pub(super) fn new(by: Duration) -> Self {
        Self {
            by,
            put: Arc::default(),
        }
    }

    /// What a call is answered that would be answered so without a lag.
    pub(super) fn answer(&self, call: &CallInfo, body: &[u8], answer: Answer) -> Answer {
        if answer.status != 200 {
            return answer;
        }
        match call.operation.as_str() {
            "TransactWriteItems" | "PutItem" => self.note(call),
            "GetItem" | "BatchGetItem" if !is_consistent(body) => {
                return self.without(answer, call);
            }
            _ => {}
        }
        answer
    }

    fn note(&self, call: &CallInfo) {
        let now = Instant::now();
        let mut put = self.put.lock().unwrap_or_else(PoisonError::into_inner);
        let puts = call.keys.iter().zip(&call.actions);
        put.extend(
            puts.filter(|(_, action)| *action == "PutItem")
                .map(|(key, _)| (key.clone(), now)),
        );
    }

    fn without(&self, answer: Answer, call: &CallInfo) -> Answer {
        let Ok(mut body) = serde_json::from_str::<Value>(&answer.body) else {
            return answer;
        };
        if let Some(answer) = body.as_object_mut()
            && call.keys.iter().any(|key| self.hides(key))
        {
            answer.remove("Item");
        }
        let tables = body.get_mut("Responses").and_then(Value::as_object_mut);
        for (table, items) in tables.into_iter().flatten() {
            if let Some(items) = items.as_array_mut() {
                items.retain(|item| !key(table, item).is_some_and(|key| self.hides(&key)));
            }
        }
        Answer {
            body: body.to_string(),
            ..answer
        }
    }

    fn hides(&self, key: &ItemKey) -> bool {
        let put = self.put.lock().unwrap_or_else(PoisonError::into_inner);
        put.get(key).is_some_and(|at| at.elapsed() < self.by)
    }
}

/// Whether a GetItem or BatchGetItem asks to see every write before it.
fn is_consistent(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let tables = body.get("RequestItems").and_then(Value::as_object);
    let mut requests = tables.into_iter().flat_map(|tables| tables.values());
    let says = |request: &Value| request.get("ConsistentRead") == Some(&Value::Bool(true));
    says(&body) || requests.any(says)
}

fn key(table: &str, item: &Value) -> Option<ItemKey> {
    let text = |name| Some(item.get(name)?.get("S")?.as_str()?.to_owned());
    Some(ItemKey {
        table: table.to_owned(),
        pk: text(PARTITION)?,
        sk: text(SORT),
    })
}
