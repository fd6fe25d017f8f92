//! Walks while users come and go.

use crate::cursors::{by_index, crew, ids, walk};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures_util::stream::{self, StreamExt};
use muster::embedded::Embedded;
use muster_tests::{Realm, Server};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// How many users are walked through.
const USERS: usize = 20_000;
/// How many BatchWriteItem takes (AWS).
const AT_ONCE: usize = 25;

type Item = HashMap<String, AttributeValue>;

/// Where the last page ended nobody stands any more, and others have come: what
/// lived throughout is met, once.
#[tokio::test]
async fn a_walk_survives_what_it_stood_on() {
    let realm = crew("c-changing").await;
    for (round, query) in [
        json!({"count": 2}),
        json!({"count": 2, "filter": "title pr"}),
        json!({"count": 2, "sortBy": "userName"}),
        json!({"count": 2, "sortBy": "title", "sortOrder": "descending"}),
    ]
    .into_iter()
    .enumerate()
    {
        // Enough for three pages, whoever was deleted before.
        for n in 0..6 {
            let body = json!({"userName": format!("b{n}-{round}@example.net"), "title": "Mate"});
            realm.post("/Users", &body).await.created();
        }
        let before: BTreeSet<String> = by_index(&realm, "/Users", &query)
            .await
            .into_iter()
            .collect();
        let mut deleted = BTreeSet::new();
        let mut made = 0;
        let pages = walk(&realm, "/Users", &query, async |page| {
            let last = page.ids.last().unwrap();
            realm.delete(&format!("/Users/{last}")).await.is(204);
            deleted.insert(last.clone());
            if made < 4 {
                let body =
                    json!({"userName": format!("u{made}-{round}@example.net"), "title": "Boy"});
                realm.post("/Users", &body).await.created();
                made += 1;
            }
        })
        .await;
        let seen = ids(&pages);
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(seen.len(), once.len(), "{query}: one was met twice");
        let missed: Vec<&String> = before.difference(&once).collect();
        assert!(
            missed.is_empty(),
            "{query}: {missed:?} lived, and was not met"
        );
        assert!(deleted.len() > 2, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_users_are_walked_through() {
    let embedded = Embedded::memory().unwrap();
    let client = embedded.client();
    let server = Server::over(embedded);
    let realm = Realm::create(&server, "c-many").await;
    let stay = load(&realm, &client, USERS).await;

    // By index, while nothing changes: each one at its place, and nobody twice.
    let pages: Vec<Vec<String>> = stream::iter((1..=USERS).step_by(1_000))
        .map(async |start| {
            let path = format!("/Users?startIndex={start}&count=1000&attributes=id");
            let answer = realm.get(&path).await;
            assert_eq!(answer.json()["totalResults"], USERS, "{path}");
            let id = |user: &Value| user["id"].as_str().unwrap().to_owned();
            answer.resources().iter().map(id).collect()
        })
        .buffered(2)
        .collect()
        .await;
    assert!(pages.concat().iter().eq(stay.iter()), "by index");

    // By cursor, while others come and go.
    let ended = Arc::new(AtomicBool::new(false));
    let changes = tokio::spawn(come_and_go(realm.clone(), ended.clone()));
    let query = json!({"count": 1000, "attributes": "id"});
    let pages = walk(&realm, "/Users", &query, async |_| {}).await;
    ended.store(true, Ordering::Relaxed);
    let changes = changes.await.unwrap();
    let seen = ids(&pages);
    let once: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(seen.len(), once.len(), "one was met twice");
    assert_eq!(stay.difference(&once).count(), 0, "some were missed");
    assert!(changes > 20, "only {changes} changes went on meanwhile");
    assert_eq!(pages.len(), once.len().div_ceil(1_000));
}

/// Makes and deletes users until it is told that it is enough; how many times.
async fn come_and_go(realm: Realm, enough: Arc<AtomicBool>) -> usize {
    let mut there = Vec::new();
    let mut changes = 0;
    while !enough.load(Ordering::Relaxed) {
        there.push(realm.user(&format!("comes{changes}@example.net")).await);
        if changes % 3 > 0 {
            let goes = there.swap_remove(changes % there.len());
            realm.delete(&format!("/Users/{goes}")).await.is(204);
        }
        changes += 1;
    }
    changes
}

/// Users in the table, and in its counters, without having been created one by
/// one, which takes a minute: the first is the service's own, the others are
/// copies of its item. They have no claims, so only lists and GETs know them.
async fn load(realm: &Realm, client: &Client, number: usize) -> BTreeSet<String> {
    let first = realm.user("stays@example.net").await;
    let of_realm = |partition: &str| format!("R#{}#{partition}", realm.name);
    let users = client
        .query()
        .table_name("muster")
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(of_realm("U")));
    let template: Item = users.send().await.unwrap().items()[0].clone();
    let mut ids = BTreeSet::from([first]);
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    let mut items = Vec::new();
    while ids.len() < number {
        let id = Uuid::new_v4();
        let [a, b, ..] = *id.as_bytes();
        *counts
            .entry(u16::from(a) << 4 | u16::from(b) >> 4)
            .or_default() += 1;
        let doc = template["doc"].as_s().unwrap();
        let doc = doc.replace("stays@", &format!("stays{}@", ids.len()));
        let mut item = template.clone();
        item.insert("sk".to_owned(), AttributeValue::S(id.to_string()));
        item.insert("doc".to_owned(), AttributeValue::S(doc));
        items.push(item);
        ids.insert(id.to_string());
    }
    for items in items.chunks(AT_ONCE) {
        let puts = items.iter().map(|item| {
            let put = PutRequest::builder().set_item(Some(item.clone()));
            WriteRequest::builder()
                .put_request(put.build().unwrap())
                .build()
        });
        let batch = client
            .batch_write_item()
            .request_items("muster", puts.collect());
        let written = batch.send().await.unwrap();
        assert!(written.unprocessed_items().is_none_or(HashMap::is_empty));
    }
    for leaves in counts
        .iter()
        .collect::<Vec<_>>()
        .chunk_by(|a, b| a.0 >> 6 == b.0 >> 6)
    {
        let sum: usize = leaves.iter().map(|(_, count)| **count).sum();
        let adds: Vec<String> = leaves
            .iter()
            .map(|(leaf, _)| format!("l{:02x} :{leaf}", *leaf & 0x3f))
            .collect();
        let mut add = client
            .update_item()
            .table_name("muster")
            .key("pk", AttributeValue::S(of_realm("N")))
            .key(
                "sk",
                AttributeValue::S(format!("U#{:02x}", leaves[0].0 >> 6)),
            )
            .update_expression(format!("ADD t :t, {}", adds.join(", ")))
            .expression_attribute_values(":t", AttributeValue::N(sum.to_string()));
        for (leaf, count) in leaves {
            add = add.expression_attribute_values(
                format!(":{leaf}"),
                AttributeValue::N(count.to_string()),
            );
        }
        add.send().await.unwrap();
    }
    ids
}
