//! Okta's specification test, its lifecycle by PUT and PATCH, and its group
//! push (CLIENTS.md, Okta).

use muster_tests::json::values;
use muster_tests::{Call, Realm, urn};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

fn test_user() -> Value {
    json!({
        "schemas": [urn::USER], "userName": "Test.User@okta.local", "active": true,
        "name": {"givenName": "Test", "familyName": "User"},
        "emails": [{"primary": true, "value": "test.user@okta.local", "type": "work"}],
        "displayName": "Test User", "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [], "password": "1mz050nq",
    })
}

#[tokio::test]
async fn its_specification_test_passes() {
    let realm = realm("okta-spec").await;
    let id = realm.post("/Users", &test_user()).await.created();
    assert!(!id.contains("bulkId"));
    let list = realm.get("/Users?count=1&startIndex=1").await;
    let user = &list.resources()[0];
    assert_eq!(list.json()["itemsPerPage"], 1);
    for name in ["givenName", "familyName"] {
        assert!(user["name"][name].is_string(), "{user}");
    }
    assert_eq!(values(user, "emails"), ["test.user@okta.local"]);
    assert!(user["active"].is_boolean() && user["userName"].is_string() && user["id"].is_string());
    realm.get(&format!("/Users/{id}")).await.is(200);
    let missing = realm.get("/Users/010101001010101011001010101011").await;
    assert!(missing.is(404)["detail"].is_string());

    let found = "/Users?filter=userName%20eq%20%22test.user%40okta.local%22&startIndex=1&count=100";
    assert_eq!(realm.get(found).await.resources().len(), 1);
    let other_case = found.replace("test.user", "TEST.USER");
    assert_eq!(realm.get(&other_case).await.resources().len(), 1);
    realm
        .post("/Users", &test_user())
        .await
        .fails(409, "uniqueness");
    let refused = realm
        .send(Call::get("/Users").authorization("non-token"))
        .await;
    refused.is(401);

    let groups = std::time::Instant::now();
    realm.get("/Groups?startIndex=1&count=100").await.is(200);
    assert!(groups.elapsed().as_secs() < 5, "{:?}", groups.elapsed());
}

#[tokio::test]
async fn a_user_lives_by_put() {
    let realm = realm("okta-put").await;
    let path = format!(
        "/Users/{}",
        realm.post("/Users", &test_user()).await.created()
    );
    let mut whole = realm.get(&path).await.is(200);
    whole["name"]["givenName"] = json!("Another");
    whole["title"] = json!("Chief");
    let put = realm.put(&path, &whole).await.is(200);
    assert_eq!(put["name"]["givenName"], "Another");
    assert_eq!(put["title"], "Chief");
    assert_eq!(put["id"], whole["id"]);
    whole.as_object_mut().unwrap().remove("title");
    whole["active"] = json!(false);
    let put = realm.put(&path, &whole).await.is(200);
    assert_eq!(put["active"], false);
    assert!(
        put.get("title").is_none(),
        "what PUT leaves out is gone: {put}"
    );
    assert_eq!(realm.get(&path).await.is(200), put);
    let other = realm.user("taken@okta.local").await;
    whole["userName"] = json!("TAKEN@okta.local");
    realm.put(&path, &whole).await.fails(409, "uniqueness");
    realm.delete(&format!("/Users/{other}")).await.is(204);
    realm.put(&path, &whole).await.is(200);
    assert_eq!(
        realm.get(&path).await.is(200)["userName"],
        "TAKEN@okta.local"
    );
}

#[tokio::test]
async fn a_user_is_deactivated_reactivated_and_given_a_password_by_patch() {
    let realm = realm("okta-patch").await;
    let created = realm.post("/Users", &test_user()).await;
    let path = format!("/Users/{}", created.created());
    assert!(created.json().get("password").is_none(), "{created:?}");
    for active in [false, true] {
        let operations = json!([{"op": "replace", "value": {"active": active}}]);
        let user = realm.patch(&path, operations).await.is(200);
        assert_eq!(user["active"], active);
    }
    let before = realm.get(&path).await.is(200);
    let password = json!([{"op": "replace", "value": {"password": "n3w-secret"}}]);
    let answer = realm.patch(&path, password).await;
    assert_eq!(answer.is(200), before, "a password is accepted and dropped");
    let asked = realm
        .get(&format!("{path}?attributes=password,userName"))
        .await;
    assert!(asked.is(200).get("password").is_none());
    realm
        .filter("/Users", r#"password eq "1mz050nq""#)
        .await
        .fails(400, "invalidFilter");
    realm
        .filter("/Users", "password pr")
        .await
        .fails(400, "invalidFilter");
}

#[tokio::test]
async fn a_group_is_pushed() {
    let realm = realm("okta-push").await;
    let (u1, u2) = (
        realm.user("a@okta.local").await,
        realm.user("b@okta.local").await,
    );
    let body = json!({"schemas": [urn::GROUP], "displayName": "Push", "members": [
        {"value": u1, "display": "a@okta.local"},
    ]});
    let id = realm.post("/Groups", &body).await.created();
    let path = format!("/Groups/{id}");
    let mut both = vec![u1.clone(), u2.clone()];
    both.sort_unstable();
    let rename = json!({"op": "replace", "value": {"id": id, "displayName": "Pushed"}});
    let rows: [(Value, &[String]); 9] = [
        (json!([rename]), std::slice::from_ref(&u1)),
        (
            json!([{"op": "add", "path": "members", "value": [{"value": u2, "display": "b"}]}]),
            &both,
        ),
        (
            json!([rename, {"op": "remove", "path": format!("members[value eq \"{u2}\"]")}]),
            std::slice::from_ref(&u1),
        ),
        (
            json!([
                {"op": "remove", "path": format!("members[value eq \"{u1}\"]")},
                {"op": "add", "path": "members", "value": [{"value": u2}]},
            ]),
            std::slice::from_ref(&u2),
        ),
        (
            json!([{"op": "replace", "path": "members", "value": [{"value": u1}, {"value": u2}]}]),
            &both,
        ),
        (
            json!([{"op": "replace", "path": "members", "value": []}]),
            &[],
        ),
        (
            json!([{"op": "replace", "value": {"members": [{"value": u2}]}}]),
            std::slice::from_ref(&u2),
        ),
        (
            json!([{"op": "add", "value": {"members": [{"value": u1}]}}]),
            &both,
        ),
        (json!([{"op": "remove", "path": "members"}]), &[]),
    ];
    for (operations, expected) in rows {
        realm.patch(&path, operations.clone()).await.is(204);
        assert_eq!(realm.members(&id).await, expected, "{operations}");
        for user in [&u1, &u2] {
            let groups = realm.groups(user).await;
            assert_eq!(
                groups.contains(&id),
                expected.contains(user),
                "{operations}"
            );
        }
    }
    assert_eq!(realm.get(&path).await.is(200)["displayName"], "Pushed");
    realm.delete(&path).await.is(204);
    realm.get(&path).await.is(404);
}

#[tokio::test]
async fn a_group_is_renamed_by_put_and_keeps_its_members() {
    let realm = realm("okta-put-group").await;
    let user = realm.user("kept@okta.local").await;
    let id = realm.group("Before", &[&user]).await;
    let path = format!("/Groups/{id}");
    let body = json!({"schemas": [urn::GROUP], "id": id, "displayName": "After"});
    assert_eq!(
        realm.put(&path, &body).await.is(200)["displayName"],
        "After"
    );
    assert_eq!(realm.members(&id).await, [user.as_str()]);
    let body = json!({"schemas": [urn::GROUP], "displayName": "After", "members": []});
    realm.put(&path, &body).await.is(200);
    assert!(realm.members(&id).await.is_empty(), "an empty list empties");
}

#[tokio::test]
async fn an_import_pages_by_a_hundred_in_a_stable_order() {
    let realm = realm("okta-import").await;
    for n in 0..125 {
        realm.user(&format!("import{n}@okta.local")).await;
    }
    let mut walks = Vec::new();
    for _ in 0..2 {
        let mut ids = Vec::new();
        for start in [1, 101] {
            let page = realm
                .get(&format!("/Users?startIndex={start}&count=100"))
                .await;
            assert_eq!(page.json()["totalResults"], 125);
            ids.extend(
                page.resources()
                    .iter()
                    .map(|user| user["id"].as_str().unwrap().to_owned()),
            );
        }
        walks.push(ids);
    }
    assert_eq!(walks[0], walks[1], "the order is stable");
    walks[0].sort_unstable();
    walks[0].dedup();
    assert_eq!(walks[0].len(), 125);
}
