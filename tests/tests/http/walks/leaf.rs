//! Pages that begin within a leaf of the counters which many users share: it is
//! passed over from its nearer end.

use crate::answers::timing::metrics;
use crate::jobs::place::Place;
use muster_tests::Call;
use std::collections::BTreeSet;
use store::ResourceId;

/// Users of one leaf, and of the two beside it.
const CROWDED: u8 = 40;
const BESIDE: u8 = 3;

#[tokio::test]
async fn a_page_begins_at_its_index_wherever_that_is_in_a_leaf() {
    let place = Place::fresh("w-leaf").await;
    let process = place.process().await;
    let mut ids = BTreeSet::new();
    let long = "x".repeat(1_000);
    // Ids begin with the twelve bits that name their leaf.
    for (second, users) in [(0x1f, BESIDE), (0x2f, CROWDED), (0x3f, BESIDE)] {
        for n in 0..users {
            let mut bits = [n.wrapping_mul(97); 16];
            (bits[0], bits[1]) = (0x80, second);
            let id = ResourceId::from_random(bits);
            process
                .user(id, &format!("{second}-{n}{long}@example.net"))
                .await;
            ids.insert(id.to_string());
        }
    }
    let ids = Vec::from_iter(ids);
    let page = async |start: usize, count: usize| {
        let path = format!(
            "/Users?startIndex={}&count={count}&attributes=id",
            start + 1
        );
        let call = Call::get(&path).header("prefer", "server-timing");
        let answer = place.client.send(call).await;
        let users = answer.resources().into_iter();
        let found: Vec<String> = users
            .map(|user| user["id"].as_str().unwrap().to_owned())
            .collect();
        (found, metrics(&answer)["read-units"])
    };
    let mut cost = Vec::new();
    for start in 0..ids.len() {
        for count in [1, 5, 100] {
            let (found, units) = page(start, count).await;
            let end = ids.len().min(start + count);
            assert_eq!(found, ids[start..end], "from {start}, {count}");
            if count == 1 {
                cost.push(units);
            }
        }
    }
    // The end of the leaf costs as little as its start.
    let (first, last) = (usize::from(BESIDE), usize::from(BESIDE + CROWDED) - 1);
    let middle = (first + last) / 2;
    assert!(cost[last] < cost[middle], "{cost:?}");
    assert!(cost[first] < cost[middle], "{cost:?}");
}
