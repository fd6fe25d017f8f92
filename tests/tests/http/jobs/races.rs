//! Many at once: two who set a big group's members as a whole, many who change
//! one member each, and readers.

use super::place::{Ids, Place, named};
use muster::embedded::Embedded;
use muster_tests::Answer;
use scim::patch::MemberOp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::ResourceId;

/// Transactions hold their items this long: long enough to overlap.
const HOLD: Duration = Duration::from_millis(3);

/// What a request says of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    In,
    Out,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn big_replaces_and_small_changes_end_as_some_order_says() {
    let place = Place::new(Embedded::memory().unwrap().with_conflicts(HOLD), "races").await;
    let process = place.process().await;
    let users = process.users(260).await;
    // 120 in either set, 20 in none.
    let set =
        |n: usize| -> Vec<ResourceId> { users[20..].iter().skip(n).step_by(2).copied().collect() };
    let sets = [set(0), set(1)];
    let group = process.group("Races", &sets[0]).await.unwrap();
    let path = format!("/Groups/{group}");
    let values = |ids: &[ResourceId]| {
        Value::from_iter(ids.iter().map(|id| json!({"value": id.to_string()})))
    };
    let send = |op: &'static str, value: Value| {
        let (client, path) = (place.client.clone(), path.clone());
        let operations = json!([{"op": op, "path": "members", "value": value}]);
        tokio::spawn(async move { client.patch(&path, operations).await })
    };
    // Each user is in one small request at most; of those who are in either set, too.
    let small: Vec<(ResourceId, Word)> = users
        .iter()
        .take(60)
        .zip([Word::In, Word::Out].into_iter().cycle())
        .map(|(id, word)| (*id, word))
        .collect();
    let mut replaces = Vec::new();
    let mut smalls = Vec::new();
    for (n, some) in small.chunks(15).enumerate() {
        replaces.push(send("replace", values(&sets[n % 2])));
        for (id, word) in some {
            let op = if *word == Word::In { "add" } else { "remove" };
            smalls.push(send(op, values(&[*id])));
        }
    }
    let mut accepted = Vec::new();
    for replace in replaces {
        accepted.push(is_accepted(&replace.await.unwrap()));
    }
    let mut heard = Vec::new();
    for change in smalls {
        heard.push(is_accepted(&change.await.unwrap()));
    }
    assert!(accepted.contains(&true), "no replace came through");
    place.work().await;
    let members = process.members(group).await.unwrap();
    // The last of the replaces, then some of the small ones: whatever one has
    // said of a user may have been said before or after.
    let fits = |set: &Vec<ResourceId>| {
        users.iter().all(|user| {
            let is = members.contains(user);
            let word = small.iter().position(|(id, _)| id == user);
            let said = word.is_some_and(|n| is == (small[n].1 == Word::In));
            said || is == set.contains(user)
        })
    };
    assert!(sets.iter().any(fits), "a mixture of two replaces");
    place.is_at_rest(members.len(), "after the races").await;
    // Who was heard after all of them is heard.
    let add = json!([{"op": "add", "path": "members", "value": values(&users[..60])}]);
    place.client.patch(&path, add).await.is(204);
    let members = process.members(group).await.unwrap();
    assert!(users[..60].iter().all(|user| members.contains(user)));
}

/// Whether a change was made; else it is refused for want of time, which may be repeated.
#[track_caller]
fn is_accepted(answer: &Answer) -> bool {
    if answer.status == 204 {
        return true;
    }
    assert!(matches!(answer.status, 429 | 503), "{answer:?}");
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    false
}

/// Reads the members again and again while two disjoint sets take turns.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_sees_one_set_or_the_other() {
    let place = Place::fresh("turns").await;
    let process = place.process().await;
    let users = process.users(400).await;
    let set = |n: usize| -> Ids { users.iter().skip(n).step_by(2).copied().collect() };
    let sets = [set(0), set(1)];
    let first = Vec::from_iter(sets[0].iter().copied());
    let group = process.group("Turns", &first).await.unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (over, sets, embedded) = (Arc::clone(&over), sets.clone(), place.embedded.clone());
            tokio::spawn(async move {
                let process = super::place::Process::over(&embedded, "turns").await;
                let mut seen = [0, 0];
                while !over.load(Ordering::SeqCst) {
                    let members = process.members(group).await.unwrap();
                    let which = sets.iter().position(|set| *set == members);
                    seen[which.expect("a half of each")] += 1;
                }
                seen
            })
        })
        .collect();
    for n in 1..=10 {
        let replace = MemberOp::Replace(named(&sets[n % 2]));
        process.change(group, replace).await.unwrap();
    }
    over.store(true, Ordering::SeqCst);
    for reader in readers {
        let seen = reader.await.unwrap();
        assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
    }
    place.is_at_rest(200, "after the turns").await;
}
