//! The end of a realm.

use super::openapi::Problem;
use super::{AdminCall, instant, shown};
use crate::respond::Reply;
use axum::http::StatusCode;
use scim::Result;
use serde::Serialize;
use utoipa::ToSchema;

/// How far the deletion of a realm is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Deletion {
    /// Since when its keys have been refused.
    #[schema(format = DateTime)]
    since: String,
    /// About how many items are gone.
    removed: u64,
    /// About how many users and groups are left.
    remaining: u64,
}

impl Deletion {
    pub(super) fn of(deletion: store::Deletion) -> Self {
        Self {
            since: instant(deletion.since),
            removed: deletion.removed,
            remaining: deletion.remaining,
        }
    }
}

/// Delete a realm and all of its data
///
/// Its keys are refused at once. Each call sweeps for some seconds: repeat it
/// until it answers 204. Nothing can be taken back. The name is free then, and not before.
#[utoipa::path(
    delete,
    path = "/admin/v1/realms/{realm}",
    operation_id = "deleteRealm",
    tag = "realms",
    params(("realm" = String, Path, description = "Its name")),
    responses(
        (status = 202, description = "Data is left: repeat the request", body = Deletion),
        (status = 204, description = "Nothing is left"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none of that name", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The table is throttled: repeat the request", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The table does not answer: repeat the request", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(call: &AdminCall<'_>) -> Result<Reply> {
    let realm = call.realm_name()?;
    let longest = call.arrival.service.config.limits.time_budget;
    let admin = call.admin(StatusCode::ACCEPTED);
    match admin.delete_realm(&realm, longest).await? {
        Some(deletion) => Ok(Reply::accepted(shown(&Deletion::of(deletion))?)),
        None => Ok(Reply::no_content()),
    }
}
