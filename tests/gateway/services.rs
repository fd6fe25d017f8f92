//! The table and the secret over HTTP, until Ctrl-C, for functions that
//! something else runs: `tests/lambda/run`, `tests/cold/run`. It prints the
//! variables by which they find them and are let in.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool of the tests; its output is its purpose"
)]

use muster::embedded::Embedded;
use muster_tests::gateway::REGION;
use muster_tests::gateway::deployment::GENERATED;
use muster_tests::gateway::iam::Principal;
use muster_tests::gateway::intrinsic::arn;
use muster_tests::gateway::policy::Policy;
use muster_tests::gateway::secret::{SecretService, Text};
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
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    policy.add(&json!({"Statement": all}));
    let caller = Caller {
        principal: principal.clone(),
        policy,
    };
    let callers = BTreeMap::from([(principal.access_key_id().to_owned(), caller)]);
    let callers = Arc::new(callers);
    let table = TableService {
        embedded,
        callers: Arc::clone(&callers),
        usage: Usage::default(),
    };
    let secret = SecretService {
        arn: arn("secretsmanager", "secret:peppers"),
        text: Text::new(GENERATED),
        callers,
        usage: Usage::default(),
    };
    let tables = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secrets = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for (name, value) in [
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", principal.access_key_id()),
        ("AWS_SECRET_ACCESS_KEY", principal.secret_access_key()),
        ("AWS_SESSION_TOKEN", principal.session_token()),
        ("AWS_ENDPOINT_URL_DYNAMODB", &url(&tables)),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &url(&secrets)),
        ("MUSTER_PEPPER_SECRET", &secret.arn),
        ("MUSTER_TABLE", TABLE),
    ] {
        println!("{name}={value}");
    }
    tokio::select! {
        () = table.serve(tables) => {}
        () = secret.serve(secrets) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

fn url(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}
