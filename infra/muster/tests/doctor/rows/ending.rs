//! Lists, the end of users and groups, and what holds for all answers.

use serde_json::{Value, json};

use super::{Row, answers, is_list, leaving, one, requests, resources};
use crate::proxy::Reply;

pub(super) static ROWS: &[Row] = &[
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
