//! A table whose copies lag behind, as DynamoDB's do: what was acknowledged is
//! seen by whoever reads next, whatever the route.

use muster::embedded::Embedded;
use muster_tests::{Realm, Server, urn};
use serde_json::{Value, json};
use std::time::Duration;

/// Longer than the test: whatever is put now is never seen by a read that may lag.
const LAG: Duration = Duration::from_secs(3_600);

fn elements(list: &Value) -> Vec<Value> {
    list.as_array().cloned().unwrap_or_default()
}

fn names(elements: &Value, member: &str) -> Vec<String> {
    let elements = elements.as_array().into_iter().flatten();
    let names = elements.filter(|it| it["value"] == member);
    names
        .map(|it| it["display"].as_str().unwrap_or("nameless").to_owned())
        .collect()
}

#[tokio::test]
async fn what_was_acknowledged_is_seen_by_the_next_read() {
    let server = Server::over(Embedded::memory().unwrap().with_lag(LAG));
    let realm = Realm::create(&server, "lag").await;
    let user = realm.user("ada@example.net").await;
    let inner = realm.group("Inner", &[]).await;
    let group = realm.group("Engines", &[&user, &inner]).await;

    // A user's groups, by every way to a user.
    let search = |filter: &str| json!({"schemas": [urn::SEARCH], "filter": filter});
    let by_name = "userName eq \"ada@example.net\"";
    let patch = json!([{"op": "replace", "path": "title", "value": "Countess"}]);
    let path = format!("/Users/{user}");
    let changed = realm.patch(&path, patch).await;
    let shown = [
        vec![realm.get(&path).await.is(200)],
        vec![changed.is(200)],
        realm.get("/Users").await.resources(),
        realm.get("/Users?sortBy=userName").await.resources(),
        elements(&realm.get("/Users?cursor").await.is(200)["Resources"]),
        realm.filter("/Users", by_name).await.resources(),
        realm
            .filter("/Users", "groups.display eq \"engines\"")
            .await
            .resources(),
        realm
            .post("/Users/.search", &search(by_name))
            .await
            .resources(),
        realm.post("/.search", &search(by_name)).await.resources(),
    ];
    for (way, shown) in shown.iter().enumerate() {
        assert_eq!(shown.len(), 1, "{way}: {shown:?}");
        assert_eq!(
            names(&shown[0]["groups"], &group),
            ["Engines"],
            "{way}: {shown:?}"
        );
    }

    // A group's members, with their names.
    let wanted = "attributes=displayName,members.value,members.display";
    let shown = realm
        .get(&format!("/Groups/{group}?{wanted}"))
        .await
        .is(200);
    assert_eq!(
        names(&shown["members"], &user),
        ["ada@example.net"],
        "{shown}"
    );
    assert_eq!(names(&shown["members"], &inner), ["Inner"], "{shown}");
    let found = realm
        .filter("/Groups", "members.display eq \"ada@example.net\"")
        .await;
    assert_eq!(found.resources().len(), 1);
    let found = realm
        .filter("/Groups", &format!("members eq \"{user}\""))
        .await;
    assert_eq!(found.resources().len(), 1);

    // What is taken away is not seen any more.
    realm.delete(&format!("/Groups/{group}")).await.is(204);
    assert!(realm.groups(&user).await.is_empty());
    realm.delete(&path).await.is(204);
    assert!(realm.get("/Users").await.resources().is_empty());
}
