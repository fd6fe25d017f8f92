//! Realms: a customer each.

mod change;
mod settings;

pub(super) use change::RealmChange;
pub(super) use settings::{Events, Guard, Limits};

use super::ending::Deletion;
use super::guard::ShownGuard;
use super::input::{Page, excerpt, invalid, name_for_people};
use super::openapi::Problem;
use super::{AdminCall, instant, no_realm, shown};
use crate::respond::Reply;
use crate::source;
use auth::{RealmName, RealmRecord, RealmState, Salt};
use axum::http::StatusCode;
use change::if_match;
use jiff::Timestamp;
use scim::{ErrorKind, Result};
use serde::{Deserialize, Serialize};
use settings::invitation;
use store::{EventAction, Invitation, Policy, RealmEntry};
use utoipa::ToSchema;

/// A realm.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Realm {
    /// Its name, part of its URL for ever.
    #[schema(value_type = String, example = "acme")]
    name: RealmName,
    /// What people call it.
    display_name: String,
    /// Its switch: `enabled`, `disabled` (its keys are answered with 403), `deleting` (with 401).
    #[schema(value_type = String, example = "enabled")]
    state: RealmState,
    /// How liberally its clients are read: one of `GET /admin/v1/profiles`.
    #[schema(example = "entra")]
    profile: &'static str,
    /// The Entra tenant that provisions it.
    #[serde(skip_serializing_if = "Option::is_none")]
    entra_tenant_id: Option<String>,
    /// What its administrator pastes into Entra ID as Tenant URL.
    tenant_url: String,
    /// When it was made.
    #[schema(format = DateTime)]
    created: String,
    /// Rises with every change; also the ETag.
    version: u64,
    events: Events,
    limits: Limits,
    /// Whether a new user is invited, and counts once it has accepted and is confirmed.
    invitation: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_guard: Option<ShownGuard>,
    /// How far its deletion is.
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion: Option<Deletion>,
}

/// A realm to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewRealm {
    /// Letters, digits and hyphens, at most 63; the first is no hyphen. Case counts.
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,62}$")]
    name: String,
    /// What people call it; the name when it is not said.
    #[schema(min_length = 1, max_length = 200)]
    display_name: Option<String>,
    /// One of `GET /admin/v1/profiles`; `generic` when it is not said.
    profile: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    entra_tenant_id: Option<String>,
    events: Option<Events>,
    limits: Option<Limits>,
    invitation: Option<bool>,
    deletion_guard: Option<Guard>,
}

/// A page of realms.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Realms {
    realms: Vec<Realm>,
    /// Where the next page begins, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// List the realms
#[utoipa::path(
    get,
    path = "/admin/v1/realms",
    operation_id = "listRealms",
    tag = "realms",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, description = "How many; at most 100"),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page, in the order of names", body = Realms),
        (status = 400, description = "A parameter is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(call: &AdminCall<'_>) -> Result<Reply> {
    let page = call.page()?;
    let after = page.after::<RealmName>()?;
    let Page { limit, .. } = page;
    let admin = call.admin(StatusCode::OK);
    let (realms, next) = admin.realms(after.as_ref(), limit).await?;
    let tripped = admin.tripped(&realms).await?;
    let realms = realms
        .iter()
        .map(|entry| Realm::of(call, entry, tripped.get(&entry.record.name)))
        .collect();
    Ok(Reply::ok(shown(&Realms {
        realms,
        next_cursor: next.map(|name| name.to_string()),
    })?))
}

/// Make a realm
///
/// The same request again answers 200 with the realm as it is.
#[utoipa::path(
    post,
    path = "/admin/v1/realms",
    operation_id = "createRealm",
    tag = "realms",
    request_body = NewRealm,
    responses(
        (status = 201, description = "Made", body = Realm),
        (status = 200, description = "It was made before by the same request", body = Realm),
        (status = 400, description = "The request is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(call: &AdminCall<'_>) -> Result<Reply> {
    let new: NewRealm = call.message()?;
    let name: RealmName = new.name.parse().map_err(|error: auth::Malformed| {
        invalid(format!(
            "`{}` cannot be a realm's name: {error}",
            excerpt(&new.name)
        ))
    })?;
    let display_name = match &new.display_name {
        Some(display_name) => name_for_people("displayName", display_name)?,
        None => name.to_string(),
    };
    let policy = Policy {
        profile: new
            .profile
            .as_deref()
            .map(str::parse)
            .transpose()?
            .unwrap_or_default(),
        entra_tenant_id: new
            .entra_tenant_id
            .as_deref()
            .map(|id| name_for_people("entraTenantId", id))
            .transpose()?,
        events: new
            .events
            .map(Events::policy)
            .transpose()?
            .unwrap_or_default(),
        limits: new
            .limits
            .map(Limits::policy)
            .transpose()?
            .unwrap_or_default(),
        invitation: invitation(new.invitation.unwrap_or_default()),
        deletion_guard: new.deletion_guard.map(Guard::policy).transpose()?,
    };
    let entry = RealmEntry {
        record: RealmRecord {
            name,
            display_name,
            state: RealmState::Enabled,
            salt: Salt::new(source::random()?),
            created: call.arrival.now,
            version: 1,
        },
        policy,
        settings: 0,
        deletion: None,
    };
    let admin = call.admin(StatusCode::CREATED);
    let name = &entry.record.name;
    match admin.create_realm(&entry).await {
        Ok(()) => Ok(tagged(
            Reply::created(
                shown(&Realm::of(call, &entry, None))?,
                call.location(name.as_str()),
            ),
            &entry,
        )),
        Err(error) if error.kind() == ErrorKind::Conflict => match admin.realm(name).await? {
            Some(there) if is_same(&there, &entry) => reply(call, &there).await,
            _ => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// Show a realm
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}",
    operation_id = "getRealm",
    tag = "realms",
    params(("realm" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The realm", body = Realm),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none of that name", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(call: &AdminCall<'_>) -> Result<Reply> {
    let name = call.realm_name()?;
    let realm = call.admin(StatusCode::OK).realm(&name).await?;
    reply(call, &realm.ok_or_else(|| no_realm(name.as_str()))?).await
}

/// Change a realm
///
/// A JSON merge patch. With If-Match only while the realm is of that version.
#[utoipa::path(
    patch,
    path = "/admin/v1/realms/{realm}",
    operation_id = "updateRealm",
    tag = "realms",
    params(
        ("realm" = String, Path, description = "Its name"),
        ("If-Match" = Option<String>, Header, description = "The ETag it must have"),
    ),
    request_body = RealmChange,
    responses(
        (status = 200, description = "The realm as it is now", body = Realm),
        (status = 400, description = "The request is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none of that name", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is being deleted", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It is of another version by now", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn update(call: &AdminCall<'_>) -> Result<Reply> {
    let name = call.realm_name()?;
    let change: RealmChange = call.message()?;
    let versions = if_match(call)?;
    let entry = call
        .admin(StatusCode::OK)
        .update_realm(
            &name,
            versions.as_deref(),
            EventAction::UpdateRealm,
            |entry| change.apply(entry),
        )
        .await?;
    reply(call, &entry).await
}

impl Realm {
    pub(super) fn of(
        call: &AdminCall<'_>,
        entry: &RealmEntry,
        tripped: Option<&Timestamp>,
    ) -> Self {
        let RealmEntry {
            record,
            policy,
            deletion,
            ..
        } = entry;
        Self {
            name: record.name.clone(),
            display_name: record.display_name.clone(),
            state: record.state,
            profile: policy.profile.name(),
            entra_tenant_id: policy.entra_tenant_id.clone(),
            tenant_url: call.arrival.tenant_url(&record.name),
            created: instant(record.created),
            version: record.version,
            events: Events::of(policy.events),
            limits: Limits::of(policy.limits),
            invitation: policy.invitation == Invitation::On,
            deletion_guard: policy
                .deletion_guard
                .map(|guard| ShownGuard::of(guard, tripped)),
            deletion: deletion.map(Deletion::of),
        }
    }
}

/// Whether a realm is as a request would have made it.
fn is_same(there: &RealmEntry, asked: &RealmEntry) -> bool {
    there.record.display_name == asked.record.display_name
        && there.record.state == asked.record.state
        && there.policy == asked.policy
}

pub(super) async fn reply(call: &AdminCall<'_>, entry: &RealmEntry) -> Result<Reply> {
    let admin = call.admin(StatusCode::OK);
    let tripped = admin.tripped(std::slice::from_ref(entry)).await?;
    as_it_is(call, entry, tripped.get(&entry.record.name))
}

/// The answer that shows a realm of whose guard it is known since when it refuses.
pub(super) fn as_it_is(
    call: &AdminCall<'_>,
    entry: &RealmEntry,
    tripped: Option<&Timestamp>,
) -> Result<Reply> {
    let realm = Realm::of(call, entry, tripped);
    Ok(tagged(Reply::ok(shown(&realm)?), entry))
}

fn tagged(reply: Reply, entry: &RealmEntry) -> Reply {
    Reply {
        etag: Some(format!("\"{}\"", entry.record.version)),
        ..reply
    }
}
