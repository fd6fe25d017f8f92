//! Administration.

use super::super::operation::{Operation, Way};
use super::super::world::World;
use crate::urn::CUSTOM as URN;
use serde_json::{Value, json};

/// Realms, keys, members.
#[rustfmt::skip]
pub(super) fn rows() -> Vec<Operation> {
    use World::{Empty, Guarded, Settled, Small, Tripped};
    let row = Operation::new;
    let at = |path: &str| format!("/admin/v1/realms/<realm>{path}");
    let new_key = json!({"name": "new", "expiresIn": "90d"});
    let people = json!({"users": [{"userName": "zoe", "emails": [{"value": "z@x.example"}]}, {"userName": "ada"}, {"userName": "yan"}]});
    let mut rows = vec![
        row("make a realm", Small, ("POST", "/admin/v1/realms"), json!({"name": "<fresh>", "displayName": "Fresh"}), (201, 200)),
        row("change a realm", Small, ("PATCH", &at("")), json!({"displayName": "New", "events": {"retentionDays": 7}}), (200, 200)),
        row("change a realm on a version", Small, ("PATCH", &at("")), json!({"displayName": "New"}), (200, 412)).with("if-match", "W/\"1\""),
        row("change nothing of a realm", Small, ("PATCH", &at("")), json!({}), (200, 200)),
        row("take a realm's guard away", Tripped, ("PATCH", &at("")), json!({"deletionGuard": null}), (200, 200)),
        row("switch a realm off", Small, ("PATCH", &at("")), json!({"state": "disabled"}), (200, 200)),
        row("release a guard", Tripped, ("POST", &at("/deletion-guard/release")), Value::Null, (200, 200)),
        row("release a guard that refuses nothing", Guarded, ("POST", &at("/deletion-guard/release")), Value::Null, (200, 200)),
        row("make a key", Small, ("POST", &at("/keys")), new_key.clone(), (201, 201)),
        row("make a key once", Small, ("POST", &at("/keys")), new_key, (201, 200)).with("idempotency-key", "one"),
        row("rotate a key", Small, ("POST", &at("/keys/<key>/rotate")), json!({"overlap": "1h"}), (201, 201)),
        row("revoke a key", Small, ("DELETE", &at("/keys/<key>")), Value::Null, (204, 204)),
        row("accept a member", Settled, ("PATCH", &at("/members/<guest>")), json!({"state": "accepted"}), (200, 200)),
        row("import members", Small, ("POST", &at("/members/import")), people, (200, 200)).judged(Way::Parts),
        row("import a realm", Empty, ("POST", &at("/import")), json!({"items": "<other export>"}), (200, 200)).judged(Way::Parts),
    ];
    rows.extend([
        "", "/keys", "/keys/<key>", "/schemas", "/mappers", "/members", "/members?q=ada",
        "/members/<ada>", "/export", "/export?limit=2", "/events", "/events/<event>",
    ].map(|path| row("read", Small, ("GET", &at(path)), Value::Null, (200, 200))));
    rows.push(row("read usage", Small, ("GET", &at("/usage")), Value::Null, (200, 200)).judged(Way::Loose));
    for path in ["/admin/v1/openapi.json", "/admin/v1/profiles"] {
        rows.push(row("read what is fixed", Small, ("GET", path), Value::Null, (200, 200)));
    }
    rows
}

/// Schemas and mappers.
#[rustfmt::skip]
pub(super) fn settings() -> Vec<Operation> {
    use World::{Settled, Small};
    let row = Operation::new;
    let at = |path: &str| format!("/admin/v1/realms/<realm>{path}");
    let schema = json!({"name": "Custom", "resourceType": "User", "attributes": [{"name": "tag", "type": "string"}]});
    let wider = json!({"name": "Custom", "resourceType": "User", "attributes": [{"name": "tag", "type": "string"}, {"name": "level", "type": "integer"}]});
    let mappers = json!({"mappers": [{"name": "first", "attribute": "givenName", "path": "name.givenName", "type": "String"}]});
    let one = at(&format!("/schemas/{URN}"));
    vec![
        row("declare a schema", Small, ("PUT", &one), schema, (201, 200)),
        row("widen a schema", Settled, ("PUT", &one), wider, (200, 200)),
        row("declare a schema no more", Settled, ("DELETE", &one), Value::Null, (204, 404)),
        row("read a schema", Settled, ("GET", &one), Value::Null, (200, 200)),
        row("set mappers", Small, ("PUT", &at("/mappers")), mappers.clone(), (200, 200)),
        row("change mappers", Settled, ("PUT", &at("/mappers")), mappers, (200, 200)),
        row("mappers as at first", Settled, ("DELETE", &at("/mappers")), Value::Null, (204, 204)),
        row("try mappers", Settled, ("POST", &at("/mappers/try")), json!({"member": "<ada>"}), (200, 200)),
    ]
}

/// What reads more than one realm.
pub(super) fn directory() -> Operation {
    let asked = ("GET", "/admin/v1/realms");
    Operation::new(
        "list the realms",
        World::Small,
        asked,
        Value::Null,
        (200, 200),
    )
    .judged(Way::AllRealms)
}

/// What ends a realm.
pub(super) fn end() -> Operation {
    let asked = ("DELETE", "/admin/v1/realms/<realm>");
    Operation::new(
        "delete a realm",
        World::Small,
        asked,
        Value::Null,
        (202, 202),
    )
    .judged(Way::Sweep)
}
