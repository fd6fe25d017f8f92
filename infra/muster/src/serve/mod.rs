//! Every route in one process: [`start`] gives back a running server, for the
//! tool and for tests alike. Nothing is printed here, and no command line is read.

mod jobs;
mod listen;
mod log;
mod options;
mod secrets;
mod table;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use service::{Administration, Config, Peppers, Service};
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::Failure;
use crate::embedded::Embedded;

pub(crate) use log::panics;
pub use options::{Options, Table};
pub(crate) use options::{base_url, cause};
pub use secrets::Secrets;
pub(crate) use secrets::{Age, Beside, admin_token_file, random, read_ring, replace_ring};

/// DynamoDB deletes expired items within days; minutes are plenty.
const SWEEP_EVERY: Duration = Duration::from_secs(300);

/// A server that accepts requests until [`Running::shutdown`].
pub struct Running {
    addr: SocketAddr,
    public_url: String,
    admin_token: String,
    stop: watch::Sender<Stop>,
    service: Arc<Service>,
    server: JoinHandle<()>,
    flusher: JoinHandle<()>,
    worker: JoinHandle<()>,
    sweeper: Option<JoinHandle<()>>,
}

/// Whether the server is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    NotYet,
    Now,
}

/// How often what requests have used is written while nobody asks for anything.
const FLUSH_EVERY: Duration = Duration::from_secs(60);

/// Starts a server; it listens when this returns.
///
/// # Errors
/// When the address is taken, the public URL is no URL, or the table cannot be made.
pub async fn start(options: Options) -> Result<Running, Failure> {
    // Before anything that may fail: secrets beside a file without a table are those of a file that is lost.
    let (client, embedded) = options.table.open();
    let store = Store::new(client, options.table_name.as_str());
    store
        .create_table()
        .await
        .map_err(|error| match error.cause() {
            Some(cause) => Failure::new(format!("{error}: {cause}")),
            None => Failure::new(error.to_string()),
        })?;

    let public_url = options.public_url.as_deref().map(base_url).transpose()?;
    let listener = bind(options.address).await?;
    let addr = listener
        .local_addr()
        .map_err(|error| cannot_listen(options.address, &error))?;
    let public_url = public_url.unwrap_or_else(|| format!("http://{}", reachable(addr)));

    let (leftovers, told) = mpsc::unbounded_channel();
    let store = store.with_leftovers(leftovers);
    let worker = jobs::work(store.clone(), told);

    let config = Config {
        public_url: Some(public_url.clone()),
        limits: options.limits,
    };
    let (admin, source) = options.secrets.split();
    let peppers = Peppers::load(source)
        .await
        .map_err(|cause| Failure::new(cause.to_string()))?;
    let administration = Administration::Token(admin.digest());
    let service = Service::new(store, peppers, administration, config);
    let router =
        service::all(Arc::clone(&service)).layer(axum::middleware::map_response(log::line));

    let (stop, stopped) = watch::channel(Stop::NotYet);
    Ok(Running {
        addr,
        public_url,
        admin_token: admin.reveal(),
        stop,
        flusher: tokio::spawn(flush(Arc::clone(&service))),
        worker: tokio::spawn(worker),
        service,
        server: tokio::spawn(listen::serve(listener, router, stopped)),
        sweeper: embedded.map(|embedded| tokio::spawn(sweep(embedded))),
    })
}

impl Running {
    /// The address it listens on; its port is a real one also when 0 was asked for.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base URL clients are told, without a trailing slash.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// A base URL by which this machine reaches the server.
    #[must_use]
    pub fn local_url(&self) -> String {
        format!("http://{}", reachable(self.addr))
    }

    /// What an administrator enters as the Tenant URL of `realm`.
    #[must_use]
    pub fn tenant_url(&self, realm: &str) -> String {
        format!("{}/realms/{realm}/scim/v2", self.public_url)
    }

    /// The token of the admin API.
    #[must_use]
    pub fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// Accepts no more, finishes the requests under way, and ends. Jobs wait for the next start.
    /// The embedded table is closed then, unless somebody else has a client of it.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(Stop::Now);
        if let Err(error) = (&mut self.server).await {
            tracing::error!(%error, "the server ended badly");
        }
        // That they were aborted is no news; what they held is free then.
        self.worker.abort();
        drop((&mut self.worker).await);
        self.service.flush().await;
        for task in std::iter::once(&mut self.flusher).chain(&mut self.sweeper) {
            task.abort();
            drop(task.await);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
        self.flusher.abort();
        self.worker.abort();
        if let Some(sweeper) = &self.sweeper {
            sweeper.abort();
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("addr", &self.addr)
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| cannot_listen(address, &error))
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure::new(format!(
            "port `{}` is in use by another process; stop that one or choose a port with `--port`",
            address.port()
        )),
        _ => Failure::new(format!("cannot listen on `{address}`: {error}")),
    }
}

/// The unspecified address listens everywhere but names no host.
fn reachable(addr: SocketAddr) -> SocketAddr {
    match addr.ip() {
        ip if ip.is_unspecified() => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), addr.port()),
        _ => addr,
    }
}

async fn flush(service: Arc<Service>) {
    loop {
        tokio::time::sleep(FLUSH_EVERY).await;
        service.flush().await;
    }
}

async fn sweep(embedded: Embedded) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        let embedded = embedded.clone();
        match tokio::task::spawn_blocking(move || embedded.sweep()).await {
            Ok(Ok(items)) => tracing::debug!(items, "expired items deleted"),
            Ok(Err(error)) => tracing::warn!(error, "expired items could not be deleted"),
            Err(error) => tracing::error!(%error, "the sweep ended badly"),
        }
    }
}
