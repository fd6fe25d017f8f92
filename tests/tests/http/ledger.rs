//! What the ordinary operations cost, as README.md and DESIGN.md's ledger say: a
//! realm that has switched nothing on pays for nothing but them. The units are
//! those that the realm's usage shows, authentication included.

use muster_tests::{Call, Realm, Server, urn};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Read and write units.
pub(super) type Units = (f64, f64);

/// A request, what usage calls it, and what it may cost at most.
struct Row {
    what: &'static str,
    call: Call,
    operation: &'static str,
    at_most: Units,
}

/// A user whose item has not quite 1 KB, with one e-mail address.
fn user(name: &str) -> Value {
    json!({
        "schemas": [urn::USER, urn::ENTERPRISE],
        "userName": format!("{name}@example.net"), "externalId": name, "active": true,
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"type": "work", "value": format!("{name}@example.net"), "primary": true}],
        "title": "t".repeat(300),
        urn::ENTERPRISE: {"department": "d".repeat(100)},
    })
}

fn patch(path: &str, operations: Value) -> Call {
    let body = json!({"schemas": [urn::PATCH], "Operations": operations});
    Call::new("PATCH", path).json(&body)
}

/// The sums of the realm's usage by operation.
pub(super) async fn used(realm: &Realm, server: &Server) -> BTreeMap<String, Units> {
    let path = format!("/admin/v1/realms/{}/usage", realm.name);
    let answer = realm.admin(server, "GET", &path, None).await;
    let mut sums: BTreeMap<String, Units> = BTreeMap::new();
    for day in answer.json()["days"].as_array().unwrap() {
        for usage in day["operations"].as_array().unwrap() {
            let sum = sums.entry(usage["operation"].as_str().unwrap().to_owned());
            let sum = sum.or_default();
            sum.0 += usage["readUnits"].as_f64().unwrap();
            sum.1 += usage["writeUnits"].as_f64().unwrap();
        }
    }
    sums
}

#[tokio::test]
async fn what_the_ordinary_operations_cost() {
    let server = crate::server();
    let realm = Realm::create(server, "u-ledger").await;
    // Notes the key's first use, which is no cost of what follows.
    let ada = realm.post("/Users", &user("ada")).await.created();
    let other = realm.user("other@example.net").await;
    let mut twenty = Vec::new();
    for n in 0..20 {
        let id = realm.user(&format!("u{n}@example.net")).await;
        twenty.push(json!({"value": id}));
    }
    let group = realm.group("Crew", &[&ada]).await;
    let (ada_id, ada, group) = (
        ada.clone(),
        format!("/Users/{ada}"),
        format!("/Groups/{group}"),
    );
    let whole = |members: &[&String]| {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        Call::new("PUT", &group).json(&json!({"displayName": "Crew", "members": members}))
    };
    let title = json!([{"op": "replace", "path": "title", "value": "x".repeat(300)}]);
    let found = "/Users?filter=userName eq \"ada@example.net\"";
    let missed = "/Users?filter=userName eq \"nobody@example.net\"";
    let member = |op: &str| json!([{"op": op, "path": "members", "value": [{"value": other}]}]);
    #[rustfmt::skip]
    let rows = [
        Row { what: "GET a user in one group", call: Call::get(&ada), operation: "GetUser", at_most: (3.5, 0.0) },
        Row { what: "HEAD it", call: Call::new("HEAD", &ada), operation: "GetUser", at_most: (3.5, 0.0) },
        Row { what: "find it", call: Call::get(found), operation: "ListUsers", at_most: (4.5, 0.0) },
        Row { what: "find nobody", call: Call::get(missed), operation: "ListUsers", at_most: (3.0, 0.0) },
        Row { what: "POST a user", call: Call::new("POST", "/Users").json(&user("bob")), operation: "CreateUser", at_most: (2.0, 12.0) },
        Row { what: "POST it again", call: Call::new("POST", "/Users").json(&user("bob")), operation: "CreateUser", at_most: (2.0, 1.0) },
        Row { what: "PATCH a user", call: patch(&ada, title.clone()), operation: "PatchUser", at_most: (3.5, 4.0) },
        Row { what: "PATCH that changes nothing", call: patch(&ada, title), operation: "PatchUser", at_most: (3.5, 0.0) },
        Row { what: "PATCH one member in", call: patch(&group, member("add")), operation: "PatchGroup", at_most: (4.0, 8.0) },
        Row { what: "PATCH one member out", call: patch(&group, member("remove")), operation: "PatchGroup", at_most: (4.0, 8.0) },
        Row { what: "PUT the group with one member more", call: whole(&[&ada_id, &other]), operation: "ReplaceGroup", at_most: (6.0, 8.0) },
        Row { what: "PUT it again", call: whole(&[&ada_id, &other]), operation: "ReplaceGroup", at_most: (5.0, 0.0) },
        Row { what: "PUT it with one member less", call: whole(&[&ada_id]), operation: "ReplaceGroup", at_most: (6.0, 8.0) },
        Row { what: "PATCH 20 members in", call: patch(&group, json!([{"op": "add", "path": "members", "value": twenty}])), operation: "PatchGroup", at_most: (23.0, 84.0) },
        Row { what: "disable a user", call: patch(&ada, json!([{"op": "replace", "path": "active", "value": "False"}])), operation: "PatchUser", at_most: (3.5, 4.0) },
        Row { what: "GET a page", call: Call::get("/Users?count=10"), operation: "ListUsers", at_most: (4.5, 0.0) },
        Row { what: "DELETE a user in one group", call: Call::new("DELETE", &ada), operation: "DeleteUser", at_most: (3.0, 16.0) },
        Row { what: "a bad request", call: Call::get("/Users?filter=userName"), operation: "ListUsers", at_most: (2.0, 0.0) },
        Row { what: "/Schemas", call: Call::get("/Schemas"), operation: "ListSchemas", at_most: (2.0, 0.0) },
    ];
    let mut before = used(&realm, server).await;
    for row in rows {
        let answer = realm.send(row.call).await;
        let after = used(&realm, server).await;
        let of = |sums: &BTreeMap<String, Units>| sums.get(row.operation).copied();
        let (before_it, after_it) = (of(&before).unwrap_or_default(), of(&after).unwrap());
        let cost = (after_it.0 - before_it.0, after_it.1 - before_it.1);
        assert!(
            cost.0 > 0.0 && cost.0 <= row.at_most.0 && cost.1 <= row.at_most.1,
            "{}: {cost:?}, at most {:?}; {answer:?}",
            row.what,
            row.at_most
        );
        before = after;
    }
}

/// How many members come or go at once.
const MANY: usize = 1_000;
/// How many members a chunk holds: two actions each, and one is the chunk's own.
const IN_A_CHUNK: usize = 49;

/// DESIGN.md's row for a change of many members, and what the job costs beside
/// it: a chunk is put and, in its transaction, deleted; the job's record is put in
/// the transaction of the change and deleted; the group forgets the job.
#[tokio::test]
async fn what_a_change_of_many_members_costs_whatever_the_size_of_the_group() {
    let server = crate::server();
    let realm = Realm::create(server, "u-ledger-many").await;
    let mut users = Vec::new();
    for n in 0..2 * MANY {
        let id = realm.user(&format!("u{n}@example.net")).await;
        users.push(json!({"value": id}));
    }
    let (there, coming) = users.split_at(MANY);
    let chunks = MANY.div_ceil(IN_A_CHUNK) as f64;
    let k = MANY as f64;
    let job = chunks * 3.0 + 4.0;
    let at_most = (3.0 + 2.0 * k, 4.0 + k * 4.0 + job);
    let mut before = used(&realm, server).await;
    for (name, members) in [("Small", &there[..1]), ("Large", there)] {
        let body = json!({"displayName": name, "members": members});
        let group = realm.post("/Groups", &body).await.created();
        let path = format!("/Groups/{group}");
        for op in ["add", "remove"] {
            let what = format!("{op} {MANY} in {name}");
            let operations = json!([{"op": op, "path": "members", "value": coming}]);
            realm.send(patch(&path, operations)).await.is(204);
            let after = used(&realm, server).await;
            let of = |sums: &BTreeMap<String, Units>| sums.get("PatchGroup").copied();
            let (before_it, after_it) = (of(&before).unwrap_or_default(), of(&after).unwrap());
            let cost = (after_it.0 - before_it.0, after_it.1 - before_it.1);
            assert!(
                cost.0 <= at_most.0 && cost.1 <= at_most.1,
                "{what}: {cost:?}, at most {at_most:?}"
            );
            before = after;
        }
    }
}
