//! A second change that arrives while a job is under way: which order the two
//! have, as a table. Whoever made the job is dead, stands still till the second
//! change is answered, or is slow.

use super::end::{Frozen, Which, chunk, commit};
use super::place::{Ids, PATIENCE};
use super::world::World;
use muster::embedded::{CallInfo, Fault};
use muster_tests::Answer;
use muster_tests::table::audit;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::{Kind, ResourceId};
use tokio::sync::Notify;

/// What the second change is: of a group that is being changed from `old` to `new`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Second {
    Add,
    Remove,
    RemoveFormer,
    RemoveWhere,
    ReplaceByFew,
    ReplaceByMany,
    Clear,
    Put,
    PutWithoutMembers,
    Rename,
    DeleteMember,
    DeleteFormer,
    DeleteGroup,
    Import,
}

type Order = (Second, fn(&World) -> Option<Ids>);

/// Every one of them, and who are members afterwards: `None` when there is no group.
const ORDERS: [Order; 14] = [
    (Second::Add, |w| Some(w.with(w.guest))),
    (Second::Remove, |w| Some(w.without(w.member()))),
    (Second::RemoveFormer, |w| Some(w.new.clone())),
    (Second::RemoveWhere, |w| Some(w.without(w.member()))),
    (Second::ReplaceByFew, |w| Some(w.few())),
    (Second::ReplaceByMany, |w| Some(w.old.clone())),
    (Second::Clear, |_| Some(Ids::new())),
    (Second::Put, |w| Some(w.few())),
    (Second::PutWithoutMembers, |w| Some(w.new.clone())),
    (Second::Rename, |w| Some(w.new.clone())),
    (Second::DeleteMember, |w| Some(w.without(w.member()))),
    (Second::DeleteFormer, |w| Some(w.new.clone())),
    (Second::DeleteGroup, |_| None),
    (Second::Import, |w| Some(w.with(w.guest))),
];

/// What becomes of whoever made the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Maker {
    Dead,
    /// It stands still in its second chunk, till the second change is answered.
    Still,
    /// Each of its transactions takes a while.
    Slow,
}

impl World {
    fn member(&self) -> ResourceId {
        *self.new.iter().nth(20).unwrap()
    }

    fn former(&self) -> ResourceId {
        *self.old.iter().nth(20).unwrap()
    }

    fn with(&self, id: ResourceId) -> Ids {
        self.new.iter().copied().chain([id]).collect()
    }

    fn without(&self, id: ResourceId) -> Ids {
        self.new.iter().copied().filter(|it| *it != id).collect()
    }

    /// One of each.
    fn few(&self) -> Ids {
        Ids::from([self.member(), self.former(), self.guest])
    }

    /// The second change, which must be accepted.
    async fn second(&self, second: Second) {
        let client = &self.place.client;
        let group = format!("/Groups/{}", self.group);
        let values =
            |ids: &Ids| Value::from_iter(ids.iter().map(|id| json!({"value": id.to_string()})));
        let patch = async |op: &str, path: String, value: Value| {
            let mut operation = json!({"op": op, "path": path, "value": value});
            if value.is_null() {
                operation.as_object_mut().unwrap().remove("value");
            }
            client.patch(&group, json!([operation])).await.is(204);
        };
        let members = || "members".to_owned();
        let delete = async |path: &str| -> Answer { client.delete(path).await };
        match second {
            Second::Add => patch("add", members(), values(&Ids::from([self.guest]))).await,
            Second::Remove => patch("remove", members(), values(&Ids::from([self.member()]))).await,
            Second::RemoveFormer => {
                patch("remove", members(), values(&Ids::from([self.former()]))).await;
            }
            Second::RemoveWhere => {
                let path = format!("members[value eq \"{}\"]", self.member());
                patch("remove", path, Value::Null).await;
            }
            Second::ReplaceByFew => patch("replace", members(), values(&self.few())).await,
            Second::ReplaceByMany => patch("replace", members(), values(&self.old)).await,
            Second::Clear => patch("replace", members(), json!([])).await,
            Second::Put => {
                let body = json!({"displayName": "Put", "members": values(&self.few())});
                client.put(&group, &body).await.is(200);
            }
            Second::PutWithoutMembers => {
                client
                    .put(&group, &json!({"displayName": "Put"}))
                    .await
                    .is(200);
            }
            Second::Rename => patch("replace", "displayName".to_owned(), json!("Renamed")).await,
            Second::DeleteMember => {
                delete(&format!("/Users/{}", self.member())).await.is(204);
            }
            Second::DeleteFormer => {
                delete(&format!("/Users/{}", self.former())).await.is(204);
            }
            Second::DeleteGroup => {
                delete(&group).await.is(204);
            }
            Second::Import => {
                let realm = self.process.realm();
                let (guest, audit) = ([self.guest], audit());
                let imported = realm.import_members(self.group, &guest, &audit);
                imported.await.unwrap();
            }
        }
    }

    /// The two changes, one of them made like that.
    async fn take(&self, maker: Maker, second: Second) {
        match maker {
            Maker::Dead => {
                let maker = Frozen::at(&self.place, chunk(2), self.replace(&self.new)).await;
                maker.dies().await;
                self.second(second).await;
            }
            Maker::Still => {
                let maker = Frozen::at(&self.place, chunk(2), self.replace(&self.new)).await;
                self.second(second).await;
                maker.goes_on().await.unwrap();
            }
            Maker::Slow => {
                let committed = Arc::new(Notify::new());
                let maker = self
                    .place
                    .process_with(slowly(Arc::clone(&committed)))
                    .await;
                let second = async {
                    committed.notified().await;
                    self.second(second).await;
                };
                let first = self.replace(&self.new);
                tokio::join!(first(maker), second).0.unwrap();
            }
        }
    }
}

/// Transactions that come after the commit take a while; it tells when the first does.
fn slowly(committed: Arc<Notify>) -> impl Fn(&CallInfo) -> Fault + Send + Sync {
    let (is_commit, is_after) = (std::sync::Mutex::new(commit()), AtomicBool::new(false));
    move |call| {
        if is_after.load(Ordering::SeqCst) {
            committed.notify_one();
            return Fault::Latency(Duration::from_millis(15));
        }
        let mut is_commit: std::sync::MutexGuard<'_, Which> = is_commit.lock().unwrap();
        is_after.store(is_commit(call), Ordering::SeqCst);
        Fault::None
    }
}

async fn check(maker: Maker) {
    for (second, after) in ORDERS {
        let context = format!("{second:?} while the maker is {maker:?}");
        let world = World::new(60).await;
        world.take(maker, second).await;
        let expected = after(&world);
        let seen = world.process.members(world.group).await;
        // A member that is deleted under a job is none when the job is done.
        if second != Second::DeleteMember {
            assert!(seen == expected, "{context}: {seen:?}");
        }
        world.place.work().await;
        let seen = world.process.members(world.group).await;
        assert!(seen == expected, "{context}: {seen:?}");
        let memberships = expected.map_or(0, |members| members.len());
        world.place.is_at_rest(memberships, &context).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_comes_upon_the_job_of_a_dead_process() {
    check(Maker::Dead).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_comes_upon_the_job_of_a_process_that_stands_still() {
    check(Maker::Still).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_comes_upon_the_job_of_a_slow_process() {
    check(Maker::Slow).await;
}

/// Who has joined so many groups while a job was to take it into another joins that one, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_accepted_is_done_beyond_a_thousand_groups() {
    let world = World::new(60).await;
    let member = world.member();
    let maker = Frozen::at(&world.place, chunk(1), world.replace(&world.new)).await;
    maker.dies().await;
    for n in 0..1_000 {
        world
            .process
            .group(&format!("G{n}"), &[member])
            .await
            .unwrap();
    }
    let full = world.process.group("One too many", &[member]).await;
    assert!(full.is_err(), "{full:?}");
    world.place.work().await;
    let user = world.process.realm().get(Kind::User, member).await.unwrap();
    assert_eq!(user.unwrap().member_of.len(), 1_001);
    assert!(world.has(&world.new).await);
    world
        .place
        .is_at_rest(world.new.len() + 1_000, "beyond")
        .await;
}

/// A realm deleted under a job: nothing of it comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_realm_deleted_under_a_job_stays_gone() {
    let world = World::new(60).await;
    let maker = Frozen::at(&world.place, chunk(2), world.replace(&world.new)).await;
    let jobs = world.process.jobs().await;
    world.process.delete_realm(PATIENCE).await;
    let partitions = [
        "J",
        "U",
        "G",
        "N",
        "UQ",
        "EV",
        &format!("M#{}", world.group),
    ]
    .map(str::to_owned);
    let nothing = async |when: &str| {
        for partition in &partitions {
            let left = world.place.items(partition).await;
            assert!(left.is_empty(), "{when}: {left:?}");
        }
    };
    nothing("after its end").await;
    maker.goes_on().await.unwrap();
    for job in &jobs {
        world.process.work(job).await.unwrap();
    }
    nothing("after who comes late").await;
}
