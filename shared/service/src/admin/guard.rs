//! The deletion guard: shown, and released.

use super::openapi::Problem;
use super::realms::{Realm, as_it_is};
use super::{AdminCall, instant};
use crate::respond::Reply;
use axum::http::StatusCode;
use jiff::Timestamp;
use scim::Result;
use serde::Serialize;
use store::DeletionGuard;
use utoipa::ToSchema;

/// How many deactivations and deletions a window allows, and whether more were asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownGuard {
    /// So many.
    maximum: u32,
    /// In so many seconds.
    window_seconds: u32,
    /// Since when it refuses all of them, until it is released.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    tripped: Option<String>,
}

impl ShownGuard {
    pub(super) fn of(guard: DeletionGuard, tripped: Option<&Timestamp>) -> Self {
        Self {
            maximum: guard.maximum,
            window_seconds: guard.window_seconds,
            tripped: tripped.copied().map(instant),
        }
    }
}

/// Release a realm's deletion guard
///
/// Deactivations and deletions go on, in a new window. A guard that refuses
/// nothing stays as it is.
#[utoipa::path(
    post,
    path = "/admin/v1/realms/{realm}/deletion-guard/release",
    operation_id = "releaseDeletionGuard",
    tag = "realms",
    params(("realm" = String, Path, description = "The realm's name")),
    responses(
        (status = 200, description = "The realm as it is now", body = Realm),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is being deleted", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn release(call: &AdminCall<'_>) -> Result<Reply> {
    let realm = call.realm_name()?;
    let admin = call.admin(StatusCode::OK);
    // Nothing is read for the answer: a release that is done is answered as done.
    as_it_is(call, &admin.release_guard(&realm).await?, None)
}
