//! The faults, a row each: what is wrong, the check that must say so, and how
//! it is made wrong on the way in or on the way out.

use std::time::Duration;

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

pub(crate) static ROWS: &[Row] = &[
    // Connection
    requests("everything is redirected", "reached", |_, _| {
        let mut reply = Reply::error(302);
        reply.location = Some("https://www.example.com/".to_owned());
        Some(reply)
    }),
    requests("a web page for every path", "endpoint", |_, _| {
        Some(page(200))
    }),
    requests("404 for every path", "endpoint", |_, _| {
        Some(Reply::error(404))
    }),
    requests("the token is not known", "token", |asked, _| {
        asked.authorization = Some("Bearer mst_other".to_owned());
        None
    }),
    answers(
        "404 to Test Connection",
        "test-connection",
        |asked, reply, _| {
            if asked.is("GET", "Users") && is_empty_list(reply) {
                *reply = Reply::error(404);
            }
        },
    ),
    answers(
        "everybody to Test Connection",
        "test-connection",
        |asked, reply, _| {
            if asked.is("GET", "Users") && is_empty_list(reply) {
                reply.value()["totalResults"] = json!(1);
            }
        },
    ),
    answers(
        "404 to a group nobody knows",
        "group-probe",
        |asked, reply, _| {
            if asked.is("GET", "Groups") && is_empty_list(reply) {
                *reply = Reply::error(404);
            }
        },
    ),
    requests("any token will do", "wrong-token", |asked, _| {
        asked.authorization = asked
            .authorization
            .take()
            .map(|_| format!("Bearer {}", asked.token));
        None
    }),
    requests("no token will do", "no-token", |asked, _| {
        asked
            .authorization
            .get_or_insert(format!("Bearer {}", asked.token));
        None
    }),
    answers("a web page instead of 401", "error-401", |_, reply, _| {
        to_page(reply, 401)
    }),
    answers("401 without a challenge", "error-401", |_, reply, _| {
        reply.challenge = None
    }),
    answers("status is a number", "error-401", |_, reply, _| {
        if reply.status == 401 {
            reply.value()["status"] = json!(401);
        }
    }),
    // Discovery
    answers(
        "no ServiceProviderConfig",
        "provider-config",
        |asked, reply, _| {
            if asked.endpoint == "ServiceProviderConfig" {
                *reply = Reply::error(404);
            }
        },
    ),
    answers(
        "ResourceTypes without groups",
        "resource-types",
        |asked, reply, _| {
            if asked.endpoint == "ResourceTypes" {
                resources(reply).pop();
            }
        },
    ),
    answers("Schemas is a bare array", "schemas", |asked, reply, _| {
        if asked.endpoint == "Schemas" {
            let list = Value::from(resources(reply).clone());
            *reply.value() = list;
        }
    }),
    answers(
        "no canonicalValues",
        "canonical-types",
        |asked, reply, _| {
            if asked.endpoint == "Schemas" {
                let text = reply
                    .value()
                    .to_string()
                    .replace("canonicalValues", "values");
                *reply.value() = serde_json::from_str(&text).unwrap();
            }
        },
    ),
    // Users
    requests("no user is created", "user-create", |asked, _| {
        asked.is("POST", "Users").then(|| Reply::error(500))
    }),
    answers("ids are numbers", "user-create", |asked, reply, _| {
        if asked.is("POST", "Users") && reply.status == 201 {
            reply.value()["id"] = json!(17);
        }
    }),
    answers("no Location", "user-created-answer", |_, reply, _| {
        reply.location = None
    }),
    answers("created with 200", "user-created-answer", |_, reply, _| {
        if reply.status == 201 {
            reply.status = 200;
        }
    }),
    answers("booleans are strings", "user-values", |asked, reply, _| {
        if let Some(user) = one(asked, reply, "Users") {
            user["active"] = json!(user["active"].to_string());
        }
    }),
    requests("phone numbers get a format", "user-values", |asked, _| {
        if asked.is("POST", "Users") && asked.body["phoneNumbers"].is_array() {
            asked.body["phoneNumbers"][0]["value"] = json!("+1 555 5555 555");
        }
        None
    }),
    answers(
        "duplicates are welcome",
        "user-duplicate",
        |asked, reply, _| {
            if asked.is("POST", "Users") && reply.status == 409 {
                *reply = Reply::json(201, json!({"id": "00000000-0000-4000-8000-000000000000"}));
            }
        },
    ),
    answers("409 without scimType", "error-409", |_, reply, _| {
        if reply.status == 409 {
            reply.value().as_object_mut().unwrap().remove("scimType");
        }
    }),
    answers(
        "users without a name",
        "user-without-name",
        |asked, reply, _| {
            if asked.is("POST", "Users") && reply.status == 400 {
                *reply = Reply::json(201, json!({"id": "00000000-0000-4000-8000-000000000000"}));
            }
        },
    ),
    // Finding users
    requests("a plus is a plus", "find-user", |asked, _| {
        asked.query = asked.query.replace('+', "%2B");
        None
    }),
    requests("names are case-sensitive", "find-other-case", |asked, _| {
        asked.filter().contains("MUSTER").then(empty_list)
    }),
    requests(
        "externalId is not looked at",
        "find-external-id",
        |asked, _| asked.filter().starts_with("externalId").then(empty_list),
    ),
    requests("no value filters", "find-work-email", |asked, _| {
        asked.filter().contains('[').then(|| Reply::error(400))
    }),
    requests(
        "unknown parameters are refused",
        "find-with-flag",
        |asked, _| {
            asked
                .query
                .contains("aadOptscim")
                .then(|| Reply::error(400))
        },
    ),
    requests("`attributes` is ignored", "attributes", |asked, _| {
        asked.without("attributes");
        None
    }),
    answers(
        "unknown attributes find nobody",
        "filter-unknown-attribute",
        |asked, reply, _| {
            if asked.filter().starts_with("noSuch") {
                *reply = empty_list();
            }
        },
    ),
    answers(
        "malformed filters find nobody",
        "filter-malformed",
        |asked, reply, _| {
            if asked.filter().ends_with("nonsense") {
                *reply = empty_list();
            }
        },
    ),
    answers("400 without scimType", "error-400", |_, reply, _| {
        if reply.status == 400 {
            reply.value().as_object_mut().unwrap().remove("scimType");
        }
    }),
    answers(
        "an unknown user is an error",
        "unknown-user",
        |_, reply, _| {
            if reply.status == 404 {
                *reply = Reply::error(500);
            }
        },
    ),
    answers("a web page instead of 404", "error-404", |_, reply, _| {
        to_page(reply, 404)
    }),
    // Changing users
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
    // Clearing attributes
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
    // Disabling users
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
    // Groups
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
    // Members
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
    // Many members
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
    // Lists
    answers("startIndex is always 1", "pages", |_, reply, _| {
        if is_list(reply) {
            reply.value()["startIndex"] = json!(1);
        }
    }),
    answers("counters are strings", "pages", |asked, reply, _| {
        if is_list(reply) && asked.query.contains("count=5") {
            reply.value()["itemsPerPage"] = json!("5");
        }
    }),
    requests("startIndex is counted from 0", "pages", |asked, _| {
        asked.query = asked.query.replace("startIndex=6", "startIndex=5");
        None
    }),
    requests("`count` is ignored", "pages", |asked, _| {
        asked.without("count");
        None
    }),
    answers(
        "totalResults is one too many",
        "total-results",
        |asked, reply, _| {
            if is_list(reply) && asked.filter().is_empty() {
                let total = reply.value()["totalResults"].as_u64().unwrap();
                reply.value()["totalResults"] = json!(total + 1);
            }
        },
    ),
    answers(
        "the last user is on no page",
        "total-results",
        |asked, reply, _| {
            if is_list(reply) && asked.query.contains("count=100") {
                resources(reply).pop();
            }
        },
    ),
    requests("count=0 is everybody", "count-zero", |asked, _| {
        asked.query = asked.query.replace("count=0", "");
        None
    }),
    requests("a large count is refused", "count-too-large", |asked, _| {
        asked
            .query
            .contains("count=100000")
            .then(|| Reply::error(422))
    }),
    requests("behind the end is an error", "past-the-end", |asked, _| {
        asked
            .query
            .contains("startIndex=1000001")
            .then(|| Reply::error(404))
    }),
    // Deleting
    answers("a deletion is 200", "user-delete", |asked, reply, _| {
        if asked.is("DELETE", "Users") && reply.status == 204 {
            *reply = Reply::json(200, json!({}));
        }
    }),
    answers(
        "who is deleted can be read",
        "user-deleted",
        |asked, reply, memory| {
            let id = asked.id.clone().unwrap_or_default();
            if asked.is("GET", "Users") && memory.deleted.contains(&id) {
                *reply = Reply::json(200, json!({"id": id}));
            }
        },
    ),
    answers(
        "a second deletion is done",
        "user-delete-again",
        |asked, reply, _| {
            if asked.is("DELETE", "Users") && reply.status == 404 {
                *reply = Reply::no_content();
            }
        },
    ),
    requests(
        "a userName is taken for ever",
        "user-name-free",
        |asked, memory| {
            let name = asked.body["userName"].as_str().unwrap_or_default();
            memory.names.contains(name).then(|| Reply::error(409))
        },
    ),
    answers(
        "the deleted stay in their groups",
        "deleted-leaves-group",
        |asked, reply, memory| {
            let id = asked.id.clone().unwrap_or_default();
            let added = memory.added.get(&id).cloned().unwrap_or_default();
            if let Some(group) = one(asked, reply, "Groups") {
                let stay = added.intersection(&memory.deleted);
                let stay: Vec<Value> = stay.map(|id| json!({"value": id})).collect();
                if !stay.is_empty() {
                    group["members"] = stay.into();
                }
            }
        },
    ),
    leaving(requests("groups stay", "group-delete", |asked, _| {
        asked.is("DELETE", "Groups").then(Reply::no_content)
    })),
    answers(
        "deleted groups stay with users",
        "deleted-group-leaves-user",
        |asked, reply, memory| {
            let id = asked.id.clone().unwrap_or_default();
            let groups = memory
                .added
                .iter()
                .filter(|(_, members)| members.contains(&id));
            let gone = groups.filter(|(group, _)| memory.deleted.contains(*group));
            let gone: Vec<Value> = gone.map(|(group, _)| json!({"value": group})).collect();
            if let Some(user) = one(asked, reply, "Users")
                && !gone.is_empty()
            {
                user["groups"] = gone.into();
            }
        },
    ),
    // All answers
    answers(
        "answers are called text",
        "answers-are-json",
        |_, reply, _| {
            reply.media_type = "text/plain".to_owned();
        },
    ),
    answers("answers are called JSON", "media-type", |_, reply, _| {
        reply.media_type = "application/json; charset=utf-8".to_owned();
    }),
];

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
