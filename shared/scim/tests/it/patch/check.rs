//! The resources the tables start from, and the checks of one line.

use scim::patch::{self, MemberOp, Patched};
use scim::schema::Schema;
use scim::{Attributes, ErrorKind, ResourceType, Result};
use serde_json::Value;
use std::sync::{Arc, LazyLock};

pub(crate) const MINIMAL: &str = r#"{"userName":"babs"}"#;

pub(crate) const BABS: &str = r#"{
    "userName": "babs@example.com", "displayName": "Babs", "title": "Guide", "active": true,
    "name": {"givenName": "Barbara", "familyName": "Jensen"},
    "emails": [{"type": "work", "value": "babs@example.com", "primary": true}, {"type": "home", "value": "babs@jensen.org"}],
    "phoneNumbers": [{"type": "work", "value": "1"}, {"type": "fax", "value": "2"}],
    "addresses": [{"type": "home", "locality": "Oslo", "country": "NO"}],
    "roles": [{"value": "User"}],
    "@ent": {"department": "Sales", "employeeNumber": "7", "manager": {"value": "m1", "$ref": "../Users/m1"}},
    "@x": {"tag": "a", "level": 3, "box": {"lid": "red", "size": 1}}
}"#;

pub(crate) const GUIDES: &str = r#"{"displayName":"Tour Guides","externalId":"g"}"#;

/// A user with an extension of the realm's own, in which every rare characteristic occurs.
pub(crate) const BADGE: &str = r#"{
    "userName": "babs",
    "@badge": {"number": 7, "issued": "2020-01-01T00:00:00Z", "tags": ["a", "b"], "key": {"serial": "s", "note": "n"},
               "doors": [{"value": "d1", "floor": 1}], "level": "low"}
}"#;

/// The stock User with the realm's own extension.
pub(crate) fn badge_user() -> &'static ResourceType {
    static TYPE: LazyLock<ResourceType> = LazyLock::new(|| {
        let schema: Schema = serde_json::from_str(&expand(
            r#"{"id": "@badge", "name": "Badge", "attributes": [
                {"name": "number", "type": "integer", "mutability": "immutable"},
                {"name": "issued", "type": "dateTime"},
                {"name": "tags", "type": "string", "multiValued": true},
                {"name": "level", "type": "string", "required": true},
                {"name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never"},
                {"name": "doors", "type": "complex", "multiValued": true, "subAttributes": [
                    {"name": "value", "type": "string", "caseExact": true},
                    {"name": "floor", "type": "integer", "mutability": "immutable"},
                    {"name": "seen", "type": "dateTime", "mutability": "readOnly"}]},
                {"name": "vault", "type": "complex", "returned": "never", "subAttributes": [
                    {"name": "serial", "type": "string", "mutability": "immutable"}]},
                {"name": "case", "type": "complex", "subAttributes": [
                    {"name": "type", "type": "string"}, {"name": "size", "type": "integer"}]},
                {"name": "marks", "type": "complex", "multiValued": true, "subAttributes": [
                    {"name": "type", "type": "string"}, {"name": "primary", "type": "boolean"}]},
                {"name": "visits", "type": "complex", "multiValued": true, "subAttributes": [
                    {"name": "value", "type": "string", "required": true},
                    {"name": "day", "type": "dateTime", "required": true}]},
                {"name": "host", "type": "complex", "subAttributes": [
                    {"name": "value", "type": "string"}, {"name": "$ref", "type": "reference"},
                    {"name": "display", "type": "string"}, {"name": "note", "type": "string"},
                    {"name": "since", "type": "string"}]},
                {"name": "guests", "type": "complex", "multiValued": true, "subAttributes": [
                    {"name": "value", "type": "string"}, {"name": "$ref", "type": "reference"},
                    {"name": "display", "type": "string"}]},
                {"name": "sponsor", "type": "complex", "subAttributes": [
                    {"name": "value", "type": "string"},
                    {"name": "$ref", "type": "reference", "mutability": "immutable"},
                    {"name": "display", "type": "string"}]},
                {"name": "locks", "type": "complex", "multiValued": true, "subAttributes": [
                    {"name": "type", "type": "string"},
                    {"name": "make", "type": "string"},
                    {"name": "opened", "type": "dateTime", "mutability": "readOnly"},
                    {"name": "code", "type": "string", "mutability": "writeOnly"},
                    {"name": "hint", "type": "string", "returned": "never"}]},
                {"name": "key", "type": "complex", "subAttributes": [
                    {"name": "serial", "type": "string", "mutability": "immutable"},
                    {"name": "note", "type": "string"},
                    {"name": "cut", "type": "string", "required": false}]}]}"#,
        ))
        .unwrap();
        let mut user = ResourceType::user().clone();
        user.extensions.push(scim::Extension {
            schema: Arc::new(schema),
            required: false,
        });
        user
    });
    &TYPE
}

/// Whichever type has the resource of that text.
pub(crate) fn type_of(start: &str) -> &'static ResourceType {
    if start == GUIDES {
        ResourceType::group()
    } else {
        badge_user()
    }
}

/// Short names for the URNs, so that a line stays a line.
pub(crate) fn expand(text: &str) -> String {
    text.replace(
        "@ent",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    )
    .replace("@user", "urn:ietf:params:scim:schemas:core:2.0:User")
    .replace("@badge", "urn:example:badge:2.0:User")
    .replace("@x", "urn:example:custom:2.0:User")
}

fn json(text: &str) -> Value {
    serde_json::from_str(&expand(text)).unwrap_or_else(|error| panic!("{error} in {text}"))
}

pub(crate) fn attributes(text: &str) -> Attributes {
    Attributes::from_stored(&expand(text)).unwrap()
}

/// Applies a whole message.
pub(crate) fn message(start: &str, body: &str) -> Result<Patched> {
    let of = type_of(start);
    let ops = patch::parse(of, json(body))?;
    patch::apply(of, &attributes(start), &ops)
}

fn operations(start: &str, ops: &str) -> Result<Patched> {
    message(start, &format!(r#"{{"Operations":[{ops}]}}"#))
}

/// The operations must change the resource by a JSON merge patch (RFC 7396).
#[track_caller]
pub(crate) fn changes(start: &str, ops: &str, difference: &str) {
    let mut want = json(start);
    merge_patch(&mut want, json(difference));
    match operations(start, ops) {
        Ok(patched) => {
            assert_eq!(
                Value::Object(patched.attributes.into_map()),
                want,
                "\nby {ops}"
            );
            assert!(patched.members.is_empty(), "{:?} by {ops}", patched.members);
        }
        Err(error) => panic!("{error:?} by {ops}"),
    }
}

/// The operations must be accepted and change nothing.
#[track_caller]
pub(crate) fn keeps(start: &str, ops: &str) {
    changes(start, ops, "{}");
}

/// The operations must be refused with an error that says `part`.
#[track_caller]
pub(crate) fn refuses(start: &str, ops: &str, kind: ErrorKind, part: &str) {
    match operations(start, ops) {
        Ok(patched) => panic!("accepted {ops} as {patched:?}"),
        Err(error) => {
            assert_eq!(error.kind(), kind, "{error} for {ops}");
            assert!(
                error.detail().contains(part),
                "no `{part}` in `{error}` for {ops}"
            );
        }
    }
}

/// The operations must lead to these changes of a group's members: `+a,b` adds,
/// `-a` removes, `-?` removes those that match, `=a` replaces.
#[track_caller]
pub(crate) fn moves(ops: &str, want: &str) {
    let patched = operations(GUIDES, ops).unwrap_or_else(|error| panic!("{error:?} by {ops}"));
    assert_eq!(shown(&patched.members), want, "\nby {ops}");
    assert_eq!(patched.attributes, attributes(GUIDES), "\nby {ops}");
}

pub(crate) fn shown(ops: &[MemberOp]) -> String {
    let ids = |members: &[scim::accept::Member]| {
        members
            .iter()
            .map(|member| member.value.clone())
            .collect::<Vec<_>>()
            .join(",")
    };
    ops.iter()
        .map(|op| match op {
            MemberOp::Add(members) => format!("+{}", ids(members)),
            MemberOp::Remove(gone) => format!("-{}", gone.join(",")),
            MemberOp::RemoveWhere(_) => "-?".to_owned(),
            MemberOp::Replace(members) => format!("={}", ids(members)),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn merge_patch(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let object = target.as_object_mut().unwrap();
    for (name, value) in patch {
        if value.is_null() {
            object.shift_remove(&name);
        } else {
            merge_patch(object.entry(name).or_insert(Value::Null), value);
        }
    }
}
