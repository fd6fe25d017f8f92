//! Groups and their members.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Row, answers, change_operations, drop_operations, empty_list, is_large, one, patches, requests,
    retain_members, truncate_members,
};
use crate::proxy::Reply;

pub(super) static ROWS: &[Row] = &[
    requests("no groups", "group-create", |asked, _| {
        asked.is("POST", "Groups").then(|| Reply::error(400))
    }),
    requests(
        "unknown schemas are refused",
        "group-foreign-schema",
        |asked, _| {
            asked
                .body
                .to_string()
                .contains("ADSCIM")
                .then(|| Reply::error(400))
        },
    ),
    answers(
        "groups of one name",
        "group-duplicate",
        |asked, reply, _| {
            if asked.is("POST", "Groups") && reply.status == 409 {
                *reply = Reply::json(201, json!({"id": "00000000-0000-4000-8000-000000000000"}));
            }
        },
    ),
    requests("groups are case-sensitive", "find-group", |asked, _| {
        asked.filter().contains("MUSTER").then(empty_list)
    }),
    requests("groups keep their names", "group-rename", |asked, _| {
        drop_operations(asked, |operation| operation["path"] == "displayName");
        None
    }),
    requests("some creations fail", "users-many", |asked, _| {
        let third = asked.body["userName"]
            .as_str()
            .unwrap_or_default()
            .contains("-0003@");
        third.then(|| Reply::error(500))
    }),
    requests(
        "members of a new group are dropped",
        "group-with-members",
        |asked, _| {
            if let Value::Object(body) = &mut asked.body {
                body.remove("members");
            }
            None
        },
    ),
    requests("the first of several members", "member-add", |asked, _| {
        change_operations(asked, |operation| {
            if let Value::Array(values) = &mut operation["value"] {
                values.truncate(1);
            }
        });
        None
    }),
    answers(
        "the third member is dropped",
        "member-add",
        |asked, reply, _| {
            truncate_members(asked, reply, 2);
        },
    ),
    requests(
        "a member again is an error",
        "member-add-twice",
        |asked, memory| {
            let key = format!("PATCH {} {}", asked.path(), asked.body);
            memory.seen.contains(&key).then(|| Reply::error(409))
        },
    ),
    requests("no filter on members", "member-asked", |asked, _| {
        asked
            .filter()
            .contains("members")
            .then(|| Reply::error(400))
    }),
    requests(
        "members cannot be left out",
        "exclude-members",
        |asked, _| {
            asked.without("excludedAttributes");
            None
        },
    ),
    answers("users without groups", "user-groups", |asked, reply, _| {
        if let Some(Value::Object(user)) = one(asked, reply, "Users") {
            user.remove("groups");
        }
    }),
    requests(
        "the values of Remove are ignored",
        "member-remove-values",
        |asked, _| {
            change_operations(asked, |operation| {
                if operation["op"] == "Remove" {
                    operation.as_object_mut().unwrap().remove("value");
                }
            });
            None
        },
    ),
    requests(
        "the filter of Remove finds nobody",
        "member-remove-filter",
        |asked, _| patches(asked, "members[").then(Reply::no_content),
    ),
    requests("Replace adds", "members-replace", |asked, _| {
        change_operations(asked, |operation| {
            if operation["path"] == "members" {
                operation["op"] = json!("add");
            }
        });
        None
    }),
    requests(
        "two operations are the most",
        "member-add-and-remove",
        |asked, _| {
            if asked.method == "PATCH" {
                asked.operations().truncate(2);
            }
            None
        },
    ),
    requests(
        "one unknown keeps all out",
        "member-unknown",
        |asked, memory| {
            let added = asked.body["Operations"][0]["value"].as_array();
            let unknown = added.is_some_and(|members| {
                let known = |member: &Value| memory.ids.contains(member["value"].as_str().unwrap());
                !members.iter().all(known)
            });
            unknown.then(|| Reply::error(400))
        },
    ),
    answers(
        "who is disabled leaves its groups",
        "disable-keeps-groups",
        |asked, reply, memory| {
            retain_members(asked, reply, |id| !memory.disabled.contains(id));
        },
    ),
    requests(
        "overlapping changes are lost",
        "members-concurrent",
        |asked, memory| {
            let overlaps = memory.under_way[&asked.path()] > 1 && asked.is("PATCH", "Groups");
            overlaps.then(Reply::no_content)
        },
    ),
    answers(
        "a list of members is cut off",
        "large-group",
        |asked, reply, _| {
            truncate_members(asked, reply, 10);
        },
    ),
    requests(
        "a change sweeps a large group",
        "large-group-change",
        |asked, memory| {
            if is_large(asked, memory) {
                change_operations(asked, |operation| {
                    if operation["op"] == "Remove" {
                        operation.as_object_mut().unwrap().remove("value");
                    }
                });
            }
            None
        },
    ),
    requests(
        "a large group takes its time",
        "large-group-time",
        |asked, memory| {
            if is_large(asked, memory) && asked.is("PATCH", "Groups") {
                asked.delay = Duration::from_millis(5_300);
            }
            None
        },
    ),
];
