//! How much a realm may hold and ask for.

use super::{about, changed};
use futures_util::future::join_all;
use muster::embedded::Embedded;
use muster_tests::{Realm, urn};
use serde_json::json;

#[tokio::test]
async fn a_realm_holds_as_many_as_its_limit_allows() {
    let embedded = Embedded::memory().unwrap();
    let server = crate::over(embedded);
    let realm = Realm::create(&server, "q-users").await;
    let first = realm.user("before@example.net").await;
    for (endpoint, limit) in [("/Users", "users"), ("/Groups", "groups")] {
        let base = usize::from(endpoint == "/Users");
        changed(&realm, &server, json!({"limits": {limit: base + 5}})).await;
        let create = |n: usize| {
            let realm = realm.clone();
            let body = json!({
                "schemas": [if limit == "users" { urn::USER } else { urn::GROUP }],
                "userName": format!("u{n}"), "displayName": format!("d{n}"),
            });
            async move { realm.post(endpoint, &body).await }
        };
        // Many at once find as much room as there is.
        let answers = join_all((0..20).map(create)).await;
        let made: Vec<_> = answers.iter().filter(|it| it.status == 201).collect();
        assert_eq!(made.len(), 5, "{answers:?}");
        for refused in answers.iter().filter(|it| it.status != 201) {
            let detail = refused.is(403)["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(&format!("limits.{limit}")), "{detail}");
        }
        // A deletion makes room at once, and so does a limit that is raised.
        realm
            .delete(&format!("{endpoint}/{}", made[0].created()))
            .await
            .is(204);
        create(100).await.is(201);
        create(101).await.is(403);
        changed(&realm, &server, json!({"limits": {limit: base + 6}})).await;
        create(102).await.is(201);
        create(103).await.is(403);
        // One that is refused for its name takes no room.
        changed(&realm, &server, json!({"limits": {limit: base + 7}})).await;
        create(102).await.fails(409, "uniqueness");
        create(104).await.is(201);
        create(105).await.is(403);
        // What is there can still be changed.
        let change = json!([{"op": "replace", "path": "displayName", "value": "x"}]);
        realm
            .patch(&format!("/Users/{first}"), change)
            .await
            .is(200);
        changed(&realm, &server, json!({"limits": null})).await;
        create(106).await.is(201);
    }
}

#[tokio::test]
async fn a_realm_beyond_its_rate_is_sent_away_and_no_other() {
    let server = crate::server();
    let realm = Realm::create(server, "q-rate").await;
    let other = Realm::create(server, "q-rate-other").await;
    changed(&realm, server, json!({"limits": {"requestsPerSecond": 25}})).await;
    let burst = || join_all((0..200).map(|_| realm.get("/Users?count=1")));
    let mut refused = Vec::new();
    for _ in 0..20 {
        refused = burst().await;
        refused.retain(|answer| answer.status != 200);
        if !refused.is_empty() {
            break;
        }
    }
    assert!(!refused.is_empty(), "nothing was refused");
    for answer in &refused {
        let detail = answer.is(429)["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("25 requests a second"), "{detail}");
        assert_eq!(answer.header("retry-after"), "1");
    }
    other.get("/Users").await.is(200);
    // Whoever proves nothing takes nothing.
    let stranger = realm.with_token("garbage");
    join_all((0..50).map(|_| stranger.get("/Users"))).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    join_all((0..50).map(|_| stranger.get("/Users"))).await;
    realm.get("/Users").await.is(200);
    changed(&realm, server, json!({"limits": null})).await;
    assert!(burst().await.iter().all(|answer| answer.status == 200));
}

/// RFC 7396 reaches into what lies in a realm's settings, too.
#[tokio::test]
async fn a_change_leaves_what_it_does_not_name() {
    let server = crate::server();
    let realm = Realm::create(server, "q-merge").await;
    for (change, events, limits) in [
        (
            json!({"events": {"values": true}}),
            json!({"retentionDays": 90, "values": true}),
            json!({}),
        ),
        (
            json!({"events": {"retentionDays": 30}, "limits": {"users": 5}}),
            json!({"retentionDays": 30, "values": true}),
            json!({"users": 5}),
        ),
        (
            json!({"limits": {"groups": 6, "requestsPerSecond": 25}}),
            json!({"retentionDays": 30, "values": true}),
            json!({"users": 5, "groups": 6, "requestsPerSecond": 25}),
        ),
        (
            json!({"events": {}, "limits": {"users": null}}),
            json!({"retentionDays": 30, "values": true}),
            json!({"groups": 6, "requestsPerSecond": 25}),
        ),
        (
            json!({"events": {"retentionDays": null}, "limits": null}),
            json!({"retentionDays": 90, "values": true}),
            json!({}),
        ),
        (
            json!({"events": null}),
            json!({"retentionDays": 90, "values": false}),
            json!({}),
        ),
    ] {
        let after = changed(&realm, server, change.clone()).await;
        let seen = (&after["events"], &after["limits"]);
        assert_eq!(seen, (&events, &limits), "{change}");
    }
    for change in [
        json!({"events": {"retentionDays": 0}}),
        json!({"limits": {"requestsPerSecond": 24}}),
        json!({"limits": {"members": 1}}),
    ] {
        let answer = about(&realm, server, "PATCH", "", Some(change)).await;
        assert_eq!(answer.status, 400, "{answer:?}");
    }
}
