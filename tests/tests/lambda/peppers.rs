//! The pepper ring while it is rotated: functions that started with the old
//! ring learn of the new one, once, and no key breaks.

use aws_sdk_dynamodb::types::AttributeValue;
use muster_tests::gateway::secret::Text;
use muster_tests::gateway::{Deployment, Plan};
use muster_tests::{Answer, Realm, Server};
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

#[tokio::test]
async fn a_walk_goes_on_through_a_rotation_and_another_function() {
    let server = server();
    let realm = Realm::create(&server, "walked").await;
    for n in 0..4 {
        realm.user(&format!("u{n}")).await;
    }
    let query = |cursor: &str| json!({"count": 1, "cursor": cursor});
    let next = |answer: &Answer| answer.is(200)["nextCursor"].as_str().unwrap().to_owned();
    let first = realm.post("/Users/.search", &query("")).await;
    let old = next(&first);

    let secret = &server.deployment().secret;
    secret.rotate(ring("p2", &[("p1", P1), ("p2", P2)]));
    let (_, token) = realm.key(&server, json!({"name": "new"})).await;
    realm.with_token(&token).get("/Users").await.is(200);
    // Under the old pepper, in a function that has the new ring.
    let second = realm.get(&format!("/Users?count=1&cursor={old}")).await;
    let new = next(&second);
    // Under the new pepper, in a function that has the old ring.
    assert_eq!(fetches(&server, "search"), 1);
    let third = realm.post("/Users/.search", &query(&new)).await;
    next(&third);
    assert_eq!(fetches(&server, "search"), 2);

    // Under a pepper that is in no ring any more.
    let mut none = new.into_bytes();
    none[..4].copy_from_slice(b"AnAz");
    let none = String::from_utf8(none).unwrap();
    for _ in 0..5 {
        let refused = realm.post("/Users/.search", &query(&none)).await;
        refused.fails(400, "invalidCursor");
    }
    assert_eq!(fetches(&server, "search"), 2);
}
