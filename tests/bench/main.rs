//! The benchmark: how many requests a second one machine answers, over HTTP, every write durable.
//!
//! ```text
//! cargo run --release -p muster-tests --bin bench
//! cargo run --release -p muster-tests --bin bench -- --url http://HOST/realms/R/scim/v2 --token mst_…
//! tests/bench/run       and other people's servers beside it, in the same run
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

mod measure;
mod operations;
mod peers;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use muster_tests::lean::{Result, Scratch, Server, Target, build};

use crate::measure::{Sample, Strictness};
use crate::operations::{Operation, World};
use crate::peers::Peer;

/// Measures a SCIM server.
#[derive(Debug, Parser)]
struct Options {
    /// Tenant URL of a running server (plain HTTP); what is created there stays there.
    #[arg(long, requires = "token")]
    url: Option<String>,
    /// Secret token for `--url`.
    #[arg(long, requires = "url")]
    token: Option<String>,
    /// A `muster` that is built already.
    #[arg(long, value_name = "BINARY")]
    muster: Option<PathBuf>,
    /// Connections kept open, each with one request under way.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// How long each operation is measured.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Only the operations whose names have this in them.
    #[arg(long, value_name = "WORDS", default_value = "")]
    only: String,
    /// Another server to be measured in the same run.
    #[arg(long, value_name = "NAME=URL", requires = "peer_token")]
    peer: Vec<Peer>,
    /// Another one that keeps nothing: it is told of beside the others, and judged on reads alone.
    #[arg(long, value_name = "NAME=URL", requires = "peer_token")]
    forgetful: Vec<Peer>,
    /// The token of these servers.
    #[arg(long)]
    peer_token: Option<String>,
}

fn main() -> ExitCode {
    match benchmark(&Options::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn benchmark(options: &Options) -> Result<ExitCode> {
    let (own, target) = match (&options.url, &options.token) {
        (Some(url), Some(token)) => (None, Target::new(url, token)?),
        _ => {
            let binary = match &options.muster {
                Some(binary) => binary.clone(),
                None => build()?,
            };
            let scratch = Scratch::beside(&binary, "bench")?;
            let server = Server::start(&binary, &scratch.path().join("muster.db"))?;
            let target = Target::new(server.url(), server.token()?)?;
            // In this order: the server ends before its data does.
            (Some((server, scratch)), target)
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

async fn run(target: &Target, options: &Options) -> Result<ExitCode> {
    let connections = options.connections.max(1);
    let duration = Duration::try_from_secs_f64(options.seconds)?;
    let world = World::build(target, connections).await?;
    println!(
        "{connections} connections, {:.1} s an operation, {} users, a group of {}\n",
        duration.as_secs_f64(),
        world.users(),
        world.members(),
    );
    if let Some(token) = &options.peer_token {
        let run = peers::Run {
            connections,
            duration,
        };
        let operations: Vec<_> = operations::named(&options.only).collect();
        let muster = (target, &world);
        let forgetful = options.forgetful.iter().cloned().map(Peer::forgetful);
        let peers: Vec<Peer> = options.peer.iter().cloned().chain(forgetful).collect();
        return run.beside(muster, &peers, token, &operations).await;
    }
    println!(
        "{:<36}{:>9}{:>9}{:>9}{:>9}",
        "operation", "ops/s", "aim", "p50 ms", "p99 ms"
    );
    for operation in operations::named(&options.only) {
        let sample = measure::run(
            target,
            &world,
            operation,
            measure::Turns {
                connections,
                first: 0,
                duration,
            },
            Strictness::Exact,
        )
        .await?;
        println!("{}", row(operation, &sample));
    }
    Ok(ExitCode::SUCCESS)
}

fn row(operation: &Operation, sample: &Sample) -> String {
    let aim = operation.aim.map(|aim| aim.to_string());
    format!(
        "{:<36}{:>9.0}{:>9}{:>9.2}{:>9.2}",
        operation.name,
        sample.per_second(),
        aim.unwrap_or_default(),
        sample.percentile(50).as_secs_f64() * 1e3,
        sample.percentile(99).as_secs_f64() * 1e3,
    )
}
