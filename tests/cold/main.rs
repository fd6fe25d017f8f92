//! How long a function takes from its process's start to its first poll and to
//! its first answer, and what memory it takes. `tests/cold/run` builds what is
//! measured and calls this; a line of JSON for each process that was started.
//!
//!     cold RUNS NAME=BINARY…
//!
//! The subjects take turns, so that all of them see the same machine. The table
//! and the secret are the gateway's, behind loopback sockets without TLS.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a tool of the tests; its output is its purpose"
)]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use muster_tests::gateway::function::Setup;
use muster_tests::gateway::{Deployment, Plan};
use muster_tests::{Realm, Server};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::oneshot;

/// Longer than any start; what takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// The Runtime API of one start: one event, one answer.
struct Api {
    event: String,
    polled: Mutex<Option<Instant>>,
    answer: Mutex<Option<oneshot::Sender<(Instant, Bytes)>>>,
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let runs: usize = arguments.next().unwrap().parse().unwrap();
    let subjects: Vec<(String, PathBuf)> = arguments
        .map(|subject| {
            let (name, binary) = subject.split_once('=').unwrap();
            (name.to_owned(), PathBuf::from(binary))
        })
        .collect();
    let deployment = Deployment::start(Plan::fresh());
    let setups: Vec<Setup> = subjects
        .iter()
        .map(|(name, binary)| {
            // What is not one of ours is run with the environment of one that is.
            let known = if name == "hello" { "users" } else { name };
            let mut setup = deployment.setup(known).clone();
            setup.binary.clone_from(binary);
            setup
        })
        .collect();
    let server = Server::deployed(deployment);
    let realm = Realm::create(&server, "cold").await;
    // The first use of a key is noted; a cold start does not meet that.
    realm.get("/Users?count=1").await.is(200);
    for _ in 0..runs {
        for ((name, _), setup) in subjects.iter().zip(&setups) {
            println!("{}", start(name, setup, &event(name, &realm)).await);
        }
    }
}

/// The event of a usual first request.
fn event(function: &str, realm: &Realm) -> Value {
    let tenant = "/realms/cold/scim/v2";
    let (method, path, query, body) = match function {
        "groups" => (
            "GET",
            "/Groups",
            "filter=displayName+eq+%22x%22",
            Value::Null,
        ),
        "search" => (
            "POST",
            "/.search",
            "",
            json!(json!({"filter": "userName eq \"x\""}).to_string()),
        ),
        "discovery" => ("GET", "/ServiceProviderConfig", "", Value::Null),
        "admin" => ("GET", "", "", Value::Null),
        _ => ("GET", "/Users", "filter=userName+eq+%22x%22", Value::Null),
    };
    let path = match function {
        "admin" => "/admin/v1/realms".to_owned(),
        _ => format!("{tenant}{path}"),
    };
    let authorizer = match function {
        "admin" => json!({"iam": {"userArn": "arn:aws:iam::123456789012:user/operator"}}),
        _ => Value::Null,
    };
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": {
            "authorization": format!("Bearer {}", realm.token),
            "content-type": "application/scim+json",
        },
        "requestContext": {
            "accountId": "123456789012", "apiId": "cold", "stage": "$default",
            "domainName": "cold.execute-api.eu-central-1.amazonaws.com", "domainPrefix": "cold",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9", "userAgent": "cold",
            },
            "requestId": "cold", "routeKey": "$default", "timeEpoch": 0, "authorizer": authorizer,
        },
        "body": body, "isBase64Encoded": false,
    })
}

/// Starts a process, lets it answer once, and ends it.
async fn start(name: &str, setup: &Setup, event: &Value) -> Value {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (answer, answered) = oneshot::channel();
    let api = Arc::new(Api {
        event: event.to_string(),
        polled: Mutex::default(),
        answer: Mutex::new(Some(answer)),
    });
    let serving = tokio::spawn(serve(listener, Arc::clone(&api)));
    let begun = Instant::now();
    let mut process = Command::new(&setup.binary)
        .env_clear()
        .envs(setup.variables(&address))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let (ended, body) = tokio::time::timeout(PATIENCE, answered)
        .await
        .unwrap_or_else(|_| panic!("`{name}` did not answer"))
        .unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["statusCode"], 200, "{name}: {body}");
    let polled = api.polled.lock().unwrap().unwrap();
    let memory = memory(process.id().unwrap());
    process.kill().await.unwrap();
    serving.abort();
    json!({
        "name": name,
        "poll_ms": millis(polled - begun),
        "answer_ms": millis(ended - begun),
        "peak_kb": memory.0,
        "resident_kb": memory.1,
    })
}

async fn serve(listener: TcpListener, api: Arc<Api>) {
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route(
            "/2018-06-01/runtime/invocation/{id}/response",
            post(response),
        )
        .with_state(api);
    let _ = axum::serve(listener, router).await;
}

async fn next(State(api): State<Arc<Api>>) -> impl IntoResponse {
    let first = {
        let mut polled = api.polled.lock().unwrap();
        let first = polled.is_none();
        polled.get_or_insert_with(Instant::now);
        first
    };
    if !first {
        std::future::pending::<()>().await;
    }
    let deadline = Timestamp::now() + SignedDuration::from_secs(29);
    let headers = [
        ("lambda-runtime-aws-request-id", "cold".to_owned()),
        (
            "lambda-runtime-deadline-ms",
            deadline.as_millisecond().to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:123456789012:function:cold:live".to_owned(),
        ),
        ("content-type", "application/json".to_owned()),
    ];
    (AppendHeaders(headers), api.event.clone())
}

async fn response(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    if let Some(answer) = api.answer.lock().unwrap().take() {
        drop(answer.send((Instant::now(), body)));
    }
    StatusCode::ACCEPTED
}

/// The peak and the present of a process's resident memory, in KiB (proc(5)).
fn memory(process: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let value = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    (value("VmHWM:"), value("VmRSS:"))
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
