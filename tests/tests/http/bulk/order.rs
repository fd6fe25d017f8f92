//! What comes of a request is what would come of its operations one after the
//! other, though many are done at once.

use super::{came_to, delete, group, patch, request, send, user};
use muster::embedded::Embedded;
use muster_tests::{Realm, urn};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn operations_on_one_resource_keep_their_order() {
    let realm = Realm::create(crate::server(), "b-same").await;
    let id = realm.user("same").await;
    let at = format!("/Users/{id}");
    let title = |n: usize| json!({"op": "add", "path": "title", "value": n.to_string()});
    let mut operations: Vec<Value> = (0..40).map(|n| patch(&at, title(n))).collect();
    let answer = send(&realm, &request(&operations)).await;
    came_to(&realm, &answer, &["PATCH 200"; 40]);
    let versions: Vec<Value> = answer.json()["Operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["version"].clone())
        .collect();
    let numbered: Vec<Value> = (2..42).map(|n| json!(format!("W/\"{n}.0\""))).collect();
    assert_eq!(versions, numbered);
    assert_eq!(realm.get(&at).await.is(200)["title"], "39");
    // Whatever its path is written like, it is one resource.
    operations = vec![
        patch(&at.to_uppercase().replace("USERS", "Users"), title(1)),
        delete(&at),
        patch(&at, title(2)),
        delete(&at),
    ];
    let answer = send(&realm, &request(&operations)).await;
    came_to(
        &realm,
        &answer,
        &["PATCH 200", "DELETE 204", "PATCH 404", "DELETE 404"],
    );
}

/// Of operations that give one name the first gets it; a name that an
/// operation frees is free for those behind it.
#[tokio::test]
async fn names_are_given_and_freed_in_order() {
    let realm = Realm::create(crate::server(), "b-names").await;
    for round in 0..10 {
        let name = |n: usize| format!("{round}-{n}@example.net");
        let first = realm.user(&name(0)).await;
        let second = realm.user(&name(1)).await;
        let rename = |id: &str, to: String| {
            patch(
                &format!("/Users/{id}"),
                json!({"op": "replace", "path": "userName", "value": to}),
            )
        };
        let operations = [
            user("a", &name(7)),
            user("b", &name(7).to_uppercase()),
            // Free in a moment.
            delete(&format!("/Users/{first}")),
            user("c", &name(0)),
            user("d", &name(0)),
            // One after the other moves up.
            rename(&second, name(2)),
            user("e", &name(1)),
            user("f", &name(2)),
            // A group's name is another one.
            group("g", &name(7), &[]),
            group("h", &name(7), &[]),
        ];
        let answer = send(&realm, &request(&operations)).await;
        let expected = [
            "a 201",
            "b 409 uniqueness",
            "DELETE 204",
            "c 201",
            "d 409 uniqueness",
            "PATCH 200",
            "e 201",
            "f 409 uniqueness",
            "g 201",
            "h 409 uniqueness",
        ];
        came_to(&realm, &answer, &expected);
    }
}

/// Who is named by one operation and changed by another, in the order of the two.
#[tokio::test]
async fn what_is_named_is_as_the_operations_before_have_left_it() {
    let realm = Realm::create(crate::server(), "b-named").await;
    realm
        .change(crate::server(), &json!({"profile": "strict"}))
        .await;
    let strict = |bulk_id: &str, name: String, member: &str| {
        let mut group = group(bulk_id, &name, &[member]);
        group["data"]["members"][0]["type"] = json!("User");
        group
    };
    for round in 0..10 {
        let id = realm.user(&format!("named-{round}")).await;
        let at = format!("/Users/{id}");
        let operations = [
            strict("before", format!("Before {round}"), &id),
            delete(&at),
            // This profile wants members that are there.
            strict("after", format!("After {round}"), &id),
        ];
        let answer = send(&realm, &request(&operations)).await;
        came_to(
            &realm,
            &answer,
            &["before 201", "DELETE 204", "after 400 invalidValue"],
        );
    }
}

/// The same when transactions that overlap are in each other's way: many
/// changes of one group, each awaited.
#[tokio::test]
async fn many_changes_of_few_resources_lose_nothing() {
    let embedded = Embedded::memory().unwrap();
    let hold = Duration::from_millis(2);
    let server = crate::patient(embedded.with_conflicts(hold), Duration::from_secs(100));
    let realm = Realm::create(&server, "b-conflicts").await;
    let mut operations: Vec<Value> = (0..60)
        .map(|n| user(&format!("u{n}"), &format!("u{n}@example.net")))
        .collect();
    for n in 0..3 {
        operations.push(group(&format!("g{n}"), &format!("G{n}"), &[]));
    }
    for n in 0..60 {
        let value = json!([{"value": format!("bulkId:u{n}")}]);
        let add = json!({"op": "add", "path": "members", "value": value});
        operations.push(patch(&format!("/Groups/bulkId:g{}", n % 3), add));
    }
    let answer = send(&realm, &request(&operations)).await;
    let entries = answer.is(200)["Operations"].as_array().unwrap().clone();
    let failed: Vec<&Value> = entries
        .iter()
        .filter(|entry| !entry["response"].is_null())
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    for group in realm.get("/Groups").await.resources() {
        assert_eq!(group["members"].as_array().unwrap().len(), 20, "{group}");
        assert_eq!(group["schemas"], json!([urn::GROUP]));
    }
}
