//! The requests of the benchmarks: a user as Entra ID makes it, changes, reads.

use http::Method;
use serde_json::{Value, json};

use super::{Call, Result};
use crate::urn;

/// The media type of SCIM.
const SCIM: &str = "application/scim+json";

/// GET.
pub fn read(path: String) -> Call {
    Call {
        method: Method::GET,
        path,
        body: None,
        media: SCIM,
    }
}

/// DELETE.
pub fn delete(path: String) -> Call {
    Call {
        method: Method::DELETE,
        ..read(path)
    }
}

/// POST.
pub fn post(path: &str, body: &Value) -> Call {
    Call {
        method: Method::POST,
        body: Some(body.to_string()),
        ..read(path.to_owned())
    }
}

/// PUT.
pub fn put(path: String, body: &Value) -> Call {
    Call {
        method: Method::PUT,
        body: Some(body.to_string()),
        ..read(path)
    }
}

/// PATCH by one operation.
pub fn patch(path: String, operation: Value) -> Call {
    patches(path, vec![operation])
}

/// PATCH by several operations.
pub fn patches(path: String, operations: Vec<Value>) -> Call {
    let body = json!({ "schemas": [urn::PATCH], "Operations": operations });
    Call {
        method: Method::PATCH,
        body: Some(body.to_string()),
        ..read(path)
    }
}

/// The operation that adds members.
pub fn add<'a>(members: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "op": "Add", "path": "members", "value": values(members) })
}

/// The operation that removes members, as Entra ID removes several.
pub fn remove<'a>(members: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "op": "Remove", "path": "members", "value": values(members) })
}

/// A group.
pub fn group<'a>(name: &str, members: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "schemas": [urn::GROUP], "displayName": name, "members": values(members) })
}

fn values<'a>(members: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    let members = members.into_iter();
    members.map(|id| json!({ "value": id })).collect()
}

/// A user as Entra's default mapping creates it (fixture `entra-create-user-default-mapping`).
pub fn user(user_name: &str) -> Value {
    json!({
        "schemas": [urn::USER, urn::ENTERPRISE],
        "externalId": user_name,
        "userName": user_name,
        "active": true,
        "displayName": "Barbara Jensen",
        "title": "Engineer",
        "preferredLanguage": "en-US",
        "emails": [{ "primary": true, "type": "work", "value": user_name }],
        "name": {
            "formatted": "Barbara Jensen",
            "familyName": "Jensen",
            "givenName": "Barbara",
        },
        "addresses": [{
            "primary": true,
            "type": "work",
            "streetAddress": "100 Universal City Plaza",
            "locality": "Hollywood",
            "region": "CA",
            "postalCode": "91608",
            "country": "United States",
        }],
        "phoneNumbers": [
            { "type": "work", "value": "+1 555 555 5555" },
            { "type": "mobile", "value": "+1 555 555 4444" },
        ],
        urn::ENTERPRISE: {
            "employeeNumber": "701984",
            "department": "Tour Operations",
        },
    })
}

/// The id of the resource in an answer.
///
/// # Errors
/// When there is none.
pub fn id(answer: &[u8]) -> Result<String> {
    let answer: Value = serde_json::from_slice(answer)?;
    let id = answer.get("id").and_then(Value::as_str);
    Ok(id.ok_or("an answer has no id")?.to_owned())
}
