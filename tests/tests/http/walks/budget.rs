//! What one request may read is bounded: by index that refuses it, a walk by
//! cursor comes back sooner.

use crate::cursors::{ask, ids, walk, with};
use futures_util::stream::{self, StreamExt};
use muster_tests::{Realm, urn};
use serde_json::json;
use std::collections::BTreeSet;

/// More than 20 MiB, in documents of less than 300 KiB.
const USERS: usize = 80;
const TITLE: usize = 280 << 10;

#[tokio::test]
async fn a_walk_over_its_budget_gives_short_pages() {
    let realm = Realm::create(crate::server(), "c-budget").await;
    let title = "t".repeat(TITLE);
    let made: BTreeSet<String> = stream::iter(0..USERS)
        .map(async |n| {
            let name = if n == 7 { "needle" } else { "straw" };
            let body = json!({
                "schemas": [urn::USER], "userName": format!("{name}{n}"), "title": title,
                "externalId": "shared",
            });
            realm.post("/Users", &body).await.created()
        })
        .buffer_unordered(4)
        .collect()
        .await;
    // query, how many are met, whether the walk has to take more than one page
    let rows = [
        (json!({"filter": "userName sw \"needle\""}), 1, true),
        (json!({"filter": "userName sw \"none\""}), 0, true),
        (
            json!({"filter": "userName sw \"straw\"", "count": 1000}),
            USERS - 1,
            true,
        ),
        (json!({"count": 1000}), USERS, true),
        (json!({"filter": "userName eq \"needle7\""}), 1, false),
        (json!({"filter": "externalId eq \"shared\""}), USERS, true),
    ];
    for (query, met, long) in rows {
        let query = with(&query, "attributes", json!("id"));
        let pages = walk(&realm, "/Users", &query, async |_| {}).await;
        let seen = ids(&pages);
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!((seen.len(), once.len()), (met, met), "{query}");
        assert!(once.is_subset(&made), "{query}");
        // Half of 20 MiB is for finding, half for showing.
        assert_eq!(pages.len() > 2, long, "{query}: {} pages", pages.len());
    }
    let filter = json!({"filter": "userName sw \"needle\"", "attributes": "id"});
    let shared = json!({"filter": "externalId eq \"shared\"", "attributes": "id"});
    let sorted = json!({"sortBy": "userName", "attributes": "id"});
    for query in [
        filter,
        shared,
        json!({"count": 1000, "attributes": "id"}),
        sorted.clone(),
        with(&sorted, "cursor", json!("")),
    ] {
        let refused = realm.send(ask("/Users", &query)).await;
        let refused = refused.fails(400, "tooMany");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("filter with `eq`"), "{detail}");
    }
    let few = json!({"count": 50, "startIndex": 20, "attributes": "id"});
    let page = realm.send(ask("/Users", &few)).await.is(200);
    assert_eq!(page["Resources"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn what_a_filter_compares_is_bounded() {
    let realm = Realm::create(crate::server(), "c-compared").await;
    // Each comparison has to fold it.
    let title = "É".repeat(TITLE / 2);
    for name in ["needle", "straw"] {
        let body = json!({"schemas": [urn::USER], "userName": name, "title": title});
        realm.post("/Users", &body).await.created();
    }
    let search = |comparisons: usize| {
        let titles = (0..comparisons).map(|n| format!("title co \"z{n}\""));
        let filter = Vec::from_iter(titles).join(" or ");
        json!({"schemas": [urn::SEARCH], "filter": filter, "attributes": ["id"]})
    };
    let by_cursor = |comparisons| with(&search(comparisons), "cursor", json!(""));
    for refused in [search(1000), by_cursor(1000)] {
        let answer = realm.post("/Users/.search", &refused).await;
        let detail = answer.fails(400, "tooMany")["detail"].to_string();
        assert!(detail.contains("use fewer comparisons"), "{detail}");
    }
    for fine in [search(2), by_cursor(2)] {
        let page = realm.post("/Users/.search", &fine).await.is(200);
        assert_eq!(page["totalResults"], 0, "{page}");
    }
}
