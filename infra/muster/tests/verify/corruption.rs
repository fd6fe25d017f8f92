//! The table as no request leaves it, and what is found then.

use auth::Operator;
use aws_sdk_dynamodb::types::AttributeValue;
use muster::embedded::Embedded;
use store::Store;

use crate::world::{NOBODY, World, n, s};

/// A fresh world, corrupted, and what is found then.
async fn check(what: &str, corrupt: impl AsyncFn(&World), expected: &[&str]) {
    let world = World::new(Embedded::memory().unwrap()).await;
    corrupt(&world).await;
    assert_eq!(world.findings().await, expected, "{what}");
}

#[tokio::test]
async fn claims_and_indexes() {
    let claim = async |w: &World| w.entry("UQ", "userName#", "ada").await;
    let email = async |w: &World| w.entry("IX", "U.emails.value#", "ada").await;
    check(
        "a claim is gone",
        async |w| w.delete("UQ", &claim(w).await).await,
        &["Missing Claim of ada"],
    )
    .await;
    check(
        "a group's claim is gone",
        async |w| {
            let claim = w.entry("UQ", "displayName#", "crew").await;
            w.delete("UQ", &claim).await;
        },
        &["Missing Claim of crew"],
    )
    .await;
    check(
        "a claim leads to another",
        async |w| {
            let claim = claim(w).await;
            w.put("UQ", &claim, &[("id", w.blob("bob"))]).await;
        },
        &["OfAnother Claim of ada", "Stale Claim of bob"],
    )
    .await;
    check(
        "a claim leads nowhere",
        async |w| {
            let claim = claim(w).await;
            w.put("UQ", &claim, &[("id", w.blob("nobody"))]).await;
        },
        &["OfAnother Claim of ada", "Orphaned Claim of nobody"],
    )
    .await;
    check(
        "a claim of a value that was left behind",
        async |w| w.put("UQ", "userName#old", &[("id", w.blob("bob"))]).await,
        &["Stale Claim of bob"],
    )
    .await;
    check(
        "an index entry is gone",
        async |w| w.delete("IX", &email(w).await).await,
        &["Missing Index of ada"],
    )
    .await;
    check(
        "an index entry leads to another",
        async |w| {
            let email = email(w).await;
            w.put("IX", &email, &[("id", w.blob("bob"))]).await;
        },
        &["OfAnother Index of ada"],
    )
    .await;
    check(
        "an index entry of a value that was left behind",
        async |w| {
            let old = format!("U.emails.value#old#{}", w.id("bob"));
            w.put("IX", &old, &[("id", w.blob("bob"))]).await;
        },
        &["Stale Index of bob"],
    )
    .await;
    check(
        "an index entry of a resource that is gone",
        async |w| {
            let old = format!("G.externalId#old#{NOBODY}");
            w.put("IX", &old, &[("id", w.blob("nobody"))]).await;
        },
        &["Orphaned Index of nobody"],
    )
    .await;
}

#[tokio::test]
async fn memberships() {
    let of = |w: &World, group: &str| format!("M#{}", w.id(group));
    check(
        "an edge is gone",
        async |w| w.delete(&of(w, "crew"), w.id("ada")).await,
        &["Missing ada in crew"],
    )
    .await;
    check(
        "an edge between groups is gone",
        async |w| w.delete(&of(w, "crew"), w.id("inner")).await,
        &["Missing inner in crew"],
    )
    .await;
    check(
        "an edge without its inverse",
        async |w| {
            let user = [("type", s("User"))];
            w.put(&of(w, "crew"), w.id("bob"), &user).await;
        },
        &["Stale bob in crew"],
    )
    .await;
    check(
        "an edge to nobody",
        async |w| {
            let user = [("type", s("User"))];
            w.put(&of(w, "crew"), NOBODY, &user).await;
        },
        &["Orphaned nobody in crew"],
    )
    .await;
    let joined = async |w: &World, group: &str| {
        let AttributeValue::B(group) = w.blob(group) else {
            panic!("an id is binary")
        };
        let set = Some(AttributeValue::Bs(vec![group]));
        w.update("U", w.id("ada"), "ADD memberOf :v", set).await;
    };
    check(
        "memberOf of a missing edge",
        async |w| joined(w, "inner").await,
        &["Missing ada in inner"],
    )
    .await;
    check(
        "memberOf of a missing edge of a missing group",
        async |w| joined(w, "nobody").await,
        &["Missing ada in nobody"],
    )
    .await;
    // As an interrupted deletion leaves it: the header, its claim and its count are gone together.
    check(
        "a group that is gone, not yet swept",
        async |w| {
            let claim = w.entry("UQ", "displayName#", "crew").await;
            w.delete("UQ", &claim).await;
            w.delete("G", w.id("crew")).await;
            let (item, leaf) = w.counter("G", "crew");
            let count = format!("ADD t :v, {leaf} :v");
            w.update("N", &item, &count, Some(n(-1))).await;
        },
        &["Leftover 1 in crew", "Leftover 1 in crew"],
    )
    .await;
}

#[tokio::test]
async fn counters() {
    let add = async |w: &World, what: &dyn Fn(&str) -> String| {
        let (item, leaf) = w.counter("U", "ada");
        w.update("N", &item, &what(&leaf), Some(n(1))).await;
    };
    check(
        "a leaf and its sum",
        async |w| add(w, &|leaf| format!("ADD t :v, {leaf} :v")).await,
        &["Leaf User 2 1"],
    )
    .await;
    check(
        "a sum",
        async |w| add(w, &|_| "ADD t :v".to_owned()).await,
        &["Sum 2 1"],
    )
    .await;
    check(
        "an item is gone",
        async |w| {
            let (item, _) = w.counter("G", "crew");
            w.delete("N", &item).await;
        },
        &["Leaf Group 0 1"],
    )
    .await;
}

#[tokio::test]
async fn items() {
    check(
        "a document is gone",
        async |w| w.delete("U", w.id("ada")).await,
        &[
            "Leaf User 1 0",
            "Orphaned Claim of ada",
            "Orphaned Index of ada",
            "Orphaned Index of ada",
            "Orphaned ada in crew",
        ],
    )
    .await;
    check(
        "an unknown format",
        async |w| w.update("U", w.id("ada"), "SET f = :v", Some(n(9))).await,
        &["Unknown R#acme#U"],
    )
    .await;
    check(
        "no format",
        async |w| w.update("G", w.id("crew"), "REMOVE f", None).await,
        &["Unknown R#acme#G"],
    )
    .await;
    check(
        "a document without a version",
        async |w| w.update("U", w.id("ada"), "REMOVE version", None).await,
        &["Malformed R#acme#U"],
    )
    .await;
    check(
        "a document that is no JSON",
        async |w| {
            w.update("U", w.id("ada"), "SET doc = :v", Some(s("{")))
                .await
        },
        &["Malformed R#acme#U"],
    )
    .await;
    check(
        "a claim without an id",
        async |w| {
            let claim = w.entry("UQ", "userName#", "ada").await;
            w.update("UQ", &claim, "REMOVE id", None).await;
        },
        &["Malformed R#acme#UQ"],
    )
    .await;
    check(
        "a claim of an attribute that is not claimed",
        async |w| w.put("UQ", "nickName#x", &[("id", w.blob("ada"))]).await,
        &["Unknown R#acme#UQ"],
    )
    .await;
    check(
        "a counter that is no number",
        async |w| {
            let (item, _) = w.counter("U", "ada");
            w.update("N", &item, "SET l00 = :v", Some(s("?"))).await;
        },
        // Nothing is known of its leaves.
        &["Leaf User 0 1", "Malformed R#acme#N"],
    )
    .await;
}

#[tokio::test]
async fn the_realm_itself() {
    check(
        "not in the directory",
        async |w| {
            let delete = w.raw.delete_item().table_name("muster");
            let delete = delete.key("pk", s("REALMS")).key("sk", s("acme"));
            delete.send().await.unwrap();
        },
        &["Unlisted realm"],
    )
    .await;
    check(
        "without an item",
        async |w| w.delete("REALM", "REALM").await,
        &["Absent realm"],
    )
    .await;
    check(
        "without a salt",
        async |w| w.update("REALM", "REALM", "REMOVE salt", None).await,
        &["Malformed R#acme#REALM"],
    )
    .await;
    check(
        "with an item of a later version",
        async |w| w.put("REALM", "MAPPERS", &[]).await,
        &["Unknown R#acme#REALM"],
    )
    .await;
    check(
        "with a key that is damaged",
        async |w| {
            let key = w.token.split('_').nth(1).unwrap();
            w.update("KEY", key, "REMOVE mac", None).await;
        },
        &["Malformed R#acme#KEY"],
    )
    .await;
    let world = World::new(Embedded::memory().unwrap()).await;
    let store = Store::new(world.raw.clone(), "muster");
    let verify = store.verify(&Operator::of_the_table());
    let missing = verify.realm(&"nope".parse().unwrap(), &mut |_| {}).await;
    let missing = missing.unwrap_err().to_string();
    assert_eq!(missing, "there is no realm `nope`");
}
