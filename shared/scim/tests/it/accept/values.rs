//! What a value is made of, and which are refused.

use super::check::{
    SHIP, check, check_refused, check_ship, check_user, refused, sailor, with_user_name,
};
use scim::accept::{self};
use scim::schema::ENTERPRISE_USER;
use scim::{ErrorKind, ResourceType};
use serde_json::{Value, json};

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
        json!({"urn:acme:2.0": {"Keep": null, "keep": []}}),
    ] {
        check_user(same.clone(), same);
    }
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
        (
            json!({"emails": [["a@b"]]}),
            "`emails` must be an object, not an array",
        ),
        (
            json!({SHIP: {"flags": [["de"]]}}),
            "`flags` must be a string, not an array",
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
            json!({"schemas": {"a": 1}}),
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
            json!({SHIP: {"launched": "2008-13-23T04:56:22"}}),
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
    let error = accept::create(ResourceType::user(), &body).unwrap_err();
    assert_eq!(
        error.detail(),
        "attribute `password` must be a string, not another value"
    );
}

#[test]
fn undeclared_extensions_are_bounded_together() {
    let half = "x".repeat(8 * 1024 - 100);
    let fits = json!({"urn:a:b": {"a": half}, "urn:a:c": {"a": half}});
    check_user(fits.clone(), fits);
    let body = json!({"userName": "u", "urn:a:b": {"a": half}, "urn:a:c": {"a": half, "b": half}});
    refused(body, ErrorKind::PayloadTooLarge, "declare their schema");

    // To the byte: the URN, and the object as JSON.
    let of_size = |size: usize| json!({"urn:a:b": {"a": "x".repeat(size - 7 - 8)}});
    check_user(of_size(16 * 1024), of_size(16 * 1024));
    let mut body = of_size(16 * 1024 + 1);
    body["userName"] = json!("u");
    refused(body, ErrorKind::PayloadTooLarge, "declare their schema");
}

#[test]
fn a_required_extension_is_required() {
    let mut of = sailor();
    of.extensions[1].required = true;
    let body = json!({"userName": "u", SHIP: {"pin": "1"}});
    let detail = format!("extension `{SHIP}` is required");
    check_refused(
        accept::create(&of, &body),
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

/// Equal resources are equal text: no change is written when one is sent again.
#[test]
fn a_repetition_adds_what_is_missing_in_the_order_of_the_schema() {
    let text = |emails: Value| {
        let body = json!({"userName": "a", "emails": emails});
        let draft = accept::create(ResourceType::user(), &body).unwrap();
        draft.attributes.to_json()
    };
    let twice =
        json!([{"value": "x", "type": "work"}, {"type": "work", "display": "d", "value": "X"}]);
    let once = json!([{"value": "x", "type": "work", "display": "d"}]);
    assert_eq!(text(twice), text(once));
}
