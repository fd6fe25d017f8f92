//! Every operation, a row each: all routes, and where they take several ways
//! through the store, each of them.

mod admin;
mod groups;
mod reads;
mod users;

use super::operation::Operation;
use crate::urn;
use serde_json::{Value, json};

/// Rows, of which big changes have so many members.
pub type Rows = fn(usize) -> Vec<Operation>;

/// Operations that are run together, in one table.
pub const GROUPS: [(&str, Rows); 8] = [
    ("users", |_| users::rows()),
    ("groups", |_| groups::rows()),
    ("jobs", groups::jobs),
    ("reads", |_| reads::rows()),
    ("admin", |_| admin::rows()),
    ("settings", |_| admin::settings()),
    ("directory", |_| vec![admin::directory()]),
    ("ends", |_| vec![admin::end()]),
];

/// All of them.
pub fn all() -> Vec<Operation> {
    GROUPS.iter().flat_map(|(_, rows)| rows(60)).collect()
}

/// A PATCH message.
fn patch(operations: Value) -> Value {
    json!({"schemas": [urn::PATCH], "Operations": operations})
}

/// One operation of it.
fn op(op: &str, path: &str, value: Value) -> Value {
    json!({"op": op, "path": path, "value": value})
}

/// Members by the names of a world.
fn members<'a>(names: impl IntoIterator<Item = &'a str>) -> Value {
    let member = |name: &str| json!({"value": format!("<{name}>")});
    names.into_iter().map(member).collect()
}

/// The users of a crowd from one number to another.
fn crowd(from: usize, to: usize) -> Value {
    let member = |n: usize| json!({"value": format!("<u{n}>")});
    (from..to).map(member).collect()
}
