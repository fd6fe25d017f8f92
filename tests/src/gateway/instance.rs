//! One instance of a function: its process, and the Runtime API it polls.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use super::function::{Failed, Invocation, PAYLOAD, Setup};
use super::log::Log;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};

/// The events that wait for an instance; whoever holds the lock is the next to get one.
pub type Queue = Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>>;

/// An instance.
#[derive(Debug)]
pub struct Instance {
    api: Arc<Api>,
    end: Mutex<Option<oneshot::Sender<()>>>,
}

/// The state of an instance's Runtime API.
#[derive(Debug)]
struct Api {
    arn: String,
    queue: Queue,
    at_work: Mutex<HashMap<String, oneshot::Sender<Result<Bytes, Failed>>>>,
    polled: AtomicBool,
    runs: AtomicBool,
}

/// What became of a process that was to become an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    BeforeItPolled,
    Afterwards,
}

impl Instance {
    /// Starts the function's binary.
    pub async fn start(setup: &Setup, queue: Queue, log: Log) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let api = Arc::new(Api {
            arn: setup.arn(),
            queue,
            at_work: Mutex::default(),
            polled: AtomicBool::new(false),
            runs: AtomicBool::new(true),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&api)));
        let mut process = Command::new(&setup.binary)
            .env_clear()
            .envs(setup.variables(&address))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", setup.binary.display()));
        let name = &setup.declared.name;
        tokio::spawn(keep(
            process.stdout.take().unwrap(),
            name.clone(),
            log.clone(),
        ));
        tokio::spawn(keep(process.stderr.take().unwrap(), name.clone(), log));
        let (end, ending) = oneshot::channel();
        let watched = Arc::clone(&api);
        tokio::spawn(async move {
            watch(process, ending).await;
            watched.ended();
            server.abort();
        });
        Self {
            api,
            end: Mutex::new(Some(end)),
        }
    }

    /// Whether its process is there.
    pub fn runs(&self) -> bool {
        self.api.runs.load(Ordering::SeqCst)
    }

    /// Ends it when it is at this event.
    pub fn end_if_at(&self, request_id: &str) {
        if self.api.at_work.lock().unwrap().contains_key(request_id)
            && let Some(end) = self.end.lock().unwrap().take()
        {
            let _ = end.send(());
        }
    }
}

/// Waits for the process's end, or ends it.
async fn watch(mut process: Child, ending: oneshot::Receiver<()>) {
    tokio::select! {
        _ = process.wait() => {}
        asked = ending => {
            // The sender is dropped with the deployment: the process goes with it as well.
            let _ = asked;
            let _ = process.kill().await;
        }
    }
}

async fn keep(output: impl AsyncRead + Unpin, function: String, log: Log) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.add(&function, line);
    }
}

async fn serve(listener: TcpListener, api: Arc<Api>) {
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route(
            "/2018-06-01/runtime/invocation/{id}/response",
            post(response),
        )
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::disable())
        .with_state(api);
    let _ = axum::serve(listener, router).await;
}

async fn next(State(api): State<Arc<Api>>) -> Response {
    api.polled.store(true, Ordering::SeqCst);
    let received = api.queue.lock().await.recv().await;
    let Some(invocation) = received else {
        return StatusCode::GONE.into_response();
    };
    let id = invocation.request_id.clone();
    api.at_work
        .lock()
        .unwrap()
        .insert(id.clone(), invocation.answer);
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        (
            "lambda-runtime-deadline-ms",
            invocation.deadline_ms.to_string(),
        ),
        ("lambda-runtime-invoked-function-arn", api.arn.clone()),
        ("lambda-runtime-trace-id", invocation.trace_id),
        ("content-type", "application/json".to_owned()),
    ];
    (axum::response::AppendHeaders(headers), invocation.event).into_response()
}

async fn response(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> Response {
    if body.len() > PAYLOAD {
        let refused = json!({
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        });
        api.finish(&id, Err(Failed::Function(refused.clone())));
        return (StatusCode::PAYLOAD_TOO_LARGE, refused.to_string()).into_response();
    }
    api.finish(&id, Ok(body))
}

async fn error(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> Response {
    api.finish(&id, Err(Failed::Function(diagnostic(&body))))
}

async fn init_error() -> Response {
    accepted()
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, "{\"status\":\"OK\"}").into_response()
}

fn diagnostic(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body)))
}

impl Api {
    fn finish(&self, id: &str, answer: Result<Bytes, Failed>) -> Response {
        match self.at_work.lock().unwrap().remove(id) {
            // The invoker may have stopped waiting.
            Some(waiting) => drop(waiting.send(answer)),
            None => {
                let unknown =
                    json!({"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"});
                return (StatusCode::BAD_REQUEST, unknown.to_string()).into_response();
            }
        }
        accepted()
    }

    /// What it was at has no answer. Whoever waits for an instance that never
    /// asked for an event learns it here.
    fn ended(&self) {
        self.runs.store(false, Ordering::SeqCst);
        self.at_work.lock().unwrap().clear();
        let ended = if self.polled.load(Ordering::SeqCst) {
            Ended::Afterwards
        } else {
            Ended::BeforeItPolled
        };
        // A lock that is held belongs to an instance that waits for events.
        if ended == Ended::BeforeItPolled
            && let Ok(mut queue) = self.queue.try_lock()
            && let Ok(invocation) = queue.try_recv()
        {
            let failed = json!({"errorType": "Runtime.ExitError", "errorMessage": "init failed"});
            drop(invocation.answer.send(Err(Failed::Function(failed))));
        }
    }
}
