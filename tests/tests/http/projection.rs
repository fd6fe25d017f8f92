//! `attributes` and `excludedAttributes` on every verb (RFC 7644 section 3.9,
//! RFC 7643 section 7).

use muster_tests::{Call, Realm, urn};
use serde_json::{Value, json};

#[track_caller]
fn has_exactly(resource: &Value, expected: &str) {
    let mut keys: Vec<&str> = resource
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected: Vec<&str> = expected.split_whitespace().collect();
    keys.sort_unstable();
    expected.sort_unstable();
    assert_eq!(keys, expected, "{resource}");
}

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

fn body() -> Value {
    json!({
        "userName": "show@example.net", "displayName": "Show", "title": "Mate",
        "name": {"givenName": "S", "familyName": "How"},
        "emails": [{"value": "s@example.net", "type": "work"}, {"value": "t@example.net"}],
        urn::ENTERPRISE: {"department": "Yard", "employeeNumber": "1"},
    })
}

#[tokio::test]
async fn a_get_shows_what_is_asked() {
    let realm = realm("show").await;
    let path = format!("/Users/{}", realm.post("/Users", &body()).await.created());
    let rest = "schemas id userName displayName title name emails meta";
    let rows = [
        ("", format!("{rest} {}", urn::ENTERPRISE)),
        ("attributes=userName", "schemas id userName".to_owned()),
        (
            "attributes=USERNAME,Title",
            "schemas id userName title".to_owned(),
        ),
        (
            "attributes=userName%2C%20title",
            "schemas id userName title".to_owned(),
        ),
        ("attributes=name.givenName", "schemas id name".to_owned()),
        ("attributes=emails.value", "schemas id emails".to_owned()),
        ("attributes=meta", "schemas id meta".to_owned()),
        ("attributes=noSuch", "schemas id".to_owned()),
        ("attributes=password", "schemas id".to_owned()),
        ("attributes=id", "schemas id".to_owned()),
        (
            "attributes=department",
            format!("schemas id {}", urn::ENTERPRISE),
        ),
        (
            "excludedAttributes=id,schemas,userName",
            format!(
                "schemas id displayName title name emails meta {}",
                urn::ENTERPRISE
            ),
        ),
        (
            "excludedAttributes=meta",
            format!("{} {}", rest.replace(" meta", ""), urn::ENTERPRISE),
        ),
        (
            "excludedAttributes=noSuch",
            format!("{rest} {}", urn::ENTERPRISE),
        ),
        (
            "attributes=userName,title&excludedAttributes=title",
            "schemas id userName".to_owned(),
        ),
    ];
    for (query, expected) in rows {
        has_exactly(
            &realm.get(&format!("{path}?{query}")).await.is(200),
            &expected,
        );
    }
    let extension = format!("{path}?excludedAttributes={}", urn::ENTERPRISE);
    has_exactly(&realm.get(&extension).await.is(200), rest);
    let qualified = format!("{path}?attributes={}:department", urn::ENTERPRISE);
    let user = realm.get(&qualified).await.is(200);
    assert_eq!(user[urn::ENTERPRISE], json!({"department": "Yard"}));
    assert_eq!(
        user["schemas"],
        json!([urn::USER, urn::ENTERPRISE]),
        "schemas is of the whole"
    );
    let user = realm
        .get(&format!("{path}?attributes=name.givenName,emails.value"))
        .await
        .is(200);
    assert_eq!(user["name"], json!({"givenName": "S"}));
    assert_eq!(
        user["emails"],
        json!([{"value": "s@example.net"}, {"value": "t@example.net"}])
    );
    let user = realm
        .get(&format!("{path}?excludedAttributes=name.familyName"))
        .await
        .is(200);
    assert_eq!(user["name"], json!({"givenName": "S"}));
}

#[tokio::test]
async fn every_verb_shows_what_is_asked() {
    let realm = realm("show-verbs").await;
    let query = "?attributes=userName";
    let created = realm.post(&format!("/Users{query}"), &body()).await;
    has_exactly(&created.is(201), "schemas id userName");
    let path = format!("/Users/{}", created.json()["id"].as_str().unwrap());
    assert_eq!(created.header("location"), format!("{}{path}", realm.url));
    let put = realm.put(&format!("{path}{query}"), &body()).await.is(200);
    has_exactly(&put, "schemas id userName");
    let operations = json!([{"op": "replace", "path": "title", "value": "x"}]);
    let patched = realm
        .patch(&format!("{path}{query}"), operations)
        .await
        .is(200);
    has_exactly(&patched, "schemas id userName");
    let list = realm.get(&format!("/Users{query}")).await.resources();
    has_exactly(&list[0], "schemas id userName");
    let search = json!({"schemas": [urn::SEARCH], "attributes": ["userName"]});
    for endpoint in ["/Users/.search", "/.search"] {
        let answer = realm.post(endpoint, &search).await;
        has_exactly(&answer.resources()[0], "schemas id userName");
    }
    let search = json!({"excludedAttributes": ["emails", "meta", "name.givenName"]});
    let answer = realm.post("/Users/.search", &search).await;
    let expected = format!(
        "schemas id userName displayName title name {}",
        urn::ENTERPRISE
    );
    has_exactly(&answer.resources()[0], &expected);
    let head = realm
        .send(Call::new("HEAD", &format!("{path}{query}")))
        .await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
}

/// RFC 7644 section 3.9 of what no schema describes.
#[tokio::test]
async fn sub_attributes_of_what_is_undeclared() {
    let realm = realm("show-undeclared").await;
    let urn = "urn:example:show:2.0:User";
    let extension = json!({"box": {"a": 1, "b": 2}, "tag": "x"});
    let user = json!({"userName": "box@example.net", urn: extension});
    let path = format!("/Users/{}", realm.post("/Users", &user).await.created());
    for (query, expected) in [
        ("attributes=", json!({"box": {"a": 1}})),
        ("excludedAttributes=", json!({"box": {"b": 2}, "tag": "x"})),
    ] {
        let shown = realm.get(&format!("{path}?{query}{urn}:box.a")).await;
        assert_eq!(shown.is(200)[urn], expected, "{query}");
    }
}

#[tokio::test]
async fn members_are_shown_unless_excluded() {
    let realm = realm("show-members").await;
    let user = realm.user("member@example.net").await;
    let group = realm.group("Shown", &[&user]).await;
    let path = format!("/Groups/{group}");
    has_exactly(
        &realm.get(&path).await.is(200),
        "schemas id displayName members meta",
    );
    let without = realm
        .get(&format!("{path}?excludedAttributes=members"))
        .await
        .is(200);
    has_exactly(&without, "schemas id displayName meta");
    let only = realm
        .get(&format!("{path}?attributes=members.value"))
        .await
        .is(200);
    assert_eq!(only["members"], json!([{"value": user}]));
    let list = realm
        .get("/Groups?excludedAttributes=members")
        .await
        .resources();
    has_exactly(&list[0], "schemas id displayName meta");
    let list = realm.get("/Groups").await.resources();
    has_exactly(&list[0], "schemas id displayName members meta");
    let groups = realm
        .get(&format!("/Users/{user}?attributes=groups"))
        .await
        .is(200);
    has_exactly(&groups, "schemas id groups");
    let groups = realm
        .get(&format!("/Users/{user}?excludedAttributes=groups"))
        .await
        .is(200);
    assert!(groups.get("groups").is_none(), "{groups}");
}
