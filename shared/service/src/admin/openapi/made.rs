//! The document as the code makes it: for the test alone, so that no function
//! carries it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::Problem;
use crate::admin::{
    ending, events, guard, keys, mappers, members, profiles, realms, rotation, schemas, transfer,
    usage,
};
use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Muster administration",
        description = "Realms, keys, members, events. On AWS requests are signed (Signature Version 4, \
                       service `execute-api`); the server on one machine takes a bearer token."
    ),
    paths(
        document_path,
        profiles::list,
        realms::list,
        realms::create,
        realms::get,
        realms::update,
        schemas::list,
        schemas::get,
        schemas::put,
        schemas::delete,
        mappers::list,
        mappers::put,
        mappers::delete,
        mappers::try_them,
        keys::list,
        keys::create,
        keys::get,
        keys::revoke,
        rotation::rotate,
        ending::delete,
        guard::release,
        members::list,
        members::get,
        members::step,
        members::import::import,
        transfer::export,
        transfer::import,
        events::list,
        events::get,
        usage::get,
    ),
    components(schemas(Problem)),
    modifiers(&Credentials),
    security(("adminToken" = []))
)]
struct Document;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The token `msta_…` of a server on one machine."))
            .build();
        if let Some(components) = document.components.as_mut() {
            components.add_security_scheme("adminToken", SecurityScheme::Http(scheme));
        }
    }
}

/// This document
#[utoipa::path(
    get,
    path = "/admin/v1/openapi.json",
    operation_id = "getOpenApi",
    tag = "meta",
    responses(
        (status = 200, description = "The document", content_type = "application/json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
    )
)]
#[expect(dead_code, reason = "carries the description of its path")]
fn document_path() {}

/// What is served is what the code says. Where it is not, the new document is
/// written to `target/openapi.json`, to be put in its place.
#[test]
fn the_document_is_the_codes_own() {
    let made = serde_json::to_value(Document::openapi()).unwrap();
    let served: Value = serde_json::from_str(include_str!("document.json")).unwrap();
    if made != served {
        let text = serde_json::to_string_pretty(&made).unwrap();
        let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/openapi.json");
        std::fs::write(target, text + "\n").unwrap();
    }
    assert!(
        made == served,
        "copy target/openapi.json to shared/service/src/admin/openapi/document.json"
    );
}
