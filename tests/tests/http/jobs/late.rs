//! A process that stood still in a job and goes on when others have finished it
//! and more has followed: nothing changes any more.

use super::end::{Frozen, Which, chunk, closing, forgetting};
use super::place::{Process, named};
use super::world::World;
use muster::embedded::{CallInfo, Fault, ItemKey};
use muster_tests::table::AFTER_THE_LEASE;
use muster_tests::urn;
use scim::ErrorKind;
use scim::patch::MemberOp;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use store::{Kind, Progress};

type Stand = (&'static str, fn() -> Which);

/// Where a process stands still.
const PLACES: [Stand; 4] = [
    ("before its first chunk", || chunk(1)),
    ("between its chunks", || chunk(2)),
    ("before the group forgets the job", forgetting),
    ("before the record goes", closing),
];

impl World {
    /// What there is of the group, its members and its jobs.
    async fn state(&self) -> Vec<BTreeMap<String, String>> {
        let mut state = Vec::new();
        for partition in ["G", "J", "U", &format!("M#{}", self.group)] {
            for item in self.place.items(partition).await {
                let told = item
                    .iter()
                    .map(|(name, value)| (name.clone(), format!("{value:?}")));
                let mut told: BTreeMap<String, String> = told.collect();
                // Sets have no order.
                if let Some(groups) = told.get_mut("memberOf") {
                    let mut bytes = groups.clone().into_bytes();
                    bytes.sort_unstable();
                    *groups = String::from_utf8(bytes).unwrap();
                }
                state.push(told);
            }
        }
        state
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wakes_late_changes_nothing() {
    for (place, which) in PLACES {
        let world = World::new(120).await;
        let late = Frozen::at(&world.place, which(), world.replace(&world.new)).await;
        // Others finish the job; members come and go; another job begins and is left.
        let mut members = world.new.clone();
        let (leaving, coming) = (members.pop_first().unwrap(), *world.old.first().unwrap());
        members.insert(coming);
        let change = |op| world.process.change(world.group, op);
        change(MemberOp::Remove(vec![leaving.to_string()]))
            .await
            .unwrap();
        change(MemberOp::Add(named([&coming]))).await.unwrap();
        let dead = Frozen::at(&world.place, chunk(2), world.replace(&world.old)).await;
        dead.dies().await;
        let before = world.state().await;
        assert!(
            before.iter().any(|item| item.contains_key("steps")),
            "nothing is left"
        );
        late.goes_on().await.unwrap();
        let after = world.state().await;
        // But for the record of its own job, which nothing else is found by.
        let own = |item: &&BTreeMap<String, String>| item.contains_key("lease");
        assert!(before.iter().filter(own).count() >= after.iter().filter(own).count());
        let rest = |state: Vec<BTreeMap<String, String>>| -> Vec<_> {
            state
                .into_iter()
                .filter(|item| !item.contains_key("lease"))
                .collect()
        };
        assert_eq!(rest(before), rest(after), "{place}");
        assert!(world.has(&world.old).await, "{place}");
        world.place.work().await;
        world.place.is_at_rest(world.old.len(), place).await;
    }
}

/// Two who work on one chunk of which one transaction no longer holds all: its
/// members have grown since it was made, and one of them is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_taken_in_part_by_another_is_not_taken_for_done() {
    let world = World::new(120).await;
    let maker = Frozen::at(&world.place, chunk(1), world.replace(&world.new)).await;
    maker.dies().await;
    let mut expected = world.new.clone();
    let gone = expected.pop_first().unwrap();
    world.process.delete(Kind::User, gone).await.unwrap();
    let client = &world.place.client;
    for user in &expected {
        let body = json!({"schemas": [urn::USER], "userName": user.to_string(), "title": "x".repeat(200_000)});
        client.put(&format!("/Users/{user}"), &body).await.is(200);
    }
    let job = world.process.jobs().await.pop().unwrap();
    let work = |later: i32| {
        let job = job.clone();
        async move |process: Process| process.later(AFTER_THE_LEASE * later).work(&job).await
    };
    // One stands still with the chunks as they were in its hands,
    let first = Frozen::at(&world.place, chunk(1), work(1)).await;
    // the other dies when it has taken some of them.
    let second = Frozen::at(&world.place, after_a_part(), work(2)).await;
    second.dies().await;
    let done = first.goes_on().await;
    assert_eq!(done.unwrap(), Progress::Finished);
    assert!(world.has(&expected).await);
    world.place.is_at_rest(expected.len(), "in part").await;
}

/// The transaction that follows upon one which has taken a part of a chunk: has
/// updated, not deleted it.
fn after_a_part() -> Which {
    let mut is_after = false;
    Box::new(move |call| {
        if call.operation != "TransactWriteItems" {
            return false;
        }
        let is_chunk = |key: &ItemKey| key.sk.as_ref().is_some_and(|sk| sk.starts_with("CHUNK#"));
        let at = call.keys.iter().position(is_chunk);
        let is_part = at.is_some_and(|at| call.actions[at] == "UpdateItem");
        let was = is_after;
        is_after |= is_part;
        was
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_told_of_where_jobs_are_worked_on() {
    let world = World::new(120).await;
    let lost = |call: &CallInfo| match &*call.operation {
        "TransactWriteItems" => Fault::LostAnswer,
        _ => Fault::None,
    };
    let process = world.place.process_with(lost).await;
    let mut process = process.hurried(Duration::from_secs(3));
    let (leftovers, mut told) = tokio::sync::mpsc::unbounded_channel();
    process.store = process.store.clone().with_leftovers(leftovers);
    let refused = world.replace(&world.new)(process).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused}");
    let job = told.try_recv().expect("nobody is told of the job");
    let worker = world.place.process().await.later(AFTER_THE_LEASE);
    assert_eq!(worker.work(&job).await.unwrap(), Progress::Finished);
    assert!(world.has(&world.new).await);
    world
        .place
        .is_at_rest(world.new.len(), "a lost commit")
        .await;
}
