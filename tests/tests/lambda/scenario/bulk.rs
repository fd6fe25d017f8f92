//! What the function of `/Bulk` does: whatever the functions of users and groups
//! do when they write.

use super::operated::{Operated, person};
use aws_sdk_dynamodb::types::AttributeValue;
use muster_tests::{Call, Front, Realm, Server, urn};
use serde_json::{Value, json};

pub(super) async fn play(server: &Server) {
    writes(server).await;
    bounded(server).await;
    strangers(server).await;
}

/// A bulk request; its answer's entries, each with its status.
async fn send(realm: &Realm, operations: &[Value], statuses: &[&str]) -> Vec<Value> {
    let body = json!({"schemas": [urn::BULK], "Operations": operations});
    let answer = realm.post("/Bulk", &body).await;
    let entries = answer.is(200)["Operations"].as_array().unwrap().clone();
    let seen: Vec<&str> = entries
        .iter()
        .map(|entry| entry["status"].as_str().unwrap())
        .collect();
    assert_eq!(seen, statuses, "{answer:?}");
    entries
}

fn post(path: &str, bulk_id: &str, data: &Value) -> Value {
    json!({"method": "POST", "path": path, "bulkId": bulk_id, "data": data})
}

fn group(bulk_id: &str, name: &str, members: &[Value]) -> Value {
    let data = json!({"schemas": [urn::GROUP], "displayName": name, "externalId": name,
        "members": members});
    post("/Groups", bulk_id, &data)
}

fn patch(path: &str, operations: Value) -> Value {
    let data = json!({"schemas": [urn::PATCH], "Operations": operations});
    json!({"method": "PATCH", "path": path, "data": data})
}

fn delete(path: &str) -> Value {
    json!({"method": "DELETE", "path": path})
}

/// Everything a client can write: made, renamed, replaced, in and out of groups,
/// more at a time than one transaction holds, deleted.
async fn writes(server: &Server) {
    let own = Operated::new(server, "l-bulk").await;
    let realm = &own.realm;
    let (_, token) = realm.key(server, json!({"name": "fresh"})).await;
    let mut made: Vec<Value> = (0..60)
        .map(|n| post("/Users", &format!("u{n}"), &person(n)))
        .collect();
    let members: Vec<Value> = (0..60)
        .map(|n| json!({"value": format!("bulkId:u{n}")}))
        .collect();
    let mut with_groups = members.clone();
    with_groups.push(json!({"value": "bulkId:other"}));
    made.push(group("all", "Planted all", &with_groups));
    made.push(group(
        "other",
        "Planted other",
        &[json!({"value": "bulkId:all"})],
    ));
    let entries = send(&realm.with_token(&token), &made, &["201"; 62]).await;
    let at = |n: usize| {
        let location = entries[n]["location"].as_str().unwrap();
        location.strip_prefix(&realm.url).unwrap().to_owned()
    };
    let (all, other) = (at(60), at(61));
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let one = json!([{"value": id(&at(0))}]);
    let renamed = json!([
        {"op": "replace", "path": "userName", "value": "planted-renamed@example.net"},
        {"op": "replace", "path": "externalId", "value": "planted-renamed"},
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "planted-r@example.net"},
    ]);
    let stored: Vec<Value> = (0..60).map(|n| json!({"value": id(&at(n))})).collect();
    let changes = [
        patch(&at(0), renamed),
        json!({"method": "PUT", "path": at(1), "data": person(100)}),
        patch(
            &all,
            json!([{"op": "remove", "path": "members", "value": one}]),
        ),
        patch(
            &all,
            json!([{"op": "replace", "path": "displayName", "value": "Planted renamed"},
            {"op": "replace", "path": "externalId", "value": "planted-x"}]),
        ),
        patch(
            &other,
            json!([{"op": "add", "path": "members", "value": stored}]),
        ),
        json!({"method": "PUT", "path": all, "data":
            {"schemas": [urn::GROUP], "displayName": "Planted put", "members": one}}),
        patch(
            &other,
            json!([{"op": "replace", "path": "members", "value": []}]),
        ),
        patch(
            &other,
            json!([{"op": "add", "path": "members", "value": stored}]),
        ),
    ];
    let statuses = ["200", "200", "204", "204", "204", "200", "204", "204"];
    send(realm, &changes, &statuses).await;
    if server.front() == Front::Gateway {
        dangling(server, realm).await;
    }
    let gone = [delete(&at(0)), delete(&other), delete(&all), delete(&other)];
    send(realm, &gone, &["204", "204", "204", "404"]).await;
    let wrong = [
        post("/Users", "again", &person(2)),
        post("/Planted", "planted", &person(2)),
        patch(
            &at(2),
            json!([{"op": "replace", "path": "planted[", "value": "planted"}]),
        ),
    ];
    send(realm, &wrong, &["409", "404", "400"]).await;
}

/// Members that vanished without their edges are taken out with the group's next change.
async fn dangling(server: &Server, realm: &Realm) {
    let deployment = server.deployment();
    let (_, table) = deployment.template.the("AWS::DynamoDB::Table");
    let table = table["TableName"].as_str().unwrap();
    let user = realm.user("planted-vanishes@example.net").await;
    let nested = realm.group("Planted vanishes", &[]).await;
    let of_them = realm.group("Planted of them", &[&user, &nested]).await;
    for (kind, id) in [("U", user), ("G", nested)] {
        let pk = AttributeValue::S(format!("R#{}#{kind}", realm.name));
        let vanished = deployment.embedded.client().delete_item().table_name(table);
        let vanished = vanished.key("pk", pk).key("sk", AttributeValue::S(id));
        vanished.send().await.unwrap();
    }
    let empty = json!([{"op": "replace", "path": "members", "value": []}]);
    send(
        realm,
        &[patch(&format!("/Groups/{of_them}"), empty)],
        &["204"],
    )
    .await;
    assert!(realm.members(&of_them).await.is_empty());
}

/// Within the limits and the guard of its operator.
async fn bounded(server: &Server) {
    let own = Operated::new(server, "l-bulk-bounded").await;
    let limits = json!({"limits": {"users": 3, "groups": 1},
        "deletionGuard": {"maximum": 2, "windowSeconds": 3_600}});
    own.ask("PATCH", "", Some(limits), 200).await;
    // In one request: how many there are is known to each instance for some seconds.
    let mut made: Vec<Value> = (0..4)
        .map(|n| post("/Users", &format!("u{n}"), &person(n)))
        .collect();
    made.push(group("g", "Planted", &[]));
    let body = json!({"schemas": [urn::BULK], "Operations": made});
    let answer = own.realm.post("/Bulk", &body).await.is(200);
    let location = |entry: &Value| {
        let location = entry["location"].as_str()?;
        location.strip_prefix(&own.realm.url).map(str::to_owned)
    };
    let entries = answer["Operations"].as_array().unwrap();
    let users: Vec<String> = entries[..4].iter().filter_map(location).collect();
    assert_eq!(users.len(), 3, "{answer}");
    assert_eq!(entries[4]["status"], "201", "{answer}");
    let off = json!([{"op": "replace", "path": "active", "value": false}]);
    for (operation, status) in [
        (patch(&users[0], off.clone()), "200"),
        (delete(&users[1]), "204"),
        (delete(&users[2]), "403"),
        (patch(&users[2], off), "403"),
    ] {
        send(&own.realm, &[operation], &[status]).await;
    }
}

/// Who may not.
async fn strangers(server: &Server) {
    let own = Operated::new(server, "l-bulk-strangers").await;
    let body = json!({"schemas": [urn::BULK], "Operations": [post("/Users", "u", &person(0))]});
    let call = Call::new("POST", "/Bulk").json(&body);
    let reads = own.realm.keys(server).await;
    for (token, status) in [(&reads.revoked, 401), (&reads.read_only, 403)] {
        own.realm.send(call.clone().token(token)).await.is(status);
    }
    own.realm.send(call.authorization("planted")).await.is(401);
}
