//! Isolation at length: random requests and the keys that they touch; or how long
//! refusals take.

use clap::Args;
use fastrand::Rng;
use muster_tests::proof::isolation::knocks::Gate;
use muster_tests::proof::isolation::timing::{compare, measure};
use muster_tests::proof::isolation::world::{Report, World};
use std::process::ExitCode;

/// After so many requests the realms are made anew.
const A_WORLD: usize = 2_000;

/// How many requests, or whether refusals are timed.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Random requests.
    #[arg(long, default_value_t = 50_000)]
    requests: usize,
    /// What chooses the requests.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Instead, time this many refusals of every kind.
    #[arg(long, num_args = 0..=1, default_missing_value = "1000")]
    timing: Option<usize>,
}

pub(crate) fn run(options: &Options) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    match options.timing {
        Some(samples) => runtime.block_on(timing(samples, options.seed)),
        None => runtime.block_on(requests(options)),
    }
}

async fn requests(options: &Options) -> ExitCode {
    let mut rng = Rng::with_seed(options.seed);
    let mut report = Report::default();
    let mut left = options.requests;
    while left > 0 {
        let some = left.min(A_WORLD);
        let mut world = World::new().await;
        world.ask(some, &mut rng, &mut report).await;
        world.end(&mut report).await;
        left -= some;
        println!("{}", report.line());
    }
    for stray in &report.strays {
        println!("seed {}: {stray}", options.seed);
    }
    let failed = report.strays.len();
    println!(
        "{} passed, {failed} failed",
        report.requests.saturating_sub(failed)
    );
    ExitCode::from(u8::from(failed > 0))
}

/// It tells figures and judges nothing: how loaded the machine is shows in them.
async fn timing(samples: usize, seed: u64) -> ExitCode {
    let gate = Gate::new().await;
    let taken = measure(&gate, samples, seed).await;
    let (first, base) = &taken[0];
    println!("{samples} refusals of each kind, in turn; nanoseconds");
    println!("{:>8}  {}", compare(base, base, seed).first, first.why);
    for (way, times) in &taken[1..] {
        let told = compare(base, times, seed);
        let (low, high) = told.interval;
        println!(
            "{:>8}  {}: {low:+} to {high:+} (t {:.1})",
            told.second, way.why, told.t
        );
    }
    println!("{} passed, 0 failed", taken.len());
    ExitCode::SUCCESS
}
