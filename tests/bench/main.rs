//! The benchmark: how many requests a second one machine answers, over HTTP, every write durable.
//!
//! ```text
//! cargo run --release -p muster-tests --bin bench
//! cargo run --release -p muster-tests --bin bench -- --url http://HOST/realms/R/scim/v2 --token mst_…
//! ```
//!
//! Without `--url` it builds `muster` and starts it as a child process on a fresh data file, so that
//! what is measured is the program people run. Client and server share the machine: the client is
//! one thread, and cheap. Here live the command line and the table that is printed; what is asked
//! is in `operations`, how it is timed in `measure`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for the terminal: the table it prints is its purpose"
)]

mod client;
mod measure;
mod operations;
mod server;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::client::Target;
use crate::measure::Sample;
use crate::operations::{OPERATIONS, Operation, World};
use crate::server::Server;

/// Whatever goes wrong ends the benchmark with one sentence.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Measures a SCIM server.
#[derive(Debug, Parser)]
struct Options {
    /// Tenant URL of a running server (plain HTTP); what is created there stays there.
    #[arg(long, requires = "token")]
    url: Option<String>,
    /// Secret token for `--url`.
    #[arg(long, requires = "url")]
    token: Option<String>,
    /// Connections kept open, each with one request under way.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// How long each operation is measured.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

fn main() -> ExitCode {
    match benchmark(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn benchmark(options: &Options) -> Result<()> {
    let (own, target) = match (&options.url, &options.token) {
        (Some(url), Some(token)) => (None, Target::new(url, token)?),
        _ => {
            let server = Server::start()?;
            let target = Target::new(server.url(), server.token())?;
            (Some(server), target)
        }
    };
    // One thread: the server gets the rest of the machine.
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(run(&target, options));
    drop(own);
    outcome
}

async fn run(target: &Target, options: &Options) -> Result<()> {
    let connections = options.connections.max(1);
    let duration = Duration::try_from_secs_f64(options.seconds)?;
    let world = World::build(target, connections).await?;
    println!(
        "{connections} connections, {:.1} s an operation, {} users, a group of {}\n",
        duration.as_secs_f64(),
        world.users(),
        world.members(),
    );
    println!(
        "{:<34}{:>9}{:>9}{:>9}{:>9}",
        "operation", "ops/s", "aim", "p50 ms", "p99 ms"
    );
    for operation in OPERATIONS {
        let sample = measure::run(target, &world, operation, connections, duration).await?;
        println!("{}", row(operation, &sample));
    }
    Ok(())
}

fn row(operation: &Operation, sample: &Sample) -> String {
    format!(
        "{:<34}{:>9.0}{:>9}{:>9.2}{:>9.2}",
        operation.name,
        sample.per_second(),
        operation.aim,
        sample.percentile(50).as_secs_f64() * 1e3,
        sample.percentile(99).as_secs_f64() * 1e3,
    )
}
