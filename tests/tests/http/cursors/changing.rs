//! Walks while users come and go.

use super::{by_index, crew, ids, page, walk};
use futures_util::stream::{self, StreamExt};
use muster_tests::Realm;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How many users are walked through.
const USERS: usize = 20_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn measure() {
    let realm = Realm::create(crate::server(), "c-large").await;
    let begun = std::time::Instant::now();
    let made: Vec<String> = load(&realm, "stays", 2_000).await;
    println!("{} in {:?}", made.len(), begun.elapsed());
}

async fn load(realm: &Realm, name: &str, number: usize) -> Vec<String> {
    stream::iter(0..number)
        .map(|n| {
            let realm = realm.clone();
            let name = format!("{name}{n}@example.net");
            async move { realm.user(&name).await }
        })
        .buffer_unordered(8)
        .collect()
        .await
}
