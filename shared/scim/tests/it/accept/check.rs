//! What the tables share: the resource type and the checks of one line.

use scim::accept::{self, Draft};
use scim::schema::Schema;
use scim::{ErrorKind, Extension, ResourceType, Result};
use serde_json::{Value, json};
use std::sync::Arc;

/// A schema with every type and characteristic the stock ones lack.
pub(crate) const SHIP: &str = "urn:acme:scim:2.0:Ship";

pub(crate) fn sailor() -> ResourceType {
    let schema: Schema = serde_json::from_value(json!({
        "id": SHIP,
        "name": "Ship",
        "attributes": [
            {"name": "berths", "type": "integer"},
            {"name": "draught", "type": "decimal"},
            {"name": "launched", "type": "dateTime"},
            {"name": "seal", "type": "binary"},
            {"name": "home", "type": "reference"},
            {"name": "flags", "type": "string", "multiValued": true},
            {"name": "hull", "type": "string", "mutability": "immutable"},
            {"name": "yard", "type": "complex", "subAttributes": [
                {"name": "name", "type": "string"},
                {"name": "slip", "type": "string", "mutability": "immutable", "caseExact": true},
                {"name": "key", "type": "string", "mutability": "writeOnly", "returned": "never"}
            ]},
            {"name": "tags", "type": "complex", "subAttributes": [
                {"name": "type", "type": "string"}, {"name": "display", "type": "string"}
            ], "multiValued": true},
            {"name": "log", "type": "complex", "multiValued": true, "subAttributes": [
                {"name": "day", "type": "dateTime", "required": true},
                {"name": "entry", "type": "string"}
            ]},
            {"name": "hold", "type": "complex", "subAttributes": [
                {"name": "type", "type": "string"}, {"name": "size", "type": "integer"}
            ]},
            {"name": "berth", "type": "complex", "subAttributes": [
                {"name": "value", "type": "string"}, {"name": "note", "type": "string"}
            ]},
            {"name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never"},
            {"name": "rank", "type": "string", "mutability": "readOnly"}
        ]
    }))
    .unwrap();
    let mut of = ResourceType::user().clone();
    of.extensions.push(Extension {
        schema: Arc::new(schema),
        required: false,
    });
    of
}

pub(crate) fn with_user_name(mut body: Value) -> Value {
    body.as_object_mut()
        .unwrap()
        .entry("userName")
        .or_insert("u".into());
    body
}

#[track_caller]
pub(crate) fn check(of: &ResourceType, body: Value, expected: Value) {
    let draft = accept::create(of, &body).unwrap_or_else(|e| panic!("{body}: {e}"));
    assert_eq!(
        Value::Object(draft.attributes.into_map()),
        expected,
        "{body}"
    );
}

#[track_caller]
pub(crate) fn check_user(body: Value, expected: Value) {
    check(
        ResourceType::user(),
        with_user_name(body),
        with_user_name(expected),
    );
}

#[track_caller]
pub(crate) fn check_ship(object: Value, expected: Value) {
    let expected = match expected {
        Value::Null => json!({}),
        expected => json!({SHIP: expected}),
    };
    check(
        &sailor(),
        with_user_name(json!({SHIP: object})),
        with_user_name(expected),
    );
}

#[track_caller]
pub(crate) fn check_refused(result: Result<Draft>, body: &Value, kind: ErrorKind, detail: &str) {
    let error = result.expect_err(&body.to_string());
    assert_eq!(error.kind(), kind, "{body}: {error}");
    assert!(error.detail().contains(detail), "{body}: {error}");
}

#[track_caller]
pub(crate) fn refused(body: Value, kind: ErrorKind, detail: &str) {
    let of = sailor();
    check_refused(accept::create(&of, &body), &body, kind, detail);
}
