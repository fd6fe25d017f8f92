//! Changes of more members than one transaction holds, with a fault in each of
//! the transactions.

use super::{Faulty, REFUSALS, WRITE, nth};
use muster::embedded::Fault;
use muster_tests::Realm;
use muster_tests::json::values;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_many_members_survives_a_fault_in_each_transaction() {
    const MEMBERS: usize = 130;
    let faulty = Faulty::patient();
    let realm = faulty.realm("many").await;
    let mut users = Vec::new();
    for n in 0..MEMBERS {
        users.push(realm.user(&format!("m{n}@example.net")).await);
    }
    users.sort_unstable();
    let all: Vec<Value> = users.iter().map(|id| json!({"value": id})).collect();
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
