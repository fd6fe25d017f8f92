//! What one call is about, read from its JSON: the operation, the keys it
//! touches, its idempotency token. For the tests' hooks only; nothing is
//! executed here.

use serde_json::{Map, Value};

/// The names of the table's key attributes.
pub(super) const PARTITION: &str = "pk";
pub(super) const SORT: &str = "sk";

/// One call of the SDK, as a hook sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallInfo {
    /// DynamoDB's name of the operation, such as `TransactWriteItems`.
    pub operation: String,
    /// The keys named by the request, in its order; those of a transaction
    /// align with its items. A Query has one, without a sort key.
    pub keys: Vec<ItemKey>,
    /// What IAM authorises each of the keys by: the operation itself, but every
    /// item of a transaction by its own action, such as `ConditionCheckItem`.
    pub actions: Vec<String>,
    /// The `ClientRequestToken` of a transaction.
    pub token: Option<String>,
}

/// The primary key of an item. Binary values are in base64, as on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ItemKey {
    /// The table's name.
    pub table: String,
    /// The partition key.
    pub pk: String,
    /// The sort key; none when the call is about a whole partition.
    pub sk: Option<String>,
}

impl CallInfo {
    /// Reads what `operation` with this body touches. A body that is no such
    /// request touches nothing: the database will refuse it.
    pub fn read(operation: &str, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let keys = keys(operation, &body);
        Self {
            operation: operation.to_owned(),
            actions: actions(operation, &body, keys.len()),
            keys,
            token: text(&body, "ClientRequestToken").map(str::to_owned),
        }
    }
}

fn keys(operation: &str, body: &Value) -> Vec<ItemKey> {
    match operation {
        "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" => {
            item_key(text(body, "TableName"), body)
                .into_iter()
                .collect()
        }
        "Query" => partition(body).into_iter().collect(),
        "TransactWriteItems" | "TransactGetItems" => list(body, "TransactItems")
            .iter()
            .filter_map(Value::as_object)
            .flat_map(Map::values)
            .filter_map(|action| item_key(text(action, "TableName"), action))
            .collect(),
        "BatchGetItem" => tables(body)
            .flat_map(|(table, request)| {
                list(request, "Keys")
                    .iter()
                    .filter_map(|key| named(table, key))
            })
            .collect(),
        "BatchWriteItem" => tables(body)
            .flat_map(|(table, requests)| {
                let requests = requests.as_array().map(Vec::as_slice).unwrap_or_default();
                requests.iter().map(move |request| (table, request))
            })
            .filter_map(|(table, request)| Some((table, request.as_object()?)))
            .flat_map(|(table, request)| request.values().map(move |action| (table, action)))
            .filter_map(|(table, action)| item_key(Some(table), action))
            .collect(),
        _ => Vec::new(),
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>
fn actions(operation: &str, body: &Value, keys: usize) -> Vec<String> {
    match operation {
        "TransactWriteItems" | "TransactGetItems" => list(body, "TransactItems")
            .iter()
            .filter_map(Value::as_object)
            .flat_map(Map::keys)
            .map(|action| format!("{action}Item"))
            .collect(),
        _ => vec![operation.to_owned(); keys],
    }
}

/// The key of an action that names it as `Key` or within `Item`.
fn item_key(table: Option<&str>, action: &Value) -> Option<ItemKey> {
    named(table?, action.get("Key").or_else(|| action.get("Item"))?)
}

fn named(table: &str, item: &Value) -> Option<ItemKey> {
    Some(ItemKey {
        table: table.to_owned(),
        pk: scalar(item.get(PARTITION)?)?,
        sk: item.get(SORT).and_then(scalar),
    })
}

/// The partition of a Query: the value its condition sets equal to the partition key.
fn partition(body: &Value) -> Option<ItemKey> {
    let condition = text(body, "KeyConditionExpression")?.replace('=', " = ");
    let words: Vec<&str> = condition
        .split([' ', '(', ')'])
        .filter(|word| !word.is_empty())
        .collect();
    let names = body.get("ExpressionAttributeNames");
    let is_partition = |word: &str| {
        let name = names.and_then(|names| text(names, word)).unwrap_or(word);
        name == PARTITION
    };
    let placeholder = words.windows(3).find_map(|three| match three {
        [name, "=", value] if is_partition(name) => Some(*value),
        _ => None,
    })?;
    let value = body.get("ExpressionAttributeValues")?.get(placeholder)?;
    Some(ItemKey {
        table: text(body, "TableName")?.to_owned(),
        pk: scalar(value)?,
        sk: None,
    })
}

/// `{"S": "…"}`, `{"N": "…"}` or `{"B": "…"}`.
fn scalar(value: &Value) -> Option<String> {
    value
        .as_object()?
        .values()
        .next()?
        .as_str()
        .map(str::to_owned)
}

fn tables(body: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let tables = body.get("RequestItems").and_then(Value::as_object);
    tables
        .into_iter()
        .flatten()
        .map(|(table, request)| (table.as_str(), request))
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}
