//! What PATCH costs without any IO: parse a message, apply it.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use scim::{Attributes, ResourceType, patch};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

fn user(emails: usize) -> Attributes {
    let emails: Vec<Value> = (0..emails)
        .map(|number| json!({"type": "other", "value": format!("{number}@x")}))
        .collect();
    let user = json!({"userName": "babs", "title": "Guide", "active": true, "emails": emails});
    Attributes::from_stored(&user.to_string()).unwrap()
}

/// Microsoft's validators add some 36 attributes in one request (CLIENTS.md).
fn verbose() -> Value {
    let paths = [
        "displayName",
        "title",
        "preferredLanguage",
        "name.givenName",
        "name.familyName",
        "name.formatted",
        "emails[type eq \"work\"].value",
        "addresses[type eq \"work\"].formatted",
        "addresses[type eq \"work\"].streetAddress",
        "addresses[type eq \"work\"].locality",
        "phoneNumbers[type eq \"mobile\"].value",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    ];
    let ops: Vec<Value> = paths
        .iter()
        .cycle()
        .take(36)
        .map(|path| json!({"op": "Add", "path": path, "value": "v"}))
        .collect();
    json!({"Operations": ops})
}

#[divan::bench]
fn parse_36_operations(bencher: divan::Bencher<'_, '_>) {
    bencher
        .with_inputs(verbose)
        .bench_values(|body| patch::parse(ResourceType::user(), body).unwrap());
}

#[divan::bench]
fn apply_36_operations(bencher: divan::Bencher<'_, '_>) {
    let of = ResourceType::user();
    let ops = patch::parse(of, verbose()).unwrap();
    let current = user(1);
    bencher.bench(|| patch::apply(of, &current, &ops).unwrap());
}

#[divan::bench]
fn apply_what_changes_nothing(bencher: divan::Bencher<'_, '_>) {
    let of = ResourceType::user();
    let body = json!({"Operations": [{"op": "Replace", "path": "active", "value": "True"}]});
    let ops = patch::parse(of, body).unwrap();
    let current = user(1);
    bencher.bench(|| patch::apply(of, &current, &ops).unwrap());
}

#[divan::bench(args = [10, 100, 1_000, 10_000])]
fn add_as_many_elements_as_there_are(bencher: divan::Bencher<'_, '_>, count: usize) {
    let of = ResourceType::user();
    let new: Vec<Value> = (0..count)
        .map(|number| json!({"value": format!("{number}@y")}))
        .collect();
    let body = json!({"Operations": [{"op": "add", "path": "emails", "value": new}]});
    let ops = patch::parse(of, body).unwrap();
    let current = user(count);
    bencher.bench(|| patch::apply(of, &current, &ops).unwrap());
}

#[divan::bench(args = [1, 100, 1_000])]
fn add_members(bencher: divan::Bencher<'_, '_>, count: usize) {
    let of = ResourceType::group();
    let current = Attributes::from_stored(r#"{"displayName":"Guides"}"#).unwrap();
    let members: Vec<Value> = (0..count)
        .map(|number| json!({"value": format!("{number}")}))
        .collect();
    let body = json!({"Operations": [{"op": "add", "path": "members", "value": members}]});
    bencher.with_inputs(|| body.clone()).bench_values(|body| {
        let ops = patch::parse(of, body).unwrap();
        patch::apply(of, &current, &ops).unwrap()
    });
}
