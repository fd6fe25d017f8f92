//! What is asked at each size, in this order, and the law for what it consumes.

use bytes::Bytes;
use http::StatusCode;
use muster_tests::lean::message::{self, delete, id, patch, post, read, user};
use muster_tests::lean::{Call, Result};
use serde_json::{Value, json};

use crate::load::People;

/// What a page has.
const PAGE: usize = 100;

/// One operation.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// What the service calls it.
    pub(crate) operation: &'static str,
    pub(crate) law: Law,
    pub(crate) expected: StatusCode,
    /// What it needs of the server.
    pub(crate) needs: Needs,
    pub(crate) call: fn(&State) -> Result<Call>,
    /// What of the answer later operations need.
    pub(crate) then: fn(&mut State, &Bytes) -> Result<()>,
}

/// What an operation may consume at one size, against the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Law {
    /// The same units to the half, by as many calls of the table.
    Flat,
    /// A page that is sought by the counters: they fill up until each of the
    /// 4,096 leaves holds somebody, and a leaf is read up to the page's place in
    /// it. DESIGN.md's ledger: at most 30 read units before the page.
    Sought,
    /// It only prepares the next.
    Unjudged,
}

/// What a row needs of the server, to be asked at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    /// Pagination by cursors, as ServiceProviderConfig announces it (RFC 9865 section 4).
    Cursors,
}

/// One realm during one round.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) people: People,
    /// Which round of all it is, so that each changes something.
    pub(crate) round: usize,
    /// Keeps two runs over the same data apart.
    run: u32,
    created: String,
    cursor: String,
}

const fn row(
    name: &'static str,
    operation: &'static str,
    law: Law,
    expected: StatusCode,
    call: fn(&State) -> Result<Call>,
) -> Row {
    Row {
        name,
        operation,
        law,
        expected,
        needs: Needs::Nothing,
        call,
        then: |_, _| Ok(()),
    }
}

const OK: StatusCode = StatusCode::OK;
const DONE: StatusCode = StatusCode::NO_CONTENT;

/// Every user that is read or changed is in the one group, but for who is created.
pub(crate) const ROWS: &[Row] = &[
    Row {
        then: |state, answer| {
            state.created = id(answer)?;
            Ok(())
        },
        ..row(
            "create a user",
            "CreateUser",
            Law::Flat,
            StatusCode::CREATED,
            |state| {
                let name = format!("x{:07}@example.com", state.round);
                Ok(post("/Users", &user(&name)))
            },
        )
    },
    row("get a user", "GetUser", Law::Flat, OK, |state| {
        Ok(read(format!("/Users/{}", state.member()?.0)))
    }),
    row("find by userName", "ListUsers", Law::Flat, OK, |state| {
        let name = &state.member()?.1;
        Ok(read(format!("/Users?filter=userName%20eq%20%22{name}%22")))
    }),
    row(
        "list 100 at the start",
        "ListUsers",
        Law::Sought,
        OK,
        |_| Ok(page(1)),
    ),
    row(
        "list 100 in the middle",
        "ListUsers",
        Law::Sought,
        OK,
        |state| Ok(page(state.people.users / 2 + state.round * 7)),
    ),
    row(
        "list 100 at the end",
        "ListUsers",
        Law::Sought,
        OK,
        |state| Ok(page(state.people.users - PAGE - state.round)),
    ),
    Row {
        needs: Needs::Cursors,
        then: next_cursor,
        ..row(
            "list 100, the first by cursor",
            "ListUsers",
            Law::Sought,
            OK,
            |_| Ok(read(format!("/Users?cursor&count={PAGE}"))),
        )
    },
    Row {
        needs: Needs::Cursors,
        then: next_cursor,
        ..row(
            "list 100, the next by cursor",
            "ListUsers",
            Law::Sought,
            OK,
            |state| {
                let cursor = &state.cursor;
                Ok(read(format!("/Users?cursor={cursor}&count={PAGE}")))
            },
        )
    },
    row("patch a user", "PatchUser", Law::Flat, OK, |state| {
        let title = format!("Engineer {:08x} {:07}", state.run, state.round);
        let operation = json!({"op": "Replace", "path": "title", "value": title});
        Ok(patch(format!("/Users/{}", state.member()?.0), operation))
    }),
    row(
        "group: 1 member in",
        "PatchGroup",
        Law::Flat,
        DONE,
        |state| state.group(message::add(state.spares(0, 1)?)),
    ),
    row(
        "group: 1 member out",
        "PatchGroup",
        Law::Flat,
        DONE,
        |state| state.group(message::remove(state.spares(0, 1)?)),
    ),
    row(
        "group: 20 members in",
        "PatchGroup",
        Law::Flat,
        DONE,
        |state| state.group(message::add(state.spares(0, 20)?)),
    ),
    row(
        "group: 20 members out",
        "PatchGroup",
        Law::Flat,
        DONE,
        |state| state.group(message::remove(state.spares(0, 20)?)),
    ),
    row(
        "group: 1,000 members in",
        "PatchGroup",
        Law::Flat,
        DONE,
        |state| state.group(message::add(state.spares(0, 1_000)?)),
    ),
    row(
        "group: 1,000 members out",
        "PatchGroup",
        Law::Flat,
        DONE,
        |state| state.group(message::remove(state.spares(0, 1_000)?)),
    ),
    row(
        "get the group without members",
        "GetGroup",
        Law::Flat,
        OK,
        |state| {
            let group = &state.people.group;
            Ok(read(format!("/Groups/{group}?excludedAttributes=members")))
        },
    ),
    row(
        "group: is U a member",
        "ListGroups",
        Law::Flat,
        OK,
        |state| {
            let (group, member) = (&state.people.group, &state.member()?.0);
            let filter = format!("id%20eq%20%22{group}%22%20and%20members%20eq%20%22{member}%22");
            Ok(read(format!(
                "/Groups?excludedAttributes=members&filter={filter}"
            )))
        },
    ),
    row(
        "join, to be deleted",
        "PatchGroup",
        Law::Unjudged,
        DONE,
        |state| state.group(message::add([state.created.as_str()])),
    ),
    row("delete a user", "DeleteUser", Law::Flat, DONE, |state| {
        Ok(delete(format!("/Users/{}", state.created)))
    }),
];

impl State {
    pub(crate) fn new(people: People) -> Self {
        Self {
            people,
            round: 0,
            run: fastrand::u32(..),
            created: String::new(),
            cursor: String::new(),
        }
    }

    /// Another one in each round.
    fn member(&self) -> Result<&(String, String)> {
        let members = &self.people.members;
        let number = self.round % members.len().max(1);
        Ok(members.get(number).ok_or("nobody is in the group")?)
    }

    fn spares(&self, from: usize, to: usize) -> Result<impl Iterator<Item = &str>> {
        let spares = self.people.spares.get(from..to);
        let spares = spares.ok_or("too few users are in no group")?;
        Ok(spares.iter().map(String::as_str))
    }

    fn group(&self, operation: Value) -> Result<Call> {
        Ok(patch(format!("/Groups/{}", self.people.group), operation))
    }
}

fn page(start: usize) -> Call {
    read(format!("/Users?startIndex={start}&count={PAGE}"))
}

fn next_cursor(state: &mut State, answer: &Bytes) -> Result<()> {
    let answer: Value = serde_json::from_slice(answer)?;
    let cursor = answer.get("nextCursor").and_then(Value::as_str);
    cursor
        .ok_or("a page of a cursor has no `nextCursor`")?
        .clone_into(&mut state.cursor);
    Ok(())
}
