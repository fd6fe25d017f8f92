//! The largest things a realm holds: up to the limit they work to the end,
//! beyond it the refusal names the limit.

use aws_sdk_dynamodb::types::AttributeValue;
use muster::embedded::Embedded;
use muster_tests::json::values;
use muster_tests::table::partition;
use muster_tests::{Call, Realm, urn};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A write unit (AWS): one event costs no more.
const EVENT: usize = 1_024;

fn with_emails(count: usize, host: &str) -> Value {
    let email = |n: usize| json!({"type": format!("t{n}"), "value": format!("m{n}@{host}")});
    let emails: Vec<Value> = (0..count).map(email).collect();
    json!({"schemas": [urn::USER], "userName": "many", "emails": emails})
}

#[tokio::test]
async fn a_user_may_have_many_emails_and_exchange_them_all() {
    let realm = Realm::create(crate::server(), "l-emails").await;
    let refused = realm.post("/Users", &with_emails(60, "x.example")).await;
    let detail = refused.fails(400, "invalidValue")["detail"].to_string();
    assert!(detail.contains("48"), "{detail}");
    assert_eq!(realm.get("/Users").await.is(200)["totalResults"], 0);
    // Nothing of the refused one is left: its name is free.
    let id = realm.post("/Users", &with_emails(48, "x.example")).await;
    let path = format!("/Users/{}", id.created());
    for (count, host) in [(47, "x.example"), (47, "y.example"), (48, "z.example")] {
        realm.put(&path, &with_emails(count, host)).await.is(200);
        for (n, hits) in [(0, 1), (46, 1), (count, 0)] {
            let filter = format!("emails.value eq \"m{n}@{host}\"");
            let found = realm.filter("/Users", &filter).await.resources();
            assert_eq!(found.len(), hits, "{count} {filter}");
        }
    }
    let old = realm.filter("/Users", "emails.value eq \"m0@y.example\"");
    assert!(old.await.resources().is_empty());
    let add = json!([{"op": "add", "path": "emails", "value": [{"value": "49@z.example"}]}]);
    realm.patch(&path, add).await.fails(400, "invalidValue");
    realm.delete(&path).await.is(204);
    realm.delete(&path).await.is(404);
    let gone = realm.filter("/Users", "emails.value eq \"m0@z.example\"");
    assert!(gone.await.resources().is_empty());
}

#[tokio::test]
async fn a_user_in_many_groups_leaves_them_all() {
    let realm = Realm::create(crate::server(), "l-groups").await;
    let user = realm.user("joiner@example.net").await;
    let other = realm.user("stays@example.net").await;
    let mut groups = Vec::new();
    for n in 0..120 {
        groups.push(realm.group(&format!("G{n}"), &[&user, &other]).await);
    }
    groups.sort_unstable();
    assert_eq!(realm.groups(&user).await, groups);
    let path = format!("/Users/{user}");
    realm.delete(&path).await.is(204);
    realm.delete(&path).await.is(404);
    for group in &groups {
        let left = realm.members(group).await;
        assert_eq!(left, [other.as_str()], "{group}");
    }
    assert_eq!(realm.groups(&other).await, groups);
    assert_eq!(realm.get("/Users").await.is(200)["totalResults"], 1);
}

#[tokio::test]
async fn whatever_is_asked_an_event_stays_small() {
    let embedded = Embedded::memory().unwrap();
    let server = crate::over(embedded.clone());
    // The longest name a realm can have.
    let realm = Realm::create(&server, &"r".repeat(63)).await;
    let user = realm.user("known@example.net").await;
    let unknown = |n: usize| match n % 3 {
        0 => json!({"value": "x".repeat(n), "display": "y".repeat(n)}),
        _ => json!({"value": Uuid::new_v4()}),
    };
    let mut members: Vec<Value> = (0..1_500).map(unknown).collect();
    members.push(json!({"value": "x".repeat(500_000)}));
    members.push(json!({"value": user}));
    // Names of three bytes a character, many of them, and some of them very long.
    let mut extended = Map::new();
    for n in 0..40 {
        let name = format!("urn:example:{n}:{}", "\u{20ac}".repeat(20 + n * 2));
        extended.insert(name, json!({"a": n}));
    }
    extended.insert("\u{20ac}".repeat(3_000), json!("undeclared"));
    for name in ["displayName", "userName", "externalId"] {
        extended.insert(name.to_owned(), json!("n".repeat(1_500)));
    }
    extended.insert("members".to_owned(), json!(members));
    let agent = "a".repeat(4_000);
    let send = async |method: &str, path: &str, body: &Value| {
        let call = Call::new(method, path)
            .header("user-agent", &agent)
            .header("x-forwarded-for", &agent)
            .json(body);
        realm.send(call).await
    };
    let small = json!({"displayName": "d", "userName": "u"});
    for (endpoint, known) in [("/Groups", vec![user]), ("/Users", Vec::new())] {
        if endpoint == "/Users" {
            // Bodies of users may not be as long.
            extended.remove("members");
        }
        let body = Value::Object(extended.clone());
        let created = send("POST", endpoint, &body).await;
        let path = format!("{endpoint}/{}", created.created());
        assert_eq!(values(&created.json(), "members"), known);
        send("PUT", &path, &small).await.is(200);
        send("PUT", &path, &body).await.is(200);
        send("PUT", &path, &small).await.is(200);
        // Of what changes then, every name is long.
        let mut body = extended.clone();
        body.retain(|name, _| !small.as_object().unwrap().contains_key(name));
        body.remove("externalId");
        let set = json!({"Operations": [{"op": "add", "value": body}]});
        let patched = send("PATCH", &path, &set).await;
        assert!(matches!(patched.status, 200 | 204), "{patched:?}");
        send("DELETE", &path, &Value::Null).await.is(204);
    }
    let events = events(&embedded, &realm.name).await;
    // One a write, and two for the realm and its key.
    assert_eq!(events.len(), 15, "{events:?}");
    assert!(events.iter().all(|bytes| *bytes <= EVENT), "{events:?}");
    // The bodies above are the ones that fill it.
    assert!(events.iter().any(|bytes| *bytes > EVENT / 2), "{events:?}");
}

/// The sizes of a realm's events, in bytes.
async fn events(embedded: &Embedded, realm: &str) -> Vec<usize> {
    let events = partition(embedded, &format!("R#{realm}#EV")).await;
    let size = |(name, value): (&String, &AttributeValue)| name.len() + size(value);
    let sizes = events.iter().map(|event| event.iter().map(size).sum());
    sizes.collect()
}

/// Bytes of a value as AWS counts them; digits of a number as if each took one.
fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len() + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size(value)).sum::<usize>(),
        other => panic!("an event holds {other:?}"),
    }
}
