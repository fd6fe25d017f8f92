//! What is deleted is gone, whatever its transaction has room for.

use muster_tests::{Realm, urn};
use serde_json::{Value, json};

/// A user with so many addresses, each of them indexed.
fn user(name: &str, addresses: usize) -> Value {
    let emails: Vec<Value> = (0..addresses)
        .map(|n| json!({"type": format!("t{n}"), "value": format!("{n}.{name}@example.net")}))
        .collect();
    json!({"schemas": [urn::USER], "userName": name, "emails": emails})
}

#[tokio::test]
async fn a_user_is_gone_however_many_groups_and_addresses_it_had() {
    let realm = Realm::create(crate::server(), "x-users").await;
    let mut groups = Vec::new();
    for n in 0..52 {
        groups.push(realm.group(&format!("G{n}"), &[]).await);
    }
    for addresses in [1, 30, 48] {
        for count in [1, 23, 25, 32, 33, 34, 46, 47, 48, 49, 50] {
            let body = user(&format!("u{addresses}-{count}"), addresses);
            let id = realm.post("/Users", &body).await.created();
            let add = json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
            for group in &groups[..count] {
                realm
                    .patch(&format!("/Groups/{group}"), add.clone())
                    .await
                    .is(204);
            }
            let path = format!("/Users/{id}");
            realm.delete(&path).await.is(204);
            realm.get(&path).await.is(404);
            let members = realm.members(&groups[0]).await;
            assert!(members.is_empty(), "{addresses} addresses, {count} groups");
        }
    }
}

#[tokio::test]
async fn groups_that_contain_each_other_are_deleted_one_by_one() {
    let realm = Realm::create(crate::server(), "x-circle").await;
    let one = realm.group("One", &[]).await;
    let other = realm.group("Other", &[&one]).await;
    let add = json!([{"op": "add", "path": "members", "value": [{"value": other}]}]);
    realm.patch(&format!("/Groups/{one}"), add).await.is(204);
    realm.delete(&format!("/Groups/{one}")).await.is(204);
    assert!(realm.members(&other).await.is_empty());
    realm.delete(&format!("/Groups/{other}")).await.is(204);
    assert!(realm.get("/Groups").await.resources().is_empty());
}

#[tokio::test]
async fn a_user_changes_its_name_and_all_its_addresses_at_once() {
    let realm = Realm::create(crate::server(), "x-exchange").await;
    let before = user("before", 48);
    let id = realm.post("/Users", &before).await.created();
    let path = format!("/Users/{id}");
    realm.put(&path, &user("after", 48)).await.is(200);
    let found = realm.filter("/Users", "userName eq \"after\"").await;
    assert_eq!(found.resources().len(), 1);
    let found = realm
        .filter("/Users", "emails eq \"7.before@example.net\"")
        .await;
    assert!(found.resources().is_empty());
}
