//! The server as a process over a data file, its realms, and all clients at work.

use super::client::{Client, Load};
use super::shown;
use crate::lean::message::{self, id, post};
use crate::lean::{Call, Connection, Result, Server, Signal, Target};
use http::StatusCode;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use tokio::task::JoinSet;

/// What the shared group is called outside.
pub(super) const CROWD: &str = "crowd";

/// A server with realms.
#[derive(Debug)]
pub struct Place {
    binary: PathBuf,
    data: PathBuf,
    server: Server,
    realms: Vec<Realm>,
}

#[derive(Debug)]
struct Realm {
    name: String,
    token: String,
    /// The id of the group that all clients share.
    crowd: String,
}

impl Place {
    /// Starts a server over a new data file and makes realms.
    ///
    /// # Errors
    /// When the server does not start, or refuses.
    pub async fn start(binary: &Path, data: &Path, realms: usize) -> Result<Self> {
        let mut place = Self {
            server: Server::start(binary, data)?,
            binary: binary.to_owned(),
            data: data.to_owned(),
            realms: Vec::new(),
        };
        let mut token = data.as_os_str().to_owned();
        token.push(".admin-token");
        let token = std::fs::read_to_string(token)?;
        let admin = Target::new(place.server.origin(), token.trim())?;
        let mut admin = Connection::open(&admin).await?;
        for number in 0..realms {
            let realm = place.realm(&mut admin, number).await?;
            place.realms.push(realm);
        }
        Ok(place)
    }

    async fn realm(&self, admin: &mut Connection, number: usize) -> Result<Realm> {
        let name = format!("soak-{number}");
        let realm = administer("/admin/v1/realms", &json!({"name": name}));
        admin.send(realm, StatusCode::CREATED).await?;
        let keys = format!("/admin/v1/realms/{name}/keys");
        let key = administer(&keys, &json!({"name": name}));
        let key: Value = serde_json::from_slice(&admin.send(key, StatusCode::CREATED).await?)?;
        let token = key["token"].as_str().ok_or("the key has no token")?;
        let target = self.target_of(&name, token)?;
        let mut crowd = message::group("Everybody", []);
        crowd["externalId"] = json!(CROWD);
        let made = Connection::open(&target)
            .await?
            .send(post("/Groups", &crowd), StatusCode::CREATED)
            .await?;
        Ok(Realm {
            token: token.to_owned(),
            crowd: id(&made)?,
            name,
        })
    }

    /// How many realms there are.
    pub fn realms(&self) -> usize {
        self.realms.len()
    }

    /// The name of a realm.
    pub fn name(&self, realm: usize) -> &str {
        &self.realms[realm].name
    }

    /// A realm's Tenant URL and key.
    ///
    /// # Errors
    /// When the server has told no URL.
    pub fn target(&self, realm: usize) -> Result<Target> {
        let realm = &self.realms[realm];
        self.target_of(&realm.name, &realm.token)
    }

    fn target_of(&self, realm: &str, token: &str) -> Result<Target> {
        let origin = self.server.origin();
        Target::new(&format!("{origin}/realms/{realm}/scim/v2"), token)
    }

    /// The process.
    pub fn process(&self) -> u32 {
        self.server.id()
    }

    /// Sets all clients to work.
    ///
    /// # Errors
    /// As [`Self::target`].
    pub fn work(&self, clients: Vec<Client>, load: &Arc<Load>) -> Result<JoinSet<Client>> {
        let mut working = JoinSet::new();
        for client in clients {
            let target = self.target(client.realm)?;
            let crowd = self.realms[client.realm].crowd.clone();
            let load = Arc::clone(load);
            working.spawn(async move { client.work(target, crowd, &load).await });
        }
        Ok(working)
    }

    /// Tells it to end.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        self.server.signal(signal)
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// When nothing can be learnt of it.
    pub fn ended(&mut self) -> Result<ExitStatus> {
        self.server.ended()
    }

    /// Starts it again over the same data file, whatever has become of the one before.
    ///
    /// # Errors
    /// When it does not start.
    pub fn again(&mut self) -> Result<()> {
        self.server = Server::start(&self.binary, &self.data)?;
        Ok(())
    }

    /// Holds what the clients know against what the server shows; says what differs. What was
    /// left open is decided.
    ///
    /// # Errors
    /// When the server cannot be read.
    pub async fn settle(&self, clients: &mut [Client]) -> Result<Vec<String>> {
        let mut differences = Vec::new();
        for realm in 0..self.realms.len() {
            let mut shown = shown::of(&self.target(realm)?, &mut differences).await?;
            for client in clients.iter_mut().filter(|client| client.realm == realm) {
                let shown = shown.remove(&client.number).unwrap_or_default();
                differences.extend(client.settle(&shown));
            }
            let strangers = shown.keys();
            differences.extend(
                strangers.map(|it| format!("realm {realm} shows what client {it} has made")),
            );
        }
        Ok(differences)
    }
}

/// What `muster verify` says of the data file, when it is not that all is well. No server may
/// have it open.
///
/// # Errors
/// When it cannot be run.
pub fn verify(binary: &Path, data: &Path) -> Result<Option<String>> {
    let said = Command::new(binary)
        .args(["verify", "--data"])
        .arg(data)
        .env_remove("RUST_LOG")
        .output()?;
    let words = [said.stdout, said.stderr].concat();
    let words = String::from_utf8_lossy(&words).into_owned();
    Ok((!said.status.success()).then_some(words))
}

fn administer(path: &str, body: &Value) -> Call {
    Call {
        media: "application/json",
        ..post(path, body)
    }
}
