//! One deterministic run through everything the functions do, for the tests
//! that look at what it left: the uses of the table, the log.

use crate::replay;
use aws_sdk_dynamodb::types::AttributeValue;
use muster_tests::{Call, Realm, fixture};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

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
    let server = crate::server();
    // Whether each was answered well is another test's question.
    let _ = replay::replayed().await;
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
    fresh_keys(&realm).await;
    // Deletions: of a member, of the nested group, of the big one.
    realm.delete(&format!("/Users/{}", users[3])).await.is(204);
    realm.delete(&format!("/Groups/{nested}")).await.is(204);
    realm.delete(&path).await.is(204);
    dangling(&realm).await;
    admin(&realm).await;
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
async fn fresh_keys(realm: &Realm) {
    let search = json!({"filter": "userName eq \"nobody\""});
    for call in [
        Call::get("/Users?count=0"),
        Call::get("/Groups?count=0"),
        Call::get("/Schemas"),
        Call::new("POST", "/.search").json(&search),
    ] {
        let (_, token) = realm.key(crate::server(), json!({"name": "fresh"})).await;
        realm.send(call.token(&token)).await.is(200);
    }
}

/// Members that vanished without their edges, as a restore of single items could
/// leave them: the group's next change takes the edges away.
async fn dangling(realm: &Realm) {
    let deployment = crate::server().deployment();
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

async fn admin(realm: &Realm) {
    let server = crate::server();
    let keys = realm.keys(server).await;
    realm.with_token(&keys.revoked).get("/Users").await.is(401);
    let name = &realm.name;
    let (key, _) = realm.key(server, json!({"name": "shown"})).await;
    for (method, path, body, status) in [
        ("GET", "/admin/v1/realms?limit=2".to_owned(), None, 200),
        ("GET", format!("/admin/v1/realms/{name}"), None, 200),
        ("HEAD", format!("/admin/v1/realms/{name}"), None, 200),
        ("GET", format!("/admin/v1/realms/{name}/keys"), None, 200),
        (
            "GET",
            format!("/admin/v1/realms/{name}/keys/{key}"),
            None,
            200,
        ),
        (
            "POST",
            "/admin/v1/realms".to_owned(),
            Some(json!({"name": name})),
            409,
        ),
        (
            "PATCH",
            format!("/admin/v1/realms/{name}"),
            Some(json!({"displayName": "S"})),
            200,
        ),
        (
            "PATCH",
            format!("/admin/v1/realms/{name}"),
            Some(json!({"state": "disabled"})),
            200,
        ),
        (
            "PATCH",
            format!("/admin/v1/realms/{name}"),
            Some(json!({"state": "enabled"})),
            200,
        ),
        (
            "GET",
            "/admin/v1/realms/l-there-is-none".to_owned(),
            None,
            404,
        ),
        (
            "POST",
            "/admin/v1/realms/l-there-is-none/keys".to_owned(),
            Some(json!({"name": "x"})),
            404,
        ),
    ] {
        let answer = realm.admin(server, method, &path, body).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

/// What the fixtures say of people, and their passwords and tokens: values that no log line may hold.
pub(crate) fn personal_values() -> Vec<String> {
    let personal = [
        "userName",
        "givenName",
        "familyName",
        "middleName",
        "formatted",
        "displayName",
        "nickName",
        "externalId",
        "password",
        "value",
        "streetAddress",
        "locality",
        "postalCode",
        "title",
        "employeeNumber",
        "profileUrl",
    ];
    let mut values = Vec::new();
    for fixture in fixture::all() {
        collect(&fixture.data["request"]["body"], &personal, &mut values);
    }
    collect(&fixture::read("setup.json"), &personal, &mut values);
    values.sort();
    values.dedup();
    values
}

/// Whether the text stands in a log for nothing but itself: short ones stand in
/// its words, and digits in random ids.
fn is_telling(text: &str) -> bool {
    let like_an_id = text.chars().all(|c| c.is_ascii_hexdigit());
    text.len() >= if like_an_id { 12 } else { 5 }
}

fn collect(value: &Value, names: &[&str], values: &mut Vec<String>) {
    match value {
        Value::Array(elements) => {
            for element in elements {
                collect(element, names, values);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text)
                        if names.contains(&name.as_str())
                            && is_telling(text)
                            && !text.contains("{{") =>
                    {
                        values.push(text.clone());
                    }
                    _ => collect(value, names, values),
                }
            }
        }
        _ => {}
    }
}
