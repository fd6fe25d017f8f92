//! The resource types and resources that laws are tried on.

use scim::schema::{ENTERPRISE_USER, GROUP, Schema, USER};
use scim::{Attributes, Extension, ResourceType, Tolerances, accept};
use serde_json::{Map, Value, json};
use std::sync::{Arc, LazyLock};

/// An extension with a type of each kind that the stock schemas lack.
const STAFF: &str = "urn:example:params:scim:schemas:extension:staff:2.0:User";

/// The types a server has: stock, with a realm's own schema, read to the letter.
pub(crate) fn types() -> &'static [ResourceType] {
    static TYPES: LazyLock<Vec<ResourceType>> = LazyLock::new(|| {
        let (user, group) = (ResourceType::user(), ResourceType::group());
        vec![
            user.clone(),
            group.clone(),
            user.of_realm(vec![staff()], Tolerances::ALL),
            user.of_realm(vec![staff()], Tolerances::NONE),
            group.of_realm(Vec::new(), Tolerances::NONE),
        ]
    });
    &TYPES
}

/// The same type, read with every tolerance.
pub(crate) fn lenient(of: &ResourceType) -> ResourceType {
    let mut of = of.clone();
    of.tolerances = Tolerances::ALL;
    of
}

fn staff() -> Extension {
    let schema: Schema = serde_json::from_value(json!({
        "id": STAFF,
        "name": "Staff",
        "attributes": [
            {"name": "level", "type": "integer"},
            {"name": "score", "type": "decimal"},
            {"name": "tags", "type": "string", "multiValued": true},
            {"name": "hired", "type": "dateTime"},
            {"name": "remote", "type": "boolean"},
            {"name": "seal", "type": "binary", "caseExact": true},
            {"name": "badge", "type": "complex", "subAttributes": [
                {"name": "number", "type": "integer"},
                {"name": "doors", "type": "string", "multiValued": true},
                {"name": "code", "type": "string", "returned": "never"}
            ]}
        ]
    }))
    .unwrap();
    Extension {
        schema: Arc::new(schema),
        required: false,
    }
}

/// Whole views: every kind of value, as little as there can be, values of the
/// wrong type, a group.
pub(crate) fn views() -> &'static [Map<String, Value>] {
    static VIEWS: LazyLock<Vec<Map<String, Value>>> = LazyLock::new(|| {
        let views = [ada(), bob(), odd(), crew()];
        views.into_iter().map(object).collect()
    });
    &VIEWS
}

fn ada() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE_USER, STAFF],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "externalId": "Ada.1",
        "userName": "Ada@Example.com",
        "name": {"formatted": "Ada King", "familyName": "King", "givenName": "Ada"},
        "title": "Groß-Analyst",
        "active": true,
        "emails": [
            {"value": "Ada@work.example.com", "type": "work", "primary": true},
            {"value": "ada@home.example.org", "type": "home"}
        ],
        "roles": [{"value": "Admin", "type": "Directory", "primary": true}, {"value": "Guest"}],
        "groups": [{"value": "g-1", "display": "Staff"}],
        ENTERPRISE_USER: {"employeeNumber": "42", "manager": {"value": "M-1", "displayName": "Bo"}},
        STAFF: {
            "level": 7, "score": 2.5, "tags": ["red", "Blue"], "remote": false, "seal": "QUJD",
            "hired": "2015-10-10T14:38:21.8617979-07:00",
            "badge": {"number": 9_007_199_254_740_993_i64, "doors": ["north", "south"]}
        },
        "meta": {
            "resourceType": "User", "created": "2011-05-13T04:42:34Z",
            "lastModified": "2024-02-29T23:59:59.5Z", "version": "W/\"3.1\""
        }
    })
}

fn bob() -> Value {
    json!({"schemas": [USER], "id": "b", "userName": "bob", "meta": {"resourceType": "User"}})
}

fn odd() -> Value {
    json!({
        "schemas": "none", "id": "odd-id", "userName": 5, "title": "", "nickName": null,
        "name": {"givenName": ""}, "active": "True", "emails": [[], {}, 7, "odd@example.com"],
        "roles": [], "meta": [], ENTERPRISE_USER: "none",
        STAFF: {"level": "7", "hired": "yesterday", "remote": null}
    })
}

fn crew() -> Value {
    json!({
        "schemas": [GROUP], "id": "G-1", "displayName": "Straße", "meta": {"resourceType": "Group"},
        "members": [{"value": "u-1", "type": "User", "display": "Ada"}, {"value": "g-2"}]
    })
}

/// Attributes as they are stored, of a resource of this type.
pub(crate) fn stored(of: &ResourceType) -> &'static [Attributes] {
    static USERS: LazyLock<Vec<Attributes>> = LazyLock::new(|| {
        let user = ResourceType::user();
        vec![
            attributes(user, &json!({"userName": "bob"})),
            attributes(
                user,
                &json!({
                    "userName": "babs", "title": "Guide", "active": true,
                    "name": {"givenName": "Barbara", "familyName": "Jensen"},
                    "emails": [
                        {"type": "work", "value": "w@x", "primary": true},
                        {"type": "home", "value": "h@x"}
                    ],
                    "addresses": [{"type": "home", "locality": "Oslo"}],
                    "roles": [{"value": "User"}],
                    ENTERPRISE_USER: {"department": "Sales", "manager": {"value": "m1"}},
                    "urn:example:custom:2.0:User": {"tag": "a"}
                }),
            ),
        ]
    });
    static GROUPS: LazyLock<Vec<Attributes>> = LazyLock::new(|| {
        vec![attributes(
            ResourceType::group(),
            &json!({"displayName": "crew", "externalId": "c"}),
        )]
    });
    match of.edges {
        None => &USERS,
        Some(_) => &GROUPS,
    }
}

fn attributes(of: &ResourceType, body: &Value) -> Attributes {
    accept::create(of, body).unwrap().attributes
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}
