//! Bulk requests (RFC 7644 section 3.7).

mod bounds;
mod failures;
mod order;
mod record;
mod references;
mod rfc;

use muster_tests::{Answer, Realm, urn};
use serde_json::{Value, json};

/// A bulk request of these operations.
fn request(operations: &[Value]) -> Value {
    json!({"schemas": [urn::BULK], "Operations": operations})
}

/// POST of a user.
fn user(bulk_id: &str, user_name: &str) -> Value {
    let data = json!({"schemas": [urn::USER], "userName": user_name});
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data})
}

/// POST of a group with these members' values.
fn group(bulk_id: &str, name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|it| json!({"value": it})).collect();
    let data = json!({"schemas": [urn::GROUP], "displayName": name, "members": members});
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data})
}

/// PATCH with one operation.
fn patch(path: &str, operation: Value) -> Value {
    let data = json!({"schemas": [urn::PATCH], "Operations": [operation]});
    json!({"method": "PATCH", "path": path, "data": data})
}

fn delete(path: &str) -> Value {
    json!({"method": "DELETE", "path": path})
}

async fn send(realm: &Realm, body: &Value) -> Answer {
    realm.post("/Bulk", body).await
}

/// What came of each operation, as its bulkId (or its method), its status and
/// its scimType: `alice 201`, `DELETE 404`, `bob 409 uniqueness`. Every entry
/// is what RFC 7644 section 3.7.3 makes of it.
#[track_caller]
fn shown(realm: &Realm, answer: &Answer) -> Vec<String> {
    let body = answer.is(200);
    assert_eq!(body["schemas"], json!([urn::BULK_RESPONSE]), "{answer:?}");
    let entries = body["Operations"].as_array().unwrap();
    entries.iter().map(|entry| one(realm, entry)).collect()
}

#[track_caller]
fn one(realm: &Realm, entry: &Value) -> String {
    let status = entry["status"].as_str().unwrap();
    let name = entry["bulkId"].as_str().or(entry["method"].as_str());
    let mut shown = format!("{} {status}", name.unwrap_or("-"));
    let succeeded = status.starts_with('2');
    let response = &entry["response"];
    if succeeded {
        assert!(response.is_null(), "{entry}");
    } else {
        assert_eq!(response["schemas"], json!([urn::ERROR]), "{entry}");
        assert_eq!(response["status"], status, "{entry}");
        assert!(!response["detail"].as_str().unwrap().is_empty(), "{entry}");
        if let Some(scim_type) = response["scimType"].as_str() {
            shown += &format!(" {scim_type}");
        }
    }
    if let Some(location) = entry["location"].as_str() {
        assert!(location.starts_with(&realm.url), "{entry}");
    } else {
        // "except for failed POST operations (which have no location)".
        assert!(!succeeded, "{entry}");
    }
    shown
}

/// Sends it; the answer, whose operations came to this.
#[track_caller]
fn came_to(realm: &Realm, answer: &Answer, expected: &[&str]) -> Value {
    assert_eq!(shown(realm, answer), expected, "{answer:?}");
    answer.json()
}

/// The id of what the operation with that bulkId has made.
#[track_caller]
fn id(answer: &Value, bulk_id: &str) -> String {
    let mut entries = answer["Operations"].as_array().unwrap().iter();
    let entry = entries.find(|entry| entry["bulkId"] == bulk_id).unwrap();
    let location = entry["location"].as_str().unwrap();
    location.rsplit('/').next().unwrap().to_owned()
}
