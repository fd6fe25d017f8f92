//! One deterministic run through everything the functions do, for the tests
//! that look at what it left: the uses of the table, the log.

use crate::replay;
use aws_sdk_dynamodb::types::AttributeValue;
use ending::Ending;
use muster_tests::gateway::Deployment;
use muster_tests::{Call, Front, Realm, Server, fixture};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
pub(crate) use values::personal_values;

mod administration;
mod bulk;
mod ending;
mod jobs;
mod operated;
mod refusals;
mod values;

/// Stands in every value that a client or an operator makes up in this scenario,
/// so that it can be looked for where it must not come.
pub(crate) const PLANTED: &str = "planted";

/// Plays every fixture and the rows below, once a process; whether it came to its end.
pub(crate) async fn played() -> Result<(), &'static str> {
    static PLAYED: OnceCell<bool> = OnceCell::const_new();
    // A task of its own: who asks next must not play it again after a failure.
    let played = PLAYED.get_or_init(async || tokio::spawn(play()).await.is_ok());
    match played.await {
        true => Ok(()),
        false => {
            Err("the scenario broke off; its own message is above, or in another test's output")
        }
    }
}

async fn play() {
    // Whether each was answered well is another test's question.
    let _ = replay::replayed().await;
    play_on(crate::server()).await;
}

/// Sends every fixture to a server, each to a realm of its own.
pub(crate) async fn send_fixtures(server: &Server) {
    for fixture in fixture::all() {
        let realm = Realm::create(server, &format!("sent-{}", &fixture.name[..3])).await;
        let names = fixture::prepare(&fixture, server, &realm).await;
        realm.send(fixture.call(&names)).await;
    }
}

/// Plays the rows below on a server that has not seen them.
pub(crate) async fn play_on(server: &Server) {
    let ending = Ending::begin(server).await;
    provisioned(server).await;
    administration::play(server).await;
    refusals::play(server).await;
    bulk::play(server).await;
    jobs::play(server).await;
    ending.finish().await;
}

async fn provisioned(server: &Server) {
    let realm = Realm::create(server, "l-scenario").await;
    let users: Vec<String> = users(&realm, 60).await;
    let all: Vec<Value> = users.iter().map(|id| json!({"value": id})).collect();

    // A group of more members than one transaction takes, nested, renamed, replaced, emptied, deleted.
    let nested = realm.group("Nested", &[&users[0]]).await;
    let mut members = all.clone();
    members.push(json!({"value": nested}));
    let body = json!({"schemas": [muster_tests::urn::GROUP], "displayName": "All", "externalId": "all",
        "members": members});
    let group = realm.post("/Groups", &body).await.created();
    let path = format!("/Groups/{group}");
    for operations in [
        json!([{"op": "replace", "path": "displayName", "value": "Everybody"}]),
        json!([{"op": "replace", "path": "externalId", "value": "everybody"}]),
        json!([{"op": "remove", "path": "members", "value": [{"value": users[1]}, {"value": nested}]}]),
        json!([{"op": "add", "path": "members", "value": [{"value": users[1]}, {"value": nested}]}]),
        json!([{"op": "replace", "path": "members", "value": [{"value": users[2]}]}]),
        json!([{"op": "add", "path": "members", "value": all}]),
    ] {
        realm.patch(&path, operations).await.is(204);
    }
    for query in [
        "?attributes=members.value,members.display",
        "?excludedAttributes=members",
    ] {
        realm.get(&format!("{path}{query}")).await.is(200);
    }
    let empty = json!({"schemas": [muster_tests::urn::GROUP], "displayName": "Empty"});
    realm.put(&path, &empty).await.is(200);
    let again = json!([{"op": "add", "path": "members", "value": all}]);
    realm.patch(&path, again).await.is(204);

    reads(&realm, &users[3], &group).await;
    seeks(&realm).await;
    fresh_keys(server, &realm).await;
    // Deletions: of a member, of the nested group, of the big one.
    realm.delete(&format!("/Users/{}", users[3])).await.is(204);
    realm.delete(&format!("/Groups/{nested}")).await.is(204);
    realm.delete(&path).await.is(204);
    if server.front() == Front::Gateway {
        dangling(server.deployment(), &realm).await;
    }
    administration::realms_and_keys(server, &realm).await;
}

async fn users(realm: &Realm, count: usize) -> Vec<String> {
    let mut users = Vec::new();
    for n in 0..count {
        let body = json!({
            "schemas": [muster_tests::urn::USER], "userName": format!("s{n}@example.net"),
            "externalId": format!("s{n}"), "emails": [{"value": format!("s{n}@example.net"), "type": "work"}],
        });
        users.push(realm.post("/Users", &body).await.created());
    }
    // Renamed, with other indexed values, and back.
    let renamed = json!([
        {"op": "replace", "path": "userName", "value": "renamed@example.net"},
        {"op": "replace", "path": "externalId", "value": "renamed"},
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "renamed@example.net"},
    ]);
    realm
        .patch(&format!("/Users/{}", users[0]), renamed)
        .await
        .is(200);
    users
}

/// Every way to read: by id, by claim, by index, by edge, by walk, by search; each resource, HEAD too.
async fn reads(realm: &Realm, user: &str, group: &str) {
    let filters = [
        ("/Users", "userName eq \"s5@example.net\"".to_owned()),
        ("/Users", "externalId eq \"s5\"".to_owned()),
        // Who is in two groups.
        ("/Users", "userName eq \"renamed@example.net\"".to_owned()),
        ("/Users", "emails.value eq \"s5@example.net\"".to_owned()),
        ("/Users", format!("id eq \"{user}\"")),
        ("/Users", "name.familyName pr".to_owned()),
        ("/Groups", "displayName eq \"Empty\"".to_owned()),
        ("/Groups", "externalId eq \"everybody\"".to_owned()),
        (
            "/Groups",
            format!("id eq \"{group}\" and members eq \"{user}\""),
        ),
        ("/Groups", format!("members eq \"{user}\"")),
        ("/Groups", "displayName sw \"E\"".to_owned()),
    ];
    for (endpoint, filter) in &filters {
        realm.filter(endpoint, filter).await.is(200);
        let body = json!({"schemas": [muster_tests::urn::SEARCH], "filter": filter});
        realm
            .post(&format!("{endpoint}/.search"), &body)
            .await
            .is(200);
        let shown =
            json!({"filter": filter, "attributes": ["members.display", "groups", "userName"]});
        realm
            .post(&format!("{endpoint}/.search"), &shown)
            .await
            .is(200);
        realm.post("/.search", &body).await;
    }
    for path in [
        "?startIndex=40&count=5",
        "/Users?startIndex=40&count=5",
        "/Groups?startIndex=2&count=5",
        "/Users?sortBy=userName&count=3",
        "/Groups?attributes=members.display",
        "/Users?attributes=groups",
    ] {
        realm.get(path).await.is(200);
    }
    for endpoint in ["/Users", "/Groups"] {
        let page = json!({"startIndex": 2, "count": 1});
        realm
            .post(&format!("{endpoint}/.search"), &page)
            .await
            .is(200);
    }
    for path in [
        format!("/Users/{user}"),
        format!("/Groups/{group}"),
        "/Users".to_owned(),
    ] {
        let answer = realm.send(Call::new("HEAD", &path)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"] {
        realm.get(path).await.is(200);
    }
}

/// Pages that begin inside a counter item, which holds the counts of all ids
/// with the same first six bits: of 65 resources two are in one.
async fn seeks(realm: &Realm) {
    for endpoint in ["/Users", "/Groups"] {
        let mut ids: Vec<String> = Vec::new();
        let position = loop {
            if let Some(position) = ids
                .windows(2)
                .position(|two| item(&two[0]) == item(&two[1]))
            {
                break position + 2;
            }
            let n = ids.len();
            match endpoint {
                "/Users" => realm.user(&format!("seek{n}@example.net")).await,
                _ => realm.group(&format!("Seek {n}"), &[]).await,
            };
            let all = realm
                .get(&format!("{endpoint}?count=1000"))
                .await
                .resources();
            ids = all
                .iter()
                .map(|it| it["id"].as_str().unwrap().to_owned())
                .collect();
        };
        realm
            .get(&format!("{endpoint}?startIndex={position}&count=1"))
            .await
            .is(200);
        let page = json!({"startIndex": position, "count": 1});
        realm
            .post(&format!("{endpoint}/.search"), &page)
            .await
            .is(200);
    }
}

fn item(id: &str) -> u8 {
    u8::from_str_radix(&id[..2], 16).unwrap() >> 2
}

/// The first use of a key is noted, whichever function sees it.
async fn fresh_keys(server: &Server, realm: &Realm) {
    let search = json!({"filter": "userName eq \"nobody\""});
    for call in [
        Call::get("/Users?count=0"),
        Call::get("/Groups?count=0"),
        Call::get("/Schemas"),
        Call::new("POST", "/.search").json(&search),
    ] {
        let (_, token) = realm.key(server, json!({"name": "fresh"})).await;
        realm.send(call.token(&token)).await.is(200);
    }
}

/// Members that vanished without their edges, as a restore of single items could
/// leave them: the group's next change takes the edges away.
async fn dangling(deployment: &Deployment, realm: &Realm) {
    let (_, table) = deployment.template.the("AWS::DynamoDB::Table");
    let table = table["TableName"].as_str().unwrap();
    let user = realm.user("vanishes@example.net").await;
    let group = realm.group("Vanishes", &[]).await;
    let of_them = realm.group("Of them", &[&user, &group]).await;
    for (kind, id) in [("U", user), ("G", group)] {
        let pk = AttributeValue::S(format!("R#{}#{kind}", realm.name));
        let vanished = deployment.embedded.client().delete_item().table_name(table);
        let vanished = vanished.key("pk", pk).key("sk", AttributeValue::S(id));
        vanished.send().await.unwrap();
    }
    let empty = json!([{"op": "replace", "path": "members", "value": []}]);
    let path = format!("/Groups/{of_them}");
    realm.patch(&path, empty).await.is(204);
    assert!(realm.members(&of_them).await.is_empty());
}
