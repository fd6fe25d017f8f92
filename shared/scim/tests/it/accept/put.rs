//! PUT beside what is there.

use super::check::{SHIP, check_refused, sailor};
use scim::accept::{self};
use scim::{Attributes, ErrorKind};
use serde_json::{Value, json};

fn ship() -> Attributes {
    let body = json!({
        "userName": "u", "title": "T",
        SHIP: {"hull": "Steel", "berths": 4, "yard": {"name": "n", "slip": "A"}}
    });
    accept::create(&sailor(), &body).unwrap().attributes
}

#[test]
fn put_replaces_and_keeps_what_is_immutable() {
    for (body, expected) in [
        (
            json!({"userName": "v"}),
            json!({"userName": "v", SHIP: {"hull": "Steel"}}),
        ),
        (
            json!({"userName": "u", SHIP: {"hull": "STEEL", "berths": null}}),
            json!({"userName": "u", SHIP: {"hull": "Steel"}}),
        ),
        (
            json!({"userName": "u", "hull": "", SHIP: {"yard": {"name": "m"}}}),
            json!({"userName": "u", SHIP: {"hull": "Steel", "yard": {"name": "m", "slip": "A"}}}),
        ),
        (
            json!({"userName": "u", "title": "T", "id": "x", SHIP: {"rank": "r", "yard": {"slip": "A"}}}),
            json!({"userName": "u", "title": "T", SHIP: {"hull": "Steel", "yard": {"slip": "A"}}}),
        ),
    ] {
        let draft = accept::replace(&sailor(), &body, &ship()).unwrap();
        assert_eq!(
            Value::Object(draft.attributes.into_map()),
            expected,
            "{body}"
        );
    }
}

#[test]
fn put_does_not_change_what_is_immutable() {
    for (body, detail) in [
        (
            json!({"userName": "u", SHIP: {"hull": "Wood"}}),
            "attribute `hull` is immutable",
        ),
        (
            json!({"userName": "u", "hull": "Wood"}),
            "attribute `hull` is immutable",
        ),
        (
            json!({"userName": "u", SHIP: {"yard": {"slip": "a"}}}),
            "attribute `yard.slip` is immutable",
        ),
    ] {
        let result = accept::replace(&sailor(), &body, &ship());
        check_refused(result, &body, ErrorKind::Mutability, detail);
    }
    let body = json!({"userName": "u", "yard.slip": "a"});
    let result = accept::replace(&sailor(), &body, &ship());
    check_refused(result, &body, ErrorKind::Mutability, "`yard.slip` is");
    let body = json!({"title": "no name"});
    let result = accept::replace(&sailor(), &body, &ship());
    check_refused(
        result,
        &body,
        ErrorKind::InvalidValue,
        "attribute `userName` is required",
    );
}

/// Equal values are stored as equal text, in whatever order they come back.
#[test]
fn put_keeps_the_order_of_what_is_there() {
    let body = json!({"userName": "u", "name": {"givenName": "G", "familyName": "F"}});
    let current = accept::create(&sailor(), &body).unwrap().attributes;
    let text = r#"{"name":{"familyName":"F","givenName":"G"},"userName":"u"}"#;
    for text in [text.to_owned(), body.to_string()] {
        let body = serde_json::from_str(&text).unwrap();
        let draft = accept::replace(&sailor(), &body, &current).unwrap();
        assert_eq!(draft.attributes.to_json(), current.to_json(), "{text}");
    }
}
