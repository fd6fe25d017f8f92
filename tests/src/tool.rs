//! `muster serve --verbose` as a process of its own, over a data file that is
//! gone afterwards: the server that an operator runs, with what it says.

use crate::gateway::binaries;
use crate::gateway::log::Log;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use uuid::Uuid;

/// The process; it ends when this is dropped.
#[derive(Debug)]
pub struct Tool {
    child: Child,
    directory: PathBuf,
    /// The socket it listens on.
    pub addr: SocketAddr,
    /// The administrator's token.
    pub admin_token: String,
    /// What it has said on standard error.
    pub log: Log,
}

impl Tool {
    /// Builds it and waits until it listens.
    pub fn serve() -> Self {
        let binary = binaries::build(&["muster"]).remove("muster").unwrap();
        let directory = std::env::temp_dir().join(format!("muster-{}", Uuid::new_v4()));
        let mut child = Command::new(binary)
            .args(["serve", "--verbose", "--port", "0", "--data"])
            .arg(directory.join("muster.db"))
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Log::default();
        keep(child.stderr.take().unwrap(), log.clone());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let addr = lines
            .find_map(|line| {
                let line = line.unwrap();
                let url = line.strip_prefix("Muster listens on http://")?.parse();
                Some(url.unwrap())
            })
            .unwrap_or_else(|| panic!("it does not start: {:?}", log.lines()));
        // What else it says there is for its user; a full pipe would stop it.
        thread::spawn(move || lines.for_each(drop));
        let token = directory.join("muster.db.admin-token");
        Self {
            admin_token: std::fs::read_to_string(token).unwrap().trim().to_owned(),
            child,
            directory,
            addr,
            log,
        }
    }
}

fn keep(stderr: impl Read + Send + 'static, log: Log) {
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines() {
            log.add("muster", line.unwrap());
        }
    });
}

impl Drop for Tool {
    fn drop(&mut self) {
        // Nothing can be done about a failure here, and nothing depends on it.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
