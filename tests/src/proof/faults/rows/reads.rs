//! What only reads, discovery with a token among it.

use super::super::operation::{Operation, Way};
use super::super::world::World;
use crate::urn;
use serde_json::{Value, json};

pub(super) fn rows() -> Vec<Operation> {
    let mut rows: Vec<Operation> = [
        "/Users/<ada>",
        "/Users/<ada>?attributes=groups",
        "/Groups/<team>",
        "/Groups/<team>?attributes=members.value,members.display",
        "/Groups/<team>?excludedAttributes=members",
        "/Users",
        "/Users?startIndex=2&count=2",
        "/Users?cursor&count=2",
        "/Users?sortBy=userName&count=2",
        "/Users?filter=userName eq \"ada\"",
        "/Users?filter=userName eq \"nobody\"",
        "/Users?filter=externalId eq \"x-ada\"",
        "/Users?filter=emails.value eq \"bob@x.example\"",
        "/Users?filter=title pr",
        "/Groups",
        "/Groups?filter=displayName eq \"crew\"",
        "/Groups?filter=members eq \"<ada>\"",
        "/Groups?filter=id eq \"<team>\" and members eq \"<ada>\"",
        "?filter=meta.version pr",
        "/ServiceProviderConfig",
        "/ResourceTypes",
        "/ResourceTypes/User",
        "/Schemas",
    ]
    .map(|path| get(path, 200))
    .into();
    rows.push(get(&format!("/Schemas/{}", urn::USER), 200));
    rows.push(get("/Users/none", 404));
    let next = get("/Users?count=2&cursor=<cursor>", 200);
    rows.push(next.after("/Users?cursor&count=2"));
    let mut settled = get("/Users/<guest>", 200);
    settled.world = World::Settled;
    settled.name = "read with own schemas";
    rows.push(settled);
    let search = json!({"schemas": [urn::SEARCH], "filter": "meta.version pr", "count": 10});
    for path in ["/.search", "/Users/.search", "/Groups/.search"] {
        let asked = ("POST", path);
        rows.push(Operation::new(
            "search",
            World::Small,
            asked,
            search.clone(),
            (200, 200),
        ));
    }
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let asked = (method, "/Me");
        rows.push(Operation::new(
            "who am I",
            World::Small,
            asked,
            Value::Null,
            (501, 501),
        ));
    }
    rows.push(get("/Users/<bob>", 200).judged(Way::FirstUse));
    rows
}

fn get(path: &str, status: u16) -> Operation {
    let both = (status, status);
    Operation::new("read", World::Small, ("GET", path), Value::Null, both)
}
