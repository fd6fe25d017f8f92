//! `muster serve` as a child process, and the directory of its data file.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;

use super::Result;

/// A server of our own; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    origin: String,
    url: String,
    token: Option<String>,
}

/// How a process is told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// What a service manager sends.
    Terminate,
    /// What Ctrl-C sends.
    Interrupt,
    /// What cannot be heard.
    Kill,
}

/// A directory that is deleted when this is dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Server {
    /// Starts the program over a data file, and waits until it has said where it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(binary: &Path, data: &Path) -> Result<Self> {
        let child = Command::new(binary)
            .args(["serve", "--port", "0", "--data"])
            .arg(data)
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut server = Self {
            child,
            origin: String::new(),
            url: String::new(),
            token: None,
        };
        server.listen()?;
        Ok(server)
    }

    /// `http://127.0.0.1:{port}`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The Tenant URL of the last realm it has.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token, which it tells on the first start over a data file.
    ///
    /// # Errors
    /// When it was not the first.
    pub fn token(&self) -> Result<&str> {
        Ok(self.token.as_deref().ok_or("the server told no token")?)
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let name = match signal {
            Signal::Terminate => "TERM",
            Signal::Interrupt => "INT",
            Signal::Kill => "KILL",
        };
        let id = self.child.id().to_string();
        // The shell's own `kill`: the system may have no program of this name.
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &id])
            .status()?;
        if sent.success() {
            return Ok(());
        }
        Err(format!("process {id} could not be sent {name}").into())
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When nothing can be learnt of it.
    pub fn ended(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    fn listen(&mut self) -> Result<()> {
        let stdout = self.child.stdout.as_mut().ok_or("no standard output")?;
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            let line = line.trim();
            if let Some(origin) = line.strip_prefix("Muster listens on") {
                self.origin = first_word(origin);
            } else if let Some(url) = line.strip_prefix("Tenant URL") {
                self.url = first_word(url);
            } else if let Some(token) = line.strip_prefix("Secret Token") {
                self.token = Some(first_word(token));
                return Ok(());
            } else if line.starts_with("A token was shown") {
                return Ok(());
            }
        }
        Err("the server ended without saying where it listens".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing can be done about a failure here, and nothing depends on it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Scratch {
    /// A new one beside the binary: a temporary directory may be memory, and
    /// durable writes cost nothing there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn beside(binary: &Path, purpose: &str) -> Result<Self> {
        let parent = binary.parent().ok_or("the server has no directory")?;
        let directory = parent.join(format!("{purpose}-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        Ok(Self(directory))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // As above.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Builds the server as users do, in the profile of the caller itself; where it is.
///
/// # Errors
/// When it does not compile.
pub fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--locked", "--workspace", "--bin", "muster"])
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
