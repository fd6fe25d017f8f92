//! The way there, the token, and discovery.

use serde_json::{Value, json};

use super::{Row, answers, is_empty_list, page, requests, resources, to_page};
use crate::proxy::Reply;

pub(super) static ROWS: &[Row] = &[
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
];
