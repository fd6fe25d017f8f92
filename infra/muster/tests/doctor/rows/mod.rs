//! The faults, a row each: what is wrong, the check that must say so, and how
//! it is made wrong on the way in or on the way out.

mod connection;
mod ending;
mod groups;
mod patch;
mod users;

use serde_json::{Value, json};

use crate::proxy::{Asked, Content, Memory, Reply};

pub(crate) struct Row {
    pub(crate) fault: &'static str,
    pub(crate) check: &'static str,
    pub(crate) leaves: Leaves,
    /// Changes a request, or answers it.
    pub(crate) before: fn(&mut Asked, &Memory) -> Option<Reply>,
    /// Changes an answer.
    pub(crate) after: fn(&Asked, &mut Reply, &Memory),
}

/// What such a server keeps when it says that it has deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    Nothing,
    Something,
}

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A fault of answers.
pub(crate) const fn answers(
    fault: &'static str,
    check: &'static str,
    after: fn(&Asked, &mut Reply, &Memory),
) -> Row {
    Row {
        fault,
        check,
        leaves: Leaves::Nothing,
        before: |_, _| None,
        after,
    }
}

/// A fault in what is made of requests.
pub(crate) const fn requests(
    fault: &'static str,
    check: &'static str,
    before: fn(&mut Asked, &Memory) -> Option<Reply>,
) -> Row {
    Row {
        fault,
        check,
        leaves: Leaves::Nothing,
        before,
        after: |_, _, _| {},
    }
}

const fn leaving(row: Row) -> Row {
    Row {
        leaves: Leaves::Something,
        ..row
    }
}

/// Every row.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    let tables = [
        connection::ROWS,
        users::ROWS,
        patch::ROWS,
        groups::ROWS,
        ending::ROWS,
    ];
    tables.into_iter().flatten()
}

fn page(status: u16) -> Reply {
    let mut reply = Reply::error(status);
    reply.media_type = "text/html".to_owned();
    reply.body = Content::Text("<!doctype html><title>Welcome</title>");
    reply
}

fn to_page(reply: &mut Reply, status: u16) {
    if reply.status == status {
        let challenge = reply.challenge.take();
        *reply = page(status);
        reply.challenge = challenge;
    }
}

fn empty_list() -> Reply {
    Reply::json(
        200,
        json!({
            "schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
        }),
    )
}

fn is_list(reply: &Reply) -> bool {
    matches!(&reply.body, Content::Json(body) if body["schemas"] == json!([LIST]))
}

fn is_empty_list(reply: &Reply) -> bool {
    is_list(reply) && matches!(&reply.body, Content::Json(body) if body["totalResults"] == 0)
}

fn resources(reply: &mut Reply) -> &mut Vec<Value> {
    reply.value()["Resources"].as_array_mut().unwrap()
}

/// One resource that is read.
fn one<'a>(asked: &Asked, reply: &'a mut Reply, endpoint: &str) -> Option<&'a mut Value> {
    let read = asked.is("GET", endpoint) && asked.id.is_some() && reply.status == 200;
    read.then(|| reply.value())
}

/// Whether a PATCH has an operation whose path starts so.
fn patches(asked: &Asked, path: &str) -> bool {
    let operations = asked.body["Operations"].as_array().into_iter().flatten();
    operations
        .filter_map(|operation| operation["path"].as_str())
        .any(|own| own.starts_with(path))
}

fn change_operations(asked: &mut Asked, change: impl Fn(&mut Value)) {
    if asked.method == "PATCH" {
        asked.operations().iter_mut().for_each(change);
    }
}

fn drop_operations(asked: &mut Asked, is_bad: impl Fn(&Value) -> bool) {
    if asked.method == "PATCH" {
        asked.operations().retain(|operation| !is_bad(operation));
    }
}

fn retain_members(asked: &Asked, reply: &mut Reply, keep: impl Fn(&str) -> bool) {
    if let Some(group) = one(asked, reply, "Groups")
        && let Value::Array(members) = &mut group["members"]
    {
        members.retain(|member| keep(member["value"].as_str().unwrap()));
    }
}

fn truncate_members(asked: &Asked, reply: &mut Reply, most: usize) {
    if let Some(group) = one(asked, reply, "Groups")
        && let Value::Array(members) = &mut group["members"]
    {
        members.truncate(most);
    }
}

/// Whether so many were added to this group before that it is the large one.
fn is_large(asked: &Asked, memory: &Memory) -> bool {
    let group = asked.id.clone().unwrap_or_default();
    memory
        .added
        .get(&group)
        .is_some_and(|added| added.len() > 10)
}
