//! Changes of more members than one transaction holds, with a fault in each of
//! the transactions; and what stands when the deadline ends one before it is
//! true, or after.

use super::{Faulty, REFUSALS, WRITE, after, nth};
use muster::embedded::Fault;
use muster_tests::Realm;
use muster_tests::json::values;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const MEMBERS: usize = 130;

/// So many users; their ids, sorted, and the ids as a group's `members`.
async fn crowd(realm: &Realm) -> (Vec<String>, Vec<Value>) {
    let mut users = Vec::new();
    for n in 0..MEMBERS {
        users.push(realm.user(&format!("m{n}@example.net")).await);
    }
    users.sort_unstable();
    let members = users.iter().map(|id| json!({"value": id})).collect();
    (users, members)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_many_members_survives_a_fault_in_each_transaction() {
    let faulty = Faulty::patient();
    let realm = faulty.realm("many").await;
    let (users, all) = crowd(&realm).await;
    let refusals = REFUSALS.map(Fault::ErrorBefore);
    for fault in [Fault::LostAnswer].into_iter().chain(refusals) {
        // The one that makes it true, and of 49 members each: 130 take three.
        for k in 1..=4 {
            let plan = || nth(WRITE, k, fault);
            let fired = |what: &str| {
                let (fired, calls) = faulty.calm();
                let sent = calls.iter().filter(|call| call.operation == WRITE).count();
                // The one that failed is sent twice.
                assert_eq!((fired, sent), (1, 5), "{what} with {fault:?} at {k}");
            };
            let body = json!({"displayName": format!("{fault:?} {k}"), "members": &all});
            faulty.plan(plan());
            let group = realm.post("/Groups", &body).await.created();
            fired("create");
            check_members(&realm, &group, &users).await;
            let path = format!("/Groups/{group}");
            for (op, value, left) in [
                ("remove", json!(&all), &[] as &[String]),
                ("add", json!(&all), &users),
                ("replace", json!([]), &[]),
            ] {
                faulty.plan(plan());
                let ops = json!([{"op": op, "path": "members", "value": value}]);
                realm.patch(&path, ops).await.is(204);
                fired(op);
                check_members(&realm, &group, left).await;
            }
            realm.delete(&path).await.is(204);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_the_deadline_cuts_is_not_made_or_made_whole() {
    let faulty = Faulty::new(Duration::from_secs(3));
    let realm = faulty.realm("cut").await;
    let (users, all) = crowd(&realm).await;
    let throttled = |good| after(WRITE, good, Fault::ErrorBefore(REFUSALS[0]));
    let silent = |good| after(WRITE, good, Fault::Latency(Duration::from_secs(60)));
    let body = json!({"displayName": "Cut", "members": &all});
    // Before the transaction that makes it true: nothing.
    faulty.plan(throttled(0));
    let cut = realm.post("/Groups", &body).await;
    faulty.calm();
    assert!(matches!(cut.status, 429 | 503), "{cut:?}");
    let found = realm.filter("/Groups", "displayName eq \"Cut\"").await;
    assert!(found.resources().is_empty(), "{found:?}");
    // After it: all of it, and whoever comes next finishes the job. What the job
    // waits for leaves the answer its time.
    faulty.plan(silent(1));
    let group = realm.post("/Groups", &body).await.created();
    faulty.calm();
    assert_eq!(realm.members(&group).await, users);
    let path = format!("/Groups/{group}");
    let mut before = users.as_slice();
    for (op, value, expected) in [
        ("remove", json!(&all), &[] as &[String]),
        ("replace", json!(&all), &users),
        ("replace", json!([]), &[]),
        ("add", json!(&all), &users),
    ] {
        let ops = json!([{"op": op, "path": "members", "value": value}]);
        finish(&realm, &path).await;
        check_members(&realm, &group, before).await;
        faulty.plan(throttled(0));
        let cut = realm.patch(&path, ops.clone()).await;
        faulty.calm();
        assert!(matches!(cut.status, 429 | 503), "{op}: {cut:?}");
        check_members(&realm, &group, before).await;
        faulty.plan(throttled(1));
        realm.patch(&path, ops).await.is(204);
        faulty.calm();
        assert_eq!(realm.members(&group).await, expected, "{op}");
        before = expected;
    }
    finish(&realm, &path).await;
    // A group is deleted by the first transaction. What is left to sweep is seen by nobody.
    faulty.plan(throttled(1));
    let answer = realm.delete(&path).await;
    let (_, calls) = faulty.calm();
    answer.is(204);
    let sent = calls.iter().filter(|call| call.operation == WRITE).count();
    assert!(sent > 1, "{sent} to {answer:?}");
    realm.delete(&path).await.is(404);
    for user in [&users[0], &users[MEMBERS - 1]] {
        assert!(realm.groups(user).await.is_empty(), "{user}");
    }
}

/// Another change of the same members, which has nothing to do but what is left of the one before.
async fn finish(realm: &Realm, path: &str) {
    let nobody = json!([{"op": "remove", "path": "members", "value": [{"value": "nobody"}]}]);
    realm.patch(path, nobody).await.is(204);
}

/// The group has these members, and they alone have the group.
async fn check_members(realm: &Realm, group: &str, expected: &[String]) {
    assert_eq!(realm.members(group).await, expected);
    let list = realm.get("/Users?count=1000").await.resources();
    let mut inverse = BTreeSet::new();
    for user in &list {
        let groups = values(user, "groups");
        assert!(groups.iter().all(|it| it == group), "{user}");
        if !groups.is_empty() {
            inverse.insert(user["id"].as_str().unwrap().to_owned());
        }
    }
    assert!(inverse.iter().eq(expected), "{inverse:?}");
}
