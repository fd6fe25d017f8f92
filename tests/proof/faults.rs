//! Every call of every operation struck, in every way.

use clap::Args;
use muster_tests::proof::faults::blow::Blow;
use muster_tests::proof::faults::rows;
use muster_tests::proof::faults::run::{Effort, Extent, Figures, run};
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::runtime::Builder;

/// How many cases were tried.
static TRIED: AtomicUsize = AtomicUsize::new(0);

/// Faults of the table at every call of every operation.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// How many members a big change has.
    #[arg(long, default_value_t = 300)]
    members: usize,
    /// How many pairs of faults, for each group of operations.
    #[arg(long, default_value_t = 200)]
    pairs: usize,
    /// What the pairs are chosen from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One group of operations alone.
    #[arg(long)]
    only: Option<String>,
}

/// Runs all of it.
pub(super) fn run_all(options: &Options) -> ExitCode {
    let extent = Extent {
        once: Blow::PASSING.into_iter().chain(Blow::DEATHS).collect(),
        lasting: vec![
            Blow::Error,
            Blow::Throttle,
            Blow::Conflict,
            Blow::LostAnswer,
            Blow::Silence,
            Blow::LateAnswer,
        ],
        size: options.members,
        at_once: 32,
        effort: Effort::Whole,
        pairs: (options.pairs, options.seed),
    };
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    let mut all = Figures::default();
    let only = |name: &str| options.only.as_deref().is_none_or(|only| only == name);
    for (name, operations) in rows::GROUPS.iter().filter(|(name, _)| only(name)) {
        let begun = Instant::now();
        let figures = runtime.block_on(run(operations(options.members), &extent, tell));
        let (survived, broken) = (figures.survived(), figures.broken.len());
        let seconds = begun.elapsed().as_secs();
        println!("\r{name}: {survived} survived, {broken} not; {seconds} s");
        for why in &figures.broken {
            println!("  {why}");
        }
        all.add(figures);
    }
    println!();
    for (operation, (calls, cases)) in &all.operations {
        println!("{operation}: {calls} calls, {cases} cases survived");
    }
    for (blow, (cases, struck)) in &all.blows {
        println!("{blow}: {cases} cases survived, {struck} calls struck");
    }
    println!("{} cases came to no such call", all.missed);
    let failed = all.broken.len();
    println!("{} passed, {failed} failed", all.survived());
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn tell() {
    let tried = TRIED.fetch_add(1, Ordering::Relaxed) + 1;
    if tried.is_multiple_of(50) {
        print!("\r{tried} cases tried");
        let _ = std::io::stdout().flush();
    }
}
