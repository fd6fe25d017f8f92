//! The embedded table over HTTP, until Ctrl-C, for functions that something
//! else runs: `tests/lambda/run`. It prints the variables by which an SDK finds
//! it and is let in.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool of the tests; its output is its purpose"
)]

use muster::embedded::Embedded;
use muster_tests::gateway::REGION;
use muster_tests::gateway::iam::Principal;
use muster_tests::gateway::policy::Policy;
use muster_tests::gateway::table::{Caller, TableService};
use muster_tests::gateway::usage::Usage;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Store;
use tokio::net::TcpListener;

const TABLE: &str = "muster";

#[tokio::main]
async fn main() {
    let embedded = Embedded::memory().unwrap();
    let store = Store::new(embedded.client(), TABLE);
    store.create_table().await.unwrap();
    let principal = Principal::new("watched");
    let mut policy = Policy::default();
    let all = json!({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"});
    policy.add(&json!({"Statement": all}));
    let caller = Caller {
        principal: principal.clone(),
        policy,
    };
    let service = TableService {
        embedded,
        callers: Arc::new(BTreeMap::from([(
            principal.access_key_id().to_owned(),
            caller,
        )])),
        usage: Usage::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!(
        "AWS_ENDPOINT_URL_DYNAMODB=http://{}",
        listener.local_addr().unwrap()
    );
    println!("AWS_REGION={REGION}");
    println!("AWS_ACCESS_KEY_ID={}", principal.access_key_id());
    println!("AWS_SECRET_ACCESS_KEY={}", principal.secret_access_key());
    println!("AWS_SESSION_TOKEN={}", principal.session_token());
    println!("MUSTER_TABLE={TABLE}");
    tokio::select! {
        () = service.serve(listener) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
