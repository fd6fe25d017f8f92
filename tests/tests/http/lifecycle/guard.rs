//! The deletion guard.

use super::{about, changed, events, partition, text};
use futures_util::future::join_all;
use muster::embedded::{CallInfo, Embedded, Fault};
use muster_tests::{Answer, Realm, Server};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A server over a table that answers overlapping transactions with conflicts.
fn server(embedded: &Embedded) -> Server {
    let hold = Duration::from_millis(2);
    crate::patient(
        embedded.clone().with_conflicts(hold),
        Duration::from_secs(60),
    )
}

async fn users(realm: &Realm, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(realm.user(&format!("u{n}@example.net")).await);
    }
    ids
}

async fn deactivate(realm: &Realm, user: &str) -> Answer {
    let off = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    realm.patch(&format!("/Users/{user}"), off).await
}

async fn delete(realm: &Realm, user: &str) -> Answer {
    realm.delete(&format!("/Users/{user}")).await
}

async fn tripped(realm: &Realm, server: &Server) -> bool {
    let shown = about(realm, server, "GET", "", None).await.json();
    let list = realm
        .admin(server, "GET", "/admin/v1/realms", None)
        .await
        .json();
    let listed = list["realms"].as_array().unwrap();
    let listed = listed.iter().find(|it| it["name"] == realm.name.as_str());
    assert_eq!(listed, Some(&shown));
    shown["deletionGuard"]["tripped"].is_string()
}

fn window(maximum: u32, seconds: u32) -> Value {
    json!({"deletionGuard": {"maximum": maximum, "windowSeconds": seconds}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_exactly_as_many_pass_as_the_guard_allows() {
    let embedded = Embedded::memory().unwrap();
    let server = server(&embedded);
    let realm = Realm::create(&server, "g-many").await;
    let ids = users(&realm, 24).await;
    changed(&realm, &server, window(7, 3_600)).await;
    let ask = |n: usize| {
        let (realm, id) = (realm.clone(), ids[n].clone());
        tokio::spawn(async move {
            match n % 2 {
                0 => delete(&realm, &id).await,
                _ => deactivate(&realm, &id).await,
            }
        })
    };
    let answers: Vec<_> = join_all((0..ids.len()).map(ask)).await;
    let answers: Vec<Answer> = answers.into_iter().map(Result::unwrap).collect();
    let passed = answers.iter().filter(|it| it.status < 300).count();
    assert_eq!(passed, 7, "{answers:?}");
    for refused in answers.iter().filter(|it| it.status >= 300) {
        let detail = refused.is(403)["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("muster realm release g-many"), "{detail}");
    }
    let active = realm.filter("/Users", "active eq true").await.resources();
    assert_eq!(active.len(), ids.len() - 7);
    assert!(tripped(&realm, &server).await);
    let trips = events(&embedded, "g-many", "tripGuard").await;
    assert_eq!(trips.len(), 1);
    assert_eq!(text(&trips[0], "k"), "guard");
}

#[tokio::test]
async fn a_tripped_guard_refuses_losses_and_nothing_else_until_it_is_released() {
    let embedded = Embedded::memory().unwrap();
    let server = crate::over(embedded.clone());
    let realm = Realm::create(&server, "g-release").await;
    let ids = users(&realm, 8).await;
    let group = realm.group("Crew", &[&ids[0]]).await;
    changed(&realm, &server, window(2, 3_600)).await;
    assert!(!tripped(&realm, &server).await);
    deactivate(&realm, &ids[0]).await.is(200);
    // What changes nothing, and what brings somebody back, is not counted.
    deactivate(&realm, &ids[0]).await.is(200);
    let on = json!([{"op": "replace", "path": "active", "value": true}]);
    realm.patch(&format!("/Users/{}", ids[0]), on).await.is(200);
    delete(&realm, &ids[7]).await.is(204);
    delete(&realm, &ids[7]).await.is(404);
    assert!(!tripped(&realm, &server).await);
    let user = format!("/Users/{}", ids[1]);
    let put = json!({"userName": "u1@example.net", "active": false});
    for _ in 0..2 {
        realm.delete(&format!("/Groups/{group}")).await.is(403);
        delete(&realm, &ids[1]).await.is(403);
        deactivate(&realm, &ids[1]).await.is(403);
        realm.put(&user, &put).await.is(403);
    }
    assert!(tripped(&realm, &server).await);
    assert_eq!(realm.get(&user).await.is(200)["active"], true);
    assert_eq!(realm.members(&group).await, [ids[0].as_str()]);
    let rename = json!([{"op": "replace", "path": "displayName", "value": "x"}]);
    realm.patch(&user, rename).await.is(200);
    let leave = json!([{"op": "remove", "path": "members"}]);
    realm
        .patch(&format!("/Groups/{group}"), leave)
        .await
        .is(204);
    realm.user("new@example.net").await;

    let released = about(&realm, &server, "POST", "/deletion-guard/release", None).await;
    assert_eq!(released.status, 200, "{released:?}");
    assert_eq!(
        released.json()["deletionGuard"],
        window(2, 3_600)["deletionGuard"]
    );
    // Nothing is left to release.
    about(&realm, &server, "POST", "/deletion-guard/release", None).await;
    realm.put(&user, &put).await.is(200);
    realm.delete(&format!("/Groups/{group}")).await.is(204);
    delete(&realm, &ids[2]).await.is(403);
    for (action, count) in [("tripGuard", 2), ("releaseGuard", 1)] {
        let found = events(&embedded, "g-release", action).await;
        assert_eq!(found.len(), count, "{action}");
    }
    // A guard that is put back begins anew.
    changed(&realm, &server, json!({"deletionGuard": null})).await;
    for id in &ids[2..5] {
        delete(&realm, id).await.is(204);
    }
    assert_eq!(partition(&embedded, "R#g-release#GUARD").await, []);
    changed(&realm, &server, window(1, 3_600)).await;
    delete(&realm, &ids[5]).await.is(204);
    delete(&realm, &ids[6]).await.is(403);
    let nowhere = "/admin/v1/realms/g-nowhere/deletion-guard/release";
    assert_eq!(
        realm.admin(&server, "POST", nowhere, None).await.status,
        404
    );
}

#[tokio::test]
async fn a_window_ends() {
    let server = crate::server();
    let realm = Realm::create(server, "g-window").await;
    let ids = users(&realm, 3).await;
    changed(&realm, server, window(1, 2)).await;
    delete(&realm, &ids[0]).await.is(204);
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    delete(&realm, &ids[1]).await.is(204);
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_counts_once() {
    let (armed, lost) = (
        Arc::new(AtomicBool::new(false)),
        Embedded::memory().unwrap(),
    );
    let hook = {
        let armed = Arc::clone(&armed);
        move |call: &CallInfo| {
            let losing =
                call.operation == "TransactWriteItems" && armed.swap(false, Ordering::SeqCst);
            if losing {
                Fault::LostAnswer
            } else {
                Fault::None
            }
        }
    };
    let server = crate::over(lost.clone().with_faults(Arc::new(hook)));
    let realm = Realm::create(&server, "g-lost").await;
    let ids = users(&realm, 3).await;
    // A user in more groups than one transaction holds counts once, too.
    for n in 0..60 {
        realm.group(&format!("G{n}"), &[&ids[1]]).await;
    }
    changed(&realm, &server, window(2, 3_600)).await;
    for (id, status) in [(&ids[0], 204), (&ids[1], 204), (&ids[2], 403)] {
        armed.store(true, Ordering::SeqCst);
        assert_eq!(delete(&realm, id).await.status, status);
    }
}
