//! Nothing is found in what the service writes, also while it writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use muster::embedded::Embedded;
use reqwest::Method;
use serde_json::{Value, json};
use store::Summary;

use crate::world::{World, send, verify};

#[tokio::test]
async fn what_the_service_writes_has_no_findings() {
    let world = World::new(Embedded::memory().unwrap()).await;
    let (findings, summary) = verify(&world.raw).await;
    assert_eq!(findings, []);
    let expected = Summary {
        users: 2,
        groups: 2,
        memberships: 3,
        claims: 4,
        indexes: 2,
        keys: 1,
        read_units: summary.read_units,
        ..Summary::default()
    };
    assert_eq!(summary, expected);
    assert!(summary.read_units > 0.0);
}

/// Creates, renames, moves into and out of a group, and deletes, until told to stop.
async fn bustle(world: Arc<World>, number: usize, stop: Arc<AtomicBool>, done: Arc<AtomicUsize>) {
    let mut turn = 0;
    while !stop.load(Ordering::Relaxed) {
        turn += 1;
        let name = format!("u{number}-{turn}");
        let body = json!({"userName": name, "emails": [{"value": format!("{name}@example.com")}]});
        let user = send(world.to(), Method::POST, "Users", Some(body)).await;
        let id = user["id"].as_str().unwrap();
        let patch = |operation: Value| {
            Some(
                json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}),
            )
        };
        let crew = format!("Groups/{}", world.id("crew"));
        let add = json!({"op": "add", "path": "members", "value": [{"value": id}]});
        send(world.to(), Method::PATCH, &crew, patch(add)).await;
        let rename = json!({"op": "replace", "path": "userName", "value": format!("{name}x")});
        send(
            world.to(),
            Method::PATCH,
            &format!("Users/{id}"),
            patch(rename),
        )
        .await;
        if turn % 2 == 0 {
            let remove = json!({"op": "remove", "path": "members", "value": [{"value": id}]});
            send(world.to(), Method::PATCH, &crew, patch(remove)).await;
        }
        send(world.to(), Method::DELETE, &format!("Users/{id}"), None).await;
        done.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_realm_that_is_being_changed_has_no_findings() {
    // Transactions take their time, and meet, as on AWS.
    let embedded = Embedded::memory().unwrap();
    let embedded = embedded.with_conflicts(Duration::from_millis(2));
    let world = Arc::new(World::new(embedded).await);
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::default());
    let bustles: Vec<_> = (0..4)
        .map(|number| {
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            tokio::spawn(bustle(Arc::clone(&world), number, stop, done))
        })
        .collect();
    let mut rounds = 0;
    while done.load(Ordering::Relaxed) < 30 || rounds < 10 {
        let (findings, summary) = verify(&world.raw).await;
        assert_eq!(findings, [], "{summary:?}");
        rounds += 1;
    }
    stop.store(true, Ordering::Relaxed);
    for bustle in bustles {
        bustle.await.unwrap();
    }
    let (findings, summary) = verify(&world.raw).await;
    assert_eq!(findings, []);
    assert_eq!((summary.users, summary.unsettled), (2, 0));
}
