//! Histories of requests at the same time, over a table that fails, are
//! linearizable; and the checker that says so tells those that are from those
//! that are not.

mod checker;
mod late;

use muster_tests::proof::history::round::Bench;

/// The same faults and requests each time, as far as concurrency allows.
const SEED: u64 = 20_251_125;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_history_is_linearizable() {
    let bench = Bench::new(SEED, 8);
    let report = bench.rounds(0..15, 5, |_| ()).await;
    let failures = report.failures();
    let shown: Vec<&str> = failures.iter().map(|text| text.as_str()).collect();
    assert!(failures.is_empty(), "seed {SEED}\n{}", shown.join("\n"));
    let judged = &report.judgement;
    assert!(judged.histories > 100, "{}", report.line());
    assert!(
        report.counts.errors > 20 && report.counts.lost > 20,
        "{}",
        report.line()
    );
    assert!(report.unknown > 10, "{}", report.line());
}
