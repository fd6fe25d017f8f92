//! A process killed at every one of its calls of the table: whoever comes next
//! reaches the state that it would have reached, and nobody sees another one in
//! between than that before and that after.

use super::end::{Blow, Frozen, chunk};
use super::place::{Ids, Place, Process, named};
use jiff::SignedDuration;
use muster_tests::table::AFTER_THE_LEASE;
use scim::patch::MemberOp;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::{Kind, Progress, ResourceId};

/// How many calls there were to be killed at, and how many of the processes
/// had made their change true by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Killed {
    pub(crate) calls: usize,
    pub(crate) committed: usize,
}

/// Kills a replace of `old` members by `new` others, and one the other way
/// round, in turn, at every call.
pub(crate) async fn replaces(blow: Blow, old: usize, new: usize, tell: fn(usize)) -> Killed {
    let place = Place::fresh("killed").await;
    let process = place.process().await;
    let users = process.users(old + new + 1).await;
    let sets = halves(&users[1..], old);
    let guest = users[0];
    let first = Vec::from_iter(sets[0].clone());
    let group = process.group("Killed", &first).await.unwrap();
    let mut killed = Killed::default();
    let mut before = sets[0].clone();
    loop {
        let k = killed.calls;
        let context = format!("{blow:?} at call {k}");
        let after = &sets[(k + 1) % 2];
        let (victim, doom) = place.doomed(blow, k).await;
        let replace = MemberOp::Replace(named(after));
        let done = doom.befalls(victim.change(group, replace.clone())).await;
        drop(victim);
        let seen = process.members(group).await.unwrap();
        assert!(seen == before || seen == *after, "{context}: a half");
        let committed = seen == *after;
        look(&place, group, &seen, [&before, after]).await;
        if let Some(done) = done {
            done.unwrap();
            // A guest who has to go may cost a call more.
            assert!(committed && doom.calls() <= k, "{context}");
            place.is_at_rest(after.len(), &context).await;
            return killed;
        }
        let mut possible = vec![seen.clone(), after.clone()];
        let mut expected = after.clone();
        if committed && k % 4 > 1 {
            // The next change of the group finishes what it finds.
            expected.insert(guest);
            possible.push(expected.clone());
            let reader = Reader::start(&place, group, possible).await;
            let add =
                json!([{"op": "add", "path": "members", "value": [{"value": guest.to_string()}]}]);
            let path = format!("/Groups/{group}");
            place.client.patch(&path, add).await.is(204);
            reader.ends().await;
        } else if committed {
            let reader = Reader::start(&place, group, possible).await;
            place.work().await;
            reader.ends().await;
        } else {
            assert!(process.jobs().await.is_empty(), "{context}");
            throw_away(&place).await;
            process.change(group, replace).await.unwrap();
        }
        // A job that nothing is left of but its record is closed by the worker.
        place.work().await;
        assert!(
            process.members(group).await.as_ref() == Some(&expected),
            "{context}"
        );
        place.is_at_rest(expected.len(), &context).await;
        killed.calls += 1;
        killed.committed += usize::from(committed);
        before = expected;
        tell(killed.calls);
    }
}

/// Kills the deletion of a group with so many members at every call.
pub(crate) async fn deletions(blow: Blow, members: usize, tell: fn(usize)) -> Killed {
    let place = Place::fresh("killed").await;
    let process = place.process().await;
    let users = process.users(members).await;
    let all = Ids::from_iter(users.iter().copied());
    let mut killed = Killed::default();
    loop {
        let k = killed.calls;
        let context = format!("{blow:?} at call {k}");
        // The name is free again each time.
        let group = process.group("Killed", &users).await.unwrap();
        place.work().await;
        let (victim, doom) = place.doomed(blow, k).await;
        let done = doom.befalls(victim.delete(Kind::Group, group)).await;
        drop(victim);
        let seen = process.members(group).await;
        assert!(
            seen.is_none() || seen.as_ref() == Some(&all),
            "{context}: a half"
        );
        let committed = seen.is_none();
        is_there(&place, group, !committed).await;
        if done.is_none() && !committed {
            assert!(process.jobs().await.is_empty(), "{context}");
            process.delete(Kind::Group, group).await.unwrap();
        }
        if k % 4 > 1 {
            // Another group of that name has nothing of it.
            let next = process.group("Killed", &users[..60]).await.unwrap();
            assert_eq!(process.members(next).await.unwrap().len(), 60, "{context}");
            process.delete(Kind::Group, next).await.unwrap();
        }
        place.work().await;
        is_there(&place, group, false).await;
        let edges = place.items(&format!("M#{group}")).await;
        assert!(edges.is_empty(), "{context}: {edges:?}");
        place.is_at_rest(0, &context).await;
        if done.is_some() {
            assert!(committed && doom.calls() <= k, "{context}");
            return killed;
        }
        killed.calls += 1;
        killed.committed += usize::from(committed);
        tell(killed.calls);
    }
}

/// Kills each process that works on a replace some calls after it has begun; how
/// many there were.
pub(crate) async fn generations(old: usize, new: usize) -> usize {
    let place = Place::fresh("killed").await;
    let process = place.process().await;
    let users = process.users(old + new).await;
    let [before, after] = halves(&users, old);
    let group = process.group("Killed", &Vec::from_iter(before)).await;
    let group = group.unwrap();
    let replace = MemberOp::Replace(named(&after));
    let first = move |process: Process| async move { process.change(group, replace).await };
    Frozen::at(&place, chunk(1), first).await.dies().await;
    let mut later = SignedDuration::ZERO;
    for generation in 1.. {
        later += AFTER_THE_LEASE;
        // Its first calls find the job, take the lease and read what is left.
        let (worker, doom) = place.doomed(Blow::Death, 4 + generation % 3).await;
        let worker = worker.later(later);
        let Some(job) = process.jobs().await.pop() else {
            place.is_at_rest(new, "the last").await;
            return generation;
        };
        let done = doom.befalls(worker.work(&job)).await;
        assert!(done.is_none_or(|done| done.unwrap() == Progress::Finished));
        let seen = process.members(group).await.unwrap();
        assert!(seen == after, "a half in generation {generation}");
    }
    unreachable!("generations do not end")
}

fn halves(users: &[ResourceId], first: usize) -> [Ids; 2] {
    let (old, new) = users.split_at(first);
    // Their ids are mixed, as ids are.
    let mixed = |n: usize| users.iter().skip(n).step_by(2);
    let mut sets = [
        Ids::from_iter(mixed(0).copied()),
        Ids::from_iter(mixed(1).copied()),
    ];
    let [one, other] = &mut sets;
    while one.len() > old.len() {
        other.extend(one.pop_first());
    }
    while other.len() > new.len() {
        one.extend(other.pop_last());
    }
    sets
}

/// What a client sees of a group that has these members: of either set one.
async fn look(place: &Place, group: ResourceId, seen: &Ids, sets: [&Ids; 2]) {
    let members = place.client.members(&group.to_string()).await;
    let expected = seen.iter().map(ToString::to_string);
    assert!(members.into_iter().eq(expected), "the list of members");
    for user in sets.map(|set| set.last().unwrap()) {
        let filter = format!("id eq \"{group}\" and members eq \"{user}\"");
        let hits = place.client.filter("/Groups", &filter).await.json();
        let is = u64::from(seen.contains(user));
        assert_eq!(hits["totalResults"], is, "{filter}");
    }
}

/// Whether a client finds the group, by whatever it asks.
async fn is_there(place: &Place, group: ResourceId, there: bool) {
    let path = format!("/Groups/{group}?excludedAttributes=members");
    place
        .client
        .get(&path)
        .await
        .is(if there { 200 } else { 404 });
    for path in [
        "/Groups?attributes=id",
        "/Groups?attributes=id&filter=displayName eq \"Killed\"",
    ] {
        let list = place.client.get(path).await;
        assert_eq!(list.json()["totalResults"], u64::from(there), "{list:?}");
    }
}

/// Throws away what a change that was not made has written down: it goes by itself, in days.
async fn throw_away(place: &Place) {
    for chunk in place.items("J").await {
        assert!(chunk.contains_key("ttl"), "{chunk:?}");
        place.remove(&chunk).await;
    }
}

/// A reader who looks again and again at a group that others work on.
struct Reader {
    over: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Reader {
    /// It is to see one of these states after the other.
    async fn start(place: &Place, group: ResourceId, states: Vec<Ids>) -> Self {
        let process: Process = place.process().await;
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let task = tokio::spawn(async move {
            let mut at = 0;
            while !is_over.load(Ordering::SeqCst) {
                let seen = process.members(group).await.unwrap();
                let state = states[at..].iter().position(|state| *state == seen);
                at += state.expect("a state that is none");
            }
        });
        Self { over, task }
    }

    async fn ends(self) {
        self.over.store(true, Ordering::SeqCst);
        self.task.await.unwrap();
    }
}
