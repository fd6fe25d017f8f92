//! A change of a whole group takes longer than small ones of the same group come
//! after one another. It has its turn all the same.

use muster::embedded::{CallInfo, Embedded, Fault};
use muster_tests::{Answer, Call, Realm, Server, urn};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long it takes to look at several members: three small changes at least.
const LOOK: Duration = Duration::from_millis(600);
const BUDGET: Duration = Duration::from_secs(25);

/// A server whose table takes its time over several members, as over many.
fn slow() -> Server {
    let hook = |call: &CallInfo| {
        let is_of = |part: &str| call.keys.iter().filter(|key| key.pk.contains(part)).count();
        let slow = match call.operation.as_str() {
            "Query" => is_of("#M#") > 0,
            "BatchGetItem" => is_of("#U") > 1,
            _ => false,
        };
        match slow {
            true => Fault::Latency(LOOK),
            false => Fault::None,
        }
    };
    let table = Embedded::memory().unwrap().with_faults(Arc::new(hook));
    Server::patient(table, BUDGET)
}

/// What a call is answered while these are sent, one after the other, again and again.
async fn beside(realm: &Realm, small: Vec<Call>, call: Call) -> Answer {
    let done = Arc::new(AtomicBool::new(false));
    let (told, other) = (Arc::clone(&done), realm.clone());
    let others = tokio::spawn(async move {
        let mut accepted = 0;
        for call in small.iter().cycle() {
            if told.load(Ordering::SeqCst) {
                return accepted;
            }
            let answer = other.send(call.clone()).await;
            accepted += usize::from(answer.status < 300);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        accepted
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let answer = realm.send(call).await;
    done.store(true, Ordering::SeqCst);
    assert!(others.await.unwrap() > 3);
    answer
}

fn patch(path: &str, op: &str, at: &str, value: Value) -> Call {
    let operation = json!({"op": op, "path": at, "value": value});
    let body = json!({"schemas": [urn::PATCH], "Operations": [operation]});
    Call::new("PATCH", path).json(&body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_whole_group_has_its_turn() {
    let server = slow();
    let realm = Realm::create(&server, "turns").await;
    let mut users = Vec::new();
    for n in 0..4 {
        users.push(realm.user(&format!("u{n}@example.net")).await);
    }
    let [a, b, c, d] = users.as_slice() else {
        panic!("four");
    };
    let group = realm.group("Turns", &[a, b, c]).await;
    let path = format!("/Groups/{group}");
    let members = |ids: &[&String]| Value::from_iter(ids.iter().map(|id| json!({"value": id})));
    let names = || {
        let name = |n: usize| patch(&path, "replace", "externalId", json!(format!("x{n}")));
        (0..2).map(name).collect()
    };
    let put = json!({"schemas": [urn::GROUP], "displayName": "Turns", "members": members(&[a, b])});
    let answer = beside(&realm, names(), Call::new("PUT", &path).json(&put)).await;
    answer.is(200);
    let set = patch(&path, "replace", "members", members(&[a, b, c]));
    beside(&realm, names(), set).await.is(204);
    // What is there already, while another comes and goes.
    let toggles = vec![
        patch(&path, "add", "members", members(&[d])),
        patch(&path, "remove", "members", members(&[d])),
    ];
    let add = patch(&path, "add", "members", members(&[a, b]));
    beside(&realm, toggles, add).await.is(204);
}
