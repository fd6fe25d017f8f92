//! How much one request may ask for, and who may ask.

use super::{came_to, delete, group, patch, request, send, shown, user};
use muster::embedded::{CallInfo, Embedded, Fault};
use muster_tests::{Call, Front, Realm, urn};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[tokio::test]
async fn what_is_advertised_is_kept() {
    let realm = Realm::create(crate::server(), "b-limits").await;
    let bulk = realm.get("/ServiceProviderConfig").await.is(200)["bulk"].clone();
    let expected = json!({"supported": true, "maxOperations": 1000, "maxPayloadSize": 4_194_304});
    assert_eq!(bulk, expected);
    let nobody = "/Users/0b1f6c1e-6a58-4d0c-8d3f-6a1f5b0e7a11";
    let many = vec![delete(nobody); 1_001];
    // The answer names the limit exceeded (RFC 7644 section 3.7.4).
    let refused = send(&realm, &request(&many)).await.is(413);
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("maxOperations (1000)"), "{detail}");
    let answer = send(&realm, &request(&many[..1_000])).await;
    came_to(&realm, &answer, &["DELETE 404"; 1_000]);
    let padded = |bytes: usize| {
        let mut body = request(&[]).to_string();
        body.push_str(&" ".repeat(bytes - body.len()));
        Call::new("POST", "/Bulk").bytes(body)
    };
    realm.send(padded(4_194_304)).await.is(200);
    let refused = realm.send(padded(4_194_305)).await.is(413);
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("maxPayloadSize (4194304)"), "{detail}");
    // One resource may be as large as it may be by itself, and no larger.
    let mut large = user("large", "large");
    large["data"]["title"] = json!("t".repeat(400_000));
    let answer = send(&realm, &request(&[large, user("small", "small")])).await;
    came_to(&realm, &answer, &["large 413", "small 201"]);
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let answer = realm
            .send(Call::new(method, "/Bulk").json(&request(&[])))
            .await;
        answer.is(405);
        assert_eq!(answer.header("allow"), "POST", "{answer:?}");
    }
    let text = Call::new("POST", "/Bulk").header("content-type", "text/plain");
    realm.send(text.json(&request(&[]))).await.is(415);
}

/// A thousand operations with references come to their end in one request. How
/// soon, README says: here they may take as long as a busy machine does.
#[tokio::test]
async fn a_thousand_operations_with_references() {
    let server = crate::patient(Embedded::memory().unwrap(), Duration::from_secs(110));
    if server.front() == Front::Gateway {
        // It gives up after 30 s.
        return;
    }
    let realm = Realm::create(&server, "b-thousand").await;
    let mut operations = Vec::new();
    // The groups first: nothing stands where it would be easy. Each is in the next one, the last in the first.
    for n in 0..40 {
        let mut members: Vec<String> = (0..20)
            .map(|m| format!("bulkId:u{}", (n * 20 + m) % 800))
            .collect();
        members.push(format!("bulkId:g{}", (n + 1) % 40));
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        operations.push(group(&format!("g{n}"), &format!("Group {n}"), &members));
    }
    for n in 0..160 {
        let value = json!([{"value": format!("bulkId:u{}", n * 5)}]);
        let add = json!({"op": "add", "path": "members", "value": value});
        operations.push(patch(&format!("/Groups/bulkId:g{}", n % 40), add));
    }
    for n in 0..800 {
        let mut user = user(&format!("u{n}"), &format!("u{n}@example.net"));
        let manager = format!("bulkId:u{}", (n + 7) % 800);
        user["data"][urn::ENTERPRISE] = json!({"manager": {"value": manager}});
        operations.push(user);
    }
    let answer = send(&realm, &request(&operations)).await;
    let shown = shown(&realm, &answer);
    let failed: Vec<&String> = shown
        .iter()
        .filter(|shown| !shown.ends_with(" 201") && !shown.ends_with(" 204"))
        .collect();
    assert!(failed.is_empty(), "{}: {failed:?}", failed.len());
    assert_eq!(shown.len(), 1_000);
    let edges: usize = realm
        .get("/Groups?count=1000")
        .await
        .resources()
        .iter()
        .map(|group| group["members"].as_array().unwrap().len())
        .sum();
    // Some of the additions name who is in the group already.
    let twice = (0..160).filter(|n| n * 5 / 20 == n % 40).count();
    assert_eq!(edges, 40 * 21 + 160 - twice);
    let managed = format!("{}:manager pr", urn::ENTERPRISE);
    let managed = realm.filter("/Users", &managed).await.is(200);
    assert_eq!(managed["totalResults"], 800);
}

/// What there was no time for is said, and is not done; sent again it is.
#[tokio::test]
async fn what_the_time_does_not_suffice_for_is_answered_as_not_done() {
    // Each transaction takes its time, so that there is some for a part of these.
    let slow = Arc::new(AtomicBool::new(false));
    let slowed = Arc::clone(&slow);
    let slowly = move |call: &CallInfo| {
        if slowed.load(Ordering::Relaxed) && call.operation == "TransactWriteItems" {
            std::thread::sleep(Duration::from_millis(60));
        }
        Fault::None
    };
    let embedded = Embedded::memory().unwrap().with_faults(Arc::new(slowly));
    let server = crate::patient(embedded, Duration::from_secs(5));
    let realm = Realm::create(&server, "b-time").await;
    let all: Vec<Value> = (0..998)
        .map(|n| user(&format!("u{n}"), &format!("u{n}@example.net")))
        .chain([
            // A circle whose second step is the last of all.
            group("g", "G", &["bulkId:h"]),
            group("h", "H", &["bulkId:g"]),
        ])
        .collect();
    slow.store(true, Ordering::Relaxed);
    let answer = send(&realm, &request(&all)).await;
    slow.store(false, Ordering::Relaxed);
    let shown = shown(&realm, &answer);
    assert_eq!(shown.len(), 1_000, "none is lost in silence");
    let done = shown.iter().filter(|shown| shown.ends_with(" 201")).count();
    let left = shown.iter().filter(|shown| shown.ends_with(" 503")).count();
    assert_eq!(done + left, 1_000, "{shown:?}");
    assert!(done > 0 && left > 0, "{done} {left}");
    let entries = answer.json()["Operations"].as_array().unwrap().clone();
    let never_begun = |entry: &&Value| {
        let detail = entry["response"]["detail"].as_str().unwrap_or_default();
        detail.starts_with("not done") && detail.contains("send it again")
    };
    let never_begun = entries.iter().filter(never_begun).count();
    // What was under way at the very end can have been done without an answer.
    assert!(never_begun + 8 >= left, "{never_begun} {left}");
    let there = realm.get("/Users?count=0").await.is(200)["totalResults"].clone();
    let there = usize::try_from(there.as_u64().unwrap()).unwrap();
    assert!(
        (done..=1_000 - never_begun).contains(&there),
        "{there} {done}"
    );
}

#[tokio::test]
async fn who_may_write_may_send_it_and_nobody_else() {
    let server = crate::server();
    let realm = Realm::create(server, "b-who").await;
    let other = Realm::create(server, "b-who-2").await;
    let keys = realm.keys(server).await;
    let theirs = other.user("theirs").await;
    let body = request(&[user("u", "u")]);
    let reader = realm.with_token(&keys.read_only);
    send(&reader, &body).await.is(403);
    for token in [&keys.revoked, &keys.expired, &other.token] {
        send(&realm.with_token(token), &body).await.is(401);
    }
    assert_eq!(realm.get("/Users").await.is(200)["totalResults"], 0);
    // Another realm's resources are nobody's here.
    let group_id = realm.group("G", &[]).await;
    let add = json!({"op": "add", "path": "members", "value": [{"value": theirs}]});
    let operations = [
        delete(&format!("/Users/{theirs}")),
        patch(&format!("/Groups/{group_id}"), add),
        delete(&format!("/../../b-who-2/scim/v2/Users/{theirs}")),
    ];
    let answer = send(&realm, &request(&operations)).await;
    came_to(&realm, &answer, &["DELETE 404", "PATCH 204", "DELETE 404"]);
    assert!(realm.members(&group_id).await.is_empty());
    other.get(&format!("/Users/{theirs}")).await.is(200);
}

/// What the operator has bounded is bounded in a bulk request, too.
#[tokio::test]
async fn the_realms_own_limits_hold() {
    let server = crate::server();
    let realm = Realm::create(server, "b-bounded").await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(realm.user(&format!("b{n}")).await);
    }
    realm
        .change(
            server,
            &json!({"deletionGuard": {"maximum": 3, "windowSeconds": 3_600}}),
        )
        .await;
    let off = json!({"op": "replace", "path": "active", "value": false});
    let operations: Vec<Value> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| match n % 2 {
            0 => delete(&format!("/Users/{id}")),
            _ => patch(&format!("/Users/{id}"), off.clone()),
        })
        .collect();
    let answer = send(&realm, &request(&operations)).await;
    let came = shown(&realm, &answer);
    let refused = came.iter().filter(|it| it.ends_with(" 403")).count();
    assert_eq!(refused, 3, "{came:?}");

    let realm = Realm::create(server, "b-room").await;
    let first = realm.user("first").await;
    realm.change(server, &json!({"limits": {"users": 1}})).await;
    // The room that one operation makes is there for one of those behind it.
    let operations = [
        delete(&format!("/Users/{first}")),
        user("a", "a"),
        user("b", "b"),
    ];
    let answer = send(&realm, &request(&operations)).await;
    let mut came = shown(&realm, &answer);
    came.sort_unstable();
    let one = [
        ["DELETE 204", "a 201", "b 403"],
        ["DELETE 204", "a 403", "b 201"],
    ];
    assert!(one.iter().any(|one| came == one), "{came:?}");
}

/// Each operation counts against the realm's rate. A bulk request waits for its turn.
#[tokio::test]
async fn a_bulk_request_keeps_to_the_rate() {
    let server = crate::patient(Embedded::memory().unwrap(), Duration::from_secs(4));
    let realm = Realm::create(&server, "b-rate").await;
    realm
        .change(&server, &json!({"limits": {"requestsPerSecond": 25}}))
        .await;
    let all: Vec<Value> = (0..300)
        .map(|n| user(&format!("u{n}"), &format!("u{n}")))
        .collect();
    let answer = send(&realm, &request(&all)).await;
    let shown = shown(&realm, &answer);
    let done = shown.iter().filter(|shown| shown.ends_with(" 201")).count();
    // A second's at once, and those of less than four.
    assert!((26..=25 + 4 * 25).contains(&done), "{done}");
    let left = shown
        .iter()
        .filter(|it| it.ends_with(" 503") || it.ends_with(" 429"));
    assert_eq!(left.count() + done, 300);
}
