//! Changes of more members than one transaction holds, with a fault in each of
//! the transactions; and what stands when the deadline ends one in between.

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
        // Transactions of 49 members: 130 take three.
        for k in 1..=3 {
            let plan = || nth(WRITE, k, fault);
            let fired = |what: &str| {
                let (fired, calls) = faulty.calm();
                let sent = calls.iter().filter(|call| call.operation == WRITE).count();
                // The one that failed is sent twice.
                assert_eq!((fired, sent), (1, 4), "{what} with {fault:?} at {k}");
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
async fn a_change_the_deadline_has_cut_can_be_repeated() {
    let faulty = Faulty::new(Duration::from_secs(3));
    let realm = faulty.realm("cut").await;
    let (users, all) = crowd(&realm).await;
    let throttled = |good| after(WRITE, good, Fault::ErrorBefore(REFUSALS[0]));
    let body = json!({"displayName": "Cut", "members": &all});
    faulty.plan(throttled(1));
    let cut = realm.post("/Groups", &body).await;
    faulty.calm();
    assert!(matches!(cut.status, 429 | 503), "{cut:?}");
    let group = realm.filter("/Groups", "displayName eq \"Cut\"").await;
    let group = group.resources()[0]["id"].as_str().unwrap().to_owned();
    // The refusal says what is there already, and under which id.
    let detail = cut.is(cut.status)["detail"].to_string();
    assert!(detail.contains(&group), "{detail}");
    let path = format!("/Groups/{group}");
    for (op, value, expected) in [
        ("add", json!(&all), users.as_slice()),
        ("remove", json!(&all), &[]),
        ("replace", json!(&all), &users),
        ("replace", json!([]), &[]),
        ("add", json!(&all), &users),
    ] {
        let ops = json!([{"op": op, "path": "members", "value": value}]);
        faulty.plan(throttled(1));
        let cut = realm.patch(&path, ops.clone()).await;
        faulty.calm();
        assert!(matches!(cut.status, 204 | 429 | 503), "{op}: {cut:?}");
        // Both ends agree in between, too.
        let between = realm.members(&group).await;
        assert_eq!(between == expected, cut.status == 204, "{op}: {cut:?}");
        check_members(&realm, &group, &between).await;
        realm.patch(&path, ops).await.is(204);
        check_members(&realm, &group, expected).await;
    }
    // A group is deleted by the first transaction. What is left to sweep fails
    // nobody and is seen by nobody; the next deletion sweeps it, all of it.
    let rounds = [
        (throttled(1), 204, 2..),
        (after(WRITE, 99, Fault::None), 404, 1..),
    ];
    for (plan, status, transactions) in rounds {
        faulty.plan(plan);
        let answer = realm.delete(&path).await;
        let (_, calls) = faulty.calm();
        answer.is(status);
        let sent = calls.iter().filter(|call| call.operation == WRITE).count();
        assert!(transactions.contains(&sent), "{sent} to {answer:?}");
        realm.get(&path).await.is(404);
        for user in realm.get("/Users?count=1000").await.resources() {
            assert!(values(&user, "groups").is_empty(), "{user}");
        }
    }
    faulty.plan(after(WRITE, 0, Fault::ErrorBefore(REFUSALS[0])));
    realm.delete(&path).await.is(404);
    assert_eq!(faulty.calm().0, 0, "something was left to sweep");
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
