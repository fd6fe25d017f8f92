//! What is measured: the requests identity providers send most, and the population they meet.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::Result;
use crate::client::{Call, Connection, Target};

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// Requests a second we want on two cores, client included.
    pub(crate) aim: u32,
    /// The status of every answer.
    pub(crate) expected: StatusCode,
    /// The request for a connection's `turn`-th time.
    pub(crate) call: fn(&World, worker: usize, turn: u64) -> Result<Call>,
}

/// In this order: create comes last, so that the others meet the same population in each run.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "get a user",
        aim: 2_000,
        expected: StatusCode::OK,
        call: get,
    },
    Operation {
        name: "filter userName eq",
        aim: 1_500,
        expected: StatusCode::OK,
        call: filter,
    },
    Operation {
        name: "list 100 users",
        aim: 150,
        expected: StatusCode::OK,
        call: list,
    },
    Operation {
        name: "patch a user",
        aim: 600,
        expected: StatusCode::OK,
        call: patch,
    },
    Operation {
        name: "add or remove one of 900 members",
        aim: 600,
        expected: StatusCode::NO_CONTENT,
        call: member,
    },
    Operation {
        name: "create a user",
        aim: 600,
        expected: StatusCode::CREATED,
        call: create,
    },
];

const MEMBERS: usize = 900;
const USERS: usize = 1_000;
const PAGE: usize = 100;

/// The users and the group every run begins with.
#[derive(Clone, Debug)]
pub(crate) struct World(Arc<Population>);

#[derive(Debug)]
struct Population {
    /// Keeps the names of two runs against one server apart.
    run: u64,
    /// The ids of the users `0..USERS`; the first `MEMBERS` are in the group.
    users: Vec<String>,
    /// One user more for each connection, to be added to the group and removed again.
    spare: Vec<String>,
    group: String,
}

impl World {
    pub(crate) async fn build(target: &Target, connections: usize) -> Result<Self> {
        let run = fastrand::u64(..);
        let mut connection = Connection::open(target).await?;
        let mut users = Vec::new();
        for number in 0..USERS + connections {
            let call = post("/Users", &user(&user_name(run, &format!("u{number}"))));
            users.push(id(&connection.send(call, StatusCode::CREATED).await?)?);
        }
        let spare = users.split_off(USERS);
        let members: Vec<Value> = users
            .iter()
            .take(MEMBERS)
            .map(|id| json!({ "value": id }))
            .collect();
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": format!("Everybody {run:016x}"),
            "members": members,
        });
        let answer = connection
            .send(post("/Groups", &group), StatusCode::CREATED)
            .await?;
        Ok(Self(Arc::new(Population {
            run,
            users,
            spare,
            group: id(&answer)?,
        })))
    }

    pub(crate) fn users(&self) -> usize {
        self.0.users.len() + self.0.spare.len()
    }

    pub(crate) fn members(&self) -> usize {
        MEMBERS
    }

    fn any_user(&self) -> Result<&str> {
        let number = fastrand::usize(..self.0.users.len());
        let id = self.0.users.get(number).ok_or("there are no users")?;
        Ok(id)
    }
}

fn get(world: &World, _: usize, _: u64) -> Result<Call> {
    Ok(read(format!("/Users/{}", world.any_user()?)))
}

fn filter(world: &World, _: usize, _: u64) -> Result<Call> {
    let number = fastrand::usize(..USERS);
    let name = user_name(world.0.run, &format!("u{number}"));
    Ok(read(format!("/Users?filter=userName%20eq%20%22{name}%22")))
}

fn list(world: &World, _: usize, _: u64) -> Result<Call> {
    let start = 1 + fastrand::usize(..world.users().saturating_sub(PAGE).max(1));
    Ok(read(format!("/Users?startIndex={start}&count={PAGE}")))
}

/// A value of its own each time: sending a known value again writes nothing.
fn patch(world: &World, worker: usize, turn: u64) -> Result<Call> {
    let operation = json!({
        "op": "Replace",
        "path": "title",
        "value": format!("Engineer {worker} {turn}"),
    });
    let path = format!("/Users/{}", world.any_user()?);
    Ok(modify(path, operation))
}

/// In turns, so that each request changes something.
fn member(world: &World, worker: usize, turn: u64) -> Result<Call> {
    let member = world.0.spare.get(worker).ok_or("a spare user is missing")?;
    let operation = if turn.is_multiple_of(2) {
        json!({ "op": "Add", "path": "members", "value": [{ "value": member }] })
    } else {
        json!({ "op": "Remove", "path": format!("members[value eq \"{member}\"]") })
    };
    let path = format!("/Groups/{}", world.0.group);
    Ok(modify(path, operation))
}

fn create(world: &World, worker: usize, turn: u64) -> Result<Call> {
    let name = user_name(world.0.run, &format!("c{worker}-{turn}"));
    Ok(post("/Users", &user(&name)))
}

fn read(path: String) -> Call {
    Call {
        method: Method::GET,
        path,
        body: None,
    }
}

fn post(path: &str, body: &Value) -> Call {
    Call {
        method: Method::POST,
        path: path.to_owned(),
        body: Some(body.to_string()),
    }
}

fn modify(path: String, operation: Value) -> Call {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [operation],
    });
    Call {
        method: Method::PATCH,
        path,
        body: Some(body.to_string()),
    }
}

fn user_name(run: u64, user: &str) -> String {
    format!("{user}.{run:016x}@example.com")
}

/// A user as Entra's default mapping creates it (fixture `entra-create-user-default-mapping`).
fn user(user_name: &str) -> Value {
    json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        "externalId": user_name,
        "userName": user_name,
        "active": true,
        "displayName": "Barbara Jensen",
        "title": "Engineer",
        "preferredLanguage": "en-US",
        "emails": [{ "primary": true, "type": "work", "value": user_name }],
        "name": {
            "formatted": "Barbara Jensen",
            "familyName": "Jensen",
            "givenName": "Barbara",
        },
        "addresses": [{
            "primary": true,
            "type": "work",
            "streetAddress": "100 Universal City Plaza",
            "locality": "Hollywood",
            "region": "CA",
            "postalCode": "91608",
            "country": "United States",
        }],
        "phoneNumbers": [
            { "type": "work", "value": "+1 555 555 5555" },
            { "type": "mobile", "value": "+1 555 555 4444" },
        ],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "701984",
            "department": "Tour Operations",
        },
    })
}

fn id(answer: &[u8]) -> Result<String> {
    let answer: Value = serde_json::from_slice(answer)?;
    let id = answer.get("id").and_then(Value::as_str);
    Ok(id.ok_or("an answer has no id")?.to_owned())
}
