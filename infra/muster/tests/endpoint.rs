//! `--dynamodb-endpoint`: the same server on a DynamoDB behind a socket, over
//! the SDK's own HTTP client, signed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use dynoxide::Database;
use muster::client::{AdminClient, NewKey, RealmSettings};
use muster::embedded::Embedded;
use muster::serve::{self, Options, Table};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_is_provisioned_over_the_network() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(
        listener,
        Database::memory().unwrap(),
    ));

    let options = |endpoint: &str| {
        let local = Options::local(Embedded::memory().unwrap()).unwrap();
        Options {
            table: Table::Endpoint(endpoint.to_owned()),
            ..local
        }
    };
    let server = serve::start(options(&endpoint)).await.unwrap();
    let admin = AdminClient::new(&server.local_url(), server.admin_token()).unwrap();
    admin
        .create_realm("acme", &RealmSettings::default())
        .await
        .unwrap();
    let key = NewKey {
        name: "network".to_owned(),
        scopes: Vec::new(),
        expiry: None,
    };
    let key = admin.create_key("acme", &key).await.unwrap();
    let (url, token) = (server.tenant_url("acme"), key["token"].as_str().unwrap());

    let client = Client::new();
    let user = client.post(format!("{url}/Users")).bearer_auth(token);
    let user = user
        .json(&json!({"userName": "ada@example.com"}))
        .send()
        .await
        .unwrap();
    assert_eq!(user.status(), 201);
    let user: Value = user.json().await.unwrap();
    let group = client.post(format!("{url}/Groups")).bearer_auth(token);
    let body = json!({"displayName": "Crew", "members": [{"value": user["id"]}]});
    assert_eq!(group.json(&body).send().await.unwrap().status(), 201);
    let find = format!("{url}/Users?filter=userName+eq+%22ADA@example.com%22");
    let found = client.get(find).bearer_auth(token).send().await.unwrap();
    let found: Value = found.json().await.unwrap();
    assert_eq!(
        found["Resources"][0]["groups"][0]["display"], "Crew",
        "{found}"
    );

    // A second server finds the table as the first has left it.
    let second = serve::start(options(&endpoint)).await.unwrap();
    drop(second);
}
