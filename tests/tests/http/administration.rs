//! The administration API of the one process, which believes a bearer token.
//! On AWS the gateway asks for a signature instead: `lambda/routes.rs`.

use muster_tests::{Call, Realm};
use serde_json::json;
use service::{Function, ROUTES};

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
