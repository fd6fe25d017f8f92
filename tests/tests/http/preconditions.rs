//! Versions, entity-tags and `meta`: RFC 7644 sections 3.14 and 3.5, RFC 7643
//! section 3.1.

use jiff::Timestamp;
use muster_tests::{Call, Realm};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

#[tokio::test]
async fn meta_is_complete_and_agrees_with_the_headers() {
    let realm = realm("meta").await;
    for (endpoint, kind, body) in [
        ("Users", "User", json!({"userName": "meta@example.net"})),
        ("Groups", "Group", json!({"displayName": "Meta"})),
    ] {
        let before = Timestamp::now();
        let created = realm.post(&format!("/{endpoint}"), &body).await;
        let resource = created.is(201);
        let id = resource["id"].as_str().unwrap();
        let meta = &resource["meta"];
        let location = format!("{}/{endpoint}/{id}", realm.url);
        assert_eq!(meta["resourceType"], kind);
        assert_eq!(meta["location"], location.as_str());
        assert_eq!(created.header("location"), location);
        assert_eq!(meta["version"], created.header("etag"));
        assert!(created.header("etag").starts_with("W/\""), "{created:?}");
        assert_eq!(meta["created"], meta["lastModified"]);
        let made: Timestamp = meta["created"].as_str().unwrap().parse().unwrap();
        assert!(
            made.as_second() >= before.as_second() && made <= Timestamp::now(),
            "{meta}"
        );

        let shown = realm.get(&location).await;
        assert_eq!(shown.is(200), resource);
        assert_eq!(shown.header("etag"), created.header("etag"));
        let head = realm.send(Call::new("HEAD", &location)).await;
        assert_eq!((head.status, head.bytes.len()), (200, 0), "{head:?}");
        assert_eq!(head.header("etag"), created.header("etag"));
        assert_eq!(head.header("content-type"), shown.header("content-type"));
    }
}

#[tokio::test]
async fn a_change_moves_version_and_last_modified_and_nothing_else_does() {
    let realm = realm("versions").await;
    let id = realm.user("versions@example.net").await;
    let path = format!("/Users/{id}");
    let first = realm.get(&path).await.is(200);
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    // What changes nothing keeps both (CLIENTS.md 10).
    for operations in [
        json!([]),
        json!([{"op": "replace", "path": "active", "value": "True"}]),
        json!([{"op": "add", "path": "userName", "value": "versions@example.net"}]),
        json!([{"op": "remove", "path": "title"}]),
        json!([{"op": "add", "path": "title", "value": "x"}, {"op": "remove", "path": "title"}]),
        json!([{"op": "replace", "value": {"active": true}}]),
    ] {
        let answer = realm.patch(&path, operations.clone()).await;
        assert_eq!(answer.is(200), first, "{operations}");
    }
    assert_eq!(
        realm.put(&path, &first).await.is(200),
        first,
        "PUT of the same"
    );

    let title = json!([{"op": "replace", "path": "title", "value": "Mate"}]);
    let second = realm.patch(&path, title).await.is(200);
    assert_ne!(second["meta"]["version"], first["meta"]["version"]);
    assert_eq!(second["meta"]["created"], first["meta"]["created"]);
    let time = |user: &Value| -> Timestamp {
        user["meta"]["lastModified"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    };
    assert!(time(&second) > time(&first), "{second}");
}

#[tokio::test]
async fn a_group_keeps_its_version_when_nothing_changes() {
    let realm = realm("group-versions").await;
    let (user, other) = (
        realm.user("gv@example.net").await,
        realm.user("gw@example.net").await,
    );
    let id = realm.group("Versions", &[&user]).await;
    let path = format!("/Groups/{id}");
    let first = realm.get(&path).await.is(200);
    for operations in [
        json!([{"op": "add", "path": "members", "value": [{"value": user}]}]),
        json!([{"op": "remove", "path": "members", "value": [{"value": other}]}]),
        json!([{"op": "replace", "path": "members", "value": [{"value": user}]}]),
        json!([{"op": "replace", "value": {"id": id, "displayName": "Versions"}}]),
    ] {
        realm.patch(&path, operations.clone()).await.is(204);
        assert_eq!(realm.get(&path).await.is(200), first, "{operations}");
    }
    let add = json!([{"op": "add", "path": "members", "value": [{"value": other}]}]);
    realm.patch(&path, add).await.is(204);
    let second = realm.get(&path).await.is(200);
    assert_ne!(second["meta"]["version"], first["meta"]["version"]);
}

#[tokio::test]
async fn if_match_guards_every_write() {
    let realm = realm("if-match").await;
    for endpoint in ["Users", "Groups"] {
        let body = json!({"userName": "match@example.net", "displayName": "Match"});
        let created = realm.post(&format!("/{endpoint}"), &body).await;
        let path = format!("/{endpoint}/{}", created.created());
        let old = created.header("etag").to_owned();
        let patch = |value: &str| {
            let operations = json!([{"op": "replace", "path": "externalId", "value": value}]);
            Call::new("PATCH", &path).json(&json!({"Operations": operations}))
        };
        let good = realm.send(patch("one").header("if-match", &old)).await;
        assert!(good.status < 300, "{good:?}");
        let now = realm.get(&path).await;
        assert_ne!(now.header("etag"), old);
        let put = Call::new("PUT", &path).json(&body);
        let delete = Call::new("DELETE", &path);
        for stale in [old.as_str(), "W/\"999.0\"", "\"nonsense\""] {
            for call in [patch("two"), put.clone(), delete.clone()] {
                realm.send(call.header("if-match", stale)).await.is(412);
            }
        }
        for exists in ["*", now.header("etag")] {
            for call in [patch("two"), put.clone(), delete.clone()] {
                realm
                    .send(call.header("if-none-match", exists))
                    .await
                    .is(412);
            }
        }
        assert_eq!(
            realm.get(&path).await.json(),
            now.json(),
            "a refused write changed something"
        );
        let several = format!("\"other\", {}", now.header("etag"));
        for tag in ["*", several.as_str()] {
            let answer = realm.send(patch(tag).header("if-match", tag)).await;
            if tag == "*" {
                assert!(answer.status < 300, "{answer:?}");
            } else {
                answer.is(412);
            }
        }
        let last = realm.get(&path).await;
        realm
            .send(delete.header("if-match", last.header("etag")))
            .await
            .is(204);
    }
}

/// RFC 7644 sections 3.5.2 and 3.14: a change that is answered without a body says
/// which version it has made, for the next one.
#[tokio::test]
async fn a_204_has_the_tag_of_what_it_has_made() {
    let realm = realm("tags-of-204").await;
    let user = realm.user("tags-of-204@example.net").await;
    let id = realm.group("Tags", &[]).await;
    let path = format!("/Groups/{id}");
    let mut tag = realm.get(&path).await.header("etag").to_owned();
    let members = json!([{"value": user}]);
    for (changes, operation) in [
        (
            true,
            json!({"op": "add", "path": "members", "value": members}),
        ),
        (
            false,
            json!({"op": "add", "path": "members", "value": members}),
        ),
        (
            true,
            json!({"op": "replace", "path": "displayName", "value": "Labels"}),
        ),
        (
            false,
            json!({"op": "replace", "path": "displayName", "value": "Labels"}),
        ),
        (
            true,
            json!({"op": "replace", "path": "members", "value": []}),
        ),
        (false, json!({"op": "remove", "path": "members"})),
    ] {
        let call = Call::new("PATCH", &path).json(&json!({"Operations": [operation]}));
        let answer = realm.send(call.header("if-match", &tag)).await;
        answer.is(204);
        assert_eq!(answer.header("etag") != tag, changes, "{operation}");
        tag = answer.header("etag").to_owned();
        assert_eq!(realm.get(&path).await.header("etag"), tag, "{operation}");
    }
    let gone = realm.send(Call::new("DELETE", &path)).await;
    gone.is(204);
    assert_eq!(gone.header("etag"), "");
}

#[tokio::test]
async fn if_none_match_saves_a_get() {
    let realm = realm("if-none-match").await;
    let user = realm.user("none@example.net").await;
    let path = format!("/Users/{user}");
    let tag = realm.get(&path).await.header("etag").to_owned();
    for same in [tag.as_str(), "*", tag.trim_start_matches("W/")] {
        let answer = realm
            .send(Call::get(&path).header("if-none-match", same))
            .await;
        assert_eq!(answer.is(304), Value::Null, "{same}");
        assert_eq!(answer.header("etag"), tag);
    }
    realm
        .send(Call::get(&path).header("if-none-match", "W/\"0.0\""))
        .await
        .is(200);
    // The answer shows the groups: a membership makes it another one.
    realm.group("None", &[&user]).await;
    let answer = realm
        .send(Call::get(&path).header("if-none-match", &tag))
        .await;
    assert_eq!(answer.is(200)["groups"].as_array().unwrap().len(), 1);
}
