//! Users changed, cleared, disabled.

use serde_json::{Value, json};

use super::{
    ENTERPRISE, Row, answers, change_operations, drop_operations, one, patches, requests, resources,
};
use crate::proxy::{Content, Reply};

pub(super) static ROWS: &[Row] = &[
    requests(
        "only the first operation counts",
        "patch-several",
        |asked, _| {
            if asked.is("PATCH", "Users") {
                asked.operations().truncate(1);
            }
            None
        },
    ),
    answers(
        "200 and nothing to PATCH",
        "patch-answer",
        |asked, reply, _| {
            if asked.is("PATCH", "Users") {
                reply.body = Content::Empty;
            }
        },
    ),
    requests(
        "dots in keys are ignored",
        "patch-without-path",
        |asked, _| {
            change_operations(asked, |operation| {
                if let Value::Object(value) = &mut operation["value"] {
                    value.retain(|key, _| !key.contains('.'));
                }
            });
            None
        },
    ),
    requests("each part is an address", "patch-address", |asked, _| {
        change_operations(asked, |operation| {
            let path = operation["path"].as_str().unwrap_or_default();
            if let Some(part) = path.strip_prefix("addresses[type eq \"work\"].") {
                let value = json!([{"type": "work", part: operation["value"]}]);
                *operation = json!({"op": "add", "path": "addresses", "value": value});
            }
        });
        None
    }),
    requests(
        "no first address by replace",
        "patch-email-absent",
        |asked, _| patches(asked, "emails[").then(|| Reply::error(400)),
    ),
    requests("a manager must be an object", "manager-add", |asked, _| {
        patches(asked, ENTERPRISE).then(|| Reply::error(400))
    }),
    answers("a manager is a string", "manager-add", |asked, reply, _| {
        if let Some(user) = one(asked, reply, "Users") {
            user[ENTERPRISE]["manager"] = user[ENTERPRISE]["manager"]["value"].clone();
        }
    }),
    requests("no filter on manager", "find-by-manager", |asked, _| {
        asked
            .filter()
            .contains("manager")
            .then(|| Reply::error(400))
    }),
    answers(
        "every read is a change",
        "patch-unchanged",
        |asked, reply, memory| {
            let reads = memory.under_way.len() + memory.seen.len();
            if let Some(user) = one(asked, reply, "Users") {
                user["meta"]["lastModified"] = json!(format!("2026-01-01T00:00:00.{reads:06}Z"));
            }
        },
    ),
    requests("bad operations are left out", "patch-atomic", |asked, _| {
        drop_operations(asked, |operation| operation["path"] == "emails[type eq");
        None
    }),
    requests("nobody is renamed", "rename", |asked, _| {
        drop_operations(asked, |operation| operation["path"] == "userName");
        None
    }),
    requests("managers stay", "manager-remove", |asked, _| {
        drop_operations(asked, |operation| operation["op"] == "Remove");
        None
    }),
    requests("attributes stay", "remove-attribute", |asked, _| {
        drop_operations(asked, |operation| operation["op"] == "Remove");
        None
    }),
    requests("empty strings are ignored", "clear-by-empty", |asked, _| {
        drop_operations(asked, |operation| operation["value"] == "");
        None
    }),
    requests("null is ignored", "clear-by-null", |asked, _| {
        drop_operations(asked, |operation| {
            operation["value"].is_null() && operation["op"] == "Replace"
        });
        None
    }),
    requests("nobody is disabled", "disable", |asked, _| {
        drop_operations(asked, |operation| operation["value"] == "False");
        None
    }),
    answers(
        "active is answered as a string",
        "disable",
        |asked, reply, _| {
            if let Some(user) = one(asked, reply, "Users") {
                user["active"] = json!("False");
            }
        },
    ),
    answers(
        "who is disabled is not found",
        "disabled-found",
        |asked, reply, _| {
            if !asked.filter().is_empty() && reply.status == 200 {
                let found = resources(reply);
                found.retain(|user| user["active"] != false);
                let number = found.len();
                reply.value()["totalResults"] = json!(number);
            }
        },
    ),
    requests("nobody is enabled", "enable", |asked, _| {
        drop_operations(asked, |operation| operation["value"] == "True");
        None
    }),
];
