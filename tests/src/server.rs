//! What the corpus is sent to: one whole server in this process, on a port of
//! its own, over an embedded table in memory; or in a process of its own; or the
//! functions behind the gateway.

use crate::gateway::Deployment;
use crate::gateway::iam::Principal;
use crate::tool::Tool;
use muster::embedded::Embedded;
use muster::serve::{Options, start};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running server. It has its own thread and runtime, so that a test's own
/// runtime may end before it.
pub struct Server {
    addr: SocketAddr,
    operator: Operator,
    runs: Runs,
}

/// What a request meets first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// The service's own HTTP server.
    Process,
    /// The HTTP API.
    Gateway,
}

/// What ends with the server.
enum Runs {
    Process(Option<oneshot::Sender<()>>),
    Task(JoinHandle<()>),
    /// Held for its end.
    Tool(#[expect(dead_code, reason = "it ends when it is dropped")] Tool),
    Deployment(Box<Deployment>),
}

/// How an administrator proves to be one.
#[derive(Debug, Clone)]
pub enum Operator {
    /// By a bearer token: the one process.
    Token(String),
    /// By a signature, which the gateway checks: on AWS.
    Iam(Principal),
}

impl Server {
    /// The functions of this deployment behind its gateway.
    pub fn deployed(deployment: Deployment) -> Self {
        Self {
            addr: deployment.addr(),
            operator: Operator::Iam(deployment.operator.clone()),
            runs: Runs::Deployment(Box::new(deployment)),
        }
    }

    /// The tool's own server.
    pub fn of_the_tool(tool: Tool) -> Self {
        Self {
            addr: tool.addr,
            operator: Operator::Token(tool.admin_token.clone()),
            runs: Runs::Tool(tool),
        }
    }

    /// A server that is this task of the caller's own runtime.
    pub fn of_a_task(addr: SocketAddr, admin_token: String, task: JoinHandle<()>) -> Self {
        Self {
            addr,
            operator: Operator::Token(admin_token),
            runs: Runs::Task(task),
        }
    }

    /// A server over this table.
    pub fn over(embedded: Embedded) -> Self {
        Self::run(Options::local(embedded).unwrap())
    }

    /// A server over this table whose requests may work for so long, for tests
    /// that are about what many of them come to, not about how fast a machine is.
    pub fn patient(embedded: Embedded, time_budget: Duration) -> Self {
        let mut options = Options::local(embedded).unwrap();
        options.limits.time_budget = time_budget;
        Self::run(options)
    }

    /// A server that is started so.
    pub fn run(options: Options) -> Self {
        let (started, start_seen) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        std::thread::spawn(move || {
            let runtime = Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let running = start(options).await.unwrap();
                started
                    .send((running.addr(), running.admin_token().to_owned()))
                    .unwrap();
                // The sender is dropped with the server.
                let _ = stopped.await;
                running.shutdown().await;
            });
        });
        let (addr, admin_token) = start_seen.recv().expect("the server did not start");
        Self {
            addr,
            operator: Operator::Token(admin_token),
            runs: Runs::Process(Some(stop)),
        }
    }

    /// The socket it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:{port}`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// A realm's Tenant URL.
    pub fn tenant_url(&self, realm: &str) -> String {
        format!("{}/realms/{realm}/scim/v2", self.origin())
    }

    /// What a request meets first.
    pub fn front(&self) -> Front {
        match &self.runs {
            Runs::Process(_) | Runs::Task(_) | Runs::Tool(_) => Front::Process,
            Runs::Deployment(_) => Front::Gateway,
        }
    }

    /// The deployment, where it is one.
    #[track_caller]
    pub fn deployment(&self) -> &Deployment {
        match &self.runs {
            Runs::Deployment(deployment) => deployment,
            Runs::Process(_) | Runs::Task(_) | Runs::Tool(_) => {
                panic!("one process is no deployment")
            }
        }
    }

    /// How an administrator proves to be one.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// The administrator's token; no token at all where there are none.
    pub fn admin_token(&self) -> &str {
        match &self.operator {
            Operator::Token(token) => token,
            Operator::Iam(_) => "msta_there_is_none_on_aws",
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        match &mut self.runs {
            Runs::Process(stop) => {
                if let Some(stop) = stop.take() {
                    let _ = stop.send(());
                }
            }
            Runs::Task(task) => task.abort(),
            Runs::Tool(_) | Runs::Deployment(_) => {}
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}
