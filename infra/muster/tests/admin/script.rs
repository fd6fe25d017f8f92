//! The stand-in: it answers what the script says and remembers what was asked.

use std::collections::VecDeque;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use serde_json::Value;
use tokio::net::TcpListener;

/// One request that must come next, and the answer to it.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    /// Method, path below `/admin/v1` and query.
    request: &'static str,
    status: u16,
    body: Value,
    headers: Vec<(&'static str, &'static str)>,
}

pub(crate) fn turn(request: &'static str, status: u16, body: Value) -> Turn {
    Turn {
        request,
        status,
        body,
        headers: Vec::new(),
    }
}

impl Turn {
    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) if_match: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) body: Value,
}

#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    url: String,
    stage: Arc<Mutex<Stage>>,
}

#[derive(Debug)]
struct Stage {
    script: VecDeque<Turn>,
    asked: Vec<Asked>,
}

impl Deployment {
    pub(crate) async fn new(script: Vec<Turn>) -> Self {
        let stage = Arc::new(Mutex::new(Stage {
            script: script.into(),
            asked: Vec::new(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(stage.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, stage }
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command
            .args(words)
            .args(["--url", &self.url])
            .env_clear()
            .env("MUSTER_ADMIN_TOKEN", "msta_x")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the tool with `input`, and holds that the script was played to its end.
    pub(crate) async fn run(&self, words: &[&str], input: &str) -> Ended {
        let (mut command, input) = (self.command(words), input.to_owned());
        let output = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            // It may have ended without reading.
            let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
            child.wait_with_output().unwrap()
        });
        let ended = Ended(output.await.unwrap());
        let left = self.stage.lock().unwrap().script.len();
        assert_eq!(left, 0, "requests that never came; {}", ended.error());
        ended
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.stage.lock().unwrap().asked.clone()
    }

    /// How many answers are left to give.
    pub(crate) fn left(&self) -> usize {
        self.stage.lock().unwrap().script.len()
    }
}

pub(crate) struct Ended(pub(crate) Output);

impl Ended {
    pub(crate) fn error(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    #[track_caller]
    pub(crate) fn done(&self) -> String {
        assert_eq!(self.0.status.code(), Some(0), "{}", self.error());
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    #[track_caller]
    pub(crate) fn failed(&self, said: &str) -> String {
        assert_eq!(self.0.status.code(), Some(1), "{}", self.error());
        assert!(self.error().contains(said), "{}", self.error());
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }
}

async fn answer(State(stage): State<Arc<Mutex<Stage>>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().as_str();
    let line = format!(
        "{} {}",
        parts.method,
        path.strip_prefix("/admin/v1").unwrap_or(path)
    );
    let header = |name: &str| {
        let value = parts.headers.get(name);
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header("authorization").as_deref(), Some("Bearer msta_x"));
    let mut stage = stage.lock().unwrap();
    stage.asked.push(Asked {
        if_match: header("if-match"),
        idempotency_key: header("idempotency-key"),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    let next = stage.script.pop_front();
    let turn = next.unwrap_or_else(|| unexpected(&line, "nothing"));
    let turn = match turn.request == line {
        true => turn,
        false => unexpected(&line, turn.request),
    };
    let mut response = Response::builder().status(turn.status);
    for (name, value) in turn.headers {
        response = response.header(name, value);
    }
    let body = match turn.body {
        Value::Null => Body::empty(),
        body => Body::from(body.to_string()),
    };
    response.body(body).unwrap()
}

fn unexpected(line: &str, expected: &str) -> Turn {
    let detail = format!("the script has `{expected}` and not `{line}`");
    turn("", 418, serde_json::json!({ "detail": detail }))
}
