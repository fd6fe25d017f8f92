//! What is no value, and what is not the client's.

use super::check::{check_ship, check_user};
use scim::schema::ENTERPRISE_USER;
use serde_json::json;

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
        json!({"emails": [{"type": "work", "value": ""}]}),
        json!({"roles": [{"type": "t", "display": "d", "primary": "True", "value": null}]}),
        json!({"addresses": [{"type": "", "locality": null, "unknown": "x"}]}),
    ] {
        check_user(body, json!({}));
    }
}

#[test]
fn an_element_without_a_value_is_kept() {
    for same in [
        json!({"emails": [{"type": "work"}]}),
        json!({"emails": [{"display": "d", "type": "work", "primary": true}]}),
        json!({"roles": [{"display": "X", "type": "Y"}]}),
        json!({"roles": [{"value": "v"}, {"primary": false}]}),
    ] {
        check_user(same.clone(), same);
    }
    for (body, expected) in [
        (
            json!({"addresses": [{"type": "work", "primary": "True", "country": null}]}),
            json!({"addresses": [{"type": "work", "primary": true}]}),
        ),
        (
            json!({"addresses": [{"type": "work", "locality": ""}]}),
            json!({"addresses": [{"type": "work"}]}),
        ),
        (
            json!({"manager": {"$ref": "https://h/Users/1"}}),
            json!({ENTERPRISE_USER: {"manager": {"$ref": "https://h/Users/1"}}}),
        ),
    ] {
        check_user(body, expected);
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
            json!([{"value": "a", "primary": true}, {"value": "a", "primary": false}]),
            json!([{"value": "a", "primary": true}]),
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
