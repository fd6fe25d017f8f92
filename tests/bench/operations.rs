//! What is measured: the requests identity providers send most, and the population they meet.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use muster_tests::lean::message::{self, add, delete, id, patch, patches, post, put, read, user};
use muster_tests::lean::{Call, Connection, Result, Target};
use serde_json::{Value, json};

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// Requests a second we want of Muster on two cores, client included, where we have said so.
    pub(crate) aim: Option<u32>,
    /// How many times another server's rate Muster's must be; 0 where no law is.
    pub(crate) ahead: f64,
    /// Whether it changes what is to be kept.
    pub(crate) writes: bool,
    pub(crate) needs: Needs,
    /// The status of every answer of Muster.
    pub(crate) expected: StatusCode,
    /// The request for a connection's `turn`-th time, counted through all slices; none when there is nothing left to do.
    pub(crate) call: fn(&World, worker: usize, turn: u64) -> Result<Option<Call>>,
    /// The share of its time that goes to warming caches and is not counted.
    pub(crate) warm_up: f64,
    /// What of the answer later operations need.
    pub(crate) then: fn(&World, &Bytes) -> Result<()>,
}

/// What an operation meets beside the population.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    /// A group for each connection. They come late: users are in one group before.
    Groups,
}

const OPERATION: Operation = Operation {
    name: "",
    aim: None,
    ahead: 1.0,
    writes: true,
    needs: Needs::Nothing,
    expected: StatusCode::OK,
    call: |_, _, _| Ok(None),
    warm_up: 0.1,
    then: |_, _| Ok(()),
};

/// Of the changes of a group's members: what they write follows the change and not the group.
const GROUP: Operation = Operation {
    ahead: 10.0,
    expected: StatusCode::NO_CONTENT,
    ..OPERATION
};

/// In this order: create comes late, so that the others meet the same population in each run, and
/// what it has made is deleted again.
const OPERATIONS: &[Operation] = &[
    Operation {
        name: "get a user",
        writes: false,
        aim: Some(2_000),
        call: get,
        ..OPERATION
    },
    Operation {
        name: "filter userName eq",
        writes: false,
        aim: Some(1_500),
        call: filter,
        ..OPERATION
    },
    Operation {
        name: "list 100 users",
        writes: false,
        aim: Some(150),
        call: list,
        ..OPERATION
    },
    Operation {
        name: "patch a user",
        aim: Some(600),
        call: replace_title,
        ..OPERATION
    },
    Operation {
        name: "add or remove one of 1,000 members",
        aim: Some(600),
        call: |world, worker, turn| members(world, worker, turn, 1),
        ..GROUP
    },
    Operation {
        name: "add or remove 20 of 1,000 members",
        call: |world, worker, turn| members(world, worker, turn, SPARE),
        ..GROUP
    },
    Operation {
        name: "create a user",
        aim: Some(600),
        expected: StatusCode::CREATED,
        call: create,
        then: |world, answer| {
            world.created().push(id(answer)?);
            Ok(())
        },
        ..OPERATION
    },
    Operation {
        // Told and not judged: a server whose users stay in their groups when they are deleted has
        // one entry to forget.
        name: "delete a user",
        ahead: 0.0,
        expected: StatusCode::NO_CONTENT,
        call: |world, _, _| {
            let id = world.created().pop();
            Ok(id.map(|id| delete(format!("/Users/{id}"))))
        },
        // There may be few of them.
        warm_up: 0.0,
        ..OPERATION
    },
    // All members come and go with it, whoever answers; what is written is the change.
    Operation {
        name: "put a group of 1,000 members",
        expected: StatusCode::OK,
        call: put_group,
        needs: Needs::Groups,
        ..GROUP
    },
];

/// The operations whose names have these words in them.
pub(crate) fn named(words: &str) -> impl Iterator<Item = &'static Operation> {
    OPERATIONS
        .iter()
        .filter(move |operation| operation.name.contains(words))
}

const MEMBERS: usize = 1_000;
const USERS: usize = 1_000;
const PAGE: usize = 100;
/// Users of each connection that join the group and leave it.
const SPARE: usize = 20;

/// The users and the group every run begins with.
#[derive(Clone, Debug)]
pub(crate) struct World(Arc<Population>);

#[derive(Debug)]
struct Population {
    /// Keeps the names of two runs against one server apart.
    run: u64,
    /// The ids of the users `0..USERS`; the first `MEMBERS` are in the group.
    users: Vec<String>,
    /// More users for each connection, to be added to the group and removed again.
    spare: Vec<Vec<String>>,
    group: String,
    /// A group for each connection, once they are needed.
    groups: OnceLock<Vec<String>>,
    /// Users who may be deleted.
    created: Mutex<Vec<String>>,
}

impl World {
    pub(crate) async fn build(target: &Target, connections: usize) -> Result<Self> {
        let run = fastrand::u64(..);
        let mut connection = Connection::open(target).await?;
        let mut users = Vec::new();
        for number in 0..USERS + connections * SPARE {
            let call = post("/Users", &user(&user_name(run, &format!("u{number}"))));
            users.push(id(&connection.send(call, StatusCode::CREATED).await?)?);
        }
        let spare = users.split_off(USERS);
        let members = users.iter().take(MEMBERS).map(String::as_str);
        let group = message::group(&group_name(run), members);
        let answer = connection
            .send(post("/Groups", &group), StatusCode::CREATED)
            .await?;
        Ok(Self(Arc::new(Population {
            run,
            users,
            spare: spare.chunks(SPARE).map(<[String]>::to_vec).collect(),
            group: id(&answer)?,
            groups: OnceLock::new(),
            created: Mutex::default(),
        })))
    }

    /// Makes what an operation needs and is not there yet.
    pub(crate) async fn prepare(&self, operation: &Operation, target: &Target) -> Result<()> {
        if operation.needs == Needs::Nothing || self.0.groups.get().is_some() {
            return Ok(());
        }
        let mut connection = Connection::open(target).await?;
        let mut groups = Vec::with_capacity(self.0.spare.len());
        for worker in 0..self.0.spare.len() {
            let call = post("/Groups", &self.group_of(worker, 0));
            groups.push(id(&connection.send(call, StatusCode::CREATED).await?)?);
        }
        // Nobody else prepares.
        drop(self.0.groups.set(groups));
        Ok(())
    }

    /// A connection's own group with this many of its spare users more.
    fn group_of(&self, worker: usize, more: usize) -> Value {
        let spare = self.0.spare.get(worker).into_iter().flatten().take(more);
        let members = self.0.users.iter().take(MEMBERS).chain(spare);
        let name = format!("{} {worker}", group_name(self.0.run));
        message::group(&name, members.map(String::as_str))
    }

    pub(crate) fn users(&self) -> usize {
        self.0.users.len() + self.0.spare.len() * SPARE
    }

    pub(crate) fn members(&self) -> usize {
        MEMBERS
    }

    fn any_user(&self) -> Result<&str> {
        let number = fastrand::usize(..self.0.users.len());
        let id = self.0.users.get(number).ok_or("there are no users")?;
        Ok(id)
    }

    fn spare(&self, worker: usize) -> Result<&[String]> {
        Ok(self.0.spare.get(worker).ok_or("a spare user is missing")?)
    }

    fn created(&self) -> MutexGuard<'_, Vec<String>> {
        // Nothing panics while it is held.
        self.0
            .created
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn get(world: &World, _: usize, _: u64) -> Result<Option<Call>> {
    Ok(Some(read(format!("/Users/{}", world.any_user()?))))
}

fn filter(world: &World, _: usize, _: u64) -> Result<Option<Call>> {
    let number = fastrand::usize(..USERS);
    let name = user_name(world.0.run, &format!("u{number}"));
    let path = format!("/Users?filter=userName%20eq%20%22{name}%22");
    Ok(Some(read(path)))
}

fn list(world: &World, _: usize, _: u64) -> Result<Option<Call>> {
    let start = 1 + fastrand::usize(..world.users().saturating_sub(PAGE).max(1));
    let path = format!("/Users?startIndex={start}&count={PAGE}");
    Ok(Some(read(path)))
}

/// A value of its own each time: sending a known value again writes nothing.
fn replace_title(world: &World, worker: usize, turn: u64) -> Result<Option<Call>> {
    let operation = json!({
        "op": "Replace",
        "path": "title",
        "value": format!("Engineer {worker} {turn}"),
    });
    let path = format!("/Users/{}", world.any_user()?);
    Ok(Some(patch(path, operation)))
}

/// In turns, so that each request changes something. Every server understands this way of removing.
fn members(world: &World, worker: usize, turn: u64, count: usize) -> Result<Option<Call>> {
    let members = world.spare(worker)?.iter().map(String::as_str).take(count);
    let operations: Vec<Value> = if turn.is_multiple_of(2) {
        vec![add(members)]
    } else {
        let remove = |id| json!({ "op": "Remove", "path": format!("members[value eq \"{id}\"]") });
        members.map(remove).collect()
    };
    let path = format!("/Groups/{}", world.0.group);
    Ok(Some(patches(path, operations)))
}

/// All members as they are, and one more or not; each connection its own group.
fn put_group(world: &World, worker: usize, turn: u64) -> Result<Option<Call>> {
    let groups = world.0.groups.get().and_then(|groups| groups.get(worker));
    let group = groups.ok_or("a group is missing")?;
    let more = usize::from(turn.is_multiple_of(2));
    let body = world.group_of(worker, more);
    Ok(Some(put(format!("/Groups/{group}"), &body)))
}

fn create(world: &World, worker: usize, turn: u64) -> Result<Option<Call>> {
    let name = user_name(world.0.run, &format!("c{worker}-{turn}"));
    Ok(Some(post("/Users", &user(&name))))
}

fn user_name(run: u64, user: &str) -> String {
    format!("{user}.{run:016x}@example.com")
}

fn group_name(run: u64) -> String {
    format!("Everybody {run:016x}")
}
