//! The end of a realm: nothing of it is left, and of no other is anything gone.

use super::{Item, about, changed, partition};
use aws_sdk_dynamodb::types::AttributeValue;
use muster::embedded::{CallInfo, Embedded, Fault};
use muster_tests::{Answer, Realm, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Short, so that the end comes soon.
const BUDGET: Duration = Duration::from_secs(4);

type Partitions = Arc<Mutex<BTreeSet<String>>>;

/// A table that remembers which partitions were ever written to.
fn remembering(embedded: &Embedded) -> (Embedded, Partitions) {
    let seen = Partitions::default();
    let log = {
        let seen = Arc::clone(&seen);
        move |call: &CallInfo| {
            let mut seen = seen.lock().unwrap();
            seen.extend(call.keys.iter().map(|key| key.pk.clone()));
        }
    };
    (embedded.clone().with_log(Arc::new(log)), seen)
}

/// Whatever is stored below a realm's prefix.
async fn left(embedded: &Embedded, seen: &Partitions, realm: &str) -> Vec<Item> {
    let prefix = format!("R#{realm}#");
    let partitions: Vec<String> = {
        let seen = seen.lock().unwrap();
        seen.iter()
            .filter(|pk| pk.starts_with(&prefix))
            .cloned()
            .collect()
    };
    let mut items = Vec::new();
    for pk in partitions {
        items.extend(partition(embedded, &pk).await);
    }
    items
}

async fn listed(embedded: &Embedded, realm: &str) -> bool {
    let name = AttributeValue::S(realm.to_owned());
    let found = partition(embedded, "REALMS").await;
    found.iter().any(|item| item.get("sk") == Some(&name))
}

/// Something of every sort: users, groups in groups, events, a guard that has counted.
async fn fill(realm: &Realm, server: &Server) {
    let guard = json!({"deletionGuard": {"maximum": 9, "windowSeconds": 60}});
    changed(realm, server, guard).await;
    let mut ids = Vec::new();
    for n in 0..60 {
        let user = json!({
            "userName": format!("u{n}"), "externalId": format!("x{n}"),
            "emails": [{"value": format!("u{n}@example.net")}],
        });
        ids.push(realm.post("/Users", &user).await.created());
    }
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    let crew = realm.group("Crew", &all).await;
    realm.group("Fleet", &[&crew, &ids[0]]).await;
    realm.delete(&format!("/Users/{}", ids[59])).await.is(204);
}

async fn ask(realm: &Realm, server: &Server) -> Answer {
    about(realm, server, "DELETE", "", None).await
}

/// Repeats DELETE until nothing is left; what was said meanwhile.
async fn end(realm: &Realm, server: &Server) -> Vec<Value> {
    let mut told = Vec::new();
    for _ in 0..100 {
        let answer = ask(realm, server).await;
        match answer.status {
            202 => told.push(answer.json()),
            204 => return told,
            // An injected fault.
            500 | 503 => {}
            _ => panic!("{answer:?}"),
        }
    }
    panic!("it does not end: {told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_realm_and_its_neighbour_stays_as_it_was() {
    let embedded = Embedded::memory().unwrap();
    let (table, seen) = remembering(&embedded);
    let server = crate::patient(table, BUDGET);
    let acme = Realm::create(&server, "acme").await;
    let neighbours = ["acme-2", "Acme", "acm"];
    let mut others = Vec::new();
    for name in neighbours {
        let other = Realm::create(&server, name).await;
        fill(&other, &server).await;
        others.push(other);
    }
    fill(&acme, &server).await;
    let mut before = Vec::new();
    for name in neighbours {
        before.push(left(&embedded, &seen, name).await.len());
    }

    // Requests go on while it is deleted: they end when the first is refused.
    let busy = (0..4).map(|worker| {
        let acme = acme.clone();
        tokio::spawn(async move {
            for n in 0.. {
                let user =
                    json!({"userName": format!("w{worker}-{n}"), "emails": [{"value": "w"}]});
                let made = acme.post("/Users", &user).await;
                if made.status == 401 {
                    return;
                }
                let group = json!({
                    "displayName": format!("g{worker}-{n}"), "members": [{"value": made.created()}],
                });
                if acme.post("/Groups", &group).await.status == 401 {
                    return;
                }
            }
        })
    });
    let busy: Vec<_> = busy.collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let first = ask(&acme, &server).await;
    assert_eq!(first.status, 202, "{first:?}");
    acme.get("/Users").await.is(401);
    for worker in busy {
        worker.await.unwrap();
    }
    let shown = about(&acme, &server, "GET", "", None).await;
    assert_eq!(
        (shown.status, &shown.json()["state"]),
        (200, &json!("deleting"))
    );
    let deletion = &shown.json()["deletion"];
    assert!(deletion["remaining"].as_u64().unwrap() >= 61, "{deletion}");
    for (method, below, body) in [
        ("PATCH", "", Some(json!({"displayName": "x"}))),
        ("POST", "/keys", Some(json!({"name": "x"}))),
        ("POST", "/deletion-guard/release", None),
    ] {
        let refused = about(&acme, &server, method, below, body).await;
        assert_eq!(refused.status, 409, "{refused:?}");
    }
    let again = json!({"name": "acme"});
    let taken = acme
        .admin(&server, "POST", "/admin/v1/realms", Some(again.clone()))
        .await;
    assert_eq!(taken.status, 409, "{taken:?}");
    assert!(
        taken.json()["detail"]
            .as_str()
            .unwrap()
            .contains("being deleted")
    );

    let told = end(&acme, &server).await;
    let numbers = |name: &str| {
        told.iter()
            .map(|it| it[name].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert!(numbers("removed").is_sorted(), "{told:?}");
    assert!(numbers("remaining").is_sorted_by(|a, b| a >= b), "{told:?}");
    assert_eq!(left(&embedded, &seen, "acme").await, []);
    assert!(!listed(&embedded, "acme").await);
    for answer in [
        ask(&acme, &server).await,
        about(&acme, &server, "GET", "", None).await,
    ] {
        assert_eq!(answer.status, 404, "{answer:?}");
    }
    acme.get("/Users").await.is(401);

    for (other, before) in others.iter().zip(before) {
        assert_eq!(left(&embedded, &seen, &other.name).await.len(), before);
        assert!(listed(&embedded, &other.name).await);
        assert_eq!(other.get("/Users").await.is(200)["totalResults"], 59);
    }
    let anew = Realm::create(&server, "acme").await;
    assert_eq!(anew.get("/Users").await.is(200)["totalResults"], 0);
    assert_eq!(anew.get("/Groups").await.is(200)["totalResults"], 0);
    acme.get("/Users").await.is(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_call_fails_the_next_one_goes_on() {
    let embedded = Embedded::memory().unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let (armed, counted) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&calls));
    let strikes = Arc::clone(&armed);
    // Once armed, each call of the table but every third fails for good, or loses its answer.
    let hook = move |call: &CallInfo| {
        let n = counted.fetch_add(1, Ordering::SeqCst);
        match (strikes.load(Ordering::SeqCst), n % 5) {
            (0, _) => Fault::None,
            (_, 0) if call.operation != "Query" => Fault::LostAnswer,
            (_, 1) => Fault::ErrorBefore("ValidationException"),
            _ => Fault::None,
        }
    };
    let (table, seen) = remembering(&embedded);
    let server = crate::patient(table.with_faults(Arc::new(hook)), BUDGET);
    let realm = Realm::create(&server, "e-faults").await;
    fill(&realm, &server).await;
    armed.store(1, Ordering::SeqCst);
    for _ in 0..60 {
        let answer = ask(&realm, &server).await;
        if matches!(answer.status, 204 | 404) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    armed.store(0, Ordering::SeqCst);
    let last = ask(&realm, &server).await;
    if last.status == 202 {
        end(&realm, &server).await;
    } else {
        assert!(matches!(last.status, 204 | 404), "{last:?}");
    }
    assert_eq!(left(&embedded, &seen, "e-faults").await, []);
    assert!(!listed(&embedded, "e-faults").await);
}

/// Two calls sweep at a time, as when one is given up by its client and repeated:
/// the slower one must find nothing of the realm that has the name next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_late_takes_nothing_of_the_next_realm_of_the_name() {
    const LATE: Duration = Duration::from_millis(1_500);
    let embedded = Embedded::memory().unwrap();
    let (armed, late) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (strikes, met) = (Arc::clone(&armed), Arc::clone(&late));
    let hook = move |call: &CallInfo| {
        let users = call.keys.iter().any(|key| key.pk == "R#e-late#U");
        if call.operation == "Query" && users && strikes.swap(0, Ordering::SeqCst) == 1 {
            met.fetch_add(1, Ordering::SeqCst);
            return Fault::Latency(LATE);
        }
        Fault::None
    };
    let slow = crate::patient(embedded.clone().with_faults(Arc::new(hook)), BUDGET);
    let quick = crate::patient(embedded.clone(), BUDGET);
    let realm = Realm::create(&quick, "e-late").await;
    realm.user("old@example.net").await;
    assert_eq!(ask(&realm, &quick).await.status, 202);
    // Until whoever was let in before has ended.
    tokio::time::sleep(BUDGET + Duration::from_secs(5)).await;
    armed.store(1, Ordering::SeqCst);
    let sweeping = {
        let realm = realm.clone();
        tokio::spawn(async move { ask(&realm, &slow).await })
    };
    while late.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    end(&realm, &quick).await;
    let next = Realm::create(&quick, "e-late").await;
    let user = next.user("new@example.net").await;
    let answer = sweeping.await.unwrap();
    assert!(matches!(answer.status, 202 | 204), "{answer:?}");
    next.get(&format!("/Users/{user}")).await.is(200);
    assert_eq!(next.get("/Users").await.is(200)["totalResults"], 1);
}

#[tokio::test]
async fn a_realm_that_is_not_there_cannot_be_deleted() {
    let server = crate::server();
    let realm = Realm::create(server, "e-none").await;
    for name in ["e-nowhere", "-x"] {
        let path = format!("/admin/v1/realms/{name}");
        let answer = realm.admin(server, "DELETE", &path, None).await;
        assert_eq!(answer.status, 404, "{answer:?}");
    }
}
