//! The OpenAPI 3.1 document of the administration, made of the handlers and the
//! structs that they read and write.

use super::{
    ending, events, guard, keys, mappers, members, profiles, realms, rotation, schemas, transfer,
    usage,
};
use crate::respond::Reply;
use scim::Result;
use serde::Serialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Always `about:blank`: the status says what sort of problem it is.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    problem_type: String,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// What is wrong with this request, and what to do.
    detail: String,
}

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

/// The document.
pub(super) fn document() -> Result<Reply> {
    Ok(Reply::ok(super::shown(&Document::openapi())?))
}
