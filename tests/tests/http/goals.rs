//! The cost ledger of the design, as a law over the size of documents, the number
//! of groups and of members: what an operation may consume at most, authentication
//! included. D is the size of a user's item in KiB, as DynamoDB counts it.

use super::ledger::{Units, used};
use muster_tests::{Call, Realm, urn};
use serde_json::{Value, json};

/// What is not in a user's representation without `meta` and is in its item:
/// keys, versions, instants, who made it.
const BESIDE_THE_DOCUMENT: usize = 290;

/// A user of about so many KiB with so many e-mail addresses.
fn user(name: &str, kib: f64, emails: usize) -> Value {
    let addresses: Vec<Value> = (0..emails)
        .map(|n| json!({"type": format!("t{n}"), "value": format!("{n}.{name}@example.net")}))
        .collect();
    let mut user = json!({
        "schemas": [urn::USER], "userName": format!("{name}@example.net"), "externalId": name,
        "active": true, "emails": addresses, "title": "",
    });
    let rest = (kib * 1024.0) as usize - BESIDE_THE_DOCUMENT - user.to_string().len();
    user["title"] = json!("t".repeat(rest));
    user
}

struct Row {
    what: String,
    call: Call,
    operation: &'static str,
    goal: Units,
}

#[tokio::test]
async fn every_operation_costs_what_the_ledger_says_at_most() {
    let server = crate::server();
    let mut rows_seen = 0;
    for (number, (kib, emails, groups)) in [
        (0.95, 1, 0_u32),
        (1.5, 1, 0),
        (1.5, 1, 1),
        (1.5, 3, 3),
        (3.9, 2, 2),
        (7.5, 1, 10),
    ]
    .into_iter()
    .enumerate()
    {
        let realm = Realm::create(server, &format!("u-goals-{number}")).await;
        let ada = realm
            .post("/Users", &user("ada", kib, emails))
            .await
            .created();
        for n in 0..groups {
            realm.group(&format!("Crew {n}"), &[&ada]).await;
        }
        let mut others = Vec::new();
        for n in 0..20 {
            let other = user(&format!("other{n}"), kib, emails);
            others.push(json!({"value": realm.post("/Users", &other).await.created()}));
        }
        let crew = realm.group("The crew", &[]).await;
        let (path, crew) = (format!("/Users/{ada}"), format!("/Groups/{crew}"));
        let patch = |path: &str, operations: Value| {
            let body = json!({"schemas": [urn::PATCH], "Operations": operations});
            Call::new("PATCH", path).json(&body)
        };
        let find =
            |name: &str| Call::get(&format!("/Users?filter=userName eq \"{name}@example.net\""));
        let (whole, quarters) = (kib.ceil(), (kib / 4.0).ceil());
        let g = f64::from(groups);
        let further = 2.0 * (emails as f64 - 1.0);
        let nick = json!([{"op": "replace", "path": "nickName", "value": "x"}]);
        let members = |op: &str, k: usize| {
            patch(
                &crew,
                json!([{"op": op, "path": "members", "value": &others[..k]}]),
            )
        };
        let of_members = |k: f64| (3.0 + 2.0 * k, 4.0 + k * (2.0 + 2.0 * whole));
        #[rustfmt::skip]
        let rows = [
            ("authenticate", Call::get("/Schemas"), "ListSchemas", (2.0, 0.0)),
            ("GET", Call::get(&path), "GetUser", (2.0 + quarters + 0.5 * g, 0.0)),
            ("filter, hit", find("ada"), "ListUsers", (3.0 + quarters + 0.5 * g, 0.0)),
            ("filter, miss", find("nobody"), "ListUsers", (3.0, 0.0)),
            ("POST", Call::new("POST", "/Users").json(&user("bob", kib, emails)), "CreateUser", (2.0, 10.0 + 2.0 * whole + further)),
            ("PATCH", patch(&path, nick.clone()), "PatchUser", (2.0 + quarters + 0.5 * g, 2.0 * whole + 2.0)),
            ("PATCH, no-op", patch(&path, nick), "PatchUser", (2.0 + quarters + 0.5 * g, 0.0)),
            ("group + 1", members("add", 1), "PatchGroup", of_members(1.0)),
            ("group + 19", members("add", 20), "PatchGroup", of_members(20.0)),
            ("group - 20", members("remove", 20), "PatchGroup", of_members(20.0)),
            ("group - 0", members("remove", 1), "PatchGroup", (4.0 + quarters, 0.0)),
            ("DELETE", Call::new("DELETE", &path), "DeleteUser", (2.0 + quarters, 10.0 + 2.0 * whole + further + 4.0 * g)),
        ].map(|(what, call, operation, goal)| Row { what: format!("{what}, D = {kib}, {emails} e-mails, g = {groups}"), call, operation, goal });
        for row in rows {
            let of = |sums: &std::collections::BTreeMap<String, Units>| {
                sums.get(row.operation).copied().unwrap_or_default()
            };
            let before = of(&used(&realm, server).await);
            let answer = realm.send(row.call).await;
            let after = of(&used(&realm, server).await);
            let cost = (after.0 - before.0, after.1 - before.1);
            assert!(answer.status < 300, "{}: {answer:?}", row.what);
            assert!(
                cost.0 >= 2.0 && cost.0 <= row.goal.0 && cost.1 <= row.goal.1,
                "{}: {cost:?}, at most {:?}",
                row.what,
                row.goal
            );
            rows_seen += 1;
        }
    }
    assert_eq!(rows_seen, 6 * 12);
}
