//! How much a transaction comes to: DynamoDB refuses one whose items are more
//! than 4 MB together, also by what is stored and not sent. The library counts
//! what is sent alone.

use serde_json::{Value, json};

use super::call::{CallInfo, PARTITION, SORT};
use super::engine::{Answer, Engine};

const MOST: usize = 4 * 1024 * 1024;

/// The answer to a transaction that is too large; `None` for everything else.
pub(super) async fn refusal(engine: &Engine, call: &CallInfo, body: &[u8]) -> Option<Answer> {
    if call.operation != "TransactWriteItems" {
        return None;
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    let actions = body.get("TransactItems")?.as_array()?;
    let mut total = 0;
    for (key, action) in call.keys.iter().zip(actions) {
        let get = json!({
            "TableName": key.table,
            "ConsistentRead": true,
            "Key": {PARTITION: {"S": key.pk}, SORT: {"S": key.sk}},
        });
        let stored = engine.execute("GetItem", get.to_string().as_bytes()).await;
        let stored: Value = serde_json::from_str(&stored.body).unwrap_or_default();
        let stored = stored.get("Item").map_or(0, size);
        total += stored.max(sent(action));
    }
    (total > MOST).then(|| {
        Answer::error(
            "ValidationException",
            "Collection size of items exceeded, which can also be caused by the aggregate size of \
             the items in the transaction exceeding the 4MB limit",
        )
    })
}

/// What an action sends of its item.
fn sent(action: &Value) -> usize {
    let actions = action.as_object().into_iter().flat_map(|it| it.values());
    actions
        .flat_map(|it| [it.get("Item"), it.get("ExpressionAttributeValues")])
        .flatten()
        .map(size)
        .sum()
}

/// About as many bytes as it is counted for.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(size).sum(),
        Value::Object(members) => members.iter().map(|(name, it)| name.len() + size(it)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}
