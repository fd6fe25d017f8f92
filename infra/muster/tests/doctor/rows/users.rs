//! Users made and found.

use serde_json::json;

use super::{Row, answers, empty_list, one, requests, to_page};
use crate::proxy::Reply;

pub(super) static ROWS: &[Row] = &[
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
];
