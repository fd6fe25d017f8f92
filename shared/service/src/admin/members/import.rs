//! Users who are with the company already, so that a client finds them when it
//! comes to match its own: each is made as a client's POST would make it.

use super::profile::resource_of;
use crate::admin::input::invalid;
use crate::admin::openapi::Problem;
use crate::admin::{AdminCall, shown};
use crate::resources::realm;
use crate::respond::Reply;
use crate::source;
use axum::http::StatusCode;
use scim::accept;
use scim::{Error, ErrorKind, ResourceType, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashSet;
use store::{Audit, Kind, Realm, ResourceId, Tenant};
use utoipa::ToSchema;

/// How many users one request brings.
pub(in crate::admin) const AT_ONCE: usize = 100;

/// Users to be imported.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::admin) struct NewMembers {
    /// Each a User of SCIM, or `{"profile": {…}}` by the company's own names.
    #[schema(max_items = 100, value_type = Vec<Object>)]
    users: Vec<Value>,
    /// Only says what would be.
    dry_run: Option<bool>,
}

/// What an import came to.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::admin) struct MembersImported {
    /// One for each user, in their order.
    results: Vec<MemberImported>,
    created: usize,
    exists: usize,
    invalid: usize,
}

/// What became of one user.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::admin) struct MemberImported {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    outcome: Outcome,
    /// Its id, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Why it was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum Outcome {
    /// It was made, or would be.
    Created,
    /// Its userName is taken: nothing was changed.
    Exists,
    /// It cannot be made.
    Invalid,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    Dry,
    Real,
}

/// Import users
///
/// A userName that the realm has stays as it is, so that the request may be
/// repeated. Users that are invalid say why; the others are imported all the same.
#[utoipa::path(
    post,
    path = "/admin/v1/realms/{realm}/members/import",
    operation_id = "importMembers",
    tag = "members",
    params(("realm" = String, Path, description = "The realm's name")),
    request_body = NewMembers,
    responses(
        (status = 200, description = "What became of each", body = MembersImported),
        (status = 400, description = "The request is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The realm is being deleted", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "There was no time for all of them: repeat it", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(in crate::admin) async fn import(call: &AdminCall<'_>) -> Result<Reply> {
    let acting = call.acting(call.tenant().await?);
    let new: NewMembers = call.message()?;
    if new.users.len() > AT_ONCE {
        return Err(invalid(format!(
            "`users` has {} users, and one request takes at most {AT_ONCE}",
            new.users.len()
        )));
    }
    let mut importing = Importing {
        of: acting.tenant.leniently(Kind::User),
        tenant: &acting.tenant,
        realm: realm(&acting),
        run: match new.dry_run {
            Some(true) => Run::Dry,
            Some(false) | None => Run::Real,
        },
        audit: acting.audit(StatusCode::OK),
        seen: HashSet::new(),
    };
    let mut answer = MembersImported::default();
    for user in new.users {
        let result = importing.one(user).await?;
        *match result.outcome {
            Outcome::Created => &mut answer.created,
            Outcome::Exists => &mut answer.exists,
            Outcome::Invalid => &mut answer.invalid,
        } += 1;
        answer.results.push(result);
    }
    Ok(Reply::ok(shown(&answer)?))
}

struct Importing<'a> {
    of: ResourceType,
    tenant: &'a Tenant,
    realm: Realm<'a>,
    run: Run,
    audit: Audit,
    /// The names that were created, folded: a dry run finds the second of two, too.
    seen: HashSet<String>,
}

impl Importing<'_> {
    /// Imports one; fails only for what is no fault of the user's.
    async fn one(&mut self, user: Value) -> Result<MemberImported> {
        let mut user_name = user
            .get("userName")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let (outcome, id, detail) = match self.made(user, &mut user_name).await {
            Ok((outcome, id)) => (outcome, id, None),
            Err(error) if is_passing(&error) => return Err(error),
            Err(error) => (Outcome::Invalid, None, Some(error.detail().to_owned())),
        };
        Ok(MemberImported {
            user_name,
            outcome,
            id: id.map(|id| id.to_string()),
            detail,
        })
    }

    async fn made(
        &mut self,
        user: Value,
        user_name: &mut Option<String>,
    ) -> Result<(Outcome, Option<ResourceId>)> {
        let user = match user
            .as_object()
            .map(|user| (user.len(), user.get("profile")))
        {
            Some((1, Some(profile))) => resource_of(self.tenant, profile)?,
            _ => user,
        };
        let draft = accept::create(&self.of, &user)?;
        let name = draft.attributes.str("userName").map(str::to_owned);
        let folded = name.as_deref().map(scim::fold).unwrap_or_default();
        *user_name = name;
        if let Some(holder) = self.realm.holder(Kind::User, &draft.attributes).await? {
            return Ok((Outcome::Exists, Some(holder)));
        }
        match self.run {
            Run::Dry if self.seen.insert(folded) => Ok((Outcome::Created, None)),
            Run::Dry => Ok((Outcome::Exists, None)),
            Run::Real => {
                let id = ResourceId::from_random(source::random()?);
                let attributes = draft.attributes.clone();
                match self.realm.create(Kind::User, id, draft, &self.audit).await {
                    Ok(_) => Ok((Outcome::Created, Some(id))),
                    // A client has made it in between.
                    Err(error) if error.kind() == ErrorKind::Uniqueness => {
                        let holder = self.realm.holder(Kind::User, &attributes).await?;
                        Ok((Outcome::Exists, holder))
                    }
                    Err(error) => Err(error),
                }
            }
        }
    }
}

/// Whether the same may well be accepted a moment later.
fn is_passing(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::TooManyRequests
    )
}
