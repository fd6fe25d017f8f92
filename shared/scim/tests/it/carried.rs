//! Stored documents from another table: what is one, and what is none.

use scim::{Attributes, ErrorKind, ResourceType, accept};
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn carried(of: &ResourceType, document: Value) -> scim::Result<Attributes> {
    let Value::Object(map) = document else {
        panic!("no document: {document}");
    };
    Attributes::carried(of, map)
}

#[track_caller]
fn stays(of: &ResourceType, document: Value) {
    let text = document.to_string();
    match carried(of, document) {
        Ok(attributes) => assert_eq!(attributes.to_json(), text),
        Err(error) => panic!("{text}: {error}"),
    }
}

#[track_caller]
fn refused(of: &ResourceType, document: Value, named: &str) {
    let text = document.to_string();
    let error = carried(of, document).expect_err(&text);
    assert_eq!(error.kind(), ErrorKind::InvalidValue, "{text}");
    assert!(error.detail().contains(&format!("`{named}`")), "{error}");
}

/// A user with one more entry.
fn user(key: &str, value: Value) -> Value {
    let mut user = json!({"userName": "u"});
    user[key] = value;
    user
}

#[test]
fn what_is_stored_comes_as_it_is() {
    let of = ResourceType::user();
    stays(of, json!({"userName": "u"}));
    stays(
        of,
        json!({"active": false, "userName": "u", "externalId": "e"}),
    );
    // Rules that came after it was written, of a write and of a realm's schema.
    let emails = json!([{"value": "a", "primary": true}, {"primary": true, "value": "b"}]);
    stays(of, user("emails", emails));
    stays(
        of,
        user("urn:x:y", json!({"a": null, "A": [], "b": {"c": {}}})),
    );
    stays(of, user("URN:x:y", json!({"a": "x".repeat(20_000)})));
    let manager = json!({"manager": {"value": "7"}, "department": "d"});
    stays(of, user(ENTERPRISE, manager));
    stays(
        ResourceType::group(),
        json!({"displayName": "g", "urn:x:y": {"a": 1}}),
    );
    // It is no schema of a group.
    stays(
        ResourceType::group(),
        json!({"displayName": "g", ENTERPRISE: {"a": 1}}),
    );
}

#[test]
fn what_no_document_holds_is_refused() {
    let of = ResourceType::user();
    refused(of, json!({}), "userName");
    refused(of, json!({"userName": " "}), "userName");
    refused(
        ResourceType::group(),
        json!({"externalId": "x"}),
        "displayName",
    );
    let members = json!({"displayName": "g", "members": [{"value": "x"}]});
    refused(ResourceType::group(), members, "members");
    for (key, value) in [
        ("id", json!("x")),
        ("meta", json!({"version": "x"})),
        ("schemas", json!(["urn:x:y"])),
        ("groups", json!([{"value": "x"}])),
        ("password", json!("secret")),
        ("nickname", json!("not its name")),
        ("robot", json!("x")),
        ("title", json!(null)),
        ("title", json!("")),
        ("title", json!(["x"])),
        ("active", json!("true")),
        ("emails", json!([])),
        ("emails", json!({"value": "x"})),
        ("emails", json!([{"robot": "x"}])),
        ("name", json!({"givenname": "x"})),
        ("urn:x:y", json!({})),
        ("urn:x:y", json!("x")),
        (ENTERPRISE, json!({})),
        (ENTERPRISE, json!({"Department": "x"})),
        (ENTERPRISE, json!({"department": 7})),
        (ENTERPRISE, json!({"robot": "x"})),
    ] {
        refused(of, user(key, value), key);
    }
    for key in [
        "urn:ietf:params:scim:schemas:extension:Enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:core:2.0:user",
        "urn:ietf:params:scim:schemas:core:2.0:User:title",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    ] {
        let start: String = key.chars().take(64).collect();
        let error = carried(of, user(key, json!({"department": "x"}))).expect_err(key);
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{key}");
        assert!(error.detail().contains(&start), "{error}");
    }
    let twice = carried(
        of,
        json!({"userName": "u", "urn:x:y": {"a": 1}, "urn:x:Y": {"a": 1}}),
    );
    assert_eq!(twice.unwrap_err().kind(), ErrorKind::InvalidSyntax);
}

#[test]
fn what_a_client_sends_is_stored_so_that_it_can_be_carried() {
    let of = ResourceType::user();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "USERNAME": "u", "id": "x", "password": "secret", "active": "True", "title": "",
        "name": {"givenName": "a", "robot": 1}, "emails": "one@example.com",
        "phoneNumbers": [{"value": "1", "type": "work"}, {"value": "1", "type": "work"}],
        "manager": "7", "urn:x:y": {"a": [null]}, "x509Certificates": [{"value": "YQ=="}],
        "addresses": [{"type": "work", "country": "CH"}], "groups": [{"value": "x"}],
    });
    let stored = accept::create(of, &body).unwrap().attributes;
    stays(of, Value::Object(stored.into_map()));
}
