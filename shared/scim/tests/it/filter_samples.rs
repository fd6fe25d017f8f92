//! The resources and the resource type that the filter tests run on; no tests.

use scim::schema::{ENTERPRISE_USER, Schema, USER};
use scim::{Extension, ResourceType};
use serde_json::{Map, Value, json};
use std::sync::{Arc, LazyLock};

/// An extension with a type of each kind that the stock schemas lack.
pub(crate) const STAFF: &str = "urn:example:params:scim:schemas:extension:staff:2.0:User";

/// The stock User with [`STAFF`].
pub(crate) fn user() -> &'static ResourceType {
    static TYPE: LazyLock<ResourceType> = LazyLock::new(|| {
        let schema: Schema = serde_json::from_value(json!({
            "id": STAFF,
            "name": "Staff",
            "attributes": [
                {"name": "level", "type": "integer"},
                {"name": "score", "type": "decimal"},
                {"name": "tags", "type": "string", "multiValued": true},
                {"name": "hired", "type": "dateTime"},
                {"name": "remote", "type": "boolean"},
                {"name": "seal", "type": "binary"},
                {"name": "pin", "type": "string", "mutability": "writeOnly"},
                {"name": "badge", "type": "complex", "subAttributes": [
                    {"name": "number", "type": "integer"},
                    {"name": "doors", "type": "string", "multiValued": true},
                    {"name": "code", "type": "string", "returned": "never"}
                ]}
            ]
        }))
        .unwrap();
        let mut of = ResourceType::user().clone();
        of.extensions.push(Extension {
            schema: Arc::new(schema),
            required: false,
        });
        of
    });
    &TYPE
}

/// Every kind of value.
pub(crate) fn ada() -> Map<String, Value> {
    object(json!({
        "schemas": [USER, ENTERPRISE_USER, STAFF],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "externalId": "Ada.1",
        "userName": "Ada@Example.com",
        "name": {"formatted": "Ada King", "familyName": "King", "givenName": "Ada"},
        "displayName": "Ada \"Countess\" Lovelace",
        "title": "Groß-Analyst",
        "userType": "Employee",
        "profileUrl": "https://Example.com/Ada",
        "active": true,
        "emails": [
            {"value": "Ada@work.example.com", "type": "work", "primary": true},
            {"value": "ada@home.example.org", "type": "home"}
        ],
        "roles": [{"value": "Admin", "type": "Directory", "primary": true}, {"value": "Guest"}],
        "x509Certificates": [{"value": "MIIB"}],
        "groups": [{"value": "g-1", "display": "Staff"}],
        ENTERPRISE_USER: {
            "employeeNumber": "42",
            "department": "R&D",
            "manager": {"value": "M-1", "displayName": "Bo"}
        },
        STAFF: {
            "level": 7,
            "score": 2.5,
            "tags": ["red", "Blue"],
            "hired": "2015-10-10T14:38:21.8617979-07:00",
            "remote": false,
            "seal": "QUJD",
            "badge": {"number": 9007199254740993_i64, "doors": ["north", "south"]}
        },
        "meta": {
            "resourceType": "User",
            "created": "2011-05-13T04:42:34Z",
            "lastModified": "2024-02-29T23:59:59.5Z",
            "version": "W/\"3.1\""
        }
    }))
}

/// As little as there can be.
pub(crate) fn bob() -> Map<String, Value> {
    object(json!({
        "schemas": [USER],
        "id": "bob-id",
        "userName": "bob",
        "active": false,
        "meta": {"resourceType": "User", "created": "2020-01-01T00:00:00Z"}
    }))
}

/// Values that are not of their attribute's type, and empty ones.
pub(crate) fn odd() -> Map<String, Value> {
    object(json!({
        "schemas": "none",
        "id": "odd-id",
        "userName": 5,
        "title": "",
        "nickName": null,
        "name": {"givenName": ""},
        "active": "True",
        "emails": [[], {}, 7, "odd@example.com"],
        "roles": [],
        "meta": [],
        ENTERPRISE_USER: "none",
        STAFF: {"level": "7", "hired": "yesterday", "remote": null}
    }))
}

/// A group of two.
pub(crate) fn group() -> Map<String, Value> {
    object(json!({
        "schemas": [scim::schema::GROUP],
        "id": "G-1",
        "displayName": "Straße",
        "members": [
            {"value": "u-1", "type": "User", "display": "Ada"},
            {"value": "g-2", "type": "Group"}
        ],
        "meta": {"resourceType": "Group"}
    }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}
