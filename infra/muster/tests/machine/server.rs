//! The real binary as a server, and a client of it.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::{Value, json};

pub(crate) const MUSTER: &str = env!("CARGO_BIN_EXE_muster");

/// A server of the binary under test.
pub(crate) struct Server {
    child: Child,
    pub(crate) said: String,
    pub(crate) tenant_url: String,
    /// Open for as long as the server may say more.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts it over `data`, and reads what it says until it has said where it is.
    pub(crate) fn start(data: &Path) -> Self {
        let mut serve = Command::new(MUSTER);
        serve.args(["serve", "--port", "0", "--data"]).arg(data);
        Self::run(serve)
    }

    /// The same by a command of the test's own.
    pub(crate) fn run(mut serve: Command) -> Self {
        let mut child = serve.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = String::new();
        let tenant_url = loop {
            let line = lines.next().expect("it says where it is").unwrap();
            said.push_str(&line);
            said.push('\n');
            if let Some(url) = line.trim().strip_prefix("Tenant URL") {
                break url.trim().to_owned();
            }
        };
        // The token, or how to make another, follows at once.
        for line in lines.by_ref().take(2) {
            said.push_str(&line.unwrap());
            said.push('\n');
        }
        Self {
            child,
            said,
            tenant_url,
            _lines: lines,
        }
    }

    pub(crate) fn token(&self) -> Option<String> {
        self.said
            .split_whitespace()
            .find(|word| word.starts_with("mst_"))
            .map(str::to_owned)
    }

    pub(crate) fn kill(mut self) {
        // SIGKILL: nothing of the process runs any more.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in order.
    pub(crate) fn end(mut self) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

/// The client wants a provider of cryptography even where it speaks plain HTTP.
pub(crate) fn client() -> Client {
    // Another test may have been quicker.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = Client::builder().timeout(Duration::from_secs(60));
    client.build().unwrap()
}

pub(crate) async fn post(client: &Client, server: &Server, token: &str, name: &str) -> Response {
    let request = client.post(format!("{}/Users", server.tenant_url));
    let request = request.bearer_auth(token).json(&json!({"userName": name}));
    request.send().await.unwrap()
}

pub(crate) async fn find(client: &Client, server: &Server, token: &str, name: &str) -> Value {
    let url = format!(
        "{}/Users?filter=userName+eq+%22{name}%22",
        server.tenant_url
    );
    client
        .get(url)
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

/// What the tool says, and its exit code.
pub(crate) fn muster(words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(MUSTER);
    let done = command.args(words).env_remove("MUSTER_STACK").output();
    let Output {
        status,
        stdout,
        stderr,
    } = done.unwrap();
    let said = String::from_utf8([stdout, stderr].concat()).unwrap();
    (status.code(), said)
}
