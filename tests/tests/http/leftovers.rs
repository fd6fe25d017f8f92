//! Jobs on one machine: the server itself goes on with what a request has left,
//! and with what was left when it ended.

use muster::embedded::{CallInfo, Embedded, Fault};
use muster_tests::{Realm, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// An embedded table whose transactions on memberships fail as long as it is told.
fn faulty() -> (Embedded, Arc<AtomicBool>) {
    let fails = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&fails);
    let hook = move |call: &CallInfo| {
        let edges = call.keys.iter().any(|key| key.pk.contains("#M#"));
        if told.load(Ordering::SeqCst) && call.operation == "TransactWriteItems" && edges {
            Fault::ErrorBefore("InternalServerError")
        } else {
            Fault::None
        }
    };
    let embedded = Embedded::memory().unwrap().with_faults(Arc::new(hook));
    (embedded, fails)
}

/// A group whose 120 members are accepted and not yet there; their ids.
async fn begun(realm: &Realm, fails: &AtomicBool) -> (String, BTreeSet<String>) {
    let mut users = BTreeSet::new();
    for n in 0..120 {
        users.insert(realm.user(&format!("j{n}@example.net")).await);
    }
    let group = realm.group("Jobs", &[]).await;
    fails.store(true, Ordering::SeqCst);
    let members: Vec<Value> = users.iter().map(|id| json!({"value": id})).collect();
    let add = json!([{"op": "add", "path": "members", "value": members}]);
    let answer = realm.patch(&format!("/Groups/{group}"), add).await;
    assert!(matches!(answer.status, 204 | 503), "{answer:?}");
    (group, users)
}

/// Nothing is left in the realm's partition of jobs, soon.
async fn is_finished(embedded: &Embedded, realm: &Realm, group: &str, users: &BTreeSet<String>) {
    for _ in 0..300 {
        let query = json!({"TableName": "muster", "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": format!("R#{}#J", realm.name)}}});
        let (_, answer) = embedded.call("Query", query.to_string()).await.unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        if answer["Count"] == 0 {
            let members: BTreeSet<String> = realm.members(group).await.into_iter().collect();
            assert_eq!(members, *users);
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the job is not finished");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_finishes_what_a_request_leaves() {
    let (embedded, fails) = faulty();
    let server = Server::patient(embedded.clone(), Duration::from_secs(3));
    let realm = Realm::create(&server, "job-left").await;
    let (group, users) = begun(&realm, &fails).await;
    fails.store(false, Ordering::SeqCst);
    is_finished(&embedded, &realm, &group, &users).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_server_finishes_what_the_last_has_left() {
    let (embedded, fails) = faulty();
    let server = Server::patient(embedded.clone(), Duration::from_secs(3));
    let realm = Realm::create(&server, "job-found").await;
    let (group, users) = begun(&realm, &fails).await;
    drop(server);
    fails.store(false, Ordering::SeqCst);
    let next = Server::over(embedded.clone());
    // It has a pepper of its own.
    let realm = realm.with_url(next.tenant_url("job-found"));
    let (_, token) = realm.key(&next, json!({"name": "next"})).await;
    let realm = realm.with_token(&token);
    is_finished(&embedded, &realm, &group, &users).await;
}
