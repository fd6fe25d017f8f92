//! Users, and bulk requests.

use super::super::operation::{Operation, Way};
use super::super::world::World;
use super::{members, op, patch};
use crate::urn;
use crate::urn::CUSTOM as URN;
use serde_json::{Value, json};

#[rustfmt::skip]
pub(super) fn rows() -> Vec<Operation> {
    use World::{Guarded, Popular, Settled, Small, Tripped};
    let row = Operation::new;
    let rich = json!({
        "schemas": [urn::USER], "userName": "zoe", "externalId": "x-zoe", "active": true,
        "emails": [{"type": "work", "value": "zoe@x.example"}, {"type": "home", "value": "zoe@h.example"}],
    });
    let put = |name: &str, mail: &str| json!({
        "schemas": [urn::USER], "userName": name, "externalId": "x-2", "active": true,
        "emails": [{"type": "work", "value": mail}],
    });
    let plain = json!({"userName": "zoe"});
    let off = patch(json!([op("replace", "active", json!(false))]));
    let title = patch(json!([op("replace", "title", json!("Lady"))]));
    vec![
        row("create a user", Small, ("POST", "/Users"), plain.clone(), (201, 409)),
        row("create a user by a new key", Small, ("POST", "/Users"), plain.clone(), (201, 409)).judged(Way::FirstUse),
        row("create a user with addresses", Small, ("POST", "/Users"), rich, (201, 409)),
        row("create a user whose name is taken", Small, ("POST", "/Users"), json!({"userName": "ADA"}), (409, 409)),
        row("create a user with an extension", Settled, ("POST", "/Users"), json!({"userName": "zoe", URN: {"tag": "t"}}), (201, 409)),
        row("create a user below a limit", Guarded, ("POST", "/Users"), plain, (201, 409)),
        row("rename a user", Small, ("PATCH", "/Users/<ada>"), patch(json!([op("replace", "userName", json!("ada.l"))])), (200, 200)),
        row("rename a user in case alone", Small, ("PATCH", "/Users/<ada>"), patch(json!([op("replace", "userName", json!("ADA"))])), (200, 200)),
        row("rename a user to a taken name", Small, ("PATCH", "/Users/<ada>"), patch(json!([op("replace", "userName", json!("bob"))])), (409, 409)),
        row("change an address", Small, ("PATCH", "/Users/<ada>"), patch(json!([op("replace", "emails[type eq \"work\"].value", json!("l@x.example"))])), (200, 200)),
        row("change a title", Small, ("PATCH", "/Users/<ada>"), title.clone(), (200, 200)),
        row("change a title on a version", Small, ("PATCH", "/Users/<ada>"), title, (200, 412)).with("if-match", "W/\"1.3\""),
        row("change nothing", Small, ("PATCH", "/Users/<ada>"), patch(json!([op("replace", "title", json!("Countess"))])), (200, 200)),
        row("patch nobody", Small, ("PATCH", "/Users/none"), patch(json!([op("replace", "title", json!("x"))])), (404, 404)),
        row("put a user", Small, ("PUT", "/Users/<bob>"), put("bob", "b2@x.example"), (200, 200)),
        row("put a user under another name", Small, ("PUT", "/Users/<bob>"), put("bobby", "b2@x.example"), (200, 200)),
        row("deactivate a user", Small, ("PATCH", "/Users/<ada>"), off.clone(), (200, 200)),
        row("deactivate a user under a guard", Guarded, ("PATCH", "/Users/<ada>"), off.clone(), (200, 200)),
        row("deactivate a user, refused by the guard", Tripped, ("PATCH", "/Users/<ada>"), off, (403, 403)),
        row("delete a user in no group", Small, ("DELETE", "/Users/<eve>"), Value::Null, (204, 404)),
        row("delete a user in one group", Small, ("DELETE", "/Users/<bob>"), Value::Null, (204, 404)),
        row("delete a user in three groups", Small, ("DELETE", "/Users/<ada>"), Value::Null, (204, 404)),
        row("delete a user in 55 groups", Popular, ("DELETE", "/Users/<ada>"), Value::Null, (204, 404)),
        row("delete a user under a guard", Guarded, ("DELETE", "/Users/<bob>"), Value::Null, (204, 404)),
        row("bulk without references", Small, ("POST", "/Bulk"), apart(), (200, 200)).judged(Way::Parts),
        row("bulk with references", Small, ("POST", "/Bulk"), chained(), (200, 200)).judged(Way::Chain),
    ]
}

/// Changes that do not know of each other.
fn apart() -> Value {
    json!({"schemas": [urn::BULK], "Operations": [
        {"method": "PATCH", "path": "/Users/<ada>", "data": patch(json!([op("replace", "title", json!("Lady"))]))},
        {"method": "PATCH", "path": "/Groups/<crew>", "data": patch(json!([op("add", "members", members(["eve"]))]))},
        {"method": "DELETE", "path": "/Users/<dan>"},
    ]})
}

/// A user, a group that has it, and a group around.
fn chained() -> Value {
    json!({"schemas": [urn::BULK], "Operations": [
        {"method": "POST", "path": "/Groups", "bulkId": "outer",
         "data": {"displayName": "Outer", "members": [{"value": "bulkId:inner"}]}},
        {"method": "POST", "path": "/Groups", "bulkId": "inner",
         "data": {"displayName": "Inner", "members": [{"value": "bulkId:zoe"}, {"value": "<bob>"}]}},
        {"method": "POST", "path": "/Users", "bulkId": "zoe", "data": {"userName": "zoe"}},
        {"method": "DELETE", "path": "/Users/<eve>"},
    ]})
}
