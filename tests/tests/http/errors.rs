//! What is refused, and how: every refusal is a SCIM error (RFC 7644 section
//! 3.12; CLIENTS.md 8).

use muster_tests::{Call, Realm, urn};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let realm = realm("e404").await;
    let user = realm.user("there@example.net").await;
    let group = realm.group("There", &[]).await;
    for path in [
        "/Users/0d5eb5b6-9a0c-4cb8-94a5-2bd2eb2e7a11",
        "/Users/unknown",
        "/Groups/unknown",
        &format!("/Groups/{user}"),
        &format!("/Users/{group}"),
        "/users",
        "/serviceConfiguration",
        "/Users/x/y",
        "/Entitlements",
        &format!("/Users/{user}/emails"),
    ] {
        for method in ["GET", "DELETE"] {
            realm.send(Call::new(method, path)).await.is(404);
        }
    }
    let change = json!([{"op": "add", "path": "members", "value": []}]);
    realm.patch("/Groups/unknown", change).await.is(404);
    realm
        .put("/Users/unknown", &json!({"userName": "x"}))
        .await
        .is(404);
    let outside = format!("{}/elsewhere", crate::server().origin());
    realm.get(&outside).await.is(404);
    // Ids are compared as they are written.
    realm
        .get(&format!("/Users/{}", user.replace('-', "")))
        .await
        .is(404);
}

#[tokio::test]
async fn a_long_name_that_is_taken_is_not_quoted_whole() {
    let realm = realm("e409").await;
    let name = format!("Long {}", "x".repeat(280_000));
    realm.group(&name, &[]).await;
    let again = realm.post("/Groups", &json!({"displayName": name})).await;
    let error = again.fails(409, "uniqueness");
    let detail = error["detail"].as_str().unwrap();
    assert!(
        detail.len() < 400 && detail.contains("`Long xxx"),
        "{detail}"
    );
}

#[tokio::test]
async fn a_wrong_method_is_405_and_says_what_is_allowed() {
    let realm = realm("e405").await;
    let id = realm.user("m@example.net").await;
    let one = format!("/Users/{id}");
    let rows = [
        ("PUT", "/Users", "GET POST"),
        ("PATCH", "/Users", "GET POST"),
        ("DELETE", "/Groups", "GET POST"),
        ("OPTIONS", "/Users", "GET POST"),
        ("POST", one.as_str(), "GET PUT PATCH DELETE"),
        ("BREW", one.as_str(), "GET PUT PATCH DELETE"),
        ("GET", "/.search", "POST"),
        ("GET", "/Users/.search", "POST"),
        ("DELETE", "/Groups/.search", "POST"),
        ("POST", "/Schemas", "GET"),
    ];
    for (method, path, allowed) in rows {
        let answer = realm.send(Call::new(method, path)).await;
        answer.is(405);
        let allow: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        for method in allowed.split(' ') {
            assert!(allow.contains(&method), "{answer:?}: {allow:?}");
        }
        assert!(!allow.contains(&method), "{answer:?}: {allow:?}");
        realm
            .send(Call::new(method, path).authorization("Bearer x"))
            .await
            .is(401);
    }
}

#[tokio::test]
async fn other_media_types_are_415() {
    let realm = realm("e415").await;
    let path = format!("/Users/{}", realm.user("media@example.net").await);
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        // A body of the administration only.
        "application/merge-patch+json",
        "application/json; charset=iso-8859-1",
        "multipart/form-data; boundary=x",
    ] {
        for (method, path) in [
            ("POST", "/Users"),
            ("PUT", path.as_str()),
            ("PATCH", path.as_str()),
            ("POST", "/.search"),
        ] {
            let call = Call::new(method, path)
                .header("content-type", media)
                .bytes("{}");
            realm.send(call).await.is(415);
        }
    }
}

#[tokio::test]
async fn large_bodies_are_413_and_the_limits_differ() {
    let realm = realm("e413").await;
    let padded = |bytes: usize| json!({"userName": "x", "displayName": "Large", "nickName": "n".repeat(bytes)});
    realm.post("/Users", &padded(1 << 20)).await.is(413);
    realm.post("/.search", &padded(1 << 20)).await.is(413);
    realm.post("/Groups", &padded(4 << 20)).await.is(413);
    realm.post("/Groups", &padded(3 << 20)).await.is(201);
    // A document larger than an item of the table is refused, not lost.
    let answer = realm.post("/Users", &padded(900_000)).await;
    assert!(matches!(answer.status, 400 | 413), "{answer:?}");
    answer.is(answer.status);
}

#[tokio::test]
async fn me_is_501() {
    let realm = realm("e501").await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let call = Call::new(method, "/Me").json(&json!({}));
        realm.send(call.clone()).await.is(501);
        realm.send(call.anonymous()).await.is(401);
    }
}

#[tokio::test]
async fn bad_values_are_named() {
    let realm = realm("e400").await;
    let user = |name: &str, value: Value| {
        let mut body = json!({"schemas": [urn::USER], "userName": "bad@example.net"});
        body[name] = value;
        body
    };
    let two_primaries = json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]);
    let rows = [
        (json!({}), "invalidValue", "userName"),
        (user("userName", json!(null)), "invalidValue", "userName"),
        (user("userName", json!("")), "invalidValue", "userName"),
        (user("userName", json!(7)), "invalidValue", "userName"),
        (user("active", json!("perhaps")), "invalidValue", "active"),
        (user("active", json!(1)), "invalidValue", "active"),
        (user("emails", two_primaries), "invalidValue", "emails"),
        (user("emails", json!(7)), "invalidValue", "emails"),
        (user("name", json!("text")), "invalidValue", "name"),
        (user("title", json!({"a": 1})), "invalidValue", "title"),
        (
            user("USERNAME", json!("twice")),
            "invalidSyntax",
            "given twice",
        ),
        (json!([]), "invalidSyntax", "object"),
        (json!("text"), "invalidSyntax", "object"),
        (json!(null), "invalidSyntax", "object"),
    ];
    for (body, scim_type, named) in rows {
        let error = realm.post("/Users", &body).await.fails(400, scim_type);
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains(named), "{body}: {detail}");
        assert!(!detail.ends_with('.'), "house style: {detail}");
    }
    realm
        .post("/Groups", &json!({"members": []}))
        .await
        .fails(400, "invalidValue");
    let total = realm.get("/Users?count=0").await.is(200);
    assert_eq!(
        total["totalResults"], 0,
        "a refused create left something behind"
    );
    let path = format!("/Users/{}", realm.user("good@example.net").await);
    let missing = json!({"schemas": [urn::PATCH]});
    realm
        .send(Call::new("PATCH", &path).json(&missing))
        .await
        .fails(400, "invalidSyntax");
    for operations in [json!({}), json!([7]), json!(["replace"]), json!("x")] {
        realm
            .patch(&path, operations)
            .await
            .fails(400, "invalidSyntax");
    }
    let error = realm
        .patch(&path, json!([{"op": "add", "path": "title", "value": "x"}, {"op": "add", "path": "noSuch", "value": "x"}]))
        .await
        .fails(400, "invalidPath");
    let detail = error["detail"].as_str().unwrap();
    assert!(
        detail.contains("operation 2") && detail.contains("`noSuch`"),
        "{detail}"
    );
}
