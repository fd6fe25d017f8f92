//! Search and bulk requests: what a strict realm reads, every realm reads as the
//! same; an operation that cannot be read fails by itself.

use crate::body::refused;
use crate::same::same;
use scim::Tolerances;
use scim::bulk::{self, BulkMethod, BulkRequest};
use scim::message::SearchRequest;
use serde_json::{Value, json};

/// Of a bulk request.
const OPERATIONS: usize = 10;

pub(crate) fn law(data: &[u8]) {
    let Ok(message) = scim::json::parse(data) else {
        return;
    };
    searches(&message);
    for tolerances in [Tolerances::ALL, Tolerances::NONE] {
        match BulkRequest::read(message.clone(), tolerances, OPERATIONS) {
            Ok(request) => operations(&message, &request),
            Err(error) => refused(&error),
        }
    }
    references(&message);
}

fn searches(message: &Value) {
    let strict = SearchRequest::read(message.clone(), Tolerances::NONE);
    let tolerant = SearchRequest::parse(message.clone());
    match (strict, tolerant) {
        (Ok(strict), tolerant) => same(tolerant, &strict, message),
        (Err(strict), Err(tolerant)) => [strict, tolerant].iter().for_each(refused),
        (Err(error), Ok(_)) => refused(&error),
    }
}

fn operations(message: &Value, request: &BulkRequest) {
    assert!(request.operations.len() <= OPERATIONS);
    let sent = message.as_object().unwrap().iter();
    let sent = sent.filter(|(key, _)| key.eq_ignore_ascii_case("Operations"));
    let sent = sent.filter_map(|(_, value)| value.as_array()).flatten();
    assert_eq!(sent.count(), request.operations.len(), "{message}");
    for operation in &request.operations {
        match operation {
            Ok(operation) => {
                assert!(operation.path.starts_with('/'), "{message}");
                let creates = operation.method == BulkMethod::Post;
                assert!(!creates || operation.bulk_id.is_some(), "{message}");
                let deletes = operation.method == BulkMethod::Delete;
                assert_eq!(operation.data.is_none(), deletes, "{message}");
                let path = bulk::path_to(&operation.path, "id");
                assert!(bulk::of_path(&path).is_none_or(|_| path != operation.path));
            }
            Err(it) => refused(&it.error),
        }
    }
}

/// References are resolved all or as far as they are known, and what is taken out
/// of a body comes back in its PATCH.
fn references(message: &Value) {
    let named = bulk::references(message).len();
    let mut unknown = message.clone();
    bulk::resolve(&mut unknown, &|_| None);
    assert_eq!(unknown, *message);
    let mut resolved = message.clone();
    bulk::resolve(&mut resolved, &|_| Some("id".to_owned()));
    assert_eq!(bulk::references(&resolved).len(), 0, "{message}");
    let mut rest = message.clone();
    let patch = bulk::defer(&mut rest, &|_| true).unwrap_or_default();
    let operations = patch["Operations"].as_array().into_iter().flatten();
    let deferred: usize = operations
        .map(|it| bulk::references(&json!({ it["path"].as_str().unwrap(): it["value"] })).len())
        .sum();
    assert_eq!(bulk::references(&rest).len() + deferred, named, "{message}");
}
