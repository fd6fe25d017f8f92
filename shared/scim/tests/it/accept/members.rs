//! A group's members in a body.

use super::check::check_refused;
use scim::accept::{self, Member};
use scim::{Attributes, ErrorKind, ResourceType};
use serde_json::{Value, json};

#[track_caller]
fn check_members(members: Value, expected: &[(&str, Option<&str>)]) {
    let body = json!({"displayName": "g", "Members": members});
    let draft = accept::create(ResourceType::group(), &body).unwrap();
    let expected: Vec<Member> = expected
        .iter()
        .map(|(value, kind)| Member {
            value: (*value).into(),
            kind: kind.map(Into::into),
        })
        .collect();
    assert_eq!(draft.members, Some(expected), "{body}");
    assert_eq!(
        Value::Object(draft.attributes.into_map()),
        json!({"displayName": "g"})
    );
}

#[test]
fn members() {
    check_members(json!([]), &[]);
    check_members(json!(""), &[]);
    check_members(json!([null, {}, ""]), &[]);
    check_members(json!({"value": ""}), &[]);
    check_members(
        json!([{"value": ""}, {"value": null}, {"display": "x"}, {"value": "", "type": "User"}, {"$ref": "/"}, "a"]),
        &[("a", None)],
    );
    check_members(json!("a"), &[("a", None)]);
    check_members(json!({"value": "a"}), &[("a", None)]);
    check_members(json!(["a", "b"]), &[("a", None), ("b", None)]);
    check_members(json!([{"value": "a", "display": "VP"}]), &[("a", None)]);
    check_members(json!([{"$ref": null, "value": "a"}]), &[("a", None)]);
    check_members(
        json!([{"Value": "a", "Type": "user"}]),
        &[("a", Some("User"))],
    );
    check_members(
        json!([{"value": "a", "type": "Device"}]),
        &[("a", Some("Device"))],
    );
    check_members(
        json!([{"$ref": "https://h/realms/r/scim/v2/Groups/a"}]),
        &[("a", Some("Group"))],
    );
    check_members(
        json!([{"value": "", "$ref": "../Users/a/?x=/y"}]),
        &[("a", Some("User"))],
    );
    check_members(
        json!([{"value": "a", "$ref": "Groups/b"}]),
        &[("a", Some("Group"))],
    );
    check_members(json!([{"value": "a", "$ref": "a"}]), &[("a", None)]);
    check_members(
        json!([{"value": "a", "$ref": "../Devices/a"}]),
        &[("a", None)],
    );
    check_members(
        json!(["a", {"value": "A", "type": "User"}, {"value": "b"}, "a"]),
        &[("a", Some("User")), ("b", None)],
    );
}

#[test]
fn members_that_are_none() {
    for (members, detail) in [
        (
            json!([{"value": 5}]),
            "`members.value` must be a string, not the number `5`",
        ),
        (
            json!([5]),
            "a member must be an object or an id, not the number `5`",
        ),
        (
            json!([["a"]]),
            "a member must be an object or an id, not an array",
        ),
    ] {
        let body = json!({"displayName": "g", "members": members});
        let result = accept::create(ResourceType::group(), &body);
        check_refused(result, &body, ErrorKind::InvalidValue, detail);
    }
    let body = json!({"displayName": "g", "members": [{"value": "a", "VALUE": "b"}]});
    let result = accept::create(ResourceType::group(), &body);
    check_refused(
        result,
        &body,
        ErrorKind::InvalidSyntax,
        "`VALUE` is given twice",
    );
    let body = json!({"displayName": ""});
    let result = accept::create(ResourceType::group(), &body);
    check_refused(
        result,
        &body,
        ErrorKind::InvalidValue,
        "attribute `displayName` is required",
    );
}

#[test]
fn members_not_named_are_left_alone() {
    for body in [
        json!({"displayName": "g"}),
        json!({"displayName": "g", "members": null}),
    ] {
        let draft = accept::replace(ResourceType::group(), &body, &Attributes::default()).unwrap();
        assert_eq!(draft.members, None);
    }
}
