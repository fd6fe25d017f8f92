//! Processes killed at every call of a big change, at full size.
//!
//! ```text
//! cargo run --release -p muster-tests --bin jobs
//! cargo run --release -p muster-tests --bin jobs -- --members 1000
//! ```
//!
//! What is done is what `tests/tests/http/jobs` does with fewer members; here are
//! the command line and the line of progress.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
#![allow(
    dead_code,
    reason = "the tests of the target `http` use more of these modules"
)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for the terminal"
)]

#[path = "../tests/http/jobs/end.rs"]
mod end;
#[path = "../tests/http/jobs/killed.rs"]
mod killed;
#[path = "../tests/http/jobs/place.rs"]
mod place;

use clap::Parser;
use end::Blow;
use killed::Killed;
use muster::embedded::Embedded;
use muster_tests::Server;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// Kills processes at every call of a replace and of a deletion.
#[derive(Debug, Parser)]
struct Options {
    /// How many members a group has.
    #[arg(long, default_value_t = 5_000)]
    members: usize,
}

/// A server whose requests may work for so long.
fn patient(embedded: Embedded, time_budget: Duration) -> Server {
    Server::patient(embedded, time_budget)
}

/// How many processes were killed.
static DEAD: AtomicUsize = AtomicUsize::new(0);

fn tell(_: usize) {
    let dead = DEAD.fetch_add(1, Ordering::Relaxed) + 1;
    eprint!("\r{dead} processes killed");
}

fn main() -> ExitCode {
    let members = Options::parse().members;
    let passed = Mutex::new(0);
    let report = |what: &str, work: &dyn Fn() -> Killed| {
        let begun = Instant::now();
        let Killed { calls, committed } = work();
        let seconds = begun.elapsed().as_secs();
        eprint!("\r");
        println!(
            "{what}: killed at each of {calls} calls, {committed} after the commit; {seconds} s"
        );
        *passed.lock().unwrap() += 1;
    };
    let ended = thread::scope(|scope| {
        let replaces = scope.spawn(|| {
            report("replace", &|| {
                block_on(killed::replaces(Blow::Death, members, members, tell))
            });
        });
        let deletions = scope.spawn(|| {
            report("deletion", &|| {
                block_on(killed::deletions(Blow::Death, members, tell))
            });
        });
        [replaces.join(), deletions.join()]
    });
    let failed = ended.iter().filter(|ended| ended.is_err()).count();
    println!("{} passed, {failed} failed", passed.lock().unwrap());
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}
