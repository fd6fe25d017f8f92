//! The administration API of the one process, which believes a bearer token.
//! On AWS the gateway asks for a signature instead: `lambda/routes.rs`.

use muster_tests::{Call, Realm};
use serde_json::json;
use service::{Function, ROUTES};
use std::collections::BTreeSet;

#[tokio::test]
async fn administration_needs_its_own_token() {
    let server = crate::server();
    let realm = Realm::create(server, "t-operator").await;
    for route in ROUTES
        .iter()
        .filter(|route| route.function == Function::Admin)
    {
        let path = route
            .path
            .replace("{realm}", "t-operator")
            .replace("{key}", "AAAAAAAAAAAA");
        let url = format!("{}{path}", server.origin());
        let call = Call::new(route.method.as_str(), &url).json(&json!({"name": "x"}));
        for authorization in [
            format!("Bearer {}", realm.token),
            "Bearer msta_x".to_owned(),
            "x".to_owned(),
        ] {
            let answer = realm.send(call.clone().authorization(&authorization)).await;
            assert_eq!(answer.status, 401, "{answer:?}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        let answer = realm.send(call.anonymous()).await;
        assert_eq!(answer.status, 401, "{answer:?}");
    }
}

#[tokio::test]
async fn no_path_of_the_administration_has_another_spelling() {
    let server = crate::server();
    let realm = Realm::create(server, "t-slash").await;
    for (method, path) in [
        ("GET", "/admin/v1/realms/"),
        ("GET", "/admin/v1/realms/t-slash/"),
        ("POST", "/admin/v1/realms/t-slash/keys/"),
        ("GET", "/admin/v1/realms/t%2Dslash"),
    ] {
        let body = json!({"name": "x"});
        let answer = realm.admin(server, method, path, Some(body)).await;
        assert_eq!(answer.status, 404, "{answer:?}");
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains("none ends in a slash"), "{detail}");
        let nobody = Call::new(method, &format!("{}{path}", server.origin())).anonymous();
        assert_eq!(realm.send(nobody).await.status, 401, "{path}");
    }
    // A realm's own paths may: fixture 115.
    realm.get("/Users/").await.is(200);
}

#[tokio::test]
async fn the_document_describes_every_route() {
    let server = crate::server();
    let realm = Realm::create(server, "t-document").await;
    let answer = realm
        .admin(server, "GET", "/admin/v1/openapi.json", None)
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let paths = answer.json()["paths"].take();
    let described: BTreeSet<String> = paths
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let served: BTreeSet<String> = ROUTES
        .iter()
        .filter(|route| route.function == Function::Admin)
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(described, served);
}
