//! A realm whose documents are older than its rules: they come over as they are.

use super::{export, findings, import, import_all};
use aws_sdk_dynamodb::types::AttributeValue;
use muster::embedded::Embedded;
use muster_tests::{Realm, Server, table, urn};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ACME: &str = "urn:example:acme:2.0:User";
const GONE: &str = "urn:example:gone:2.0:User";

async fn declare(server: &Server, realm: &Realm, urn: &str, attributes: Value) {
    let schema = json!({"name": "S", "resourceType": "User", "attributes": attributes});
    let path = format!("/schemas/{urn}");
    super::ask(server, realm, "PUT", &path, Some(schema))
        .await
        .is_admin(201);
}

/// Lets the table hold a document that no request makes any more.
async fn store(embedded: &Embedded, realm: &Realm, id: &str, change: impl FnOnce(&mut Value)) {
    let items = table::partition(embedded, &format!("R#{}#U", realm.name)).await;
    let found = items
        .into_iter()
        .find(|item| item["sk"].as_s().unwrap() == id);
    let mut item = found.unwrap();
    let mut document = serde_json::from_str(item["doc"].as_s().unwrap()).unwrap();
    change(&mut document);
    let text = AttributeValue::S(document.to_string());
    item.insert("doc".to_owned(), text);
    table::put(embedded, item).await;
}

/// What GET answers for each resource, letter for letter but for its place and its version.
async fn letters(realm: &Realm) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for endpoint in ["/Users", "/Groups"] {
        let page = realm.get(&format!("{endpoint}?count=1000")).await;
        for resource in page.resources() {
            let path = format!("{endpoint}/{}", resource["id"].as_str().unwrap());
            let answer = realm.get(&path).await.is(200);
            let version = answer["meta"]["version"].to_string();
            let text = realm.get(&path).await;
            let text = String::from_utf8(text.bytes.to_vec()).unwrap();
            all.insert(path, text.replace(&realm.url, "").replace(&version, ""));
        }
    }
    all
}

/// `{"a": {"a": … {"a": 1}}}`, of so many levels.
fn deep(levels: usize) -> Value {
    (0..levels).fold(json!(1), |value, _| json!({ "a": value }))
}

async fn old(embedded: &Embedded, server: &Server) -> Realm {
    let realm = Realm::create(server, "x-old").await;
    let with = |name: &str, urn: &str, object: Value| {
        let schemas = [urn::USER, urn];
        let body = json!({"schemas": schemas, "userName": name, urn: object});
        let realm = realm.clone();
        async move { realm.post("/Users", &body).await.created() }
    };
    with(
        "before its schema",
        ACME,
        json!({"other": "x", "Tag": ["a"]}),
    )
    .await;
    // In the body the object is at the second level.
    with("deep", "urn:example:deep", deep(31)).await;
    let attributes = json!([{"name": "tag", "type": "string", "required": true},
        {"name": "level", "type": "integer"}, {"name": "note", "type": "string"}]);
    declare(server, &realm, ACME, attributes).await;
    let large = "x".repeat(20_000);
    with("large", ACME, json!({"tag": "x", "note": large})).await;
    declare(
        server,
        &realm,
        GONE,
        json!([{"name": "note", "type": "string"}]),
    )
    .await;
    with("of a schema that is gone", GONE, json!({"note": large})).await;
    let path = format!("/schemas/{GONE}");
    let gone = super::ask(server, &realm, "DELETE", &path, None).await;
    assert_eq!(gone.status, 204, "{gone:?}");

    let misfit = with("a misfit", ACME, json!({"tag": "x"})).await;
    store(embedded, &realm, &misfit, |document| {
        document[ACME] = json!({"level": "high", "TAG": 7, "tag": {"a": null}});
    })
    .await;
    let lacking = with("without what is required", ACME, json!({"tag": "x"})).await;
    store(embedded, &realm, &lacking, |document| {
        document[ACME] = json!({"level": 3});
    })
    .await;
    let primaries = realm.user("two primaries").await;
    store(embedded, &realm, &primaries, |document| {
        document["emails"] =
            json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]);
        document["phoneNumbers"] = json!([{"value": "1"}, {"value": "1"}]);
    })
    .await;
    realm.group("all", &[&misfit, &lacking, &primaries]).await;
    realm
}

#[tokio::test]
async fn documents_that_are_older_than_the_rules_come_over_as_they_are() {
    let embedded = Embedded::memory().unwrap();
    let from = crate::over(embedded.clone());
    let realm = old(&embedded, &from).await;
    let before = letters(&realm).await;
    assert_eq!(before.len(), 8);
    let there = Embedded::memory().unwrap();
    let to = crate::over(there.clone());
    // In one request, and the realm's item in one of its own.
    for limit in [100, 1] {
        let pages = export(&from, &realm, limit).await;
        let count = pages.concat().len() as u64;
        let copy = Realm::create(&to, &format!("x-old-{limit}")).await;
        assert_eq!(import_all(&to, &copy, &pages).await, (count, 0));
        assert_eq!(letters(&copy).await, before);
        // The index entries of the two addresses were put behind the table's back.
        assert_eq!(findings(&there, &copy).await, []);
        assert_eq!(import_all(&to, &copy, &pages).await, (0, count));
        assert_eq!(export(&to, &copy, limit).await, pages);
        assert_eq!(letters(&copy).await, before);
    }
}

#[tokio::test]
async fn what_no_table_holds_does_not_come_in() {
    let server = crate::server();
    let realm = Realm::create(server, "x-hostile").await;
    let items = |name: &str, value: Value| {
        let attributes = json!({"userName": "eve", name: value});
        [super::resource("user", super::ADA, attributes)]
    };
    for (name, value, status) in [
        ("password", json!("secret"), 400),
        ("id", json!("x"), 400),
        ("groups", json!([{"value": super::ADA}]), 400),
        (ACME, deep(32), 400),
        (ACME, json!({"a": "x".repeat(310_000)}), 413),
    ] {
        let answer = import(server, &realm, &items(name, value)).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
    }
    assert_eq!(realm.get("/Users").await.is(200)["totalResults"], 0);
}
