//! The table behind the server's back: its items, and what the store itself says and
//! does of them. No request comes this way.
//!
//! The table must be one without injected faults: keep a clone of it from before
//! `with_faults`.

use auth::Operator;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use muster::embedded::Embedded;
use std::collections::HashMap;
use std::time::Duration;
use store::{Audit, Finding, Meter, Notice, Progress, Store, Summary};
use tokio::time::Instant;
use uuid::Uuid;

/// The table's name.
pub const TABLE: &str = "muster";
/// When nobody who is dead holds a job any more.
pub const AFTER_THE_LEASE: SignedDuration = SignedDuration::from_secs(20);
/// How long the store may take for what nobody hurries.
const PATIENCE: Duration = Duration::from_secs(100);

/// An item of the table.
pub type Item = HashMap<String, AttributeValue>;

/// The items of a partition.
pub async fn partition(table: &Embedded, pk: &str) -> Vec<Item> {
    let pages = table
        .client()
        .query()
        .table_name(TABLE)
        .consistent_read(true)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
    let items = pages.into_paginator().items().send();
    items.collect::<Result<_, _>>().await.unwrap()
}

/// Puts an item, whatever was there.
pub async fn put(table: &Embedded, item: Item) {
    let put = table.client().put_item().table_name(TABLE);
    put.set_item(Some(item)).send().await.unwrap();
}

/// Removes an item.
pub async fn remove(table: &Embedded, item: &Item) {
    let key = ["pk", "sk"].map(|name| (name.to_owned(), item[name].clone()));
    let delete = table.client().delete_item().table_name(TABLE);
    delete.set_key(Some(key.into())).send().await.unwrap();
}

/// What `muster verify` says of a realm.
///
/// # Errors
/// When there is no such realm, or the table fails.
pub async fn findings(table: &Embedded, realm: &str) -> scim::Result<(Summary, Vec<Finding>)> {
    let store = Store::new(table.client(), TABLE);
    let mut found = Vec::new();
    let mut tell = |notice| {
        if let Notice::Found(finding) = notice {
            found.push(finding);
        }
    };
    let proof = Operator::of_the_table();
    let verify = store.verify(&proof);
    let summary = verify.realm(&realm.parse().unwrap(), &mut tell).await?;
    Ok((summary, found))
}

/// Has the worker do what is left to be done in a realm, when nobody else works any more.
///
/// # Errors
/// A job that cannot be finished, in words.
pub async fn finish_jobs(table: &Embedded, realm: &str) -> Result<(), String> {
    let store = Store::new(table.client(), TABLE);
    let (operator, meter) = (Operator::of_the_table(), Meter::default());
    let name = realm.parse().unwrap();
    let deadline = Instant::now() + PATIENCE;
    let jobs = store.pending_jobs(&operator, &name, deadline, &meter).await;
    for job in jobs.map_err(|error| error.to_string())? {
        let now = Timestamp::now() + AFTER_THE_LEASE;
        match store.work(&operator, &job, now, deadline, &meter).await {
            Ok(Progress::Finished) => {}
            other => return Err(format!("{job:?} hangs: {other:?}")),
        }
    }
    Ok(())
}

/// What the store is told of a request that there was none of.
pub fn audit() -> Audit {
    Audit {
        request: Uuid::new_v4(),
        user_agent: None,
        source: None,
        method: "PATCH".to_owned(),
        path: "/Groups".to_owned(),
        status: 204,
        started: Instant::now(),
        meter: Meter::default(),
    }
}
