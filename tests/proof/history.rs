//! Histories at length: rounds of clients at the same users, names and groups.

use clap::Args;
use muster_tests::proof::history::round::{Bench, Report};
use std::process::ExitCode;

/// After so many rounds there is a new server over a new table.
const A_TABLE: usize = 50;

/// How many rounds of how many clients.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Rounds: of five, two are about names, two about members, one about jobs.
    #[arg(long, default_value_t = 500)]
    rounds: usize,
    /// Clients at the same time in each round.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// Rounds at the same time.
    #[arg(long, default_value_t = 5)]
    at_a_time: usize,
    /// What chooses requests and faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(options: &Options) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut whole = Report::default();
    for first in (0..options.rounds).step_by(A_TABLE) {
        let bench = Bench::new(options.seed.wrapping_add(first as u64), options.clients);
        let rounds = first..options.rounds.min(first + A_TABLE);
        let report = runtime.block_on(bench.rounds(rounds, options.at_a_time, |_| ()));
        whole.absorb(report);
        println!("{}", whole.line());
    }
    let failures = whole.failures();
    for failure in &failures {
        println!("seed {}: {failure}", options.seed);
    }
    let failed = failures.len();
    let passed = (whole.judgement.histories + whole.rounds).saturating_sub(failed);
    println!("{passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}
