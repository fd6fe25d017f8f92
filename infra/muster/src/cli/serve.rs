//! `muster serve`: a server for this machine, and what it tells its user.

use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use service::Limits;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::output::{self, text};
use crate::Failure;
use crate::client::{AdminClient, NewKey, RealmSettings};
use crate::embedded::Embedded;
use crate::serve::{
    Age, Beside, Options, Running, Secrets, Table, admin_token_file, panics, start,
};

/// The realm and the key a first start makes.
const DEMO: &str = "demo";

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// The data file; the admin token and the peppers stand beside it.
    #[arg(long, value_name = "FILE", default_value = ".muster/muster.db")]
    data: PathBuf,
    /// The base URL clients use, when it is not the address listened on.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Keep the data in the DynamoDB at this URL instead of in the data file.
    #[arg(long, value_name = "URL")]
    dynamodb_endpoint: Option<String>,
    /// The table's name.
    #[arg(long, default_value = "muster")]
    table: String,
    /// A line on standard error for every request; RUST_LOG says more.
    #[arg(long, short)]
    verbose: bool,
}

impl Serve {
    pub(super) async fn run(self) -> Result<(), Failure> {
        self.trace();
        // Before anybody is told that it listens: from then on it ends in order.
        let mut told = Told::listen()?;
        let running = tokio::select! {
            running = self.begin() => running?,
            () = told.heard() => return Ok(()),
        };
        told.heard().await;
        tokio::select! {
            () = running.shutdown() => Ok(()),
            () = told.heard() => Err(Failure::new(
                "told to end a second time: requests under way were cut off",
            )),
        }
    }

    async fn begin(self) -> Result<Running, Failure> {
        let data = self.data.clone();
        let running = start(self.options()?).await?;
        let admin = AdminClient::new(&running.local_url(), running.admin_token())?;
        greet(&running, &admin, &data).await?;
        Ok(running)
    }

    fn options(self) -> Result<Options, Failure> {
        create_directory(&self.data)?;
        let secrets = Secrets::beside(&self.data)?;
        let table = match self.dynamodb_endpoint {
            Some(url) => Table::Endpoint(url),
            None => Table::Embedded(embedded(&self.data, secrets.age())?),
        };
        Ok(Options {
            address: SocketAddr::new(self.host, self.port),
            public_url: self.public_url,
            table,
            table_name: self.table,
            secrets,
            limits: Limits::default(),
        })
    }

    fn trace(&self) {
        let quiet = if self.verbose { "info" } else { "warn" };
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(quiet));
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .init();
        panics();
    }
}

/// A data file that is new beside secrets that are not is one that was lost, or
/// restored without its log: to begin anew in it would hide that.
fn embedded(data: &Path, secrets: Age) -> Result<Embedded, Failure> {
    let embedded = Embedded::open(data).map_err(|error| Failure::new(error.to_string()))?;
    if secrets == Age::Found && embedded.is_new().map_err(Failure::new)? {
        let [peppers, token] = Beside::files(data);
        return Err(Failure::new(format!(
            "`{}` holds nothing, but `{}` and `{}` are those of a file that did: restore it from a backup, or move all three away to begin anew",
            data.display(),
            peppers.display(),
            token.display()
        )));
    }
    Ok(embedded)
}

fn create_directory(data: &Path) -> Result<(), Failure> {
    match data
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        Some(parent) => std::fs::create_dir_all(parent).map_err(|error| {
            Failure::new(format!(
                "the directory `{}` cannot be made: {error}",
                parent.display()
            ))
        }),
        None => Ok(()),
    }
}

async fn greet(running: &Running, admin: &AdminClient, data: &Path) -> Result<(), Failure> {
    let realms = admin.realms().await?;
    output::print(&format!("Muster listens on {}", running.local_url()));
    if realms.is_empty() {
        first_start(running, admin).await
    } else {
        later_start(running, &realms, data);
        Ok(())
    }
}

async fn first_start(running: &Running, admin: &AdminClient) -> Result<(), Failure> {
    admin.create_realm(DEMO, &RealmSettings::default()).await?;
    let key = NewKey {
        name: DEMO.to_owned(),
        scopes: Vec::new(),
        expiry: None,
    };
    let key = admin.create_key(DEMO, &key).await?;
    output::print(&format!(
        "  Tenant URL    {}\n  Secret Token  {}   (shown once: it is stored only as a keyed hash)",
        running.tenant_url(DEMO),
        text(&key, "token"),
    ));
    output::print(output::PASTE);
    Ok(())
}

fn later_start(running: &Running, realms: &[Value], data: &Path) {
    for realm in realms {
        let name = text(realm, "name");
        output::print(&format!("  Tenant URL    {}", running.tenant_url(&name)));
    }
    let realm = realms
        .first()
        .map_or_else(|| DEMO.to_owned(), |realm| text(realm, "name"));
    output::print(&format!(
        "A token was shown when its key was made. Another key:\n  cargo run -- key create {realm} --name NAME --url {} --admin-token-file {}",
        running.local_url(),
        admin_token_file(data).display(),
    ));
}

/// The signals by which a process is told to end.
struct Told {
    terminate: Signal,
    interrupt: Signal,
}

impl Told {
    /// From now on they no longer end the process by themselves.
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind).map_err(|error| Failure::new(format!("signals cannot be heard: {error}")))
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next of them.
    async fn heard(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
