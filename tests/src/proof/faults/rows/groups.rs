//! Groups, with few members and with many.

use super::super::operation::Operation;
use super::super::world::World;
use super::{crowd, members, op, patch};
use serde_json::{Value, json};

#[rustfmt::skip]
pub(super) fn rows() -> Vec<Operation> {
    use World::Small;
    let row = Operation::new;
    let group = |name: &str, of: Value| json!({"displayName": name, "members": of});
    let one = |word: &str, value: Value| patch(json!([op(word, "members", value)]));
    let all = json!([op("replace", "displayName", json!("Gang")), op("add", "members", members(["eve", "dan"])),
                     {"op": "remove", "path": "members[value eq \"<bob>\"]"}]);
    vec![
        row("create a group", Small, ("POST", "/Groups"), group("New", json!([])), (201, 409)).moving(0),
        row("create a group with members", Small, ("POST", "/Groups"), group("New", members(["ada", "eve", "lone"])), (201, 409)).moving(3),
        row("create a group with unknown members", Small, ("POST", "/Groups"), group("New", json!([{"value": "nobody"}, {"value": "<ada>"}])), (201, 409)).moving(1),
        row("create a group whose name is taken", Small, ("POST", "/Groups"), group("TEAM", members(["ada"])), (409, 409)).moving(0),
        row("add a member", Small, ("PATCH", "/Groups/<team>"), one("add", members(["eve"])), (204, 204)).moving(1),
        row("add a member and show it", Small, ("PATCH", "/Groups/<team>?attributes=members"), one("add", members(["eve"])), (200, 200)).moving(1),
        row("add members, one of them there", Small, ("PATCH", "/Groups/<team>"), one("add", members(["ada", "eve"])), (204, 204)).moving(1),
        row("add unknown members", Small, ("PATCH", "/Groups/<team>"), one("add", json!([{"value": "nobody"}])), (204, 204)).moving(0),
        row("remove a member", Small, ("PATCH", "/Groups/<team>"), one("remove", members(["bob"])), (204, 204)).moving(-1),
        row("remove a member by a filter", Small, ("PATCH", "/Groups/<team>"), patch(json!([{"op": "remove", "path": "members[value eq \"<bob>\"]"}])), (204, 204)).moving(-1),
        row("replace members", Small, ("PATCH", "/Groups/<team>"), one("replace", members(["bob", "eve", "dan"])), (204, 204)),
        row("clear members", Small, ("PATCH", "/Groups/<team>"), patch(json!([{"op": "remove", "path": "members"}])), (204, 204)),
        row("rename a group and change its members", Small, ("PATCH", "/Groups/<team>"), patch(all), (204, 204)),
        row("put a group", Small, ("PUT", "/Groups/<team>"), group("Team", members(["ada", "dan"])), (200, 200)),
        row("put a group under another name", Small, ("PUT", "/Groups/<team>"), group("Gang", json!([])), (200, 200)),
        row("delete a group without members", Small, ("DELETE", "/Groups/<lone>"), Value::Null, (204, 404)),
        row("delete a group with members", Small, ("DELETE", "/Groups/<team>"), Value::Null, (204, 404)),
    ]
}

/// Changes of more members than one transaction holds.
#[rustfmt::skip]
pub(super) fn jobs(size: usize) -> Vec<Operation> {
    use World::Crowd;
    let row = Operation::new;
    let one = |word: &str, value: Value| patch(json!([op(word, "members", value)]));
    let many = isize::try_from(size).unwrap();
    let both = json!([op("replace", "displayName", json!("Few")), op("replace", "members", crowd(size - 1, size + 10))]);
    vec![
        row("create a group with many members", Crowd, ("POST", "/Groups"), json!({"displayName": "New", "members": crowd(0, size)}), (201, 409)).moving(many),
        row("add many members", Crowd, ("PATCH", "/Groups/<none>"), one("add", crowd(0, size)), (204, 204)).moving(many),
        row("remove many members", Crowd, ("PATCH", "/Groups/<all>"), one("remove", crowd(0, size)), (204, 204)).moving(-many),
        row("replace many members", Crowd, ("PATCH", "/Groups/<all>"), one("replace", crowd(size - 1, size + 10)), (204, 204)).moving(11 - many),
        row("rename and replace many members", Crowd, ("PATCH", "/Groups/<all>"), patch(both), (204, 204)).moving(11 - many),
        row("delete a group with many members", Crowd, ("DELETE", "/Groups/<all>"), Value::Null, (204, 404)).moving(-many),
    ]
}
