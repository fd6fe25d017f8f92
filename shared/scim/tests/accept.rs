//! Client bodies to attributes: what is taken, what is made of it, what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use scim::accept::{self, Draft, Member};
use scim::schema::{ENTERPRISE_USER, Schema};
use scim::{Attributes, ErrorKind, Extension, ResourceType, Result};
use serde_json::{Value, json};
use std::sync::Arc;

/// A schema with every type and characteristic the stock ones lack.
const SHIP: &str = "urn:acme:scim:2.0:Ship";

fn sailor() -> ResourceType {
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

fn with_user_name(mut body: Value) -> Value {
    body.as_object_mut()
        .unwrap()
        .entry("userName")
        .or_insert("u".into());
    body
}

#[track_caller]
fn check(of: &ResourceType, body: Value, expected: Value) {
    let draft = accept::create(of, body.clone()).unwrap_or_else(|e| panic!("{body}: {e}"));
    assert_eq!(
        Value::Object(draft.attributes.into_map()),
        expected,
        "{body}"
    );
}

#[track_caller]
fn check_user(body: Value, expected: Value) {
    check(
        ResourceType::user(),
        with_user_name(body),
        with_user_name(expected),
    );
}

#[track_caller]
fn check_ship(object: Value, expected: Value) {
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
fn check_refused(result: Result<Draft>, body: &Value, kind: ErrorKind, detail: &str) {
    let error = result.expect_err(&body.to_string());
    assert_eq!(error.kind(), kind, "{body}: {error}");
    assert!(error.detail().contains(detail), "{body}: {error}");
}

#[track_caller]
fn refused(body: Value, kind: ErrorKind, detail: &str) {
    let of = sailor();
    check_refused(accept::create(&of, body.clone()), &body, kind, detail);
}

#[test]
fn nothing_is_absent() {
    for body in [
        json!({"title": null}),
        json!({"title": ""}),
        json!({"title": []}),
        json!({"title": {}}),
        json!({"title": [""]}),
        json!({"title": {"value": null}}),
        json!({"active": ""}),
        json!({"emails": null, "phoneNumbers": [], "addresses": {}, "roles": ""}),
        json!({"emails": [null, "", {}, []]}),
        json!({"name": {"givenName": "", "familyName": null}}),
        json!({ENTERPRISE_USER: null}),
        json!({ENTERPRISE_USER: {}}),
        json!({ENTERPRISE_USER: {"manager": {"value": ""}, "department": ""}}),
        json!({ENTERPRISE_USER: {"manager": {"value": null, "$ref": "../Users/1"}}}),
        json!({"emails": [{"type": "work"}]}),
        json!({"emails": [{"type": "work", "primary": true, "display": "d"}]}),
        json!({"emails": [{"type": "work", "value": ""}]}),
        json!({"addresses": [{"type": "work", "primary": "True"}]}),
        json!({"addresses": [{"type": "work", "locality": ""}]}),
        json!({"manager": {"$ref": "https://h/Users/1"}}),
    ] {
        check_user(body, json!({}));
    }
}

#[test]
fn a_cleared_value_clears_what_describes_it() {
    check_ship(json!({"berth": {"value": "", "note": "x"}}), json!(null));
    check_ship(json!({"berth": {"note": "x", "Value": null}}), json!(null));
}

#[test]
fn what_is_not_the_clients_is_ignored() {
    for body in [
        json!({"id": "1", "meta": {"resourceType": "User"}, "schemas": []}),
        json!({"ID": 5, "Meta": "x"}),
        json!({"groups": [{"value": "g"}]}),
        json!({"groups": 7}),
        json!({"password": "1mz050nq"}),
        json!({"adreses": [{"country": "Germany"}]}),
        json!({"members": [{"value": "x"}]}),
        json!({"schemas": null}),
        json!({"schemas": ["urn:x", "http://schemas.microsoft.com/2006/11/ADSCIM/2.0/Group"]}),
        json!({"manager": {"displayName": "boss"}}),
        json!({"name": {"nick": "x"}}),
        json!({"urn:acme:unknown": "no object"}),
        json!({"urn:acme:unknown": {}}),
        json!({"http://acme/x": {"a": 1}}),
        json!({(format!("{ENTERPRISE_USER}:shoeSize")): 44}),
    ] {
        check_user(body, json!({}));
    }
    check_ship(json!({"rank": 5, "pin": "1234"}), json!(null));
    check_ship(
        json!({"yard": {"name": "n", "key": "k"}}),
        json!({"yard": {"name": "n"}}),
    );
    check_ship(json!({"yard": {"key": "k"}}), json!(null));
}

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
fn client_forms_become_one() {
    let manager = json!({ENTERPRISE_USER: {"manager": {"value": "m"}}});
    let email = json!({"emails": [{"value": "a@b"}]});
    for (body, expected) in [
        (json!({"manager": "m"}), manager.clone()),
        (json!({ENTERPRISE_USER: {"manager": "m"}}), manager.clone()),
        (json!({"manager": {"value": "m"}}), manager.clone()),
        (
            json!({"manager": {"value": "m", "$ref": null, "displayName": "x"}}),
            manager.clone(),
        ),
        (
            json!({"manager": [{"value": "m", "$ref": ""}]}),
            manager.clone(),
        ),
        (json!({"manager": ["m"]}), manager.clone()),
        (
            json!({"manager": [{"$ref": "https://h/Users/m", "value": "m"}]}),
            json!({ENTERPRISE_USER: {"manager": {"value": "m", "$ref": "https://h/Users/m"}}}),
        ),
        (json!({"active": "True"}), json!({"active": true})),
        (json!({"active": "False"}), json!({"active": false})),
        (json!({"active": "true"}), json!({"active": true})),
        (json!({"active": ["false"]}), json!({"active": false})),
        (
            json!({"active": {"value": "True"}}),
            json!({"active": true}),
        ),
        (json!({"title": ["User X"]}), json!({"title": "User X"})),
        (
            json!({"title": {"value": "User X"}}),
            json!({"title": "User X"}),
        ),
        (
            json!({"title": [{"$ref": null, "value": "User X"}]}),
            json!({"title": "User X"}),
        ),
        (json!({"emails": "a@b"}), email.clone()),
        (json!({"emails": {"value": "a@b"}}), email.clone()),
        (json!({"emails": ["a@b"]}), email.clone()),
        (json!({"emails": ["a@b", {"value": "a@b"}]}), email.clone()),
        (
            json!({"name": [{"givenName": "G"}]}),
            json!({"name": {"givenName": "G"}}),
        ),
    ] {
        check_user(body, expected);
    }
}

#[test]
fn values_stay_as_they_came() {
    for same in [
        json!({"addresses": [{"type": "work", "country": "Germany"}]}),
        json!({"phoneNumbers": [{"type": "mobile", "value": "+49 (0) 421 / 55-5"}]}),
        json!({"emails": [{"type": "untyped", "value": "no address"}]}),
        json!({"roles": [{"value": "{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"A\"}"}]}),
        json!({"userName": "  Ünïcode.Name@Example.NET "}),
        json!({"externalId": "00ujl29u0le5T6Aj10h7"}),
        json!({"profileUrl": "not a uri at all"}),
        json!({"x509Certificates": [{"value": "AQIDBA=="}]}),
        json!({"urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User": {"tag": "1"}}),
        json!({"URN:acme:x": {"Keep": null, "keep": [], "n": {"a": [{}, 1.50]}}}),
    ] {
        check_user(same.clone(), same);
    }
}

#[test]
fn elements_that_repeat_are_one() {
    for (emails, expected) in [
        (
            json!([{"type": "work", "value": "a@b"}, {"type": "work", "value": "A@B"}]),
            json!([{"type": "work", "value": "a@b"}]),
        ),
        (
            json!([{"type": "work", "value": "a"}, {"type": "work", "value": "a", "primary": true}]),
            json!([{"type": "work", "value": "a", "primary": true}]),
        ),
        (
            json!([{"value": "a", "primary": true}, {"value": "a", "primary": true, "display": "d"}]),
            json!([{"value": "a", "primary": true, "display": "d"}]),
        ),
        (
            json!([{"type": "work", "value": "a"}, {"type": "home", "value": "a"}, "a"]),
            json!([{"type": "work", "value": "a"}, {"type": "home", "value": "a"}, {"value": "a"}]),
        ),
    ] {
        check_user(json!({"emails": emails}), json!({"emails": expected}));
    }
    check_user(
        json!({"addresses": [{"locality": "Bremen", "type": "work"}, {"type": "work", "locality": "Bremen"}]}),
        json!({"addresses": [{"locality": "Bremen", "type": "work"}]}),
    );
    check_user(
        json!({"emails": [{"value": "a", "primary": false}, {"value": "a", "primary": "True"}]}),
        json!({"emails": [{"value": "a", "primary": true}]}),
    );
    check_user(
        json!({"addresses": [{"locality": "Bremen"}, {"locality": "bremen"}]}),
        json!({"addresses": [{"locality": "Bremen"}, {"locality": "bremen"}]}),
    );
    check_user(
        json!({"x509Certificates": ["AQID", "aqid"]}),
        json!({"x509Certificates": [{"value": "AQID"}, {"value": "aqid"}]}),
    );
    check_ship(
        json!({"flags": ["de", {"value": "DE"}, "", "nl"]}),
        json!({"flags": ["de", "nl"]}),
    );
}

#[test]
fn every_type() {
    for same in [
        json!({"berths": -3}),
        json!({"berths": 18_446_744_073_709_551_615_u64}),
        json!({"draught": 2.5}),
        json!({"draught": 3}),
        json!({"launched": "2008-01-23T04:56:22Z"}),
        json!({"launched": "2015-10-10T14:38:21.8617979-07:00"}),
        json!({"launched": "2015-10-10T14:38:21.123456789012+02:00"}),
        json!({"launched": "2008-01-23T04:56:22"}),
        json!({"seal": "-_-_"}),
        json!({"seal": "+/+/"}),
        json!({"seal": "AQ"}),
        json!({"seal": "AQ=="}),
        json!({"home": "../Ports/1"}),
        json!({"tags": [{"type": "t"}, {"display": "d"}]}),
        json!({"yard": {"name": "n", "slip": "4"}}),
        json!({"hold": {"type": "dry"}}),
        json!({"berth": {"note": "without a value"}}),
    ] {
        check_ship(same.clone(), same);
    }
}

#[test]
fn wrong_types_are_named() {
    for (body, detail) in [
        (
            json!({"title": 5}),
            "attribute `title` must be a string, not the number `5`",
        ),
        (
            json!({"title": true}),
            "attribute `title` must be a string, not the boolean `true`",
        ),
        (
            json!({"title": {"x": 1}}),
            "attribute `title` must be a string, not an object",
        ),
        (
            json!({"title": {"value": "x", "type": "y"}}),
            "not an object",
        ),
        (
            json!({"title": ["a", "b"]}),
            "attribute `title` must be one value, not a list of 2",
        ),
        (
            json!({"active": "maybe"}),
            "`active` must be a boolean (`true` or `false`), not the string `maybe`",
        ),
        (json!({"active": 1}), "`active` must be a boolean"),
        (
            json!({"name": "Petra"}),
            "`name` must be an object, not the string `Petra`",
        ),
        (
            json!({"name": {"givenName": 5}}),
            "`name.givenName` must be a string",
        ),
        (
            json!({"emails": [{"value": 5}]}),
            "`emails.value` must be a string, not the number `5`",
        ),
        (
            json!({"emails": 5}),
            "`emails` must be an object, not the number `5`",
        ),
        (
            json!({"emails": [{"value": "a", "primary": "x"}]}),
            "`emails.primary` must be a boolean",
        ),
        (
            json!({"addresses": ["Bremen"]}),
            "`addresses` must be an object, not the string `Bremen`",
        ),
        (json!({"profileUrl": 1}), "`profileUrl` must be a reference"),
        (
            json!({"x509Certificates": ["not base64!"]}),
            "`x509Certificates.value` must be binary data",
        ),
        (json!({"manager": 5}), "`manager` must be an object"),
        (
            json!({ENTERPRISE_USER: "x"}),
            "must be an object, not the string `x`",
        ),
        (
            json!({"schemas": "urn:x"}),
            "`schemas` must be an array of strings",
        ),
        (
            json!({"schemas": [1]}),
            "`schemas` must be an array of strings",
        ),
        (
            json!({SHIP: {"berths": 1.5}}),
            "`berths` must be an integer",
        ),
        (
            json!({SHIP: {"berths": "1"}}),
            "`berths` must be an integer",
        ),
        (
            json!({SHIP: {"draught": "1"}}),
            "`draught` must be a decimal number",
        ),
        (
            json!({SHIP: {"launched": "2008-01-23"}}),
            "`launched` must be a dateTime",
        ),
        (
            json!({SHIP: {"launched": "2008-01-23 04:56:22Z"}}),
            "`launched` must be a dateTime",
        ),
        (
            json!({SHIP: {"launched": "2008-13-23T04:56:22Z"}}),
            "`launched` must be a dateTime",
        ),
        (
            json!({SHIP: {"launched": "2008-01-23T04:56Z"}}),
            "`launched` must be a dateTime",
        ),
        (
            json!({SHIP: {"launched": "2008-01-23T04:56:22[UTC]"}}),
            "`launched` must be a dateTime",
        ),
        (
            json!({SHIP: {"launched": 1}}),
            "`launched` must be a dateTime",
        ),
        (json!({SHIP: {"seal": "A"}}), "`seal` must be binary data"),
        (
            json!({SHIP: {"seal": "-/-/"}}),
            "`seal` must be binary data",
        ),
        (
            json!({SHIP: {"log": [{"entry": "x"}]}}),
            "attribute `log.day` is required",
        ),
        (
            json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": "True"}]}),
            "attribute `emails` has 2 primary values",
        ),
        (
            json!({"userName": null}),
            "attribute `userName` is required",
        ),
        (json!({"userName": ""}), "attribute `userName` is required"),
        (
            json!({"userName": " \t"}),
            "attribute `userName` is required",
        ),
    ] {
        refused(with_user_name(body), ErrorKind::InvalidValue, detail);
    }
    refused(
        json!({"userame": "x"}),
        ErrorKind::InvalidValue,
        "attribute `userName` is required",
    );
}

#[test]
fn a_secret_is_not_repeated() {
    let body = with_user_name(json!({"password": 12_345}));
    let error = accept::create(ResourceType::user(), body).unwrap_err();
    assert_eq!(
        error.detail(),
        "attribute `password` must be a string, not another value"
    );
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
            json!({"userName": "a", ENTERPRISE_USER: {"department": "x", "Department": "x"}}),
            "`Department` is given twice",
        ),
    ] {
        refused(body, ErrorKind::InvalidSyntax, detail);
    }
}

#[test]
fn undeclared_extensions_are_bounded_together() {
    let half = "x".repeat(8 * 1024 - 100);
    let fits = json!({"urn:a:b": {"a": half}, "urn:a:c": {"a": half}});
    check_user(fits.clone(), fits);
    let body = json!({"userName": "u", "urn:a:b": {"a": half}, "urn:a:c": {"a": half, "b": half}});
    refused(body, ErrorKind::PayloadTooLarge, "declare their schema");
}

#[test]
fn a_required_extension_is_required() {
    let mut of = sailor();
    of.extensions[1].required = true;
    let body = json!({"userName": "u", SHIP: {"pin": "1"}});
    let detail = format!("extension `{SHIP}` is required");
    check_refused(
        accept::create(&of, body.clone()),
        &body,
        ErrorKind::InvalidValue,
        &detail,
    );
    check(
        &of,
        json!({"userName": "u", SHIP: {"berths": 1}}),
        json!({"userName": "u", SHIP: {"berths": 1}}),
    );
}

#[test]
fn attributes_stand_in_the_schemas_order() {
    let body = json!({
        "urn:b:b": {"x": 1}, "urn:a:a": {"x": 1}, ENTERPRISE_USER: {"department": "D", "costCenter": "C"},
        "emails": [{"primary": true, "type": "work", "value": "a"}], "userName": "u", "externalId": "e",
    });
    let draft = accept::create(ResourceType::user(), body).unwrap();
    let expected = format!(
        concat!(
            r#"{{"externalId":"e","userName":"u","emails":[{{"value":"a","type":"work","primary":true}}],"#,
            r#""{}":{{"costCenter":"C","department":"D"}},"urn:b:b":{{"x":1}},"urn:a:a":{{"x":1}}}}"#
        ),
        ENTERPRISE_USER
    );
    assert_eq!(draft.attributes.to_json(), expected);
}

#[track_caller]
fn check_members(members: Value, expected: &[(&str, Option<&str>)]) {
    let body = json!({"displayName": "g", "Members": members});
    let draft = accept::create(ResourceType::group(), body.clone()).unwrap();
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
        json!(["a", {"value": "A", "type": "User"}, {"value": "b"}, "a"]),
        &[("a", Some("User")), ("b", None)],
    );
}

#[test]
fn members_that_are_none() {
    for (members, detail) in [
        (json!([{"display": "x"}]), "`members.value` is required"),
        (
            json!([{"value": "", "type": "User"}]),
            "`members.value` is required",
        ),
        (json!([{"$ref": "/"}]), "`members.value` is required"),
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
        let result = accept::create(ResourceType::group(), body.clone());
        check_refused(result, &body, ErrorKind::InvalidValue, detail);
    }
    let body = json!({"displayName": "g", "members": [{"value": "a", "VALUE": "b"}]});
    let result = accept::create(ResourceType::group(), body.clone());
    check_refused(
        result,
        &body,
        ErrorKind::InvalidSyntax,
        "`VALUE` is given twice",
    );
    let body = json!({"displayName": ""});
    let result = accept::create(ResourceType::group(), body.clone());
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
        let draft = accept::replace(ResourceType::group(), body, &Attributes::default()).unwrap();
        assert_eq!(draft.members, None);
    }
}

fn ship() -> Attributes {
    let body = json!({
        "userName": "u", "title": "T",
        SHIP: {"hull": "Steel", "berths": 4, "yard": {"name": "n", "slip": "A"}}
    });
    accept::create(&sailor(), body).unwrap().attributes
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
        let draft = accept::replace(&sailor(), body.clone(), &ship()).unwrap();
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
        let result = accept::replace(&sailor(), body.clone(), &ship());
        check_refused(result, &body, ErrorKind::Mutability, detail);
    }
    let body = json!({"title": "no name"});
    let result = accept::replace(&sailor(), body.clone(), &ship());
    check_refused(
        result,
        &body,
        ErrorKind::InvalidValue,
        "attribute `userName` is required",
    );
}
