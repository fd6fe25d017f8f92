//! Every call of every operation struck, at a modest size; at length by
//! `cargo run --release -p muster-tests --bin proof -- faults`.

use muster_tests::proof::faults::blow::Blow;
use muster_tests::proof::faults::rows;
use muster_tests::proof::faults::run::{Effort, Extent, run};
use service::ROUTES;

async fn check(group: &str) {
    let extent = Extent {
        once: vec![
            Blow::Error,
            Blow::LostAnswer,
            Blow::Conflict,
            // To be dead before a call is to be dead after the one before.
            Blow::LastWords,
        ],
        lasting: vec![],
        size: 60,
        at_once: 12,
        effort: Effort::Modest,
        pairs: (0, 0),
    };
    let (_, operations) = rows::GROUPS
        .iter()
        .find(|(name, _)| *name == group)
        .unwrap();
    let operations = operations(extent.size);
    let figures = run(operations, &extent, || ()).await;
    for (operation, (calls, survived)) in &figures.operations {
        assert!(*calls == 0 || *survived > 0, "{operation} was never struck");
    }
    let broken = figures.broken.len();
    let some: Vec<&String> = figures.broken.iter().take(20).collect();
    assert!(broken == 0, "{broken} broken, such as {some:#?}");
}

#[test]
fn every_route_is_struck() {
    let rows = rows::all();
    for route in ROUTES {
        let is = |own: &service::Route| own.path == route.path && own.method == route.method;
        let struck = rows.iter().any(|row| is(row.route()));
        assert!(struck, "nothing strikes {} {}", route.method, route.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users() {
    check("users").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups() {
    check("groups").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs() {
    check("jobs").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads() {
    check("reads").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administration() {
    check("admin").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings() {
    check("settings").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_directory() {
    check("directory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_realm() {
    check("ends").await;
}
