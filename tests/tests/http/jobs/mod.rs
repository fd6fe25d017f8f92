//! Changes of more members than one transaction holds: a small transaction makes
//! them true, a job does the rest, whoever finishes it and whenever.
//!
//! Here are processes that are killed or stand still at any of their calls of
//! the table, others that come upon what they have left, and readers.

mod end;
mod killed;
mod late;
mod leases;
mod orders;
pub(super) mod place;
mod races;
mod world;

use end::Blow;

/// 400 members in nine chunks: `cargo run --release -p muster-tests --bin jobs`
/// does the same with 10,000.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replace_killed_at_any_call_is_whole() {
    for blow in [Blow::Death, Blow::Loss] {
        let killed = killed::replaces(blow, 210, 190, |_| ()).await;
        // Nine transactions, what is left asked for, the mark cleared, the record gone.
        assert!(
            killed.committed >= 12 && killed.calls > killed.committed,
            "{killed:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_killed_at_any_call_is_whole() {
    for blow in [Blow::Death, Blow::Loss] {
        let killed = killed::deletions(blow, 210, |_| ()).await;
        // Five transactions, edges and members read before and after, the record gone.
        assert!(
            killed.committed >= 9 && killed.calls > killed.committed,
            "{killed:?}"
        );
    }
}

/// At these sizes every page, batch and window has a next one, but for those in
/// which a reader takes chunks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replace_whose_workers_are_killed_again_and_again_is_whole() {
    let generations = killed::generations(1_010, 600).await;
    assert!(generations > 5, "{generations}");
}
