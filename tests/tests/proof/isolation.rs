//! No request of a realm touches a key of another, and nobody who is not let in
//! learns what there is.

use fastrand::Rng;
use muster_tests::Call;
use muster_tests::proof::isolation::knocks::{Face, Gate, Looks};
use muster_tests::proof::isolation::requests::routes;
use muster_tests::proof::isolation::world::{Report, World};
use serde_json::json;
use std::time::{Duration, Instant};

/// The same requests each time.
const SEED: u64 = 20_251_126;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_of_a_realm_touches_a_key_of_another() {
    let mut report = Report::default();
    let mut world = World::new().await;
    world
        .ask(1_500, &mut Rng::with_seed(SEED), &mut report)
        .await;
    world.end(&mut report).await;
    let shown = report.strays.iter().take(5).cloned().collect::<Vec<_>>();
    assert!(
        report.strays.is_empty(),
        "seed {SEED}\n{}",
        shown.join("\n")
    );
    for route in routes() {
        let name = format!("{} {}", route.method, route.path);
        assert!(report.routes.contains_key(&name), "{name} was not asked");
    }
    let reached = report.routes.iter().filter(|(_, (_, good))| *good == 0);
    let never: Vec<&String> = reached.map(|(name, _)| name).collect();
    // `/Me` is 501 for everybody.
    assert!(
        never.iter().all(|name| name.ends_with("/Me")),
        "never with success: {never:?}"
    );
}

/// The first five failures at a name are recorded, later ones are not.
const RECORDED: usize = 5;
/// Nobody is told sooner that he is not let in.
const PACE: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_let_in_learns_nothing() {
    let gate = Gate::new().await;
    let mut seen: Vec<(Looks, usize, Face)> = Vec::new();
    for way in &gate.ways {
        for n in 0..RECORDED + 3 {
            let call = match n % 3 {
                0 => Call::get("/Users"),
                1 => Call::new("POST", "/Users").json(&json!({"userName": "new"})),
                _ => Call::get("/ServiceProviderConfig"),
            };
            let begun = Instant::now();
            let face = gate.knock(way, call).await;
            // Nor by how soon: also where nothing is looked up, and nothing recorded.
            assert!(begun.elapsed() >= PACE, "{way:?}: {:?}", begun.elapsed());
            assert_eq!(face.status, 401, "{way:?}: {face:?}");
            let (looks, recorded) = (way.looks, n / RECORDED);
            let first = seen
                .iter()
                .find(|(of, at, _)| (*of, *at) == (looks, recorded));
            match first {
                Some((.., first)) => assert_eq!(face, *first, "{}", way.why),
                None => seen.push((looks, recorded, face)),
            }
        }
    }
    let [.., (_, _, one), (_, _, other)] = seen.as_slice() else {
        panic!("{seen:?}");
    };
    assert_eq!(seen.len(), 4, "{seen:?}");
    for (looks, recorded, face) in &seen {
        // Text and headers are the same whatever is wrong.
        assert_eq!(face.headers, one.headers);
        assert_eq!(face.body, other.body);
        let operations: Vec<&str> = face.calls.iter().map(|(name, _)| name.as_str()).collect();
        let expected: &[&str] = match (looks, recorded) {
            (Looks::Up, 0) => &["BatchGetItem", "TransactWriteItems"],
            (Looks::Up, _) => &["BatchGetItem"],
            (Looks::Nowhere, 0) => &["TransactWriteItems"],
            (Looks::Nowhere, _) => &[],
        };
        assert_eq!(operations, expected, "{face:?}");
    }
}
