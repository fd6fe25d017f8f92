//! What is written down for a change: whose it is, how long it lasts, and when
//! the worker takes it up.

use super::end::{Blow, Frozen, Which, chunk, commit};
use super::place::{Process, named};
use super::world::World;
use jiff::{SignedDuration, Timestamp};
use muster_tests::table::{AFTER_THE_LEASE, Item};
use scim::patch::MemberOp;
use std::time::Duration;
use store::{Kind, Progress};

/// How long a chunk lasts that nobody works on, in seconds, and some for the test itself.
const LIFE: i64 = 400 * 24 * 3_600 + 600;
/// How long a job is left to whoever works on it, in milliseconds.
const LEASE: i64 = 15_000;

impl World {
    async fn chunks(&self) -> Vec<Item> {
        let mut items = self.place.items("J").await;
        items.retain(|item| item.contains_key("steps"));
        items
    }

    /// Until when the one job there is belongs to somebody.
    async fn lease(&self) -> i64 {
        let items = self.place.items("J").await;
        let lease = items.iter().find_map(|item| item.get("lease"));
        number(lease.unwrap())
    }
}

fn number(value: &aws_sdk_dynamodb::types::AttributeValue) -> i64 {
    value.as_n().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_down_and_not_made_true_is_nothing_and_expires() {
    let world = World::new(120).await;
    let before = world.process.record(world.group).await;
    let now = Timestamp::now().as_second();
    Frozen::at(&world.place, commit(), world.replace(&world.new))
        .await
        .dies()
        .await;
    let chunks = world.chunks().await;
    assert_eq!(chunks.len(), 240_usize.div_ceil(49));
    for chunk in &chunks {
        let ttl = number(&chunk["ttl"]);
        assert!((now..now + LIFE).contains(&ttl), "{ttl} at {now}");
    }
    assert_eq!(
        world.place.items("J").await.len(),
        chunks.len(),
        "there is no job"
    );
    assert_eq!(world.process.record(world.group).await, before);
    assert!(world.has(&world.old).await);
    // The table takes away what was written down long ago, and that alone.
    let (group, replace) = (world.group, MemberOp::Replace(named(&world.new)));
    let week = async move |process: Process| {
        let process = process.later(SignedDuration::from_hours(-401 * 24));
        process.change(group, replace).await.map(drop)
    };
    Frozen::at(&world.place, commit(), Box::new(week))
        .await
        .dies()
        .await;
    assert_eq!(world.chunks().await.len(), 2 * chunks.len());
    assert_eq!(world.place.embedded.sweep().unwrap(), chunks.len());
    assert_eq!(world.chunks().await, chunks);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lost_its_race_is_discarded() {
    let world = World::new(120).await;
    let slow = Frozen::at(&world.place, commit(), world.replace(&world.new)).await;
    // The group moves on: what was planned does not hold.
    let member = world.old.first().unwrap();
    let remove = MemberOp::Remove(vec![member.to_string()]);
    world.process.change(world.group, remove).await.unwrap();
    slow.goes_on().await.unwrap();
    assert!(world.has(&world.new).await);
    world
        .place
        .is_at_rest(world.new.len(), "after a lost race")
        .await;
    // And when the group is gone.
    let (group, add) = (world.group, MemberOp::Add(named(&world.old)));
    let slow = async move |process: Process| process.change(group, add).await.map(drop);
    let slow = Frozen::at(&world.place, commit(), slow).await;
    world
        .process
        .delete(Kind::Group, world.group)
        .await
        .unwrap();
    world.place.work().await;
    let refused = slow.goes_on().await.unwrap_err();
    assert_eq!(refused.kind(), scim::ErrorKind::NotFound, "{refused:?}");
    world
        .place
        .is_at_rest(0, "after the end of its group")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_worker_waits_for_the_lease_and_takes_it() {
    let world = World::new(120).await;
    Frozen::at(&world.place, chunk(1), world.replace(&world.new))
        .await
        .dies()
        .await;
    let (left, lease) = (world.chunks().await.len(), world.lease().await);
    let job = world.process.jobs().await.pop().unwrap();
    // Whoever made the job may be at work: the worker's time ends before the lease does.
    let soon = world
        .place
        .process()
        .await
        .hurried(Duration::from_millis(2_200));
    assert_eq!(soon.work(&job).await.unwrap(), Progress::Unfinished);
    assert_eq!(
        (world.chunks().await.len(), world.lease().await),
        (left, lease)
    );
    // It is over: a worker takes it, and another waits for that one.
    let work = |later: SignedDuration| {
        let job = job.clone();
        async move |process: Process| {
            let process = process.later(later).hurried(Duration::from_millis(2_200));
            process.work(&job).await
        }
    };
    let (worker, doom) = world.place.doomed(Blow::Death, 3).await;
    let worker = worker.later(AFTER_THE_LEASE);
    assert!(doom.befalls(worker.work(&job)).await.is_none());
    let taken = world.lease().await;
    assert!(taken >= lease + LEASE, "{taken} after {lease}");
    let another = world.place.process().await;
    assert_eq!(
        work(AFTER_THE_LEASE)(another).await.unwrap(),
        Progress::Unfinished
    );
    assert_eq!(
        (world.chunks().await.len(), world.lease().await),
        (left, taken)
    );
    let last = world.place.process().await;
    assert_eq!(
        work(AFTER_THE_LEASE * 2)(last).await.unwrap(),
        Progress::Finished
    );
    world
        .place
        .is_at_rest(world.new.len(), "after the last")
        .await;
}

/// A third of the lease passes while the chunks of one page are taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_works_for_long_renews_the_lease() {
    let world = World::new(820).await;
    let mut is_next = chunk(33);
    let mut is_chunk = 0;
    let slowly: Which = Box::new(move |call| {
        is_chunk += usize::from(call.operation == "TransactWriteItems");
        // The first is the commit.
        if (2..34).contains(&is_chunk) {
            std::thread::sleep(Duration::from_millis(170));
        }
        is_next(call)
    });
    let begun = Timestamp::now().as_millisecond();
    let slow = Frozen::at(&world.place, slowly, world.replace(&world.new)).await;
    let lease = world.lease().await;
    assert!(lease >= begun + LEASE + LEASE / 3, "{lease} after {begun}");
    slow.goes_on().await.unwrap();
    world.place.is_at_rest(world.new.len(), "renewed").await;
}
