//! `muster serve` as a child process, over a data file that is deleted afterwards.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::Result;

/// A server of our own; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    directory: PathBuf,
    url: String,
    token: String,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let binary = build()?;
        // Beside the binary: a temporary directory may be memory, and durable writes cost nothing
        // there.
        let parent = binary.parent().ok_or("the server has no directory")?;
        let directory = parent.join(format!("bench-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        let child = Command::new(&binary)
            .args(["serve", "--port", "0", "--data"])
            .arg(directory.join("muster.db"))
            .stdout(Stdio::piped())
            .spawn()?;
        let mut server = Self {
            child,
            directory,
            url: String::new(),
            token: String::new(),
        };
        server.read_credentials()?;
        Ok(server)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The server prints both on its first start.
    fn read_credentials(&mut self) -> Result<()> {
        let stdout = self.child.stdout.as_mut().ok_or("no standard output")?;
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            if let Some(url) = line.trim().strip_prefix("Tenant URL") {
                self.url = first_word(url);
            } else if let Some(token) = line.trim().strip_prefix("Secret Token") {
                self.token = first_word(token);
            }
            if !self.url.is_empty() && !self.token.is_empty() {
                return Ok(());
            }
        }
        Err("the server ended without printing its URL and its token".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing can be done about a failure here, and nothing depends on it.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Builds the server as users do, in the profile of the benchmark itself.
fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--package", "muster", "--bin", "muster"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .stderr(Stdio::inherit());
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err("the server does not compile".into());
    }
    for line in output.stdout.split(|byte| *byte == b'\n') {
        let Ok(message) = serde_json::from_slice::<Value>(line) else {
            continue;
        };
        if let Some(path) = message.get("executable").and_then(Value::as_str) {
            return Ok(path.into());
        }
    }
    Err("cargo did not say where the server is".into())
}

fn first_word(text: &str) -> String {
    text.split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned()
}
