//! Where a name stands: case, URNs, paths as keys, `schemas`.

use super::check::{check_refused, check_user, refused, with_user_name};
use scim::accept::{self};
use scim::schema::{ENTERPRISE_USER, USER};
use scim::{ErrorKind, ResourceType};
use serde_json::json;

#[test]
fn names_have_no_case_and_a_place() {
    let department = json!({ENTERPRISE_USER: {"department": "Yard"}});
    for body in [
        json!({"department": "Yard"}),
        json!({"Department": "Yard"}),
        json!({(ENTERPRISE_USER.to_uppercase()): {"DEPARTMENT": "Yard"}}),
        json!({(format!("{ENTERPRISE_USER}:department")): "Yard"}),
        json!({"department": "Yard", ENTERPRISE_USER: {"department": "Yard"}}),
        json!({"department": null, ENTERPRISE_USER: {"department": "Yard"}}),
    ] {
        check_user(body, department.clone());
    }
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    for body in [
        json!({"displayname": "D"}),
        json!({(format!("{core}:displayName")): "D"}),
        json!({core: {"displayName": "D"}}),
    ] {
        check_user(body, json!({"displayName": "D"}));
    }
    check_user(
        json!({"emails": [{"Primary": "True", "TYPE": "work", "Value": "a@b"}]}),
        json!({"emails": [{"primary": true, "type": "work", "value": "a@b"}]}),
    );
}

#[test]
fn keys_that_are_paths_are_expanded() {
    let manager = json!({ENTERPRISE_USER: {"manager": {"value": "m"}}});
    let given = json!({"name": {"givenName": "G"}});
    let work = json!({"emails": [{"type": "work", "value": "a@b"}]});
    let user = "urn:ietf:params:scim:schemas:core:2.0:User";
    for (body, expected) in [
        (json!({"name.givenName": "G"}), given.clone()),
        (json!({"NAME.givenname": "G"}), given.clone()),
        (
            json!({(format!("{user}:name.givenName")): "G"}),
            given.clone(),
        ),
        (
            json!({(format!("{user}.name.givenName")): "G"}),
            given.clone(),
        ),
        (json!({user: {"name.givenName": "G"}}), given),
        (
            json!({"name.givenName": "G", "name": {"familyName": "F"}}),
            json!({"name": {"givenName": "G", "familyName": "F"}}),
        ),
        (json!({"name.givenName": "", "name.nick": "N"}), json!({})),
        (
            json!({(format!("{ENTERPRISE_USER}:manager.value")): "m"}),
            manager.clone(),
        ),
        (
            json!({(format!("{ENTERPRISE_USER}.manager.value")): "m"}),
            manager.clone(),
        ),
        (
            json!({(format!("{ENTERPRISE_USER}.manager")): {"value": "m"}}),
            manager.clone(),
        ),
        (
            json!({ENTERPRISE_USER: {"manager.value": "m"}}),
            manager.clone(),
        ),
        (json!({"manager.value": "m"}), manager),
        (
            json!({"emails[type eq \"work\"].value": "a@b"}),
            work.clone(),
        ),
        (
            json!({"emails[type eq \"work\"].value": "a@b", "emails": [{"type": "work", "value": "old"}]}),
            work,
        ),
        (
            json!({"urn:acme:ext:2.0:User:tag": "x", "urn:acme:ext:2.0:User": {"n": null}}),
            json!({"urn:acme:ext:2.0:User": {"n": null, "tag": "x"}}),
        ),
        (
            json!({"urn:acme:ext:2.0:User.tag": "x"}),
            json!({"urn:acme:ext:2.0:User": {"tag": "x"}}),
        ),
        (
            json!({"urn:acme:ext:2.0:User.box": {"a": 1}}),
            json!({"urn:acme:ext:2.0:User": {"box": {"a": 1}}}),
        ),
        (
            json!({"urn:acme:ext:2.0:User:box": {"a": 1}, "urn:acme:ext:2.0:User": {"n": 1}}),
            json!({"urn:acme:ext:2.0:User": {"n": 1, "box": {"a": 1}}}),
        ),
        (
            json!({"urn:acme:ext:2.0:User:box": {"a": 1}, "urn:acme:ext:2.0:User:tag.x": 1}),
            json!({"urn:acme:ext:2.0:User": {"box": {"a": 1}, "tag": {"x": 1}}}),
        ),
        // An object stays under its own key where its spelling does not say that it is a part.
        (
            json!({"urn:acme:ext:1.0": {"n": 1}, "urn:acme:ext:1.0:address": {"a": 1}}),
            json!({"urn:acme:ext:1.0": {"n": 1}, "urn:acme:ext:1.0:address": {"a": 1}}),
        ),
        (json!({"meta.version": "7", "groups.value": "g"}), json!({})),
        // In an extension's object a path is the extension's, unless it names its schema itself.
        (json!({ENTERPRISE_USER: {"name.givenName": "G"}}), json!({})),
        (
            json!({ENTERPRISE_USER: {(format!("{user}:title")): "T"}}),
            json!({"title": "T"}),
        ),
    ] {
        check_user(body, expected);
    }
    for (body, kind, detail) in [
        (
            json!({"name.givenName": 5}),
            ErrorKind::InvalidValue,
            "`givenName` must be a string",
        ),
        (
            json!({"emails[type sw \"w\"].value": "x"}),
            ErrorKind::NoTarget,
            "`emails`",
        ),
        (
            json!({"emails[kind eq \"w\"].value": "x"}),
            ErrorKind::InvalidFilter,
            "`kind`",
        ),
        (
            json!({"urn:acme:x[y": {"a": 1}}),
            ErrorKind::InvalidPath,
            "position",
        ),
        (
            json!({"name.givenName": "a", "name.GivenName": "b"}),
            ErrorKind::InvalidSyntax,
            "twice",
        ),
    ] {
        refused(with_user_name(body), kind, detail);
    }
}

/// Kept as a schema's of its own it would be shown as an attribute of the known
/// one, and be gone with the next PUT of what was shown.
#[test]
fn what_stands_below_a_known_urn_is_no_schema() {
    let user = "urn:ietf:params:scim:schemas:core:2.0:User";
    for body in [
        json!({ENTERPRISE_USER: {"badge:number": "1"}}),
        json!({ENTERPRISE_USER: {"bad'ge": {"number": "1"}}}),
        json!({(format!("{ENTERPRISE_USER}:badge:number")): "1"}),
        json!({(format!("{ENTERPRISE_USER}:badge")): {"number": "1"}}),
        json!({(format!("{}:bad'ge", ENTERPRISE_USER.to_uppercase())): {"number": "1"}}),
        json!({(format!("{user}:badge:2.0")): {"number": "1"}}),
    ] {
        check_user(body, json!({}));
    }
    let beside = json!({(format!("{ENTERPRISE_USER}s:badge")): {"number": "1"}});
    check_user(beside.clone(), beside);
}

#[test]
fn schemas() {
    let user = "urn:ietf:params:scim:schemas:core:2.0:User";
    let group = "urn:ietf:params:scim:schemas:core:2.0:Group";
    for schemas in [
        json!(null),
        json!([]),
        json!(""),
        json!(user),
        json!("urn:scim:schemas:core:1.0"),
        json!(["urn:scim:schemas:core:1.0"]),
        json!(["urn:x", "nonsense"]),
        json!([group, user.to_uppercase()]),
        json!([group, ENTERPRISE_USER]),
        json!([format!("{user}s")]),
    ] {
        check_user(json!({"schemas": schemas}), json!({}));
    }
    for schemas in [
        json!([group]),
        json!(group.to_lowercase()),
        json!(["urn:x", group]),
    ] {
        let body = json!({"schemas": schemas, "userName": "u"});
        refused(body.clone(), ErrorKind::InvalidValue, "`schemas` names");
        refused(body, ErrorKind::InvalidValue, user);
    }
    let body = json!({"schemas": [user], "displayName": "g"});
    let result = accept::create(ResourceType::group(), &body);
    check_refused(result, &body, ErrorKind::InvalidValue, group);
}

#[test]
fn bodies_that_are_no_resource() {
    for (body, detail) in [
        (json!([]), "the body must be a JSON object, not an array"),
        (json!("x"), "not the string `x`"),
        (json!(null), "not null"),
        (
            json!({"userName": "a", "UserName": "a"}),
            "`UserName` is given twice",
        ),
        (
            json!({"userName": "a", "foo": 1, "FOO": 1}),
            "`FOO` is given twice",
        ),
        (
            json!({"userName": "a", "emails": [{"value": "a", "Value": "b"}]}),
            "`Value` is given twice",
        ),
        (
            json!({"userName": "a", "name": {"givenName": "a", "GivenName": "b"}}),
            "`GivenName` is given twice",
        ),
        (
            json!({"userName": "a", "department": "x", ENTERPRISE_USER: {"department": "y"}}),
            "`department` is given twice",
        ),
        (
            json!({"userName": "a", "title": "x", (format!("{USER}:title")): "y"}),
            "`title` is given twice",
        ),
        (
            json!({"userName": "a", ENTERPRISE_USER: {"department": "x", "Department": "x"}}),
            "`Department` is given twice",
        ),
    ] {
        refused(body, ErrorKind::InvalidSyntax, detail);
    }
}

#[test]
fn attributes_stand_in_the_schemas_order() {
    let body = json!({
        "urn:b:b": {"x": 1}, "urn:a:a": {"x": 1}, ENTERPRISE_USER: {"department": "D", "costCenter": "C"},
        "emails": [{"primary": true, "type": "work", "value": "a"}], "userName": "u", "externalId": "e",
    });
    let draft = accept::create(ResourceType::user(), &body).unwrap();
    let expected = format!(
        concat!(
            r#"{{"externalId":"e","userName":"u","emails":[{{"value":"a","type":"work","primary":true}}],"#,
            r#""{}":{{"costCenter":"C","department":"D"}},"urn:b:b":{{"x":1}},"urn:a:a":{{"x":1}}}}"#
        ),
        ENTERPRISE_USER
    );
    assert_eq!(draft.attributes.to_json(), expected);
}
