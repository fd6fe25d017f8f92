//! Random operations against the reference model, for as many as are asked for.

use clap::Args;
use muster_tests::proof::model::run::{Census, Course, run as stream};
use muster_tests::proof::model::shrink;
use std::process::ExitCode;
use std::time::Instant;
use tokio::runtime::Builder;

/// How many operations a stream has.
const STREAM: usize = 250;
/// How many streams run side by side.
const BESIDE: u64 = 4;
/// Each so-manieth stream meets the end of a realm, which has to be waited for.
const ENDING: u64 = 20;
/// After how many disagreements it is enough.
const ENOUGH: usize = 5;

/// What is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many operations are compared, at least.
    #[arg(long, default_value_t = 50_000)]
    operations: usize,
    /// Of the first stream; the others follow it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs them.
pub(crate) fn run(options: &Options) -> ExitCode {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(compare(options))
}

async fn compare(options: &Options) -> ExitCode {
    let started = Instant::now();
    let mut all = Census::default();
    let mut failed = 0;
    let mut seed = options.seed;
    while all.operations < options.operations && failed < ENOUGH {
        let streams = (seed..seed + BESIDE).map(|seed| {
            let course = match seed % ENDING {
                0 => Course::WithAnEnd,
                _ => Course::Even,
            };
            stream(seed, STREAM, course)
        });
        for done in futures_util::future::join_all(streams).await {
            match done {
                Ok(census) => all.add(&census),
                Err((script, failure)) => {
                    failed += 1;
                    println!("{}\n", shrink::report(script, failure).await);
                }
            }
        }
        seed += BESIDE;
        let seconds = started.elapsed().as_secs();
        println!(
            "{} operations, {} streams, {seconds} s",
            all.operations, all.streams
        );
    }
    println!("\n{:<24} {:>9} {:>9}", "operation", "accepted", "refused");
    for (name, (accepted, refused)) in &all.kinds {
        println!("{name:<24} {accepted:>9} {refused:>9}");
    }
    for (answer, n) in &all.answers {
        println!("{answer:<24} {n:>9}");
    }
    for name in all.one_sided() {
        failed += 1;
        println!("`{name}` was never accepted, or never refused: that proves nothing");
    }
    println!(
        "{} operations compared in {} streams",
        all.operations, all.streams
    );
    println!("{} passed, {failed} failed", all.streams);
    match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
