//! The pepper ring while it is rotated: functions that started with the old
//! ring learn of the new one, once, and no key breaks.

use aws_sdk_dynamodb::types::AttributeValue;
use muster_tests::gateway::secret::Text;
use muster_tests::gateway::{Deployment, Plan};
use muster_tests::{Realm, Server};
use serde_json::{Value, json};

const P1: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const P2: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
const P3: &str = "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=";

fn ring(current: &str, peppers: &[(&str, &str)]) -> String {
    let peppers: serde_json::Map<String, Value> = peppers
        .iter()
        .map(|(id, pepper)| ((*id).to_owned(), json!(pepper)))
        .collect();
    json!({"current": current, "peppers": peppers}).to_string()
}

/// One instance of each function, so that what one has learnt counts for all requests.
fn server() -> Server {
    Server::deployed(Deployment::start(Plan {
        secret: Text::new(ring("p1", &[("p1", P1)])),
        instances: 1,
        ..Plan::fresh()
    }))
}

fn fetches(server: &Server, function: &str) -> usize {
    let usage = &server.deployment().usage;
    usage.count(function, "secretsmanager:GetSecretValue")
}

/// The pepper that a key in the table names.
async fn pepper(server: &Server, realm: &str, key: &str) -> String {
    let table = &server.deployment().template;
    let table = table.the("AWS::DynamoDB::Table").1["TableName"]
        .as_str()
        .unwrap();
    let client = server.deployment().embedded.client();
    let item = client
        .get_item()
        .table_name(table)
        .key("pk", AttributeValue::S(format!("R#{realm}#KEY")))
        .key("sk", AttributeValue::S(key.to_owned()))
        .send()
        .await
        .unwrap();
    item.item().unwrap()["pepper"].as_s().unwrap().clone()
}

#[tokio::test]
async fn a_key_under_a_new_pepper_is_accepted_by_a_function_that_has_the_old_ring() {
    let server = server();
    let realm = Realm::create(&server, "rotated").await;
    realm.get("/Users").await.is(200);
    assert_eq!(fetches(&server, "users"), 1);

    let secret = &server.deployment().secret;
    secret.rotate(ring("p2", &[("p1", P1), ("p2", P2)]));
    let (id, token) = realm.key(&server, json!({"name": "new"})).await;
    assert_eq!(pepper(&server, "rotated", &id).await, "p2");
    for _ in 0..5 {
        realm.with_token(&token).get("/Users").await.is(200);
        realm.get("/Users").await.is(200);
    }
    assert_eq!(
        fetches(&server, "users"),
        2,
        "one at its start, one for the unknown pepper"
    );

    // A pepper that is in no ring: refused, and the secret is not asked again and again.
    secret.rotate(ring("p3", &[("p1", P1), ("p2", P2), ("p3", P3)]));
    let (id, token) = realm.key(&server, json!({"name": "lost"})).await;
    assert_eq!(pepper(&server, "rotated", &id).await, "p3");
    secret.rotate(ring("p2", &[("p1", P1), ("p2", P2)]));
    for _ in 0..20 {
        realm.with_token(&token).get("/Users").await.is(401);
    }
    assert!(
        fetches(&server, "users") <= 3,
        "{}",
        fetches(&server, "users")
    );
    realm.get("/Users").await.is(200);
    assert_eq!(server.deployment().function("users").instances(), 1);
}

#[tokio::test]
async fn a_ring_that_cannot_be_read_again_is_a_metric() {
    let server = server();
    let realm = Realm::create(&server, "unread").await;
    realm.get("/Users").await.is(200);
    let secret = &server.deployment().secret;
    secret.rotate(ring("p2", &[("p1", P1), ("p2", P2)]));
    let (_, token) = realm.key(&server, json!({"name": "new"})).await;
    secret.rotate("no ring");

    let answer = realm.with_token(&token).get("/Users").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    realm.get("/Users").await.is(200);
    let lines = server.deployment().log.lines();
    let failures: Vec<Value> = lines
        .iter()
        .filter_map(|line| line.json())
        .filter(|line| !line["pepper_refresh_failures"].is_null())
        .collect();
    assert_eq!(failures.len(), 1, "{failures:?}");
    let failure = &failures[0];
    assert_eq!(failure["level"], "ERROR");
    assert_eq!(failure["pepper_refresh_failures"], 1);
    assert_eq!(
        failure["_aws"]["CloudWatchMetrics"],
        json!([{
            "Namespace": "Muster",
            "Dimensions": [["service"]],
            "Metrics": [{"Name": "pepper_refresh_failures", "Unit": "Count"}],
        }])
    );
    assert!(failure["service"].is_string());
    assert!(!failure.to_string().contains("no ring"), "{failure}");

    // A key must not be made under a ring that may be old.
    let path = "/admin/v1/realms/unread/keys";
    let refused = realm
        .admin(&server, "POST", path, Some(json!({"name": "x"})))
        .await;
    assert_eq!(refused.status, 503, "{refused:?}");
}
